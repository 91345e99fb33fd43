//! Text from line to line and from page to page.

use super::figure::key;
use super::font::Fonts;
use super::line::{self, Line, Piece, Style};
use super::sheet::{Child, Item, Link, Meaning, Sheet, Tint, Tree};
use super::{BOTTOM, Paper, SIDE, TOP};
use crate::canvas::Place;
use crate::document::{Prose, Span, Target};
use crate::palette::light;
use crate::text::sanitize;
use crate::words::Language;
use brinell_signal::{Phrase, phrase};

/// Type of running text, and the distance of its lines.
pub(super) const BODY: Style = Style::new(8.8, "text");
/// Distance of lines over the size of the type.
pub(super) const LEADING: f64 = 1.36;

/// An entry of the bookmarks: level from 1, words, page and height on it.
pub(super) struct Bookmark {
    pub(super) level: u8,
    pub(super) title: String,
    pub(super) page: usize,
    pub(super) y: f64,
    /// Name of the section that begins here.
    pub(super) section: Option<&'static str>,
}

/// Pages while they fill.
pub(super) struct Flow<'a> {
    pub(super) fonts: &'a Fonts<'a>,
    pub(super) paper: Paper,
    pub(super) sheets: Vec<Sheet>,
    /// How far the page is filled.
    pub(super) y: f64,
    pub(super) tree: Tree,
    pub(super) bookmarks: Vec<Bookmark>,
    /// Names of the sections in order: their numbers are named beside links.
    sections: Vec<&'static str>,
    pub(super) language: Language,
    /// Left edge and width of what comes next.
    pub(super) left: f64,
    pub(super) width: f64,
}

impl<'a> Flow<'a> {
    /// An empty first page; `sections` are the names of the sections in order.
    pub(super) fn new(
        fonts: &'a Fonts<'a>,
        paper: Paper,
        sections: Vec<&'static str>,
        language: Language,
    ) -> Self {
        Self {
            fonts,
            paper,
            sheets: vec![Sheet::default()],
            y: TOP,
            tree: Tree::new(),
            bookmarks: Vec::new(),
            sections,
            language,
            left: SIDE,
            width: paper.width() - 2.0 * SIDE,
        }
    }

    /// What is drawn by `content`, on a ground and with a bar at its left; on each page that it takes.
    pub(super) fn boxed(&mut self, ground: &str, bar: &str, content: impl FnOnce(&mut Self)) {
        self.room(3.0 * BODY.size * LEADING);
        let (first, top) = (self.sheets.len() - 1, self.y);
        let begin = self.sheets[first].items.len();
        self.y += 5.0;
        self.indented(12.0, |flow| {
            flow.width -= 8.0;
            content(flow);
        });
        self.y += 6.0;
        let last = self.sheets.len() - 1;
        for page in first..=last {
            let from = if page == first { top } else { TOP };
            let to = if page == last { self.y } else { self.floor() };
            let height = (to - from).max(0.0);
            let ground = Item::filled([self.left, from, self.width, height], Tint(light(ground), 1.0));
            let bar = Item::filled([self.left, from, 3.0, height], Tint(light(bar), 1.0));
            let at = if page == first { begin } else { 0 };
            // Under the text that is there already.
            self.sheets[page].items.splice(at..at, [Item::Begin(None), ground, bar, Item::End]);
        }
        self.y += 6.0;
    }

    pub(super) fn indented(&mut self, by: f64, content: impl FnOnce(&mut Self)) {
        let (left, width) = (self.left, self.width);
        self.left += by;
        self.width -= by;
        content(self);
        (self.left, self.width) = (left, width);
    }

    pub(super) fn titled(&mut self, level: u16, title: &str, words: &Prose, style: Style) {
        self.prose(words, Meaning::Heading(level, sanitize(title)), style);
    }

    pub(super) fn plain(&mut self, text: &Phrase, meaning: Meaning, style: Style) {
        self.prose(&Prose::of(text), meaning, style);
    }

    /// A paragraph of this meaning; it may go over to the next page.
    pub(super) fn prose(&mut self, prose: &Prose, meaning: Meaning, style: Style) {
        self.tree.open(meaning);
        for line in self.lines(prose, style, self.width) {
            self.room(style.size * LEADING);
            self.line(&line, [self.left, self.y + style.size * 1.02]);
            self.y += style.size * LEADING;
        }
        self.tree.close();
    }

    /// `prose` in lines; hostile characters made visible, links with the number of their section.
    pub(super) fn lines(&self, prose: &Prose, style: Style, width: f64) -> Vec<Line> {
        line::lines(self.fonts, &self.readied(prose), style, width)
    }

    /// Widths of `prose` in one line, and of its widest word.
    pub(super) fn extent(&self, prose: &Prose, style: Style) -> [f64; 2] {
        line::extent(self.fonts, &self.readied(prose), style)
    }

    fn readied(&self, prose: &Prose) -> Prose {
        let clean = |text: &Phrase| Phrase::verbatim(sanitize(&text.to_string()));
        let spans = prose.0.iter().map(|span| match span {
            Span::Text(text) => Span::Text(clean(text)),
            Span::Strong(text) => Span::Strong(clean(text)),
            Span::Code(text) => Span::Code(sanitize(text)),
            Span::Faint(text) => Span::Faint(clean(text)),
            Span::FaintCode(text) => Span::FaintCode(sanitize(text)),
            Span::Reading(text) => Span::Reading(clean(text)),
            Span::Tag(state, text) => Span::Tag(*state, clean(text)),
            Span::Link(text, target) => {
                let number = match target {
                    Target::Section(id) => self.sections.iter().position(|own| own == id),
                    Target::File(_) => None,
                };
                let place = number.map(|i| self.language.say(&phrase!(" (section {n})", n = i + 1)));
                let words = sanitize(&text.to_string()) + &place.unwrap_or_default();
                Span::Link(words.into(), target.clone())
            }
            Span::Key(_) | Span::Bar(_) | Span::Said { .. } => span.clone(),
        });
        Prose(spans.collect())
    }

    /// Puts a line on its base line.
    pub(super) fn line(&mut self, line: &Line, [x, y]: Place) {
        for run in &line.runs {
            let at = [x + run.x, y];
            let items = match &run.piece {
                Piece::Text(text, style) => {
                    vec![Item::Text { at, text: text.clone(), style: *style, upright: false }]
                }
                Piece::Key(ink) => key(self.fonts, *ink, at),
                Piece::Bar(share) => bar(*share, at, run.width),
            };
            match (&run.piece, run.link) {
                (Piece::Text(text, style), Some(section)) => {
                    self.tree.open(Meaning::Link);
                    let leaf = self.tree.leaf();
                    self.put(Some(leaf), items);
                    let area = [at[0], y - style.size, run.width, style.size * 1.25];
                    let page = self.sheets.len() - 1;
                    self.tree.add(Child::Link(page, self.sheets[page].links.len()));
                    let link = Link { area, section, text: text.clone() };
                    self.sheets[page].links.push(link);
                    self.tree.close();
                }
                (Piece::Text(..), None) => {
                    let leaf = self.tree.leaf();
                    self.put(Some(leaf), items);
                }
                _ => self.decoration(items),
            }
        }
    }

    pub(super) fn bookmark(&mut self, level: u8, title: &str, section: Option<&'static str>) {
        let (page, y) = (self.sheets.len() - 1, self.y);
        self.bookmarks.push(Bookmark { level, title: sanitize(title), page, y, section });
    }

    /// Items that mean nothing by themselves.
    pub(super) fn decoration(&mut self, items: Vec<Item>) {
        self.put(None, items);
    }

    /// Items of one leaf.
    pub(super) fn put(&mut self, leaf: Option<usize>, items: Vec<Item>) {
        if let Some(sheet) = self.sheets.last_mut() {
            sheet.items.push(Item::Begin(leaf));
            sheet.items.extend(items);
            sheet.items.push(Item::End);
        }
    }

    /// Lowest place of a page that may be filled.
    pub(super) fn floor(&self) -> f64 {
        self.paper.height() - BOTTOM
    }

    /// Height that is left on the page.
    pub(super) fn left_over(&self) -> f64 {
        self.floor() - self.y
    }

    /// Goes to the next page unless this one has room for `height`, or is empty.
    pub(super) fn room(&mut self, height: f64) {
        if self.left_over() < height && self.y > TOP {
            self.next_page();
        }
    }

    pub(super) fn next_page(&mut self) {
        self.sheets.push(Sheet::default());
        self.y = TOP;
    }
}

/// Text that is one span.
/// A bar from 0 to 1.
fn bar(share: f64, [x, y]: Place, width: f64) -> Vec<Item> {
    let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
    let (width, height) = (width - 4.0, 5.5);
    vec![
        Item::filled([x, y - height, width, height], Tint(light("line"), 1.0)),
        Item::filled([x, y - height, width * share, height], Tint(light("trace"), 1.0)),
    ]
}
