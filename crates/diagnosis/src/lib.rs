//! From one recording to a verdict that an engineer can sign.
//!
//! [`diagnose`] takes a recording with the bearing under its sensor and a shaft speed, looks for the
//! combs of all fault kinds against a null made from the recording itself, asks a trained net if one
//! is given, and concludes: found, undecided with what would settle it, or no fault found with what
//! would not have been seen. The result, [`Diagnosis`], is plain data: renderers read nothing else.
//!
//! | file | idea |
//! |---|---|
//! | `diagnosis.rs` | the result as plain data |
//! | `diagnose.rs` | the steps from recording to result |
//! | `bearing.rs` | the bearing catalogue that ships |
//! | `line_spectrum.rs` | squared-envelope spectra of several bands over their floor |
//! | `comb.rs` | fitting a comb with one common slip |
//! | `null.rs` | control orders, chances, Holm's correction |
//! | `evidence.rs` | evidence for each fault kind |
//! | `verdict.rs` | the rules of the verdict and the default actions |
//! | `figures.rs` | data of the figures |

mod bearing;
mod comb;
mod diagnose;
mod diagnosis;
mod error;
mod evidence;
mod figures;
mod line_spectrum;
mod null;
mod verdict;

pub use bearing::{CatalogueBearing, bearing, bearings};
pub use diagnose::{BearingUse, Request, diagnose};
pub use diagnosis::*;
pub use error::Error;
