//! Mean and spread of one figure over folds and seeds.

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
    pub worst_fold: f64,
}

impl Spread {
    /// Of values labelled with fold and seed, in any order. `None` when there is none.
    pub fn of(values: &[(&str, u64, f64)]) -> Option<Spread> {
        let folds = grouped(values.iter().map(|(fold, _, value)| (*fold, *value)));
        let seeds = grouped(values.iter().map(|(_, seed, value)| (*seed, *value)));
        let worst = folds.iter().copied().reduce(f64::min)?;
        let (mean, over_folds) = mean_and_deviation(&folds);
        Some(Spread { mean, over_folds, over_seeds: mean_and_deviation(&seeds).1, worst_fold: worst })
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
        let values = [("a", 0, 0.8), ("a", 1, 0.6), ("b", 0, 0.4), ("b", 1, 0.2)];
        let spread = Spread::of(&values).unwrap();
        assert!((spread.mean - 0.5).abs() < 1e-15);
        assert!((spread.over_folds - 0.2).abs() < 1e-15, "folds 0.7 and 0.3");
        assert!((spread.over_seeds - 0.1).abs() < 1e-15, "seeds 0.6 and 0.4");
        assert!((spread.worst_fold - 0.3).abs() < 1e-15);
        assert!(Spread::of(&[]).is_none());
    }
}
