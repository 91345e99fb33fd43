//! Nodes, tensors and names as they are written into a file.

use std::collections::{BTreeMap, BTreeSet};

use candle_core::{DType, Device};

use super::INPUT;
use super::proto::{self, AttributeKind, Numbers};
use crate::error::{Error, Result};
use crate::graph::network::Network;
use crate::graph::{Id, SlotId};

/// A file's graph while it is written.
pub(super) struct Writer<'a> {
    network: &'a Network,
    file: proto::Graph,
    /// The value of every node that has been written.
    values: Vec<Option<String>>,
    /// Every name of a value, and how often another one wanted it.
    names: BTreeMap<String, usize>,
    slots: BTreeSet<usize>,
    constants: BTreeMap<(i32, Vec<i64>, Vec<u8>), String>,
    /// The layer that is being written.
    layer: String,
}

impl<'a> Writer<'a> {
    /// An empty graph; the names of the input, of the outputs and of all tensors are given away.
    pub(super) fn new(network: &'a Network, outputs: &[(&str, Id)]) -> Result<Self> {
        let slots = network.graph().slots().iter().map(|slot| slot.name.as_str());
        let mut names = BTreeMap::new();
        for name in slots.chain(Some(INPUT)).chain(outputs.iter().map(|(name, _)| *name)) {
            if names.insert(name.to_owned(), 0).is_some() {
                return Err(Error::Duplicate { name: name.to_owned() });
            }
        }
        Ok(Self {
            network,
            file: proto::Graph { name: "net".to_owned(), ..proto::Graph::default() },
            values: vec![None; network.graph().nodes().len()],
            names,
            slots: BTreeSet::new(),
            constants: BTreeMap::new(),
            layer: String::new(),
        })
    }

    /// The graph that computes `outputs`.
    pub(super) fn write(mut self, outputs: &[(&str, Id)]) -> Result<proto::Graph> {
        let graph = self.network.graph();
        self.file.input.push(value_info(INPUT, graph.input()));
        for (place, is_needed) in needed(self.network, outputs).into_iter().enumerate() {
            if is_needed {
                let node = &graph.nodes()[place];
                self.layer.clone_from(&node.layer);
                self.values[place] = Some(self.translate(node)?);
            }
        }
        for (name, id) in outputs {
            let node = graph.node(*id);
            let value = self.value(*id)?;
            self.push("Identity", vec![value], vec![(*name).to_owned()], Vec::new());
            self.file.output.push(value_info(name, &node.shape));
        }
        Ok(self.file)
    }

    /// The name of the value of a node.
    pub(super) fn value(&self, id: Id) -> Result<String> {
        self.values[id.0].clone().ok_or_else(|| {
            Error::op("to_onnx", "a node stands before what it works on: a fault of this crate")
        })
    }

    /// The shape of a node without the batch axis.
    pub(super) fn shape(&self, id: Id) -> &'a [usize] {
        &self.network.graph().node(id).shape
    }

    /// The shape of a tensor of the net.
    pub(super) fn slot_shape(&self, slot: SlotId) -> &'a [usize] {
        &self.network.graph().slots()[slot.0].shape
    }

    /// The name of a tensor of the net, which is written where it is not there yet.
    pub(super) fn slot(&mut self, slot: SlotId) -> Result<String> {
        let name = self.network.graph().slots()[slot.0].name.clone();
        if self.slots.insert(slot.0) {
            let tensor = self.network.tensor(slot).detach().to_device(&Device::Cpu)?.to_dtype(DType::F32)?;
            let numbers: Vec<f32> = tensor.flatten_all()?.to_vec1()?;
            let bytes = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
            self.tensor(name.clone(), Numbers::F32, whole(tensor.dims()), bytes);
        }
        Ok(name)
    }

    /// The name of a constant list of whole numbers.
    pub(super) fn ints(&mut self, values: &[i64]) -> String {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.constant(Numbers::I64, whole(&[values.len()]), bytes)
    }

    /// The name of a constant number.
    pub(super) fn number(&mut self, value: f64) -> String {
        self.constant(Numbers::F32, Vec::new(), (value as f32).to_le_bytes().to_vec())
    }

    fn constant(&mut self, numbers: Numbers, dims: Vec<i64>, bytes: Vec<u8>) -> String {
        let key = (numbers as i32, dims.clone(), bytes.clone());
        if let Some(name) = self.constants.get(&key) {
            return name.clone();
        }
        let name = self.fresh("constant");
        self.constants.insert(key, name.clone());
        self.tensor(name.clone(), numbers, dims, bytes);
        name
    }

    fn tensor(&mut self, name: String, numbers: Numbers, dims: Vec<i64>, bytes: Vec<u8>) {
        let tensor = proto::Tensor { dims, data_type: numbers as i32, name, raw_data: Some(bytes) };
        self.file.initializer.push(tensor);
    }

    /// `wanted`, with a number where that is given away.
    fn fresh(&mut self, wanted: &str) -> String {
        let mut name = wanted.to_owned();
        while self.names.contains_key(&name) {
            let times = self.names.entry(wanted.to_owned()).or_default();
            *times += 1;
            name = format!("{wanted}_{times}");
        }
        self.names.insert(name.clone(), 0);
        name
    }

    /// An operator with one output, whose name is given back.
    pub(super) fn emit(&mut self, op: &str, inputs: &[&str], attributes: Vec<proto::Attribute>) -> String {
        let output = self.fresh(&format!("{}/{op}", self.layer));
        self.push(op, owned(inputs), vec![output.clone()], attributes);
        output
    }

    /// The equal parts of a constant along its first axis.
    pub(super) fn split<const PARTS: usize>(&mut self, constant: &str) -> [String; PARTS] {
        let outputs = [(); PARTS].map(|()| self.fresh(&format!("{}/Split", self.layer)));
        self.push("Split", owned(&[constant]), outputs.to_vec(), vec![int("axis", 0)]);
        outputs
    }

    /// `x` in another shape, which leaves out the batch axis.
    pub(super) fn reshape(&mut self, x: &str, shape: &[usize]) -> String {
        // 0 stands for the length that the axis has.
        let target = self.ints(&[vec![0], whole(shape)].concat());
        self.emit("Reshape", &[x, &target], Vec::new())
    }

    fn push(&mut self, op: &str, input: Vec<String>, output: Vec<String>, attribute: Vec<proto::Attribute>) {
        let name = output.first().cloned().unwrap_or_default();
        self.file.node.push(proto::Node { input, output, name, op_type: op.to_owned(), attribute });
    }
}

/// Which nodes the outputs depend on.
fn needed(network: &Network, outputs: &[(&str, Id)]) -> Vec<bool> {
    let nodes = network.graph().nodes();
    let mut needed = vec![false; nodes.len()];
    outputs.iter().for_each(|(_, id)| needed[id.0] = true);
    for place in (0..nodes.len()).rev() {
        if needed[place] {
            nodes[place].inputs.iter().for_each(|id| needed[id.0] = true);
        }
    }
    needed
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// Lengths as ONNX has them. No axis is longer than 2^31.
pub(super) fn whole(lengths: &[usize]) -> Vec<i64> {
    lengths.iter().map(|length| i64::try_from(*length).unwrap_or(i64::MAX)).collect()
}

fn value_info(name: &str, shape: &[usize]) -> proto::ValueInfo {
    let batch = proto::Axis { dim_value: None, dim_param: Some("batch".to_owned()) };
    let others =
        whole(shape).into_iter().map(|length| proto::Axis { dim_value: Some(length), dim_param: None });
    let shape = proto::Shape { dim: std::iter::once(batch).chain(others).collect() };
    let tensor = proto::TensorType { elem_type: Numbers::F32 as i32, shape: Some(shape) };
    proto::ValueInfo { name: name.to_owned(), kind: Some(proto::Type { tensor: Some(tensor) }) }
}

fn attribute(name: &str, kind: AttributeKind) -> proto::Attribute {
    proto::Attribute { name: name.to_owned(), kind: kind as i32, ..proto::Attribute::default() }
}

/// An attribute that is a whole number.
pub(super) fn int(name: &str, value: i64) -> proto::Attribute {
    proto::Attribute { i: Some(value), ..attribute(name, AttributeKind::Int) }
}

/// An attribute that counts something or names an axis.
pub(super) fn count(name: &str, value: usize) -> proto::Attribute {
    int(name, i64::try_from(value).unwrap_or(i64::MAX))
}

/// An attribute that lists lengths or axes.
pub(super) fn counts(name: &str, values: &[usize]) -> proto::Attribute {
    proto::Attribute { ints: whole(values), ..attribute(name, AttributeKind::Ints) }
}

/// An attribute that is a number.
pub(super) fn float(name: &str, value: f64) -> proto::Attribute {
    proto::Attribute { f: Some(value as f32), ..attribute(name, AttributeKind::Float) }
}

/// An attribute that is a word.
pub(super) fn text(name: &str, value: &str) -> proto::Attribute {
    proto::Attribute { s: Some(value.as_bytes().to_vec()), ..attribute(name, AttributeKind::Text) }
}
