//! Transposed convolution of series.

use candle_core::Tensor;

use super::conv1d::{Conv1d, conv1d};
use crate::error::{Error, Result};

/// What a convolution with this stride and padding has for its gradient: `[B, C, L]` by a weight `[C, O, K]` to
/// `[B, O, (L - 1) stride + K - 2 padding]`. A convolution of the series with `stride - 1` zeros between its values.
///
/// # Errors
/// A stride of 0, padding of `K` or more, channels that do not fit.
pub fn conv_transpose1d(
    x: &Tensor,
    weight: &Tensor,
    bias: Option<&Tensor>,
    stride: usize,
    padding: usize,
) -> Result<Tensor> {
    let refuse = |reason: String| Err(Error::op("transposed convolution", reason));
    let (&[batch, channels, len], &[of, _, taps]) = (x.dims(), weight.dims()) else {
        return refuse(format!("input {:?} and weight {:?} must have 3 axes each", x.dims(), weight.dims()));
    };
    if stride == 0 || padding >= taps || of != channels || len == 0 {
        return refuse(format!(
            "stride {stride} must be at least 1, padding {padding} below the {taps} taps, and {channels} channels the \
             {of} of the weight"
        ));
    }
    let spread = x.unsqueeze(3)?.pad_with_zeros(3, 0, stride - 1)?;
    let spread = spread.reshape((batch, channels, len * stride))?.narrow(2, 0, (len - 1) * stride + 1)?;
    let backwards: Vec<u32> = (0..taps as u32).rev().collect();
    let backwards = Tensor::from_vec(backwards, taps, x.device())?;
    let weight = weight.transpose(0, 1)?.contiguous()?.index_select(&backwards, 2)?;
    let conv = Conv1d { padding: taps - 1 - padding, ..Conv1d::default() };
    conv1d(&spread.contiguous()?, &weight, bias, &conv)
}
