//! Squares near the target, straight lines of a given slope far from it.

use candle_core::Tensor;

use super::input;
use super::smooth_l1::mean_over_differences;
use crate::error::Result;

/// Mean of `d² / 2` where `|d| <= δ` and `δ (|d| - δ / 2)` elsewhere, `d = values - targets` of one shape (Huber 1964):
/// `δ` times [`smooth_l1`](super::smooth_l1) with `β = δ`. The targets take no gradient.
///
/// # Errors
/// Shapes that differ or are empty, a `delta` that is not above 0.
pub fn huber(values: &Tensor, targets: &Tensor, delta: f64) -> Result<Tensor> {
    const OP: &str = "huber";
    input::alike(OP, values, targets)?;
    input::positive("delta", delta)?;
    mean_over_differences(OP, values, targets, |d| match d.abs() <= delta {
        true => (0.5 * d * d, d),
        false => (delta * (d.abs() - 0.5 * delta), delta * d.signum()),
    })
}
