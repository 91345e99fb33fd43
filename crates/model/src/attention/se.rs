//! Squeeze and excitation: Hu, Shen, Sun, "Squeeze-and-Excitation Networks", CVPR 2018
//! (arXiv 1709.01507).

use candle_core::Tensor;

use super::Attend;
use crate::error::{Error, Result};
use crate::layer::Linear;
use crate::network::Pass;
use crate::ops::{MaxPool, channel_gate, gated_max_pool, global_average, relu, sigmoid};
use crate::variables::Variables;

/// `x * sigmoid(fc2(relu(fc1(mean over positions))))`, a factor a sample and channel.
///
/// Parameters `NAME.fc1.weight` `[h, C]`, `NAME.fc2.weight` `[C, h]` and biases if wanted, with
/// `h = max(1, C / reduction)`: a hidden layer of 0 units would be a gate stuck at one half.
pub struct SqueezeExcite {
    fc1: Linear,
    fc2: Linear,
}

impl SqueezeExcite {
    /// The module under `name` for maps of `channels` channels.
    ///
    /// # Errors
    /// A reduction of 0; a name that is taken.
    pub fn new(
        name: &str,
        channels: usize,
        reduction: usize,
        bias: bool,
        variables: &mut Variables,
    ) -> Result<Self> {
        if reduction == 0 {
            return Err(Error::config("attention.reduction", 0, "at least 1"));
        }
        let hidden = hidden(channels, reduction);
        Ok(Self {
            fc1: Linear::new(&format!("{name}.fc1"), channels, hidden, bias, variables)?,
            fc2: Linear::new(&format!("{name}.fc2"), hidden, channels, bias, variables)?,
        })
    }

    /// The factors `[B, C]`, between 0 and 1, for a map `[B, C, ...]`.
    ///
    /// # Errors
    /// A map of other channels.
    pub fn gate(&self, x: &Tensor) -> Result<Tensor> {
        let hidden = relu(&self.fc1.forward(&global_average(x)?)?)?;
        sigmoid(&self.fc2.forward(&hidden)?)
    }

    pub(crate) fn parameters(channels: usize, reduction: usize, bias: bool) -> u64 {
        let hidden = hidden(channels, reduction);
        Linear::parameters(channels, hidden, bias) + Linear::parameters(hidden, channels, bias)
    }
}

fn hidden(channels: usize, reduction: usize) -> usize {
    (channels / reduction.max(1)).max(1)
}

impl Attend for SqueezeExcite {
    fn forward(&self, x: &Tensor, _: &mut Pass) -> Result<Tensor> {
        channel_gate(x, &self.gate(x)?)
    }

    fn forward_max_pool(&self, x: &Tensor, pool: &MaxPool, _: &mut Pass) -> Result<Tensor> {
        gated_max_pool(x, &self.gate(x)?, pool)
    }
}
