//! A net over raw samples with a wide first kernel: Zhang, Peng, Li, Chen, Zhang, "A New Deep
//! Learning Model for Fault Diagnosis with Good Anti-Noise and Domain Adaptation Ability on Raw
//! Vibration Signals", Sensors 17 (2017) 425.

use serde::{Deserialize, Serialize};

use super::Backbone;
use super::head::FlatHead;
use crate::error::{Error, Result};
use crate::graph::{Conv, Draft, Graph};

/// Configuration of the net.
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
            hidden: 100,
            batch_norm_after_hidden: false,
            dropout: 0.0,
        }
    }
}

impl Backbone for Wdcnn {
    fn draft(&self, input: &[usize], classes: usize) -> Result<Graph> {
        let mut net = Draft::new(input)?;
        if input.len() != 2 {
            return Err(Error::layer("features.conv0", input, "the net takes series [channels, length]"));
        }
        if self.widths.is_empty() {
            return Err(Error::config("widths", "[]", "at least one stage"));
        }
        let mut x = net.input();
        net.within("features", |net| {
            for (i, &channels) in self.widths.iter().enumerate() {
                let conv = match i {
                    0 => Conv::new(channels, self.first_kernel)
                        .stride(self.first_stride)
                        .padding(self.first_padding),
                    _ if i + 1 < self.widths.len() => Conv::same(channels, 3),
                    _ => Conv::new(channels, 3),
                };
                x = net.conv(&format!("conv{i}"), x, &conv.bias(self.conv_bias))?;
                x = net.norm_relu(&format!("norm{i}"), x)?;
                x = net.halve(&format!("pool{i}"), x)?;
            }
            Ok(())
        })?;
        let head =
            FlatHead { hidden: self.hidden, norm: self.batch_norm_after_hidden, dropout: self.dropout };
        head.finish(net, x, classes)
    }
}
