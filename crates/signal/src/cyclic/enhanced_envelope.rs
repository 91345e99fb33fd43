//! The enhanced envelope spectrum: coherence summed over carriers.
//!
//! ```text
//! EES(α) = mean over the carriers of a band of |γ(α, f)|²       (or of |γ(α, f)|)
//! ```
//! Like the squared envelope spectrum it shows modulation, but every carrier counts by the share of its power that
//! repeats, not by its power: a weak band with a clear train outweighs a strong one without (Antoni, Xin and
//! Hamzaoui 2017, doi 10.1016/j.ymssp.2017.01.011). Over a chosen band it is called the improved envelope spectrum.
//!
//! Traps: those of the coherence; noise has a floor of its chance level, not 0; the mean over many carriers of a
//! narrow-band fault is small, so choose a band ([`IesfogramParams`](crate::cyclic::IesfogramParams)).

use std::ops::Range;

use num_complex::Complex;
use serde::{Deserialize, Serialize};

use crate::cyclic::fast_spectral_correlation::FastSpectralCorrelationParams;
use crate::cyclic::rows::CarrierRows;
use crate::error::{Error, Result, check_len};
use crate::sample::Sample;
use crate::scratch::{Scratch, first};
use crate::units::Hertz;

const NAME: &str = "enhanced envelope spectrum";

/// What is averaged over the carriers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EnhancedMeasure {
    /// `|γ|²`.
    #[default]
    SquaredMagnitude,
    /// `|γ|`.
    Magnitude,
}

/// Parameters of an enhanced envelope spectrum.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EnhancedEnvelopeParams {
    /// How coherence is estimated.
    pub coherence: FastSpectralCorrelationParams,
    /// Lowest and highest carrier, both included. All unless said.
    pub band: Option<(Hertz, Hertz)>,
    /// What is averaged. The squared magnitude unless said.
    pub measure: EnhancedMeasure,
}

impl EnhancedEnvelopeParams {
    /// A plan for `len` samples at `rate`.
    ///
    /// # Errors
    /// As [`FastSpectralCorrelationParams::plan`]; [`Error::Parameter`] when the band holds no carrier.
    pub fn plan<T: Sample>(&self, rate: Hertz, len: usize) -> Result<EnhancedEnvelopePlan<T>> {
        let rows = self.coherence.rows::<T>(rate, len)?;
        let carriers = match self.band {
            None => 0..rows.bins(),
            Some((low, high)) => {
                let inside = |k: &usize| (low.0..=high.0).contains(&rows.frequency(*k).0);
                let start = (0..rows.bins()).find(inside);
                let end = (0..rows.bins()).rfind(inside);
                let (Some(start), Some(end)) = (start, end) else {
                    let reason = format!(
                        "no carrier lies in it: they lie {} apart from 0 Hz to half the rate",
                        rows.frequency(1)
                    );
                    return Err(Error::parameter(NAME, "band", format!("{low} to {high}"), &reason));
                };
                start..end + 1
            }
        };
        Ok(EnhancedEnvelopePlan { rows, carriers, measure: self.measure })
    }
}

/// Enhanced envelope spectra of records of one length. No map is stored.
#[derive(Debug, Clone)]
pub struct EnhancedEnvelopePlan<T: Sample> {
    rows: CarrierRows<T>,
    carriers: Range<usize>,
    measure: EnhancedMeasure,
}

impl<T: Sample> EnhancedEnvelopePlan<T> {
    /// Samples of the record.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "a plan is never empty")]
    pub fn len(&self) -> usize {
        self.rows.len
    }

    /// Lines of the spectrum.
    #[must_use]
    pub fn spectrum_len(&self) -> usize {
        self.rows.lines
    }

    /// Cyclic frequency of line `line`.
    #[must_use]
    pub fn cyclic_frequency(&self, line: usize) -> Hertz {
        self.rows.cyclic_frequency(line)
    }

    /// The expectation of `|γ|²` at cyclic frequency `alpha` in noise in which nothing repeats.
    #[must_use]
    pub fn chance_level(&self, alpha: Hertz) -> f64 {
        self.rows.chance(alpha)
    }

    /// The enhanced envelope spectrum of `input` (`len` samples) in `output`
    /// ([`spectrum_len`](Self::spectrum_len) lines): no unit, about 1 in line 0.
    ///
    /// # Errors
    /// [`Error::Length`] when a slice has another length; [`Error::Parameter`] when a sample is not finite.
    pub fn process(&self, input: &[T], output: &mut [T], scratch: &mut Scratch<T>) -> Result<()> {
        check_len("output of the enhanced envelope spectrum", self.spectrum_len(), output.len())?;
        let mut lines = std::mem::take(&mut scratch.cyclic.lines);
        let sums = first(&mut lines, self.spectrum_len());
        sums.fill(0.0);
        let result = self.rows.process(input, true, scratch, |k, row| {
            if !self.carriers.contains(&k) {
                return;
            }
            for (sum, value) in sums.iter_mut().zip(row) {
                let square = value.norm_sqr();
                *sum += match self.measure {
                    EnhancedMeasure::SquaredMagnitude => square,
                    EnhancedMeasure::Magnitude => square.sqrt(),
                };
            }
        });
        for (line, sum) in output.iter_mut().zip(&*sums) {
            *line = T::narrow(*sum / self.carriers.len() as f64);
        }
        scratch.cyclic.lines = lines;
        result
    }
}

/// The enhanced envelope spectrum of a coherence that is there already, row-major with `bins` carriers in a row: one
/// value in `output` a row, the mean over `carriers`.
///
/// # Errors
/// [`Error::Parameter`] when `carriers` is empty or reaches beyond `bins`; [`Error::Length`] when `coherence` is not
/// `output.len() × bins` long.
pub fn enhanced_envelope_spectrum<T: Sample>(
    coherence: &[Complex<T>],
    bins: usize,
    carriers: Range<usize>,
    measure: EnhancedMeasure,
    output: &mut [T],
) -> Result<()> {
    if carriers.is_empty() || carriers.end > bins {
        let reason = format!("at least one carrier and at most those from 0 to {bins} are averaged");
        return Err(Error::parameter(NAME, "carriers", format!("{carriers:?}"), &reason));
    }
    check_len("coherence", output.len().saturating_mul(bins), coherence.len())?;
    for (line, row) in output.iter_mut().zip(coherence.chunks_exact(bins)) {
        let of = |value: &Complex<T>| {
            let square = value.re.widen().powi(2) + value.im.widen().powi(2);
            match measure {
                EnhancedMeasure::SquaredMagnitude => square,
                EnhancedMeasure::Magnitude => square.sqrt(),
            }
        };
        *line = T::narrow(row[carriers.clone()].iter().map(of).sum::<f64>() / carriers.len() as f64);
    }
    Ok(())
}
