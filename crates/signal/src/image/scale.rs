//! How a pixel's power is written: linear, logarithmic, in decibels.

use serde::{Deserialize, Serialize};

use crate::bare_word::bare_words;
use crate::error::{Error, Result};
use crate::sample::Sample;

/// How the power of an image's pixel is written.
///
/// Powers are what the transform says they are; those of a short-time transform of scale `magnitude` are
/// `|S|²` with `S` divided by the sum of the taper: a tone of peak amplitude `A` has `A²/4`. Zeros and
/// constants give finite numbers on every scale. In a configuration `"log"`, `"decibel"` with its default, or
/// `{ decibel = { floor_db = -60.0 } }`.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(remote = "Self", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Scale {
    /// The magnitude: square root of the power.
    #[default]
    Linear,
    /// The power itself.
    Power,
    /// `ln(power + 1e-10·largest + 1e-30)`: the level stays, and nothing lies more than 100 dB below the
    /// image's largest power.
    Log,
    /// `10 lg(power/largest)`, relative to the image's own largest power, from `floor_db` to 0. An image
    /// without power is `floor_db` everywhere.
    Decibel {
        /// The smallest value, below 0. -80 unless said.
        #[serde(default = "usual_floor")]
        floor_db: f64,
    },
    /// `10 lg(power/reference)`, not below `floor_db`: the level stays, and images can be compared.
    AbsoluteDecibel {
        /// The power that is 0 dB, above 0, in the square of the input's unit. 1 unless said.
        #[serde(default = "unit_reference")]
        reference: f64,
        /// The smallest value in dB over the reference. -120 unless said.
        #[serde(default = "usual_absolute_floor")]
        floor_db: f64,
    },
}

bare_words!(Scale);

fn usual_floor() -> f64 {
    -80.0
}
fn unit_reference() -> f64 {
    1.0
}
fn usual_absolute_floor() -> f64 {
    -120.0
}

impl Scale {
    /// Whether the parameters can be meant.
    ///
    /// # Errors
    /// [`Error::Parameter`] when a floor relative to the image's own largest power is not below 0, a floor is
    /// not finite, or a reference is not a finite number above 0.
    pub fn check(&self) -> Result<()> {
        let refuse = |parameter, value: f64, reason| Err(Error::parameter("image", parameter, value, reason));
        match *self {
            Self::Decibel { floor_db } if !(floor_db.is_finite() && floor_db < 0.0) => {
                refuse("floor_db", floor_db, "it has to be below 0, such as -80")
            }
            Self::AbsoluteDecibel { floor_db, .. } if !floor_db.is_finite() => {
                refuse("floor_db", floor_db, "it has to be a finite number, such as -120")
            }
            Self::AbsoluteDecibel { reference, .. } if !(reference.is_finite() && reference > 0.0) => {
                refuse("reference", reference, "it has to be a finite power above 0")
            }
            _ => Ok(()),
        }
    }

    /// Puts the powers of one image on this scale, in place. Any number of powers, none below 0.
    pub fn apply<T: Sample>(&self, powers: &mut [T]) {
        match *self {
            Self::Power => {}
            Self::Linear => powers.iter_mut().for_each(|p| *p = p.sqrt()),
            Self::Log => {
                let least = 1e-10 * largest(powers) + 1e-30;
                powers.iter_mut().for_each(|p| *p = T::narrow((p.widen() + least).ln()));
            }
            Self::Decibel { floor_db } => {
                let (largest, floor) = (largest(powers), T::narrow(floor_db));
                powers.iter_mut().for_each(|p| {
                    let relative = if largest > 0.0 { p.widen() / largest } else { 0.0 };
                    *p = (T::narrow(10.0) * T::narrow(relative.log10())).max(floor);
                });
            }
            Self::AbsoluteDecibel { reference, floor_db } => {
                powers.iter_mut().for_each(|p| {
                    *p = T::narrow((10.0 * (p.widen() / reference).log10()).max(floor_db));
                });
            }
        }
    }
}

/// Largest power, not below 0.
fn largest<T: Sample>(powers: &[T]) -> f64 {
    powers.iter().copied().fold(T::default(), T::max).widen()
}
