//! From one recording to a verdict that an engineer can sign.
//!
//! [`diagnose`] takes a recording with the bearing under its sensor and a shaft speed, looks for the
//! combs of all fault kinds against a null made from the recording itself, asks a trained net if one
//! is given, and concludes: found, undecided with what would settle it, or no fault found with what
//! would not have been seen. The result, [`Diagnosis`], is plain data: renderers read nothing else.
//!
//! ```
//! use brinell_diagnosis::{BearingUse, Request, Verdict, bearing, diagnose};
//! use brinell_signal::simulate::{SimulatedFault, Simulation};
//! use brinell_signal::*;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let bearing = bearing("6205")?;
//! let (rate, shaft) = (Hertz(12_000.0), Rpm(1797.0).to_hertz());
//! let mut machine = Simulation::new(rate, 8.0, shaft, bearing.geometry);
//! machine.fault = Some(SimulatedFault { kind: FaultKind::Outer, amplitude: 1.0, angle_deg: 0.0 });
//! machine.snr_db = -6.0;
//! let unit = Known::new(Unit::G, Origin::Declared, "simulated");
//! let channel = Channel::new("1", "x", unit, None, machine.simulate()?.samples)?;
//! let origin = Provenance { path: "-".into(), sha256: String::new(), bytes: 0, format: "none".into() };
//! let rate = Known::new(rate, Origin::Declared, "simulated");
//! let speed = Known::new(shaft, Origin::Declared, "simulated");
//! let recording = Recording::new(vec![channel], rate, Some(speed), None, origin)?;
//!
//! let used = BearingUse { bearing, origin: Origin::Declared };
//! let diagnosis = diagnose(&recording, &Request { bearing: Some(used), ..Request::default() })?;
//! assert!(matches!(diagnosis.verdict, Verdict::Found { element: FaultKind::Outer, .. }));
//! # Ok(()) }
//! ```
//!
//! | file | idea |
//! |---|---|
//! | `diagnosis.rs` | the result as plain data |
//! | `diagnose.rs` | the steps from recording to result |
//! | `bearing/` | the bearing catalogue that ships, a user's own, looking designations up |
//! | `cyclic_spectra.rs` | spectra over the frequency of a modulation, of many bands and kinds |
//! | `layer.rs` | their flattened mean at one resolution |
//! | `comb.rs` | the score of a comb at one order |
//! | `line.rs` | one line of a comb, sharp or smeared |
//! | `null.rs` | control orders, the tail of their scores, Holm's correction |
//! | `rest.rs` | what is left of the layers once combs are taken out, and their shadows |
//! | `scan.rs` | which combs are there, the strongest taken out first |
//! | `shaft_lines.rs` `speed.rs` | the shaft's true speed near the stated one; trust in a speed |
//! | `spectrum_notes.rs` `machine_notes.rs` | unbalance, misalignment, looseness, mains; a gear's mesh, a rotor's pole pass |
//! | `evidence.rs` | evidence for each fault kind |
//! | `rank.rs` | numbers by their rank: medians and quantiles |
//! | `ranking.rs` | which part leads, for verdict, pages and tests alike |
//! | `missing.rs` | what a recording lacks for a verdict |
//! | `opinion.rs` `default_model.rs` | what a trained net makes of it; the one that ships |
//! | `verdict.rs` | the rules of the verdict of the evidence |
//! | `smallest.rs` | the smallest fault that would have been seen |
//! | `unknown_bearing.rs` `bearing_reading.rs` | combs of a bearing that is not known, and which bearings explain them |
//! | `agreement.rs` | evidence and net to one verdict |
//! | `facts.rs` `caveats.rs` | what is known of file, bearing and method; what limits the result |
//! | `severity/` | zone, stage, history and remaining life, what to do by when |
//! | `whole_spectrum.rs` | the amplitude spectrum of the whole recording |
//! | `figure_data.rs`, `figures.rs`, `kurtogram.rs`, `waterfall.rs`, `impacts.rs` | data of the figures |
//! | `explanation.rs` | what a model's opinion rests on, in hertz and orders |
//! | `run_verdicts.rs` | what net, signal and one verdict are worth on the test recordings of a run |

mod agreement;
mod bearing;
mod bearing_reading;
mod card;
mod caveats;
mod comb;
mod cyclic_spectra;
mod default_model;
mod diagnose;
mod diagnosis;
mod error;
mod evidence;
mod explanation;
mod facts;
mod figure_data;
mod figures;
mod impacts;
mod kurtogram;
mod layer;
mod line;
mod machine_notes;
mod missing;
mod null;
mod opinion;
mod rank;
mod ranking;
mod rest;
mod run_verdicts;
mod scan;
mod severity;
mod shaft_lines;
mod smallest;
mod spectrum_notes;
mod speed;
mod stronger;
mod unknown_bearing;
mod verdict;
mod waterfall;
mod whole_spectrum;

pub use bearing::{BearingShelf, CatalogueBearing, GeometryUncertainty, bearing, bearings};
pub use bearing_reading::{BearingReading, ExplainedComb};
pub use default_model::default_model;
pub use diagnose::{BearingUse, Request, diagnose, judge};
pub use diagnosis::*;
pub use error::Error;
pub use explanation::{ExplainedBand, ExplainedLine, ExplainedPlace, Explanation, explain};
pub use figure_data::{Curve, Drawn, Figures, Image, Waveform};
pub use figures::modulation_index;
pub use impacts::Impacts;
pub use kurtogram::{Kurtogram, KurtogramBand};
pub use ranking::{deciding, ranked};
pub use run_verdicts::{Answered, Forced, RecordingVerdict, VerdictFigures, judge_run, verdict_figures};
pub use severity::{
    Assessed, Change, Criticality, EarlierReading, History, Judged, Life, Limit, Policy, Severity,
    SeverityRequest, StageRange, Support, Zone, date_after, day_span, is_date, read_history,
};
pub use smallest::SmallestFault;
pub use unknown_bearing::{UnknownBearing, UnknownComb};
pub use verdict::{DEEPER, HARMONICS_NEEDED, MODULATION_NEEDED};
pub use waterfall::Waterfall;
