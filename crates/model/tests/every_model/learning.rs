//! Gradients: of every trained tensor, and right.

use std::collections::BTreeSet;

use brinell_model::graph::Id;
use brinell_model::{Network, Pass, Variables};
use candle_core::backprop::GradStore;
use candle_core::{DType, Tensor, Var};

use crate::draws::numbers;
use crate::nets::{Case, cases, stir, values};

/// A number that depends on all of `outputs`.
pub(crate) fn weighed<T: AsRef<Tensor>>(outputs: &[T]) -> Tensor {
    let outputs = Tensor::cat(outputs, 1).unwrap();
    let weights = numbers(outputs.dims(), 77).to_dtype(outputs.dtype()).unwrap();
    (&outputs * weights).unwrap().sum_all().unwrap()
}

pub(crate) fn outputs_of(net: &Network) -> Vec<Id> {
    net.graph().outputs().iter().map(|(_, id)| *id).collect()
}

/// A number that depends on every output, on the tensor library's graph.
fn loss(case: &Case, net: &Network, x: &Tensor, pass: &Pass) -> Tensor {
    let outputs = net.run(x, &outputs_of(net), &mut pass.clone());
    weighed(&outputs.unwrap_or_else(|error| panic!("{}: {error}", case.name)))
}

/// The same number with its gradients by the way back of a trace.
pub(crate) fn traced(case: &Case, net: &Network, x: &Tensor, pass: &Pass) -> (Tensor, GradStore) {
    let trace = net.trace(x, &outputs_of(net), &mut pass.clone());
    let trace = trace.unwrap_or_else(|error| panic!("{}: {error}", case.name));
    let loss = weighed(&trace.outputs().collect::<Vec<_>>());
    let gradients = trace.backward(&loss).unwrap();
    (loss.detach(), gradients)
}

fn number(x: &Tensor) -> f64 {
    x.to_scalar().unwrap()
}

fn largest(x: &Tensor) -> f64 {
    values(x).iter().fold(0.0, |largest, value| value.abs().max(largest))
}

/// The trained tensors whose gradient is 0 throughout, up to rounding. Each has to have one.
fn unmoved(case: &Case, variables: &Variables, gradients: &GradStore) -> BTreeSet<String> {
    let sizes: Vec<(&str, f64)> = variables
        .trainable()
        .map(|(name, var)| {
            let gradient = gradients.get(var);
            let gradient = gradient.unwrap_or_else(|| panic!("{}: {name} has no gradient", case.name));
            assert_eq!(gradient.dims(), var.dims(), "{}: {name}", case.name);
            (name, largest(gradient))
        })
        .collect();
    let most = sizes.iter().fold(0.0_f64, |most, (_, size)| most.max(*size));
    sizes.iter().filter(|(_, size)| *size <= 1e-9 * most).map(|(name, _)| (*name).to_owned()).collect()
}

#[test]
fn every_trained_tensor_has_a_gradient_that_is_not_0_for_some_batch() {
    for case in cases() {
        let (net, variables) = case.build(DType::F64, 1);
        // What no draw moved, training and evaluating.
        let mut left: [Option<BTreeSet<String>>; 2] = [None, None];
        for draw in 0..6 {
            if draw > 0 {
                stir(&variables, draw);
            }
            let x = case.batch(6, 10 + draw, DType::F64);
            for (left, pass) in left.iter_mut().zip([Pass::train(1, draw), Pass::evaluate()]) {
                let gradients = loss(case, &net, &x, &pass).backward().unwrap();
                let mut unmoved = unmoved(case, &variables, &gradients);
                if let Some(left) = left {
                    unmoved.retain(|name| left.contains(name));
                }
                *left = Some(unmoved);
            }
        }
        let [trained, evaluated] = left.map(Option::unwrap_or_default);
        for name in &trained {
            // A batch norm takes a shift of all its input out again, in training. The scores of one position are all
            // shifted alike by the bias of the keys, which softmax takes out again in both modes.
            let is_of_keys = name.ends_with(".k.bias") || name.ends_with(".phi.bias");
            let is_a_shift = name.ends_with("bias") && !evaluated.contains(name);
            assert!(is_of_keys || is_a_shift, "{}: {name} is not trained", case.name);
        }
    }
}

#[test]
fn what_begins_at_0_lets_the_gradient_of_what_it_weighs_begin_at_0_and_no_other() {
    for case in cases().iter() {
        let Some(kind) =
            case.name.strip_prefix("se-cnn with ").and_then(|rest| rest.strip_suffix(" in-layer"))
        else {
            continue;
        };
        let (net, variables) = case.build(DType::F64, 1);
        let x = case.batch(6, 10, DType::F64);
        let gradients = loss(case, &net, &x, &Pass::evaluate()).backward().unwrap();
        let unmoved = unmoved(case, &variables, &gradients);
        let weighed: &[&str] = match kind {
            "gct" => &["alpha"],
            "self-attention" => &["k", "o", "q", "v"],
            "non-local" => &["g", "o", "phi", "theta"],
            _ => &[],
        };
        let layer = |name: &String| name.split('.').nth(2).unwrap_or_default().to_owned();
        let layers: BTreeSet<String> = unmoved.iter().map(layer).collect();
        assert_eq!(layers.iter().collect::<Vec<_>>(), weighed, "{}", case.name);
    }
}

#[test]
fn gradients_agree_with_central_differences_along_random_directions_of_all_tensors() {
    for case in cases() {
        let (net, variables) = case.build(DType::F64, 1);
        stir(&variables, 3);
        let x = Var::from_tensor(&case.batch(4, 5, DType::F64)).unwrap();
        let vars: Vec<&Var> = variables.trainable().map(|(_, var)| var).chain([&x]).collect();
        let starts: Vec<Tensor> = vars.iter().map(|var| var.as_detached_tensor().copy().unwrap()).collect();
        for pass in [Pass::train(1, 2), Pass::evaluate()] {
            let (_, gradients) = traced(case, &net, &x, &pass);
            for key in 0..2 {
                // Every tensor has the same share in the slope, so that none hides behind a larger one.
                let (mut told, mut directions) = (0.0, Vec::new());
                for (i, var) in vars.iter().enumerate() {
                    let gradient = gradients.get(var).unwrap();
                    let length = number(&gradient.sqr().unwrap().sum_all().unwrap()).sqrt();
                    let random = numbers(var.dims(), 1000 * key + i as u64);
                    let direction = (random / length.max(0.1)).unwrap();
                    told += number(&(gradient * &direction).unwrap().sum_all().unwrap());
                    directions.push(direction);
                }
                let at = |h: f64| {
                    for ((var, start), direction) in vars.iter().zip(&starts).zip(&directions) {
                        var.set(&(start + (direction * h).unwrap()).unwrap()).unwrap();
                    }
                    number(&loss(case, &net, &x, &pass))
                };
                // Where a kink or a change of the largest value lies between the two, a smaller step avoids it.
                let numeric = [1e-6, 1e-8].map(|step| (at(step) - at(-step)) / (2.0 * step));
                at(0.0);
                assert!(
                    numeric.iter().any(|numeric| (told - numeric).abs() <= 1e-5 * (1.0 + told.abs())),
                    "{} {pass:?}: gradient tells {told}, differences {numeric:?}",
                    case.name
                );
            }
        }
    }
}

#[test]
fn the_way_back_of_a_trace_tells_the_gradients_of_the_whole_graph() {
    for case in cases() {
        for dtype in [DType::F64, DType::F32] {
            let (net, variables) = case.build(dtype, 1);
            stir(&variables, 3);
            let before = variables.to_tensors().unwrap();
            let given = case.batch(4, 5, dtype);
            for x in [given.clone(), Var::from_tensor(&given).unwrap().into_inner()] {
                for pass in [Pass::train(1, 2), Pass::evaluate()] {
                    variables.load(&before).unwrap();
                    let whole = loss(case, &net, &x, &pass);
                    let expected = whole.backward().unwrap();
                    let statistics = variables.to_tensors().unwrap();
                    variables.load(&before).unwrap();
                    let (number, found) = traced(case, &net, &x, &pass);
                    let name = |what: &str| format!("{} {dtype:?} {pass:?}: {what}", case.name);
                    let near = |got: &Tensor, want: &Tensor, what: &str, scale: f64| {
                        assert_eq!(got.dims(), want.dims(), "{}", name(what));
                        let most = scale * if dtype == DType::F64 { 1e-11 } else { 2e-4 };
                        for (got, want) in values(got).iter().zip(values(want)) {
                            assert!((got - want).abs() <= most, "{}: {got}, not {want}", name(what));
                        }
                    };
                    near(&number, &whole, "the loss", 1.0 + largest(&whole));
                    let scale =
                        variables.trainable().map(|(_, var)| largest(&expected.get(var).unwrap().clone()));
                    let scale = scale.fold(1.0, f64::max);
                    for (what, var) in variables.trainable() {
                        let got = found.get(var).unwrap_or_else(|| panic!("{} has none", name(what)));
                        near(got, expected.get(var).unwrap(), what, scale);
                    }
                    for (what, tensor) in variables.to_tensors().unwrap() {
                        near(&tensor, &statistics[&what], &what, 1.0 + largest(&tensor));
                    }
                    match (expected.get(&x), found.get(&x)) {
                        (Some(want), Some(got)) => near(got, want, "the input", scale),
                        (None, None) => {}
                        _ => panic!("{}", name("the input has a gradient in one of the two only")),
                    }
                }
            }
        }
    }
}
