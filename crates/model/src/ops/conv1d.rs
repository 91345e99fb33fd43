//! Convolution over series.

use candle_core::Tensor;

use super::convolution::convolving;
use super::window::Window;
use crate::error::Result;

/// Parameters of [`conv1d`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conv1d {
    /// Step between neighbouring positions.
    pub stride: usize,
    /// Zeros added on either side.
    pub padding: usize,
    /// Step between neighbouring taps.
    pub dilation: usize,
    /// Groups of channels that do not see each other; as many as channels: depthwise.
    pub groups: usize,
}

impl Default for Conv1d {
    /// Stride 1, no padding, dilation 1, one group.
    fn default() -> Self {
        Self { stride: 1, padding: 0, dilation: 1, groups: 1 }
    }
}

/// Convolution (cross-correlation) over series.
///
/// `x` is `[B, C, L]`, `weight` `[O, C / groups, K]`, `bias` `[O]`; the result is `[B, O, L']` with
/// `L' = (L + 2p - d (K - 1) - 1) / s + 1` rounded down. `f32` and `f64`; gradients for all three;
/// same bits for any number of threads.
///
/// # Errors
/// Shapes that do not fit each other, a window larger than the padded series, other number types.
pub fn conv1d(x: &Tensor, weight: &Tensor, bias: Option<&Tensor>, parameters: &Conv1d) -> Result<Tensor> {
    let window = Window {
        kernel: [1, 1], // the weight says
        stride: [1, parameters.stride],
        padding: [0, parameters.padding],
        dilation: [1, parameters.dilation],
    };
    convolving("conv1d", x, weight, bias, (window, parameters.groups), x.track_op())?.run()
}
