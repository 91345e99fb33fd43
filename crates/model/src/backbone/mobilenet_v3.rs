//! Small fast nets: Howard, Sandler, Chu et al., "Searching for MobileNetV3", ICCV 2019 (arXiv 1905.02244), over series or
//! images.

use serde::{Deserialize, Serialize};

use super::position::Placed;
use super::{Backbone, Position};
use crate::attention::Attention;
use crate::error::{Error, Result};
use crate::graph::{Conv, Draft, Graph, Id, Norm, Unary};
use crate::variables::Init;

/// The paper's two nets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Size {
    /// 11 blocks.
    Small,
    /// 15 blocks.
    Large,
}

/// Configuration of the net. Inputs `[C, L]` or `[C, H, W]` of any size.
///
/// Tensors are named as torchvision's (`features.1.block.0.0.weight` …). A batch norm's eps is 1e-3 and its momentum 0.01,
/// as there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MobileNetV3 {
    /// Which of the paper's nets.
    pub size: Size,
    /// Factor of all channels, rounded to multiples of 8.
    pub width: f64,
    /// The attention of each block, beside the squeeze and excitation that some have; none in the paper.
    pub attention: Attention,
    /// Where it stands: `in-layer` behind the last batch norm of each block before the addition, `after-block` behind
    /// the addition, `in-place` where the depthwise convolution, norm and function stood, with ReLU. In-layer unless
    /// said, SK and PSA in place.
    pub position: Option<Position>,
    /// Share of hidden units dropped in training.
    pub dropout: f64,
}

impl Default for MobileNetV3 {
    fn default() -> Self {
        let attention = Attention::None;
        Self { size: Size::Small, width: 1.0, attention, position: None, dropout: 0.2 }
    }
}

/// One block: to `expanded` channels, batch norm, a depthwise convolution, batch norm, squeeze and excitation where
/// asked, to `channels`, batch norm; added to its input where the shapes agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvertedResidual {
    /// Taps of the depthwise convolution, odd.
    pub kernel: usize,
    /// Channels in between. As many as come in: there is no first convolution.
    pub expanded: usize,
    /// Channels out.
    pub channels: usize,
    /// Whether squeeze and excitation weighs the channels: a quarter of them hidden, hard sigmoid.
    pub squeeze: bool,
    /// Hard swish; else ReLU.
    pub hard_swish: bool,
    /// Step of the depthwise convolution.
    pub stride: usize,
}

const NORM: Norm = Norm { eps: 1e-3, momentum: 0.01, scale: 1.0, relu: false };

/// Kernel, expanded, channels, squeeze, hard swish, stride.
type Row = (usize, usize, usize, bool, bool, usize);

const SMALL: [Row; 11] = [
    (3, 16, 16, true, false, 2),
    (3, 72, 24, false, false, 2),
    (3, 88, 24, false, false, 1),
    (5, 96, 40, true, true, 2),
    (5, 240, 40, true, true, 1),
    (5, 240, 40, true, true, 1),
    (5, 120, 48, true, true, 1),
    (5, 144, 48, true, true, 1),
    (5, 288, 96, true, true, 2),
    (5, 576, 96, true, true, 1),
    (5, 576, 96, true, true, 1),
];

const LARGE: [Row; 15] = [
    (3, 16, 16, false, false, 1),
    (3, 64, 24, false, false, 2),
    (3, 72, 24, false, false, 1),
    (5, 72, 40, true, false, 2),
    (5, 120, 40, true, false, 1),
    (5, 120, 40, true, false, 1),
    (3, 240, 80, false, true, 2),
    (3, 200, 80, false, true, 1),
    (3, 184, 80, false, true, 1),
    (3, 184, 80, false, true, 1),
    (3, 480, 112, true, true, 1),
    (3, 672, 112, true, true, 1),
    (5, 672, 160, true, true, 2),
    (5, 960, 160, true, true, 1),
    (5, 960, 160, true, true, 1),
];

/// The nearest multiple of 8, at least 8 and not below nine tenths of `channels`.
fn in_eights(channels: f64) -> usize {
    let nearest = (((channels + 4.0) / 8.0) as usize * 8).max(8);
    if (nearest as f64) < 0.9 * channels { nearest + 8 } else { nearest }
}

/// Convolution, batch norm, and the function behind them, as `NAME.0` and `NAME.1`.
fn conv_norm(net: &mut Draft, name: &str, x: Id, conv: &Conv, then: Option<Unary>) -> Result<Id> {
    net.within(name, |net| {
        let x = net.conv("0", x, conv)?;
        let x = net.norm_with("1", x, Norm { relu: then == Some(Unary::Relu), ..NORM })?;
        match then {
            Some(Unary::Relu) | None => Ok(x),
            Some(function) => net.unary(function, x),
        }
    })
}

impl InvertedResidual {
    /// The block over `x`; its layers are named `block.0` and so on.
    ///
    /// # Errors
    /// A vector in place of a map, a step or width of 0.
    pub fn draft(&self, net: &mut Draft, x: Id) -> Result<Id> {
        self.draft_with(&Placed::NOWHERE, net, x)
    }

    /// The same with attention.
    fn draft_with(&self, placed: &Placed<'_>, net: &mut Draft, x: Id) -> Result<Id> {
        let then = Some(if self.hard_swish { Unary::HardSwish } else { Unary::Relu });
        let mut place = 0;
        let mut next = || {
            place += 1;
            format!("block.{}", place - 1)
        };
        let mut y = x;
        if self.expanded != net.channels(x) {
            y = conv_norm(net, &next(), y, &Conv::new(self.expanded, 1), then)?;
        }
        let depthwise = Conv::same(self.expanded, self.kernel).stride(self.stride).groups(self.expanded);
        y = match placed.is_in_place() {
            true => placed.conv(net, &next(), None, y, &depthwise)?,
            false => conv_norm(net, &next(), y, &depthwise, then)?,
        };
        if self.squeeze {
            y = net.within(&next(), |net| squeeze_excite(net, y))?;
        }
        y = conv_norm(net, &next(), y, &Conv::new(self.channels, 1), None)?;
        y = placed.draft("attention", Position::InLayer, net, y, &[])?;
        if net.shape(x) == net.shape(y) && self.stride == 1 {
            y = net.add(x, y)?;
        }
        placed.draft("attention", Position::AfterBlock, net, y, &[])
    }
}

/// Squeeze and excitation as this net has it: with biases, a hidden layer in eights, hard sigmoid.
fn squeeze_excite(net: &mut Draft, x: Id) -> Result<Id> {
    let channels = net.channels(x);
    let hidden = in_eights(channels as f64 / 4.0);
    let one_place = if net.is_image(x) { vec![channels, 1, 1] } else { vec![channels, 1] };
    let y = net.global_mean(x)?;
    let y = net.reshape(y, &one_place)?;
    let y = net.conv("fc1", y, &Conv::new(hidden, 1).bias_init(Init::Constant(0.0)))?;
    let y = net.relu(y)?;
    let y = net.conv("fc2", y, &Conv::new(channels, 1).bias_init(Init::Constant(0.0)))?;
    let y = net.unary(Unary::HardSigmoid, y)?;
    let gate = net.flatten(y)?;
    net.gate("gate", gate);
    net.mul(x, gate)
}

impl Backbone for MobileNetV3 {
    fn draft(&self, input: &[usize], classes: usize) -> Result<Graph> {
        let mut net = Draft::new(input)?;
        if !(self.width > 0.0 && self.width <= 16.0) {
            return Err(Error::config("width", self.width, "0 < width <= 16"));
        }
        let placed = Placed::new(&self.attention, self.position, Position::InLayer)?;
        let wide = |channels: usize| in_eights(channels as f64 * self.width);
        let (rows, hidden): (&[Row], usize) = match self.size {
            Size::Small => (&SMALL, 1024),
            Size::Large => (&LARGE, 1280),
        };
        let mut x = net.input();
        net.within("features", |net| {
            x = conv_norm(net, "0", x, &Conv::same(wide(16), 3).stride(2), Some(Unary::HardSwish))?;
            for (place, &(kernel, expanded, channels, squeeze, hard_swish, stride)) in (1..).zip(rows) {
                let (expanded, channels) = (wide(expanded), wide(channels));
                let block = InvertedResidual { kernel, expanded, channels, squeeze, hard_swish, stride };
                x = net.within(&place.to_string(), |net| block.draft_with(&placed, net, x))?;
            }
            let last = Conv::new(net.channels(x) * 6, 1);
            x = conv_norm(net, &(rows.len() + 1).to_string(), x, &last, Some(Unary::HardSwish))?;
            Ok(())
        })?;
        net.set_map(x);
        let x = net.global_mean(x)?;
        let logits = net.within("classifier", |net| {
            let (weight, bias) = (Init::Normal { deviation: 0.01 }, Init::Constant(0.0));
            let x = net.linear_from("0", x, wide(hidden), true, weight, bias)?;
            let x = net.unary(Unary::HardSwish, x)?;
            net.set_features(x)?;
            let x = net.dropout("2", x, self.dropout)?;
            net.linear_from("3", x, classes, true, weight, bias)
        })?;
        net.finish(logits)
    }
}
