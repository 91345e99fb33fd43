//! Brinell: signal.

mod error;
mod generator;
mod kinematics;
mod quantity;
mod quantity_text;
mod recording;
mod segment;
mod simulate;
mod units;

pub use error::{Error, Result};
pub use generator::generator;
pub use kinematics::{BearingGeometry, BearingOrders, FaultKind};
pub use quantity::{Scalars, scalars};
pub use quantity_text::{
    UnitError, parse_angle, parse_duration, parse_frequency, parse_length, parse_shaft_speed,
};
pub use recording::{Channel, Known, Origin, Provenance, Recording, Unit};
pub use segment::Segments;
pub use simulate::{Knocks, LoadZone, Simulated, SimulatedFault, Simulation};
pub use units::{Hertz, Millimetres, Order, Rpm, Seconds};
