//! Squeeze and excitation: Hu, Shen, Sun, "Squeeze-and-Excitation Networks", CVPR 2018 (arXiv 1709.01507).

use serde::{Deserialize, Serialize};

use super::AttentionKind;
use super::excitation::Excitation;
use crate::error::Result;
use crate::graph::{Draft, Id};

/// `x σ(fc2(relu(fc1(mean over positions))))`: a gate `[C]`.
///
/// Parameters `fc1.weight` `[h, C]`, `fc2.weight` `[C, h]` and biases if wanted. Some codes leave the ReLU out, which
/// makes the two layers one of low rank; here it stands as in the paper.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SqueezeExcite {
    /// Channels over hidden units. 16 unless said.
    pub reduction: usize,
    /// Whether the two small layers have biases; the paper's have none.
    pub bias: bool,
}

impl Default for SqueezeExcite {
    fn default() -> Self {
        Self { reduction: 16, bias: false }
    }
}

impl SqueezeExcite {
    pub(super) const KIND: AttentionKind = AttentionKind {
        name: "se",
        title: "squeeze and excitation: a gate a channel from its mean",
        paper: "Hu, Shen, Sun: Squeeze-and-Excitation Networks, CVPR 2018, arXiv 1709.01507",
        parameters: "2 C h with h = max(1, C / reduction); with biases h + C more",
        series: true,
        images: true,
    };

    pub(super) fn draft(&self, net: &mut Draft, x: Id) -> Result<Id> {
        let squeezed = net.global_mean(x)?;
        let layers = Excitation::new(net, net.channels(x), self.reduction, self.bias)?;
        let gate = layers.gate(net, squeezed)?;
        net.gate("gate", gate);
        net.mul(x, gate)
    }
}
