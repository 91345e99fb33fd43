//! The cross entropy of logits against class labels.

use candle_core::backend::BackendStorage;
use candle_core::{CpuStorage, CustomOp1, Layout, Result as TensorResult, Shape, Tensor};

use super::element::{Element, Host, by_dtype, stored, tensor, values};
use crate::error::{Error, Result};

/// The mean over the batch of `sum_k target_k w_k (-log softmax_k)`, divided as PyTorch does by
/// the sum of the labels' weights.
///
/// `logits` is `[B, K]`, `labels` one class a row, `weights` one positive factor a class. The
/// target is `1 - smoothing` at the label plus `smoothing / K` everywhere. Computed in double
/// precision through the log-sum-exp, so any finite logits give a finite result. The result has no
/// axes.
///
/// # Errors
/// Shapes or labels that do not fit, an empty batch, weights that are negative or not finite or all
/// 0 for the labels at hand, a smoothing outside 0..=1.
pub fn smoothed_cross_entropy(
    logits: &Tensor,
    labels: &[u32],
    smoothing: f64,
    weights: Option<&[f64]>,
) -> Result<Tensor> {
    const OP: &str = "cross_entropy";
    let &[batch, classes] = logits.dims() else {
        return Err(Error::op(
            OP,
            format!("logits have shape {:?}, expected [batch, classes]", logits.dims()),
        ));
    };
    if batch == 0 || classes == 0 || labels.len() != batch {
        return Err(Error::op(
            OP,
            format!("{} labels for logits of shape {:?}", labels.len(), logits.dims()),
        ));
    }
    if let Some((row, &label)) = labels.iter().enumerate().find(|(_, l)| **l as usize >= classes) {
        return Err(Error::Label { row, label, classes });
    }
    if !(0.0..=1.0).contains(&smoothing) {
        return Err(Error::config("label_smoothing", smoothing, "0 to 1"));
    }
    let weights = match weights {
        None => vec![1.0; classes],
        Some(weights) => {
            if weights.len() != classes || weights.iter().any(|w| !w.is_finite() || *w < 0.0) {
                return Err(Error::config(
                    "class_weights",
                    format!("{weights:?}"),
                    format!("{classes} finite values, none below 0"),
                ));
            }
            weights.to_vec()
        }
    };
    let total: f64 = labels.iter().map(|&l| weights[l as usize]).sum();
    if total <= 0.0 {
        return Err(Error::config(
            "class_weights",
            format!("{weights:?}"),
            "a weight above 0 for at least one label of every batch",
        ));
    }
    Ok(logits.contiguous()?.apply_op1(CrossEntropy { labels: labels.to_vec(), smoothing, weights, total })?)
}

struct CrossEntropy {
    labels: Vec<u32>,
    smoothing: f64,
    weights: Vec<f64>,
    total: f64,
}

impl CrossEntropy {
    /// Weight of `-log p_k` in the loss of a row, before the division by the total.
    fn share(&self, label: u32, class: usize) -> f64 {
        let hit = if label as usize == class { 1.0 - self.smoothing } else { 0.0 };
        self.weights[class] * (hit + self.smoothing / self.weights.len() as f64)
    }

    fn rows<'a, T: Element>(&'a self, logits: &'a [T]) -> impl Iterator<Item = (u32, Vec<f64>)> {
        let rows = logits.chunks(self.weights.len());
        self.labels.iter().zip(rows).map(|(&label, row)| {
            let largest = row.iter().map(|z| z.wide()).fold(f64::NEG_INFINITY, f64::max);
            let sum: f64 = row.iter().map(|z| (z.wide() - largest).exp()).sum();
            let normaliser = largest + sum.ln();
            (label, row.iter().map(|z| z.wide() - normaliser).collect())
        })
    }

    fn loss<T: Element>(&self, logits: &[T]) -> T {
        let mut sum = 0.0;
        for (label, logs) in self.rows(logits) {
            for (k, log) in logs.iter().enumerate() {
                let share = self.share(label, k);
                if share > 0.0 {
                    sum -= share * log;
                }
            }
        }
        T::of(sum / self.total)
    }

    fn gradient<T: Element>(&self, logits: &[T], grad: f64) -> Vec<T> {
        let mut out = Vec::with_capacity(logits.len());
        for (label, logs) in self.rows(logits) {
            let all: f64 = (0..logs.len()).map(|k| self.share(label, k)).sum();
            for (k, log) in logs.iter().enumerate() {
                let slope = all * log.exp() - self.share(label, k);
                out.push(T::of(grad * slope / self.total));
            }
        }
        out
    }
}

impl CustomOp1 for CrossEntropy {
    fn name(&self) -> &'static str {
        "cross_entropy"
    }

    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout) -> TensorResult<(CpuStorage, Shape)> {
        by_dtype!(x.dtype(), "cross_entropy", T => {
            let loss = self.loss::<T>(values(x, layout)?);
            Ok((stored(vec![loss]), Shape::from(())))
        })
    }

    fn bwd(&self, x: &Tensor, _: &Tensor, grad: &Tensor) -> TensorResult<Option<Tensor>> {
        by_dtype!(x.dtype(), "cross_entropy backward", T => {
            let grad = grad.to_scalar::<T>()?.wide();
            let host = Host::of(x);
            tensor(self.gradient::<T>(host.values()?, grad), x, x.dims()).map(Some)
        })
    }
}
