//! Losses against PyTorch's numbers, against central differences, and at the ends of their ranges.
#![allow(clippy::unwrap_used)]

#[allow(dead_code)]
mod differences;
mod draws;
mod identities;
mod reference;

use std::collections::BTreeMap;

use brinell_model::ops::reverse_gradient;
use brinell_model::{
    BinaryCrossEntropy, Cdan, CoralForm, CrossEntropy, Discriminator, DiscriminatorParams, Focal, IGNORED,
    Jmmd, Kernels, Mmd, MultilinearMap, Pass, Result, Variables, adversarial_strength, binary_cross_entropy,
    cdan, coral, cross_entropy, dann, entropy, focal, huber, jmmd, mmd, smooth_l1, soft_cross_entropy,
    supervised_contrastive,
};
use candle_core::{DType, Device, Tensor, Var};
use differences::{Loss, every_entry};
use draws::numbers;
use reference::{Case, Outcome, Reference};

/// The inputs that take gradients and the loss, against the stored ones.
fn compare(case: &Case, inputs: &[&str], loss: impl Fn(&[Tensor]) -> Result<Tensor>) -> Outcome {
    let vars: Vec<Var> =
        inputs.iter().map(|key| Var::from_tensor(&case.tensor(key))).collect::<candle_core::Result<_>>()?;
    let tensors: Vec<Tensor> = vars.iter().map(|var| var.as_tensor().clone()).collect();
    let loss = loss(&tensors)?;
    assert_eq!(loss.dtype(), case.dtype);
    case.compare("y", &loss);
    let gradients = loss.backward()?;
    for key in case.keys("out").iter().filter_map(|key| key.strip_prefix("g.")) {
        if let Some(at) = inputs.iter().position(|input| *input == key) {
            case.compare(&format!("g.{key}"), gradients.get(&vars[at]).unwrap());
        } else {
            assert!(["W1", "W2"].contains(&key), "{key} is not compared");
        }
    }
    Ok(())
}

fn values(case: &Case, key: &str) -> Option<Vec<f64>> {
    case.stored(key).map(|(_, values)| values.clone())
}

fn labels(case: &Case) -> Vec<u32> {
    let (_, labels) = case.stored("target").unwrap();
    labels.iter().map(|label| if *label < 0.0 { IGNORED } else { *label as u32 }).collect()
}

/// An adversary with the stored weights, and the tensors that it lies in.
fn adversary(case: &Case) -> (Discriminator, Variables) {
    let mut variables = Variables::new(0, case.dtype, &Device::Cpu);
    let [first, second] = [case.tensor("W1"), case.tensor("W2")];
    let params = DiscriminatorParams { hidden: vec![first.dims()[0]], dropout: 0.0 };
    let adversary = Discriminator::new(&params, "d", first.dims()[1], &mut variables).unwrap();
    let no_bias = |weight: &Tensor| weight.sum(1).unwrap().zeros_like().unwrap();
    let tensors = BTreeMap::from([
        ("d.0.bias".to_owned(), no_bias(&first)),
        ("d.1.bias".to_owned(), no_bias(&second)),
        ("d.0.weight".to_owned(), first),
        ("d.1.weight".to_owned(), second),
    ]);
    variables.load(&tensors).unwrap();
    (adversary, variables)
}

fn compare_adversary(case: &Case, variables: &Variables, loss: &Tensor) -> Outcome {
    let gradients = loss.backward()?;
    let own: BTreeMap<&str, &Var> = variables.named().collect();
    case.compare("g.W1", gradients.get(own["d.0.weight"]).unwrap());
    case.compare("g.W2", gradients.get(own["d.1.weight"]).unwrap());
    Ok(())
}

/// Rows of the source, which come first, and of the target.
fn halves(x: &Tensor) -> [Tensor; 2] {
    let half = x.dims()[0] / 2;
    [x.narrow(0, 0, half).unwrap(), x.narrow(0, half, half).unwrap()]
}

fn cross_entropies(case: &Case) -> Outcome {
    let options = CrossEntropy {
        label_smoothing: case.about["params"]["eps"].as_f64().unwrap_or(0.0),
        class_weights: values(case, "weight"),
    };
    match case.name.as_str() {
        "ce_soft" => compare(case, &["z"], |x| soft_cross_entropy(&x[0], &case.tensor("target"), &options)),
        _ => compare(case, &["z"], |x| cross_entropy(&x[0], &labels(case), &options)),
    }
}

fn discrepancies(case: &Case) -> Outcome {
    let kernels = Kernels {
        count: case.number("num") as usize,
        bandwidth: case.about["params"]["sigma"].as_f64(),
        ..Kernels::default()
    };
    let options = Mmd { kernels, unbiased: case.name.contains("unbiased") };
    compare(case, &["s", "t"], |x| mmd(&x[0], &x[1], &options))
}

fn adversaries(case: &Case) -> Outcome {
    let (judge, variables) = adversary(case);
    let strength = case.number("lam");
    let options = Cdan { strength, entropy_weights: case.name == "cdan_e" };
    let loss = |x: &[Tensor]| {
        let mut pass = Pass::evaluate();
        let [source, target] = halves(&x[0]);
        if case.name == "dann" {
            return dann(&source, &target, &judge, strength, &mut pass);
        }
        let [of_source, of_target] = halves(&case.tensor("zc"));
        let map = MultilinearMap::new("map", 5, 3, &mut Variables::new(0, case.dtype, &Device::Cpu))?;
        cdan([&source, &target], [&of_source, &of_target], &map, &judge, &options, &mut pass)
    };
    compare_adversary(case, &variables, &loss(&[case.tensor("f")])?)?;
    compare(case, &["f"], loss)
}

#[test]
fn every_loss_and_its_gradients_agree_with_pytorch() {
    Reference::read("losses").every(|case| match case.name.as_str() {
        name if name.starts_with("ce") => cross_entropies(case),
        name if name.starts_with("focal") => {
            let options = Focal { gamma: case.number("gamma"), alpha: values(case, "alpha") };
            compare(case, &["z"], |x| focal(&x[0], &labels(case), &options))
        }
        name if name.starts_with("bce") => {
            let options = BinaryCrossEntropy { positive_weights: values(case, "pos_weight") };
            compare(case, &["z"], |x| binary_cross_entropy(&x[0], &case.tensor("target"), &options))
        }
        "smooth_l1" => compare(case, &["z"], |x| smooth_l1(&x[0], &case.tensor("target"), 1.0)),
        "huber" => compare(case, &["z"], |x| huber(&x[0], &case.tensor("target"), case.number("delta"))),
        name if name.starts_with("mkmmd") || name == "mmd_single" => discrepancies(case),
        "jmmd_udtl" => {
            compare(case, &["s", "t", "zs", "zt"], |x| jmmd([&x[0], &x[1]], [&x[2], &x[3]], &Jmmd::default()))
        }
        "coral" => compare(case, &["s", "t"], |x| coral(&x[0], &x[1], CoralForm::Paper)),
        "coral_udtl_bug" => compare(case, &["s", "t"], |x| coral(&x[0], &x[1], CoralForm::Udtl)),
        "coral_tllib" => compare(case, &["s", "t"], |x| coral(&x[0], &x[1], CoralForm::Tllib)),
        "dann" | "cdan" | "cdan_e" => adversaries(case),
        "entropy_min" => compare(case, &["zc"], |x| entropy(&x[0])),
        "supcon" => compare(case, &["f"], |x| supervised_contrastive(&x[0], &labels(case), case.number("T"))),
        // Scores of a trained net and their calibration, not losses: another crate computes them.
        "calibration" | "isotonic" | "conformal" | "ood_scores" => Ok(()),
        _ => Err("unknown case".into()),
    });
}

fn var(shape: &[usize], key: u64) -> Var {
    Var::from_tensor(&(numbers(shape, key) * 2.0).unwrap()).unwrap()
}

/// Every entry of the gradients against differences, for the loss as it is and for a multiple of it.
fn differences(what: &str, vars: &[&Var], loss: impl Fn() -> Result<Tensor>) {
    every_entry(what, vars, Loss::Sum, || loss().unwrap());
    every_entry(what, vars, Loss::Weighed, || loss().unwrap());
}

#[test]
fn gradients_of_losses_of_classes_are_their_differences() {
    let z = var(&[5, 4], 1);
    let labels = [3, 0, IGNORED, 1, 3];
    let weights = vec![0.5, 2.0, 0.0, 1.5];
    for label_smoothing in [0.0, 0.3, 1.0] {
        for class_weights in [None, Some(weights.clone())] {
            let options = CrossEntropy { label_smoothing, class_weights };
            differences("cross_entropy", &[&z], || cross_entropy(&z, &labels, &options));
            let shares = Tensor::full(0.25, (5, 4), &Device::Cpu).unwrap();
            differences("soft_cross_entropy", &[&z], || soft_cross_entropy(&z, &shares, &options));
        }
    }
    for gamma in [0.0, 0.5, 1.0, 2.0, 5.0] {
        for alpha in [None, Some(weights.clone())] {
            let options = Focal { gamma, alpha };
            differences("focal", &[&z], || focal(&z, &labels, &options));
        }
    }
    let targets = numbers(&[5, 4], 2).abs().unwrap();
    for positive_weights in [None, Some(weights)] {
        let options = BinaryCrossEntropy { positive_weights };
        differences("binary_cross_entropy", &[&z], || binary_cross_entropy(&z, &targets, &options));
    }
    differences("entropy", &[&z], || entropy(&z));
    // A view whose rows do not lie one behind the other.
    let turned = var(&[4, 5], 3);
    differences("cross_entropy of a view", &[&turned], || {
        cross_entropy(&turned.t()?, &labels, &CrossEntropy::default())
    });
}

#[test]
fn gradients_of_losses_of_sizes_are_their_differences() {
    let (x, target) = (var(&[3, 4], 4), numbers(&[3, 4], 5));
    for bend in [0.05, 0.7, 3.0] {
        differences("smooth_l1", &[&x], || smooth_l1(&x, &target, bend));
        differences("huber", &[&x], || huber(&x, &target, bend));
    }
    differences("absolute error", &[&x], || smooth_l1(&x, &target, 0.0));
}

#[test]
fn gradients_of_contrast_are_its_differences_and_lone_rows_leave_the_mean() {
    let x = var(&[6, 3], 6);
    differences("supervised_contrastive", &[&x], || supervised_contrastive(&x, &[7, 7, 7, 1, 1, 9], 0.5));
    let (labels, rows) = ([7, 7, 7, 1, 1, 9], x.to_vec2::<f64>().unwrap());
    let dot = |a: usize, b: usize| rows[a].iter().zip(&rows[b]).map(|(x, y)| x * y).sum::<f64>();
    let like = |a: usize, b: usize| (dot(a, b) / (dot(a, a) * dot(b, b)).sqrt() / 0.5).exp();
    let mut expected = 0.0;
    for row in 0..5 {
        let all: f64 = (0..6).filter(|other| *other != row).map(|other| like(row, other)).sum();
        let own: Vec<usize> = (0..6).filter(|other| *other != row && labels[*other] == labels[row]).collect();
        let mean = own.iter().map(|other| (like(row, *other) / all).ln()).sum::<f64>() / own.len() as f64;
        expected -= mean / 5.0;
    }
    let loss: f64 = supervised_contrastive(&x, &labels, 0.5).unwrap().to_scalar().unwrap();
    assert!((loss - expected).abs() < 1e-12);
    assert!(supervised_contrastive(&x, &[0, 1, 2, 3, 4, 5], 0.5).is_err());
}

#[test]
fn gradients_of_losses_of_two_domains_are_their_differences() {
    let (s, t) = (var(&[4, 3], 10), var(&[6, 3], 11));
    let (zs, zt) = (var(&[4, 5], 12), var(&[6, 5], 13));
    for unbiased in [false, true] {
        for (count, ratio) in [(1, 2.0), (4, 3.0), (5, 2.0)] {
            let kernels = Kernels { count, ratio, bandwidth: Some(3.0) };
            let options = Mmd { kernels: kernels.clone(), unbiased };
            differences("mmd", &[&s, &t], || mmd(&s, &t, &options));
            let options = Jmmd { features: kernels, unbiased, ..Jmmd::default() };
            differences("jmmd", &[&s, &t, &zs, &zt], || jmmd([&s, &t], [&zs, &zt], &options));
        }
    }
    for form in [CoralForm::Paper, CoralForm::Udtl, CoralForm::Tllib] {
        differences("coral", &[&s, &t], || coral(&s, &t, form));
    }
}

#[test]
fn the_gradient_takes_the_bandwidth_as_a_constant() {
    let (s, t) = (var(&[4, 3], 10), var(&[6, 3], 11));
    let z = Tensor::cat(&[s.as_tensor(), t.as_tensor()], 0).unwrap();
    let d = z.unsqueeze(0).unwrap().broadcast_sub(&z.unsqueeze(1).unwrap()).unwrap();
    let mean = d.sqr().unwrap().sum_all().unwrap().to_scalar::<f64>().unwrap() / 90.0;
    let slope = |bandwidth: Option<f64>| {
        let options = Mmd { kernels: Kernels { bandwidth, ..Kernels::default() }, unbiased: false };
        let gradients = mmd(&s, &t, &options).unwrap().backward().unwrap();
        gradients.get(&s).unwrap().flatten_all().unwrap().to_vec1::<f64>().unwrap()
    };
    for (free, given) in slope(None).iter().zip(slope(Some(mean))) {
        assert!((free - given).abs() < 1e-12);
    }
}

#[test]
fn adversaries_learn_downhill_and_what_they_judge_uphill() {
    let (s, t) = (var(&[3, 4], 20), var(&[5, 4], 21));
    let (zs, zt) = (var(&[3, 2], 22), var(&[5, 2], 23));
    let mut variables = Variables::new(6, DType::F64, &Device::Cpu);
    let params = DiscriminatorParams { hidden: vec![6, 5], dropout: 0.0 };
    let plain = Discriminator::new(&params, "plain", 4, &mut variables).unwrap();
    let map = MultilinearMap::new("map", 4, 2, &mut variables).unwrap();
    let joint = Discriminator::new(&params, "joint", map.width(), &mut variables).unwrap();
    let strength = 0.7;
    // Turned twice, a gradient is the slope of the loss itself.
    let turned = |x: &Var| reverse_gradient(x, 1.0 / strength).unwrap();
    let own = |name: &str| {
        let mut found = variables.trainable().filter(move |(own, _)| own.starts_with(name));
        [found.next().unwrap().1.clone(), found.next().unwrap().1.clone()]
    };
    let [bias, weight] = own("plain.0");
    differences("dann", &[&s, &t, &bias, &weight], || {
        dann(&turned(&s), &turned(&t), &plain, strength, &mut Pass::evaluate())
    });
    let [bias, weight] = own("joint.0");
    for entropy_weights in [false, true] {
        let options = Cdan { strength, entropy_weights };
        let loss =
            |s: &Tensor, t: &Tensor| cdan([s, t], [&zs, &zt], &map, &joint, &options, &mut Pass::evaluate());
        differences("cdan", &[&s, &t, &bias, &weight], || loss(&turned(&s), &turned(&t)));
        let gradients = loss(&s, &t).unwrap().backward().unwrap();
        assert!(gradients.get(&zs).is_none(), "answers take no gradient");
    }
}

#[test]
fn a_wide_product_of_features_and_answers_is_projected() {
    let mut variables = Variables::new(1, DType::F32, &Device::Cpu);
    let map = MultilinearMap::new("map", 700, 8, &mut variables).unwrap();
    assert_eq!(map.width(), MultilinearMap::RANDOM);
    assert_eq!(variables.trainable().count(), 0);
    let params = DiscriminatorParams { hidden: vec![4], dropout: 0.5 };
    let judge = Discriminator::new(&params, "judge", map.width(), &mut variables).unwrap();
    let single = |shape: &[usize], key| numbers(shape, key).to_dtype(DType::F32).unwrap();
    let (s, t) = (single(&[2, 700], 1), single(&[3, 700], 2));
    let (zs, zt) = (single(&[2, 8], 3), single(&[3, 8], 4));
    let run = |step| {
        let mut pass = Pass::train(1, step);
        let loss = cdan([&s, &t], [&zs, &zt], &map, &judge, &Cdan::default(), &mut pass).unwrap();
        loss.to_scalar::<f32>().unwrap()
    };
    assert!(run(0).is_finite());
    assert_eq!(run(0), run(0));
    assert_ne!(run(0), run(1), "dropout draws anew for another step");
}

#[test]
fn the_adversary_grows_from_nothing_to_full_strength() {
    assert_eq!(adversarial_strength(0.0), 0.0);
    assert_eq!(adversarial_strength(-3.0), 0.0);
    assert!((adversarial_strength(0.1) - 0.46211715726).abs() < 1e-9);
    assert!((adversarial_strength(1.0) - 0.99990920426).abs() < 1e-9);
    assert_eq!(adversarial_strength(1.0), adversarial_strength(2.0));
}

#[test]
fn discrepancies_vanish_between_equal_domains_and_grow_with_the_distance() {
    let s = numbers(&[8, 3], 30);
    let biased = Mmd::default();
    let number = |loss: Result<Tensor>| loss.unwrap().to_scalar::<f64>().unwrap();
    assert!(number(mmd(&s, &s, &biased)).abs() < 1e-12);
    assert!(number(coral(&s, &s, CoralForm::Tllib)).abs() < 1e-12);
    let fixed = Mmd { kernels: Kernels { bandwidth: Some(1.0), ..Kernels::default() }, unbiased: false };
    let apart = |by: f64| number(mmd(&s, &(&s + by).unwrap(), &fixed));
    assert!(apart(0.1) > 1e-4 && apart(1.0) > apart(0.1));
    // All examples one: no bandwidth to be found, and nothing to tell apart.
    let one = Var::from_tensor(&Tensor::ones((3, 2), DType::F64, &Device::Cpu).unwrap()).unwrap();
    let loss = mmd(&one, &one, &biased).unwrap();
    assert_eq!(loss.to_scalar::<f64>().unwrap(), 0.0);
    let gradient = loss.backward().unwrap().get(&one).unwrap().abs().unwrap().sum_all().unwrap();
    assert_eq!(gradient.to_scalar::<f64>().unwrap(), 0.0);
}

#[test]
fn logits_far_apart_give_finite_losses_and_gradients() {
    let all_finite = |x: &Tensor| {
        let values = x.to_dtype(DType::F64).unwrap().flatten_all().unwrap().to_vec1::<f64>().unwrap();
        values.iter().all(|value| value.is_finite())
    };
    for dtype in [DType::F32, DType::F64] {
        for size in [1e3, 1e6, 1e30] {
            let z = Tensor::new(&[[size, -size, 0.0], [-size, -size, -size]], &Device::Cpu).unwrap();
            let z = Var::from_tensor(&z.to_dtype(dtype).unwrap()).unwrap();
            let targets = Tensor::new(&[[0.0_f32, 1.0, 0.0], [0.0, 0.0, 1.0]], &Device::Cpu).unwrap();
            let options = CrossEntropy { label_smoothing: 0.1, class_weights: None };
            let focal_options = [0.0, 0.5, 2.0].map(|gamma| Focal { gamma, alpha: None });
            let mut losses = vec![
                cross_entropy(&z, &[1, 2], &options),
                soft_cross_entropy(&z, &targets, &options),
                binary_cross_entropy(&z, &targets, &BinaryCrossEntropy::default()),
                smooth_l1(&z, &targets, 1.0),
                huber(&z, &targets, 1.0),
                entropy(&z),
                supervised_contrastive(&z, &[1, 1], 0.1),
            ];
            for options in &focal_options {
                losses.push(focal(&z, &[1, 2], options));
                losses.push(focal(&z, &[0, 2], options));
            }
            for loss in losses {
                let loss = loss.unwrap();
                assert!(all_finite(&loss), "{dtype:?} {size}: {loss}");
                assert!(all_finite(loss.backward().unwrap().get(&z).unwrap()), "{dtype:?} {size}");
            }
        }
    }
}

fn says<T>(result: Result<T>, text: &str) {
    let error = result.err().map(|error| error.to_string()).unwrap_or_default();
    assert!(error.contains(text), "`{error}` does not say `{text}`");
}

#[test]
fn labels_and_shapes_that_do_not_fit_are_refused_with_the_reason() {
    let z = numbers(&[2, 3], 1);
    let plain = CrossEntropy::default();
    says(cross_entropy(&z, &[0, 3], &plain), "label 3 at row 1");
    says(cross_entropy(&z, &[0], &plain), "1 labels for logits of shape [2, 3]");
    says(cross_entropy(&z, &[IGNORED, IGNORED], &plain), "all 2 labels are ignored");
    says(cross_entropy(&numbers(&[2], 1), &[0, 1], &plain), "expected [batch, values]");
    says(focal(&z, &[5, 0], &Focal::default()), "label 5 at row 0");
    says(soft_cross_entropy(&z, &z, &plain), "shares of classes are 0 or more");
    says(soft_cross_entropy(&z, &numbers(&[3, 2], 1), &plain), "same shape");
    says(binary_cross_entropy(&z, &(&z * 3.0).unwrap(), &BinaryCrossEntropy::default()), "between 0 and 1");
    says(smooth_l1(&z, &numbers(&[2], 1), 1.0), "same shape");
    says(supervised_contrastive(&z, &[0], 0.1), "1 labels for 2 rows");
    says(supervised_contrastive(&z, &[0, 1], 0.1), "no two of the 2 rows share a label");
    says(mmd(&z, &numbers(&[2, 4], 1), &Mmd::default()), "3 columns, those of the target 4");
    let unbiased = Mmd { unbiased: true, ..Mmd::default() };
    says(mmd(&z, &numbers(&[1, 3], 1), &unbiased), "at least 2 of each");
    says(coral(&z, &numbers(&[1, 3], 1), CoralForm::Paper), "at least 2 of each");
    let wrong = numbers(&[3, 2], 1);
    says(jmmd([&z, &z], [&wrong, &wrong], &Jmmd::default()), "of the same examples");
    let mut variables = Variables::new(1, DType::F64, &Device::Cpu);
    let judge = Discriminator::new(&DiscriminatorParams::default(), "d", 4, &mut variables).unwrap();
    says(dann(&z, &z, &judge, 1.0, &mut Pass::evaluate()), "expected [batch, 4]");
    let map = MultilinearMap::new("map", 3, 2, &mut variables).unwrap();
    let options = Cdan::default();
    says(
        cdan([&z, &z], [&wrong, &wrong], &map, &judge, &options, &mut Pass::evaluate()),
        "one row an example",
    );
}

#[test]
fn options_out_of_range_are_refused_by_name() {
    let z = numbers(&[2, 3], 1);
    for weights in [vec![1.0; 2], vec![1.0, -1.0, 1.0], vec![f64::NAN; 3], vec![0.0; 3]] {
        let options = CrossEntropy { class_weights: Some(weights.clone()), ..CrossEntropy::default() };
        says(cross_entropy(&z, &[0, 1], &options), "class_weights");
        if weights != [0.0; 3] {
            says(focal(&z, &[0, 1], &Focal { alpha: Some(weights.clone()), gamma: 2.0 }), "alpha");
            let options = BinaryCrossEntropy { positive_weights: Some(weights) };
            says(binary_cross_entropy(&z, &z.abs().unwrap(), &options), "positive_weights");
        }
    }
    let options = CrossEntropy { label_smoothing: 1.5, class_weights: None };
    says(cross_entropy(&z, &[0, 1], &options), "label_smoothing");
    says(focal(&z, &[0, 1], &Focal { gamma: -1.0, alpha: None }), "gamma");
    says(smooth_l1(&z, &z, -1.0), "beta");
    says(huber(&z, &z, 0.0), "delta");
    says(supervised_contrastive(&z, &[0, 0], 0.0), "temperature");
    says(reverse_gradient(&z, f64::NAN), "strength");
    for (kernels, field) in [
        (Kernels { count: 0, ..Kernels::default() }, "count"),
        (Kernels { ratio: 1e9, ..Kernels::default() }, "ratio"),
        (Kernels { bandwidth: Some(-1.0), ..Kernels::default() }, "bandwidth"),
    ] {
        says(mmd(&z, &z, &Mmd { kernels, unbiased: false }), field);
    }
    let mut variables = Variables::new(1, DType::F64, &Device::Cpu);
    let params = DiscriminatorParams { hidden: vec![0], dropout: 0.0 };
    says(Discriminator::new(&params, "d", 4, &mut variables), "d.0");
    let params = DiscriminatorParams { hidden: vec![3], dropout: 1.0 };
    says(Discriminator::new(&params, "e", 4, &mut variables), "dropout");
}
