//! Intervals of a mean over splits that share bearings, and paired comparison of two models.
//!
//! Splits drawn from the same few bearings are not independent: the naive interval over 100 of them is seven times
//! too narrow. The corrected resampled t interval is `mean ± t(n - 1) s sqrt(1/n + r)`, with s the sample standard
//! deviation over n splits and r the ratio of test to training bearings (Nadeau & Bengio, Machine Learning 52, 2003).

use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, StudentsT};
use std::collections::BTreeMap;

/// One figure of one run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RunFigure<'a> {
    /// The split (fold).
    pub split: &'a str,
    /// The seed.
    pub seed: u64,
    /// The figure.
    pub value: f64,
}

/// Bearings on the two sides of a split. Windows are no measure: more windows are not more evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BearingRatio {
    /// Physical bearings that judge.
    pub test: usize,
    /// Physical bearings that were learned from.
    pub train: usize,
}

/// A mean over splits and how far it can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// Mean over splits of the mean over seeds.
    pub mean: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// The share of such intervals that hold the true mean, as 0.95.
    pub confidence: f64,
    /// Number of splits.
    pub splits: usize,
    /// Bearings of a split.
    pub bearings: BearingRatio,
}

impl Interval {
    /// Of one model: seeds are averaged inside each split, then the splits are taken together. `confidence` lies
    /// between 0 and 1, as 0.95.
    ///
    /// # Errors
    /// With fewer than two splits, splits that are all equal, a run that is given twice, a value that is not finite, a side without bearings,
    /// or a confidence that is no share.
    pub fn over_splits(runs: &[RunFigure<'_>], bearings: BearingRatio, confidence: f64) -> Result<Interval> {
        let means: Vec<f64> = split_means(runs)?.into_values().collect();
        Interval::corrected(&means, bearings, confidence)
    }

    /// Of `first - second`, split by split: each model's seeds are averaged inside a split, then the differences of
    /// equal splits are taken together. The models differ at this confidence when the interval leaves out 0.
    ///
    /// # Errors
    /// As [`Interval::over_splits`], and when the two models were not run on the same splits.
    pub fn paired(
        first: &[RunFigure<'_>],
        second: &[RunFigure<'_>],
        bearings: BearingRatio,
        confidence: f64,
    ) -> Result<Interval> {
        let (first, second) = (split_means(first)?, split_means(second)?);
        let lonely = first.keys().find(|split| !second.contains_key(*split));
        if let Some(split) = lonely.or_else(|| second.keys().find(|split| !first.contains_key(*split))) {
            return Err(Error::data(
                "the two models cannot be compared in pairs",
                format!("only one of them was run on the split {split}"),
                "compare runs of the same splits",
            ));
        }
        let differences: Vec<f64> = first.values().zip(second.values()).map(|(a, b)| a - b).collect();
        Interval::corrected(&differences, bearings, confidence)
    }

    fn corrected(values: &[f64], bearings: BearingRatio, confidence: f64) -> Result<Interval> {
        let refuse = |why: String, help: &str| Err(Error::data("no interval over splits", why, help));
        if values.len() < 2 {
            return refuse(
                format!("there is {} split, whose spread says nothing", values.len()),
                "run two splits or more",
            );
        }
        if all_equal(values) {
            return refuse(
                format!("all {} splits have the same value, so they show no spread", values.len()),
                "state the value without an interval",
            );
        }
        if bearings.test == 0 || bearings.train == 0 {
            return refuse(
                format!("a split has {} test and {} training bearings", bearings.test, bearings.train),
                "count the physical bearings on each side of a split",
            );
        }
        if !(confidence > 0.0 && confidence < 1.0) {
            return refuse(
                format!("the confidence {confidence} is not between 0 and 1"),
                "write 95 percent as 0.95",
            );
        }
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0);
        let Ok(student) = StudentsT::new(0.0, 1.0, count - 1.0) else {
            return refuse(format!("{count} splits have no t distribution"), "give fewer splits");
        };
        let quantile = student.inverse_cdf(f64::midpoint(1.0, confidence));
        let ratio = bearings.test as f64 / bearings.train as f64;
        let half_width = quantile * variance.sqrt() * (1.0 / count + ratio).sqrt();
        Ok(Interval {
            mean,
            low: mean - half_width,
            high: mean + half_width,
            confidence,
            splits: values.len(),
            bearings,
        })
    }
}

/// What two values may differ by and be the same: rounding of sums.
pub(crate) const ROUNDING: f64 = 1e-12;

/// Whether values differ by rounding alone, so that their spread is no measure of anything.
pub(crate) fn all_equal(values: &[f64]) -> bool {
    let ends = values
        .iter()
        .fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], value| [low.min(*value), high.max(*value)]);
    ends[1] - ends[0] <= ROUNDING
}

/// The mean over seeds of each split, in order of the splits' names.
fn split_means<'a>(runs: &[RunFigure<'a>]) -> Result<BTreeMap<&'a str, f64>> {
    let mut splits = BTreeMap::<&str, BTreeMap<u64, f64>>::new();
    for run in runs {
        let place = format!("split {}, seed {}", run.split, run.seed);
        if !run.value.is_finite() {
            return Err(Error::data(
                format!("the figure of {place} is {}", run.value),
                "a mean over splits takes finite figures alone",
                "leave the split out of both models, and say so",
            ));
        }
        if splits.entry(run.split).or_default().insert(run.seed, run.value).is_some() {
            return Err(Error::data(
                format!("there are two figures of {place}"),
                "a run counts once",
                "give each run of a split its own seed",
            ));
        }
    }
    let mean = |seeds: &BTreeMap<u64, f64>| seeds.values().sum::<f64>() / seeds.len() as f64;
    Ok(splits.iter().map(|(split, seeds)| (*split, mean(seeds))).collect())
}
