//! Convolution with its weight, over images or series.

use candle_core::{Tensor, Var};

use crate::error::{Error, Result};
use crate::ops::{Conv1d, Conv2d, conv1d, conv2d};
use crate::variables::{Init, Variables};

/// The shape of a convolution along both spatial axes (height, width); a series has height 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConvShape {
    /// Channels out.
    pub channels: usize,
    /// Taps.
    pub kernel: [usize; 2],
    /// Step.
    pub stride: [usize; 2],
    /// Zeros on either side.
    pub padding: [usize; 2],
    /// Whether a bias is added. In front of a batch norm it has no effect.
    pub bias: bool,
}

/// A convolution layer: parameters `NAME.weight` and, if wanted, `NAME.bias`.
pub struct Conv {
    weight: Var,
    bias: Option<Var>,
    shape: ConvShape,
}

impl Conv {
    /// A layer for inputs of `input`, `[C, H, W]` or `[C, L]`, and the shape it gives.
    ///
    /// # Errors
    /// A kernel that does not fit the input; a name that is taken.
    pub fn new(
        name: &str,
        input: &[usize],
        shape: ConvShape,
        variables: &mut Variables,
    ) -> Result<(Self, Vec<usize>)> {
        let output = shape.output(name, input)?;
        let mut dims = vec![shape.channels, input[0]];
        if input.len() == 3 {
            dims.push(shape.kernel[0]);
        }
        dims.push(shape.kernel[1]);
        let weight = variables.parameter(&format!("{name}.weight"), &dims, Init::kaiming_fan_out(&dims))?;
        let bias = if shape.bias {
            let fan = dims[1..].iter().product();
            let name = format!("{name}.bias");
            Some(variables.parameter(&name, &[shape.channels], Init::fan_in(fan))?)
        } else {
            None
        };
        Ok((Self { weight, bias, shape }, output))
    }

    /// `[B, C, H, W]` or `[B, C, L]` to the convolved map.
    ///
    /// # Errors
    /// An input of other channels or smaller than the kernel.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let ConvShape { stride, padding, .. } = self.shape;
        let bias = self.bias.as_ref().map(Var::as_tensor);
        if x.rank() == 3 {
            let parameters = Conv1d { stride: stride[1], padding: padding[1], ..Conv1d::default() };
            conv1d(x, &self.weight, bias, &parameters)
        } else {
            let parameters = Conv2d { stride, padding, ..Conv2d::default() };
            conv2d(x, &self.weight, bias, &parameters)
        }
    }
}

impl ConvShape {
    /// The shape out of a layer called `name` for `input`, `[C, H, W]` or `[C, L]`.
    ///
    /// # Errors
    /// A kernel that does not fit the input, zero sizes.
    pub fn output(&self, name: &str, input: &[usize]) -> Result<Vec<usize>> {
        let sizes = match *input {
            [c, l] if c > 0 => [1, l],
            [c, h, w] if c > 0 => [h, w],
            _ => {
                return Err(Error::layer(
                    name,
                    input,
                    "expected [channels, length] or [channels, height, width], none of them 0",
                ));
            }
        };
        if self.channels == 0 {
            return Err(Error::config(format!("{name}.channels"), 0, "at least 1"));
        }
        let window = crate::ops::Window {
            kernel: self.kernel,
            stride: self.stride,
            padding: self.padding,
            dilation: [1, 1],
        };
        let [h, w] = window.positions(sizes).map_err(|reason| Error::layer(name, input, reason))?;
        let mut output = vec![self.channels];
        if input.len() == 3 {
            output.push(h);
        }
        output.push(w);
        Ok(output)
    }

    /// Parameters of a layer for `channels` channels in.
    pub(crate) fn parameters(&self, channels: usize) -> u64 {
        let taps = self.kernel[0] * self.kernel[1];
        (self.channels * (channels * taps + usize::from(self.bias))) as u64
    }

    /// Multiply-adds of one input whose output has the shape `output`.
    pub(crate) fn multiply_adds(&self, channels: usize, output: &[usize]) -> u64 {
        let taps = self.kernel[0] * self.kernel[1];
        (output.iter().product::<usize>() * channels * taps) as u64
    }
}
