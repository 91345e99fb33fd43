//! Attribution against PyTorch's numbers, and what has to hold for any net.
#![allow(clippy::unwrap_used, clippy::panic)]

mod reference;

use brinell_model::explain::{
    Patch, frequency_occlusion, grad_cam, grad_cam_plus_plus, integrated_gradients, occlusion,
};
use brinell_model::{Architecture, Network, Pass, SeCnn, Variables, Wdcnn};
use candle_core::{DType, Device, Tensor};
use reference::{Case, Reference};

/// `c.0.weight` and the like to our names.
fn net_name(name: &str) -> String {
    let (first, rest) = name.split_once('.').unwrap();
    let feature = |kind: &str| {
        let (index, rest) = rest.split_once('.').unwrap();
        format!("features.{kind}{index}.{rest}")
    };
    match first {
        "c" => feature("conv"),
        "b" => feature("norm"),
        "a" => feature("attention"),
        "f1" => format!("classifier.hidden.{rest}"),
        "f2" => format!("classifier.output.{rest}"),
        other => panic!("{other}"),
    }
}

fn stored_net(case: &Case) -> Network {
    let size = |key: &str, axis: usize| case.stored(key).unwrap().0[axis];
    let net = SeCnn {
        widths: (0..3).map(|i| size(&format!("p.c.{i}.weight"), 0)).collect(),
        conv_bias: true,
        hidden: size("p.f1.weight", 0),
        attention: brinell_model::Attention::se(size("p.a.0.fc1.weight", 1) / size("p.a.0.fc1.weight", 0)),
        ..SeCnn::default()
    };
    let mut variables = Variables::new(1, case.dtype, &Device::Cpu);
    let classes = size("p.f2.weight", 0);
    let built = Architecture::SeCnn(net).build(case.input(), classes, &mut variables).unwrap();
    let tensors = case
        .keys("in")
        .into_iter()
        .filter_map(|key| {
            let name = key.strip_prefix("p.").or_else(|| key.strip_prefix("buf."))?;
            Some((net_name(name), case.tensor(key)))
        })
        .collect();
    variables.load(&tensors).unwrap();
    built
}

#[test]
fn class_activation_gradients_and_occlusion_agree_with_pytorch() {
    Reference::read("explain").each("secnn", |case| {
        let net = stored_net(case);
        let x = case.tensor("x");
        let classes: Vec<u32> = case.stored("class").unwrap().1.iter().map(|c| *c as u32).collect();
        let batch = x.dims()[0];
        let classes: Vec<u32> = if classes.len() == batch { classes } else { vec![classes[0]; batch] };
        case.compare("logits", &net.forward(&x, &mut Pass::evaluate())?);
        case.compare("gradcam", &grad_cam(&net, &x, &classes)?);
        case.compare("gradcampp", &grad_cam_plus_plus(&net, &x, &classes)?);
        let patch = Patch { size: [4, 4], stride: [4, 4], value: 0.0 };
        let (mut values, mut sums, mut differences, mut lost) = (vec![], vec![], vec![], vec![]);
        for (row, class) in classes.iter().enumerate() {
            let x = x.get(row)?;
            let found = integrated_gradients(&net, &x, *class, None, case.number("m") as usize)?;
            sums.push(found.missing + found.difference);
            differences.push(found.difference);
            values.push(found.values);
            lost.push(occlusion(&net, &x, *class, &patch)?);
        }
        case.compare("ig", &Tensor::stack(&values, 0)?);
        let all = |numbers: Vec<f64>| Tensor::from_vec(numbers, batch, &Device::Cpu);
        case.compare("ig_sum", &all(sums)?);
        case.compare("delta_logit", &all(differences)?);
        case.compare("occlusion", &Tensor::stack(&lost, 0)?);
        Ok(())
    });
}

fn series_net(seed: u64) -> Network {
    let mut variables = Variables::new(seed, DType::F64, &Device::Cpu);
    Architecture::Wdcnn(Wdcnn::default()).build(&[2, 1024], 4, &mut variables).unwrap()
}

fn series(len: usize) -> Tensor {
    let x: Vec<f64> = (0..2 * len).map(|n| (n as f64 * 0.37).sin() + 0.3 * (n as f64 * 1.9).cos()).collect();
    Tensor::from_vec(x, (2, len), &Device::Cpu).unwrap()
}

fn values(x: &Tensor) -> Vec<f64> {
    x.flatten_all().unwrap().to_vec1().unwrap()
}

#[test]
fn what_each_value_adds_sums_to_the_difference_of_the_logits() {
    let found = integrated_gradients(&series_net(3), &series(1024), 2, None, 256).unwrap();
    assert!(found.difference.abs() > 1e-3);
    assert!(found.missing.abs() < 0.02 * found.difference.abs(), "{} of {}", found.missing, found.difference);
}

#[test]
fn taking_out_all_bands_leaves_what_zeros_give() {
    let (net, x) = (series_net(3), series(1024));
    let lost = frequency_occlusion(&net, &x, 1, &[[0.0, 0.5], [0.0, 0.05], [0.05, 0.5]]).unwrap();
    let logits = |x: &Tensor| -> f64 {
        values(&net.forward(&x.unsqueeze(0).unwrap(), &mut Pass::evaluate()).unwrap())[1]
    };
    let nothing = logits(&x.zeros_like().unwrap());
    assert!((lost[0] - (logits(&x) - nothing)).abs() < 1e-9);
    assert!(lost.iter().all(|lost| lost.is_finite()) && lost[1] != lost[2]);
}

#[test]
fn a_band_without_power_costs_nothing() {
    let net = series_net(5);
    let tone: Vec<f64> = (0..2048).map(|n| (std::f64::consts::TAU * 0.125 * n as f64).cos()).collect();
    let x = Tensor::from_vec(tone, (2, 1024), &Device::Cpu).unwrap();
    let lost = frequency_occlusion(&net, &x, 0, &[[0.12, 0.13], [0.2, 0.3]]).unwrap();
    assert!(lost[0].abs() > 1e-3 && lost[1].abs() < 1e-9, "{lost:?}");
}

#[test]
fn maps_change_when_the_weights_are_drawn_anew() {
    let x = series(1024).unsqueeze(0).unwrap();
    let [first, second] = [3, 4].map(|seed| values(&grad_cam(&series_net(seed), &x, &[1]).unwrap()));
    assert_eq!(first.len(), second.len());
    assert!(first.iter().zip(&second).any(|(a, b)| (a - b).abs() > 1e-6));
    assert!(first.iter().all(|value| *value >= 0.0));
}

#[test]
fn what_cannot_be_asked_is_refused_in_words() {
    let (net, x) = (series_net(3), series(1024));
    let batch = x.unsqueeze(0).unwrap();
    for (error, word) in [
        (grad_cam(&net, &batch, &[7]).err(), "class 7 is not among 0 to 3"),
        (grad_cam(&net, &batch, &[0, 1]).err(), "2 classes for a batch of 1"),
        (integrated_gradients(&net, &x, 0, None, 0).err(), "steps"),
        (integrated_gradients(&net, &x, 0, Some(&series(512)), 4).err(), "baseline"),
        (
            occlusion(&net, &x, 0, &Patch { size: [1, 2000], stride: [1, 1], value: 0.0 }).err(),
            "does not fit",
        ),
        (occlusion(&net, &x, 0, &Patch { size: [1, 8], stride: [1, 0], value: 0.0 }).err(), "does not fit"),
        (frequency_occlusion(&net, &x, 0, &[[0.3, 0.2]]).err(), "rise"),
        (frequency_occlusion(&net, &x, 0, &[[0.4, 0.7]]).err(), "0.5"),
        (frequency_occlusion(&net, &x, 0, &[[0.1, 0.1001]]).err(), "hold one of the lines"),
    ] {
        let text = error.unwrap().to_string();
        assert!(text.contains(word), "{text}: {word}");
    }
}
