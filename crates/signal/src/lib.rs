//! Brinell: signal.

mod area_mean;
mod comb_image;
mod dpss;
mod envelope;
mod error;
mod fft;
mod floor;
mod generator;
mod hilbert;
mod kinematics;
mod pipeline;
mod quantity;
mod quantity_text;
mod recording;
mod sample;
mod scratch;
mod segment;
mod simulate;
mod spectrum;
mod squared_envelope;
mod standardise;
mod stft;
mod stft_image;
mod units;
mod welch;
mod whiten;
mod window;

pub use envelope::{EnvelopePlan, EnvelopeSpectrumPlan, envelope, envelope_spectrum};
pub use error::{Error, Result};
pub use fft::{ComplexFft, RealFft};
pub use floor::{FLOOR_HALF_WIDTH, MedianWindow, running_median};
pub use generator::generator;
pub use hilbert::{AnalyticPlan, analytic};
pub use kinematics::{BearingGeometry, BearingOrders, FaultKind};
pub use pipeline::{Context, Pipeline, PipelinePlan, PipelineScratch, Step};
pub use quantity::{Scalars, scalars};
pub use quantity_text::{
    UnitError, parse_angle, parse_duration, parse_frequency, parse_length, parse_shaft_speed,
};
pub use recording::{Channel, Known, Origin, Provenance, Recording, Unit};
pub use sample::Sample;
pub use scratch::Scratch;
pub use segment::Segments;
pub use simulate::{Knocks, LoadZone, Simulated, SimulatedFault, Simulation};
pub use spectrum::{AmplitudeSpectrumParams, AmplitudeSpectrumPlan};
pub use squared_envelope::{SquaredEnvelopePlan, band_squared_envelope, squared_envelope_spectrum};
pub use stft::{StftFrames, StftParams, StftPhase, StftPlan, StftScale};
pub use stft_image::Scale;
pub use units::{Hertz, Millimetres, Order, Rpm, Seconds};
pub use welch::{Average, Detrend, PowerScale, WelchParams, WelchPlan};
pub use whiten::whiten;
pub use window::{Symmetry, Window};
