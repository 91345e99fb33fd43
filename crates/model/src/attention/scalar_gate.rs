//! One gate a sample, from a small convolution.

use serde::{Deserialize, Serialize};

use super::AttentionKind;
use crate::error::Result;
use crate::graph::{Conv, Draft, Id};

/// `x σ(fc(mean over positions of relu(conv3x3 x)))`: one gate `[1]` for the whole sample, or one a channel. Convolution
/// and layer have biases.
///
/// One gate a sample cannot choose a region, and a batch norm behind it takes most of its effect out again.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ScalarGate {
    /// Channels of the convolution; as many as the map has unless said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hidden: Option<usize>,
    /// Whether every channel has a gate of its own.
    pub per_channel: bool,
}

impl ScalarGate {
    pub(super) const KIND: AttentionKind = AttentionKind {
        name: "scalar-gate",
        title: "one gate a sample, or one a channel, from a small convolution",
        paper: "no paper of its own; squeeze and excitation with a convolution before the squeeze",
        parameters: "9 C m + m + m + 1 with m = C (series 3 in place of 9); a gate a channel: m C + C in place of m + 1",
        series: true,
        images: true,
    };

    pub(super) fn draft(&self, net: &mut Draft, x: Id) -> Result<Id> {
        let channels = net.channels(x);
        let y = net.conv("conv", x, &Conv::same(self.hidden.unwrap_or(channels), 3).bias(true))?;
        let y = net.relu(y)?;
        let y = net.global_mean(y)?;
        let y = net.linear("fc", y, if self.per_channel { channels } else { 1 }, true)?;
        let gate = net.sigmoid(y)?;
        net.gate("gate", gate);
        net.mul(x, gate)
    }
}
