//! A graph with its tensors: what runs.

use candle_core::{DType, Device, Tensor, Var};

use super::compute::{Tensors, compute};
use super::trace::joined_later;
use super::{Gather, Graph, Id, Op, SlotId};
use crate::error::{Error, Result};
use crate::ops::{MaxPool, gated_max_pool};
use crate::pass::Pass;
use crate::variables::Variables;

/// A net that runs: its graph and its tensors. Clones share the tensors.
#[derive(Debug, Clone)]
pub struct Network {
    graph: Graph,
    tensors: Vec<Var>,
    /// Which nodes are channel gates that only a max pooling works on: the two are done in one pass.
    gates_before_pools: Vec<bool>,
    /// Which nodes are concatenations that only norms look at: a trace leaves the maps where they lie.
    joined_later: Vec<bool>,
}

impl Network {
    /// The net of `graph`; its tensors are added to `variables` and begin as they say there.
    ///
    /// # Errors
    /// A name that is taken.
    pub fn new(graph: Graph, variables: &mut Variables) -> Result<Self> {
        let tensors = graph
            .slots
            .iter()
            .map(|slot| match slot.trained {
                true => variables.parameter(&slot.name, &slot.shape, slot.init),
                false => variables.buffer(&slot.name, &slot.shape, slot.init),
            })
            .collect::<Result<_>>()?;
        let gates_before_pools = gates_before_pools(&graph);
        let joined_later = joined_later(&graph.nodes);
        Ok(Self { graph, tensors, gates_before_pools, joined_later })
    }

    /// The net as data.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    pub(super) fn tensors(&self) -> &[Var] {
        &self.tensors
    }

    /// A tensor of the net.
    pub(crate) fn tensor(&self, slot: SlotId) -> &Tensor {
        self.tensors[slot.0].as_tensor()
    }

    /// The same, to be set.
    pub(crate) fn var(&self, slot: SlotId) -> &Var {
        &self.tensors[slot.0]
    }

    /// The values of a tensor, in double precision and free of the graph.
    pub(crate) fn numbers(&self, slot: SlotId) -> Result<Vec<f64>> {
        let tensor = self.tensors[slot.0].as_detached_tensor();
        Ok(tensor.to_device(&Device::Cpu)?.to_dtype(DType::F64)?.flatten_all()?.to_vec1()?)
    }

    /// Logits `[B, K]` of a batch `[B, C, H, W]` or `[B, C, L]`.
    ///
    /// # Errors
    /// An input of another shape than the net was built for; in training, a batch too small for the statistics.
    pub fn forward(&self, x: &Tensor, pass: &mut Pass) -> Result<Tensor> {
        Ok(self.run(x, &[self.logits()?], pass)?.swap_remove(0))
    }

    /// The features `[B, F]` that the head judges.
    ///
    /// # Errors
    /// As [`forward`](Self::forward).
    pub fn features(&self, x: &Tensor, pass: &mut Pass) -> Result<Tensor> {
        let features = self.features_node()?;
        Ok(self.run(x, &[features], pass)?.swap_remove(0))
    }

    /// The logits that the head gives for features `[B, F]`.
    ///
    /// # Errors
    /// Features of another width.
    pub fn head(&self, features: &Tensor, pass: &mut Pass) -> Result<Tensor> {
        let from = self.features_node()?;
        self.behind(from, features, pass)
    }

    /// The logits for values of a node in place of what the net itself gives there.
    ///
    /// # Errors
    /// Values of another shape; logits that also depend on what lies before the node.
    pub fn behind(&self, node: Id, values: &Tensor, pass: &mut Pass) -> Result<Tensor> {
        self.check_known(&[node])?;
        let shape = &self.graph.node(node).shape;
        if values.dims().get(1..) != Some(shape) {
            return Err(Error::layer(
                &self.graph.node(node).layer,
                values.dims(),
                format!("values of a batch of {shape:?} are needed"),
            ));
        }
        let logits = self.logits()?;
        Ok(self.execute((node, values), &[logits], pass)?.swap_remove(0))
    }

    /// Every gate of the net's attention for a batch, by name, in the order of the layers.
    ///
    /// # Errors
    /// As [`forward`](Self::forward).
    pub fn gates(&self, x: &Tensor, pass: &mut Pass) -> Result<Vec<(String, Tensor)>> {
        let ids: Vec<Id> = self.graph.gates.iter().map(|(_, id)| *id).collect();
        let values = self.run(x, &ids, pass)?;
        Ok(self.graph.gates.iter().map(|(name, _)| name.clone()).zip(values).collect())
    }

    /// The values of `wanted` nodes for a batch.
    ///
    /// # Errors
    /// As [`forward`](Self::forward).
    pub fn run(&self, x: &Tensor, wanted: &[Id], pass: &mut Pass) -> Result<Vec<Tensor>> {
        self.check_batch(x)?;
        self.check_known(wanted)?;
        self.execute((Id(0), x), wanted, pass)
    }

    pub(crate) fn check_batch(&self, x: &Tensor) -> Result<()> {
        let input = self.graph.input();
        let layer = self.graph.nodes.get(1).map_or("input", |node| node.layer.as_str());
        if x.dims() == input {
            let reason = "it is one sample: a batch has an axis before it, see unsqueeze(0)";
            return Err(Error::layer(layer, x.dims(), reason));
        }
        if x.dims().get(1..) != Some(input) {
            return Err(Error::layer(layer, x.dims(), format!("the net was built for batches of {input:?}")));
        }
        if let Some(own) = self.tensors.first()
            && own.dtype() != x.dtype()
        {
            let (own, given) = (own.dtype(), x.dtype());
            let reason = format!("its numbers are {given:?} and the net's {own:?}: convert them by to_dtype");
            return Err(Error::layer(layer, x.dims(), reason));
        }
        Ok(())
    }

    pub(crate) fn check_known(&self, ids: &[Id]) -> Result<()> {
        let nodes = self.graph.nodes.len();
        match ids.iter().find(|id| id.0 >= nodes) {
            Some(id) => {
                let reason = format!("node {} is of another graph, this one has {nodes}", id.0);
                Err(Error::layer("net", self.graph.input(), reason))
            }
            None => Ok(()),
        }
    }

    pub(super) fn logits(&self) -> Result<Id> {
        self.wanted(self.graph.outputs.first().map(|(_, id)| *id), "logits")
    }

    pub(crate) fn features_node(&self) -> Result<Id> {
        self.wanted(self.graph.features, "features")
    }

    fn wanted(&self, id: Option<Id>, what: &str) -> Result<Id> {
        id.ok_or_else(|| Error::layer(what, self.graph.input(), format!("this net has no {what}")))
    }

    /// How often each node is used by what computes `wanted` from the values of one node.
    pub(crate) fn uses(&self, given: Id, wanted: &[Id]) -> Result<Vec<usize>> {
        let mut uses = vec![0; self.graph.nodes.len()];
        wanted.iter().for_each(|id| uses[id.0] += 1);
        for (place, node) in self.graph.nodes.iter().enumerate().rev() {
            if uses[place] > 0 && place != given.0 {
                node.inputs.iter().for_each(|id| uses[id.0] += 1);
            }
        }
        if uses[0] > 0 && given != Id(0) {
            return Err(Error::layer("input", self.graph.input(), "the head also looks at the input itself"));
        }
        Ok(uses)
    }

    /// Computes `wanted` from the values of one node, and nothing that they do not need. Values are let go at their
    /// last use.
    fn execute(&self, (given, tensor): (Id, &Tensor), wanted: &[Id], pass: &mut Pass) -> Result<Vec<Tensor>> {
        let nodes = &self.graph.nodes;
        let batch = tensor.dims()[0];
        let mut values: Vec<Option<Tensor>> = vec![None; nodes.len()];
        values[given.0] = Some(tensor.clone());
        let is_apart = |id: Id| id == given || wanted.contains(&id);
        let mut uses = self.uses(given, wanted)?;
        for (place, node) in nodes.iter().enumerate() {
            if uses[place] == 0 || values[place].is_some() || self.is_pooled_later(Id(place), is_apart) {
                continue;
            }
            let value = match self.gated_pool(node, is_apart) {
                Some((x, gate, pool)) => {
                    let fetch = |id: Id| values[id.0].as_ref().ok_or_else(|| not_computed(node));
                    let pooled = gated_max_pool(fetch(x)?, fetch(gate)?, &pool)?;
                    for id in [x, gate] {
                        release(&mut values, &mut uses, id);
                    }
                    pooled
                }
                None => {
                    let inputs = node.inputs.iter();
                    let inputs: Vec<&Tensor> = inputs
                        .map(|id| values[id.0].as_ref().ok_or_else(|| not_computed(node)))
                        .collect::<Result<_>>()?;
                    let value = compute(node, &inputs, &Tensors(&self.tensors), batch, pass)?;
                    for id in &node.inputs {
                        release(&mut values, &mut uses, *id);
                    }
                    value
                }
            };
            values[place] = Some(value);
        }
        wanted
            .iter()
            .map(|id| values[id.0].clone().ok_or_else(|| not_computed(self.graph.node(*id))))
            .collect()
    }

    /// Whether a channel gate is left to the pooling behind it.
    pub(super) fn is_pooled_later(&self, id: Id, is_apart: impl Fn(Id) -> bool) -> bool {
        self.gates_before_pools[id.0] && !is_apart(id)
    }

    /// Whether a concatenation is left to the norms that look at it.
    pub(super) fn is_joined_later(&self, id: Id) -> bool {
        self.joined_later[id.0]
    }

    /// Map and gate of the pair that ends with the pooling `node`, unless the gated map is seen apart from it.
    pub(super) fn gated_pool(
        &self,
        node: &super::Node,
        is_apart: impl Fn(Id) -> bool,
    ) -> Option<(Id, Id, MaxPool)> {
        let Op::Pool { gather: Gather::Max, window, ceil, .. } = node.op else { return None };
        let gated = *node.inputs.first()?;
        if !self.gates_before_pools[gated.0] || is_apart(gated) {
            return None;
        }
        let inputs = &self.graph.node(gated).inputs;
        Some((inputs[0], inputs[1], MaxPool { window, ceil }))
    }
}

fn gates_before_pools(graph: &Graph) -> Vec<bool> {
    let mut users = vec![0_usize; graph.nodes.len()];
    graph.nodes.iter().flat_map(|node| &node.inputs).for_each(|id| users[id.0] += 1);
    let mut found = vec![false; graph.nodes.len()];
    for node in &graph.nodes {
        let (Op::Pool { gather: Gather::Max, .. }, [gated]) = (&node.op, &node.inputs[..]) else { continue };
        let (Op::Mul, [x, gate]) = (&graph.node(*gated).op, &graph.node(*gated).inputs[..]) else { continue };
        let (x, gate) = (&graph.node(*x).shape, &graph.node(*gate).shape);
        found[gated.0] = users[gated.0] == 1 && x.len() > 1 && gate[..] == x[..1];
    }
    found
}

fn release(values: &mut [Option<Tensor>], uses: &mut [usize], id: Id) {
    uses[id.0] = uses[id.0].saturating_sub(1);
    if uses[id.0] == 0 {
        values[id.0] = None;
    }
}

pub(super) fn not_computed(node: &super::Node) -> Error {
    Error::layer(&node.layer, &node.shape, "what it works on was not computed: a fault of this crate")
}
