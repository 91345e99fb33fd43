//! The protrugram: whether lines protrude from the envelope spectrum of a narrow band, as the band slides up.
//!
//! For each centre frequency the value is the kurtosis `<(s - s̄)⁴> / <(s - s̄)²>²` of the amplitudes `s` of the
//! squared-envelope spectrum of an ideal band of fixed width (Barszcz & Jabłoński 2011, "A novel method for the
//! optimal band selection for vibration signal demodulation and comparison with the Kurtogram",
//! doi 10.1016/j.ymssp.2010.05.006; recalled: there of the envelope's spectrum, not squared). A few lines that
//! stand out give tens; the smooth spectrum of noise, or of a single spike, about 3. So it finds weak repeated
//! impacts in strong noise where the kurtogram sees nothing.
//!
//! All lines count, from `rate/len` up to the band's width; the mean is left out. The width should hold a few
//! harmonics of the fault sought: the paper takes somewhat more than three times its frequency.
//!
//! Traps. It does not know which lines: a modulation by the shaft, or two tones, win as well. The largest of many
//! overlapping bands is a selection, which a test that follows has to repeat. The record is taken as one period: the jump
//! from its end to its start is an impact, which raises all lines of a band where little else is, so that no line
//! protrudes there any more. High-pass filter a record with a strong slow tone first.

use crate::counted::counted;
use serde::{Deserialize, Serialize};

use crate::band::end_taper::EndTaper;
use crate::band::ideal_band::{BaseBand, InnerBins, check_band, spectrum_of};
use crate::band::{gain, peak};
use crate::error::{Error, Result, check_len};
use crate::fourier::fft::RealFft;
use crate::sample::Sample;
use crate::scratch::{Scratch, first};
use crate::units::Hertz;

/// Fewest lines that a kurtosis is taken of.
const FEWEST: usize = 8;

/// Parameters of a protrugram.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ProtrugramParams {
    /// Width of the band. An eighth of half the rate unless said; a good choice depends on the fault.
    pub bandwidth: Option<Hertz>,
    /// How far the band slides from one value to the next. An eighth of its width unless said.
    pub spacing: Option<Hertz>,
}

impl ProtrugramParams {
    /// A plan for `len` samples at `rate`.
    ///
    /// # Errors
    /// [`Error::Frequency`] when the rate is not a finite number above 0; [`Error::Parameter`] when the band does
    /// not fit below half the rate, holds fewer than 9 bins of the record, or slides by less than one of them.
    pub fn plan<T: Sample>(&self, rate: Hertz, len: usize) -> Result<ProtrugramPlan<T>> {
        Error::check_rate(rate)?;
        let record = RealFft::new(len)?;
        let width = self.bandwidth.unwrap_or(Hertz(rate.0 / 16.0));
        check_band("protrugram", "bandwidth", rate, (Hertz(0.0), width))?;
        let resolution = rate.0 / len as f64;
        if width.0 < (FEWEST + 1) as f64 * resolution {
            let reason = format!(
                "it has to hold at least {} bins of the record of {held}, which lie {resolution} Hz apart: widen it \
                 or take a longer record",
                FEWEST + 1,
                held = counted(len, "sample")
            );
            return Err(Error::parameter("protrugram", "bandwidth", width, &reason));
        }
        let step = self.spacing.unwrap_or(Hertz((width.0 / 8.0).max(resolution)));
        if !(step.0 >= resolution * (1.0 - 1e-9) && step.0.is_finite()) {
            let reason = format!("it has to be at least {resolution} Hz, one bin of the record");
            return Err(Error::parameter("protrugram", "spacing", step, &reason));
        }
        let count = 1 + ((rate.0 / 2.0 - width.0) / step.0 + 1e-9).max(0.0).floor() as usize;
        let bands: Vec<_> = (0..count)
            .map(|i| {
                let low = i as f64 * step.0;
                InnerBins::new(rate, len, (Hertz(low), Hertz(low + width.0)))
            })
            .collect();
        let most = bands.iter().map(|bins| bins.count()).max().unwrap_or(1);
        Ok(ProtrugramPlan { width, step, record, base: BaseBand::new(most)?, bands })
    }
}

/// The protrugram of records of one length.
#[derive(Debug, Clone)]
pub struct ProtrugramPlan<T: Sample> {
    width: Hertz,
    step: Hertz,
    record: RealFft<T>,
    base: BaseBand<T>,
    bands: Vec<InnerBins>,
}

impl<T: Sample> ProtrugramPlan<T> {
    /// Samples of the record.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "a plan is never empty")]
    pub fn len(&self) -> usize {
        self.record.len()
    }

    /// Places of the band.
    #[must_use]
    pub fn output_len(&self) -> usize {
        self.bands.len()
    }

    /// Edges of the band at place `index`, as
    /// [`SquaredEnvelopePlan::new`](crate::envelope::SquaredEnvelopePlan::new) takes them.
    #[must_use]
    pub fn edges(&self, index: usize) -> (Hertz, Hertz) {
        let low = index as f64 * self.step.0;
        (Hertz(low), Hertz(low + self.width.0))
    }

    /// Centre of the band at place `index`.
    #[must_use]
    pub fn centre(&self, index: usize) -> Hertz {
        Hertz(index as f64 * self.step.0 + 0.5 * self.width.0)
    }

    /// The protrugram of `input` (`len` samples) in `output` ([`output_len`](Self::output_len)), without unit; 0
    /// where the envelope has no lines.
    ///
    /// # Errors
    /// [`Error::Length`] when a slice has another length, [`Error::Parameter`] when a sample is NaN or infinite.
    pub fn process(&self, input: &[T], output: &mut [T], scratch: &mut Scratch<T>) -> Result<()> {
        check_len("input of the protrugram", self.len(), input.len())?;
        check_len("output of the protrugram", self.output_len(), output.len())?;
        output.fill(T::zero());
        let Some(gain) = gain(peak("protrugram", input)?) else { return Ok(()) };
        let mut kept = (std::mem::take(&mut scratch.spectrum), std::mem::take(&mut scratch.values));
        let spectrum = first(&mut kept.0, self.record.bins());
        let (squared, lines) = first(&mut kept.1, 2 * self.base.len()).split_at_mut(self.base.len());
        let mut work = || {
            let Some(least) =
                spectrum_of(&self.record, input, gain, &EndTaper::none(self.len()), spectrum, scratch)?
            else {
                return Ok(());
            };
            for (value, band) in output.iter_mut().zip(&self.bands) {
                self.base.squared_envelope(spectrum, self.len(), *band, squared, scratch)?;
                let mean = squared.iter().map(|e| e.widen()).sum::<f64>() / squared.len() as f64;
                if mean > least {
                    let lines = &mut lines[..band.count()];
                    self.base.lines(squared, lines, scratch)?;
                    *value = T::narrow(kurtosis(&lines[1..], mean));
                }
            }
            Ok(())
        };
        let result = work();
        (scratch.spectrum, scratch.values) = kept;
        result
    }
}

/// Pearson's kurtosis; 0 of what does not vary by more than rounding in terms of `scale`.
fn kurtosis<T: Sample>(values: &[T], scale: f64) -> f64 {
    let count = values.len() as f64;
    let mean = values.iter().map(|v| v.widen() / scale).sum::<f64>() / count;
    let (mut second, mut fourth) = (0.0, 0.0);
    for value in values {
        let square = (value.widen() / scale - mean).powi(2);
        second += square;
        fourth += square * square;
    }
    let epsilon = T::epsilon().widen();
    if second / count <= 64.0 * epsilon * epsilon { 0.0 } else { fourth * count / (second * second) }
}
