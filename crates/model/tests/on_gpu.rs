//! Training on a GPU: the steps of every optimiser, what they remember, averages of weights, and what is refused.
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "draws/mod.rs"]
mod draws;
mod gpus;

use brinell_model::graph::Conv;
use brinell_model::{
    CrossEntropy, Descent, Draft, Error, GpuTraining, Graph, Group, Network, Optimiser, Pass, Variables,
    WeightAverage, cross_entropy,
};
use candle_core::{DType, Device, Tensor};
use draws::numbers;
use gpus::{apart, gpus};

/// A net without what has a gradient of rounding alone, as biases in front of norms have: Adam would make steps of it.
fn small_net() -> Graph {
    let mut net = Draft::new(&[2, 12]).unwrap();
    let x = net.conv("conv", net.input(), &Conv::same(5, 3)).unwrap();
    let x = net.norm_relu("norm", x).unwrap();
    let x = net.global_mean(x).unwrap();
    let x = net.dropout("dropout", x, 0.3).unwrap();
    let x = net.linear("output", x, 3, true).unwrap();
    net.finish(x).unwrap()
}

fn built(dtype: DType) -> (Network, Variables) {
    let mut variables = Variables::new(4, dtype, &Device::Cpu);
    (Network::new(small_net(), &mut variables).unwrap(), variables)
}

fn wide(x: &Tensor) -> Vec<f64> {
    x.to_dtype(DType::F64).unwrap().flatten_all().unwrap().to_vec1().unwrap()
}

const LABELS: [u32; 8] = [0, 1, 2, 0, 1, 2, 2, 1];

fn batch(step: u64, dtype: DType) -> Tensor {
    numbers(&[8, 2, 12], 50 + step).to_dtype(dtype).unwrap()
}

fn loss(logits: &Tensor) -> Tensor {
    cross_entropy(logits, &LABELS, &CrossEntropy::default()).unwrap()
}

fn groups() -> Vec<Group> {
    vec![Group::undecayed(&small_net())]
}

fn optimisers() -> Vec<Optimiser> {
    [
        r#"{"kind": "sgd", "learning_rate": 0.1, "weight_decay": 0.1}"#,
        r#"{"kind": "sgd", "learning_rate": 0.1, "momentum": 0.9, "dampening": 0.3}"#,
        r#"{"kind": "sgd", "learning_rate": 0.1, "momentum": 0.9, "nesterov": true, "clip_norm": 0.2}"#,
        r#"{"kind": "adam", "learning_rate": 0.01, "weight_decay": 0.1}"#,
        r#"{"kind": "adam-w", "learning_rate": 0.01, "weight_decay": 0.1, "amsgrad": true, "clip_norm": 0.2}"#,
        r#"{"kind": "rms-prop", "learning_rate": 0.01}"#,
        r#"{"kind": "rms-prop", "learning_rate": 0.01, "momentum": 0.5, "centered": true, "weight_decay": 0.1}"#,
    ]
    .map(|text| serde_json::from_str(text).unwrap())
    .into()
}

fn step_on_gpu(training: &mut GpuTraining, descent: &mut Descent, step: u64) -> f64 {
    let wanted = [training.network().graph().outputs()[0].1];
    let trace = training.trace(&batch(step, DType::F32), &wanted, &Pass::train(1, step)).unwrap();
    training.backward(&trace, &loss(trace.output())).unwrap();
    training.step(descent).unwrap()
}

#[test]
fn on_a_gpu_every_optimiser_takes_the_steps_of_the_cpu() {
    for device in gpus() {
        for optimiser in optimisers() {
            let (net, variables) = built(DType::F64);
            let mut descent = Descent::new(optimiser.clone()).unwrap().with_groups(&groups()).unwrap();
            let (narrow, narrow_variables) = built(DType::F32);
            let mut own = Descent::new(optimiser.clone()).unwrap().with_groups(&groups()).unwrap();
            let mut training = GpuTraining::new(&narrow, &own, &device).unwrap();
            let mut average = WeightAverage::new(0.8, &variables).unwrap();
            let mut followed = WeightAverage::new(0.8, &narrow_variables).unwrap();
            training.keep_average(&followed).unwrap();
            for step in 0..5 {
                let trace = net.trace_logits(&batch(step, DType::F64), &mut Pass::train(1, step)).unwrap();
                let value = loss(trace.output());
                let gradients = trace.backward(&value).unwrap();
                let norm = descent.step(&variables, &gradients).unwrap();
                average.update(&variables).unwrap();
                let found = step_on_gpu(&mut training, &mut own, step);
                assert!((found - norm).abs() <= 1e-4 * norm, "{optimiser:?}: {found} and not {norm}");
            }
            assert_eq!(own.steps(), 5);
            training.store(&mut own).unwrap();
            training.store_average(&mut followed).unwrap();
            for (name, var) in variables.named() {
                let found = &narrow_variables.to_tensors().unwrap()[name];
                assert!(apart(&wide(found), &wide(var)) <= 1e-4, "{optimiser:?}: {name}");
                let (found, right) = (&followed.to_tensors()[name], &average.to_tensors()[name]);
                assert!(apart(&wide(found), &wide(right)) <= 1e-4, "{optimiser:?}: average of {name}");
            }
            let right = descent.state(&variables).unwrap();
            let found = own.state(&narrow_variables).unwrap();
            assert_eq!(found.keys().collect::<Vec<_>>(), right.keys().collect::<Vec<_>>());
            for (name, right) in right {
                assert!(apart(&wide(&found[&name]), &wide(&right)) <= 1e-4, "{optimiser:?}: {name}");
            }
        }
    }
}

#[test]
fn a_run_that_goes_on_from_what_was_stored_takes_the_same_steps() {
    for device in gpus() {
        let optimiser = optimisers().swap_remove(4);
        let new = || Descent::new(optimiser.clone()).unwrap();
        let (net, variables) = built(DType::F32);
        let mut descent = new();
        let mut training = GpuTraining::new(&net, &descent, &device).unwrap();
        for step in 0..3 {
            step_on_gpu(&mut training, &mut descent, step);
        }
        training.store(&mut descent).unwrap();

        let (other, others) = built(DType::F32);
        others.load(&variables.to_tensors().unwrap()).unwrap();
        let mut resumed = new();
        resumed.restore(&others, &descent.state(&variables).unwrap()).unwrap();
        let mut second = GpuTraining::new(&other, &resumed, &device).unwrap();
        step_on_gpu(&mut training, &mut descent, 3);
        step_on_gpu(&mut second, &mut resumed, 3);
        training.store(&mut descent).unwrap();
        second.store(&mut resumed).unwrap();
        for (name, var) in variables.named() {
            assert_eq!(wide(var), wide(&others.to_tensors().unwrap()[name]), "{name}");
        }
    }
}

#[test]
fn the_same_run_twice_gives_the_same_bits() {
    for device in gpus() {
        let run = || {
            let (net, variables) = built(DType::F32);
            let mut descent = Descent::new(optimisers().swap_remove(3)).unwrap();
            let mut training = GpuTraining::new(&net, &descent, &device).unwrap();
            for step in 0..4 {
                step_on_gpu(&mut training, &mut descent, step);
            }
            training.store(&mut descent).unwrap();
            variables.named().flat_map(|(_, var)| wide(var)).collect::<Vec<_>>()
        };
        assert_eq!(run(), run());
    }
}

#[test]
fn a_gradient_that_is_not_finite_is_named_and_nothing_changes() {
    for device in gpus() {
        let (net, variables) = built(DType::F32);
        let mut descent = Descent::new(optimisers().swap_remove(3)).unwrap();
        let mut training = GpuTraining::new(&net, &descent, &device).unwrap();
        let before: Vec<f64> = variables.trainable().flat_map(|(_, var)| wide(var)).collect();
        let wanted = [net.graph().outputs()[0].1];
        let trace = training.trace(&batch(0, DType::F32), &wanted, &Pass::train(1, 0)).unwrap();
        let infinite = (loss(trace.output()) * f64::INFINITY).unwrap();
        training.backward(&trace, &infinite).unwrap();
        let error = training.step(&mut descent).unwrap_err();
        assert!(matches!(&error, Error::NotFinite { name } if name.contains('.')), "{error}");
        training.store(&mut descent).unwrap();
        assert_eq!(descent.steps(), 0);
        let after: Vec<f64> = variables.trainable().flat_map(|(_, var)| wide(var)).collect();
        assert_eq!(before, after);
    }
}

#[test]
fn what_cannot_be_done_is_refused_in_words() {
    for device in gpus() {
        let (net, _) = built(DType::F32);
        let mut descent = Descent::new(Optimiser::default()).unwrap();
        let mut training = GpuTraining::new(&net, &descent, &device).unwrap();
        let wanted = [net.graph().outputs()[0].1];
        let x = batch(0, DType::F32);
        let trace = training.trace(&x, &wanted, &Pass::train(1, 0)).unwrap();
        let value = loss(trace.output());
        training.network().judge(&[0.5; 24], 1).unwrap();
        let late = training.backward(&trace, &value).unwrap_err().to_string();
        assert!(late.contains("another batch went through the net since"), "{late}");
        let judging = training.trace(&x, &wanted, &Pass::evaluate()).unwrap_err().to_string();
        assert!(judging.contains("a trace is for training"), "{judging}");
        let short = training.network().judge(&[0.5; 23], 1).unwrap_err().to_string();
        assert!(short.contains("23 values for a batch of 1, but samples have 24"), "{short}");
        assert!(training.network().judge(&[], 0).unwrap().is_empty());
        assert!(training.trace(&x.narrow(0, 0, 1).unwrap(), &wanted, &Pass::train(1, 0)).is_ok());
        let (double, _) = built(DType::F64);
        let error = GpuTraining::new(&double, &descent, &device).unwrap_err().to_string();
        assert!(error.contains("kernels of a GPU take F32"), "{error}");
        let unknown = Group { parameters: ["none".to_owned()].into(), rate: 1.0, decay: 0.0 };
        descent = descent.with_groups(&[unknown]).unwrap();
        let error = GpuTraining::new(&net, &descent, &device).unwrap_err().to_string();
        assert!(error.contains("names of trained parameters"), "{error}");
    }
}
