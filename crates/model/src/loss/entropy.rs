//! Sure answers on what has no labels.

use candle_core::Tensor;

use super::input;
use super::softmax::{softmax_rows, through_softmax};
use crate::error::Result;
use crate::ops::told_for_one;

/// Added to a share before its logarithm.
const EPS: f64 = 1e-5;

/// Mean over the rows of logits `[B, K]` of `-Σ_k p_k log(p_k + 1e-5)`, `p = softmax(z)`, natural logarithm (Grandvalet
/// and Bengio 2005). Made small on a domain without labels, it moves boundaries away from the examples.
///
/// # Errors
/// Logits that are no table.
pub fn entropy(logits: &Tensor) -> Result<Tensor> {
    const OP: &str = "entropy";
    let [batch, classes] = input::table(OP, "logits", logits)?;
    told_for_one(OP, logits, |z| {
        let shares = softmax_rows(z, classes);
        let loss: f64 = entropies(&shares, classes).iter().sum();
        let mut slopes: Vec<f64> =
            shares.iter().map(|p| -((p + EPS).ln() + p / (p + EPS)) / batch as f64).collect();
        through_softmax(&shares, &mut slopes, classes);
        (loss / batch as f64, slopes)
    })
}

/// The entropy of every row of shares.
pub(super) fn entropies(shares: &[f64], classes: usize) -> Vec<f64> {
    shares.chunks(classes.max(1)).map(|row| -row.iter().map(|p| p * (p + EPS).ln()).sum::<f64>()).collect()
}
