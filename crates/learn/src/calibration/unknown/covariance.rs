//! A covariance as its Cholesky factor: what is needed to measure lengths by it.

use crate::error::{Error, Result};
use crate::metrics::Rows;
use serde::{Deserialize, Serialize};

/// How far a covariance is drawn towards a sphere of the same mean variance. With fewer examples than features it
/// has no inverse otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shrinkage {
    /// Not at all.
    None,
    /// `(1 - share) S + share (trace S / d) I`, the share between 0 and 1.
    Share(f64),
    /// The share that comes nearest to the true covariance on average (Ledoit and Wolf, J. Multivariate Analysis
    /// 88, 2004).
    LedoitWolf,
}

/// The lower factor L of a covariance `L L'`, and how far it was shrunk.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Covariance {
    pub(super) share: f64,
    factor: Rows,
}

impl Covariance {
    /// Of rows whose mean has been taken off; divided by their number.
    pub(super) fn fit(centred: &Rows, shrinkage: Shrinkage) -> Result<Covariance> {
        let width = centred.width();
        let mut matrix = second_moment(centred);
        let mean_variance = (0..width).map(|at| matrix[at * width + at]).sum::<f64>() / width as f64;
        let share = match shrinkage {
            Shrinkage::None => 0.0,
            Shrinkage::Share(share) if (0.0..=1.0).contains(&share) => share,
            Shrinkage::Share(share) => {
                return Err(Error::data(
                    format!("a covariance cannot be shrunk by {share}"),
                    "the share lies between 0 (not at all) and 1 (to a sphere)",
                    "leave the choice to the data: ledoit-wolf",
                ));
            }
            Shrinkage::LedoitWolf => ledoit_wolf(centred, &matrix, mean_variance),
        };
        matrix.iter_mut().for_each(|value| *value *= 1.0 - share);
        (0..width).for_each(|at| matrix[at * width + at] += share * mean_variance);
        match cholesky(matrix, width) {
            Some(factor) => Ok(Covariance { share, factor: Rows::new(width, factor)? }),
            None => Err(Error::data(
                "distances on these features cannot be fitted",
                format!(
                    "the covariance of {} examples of {width} features, shrunk by {share}, has no inverse",
                    centred.count()
                ),
                "shrink more, give more examples, or leave out features that never change",
            )),
        }
    }

    /// Number of features.
    pub(super) fn width(&self) -> usize {
        self.factor.width()
    }

    /// Whether it is whole: a file may hold anything.
    pub(super) fn is_sound(&self) -> bool {
        let diagonal = |(at, row): (usize, &[f64])| row.get(at).is_some_and(|value| *value > 0.0);
        self.factor.count() == self.factor.width() && self.factor.iter().enumerate().all(diagonal)
    }

    /// Solves `L w = v` in place: the square length of w is `v' S^-1 v`.
    pub(super) fn whiten(&self, vector: &mut [f64]) {
        for (at, row) in self.factor.iter().enumerate() {
            let known: f64 = row[..at].iter().zip(&vector[..at]).map(|(a, b)| a * b).sum();
            vector[at] = (vector[at] - known) / row[at];
        }
    }
}

fn second_moment(rows: &Rows) -> Vec<f64> {
    let (width, count) = (rows.width(), rows.count() as f64);
    let mut matrix = vec![0.0; width * width];
    for row in rows.iter() {
        for (line, a) in matrix.chunks_exact_mut(width).zip(row) {
            line.iter_mut().zip(row).for_each(|(sum, b)| *sum += a * b);
        }
    }
    matrix.iter_mut().for_each(|value| *value /= count);
    matrix
}

/// The expected error of the covariance over its distance from the sphere, at most 1.
fn ledoit_wolf(rows: &Rows, matrix: &[f64], mean_variance: f64) -> f64 {
    let (width, count) = (rows.width() as f64, rows.count() as f64);
    let square_norm: f64 = matrix.iter().map(|value| value * value).sum();
    let fourth: f64 =
        rows.iter().map(|row| row.iter().map(|v| v * v).sum::<f64>().powi(2)).sum::<f64>() / count;
    let noise = (fourth - square_norm) / (width * count);
    let distance = square_norm / width - mean_variance * mean_variance;
    if noise <= 0.0 { 0.0 } else { (noise / distance).clamp(0.0, 1.0) }
}

/// `None` when the matrix is not positive definite, as far as its digits tell.
fn cholesky(mut matrix: Vec<f64>, width: usize) -> Option<Vec<f64>> {
    let largest = (0..width).map(|at| matrix[at * width + at]).fold(0.0, f64::max);
    for row in 0..width {
        let (done, rest) = matrix.split_at_mut(row * width);
        let own = &mut rest[..width];
        for column in 0..row {
            let other = &done[column * width..][..width];
            let known: f64 = own[..column].iter().zip(&other[..column]).map(|(a, b)| a * b).sum();
            own[column] = (own[column] - known) / other[column];
        }
        let left = own[row] - own[..row].iter().map(|value| value * value).sum::<f64>();
        if left.is_nan() || left <= largest * f64::EPSILON * width as f64 {
            return None;
        }
        own[row] = left.sqrt();
        own[row + 1..].fill(0.0);
    }
    Some(matrix)
}
