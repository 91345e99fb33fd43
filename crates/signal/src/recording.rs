//! One raw vibration recording: channels sampled together, and what is known about them.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::Phrase;
use crate::error::{Error, Result};
use crate::units::{Hertz, Seconds};

/// Where a fact comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Read from the recording's file.
    File,
    /// Given by the user or a layout.
    Declared,
    /// Measured by another sensor, such as a tachometer.
    Measured,
    /// Found in the signal itself.
    Estimated,
    /// From a nameplate or a catalogue.
    Nominal,
    /// Taken for granted because nothing says otherwise.
    Assumed,
}

impl Origin {
    /// In one word, as [`Phrase::word`] takes it.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Declared => "declared",
            Self::Measured => "measured",
            Self::Estimated => "estimated",
            Self::Nominal => "nominal",
            Self::Assumed => "assumed",
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.title())
    }
}

/// A value together with where it comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Known<T> {
    /// The value.
    pub value: T,
    /// Where it comes from.
    pub origin: Origin,
    /// The source in words, e.g. `variable X105RPM`; may be empty.
    pub note: Phrase,
    /// What another source says instead, in words, when the value overrides it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overrides: Option<Phrase>,
}

impl<T> Known<T> {
    /// A value with its origin and source in words.
    pub fn new(value: T, origin: Origin, note: impl Into<Phrase>) -> Self {
        Self { value, origin, note: note.into(), overrides: None }
    }

    /// The same value, noting what another source says instead.
    #[must_use]
    pub fn overriding(self, other: Option<Phrase>) -> Self {
        Self { overrides: other, ..self }
    }
}

/// Unit of a channel's samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Unit {
    /// Acceleration in multiples of 9.80665 m/s², written `g`.
    #[serde(rename = "g")]
    G,
    /// Acceleration, written `m/s2`.
    #[serde(rename = "m/s2")]
    MetresPerSecondSquared,
    /// Velocity, written `mm/s`.
    #[serde(rename = "mm/s")]
    MillimetresPerSecond,
    /// Displacement, written `um`.
    #[serde(rename = "um")]
    Micrometres,
    /// Output of a sensor of unknown sensitivity, written `V`.
    #[serde(rename = "V")]
    Volts,
    /// Not known, written `?`.
    #[serde(rename = "?")]
    Unknown,
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::G => "g",
            Self::MetresPerSecondSquared => "m/s2",
            Self::MillimetresPerSecond => "mm/s",
            Self::Micrometres => "um",
            Self::Volts => "V",
            Self::Unknown => "?",
        })
    }
}

impl FromStr for Unit {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Ok(match text {
            "g" => Self::G,
            "m/s2" | "m/s²" | "m/s^2" => Self::MetresPerSecondSquared,
            "mm/s" => Self::MillimetresPerSecond,
            "um" | "µm" | "μm" => Self::Micrometres,
            "V" => Self::Volts,
            "?" => Self::Unknown,
            _ => return Err(Error::UnknownUnit { text: text.to_owned() }),
        })
    }
}

/// One sensor's samples. Cloning shares them.
#[derive(Debug, Clone, PartialEq)]
pub struct Channel {
    name: String,
    variable: String,
    unit: Known<Unit>,
    position: Option<String>,
    samples: Arc<[f32]>,
}

impl Channel {
    /// A channel of finite samples.
    ///
    /// `name` is what people call it (`DE`), `variable` its name in the file (`X105_DE_time`), `position`
    /// where the sensor sits.
    ///
    /// # Errors
    /// [`Error::UnnamedChannel`], [`Error::EmptyChannel`], [`Error::NotFinite`] (the first such sample).
    pub fn new(
        name: impl Into<String>,
        variable: impl Into<String>,
        unit: Known<Unit>,
        position: Option<String>,
        samples: Vec<f32>,
    ) -> Result<Self> {
        let (name, variable) = (name.into(), variable.into());
        if name.is_empty() {
            return Err(Error::UnnamedChannel { variable });
        }
        if samples.is_empty() {
            return Err(Error::EmptyChannel { channel: name });
        }
        if let Some(index) = samples.iter().position(|sample| !sample.is_finite()) {
            return Err(Error::NotFinite { channel: name, index, value: samples[index].to_string() });
        }
        Ok(Self { name, variable, unit, position, samples: samples.into() })
    }

    /// What people call it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its name in the file.
    #[must_use]
    pub fn variable(&self) -> &str {
        &self.variable
    }

    /// Unit of the samples.
    #[must_use]
    pub fn unit(&self) -> &Known<Unit> {
        &self.unit
    }

    /// Where the sensor sits, when known.
    #[must_use]
    pub fn position(&self) -> Option<&str> {
        self.position.as_deref()
    }

    /// The samples; never empty, all finite.
    #[must_use]
    pub fn samples(&self) -> &[f32] {
        &self.samples
    }

    /// The samples, shared without a copy.
    #[must_use]
    pub fn shared(&self) -> Arc<[f32]> {
        Arc::clone(&self.samples)
    }
}

/// Which file a recording was read from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// Path as given.
    pub path: String,
    /// SHA-256 of the file, lower-case hexadecimal; empty for a recording that was never in a file.
    pub sha256: String,
    /// Size of the file in bytes.
    pub bytes: u64,
    /// Name of the file format.
    pub format: String,
}

/// Channels sampled together, with what is known about them. Cloning shares the samples.
#[derive(Debug, Clone, PartialEq)]
pub struct Recording {
    channels: Vec<Channel>,
    rate: Known<Hertz>,
    speed: Option<Known<Hertz>>,
    start: Option<String>,
    provenance: Provenance,
}

impl Recording {
    /// A recording that later rooms can rely on: at least one channel, all of one length, names unique,
    /// every sample finite, rate and shaft speed finite and above 0. `start` is the time of the first
    /// sample as the file gives it.
    ///
    /// # Errors
    /// [`Error::NoChannels`], [`Error::RepeatedChannel`], [`Error::UnequalLengths`], [`Error::Frequency`].
    pub fn new(
        channels: Vec<Channel>,
        rate: Known<Hertz>,
        speed: Option<Known<Hertz>>,
        start: Option<String>,
        provenance: Provenance,
    ) -> Result<Self> {
        let first = channels.first().ok_or(Error::NoChannels)?;
        for (index, channel) in channels.iter().enumerate() {
            if channels[..index].iter().any(|earlier| earlier.name == channel.name) {
                return Err(Error::RepeatedChannel { channel: channel.name.clone() });
            }
            if channel.samples.len() != first.samples.len() {
                return Err(Error::UnequalLengths {
                    first: first.name.clone(),
                    first_samples: first.samples.len(),
                    channel: channel.name.clone(),
                    samples: channel.samples.len(),
                });
            }
        }
        if !rate.value.is_positive() {
            return Err(Error::Frequency {
                what: "the sampling rate",
                value: rate.value.0,
                reason: "it has to be a finite number above 0".into(),
            });
        }
        let recording = Self { channels, rate, speed: None, start, provenance };
        match speed {
            Some(speed) => recording.with_speed(speed),
            None => Ok(recording),
        }
    }

    /// The same recording with this shaft speed.
    ///
    /// # Errors
    /// [`Error::Frequency`] when the speed is not a finite number above 0.
    pub fn with_speed(mut self, speed: Known<Hertz>) -> Result<Self> {
        if !speed.value.is_positive() {
            return Err(Error::Frequency {
                what: "the shaft speed",
                value: speed.value.0,
                reason: "the shaft has to turn: it has to be a finite number above 0; leave it out when it \
                         is not known"
                    .into(),
            });
        }
        self.speed = Some(speed);
        Ok(self)
    }

    /// The channels, in the order of the file or layout; at least one.
    #[must_use]
    pub fn channels(&self) -> &[Channel] {
        &self.channels
    }

    /// The channel of that name.
    #[must_use]
    pub fn channel(&self, name: &str) -> Option<&Channel> {
        self.channels.iter().find(|channel| channel.name == name)
    }

    /// Samples per second.
    #[must_use]
    pub fn rate(&self) -> &Known<Hertz> {
        &self.rate
    }

    /// Shaft speed in revolutions per second, when known.
    #[must_use]
    pub fn speed(&self) -> Option<&Known<Hertz>> {
        self.speed.as_ref()
    }

    /// Time of the first sample as the file gives it, when it does.
    #[must_use]
    pub fn start(&self) -> Option<&str> {
        self.start.as_deref()
    }

    /// The file it was read from.
    #[must_use]
    pub fn provenance(&self) -> &Provenance {
        &self.provenance
    }

    /// Samples in each channel; at least 1.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "a recording is never empty")]
    pub fn len(&self) -> usize {
        self.channels[0].samples.len()
    }

    /// Samples divided by rate.
    #[must_use]
    pub fn duration(&self) -> Seconds {
        Seconds(self.len() as f64 / self.rate.value.0)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn channel(name: &str, samples: Vec<f32>) -> Result<Channel> {
        Channel::new(name, "x", Known::new(Unit::G, Origin::Assumed, ""), None, samples)
    }

    fn recording(channels: Vec<Channel>, rate: f64, speed: Option<f64>) -> Result<Recording> {
        let known = |value| Known::new(Hertz(value), Origin::File, "");
        let provenance =
            Provenance { path: "a.mat".into(), sha256: String::new(), bytes: 0, format: "".into() };
        Recording::new(channels, known(rate), speed.map(known), None, provenance)
    }

    #[test]
    fn a_damaged_sample_is_refused_with_its_channel_and_index() {
        for (bad, text) in [(f32::NAN, "NaN"), (f32::INFINITY, "inf"), (f32::NEG_INFINITY, "-inf")] {
            let message = channel("DE", vec![0.0, 1.0, bad]).unwrap_err().to_string();
            assert!(message.contains("`DE`, sample 2") && message.contains(text), "{message}");
        }
    }

    #[test]
    fn impossible_recordings_are_refused() {
        let one = || channel("DE", vec![0.0, 1.0]).unwrap();
        assert_eq!(recording(vec![], 1.0, None), Err(Error::NoChannels));
        assert!(matches!(channel("DE", vec![]), Err(Error::EmptyChannel { .. })));
        assert!(matches!(channel("", vec![1.0]), Err(Error::UnnamedChannel { .. })));
        assert!(matches!(recording(vec![one(), one()], 1.0, None), Err(Error::RepeatedChannel { .. })));
        let longer = channel("FE", vec![0.0; 3]).unwrap();
        assert!(matches!(recording(vec![one(), longer], 1.0, None), Err(Error::UnequalLengths { .. })));
        for rate in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(matches!(recording(vec![one()], rate, None), Err(Error::Frequency { .. })));
            assert!(matches!(recording(vec![one()], 1.0, Some(rate)), Err(Error::Frequency { .. })));
        }
    }

    #[test]
    fn a_recording_shares_its_samples_and_knows_its_duration() {
        let recording = recording(vec![channel("DE", vec![0.5; 24]).unwrap()], 12.0, Some(2.0)).unwrap();
        assert_eq!(recording.duration(), Seconds(2.0));
        assert_eq!(recording.len(), 24);
        let shared = recording.clone().channel("DE").unwrap().shared();
        assert!(std::ptr::eq(shared.as_ptr(), recording.channels()[0].samples().as_ptr()));
        assert!(recording.channel("FE").is_none());
    }

    #[test]
    fn every_unit_reads_back_from_its_text() {
        for unit in [
            Unit::G,
            Unit::MetresPerSecondSquared,
            Unit::MillimetresPerSecond,
            Unit::Micrometres,
            Unit::Volts,
            Unit::Unknown,
        ] {
            assert_eq!(unit.to_string().parse::<Unit>().unwrap(), unit);
            assert_eq!(serde_json::to_string(&unit).unwrap(), format!("\"{unit}\""));
        }
        assert!("furlong".parse::<Unit>().is_err());
    }
}
