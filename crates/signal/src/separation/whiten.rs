//! Spectral whitening: a flat spectrum, so that every frequency counts alike.
//!
//! ```text
//! y = IFFT( X[k] / sqrt(P[k]) ),   P[k] = mean of |X|² over the bins within bandwidth/2 of k
//! ```
//! Lines narrower than the bandwidth stay; resonances and the colour of the background go. The phase is kept,
//! so impacts stay where they are. The mean is removed, and the result is scaled to unit RMS.
//!
//! Traps: the transform is periodic, so the step from the last sample to the first is part of the signal, and where the
//! background is weak it becomes the largest impact: with a tone of amplitude 10 that does not close, the ends of white
//! noise of RMS 1 reached 7 RMS, and of RMS 0.01 some 500. Leave them out of a kurtosis, or high-pass first. A strong
//! line lowers its neighbours within half a bandwidth.
//!
//! Source: pre-whitening as in Sawalhi and Randall 2007 (doi 10.1016/j.ymssp.2006.12.002), by a local
//! average in place of an autoregressive model.

use num_complex::Complex;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result, check_len};
use crate::fourier::fft::RealFft;
use crate::sample::{Sample, mean};
use crate::scratch::{Scratch, first};
use crate::separation::level::{largest_magnitude, unit_scale};
use crate::units::Hertz;

/// Parameters of spectral whitening.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WhitenParams {
    /// Width of the band that the power is averaged over, at least nine bins. 60 Hz unless said: two turns of
    /// a shaft of 1800 rpm, so that the sidebands of a fault line fall into one band.
    pub bandwidth: Hertz,
}

impl Default for WhitenParams {
    fn default() -> Self {
        Self { bandwidth: Hertz(60.0) }
    }
}

impl WhitenParams {
    /// A plan for `len` samples at `rate`.
    ///
    /// # Errors
    /// [`Error::Frequency`] when the rate is not a finite number above 0; [`Error::Parameter`] when the
    /// bandwidth is not, or `len` is 0.
    pub fn plan<T: Sample>(&self, rate: Hertz, len: usize) -> Result<WhitenPlan<T>> {
        Error::check_rate(rate)?;
        if !self.bandwidth.is_positive() {
            let reason = "it has to be a finite number of hertz above 0";
            return Err(Error::parameter("whitening", "bandwidth", self.bandwidth.0, reason));
        }
        let half = ((self.bandwidth.0 * len as f64 / rate.0 / 2.0) as usize).max(4);
        Ok(WhitenPlan { half, fft: RealFft::new(len)? })
    }
}

/// Whitening of records of one length. Two real FFTs of that length, which should have no large prime factor.
///
/// ```
/// use brinell_signal::{Hertz, Scratch, separation::WhitenParams};
/// let record: Vec<f64> = (0..1000).map(|n| (n as f64 * 0.7).sin() + ((n * n) as f64).sin()).collect();
/// let plan = WhitenParams { bandwidth: Hertz(50.0) }.plan(Hertz(1000.0), 1000)?;
/// let mut white = vec![0.0; 1000];
/// plan.process(&record, &mut white, &mut Scratch::new())?;
/// let power = white.iter().map(|x| x * x).sum::<f64>() / 1000.0;
/// assert!((power - 1.0).abs() < 1e-12);
/// # Ok::<(), brinell_signal::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct WhitenPlan<T: Sample> {
    /// Bins on either side that the power is averaged over.
    half: usize,
    fft: RealFft<T>,
}

impl<T: Sample> WhitenPlan<T> {
    /// Samples of the record and of the output.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "a plan is never empty")]
    pub fn len(&self) -> usize {
        self.fft.len()
    }

    /// The whitened record of `input` in `output` (both `len` samples): no unit, mean 0, RMS 1. A record
    /// without power, zeros or a constant, gives zeros. A band without any power stays empty: the magnitude
    /// is floored at 1e-6 of its largest value.
    ///
    /// # Errors
    /// [`Error::Length`] when a slice has another length; [`Error::Parameter`] when a sample is not finite.
    pub fn process(&self, input: &[T], output: &mut [T], scratch: &mut Scratch<T>) -> Result<()> {
        check_len("input of the whitening", self.len(), input.len())?;
        check_len("output of the whitening", self.len(), output.len())?;
        let scale = unit_scale(largest_magnitude("whitening", input)?);
        let Scratch { record, spectrum, fft, wide, .. } = scratch;
        let record = first(record, self.len());
        for (y, x) in record.iter_mut().zip(input) {
            *y = T::narrow(x.widen() * scale);
        }
        let mean = mean(record);
        record.iter_mut().for_each(|y| *y = T::narrow(y.widen() - mean));
        let bins = first(spectrum, self.fft.bins());
        self.fft.forward_consuming(record, bins, fft)?;

        let sums = first(wide, bins.len() + 1);
        sums[0] = 0.0;
        for (k, bin) in bins.iter().enumerate() {
            sums[k + 1] = sums[k] + (bin.re.widen().powi(2) + bin.im.widen().powi(2));
        }
        let count = bins.len();
        let local = |k: usize| {
            let (from, to) = (k.saturating_sub(self.half), k.saturating_add(self.half + 1).min(count));
            (sums[to] - sums[from]) / (to - from) as f64
        };
        let floor = 1e-12 * (0..count).map(local).fold(0.0, f64::max);
        for (k, bin) in bins.iter_mut().enumerate() {
            let power = local(k).max(floor);
            *bin = if power > 0.0 { *bin * T::narrow(1.0 / power.sqrt()) } else { Complex::default() };
        }
        bins[0] = Complex::default();
        self.fft.inverse_consuming(bins, output, fft)?;

        let power = output.iter().map(|x| x.widen().powi(2)).sum::<f64>() / self.len() as f64;
        if power > 0.0 {
            let scale = T::narrow(1.0 / power.sqrt());
            output.iter_mut().for_each(|x| *x = *x * scale);
        }
        Ok(())
    }
}

/// Divides the spectrum of `samples` by its own smoothed magnitude and returns the series, scaled to
/// unit RMS: see [`WhitenPlan::process`].
///
/// # Errors
/// Empty input, a sample that is not finite, or a rate or bandwidth that is not a positive number.
pub fn whiten<T: Sample>(samples: &[T], rate: Hertz, bandwidth: Hertz) -> Result<Vec<T>> {
    let plan = WhitenParams { bandwidth }.plan(rate, samples.len())?;
    let mut series = vec![T::default(); samples.len()];
    plan.process(samples, &mut series, &mut Scratch::new())?;
    Ok(series)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn coloured_noise_becomes_flat_with_unit_rms() {
        // A first-order recursion gives the low end about 25 dB more power than the high end.
        let mut state = 0x1234_5678_u64;
        let mut last = 0.0;
        let samples: Vec<f32> = (0..16_384)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                last = 0.9 * last + ((state >> 33) as f64 / f64::from(1u32 << 31) - 0.5);
                last as f32
            })
            .collect();
        let white = whiten(&samples, Hertz(1000.0), Hertz(20.0)).unwrap();
        let power = |x: &[f32]| x.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>() / x.len() as f64;
        assert!((power(&white) - 1.0).abs() < 1e-4);
        // The difference of neighbours has power 2 (1 - r); r is the correlation at lag one.
        let difference: Vec<f32> = white.windows(2).map(|w| w[1] - w[0]).collect();
        let correlation = 1.0 - power(&difference) / 2.0;
        assert!(correlation.abs() < 0.05, "{correlation}");
    }

    #[test]
    fn constants_and_single_samples_become_zeros() {
        for n in [1, 2, 3, 64] {
            let white = whiten(&vec![2.5f32; n], Hertz(10.0), Hertz(1.0)).unwrap();
            assert!(white.iter().all(|x| *x == 0.0), "{n}: {white:?}");
        }
    }

    #[test]
    fn unusable_arguments_are_refused() {
        assert!(whiten::<f32>(&[], Hertz(1.0), Hertz(1.0)).is_err());
        assert!(whiten(&[1.0f32], Hertz(0.0), Hertz(1.0)).is_err());
        assert!(whiten(&[1.0f32], Hertz(1.0), Hertz(f64::NAN)).is_err());
    }
}
