//! Load to load (P1): one load is the training, one other the test; every ordered pair of loads is a fold.
//!
//! Classes are part and size of the fault. Healthy recordings are not used: nine classes where the published
//! task has ten, because the healthy recordings at all loads but one are seldom at hand, and those that exist
//! were made at another rate, which alone tells them. Figures are therefore not those of the published tables.
//!
//! As published, windows are dealt at random, with one seed for all runs: a share of the training load is validation.
//! A net that does not adapt, or only takes statistics, is tested on all windows of the target load. Where one adapts by
//! a loss, it is given four fifths of the target's windows without labels and tested on the last fifth. Windows are dealt
//! recording by recording, which needs no label: where a class has one recording at each load, that is the published
//! deal by class. The bearings are the same at both loads.

use super::{Counterparts, Fold, Healthy, NO_CLASS_FOR_A_NEW_SIZE, Part, Rule, Signal, SplitRule};
use super::{Target, TargetRule, Window};
use super::{cells, classes, distinct, usable};
use crate::error::Result;
use crate::shuffle::shuffled;

pub(super) const RULE: Rule = Rule {
    name: "load-to-load",
    leak: Some("leaky by bearing: the same bearings at another load in training"),
    description: "one load is the training, one other the test, every pair in turn; faults by part and size, without \
                  the healthy recordings (nine classes, not ten)",
    needs: "every fault at two loads or more",
    healthy: Healthy::LeftOut,
    unseen_bearings: false,
    both_ends: false,
    each_part: false,
    counterparts: Counterparts::None(NO_CLASS_FOR_A_NEW_SIZE),
    split,
};

/// Deals the windows, in every run.
const SEED: u64 = 40;
/// Share of the target's windows that is the test where the others are adapted to.
const TEST: f64 = 0.2;

fn split(signals: &[Signal], rule: &SplitRule) -> Result<Vec<Fold>> {
    let loads = distinct(signals.iter().filter_map(|signal| signal.load));
    let pairs = loads.iter().flat_map(|from| loads.iter().map(move |to| (*from, *to)));
    Ok(pairs.filter(|(from, to)| from != to).map(|(from, to)| fold(signals, rule, from, to)).collect())
}

fn fold(signals: &[Signal], rule: &SplitRule, from: f64, to: f64) -> Fold {
    let (classes, labels) = classes::sized(signals);
    let (cut, grid) = (&rule.segments, rule.segments.stride.max(rule.segments.length));
    let apart = rule.target == Some(TargetRule::SetApart);
    let share = rule.validation * 100.0;
    let test = match apart {
        true => format!("{} % of the windows of each recording at load {to}, at random", TEST * 100.0),
        false => format!("all recordings at load {to}"),
    };
    let rules = [
        format!("load {from}, without the windows of validation"),
        format!("{share} % of the windows of each training recording, at random"),
        test,
    ];
    let mut fold = Fold::new(format!("load-{from}-to-{to}"), classes, rules);
    let mut target = Part::new(format!("without labels: the other windows of each recording at load {to}"));
    for (at, signal) in signals.iter().enumerate() {
        let (label, end) = (labels[at], usable(signal, cut));
        let dealt = |share: f64| {
            let count = cells(end, cut.length, grid);
            let order = shuffled(count, SEED, &format!("load-to-load/{}/{}", signal.file, signal.sensor));
            let mut chosen = vec![false; count];
            let some = (count as f64 * share).round() as usize;
            order.into_iter().take(some).for_each(|cell| chosen[cell] = true);
            chosen
        };
        if signal.load == Some(from) {
            let chosen = dealt(rule.validation);
            for (cell, _) in chosen.iter().enumerate().filter(|(_, chosen)| **chosen) {
                fold.validation.push(Window { signal: at, start: cell * grid }, label);
            }
            let training: Vec<bool> = chosen.iter().map(|chosen| !chosen).collect();
            fold.train.cut_within(at, label, &training, grid, end, cut);
        } else if signal.load == Some(to) && apart {
            for (cell, chosen) in dealt(TEST).into_iter().enumerate() {
                let part = if chosen { &mut fold.test } else { &mut target };
                part.push(Window { signal: at, start: cell * grid }, label);
            }
        } else if signal.load == Some(to) {
            fold.test.cut(at, label, 0, end, cut.length, cut.stride);
        }
    }
    if apart {
        fold.target = Some(Target::apart(target));
    }
    fold
}
