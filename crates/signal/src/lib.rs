//! Samples, rates, speeds, bearing geometry, transforms and simulation: everything that Brinell knows
//! about a signal.
//!
//! This room turns a [`Recording`] into numbers. It reads no files, trains no nets and gives no verdicts.
//! Frequencies and speeds are types ([`Hertz`], [`Rpm`], [`Order`]), never bare numbers. Samples are f32;
//! sums, statistics and recursions are f64. The same input and seed give the same bits for any number of
//! threads.
//!
//! # Example
//! An inner-race fault is simulated, its squared envelope spectrum taken, and the line of the fault found
//! where the bearing's geometry says.
//! ```
//! use brinell_signal::*;
//!
//! let bearing = BearingGeometry::new(9, parse_length("7.94mm")?, parse_length("39.04mm")?, 0.0)?;
//! let shaft = parse_shaft_speed("1797rpm")?;
//! let machine = Simulation {
//!     fault: Some(SimulatedFault { kind: FaultKind::Inner, amplitude: 1.0, angle_deg: 0.0 }),
//!     snr_db: 0.0,
//!     seed: 7,
//!     ..Simulation::new(parse_frequency("12kHz")?, 2.0, shaft, bearing)
//! };
//! let record = machine.simulate()?;
//! let lines: Vec<f32> = squared_envelope_spectrum(&record.samples)?;
//!
//! let resolution = 12_000.0 / record.samples.len() as f64;
//! let expected = FaultKind::Inner.order(&bearing.orders()).at(shaft);
//! let bin = (expected.0 / resolution).round() as usize;
//! let largest = (bin - 8..=bin + 8).max_by(|&a, &b| lines[a].total_cmp(&lines[b])).unwrap();
//! assert!((largest as f64 * resolution - expected.0).abs() < 2.0);
//! # Ok::<(), Error>(())
//! ```
//!
//! # Map
//! | files | idea |
//! |---|---|
//! | `recording.rs` | channels sampled together, and what is known about them with its origin |
//! | `units.rs`, `quantity_text.rs` | frequencies, speeds, lengths as types, and as people write them |
//! | `kinematics.rs` | bearing geometry, its orders, the kinds of fault |
//! | `segment.rs` | cutting a record into segments |
//! | `resample.rs` | changing the rate without folding |
//! | `quantity.rs` | RMS, kurtosis, crest factor and other scalars |
//! | `quality.rs`, `quality/` | checks of the samples: clipping, dropouts, spikes, empty top band... |
//! | `simulate.rs`, `simulate/` | the bearing fault model |
//! | `generator.rs` | the one seeded random generator |
//! | `window.rs`, `dpss.rs` | tapers |
//! | `fft.rs`, `scratch.rs`, `sample.rs` | Fourier transforms as plans, their working memory, f32 and f64 |
//! | `stft.rs`, `stft_image.rs` | short-time Fourier transform, and images of it |
//! | `hilbert.rs`, `envelope.rs`, `squared_envelope.rs` | analytic signal, envelope and squared envelope spectra |
//! | `spectrum.rs`, `welch.rs` | amplitude spectrum, averaged power density |
//! | `whiten.rs` | flattening a spectrum, so that every frequency counts alike |
//! | `floor.rs`, `standardise.rs`, `area_mean.rs` | running median floor, standardising, resizing images |
//! | `comb_image.rs` | envelope spectrum round each fault's harmonics, as an image |
//! | `pipeline.rs` | from segment to the input of a net, as data |
//! | `error.rs` | the one error |

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
mod quality;
mod quantity;
mod quantity_text;
mod recording;
mod resample;
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
pub use quality::{QualityFinding, QualityLevel, examine};
pub use quantity::{Scalars, scalars};
pub use quantity_text::{
    UnitError, parse_angle, parse_duration, parse_frequency, parse_length, parse_shaft_speed,
};
pub use recording::{Channel, Known, Origin, Provenance, Recording, Unit};
pub use resample::{Resampler, decimate_fir, resample_poly};
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
