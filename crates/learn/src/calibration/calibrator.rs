//! All that is fitted on held-out bearings of one model, as a model file keeps it.

use super::unknown::{Alarm, Mahalanobis, Neighbours};
use super::{Conformal, IsotonicClasses, Temperature};
use crate::calibration_options::CalibrationMethod;
use crate::class::ClassName;
use crate::error::Result;
use crate::judge::{Judgement, of_independent_parts, parts_of};
use crate::learner::Standardise;
use crate::metrics::{Predictions, Probabilities, Rows};
use crate::trained::SegmentScore;
use serde::{Deserialize, Serialize};

/// A probability below this counts as this in a logit.
const LEAST: f64 = 1e-9;
/// How often temperature and threshold are fitted in turns at most.
const ROUNDS: usize = 30;

/// What a model's scores go through.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// Bearings, recordings and windows that were held out.
    pub held_out: HeldOut,
    /// For the probabilities of classes.
    pub classes: Calibrator,
    /// For those of each part, where each has its own: a temperature over the logits of damaged and whole.
    pub parts: Vec<Temperature>,
    /// Sets of classes; left out where they could not be promised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sets: Option<Conformal>,
    /// The score of unknown faults; left out: `1 - max p`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unknown: Option<UnknownScore>,
    /// When that score raises the alarm; left out where no rate of false alarms could be stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alarm: Option<Alarm>,
    /// Whether the held-out bearings were of the source alone, while the net was adapted to a target.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub source_only: bool,
}

/// What was held out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeldOut {
    /// Mounted bearings.
    pub bearings: usize,
    /// Recordings, each channel counted.
    pub recordings: usize,
    /// Windows.
    pub windows: usize,
}

/// How probabilities are corrected.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Calibrator {
    /// Not at all.
    None,
    /// By a temperature, and constants added to the divided logits.
    Temperature {
        /// The divisor.
        divisor: Temperature,
        /// One for each class; empty for none.
        offsets: Vec<f64>,
    },
    /// By a curve for each class.
    Isotonic {
        /// The curves.
        curves: IsotonicClasses,
    },
}

/// How far features lie from those that were learned.
///
/// Written as `{"neighbours": {...}}`, not with the kind inside: the kind is known before the features, which are many, and
/// they are read straight into their rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum UnknownScore {
    /// By the k-th nearest.
    Neighbours {
        /// Brings features to a common scale.
        scale: Standardise,
        /// The known ones.
        known: Neighbours,
    },
    /// By the nearest class.
    Mahalanobis {
        /// Brings features to a common scale.
        scale: Standardise,
        /// The classes.
        classes: Mahalanobis,
    },
}

/// A share in percent, without the digits that a binary fraction adds.
pub(crate) fn percent(share: f64) -> f64 {
    (share * 1e8).round() / 1e6
}

/// Logits, up to a constant a row, from probabilities.
fn logits(probabilities: &Rows) -> Result<Rows> {
    Rows::new(probabilities.width(), probabilities.values().iter().map(|p| p.max(LEAST).ln()).collect())
}

fn shifted(logits: &Rows, offsets: &[f64]) -> Result<Rows> {
    let values = logits.iter().flat_map(|row| row.iter().zip(offsets).map(|(logit, by)| logit + by));
    Rows::new(logits.width(), values.collect())
}

impl Calibration {
    /// What was fitted, for the card of a model.
    pub(crate) fn in_words(&self) -> String {
        let bearings = self.held_out.bearings;
        if self.source_only {
            return format!(
                "Calibrated on {bearings} bearings of the source held out in turn, none of the target that it was adapted \
                 to: how far its probabilities hold there was not told, and no sets or alarms are promised."
            );
        }
        let alarm = self.alarm.map_or(String::new(), |alarm| {
            let Alarm { threshold, false_alarm_rate, known, .. } = alarm;
            format!(
                " An unknown fault is alarmed where its score is above {threshold:.6}, as it is for {} % of {known} \
                 held-out segments of known classes; counted in segments, so not guaranteed.",
                percent(false_alarm_rate)
            )
        });
        format!("Calibrated on {bearings} bearings held out in turn.{alarm}")
    }

    /// What is made of raw judgements; `features` are asked for only where the unknown score needs them.
    pub(crate) fn apply(
        &self,
        judged: Vec<Judgement>,
        classes: &[ClassName],
        features: impl FnOnce() -> Result<Rows>,
    ) -> Result<Vec<SegmentScore>> {
        let mut scored = self.scored(judged, classes, features)?;
        if let Some(alarm) = &self.alarm {
            scored.iter_mut().for_each(|one| one.alarm = Some(alarm.rings(one.foreign())));
        }
        Ok(scored)
    }

    /// The same without the alarm.
    fn scored(
        &self,
        judged: Vec<Judgement>,
        classes: &[ClassName],
        features: impl FnOnce() -> Result<Rows>,
    ) -> Result<Vec<SegmentScore>> {
        if judged.is_empty() {
            return Ok(Vec::new());
        }
        let unknown = match &self.unknown {
            Some(score) => score.scores(&features()?)?.into_iter().map(Some).collect(),
            None => vec![None; judged.len()],
        };
        let parts_of = parts_of(classes);
        let by_part = judged.iter().all(|one| !one.parts.is_empty()) && self.parts.len() == parts_of.len();
        if by_part {
            let scored = judged.into_iter().zip(unknown).map(|(one, unknown)| {
                let parts: Vec<f64> =
                    self.parts.iter().zip(&one.parts).map(|(divisor, p)| tempered(*divisor, *p)).collect();
                let probabilities = of_independent_parts(classes, &parts_of, &parts);
                SegmentScore { probabilities, parts, sizes: one.sizes, unknown, alarm: None }
            });
            return Ok(scored.collect());
        }
        let raw =
            Rows::new(classes.len(), judged.iter().flat_map(|one| one.probabilities.clone()).collect())?;
        let applied = self.classes.apply(&Probabilities::new(raw)?)?;
        let scored =
            judged.into_iter().zip(applied.rows().iter()).zip(unknown).map(|((one, row), unknown)| {
                let probabilities = row.to_vec();
                SegmentScore { probabilities, parts: one.parts, sizes: one.sizes, unknown, alarm: None }
            });
        Ok(scored.collect())
    }
}

/// The probability of one part with its logit divided.
fn tempered(divisor: Temperature, p: f64) -> f64 {
    let logit = (p.max(LEAST) / (1.0 - p).max(LEAST)).ln() / divisor.value();
    1.0 / (1.0 + (-logit).exp())
}

/// The divisor of one part's logits, from held-out probabilities and whether the part was damaged.
pub(crate) fn part_temperature(p: &[f64], damaged: &[bool]) -> Result<Temperature> {
    let values = p.iter().flat_map(|p| [(1.0 - p).max(LEAST).ln(), p.max(LEAST).ln()]);
    let labels: Vec<u32> = damaged.iter().copied().map(u32::from).collect();
    Temperature::fit(&Rows::new(2, values.collect())?, &labels)
}

impl Calibrator {
    /// Fits on held-out windows; class 0 is the healthy one where `healthy` says so.
    pub(crate) fn fit(
        method: CalibrationMethod,
        held_out: &Predictions,
        healthy: bool,
    ) -> Result<Calibrator> {
        let rows = logits(held_out.probabilities().rows())?;
        match method {
            CalibrationMethod::None => Ok(Calibrator::None),
            CalibrationMethod::Isotonic => {
                Ok(Calibrator::Isotonic { curves: IsotonicClasses::fit(held_out)? })
            }
            CalibrationMethod::TemperatureAndThreshold if healthy => threshold(&rows, held_out.labels()),
            CalibrationMethod::Temperature | CalibrationMethod::TemperatureAndThreshold => {
                let divisor = Temperature::fit(&rows, held_out.labels())?;
                Ok(Calibrator::Temperature { divisor, offsets: Vec::new() })
            }
        }
    }

    /// The corrected probabilities.
    pub(crate) fn apply(&self, probabilities: &Probabilities) -> Result<Probabilities> {
        match self {
            Calibrator::None => Ok(probabilities.clone()),
            Calibrator::Isotonic { curves } => curves.apply(probabilities),
            Calibrator::Temperature { divisor, offsets } => {
                let rows = logits(probabilities.rows())?;
                let rows = if offsets.is_empty() { rows } else { shifted(&rows, offsets)? };
                Ok(divisor.apply(&rows))
            }
        }
    }
}

/// Temperature and the healthy class's constant in turns, each the best for the other: the loss is convex in both.
fn threshold(rows: &Rows, labels: &[u32]) -> Result<Calibrator> {
    let mut offsets = vec![0.0; rows.width()];
    let mut divisor = Temperature::fit(rows, labels)?;
    for _ in 0..ROUNDS {
        let before = (divisor.value(), offsets[0]);
        offsets[0] = healthy_offset(rows, labels, divisor.value());
        divisor = Temperature::fit(&shifted(rows, &offsets)?, labels)?;
        if (divisor.value() - before.0).abs() < 1e-6 && (offsets[0] - before.1).abs() < 1e-6 {
            break;
        }
    }
    Ok(Calibrator::Temperature { divisor, offsets })
}

/// The constant of class 0, before division, at which its mean probability is its share: where the log loss is least.
fn healthy_offset(rows: &Rows, labels: &[u32], divisor: f64) -> f64 {
    let share = labels.iter().filter(|label| **label == 0).count() as f64;
    let expected = |offset: f64| -> f64 {
        let each = rows.iter().map(|row| {
            let others: f64 = row[1..].iter().map(|logit| ((logit - row[0] - offset) / divisor).exp()).sum();
            1.0 / (1.0 + others)
        });
        each.sum()
    };
    let (mut low, mut high) = (-50.0 * divisor.max(1.0), 50.0 * divisor.max(1.0));
    for _ in 0..100 {
        let middle = 0.5 * (low + high);
        if expected(middle) < share { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

impl UnknownScore {
    /// The score of each row of features; higher is more unknown.
    pub(crate) fn scores(&self, features: &Rows) -> Result<Vec<f64>> {
        match self {
            UnknownScore::Neighbours { scale, known } => known.scores(&scaled(scale, features)?),
            UnknownScore::Mahalanobis { scale, classes } => classes.scores(&scaled(scale, features)?),
        }
    }
}

/// Features on the scale of the training part.
pub(crate) fn scaled(scale: &Standardise, features: &Rows) -> Result<Rows> {
    Rows::new(features.width(), features.iter().flat_map(|row| scale.of(row)).collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::metrics::log_loss;

    fn held_out() -> Predictions {
        // too sure, and too often "healthy"
        let mut values = Vec::new();
        let mut labels = Vec::new();
        for at in 0..60_u32 {
            let label = at % 3;
            let says = if at % 7 == 0 || at % 4 == 1 { 0 } else { label };
            let sure = 0.90 + 0.001 * f64::from(at % 50);
            values.extend((0..3).map(|class| if class == says { sure } else { (1.0 - sure) / 2.0 }));
            labels.push(label);
        }
        Predictions::new(Probabilities::new(Rows::new(3, values).unwrap()).unwrap(), labels).unwrap()
    }

    #[test]
    fn a_threshold_beside_the_temperature_lowers_the_loss_and_gives_the_healthy_class_its_share() {
        let held_out = held_out();
        let loss = |method| {
            let fitted = Calibrator::fit(method, &held_out, true).unwrap();
            let applied = fitted.apply(held_out.probabilities()).unwrap();
            let healthy: f64 = applied.rows().iter().map(|row| row[0]).sum();
            (log_loss(&Predictions::new(applied, held_out.labels().to_vec()).unwrap()), healthy)
        };
        let (plain, _) = loss(CalibrationMethod::None);
        let (temperature, _) = loss(CalibrationMethod::Temperature);
        let (threshold, healthy) = loss(CalibrationMethod::TemperatureAndThreshold);
        assert!(
            temperature < plain - 0.01 && threshold < temperature - 0.01,
            "{plain} {temperature} {threshold}"
        );
        assert!((healthy - 20.0).abs() < 1e-3, "20 of 60 are healthy: {healthy}");
    }

    #[test]
    fn what_is_fitted_comes_back_from_its_text() {
        for method in [
            CalibrationMethod::None,
            CalibrationMethod::Temperature,
            CalibrationMethod::TemperatureAndThreshold,
            CalibrationMethod::Isotonic,
        ] {
            let fitted = Calibrator::fit(method, &held_out(), true).unwrap();
            let text = serde_json::to_string(&fitted).unwrap();
            assert_eq!(serde_json::from_str::<Calibrator>(&text).unwrap(), fitted, "{text}");
        }
    }
}
