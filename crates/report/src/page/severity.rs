//! Severity, stage and history: what is known, and for what is not the reason and what to supply.

use crate::document::{Block, ColumnKind, Prose, Row, Table, TableKind, Tone, next, prose, said, strong};
use crate::figure::Figure;
use crate::number;
use crate::plot;
use brinell_diagnosis::{Assessed, Change, Diagnosis, History, Life, Severity, StageRange, Verdict};
use brinell_signal::{Origin, Phrase, phrase};

pub(super) fn blocks(diagnosis: &Diagnosis) -> Vec<Block> {
    let mut blocks = vec![Block::text(sentence(diagnosis))];
    match &diagnosis.assessed {
        Some(assessed) => {
            blocks.extend(level(&assessed.severity));
            blocks.extend(stage(&assessed.stage, is_judged(diagnosis)));
            blocks.extend(history(&assessed.history));
            blocks.extend(trends(diagnosis));
        }
        None => blocks.push(list(vec![prose![
            strong(phrase!("No zone, stage or history: ")),
            phrase!("this report was made before these were assessed. Diagnose the recording again.")
        ]])),
    }
    blocks.push(Block::text(phrase!(
        "Severity and evidence are two separate questions: a low broadband level would not speak against a bearing fault."
    )));
    blocks
}

/// The severity in one sentence, for the summary.
pub(crate) fn sentence(diagnosis: &Diagnosis) -> Phrase {
    let Some(Assessed { severity, stage, history, .. }) = &diagnosis.assessed else {
        return match diagnosis.input.unit_origin {
            Origin::Assumed => phrase!(
                "Severity is not assessed: no zone, stage or trend without a known unit, power, group and support of the machine, and earlier measurements."
            ),
            _ => phrase!(
                "Severity is not assessed: no zone, stage or trend without power, group and support of the machine, and earlier measurements."
            ),
        };
    };
    let stage = match stage.range {
        None if !is_judged(diagnosis) => {
            phrase!("The bearing could not be judged, so its stage is not known")
        }
        None => phrase!("No stage of damage"),
        Some(_) if matches!(diagnosis.verdict, Verdict::Found { .. }) => {
            phrase!("Damage of {stage}", stage = stage.in_words())
        }
        Some(_) => phrase!("Damage, if any, of {stage}", stage = stage.in_words()),
    };
    let level = match (severity.velocity_rms_mm_s, severity.zone) {
        (Some(velocity), Some(zone)) => phrase!(
            "{velocity} mm/s RMS, zone {zone} (indicative: one direction)",
            velocity = number::significant(velocity, 3),
            zone = zone.to_string()
        ),
        (Some(velocity), None) => {
            phrase!("{velocity} mm/s RMS, no zone", velocity = number::significant(velocity, 3))
        }
        _ => phrase!("no velocity"),
    };
    let trend = if history.changes.is_empty() {
        phrase!("no baseline")
    } else if history.has_grown() {
        phrase!("this reading has grown against its baseline")
    } else {
        phrase!("within its baseline")
    };
    let told = match &history.life {
        Some(life) => {
            phrase!("{stage}; {level}; {trend}; {life}.", stage, level, trend, life = life_in_short(life))
        }
        None => phrase!("{stage}; {level}; {trend}.", stage, level, trend),
    };
    if is_judged(diagnosis) { told } else { Phrase::sentences([told, super::why(&diagnosis.verdict)]) }
}

/// Whether anything could be said of the bearing.
fn is_judged(diagnosis: &Diagnosis) -> bool {
    !matches!(&diagnosis.verdict, Verdict::Undecided { candidates, .. } if candidates.is_empty())
}

/// What stands behind the summary's sentence, for its link.
pub(super) fn link_text(diagnosis: &Diagnosis) -> Phrase {
    if diagnosis.assessed.is_some() {
        phrase!("Reasons and what is missing")
    } else {
        phrase!("What is missing")
    }
}

fn list(items: Vec<Prose>) -> Block {
    Block::List { ordered: false, items }
}

fn level(severity: &Severity) -> Vec<Block> {
    let mut items = Vec::new();
    if let (Some(velocity), Some([low, high])) = (severity.velocity_rms_mm_s, severity.band_hz) {
        items.push(prose![
            strong(phrase!("Velocity: ")),
            phrase!(
                "{velocity} mm/s RMS, {low} to {high} Hz, integrated without a taper.",
                velocity = number::significant(velocity, 3),
                low = number::fixed(low, 0),
                high = number::fixed(high, 0)
            )
        ]);
    }
    if let Some(boundaries) = severity.boundaries_mm_s {
        let [ab, bc, cd] = boundaries.map(number::trimmed);
        items.push(prose![
            strong(phrase!("Boundaries: ")),
            phrase!(
                "A/B {ab}, B/C {bc}, C/D {cd} mm/s; a value on one belongs to the lower zone.",
                ab,
                bc,
                cd
            )
        ]);
    }
    if let Some(zone) = severity.zone {
        items.push(prose![
            strong(phrase!("Zone {zone}.", zone = zone.to_string())),
            next(),
            phrase!(
                "Indicative: the standard wants steady full load and three directions, and says nothing of bearings."
            )
        ]);
    }
    items.extend(severity.refusals.iter().map(|refusal| prose![refusal]));
    let mut blocks = vec![Block::heading(phrase!("Broadband level")), list(items)];
    let table = Phrase::from(&severity.table);
    if !table.is_empty() {
        blocks.push(Block::Paragraph(Tone::Faint, prose![phrase!("Table: {table}.", table)]));
    }
    blocks
}

fn stage(stage: &StageRange, judged: bool) -> Vec<Block> {
    let heading = match stage.range {
        Some(_) => phrase!("Stage of damage: {stage} of 4", stage = stage.in_words()),
        None if judged => phrase!("No stage of damage"),
        None => phrase!("Stage of damage not known"),
    };
    let items = stage.reasons.iter().chain([&stage.first_stage]).map(|reason| prose![reason]).collect();
    vec![Block::heading(heading), list(items)]
}

fn history(history: &History) -> Vec<Block> {
    let count = phrase!(
        "{readings:earlier reading|earlier readings} of this point, {dated} of them with a date.",
        readings = history.readings,
        dated = history.dated
    );
    let mut blocks = vec![Block::heading(phrase!("History")), Block::text(count)];
    if !history.changes.is_empty() {
        blocks.push(Block::Table(changes(&history.changes)));
    }
    blocks.extend(history.life.as_ref().map(|life| Block::text(life_sentence(life))));
    if !history.notes.is_empty() {
        blocks.push(list(history.notes.iter().map(|note| prose![note]).collect()));
    }
    blocks
}

/// The readings over time, two figures side by side.
fn trends(diagnosis: &Diagnosis) -> Vec<Block> {
    let caption =
        |figure: &Figure| prose![phrase!("{title}; filled: this recording.", title = &figure.title)];
    let mut columns = [Vec::new(), Vec::new()];
    for (i, figure) in plot::trends(diagnosis).into_iter().enumerate() {
        let caption = caption(&figure);
        columns[i % 2].push(Block::Figure(Box::new(figure), caption));
    }
    if columns[0].is_empty() { Vec::new() } else { vec![Block::Columns(columns)] }
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
        phrase!("Indicators against earlier readings"),
        phrase!(
            "This reading alone against the median of the baseline (the earlier half of the readings where all have a date, else all), in robust sigmas (1.4826 MAD). A remaining life looks at the slope of all readings instead."
        ),
        &columns,
        changes.iter().map(change_row).collect(),
    )
}

fn change_row(change: &Change) -> Row {
    let sigma = if change.sigma > 0.0 { number::significant(change.sigma, 2) } else { phrase!("none") };
    let by = match change.sigmas {
        Some(sigmas) => phrase!("{by} sigma", by = number::deviation(sigmas)),
        None => phrase!("readings were all equal"),
    };
    let by = if change.has_grown() {
        prose![said!("{by}, {grown}", by = by, grown = strong(phrase!("grown")))]
    } else {
        prose![by]
    };
    Row {
        marked: change.has_grown(),
        cells: vec![
            prose![Phrase::named(&change.name)],
            prose![number::significant(change.now, 3)],
            prose![number::significant(change.baseline, 3)],
            prose![sigma],
            by,
            prose![change.readings],
        ],
    }
}

fn limit(life: &Life) -> Phrase {
    phrase!(
        "{indicator} of {value} ({meaning})",
        indicator = Phrase::named(&life.limit.indicator),
        value = number::significant(life.limit.value, 3),
        meaning = &life.limit.meaning
    )
}

/// The remaining life as a part of a sentence.
fn life_in_short(life: &Life) -> Phrase {
    let (limit, earliest) = (limit(life), number::fixed(life.earliest_days, 0));
    match life.latest_days {
        Some(_) if life.is_over() => phrase!("the limit, {limit}, is met already", limit),
        Some(latest) => phrase!(
            "remaining life until {limit}: {earliest} to {latest} days",
            limit,
            earliest,
            latest = number::fixed(latest, 0)
        ),
        None => phrase!("remaining life until {limit}: {earliest} days or more", limit, earliest),
    }
}

fn life_sentence(life: &Life) -> Phrase {
    let limit = limit(life);
    let share = number::fixed(100.0 * life.confidence, 0);
    let (earliest, readings) = (number::fixed(life.earliest_days, 0), life.readings);
    match life.latest_days {
        Some(_) if life.is_over() => phrase!("The limit, {limit}, is met already.", limit),
        Some(latest) => phrase!(
            "Remaining life until {limit}: {earliest} to {latest} days ({share} % interval of a straight line through {readings:dated reading|dated readings}).",
            limit,
            earliest,
            latest = number::fixed(latest, 0),
            share,
            readings
        ),
        None => phrase!(
            "Remaining life until {limit}: {earliest} days or more; the readings do not reach far enough to say how many more ({share} % interval of a straight line through {readings:dated reading|dated readings}).",
            limit,
            earliest,
            share,
            readings
        ),
    }
}
