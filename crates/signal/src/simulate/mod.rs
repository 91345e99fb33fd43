//! A bearing on a machine, simulated: the point-process fault model of McFadden & Smith (1984) with the
//! slip of Antoni & Randall (2003).
//!
//! The record is `gain · (fault + c · background)`. The fault part is a train of impacts, each ringing
//! the structure, `A q(θ) e^{-ζωt} sin(ω√(1-ζ²) t)`, placed at times between samples. From one impact to
//! the next the fault turns by `1 + σε` of its period, with a new normal ε each time: a random walk, so
//! that harmonics smear the more the higher they are. `q(θ)` is the load on the damaged spot
//! ([`LoadZone`]). The background is shaft harmonics, mains hum, random knocks and noise.
//!
//! # Signal-to-noise ratio
//! With a fault, the whole background is scaled by `c` so that the power of the fault part over the
//! record is [`Simulation::snr_db`] above the power of **everything else** (noise, harmonics, hum and
//! knocks together). Their stated levels then only say how they compare with each other. Without a fault
//! `c` is 1 and the levels count as stated.

mod background;
mod impacts;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::kinematics::{BearingGeometry, FaultKind};
use crate::units::Hertz;

pub use background::Knocks;
pub use impacts::LoadZone;

/// Most samples of one simulated record (1 GiB of them in f32).
const MAX_SAMPLES: f64 = 268_435_456.0;

/// A machine and what is recorded of it. Amplitudes are in the unit of the samples.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Simulation {
    /// Samples per second.
    pub rate: Hertz,
    /// Duration in seconds; the record has this times the rate, rounded, samples.
    pub seconds: f64,
    /// Shaft speed at the start, in revolutions per second.
    pub shaft: Hertz,
    /// Change of the shaft speed over the record, relative to the start, linear in time; 0 is constant.
    #[serde(default)]
    pub drift: f64,
    /// The bearing; its inner ring turns.
    pub geometry: BearingGeometry,
    /// The fault; `None` for a healthy bearing.
    #[serde(default)]
    pub fault: Option<SimulatedFault>,
    /// Power of the fault part over the power of everything else, in dB; infinite for no background. Not
    /// used without a fault.
    #[serde(default)]
    pub snr_db: f64,
    /// Standard deviation σ of the slip from one impact to the next, relative to the period; 0 to 0.1.
    #[serde(default = "defaults::slip")]
    pub slip: f64,
    /// Natural frequency of the structure that an impact rings.
    #[serde(default = "defaults::resonance")]
    pub resonance: Hertz,
    /// Its damping ratio ζ, above 0 and under 1.
    #[serde(default = "defaults::damping")]
    pub damping: f64,
    /// Load round the bearing.
    #[serde(default)]
    pub load_zone: LoadZone,
    /// Peak amplitudes of the shaft's harmonics, the first one at the shaft speed; phases are random.
    #[serde(default)]
    pub shaft_harmonics: Vec<f64>,
    /// Frequency and peak amplitude of a hum that does not follow the shaft; its phase is random.
    #[serde(default)]
    pub mains: Option<(Hertz, f64)>,
    /// RMS of the Gaussian noise.
    #[serde(default = "defaults::noise_rms")]
    pub noise_rms: f64,
    /// Colour of the noise, as the coefficient of a first-order autoregression: 0 is white, towards 1
    /// low, towards -1 high frequencies prevail. The RMS stays as stated.
    #[serde(default)]
    pub noise_colour: f64,
    /// Knocks that have nothing to do with the bearing.
    #[serde(default)]
    pub knocks: Option<Knocks>,
    /// Factor on the whole record.
    #[serde(default = "defaults::gain")]
    pub gain: f64,
    /// Seed of everything random: the same seed gives the same samples, bit for bit.
    #[serde(default)]
    pub seed: u64,
}

/// Middle values of those usual in the literature.
mod defaults {
    use crate::units::Hertz;

    pub(super) fn slip() -> f64 {
        0.01
    }
    pub(super) fn resonance() -> Hertz {
        Hertz(3000.0)
    }
    pub(super) fn damping() -> f64 {
        0.05
    }
    pub(super) fn noise_rms() -> f64 {
        1.0
    }
    pub(super) fn gain() -> f64 {
        1.0
    }
}

/// A local fault of one part of the bearing.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SimulatedFault {
    /// The damaged part.
    pub kind: FaultKind,
    /// Amplitude A of an impact under full load; for a cage, RMS of its rubbing at the loudest.
    #[serde(default = "defaults::gain")]
    pub amplitude: f64,
    /// Angle in degrees from the middle of the load zone: of an outer-race spot for good, of any other
    /// spot at the start of the record.
    #[serde(default)]
    pub angle_deg: f64,
}

/// A simulated record and the truth about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Simulated {
    /// The samples.
    pub samples: Vec<f32>,
    /// Times of the impacts in seconds, ascending; for a cage, of the middle of each rub. Empty without a
    /// fault.
    pub impacts_s: Vec<f64>,
    /// Times of the knocks in seconds, ascending.
    pub knocks_s: Vec<f64>,
}

impl Simulation {
    /// A healthy machine with white noise of RMS 1 and nothing else, at constant speed; slip, resonance
    /// and damping (0.01, 3 kHz, 0.05) matter once a fault is added.
    #[must_use]
    pub fn new(rate: Hertz, seconds: f64, shaft: Hertz, geometry: BearingGeometry) -> Self {
        Self {
            rate,
            seconds,
            shaft,
            drift: 0.0,
            geometry,
            fault: None,
            snr_db: 0.0,
            slip: defaults::slip(),
            resonance: defaults::resonance(),
            damping: defaults::damping(),
            load_zone: LoadZone::default(),
            shaft_harmonics: Vec::new(),
            mains: None,
            noise_rms: defaults::noise_rms(),
            noise_colour: 0.0,
            knocks: None,
            gain: defaults::gain(),
            seed: 0,
        }
    }

    /// The record.
    ///
    /// # Errors
    /// [`Error::Geometry`]; [`Error::Simulation`] naming the first parameter that is out of range, or
    /// that leaves the fault without any impact (spot outside the load zone, record too short).
    pub fn simulate(&self) -> Result<Simulated> {
        self.check()?;
        let fault = match &self.fault {
            Some(fault) => Some(impacts::fault_part(self, fault)?),
            None => None,
        };
        let (mut samples, knocks_s) = background::background(self);
        let mut impacts_s = Vec::new();
        if let Some(part) = fault {
            let (strength, rest) = (power(&part.samples), power(&samples));
            if strength <= 0.0 {
                return Err(refuse(
                    "fault",
                    part.impacts_s.len() as f64,
                    "no impact of this fault is felt in the record: make it longer, move the spot into the load \
                     zone, or give the fault an amplitude",
                ));
            }
            let scale =
                if rest > 0.0 { (strength / rest / 10_f64.powf(self.snr_db / 10.0)).sqrt() } else { 0.0 };
            for (sample, fault) in samples.iter_mut().zip(&part.samples) {
                *sample = fault + scale * *sample;
            }
            impacts_s = part.impacts_s;
        }
        let samples: Vec<f32> = samples.into_iter().map(|sample| (self.gain * sample) as f32).collect();
        if samples.iter().any(|sample| !sample.is_finite()) {
            return Err(refuse(
                "gain",
                self.gain,
                "amplitudes times gain exceed single precision: lower them",
            ));
        }
        Ok(Simulated { samples, impacts_s, knocks_s })
    }

    /// Number of samples of a checked simulation.
    fn len(&self) -> usize {
        (self.seconds * self.rate.0).round() as usize
    }

    /// Shaft turns since the start, at a time in seconds.
    fn turns_at(&self, time: f64) -> f64 {
        self.shaft.0 * time * (1.0 + self.drift * time / (2.0 * self.seconds))
    }

    /// Time in seconds at which the shaft has made that many turns; past the end of the record when it
    /// never does.
    fn time_of(&self, turns: f64) -> f64 {
        let steady = turns / self.shaft.0;
        let root = 1.0 + 2.0 * self.drift * steady / self.seconds;
        if root < 0.0 { f64::INFINITY } else { 2.0 * steady / (1.0 + root.sqrt()) }
    }

    /// The highest shaft speed of the record.
    fn fastest(&self) -> f64 {
        self.shaft.0 * (1.0 + self.drift.max(0.0))
    }

    /// Refuses parameters out of range, so that nothing below can fail, loop or take memory without end.
    ///
    /// # Errors
    /// [`Error::Geometry`]; [`Error::Simulation`] naming the first parameter that is out of range.
    pub fn check(&self) -> Result<()> {
        self.geometry.check()?;
        let positive = "it has to be a finite number above 0";
        require(self.rate.is_positive(), "rate in Hz", self.rate.0, positive)?;
        require(self.seconds.is_finite() && self.seconds > 0.0, "seconds", self.seconds, positive)?;
        require(self.shaft.is_positive(), "shaft in Hz", self.shaft.0, "the shaft has to turn")?;
        let samples = (self.seconds * self.rate.0).round();
        require(
            (1.0..=MAX_SAMPLES).contains(&samples),
            "seconds",
            self.seconds,
            "that is no sample, or over 2^28",
        )?;
        require((-0.9..=9.0).contains(&self.drift), "drift", self.drift, "it has to be in -0.9 to 9")?;
        require((0.0..=0.1).contains(&self.slip), "slip", self.slip, "it has to be in 0 to 0.1")?;
        require(
            !self.snr_db.is_nan() && self.snr_db > -200.0,
            "snr_db",
            self.snr_db,
            "it has to be above -200",
        )?;
        self.check_ring("resonance in Hz", self.resonance, "damping", self.damping)?;
        let extent = self.load_zone.extent;
        require(extent.is_finite() && extent > 0.0, "load_zone.extent", extent, positive)?;
        let level = "it has to be a finite number of at least 0";
        for &amplitude in &self.shaft_harmonics {
            require(amplitude.is_finite() && amplitude >= 0.0, "shaft_harmonics", amplitude, level)?;
        }
        let highest = self.fastest() * self.shaft_harmonics.len() as f64;
        require(
            highest < self.rate.0 / 2.0,
            "shaft_harmonics",
            highest,
            "the last one has to be under half the rate",
        )?;
        if let Some((hum, amplitude)) = self.mains {
            require(amplitude.is_finite() && amplitude >= 0.0, "mains", amplitude, level)?;
            require(
                hum.is_positive() && hum.0 < self.rate.0 / 2.0,
                "mains in Hz",
                hum.0,
                "it has to be above 0 and under half the rate",
            )?;
        }
        require(self.noise_rms.is_finite() && self.noise_rms >= 0.0, "noise_rms", self.noise_rms, level)?;
        require(
            self.noise_colour.abs() < 1.0,
            "noise_colour",
            self.noise_colour,
            "it has to be between -1 and 1",
        )?;
        if let Some(knocks) = &self.knocks {
            let often = knocks.per_second;
            require(
                (0.0..=self.rate.0 / 10.0).contains(&often),
                "knocks.per_second",
                often,
                "it has to be in 0 to a tenth of the rate",
            )?;
            require(
                knocks.amplitude.is_finite() && knocks.amplitude >= 0.0,
                "knocks.amplitude",
                knocks.amplitude,
                level,
            )?;
            self.check_ring("knocks.resonance in Hz", knocks.resonance, "knocks.damping", knocks.damping)?;
        }
        require(
            self.gain.is_finite() && self.gain != 0.0,
            "gain",
            self.gain,
            "it has to be finite and not 0",
        )?;
        let Some(fault) = &self.fault else { return Ok(()) };
        require(
            fault.amplitude.is_finite() && fault.amplitude > 0.0,
            "fault.amplitude",
            fault.amplitude,
            positive,
        )?;
        require(fault.angle_deg.is_finite(), "fault.angle_deg", fault.angle_deg, "it has to be finite")?;
        let often = fault.kind.order(&self.geometry.orders()).0 * self.fastest();
        require(
            often <= self.rate.0 / 4.0,
            "shaft in Hz",
            self.shaft.0,
            "impacts come closer than four samples: raise the rate",
        )
    }

    fn check_ring(
        &self,
        resonance: &'static str,
        frequency: Hertz,
        damping: &'static str,
        ratio: f64,
    ) -> Result<()> {
        let band = frequency.is_positive() && frequency.0 < self.rate.0 / 2.0;
        require(band, resonance, frequency.0, "it has to be above 0 and under half the rate")?;
        require((1e-4..1.0).contains(&ratio), damping, ratio, "it has to be in 0.0001 to under 1")
    }
}

fn require(holds: bool, field: &'static str, value: f64, reason: &'static str) -> Result<()> {
    if holds { Ok(()) } else { Err(refuse(field, value, reason)) }
}

fn refuse(field: &'static str, value: f64, reason: &'static str) -> Error {
    Error::Simulation { field, value, reason }
}

/// Mean square.
fn power(samples: &[f64]) -> f64 {
    samples.iter().map(|sample| sample * sample).sum::<f64>() / samples.len().max(1) as f64
}
