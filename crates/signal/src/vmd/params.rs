//! What a variational mode decomposition is asked for.

use crate::counted::counted;
use std::f64::consts::PI;

use serde::{Deserialize, Serialize};

use crate::bare_word::bare_words;
use crate::error::{Error, Result};
use crate::sample::Sample;
use crate::units::Hertz;
use crate::vmd::multivariate::MultivariateVmdPlan;
use crate::vmd::plan::VmdPlan;

/// Name of the transform in errors.
pub(crate) const VMD: &str = "variational mode decomposition";

/// Most modes that a plan is made for.
const MOST_MODES: usize = 1024;

/// Most numbers that a plan's output may hold.
const LARGEST_OUTPUT: usize = 1 << 30;

/// How narrow modes are: the weight of the bandwidth in the variational problem, in one of the ways in which
/// programs and people write it.
///
/// In a configuration a bare number is `vmdpy`'s; the others are `{ mathworks = 25.0 }` and
/// `{ half-width = 250.0 }`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(from = "WrittenAlpha", into = "WrittenAlpha")]
pub enum Alpha {
    /// `α` of the filter `1/(1 + α(ν - ω)²)`, with `ν` and `ω` in cycles a sample: the convention of the
    /// original MATLAB program and of `vmdpy`. No unit; at twice the rate the same width in hertz needs four
    /// times the `α`.
    Vmdpy(f64),
    /// `PenaltyFactor` as MathWorks' help for `vmd` writes it, `1/(1 + 2α(2π(ν - ω))²)`: `vmdpy`'s is `8π²`
    /// times as large.
    Mathworks(f64),
    /// Distance from a mode's centre at which its filter has fallen to one half: `rate/sqrt(α)` with `vmdpy`'s
    /// `α`. The one form that means the same at every sampling rate.
    HalfWidth(Hertz),
}

/// [`Alpha`] as it is written.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(untagged, expecting = "a number (vmdpy's alpha), { mathworks = 25.0 } or { half-width = 250.0 }")]
enum WrittenAlpha {
    Number(f64),
    Named(NamedAlpha),
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum NamedAlpha {
    Vmdpy(f64),
    Mathworks(f64),
    HalfWidth(Hertz),
}

impl From<WrittenAlpha> for Alpha {
    fn from(written: WrittenAlpha) -> Self {
        match written {
            WrittenAlpha::Number(alpha) | WrittenAlpha::Named(NamedAlpha::Vmdpy(alpha)) => Self::Vmdpy(alpha),
            WrittenAlpha::Named(NamedAlpha::Mathworks(alpha)) => Self::Mathworks(alpha),
            WrittenAlpha::Named(NamedAlpha::HalfWidth(width)) => Self::HalfWidth(width),
        }
    }
}

impl From<Alpha> for WrittenAlpha {
    fn from(alpha: Alpha) -> Self {
        match alpha {
            Alpha::Vmdpy(alpha) => Self::Number(alpha),
            Alpha::Mathworks(alpha) => Self::Named(NamedAlpha::Mathworks(alpha)),
            Alpha::HalfWidth(width) => Self::Named(NamedAlpha::HalfWidth(width)),
        }
    }
}

impl Default for Alpha {
    fn default() -> Self {
        Self::Vmdpy(2000.0)
    }
}

impl Alpha {
    /// The same in `vmdpy`'s convention, for records at `rate`.
    ///
    /// # Errors
    /// [`Error::Parameter`] when the number is not finite and above 0; [`Error::Frequency`] when the rate is
    /// not.
    pub fn penalty(self, rate: Hertz) -> Result<f64> {
        Error::check_rate(rate)?;
        let (value, penalty) = match self {
            Self::Vmdpy(alpha) => (alpha, alpha),
            Self::Mathworks(alpha) => (alpha, alpha * 8.0 * PI * PI),
            Self::HalfWidth(width) => (width.0, (rate.0 / width.0) * (rate.0 / width.0)),
        };
        if value > 0.0 && penalty > 0.0 && penalty.is_finite() {
            return Ok(penalty);
        }
        Err(Error::parameter(VMD, "alpha", value, "it has to be a finite number above 0"))
    }

    /// Half-amplitude half-width of a mode's filter in hertz, `rate/sqrt(α)`.
    ///
    /// # Errors
    /// As [`Alpha::penalty`].
    pub fn half_width(self, rate: Hertz) -> Result<Hertz> {
        Ok(Hertz(rate.0 / self.penalty(rate)?.sqrt()))
    }
}

/// Where the modes' centres begin.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(remote = "Self", rename_all = "kebab-case")]
pub enum VmdStart {
    /// All at 0 (`init = 0` of `vmdpy`).
    Zero,
    /// Mode `k` of `K` at `k/K` of half the rate (`init = 1`).
    #[default]
    Uniform,
    /// Drawn log-uniformly between `rate/len` and half the rate, and sorted (`init = 2`, with this crate's
    /// generator: NumPy's would draw others).
    Random {
        /// Seed of the generator. 0 unless said.
        #[serde(default)]
        seed: u64,
    },
    /// These, one for each mode, from 0 to half the rate.
    Centres(Vec<Hertz>),
}

bare_words!(VmdStart);

/// How the variational problem is solved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VmdSolver {
    /// Sweeps over the modes as in the paper, stopped when the modes change little.
    #[default]
    Sweep,
    /// For `tau = 0`: all modes at once in closed form for given centres, then the centres anew, until they
    /// rest. It ends where very many sweeps would end, see [`VmdParams::centre_tolerance`].
    FixedPoint,
}

/// What the tolerance of the stop rule is measured against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VmdScale {
    /// The record's RMS: the result does not depend on the unit of the record.
    #[default]
    UnitRms,
    /// The numbers as they are, like `vmdpy`: a record that is 100 times smaller is stopped far earlier, and a
    /// very small one after the first sweep.
    Raw,
}

/// Parameters of a variational mode decomposition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct VmdParams {
    /// Number of modes, `K`. 4 unless said.
    pub modes: usize,
    /// How narrow they are. `vmdpy`'s 2000 unless said.
    pub alpha: Alpha,
    /// Step of the dual ascent. 0, which leaves a residual and suits noisy records, unless said; above 0 the
    /// residual is driven to nothing.
    pub tau: f64,
    /// Whether the first mode stays at 0 Hz. Not unless said.
    pub dc: bool,
    /// Where the centres begin. Uniform unless said.
    pub start: VmdStart,
    /// The sweeps end when `ε + Σ|u_new - u_old|²/(2 len)`, over all modes and DCT-II coefficients, is at most
    /// this (in squared units of [`scale`](Self::scale); `ε = 2⁻⁵²`). 1e-7 unless said.
    pub tolerance: f64,
    /// End instead when no centre moves by more than this in one iteration, in cycles a sample. Unless said
    /// the sweeps end by [`tolerance`](Self::tolerance) and the fixed point by `1e-10` in f64, `1e-6` in f32.
    pub centre_tolerance: Option<f64>,
    /// Most sweeps, or passes of the fixed point. 499 unless said, which is what `vmdpy` does.
    pub max_sweeps: usize,
    /// How the problem is solved. By sweeps unless said.
    pub solver: VmdSolver,
    /// What the tolerance is measured against. The record's RMS unless said.
    pub scale: VmdScale,
    /// Do exactly what `vmdpy` 0.2 does, its faults included: an odd record loses its last sample, the tolerance is
    /// raw, the modes and centres of the sweep BEFORE the last come out, in the order of the start, with a
    /// false line at half the rate. Not unless said. (Only sweeps; an empty mode keeps its centre where
    /// `vmdpy` gives NaN.)
    pub compat: bool,
}

impl Default for VmdParams {
    fn default() -> Self {
        Self {
            modes: 4,
            alpha: Alpha::default(),
            tau: 0.0,
            dc: false,
            start: VmdStart::Uniform,
            tolerance: 1e-7,
            centre_tolerance: None,
            max_sweeps: 499,
            solver: VmdSolver::Sweep,
            scale: VmdScale::UnitRms,
            compat: false,
        }
    }
}

impl VmdParams {
    /// A plan for records of `len` samples at `rate`.
    ///
    /// # Errors
    /// [`Error::Frequency`] when the rate is not a finite number above 0. [`Error::Parameter`] when `len` is 0
    /// (below 2 with `compat`), there are no modes or more than 1024, modes times samples exceed 2³⁰, a
    /// number lies outside its range, `alpha` is too large for the type of the samples, the centres of the
    /// start are not one per mode within 0 to half the rate, or the fixed point is asked for with `tau > 0`
    /// or `compat`.
    pub fn plan<T: Sample>(&self, rate: Hertz, len: usize) -> Result<VmdPlan<T>> {
        VmdPlan::new(self, rate, len)
    }

    /// A plan for records of several channels that share their modes' centres (multivariate VMD).
    ///
    /// # Errors
    /// As [`VmdParams::plan`], and when there is no channel.
    pub fn plan_multivariate<T: Sample>(
        &self,
        rate: Hertz,
        channels: usize,
        len: usize,
    ) -> Result<MultivariateVmdPlan<T>> {
        MultivariateVmdPlan::new(self, rate, channels, len)
    }

    /// Checks everything that does not depend on the type of the samples.
    pub(crate) fn check(&self, rate: Hertz, channels: usize, len: usize) -> Result<()> {
        Error::check_rate(rate)?;
        self.alpha.penalty(rate)?;
        let refuse =
            |parameter, value: String, reason: &str| Err(Error::parameter(VMD, parameter, value, reason));
        if len == 0 {
            return refuse("length", len.to_string(), "at least 1 sample is needed");
        }
        if channels == 0 {
            return refuse("channels", channels.to_string(), "at least 1 channel is needed");
        }
        if self.modes == 0 || self.modes > MOST_MODES {
            return refuse("modes", self.modes.to_string(), "it has to lie within 1 to 1024");
        }
        if self
            .modes
            .checked_mul(channels)
            .and_then(|n| n.checked_mul(len))
            .is_none_or(|n| n > LARGEST_OUTPUT)
        {
            let reason = format!(
                "{} of {channels} x {len} samples are more than 2^30 numbers",
                counted(self.modes, "mode")
            );
            return refuse("length", len.to_string(), &reason);
        }
        if !(self.tau >= 0.0 && self.tau.is_finite()) {
            return refuse("tau", self.tau.to_string(), "it has to be a finite number, 0 or above");
        }
        if !(self.tolerance >= 0.0 && self.tolerance.is_finite()) {
            return refuse(
                "tolerance",
                self.tolerance.to_string(),
                "it has to be a finite number, 0 or above",
            );
        }
        if let Some(tolerance) = self.centre_tolerance
            && !(tolerance >= 0.0 && tolerance.is_finite())
        {
            let reason = "it has to be a finite number, 0 or above";
            return refuse("centre_tolerance", tolerance.to_string(), reason);
        }
        if self.max_sweeps == 0 {
            return refuse("max_sweeps", "0".to_owned(), "at least 1 sweep is needed");
        }
        if self.compat && len < 2 {
            return refuse(
                "compat",
                "true".to_owned(),
                "vmdpy drops the last sample of an odd record: none is left",
            );
        }
        if self.solver == VmdSolver::FixedPoint && self.tau > 0.0 {
            let reason = "the fixed point is known in closed form for tau = 0 only: use the sweep solver";
            return refuse("tau", self.tau.to_string(), reason);
        }
        if self.solver == VmdSolver::FixedPoint && self.compat {
            return refuse("compat", "true".to_owned(), "vmdpy sweeps: use the sweep solver");
        }
        if let VmdStart::Centres(centres) = &self.start {
            if centres.len() != self.modes {
                let reason = format!("for {}: give one centre for each", counted(self.modes, "mode"));
                return refuse("start", counted(centres.len(), "centre"), &reason);
            }
            let nyquist = rate.0 / 2.0;
            if let Some(centre) = centres.iter().find(|c| !(c.0 >= 0.0 && c.0 <= nyquist)) {
                let reason = format!("a centre has to lie within 0 to {nyquist} Hz, half the rate");
                return refuse("start", centre.to_string(), &reason);
            }
        }
        Ok(())
    }

    /// Centres of the start in cycles a sample, for records of `len` samples.
    pub(crate) fn start_centres(&self, rate: Hertz, len: usize) -> Vec<f64> {
        let modes = self.modes;
        let mut centres: Vec<f64> = match &self.start {
            VmdStart::Zero => vec![0.0; modes],
            VmdStart::Uniform => (0..modes).map(|k| 0.5 / modes as f64 * k as f64).collect(),
            VmdStart::Random { seed } => random_centres(*seed, modes, len),
            VmdStart::Centres(centres) => centres.iter().map(|c| (c.0 / rate.0).min(0.5)).collect(),
        };
        if self.dc {
            centres[0] = 0.0;
        }
        centres
    }
}

/// Log-uniform between one cycle a record and half the rate, ascending.
fn random_centres(seed: u64, modes: usize, len: usize) -> Vec<f64> {
    use rand::RngExt;
    let mut generator = crate::generator(seed, "start of variational mode decomposition");
    let (low, high) = ((1.0 / len as f64).min(0.5).ln(), 0.5_f64.ln());
    let mut centres: Vec<f64> =
        (0..modes).map(|_| (low + (high - low) * generator.random::<f64>()).exp().min(0.5)).collect();
    centres.sort_by(f64::total_cmp);
    centres
}
