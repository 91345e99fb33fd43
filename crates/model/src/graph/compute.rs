//! An op computed on tensors, with a graph for gradients behind it.

use candle_core::{DType, Tensor, Var};

use super::op::{Gather, Op};
use super::{Node, SlotId};
use crate::error::{Error, Result};
use crate::ops::{
    AveragePool, ChannelStatistics, Conv1d, MaxPool, Prepared, Statistics, Window, adaptive_pool, applying,
    averaging, batch_norm, channel_statistics, conv1d, convolving, dropout, dropping, elementwise, gating,
    layer_norm, pooling_largest, pooling_means, pooling_windows, recurrent, sensors, shrinking, softmax,
    taking_largest, weighing,
};
use crate::pass::Pass;

/// The tensors of a net.
pub(super) struct Tensors<'a>(pub(super) &'a [Var]);

impl Tensors<'_> {
    pub(super) fn get(&self, slot: SlotId) -> &Tensor {
        self.0[slot.0].as_tensor()
    }

    /// The running statistics of a batch norm.
    fn statistics(&self, slot: SlotId) -> Result<Vec<f64>> {
        Ok(self.0[slot.0].as_detached_tensor().to_dtype(DType::F64)?.to_vec1()?)
    }

    fn set(&self, slot: SlotId, values: Vec<f64>) -> Result<()> {
        let var = &self.0[slot.0];
        let values = Tensor::from_vec(values, var.dims(), var.device())?;
        Ok(var.set(&values.to_dtype(var.dtype())?)?)
    }
}

/// The op of `node` on its inputs, which carry the batch axis, where it is a single one; `moves`: whether the gradient of
/// the inputs is wanted. A result may have another shape than the node.
pub(super) fn prepare(
    node: &Node,
    inputs: &[&Tensor],
    tensors: &Tensors<'_>,
    pass: &Pass,
    moves: bool,
) -> Result<Option<Prepared>> {
    let Some(&x) = inputs.first() else { return Ok(None) };
    Ok(Some(match &node.op {
        Op::Conv { tap_dropout: Some(_), .. } if pass.is_training() => return Ok(None),
        Op::Conv { window, groups, weight, bias, .. } => {
            let bias = bias.map(|bias| tensors.get(bias));
            convolving("convolution", x, tensors.get(*weight), bias, (*window, *groups), moves)?
        }
        Op::Linear { weight, bias } => {
            let (weight, bias) = (tensors.get(*weight), bias.map(|bias| tensors.get(bias)));
            if x.rank() == 2 {
                weighing(x, weight, bias, moves)?
            } else {
                let [b, c] = [x.dims()[0], x.dims()[1]];
                let series = x.reshape((b, c, x.dims()[2..].iter().product::<usize>()))?;
                let one = Window { kernel: [1; 2], stride: [1; 2], padding: [0; 2], dilation: [1; 2] };
                convolving("linear", &series, &weight.unsqueeze(2)?, bias, (one, 1), moves)?
            }
        }
        Op::Unary(function) => return applying(x, *function),
        Op::Mul if x.rank() > 2 && inputs[1].dims() == &x.dims()[..2] => gating(x, inputs[1])?,
        Op::Pool { gather: Gather::Max, window, ceil, .. } => {
            pooling_largest(x, &MaxPool { window: *window, ceil: *ceil })?
        }
        Op::Pool { gather: Gather::Mean, window, ceil, count_padding } => {
            let pool = AveragePool { window: *window, ceil: *ceil, count_padding: *count_padding };
            pooling_means(x, &pool)?
        }
        Op::AdaptivePool { gather: Gather::Max, output } => pooling_windows(x, *output)?,
        Op::Global(Gather::Mean) => averaging(x)?,
        Op::Global(Gather::Max) => {
            let [b, c] = [x.dims()[0], x.dims()[1]];
            taking_largest(&x.reshape((b, c, x.dims()[2..].iter().product::<usize>()))?, 2)?
        }
        Op::Along(Gather::Max, axis) => taking_largest(x, axis + 1)?,
        Op::Dropout(rate) if pass.is_training() => return dropping(x, *rate, pass.key(&node.layer)),
        Op::SoftThreshold => shrinking(x, inputs[1])?,
        _ => return Ok(None),
    }))
}

/// Computes `node` on its inputs, which carry the batch axis; `batch` is its length.
pub(super) fn compute(
    node: &Node,
    inputs: &[&Tensor],
    tensors: &Tensors<'_>,
    batch: usize,
    pass: &Pass,
) -> Result<Tensor> {
    let with_batch = |shape: &[usize]| -> Vec<usize> { [&[batch], shape].concat() };
    let moves = inputs.first().is_some_and(|x| x.track_op());
    if let Some(prepared) = prepare(node, inputs, tensors, pass, moves)? {
        return Ok(prepared.run()?.reshape(with_batch(&node.shape))?);
    }
    let x = || -> Result<&Tensor> {
        inputs.first().copied().ok_or_else(|| Error::layer(&node.layer, &node.shape, "it has no input"))
    };
    Ok(match &node.op {
        Op::Parameter(slot) => tensors.get(*slot).unsqueeze(0)?.broadcast_as(with_batch(&node.shape))?,
        Op::Conv { window, groups, weight, bias, tap_dropout } => {
            let (weight, bias) = (tensors.get(*weight), bias.map(|bias| tensors.get(bias)));
            let dropped = tap_dropout.map(|rates| drop_taps(weight, rates, node, pass)).transpose()?;
            let weight = dropped.as_ref().unwrap_or(weight);
            convolving("convolution", x()?, weight, bias, (*window, *groups), moves)?.run()?
        }
        Op::BatchNorm { gamma, beta, eps, relu, .. } => {
            let x = x()?;
            let (of, statistics) = norm_statistics(node, tensors, pass, || channel_statistics(x))?;
            batch_norm(x, tensors.get(*gamma), tensors.get(*beta), &of, statistics, *eps, *relu)?
        }
        Op::LayerNorm { gamma, beta, eps } => {
            layer_norm(x()?, tensors.get(*gamma), tensors.get(*beta), *eps)?
        }
        Op::Unary(function) => elementwise(x()?, *function)?,
        Op::Add => x()?.broadcast_add(&aligned(inputs)?)?,
        Op::Sub => x()?.broadcast_sub(&aligned(inputs)?)?,
        Op::Mul => x()?.broadcast_mul(&aligned(inputs)?)?,
        Op::AdaptivePool { gather, output } => adaptive_pool(x()?, *gather, *output)?,
        Op::Along(Gather::Mean, axis) => x()?.mean_keepdim(axis + 1)?,
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
        Op::Sensors { channels, dropout } => {
            let key = pass.is_training().then(|| (*dropout, pass.key(&node.layer)));
            sensors(x()?, *channels, key)?
        }
        Op::Recurrent(layer) => {
            let x = x()?;
            let directions = layer.directions.iter().enumerate().map(|(direction, slots)| {
                let [wx, wh, bx, bh] = slots.map(|slot| tensors.get(slot));
                // All products with the input at once: [B, gates·H, T].
                let given = conv1d(x, &wx.unsqueeze(2)?, Some(bx), &Conv1d::default())?;
                recurrent(&given, wh, bh, layer.kind, direction == 1)
            });
            let directions = directions.collect::<Result<Vec<_>>>()?;
            Tensor::cat(&directions, 1)?
        }
        // What they give where nothing is dropped; all others are single ops.
        Op::Input | Op::Dropout(_) => x()?.clone(),
        Op::Linear { .. } | Op::Pool { .. } | Op::Global(_) | Op::Along(..) | Op::SoftThreshold => {
            return Err(Error::layer(&node.layer, &node.shape, "it has no input"));
        }
    })
}

/// The statistics that a batch norm takes off: those of the batch in training, where the running ones follow them, else
/// the running ones.
pub(super) fn norm_statistics(
    node: &Node,
    tensors: &Tensors<'_>,
    pass: &Pass,
    of_batch: impl FnOnce() -> Result<ChannelStatistics>,
) -> Result<(ChannelStatistics, Statistics)> {
    let Op::BatchNorm { mean, variance, momentum, .. } = &node.op else {
        return Err(Error::layer(&node.layer, &node.shape, "it is no batch norm"));
    };
    if pass.is_training() {
        let of = of_batch().map_err(|error| Error::layer(&node.layer, &node.shape, error.to_string()))?;
        follow(tensors, [*mean, *variance], &of, pass.share(*momentum))?;
        return Ok((of, Statistics::OfThisBatch));
    }
    let (mean, variance) = (tensors.statistics(*mean)?, tensors.statistics(*variance)?);
    Ok((ChannelStatistics { mean, variance, count: 0 }, Statistics::Constant))
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
    tensors.set(mean, blend(tensors.statistics(mean)?, &mut of.mean.iter().copied()))?;
    tensors.set(variance, blend(tensors.statistics(variance)?, &mut of.unbiased_variance()))
}

/// The weight with taps dropped at a rate drawn for this batch, the others enlarged.
fn drop_taps(weight: &Tensor, [low, high]: [f64; 2], node: &Node, pass: &Pass) -> Result<Tensor> {
    let rate = low + (high - low) * pass.key(&format!("{}.rate", node.layer)).uniform();
    let taps = weight.dims()[2..].to_vec();
    let ones = Tensor::ones(taps.as_slice(), weight.dtype(), weight.device())?;
    let mask = dropout(&ones, rate, pass.key(&format!("{}.taps", node.layer)))?;
    Ok(weight.broadcast_mul(&mask)?)
}
