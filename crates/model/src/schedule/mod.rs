//! How the step size changes while training.
//!
//! A [`Schedule`] is a value that a configuration names; [`Scheduled`] is one at work, and its own state. Time is
//! counted in whatever [`advance`](Scheduled::advance) is called after: epochs or steps.
//!
//! ```
//! use brinell_model::{CosineDecay, Schedule};
//!
//! let schedule: Schedule =
//!     serde_json::from_str(r#"{"kind": "cosine", "warm_up": 2, "total": 10}"#).unwrap();
//! assert_eq!(schedule, Schedule::Cosine(CosineDecay { warm_up: 2, total: 10, ..CosineDecay::default() }));
//! let mut rate = schedule.begin(0.1)?;
//! assert_eq!(rate.now(), 0.05);
//! assert_eq!(rate.advance(None)?, 0.1);
//! # Ok::<(), brinell_model::Error>(())
//! ```
//!
//! | file | schedule |
//! |---|---|
//! | `plateau.rs` | [`Plateau`]: lower when a metric stops falling |
//! | `cosine.rs` | [`CosineDecay`]: half a cosine, with a warm-up |
//! | `falling.rs` | [`StepDecay`], [`MultiStepDecay`], [`ExponentialDecay`]: by a factor, every so often |
//! | `one_cycle.rs` | [`OneCycle`]: up, then far down |
//! | `scheduled.rs` | [`Scheduled`]: any of them at work |

mod cosine;
mod falling;
mod one_cycle;
mod plateau;
mod scheduled;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

pub use cosine::CosineDecay;
pub use falling::{ExponentialDecay, MultiStepDecay, StepDecay};
pub use one_cycle::OneCycle;
pub use plateau::{Plateau, PlateauParams};
pub use scheduled::Scheduled;

/// A schedule before it begins. As TOML or JSON: a table with `kind` and the schedule's own fields, each with a default.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Schedule {
    /// The same all the time: `constant`.
    Constant {},
    /// Lower when a metric stops falling: `plateau`.
    Plateau(PlateauParams),
    /// Half a cosine: `cosine`.
    Cosine(CosineDecay),
    /// By a factor, again and again: `step`.
    Step(StepDecay),
    /// By a factor at given times: `multi-step`.
    MultiStep(MultiStepDecay),
    /// By a factor every time: `exponential`.
    Exponential(ExponentialDecay),
    /// Up, then far down: `one-cycle`.
    OneCycle(OneCycle),
}

impl Default for Schedule {
    fn default() -> Self {
        Self::Constant {}
    }
}

impl Schedule {
    /// Begins at time 0. `rate` is the step size that the configuration names; where a schedule goes up and down, it is
    /// the highest one.
    ///
    /// # Errors
    /// A rate that is not above 0, a field out of range.
    pub fn begin(&self, rate: f64) -> Result<Scheduled> {
        Scheduled::new(self.clone(), rate)
    }

    fn check(&self, rate: f64) -> Result<()> {
        match self {
            Self::Constant {} => Ok(()),
            Self::Plateau(schedule) => schedule.check(rate),
            Self::Cosine(schedule) => schedule.check(rate),
            Self::Step(schedule) => schedule.check(),
            Self::MultiStep(schedule) => schedule.check(),
            Self::Exponential(schedule) => schedule.check(),
            Self::OneCycle(schedule) => schedule.check(),
        }
    }

    /// The rate at a time; none where it hangs on a metric.
    fn at(&self, rate: f64, time: u64) -> Option<f64> {
        let time = time as f64;
        Some(match self {
            Self::Constant {} => rate,
            Self::Plateau(_) => return None,
            Self::Cosine(schedule) => schedule.at(rate, time),
            Self::Step(schedule) => schedule.at(rate, time),
            Self::MultiStep(schedule) => schedule.at(rate, time),
            Self::Exponential(schedule) => schedule.at(rate, time),
            Self::OneCycle(schedule) => schedule.at(rate, time),
        })
    }
}

/// A factor that lowers.
fn lowering(field: &str, factor: f64) -> Result<()> {
    match factor > 0.0 && factor < 1.0 {
        true => Ok(()),
        false => Err(Error::config(field, factor, "between 0 and 1")),
    }
}

/// A rate that is 0 or more and below the one that training begins with.
fn below(field: &str, value: f64, rate: f64) -> Result<()> {
    match value >= 0.0 && value < rate {
        true => Ok(()),
        false => Err(Error::config(field, value, format!("0 or more and below the learning rate, {rate}"))),
    }
}

/// Half a cosine from `from` at share 0 to `to` at share 1.
fn eased(from: f64, to: f64, share: f64) -> f64 {
    to + (from - to) * 0.5 * (1.0 + (std::f64::consts::PI * share).cos())
}
