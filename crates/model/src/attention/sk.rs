//! Selective kernels: Li, Wang, Hu, Yang, "Selective Kernel Networks", CVPR 2019 (arXiv 1903.06586).

use serde::{Deserialize, Serialize};

use super::excitation::hidden;
use super::{AttentionKind, pointwise};
use crate::error::{Error, Result};
use crate::graph::{Conv, Draft, Id};
use crate::variables::Init;

/// Most branches: the kernel of the last one spans 2 x 16 + 1 positions.
const MOST_BRANCHES: usize = 16;

/// `Σ g_i U_i` with `U_i = relu(norm(conv3x3 of dilation i))`, `z = relu(norm(fc(mean over positions of Σ U_i)))` and
/// the gates `g` the softmax over the branches of `select.i` of `z`, a vector `[C]` a branch.
///
/// It stands in place of a convolution ([`Attention::conv`](super::Attention::conv)); as a module on its own it keeps
/// the channels. The paper's nets have 32 groups; as that fits few small nets there is one unless said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SelectiveKernel {
    /// Branches; the dilation of each is its number. 2 unless said.
    pub branches: usize,
    /// Channels over units of `z`. 16 unless said.
    pub reduction: usize,
    /// The least units of `z`. 32 unless said.
    pub least: usize,
    /// Groups of the convolutions. 1 unless said.
    pub groups: usize,
}

impl Default for SelectiveKernel {
    fn default() -> Self {
        Self { branches: 2, reduction: 16, least: 32, groups: 1 }
    }
}

impl SelectiveKernel {
    pub(super) const KIND: AttentionKind = AttentionKind {
        name: "sk",
        title: "selective kernels: branches of several dilations, chosen a channel",
        paper: "Li, Wang, Hu, Yang: Selective Kernel Networks, CVPR 2019, arXiv 1903.06586",
        parameters: "2 (9 C² + 2 C) + C d + 2 d + 2 (d C + C) with d = max(C / 16, 32); series 3 in place of 9",
        series: true,
        images: true,
    };

    pub(super) fn draft(&self, net: &mut Draft, x: Id) -> Result<Id> {
        self.conv(net, x, net.channels(x), 1)
    }

    pub(super) fn conv(&self, net: &mut Draft, x: Id, channels: usize, stride: usize) -> Result<Id> {
        if !(1..=MOST_BRANCHES).contains(&self.branches) {
            let expected = format!("between 1 and {MOST_BRANCHES}, as a rule 2");
            return Err(Error::config(net.full_name("branches"), self.branches, expected));
        }
        let units = hidden(net, channels, self.reduction)?.max(self.least);
        let mut branches = Vec::new();
        let mut sum = None;
        for i in 0..self.branches {
            let name = format!("branch{i}");
            let dilated = Conv {
                padding: [i + 1; 2],
                dilation: [i + 1; 2],
                ..Conv::new(channels, 3).stride(stride).groups(self.groups)
            };
            let y = net.conv(&format!("{name}.conv"), x, &dilated)?;
            let y = net.norm_relu(&format!("{name}.norm"), y)?;
            sum = Some(match sum {
                Some(sum) => net.add(sum, y)?,
                None => y,
            });
            branches.push(y);
        }
        let squeezed = net.global_mean(sum.unwrap_or(x))?;
        // A map of one position, so that the layers are PyTorch's 1 x 1 convolutions.
        let mut point = vec![1; net.shape(x).len()];
        point[0] = channels;
        let z = net.reshape(squeezed, &point)?;
        let z = net.conv("fc", z, &Conv::new(units, 1).init(Init::fan_in(channels)))?;
        let z = net.norm_relu("norm", z)?;
        let mut scores = Vec::new();
        for i in 0..self.branches {
            let y = pointwise(net, &format!("select.{i}"), z, channels)?;
            scores.push(net.reshape(y, &[1, channels])?);
        }
        let scores = net.concat(0, &scores)?;
        let gates = net.softmax(scores, 0)?;
        net.gate("gate", gates);
        let mut y = None;
        for (i, branch) in branches.into_iter().enumerate() {
            let gate = net.slice(gates, 0, i, 1)?;
            let gate = net.reshape(gate, &[channels])?;
            let weighed = net.mul(branch, gate)?;
            y = Some(match y {
                Some(y) => net.add(y, weighed)?,
                None => weighed,
            });
        }
        Ok(y.unwrap_or(x))
    }
}
