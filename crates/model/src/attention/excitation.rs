//! The two small layers that make a gate of a vector. Several vectors may share them.

use crate::error::{Error, Result};
use crate::graph::{Draft, Id, Op};
use crate::variables::Init;

/// `W2 relu(W1 z)`: `fc1.weight` `[h, C]`, `fc2.weight` `[C, h]` and biases if wanted.
pub(super) struct Excitation {
    fc1: Op,
    fc2: Op,
}

impl Excitation {
    /// The layers for vectors `[channels]`.
    ///
    /// # Errors
    /// A reduction of 0, names that are taken.
    pub(super) fn new(net: &mut Draft, channels: usize, reduction: usize, bias: bool) -> Result<Self> {
        let hidden = hidden(net, channels, reduction)?;
        Ok(Self {
            fc1: linear(net, "fc1", [hidden, channels], bias)?,
            fc2: linear(net, "fc2", [channels, hidden], bias)?,
        })
    }

    /// What they make of `z` `[C]`; the gate's sigmoid is still to come.
    ///
    /// # Errors
    /// A vector of another width.
    pub(super) fn of(&self, net: &mut Draft, z: Id) -> Result<Id> {
        let y = net.node("fc1", self.fc1.clone(), &[z])?;
        let y = net.relu(y)?;
        net.node("fc2", self.fc2.clone(), &[y])
    }

    /// The gate `[C]` of `z` `[C]`.
    ///
    /// # Errors
    /// A vector of another width.
    pub(super) fn gate(&self, net: &mut Draft, z: Id) -> Result<Id> {
        let y = self.of(net, z)?;
        net.sigmoid(y)
    }
}

fn linear(net: &mut Draft, name: &str, shape: [usize; 2], bias: bool) -> Result<Op> {
    let init = Init::fan_in(shape[1]);
    let weight = net.slot(&format!("{name}.weight"), &shape, init)?;
    let bias = match bias {
        true => Some(net.slot(&format!("{name}.bias"), &shape[..1], init)?),
        false => None,
    };
    Ok(Op::Linear { weight, bias })
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
