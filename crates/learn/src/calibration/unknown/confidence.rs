//! Unknown scores of a net's answers, one for each row, high where the net hesitates.

use crate::error::{Error, Result};
use crate::metrics::{Probabilities, Rows};

/// 1 less the largest probability, from 0 to `1 - 1/classes`.
pub fn least_confidence(probabilities: &Probabilities) -> Vec<f64> {
    probabilities.confidences().iter().map(|confidence| 1.0 - confidence).collect()
}

/// Entropy of each row in nats, from 0 to ln(classes).
pub fn entropy(probabilities: &Probabilities) -> Vec<f64> {
    let term = |p: &f64| if *p > 0.0 { -p * p.ln() } else { 0.0 };
    probabilities.rows().iter().map(|row| row.iter().map(term).sum()).collect()
}

/// `-T logsumexp(logits / T)` of each row (Liu and others, NeurIPS 2020).
///
/// # Errors
/// When the temperature is not finite and positive.
pub fn energy(logits: &Rows, temperature: f64) -> Result<Vec<f64>> {
    if !(temperature > 0.0 && temperature.is_finite()) {
        return Err(Error::data(
            format!("no energy at the temperature {temperature}"),
            "it is a finite number above 0",
            "use 1 where nothing else is known",
        ));
    }
    let of_row = |row: &[f64]| {
        let largest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = row.iter().map(|logit| ((logit - largest) / temperature).exp()).sum();
        -(largest + temperature * sum.ln())
    };
    Ok(logits.iter().map(of_row).collect())
}

/// The largest logit of each row with its sign turned.
pub fn largest_logit(logits: &Rows) -> Vec<f64> {
    logits.iter().map(|row| -row.iter().copied().fold(f64::NEG_INFINITY, f64::max)).collect()
}
