//! What was said of a recording by flags and manifest, for the rows of one that could not be read or diagnosed.

use brinell_diagnosis::Machine;

/// What is known of a recording without reading it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Declared {
    /// Machine and measuring point.
    pub machine: Machine,
    /// Channel that was asked for.
    pub channel: Option<String>,
    /// Designation of the bearing, as it was written.
    pub bearing: Option<String>,
    /// Shaft speed in hertz.
    pub speed_hz: Option<f64>,
    /// Samples per second.
    pub rate_hz: Option<f64>,
    /// Unit of the samples.
    pub unit: Option<String>,
    /// When it was measured (ISO 8601).
    pub measured: Option<String>,
}
