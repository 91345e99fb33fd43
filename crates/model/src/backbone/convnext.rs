//! Nets of depthwise convolutions in the manner of transformers: Liu, Mao, Wu, Feichtenhofer, Darrell, Xie, "A ConvNet
//! for the 2020s", CVPR 2022 (arXiv 2201.03545), over series or images.

use serde::{Deserialize, Serialize};

use super::{Backbone, limits};
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
            layer_scale: 1e-6,
            dropout: 0.0,
        }
    }
}

impl ConvNeXt {
    /// One block over `x`, which keeps its shape: depthwise convolution, layer norm, four times the channels, GELU, back,
    /// a factor a channel, addition.
    ///
    /// # Errors
    /// A vector in place of a map.
    pub fn block(&self, net: &mut Draft, x: Id) -> Result<Id> {
        let channels = net.channels(x);
        let depthwise = Conv::same(channels, self.kernel).groups(channels);
        let y = biased(net, "conv_dw", x, depthwise)?;
        let y = net.layer_norm("norm", y, 1e-6)?;
        let y = net.linear_from("mlp.fc1", y, channels.saturating_mul(4), true, WEIGHT, BIAS)?;
        let y = net.unary(Unary::Gelu, y)?;
        let y = net.linear_from("mlp.fc2", y, channels, true, WEIGHT, BIAS)?;
        let scale = net.parameter("gamma", &[channels], Init::Constant(self.layer_scale))?;
        let y = net.mul(y, scale)?;
        net.add(x, y)
    }
}

/// A convolution with a bias that begins as this net's do.
fn biased(net: &mut Draft, name: &str, x: Id, conv: Conv) -> Result<Id> {
    net.conv(name, x, &conv.init(WEIGHT).bias_init(BIAS))
}

impl Backbone for ConvNeXt {
    fn draft(&self, input: &[usize], classes: usize) -> Result<Graph> {
        let mut net = Draft::new(input)?;
        limits::counts("widths", &self.widths)?;
        limits::depths("depths", &self.depths)?;
        limits::count("patch", self.patch)?;
        limits::odd("kernel", self.kernel)?;
        if self.widths.len() != self.depths.len() {
            let expected = format!("as many stages as `widths` has: {}", self.widths.len());
            return Err(Error::config("depths", format!("{:?}", self.depths), expected));
        }
        let mut x = net.input();
        for (stage, (&width, &depth)) in self.widths.iter().zip(&self.depths).enumerate() {
            if stage == 0 {
                x = biased(&mut net, "stem.0", x, Conv::new(width, self.patch).stride(self.patch))?;
                x = net.layer_norm("stem.1", x, 1e-6)?;
            } else {
                x = net.within(&format!("stages.{stage}.downsample"), |net| {
                    let x = net.layer_norm("0", x, 1e-6)?;
                    biased(net, "1", x, Conv::new(width, 2).stride(2))
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
