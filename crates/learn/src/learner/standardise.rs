//! Features with mean 0 and deviation 1 over the training part.

use crate::metrics::Rows;
use serde::{Deserialize, Serialize};

/// Mean and deviation of each feature, told from a training part alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
        let deviation = variance.into_iter().map(|v| if v > 0.0 { v.sqrt() } else { 1.0 }).collect();
        Standardise { mean, deviation }
    }

    /// One row, standardised.
    ///
    /// # Panics
    /// Never: a row of another width gives as many numbers as both have.
    pub fn of(&self, row: &[f64]) -> Vec<f64> {
        let known = self.mean.iter().zip(&self.deviation);
        row.iter().zip(known).map(|(value, (mean, deviation))| (value - mean) / deviation).collect()
    }
}
