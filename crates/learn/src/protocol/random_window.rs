//! Random windows (P0): a control that only shows that a net learns.
//!
//! The windows of all recordings are dealt at random, class by class: 20 % test, a share of the rest
//! validation. Windows of one recording, and so of one bearing, are on both sides: the figure says
//! nothing about another recording. Windows of different parts never share a sample: the grid of windows
//! does not overlap, and an overlapping training window is used only where all windows of the grid that
//! it touches belong to training. The deal depends on the seed.

use super::{Counterparts, Fold, Healthy, NO_CLASS_FOR_A_NEW_SIZE, Rule, Signal, SplitRule, Window};
use super::{cells, classes, usable};
use crate::error::Result;
use crate::shuffle::shuffled;

pub(super) const RULE: Rule = Rule {
    name: "random-window",
    leak: Some("leaky: windows of one recording on both sides"),
    description: "windows of all recordings dealt at random to training, validation and test",
    needs: "recordings of every class",
    healthy: Healthy::OwnRecordings,
    unseen_bearings: false,
    both_ends: false,
    each_part: false,
    counterparts: Counterparts::None(NO_CLASS_FOR_A_NEW_SIZE),
    split,
};

/// Share of the windows that is the test.
const TEST: f64 = 0.2;

#[derive(Clone, Copy, PartialEq)]
enum Side {
    Train,
    Validation,
    Test,
}

fn split(signals: &[Signal], rule: &SplitRule) -> Result<Vec<Fold>> {
    let (classes, labels) = classes::sized(signals);
    let cut = &rule.segments;
    let stride = cut.stride.max(cut.length);
    let cells = |signal: &Signal| vec![Side::Train; cells(usable(signal, cut), cut.length, stride)];
    let mut sides: Vec<Vec<Side>> = signals.iter().map(cells).collect();
    for (class, name) in classes.iter().enumerate() {
        let mine: Vec<Window> = (0..signals.len())
            .filter(|at| labels[*at] as usize == class)
            .flat_map(|signal| (0..sides[signal].len()).map(move |start| Window { signal, start }))
            .collect();
        let test = (mine.len() as f64 * TEST).round() as usize;
        let validation = ((mine.len() - test) as f64 * rule.validation).round() as usize;
        let order = shuffled(mine.len(), rule.seed, &format!("random-window/{name}"));
        for (rank, at) in order.into_iter().enumerate() {
            let Window { signal, start } = mine[at];
            sides[signal][start] = match rank {
                rank if rank < test => Side::Test,
                rank if rank < test + validation => Side::Validation,
                _ => Side::Train,
            };
        }
    }
    let rules = [
        "random windows; overlapping ones only inside training stretches",
        "random windows",
        "random windows",
    ];
    let mut fold = Fold::new("all".to_owned(), classes, rules.map(str::to_owned));
    for (at, side) in sides.iter().enumerate() {
        for (cell, side) in side.iter().enumerate() {
            let window = Window { signal: at, start: cell * stride };
            match side {
                Side::Validation => fold.validation.push(window, labels[at]),
                Side::Test => fold.test.push(window, labels[at]),
                Side::Train => {}
            }
        }
        let training: Vec<bool> = side.iter().map(|side| *side == Side::Train).collect();
        fold.train.cut_within(at, labels[at], &training, stride, usable(&signals[at], cut), cut);
    }
    Ok(vec![fold])
}
