//! Results, gradients and running statistics of every backbone against PyTorch's.

use brinell_model::attention::{Cbam, Psa, RecurrentAttention};
use brinell_model::backbone::{InvertedResidual, Position, Residual, Stem};
use brinell_model::{
    Architecture, Attention, Cnn, CnnBilstm, ConvNeXt, DenseNet, Draft, Drsn, Network, Pass,
    PatchTransformer, Pool, ResNet, RnnWdcnn, SeCnn, Ticnn, Variables, Wdcnn,
};
use candle_core::{Device, Tensor};

use crate::reference::{Case, Outcome, Reference};

/// Our name for a stored one, by the stored names' parts: the first pattern that fits, `#` for a number.
fn renamed(name: &str, table: &[(&str, &str)]) -> String {
    for (from, to) in table {
        if let Some(numbers) = fits(name, from) {
            let (mut out, mut numbers) = (String::new(), numbers.into_iter());
            for part in to.split_inclusive('#') {
                out.push_str(part.trim_end_matches('#'));
                if part.ends_with('#') {
                    out.push_str(&numbers.next().unwrap().to_string());
                }
            }
            return out + &name[name.len() - rest_of(name, from).len()..];
        }
    }
    panic!("no name of ours for {name}");
}

/// What stands behind the pattern in the name.
fn rest_of<'a>(name: &'a str, pattern: &str) -> &'a str {
    let mut rest = name;
    for part in pattern.split_inclusive('#') {
        rest = rest.strip_prefix(part.trim_end_matches('#')).unwrap();
        if part.ends_with('#') {
            rest = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        }
    }
    rest
}

fn fits(name: &str, pattern: &str) -> Option<Vec<usize>> {
    let (mut rest, mut numbers) = (name, Vec::new());
    for part in pattern.split_inclusive('#') {
        rest = rest.strip_prefix(part.trim_end_matches('#'))?;
        if part.ends_with('#') {
            let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            numbers.push(rest[..digits].parse().ok()?);
            rest = &rest[digits..];
        }
    }
    Some(numbers)
}

/// A whole net against a case.
fn whole(case: &Case<'_>, net: &Architecture, rename: impl Fn(&str) -> String) -> Outcome {
    let mut variables = Variables::new(0, case.dtype, &Device::Cpu);
    let classes = *case.stored("eval.y").unwrap().0.last().unwrap();
    let net = net.build(case.input(), classes, &mut variables)?;
    assert_eq!(net.graph().cost().parameters as f64, case.number("n_params"), "{}", case.name);
    case.module(&variables, rename, |x, pass| net.forward(x, pass))
}

/// A single block against a case: its map, flattened to logits for the purpose.
fn block(
    case: &Case<'_>,
    rename: impl Fn(&str) -> String,
    write: impl FnOnce(&mut Draft) -> brinell_model::Result<brinell_model::graph::Id>,
) -> Outcome {
    let mut draft = Draft::new(case.input())?;
    let map = write(&mut draft)?;
    let flat = draft.flatten(map)?;
    let mut variables = Variables::new(0, case.dtype, &Device::Cpu);
    let net = Network::new(draft.finish(flat)?, &mut variables)?;
    assert_eq!(net.graph().cost().parameters as f64, case.number("n_params"), "{}", case.name);
    let shape = &case.stored("eval.y").unwrap().0;
    case.module(&variables, rename, |x, pass| Ok(net.forward(x, pass)?.reshape(shape.as_slice())?))
}

const STAGES: &[(&str, &str)] = &[
    ("c.#", "features.conv#"),
    ("b.#", "features.norm#"),
    ("a.#", "features.attention#"),
    ("f1", "classifier.hidden"),
    ("fb", "classifier.norm"),
    ("f2", "classifier.output"),
];

/// The dense net's stored names count from 0, torchvision's from 1.
fn densenet_name(name: &str) -> String {
    let parts: Vec<&str> = name.split('.').collect();
    let next = |part: &str| part.parse::<usize>().unwrap() + 1;
    let rest = |from: usize| parts[from..].join(".");
    match parts[..] {
        ["conv0" | "norm0", ..] => format!("features.{name}"),
        ["normf", end] => format!("features.norm5.{end}"),
        ["fc", end] => format!("classifier.{end}"),
        ["blocks", block, layer, op, end] => {
            let op = op.replace('n', "norm").replace('c', "conv");
            format!("features.denseblock{}.denselayer{}.{op}.{end}", next(block), next(layer))
        }
        ["trans", block, op, end] => {
            format!("features.transition{}.{}.{end}", next(block), ["norm", "conv"][next(op) - 1])
        }
        ["att", block, ..] => format!("features.attention{}.{}", next(block), rest(2)),
        _ => panic!("no name of ours for {name}"),
    }
}

fn resnet_name(name: &str) -> String {
    let parts: Vec<&str> = name.split('.').collect();
    match parts[..] {
        ["c", end] => format!("conv1.{end}"),
        ["b", end] => format!("bn1.{end}"),
        ["l", block, ref rest @ ..] => {
            let block: usize = block.parse().unwrap();
            let rest = rest.join(".");
            format!("layer{}.{}.{}", block / 2 + 1, block % 2, in_block(&rest))
        }
        _ => name.to_owned(),
    }
}

fn in_block(name: &str) -> String {
    let table = [("c#", "conv#"), ("b#", "bn#"), ("down", "downsample")];
    renamed(name, &table)
}

/// In place of the middle convolution and its norm stands the attention.
fn in_epsa_block(name: &str) -> String {
    match name.split_once('.') {
        Some(("psa", rest)) => format!("conv2.attention.{rest}"),
        Some(("b2", rest)) => format!("conv2.norm.{rest}"),
        _ => in_block(name),
    }
}

fn drsn_name(name: &str) -> String {
    let parts: Vec<&str> = name.split('.').collect();
    match parts[..] {
        ["c", end] => format!("conv1.{end}"),
        ["b", end] => format!("bn.{end}"),
        ["l", unit, "th", op, end] => {
            format!("{}.shrinkage.{}.{end}", drsn_unit(unit), op.replace("bn", "norm"))
        }
        ["l", unit, ref rest @ ..] => format!("{}.{}", drsn_unit(unit), in_block(&rest.join("."))),
        _ => name.to_owned(),
    }
}

fn drsn_unit(unit: &str) -> String {
    let unit: usize = unit.parse().unwrap();
    format!("layer{}.{}", unit / 4 + 1, unit % 4)
}

/// All outputs of a net that has several, side by side.
fn several_heads(case: &Case<'_>) -> Outcome {
    let net = CnnBilstm {
        channels: 8,
        attention: Attention::se(4),
        pool: Pool::LstmAttention(RecurrentAttention { hidden: 5, units: 8, both_ways: true }),
        outputs: [("severity".to_owned(), 1), ("speed".to_owned(), 1)].into(),
        ..CnnBilstm::default()
    };
    let mut variables = Variables::new(0, case.dtype, &Device::Cpu);
    let net = Architecture::CnnBilstm(net).build(case.input(), 4, &mut variables)?;
    assert_eq!(net.graph().cost().parameters as f64, case.number("n_params"));
    let (names, ids): (Vec<&str>, Vec<_>) =
        net.graph().outputs().iter().map(|(name, id)| (name.as_str(), *id)).unzip();
    assert_eq!(names, ["class", "severity", "speed"]);
    let table = [
        ("se", "attention"),
        ("att", "pool"),
        ("heads.0", "heads.class"),
        ("heads.1", "heads.severity"),
        ("heads.2", "heads.speed"),
        ("", ""),
    ];
    let forward = |x: &Tensor, pass: &mut Pass| Ok(Tensor::cat(&net.run(x, &ids, pass)?, 1)?);
    case.module(&variables, |name| renamed(name, &table), forward)
}

#[test]
fn every_backbone_gives_pytorchs_numbers() {
    Reference::read("backbones").every(|case| {
        let densenet = |growth, blocks: &[usize], attention| DenseNet {
            growth,
            blocks: blocks.to_vec(),
            attention,
            ..DenseNet::default()
        };
        match case.name.as_str() {
            "densenet_bc_2d" => {
                let net = densenet(4, &[2, 2, 2], Attention::None);
                whole(case, &Architecture::DenseNet(net), densenet_name)
            }
            "densenet_bc_1d" => {
                let net = densenet(4, &[2, 3], Attention::None);
                let net = DenseNet { stem: Stem::Large, stem_channels: Some(8), ..net };
                whole(case, &Architecture::DenseNet(net), densenet_name)
            }
            "densenet_bc_2d_se" => {
                let net = densenet(4, &[2, 2], Attention::se(4));
                whole(case, &Architecture::DenseNet(net), densenet_name)
            }
            "wdcnn" => whole(case, &Architecture::Wdcnn(Wdcnn::default()), |name| renamed(name, STAGES)),
            "ticnn_w16_eval" => {
                let net = Ticnn {
                    widths: vec![4, 8, 16, 16, 16, 16],
                    tap_dropout: [0.0; 2],
                    hidden: 20,
                    batch_norm_after_hidden: true,
                    ..Ticnn::default()
                };
                whole(case, &Architecture::Ticnn(net), |name| renamed(name, STAGES))
            }
            "resnet18_1d_w4" => {
                whole(case, &Architecture::ResNet(ResNet { width: 4, ..ResNet::default() }), resnet_name)
            }
            "resnet18_2d_w2" => {
                whole(case, &Architecture::ResNet(ResNet { width: 2, ..ResNet::default() }), resnet_name)
            }
            "se_cnn_small" => {
                let net = SeCnn {
                    widths: vec![4, 8, 8],
                    conv_bias: true,
                    attention: Attention::se(4),
                    hidden: 12,
                    dropout: 0.0,
                    ..SeCnn::default()
                };
                whole(case, &Architecture::SeCnn(net), |name| renamed(name, STAGES))
            }
            "rnn_wdcnn_L64" => {
                let net = RnnWdcnn {
                    widths: vec![4, 8, 16, 16, 16],
                    first_kernel: 16,
                    cells: 6,
                    recurrent_dropout: 0.0,
                    hidden: 12,
                    dropout: 0.0,
                    ..RnnWdcnn::default()
                };
                let table = [
                    ("rc", "rnn.conv"),
                    ("rnn", "rnn.lstm"),
                    ("c.#", "cnn.conv#"),
                    ("b.#", "cnn.norm#"),
                    ("f1", "cnn.hidden"),
                    ("fb", "cnn.norm"),
                    ("f2", "classifier"),
                ];
                whole(case, &Architecture::RnnWdcnn(net), |name| renamed(name, &table))
            }
            "convnext_1d" => {
                let table = [
                    ("dw", "conv_dw"),
                    ("n.", "norm."),
                    ("f1", "mlp.fc1"),
                    ("f2", "mlp.fc2"),
                    ("ls", "gamma"),
                ];
                let net = ConvNeXt::default();
                block(case, |name| renamed(name, &table), |draft| net.block(draft, draft.input()))
            }
            "mbv3_1d" => {
                let table = [
                    ("c1", "block.0.0"),
                    ("b1", "block.0.1"),
                    ("dw", "block.1.0"),
                    ("b2", "block.1.1"),
                    ("s#", "block.2.fc#"),
                    ("c3", "block.3.0"),
                    ("b3", "block.3.1"),
                ];
                let net = InvertedResidual {
                    kernel: 5,
                    expanded: 12,
                    channels: 6,
                    squeeze: true,
                    hard_swish: true,
                    stride: 1,
                };
                // PyTorch's hard sigmoid has a slope of 1/6 rounded to single precision.
                let case = &case.within(case.tolerance.max(1e-7));
                let rename = |name: &str| renamed(name, &table);
                block(case, rename, |draft| net.draft(draft, draft.input()))
            }
            "densenet_bc_2d_cbam" => {
                let attention = Attention::Cbam(Cbam { reduction: 4, ..Cbam::default() });
                let rename = |name: &str| {
                    let name = densenet_name(name).replace(".fc", ".channel.fc");
                    name.replace(".sp.bn.", ".spatial.norm.").replace(".sp.", ".spatial.")
                };
                whole(case, &Architecture::DenseNet(densenet(4, &[2, 2], attention)), rename)
            }
            "drsn_cw" => whole(case, &Architecture::Drsn(Drsn::default()), drsn_name),
            "drsn_cs" => whole(case, &Architecture::Drsn(Drsn::shared()), drsn_name),
            "epsa_block" => {
                let psa = Psa { groups: Some([1, 2, 4, 4]), reduction: 4, ..Psa::default() };
                let net = ResNet {
                    block: Residual::Bottleneck,
                    attention: Attention::Psa(psa),
                    position: Some(Position::InPlace),
                    ..ResNet::default()
                };
                block(case, in_epsa_block, |draft| {
                    let input = draft.input();
                    net.block(draft, input, 16, 1, &[])
                })
            }
            "cnn_bilstm_se_attention" => several_heads(case),
            "patch_transformer" => {
                let net = PatchTransformer {
                    patch: 8,
                    width: 8,
                    heads: 2,
                    layers: 2,
                    ..PatchTransformer::default()
                };
                let table = [
                    ("emb", "conv_proj"),
                    ("cls", "class_token"),
                    ("pos", "encoder.pos_embedding"),
                    ("l.#.self_attn", "encoder.layers.encoder_layer_#.self_attention"),
                    ("l.#.norm#", "encoder.layers.encoder_layer_#.ln_#"),
                    ("l.#.linear1", "encoder.layers.encoder_layer_#.mlp.0"),
                    ("l.#.linear2", "encoder.layers.encoder_layer_#.mlp.3"),
                    ("n.", "encoder.ln."),
                    ("fc", "heads.head"),
                ];
                whole(case, &Architecture::PatchTransformer(net), |name| renamed(name, &table))
            }
            other => panic!("no net is known for {other}"),
        }
    });
}

#[test]
fn the_plain_net_is_the_one_with_attention_less_its_attention() {
    let se_cnn = Architecture::SeCnn(SeCnn { attention: Attention::None, ..SeCnn::default() });
    let plain = Architecture::Cnn(Cnn::default());
    let of = |net: &Architecture| net.draft(&[2, 16, 24], 3).unwrap();
    assert_eq!(of(&se_cnn), of(&plain));
    assert!(of(&plain).gates().is_empty());
}
