//! The table of every line that was looked at, counted or not.

use super::{gap, heading, kind_title, scrolled, yes_no};
use crate::figure::Ink;
use crate::number;
use crate::svg;
use brinell_diagnosis::{Diagnosis, Evidence, Peak};
use maud::{Markup, PreEscaped, html as markup};

pub(super) fn block(diagnosis: &Diagnosis) -> Markup {
    let has_peaks = diagnosis.evidence.iter().any(|e| !e.peaks.is_empty());
    markup! {
        section id="peaks" aria-labelledby="peaks-title" {
            (heading("peaks"))
            @if has_peaks {
                (scrolled("Table of peaks", table(diagnosis)))
            } @else {
                (gap(
                    "lines of the fault combs.",
                    "expected and found frequencies cannot be compared line by line.",
                    "shaft speed and bearing geometry, if they are not known; else a longer recording.",
                ))
            }
        }
    }
}

fn table(diagnosis: &Diagnosis) -> Markup {
    let unit = &diagnosis.figures.envelope_spectrum.unit;
    markup! {
        table {
            caption {
                "Lines of the squared-envelope spectrum that were looked at. Amplitude and floor in " (unit)
                "; S/N and threshold in dB over the local floor; line spacing "
                (number::significant(diagnosis.method.resolution_hz, 3)) " Hz. A line counts when it passes its threshold and nothing else explains it."
            }
            thead {
                tr {
                    th scope="col" { "Harm." }
                    th scope="col" { "Side" }
                    th.n scope="col" { "Order" }
                    th.n scope="col" { "Expected Hz" }
                    th.n scope="col" { "\u{b1} Hz" }
                    th.n scope="col" { "Found Hz" }
                    th.n scope="col" { "Dev. %" }
                    th.n scope="col" { "Amplitude" }
                    th.n scope="col" { "Floor" }
                    th.n scope="col" { "S/N dB" }
                    th.n scope="col" { "Needed dB" }
                    th scope="col" { "Counted" }
                    th scope="col" { "Why not" }
                }
            }
            @for evidence in diagnosis.evidence.iter().filter(|e| !e.peaks.is_empty()) {
                tbody {
                    tr.group {
                        th scope="rowgroup" colspan="13" {
                            (PreEscaped(svg::key(Ink::Kind(evidence.element)))) " " (kind_title(evidence.element))
                            span.faint { " in the band " (number::fixed(evidence.band_hz[0], 0)) " to "
                                (number::fixed(evidence.band_hz[1], 0)) " Hz" }
                        }
                    }
                    @for peak in &evidence.peaks { (row(diagnosis, evidence, peak)) }
                }
            }
        }
    }
}

fn row(diagnosis: &Diagnosis, evidence: &Evidence, peak: &Peak) -> Markup {
    let resolution = diagnosis.method.resolution_hz;
    let order = match &diagnosis.speed {
        Some(speed) if speed.hz > 0.0 => number::fixed(peak.expected_hz / speed.hz, 3),
        _ if peak.sideband == 0 => number::fixed(f64::from(peak.harmonic) * evidence.expected_order, 3),
        _ => "-".to_owned(),
    };
    let side = if peak.sideband == 0 { String::new() } else { format!("{:+}", peak.sideband) };
    markup! {
        tr class=[peak.counted.then_some("counted")] {
            td { (peak.harmonic) }
            td { (side) }
            td.n { (order) }
            td.n { (number::hertz(peak.expected_hz, resolution)) }
            td.n { (number::hertz(peak.tolerance_hz, resolution)) }
            td.n { (number::hertz(peak.found_hz, resolution)) }
            td.n { (number::deviation(peak.deviation_percent)) }
            td.n { (number::significant(peak.amplitude, 3)) }
            td.n { (number::significant(peak.floor, 3)) }
            td.n { (number::decibel(peak.snr_db)) }
            td.n { (number::decibel(peak.threshold_db)) }
            td { @if peak.counted { strong { (yes_no(true)) } } @else { (yes_no(false)) } }
            td.note { (peak.note) }
        }
    }
}
