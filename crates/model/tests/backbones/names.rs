//! Names and shapes of tensors against torchvision's.

use std::collections::BTreeMap;

use brinell_model::backbone::{Residual, Size};
use brinell_model::{Architecture, ConvNeXt, DenseNet, MobileNetV3, PatchTransformer, ResNet};

/// `names.json`, which `names.py` writes: of each net the shape of every tensor by name.
fn listed(net: &str) -> BTreeMap<String, Vec<usize>> {
    let nets: BTreeMap<String, BTreeMap<String, Vec<usize>>> =
        serde_json::from_str(include_str!("names.json")).unwrap();
    nets[net].clone()
}

fn own(net: Architecture, input: &[usize]) -> BTreeMap<String, Vec<usize>> {
    let graph = net.draft(input, 1000).unwrap();
    graph.slots().iter().map(|slot| (slot.name.clone(), slot.shape.clone())).collect()
}

#[test]
fn tensors_are_named_and_shaped_as_torchvisions_and_timms() {
    let images = [3, 224, 224];
    let bottleneck = ResNet { blocks: vec![3, 4, 6, 3], block: Residual::Bottleneck, ..ResNet::default() };
    let large = MobileNetV3 { size: Size::Large, ..MobileNetV3::default() };
    let tiny = ConvNeXt { widths: vec![96, 192, 384, 768], depths: vec![3, 3, 9, 3], ..ConvNeXt::default() };
    let base =
        PatchTransformer { patch: 16, width: 768, heads: 12, layers: 12, ..PatchTransformer::default() };
    for (name, net) in [
        ("resnet18", Architecture::ResNet(ResNet::default())),
        ("resnet50", Architecture::ResNet(bottleneck)),
        ("densenet121", Architecture::DenseNet(DenseNet::layers_121())),
        ("mobilenet_v3_small", Architecture::MobileNetV3(MobileNetV3::default())),
        ("mobilenet_v3_large", Architecture::MobileNetV3(large)),
        ("vit_b_16", Architecture::PatchTransformer(base)),
        ("convnext_tiny", Architecture::ConvNeXt(tiny)),
    ] {
        assert_eq!(own(net, &images), listed(name), "{name}");
    }
}
