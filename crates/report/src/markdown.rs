//! A [`Document`] as Markdown (CommonMark with tables): the same blocks and numbers as the page, without its figures.
//!
//! What comes from data stays text: every character that means something in Markdown or HTML is written so that it
//! means nothing, and a line break inside a cell or a heading becomes a space.

use crate::document::{Block, ColumnKind, Document, Prose, Row, Span, Table, TableKind, Target, Tone, next};
use crate::page::{self, Surroundings};
use crate::text::sanitize;
use crate::words::Language;
use brinell_diagnosis::Diagnosis;
use brinell_signal::{Phrase, phrase};
use std::fmt::Write as _;

/// What a Markdown report says besides the diagnosis.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MarkdownOptions {
    /// Time of writing as it is to be printed, ISO 8601; `None` prints none. Never read from a clock.
    pub created: Option<String>,
    /// Path of the JSON file, relative to the report; `None` links none.
    pub json: Option<String>,
    /// Path of the page that has the figures, relative to the report; `None` links none.
    pub page: Option<String>,
    /// Language of the report.
    pub language: Language,
}

/// The report of `diagnosis` as Markdown. Same input, same bytes.
pub fn markdown(diagnosis: &Diagnosis, options: &MarkdownOptions) -> String {
    let around = Surroundings { created: options.created.as_deref(), json: options.json.as_deref() };
    let figures = options.page.as_deref().and_then(crate::text::relative_href);
    render(&page::document(diagnosis, &around).into_language(options.language), figures.as_deref())
}

/// A document as Markdown; `figures` is the address of the page that has them.
pub(crate) fn render(document: &Document, figures: Option<&str>) -> String {
    let mut writer = Writer { out: String::new(), document, figures };
    writer.line(&format!("# {}", plain(&document.heading.to_string())));
    writer.line(&format!("*{}*", plain(&document.kind.to_string())));
    for (name, value) in &document.facts {
        let colon = writer.say(&phrase!(": "));
        writer.out.push_str(&format!("- {}{colon}{}\n", plain(&name.to_string()), writer.spans(value)));
    }
    writer.out.push('\n');
    for (i, section) in document.sections.iter().enumerate() {
        writer.line(&format!("## {} {}", i + 1, plain(&section.title.to_string())));
        section.blocks.iter().for_each(|block| writer.block(block));
    }
    writer.line("---");
    let foot = writer.spans(&document.foot);
    writer.line(&foot);
    let mut text = writer.out.trim_end().to_owned();
    text.push('\n');
    text
}

struct Writer<'a> {
    out: String,
    document: &'a Document,
    figures: Option<&'a str>,
}

impl Writer<'_> {
    fn say(&self, phrase: &Phrase) -> String {
        self.document.language.say(phrase)
    }

    /// A paragraph.
    fn line(&mut self, text: &str) {
        self.out.push_str(text.trim_end());
        self.out.push_str("\n\n");
    }

    fn block(&mut self, block: &Block) {
        match block {
            Block::Heading(text) => {
                let text = self.spans(text);
                self.line(&format!("### {text}"));
            }
            Block::Paragraph(tone, text) => {
                let text = self.spans(text);
                let quoted = matches!(tone, Tone::Limit | Tone::NotEvidence | Tone::Disagreement);
                self.line(&if quoted { format!("> {text}") } else { text });
            }
            Block::List { ordered, items } => {
                for (i, item) in items.iter().enumerate() {
                    let sign = if *ordered { format!("{}.", i + 1) } else { "-".to_owned() };
                    let _ = writeln!(self.out, "{sign} {}", self.spans(item));
                }
                self.out.push('\n');
            }
            Block::Table(table) => self.table(table),
            Block::Figure(figure, caption) => {
                let words = phrase!(
                    "{title}. {description}",
                    title = &figure.title,
                    description = &figure.description
                );
                let text = plain(&self.say(&words)) + &self.say(&next()) + &self.spans(caption);
                let word = self.say(&phrase!("Figure"));
                let place = match self.figures {
                    Some(href) => format!("[{word}]({href}#{}-title)", figure.id),
                    None => word,
                };
                self.line(&format!("> {place}{}{text}", self.say(&phrase!(": "))));
            }
            Block::Command(text) => {
                let fence = "`".repeat(longest_run(text, '`').max(2) + 1);
                let text = sanitize(text);
                self.line(&format!("{fence}sh\n{text}\n{fence}"));
            }
            Block::Terms(terms) => {
                for (term, meaning) in terms {
                    let colon = self.say(&phrase!(": "));
                    let [term, meaning] = [term, meaning].map(|text| plain(&text.to_string()));
                    let _ = writeln!(self.out, "- **{term}**{colon}{meaning}");
                }
                self.out.push('\n');
            }
            Block::Status { state, headline, why } => {
                self.line(&format!("**{} {}**", state.shape(), plain(&headline.to_string())));
                self.line(&plain(&why.to_string()));
            }
            Block::Answers(answers) => {
                for (question, blocks) in answers {
                    let question = self.say(&phrase!("{question}: ", question));
                    let question = around("**", &question);
                    match blocks.as_slice() {
                        [Block::Paragraph(Tone::Plain, text)] => {
                            let text = self.spans(text);
                            self.line(&format!("{question}{text}"));
                        }
                        _ => {
                            self.line(&question);
                            blocks.iter().for_each(|block| self.block(block));
                        }
                    }
                }
            }
            Block::Tiles(tiles) => {
                for (number, meaning) in tiles {
                    let _ =
                        writeln!(self.out, "- **{}** {}", plain(&number.to_string()), self.spans(meaning));
                }
                self.out.push('\n');
            }
            Block::Columns(columns) => columns.iter().flatten().for_each(|block| self.block(block)),
        }
    }

    fn table(&mut self, table: &Table) {
        let caption = self.spans(&table.caption);
        self.line(&caption);
        let names: Vec<String> = match table.kind {
            TableKind::Facts => vec![self.say(&phrase!("Fact")), self.say(&phrase!("Value"))],
            _ => table.columns.iter().map(|column| plain(&column.title.to_string())).collect(),
        };
        let rules = table.columns.iter().map(|column| match column.kind {
            ColumnKind::Number => "---:".to_owned(),
            _ => "---".to_owned(),
        });
        let rules: Vec<String> = rules.collect();
        self.row(&names);
        self.row(&rules);
        for group in &table.groups {
            if let Some(heading) = &group.heading {
                let mut cells = vec![format!("**{}**", plain(heading.words().trim()))];
                cells.resize(table.columns.len(), String::new());
                self.row(&cells);
            }
            for own in &group.rows {
                let cells = self.cells(own);
                self.row(&cells);
            }
        }
        self.out.push('\n');
    }

    fn cells(&self, row: &Row) -> Vec<String> {
        row.cells.iter().map(|cell| self.spans(cell)).collect()
    }

    fn row(&mut self, cells: &[String]) {
        let _ = writeln!(self.out, "| {} |", cells.join(" | "));
    }

    fn spans(&self, prose: &Prose) -> String {
        prose.0.iter().map(|span| self.span(span)).collect()
    }

    fn span(&self, span: &Span) -> String {
        match span {
            Span::Text(text) | Span::Faint(text) | Span::Reading(text) => plain(&text.to_string()),
            Span::Strong(text) => around("**", &text.to_string()),
            Span::Code(text) | Span::FaintCode(text) => plain(text),
            Span::Link(text, Target::Section(id)) => {
                let number = self.document.sections.iter().position(|section| section.id == *id);
                let place = number.map(|i| self.say(&phrase!(" (section {n})", n = i + 1)));
                plain(&text.to_string()) + &place.unwrap_or_default()
            }
            Span::Link(text, Target::File(href)) => format!("[{}]({href})", plain(&text.to_string())),
            Span::Tag(state, text) => format!("{} {}", state.shape(), plain(&text.to_string())),
            Span::Key(_) | Span::Bar(_) => String::new(),
            Span::Said { .. } => self.spans(&Prose::of(span.clone()).into_language(self.document.language)),
        }
    }
}

/// `text` in bold or slanted type; marks need a letter at their inner side.
fn around(mark: &str, text: &str) -> String {
    let inner = text.trim();
    if inner.is_empty() {
        return plain(text);
    }
    let begin = if text.starts_with(' ') { " " } else { "" };
    let end = if text.ends_with(' ') { " " } else { "" };
    // A mark between a full-width stop and a letter would not end the bold type.
    let words = inner.trim_end_matches(['：', '。']);
    let stop = &inner[words.len()..];
    format!("{begin}{mark}{}{mark}{stop}{end}", plain(words))
}

/// `text` as text alone.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in sanitize(text).chars() {
        match c {
            '\n' => out.push(' '),
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' | '$' | '!' => {
                out.push('\\');
                out.push(c);
            }
            // An address would become a link by itself.
            ':' if out.ends_with("http") || out.ends_with("https") => out.push_str("&#58;"),
            '@' => out.push_str("&#64;"),
            _ => out.push(c),
        }
    }
    // At the begin of a line these would begin a list or a rule.
    let digits = out.len() - out.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    match (digits, out[digits..].chars().next()) {
        (0, Some('-' | '+' | '=')) | (1.., Some('.' | ')')) => out.insert(digits, '\\'),
        _ => {}
    }
    out
}

fn longest_run(text: &str, wanted: char) -> usize {
    let mut longest = 0;
    let mut run = 0;
    for c in text.chars() {
        run = if c == wanted { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_something_in_markdown_is_written_so_that_it_means_nothing() {
        assert_eq!(plain("a|b\n*c* `d` <b>&[x](y)"), "a\\|b \\*c\\* \\`d\\` &lt;b&gt;&amp;\\[x\\](y)");
        assert_eq!(plain("- item"), "\\- item");
        assert_eq!(plain("12. item"), "12\\. item");
        assert_eq!(plain("12.5 g"), "12\\.5 g");
        assert_eq!(plain("https://x a@b"), "https&#58;//x a&#64;b");
        assert_eq!(around("**", "Missing: "), "**Missing:** ");
        assert_eq!(around("**", "缺少："), "**缺少**：");
    }

    #[test]
    fn a_fence_is_longer_than_any_run_in_it() {
        assert_eq!(longest_run("a```b``", '`'), 3);
    }
}
