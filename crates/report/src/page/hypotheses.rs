//! All explanations side by side, tested with equal means.

use super::kind_title;
use crate::document::{Block, ColumnKind, Prose, Row, Span, Table, TableKind, Tone, prose, strong};
use crate::figure::Ink;
use crate::number;
use brinell_diagnosis::{Diagnosis, Evidence, Verdict, ranked};
use brinell_signal::FaultKind;

pub(super) fn blocks(diagnosis: &Diagnosis) -> Vec<Block> {
    let notes =
        diagnosis.notes.iter().map(|note| Block::text(prose![strong("In the spectrum: "), &note.text]));
    if diagnosis.evidence.is_empty() {
        return std::iter::once(super::summary::no_evidence_reason(diagnosis)).chain(notes).collect();
    }
    let mut blocks = vec![Block::text(separation(diagnosis))];
    blocks.extend(notes);
    let others = significant_beside(diagnosis);
    if !others.is_empty() {
        blocks.push(Block::text(prose![
            strong("Also significant: "),
            super::kind_list(&others),
            ". The verdict names another part; a second fault, or a comb that the first one modulates, is not excluded."
        ]));
    }
    blocks.push(Block::Table(table(diagnosis)));
    let untested: Vec<FaultKind> =
        FaultKind::ALL.into_iter().filter(|k| diagnosis.evidence.iter().all(|e| e.element != *k)).collect();
    if !untested.is_empty() {
        let text = prose![
            strong("Not tested: "),
            super::kind_list(&untested),
            ". No statement is made on these parts."
        ];
        blocks.push(Block::Paragraph(Tone::Limit, text));
    }
    blocks
}

/// Parts whose comb is significant although the verdict found another one.
fn significant_beside(diagnosis: &Diagnosis) -> Vec<FaultKind> {
    let Verdict::Found { element, .. } = &diagnosis.verdict else { return Vec::new() };
    diagnosis.evidence.iter().filter(|e| e.significant && e.element != *element).map(|e| e.element).collect()
}

/// How far the best stands before the next, in one sentence.
fn separation(diagnosis: &Diagnosis) -> String {
    let numbers = |e: &Evidence| {
        format!(
            "{} (modulation index {}, p adjusted {})",
            kind_title(e.element),
            number::fixed(e.modulation, 2),
            number::p_value(e.p_adjusted)
        )
    };
    let margin = match ranked(&diagnosis.evidence).as_slice() {
        [best, next, ..] => format!("Ranked first: {}; next: {}.", numbers(best), numbers(next)),
        [only] => format!("Only {} was tested.", kind_title(only.element)),
        [] => String::new(),
    };
    match &diagnosis.verdict {
        Verdict::Undecided { candidates, .. } if candidates.len() > 1 => {
            format!("{margin} These cannot be separated with this recording; that is the result.")
        }
        _ => margin,
    }
}

const COLUMNS: [(&str, ColumnKind); 12] = [
    ("Part", ColumnKind::Part),
    ("Expected order", ColumnKind::Number),
    ("Found order", ColumnKind::Number),
    ("Dev. %", ColumnKind::Number),
    ("Band Hz", ColumnKind::Number),
    ("Score", ColumnKind::Number),
    ("Modulation", ColumnKind::Number),
    ("p", ColumnKind::Number),
    ("p adjusted", ColumnKind::Number),
    ("Harmonics", ColumnKind::Number),
    ("Significant", ColumnKind::Plain),
    ("Rival explanation", ColumnKind::Note),
];

fn table(diagnosis: &Diagnosis) -> Table {
    let caption = prose![
        "Score: mean over the harmonics of log10 (peak over local floor). Modulation: sum of the counted lines over the mean squared envelope, free of gain and unit. p: share of ",
        diagnosis.method.controls,
        " control orders in this recording that score at least as much; adjusted for all that was tested (Holm). Significant at ",
        number::trimmed(diagnosis.method.significance),
        "."
    ];
    Table::new(
        TableKind::Wide,
        "Table of hypotheses",
        caption,
        &COLUMNS,
        diagnosis.evidence.iter().map(row).collect(),
    )
}

fn row(evidence: &Evidence) -> Row {
    let numbers = [
        number::fixed(evidence.expected_order, 4),
        evidence.found_order.map_or_else(|| "none".to_owned(), |v| number::fixed(v, 4)),
        evidence.deviation_percent.map_or_else(|| "-".to_owned(), number::deviation),
        evidence.band_hz.map(|hz| number::fixed(hz, 0)).join("\u{2013}"),
        number::fixed(evidence.score, 2),
        number::significant(evidence.modulation, 3),
        number::p_value(evidence.p),
        number::p_value(evidence.p_adjusted),
        format!("{} of {}", evidence.harmonics_found, evidence.harmonics_tested),
    ];
    let mut cells = vec![prose![Span::Key(Ink::Kind(evidence.element)), " ", kind_title(evidence.element)]];
    cells.extend(numbers.map(Prose::of));
    cells.push(if evidence.significant { prose![strong("yes")] } else { prose!["no"] });
    cells.push(match &evidence.rival {
        Some(rival) => prose![rival],
        None => prose!["none within tolerance"],
    });
    Row { marked: evidence.significant, cells }
}
