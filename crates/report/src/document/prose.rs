//! Sentences: spans of text, each with its role.

use crate::document::State;
use crate::figure::Ink;
use crate::words::Language;
use brinell_signal::{Joint, Phrase, phrase, phrase_blanks};

/// A run of text with one role, or a small sign in it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Span {
    Text(Phrase),
    Strong(Phrase),
    /// A name, path or hash, letter by letter.
    Code(String),
    Faint(Phrase),
    /// A name, letter by letter, beside the point.
    FaintCode(String),
    /// What a figure says, in one sentence.
    Reading(Phrase),
    Link(Phrase, Target),
    /// Sample of an ink's line and marker.
    Key(Ink),
    /// A level bar from 0 to 1; the number stands beside it.
    Bar(f64),
    /// A status or level with its word.
    Tag(State, Phrase),
    /// A wording whose blanks are filled with spans; in a document that has its language there is none left.
    Said {
        wording: &'static str,
        values: Vec<(&'static str, Prose)>,
    },
}

/// Where a link leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// A section of the same document.
    Section(&'static str),
    /// A file beside the document, as a relative address.
    File(String),
}

/// Spans in order.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Prose(pub(crate) Vec<Span>);

impl Prose {
    /// One piece alone.
    pub(crate) fn of(piece: impl Piece) -> Self {
        let mut prose = Self::default();
        prose.add(piece);
        prose
    }

    /// Adds a piece at the end.
    pub(crate) fn add(&mut self, piece: impl Piece) {
        piece.add_to(self);
    }

    /// The words alone, without signs.
    pub(crate) fn words(&self) -> String {
        self.0.iter().map(Span::words).collect()
    }

    fn push(&mut self, span: Span) {
        match (self.0.last_mut(), span) {
            (_, Span::Text(text)) if text.is_empty() => {}
            (Some(Span::Text(Phrase::Verbatim(last))), Span::Text(Phrase::Verbatim(text))) => {
                last.push_str(&text);
            }
            (_, span) => self.0.push(span),
        }
    }
}

impl Span {
    /// The words alone, as they are printed.
    pub(crate) fn words(&self) -> String {
        match self {
            Span::Text(text)
            | Span::Strong(text)
            | Span::Faint(text)
            | Span::Reading(text)
            | Span::Link(text, _)
            | Span::Tag(_, text) => text.to_string(),
            Span::Code(text) | Span::FaintCode(text) => text.clone(),
            Span::Key(_) | Span::Bar(_) => String::new(),
            Span::Said { .. } => Prose::of(self.clone()).into_language(Language::English).words(),
        }
    }
}

/// What a sentence can be put together from: a [`Phrase`] is what the program says, a `String` is data, the same in
/// every language.
pub(crate) trait Piece {
    /// Adds itself at the end.
    fn add_to(self, prose: &mut Prose);
}

impl Piece for Span {
    fn add_to(self, prose: &mut Prose) {
        prose.push(self);
    }
}

impl Piece for Phrase {
    fn add_to(self, prose: &mut Prose) {
        prose.push(Span::Text(self));
    }
}

impl Piece for &Phrase {
    fn add_to(self, prose: &mut Prose) {
        prose.push(Span::Text(self.clone()));
    }
}

impl Piece for String {
    fn add_to(self, prose: &mut Prose) {
        prose.push(Span::Text(Phrase::Verbatim(self)));
    }
}

impl Piece for &String {
    fn add_to(self, prose: &mut Prose) {
        self.clone().add_to(prose);
    }
}

/// A sign that is the same in every language.
impl Piece for char {
    fn add_to(self, prose: &mut Prose) {
        self.to_string().add_to(prose);
    }
}

impl Piece for Prose {
    fn add_to(self, prose: &mut Prose) {
        for span in self.0 {
            prose.push(span);
        }
    }
}

impl<P: Piece> Piece for Option<P> {
    fn add_to(self, prose: &mut Prose) {
        if let Some(piece) = self {
            piece.add_to(prose);
        }
    }
}

macro_rules! numbers {
    ($($kind:ty),*) => {$(
        impl Piece for $kind {
            fn add_to(self, prose: &mut Prose) {
                self.to_string().add_to(prose);
            }
        }
    )*};
}
numbers!(u32, u64, usize);

/// Pieces in order: sentences one after the other, or data; never parts of one sentence, whose order is that of a
/// language.
macro_rules! prose {
    ($($piece:expr),* $(,)?) => {{
        #[allow(unused_mut)]
        let mut prose = $crate::document::Prose::default();
        $(prose.add($piece);)*
        prose
    }};
}
pub(crate) use prose;

/// A sentence with pieces in its blanks, for those that are more than words: `said!("Model {name}.", name =
/// strong(name))`.
macro_rules! said {
    ($wording:literal $(, $name:ident = $value:expr)* $(,)?) => {
        $crate::document::Span::said($wording, vec![$((stringify!($name), $crate::document::Prose::of($value))),*])
    };
}
pub(crate) use said;

impl Span {
    /// A wording with its values; [`said!`] writes this.
    pub(crate) fn said(wording: &'static str, values: Vec<(&'static str, Prose)>) -> Self {
        debug_assert!(
            phrase_blanks(wording).all(|blank| values.iter().any(|(name, _)| *name == blank))
                && values.iter().all(|(name, _)| phrase_blanks(wording).any(|blank| blank == *name)),
            "the blanks of {wording:?} are not those of its values"
        );
        Span::Said { wording, values }
    }
}

/// What stands between two sentences.
pub(crate) fn next() -> Phrase {
    Phrase::word(Joint::Sentences.wording())
}

pub(crate) fn strong(text: impl Into<Phrase>) -> Span {
    Span::Strong(text.into())
}

pub(crate) fn code(text: impl Into<String>) -> Span {
    Span::Code(text.into())
}

pub(crate) fn faint(text: impl Into<Phrase>) -> Span {
    Span::Faint(text.into())
}

pub(crate) fn faint_code(text: impl Into<String>) -> Span {
    Span::FaintCode(text.into())
}

/// The reading of a figure, set apart from its scaling.
pub(crate) fn reading(text: impl Into<Phrase>) -> Span {
    Span::Reading(phrase!("Reading: {text}", text = text.into()))
}

pub(crate) fn link(text: impl Into<Phrase>, target: Target) -> Span {
    Span::Link(text.into(), target)
}
