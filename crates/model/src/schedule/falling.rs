//! Lower by a factor, every so often.

use serde::{Deserialize, Serialize};

use super::lowering;
use crate::error::{Error, Result};

/// Lower by `factor` after every `every`: `η f^⌊t / every⌋`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StepDecay {
    /// Time between two falls, at least 1.
    pub every: u64,
    /// What the rate is multiplied by, between 0 and 1.
    pub factor: f64,
}

impl Default for StepDecay {
    fn default() -> Self {
        Self { every: 30, factor: 0.1 }
    }
}

impl StepDecay {
    pub(super) fn check(&self) -> Result<()> {
        lowering("factor", self.factor)?;
        match self.every {
            0 => Err(Error::config("every", 0, "at least 1")),
            _ => Ok(()),
        }
    }

    pub(super) fn at(&self, rate: f64, time: f64) -> f64 {
        rate * self.factor.powf((time / self.every as f64).floor())
    }
}

/// Lower by `factor` at each of the given times.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MultiStepDecay {
    /// The times, at least one, each above the one before.
    pub milestones: Vec<u64>,
    /// What the rate is multiplied by, between 0 and 1.
    pub factor: f64,
}

impl Default for MultiStepDecay {
    fn default() -> Self {
        Self { milestones: vec![30, 60, 90], factor: 0.1 }
    }
}

impl MultiStepDecay {
    pub(super) fn check(&self) -> Result<()> {
        lowering("factor", self.factor)?;
        if self.milestones.is_empty() {
            let expected = "at least one time; for a rate that stays take the schedule `constant`";
            return Err(Error::config("milestones", "[]", expected));
        }
        match self.milestones.is_sorted_by(|one, next| one < next) {
            true => Ok(()),
            false => Err(Error::config(
                "milestones",
                format!("{:?}", self.milestones),
                "times, each above the one before",
            )),
        }
    }

    pub(super) fn at(&self, rate: f64, time: f64) -> f64 {
        let passed = self.milestones.iter().filter(|milestone| **milestone as f64 <= time).count();
        rate * self.factor.powf(passed as f64)
    }
}

/// Lower by `factor` every time: `η f^t`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ExponentialDecay {
    /// What the rate is multiplied by, between 0 and 1.
    pub factor: f64,
}

impl Default for ExponentialDecay {
    fn default() -> Self {
        Self { factor: 0.95 }
    }
}

impl ExponentialDecay {
    pub(super) fn check(&self) -> Result<()> {
        lowering("factor", self.factor)
    }

    pub(super) fn at(&self, rate: f64, time: f64) -> f64 {
        rate * self.factor.powf(time)
    }
}
