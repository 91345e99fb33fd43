//! Every net on a GPU: what it gives, the gradients, and the running statistics, held against the CPU in double precision.

use std::collections::BTreeMap;

use brinell_model::{GpuNetwork, Pass, Precision, Variables};
use candle_core::{DType, Tensor};

use crate::gpus::{apart, gpus, worse};
use crate::learning::{outputs_of, traced, weighed};
use crate::nets::{Case, cases, stir, values};

/// What single precision may be away from double, by the largest number of a tensor.
const NEAR: f64 = 1e-4;

/// A net in single precision with the tensors of one in double precision.
fn narrow(case: &Case, wide: &Variables) -> (brinell_model::Network, Variables) {
    let (net, variables) = case.build(DType::F32, 1);
    variables.load(&wide.to_tensors().unwrap()).unwrap();
    (net, variables)
}

fn buffers(variables: &Variables) -> BTreeMap<String, Vec<f64>> {
    variables.buffers().map(|(name, var)| (name.to_owned(), values(var))).collect()
}

/// How far gradients lie from those in double precision, by the largest of the tensor. What is 0 but for rounding, as that of
/// a bias in front of a batch norm, has no digits that could agree: nothing is measured by less than a fiftieth of the
/// largest of all gradients.
fn off(found: &[f64], right: &[f64], largest: f64) -> f64 {
    let scale = right.iter().fold(0.02 * largest, |most, value| most.max(value.abs()));
    found.iter().zip(right).map(|(a, b)| (a - b).abs() / scale).fold(0.0, worse)
}

#[test]
fn on_a_gpu_every_net_learns_and_judges_as_on_the_cpu() {
    for device in gpus() {
        for case in cases() {
            let (wide_net, wide) = case.build(DType::F64, 1);
            stir(&wide, 3);
            let (net, variables) = narrow(case, &wide);
            let mut gpu = GpuNetwork::new(&net, &device).unwrap();
            let x = case.batch(4, 5, DType::F64);
            let narrow_x = x.to_dtype(DType::F32).unwrap();
            let pass = Pass::train(1, 2);
            let (loss, right) = traced(case, &wide_net, &x, &pass);
            let trace = gpu.trace(&narrow_x, &outputs_of(&net), &pass);
            let trace = trace.unwrap_or_else(|error| panic!("{}: {error}", case.name));
            let found = weighed(&trace.outputs().collect::<Vec<_>>());
            assert!(apart(&values(&found), &values(&loss)) <= NEAR, "{}: {found} and not {loss}", case.name);
            gpu.backward(&trace, &found).unwrap();
            let gradients = gpu.gradients().unwrap();
            let all = wide.trainable().map(|(_, var)| values(right.get(var).unwrap()));
            let largest = all.flatten().fold(0.0_f64, |most, value| most.max(value.abs()));
            // What single precision makes of the same on the CPU.
            let (_, same) = traced(case, &net, &narrow_x, &pass);
            for ((name, var), (_, own)) in wide.trainable().zip(variables.trainable()) {
                let right = values(right.get(var).unwrap());
                let found = off(&values(&gradients[name]), &right, largest);
                let cpu = off(&values(same.get(own).unwrap()), &right, largest);
                assert!(
                    found <= NEAR.max(5.0 * cpu),
                    "{}: {name} is {found:.1e} away, on the CPU {cpu:.1e}",
                    case.name
                );
            }

            gpu.store().unwrap();
            for (name, right) in buffers(&wide) {
                assert!(apart(&buffers(&variables)[&name], &right) <= NEAR, "{}: {name}", case.name);
            }
            let logits = gpu.judge(&values32(&narrow_x), 4).unwrap();
            let right = wide_net.forward(&x, &mut Pass::evaluate()).unwrap();
            let logits: Vec<f64> = logits.into_iter().map(f64::from).collect();
            assert!(apart(&logits, &values(&right)) <= NEAR, "{}: {logits:?} and not {right}", case.name);
            let features = gpu.features(&values32(&narrow_x), 4).unwrap();
            let right = wide_net.features(&x, &mut Pass::evaluate()).unwrap();
            let features: Vec<f64> = features.into_iter().map(f64::from).collect();
            assert!(apart(&features, &values(&right)) <= NEAR, "{}: features", case.name);
        }
    }
}

/// The length of the difference by that of what is right.
fn astray(found: &[f64], right: &[f64]) -> f64 {
    let length =
        |values: &mut dyn Iterator<Item = f64>| values.map(|value| value * value).sum::<f64>().sqrt();
    length(&mut found.iter().zip(right).map(|(a, b)| a - b)) / length(&mut right.iter().copied())
}

#[test]
#[allow(clippy::print_stdout, reason = "the figures of docs/gpu.md, with --nocapture")]
fn in_tf32_every_net_is_as_far_away_as_eleven_bits_are() {
    let (mut gradients, mut all_logits) = (Vec::new(), Vec::new());
    for case in cases() {
        let (wide_net, wide) = case.build(DType::F64, 1);
        stir(&wide, 3);
        let (net, _) = narrow(case, &wide);
        let device = gpus().swap_remove(0).in_precision(Precision::Tf32);
        let mut gpu = GpuNetwork::new(&net, &device).unwrap();
        let x = case.batch(4, 5, DType::F64);
        let narrow_x = x.to_dtype(DType::F32).unwrap();
        let pass = Pass::train(1, 2);
        let (_, right) = traced(case, &wide_net, &x, &pass);
        let trace = gpu.trace(&narrow_x, &outputs_of(&net), &pass).unwrap();
        let loss = weighed(&trace.outputs().collect::<Vec<_>>());
        gpu.backward(&trace, &loss).unwrap();
        let found = gpu.gradients().unwrap();
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for (name, var) in wide.trainable() {
            ours.extend(values(&found[name]));
            theirs.extend(values(right.get(var).unwrap()));
        }
        let of_gradient = astray(&ours, &theirs);
        let logits: Vec<f64> =
            gpu.judge(&values32(&narrow_x), 4).unwrap().into_iter().map(f64::from).collect();
        let right = wide_net.forward(&x, &mut Pass::evaluate()).unwrap();
        let of_logits = astray(&logits, &values(&right));
        println!("{}: logits {of_logits:.1e}, gradient {of_gradient:.1e}", case.name);
        assert!((1e-6..2e-2).contains(&of_logits), "{}: {of_logits:.1e}", case.name);
        all_logits.push(of_logits);
        gradients.push(of_gradient);
    }
    // Where another value becomes the largest, or one crosses a threshold, the gradient goes another way: in double precision
    // too it does so in these nets when weights change by 2^-11.
    for (what, mut all, bounds) in
        [("logits", all_logits, [1e-3, 3e-3]), ("gradients", gradients, [3e-3, 0.1])]
    {
        all.sort_by(f64::total_cmp);
        let found = [all.len() / 2, all.len() * 9 / 10].map(|at| all[at]);
        println!("{what}: half of all within {:.1e}, nine of ten within {:.1e}", found[0], found[1]);
        assert!(found[0] > 1e-5 && found[0] < bounds[0] && found[1] < bounds[1], "{what}: {found:?}");
    }
}

fn values32(x: &Tensor) -> Vec<f32> {
    x.flatten_all().unwrap().to_vec1().unwrap()
}
