//! Functions of every number.

use crate::kernel::Kernel;
use crate::launch::Launch;
use crate::spread::{divisor, spread};
use crate::view::{Target, View};

/// A function of a number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Function {
    /// `max(x, 0)`, with slope 0 at 0.
    Relu,
    /// `1 / (1 + e^-x)`.
    Sigmoid,
    /// Hyperbolic tangent.
    Tanh,
    /// `x Φ(x)` by the error function.
    Gelu,
    /// `min(max(x + 3, 0), 6) / 6`.
    HardSigmoid,
    /// `x` times the hard sigmoid.
    HardSwish,
    /// `x Φ(x)` by a hyperbolic tangent.
    GeluTanh,
    /// `x` times the sigmoid.
    Silu,
    /// `min(max(x, 0), 6)`, with slope 0 at both ends.
    Relu6,
    /// `ln(1 + e^x)`.
    Softplus,
    /// `-ln(1 + e^-x)`.
    LogSigmoid,
    /// `x` above 0, `e^x - 1` below.
    Elu,
    /// `x` above 0, this slope times `x` at 0 and below.
    LeakyRelu(f32),
    /// `|x|`, with slope 0 at 0.
    Abs,
    /// `x²`.
    Square,
    /// `√x`.
    Sqrt,
    /// `1 / x`.
    Reciprocal,
    /// The first times `x` plus the second.
    Affine(f32, f32),
}

impl Function {
    /// Its number in `kernels/element.cu`, and its numbers.
    fn coded(self) -> (usize, [f32; 2]) {
        let code = match self {
            Self::Relu => 0,
            Self::Sigmoid => 1,
            Self::Tanh => 2,
            Self::Gelu => 3,
            Self::HardSigmoid => 4,
            Self::HardSwish => 5,
            Self::GeluTanh => 6,
            Self::Silu => 7,
            Self::Relu6 => 8,
            Self::Softplus => 9,
            Self::LogSigmoid => 10,
            Self::Elu => 11,
            Self::LeakyRelu(slope) => return (12, [slope, 0.0]),
            Self::Abs => 13,
            Self::Square => 14,
            Self::Sqrt => 15,
            Self::Reciprocal => 16,
            Self::Affine(scale, shift) => return (17, [scale, shift]),
        };
        (code, [0.0; 2])
    }
}

/// `y` is the function of `x`, of `count` numbers a sample.
pub fn function(batch: usize, count: usize, function: Function, x: View, y: View) -> Launch {
    let (code, numbers) = function.coded();
    let launch = spread(Kernel::Function, batch * count).at(&[x.at, y.at]).n(&divisor(count));
    launch.n(&[x.pitch, y.pitch, code]).f(&numbers)
}

/// `dx` is `dy` times the function's slope at its input `x`, whose result was `y`. What a function does not look at may
/// be any numbers: `y` counts for the sigmoid, the tangent, the root and the reciprocal, `x` for all others.
pub fn function_gradient(
    batch: usize,
    count: usize,
    function: Function,
    x: View,
    y: View,
    dy: View,
    dx: Target,
) -> Launch {
    let (code, numbers) = function.coded();
    let launch = spread(Kernel::FunctionGradient, batch * count).at(&[x.at, y.at, dy.at, dx.view.at]);
    let pitches = [x.pitch, y.pitch, dy.pitch, dx.view.pitch];
    launch.n(&divisor(count)).n(&pitches).n(&[code, usize::from(dx.add)]).f(&numbers)
}
