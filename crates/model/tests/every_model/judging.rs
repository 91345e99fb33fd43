//! Shapes, modes, batches, silence.

use brinell_model::graph::Op;
use brinell_model::{Mode, Network, Pass};
use candle_core::{DType, Device, Tensor, Var};

use crate::nets::{CLASSES, cases, stir, values};

#[test]
fn logits_are_a_row_of_classes_a_sample_and_follow_from_the_features() {
    for case in cases() {
        let (net, variables) = case.build(DType::F32, 1);
        let x = case.batch(5, 3, DType::F32);
        for (mode, pass) in [(Mode::Train, Pass::train(1, 0)), (Mode::Evaluate, Pass::evaluate())] {
            let logits = net.forward(&x, &mut pass.clone()).unwrap();
            assert_eq!(logits.dims(), [5, CLASSES], "{} {mode:?}", case.name);
            assert!(values(&logits).iter().all(|value| value.is_finite()), "{} {mode:?}", case.name);
        }
        let features = net.features(&x, &mut Pass::evaluate()).unwrap();
        assert_eq!((features.rank(), features.dims()[0]), (2, 5), "{}", case.name);
        let judged = net.head(&features, &mut Pass::evaluate()).unwrap();
        let logits = net.forward(&x, &mut Pass::evaluate()).unwrap();
        assert_eq!(values(&judged), values(&logits), "{}", case.name);
        let cost = case.architecture.cost(&case.input, CLASSES).unwrap();
        assert_eq!(variables.count(), cost.parameters, "{}", case.name);
    }
}

/// Whether something of the net is done otherwise in training.
fn tells_modes_apart(net: &Network) -> bool {
    net.graph().nodes().iter().any(|node| match node.op {
        Op::BatchNorm { .. } => true,
        Op::Dropout(rate) => rate > 0.0,
        Op::Sensors { dropout, .. } => dropout > 0.0,
        Op::Conv { tap_dropout, .. } => tap_dropout.is_some(),
        _ => false,
    })
}

#[test]
fn evaluating_differs_from_training_where_there_are_batch_norms_or_dropout_and_nowhere_else() {
    let mut alike = 0;
    for case in cases() {
        let (net, variables) = case.build(DType::F64, 1);
        stir(&variables, 1);
        let x = case.batch(6, 3, DType::F64);
        let evaluated = values(&net.forward(&x, &mut Pass::evaluate()).unwrap());
        let trained = values(&net.forward(&x, &mut Pass::train(1, 0)).unwrap());
        assert_eq!(evaluated != trained, tells_modes_apart(&net), "{}", case.name);
        alike += usize::from(evaluated == trained);
    }
    // Nets of layer norms without dropout, and those of neither.
    assert!((1..cases().len() / 4).contains(&alike), "{alike} nets are the same in both modes");
}

fn close(what: &str, got: &[f64], expected: &[f64]) {
    assert_eq!(got.len(), expected.len(), "{what}");
    for (got, expected) in got.iter().zip(expected) {
        assert!((got - expected).abs() <= 1e-10 * (1.0 + expected.abs()), "{what}: {got} for {expected}");
    }
}

#[test]
fn a_sample_is_judged_alike_alone_and_in_any_place_of_a_batch_of_eight() {
    let order = [3_u32, 7, 0, 4, 6, 1, 5, 2];
    for case in cases() {
        let (net, variables) = case.build(DType::F64, 1);
        stir(&variables, 1);
        // Running statistics that are not those of the start.
        net.forward(&case.batch(4, 9, DType::F64), &mut Pass::train(1, 0)).unwrap();
        let x = case.batch(8, 3, DType::F64);
        let judge = |x: &Tensor| values(&net.forward(x, &mut Pass::evaluate()).unwrap());
        let all = judge(&x);
        let row = |place: usize| &all[place * CLASSES..(place + 1) * CLASSES];
        assert!((1..8).any(|place| row(place) != row(0)), "{}: samples are not told apart", case.name);
        let moved = x.index_select(&Tensor::new(&order, &Device::Cpu).unwrap(), 0).unwrap();
        let expected = order.map(|place| row(place as usize)).concat();
        close(&format!("{}, permuted", case.name), &judge(&moved), &expected);
        for place in [0, 5] {
            let alone = judge(&x.narrow(0, place, 1).unwrap());
            close(&format!("{}, alone", case.name), &alone, row(place));
        }
    }
}

#[test]
fn silence_gives_finite_logits_and_gradients_in_both_modes() {
    for case in cases() {
        for dtype in [DType::F32, DType::F64] {
            let (net, variables) = case.build(dtype, 1);
            let x = Var::from_tensor(&case.batch(4, 3, dtype).zeros_like().unwrap()).unwrap();
            for pass in [Pass::train(1, 0), Pass::evaluate()] {
                let logits = net.forward(&x, &mut pass.clone()).unwrap();
                let finite = |x: &Tensor| values(x).iter().all(|value| value.is_finite());
                assert!(finite(&logits), "{} {pass:?}", case.name);
                let gradients = logits.sqr().unwrap().sum_all().unwrap().backward().unwrap();
                let input = ("the input", &x);
                for (name, var) in variables.trainable().chain([input]) {
                    let gradient = gradients.get(var);
                    let gradient = gradient.unwrap_or_else(|| panic!("{}: {name} has none", case.name));
                    assert!(finite(gradient), "{} {pass:?}: {name}", case.name);
                }
            }
        }
    }
}
