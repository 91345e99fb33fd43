//! Mean and variance of every channel.
#![allow(
    clippy::needless_range_loop,
    reason = "loops over places compile to wide instructions inside a dispatch, iterators often do not"
)]

use std::ops::Range;

use candle_core::Tensor;
use rayon::prelude::*;

use crate::error::{Error, Result};
use crate::ops::element::{Element, Host, by_dtype, planes};
use crate::ops::wide::{Sums, wide};

/// How many variances the square of what is left of the mean may be.
const FAR: f64 = 1e4;

/// Mean and variance of every channel.
#[derive(Debug, Clone, PartialEq)]
pub struct ChannelStatistics {
    /// Mean over the batch and all positions.
    pub mean: Vec<f64>,
    /// Biased variance (divided by the count).
    pub variance: Vec<f64>,
    /// Values a channel.
    pub count: usize,
}

impl ChannelStatistics {
    /// The variance divided by the count less one, as running statistics keep it.
    pub fn unbiased_variance(&self) -> impl Iterator<Item = f64> {
        let factor = self.count as f64 / (self.count as f64 - 1.0);
        self.variance.iter().map(move |v| v * factor)
    }

    /// Those of channels one behind the other.
    pub(crate) fn joined<'a>(parts: impl Iterator<Item = &'a Self>) -> Self {
        let mut all = Self { mean: Vec::new(), variance: Vec::new(), count: 0 };
        for part in parts {
            all.mean.extend(&part.mean);
            all.variance.extend(&part.variance);
            all.count = part.count;
        }
        all
    }
}

/// Mean and variance of every channel of `x`, `[B, C]`, `[B, C, L]` or `[B, C, H, W]`.
///
/// Sums in double precision of what is left of a value less the mean of the channel's first plane; a second time less
/// the mean itself where that was far from it. Exact where `E[x^2] - E[x]^2` would cancel.
///
/// # Errors
/// Fewer than two values a channel, whose variance would be undefined; other number types; a tensor on a GPU.
pub fn channel_statistics(x: &Tensor) -> Result<ChannelStatistics> {
    let (batch, channels, plane) = planes(x.dims());
    let count = batch * plane;
    if count < 2 {
        return Err(Error::op(
            "batch_norm",
            format!(
                "training needs at least 2 values a channel, the input {:?} has {count}: use a larger batch or leave out the last, smaller one",
                x.dims()
            ),
        ));
    }
    let x = x.contiguous()?;
    let moments: Vec<(f64, f64)> = by_dtype!(x.dtype(), "batch_norm", T => {
        let host = Host::of(&x);
        let values = host.values::<T>()?;
        let plane_of = |image: usize, channel: usize| &values[(image * channels + channel) * plane..][..plane];
        Ok(blocks(channels, plane).flat_map_iter(|block| moments(block, batch, plane_of)).collect())
    })?;
    let (mean, variance) = moments.into_iter().unzip();
    Ok(ChannelStatistics { mean, variance, count })
}

/// Neighbouring channels that are summed together, so that what is read of each image is one long run.
pub(super) fn blocks(channels: usize, plane: usize) -> impl IndexedParallelIterator<Item = Range<usize>> {
    const RUN: usize = 1 << 13;
    const BLOCKS: usize = 8;
    let each = (RUN / plane.max(1)).clamp(1, channels.div_ceil(BLOCKS).max(1));
    let count = channels.div_ceil(each);
    (0..count).into_par_iter().map(move |block| block * each..((block + 1) * each).min(channels))
}

/// Mean and biased variance of each channel over `batch` planes.
fn moments<'a, T: Element>(
    channels: Range<usize>,
    batch: usize,
    plane_of: impl Fn(usize, usize) -> &'a [T],
) -> Vec<(f64, f64)> {
    let mut found = vec![(0.0, 0.0); channels.len()];
    wide(
        #[inline(always)]
        || {
            let mut abouts: Vec<f64> = Vec::with_capacity(channels.len());
            for channel in channels.clone() {
                let first = plane_of(0, channel);
                let mut sums = Sums::default();
                sums.take(
                    first,
                    first,
                    #[inline(always)]
                    |x, _| (x.wide(), 0.0),
                );
                abouts.push(sums.total().0 / first.len() as f64);
            }
            let mut wanted: Vec<usize> = (0..channels.len()).collect();
            for _ in 0..2 {
                let mut sums: Vec<Sums> = wanted.iter().map(|_| Sums::default()).collect();
                let mut count = 0;
                for image in 0..batch {
                    for at in 0..wanted.len() {
                        let (plane, about) =
                            (plane_of(image, channels.start + wanted[at]), abouts[wanted[at]]);
                        sums[at].take(
                            plane,
                            plane,
                            #[inline(always)]
                            |x, _| {
                                let rest = x.wide() - about;
                                (rest, rest * rest)
                            },
                        );
                        count += if at == 0 { plane.len() } else { 0 };
                    }
                }
                let mut far = Vec::new();
                for (within, sums) in wanted.into_iter().zip(sums) {
                    let (first, second) = sums.total();
                    let shift = first / count as f64;
                    let variance = (second / count as f64 - shift * shift).max(0.0);
                    found[within] = (abouts[within] + shift, variance);
                    // As a comparison of numbers: of NaN, nothing is near.
                    let near = shift * shift <= FAR * variance;
                    if !near {
                        abouts[within] = found[within].0;
                        far.push(within);
                    }
                }
                wanted = far;
            }
        },
    );
    found
}
