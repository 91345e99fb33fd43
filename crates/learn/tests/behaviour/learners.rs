//! What every learner does, whichever it is.

use brinell_learn::learner::{Fitted, Learner, Target};
use brinell_learn::metrics::Rows;
use brinell_learn::{ClassName, ClassWeights};
use brinell_signal::FaultKind;
use brinell_signal::quantity::NUMBERS_OF_SPECTRUM;
use candle_core::{DType, Tensor};
use std::collections::BTreeMap;

/// A multiple of what a band of fault lines and a spectrum of fault combs have, so that the learners of those can be asked
/// as well.
const WIDTH: usize = 19 * NUMBERS_OF_SPECTRUM;
const CLASSES: usize = 3;

/// The healthy class and those of parts.
fn classes(count: usize) -> Vec<ClassName> {
    let parts = [FaultKind::Inner, FaultKind::Ball, FaultKind::Outer].map(ClassName::of);
    std::iter::once(ClassName::normal()).chain(parts).take(count).collect()
}

/// Sixty rows of three classes that overlap.
fn examples() -> (Rows, Vec<u32>) {
    let labels: Vec<u32> = (0..60).map(|i| [0, 0, 1, 2][i % 4]).collect();
    let value = |i: usize, j: usize| {
        let drawn = ((i * 37 + j * 101) as f64 * 0.737).sin();
        drawn + if j == labels[i] as usize { 0.8 } else { 0.0 }
    };
    let values = (0..60).flat_map(|i| (0..WIDTH).map(move |j| (i, j))).map(|(i, j)| value(i, j)).collect();
    (Rows::new(WIDTH, values).unwrap(), labels)
}

fn fit(learner: &Learner, seed: u64) -> Fitted {
    let (rows, labels) = examples();
    learner.fit(&rows, &labels, Target::Classes(&classes(CLASSES)), ClassWeights::Balanced, seed).unwrap()
}

#[test]
fn probabilities_are_finite_and_sum_to_1_even_far_from_every_example() {
    for learner in Learner::all() {
        let fitted = fit(&learner, 0);
        for row in [[0.0; WIDTH], [1e12; WIDTH], [-1e300; WIDTH], [f64::MIN_POSITIVE; WIDTH]] {
            let probabilities = fitted.probabilities(&row);
            assert_eq!(probabilities.len(), CLASSES);
            assert!(probabilities.iter().all(|p| (0.0..=1.0).contains(p)), "{learner:?} {probabilities:?}");
            assert!((probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{learner:?} {probabilities:?}");
        }
        for row in [&[][..], &[1.0], &[1.0; WIDTH + 2]] {
            assert_eq!(fitted.probabilities(row).len(), CLASSES, "{learner:?}");
        }
    }
}

#[test]
fn the_tensors_of_a_fitted_learner_give_the_same_bits_back() {
    let (rows, _) = examples();
    for learner in Learner::all() {
        let fitted = fit(&learner, 3);
        let tensors = fitted.to_tensors().unwrap();
        let back =
            Fitted::from_tensors(&learner, WIDTH, Target::Classes(&classes(CLASSES)), &tensors).unwrap();
        for row in rows.iter() {
            assert_eq!(back.probabilities(row), fitted.probabilities(row), "{learner:?}");
        }
        assert_eq!(fit(&learner, 3), fitted, "{learner:?}");
    }
}

/// Each tensor damaged in some way, and whether the damage alone tells which one it is.
fn damaged(tensors: &BTreeMap<String, Tensor>) -> Vec<(String, BTreeMap<String, Tensor>, bool)> {
    let mut all = Vec::new();
    for (name, tensor) in tensors {
        let mut with = |what: &str, other: Option<Tensor>, named: bool| {
            let mut tensors = tensors.clone();
            match other {
                Some(other) => tensors.insert(name.clone(), other),
                None => tensors.remove(name),
            };
            all.push((format!("{name} {what}"), tensors, named));
        };
        with("missing", None, true);
        with("of another type", Some(tensor.to_dtype(DType::F32).unwrap()), true);
        with("of another shape", Some(tensor.unsqueeze(0).unwrap()), false);
        let flat = tensor.flatten_all().unwrap();
        with("shorter", Some(flat.narrow(0, 0, flat.dims1().unwrap() - 1).unwrap()), false);
        if tensor.dtype() == DType::F64 {
            with("with NaN", Some((tensor * f64::NAN).unwrap()), true);
        }
    }
    all
}

#[test]
fn damaged_tensors_are_refused() {
    for learner in Learner::all() {
        let tensors = fit(&learner, 0).to_tensors().unwrap();
        for (what, tensors, named) in damaged(&tensors) {
            let read = Fitted::from_tensors(&learner, WIDTH, Target::Classes(&classes(CLASSES)), &tensors);
            let (said, name) = (read.unwrap_err().to_string(), what.split(' ').next().unwrap());
            assert!(said.contains(learner.name()), "{learner:?} {what}: {said}");
            assert!(!named || said.contains(&format!("`{name}`")), "{learner:?} {what}: {said}");
        }
    }
}

#[test]
fn no_number_in_the_tensors_ends_the_program() {
    for learner in Learner::all() {
        let tensors = fit(&learner, 0).to_tensors().unwrap();
        for (name, tensor) in &tensors {
            let count = tensor.elem_count();
            let last = count as f64 - 1.0;
            for value in [0.0, 1.0, 2.0, 0.5, -1.0, last, last + 1.0, f64::from(u32::MAX) - 1.0, 1e300] {
                for at in (0..count).step_by(count.div_ceil(40)) {
                    let mut values: Vec<f64> = tensor.flatten_all().unwrap().to_vec1().unwrap();
                    values[at] = value;
                    let mut tensors = tensors.clone();
                    let other = Tensor::from_vec(values, tensor.dims(), tensor.device()).unwrap();
                    tensors.insert(name.clone(), other);
                    let classes = classes(CLASSES);
                    let read = Fitted::from_tensors(&learner, WIDTH, Target::Classes(&classes), &tensors);
                    if let Ok(fitted) = read {
                        assert_eq!(fitted.probabilities(&[0.5; WIDTH]).len(), CLASSES);
                    }
                }
            }
        }
    }
}

#[test]
fn a_learner_is_written_and_read_back_and_refuses_what_it_does_not_know() {
    for learner in Learner::all() {
        let text = serde_json::to_string(&learner).unwrap();
        assert!(text.contains(&format!(r#""name":"{}""#, learner.name())), "{text}");
        assert_eq!(serde_json::from_str::<Learner>(&text).unwrap(), learner);
        let alone = format!(r#"{{"name":"{}"}}"#, learner.name());
        assert_eq!(serde_json::from_str::<Learner>(&alone).unwrap(), learner);
        let more = text.replacen(r#"{"name""#, r#"{"no_such_key":1,"name""#, 1);
        assert!(serde_json::from_str::<Learner>(&more).is_err(), "{more}");
        assert!(learner.check().is_empty(), "{learner:?}");
    }
}

#[test]
fn options_out_of_range_are_named_with_what_is_allowed_and_no_learner_is_fitted_with_them() {
    let (rows, labels) = examples();
    for (text, key) in [
        (r#"{"name":"logistic","strength":0.0}"#, "strength"),
        (r#"{"name":"logistic","strength":1e300}"#, "strength"),
        (r#"{"name":"comb-rule","harmonics":0}"#, "harmonics"),
        (r#"{"name":"comb-scorer","strength":0.0}"#, "strength"),
        (r#"{"name":"comb-scorer","shared_strength":-1.0}"#, "shared_strength"),
        (r#"{"name":"comb-scorer","share":1.5}"#, "share"),
        (r#"{"name":"svm","strength":-1.0}"#, "strength"),
        (r#"{"name":"svm","gamma":0.0}"#, "gamma"),
        (r#"{"name":"svm","kernel":"linear","gamma":0.5}"#, "gamma"),
        (r#"{"name":"forest","trees":0}"#, "trees"),
        (r#"{"name":"forest","max_depth":0}"#, "max_depth"),
        (r#"{"name":"forest","min_split":1}"#, "min_split"),
        (r#"{"name":"forest","min_leaf":0}"#, "min_leaf"),
        (r#"{"name":"forest","ccp_alpha":-1.0}"#, "ccp_alpha"),
        (r#"{"name":"forest","features":{"fraction":0.0}}"#, "features.fraction"),
    ] {
        let learner: Learner = serde_json::from_str(text).unwrap();
        let found = learner.check();
        assert_eq!(found.len(), 1, "{text}: {found:?}");
        assert_eq!(found[0].0, key);
        assert!(found[0].1.contains("must be") && found[0].1.contains("found"), "{}", found[0].1);
        let fitted = learner.fit(&rows, &labels, Target::Part(FaultKind::Ball), ClassWeights::Equal, 0);
        assert!(fitted.unwrap_err().to_string().contains(key), "{text}");
    }
}

#[test]
fn labels_that_do_not_fit_are_refused() {
    let (rows, labels) = examples();
    for learner in Learner::all() {
        let refusal = |labels: &[u32]| {
            let classes = classes(CLASSES);
            let fitted = learner.fit(&rows, labels, Target::Classes(&classes), ClassWeights::Equal, 0);
            fitted.unwrap_err().to_string()
        };
        assert!(refusal(&labels[1..]).contains("59 labels"), "{learner:?}");
        assert!(refusal(&[3; 60]).contains("labelled 3"), "{learner:?}");
    }
}

#[test]
fn a_class_without_examples_gets_no_probability() {
    let (rows, labels) = examples();
    let labels: Vec<u32> = labels.iter().map(|label| [1, 3, 3][*label as usize]).collect();
    // The comb rule knows every part without having seen it.
    for learner in Learner::all().iter().filter(|learner| learner.name() != "comb-rule") {
        let classes = classes(4);
        let fitted = learner.fit(&rows, &labels, Target::Classes(&classes), ClassWeights::Equal, 0).unwrap();
        let probabilities = fitted.probabilities(&[0.3; WIDTH]);
        assert_eq!((probabilities[0], probabilities[2]), (0.0, 0.0), "{learner:?}");
        assert!(probabilities[1] > 0.0 && probabilities[3] > 0.0, "{learner:?}");
    }
}

#[test]
fn the_majority_is_the_share_of_each_class_or_the_same_for_all_when_balanced() {
    let (rows, labels) = examples();
    let classes = classes(CLASSES);
    let shares = |weights| {
        let fitted = Learner::Majority {}.fit(&rows, &labels, Target::Classes(&classes), weights, 0).unwrap();
        fitted.probabilities(&[7.0; WIDTH])
    };
    assert_eq!(shares(ClassWeights::Equal), [0.5, 0.25, 0.25]);
    for share in shares(ClassWeights::Balanced) {
        assert!((share - 1.0 / 3.0).abs() < 1e-12);
    }
}

#[test]
fn the_comb_rule_blames_the_part_whose_lines_stand_out_and_none_below_its_threshold() {
    let order = [FaultKind::Outer, FaultKind::Inner, FaultKind::Ball];
    let row = |part: Option<usize>, height: f64| -> Vec<f64> {
        let line = |at: usize| if part == Some(at / 4) && at < 12 { height } else { 0.1 };
        (0..2 * WIDTH).map(|at| if at < WIDTH { 0.2 } else { line(at - WIDTH) }).collect()
    };
    let classes = classes(4);
    let class_of = |part: usize| classes.iter().position(|class| class.element == Some(order[part])).unwrap();
    let (mut values, mut labels) = (Vec::new(), Vec::new());
    for at in 0..30 {
        let part = at % 3;
        values.extend(row(Some(part), 1.0 + 0.01 * at as f64));
        labels.push(class_of(part) as u32);
        values.extend(row(Some(part), 0.5 - 0.005 * at as f64));
        labels.push(0);
    }
    let rows = Rows::new(2 * WIDTH, values).unwrap();
    let rule = Learner::CombRule(Default::default());
    let fitted = rule.fit(&rows, &labels, Target::Classes(&classes), ClassWeights::Equal, 0).unwrap();
    let guess = |row: &[f64]| brinell_learn::arg_max(&fitted.probabilities(row));
    for (part, kind) in order.into_iter().enumerate() {
        assert_eq!(guess(&row(Some(part), 0.9)), class_of(part));
        assert_eq!(guess(&row(Some(part), 0.6)), 0);
        let alone = rule.fit(&rows, &vec![0; 60], Target::Part(kind), ClassWeights::Equal, 0).unwrap();
        let suspected = |other| alone.probabilities(&row(Some(other), 0.9))[1];
        assert!(suspected(part) > 0.7 && suspected((part + 1) % 3) < 0.5);
    }
}

#[test]
fn the_comb_rule_says_what_it_cannot_judge() {
    let (rows, labels) = examples();
    let rule = Learner::CombRule(Default::default());
    let refusal = |rows: &Rows, classes: &[ClassName]| {
        let fitted = rule.fit(rows, &labels, Target::Classes(classes), ClassWeights::Equal, 0);
        fitted.unwrap_err().to_string()
    };
    let sized = |size| ClassName::sized(FaultKind::Inner, size);
    let twice = [ClassName::normal(), sized("0.007 in"), sized("0.014 in")];
    assert!(refusal(&rows, &twice).contains("same part"));
    let cage = [ClassName::normal(), ClassName::of(FaultKind::Cage), sized("0.014 in")];
    assert!(refusal(&rows, &cage).contains("cage"));
    let narrow = Rows::new(5, vec![0.0; 300]).unwrap();
    assert!(refusal(&narrow, &classes(CLASSES)).contains("5 numbers"));
}

/// A row of two spectra in which this much of the part at this place stands out, beside what belongs to the machine.
fn comb_row(part: Option<usize>, height: f64, machine: usize, drawn: usize) -> Vec<f64> {
    let number = |at: usize| {
        let (own, noise) = (at % NUMBERS_OF_SPECTRUM, ((drawn * 71 + at * 13) as f64 * 0.917).sin());
        let stands_out = own < 21 && part == Some(own / 7);
        let of_machine = own >= 21 && own % 3 == machine;
        0.4 * noise + if stands_out { height } else { 0.0 } + if of_machine { 3.0 } else { 0.0 }
    };
    (0..2 * NUMBERS_OF_SPECTRUM).map(number).collect()
}

#[test]
fn the_comb_scorer_tells_parts_by_their_combs_on_a_machine_whose_look_would_mislead() {
    let order = [FaultKind::Outer, FaultKind::Inner, FaultKind::Ball];
    let classes: Vec<ClassName> =
        std::iter::once(ClassName::normal()).chain(order.map(ClassName::of)).collect();
    let (mut values, mut labels) = (Vec::new(), Vec::new());
    for drawn in 0..80_usize {
        // In training each part was damaged in a machine of its own.
        let part = (drawn % 4).checked_sub(1);
        values.extend(comb_row(part, 1.0, part.unwrap_or(drawn % 3), drawn));
        labels.push((drawn % 4) as u32);
    }
    let rows = Rows::new(2 * NUMBERS_OF_SPECTRUM, values).unwrap();
    let right = |options: serde_json::Value| {
        let learner: Learner = serde_json::from_value(options).unwrap();
        let target = Target::Classes(&classes);
        let fitted = learner.fit(&rows, &labels, target, ClassWeights::Balanced, 0).unwrap();
        let guess = |part: usize, drawn: usize| {
            let probabilities = fitted.probabilities(&comb_row(Some(part), 1.0, (part + 1) % 3, drawn));
            brinell_learn::arg_max(&probabilities[1..]) == part
        };
        (100..160).filter(|drawn| guess(drawn % 3, *drawn)).count()
    };
    for share in [0.5, 1.0] {
        let right = right(serde_json::json!({ "name": "comb-scorer", "share": share }));
        assert!(right >= 58, "{right} of 60 with share {share}");
    }
}

#[test]
fn the_comb_scorer_says_what_it_cannot_judge() {
    let (_, labels) = examples();
    let scorer = Learner::CombScorer(Default::default());
    let refusal = |width: usize, classes: &[ClassName]| {
        let rows = Rows::new(width, vec![0.5; 60 * width]).unwrap();
        scorer.fit(&rows, &labels, Target::Classes(classes), ClassWeights::Equal, 0).unwrap_err().to_string()
    };
    let said = refusal(133, &classes(CLASSES));
    assert!(said.contains("133 numbers") && said.contains("fault-combs"), "{said}");
    let cage = [ClassName::normal(), ClassName::of(FaultKind::Cage), ClassName::of(FaultKind::Ball)];
    assert!(refusal(NUMBERS_OF_SPECTRUM, &cage).contains("cage"));
}
