//! The table of every line that was looked at, counted or not.

use super::{kind_title, unknown_bearing};
use crate::decisive;
use crate::document::{
    Block, ColumnKind, Prose, Row, RowGroup, Span, Table, TableKind, faint, prose, strong,
};
use crate::figure::Ink;
use crate::number;
use brinell_diagnosis::{Diagnosis, Evidence, Peak};
use brinell_signal::{Phrase, phrase};

pub(super) fn blocks(diagnosis: &Diagnosis) -> Vec<Block> {
    let has_peaks = diagnosis.evidence.iter().any(|e| !e.peaks.is_empty());
    vec![if has_peaks {
        Block::Table(table(diagnosis))
    } else if unknown_bearing::found(diagnosis).is_some() {
        Block::gap(
            phrase!("expected lines, which only the bearing's orders tell."),
            phrase!(
                "expected and found frequencies cannot be compared line by line; the combs that the search found stand below, with the parts that they may be."
            ),
            phrase!("--bearing, the designation or the geometry, for the same file."),
        )
    } else {
        Block::gap(
            phrase!("lines of the fault combs."),
            phrase!("expected and found frequencies cannot be compared line by line."),
            phrase!("shaft speed and bearing geometry, if they are not known; else a longer recording."),
        )
    }]
}

const COLUMNS: [(&str, ColumnKind); 13] = [
    ("Harm.", ColumnKind::Plain),
    ("Side", ColumnKind::Plain),
    ("Order", ColumnKind::Number),
    ("Expected Hz", ColumnKind::Number),
    ("\u{b1} Hz", ColumnKind::Number),
    ("Found Hz", ColumnKind::Number),
    ("Dev. %", ColumnKind::Number),
    ("Amplitude", ColumnKind::Number),
    ("Floor", ColumnKind::Number),
    ("S/N dB", ColumnKind::Number),
    ("Needed dB", ColumnKind::Number),
    ("Counted", ColumnKind::Plain),
    ("Note", ColumnKind::Note),
];

fn table(diagnosis: &Diagnosis) -> Table {
    let caption = phrase!(
        "Lines of the squared-envelope spectrum that were looked at. Amplitude and floor in {unit}; S/N and threshold in dB over the local floor; line spacing {spacing} Hz. A line counts when it passes its threshold and nothing else explains it.",
        unit = &diagnosis.figures.envelope_spectrum.unit,
        spacing = number::significant(diagnosis.method.resolution_hz, 3)
    );
    let groups =
        diagnosis.evidence.iter().filter(|e| !e.peaks.is_empty()).map(|e| group(diagnosis, e)).collect();
    Table::grouped(TableKind::Wide, phrase!("Table of peaks"), caption, &COLUMNS, groups)
}

fn group(diagnosis: &Diagnosis, evidence: &Evidence) -> RowGroup {
    let [low, high] = evidence.band_hz.map(|hz| number::fixed(hz, 0));
    let heading = prose![
        Span::Key(Ink::Kind(evidence.element)),
        ' ',
        kind_title(evidence.element),
        faint(phrase!(" in the band {low} to {high} Hz", low, high))
    ];
    RowGroup {
        heading: Some(heading),
        rows: evidence.peaks.iter().map(|peak| row(diagnosis, evidence, peak)).collect(),
    }
}

fn row(diagnosis: &Diagnosis, evidence: &Evidence, peak: &Peak) -> Row {
    let resolution = diagnosis.method.resolution_hz;
    let order = match decisive::shaft_hz(diagnosis) {
        Some(shaft) => number::fixed(peak.expected_hz / shaft, 3),
        _ if peak.sideband == 0 => number::fixed(f64::from(peak.harmonic) * evidence.expected_order, 3),
        _ => Phrase::verbatim("-"),
    };
    let side = if peak.sideband == 0 { String::new() } else { format!("{:+}", peak.sideband) };
    let numbers = [
        order,
        number::hertz(peak.expected_hz, resolution),
        number::hertz(peak.tolerance_hz, resolution),
        number::hertz(peak.found_hz, resolution),
        number::deviation(peak.deviation_percent),
        number::significant(peak.amplitude, 3),
        number::significant(peak.floor, 3),
        number::decibel(peak.snr_db),
        number::decibel(peak.threshold_db),
    ];
    let mut cells = vec![prose![peak.harmonic], prose![side]];
    cells.extend(numbers.map(Prose::of));
    cells.push(if peak.counted { prose![strong(phrase!("yes"))] } else { prose![phrase!("no")] });
    cells.push(prose![&peak.note]);
    Row { marked: peak.counted, cells }
}
