//! The turn of a gradient's sign between a net and its adversary.

use candle_core::backend::BackendStorage;
use candle_core::{CpuStorage, CustomOp1, Layout, Result as TensorResult, Shape, Tensor};

use super::element::{by_dtype, stored, values};
use super::prepared::Prepared;
use crate::error::{Error, Result};

/// `x` itself; its gradient is that of the result times `-strength` (Ganin 2016). Any shape.
///
/// # Errors
/// A strength below 0 or not finite; other number types than `f32` and `f64`.
pub fn reverse_gradient(x: &Tensor, strength: f64) -> Result<Tensor> {
    if !(strength.is_finite() && strength >= 0.0) {
        return Err(Error::config("strength", strength, "0 or more and finite"));
    }
    Prepared::one(x, ReverseGradient { strength })?.run()
}

struct ReverseGradient {
    strength: f64,
}

impl CustomOp1 for ReverseGradient {
    fn name(&self) -> &'static str {
        "reverse_gradient"
    }

    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout) -> TensorResult<(CpuStorage, Shape)> {
        by_dtype!(x.dtype(), "reverse_gradient", T => {
            Ok((stored(values::<T>(x, layout)?.to_vec()), layout.shape().clone()))
        })
    }

    fn bwd(&self, _: &Tensor, _: &Tensor, grad: &Tensor) -> TensorResult<Option<Tensor>> {
        grad.affine(-self.strength, 0.0).map(Some)
    }
}
