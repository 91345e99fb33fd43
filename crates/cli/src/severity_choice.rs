//! What the user says for severity, trend and actions: the machine, its history, a limit and a policy.

use crate::failure::{Code, Failure, Outcome, unreadable};
use crate::terminal::shell_word;
use brinell_diagnosis::{
    Criticality, EarlierReading, Limit, Machine, Policy, Support, is_date, read_history,
};
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// Flags about the machine and how its severity is judged.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Severity, history and actions")]
pub(crate) struct SeverityChoice {
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
    /// Folder with earlier reports (JSON) or tables (CSV)
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

/// The same, understood.
#[derive(Debug, Clone, Default)]
pub(crate) struct StatedSeverity {
    /// Power, group, support and criticality; neither asset nor point.
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
        if let Some(text) = self.measured.as_ref().filter(|text| !is_date(text)) {
            return Err(Failure::new(Code::Quantity, format!("--measured {text} is no date"))
                .help("--measured 2026-11-03 or 2026-11-03T08:15"));
        }
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
                    Failure::new(Code::ConfigInvalid, error.to_string())
                        .help("begin with the policy that ships: data/severity/policy.toml")
                        .file(path)
                })?)
            }
            None => None,
        };
        let machine = Machine {
            power_kw: self.power.as_deref().map(kilowatts).transpose()?,
            group: self.group,
            support: self.support.map(|support| match support {
                Stands::Rigid => Support::Rigid,
                Stands::Flexible => Support::Flexible,
            }),
            criticality: self.criticality.map(|criticality| match criticality {
                Depends::High => Criticality::High,
                Depends::Medium => Criticality::Medium,
                Depends::Low => Criticality::Low,
            }),
            ..Machine::default()
        };
        Ok(StatedSeverity { machine, history, limit, measured: self.measured.clone(), policy })
    }

    /// The flags as they would be written again, one word each with its value.
    pub(crate) fn again(&self, machine: &Machine) -> Vec<String> {
        let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.to_string_lossy().into_owned());
        let flags = [
            ("--power", self.power.clone()),
            ("--group", self.group.map(|group| group.to_string())),
            ("--support", machine.support.map(|support| support.to_string())),
            ("--criticality", machine.criticality.map(|criticality| criticality.to_string())),
            ("--history", path(&self.history)),
            ("--limit", self.limit.clone()),
            ("--measured", self.measured.clone()),
            ("--policy", path(&self.policy)),
        ];
        flags
            .into_iter()
            .filter_map(|(flag, value)| Some(format!("{flag} {}", shell_word(&value?))))
            .collect()
    }
}

/// A power in kilowatts.
fn kilowatts(text: &str) -> Outcome<f64> {
    let refuse = || {
        Failure::new(Code::Quantity, format!("--power {text} is no power with a unit"))
            .why("units are W, kW, MW and hp, and the number has to be above 0")
            .help("--power 55kW")
    };
    let text = text.trim();
    let (number, per_kilowatt) = [("kW", 1.0), ("MW", 1e3), ("hp", 0.745_699_9), ("W", 1e-3)]
        .into_iter()
        .find_map(|(unit, factor)| Some((text.strip_suffix(unit)?.trim_end(), factor)))
        .ok_or_else(refuse)?;
    let value = number.parse::<f64>().ok().filter(|value| value.is_finite() && *value > 0.0);
    value.map(|value| value * per_kilowatt).ok_or_else(refuse)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::kilowatts;

    #[test]
    fn a_power_needs_a_unit_and_is_above_zero() {
        for (text, power) in [("55kW", 55.0), ("750 W", 0.75), ("1.2MW", 1200.0), ("2hp", 1.491_399_8)] {
            assert!((kilowatts(text).unwrap() - power).abs() < 1e-9, "{text}");
        }
        for text in ["55", "kW", "-3kW", "infkW", "55 kv", ""] {
            assert!(kilowatts(text).is_err(), "{text}");
        }
    }
}
