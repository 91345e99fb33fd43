//! What a check came to: findings, what is good to know, and what was not checked.

use super::Finding;
use brinell_signal::counted;
use serde::Serialize;
use std::fmt;

/// Something that is no leak of a test, and good to know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Note {
    /// Bearings of the validation part are in training as well.
    ValidationKnowsBearings {
        /// The fold.
        fold: Option<String>,
        /// The bearings.
        bearings: Vec<String>,
    },
    /// Parts whose names do not say what they are for.
    PartsByPosition {
        /// The parts.
        parts: Vec<String>,
        /// Whether another part is named for training: these then count as tested on. Else any two are two sides.
        beside_training: bool,
    },
}

impl fmt::Display for Note {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Note::ValidationKnowsBearings { fold, bearings } => {
                let of = fold.as_ref().map_or(String::new(), |fold| format!("fold {fold}: "));
                write!(
                    out,
                    "{of}validation shares {} with training ({}): early stop and calibration see known bearings",
                    counted(bearings.len(), "bearing"),
                    some(bearings)
                )
            }
            Note::PartsByPosition { parts, beside_training: true } => {
                write!(out, "{} is not a known name of a part: it counts as tested on", some(parts))
            }
            Note::PartsByPosition { parts, beside_training: false } => {
                write!(
                    out,
                    "no part is named for training: any two of {} are compared as two sides",
                    some(parts)
                )
            }
        }
    }
}

/// Names that are written out in a sentence; the others are counted.
const NAMED: usize = 8;

/// The first of some names, and how many more there are.
pub(super) fn some(names: &[String]) -> String {
    let first = names.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    if names.len() > NAMED { format!("{first} and {} more", names.len() - NAMED) } else { first }
}

/// A check that could not be made, whole or in part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unchecked {
    /// What was not checked.
    pub check: String,
    /// Why, and what would help.
    pub why: String,
}

/// A recording that is there and cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unreadable {
    /// The recording.
    pub file: String,
    /// Why.
    pub why: String,
}

/// What it comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Something was found.
    Found,
    /// Nothing was found, in all that was given.
    Clean,
    /// Nothing was found; recordings are missing or cannot be read, segments lie outside them, or a fold lacks a part.
    Partial,
    /// Nothing was found, and nothing could be: no recording was at hand, or there are no two sides.
    Unchecked,
}

/// All that the check of a table or a folder came to.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LeakReport {
    /// Recordings whose content was looked at.
    pub recordings: usize,
    /// Segments of the table; 0 without one, or when the table does not count them.
    pub segments: u64,
    /// Folds of the table; 0 without one.
    pub folds: usize,
    /// Those of them that have no two sides.
    pub one_sided: usize,
    /// Those with a validation part and none for training.
    pub without_training: usize,
    /// Recordings of which some segments could not be compared.
    pub uncompared: usize,
    /// What was found, kind by kind.
    pub findings: Vec<Finding>,
    /// What is good to know.
    pub notes: Vec<Note>,
    /// What could not be checked.
    pub unchecked: Vec<Unchecked>,
    /// Recordings that are not at hand.
    pub missing: Vec<String>,
    /// Recordings that cannot be read.
    pub unreadable: Vec<Unreadable>,
}

impl LeakReport {
    /// What it comes to.
    pub fn verdict(&self) -> Verdict {
        let no_sides = self.folds > 0 && self.one_sided == self.folds;
        let absent = self.missing.len() + self.unreadable.len();
        if !self.findings.is_empty() {
            Verdict::Found
        } else if no_sides || self.recordings == 0 {
            Verdict::Unchecked
        } else if absent + self.one_sided + self.without_training + self.uncompared > 0 {
            Verdict::Partial
        } else {
            Verdict::Clean
        }
    }

    /// Whether nothing was found in all that was given.
    pub fn is_clean(&self) -> bool {
        self.verdict() == Verdict::Clean
    }

    /// Recordings that were found and could not be read; they are not missing then.
    #[must_use]
    pub fn with_unreadable(mut self, unreadable: &[Unreadable]) -> LeakReport {
        let known = |one: &&Unreadable| self.folds == 0 || self.missing.contains(&one.file);
        self.unreadable = unreadable.iter().filter(known).cloned().collect();
        self.missing.retain(|file| !unreadable.iter().any(|one| one.file == *file));
        self
    }

    /// Notes that a check was not made.
    pub(super) fn skip(&mut self, check: &str, why: String) {
        self.unchecked.push(Unchecked { check: check.to_owned(), why });
    }
}
