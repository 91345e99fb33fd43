//! Leave one load out (in the manner of P1): the recordings at one load are the test.
//!
//! Classes are part and size of the fault; healthy recordings are not used. Every bearing of the test has
//! been seen at the other loads, so the figure measures robustness to speed on known bearings, no more.
//! Validation is the last stretch of every training recording: its segments share no sample with training.

use super::{Counterparts, Fold, Healthy, NO_CLASS_FOR_A_NEW_SIZE, Rule, Signal, SplitRule};
use super::{classes, distinct, usable};
use crate::error::Result;

pub(super) const RULE: Rule = Rule {
    name: "leave-one-load-out",
    leak: Some("leaky by bearing: the same bearings at other loads in training"),
    description: "all recordings at one load are the test, the same bearings at the other loads the training",
    needs: "every fault at two loads or more",
    healthy: Healthy::LeftOut,
    unseen_bearings: false,
    both_ends: false,
    each_part: false,
    counterparts: Counterparts::None(NO_CLASS_FOR_A_NEW_SIZE),
    split,
};

fn split(signals: &[Signal], rule: &SplitRule) -> Result<Vec<Fold>> {
    let loads = distinct(signals.iter().filter_map(|signal| signal.load));
    let folds = loads.iter().map(|load| {
        let learned = format!("other loads than {load}");
        fold_of_loads(format!("load-{load}"), signals, rule, &learned, |own| own != *load, *load)
    });
    Ok(folds.collect())
}

/// A fold that learns at the loads that `learns` names and is tested at another.
fn fold_of_loads(
    name: String,
    signals: &[Signal],
    rule: &SplitRule,
    learned: &str,
    learns: impl Fn(f64) -> bool,
    tested: f64,
) -> Fold {
    let (classes, labels) = classes::sized(signals);
    let cut = &rule.segments;
    let share = rule.validation * 100.0;
    let rules = [
        format!("{learned}, without the last {share} % of each recording"),
        format!("the last {share} % of each training recording"),
        format!("all recordings at load {tested}"),
    ];
    let mut fold = Fold::new(name, classes, rules);
    for (at, signal) in signals.iter().enumerate() {
        let (label, end) = (labels[at], usable(signal, cut));
        match signal.load {
            Some(own) if own == tested => fold.test.cut(at, label, 0, end, cut.length, cut.stride),
            Some(own) if learns(own) => {
                let border = (end as f64 * (1.0 - rule.validation)).floor() as usize;
                fold.train.cut(at, label, 0, border, cut.length, cut.training_stride());
                fold.validation.cut(at, label, border, end, cut.length, cut.stride);
            }
            _ => {}
        }
    }
    fold
}
