//! Pulses of a tachometer in its sampled signal.
//!
//! A pulse is where the signal crosses the threshold upwards (or downwards), having been beyond the far side of
//! the hysteresis since the last one; so noise at the threshold makes no second pulse. The time lies on the
//! straight line between the two samples at the crossing. A slow flank makes the time depend on the threshold
//! and on noise: a steep one is what a tachometer is for.
//!
//! The hysteresis is Schmitt's trigger (1938, J. Sci. Instrum. 15, 24); how far the times of pulses decide what order
//! tracking can show: Fyfe and Munck 1997 (doi 10.1006/mssp.1996.0056).

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result, check_finite};
use crate::sample::Sample;
use crate::units::{Hertz, Seconds};

/// The flank that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Flank {
    /// Upwards.
    #[default]
    Rising,
    /// Downwards.
    Falling,
}

/// How pulses are found.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TachometerParams {
    /// Level that is crossed, in the signal's unit; the middle between its largest and smallest value unless
    /// said.
    pub threshold: Option<f64>,
    /// How far beyond the threshold, on the far side, the signal has to have been since the last pulse: a share
    /// of the difference between its largest and smallest value, 0 to 0.5. 0.2 unless said.
    pub hysteresis: f64,
    /// The flank that counts. Rising unless said.
    pub flank: Flank,
}

impl Default for TachometerParams {
    fn default() -> Self {
        Self { threshold: None, hysteresis: 0.2, flank: Flank::Rising }
    }
}

impl TachometerParams {
    /// Times of the pulses of `signal`, counted from its first sample, ascending. None where it never crosses.
    /// An analysis of a whole record rather than a plan: its result has no length known beforehand.
    ///
    /// # Errors
    /// [`Error::Frequency`] when the rate is not a finite number above 0; [`Error::Parameter`] when the hysteresis
    /// or threshold is out of range or a sample is not finite.
    pub fn pulses<T: Sample>(&self, signal: &[T], rate: Hertz) -> Result<Vec<Seconds>> {
        const TRANSFORM: &str = "tachometer";
        Error::check_rate(rate)?;
        check_finite(TRANSFORM, signal)?;
        if !(0.0..=0.5).contains(&self.hysteresis) {
            return Err(Error::parameter(
                TRANSFORM,
                "hysteresis",
                self.hysteresis,
                "it has to be in 0 to 0.5",
            ));
        }
        if let Some(level) = self.threshold.filter(|level| !level.is_finite()) {
            return Err(Error::parameter(TRANSFORM, "threshold", level, "it has to be a finite number"));
        }
        let sign = if self.flank == Flank::Rising { 1.0 } else { -1.0 };
        let extreme = |from, of: fn(f64, f64) -> f64| signal.iter().map(|x| x.widen()).fold(from, of);
        let (lowest, highest) = (extreme(f64::INFINITY, f64::min), extreme(f64::NEG_INFINITY, f64::max));
        if highest <= lowest {
            return Ok(Vec::new());
        }
        let level = sign * self.threshold.unwrap_or(lowest / 2.0 + highest / 2.0);
        let armed_below = level - self.hysteresis * (highest - lowest);
        let (mut pulses, mut armed, mut before) = (Vec::new(), false, f64::NAN);
        for (index, x) in signal.iter().enumerate() {
            let x = sign * x.widen();
            if armed && x >= level {
                let part = if x > before { (level - before) / (x - before) } else { 1.0 };
                pulses.push(Seconds((index as f64 - 1.0 + part.clamp(0.0, 1.0)) / rate.0));
                armed = false;
            } else if x < level && x <= armed_below {
                armed = true;
            }
            before = x;
        }
        Ok(pulses)
    }
}
