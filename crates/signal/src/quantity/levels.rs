//! Overall values and band levels: how large a record is, in stated bands.
//!
//! By Parseval's theorem the squared RMS values of bands that cover 0 Hz to half the rate without gaps add up to
//! the mean square of the record. No taper: one would weigh the middle of the record more.
//!
//! RMS, peak and peak to peak within a band are the overall values of ISO 20816-1, where 10 to 1000 Hz is the usual band
//! of velocity.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result, check_finite, check_len};
use crate::fourier::fft::RealFft;
use crate::quantity::band_bins::BandBins;
use crate::sample::Sample;
use crate::scratch::{Scratch, first};
use crate::separation::level::{back, in_range};
use crate::units::Hertz;

use num_complex::Complex;

/// Parameters of the levels of some bands.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BandLevelsParams {
    /// Bands as `[low, high]`: low belongs to a band, high does not, unless it is half the rate. None unless
    /// said. They may overlap and leave gaps.
    pub bands: Vec<[Hertz; 2]>,
}

impl BandLevelsParams {
    /// `count` bands of equal width from 0 Hz to half of `rate`.
    #[must_use]
    pub fn equal(rate: Hertz, count: usize) -> Self {
        let edge = |i: usize| Hertz(rate.0 / 2.0 * i as f64 / count as f64);
        Self { bands: (0..count).map(|i| [edge(i), edge(i + 1)]).collect() }
    }

    /// A plan for `len` samples at `rate`.
    ///
    /// # Errors
    /// [`Error::Frequency`] when the rate is not a finite number above 0; [`Error::Parameter`] when `len` is 0,
    /// or a band does not rise, reaches beyond half the rate, or holds no bin of the record.
    pub fn plan<T: Sample>(&self, rate: Hertz, len: usize) -> Result<BandLevelsPlan<T>> {
        Error::check_rate(rate)?;
        let bands =
            self.bands.iter().map(|[low, high]| BandBins::half_open("band levels", rate, len, *low, *high));
        Ok(BandLevelsPlan { bands: bands.collect::<Result<_>>()?, fft: RealFft::new(len)? })
    }
}

/// Levels of bands for records of one length.
#[derive(Debug, Clone)]
pub struct BandLevelsPlan<T: Sample> {
    bands: Vec<BandBins>,
    fft: RealFft<T>,
}

impl<T: Sample> BandLevelsPlan<T> {
    /// Samples of the record.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "a plan is never empty")]
    pub fn len(&self) -> usize {
        self.fft.len()
    }

    /// Number of bands.
    #[must_use]
    pub fn output_len(&self) -> usize {
        self.bands.len()
    }

    /// The RMS value of each band of `input` (`len` samples) in `output` ([`output_len`](Self::output_len)), in
    /// the input's unit. The record's mean belongs to a band that begins at 0 Hz.
    ///
    /// # Errors
    /// [`Error::Length`] when a slice has another length; [`Error::Parameter`] when a sample is not finite.
    pub fn process(&self, input: &[T], output: &mut [T], scratch: &mut Scratch<T>) -> Result<()> {
        check_len("input of the band levels", self.len(), input.len())?;
        check_len("output of the band levels", self.output_len(), output.len())?;
        check_finite("band levels", input)?;
        let Scratch { record, spectrum, fft, scaled, .. } = scratch;
        let (samples, gain) = in_range(input, scaled);
        let record = first(record, self.len());
        record.copy_from_slice(samples);
        let spectrum = first(spectrum, self.fft.bins());
        self.fft.forward_consuming(record, spectrum, fft)?;
        for (level, band) in output.iter_mut().zip(&self.bands) {
            *level = T::narrow(band.mean_square(spectrum, self.fft.len()).sqrt());
        }
        back(output, gain);
        Ok(())
    }
}

/// The overall values of one band of a record.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Overall {
    /// Root mean square, in the unit of the samples.
    pub rms: f64,
    /// Largest absolute value, in the unit of the samples.
    pub peak: f64,
    /// Largest minus smallest value, in the unit of the samples.
    pub peak_to_peak: f64,
}

impl Overall {
    /// The overall values of samples as they are, not limited to a band. Zeros for no samples.
    #[must_use]
    pub fn of<T: Sample>(samples: &[T]) -> Self {
        let (mut squares, mut lowest, mut highest) = (0.0, f64::INFINITY, f64::NEG_INFINITY);
        for sample in samples {
            let x = sample.widen();
            squares += x * x;
            lowest = lowest.min(x);
            highest = highest.max(x);
        }
        if samples.is_empty() {
            return Self { rms: 0.0, peak: 0.0, peak_to_peak: 0.0 };
        }
        Self {
            rms: (squares / samples.len() as f64).sqrt(),
            peak: highest.abs().max(lowest.abs()),
            peak_to_peak: highest - lowest,
        }
    }
}

/// Parameters of the overall values of a band.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OverallParams {
    /// Lower end of the band, which belongs to it, as zero frequency never does. 10 Hz unless said.
    pub low: Hertz,
    /// Upper end of the band, which belongs to it. 1000 Hz unless said.
    pub high: Hertz,
}

impl Default for OverallParams {
    fn default() -> Self {
        Self { low: Hertz(10.0), high: Hertz(1000.0) }
    }
}

impl OverallParams {
    /// A plan for `len` samples at `rate`.
    ///
    /// # Errors
    /// [`Error::Frequency`] when the rate is not a finite number above 0; [`Error::Parameter`] when `len` is 0,
    /// or the band does not rise, reaches beyond half the rate, or holds no bin of the record.
    pub fn plan<T: Sample>(&self, rate: Hertz, len: usize) -> Result<OverallPlan<T>> {
        let bins = BandBins::closed("overall values", rate, len, self.low, self.high)?;
        Ok(OverallPlan { bins, fft: RealFft::new(len)? })
    }
}

/// Overall values of a band for records of one length.
#[derive(Debug, Clone)]
pub struct OverallPlan<T: Sample> {
    bins: BandBins,
    fft: RealFft<T>,
}

impl<T: Sample> OverallPlan<T> {
    /// Samples of the record.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "a plan is never empty")]
    pub fn len(&self) -> usize {
        self.fft.len()
    }

    /// The overall values of the band of `input` (`len` samples), in the input's unit. The record is taken as
    /// one period.
    ///
    /// # Errors
    /// [`Error::Length`] when the slice has another length; [`Error::Parameter`] when a sample is not finite.
    pub fn process(&self, input: &[T], scratch: &mut Scratch<T>) -> Result<Overall> {
        check_len("input of the overall values", self.len(), input.len())?;
        check_finite("overall values", input)?;
        let Scratch { record, spectrum, fft, scaled, .. } = scratch;
        let (samples, gain) = in_range(input, scaled);
        let record = first(record, self.len());
        record.copy_from_slice(samples);
        let spectrum = first(spectrum, self.fft.bins());
        self.fft.forward_consuming(record, spectrum, fft)?;
        spectrum[..self.bins.start].fill(Complex::default());
        spectrum[self.bins.end..].fill(Complex::default());
        let scale = T::narrow(1.0 / self.len() as f64);
        spectrum.iter_mut().for_each(|bin| *bin = *bin * scale);
        self.fft.inverse_consuming(spectrum, record, fft)?;
        let Overall { rms, peak, peak_to_peak } = Overall::of(record);
        let gain = gain.unwrap_or(1.0);
        Ok(Overall { rms: rms * gain, peak: peak * gain, peak_to_peak: peak_to_peak * gain })
    }
}
