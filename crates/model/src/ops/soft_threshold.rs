//! Shrinkage: what lies within a threshold of 0 becomes 0, the rest moves towards it.

use candle_core::backend::BackendStorage;
use candle_core::{CpuStorage, CustomOp2, Layout, Result as TensorResult, Shape, Tensor};

use super::element::{Element, Host, by_dtype, stored, tensor, values};
use super::prepared::Prepared;
use crate::error::{Error, Result};

/// `sign(x) max(|x| - τ, 0)` with one threshold `τ` a sample and channel, `[B, C]`, or a sample, `[B, 1]`, for `x`
/// `[B, C, ...]`. The slope is 0 at `|x| = τ`. `f32` and `f64`; gradients for both.
///
/// # Errors
/// Thresholds of another shape, other number types.
pub fn soft_threshold(x: &Tensor, threshold: &Tensor) -> Result<Tensor> {
    shrinking(x, threshold)?.run()
}

pub(crate) fn shrinking(x: &Tensor, threshold: &Tensor) -> Result<Prepared> {
    let fits = x.rank() >= 2
        && threshold.rank() == 2
        && threshold.dims()[0] == x.dims()[0]
        && [1, x.dims()[1]].contains(&threshold.dims()[1]);
    if !fits {
        let reason = format!("thresholds of shape {:?} for {:?}", threshold.dims(), x.dims());
        return Err(Error::op("soft_threshold", reason));
    }
    Ok(Prepared::two(x, threshold, SoftThreshold)?)
}

struct SoftThreshold;

impl CustomOp2 for SoftThreshold {
    fn name(&self) -> &'static str {
        "soft_threshold"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        layout: &Layout,
        threshold: &CpuStorage,
        threshold_layout: &Layout,
    ) -> TensorResult<(CpuStorage, Shape)> {
        by_dtype!(x.dtype(), "soft_threshold", T => {
            let (x, threshold) = (values::<T>(x, layout)?, values::<T>(threshold, threshold_layout)?);
            let mut out = vec![T::ZERO; x.len()];
            let span = x.len() / threshold.len().max(1);
            if span > 0 {
                for ((out, x), &t) in out.chunks_mut(span).zip(x.chunks(span)).zip(threshold) {
                    for (y, &x) in out.iter_mut().zip(x) {
                        // A threshold below 0 moves values away from 0, never across it.
                        *y = if x > T::ZERO && x > t {
                            x - t
                        } else if x < T::ZERO && x < T::ZERO - t {
                            x + t
                        } else {
                            T::ZERO
                        };
                    }
                }
            }
            Ok((stored(out), layout.shape().clone()))
        })
    }

    fn bwd(
        &self,
        x: &Tensor,
        threshold: &Tensor,
        _: &Tensor,
        grad: &Tensor,
    ) -> TensorResult<(Option<Tensor>, Option<Tensor>)> {
        let grad = grad.contiguous()?;
        by_dtype!(x.dtype(), "soft_threshold backward", T => {
            let (hx, ht, hg) = (Host::of(x), Host::of(threshold), Host::of(&grad));
            let (vx, vt, vg) = (hx.values::<T>()?, ht.values::<T>()?, hg.values::<T>()?);
            let (mut dx, mut dt) = (vec![T::ZERO; vx.len()], vec![T::ZERO; vt.len()]);
            let span = vx.len() / vt.len().max(1);
            if span > 0 {
                let parts = vx.chunks(span).zip(vg.chunks(span)).zip(dx.chunks_mut(span));
                for ((((x, g), dx), &t), dt) in parts.zip(vt).zip(&mut dt) {
                    let mut sum = 0.0;
                    for ((&x, &g), dx) in x.iter().zip(g).zip(dx) {
                        if x > T::ZERO && x > t {
                            *dx = g;
                            sum -= g.wide();
                        } else if x < T::ZERO && x < T::ZERO - t {
                            *dx = g;
                            sum += g.wide();
                        }
                    }
                    *dt = T::of(sum);
                }
            }
            Ok((Some(tensor(dx, x, x.dims())?), Some(tensor(dt, threshold, threshold.dims())?)))
        })
    }
}
