//! Attention modules and pools: PyTorch's numbers, counts of parameters, shapes, gates, gradients, refusals, and how a
//! configuration names them.
#![allow(clippy::unwrap_used)]

mod configuration;
mod counts;
#[allow(dead_code)] // some of it is for other programs of tests
#[path = "../differences/mod.rs"]
mod differences;
#[path = "../draws/mod.rs"]
mod draws;
mod gates;
mod golden;
#[path = "../part/mod.rs"]
mod part;
#[path = "../reference/mod.rs"]
mod reference;
mod refusals;
mod shapes;

use brinell_model::attention::{AdaptivePool, RecurrentAttention};
use brinell_model::graph::Id;
use brinell_model::{Attention, Draft, Network, Pool, Result, Variables};
use candle_core::{DType, Device, Tensor};

/// Every kind with its defaults.
pub(crate) fn every_kind() -> Vec<Attention> {
    let kinds = Attention::kinds().iter();
    kinds.map(|kind| serde_json::from_value(kind.name.into()).unwrap()).collect()
}

/// Every pool, small.
pub(crate) fn every_pool() -> Vec<Pool> {
    let recurrent = |both_ways| RecurrentAttention { hidden: 5, units: 4, both_ways };
    vec![
        Pool::Mean,
        Pool::Max,
        Pool::MeanMax,
        Pool::AdaptiveMean(AdaptivePool { windows: [2, 3] }),
        Pool::AdaptiveMax(AdaptivePool { windows: [2, 3] }),
        Pool::Attention,
        Pool::GruAttention(recurrent(false)),
        Pool::LstmAttention(recurrent(true)),
    ]
}

/// A part as a net of its own, with the gates by name.
pub(crate) fn network(
    dtype: DType,
    input: &[usize],
    part: impl FnOnce(&mut Draft, Id) -> Result<Id>,
) -> (Network, Variables) {
    let mut variables = Variables::new(3, dtype, &Device::Cpu);
    let network = Network::new(part::drafted(input, part), &mut variables).unwrap();
    (network, variables)
}

/// Gives every trained tensor numbers that are neither 0 nor 1 throughout, so that nothing is weighed by 0.
pub(crate) fn stir(variables: &Variables) {
    for (key, (_, var)) in variables.trainable().enumerate() {
        let values = (draws::numbers(var.dims(), 100 + key as u64) * 0.7).unwrap();
        var.set(&values.to_dtype(var.dtype()).unwrap()).unwrap();
    }
}

/// A batch with both signs.
pub(crate) fn batch(samples: usize, shape: &[usize], dtype: DType) -> Tensor {
    draws::numbers(&[&[samples], shape].concat(), 5).to_dtype(dtype).unwrap()
}
