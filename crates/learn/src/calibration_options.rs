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
    /// Share of held-out segments of known classes whose unknown score may raise the alarm: it tells the alarm's threshold.
    /// The scores are those of the models that had not seen the segments, each fitted as the fold's own.
    pub false_alarm_rate: f64,
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
            false_alarm_rate: 0.05,
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
        /// Keep at most so many training examples, evenly among all and rounded to a thousandth of a deviation, so that the
        /// model stays small. Left out: all.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        most: Option<usize>,
    },
    /// By the smallest Mahalanobis distance to a class, with one covariance, shrunk.
    Mahalanobis,
}

fn five() -> usize {
    5
}

impl Default for UnknownOptions {
    fn default() -> Self {
        UnknownOptions::Neighbours { k: five(), most: None }
    }
}

impl CalibrationMethod {
    /// The word for it in experiments and tables.
    pub fn name(self) -> &'static str {
        match self {
            CalibrationMethod::None => "none",
            CalibrationMethod::Temperature => "temperature",
            CalibrationMethod::TemperatureAndThreshold => "temperature-and-threshold",
            CalibrationMethod::Isotonic => "isotonic",
        }
    }

    /// Whether it can be told for a net that was adapted to others than the bearings that are held out.
    pub(crate) fn suits_adapted(self) -> bool {
        matches!(self, CalibrationMethod::None | CalibrationMethod::Temperature)
    }
}

impl CalibrationOptions {
    pub(crate) fn check(&self, found: &mut Complaints) {
        let rates = [("miss_rate", self.miss_rate), ("false_alarm_rate", self.false_alarm_rate)];
        for (key, rate) in rates.into_iter().filter(|(_, rate)| !(*rate > 0.0 && *rate < 1.0)) {
            let message = format!("{key} must be above 0 and below 1, found {rate}");
            found.add(&format!("calibration.{key}"), message);
        }
        if let UnknownOptions::Neighbours { k, most } = self.unknown {
            found.at_least("calibration.unknown.k", "k", k, 1);
            found.at_least("calibration.unknown.most", "most", most.unwrap_or(k), k);
        }
    }
}
