//! Which parts of a bearing are damaged: none, one, or several at once.

use brinell_signal::FaultKind;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The order of parts in lists of classes and labels.
pub(crate) const PARTS: [FaultKind; 4] =
    [FaultKind::Inner, FaultKind::Ball, FaultKind::Outer, FaultKind::Cage];

/// A set of damaged parts, one bit each; empty for a healthy bearing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(from = "Vec<FaultKind>", into = "Vec<FaultKind>")]
pub struct FaultSet(u8);

impl FaultSet {
    /// No part.
    pub const NONE: FaultSet = FaultSet(0);

    /// This set and one part more.
    #[must_use]
    pub fn with(self, part: FaultKind) -> FaultSet {
        FaultSet(self.0 | bit(part))
    }

    /// Whether it holds a part.
    pub fn contains(self, part: FaultKind) -> bool {
        self.0 & bit(part) != 0
    }

    /// Whether it holds none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// How many it holds.
    pub fn count(self) -> usize {
        self.0.count_ones() as usize
    }

    /// Its parts: inner, ball, outer, cage.
    pub fn parts(self) -> impl Iterator<Item = FaultKind> {
        PARTS.into_iter().filter(move |part| self.contains(*part))
    }
}

fn bit(part: FaultKind) -> u8 {
    match part {
        FaultKind::Inner => 1,
        FaultKind::Ball => 2,
        FaultKind::Outer => 4,
        FaultKind::Cage => 8,
    }
}

impl From<Option<FaultKind>> for FaultSet {
    fn from(part: Option<FaultKind>) -> FaultSet {
        part.into_iter().collect()
    }
}

impl FromIterator<FaultKind> for FaultSet {
    fn from_iter<I: IntoIterator<Item = FaultKind>>(parts: I) -> FaultSet {
        parts.into_iter().fold(FaultSet::NONE, FaultSet::with)
    }
}

impl From<Vec<FaultKind>> for FaultSet {
    fn from(parts: Vec<FaultKind>) -> FaultSet {
        parts.into_iter().collect()
    }
}

impl From<FaultSet> for Vec<FaultKind> {
    fn from(set: FaultSet) -> Vec<FaultKind> {
        set.parts().collect()
    }
}

impl fmt::Display for FaultSet {
    /// `normal`, `inner`, `inner+ball`...
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return out.write_str("normal");
        }
        let names: Vec<&str> = self.parts().map(crate::class::element_name).collect();
        out.write_str(&names.join("+"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_carries_several_parts_at_once() {
        let both = FaultSet::NONE.with(FaultKind::Outer).with(FaultKind::Inner).with(FaultKind::Outer);
        assert_eq!(both.to_string(), "inner+outer");
        assert_eq!((both.count(), both.contains(FaultKind::Ball)), (2, false));
        assert_eq!(FaultSet::from(Vec::from(both)), both);
        assert_eq!(FaultSet::NONE.to_string(), "normal");
    }
}
