//! Densely connected nets with bottlenecks and compression: Huang, Liu, van der Maaten, Weinberger, "Densely Connected
//! Convolutional Networks", CVPR 2017 (arXiv 1608.06993), over images or series.

use serde::{Deserialize, Serialize};

use super::head::MeanHead;
use super::position::Placed;
use super::{Backbone, Position, limits};
use crate::attention::Attention;
use crate::error::{Error, Result};
use crate::graph::{Conv, Draft, Gather, Graph, Id};
use crate::variables::Init;

/// How a dense net begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stem {
    /// A convolution of 3 taps that keeps the size: for small images.
    Small,
    /// A convolution of 7 taps with step 2, batch norm, ReLU, max pooling of 3 with step 2: for large ones.
    Large,
}

/// Configuration of the net; growth 12 and three blocks of 6 layers unless said. Inputs `[C, L]` or `[C, H, W]` of any
/// size that the transitions can halve.
///
/// Tensors are named as torchvision's (`features.denseblock1.denselayer1.norm1.weight` …; the last norm is
/// `features.norm5` whatever the number of blocks); those of attention are `features.attention1.…` behind a block,
/// `….denselayer1.attention.…` inside a layer, `….denselayer1.conv2.…` in place of its convolution of 3 taps, where a norm
/// and ReLU follow that the plain layer lacks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DenseNet {
    /// Channels that each layer adds; at most 32768 where the beginning has twice as many.
    pub growth: usize,
    /// Layers of each block.
    pub blocks: Vec<usize>,
    /// Share of the channels that a transition keeps, rounded down.
    pub compression: f64,
    /// Channels of a layer's bottleneck, as a multiple of the growth.
    pub bottleneck: usize,
    /// How the net begins.
    pub stem: Stem,
    /// Channels of the beginning; twice the growth unless said.
    pub stem_channels: Option<usize>,
    /// The attention.
    pub attention: Attention,
    /// Where it stands: `after-block` behind each block, before the transition, `in-layer` on the new features of each
    /// layer, `in-place` where each layer's convolution of 3 taps stood. After-block unless said, SK and PSA in place.
    pub position: Option<Position>,
    /// Share of each layer's new features dropped in training: the paper's 0.2 where data are few and not augmented.
    pub dropout: f64,
}

impl Default for DenseNet {
    fn default() -> Self {
        Self {
            growth: 12,
            blocks: vec![6, 6, 6],
            compression: 0.5,
            bottleneck: 4,
            stem: Stem::Small,
            stem_channels: None,
            attention: Attention::None,
            position: None,
            dropout: 0.0,
        }
    }
}

impl DenseNet {
    /// The paper's net of 100 layers with growth 12 for images of 32 x 32.
    pub fn bc_100() -> Self {
        Self { blocks: vec![16, 16, 16], ..Self::default() }
    }

    /// The paper's net of 121 layers with growth 32 for large images.
    pub fn layers_121() -> Self {
        Self {
            growth: 32,
            blocks: vec![6, 12, 24, 16],
            stem: Stem::Large,
            stem_channels: Some(64),
            ..Self::default()
        }
    }

    /// A small net with channel attention behind each block, for modes of a variational mode decomposition as input
    /// channels.
    pub fn of_modes() -> Self {
        Self { attention: Attention::se(16), ..Self::default() }
    }

    fn placed(&self) -> Result<Placed<'_>> {
        Placed::new(&self.attention, self.position, Position::AfterBlock)
    }

    fn layer(&self, net: &mut Draft, x: Id) -> Result<Id> {
        let placed = self.placed()?;
        let y = net.norm_relu("norm1", x)?;
        let wide = by_fan_in(net, y, Conv::new(self.bottleneck * self.growth, 1));
        let y = net.conv("conv1", y, &wide)?;
        let y = net.norm_relu("norm2", y)?;
        let new = by_fan_in(net, y, Conv::same(self.growth, 3));
        let y = placed.conv(net, "conv2", None, y, &new)?;
        let y = net.dropout("dropout", y, self.dropout)?;
        let y = placed.draft("attention", Position::InLayer, net, y, &[])?;
        net.concat(0, &[x, y])
    }
}

/// The convolution with a weight that begins Kaiming normal by fan in, as DenseNet's do.
fn by_fan_in(net: &Draft, x: Id, conv: Conv) -> Conv {
    let taps = &conv.kernel[..net.shape(x).len().saturating_sub(1).min(2)];
    let shape = [&[conv.channels, net.channels(x)], taps].concat();
    conv.init(Init::kaiming_fan_in(&shape))
}

impl Backbone for DenseNet {
    fn draft(&self, input: &[usize], classes: usize) -> Result<Graph> {
        let mut net = Draft::new(input)?;
        limits::count("growth", self.growth)?;
        limits::count("bottleneck", self.bottleneck)?;
        limits::depths("blocks", &self.blocks)?;
        let channels = match self.stem_channels {
            Some(channels) => limits::count("stem_channels", channels)?,
            None => 2 * limits::twice("growth", self.growth, "`stem_channels`")?,
        };
        if !(self.compression > 0.0 && self.compression <= 1.0) {
            return Err(Error::config("compression", self.compression, "0 < compression <= 1"));
        }
        let placed = self.placed()?;
        let mut x = net.input();
        net.within("features", |net| {
            let first = match self.stem {
                Stem::Small => Conv::same(channels, 3),
                Stem::Large => Conv::same(channels, 7).stride(2),
            };
            let first = by_fan_in(net, x, first);
            x = net.conv("conv0", x, &first)?;
            if self.stem == Stem::Large {
                x = net.norm_relu("norm0", x)?;
                x = net.pool("pool0", x, Gather::Max, [3, 2, 1])?;
            }
            let mut earlier = Vec::new();
            for (block, &layers) in (1..).zip(&self.blocks) {
                for layer in 1..=layers {
                    let name = format!("denseblock{block}.denselayer{layer}");
                    x = net.within(&name, |net| self.layer(net, x))?;
                }
                let name = format!("attention{block}");
                x = placed.draft(&name, Position::AfterBlock, net, x, &earlier)?;
                earlier.push(x);
                if block < self.blocks.len() {
                    x = net.within(&format!("transition{block}"), |net| {
                        let kept = (net.channels(x) as f64 * self.compression) as usize;
                        let y = net.norm_relu("norm", x)?;
                        let fewer = by_fan_in(net, y, Conv::new(kept, 1));
                        let y = net.conv("conv", y, &fewer)?;
                        net.pool("pool", y, Gather::Mean, [2, 2, 0])
                    })?;
                }
            }
            x = net.norm_relu("norm5", x)?;
            Ok(())
        })?;
        let head = MeanHead { name: "classifier", dropout: 0.0, bias: Some(Init::Constant(0.0)) };
        head.finish(net, x, classes)
    }
}
