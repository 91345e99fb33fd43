//! The largest values of as many windows as are asked for, whatever the size of the map.

use std::sync::OnceLock;

use candle_core::backend::BackendStorage;
use candle_core::{CpuStorage, CustomOp1, Layout, Result as TensorResult, Shape, Tensor};
use rayon::prelude::*;

use super::element::{Element, Host, by_dtype, planes, stored, tensor, values};
use super::largest::first_largest;
use super::prepared::{Needs, Prepared};
use super::wide::wide;
use super::window::spatial;
use crate::error::Result;

/// `output` windows along height and width of `x`, `[B, C, L]` or `[B, C, H, W]`, see [`super::adaptive_pool`], which
/// has checked both.
pub(crate) fn taking_windows(x: &Tensor, output: [usize; 2]) -> Result<Prepared> {
    let output = if x.rank() == 4 { output } else { [1, output[1]] };
    Ok(Prepared::one(x, Windows { output, winners: OnceLock::new() })?.needing(Needs::Shape))
}

/// Window `i` of `count` along an axis of length `len`.
pub(super) fn window(i: usize, count: usize, len: usize) -> std::ops::Range<usize> {
    i * len / count..((i + 1) * len).div_ceil(count)
}

/// One call; keeps which place of its plane each output came from.
struct Windows {
    output: [usize; 2],
    winners: OnceLock<Vec<u32>>,
}

/// The place of the first largest value of a window in a plane whose rows have `width` values.
#[inline(always)]
fn winner<T: Element>(
    x: &[T],
    width: usize,
    rows: std::ops::Range<usize>,
    columns: std::ops::Range<usize>,
) -> usize {
    let mut best = rows.start * width + columns.start;
    for row in rows {
        let from = row * width + columns.start;
        let place = from + first_largest(&x[from..from + columns.len()]);
        if x[place] > x[best] || (x[place].is_nan() && !x[best].is_nan()) {
            best = place;
        }
    }
    best
}

impl Windows {
    fn forward<T: Element>(&self, x: &[T], dims: &[usize]) -> TensorResult<(CpuStorage, Shape)> {
        let ([h, w], [rows, columns]) = (spatial(dims).unwrap_or([1, 1]), self.output);
        let (batch, channels, plane) = planes(dims);
        let size = rows * columns;
        let mut out = vec![T::ZERO; batch * channels * size];
        let mut winners = vec![0_u32; out.len()];
        out.par_chunks_mut(size)
            .zip(winners.par_chunks_mut(size))
            .zip(x.par_chunks(plane))
            .with_min_len(16)
            .for_each(|((out, winners), x)| {
                wide(
                    #[inline(always)]
                    || {
                        for at in 0..size {
                            let (high, wide) =
                                (window(at / columns, rows, h), window(at % columns, columns, w));
                            let place = winner(x, w, high, wide);
                            (out[at], winners[at]) = (x[place], place as u32);
                        }
                    },
                );
            });
        self.winners.set(winners).map_err(|_| candle_core::Error::msg("an op is for one call"))?;
        let mut shape = vec![batch, channels];
        shape.extend(&self.output[4 - dims.len()..]);
        Ok((stored(out), Shape::from_dims(&shape)))
    }

    fn backward<T: Element>(&self, x: &Tensor, grad: &Tensor) -> TensorResult<Tensor> {
        let grad = grad.contiguous()?;
        let host = Host::of(&grad);
        let vg = host.values::<T>()?;
        let Some(winners) = self.winners.get() else {
            candle_core::bail!("adaptive_pool backward before forward")
        };
        let (_, _, plane) = planes(x.dims());
        let size = self.output[0] * self.output[1];
        let mut dx = vec![T::ZERO; x.elem_count()];
        dx.par_chunks_mut(plane.max(1))
            .zip(vg.par_chunks(size).zip(winners.par_chunks(size)))
            .with_min_len(16)
            .for_each(|(dx, (grad, winners))| {
                for (&g, &place) in grad.iter().zip(winners) {
                    dx[place as usize] += g;
                }
            });
        tensor(dx, x, x.dims())
    }
}

impl CustomOp1 for Windows {
    fn name(&self) -> &'static str {
        "adaptive_pool"
    }

    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout) -> TensorResult<(CpuStorage, Shape)> {
        by_dtype!(x.dtype(), "adaptive_pool", T => self.forward::<T>(values(x, layout)?, layout.dims()))
    }

    fn bwd(&self, x: &Tensor, _: &Tensor, grad: &Tensor) -> TensorResult<Option<Tensor>> {
        by_dtype!(x.dtype(), "adaptive_pool backward", T => self.backward::<T>(x, grad)).map(Some)
    }
}
