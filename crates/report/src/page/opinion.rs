//! The trained net's opinion, kept apart from the evidence.

use crate::document::{
    Block, ColumnKind, Row, Span, Table, TableKind, Tone, code, next, prose, said, strong,
};
use crate::number;
use brinell_diagnosis::{Diagnosis, Learned};
use brinell_signal::{Phrase, phrase};

pub(super) fn blocks(diagnosis: &Diagnosis) -> Vec<Block> {
    let mut blocks = vec![Block::Paragraph(
        Tone::NotEvidence,
        prose![
            strong(phrase!("Not evidence.")),
            next(),
            phrase!("A trained net's opinion stands beside the evidence above and never replaces it.")
        ],
    )];
    match &diagnosis.learned {
        Some(learned) => {
            blocks.push(Block::Table(scores(learned)));
            if let Some(set) = &learned.set {
                let set = set.join(", ");
                blocks.push(Block::text(phrase!(
                    "The true class may be, by what held-out bearings promise: {set}.",
                    set
                )));
            }
            blocks.push(model(learned));
        }
        None => blocks.push(Block::gap(
            phrase!("a trained net's scores."),
            phrase!("there is no second opinion; the verdict rests on the evidence alone."),
            phrase!("--model with a trained model file."),
        )),
    }
    let note = Phrase::from(&diagnosis.learned_note);
    if !note.is_empty() {
        blocks.push(Block::text(note));
    }
    blocks.push(Block::text(match &diagnosis.disagreement {
        Some(text) => prose![strong(phrase!("Disagreement: ")), text],
        None if diagnosis.learned.is_some() => {
            prose![phrase!("Net and evidence do not contradict each other.")]
        }
        None => prose![phrase!("Without scores no agreement or disagreement can be stated.")],
    }));
    blocks
}

fn scores(learned: &Learned) -> Table {
    let row = |score: &brinell_diagnosis::ClassScore| {
        Row::of(vec![
            prose![Phrase::named(&score.class)],
            prose![score.element.map_or_else(|| phrase!("no fault"), |e| Phrase::word(e.title()))],
            prose![number::share(score.score)],
            prose![Span::Bar(score.score)],
        ])
    };
    Table::new(
        TableKind::Narrow,
        phrase!("Class scores"),
        prose![
            phrase!(
                "Mean softmax score over {segments} segments, in the model's order.",
                segments = learned.segments
            ),
            next(),
            if learned.calibrated {
                phrase!("Calibrated on bearings the net had not seen.")
            } else {
                phrase!("Not calibrated: these numbers are scores, not probabilities.")
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
    let card = Phrase::from(&learned.card);
    let card = if card.is_empty() {
        phrase!("The model carries no card: what it was trained on is not known.")
    } else {
        card
    };
    let name =
        said!("Model {name}, SHA-256 {hash}.", name = strong(&learned.model), hash = code(&learned.sha256));
    Block::text(prose![name, next(), card])
}
