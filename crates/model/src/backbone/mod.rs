//! Nets, one a file: a configuration with the literature's defaults, what it costs, and the net.

mod se_cnn;
mod wdcnn;

pub use se_cnn::{SeCnn, SeCnnNet};
pub use wdcnn::{Wdcnn, WdcnnNet};

/// What a net costs, told from its shapes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cost {
    /// Trained numbers.
    pub parameters: u64,
    /// Multiply-adds of convolutions, fully connected layers and gates for one input.
    pub multiply_adds: u64,
}
