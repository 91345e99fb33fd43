//! COMPATIBILITY: the transform that the package fCWT computes (version 0.1.18; Arts & van den Broek 2022, doi
//! 10.1038/s43588-021-00183-z), so that old figures can be compared.
//!
//! Its Morlet wavelet of bandwidth `b` is that of [`AnalyticWavelet`](super::AnalyticWavelet) with `w0 = 2πb`; its
//! default 2 is `w0 = 4π`. What differs: the gain for a cosine of amplitude 1 is `sqrt(2π)·0.75112554446/2 = 0.9414`;
//! zeros are added up to a power of two; the wavelet is read from a table at the index below, so it is wrong by up to
//! one entry; bins from `4·floor(min(N/2, 2N/s)/4)` on are not computed, and what the rows before left in them stays,
//! which shows at low frequencies of short records. fCWT knows f32 only.

use num_complex::Complex;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result, check_len};
use crate::sample::Sample;
use crate::scratch::Scratch;
use crate::units::Hertz;
use crate::wavelet::cwt::check_size;
use crate::wavelet::extension::{CwtBoundary, Extension, LONGEST};
use crate::wavelet::output::Whole;
use crate::wavelet::rows::Rows;

/// How fCWT spaces its rows. All run from high to low frequency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FcwtScaling {
    /// Equal ratios, both ends included (`log`).
    #[default]
    Log,
    /// Equal differences of frequency, without the upper end (`lin`).
    LinearFrequency,
    /// Equal differences of scale, without the lower end.
    LinearScale,
}

/// Parameters of fCWT's transform.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FcwtParams {
    /// Bandwidth of its Morlet wavelet. 2 unless said.
    pub bandwidth: f64,
    /// Lowest frequency. 60 Hz unless said.
    pub lowest: Hertz,
    /// Highest frequency. 5500 Hz unless said.
    pub highest: Hertz,
    /// Rows. 64 unless said.
    pub count: usize,
    /// Spacing. `Log` unless said.
    pub scaling: FcwtScaling,
}

impl Default for FcwtParams {
    fn default() -> Self {
        Self {
            bandwidth: 2.0,
            lowest: Hertz(60.0),
            highest: Hertz(5500.0),
            count: 64,
            scaling: FcwtScaling::Log,
        }
    }
}

impl FcwtParams {
    /// A plan for `len` samples at `rate`.
    ///
    /// # Errors
    /// [`Error::Frequency`] when the rate is not a finite number above 0; [`Error::Parameter`] when a parameter lies
    /// outside its range: 2 to 65,536 rows, `0 < lowest < highest <= rate/2`, bandwidth above 0 and at most 100.
    pub fn plan<T: Sample>(&self, rate: Hertz, len: usize) -> Result<FcwtPlan<T>> {
        Error::check_rate(rate)?;
        let refuse =
            |parameter, value: String, reason: &str| Err(Error::parameter("fCWT", parameter, value, reason));
        let Self { bandwidth, lowest, highest, count, scaling } = *self;
        if !(2..=1 << 16).contains(&count) {
            return refuse("count", count.to_string(), "2 to 65536 rows are made");
        }
        if !(bandwidth > 0.0 && bandwidth <= 100.0) {
            return refuse("bandwidth", bandwidth.to_string(), "it has to lie above 0 and at most at 100");
        }
        if !(lowest.is_positive() && lowest < highest && highest.0 <= rate.0 / 2.0) {
            let reason = format!(
                "they have to rise and lie above 0 and at most at half the rate, {} Hz",
                rate.0 / 2.0
            );
            return refuse("frequencies", format!("{lowest} to {highest}"), &reason);
        }
        if !(1..=LONGEST).contains(&len) {
            return refuse("length", len.to_string(), "1 to 2^26 samples are transformed at once");
        }
        check_size(count, len)?;
        let (first, last) = (rate.0 / highest.0, rate.0 / lowest.0);
        let scale = |i: usize| match scaling {
            FcwtScaling::Log => (first.ln() + (last.ln() - first.ln()) * i as f64 / (count - 1) as f64).exp(),
            FcwtScaling::LinearScale => first + (last - first) * i as f64 / count as f64,
            FcwtScaling::LinearFrequency => {
                rate.0 / (lowest.0 + (highest.0 - lowest.0) * (count - 1 - i) as f64 / count as f64)
            }
        };
        let total = len.next_power_of_two();
        let frequencies = (0..count).map(|i| Hertz(rate.0 / scale(i))).collect();
        let peak = std::f64::consts::TAU.sqrt() * 0.751_125_544_46;
        let entry = move |index: usize| {
            let w = std::f64::consts::TAU * bandwidth * (2.0 * index as f64 / total as f64 - 1.0);
            peak * (-0.5 * w * w).exp()
        };
        // Its scales and steps are f32, which decides some of the indices.
        let halves: Vec<f32> = (0..count).map(|i| scale(i) as f32 / 2.0).collect();
        let end_of = |i: usize| (total as f64 / 2.0).min(2.0 * total as f64 / scale(i)) as usize / 4 * 4;
        let ends: Vec<usize> = (0..count).map(end_of).collect();
        let row = |i: usize, _| {
            let (halves, ends) = (&halves[..=i], &ends[..=i]);
            let at = move |k: usize| {
                let last = ends.iter().rposition(|end| *end > k);
                last.map_or(0.0, |j| entry(((halves[j] * k as f32) as usize).min(total - 1)))
            };
            let negligible = peak * if T::LINE == 16 { 1e-9 } else { 1e-17 };
            let start = (0..ends[0]).find(|k| at(*k) > negligible).unwrap_or(0);
            let behind = (start..ends[0]).rev().find(|k| at(*k) > negligible).map_or(start, |k| k + 1);
            (start..behind, at)
        };
        let extension = Extension::fixed(CwtBoundary::Zero, len, total, 0);
        Ok(FcwtPlan { len, rows: Rows::of_spectra(extension, frequencies, rate, 1, row)? })
    }
}

/// fCWT's transform of records of one length: a row-major array of `rows() × len()`, high to low frequency.
#[derive(Debug, Clone)]
pub struct FcwtPlan<T: Sample> {
    len: usize,
    rows: Rows<T>,
}

impl<T: Sample> FcwtPlan<T> {
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

    /// The transform of `input` (`len` samples) in `output` ([`output_len`](Self::output_len)).
    ///
    /// # Errors
    /// [`Error::Length`] when a slice has another length; [`Error::Parameter`] when a sample is not finite.
    pub fn process(&self, input: &[T], output: &mut [Complex<T>], scratch: &mut Scratch<T>) -> Result<()> {
        check_len("input of fCWT's transform", self.len, input.len())?;
        check_len("output of fCWT's transform", self.output_len(), output.len())?;
        let (gain, _) = self.rows.prepare(input, &mut scratch.wavelet)?;
        self.rows.run::<Whole>(output, self.len, gain, &mut scratch.wavelet);
        Ok(())
    }
}
