//! What a net may adapt to: segments without labels.

use super::{Part, Window};

/// Which segments an adaptation looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetRule {
    /// The test part itself.
    Tested,
    /// Other segments of the same recordings, where the protocol sets some apart; else the test part itself.
    SetApart,
}

/// Segments whose classes nobody is told.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Target {
    /// How they were chosen, for the record.
    pub rule: String,
    /// The segments.
    pub windows: Vec<Window>,
    /// Whether they are the test part.
    pub is_test: bool,
}

impl Target {
    /// The segments of the test part.
    pub(super) fn of_test(test: &Part) -> Target {
        let rule = format!("without labels: {}", test.rule);
        Target { rule, windows: test.windows.clone(), is_test: true }
    }

    /// The segments of a part that is no test.
    pub(super) fn apart(part: Part) -> Target {
        Target { rule: part.rule, windows: part.windows, is_test: false }
    }
}
