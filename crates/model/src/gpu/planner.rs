//! A plan that is being written: where every value of a batch lies, and what is launched.

use brinell_gpu::{At, Broadcast, Cell, Launch, Target, View, copy};

use super::arena::{Arena, Block};
use super::draws::Draws;
use super::joined::Joined;
use super::weights::Weights;
use super::{ARENA, GRADIENTS, STATE};
use crate::error::{Error, Result};
use crate::graph::network::Network;
use crate::graph::{Id, Node, SlotId};

/// Most numbers of one value: kernels count to 2^31, some of them a few tiles beyond what they work on.
const MOST_NUMBERS: usize = (1 << 31) - (1 << 16);

/// Numbers of a batch, and the stretch that they lie in where it is one of the arena.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Value {
    pub(super) view: View,
    pub(super) block: Option<Block>,
}

/// A weight of products: the slot's own numbers, or what taps were left of them in a stretch of the arena.
#[derive(Debug, Clone, Copy)]
pub(super) struct Weight {
    pub(super) slot: SlotId,
    /// The numbers in use, and what they were multiplied by, tap by tap.
    pub(super) dropped: Option<(Value, At)>,
}

/// What the way back of a node is told from.
#[derive(Debug)]
pub(super) enum Kept {
    Parameter(SlotId),
    Convolution {
        conv: brinell_gpu::Convolution,
        x: Value,
        weight: Weight,
        bias: Option<SlotId>,
    },
    Linear {
        x: Value,
        sizes: [usize; 2],
        weight: SlotId,
        bias: Option<SlotId>,
    },
    Norm {
        norm: brinell_gpu::BatchNorm,
        x: Value,
        statistics: [At; 2],
        of_batch: Option<Block>,
        slots: [SlotId; 2],
    },
    LayerNorm {
        norm: brinell_gpu::LayerNorm,
        x: Value,
        slots: [SlotId; 2],
    },
    Function {
        function: brinell_gpu::Function,
        x: Value,
        y: Value,
    },
    /// The sum of two of the same shape.
    Sum,
    Join {
        join: brinell_gpu::Join,
        broadcast: Broadcast,
        x: Value,
        y: Value,
    },
    PoolLargest {
        pool: brinell_gpu::Pool,
        places: Value,
    },
    PoolMean {
        pool: brinell_gpu::Pool,
        count_padding: bool,
    },
    AdaptiveLargest {
        pool: brinell_gpu::AdaptivePool,
        places: Value,
    },
    AdaptiveMean(brinell_gpu::AdaptivePool),
    AxisMean(brinell_gpu::Axis),
    AxisLargest {
        axis: brinell_gpu::Axis,
        places: Value,
    },
    Softmax {
        axis: brinell_gpu::Axis,
        y: Value,
    },
    /// The same numbers.
    Same,
    /// Parts that were copied one behind the other along an axis.
    Copied {
        outer: usize,
        inner: usize,
        lens: Vec<usize>,
    },
    Slice {
        outer: usize,
        len: usize,
        inner: usize,
        start: usize,
        taken: usize,
    },
    Pad {
        outer: usize,
        len: usize,
        inner: usize,
        start: usize,
        taken: usize,
    },
    Permute {
        shape: [usize; 4],
        back: [usize; 4],
    },
    Product {
        lead: usize,
        sizes: [usize; 3],
        x: Value,
        y: Value,
    },
    Dropout(At),
    SoftThreshold {
        shrink: brinell_gpu::SoftThreshold,
        x: Value,
        t: Value,
    },
    /// Sensors, by the factor of each in each sample.
    Sensors {
        broadcast: Broadcast,
        factors: Value,
    },
    Recurrent {
        conv: brinell_gpu::Convolution,
        x: Value,
        directions: Vec<Direction>,
    },
}

/// One direction of a recurrent layer.
#[derive(Debug)]
pub(super) struct Direction {
    pub(super) recurrent: brinell_gpu::Recurrent,
    pub(super) slots: [SlotId; 4],
    pub(super) kept: Value,
    /// Its channels of the result.
    pub(super) y: Value,
    /// Their first number within a sample.
    pub(super) offset: usize,
}

/// A region of maps side by side that is in use.
#[derive(Debug)]
pub(super) struct Statistics {
    pub(super) block: Block,
    /// The nodes whose statistics are known.
    pub(super) known: Vec<Id>,
}

pub(super) struct Planner<'a> {
    pub(super) network: &'a Network,
    pub(super) weights: &'a Weights,
    pub(super) batch: usize,
    pub(super) training: bool,
    pub(super) joined: Joined,
    pub(super) arena: Arena,
    pub(super) launches: Vec<Launch>,
    pub(super) draws: Draws,
    pub(super) values: Vec<Option<Value>>,
    /// Which nodes a gradient goes to.
    pub(super) moves: Vec<bool>,
    pub(super) tape: Vec<(Id, Kept)>,
    /// By region: where the values lie, while they are in use.
    pub(super) regions: Vec<Option<Block>>,
    /// By region: mean and variance of its channels in this batch.
    pub(super) statistics: Vec<Option<Statistics>>,
    /// By node, not of a region.
    pub(super) gradients: Vec<Option<Value>>,
    /// By region: where the gradients of its parts lie, and which of them are written.
    pub(super) gradient_regions: Vec<Option<(Block, Vec<Id>)>>,
    /// By slot: whether its gradient is written.
    pub(super) moved: Vec<bool>,
}

impl<'a> Planner<'a> {
    pub(super) fn new(
        network: &'a Network,
        weights: &'a Weights,
        batch: usize,
        training: bool,
        used: &[bool],
    ) -> Self {
        let (nodes, slots) = (network.graph().nodes(), network.graph().slots().len());
        let joined = Joined::of(nodes, used);
        let regions = joined.regions.len();
        Self {
            network,
            weights,
            batch,
            training,
            joined,
            arena: Arena::default(),
            launches: Vec::new(),
            draws: Draws::default(),
            values: vec![None; nodes.len()],
            moves: vec![false; nodes.len()],
            tape: Vec::new(),
            regions: vec![None; regions],
            statistics: (0..regions).map(|_| None).collect(),
            gradients: vec![None; nodes.len()],
            gradient_regions: vec![None; regions],
            moved: vec![false; slots],
        }
    }

    pub(super) fn node(&self, id: Id) -> &'a Node {
        self.network.graph().node(id)
    }

    /// Numbers of a sample of a node's value.
    pub(super) fn sample(&self, id: Id) -> usize {
        self.node(id).shape.iter().product()
    }

    pub(super) fn slot(&self, slot: SlotId) -> At {
        At { buffer: STATE, offset: self.weights.offset(slot) }
    }

    /// Where a slot's gradient goes, and whether it is added to what is there.
    pub(super) fn slot_gradient(&mut self, slot: SlotId) -> (At, bool) {
        let add = std::mem::replace(&mut self.moved[slot.0], true);
        (At { buffer: GRADIENTS, offset: self.weights.offset(slot) }, add)
    }

    pub(super) fn at(&self, block: Block) -> At {
        At { buffer: ARENA, offset: self.arena.offset(block) }
    }

    /// Room for so many numbers a sample.
    pub(super) fn take(&mut self, sample: usize) -> Result<Value> {
        self.take_for(self.batch, sample)
    }

    pub(super) fn take_for(&mut self, batch: usize, sample: usize) -> Result<Value> {
        let numbers = batch.checked_mul(sample).filter(|all| *all <= MOST_NUMBERS).ok_or_else(|| {
            let what = format!("a batch of {batch} with {sample} numbers a sample in one layer");
            Error::Gpu(brinell_gpu::Error::TooLarge { what })
        })?;
        let block = self.arena.take(numbers);
        Ok(Value { view: View { at: self.at(block), pitch: sample }, block: Some(block) })
    }

    /// Working memory of the launches that `with` gives, free again behind them.
    pub(super) fn with_scratch(&mut self, numbers: usize, with: impl FnOnce(At) -> Vec<Launch>) {
        let block = self.arena.take(numbers);
        let launches = with(self.at(block));
        self.launches.extend(launches);
        self.arena.release(block);
    }

    pub(super) fn hold(&mut self, value: Value) -> Value {
        if let Some(block) = value.block {
            self.arena.hold(block);
        }
        value
    }

    pub(super) fn release(&mut self, value: Value) {
        if let Some(block) = value.block {
            self.arena.release(block);
        }
    }

    /// The same numbers of a batch without gaps between samples; to be released.
    pub(super) fn dense(&mut self, value: Value, sample: usize) -> Result<Value> {
        if value.view.pitch == sample {
            return Ok(self.hold(value));
        }
        let own = self.take(sample)?;
        let to = Target { view: own.view, add: false };
        self.launches.push(copy(self.batch, sample, value.view, to));
        Ok(own)
    }

    /// A node's value, as it was computed.
    pub(super) fn value(&self, id: Id) -> Result<Value> {
        self.values[id.0].ok_or_else(|| {
            let node = self.node(id);
            Error::layer(&node.layer, &node.shape, "what it works on was not computed: a fault of this crate")
        })
    }
}

/// A shape of up to four axes, with axes of 1 before.
pub(super) fn four(shape: &[usize], node: &Node) -> Result<[usize; 4]> {
    let mut all = [1; 4];
    match 4_usize.checked_sub(shape.len()) {
        Some(before) => all[before..].copy_from_slice(shape),
        None => {
            let reason = "more than four axes have no kernel on a GPU: choose the device `cpu`";
            return Err(Error::layer(&node.layer, shape, reason));
        }
    }
    Ok(all)
}

/// What lies before an axis, the axis, and what lies behind it.
pub(super) fn around(shape: &[usize], axis: usize) -> [usize; 3] {
    [shape[..axis].iter().product(), shape[axis], shape[axis + 1..].iter().product()]
}

pub(super) fn cell(kind: crate::graph::RecurrentKind) -> Cell {
    match kind {
        crate::graph::RecurrentKind::Gru => Cell::Gru,
        crate::graph::RecurrentKind::Lstm => Cell::Lstm,
    }
}
