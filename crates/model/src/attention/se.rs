//! Squeeze and excitation: Hu, Shen, Sun, "Squeeze-and-Excitation Networks", CVPR 2018 (arXiv 1709.01507).

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::graph::{Draft, Id};

/// `x * sigmoid(fc2(relu(fc1(mean over positions))))`: a factor a sample and channel.
///
/// Parameters `fc1.weight` `[h, C]`, `fc2.weight` `[C, h]` and biases if wanted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SqueezeExcite {
    /// Channels over hidden units. 16 unless said.
    pub reduction: usize,
    /// Whether the two small layers have biases; the paper's have none.
    pub bias: bool,
}

impl Default for SqueezeExcite {
    fn default() -> Self {
        Self { reduction: 16, bias: false }
    }
}

impl SqueezeExcite {
    pub(super) fn draft(&self, net: &mut Draft, x: Id) -> Result<Id> {
        let squeezed = net.global_mean(x)?;
        let hidden = hidden(net, net.channels(x), self.reduction)?;
        let y = net.linear("fc1", squeezed, hidden, self.bias)?;
        let y = net.relu(y)?;
        let y = net.linear("fc2", y, net.channels(x), self.bias)?;
        let gate = net.sigmoid(y)?;
        net.gate("gate", gate);
        net.mul(x, gate)
    }
}

/// `max(1, channels / reduction)`: a hidden layer of 0 units would be a gate stuck at one half.
///
/// # Errors
/// A reduction of 0.
pub(super) fn hidden(net: &Draft, channels: usize, reduction: usize) -> Result<usize> {
    if reduction == 0 {
        return Err(Error::config(net.full_name("reduction"), 0, "at least 1"));
    }
    Ok((channels / reduction).max(1))
}
