//! A factor a sample and channel.

use candle_core::backend::BackendStorage;
use candle_core::{CpuStorage, CustomOp2, Layout, Result as TensorResult, Shape, Tensor};
use rayon::prelude::*;

use super::element::{Element, Host, by_dtype, planes, stored, tensor, values};
use super::prepared::Prepared;
use super::wide::{sums_of, wide};
use crate::error::{Error, Result};

/// `x * gate` with `x` `[B, C, ...]` and `gate` `[B, C]`. `f32` and `f64`; gradients for both.
///
/// # Errors
/// A gate of another shape, other number types.
pub fn channel_gate(x: &Tensor, gate: &Tensor) -> Result<Tensor> {
    gating(x, gate)?.run()
}

pub(crate) fn gating(x: &Tensor, gate: &Tensor) -> Result<Prepared> {
    if x.rank() < 3 || gate.dims() != &x.dims()[..2] {
        return Err(Error::op(
            "channel_gate",
            format!("a gate of shape {:?} for {:?}", gate.dims(), x.dims()),
        ));
    }
    Ok(Prepared::two(x, gate, ChannelGate)?)
}

struct ChannelGate;

/// `x * gate` plane by plane.
fn scaled<T: Element>(x: &[T], gate: &[T], plane: usize) -> Vec<T> {
    let mut out = vec![T::ZERO; x.len()];
    if !out.is_empty() {
        out.par_chunks_mut(plane).zip(x.par_chunks(plane)).zip(gate.par_iter()).with_min_len(8).for_each(
            |((out, x), &gate)| {
                wide(
                    #[inline(always)]
                    || {
                        for (y, &x) in out.iter_mut().zip(x) {
                            *y = x * gate;
                        }
                    },
                );
            },
        );
    }
    out
}

fn gradients<T: Element>(x: &Tensor, gate: &Tensor, grad: &Tensor) -> TensorResult<(Tensor, Tensor)> {
    let grad = grad.contiguous()?;
    let (hx, hw, hg) = (Host::of(x), Host::of(gate), Host::of(&grad));
    let (vx, vw, vg) = (hx.values::<T>()?, hw.values::<T>()?, hg.values::<T>()?);
    let (_, _, plane) = planes(x.dims());
    let dx = scaled(vg, vw, plane);
    let dgate = if plane == 0 {
        vec![T::ZERO; vw.len()]
    } else {
        vx.par_chunks(plane)
            .zip(vg.par_chunks(plane))
            .with_min_len(8)
            .map(|(x, g)| {
                wide(
                    #[inline(always)]
                    || {
                        T::of(
                            sums_of(
                                x,
                                g,
                                #[inline(always)]
                                |x, g| ((x * g).wide(), 0.0),
                            )
                            .0,
                        )
                    },
                )
            })
            .collect()
    };
    Ok((tensor(dx, x, x.dims())?, tensor(dgate, x, gate.dims())?))
}

impl CustomOp2 for ChannelGate {
    fn name(&self) -> &'static str {
        "channel_gate"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        gate: &CpuStorage,
        gate_layout: &Layout,
    ) -> TensorResult<(CpuStorage, Shape)> {
        let (_, _, plane) = planes(x_layout.dims());
        by_dtype!(x.dtype(), "channel_gate", T => {
            let out = scaled::<T>(values(x, x_layout)?, values(gate, gate_layout)?, plane);
            Ok((stored(out), x_layout.shape().clone()))
        })
    }

    fn bwd(
        &self,
        x: &Tensor,
        gate: &Tensor,
        _: &Tensor,
        grad: &Tensor,
    ) -> TensorResult<(Option<Tensor>, Option<Tensor>)> {
        let (dx, dgate) = by_dtype!(x.dtype(), "channel_gate backward", T => gradients::<T>(x, gate, grad))?;
        Ok((Some(dx), Some(dgate)))
    }
}
