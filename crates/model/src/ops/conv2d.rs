//! Convolution over images.

use candle_core::Tensor;

use super::convolution::convolving;
use super::window::Window;
use crate::error::Result;

/// Parameters of [`conv2d`]; pairs are (height, width).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conv2d {
    /// Step between neighbouring positions.
    pub stride: [usize; 2],
    /// Zeros added on either side.
    pub padding: [usize; 2],
    /// Step between neighbouring taps.
    pub dilation: [usize; 2],
    /// Groups of channels that do not see each other; as many as channels: depthwise.
    pub groups: usize,
}

impl Default for Conv2d {
    /// Stride 1, no padding, dilation 1, one group.
    fn default() -> Self {
        Self { stride: [1, 1], padding: [0, 0], dilation: [1, 1], groups: 1 }
    }
}

/// Convolution (cross-correlation, as in every deep-learning library) over images.
///
/// `x` is `[B, C, H, W]`, `weight` `[O, C / groups, KH, KW]`, `bias` `[O]`; the result is
/// `[B, O, H', W']` with `H' = (H + 2p - d (KH - 1) - 1) / s + 1` rounded down, `W'` alike.
/// `f32` and `f64`; gradients for all three; same bits for any number of threads.
///
/// # Errors
/// Shapes that do not fit each other, a window larger than the padded image, other number types.
pub fn conv2d(x: &Tensor, weight: &Tensor, bias: Option<&Tensor>, parameters: &Conv2d) -> Result<Tensor> {
    let window = Window {
        kernel: [1, 1], // the weight says
        stride: parameters.stride,
        padding: parameters.padding,
        dilation: parameters.dilation,
    };
    convolving("conv2d", x, weight, bias, (window, parameters.groups), x.track_op())?.run()
}
