//! Pyramid squeeze attention: Zhang, Zu, Lu, Zou, Meng, "EPSANet: An Efficient Pyramid Squeeze Attention Block on
//! Convolutional Neural Network", ACCV 2022 (arXiv 2105.14447).

use serde::{Deserialize, Serialize};

use super::excitation::Excitation;
use super::{AttentionKind, longest, odd};
use crate::error::{Error, Result};
use crate::graph::{Conv, Draft, Id};

/// Four convolutions `convs.i` of growing kernels to a quarter of the channels each; one squeeze and excitation (`se`,
/// with biases) for all of them; a softmax over the four for every channel; side by side.
///
/// The gates `[4, C / 4]` of a channel sum to 1, so that a value is weighed by 1/4 on average: a norm should follow. It
/// stands in place of a convolution ([`Attention::conv`](super::Attention::conv)); as a module on its own it keeps the
/// channels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Psa {
    /// Taps, odd, at most 9 or twice the map's longest axis. 3, 5, 7, 9 unless said.
    pub kernels: [usize; 4],
    /// Groups of the four convolutions. Unless said the paper's 1, 4, 8, 16, each lowered to its largest divisor that
    /// the channels allow (the paper's four fit multiples of 64); what is said has to divide them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub groups: Option<[usize; 4]>,
    /// Channels of a quarter over hidden units. 16 unless said.
    pub reduction: usize,
    /// Whether the quarters stand in the order of the published code, widest kernel first. The paper's and our order is
    /// ascending; weights of one do not fit a net of the other.
    pub reversed: bool,
}

impl Default for Psa {
    fn default() -> Self {
        Self { kernels: [3, 5, 7, 9], groups: None, reduction: 16, reversed: false }
    }
}

impl Psa {
    pub(super) const KIND: AttentionKind = AttentionKind {
        name: "psa",
        title: "pyramid squeeze attention: four kernel sizes, weighed against one another a channel",
        paper: "Zhang, Zu, Lu, Zou, Meng: EPSANet: An Efficient Pyramid Squeeze Attention Block on Convolutional Neural Network, ACCV 2022, arXiv 2105.14447",
        parameters: "Σ k² C q / groups (series k) + 2 q h + h + q with q = C / 4, h = max(1, q / reduction)",
        series: true,
        images: true,
    };

    pub(super) fn draft(&self, net: &mut Draft, x: Id) -> Result<Id> {
        self.conv(net, x, net.channels(x), 1)
    }

    pub(super) fn conv(&self, net: &mut Draft, x: Id, channels: usize, stride: usize) -> Result<Id> {
        if !channels.is_multiple_of(4) || channels == 0 {
            let reason =
                format!("{channels} channels do not part into 4 equal quarters; take a multiple of 4");
            return Err(Error::layer(net.full_name("convs"), net.shape(x), reason));
        }
        let (inputs, quarter) = (net.channels(x), channels / 4);
        let groups = self.groups.unwrap_or_else(|| [1, 4, 8, 16].map(|g| common(g, common(inputs, quarter))));
        let mut scales = Vec::new();
        for (i, (&kernel, groups)) in self.kernels.iter().zip(groups).enumerate() {
            let kernel = odd(net, "kernels", kernel, longest(net, x))?;
            let conv = Conv::same(quarter, kernel).stride(stride).groups(groups);
            scales.push(net.conv(&format!("convs.{i}"), x, &conv)?);
        }
        let scores = net.within("se", |net| {
            let layers = Excitation::new(net, quarter, self.reduction, true)?;
            let scores = scales.iter().map(|&scale| {
                let squeezed = net.global_mean(scale)?;
                let gate = layers.gate(net, squeezed)?;
                net.reshape(gate, &[1, quarter])
            });
            scores.collect::<Result<Vec<_>>>()
        })?;
        let scores = net.concat(0, &scores)?;
        let gates = net.softmax(scores, 0)?;
        net.gate("gate", gates);
        let mut parts = Vec::new();
        for (i, &scale) in scales.iter().enumerate() {
            let gate = net.slice(gates, 0, i, 1)?;
            let gate = net.reshape(gate, &[quarter])?;
            parts.push(net.mul(scale, gate)?);
        }
        if self.reversed {
            parts.reverse();
        }
        net.concat(0, &parts)
    }
}

/// The greatest common divisor.
fn common(a: usize, b: usize) -> usize {
    if b == 0 { a } else { common(b, a % b) }
}
