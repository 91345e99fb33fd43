//! Whole nets.

use brinell_model::{Adam, AdamParams, Architecture, CrossEntropy, Pass, Variables, cross_entropy, zoo};
use candle_core::{DType, Device};

use crate::{assert_agrees, batch};

/// A small net of each kind, with an input that is no round number where the net lets it.
fn small() -> Vec<(Architecture, Vec<usize>)> {
    let of = |text: &str, input: &[usize]| (serde_json::from_str(text).unwrap(), input.to_vec());
    vec![
        of(r#"{"name":"cnn","widths":[3,4],"hidden":6}"#, &[2, 9, 8]),
        of(
            r#"{"name":"cnn-bilstm","channels":4,"pool":{"kind":"lstm-attention","hidden":3,"units":2,"both_ways":true},"outputs":{"severity":2}}"#,
            &[2, 9],
        ),
        of(r#"{"name":"convnext","widths":[4,6],"depths":[1,2],"layer_scale":0.5}"#, &[2, 40]),
        of(r#"{"name":"convnext","widths":[4,6],"depths":[1,2],"layer_scale":0.5}"#, &[2, 16, 17]),
        of(r#"{"name":"densenet","growth":3,"blocks":[2,3],"attention":"se"}"#, &[2, 31]),
        of(
            r#"{"name":"densenet","growth":3,"blocks":[3,2],"position":"in-layer","attention":"se"}"#,
            &[2, 9, 8],
        ),
        of(r#"{"name":"densenet","growth":12,"blocks":[2,2]}"#, &[1, 16, 16]),
        of(r#"{"name":"densenet","growth":3,"blocks":[2],"stem":"large"}"#, &[2, 19, 21]),
        of(r#"{"name":"drsn","widths":[2,3],"units":2}"#, &[2, 41]),
        of(r#"{"name":"drsn","widths":[2,4],"units":1,"shrinkage":{"shared":true}}"#, &[2, 12, 13]),
        of(r#"{"name":"epsanet","width":4,"blocks":[1,1]}"#, &[2, 37]),
        of(r#"{"name":"epsanet","width":4,"blocks":[1,1]}"#, &[2, 19, 18]),
        of(r#"{"name":"mobilenet-v3","width":0.1}"#, &[2, 70]),
        of(r#"{"name":"mobilenet-v3","width":0.1}"#, &[2, 33, 40]),
        of(r#"{"name":"patch-transformer","patch":4,"width":6,"heads":2,"layers":2}"#, &[2, 20]),
        of(r#"{"name":"patch-transformer","patch":4,"width":6,"heads":2,"layers":1}"#, &[2, 8, 12]),
        of(r#"{"name":"resnet","width":3,"blocks":[1,1],"attention":"se"}"#, &[2, 33]),
        of(
            r#"{"name":"resnet","width":3,"blocks":[1,1],"block":"bottleneck","position":"after-block","attention":"se"}"#,
            &[2, 19, 18],
        ),
        of(
            r#"{"name":"rnn-wdcnn","widths":[2,3],"first_kernel":6,"steps":4,"cells":3,"hidden":5}"#,
            &[2, 16],
        ),
        of(r#"{"name":"se-cnn","widths":[8,16]}"#, &[1, 18, 16]),
        of(r#"{"name":"sensors","net":{"name":"resnet","width":2,"blocks":[1]}}"#, &[2, 33]),
        of(
            r#"{"name":"ticnn","widths":[2,3,4],"first_kernel":8,"first_stride":2,"first_padding":3,"hidden":5,"attention":"se"}"#,
            &[2, 48],
        ),
        of(r#"{"name":"udtl-cnn","widths":[2,3,4],"first_kernel":5,"windows":2,"hidden":6}"#, &[2, 40]),
        of(r#"{"name":"wdcnn"}"#, &[1, 2048]),
        of(r#"{"name":"wdcnn","hidden":300,"batch_norm_after_hidden":true}"#, &[2, 1500]),
    ]
}

#[test]
fn every_net_of_the_list_is_judged_as_in_evaluation_after_training() {
    let all = small();
    for model in zoo() {
        let name = model.architecture.name();
        assert!(all.iter().any(|(net, _)| net.name() == name), "{name} is not tried");
    }
    for (architecture, input) in all {
        let mut variables = Variables::new(1, DType::F32, &Device::Cpu);
        let net = architecture.build(&input, 3, &mut variables).unwrap();
        let mut adam = Adam::new(AdamParams::default()).unwrap();
        let x = ((batch(6, &net) * 1.5).unwrap() + 0.2).unwrap();
        for step in 0..3 {
            let logits = net.forward(&x, &mut Pass::train(1, step)).unwrap();
            let loss = cross_entropy(&logits, &[0, 1, 2, 0, 1, 2], &CrossEntropy::default()).unwrap();
            let gradients = loss.backward().unwrap();
            // A net of several outputs trains those that the loss sees.
            if net.graph().outputs().len() == 1 {
                adam.step(&variables, &gradients).unwrap();
            }
        }
        assert_agrees(&format!("{} of {input:?}", architecture.name()), &net);
    }
}
