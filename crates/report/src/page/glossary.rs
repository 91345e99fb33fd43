//! The words of a report, in short.

use crate::document::Block;
use brinell_signal::Phrase;

const TERMS: [(&str, &str); 14] = [
    ("BPFI, BPFO", "Rate at which rolling elements pass a point of the inner or the outer race."),
    ("2\u{d7}BSF", "Twice the spin of a rolling element: a pit on it strikes both races once a turn."),
    ("FTF", "Turning rate of the cage."),
    ("Order", "Frequency divided by the shaft speed, written 5.42\u{d7}."),
    ("Harmonic, comb", "Whole multiples of one frequency; together they form a comb."),
    ("Sideband", "Line beside a harmonic, at the distance of the rate that modulates it."),
    (
        "Envelope",
        "The outline of a vibration in a band of frequencies; impacts repeat in it at the fault frequency.",
    ),
    (
        "Squared-envelope spectrum",
        "Spectrum of the squared envelope: a comb at a fault frequency speaks of repeated impacts.",
    ),
    ("Floor", "Median of the spectrum around a line: what the line would be without a tone."),
    ("S/N", "20 log10 of a line's amplitude over the floor, in dB."),
    (
        "Control order",
        "An order where no fault of this bearing shows; scored in the same way to know what chance gives.",
    ),
    (
        "p, adjusted p",
        "Share of controls that score at least as much; adjusted for the number of things tested.",
    ),
    (
        "Kurtosis, crest factor",
        "How peaked a signal is; they rise with single impacts and fall again when damage spreads.",
    ),
    ("Softmax score", "A net's output between 0 and 1; a probability only if calibrated."),
];

pub(super) fn blocks() -> Vec<Block> {
    let terms = TERMS.map(|(term, meaning)| (Phrase::word(term), Phrase::word(meaning)));
    vec![Block::Terms(terms.to_vec())]
}
