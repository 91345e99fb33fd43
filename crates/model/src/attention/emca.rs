//! Efficient multiscale channel attention: Bakr, El-Sallab, Rashwan, "EMCA: Efficient Multiscale Channel Attention
//! Module", IEEE Access 2022 (earlier PKCAM). Not the EMA of Ouyang 2023.

use serde::{Deserialize, Serialize};

use super::excitation::Excitation;
use super::{AttentionKind, eca};
use crate::error::{Error, Result};
use crate::graph::{Conv, Draft, Id};
use crate::variables::Init;

/// What makes a gate of the fused means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Excite {
    /// A convolution over the channels, as in ECA.
    #[default]
    Eca,
    /// Two small layers without biases, as in SE.
    Se,
}

/// `x (1 + z)` with a gate `z` `[C]` from the means of this map and of earlier stages.
///
/// The means of an earlier stage of `C'` channels are repeated `C / C'` times, all `R` are stacked as `[C, R]`, this map
/// last, and fused by `relu(fuse)`, one weight a stage for all channels, `fuse.weight` `[1, 1, R]`. Without earlier
/// stages the means go straight to the excitation. This is the paper's algorithm 1; the authors' code also mixes in a
/// local gate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Emca {
    /// What makes the gate; as in ECA unless said.
    pub excite: Excite,
    /// Taps as in [`Eca`](super::Eca); from the channels unless said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kernel: Option<usize>,
    /// Channels over hidden units as in [`SqueezeExcite`](super::SqueezeExcite). 16 unless said.
    pub reduction: usize,
}

impl Default for Emca {
    fn default() -> Self {
        Self { excite: Excite::Eca, kernel: None, reduction: 16 }
    }
}

impl Emca {
    pub(super) const KIND: AttentionKind = AttentionKind {
        name: "emca",
        title: "efficient multiscale channel attention: a gate a channel, earlier stages looked at too",
        paper: "Bakr, El-Sallab, Rashwan: EMCA: Efficient Multiscale Channel Attention Module, IEEE Access 2022",
        parameters: "R + k with R stages in all (none for R = 1) and k as in eca; with se R + 2 C h",
        series: true,
        images: true,
    };

    pub(super) fn draft(&self, net: &mut Draft, x: Id) -> Result<Id> {
        self.draft_after(net, x, &[])
    }

    pub(super) fn draft_after(&self, net: &mut Draft, x: Id, earlier: &[Id]) -> Result<Id> {
        let channels = net.channels(x);
        let mut means = net.global_mean(x)?;
        if !earlier.is_empty() {
            let mut columns = Vec::new();
            for &stage in earlier {
                let repeated = repeated(net, stage, channels)?;
                columns.push(net.reshape(repeated, &[channels, 1])?);
            }
            columns.push(net.reshape(means, &[channels, 1])?);
            let stages = columns.len();
            let stacked = net.concat(1, &columns)?;
            let stacked = net.reshape(stacked, &[1, channels * stages])?;
            let fuse = Conv::new(1, stages).stride(stages).init(Init::fan_in(stages));
            let fused = net.conv("fuse", stacked, &fuse)?;
            let fused = net.relu(fused)?;
            means = net.reshape(fused, &[channels])?;
        }
        let gate = match self.excite {
            Excite::Eca => eca::gate(net, means, self.kernel)?,
            Excite::Se => Excitation::new(net, channels, self.reduction, false)?.gate(net, means)?,
        };
        net.gate("gate", gate);
        let factor = net.affine(gate, 1.0, 1.0)?;
        net.mul(x, factor)
    }
}

/// The means of an earlier stage, one after another until there are `channels` of them.
fn repeated(net: &mut Draft, stage: Id, channels: usize) -> Result<Id> {
    let shape = net.shape(stage).to_vec();
    let means = if shape.len() > 1 { net.global_mean(stage)? } else { stage };
    let own = net.channels(means);
    if own == 0 || !channels.is_multiple_of(own) {
        let reason = format!(
            "an earlier stage has {own} channels, which do not divide the {channels} here; bring it to a divisor by a 1 x 1 convolution"
        );
        return Err(Error::layer(net.full_name("fuse"), &shape, reason));
    }
    net.concat(0, &vec![means; channels / own])
}
