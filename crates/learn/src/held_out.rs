//! What bearings that are held out inside the training side tell: a judgement of each of their segments by a model that
//! had not seen them, and what is fitted on those.

use crate::calibration::unknown::{Alarm, FeatureScale, Mahalanobis, Neighbours, Shrinkage};
use crate::calibration::{
    Calibration, Calibrator, Conformal, HeldOut, SetRule, Temperature, Unit, UnknownScore, part_temperature,
    scaled,
};
use crate::calibration_options::{CalibrationOptions, UnknownOptions};
use crate::class::ClassName;
use crate::error::Result;
use crate::examples::Examples;
use crate::judge::{Judge, Judgement, parts_of};
use crate::learner::Standardise;
use crate::metrics::{Predictions, Probabilities, Rows, vote};
use crate::protocol::{InnerFold, Signal, Window};
use crate::trained::SegmentScore;
use std::collections::BTreeSet;

/// Judgements of held-out segments of all inner folds.
#[derive(Debug, Clone, Default)]
pub(crate) struct HeldOutJudgements {
    /// Which segments: places in the training side.
    pub(crate) places: Vec<usize>,
    /// What was made of each.
    pub(crate) judged: Vec<Judgement>,
    /// The mounted bearings.
    pub(crate) bearings: BTreeSet<String>,
    /// The unknown score of each by the model that judged it; empty where `1 - max p` is the score.
    pub(crate) unknown: Vec<f64>,
    /// Whether those models were adapted to a target, which none of the bearings is of.
    pub(crate) adapted: bool,
    /// How many segments each inner fold judged.
    pub(crate) counts: Vec<usize>,
}

impl HeldOutJudgements {
    /// Adds those of one inner fold.
    pub(crate) fn add(&mut self, inner: &InnerFold, judged: Vec<Judgement>) {
        self.places.extend(&inner.held_out);
        self.counts.push(judged.len());
        self.judged.extend(judged);
        self.bearings.extend(inner.bearings.iter().cloned());
    }

    /// Those of each inner fold by themselves: scores of different models are not compared with each other.
    pub(crate) fn by_fold(&self) -> Vec<HeldOutJudgements> {
        let mut from = 0;
        let each = self.counts.iter().map(|count| {
            let own = from..from + count;
            from = own.end;
            HeldOutJudgements {
                places: self.places[own.clone()].to_vec(),
                judged: self.judged[own].to_vec(),
                ..HeldOutJudgements::default()
            }
        });
        each.collect()
    }

    /// The probabilities with the true classes.
    pub(crate) fn predictions(&self, labels: &[u32]) -> Result<Predictions> {
        let width = self.judged.first().map_or(0, |one| one.probabilities.len());
        let values = self.judged.iter().flat_map(|one| one.probabilities.clone()).collect();
        let own = self.places.iter().map(|at| labels[*at]).collect();
        Predictions::new(Probabilities::new(Rows::new(width, values)?)?, own)
    }

    /// Fits what `options` ask for. Of adapted nets only what corrects scores: sets and alarms promise something for the
    /// target, and bearings of the source cannot tell it. `windows` and `labels` are those of the training side.
    pub(crate) fn calibrate(
        &self,
        options: &CalibrationOptions,
        classes: &[ClassName],
        windows: &[Window],
        labels: &[u32],
        signals: &[Signal],
        unknown: Option<UnknownScore>,
    ) -> Result<Calibration> {
        let raw = self.predictions(labels)?;
        let healthy = classes.first().is_some_and(|class| class.faults().is_empty());
        let calibrator = Calibrator::fit(options.method, &raw, healthy)?;
        let parts = match self.judged.iter().all(|one| !one.parts.is_empty()) {
            true => self.part_temperatures(classes, labels)?,
            false => Vec::new(),
        };
        let signal = |at: &usize| &signals[windows[*at].signal];
        let recordings: Vec<(&str, &str)> =
            self.places.iter().map(|at| (signal(at).file.as_str(), signal(at).sensor.as_str())).collect();
        let calibrated = Predictions::new(calibrator.apply(raw.probabilities())?, raw.labels().to_vec())?;
        let cases = match options.unit {
            Unit::Window => calibrated,
            Unit::Recording => vote(&recordings, &calibrated)?.1,
            Unit::Bearing => {
                let of_bearing = |at: &usize| (signal(at).mounted.as_str(), signal(at).sensor.as_str());
                vote(&self.places.iter().map(of_bearing).collect::<Vec<_>>(), &calibrated)?.1
            }
        };
        let mut fitted = Calibration {
            held_out: HeldOut {
                bearings: self.bearings.len(),
                recordings: recordings.iter().collect::<BTreeSet<_>>().len(),
                windows: self.places.len(),
            },
            classes: calibrator,
            parts,
            sets: None,
            unknown: None,
            alarm: None,
            source_only: self.adapted,
        };
        if !self.adapted {
            fitted.sets = Some(Conformal::fit(&cases, SetRule::Lac, options.miss_rate, options.unit)?);
            // without an unknown score of its own yet, so that the held-out ones take its place
            let scored = fitted.apply(self.judged.clone(), classes, || Rows::new(1, Vec::new()))?;
            let foreign: Vec<f64> = match unknown {
                Some(_) => self.unknown.clone(),
                None => scored.iter().map(SegmentScore::foreign).collect(),
            };
            fitted.alarm = Some(Alarm::fit(&foreign, options.false_alarm_rate, Unit::Window)?);
        }
        Ok(Calibration { unknown, ..fitted })
    }

    fn part_temperatures(&self, classes: &[ClassName], labels: &[u32]) -> Result<Vec<Temperature>> {
        let each = parts_of(classes).into_iter().enumerate().map(|(at, part)| {
            let scores: Vec<f64> = self.judged.iter().map(|one| one.parts[at]).collect();
            let damaged = |place: &usize| classes[labels[*place] as usize].faults().contains(part);
            part_temperature(&scores, &self.places.iter().map(damaged).collect::<Vec<_>>())
        });
        each.collect()
    }
}

/// The score of unknown faults, from the examples that `judge` learned from.
pub(crate) fn unknown_score(
    options: &UnknownOptions,
    judge: &Judge,
    learned: &Examples,
    classes: usize,
) -> Result<Option<UnknownScore>> {
    if *options == UnknownOptions::Confidence {
        return Ok(None);
    }
    let features = judge.features(learned)?;
    let scale = Standardise::fit(&features);
    let known = scaled(&scale, &features)?;
    Ok(Some(match options {
        UnknownOptions::Neighbours { k, most } => {
            let known = match most {
                Some(most) => thinned(&known, *most)?,
                None => known,
            };
            let known = Neighbours::fit(&known, (*k).min(known.count()), FeatureScale::AsGiven)?;
            UnknownScore::Neighbours { scale, known }
        }
        _ => {
            let classes = Mahalanobis::fit(&known, learned.labels(), classes, Shrinkage::LedoitWolf)?;
            UnknownScore::Mahalanobis { scale, classes }
        }
    }))
}

/// At most so many rows, evenly among all, each number rounded to a thousandth.
fn thinned(rows: &Rows, most: usize) -> Result<Rows> {
    let (kept, width) = (most.min(rows.count()), rows.width());
    let places = (0..kept).map(|at| at * rows.count() / kept);
    let rounded = |value: &f64| (value * 1000.0).round() / 1000.0;
    Rows::new(
        rows.width(),
        places.flat_map(|at| rows.values()[at * width..(at + 1) * width].iter().map(rounded)).collect(),
    )
}
