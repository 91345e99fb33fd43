//! Known bearings: the leaky twin of `leave-one-size-out`, with its signals and classes. The recordings at one load are
//! the test, those of the same bearings at other loads the training.

use super::unseen_bearings::{Side, fold};
use super::{Fold, Healthy, Rule, Signal, SplitRule, distinct};
use crate::error::Result;

pub(super) const RULE: Rule = Rule {
    name: "known-bearings",
    leak: Some("leaky by bearing: the same bearings at other loads in training"),
    description: "all recordings at one load are the test, the same bearings at the other loads the training; signals \
                  and classes are those of leave-one-size-out, to stand beside it",
    healthy: Healthy::FromFaultsElsewhere,
    unseen_bearings: false,
    both_ends: false,
    each_part: false,
    split,
};

fn split(signals: &[Signal], rule: &SplitRule) -> Result<Vec<Fold>> {
    let loads = distinct(signals.iter().filter_map(|signal| signal.load));
    let folds = loads.iter().map(|load| {
        let words = (format!("other loads than {load}"), format!("all recordings at load {load}"));
        let side = |signal: &Signal| match signal.load? {
            own if own == *load => Some(Side::Test),
            _ => Some(Side::Learn),
        };
        fold(format!("load-{load}"), signals, rule, (&words.0, &words.1), side)
    });
    Ok(folds.collect())
}
