//! How common each class is, whatever the row: what anything that learned from the rows has to beat.

use super::choice::Examples;
use super::tensors::{Stored, Tensors, numbers};
use crate::error::Result;

/// The share of each class among the examples, by their weights.
#[derive(Debug, Clone, PartialEq)]
pub struct Majority {
    shares: Vec<f64>,
}

impl Majority {
    pub(super) fn fit(examples: &Examples<'_>) -> Majority {
        let mut shares = vec![0.0; examples.classes];
        for (label, weight) in examples.labels.iter().zip(examples.weights()) {
            shares[*label as usize] += weight;
        }
        let sum: f64 = shares.iter().sum();
        shares.iter_mut().for_each(|share| *share /= sum);
        Majority { shares }
    }

    /// The probability of each class, the same for every row.
    pub fn probabilities(&self) -> Vec<f64> {
        self.shares.clone()
    }

    pub(super) fn write(&self, tensors: &mut Tensors) -> Result<()> {
        tensors.insert("shares".to_owned(), numbers(&self.shares, &[self.shares.len()])?);
        Ok(())
    }

    pub(super) fn read(stored: &Stored<'_>, classes: usize) -> Result<Majority> {
        let shares = stored.numbers("shares", &[classes])?;
        let sum: f64 = shares.iter().sum();
        if shares.iter().any(|share| *share < 0.0) || (sum - 1.0).abs() > 1e-9 {
            return Err(stored.damaged("`shares` are no shares: they have to be 0 or more and to sum to 1"));
        }
        Ok(Majority { shares })
    }
}
