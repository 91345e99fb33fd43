//! The blocks of a document, one under the other.

use super::figure::{PIXELS, items as figure_items};
use super::flow::{BODY, Flow, LEADING};
use super::font::Fonts;
use super::line::{self, Style};
use super::sheet::{Item, Meaning, Pen, Step, Tint};
use super::{Paper, TOP};
use crate::canvas::Place;
use crate::document::{Block, Document, Prose, Section, State, Tone, faint, prose, strong};
use crate::figure::Figure;
use crate::palette::light;
use crate::text::sanitize;
use brinell_signal::{Phrase, phrase};

const SMALL: Style = Style::new(7.8, "muted");
/// Left edge of the answers beside their questions.
const ANSWERS: f64 = 82.0;
/// Least height of a figure in points; a lower one goes to the next page.
const LOWEST_FIGURE: f64 = 150.0;

impl<'a> Flow<'a> {
    /// Lays a document out.
    pub(super) fn document(fonts: &'a Fonts<'a>, paper: Paper, document: &Document) -> Self {
        let sections = document.sections.iter().map(|section| section.id).collect();
        let mut flow = Self::new(fonts, paper, sections, document.language);
        flow.head(document);
        for (i, section) in document.sections.iter().enumerate() {
            if i == 1 && document.summary_alone {
                flow.next_page();
            }
            flow.section(i + 1, section);
        }
        flow
    }

    fn head(&mut self, document: &Document) {
        self.tree.open(Meaning::Section);
        self.plain(&document.kind, Meaning::Paragraph, SMALL);
        let title = Style::new(17.0, "text").bold();
        self.titled(1, &document.heading.to_string(), &Prose::of(&document.heading), title);
        self.y += 3.0;
        // The facts in three columns, each a name over its value.
        let gap = 14.0;
        let column = (self.width - 2.0 * gap) / 3.0;
        let (left, width) = (self.left, self.width);
        for row in document.facts.chunks(3) {
            let top = self.y;
            let mut lowest = top;
            for (i, (name, value)) in row.iter().enumerate() {
                self.y = top;
                (self.left, self.width) = (left + i as f64 * (column + gap), column);
                self.plain(name, Meaning::Paragraph, Style::new(7.0, "muted"));
                self.prose(value, Meaning::Paragraph, Style::new(8.4, "text"));
                lowest = lowest.max(self.y);
            }
            self.y = lowest + 3.0;
        }
        (self.left, self.width) = (left, width);
        self.tree.close();
    }

    fn section(&mut self, number: usize, section: &Section) {
        self.tree.open(Meaning::Section);
        let style = Style::new(12.5, "text").bold();
        let following = section.blocks.first().map_or(0.0, |block| self.least(block, section.blocks.get(1)));
        self.room(40.0 + following);
        if self.y > TOP {
            self.y += 10.0;
        }
        let rule = Item::rule([self.left, self.y], self.width, 1.2, light("text"));
        self.decoration(vec![rule]);
        self.y += 8.0;
        let title = format!("{number} {}", section.title);
        self.bookmark(1, &title, Some(section.id));
        let words = prose![faint(format!("{number}  ")), &section.title];
        self.titled(2, &title, &words, style);
        self.y += 3.0;
        self.blocks(&section.blocks);
        self.tree.close();
    }

    fn blocks(&mut self, blocks: &[Block]) {
        for (i, block) in blocks.iter().enumerate() {
            self.block(block, blocks.get(i + 1));
        }
    }

    fn block(&mut self, block: &Block, next: Option<&Block>) {
        match block {
            Block::Heading(text) => {
                self.y += 5.0;
                self.room(self.least(block, next));
                let words = text.words();
                self.bookmark(2, &words, None);
                self.titled(3, &words, text, Style::new(10.0, "text").bold());
                self.y += 2.0;
            }
            Block::Paragraph(tone, text) => self.paragraph(*tone, text),
            Block::List { ordered, items } => self.list(*ordered, items),
            Block::Table(table) => self.table(table),
            Block::Figure(figure, caption) => self.figure(figure, caption),
            Block::Command(text) => {
                self.boxed("surface", "line", |flow| flow.prose(&Prose::of(text), Meaning::Code, BODY));
            }
            Block::Terms(terms) => self.terms(terms),
            Block::Status { state, headline, why } => self.status(*state, headline, why),
            Block::Answers(answers) => self.answers(answers),
            Block::Tiles(tiles) => self.tiles(tiles),
            Block::Columns(columns) => columns.iter().for_each(|blocks| self.blocks(blocks)),
        }
    }

    fn paragraph(&mut self, tone: Tone, text: &Prose) {
        match tone {
            Tone::Plain | Tone::Long => {
                self.prose(text, Meaning::Paragraph, BODY);
                self.y += 4.0;
            }
            Tone::Faint => {
                self.prose(text, Meaning::Paragraph, SMALL);
                self.y += 3.0;
            }
            Tone::Limit | Tone::NotEvidence => {
                self.boxed("surface", "axis", |flow| flow.prose(text, Meaning::Paragraph, BODY));
            }
            Tone::Disagreement => {
                self.boxed("found-ground", "found", |flow| flow.prose(text, Meaning::Paragraph, BODY));
            }
        }
    }

    fn list(&mut self, ordered: bool, items: &[Prose]) {
        self.tree.open(Meaning::List { ordered });
        let indent = 15.0;
        for (i, item) in items.iter().enumerate() {
            self.tree.open(Meaning::ListItem);
            self.room(BODY.size * LEADING);
            let label = if ordered { format!("{}.", i + 1) } else { "\u{2022}".to_owned() };
            let at = [self.left + 2.0, self.y + BODY.size];
            self.tree.open(Meaning::Label);
            let leaf = self.tree.leaf();
            self.put(Some(leaf), vec![Item::Text { at, text: label, style: BODY, upright: false }]);
            self.tree.close();
            self.indented(indent, |flow| flow.prose(item, Meaning::Body, BODY));
            self.tree.close();
            self.y += 1.5;
        }
        self.tree.close();
        self.y += 3.0;
    }

    fn terms(&mut self, terms: &[(Phrase, Phrase)]) {
        let colon = self.language.say(&phrase!(": "));
        self.tree.open(Meaning::List { ordered: false });
        for (term, meaning) in terms {
            self.tree.open(Meaning::ListItem);
            let text = prose![strong(term), &colon, meaning];
            self.prose(&text, Meaning::Body, BODY);
            self.tree.close();
            self.y += 2.0;
        }
        self.tree.close();
    }

    fn status(&mut self, state: State, headline: &Phrase, why: &Phrase) {
        let ground = match state {
            State::Found => "found-ground",
            State::Undecided => "undecided-ground",
            State::NoFault => "nofault-ground",
        };
        let word = Style::new(14.0, state.name()).bold();
        self.boxed(ground, state.name(), |flow| {
            let at = [flow.left + 2.0, flow.y + 17.0];
            let style = Style { size: 19.0, ..word };
            let shape = Item::Text { at, text: state.shape().to_owned(), style, upright: false };
            flow.decoration(vec![shape]);
            flow.indented(26.0, |flow| {
                flow.plain(headline, Meaning::Paragraph, word);
                flow.plain(why, Meaning::Paragraph, BODY);
            });
        });
    }

    fn answers(&mut self, answers: &[(Phrase, Vec<Block>)]) {
        for (question, blocks) in answers {
            let following = blocks.first().map_or(0.0, |block| self.least(block, None));
            self.room(following.max(BODY.size * LEADING));
            let (top, page) = (self.y, self.sheets.len());
            let width = std::mem::replace(&mut self.width, ANSWERS - 8.0);
            self.plain(question, Meaning::Paragraph, BODY.bold());
            self.width = width;
            let below = self.y;
            self.y = top;
            self.indented(ANSWERS, |flow| flow.blocks(blocks));
            if self.sheets.len() == page {
                self.y = self.y.max(below);
            }
        }
        self.y += 2.0;
    }

    fn tiles(&mut self, tiles: &[(Phrase, Prose)]) {
        let count = tiles.len().max(1) as f64;
        let (left, width) = (self.left, self.width);
        let column = width / count;
        self.room(62.0);
        let top = self.y;
        let page = self.sheets.len();
        let mut lowest = top;
        for (i, (number, meaning)) in tiles.iter().enumerate() {
            self.y = top + 4.0;
            (self.left, self.width) = (left + i as f64 * column + 8.0, column - 14.0);
            self.plain(number, Meaning::Paragraph, Style::new(13.0, "text").bold());
            self.prose(meaning, Meaning::Paragraph, SMALL);
            lowest = lowest.max(self.y + 4.0);
        }
        (self.left, self.width) = (left, width);
        self.y = lowest + 7.0;
        if self.sheets.len() == page {
            let line = light("line");
            let mut rules =
                vec![Item::rule([left, top], width, 0.6, line), Item::rule([left, lowest], width, 0.6, line)];
            let edges =
                (0..=tiles.len()).map(|i| upright([left + i as f64 * column, top], lowest - top, line));
            rules.extend(edges);
            self.decoration(rules);
        }
    }

    /// A figure as wide as the page, lower where the page has no room for all of it, and its caption.
    fn figure(&mut self, figure: &Figure, caption: &Prose) {
        let (mut drawn, scale) = self.fitted(figure);
        let caption_height = self.height(caption, SMALL) + 10.0;
        let wanted = drawn.size[1] * scale;
        if self.left_over() < wanted + caption_height {
            let most = self.left_over() - caption_height;
            if most >= (0.62 * wanted).max(LOWEST_FIGURE) {
                drawn.size[1] = most / scale;
            } else {
                self.next_page();
            }
        }
        let items = figure_items(self.fonts, &drawn, [self.left, self.y], scale);
        let words = self.language.say(&phrase!(
            "{title}. {description}",
            title = &figure.title,
            description = &figure.description
        ));
        self.tree.open(Meaning::Figure(sanitize(&words)));
        let leaf = self.tree.leaf();
        self.put(Some(leaf), items);
        self.tree.close();
        self.y += drawn.size[1] * scale + 3.0;
        self.prose(caption, Meaning::Caption, SMALL);
        self.y += 7.0;
    }

    /// A figure of the page's width, and its scale; wide ones are drawn lower, as they are drawn narrower.
    fn fitted(&self, figure: &Figure) -> (Figure, f64) {
        let mut drawn = figure.clone();
        let shrink = if figure.size[0] > PIXELS { 0.88 } else { 0.84 };
        drawn.size = [PIXELS, figure.size[1] * shrink];
        (drawn, self.width / PIXELS)
    }

    /// Height that a block and what must not be parted from it need at least.
    fn least(&self, block: &Block, next: Option<&Block>) -> f64 {
        let line = BODY.size * LEADING;
        match block {
            Block::Heading(_) => 24.0 + next.map_or(0.0, |next| self.least(next, None)),
            Block::Figure(figure, caption) => {
                let (drawn, scale) = self.fitted(figure);
                (0.62 * drawn.size[1] * scale).max(LOWEST_FIGURE) + self.height(caption, SMALL) + 10.0
            }
            Block::Table(table) => self.begin_of_table(table),
            Block::Status { .. } | Block::Tiles(_) => 62.0,
            Block::Columns([left, _]) => left.first().map_or(0.0, |block| self.least(block, left.get(1))),
            Block::Paragraph(..) => 3.0 * line,
            _ => 2.0 * line,
        }
    }

    fn height(&self, prose: &Prose, style: Style) -> f64 {
        line::lines(self.fonts, prose, style, self.width).len() as f64 * style.size * LEADING
    }
}

/// An upright line downwards.
fn upright([x, y]: Place, length: f64, colour: [u8; 3]) -> Item {
    let pen = Pen { tint: Tint(colour, 1.0), width: 0.6, dash: Vec::new() };
    Item::Shape {
        steps: vec![Step::Move([x, y]), Step::Line([x, y + length])],
        fill: None,
        stroke: Some(pen),
    }
}
