//! Faults that may be present together: one probability for each, none of which excludes another.

use super::auroc::{MacroAuroc, area};
use super::reliability::Reliability;
use super::rows::Rows;
use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};

/// Probabilities of labels with their truth, both of shape (examples, labels).
#[derive(Debug, Clone, PartialEq)]
pub struct LabelScores {
    rows: Rows,
    truth: Vec<bool>,
}

/// F1 of each label and its mean.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LabelF1 {
    /// `2TP / (2TP + FP + FN)` of each label, 0 when it has no true positive.
    pub of_label: Vec<f64>,
    /// Plain mean over all labels.
    pub macro_f1: f64,
}

impl LabelScores {
    /// `truth` goes row after row, as the probabilities do.
    ///
    /// # Errors
    /// When a number is not between 0 and 1 or there are not as many truths.
    pub fn new(rows: Rows, truth: Vec<bool>) -> Result<LabelScores> {
        if truth.len() != rows.values().len() {
            return Err(Error::data(
                "every label of every example needs its truth",
                format!("there are {} probabilities and {} truths", rows.values().len(), truth.len()),
                "give one truth for each label, row after row",
            ));
        }
        if let Some(at) = rows.values().iter().position(|value| !(0.0..=1.0).contains(value)) {
            return Err(Error::data(
                format!("row {}, label {} holds {}", at / rows.width(), at % rows.width(), rows.values()[at]),
                "a probability lies between 0 and 1 (rows and labels are counted from 0)",
                "give what comes out of the sigmoid, not logits",
            ));
        }
        Ok(LabelScores { rows, truth })
    }

    /// The area of each label by its own probability, with the count of undefined ones.
    pub fn auroc(&self) -> MacroAuroc {
        MacroAuroc::of(self.labels().map(|(scores, present)| area(&scores, &present)).collect())
    }

    /// F1 when a label is called present above the probability `threshold` (a tie is absent).
    pub fn f1(&self, threshold: f64) -> LabelF1 {
        let of_label: Vec<f64> = self
            .labels()
            .map(|(scores, present)| {
                let called = scores.iter().filter(|score| **score > threshold).count();
                let there = present.iter().filter(|is| **is).count();
                let hits =
                    scores.iter().zip(&present).filter(|(score, is)| **score > threshold && **is).count();
                if hits == 0 { 0.0 } else { 2.0 * hits as f64 / (called + there) as f64 }
            })
            .collect();
        LabelF1 { macro_f1: of_label.iter().sum::<f64>() / of_label.len() as f64, of_label }
    }

    /// The reliability of each label: bins on its probability, "right" where it is present. The calibration error of
    /// a net is the mean of their [`Reliability::ece`].
    pub fn reliability(&self) -> Vec<Reliability> {
        self.labels().map(|(scores, present)| Reliability::equal_width(&scores, &present)).collect()
    }

    /// The probabilities and the truth of one label after the other.
    fn labels(&self) -> impl Iterator<Item = (Vec<f64>, Vec<bool>)> {
        let width = self.rows.width();
        (0..width).map(move |label| {
            let scores = self.rows.iter().map(|row| row[label]).collect();
            (scores, self.truth.iter().skip(label).step_by(width).copied().collect())
        })
    }
}
