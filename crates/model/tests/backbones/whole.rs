//! What holds for every net of the list.

use brinell_model::{Architecture, Pass, Variables, zoo};
use candle_core::{DType, Device, Tensor};

/// A small net of each kind with an input it takes.
fn small() -> Vec<(Architecture, Vec<usize>)> {
    let of = |text: &str, input: &[usize]| (serde_json::from_str(text).unwrap(), input.to_vec());
    vec![
        of(r#"{"name":"cnn","widths":[3,4],"hidden":6,"dropout":0}"#, &[2, 9, 8]),
        of(
            r#"{"name":"cnn-bilstm","channels":4,"pool":{"kind":"lstm-attention","hidden":3,"units":2,"both_ways":true},"outputs":{"severity":2}}"#,
            &[2, 9],
        ),
        of(r#"{"name":"convnext","widths":[4,6],"depths":[1,2],"layer_scale":0.5}"#, &[2, 40]),
        of(r#"{"name":"convnext","widths":[4,6],"depths":[1,2],"layer_scale":0.5}"#, &[2, 16, 17]),
        of(r#"{"name":"densenet","growth":3,"blocks":[2,2],"attention":{"kind":"se"}}"#, &[2, 31]),
        of(
            r#"{"name":"densenet","growth":3,"blocks":[2,2],"position":"in-layer","attention":{"kind":"se"}}"#,
            &[2, 9, 8],
        ),
        of(r#"{"name":"densenet","growth":3,"blocks":[2],"stem":"large"}"#, &[2, 19, 21]),
        of(r#"{"name":"drsn","widths":[2,3],"units":2}"#, &[2, 41]),
        of(r#"{"name":"drsn","widths":[2,4],"units":1,"shrinkage":{"shared":true}}"#, &[2, 12, 13]),
        of(r#"{"name":"epsanet","width":4,"blocks":[1,1]}"#, &[2, 37]),
        of(r#"{"name":"epsanet","width":4,"blocks":[1,1]}"#, &[2, 19, 18]),
        of(r#"{"name":"mobilenet-v3","width":0.1,"dropout":0}"#, &[2, 70]),
        of(r#"{"name":"mobilenet-v3","width":0.1,"dropout":0}"#, &[2, 33, 40]),
        of(r#"{"name":"patch-transformer","patch":4,"width":6,"heads":2,"layers":2}"#, &[2, 20]),
        of(r#"{"name":"patch-transformer","patch":4,"width":6,"heads":2,"layers":1}"#, &[2, 8, 12]),
        of(r#"{"name":"resnet","width":3,"blocks":[1,1],"attention":{"kind":"se"}}"#, &[2, 33]),
        of(
            r#"{"name":"resnet","width":3,"blocks":[1,1],"block":"bottleneck","position":"after-block","attention":{"kind":"se"}}"#,
            &[2, 19, 18],
        ),
        of(
            r#"{"name":"rnn-wdcnn","widths":[2,3],"first_kernel":6,"steps":4,"cells":3,"hidden":5,"dropout":0,"recurrent_dropout":0}"#,
            &[2, 16],
        ),
        of(r#"{"name":"sensors","net":{"name":"resnet","width":2,"blocks":[1]}}"#, &[2, 33]),
        of(
            r#"{"name":"ticnn","widths":[2,3,4],"first_kernel":8,"first_stride":2,"first_padding":3,"hidden":5,"tap_dropout":[0,0],"attention":{"kind":"se"}}"#,
            &[2, 48],
        ),
        of(
            r#"{"name":"udtl-cnn","widths":[2,3,4],"first_kernel":5,"windows":2,"hidden":6,"bottleneck":5,"dropout":0}"#,
            &[2, 40],
        ),
    ]
}

fn noise(shape: &[usize]) -> Tensor {
    let mut variables = Variables::new(3, DType::F64, &Device::Cpu);
    let init = brinell_model::Init::Normal { deviation: 1.0 };
    variables.parameter("noise", shape, init).unwrap().as_detached_tensor()
}

#[test]
fn every_net_of_the_list_is_tried_here() {
    let tried: Vec<&str> = small().iter().map(|(net, _)| net.name()).collect();
    for model in zoo() {
        let name = model.architecture.name();
        // `se-cnn` and `wdcnn` are `cnn` and `ticnn` with other settings.
        assert!(["se-cnn", "wdcnn"].contains(&name) || tried.contains(&name), "{name}");
    }
}

#[test]
fn a_sample_is_judged_alike_alone_and_in_any_place_of_a_batch() {
    for (net, input) in small() {
        let mut variables = Variables::new(1, DType::F64, &Device::Cpu);
        let net = net.build(&input, 3, &mut variables).unwrap();
        let x = noise(&[&[5], &input[..]].concat());
        let judge = |x: &Tensor| net.forward(x, &mut Pass::evaluate()).unwrap().to_vec2::<f64>().unwrap();
        let all = judge(&x);
        let order = Tensor::new(&[3_u32, 0, 4, 1, 2], &Device::Cpu).unwrap();
        let moved = judge(&x.index_select(&order, 0).unwrap());
        for (place, from) in [3, 0, 4, 1, 2].into_iter().enumerate() {
            for (a, b) in moved[place].iter().zip(&all[from]) {
                assert!((a - b).abs() < 1e-10, "{} {a} {b}", net.graph().nodes()[1].layer);
            }
        }
        let alone = judge(&x.narrow(0, 2, 1).unwrap());
        for (a, b) in alone[0].iter().zip(&all[2]) {
            assert!((a - b).abs() < 1e-10, "{} {a} {b}", net.graph().nodes()[1].layer);
        }
    }
}

#[test]
fn every_parameter_and_input_channel_moves_the_logits_and_silence_stays_finite() {
    for (architecture, input) in small() {
        let name = architecture.name();
        let mut variables = Variables::new(1, DType::F64, &Device::Cpu);
        let net = architecture.build(&input, 3, &mut variables).unwrap();
        let x = candle_core::Var::from_tensor(&noise(&[&[6], &input[..]].concat())).unwrap();
        let outputs: Vec<_> = net.graph().outputs().iter().map(|(_, id)| *id).collect();
        let outputs = Tensor::cat(&net.run(&x, &outputs, &mut Pass::train(1, 1)).unwrap(), 1).unwrap();
        let weights = noise(outputs.dims());
        let gradients = (outputs * weights).unwrap().sum_all().unwrap().backward().unwrap();
        for (parameter, var) in variables.trainable() {
            let gradient =
                gradients.get(var).unwrap_or_else(|| panic!("{name}: {parameter} has no gradient"));
            let size = gradient.abs().unwrap().sum_all().unwrap().to_scalar::<f64>().unwrap();
            // Batch norm takes a bias in front of it out again.
            let is_in_vain = parameter.ends_with("bias") || parameter.contains("attention");
            assert!(size.is_finite() && (size > 0.0 || is_in_vain), "{name}: {parameter} {size}");
        }
        let per_channel = gradients.get(&x).unwrap().abs().unwrap().transpose(0, 1).unwrap();
        for channel in 0..input[0] {
            let size = per_channel.get(channel).unwrap().sum_all().unwrap().to_scalar::<f64>().unwrap();
            assert!(size > 0.0, "{name}: channel {channel}");
        }
        let silence = Tensor::zeros(x.shape(), DType::F64, &Device::Cpu).unwrap();
        let logits: Vec<f64> =
            net.forward(&silence, &mut Pass::evaluate()).unwrap().flatten_all().unwrap().to_vec1().unwrap();
        assert!(logits.iter().all(|value| value.is_finite()), "{name}");
    }
}

#[test]
fn nets_that_end_in_a_mean_take_any_size() {
    for (net, input) in small() {
        let other: Vec<usize> =
            input.iter().enumerate().map(|(axis, n)| if axis == 0 { *n } else { n * 2 + 4 }).collect();
        let slots = |input: &[usize]| net.draft(input, 3).unwrap().slots().to_vec();
        let is_flat = ["cnn", "rnn-wdcnn", "ticnn", "patch-transformer"].contains(&net.name());
        assert_eq!(slots(&input) == slots(&other), !is_flat, "{}", net.name());
    }
}

#[test]
fn taps_of_the_first_kernel_are_dropped_in_training_only_and_by_the_same_draw_for_a_step() {
    let text =
        r#"{"name":"ticnn","widths":[2,3],"first_kernel":8,"hidden":5,"first_stride":2,"first_padding":3}"#;
    let net: Architecture = serde_json::from_str(text).unwrap();
    let mut variables = Variables::new(1, DType::F64, &Device::Cpu);
    let net = net.build(&[1, 64], 3, &mut variables).unwrap();
    let x = noise(&[4, 1, 64]);
    let judge = |mut pass: Pass| net.forward(&x, &mut pass).unwrap().to_vec2::<f64>().unwrap();
    assert_eq!(judge(Pass::train(1, 1)), judge(Pass::train(1, 1)));
    assert_ne!(judge(Pass::train(1, 1)), judge(Pass::train(1, 2)));
    assert_eq!(judge(Pass::evaluate()), judge(Pass::evaluate()));
}

#[test]
fn a_block_whose_last_norm_begins_at_zero_begins_as_its_shortcut() {
    let read = |zero: bool| {
        let text = format!(r#"{{"name":"resnet","width":2,"blocks":[1],"zero_last_norm":{zero}}}"#);
        serde_json::from_str::<Architecture>(&text).unwrap()
    };
    let judge = |zero: bool, without: &str| {
        let mut variables = Variables::new(1, DType::F64, &Device::Cpu);
        let net = read(zero).build(&[1, 32], 3, &mut variables).unwrap();
        let mut tensors = variables.to_tensors().unwrap();
        if let Some(weight) = tensors.get_mut(without) {
            *weight = weight.zeros_like().unwrap();
        }
        variables.load(&tensors).unwrap();
        net.forward(&noise(&[2, 1, 32]), &mut Pass::evaluate()).unwrap().to_vec2::<f64>().unwrap()
    };
    assert_eq!(judge(true, ""), judge(true, "layer1.0.conv1.weight"));
    assert_ne!(judge(false, ""), judge(false, "layer1.0.conv1.weight"));
}

#[test]
fn attention_stands_where_the_configuration_says() {
    let gates = |net: &str, position: &str, kind: &str| -> Vec<String> {
        let text =
            format!(r#"{{"name":"{net}","blocks":[1,1],"position":"{position}","attention":"{kind}"}}"#);
        let net: Architecture = serde_json::from_str(&text).unwrap();
        let graph = net.draft(&[1, 32, 32], 3).unwrap();
        graph.gates().iter().map(|(name, _)| name.clone()).collect()
    };
    let both = |a: &str, b: &str| vec![a.to_owned(), b.to_owned()];
    let resnet = both("layer1.0.attention.gate", "layer2.0.attention.gate");
    assert_eq!(gates("resnet", "in-layer", "eca"), resnet);
    assert_eq!(gates("resnet", "after-block", "eca"), resnet);
    let in_place = both("layer1.0.conv1.attention.gate", "layer2.0.conv1.attention.gate");
    for kind in ["sk", "psa", "se"] {
        assert_eq!(gates("resnet", "in-place", kind), in_place, "{kind}");
    }
    let behind = both("features.attention1.gate", "features.attention2.gate");
    assert_eq!(gates("densenet", "after-block", "se"), behind);
    let inside = "features.denseblock#.denselayer1.attention.gate";
    assert_eq!(
        gates("densenet", "in-layer", "se"),
        both(&inside.replace('#', "1"), &inside.replace('#', "2"))
    );
    let inside = "features.denseblock#.denselayer1.conv2.attention.gate";
    assert_eq!(
        gates("densenet", "in-place", "psa"),
        both(&inside.replace('#', "1"), &inside.replace('#', "2"))
    );
}

#[test]
fn attention_before_the_sum_weighs_the_branch_and_behind_the_block_also_the_shortcut() {
    let judge = |position: &str| {
        let text = format!(
            r#"{{"name":"resnet","width":4,"blocks":[1],"position":"{position}","attention":"simam"}}"#
        );
        let net: Architecture = serde_json::from_str(&text).unwrap();
        let mut variables = Variables::new(1, DType::F64, &Device::Cpu);
        let net = net.build(&[1, 16, 16], 3, &mut variables).unwrap();
        // A branch of zeros: what is left is the shortcut.
        let mut tensors = variables.to_tensors().unwrap();
        for name in ["layer1.0.bn2.weight", "layer1.0.bn2.bias"] {
            let zeros = tensors[name].zeros_like().unwrap();
            tensors.insert(name.to_owned(), zeros);
        }
        variables.load(&tensors).unwrap();
        net.forward(&noise(&[2, 1, 16, 16]), &mut Pass::evaluate()).unwrap().to_vec2::<f64>().unwrap()
    };
    assert_ne!(judge("in-layer"), judge("after-block"));
    let plain = r#"{"name":"resnet","width":4,"blocks":[1]}"#;
    let net: Architecture = serde_json::from_str(plain).unwrap();
    let mut variables = Variables::new(1, DType::F64, &Device::Cpu);
    let net = net.build(&[1, 16, 16], 3, &mut variables).unwrap();
    let mut tensors = variables.to_tensors().unwrap();
    for name in ["layer1.0.bn2.weight", "layer1.0.bn2.bias"] {
        let zeros = tensors[name].zeros_like().unwrap();
        tensors.insert(name.to_owned(), zeros);
    }
    variables.load(&tensors).unwrap();
    let plain = net.forward(&noise(&[2, 1, 16, 16]), &mut Pass::evaluate()).unwrap();
    assert_eq!(judge("in-layer"), plain.to_vec2::<f64>().unwrap());
}
