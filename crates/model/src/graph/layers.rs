//! Ops with their parameters: how each layer's tensors are named, shaped and begun.

use super::draft::Draft;
use super::op::{Op, Recurrence, RecurrentKind};
use super::shape::fitted;
use super::{Id, SlotId};
use crate::error::{Error, Result};
use crate::ops::Window;
use crate::variables::Init;

/// A convolution. Pairs are (height, width); over a series the height is left out.
#[derive(Debug, Clone, PartialEq)]
pub struct Conv {
    /// Channels out.
    pub channels: usize,
    /// Taps.
    pub kernel: [usize; 2],
    /// Step.
    pub stride: [usize; 2],
    /// Zeros on either side.
    pub padding: [usize; 2],
    /// Step between taps.
    pub dilation: [usize; 2],
    /// Groups of channels.
    pub groups: usize,
    /// Whether a bias is added. In front of a batch norm it has no effect.
    pub bias: bool,
    /// How the weight begins; Kaiming normal by fan out unless said.
    pub init: Option<Init>,
    /// How the bias begins; uniform within `1/√(inputs · taps)`, as PyTorch's, unless said.
    pub bias_init: Option<Init>,
    /// Rates between which taps of the kernel are dropped in training.
    pub tap_dropout: Option<[f64; 2]>,
}

impl Conv {
    /// `kernel` taps along every axis, step 1, no padding, no bias.
    pub fn new(channels: usize, kernel: usize) -> Self {
        Self {
            channels,
            kernel: [kernel; 2],
            stride: [1; 2],
            padding: [0; 2],
            dilation: [1; 2],
            groups: 1,
            bias: false,
            init: None,
            bias_init: None,
            tap_dropout: None,
        }
    }

    /// An odd kernel, padded so that the size stays.
    pub fn same(channels: usize, kernel: usize) -> Self {
        Self { padding: [kernel / 2; 2], ..Self::new(channels, kernel) }
    }

    /// The same with a step of `stride`.
    #[must_use]
    pub fn stride(self, stride: usize) -> Self {
        Self { stride: [stride; 2], ..self }
    }

    /// The same with `padding` zeros on either side.
    #[must_use]
    pub fn padding(self, padding: usize) -> Self {
        Self { padding: [padding; 2], ..self }
    }

    /// The same in groups.
    #[must_use]
    pub fn groups(self, groups: usize) -> Self {
        Self { groups, ..self }
    }

    /// The same with or without a bias.
    #[must_use]
    pub fn bias(self, bias: bool) -> Self {
        Self { bias, ..self }
    }

    /// The same with a weight that begins like this.
    #[must_use]
    pub fn init(self, init: Init) -> Self {
        Self { init: Some(init), ..self }
    }

    /// The same with a bias, which begins like this.
    #[must_use]
    pub fn bias_init(self, init: Init) -> Self {
        Self { bias: true, bias_init: Some(init), ..self }
    }
}

/// A batch norm's constants. PyTorch's unless said: `eps` 1e-5, momentum 0.1, scale beginning at 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Norm {
    /// Added to the variance.
    pub eps: f64,
    /// Share of the batch's statistics in the running ones.
    pub momentum: f64,
    /// Where the scale begins.
    pub scale: f64,
    /// Whether ReLU follows.
    pub relu: bool,
}

impl Default for Norm {
    fn default() -> Self {
        Self { eps: 1e-5, momentum: 0.1, scale: 1.0, relu: false }
    }
}

impl Draft {
    /// A convolution with `NAME.weight` and, if wanted, `NAME.bias`.
    ///
    /// # Errors
    /// No channels, channels that the groups do not divide, a kernel that does not fit.
    pub fn conv(&mut self, name: &str, x: Id, conv: &Conv) -> Result<Id> {
        let input = self.shape(x).to_vec();
        let layer = self.full_name(name);
        let (channels, groups) = (input.first().copied().unwrap_or(0), conv.groups);
        if !(2..=3).contains(&input.len()) {
            let reason = "a map [channels, length] or [channels, height, width] is needed";
            return Err(Error::layer(layer, &input, reason));
        }
        if conv.channels == 0 {
            return Err(Error::layer(layer, &input, "it would give no channels; at least 1 is needed"));
        }
        if !channels.is_multiple_of(groups) || !conv.channels.is_multiple_of(groups) {
            let reason = format!(
                "{groups} groups must divide {channels} channels in and {} channels out",
                conv.channels
            );
            return Err(Error::layer(layer, &input, reason));
        }
        if let Some([low, high]) = conv.tap_dropout
            && !(0.0 <= low && low <= high && high < 1.0)
        {
            let field = format!("{layer}.tap_dropout");
            return Err(Error::config(field, format!("[{low}, {high}]"), "0 <= low <= high < 1"));
        }
        let window = Window {
            kernel: conv.kernel,
            stride: conv.stride,
            padding: conv.padding,
            dilation: conv.dilation,
        };
        let window = fitted(window, &input);
        let mut shape = vec![conv.channels, channels / groups];
        shape.extend_from_slice(&window.kernel[3 - input.len()..]);
        let init = conv.init.unwrap_or_else(|| Init::kaiming_fan_out(&shape));
        let fan = shape[1..].iter().copied().fold(1, usize::saturating_mul);
        let offset = conv.bias_init.unwrap_or(Init::fan_in(fan));
        let weight = self.slot(&format!("{name}.weight"), &shape, init)?;
        let bias = match conv.bias {
            true => Some(self.slot(&format!("{name}.bias"), &[conv.channels], offset)?),
            false => None,
        };
        let op = Op::Conv { window, groups, weight, bias, tap_dropout: conv.tap_dropout };
        self.node(name, op, &[x])
    }

    /// A fully connected layer over the channels, at every position alike: `NAME.weight` `[O, C]` and, if wanted,
    /// `NAME.bias`, which begin uniform within `1/√C` as PyTorch's.
    ///
    /// # Errors
    /// A width of 0.
    pub fn linear(&mut self, name: &str, x: Id, outputs: usize, bias: bool) -> Result<Id> {
        let inputs = self.channels(x);
        self.linear_from(name, x, outputs, bias, Init::fan_in(inputs), Init::fan_in(inputs))
    }

    /// The same with a weight and a bias that begin otherwise.
    ///
    /// # Errors
    /// A width of 0.
    pub fn linear_from(
        &mut self,
        name: &str,
        x: Id,
        outputs: usize,
        bias: bool,
        weight: Init,
        offset: Init,
    ) -> Result<Id> {
        let inputs = self.channels(x);
        if inputs == 0 || outputs == 0 {
            let reason =
                format!("a layer from {inputs} to {outputs} values is empty; both must be at least 1");
            return Err(Error::layer(self.full_name(name), self.shape(x), reason));
        }
        let weight = self.slot(&format!("{name}.weight"), &[outputs, inputs], weight)?;
        let bias = match bias {
            true => Some(self.slot(&format!("{name}.bias"), &[outputs], offset)?),
            false => None,
        };
        self.node(name, Op::Linear { weight, bias }, &[x])
    }

    /// A batch norm: `NAME.weight`, `NAME.bias`, and the running `NAME.running_mean`, `NAME.running_var`.
    ///
    /// # Errors
    /// A name that is taken.
    pub fn norm_with(&mut self, name: &str, x: Id, norm: Norm) -> Result<Id> {
        let shape = [self.channels(x)];
        let Norm { eps, momentum, scale, relu } = norm;
        let gamma = self.slot(&format!("{name}.weight"), &shape, Init::Constant(scale))?;
        let beta = self.slot(&format!("{name}.bias"), &shape, Init::Constant(0.0))?;
        let mean = self.kept(&format!("{name}.running_mean"), &shape, 0.0)?;
        let variance = self.kept(&format!("{name}.running_var"), &shape, 1.0)?;
        self.node(name, Op::BatchNorm { gamma, beta, mean, variance, eps, momentum, relu }, &[x])
    }

    /// A batch norm with PyTorch's constants.
    ///
    /// # Errors
    /// A name that is taken.
    pub fn norm(&mut self, name: &str, x: Id) -> Result<Id> {
        self.norm_with(name, x, Norm::default())
    }

    /// The same followed by ReLU, in one pass over the numbers.
    ///
    /// # Errors
    /// A name that is taken.
    pub fn norm_relu(&mut self, name: &str, x: Id) -> Result<Id> {
        self.norm_with(name, x, Norm { relu: true, ..Norm::default() })
    }

    /// A layer norm over the channels of every position: `NAME.weight`, `NAME.bias`.
    ///
    /// # Errors
    /// A name that is taken.
    pub fn layer_norm(&mut self, name: &str, x: Id, eps: f64) -> Result<Id> {
        let shape = [self.channels(x)];
        let gamma = self.slot(&format!("{name}.weight"), &shape, Init::Constant(1.0))?;
        let beta = self.slot(&format!("{name}.bias"), &shape, Init::Constant(0.0))?;
        self.node(name, Op::LayerNorm { gamma, beta, eps }, &[x])
    }

    /// A recurrent layer `[F, T]` to `[H, T]`, or `[2H, T]` when it runs both ways: PyTorch's `NAME.weight_ih_l0`,
    /// `NAME.weight_hh_l0`, `NAME.bias_ih_l0`, `NAME.bias_hh_l0` and the same with `_reverse`.
    ///
    /// # Errors
    /// No units, no series.
    pub fn recurrent(
        &mut self,
        name: &str,
        x: Id,
        kind: RecurrentKind,
        hidden: usize,
        both_ways: bool,
    ) -> Result<Id> {
        let (features, rows) = (self.channels(x), kind.gates().saturating_mul(hidden));
        let init = Init::fan_in(hidden);
        let mut directions: Vec<[SlotId; 4]> = Vec::new();
        for suffix in ["", "_reverse"].into_iter().take(1 + usize::from(both_ways)) {
            directions.push([
                self.slot(&format!("{name}.weight_ih_l0{suffix}"), &[rows, features], init)?,
                self.slot(&format!("{name}.weight_hh_l0{suffix}"), &[rows, hidden], init)?,
                self.slot(&format!("{name}.bias_ih_l0{suffix}"), &[rows], init)?,
                self.slot(&format!("{name}.bias_hh_l0{suffix}"), &[rows], init)?,
            ]);
        }
        self.node(name, Op::Recurrent(Recurrence { kind, hidden, directions }), &[x])
    }
}
