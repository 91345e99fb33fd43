//! Cross entropy that looks away from what is easy.

use candle_core::Tensor;
use serde::{Deserialize, Serialize};

use super::input::{self, IGNORED};
use super::softmax::log_softmax;
use crate::error::Result;
use crate::ops::told_for_one;

/// Options of [`focal`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Focal {
    /// How strongly easy rows are looked away from, 0 or more; 0 is plain cross entropy.
    pub gamma: f64,
    /// A factor a class, 0 or more; none: 1 each.
    pub alpha: Option<Vec<f64>>,
}

impl Default for Focal {
    fn default() -> Self {
        Self { gamma: 2.0, alpha: None }
    }
}

/// Focal loss of logits `[B, K]` against one label a row: the mean over rows of `-α_y (1 - p_y)^γ log p_y` with
/// `p = softmax(z)` (Lin 2017). Rows whose label is [`IGNORED`] leave the mean; `alpha` does not enter the divisor.
///
/// # Errors
/// Shapes or labels that do not fit, a batch of which all is ignored, options out of range.
pub fn focal(logits: &Tensor, labels: &[u32], options: &Focal) -> Result<Tensor> {
    const OP: &str = "focal";
    let rows = input::labels(OP, logits, labels)? as f64;
    let classes = logits.dims()[1];
    input::not_negative("gamma", options.gamma)?;
    let alpha = input::factors("alpha", options.alpha.as_deref(), classes)?;
    let gamma = options.gamma;
    told_for_one(OP, logits, |z| {
        let (mut loss, mut slopes) = (0.0, vec![0.0; z.len()]);
        for ((row, slopes), &label) in z.chunks(classes).zip(slopes.chunks_mut(classes)).zip(labels) {
            if label == IGNORED {
                continue;
            }
            let logs = log_softmax(row);
            let log = logs[label as usize];
            let factor = alpha[label as usize] / rows;
            // The share of all other classes, exact where p is near 1.
            let missed = -log.exp_m1();
            loss -= factor * missed.powf(gamma) * log;
            let bend = match missed > 0.0 && gamma > 0.0 {
                true => gamma * log.exp() * missed.powf(gamma - 1.0) * log,
                false => 0.0,
            };
            let slope = factor * (missed.powf(gamma) - bend);
            for (class, (log, out)) in logs.iter().zip(slopes).enumerate() {
                *out = slope * (log.exp() - f64::from(class == label as usize));
            }
        }
        (loss, slopes)
    })
}
