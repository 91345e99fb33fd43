//! How well a score tells faults the net never saw from those it knows.

use super::auroc::area;
use super::rows::check_scored;
use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};

/// The share of unknown examples that has to be found, in percent.
const FOUND_PERCENT: usize = 95;

/// Figures of a score that is high for unknown examples.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct UnknownFigures {
    /// Known examples.
    pub known: usize,
    /// Unknown examples.
    pub unknown: usize,
    /// Area under the ROC curve, unknown as positive.
    pub auroc: f64,
    /// The highest threshold that finds at least 95 % of the unknown examples (score at or above it).
    pub threshold: f64,
    /// The share of known examples that this threshold calls unknown.
    pub false_positive_rate: f64,
}

impl UnknownFigures {
    /// Of the scores of known and of unknown examples.
    ///
    /// # Errors
    /// When either is empty or holds a number that is not finite.
    pub fn measure(known: &[f64], unknown: &[f64]) -> Result<UnknownFigures> {
        if known.is_empty() || unknown.is_empty() {
            return Err(Error::data(
                "an unknown score cannot be judged",
                format!("there are {} known and {} unknown examples", known.len(), unknown.len()),
                "leave a fault out of training and test with it and with the known ones",
            ));
        }
        let scores = [known, unknown].concat();
        let positive: Vec<bool> = (0..scores.len()).map(|at| at >= known.len()).collect();
        check_scored(&scores, positive.len())?;
        let mut falling = unknown.to_vec();
        falling.sort_by(|a, b| b.total_cmp(a));
        let needed = (FOUND_PERCENT * unknown.len()).div_ceil(100);
        let threshold = falling[needed - 1];
        let alarms = known.iter().filter(|score| **score >= threshold).count();
        Ok(UnknownFigures {
            known: known.len(),
            unknown: unknown.len(),
            auroc: area(&scores, &positive).unwrap_or(f64::NAN),
            threshold,
            false_positive_rate: alarms as f64 / known.len() as f64,
        })
    }
}
