//! Load to load (P1): one load is the training, one other the test; every ordered pair of loads is a fold.
//!
//! Classes are part and size of the fault. Healthy recordings are not used: nine classes where the published
//! task has ten, because the healthy recordings at all loads but one are seldom at hand, and those that exist
//! were made at another rate, which alone tells them. Figures are therefore not those of the published tables.
//! The test is all of the target load, as published for nets without adaptation; validation is the last stretch
//! of every training recording. The bearings are the same at both loads.

use super::leave_one_load_out::fold_of_loads;
use super::{Fold, Healthy, Rule, Signal, SplitRule, distinct};
use crate::error::Result;

pub(super) const RULE: Rule = Rule {
    name: "load-to-load",
    leak: Some("leaky by bearing: the same bearings at another load in training"),
    description: "one load is the training, one other the test, every pair in turn; faults by part and size, without \
                  the healthy recordings (nine classes, not ten)",
    healthy: Healthy::LeftOut,
    unseen_bearings: false,
    both_ends: false,
    each_part: false,
    split,
};

fn split(signals: &[Signal], rule: &SplitRule) -> Result<Vec<Fold>> {
    let loads = distinct(signals.iter().filter_map(|signal| signal.load));
    let pairs = loads.iter().flat_map(|from| loads.iter().map(move |to| (*from, *to)));
    let folds = pairs.filter(|(from, to)| from != to).map(|(from, to)| {
        let name = format!("load-{from}-to-{to}");
        fold_of_loads(name, signals, rule, &format!("load {from}"), |own| own == from, to)
    });
    Ok(folds.collect())
}
