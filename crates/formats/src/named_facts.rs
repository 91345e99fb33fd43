//! Facts under names: attributes and properties that many programs write beside their samples, in one table.

use crate::facts::{Fact, Facts};
use brinell_signal::Hertz;

/// One named statement of a file.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Statement {
    /// Its name as written, e.g. `Sampling Rate`.
    pub(crate) name: String,
    pub(crate) said: Said,
    /// Unit that the file gives for the number.
    pub(crate) unit: Option<String>,
    /// Where it stands, in words.
    pub(crate) place: String,
}

/// What a statement says.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Said {
    Number(f64),
    Text(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Sampling rate, Hz where no unit is given.
    Rate,
    /// Time between samples, seconds where no unit is given.
    Step,
    Unit,
    /// Speed in revolutions per minute where no unit is given.
    Rpm,
    /// Speed in hertz where no unit is given.
    Turns,
    /// Speed that needs a unit: programs write it in either.
    Speed,
    Start,
    Position,
}

/// What a variable of one number may state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quantity {
    Rate,
    Speed,
}

impl Quantity {
    /// In words, and the flag that gives it.
    pub(crate) fn in_words(self) -> (&'static str, &'static str) {
        match self {
            Self::Rate => ("sampling rate", "--rate 12kHz"),
            Self::Speed => ("shaft speed", "--speed 1797rpm"),
        }
    }
}

/// Names that are those of a rate beside attributes, but of variables may be of any other.
const UNSURE: &str = "rate";

/// A name of rates that only variables have.
const OF_VARIABLES: &str = "sr";

/// Names in lower case, letters and digits alone. Where several are stated the first of the table counts.
const NAMES: [(&[&str], Kind); 8] = [
    (
        &[
            "samplingrate",
            "samplerate",
            "samplingfrequency",
            "samplefrequency",
            "samplingratehz",
            "sampleratehz",
            "samplingfrequencyhz",
            "samplingfreq",
            "samplefreq",
            "fs",
            "fshz",
            "rate",
        ],
        Kind::Rate,
    ),
    (
        &["wfincrement", "dt", "deltat", "samplinginterval", "sampleinterval", "samplingperiod", "timestep"],
        Kind::Step,
    ),
    (
        &["unit", "units", "unitstring", "niunitdescription", "engineeringunit", "engineeringunits"],
        Kind::Unit,
    ),
    (&["rpm", "speedrpm", "rpmspeed", "shaftspeedrpm", "shaftrpm", "rotationalspeedrpm"], Kind::Rpm),
    (&["shaftfrequency", "shaftspeedhz", "speedhz", "rotationfrequency", "rotationalfrequency"], Kind::Turns),
    (&["shaftspeed", "speed", "rotationalspeed", "rotationspeed"], Kind::Speed),
    (&["wfstarttime", "starttime", "timestamp", "acquisitiontime", "measurementtime"], Kind::Start),
    (&["position", "location", "sensorposition", "sensorlocation"], Kind::Position),
];

/// Units of frequency, in lower case and without blanks, in hertz.
const FREQUENCIES: [(&[&str], f64); 4] = [
    (&["hz", "1/s", "s^-1", "s-1", "sps", "samples/s", "rev/s", "rps"], 1.0),
    (&["khz", "ksps"], 1e3),
    (&["mhz"], 1e6),
    (&["rpm", "1/min", "r/min", "rev/min", "min^-1", "min-1", "min⁻¹", "u/min", "tr/min"], 1.0 / 60.0),
];

/// Units of time, as above, in seconds.
const TIMES: [(&[&str], f64); 3] =
    [(&["s", "sec", "second", "seconds"], 1.0), (&["ms"], 1e-3), (&["us", "µs", "μs"], 1e-6)];

/// Whether a name is one that states a fact.
pub(crate) fn is_known(name: &str) -> bool {
    rank(name).is_some()
}

/// What a name states, as far as a header of text takes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Named {
    Rate,
    Step,
    Speed,
    Unit,
    Other,
}

/// What a name states; `None` where it is none of a fact.
pub(crate) fn named(name: &str) -> Option<Named> {
    let (_, _, kind) = rank(name)?;
    Some(match kind {
        Kind::Rate => Named::Rate,
        Kind::Step => Named::Step,
        Kind::Rpm | Kind::Turns | Kind::Speed => Named::Speed,
        Kind::Unit => Named::Unit,
        Kind::Start | Kind::Position => Named::Other,
    })
}

/// The facts of an array from what stands about it, the nearest first.
pub(crate) fn facts<'a>(levels: impl IntoIterator<Item = &'a [Statement]>) -> Facts {
    let mut facts = Facts::default();
    for level in levels {
        let mut ranked: Vec<_> = level.iter().filter_map(|s| Some((rank(&s.name)?, s))).collect();
        ranked.sort_by_key(|(rank, _)| (rank.0, rank.1));
        for ((_, _, kind), statement) in ranked {
            take(&mut facts, kind, statement);
        }
    }
    facts
}

/// The facts of the pairs of names and texts that some formats keep beside their columns.
pub(crate) fn of_metadata(pairs: impl Iterator<Item = (String, String)>) -> Facts {
    let known = pairs.filter(|(name, _)| is_known(name)).map(|(name, text)| Statement {
        place: format!("metadata `{name}`"),
        name,
        said: Said::Text(text),
        unit: None,
    });
    facts([&known.collect::<Vec<_>>()[..]])
}

/// The frequency that a variable of this name and number states, and the rank of its name among those of its kind.
pub(crate) fn of_variable(name: &str, value: f64, wanted: Quantity) -> Option<((usize, usize), Hertz)> {
    let name = bare(name);
    let known = match name.as_str() {
        UNSURE => return None,
        OF_VARIABLES => "samplerate",
        own => own,
    };
    let (row, column, kind) = rank(known)?;
    let place = String::new();
    let mut facts = Facts::default();
    take(&mut facts, kind, &Statement { name, said: Said::Number(value), unit: None, place });
    let found = match wanted {
        Quantity::Rate => facts.rate,
        Quantity::Speed => facts.speed,
    };
    let hertz = Hertz(found?.value);
    hertz.is_positive().then_some(((row, column), hertz))
}

/// Whether a variable of this name, behind the last dot or slash, may state a frequency.
pub(crate) fn states_frequency(name: &str) -> bool {
    let own = name.rsplit(['.', '/']).next().unwrap_or(name);
    [Quantity::Rate, Quantity::Speed].iter().any(|&wanted| of_variable(own, 1.0, wanted).is_some())
}

/// The sampling rate of a time between samples. The quotient of a whole rate is off by a rounding or two: it is put right.
pub(crate) fn rate_of_step(seconds: f64) -> f64 {
    let rate = 1.0 / seconds;
    let whole = rate.round();
    if (rate - whole).abs() <= 4.0 * f64::EPSILON * whole { whole } else { rate }
}

fn rank(name: &str) -> Option<(usize, usize, Kind)> {
    let bare = bare(name);
    NAMES.iter().enumerate().find_map(|(row, (names, kind))| {
        names.iter().position(|known| *known == bare).map(|column| (row, column, *kind))
    })
}

/// Letters and digits alone, in lower case.
fn bare(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn take(facts: &mut Facts, kind: Kind, statement: &Statement) {
    let fact = |value: f64| Some(Fact::new(value, statement.place.clone())).filter(|f| f.value.is_finite());
    let number = |units: &[(&[&str], f64)], default: Option<f64>| {
        let (value, unit) = number(statement)?;
        let factor = match unit {
            Some(unit) => factor(units, &unit)?,
            None => default?,
        };
        Some(value * factor)
    };
    match kind {
        Kind::Rate if facts.rate.is_none() => {
            facts.rate = number(&FREQUENCIES[..3], Some(1.0)).and_then(fact);
        }
        Kind::Step if facts.rate.is_none() => {
            facts.rate = number(&TIMES, Some(1.0)).map(rate_of_step).and_then(fact);
        }
        Kind::Rpm | Kind::Turns | Kind::Speed if facts.speed.is_none() => {
            let default = match kind {
                Kind::Rpm => Some(1.0 / 60.0),
                Kind::Turns => Some(1.0),
                _ => None,
            };
            facts.speed = number(&FREQUENCIES, default).and_then(fact);
        }
        Kind::Unit | Kind::Start | Kind::Position => {
            let Said::Text(text) = &statement.said else { return };
            let place = match kind {
                Kind::Unit => &mut facts.unit,
                Kind::Start => &mut facts.start,
                _ => &mut facts.position,
            };
            if place.is_none() && !text.trim().is_empty() {
                *place = Some(Fact::new(text.trim().to_owned(), statement.place.clone()));
            }
        }
        _ => {}
    }
}

/// The number of a statement, also one that is written as text (`25.6 kHz`), with its unit.
fn number(statement: &Statement) -> Option<(f64, Option<String>)> {
    match &statement.said {
        Said::Number(value) => Some((*value, statement.unit.clone())),
        Said::Text(text) => {
            let text = text.trim();
            let end = text.find(|c: char| !(c.is_ascii_digit() || "+-.eE".contains(c))).unwrap_or(text.len());
            let unit = text[end..].trim();
            let unit = if unit.is_empty() { statement.unit.clone() } else { Some(unit.to_owned()) };
            Some((text[..end].parse().ok()?, unit))
        }
    }
}

fn factor(units: &[(&[&str], f64)], text: &str) -> Option<f64> {
    let bare: String = text.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect();
    units.iter().find(|(names, _)| names.contains(&bare.as_str())).map(|(_, factor)| *factor)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn says(name: &str, said: Said, unit: Option<&str>) -> Statement {
        let unit = unit.map(str::to_owned);
        Statement { name: name.to_owned(), said, unit, place: format!("attribute `{name}`") }
    }

    fn rate(name: &str, said: Said, unit: Option<&str>) -> Option<f64> {
        facts([&[says(name, said, unit)][..]]).rate.map(|fact| fact.value)
    }

    fn speed(name: &str, value: f64, unit: Option<&str>) -> Option<f64> {
        facts([&[says(name, Said::Number(value), unit)][..]]).speed.map(|fact| fact.value)
    }

    #[test]
    fn case_and_separators_do_not_matter_and_units_are_heeded() {
        for name in ["Sampling Rate", "sampling_rate", "SamplingRate", "sampling-rate", "FS"] {
            assert_eq!(rate(name, Said::Number(25_600.0), None), Some(25_600.0), "{name}");
        }
        assert_eq!(rate("fs", Said::Number(25.6), Some("kHz")), Some(25_600.0));
        assert_eq!(rate("fs", Said::Text("12 kHz".into()), None), Some(12_000.0));
        assert_eq!(rate("fs", Said::Text("fast".into()), None), None);
        assert_eq!(rate("fs", Said::Number(1.0), Some("parsec")), None);
        assert_eq!(rate("dt", Said::Number(0.1), Some("ms")), Some(10_000.0));
        assert_eq!(rate("distance", Said::Number(1.0), None), None);
    }

    #[test]
    fn a_speed_without_unit_counts_only_under_a_name_that_implies_one() {
        assert_eq!(speed("rpm", 1800.0, None), Some(30.0));
        assert_eq!(speed("shaft_frequency", 30.0, None), Some(30.0));
        assert_eq!(speed("shaft_speed", 1800.0, None), None);
        assert_eq!(speed("shaft_speed", 1800.0, Some("rpm")), Some(30.0));
        assert_eq!(speed("shaft_speed", 30.0, Some("Hz")), Some(30.0));
    }

    #[test]
    fn the_nearest_statement_counts_and_among_equals_the_first_of_the_table() {
        let near = [says("dt", Said::Number(1e-3), None)];
        let far = [says("fs", Said::Number(5.0), None), says("units", Said::Text("g".into()), None)];
        let found = facts([&near[..], &far[..]]);
        assert_eq!(found.rate.unwrap(), Fact::new(1000.0, "attribute `dt`"));
        assert_eq!(found.unit.unwrap().value, "g");
        let both = [says("rate", Said::Number(1.0), None), says("fs", Said::Number(2.0), None)];
        assert_eq!(facts([&both[..]]).rate.unwrap().value, 2.0);
    }

    #[test]
    fn variables_state_what_their_names_leave_no_doubt_of() {
        let of = |name: &str, value: f64, wanted| of_variable(name, value, wanted).map(|(_, hertz)| hertz.0);
        assert_eq!(of("Fs", 12_000.0, Quantity::Rate), Some(12_000.0));
        assert_eq!(of("sr", 97_656.0, Quantity::Rate), Some(97_656.0));
        assert_eq!(of("dt", 1e-3, Quantity::Rate), Some(1000.0));
        assert_eq!(of("rpm", 1800.0, Quantity::Speed), Some(30.0));
        assert_eq!(of("shaft_speed_hz", 30.0, Quantity::Speed), Some(30.0));
        // Of the first nothing says what it is a rate of, the next lack a unit, and none of the last is one.
        for (name, value) in [("rate", 25.0), ("speed", 30.0), ("fs", 0.0), ("fs", f64::NAN), ("dt", 0.0)] {
            assert_eq!(of(name, value, Quantity::Rate).or(of(name, value, Quantity::Speed)), None, "{name}");
        }
        assert_eq!(of("rpm", 1800.0, Quantity::Rate), None);
    }

    #[test]
    fn whole_rates_come_back_from_their_steps() {
        for whole in [12_000.0, 25_600.0, 20_480.0, 48_000.0, 51_200.0, 44_100.0, 97_656.0] {
            assert_eq!(rate_of_step(1.0 / whole), whole);
        }
        assert!(rate_of_step(8.3333e-5) != 12_000.0);
    }

    #[test]
    fn no_name_stands_for_two_facts() {
        let all: Vec<&str> = NAMES.iter().flat_map(|(names, _)| names.iter().copied()).collect();
        for (i, name) in all.iter().enumerate() {
            assert!(!all[..i].contains(name), "{name}");
        }
    }
}
