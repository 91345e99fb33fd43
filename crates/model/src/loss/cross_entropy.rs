//! The cross entropy of logits against classes.

use candle_core::Tensor;
use serde::{Deserialize, Serialize};

use super::input::{self, IGNORED};
use super::softmax::log_softmax;
use crate::error::{Error, Result};
use crate::ops::{in_double, told_for_one};

/// Options of [`cross_entropy`] and [`soft_cross_entropy`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CrossEntropy {
    /// Share of the target spread evenly over all classes, 0 to 1 (Szegedy 2016).
    pub label_smoothing: f64,
    /// A factor a class, 0 or more; none: 1 each.
    pub class_weights: Option<Vec<f64>>,
}

impl CrossEntropy {
    fn weights(&self, classes: usize) -> Result<Vec<f64>> {
        input::share("label_smoothing", self.label_smoothing)?;
        input::factors("class_weights", self.class_weights.as_deref(), classes)
    }

    /// The target of a class after smoothing.
    fn smoothed(&self, target: f64, classes: usize) -> f64 {
        (1.0 - self.label_smoothing) * target + self.label_smoothing / classes as f64
    }
}

/// Mean cross entropy of logits `[B, K]` against one label a row, natural logarithm:
/// `Σ_i Σ_k w_k t_ik (-log p_ik) / Σ_i w_{y_i}` with `p = softmax(z)` and `t = 1 - ε` at the label plus `ε / K`
/// everywhere. Rows whose label is [`IGNORED`] count in neither sum. PyTorch's semantics for smoothing and weights.
///
/// # Errors
/// Shapes or labels that do not fit, a batch of which all is ignored, weights that are negative, not finite or 0 for
/// all labels at hand, a smoothing outside 0 to 1.
pub fn cross_entropy(logits: &Tensor, labels: &[u32], options: &CrossEntropy) -> Result<Tensor> {
    const OP: &str = "cross_entropy";
    input::labels(OP, logits, labels)?;
    let classes = logits.dims()[1];
    let weights = options.weights(classes)?;
    let counted = || labels.iter().filter(|label| **label != IGNORED);
    let total: f64 = counted().map(|label| weights[*label as usize]).sum();
    if total <= 0.0 {
        return Err(Error::config(
            "class_weights",
            format!("{weights:?}"),
            "a weight above 0 for at least one label of every batch",
        ));
    }
    let share = |label: u32, class: usize| match label {
        IGNORED => 0.0,
        label => weights[class] * options.smoothed(f64::from(label as usize == class), classes),
    };
    let shares = labels.iter().flat_map(|label| (0..classes).map(move |class| (*label, class)));
    let shares: Vec<f64> = shares.map(|(label, class)| share(label, class) / total).collect();
    weighed(OP, logits, &shares)
}

/// Mean cross entropy of logits `[B, K]` against shares of classes `[B, K]`: `Σ_i Σ_k w_k t_ik (-log p_ik) / B`, for
/// mixed examples or a teacher's answers. The targets take no gradient. PyTorch's semantics: the mean is over rows,
/// whatever the weights.
///
/// # Errors
/// Shapes that do not fit; targets below 0, not finite, or of a row that do not sum to 1 within 0.001; options as in
/// [`cross_entropy`].
pub fn soft_cross_entropy(logits: &Tensor, targets: &Tensor, options: &CrossEntropy) -> Result<Tensor> {
    const OP: &str = "soft_cross_entropy";
    let [batch, classes] = input::table(OP, "logits", logits)?;
    input::alike(OP, logits, targets)?;
    let weights = options.weights(classes)?;
    let targets = in_double(targets)?;
    for (row, shares) in targets.chunks(classes).enumerate() {
        let sum: f64 = shares.iter().sum();
        let wrong = |share: &f64| share.is_nan() || *share < 0.0;
        if shares.iter().any(wrong) || (sum - 1.0).abs() > 1e-3 {
            return Err(Error::op(
                OP,
                format!(
                    "the targets of row {row} are {shares:?}: shares of classes are 0 or more and sum to 1"
                ),
            ));
        }
    }
    let shares: Vec<f64> = targets
        .iter()
        .enumerate()
        .map(|(i, target)| weights[i % classes] * options.smoothed(*target, classes) / batch as f64)
        .collect();
    weighed(OP, logits, &shares)
}

/// `Σ share · (-log p)` over all logits.
fn weighed(op: &'static str, logits: &Tensor, shares: &[f64]) -> Result<Tensor> {
    let classes = logits.dims()[1];
    told_for_one(op, logits, |z| {
        let (mut loss, mut slopes) = (0.0, Vec::with_capacity(z.len()));
        for (row, shares) in z.chunks(classes).zip(shares.chunks(classes)) {
            let all: f64 = shares.iter().sum();
            for (log, share) in log_softmax(row).into_iter().zip(shares) {
                if *share > 0.0 {
                    loss -= share * log;
                }
                // A row that is ignored stays without slope whatever it holds.
                slopes.push(if all > 0.0 { all * log.exp() - share } else { 0.0 });
            }
        }
        (loss, slopes)
    })
}
