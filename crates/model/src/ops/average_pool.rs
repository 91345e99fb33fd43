//! Means of sliding windows.

use candle_core::backend::BackendStorage;
use candle_core::{CpuStorage, CustomOp1, Layout, Result as TensorResult, Shape, Tensor};
use rayon::prelude::*;

use super::element::{Element, Host, by_dtype, planes, stored, tensor, values};
use super::prepared::{Needs, Prepared};
use super::window::{Window, pooled, spatial};
use crate::error::{Error, Result};

/// Parameters of average pooling; pairs are (height, width). A series has height 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AveragePool {
    /// Kernel, stride, padding; dilation 1.
    pub window: Window,
    /// Whether a last window that the stride would cut off is taken too.
    pub ceil: bool,
    /// Whether the padding's zeros count in the mean.
    pub count_padding: bool,
}

/// The mean of every window of `x`, `[B, C, L]` or `[B, C, H, W]`, as PyTorch's. `f32` and `f64`.
///
/// # Errors
/// A window that does not fit or is dilated, other numbers of axes or number types.
pub fn average_pool(x: &Tensor, pool: &AveragePool) -> Result<Tensor> {
    pooling_means(x, pool)?.run()
}

pub(crate) fn pooling_means(x: &Tensor, pool: &AveragePool) -> Result<Prepared> {
    let Some(input) = spatial(x.dims()) else {
        return Err(Error::op("average_pool", format!("input {:?} must have 3 or 4 axes", x.dims())));
    };
    if pool.window.dilation != [1, 1] {
        return Err(Error::op("average_pool", "windows of a mean are not dilated"));
    }
    let output =
        pooled(&pool.window, pool.ceil, input).map_err(|reason| Error::op("average_pool", reason))?;
    if x.rank() == 3 && output[0] != 1 {
        let reason = format!("{} windows along the height of a series: give a window of height 1", output[0]);
        return Err(Error::op("average_pool", reason));
    }
    Ok(Prepared::one(x, Averaging(*pool))?.needing(Needs::Shape))
}

struct Averaging(AveragePool);

/// One window along one axis: the places of the input that it covers, and how many count.
pub(crate) fn span(
    window: &Window,
    axis: usize,
    input: usize,
    place: usize,
    count_padding: bool,
) -> (usize, usize, usize) {
    let (k, s, p) = (window.kernel[axis], window.stride[axis], window.padding[axis]);
    let start = place * s;
    let padded_end = (start + k).min(input + 2 * p);
    let from = start.saturating_sub(p).min(input);
    let to = (start + k).saturating_sub(p).min(input).max(from);
    let count = if count_padding { padded_end - start } else { to - from };
    (from, to, count)
}

impl Averaging {
    fn sizes(&self, dims: &[usize]) -> TensorResult<([usize; 2], [usize; 2])> {
        let input = spatial(dims).unwrap_or([1, 1]);
        let output = pooled(&self.0.window, self.0.ceil, input).map_err(candle_core::Error::msg)?;
        Ok((input, output))
    }

    /// Calls `each(place, rows, columns, share)` for every window.
    #[inline(always)]
    fn windows(
        &self,
        [input, output]: [[usize; 2]; 2],
        mut each: impl FnMut(usize, (usize, usize), (usize, usize), f64),
    ) {
        let AveragePool { window, count_padding, .. } = &self.0;
        for oy in 0..output[0] {
            let (top, bottom, rows) = span(window, 0, input[0], oy, *count_padding);
            for ox in 0..output[1] {
                let (left, right, columns) = span(window, 1, input[1], ox, *count_padding);
                let share = 1.0 / (rows * columns).max(1) as f64;
                each(oy * output[1] + ox, (top, bottom), (left, right), share);
            }
        }
    }

    fn forward<T: Element>(&self, x: &[T], dims: &[usize]) -> TensorResult<(CpuStorage, Shape)> {
        let (input, output) = self.sizes(dims)?;
        let (batch, channels, plane) = planes(dims);
        let size = output[0] * output[1];
        let mut out = vec![T::ZERO; batch * channels * size];
        if plane > 0 && size > 0 {
            out.par_chunks_mut(size).zip(x.par_chunks(plane)).with_min_len(16).for_each(|(out, x)| {
                self.windows([input, output], |place, (top, bottom), (left, right), share| {
                    let mut sum = 0.0;
                    for y in top..bottom {
                        sum += x[y * input[1] + left..y * input[1] + right]
                            .iter()
                            .map(|v| v.wide())
                            .sum::<f64>();
                    }
                    out[place] = T::of(sum * share);
                });
            });
        }
        let mut shape = vec![batch, channels];
        if dims.len() == 4 {
            shape.push(output[0]);
        }
        shape.push(output[1]);
        Ok((stored(out), Shape::from_dims(&shape)))
    }

    fn backward<T: Element>(&self, x: &Tensor, grad: &Tensor) -> TensorResult<Tensor> {
        let (input, output) = self.sizes(x.dims())?;
        let grad = grad.contiguous()?;
        let host = Host::of(&grad);
        let vg = host.values::<T>()?;
        let (plane, size) = (input[0] * input[1], output[0] * output[1]);
        let mut dx = vec![T::ZERO; x.elem_count()];
        if plane > 0 && size > 0 {
            dx.par_chunks_mut(plane).zip(vg.par_chunks(size)).with_min_len(16).for_each(|(dx, grad)| {
                self.windows([input, output], |place, (top, bottom), (left, right), share| {
                    let part = T::of(grad[place].wide() * share);
                    for y in top..bottom {
                        for value in &mut dx[y * input[1] + left..y * input[1] + right] {
                            *value += part;
                        }
                    }
                });
            });
        }
        tensor(dx, x, x.dims())
    }
}

impl CustomOp1 for Averaging {
    fn name(&self) -> &'static str {
        "average_pool"
    }

    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout) -> TensorResult<(CpuStorage, Shape)> {
        by_dtype!(x.dtype(), "average_pool", T => self.forward::<T>(values(x, layout)?, layout.dims()))
    }

    fn bwd(&self, x: &Tensor, _: &Tensor, grad: &Tensor) -> TensorResult<Option<Tensor>> {
        by_dtype!(x.dtype(), "average_pool backward", T => self.backward::<T>(x, grad)).map(Some)
    }
}
