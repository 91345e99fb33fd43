//! Nets of depthwise convolutions in the manner of transformers: Liu, Mao, Wu, Feichtenhofer, Darrell, Xie, "A ConvNet
//! for the 2020s", CVPR 2022 (arXiv 2201.03545), over series or images.

use serde::{Deserialize, Serialize};

use super::position::Placed;
use super::{Backbone, Position, limits};
use crate::attention::Attention;
use crate::error::{Error, Result};
use crate::graph::{Conv, Draft, Graph, Id, Unary};
use crate::variables::Init;

/// How weights begin.
const WEIGHT: Init = Init::Truncated { deviation: 0.02 };
/// How biases begin.
const BIAS: Init = Init::Constant(0.0);

/// Configuration of the net; the widths and depths of timm's smallest (`atto`) unless said. Inputs `[C, L]` or `[C, H, W]` of any size that the
/// stages can halve.
///
/// Tensors are named as timm's (`stages.0.blocks.0.conv_dw.weight` …). Blocks are not dropped in training (no stochastic
/// depth).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ConvNeXt {
    /// Channels of each stage; each stage but the first halves the size.
    pub widths: Vec<usize>,
    /// Blocks of each stage.
    pub depths: Vec<usize>,
    /// Taps and step of the first convolution.
    pub patch: usize,
    /// Taps of the depthwise convolutions, odd.
    pub kernel: usize,
    /// The attention of each block; none in the paper.
    pub attention: Attention,
    /// Where it stands: `in-layer` on the residual branch before its factor, `after-block` behind the addition,
    /// `in-place` where the depthwise convolution stood, with a batch norm and ReLU that the plain block lacks.
    /// In-layer unless said, SK and PSA in place.
    pub position: Option<Position>,
    /// Where the factor of each residual branch begins.
    pub layer_scale: f64,
    /// Share of features dropped in training.
    pub dropout: f64,
}

impl Default for ConvNeXt {
    fn default() -> Self {
        Self {
            widths: vec![40, 80, 160, 320],
            depths: vec![2, 2, 6, 2],
            patch: 4,
            kernel: 7,
            attention: Attention::None,
            position: None,
            layer_scale: 1e-6,
            dropout: 0.0,
        }
    }
}

impl ConvNeXt {
    /// One block over `x`, which keeps its shape: depthwise convolution, layer norm, four times the channels, GELU, back,
    /// a factor a channel, addition; and the attention.
    ///
    /// # Errors
    /// A vector in place of a map; what the attention refuses.
    pub fn block(&self, net: &mut Draft, x: Id) -> Result<Id> {
        let placed = self.placed()?;
        let channels = net.channels(x);
        let depthwise = begun(Conv::same(channels, self.kernel).groups(channels));
        let y = placed.conv(net, "conv_dw", None, x, &depthwise)?;
        let y = net.layer_norm("norm", y, 1e-6)?;
        let y = net.linear_from("mlp.fc1", y, channels.saturating_mul(4), true, WEIGHT, BIAS)?;
        let y = net.unary(Unary::Gelu, y)?;
        let y = net.linear_from("mlp.fc2", y, channels, true, WEIGHT, BIAS)?;
        let y = placed.draft("attention", Position::InLayer, net, y, &[])?;
        let scale = net.parameter("gamma", &[channels], Init::Constant(self.layer_scale))?;
        let y = net.mul(y, scale)?;
        let y = net.add(x, y)?;
        placed.draft("attention", Position::AfterBlock, net, y, &[])
    }

    fn placed(&self) -> Result<Placed<'_>> {
        Placed::new(&self.attention, self.position, Position::InLayer)
    }
}

/// The convolution with a bias, beginning as this net's do.
fn begun(conv: Conv) -> Conv {
    conv.init(WEIGHT).bias_init(BIAS)
}

impl Backbone for ConvNeXt {
    fn draft(&self, input: &[usize], classes: usize) -> Result<Graph> {
        let mut net = Draft::new(input)?;
        limits::counts("widths", &self.widths)?;
        limits::depths("depths", &self.depths)?;
        limits::count("patch", self.patch)?;
        limits::kernel("kernel", self.kernel, input)?;
        self.placed()?;
        if self.widths.len() != self.depths.len() {
            let expected = format!("as many stages as `widths` has: {}", self.widths.len());
            return Err(Error::config("depths", format!("{:?}", self.depths), expected));
        }
        let mut x = net.input();
        for (stage, (&width, &depth)) in self.widths.iter().zip(&self.depths).enumerate() {
            if stage == 0 {
                x = net.conv("stem.0", x, &begun(Conv::new(width, self.patch).stride(self.patch)))?;
                x = net.layer_norm("stem.1", x, 1e-6)?;
            } else {
                x = net.within(&format!("stages.{stage}.downsample"), |net| {
                    let x = net.layer_norm("0", x, 1e-6)?;
                    net.conv("1", x, &begun(Conv::new(width, 2).stride(2)))
                })?;
            }
            for block in 0..depth {
                x = net.within(&format!("stages.{stage}.blocks.{block}"), |net| self.block(net, x))?;
            }
        }
        net.set_map(x);
        let x = net.global_mean(x)?;
        let x = net.layer_norm("head.norm", x, 1e-6)?;
        net.set_features(x)?;
        let x = net.dropout("head.drop", x, self.dropout)?;
        let logits = net.linear_from("head.fc", x, classes, true, WEIGHT, BIAS)?;
        net.finish(logits)
    }
}
