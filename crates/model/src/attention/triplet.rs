//! Triplet attention: Misra, Nalamada, Arasanipalai, Hou, "Rotate to Attend: Convolutional Triplet Attention Module",
//! WACV 2021 (arXiv 2010.03045).

use serde::{Deserialize, Serialize};

use super::AttentionKind;
use super::plane_gate::PlaneGate;
use crate::error::Result;
use crate::graph::{Draft, Id};

/// The mean of `x σ(norm(conv([max, mean] along an axis)))` over the axes: one branch pools the height and weighs
/// channels by width (`cw`), one pools the width (`hc`), one the channels (`hw`).
///
/// A series has two branches, of one axis each: `c` pools the positions and weighs channels, `l` pools the channels and
/// weighs positions. The paper has images only; this is the same rule of one branch an axis.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Triplet {
    /// Taps of the convolutions, odd, at most 9 or twice the longest of the axes that one slides over. 7 unless said; 3
    /// for small maps.
    pub kernel: usize,
    /// Whether there is a branch that pools the channels, as in the paper.
    pub spatial: bool,
}

impl Default for Triplet {
    fn default() -> Self {
        Self { kernel: 7, spatial: true }
    }
}

impl Triplet {
    pub(super) const KIND: AttentionKind = AttentionKind {
        name: "triplet",
        title: "triplet attention: the mean of a gate for every pair of axes",
        paper: "Misra, Nalamada, Arasanipalai, Hou: Rotate to Attend: Convolutional Triplet Attention Module, WACV 2021, arXiv 2010.03045",
        parameters: "3 (2 k² + 2), series 2 (2 k + 2); a branch less without the spatial one",
        series: true,
        images: true,
    };

    pub(super) fn draft(&self, net: &mut Draft, x: Id) -> Result<Id> {
        let branches: &[(usize, &str)] = match net.is_image(x) {
            true => &[(1, "cw"), (2, "hc"), (0, "hw")],
            false => &[(1, "c"), (0, "l")],
        };
        let branches = &branches[..branches.len() - usize::from(!self.spatial)];
        let plane = PlaneGate { kernel: self.kernel, norm: true, max_first: true };
        let mut sum = None;
        for &(axis, name) in branches {
            let weighed = net.within(name, |net| {
                let gate = plane.draft(net, x, axis)?;
                net.gate("gate", gate);
                net.mul(x, gate)
            })?;
            sum = Some(match sum {
                Some(sum) => net.add(sum, weighed)?,
                None => weighed,
            });
        }
        net.affine(sum.unwrap_or(x), 1.0 / branches.len() as f64, 0.0)
    }
}
