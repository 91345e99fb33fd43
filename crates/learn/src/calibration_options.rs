//! `[calibration]` of an experiment: what is made of scores on bearings held out inside the training side.

use crate::calibration::Unit;
use crate::experiment::Complaints;
use serde::{Deserialize, Serialize};

/// What is fitted on held-out bearings of the training side. Left out of an experiment: nothing, and the scores are
/// shares of belief, not frequencies of being right.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CalibrationOptions {
    /// How probabilities are corrected.
    pub method: CalibrationMethod,
    /// The score of faults that were never learned.
    pub unknown: UnknownOptions,
    /// Share of cases in which a set of classes may miss the true one.
    pub miss_rate: f64,
    /// What counts as one case.
    pub unit: Unit,
}

impl Default for CalibrationOptions {
    fn default() -> Self {
        CalibrationOptions {
            method: CalibrationMethod::Temperature,
            unknown: UnknownOptions::default(),
            miss_rate: 0.1,
            unit: Unit::Bearing,
        }
    }
}

/// How probabilities are corrected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CalibrationMethod {
    /// They stay.
    None,
    /// One divisor of all logits; no ranking changes.
    Temperature,
    /// The same, and a constant added to the logit of the healthy class: where the threshold between healthy and
    /// faulty lies is told by the held-out bearings.
    TemperatureAndThreshold,
    /// A rising curve for each class.
    Isotonic,
}

/// How an unknown fault is told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum UnknownOptions {
    /// By `1 - max p`: cheap, and blind to what a net is wrongly sure of.
    Confidence,
    /// By the distance to the k-th nearest training example of the features, each in units of its deviation there.
    Neighbours {
        /// Which neighbour.
        #[serde(default = "five")]
        k: usize,
    },
    /// By the smallest Mahalanobis distance to a class, with one covariance, shrunk.
    Mahalanobis,
}

fn five() -> usize {
    5
}

impl Default for UnknownOptions {
    fn default() -> Self {
        UnknownOptions::Neighbours { k: five() }
    }
}

impl CalibrationOptions {
    pub(crate) fn check(&self, found: &mut Complaints) {
        if !(self.miss_rate > 0.0 && self.miss_rate < 1.0) {
            let message = format!("miss_rate must be above 0 and below 1, found {}", self.miss_rate);
            found.add("calibration.miss_rate", message);
        }
        if let UnknownOptions::Neighbours { k } = self.unknown {
            found.at_least("calibration.unknown.k", "k", k, 1);
        }
    }
}
