//! Residual nets with pyramid squeeze attention: Zhang, Zu, Lu, Zou, Meng, "EPSANet: An Efficient Pyramid Squeeze
//! Attention Block on Convolutional Neural Network", ACCV 2022 (arXiv 2105.14447).

use serde::{Deserialize, Serialize};

use super::{Backbone, Position, ResNet, Residual};
use crate::attention::{Attention, Psa};
use crate::error::Result;
use crate::graph::Graph;

/// Configuration of the net; 50 layers unless said: [`ResNet`] with bottlenecks whose middle convolution gives way to
/// [`Psa`], which also takes the step. Inputs `[C, L]` or `[C, H, W]` of any size.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EpsaNet {
    /// Channels of the first stage before the fourfold; a multiple of 4, and of 64 for the paper's groups.
    pub width: usize,
    /// Blocks of each stage.
    pub blocks: Vec<usize>,
    /// What stands in place of the middle convolutions.
    pub psa: Psa,
    /// A further attention of each block; none in the paper.
    pub attention: Attention,
    /// Where it stands: `in-layer` on the residual branch before the addition, `after-block` behind the addition and
    /// its ReLU, `in-place` behind the pyramid squeeze attention, its norm and its ReLU; SK and PSA there take its
    /// place. In-layer unless said, SK and PSA in place.
    pub position: Option<Position>,
    /// Whether the last batch norm of each residual branch begins at 0.
    pub zero_last_norm: bool,
}

impl Default for EpsaNet {
    fn default() -> Self {
        Self {
            width: 64,
            blocks: vec![3, 4, 6, 3],
            psa: Psa::default(),
            attention: Attention::None,
            position: None,
            zero_last_norm: false,
        }
    }
}

impl EpsaNet {
    /// A net of a quarter of the width with two blocks a stage, for small data; not of the paper.
    pub fn small() -> Self {
        Self { width: 16, blocks: vec![2, 2, 2, 2], ..Self::default() }
    }
}

impl Backbone for EpsaNet {
    fn draft(&self, input: &[usize], classes: usize) -> Result<Graph> {
        let net = ResNet {
            width: self.width,
            blocks: self.blocks.clone(),
            block: Residual::Bottleneck,
            attention: self.attention.clone(),
            position: self.position,
            zero_last_norm: self.zero_last_norm,
        };
        net.draft_beside(&Attention::Psa(self.psa.clone()), input, classes)
    }
}
