//! Features with mean 0 and deviation 1 over the training part.

use super::tensors::{Stored, Tensors, numbers};
use crate::error::Result;
use crate::metrics::Rows;
use serde::{Deserialize, Serialize};

/// Mean and deviation of each feature, told from a training part alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Standardise {
    mean: Vec<f64>,
    deviation: Vec<f64>,
}

impl Standardise {
    /// Tells them from `rows`. A feature that never changes keeps a deviation of 1.
    pub fn fit(rows: &Rows) -> Standardise {
        let count = rows.count().max(1) as f64;
        let sums = |of: &dyn Fn(usize, f64) -> f64| {
            let mut sums = vec![0.0; rows.width()];
            for row in rows.iter() {
                for (at, value) in row.iter().enumerate() {
                    sums[at] += of(at, *value);
                }
            }
            sums.into_iter().map(|sum| sum / count).collect::<Vec<f64>>()
        };
        let mean = sums(&|_, value| value);
        let variance = sums(&|at, value| (value - mean[at]).powi(2));
        // What rounding leaves of a feature that never changes is no deviation.
        let changes = |at: usize, v: f64| v.sqrt() > 1e-14 * mean[at].abs() && v.is_finite();
        let deviation =
            variance.into_iter().enumerate().map(|(at, v)| if changes(at, v) { v.sqrt() } else { 1.0 });
        Standardise { deviation: deviation.collect(), mean }
    }

    /// One row, standardised.
    ///
    /// # Panics
    /// Never: a row of another width gives as many numbers as both have.
    pub fn of(&self, row: &[f64]) -> Vec<f64> {
        let known = self.mean.iter().zip(&self.deviation);
        row.iter().zip(known).map(|(value, (mean, deviation))| (value - mean) / deviation).collect()
    }

    /// All rows, standardised, row after row.
    pub(super) fn all(&self, rows: &Rows) -> Vec<f64> {
        rows.iter().flat_map(|row| self.of(row)).collect()
    }

    /// The deviation of each feature.
    pub(super) fn deviations(&self) -> &[f64] {
        &self.deviation
    }

    /// Numbers of a row.
    pub(super) fn width(&self) -> usize {
        self.mean.len()
    }

    pub(super) fn write(&self, tensors: &mut Tensors) -> Result<()> {
        tensors.insert("mean".to_owned(), numbers(&self.mean, &[self.width()])?);
        tensors.insert("deviation".to_owned(), numbers(&self.deviation, &[self.width()])?);
        Ok(())
    }

    pub(super) fn read(stored: &Stored<'_>, width: usize) -> Result<Standardise> {
        let mean = stored.numbers("mean", &[width])?;
        let deviation = stored.numbers("deviation", &[width])?;
        if deviation.iter().any(|deviation| *deviation <= 0.0) {
            return Err(stored.damaged("`deviation` holds a number that is not above 0"));
        }
        Ok(Standardise { mean, deviation })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_get_mean_0_and_deviation_1_and_one_that_never_changes_stays_finite() {
        let rows = Rows::new(3, vec![1.0, 0.1, 7.0, 3.0, 0.1, -7.0, 5.0, 0.1, 0.0]).unwrap();
        let scale = Standardise::fit(&rows);
        let all = scale.all(&rows);
        for at in 0..3 {
            let column: Vec<f64> = all.iter().skip(at).step_by(3).copied().collect();
            let mean = column.iter().sum::<f64>() / 3.0;
            let square = column.iter().map(|x| x * x).sum::<f64>() / 3.0;
            assert!(mean.abs() < 1e-12, "{at}");
            let expected = if at == 1 { 0.0 } else { 1.0 };
            assert!((square - expected).abs() < 1e-12, "{at}: {square}");
        }
    }
}
