//! The summary: what, where, how sure, how bad, what to do by when, why, and the plot that decides.

use super::{figure_or, gap, heading, kind_list, kind_title, origin, status};
use crate::decisive;
use crate::number;
use crate::palette::kind_line;
use crate::plot;
use crate::text::capitalised;
use brinell_diagnosis::{Action, Diagnosis, Evidence, Verdict};
use maud::{Markup, PreEscaped, html as markup};

pub(super) fn block(diagnosis: &Diagnosis) -> Markup {
    markup! {
        section.summary id="summary" aria-labelledby="summary-title" {
            (heading("summary"))
            @if let Some(disagreement) = &diagnosis.disagreement {
                div.disagreement role="note" {
                    p { strong { "Evidence and trained net disagree. " } (disagreement) }
                }
            }
            (banner(diagnosis))
            div.columns {
                dl.facts {
                    dt { "What" } dd { (what(diagnosis)) }
                    dt { "Where" } dd { (place(diagnosis)) }
                    dt { "How sure" } dd { (how_sure(diagnosis)) }
                    dt { "How bad" } dd { (super::severity::sentence(diagnosis)) " " a href="#severity" { (super::severity::link_text(diagnosis)) } }
                    dt { "What to do, by when" } dd { (actions(diagnosis)) }
                    dt { "Chief caveat" } dd { (chief_caveat(diagnosis)) }
                }
                div {
                    (three_numbers(diagnosis))
                    (deciding_plot(diagnosis))
                }
            }
        }
    }
}

fn banner(diagnosis: &Diagnosis) -> Markup {
    let (class, word, _) = status(&diagnosis.verdict);
    let (headline, why) = match &diagnosis.verdict {
        Verdict::Found { element, why, .. } => (format!("{word}: {}", kind_title(*element)), why),
        Verdict::Undecided { candidates, why, .. } if candidates.is_empty() => (word.to_owned(), why),
        Verdict::Undecided { candidates, why, .. } => {
            (format!("{word}: cannot exclude {}", kind_list(candidates)), why)
        }
        Verdict::NoFaultFound { why, .. } => (word.to_owned(), why),
    };
    markup! {
        div class={ "status " (class) } {
            (shape(class))
            div {
                p.word { (headline) }
                p { (capitalised(why)) }
            }
        }
    }
}

/// The status' shape: triangle, diamond or circle.
fn shape(class: &str) -> Markup {
    let path = match class {
        "found" => r#"<path d="M24 5L45 42H3Z"/><path class="sign" d="M24 17V29M24 34V37"/>"#,
        "undecided" => {
            r#"<path d="M24 3L45 24L24 45L3 24Z"/><path class="sign" d="M19 20a5 5 0 1 1 7 5q-2 1-2 4M24 33V35.5"/>"#
        }
        _ => r#"<circle cx="24" cy="24" r="19"/><path class="sign" d="M16 24H32"/>"#,
    };
    PreEscaped(format!(r#"<svg class="shape" viewBox="0 0 48 48" aria-hidden="true">{path}</svg>"#))
}

fn what(diagnosis: &Diagnosis) -> Markup {
    match &diagnosis.verdict {
        Verdict::Found { element, .. } => markup! {
            "A defect of the " strong { (element.title()) } ". Vibration names the part; the mode of damage is "
            "to be confirmed on inspection (ISO 15243)."
        },
        Verdict::Undecided { candidates, settle, .. } => markup! {
            @if candidates.is_empty() { "No part can be named from this recording." }
            @else { "Not decided. Cannot be excluded: " (kind_list(candidates)) "." }
            @if settle.is_empty() { " What would settle it is not known." }
            @else { " What would settle it: " (settle.join("; ")) "." }
        },
        Verdict::NoFaultFound { blind_to, .. } => markup! {
            "No evidence of a bearing fault. What would not have been seen: " (blind_to)
        },
    }
}

fn place(diagnosis: &Diagnosis) -> Markup {
    let input = &diagnosis.input;
    let machine = &diagnosis.machine;
    markup! {
        @match &diagnosis.bearing {
            Some(bearing) => { "Bearing " strong { (bearing.designation) } " (" (origin(bearing.origin)) "). " }
            None => "Bearing not known: supply its designation or geometry. ",
        }
        "Sensor " strong { (input.channel) } " (" (input.position.as_deref().unwrap_or("position not stated")) "). "
        @match (&machine.asset, &machine.point) {
            (None, None) => "Machine and measuring point are not declared.",
            (asset, point) => {
                "Machine: " (asset.as_deref().unwrap_or("not named"))
                "; point: " (point.as_deref().unwrap_or("not named")) "."
            }
        }
    }
}

fn how_sure(diagnosis: &Diagnosis) -> Markup {
    let Some(evidence) = decisive::evidence(diagnosis) else {
        return markup! { "No false-alarm rate can be given: no comb was tested, so nothing is found and nothing is excluded." };
    };
    let p = match &diagnosis.verdict {
        Verdict::Found { p_adjusted, .. } => *p_adjusted,
        _ => evidence.p_adjusted,
    };
    let line = kind_line(evidence.element);
    markup! {
        @match &diagnosis.verdict {
            Verdict::Found { .. } => {
                (evidence.harmonics_found) " of " (evidence.harmonics_tested) " harmonics of " (line) " stand out; "
                @match number::one_in(p) {
                    Some(rate) => { "false-alarm rate " strong { (rate) } " recordings" }
                    None => "false-alarm rate high",
                }
                " (p " (number::p_relation(p)) ", adjusted for all that was tested)."
            }
            Verdict::Undecided { .. } => {
                "Best supported: " (line) " with " (evidence.harmonics_found) " of " (evidence.harmonics_tested)
                " harmonics, p " (number::p_relation(p)) " adjusted; found needs p at most "
                (number::trimmed(diagnosis.method.significance)) " and no rival explanation."
            }
            Verdict::NoFaultFound { .. } => {
                "The strongest comb, " (line) ", has p " (number::p_relation(p)) " adjusted; found needs p at most "
                (number::trimmed(diagnosis.method.significance)) "."
            }
        }
        " The rate comes from " (diagnosis.method.controls)
        " control orders in this very recording; it is no calibrated probability of damage."
    }
}

fn actions(diagnosis: &Diagnosis) -> Markup {
    if diagnosis.actions.is_empty() {
        return markup! { "No action was derived. Supply what is missing and measure again." };
    }
    markup! {
        ol.actions {
            @for action in &diagnosis.actions {
                li { strong { (action.what.trim_end_matches('.')) } (span_of(action)) @if let Some(who) = &action.who { " By " (who) "." } @if !action.why.is_empty() { " " span.faint { (action.why) } } }
            }
        }
        p.faint { (policy(diagnosis)) }
    }
}

/// Where the actions come from, and where to change them.
fn policy(diagnosis: &Diagnosis) -> String {
    match diagnosis.assessed.as_ref().map(|assessed| assessed.policy.as_str()) {
        None | Some("default policy") => {
            "Default policy; the plant's own rules come first (--policy FILE).".to_owned()
        }
        Some(name) => format!("Policy: {name}."),
    }
}

fn span_of(action: &Action) -> Markup {
    markup! {
        @match action.by_days {
            Some([from, to]) if from == to => { ", within " (to) " days of the measurement." }
            Some([from, to]) => { ", " (from) " to " (to) " days from the measurement." }
            None => ", no date given.",
        }
    }
}

fn chief_caveat(diagnosis: &Diagnosis) -> Markup {
    match diagnosis.caveats.first() {
        Some(caveat) => markup! {
            (caveat.text)
            @if diagnosis.caveats.len() > 1 { " " a href="#caveats" { "All " (diagnosis.caveats.len()) " caveats" } }
        },
        None => markup! { "None recorded." },
    }
}

/// Why no comb was tested.
pub(super) fn no_evidence_reason(diagnosis: &Diagnosis) -> Markup {
    let speed = diagnosis.speed.is_none();
    let bearing = diagnosis.bearing.is_none();
    let missing = match (speed, bearing) {
        (true, true) => "shaft speed and bearing.",
        (true, false) => "shaft speed.",
        (false, true) => "bearing geometry.",
        (false, false) => "evidence; the data holds none although speed and bearing are known.",
    };
    let supply = match (speed, bearing) {
        (true, true) => "--speed and --bearing.",
        (true, false) => "--speed, as measured during the recording.",
        (false, true) => "--bearing, the designation or the geometry.",
        (false, false) => "a longer recording with steady speed.",
    };
    gap(missing, "no fault frequency can be placed, so no part can be named or cleared.", supply)
}

fn three_numbers(diagnosis: &Diagnosis) -> Markup {
    let Some(evidence) = decisive::evidence(diagnosis) else {
        return markup! { h3 { "Why, in three numbers" } (no_evidence_reason(diagnosis)) };
    };
    markup! {
        h3 {
            @match &diagnosis.verdict {
                Verdict::NoFaultFound { .. } => "Why, in three numbers of the strongest comb: ",
                _ => "Why, in three numbers: ",
            }
            (kind_title(evidence.element))
        }
        div.tiles {
            (frequency_tile(diagnosis, evidence))
            div {
                p.figure-number { (evidence.harmonics_found) " of " (evidence.harmonics_tested) }
                p { "harmonics stand out"
                    @if let Some(peak) = decisive::first_harmonic(evidence) {
                        "; the first lies " (number::decibel(peak.snr_db)) " dB over the floor ("
                        (number::decibel(peak.threshold_db)) " dB needed)"
                    }
                }
            }
            div {
                p.figure-number { "p " (number::p_relation(evidence.p_adjusted)) }
                p {
                    "adjusted; "
                    @match number::one_in(evidence.p_adjusted) {
                        Some(rate) => { "as much by chance in " (rate) " recordings" }
                        None => "as much is common by chance",
                    }
                }
            }
        }
    }
}

fn frequency_tile(diagnosis: &Diagnosis, evidence: &Evidence) -> Markup {
    let resolution = diagnosis.method.resolution_hz;
    let expected = decisive::expected_hz(diagnosis, evidence).map(|hz| number::hertz(hz, resolution));
    let found = decisive::found_hz(diagnosis, evidence).map(|hz| number::hertz(hz, resolution));
    // Only what passed its threshold is called found.
    let word = if matches!(diagnosis.verdict, Verdict::Found { .. }) { "found" } else { "best fit" };
    markup! {
        div {
            @match (found, evidence.deviation_percent) {
                (Some(found), Some(deviation)) => {
                    p.figure-number { (found) " Hz" }
                    p { (word) "; " (expected.unwrap_or_default()) " Hz expected (" (number::deviation(deviation)) " %)" }
                }
                _ => {
                    p.figure-number { (expected.unwrap_or_else(|| "-".to_owned())) " Hz" }
                    p { "expected; nothing stands out there" }
                }
            }
        }
    }
}

fn deciding_plot(diagnosis: &Diagnosis) -> Markup {
    let band = diagnosis.figures.envelope_band_hz;
    let caption = markup! {
        "Squared-envelope spectrum of the band " (number::fixed(band[0], 0)) " to " (number::fixed(band[1], 0))
        " Hz, linear scale (" (diagnosis.figures.envelope_spectrum.unit) "). "
        (super::evidence::reading(&super::evidence::comb_reading(diagnosis)))
    };
    figure_or(
        plot::deciding(diagnosis),
        caption,
        gap(
            "the envelope spectrum's data.",
            "the deciding plot cannot be drawn; the verdict cannot be checked by eye.",
            "the recording itself, diagnosed again.",
        ),
    )
}
