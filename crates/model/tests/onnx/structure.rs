//! What every file is made of.

use std::collections::{BTreeMap, BTreeSet};

use brinell_model::onnx::{IR_VERSION, OPSET, OnnxExport};

use crate::cases::{Case, cases};
use crate::{exported, proto};

fn file(case: &Case) -> proto::Model {
    exported(&case.network, &OnnxExport { gates: true, ..OnnxExport::default() })
}

fn lengths(value: &proto::ValueInfo) -> Vec<Option<i64>> {
    let tensor = value.kind.as_ref().unwrap().tensor.as_ref().unwrap();
    let axes = &tensor.shape.as_ref().unwrap().dim;
    assert_eq!(axes[0].dim_param.as_deref(), Some("batch"));
    axes.iter().map(|axis| axis.dim_value).collect()
}

#[test]
fn every_value_is_made_once_and_before_it_is_used() {
    for case in cases() {
        let graph = file(&case).graph.unwrap();
        let inputs = graph.input.iter().map(|value| value.name.as_str());
        let given: Vec<&str> =
            inputs.chain(graph.initializer.iter().map(|tensor| tensor.name.as_str())).collect();
        let mut known: BTreeSet<&str> = given.iter().copied().collect();
        assert_eq!(known.len(), given.len(), "{}: two tensors of one name", case.name);
        let mut names = BTreeSet::new();
        let mut used: BTreeSet<&str> = graph.output.iter().map(|value| value.name.as_str()).collect();
        for node in &graph.node {
            assert!(names.insert(&node.name), "{}: two nodes called {}", case.name, node.name);
            for input in &node.input {
                assert!(known.contains(input.as_str()), "{}: {} uses {input}", case.name, node.name);
                used.insert(input);
            }
            for output in &node.output {
                assert!(known.insert(output), "{}: {output} is made twice", case.name);
            }
        }
        let unused: Vec<&&str> = known.iter().filter(|name| !used.contains(*name)).collect();
        assert!(unused.is_empty() || unused == [&"x"], "{}: nothing uses {unused:?}", case.name);
        assert!(graph.output.iter().all(|value| known.contains(value.name.as_str())), "{}", case.name);
    }
}

#[test]
fn every_tensor_of_a_net_stands_in_the_file_under_its_name_to_the_last_bit() {
    for case in cases() {
        let graph = file(&case).graph.unwrap();
        let tensors: BTreeMap<&str, &proto::Tensor> =
            graph.initializer.iter().map(|tensor| (tensor.name.as_str(), tensor)).collect();
        for (name, var) in case.variables.named() {
            let tensor = tensors.get(name).unwrap_or_else(|| panic!("{}: {name} is missing", case.name));
            let shape: Vec<i64> = var.dims().iter().map(|length| *length as i64).collect();
            assert_eq!((&tensor.dims, tensor.data_type), (&shape, proto::Numbers::F32 as i32), "{name}");
            let numbers: Vec<f32> = var.as_tensor().flatten_all().unwrap().to_vec1().unwrap();
            let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
            assert_eq!(tensor.raw_data.as_ref(), Some(&bytes), "{}: {name}", case.name);
        }
    }
}

#[test]
fn inputs_and_outputs_are_those_of_the_graph_with_a_free_batch() {
    for case in cases() {
        let model = file(&case);
        let versions: Vec<(&str, i64)> =
            model.opset_import.iter().map(|set| (set.domain.as_str(), set.version)).collect();
        assert_eq!((model.ir_version, versions), (IR_VERSION, vec![("", OPSET)]));
        let (file, graph) = (model.graph.unwrap(), case.network.graph());
        let shaped = |shape: &[usize]| -> Vec<Option<i64>> {
            std::iter::once(None).chain(shape.iter().map(|length| Some(*length as i64))).collect()
        };
        let given: Vec<_> = file.input.iter().map(|value| (value.name.as_str(), lengths(value))).collect();
        assert_eq!(given, [("x", shaped(graph.input()))], "{}", case.name);
        let made: Vec<_> = file.output.iter().map(|value| (value.name.as_str(), lengths(value))).collect();
        let outputs = graph.outputs().iter().chain(graph.gates());
        let expected: Vec<_> = outputs.map(|(name, id)| (name.as_str(), shaped(&case.shape(*id)))).collect();
        assert_eq!(made, expected, "{}", case.name);
    }
}
