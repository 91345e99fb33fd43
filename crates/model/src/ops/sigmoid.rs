//! The logistic function.

use candle_core::Tensor;

use super::element::Element;
use super::pointwise::{Pointwise, each};
use crate::error::Result;

struct Sigmoid;

impl Pointwise for Sigmoid {
    const NAME: &'static str = "sigmoid";

    #[inline(always)]
    fn value<T: Element>(x: T) -> T {
        // the exponential never overflows: its argument is not above 0
        let x = x.wide();
        let e = (-x.abs()).exp();
        T::of(if x >= 0.0 { 1.0 / (1.0 + e) } else { e / (1.0 + e) })
    }

    #[inline(always)]
    fn slope<T: Element>(_: T, y: T) -> T {
        y * (T::ONE - y)
    }
}

/// `1 / (1 + exp(-x))`, any shape, without overflow at either end.
///
/// # Errors
/// Number types other than `f32` and `f64`.
pub fn sigmoid(x: &Tensor) -> Result<Tensor> {
    Ok(each::<Sigmoid>(x)?)
}
