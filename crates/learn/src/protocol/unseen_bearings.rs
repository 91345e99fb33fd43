//! What the protocols with unseen bearings share: a fold from the side of each signal, with a validation part
//! taken from the training side.
//!
//! Validation is by default the recordings at the highest load of the training side, which hold known bearings
//! and so flatter; or, with `validation = "size"`, of every group of bearings that differ in size one of the
//! training ones, which are unknown bearings and cost training data. Whichever it is, `split.csv` says so.

use super::{Fold, Signal, SplitRule, classes, distinct, usable};
use crate::experiment::ValidationUnit;
use std::collections::{BTreeMap, BTreeSet};

/// The side of a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// Training or validation.
    Learn,
    /// The test.
    Test,
}

/// A fold with the classes `normal` and the faulty parts, all signals on the side that `side` says; those
/// without one are left out. `learned` and `tested` say in words what the sides are.
pub(super) fn fold(
    name: String,
    signals: &[Signal],
    rule: &SplitRule,
    (learned, tested): (&str, &str),
    side: impl Fn(&Signal) -> Option<Side>,
) -> Fold {
    let (classes, labels) = classes::by_part(signals);
    let cut = &rule.segments;
    let sides: Vec<Option<Side>> = signals.iter().map(side).collect();
    let on = |wanted: Side| {
        signals.iter().zip(&sides).filter(move |(_, side)| **side == Some(wanted)).map(|(signal, _)| signal)
    };
    let top_load = distinct(on(Side::Learn).filter_map(|signal| signal.load)).last().copied();
    let held_out = match rule.unit {
        ValidationUnit::Load => BTreeSet::new(),
        ValidationUnit::Size => one_size_of_each_group(signals, on(Side::Learn), on(Side::Test)),
    };
    let rules = match rule.unit {
        ValidationUnit::Load => [
            format!("{learned}, below the highest load"),
            "the recordings at the highest load of the training bearings: known bearings".to_owned(),
            tested.to_owned(),
        ],
        ValidationUnit::Size => [
            format!("{learned}, without one size of each group"),
            format!("unknown bearings: {}", held_out.iter().copied().collect::<Vec<_>>().join(", ")),
            tested.to_owned(),
        ],
    };
    let mut fold = Fold::new(name, classes, rules);
    for (at, (signal, side)) in signals.iter().zip(&sides).enumerate() {
        let (label, end) = (labels[at], usable(signal, cut));
        let validates = match rule.unit {
            ValidationUnit::Load => signal.load.is_some() && signal.load == top_load,
            ValidationUnit::Size => held_out.contains(signal.mounted.as_str()),
        };
        match side {
            Some(Side::Test) => fold.test.cut(at, label, 0, end, cut.length, cut.stride),
            Some(Side::Learn) if validates => {
                fold.validation.cut(at, label, 0, end, cut.length, cut.stride);
            }
            Some(Side::Learn) => fold.train.cut(at, label, 0, end, cut.length, cut.training_stride()),
            None => {}
        }
    }
    fold
}

/// Of each group the training bearing whose size comes after the tested one, in a circle.
fn one_size_of_each_group<'a>(
    signals: &'a [Signal],
    learned: impl Iterator<Item = &'a Signal>,
    tested: impl Iterator<Item = &'a Signal>,
) -> BTreeSet<&'a str> {
    let learned: BTreeSet<&str> = learned.map(|signal| signal.mounted.as_str()).collect();
    let tested: BTreeSet<&str> = tested.map(|signal| signal.mounted.as_str()).collect();
    let mut groups = BTreeMap::<&str, Vec<(f64, &str)>>::new();
    for signal in signals {
        let group = groups.entry(&signal.group).or_default();
        if group.iter().all(|(_, known)| *known != signal.mounted) {
            group.push((signal.size_mm.unwrap_or(0.0), &signal.mounted));
        }
    }
    let mut chosen = BTreeSet::new();
    for group in groups.values_mut() {
        group.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(b.1)));
        let from = group.iter().position(|(_, one)| tested.contains(one)).map_or(0, |at| at + 1);
        let circle = (0..group.len()).map(|step| group[(from + step) % group.len()].1);
        chosen.extend(circle.into_iter().find(|one| learned.contains(one) && !tested.contains(one)));
    }
    chosen
}
