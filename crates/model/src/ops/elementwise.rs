//! Functions of every number.

use super::element::Element;
use super::pointwise::{Pointwise, each, replace};
use super::prepared::Prepared;
use crate::error::{Error, Result};
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
    Sigmoid "sigmoid": |x| T::of(logistic(x.wide())), |x, y| y * (T::ONE - y);
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
        |x, y| if x <= T::of(-3.0) {
            T::ZERO
        } else if x < T::of(3.0) {
            x / T::of(3.0) + T::of(0.5)
        } else {
            T::ONE
        };
    GeluTanh "gelu_tanh": |x| T::of(0.5 * x.wide() * (1.0 + bent(x.wide()).0.tanh())),
        |x, y| T::of({
            let x = x.wide();
            let (u, rise) = bent(x);
            let t = u.tanh();
            0.5 * (1.0 + t) + 0.5 * x * (1.0 - t * t) * rise
        });
    Silu "silu": |x| T::of(x.wide() * logistic(x.wide())),
        |x, y| T::of({
            let (x, s) = (x.wide(), logistic(x.wide()));
            s * (1.0 + x * (1.0 - s))
        });
    Relu6 "relu6": |x| clamped(x),
        |x, y| if x > T::ZERO && x < T::of(6.0) { T::ONE } else { T::ZERO };
    Softplus "softplus": |x| T::of({
            let x = x.wide();
            x.max(0.0) + (-x.abs()).exp().ln_1p()
        }), |x, y| T::of(logistic(x.wide()));
    LogSigmoid "log_sigmoid": |x| T::of({
            let x = x.wide();
            x.min(0.0) - (-x.abs()).exp().ln_1p()
        }), |x, y| T::of(logistic(-x.wide()));
    Elu "elu": |x| if x > T::ZERO { x } else { T::of(x.wide().exp_m1()) },
        |x, y| if x > T::ZERO { T::ONE } else { T::of(x.wide().exp()) };
    Abs "abs": |x| if x < T::ZERO { T::ZERO - x } else { x },
        |x, y| if x > T::ZERO { T::ONE } else if x < T::ZERO { T::ZERO - T::ONE } else { T::ZERO };
    Square "square": |x| x * x, |x, y| x + x;
    Sqrt "sqrt": |x| x.root(), |x, y| T::of(0.5) / y;
    Reciprocal "reciprocal": |x| T::ONE / x, |x, y| T::ZERO - y * y;
}

/// `1 / (1 + e^-x)`; the exponential never overflows, since its argument is not above 0.
#[inline(always)]
pub(crate) fn logistic(x: f64) -> f64 {
    let e = (-x.abs()).exp();
    if x >= 0.0 { 1.0 / (1.0 + e) } else { e / (1.0 + e) }
}

/// What stands in the tangent of GELU's approximation (Hendrycks and Gimpel 2016), and its slope.
#[inline(always)]
fn bent(x: f64) -> (f64, f64) {
    let scale = (2.0 / std::f64::consts::PI).sqrt();
    (scale * (x + 0.044_715 * x * x * x), scale * (1.0 + 3.0 * 0.044_715 * x * x))
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
    Ok(match (applying(x, function)?, function) {
        (Some(prepared), _) => prepared.run()?,
        (None, Unary::LeakyRelu { slope }) => {
            leaky(x, &Tensor::new(slope, x.device())?.to_dtype(x.dtype())?)?
        }
        (None, Unary::Affine { scale, shift }) => x.affine(scale, shift)?,
        (None, _) => return Err(Error::op("elementwise", format!("{function:?} is not computed"))),
    })
}

/// Nothing for the functions that are made of several ops.
pub(crate) fn applying(x: &Tensor, function: Unary) -> Result<Option<Prepared>> {
    Ok(Some(match function {
        Unary::Relu => each::<Relu>(x)?,
        Unary::Sigmoid => each::<Sigmoid>(x)?,
        Unary::Tanh => each::<Tanh>(x)?,
        Unary::Gelu => each::<Gelu>(x)?,
        Unary::HardSigmoid => each::<HardSigmoid>(x)?,
        Unary::HardSwish => each::<HardSwish>(x)?,
        Unary::GeluTanh => each::<GeluTanh>(x)?,
        Unary::Silu => each::<Silu>(x)?,
        Unary::Relu6 => each::<Relu6>(x)?,
        Unary::Softplus => each::<Softplus>(x)?,
        Unary::LogSigmoid => each::<LogSigmoid>(x)?,
        Unary::Elu => each::<Elu>(x)?,
        Unary::Abs => each::<Abs>(x)?,
        Unary::Square => each::<Square>(x)?,
        Unary::Sqrt => each::<Sqrt>(x)?,
        Unary::Reciprocal => each::<Reciprocal>(x)?,
        Unary::LeakyRelu { .. } | Unary::Affine { .. } => return Ok(None),
    }))
}

/// Puts `function` of every number in its place.
pub(crate) fn apply(x: &mut [f32], function: Unary) {
    match function {
        Unary::Relu => replace::<Relu>(x),
        Unary::Sigmoid => replace::<Sigmoid>(x),
        Unary::Tanh => replace::<Tanh>(x),
        Unary::Gelu => replace::<Gelu>(x),
        Unary::HardSigmoid => replace::<HardSigmoid>(x),
        Unary::HardSwish => replace::<HardSwish>(x),
        Unary::GeluTanh => replace::<GeluTanh>(x),
        Unary::Silu => replace::<Silu>(x),
        Unary::Relu6 => replace::<Relu6>(x),
        Unary::Softplus => replace::<Softplus>(x),
        Unary::LogSigmoid => replace::<LogSigmoid>(x),
        Unary::Elu => replace::<Elu>(x),
        Unary::LeakyRelu { slope } => {
            let slope = slope as f32;
            x.iter_mut().for_each(|x| *x = if *x <= 0.0 { *x * slope } else { *x });
        }
        Unary::Abs => replace::<Abs>(x),
        Unary::Square => replace::<Square>(x),
        Unary::Sqrt => replace::<Sqrt>(x),
        Unary::Reciprocal => replace::<Reciprocal>(x),
        Unary::Affine { scale, shift } => {
            let (scale, shift) = (scale as f32, shift as f32);
            x.iter_mut().for_each(|x| *x = *x * scale + shift);
        }
    }
}

/// `x` above 0, `slope · x` at 0 and below. `slope` is broadcast: one for all, or `[C, 1, ..]` one a channel.
///
/// # Errors
/// Slopes that do not fit; other number types than `f32` and `f64`.
pub fn leaky(x: &Tensor, slope: &Tensor) -> Result<Tensor> {
    let above = relu(x)?;
    let below = (x - &above)?;
    Ok((above + below.broadcast_mul(slope)?)?)
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
