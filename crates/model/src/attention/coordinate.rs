//! Coordinate attention: Hou, Zhou, Feng, "Coordinate Attention for Efficient Mobile Network Design", CVPR 2021
//! (arXiv 2103.02907).

use serde::{Deserialize, Serialize};

use super::{AttentionKind, pointwise};
use crate::error::{Error, Result};
use crate::graph::{Draft, Gather, Id, Unary};

/// `x a b` with a gate `a` `[C, H, 1]` for rows and `b` `[C, 1, W]` for columns. The means of the rows and of the columns
/// stand behind one another as `[C, H + W, 1]`, go through `conv1` to `m` channels, `norm` and the hard swish, and part
/// again for `rows` and `columns`, 1 x 1 convolutions with biases and a sigmoid.
///
/// A series counts as a map of height 1: its means along the height are the series itself, so `b` weighs every value
/// and `a` every channel. `m` and the biases are the authors'; timm has others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Coordinate {
    /// Channels over `m`. 32 unless said.
    pub reduction: usize,
    /// The least `m`. 8 unless said.
    pub least: usize,
}

impl Default for Coordinate {
    fn default() -> Self {
        Self { reduction: 32, least: 8 }
    }
}

impl Coordinate {
    pub(super) const KIND: AttentionKind = AttentionKind {
        name: "coordinate",
        title: "coordinate attention: a gate a channel and row times one a channel and column",
        paper: "Hou, Zhou, Feng: Coordinate Attention for Efficient Mobile Network Design, CVPR 2021, arXiv 2103.02907",
        parameters: "(C + 1) m + 2 m + 2 (m + 1) C with m = max(8, C / 32)",
        series: true,
        images: true,
    };

    pub(super) fn draft(&self, net: &mut Draft, x: Id) -> Result<Id> {
        let Self { reduction, least } = *self;
        if reduction == 0 {
            return Err(Error::config(net.full_name("reduction"), 0, "at least 1"));
        }
        let shape = net.shape(x).to_vec();
        let (channels, height, width) = match shape[..] {
            [c, h, w] => (c, h, w),
            _ => (net.channels(x), 1, net.positions(x)),
        };
        let image = net.reshape(x, &[channels, height, width])?;
        let rows = net.along(Gather::Mean, 2, image)?;
        let columns = net.along(Gather::Mean, 1, image)?;
        let columns = net.permute(columns, &[0, 2, 1])?;
        let y = net.concat(1, &[rows, columns])?;
        let y = pointwise(net, "conv1", y, (channels / reduction).max(least).max(1))?;
        let y = net.norm("norm", y)?;
        let y = net.unary(Unary::HardSwish, y)?;
        let rows = net.slice(y, 1, 0, height)?;
        let columns = net.slice(y, 1, height, width)?;
        let columns = net.permute(columns, &[0, 2, 1])?;
        let mut y = image;
        for (name, part) in [("rows", rows), ("columns", columns)] {
            let part = pointwise(net, name, part, channels)?;
            let gate = net.sigmoid(part)?;
            net.gate(&format!("{name}.gate"), gate);
            y = net.mul(y, gate)?;
        }
        net.reshape(y, &shape)
    }
}
