//! Gradients: of every trained tensor, and right.

use std::collections::BTreeSet;

use brinell_model::{Pass, Variables};
use candle_core::backprop::GradStore;
use candle_core::{DType, Tensor, Var};

use crate::draws::numbers;
use crate::nets::{Case, cases, stir, values};

/// A number that depends on every output.
fn loss(case: &Case, net: &brinell_model::Network, x: &Tensor, pass: &Pass) -> Tensor {
    let outputs: Vec<_> = net.graph().outputs().iter().map(|(_, id)| *id).collect();
    let outputs = net.run(x, &outputs, &mut pass.clone());
    let outputs = outputs.unwrap_or_else(|error| panic!("{}: {error}", case.name));
    let outputs = Tensor::cat(&outputs, 1).unwrap();
    (&outputs * numbers(outputs.dims(), 77)).unwrap().sum_all().unwrap()
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
    for case in cases().iter().filter(|case| case.name.starts_with("se-cnn with")) {
        let (net, variables) = case.build(DType::F64, 1);
        let x = case.batch(6, 10, DType::F64);
        let gradients = loss(case, &net, &x, &Pass::evaluate()).backward().unwrap();
        let unmoved = unmoved(case, &variables, &gradients);
        let weighed: &[&str] = match case.name.trim_start_matches("se-cnn with ") {
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
            let gradients = loss(case, &net, &x, &pass).backward().unwrap();
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
