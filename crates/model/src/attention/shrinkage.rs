//! Soft thresholds of deep residual shrinkage nets: Zhao, Zhong, Fu, Tang, Pecht, "Deep Residual Shrinkage Networks for
//! Fault Diagnosis", IEEE Transactions on Industrial Informatics 16 (2020) 4681 (doi 10.1109/TII.2019.2943898).

use serde::{Deserialize, Serialize};

use super::AttentionKind;
use super::excitation::hidden;
use crate::error::Result;
use crate::graph::{Draft, Gather, Id, Op, Unary};

/// `sign(x) max(|x| - τ, 0)` with `τ = α m`, `m` the mean of `|x|` over positions and
/// `α = σ(fc2(relu(norm(fc1 m))))`: a threshold a channel (the paper's CW), or one for all, `τ = α mean(m)` (CS). The
/// gate is `α`, `[C]` or `[1]`: as `τ < m`, not everything becomes 0.
///
/// The norm is over the samples of a batch, so that training takes two of them at least.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Shrinkage {
    /// Whether all channels share one threshold. Each has its own unless said.
    pub shared: bool,
    /// Channels over units of `fc1`. 1 unless said, as in the paper; 4 in one of the authors' codes.
    pub reduction: usize,
}

impl Default for Shrinkage {
    fn default() -> Self {
        Self { shared: false, reduction: 1 }
    }
}

impl Shrinkage {
    pub(super) const KIND: AttentionKind = AttentionKind {
        name: "shrinkage",
        title: "shrinkage by soft thresholds that are learned, a channel or for all",
        paper: "Zhao, Zhong, Fu, Tang, Pecht: Deep Residual Shrinkage Networks for Fault Diagnosis, IEEE Transactions on Industrial Informatics 16 (2020) 4681, doi 10.1109/TII.2019.2943898",
        parameters: "2 (C² + C) + 2 C; shared: C² + C + 2 C + C + 1",
        series: true,
        images: true,
    };

    pub(super) fn draft(&self, net: &mut Draft, x: Id) -> Result<Id> {
        let channels = net.channels(x);
        let units = hidden(net, channels, self.reduction)?;
        let size = net.unary(Unary::Abs, x)?;
        let mean = net.global_mean(size)?;
        let y = net.linear("fc1", mean, units, true)?;
        let y = net.norm_relu("norm", y)?;
        let y = net.linear("fc2", y, if self.shared { 1 } else { channels }, true)?;
        let gate = net.sigmoid(y)?;
        net.gate("gate", gate);
        let mean = if self.shared { net.along(Gather::Mean, 0, mean)? } else { mean };
        let thresholds = net.mul(mean, gate)?;
        net.node("threshold", Op::SoftThreshold, &[x, thresholds])
    }
}
