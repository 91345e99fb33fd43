//! A small image net with channel attention: three times convolution, batch norm, ReLU, squeeze
//! and excitation, max pooling; then two fully connected layers.

use serde::{Deserialize, Serialize};

use super::head::FlatHead;
use super::position::Placed;
use super::{Backbone, Position, limits};
use crate::attention::Attention;
use crate::error::{Error, Result};
use crate::graph::{Conv, Draft, Graph};

/// Configuration of the net. Inputs `[C, H, W]`; the flattening head ties it to one size.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SeCnn {
    /// Channels after each stage; one stage each.
    pub widths: Vec<usize>,
    /// Taps of the convolutions along both axes, odd; the size is kept.
    pub kernel: usize,
    /// Whether the convolutions have biases. They stand in front of a batch norm, which takes them
    /// out again, so by default they have none; published parameter counts include them (the sum of
    /// the widths).
    pub conv_bias: bool,
    /// The attention of each stage.
    pub attention: Attention,
    /// Where it stands: `in-layer` between ReLU and pooling, `after-block` behind the pooling, `in-place` where the
    /// stage's convolution, norm and ReLU stood. In-layer unless said, SK and PSA in place.
    pub position: Option<Position>,
    /// Units of the hidden fully connected layer.
    pub hidden: usize,
    /// Share of hidden units dropped in training.
    pub dropout: f64,
}

impl Default for SeCnn {
    fn default() -> Self {
        Self {
            widths: vec![32, 64, 128],
            kernel: 3,
            conv_bias: false,
            attention: Attention::se(16),
            position: None,
            hidden: 512,
            dropout: 0.5,
        }
    }
}

impl SeCnn {
    /// The refusal of an image with the size that would do.
    fn too_small(&self, image: &[usize], error: Error) -> Error {
        let stages = self.widths.len();
        let least = u32::try_from(stages).ok().and_then(|n| 1_usize.checked_shl(n)).unwrap_or(usize::MAX);
        match error {
            Error::Layer { layer, input, .. } => {
                let reason = format!(
                    "nothing is left to halve: {stages} stages need an image of at least {least} x {least}, this one is {} x {}",
                    image[1], image[2]
                );
                Error::Layer { layer, input, reason }
            }
            other => other,
        }
    }
}

impl Backbone for SeCnn {
    fn draft(&self, input: &[usize], classes: usize) -> Result<Graph> {
        let mut net = Draft::new(input)?;
        if input.len() != 3 {
            return Err(Error::layer(
                "features.conv0",
                input,
                "the net takes images [channels, height, width]",
            ));
        }
        limits::counts("widths", &self.widths)?;
        limits::kernel("kernel", self.kernel, input)?;
        limits::count("hidden", self.hidden)?;
        let placed = Placed::new(&self.attention, self.position, Position::InLayer)?;
        let mut x = net.input();
        net.within("features", |net| {
            for (i, &channels) in self.widths.iter().enumerate() {
                let conv = Conv::same(channels, self.kernel).bias(self.conv_bias);
                let attention = format!("attention{i}");
                x = placed.conv(net, &format!("conv{i}"), Some(&format!("norm{i}")), x, &conv)?;
                x = placed.draft(&attention, Position::InLayer, net, x, &[])?;
                net.set_map(x);
                x = net.halve(&format!("pool{i}"), x).map_err(|error| self.too_small(input, error))?;
                x = placed.draft(&attention, Position::AfterBlock, net, x, &[])?;
            }
            Ok(())
        })?;
        FlatHead { hidden: self.hidden, norm: false, dropout: self.dropout }.finish(net, x, classes)
    }
}
