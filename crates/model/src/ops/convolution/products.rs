//! The convolution by products: patches of a block of images as columns (`columns.rs`), then one product a group.
//!
//! Images are taken in blocks of a size that depends on the shapes only; a block of small images shares one product.
//! Blocks run in parallel; weight gradients are summed per chunk of blocks and the chunks in order, so the result has the
//! same bits for any number of threads.

use rayon::prelude::*;

use crate::ops::columns::{Extent, gather, scatter};
use crate::ops::element::Element;
use crate::ops::product::{Matrix, Threads, product, transpose};
use crate::ops::window::Window;

/// Partial sums of the weight gradient.
const CHUNKS: usize = 16;

/// The sizes of one call.
#[derive(Clone, Copy)]
pub(super) struct Sizes {
    pub(super) batch: usize,
    /// Channels in and out of the whole convolution.
    pub(super) channels: [usize; 2],
    pub(super) extent: Extent,
    pub(super) groups: usize,
    /// Rows of a group's column matrix: channels of the group times taps.
    pub(super) depth: usize,
    /// Images in a block.
    pub(super) block: usize,
}

impl Sizes {
    pub(super) fn image_in(&self) -> usize {
        self.channels[0] * self.extent.input_len()
    }

    pub(super) fn image_out(&self) -> usize {
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
pub(super) struct Scratch<T> {
    columns: Vec<T>,
    outputs: Vec<T>,
}

impl<T: Element> Scratch<T> {
    pub(super) fn new(sizes: &Sizes) -> Self {
        let positions = sizes.block * sizes.extent.output_len();
        Self {
            columns: vec![T::ZERO; sizes.depth * positions],
            outputs: vec![T::ZERO; sizes.group_out() * positions],
        }
    }
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

pub(super) fn forward_block<T: Element>(
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

pub(super) fn input_gradient<T: Element>(sizes: &Sizes, window: &Window, weight: &[T], grad: &[T]) -> Vec<T> {
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
pub(super) fn weight_gradient<T: Element>(sizes: &Sizes, window: &Window, x: &[T], grad: &[T]) -> Vec<T> {
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
