//! Mean and spread of one figure over folds and seeds.

use super::interval::{BearingRatio, Interval, RunFigure};
use serde::{Deserialize, Serialize};

/// Mean and spread of one figure over folds and seeds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// Mean over folds of the mean over seeds.
    pub mean: f64,
    /// Population standard deviation over folds of the mean over seeds; 0 for one fold.
    pub over_folds: f64,
    /// Population standard deviation over seeds of the mean over folds; 0 for one seed.
    pub over_seeds: f64,
    /// The lowest fold's mean over seeds.
    pub lowest_fold: f64,
    /// The highest fold's mean over seeds.
    pub highest_fold: f64,
    /// Lower and upper end of the corrected 95 % interval of the mean over folds ([`Interval`]); `None` for one fold, for
    /// folds that are all equal, or where the bearings of a fold were not counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<[f64; 2]>,
}

/// The confidence of the intervals of a [`Spread`].
pub(crate) const CONFIDENCE: f64 = 0.95;

impl Spread {
    /// Of the figures of runs, in any order, on folds with so many bearings. `None` when there is none.
    pub fn of(runs: &[RunFigure<'_>], bearings: Option<BearingRatio>) -> Option<Spread> {
        let folds = grouped(runs.iter().map(|run| (run.split, run.value)));
        let seeds = grouped(runs.iter().map(|run| (run.seed, run.value)));
        let lowest_fold = folds.iter().copied().reduce(f64::min)?;
        let highest_fold = folds.iter().copied().fold(lowest_fold, f64::max);
        let (mean, over_folds) = mean_and_deviation(&folds);
        let interval = bearings.and_then(|bearings| Interval::over_splits(runs, bearings, CONFIDENCE).ok());
        Some(Spread {
            mean,
            over_folds,
            over_seeds: mean_and_deviation(&seeds).1,
            lowest_fold,
            highest_fold,
            interval: interval.map(|interval| [interval.low, interval.high]),
        })
    }
}

/// The mean of each group, groups in order of their key.
fn grouped<K: Ord>(values: impl Iterator<Item = (K, f64)>) -> Vec<f64> {
    let mut groups = std::collections::BTreeMap::<K, (f64, usize)>::new();
    for (key, value) in values {
        let group = groups.entry(key).or_default();
        *group = (group.0 + value, group.1 + 1);
    }
    groups.values().map(|(sum, count)| sum / *count as f64).collect()
}

fn mean_and_deviation(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count;
    (mean, variance.sqrt())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_spread_averages_seeds_inside_a_fold_first() {
        let run = |(split, seed, value)| RunFigure { split, seed, value };
        let runs = [("a", 0, 0.8), ("a", 1, 0.6), ("b", 0, 0.4), ("b", 1, 0.2)].map(run);
        let spread = Spread::of(&runs, None).unwrap();
        assert!((spread.mean - 0.5).abs() < 1e-15);
        assert!((spread.over_folds - 0.2).abs() < 1e-15, "folds 0.7 and 0.3");
        assert!((spread.over_seeds - 0.1).abs() < 1e-15, "seeds 0.6 and 0.4");
        assert!((spread.lowest_fold - 0.3).abs() < 1e-15 && (spread.highest_fold - 0.7).abs() < 1e-15);
        assert_eq!(spread.interval, None, "without a count of bearings there is no interval");
        assert!(Spread::of(&[], None).is_none());
    }

    #[test]
    fn an_interval_needs_two_folds_and_bearings_on_both_sides() {
        let run = |(split, value)| RunFigure { split, seed: 0, value };
        let bearings = |test, train| Some(BearingRatio { test, train });
        let two = [("a", 0.7), ("b", 0.3)].map(run);
        // t(0.975, 1) = 12.7062, s = 0.28284, sqrt(1/2 + 1/2) = 1
        let [low, high] = Spread::of(&two, bearings(1, 2)).unwrap().interval.unwrap();
        assert!((high - 0.5 - 12.7062 * 0.282_842_7).abs() < 1e-4 && (low + high - 1.0).abs() < 1e-12);
        assert_eq!(Spread::of(&two[..1], bearings(1, 2)).unwrap().interval, None);
        assert_eq!(Spread::of(&two, bearings(1, 0)).unwrap().interval, None);
        let equal = [("a", 0.1 + 0.2), ("b", 0.3)].map(run);
        let spread = Spread::of(&equal, bearings(1, 2)).unwrap();
        assert_eq!(spread.interval, None, "equal folds are no interval of width 0");
    }
}
