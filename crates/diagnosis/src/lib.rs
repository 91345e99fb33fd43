//! From one recording to a verdict.
mod diagnosis;
pub use diagnosis::*;
