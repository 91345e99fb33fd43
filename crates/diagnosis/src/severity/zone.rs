//! The broadband velocity and its zone, or why there is none.

use brinell_signal::{
    Channel, Error, Hertz, Origin, Phrase, Scratch, Unit,
    fourier::fast_length_below,
    phrase,
    quantity::{VelocityRms, VelocityRmsParams},
};
use serde::{Deserialize, Serialize};

use crate::{Diagnosis, Machine};

const TABLES: &str = include_str!("../../../../data/severity/zones.toml");

/// Broadband level of the recording.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Severity {
    /// Velocity in mm/s, RMS, over `band_hz`; `None` when the recording cannot carry it.
    pub velocity_rms_mm_s: Option<f64>,
    /// Band of the velocity: 10 (2 below 600 rpm) to 1000 Hz.
    pub band_hz: Option<[f64; 2]>,
    /// Zone by the standard; `None` with the reasons in `refusals`.
    pub zone: Option<Zone>,
    /// Boundaries A/B, B/C and C/D in mm/s that hold for the machine, when it is in scope.
    pub boundaries_mm_s: Option<[f64; 3]>,
    /// Why there is no velocity or no zone, one sentence each.
    pub refusals: Vec<Phrase>,
    /// Standard, edition and what it says of this group and support.
    pub table: Phrase,
}

/// A zone of broadband vibration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Zone {
    /// As newly commissioned machines.
    A,
    /// Acceptable for long-term operation.
    B,
    /// For a limited time only.
    C,
    /// May damage the machine.
    D,
}

impl std::fmt::Display for Zone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self:?}")
    }
}

/// How a machine stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Support {
    /// The lowest natural frequency of machine and support lies at least a quarter above the exciting one.
    Rigid,
    /// Any other support.
    Flexible,
}

impl Support {
    /// In one word, as [`Phrase::word`] takes it.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Rigid => "rigid",
            Self::Flexible => "flexible",
        }
    }
}

impl std::fmt::Display for Support {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.title())
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tables {
    standard: String,
    successor: String,
    note: String,
    above_power_kw: f64,
    lowest_rpm: f64,
    highest_rpm: f64,
    limits: Vec<Limits>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Limits {
    group: u8,
    meaning: String,
    #[serde(default)]
    highest_power_kw: Option<f64>,
    support: Support,
    velocity_mm_s: [f64; 3],
}

/// The zone of a velocity; a value on a boundary belongs to the lower zone.
fn zone_of(velocity: f64, [ab, bc, cd]: [f64; 3]) -> Zone {
    if velocity <= ab {
        Zone::A
    } else if velocity <= bc {
        Zone::B
    } else if velocity <= cd {
        Zone::C
    } else {
        Zone::D
    }
}

/// Velocity and zone of a channel.
pub(super) fn assess(
    channel: &Channel,
    rate: Hertz,
    shaft: Option<Hertz>,
    diagnosis: &Diagnosis,
) -> Severity {
    let mut severity = Severity::default();
    match velocity(channel, rate, shaft) {
        Ok((rms, band)) => {
            severity.velocity_rms_mm_s = Some(rms);
            severity.band_hz = Some(band);
        }
        Err(why) => severity.refusals.push(phrase!("No velocity: {why}.", why)),
    }
    if let Some(doubt) = super::unit_doubt(channel) {
        severity.refusals.push(doubt);
    }
    if diagnosis.input.rate_origin == Origin::Assumed {
        severity.refusals.push(Phrase::word(
            "No zone: the sampling rate is assumed, and with it the band of the velocity.",
        ));
    }
    let Ok(tables) = toml::from_str::<Tables>(TABLES) else {
        severity.refusals.push(Phrase::word("No zone: the table of limits cannot be read."));
        return severity;
    };
    severity.table = phrase!(
        "{standard} (succeeded by {successor}: {note})",
        standard = of_file(&tables.standard),
        successor = &tables.successor,
        note = of_file(&tables.note)
    );
    match in_scope(&tables, &diagnosis.machine, shaft) {
        Ok(limits) => {
            severity.boundaries_mm_s = Some(limits.velocity_mm_s);
            severity.table = phrase!(
                "{table}, group {group} ({meaning}), {support} support",
                table = &severity.table,
                group = limits.group,
                meaning = of_file(&limits.meaning),
                support = Phrase::word(limits.support.title())
            );
        }
        Err(reasons) => severity.refusals.extend(reasons),
    }
    if severity.refusals.is_empty() {
        severity.zone = severity
            .velocity_rms_mm_s
            .zip(severity.boundaries_mm_s)
            .map(|(rms, limits)| zone_of(rms, limits));
    }
    severity
}

/// A text of the table's file, which a catalogue of another language may hold.
fn of_file(text: &str) -> Phrase {
    Phrase::named(text)
}

fn velocity(channel: &Channel, rate: Hertz, shaft: Option<Hertz>) -> Result<(f64, [f64; 2]), Phrase> {
    if channel.unit().value == Unit::Unknown {
        return Err(Phrase::word(
            "the unit of the samples is not stated, and only motion (g, m/s2, mm/s or um) can be integrated",
        ));
    }
    let VelocityRms { velocity, low, high } = measured(channel, rate, shaft).map_err(|error| why(&error))?;
    if !velocity.rms.is_finite() {
        return Err(Phrase::word("it is not a finite number"));
    }
    Ok((velocity.rms, [low.0, high.0]))
}

fn measured(channel: &Channel, rate: Hertz, shaft: Option<Hertz>) -> Result<VelocityRms, Error> {
    let params = VelocityRmsParams { unit: channel.unit().value, shaft };
    // The few samples behind the longest length that is quickly transformed are left out.
    let samples = channel.samples();
    let samples = &samples[..fast_length_below(samples.len()).unwrap_or(samples.len())];
    params.plan::<f32>(rate, samples.len())?.process(samples, &mut Scratch::new())
}

/// An error as a phrase; the words of a refused parameter each by itself.
fn why(error: &Error) -> Phrase {
    match error {
        Error::Parameter { transform, parameter, value, reason } => phrase!(
            "{transform}: {parameter} = {value}: {reason}",
            transform = Phrase::word(transform),
            parameter = Phrase::word(parameter),
            value,
            reason = of_file(reason)
        ),
        other => Phrase::verbatim(other.to_string()),
    }
}

fn in_scope<'a>(
    tables: &'a Tables,
    machine: &Machine,
    shaft: Option<Hertz>,
) -> Result<&'a Limits, Vec<Phrase>> {
    let mut reasons = Vec::new();
    match machine.power_kw {
        None => reasons.push(Phrase::word("No zone: the rated power is not declared (--power 55kW).")),
        Some(power) if power <= tables.above_power_kw => reasons.push(phrase!(
            "No zone: the standard is for machines above {least} kW, and this one has {power} kW.",
            least = tables.above_power_kw,
            power
        )),
        Some(_) => {}
    }
    match shaft.map(|shaft| shaft.to_rpm().0) {
        None => reasons
            .push(Phrase::word("No zone: the shaft speed is not known, and with it the band and the scope.")),
        Some(rpm) if !(tables.lowest_rpm..=tables.highest_rpm).contains(&rpm) => reasons.push(phrase!(
            "No zone: the standard is for {low} to {high} rpm, and this shaft turns at {rpm:.0} rpm.",
            low = tables.lowest_rpm,
            high = tables.highest_rpm,
            rpm
        )),
        Some(_) => {}
    }
    if machine.group.is_none() {
        reasons.push(Phrase::word("No zone: the group of the machine is not declared (--group 1 or 2)."));
    }
    if machine.support.is_none() {
        reasons.push(Phrase::word("No zone: the support is not declared (--support rigid or flexible)."));
    }
    let (Some(group), Some(support)) = (machine.group, machine.support) else { return Err(reasons) };
    let Some(limits) = tables.limits.iter().find(|row| row.group == group && row.support == support) else {
        reasons.push(phrase!(
            "No zone: {standard} has no group {group}.",
            standard = of_file(&tables.standard),
            group
        ));
        return Err(reasons);
    };
    if let (Some(power), Some(most)) = (machine.power_kw, limits.highest_power_kw)
        && power > most
    {
        reasons.push(phrase!(
            "No zone: group {group} is for machines up to {most} kW, and this one has {power} kW: declare group 1.",
            group,
            most,
            power
        ));
    }
    if reasons.is_empty() { Ok(limits) } else { Err(reasons) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn tables() -> Tables {
        toml::from_str(TABLES).unwrap()
    }

    fn machine(power_kw: f64, group: u8, support: Support) -> Machine {
        Machine { power_kw: Some(power_kw), group: Some(group), support: Some(support), ..Machine::default() }
    }

    #[test]
    fn the_limits_are_those_of_the_standard() {
        let tables = tables();
        for (power, group, support, limits) in [
            (400.0, 1, Support::Rigid, [2.3, 4.5, 7.1]),
            (400.0, 1, Support::Flexible, [3.5, 7.1, 11.0]),
            (55.0, 2, Support::Rigid, [1.4, 2.8, 4.5]),
            (55.0, 2, Support::Flexible, [2.3, 4.5, 7.1]),
        ] {
            let found = in_scope(&tables, &machine(power, group, support), Some(Hertz(25.0))).unwrap();
            assert_eq!(found.velocity_mm_s, limits);
        }
    }

    #[test]
    fn a_value_on_a_boundary_belongs_to_the_lower_zone() {
        let limits = [1.4, 2.8, 4.5];
        for (velocity, zone) in [
            (0.0, Zone::A),
            (1.4, Zone::A),
            (1.400_001, Zone::B),
            (2.8, Zone::B),
            (2.9, Zone::C),
            (4.5, Zone::C),
            (4.6, Zone::D),
        ] {
            assert_eq!(zone_of(velocity, limits), zone, "{velocity}");
        }
    }

    #[test]
    fn a_machine_out_of_scope_gets_no_zone_and_every_reason() {
        let tables = tables();
        let reasons = |machine: &Machine, shaft| {
            Phrase::sentences(in_scope(&tables, machine, shaft).err().unwrap()).to_string()
        };
        let shaft = Some(Hertz(25.0));
        assert!(reasons(&machine(1.5, 2, Support::Rigid), shaft).contains("has 1.5 kW"));
        assert!(reasons(&machine(15.0, 2, Support::Rigid), shaft).contains("above 15 kW"));
        assert!(reasons(&machine(400.0, 2, Support::Rigid), shaft).contains("declare group 1"));
        assert!(reasons(&machine(55.0, 3, Support::Rigid), shaft).contains("no group 3"));
        assert!(reasons(&machine(55.0, 2, Support::Rigid), Some(Hertz(1.0))).contains("60 rpm"));
        let nothing = reasons(&Machine::default(), None);
        for word in ["--power", "--group", "--support", "shaft speed"] {
            assert!(nothing.contains(word), "{nothing}");
        }
    }
}
