//! Two domains alike by their covariances.

use candle_core::Tensor;
use serde::{Deserialize, Serialize};

use super::input;
use crate::error::Result;
use crate::ops::{Matrix, Threads, product, told_for_two};

/// Which of the published forms of CORAL; `d` is the width of the features, `C` the covariance with `1 / (n - 1)`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CoralForm {
    /// `|C_s - C_t|_F² / (4 d²)`, as in the paper.
    #[default]
    Paper,
    /// As the benchmark UDTL codes it: scatter in place of covariance and `d²` twice in the divisor, so that its size
    /// depends on the batch. Only to repeat that benchmark's figures.
    Udtl,
    /// As Transfer-Learning-Library codes it: `|m_s - m_t|² / d + |C_s - C_t|_F² / d²` with the means `m`.
    Tllib,
}

/// Correlation alignment between features of a source `[S, F]` and a target `[T, F]` (Sun and Saenko 2016). Both take
/// gradients.
///
/// # Errors
/// Shapes that do not fit, fewer than two rows of a domain.
pub fn coral(source: &Tensor, target: &Tensor, form: CoralForm) -> Result<Tensor> {
    const OP: &str = "coral";
    let [_, _, width] = input::domains(OP, "features", [source, target], 2)?;
    let d = width as f64;
    // The factors of the squared difference of covariances and of that of means.
    let (of_covariance, of_means) = match form {
        CoralForm::Paper => (0.25 / (d * d), 0.0),
        CoralForm::Udtl => (0.25 / (d * d * d * d), 0.0),
        CoralForm::Tllib => (1.0 / (d * d), 1.0 / d),
    };
    told_for_two(OP, [source, target], |source, target| {
        let [source, target] = [source, target].map(|rows| Domain::of(rows, width, form));
        let apart = |x: &[f64], y: &[f64]| -> Vec<f64> { x.iter().zip(y).map(|(x, y)| x - y).collect() };
        let squares = |x: &[f64]| x.iter().map(|x| x * x).sum::<f64>();
        let covariance = apart(&source.covariance, &target.covariance);
        let means = apart(&source.mean, &target.mean);
        let slopes = |domain: &Domain, sign: f64| {
            domain.slopes(&covariance, 2.0 * sign * of_covariance, &means, 2.0 * sign * of_means)
        };
        let value = of_covariance * squares(&covariance) + of_means * squares(&means);
        (value, [slopes(&source, 1.0), slopes(&target, -1.0)])
    })
}

/// The rows of one domain about their mean.
struct Domain {
    rows: Vec<f64>,
    count: usize,
    mean: Vec<f64>,
    /// What the scatter is divided by.
    divisor: f64,
    covariance: Vec<f64>,
}

impl Domain {
    fn of(rows: &[f64], width: usize, form: CoralForm) -> Self {
        let count = rows.len() / width;
        let mut mean = vec![0.0; width];
        for row in rows.chunks(width) {
            mean.iter_mut().zip(row).for_each(|(mean, value)| *mean += value / count as f64);
        }
        let rows: Vec<f64> = rows
            .chunks(width)
            .flat_map(|row| row.iter().zip(&mean).map(|(value, mean)| value - mean))
            .collect();
        let divisor = if form == CoralForm::Udtl { 1.0 } else { (count - 1) as f64 };
        let matrix = Matrix::new(&rows, count, width);
        let mut covariance = vec![0.0; width * width];
        product(&mut covariance, matrix.transposed(), matrix, false, Threads::One);
        covariance.iter_mut().for_each(|value| *value /= divisor);
        Self { rows, count, mean, divisor, covariance }
    }

    /// Slopes along the rows, from `factor` times those along the covariance and the mean.
    fn slopes(&self, covariance: &[f64], factor: f64, means: &[f64], factor_of_means: f64) -> Vec<f64> {
        let width = self.mean.len();
        let mut slopes = vec![0.0; self.rows.len()];
        let rows = Matrix::new(&self.rows, self.count, width);
        product(&mut slopes, rows, Matrix::new(covariance, width, width), false, Threads::One);
        for row in slopes.chunks_mut(width) {
            for (slope, mean) in row.iter_mut().zip(means) {
                *slope = 2.0 * factor / self.divisor * *slope + factor_of_means / self.count as f64 * mean;
            }
        }
        slopes
    }
}
