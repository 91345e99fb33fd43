//! The trained net's opinion, kept apart from the evidence.

use super::{gap, heading, scrolled};
use crate::number;
use crate::svg;
use brinell_diagnosis::{Diagnosis, Learned};
use maud::{Markup, PreEscaped, html as markup};

pub(super) fn block(diagnosis: &Diagnosis) -> Markup {
    markup! {
        section.aside id="opinion" aria-labelledby="opinion-title" {
            (heading("opinion"))
            p.not-evidence { strong { "Not evidence." } " A trained net's opinion stands beside the evidence above and never replaces it." }
            @match &diagnosis.learned {
                Some(learned) => (scores(learned)),
                None => (gap(
                    "a trained net's scores.",
                    "there is no second opinion; the verdict rests on the evidence alone.",
                    "--model with a trained model file.",
                )),
            }
            @if !diagnosis.learned_note.is_empty() { p { (diagnosis.learned_note) } }
            p {
                @match &diagnosis.disagreement {
                    Some(text) => { strong { "Disagreement: " } (text) }
                    None if diagnosis.learned.is_some() => "Net and evidence do not contradict each other.",
                    None => "Without scores no agreement or disagreement can be stated.",
                }
            }
        }
    }
}

fn scores(learned: &Learned) -> Markup {
    markup! {
        (scrolled("Class scores", markup! {
            table.narrow {
                caption {
                    "Mean softmax score over " (learned.segments) " segments, in the model's order. "
                    @if learned.calibrated { "Calibrated on bearings the net had not seen." }
                    @else { "Not calibrated: these numbers are scores, not probabilities." }
                }
                thead { tr { th scope="col" { "Class" } th scope="col" { "Part" } th.n scope="col" { "Score" } th scope="col" { span.hidden { "Bar" } } } }
                tbody {
                    @for score in &learned.scores {
                        tr {
                            th scope="row" { (score.class) }
                            td { (score.element.map_or("no fault", |e| e.title())) }
                            td.n { (number::share(score.score)) }
                            td { (PreEscaped(svg::bar(score.score))) }
                        }
                    }
                }
            }
        }))
        p { "Model " strong { (learned.model) } ", SHA-256 " code { (learned.sha256) } ". "
            @if learned.card.is_empty() { "The model carries no card: what it was trained on is not known." }
            @else { (learned.card) }
        }
    }
}
