//! A gate for the positions that are left when one axis is pooled away.

use super::{longest, odd};
use crate::error::Result;
use crate::graph::{Conv, Draft, Gather, Id, Norm};

/// `σ(norm(conv([max, mean] along an axis)))`: `conv.weight` `[1, 2, k, k]`, in a series `[1, 2, k]`, and with norm
/// `norm.weight`, `norm.bias` `[1]`.
pub(super) struct PlaneGate {
    /// Taps, odd.
    pub(super) kernel: usize,
    /// Whether a batch norm of momentum 0.01 follows the convolution.
    pub(super) norm: bool,
    /// Whether the plane of maxima stands before that of means: learned kernels do not fit the other order.
    pub(super) max_first: bool,
}

impl PlaneGate {
    /// The gate, of the shape of `x` but for length 1 along `axis`.
    ///
    /// # Errors
    /// An even kernel or one out of proportion, no such axis.
    pub(super) fn draft(&self, net: &mut Draft, x: Id, axis: usize) -> Result<Id> {
        // The pooled axis takes the place of the channels.
        let mut order: Vec<usize> = (0..net.shape(x).len()).collect();
        order.swap(0, axis);
        let turned = |net: &mut Draft, y: Id| if axis == 0 { Ok(y) } else { net.permute(y, &order) };
        let max = net.along(Gather::Max, axis, x)?;
        let mean = net.along(Gather::Mean, axis, x)?;
        let (max, mean) = (turned(net, max)?, turned(net, mean)?);
        let planes = if self.max_first { [max, mean] } else { [mean, max] };
        let y = net.concat(0, &planes)?;
        let kernel = odd(net, "kernel", self.kernel, longest(net, y))?;
        let y = net.conv("conv", y, &Conv::same(1, kernel))?;
        let y = match self.norm {
            true => net.norm_with("norm", y, Norm { momentum: 0.01, ..Norm::default() })?,
            false => y,
        };
        let gate = net.sigmoid(y)?;
        turned(net, gate)
    }
}
