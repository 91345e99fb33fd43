//! Norms over the channels of one sample: layer norm and group norm.

use candle_core::Tensor;

use crate::error::{Error, Result};

/// `γ (x - mean)/√(variance + ε) + β` over the channels of every position of `[B, C, ..]` on its own; the variance is
/// the population's. `γ` and `β` are `[C]`. Ba, Kiros, Hinton 2016 (arXiv 1607.06450).
///
/// # Errors
/// Other shapes.
pub fn layer_norm(x: &Tensor, gamma: &Tensor, beta: &Tensor, eps: f64) -> Result<Tensor> {
    let shape = along_channels(x, gamma)?;
    let y = standardised(x, 1, eps)?;
    Ok(y.broadcast_mul(&gamma.reshape(shape.as_slice())?)?.broadcast_add(&beta.reshape(shape.as_slice())?)?)
}

/// The same over `groups` equal groups of channels, each with all its positions. Wu, He 2018 (arXiv 1803.08494).
///
/// # Errors
/// Channels that the groups do not divide, other shapes.
pub fn group_norm(x: &Tensor, groups: usize, gamma: &Tensor, beta: &Tensor, eps: f64) -> Result<Tensor> {
    let shape = along_channels(x, gamma)?;
    let (batch, channels) = (x.dims()[0], x.dims()[1]);
    if groups == 0 || channels % groups != 0 {
        return Err(Error::op("group norm", format!("{groups} groups must divide {channels} channels")));
    }
    let grouped = x.reshape((batch, groups, x.elem_count() / (batch * groups).max(1)))?;
    let y = standardised(&grouped, 2, eps)?.reshape(x.dims())?;
    Ok(y.broadcast_mul(&gamma.reshape(shape.as_slice())?)?.broadcast_add(&beta.reshape(shape.as_slice())?)?)
}

fn standardised(x: &Tensor, axis: usize, eps: f64) -> Result<Tensor> {
    let centred = x.broadcast_sub(&x.mean_keepdim(axis)?)?;
    let deviation = (centred.sqr()?.mean_keepdim(axis)? + eps)?.sqrt()?;
    Ok(centred.broadcast_div(&deviation)?)
}

/// `[1, C, 1, ..]` for the axes of `x`.
fn along_channels(x: &Tensor, gamma: &Tensor) -> Result<Vec<usize>> {
    let channels = gamma.elem_count();
    if x.rank() < 2 || x.dims()[1] != channels {
        return Err(Error::op(
            "norm",
            format!("it was made for {channels} channels, not for {:?}", x.dims()),
        ));
    }
    let mut shape = vec![1; x.rank()];
    shape[1] = channels;
    Ok(shape)
}
