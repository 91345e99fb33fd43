//! Cross-end (P5): learn at one end, be judged at the other, both ways: another type of bearing, another place.
//!
//! The healthy signals of one end come from recordings whose fault sits at the other end. Training on all of one
//! end and testing on all of the other, as it is usually done, therefore puts the far channel of every test
//! recording into training. `cross-end` avoids that: the test has one size, training the other sizes, so that no
//! recording and no bearing is on both sides; over its folds every signal of an end is tested once, after learning
//! from two thirds of the other end. `cross-end-shared-recordings` is the usual form, for comparison with it.

use super::leave_one_size_out::sizes;
use super::unseen_bearings::{Side, fold};
use super::{Counterparts, Fold, Healthy, Protocol, Rule, Signal, SplitRule, folder_word};
use crate::error::Result;
use std::collections::BTreeSet;

pub(super) const RULE: Rule = Rule {
    name: "cross-end",
    leak: None,
    description: "one end is the training, the other the test, both ways; one size is the test, the others the \
                  training, so that no recording is on both sides",
    needs: "two sensors, faults of two sizes or more at each",
    healthy: Healthy::FromFaultsElsewhere,
    unseen_bearings: true,
    both_ends: true,
    each_part: false,
    counterparts: Counterparts::These(&[Protocol::CrossEndSharedRecordings]),
    split,
};

pub(super) const SHARED_RECORDINGS: Rule = Rule {
    name: "cross-end-shared-recordings",
    leak: Some("leaky by recording: the far channels of the test recordings are in training, as healthy"),
    description: "all signals of one end are the training, all of the other the test, both ways",
    needs: "two sensors, faults at each",
    healthy: Healthy::FromFaultsElsewhere,
    unseen_bearings: true,
    both_ends: true,
    each_part: false,
    counterparts: Counterparts::These(&[Protocol::CrossEnd]),
    split: split_sharing_recordings,
};

fn split(signals: &[Signal], rule: &SplitRule) -> Result<Vec<Fold>> {
    let mut folds = Vec::new();
    for (from, to) in ways(signals) {
        for (size, name) in sizes(signals) {
            let words = (
                format!("signals at {from}, other sizes than {name}"),
                format!("signals at {to} of size {name}"),
            );
            let side = |signal: &Signal| match (signal.sensor.as_str(), signal.size_mm? == size) {
                (sensor, true) if sensor == to => Some(Side::Test),
                (sensor, false) if sensor == from => Some(Side::Learn),
                _ => None,
            };
            let fold_name =
                format!("{}-to-{}-size-{}", folder_word(from), folder_word(to), folder_word(&name));
            folds.push(fold(fold_name, signals, rule, (&words.0, &words.1), side));
        }
    }
    Ok(folds)
}

fn split_sharing_recordings(signals: &[Signal], rule: &SplitRule) -> Result<Vec<Fold>> {
    let folds = ways(signals).into_iter().map(|(from, to)| {
        let words = (format!("all signals at {from}"), format!("all signals at {to}"));
        let side = |signal: &Signal| match signal.sensor.as_str() {
            sensor if sensor == to => Some(Side::Test),
            sensor if sensor == from => Some(Side::Learn),
            _ => None,
        };
        let fold_name = format!("{}-to-{}", folder_word(from), folder_word(to));
        fold(fold_name, signals, rule, (&words.0, &words.1), side)
    });
    Ok(folds.collect())
}

/// Every ordered pair of sensors.
fn ways(signals: &[Signal]) -> Vec<(&str, &str)> {
    let sensors: BTreeSet<&str> = signals.iter().map(|signal| signal.sensor.as_str()).collect();
    let pairs = sensors.iter().flat_map(|from| sensors.iter().map(move |to| (*from, *to)));
    pairs.filter(|(from, to)| from != to).collect()
}
