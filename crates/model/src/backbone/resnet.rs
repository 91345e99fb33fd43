//! Residual nets: He, Zhang, Ren, Sun, "Deep Residual Learning for Image Recognition", CVPR 2016 (arXiv 1512.03385),
//! over images or series, as wide as wanted.

use serde::{Deserialize, Serialize};

use super::head::MeanHead;
use super::position::Placed;
use super::{Backbone, Position, limits};
use crate::attention::Attention;
use crate::error::Result;
use crate::graph::{Conv, Draft, Gather, Graph, Id, Norm};

/// What a residual branch is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Residual {
    /// Two convolutions of 3 taps.
    Basic,
    /// One tap, 3 taps, one tap to four times the channels; the step is in the middle one, as in torchvision.
    Bottleneck,
}

/// Configuration of the net; 18 layers unless said. Inputs `[C, L]` or `[C, H, W]` of any size.
///
/// Tensors are named as torchvision's (`layer1.0.conv1.weight` …), those of attention beside them
/// (`layer1.0.attention.…`; in place of a convolution `layer1.0.conv1.attention.…`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ResNet {
    /// Channels of the first stage; they double with each further one.
    pub width: usize,
    /// Blocks of each stage; each stage but the first halves the size.
    pub blocks: Vec<usize>,
    /// What the blocks are made of.
    pub block: Residual,
    /// The attention of each block.
    pub attention: Attention,
    /// Where it stands: `in-layer` on the residual branch before the addition, `after-block` behind the addition and
    /// its ReLU, `in-place` where the convolution of 3 taps (of a basic block's two the first), norm and ReLU stood.
    /// In-layer unless said, SK and PSA in place.
    pub position: Option<Position>,
    /// Whether the last batch norm of each residual branch begins at 0, so that each block begins as its shortcut.
    pub zero_last_norm: bool,
}

impl Default for ResNet {
    fn default() -> Self {
        Self {
            width: 64,
            blocks: vec![2, 2, 2, 2],
            block: Residual::Basic,
            attention: Attention::None,
            position: None,
            zero_last_norm: false,
        }
    }
}

impl Backbone for ResNet {
    fn draft(&self, input: &[usize], classes: usize) -> Result<Graph> {
        self.draft_beside(&Attention::None, input, classes)
    }
}

impl ResNet {
    /// The net whose convolutions of 3 taps have given way to `instead`, of a basic block's two the first.
    pub(super) fn draft_beside(&self, instead: &Attention, input: &[usize], classes: usize) -> Result<Graph> {
        let mut net = Draft::new(input)?;
        limits::count("width", self.width)?;
        limits::depths("blocks", &self.blocks)?;
        let placed = self.placed()?.beside(instead);
        let stem = Conv::same(self.width, 7).stride(2);
        let x = net.conv("conv1", net.input(), &stem)?;
        let x = net.norm_relu("bn1", x)?;
        let mut x = net.pool("maxpool", x, Gather::Max, [3, 2, 1])?;
        let mut stages = Vec::new();
        for (stage, &blocks) in self.blocks.iter().enumerate() {
            for place in 0..blocks {
                let stride = if stage > 0 && place == 0 { 2 } else { 1 };
                let earlier = if place == 0 { &[] } else { &stages[..] };
                let name = format!("layer{}.{place}", stage + 1);
                x = net.within(&name, |net| {
                    self.placed_block(net, &placed, x, (self.width << stage, stride), earlier)
                })?;
            }
            stages.push(x);
        }
        MeanHead { name: "fc", dropout: 0.0, bias: None }.finish(net, x, classes)
    }

    fn placed(&self) -> Result<Placed<'_>> {
        Placed::new(&self.attention, self.position, Position::InLayer)
    }

    /// One residual block over `x` with a step of `stride`: to `channels`, or to four times as many from a bottleneck.
    /// `earlier` are the maps that earlier stages gave, for attention that looks at them.
    ///
    /// # Errors
    /// A map without positions, what the attention refuses.
    pub fn block(
        &self,
        net: &mut Draft,
        x: Id,
        channels: usize,
        stride: usize,
        earlier: &[Id],
    ) -> Result<Id> {
        self.placed_block(net, &self.placed()?, x, (channels, stride), earlier)
    }

    fn placed_block(
        &self,
        net: &mut Draft,
        placed: &Placed<'_>,
        x: Id,
        (channels, stride): (usize, usize),
        earlier: &[Id],
    ) -> Result<Id> {
        let last = Norm { scale: if self.zero_last_norm { 0.0 } else { 1.0 }, ..Norm::default() };
        let stepping = Conv::same(channels, 3).stride(stride);
        let y = match self.block {
            Residual::Basic => {
                let y = placed.conv(net, "conv1", Some("bn1"), x, &stepping)?;
                let y = net.conv("conv2", y, &Conv::same(channels, 3))?;
                net.norm_with("bn2", y, last)?
            }
            Residual::Bottleneck => {
                let y = net.conv("conv1", x, &Conv::new(channels, 1))?;
                let y = net.norm_relu("bn1", y)?;
                let y = placed.conv(net, "conv2", Some("bn2"), y, &stepping)?;
                let y = net.conv("conv3", y, &Conv::new(channels.saturating_mul(4), 1))?;
                net.norm_with("bn3", y, last)?
            }
        };
        let y = placed.draft("attention", Position::InLayer, net, y, earlier)?;
        let shortcut = match net.shape(x) == net.shape(y) && stride == 1 {
            true => x,
            false => {
                let shortcut = Conv::new(net.channels(y), 1).stride(stride);
                let shortcut = net.conv("downsample.0", x, &shortcut)?;
                net.norm("downsample.1", shortcut)?
            }
        };
        let y = net.add(y, shortcut)?;
        let y = net.relu(y)?;
        placed.draft("attention", Position::AfterBlock, net, y, earlier)
    }
}
