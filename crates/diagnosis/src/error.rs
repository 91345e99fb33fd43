//! What can go wrong while diagnosing.

use brinell_signal::FaultKind;

/// Errors of this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A bearing's designation is not in the catalogue.
    #[error("unknown bearing `{designation}`{}: the catalogue has {}", nearest(near), known.join(", "))]
    UnknownBearing {
        /// As asked for.
        designation: String,
        /// Similar designations, best first.
        near: Vec<String>,
        /// All designations.
        known: Vec<String>,
    },
    /// The recording has no such channel.
    #[error("the recording has no channel `{asked}`: it has {}", known.join(", "))]
    UnknownChannel {
        /// As asked for.
        asked: String,
        /// Channels of the recording.
        known: Vec<String>,
    },
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
pub(crate) fn titled(kind: FaultKind) -> String {
    format!("{} ({})", kind.title(), kind.line())
}
