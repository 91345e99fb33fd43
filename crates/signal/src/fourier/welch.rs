//! Welch's average of short spectra, as `scipy.signal.welch`.
//!
//! The record is cut into overlapping pieces; each is freed of its trend, tapered and transformed, and the
//! powers are averaged: less resolution for less scatter (Welch 1967, doi 10.1109/TAU.1967.1161901).
#![allow(
    clippy::needless_range_loop,
    reason = "loops over indices are vectorised; iterators are not inlined into code for a wider processor"
)]

use num_complex::Complex;
use pulp::{Simd, WithSimd};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result, check_len};
use crate::fourier::detrend::Detrend;
use crate::fourier::fft::RealFft;
use crate::fourier::window::{Symmetry, Window};
use crate::instruction_set::widest;
use crate::sample::Sample;
use crate::scratch::{Scratch, first};
use crate::units::Hertz;

/// What the lines mean. Both are one-sided: lines but zero and Nyquist hold the negative frequencies too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PowerScale {
    /// Power per hertz: its integral is the variance.
    #[default]
    Density,
    /// Power of a tone: peak amplitude `A` on a line gives `A²/2`.
    Spectrum,
}

/// How the pieces' powers are averaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Average {
    /// Arithmetic mean.
    #[default]
    Mean,
    /// Median, divided by its bias for exponentially distributed powers: a passing knock does not count.
    Median,
}

/// Parameters of Welch's average.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WelchParams {
    /// Taper, periodic. Hann unless said.
    pub window: Window,
    /// Samples in a piece; a shorter record is one piece. 256 unless said.
    pub length: usize,
    /// Samples that neighbouring pieces share. Half a piece (rounded down) unless said.
    pub overlap: Option<usize>,
    /// Length of the FFT, not below that of a piece, which is filled up with zeros. That of a piece unless
    /// said.
    pub fft_length: Option<usize>,
    /// What is taken off each piece. Its mean unless said.
    pub detrend: Detrend,
    /// What the lines mean. Power per hertz unless said.
    pub scale: PowerScale,
    /// How powers are averaged. Mean unless said.
    pub average: Average,
}

impl Default for WelchParams {
    fn default() -> Self {
        Self {
            window: Window::Hann,
            length: 256,
            overlap: None,
            fft_length: None,
            detrend: Detrend::Constant,
            scale: PowerScale::Density,
            average: Average::Mean,
        }
    }
}

impl WelchParams {
    /// A plan for `len` samples at `rate`.
    ///
    /// # Errors
    /// [`Error::Frequency`] when the rate is not a finite number above 0. [`Error::Parameter`] when `len` or
    /// the piece's length is 0, the overlap is not shorter than a piece, the FFT is, or the taper's parameter
    /// lies outside its range.
    pub fn plan<T: Sample>(&self, rate: Hertz, len: usize) -> Result<WelchPlan<T>> {
        Error::check_rate(rate)?;
        let refuse = |parameter, value: usize, reason| {
            Err(Error::parameter("Welch spectrum", parameter, value, reason))
        };
        if len == 0 {
            return refuse("record", 0, "at least 1 sample is needed");
        }
        let length = self.length.min(len);
        self.window.check(length)?;
        let overlap = self.overlap.unwrap_or(length / 2);
        if overlap >= length {
            return refuse("overlap", overlap, "it has to be shorter than a piece (and than the record)");
        }
        let fft_length = self.fft_length.unwrap_or(length);
        if fft_length < length {
            return refuse("fft_length", fft_length, "it must not be shorter than a piece");
        }
        let weights = self.window.samples(length, Symmetry::Periodic);
        let gain = match self.scale {
            PowerScale::Density => rate.0 * weights.iter().map(|w| w * w).sum::<f64>(),
            PowerScale::Spectrum => weights.iter().sum::<f64>().powi(2),
        };
        if gain <= 0.0 || !gain.is_finite() {
            return refuse("length", length, "the taper sums to 0 at this length: take longer pieces");
        }
        let hop = length - overlap;
        Ok(WelchPlan {
            rate,
            len,
            hop,
            pieces: 1 + (len - length) / hop,
            detrend: self.detrend,
            average: self.average,
            gain,
            weights,
            fft: RealFft::new(fft_length)?,
        })
    }
}

/// Welch's average of records of one length.
#[derive(Debug, Clone)]
pub struct WelchPlan<T: Sample> {
    rate: Hertz,
    len: usize,
    hop: usize,
    pieces: usize,
    detrend: Detrend,
    average: Average,
    gain: f64,
    weights: Vec<f64>,
    fft: RealFft<T>,
}

impl<T: Sample> WelchPlan<T> {
    /// Lines of the spectrum: half the FFT's length (rounded down) and 1.
    #[must_use]
    pub fn spectrum_len(&self) -> usize {
        self.fft.bins()
    }

    /// Pieces that are averaged.
    #[must_use]
    pub fn pieces(&self) -> usize {
        self.pieces
    }

    /// Spacing of the lines: rate over the FFT's length.
    #[must_use]
    pub fn resolution(&self) -> Hertz {
        Hertz(self.rate.0 / self.fft.len() as f64)
    }

    /// The power spectrum of `input` in `output` (`spectrum_len` lines): the input's unit squared, per hertz
    /// where a density was asked for.
    ///
    /// # Errors
    /// [`Error::Length`] when a slice has another length.
    pub fn process(&self, input: &[T], output: &mut [T], scratch: &mut Scratch<T>) -> Result<()> {
        check_len("input of the Welch spectrum", self.len, input.len())?;
        check_len("output of the Welch spectrum", self.spectrum_len(), output.len())?;
        let (lines, length) = (self.spectrum_len(), self.weights.len());
        let kept = if self.average == Average::Median { self.pieces } else { 1 };
        let Scratch { record, spectrum, fft, wide, .. } = scratch;
        // Line by line, so that the median of one line is taken from neighbours.
        let powers = first(wide, lines * kept);
        powers.fill(0.0);
        for piece in 0..self.pieces {
            let samples = &input[piece * self.hop..][..length];
            let buffer = first(record, self.fft.len());
            buffer[length..].fill(T::default());
            let (level, slope) = self.detrend.line(samples);
            let (output, weights) = (&mut buffer[..length], self.weights.as_slice());
            widest().dispatch(Taper { samples, weights, level, slope, output });
            let bins = first(spectrum, lines);
            self.fft.forward_consuming(buffer, bins, fft)?;
            if kept == 1 {
                widest().dispatch(AddPowers { bins, powers });
            } else {
                for (q, bin) in bins.iter().enumerate() {
                    powers[q * kept + piece] = power(bin);
                }
            }
        }
        for (q, (out, powers)) in output.iter_mut().zip(powers.chunks_exact_mut(kept)).enumerate() {
            let average = match self.average {
                Average::Mean => powers[0] / self.pieces as f64,
                Average::Median => median(powers) / median_bias(self.pieces),
            };
            let alone = q == 0 || (self.fft.has_nyquist() && q == lines - 1);
            *out = T::narrow(average / self.gain * if alone { 1.0 } else { 2.0 });
        }
        Ok(())
    }
}

/// A piece less its trend, tapered.
struct Taper<'a, T> {
    samples: &'a [T],
    weights: &'a [f64],
    level: f64,
    slope: f64,
    output: &'a mut [T],
}

impl<T: Sample> WithSimd for Taper<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let n = self.output.len();
        let (samples, weights) = (&self.samples[..n], &self.weights[..n]);
        for i in 0..n {
            let trend = self.level + self.slope * i as f64;
            self.output[i] = T::narrow((samples[i].widen() - trend) * weights[i]);
        }
    }
}

/// Adds the powers of a piece's bins.
struct AddPowers<'a, T> {
    bins: &'a [Complex<T>],
    powers: &'a mut [f64],
}

impl<T: Sample> WithSimd for AddPowers<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let bins = &self.bins[..self.powers.len()];
        for q in 0..self.powers.len() {
            self.powers[q] += power(&bins[q]);
        }
    }
}

#[inline(always)]
fn power<T: Sample>(bin: &Complex<T>) -> f64 {
    let (re, im) = (bin.re.widen(), bin.im.widen());
    re * re + im * im
}

/// Median of at least one value; changes their order.
fn median(values: &mut [f64]) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let n = values.len();
    0.5 * (values[(n - 1) / 2] + values[n / 2])
}

/// Expected median of `n` exponentially distributed values of mean 1 (Allen et al. 2012, appendix B).
fn median_bias(n: usize) -> f64 {
    1.0 + (1..=(n - 1) / 2).map(|i| 2.0 * i as f64).map(|i| 1.0 / (i + 1.0) - 1.0 / i).sum::<f64>()
}
