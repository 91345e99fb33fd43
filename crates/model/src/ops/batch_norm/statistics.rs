//! Mean and variance of every channel.

use candle_core::Tensor;
use rayon::prelude::*;

use crate::error::{Error, Result};
use crate::ops::element::{Element, Host, by_dtype, planes};
use crate::ops::host_only::host_only;
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
    host_only("batch_norm", x)?;
    let x = x.contiguous()?;
    let moments: Vec<(f64, f64)> = by_dtype!(x.dtype(), "batch_norm", T => {
        let host = Host::of(&x);
        let values = host.values::<T>()?;
        let of_channel = |channel: usize| {
            moments((0..batch).map(move |image| &values[(image * channels + channel) * plane..][..plane]))
        };
        Ok((0..channels).into_par_iter().map(of_channel).collect())
    })?;
    let (mean, variance) = moments.into_iter().unzip();
    Ok(ChannelStatistics { mean, variance, count })
}

/// Mean and biased variance over some planes.
fn moments<'a, T: Element>(planes: impl Iterator<Item = &'a [T]> + Clone) -> (f64, f64) {
    wide(
        #[inline(always)]
        || {
            let mut about = planes.clone().next().map_or(0.0, |first| {
                let mut sums = Sums::default();
                sums.take(
                    first,
                    first,
                    #[inline(always)]
                    |x, _| (x.wide(), 0.0),
                );
                sums.total().0 / first.len() as f64
            });
            let count = planes.clone().map(<[T]>::len).sum::<usize>() as f64;
            let (mut mean, mut variance) = (0.0, 0.0);
            for _ in 0..2 {
                let mut sums = Sums::default();
                for plane in planes.clone() {
                    sums.take(
                        plane,
                        plane,
                        #[inline(always)]
                        |x, _| {
                            let rest = x.wide() - about;
                            (rest, rest * rest)
                        },
                    );
                }
                let (first, second) = sums.total();
                let shift = first / count;
                (mean, variance) = (about + shift, (second / count - shift * shift).max(0.0));
                if shift * shift <= FAR * variance {
                    break;
                }
                about = mean;
            }
            (mean, variance)
        },
    )
}
