//! Functions of every number.

use super::element::Element;
use super::pointwise::{Pointwise, each};
use crate::error::Result;
use crate::graph::Unary;
use candle_core::Tensor;

macro_rules! functions {
    ($($(#[$doc:meta])* $name:ident $text:literal: |$x:ident| $value:expr, |$a:ident, $y:ident| $slope:expr;)*) => {
        $(
            $(#[$doc])*
            struct $name;

            impl Pointwise for $name {
                const NAME: &'static str = $text;

                #[inline(always)]
                fn value<T: Element>($x: T) -> T {
                    $value
                }

                #[inline(always)]
                #[allow(unused_variables)]
                fn slope<T: Element>($a: T, $y: T) -> T {
                    $slope
                }
            }
        )*
    };
}

functions! {
    /// NaN passes; slope 0 at 0, as in PyTorch.
    Relu "relu": |x| if x <= T::ZERO { T::ZERO } else { x }, |x, y| if x <= T::ZERO { T::ZERO } else { T::ONE };
    /// The exponential never overflows: its argument is not above 0.
    Sigmoid "sigmoid": |x| T::of({
            let x = x.wide();
            let e = (-x.abs()).exp();
            if x >= 0.0 { 1.0 / (1.0 + e) } else { e / (1.0 + e) }
        }), |x, y| y * (T::ONE - y);
    Tanh "tanh": |x| T::of(x.wide().tanh()), |x, y| T::ONE - y * y;
    Gelu "gelu": |x| T::of(0.5 * x.wide() * (1.0 + libm::erf(x.wide() * std::f64::consts::FRAC_1_SQRT_2))),
        |x, y| T::of({
            let x = x.wide();
            let density = (-0.5 * x * x).exp() / (2.0 * std::f64::consts::PI).sqrt();
            0.5 * (1.0 + libm::erf(x * std::f64::consts::FRAC_1_SQRT_2)) + x * density
        });
    HardSigmoid "hard_sigmoid": |x| clamped(x + T::of(3.0)) / T::of(6.0),
        |x, y| if x > T::of(-3.0) && x < T::of(3.0) { T::ONE / T::of(6.0) } else { T::ZERO };
    HardSwish "hard_swish": |x| x * clamped(x + T::of(3.0)) / T::of(6.0),
        |x, y| if x < T::of(-3.0) {
            T::ZERO
        } else if x <= T::of(3.0) {
            x / T::of(3.0) + T::of(0.5)
        } else {
            T::ONE
        };
    Abs "abs": |x| if x < T::ZERO { T::ZERO - x } else { x },
        |x, y| if x > T::ZERO { T::ONE } else if x < T::ZERO { T::ZERO - T::ONE } else { T::ZERO };
    Square "square": |x| x * x, |x, y| x + x;
    Sqrt "sqrt": |x| x.root(), |x, y| T::of(0.5) / y;
    Reciprocal "reciprocal": |x| T::ONE / x, |x, y| T::ZERO - y * y;
}

#[inline(always)]
fn clamped<T: Element>(x: T) -> T {
    let x = if x < T::ZERO { T::ZERO } else { x };
    if x > T::of(6.0) { T::of(6.0) } else { x }
}

/// `function` of every number of `x`. `f32` and `f64`; slopes at kinks are PyTorch's.
///
/// # Errors
/// Other number types.
pub fn elementwise(x: &Tensor, function: Unary) -> Result<Tensor> {
    Ok(match function {
        Unary::Relu => each::<Relu>(x)?,
        Unary::Sigmoid => each::<Sigmoid>(x)?,
        Unary::Tanh => each::<Tanh>(x)?,
        Unary::Gelu => each::<Gelu>(x)?,
        Unary::HardSigmoid => each::<HardSigmoid>(x)?,
        Unary::HardSwish => each::<HardSwish>(x)?,
        Unary::Abs => each::<Abs>(x)?,
        Unary::Square => each::<Square>(x)?,
        Unary::Sqrt => each::<Sqrt>(x)?,
        Unary::Reciprocal => each::<Reciprocal>(x)?,
        Unary::Affine { scale, shift } => x.affine(scale, shift)?,
    })
}

/// `max(x, 0)`, with slope 0 at 0.
///
/// # Errors
/// Other number types than `f32` and `f64`.
pub fn relu(x: &Tensor) -> Result<Tensor> {
    elementwise(x, Unary::Relu)
}

/// `1 / (1 + e^-x)`.
///
/// # Errors
/// Other number types than `f32` and `f64`.
pub fn sigmoid(x: &Tensor) -> Result<Tensor> {
    elementwise(x, Unary::Sigmoid)
}
