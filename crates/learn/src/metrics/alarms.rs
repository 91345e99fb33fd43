//! What a fitted alarm for unknown faults does on a test: how often it rings for what is known, and for what is not.

use serde::{Deserialize, Serialize};

/// Figures of an alarm whose threshold was fixed before the test.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct AlarmFigures {
    /// Examples of known classes.
    pub known: usize,
    /// Examples of unknown classes.
    pub unknown: usize,
    /// The share of known examples for which it rings; `None` where there are none.
    pub false_alarm_rate: Option<f64>,
    /// The share of unknown examples for which it rings; `None` where there are none.
    pub found: Option<f64>,
}

impl AlarmFigures {
    /// Of the alarms of known and of unknown examples.
    pub fn measure(known: &[bool], unknown: &[bool]) -> AlarmFigures {
        let share = |all: &[bool]| {
            let rung = all.iter().filter(|rung| **rung).count();
            (!all.is_empty()).then(|| rung as f64 / all.len() as f64)
        };
        AlarmFigures {
            known: known.len(),
            unknown: unknown.len(),
            false_alarm_rate: share(known),
            found: share(unknown),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn false_alarms_are_counted_among_the_known_and_finds_among_the_unknown() {
        let found = AlarmFigures::measure(&[true, false, false, false], &[true, true, false, true]);
        assert_eq!((found.false_alarm_rate, found.found), (Some(0.25), Some(0.75)));
        assert_eq!(AlarmFigures::measure(&[false], &[]).found, None, "nothing was unknown");
    }
}
