//! What stands in a file beside the net, and what is refused.

use brinell_model::graph::Conv;
use brinell_model::onnx::{INPUT, OnnxExport, to_onnx};
use brinell_model::{Attention, Draft, Error, Graph, Init, Network, Pass, Variables};
use candle_core::{DType, Device, Tensor};

use crate::exported;

fn network(graph: Graph, dtype: DType) -> Network {
    Network::new(graph, &mut Variables::new(1, dtype, &Device::Cpu)).unwrap()
}

fn gated(dtype: DType) -> Network {
    let mut net = Draft::new(&[2, 12]).unwrap();
    let x = net.conv("conv", net.input(), &Conv::same(4, 3)).unwrap();
    let x = net.norm_relu("norm", x).unwrap();
    let x = Attention::se(2).draft(&mut net, "attention", x).unwrap();
    let x = net.global_mean(x).unwrap();
    let logits = net.linear("fc", x, 3, true).unwrap();
    network(net.finish(logits).unwrap(), dtype)
}

fn classes(names: &[&str]) -> OnnxExport {
    let names = names.iter().map(|name| (*name).to_owned()).collect();
    OnnxExport { classes: Some(names), ..OnnxExport::default() }
}

#[test]
fn a_file_tells_who_wrote_it_what_it_is_and_what_its_classes_are_called() {
    let export =
        OnnxExport { doc: "bearing 6205".to_owned(), ..classes(&["fine", "inner \"race\"", "ball"]) };
    let file = exported(&gated(DType::F32), &export);
    assert_eq!((file.producer_name.as_str(), file.doc_string.as_str()), ("brinell", "bearing 6205"));
    assert_eq!(file.producer_version, env!("CARGO_PKG_VERSION"));
    let entries: Vec<(&str, &str)> =
        file.metadata_props.iter().map(|entry| (entry.key.as_str(), entry.value.as_str())).collect();
    assert_eq!(entries, [("input", "[2,12]"), ("classes", r#"["fine","inner \"race\"","ball"]"#)]);
}

#[test]
fn gates_are_outputs_only_where_asked_for() {
    let names = |gates| -> Vec<String> {
        let file = exported(&gated(DType::F32), &OnnxExport { gates, ..OnnxExport::default() });
        file.graph.unwrap().output.into_iter().map(|output| output.name).collect()
    };
    assert_eq!(names(false), ["class"]);
    let gates: Vec<String> = gated(DType::F32).graph().gates().iter().map(|(name, _)| name.clone()).collect();
    assert!(!gates.is_empty());
    assert_eq!(names(true)[1..], gates);
}

#[test]
fn the_same_net_gives_the_same_bytes_whether_or_not_it_has_run() {
    let (net, again) = (gated(DType::F32), gated(DType::F32));
    let x = Tensor::ones((2, 2, 12), DType::F32, &Device::Cpu).unwrap();
    again.forward(&x, &mut Pass::evaluate()).unwrap();
    let export = OnnxExport::default();
    assert_eq!(to_onnx(&net, &export).unwrap(), to_onnx(&again, &export).unwrap());
}

#[test]
fn a_net_in_double_precision_is_written_in_single() {
    let export = OnnxExport::default();
    // Both draw the same numbers.
    assert_eq!(to_onnx(&gated(DType::F64), &export).unwrap(), to_onnx(&gated(DType::F32), &export).unwrap());
}

#[test]
fn what_no_output_depends_on_is_left_out() {
    let mut net = Draft::new(&[4, 3]).unwrap();
    let x = net.input();
    net.linear("unused", x, 5, true).unwrap();
    let x = net.global_mean(x).unwrap();
    let logits = net.linear("fc", x, 2, false).unwrap();
    let graph =
        exported(&network(net.finish(logits).unwrap(), DType::F32), &OnnxExport::default()).graph.unwrap();
    let tensors: Vec<&str> = graph.initializer.iter().map(|tensor| tensor.name.as_str()).collect();
    assert_eq!(tensors, ["fc.weight"]);
}

#[test]
fn names_of_classes_that_are_not_those_of_the_logits_are_refused() {
    let net = gated(DType::F32);
    let told = to_onnx(&net, &classes(&["a", "b"])).unwrap_err().to_string();
    assert_eq!(told, "`classes` = 2 names is out of range: one name for each of the 3 logits");
    let told = to_onnx(&net, &classes(&["a", "b", "a"])).unwrap_err().to_string();
    assert_eq!(told, "`classes` = a is out of range: every class has a name of its own");
}

#[test]
fn a_tensor_called_as_the_input_or_an_output_is_refused() {
    for name in [INPUT, "class"] {
        let mut net = Draft::new(&[4, 3]).unwrap();
        let own = net.parameter(name, &[4], Init::Constant(1.0)).unwrap();
        let x = net.add(net.input(), own).unwrap();
        let logits = net.global_mean(x).unwrap();
        let net = network(net.finish(logits).unwrap(), DType::F32);
        let refused = to_onnx(&net, &OnnxExport::default()).unwrap_err();
        assert!(matches!(&refused, Error::Duplicate { name: twice } if twice == name), "{refused}");
    }
}
