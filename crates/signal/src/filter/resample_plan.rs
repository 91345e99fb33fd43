//! Changes of the sampling rate as plans over records of one length, by any ratio.
//!
//! | method | ratio | filter | ends |
//! |---|---|---|---|
//! | [`ResampleMethod::Auto`] | any | the sharp one of [`Resampler`] | odd reflection |
//! | [`ResampleMethod::Fourier`] | whole lengths | cuts the spectrum | one period: `scipy.signal.resample` |
//! | [`ResampleMethod::ScipyPoly`] | whole numbers | `scipy.signal.resample_poly` | zeros |
//!
//! The sharp filter passes 0.9 of the band below the lower of the two Nyquist frequencies unchanged (1e-4) and
//! damps all beyond that Nyquist frequency by at least 80 dB: nothing folds. Never resample the records that a
//! net learns from and those that it judges in different ways.

use num_complex::Complex;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result, check_finite, check_len};
use crate::filter::ends::Ends;
use crate::filter::polyphase::Polyphase;
use crate::filter::resample::{Resampler, check_factors, greatest_common_divisor, scipy_polyphase};
use crate::filter::sinc::SincTable;
use crate::fourier::fft::RealFft;
use crate::instruction_set::widest;
use crate::sample::Sample;
use crate::scratch::{Scratch, first};
use crate::units::Hertz;

const TRANSFORM: &str = "resampling";
/// Longest output.
const LONGEST: f64 = (1_u64 << 28) as f64;
/// Largest and smallest ratio that is not a fraction of small whole numbers.
const LARGEST_RATIO: f64 = 1000.0;

/// How the rate is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ResampleMethod {
    /// The sharp filter: by whole numbers where the ratio is a fraction of such up to 10,000, and for any other
    /// ratio with the same filter read between its taps, so that the rate asked for is met exactly.
    #[default]
    Auto,
    /// The sharp filter read between its taps, for every ratio.
    AnyRatio,
    /// The spectrum cut or filled up with zeros. The record is taken as one period: a step from its end to its
    /// start rings at both ends. The rate that is met is `rate · output_len / len`.
    Fourier,
    /// The filter of `scipy.signal.resample_poly`: half amplitude at the Nyquist frequency, 60 dB at most, zeros
    /// beyond the ends. For comparison only.
    ScipyPoly,
}

/// Parameters of a change of rate.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResampleParams {
    /// The new rate.
    pub to: Hertz,
    /// How. The sharp filter unless said.
    #[serde(default)]
    pub method: ResampleMethod,
}

impl ResampleParams {
    /// To a new rate with the sharp filter.
    #[must_use]
    pub fn to(rate: Hertz) -> Self {
        Self { to: rate, method: ResampleMethod::Auto }
    }

    /// A plan for `len` samples at `rate`.
    ///
    /// # Errors
    /// [`Error::Frequency`] when a rate is not a finite number above 0; [`Error::Resampling`] when the ratio
    /// cannot be had (beyond 1000 either way, where it is no fraction of whole numbers up to 10,000);
    /// [`Error::Parameter`] when `len` is 0 or the output would be longer than 2^28 samples.
    pub fn plan<T: Sample>(&self, rate: Hertz, len: usize) -> Result<ResamplePlan<T>> {
        for (what, rate) in [("the rate to resample from", rate), ("the rate to resample to", self.to)] {
            if !rate.is_positive() {
                let reason = "it has to be a finite number above 0".into();
                return Err(Error::Frequency { what, value: rate.0, reason });
            }
        }
        if len == 0 {
            return Err(Error::parameter(TRANSFORM, "length", len, "at least 1 sample is needed"));
        }
        let ratio = self.to.0 / rate.0;
        let outputs = len as f64 * ratio;
        if outputs.is_nan() || outputs > LONGEST {
            let reason =
                "the output would be longer than 2^28 samples: take a lower rate or a shorter record";
            return Err(Error::parameter(TRANSFORM, "to", self.to, reason));
        }
        let (form, output_len) = match self.method {
            ResampleMethod::Auto => match Resampler::new(rate, self.to) {
                Ok(resampler) if resampler.is_exact() => whole(resampler.filter, Ends::OddReflection, len),
                _ => any_ratio(rate, self.to, len)?,
            },
            ResampleMethod::AnyRatio => any_ratio(rate, self.to, len)?,
            ResampleMethod::ScipyPoly => {
                let (up, down) = Resampler::new(rate, self.to)?.factors();
                let divisor = greatest_common_divisor(up, down).max(1);
                check_factors(up / divisor, down / divisor)?;
                whole(scipy_polyphase(up / divisor, down / divisor), Ends::Zeros, len)
            }
            ResampleMethod::Fourier => {
                let output_len = (outputs.round() as usize).max(1);
                (Form::Fourier { from: RealFft::new(len)?, to: RealFft::new(output_len)? }, output_len)
            }
        };
        Ok(ResamplePlan { len, output_len, form })
    }
}

fn whole<T: Sample>(filter: Polyphase, ends: Ends, len: usize) -> (Form<T>, usize) {
    let output_len = filter.output_len(len);
    (if filter.up == filter.down { Form::Same } else { Form::Whole { filter, ends } }, output_len)
}

fn any_ratio<T: Sample>(from: Hertz, to: Hertz, len: usize) -> Result<(Form<T>, usize)> {
    let ratio = to.0 / from.0;
    if !(1.0 / LARGEST_RATIO..=LARGEST_RATIO).contains(&ratio) {
        let reason = format!(
            "a ratio that is no fraction of whole numbers has to be in 1/{LARGEST_RATIO} to {LARGEST_RATIO}: resample in two steps"
        );
        return Err(Error::Resampling { from: from.0, to: to.0, reason });
    }
    let step = from.0 / to.0;
    // Rounded up, but for what rounding alone lifts above a whole number.
    let output_len = ((len as f64 * ratio * (1.0 - 1e-14)).ceil() as usize).max(1);
    Ok((Form::Any { table: SincTable::new(step), step }, output_len))
}

/// A change of rate for records of one length. Output sample 0 lies at the time of input sample 0.
///
/// ```
/// use brinell_signal::{Hertz, Scratch, filter::ResampleParams};
/// let tone = |rate: f64, n: usize| (100.0 * std::f64::consts::TAU * n as f64 / rate).sin();
/// let record: Vec<f64> = (0..4000).map(|n| tone(25_000.0, n)).collect();
/// // No fraction of small whole numbers.
/// let to = Hertz(12_000.0 * 1.000_012_345);
/// let plan = ResampleParams::to(to).plan(Hertz(25_000.0), record.len())?;
/// let mut output = vec![0.0; plan.output_len()];
/// plan.process(&record, &mut output, &mut Scratch::new())?;
/// assert!((output[1000] - tone(to.0, 1000)).abs() < 1e-4);
/// # Ok::<(), brinell_signal::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct ResamplePlan<T: Sample> {
    len: usize,
    output_len: usize,
    form: Form<T>,
}

#[derive(Debug, Clone)]
enum Form<T: Sample> {
    Same,
    Whole { filter: Polyphase, ends: Ends },
    Any { table: SincTable, step: f64 },
    Fourier { from: RealFft<T>, to: RealFft<T> },
}

impl<T: Sample> ResamplePlan<T> {
    /// Samples of the record.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "a plan is never empty")]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Samples of the output: `len · to / rate`, rounded up (for [`ResampleMethod::Fourier`] to the nearest).
    #[must_use]
    pub fn output_len(&self) -> usize {
        self.output_len
    }

    /// `input` (`len` samples) at the new rate in `output` ([`output_len`](Self::output_len)), in the input's
    /// unit. The filters run in f64, the Fourier method in `T`.
    ///
    /// # Errors
    /// [`Error::Length`] when a slice has another length; [`Error::Parameter`] when a sample is not finite.
    pub fn process(&self, input: &[T], output: &mut [T], scratch: &mut Scratch<T>) -> Result<()> {
        check_len("input of the resampling", self.len, input.len())?;
        check_len("output of the resampling", self.output_len, output.len())?;
        check_finite(TRANSFORM, input)?;
        match &self.form {
            Form::Same => output.copy_from_slice(input),
            Form::Whole { filter, ends } => filter.apply(input, *ends, output, &mut scratch.wide),
            Form::Any { table, step } => {
                let padded =
                    Ends::OddReflection.extend(input, table.before(), table.behind(), &mut scratch.wide);
                widest().dispatch(
                    #[inline(always)]
                    || {
                        for (index, y) in output.iter_mut().enumerate() {
                            *y = T::narrow(table.value(padded, index as f64 * step));
                        }
                    },
                );
            }
            Form::Fourier { from, to } => return cut_spectrum(from, to, input, output, scratch),
        }
        Ok(())
    }
}

/// Keeps the bins that both lengths have. The bin at the Nyquist frequency of the shorter one stands for two
/// bins of the longer one: it is split or joined.
fn cut_spectrum<T: Sample>(
    from: &RealFft<T>,
    to: &RealFft<T>,
    input: &[T],
    output: &mut [T],
    scratch: &mut Scratch<T>,
) -> Result<()> {
    let Scratch { record, spectrum, complex, fft, .. } = scratch;
    let record = first(record, from.len());
    record.copy_from_slice(input);
    let old = first(spectrum, from.bins());
    from.forward_consuming(record, old, fft)?;
    let new = first(complex, to.bins());
    let shared = from.bins().min(to.bins());
    let scale = T::narrow(1.0 / from.len() as f64);
    for (new, old) in new.iter_mut().zip(&*old) {
        *new = old * scale;
    }
    new[shared..].fill(Complex::default());
    let shorter = from.len().min(to.len());
    if shorter.is_multiple_of(2) && from.len() != to.len() {
        let factor = T::narrow(if to.len() < from.len() { 2.0 } else { 0.5 });
        new[shorter / 2] = new[shorter / 2] * factor;
    }
    to.inverse_consuming(new, output, fft)
}
