//! Probabilities of classes, and what they say beside the truth.

use super::confusion::Metrics;
use super::rows::{Rows, check_labels};
use crate::error::{Error, Result};

/// How far from 1 the sum of a row may be: nets give probabilities in f32.
const SUM_TOLERANCE: f64 = 1e-3;

/// One row of probabilities an example, shape (examples, classes): none negative, each row's sum 1 to within 0.001.
/// They are used as they are, not normalised again.
#[derive(Debug, Clone, PartialEq)]
pub struct Probabilities(Rows);

impl Probabilities {
    /// # Errors
    /// When a number is negative or a row does not sum to 1.
    pub fn new(rows: Rows) -> Result<Probabilities> {
        for (at, row) in rows.iter().enumerate() {
            if let Some(negative) = row.iter().find(|value| **value < 0.0) {
                return Err(Error::data(
                    format!("row {at} holds {negative}, which is no probability"),
                    "a probability is not negative (rows are counted from 0)",
                    "give what comes out of the softmax, not logits",
                ));
            }
            let sum: f64 = row.iter().sum();
            if (sum - 1.0).abs() > SUM_TOLERANCE {
                return Err(Error::data(
                    format!("the probabilities of row {at} sum to {sum}"),
                    format!("one class is true, so a row sums to 1 within {SUM_TOLERANCE} (rows from 0)"),
                    "give what comes out of the softmax; for faults that may occur together use LabelScores",
                ));
            }
        }
        Ok(Probabilities(rows))
    }

    /// Rows that are known to be probabilities.
    pub(crate) fn known(rows: Rows) -> Probabilities {
        Probabilities(rows)
    }

    /// The numbers.
    pub fn rows(&self) -> &Rows {
        &self.0
    }

    /// Number of classes.
    pub fn classes(&self) -> usize {
        self.0.width()
    }

    /// The class of each row's largest probability, ties to the lowest class.
    pub fn guesses(&self) -> Vec<u32> {
        self.0.iter().map(|row| arg_max(row) as u32).collect()
    }

    /// Each row's largest probability.
    pub fn confidences(&self) -> Vec<f64> {
        self.0.iter().map(|row| row[arg_max(row)]).collect()
    }
}

/// Probabilities with the true class of each row.
#[derive(Debug, Clone, PartialEq)]
pub struct Predictions {
    probabilities: Probabilities,
    labels: Vec<u32>,
}

impl Predictions {
    /// # Errors
    /// When there is not one label a row, or a label is no class.
    pub fn new(probabilities: Probabilities, labels: Vec<u32>) -> Result<Predictions> {
        check_labels(&labels, probabilities.0.count(), probabilities.classes())?;
        Ok(Predictions { probabilities, labels })
    }

    /// The probabilities.
    pub fn probabilities(&self) -> &Probabilities {
        &self.probabilities
    }

    /// The true class of each row.
    pub fn labels(&self) -> &[u32] {
        &self.labels
    }

    /// Number of classes.
    pub fn classes(&self) -> usize {
        self.probabilities.classes()
    }

    /// Number of examples, at least 1.
    pub fn count(&self) -> usize {
        self.labels.len()
    }

    /// Whether each guess is right.
    pub fn right(&self) -> Vec<bool> {
        self.probabilities.guesses().iter().zip(&self.labels).map(|(guess, label)| guess == label).collect()
    }

    /// Accuracy, macro-F1 and the confusion table of the guesses.
    pub fn metrics(&self) -> Metrics {
        Metrics::measure(self.classes(), &self.labels, &self.probabilities.guesses())
    }

    /// Each row with its true class.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&[f64], usize)> {
        self.probabilities.0.iter().zip(self.labels.iter().map(|label| *label as usize))
    }
}

/// The position of the largest value, the lowest one on ties; 0 for an empty slice.
pub fn arg_max(values: &[f64]) -> usize {
    let mut best = 0;
    for (at, value) in values.iter().enumerate() {
        if *value > values[best] {
            best = at;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_go_to_the_lowest_class() {
        assert_eq!(arg_max(&[0.2, 0.4, 0.4]), 1);
        assert_eq!(arg_max(&[0.5, 0.5]), 0);
        assert_eq!(arg_max(&[]), 0);
    }
}
