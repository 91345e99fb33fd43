//! A mean weighed by one score a position: the additive score of Bahdanau, Cho, Bengio, "Neural Machine Translation by
//! Jointly Learning to Align and Translate", ICLR 2015 (arXiv 1409.0473) in its shortest form.

use super::weighed_sum;
use crate::attention::pointwise;
use crate::error::Result;
use crate::graph::{Draft, Id};

/// `Σ a x` with `a` the softmax over all positions of a 1 x 1 convolution `conv` to one channel: `C + 1` parameters. The
/// gate `[1, …]` sums to 1.
pub(super) fn draft(net: &mut Draft, x: Id) -> Result<Id> {
    let scores = pointwise(net, "conv", x, 1)?;
    let (channels, positions) = (net.channels(x), net.positions(x));
    let seen = net.shape(scores).to_vec();
    let scores = net.reshape(scores, &[1, positions])?;
    let x = net.reshape(x, &[channels, positions])?;
    weighed_sum(net, x, scores, &seen)
}
