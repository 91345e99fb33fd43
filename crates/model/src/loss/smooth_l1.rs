//! Squares near the target, absolute values far from it.

use candle_core::Tensor;

use super::input;
use crate::error::Result;
use crate::ops::{in_double, told_for_one};

/// Mean of `d² / (2β)` where `|d| < β` and `|d| - β / 2` elsewhere, `d = values - targets` of one shape (Girshick 2015;
/// PyTorch's `smooth_l1_loss`). `β = 0` is the absolute error, with slope 0 at 0. The targets take no gradient.
///
/// # Errors
/// Shapes that differ or are empty, a `beta` below 0.
pub fn smooth_l1(values: &Tensor, targets: &Tensor, beta: f64) -> Result<Tensor> {
    const OP: &str = "smooth_l1";
    input::alike(OP, values, targets)?;
    input::not_negative("beta", beta)?;
    mean_over_differences(OP, values, targets, |d| match d.abs() < beta {
        true => (0.5 * d * d / beta, d / beta),
        false => (d.abs() - 0.5 * beta, if d == 0.0 { 0.0 } else { d.signum() }),
    })
}

/// The mean over `values - targets` of what `of` gives as value and slope.
pub(super) fn mean_over_differences(
    op: &'static str,
    values: &Tensor,
    targets: &Tensor,
    of: impl Fn(f64) -> (f64, f64),
) -> Result<Tensor> {
    let targets = in_double(targets)?;
    let count = targets.len() as f64;
    told_for_one(op, values, |values| {
        let (mut loss, mut slopes) = (0.0, Vec::with_capacity(values.len()));
        for (value, target) in values.iter().zip(&targets) {
            let (part, slope) = of(value - target);
            loss += part;
            slopes.push(slope / count);
        }
        (loss / count, slopes)
    })
}
