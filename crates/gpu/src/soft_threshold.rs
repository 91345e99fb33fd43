//! Shrinkage.

use crate::kernel::Kernel;
use crate::launch::Launch;
use crate::split::{columns, split};
use crate::view::{Target, View};

/// `sign(x) max(|x| - t, 0)` for samples `[channels, positions]`, with one threshold `t` a sample and channel,
/// `[channels]`, or a sample, `[1]`. The slope is 0 at `|x| = t`; a threshold below 0 moves values away from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SoftThreshold {
    /// Samples.
    pub batch: usize,
    /// Channels of a sample.
    pub channels: usize,
    /// Numbers of a channel.
    pub positions: usize,
    /// Whether every channel has a threshold.
    pub per_channel: bool,
}

impl SoftThreshold {
    /// Thresholds of a sample, and numbers of each.
    fn spans(&self) -> [usize; 2] {
        if self.per_channel { [self.channels, self.positions] } else { [1, self.channels * self.positions] }
    }

    /// What is left of `x`.
    pub fn forward(&self, x: View, t: View, y: View) -> Launch {
        let [thresholds, span] = self.spans();
        let count = self.batch * thresholds * span;
        Launch::over(Kernel::SoftThreshold, count)
            .at(&[x.at, t.at, y.at])
            .n(&split(count, [thresholds * span, span, 1], &[]))
            .n(&[x.pitch, t.pitch, y.pitch])
    }

    /// The gradients of the input and of the thresholds.
    pub fn gradient(&self, x: View, t: View, dy: View, dx: Target, dt: Target) -> Vec<Launch> {
        let [thresholds, span] = self.spans();
        let both = columns(Kernel::SoftThresholdGradient, self.batch, [thresholds, span, 1])
            .at(&[x.at, t.at, dy.at, dx.view.at, dt.view.at])
            .n(&[x.pitch, t.pitch, dy.pitch, dx.view.pitch, usize::from(dx.add)])
            .n(&[dt.view.pitch, usize::from(dt.add)]);
        vec![both]
    }
}
