//! What training makes small.

use candle_core::Tensor;
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::ops::smoothed_cross_entropy;

/// Options of [`cross_entropy`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CrossEntropy {
    /// Share of the target spread evenly over all classes, 0 to 1.
    pub label_smoothing: f64,
    /// A factor a class; none: 1 each.
    pub class_weights: Option<Vec<f64>>,
}

/// Mean cross entropy of logits `[B, K]` against one label a row: a tensor without axes, natural
/// logarithm. PyTorch's semantics for smoothing and weights: the sum of the weighed losses is
/// divided by the sum of the labels' weights.
///
/// # Errors
/// Labels or weights that do not fit; see the message.
pub fn cross_entropy(logits: &Tensor, labels: &[u32], options: &CrossEntropy) -> Result<Tensor> {
    smoothed_cross_entropy(logits, labels, options.label_smoothing, options.class_weights.as_deref())
}
