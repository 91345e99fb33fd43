//! A net over raw samples that is trained with interference: Zhang, Li, Peng, Chen, Zhang, "A Deep Convolutional Neural
//! Network with New Training Methods for Bearing Fault Diagnosis under Noisy Environment and Different Working Load",
//! Mechanical Systems and Signal Processing 100 (2018) 439.

use serde::{Deserialize, Serialize};

use super::{Backbone, Position, Wdcnn};
use crate::attention::Attention;
use crate::error::Result;
use crate::graph::Graph;

/// Configuration of the net: [`Wdcnn`] with one stage more, a smaller first step, and a first kernel that loses taps in
/// training. Inputs `[C, L]`; the flattening head ties it to one length.
///
/// The paper's other means lie in the training, not in the net: batches of about 10, and the vote of several nets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Ticnn {
    /// Channels after each stage.
    pub widths: Vec<usize>,
    /// Taps of the first convolution.
    pub first_kernel: usize,
    /// Step of the first convolution.
    pub first_stride: usize,
    /// Zeros on either side of the first convolution's input, fewer than it has taps.
    pub first_padding: usize,
    /// Bounds between which the share of dropped taps of the first kernel is drawn for every batch; the taps left are
    /// enlarged so that the expected sum stays. `[0, 0]` drops none.
    pub tap_dropout: [f64; 2],
    /// Whether the convolutions have biases.
    pub conv_bias: bool,
    /// The attention of each stage; none in the paper.
    pub attention: Attention,
    /// Where it stands, as in [`Wdcnn`].
    pub position: Option<Position>,
    /// Units of the hidden fully connected layer.
    pub hidden: usize,
    /// Whether a batch norm follows the hidden layer.
    pub batch_norm_after_hidden: bool,
    /// Share of hidden units dropped in training; none in the paper.
    pub dropout: f64,
}

impl Default for Ticnn {
    fn default() -> Self {
        Self {
            widths: vec![16, 32, 64, 64, 64, 64],
            first_kernel: 64,
            first_stride: 8,
            first_padding: 28,
            tap_dropout: [0.1, 0.9],
            conv_bias: true,
            attention: Attention::None,
            position: None,
            hidden: 100,
            batch_norm_after_hidden: false,
            dropout: 0.0,
        }
    }
}

impl Backbone for Ticnn {
    fn draft(&self, input: &[usize], classes: usize) -> Result<Graph> {
        let net = Wdcnn {
            widths: self.widths.clone(),
            first_kernel: self.first_kernel,
            first_stride: self.first_stride,
            first_padding: self.first_padding,
            conv_bias: self.conv_bias,
            attention: self.attention.clone(),
            position: self.position,
            hidden: self.hidden,
            batch_norm_after_hidden: self.batch_norm_after_hidden,
            dropout: self.dropout,
        };
        net.draft_with(input, classes, (self.tap_dropout != [0.0; 2]).then_some(self.tap_dropout))
    }
}
