//! The spectrum of a stretch of samples as power over its floor, and the tops of lines in it.

use std::f64::consts::LN_2;

use num_complex::Complex64;

use crate::error::Result;
use crate::fourier::fft::{RealFft, fast_length};
use crate::fourier::floor::{MedianWindow, running_median};
use crate::rotation::order_tracking::RotationMemory;
use crate::scratch::first;

/// The spectrum of a tapered stretch of samples and its floor, at twice the density of an FFT without padding.
#[derive(Debug, Clone)]
pub(crate) struct FloorSpectrum {
    taper: Vec<f64>,
    fft: RealFft<f64>,
    /// Bins for each hertz.
    bins_per_hertz: f64,
    half_width: usize,
    /// Variance of a line's frequency in Hz², times its power over the floor.
    line_variance: f64,
}

impl FloorSpectrum {
    pub(crate) fn new(rate: f64, len: usize, half_width: usize) -> Result<Self> {
        let fft = RealFft::new(fast_length(2 * len))?;
        let taper: Vec<f64> = (0..len)
            .map(|n| 0.5 - 0.5 * (std::f64::consts::TAU * (n as f64 + 0.5) / len as f64).cos())
            .collect();
        let middle = (len as f64 - 1.0) / 2.0;
        let (mut w1, mut w2, mut w1t, mut w2t) = (0.0, 0.0, 0.0, 0.0);
        for (n, w) in taper.iter().enumerate() {
            let t = (n as f64 - middle).powi(2);
            w1 += w;
            w2 += w * w;
            w1t += w * t;
            w2t += w * w * t;
        }
        let radians = w1 * w1 * w2t / (2.0 * w2 * w1t * w1t);
        let line_variance = radians * (rate / std::f64::consts::TAU).powi(2);
        Ok(Self { bins_per_hertz: fft.len() as f64 / rate, taper, fft, half_width, line_variance })
    }

    pub(crate) fn len(&self) -> usize {
        self.taper.len()
    }

    /// Variance in Hz² of the frequency of a line of power `u` over the floor, `u > 1` (first order in the
    /// noise; for a Hann taper about 1.7 times the Cramér-Rao bound).
    pub(crate) fn variance(&self, u: f64) -> f64 {
        self.line_variance / (u - 1.0).max(0.5)
    }

    /// Distance of the bins in Hz.
    pub(crate) fn spacing(&self) -> f64 {
        1.0 / self.bins_per_hertz
    }

    /// Distance of the bins of an FFT without padding, in Hz.
    pub(crate) fn resolution(&self) -> f64 {
        self.fft.len() as f64 / self.len() as f64 * self.spacing()
    }

    /// Powers over the floor, bin by bin, of samples freed of their mean. `None` where all are 0.
    pub(crate) fn powers<'a>(
        &self,
        samples: impl Iterator<Item = f64>,
        memory: &'a mut RotationMemory,
        median: &mut MedianWindow,
    ) -> Result<Option<&'a [f64]>> {
        let RotationMemory { values, more, floor, spectrum, fft } = memory;
        let padded = first(values, self.fft.len());
        padded[self.len()..].fill(0.0);
        let mut largest = 0.0_f64;
        for ((y, x), w) in padded.iter_mut().zip(samples).zip(&self.taper) {
            *y = x * w;
            largest = largest.max(y.abs());
        }
        if largest <= 0.0 {
            return Ok(None);
        }
        // So that no square overflows or vanishes.
        padded[..self.len()].iter_mut().for_each(|y| *y /= largest);
        let bins = first(spectrum, self.fft.bins());
        bins.fill(Complex64::default());
        self.fft.forward_consuming(padded, bins, fft)?;
        let powers = first(more, bins.len());
        for (power, bin) in powers.iter_mut().zip(&*bins) {
            *power = bin.norm_sqr();
        }
        let floor = first(floor, bins.len());
        running_median(powers, self.half_width, floor, median)?;
        let tiny = floor.iter().copied().fold(0.0, f64::max) * 1e-12 + f64::MIN_POSITIVE;
        for (power, floor) in powers.iter_mut().zip(&*floor) {
            *power *= LN_2 / floor.max(tiny);
        }
        Ok(Some(powers))
    }

    /// The power over the floor at the bin nearest to a frequency; 0 beyond half the rate.
    #[inline]
    pub(crate) fn at(&self, powers: &[f64], frequency: f64) -> f64 {
        powers.get((frequency * self.bins_per_hertz + 0.5) as usize).copied().unwrap_or(0.0)
    }

    /// Frequency and power of the top of the line next to a frequency, by a parabola through the logarithms of
    /// three bins; `None` where no bin nearby is a top.
    pub(crate) fn top(&self, powers: &[f64], frequency: f64) -> Option<(f64, f64)> {
        let near = (frequency * self.bins_per_hertz + 0.5) as usize;
        let within = near.saturating_sub(2).max(1)..(near + 3).min(powers.len().saturating_sub(1));
        let bin = within.max_by(|a, b| powers[*a].total_cmp(&powers[*b]))?;
        let [a, b, c] = [powers[bin - 1], powers[bin], powers[bin + 1]];
        if !(a > 0.0 && c > 0.0 && b >= a && b >= c) {
            return None;
        }
        let (left, right) = ((b / a).ln(), (b / c).ln());
        let offset = if left + right > 0.0 { 0.5 * (left - right) / (left + right) } else { 0.0 };
        let height = b * (0.25 * (left - right) * offset).exp();
        Some(((bin as f64 + offset) / self.bins_per_hertz, height))
    }
}
