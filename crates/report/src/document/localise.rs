//! A document in a language: every phrase becomes its text, every wording with spans in its blanks a row of spans in
//! the order of that language. Renderers print what they find then.

use crate::axis::Axis;
use crate::document::{Block, Column, Document, Prose, Row, RowGroup, Section, Span, Table};
use crate::figure::{Cells, Figure, Mark, Rail, RailEntry};
use crate::words::Language;
use brinell_signal::{Phrase, PhrasePiece, phrase_pieces};

impl Document {
    /// The document in `language`.
    pub(crate) fn into_language(self, language: Language) -> Self {
        let say = |phrase: &Phrase| Phrase::verbatim(language.say(phrase));
        Self {
            language,
            kind: say(&self.kind),
            title: say(&self.title),
            heading: say(&self.heading),
            facts: self
                .facts
                .into_iter()
                .map(|(name, value)| (say(&name), value.into_language(language)))
                .collect(),
            sections: self
                .sections
                .into_iter()
                .map(|section| Section {
                    id: section.id,
                    title: say(&section.title),
                    blocks: blocks(section.blocks, language),
                })
                .collect(),
            foot: self.foot.into_language(language),
            ..self
        }
    }
}

fn blocks(blocks: Vec<Block>, language: Language) -> Vec<Block> {
    blocks.into_iter().map(|own| block(own, language)).collect()
}

fn block(block: Block, language: Language) -> Block {
    let say = |phrase: &Phrase| Phrase::verbatim(language.say(phrase));
    match block {
        Block::Heading(text) => Block::Heading(text.into_language(language)),
        Block::Paragraph(tone, text) => Block::Paragraph(tone, text.into_language(language)),
        Block::List { ordered, items } => Block::List { ordered, items: all(items, language) },
        Block::Table(own) => Block::Table(table(own, language)),
        Block::Figure(figure, caption) => {
            Block::Figure(Box::new(figure.into_language(language)), caption.into_language(language))
        }
        Block::Command(line) => Block::Command(line),
        Block::Terms(terms) => {
            Block::Terms(terms.iter().map(|(term, meaning)| (say(term), say(meaning))).collect())
        }
        Block::Status { state, headline, why } => {
            Block::Status { state, headline: say(&headline), why: say(&why) }
        }
        Block::Answers(answers) => Block::Answers(
            answers.into_iter().map(|(question, own)| (say(&question), blocks(own, language))).collect(),
        ),
        Block::Tiles(tiles) => Block::Tiles(
            tiles
                .into_iter()
                .map(|(number, meaning)| (say(&number), meaning.into_language(language)))
                .collect(),
        ),
        Block::Columns(columns) => Block::Columns(columns.map(|own| blocks(own, language))),
    }
}

fn all(items: Vec<Prose>, language: Language) -> Vec<Prose> {
    items.into_iter().map(|item| item.into_language(language)).collect()
}

fn table(table: Table, language: Language) -> Table {
    let say = |phrase: &Phrase| Phrase::verbatim(language.say(phrase));
    let column = |own: &Column| Column { title: say(&own.title), kind: own.kind };
    let row = |own: Row| Row { marked: own.marked, cells: all(own.cells, language) };
    let group = |own: RowGroup| RowGroup {
        heading: own.heading.map(|heading| heading.into_language(language)),
        rows: own.rows.into_iter().map(row).collect(),
    };
    Table {
        kind: table.kind,
        label: say(&table.label),
        caption: table.caption.into_language(language),
        columns: table.columns.iter().map(column).collect(),
        groups: table.groups.into_iter().map(group).collect(),
    }
}

impl Prose {
    /// The same in `language`, without wordings that have spans in their blanks.
    pub(crate) fn into_language(self, language: Language) -> Self {
        let mut prose = Prose::default();
        for span in self.0 {
            prose.add(said_in(span, language));
        }
        prose
    }
}

fn said_in(span: Span, language: Language) -> Prose {
    let say = |phrase: &Phrase| Phrase::verbatim(language.say(phrase));
    Prose::of(match span {
        Span::Text(text) => Span::Text(say(&text)),
        Span::Strong(text) => Span::Strong(say(&text)),
        Span::Faint(text) => Span::Faint(say(&text)),
        Span::Reading(text) => Span::Reading(say(&text)),
        Span::Link(text, target) => Span::Link(say(&text), target),
        Span::Tag(state, text) => Span::Tag(state, say(&text)),
        span @ (Span::Code(_) | Span::FaintCode(_) | Span::Key(_) | Span::Bar(_)) => span,
        Span::Said { wording, values } => {
            let mut prose = Prose::default();
            for piece in phrase_pieces(language.wording(wording)) {
                match piece {
                    PhrasePiece::Text(text) => prose.add(text.to_owned()),
                    PhrasePiece::Blank { name, whole, .. } => {
                        match values.iter().find(|(own, _)| *own == name) {
                            Some((_, value)) => prose.add(value.clone().into_language(language)),
                            None => prose.add(whole.to_owned()),
                        }
                    }
                }
            }
            return prose;
        }
    })
}

impl Figure {
    /// The same in `language`.
    pub(crate) fn into_language(self, language: Language) -> Self {
        let say = |phrase: &Phrase| Phrase::verbatim(language.say(phrase));
        let entry = |own: &RailEntry| RailEntry { label: say(&own.label), ..own.clone() };
        let rail = |own: &Rail| Rail {
            label: say(&own.label),
            ink: own.ink,
            entries: own.entries.iter().map(entry).collect(),
        };
        Self {
            title: say(&self.title),
            description: say(&self.description),
            x: self.x.into_language(language),
            y: self.y.into_language(language),
            rails: self.rails.iter().map(rail).collect(),
            marks: self.marks.into_iter().map(|own| mark(own, language)).collect(),
            legend: self.legend.into_iter().map(|(own, name)| (mark(own, language), say(&name))).collect(),
            colour_bar: self.colour_bar.map(|(ends, label)| (ends, say(&label))),
            ..self
        }
    }
}

fn mark(mark: Mark, language: Language) -> Mark {
    let say = |phrase: &Phrase| Phrase::verbatim(language.say(phrase));
    match mark {
        Mark::Point { at, ink, filled, note } => Mark::Point { at, ink, filled, note: say(&note) },
        Mark::Label { at, text, on_dark } => Mark::Label { at, text: say(&text), on_dark },
        Mark::Picture { address, cells } => {
            Mark::Picture { address, cells: cells.map(|cells| Cells { unit: say(&cells.unit), ..cells }) }
        }
        mark @ (Mark::Line { .. } | Mark::Area { .. } | Mark::Strip { .. } | Mark::Rule { .. }) => mark,
    }
}

impl Axis {
    fn into_language(self, language: Language) -> Self {
        self.said(|phrase| Phrase::verbatim(language.say(phrase)))
    }
}
