//! Architectures as values, and the list of them.

mod architecture;
mod zoo;

pub use architecture::Architecture;
pub use zoo::{ModelInfo, zoo};
