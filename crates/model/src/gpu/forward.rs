//! The launches of a batch on its way through a net.

use brinell_gpu::{
    AdaptivePool, At, Axis, BatchNorm, Broadcast, Convolution, Function, Join, LayerNorm, Matrix, Pool,
    SoftThreshold, Target, View, copy, dropout, fill, function, permute, place, product, sensor_factors,
    slice,
};

use super::draws::Draw;
use super::planner::{Kept, Planner, Value, Weight, around, four};
use crate::error::{Error, Result};
use crate::graph::{Gather, Id, Node, Op, Unary, extent};
use crate::ops::Window;

pub(super) const ONE: Window = Window { kernel: [1; 2], stride: [1; 2], padding: [0; 2], dilation: [1; 2] };

impl Planner<'_> {
    /// The nodes that `wanted` need, one after the other; the input's value is the first.
    pub(super) fn forward(&mut self, uses: &[usize]) -> Result<()> {
        let nodes = self.network.graph().nodes();
        let mut uses = uses.to_vec();
        for (at, node) in nodes.iter().enumerate() {
            let id = Id(at);
            if uses[at] == 0 {
                continue;
            }
            let value = self.step(id, node)?;
            self.values[at] = Some(value);
            for input in &node.inputs {
                uses[input.0] -= 1;
                if uses[input.0] == 0
                    && let Some(value) = self.values[input.0]
                {
                    self.release(value);
                }
            }
        }
        for region in 0..self.statistics.len() {
            if let Some(statistics) = self.statistics[region].take() {
                self.arena.release(statistics.block);
            }
        }
        Ok(())
    }

    /// Where a node's result goes: to its place among others, or to a place of its own.
    pub(super) fn result(&mut self, id: Id) -> Result<Value> {
        let Some(home) = self.joined.homes[id.0] else {
            return self.take(self.sample(id));
        };
        let sample = self.joined.regions[home.region].sample;
        let block = match self.regions[home.region] {
            Some(block) => {
                self.arena.hold(block);
                block
            }
            None => {
                let whole = self.take(sample)?;
                let block = whole.block.unwrap_or_else(|| unreachable!("it was just taken"));
                self.regions[home.region] = Some(block);
                block
            }
        };
        Ok(Value { view: View { at: self.at(block).plus(home.offset), pitch: sample }, block: Some(block) })
    }

    /// Notes the way back where a gradient comes that way; what is kept is held from here on.
    pub(super) fn keep(&mut self, id: Id, kept: Kept, held: &[Value]) {
        if self.training && self.moves[id.0] {
            held.iter().for_each(|value| {
                self.hold(*value);
            });
            self.tape.push((id, kept));
        }
    }

    fn step(&mut self, id: Id, node: &Node) -> Result<Value> {
        let trained = node.op.slots().iter().any(|slot| self.network.graph().slots()[slot.0].trained);
        self.moves[id.0] = trained || node.inputs.iter().any(|input| self.moves[input.0]);
        let inputs = node.inputs.iter().map(|input| self.value(*input)).collect::<Result<Vec<_>>>()?;
        let shape = |at: usize| -> &[usize] { &self.node(node.inputs[at]).shape };
        let batch = self.batch;
        let x = || -> Result<(Value, Vec<usize>)> {
            match inputs.first() {
                Some(x) => Ok((*x, shape(0).to_vec())),
                None => Err(Error::layer(&node.layer, &node.shape, "it has no input")),
            }
        };
        match &node.op {
            Op::Input => self.take(self.sample(id)),
            Op::Parameter(slot) => {
                self.keep(id, Kept::Parameter(*slot), &[]);
                Ok(Value { view: View { at: self.slot(*slot), pitch: 0 }, block: None })
            }
            Op::Conv { window, groups, weight, bias, tap_dropout } => {
                let (x, from) = x()?;
                let weight = self.weight(*weight, *tap_dropout, node)?;
                let conv = self.convolution(*window, *groups, &from, &node.shape);
                self.convolve(id, conv, x, weight, *bias)
            }
            Op::Linear { weight, bias } => {
                let (x, from) = x()?;
                match (&from[..], &node.shape[..]) {
                    (&[inputs], &[outputs]) => self.linear(id, x, [inputs, outputs], *weight, *bias),
                    _ => {
                        let positions = from[1..].iter().product();
                        let conv =
                            self.convolution(ONE, 1, &[from[0], positions], &[node.shape[0], positions]);
                        self.convolve(id, conv, x, Weight { slot: *weight, dropped: None }, *bias)
                    }
                }
            }
            Op::BatchNorm { gamma, beta, mean, variance, eps, momentum, relu } => {
                let (x, from) = x()?;
                let norm = BatchNorm {
                    batch,
                    channels: from[0],
                    positions: from[1..].iter().product(),
                    eps: *eps as f32,
                    relu: *relu,
                };
                let running = [self.slot(*mean), self.slot(*variance)];
                let source = node.inputs[0];
                self.norm(id, norm, (source, x), [*gamma, *beta], running, *momentum)
            }
            Op::LayerNorm { gamma, beta, eps } => {
                let (x, from) = x()?;
                let norm = LayerNorm {
                    batch,
                    channels: from[0],
                    positions: from[1..].iter().product(),
                    eps: *eps as f32,
                };
                let y = self.result(id)?;
                self.launches.push(norm.forward(x.view, self.slot(*gamma), self.slot(*beta), y.view));
                self.keep(id, Kept::LayerNorm { norm, x, slots: [*gamma, *beta] }, &[x]);
                Ok(y)
            }
            Op::Unary(unary) => {
                let (x, _) = x()?;
                let (y, unary) = (self.result(id)?, of_unary(*unary));
                self.launches.push(function(batch, self.sample(id), unary, x.view, y.view));
                self.keep(id, Kept::Function { function: unary, x, y }, &[x, y]);
                Ok(y)
            }
            Op::Add => self.join(id, node, Join::Add, [inputs[0], inputs[1]]),
            Op::Sub => self.join(id, node, Join::Subtract, [inputs[0], inputs[1]]),
            Op::Mul => self.join(id, node, Join::Multiply, [inputs[0], inputs[1]]),
            Op::Pool { gather, window, count_padding, .. } => {
                let (x, from) = x()?;
                let pool = self.pool(*window, &from, &node.shape);
                let y = self.result(id)?;
                match gather {
                    Gather::Mean => {
                        self.launches.push(pool.mean(*count_padding, x.view, y.view));
                        self.keep(id, Kept::PoolMean { pool, count_padding: *count_padding }, &[]);
                    }
                    Gather::Max => {
                        let places = self.take(self.sample(id))?;
                        self.launches.push(pool.largest(x.view, y.view, places.view.at));
                        self.keep(id, Kept::PoolLargest { pool, places }, &[places]);
                        self.release(places);
                    }
                }
                Ok(y)
            }
            Op::AdaptivePool { gather, .. } => {
                let (x, from) = x()?;
                let pool = AdaptivePool {
                    batch,
                    channels: from[0],
                    input: extent(&from).unwrap_or([1, 1]),
                    output: extent(&node.shape).unwrap_or([1, 1]),
                };
                let y = self.result(id)?;
                match gather {
                    Gather::Mean => {
                        self.launches.push(pool.mean(x.view, y.view));
                        self.keep(id, Kept::AdaptiveMean(pool), &[]);
                    }
                    Gather::Max => {
                        let places = self.take(self.sample(id))?;
                        self.launches.push(pool.largest(x.view, y.view, places.view.at));
                        self.keep(id, Kept::AdaptiveLargest { pool, places }, &[places]);
                        self.release(places);
                    }
                }
                Ok(y)
            }
            Op::Global(gather) => {
                let (x, from) = x()?;
                let axis = Axis { batch, outer: from[0], len: from[1..].iter().product(), inner: 1 };
                self.along(id, *gather, axis, x)
            }
            Op::Along(gather, axis) => {
                let (x, from) = x()?;
                let [outer, len, inner] = around(&from, *axis);
                self.along(id, *gather, Axis { batch, outer, len, inner }, x)
            }
            Op::Concat(axis) => self.concat(id, node, *axis, &inputs),
            Op::Slice { axis, start, len: taken } => {
                let (x, from) = x()?;
                let [outer, len, inner] = around(&from, *axis);
                let y = self.result(id)?;
                let to = Target { view: y.view, add: false };
                self.launches.push(slice(batch, outer, len, inner, *start, *taken, x.view, to));
                self.keep(id, Kept::Slice { outer, len, inner, start: *start, taken: *taken }, &[]);
                Ok(y)
            }
            Op::Pad { axis, before, .. } => {
                let (x, from) = x()?;
                let [outer, taken, inner] = around(&from, *axis);
                let (y, len) = (self.result(id)?, node.shape[*axis]);
                self.launches.push(fill(batch, self.sample(id), y.view, 0.0));
                let to = Target { view: y.view, add: false };
                self.launches.push(place(batch, outer, taken, inner, *before, len, x.view, to));
                self.keep(id, Kept::Pad { outer, len, inner, start: *before, taken }, &[]);
                Ok(y)
            }
            Op::Permute(order) => {
                let (x, from) = x()?;
                let shape = four(&from, node)?;
                let before = 4 - from.len();
                let mut forth = [0, 1, 2, 3];
                order.iter().enumerate().for_each(|(at, axis)| forth[before + at] = before + axis);
                let mut back = [0; 4];
                forth.iter().enumerate().for_each(|(at, axis)| back[*axis] = at);
                let y = self.result(id)?;
                let to = Target { view: y.view, add: false };
                self.launches.push(permute(batch, shape, forth, x.view, to));
                let turned = forth.map(|axis| shape[axis]);
                self.keep(id, Kept::Permute { shape: turned, back }, &[]);
                Ok(y)
            }
            Op::Reshape(_) => {
                let (x, _) = x()?;
                self.keep(id, Kept::Same, &[]);
                Ok(self.hold(x))
            }
            Op::Softmax(axis) => {
                let (x, from) = x()?;
                let [outer, len, inner] = around(&from, *axis);
                let (axis, y) = (Axis { batch, outer, len, inner }, self.result(id)?);
                self.launches.push(axis.softmax(x.view, y.view));
                self.keep(id, Kept::Softmax { axis, y }, &[y]);
                Ok(y)
            }
            Op::MatMul => {
                let (from, other) = (shape(0).to_vec(), shape(1).to_vec());
                let [x, y] = [(inputs[0], &from), (inputs[1], &other)];
                let x = self.dense(x.0, x.1.iter().product())?;
                let y = self.dense(y.0, y.1.iter().product())?;
                let axes = from.len();
                let lead: usize = from[..axes - 2].iter().product();
                let sizes = [from[axes - 2], other[axes - 1], from[axes - 1]];
                let z = self.take(self.sample(id))?;
                let [m, n, k] = sizes;
                let [a, b, c] = [(x, m, k), (y, k, n), (z, m, n)].map(|(value, rows, columns)| Matrix {
                    at: value.view.at,
                    row: columns,
                    column: 1,
                    batch: rows * columns,
                });
                self.launches.extend(product(batch * lead, sizes, a, b, c, None, false));
                self.keep(id, Kept::Product { lead, sizes, x, y }, &[x, y]);
                self.release(x);
                self.release(y);
                self.put_where_wanted(id, z)
            }
            Op::Dropout(rate) if self.training && *rate > 0.0 => {
                let (x, _) = x()?;
                let key = self.draws.add(Draw::Dropout { layer: node.layer.clone(), rate: *rate });
                let y = self.take(self.sample(id))?;
                let to = Target { view: y.view, add: false };
                self.launches.push(dropout(batch, self.sample(id), key, x.view, to));
                self.keep(id, Kept::Dropout(key), &[]);
                Ok(y)
            }
            Op::Dropout(_) => {
                let (x, _) = x()?;
                self.keep(id, Kept::Same, &[]);
                Ok(self.hold(x))
            }
            Op::SoftThreshold => {
                let (x, from) = x()?;
                let t = inputs[1];
                let shrink = SoftThreshold {
                    batch,
                    channels: from[0],
                    positions: from[1..].iter().product(),
                    per_channel: shape(1)[0] == from[0],
                };
                let y = self.result(id)?;
                self.launches.push(shrink.forward(x.view, t.view, y.view));
                self.keep(id, Kept::SoftThreshold { shrink, x, t }, &[x, t]);
                Ok(y)
            }
            Op::Sensors { channels, dropout } => {
                let (x, from) = x()?;
                let numbers = channels * from[1..].iter().product::<usize>();
                let sensors = from[0] / channels;
                let (rate, draws) = match self.training {
                    true => {
                        let draw = Draw::Sensors { layer: node.layer.clone(), count: batch * sensors };
                        (*dropout, self.draws.add(draw))
                    }
                    false => (0.0, At::NOWHERE),
                };
                let factors = self.take(sensors)?;
                self.launches.push(sensor_factors(
                    batch,
                    sensors,
                    numbers,
                    draws,
                    rate,
                    x.view,
                    factors.view.at,
                ));
                let shape = [1, 1, sensors, numbers];
                let broadcast = Broadcast { batch, shape, x: shape, y: [1, 1, sensors, 1] };
                let y = self.result(id)?;
                self.launches.push(broadcast.forward(Join::Multiply, x.view, factors.view, y.view));
                self.keep(id, Kept::Sensors { broadcast, factors }, &[factors]);
                self.release(factors);
                Ok(y)
            }
            Op::Recurrent(layer) => {
                let (x, from) = x()?;
                self.recurrent(id, layer, x, [from[0], from[1]])
            }
        }
    }

    /// A value that was made apart, moved to where the node's result goes.
    fn put_where_wanted(&mut self, id: Id, value: Value) -> Result<Value> {
        if self.joined.homes[id.0].is_none() {
            return Ok(value);
        }
        let y = self.result(id)?;
        let to = Target { view: y.view, add: false };
        self.launches.push(copy(self.batch, self.sample(id), value.view, to));
        self.release(value);
        Ok(y)
    }

    pub(super) fn convolution(
        &self,
        window: Window,
        groups: usize,
        from: &[usize],
        to: &[usize],
    ) -> Convolution {
        Convolution {
            batch: self.batch,
            channels: from[0],
            outputs: to[0],
            groups,
            input: extent(from).unwrap_or([1, 1]),
            output: extent(to).unwrap_or([1, 1]),
            kernel: window.kernel,
            stride: window.stride,
            padding: window.padding,
            dilation: window.dilation,
        }
    }

    fn pool(&self, window: Window, from: &[usize], to: &[usize]) -> Pool {
        let Window { kernel, stride, padding, dilation } = window;
        Pool {
            batch: self.batch,
            channels: from[0],
            input: extent(from).unwrap_or([1, 1]),
            output: extent(to).unwrap_or([1, 1]),
            kernel,
            stride,
            padding,
            dilation,
        }
    }

    fn join(&mut self, id: Id, node: &Node, join: Join, [x, y]: [Value; 2]) -> Result<Value> {
        let [from, other] = [0, 1].map(|at| &self.node(node.inputs[at]).shape);
        let broadcast = self.broadcast(node, [from, other])?;
        let z = self.result(id)?;
        self.launches.push(broadcast.forward(join, x.view, y.view, z.view));
        if join == Join::Add && from == other {
            self.keep(id, Kept::Sum, &[]);
            return Ok(z);
        }
        let held: &[Value] = if join == Join::Multiply { &[x, y] } else { &[] };
        self.keep(id, Kept::Join { join, broadcast, x, y }, held);
        Ok(z)
    }

    fn broadcast(&self, node: &Node, [x, y]: [&Vec<usize>; 2]) -> Result<Broadcast> {
        let mut other = y.clone();
        if other.len() == 1 {
            other.resize(x.len().max(1), 1);
        }
        Ok(Broadcast {
            batch: self.batch,
            shape: four(&node.shape, node)?,
            x: four(x, node)?,
            y: four(&other, node)?,
            // A parameter's gradient is told sample by sample, and summed by its own node.
        })
    }

    fn along(&mut self, id: Id, gather: Gather, axis: Axis, x: Value) -> Result<Value> {
        let y = self.result(id)?;
        match gather {
            Gather::Mean => {
                self.launches.push(axis.mean(x.view, y.view));
                self.keep(id, Kept::AxisMean(axis), &[]);
            }
            Gather::Max => {
                let places = self.take(self.sample(id))?;
                self.launches.push(axis.largest(x.view, y.view, places.view.at));
                self.keep(id, Kept::AxisLargest { axis, places }, &[places]);
                self.release(places);
            }
        }
        Ok(y)
    }

    fn concat(&mut self, id: Id, node: &Node, axis: usize, inputs: &[Value]) -> Result<Value> {
        if self.joined.is_view(id) {
            return self.result(id);
        }
        let y = self.result(id)?;
        let lens: Vec<usize> = node.inputs.iter().map(|input| self.node(*input).shape[axis]).collect();
        let [outer, all, inner] = around(&node.shape, axis);
        let mut start = 0;
        for (x, len) in inputs.iter().zip(&lens) {
            let to = Target { view: y.view, add: false };
            self.launches.push(place(self.batch, outer, *len, inner, start, all, x.view, to));
            start += len;
        }
        self.keep(id, Kept::Copied { outer, inner, lens }, &[]);
        Ok(y)
    }
}

/// A weight of so many numbers by one factor for each of its taps.
pub(super) fn of_taps(all: usize, taps: usize) -> Broadcast {
    let shape = [1, 1, all / taps.max(1), taps];
    Broadcast { batch: 1, shape, x: shape, y: [1, 1, 1, taps] }
}

fn of_unary(unary: Unary) -> Function {
    match unary {
        Unary::Relu => Function::Relu,
        Unary::Sigmoid => Function::Sigmoid,
        Unary::Tanh => Function::Tanh,
        Unary::Gelu => Function::Gelu,
        Unary::HardSigmoid => Function::HardSigmoid,
        Unary::HardSwish => Function::HardSwish,
        Unary::GeluTanh => Function::GeluTanh,
        Unary::Silu => Function::Silu,
        Unary::Relu6 => Function::Relu6,
        Unary::Softplus => Function::Softplus,
        Unary::LogSigmoid => Function::LogSigmoid,
        Unary::Elu => Function::Elu,
        Unary::LeakyRelu { slope } => Function::LeakyRelu(slope as f32),
        Unary::Abs => Function::Abs,
        Unary::Square => Function::Square,
        Unary::Sqrt => Function::Sqrt,
        Unary::Reciprocal => Function::Reciprocal,
        Unary::Affine { scale, shift } => Function::Affine(scale as f32, shift as f32),
    }
}
