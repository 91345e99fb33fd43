//! A batch of one size on its way through a net and back, as launches.

use brinell_gpu::{Launch, View};

use super::draws::Draws;
use super::planner::Planner;
use super::weights::Weights;
use crate::error::Result;
use crate::graph::network::Network;
use crate::graph::{Id, SlotId};

/// What is planned: samples of a batch, whether the net learns, and the nodes that are wanted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Wanted {
    pub(super) batch: usize,
    pub(super) training: bool,
    pub(super) nodes: Vec<Id>,
}

/// Where numbers of a sample lie, and how many there are.
pub(super) type Lying = (View, usize);

pub(super) struct Plan {
    pub(super) forward: Vec<Launch>,
    pub(super) backward: Vec<Launch>,
    /// Where the batch has to be put.
    pub(super) input: Lying,
    /// Where the wanted values are, without gaps.
    pub(super) outputs: Vec<Lying>,
    /// Where their gradients have to be put before the way back.
    pub(super) seeds: Vec<Lying>,
    pub(super) draws: Draws,
    /// Numbers of working memory.
    pub(super) arena: usize,
    /// What is trained and gets no gradient.
    pub(super) left_out: Vec<SlotId>,
}

impl Plan {
    pub(super) fn new(network: &Network, weights: &Weights, wanted: &Wanted) -> Result<Self> {
        let mut uses = network.uses(Id(0), &wanted.nodes)?;
        // The batch is put somewhere even where nothing looks at it.
        uses[0] += 1;
        let used: Vec<bool> = uses.iter().map(|uses| *uses > 0).collect();
        let mut planner = Planner::new(network, weights, wanted.batch, wanted.training, &used);
        planner.forward(&uses)?;
        let input = (planner.value(Id(0))?.view, planner.sample(Id(0)));
        let mut outputs = Vec::new();
        for id in &wanted.nodes {
            let sample = planner.sample(*id);
            let value = planner.value(*id)?;
            outputs.push((planner.dense(value, sample)?.view, sample));
        }
        let forward = std::mem::take(&mut planner.launches);
        let seeds = if wanted.training { planner.backward(&wanted.nodes)? } else { Vec::new() };
        let seeds = seeds.into_iter().zip(&outputs).map(|(view, (_, sample))| (view, *sample)).collect();
        let slots = network.graph().slots().iter().enumerate();
        let left_out =
            slots.filter(|(at, slot)| slot.trained && !planner.moved[*at]).map(|(at, _)| SlotId(at));
        Ok(Self {
            forward,
            backward: planner.launches,
            input,
            outputs,
            seeds,
            left_out: left_out.collect(),
            arena: planner.arena.len(),
            draws: planner.draws,
        })
    }
}
