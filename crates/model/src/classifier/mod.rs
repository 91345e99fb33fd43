//! Architectures as values, and the list of them.

mod architecture;
mod preset;
mod sensors;
mod zoo;

pub use architecture::Architecture;
pub use preset::published;
pub use sensors::Sensors;
pub use zoo::{ModelInfo, zoo};
