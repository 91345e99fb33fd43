//! A net over raw samples with a wide first kernel: Zhang, Peng, Li, Chen, Zhang, "A New Deep
//! Learning Model for Fault Diagnosis with Good Anti-Noise and Domain Adaptation Ability on Raw
//! Vibration Signals", Sensors 17 (2017) 425.

use serde::{Deserialize, Serialize};

use super::head::FlatHead;
use super::position::Placed;
use super::{Backbone, Position, limits};
use crate::attention::Attention;
use crate::error::Result;
use crate::graph::{Conv, Draft, Graph};

/// Configuration of the net. Inputs `[C, L]`; the flattening head ties it to one length.
///
/// The paper does not say whether a batch norm follows the hidden layer, and programs that build the net differ; it has
/// none here unless asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Wdcnn {
    /// Channels after each stage; the first stage has the wide kernel, the others 3 taps, the last
    /// of them without padding.
    pub widths: Vec<usize>,
    /// Taps of the first convolution.
    pub first_kernel: usize,
    /// Step of the first convolution.
    pub first_stride: usize,
    /// Zeros on either side of the first convolution's input, fewer than it has taps.
    pub first_padding: usize,
    /// Whether the convolutions have biases.
    pub conv_bias: bool,
    /// The attention of each stage; none in the paper.
    pub attention: Attention,
    /// Where it stands: `in-layer` between ReLU and pooling, `after-block` behind the pooling, `in-place` where the
    /// convolution of 3 taps, norm and ReLU of each stage but the first stood, padded also in the last stage by SK and
    /// PSA. In-layer unless said, SK and PSA in place.
    pub position: Option<Position>,
    /// Units of the hidden fully connected layer.
    pub hidden: usize,
    /// Whether a batch norm follows the hidden layer.
    pub batch_norm_after_hidden: bool,
    /// Share of hidden units dropped in training; none in the paper.
    pub dropout: f64,
}

impl Default for Wdcnn {
    fn default() -> Self {
        Self {
            widths: vec![16, 32, 64, 64, 64],
            first_kernel: 64,
            first_stride: 16,
            first_padding: 24,
            conv_bias: true,
            attention: Attention::None,
            position: None,
            hidden: 100,
            batch_norm_after_hidden: false,
            dropout: 0.0,
        }
    }
}

impl Backbone for Wdcnn {
    fn draft(&self, input: &[usize], classes: usize) -> Result<Graph> {
        self.draft_with(input, classes, None)
    }
}

impl Wdcnn {
    /// The net, with taps of the first kernel dropped in training at a rate between these two.
    pub(super) fn draft_with(
        &self,
        input: &[usize],
        classes: usize,
        tap_dropout: Option<[f64; 2]>,
    ) -> Result<Graph> {
        let mut net = Draft::new(input)?;
        limits::series("features.conv0", input)?;
        limits::counts("widths", &self.widths)?;
        limits::count("first_kernel", self.first_kernel)?;
        limits::count("first_stride", self.first_stride)?;
        limits::count("hidden", self.hidden)?;
        limits::padding("first_padding", self.first_padding, self.first_kernel)?;
        let placed = Placed::new(&self.attention, self.position, Position::InLayer)?;
        placed.is_among(self.widths.len() - 1, &net, "features.conv0")?;
        let mut x = net.input();
        net.within("features", |net| {
            for (i, &channels) in self.widths.iter().enumerate() {
                let [conv, norm, attention] = ["conv", "norm", "attention"].map(|name| format!("{name}{i}"));
                x = if i == 0 {
                    let wide = Conv::new(channels, self.first_kernel).stride(self.first_stride);
                    let wide = Conv { tap_dropout, ..wide.padding(self.first_padding).bias(self.conv_bias) };
                    let y = net.conv(&conv, x, &wide)?;
                    net.norm_relu(&norm, y)?
                } else {
                    let padding = usize::from(i + 1 < self.widths.len());
                    let narrow = Conv::new(channels, 3).padding(padding).bias(self.conv_bias);
                    placed.conv(net, &conv, Some(&norm), x, &narrow)?
                };
                x = placed.draft(&attention, Position::InLayer, net, x, &[])?;
                x = net.halve(&format!("pool{i}"), x)?;
                x = placed.draft(&attention, Position::AfterBlock, net, x, &[])?;
            }
            Ok(())
        })?;
        let head =
            FlatHead { hidden: self.hidden, norm: self.batch_norm_after_hidden, dropout: self.dropout };
        head.finish(net, x, classes)
    }
}
