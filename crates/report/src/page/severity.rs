//! Severity, stage and history: what is known, and for what is not the reason and what to supply.

use super::heading;
use crate::number;
use brinell_diagnosis::{Assessed, Change, Diagnosis, History, Life, Severity, StageRange};
use brinell_signal::Origin;
use maud::{Markup, html as markup};

pub(super) fn block(diagnosis: &Diagnosis) -> Markup {
    markup! {
        section id="severity" aria-labelledby="severity-title" {
            (heading("severity"))
            p { (sentence(diagnosis)) }
            @match &diagnosis.assessed {
                Some(assessed) => {
                    (level(&assessed.severity))
                    (stage(&assessed.stage))
                    (history(&assessed.history))
                }
                None => ul.plain {
                    li { strong { "No zone, stage or history: " } "this report was made before these were assessed. Diagnose the recording again." }
                }
            }
            p { "Severity and evidence are two separate questions: a low broadband level would not speak against a bearing fault." }
        }
    }
}

/// The severity in one sentence, for the summary.
pub(super) fn sentence(diagnosis: &Diagnosis) -> String {
    let Some(Assessed { severity, stage, history, .. }) = &diagnosis.assessed else {
        let unit = match diagnosis.input.unit_origin {
            Origin::Assumed => "a known unit, ",
            _ => "",
        };
        return format!(
            "Severity is not assessed: no zone, stage or trend without {unit}power, group and support of the machine, and earlier measurements."
        );
    };
    let stage = match stage.range {
        None => "No stage of damage".to_owned(),
        Some(_) => format!("Damage, if any, of {}", stage.in_words()),
    };
    let level = match (severity.velocity_rms_mm_s, severity.zone) {
        (Some(velocity), Some(zone)) => {
            format!("{} mm/s RMS, zone {zone} (indicative: one direction)", number::significant(velocity, 3))
        }
        (Some(velocity), None) => format!("{} mm/s RMS, no zone", number::significant(velocity, 3)),
        _ => "no velocity".to_owned(),
    };
    let trend = if history.changes.is_empty() {
        "no baseline"
    } else if history.has_grown() {
        "grown since the baseline"
    } else {
        "within its baseline"
    };
    format!("{stage}; {level}; {trend}.")
}

/// What stands behind the summary's sentence, for its link.
pub(super) fn link_text(diagnosis: &Diagnosis) -> &'static str {
    if diagnosis.assessed.is_some() { "Reasons and what is missing" } else { "What is missing" }
}

fn level(severity: &Severity) -> Markup {
    markup! {
        h3 { "Broadband level" }
        ul.plain {
            @if let (Some(velocity), Some([low, high])) = (severity.velocity_rms_mm_s, severity.band_hz) {
                li {
                    strong { "Velocity: " } (number::significant(velocity, 3)) " mm/s RMS, "
                    (number::fixed(low, 0)) " to " (number::fixed(high, 0)) " Hz, integrated without a taper."
                }
            }
            @if let Some([ab, bc, cd]) = severity.boundaries_mm_s {
                li {
                    strong { "Boundaries: " } "A/B " (number::trimmed(ab)) ", B/C " (number::trimmed(bc))
                    ", C/D " (number::trimmed(cd)) " mm/s; a value on one belongs to the lower zone."
                }
            }
            @if let Some(zone) = severity.zone {
                li {
                    strong { "Zone " (zone) "." }
                    " Indicative: the standard wants steady full load and three directions, and says nothing of bearings."
                }
            }
            @for refusal in &severity.refusals { li { (refusal) } }
        }
        @if !severity.table.is_empty() { p.faint { "Table: " (severity.table) "." } }
    }
}

fn stage(stage: &StageRange) -> Markup {
    markup! {
        h3 {
            @match stage.range {
                Some(_) => { "Stage of damage: " (stage.in_words()) " of 4" }
                None => "No stage of damage",
            }
        }
        ul.plain {
            @for reason in &stage.reasons { li { (reason) } }
            li { (stage.first_stage) }
        }
    }
}

fn history(history: &History) -> Markup {
    markup! {
        h3 { "History" }
        p {
            (history.readings) " earlier readings of this point, " (history.dated) " of them with a date."
        }
        @if !history.changes.is_empty() {
            table {
                caption { "Indicators against the median of earlier readings, in robust sigmas (1.4826 MAD)" }
                thead {
                    tr {
                        th scope="col" { "Indicator" }
                        th.n scope="col" { "Now" }
                        th.n scope="col" { "Baseline" }
                        th.n scope="col" { "Sigma" }
                        th.n scope="col" { "Change" }
                        th.n scope="col" { "Readings" }
                    }
                }
                tbody { @for change in &history.changes { (change_row(change)) } }
            }
        }
        @if let Some(life) = &history.life { p { (life_sentence(life)) } }
        @if !history.notes.is_empty() {
            ul.plain { @for note in &history.notes { li { (note) } } }
        }
    }
}

fn change_row(change: &Change) -> Markup {
    markup! {
        tr {
            th scope="row" { (change.name) }
            td.n { (number::significant(change.now, 3)) }
            td.n { (number::significant(change.baseline, 3)) }
            td.n { @if change.sigma > 0.0 { (number::significant(change.sigma, 2)) } @else { "none" } }
            td.n {
                @match change.sigmas {
                    Some(sigmas) => { (number::deviation(sigmas)) " sigma" },
                    None => "readings were all equal",
                }
                @if change.has_grown() { strong { ", grown" } }
            }
            td.n { (change.readings) }
        }
    }
}

fn life_sentence(life: &Life) -> String {
    let limit = format!(
        "{} of {} ({})",
        life.limit.indicator,
        number::significant(life.limit.value, 3),
        life.limit.meaning
    );
    let share = number::fixed(100.0 * life.confidence, 0);
    let earliest = number::fixed(life.earliest_days, 0);
    match life.latest_days {
        Some(latest) if latest <= 0.0 => format!("The limit, {limit}, is met already."),
        Some(latest) => format!(
            "Remaining life until {limit}: {earliest} to {} days ({share} % interval of a straight line through {} dated readings).",
            number::fixed(latest, 0),
            life.readings
        ),
        None => format!(
            "Remaining life until {limit}: {earliest} days or more; the readings do not reach far enough to say how many more ({share} % interval of a straight line through {} dated readings).",
            life.readings
        ),
    }
}
