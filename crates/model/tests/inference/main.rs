//! Inference beside the net it was planned from, and what it promises about memory, threads and errors.
#![allow(clippy::unwrap_used)]

mod allocation;
mod folding;
mod nets;
mod parts;
mod promises;

#[path = "../draws/mod.rs"]
mod draws;
#[allow(dead_code)] // some of it is for other programs of tests
#[path = "../part/mod.rs"]
mod part;
#[path = "../reference/mod.rs"]
mod reference;

use brinell_model::{Inference, Network, Pass};
use candle_core::{DType, Tensor};

/// A batch for a net, with both signs.
pub(crate) fn batch(samples: usize, net: &Network) -> Tensor {
    draws::numbers(&[&[samples], net.graph().input()].concat(), 7).to_dtype(DType::F32).unwrap()
}

pub(crate) fn flat(x: &Tensor) -> Vec<f32> {
    x.flatten_all().unwrap().to_vec1().unwrap()
}

/// Moves running statistics and lets nothing of them be 0 or 1.
pub(crate) fn train(net: &Network) {
    for step in 0..3 {
        let x = ((batch(6, net) * 1.5).unwrap() + 0.2).unwrap();
        net.forward(&x, &mut Pass::train(1, step)).unwrap();
    }
}

/// Holds every output of an inference against the net's own, in batches of several sizes.
pub(crate) fn assert_agrees(what: &str, net: &Network) {
    let mut inference = Inference::new(net, 7).unwrap();
    for samples in [1, 2, 7] {
        let x = batch(samples, net);
        let ids: Vec<_> = net.graph().outputs().iter().map(|(_, id)| *id).collect();
        let expected = net.run(&x, &ids, &mut Pass::evaluate()).unwrap();
        let logits = inference.run(&flat(&x), samples).unwrap().to_vec();
        let outputs: Vec<(&str, &[f32])> = inference.outputs().collect();
        assert_eq!(outputs.len(), ids.len());
        assert_eq!(outputs[0].1, logits);
        for (((name, got), (own, _)), expected) in
            outputs.into_iter().zip(net.graph().outputs()).zip(&expected)
        {
            assert_eq!(name, own);
            assert_close(&format!("{what}, batch {samples}, {name}"), got, &flat(expected));
        }
    }
}

pub(crate) fn assert_close(what: &str, got: &[f32], expected: &[f32]) {
    assert_eq!(got.len(), expected.len(), "{what}");
    let largest = expected.iter().fold(1.0_f32, |a, b| a.max(b.abs()));
    for (a, b) in got.iter().zip(expected) {
        assert!((a - b).abs() <= 1e-5 * largest, "{what}: {a} is not {b}, the largest is {largest}");
    }
}
