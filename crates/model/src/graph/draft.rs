//! How a graph is written, op by op. Every mistake is an error that names the layer.

use super::op::{Gather, Op, Unary};
use super::shape::values_of;
use super::{Field, Graph, Id, Node, Slot, SlotId};
use crate::error::{Error, Result};
use crate::ops::Window;
use crate::variables::Init;

/// Most values that one node may give for one input, and that one tensor may hold.
const MOST_VALUES: usize = 1 << 31;

/// A graph that is being written.
///
/// ```
/// use brinell_model::graph::{Conv, Draft};
/// let mut net = Draft::new(&[1, 16, 16])?;
/// let x = net.conv("conv", net.input(), &Conv::new(8, 3))?;
/// let x = net.norm_relu("norm", x)?;
/// let x = net.global_mean(x)?;
/// net.set_features(x)?;
/// let logits = net.linear("fc", x, 5, true)?;
/// let graph = net.finish(logits)?;
/// assert_eq!(graph.cost().parameters, 8 * 9 + 2 * 8 + 5 * 8 + 5);
/// # Ok::<(), brinell_model::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Draft {
    graph: Graph,
    path: Vec<String>,
}

fn is_too_large(shape: &[usize]) -> bool {
    values_of(shape).is_none_or(|values| values > MOST_VALUES)
}

impl Draft {
    /// An empty graph for inputs `[C, L]` or `[C, H, W]`.
    ///
    /// # Errors
    /// Another number of axes, an axis of 0, more than 2^31 values.
    pub fn new(input: &[usize]) -> Result<Self> {
        if !(2..=3).contains(&input.len()) || input.contains(&0) {
            let reason =
                "nets take series [channels, length] or images [channels, height, width], none of them 0";
            return Err(Error::layer("input", input, reason));
        }
        if is_too_large(input) {
            return Err(Error::layer("input", input, "more than 2^31 values: take shorter or fewer of them"));
        }
        let node = Node {
            op: Op::Input,
            inputs: Vec::new(),
            shape: input.to_vec(),
            layer: "input".to_owned(),
            field: Field::ONE,
        };
        let graph = Graph {
            nodes: vec![node],
            slots: Vec::new(),
            map: None,
            features: None,
            outputs: Vec::new(),
            gates: Vec::new(),
        };
        Ok(Self { graph, path: Vec::new() })
    }

    /// A graph that is written further.
    pub(super) fn of(graph: Graph) -> Self {
        Self { graph, path: Vec::new() }
    }

    /// The graph as it is now.
    pub(super) fn into_graph(self) -> Graph {
        self.graph
    }

    /// The input.
    pub fn input(&self) -> Id {
        Id(0)
    }

    /// The shape of a node, without the batch axis; empty for one of another graph.
    pub fn shape(&self, id: Id) -> &[usize] {
        self.graph.nodes.get(id.0).map_or(&[], |node| &node.shape)
    }

    /// The channels of a node: its first axis.
    pub fn channels(&self, id: Id) -> usize {
        self.shape(id).first().copied().unwrap_or(0)
    }

    /// Positions of a map: the product of all axes but the first.
    pub fn positions(&self, id: Id) -> usize {
        self.shape(id).iter().skip(1).product()
    }

    /// Whether a node is a map of images, `[C, H, W]`; else it is one of series, `[C, L]`, or a vector.
    pub fn is_image(&self, id: Id) -> bool {
        self.shape(id).len() == 3
    }

    /// Writes a part whose layers are named `name.…`. An empty name adds nothing.
    ///
    /// # Errors
    /// Those of the part.
    pub fn within<T>(&mut self, name: &str, part: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if name.is_empty() {
            return part(self);
        }
        self.path.push(name.to_owned());
        let result = part(self);
        self.path.pop();
        result
    }

    /// The full name of a layer called `name` here.
    pub fn full_name(&self, name: &str) -> String {
        let parts: Vec<&str> = self.path.iter().map(String::as_str).chain(Some(name)).collect();
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(".")
    }

    /// A trained tensor.
    ///
    /// # Errors
    /// An axis of 0, more than 2^31 values, a name that is taken.
    pub fn slot(&mut self, name: &str, shape: &[usize], init: Init) -> Result<SlotId> {
        self.add_slot(name, shape, init, true)
    }

    /// A tensor that is kept and stored but not trained.
    ///
    /// # Errors
    /// An axis of 0, a name that is taken.
    pub fn kept(&mut self, name: &str, shape: &[usize], value: f64) -> Result<SlotId> {
        self.add_slot(name, shape, Init::Constant(value), false)
    }

    fn add_slot(&mut self, name: &str, shape: &[usize], init: Init, trained: bool) -> Result<SlotId> {
        let name = self.full_name(name);
        if shape.contains(&0) {
            let reason =
                format!("its tensor of shape {shape:?} would be empty; every width must be at least 1");
            return Err(Error::layer(name, shape, reason));
        }
        if is_too_large(shape) {
            let reason = format!("its tensor of shape {shape:?} would hold more than 2^31 values");
            return Err(Error::layer(name, shape, reason));
        }
        if self.graph.slots.iter().any(|slot| slot.name == name) {
            return Err(Error::Duplicate { name });
        }
        self.graph.slots.push(Slot { name, shape: shape.to_vec(), init, trained });
        Ok(SlotId(self.graph.slots.len() - 1))
    }

    /// Adds a node under the name of the layer `name`.
    ///
    /// # Errors
    /// Inputs on which the op cannot work, nodes or tensors of another graph.
    pub fn node(&mut self, name: &str, op: Op, inputs: &[Id]) -> Result<Id> {
        let mut layer = self.full_name(name);
        if layer.is_empty() {
            layer.push_str("net");
        }
        let given = inputs.first().map_or(&[][..], |id| self.shape(*id));
        if !op.arity().contains(&inputs.len()) {
            let reason = format!("{op:?} does not work on {} nodes", inputs.len());
            return Err(Error::layer(layer, given, reason));
        }
        let known = inputs.iter().all(|id| id.0 < self.graph.nodes.len())
            && op.slots().iter().all(|slot| slot.0 < self.graph.slots.len());
        if !known {
            return Err(Error::layer(layer, given, "it works on nodes or tensors of another graph"));
        }
        let shapes: Vec<&[usize]> = inputs.iter().map(|id| self.shape(*id)).collect();
        let fields: Vec<Field> = inputs.iter().map(|id| self.graph.node(*id).field).collect();
        let shape = op
            .shape(&shapes, &self.graph.slots)
            .map_err(|reason| Error::layer(layer.clone(), given, reason))?;
        if is_too_large(&shape) {
            let reason = format!("it would give {shape:?}, more than 2^31 values: pool before it");
            return Err(Error::layer(layer, given, reason));
        }
        let field = Field::behind(&op, &fields);
        self.graph.nodes.push(Node { op, inputs: inputs.to_vec(), shape, layer, field });
        Ok(Id(self.graph.nodes.len() - 1))
    }

    /// An op that has no name of its own.
    fn plain(&mut self, op: Op, inputs: &[Id]) -> Result<Id> {
        self.node("", op, inputs)
    }

    /// A trained tensor as a node, the same for every sample.
    ///
    /// # Errors
    /// As [`slot`](Self::slot).
    pub fn parameter(&mut self, name: &str, shape: &[usize], init: Init) -> Result<Id> {
        let slot = self.slot(name, shape, init)?;
        self.node(name, Op::Parameter(slot), &[])
    }

    /// Adds up two nodes; see [`Op::Add`].
    ///
    /// # Errors
    /// Shapes that do not go together.
    pub fn add(&mut self, x: Id, y: Id) -> Result<Id> {
        self.plain(Op::Add, &[x, y])
    }

    /// `x - y`.
    ///
    /// # Errors
    /// Shapes that do not go together.
    pub fn sub(&mut self, x: Id, y: Id) -> Result<Id> {
        self.plain(Op::Sub, &[x, y])
    }

    /// `x · y`; see [`Op::Mul`].
    ///
    /// # Errors
    /// Shapes that do not go together.
    pub fn mul(&mut self, x: Id, y: Id) -> Result<Id> {
        self.plain(Op::Mul, &[x, y])
    }

    /// A function of every number.
    ///
    /// # Errors
    /// A node beyond the limits of size.
    pub fn unary(&mut self, function: Unary, x: Id) -> Result<Id> {
        self.plain(Op::Unary(function), &[x])
    }

    /// ReLU.
    ///
    /// # Errors
    /// As [`unary`](Self::unary).
    pub fn relu(&mut self, x: Id) -> Result<Id> {
        self.unary(Unary::Relu, x)
    }

    /// Sigmoid.
    ///
    /// # Errors
    /// As [`unary`](Self::unary).
    pub fn sigmoid(&mut self, x: Id) -> Result<Id> {
        self.unary(Unary::Sigmoid, x)
    }

    /// `scale · x + shift`.
    ///
    /// # Errors
    /// As [`unary`](Self::unary).
    pub fn affine(&mut self, x: Id, scale: f64, shift: f64) -> Result<Id> {
        self.unary(Unary::Affine { scale, shift }, x)
    }

    /// Pooling by windows of `kernel` with a step of `stride` and `padding` on either side, along every axis. The
    /// padding counts in a mean.
    ///
    /// # Errors
    /// Windows that do not fit.
    pub fn pool(&mut self, name: &str, x: Id, gather: Gather, sizes: [usize; 3]) -> Result<Id> {
        let [kernel, stride, padding] = sizes;
        let window =
            Window { kernel: [kernel; 2], stride: [stride; 2], padding: [padding; 2], dilation: [1; 2] };
        let window = super::shape::fitted(window, self.shape(x));
        self.node(name, Op::Pool { gather, window, ceil: false, count_padding: true }, &[x])
    }

    /// Max pooling of windows of 2, step 2.
    ///
    /// # Errors
    /// A map in which nothing is left to halve.
    pub fn halve(&mut self, name: &str, x: Id) -> Result<Id> {
        let input = self.graph.node(Id(0)).shape.clone();
        self.pool(name, x, Gather::Max, [2, 2, 0]).map_err(|error| match error {
            Error::Layer { layer, input: given, .. } => Error::layer(
                layer,
                &given,
                format!(
                    "nothing is left to halve: the net's input {input:?} is too small for so many poolings; give it a larger one or take fewer stages"
                ),
            ),
            other => other,
        })
    }

    /// The mean over all positions, `[C]`.
    ///
    /// # Errors
    /// A vector.
    pub fn global_mean(&mut self, x: Id) -> Result<Id> {
        self.plain(Op::Global(Gather::Mean), &[x])
    }

    /// The largest value over all positions, `[C]`.
    ///
    /// # Errors
    /// A vector.
    pub fn global_max(&mut self, x: Id) -> Result<Id> {
        self.plain(Op::Global(Gather::Max), &[x])
    }

    /// Mean or largest value along one axis, which stays with length 1.
    ///
    /// # Errors
    /// No such axis.
    pub fn along(&mut self, gather: Gather, axis: usize, x: Id) -> Result<Id> {
        self.plain(Op::Along(gather, axis), &[x])
    }

    /// Side by side along an axis.
    ///
    /// # Errors
    /// Shapes that differ in another axis.
    pub fn concat(&mut self, axis: usize, parts: &[Id]) -> Result<Id> {
        match parts {
            [one] => Ok(*one),
            parts => self.plain(Op::Concat(axis), parts),
        }
    }

    /// `len` places of an axis from `start` on.
    ///
    /// # Errors
    /// Places that do not exist.
    pub fn slice(&mut self, x: Id, axis: usize, start: usize, len: usize) -> Result<Id> {
        self.plain(Op::Slice { axis, start, len }, &[x])
    }

    /// The axes in another order.
    ///
    /// # Errors
    /// No order of the axes.
    pub fn permute(&mut self, x: Id, order: &[usize]) -> Result<Id> {
        self.plain(Op::Permute(order.to_vec()), &[x])
    }

    /// The same numbers in another shape.
    ///
    /// # Errors
    /// Another count of numbers.
    pub fn reshape(&mut self, x: Id, shape: &[usize]) -> Result<Id> {
        self.plain(Op::Reshape(shape.to_vec()), &[x])
    }

    /// All numbers as one vector.
    ///
    /// # Errors
    /// As [`reshape`](Self::reshape).
    pub fn flatten(&mut self, x: Id) -> Result<Id> {
        let all = self.shape(x).iter().product();
        self.reshape(x, &[all])
    }

    /// Softmax along an axis.
    ///
    /// # Errors
    /// No such axis.
    pub fn softmax(&mut self, x: Id, axis: usize) -> Result<Id> {
        self.plain(Op::Softmax(axis), &[x])
    }

    /// Matrix product of the last two axes.
    ///
    /// # Errors
    /// Shapes that do not fit.
    pub fn matmul(&mut self, x: Id, y: Id) -> Result<Id> {
        self.plain(Op::MatMul, &[x, y])
    }

    /// Dropout; a rate of 0 adds nothing.
    ///
    /// # Errors
    /// A rate outside 0 <= rate < 1; a name that another dropout has, which would draw the same units.
    pub fn dropout(&mut self, name: &str, x: Id, rate: f64) -> Result<Id> {
        if !(0.0..1.0).contains(&rate) {
            return Err(Error::config(self.full_name(name), rate, "0 <= dropout < 1"));
        }
        if rate == 0.0 {
            return Ok(x);
        }
        let layer = self.full_name(name);
        if self.graph.nodes.iter().any(|node| matches!(node.op, Op::Dropout(_)) && node.layer == layer) {
            return Err(Error::Duplicate { name: layer });
        }
        self.node(name, Op::Dropout(rate), &[x])
    }

    /// Names a node whose values say what attention weighs.
    pub fn gate(&mut self, name: &str, gate: Id) {
        let name = self.full_name(name);
        self.graph.gates.push((name, gate));
    }

    /// The last map with positions, as far as it was said.
    pub fn map(&self) -> Option<Id> {
        self.graph.map
    }

    /// Says which node is the last map with positions: that of class activation maps.
    pub fn set_map(&mut self, map: Id) {
        self.graph.map = Some(map);
    }

    /// Says which node is the vector that the head judges.
    ///
    /// # Errors
    /// A node that is no vector.
    pub fn set_features(&mut self, features: Id) -> Result<()> {
        if self.shape(features).len() != 1 {
            return Err(Error::layer("features", self.shape(features), "features are one vector a sample"));
        }
        self.graph.features = Some(features);
        Ok(())
    }

    /// The graph of a net that tells no classes, with `output` as its first output, called `name`.
    ///
    /// # Errors
    /// An output that is no vector.
    pub fn finish_with(mut self, name: &str, output: Id) -> Result<Graph> {
        if self.shape(output).len() != 1 {
            return Err(Error::layer(name, self.shape(output), "a net gives one vector a sample"));
        }
        self.graph.outputs.insert(0, (name.to_owned(), output));
        Ok(self.graph)
    }

    /// A further output of the net beside the logits, such as the size of a fault.
    pub fn output(&mut self, name: &str, node: Id) {
        self.graph.outputs.push((name.to_owned(), node));
    }

    /// The graph, with `logits` as its first output.
    ///
    /// # Errors
    /// Logits that are no vector of at least 2 classes; two outputs or gates of one name; a node of another graph.
    pub fn finish(mut self, logits: Id) -> Result<Graph> {
        match *self.shape(logits) {
            [classes] if classes >= 2 => self.graph.outputs.insert(0, ("class".to_owned(), logits)),
            [classes] => return Err(Error::config("classes", classes, "at least 2")),
            _ => return Err(Error::layer("logits", self.shape(logits), "logits are one vector a sample")),
        }
        let Graph { nodes, map, outputs, gates, .. } = &self.graph;
        for named in [outputs, gates] {
            let mut names: Vec<&str> = named.iter().map(|(name, _)| name.as_str()).collect();
            names.sort_unstable();
            if let Some(twice) = names.windows(2).find(|pair| pair[0] == pair[1]) {
                return Err(Error::Duplicate { name: twice[0].to_owned() });
            }
        }
        let mut ids = outputs.iter().chain(gates).map(|(_, id)| id).chain(map);
        if ids.any(|id| id.0 >= nodes.len()) {
            return Err(Error::layer("net", self.graph.input(), "it names a node of another graph"));
        }
        Ok(self.graph)
    }
}
