//! The card of a trained model as sentences of the program, so that a report can say them in another language. A model file
//! holds its card as English text; what is no sentence of the program there stays as it is.

use brinell_signal::{Joint, Phrase, PhrasePiece, phrase_pieces};

/// Sentences of cards.
const SENTENCES: [&str; 11] = [
    "{learner} of experiment {experiment}, trained on all {recordings} recordings of data set {data} (channels {channels}) and on {bearings} simulated bearings of each class.",
    "{learner} of experiment {experiment}, trained on all {recordings} recordings of data set {data} (channels {channels}).",
    "{learner} of experiment {experiment}, data set {data}, channel {channel}, trained without the test part of {part}, seed {seed}.",
    "Models of the same recipe that had not seen the test bearings have a macro-F1 by recording of {figures}; this one is not measured itself.",
    "Its test bearings were not seen in training.",
    "Not calibrated.",
    "Calibrated on {bearings} bearings held out in turn.",
    "Calibrated on {bearings} bearings of the source held out in turn, none of the target that it was adapted to: how far its probabilities hold there was not told, and no sets or alarms are promised.",
    "An unknown fault is alarmed where its score is above {threshold}, as it is for {share} % of {segments} held-out segments of known classes; counted in segments, so not guaranteed.",
    "Small SE-CNN on comb images, trained on {machines} simulated machines (random bearing, speed, resonance, noise).",
    "Made for `brinell demo`; it has seen no real machine and must not be used for one.",
];

/// A figure of a card.
const FIGURE: &str = "{mean} % \u{b1} {spread} under {protocol} at {sensor}";

/// The sentences of a card.
pub(crate) fn in_phrases(card: &str) -> Phrase {
    let mut items = Vec::new();
    let mut rest = card.trim();
    while !rest.is_empty() {
        let known = SENTENCES.iter().find_map(|wording| read(wording, rest));
        let (sentence, left) = known.unwrap_or_else(|| {
            // A sentence of the experiment's file: a catalogue may have it, as it has that of the model that ships.
            let end = rest.find(". ").map_or(rest.len(), |at| at + 1);
            (Phrase::named(&rest[..end]), &rest[end..])
        });
        items.push(sentence);
        rest = left.trim_start();
    }
    Phrase::list(Joint::Sentences, items)
}

/// The figures of a card, each in words where it has the form of one.
fn figures(text: &str) -> Phrase {
    let figure = |text: &str| match read(FIGURE, text) {
        Some((figure, "")) => figure,
        _ => Phrase::verbatim(text),
    };
    Phrase::list(Joint::Semicolon, text.split("; ").map(figure))
}

/// `text` as a wording with its blanks filled, and what follows; `None` where it does not begin so. A blank reaches to
/// the next words of the wording, within one sentence.
fn read<'t>(wording: &'static str, text: &'t str) -> Option<(Phrase, &'t str)> {
    let mut values = Vec::new();
    let mut rest = text;
    let mut open: Option<&'static str> = None;
    for piece in phrase_pieces(wording) {
        match (piece, open.take()) {
            (PhrasePiece::Text(words), None) => rest = rest.strip_prefix(words)?,
            (PhrasePiece::Text(words), Some(name)) => {
                let at = rest.find(words)?;
                values.push((name, &rest[..at]));
                rest = &rest[at + words.len()..];
            }
            (PhrasePiece::Blank { name, .. }, _) => open = Some(name),
        }
    }
    if let Some(name) = open {
        values.push((name, std::mem::take(&mut rest)));
    }
    if values.iter().any(|(_, value)| value.is_empty() || value.contains(". ")) {
        return None;
    }
    let values = values.into_iter().map(|(name, value)| {
        let value = if name == "figures" { figures(value) } else { Phrase::verbatim(value) };
        (name.into(), value.into())
    });
    Some((Phrase::said(wording, values.collect()), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHIPPED: &str = "comb-scorer of experiment default, trained on all 72 recordings of data set cwru (channels DE, FE) \
        and on 40 simulated bearings of each class. Models of the same recipe that had not seen the test bearings have a \
        macro-F1 by recording of 86.3 % \u{b1} 8.1 under unseen-bearing-and-load at DE+FE; 65.5 % \u{b1} 11.2 under cross-end \
        at DE+FE; this one is not measured itself. Calibrated on 18 bearings held out in turn. It knows one test rig.";

    #[test]
    fn a_card_is_read_as_sentences_and_says_the_same_in_english() {
        let card = in_phrases(SHIPPED);
        assert_eq!(card.to_string(), SHIPPED);
        let words = |wording: &str| match wording {
            "Calibrated on {bearings} bearings held out in turn." => Some("{bearings} held out."),
            FIGURE => Some("{protocol}: {mean}"),
            " " | "; " => Some("|"),
            _ => None,
        };
        let other = card.in_words(&words);
        assert!(other.contains("of unseen-bearing-and-load: 86.3|cross-end: 65.5; this one"), "{other}");
        assert!(other.contains("|18 held out.|It knows one test rig."), "{other}");
    }

    #[test]
    fn a_card_of_somebody_else_stays_as_it_is() {
        for card in
            ["", "My net. Trained at home: {x} of {y}. Not calibrated, I fear. v1.2", "a of experiment b"]
        {
            assert_eq!(in_phrases(card).to_string(), card);
        }
    }
}
