//! A gate for every value: pixel attention of Zhao, Kong, He, Qiao, Dong, "Efficient Image Super-Resolution Using Pixel
//! Attention", ECCV Workshops 2020 (arXiv 2010.01073).

use serde::{Deserialize, Serialize};

use super::{AttentionKind, pointwise};
use crate::error::Result;
use crate::graph::{Draft, Id};

/// `x σ(conv x)` with a 1 x 1 convolution from all channels to all: a map of gates for every channel. A position's gates
/// depend on that position alone.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SpatialMap {}

impl SpatialMap {
    pub(super) const KIND: AttentionKind = AttentionKind {
        name: "spatial-map",
        title: "a gate for every value, from the channels of its position",
        paper: "Zhao, Kong, He, Qiao, Dong: Efficient Image Super-Resolution Using Pixel Attention, ECCV Workshops 2020, arXiv 2010.01073",
        parameters: "C² + C",
        series: true,
        images: true,
    };

    pub(super) fn draft(&self, net: &mut Draft, x: Id) -> Result<Id> {
        let y = pointwise(net, "conv", x, net.channels(x))?;
        let gate = net.sigmoid(y)?;
        net.gate("gate", gate);
        net.mul(x, gate)
    }
}
