//! How bad one recording is and what comes next, in the few words and numbers that a line of a table has room for.

use crate::number;
use brinell_diagnosis::{Criticality, Diagnosis, Machine, Zone, date_after};
use brinell_signal::{Joint, Origin, Phrase, phrase};
use serde::{Deserialize, Serialize};

/// Level, stage and first action of a recording, as fleet page and tables show them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Condition {
    /// Velocity in mm/s, RMS; `None` when the recording cannot carry it.
    pub velocity_mm_s: Option<f64>,
    /// Zone by the standard.
    pub zone: Option<Zone>,
    /// Why there is no velocity or no zone, in a few words; `None` when there are both.
    pub refusal: Option<Phrase>,
    /// The same in full sentences.
    pub reasons: Option<Phrase>,
    /// Lowest and highest stage of damage that fit, 1 to 4.
    pub stage: Option<[u8; 2]>,
    /// How much depends on the machine; `None` when not declared.
    pub criticality: Option<Criticality>,
    /// The most pressing action.
    pub action: Option<NextAction>,
}

/// The most pressing action.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NextAction {
    /// What to do.
    pub what: Phrase,
    /// Between how many days from the measurement.
    pub by_days: Option<[u32; 2]>,
    /// The same as dates (ISO 8601); `None` when the measurement or the action has none.
    pub dates: Option<[String; 2]>,
    /// How many actions follow.
    pub further: usize,
}

impl Condition {
    /// What is known of a machine whose recording was not diagnosed.
    pub(crate) fn declared(machine: &Machine) -> Self {
        Self { criticality: machine.criticality, ..Self::default() }
    }

    /// What a diagnosis says.
    pub(crate) fn of(diagnosis: &Diagnosis) -> Self {
        let machine = &diagnosis.machine;
        let action = first_action(diagnosis);
        let Some(assessed) = &diagnosis.assessed else {
            return Self {
                refusal: Some(phrase!("not assessed")),
                reasons: Some(phrase!("The report was made before severity was assessed.")),
                criticality: machine.criticality,
                action,
                ..Self::default()
            };
        };
        let severity = &assessed.severity;
        Self {
            velocity_mm_s: severity.velocity_rms_mm_s.filter(|velocity| velocity.is_finite()),
            zone: severity.zone,
            refusal: severity.refusals.first().map(|first| refusal(diagnosis, first.into())),
            reasons: (!severity.refusals.is_empty())
                .then(|| Phrase::sentences(severity.refusals.iter().map(Phrase::from))),
            stage: assessed.stage.range,
            criticality: machine.criticality,
            action,
        }
    }

    /// Place among recordings of one status, worst first: the more critical machine, then the higher stage. A
    /// criticality that is not declared counts as medium, as it does for the dates of actions.
    pub(crate) fn rank(&self) -> (u8, i16, i16) {
        let criticality = match self.criticality.unwrap_or_default() {
            Criticality::High => 0,
            Criticality::Medium => 1,
            Criticality::Low => 2,
        };
        let [low, high] = self.stage.unwrap_or([0, 0]).map(i16::from);
        (criticality, -high, -low)
    }

    /// The stage: `2 to 3`.
    pub(crate) fn stage_words(&self) -> Option<Phrase> {
        self.stage.map(|[low, high]| {
            if low == high { low.to_string().into() } else { phrase!("{low} to {high}", low, high) }
        })
    }
}

impl NextAction {
    /// By when: `2026-11-10 to 2026-12-01`, or days where the measurement has no date.
    pub(crate) fn when(&self) -> Phrase {
        match (&self.dates, self.by_days) {
            (Some([from, to]), _) if from == to => phrase!("by {to}", to),
            (Some([from, to]), _) => phrase!("{from} to {to}", from, to),
            (None, Some([_, 0])) => phrase!("at once"),
            (None, Some([from, to])) if from == to => phrase!("within {to} days", to),
            (None, Some([from, to])) => phrase!("in {from} to {to} days", from, to),
            (None, None) => phrase!("no date"),
        }
    }

    /// A text whose order is that of urgency: dates first, then days, then actions without either.
    pub(crate) fn order(&self) -> String {
        match (&self.dates, self.by_days) {
            (Some([_, to]), _) => to.clone(),
            (None, Some([_, to])) => format!("days {to:010}"),
            (None, None) => "none".to_owned(),
        }
    }
}

/// The dates of a span of days after the measurement, where its date is known.
pub(crate) fn dates(diagnosis: &Diagnosis, by_days: Option<[u32; 2]>) -> Option<[String; 2]> {
    let measured = diagnosis.assessed.as_ref()?.measured.as_deref()?;
    let [from, to] = by_days?;
    Some([date_after(measured, from)?, date_after(measured, to)?])
}

fn first_action(diagnosis: &Diagnosis) -> Option<NextAction> {
    let (first, rest) = diagnosis.actions.split_first()?;
    let dates = dates(diagnosis, first.by_days);
    Some(NextAction { what: (&first.what).into(), by_days: first.by_days, dates, further: rest.len() })
}

/// The reasons in a few words: what was not declared together, else the first sentence.
fn refusal(diagnosis: &Diagnosis, first: Phrase) -> Phrase {
    let (machine, input) = (&diagnosis.machine, &diagnosis.input);
    let unit_open = input.unit == "?" || matches!(input.unit_origin, Origin::Assumed);
    let open = [
        (phrase!("power"), machine.power_kw.is_none()),
        (phrase!("group"), machine.group.is_none()),
        (phrase!("support"), machine.support.is_none()),
        (phrase!("speed"), diagnosis.speed.is_none()),
        (phrase!("unit"), unit_open),
    ];
    let open = Phrase::list(Joint::Comma, open.into_iter().filter(|(_, open)| *open).map(|(name, _)| name));
    if open.is_empty() { first } else { phrase!("none: {facts} not declared", facts = open) }
}

/// A velocity as it is printed.
pub(crate) fn velocity(value: f64) -> Phrase {
    number::significant(value, 3)
}
