//! An op computed on tensors, with a graph for gradients behind it.

use candle_core::{DType, Tensor, Var};

use super::op::{Gather, Op, RecurrentKind};
use super::{Node, SlotId};
use crate::error::{Error, Result};
use crate::ops::{
    AveragePool, ChannelStatistics, Conv1d, Conv2d, MaxPool, Statistics, adaptive_pool, average_pool,
    batch_norm, channel_gate, channel_statistics, conv1d, conv2d, dropout, elementwise, global_average,
    largest, layer_norm, linear, max_pool, sensors, soft_threshold, softmax,
};
use crate::pass::Pass;

/// The tensors of a net.
pub(super) struct Tensors<'a>(pub(super) &'a [Var]);

impl Tensors<'_> {
    fn get(&self, slot: SlotId) -> &Tensor {
        self.0[slot.0].as_tensor()
    }

    fn numbers(&self, slot: SlotId) -> Result<Vec<f64>> {
        Ok(self.0[slot.0].as_detached_tensor().to_dtype(DType::F64)?.to_vec1()?)
    }

    fn set(&self, slot: SlotId, values: Vec<f64>) -> Result<()> {
        let var = &self.0[slot.0];
        let values = Tensor::from_vec(values, var.dims(), var.device())?;
        Ok(var.set(&values.to_dtype(var.dtype())?)?)
    }
}

/// Computes `node` on its inputs, which carry the batch axis; `batch` is its length.
pub(super) fn compute(
    node: &Node,
    inputs: &[&Tensor],
    tensors: &Tensors<'_>,
    batch: usize,
    pass: &mut Pass,
) -> Result<Tensor> {
    let x = || -> Result<&Tensor> {
        inputs.first().copied().ok_or_else(|| Error::layer(&node.layer, &node.shape, "it has no input"))
    };
    let with_batch = |shape: &[usize]| -> Vec<usize> { [&[batch], shape].concat() };
    Ok(match &node.op {
        Op::Input => x()?.clone(),
        Op::Parameter(slot) => tensors.get(*slot).unsqueeze(0)?.broadcast_as(with_batch(&node.shape))?,
        Op::Conv { window, groups, weight, bias, tap_dropout } => {
            let (weight, bias) = (tensors.get(*weight), bias.map(|bias| tensors.get(bias)));
            let dropped = match tap_dropout {
                Some(rates) if pass.is_training() => Some(drop_taps(weight, *rates, node, pass)?),
                _ => None,
            };
            let weight = dropped.as_ref().unwrap_or(weight);
            let (stride, padding, dilation, groups) =
                (window.stride, window.padding, window.dilation, *groups);
            if weight.rank() == 3 {
                let conv = Conv1d { stride: stride[1], padding: padding[1], dilation: dilation[1], groups };
                conv1d(x()?, weight, bias, &conv)?
            } else {
                conv2d(x()?, weight, bias, &Conv2d { stride, padding, dilation, groups })?
            }
        }
        Op::Linear { weight, bias } => {
            let (x, weight) = (x()?, tensors.get(*weight));
            let bias = bias.map(|bias| tensors.get(bias));
            if x.rank() == 2 {
                linear(x, weight, bias)?
            } else {
                let [b, c] = [x.dims()[0], x.dims()[1]];
                let positions = x.dims()[2..].iter().product::<usize>();
                let series = x.reshape((b, c, positions))?;
                let y = conv1d(&series, &weight.unsqueeze(2)?, bias, &Conv1d::default())?;
                y.reshape(with_batch(&node.shape))?
            }
        }
        Op::BatchNorm { gamma, beta, mean, variance, eps, momentum, relu } => {
            let x = x()?;
            let (of, statistics) = if pass.is_training() {
                let of = channel_statistics(x)
                    .map_err(|error| Error::layer(&node.layer, x.dims(), error.to_string()))?;
                follow(tensors, [*mean, *variance], &of, *momentum)?;
                (of, Statistics::OfThisBatch)
            } else {
                let (mean, variance) = (tensors.numbers(*mean)?, tensors.numbers(*variance)?);
                (ChannelStatistics { mean, variance, count: 0 }, Statistics::Constant)
            };
            batch_norm(x, tensors.get(*gamma), tensors.get(*beta), &of, statistics, *eps, *relu)?
        }
        Op::LayerNorm { gamma, beta, eps } => {
            layer_norm(x()?, tensors.get(*gamma), tensors.get(*beta), *eps)?
        }
        Op::Unary(function) => elementwise(x()?, *function)?,
        Op::Add => x()?.broadcast_add(&aligned(inputs)?)?,
        Op::Sub => x()?.broadcast_sub(&aligned(inputs)?)?,
        Op::Mul => {
            let (x, y) = (x()?, inputs[1]);
            if x.rank() > 2 && y.dims() == &x.dims()[..2] {
                channel_gate(x, y)?
            } else {
                x.broadcast_mul(&aligned(inputs)?)?
            }
        }
        Op::Pool { gather: Gather::Max, window, ceil, .. } => {
            max_pool(x()?, &MaxPool { window: *window, ceil: *ceil })?
        }
        Op::Pool { gather: Gather::Mean, window, ceil, count_padding } => {
            let pool = AveragePool { window: *window, ceil: *ceil, count_padding: *count_padding };
            average_pool(x()?, &pool)?
        }
        Op::AdaptivePool { gather, output } => adaptive_pool(x()?, *gather, *output)?,
        Op::Global(Gather::Mean) => global_average(x()?)?,
        Op::Global(Gather::Max) => {
            let x = x()?;
            let [b, c] = [x.dims()[0], x.dims()[1]];
            let positions = x.dims()[2..].iter().product::<usize>();
            largest(&x.reshape((b, c, positions))?, 2)?.reshape((b, c))?
        }
        Op::Along(Gather::Mean, axis) => x()?.mean_keepdim(axis + 1)?,
        Op::Along(Gather::Max, axis) => largest(x()?, axis + 1)?,
        Op::Concat(axis) => Tensor::cat(inputs, axis + 1)?,
        Op::Slice { axis, start, len } => x()?.narrow(axis + 1, *start, *len)?,
        Op::Pad { axis, before, behind } => x()?.pad_with_zeros(axis + 1, *before, *behind)?,
        Op::Permute(order) => {
            let order: Vec<usize> = std::iter::once(0).chain(order.iter().map(|axis| axis + 1)).collect();
            x()?.permute(order)?.contiguous()?
        }
        Op::Reshape(shape) => x()?.reshape(with_batch(shape))?,
        Op::Softmax(axis) => softmax(x()?, axis + 1)?,
        Op::MatMul => {
            // The library's product takes two axes of a batch at most.
            let in_one_batch = |x: &Tensor| {
                let n = x.rank();
                let axes = [x.dims()[..n - 2].iter().product(), x.dims()[n - 2], x.dims()[n - 1]];
                x.contiguous()?.reshape(&axes)
            };
            let product = in_one_batch(x()?)?.matmul(&in_one_batch(inputs[1])?)?;
            product.reshape(with_batch(&node.shape))?
        }
        Op::Dropout(rate) if pass.is_training() => dropout(x()?, *rate, pass.key(&node.layer))?,
        Op::Dropout(_) => x()?.clone(),
        Op::SoftThreshold => soft_threshold(x()?, inputs[1])?,
        Op::Sensors { channels, dropout } => {
            let key = pass.is_training().then(|| (*dropout, pass.key(&node.layer)));
            sensors(x()?, *channels, key)?
        }
        Op::Recurrent(layer) => {
            let x = x()?;
            let directions = layer.directions.iter().enumerate().map(|(direction, slots)| {
                let parameters = slots.map(|slot| tensors.get(slot));
                recurrent(x, layer.kind, layer.hidden, parameters, direction == 1)
            });
            let directions = directions.collect::<Result<Vec<_>>>()?;
            Tensor::cat(&directions, 1)?
        }
    })
}

/// The second input with as many axes as the first: `[B, C]` gets positions of 1.
fn aligned(inputs: &[&Tensor]) -> Result<Tensor> {
    let (x, y) = (inputs[0], inputs[1]);
    if y.rank() == x.rank() {
        return Ok(y.clone());
    }
    let mut shape = y.dims().to_vec();
    shape.resize(x.rank(), 1);
    Ok(y.reshape(shape)?)
}

/// Moves the running statistics towards those of the batch.
fn follow(
    tensors: &Tensors<'_>,
    [mean, variance]: [SlotId; 2],
    of: &ChannelStatistics,
    momentum: f64,
) -> Result<()> {
    let blend = |old: Vec<f64>, new: &mut dyn Iterator<Item = f64>| {
        old.into_iter().zip(new).map(|(old, new)| (1.0 - momentum) * old + momentum * new).collect()
    };
    tensors.set(mean, blend(tensors.numbers(mean)?, &mut of.mean.iter().copied()))?;
    tensors.set(variance, blend(tensors.numbers(variance)?, &mut of.unbiased_variance()))
}

/// The weight with taps dropped at a rate drawn for this batch, the others enlarged.
fn drop_taps(weight: &Tensor, [low, high]: [f64; 2], node: &Node, pass: &Pass) -> Result<Tensor> {
    let rate = low + (high - low) * pass.key(&format!("{}.rate", node.layer)).uniform();
    let taps = weight.dims()[2..].to_vec();
    let ones = Tensor::ones(taps.as_slice(), weight.dtype(), weight.device())?;
    let mask = dropout(&ones, rate, pass.key(&format!("{}.taps", node.layer)))?;
    Ok(weight.broadcast_mul(&mask)?)
}

/// One direction of a recurrent layer over `[B, F, T]`: `[B, H, T]`.
fn recurrent(
    x: &Tensor,
    kind: RecurrentKind,
    hidden: usize,
    [wx, wh, bx, bh]: [&Tensor; 4],
    backwards: bool,
) -> Result<Tensor> {
    let (batch, _, time) = x.dims3()?;
    // All products with the input at once: [B, G H, T].
    let given = conv1d(x, &wx.unsqueeze(2)?, Some(bx), &Conv1d::default())?;
    let mut h = Tensor::zeros((batch, hidden), x.dtype(), x.device())?;
    let mut cell = h.clone();
    let mut states = Vec::with_capacity(time);
    for step in 0..time {
        let at = if backwards { time - 1 - step } else { step };
        let given = given.narrow(2, at, 1)?.squeeze(2)?;
        let kept = linear(&h, wh, Some(bh))?;
        let gate = |from: &Tensor, index: usize| from.narrow(1, index * hidden, hidden);
        match kind {
            RecurrentKind::Gru => {
                let reset = crate::ops::sigmoid(&(gate(&given, 0)? + gate(&kept, 0)?)?)?;
                let update = crate::ops::sigmoid(&(gate(&given, 1)? + gate(&kept, 1)?)?)?;
                let new = (gate(&given, 2)? + (reset * gate(&kept, 2)?)?)?.tanh()?;
                h = (&new + (update * (&h - &new)?)?)?;
            }
            RecurrentKind::Lstm => {
                let sum = (given + kept)?;
                let input = crate::ops::sigmoid(&gate(&sum, 0)?)?;
                let forget = crate::ops::sigmoid(&gate(&sum, 1)?)?;
                let new = gate(&sum, 2)?.tanh()?;
                let output = crate::ops::sigmoid(&gate(&sum, 3)?)?;
                cell = ((forget * &cell)? + (input * new)?)?;
                h = (output * cell.tanh()?)?;
            }
        }
        states.push(h.clone());
    }
    if backwards {
        states.reverse();
    }
    Ok(Tensor::stack(&states, 2)?)
}
