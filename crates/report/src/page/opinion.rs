//! The trained net's opinion, kept apart from the evidence.

use crate::document::{Block, ColumnKind, Row, Span, Table, TableKind, Tone, code, prose, strong};
use crate::number;
use brinell_diagnosis::{Diagnosis, Learned};

pub(super) fn blocks(diagnosis: &Diagnosis) -> Vec<Block> {
    let mut blocks = vec![Block::Paragraph(
        Tone::NotEvidence,
        prose![
            strong("Not evidence."),
            " A trained net's opinion stands beside the evidence above and never replaces it."
        ],
    )];
    match &diagnosis.learned {
        Some(learned) => {
            blocks.push(Block::Table(scores(learned)));
            if let Some(set) = &learned.set {
                let set = set.join(", ");
                blocks.push(Block::text(prose![
                    "The true class may be, by what held-out bearings promise: ",
                    set,
                    "."
                ]));
            }
            blocks.push(model(learned));
        }
        None => blocks.push(Block::gap(
            "a trained net's scores.",
            "there is no second opinion; the verdict rests on the evidence alone.",
            "--model with a trained model file.",
        )),
    }
    if !diagnosis.learned_note.is_empty() {
        blocks.push(Block::text(&diagnosis.learned_note));
    }
    blocks.push(Block::text(match &diagnosis.disagreement {
        Some(text) => prose![strong("Disagreement: "), text],
        None if diagnosis.learned.is_some() => prose!["Net and evidence do not contradict each other."],
        None => prose!["Without scores no agreement or disagreement can be stated."],
    }));
    blocks
}

fn scores(learned: &Learned) -> Table {
    let row = |score: &brinell_diagnosis::ClassScore| {
        Row::of(vec![
            prose![&score.class],
            prose![score.element.map_or("no fault", |e| e.title())],
            prose![number::share(score.score)],
            prose![Span::Bar(score.score)],
        ])
    };
    Table::new(
        TableKind::Narrow,
        "Class scores",
        prose![
            "Mean softmax score over ",
            learned.segments,
            " segments, in the model's order. ",
            if learned.calibrated {
                "Calibrated on bearings the net had not seen."
            } else {
                "Not calibrated: these numbers are scores, not probabilities."
            }
        ],
        &[
            ("Class", ColumnKind::Head),
            ("Part", ColumnKind::Plain),
            ("Score", ColumnKind::Number),
            ("Bar", ColumnKind::Bar),
        ],
        learned.scores.iter().map(row).collect(),
    )
}

fn model(learned: &Learned) -> Block {
    let card = if learned.card.is_empty() {
        "The model carries no card: what it was trained on is not known.".to_owned()
    } else {
        learned.card.to_string()
    };
    Block::text(prose!["Model ", strong(&learned.model), ", SHA-256 ", code(&learned.sha256), ". ", card])
}
