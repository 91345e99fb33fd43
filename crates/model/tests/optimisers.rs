//! Optimisers and schedules: PyTorch's numbers, states, groups, and what is refused.
#![allow(clippy::unwrap_used)]

mod draws;
mod reference;
mod schedules;

use std::collections::{BTreeMap, BTreeSet};

use brinell_model::graph::Conv;
use brinell_model::{
    AdamParams, AdamWParams, CrossEntropy, Decay, Descent, Draft, Error, Group, Init, Network, Optimiser,
    Pass, Result, RmsPropParams, SgdParams, Variables, WeightAverage, clip_factor, cross_entropy,
    global_norm, load_safetensors, save_safetensors,
};
use candle_core::{DType, Device, Tensor, Var};
use draws::numbers;
use reference::{Case, Outcome, Reference};

fn steps(case: &Case, optimiser: Optimiser) -> Outcome {
    let mut variables = Variables::new(0, case.dtype, &Device::Cpu);
    let (mut vars, mut values) = (Vec::new(), BTreeMap::new());
    for name in ["p0", "p1"] {
        let tensor = case.tensor(name);
        vars.push(variables.parameter(name, tensor.dims(), Init::Constant(0.0))?);
        values.insert(name.to_owned(), tensor);
    }
    variables.load(&values)?;
    let mut descent = Descent::new(optimiser)?;
    for step in 1..=6 {
        let terms = [0, 1].map(|i| (vars[i].as_tensor() * case.tensor(&format!("g{i}.{step}"))).unwrap());
        let loss = (terms[0].sum_all()? + terms[1].sum_all()?)?;
        descent.step(&variables, &loss.backward()?)?;
        for (i, var) in vars.iter().enumerate() {
            case.compare(&format!("p{i}.step{step}"), var);
        }
    }
    assert_eq!(case.keys("out").len(), 12);
    Ok(())
}

fn clipped(case: &Case) -> Outcome {
    let gradients = [case.tensor("g0"), case.tensor("g1")];
    let norm = global_norm(["a", "b"].into_iter().zip(&gradients))?;
    case.compare("norm", &Tensor::new(norm, &Device::Cpu)?);
    for (i, gradient) in gradients.iter().enumerate() {
        case.compare(&format!("c{i}"), &(gradient * clip_factor(norm, 1.0))?);
    }
    Ok(())
}

#[test]
fn every_step_and_every_rate_agrees_with_pytorch() {
    Reference::read("optim").every(|case| {
        if let Some((schedule, rate)) = schedules::stored(case) {
            return schedules::rates(case, &schedule, rate);
        }
        let number = |key: &str| case.number(key);
        let betas = |at: usize| case.about["params"]["betas"][at].as_f64().unwrap();
        match case.name.as_str() {
            "clip_norm" => clipped(case),
            name if name.starts_with("sgd") => steps(
                case,
                Optimiser::Sgd(SgdParams {
                    learning_rate: number("lr"),
                    momentum: number("momentum"),
                    dampening: number("dampening"),
                    nesterov: case.flag("nesterov"),
                    weight_decay: number("weight_decay"),
                    clip_norm: None,
                }),
            ),
            "adamw" | "adamw_default" => steps(
                case,
                Optimiser::AdamW(AdamWParams {
                    learning_rate: number("lr"),
                    weight_decay: number("weight_decay"),
                    ..AdamWParams::default()
                }),
            ),
            name if name.starts_with("adam") => steps(
                case,
                Optimiser::Adam(AdamParams {
                    learning_rate: number("lr"),
                    beta1: betas(0),
                    beta2: betas(1),
                    eps: number("eps"),
                    weight_decay: number("weight_decay"),
                    decay: Decay::InGradient,
                    amsgrad: case.flag("amsgrad"),
                    clip_norm: None,
                }),
            ),
            "rmsprop" => steps(
                case,
                Optimiser::RmsProp(RmsPropParams {
                    learning_rate: number("lr"),
                    alpha: number("alpha"),
                    eps: number("eps"),
                    momentum: number("momentum"),
                    ..RmsPropParams::default()
                }),
            ),
            _ => Err("unknown case".into()),
        }
    });
}

/// Every rule in every form.
fn all() -> Vec<Optimiser> {
    let sgd = SgdParams { learning_rate: 0.05, weight_decay: 0.1, ..SgdParams::default() };
    let adam = AdamParams { learning_rate: 0.02, weight_decay: 0.1, ..AdamParams::default() };
    let adam_w = AdamWParams { learning_rate: 0.02, ..AdamWParams::default() };
    let rms = RmsPropParams { weight_decay: 0.1, ..RmsPropParams::default() };
    vec![
        sgd.clone().into(),
        SgdParams { momentum: 0.9, dampening: 0.3, ..sgd.clone() }.into(),
        SgdParams { momentum: 0.9, nesterov: true, clip_norm: Some(0.5), ..sgd }.into(),
        adam.clone().into(),
        AdamParams { amsgrad: true, ..adam.clone() }.into(),
        AdamParams { decay: Decay::Decoupled, clip_norm: Some(0.5), ..adam }.into(),
        adam_w.clone().into(),
        AdamWParams { amsgrad: true, ..adam_w }.into(),
        rms.clone().into(),
        RmsPropParams { momentum: 0.9, ..rms.clone() }.into(),
        RmsPropParams { centered: true, ..rms.clone() }.into(),
        RmsPropParams { centered: true, momentum: 0.9, ..rms }.into(),
    ]
}

/// A net with every kind of tensor, and what it lies in.
fn net(dtype: DType) -> (Network, Variables) {
    let mut draft = Draft::new(&[2, 6]).unwrap();
    let x = draft.conv("conv", draft.input(), &Conv { bias: true, ..Conv::same(4, 3) }).unwrap();
    let x = draft.norm_relu("norm", x).unwrap();
    let place = draft.parameter("place", &[4, 6], Init::Constant(0.1)).unwrap();
    let x = draft.add(x, place).unwrap();
    let x = draft.global_mean(x).unwrap();
    let logits = draft.linear("fc", x, 3, true).unwrap();
    let graph = draft.finish(logits).unwrap();
    let mut variables = Variables::new(5, dtype, &Device::Cpu);
    (Network::new(graph, &mut variables).unwrap(), variables)
}

fn train(net: &Network, variables: &Variables, descent: &mut Descent, steps: std::ops::Range<u64>) {
    for step in steps {
        let x = numbers(&[4, 2, 6], 50 + step).to_dtype(variables.dtype()).unwrap();
        let logits = net.forward(&x, &mut Pass::train(1, step)).unwrap();
        let loss = cross_entropy(&logits, &[0, 1, 2, 0], &CrossEntropy::default()).unwrap();
        descent.step(variables, &loss.backward().unwrap()).unwrap();
        descent.set_learning_rate(descent.learning_rate() * 0.97).unwrap();
    }
}

fn bits(tensors: &BTreeMap<String, Tensor>) -> Vec<u8> {
    save_safetensors(tensors, &BTreeMap::new()).unwrap()
}

#[test]
fn five_steps_a_restart_and_five_more_are_ten_steps_bit_for_bit() {
    for optimiser in all() {
        for dtype in [DType::F32, DType::F64] {
            let begin = || {
                let (net, variables) = net(dtype);
                let groups = [Group::undecayed(net.graph())];
                let descent = Descent::new(optimiser.clone()).unwrap().with_groups(&groups).unwrap();
                (net, variables, descent)
            };
            let (net, variables, mut descent) = begin();
            train(&net, &variables, &mut descent, 0..10);
            let unbroken = bits(&variables.to_tensors().unwrap());
            let state = bits(&descent.state(&variables).unwrap());

            let (net, variables, mut descent) = begin();
            train(&net, &variables, &mut descent, 0..5);
            let stored = [bits(&variables.to_tensors().unwrap()), bits(&descent.state(&variables).unwrap())];
            let (net, variables, mut descent) = begin();
            let [weights, half] = stored.map(|bytes| load_safetensors(&bytes).unwrap().0);
            variables.load(&weights).unwrap();
            descent.restore(&variables, &half).unwrap();
            assert_eq!(descent.steps(), 5);
            train(&net, &variables, &mut descent, 5..10);
            assert_eq!(bits(&variables.to_tensors().unwrap()), unbroken, "{optimiser:?} {dtype:?}");
            assert_eq!(bits(&descent.state(&variables).unwrap()), state, "{optimiser:?} {dtype:?}");
        }
    }
}

#[test]
fn every_rule_goes_downhill() {
    for optimiser in all() {
        let mut variables = Variables::new(1, DType::F64, &Device::Cpu);
        let w = variables.parameter("w", &[5], Init::Constant(1.0)).unwrap();
        let loss = || w.sqr().unwrap().sum_all().unwrap();
        let mut descent = Descent::new(optimiser.clone()).unwrap();
        for _ in 0..100 {
            descent.step(&variables, &loss().backward().unwrap()).unwrap();
        }
        let last = loss().to_scalar::<f64>().unwrap();
        assert!(last < 1.0, "{optimiser:?} ends at {last}");
    }
}

#[test]
fn centred_rms_prop_follows_its_formula() {
    let params = RmsPropParams { centered: true, momentum: 0.5, ..RmsPropParams::default() };
    let mut variables = Variables::new(1, DType::F64, &Device::Cpu);
    let var = variables.parameter("w", &[1], Init::Constant(2.0)).unwrap();
    let mut descent = Descent::new(params).unwrap();
    let [mut w, mut v, mut m, mut b] = [2.0_f64, 0.0, 0.0, 0.0];
    for g in [3.0, -1.0, 0.5, 0.25] {
        descent
            .step(&variables, &(var.as_tensor() * g).unwrap().sum_all().unwrap().backward().unwrap())
            .unwrap();
        v = 0.99 * v + 0.01 * g * g;
        m = 0.99 * m + 0.01 * g;
        b = 0.5 * b + g / ((v - m * m).sqrt() + 1e-8);
        w -= 0.01 * b;
        assert!((var.to_vec1::<f64>().unwrap()[0] - w).abs() < 1e-13);
    }
}

#[test]
fn a_parameter_of_many_pieces_moves_as_each_of_its_values_alone() {
    for optimiser in all().into_iter().filter(|optimiser| optimiser.clip_norm().is_none()) {
        let move_by = |count: usize| -> Vec<f64> {
            let mut variables = Variables::new(1, DType::F64, &Device::Cpu);
            let var = variables.parameter("w", &[count], Init::Constant(1.0)).unwrap();
            let slopes: Vec<f64> = (0..count).map(|i| (i % 7) as f64 - 3.0).collect();
            let slopes = Tensor::from_vec(slopes, count, &Device::Cpu).unwrap();
            let mut descent = Descent::new(optimiser.clone()).unwrap();
            for _ in 0..3 {
                let loss = (var.as_tensor() * &slopes).unwrap().sum_all().unwrap();
                descent.step(&variables, &loss.backward().unwrap()).unwrap();
            }
            var.to_vec1().unwrap()
        };
        let (few, many) = (move_by(7), move_by(70_001));
        assert!(many.iter().enumerate().all(|(i, w)| *w == few[i % 7]), "{optimiser:?}");
    }
}

#[test]
fn a_net_knows_which_of_its_tensors_are_to_decay() {
    let (net, _) = net(DType::F32);
    assert_eq!(net.graph().weights(), BTreeSet::from(["conv.weight", "fc.weight"]));
    let group = Group::undecayed(net.graph());
    let expected = ["conv.bias", "fc.bias", "norm.bias", "norm.weight", "place"];
    assert_eq!(group.parameters, expected.map(str::to_owned).into());
    assert_eq!([group.rate, group.decay], [1.0, 0.0]);
}

#[test]
fn groups_change_decay_and_step_size_of_their_parameters_only() {
    for kind in ["sgd", "adam", "adam-w", "rms-prop"] {
        let text = format!(r#"{{"kind": "{kind}", "learning_rate": 0.1, "weight_decay": 0.5}}"#);
        let optimiser: Optimiser = serde_json::from_str(&text).unwrap();
        let mut variables = Variables::new(1, DType::F64, &Device::Cpu);
        let named = ["bias", "frozen", "slow", "weight"];
        let vars = named.map(|name| variables.parameter(name, &[1], Init::Constant(1.0)).unwrap());
        let group = |name: &str, rate, decay| Group { parameters: [name.to_owned()].into(), rate, decay };
        let groups = [group("bias", 1.0, 0.0), group("frozen", 0.0, 1.0), group("slow", 0.5, 1.0)];
        let mut descent = Descent::new(optimiser.clone()).unwrap().with_groups(&groups).unwrap();
        // no slope at all: only decay moves anything
        let none = Tensor::zeros(1, DType::F64, &Device::Cpu).unwrap();
        let zero = vars.iter().map(|var| (var.as_tensor() * &none).unwrap().sum_all().unwrap());
        let loss = zero.reduce(|a, b| (a + b).unwrap()).unwrap();
        descent.step(&variables, &loss.backward().unwrap()).unwrap();
        let [bias, frozen, slow, weight] = vars.map(|var| var.to_vec1::<f64>().unwrap()[0]);
        assert_eq!([bias, frozen], [1.0, 1.0], "{kind}");
        assert!(weight < slow && slow < 1.0, "{kind}: {weight} {slow}");
        assert!((1.0 - weight - 2.0 * (1.0 - slow)).abs() < 1e-12, "{kind}: half the step");

        let twice = [group("bias", 1.0, 0.0), group("bias", 0.5, 0.0)];
        says(Descent::new(optimiser.clone()).unwrap().with_groups(&twice), "one group at most");
        let below = [group("bias", -1.0, 0.0)];
        says(Descent::new(optimiser.clone()).unwrap().with_groups(&below), "`rate` = -1");
        let other = [group("nobody", 1.0, 0.0)];
        let mut descent = Descent::new(optimiser).unwrap().with_groups(&other).unwrap();
        says(descent.step(&variables, &loss.backward().unwrap()), "nobody");
        assert_eq!(descent.steps(), 0);
    }
}

fn says<T>(result: Result<T>, text: &str) {
    let error = result.err().map(|error| error.to_string()).unwrap_or_default();
    assert!(error.contains(text), "`{error}` does not say `{text}`");
}

#[test]
fn a_gradient_longer_than_the_limit_acts_as_one_of_that_length() {
    let moved = |clip_norm: Option<f64>, slope: f64| {
        let mut variables = Variables::new(1, DType::F64, &Device::Cpu);
        let vars = ["a", "b"].map(|name| variables.parameter(name, &[2], Init::Constant(1.0)).unwrap());
        let mut descent =
            Descent::new(SgdParams { learning_rate: 0.1, clip_norm, ..SgdParams::default() }).unwrap();
        let sums = vars.clone().map(|var| var.sum_all().unwrap());
        let loss = ((&sums[0] + &sums[1]).unwrap() * slope).unwrap();
        let norm = descent.step(&variables, &loss.backward().unwrap()).unwrap();
        (norm, vars[1].to_vec1::<f64>().unwrap()[0])
    };
    assert_eq!(moved(Some(1.0), 10.0).0, 20.0);
    assert!((moved(Some(1.0), 10.0).1 - 0.95).abs() < 1e-8);
    assert_eq!(moved(Some(1.0), 0.25), moved(None, 0.25));
}

#[test]
fn a_gradient_that_is_not_finite_or_missing_changes_nothing() {
    for optimiser in all() {
        let mut variables = Variables::new(1, DType::F32, &Device::Cpu);
        let vars = ["a", "b"].map(|name| variables.parameter(name, &[2], Init::Constant(1.0)).unwrap());
        let mut descent = Descent::new(optimiser).unwrap();
        let before = bits(&variables.to_tensors().unwrap());
        let state = bits(&descent.state(&variables).unwrap());
        let broken = ((vars[0].as_tensor() / 0.0).unwrap() + vars[1].as_tensor()).unwrap().sum_all().unwrap();
        let error = descent.step(&variables, &broken.backward().unwrap()).unwrap_err();
        assert!(matches!(error, Error::NotFinite { .. }), "{error}");
        let error = descent.step(&variables, &vars[0].sum_all().unwrap().backward().unwrap()).unwrap_err();
        assert!(matches!(&error, Error::NoGradient { name } if name == "b"), "{error}");
        assert_eq!(bits(&variables.to_tensors().unwrap()), before);
        assert_eq!(bits(&descent.state(&variables).unwrap()), state);
    }
}

#[test]
fn a_state_of_another_rule_shape_or_number_type_is_refused() {
    let (net, variables) = net(DType::F32);
    let mut adam = Descent::new(Optimiser::default()).unwrap();
    train(&net, &variables, &mut adam, 0..1);
    let state = adam.state(&variables).unwrap();
    let mut sgd = Descent::new(Optimiser::from(SgdParams { momentum: 0.9, ..SgdParams::default() })).unwrap();
    for said in ["that of Adam or AdamW", "this optimiser is SGD with momentum", "`first`, `second`"] {
        says(sgd.restore(&variables, &state), said);
    }
    let mut plain = Descent::new(SgdParams::default()).unwrap();
    says(
        plain.restore(&variables, &state),
        "this optimiser is SGD without momentum (nothing of each parameter)",
    );
    let mut rms_prop = Descent::new(RmsPropParams::default()).unwrap();
    says(rms_prop.restore(&variables, &state), "this optimiser is RMSprop");
    let amsgrad = AdamParams { amsgrad: true, ..AdamParams::default() };
    says(Descent::new(amsgrad).unwrap().restore(&variables, &state), "`amsgrad`");
    for name in ["step", "learning_rate", "fc.weight.first"] {
        let mut less = state.clone();
        less.remove(name);
        says(adam.restore(&variables, &less), name);
    }
    let with = |name: &str, tensor: Tensor| {
        let mut other = state.clone();
        other.insert(name.to_owned(), tensor);
        other
    };
    let one = Tensor::ones(1, DType::F32, &Device::Cpu).unwrap();
    says(adam.restore(&variables, &with("fc.weight.first", one.clone())), "fc.weight.first");
    let wide = state["fc.weight.first"].to_dtype(DType::F64).unwrap();
    says(adam.restore(&variables, &with("fc.weight.first", wide)), "`fc.weight.first` is F64");
    says(adam.restore(&variables, &with("nobody.first", one.clone())), "nobody.first");
    says(adam.restore(&variables, &with("step", (one * 0.5).unwrap())), "step");
    assert_eq!(adam.steps(), 1);
}

#[test]
fn averaged_weights_follow_their_formula_and_buffers_are_taken_over() {
    let mut variables = Variables::new(1, DType::F64, &Device::Cpu);
    let weight = variables.parameter("weight", &[1], Init::Constant(4.0)).unwrap();
    let buffer = variables.buffer("mean", &[1], Init::Constant(0.0)).unwrap();
    let mut average = WeightAverage::new(0.75, &variables).unwrap();
    let (mut expected, set) =
        (4.0, |var: &Var, value: f64| var.set(&Tensor::new(&[value], &Device::Cpu).unwrap()));
    for value in [8.0, -2.0, 1.0] {
        set(&weight, value).unwrap();
        set(&buffer, value).unwrap();
        average.update(&variables).unwrap();
        expected = 0.75 * expected + 0.25 * value;
    }
    let read = |average: &WeightAverage, name: &str| average.to_tensors()[name].to_vec1::<f64>().unwrap()[0];
    assert!((read(&average, "weight") - expected).abs() < 1e-15);
    assert_eq!(read(&average, "mean"), 1.0);
    set(&buffer, 9.0).unwrap();
    assert_eq!(read(&average, "mean"), 1.0, "a copy, not the buffer itself");

    let mut resumed = WeightAverage::new(0.75, &variables).unwrap();
    resumed.restore(&load_safetensors(&bits(average.to_tensors())).unwrap().0).unwrap();
    for average in [&mut average, &mut resumed] {
        average.update(&variables).unwrap();
    }
    assert_eq!(bits(average.to_tensors()), bits(resumed.to_tensors()));
    says(resumed.restore(&BTreeMap::new()), "weight");
    let wrong = Tensor::ones(2, DType::F64, &Device::Cpu).unwrap();
    let tensors = ["weight", "mean"].map(|name| (name.to_owned(), wrong.clone())).into();
    says(resumed.restore(&tensors), "mean");
    says(WeightAverage::new(1.0, &variables), "decay");
    variables.parameter("late", &[1], Init::Constant(0.0)).unwrap();
    says(average.update(&variables), "late");
}

#[test]
fn optimisers_are_named_in_configurations_and_unknown_fields_refused() {
    let read = |text: &str| serde_json::from_str::<Optimiser>(text);
    assert_eq!(read(r#"{"kind": "sgd"}"#).unwrap(), SgdParams::default().into());
    assert_eq!(read(r#"{"kind": "adam"}"#).unwrap(), AdamParams::default().into());
    let adam_w = AdamWParams { learning_rate: 0.5, ..AdamWParams::default() };
    assert_eq!(read(r#"{"kind": "adam-w", "learning_rate": 0.5}"#).unwrap(), adam_w.into());
    assert_eq!(read(r#"{"kind": "rms-prop"}"#).unwrap(), RmsPropParams::default().into());
    assert!(read(r#"{"kind": "adam", "learning_rat": 0.5}"#).is_err());
    assert!(read(r#"{"kind": "lion"}"#).is_err());
    for optimiser in all() {
        let value = serde_json::to_value(&optimiser).unwrap();
        assert_eq!(serde_json::from_value::<Optimiser>(value).unwrap(), optimiser);
    }
}

#[test]
fn optimisers_out_of_range_are_refused_by_field() {
    for (text, field) in [
        (r#"{"kind": "sgd", "learning_rate": 0}"#, "learning_rate"),
        (r#"{"kind": "sgd", "momentum": 1}"#, "momentum"),
        (r#"{"kind": "sgd", "momentum": 0.5, "dampening": 2}"#, "dampening"),
        (r#"{"kind": "sgd", "nesterov": true}"#, "nesterov"),
        (r#"{"kind": "sgd", "clip_norm": 0}"#, "clip_norm"),
        (r#"{"kind": "adam", "beta1": 1}"#, "beta1"),
        (r#"{"kind": "adam-w", "beta2": -0.1}"#, "beta2"),
        (r#"{"kind": "adam-w", "weight_decay": -1}"#, "weight_decay"),
        (r#"{"kind": "adam", "eps": -1}"#, "eps"),
        (r#"{"kind": "adam-w", "eps": 0}"#, "eps"),
        (r#"{"kind": "rms-prop", "eps": 0}"#, "eps"),
        (r#"{"kind": "rms-prop", "alpha": 1}"#, "alpha"),
        (r#"{"kind": "rms-prop", "momentum": 1}"#, "momentum"),
    ] {
        says(Descent::new(serde_json::from_str::<Optimiser>(text).unwrap()), &format!("`{field}`"));
    }
}
