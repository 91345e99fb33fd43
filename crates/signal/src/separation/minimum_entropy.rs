//! Minimum entropy deconvolution: the filter that makes a record most impulsive.
//!
//! ```text
//! y = f * x where the filter lies wholly on the record;  maximise  k(f) = mean (y-ȳ)⁴ / var(y)²
//! f ← R⁻¹ Σ_n y[n]³ x[n-l],  normalised;   R[i,j] = Σ_n x[n-i] x[n-j]
//! ```
//! Wiggins 1978 (doi 10.1016/0016-7142(78)90005-4), for bearings Sawalhi, Randall and Endo 2007 (Mech. Syst.
//! Signal Process. 21, 2616). It undoes the path from the impacts to the sensor without knowing it.
//!
//! Traps.
//! * The most impulsive record is ONE impulse, so that is what the filter converges to where it can: a knock,
//!   an electrical spike, or noise that happens to be compressed. Look at the output: a kurtosis of hundreds
//!   that comes from one sample says nothing about a bearing. Where the period is known take
//!   [`MomedaParams`](crate::separation::MomedaParams).
//! * It finds something in pure noise too: of 2048 samples of white noise, forty times, 30 coefficients made a
//!   kurtosis of 3.7 to 4.9 and 100 made 7 to 14. [`MinimumEntropyPlan::null`] says how much of it is chance, and it
//!   rules out noise only: one real spike is significant.
//! * Long filters find more of both.

use crate::counted::counted;
use pulp::{Simd, WithSimd};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result, check_len};
use crate::instruction_set::widest;
use crate::sample::Sample;
use crate::scratch::{Scratch, first};
use crate::separation::SolverMemory;
use crate::separation::convolution::{ValidConvolution, fold};
use crate::separation::covariance::{factor, solve_lower, solve_upper};
use crate::separation::level::{largest_magnitude, unit_scale};
use crate::separation::null::{ChanceLevel, SurrogateNull, Surrogates};
use crate::units::Hertz;

/// Longest filter of a deconvolution: its matrix takes 8 megabytes.
pub(crate) const LONGEST: usize = 1024;

/// Parameters of minimum entropy deconvolution.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MinimumEntropyParams {
    /// Coefficients of the filter, 30 to 100 in the literature. 30 unless said; at most 1024.
    pub filter_length: usize,
    /// Iterations at most. 30 unless said.
    pub iterations: usize,
    /// Smallest rise of the kurtosis that another iteration is made for; 0 makes all. 0.01 unless said.
    pub tolerance: f64,
}

impl Default for MinimumEntropyParams {
    fn default() -> Self {
        Self { filter_length: 30, iterations: 30, tolerance: 0.01 }
    }
}

/// Refuses a filter that does not fit.
pub(crate) fn check_filter(transform: &'static str, taps: usize, len: usize) -> Result<()> {
    let refuse = |reason: &str| Err(Error::parameter(transform, "filter_length", taps, reason));
    if taps == 0 {
        return refuse("at least 1 coefficient is needed");
    }
    if taps > LONGEST {
        return refuse("at most 1024 coefficients are solved for");
    }
    if taps > len {
        return refuse(&format!(
            "the record of {held} is shorter than the filter",
            held = counted(len, "sample")
        ));
    }
    Ok(())
}

impl MinimumEntropyParams {
    /// A plan for `len` samples at `rate` (which this deconvolution does not depend on).
    ///
    /// # Errors
    /// [`Error::Frequency`] when the rate is not a finite number above 0; [`Error::Parameter`] when the filter
    /// is empty, longer than the record or than 1024, there is no iteration, or the tolerance is not a number
    /// from 0 on.
    pub fn plan<T: Sample>(&self, rate: Hertz, len: usize) -> Result<MinimumEntropyPlan<T>> {
        const NAME: &str = "minimum entropy deconvolution";
        Error::check_rate(rate)?;
        check_filter(NAME, self.filter_length, len)?;
        if self.iterations == 0 {
            return Err(Error::parameter(NAME, "iterations", 0, "at least 1 is needed"));
        }
        if self.tolerance.is_nan() || self.tolerance < 0.0 {
            let reason = "it has to be a number from 0 on";
            return Err(Error::parameter(NAME, "tolerance", self.tolerance, reason));
        }
        Ok(MinimumEntropyPlan {
            len,
            params: *self,
            convolution: ValidConvolution::new(len, self.filter_length)?,
            sample: std::marker::PhantomData,
        })
    }
}

/// How a deconvolution went.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct MinimumEntropyRun {
    /// Iterations made.
    pub iterations: usize,
    /// Kurtosis of the output (3 for Gaussian noise); 0 where the output is constant.
    pub kurtosis: f64,
    /// Whether it stopped because the kurtosis rose no more.
    pub converged: bool,
}

/// A deconvolution with all that came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct MinimumEntropyResult<T> {
    /// The filter, of unit norm.
    pub filter: Vec<f64>,
    /// The filtered record, in the unit of the record.
    pub output: Vec<T>,
    /// Kurtosis of the output after each iteration.
    pub kurtosis: Vec<f64>,
    /// How it went.
    pub run: MinimumEntropyRun,
}

/// Minimum entropy deconvolution of records of one length. Inside it is `f64` throughout. An iteration costs
/// two convolutions; the covariance is factored once.
///
/// ```
/// use brinell_signal::{Hertz, Scratch, separation::MinimumEntropyParams};
/// let mut record = vec![0.0; 600];
/// for (n, x) in record.iter_mut().enumerate() {
///     let since = (n % 100) as f64;
///     *x = (-since / 15.0).exp() * (since * 0.9).sin() + 0.02 * ((n * n) as f64).sin();
/// }
/// let plan = MinimumEntropyParams::default().plan(Hertz(12_000.0), 600)?;
/// let mut sharp = vec![0.0; plan.output_len()];
/// let run = plan.process(&record, &mut sharp, &mut Scratch::new())?;
/// assert!(run.kurtosis > 20.0);
/// # Ok::<(), brinell_signal::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct MinimumEntropyPlan<T: Sample> {
    len: usize,
    params: MinimumEntropyParams,
    convolution: ValidConvolution,
    sample: std::marker::PhantomData<T>,
}

impl<T: Sample> MinimumEntropyPlan<T> {
    /// Samples of the record.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "a plan is never empty")]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Samples of the output: the places where the filter lies wholly on the record,
    /// `len - filter_length + 1`. Output `n` is made of input `n` to `n + filter_length - 1`.
    #[must_use]
    pub fn output_len(&self) -> usize {
        self.len - self.params.filter_length + 1
    }

    /// The deconvolved record of `input` (`len` samples) in `output` ([`output_len`](Self::output_len)), in the
    /// unit of the record. The filter has unit norm, and the sign that makes the largest output positive. It
    /// starts as a unit impulse at `filter_length/2`. Zeros and constants give themselves.
    ///
    /// # Errors
    /// [`Error::Length`] when a slice has another length; [`Error::Parameter`] when a sample is not finite.
    pub fn process(
        &self,
        input: &[T],
        output: &mut [T],
        scratch: &mut Scratch<T>,
    ) -> Result<MinimumEntropyRun> {
        check_len("input of the minimum entropy deconvolution", self.len, input.len())?;
        check_len("output of the minimum entropy deconvolution", self.output_len(), output.len())?;
        let scale = unit_scale(largest_magnitude("minimum entropy deconvolution", input)?);
        let solver = &mut scratch.separation.solver;
        for (y, x) in first(&mut solver.samples, self.len).iter_mut().zip(input) {
            *y = x.widen() * scale;
        }
        let run = self.iterate(solver, |_| ())?;
        for (y, value) in output.iter_mut().zip(&solver.filtered) {
            *y = T::narrow(value / scale);
        }
        Ok(run)
    }

    /// [`process`](Self::process) with filter and course, in memory of its own.
    ///
    /// # Errors
    /// As [`process`](Self::process).
    pub fn deconvolve(&self, input: &[T]) -> Result<MinimumEntropyResult<T>> {
        check_len("input of the minimum entropy deconvolution", self.len, input.len())?;
        let scale = unit_scale(largest_magnitude("minimum entropy deconvolution", input)?);
        let mut solver = SolverMemory {
            samples: input.iter().map(|x| x.widen() * scale).collect(),
            ..SolverMemory::default()
        };
        let mut kurtosis = Vec::new();
        let run = self.iterate(&mut solver, |value| kurtosis.push(value))?;
        let output = solver.filtered[..self.output_len()].iter().map(|y| T::narrow(y / scale)).collect();
        let filter = solver.taps[..self.params.filter_length].to_vec();
        Ok(MinimumEntropyResult { filter, output, kurtosis, run })
    }

    /// How large a kurtosis the same deconvolution reaches on stationary noise with the spectrum of `input`:
    /// the record is impulsive where its p-value is small. It does not say that the impulses repeat, nor that
    /// there are more than one. Surrogates run in parallel, with the same bits for any number of threads.
    ///
    /// # Errors
    /// As [`process`](Self::process); [`Error::Parameter`] when no surrogate is asked for, or more than 9999.
    pub fn null(&self, input: &[T], null: &SurrogateNull) -> Result<ChanceLevel> {
        if !(1..=9999).contains(&null.surrogates) {
            let reason = "it has to be 1 to 9999";
            let name = "null of the minimum entropy deconvolution";
            return Err(Error::parameter(name, "surrogates", null.surrogates, reason));
        }
        check_len("input of the minimum entropy deconvolution", self.len, input.len())?;
        let scale = unit_scale(largest_magnitude("minimum entropy deconvolution", input)?);
        let samples: Vec<f64> = input.iter().map(|x| x.widen() * scale).collect();
        let surrogates = Surrogates::new(&samples, null.seed)?;
        let mut solver = SolverMemory { samples, ..SolverMemory::default() };
        let criterion = self.iterate(&mut solver, |_| ())?.kurtosis;
        let controls = (0..null.surrogates)
            .into_par_iter()
            .map_init(SolverMemory::default, |solver, index| {
                solver.samples = surrogates.make(index)?;
                Ok(self.iterate(solver, |_| ())?.kurtosis)
            })
            .collect::<Result<Vec<f64>>>()?;
        Ok(ChanceLevel::new(criterion, controls))
    }

    /// Deconvolves what lies in `solver.samples`: the filter to `taps`, the output to `filtered`.
    fn iterate(&self, solver: &mut SolverMemory, mut after: impl FnMut(f64)) -> Result<MinimumEntropyRun> {
        let (length, outputs) = (self.params.filter_length, self.output_len());
        let SolverMemory { samples, filtered, target, taps, lags, matrix, convolution } = solver;
        let (x, y) = (&samples[..self.len], first(filtered, outputs));
        let (f, next) = (first(taps, length), first(lags, length));
        let (cubes, matrix) = (first(target, outputs), first(matrix, length * length));
        f.fill(0.0);
        f[length / 2] = 1.0;
        self.convolution.prepare(x, convolution)?;
        self.convolution.filter(x, f, y, convolution)?;
        let mut run = MinimumEntropyRun { iterations: 0, kurtosis: kurtosis(y), converged: false };
        self.convolution.correlate(x, &x[length - 1..], next, convolution)?;
        if run.kurtosis <= 0.0 || !factor(x, next, matrix) {
            run.converged = true;
            return Ok(run);
        }
        let mut before = f64::NEG_INFINITY;
        while run.iterations < self.params.iterations {
            cubes.iter_mut().zip(&*y).for_each(|(c, y)| *c = y * y * y);
            self.convolution.correlate(x, cubes, next, convolution)?;
            solve_lower(matrix, next);
            solve_upper(matrix, next);
            let norm = next.iter().map(|v| v * v).sum::<f64>().sqrt();
            if norm <= 0.0 || !norm.is_finite() {
                break;
            }
            f.iter_mut().zip(&*next).for_each(|(f, v)| *f = v / norm);
            self.convolution.filter(x, f, y, convolution)?;
            run.kurtosis = kurtosis(y);
            run.iterations += 1;
            after(run.kurtosis);
            if self.params.tolerance > 0.0 && run.kurtosis - before < self.params.tolerance {
                run.converged = true;
                break;
            }
            before = run.kurtosis;
        }
        let largest = y.iter().fold(0f64, |a, y| if y.abs() > a.abs() { *y } else { a });
        if largest < 0.0 {
            f.iter_mut().chain(y.iter_mut()).for_each(|v| *v = -*v);
        }
        Ok(run)
    }
}

/// `mean (y-ȳ)⁴ / var(y)²`; 0 where nothing but rounding varies.
fn kurtosis(y: &[f64]) -> f64 {
    widest().dispatch(Kurtosis(y))
}

struct Kurtosis<'a>(&'a [f64]);

impl WithSimd for Kurtosis<'_> {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f64 {
        let (vectors, rest) = S::as_simd_f64s(self.0);
        let (zero, n) = (simd.splat_f64s(0.0), self.0.len() as f64);
        let mut sums = [zero; 8];
        for chunk in vectors.chunks(8) {
            for (sum, y) in sums.iter_mut().zip(chunk) {
                *sum = simd.add_f64s(*sum, *y);
            }
        }
        let mean = (fold(simd, sums) + rest.iter().sum::<f64>()) / n;
        let centre = simd.splat_f64s(-mean);
        let (mut second, mut fourth) = ([zero; 8], [zero; 8]);
        for chunk in vectors.chunks(8) {
            for ((second, fourth), y) in second.iter_mut().zip(&mut fourth).zip(chunk) {
                let off = simd.add_f64s(*y, centre);
                let square = simd.mul_f64s(off, off);
                *second = simd.add_f64s(*second, square);
                *fourth = simd.mul_add_e_f64s(square, square, *fourth);
            }
        }
        let (mut second, mut fourth) = (fold(simd, second), fold(simd, fourth));
        for y in rest {
            let square = (y - mean) * (y - mean);
            second += square;
            fourth += square * square;
        }
        if second <= 1e-24 * (second + n * mean * mean) || second <= 0.0 {
            return 0.0;
        }
        n * fourth / (second * second)
    }
}
