//! Layer norm.

use crate::kernel::Kernel;
use crate::launch::{At, Launch, THREADS};
use crate::parts::{shares, sum};
use crate::split::columns;
use crate::view::{Target, View};

/// Blocks that fill any GPU.
const BLOCKS: usize = 1024;

/// `γ (x - mean) / √(variance + ε) + β` over the channels of every position of samples `[channels, positions]`; the
/// variance is the population's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LayerNorm {
    /// Samples.
    pub batch: usize,
    /// Numbers that a norm is over; also those of `γ` and `β`.
    pub channels: usize,
    /// Norms of a sample.
    pub positions: usize,
    /// ε.
    pub eps: f32,
}

impl LayerNorm {
    fn columns(&self, kernel: Kernel) -> Launch {
        columns(kernel, self.batch, [1, self.channels, self.positions]).f(&[self.eps])
    }

    /// Threads along the positions of a channel, blocks over the channels, stretches of positions in a sample, stretches
    /// of a block and blocks over the stretches.
    fn shares(&self) -> [usize; 5] {
        let wide = self.positions.next_power_of_two().min(THREADS);
        let blocks = self.channels.div_ceil(THREADS / wide).max(1);
        let stretches = self.positions.div_ceil(wide).max(1);
        let [each, parts] = shares(self.batch * stretches, blocks, BLOCKS);
        [wide, blocks, stretches, each, parts]
    }

    /// The norm, of the input's shape.
    pub fn forward(&self, x: View, gamma: At, beta: At, y: View) -> Launch {
        self.columns(Kernel::LayerNorm).at(&[x.at, gamma, beta, y.at]).n(&[x.pitch, y.pitch])
    }

    /// How many numbers [`gradient`](Self::gradient) needs room for.
    pub fn scratch(&self) -> usize {
        let [.., parts] = self.shares();
        2 * self.batch * self.positions + 2 * parts * self.channels
    }

    /// The gradients of the input, of `γ` and of `β`; `add` is for the latter two.
    #[allow(clippy::too_many_arguments, reason = "the places of a layer, each with its name")]
    pub fn gradient(
        &self,
        x: View,
        dy: View,
        gamma: At,
        dx: Target,
        dgamma: At,
        dbeta: At,
        add: bool,
        scratch: At,
    ) -> Vec<Launch> {
        let norms = self.batch * self.positions;
        let (means, scales, rest) = (scratch, scratch.plus(norms), scratch.plus(2 * norms));
        let [wide, blocks, stretches, each, parts] = self.shares();
        let input = self
            .columns(Kernel::LayerNormGradient)
            .at(&[x.at, dy.at, gamma, dx.view.at, means, scales])
            .n(&[x.pitch, dy.pitch, dx.view.pitch, usize::from(dx.add)]);
        let factors = Launch::blocks(Kernel::LayerNormParts, [blocks, parts, 1])
            .at(&[x.at, dy.at, means, scales, rest])
            .n(&[
                self.channels,
                self.positions,
                wide.ilog2() as usize,
                stretches,
                self.batch * stretches,
                each,
            ])
            .n(&[x.pitch, dy.pitch]);
        let sums = sum(rest, parts, [(dgamma, self.channels), (dbeta, self.channels)], add);
        vec![input, factors, sums]
    }
}
