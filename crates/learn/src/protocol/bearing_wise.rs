//! Bearing-wise (P4): the 100 published splits by physical bearing, with a label for each part.
//!
//! Of each group of bearings (end and faulty part) one is in the test, the others in training; healthy signals of
//! training come from one end only, those of the test from the other only. The splits are data, shipped beside the
//! catalogue whose bearings they name; source and rule stand at their head. A label is a set of parts, each present
//! or not: a net learns the sets that occur, and the score of a part is the sum over all sets that hold it.
//! The published training part has no validation; it is taken from it as in the other protocols.

use super::unseen_bearings::{Side, fold};
use super::{Counterparts, Fold, Healthy, Protocol, Rule, Signal, SplitRule, folder_word};
use crate::error::{Error, Result};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::sync::OnceLock;

pub(super) const RULE: Rule = Rule {
    name: "bearing-wise",
    leak: None,
    description: "100 published splits: one bearing of each end and part is the test, healthy signals of training and \
                  test come from different ends; each part has its own score",
    needs: "two sensors, and the bearings that the published splits name",
    healthy: Healthy::FromFaultsElsewhere,
    unseen_bearings: true,
    both_ends: true,
    each_part: true,
    counterparts: Counterparts::These(&[Protocol::KnownBearingsBothEnds]),
    split,
};

const SPLITS: &str = include_str!("../../../../data/cwru/bearing_wise_splits.csv");

/// One row of the table.
#[derive(Debug, Clone, Deserialize)]
struct Published {
    random_state: u64,
    healthy_train_end: String,
    test_bearings: String,
}

/// The published splits.
fn published() -> &'static [Published] {
    static ROWS: OnceLock<Vec<Published>> = OnceLock::new();
    ROWS.get_or_init(|| {
        // Shipped text, not input: a test reads every row.
        let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(SPLITS.as_bytes());
        reader.deserialize().collect::<Result<_, _>>().expect("the shipped splits are valid")
    })
}

fn split(signals: &[Signal], rule: &SplitRule) -> Result<Vec<Fold>> {
    let rows = published();
    let known: BTreeSet<&str> = rows.iter().flat_map(|row| row.test_bearings.split(';')).collect();
    let ends: BTreeSet<&str> = rows.iter().map(|row| row.healthy_train_end.as_str()).collect();
    if !signals.iter().any(|signal| known.contains(signal.mounted.as_str())) {
        return Err(Error::data(
            "bearing-wise has no split of these bearings",
            format!("its published splits are of {}", known.into_iter().collect::<Vec<_>>().join(", ")),
            "use leave-one-size-out, which makes its folds from the recordings at hand",
        ));
    }
    let folds = rows.iter().map(|row| {
        let tested: BTreeSet<&str> = row.test_bearings.split(';').collect();
        let end = row.healthy_train_end.as_str();
        let name = format!("state-{:02}-healthy-{}", row.random_state, folder_word(end));
        let words = (
            format!("the bearings that are not tested, healthy signals at {end} only"),
            format!("bearings {}, healthy signals not at {end}", row.test_bearings.replace(';', ", ")),
        );
        fold(name, signals, rule, (&words.0, &words.1), |signal| {
            let mounted = signal.mounted.as_str();
            if !known.contains(mounted) || !ends.contains(signal.sensor.as_str()) {
                return None;
            }
            let side = if tested.contains(mounted) { Side::Test } else { Side::Learn };
            let end_of_side = (signal.sensor == end) == (side == Side::Learn);
            (!signal.faults.is_empty() || end_of_side).then_some(side)
        })
    });
    Ok(folds.collect())
}
