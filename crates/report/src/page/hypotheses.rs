//! All explanations side by side, tested with equal means.

use super::{kind_title, unknown_bearing};
use crate::document::{Block, ColumnKind, Prose, Row, Span, Table, TableKind, Tone, prose, strong};
use crate::figure::Ink;
use crate::number;
use brinell_diagnosis::{Diagnosis, Evidence, Verdict, deciding, ranked};
use brinell_signal::{FaultKind, Phrase, phrase};

pub(super) fn blocks(diagnosis: &Diagnosis) -> Vec<Block> {
    let notes = diagnosis
        .notes
        .iter()
        .map(|note| Block::text(prose![strong(phrase!("In the spectrum: ")), &note.text]));
    if let Some(found) = unknown_bearing::found(diagnosis) {
        return unknown_bearing::tables(diagnosis, found).into_iter().chain(notes).collect();
    }
    if diagnosis.evidence.is_empty() {
        return std::iter::once(super::summary::no_evidence_reason(diagnosis)).chain(notes).collect();
    }
    let mut blocks = vec![Block::text(separation(diagnosis))];
    blocks.extend(notes);
    let others = significant_beside(diagnosis);
    if !others.is_empty() {
        blocks.push(Block::text(prose![
            strong(phrase!("Also significant: ")),
            phrase!(
                "{parts}. The verdict names another part; a second fault, or a comb that the first one modulates, is not excluded.",
                parts = super::kind_list(&others)
            )
        ]));
    }
    blocks.push(Block::Table(table(diagnosis)));
    let untested: Vec<FaultKind> =
        FaultKind::ALL.into_iter().filter(|k| diagnosis.evidence.iter().all(|e| e.element != *k)).collect();
    if !untested.is_empty() {
        let text = prose![
            strong(phrase!("Not tested: ")),
            phrase!("{parts}. No statement is made on these parts.", parts = super::kind_list(&untested))
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
fn separation(diagnosis: &Diagnosis) -> Phrase {
    let numbers = |e: &Evidence| {
        phrase!(
            "{part} (modulation index {modulation}, p adjusted {p})",
            part = kind_title(e.element),
            modulation = number::fixed(e.modulation, 2),
            p = number::p_value(e.p_adjusted)
        )
    };
    // What an undecided verdict weighs against each other stands first, the cage too.
    let candidates: &[FaultKind] = match &diagnosis.verdict {
        Verdict::Undecided { candidates, .. } if candidates.len() > 1 => candidates,
        _ => &[],
    };
    let cage = diagnosis.evidence.iter().filter(|e| e.element == FaultKind::Cage);
    let mut parts = ranked(&diagnosis.evidence);
    parts.extend(cage.filter(|e| candidates.contains(&e.element)));
    let leading = deciding(diagnosis).map(|e| e.element);
    parts.sort_by_key(|e| (leading != Some(e.element), !candidates.contains(&e.element)));
    let margin = match parts.as_slice() {
        [best, next, ..] => {
            phrase!("Ranked first: {best}; next: {next}.", best = numbers(best), next = numbers(next))
        }
        [only] => phrase!("Only {part} was tested.", part = kind_title(only.element)),
        [] => Phrase::default(),
    };
    if candidates.is_empty() {
        return margin;
    }
    let result = phrase!("These cannot be separated with this recording; that is the result.");
    Phrase::sentences([margin, result])
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
    let caption = phrase!(
        "Score: mean over the harmonics of log10 (peak over local floor). Modulation: sum of the first five harmonics that stand out, with all bins that slip has smeared and lines that another comb shares, over the mean squared envelope, free of gain and unit. p: chance of so high a comb in all spectra together (section 8) at an order without a source, by a tail fitted to {controls} control orders in this recording (below about 1 in {controls} it is extrapolated); of the rolling elements that of their comb and of the cage's together (Fisher), so that it can be small where none of their own harmonics stands out; adjusted for all that was tested (Holm). Harmonics: those that stand out in the band named, without lines of a stronger comb. Significant at {level}.",
        controls = diagnosis.method.controls,
        level = number::trimmed(diagnosis.method.significance)
    );
    Table::new(
        TableKind::Wide,
        phrase!("Table of hypotheses"),
        caption,
        &COLUMNS,
        diagnosis.evidence.iter().map(row).collect(),
    )
}

fn row(evidence: &Evidence) -> Row {
    let [low, high] = evidence.band_hz.map(|hz| number::fixed(hz, 0));
    let numbers = [
        number::fixed(evidence.expected_order, 4),
        evidence.found_order.map_or_else(|| phrase!("none"), |v| number::fixed(v, 4)),
        evidence.deviation_percent.map_or_else(|| Phrase::verbatim("-"), number::deviation),
        Phrase::verbatim(format!("{low}\u{2013}{high}")),
        number::fixed(evidence.score, 2),
        number::significant(evidence.modulation, 3),
        number::p_value(evidence.p),
        number::p_value(evidence.p_adjusted),
        phrase!("{found} of {tested}", found = evidence.harmonics_found, tested = evidence.harmonics_tested),
    ];
    let mut cells = vec![prose![Span::Key(Ink::Kind(evidence.element)), ' ', kind_title(evidence.element)]];
    cells.extend(numbers.map(Prose::of));
    cells.push(if evidence.significant { prose![strong(phrase!("yes"))] } else { prose![phrase!("no")] });
    cells.push(match &evidence.rival {
        Some(rival) => prose![rival],
        None => prose![phrase!("none within tolerance")],
    });
    Row { marked: evidence.significant, cells }
}
