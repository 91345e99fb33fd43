//! The engine of the one- and two-dimensional convolutions: patches as columns, then products. In `f32` with stride 1
//! there is a shorter way, see `direct/`.
//!
//! Images are taken in blocks of a size that depends on the shapes only; a block of small images
//! shares one product. Blocks run in parallel; weight gradients are summed per chunk of blocks and
//! the chunks in order, so the result has the same bits for any number of threads.

use candle_core::{CpuStorage, CustomOp2, CustomOp3, DType, Layout, Result as TensorResult, Shape, Tensor};
use rayon::prelude::*;

use super::columns::{Extent, gather, scatter};
use super::direct::{Direct, turned_round};
use super::element::{Element, Host, by_dtype, stored, tensor, values};
use super::prepared::Prepared;
use super::product::{Matrix, Threads, product, transpose};
use super::wide::sum;
use super::window::{Window, spatial};
use crate::error::{Error, Result};
use candle_core::backend::BackendStorage;

/// Columns that one product should have at least, when the batch offers them.
const COLUMNS: usize = 512;
/// Blocks wanted at least, so that there is work for several threads.
const BLOCKS: usize = 8;
/// Partial sums of the weight gradient.
const CHUNKS: usize = 16;

/// One convolution: what is done, and every size derived from the shapes.
#[derive(Debug, Clone, Copy)]
struct Convolution {
    window: Window,
    groups: usize,
    /// Whether the gradient of the input is wanted.
    moves: bool,
}

/// The sizes of one call.
#[derive(Clone, Copy)]
struct Sizes {
    batch: usize,
    /// Channels in and out of the whole convolution.
    channels: [usize; 2],
    extent: Extent,
    groups: usize,
    /// Rows of a group's column matrix: channels of the group times taps.
    depth: usize,
    /// Images in a block.
    block: usize,
}

impl Sizes {
    fn image_in(&self) -> usize {
        self.channels[0] * self.extent.input_len()
    }

    fn image_out(&self) -> usize {
        self.channels[1] * self.extent.output_len()
    }

    fn group_in(&self) -> usize {
        self.channels[0] / self.groups
    }

    fn group_out(&self) -> usize {
        self.channels[1] / self.groups
    }
}

/// Working memory of one thread.
struct Scratch<T> {
    columns: Vec<T>,
    outputs: Vec<T>,
}

impl<T: Element> Scratch<T> {
    fn new(sizes: &Sizes) -> Self {
        let positions = sizes.block * sizes.extent.output_len();
        Self {
            columns: vec![T::ZERO; sizes.depth * positions],
            outputs: vec![T::ZERO; sizes.group_out() * positions],
        }
    }
}

/// `x` convolved with `weight`; see [`super::conv2d`] and [`super::conv1d`]. The kernel of `window` is told by the
/// weight; `moves`: whether the gradient of `x` is wanted.
pub(crate) fn convolving(
    op: &'static str,
    x: &Tensor,
    weight: &Tensor,
    bias: Option<&Tensor>,
    (window, groups): (Window, usize),
    moves: bool,
) -> Result<Prepared> {
    let convolution = Convolution { window, groups, moves };
    convolution.sizes(x.dims(), weight.dims()).map_err(|reason| Error::op(op, reason))?;
    if let Some(bias) = bias
        && bias.dims() != [weight.dims()[0]]
    {
        return Err(Error::op(
            op,
            format!("the bias has shape {:?}, expected [{}]", bias.dims(), weight.dims()[0]),
        ));
    }
    Ok(match bias {
        Some(bias) => Prepared::three([x, weight, bias], convolution)?,
        None => Prepared::two(x, weight, convolution)?,
    })
}

impl Convolution {
    fn sizes(&self, x: &[usize], weight: &[usize]) -> std::result::Result<Sizes, String> {
        let (Some(input), Some(kernel)) = (spatial(x), spatial(weight)) else {
            return Err(format!("input {x:?} and weight {weight:?} must both have 3 axes or both 4"));
        };
        if x.len() != weight.len() {
            return Err(format!("input {x:?} and weight {weight:?} must both have 3 axes or both 4"));
        }
        let window = Window { kernel, ..self.window };
        let output = window.positions(input)?;
        let groups = self.groups;
        if groups == 0 || !x[1].is_multiple_of(groups) || !weight[0].is_multiple_of(groups) {
            return Err(format!(
                "{groups} groups must divide {} input and {} output channels",
                x[1], weight[0]
            ));
        }
        if weight[1] != x[1] / groups {
            return Err(format!(
                "the weight takes {} channels a group, the input has {} in {groups} groups",
                weight[1], x[1]
            ));
        }
        let extent = Extent { input, output };
        let wanted = COLUMNS.div_ceil(extent.output_len().max(1));
        Ok(Sizes {
            batch: x[0],
            channels: [x[1], weight[0]],
            extent,
            groups,
            depth: weight[1] * window.taps(),
            block: wanted.min(x[0].div_ceil(BLOCKS)).max(1),
        })
    }

    fn plan(&self, x: &[usize], weight: &[usize]) -> TensorResult<(Sizes, Window)> {
        let sizes = self.sizes(x, weight).map_err(candle_core::Error::msg)?;
        let kernel = spatial(weight).unwrap_or([1, 1]);
        Ok((sizes, Window { kernel, ..self.window }))
    }

    fn forward<T: Element>(
        &self,
        x: &[T],
        x_dims: &[usize],
        weight: &[T],
        weight_dims: &[usize],
        bias: Option<&[T]>,
    ) -> TensorResult<(CpuStorage, Shape)> {
        let (sizes, window) = self.plan(x_dims, weight_dims)?;
        let mut out = vec![T::ZERO; sizes.batch * sizes.image_out()];
        if !out.is_empty() {
            out.par_chunks_mut(sizes.block * sizes.image_out())
                .zip(x.par_chunks(sizes.block * sizes.image_in()))
                .for_each_init(
                    || Scratch::new(&sizes),
                    |scratch, (out, x)| {
                        forward_block(&sizes, &window, x, weight, bias, out, scratch);
                    },
                );
        }
        Ok((stored(out), Shape::from_dims(&output_dims(x_dims, sizes.channels[1], sizes.extent.output))))
    }

    /// The shorter way, where it can be gone.
    fn direct(&self, x: &[usize], weight: &[usize], dtype: DType) -> TensorResult<Option<Direct>> {
        let (sizes, window) = self.plan(x, weight)?;
        // One column a position: a product says it all.
        if dtype != DType::F32 || !Direct::fits(&window) || window.is_identity() {
            return Ok(None);
        }
        let Sizes { batch, channels, groups, extent: Extent { input, output }, .. } = sizes;
        Ok(Some(Direct { batch, channels, groups, window, input, output }))
    }

    fn compute(
        &self,
        (x, x_layout): (&CpuStorage, &Layout),
        (weight, weight_layout): (&CpuStorage, &Layout),
        bias: Option<(&CpuStorage, &Layout)>,
    ) -> TensorResult<(CpuStorage, Shape)> {
        let (x_dims, weight_dims) = (x_layout.dims(), weight_layout.dims());
        if let Some(direct) = self.direct(x_dims, weight_dims, x.dtype())? {
            let bias = bias.map(|(bias, layout)| values(bias, layout)).transpose()?;
            let out = direct.forward(values(x, x_layout)?, values(weight, weight_layout)?, bias, false);
            return Ok((
                stored(out),
                Shape::from_dims(&output_dims(x_dims, direct.channels[1], direct.output)),
            ));
        }
        by_dtype!(x.dtype(), "convolution", T => {
            let bias = bias.map(|(bias, layout)| values(bias, layout)).transpose()?;
            self.forward::<T>(values(x, x_layout)?, x_dims, values(weight, weight_layout)?, weight_dims, bias)
        })
    }

    /// Gradients with respect to the input (when wanted), the weight and the bias.
    fn backward(
        &self,
        x: &Tensor,
        weight: &Tensor,
        bias: Option<&Tensor>,
        grad: &Tensor,
    ) -> TensorResult<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let grad = grad.contiguous()?;
        if let Some(direct) = self.direct(x.dims(), weight.dims(), x.dtype())? {
            return direct_backward(&direct, (x, self.moves), weight, bias, &grad);
        }
        by_dtype!(x.dtype(), "convolution backward", T => {
            let (sizes, window) = self.plan(x.dims(), weight.dims())?;
            let (hx, hw, hg) = (Host::of(x), Host::of(weight), Host::of(&grad));
            let (vx, vw, vg) = (hx.values::<T>()?, hw.values::<T>()?, hg.values::<T>()?);
            let dx = match self.moves {
                true => Some(tensor(input_gradient(&sizes, &window, vw, vg), x, x.dims())?),
                false => None,
            };
            let dw = match weight.track_op() {
                true => Some(tensor(weight_gradient(&sizes, &window, vx, vg), x, weight.dims())?),
                false => None,
            };
            let db = match bias {
                Some(bias) if bias.track_op() => {
                    let positions = sizes.extent.output_len();
                    Some(tensor(bias_gradient(positions, sizes.channels[1], vg), x, bias.dims())?)
                }
                _ => None,
            };
            Ok((dx, dw, db))
        })
    }
}

fn output_dims(x: &[usize], channels: usize, [h, w]: [usize; 2]) -> Vec<usize> {
    match x.len() {
        4 => vec![x[0], channels, h, w],
        _ => vec![x[0], channels, w],
    }
}

/// Gradients by the shorter way.
fn direct_backward(
    direct: &Direct,
    (x, moves): (&Tensor, bool),
    weight: &Tensor,
    bias: Option<&Tensor>,
    grad: &Tensor,
) -> TensorResult<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
    let (hx, hw, hg) = (Host::of(x), Host::of(weight), Host::of(grad));
    let (vx, vw, vg) = (hx.values::<f32>()?, hw.values::<f32>()?, hg.values::<f32>()?);
    let dx = if moves {
        let turned = turned_round(vw, direct.groups, direct.channels, direct.window.taps());
        Some(tensor(direct.backwards().forward(vg, &turned, None, false), x, x.dims())?)
    } else {
        None
    };
    let dw = match weight.track_op() {
        true => Some(tensor(direct.weight_gradient(vx, vg), x, weight.dims())?),
        false => None,
    };
    let db = match bias {
        Some(bias) if bias.track_op() => {
            let positions = direct.output[0] * direct.output[1];
            Some(tensor(bias_gradient(positions, direct.channels[1], vg), x, bias.dims())?)
        }
        _ => None,
    };
    Ok((dx, dw, db))
}

/// The column matrix of group `group` of a block: borrowed when the block is its own column
/// matrix, else gathered.
fn columns<'a, T: Element>(
    sizes: &Sizes,
    window: &Window,
    x: &'a [T],
    group: usize,
    buffer: &'a mut [T],
) -> &'a [T] {
    let images = x.len() / sizes.image_in();
    let plane = sizes.group_in() * sizes.extent.input_len();
    if images == 1 && window.is_identity() {
        return &x[group * plane..(group + 1) * plane];
    }
    let positions = sizes.extent.output_len();
    let pitch = images * positions;
    for (i, image) in x.chunks(sizes.image_in()).enumerate() {
        let image = &image[group * plane..(group + 1) * plane];
        gather(window, sizes.extent, image, buffer, pitch, i * positions);
    }
    &buffer[..sizes.depth * pitch]
}

/// The output channels of a group side by side for the images of a block: borrowed for one image,
/// else copied row by row.
fn outputs<'a, T: Element>(sizes: &Sizes, values: &'a [T], group: usize, buffer: &'a mut [T]) -> &'a [T] {
    let images = values.len() / sizes.image_out();
    let positions = sizes.extent.output_len();
    let plane = sizes.group_out() * positions;
    if images == 1 {
        return &values[group * plane..(group + 1) * plane];
    }
    for (i, image) in values.chunks(sizes.image_out()).enumerate() {
        let rows = image[group * plane..(group + 1) * plane].chunks(positions);
        for (j, row) in rows.enumerate() {
            let start = (j * images + i) * positions;
            buffer[start..start + positions].copy_from_slice(row);
        }
    }
    &buffer[..plane * images]
}

fn forward_block<T: Element>(
    sizes: &Sizes,
    window: &Window,
    x: &[T],
    weight: &[T],
    bias: Option<&[T]>,
    out: &mut [T],
    scratch: &mut Scratch<T>,
) {
    let images = x.len() / sizes.image_in();
    let positions = sizes.extent.output_len();
    let (rows, depth) = (sizes.group_out(), sizes.depth);
    for group in 0..sizes.groups {
        let columns = columns(sizes, window, x, group, &mut scratch.columns);
        let columns = Matrix::new(columns, depth, images * positions);
        let weight = Matrix::new(&weight[group * rows * depth..][..rows * depth], rows, depth);
        let start = group * rows * positions;
        let target = match images {
            1 => &mut out[start..start + rows * positions],
            _ => &mut scratch.outputs[..rows * images * positions],
        };
        if let Some(bias) = bias {
            let bias = &bias[group * rows..(group + 1) * rows];
            for (row, &value) in target.chunks_mut(images * positions).zip(bias) {
                row.fill(value);
            }
        }
        product(target, weight, columns, bias.is_some(), Threads::One);
        if images > 1 {
            for (i, image) in out.chunks_mut(sizes.image_out()).enumerate() {
                let rows = image[start..start + rows * positions].chunks_mut(positions);
                for (j, row) in rows.enumerate() {
                    let from = (j * images + i) * positions;
                    row.copy_from_slice(&scratch.outputs[from..from + positions]);
                }
            }
        }
    }
}

fn input_gradient<T: Element>(sizes: &Sizes, window: &Window, weight: &[T], grad: &[T]) -> Vec<T> {
    let mut dx = vec![T::ZERO; sizes.batch * sizes.image_in()];
    if dx.is_empty() {
        return dx;
    }
    let positions = sizes.extent.output_len();
    let (rows, depth) = (sizes.group_out(), sizes.depth);
    let plane = sizes.group_in() * sizes.extent.input_len();
    dx.par_chunks_mut(sizes.block * sizes.image_in())
        .zip(grad.par_chunks(sizes.block * sizes.image_out()))
        .for_each_init(
            || Scratch::new(sizes),
            |scratch, (dx, grad)| {
                let images = dx.len() / sizes.image_in();
                for group in 0..sizes.groups {
                    let dy = outputs(sizes, grad, group, &mut scratch.outputs);
                    let dy = Matrix::new(dy, rows, images * positions);
                    let weight = &weight[group * rows * depth..][..rows * depth];
                    let weight = Matrix::new(weight, rows, depth).transposed();
                    if images == 1 && window.is_identity() {
                        let target = &mut dx[group * plane..(group + 1) * plane];
                        product(target, weight, dy, false, Threads::One);
                        continue;
                    }
                    let pitch = images * positions;
                    let columns = &mut scratch.columns[..depth * pitch];
                    product(columns, weight, dy, false, Threads::One);
                    for (i, image) in dx.chunks_mut(sizes.image_in()).enumerate() {
                        let image = &mut image[group * plane..(group + 1) * plane];
                        scatter(window, sizes.extent, columns, pitch, i * positions, image);
                    }
                }
            },
        );
    dx
}

/// The gradient is computed transposed, `columns [depth, n] x dy^T [n, rows]`: turning the small
/// `dy` keeps both factors in the order that the product reads fastest.
fn weight_gradient<T: Element>(sizes: &Sizes, window: &Window, x: &[T], grad: &[T]) -> Vec<T> {
    let positions = sizes.extent.output_len();
    let (rows, depth) = (sizes.group_out(), sizes.depth);
    let size = rows * depth;
    let blocks = sizes.batch.div_ceil(sizes.block);
    let images = sizes.block * blocks.div_ceil(CHUNKS).max(1);
    let chunk = |(x, grad): (&[T], &[T])| {
        let mut sums = vec![T::ZERO; sizes.groups * size];
        let mut scratch = Scratch::new(sizes);
        let mut turned = vec![T::ZERO; scratch.outputs.len()];
        let xs = x.chunks(sizes.block * sizes.image_in());
        let grads = grad.chunks(sizes.block * sizes.image_out());
        for (x, grad) in xs.zip(grads) {
            let images = x.len() / sizes.image_in();
            let pitch = images * positions;
            for group in 0..sizes.groups {
                for (i, image) in grad.chunks(sizes.image_out()).enumerate() {
                    let dy = &image[group * rows * positions..][..rows * positions];
                    let target = &mut turned[i * positions * rows..][..positions * rows];
                    transpose(dy, rows, positions, target);
                }
                let columns = columns(sizes, window, x, group, &mut scratch.columns);
                product(
                    &mut sums[group * size..(group + 1) * size],
                    Matrix::new(columns, depth, pitch),
                    Matrix::new(&turned[..pitch * rows], pitch, rows),
                    true,
                    Threads::One,
                );
            }
        }
        sums
    };
    let partial: Vec<Vec<T>> = if x.is_empty() || grad.is_empty() {
        Vec::new()
    } else {
        x.par_chunks(images * sizes.image_in())
            .zip(grad.par_chunks(images * sizes.image_out()))
            .map(chunk)
            .collect()
    };
    let mut total = vec![T::ZERO; sizes.groups * size];
    for part in &partial {
        for (sum, &value) in total.iter_mut().zip(part) {
            *sum += value;
        }
    }
    let mut dw = vec![T::ZERO; total.len()];
    if size > 0 {
        for (from, to) in total.chunks(size).zip(dw.chunks_mut(size)) {
            transpose(from, depth, rows, to);
        }
    }
    dw
}

fn bias_gradient<T: Element>(positions: usize, channels: usize, grad: &[T]) -> Vec<T> {
    let sums: Vec<f64> = grad.par_chunks(positions.max(1)).map(|plane| sum(plane)).collect();
    (0..channels).map(|c| T::of(sums.iter().skip(c).step_by(channels).sum())).collect()
}

impl CustomOp2 for Convolution {
    fn name(&self) -> &'static str {
        "convolution"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        weight: &CpuStorage,
        weight_layout: &Layout,
    ) -> TensorResult<(CpuStorage, Shape)> {
        self.compute((x, x_layout), (weight, weight_layout), None)
    }

    fn bwd(
        &self,
        x: &Tensor,
        weight: &Tensor,
        _: &Tensor,
        grad: &Tensor,
    ) -> TensorResult<(Option<Tensor>, Option<Tensor>)> {
        let (dx, dw, _) = self.backward(x, weight, None, grad)?;
        Ok((dx, dw))
    }
}

impl CustomOp3 for Convolution {
    fn name(&self) -> &'static str {
        "convolution with bias"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        weight: &CpuStorage,
        weight_layout: &Layout,
        bias: &CpuStorage,
        bias_layout: &Layout,
    ) -> TensorResult<(CpuStorage, Shape)> {
        self.compute((x, x_layout), (weight, weight_layout), Some((bias, bias_layout)))
    }

    fn bwd(
        &self,
        x: &Tensor,
        weight: &Tensor,
        bias: &Tensor,
        _: &Tensor,
        grad: &Tensor,
    ) -> TensorResult<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        self.backward(x, weight, Some(bias), grad)
    }
}
