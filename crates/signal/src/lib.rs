//! Samples, rates, speeds, bearing geometry, transforms and simulation: everything that Brinell knows
//! about a signal.
//!
//! This room turns a [`Recording`] into numbers. It reads no files, trains no nets and gives no verdicts.
//! Frequencies and speeds are types ([`Hertz`], [`Rpm`], [`Order`]), never bare numbers. Samples are f32;
//! sums, statistics and recursions are f64. The same input and seed give the same bits for any number of
//! threads.
//!
//! # What a record becomes
//! A simulated machine with a damaged inner race, and what five steps make of it (drawn by `examples/front_page.rs`):
#![doc = ""]
#![doc = include_str!("../front_page.svg")]
#![doc = ""]
//! # Example
//! An inner-race fault is simulated, its squared envelope spectrum taken, and the line of the fault found
//! where the bearing's geometry says.
//! ```
//! use brinell_signal::envelope::squared_envelope_spectrum;
//! use brinell_signal::simulate::{SimulatedFault, Simulation};
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
//! # From a segment to what a net is fed with
//! Every transform is a plan: parameters, then `plan(rate, len)`, which checks everything, then `process`, which
//! allocates nothing once its [`Scratch`] is warm. Plans run on f32 and f64, and what turns a series into numbers of
//! a known shape is a [`Step`], so that a chain of them is plain data. Behind the step `order-tracking` every frequency
//! counts cycles a revolution. What gives a report, goes back, or looks at many records is called
//! from the library alone: the shaft's speed and its course over a record, one choice of modes for many records (the step
//! `selected-vmd` chooses for each), velocity by ISO 20816, entropies, linear models, the nulls of MED and MOMEDA, the
//! inverse STFT, and fitting a normalisation to training images. Overall values, scalars and the quality flags of a
//! record are what `brinell probe` shows.
//! ```
//! use brinell_signal::{Hertz, Pipeline};
//! let chain = r#"[
//!     { "step": "filter", "low": 500.0, "high": 5000.0 },
//!     { "step": "vmd", "modes": 3 },
//!     { "step": "cwt-image", "columns": 64 },
//!     { "step": "image", "scale": "log", "rows": 32 }
//! ]"#;
//! let pipeline: Pipeline = serde_json::from_str(chain)?;
//! assert_eq!(pipeline.plan(Hertz(12_000.0), 2048)?.output_shape(), [3, 32, 64]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Speed
//! One thread, f32, 2048 samples, medians on one machine with AVX-512: a squared envelope spectrum 2.5 µs, an STFT of
//! 256/128 1.5 µs, a wavelet image of 64×64 5 µs, a kurtogram of four levels 16 µs, a decomposition into four modes
//! 28 µs (300 to 345 times the pace of `vmdpy` in three runs). `cargo bench -p brinell-signal --bench transforms -- --peers python3` prints
//! all of it beside the programs that people use.
//!
//! # Map
//! | place | idea |
//! |---|---|
//! | `recording.rs` | channels sampled together, and what is known about them with its origin |
//! | `units.rs`, `quantity_text.rs` | frequencies, speeds, lengths as types, and as people write them |
//! | `kinematics.rs` | bearing geometry, its orders, the kinds of fault |
//! | `segment.rs`, `generator.rs` | cutting a record into segments; the one seeded random generator |
//! | `sample.rs`, `lanes.rs`, `scratch.rs` | f32 and f64; their vector registers; working memory of the plans |
//! | `radix_sort.rs` | sorting samples |
//! | [`fourier`] | FFTs, tapers, spectra, the short-time transform |
//! | [`image`] | images of transforms for nets and people |
//! | [`envelope`] | analytic signal, envelope, squared envelope spectrum |
//! | [`band`] | where in the spectrum impacts ring: kurtograms and what chooses by periodicity |
//! | [`cyclic`] | cyclic coherence, enhanced envelope spectrum |
//! | [`vmd`] | variational mode decomposition and its relatives |
//! | [`wavelet`] | wavelet transforms, continuous and discrete |
//! | [`rotation`] | speed, angle and order |
//! | [`separation`] | parting what repeats exactly from what does not; flattening spectra |
//! | [`filter`] | filters, changes of the sampling rate |
//! | [`quantity`], [`quality`] | numbers that describe a record; checks of its samples |
//! | [`simulate`] | the bearing fault model |
//! | [`pipeline`] | from segment to the input of a net, as data |
//! | `error.rs`, `counted.rs` | the one error; numbers with what they count, for messages |
//! | `phrase.rs` | sentences as data, so that a report can be in another language |

mod bare_word;
mod counted;
mod error;
mod generator;
mod instruction_set;
mod kinematics;
mod lanes;
mod phrase;
mod quantity_text;
mod radix_sort;
mod recording;
mod sample;
mod scratch;
mod segment;
mod units;

#[cfg(test)]
mod portable_path;

pub mod band;
pub mod cyclic;
pub mod envelope;
pub mod filter;
pub mod fourier;
pub mod image;
pub mod pipeline;
pub mod quality;
pub mod quantity;
pub mod rotation;
pub mod separation;
pub mod simulate;
pub mod vmd;
pub mod wavelet;

pub use counted::counted;
pub use error::{Error, Result};
pub use generator::generator;
pub use kinematics::{BearingGeometry, BearingOrders, FaultKind};
pub use phrase::{
    Joint, Phrase, Piece as PhrasePiece, Value as PhraseValue, blanks as phrase_blanks,
    pieces as phrase_pieces,
};
pub use pipeline::{Context, Pipeline, PipelinePlan, PipelineScratch, Step};
pub use quantity_text::{
    UnitError, parse_angle, parse_duration, parse_frequency, parse_length, parse_shaft_speed,
};
pub use recording::{Channel, Known, Origin, Provenance, Recording, Unit};
pub use sample::Sample;
pub use scratch::Scratch;
pub use segment::Segments;
pub use units::{Hertz, Millimetres, Order, Rpm, Seconds};
