//! Nets behind a mask of their sensors.

use brinell_model::ops::sensors;
use brinell_model::{Architecture, Key, Network, Pass, ResNet, Sensors, Variables, Wdcnn};
use candle_core::{DType, Device, Tensor, Var};

fn noise(shape: &[usize], seed: u64) -> Tensor {
    let mut variables = Variables::new(seed, DType::F64, &Device::Cpu);
    let init = brinell_model::Init::Normal { deviation: 1.0 };
    variables.parameter("noise", shape, init).unwrap().as_detached_tensor()
}

/// `x` with channel `channel` of sample `sample` at 0.
fn without(x: &Tensor, sample: usize, channels: std::ops::Range<usize>) -> Tensor {
    let dims = x.dims().to_vec();
    let mut values: Vec<f64> = x.flatten_all().unwrap().to_vec1().unwrap();
    let plane: usize = dims[2..].iter().product();
    let from = (sample * dims[1] + channels.start) * plane;
    values[from..from + channels.len() * plane].fill(0.0);
    Tensor::from_vec(values, dims, &Device::Cpu).unwrap()
}

fn build(net: Architecture, input: &[usize]) -> (Network, Variables) {
    let mut variables = Variables::new(5, DType::F64, &Device::Cpu);
    (net.build(input, 4, &mut variables).unwrap(), variables)
}

fn rows(x: &Tensor) -> Vec<Vec<f64>> {
    x.to_vec2().unwrap()
}

fn narrow_resnet() -> Architecture {
    Architecture::ResNet(ResNet { width: 4, ..ResNet::default() })
}

fn masked(dropout: f64) -> Architecture {
    Architecture::Sensors(Sensors { net: Box::new(narrow_resnet()), channels: 1, dropout })
}

#[test]
fn a_mask_changes_nothing_where_no_sensor_is_missing() {
    let x = noise(&[3, 2, 96], 1);
    let (plain, variables) = build(narrow_resnet(), &[2, 96]);
    let (with_mask, own) = build(masked(0.0), &[2, 96]);
    own.load(&variables.to_tensors().unwrap()).unwrap();
    for mut pass in [Pass::evaluate(), Pass::train(1, 1)] {
        let expected = rows(&plain.forward(&x, &mut pass).unwrap());
        assert_eq!(rows(&with_mask.forward(&x, &mut pass).unwrap()), expected);
    }
    assert_eq!(with_mask.graph().cost().parameters, plain.graph().cost().parameters);
    assert_eq!(with_mask.graph().receptive_field(), plain.graph().receptive_field());
}

#[test]
fn a_missing_sensor_disturbs_no_other_sample_of_the_batch() {
    let x = noise(&[3, 2, 96], 2);
    let (net, _) = build(masked(0.0), &[2, 96]);
    let whole = rows(&net.forward(&x, &mut Pass::evaluate()).unwrap());
    let holed = rows(&net.forward(&without(&x, 1, 0..1), &mut Pass::evaluate()).unwrap());
    assert_eq!(whole[0], holed[0]);
    assert_ne!(whole[1], holed[1]);
    assert_eq!(whole[2], holed[2]);
}

#[test]
fn the_weights_of_a_missing_sensor_do_not_count() {
    let x = without(&noise(&[1, 2, 96], 3), 0, 1..2);
    let (net, variables) = build(masked(0.0), &[2, 96]);
    let before = rows(&net.forward(&x, &mut Pass::evaluate()).unwrap());
    let mut tensors = variables.to_tensors().unwrap();
    let first = &tensors["conv1.weight"];
    let changed = Tensor::cat(&[first.narrow(1, 0, 1).unwrap(), noise(&[4, 1, 7], 9)], 1).unwrap();
    tensors.insert("conv1.weight".to_owned(), changed);
    variables.load(&tensors).unwrap();
    assert_eq!(rows(&net.forward(&x, &mut Pass::evaluate()).unwrap()), before);
}

#[test]
fn one_of_two_sensors_that_agree_can_go_and_the_verdict_stays() {
    let one = noise(&[2, 1, 96], 4);
    let x = Tensor::cat(&[&one, &one], 1).unwrap();
    let (net, variables) = build(masked(0.0), &[2, 96]);
    let mut tensors = variables.to_tensors().unwrap();
    let half = tensors["conv1.weight"].narrow(1, 0, 1).unwrap();
    tensors.insert("conv1.weight".to_owned(), Tensor::cat(&[&half, &half], 1).unwrap());
    variables.load(&tensors).unwrap();
    let whole = rows(&net.forward(&x, &mut Pass::evaluate()).unwrap());
    let holed = rows(&net.forward(&without(&x, 0, 0..1), &mut Pass::evaluate()).unwrap());
    for (a, b) in whole.iter().flatten().zip(holed.iter().flatten()) {
        assert!((a - b).abs() < 1e-12, "{a} {b}");
    }
}

#[test]
fn a_sample_without_any_sensor_is_judged_without_numbers_running_over() {
    let (net, _) = build(masked(0.5), &[2, 96]);
    let x = Tensor::zeros((2, 2, 96), DType::F64, &Device::Cpu).unwrap();
    for mut pass in [Pass::evaluate(), Pass::train(1, 1)] {
        let logits = rows(&net.forward(&x, &mut pass).unwrap());
        assert!(logits.iter().flatten().all(|value| value.is_finite()));
    }
}

#[test]
fn sensors_of_several_channels_go_and_stay_whole() {
    let x = noise(&[2, 4, 3, 5], 6);
    let holed = without(&x, 1, 2..4);
    // One silent channel is not a missing sensor.
    let silent = without(&holed, 0, 1..2);
    let y = sensors(&silent, 2, None).unwrap();
    let ratio = |b: usize, c: usize| {
        let at =
            |t: &Tensor| t.get(b).unwrap().get(c).unwrap().flatten_all().unwrap().to_vec1::<f64>().unwrap();
        let (x, y) = (at(&silent), at(&y));
        x.iter().zip(&y).map(|(x, y)| (y - x * 2.0, y - x)).collect::<Vec<_>>()
    };
    assert!((0..4).all(|c| ratio(0, c).iter().all(|(_, same)| *same == 0.0)));
    assert!((0..2).all(|c| ratio(1, c).iter().all(|(doubled, _)| *doubled == 0.0)));
    assert!((2..4).all(|c| ratio(1, c).iter().all(|(_, same)| *same == 0.0)));
}

#[test]
fn sensors_taken_away_in_training_leave_one_and_keep_the_scale() {
    let x = Tensor::ones((400, 3, 2), DType::F64, &Device::Cpu).unwrap();
    let at = |rate| {
        let y = sensors(&x, 1, Some((rate, Key::new(1, 2, "sensors")))).unwrap();
        rows(&y.narrow(2, 0, 1).unwrap().squeeze(2).unwrap())
    };
    for rate in [0.3, 0.999] {
        let kept = at(rate);
        for row in &kept {
            assert!((row.iter().sum::<f64>() - 3.0).abs() < 1e-12, "{row:?}");
        }
        assert_eq!(kept, at(rate), "the same key takes the same sensors away");
        let gone = kept.iter().flatten().filter(|value| **value == 0.0).count();
        assert!(gone > 200, "{gone}");
    }
    assert!(at(0.0).iter().flatten().all(|value| *value == 1.0));
}

#[test]
fn the_gradient_of_the_input_is_that_of_the_enlarged_sensors() {
    let x = Var::from_tensor(&without(&noise(&[1, 3, 4], 8), 0, 1..2)).unwrap();
    let y = sensors(&x, 1, None).unwrap();
    let gradient = y.sum_all().unwrap().backward().unwrap();
    let gradient: Vec<Vec<f64>> = gradient.get(&x).unwrap().squeeze(0).unwrap().to_vec2().unwrap();
    assert_eq!(gradient, [vec![1.5; 4], vec![0.0; 4], vec![1.5; 4]]);
}

#[test]
fn a_net_behind_a_mask_is_read_from_a_configuration() {
    let text = r#"{"name":"sensors","dropout":0.2,"net":{"name":"wdcnn","hidden":20}}"#;
    let net: Architecture = serde_json::from_str(text).unwrap();
    let inner = Architecture::Wdcnn(Wdcnn { hidden: 20, ..Wdcnn::default() });
    assert_eq!(net, Architecture::Sensors(Sensors { net: Box::new(inner), channels: 1, dropout: 0.2 }));
    assert_eq!(serde_json::from_str::<Architecture>(&serde_json::to_string(&net).unwrap()).unwrap(), net);
    assert_eq!(net.draft(&[2, 2048], 3).unwrap().nodes()[1].layer, "sensors");
}
