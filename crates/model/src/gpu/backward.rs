//! The launches of a batch on its way back: the gradients of all that is trained.

use brinell_gpu::{
    At, Convolution, Join, Matrix, Target, View, channel_sums, channel_sums_scratch, copy, dropout,
    function_gradient, permute, place, product, slice,
};

use super::forward::of_taps;
use super::planner::{Kept, Planner, Value, Weight};
use crate::error::Result;
use crate::graph::{Id, SlotId};

impl Planner<'_> {
    /// The way back from `wanted`; gives where the gradient of each has to be put before.
    pub(super) fn backward(&mut self, wanted: &[Id]) -> Result<Vec<View>> {
        let mut seeds = Vec::new();
        for id in wanted {
            let seed = self.take(self.sample(*id))?;
            seeds.push(seed);
        }
        for (id, seed) in wanted.iter().zip(&seeds) {
            self.pass_on(*id, *seed)?;
            self.release(*seed);
        }
        while let Some((id, kept)) = self.tape.pop() {
            let gradient = self.gradient_of(id);
            if let Some(gradient) = gradient {
                self.back(id, &kept, gradient)?;
            }
            if let Some(home) = self.joined.homes[id.0] {
                if let Some((block, _)) = &self.gradient_regions[home.region] {
                    self.arena.release(*block);
                }
            } else if let Some(gradient) = gradient {
                self.release(gradient);
            }
            self.let_go(kept);
        }
        Ok(seeds.into_iter().map(|seed| seed.view).collect())
    }

    /// What came back to a node; nothing where the loss does not depend on it.
    fn gradient_of(&mut self, id: Id) -> Option<Value> {
        let Some(home) = self.joined.homes[id.0] else { return self.gradients[id.0].take() };
        let (block, written) = self.gradient_regions[home.region].as_ref()?;
        let view =
            View { at: self.at(*block).plus(home.offset), pitch: self.joined.regions[home.region].sample };
        written.contains(&id).then_some(Value { view, block: Some(*block) })
    }

    /// Hands the place of a node's gradient to `with`, which writes or adds to it.
    fn give(&mut self, id: Id, with: impl FnOnce(&mut Self, Target) -> Result<()>) -> Result<()> {
        if !self.moves[id.0] {
            return Ok(());
        }
        let sample = self.sample(id);
        let Some(home) = self.joined.homes[id.0] else {
            let (value, add) = match self.gradients[id.0] {
                None => (self.take(sample)?, false),
                Some(old) if old.block.is_some_and(|block| self.arena.is_shared(block)) => {
                    let own = self.take(sample)?;
                    let to = Target { view: own.view, add: false };
                    self.launches.push(copy(self.batch, sample, old.view, to));
                    self.release(old);
                    (own, true)
                }
                Some(old) => (old, true),
            };
            self.gradients[id.0] = Some(value);
            return with(self, Target { view: value.view, add });
        };
        let region = &self.joined.regions[home.region];
        let pitch = region.sample;
        let block = match &self.gradient_regions[home.region] {
            Some((block, _)) => *block,
            None => {
                let whole = self.take(pitch)?;
                let block = whole.block.unwrap_or_else(|| unreachable!("it was just taken"));
                let parts = &self.joined.regions[home.region].parts;
                for _ in 1..parts.iter().filter(|part| self.moves[part.0]).count() {
                    self.arena.hold(block);
                }
                self.gradient_regions[home.region] = Some((block, Vec::new()));
                block
            }
        };
        let parts = self.joined.parts_of(id);
        let written = |own: &Self, part: &Id| {
            own.gradient_regions[home.region].as_ref().is_some_and(|(_, written)| written.contains(part))
        };
        let known = parts.iter().filter(|part| written(self, part)).count();
        let view = View { at: self.at(block).plus(home.offset), pitch };
        if known == 0 || known == parts.len() {
            with(self, Target { view, add: known > 0 })?;
        } else {
            let apart = self.take(sample)?;
            with(self, Target { view: apart.view, add: false })?;
            let mut offset = 0;
            for part in &parts {
                let numbers = self.sample(*part);
                let from = View { at: apart.view.at.plus(offset), ..apart.view };
                let view = View { at: view.at.plus(offset), pitch };
                let add = written(self, part);
                self.launches.push(copy(self.batch, numbers, from, Target { view, add }));
                offset += numbers;
            }
            self.release(apart);
        }
        if let Some((_, written)) = &mut self.gradient_regions[home.region] {
            written.extend(parts.iter().copied().filter(|part| !written.contains(part)).collect::<Vec<_>>());
        }
        Ok(())
    }

    /// Gives a gradient on as it is. Where nothing else came there yet, it is looked at where it lies.
    fn pass_on(&mut self, id: Id, gradient: Value) -> Result<()> {
        if !self.moves[id.0] {
            return Ok(());
        }
        if self.joined.homes[id.0].is_none() && self.gradients[id.0].is_none() {
            self.gradients[id.0] = Some(self.hold(gradient));
            return Ok(());
        }
        let sample = self.sample(id);
        self.give(id, |own, to| {
            own.launches.push(copy(own.batch, sample, gradient.view, to));
            Ok(())
        })
    }

    fn let_go(&mut self, kept: Kept) {
        let held: Vec<Value> = match kept {
            Kept::Convolution { x, weight, .. } => {
                std::iter::once(x).chain(weight.dropped.map(|(value, _)| value)).collect()
            }
            Kept::Norm { x, statistics, of_batch, .. } => {
                vec![x, Value { view: View { at: statistics[0], pitch: 0 }, block: of_batch }]
            }
            Kept::Linear { x, .. } | Kept::LayerNorm { x, .. } => vec![x],
            Kept::Function { x, y, .. } | Kept::Product { x, y, .. } => vec![x, y],
            Kept::Join { join: Join::Multiply, x, y, .. } => vec![x, y],
            Kept::PoolLargest { places, .. }
            | Kept::AdaptiveLargest { places, .. }
            | Kept::AxisLargest { places, .. } => vec![places],
            Kept::Softmax { y, .. } => vec![y],
            Kept::SoftThreshold { x, t, .. } => vec![x, t],
            Kept::Sensors { factors, .. } => vec![factors],
            Kept::Recurrent { x, directions, .. } => {
                directions.iter().flat_map(|own| [own.kept, own.y]).chain(std::iter::once(x)).collect()
            }
            Kept::Parameter(_)
            | Kept::Sum
            | Kept::Join { .. }
            | Kept::PoolMean { .. }
            | Kept::AdaptiveMean(_)
            | Kept::AxisMean(_)
            | Kept::Same
            | Kept::Copied { .. }
            | Kept::Slice { .. }
            | Kept::Pad { .. }
            | Kept::Permute { .. }
            | Kept::Dropout(_) => Vec::new(),
        };
        held.into_iter().for_each(|value| self.release(value));
    }

    fn back(&mut self, id: Id, kept: &Kept, gradient: Value) -> Result<()> {
        let inputs = &self.node(id).inputs;
        let (dy, batch, sample) = (gradient.view, self.batch, self.sample(id));
        let first = |own: &mut Self, with: &dyn Fn(Target) -> brinell_gpu::Launch| {
            own.give(inputs[0], |own, to| {
                own.launches.push(with(to));
                Ok(())
            })
        };
        match kept {
            Kept::Parameter(slot) => {
                let (at, add) = self.slot_gradient(*slot);
                self.sums([sample, 1], dy, at, add);
                Ok(())
            }
            Kept::Convolution { conv, x, weight, bias } => {
                self.of_convolution(conv, *x, dy, weight, *bias, Some(inputs[0]))
            }
            Kept::Linear { x, sizes: [from, to], weight, bias } => {
                self.of_linear(inputs[0], *x, dy, [*from, *to], *weight, *bias)
            }
            Kept::Norm { norm, x, statistics, slots: [gamma, beta], .. } => {
                let ((dgamma, add), (dbeta, _)) = (self.slot_gradient(*gamma), self.slot_gradient(*beta));
                let [gamma, beta] = [self.slot(*gamma), self.slot(*beta)];
                let (norm, x, statistics) = (*norm, *x, *statistics);
                let block = self.arena.take(norm.scratch());
                let scratch = self.at(block);
                let all = |dx| {
                    norm.gradient(x.view, dy, statistics, gamma, beta, true, dx, dgamma, dbeta, add, scratch)
                };
                if self.moves[inputs[0].0] {
                    self.give(inputs[0], |own, to| {
                        own.launches.extend(all(to));
                        Ok(())
                    })?;
                } else {
                    let nowhere = View { at: At::NOWHERE, pitch: 0 };
                    self.launches.extend(all(Target { view: nowhere, add: false }));
                }
                self.arena.release(block);
                Ok(())
            }
            Kept::LayerNorm { norm, x, slots: [gamma, beta] } => {
                let ((dgamma, add), (dbeta, _)) = (self.slot_gradient(*gamma), self.slot_gradient(*beta));
                let (scale, norm, x) = (self.slot(*gamma), *norm, *x);
                let block = self.arena.take(norm.scratch());
                let scratch = self.at(block);
                let all = |dx| norm.gradient(x.view, dy, scale, dx, dgamma, dbeta, add, scratch);
                if self.moves[inputs[0].0] {
                    self.give(inputs[0], |own, to| {
                        own.launches.extend(all(to));
                        Ok(())
                    })?;
                } else {
                    let forgotten = self.take(sample)?;
                    self.launches.extend(all(Target { view: forgotten.view, add: false }));
                    self.release(forgotten);
                }
                self.arena.release(block);
                Ok(())
            }
            Kept::Function { function, x, y } => {
                first(self, &|to| function_gradient(batch, sample, *function, x.view, y.view, dy, to))
            }
            Kept::Sum => {
                let inputs = inputs.clone();
                self.pass_on(inputs[0], gradient)?;
                self.pass_on(inputs[1], gradient)
            }
            Kept::Join { join, broadcast, x, y } => {
                let (join, broadcast, x, y) = (*join, *broadcast, x.view, y.view);
                self.give(inputs[0], |own, to| {
                    own.launches.extend(broadcast.gradient_x(join, y, dy, to));
                    Ok(())
                })?;
                self.give(inputs[1], |own, to| {
                    own.launches.extend(broadcast.gradient_y(join, x, dy, to));
                    Ok(())
                })
            }
            Kept::Sensors { broadcast, factors } => {
                let (broadcast, factors) = (*broadcast, factors.view);
                self.give(inputs[0], |own, to| {
                    own.launches.extend(broadcast.gradient_x(Join::Multiply, factors, dy, to));
                    Ok(())
                })
            }
            Kept::PoolLargest { pool, places } => {
                first(self, &|to| pool.largest_gradient(dy, places.view.at, to))
            }
            Kept::PoolMean { pool, count_padding } => {
                first(self, &|to| pool.mean_gradient(*count_padding, dy, to))
            }
            Kept::AdaptiveLargest { pool, places } => {
                first(self, &|to| pool.largest_gradient(dy, places.view.at, to))
            }
            Kept::AdaptiveMean(pool) => first(self, &|to| pool.mean_gradient(dy, to)),
            Kept::AxisMean(axis) => first(self, &|to| axis.mean_gradient(dy, to)),
            Kept::AxisLargest { axis, places } => {
                first(self, &|to| axis.largest_gradient(dy, places.view.at, to))
            }
            Kept::Softmax { axis, y } => first(self, &|to| axis.softmax_gradient(y.view, dy, to)),
            Kept::Same => self.pass_on(inputs[0], gradient),
            Kept::Copied { outer, inner, lens } => {
                let (all, mut start) = (lens.iter().sum(), 0);
                for (input, len) in inputs.clone().into_iter().zip(lens) {
                    self.give(input, |own, to| {
                        own.launches.push(slice(batch, *outer, all, *inner, start, *len, dy, to));
                        Ok(())
                    })?;
                    start += len;
                }
                Ok(())
            }
            Kept::Slice { outer, len, inner, start, taken } => {
                let whole = outer * len * inner;
                self.give(inputs[0], |own, to| {
                    // Only a part is written: all else is 0, unless there is something that is added to.
                    if !to.add {
                        own.launches.push(brinell_gpu::fill(batch, whole, to.view, 0.0));
                    }
                    own.launches.push(place(batch, *outer, *taken, *inner, *start, *len, dy, to));
                    Ok(())
                })
            }
            Kept::Pad { outer, len, inner, start, taken } => {
                first(self, &|to| slice(batch, *outer, *len, *inner, *start, *taken, dy, to))
            }
            Kept::Permute { shape, back } => first(self, &|to| permute(batch, *shape, *back, dy, to)),
            Kept::Product { lead, sizes, x, y } => {
                let inputs = [inputs[0], inputs[1]];
                self.of_product(inputs, *lead, *sizes, [*x, *y], gradient)
            }
            Kept::Dropout(key) => first(self, &|to| dropout(batch, sample, *key, dy, to)),
            Kept::SoftThreshold { shrink, x, t } => {
                let (shrink, x, t) = (*shrink, x.view, t.view);
                let [of_x, of_t] = [inputs[0], inputs[1]];
                let thresholds = self.sample(of_t);
                // Both are told at once; where one of them goes nowhere it is forgotten.
                let [apart_x, apart_t] = [self.take(sample)?, self.take(thresholds)?];
                let [to_x, to_t] = [apart_x, apart_t].map(|value| Target { view: value.view, add: false });
                self.launches.extend(shrink.gradient(x, t, dy, to_x, to_t));
                self.pass_on(of_x, apart_x)?;
                self.pass_on(of_t, apart_t)?;
                self.release(apart_x);
                self.release(apart_t);
                Ok(())
            }
            Kept::Recurrent { conv, x, directions } => {
                let input = inputs[0];
                for direction in directions {
                    let [wx, wh, bx, bh] = direction.slots;
                    let recurrent = direction.recurrent;
                    let dy = View { at: dy.at.plus(direction.offset), ..dy };
                    let dgiven = self.take(conv.outputs * conv.output[1])?;
                    let ((dwh, add), (dbh, _)) = (self.slot_gradient(wh), self.slot_gradient(bh));
                    let (weight, y, kept) = (self.slot(wh), direction.y.view, direction.kept.view.at);
                    let to = Target { view: dgiven.view, add: false };
                    self.with_scratch(recurrent.scratch(), |scratch| {
                        recurrent.gradient(y, dy, weight, kept, to, dwh, dbh, add, scratch)
                    });
                    let weight = Weight { slot: wx, dropped: None };
                    self.of_convolution(conv, *x, dgiven.view, &weight, Some(bx), Some(input))?;
                    self.release(dgiven);
                }
                Ok(())
            }
        }
    }

    /// Sums over batch and positions.
    fn sums(&mut self, [channels, positions]: [usize; 2], x: View, at: At, add: bool) {
        let batch = self.batch;
        self.with_scratch(channel_sums_scratch(batch, channels, positions), |scratch| {
            channel_sums(batch, channels, positions, x, at, add, scratch)
        });
    }

    fn of_convolution(
        &mut self,
        conv: &Convolution,
        x: Value,
        dy: View,
        weight: &Weight,
        bias: Option<SlotId>,
        input: Option<Id>,
    ) -> Result<()> {
        let (conv, slot) = (*conv, weight.slot);
        if let Some(bias) = bias {
            let (at, add) = self.slot_gradient(bias);
            self.sums([conv.outputs, conv.output.iter().product()], dy, at, add);
        }
        let (at, add) = self.slot_gradient(slot);
        match weight.dropped {
            None => self
                .with_scratch(conv.scratch(), |scratch| conv.weight_gradient(x.view, dy, at, add, scratch)),
            Some((_, mask)) => {
                let all = self.weights.len(slot);
                let whole = self.take_for(1, all)?;
                self.with_scratch(conv.scratch(), |scratch| {
                    conv.weight_gradient(x.view, dy, whole.view.at, false, scratch)
                });
                let factors = View { at: mask, pitch: 0 };
                let to = Target { view: View { at, pitch: all }, add };
                let taps = of_taps(all, conv.kernel.iter().product());
                self.launches.extend(taps.gradient_x(Join::Multiply, factors, whole.view, to));
                self.release(whole);
            }
        }
        let numbers = weight.dropped.map_or(self.slot(slot), |(value, _)| value.view.at);
        match input {
            Some(input) => self.give(input, |own, to| {
                own.launches.extend(conv.input_gradient(dy, numbers, to));
                Ok(())
            }),
            None => Ok(()),
        }
    }

    fn of_linear(
        &mut self,
        input: Id,
        x: Value,
        dy: View,
        [from, to]: [usize; 2],
        weight: SlotId,
        bias: Option<SlotId>,
    ) -> Result<()> {
        let batch = self.batch;
        if let Some(bias) = bias {
            let (at, add) = self.slot_gradient(bias);
            self.sums([to, 1], dy, at, add);
        }
        let (at, add) = self.slot_gradient(weight);
        let turned = Matrix { at: dy.at, row: 1, column: dy.pitch, batch: 0 };
        let rows = Matrix { at: x.view.at, row: x.view.pitch, column: 1, batch: 0 };
        let result = Matrix { at, row: from, column: 1, batch: 0 };
        self.launches.extend(product(1, [to, from, batch], turned, rows, result, None, add));
        let whole = Matrix { at: self.slot(weight), row: from, column: 1, batch: 0 };
        self.give(input, |own, target| {
            let a = Matrix { at: dy.at, row: dy.pitch, column: 1, batch: 0 };
            let c = Matrix { at: target.view.at, row: target.view.pitch, column: 1, batch: 0 };
            own.launches.extend(product(1, [batch, from, to], a, whole, c, None, target.add));
            Ok(())
        })
    }

    fn of_product(
        &mut self,
        [of_x, of_y]: [Id; 2],
        lead: usize,
        [m, n, k]: [usize; 3],
        [x, y]: [Value; 2],
        gradient: Value,
    ) -> Result<()> {
        let batch = self.batch * lead;
        let dz = self.dense(gradient, lead * m * n)?;
        let plain = |at: At, rows: usize, columns: usize| Matrix {
            at,
            row: columns,
            column: 1,
            batch: rows * columns,
        };
        let turned = |at: At, rows: usize, columns: usize| Matrix {
            at,
            row: 1,
            column: columns,
            batch: rows * columns,
        };
        // Matrices of a batch are taken to lie one behind the other: what lies otherwise is made apart and moved.
        let [dx, dy] = [self.take(lead * m * k)?, self.take(lead * k * n)?];
        let (a, b) = (plain(dz.view.at, m, n), turned(y.view.at, k, n));
        self.launches.extend(product(batch, [m, k, n], a, b, plain(dx.view.at, m, k), None, false));
        let (a, b) = (turned(x.view.at, m, k), plain(dz.view.at, m, n));
        self.launches.extend(product(batch, [k, n, m], a, b, plain(dy.view.at, k, n), None, false));
        self.pass_on(of_x, dx)?;
        self.pass_on(of_y, dy)?;
        for value in [dz, dx, dy] {
            self.release(value);
        }
        Ok(())
    }
}
