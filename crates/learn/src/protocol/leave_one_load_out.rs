//! Leave one load out (in the manner of P1): the recordings at one load are the test.
//!
//! Classes are part and size of the fault; healthy recordings are not used. Every bearing of the test has
//! been seen at the other loads, so the figure measures robustness to speed on known bearings, no more.
//! Validation is the last stretch of every training recording: its segments share no sample with training.

use super::{Fold, Part, Signal, Split, SplitRule, distinct, sized_classes, usable};
use crate::error::Result;

pub(super) const DESCRIPTION: &str =
    "all recordings at one load are the test, the same bearings at the other loads the training";

pub(super) fn split(signals: &[Signal], rule: &SplitRule) -> Result<Split> {
    let (classes, labels) = sized_classes(signals);
    let cut = &rule.segments;
    let mut folds = Vec::new();
    for load in distinct(signals.iter().filter_map(|signal| signal.load)) {
        let share = rule.validation * 100.0;
        let mut fold = Fold {
            name: format!("load-{load}"),
            train: Part::new(format!(
                "other loads than {load}, without the last {share} % of each recording"
            )),
            validation: Part::new(format!("the last {share} % of each training recording")),
            test: Part::new(format!("all recordings at load {load}")),
        };
        for (at, signal) in signals.iter().enumerate() {
            let (label, end) = (labels[at], usable(signal, cut));
            match signal.load {
                Some(other) if other == load => {
                    fold.test.cut(at, label, 0, end, cut.length, cut.stride);
                }
                Some(_) => {
                    let border = (end as f64 * (1.0 - rule.validation)).floor() as usize;
                    fold.train.cut(at, label, 0, border, cut.length, cut.training_stride());
                    fold.validation.cut(at, label, border, end, cut.length, cut.stride);
                }
                None => {}
            }
        }
        folds.push(fold);
    }
    Ok(Split { classes, folds })
}
