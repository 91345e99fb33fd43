//! A net over raw samples with a wide first kernel: Zhang, Peng, Li, Chen, Zhang, "A New Deep
//! Learning Model for Fault Diagnosis with Good Anti-Noise and Domain Adaptation Ability on Raw
//! Vibration Signals", Sensors 17 (2017) 425.

use serde::{Deserialize, Serialize};

use super::head::FlatHead;
use super::{Backbone, limits};
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
    /// Zeros on either side of the first convolution's input.
    pub first_padding: usize,
    /// Whether the convolutions have biases.
    pub conv_bias: bool,
    /// The attention between ReLU and pooling; none in the paper.
    pub attention: Attention,
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
        let mut x = net.input();
        net.within("features", |net| {
            for (i, &channels) in self.widths.iter().enumerate() {
                let conv = match i {
                    0 => {
                        let wide = Conv::new(channels, self.first_kernel).stride(self.first_stride);
                        Conv { tap_dropout, ..wide.padding(self.first_padding) }
                    }
                    _ if i + 1 < self.widths.len() => Conv::same(channels, 3),
                    _ => Conv::new(channels, 3),
                };
                x = net.conv(&format!("conv{i}"), x, &conv.bias(self.conv_bias))?;
                x = net.norm_relu(&format!("norm{i}"), x)?;
                x = self.attention.draft(net, &format!("attention{i}"), x)?;
                x = net.halve(&format!("pool{i}"), x)?;
            }
            Ok(())
        })?;
        let head =
            FlatHead { hidden: self.hidden, norm: self.batch_norm_after_hidden, dropout: self.dropout };
        head.finish(net, x, classes)
    }
}
