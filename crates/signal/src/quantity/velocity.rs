//! The velocity that machines are judged by: RMS in mm/s, 10 to 1000 Hz, from 2 Hz below 600 rpm.
//!
//! The band and the quantity are those of ISO 20816-1 and -3. A value is given only where the record can carry
//! it; what it means for a machine depends on the machine and on where the sensor sits, and is not said here.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::quantity::integrate::{IntegrateParams, IntegratePlan};
use crate::quantity::levels::Overall;
use crate::recording::Unit;
use crate::sample::Sample;
use crate::scratch::{Scratch, first};
use crate::units::{Hertz, Rpm, Seconds};

const TRANSFORM: &str = "velocity RMS";
/// The lowest rate that carries 1000 Hz.
const LOWEST_RATE: Hertz = Hertz(2560.0);
/// The shortest record.
const SHORTEST: Seconds = Seconds(1.0);
/// Below this speed the band begins at 2 Hz.
const SLOW: Rpm = Rpm(600.0);

/// Parameters of the velocity RMS.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct VelocityRmsParams {
    /// Unit of the samples. `g` unless said.
    pub unit: Unit,
    /// Shaft speed; without it the machine is taken to turn at 600 rpm or more. None unless said.
    pub shaft: Option<Hertz>,
}

impl Default for VelocityRmsParams {
    fn default() -> Self {
        Self { unit: Unit::G, shaft: None }
    }
}

impl VelocityRmsParams {
    /// A plan for `len` samples at `rate`.
    ///
    /// # Errors
    /// Why the record cannot carry the value, as [`Error::Parameter`]: a rate below 2.56 kHz, a record under 1 s
    /// (under two turns of a shaft slower than 600 rpm, or two periods of 2 Hz), a unit that is not one of
    /// motion. [`Error::Frequency`] when the rate or the speed is not a finite number above 0.
    pub fn plan<T: Sample>(&self, rate: Hertz, len: usize) -> Result<VelocityRmsPlan<T>> {
        Error::check_rate(rate)?;
        if let Some(shaft) = self.shaft.filter(|shaft| !shaft.is_positive()) {
            let reason = "it has to be a finite number above 0".to_owned();
            return Err(Error::Frequency { what: "shaft speed", value: shaft.0, reason });
        }
        if rate < LOWEST_RATE {
            let reason = "the band reaches to 1000 Hz, which takes a rate of at least 2560 Hz: record faster";
            return Err(Error::parameter(TRANSFORM, "rate", rate, reason));
        }
        let slow = self.shaft.filter(|shaft| shaft.to_rpm() < SLOW);
        let shortest = slow.map_or(SHORTEST, |shaft| Seconds(SHORTEST.0.max(2.0 / shaft.0)));
        let duration = Seconds(len as f64 / rate.0);
        if duration < shortest {
            let reason = format!("at least {shortest} are needed: take a longer record");
            return Err(Error::parameter(TRANSFORM, "duration", duration, &reason));
        }
        let low = if slow.is_some() { Hertz(2.0) } else { Hertz(10.0) };
        let params = IntegrateParams {
            from: Some(self.unit),
            to: Unit::MillimetresPerSecond,
            low,
            high: Hertz(1000.0),
        };
        Ok(VelocityRmsPlan { params, integrate: params.plan(rate, len)? })
    }
}

/// Velocity RMS for records of one length.
#[derive(Debug, Clone)]
pub struct VelocityRmsPlan<T: Sample> {
    params: IntegrateParams,
    integrate: IntegratePlan<T>,
}

/// The velocity of a machine in its band, in mm/s.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct VelocityRms {
    /// RMS, peak and peak to peak, in mm/s.
    pub velocity: Overall,
    /// Lower end of the band.
    pub low: Hertz,
    /// Upper end of the band.
    pub high: Hertz,
}

impl<T: Sample> VelocityRmsPlan<T> {
    /// Samples of the record.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "a plan is never empty")]
    pub fn len(&self) -> usize {
        self.integrate.len()
    }

    /// The velocity of `input` (`len` samples).
    ///
    /// # Errors
    /// [`Error::Length`] when the slice has another length; [`Error::Parameter`] when a sample is not finite.
    pub fn process(&self, input: &[T], scratch: &mut Scratch<T>) -> Result<VelocityRms> {
        let mut values = std::mem::take(&mut scratch.values);
        let velocity = first(&mut values, self.len());
        let result = self.integrate.process(input, velocity, scratch).map(|()| Overall::of(velocity));
        scratch.values = values;
        Ok(VelocityRms { velocity: result?, low: self.params.low, high: self.params.high })
    }
}
