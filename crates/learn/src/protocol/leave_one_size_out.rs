//! Leave one fault size out (P2): faulty bearings that were never seen.
//!
//! Classes are normal, inner, ball, outer. At sensor `e`, faulty signals are those of recordings whose
//! faulty bearing sits at `e`; healthy ones are those of recordings whose faulty bearing sits at another
//! place, so that they come from the same session and chain. All recordings with a fault of one size are
//! the test. The healthy bearing under the sensor is one and the same on both sides - there is no second
//! one - but no recording and no faulty bearing is.
//!
//! Validation comes from the training side: by default the recordings at its highest load, which hold
//! known bearings and so flatter; or, with `validation = "size"`, the recordings of one of the training
//! sizes, which hold unknown bearings and cost half the training data. Whichever it is, `split.csv` says so.

use super::{Fold, Part, Signal, Split, SplitRule, distinct, element_classes, folder_word, usable};
use crate::error::Result;
use crate::experiment::ValidationUnit;

pub(super) const DESCRIPTION: &str = "all bearings with a fault of one size are the test; healthy signals come from recordings with the \
     fault at another place";

pub(super) fn split(signals: &[Signal], rule: &SplitRule) -> Result<Split> {
    let (classes, labels) = element_classes(signals);
    let cut = &rule.segments;
    let sizes = distinct(signals.iter().filter_map(|signal| signal.size_mm));
    let mut folds = Vec::new();
    for (at_size, size) in sizes.iter().enumerate() {
        let name =
            signals.iter().find(|signal| signal.size_mm == Some(*size)).and_then(|one| one.size.clone());
        let name = name.unwrap_or_else(|| format!("{size} mm"));
        let known: Vec<&Signal> =
            signals.iter().filter(|signal| signal.size_mm.is_some_and(|other| other != *size)).collect();
        // the size after the tested one, in a circle
        let inner_size = sizes[(at_size + 1) % sizes.len()];
        let top_load = distinct(known.iter().filter_map(|signal| signal.load)).last().copied();
        let (train_rule, validation_rule) = match rule.unit {
            ValidationUnit::Load => (
                format!("other sizes than {name}, below the highest load"),
                "the recordings at the highest load of the training bearings: known bearings".to_owned(),
            ),
            ValidationUnit::Size => (
                format!("other sizes than {name} and {inner_size} mm"),
                format!("all recordings of size {inner_size} mm: unknown bearings"),
            ),
        };
        let mut fold = Fold {
            name: format!("size-{}", folder_word(&name)),
            train: Part::new(train_rule),
            validation: Part::new(validation_rule),
            test: Part::new(format!("all recordings of size {name}")),
        };
        for (at, signal) in signals.iter().enumerate() {
            let Some(own) = signal.size_mm else { continue };
            let (label, end) = (labels[at], usable(signal, cut));
            let validates = match rule.unit {
                ValidationUnit::Load => signal.load.is_some() && signal.load == top_load,
                ValidationUnit::Size => own == inner_size,
            };
            if own == *size {
                fold.test.cut(at, label, 0, end, cut.length, cut.stride);
            } else if validates {
                fold.validation.cut(at, label, 0, end, cut.length, cut.stride);
            } else {
                fold.train.cut(at, label, 0, end, cut.length, cut.training_stride());
            }
        }
        folds.push(fold);
    }
    Ok(Split { classes, folds })
}
