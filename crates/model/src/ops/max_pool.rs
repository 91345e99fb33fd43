//! Max pooling over images and series, alone or right behind a channel gate.

use std::sync::OnceLock;

use candle_core::backend::BackendStorage;
use candle_core::{CpuStorage, CustomOp1, CustomOp2, Layout, Result as TensorResult, Shape, Tensor};
use rayon::prelude::*;

use super::element::{Element, Host, by_dtype, planes, stored, tensor, values};
use super::prepared::{Needs, Prepared};
use super::wide::wide;
use super::window::{Window, pooled, spatial};
use crate::error::{Error, Result};

/// Most values of a window: the place of the largest one is kept in two bytes.
const TAPS: usize = NOTHING as usize;
/// Stands for the place in a window that sees nothing but padding, as a dilated one may.
const NOTHING: u16 = u16::MAX;

/// Parameters of max pooling; pairs are (height, width). A series has height 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MaxPool {
    /// Kernel, stride, padding and dilation.
    pub window: Window,
    /// Whether a last window that the stride would cut off is taken too.
    pub ceil: bool,
}

impl MaxPool {
    /// Pooling of images.
    pub fn image(kernel: [usize; 2], stride: [usize; 2], padding: [usize; 2]) -> Self {
        Self { window: Window { kernel, stride, padding, dilation: [1, 1] }, ceil: false }
    }

    /// Pooling of series.
    pub fn series(kernel: usize, stride: usize, padding: usize) -> Self {
        Self::image([1, kernel], [1, stride], [0, padding])
    }

    /// Height and width after pooling an input of this height and width.
    ///
    /// # Errors
    /// A window that does not fit or is padded by more than half its size.
    pub fn output(&self, input: [usize; 2]) -> std::result::Result<[usize; 2], String> {
        pooled(&self.window, self.ceil, input)
    }
}

/// The largest value of every window of `x`, `[B, C, L]` or `[B, C, H, W]`.
///
/// Padding counts as minus infinity. The gradient goes to the first largest value in row-major
/// order; NaN wins over numbers. Both as in PyTorch. `f32` and `f64`.
///
/// # Errors
/// A window that does not fit, other numbers of axes or number types.
pub fn max_pool(x: &Tensor, pool: &MaxPool) -> Result<Tensor> {
    pooling_largest(x, pool)?.run()
}

pub(crate) fn pooling_largest(x: &Tensor, pool: &MaxPool) -> Result<Prepared> {
    check(x.dims(), pool)?;
    Ok(Prepared::one(x, Pooling { pool: *pool, winners: OnceLock::new() })?.needing(Needs::Shape))
}

/// `max_pool(x * gate)` with one factor a sample and channel, `gate` `[B, C]`, in one pass: the
/// gated map is never written. Same bits as the two ops one after the other.
///
/// # Errors
/// As [`max_pool`]; a gate of another shape.
pub fn gated_max_pool(x: &Tensor, gate: &Tensor, pool: &MaxPool) -> Result<Tensor> {
    pooling_gated(x, gate, pool)?.run()
}

pub(crate) fn pooling_gated(x: &Tensor, gate: &Tensor, pool: &MaxPool) -> Result<Prepared> {
    check(x.dims(), pool)?;
    if gate.dims() != &x.dims()[..2] {
        return Err(Error::op(
            "gated_max_pool",
            format!("a gate of shape {:?} for {:?}", gate.dims(), x.dims()),
        ));
    }
    Ok(Prepared::two(x, gate, Pooling { pool: *pool, winners: OnceLock::new() })?)
}

fn check(dims: &[usize], pool: &MaxPool) -> Result<()> {
    let Some(input) = spatial(dims) else {
        return Err(Error::op("max_pool", format!("input {dims:?} must have 3 or 4 axes")));
    };
    let taps = pool.window.kernel[0].saturating_mul(pool.window.kernel[1]);
    if taps > TAPS {
        let reason = format!("a window of {taps} values is too large, at most {TAPS}: pool in two steps");
        return Err(Error::op("max_pool", reason));
    }
    let output = pool.output(input).map_err(|reason| Error::op("max_pool", reason))?;
    if dims.len() == 3 && output[0] != 1 {
        let reason = format!("{} windows along the height of a series: give a window of height 1", output[0]);
        return Err(Error::op("max_pool", reason));
    }
    Ok(())
}

/// One call; keeps which tap of its window each output came from.
struct Pooling {
    pool: MaxPool,
    winners: OnceLock<Vec<u16>>,
}

/// Pools one plane of values multiplied by `gate`.
#[inline(always)]
fn pool_plane<T: Element>(
    window: &Window,
    [input, output]: [[usize; 2]; 2],
    x: &[T],
    gate: T,
    out: &mut [T],
    winners: &mut [u16],
) {
    let [h, w] = input;
    let [kh, kw] = window.kernel;
    let better = |value: T, best: T| value > best || value.is_nan();
    let halves = window.kernel[1] == 2
        && window.kernel[0] <= 2
        && window.stride == window.kernel
        && window.padding == [0, 0]
        && window.dilation == [1, 1]
        && window.kernel[0] * output[0] <= h
        && 2 * output[1] <= w;
    if halves {
        for oy in 0..output[0] {
            let out = &mut out[oy * output[1]..(oy + 1) * output[1]];
            let winners = &mut winners[oy * output[1]..(oy + 1) * output[1]];
            let top = kh * oy * w;
            let upper = &x[top..top + 2 * output[1]];
            for ox in 0..output[1] {
                let (first, second) = (upper[2 * ox] * gate, upper[2 * ox + 1] * gate);
                let wins = better(second, first);
                out[ox] = if wins { second } else { first };
                winners[ox] = u16::from(wins);
            }
            if kh == 1 {
                continue;
            }
            let lower = &x[top + w..top + w + 2 * output[1]];
            for ox in 0..output[1] {
                for (value, tap) in [(lower[2 * ox] * gate, 2), (lower[2 * ox + 1] * gate, 3)] {
                    let wins = better(value, out[ox]);
                    out[ox] = if wins { value } else { out[ox] };
                    winners[ox] = if wins { tap } else { winners[ox] };
                }
            }
        }
        return;
    }
    for oy in 0..output[0] {
        for ox in 0..output[1] {
            let mut found: Option<(T, usize)> = None;
            for ky in 0..kh {
                let Some(y) =
                    (oy * window.stride[0] + ky * window.dilation[0]).checked_sub(window.padding[0])
                else {
                    continue;
                };
                if y >= h {
                    continue;
                }
                for kx in 0..kw {
                    let Some(x_at) =
                        (ox * window.stride[1] + kx * window.dilation[1]).checked_sub(window.padding[1])
                    else {
                        continue;
                    };
                    if x_at >= w {
                        continue;
                    }
                    let value = x[y * w + x_at] * gate;
                    if found.is_none_or(|(best, _)| better(value, best)) {
                        found = Some((value, ky * kw + kx));
                    }
                }
            }
            let (value, tap) = found.unwrap_or((T::of(f64::NEG_INFINITY), TAPS));
            out[oy * output[1] + ox] = value;
            winners[oy * output[1] + ox] = tap as u16;
        }
    }
}

/// Where the taps of each window look in a plane.
struct Places {
    /// Ahead of the first tap of the first window, padding included, and how far that padding reaches back.
    taps: Vec<usize>,
    before: usize,
    /// From one window to the next, down and along.
    steps: [usize; 2],
    /// Windows along a row.
    width: usize,
}

impl Places {
    fn new(window: &Window, input: usize, output: usize) -> Self {
        let [kh, kw] = window.kernel;
        let tap = |tap: usize| tap / kw * window.dilation[0] * input + tap % kw * window.dilation[1];
        Self {
            taps: (0..kh * kw).map(tap).collect(),
            before: window.padding[0] * input + window.padding[1],
            steps: [window.stride[0] * input, window.stride[1]],
            width: output,
        }
    }

    /// Calls `each` with every gradient and the place that it goes to.
    #[inline(always)]
    fn visit<T: Copy>(&self, gradients: &[T], winners: &[u16], mut each: impl FnMut(T, usize)) {
        let rows = gradients.chunks(self.width).zip(winners.chunks(self.width));
        for (row, (gradients, winners)) in rows.enumerate() {
            let mut at = row * self.steps[0];
            for (&gradient, &winner) in gradients.iter().zip(winners) {
                if winner != NOTHING {
                    each(gradient, at + self.taps[usize::from(winner)] - self.before);
                }
                at += self.steps[1];
            }
        }
    }
}

impl Pooling {
    fn forward<T: Element>(
        &self,
        x: &[T],
        dims: &[usize],
        gate: Option<&[T]>,
    ) -> TensorResult<(CpuStorage, Shape)> {
        let input = spatial(dims).unwrap_or([1, 1]);
        let output = self.pool.output(input).map_err(candle_core::Error::msg)?;
        let (batch, channels, plane) = planes(dims);
        let size = output[0] * output[1];
        let mut out = vec![T::ZERO; batch * channels * size];
        let mut winners = vec![0u16; out.len()];
        if plane > 0 && size > 0 {
            let window = self.pool.window;
            out.par_chunks_mut(size)
                .zip(winners.par_chunks_mut(size))
                .zip(x.par_chunks(plane))
                .enumerate()
                .with_min_len(16)
                .for_each(|(i, ((out, winners), x))| {
                    let gate = gate.map_or(T::ONE, |gate| gate[i]);
                    wide(
                        #[inline(always)]
                        || pool_plane(&window, [input, output], x, gate, out, winners),
                    );
                });
        }
        self.winners.set(winners).map_err(|_| candle_core::Error::msg("a pooling op is for one call"))?;
        let mut shape = vec![batch, channels];
        if dims.len() == 4 {
            shape.push(output[0]);
        }
        shape.push(output[1]);
        Ok((stored(out), Shape::from_dims(&shape)))
    }

    /// Gradients with respect to the input and the gate.
    fn backward<T: Element>(
        &self,
        x: &Tensor,
        gate: Option<&Tensor>,
        grad: &Tensor,
    ) -> TensorResult<(Tensor, Option<Tensor>)> {
        let grad = grad.contiguous()?;
        let (hx, hg) = (Host::of(x), Host::of(&grad));
        let vg = hg.values::<T>()?;
        let host = gate.map(Host::of);
        let gated = match &host {
            Some(host) => Some((host.values::<T>()?, hx.values::<T>()?)),
            None => None,
        };
        let Some(winners) = self.winners.get() else {
            candle_core::bail!("max_pool backward before forward")
        };
        let (batch, channels, plane) = planes(x.dims());
        let size = vg.len() / (batch * channels).max(1);
        let input = spatial(x.dims()).unwrap_or([1, 1]);
        let output = self.pool.output(input).map_err(candle_core::Error::msg)?;
        let places = Places::new(&self.pool.window, input[1], output[1]);
        let mut dx = vec![T::ZERO; x.elem_count()];
        let mut dgate = vec![T::ZERO; batch * channels];
        if plane > 0 && size > 0 {
            dx.par_chunks_mut(plane)
                .zip(dgate.par_iter_mut())
                .zip(vg.par_chunks(size).zip(winners.par_chunks(size)))
                .enumerate()
                .with_min_len(16)
                .for_each(|(i, ((dx, dgate), (grad, winners)))| match gated {
                    None => places.visit(grad, winners, |g, place| dx[place] += g),
                    Some((factors, x)) => {
                        let (factor, x) = (factors[i], &x[i * plane..(i + 1) * plane]);
                        let mut sum = 0.0;
                        places.visit(grad, winners, |g, place| {
                            dx[place] += g * factor;
                            sum += (g * x[place]).wide();
                        });
                        *dgate = T::of(sum);
                    }
                });
        }
        let dgate = match gate {
            Some(gate) => Some(tensor(dgate, x, gate.dims())?),
            None => None,
        };
        Ok((tensor(dx, x, x.dims())?, dgate))
    }
}

impl CustomOp1 for Pooling {
    fn name(&self) -> &'static str {
        "max_pool"
    }

    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout) -> TensorResult<(CpuStorage, Shape)> {
        by_dtype!(x.dtype(), "max_pool", T => {
            self.forward::<T>(values(x, layout)?, layout.dims(), None)
        })
    }

    fn bwd(&self, x: &Tensor, _: &Tensor, grad: &Tensor) -> TensorResult<Option<Tensor>> {
        let (dx, _) = by_dtype!(x.dtype(), "max_pool backward", T => self.backward::<T>(x, None, grad))?;
        Ok(Some(dx))
    }
}

impl CustomOp2 for Pooling {
    fn name(&self) -> &'static str {
        "gated_max_pool"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        layout: &Layout,
        gate: &CpuStorage,
        gate_layout: &Layout,
    ) -> TensorResult<(CpuStorage, Shape)> {
        by_dtype!(x.dtype(), "gated_max_pool", T => {
            self.forward::<T>(values(x, layout)?, layout.dims(), Some(values(gate, gate_layout)?))
        })
    }

    fn bwd(
        &self,
        x: &Tensor,
        gate: &Tensor,
        _: &Tensor,
        grad: &Tensor,
    ) -> TensorResult<(Option<Tensor>, Option<Tensor>)> {
        let (dx, dgate) = by_dtype!(x.dtype(), "gated_max_pool backward", T => {
            self.backward::<T>(x, Some(gate), grad)
        })?;
        Ok((Some(dx), dgate))
    }
}
