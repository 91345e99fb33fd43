//! Efficient channel attention: Wang, Wu, Zhu, Li, Zuo, Hu, "ECA-Net: Efficient Channel Attention for Deep
//! Convolutional Neural Networks", CVPR 2020 (arXiv 1910.03151).

use serde::{Deserialize, Serialize};

use super::{AttentionKind, odd};
use crate::error::Result;
use crate::graph::{Conv, Draft, Id};
use crate::variables::Init;

/// `x σ(conv over the channels of the mean over positions)`: a gate `[C]`. Parameters `conv.weight` `[1, 1, k]`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Eca {
    /// Taps, odd, at most 9 or twice the channels. Unless said, from the channels as in the authors' code: `t = floor((log2 C + 1) / 2)`, `t + 1` where
    /// that is even, and at least 3. (The paper rounds to the nearest odd number; the authors' nets take 3 throughout,
    /// or 3, 5, 5, 7.)
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kernel: Option<usize>,
}

impl Eca {
    pub(super) const KIND: AttentionKind = AttentionKind {
        name: "eca",
        title: "efficient channel attention: a gate a channel from the means of its neighbours",
        paper: "Wang, Wu, Zhu, Li, Zuo, Hu: ECA-Net: Efficient Channel Attention for Deep Convolutional Neural Networks, CVPR 2020, arXiv 1910.03151",
        parameters: "k: 3 below 128 channels, 5 below 2048, then 7",
        series: true,
        images: true,
    };

    pub(super) fn draft(&self, net: &mut Draft, x: Id) -> Result<Id> {
        let squeezed = net.global_mean(x)?;
        let gate = gate(net, squeezed, self.kernel)?;
        net.gate("gate", gate);
        net.mul(x, gate)
    }
}

/// `σ(conv)` over the channels of a vector `[C]`.
///
/// # Errors
/// An even kernel.
pub(super) fn gate(net: &mut Draft, z: Id, kernel: Option<usize>) -> Result<Id> {
    let channels = net.channels(z);
    let kernel = odd(net, "kernel", kernel.unwrap_or_else(|| taps(channels)), channels)?;
    let y = net.reshape(z, &[1, channels])?;
    let y = net.conv("conv", y, &Conv::same(1, kernel).init(Init::fan_in(kernel)))?;
    let y = net.reshape(y, &[channels])?;
    net.sigmoid(y)
}

/// The taps for so many channels.
fn taps(channels: usize) -> usize {
    let t = ((channels.max(1) as f64).log2() / 2.0 + 0.5) as usize;
    (t + usize::from(t.is_multiple_of(2))).max(3)
}
