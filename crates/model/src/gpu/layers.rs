//! Layers with tensors of their own on their way through a net.

use brinell_gpu::{At, BatchNorm, Convolution, Join, Linear, Recurrent, View};

use super::draws::Draw;
use super::forward::{ONE, of_taps};
use super::planner::{Direction, Kept, Planner, Statistics, Value, Weight, cell};
use crate::error::{Error, Result};
use crate::graph::{Id, Node, Recurrence, SlotId};

impl Planner<'_> {
    /// A kernel's weight; in training its taps may be dropped.
    pub(super) fn weight(
        &mut self,
        slot: SlotId,
        tap_dropout: Option<[f64; 2]>,
        node: &Node,
    ) -> Result<Weight> {
        let Some(rates) = tap_dropout.filter(|_| self.training) else {
            return Ok(Weight { slot, dropped: None });
        };
        let taps: usize = self.network.graph().slots()[slot.0].shape[2..].iter().product();
        let mask = self.draws.add(Draw::Taps { layer: node.layer.clone(), rates, taps });
        let all = self.weights.len(slot);
        let value = self.take_for(1, all)?;
        let own = View { at: self.slot(slot), pitch: all };
        let broadcast = of_taps(all, taps);
        self.launches.push(broadcast.forward(Join::Multiply, own, View { at: mask, pitch: 0 }, value.view));
        Ok(Weight { slot, dropped: Some((value, mask)) })
    }

    pub(super) fn convolve(
        &mut self,
        id: Id,
        conv: Convolution,
        x: Value,
        weight: Weight,
        bias: Option<SlotId>,
    ) -> Result<Value> {
        let y = self.result(id)?;
        let numbers = weight.dropped.map_or(self.slot(weight.slot), |(value, _)| value.view.at);
        let offset = bias.map(|slot| self.slot(slot));
        self.launches.extend(conv.forward(x.view, numbers, offset, false, y.view));
        let held: Vec<Value> = std::iter::once(x).chain(weight.dropped.map(|(value, _)| value)).collect();
        self.keep(id, Kept::Convolution { conv, x, weight, bias }, &held);
        if let Some((value, _)) = weight.dropped {
            self.release(value);
        }
        Ok(y)
    }

    pub(super) fn linear(
        &mut self,
        id: Id,
        x: Value,
        [inputs, outputs]: [usize; 2],
        weight: SlotId,
        bias: Option<SlotId>,
    ) -> Result<Value> {
        let y = self.result(id)?;
        let linear = Linear { batch: self.batch, inputs, outputs };
        let (numbers, offset) = (self.slot(weight), bias.map(|slot| self.slot(slot)));
        self.with_scratch(linear.scratch(), |scratch| {
            linear.forward(x.view, numbers, offset, y.view, scratch)
        });
        self.keep(id, Kept::Linear { x, sizes: [inputs, outputs], weight, bias }, &[x]);
        Ok(y)
    }

    pub(super) fn norm(
        &mut self,
        id: Id,
        norm: BatchNorm,
        (source, x): (Id, Value),
        slots: [SlotId; 2],
        running: [At; 2],
        momentum: f64,
    ) -> Result<Value> {
        let [gamma, beta] = slots.map(|slot| self.slot(slot));
        if !self.training {
            let y = self.result(id)?;
            self.launches.push(norm.forward(x.view, running, gamma, beta, y.view));
            return Ok(y);
        }
        if norm.batch * norm.positions < 2 {
            let node = self.node(id);
            let reason =
                "a batch norm needs at least two values of every channel in training: take a larger batch";
            return Err(Error::layer(&node.layer, &node.shape, reason));
        }
        let (statistics, block) = self.statistics_of(&norm, source, x)?;
        let share = self.draws.add(Draw::Share { momentum });
        let [mean, variance] = statistics;
        self.launches.push(norm.follow(mean, variance, running, share));
        let y = self.result(id)?;
        self.launches.push(norm.forward(x.view, statistics, gamma, beta, y.view));
        let of_batch = Value { view: View { at: mean, pitch: 0 }, block: Some(block) };
        self.keep(id, Kept::Norm { norm, x, statistics, of_batch: Some(block), slots }, &[x, of_batch]);
        self.release(of_batch);
        Ok(y)
    }

    /// Mean and variance of a batch's channels; those of parts of a region are told once, however many norms look at them.
    /// The block is to be released.
    fn statistics_of(
        &mut self,
        norm: &BatchNorm,
        source: Id,
        x: Value,
    ) -> Result<([At; 2], super::arena::Block)> {
        let Some(home) = self.joined.homes[source.0] else {
            let block = self.arena.take(2 * norm.channels);
            let (mean, variance) = (self.at(block), self.at(block).plus(norm.channels));
            let norm = *norm;
            self.with_scratch(norm.scratch(), |scratch| norm.statistics(x.view, mean, variance, scratch));
            return Ok(([mean, variance], block));
        };
        let all = self.joined.regions[home.region].sample / norm.positions;
        if self.statistics[home.region].is_none() {
            let block = self.arena.take(2 * all);
            self.statistics[home.region] = Some(Statistics { block, known: Vec::new() });
        }
        let statistics = self.statistics[home.region].as_mut();
        let Some(Statistics { block, known }) = statistics else { unreachable!("it was just put there") };
        let block = *block;
        let mut unknown = Vec::new();
        for part in self.joined.parts_of(source) {
            if !known.contains(&part) {
                known.push(part);
                unknown.push(part);
            }
        }
        for part in unknown {
            let channels = self.node(part).shape[0];
            let value = self.value(part)?;
            let own = self.joined.homes[part.0].map_or(0, |own| own.offset / norm.positions);
            let (mean, variance) = (self.at(block).plus(own), self.at(block).plus(all + own));
            let norm = BatchNorm { channels, ..*norm };
            self.with_scratch(norm.scratch(), |scratch| norm.statistics(value.view, mean, variance, scratch));
        }
        self.arena.hold(block);
        let first = home.offset / norm.positions;
        Ok(([self.at(block).plus(first), self.at(block).plus(all + first)], block))
    }

    pub(super) fn recurrent(
        &mut self,
        id: Id,
        layer: &Recurrence,
        x: Value,
        [features, time]: [usize; 2],
    ) -> Result<Value> {
        let batch = self.batch;
        let rows = layer.kind.gates() * layer.hidden;
        let conv = self.convolution(ONE, 1, &[features, time], &[rows, time]);
        let result = self.result(id)?;
        let mut directions = Vec::new();
        for (number, slots) in layer.directions.iter().enumerate() {
            let [wx, wh, bx, bh] = slots.map(|slot| self.slot(slot));
            let given = self.take(rows * time)?;
            self.launches.extend(conv.forward(x.view, wx, Some(bx), false, given.view));
            let recurrent =
                Recurrent { batch, cell: cell(layer.kind), hidden: layer.hidden, time, reverse: number == 1 };
            let offset = number * layer.hidden * time;
            let y = Value { view: View { at: result.view.at.plus(offset), ..result.view }, ..result };
            let kept = self.take_for(1, recurrent.kept())?;
            self.launches.extend(recurrent.forward(given.view, wh, bh, y.view, kept.view.at));
            self.release(given);
            directions.push(Direction { recurrent, slots: *slots, kept, y, offset });
        }
        let held: Vec<Value> =
            directions.iter().flat_map(|own| [own.kept, own.y]).chain(std::iter::once(x)).collect();
        let kept: Vec<Value> = directions.iter().map(|own| own.kept).collect();
        self.keep(id, Kept::Recurrent { conv, x, directions }, &held);
        for value in kept {
            self.release(value);
        }
        Ok(result)
    }
}
