//! Temperature scaling: all logits are divided by one number, chosen for the smallest log loss on held-out examples.
//!
//! The most popular calibration, and the one that cannot harm: the order of classes stays, so accuracy does (Guo and
//! others, "On calibration of modern neural networks", ICML 2017).

use crate::error::{Error, Result};
use crate::metrics::{Probabilities, Rows, check_labels};
use serde::{Deserialize, Serialize};

/// Temperatures looked through. A net that is right on every held-out example has no best one: the loss falls on
/// towards 0.
const COLDEST: f64 = 0.01;
const HOTTEST: f64 = 100.0;

/// The divisor of all logits.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "StoredTemperature")]
pub struct Temperature {
    temperature: f64,
    at_bound: bool,
}

/// What a file holds, before it is checked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredTemperature {
    temperature: f64,
    at_bound: bool,
}

impl TryFrom<StoredTemperature> for Temperature {
    type Error = Error;

    fn try_from(stored: StoredTemperature) -> Result<Temperature> {
        let StoredTemperature { temperature, at_bound } = stored;
        if !(COLDEST..=HOTTEST).contains(&temperature) {
            return Err(Error::data(
                format!("the temperature {temperature} cannot be used"),
                format!("fitted ones lie between {COLDEST} and {HOTTEST}"),
                "fit it again on held-out examples",
            ));
        }
        Ok(Temperature { temperature, at_bound })
    }
}

impl Temperature {
    /// The temperature between 0.01 and 100 with the smallest mean log loss of `softmax(logits / temperature)`, to
    /// the last digits. The loss is convex in its inverse, so there is but one; logits that are equal in every row
    /// say nothing and give 1.
    ///
    /// `logits` has shape (examples, classes), `labels` the true class of each row.
    ///
    /// # Errors
    /// When there is not one label a row, or a label is no class.
    pub fn fit(logits: &Rows, labels: &[u32]) -> Result<Temperature> {
        check_labels(labels, logits.count(), logits.width())?;
        let chosen = |temperature, at_bound| Ok(Temperature { temperature, at_bound });
        if logits.iter().all(|row| row.iter().all(|logit| *logit == row[0])) {
            return chosen(1.0, false);
        }
        // the slope of the loss rises with the inverse temperature: the smallest loss is where it is 0
        let slope = |inverse: f64| slope(logits, labels, inverse);
        let (mut low, mut high) = (1.0 / HOTTEST, 1.0 / COLDEST);
        if slope(low).0 >= 0.0 {
            return chosen(HOTTEST, true);
        }
        if slope(high).0 <= 0.0 {
            return chosen(COLDEST, true);
        }
        let mut inverse = 1.0;
        for _ in 0..MOST_STEPS {
            let (first, second) = slope(inverse);
            if first == 0.0 {
                break;
            }
            *(if first < 0.0 { &mut low } else { &mut high }) = inverse;
            let newton = inverse - first / second;
            // Newton's step where it stays between what is known, else the middle on a logarithmic scale
            let next = if newton > low && newton < high { newton } else { (low * high).sqrt() };
            let settled = (next - inverse).abs() <= f64::EPSILON * inverse;
            inverse = next;
            if settled {
                break;
            }
        }
        chosen((1.0 / inverse).clamp(COLDEST, HOTTEST), false)
    }

    /// The divisor, above 1 for a net that is too sure of itself.
    pub fn value(&self) -> f64 {
        self.temperature
    }

    /// Whether the loss was still falling at the last temperature that was looked at: the held-out examples cannot
    /// tell how sure the net may be (for one, it is right on all of them).
    pub fn at_bound(&self) -> bool {
        self.at_bound
    }

    /// `softmax(logits / temperature)` of each row, shape as the logits'.
    pub fn apply(&self, logits: &Rows) -> Probabilities {
        let mut values = logits.values().to_vec();
        for row in values.chunks_exact_mut(logits.width()) {
            soften(row, 1.0 / self.temperature);
        }
        Probabilities::known(Rows::known(logits.width(), values))
    }
}

const MOST_STEPS: usize = 200;

/// The row becomes the softmax of itself times `inverse`.
fn soften(row: &mut [f64], inverse: f64) {
    let largest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    row.iter_mut().for_each(|value| *value = ((*value - largest) * inverse).exp());
    let sum: f64 = row.iter().sum();
    row.iter_mut().for_each(|value| *value /= sum);
}

/// First and second derivative of the mean log loss by the inverse temperature: the mean over rows of what is
/// expected of a logit less the true class's, and of the logits' variance.
fn slope(logits: &Rows, labels: &[u32], inverse: f64) -> (f64, f64) {
    let (mut first, mut second) = (0.0, 0.0);
    let mut p = vec![0.0; logits.width()];
    for (row, label) in logits.iter().zip(labels) {
        let true_logit = row[*label as usize];
        p.copy_from_slice(row);
        soften(&mut p, inverse);
        let excess = |logit: &f64| logit - true_logit;
        let mean: f64 = row.iter().zip(&p).filter(|(_, p)| **p > 0.0).map(|(z, p)| p * excess(z)).sum();
        first += mean;
        second += row
            .iter()
            .zip(&p)
            .filter(|(_, p)| **p > 0.0)
            .map(|(z, p)| p * (excess(z) - mean).powi(2))
            .sum::<f64>();
    }
    let count = labels.len() as f64;
    (first / count, second / count)
}
