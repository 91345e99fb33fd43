//! One channel of one recording, as protocols see it.

use crate::fault_set::FaultSet;

/// One channel of one recording with what is known about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Signal {
    /// Recording, as the catalogue names it.
    pub file: String,
    /// The channel.
    pub sensor: String,
    /// The faulty bearing that was mounted in this recording, wherever it sat: never split.
    pub mounted: String,
    /// Where that bearing sat and which part of it was damaged, e.g. `DE outer`: the bearings of one group
    /// differ in the size of the fault.
    pub group: String,
    /// The bearing under the sensor.
    pub bearing: String,
    /// The faults of the bearing under the sensor; none when it is healthy.
    pub faults: FaultSet,
    /// Size of the mounted fault, as the catalogue names it.
    pub size: Option<String>,
    /// The same in millimetres.
    pub size_mm: Option<f64>,
    /// Load, in the catalogue's unit.
    pub load: Option<f64>,
    /// Samples at the experiment's rate.
    pub length: usize,
}
