//! The real cepstrum, and records whose cepstrum was edited.
//!
//! ```text
//! c[n] = IFFT( ln max(|X[k]|, floor · max|X|) )            real cepstrum
//! y    = IFFT( X[k] · exp(FFT(c · w)[k] - FFT(c)[k]) )     edited: w[n] = 0 on the teeth of a comb, 1 elsewhere
//! ```
//! Families of evenly spaced lines (a shaft's harmonics, a gear's sidebands) gather in a few quefrencies: the
//! rahmonics of one over the spacing. Setting these to 0 takes the whole family down to the level of its
//! surroundings, without knowing its amplitudes (Randall and Sawalhi 2011, "A new method for separating
//! discrete components from a signal", Sound and Vibration 45(5)). The cepstrum itself: Bogert, Healy and Tukey 1963, "The
//! quefrency alanysis of time series for echoes", Proc. Symp. Time Series Analysis; as the inverse transform of the log
//! magnitude: Oppenheim and Schafer 2004, doi 10.1109/MSP.2004.1328092.
//!
//! Traps: the logarithm counts an empty bin as much as a strong line, so the floor matters for simulated
//! records, which have truly empty bins. Removing every quefrency but 0 is cepstrum pre-whitening, and has the
//! same trap at the record's ends, see [`CepstrumPrewhitenParams`](crate::separation::CepstrumPrewhitenParams).

use crate::counted::counted;
use num_complex::Complex;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result, check_len};
use crate::fourier::fft::RealFft;
use crate::sample::Sample;
use crate::scratch::{Scratch, first};
use crate::separation::level::{largest_magnitude, unit_scale};
use crate::units::{Hertz, Seconds};

/// The lowest magnitude, as a share of the largest, that the logarithm is taken of.
const FLOOR: f64 = 1e-12;

fn default_floor() -> f64 {
    FLOOR
}

/// Parameters of the real cepstrum.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RealCepstrumParams {
    /// Bins below this share of the largest count as that share. 1e-12 unless said.
    pub floor: f64,
}

impl Default for RealCepstrumParams {
    fn default() -> Self {
        Self { floor: FLOOR }
    }
}

fn check_floor(floor: f64) -> Result<()> {
    if floor > 0.0 && floor <= 1.0 {
        return Ok(());
    }
    Err(Error::parameter("cepstrum", "floor", floor, "it has to be above 0 and at most 1"))
}

impl RealCepstrumParams {
    /// A plan for `len` samples at `rate`.
    ///
    /// # Errors
    /// [`Error::Frequency`] when the rate is not a finite number above 0; [`Error::Parameter`] when the floor
    /// does not lie above 0 and up to 1, or `len` is 0.
    pub fn plan<T: Sample>(&self, rate: Hertz, len: usize) -> Result<RealCepstrumPlan<T>> {
        Error::check_rate(rate)?;
        check_floor(self.floor)?;
        Ok(RealCepstrumPlan { rate, floor: self.floor, fft: RealFft::new(len)? })
    }
}

/// The real cepstrum of records of one length. Two real FFTs.
///
/// An echo shows as a peak at its delay:
/// ```
/// use brinell_signal::{Hertz, Scratch, fourier::RealCepstrumParams};
/// let mut record = vec![0.0_f64; 256];
/// (record[0], record[40]) = (1.0, 0.5);
/// let plan = RealCepstrumParams::default().plan(Hertz(1000.0), 256)?;
/// let mut cepstrum = vec![0.0; 256];
/// plan.process(&record, &mut cepstrum, &mut Scratch::new())?;
/// assert!((cepstrum[40] - 0.25).abs() < 1e-6);
/// assert_eq!(plan.quefrency(40).0, 0.04);
/// # Ok::<(), brinell_signal::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct RealCepstrumPlan<T: Sample> {
    rate: Hertz,
    floor: f64,
    fft: RealFft<T>,
}

impl<T: Sample> RealCepstrumPlan<T> {
    /// Samples of the record and values of the cepstrum.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "a plan is never empty")]
    pub fn len(&self) -> usize {
        self.fft.len()
    }

    /// Quefrency of value `index`: `index/rate`. The second half mirrors the first.
    #[must_use]
    pub fn quefrency(&self, index: usize) -> Seconds {
        Seconds(index as f64 / self.rate.0)
    }

    /// The real cepstrum of `input` in `output` (both `len` values): nepers, unscaled spectrum, symmetric
    /// about quefrency 0. A record of zeros gives zeros.
    ///
    /// # Errors
    /// [`Error::Length`] when a slice has another length; [`Error::Parameter`] when a sample is not finite.
    pub fn process(&self, input: &[T], output: &mut [T], scratch: &mut Scratch<T>) -> Result<()> {
        check_len("input of the cepstrum", self.len(), input.len())?;
        check_len("output of the cepstrum", self.len(), output.len())?;
        let largest = largest_magnitude("cepstrum", input)?;
        if largest <= 0.0 {
            output.fill(T::default());
            return Ok(());
        }
        let scale = unit_scale(largest);
        let Scratch { record, spectrum, wide, fft, .. } = scratch;
        let bins = first(spectrum, self.fft.bins());
        let logarithms = first(wide, self.fft.bins());
        log_spectrum(&self.fft, (input, scale, self.floor), record, (&mut *bins, &mut *logarithms), fft)?;
        let (unscaled, share) = (scale.ln(), 1.0 / self.len() as f64);
        for (bin, value) in bins.iter_mut().zip(&*logarithms) {
            *bin = Complex::new(T::narrow((value - unscaled) * share), T::default());
        }
        self.fft.inverse_consuming(bins, output, fft)
    }
}

/// The unscaled spectrum of `input` times `scale`, and the natural logarithms of its floored magnitudes.
fn log_spectrum<T: Sample>(
    plan: &RealFft<T>,
    (input, scale, floor): (&[T], f64, f64),
    record: &mut Vec<T>,
    (bins, logarithms): (&mut [Complex<T>], &mut [f64]),
    fft: &mut Vec<Complex<T>>,
) -> Result<()> {
    let record = first(record, plan.len());
    for (y, x) in record.iter_mut().zip(input) {
        *y = T::narrow(x.widen() * scale);
    }
    plan.forward_consuming(record, bins, fft)?;
    let mut largest = 0f64;
    for (power, bin) in logarithms.iter_mut().zip(bins) {
        *power = bin.re.widen().powi(2) + bin.im.widen().powi(2);
        largest = largest.max(*power);
    }
    let floor = floor * floor * largest;
    for power in logarithms {
        *power = 0.5 * power.max(floor).ln();
    }
    Ok(())
}

/// What becomes of the quefrencies on the teeth of a comb.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CepstralComb {
    /// They are set to 0: the family of lines goes.
    #[default]
    Remove,
    /// Only they stay, and quefrency 0, which holds the level: the family of lines stays, the rest is flat.
    Keep,
}

/// Parameters of a record whose cepstrum is edited by a comb.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CepstrumLifterParams {
    /// Spacing of the family of lines, the shaft's frequency for its harmonics: teeth stand at the multiples
    /// of one over it.
    pub spacing: Hertz,
    /// What becomes of the teeth. They are removed unless said.
    #[serde(default)]
    pub comb: CepstralComb,
    /// Samples on either side of a tooth that belong to it. 1 unless said.
    #[serde(default = "default_half_width")]
    pub half_width: usize,
    /// Bins below this share of the largest count as that share. 1e-12 unless said.
    #[serde(default = "default_floor")]
    pub floor: f64,
}

fn default_half_width() -> usize {
    1
}

impl CepstrumLifterParams {
    /// The family of lines `spacing` apart removed, all else as said by default.
    #[must_use]
    pub fn new(spacing: Hertz) -> Self {
        Self {
            spacing,
            comb: CepstralComb::default(),
            half_width: default_half_width(),
            floor: default_floor(),
        }
    }

    /// A plan for `len` samples at `rate`.
    ///
    /// # Errors
    /// [`Error::Frequency`] when the rate is not a finite number above 0; [`Error::Parameter`] when the first
    /// tooth lies beyond half the record, teeth touch, the floor is outside its range, or `len` is 0.
    pub fn plan<T: Sample>(&self, rate: Hertz, len: usize) -> Result<CepstrumLifterPlan<T>> {
        Error::check_rate(rate)?;
        check_floor(self.floor)?;
        let fft = RealFft::new(len)?;
        let refuse =
            |reason: String| Err(Error::parameter("cepstral lifter", "spacing", self.spacing.0, &reason));
        if !self.spacing.is_positive() {
            return refuse("it has to be a finite number of hertz above 0".into());
        }
        let period = rate.0 / self.spacing.0;
        if period > len as f64 / 2.0 {
            let lowest = 2.0 * rate.0 / len as f64;
            return refuse(format!(
                "a record of {held} resolves families from {lowest} Hz on: take a longer record",
                held = counted(len, "sample")
            ));
        }
        if self.half_width >= len || period < (2 * self.half_width + 2) as f64 {
            return refuse(format!(
                "teeth every {period} samples with {} on either side leave nothing between them",
                self.half_width
            ));
        }
        let mut on_tooth = vec![false; len];
        let teeth = (len as f64 / 2.0 / period).floor() as usize;
        for tooth in 1..=teeth {
            let centre = (tooth as f64 * period).round_ties_even() as usize;
            for n in centre - self.half_width..=(centre + self.half_width).min(len - 1) {
                on_tooth[n] = true;
                on_tooth[len - n] = true;
            }
        }
        let keep = self.comb == CepstralComb::Keep;
        let kept = on_tooth.iter().enumerate().map(|(n, tooth)| n == 0 || *tooth == keep).collect();
        Ok(CepstrumLifterPlan { floor: self.floor, kept, fft })
    }
}

/// Editing of the cepstra of records of one length. Four real FFTs.
#[derive(Debug, Clone)]
pub struct CepstrumLifterPlan<T: Sample> {
    floor: f64,
    kept: Vec<bool>,
    fft: RealFft<T>,
}

impl<T: Sample> CepstrumLifterPlan<T> {
    /// Samples of the record and of the output.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "a plan is never empty")]
    pub fn len(&self) -> usize {
        self.fft.len()
    }

    /// Whether quefrency `index/rate` is kept.
    #[must_use]
    pub fn keeps(&self, index: usize) -> bool {
        self.kept.get(index).copied().unwrap_or(false)
    }

    /// The record with its cepstrum edited, in the unit of `input`; the phase of every bin stays. Zeros give
    /// zeros.
    ///
    /// # Errors
    /// [`Error::Length`] when a slice has another length; [`Error::Parameter`] when a sample is not finite.
    pub fn process(&self, input: &[T], output: &mut [T], scratch: &mut Scratch<T>) -> Result<()> {
        check_len("input of the cepstral lifter", self.len(), input.len())?;
        check_len("output of the cepstral lifter", self.len(), output.len())?;
        let largest = largest_magnitude("cepstral lifter", input)?;
        if largest <= 0.0 {
            output.fill(T::default());
            return Ok(());
        }
        let scale = unit_scale(largest);
        let share = 1.0 / self.len() as f64;
        let Scratch { record, spectrum, complex, wide, fft, .. } = scratch;
        let bins = first(spectrum, self.fft.bins());
        let logarithms = first(wide, self.fft.bins());
        log_spectrum(&self.fft, (input, scale, self.floor), record, (&mut *bins, &mut *logarithms), fft)?;
        let work = first(complex, self.fft.bins());
        for (bin, value) in work.iter_mut().zip(&*logarithms) {
            *bin = Complex::new(T::narrow(value * share), T::default());
        }
        // What is taken out, rather than what is left: a comb that takes nothing out changes nothing.
        self.fft.inverse_consuming(work, output, fft)?;
        for (value, kept) in output.iter_mut().zip(&self.kept) {
            if *kept {
                *value = T::default();
            }
        }
        self.fft.forward_consuming(output, work, fft)?;
        for (bin, taken) in bins.iter_mut().zip(&*work) {
            *bin = *bin * T::narrow((-taken.re.widen()).exp() * share);
        }
        self.fft.inverse_consuming(bins, output, fft)?;
        for y in output {
            *y = T::narrow(y.widen() / scale);
        }
        Ok(())
    }
}
