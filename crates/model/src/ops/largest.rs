//! The largest value along an axis.
#![allow(
    clippy::needless_range_loop,
    reason = "loops over places compile to wide instructions inside a dispatch, iterators often do not"
)]

use std::sync::OnceLock;

use candle_core::backend::BackendStorage;
use candle_core::{CpuStorage, CustomOp1, Layout, Result as TensorResult, Shape, Tensor};
use rayon::prelude::*;

use super::element::{Element, Host, by_dtype, stored, tensor, values};
use super::prepared::{Needs, Prepared};
use super::wide::wide;
use crate::error::{Error, Result};

/// How many largest values are kept side by side.
const LANES: usize = 16;

/// The largest value of `x` along `axis`, which stays with length 1. The first of equal values takes the gradient; NaN
/// wins over numbers. `f32` and `f64`.
///
/// # Errors
/// No such axis, an axis of length 0, other number types.
pub fn largest(x: &Tensor, axis: usize) -> Result<Tensor> {
    taking_largest(x, axis)?.run()
}

pub(crate) fn taking_largest(x: &Tensor, axis: usize) -> Result<Prepared> {
    if x.dims().get(axis).is_none_or(|len| *len == 0) {
        return Err(Error::op("largest", format!("input {:?} has nothing along axis {axis}", x.dims())));
    }
    Ok(Prepared::one(x, Largest { axis, winners: OnceLock::new() })?.needing(Needs::Shape))
}

/// One call; keeps which place each output came from.
struct Largest {
    axis: usize,
    winners: OnceLock<Vec<u32>>,
}

/// Product of the axes before, length, product of the axes behind.
fn split(dims: &[usize], axis: usize) -> (usize, usize, usize) {
    (dims[..axis].iter().product(), dims[axis], dims[axis + 1..].iter().product())
}

/// The larger of two numbers; NaN wins.
#[inline(always)]
fn larger<T: Element>(a: T, b: T) -> T {
    if a > b || a.is_nan() { a } else { b }
}

/// Where the first of the largest values stands; NaN is larger than numbers.
#[inline(always)]
pub(super) fn first_largest<T: Element>(x: &[T]) -> usize {
    let mut lanes = [T::of(f64::NEG_INFINITY); LANES];
    let (blocks, rest) = x.as_chunks::<LANES>();
    for block in 0..blocks.len() {
        for lane in 0..LANES {
            lanes[lane] = larger(blocks[block][lane], lanes[lane]);
        }
    }
    let mut best = T::of(f64::NEG_INFINITY);
    for &value in rest.iter().chain(&lanes) {
        best = larger(value, best);
    }
    let is_best = |value: T| value == best || (best.is_nan() && value.is_nan());
    for block in 0..blocks.len() {
        let mut found = false;
        for lane in 0..LANES {
            found |= is_best(blocks[block][lane]);
        }
        if found {
            let within = blocks[block].iter().position(|value| is_best(*value));
            return block * LANES + within.unwrap_or(0);
        }
    }
    let within = rest.iter().position(|value| is_best(*value));
    blocks.len() * LANES + within.unwrap_or(0)
}

impl Largest {
    fn forward<T: Element>(&self, x: &[T], dims: &[usize]) -> TensorResult<(CpuStorage, Shape)> {
        let (before, len, behind) = split(dims, self.axis);
        let mut out = Vec::with_capacity(before * behind);
        let mut winners = vec![0_u32; before * behind];
        if behind == 1 {
            winners.par_iter_mut().zip(x.par_chunks(len)).with_min_len(16).for_each(|(winner, x)| {
                *winner = wide(
                    #[inline(always)]
                    || first_largest(x) as u32,
                );
            });
            out.extend(winners.iter().zip(x.chunks(len)).map(|(&winner, x)| x[winner as usize]));
        } else {
            for (block, winners) in x.chunks(len * behind).zip(winners.chunks_mut(behind)) {
                let from = out.len();
                out.extend_from_slice(&block[..behind]);
                for place in 1..len {
                    let values = &block[place * behind..];
                    for ((best, winner), &value) in out[from..].iter_mut().zip(&mut *winners).zip(values) {
                        if value > *best || (value.is_nan() && !best.is_nan()) {
                            (*best, *winner) = (value, place as u32);
                        }
                    }
                }
            }
        }
        self.winners.set(winners).map_err(|_| candle_core::Error::msg("an op is for one call"))?;
        let mut shape = dims.to_vec();
        shape[self.axis] = 1;
        Ok((stored(out), Shape::from_dims(&shape)))
    }

    fn backward<T: Element>(&self, x: &Tensor, grad: &Tensor) -> TensorResult<Tensor> {
        let grad = grad.contiguous()?;
        let host = Host::of(&grad);
        let vg = host.values::<T>()?;
        let Some(winners) = self.winners.get() else { candle_core::bail!("largest backward before forward") };
        let (_, len, behind) = split(x.dims(), self.axis);
        let mut dx = vec![T::ZERO; x.elem_count()];
        for (i, (&g, &winner)) in vg.iter().zip(winners).enumerate() {
            dx[(i / behind * len + winner as usize) * behind + i % behind] = g;
        }
        tensor(dx, x, x.dims())
    }
}

impl CustomOp1 for Largest {
    fn name(&self) -> &'static str {
        "largest"
    }

    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout) -> TensorResult<(CpuStorage, Shape)> {
        by_dtype!(x.dtype(), "largest", T => self.forward::<T>(values(x, layout)?, layout.dims()))
    }

    fn bwd(&self, x: &Tensor, _: &Tensor, grad: &Tensor) -> TensorResult<Option<Tensor>> {
        by_dtype!(x.dtype(), "largest backward", T => self.backward::<T>(x, grad)).map(Some)
    }
}
