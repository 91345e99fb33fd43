//! COMPATIBILITY: the transform that the package ssqueezepy computes (`cwt` of version 0.6.6; Muradeli 2020, doi
//! 10.5281/zenodo.5080508), so that old figures can be compared.
//!
//! It is `IFFT(X ψ̂(s·w))` with these differences: the wavelet is halved at the Nyquist bin of an even length; its
//! Morlet wavelet has the correction for zero mean and the gain 0.9414 (`π^{1/4}·sqrt(2)/2`) for a cosine of amplitude
//! 1, its generalised Morse wavelet 1; the default is `β = 60`; records are mirrored or filled with zeros to
//! `2^{1 + round(log2 len)}` samples, the record in the middle; it computes in f32 unless told. The Morlet wavelet's
//! negative frequencies, below 3e-8 of the peak for `μ >= 6`, are left out here.

use num_complex::Complex;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result, check_len};
use crate::sample::Sample;
use crate::scratch::Scratch;
use crate::units::Hertz;
use crate::wavelet::analytic_wavelet::AnalyticWavelet;
use crate::wavelet::cwt::check_size;
use crate::wavelet::extension::{CwtBoundary, Extension, LONGEST};
use crate::wavelet::output::Whole;
use crate::wavelet::rows::Rows;

/// ssqueezepy's wavelets.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum SsqueezepyWavelet {
    /// Generalised Morse, `gmw`.
    Gmw {
        /// Symmetry; 3 there.
        gamma: f64,
        /// Decay; 60 there.
        beta: f64,
    },
    /// Morlet with the correction for zero mean, `morlet`.
    Morlet {
        /// Centre in radians; 13.4 there.
        mu: f64,
    },
}

/// Parameters of ssqueezepy's transform.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SsqueezepyCwtParams {
    /// The wavelet. `gmw` with 3 and 60 unless said.
    pub wavelet: SsqueezepyWavelet,
    /// Scales in samples, in the order of the rows. To be given.
    pub scales: Vec<f64>,
    /// `padtype`: `periodic` is `None` there. Mirrored unless said.
    pub padding: CwtBoundary,
    /// `l1_norm`. True unless said; else rows are multiplied by `sqrt(s)`.
    pub l1_norm: bool,
}

impl Default for SsqueezepyCwtParams {
    fn default() -> Self {
        Self {
            wavelet: SsqueezepyWavelet::Gmw { gamma: 3.0, beta: 60.0 },
            scales: Vec::new(),
            padding: CwtBoundary::Reflect,
            l1_norm: true,
        }
    }
}

impl SsqueezepyCwtParams {
    /// A plan for `len` samples.
    ///
    /// # Errors
    /// [`Error::Parameter`] when there is no scale or more than 65,536, one is not a finite number above 0, a
    /// parameter of the wavelet lies outside its range, or `len` is 0 or above 2²⁶ (2²⁴ when extended).
    pub fn plan<T: Sample>(&self, len: usize) -> Result<SsqueezepyCwtPlan<T>> {
        let refuse = |parameter, value: String, reason: &str| {
            Err(Error::parameter("ssqueezepy's cwt", parameter, value, reason))
        };
        if self.scales.is_empty() || self.scales.len() > 1 << 16 {
            return refuse("scales", self.scales.len().to_string(), "1 to 65536 are needed");
        }
        if let Some(wrong) = self.scales.iter().find(|s| !(s.is_finite() && **s > 0.0)) {
            return refuse("scale", wrong.to_string(), "it has to be a finite number above 0");
        }
        let extended = self.padding != CwtBoundary::Periodic;
        if !(1..=if extended { LONGEST / 4 } else { LONGEST }).contains(&len) {
            return refuse(
                "length",
                len.to_string(),
                "1 to 2^26 samples are transformed at once, 2^24 if extended",
            );
        }
        check_size(self.scales.len(), len)?;
        let total = if extended { 1 << (1 + (len as f64).log2().round_ties_even() as usize) } else { len };
        let before = total - len - (total - len) / 2;
        let morse = match self.wavelet {
            SsqueezepyWavelet::Gmw { gamma, beta } => AnalyticWavelet::Morse { gamma, beta },
            SsqueezepyWavelet::Morlet { mu } => AnalyticWavelet::Morlet { w0: mu },
        };
        morse.check()?;
        let value = move |w: f64| match self.wavelet {
            SsqueezepyWavelet::Gmw { .. } => morse.spectrum(w),
            SsqueezepyWavelet::Morlet { mu } => {
                let unit = (1.0 + (-mu * mu).exp() - 2.0 * (-0.75 * mu * mu).exp()).sqrt();
                let gain = std::f64::consts::SQRT_2 * std::f64::consts::PI.powf(0.25) / unit;
                gain * ((-0.5 * (w - mu) * (w - mu)).exp() - (-0.5 * (mu * mu + w * w)).exp())
            }
        };
        // The rows carry their scales where other transforms carry frequencies: 1 at scale 1.
        let row = |_, inverse: Hertz| {
            let scale = 1.0 / inverse.0;
            let factor = if self.l1_norm { 1.0 } else { scale.sqrt() };
            let at = move |k: usize| {
                let nyquist = if 2 * k == total { 0.5 } else { 1.0 };
                nyquist * factor * value(scale * std::f64::consts::TAU * k as f64 / total as f64)
            };
            let negligible = factor * if T::LINE == 16 { 1e-9 } else { 1e-17 };
            let end = total / 2 + 1;
            let start = (0..end).find(|k| at(*k).abs() > negligible).unwrap_or(end);
            let behind = (start..end).rev().find(|k| at(*k).abs() > negligible).map_or(start, |k| k + 1);
            (start..behind, at)
        };
        let inverses = self.scales.iter().map(|s| Hertz(1.0 / s)).collect();
        let extension = Extension::fixed(self.padding, len, total, before);
        Ok(SsqueezepyCwtPlan { len, rows: Rows::of_spectra(extension, inverses, Hertz(1.0), 1, row)? })
    }
}

/// ssqueezepy's transform of records of one length: a row-major array of `rows() × len()`, one row a scale.
#[derive(Debug, Clone)]
pub struct SsqueezepyCwtPlan<T: Sample> {
    len: usize,
    rows: Rows<T>,
}

impl<T: Sample> SsqueezepyCwtPlan<T> {
    /// Samples of the record, and values in a row.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "a plan is never empty")]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Rows: scales.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows.frequencies().len()
    }

    /// Numbers in a transform: `rows() × len()`.
    #[must_use]
    pub fn output_len(&self) -> usize {
        self.rows() * self.len
    }

    /// The transform of `input` (`len` samples) in `output` ([`output_len`](Self::output_len)).
    ///
    /// # Errors
    /// [`Error::Length`] when a slice has another length; [`Error::Parameter`] when a sample is not finite.
    pub fn process(&self, input: &[T], output: &mut [Complex<T>], scratch: &mut Scratch<T>) -> Result<()> {
        check_len("input of ssqueezepy's transform", self.len, input.len())?;
        check_len("output of ssqueezepy's transform", self.output_len(), output.len())?;
        let (gain, _) = self.rows.prepare(input, &mut scratch.wavelet)?;
        self.rows.run::<Whole>(output, self.len, gain, &mut scratch.wavelet);
        Ok(())
    }
}
