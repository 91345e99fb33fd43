//! The continuous wavelet transform at every sample.
//!
//! `W[s, n] = IFFT(X[k] ψ̂(s·w_k))[n]` with `w_k = 2πk/N` the frequency of bin `k` in radians per sample and `s` the
//! scale, `s = w_peak·rate/(2πf)` for a row of frequency `f`; `ψ̂` real, without negative frequencies and with the
//! peak 2 ([`AnalyticWavelet`]). See Mallat, A Wavelet Tour of Signal Processing, chapter 4.
//!
//! Traps: the record is taken as one period unless an extension is asked for. Packages differ in gain and bandwidth:
//! fCWT and ssqueezepy's Morlet give 0.94 where this gives 1, PyWavelets' gain grows with the scale; they are here
//! under their own names ([`FcwtParams`](super::FcwtParams), [`SsqueezepyCwtParams`](super::SsqueezepyCwtParams),
//! [`PyWaveletsCwtParams`](super::PyWaveletsCwtParams)).

use num_complex::Complex;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result, check_len};
use crate::sample::Sample;
use crate::scratch::Scratch;
use crate::units::{Hertz, Seconds};
use crate::wavelet::analytic_wavelet::AnalyticWavelet;
use crate::wavelet::extension::CwtBoundary;
use crate::wavelet::frequencies::CwtFrequencies;
use crate::wavelet::output::{Magnitude, Output, Power, Whole};
use crate::wavelet::rows::{CwtNormalisation, Rows};

/// Most numbers in one transform.
pub(crate) const MOST_NUMBERS: usize = 1 << 30;

/// Parameters of a continuous wavelet transform.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CwtParams {
    /// The wavelet. Morlet with `w0 = 6` unless said.
    pub wavelet: AnalyticWavelet,
    /// The rows. 64 from 0.45 down to 0.005 of the sampling rate in equal ratios unless said.
    pub frequencies: CwtFrequencies,
    /// How rows compare. L1 unless said: a cosine of amplitude 1 gives 1.
    pub normalisation: CwtNormalisation,
    /// What lies beyond the ends of the record. The record itself, periodically, unless said. An extension is six
    /// standard deviations of the longest wavelet long, at most twice the record and 64 samples.
    pub boundary: CwtBoundary,
}

impl CwtParams {
    /// A plan for `len` samples at `rate`.
    ///
    /// # Errors
    /// [`Error::Frequency`] when the rate is not a finite number above 0. [`Error::Parameter`] when `len` is 0 or
    /// above 2²⁶ (2²³ with an extension), the wavelet's parameters or the frequencies lie outside their range, or
    /// the transform would hold more than 2³⁰ numbers.
    pub fn plan<T: Sample>(&self, rate: Hertz, len: usize) -> Result<CwtPlan<T>> {
        Error::check_rate(rate)?;
        let frequencies = self.frequencies.rows(rate)?;
        check_size(frequencies.len(), len)?;
        let rows = Rows::new(self.wavelet, self.normalisation, frequencies, rate, (self.boundary, len), 1)?;
        Ok(CwtPlan { rate, len, rows })
    }
}

pub(crate) fn check_size(rows: usize, columns: usize) -> Result<()> {
    if rows.saturating_mul(columns) <= MOST_NUMBERS {
        return Ok(());
    }
    let value = format!("{rows} rows of {columns}");
    let reason = "a transform holds at most 2^30 numbers: take fewer rows or shorter records";
    Err(Error::parameter("continuous wavelet transform", "size", value, reason))
}

/// The continuous wavelet transform of records of one length.
///
/// A transform is a row-major array of `rows() × len()`: `W[s, n]` lies at `s·len() + n`; row 0 is the highest
/// frequency unless the frequencies were listed otherwise. [`magnitude`](Self::magnitude) and
/// [`power`](Self::power) never store the complex values. For a picture of few columns
/// [`CwtImageParams`](super::CwtImageParams) is far quicker.
///
/// A wavelet counts only where it is not below 1e-9 (`f32`) or 1e-17 (`f64`) of its peak: the error is at most that
/// times the sum of `2|X|/len` over the bins left out. Every length is exact, but lengths with small prime factors are
/// fastest: on one core of an AMD Zen 5 with AVX-512, 64 rows from 5500 to 60 Hz at 12 kHz took 63 µs
/// for 2048 samples in `f32`, 129 µs in `f64`, and 570 µs for 2039, a prime; time grows in proportion to the rows, and
/// with the length a little faster than in proportion. With zeros or a mirrored record beyond the ends the length is
/// raised to a fast one.
///
/// ```
/// use brinell_signal::{Hertz, Scratch, wavelet::{CwtFrequencies, CwtParams}};
/// let record: Vec<f64> = (0..1200).map(|n| (std::f64::consts::TAU * n as f64 / 12.0).cos()).collect();
/// let frequencies = CwtFrequencies::geometric(Hertz(250.0), Hertz(4000.0), 3);
/// let plan = CwtParams { frequencies, ..Default::default() }.plan(Hertz(12_000.0), 1200)?;
/// let mut magnitude = vec![0.0; plan.output_len()];
/// plan.magnitude(&record, &mut magnitude, &mut Scratch::new())?;
/// assert!((plan.frequency(1).0 - 1000.0).abs() < 1e-9 && (magnitude[1200 + 600] - 1.0).abs() < 1e-12);
/// # Ok::<(), brinell_signal::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct CwtPlan<T: Sample> {
    rate: Hertz,
    len: usize,
    rows: Rows<T>,
}

impl<T: Sample> CwtPlan<T> {
    /// Samples of the record, and values in a row.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "a plan is never empty")]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Rows: frequencies.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows.frequencies().len()
    }

    /// Numbers in a transform: `rows() × len()`.
    #[must_use]
    pub fn output_len(&self) -> usize {
        self.rows() * self.len
    }

    /// Frequency of row `row`.
    #[must_use]
    pub fn frequency(&self, row: usize) -> Hertz {
        self.rows.frequencies()[row]
    }

    /// Time of column `column`, counted from the record's first sample.
    #[must_use]
    pub fn time(&self, column: usize) -> Seconds {
        Seconds(column as f64 / self.rate.0)
    }

    /// The transform of `input` (`len` samples) in `output` ([`output_len`](Self::output_len)), in the input's unit
    /// for L1.
    ///
    /// # Errors
    /// [`Error::Length`] when a slice has another length; [`Error::Parameter`] when a sample is not finite.
    pub fn process(&self, input: &[T], output: &mut [Complex<T>], scratch: &mut Scratch<T>) -> Result<()> {
        self.run::<Whole>(input, output, scratch)
    }

    /// `|W|` of `input` (`len` samples) in `output` ([`output_len`](Self::output_len)).
    ///
    /// # Errors
    /// As [`process`](Self::process).
    pub fn magnitude(&self, input: &[T], output: &mut [T], scratch: &mut Scratch<T>) -> Result<()> {
        self.run::<Magnitude>(input, output, scratch)
    }

    /// `|W|²` of `input` (`len` samples) in `output` ([`output_len`](Self::output_len)); infinite where a square is
    /// beyond the number type.
    ///
    /// # Errors
    /// As [`process`](Self::process).
    pub fn power(&self, input: &[T], output: &mut [T], scratch: &mut Scratch<T>) -> Result<()> {
        self.run::<Power>(input, output, scratch)
    }

    fn run<O: Output<T>>(&self, input: &[T], output: &mut [O::Item], scratch: &mut Scratch<T>) -> Result<()> {
        check_len("input of the continuous wavelet transform", self.len, input.len())?;
        check_len("output of the continuous wavelet transform", self.output_len(), output.len())?;
        let (gain, _) = self.rows.prepare(input, &mut scratch.wavelet)?;
        self.rows.run::<O>(output, self.len, gain, &mut scratch.wavelet);
        Ok(())
    }
}
