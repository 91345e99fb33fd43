//! Parameter counts, as PyTorch and the literature have them.

use brinell_model::attention::{Cbam, Eca};
use brinell_model::backbone::{Residual, Size, Stem};
use brinell_model::graph::Field;
use brinell_model::{
    Architecture, Attention, Cnn, CnnBilstm, ConvNeXt, DenseNet, Draft, Drsn, EpsaNet, MobileNetV3,
    PatchTransformer, ResNet, RnnWdcnn, SeCnn, Ticnn, UdtlCnn, Wdcnn, zoo,
};
use serde_json::Value;

fn published(name: &str) -> u64 {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference/manifest.json");
    let manifest: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    manifest["parameter_counts"][name].as_u64().unwrap_or_else(|| panic!("no count is stored for {name}"))
}

fn parameters(net: &Architecture, input: &[usize], classes: usize) -> u64 {
    net.cost(input, classes).unwrap().parameters
}

#[test]
fn every_net_has_as_many_parameters_as_pytorchs() {
    let series = |name: &str, net: Architecture| {
        assert_eq!(parameters(&net, &[1, 2048], 10), published(name), "{name}");
    };
    series("wdcnn_10", Architecture::Wdcnn(Wdcnn::default()));
    series("wdcnn_10_nobias", Architecture::Wdcnn(Wdcnn { conv_bias: false, ..Wdcnn::default() }));
    series("wdcnn_10_fcbn", Architecture::Wdcnn(Wdcnn { batch_norm_after_hidden: true, ..Wdcnn::default() }));
    series("ticnn_10", Architecture::Ticnn(Ticnn::default()));
    series("ticnn_10_fcbn", Architecture::Ticnn(Ticnn { batch_norm_after_hidden: true, ..Ticnn::default() }));
    series("rnn_wdcnn_10_L2048", Architecture::RnnWdcnn(RnnWdcnn::default()));
    series("resnet18_1d_10", Architecture::ResNet(ResNet::default()));
    series("resnet18_1d_w16_10", Architecture::ResNet(ResNet { width: 16, ..ResNet::default() }));
    series("densenet_bc_k12_6x3_1d", Architecture::DenseNet(DenseNet::default()));
    series("densenet121_1d_10", Architecture::DenseNet(DenseNet::layers_121()));

    series(
        "patch_transformer_2048_p32_d64_h4_L4",
        Architecture::PatchTransformer(PatchTransformer::default()),
    );

    let drsn = |net| parameters(&Architecture::Drsn(net), &[1, 2048], 8);
    assert_eq!(drsn(Drsn::default()), published("drsn_cw_8"));
    assert_eq!(drsn(Drsn::shared()), published("drsn_cs_8"));

    let outputs = [("severity".to_owned(), 1), ("speed".to_owned(), 1)].into();
    let net = Architecture::CnnBilstm(CnnBilstm { outputs, ..CnnBilstm::default() });
    assert_eq!(parameters(&net, &[3, 50], 10), published("cnn_bilstm_se_attention_F3_C64_H64"));

    let resnet = Architecture::ResNet(ResNet::default());
    assert_eq!(parameters(&resnet, &[1, 2048], 10) - 5130, published("resnet18_1d_features"));
    assert_eq!(parameters(&resnet, &[1, 64, 64], 10), published("resnet18_2d_1ch_10"));

    let seed = Architecture::SeCnn(SeCnn { conv_bias: true, ..SeCnn::default() });
    assert_eq!(parameters(&seed, &[3, 32, 32], 10), published("se_cnn_seed"));
    assert_eq!(parameters(&seed, &[1, 64, 64], 10), published("se_cnn_1x64x64"));

    let image = |name: &str, attention| {
        let net = Architecture::DenseNet(DenseNet { attention, ..DenseNet::default() });
        assert_eq!(parameters(&net, &[1, 64, 64], 10), published(name), "{name}");
    };
    image("densenet_bc_k12_6x3_2d", Attention::None);
    image("densenet_bc_k12_6x3_2d_se", Attention::se(16));
    image("densenet_bc_k12_6x3_2d_cbam", Attention::Cbam(Cbam::default()));
    image("densenet_bc_k12_6x3_2d_eca", Attention::Eca(Eca::default()));
    let bc_100 = Architecture::DenseNet(DenseNet::bc_100());
    assert_eq!(parameters(&bc_100, &[3, 32, 32], 10), published("densenet_bc100_k12_cifar"));
    let layers_121 = Architecture::DenseNet(DenseNet::layers_121());
    assert_eq!(parameters(&layers_121, &[3, 224, 224], 1000), published("densenet121_1000"));
    assert_eq!(parameters(&layers_121, &[1, 64, 64], 10), published("densenet121_1ch_10"));
}

#[test]
fn single_blocks_have_as_many_parameters_as_pytorchs() {
    let mut draft = Draft::new(&[64, 32]).unwrap();
    let input = draft.input();
    let map = ConvNeXt::default().block(&mut draft, input).unwrap();
    let flat = draft.flatten(map).unwrap();
    assert_eq!(draft.finish(flat).unwrap().cost().parameters, published("convnext_1d_C64"));

    let mut draft = Draft::new(&[64, 32]).unwrap();
    let block = brinell_model::backbone::InvertedResidual {
        kernel: 5,
        expanded: 256,
        channels: 64,
        squeeze: true,
        hard_swish: true,
        stride: 1,
    };
    let input = draft.input();
    let map = block.draft(&mut draft, input).unwrap();
    let flat = draft.flatten(map).unwrap();
    assert_eq!(draft.finish(flat).unwrap().cost().parameters, published("mbv3_1d_C64_e256_h64"));
}

#[test]
fn nets_of_torchvision_have_its_counts() {
    let images = |net: Architecture| parameters(&net, &[3, 224, 224], 1000);
    assert_eq!(images(Architecture::ResNet(ResNet::default())), 11_689_512);
    let resnet = |blocks: &[usize], block| {
        Architecture::ResNet(ResNet { blocks: blocks.to_vec(), block, ..ResNet::default() })
    };
    assert_eq!(images(resnet(&[3, 4, 6, 3], Residual::Basic)), 21_797_672);
    assert_eq!(images(resnet(&[3, 4, 6, 3], Residual::Bottleneck)), 25_557_032);
    assert_eq!(images(Architecture::MobileNetV3(MobileNetV3::default())), 2_542_856);
    let large = MobileNetV3 { size: Size::Large, ..MobileNetV3::default() };
    assert_eq!(images(Architecture::MobileNetV3(large)), 5_483_032);
    let tiny = ConvNeXt { widths: vec![96, 192, 384, 768], depths: vec![3, 3, 9, 3], ..ConvNeXt::default() };
    assert_eq!(images(Architecture::ConvNeXt(tiny)), 28_589_128);
    let base =
        PatchTransformer { patch: 16, width: 768, heads: 12, layers: 12, ..PatchTransformer::default() };
    assert_eq!(images(Architecture::PatchTransformer(base)), 86_567_656);
}

#[test]
fn nets_with_pyramid_attention_have_the_counts_of_their_program() {
    let images = |net| parameters(&Architecture::EpsaNet(net), &[3, 224, 224], 1000);
    assert_eq!(images(EpsaNet::default()), 22_561_715);
    assert_eq!(images(EpsaNet { blocks: vec![3, 4, 23, 3], ..EpsaNet::default() }), 38_900_279);
}

#[test]
fn the_benchmarks_net_has_the_features_of_its_program() {
    let head = 256 * 10 + 10;
    let net = Architecture::UdtlCnn(UdtlCnn::default());
    assert_eq!(parameters(&net, &[1, 1024], 10) - head, 164_544);
    let net = Architecture::UdtlCnn(UdtlCnn { bottleneck: Some(256), ..UdtlCnn::default() });
    assert_eq!(parameters(&net, &[1, 1024], 10) - head, 164_544 + 256 * 257);
}

#[test]
fn counts_follow_the_formulas() {
    // One more input channel costs one kernel a channel of the first layer.
    let net = Architecture::Wdcnn(Wdcnn::default());
    assert_eq!(parameters(&net, &[2, 2048], 10) - parameters(&net, &[1, 2048], 10), 64 * 16);
    assert_eq!(parameters(&net, &[1, 2048], 7), 53_300 + 101 * 7);
    // A layer with c channels coming in: 2c + 4kc + 8k + 36k², over series 12k².
    let layers = |n: usize, stem| {
        let net = DenseNet { growth: 6, blocks: vec![n], stem, ..DenseNet::default() };
        Architecture::DenseNet(net)
    };
    let (k, c) = (6, 12 + 6);
    let head = |classes: u64| (2 + classes) * k;
    let more = |input: &[usize]| {
        parameters(&layers(2, Stem::Small), input, 10) - parameters(&layers(1, Stem::Small), input, 10)
    };
    assert_eq!(more(&[1, 8, 8]), 2 * c + 4 * k * c + 8 * k + 36 * k * k + head(10));
    assert_eq!(more(&[1, 64]), 2 * c + 4 * k * c + 8 * k + 12 * k * k + head(10));
}

#[test]
fn the_list_holds_every_architecture_with_what_it_costs_and_sees() {
    let names: Vec<&str> = zoo().iter().map(|model| model.name).collect();
    let expected = "cnn cnn-bilstm convnext densenet densenet-100 densenet-121 densenet-modes drsn-cs drsn-cw epsanet-50 \
        epsanet-small mobilenet-v3 patch-transformer resnet resnet-se rnn-wdcnn se-cnn ticnn udtl-cnn wdcnn";
    assert_eq!(names, expected.split_whitespace().collect::<Vec<_>>());
    for model in zoo() {
        let graph = model.architecture.draft(model.input, model.classes).unwrap();
        assert_eq!(model.cost, graph.cost(), "{}", model.name);
        assert_eq!(model.receptive_field, graph.receptive_field(), "{}", model.name);
        assert!(model.cost.multiply_adds > model.cost.parameters / 8, "{}", model.name);
        assert!(!model.title.is_empty() && !model.paper.is_empty(), "{}", model.name);
    }
    assert_eq!(zoo()[0].architecture, Architecture::Cnn(Cnn::default()));
}

#[test]
fn a_value_of_the_last_map_sees_what_the_kernels_and_steps_say() {
    let field = |net: Architecture, input: &[usize]| net.draft(input, 10).unwrap().receptive_field();
    let window = |size, jump| Field::Window { size, jump };
    // Stem 7 and pooling 3, then four stages of four convolutions of 3.
    let resnet = field(Architecture::ResNet(ResNet::default()), &[1, 2048]);
    assert_eq!(resnet, window([1, 435], [1, 32]));
    let resnet = field(Architecture::ResNet(ResNet::default()), &[1, 512, 512]);
    assert_eq!(resnet, window([435, 435], [32, 32]));
    // From the last pooling back to the samples.
    let wdcnn = field(Architecture::Wdcnn(Wdcnn::default()), &[1, 2048]);
    let mut size = 1;
    for (kernel, stride) in [(2, 2), (3, 1), (2, 2), (3, 1), (2, 2), (3, 1), (2, 2), (3, 1), (2, 2), (64, 16)]
    {
        size = (size - 1) * stride + kernel;
    }
    assert_eq!(wdcnn, window([1, size], [1, 16 * 32]));
    assert_eq!(field(Architecture::PatchTransformer(PatchTransformer::default()), &[1, 64]), Field::Whole);
}
