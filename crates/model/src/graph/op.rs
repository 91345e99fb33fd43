//! Every op that a node can be.

use std::ops::RangeInclusive;

use super::SlotId;
use crate::ops::Window;

/// A function of one number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Unary {
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
    /// `x` times the sigmoid, also called swish.
    Silu,
    /// `min(max(x, 0), 6)`, with slope 0 at both ends.
    Relu6,
    /// `ln(1 + e^x)`.
    Softplus,
    /// `-ln(1 + e^-x)`.
    LogSigmoid,
    /// `x` above 0, `e^x - 1` below.
    Elu,
    /// `x` above 0, `slope · x` at 0 and below.
    LeakyRelu {
        /// The slope below 0.
        slope: f64,
    },
    /// `|x|`, with slope 0 at 0.
    Abs,
    /// `x²`.
    Square,
    /// `√x`.
    Sqrt,
    /// `1 / x`.
    Reciprocal,
    /// `scale · x + shift`.
    Affine {
        /// The factor.
        scale: f64,
        /// What is added.
        shift: f64,
    },
}

/// What a window, an axis or a whole map is gathered to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gather {
    /// The mean.
    Mean,
    /// The largest value; the first of equal ones takes the gradient.
    Max,
}

/// Which cell runs over time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecurrentKind {
    /// Gated recurrent unit, gates in the order r, z, n.
    Gru,
    /// Long short-term memory, gates in the order i, f, g, o.
    Lstm,
}

impl RecurrentKind {
    /// Gates of the cell.
    pub fn gates(self) -> usize {
        match self {
            Self::Gru => 3,
            Self::Lstm => 4,
        }
    }
}

/// A recurrent layer: per direction the weights `[gates·hidden, inputs]`, `[gates·hidden, hidden]` and two biases.
#[derive(Debug, Clone, PartialEq)]
pub struct Recurrence {
    /// The cell.
    pub kind: RecurrentKind,
    /// Units.
    pub hidden: usize,
    /// Forwards, and backwards where there are two.
    pub directions: Vec<[SlotId; 4]>,
}

/// What a node does. `x` is its first input. Axes are counted without the batch: 0 is that of the channels.
#[derive(Debug, Clone, PartialEq)]
pub enum Op {
    /// The net's input.
    Input,
    /// A trained tensor on its own, the same for every sample.
    Parameter(SlotId),
    /// Convolution over one or two axes.
    Conv {
        /// Kernel, stride, padding and dilation; a series has height 1.
        window: Window,
        /// Groups of channels.
        groups: usize,
        /// `[O, C / groups, taps]`.
        weight: SlotId,
        /// `[O]`.
        bias: Option<SlotId>,
        /// Taps of the kernel are dropped in training, at a rate drawn between these two for every batch.
        tap_dropout: Option<[f64; 2]>,
    },
    /// `W x + b` over the channels, at every position alike.
    Linear {
        /// `[O, C]`.
        weight: SlotId,
        /// `[O]`.
        bias: Option<SlotId>,
    },
    /// Normalises every channel over batch and positions; then ReLU where asked.
    BatchNorm {
        /// `[C]`.
        gamma: SlotId,
        /// `[C]`.
        beta: SlotId,
        /// Running mean `[C]`.
        mean: SlotId,
        /// Running variance `[C]`, unbiased.
        variance: SlotId,
        /// Added to the variance.
        eps: f64,
        /// Share of the batch's statistics in the running ones.
        momentum: f64,
        /// Whether ReLU follows.
        relu: bool,
    },
    /// Normalises the channels of every position on its own.
    LayerNorm {
        /// `[C]`.
        gamma: SlotId,
        /// `[C]`.
        beta: SlotId,
        /// Added to the variance.
        eps: f64,
    },
    /// A function of every number.
    Unary(Unary),
    /// `x + y`; `y` is broadcast: an axis of 1 serves all, and `[C]` serves all positions.
    Add,
    /// `x - y`, likewise.
    Sub,
    /// `x · y`, likewise.
    Mul,
    /// Largest value or mean of sliding windows.
    Pool {
        /// Which of them.
        gather: Gather,
        /// Kernel, stride, padding and dilation; a series has height 1.
        window: Window,
        /// Whether a last window that the stride would cut off is taken too.
        ceil: bool,
        /// Whether zeros of the padding count in a mean.
        count_padding: bool,
    },
    /// Largest value or mean of as many windows along each axis as are asked for, from `floor(i·n/o)` to
    /// `ceil((i+1)·n/o)`.
    AdaptivePool {
        /// Which of them.
        gather: Gather,
        /// Windows along height and width; a series has height 1.
        output: [usize; 2],
    },
    /// Largest value or mean over all positions: `[C, ...]` to `[C]`.
    Global(Gather),
    /// Largest value or mean along one axis, which stays with length 1.
    Along(Gather, usize),
    /// Side by side along an axis.
    Concat(usize),
    /// Part of an axis.
    Slice {
        /// The axis.
        axis: usize,
        /// The first place.
        start: usize,
        /// Places.
        len: usize,
    },
    /// Zeros before and behind along an axis.
    Pad {
        /// The axis.
        axis: usize,
        /// Zeros before.
        before: usize,
        /// Zeros behind.
        behind: usize,
    },
    /// The axes in another order.
    Permute(Vec<usize>),
    /// The same numbers in another shape.
    Reshape(Vec<usize>),
    /// `e^x / Σ e^x` along an axis.
    Softmax(usize),
    /// Matrix product of the last two axes: `[.., M, K]` and `[.., K, N]`.
    MatMul,
    /// Units set to 0 in training with this probability, the others enlarged.
    Dropout(f64),
    /// `sign(x) max(|x| - τ, 0)` with `τ` (second input) `[C]` or `[1]`.
    SoftThreshold,
    /// Sensors that are missing from a sample (all their values are 0) are made up for by the others, which are enlarged
    /// by the number of sensors over that of those present; in training further ones are taken away at random.
    Sensors {
        /// Channels of each sensor.
        channels: usize,
        /// The probability with which a sensor is taken away in training; the last one of a sample stays.
        dropout: f64,
    },
    /// A recurrent layer over the last axis: `[F, T]` to `[H · directions, T]`.
    Recurrent(Recurrence),
}

impl Op {
    /// How many nodes it works on.
    pub(super) fn arity(&self) -> RangeInclusive<usize> {
        match self {
            Self::Input | Self::Parameter(_) => 0..=0,
            Self::Add | Self::Sub | Self::Mul | Self::MatMul | Self::SoftThreshold => 2..=2,
            Self::Concat(_) => 1..=usize::MAX,
            _ => 1..=1,
        }
    }

    /// The tensors it uses.
    pub(crate) fn slots(&self) -> Vec<SlotId> {
        match self {
            Self::Parameter(slot) => vec![*slot],
            Self::Conv { weight, bias, .. } | Self::Linear { weight, bias } => {
                std::iter::once(*weight).chain(*bias).collect()
            }
            Self::BatchNorm { gamma, beta, mean, variance, .. } => vec![*gamma, *beta, *mean, *variance],
            Self::LayerNorm { gamma, beta, .. } => vec![*gamma, *beta],
            Self::Recurrent(layer) => layer.directions.concat(),
            _ => Vec::new(),
        }
    }
}
