//! What a channel measures, where its unit or its name says that it is no vibration.
//!
//! Nothing is guessed from samples, so that a look at the headers tells the same as reading does.

use crate::error::{Error, Result};
use crate::unit_text::scaled_unit;
use brinell_signal::Unit;

/// A channel that is no vibration, and how that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherChannel {
    /// Name of the channel.
    pub name: String,
    /// What tells it, in words: `its name says tacho`.
    pub why: String,
}

/// The channels of a file by what they measure, in the order of the file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MeasuredChannels {
    /// Names of those that are vibration, or may be as far as unit and name tell.
    pub vibration: Vec<String>,
    /// The others.
    pub others: Vec<OtherChannel>,
}

impl MeasuredChannels {
    /// Adds a channel with why it is no vibration, if it is none.
    pub(crate) fn add(&mut self, name: String, no_vibration: Option<String>) {
        match no_vibration {
            Some(why) => self.others.push(OtherChannel { name, why }),
            None => self.vibration.push(name),
        }
    }

    /// Refuses a file without a channel that is vibration.
    pub(crate) fn some_vibration(&self, path: &str) -> Result<()> {
        if !self.vibration.is_empty() {
            return Ok(());
        }
        let others = self.others.iter().map(|other| format!("{} ({})", other.name, other.why));
        let others: Vec<String> = others.collect();
        Err(Error::NoChannel {
            path: path.to_owned(),
            why: format!("none is taken for vibration: {}", others.join(", ")),
            help: "name the one that is: --channel NAME".to_owned(),
        })
    }
}

/// Units of other quantities, in lower case and without blanks.
const OTHER_UNITS: [&str; 41] = [
    "a", "ma", "amp", "ampere", "amperes", // current
    "w", "kw", "va", "var", // power
    "pa", "kpa", "mpa", "bar", "mbar", "psi", "db", "dbspl", // pressure, sound
    "n", "kn", "lbf", "nm", "n*m", "n.m", "n-m", "n·m", // force, torque
    "degc", "°c", "c", "celsius", "degf", "°f", "k", // temperature
    "rpm", "1/min", "hz", "rad/s", "deg", "°", "rad", // speed, angle
    "s", "ms", // time
];

/// Words of a name that say vibration, whatever else it says.
const VIBRATION: [&str; 12] = [
    "vib",
    "vibr",
    "vibration",
    "vibrations",
    "acc",
    "accel",
    "acceleration",
    "accelerometer",
    "velocity",
    "displacement",
    "prox",
    "proximity",
];

/// Words of a name that say another quantity.
const OTHERS: [&str; 29] = [
    "tach",
    "tacho",
    "tachometer",
    "keyphasor",
    "keyphaser",
    "phasor",
    "encoder",
    "trigger",
    "pulse",
    "pulses",
    "rpm",
    "speed",
    "angle",
    "azimuth", // rotation
    "current",
    "currents",
    "voltage",
    "power", // electricity
    "temperature",
    "thermocouple",
    "torque",
    "force",
    "pressure",
    "strain", // machine
    "mic",
    "microphone",
    "sound",
    "audio",
    "acoustics", // sound
];

/// Why a channel is no vibration, by the unit that its file writes and by its name; `None` where it is, or may be.
pub(crate) fn no_vibration(name: &str, unit: Option<&str>) -> Option<String> {
    if let Some(written) = unit {
        let bare: String = written.chars().filter(|c| !c.is_whitespace()).collect();
        let bare = bare.trim_matches(|c| "()[]".contains(c)).to_lowercase();
        if OTHER_UNITS.contains(&bare.as_str()) {
            return Some(format!("its unit is {written}"));
        }
        // A voltage may be of anything.
        if scaled_unit(written).is_some_and(|own| own.unit != Unit::Volts) {
            return None;
        }
    }
    let words = words(name);
    let is_in = |table: &[&str], word: &String| table.contains(&word.as_str());
    if words.iter().any(|word| is_in(&VIBRATION, word)) {
        return None;
    }
    let other = words.iter().find(|word| is_in(&OTHERS, word));
    other.map(|word| format!("its name says {word}"))
}

/// The words of a name in lower case: runs of letters, parted where a small letter comes before a capital one.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before_small = false;
    for c in name.chars() {
        if !c.is_alphabetic() || before_small && c.is_uppercase() {
            words.push(String::new());
        }
        before_small = c.is_lowercase();
        if let (true, Some(word)) = (c.is_alphabetic(), words.last_mut()) {
            word.extend(c.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_vibration_stay_and_those_of_other_quantities_are_told() {
        for name in [
            "DE",
            "X105_DE_time",
            "acc1",
            "array.3",
            "channel 2",
            "column 7",
            "vibration speed sensor side",
            "Y.vibration_1.Data",
            "LoadSide",
            "tachyon",
            "motor vibration",
            "temporal",
            "accTorqueSide",
        ] {
            assert_eq!(no_vibration(name, None), None, "{name}");
        }
        for (name, word) in [
            ("Tacho1", "tacho"),
            ("shaft_speed", "speed"),
            ("motorCurrent", "current"),
            ("bearing_temperature", "temperature"),
            ("Y.force.Data", "force"),
            ("RPM", "rpm"),
            ("MIC", "mic"),
        ] {
            assert_eq!(no_vibration(name, None), Some(format!("its name says {word}")), "{name}");
        }
    }

    #[test]
    fn a_unit_goes_before_the_name() {
        assert_eq!(no_vibration("acc", Some("[A]")), Some("its unit is [A]".to_owned()));
        assert_eq!(no_vibration("speed", Some("mm/s")), None, "a velocity");
        assert_eq!(no_vibration("tacho", Some("V")), Some("its name says tacho".to_owned()));
        assert_eq!((no_vibration("x", Some("V")), no_vibration("x", Some("furlong"))), (None, None));
        for unit in OTHER_UNITS {
            assert!(scaled_unit(unit).is_none() && unit == unit.to_lowercase(), "{unit}");
        }
    }
}
