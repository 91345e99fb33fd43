//! A part of a net on its own: a layer, an op, an attention module.

use brinell_model::graph::Id;
use brinell_model::{Draft, Graph, Network, Pass, Result, Variables};
use candle_core::{DType, Device, Tensor};

/// The graph of what `part` makes of `[C]`, `[C, L]` or `[C, H, W]`; its map is the result.
pub(crate) fn drafted(input: &[usize], part: impl FnOnce(&mut Draft, Id) -> Result<Id>) -> Graph {
    let mut net = Draft::new(&with_axes(input, 2)).unwrap();
    let x = net.input();
    let x = if input.len() < 2 { net.reshape(x, input).unwrap() } else { x };
    let y = part(&mut net, x).unwrap();
    net.set_map(y);
    let logits = net.flatten(y).unwrap();
    net.finish(logits).unwrap()
}

fn with_axes(shape: &[usize], least: usize) -> Vec<usize> {
    let mut shape = shape.to_vec();
    shape.resize(shape.len().max(least), 1);
    shape
}

/// A part with its tensors.
pub(crate) struct Part {
    network: Network,
    pub(crate) variables: Variables,
}

impl Part {
    pub(crate) fn new(
        dtype: DType,
        input: &[usize],
        part: impl FnOnce(&mut Draft, Id) -> Result<Id>,
    ) -> Self {
        let mut variables = Variables::new(3, dtype, &Device::Cpu);
        let network = Network::new(drafted(input, part), &mut variables).unwrap();
        Self { network, variables }
    }

    /// What the part makes of a batch.
    pub(crate) fn forward(&self, x: &Tensor, pass: &mut Pass) -> Result<Tensor> {
        let map = self.network.graph().map().unwrap();
        let x = x.reshape(with_axes(x.dims(), 3))?;
        Ok(self.network.run(&x, &[map], pass)?.swap_remove(0))
    }
}
