//! A batch sent through a net in such a way that one can go back: the forward half of a training step.
//!
//! The tensor library's own graph keeps every tensor until the loss is dropped and adds up gradients in new memory. Here
//! each step keeps only what its gradient is told from, and lets go of it as soon as it is told (`reverse.rs`). A batch
//! norm behind concatenated maps reads them where they lie: they are never put side by side, and the statistics of a map
//! are taken once however many norms look at it (DenseNet).

use std::collections::BTreeMap;
use std::sync::Arc;

use candle_core::{Tensor, Var};

use super::compute::{Tensors, compute, norm_statistics, prepare};
use super::network::{Network, not_computed};
use super::{Id, Node, Op, SlotId};
use crate::error::Result;
use crate::ops::{
    ChannelStatistics, Element, Host, Joined, MaxPool, Needs, Norm, Prepared, by_dtype, channel_statistics,
    planes, pooling_gated, tensor,
};
use crate::pass::Pass;

/// Where the gradient of an operand goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    Node(Id),
    Slot(SlotId),
}

/// A step that one can go back.
pub(super) enum Step {
    /// A single op; `shape` is that of its result, and the result is kept where its gradient needs it.
    Op { prepared: Prepared, result: Option<Tensor>, shape: Vec<usize>, targets: Vec<Target> },
    /// A batch norm over maps one behind the other.
    Norm { norm: Norm, maps: Vec<(Id, Tensor)>, gamma: SlotId, beta: SlotId },
    /// The same for every sample.
    Parameter(SlotId),
    /// The sum of two of the same shape.
    Sum([Id; 2]),
    /// Other axes, the same numbers.
    Reshape(Id),
    /// Axes in this order.
    Permute(Id, Vec<usize>),
    /// Maps of these lengths side by side along an axis.
    Concat { axis: usize, parts: Vec<(Id, usize)> },
    /// A stretch of an axis that began at `start` and ends `behind` before its end.
    Slice { from: Id, axis: usize, start: usize, behind: usize },
    /// Zeros before a stretch of an axis of length `len`.
    Pad { from: Id, axis: usize, before: usize, len: usize },
    /// Whatever is made of several ops of the tensor library: its own graph, from copies of the inputs.
    Library { inputs: Vec<(Id, Var)>, result: Tensor, slots: Vec<SlotId> },
}

/// What a node gives.
enum Value {
    Whole(Tensor),
    /// Maps one behind the other, by the nodes that give them.
    Maps(Vec<(Id, Tensor)>),
}

/// A batch that went through a net, see [`Network::trace`].
pub struct Trace<'a> {
    pub(super) network: &'a Network,
    /// What was given, where its gradient is wanted, and the node that it stands for.
    pub(super) given: Option<(Id, Tensor)>,
    pub(super) steps: Vec<(Id, Step)>,
    pub(super) outputs: Vec<(Id, Var)>,
}

impl Network {
    /// The values of `wanted` nodes for a batch, each a variable to be put into a loss, with what is needed to go back
    /// through the net from there: [`Trace::backward`]. For training this takes half the memory of
    /// [`run`](Self::run) and is faster; gradients are the same up to rounding.
    ///
    /// The gradient of `x` is told too where `x` is a variable.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn trace(&self, x: &Tensor, wanted: &[Id], pass: &mut Pass) -> Result<Trace<'_>> {
        self.check_batch(x)?;
        self.check_known(wanted)?;
        // On a thread of the pool, where the kernels ask for memory too: an allocator has a store for every thread, and
        // what two of them hold free is never one piece (WDCNN: 19 MB so, else 23).
        rayon::scope(|_| self.follow((Id(0), x), wanted, pass))
    }

    /// The same for the logits alone.
    ///
    /// # Errors
    /// As [`forward`](Self::forward).
    pub fn trace_logits(&self, x: &Tensor, pass: &mut Pass) -> Result<Trace<'_>> {
        self.trace(x, &[self.logits()?], pass)
    }

    fn follow(&self, (given, x): (Id, &Tensor), wanted: &[Id], pass: &Pass) -> Result<Trace<'_>> {
        let nodes = &self.graph().nodes;
        let batch = x.dims()[0];
        let mut uses = self.uses(given, wanted)?;
        let mut maker = Maker {
            network: self,
            tensors: Tensors(self.tensors()),
            pass,
            batch,
            moves: vec![false; nodes.len()],
            values: (0..nodes.len()).map(|_| None).collect(),
            statistics: BTreeMap::new(),
            steps: Vec::new(),
        };
        maker.moves[given.0] = x.track_op();
        maker.values[given.0] = Some(Value::Whole(x.detach()));
        for (place, node) in nodes.iter().enumerate() {
            let id = Id(place);
            let is_apart = |id: Id| id == given || wanted.contains(&id);
            if uses[place] == 0 || maker.values[place].is_some() || self.is_pooled_later(id, is_apart) {
                continue;
            }
            let value = match self.gated_pool(node, is_apart) {
                Some((x, gate, pool)) => {
                    let value = maker.gated_pool(id, [x, gate], &pool)?;
                    maker.release(&mut uses, &[x, gate]);
                    value
                }
                None => {
                    let value = match self.is_joined_later(id) && !is_apart(id) {
                        true => maker.maps(id, node)?,
                        false => Value::Whole(maker.step(id, node)?),
                    };
                    maker.release(&mut uses, &node.inputs);
                    value
                }
            };
            maker.values[place] = Some(value);
        }
        let outputs = wanted
            .iter()
            .map(|id| Ok((*id, Var::from_tensor(&maker.whole(*id)?)?)))
            .collect::<Result<_>>()?;
        let given = x.track_op().then(|| (given, x.clone()));
        Ok(Trace { network: self, given, steps: maker.steps, outputs })
    }
}

/// What a forward run knows so far.
struct Maker<'a> {
    network: &'a Network,
    tensors: Tensors<'a>,
    pass: &'a Pass,
    batch: usize,
    /// Which nodes a gradient goes to.
    moves: Vec<bool>,
    values: Vec<Option<Value>>,
    /// Of maps that norms look at, by the nodes that give them.
    statistics: BTreeMap<Id, Arc<ChannelStatistics>>,
    steps: Vec<(Id, Step)>,
}

impl Maker<'_> {
    fn value(&self, id: Id) -> Result<&Value> {
        self.values[id.0].as_ref().ok_or_else(|| not_computed(self.network.graph().node(id)))
    }

    fn whole(&self, id: Id) -> Result<Tensor> {
        match self.value(id)? {
            Value::Whole(tensor) => Ok(tensor.clone()),
            Value::Maps(maps) => Ok(Tensor::cat(&maps.iter().map(|(_, map)| map).collect::<Vec<_>>(), 1)?),
        }
    }

    fn maps_of(&self, id: Id) -> Result<Vec<(Id, Tensor)>> {
        Ok(match self.value(id)? {
            Value::Whole(tensor) => vec![(id, tensor.clone())],
            Value::Maps(maps) => maps.clone(),
        })
    }

    fn maps(&mut self, id: Id, node: &Node) -> Result<Value> {
        let maps = node.inputs.iter().map(|id| self.maps_of(*id)).collect::<Result<Vec<_>>>()?;
        self.moves[id.0] = node.inputs.iter().any(|input| self.moves[input.0]);
        Ok(Value::Maps(maps.concat()))
    }

    fn release(&mut self, uses: &mut [usize], ids: &[Id]) {
        for id in ids {
            uses[id.0] = uses[id.0].saturating_sub(1);
            if uses[id.0] == 0 {
                self.values[id.0] = None;
            }
        }
    }

    fn gated_pool(&mut self, id: Id, [x, gate]: [Id; 2], pool: &MaxPool) -> Result<Value> {
        let prepared = pooling_gated(&self.whole(x)?, &self.whole(gate)?, pool)?;
        let targets = vec![Target::Node(x), Target::Node(gate)];
        self.moves[id.0] = self.moves[x.0] || self.moves[gate.0];
        self.done(id, prepared, targets).map(Value::Whole)
    }

    /// Does an op and notes the way back.
    fn done(&mut self, id: Id, mut prepared: Prepared, targets: Vec<Target>) -> Result<Tensor> {
        let result = prepared.run()?.detach();
        let shape = result.dims().to_vec();
        let value = result.reshape([&[self.batch], &self.network.graph().node(id).shape[..]].concat())?;
        if self.moves[id.0] {
            prepared.keep_what_is_needed()?;
            let result = (prepared.needs == Needs::Result).then_some(result);
            self.steps.push((id, Step::Op { prepared, result, shape, targets }));
        }
        Ok(value)
    }

    /// Computes a node and notes the way back.
    fn step(&mut self, id: Id, node: &Node) -> Result<Tensor> {
        let slots = node.op.slots();
        self.moves[id.0] = !slots.is_empty() || node.inputs.iter().any(|input| self.moves[input.0]);
        if let Op::BatchNorm { gamma, beta, eps, relu, .. } = node.op {
            return self.norm(id, node, [gamma, beta], eps, relu);
        }
        let inputs = node.inputs.iter().map(|id| self.whole(*id)).collect::<Result<Vec<_>>>()?;
        let inputs: Vec<&Tensor> = inputs.iter().collect();
        let moves = node.inputs.iter().any(|input| self.moves[input.0]);
        if let Some(prepared) = prepare(node, &inputs, &self.tensors, self.pass, moves)? {
            let nodes = node.inputs.iter().map(|id| Target::Node(*id));
            let targets = nodes.chain(slots.into_iter().map(Target::Slot)).collect();
            return self.done(id, prepared, targets);
        }
        let plain = |inputs: &[&Tensor]| compute(node, inputs, &self.tensors, self.batch, self.pass);
        let step = match (&node.op, &node.inputs[..]) {
            (Op::Parameter(slot), _) => Step::Parameter(*slot),
            (Op::Add, &[x, y]) if inputs[0].dims() == inputs[1].dims() => Step::Sum([x, y]),
            (Op::Reshape(_) | Op::Dropout(_), &[x]) => Step::Reshape(x),
            (Op::Permute(order), &[x]) => {
                Step::Permute(x, std::iter::once(0).chain(order.iter().map(|axis| axis + 1)).collect())
            }
            (Op::Concat(axis), ids) => {
                let lens = inputs.iter().map(|x| x.dims()[axis + 1]);
                Step::Concat { axis: axis + 1, parts: ids.iter().copied().zip(lens).collect() }
            }
            (Op::Slice { axis, start, len }, &[from]) => {
                let behind = inputs[0].dims()[axis + 1] - start - len;
                Step::Slice { from, axis: axis + 1, start: *start, behind }
            }
            (Op::Pad { axis, before, .. }, &[from]) => {
                Step::Pad { from, axis: axis + 1, before: *before, len: inputs[0].dims()[axis + 1] }
            }
            _ => return self.by_library(id, node, &inputs),
        };
        let value = plain(&inputs)?.detach();
        if self.moves[id.0] {
            self.steps.push((id, step));
        }
        Ok(value)
    }

    fn by_library(&mut self, id: Id, node: &Node, inputs: &[&Tensor]) -> Result<Tensor> {
        let mut given: Vec<Tensor> = inputs.iter().map(|x| (*x).clone()).collect();
        let mut variables = Vec::new();
        for (input, x) in node.inputs.iter().zip(&mut given) {
            if self.moves[input.0] {
                let variable = Var::from_tensor(x)?;
                *x = variable.as_tensor().clone();
                variables.push((*input, variable));
            }
        }
        let given: Vec<&Tensor> = given.iter().collect();
        let result = compute(node, &given, &self.tensors, self.batch, self.pass)?;
        let value = result.detach();
        if self.moves[id.0] {
            let slots = node.op.slots();
            self.steps.push((id, Step::Library { inputs: variables, result, slots }));
        }
        Ok(value)
    }

    fn norm(
        &mut self,
        id: Id,
        node: &Node,
        [gamma, beta]: [SlotId; 2],
        eps: f64,
        relu: bool,
    ) -> Result<Tensor> {
        let Some(&from) = node.inputs.first() else { return Err(not_computed(node)) };
        let maps = self.maps_of(from)?;
        let known = &mut self.statistics;
        let of_batch = || -> Result<ChannelStatistics> {
            let mut parts = Vec::new();
            for (source, map) in &maps {
                let of = match known.get(source) {
                    Some(of) => of.clone(),
                    None => Arc::new(channel_statistics(map)?),
                };
                known.insert(*source, of.clone());
                parts.push(of);
            }
            Ok(ChannelStatistics::joined(parts.iter().map(Arc::as_ref)))
        };
        let (of, statistics) = norm_statistics(node, &self.tensors, self.pass, of_batch)?;
        let norm = Norm::new(&of, statistics, eps, relu);
        let maps = maps
            .into_iter()
            .map(|(source, map)| Ok((source, map.contiguous()?)))
            .collect::<Result<Vec<_>>>()?;
        let value = by_dtype!(maps[0].1.dtype(), "batch_norm", T => {
            normed::<T>(&norm, &maps, [self.tensors.get(gamma), self.tensors.get(beta)], node)
        })?;
        self.steps.push((id, Step::Norm { norm, maps, gamma, beta }));
        Ok(value)
    }
}

/// Hands numbers of maps one behind the other to `body`.
pub(super) fn with_joined<T: Element, R>(
    maps: &[(Id, Tensor)],
    body: impl FnOnce(&Joined<'_, T>) -> candle_core::Result<R>,
) -> candle_core::Result<R> {
    let hosts: Vec<Host<'_>> = maps.iter().map(|(_, map)| Host::of(map)).collect();
    let (batch, _, plane) = planes(maps[0].1.dims());
    let parts = hosts.iter().zip(maps).map(|(host, (_, map))| Ok((host.values::<T>()?, map.dims()[1])));
    body(&Joined::new(parts.collect::<candle_core::Result<_>>()?, batch, plane))
}

fn normed<T: Element>(
    norm: &Norm,
    maps: &[(Id, Tensor)],
    [gamma, beta]: [&Tensor; 2],
    node: &Node,
) -> candle_core::Result<Tensor> {
    let (gamma, beta) = (Host::of(gamma), Host::of(beta));
    let lines = norm.lines::<T>(gamma.values()?, beta.values()?);
    let batch = maps[0].1.dims()[0];
    let out = with_joined(maps, |joined| Ok(norm.forward(joined, &lines)))?;
    tensor(out, &maps[0].1, &[&[batch], &node.shape[..]].concat())
}

/// Which nodes are concatenations of channels that only batch norms, or others of their kind, look at.
pub(super) fn joined_later(nodes: &[Node]) -> Vec<bool> {
    let mut joined: Vec<bool> = nodes.iter().map(|node| node.op == Op::Concat(0)).collect();
    let mut seen = vec![false; nodes.len()];
    for (place, node) in nodes.iter().enumerate().rev() {
        joined[place] &= seen[place];
        let keeps = matches!(node.op, Op::BatchNorm { .. }) || joined[place];
        for input in &node.inputs {
            seen[input.0] = true;
            joined[input.0] &= keeps;
        }
    }
    joined
}
