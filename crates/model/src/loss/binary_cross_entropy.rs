//! Labels that do not exclude each other.

use candle_core::Tensor;
use serde::{Deserialize, Serialize};

use super::input;
use crate::error::{Error, Result};
use crate::ops::{in_double, told_for_one};

/// Options of [`binary_cross_entropy`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BinaryCrossEntropy {
    /// A factor a label for where it is present, 0 or more: often absent / present. None: 1 each.
    pub positive_weights: Option<Vec<f64>>,
}

/// Mean over all of `[B, K]` of `-w_k t log σ(z) - (1 - t) log(1 - σ(z))`, with targets `t` from 0 to 1 of the same
/// shape: each label on its own, so that several faults may be present at once. The targets take no gradient. Computed
/// as `(1 - t) z + (1 + (w - 1) t) (log(1 + e^-|z|) + max(-z, 0))`, as in PyTorch.
///
/// # Errors
/// Shapes that do not fit, targets outside 0 to 1, weights that are negative or not finite.
pub fn binary_cross_entropy(
    logits: &Tensor,
    targets: &Tensor,
    options: &BinaryCrossEntropy,
) -> Result<Tensor> {
    const OP: &str = "binary_cross_entropy";
    let [batch, labels] = input::table(OP, "logits", logits)?;
    input::alike(OP, logits, targets)?;
    let weights = input::factors("positive_weights", options.positive_weights.as_deref(), labels)?;
    let targets = in_double(targets)?;
    if let Some(at) = targets.iter().position(|target| !(0.0..=1.0).contains(target)) {
        return Err(Error::op(
            OP,
            format!(
                "the target of row {}, label {} is {}: targets lie between 0 and 1",
                at / labels,
                at % labels,
                targets[at]
            ),
        ));
    }
    let share = 1.0 / (batch * labels) as f64;
    told_for_one(OP, logits, |z| {
        sum_of_terms(
            z.iter().zip(&targets).enumerate().map(|(i, (z, t))| (*z, *t, weights[i % labels], share)),
        )
    })
}

/// The sum over `(logit, target, weight where present, factor)` of the factor times the entropy, and its slopes.
pub(super) fn sum_of_terms(terms: impl Iterator<Item = (f64, f64, f64, f64)>) -> (f64, Vec<f64>) {
    let (mut loss, mut slopes) = (0.0, Vec::new());
    for (z, target, weight, factor) in terms {
        let both = 1.0 + (weight - 1.0) * target;
        let small = (-z.abs()).exp();
        loss += factor * ((1.0 - target) * z + both * (small.ln_1p() + (-z).max(0.0)));
        let other = if z >= 0.0 { small / (1.0 + small) } else { 1.0 / (1.0 + small) };
        slopes.push(factor * ((1.0 - target) - both * other));
    }
    (loss, slopes)
}
