//! Every function over tensors, by name: candle's alone, or refused on a GPU.

use std::collections::{BTreeMap, BTreeSet};

use candle_core::{DType, Device, Tensor, Var};

use super::elsewhere::{supposing, told_below};
use crate::error::{Error, Result};
use crate::generator::Key;
use crate::graph::{Gather, RecurrentKind, Unary};
use crate::ops::{
    AveragePool, ChannelStatistics, Conv1d, Conv2d, MaxPool, Statistics, Window, adaptive_pool, average_pool,
    batch_norm, channel_gate, channel_statistics, conv_transpose1d, conv1d, conv2d, dropout, elementwise,
    gated_max_pool, global_average, group_norm, largest, layer_norm, leaky, linear, log_softmax, log_sum_exp,
    max_pool, recurrent, relu, reverse_gradient, sensors, sigmoid, soft_threshold, softmax,
};
use crate::{
    Adam, AdamParams, BinaryCrossEntropy, Cdan, CoralForm, CrossEntropy, Discriminator, DiscriminatorParams,
    Focal, Jmmd, Mmd, MultilinearMap, Pass, Variables,
};

/// What is at hand: `x` `[2, 4, 6]` and vectors of its channels.
struct Given {
    x: Var,
    channels: Tensor,
    /// `[2, 4]`, above 0, each row with sum 1.
    shares: Tensor,
    adversary: Discriminator,
    joint: Discriminator,
    map: MultilinearMap,
    variables: Variables,
}

impl Given {
    fn new() -> Result<Self> {
        let numbers: Vec<f32> = (0..48).map(|i| (i * 7 % 11) as f32 / 8.0 - 0.5).collect();
        let mut variables = Variables::new(3, DType::F32, &Device::Cpu);
        let params = DiscriminatorParams { hidden: vec![3], dropout: 0.0 };
        let map = MultilinearMap::new("map", 4, 4, &mut variables)?;
        Ok(Self {
            x: Var::from_vec(numbers, (2, 4, 6), &Device::Cpu)?,
            channels: Tensor::new(&[0.5_f32, 1.0, 1.5, 2.0], &Device::Cpu)?,
            shares: Tensor::new(&[[0.25_f32; 4], [0.1, 0.2, 0.3, 0.4]], &Device::Cpu)?,
            adversary: Discriminator::new(&params, "adversary", 4, &mut variables)?,
            joint: Discriminator::new(&params, "joint", map.width(), &mut variables)?,
            map,
            variables,
        })
    }

    /// The weight of a convolution to one channel.
    fn taps(&self) -> Result<Tensor> {
        Ok(self.channels.reshape((1, 4, 1))?)
    }
}

type Function = fn(&Given) -> Result<Tensor>;

fn functions() -> Vec<(&'static str, Function)> {
    vec![
        ("adaptive_pool", |g| adaptive_pool(&g.x, Gather::Max, [1, 2])),
        ("average_pool", |g| {
            let window = Window { kernel: [1, 2], stride: [1, 2], padding: [0; 2], dilation: [1; 2] };
            average_pool(&g.x, &AveragePool { window, ceil: false, count_padding: false })
        }),
        ("batch_norm", |g| {
            let of = ChannelStatistics { mean: vec![0.0; 4], variance: vec![1.0; 4], count: 12 };
            batch_norm(&g.x, &g.channels, &g.channels, &of, Statistics::Constant, 1e-5, false)
        }),
        ("channel_statistics", |g| channel_statistics(&g.x).map(|_| g.channels.clone())),
        ("channel_gate", |g| channel_gate(&g.x, &g.shares)),
        ("conv1d", |g| conv1d(&g.x, &g.taps()?, None, &Conv1d::default())),
        ("conv2d", |g| conv2d(&g.x.unsqueeze(3)?, &g.taps()?.unsqueeze(3)?, None, &Conv2d::default())),
        ("conv_transpose1d", |g| conv_transpose1d(&g.x, &g.taps()?.transpose(0, 1)?, None, 2, 0)),
        ("dropout", |g| dropout(&g.x, 0.5, Key::new(1, 0, "dropout"))),
        ("elementwise", |g| elementwise(&g.x, Unary::Gelu)),
        ("leaky", |g| leaky(&g.x, &g.channels.reshape((4, 1))?)),
        ("relu", |g| relu(&g.x)),
        ("sigmoid", |g| sigmoid(&g.x)),
        ("global_average", |g| global_average(&g.x)),
        ("largest", |g| largest(&g.x, 1)),
        ("layer_norm", |g| layer_norm(&g.x, &g.channels, &g.channels, 1e-6)),
        ("group_norm", |g| group_norm(&g.x, 2, &g.channels, &g.channels, 1e-6)),
        ("linear", |g| linear(&g.shares, &g.channels.unsqueeze(0)?, None)),
        ("max_pool", |g| max_pool(&g.x, &MaxPool::series(2, 2, 0))),
        ("gated_max_pool", |g| gated_max_pool(&g.x, &g.shares, &MaxPool::series(2, 2, 0))),
        ("recurrent", |g| {
            // Four gates of one unit.
            let weight = g.channels.unsqueeze(1)?;
            recurrent(&g.x, &weight, &g.channels, RecurrentKind::Lstm, false)
        }),
        ("reverse_gradient", |g| reverse_gradient(&g.x, 1.0)),
        ("sensors", |g| sensors(&g.x, 2, None)),
        ("soft_threshold", |g| soft_threshold(&g.x, &g.shares)),
        ("softmax", |g| softmax(&g.x, 1)),
        ("log_softmax", |g| log_softmax(&g.x, 1)),
        ("log_sum_exp", |g| log_sum_exp(&g.x, 1)),
    ]
}

fn losses() -> Vec<(&'static str, Function)> {
    vec![
        ("binary_cross_entropy", |g| {
            crate::binary_cross_entropy(&g.shares, &g.shares, &BinaryCrossEntropy::default())
        }),
        ("cdan", |g| {
            let (pair, options) = ([&g.shares; 2], Cdan::default());
            crate::cdan(pair, pair, &g.map, &g.joint, &options, &mut Pass::evaluate())
        }),
        ("coral", |g| crate::coral(&g.shares, &g.shares, CoralForm::Paper)),
        ("cross_entropy", |g| crate::cross_entropy(&g.shares, &[0, 1], &CrossEntropy::default())),
        ("soft_cross_entropy", |g| crate::soft_cross_entropy(&g.shares, &g.shares, &CrossEntropy::default())),
        ("dann", |g| crate::dann(&g.shares, &g.shares, &g.adversary, 1.0, &mut Pass::evaluate())),
        ("entropy", |g| crate::entropy(&g.shares)),
        ("focal", |g| crate::focal(&g.shares, &[0, 1], &Focal::default())),
        ("huber", |g| crate::huber(&g.shares, &g.shares, 1.0)),
        ("smooth_l1", |g| crate::smooth_l1(&g.shares, &g.shares, 1.0)),
        ("jmmd", |g| crate::jmmd([&g.shares; 2], [&g.shares; 2], &Jmmd::default())),
        ("mmd", |g| crate::mmd(&g.shares, &g.shares, &Mmd::default())),
        ("supervised_contrastive", |g| crate::supervised_contrastive(&g.shares, &[1, 1], 0.5)),
    ]
}

/// What training does besides.
fn steps() -> Vec<(&'static str, Function)> {
    vec![
        ("global_norm", |g| {
            let length = crate::global_norm([("x", g.x.as_tensor())].into_iter())?;
            Ok(Tensor::new(length, &Device::Cpu)?)
        }),
        ("Descent::step", |g| {
            let mut loss = g.x.sum_all()?;
            for (_, var) in g.variables.trainable() {
                loss = (loss + var.sum_all()?)?;
            }
            let length = Adam::new(AdamParams::default())?.step(&g.variables, &loss.backward()?)?;
            Ok(Tensor::new(length, &Device::Cpu)?)
        }),
    ]
}

/// The functions that a module gives out; types begin with a capital letter.
fn given_out(module: &str) -> BTreeSet<String> {
    let public = module.split("\npub use ").skip(1).filter_map(|item| item.split(';').next());
    let names = public.flat_map(|item| {
        let names = item.split_once("::").map_or("", |(_, names)| names);
        names
            .split(',')
            .map(|name| name.trim_matches(|c: char| "{} \n".contains(c)).to_owned())
            .collect::<Vec<_>>()
    });
    names.filter(|name| name.starts_with(|c: char| c.is_ascii_lowercase())).collect()
}

fn names(functions: &[(&'static str, Function)]) -> BTreeSet<String> {
    functions.iter().map(|(name, _)| (*name).to_owned()).collect()
}

#[test]
fn every_function_of_the_modules_is_asked() {
    assert_eq!(names(&functions()), given_out(include_str!("../mod.rs")));
    let mut of_losses = given_out(include_str!("../../loss/mod.rs"));
    assert!(of_losses.remove("adversarial_strength"), "the one without a tensor");
    assert_eq!(names(&losses()), of_losses);
}

#[test]
fn every_function_runs_by_candle_alone_or_refuses_by_name_as_the_page_about_cuda_says() {
    let given = Given::new().unwrap();
    let mut found = BTreeMap::new();
    for (name, function) in [functions(), losses(), steps()].concat() {
        let both_ways = || -> Result<()> {
            let result = function(&given)?;
            if result.track_op() && result.dtype() == DType::F32 {
                result.sqr()?.sum_all()?.backward()?;
            }
            Ok(())
        };
        both_ways().unwrap_or_else(|error| panic!("{name} on the CPU: {error}"));
        let says = match supposing(both_ways) {
            Ok(()) => "candle",
            Err(Error::NoKernel { op, device: "a CUDA device" }) if !op.is_empty() => "refuses",
            Err(other) => panic!("{name} refuses in words of its own: {other}"),
        };
        found.insert(name.to_owned(), says.to_owned());
    }
    let told: BTreeMap<String, String> = told_below("## Functions, losses and steps").into_iter().collect();
    assert_eq!(found, told, "found on the left, told by docs/cuda.md on the right");
}

#[test]
fn a_refusal_names_the_op_the_place_and_what_to_do() {
    let given = Given::new().unwrap();
    let error = supposing(|| conv1d(&given.x, &given.taps()?, None, &Conv1d::default())).unwrap_err();
    let words = error.to_string();
    for word in ["`convolution`", "a CUDA device", "open the device as `cpu`"] {
        assert!(words.contains(word), "{words}");
    }
}

#[test]
fn tensors_of_the_host_are_not_refused() {
    let given = Given::new().unwrap();
    assert!(super::host_only("relu", &given.x).is_ok());
    assert!(super::is_on_host(&given.x));
}
