//! A report as data: headings, sentences, tables, figures, notes. `page/` builds it once from a diagnosis; the HTML,
//! PDF and Markdown renderers read it and nothing else, so that none of them can leave something out. Its words are
//! phrases until [`Document::into_language`] makes them text.

mod localise;
mod prose;
mod table;

pub(crate) use prose::{
    Piece, Prose, Span, Target, code, faint, faint_code, link, next, prose, reading, said, strong,
};
pub(crate) use table::{Column, ColumnKind, Row, RowGroup, Table, TableKind};

use crate::figure::Figure;
use crate::words::Language;
use brinell_signal::{Phrase, phrase};

/// One report.
pub(crate) struct Document {
    /// Language of its texts.
    pub(crate) language: Language,
    /// What kind of document it is, over its heading.
    pub(crate) kind: Phrase,
    /// Title of the file.
    pub(crate) title: Phrase,
    /// Heading over all: what the report is about.
    pub(crate) heading: Phrase,
    /// The facts that identify it, under the heading.
    pub(crate) facts: Vec<(Phrase, Prose)>,
    /// Whether the first section answers by itself and has pages of its own.
    pub(crate) summary_alone: bool,
    /// Blocks with a number and an entry in the contents.
    pub(crate) sections: Vec<Section>,
    /// What a cursor in the figures can compare with.
    pub(crate) rhythms: Rhythms,
    /// The last line: identifier and hash of the input.
    pub(crate) foot: Prose,
}

/// The frequencies of a machine that a cursor counts in.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Rhythms {
    /// Shaft speed in hertz.
    pub(crate) shaft_hz: Option<f64>,
    /// Name and first harmonic of each comb, and the distance of its sidebands, in hertz.
    pub(crate) combs: Vec<(String, f64, Option<f64>)>,
}

/// A numbered part of a document.
pub(crate) struct Section {
    /// Name in links: ASCII letters.
    pub(crate) id: &'static str,
    pub(crate) title: Phrase,
    pub(crate) blocks: Vec<Block>,
}

/// What a section is made of, from the top.
pub(crate) enum Block {
    Heading(Prose),
    Paragraph(Tone, Prose),
    List {
        ordered: bool,
        items: Vec<Prose>,
    },
    Table(Table),
    Figure(Box<Figure>, Prose),
    /// A command line.
    Command(String),
    /// Terms and their meaning.
    Terms(Vec<(Phrase, Phrase)>),
    /// The verdict.
    Status {
        state: State,
        headline: Phrase,
        why: Phrase,
    },
    /// Questions and their answers.
    Answers(Vec<(Phrase, Vec<Block>)>),
    /// Numbers that stand out, each with what it means.
    Tiles(Vec<(Phrase, Prose)>),
    /// Two columns where there is room, else one after the other.
    Columns([Vec<Block>; 2]),
}

/// How a paragraph is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    Plain,
    /// Longer text, in lines that are not too long to read.
    Long,
    /// Beside the point.
    Faint,
    /// A limit that the reader must not miss.
    Limit,
    /// What must not be taken for evidence.
    NotEvidence,
    /// Evidence and net contradict each other.
    Disagreement,
}

/// A status or level; each has a word, a shape and a colour, and is never told by the colour alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Found,
    Undecided,
    NoFault,
}

impl State {
    /// Name of its colour, and its class on pages.
    pub(crate) fn name(self) -> &'static str {
        match self {
            State::Found => "found",
            State::Undecided => "undecided",
            State::NoFault => "nofault",
        }
    }

    /// Its shape as a character.
    pub(crate) fn shape(self) -> &'static str {
        match self {
            State::Found => "\u{25B2}",
            State::Undecided => "\u{25C6}",
            State::NoFault => "\u{25CB}",
        }
    }
}

impl Block {
    /// An ordinary paragraph.
    pub(crate) fn text(text: impl Piece) -> Self {
        Block::Paragraph(Tone::Plain, Prose::of(text))
    }

    /// A heading in a section.
    pub(crate) fn heading(text: impl Piece) -> Self {
        Block::Heading(Prose::of(text))
    }

    /// What stands in place of something missing: what, which conclusion falls, what to supply.
    pub(crate) fn gap(missing: Phrase, falls: Phrase, supply: Phrase) -> Self {
        let text = prose![
            strong(phrase!("Missing: ")),
            missing,
            next(),
            strong(phrase!("What falls: ")),
            falls,
            next(),
            strong(phrase!("To supply: ")),
            supply,
        ];
        Block::Paragraph(Tone::Limit, text)
    }

    /// A figure with its caption, or what stands in its place.
    pub(crate) fn figure_or(figure: Option<Figure>, caption: Prose, otherwise: Block) -> Self {
        figure.map_or(otherwise, |figure| Block::Figure(Box::new(figure), caption))
    }
}
