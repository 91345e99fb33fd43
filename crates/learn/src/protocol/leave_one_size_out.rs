//! Leave one fault size out (P2): faulty bearings that were never seen.
//!
//! Classes are normal, inner, ball, outer. At sensor `e`, faulty signals are those of recordings whose
//! faulty bearing sits at `e`; healthy ones are those of recordings whose faulty bearing sits at another
//! place, so that they come from the same session and chain. All recordings with a fault of one size are
//! the test. The healthy bearing under the sensor is one and the same on both sides - there is no second
//! one - but no recording and no faulty bearing is.

use super::unseen_bearings::{Side, fold};
use super::{Counterparts, Fold, Healthy, Protocol, Rule, Signal, SplitRule, distinct, folder_word};
use crate::error::Result;

pub(super) const RULE: Rule = Rule {
    name: "leave-one-size-out",
    leak: None,
    description: "all bearings with a fault of one size are the test; healthy signals come from recordings with the \
                  fault at another place",
    needs: "faults of two sizes or more, each at two loads or more",
    healthy: Healthy::FromFaultsElsewhere,
    unseen_bearings: true,
    both_ends: false,
    each_part: false,
    counterparts: Counterparts::These(&[Protocol::KnownBearings]),
    split,
};

fn split(signals: &[Signal], rule: &SplitRule) -> Result<Vec<Fold>> {
    let folds = sizes(signals).into_iter().map(|(size, name)| {
        let words = (format!("other sizes than {name}"), format!("all recordings of size {name}"));
        let side = |signal: &Signal| match signal.size_mm? {
            own if own == size => Some(Side::Test),
            _ => Some(Side::Learn),
        };
        fold(format!("size-{}", folder_word(&name)), signals, rule, (&words.0, &words.1), side)
    });
    Ok(folds.collect())
}

/// The sizes of faults, ascending, in millimetres and as the catalogue names them.
pub(super) fn sizes(signals: &[Signal]) -> Vec<(f64, String)> {
    let named = |size: f64| {
        let own = signals.iter().find(|signal| signal.size_mm == Some(size));
        own.and_then(|signal| signal.size.clone()).unwrap_or_else(|| format!("{size} mm"))
    };
    let all = distinct(signals.iter().filter_map(|signal| signal.size_mm));
    all.into_iter().map(|size| (size, named(size))).collect()
}
