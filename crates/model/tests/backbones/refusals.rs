//! Shapes and settings that cannot be, refused by name before anything is allocated.

use brinell_model::attention::{Emca, Psa};
use brinell_model::backbone::{Position, Stem};
use brinell_model::{
    Architecture, Attention, Backbone, Cnn, CnnBilstm, ConvNeXt, DenseNet, Drsn, EpsaNet, MobileNetV3,
    PatchTransformer, ResNet, RnnWdcnn, SeCnn, Sensors, Ticnn, UdtlCnn, Wdcnn,
};

const NAMES: [&str; 12] = [
    "cnn",
    "cnn-bilstm",
    "convnext",
    "densenet",
    "drsn",
    "epsanet",
    "mobilenet-v3",
    "patch-transformer",
    "resnet",
    "rnn-wdcnn",
    "ticnn",
    "udtl-cnn",
];

/// The refusal, which has to name this layer or field.
#[track_caller]
fn refused(net: Architecture, input: &[usize], classes: usize, named: &str) {
    let message = match net.draft(input, classes) {
        Ok(_) => panic!("{} takes {input:?}", net.name()),
        Err(error) => error.to_string(),
    };
    assert!(message.contains(named), "`{named}` is not named: {message}");
}

#[test]
fn an_input_too_small_for_the_poolings_names_the_layer() {
    refused(Architecture::Cnn(Cnn::default()), &[1, 4, 64], 10, "features.pool2");
    refused(Architecture::SeCnn(SeCnn::default()), &[1, 64, 7], 10, "features.pool2");
    refused(Architecture::Wdcnn(Wdcnn::default()), &[1, 256], 10, "features.conv4");
    refused(Architecture::Wdcnn(Wdcnn::default()), &[1, 8], 10, "features.conv0");
    refused(Architecture::Ticnn(Ticnn::default()), &[1, 2], 10, "features.conv0");
    refused(Architecture::RnnWdcnn(RnnWdcnn::default()), &[1, 31], 10, "cnn.pool4");
    refused(Architecture::UdtlCnn(UdtlCnn::default()), &[1, 14], 10, "features.conv0");
    let four = DenseNet { blocks: vec![1; 5], ..DenseNet::default() };
    refused(Architecture::DenseNet(four), &[1, 15, 15], 10, "features.transition4.pool");
    refused(Architecture::ConvNeXt(ConvNeXt::default()), &[1, 31], 10, "stages.3.downsample.1");
}

#[test]
fn an_input_that_patches_do_not_divide_is_refused() {
    let net = || Architecture::PatchTransformer(PatchTransformer::default());
    refused(net(), &[1, 100], 10, "conv_proj");
    refused(net(), &[1, 64, 65], 10, "conv_proj");
    refused(net(), &[1, 31], 10, "conv_proj");
}

#[test]
fn channels_that_do_not_part_are_refused_by_layer() {
    let net = PatchTransformer { heads: 5, ..PatchTransformer::default() };
    refused(Architecture::PatchTransformer(net), &[1, 64], 10, "encoder_layer_0.self_attention");
    let net = EpsaNet { width: 6, ..EpsaNet::default() };
    refused(Architecture::EpsaNet(net), &[1, 64], 10, "layer1.0.conv2.attention");
    let psa = Psa { groups: Some([1, 4, 8, 16]), ..Psa::default() };
    let net = EpsaNet { psa, ..EpsaNet::small() };
    refused(Architecture::EpsaNet(net), &[1, 64], 10, "layer1.0.conv2.attention.convs");
    let net = Drsn { widths: vec![8, 4], ..Drsn::default() };
    refused(Architecture::Drsn(net), &[1, 64], 10, "widths");
    // Earlier stages of 12 and 12 channels, of which 15 are no multiple.
    let attention = Attention::Emca(Emca::default());
    let net = DenseNet { growth: 3, blocks: vec![1, 3], attention, ..DenseNet::default() };
    refused(Architecture::DenseNet(net), &[1, 64], 10, "features.attention2");
}

#[test]
fn an_input_of_other_axes_is_refused() {
    refused(Architecture::Cnn(Cnn::default()), &[1, 64], 10, "features.conv0");
    for net in [
        Architecture::Wdcnn(Wdcnn::default()),
        Architecture::Ticnn(Ticnn::default()),
        Architecture::RnnWdcnn(RnnWdcnn::default()),
        Architecture::CnnBilstm(CnnBilstm::default()),
    ] {
        refused(net, &[1, 64, 64], 10, "conv");
    }
    refused(Architecture::ResNet(ResNet::default()), &[64], 10, "input");
    refused(Architecture::ResNet(ResNet::default()), &[0, 64], 10, "input");
}

#[test]
fn an_empty_width_names_its_field_or_layer() {
    refused(Architecture::Cnn(Cnn { hidden: 0, ..Cnn::default() }), &[1, 64, 64], 10, "hidden");
    refused(Architecture::Cnn(Cnn { widths: vec![8, 0], ..Cnn::default() }), &[1, 64, 64], 10, "widths[1]");
    refused(Architecture::Wdcnn(Wdcnn { widths: vec![], ..Wdcnn::default() }), &[1, 2048], 10, "widths");
    refused(Architecture::ResNet(ResNet { width: 0, ..ResNet::default() }), &[1, 2048], 10, "width");
    refused(Architecture::ResNet(ResNet { blocks: vec![2, 0], ..ResNet::default() }), &[1, 64], 10, "blocks");
    refused(Architecture::DenseNet(DenseNet { growth: 0, ..DenseNet::default() }), &[1, 64], 10, "growth");
    refused(
        Architecture::DenseNet(DenseNet { bottleneck: 0, ..DenseNet::default() }),
        &[1, 64],
        10,
        "bottleneck",
    );
    refused(
        Architecture::MobileNetV3(MobileNetV3 { width: 0.0, ..MobileNetV3::default() }),
        &[1, 64],
        10,
        "width",
    );
    refused(Architecture::ConvNeXt(ConvNeXt { patch: 0, ..ConvNeXt::default() }), &[1, 64], 10, "patch");
    refused(Architecture::RnnWdcnn(RnnWdcnn { steps: 0, ..RnnWdcnn::default() }), &[1, 64], 10, "steps");
}

#[test]
fn a_share_out_of_range_names_its_field() {
    for compression in [0.0, -1.0, 1.5, f64::NAN] {
        let net = DenseNet { compression, ..DenseNet::default() };
        refused(Architecture::DenseNet(net), &[1, 64], 10, "compression");
    }
    // A transition that keeps nothing.
    let net = DenseNet { growth: 1, blocks: vec![1, 1], compression: 0.1, ..DenseNet::default() };
    refused(Architecture::DenseNet(net), &[1, 64], 10, "features.transition1.conv");
    let net = DenseNet { dropout: 1.0, ..DenseNet::default() };
    refused(Architecture::DenseNet(net), &[1, 64], 10, "dropout");
    for tap_dropout in [[0.5, 0.1], [0.1, 1.0], [f64::NAN, 0.5], [-0.1, 0.5]] {
        let net = Ticnn { tap_dropout, ..Ticnn::default() };
        refused(Architecture::Ticnn(net), &[1, 2048], 10, "tap_dropout");
    }
    let net = ConvNeXt { depths: vec![1, 1], ..ConvNeXt::default() };
    refused(Architecture::ConvNeXt(net), &[1, 64], 10, "depths");
    for net in [Architecture::ResNet(ResNet::default()), Architecture::UdtlCnn(UdtlCnn::default())] {
        refused(net.clone(), &[1, 2048], 1, "classes");
        refused(net, &[1, 2048], 0, "0");
    }
}

#[test]
fn numbers_beyond_all_measure_are_refused_and_nothing_is_allocated() {
    let vast = usize::MAX;
    let nets = [
        Architecture::Cnn(Cnn { widths: vec![vast; 3], ..Cnn::default() }),
        Architecture::Cnn(Cnn { kernel: vast, ..Cnn::default() }),
        Architecture::Cnn(Cnn { hidden: vast, ..Cnn::default() }),
        Architecture::Wdcnn(Wdcnn { first_padding: vast, ..Wdcnn::default() }),
        Architecture::Wdcnn(Wdcnn { widths: vec![1; 2000], ..Wdcnn::default() }),
        Architecture::ResNet(ResNet { width: vast, ..ResNet::default() }),
        Architecture::ResNet(ResNet { blocks: vec![vast, 2], ..ResNet::default() }),
        Architecture::ResNet(ResNet { blocks: vec![1; 70], ..ResNet::default() }),
        Architecture::DenseNet(DenseNet { growth: vast, ..DenseNet::default() }),
        Architecture::DenseNet(DenseNet { bottleneck: vast, ..DenseNet::default() }),
        Architecture::DenseNet(DenseNet { stem_channels: Some(vast), ..DenseNet::default() }),
        Architecture::MobileNetV3(MobileNetV3 { width: 1e300, ..MobileNetV3::default() }),
        Architecture::ConvNeXt(ConvNeXt { widths: vec![vast; 4], ..ConvNeXt::default() }),
        Architecture::UdtlCnn(UdtlCnn { windows: vast, ..UdtlCnn::default() }),
        Architecture::RnnWdcnn(RnnWdcnn { cells: vast, ..RnnWdcnn::default() }),
        Architecture::Drsn(Drsn { units: vast, ..Drsn::default() }),
        Architecture::Drsn(Drsn { widths: vec![], ..Drsn::default() }),
        Architecture::EpsaNet(EpsaNet { width: vast, ..EpsaNet::default() }),
        Architecture::PatchTransformer(PatchTransformer { ratio: vast, ..PatchTransformer::default() }),
        Architecture::PatchTransformer(PatchTransformer { layers: 0, ..PatchTransformer::default() }),
        Architecture::PatchTransformer(PatchTransformer {
            norm_eps: f64::NAN,
            ..PatchTransformer::default()
        }),
        Architecture::CnnBilstm(CnnBilstm { channels: vast, ..CnnBilstm::default() }),
        Architecture::CnnBilstm(CnnBilstm {
            outputs: [("severity".to_owned(), 0)].into(),
            ..CnnBilstm::default()
        }),
        Architecture::CnnBilstm(CnnBilstm {
            outputs: [("class".to_owned(), 1)].into(),
            ..CnnBilstm::default()
        }),
    ];
    for net in nets {
        for input in [&[1, 64, 64][..], &[1, 2048]] {
            assert!(net.draft(input, 10).is_err(), "{net:?}");
        }
    }
    let net = Architecture::ResNet(ResNet::default());
    assert!(net.draft(&[vast, vast], 10).is_err());
    assert!(net.draft(&[1, 2048], vast).is_err());
}

#[test]
fn a_place_without_attention_and_one_where_nothing_can_stand_are_refused() {
    for name in NAMES.iter().filter(|name| **name != "patch-transformer") {
        let plain = serde_json::json!({"name": name, "attention": "none", "position": "after-block"});
        let net: Architecture = serde_json::from_value(plain).unwrap();
        let input = if *name == "cnn" { &[1, 64, 64][..] } else { &[1, 2048] };
        refused(net, input, 10, "`position` = after-block");
    }
    for (name, layer) in [
        ("wdcnn", "features.conv0"),
        ("ticnn", "features.conv0"),
        ("udtl-cnn", "features.conv0"),
        ("rnn-wdcnn", "cnn.conv0"),
    ] {
        let one_stage = serde_json::json!({"name": name, "attention": "sk", "widths": [8]});
        let net: Architecture = serde_json::from_value(one_stage).unwrap();
        refused(net, &[1, 2048], 10, layer);
    }
}

#[test]
fn what_slides_over_less_than_itself_is_refused_by_its_field() {
    let net = Wdcnn { first_padding: 64, ..Wdcnn::default() };
    refused(Architecture::Wdcnn(net), &[1, 2048], 10, "`first_padding` = 64");
    let net = UdtlCnn { windows: 5, ..UdtlCnn::default() };
    refused(Architecture::UdtlCnn(net.clone()), &[1, 31], 10, "`features.windows` = 5");
    assert!(net.draft(&[1, 35], 10).is_ok());
    let net = SeCnn { kernel: 129, ..SeCnn::default() };
    refused(Architecture::SeCnn(net), &[1, 64, 64], 10, "at most 127");
    let net = ConvNeXt { kernel: 4097, ..ConvNeXt::default() };
    refused(Architecture::ConvNeXt(net), &[1, 2048], 10, "at most 4095");
}

#[test]
fn a_growth_of_which_twice_is_too_much_is_told_as_it_was_given() {
    let net = DenseNet { growth: 65536, ..DenseNet::default() };
    refused(Architecture::DenseNet(net), &[1, 64], 10, "`growth` = 65536");
}

#[test]
fn a_mask_takes_whole_sensors_and_one_net() {
    let net = Box::new(Architecture::ResNet(ResNet::default()));
    let masked = |channels, dropout| Architecture::Sensors(Sensors { net: net.clone(), channels, dropout });
    refused(masked(2, 0.0), &[3, 64], 10, "sensors");
    refused(masked(0, 0.0), &[3, 64], 10, "sensors");
    refused(masked(1, 1.0), &[3, 64], 10, "dropout");
    let twice = Sensors { net: Box::new(masked(1, 0.0)), channels: 1, dropout: 0.0 };
    refused(Architecture::Sensors(twice), &[3, 64], 10, "net");
}

#[test]
fn a_configuration_with_a_field_too_many_is_refused_by_name() {
    for name in NAMES {
        let read = |text: String| serde_json::from_str::<Architecture>(&text);
        let net = read(format!(r#"{{"name":"{name}"}}"#)).unwrap();
        assert_eq!(net.name(), name);
        let error = read(format!(r#"{{"name":"{name}","colour":1}}"#)).unwrap_err();
        assert!(error.to_string().contains("colour"), "{error}");
    }
    let text = r#"{"name":"densenet","growth":4,"blocks":[2,2],"stem":"large","position":"in-layer","attention":{"kind":"se","reduction":4}}"#;
    let expected = DenseNet {
        growth: 4,
        blocks: vec![2, 2],
        stem: Stem::Large,
        position: Some(Position::InLayer),
        attention: Attention::se(4),
        ..DenseNet::default()
    };
    assert_eq!(serde_json::from_str::<Architecture>(text).unwrap(), Architecture::DenseNet(expected));
}
