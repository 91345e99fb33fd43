//! Sentences: spans of text, each with its role.

use crate::document::State;
use crate::figure::Ink;

/// A run of text with one role, or a small sign in it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Span {
    Text(String),
    Strong(String),
    /// A name, path or hash, letter by letter.
    Code(String),
    Faint(String),
    /// A name, letter by letter, beside the point.
    FaintCode(String),
    /// What a figure says, in one sentence.
    Reading(String),
    Link(String, Target),
    /// Sample of an ink's line and marker.
    Key(Ink),
    /// A level bar from 0 to 1; the number stands beside it.
    Bar(f64),
    /// A status or level with its word.
    Tag(State, String),
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
            (Some(Span::Text(last)), Span::Text(text)) => last.push_str(&text),
            (_, span) => self.0.push(span),
        }
    }
}

impl Span {
    /// The words alone.
    pub(crate) fn words(&self) -> &str {
        match self {
            Span::Text(text)
            | Span::Strong(text)
            | Span::Code(text)
            | Span::Faint(text)
            | Span::FaintCode(text)
            | Span::Reading(text)
            | Span::Link(text, _)
            | Span::Tag(_, text) => text,
            Span::Key(_) | Span::Bar(_) => "",
        }
    }
}

/// What a sentence can be put together from.
pub(crate) trait Piece {
    /// Adds itself at the end.
    fn add_to(self, prose: &mut Prose);
}

impl Piece for Span {
    fn add_to(self, prose: &mut Prose) {
        prose.push(self);
    }
}

impl Piece for &str {
    fn add_to(self, prose: &mut Prose) {
        prose.push(Span::Text(self.to_owned()));
    }
}

impl Piece for String {
    fn add_to(self, prose: &mut Prose) {
        prose.push(Span::Text(self));
    }
}

impl Piece for &String {
    fn add_to(self, prose: &mut Prose) {
        prose.push(Span::Text(self.clone()));
    }
}

impl Piece for &brinell_signal::Phrase {
    fn add_to(self, prose: &mut Prose) {
        prose.push(Span::Text(self.to_string()));
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
                prose.push(Span::Text(self.to_string()));
            }
        }
    )*};
}
numbers!(u32, u64, usize);

/// A sentence from pieces in order: text, numbers, spans, other sentences.
macro_rules! prose {
    ($($piece:expr),* $(,)?) => {{
        #[allow(unused_mut)]
        let mut prose = $crate::document::Prose::default();
        $(prose.add($piece);)*
        prose
    }};
}
pub(crate) use prose;

pub(crate) fn strong(text: impl Into<String>) -> Span {
    Span::Strong(text.into())
}

pub(crate) fn code(text: impl Into<String>) -> Span {
    Span::Code(text.into())
}

pub(crate) fn faint(text: impl Into<String>) -> Span {
    Span::Faint(text.into())
}

pub(crate) fn faint_code(text: impl Into<String>) -> Span {
    Span::FaintCode(text.into())
}

/// The reading of a figure, set apart from its scaling.
pub(crate) fn reading(text: impl Into<String>) -> Span {
    Span::Reading(text.into())
}

pub(crate) fn link(text: impl Into<String>, target: Target) -> Span {
    Span::Link(text.into(), target)
}
