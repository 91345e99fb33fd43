//! The rectifier.

use candle_core::Tensor;

use super::element::Element;
use super::pointwise::{Pointwise, each};
use crate::error::Result;

struct Relu;

impl Pointwise for Relu {
    const NAME: &'static str = "relu";

    #[inline(always)]
    fn value<T: Element>(x: T) -> T {
        if x <= T::ZERO { T::ZERO } else { x }
    }

    #[inline(always)]
    fn slope<T: Element>(x: T, _: T) -> T {
        if x <= T::ZERO { T::ZERO } else { T::ONE }
    }
}

/// `max(x, 0)`, any shape. The slope at 0 is 0, as in PyTorch; NaN stays NaN.
///
/// # Errors
/// Number types other than `f32` and `f64`.
pub fn relu(x: &Tensor) -> Result<Tensor> {
    Ok(each::<Relu>(x)?)
}
