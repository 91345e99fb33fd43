//! How a shaft turned, as a configuration says it.

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::rotation::speed_profile::SpeedProfile;
use crate::units::{Hertz, Seconds};

/// The motion of a shaft during a record. In a configuration `29.95` (revolutions a second),
/// `[[0.0, 10.0], [4.0, 30.0]]` (pairs of a time in seconds and a speed), or
/// `{ pulses = [0.01, 0.04, 0.07], pulses_per_revolution = 1 }` (times of a tachometer's pulses, in seconds).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(
    untagged,
    expecting = "a speed in hertz, pairs of a time in s and a speed in hertz such as [[0.0, 10.0], [4.0, 30.0]], or \
                 { pulses = [0.01, 0.04], pulses_per_revolution = 1 }"
)]
pub enum GivenSpeed {
    /// The same all the time.
    Constant(Hertz),
    /// Speeds at times, a cubic spline between them: see [`SpeedProfile::from_speeds`].
    Points(Vec<(Seconds, Hertz)>),
    /// Pulses of a tachometer: see [`SpeedProfile::from_pulses`].
    Pulses(TachometerPulses),
}

/// When a tachometer's pulses came.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TachometerPulses {
    /// Times since the first sample.
    pub pulses: Vec<Seconds>,
    /// Pulses in one revolution. 1 unless said.
    #[serde(default = "one")]
    pub pulses_per_revolution: u32,
}

fn one() -> u32 {
    1
}

impl GivenSpeed {
    /// The angle of the shaft over time.
    ///
    /// # Errors
    /// As [`SpeedProfile::constant`], [`SpeedProfile::from_speeds`] and [`SpeedProfile::from_pulses`].
    pub fn profile(&self) -> Result<SpeedProfile> {
        match self {
            Self::Constant(speed) => SpeedProfile::constant(*speed),
            Self::Points(points) => SpeedProfile::from_speeds(points),
            Self::Pulses(TachometerPulses { pulses, pulses_per_revolution }) => {
                SpeedProfile::from_pulses(pulses, *pulses_per_revolution)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_three_ways_to_write_a_steady_speed_mean_the_same() {
        for text in [
            "25.0",
            "[[0.0, 25.0], [1.0, 25.0]]",
            r#"{"pulses": [0.0, 0.04, 0.08, 0.12]}"#,
            r#"{"pulses": [0.0, 0.02, 0.04, 0.06], "pulses_per_revolution": 2}"#,
        ] {
            let speed: GivenSpeed = serde_json::from_str(text).unwrap();
            let profile = speed.profile().unwrap();
            assert!((profile.revolutions(Seconds(0.5)) - 12.5).abs() < 1e-9, "{text}");
            let written = serde_json::to_string(&speed).unwrap();
            assert_eq!(serde_json::from_str::<GivenSpeed>(&written).unwrap(), speed);
        }
        let message = serde_json::from_str::<GivenSpeed>("true").unwrap_err().to_string();
        assert!(message.contains("a speed in hertz"), "{message}");
    }
}
