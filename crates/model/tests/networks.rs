//! What holds for every net of the list: shapes, batches, modes, and shapes that cannot be.
#![allow(clippy::unwrap_used)]

mod draws;

use brinell_model::ops::{Conv1d, Conv2d, MaxPool, conv1d, conv2d, dropout, linear, max_pool};
use brinell_model::{
    Architecture, Attention, CrossEntropy, Error, Key, Mode, Network, Pass, SeCnn, Variables, Wdcnn,
    cross_entropy, zoo,
};
use candle_core::{DType, Device, Tensor};
use draws::numbers;

fn build(architecture: &Architecture, input: &[usize]) -> (Variables, Network) {
    let mut variables = Variables::new(1, DType::F32, &Device::Cpu);
    let net = architecture.build(input, 5, &mut variables).unwrap();
    (variables, net)
}

fn images(batch: usize, input: &[usize]) -> Tensor {
    let mut shape = vec![batch];
    shape.extend_from_slice(input);
    numbers(&shape, 3).to_dtype(DType::F32).unwrap()
}

fn refusal(architecture: &Architecture, input: &[usize]) -> String {
    let mut variables = Variables::new(1, DType::F32, &Device::Cpu);
    let Err(error) = architecture.build(input, 5, &mut variables) else { panic!("{input:?} was accepted") };
    assert_eq!(variables.count(), 0, "tensors were drawn before the refusal");
    assert!(architecture.cost(input, 5).is_err());
    error.to_string()
}

#[test]
fn a_batch_of_one_equals_its_row_in_a_batch_of_eight() {
    for info in zoo() {
        let (_, net) = build(&info.architecture, info.input);
        let x = images(8, info.input);
        let all: Vec<Vec<f32>> = net.forward(&x, &mut Pass::evaluate()).unwrap().to_vec2().unwrap();
        for (i, row) in all.iter().enumerate() {
            let one = x.narrow(0, i, 1).unwrap();
            let one: Vec<Vec<f32>> = net.forward(&one, &mut Pass::evaluate()).unwrap().to_vec2().unwrap();
            for (a, b) in one[0].iter().zip(row) {
                assert!((a - b).abs() <= 1e-6 * (1.0 + b.abs()), "{}: {a} {b}", info.name);
            }
        }
    }
}

#[test]
fn evaluating_changes_nothing_and_training_moves_the_running_statistics() {
    for info in zoo() {
        let (variables, net) = build(&info.architecture, info.input);
        let statistics =
            || -> Vec<Vec<f32>> { variables.buffers().map(|(_, var)| var.to_vec1().unwrap()).collect() };
        let before = statistics();
        let x = images(4, info.input);
        let once = net.forward(&x, &mut Pass::evaluate()).unwrap();
        let twice = net.forward(&x, &mut Pass::evaluate()).unwrap();
        assert_eq!(once.to_vec2::<f32>().unwrap(), twice.to_vec2::<f32>().unwrap());
        assert_eq!(statistics(), before);
        let mut pass = Pass::train(1, 0);
        assert_eq!(pass.mode(), Mode::Train);
        net.forward(&x, &mut pass).unwrap();
        // Nets with layer norms keep no statistics.
        assert!(before.is_empty() || statistics() != before, "{}", info.name);
    }
}

#[test]
fn se_cnn_takes_images_of_any_shape_that_can_be_halved() {
    let architecture = Architecture::SeCnn(SeCnn { widths: vec![3, 4, 5], hidden: 7, ..SeCnn::default() });
    for input in [[4, 8, 32], [1, 9, 8], [2, 15, 31], [1, 33, 8]] {
        let (variables, net) = build(&architecture, &input);
        assert_eq!(variables.count(), architecture.cost(&input, 5).unwrap().parameters);
        let logits = net.forward(&images(3, &input), &mut Pass::train(1, 0)).unwrap();
        assert_eq!(logits.dims(), [3, 5]);
    }
}

#[test]
fn an_image_too_small_for_the_poolings_is_refused_by_the_layer_s_name() {
    let net = Architecture::SeCnn(SeCnn::default());
    for input in [[1, 7, 64], [1, 64, 4], [1, 1, 1]] {
        let text = refusal(&net, &input);
        assert!(text.contains("features.pool") && text.contains("8 x 8"), "{text}");
    }
    assert!(refusal(&net, &[1, 64]).contains("features.conv0"));
    for input in [&[0, 8, 8][..], &[1, 2, 3, 4]] {
        let text = refusal(&net, input);
        assert!(text.contains("`input`") && text.contains("[channels, height, width]"), "{text}");
    }
}

#[test]
fn a_series_too_short_is_refused_by_the_layer_s_name() {
    let net = Architecture::Wdcnn(Wdcnn::default());
    assert!(refusal(&net, &[1, 8]).contains("features.conv0"));
    let text = refusal(&net, &[1, 256]);
    assert!(text.contains("features.conv4") || text.contains("features.pool"), "{text}");
    // 512 samples: 32, 16, 8, 4, 2 and the last kernel of 3 without padding
    assert!(refusal(&net, &[1, 512]).contains("features.conv4"));
}

#[test]
fn values_out_of_range_are_refused_by_the_field_s_name() {
    let se_cnn = |change: fn(&mut SeCnn)| {
        let mut net = SeCnn::default();
        change(&mut net);
        let mut variables = Variables::new(1, DType::F32, &Device::Cpu);
        let built = Architecture::SeCnn(net).build(&[1, 16, 16], 3, &mut variables);
        built.err().map(|error| error.to_string()).unwrap_or_default()
    };
    assert!(se_cnn(|net| net.kernel = 2).contains("kernel"));
    assert!(se_cnn(|net| net.kernel = 0).contains("kernel"));
    assert!(se_cnn(|net| net.widths = vec![]).contains("widths"));
    assert!(se_cnn(|net| net.widths = vec![4, 0]).contains("widths[1]"));
    assert!(se_cnn(|net| net.hidden = 0).contains("hidden"));
    assert!(se_cnn(|net| net.dropout = 1.0).contains("dropout"));
    assert!(se_cnn(|net| net.attention = Attention::se(0)).contains("reduction"));
    let mut variables = Variables::new(1, DType::F32, &Device::Cpu);
    let one = Architecture::Wdcnn(Wdcnn::default()).build(&[1, 2048], 1, &mut variables);
    assert!(one.err().unwrap().to_string().contains("classes"));
}

#[test]
fn a_net_refuses_inputs_of_another_size_than_it_was_built_for() {
    for info in zoo() {
        let (_, net) = build(&info.architecture, info.input);
        let mut larger = info.input.to_vec();
        *larger.last_mut().unwrap() += 16;
        let error = net.forward(&images(2, &larger), &mut Pass::evaluate()).unwrap_err();
        assert!(matches!(error, Error::Layer { .. }), "{error}");
        assert!(error.to_string().contains("built for"), "{error}");
    }
}

#[test]
fn training_on_one_value_a_channel_is_refused_by_the_layer_s_name() {
    let architecture = Architecture::Wdcnn(Wdcnn { batch_norm_after_hidden: true, ..Wdcnn::default() });
    let (_, net) = build(&architecture, &[1, 2048]);
    let x = images(1, &[1, 2048]);
    let error = net.forward(&x, &mut Pass::train(0, 0)).unwrap_err().to_string();
    assert!(error.contains("classifier.norm") && error.contains("at least 2"), "{error}");
    assert!(net.forward(&x, &mut Pass::evaluate()).is_ok());
}

#[test]
fn architectures_are_read_from_text_with_defaults_and_unknown_fields_are_refused() {
    let read = |text: &str| serde_json::from_str::<Architecture>(text);
    let defaults = Architecture::SeCnn(SeCnn::default());
    assert_eq!(read(r#"{"name":"se-cnn"}"#).unwrap(), defaults);
    assert_eq!(
        read(r#"{"name":"wdcnn","hidden":64}"#).unwrap(),
        Architecture::Wdcnn(Wdcnn { hidden: 64, ..Wdcnn::default() })
    );
    let plain = read(r#"{"name":"se-cnn","attention":{"kind":"none"}}"#).unwrap();
    assert!(matches!(plain, Architecture::SeCnn(net) if net.attention == Attention::None));
    assert!(read(r#"{"name":"se-cnn","hiden":64}"#).is_err());
    assert!(read(r#"{"name":"resnext"}"#).is_err());
    for info in zoo() {
        let text = serde_json::to_string(&info.architecture).unwrap();
        assert_eq!(read(&text).unwrap(), info.architecture);
    }
}

#[test]
fn dropout_keeps_the_promised_share_and_depends_on_its_key_only() {
    let x = Tensor::ones(100_000, DType::F32, &Device::Cpu).unwrap();
    let draw = |rate: f64, key: Key| -> Vec<f32> { dropout(&x, rate, key).unwrap().to_vec1().unwrap() };
    let key = Key::new(1, 2, "a");
    let y = draw(0.3, key);
    assert_eq!(y, draw(0.3, key));
    assert_ne!(y, draw(0.3, Key::new(1, 3, "a")));
    let kept = y.iter().filter(|v| **v != 0.0).count() as f64 / y.len() as f64;
    assert!((kept - 0.7).abs() < 0.006, "{kept}");
    assert!(y.iter().all(|v| *v == 0.0 || (*v - 1.0 / 0.7).abs() < 1e-6));
    assert!(dropout(&x, 1.0, key).is_err() && dropout(&x, f64::NAN, key).is_err());
}

#[test]
fn ops_refuse_what_does_not_fit_with_a_message_and_never_a_panic() {
    let t = |shape: &[usize]| numbers(shape, 1);
    let one = Conv2d::default();
    assert!(conv2d(&t(&[1, 3, 4, 4]), &t(&[2, 2, 3, 3]), None, &one).is_err());
    assert!(conv2d(&t(&[1, 2, 4, 4]), &t(&[2, 2, 5, 3]), None, &one).is_err());
    assert!(conv2d(&t(&[1, 2, 4, 4]), &t(&[2, 2, 3, 3]), Some(&t(&[3])), &one).is_err());
    assert!(conv2d(&t(&[1, 2, 4, 4]), &t(&[2, 2, 3]), None, &one).is_err());
    assert!(conv2d(&t(&[2, 4]), &t(&[2, 4]), None, &one).is_err());
    for (stride, dilation, groups) in [(0, 1, 1), (1, 0, 1), (1, 1, 0), (1, 1, 3)] {
        let parameters =
            Conv1d { stride, dilation, groups, padding: usize::MAX / 4 * usize::from(groups == 3) };
        assert!(conv1d(&t(&[1, 2, 9]), &t(&[2, 2, 3]), None, &parameters).is_err());
    }
    let empty = conv2d(&t(&[0, 2, 4, 4]), &t(&[3, 2, 3, 3]), None, &one).unwrap();
    assert_eq!(empty.dims(), [0, 3, 2, 2]);
    assert!(max_pool(&t(&[1, 1, 4]), &MaxPool::series(2, 1, 2)).is_err());
    assert!(max_pool(&t(&[1, 1, 4]), &MaxPool::series(5, 1, 0)).is_err());
    assert!(max_pool(&t(&[4, 4]), &MaxPool::series(2, 2, 0)).is_err());
    assert!(linear(&t(&[2, 3]), &t(&[4, 2]), None).is_err());
    let integers = Tensor::zeros((1, 2, 9), DType::U32, &Device::Cpu).unwrap();
    assert!(max_pool(&integers, &MaxPool::series(2, 2, 0)).is_err());
    let logits = t(&[2, 3]);
    let plain = CrossEntropy::default();
    assert!(cross_entropy(&logits, &[0, 3], &plain).unwrap_err().to_string().contains("label 3"));
    assert!(cross_entropy(&logits, &[0], &plain).is_err());
    let weights = |w: &[f64]| CrossEntropy { class_weights: Some(w.to_vec()), ..CrossEntropy::default() };
    assert!(cross_entropy(&logits, &[0, 1], &weights(&[1.0, 1.0])).is_err());
    assert!(cross_entropy(&logits, &[0, 1], &weights(&[1.0, -1.0, 1.0])).is_err());
    assert!(cross_entropy(&logits, &[0, 0], &weights(&[0.0, 1.0, 1.0])).is_err());
}

#[test]
fn cross_entropy_is_finite_for_logits_far_apart() {
    let logits = Tensor::new(&[[1e4f32, -1e4, 0.0], [300.0, 300.0, -300.0]], &Device::Cpu).unwrap();
    let logits = candle_core::Var::from_tensor(&logits).unwrap();
    let loss = cross_entropy(&logits, &[1, 0], &CrossEntropy::default()).unwrap();
    let value = loss.to_scalar::<f32>().unwrap();
    assert!((value - (2e4 + std::f32::consts::LN_2) / 2.0).abs() < 1e-2, "{value}");
    let gradients = loss.backward().unwrap();
    let g: Vec<f32> = gradients.get(&logits).unwrap().flatten_all().unwrap().to_vec1().unwrap();
    assert!(g.iter().all(|v| v.is_finite()));
}
