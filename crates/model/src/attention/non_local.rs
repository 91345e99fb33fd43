//! Non-local block: Wang, Girshick, Gupta, He, "Non-local Neural Networks", CVPR 2018 (arXiv 1711.07971).

use serde::{Deserialize, Serialize};

use super::dot_product::{attend, few_enough};
use super::excitation::hidden;
use super::{AttentionKind, pointwise};
use crate::error::Result;
use crate::graph::{Draft, Id, Norm};

/// `x + norm(o(g softmax(θᵀ φ)ᵀ))` over all positions, the paper's embedded Gaussian: 1 x 1 convolutions `theta`, `phi`
/// and `g` to `C / reduction` channels, `o` back to `C`. The scale of `norm` begins at 0: as if it were not there. The
/// gate `[1, N, N]` holds in row `i` the weights with which position `i` looks at all others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NonLocal {
    /// Channels over those inside. 2 unless said.
    pub reduction: usize,
}

impl Default for NonLocal {
    fn default() -> Self {
        Self { reduction: 2 }
    }
}

impl NonLocal {
    pub(super) const KIND: AttentionKind = AttentionKind {
        name: "non-local",
        title: "non-local block: every position looks at all others, in half the channels",
        paper: "Wang, Girshick, Gupta, He: Non-local Neural Networks, CVPR 2018, arXiv 1711.07971",
        parameters: "3 (C h + h) + h C + C + 2 C with h = max(1, C / 2)",
        series: true,
        images: true,
    };

    pub(super) fn draft(&self, net: &mut Draft, x: Id) -> Result<Id> {
        few_enough(net, "theta", x, 1)?;
        let mut shape = net.shape(x).to_vec();
        let (channels, positions) = (net.channels(x), net.positions(x));
        let inner = hidden(net, channels, self.reduction)?;
        let mut part = |name: &str| {
            let y = pointwise(net, name, x, inner)?;
            net.reshape(y, &[inner, positions])
        };
        let parts = [part("theta")?, part("phi")?, part("g")?];
        let (y, weights) = attend(net, parts, 1, 1.0)?;
        net.gate("gate", weights);
        shape[0] = inner;
        let y = net.reshape(y, &shape)?;
        let y = pointwise(net, "o", y, channels)?;
        let y = net.norm_with("norm", y, Norm { scale: 0.0, ..Norm::default() })?;
        net.add(x, y)
    }
}
