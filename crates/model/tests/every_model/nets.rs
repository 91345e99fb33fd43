//! The nets of the list, so small that all of them can be tried with everything.

use std::sync::LazyLock;

use brinell_model::{Architecture, Attention, ModelInfo, Network, Variables, zoo};
use candle_core::{DType, Device, Tensor};
use serde_json::{Value, json};

use crate::draws::numbers;

pub(crate) const CLASSES: usize = 3;

/// One net of the list with one attention in one place.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) architecture: Architecture,
    /// The same without attention, where this has one.
    pub(crate) plain: Option<Architecture>,
    pub(crate) input: Vec<usize>,
}

impl Case {
    pub(crate) fn build(&self, dtype: DType, seed: u64) -> (Network, Variables) {
        let mut variables = Variables::new(seed, dtype, &Device::Cpu);
        let net = self.architecture.build(&self.input, CLASSES, &mut variables);
        (net.unwrap_or_else(|error| panic!("{}: {error}", self.name)), variables)
    }

    pub(crate) fn batch(&self, samples: usize, key: u64, dtype: DType) -> Tensor {
        numbers(&[&[samples], &self.input[..]].concat(), key).to_dtype(dtype).unwrap()
    }
}

/// Fields that make a net small, and the length of each axis of its input.
fn small(net: &Value) -> (Value, usize) {
    match net["name"].as_str().unwrap() {
        "cnn" | "se-cnn" => (json!({"widths": [4, 8], "hidden": 12}), 8),
        "cnn-bilstm" => {
            let pool = json!({"kind": "lstm-attention", "hidden": 3, "units": 2, "both_ways": true});
            (json!({"channels": 4, "pool": pool}), 7)
        }
        "convnext" => (json!({"widths": [4, 6], "depths": [1, 1]}), 24),
        "densenet" => {
            let size = if net["stem"] == "large" { 16 } else { 8 };
            (json!({"growth": 8, "blocks": [1, 1], "bottleneck": 1, "stem_channels": 8}), size)
        }
        "drsn" => (json!({"widths": [4, 8], "units": 1}), 16),
        "epsanet" => (json!({"width": 4, "blocks": [1, 1]}), 16),
        "mobilenet-v3" => (json!({"width": 0.1}), 64),
        "patch-transformer" => (json!({"patch": 4, "width": 8, "heads": 2, "layers": 1}), 16),
        // Two blocks, for attention that looks at earlier stages does so from the second block of a stage on.
        "resnet" => (json!({"width": 4, "blocks": [1, 2]}), 16),
        "rnn-wdcnn" => {
            (json!({"widths": [2, 3], "first_kernel": 6, "steps": 4, "cells": 3, "hidden": 5}), 16)
        }
        "ticnn" | "wdcnn" => {
            let first = json!({"widths": [4, 8, 8], "first_kernel": 8, "first_stride": 2,
                "first_padding": 3, "hidden": 12});
            (first, 40)
        }
        "udtl-cnn" => (json!({"widths": [2, 3, 4], "first_kernel": 5, "windows": 2, "hidden": 12}), 24),
        other => panic!("`{other}` is new in the list: say here what makes it small"),
    }
}

/// Every kind, with so many hidden units for the few channels that not all of them are dead.
fn attentions() -> Vec<Value> {
    let small = |name: &str| {
        let kind: Attention = serde_json::from_value(name.into()).unwrap();
        let mut value = serde_json::to_value(&kind).unwrap();
        for (field, size) in [("reduction", 1), ("least", 4)] {
            if value.get(field).is_some() {
                value[field] = size.into();
            }
        }
        value
    };
    Attention::kinds().iter().map(|kind| small(kind.name)).collect()
}

fn read(net: &Value) -> Architecture {
    serde_json::from_value(net.clone()).unwrap()
}

fn cases_of(info: &ModelInfo) -> Vec<Case> {
    let mut net = serde_json::to_value(&info.architecture).unwrap();
    let (fields, size) = small(&net);
    for (field, value) in fields.as_object().unwrap() {
        assert!(net.get(field).is_some(), "{} has no `{field}`", info.name);
        net[field] = value.clone();
    }
    let input = info.input.iter().enumerate().map(|(axis, n)| if axis == 0 { *n } else { size });
    let input: Vec<usize> = input.collect();
    if net.get("attention").is_none() {
        return vec![Case { name: info.name.into(), architecture: read(&net), plain: None, input }];
    }
    net["attention"] = "none".into();
    let plain = read(&net);
    let mut cases =
        vec![Case { name: info.name.into(), architecture: plain.clone(), plain: None, input: input.clone() }];
    for attention in attentions() {
        let kind = attention["kind"].as_str().unwrap();
        for place in places(info.name, kind) {
            net["position"] = (*place).into();
            net["attention"] = attention.clone();
            let (architecture, plain) = (read(&net), Some(plain.clone()));
            let name = format!("{} with {kind} {place}", info.name);
            cases.push(Case { name, architecture, plain, input: input.clone() });
        }
    }
    cases
}

/// Where a net is tried with an attention of this kind. Two nets are tried with every kind everywhere, two with every
/// kind in each layer, the others with a kind for each place.
fn places(net: &str, kind: &str) -> &'static [&'static str] {
    match (net, kind) {
        ("densenet" | "resnet", _) => &["after-block", "in-layer", "in-place"],
        (_, "se") if ["se-cnn", "wdcnn"].contains(&net) => &["in-layer", "after-block"],
        (_, "sk") if ["se-cnn", "wdcnn"].contains(&net) => &["in-layer", "in-place"],
        ("se-cnn" | "wdcnn", _) => &["in-layer"],
        (_, "se") => &["after-block"],
        (_, "cbam") => &["in-layer"],
        (_, "sk") => &["in-place"],
        _ => &[],
    }
}

static CASES: LazyLock<Vec<Case>> = LazyLock::new(|| zoo().iter().flat_map(cases_of).collect());

/// All of them.
pub(crate) fn cases() -> &'static [Case] {
    &CASES
}

/// The numbers of a tensor, exact in double precision.
pub(crate) fn values(x: &Tensor) -> Vec<f64> {
    x.to_dtype(DType::F64).unwrap().flatten_all().unwrap().to_vec1().unwrap()
}

/// Moves every trained number away from where it began, so that nothing is weighed by 0.
pub(crate) fn stir(variables: &Variables, key: u64) {
    for (i, (_, var)) in variables.trainable().enumerate() {
        let apart = (numbers(var.dims(), 1000 * key + i as u64) * 0.3).unwrap();
        let moved = (var.as_detached_tensor() + apart.to_dtype(var.dtype()).unwrap()).unwrap();
        var.set(&moved).unwrap();
    }
}

#[test]
fn nets_that_carry_attention_are_tried_with_every_kind_of_it() {
    let kinds = Attention::kinds().len();
    let tried = |net: &str| cases().iter().filter(|case| case.name.starts_with(net)).count();
    assert_eq!(tried("se-cnn with"), kinds + 2);
    assert_eq!(tried("wdcnn with"), kinds + 2);
    assert_eq!(tried("resnet with"), 3 * kinds);
    assert_eq!(tried("densenet with"), 3 * kinds);
    for info in zoo() {
        assert!(tried(info.name) > 0, "{}", info.name);
        let carries = serde_json::to_value(&info.architecture).unwrap().get("attention").is_some();
        assert_eq!(carries, info.name != "patch-transformer", "{}", info.name);
        for attention in ["se after-block", "cbam in-layer", "sk in-place"] {
            assert_eq!(
                tried(&format!("{} with {attention}", info.name)),
                usize::from(carries),
                "{}",
                info.name
            );
        }
    }
}
