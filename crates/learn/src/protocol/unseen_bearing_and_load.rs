//! Unseen bearing and unseen load (P3): as `leave-one-size-out`, and the load of the test is new as well.
//!
//! Fold (s, l): the test is what has size s and load l; training has neither. Recordings that have one of the
//! two are left out. Three sizes and four loads give 12 folds a sensor.

use super::leave_one_size_out::sizes;
use super::unseen_bearings::{Side, fold};
use super::{Counterparts, Fold, Healthy, Protocol, Rule, Signal, SplitRule, distinct, folder_word};
use crate::error::Result;

pub(super) const RULE: Rule = Rule {
    name: "unseen-bearing-and-load",
    leak: None,
    description: "the bearings of one fault size at one load are the test, other sizes at other loads the training",
    needs: "faults of two sizes or more, each at three loads or more",
    healthy: Healthy::FromFaultsElsewhere,
    unseen_bearings: true,
    both_ends: false,
    each_part: false,
    counterparts: Counterparts::These(&[Protocol::KnownBearings]),
    split,
};

fn split(signals: &[Signal], rule: &SplitRule) -> Result<Vec<Fold>> {
    let loads = distinct(signals.iter().filter_map(|signal| signal.load));
    let mut folds = Vec::new();
    for (size, name) in sizes(signals) {
        for &load in &loads {
            let words = (
                format!("other sizes than {name} at other loads than {load}"),
                format!("all recordings of size {name} at load {load}"),
            );
            let side = |signal: &Signal| match (signal.size_mm? == size, signal.load? == load) {
                (true, true) => Some(Side::Test),
                (false, false) => Some(Side::Learn),
                _ => None,
            };
            let fold_name = format!("size-{}-load-{load}", folder_word(&name));
            folds.push(fold(fold_name, signals, rule, (&words.0, &words.1), side));
        }
    }
    Ok(folds)
}
