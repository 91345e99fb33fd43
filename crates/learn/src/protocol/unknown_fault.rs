//! Unknown faults (P8): the folds of `leave-one-size-out`, each without one class of fault in training.
//!
//! The test holds that class as well, marked as unknown: no answer to it is right. Figures of classes are those of
//! the known ones; beside them stands how well 1 - max p tells the unknown segments from the known.

use super::{Counterparts, Fold, Healthy, Part, Rule, Signal, SplitRule, UNKNOWN_CLASS};
use super::{folder_word, leave_one_size_out};
use crate::error::Result;

pub(super) const RULE: Rule = Rule {
    name: "unknown-fault",
    leak: None,
    description: "leave-one-size-out, and one class of fault is kept from training and unknown in the test",
    needs: "faults of two kinds and two sizes or more, each at two loads or more",
    healthy: Healthy::FromFaultsElsewhere,
    unseen_bearings: true,
    both_ends: false,
    each_part: false,
    counterparts: Counterparts::None("no leaky protocol keeps a class of fault from training"),
    split,
};

fn split(signals: &[Signal], rule: &SplitRule) -> Result<Vec<Fold>> {
    let mut folds = Vec::new();
    for whole in (leave_one_size_out::RULE.split)(signals, rule)? {
        for (at, class) in whole.classes.iter().enumerate() {
            if !class.faults().is_empty() {
                folds.push(without(&whole, at as u32, &class.name));
            }
        }
    }
    Ok(folds)
}

/// The fold without the class at a place of its list.
fn without(whole: &Fold, class: u32, name: &str) -> Fold {
    let mut fold = whole.clone();
    fold.name = format!("{}-without-{}", whole.name, folder_word(name));
    fold.classes.remove(class as usize);
    let renumbered = |label: u32| if label > class { label - 1 } else { label };
    let known = |part: &Part, what: &str| {
        let mut kept = Part::new(format!("{what}, without the class {name}"));
        for (window, label) in part.windows.iter().zip(&part.labels).filter(|(_, label)| **label != class) {
            kept.push(*window, renumbered(*label));
        }
        kept
    };
    fold.train = known(&whole.train, &whole.train.rule);
    fold.validation = known(&whole.validation, &whole.validation.rule);
    fold.test.rule = format!("{}; {name} is unknown", whole.test.rule);
    for label in &mut fold.test.labels {
        *label = if *label == class { UNKNOWN_CLASS } else { renumbered(*label) };
    }
    fold
}
