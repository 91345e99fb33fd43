//! Same seed, same bits: drawing, training, storing, going on.
#![allow(clippy::unwrap_used)]

mod draws;

use std::collections::BTreeMap;

use brinell_model::{
    Adam, AdamParams, Architecture, Attention, CrossEntropy, Error, Network, Pass, SeCnn, Variables, Wdcnn,
    cross_entropy, load_safetensors, save_safetensors, zoo,
};
use candle_core::{DType, Device, Tensor};
use draws::numbers;

fn se_cnn() -> Architecture {
    Architecture::SeCnn(SeCnn {
        widths: vec![8, 16],
        attention: Attention::se(4),
        hidden: 64,
        ..SeCnn::default()
    })
}

fn bits(tensors: &BTreeMap<String, Tensor>) -> BTreeMap<String, Vec<u64>> {
    tensors
        .iter()
        .map(|(name, tensor)| {
            let tensor = tensor.to_dtype(DType::F64).unwrap().flatten_all().unwrap();
            let values: Vec<f64> = tensor.to_vec1().unwrap();
            (name.clone(), values.into_iter().map(f64::to_bits).collect())
        })
        .collect()
}

/// A batch for step `step`, the same each time.
fn batch(input: &[usize], step: u64) -> (Tensor, Vec<u32>) {
    let mut shape = vec![24];
    shape.extend_from_slice(input);
    let x = numbers(&shape, 100 + step).to_dtype(DType::F32).unwrap();
    (x, (0..24).map(|i| (i + step as u32) % 4).collect())
}

fn train(
    net: &Network,
    variables: &Variables,
    adam: &mut Adam,
    input: &[usize],
    steps: std::ops::Range<u64>,
) -> f32 {
    let mut last = f32::NAN;
    for step in steps {
        let (x, labels) = batch(input, step);
        let trace = net.trace_logits(&x, &mut Pass::train(9, step)).unwrap();
        let loss = cross_entropy(trace.output(), &labels, &CrossEntropy::default()).unwrap();
        adam.step(variables, &trace.backward(&loss).unwrap()).unwrap();
        last = loss.to_scalar().unwrap();
    }
    last
}

#[test]
fn training_gives_the_same_bits_on_one_and_two_threads() {
    let wdcnn = Architecture::Wdcnn(Wdcnn::default());
    for (architecture, input) in [(se_cnn(), vec![2, 20, 18]), (wdcnn, vec![1, 1024])] {
        let run = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                let mut variables = Variables::new(4, DType::F32, &Device::Cpu);
                let net = architecture.build(&input, 4, &mut variables).unwrap();
                let mut adam =
                    Adam::new(AdamParams { clip_norm: Some(1.0), ..AdamParams::default() }).unwrap();
                let loss = train(&net, &variables, &mut adam, &input, 0..4);
                assert!(loss.is_finite());
                bits(&variables.to_tensors().unwrap())
            })
        };
        let one = run(1);
        assert_eq!(one, run(2), "{}", architecture.name());
        assert_eq!(one, run(3), "{}", architecture.name());
    }
}

#[test]
fn a_large_linear_layer_has_the_same_bits_on_one_and_two_threads() {
    // large enough for the product to be shared out
    let run = |threads: usize| -> Vec<f32> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let x = numbers(&[64, 2048], 1).to_dtype(DType::F32).unwrap();
            let weight = numbers(&[512, 2048], 2).to_dtype(DType::F32).unwrap();
            let y = brinell_model::ops::linear(&x, &weight, None).unwrap();
            y.flatten_all().unwrap().to_vec1().unwrap()
        })
    };
    let one = run(1);
    assert_eq!(one, run(2));
    assert_eq!(one, run(3));
}

#[test]
fn a_net_learns_to_tell_two_kinds_of_images_apart() {
    let mut variables = Variables::new(1, DType::F32, &Device::Cpu);
    let net = se_cnn().build(&[1, 16, 16], 4, &mut variables).unwrap();
    let mut adam = Adam::new(AdamParams::default()).unwrap();
    let (noise, labels) = batch(&[1, 16, 16], 0);
    let pattern: Vec<f32> = (0..24 * 256)
        .map(|i| {
            let (image, at) = (i / 256, i % 256);
            let period = 2.0 + labels[image] as f32;
            ((at % 16) as f32 * std::f32::consts::TAU / period).sin()
        })
        .collect();
    let pattern = Tensor::from_vec(pattern, (24, 1, 16, 16), &Device::Cpu).unwrap();
    let x = (pattern + noise * 0.3).unwrap();
    for step in 0..30 {
        let trace = net.trace_logits(&x, &mut Pass::train(1, step)).unwrap();
        let loss = cross_entropy(trace.output(), &labels, &CrossEntropy::default()).unwrap();
        adam.step(&variables, &trace.backward(&loss).unwrap()).unwrap();
    }
    let logits = net.forward(&x, &mut Pass::evaluate()).unwrap();
    let found: Vec<u32> = logits.argmax(1).unwrap().to_vec1().unwrap();
    assert_eq!(found, labels);
}

#[test]
fn a_resumed_run_equals_an_unbroken_one_bit_for_bit() {
    let input = [1, 12, 12];
    let fresh = || {
        let mut variables = Variables::new(4, DType::F32, &Device::Cpu);
        let net = se_cnn().build(&input, 4, &mut variables).unwrap();
        (variables, net, Adam::new(AdamParams::default()).unwrap())
    };
    let (variables, net, mut adam) = fresh();
    train(&net, &variables, &mut adam, &input, 0..6);
    let unbroken = bits(&variables.to_tensors().unwrap());

    let (variables, net, mut adam) = fresh();
    train(&net, &variables, &mut adam, &input, 0..3);
    let none = BTreeMap::new();
    let weights = save_safetensors(&variables.to_tensors().unwrap(), &none).unwrap();
    let state = save_safetensors(&adam.state(&variables).unwrap(), &none).unwrap();

    let (variables, net, mut adam) = fresh();
    variables.load(&load_safetensors(&weights).unwrap().0).unwrap();
    adam.restore(&variables, &load_safetensors(&state).unwrap().0).unwrap();
    assert_eq!(adam.steps(), 3);
    train(&net, &variables, &mut adam, &input, 3..6);
    assert_eq!(bits(&variables.to_tensors().unwrap()), unbroken);
}

#[test]
fn an_optimiser_state_of_another_net_is_refused() {
    let input = [1, 12, 12];
    let mut variables = Variables::new(4, DType::F32, &Device::Cpu);
    let net = se_cnn().build(&input, 4, &mut variables).unwrap();
    let mut adam = Adam::new(AdamParams::default()).unwrap();
    train(&net, &variables, &mut adam, &input, 0..1);
    let mut state = adam.state(&variables).unwrap();
    let taken = state.remove("features.conv0.weight.second").unwrap();
    let error = adam.restore(&variables, &state).unwrap_err();
    assert!(error.to_string().contains("features.conv0.weight.second"), "{error}");
    state.insert("features.conv0.weight.second".into(), taken.clone());
    state.insert("other.first".into(), taken);
    let error = adam.restore(&variables, &state).unwrap_err();
    assert!(error.to_string().contains("other.first"), "{error}");
}

#[test]
fn stored_and_loaded_weights_give_the_same_bits_and_the_metadata_back() {
    for info in zoo() {
        let mut variables = Variables::new(2, DType::F32, &Device::Cpu);
        let net = info.architecture.build(info.input, 3, &mut variables).unwrap();
        let metadata: BTreeMap<String, String> =
            [("classes", "[\"inner \\\"race\\\"\", \"\u{e4}u\u{df}en\"]"), ("a key", "a\nvalue")]
                .into_iter()
                .map(|(k, v)| (k.to_owned(), v.to_owned()))
                .collect();
        let tensors = variables.to_tensors().unwrap();
        let bytes = save_safetensors(&tensors, &metadata).unwrap();
        assert_eq!(bytes, save_safetensors(&tensors, &metadata).unwrap());
        let (loaded, told) = load_safetensors(&bytes).unwrap();
        assert_eq!(told, metadata);
        assert_eq!(bits(&loaded), bits(&tensors));

        let mut shape = vec![2];
        shape.extend_from_slice(info.input);
        let x = numbers(&shape, 1).to_dtype(DType::F32).unwrap();
        let judge = |net: &Network| -> Vec<Vec<f32>> {
            net.forward(&x, &mut Pass::evaluate()).unwrap().to_vec2().unwrap()
        };
        let mut other = Variables::new(77, DType::F32, &Device::Cpu);
        let twin = info.architecture.build(info.input, 3, &mut other).unwrap();
        assert_ne!(judge(&net), judge(&twin));
        other.load(&loaded).unwrap();
        assert_eq!(judge(&net), judge(&twin), "{}", info.name);
    }
}

#[test]
fn loading_checks_names_both_ways_and_shapes_and_changes_nothing_on_an_error() {
    let mut variables = Variables::new(2, DType::F32, &Device::Cpu);
    se_cnn().build(&[1, 8, 8], 3, &mut variables).unwrap();
    let before = bits(&variables.to_tensors().unwrap());
    let other = Tensor::ones((3,), DType::F32, &Device::Cpu).unwrap();
    let mut tensors = variables.to_tensors().unwrap();
    for tensor in tensors.values_mut() {
        *tensor = tensor.zeros_like().unwrap();
    }
    let bias = tensors.remove("classifier.output.bias").unwrap();
    tensors.insert("stranger".into(), other);
    let Err(Error::Names { missing, unknown }) = variables.load(&tensors) else {
        panic!("the names were not checked")
    };
    assert_eq!(missing, ["classifier.output.bias"]);
    assert_eq!(unknown, ["stranger"]);
    tensors.remove("stranger");
    tensors.insert("classifier.output.bias".into(), Tensor::cat(&[&bias, &bias], 0).unwrap());
    let error = variables.load(&tensors).unwrap_err();
    assert!(error.to_string().contains("classifier.output.bias"), "{error}");
    assert_eq!(bits(&variables.to_tensors().unwrap()), before);
}

#[test]
fn damaged_safetensors_bytes_are_an_error_and_never_a_panic() {
    let tensors: BTreeMap<String, Tensor> = [("a".to_owned(), numbers(&[3, 2], 1))].into();
    let metadata = [("k".to_owned(), "v".to_owned())].into();
    let bytes = save_safetensors(&tensors, &metadata).unwrap();
    for end in 0..bytes.len() {
        assert!(load_safetensors(&bytes[..end]).is_err(), "cut at {end}");
    }
    for at in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x55;
        let _ = load_safetensors(&damaged);
    }
}

#[test]
fn first_weights_depend_on_seed_and_name_only() {
    let draw = |seed: u64, attention: Attention| {
        let mut variables = Variables::new(seed, DType::F32, &Device::Cpu);
        let architecture =
            Architecture::SeCnn(SeCnn { widths: vec![4, 8], attention, hidden: 6, ..SeCnn::default() });
        architecture.build(&[1, 8, 8], 3, &mut variables).unwrap();
        bits(&variables.to_tensors().unwrap())
    };
    let plain = draw(1, Attention::None);
    let gated = draw(1, Attention::se(2));
    assert_eq!(gated.len(), plain.len() + 4);
    for (name, values) in &plain {
        assert_eq!(&gated[name], values, "{name}");
    }
    let other = draw(2, Attention::None);
    let drawn: Vec<&String> = plain.keys().filter(|name| plain[*name] != other[*name]).collect();
    assert_eq!(
        drawn,
        [
            "classifier.hidden.bias",
            "classifier.hidden.weight",
            "classifier.output.bias",
            "classifier.output.weight",
            "features.conv0.weight",
            "features.conv1.weight"
        ]
    );
}

#[test]
fn first_weights_have_the_spread_that_is_promised() {
    let mut variables = Variables::new(1, DType::F64, &Device::Cpu);
    Architecture::SeCnn(SeCnn::default()).build(&[1, 32, 32], 10, &mut variables).unwrap();
    let tensors = variables.to_tensors().unwrap();
    let deviation = |name: &str| -> f64 {
        let x: Vec<f64> = tensors[name].flatten_all().unwrap().to_vec1().unwrap();
        (x.iter().map(|v| v * v).sum::<f64>() / x.len() as f64).sqrt()
    };
    // Kaiming fan out: sqrt(2 / (128 * 9)); uniform within 1 / sqrt(2048): bound / sqrt(3)
    let expected = (2.0_f64 / (128.0 * 9.0)).sqrt();
    assert!((deviation("features.conv2.weight") / expected - 1.0).abs() < 0.01);
    let expected = (1.0_f64 / (2048.0 * 3.0)).sqrt();
    assert!((deviation("classifier.hidden.weight") / expected - 1.0).abs() < 0.01);
}

#[test]
fn a_gradient_that_is_not_finite_stops_the_step_before_anything_changes() {
    let mut variables = Variables::new(1, DType::F32, &Device::Cpu);
    let net = se_cnn().build(&[1, 8, 8], 4, &mut variables).unwrap();
    let mut adam = Adam::new(AdamParams::default()).unwrap();
    let before = {
        let all = bits(&variables.to_tensors().unwrap());
        all.into_iter().filter(|(name, _)| !name.contains("running")).collect::<BTreeMap<_, _>>()
    };
    let (x, labels) = batch(&[1, 8, 8], 0);
    let x = (x * f64::NAN).unwrap();
    let logits = net.forward(&x, &mut Pass::train(1, 0)).unwrap();
    let loss = cross_entropy(&logits, &labels, &CrossEntropy::default()).unwrap();
    let error = adam.step(&variables, &loss.backward().unwrap()).unwrap_err();
    assert!(matches!(error, Error::NotFinite { .. }), "{error}");
    assert_eq!(adam.steps(), 0);
    let after = bits(&variables.to_tensors().unwrap());
    for (name, values) in before {
        assert_eq!(after[&name], values, "{name}");
    }
}

#[test]
fn weights_as_torchvision_writes_them_are_read_without_the_counters_of_batches() {
    // A header and bytes by hand: one weight in half precision, one counter.
    let header = r#"{"bn.num_batches_tracked":{"dtype":"I64","shape":[],"data_offsets":[0,8]},"bn.weight":{"dtype":"F16","shape":[2],"data_offsets":[8,12]}}"#;
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header.as_bytes());
    bytes.extend(7_i64.to_le_bytes());
    // 1.5 and -2 in half precision.
    bytes.extend([0x3e00_u16, 0xc000].iter().flat_map(|half| half.to_le_bytes()));
    let (tensors, _) = brinell_model::load_safetensors(&bytes).unwrap();
    assert_eq!(tensors.keys().collect::<Vec<_>>(), ["bn.weight"]);
    assert_eq!(tensors["bn.weight"].to_vec1::<f32>().unwrap(), [1.5, -2.0]);
}

#[test]
fn all_weights_but_those_of_the_head_are_taken_from_a_net_for_other_classes() {
    let build = |classes: usize, seed: u64| {
        let mut variables = Variables::new(seed, DType::F32, &Device::Cpu);
        let net: brinell_model::Architecture = serde_json::from_str(r#"{"name": "cnn"}"#).unwrap();
        net.build(&[1, 16, 16], classes, &mut variables).unwrap();
        variables
    };
    let (from, to) = (build(10, 1), build(3, 2));
    let weights = from.to_tensors().unwrap();
    assert!(matches!(to.load(&weights), Err(Error::Shape { .. })));
    let before = bits(&to.to_tensors().unwrap());
    let own: Vec<String> = before
        .keys()
        .filter(|name| to.to_tensors().unwrap()[*name].dims() != weights[*name].dims())
        .cloned()
        .collect();
    let heads: Vec<&str> = own.iter().map(String::as_str).collect();
    to.load_but(&weights, &heads).unwrap();
    let (after, given) = (bits(&to.to_tensors().unwrap()), bits(&weights));
    for (name, values) in &after {
        let expected = if own.contains(name) { &before[name] } else { &given[name] };
        assert_eq!(values, expected, "{name}");
    }
}

#[test]
fn a_loss_of_several_numbers_and_a_batch_of_another_kind_are_refused_with_what_to_do() {
    let mut variables = Variables::new(1, DType::F32, &Device::Cpu);
    let net: brinell_model::Architecture = serde_json::from_str(r#"{"name": "cnn"}"#).unwrap();
    let net = net.build(&[1, 16, 16], 3, &mut variables).unwrap();
    let x = Tensor::zeros((2, 1, 16, 16), DType::F32, &Device::Cpu).unwrap();
    let trace = net.trace_logits(&x, &mut Pass::evaluate()).unwrap();
    let several = trace.output().sum(1).unwrap();
    let error = trace.backward(&several).unwrap_err().to_string();
    assert!(error.contains("[2]") && error.contains("mean"), "{error}");
    let refusal = |x: &Tensor| net.forward(x, &mut Pass::evaluate()).unwrap_err().to_string();
    let wide = refusal(&x.to_dtype(DType::F64).unwrap());
    assert!(wide.contains("F64") && wide.contains("F32") && wide.contains("to_dtype"), "{wide}");
    let single = refusal(&x.get(0).unwrap());
    assert!(single.contains("one sample") && single.contains("unsqueeze(0)"), "{single}");
    let most = brinell_model::Inference::new(&net, usize::MAX).unwrap_err().to_string();
    assert!(most.contains("1048576"), "{most}");
}
