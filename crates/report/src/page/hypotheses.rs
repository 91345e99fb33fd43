//! All explanations side by side, tested with equal means.

use super::{heading, kind_title, scrolled};
use crate::figure::Ink;
use crate::number;
use crate::svg;
use brinell_diagnosis::{Diagnosis, Evidence, Verdict};
use brinell_signal::FaultKind;
use maud::{Markup, PreEscaped, html as markup};

pub(super) fn block(diagnosis: &Diagnosis) -> Markup {
    markup! {
        section id="hypotheses" aria-labelledby="hypotheses-title" {
            (heading("hypotheses"))
            @if diagnosis.evidence.is_empty() {
                (super::summary::no_evidence_reason(diagnosis))
            } @else {
                p { (separation(diagnosis)) }
                @let others = significant_beside(diagnosis);
                @if !others.is_empty() {
                    p { strong { "Also significant: " } (super::kind_list(&others))
                        ". The verdict names another part; a second fault, or a comb that the first one modulates, is not excluded." }
                }
                (scrolled("Table of hypotheses", table(diagnosis)))
            }
            @let untested: Vec<FaultKind> =
                FaultKind::ALL.into_iter().filter(|k| diagnosis.evidence.iter().all(|e| e.element != *k)).collect();
            @if !untested.is_empty() && !diagnosis.evidence.is_empty() {
                p.gap { strong { "Not tested: " } (super::kind_list(&untested)) ". No statement is made on these parts." }
            }
        }
    }
}

/// Parts whose comb is significant although the verdict found another one.
fn significant_beside(diagnosis: &Diagnosis) -> Vec<FaultKind> {
    let Verdict::Found { element, .. } = &diagnosis.verdict else { return Vec::new() };
    diagnosis.evidence.iter().filter(|e| e.significant && e.element != *element).map(|e| e.element).collect()
}

/// How far the best stands before the next, in one sentence.
fn separation(diagnosis: &Diagnosis) -> String {
    let mut ranked: Vec<&Evidence> = diagnosis.evidence.iter().collect();
    ranked.sort_by(|a, b| b.score.total_cmp(&a.score));
    let margin = match ranked.as_slice() {
        [best, next, ..] => format!(
            "Highest score: {} with {}; next: {} with {} (margin {}).",
            kind_title(best.element),
            number::fixed(best.score, 2),
            kind_title(next.element),
            number::fixed(next.score, 2),
            number::fixed(best.score - next.score, 2)
        ),
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

fn table(diagnosis: &Diagnosis) -> Markup {
    markup! {
        table {
            caption {
                "Score: mean over the harmonics of log10 (peak over local floor). Modulation: sum of the counted lines over the mean squared envelope, free of gain and unit. p: share of "
                (diagnosis.method.controls) " control orders in this recording that score at least as much; adjusted for all that was tested (Holm). Significant at "
                (number::trimmed(diagnosis.method.significance)) "."
            }
            thead {
                tr {
                    th scope="col" { "Part" }
                    th.n scope="col" { "Expected order" }
                    th.n scope="col" { "Found order" }
                    th.n scope="col" { "Dev. %" }
                    th.n scope="col" { "Band Hz" }
                    th.n scope="col" { "Score" }
                    th.n scope="col" { "Modulation" }
                    th.n scope="col" { "p" }
                    th.n scope="col" { "p adjusted" }
                    th.n scope="col" { "Harmonics" }
                    th scope="col" { "Significant" }
                    th scope="col" { "Rival explanation" }
                }
            }
            tbody {
                @for evidence in &diagnosis.evidence {
                    tr class=[evidence.significant.then_some("counted")] {
                        th.part scope="row" { (PreEscaped(svg::key(Ink::Kind(evidence.element)))) " " (kind_title(evidence.element)) }
                        td.n { (number::fixed(evidence.expected_order, 4)) }
                        td.n { (evidence.found_order.map_or_else(|| "none".to_owned(), |v| number::fixed(v, 4))) }
                        td.n { (evidence.deviation_percent.map_or_else(|| "-".to_owned(), number::deviation)) }
                        td.n { (number::fixed(evidence.band_hz[0], 0)) "\u{2013}" (number::fixed(evidence.band_hz[1], 0)) }
                        td.n { (number::fixed(evidence.score, 2)) }
                        td.n { (number::significant(evidence.modulation, 3)) }
                        td.n { (number::p_value(evidence.p)) }
                        td.n { (number::p_value(evidence.p_adjusted)) }
                        td.n { (evidence.harmonics_found) " of " (evidence.harmonics_tested) }
                        td { @if evidence.significant { strong { "yes" } } @else { "no" } }
                        td.note { (evidence.rival.as_deref().unwrap_or("none within tolerance")) }
                    }
                }
            }
        }
    }
}
