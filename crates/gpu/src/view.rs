//! Where the numbers of a batch lie.

use crate::launch::At;

/// Numbers of a batch, sample after sample. Those of a sample lie one behind the other; the samples may lie apart, as those
/// of a few channels out of many do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct View {
    /// The first number of the first sample.
    pub at: At,
    /// Numbers from the begin of one sample to that of the next.
    pub pitch: usize,
}

/// Where results go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target {
    /// The place.
    pub view: View,
    /// Whether they are added to what is there; else they replace it.
    pub add: bool,
}
