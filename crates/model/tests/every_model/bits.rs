//! Same seed, same bits: for any number of threads, through a file, and with attention beside it.

use std::collections::{BTreeMap, BTreeSet};

use brinell_model::{
    Adam, AdamParams, CrossEntropy, Pass, Variables, cross_entropy, load_safetensors, save_safetensors,
};
use candle_core::{DType, Device, Tensor};

use crate::nets::{CLASSES, Case, cases, values};

fn bits(x: &Tensor) -> Vec<u64> {
    values(x).into_iter().map(f64::to_bits).collect()
}

fn all_bits(tensors: &BTreeMap<String, Tensor>) -> BTreeMap<String, Vec<u64>> {
    tensors.iter().map(|(name, tensor)| (name.clone(), bits(tensor))).collect()
}

/// All tensors after two steps of training, and what the net then gives.
fn trained(case: &Case) -> (BTreeMap<String, Vec<u64>>, Vec<u64>) {
    let (net, variables) = case.build(DType::F32, 4);
    let x = case.batch(8, 6, DType::F32);
    let labels = [0, 1, 2, 0, 1, 2, 0, 1];
    let mut adam = Adam::new(AdamParams::default()).unwrap();
    for step in 0..2 {
        let trace = net.trace_logits(&x, &mut Pass::train(9, step)).unwrap();
        let loss = cross_entropy(trace.output(), &labels, &CrossEntropy::default()).unwrap();
        adam.step(&variables, &trace.backward(&loss).unwrap()).unwrap();
    }
    let logits = net.forward(&x, &mut Pass::evaluate()).unwrap();
    (all_bits(&variables.to_tensors().unwrap()), bits(&logits))
}

#[test]
fn training_gives_the_same_bits_on_one_and_two_threads() {
    let pool = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let (one, two) = (pool(1), pool(2));
    for case in cases() {
        let alone = one.install(|| trained(case));
        assert_eq!(alone, two.install(|| trained(case)), "{}", case.name);
        let (_, fresh) = case.build(DType::F32, 4);
        assert_ne!(alone.0, all_bits(&fresh.to_tensors().unwrap()), "{}: nothing was learnt", case.name);
    }
}

#[test]
fn a_net_that_was_stored_and_loaded_gives_the_same_bits() {
    for case in cases() {
        let (net, variables) = case.build(DType::F32, 2);
        let x = case.batch(3, 1, DType::F32);
        // Running statistics that are not those of the start.
        net.forward(&x, &mut Pass::train(1, 0)).unwrap();
        let stored = save_safetensors(&variables.to_tensors().unwrap(), &BTreeMap::new()).unwrap();
        let (twin, others) = case.build(DType::F32, 77);
        let judge = |net: &brinell_model::Network| bits(&net.forward(&x, &mut Pass::evaluate()).unwrap());
        assert_ne!(judge(&twin), judge(&net), "{}", case.name);
        others.load(&load_safetensors(&stored).unwrap().0).unwrap();
        assert_eq!(judge(&twin), judge(&net), "{}", case.name);
    }
}

#[test]
fn attention_leaves_what_the_other_layers_begin_with_as_it_was() {
    for case in cases() {
        let Some(plain) = &case.plain else { continue };
        let mut variables = Variables::new(5, DType::F32, &Device::Cpu);
        plain.build(&case.input, CLASSES, &mut variables).unwrap();
        let plain = all_bits(&variables.to_tensors().unwrap());
        let (_, variables) = case.build(DType::F32, 5);
        let carrying = all_bits(&variables.to_tensors().unwrap());
        let layer = |name: &str| name.rsplit_once('.').map_or(name.to_owned(), |(layer, _)| layer.to_owned());
        // Padded where the convolution was not, attention in its place leaves more for the layer behind it, whose
        // weights and bias then begin within other bounds.
        let resized: BTreeSet<String> = plain
            .iter()
            .filter(|(name, values)| carrying.get(*name).is_some_and(|other| other.len() != values.len()))
            .map(|(name, _)| layer(name))
            .collect();
        assert!(resized.is_empty() || case.name.ends_with("in-place"), "{}: {resized:?}", case.name);
        for (name, values) in &plain {
            match carrying.get(name) {
                _ if resized.contains(&layer(name)) => {}
                Some(same) => assert_eq!(same, values, "{}: {name}", case.name),
                // There it stands in place of a convolution and its norm, which have other names then.
                None => assert!(case.name.ends_with("in-place"), "{}: {name} is gone", case.name),
            }
        }
    }
}
