//! Logistic regression of two or more classes.

use super::choice::Examples;
use super::newton::{Problem, dot, logistic, softmax};
use super::standardise::Standardise;
use super::tensors::{Stored, Tensors, counts, numbers};
use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};

/// `logistic`: linear scores of standardised numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogisticOptions {
    /// How much the examples count against small weights, scikit-learn's `C`: `strength · Σ loss + |w|²/2` is made
    /// smallest. 1 unless said.
    pub strength: f64,
}

impl Default for LogisticOptions {
    fn default() -> Self {
        LogisticOptions { strength: 1.0 }
    }
}

impl LogisticOptions {
    pub(super) fn check(&self, found: &mut Vec<(String, String)>) {
        if !(self.strength >= 1e-9 && self.strength <= 1e9) {
            found.push((
                "strength".to_owned(),
                format!("strength must be >= 1e-9 and <= 1e9, found {}; 1 is usual", self.strength),
            ));
        }
    }
}

/// Weights and offsets of standardised features. Of two classes there is one score, `w·x + b`, and the probability of the
/// second is `1 / (1 + exp(-score))`; of more there is one score each, and their softmax. The offsets are not shrunk.
/// Classes without examples in training get the probability 0.
#[derive(Debug, Clone, PartialEq)]
pub struct Logistic {
    scale: Standardise,
    /// One row of `width` a score.
    weights: Vec<f64>,
    offsets: Vec<f64>,
    /// Numbers of the classes that had examples, ascending.
    present: Vec<u32>,
    classes: usize,
}

impl Logistic {
    pub(super) fn fit(options: &LogisticOptions, examples: &Examples<'_>) -> Result<Logistic> {
        let present = examples.present();
        if present.len() < 2 {
            return Err(Error::data(
                "a logistic regression cannot be fitted",
                format!("all {} examples are of one class", examples.labels.len()),
                "give examples of at least two classes",
            ));
        }
        let scale = Standardise::fit(examples.rows);
        let rows = scale.all(examples.rows);
        let place = |label: &u32| present.iter().position(|class| class == label).unwrap_or(0) as u32;
        let labels: Vec<u32> = examples.labels.iter().map(place).collect();
        let parts: Vec<f64> = examples.weights().iter().map(|weight| options.strength * weight).collect();
        let columns = if present.len() == 2 { 1 } else { present.len() };
        let width = examples.rows.width();
        let solution = Problem { rows: &rows, width, labels: &labels, parts: &parts, columns }.solve();
        let each = solution.chunks_exact(width + 1);
        let weights = each.clone().flat_map(|of| of[..width].to_vec()).collect();
        let mut offsets: Vec<f64> = each.map(|of| of[width]).collect();
        if columns > 1 {
            // Offsets are known up to a common number.
            let mean = offsets.iter().sum::<f64>() / columns as f64;
            offsets.iter_mut().for_each(|offset| *offset -= mean);
        }
        Ok(Logistic { scale, weights, offsets, present, classes: examples.classes })
    }

    /// The scores of one row: one for two classes that had examples, else one for each, in the order of their numbers.
    pub fn scores(&self, row: &[f64]) -> Vec<f64> {
        let row = self.scale.of(row);
        let weights = self.weights.chunks_exact(self.scale.width());
        weights.zip(&self.offsets).map(|(weights, offset)| dot(&row, weights) + offset).collect()
    }

    /// The probability of each class for one row.
    pub fn probabilities(&self, row: &[f64]) -> Vec<f64> {
        let mut scores = self.scores(row);
        if let [score] = scores[..] {
            scores = vec![logistic(-score), logistic(score)];
        } else {
            softmax(&mut scores);
        }
        let mut all = vec![0.0; self.classes];
        self.present.iter().zip(scores).for_each(|(class, probability)| all[*class as usize] = probability);
        all
    }

    /// Weights of the standardised features, one row a score, and the offset of each score.
    pub fn weights(&self) -> (&[f64], &[f64]) {
        (&self.weights, &self.offsets)
    }

    pub(super) fn write(&self, tensors: &mut Tensors) -> Result<()> {
        self.scale.write(tensors)?;
        let shape = [self.offsets.len(), self.scale.width()];
        tensors.insert("weights".to_owned(), numbers(&self.weights, &shape)?);
        tensors.insert("offsets".to_owned(), numbers(&self.offsets, &[self.offsets.len()])?);
        tensors.insert("present".to_owned(), counts(&self.present, &[self.present.len()])?);
        Ok(())
    }

    pub(super) fn read(stored: &Stored<'_>, width: usize, classes: usize) -> Result<Logistic> {
        let present = stored.present(classes)?;
        let columns = if present.len() == 2 { 1 } else { present.len() };
        Ok(Logistic {
            scale: Standardise::read(stored, width)?,
            weights: stored.numbers("weights", &[columns, width])?,
            offsets: stored.numbers("offsets", &[columns])?,
            present,
            classes,
        })
    }
}
