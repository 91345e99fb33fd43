//! Deep residual shrinkage nets: Zhao, Zhong, Fu, Tang, Pecht, "Deep Residual Shrinkage Networks for Fault Diagnosis",
//! IEEE Transactions on Industrial Informatics 16 (2020) 4681 (doi 10.1109/TII.2019.2943898).

use serde::{Deserialize, Serialize};

use super::head::MeanHead;
use super::position::Placed;
use super::{Backbone, Position, limits};
use crate::attention::{Attention, Shrinkage};
use crate::error::{Error, Result};
use crate::graph::{Conv, Draft, Gather, Graph, Id, Op};

/// Configuration of the net; the paper's with a threshold a channel (DRSN-CW) unless said. Inputs `[C, L]` or
/// `[C, H, W]` of any size.
///
/// The paper trains with SGD (rates 0.1, 0.01, 0.001 for 40, 40 and 20 epochs, momentum 0.9, decay 1e-4). The thresholds'
/// batch norm is over the samples, so that training takes batches of at least 2.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Drsn {
    /// Channels of each stage, none less than the one before; each stage halves the size, as the first convolution does.
    pub widths: Vec<usize>,
    /// Residual units of each stage.
    pub units: usize,
    /// What sets the thresholds: one a channel (CW), or one for all (CS).
    pub shrinkage: Shrinkage,
    /// The attention of each unit, beside its shrinkage; none in the paper.
    pub attention: Attention,
    /// Where it stands: `in-layer` behind the shrinkage before the addition, `after-block` behind the addition,
    /// `in-place` where the first convolution of a unit stood, with a batch norm and ReLU that the plain unit lacks.
    /// In-layer unless said, SK and PSA in place.
    pub position: Option<Position>,
}

impl Default for Drsn {
    fn default() -> Self {
        Self {
            widths: vec![4, 8, 16],
            units: 4,
            shrinkage: Shrinkage::default(),
            attention: Attention::None,
            position: None,
        }
    }
}

impl Drsn {
    /// The paper's net with one threshold for all channels.
    pub fn shared() -> Self {
        Self { shrinkage: Shrinkage { shared: true, ..Shrinkage::default() }, ..Self::default() }
    }

    /// Batch norm, ReLU, convolution, twice; shrinkage; attention; added to every `stride`th place of the input, with channels of 0
    /// on both sides where there are more now.
    fn unit(&self, net: &mut Draft, x: Id, channels: usize, stride: usize) -> Result<Id> {
        let placed = self.placed()?;
        let y = net.norm_relu("bn1", x)?;
        let stepping = Conv::same(channels, 3).stride(stride).bias(true);
        let y = placed.conv(net, "conv1", None, y, &stepping)?;
        let y = net.norm_relu("bn2", y)?;
        let y = net.conv("conv2", y, &Conv::same(channels, 3).bias(true))?;
        let y = Attention::Shrinkage(self.shrinkage.clone()).draft(net, "shrinkage", y)?;
        let y = placed.draft("attention", Position::InLayer, net, y, &[])?;
        let mut shortcut = x;
        if stride > 1 {
            shortcut = net.pool("shortcut", shortcut, Gather::Mean, [1, stride, 0])?;
        }
        let more = channels.saturating_sub(net.channels(x));
        if more > 0 {
            let pad = Op::Pad { axis: 0, before: more / 2, behind: more - more / 2 };
            shortcut = net.node("shortcut", pad, &[shortcut])?;
        }
        let y = net.add(y, shortcut)?;
        placed.draft("attention", Position::AfterBlock, net, y, &[])
    }

    fn placed(&self) -> Result<Placed<'_>> {
        Placed::new(&self.attention, self.position, Position::InLayer)
    }
}

impl Backbone for Drsn {
    fn draft(&self, input: &[usize], classes: usize) -> Result<Graph> {
        let mut net = Draft::new(input)?;
        limits::counts("widths", &self.widths)?;
        limits::depths("units", &vec![self.units; self.widths.len()])?;
        if !self.widths.is_sorted() {
            let expected = "no stage with fewer channels than the one before, as shortcuts only add channels";
            return Err(Error::config("widths", format!("{:?}", self.widths), expected));
        }
        self.placed()?;
        let stem = Conv::same(self.widths[0], 3).stride(2).bias(true);
        let mut x = net.conv("conv1", net.input(), &stem)?;
        for (stage, &channels) in (1..).zip(&self.widths) {
            for place in 0..self.units {
                let stride = if place == 0 { 2 } else { 1 };
                x =
                    net.within(&format!("layer{stage}.{place}"), |net| self.unit(net, x, channels, stride))?;
            }
        }
        let x = net.norm_relu("bn", x)?;
        MeanHead { name: "fc", dropout: 0.0, bias: None }.finish(net, x, classes)
    }
}
