//! Multipoint optimal minimum entropy deconvolution, adjusted: the filter whose output is most like a train of
//! impulses of a given period.
//!
//! ```text
//! t[n] = 1 at n = round(i T), else 0;   f = R⁻¹ X t,   y = Xᵀ f;   criterion  m = t·y / (|t| |y|)  in 0 to 1
//! R = X Xᵀ[i,j] = Σ_n x[n-i] x[n-j] over the places where the filter lies wholly on the record
//! ```
//! In closed form, without iteration (McDonald and Zhao 2017, doi 10.1016/j.ymssp.2016.05.036). `m²` is the
//! share of the train that `L` shifted copies of the record explain, so `m² = (X t)ᵀ R⁻¹ (X t) / |t|²`: a scan
//! over periods needs no output at all, one triangular solution a period.
//!
//! Traps.
//! * `L` copies of anything explain something. In a record without the train `m²` is about `L/n`, `n` the
//!   number of outputs, at EVERY period: 100 coefficients and 1949 outputs give `m ≈ 0.23`
//!   ([`MomedaPlan::chance_criterion`]). A scan over periods therefore always has a largest peak, and its
//!   filtered record always looks like a train at that period. [`MomedaPlan::null`] says what it is worth.
//! * The train starts at the first output. The filter can shift it by its own length only, so
//!   `filter_length` should be at least a period.
//! * The train is strictly periodic. With a slip of a percent the impulses of a long record drift apart from
//!   it: cut the record to some tens of periods, or expect a weak criterion.
//! * Multiples of the true period do as well, and so do its simple fractions.

use rand::RngExt;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result, check_len};
use crate::generator::generator;
use crate::sample::Sample;
use crate::scratch::{Scratch, first};
use crate::separation::SolverMemory;
use crate::separation::convolution::ValidConvolution;
use crate::separation::covariance::{factor, solve_lower, solve_upper};
use crate::separation::level::{largest_magnitude, unit_scale};
use crate::separation::minimum_entropy::check_filter;
use crate::separation::null::ChanceLevel;
use crate::units::Hertz;

const NAME: &str = "MOMEDA";

/// Parameters of the deconvolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MomedaParams {
    /// Coefficients of the filter, best at least a period. 100 unless said; at most 1024.
    pub filter_length: usize,
}

impl Default for MomedaParams {
    fn default() -> Self {
        Self { filter_length: 100 }
    }
}

impl MomedaParams {
    /// A plan for `len` samples at `rate`.
    ///
    /// # Errors
    /// [`Error::Frequency`] when the rate is not a finite number above 0; [`Error::Parameter`] when the filter
    /// is empty, or longer than the record or than 1024.
    pub fn plan<T: Sample>(&self, rate: Hertz, len: usize) -> Result<MomedaPlan<T>> {
        Error::check_rate(rate)?;
        check_filter(NAME, self.filter_length, len)?;
        Ok(MomedaPlan {
            rate,
            len,
            taps: self.filter_length,
            convolution: ValidConvolution::new(len, self.filter_length)?,
            sample: std::marker::PhantomData,
        })
    }
}

/// Controls of a deconvolution.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MomedaNull {
    /// How many control frequencies. 199 unless said; at most 9999.
    pub controls: usize,
    /// Seed of their choice. 0 unless said.
    pub seed: u64,
    /// Half the range around a frequency, relative to it, in which the largest criterion counts, for the
    /// record and for every control alike: bearings slip. 0.01 unless said, 0 for the frequency alone, at most
    /// 0.05.
    pub half_width: f64,
    /// Further frequencies that no control may lie near: other faults, the shaft. Their multiples and simple
    /// fractions are kept clear of too. None unless said.
    pub avoid: Vec<Hertz>,
}

impl Default for MomedaNull {
    fn default() -> Self {
        Self { controls: 199, seed: 0, half_width: 0.01, avoid: Vec::new() }
    }
}

/// A deconvolution with all that came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct MomedaResult<T> {
    /// The filter `R⁻¹ X t`, in one over the unit of the record.
    pub filter: Vec<f64>,
    /// The filtered record: no unit, about 1 at the impulses of a perfect train.
    pub output: Vec<T>,
    /// `t·y / (|t| |y|)`, 0 to 1.
    pub criterion: f64,
}

/// The deconvolution of records of one length. Inside it is `f64` throughout.
#[derive(Debug, Clone)]
pub struct MomedaPlan<T: Sample> {
    rate: Hertz,
    len: usize,
    taps: usize,
    convolution: ValidConvolution,
    sample: std::marker::PhantomData<T>,
}

impl<T: Sample> MomedaPlan<T> {
    /// Samples of the record.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "a plan is never empty")]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Samples of the output: `len - filter_length + 1`.
    #[must_use]
    pub fn output_len(&self) -> usize {
        self.len - self.taps + 1
    }

    /// What the criterion is about at any frequency where there is no train: `sqrt(filter_length/output_len)`,
    /// at most 1.
    #[must_use]
    pub fn chance_criterion(&self) -> f64 {
        (self.taps as f64 / self.output_len() as f64).min(1.0).sqrt()
    }

    /// The deconvolved record of `input` (`len` samples) for impulses at `frequency` in `output`
    /// ([`output_len`](Self::output_len)), and the criterion. Zeros give zeros and 0.
    ///
    /// # Errors
    /// [`Error::Length`] when a slice has another length; [`Error::Parameter`] when a sample is not finite, or
    /// the period is not between 2 samples and the output's length.
    pub fn process(
        &self,
        input: &[T],
        frequency: Hertz,
        output: &mut [T],
        scratch: &mut Scratch<T>,
    ) -> Result<f64> {
        check_len("output of MOMEDA", self.output_len(), output.len())?;
        let solver = &mut scratch.separation.solver;
        let (criterion, _) = self.solve(input, frequency, solver)?;
        for (y, value) in output.iter_mut().zip(&solver.filtered) {
            *y = T::narrow(*value);
        }
        Ok(criterion)
    }

    /// [`process`](Self::process) with the filter, in memory of its own.
    ///
    /// # Errors
    /// As [`process`](Self::process).
    pub fn deconvolve(&self, input: &[T], frequency: Hertz) -> Result<MomedaResult<T>> {
        let mut solver = SolverMemory::default();
        let (criterion, scale) = self.solve(input, frequency, &mut solver)?;
        Ok(MomedaResult {
            filter: solver.taps[..self.taps].iter().map(|f| f * scale).collect(),
            output: solver.filtered[..self.output_len()].iter().map(|y| T::narrow(*y)).collect(),
            criterion,
        })
    }

    /// The criterion of `input` (`len` samples) at each of `frequencies`.
    ///
    /// # Errors
    /// As [`process`](Self::process), for any of the frequencies.
    pub fn scan(
        &self,
        input: &[T],
        frequencies: &[Hertz],
        criteria: &mut [f64],
        scratch: &mut Scratch<T>,
    ) -> Result<()> {
        check_len("criteria of MOMEDA", frequencies.len(), criteria.len())?;
        let solver = &mut scratch.separation.solver;
        let (known, _) = self.prepare(input, solver)?;
        let SolverMemory { samples, lags, matrix, .. } = solver;
        for (criterion, frequency) in criteria.iter_mut().zip(frequencies) {
            let period = self.period(*frequency)?;
            *criterion =
                if known { self.criterion(samples, matrix, period, first(lags, self.taps)) } else { 0.0 };
        }
        Ok(())
    }

    /// How large the criterion gets at control frequencies of the same record: between half and twice
    /// `frequency`, away from its multiples and simple fractions and from those to avoid. The record and every
    /// control take the largest criterion within `half_width`. Controls run in parallel, with the same bits
    /// for any number of threads.
    ///
    /// Harmonics of a real train lie among the controls of another, so the p-value of a weak fault beside a
    /// strong one is too large, not too small, unless the strong one is among those to avoid.
    ///
    /// # Errors
    /// As [`process`](Self::process); [`Error::Parameter`] when there is no control or more than 9999, the
    /// half-width lies outside 0 to 0.05, or hardly any frequency is left to be a control.
    pub fn null(&self, input: &[T], frequency: Hertz, null: &MomedaNull) -> Result<ChanceLevel> {
        let refuse =
            |parameter, value: f64, reason| Err(Error::parameter("null of MOMEDA", parameter, value, reason));
        if !(1..=9999).contains(&null.controls) {
            return refuse("controls", null.controls as f64, "it has to be 1 to 9999");
        }
        if !(0.0..=0.05).contains(&null.half_width) {
            return refuse("half_width", null.half_width, "it has to lie in 0 to 0.05");
        }
        self.period(frequency)?;
        let mut solver = SolverMemory::default();
        let (known, _) = self.prepare(input, &mut solver)?;
        let controls = self.controls(frequency, null)?;
        if !known {
            return Ok(ChanceLevel::new(0.0, vec![0.0; controls.len()]));
        }
        let (samples, matrix) = (solver.samples.as_slice(), solver.matrix.as_slice());
        let search = |frequency: Hertz, memory: &mut Vec<f64>| {
            let lags = first(memory, self.taps);
            let steps = self.steps(null.half_width);
            (0..=2 * steps)
                .map(|step| {
                    let shift = (step as f64 / steps.max(1) as f64 - 1.0) * null.half_width;
                    let frequency = if steps == 0 { frequency } else { Hertz(frequency.0 * (1.0 + shift)) };
                    let period = (self.rate.0 / frequency.0).clamp(2.0, self.output_len() as f64);
                    self.criterion(samples, matrix, period, lags)
                })
                .fold(0.0, f64::max)
        };
        let criterion = search(frequency, &mut Vec::new());
        let values = controls
            .par_iter()
            .map_init(Vec::new, |memory, frequency| search(*frequency, memory))
            .collect::<Vec<f64>>();
        Ok(ChanceLevel::new(criterion, values))
    }

    /// Steps to either side so that the last impulse moves by at most two samples from one to the next.
    fn steps(&self, half_width: f64) -> usize {
        (half_width * self.output_len() as f64 / 2.0).ceil() as usize
    }

    /// Control frequencies, in the order drawn.
    fn controls(&self, frequency: Hertz, null: &MomedaNull) -> Result<Vec<Hertz>> {
        let highest = (frequency.0 * 2.0).min(self.rate.0 / 2.0);
        let lowest = (frequency.0 / 2.0).max(self.rate.0 / self.output_len() as f64);
        // Two ranges of search must not touch, nor may a train fall in step with another over the record.
        let clear =
            2.0 * null.half_width + self.rate.0 / (frequency.0 * self.output_len() as f64).max(1e-300);
        let clear = clear.min(0.06);
        let near = |candidate: f64, other: f64| {
            (1..=4).any(|p| {
                (1..=4).any(|q| {
                    let related = other * f64::from(p) / f64::from(q);
                    (candidate - related).abs() <= clear * related
                })
            }) || (5..=12).any(|p| (candidate - other * f64::from(p)).abs() <= clear * candidate)
        };
        let mut random = generator(null.seed, "control frequencies of MOMEDA");
        let mut controls = Vec::with_capacity(null.controls);
        for _ in 0..null.controls * 100 {
            if controls.len() == null.controls {
                break;
            }
            let share: f64 = random.random_range(0.0..1.0);
            let candidate = lowest * (highest / lowest).powf(share);
            let refused = near(candidate, frequency.0) || null.avoid.iter().any(|f| near(candidate, f.0));
            if !refused && self.period(Hertz(candidate)).is_ok() {
                controls.push(Hertz(candidate));
            }
        }
        if controls.len() < null.controls {
            let reason = "too few frequencies between half and twice it are left as controls: avoid fewer, search \
                          less far to either side, or take a longer record";
            return Err(Error::parameter("null of MOMEDA", "frequency", frequency.0, reason));
        }
        Ok(controls)
    }

    /// The period in samples.
    fn period(&self, frequency: Hertz) -> Result<f64> {
        let period = self.rate.0 / frequency.0;
        if frequency.is_positive() && period >= 2.0 && period <= self.output_len() as f64 {
            return Ok(period);
        }
        let lowest = self.rate.0 / self.output_len() as f64;
        let reason = format!(
            "it has to lie between {lowest} Hz, one period in what the filter leaves of the record, and {} Hz, \
             half the rate",
            self.rate.0 / 2.0
        );
        Err(Error::parameter(NAME, "frequency", frequency.0, &reason))
    }

    /// Scales and factors the record; whether it has power, and its scale.
    fn prepare(&self, input: &[T], solver: &mut SolverMemory) -> Result<(bool, f64)> {
        check_len("input of MOMEDA", self.len, input.len())?;
        let scale = unit_scale(largest_magnitude(NAME, input)?);
        let SolverMemory { samples, lags, matrix, convolution, .. } = solver;
        let x = first(samples, self.len);
        for (y, x) in x.iter_mut().zip(input) {
            *y = x.widen() * scale;
        }
        let column = first(lags, self.taps);
        self.convolution.prepare(x, convolution)?;
        self.convolution.correlate(x, &x[self.taps - 1..], column, convolution)?;
        Ok((factor(x, column, first(matrix, self.taps * self.taps)), scale))
    }

    fn solve(&self, input: &[T], frequency: Hertz, solver: &mut SolverMemory) -> Result<(f64, f64)> {
        let period = self.period(frequency)?;
        let (known, scale) = self.prepare(input, solver)?;
        let SolverMemory { samples, filtered, taps, matrix, convolution, .. } = solver;
        let (x, y, f) = (&samples[..self.len], first(filtered, self.output_len()), first(taps, self.taps));
        if !known {
            f.fill(0.0);
            y.fill(0.0);
            return Ok((0.0, scale));
        }
        let criterion = self.criterion(x, matrix, period, f);
        solve_upper(&matrix[..self.taps * self.taps], f);
        self.convolution.filter(x, f, y, convolution)?;
        Ok((criterion, scale))
    }

    /// The criterion; leaves `C⁻¹ X t` in `lags`.
    fn criterion(&self, x: &[f64], matrix: &[f64], period: f64, lags: &mut [f64]) -> f64 {
        let outputs = self.output_len();
        lags.fill(0.0);
        let mut pulses = 0usize;
        let mut last = usize::MAX;
        loop {
            let place = pulses as f64 * period;
            if place >= outputs as f64 - 1e-9 {
                break;
            }
            let n = (place.round_ties_even() as usize).min(outputs - 1);
            // Two pulses at the very end can round to one place: the train is 1 there, not 2.
            if n == last {
                break;
            }
            for (lag, x) in lags.iter_mut().zip(x[n..n + self.taps].iter().rev()) {
                *lag += x;
            }
            last = n;
            pulses += 1;
        }
        solve_lower(&matrix[..self.taps * self.taps], lags);
        (lags.iter().map(|v| v * v).sum::<f64>() / pulses as f64).sqrt().min(1.0)
    }
}
