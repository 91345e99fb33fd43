//! The plain image net: three times convolution, batch norm, ReLU, max pooling; then two fully connected layers. What
//! attention is held against.

use serde::{Deserialize, Serialize};

use super::{Backbone, Position, SeCnn};
use crate::attention::Attention;
use crate::error::Result;
use crate::graph::Graph;

/// Configuration of the net: [`SeCnn`] without attention unless said, tensor names and all. Inputs `[C, H, W]`; the
/// flattening head ties it to one size.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Cnn {
    /// Channels after each stage; one stage each.
    pub widths: Vec<usize>,
    /// Taps of the convolutions along both axes, odd; the size is kept.
    pub kernel: usize,
    /// Whether the convolutions have biases, which the batch norm behind takes out again.
    pub conv_bias: bool,
    /// The attention of each stage; none unless said.
    pub attention: Attention,
    /// Where it stands, as in [`SeCnn`].
    pub position: Option<Position>,
    /// Units of the hidden fully connected layer.
    pub hidden: usize,
    /// Share of hidden units dropped in training.
    pub dropout: f64,
}

impl Default for Cnn {
    fn default() -> Self {
        let SeCnn { widths, kernel, conv_bias, hidden, dropout, .. } = SeCnn::default();
        let attention = Attention::None;
        Self { widths, kernel, conv_bias, attention, position: None, hidden, dropout }
    }
}

impl Backbone for Cnn {
    fn draft(&self, input: &[usize], classes: usize) -> Result<Graph> {
        let net = SeCnn {
            widths: self.widths.clone(),
            kernel: self.kernel,
            conv_bias: self.conv_bias,
            attention: self.attention.clone(),
            position: self.position,
            hidden: self.hidden,
            dropout: self.dropout,
        };
        net.draft(input, classes)
    }
}
