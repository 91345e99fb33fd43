//! Severity, stage and history: what is known, and for what is not the reason and what to supply.

use crate::document::{Block, ColumnKind, Prose, Row, Table, TableKind, Tone, prose, strong};
use crate::number;
use brinell_diagnosis::{Assessed, Change, Diagnosis, History, Life, Severity, StageRange, Verdict};
use brinell_signal::Origin;

pub(super) fn blocks(diagnosis: &Diagnosis) -> Vec<Block> {
    let mut blocks = vec![Block::text(sentence(diagnosis))];
    match &diagnosis.assessed {
        Some(assessed) => {
            blocks.extend(level(&assessed.severity));
            blocks.extend(stage(&assessed.stage));
            blocks.extend(history(&assessed.history));
        }
        None => blocks.push(list(vec![prose![
            strong("No zone, stage or history: "),
            "this report was made before these were assessed. Diagnose the recording again."
        ]])),
    }
    blocks.push(Block::text(
        "Severity and evidence are two separate questions: a low broadband level would not speak against a bearing fault.",
    ));
    blocks
}

/// The severity in one sentence, for the summary.
pub(crate) fn sentence(diagnosis: &Diagnosis) -> String {
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
        Some(_) if matches!(diagnosis.verdict, Verdict::Found { .. }) => {
            format!("Damage of {}", stage.in_words())
        }
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

fn list(items: Vec<Prose>) -> Block {
    Block::List { ordered: false, items }
}

fn level(severity: &Severity) -> Vec<Block> {
    let mut items = Vec::new();
    if let (Some(velocity), Some([low, high])) = (severity.velocity_rms_mm_s, severity.band_hz) {
        items.push(prose![
            strong("Velocity: "),
            number::significant(velocity, 3),
            " mm/s RMS, ",
            number::fixed(low, 0),
            " to ",
            number::fixed(high, 0),
            " Hz, integrated without a taper."
        ]);
    }
    if let Some(boundaries) = severity.boundaries_mm_s {
        let [ab, bc, cd] = boundaries.map(number::trimmed);
        items.push(prose![
            strong("Boundaries: "),
            format!("A/B {ab}, B/C {bc}, C/D {cd} mm/s; a value on one belongs to the lower zone.")
        ]);
    }
    if let Some(zone) = severity.zone {
        items.push(prose![
            strong(format!("Zone {zone}.")),
            " Indicative: the standard wants steady full load and three directions, and says nothing of bearings."
        ]);
    }
    items.extend(severity.refusals.iter().map(|refusal| prose![refusal]));
    let mut blocks = vec![Block::heading("Broadband level"), list(items)];
    if !severity.table.is_empty() {
        blocks.push(Block::Paragraph(Tone::Faint, prose!["Table: ", &severity.table, "."]));
    }
    blocks
}

fn stage(stage: &StageRange) -> Vec<Block> {
    let heading = match stage.range {
        Some(_) => format!("Stage of damage: {} of 4", stage.in_words()),
        None => "No stage of damage".to_owned(),
    };
    let items = stage.reasons.iter().chain([&stage.first_stage]).map(|reason| prose![reason]).collect();
    vec![Block::heading(heading), list(items)]
}

fn history(history: &History) -> Vec<Block> {
    let count = format!(
        "{} earlier readings of this point, {} of them with a date.",
        history.readings, history.dated
    );
    let mut blocks = vec![Block::heading("History"), Block::text(count)];
    if !history.changes.is_empty() {
        blocks.push(Block::Table(changes(&history.changes)));
    }
    blocks.extend(history.life.as_ref().map(|life| Block::text(life_sentence(life))));
    if !history.notes.is_empty() {
        blocks.push(list(history.notes.iter().map(|note| prose![note]).collect()));
    }
    blocks
}

fn changes(changes: &[Change]) -> Table {
    let columns = [
        ("Indicator", ColumnKind::Head),
        ("Now", ColumnKind::Number),
        ("Baseline", ColumnKind::Number),
        ("Sigma", ColumnKind::Number),
        ("Change", ColumnKind::Number),
        ("Readings", ColumnKind::Number),
    ];
    Table::new(
        TableKind::Narrow,
        "Indicators against earlier readings",
        "Indicators against the median of earlier readings, in robust sigmas (1.4826 MAD)",
        &columns,
        changes.iter().map(change_row).collect(),
    )
}

fn change_row(change: &Change) -> Row {
    let sigma = if change.sigma > 0.0 { number::significant(change.sigma, 2) } else { "none".to_owned() };
    let by = match change.sigmas {
        Some(sigmas) => format!("{} sigma", number::deviation(sigmas)),
        None => "readings were all equal".to_owned(),
    };
    Row {
        marked: change.has_grown(),
        cells: vec![
            prose![&change.name],
            prose![number::significant(change.now, 3)],
            prose![number::significant(change.baseline, 3)],
            prose![sigma],
            prose![by, change.has_grown().then(|| strong(", grown"))],
            prose![change.readings],
        ],
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
