//! Exponentials over their sum, along an axis.

use candle_core::Tensor;

use crate::error::{Error, Result};

/// `e^x / Σ e^x` along `axis`. The largest value is taken off first, so that nothing overflows.
///
/// # Errors
/// No such axis.
pub fn softmax(x: &Tensor, axis: usize) -> Result<Tensor> {
    let powers = below_largest(x, axis)?.0.exp()?;
    Ok(powers.broadcast_div(&powers.sum_keepdim(axis)?)?)
}

/// `x - ln Σ e^x` along `axis`.
///
/// # Errors
/// No such axis.
pub fn log_softmax(x: &Tensor, axis: usize) -> Result<Tensor> {
    let (below, _) = below_largest(x, axis)?;
    Ok(below.broadcast_sub(&below.exp()?.sum_keepdim(axis)?.log()?)?)
}

/// `ln Σ e^x` along `axis`, which stays with length 1.
///
/// # Errors
/// No such axis.
pub fn log_sum_exp(x: &Tensor, axis: usize) -> Result<Tensor> {
    let (below, largest) = below_largest(x, axis)?;
    Ok((below.exp()?.sum_keepdim(axis)?.log()? + largest)?)
}

/// `x` less its largest value along `axis`, and that value; it takes no gradient, since it cancels.
fn below_largest(x: &Tensor, axis: usize) -> Result<(Tensor, Tensor)> {
    if x.dims().get(axis).is_none_or(|len| *len == 0) {
        return Err(Error::op("softmax", format!("input {:?} has nothing along axis {axis}", x.dims())));
    }
    let largest = x.max_keepdim(axis)?.detach();
    Ok((x.broadcast_sub(&largest)?, largest))
}
