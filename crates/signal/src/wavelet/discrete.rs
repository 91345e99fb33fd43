//! The discrete wavelet transform: a record as one approximation and details of octave bands.
//!
//! Each level splits what is left below into its lower and upper half band ([`filter_bank`](super::filter_bank)'s
//! equations) and halves the rate, so level `j` holds `rate/2^(j+1)` to `rate/2^j` (Mallat 1989, doi
//! 10.1109/34.192463). Coefficients, their number and their signs are those of PyWavelets' `wavedec` with modes
//! `symmetric` and `periodization`.
//!
//! Traps. The transform is not shift-invariant: a record delayed by one sample has other coefficients, and the
//! energy of an impact wanders between neighbours. The half bands overlap: a tone near an edge stands in both.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result, check_len};
use crate::sample::Sample;
use crate::scratch::{Scratch, first};
use crate::units::Hertz;
use crate::wavelet::daubechies::OrthogonalWavelet;
use crate::wavelet::filter_bank::{Boundary, FilterBank};

/// Longest record.
const LONGEST: usize = 1 << 28;

/// Parameters of a discrete wavelet transform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DiscreteWaveletParams {
    /// The wavelet. `db4` unless said.
    pub wavelet: OrthogonalWavelet,
    /// How the record goes on beyond its ends. Mirrored unless said.
    pub boundary: Boundary,
    /// Levels, 1 to 28. 3 unless said.
    pub levels: usize,
}

impl Default for DiscreteWaveletParams {
    fn default() -> Self {
        Self { wavelet: OrthogonalWavelet::default(), boundary: Boundary::Symmetric, levels: 3 }
    }
}

impl DiscreteWaveletParams {
    /// A plan for `len` samples at `rate`.
    ///
    /// # Errors
    /// [`Error::Frequency`] when the rate is not a finite number above 0; [`Error::Parameter`] when `len` is 0 or
    /// above 2²⁸, there is no such wavelet, or the levels are not 1 to 28.
    pub fn plan<T: Sample>(&self, rate: Hertz, len: usize) -> Result<DiscreteWaveletPlan<T>> {
        let refuse = |parameter, value: usize, reason: &str| {
            Err(Error::parameter("discrete wavelet transform", parameter, value, reason))
        };
        Error::check_rate(rate)?;
        if !(1..=LONGEST).contains(&len) {
            return refuse("length", len, "a record has 1 to 2^28 samples");
        }
        if !(1..=28).contains(&self.levels) {
            return refuse("levels", self.levels, "it has to be 1 to 28, such as 3");
        }
        let bank = FilterBank::new(self.wavelet, self.boundary)?;
        let mut lengths = vec![len];
        for level in 0..self.levels {
            lengths.push(bank.halved(lengths[level]));
        }
        Ok(DiscreteWaveletPlan { rate, lengths, bank })
    }
}

/// The discrete wavelet transform of records of one length, and its inverse.
///
/// A transform is one array `[approximation, coarsest detail, ..., finest detail]`; [`range`](Self::range) says
/// where a band lies, band 0 being the approximation.
///
/// ```
/// use brinell_signal::{Hertz, Scratch, wavelet::DiscreteWaveletParams};
/// let record: Vec<f64> = (0..100).map(|n| (n as f64 * 0.1).sin()).collect();
/// let plan = DiscreteWaveletParams::default().plan(Hertz(1000.0), 100)?;
/// let (mut bands, mut back) = (vec![0.0; plan.output_len()], vec![0.0; 100]);
/// let mut scratch = Scratch::new();
/// plan.process(&record, &mut bands, &mut scratch)?;
/// plan.inverse(&bands, &mut back, &mut scratch)?;
/// assert!(record.iter().zip(&back).all(|(a, b)| (a - b).abs() < 1e-12));
/// # Ok::<(), brinell_signal::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct DiscreteWaveletPlan<T: Sample> {
    rate: Hertz,
    /// Length of the record, and of the approximation of every level.
    lengths: Vec<usize>,
    bank: FilterBank<T>,
}

impl<T: Sample> DiscreteWaveletPlan<T> {
    /// Samples of the record.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "a plan is never empty")]
    pub fn len(&self) -> usize {
        self.lengths[0]
    }

    /// Levels.
    #[must_use]
    pub fn levels(&self) -> usize {
        self.lengths.len() - 1
    }

    /// Bands: one more than levels.
    #[must_use]
    pub fn bands(&self) -> usize {
        self.lengths.len()
    }

    /// Numbers in a transform.
    #[must_use]
    pub fn output_len(&self) -> usize {
        self.lengths[1..].iter().sum::<usize>() + self.lengths[self.levels()]
    }

    /// Where band `band` lies in a transform: 0 is the approximation, 1 the coarsest detail, the last one the
    /// finest. Empty at the end for a band that does not exist.
    #[must_use]
    pub fn range(&self, band: usize) -> Range<usize> {
        let levels = self.levels();
        let length = |band: usize| match band {
            0 => self.lengths[levels],
            _ => self
                .lengths
                .get((levels + 1).wrapping_sub(band))
                .copied()
                .filter(|_| band <= levels)
                .unwrap_or(0),
        };
        let start: usize = (0..band.min(levels + 1)).map(length).sum();
        start..start + length(band)
    }

    /// The frequencies that band `band` holds, lowest and highest.
    #[must_use]
    pub fn edges(&self, band: usize) -> (Hertz, Hertz) {
        let levels = self.levels();
        let octave = |level: usize| Hertz(self.rate.0 / 2.0_f64.powi(level as i32 + 1));
        match band {
            0 => (Hertz(0.0), octave(levels)),
            _ => {
                let level = (levels + 1).saturating_sub(band);
                (octave(level), octave(level.saturating_sub(1)))
            }
        }
    }

    /// The transform of `input` (`len` samples) in `output` ([`output_len`](Self::output_len)).
    ///
    /// # Errors
    /// [`Error::Length`] when a slice has another length.
    pub fn process(&self, input: &[T], output: &mut [T], scratch: &mut Scratch<T>) -> Result<()> {
        check_len("input of the discrete wavelet transform", self.len(), input.len())?;
        check_len("output of the discrete wavelet transform", self.output_len(), output.len())?;
        let memory = &mut scratch.filter_bank;
        let [mut now, mut next] = std::mem::take(&mut memory.levels);
        first(&mut now, self.len()).copy_from_slice(input);
        for level in 1..=self.levels() {
            let (len, half) = (self.lengths[level - 1], self.lengths[level]);
            let detail = &mut output[self.range(self.levels() + 1 - level)];
            self.bank.split(&now[..len], first(&mut next, half), detail, memory);
            std::mem::swap(&mut now, &mut next);
        }
        let approximation = self.range(0);
        output[approximation.clone()].copy_from_slice(&now[..approximation.len()]);
        memory.levels = [now, next];
        Ok(())
    }

    /// The record whose transform is `input` ([`output_len`](Self::output_len)) in `output` (`len` samples). Bands
    /// can be set to 0 before.
    ///
    /// # Errors
    /// [`Error::Length`] when a slice has another length.
    pub fn inverse(&self, input: &[T], output: &mut [T], scratch: &mut Scratch<T>) -> Result<()> {
        check_len("input of the inverse discrete wavelet transform", self.output_len(), input.len())?;
        check_len("output of the inverse discrete wavelet transform", self.len(), output.len())?;
        let memory = &mut scratch.filter_bank;
        let [mut now, mut next] = std::mem::take(&mut memory.levels);
        let approximation = &input[self.range(0)];
        first(&mut now, approximation.len()).copy_from_slice(approximation);
        for level in (1..=self.levels()).rev() {
            let (len, half) = (self.lengths[level - 1], self.lengths[level]);
            let detail = &input[self.range(self.levels() + 1 - level)];
            self.bank.join(&now[..half], detail, first(&mut next, len), memory);
            std::mem::swap(&mut now, &mut next);
        }
        output.copy_from_slice(&now[..self.len()]);
        memory.levels = [now, next];
        Ok(())
    }

    /// Energy `Σc²` of each band of the transform `input` in `output` ([`bands`](Self::bands)), summed in f64.
    ///
    /// With periodization and a length that `2^levels` divides, they add up to the record's `Σx²`.
    ///
    /// # Errors
    /// [`Error::Length`] when a slice has another length.
    pub fn energies(&self, input: &[T], output: &mut [f64]) -> Result<()> {
        check_len("bands of the discrete wavelet transform", self.output_len(), input.len())?;
        check_len("energies of the discrete wavelet transform", self.bands(), output.len())?;
        for (band, energy) in output.iter_mut().enumerate() {
            *energy = energy_of(&input[self.range(band)]);
        }
        Ok(())
    }
}

/// Sum of squares in f64.
pub(crate) fn energy_of<T: Sample>(values: &[T]) -> f64 {
    values.iter().map(|v| v.widen() * v.widen()).sum()
}
