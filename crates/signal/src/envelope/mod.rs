//! The envelope family: analytic signal, envelope, squared envelope spectrum.

pub(crate) mod hilbert;
pub(crate) mod spectrum;
pub(crate) mod squared_envelope;

pub use hilbert::{AnalyticPlan, analytic};
pub use spectrum::{EnvelopePlan, EnvelopeSpectrumPlan, envelope, envelope_spectrum};
pub use squared_envelope::{SquaredEnvelopePlan, band_squared_envelope, squared_envelope_spectrum};
