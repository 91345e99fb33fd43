//! What is left of a graph when nothing is trained: norms become factors of the weights before them, ReLU the end of
//! the task before it, dropout nothing. Weights are folded in double precision and rounded once.

use crate::error::Result;
use crate::graph::network::Network;
use crate::graph::{Gather, Op, RecurrentKind, SlotId, Unary};
use crate::ops::Window;

/// What a task does.
#[derive(Debug, Clone)]
pub(super) enum Work {
    /// The net's input.
    Input,
    /// The same numbers for every sample.
    Constant(Vec<f32>),
    /// The first input as it is.
    Same,
    Conv {
        window: Window,
        groups: usize,
        /// `[O, C / groups, taps]`.
        weight: Vec<f64>,
        /// `[O]`.
        bias: Vec<f64>,
    },
    /// `[O, C]` and `[O]`.
    Linear {
        weight: Vec<f64>,
        bias: Vec<f64>,
    },
    /// `factor · x + offset`, one of each a channel.
    Scale {
        factor: Vec<f64>,
        offset: Vec<f64>,
    },
    LayerNorm {
        gamma: Vec<f32>,
        beta: Vec<f32>,
        eps: f64,
    },
    Recurrent {
        kind: RecurrentKind,
        hidden: usize,
        directions: Vec<[Vec<f64>; 4]>,
    },
    /// A max pooling of the first input times the second, a gate a channel.
    GatedPool {
        window: Window,
    },
    /// An op without tensors.
    Plain(Op),
}

/// One node of what is left.
#[derive(Debug, Clone)]
pub(super) struct Task {
    pub(super) work: Work,
    /// Places of what it works on.
    pub(super) inputs: Vec<usize>,
    /// Without the batch axis.
    pub(super) shape: Vec<usize>,
    /// Whether negative results become 0.
    pub(super) relu: bool,
}

impl Task {
    pub(super) fn len(&self) -> usize {
        self.shape.iter().product()
    }
}

/// The tasks that the outputs of `network` need, each behind those it works on. Place by place they are the nodes of
/// the graph; what nothing needs any more is `None`.
pub(super) fn tasks(network: &Network) -> Result<Vec<Option<Task>>> {
    let graph = network.graph();
    let mut readers = vec![0_usize; graph.nodes().len()];
    graph.outputs().iter().for_each(|(_, id)| readers[id.0] += 1);
    for (place, node) in graph.nodes().iter().enumerate().rev() {
        if readers[place] > 0 {
            node.inputs.iter().for_each(|id| readers[id.0] += 1);
        }
    }
    let mut tasks: Vec<Option<Task>> = Vec::with_capacity(readers.len());
    for (node, &read) in graph.nodes().iter().zip(&readers) {
        if read == 0 {
            tasks.push(None);
            continue;
        }
        let inputs: Vec<usize> = node.inputs.iter().map(|id| id.0).collect();
        let (work, relu) = work(network, &node.op)?;
        let mut task = Task { work, inputs, shape: node.shape.clone(), relu };
        if let Some(before) = task.inputs.first().and_then(|at| alone(&tasks, &readers, *at))
            && let Some(before) = &mut tasks[before]
        {
            absorb(before, &mut task);
        }
        tasks.push(Some(task));
    }
    gate_pools(&mut tasks, &readers);
    forget_unread(&mut tasks, graph.outputs().iter().map(|(_, id)| id.0));
    Ok(tasks)
}

fn work(network: &Network, op: &Op) -> Result<(Work, bool)> {
    let numbers = |slot: SlotId| network.numbers(slot);
    let single = |slot: SlotId| -> Result<Vec<f32>> { Ok(rounded(&network.numbers(slot)?)) };
    let bias = |slot: &Option<SlotId>, outputs: usize| match slot {
        Some(slot) => network.numbers(*slot),
        None => Ok(vec![0.0; outputs]),
    };
    let outputs = |slot: &SlotId| network.graph().slots()[slot.0].shape.first().copied().unwrap_or(0);
    let work = match op {
        Op::Input => Work::Input,
        Op::Parameter(slot) => Work::Constant(single(*slot)?),
        Op::Conv { window, groups, weight, bias: with, .. } => {
            let bias = bias(with, outputs(weight))?;
            Work::Conv { window: *window, groups: *groups, weight: numbers(*weight)?, bias }
        }
        Op::Linear { weight, bias: with } => {
            Work::Linear { weight: numbers(*weight)?, bias: bias(with, outputs(weight))? }
        }
        Op::BatchNorm { gamma, beta, mean, variance, eps, relu, .. } => {
            let (gamma, beta) = (numbers(*gamma)?, numbers(*beta)?);
            let (mean, variance) = (numbers(*mean)?, numbers(*variance)?);
            let factor: Vec<f64> = gamma.iter().zip(&variance).map(|(g, v)| g / (v + eps).sqrt()).collect();
            let shifts = beta.iter().zip(mean).zip(&factor);
            let offset = shifts.map(|((beta, mean), factor)| beta - mean * factor).collect();
            return Ok((Work::Scale { factor, offset }, *relu));
        }
        Op::LayerNorm { gamma, beta, eps } => {
            Work::LayerNorm { gamma: single(*gamma)?, beta: single(*beta)?, eps: *eps }
        }
        Op::Recurrent(layer) => {
            let of = |[a, b, c, d]: &[SlotId; 4]| -> Result<[Vec<f64>; 4]> {
                Ok([numbers(*a)?, numbers(*b)?, numbers(*c)?, numbers(*d)?])
            };
            let directions = layer.directions.iter().map(of).collect::<Result<_>>()?;
            Work::Recurrent { kind: layer.kind, hidden: layer.hidden, directions }
        }
        Op::Dropout(_) => Work::Same,
        other => Work::Plain(other.clone()),
    };
    Ok((work, false))
}

/// The task at or before `at` that is more than [`Work::Same`], if only one other reads it.
fn alone(tasks: &[Option<Task>], readers: &[usize], mut at: usize) -> Option<usize> {
    loop {
        if readers[at] != 1 {
            return None;
        }
        match tasks[at].as_ref() {
            Some(Task { work: Work::Same, inputs, .. }) => at = *inputs.first()?,
            Some(_) => return Some(at),
            None => return None,
        }
    }
}

/// Takes `next` into `before`, whose only reader it is, where that can be done.
fn absorb(before: &mut Task, next: &mut Task) {
    if before.relu {
        return;
    }
    match (&mut before.work, &next.work) {
        (Work::Conv { weight, bias, .. } | Work::Linear { weight, bias }, Work::Scale { factor, offset }) => {
            let row = weight.len() / factor.len().max(1);
            for (weights, factor) in weight.chunks_mut(row.max(1)).zip(factor) {
                weights.iter_mut().for_each(|weight| *weight *= factor);
            }
            for ((bias, factor), offset) in bias.iter_mut().zip(factor).zip(offset) {
                *bias = *bias * factor + offset;
            }
            before.relu = next.relu;
        }
        (
            Work::Conv { .. } | Work::Linear { .. } | Work::Scale { .. } | Work::Plain(Op::Add),
            Work::Plain(Op::Unary(Unary::Relu)),
        ) => before.relu = true,
        _ => return,
    }
    next.work = Work::Same;
    next.relu = false;
}

/// Gates that only a max pooling looks behind are applied while it reads.
fn gate_pools(tasks: &mut [Option<Task>], readers: &[usize]) {
    for at in 0..tasks.len() {
        let Some(Task { work: Work::Plain(Op::Pool { gather: Gather::Max, window, .. }), inputs, .. }) =
            &tasks[at]
        else {
            continue;
        };
        let window = *window;
        let Some(gated) = alone(tasks, readers, inputs[0]).and_then(|at| tasks[at].as_ref()) else {
            continue;
        };
        let Work::Plain(Op::Mul) = gated.work else { continue };
        let shape = |at: usize| tasks[at].as_ref().map(|task| &task.shape[..]);
        let operands = gated.inputs.clone();
        if gated.shape.len() < 2
            || shape(operands[0]) != Some(&gated.shape)
            || shape(operands[1]) != Some(&gated.shape[..1])
        {
            continue;
        }
        if let Some(pool) = &mut tasks[at] {
            (pool.work, pool.inputs) = (Work::GatedPool { window }, operands);
        }
    }
}

fn forget_unread(tasks: &mut [Option<Task>], outputs: impl Iterator<Item = usize>) {
    let mut read = vec![false; tasks.len()];
    outputs.for_each(|at| read[at] = true);
    for at in (0..tasks.len()).rev() {
        match &tasks[at] {
            Some(task) if read[at] => task.inputs.iter().for_each(|input| read[*input] = true),
            _ => tasks[at] = None,
        }
    }
}

pub(super) fn rounded(values: &[f64]) -> Vec<f32> {
    values.iter().map(|value| *value as f32).collect()
}
