//! Linear prediction: a record as white noise and impacts through resonances, and what is left without these.
//!
//! ```text
//! e[n] = x[n] + a[1] x[n-1] + .. + a[p] x[n-p]        residual, n >= p
//! e[n] = x[n] + a[1] x[n+1] + .. + a[p] x[n+p]        residual, n < p: predicted from behind
//! Yule-Walker: R a = -r of the biased autocorrelation r[k] = (1/N) Σ x[n] x[n+k], by Levinson's recursion
//! Burg:        each reflection coefficient minimises forward and backward errors together
//! order:       the smallest N ln s²(p) + 2 p, Akaike's criterion, s²(p) the variance of the residual
//! ```
//! Resonances and tones are predictable, impacts are not: they stay in the residual and stand out (Sawalhi
//! and Randall 2007, doi 10.1016/j.ymssp.2006.12.002). Both methods give stable models.
//!
//! The first `p` samples have too few before them, so they are predicted from those that follow: run backwards, a
//! stationary record has the same autocorrelation, hence the same coefficients (Burg's recursion minimises just these
//! two errors). Were samples before the record taken as 0 ([`AutoregressiveStart::Zeros`]), its sudden start would be
//! the largest impact of most residuals.
//!
//! Traps: an impact among the first `p` samples keeps its energy but is drawn out, since a resonance run backwards
//! builds up and stops. Yule-Walker tapers the record by the lag and blurs strong tones in short records; Burg does
//! not, but may split a line. A very high order predicts the ringing between impacts of a fast train as well,
//! and takes them away. Mean and trend belong to the record: remove them first.

use crate::counted::counted;
use pulp::{Simd, WithSimd};
use serde::{Deserialize, Serialize};

use crate::bare_word::bare_words;
use crate::error::{Error, Result, check_len};
use crate::instruction_set::widest;
use crate::sample::Sample;
use crate::scratch::{Scratch, first};
use crate::separation::SolverMemory;
use crate::separation::convolution::{dot, filter_direct};
use crate::separation::level::{largest_magnitude, unit_scale};
use crate::units::Hertz;

/// Highest order that is fitted.
const HIGHEST: usize = 4096;

/// How the coefficients are estimated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AutoregressiveMethod {
    /// Burg's recursion (1967): sharp also in short records.
    #[default]
    Burg,
    /// The Yule-Walker equations by Levinson's recursion.
    YuleWalker,
}

/// How many coefficients a model has. In a configuration a bare number is a fixed order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(remote = "Self", rename_all = "kebab-case", deny_unknown_fields)]
pub enum AutoregressiveOrder {
    /// That many; at least 1 and at most 4096 and half of the record (less than all of it with
    /// [`AutoregressiveStart::Zeros`]).
    Fixed(usize),
    /// The one that Akaike's criterion prefers among 0 to `min(highest, N/10)`.
    Akaike {
        /// Highest order that is tried. 200 unless said.
        #[serde(default = "usual_highest")]
        highest: usize,
    },
}

bare_words!(AutoregressiveOrder, number = "fixed");

/// What the first samples, as many as the model has coefficients, are predicted from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AutoregressiveStart {
    /// The samples that follow them. Fixed orders go up to half of the record, so that every sample has enough on one
    /// side.
    #[default]
    Backwards,
    /// Zeros before the record, as a recursive filter at rest: these residuals are a large transient, to be left out of
    /// a kurtosis.
    Zeros,
}

fn usual_highest() -> usize {
    200
}

impl Default for AutoregressiveOrder {
    fn default() -> Self {
        Self::Akaike { highest: usual_highest() }
    }
}

/// Parameters of a linear model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AutoregressiveParams {
    /// How the coefficients are estimated. Burg unless said.
    pub method: AutoregressiveMethod,
    /// Order of the model. By Akaike's criterion up to a tenth of the record and 200 unless said.
    pub order: AutoregressiveOrder,
    /// What the first samples are predicted from. Those that follow unless said.
    pub start: AutoregressiveStart,
}

impl AutoregressiveParams {
    /// A plan for `len` samples at `rate` (which a linear model does not depend on).
    ///
    /// # Errors
    /// [`Error::Frequency`] when the rate is not a finite number above 0; [`Error::Parameter`] when `len` is 0
    /// or a fixed order is 0, above half of `len` (with [`AutoregressiveStart::Zeros`] not below `len`), or above 4096.
    pub fn plan<T: Sample>(&self, rate: Hertz, len: usize) -> Result<AutoregressivePlan<T>> {
        Error::check_rate(rate)?;
        let refuse = |parameter, value: usize, reason: &str| {
            Err(Error::parameter("linear prediction", parameter, value, reason))
        };
        if len == 0 {
            return refuse("record", 0, "at least 1 sample is needed");
        }
        let (highest, fixed) = match self.order {
            AutoregressiveOrder::Fixed(0) => {
                return refuse("order", 0, "a prediction needs at least 1 coefficient: take a higher order");
            }
            AutoregressiveOrder::Fixed(order) if order >= len => {
                let reason =
                    format!("a record of {held} has orders up to {}", len - 1, held = counted(len, "sample"));
                return refuse("order", order, &reason);
            }
            AutoregressiveOrder::Fixed(order)
                if self.start == AutoregressiveStart::Backwards && order > len / 2 =>
            {
                let reason = format!(
                    "above {}, half of the record, samples in its middle have too few before and behind them: take a \
                     lower order or `start = \"zeros\"`",
                    len / 2
                );
                return refuse("order", order, &reason);
            }
            AutoregressiveOrder::Fixed(order) if order > HIGHEST => {
                return refuse("order", order, "at most 4096 coefficients are fitted");
            }
            AutoregressiveOrder::Fixed(order) => (order, true),
            AutoregressiveOrder::Akaike { highest } => (highest.min(len / 10).min(HIGHEST), false),
        };
        let (method, start) = (self.method, self.start);
        Ok(AutoregressivePlan { len, method, start, highest, fixed, sample: std::marker::PhantomData })
    }
}

/// What was fitted.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct AutoregressiveFit {
    /// Order of the model. Below a fixed one where the record is predicted without error before.
    pub order: usize,
    /// Variance of the residual as the recursion has it, in the square of the record's unit.
    pub variance: f64,
}

/// Linear prediction in records of one length.
///
/// ```
/// use brinell_signal::{Hertz, Scratch, separation::AutoregressiveParams};
/// let record: Vec<f64> = (0..400).map(|n| (n as f64 * 0.7).sin() + 0.01 * ((n * n) as f64).sin()).collect();
/// let plan = AutoregressiveParams::default().plan(Hertz(1000.0), 400)?;
/// let mut residual = vec![0.0; 400];
/// let fit = plan.process(&record, &mut residual, &mut Scratch::new())?;
/// assert!(fit.order >= 2 && residual[100..].iter().all(|e| e.abs() < 0.1));
/// # Ok::<(), brinell_signal::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct AutoregressivePlan<T: Sample> {
    len: usize,
    method: AutoregressiveMethod,
    start: AutoregressiveStart,
    highest: usize,
    fixed: bool,
    sample: std::marker::PhantomData<T>,
}

impl<T: Sample> AutoregressivePlan<T> {
    /// Samples of the record and of the residual.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "a plan is never empty")]
    pub fn len(&self) -> usize {
        self.len
    }

    /// The highest order that can come out; coefficients take one value more.
    #[must_use]
    pub fn highest_order(&self) -> usize {
        self.highest
    }

    /// The coefficients `1, a[1] ..` of `input` (`len` samples) in `coefficients` (`highest_order() + 1`),
    /// zeros beyond the order that was chosen.
    ///
    /// # Errors
    /// [`Error::Length`] when a slice has another length; [`Error::Parameter`] when a sample is not finite.
    pub fn fit(
        &self,
        input: &[T],
        coefficients: &mut [f64],
        scratch: &mut Scratch<T>,
    ) -> Result<AutoregressiveFit> {
        check_len("coefficients of the linear prediction", self.highest + 1, coefficients.len())?;
        let (fit, _) = self.estimate(input, &mut scratch.separation.solver)?;
        coefficients.copy_from_slice(&scratch.separation.solver.target[..=self.highest]);
        Ok(fit)
    }

    /// The residual of `input` in `output` (both `len` samples), in the unit of the record.
    ///
    /// # Errors
    /// [`Error::Length`] when a slice has another length; [`Error::Parameter`] when a sample is not finite.
    pub fn process(
        &self,
        input: &[T],
        output: &mut [T],
        scratch: &mut Scratch<T>,
    ) -> Result<AutoregressiveFit> {
        check_len("output of the linear prediction", self.len, output.len())?;
        let solver = &mut scratch.separation.solver;
        let (fit, scale) = self.estimate(input, solver)?;
        let SolverMemory { samples, filtered, target, .. } = solver;
        let padded = first(samples, self.len + fit.order);
        padded[..fit.order].fill(0.0);
        for (y, x) in padded[fit.order..].iter_mut().zip(input) {
            *y = x.widen() * scale;
        }
        let (residual, taps) = (first(filtered, self.len), &target[..=fit.order]);
        filter_direct(padded, taps, residual);
        if self.start == AutoregressiveStart::Backwards {
            let record = &padded[fit.order..];
            for (i, e) in residual[..fit.order].iter_mut().enumerate() {
                *e = taps.iter().zip(&record[i..]).map(|(a, x)| a * x).sum();
            }
        }
        for (y, e) in output.iter_mut().zip(residual) {
            *y = T::narrow(*e / scale);
        }
        Ok(fit)
    }

    /// Leaves the coefficients in `target`; gives the scale that the record was multiplied by.
    fn estimate(&self, input: &[T], solver: &mut SolverMemory) -> Result<(AutoregressiveFit, f64)> {
        check_len("input of the linear prediction", self.len, input.len())?;
        let scale = unit_scale(largest_magnitude("linear prediction", input)?);
        let SolverMemory { samples, filtered, target, taps, lags, .. } = solver;
        let forward = first(samples, self.len);
        for (y, x) in forward.iter_mut().zip(input) {
            *y = x.widen() * scale;
        }
        let mut choice = Choice {
            samples: self.len as f64,
            fixed: self.fixed,
            best: first(target, self.highest + 1),
            lowest: f64::INFINITY,
            fit: AutoregressiveFit { order: 0, variance: 0.0 },
        };
        let taps = first(taps, self.highest + 1);
        match self.method {
            AutoregressiveMethod::Burg => {
                let backward = first(filtered, self.len);
                backward.copy_from_slice(forward);
                widest().dispatch(Burg { forward, backward, taps, choice: &mut choice });
            }
            AutoregressiveMethod::YuleWalker => {
                let lags = first(lags, self.highest + 1);
                widest().dispatch(Autocorrelation { x: forward, lags });
                levinson(lags, taps, &mut choice);
            }
        }
        let mut fit = choice.fit;
        fit.variance /= scale * scale;
        Ok((fit, scale))
    }
}

/// The model to be kept while the order grows.
struct Choice<'a> {
    samples: f64,
    fixed: bool,
    best: &'a mut [f64],
    lowest: f64,
    fit: AutoregressiveFit,
}

impl Choice<'_> {
    /// Takes the model of this order when it is better than those before it.
    fn offer(&mut self, taps: &[f64], variance: f64) {
        let order = taps.len() - 1;
        let criterion = if self.fixed {
            -(order as f64)
        } else if variance > 0.0 {
            self.samples * variance.ln() + 2.0 * order as f64
        } else {
            f64::NEG_INFINITY
        };
        if order == 0 || criterion < self.lowest {
            self.lowest = criterion;
            self.fit = AutoregressiveFit { order, variance: variance.max(0.0) };
            self.best.fill(0.0);
            self.best[..=order].copy_from_slice(taps);
        }
    }
}

/// `r[k] = (1/N) Σ x[n] x[n+k]`.
struct Autocorrelation<'a> {
    x: &'a [f64],
    lags: &'a mut [f64],
}

impl WithSimd for Autocorrelation<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let n = self.x.len();
        for (k, r) in self.lags.iter_mut().enumerate() {
            *r = dot(simd, &self.x[..n - k], &self.x[k..]) / n as f64;
        }
    }
}

/// The next order's coefficients from this one's: `a[i] + k a[m-i]`, the new last one `k`.
fn reflect(taps: &mut [f64], order: usize, k: f64) {
    taps[order] = 0.0;
    let (mut i, mut j) = (0, order);
    while i <= j {
        let (a, b) = (taps[i], taps[j]);
        taps[i] = a + k * b;
        taps[j] = b + k * a;
        i += 1;
        j -= 1;
    }
}

/// Share of the power below which a residual is rounding.
const NOTHING: f64 = 1e-15;

/// Levinson's recursion on the autocorrelation `r`.
fn levinson(r: &[f64], taps: &mut [f64], choice: &mut Choice<'_>) {
    taps[0] = 1.0;
    let mut variance = r[0];
    choice.offer(&taps[..1], variance);
    for order in 1..r.len() {
        if variance <= NOTHING * r[0] {
            return;
        }
        let sum: f64 = (0..order).map(|i| taps[i] * r[order - i]).sum();
        let k = -sum / variance;
        reflect(taps, order, k);
        variance *= 1.0 - k * k;
        choice.offer(&taps[..=order], variance);
    }
}

/// Burg's recursion; `forward` and `backward` both hold the record.
struct Burg<'a, 'b> {
    forward: &'a mut [f64],
    backward: &'a mut [f64],
    taps: &'a mut [f64],
    choice: &'a mut Choice<'b>,
}

impl WithSimd for Burg<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { forward, backward, taps, choice } = self;
        let n = forward.len();
        let power = dot(simd, forward, forward) / n as f64;
        let mut variance = power;
        taps[0] = 1.0;
        choice.offer(&taps[..1], variance);
        for order in 1..taps.len() {
            if variance <= NOTHING * power {
                return;
            }
            let (f, b) = (&mut forward[order..], &mut backward[..n - order]);
            let both = dot(simd, f, f) + dot(simd, b, b);
            if both <= 0.0 {
                return;
            }
            let k = -2.0 * dot(simd, f, b) / both;
            for (f, b) in f.iter_mut().zip(b) {
                let (ahead, behind) = (*f, *b);
                *f = ahead + k * behind;
                *b = behind + k * ahead;
            }
            reflect(taps, order, k);
            variance *= 1.0 - k * k;
            choice.offer(&taps[..=order], variance);
        }
    }
}

/// A linear model of a record.
#[derive(Debug, Clone, PartialEq)]
pub struct AutoregressiveModel {
    /// `1, a[1] .. a[p]`.
    pub coefficients: Vec<f64>,
    /// Variance of the residual, in the square of the record's unit.
    pub variance: f64,
}

/// The linear model of a record; fixed orders go up to its length less 1, whatever the start.
///
/// # Errors
/// As [`AutoregressiveParams::plan`] and [`AutoregressivePlan::fit`].
pub fn autoregressive_model<T: Sample>(
    samples: &[T],
    params: &AutoregressiveParams,
) -> Result<AutoregressiveModel> {
    // The start matters to the residual only.
    let params = AutoregressiveParams { start: AutoregressiveStart::Zeros, ..*params };
    let plan = params.plan(Hertz(1.0), samples.len())?;
    let mut coefficients = vec![0.0; plan.highest_order() + 1];
    let fit = plan.fit(samples, &mut coefficients, &mut Scratch::new())?;
    coefficients.truncate(fit.order + 1);
    Ok(AutoregressiveModel { coefficients, variance: fit.variance })
}
