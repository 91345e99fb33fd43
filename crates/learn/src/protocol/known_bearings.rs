//! Known bearings: the leaky twin of `leave-one-size-out` and `unseen-bearing-and-load`, with their signals and classes.
//! The recordings at one load are the test, those of the same bearings at other loads the training. Read at both ends,
//! with a score for each part, it is the leaky twin of `bearing-wise`.

use super::unseen_bearings::{Side, fold};
use super::{Counterparts, Fold, Healthy, Protocol, Rule, Signal, SplitRule, distinct};
use crate::error::Result;

const LEAK: &str = "leaky by bearing: the same bearings at other loads in training";

pub(super) const RULE: Rule = Rule {
    name: "known-bearings",
    leak: Some(LEAK),
    description: "all recordings at one load are the test, the same bearings at the other loads the training; signals \
                  and classes are those of leave-one-size-out, to stand beside it",
    needs: "every bearing at three loads or more",
    healthy: Healthy::FromFaultsElsewhere,
    unseen_bearings: false,
    both_ends: false,
    each_part: false,
    counterparts: Counterparts::These(&[Protocol::LeaveOneSizeOut, Protocol::UnseenBearingAndLoad]),
    split,
};

pub(super) const BOTH_ENDS: Rule = Rule {
    name: "known-bearings-both-ends",
    leak: Some(LEAK),
    description: "all recordings of both ends at one load are the test, the same bearings at the other loads the \
                  training; each part has its own score, to stand beside bearing-wise",
    needs: "two sensors, every bearing at three loads or more",
    healthy: Healthy::FromFaultsElsewhere,
    unseen_bearings: false,
    both_ends: true,
    each_part: true,
    counterparts: Counterparts::These(&[Protocol::BearingWise]),
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
