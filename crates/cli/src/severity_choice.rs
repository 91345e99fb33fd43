//! What the user says for severity, trend and actions: the machine, its history, a limit and a policy; as flags, or
//! as cells of a manifest.

use crate::failure::{Code, Failure, Outcome, unreadable};
use crate::terminal::shell_word;
use crate::translate;
use brinell_diagnosis::{
    Criticality, EarlierReading, Limit, Machine, Policy, Support, is_date, read_history,
};
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// Flags about the machine and how its severity is judged.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Severity, history and actions")]
pub(crate) struct SeverityChoice {
    /// Name of the machine; by it and the point a history is found
    #[arg(long, value_name = "NAME", hide_short_help = true)]
    asset: Option<String>,
    /// Name of the measuring point
    #[arg(long, value_name = "NAME", hide_short_help = true)]
    point: Option<String>,
    /// Rated power of the machine with its unit: 55kW, 750W or 75hp
    #[arg(long, value_name = "POWER")]
    power: Option<String>,
    /// Group by ISO 20816-3: 1 above 300 kW, 2 above 15 kW
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=2))]
    group: Option<u8>,
    /// How the machine stands
    #[arg(long, value_enum, value_name = "KIND")]
    support: Option<Stands>,
    /// How much depends on the machine
    ///
    /// It sets the dates of the actions.
    #[arg(long, value_enum, value_name = "LEVEL")]
    criticality: Option<Depends>,
    /// Folder with earlier reports (JSON) or tables (CSV), not those below it
    ///
    /// A table has a column date, any of asset, point, channel and unit, and a column for each indicator.
    #[arg(long, value_name = "FOLDER")]
    history: Option<PathBuf>,
    /// What counts as failure, for a remaining life, e.g. RMS=0.8
    ///
    /// An indicator that is trended and its value; without it, the boundary of zones C and D where there is a zone.
    #[arg(long, value_name = "LIMIT", hide_short_help = true)]
    limit: Option<String>,
    /// Date of the measurement, e.g. 2026-11-03T08:15
    #[arg(long, value_name = "DATE")]
    measured: Option<String>,
    /// The plant's own rules of what to do when (TOML)
    ///
    /// The form is that of data/severity/policy.toml, the policy that is used without this flag.
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    policy: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Stands {
    /// The lowest natural frequency lies at least a quarter above the shaft's
    Rigid,
    /// Any other
    Flexible,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Depends {
    /// Its failure endangers people or stops the plant
    High,
    /// Between the two
    Medium,
    /// It is doubled or easily done without
    Low,
}

impl From<Stands> for Support {
    fn from(stands: Stands) -> Self {
        match stands {
            Stands::Rigid => Support::Rigid,
            Stands::Flexible => Support::Flexible,
        }
    }
}

impl From<Depends> for Criticality {
    fn from(depends: Depends) -> Self {
        match depends {
            Depends::High => Criticality::High,
            Depends::Medium => Criticality::Medium,
            Depends::Low => Criticality::Low,
        }
    }
}

/// The same, understood.
#[derive(Debug, Clone, Default)]
pub(crate) struct StatedSeverity {
    /// Asset, point, power, group, support and criticality.
    pub(crate) machine: Machine,
    pub(crate) history: Vec<EarlierReading>,
    pub(crate) limit: Option<Limit>,
    pub(crate) measured: Option<String>,
    pub(crate) policy: Option<Policy>,
}

impl SeverityChoice {
    /// Understands the flags and reads what they name.
    pub(crate) fn stated(&self) -> Outcome<StatedSeverity> {
        let limit = match &self.limit {
            Some(text) => Some(text.parse::<Limit>().map_err(|why| {
                Failure::new(Code::Quantity, format!("--limit: {why}")).help("--limit RMS=0.8")
            })?),
            None => None,
        };
        let measured = self.measured.as_deref().map(|text| date("--measured", text)).transpose()?;
        let history = match &self.history {
            Some(folder) => read_history(folder).map_err(|error| {
                Failure::new(Code::DataInvalid, error.to_string())
                    .help("a folder with reports of brinell (JSON) and tables (CSV) with a column date")
                    .file(folder)
            })?,
            None => Vec::new(),
        };
        let policy = match &self.policy {
            Some(path) => {
                let text = std::fs::read_to_string(path).map_err(|error| unreadable(path, &error))?;
                Some(Policy::read(&path.to_string_lossy(), &text).map_err(|error| {
                    translate::file_of_settings(Code::ConfigInvalid, &error)
                        .help("--policy takes a file of the form of data/severity/policy.toml, the policy of brinell's source")
                        .file(path)
                })?)
            }
            None => None,
        };
        let machine = Machine {
            asset: self.asset.clone(),
            point: self.point.clone(),
            power_kw: self.power.as_deref().map(|text| power("--power", text)).transpose()?,
            group: self.group,
            support: self.support.map(Support::from),
            criticality: self.criticality.map(Criticality::from),
        };
        Ok(StatedSeverity { machine, history, limit, measured, policy })
    }

    /// The flags as they would be written again for one machine, measured then, one word each with its value.
    pub(crate) fn again(&self, machine: &Machine, measured: Option<&str>) -> Vec<String> {
        let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.to_string_lossy().into_owned());
        let flags = [
            ("--asset", machine.asset.clone()),
            ("--point", machine.point.clone()),
            ("--power", machine.power_kw.map(|power| format!("{power}kW"))),
            ("--group", machine.group.map(|group| group.to_string())),
            ("--support", machine.support.map(|support| support.to_string())),
            ("--criticality", machine.criticality.map(|criticality| criticality.to_string())),
            ("--history", path(&self.history)),
            ("--limit", self.limit.clone()),
            ("--measured", measured.map(str::to_owned)),
            ("--policy", path(&self.policy)),
        ];
        flags
            .into_iter()
            .filter_map(|(flag, value)| Some(format!("{flag} {}", shell_word(&value?))))
            .collect()
    }
}

/// A power with its unit, in kilowatts; `name` is that of the flag or the column.
pub(crate) fn power(name: &str, text: &str) -> Outcome<f64> {
    let refuse = || {
        Failure::new(Code::Quantity, format!("{name} {text} is no power with a unit"))
            .why("units are W, kW, MW and hp, and the number has to be above 0")
            .help(format!("{name} 55kW"))
    };
    let text = text.trim();
    let (number, per_kilowatt) = [("kW", 1.0), ("MW", 1e3), ("hp", 0.745_699_9), ("W", 1e-3)]
        .into_iter()
        .find_map(|(unit, factor)| Some((text.strip_suffix(unit)?.trim_end(), factor)))
        .ok_or_else(refuse)?;
    let value = number.parse::<f64>().ok().filter(|value| value.is_finite() && *value > 0.0);
    value.map(|value| value * per_kilowatt).ok_or_else(refuse)
}

/// A group of the standard.
pub(crate) fn group(name: &str, text: &str) -> Outcome<u8> {
    text.parse().ok().filter(|group| (1..=2).contains(group)).ok_or_else(|| {
        Failure::new(Code::Quantity, format!("{name} {text} is no group of ISO 20816-3"))
            .why("group 1 is of machines above 300 kW, group 2 of those above 15 kW")
            .help(format!("{name} 1 or {name} 2"))
    })
}

/// How a machine stands, as a word.
pub(crate) fn support(name: &str, text: &str) -> Outcome<Support> {
    one_of::<Stands>(name, text, "kind of support").map(Support::from)
}

/// How much depends on a machine, as a word.
pub(crate) fn criticality(name: &str, text: &str) -> Outcome<Criticality> {
    one_of::<Depends>(name, text, "level of criticality").map(Criticality::from)
}

/// One of a few words, in any case.
fn one_of<T: ValueEnum>(name: &str, text: &str, what: &str) -> Outcome<T> {
    T::from_str(text, true).map_err(|_| {
        let words: Vec<String> = T::value_variants()
            .iter()
            .filter_map(|value| Some(format!("{name} {}", value.to_possible_value()?.get_name())))
            .collect();
        Failure::new(Code::Quantity, format!("{name} {text} is no {what}")).help(words.join(" or "))
    })
}

/// A date that a history can be ordered by, as it was written.
pub(crate) fn date(name: &str, text: &str) -> Outcome<String> {
    if is_date(text) {
        return Ok(text.to_owned());
    }
    Err(Failure::new(Code::Quantity, format!("{name} {text} is no date"))
        .why("a date is year-month-day, with or without a time")
        .help(format!("{name} 2026-11-03 or {name} 2026-11-03T08:15")))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_power_needs_a_unit_and_is_above_zero() {
        for (text, power) in [("55kW", 55.0), ("750 W", 0.75), ("1.2MW", 1200.0), ("2hp", 1.491_399_8)] {
            assert!((super::power("--power", text).unwrap() - power).abs() < 1e-9, "{text}");
        }
        for text in ["55", "kW", "-3kW", "infkW", "55 kv", ""] {
            assert!(power("--power", text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_word_of_the_machine_that_is_not_known_is_answered_with_those_that_are() {
        assert_eq!(support("support", "Rigid").unwrap(), Support::Rigid);
        assert_eq!(criticality("criticality", "low").unwrap(), Criticality::Low);
        let failure = support("support", "soft").unwrap_err();
        assert_eq!(failure.what, "support soft is no kind of support");
        assert_eq!(failure.help.as_deref(), Some("support rigid or support flexible"));
        for text in ["0", "3", "1.0", "two"] {
            assert!(group("group", text).is_err(), "{text}");
        }
    }
}
