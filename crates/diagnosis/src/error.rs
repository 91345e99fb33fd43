//! What can go wrong while diagnosing.

use brinell_signal::{FaultKind, Phrase, phrase};

/// Errors of this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A bearing's designation is not in the catalogue.
    #[error(
        "unknown bearing `{designation}`{}: {begin} of the catalogue's {known} designations begin so",
        nearest(near)
    )]
    UnknownBearing {
        /// As asked for.
        designation: String,
        /// Similar designations, best first.
        near: Vec<String>,
        /// Number of designations that begin with what was asked for.
        begin: usize,
        /// Number of bearings in the catalogue.
        known: usize,
    },
    /// A file of bearings cannot be read.
    #[error("{path} is no file of bearings: {why}")]
    BearingFile {
        /// As given.
        path: String,
        /// What is wrong, with the place in the file where it is known.
        why: String,
    },
    /// A folder or file of earlier readings cannot be read.
    #[error("the history {path} cannot be read: {why}")]
    History {
        /// The folder or the file in it.
        path: String,
        /// What is wrong, with the line where it is known.
        why: String,
    },
    /// A policy of actions cannot be read.
    #[error("{path} is no policy: {why}")]
    Policy {
        /// As given.
        path: String,
        /// What is wrong.
        why: String,
    },
    /// The recording has no such channel.
    #[error("the recording has no channel `{asked}`: it has {}", known.join(", "))]
    UnknownChannel {
        /// As asked for.
        asked: String,
        /// Channels of the recording.
        known: Vec<String>,
    },
    /// A recording or a catalogue could not be read.
    #[error(transparent)]
    Formats(#[from] brinell_formats::Error),
    /// The signal room refused.
    #[error(transparent)]
    Signal(#[from] brinell_signal::Error),
    /// The trained net refused this recording.
    #[error(transparent)]
    Learn(#[from] brinell_learn::Error),
}

fn nearest(near: &[String]) -> String {
    if near.is_empty() { String::new() } else { format!("; did you mean {}?", near.join(" or ")) }
}

/// The part in words, with its line: `inner race (BPFI)`.
pub(crate) fn titled(kind: FaultKind) -> Phrase {
    phrase!("{part} ({line})", part = Phrase::word(kind.title()), line = kind.line())
}
