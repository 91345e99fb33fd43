//! Batch normalisation, with the ReLU behind it folded in when asked.

use candle_core::backend::BackendStorage;
use candle_core::{CpuStorage, CustomOp3, Layout, Result as TensorResult, Shape, Tensor};
use rayon::prelude::*;

use super::element::{Element, Host, by_dtype, planes, stored, tensor, values};
use super::wide::{sum_of, sums_of, wide};
use crate::error::{Error, Result};

/// Mean and variance of every channel.
#[derive(Debug, Clone, PartialEq)]
pub struct ChannelStatistics {
    /// Mean over the batch and all positions.
    pub mean: Vec<f64>,
    /// Biased variance (divided by the count).
    pub variance: Vec<f64>,
    /// Values a channel.
    pub count: usize,
}

impl ChannelStatistics {
    /// The variance divided by the count less one, as running statistics keep it.
    pub fn unbiased_variance(&self) -> impl Iterator<Item = f64> {
        let factor = self.count as f64 / (self.count as f64 - 1.0);
        self.variance.iter().map(move |v| v * factor)
    }
}

/// Mean and variance of every channel of `x`, `[B, C]`, `[B, C, L]` or `[B, C, H, W]`.
///
/// Two passes over each plane in double precision, planes joined by Chan's formula in a fixed
/// order: exact where `E[x^2] - E[x]^2` would cancel.
///
/// # Errors
/// Fewer than two values a channel, whose variance would be undefined; other number types.
pub fn channel_statistics(x: &Tensor) -> Result<ChannelStatistics> {
    let (batch, channels, plane) = planes(x.dims());
    let count = batch * plane;
    if count < 2 {
        return Err(Error::op(
            "batch_norm",
            format!(
                "training needs at least 2 values a channel, the input {:?} has {count}: use a larger batch or leave out the last, smaller one",
                x.dims()
            ),
        ));
    }
    let x = x.contiguous()?;
    let parts: Vec<(f64, f64)> = by_dtype!(x.dtype(), "batch_norm", T => {
        let host = Host::of(&x);
        Ok(host.values::<T>()?.par_chunks(plane).with_min_len(8).map(moments).collect())
    })?;
    let mut mean = vec![0.0; channels];
    let mut squares = vec![0.0; channels];
    let size = plane as f64;
    for (b, image) in parts.chunks(channels).enumerate() {
        let before = (b * plane) as f64;
        for (c, &(part_mean, part_squares)) in image.iter().enumerate() {
            let delta = part_mean - mean[c];
            let total = before + size;
            mean[c] += delta * size / total;
            squares[c] += part_squares + delta * delta * before * size / total;
        }
    }
    Ok(ChannelStatistics { mean, variance: squares.into_iter().map(|s| s / count as f64).collect(), count })
}

/// Mean and sum of squared deviations of one plane.
fn moments<T: Element>(x: &[T]) -> (f64, f64) {
    wide(
        #[inline(always)]
        || {
            let mean = sum_of(
                x,
                #[inline(always)]
                |v| v.wide(),
            ) / x.len() as f64;
            let squares = sum_of(
                x,
                #[inline(always)]
                |v| {
                    let d = v.wide() - mean;
                    d * d
                },
            );
            (mean, squares)
        },
    )
}

/// How the statistics came about, which decides the gradient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Statistics {
    /// They are those of this very input: the gradient passes through them.
    OfThisBatch,
    /// They are constants (running statistics).
    Constant,
}

/// `(x - mean) / sqrt(variance + eps) * gamma + beta` for every channel, then ReLU if `relu`.
///
/// `x` is `[B, C]`, `[B, C, L]` or `[B, C, H, W]`, `gamma` and `beta` `[C]`; PyTorch's convention.
/// The variance is the biased one in training. `f32` and `f64`; gradients for all three.
///
/// # Errors
/// Shapes that do not fit, other number types.
pub fn batch_norm(
    x: &Tensor,
    gamma: &Tensor,
    beta: &Tensor,
    of: &ChannelStatistics,
    statistics: Statistics,
    eps: f64,
    relu: bool,
) -> Result<Tensor> {
    let dims = x.dims();
    let channels = dims.get(1).copied().unwrap_or(0);
    if !(2..=4).contains(&dims.len())
        || gamma.dims() != [channels]
        || beta.dims() != [channels]
        || of.mean.len() != channels
        || of.variance.len() != channels
    {
        return Err(Error::op(
            "batch_norm",
            format!(
                "input {dims:?}, gamma {:?}, beta {:?} and statistics of {} channels do not fit",
                gamma.dims(),
                beta.dims(),
                of.mean.len()
            ),
        ));
    }
    let op = BatchNorm {
        mean: of.mean.clone(),
        deviation: of.variance.iter().map(|v| 1.0 / (v + eps).sqrt()).collect(),
        statistics,
        relu,
    };
    Ok(x.contiguous()?.apply_op3(&gamma.contiguous()?, &beta.contiguous()?, op)?)
}

struct BatchNorm {
    mean: Vec<f64>,
    /// `1 / sqrt(variance + eps)`
    deviation: Vec<f64>,
    statistics: Statistics,
    relu: bool,
}

impl BatchNorm {
    fn forward<T: Element>(
        &self,
        x: &[T],
        dims: &[usize],
        gamma: &[T],
        beta: &[T],
    ) -> TensorResult<(CpuStorage, Shape)> {
        let (_, channels, plane) = planes(dims);
        let mut out = vec![T::ZERO; x.len()];
        if !out.is_empty() {
            // the mean is subtracted in the tensor's precision, its rounding added to the shift
            let scale: Vec<(T, T, T)> = (0..channels)
                .map(|c| {
                    let mean = T::of(self.mean[c]);
                    let scale = gamma[c].wide() * self.deviation[c];
                    let shift = beta[c].wide() - (self.mean[c] - mean.wide()) * scale;
                    (mean, T::of(scale), T::of(shift))
                })
                .collect();
            let relu = self.relu;
            out.par_chunks_mut(plane).zip(x.par_chunks(plane)).enumerate().with_min_len(8).for_each(
                |(i, (out, x))| {
                    let (mean, scale, shift) = scale[i % channels];
                    wide(
                        #[inline(always)]
                        || {
                            for (y, &x) in out.iter_mut().zip(x) {
                                let value = (x - mean) * scale + shift;
                                // NaN passes, as in PyTorch
                                *y = if relu && value <= T::ZERO { T::ZERO } else { value };
                            }
                        },
                    );
                },
            );
        }
        Ok((stored(out), Shape::from_dims(dims)))
    }

    fn backward<T: Element>(
        &self,
        x: &Tensor,
        gamma: &Tensor,
        out: &Tensor,
        grad: &Tensor,
    ) -> TensorResult<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let grad = grad.contiguous()?;
        let (hx, hw, hy, hg) = (Host::of(x), Host::of(gamma), Host::of(out), Host::of(&grad));
        let (vx, vw, vy, vg) = (hx.values::<T>()?, hw.values::<T>()?, hy.values::<T>()?, hg.values::<T>()?);
        let (_, channels, plane) = planes(x.dims());
        let relu = self.relu;
        let means: Vec<T> = self.mean.iter().map(|&m| T::of(m)).collect();
        let mut sums = vec![(0.0, 0.0); channels];
        let mut dx = vec![T::ZERO; vx.len()];
        if !vx.is_empty() {
            // sums of dy and dy * (x - mean) for every plane
            let parts: Vec<(f64, f64)> = vx
                .par_chunks(plane)
                .zip(vy.par_chunks(plane).zip(vg.par_chunks(plane)))
                .zip(dx.par_chunks_mut(plane))
                .enumerate()
                .with_min_len(8)
                .map(|(i, ((x, (y, grad)), dx))| {
                    let mean = means[i % channels];
                    wide(
                        #[inline(always)]
                        || {
                            for ((dx, &g), &y) in dx.iter_mut().zip(grad).zip(y) {
                                *dx = if relu && y <= T::ZERO { T::ZERO } else { g };
                            }
                            sums_of(
                                x,
                                dx,
                                #[inline(always)]
                                |x, g| (g.wide(), ((x - mean) * g).wide()),
                            )
                        },
                    )
                })
                .collect();
            for image in parts.chunks(channels) {
                for (sum, part) in sums.iter_mut().zip(image) {
                    sum.0 += part.0;
                    sum.1 += part.1;
                }
            }
        }
        for (c, sum) in sums.iter_mut().enumerate() {
            sum.1 -= (self.mean[c] - means[c].wide()) * sum.0;
        }
        if x.track_op() {
            let count = (vx.len() / channels.max(1)) as f64;
            let factors: Vec<(T, T, T)> = (0..channels)
                .map(|c| {
                    let s = self.deviation[c];
                    let a = vw[c].wide() * s;
                    let (b, e) = match self.statistics {
                        Statistics::OfThisBatch => {
                            let b = -a * s * s * sums[c].1 / count;
                            let rest = self.mean[c] - means[c].wide();
                            (b, -a * sums[c].0 / count - b * rest)
                        }
                        Statistics::Constant => (0.0, 0.0),
                    };
                    (T::of(a), T::of(b), T::of(e))
                })
                .collect();
            if plane > 0 {
                dx.par_chunks_mut(plane).zip(vx.par_chunks(plane)).enumerate().with_min_len(8).for_each(
                    |(i, (dx, x))| {
                        let mean = means[i % channels];
                        let (a, b, e) = factors[i % channels];
                        wide(
                            #[inline(always)]
                            || {
                                for (dx, &x) in dx.iter_mut().zip(x) {
                                    *dx = a * *dx + b * (x - mean) + e;
                                }
                            },
                        );
                    },
                );
            }
        }
        let dgamma = (0..channels).map(|c| T::of(sums[c].1 * self.deviation[c])).collect();
        let dbeta = sums.iter().map(|s| T::of(s.0)).collect();
        Ok((
            x.track_op().then(|| tensor(dx, x, x.dims())).transpose()?,
            Some(tensor::<T>(dgamma, x, &[channels])?),
            Some(tensor::<T>(dbeta, x, &[channels])?),
        ))
    }
}

impl CustomOp3 for BatchNorm {
    fn name(&self) -> &'static str {
        "batch_norm"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        gamma: &CpuStorage,
        gamma_layout: &Layout,
        beta: &CpuStorage,
        beta_layout: &Layout,
    ) -> TensorResult<(CpuStorage, Shape)> {
        by_dtype!(x.dtype(), "batch_norm", T => self.forward::<T>(
            values(x, x_layout)?,
            x_layout.dims(),
            values(gamma, gamma_layout)?,
            values(beta, beta_layout)?,
        ))
    }

    fn bwd(
        &self,
        x: &Tensor,
        gamma: &Tensor,
        _: &Tensor,
        out: &Tensor,
        grad: &Tensor,
    ) -> TensorResult<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let (dx, dgamma, dbeta) = by_dtype!(x.dtype(), "batch_norm backward", T => {
            self.backward::<T>(x, gamma, out, grad)
        })?;
        Ok((dx, dgamma.filter(|_| gamma.track_op()), dbeta))
    }
}
