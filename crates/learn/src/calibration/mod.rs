//! Scores that can be relied on: probabilities that mean what they say, sets of classes that hold the true one as
//! often as promised, and alarms for faults that were never learned.
//!
//! Everything here is fitted on held-out examples of known classes: neither on those the net learned from nor on
//! those that judge it. Windows of one recording are alike, so whatever counts examples should be fitted on
//! recordings or bearings (see [`crate::metrics::vote`]); [`Unit`] says which it was. All that is fitted can be
//! kept in a file (serde) and is checked when it is read again.
//!
//! ```
//! use brinell_learn::calibration::{Conformal, SetRule, Temperature, Unit};
//! use brinell_learn::metrics::{Predictions, Rows};
//!
//! // four held-out recordings, logits of two classes; the net is too sure of itself
//! let logits = Rows::new(2, vec![4.0, 0.0, 4.0, 0.0, 0.0, 4.0, 4.0, 0.0])?;
//! let labels = vec![0, 0, 1, 1];
//! let temperature = Temperature::fit(&logits, &labels)?;
//! assert!((temperature.value() - 4.0 / 3.0_f64.ln()).abs() < 1e-9, "right three times in four: 3 to 1");
//!
//! let held_out = Predictions::new(temperature.apply(&logits), labels)?;
//! let sets = Conformal::fit(&held_out, SetRule::Lac, 0.25, Unit::Recording)?;
//! assert_eq!(sets.sets(held_out.probabilities())?[0], [0, 1], "so few recordings promise little");
//! # Ok::<(), brinell_learn::Error>(())
//! ```
//!
//! | file | idea |
//! |---|---|
//! | `temperature` | one divisor for all logits; keeps every ranking |
//! | `isotonic` | a rising curve for each class |
//! | `conformal` | sets of classes with a promised coverage |
//! | `unit` | what counts as one example: window, recording or bearing |
//! | `calibrator` | all of these of one model, as its file keeps them |
//! | `unknown/` | scores and alarms for faults that were never learned |

mod calibrator;
mod conformal;
mod isotonic;
mod temperature;
mod unit;
pub mod unknown;

pub use calibrator::{Calibration, Calibrator, HeldOut, UnknownScore};
pub(crate) use calibrator::{part_temperature, percent, scaled};
pub use conformal::{Conformal, SetFigures, SetRule};
pub use isotonic::{Isotonic, IsotonicClasses};
pub use temperature::Temperature;
pub use unit::Unit;
