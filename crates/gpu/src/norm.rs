//! Batch norm, and sums of channels.
#![allow(clippy::too_many_arguments, reason = "a norm and its gradient have as many operands")]

use crate::kernel::Kernel;
use crate::launch::{At, Launch, THREADS};
use crate::spread::{NUMBERS, divisor};
use crate::view::{Target, View};

/// Blocks that a sum is shared out over, where it is long enough.
const BLOCKS: usize = 1024;
/// Fewest numbers of a block that are worth one.
const FEW: usize = 2048;
/// Threads side by side along columns; fewer positions than these make every position a column.
const SIDE: usize = 32;
/// Channels of a block that gathers parts.
const GATHERED: usize = THREADS / SIDE;

/// Batch norm of `[channels, positions]` a sample, with the ReLU behind it where asked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BatchNorm {
    /// Samples.
    pub batch: usize,
    /// Channels.
    pub channels: usize,
    /// Numbers of a channel of a sample.
    pub positions: usize,
    /// Added to the variance.
    pub eps: f32,
    /// Whether a ReLU follows.
    pub relu: bool,
}

impl BatchNorm {
    /// Numbers of scratch that statistics and gradient take, the larger; at an even offset.
    pub fn scratch(&self) -> usize {
        let parts = self.parts();
        parts.numbers() + 4 * self.channels
    }

    fn parts(&self) -> Parts {
        Parts::of(self.batch, self.channels, self.positions)
    }

    /// Mean and biased variance of every channel of a batch, `[channels]` each; exact where the mean is far from 0.
    pub fn statistics(&self, x: View, mean: At, variance: At, scratch: At) -> Vec<Launch> {
        let parts = self.parts();
        let moments =
            parts.blocks(Kernel::ChannelMoments).at(&[x.at, scratch]).n(&parts.walk()).n(&[x.pitch]);
        let numbers = self.batch * self.positions;
        let statistics = parts.gathering(Kernel::ChannelStatistics).at(&[x.at, scratch, mean, variance]);
        vec![moments, statistics.n(&[numbers, self.positions])]
    }

    /// Running mean and variance move towards those of a batch by a share, the number at `share`: `r = (1 - m) r + m s`,
    /// the variance unbiased. The channels have two numbers or more.
    pub fn follow(&self, mean: At, variance: At, running: [At; 2], share: At) -> Launch {
        let numbers = (self.batch * self.positions) as f64;
        let unbiased = numbers / (numbers - 1.0).max(1.0);
        let launch = Launch::over(Kernel::NormFollow, self.channels);
        let launch = launch.at(&[mean, variance, running[0], running[1], share]);
        launch.n(&[self.channels]).f(&[unbiased as f32])
    }

    /// `y = gamma (x - mean) / √(variance + eps) + beta`, then ReLU where asked; `statistics` are mean and variance.
    pub fn forward(&self, x: View, statistics: [At; 2], gamma: At, beta: At, y: View) -> Launch {
        let (blocks, samples) = self.stretches();
        let [mean, variance] = statistics;
        Launch::blocks(Kernel::NormForward, blocks)
            .at(&[x.at, mean, variance, gamma, beta, y.at])
            .n(&[self.batch, self.channels * self.positions])
            .n(&divisor(self.positions))
            .n(&[x.pitch, y.pitch, usize::from(self.relu), samples])
            .f(&[self.eps])
    }

    /// The way back. Statistics `of_batch` are those of this very `x`, so that the gradient passes through them; others
    /// are constants. `dgamma` and `dbeta` are replaced or added to, each left out where it is [`At::NOWHERE`], as is `dx`.
    pub fn gradient(
        &self,
        x: View,
        dy: View,
        statistics: [At; 2],
        gamma: At,
        beta: At,
        of_batch: bool,
        dx: Target,
        dgamma: At,
        dbeta: At,
        add: bool,
        scratch: At,
    ) -> Vec<Launch> {
        let parts = self.parts();
        let [mean, variance] = statistics;
        let relu = usize::from(self.relu);
        let sums = if of_batch { scratch.plus(parts.numbers()) } else { At::NOWHERE };
        let slopes = parts
            .blocks(Kernel::ChannelSlopes)
            .at(&[x.at, dy.at, mean, variance, gamma, beta, scratch])
            .n(&parts.walk())
            .n(&[x.pitch, dy.pitch, relu])
            .f(&[self.eps]);
        let totals = parts
            .gathering(Kernel::ChannelTotals)
            .at(&[scratch, variance, dbeta, dgamma, sums])
            .n(&[usize::from(add)])
            .f(&[self.eps]);
        let mut launches = vec![slopes, totals];
        if dx.view.at != At::NOWHERE {
            let (blocks, samples) = self.stretches();
            let of_input = Launch::blocks(Kernel::NormGradient, blocks)
                .at(&[x.at, dy.at, mean, variance, gamma, beta, dx.view.at, sums])
                .n(&[self.batch, self.channels * self.positions])
                .n(&divisor(self.positions))
                .n(&[x.pitch, dy.pitch, dx.view.pitch, relu, samples, usize::from(dx.add)])
                .n(&[self.batch * self.positions])
                .f(&[self.eps]);
            launches.push(of_input);
        }
        launches
    }

    /// Blocks along the numbers of a sample and along the batch, and samples of a block.
    fn stretches(&self) -> ([usize; 3], usize) {
        let along = (self.channels * self.positions).div_ceil(NUMBERS * THREADS).max(1);
        let samples = (along * self.batch / (2 * BLOCKS)).clamp(1, 8).max(self.batch.div_ceil(65_535));
        ([along, self.batch.div_ceil(samples).max(1), 1], samples)
    }
}

/// Sums over batch and positions of every channel, the gradient of a bias: `sums` `[channels]` are replaced or added to.
pub fn channel_sums(
    batch: usize,
    channels: usize,
    positions: usize,
    x: View,
    sums: At,
    add: bool,
    scratch: At,
) -> Vec<Launch> {
    let parts = Parts::of(batch, channels, positions);
    let nowhere = At::NOWHERE;
    let slopes = parts
        .blocks(Kernel::ChannelSlopes)
        .at(&[nowhere, x.at, nowhere, nowhere, nowhere, nowhere, scratch])
        .n(&parts.walk())
        .n(&[0, x.pitch, 0]);
    let totals = parts.gathering(Kernel::ChannelTotals).at(&[scratch, nowhere, sums, nowhere, nowhere]);
    vec![slopes, totals.n(&[usize::from(add)])]
}

/// Numbers of scratch that [`channel_sums`] takes; at an even offset.
pub fn channel_sums_scratch(batch: usize, channels: usize, positions: usize) -> usize {
    Parts::of(batch, channels, positions).numbers()
}

/// How the numbers of channels are shared out over blocks; told from the shape alone, so that sums have one order on every
/// GPU.
struct Parts {
    batch: usize,
    channels: usize,
    positions: usize,
    /// Whether every position is a column of its own.
    single: bool,
    /// Threads along positions.
    along: usize,
    samples: usize,
    stretch: usize,
    parts_along: usize,
    parts: usize,
}

impl Parts {
    fn of(batch: usize, channels: usize, positions: usize) -> Self {
        if positions < SIDE {
            let wanted = BLOCKS.div_ceil((channels * positions).div_ceil(SIDE).max(1));
            let samples = batch.div_ceil(wanted).max(SIDE);
            let parts = batch.div_ceil(samples).max(1);
            return Self {
                batch,
                channels,
                positions,
                single: true,
                along: 1,
                samples,
                stretch: positions,
                parts_along: 1,
                parts,
            };
        }
        let wanted = BLOCKS.div_ceil(channels.max(1));
        let samples = batch.div_ceil(wanted).max(FEW / positions).max(1);
        let parts_of_batch = batch.div_ceil(samples).max(1);
        let stretch = positions.div_ceil(wanted.div_ceil(parts_of_batch)).max(FEW.min(positions));
        let parts_along = positions.div_ceil(stretch);
        let rounds = |along: &usize| stretch.div_ceil(*along) * samples.div_ceil(THREADS / along);
        let along = [256, 128, 64, 32].into_iter().min_by_key(rounds).unwrap_or(THREADS);
        let parts = parts_of_batch * parts_along;
        Self { batch, channels, positions, single: false, along, samples, stretch, parts_along, parts }
    }

    fn columns_of_channel(&self) -> usize {
        if self.single { self.positions } else { 1 }
    }

    fn columns(&self) -> usize {
        self.channels * self.columns_of_channel()
    }

    /// Of scratch: two doubles a column and part.
    fn numbers(&self) -> usize {
        4 * self.columns() * self.parts
    }

    fn blocks(&self, kernel: Kernel) -> Launch {
        let columns = if self.single { self.columns().div_ceil(SIDE) } else { self.channels };
        Launch::blocks(kernel, [columns.max(1), self.parts, 1])
    }

    fn walk(&self) -> [usize; 8] {
        [
            self.batch,
            self.columns(),
            self.positions,
            usize::from(self.single),
            self.along,
            self.samples,
            self.stretch,
            self.parts_along,
        ]
    }

    fn gathering(&self, kernel: Kernel) -> Launch {
        let launch = Launch::blocks(kernel, [self.channels.div_ceil(GATHERED).max(1), 1, 1]);
        launch.n(&[self.channels, self.columns(), self.columns_of_channel(), self.parts])
    }
}
