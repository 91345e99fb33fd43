//! What nets give against torchvision and timm, with weights and inputs that follow from a formula.

use brinell_model::backbone::Residual;
use brinell_model::{
    Architecture, ConvNeXt, DenseNet, MobileNetV3, Pass, PatchTransformer, ResNet, Variables,
};
use candle_core::{DType, Device, Tensor, Var};
use serde_json::Value;

/// Numbers between -1 and 1 from their own places and that of their tensor, as in `parity.py`.
fn numbers(place: u64, shape: &[usize]) -> Tensor {
    let count: usize = shape.iter().product();
    let values = (0..count as u64).map(|i| {
        let mut x = i.wrapping_add(place.wrapping_mul(1_000_003));
        for factor in [0x9E37_79B9_7F4A_7C15, 0xBF58_476D_1CE4_E5B9] {
            x = x.wrapping_mul(factor);
            x ^= x >> 29;
        }
        (x >> 11) as f64 / 2_f64.powi(52) - 1.0
    });
    Tensor::from_vec(values.collect::<Vec<_>>(), shape, &Device::Cpu).unwrap()
}

fn fill(variables: &Variables) {
    let named = variables.named();
    let filled = (1..).zip(named).map(|(place, (name, var))| {
        let shape = var.dims();
        let values = numbers(place, shape);
        let values = if name.ends_with("running_var") {
            values.affine(0.5, 1.0)
        } else if shape.iter().filter(|n| **n > 1).count() > 1 {
            let fan: usize = shape[1..].iter().product();
            values.affine((3.0 / fan as f64).sqrt(), 0.0)
        } else if name.ends_with("weight") || name.ends_with("gamma") {
            values.affine(0.2, 1.0)
        } else {
            values.affine(0.1, 0.0)
        };
        (name.to_owned(), values.unwrap())
    });
    variables.load(&filled.collect()).unwrap();
}

#[test]
fn nets_give_what_torchvisions_and_timms_give_for_the_same_weights() {
    let stored: Value = serde_json::from_str(include_str!("parity.json")).unwrap();
    let bottleneck = ResNet { blocks: vec![3, 4, 6, 3], block: Residual::Bottleneck, ..ResNet::default() };
    let transformer = PatchTransformer {
        patch: 8,
        width: 12,
        heads: 3,
        layers: 2,
        norm_eps: 1e-6,
        ..PatchTransformer::default()
    };
    let convnext = ConvNeXt { widths: vec![8, 12, 16, 20], depths: vec![1, 2, 1, 1], ..ConvNeXt::default() };
    for (name, net) in [
        ("resnet18", Architecture::ResNet(ResNet::default())),
        ("resnet50", Architecture::ResNet(bottleneck)),
        ("densenet121", Architecture::DenseNet(DenseNet::layers_121())),
        (
            "mobilenet_v3_small",
            Architecture::MobileNetV3(MobileNetV3 { dropout: 0.0, ..MobileNetV3::default() }),
        ),
        ("vision_transformer", Architecture::PatchTransformer(transformer)),
        ("convnext", Architecture::ConvNeXt(convnext)),
    ] {
        let input: Vec<usize> = serde_json::from_value(stored[name]["input"].clone()).unwrap();
        let mut variables = Variables::new(0, DType::F64, &Device::Cpu);
        let net = net.build(&input[1..], 5, &mut variables).unwrap();
        let x = Var::from_tensor(&numbers(0, &input)).unwrap();
        // PyTorch's hard sigmoid has a slope of 1/6 rounded to single precision.
        let tolerance = if name.starts_with("mobilenet") { 1e-6 } else { 1e-8 };
        for (mode, mut pass) in [("eval", Pass::evaluate()), ("train", Pass::train(1, 1))] {
            fill(&variables);
            let expected: Vec<f64> = serde_json::from_value(stored[name][mode].clone()).unwrap();
            let logits = net.forward(&x, &mut pass).unwrap();
            let sum = (&logits * numbers(999, logits.dims())).unwrap().sum_all().unwrap();
            let slope = sum.backward().unwrap().get(&x).unwrap().abs().unwrap().sum_all().unwrap();
            let mut got: Vec<f64> = logits.flatten_all().unwrap().to_vec1().unwrap();
            got.push(slope.to_scalar().unwrap());
            assert_eq!(got.len(), expected.len());
            for (got, expected) in got.iter().zip(&expected) {
                let allowed = tolerance * expected.abs().max(1e-3);
                assert!((got - expected).abs() <= allowed, "{name} {mode}: {got} for {expected}");
            }
        }
    }
}
