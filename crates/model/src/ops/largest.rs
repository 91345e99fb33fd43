//! The largest value along an axis.

use std::sync::OnceLock;

use candle_core::backend::BackendStorage;
use candle_core::{CpuStorage, CustomOp1, Layout, Result as TensorResult, Shape, Tensor};

use super::element::{Element, Host, by_dtype, stored, tensor, values};
use super::prepared::{Needs, Prepared};
use crate::error::{Error, Result};

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

impl Largest {
    fn forward<T: Element>(&self, x: &[T], dims: &[usize]) -> TensorResult<(CpuStorage, Shape)> {
        let (before, len, behind) = split(dims, self.axis);
        let mut out = Vec::with_capacity(before * behind);
        let mut winners = vec![0_u32; before * behind];
        for b in 0..before {
            let block = &x[b * len * behind..(b + 1) * len * behind];
            out.extend_from_slice(&block[..behind]);
            let best = &mut out[b * behind..];
            let winner = &mut winners[b * behind..(b + 1) * behind];
            for place in 1..len {
                for ((best, winner), &value) in
                    best.iter_mut().zip(&mut *winner).zip(&block[place * behind..])
                {
                    if value > *best || (value.is_nan() && !best.is_nan()) {
                        (*best, *winner) = (value, place as u32);
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
