//! A [`Document`] as a page: one file, nothing fetched. Without its script it shows all; the script makes the
//! figures movable.

mod frame;
mod movable;
mod script;
mod table;

pub(crate) use frame::{Frame, framed};
pub(crate) use script::Script;

use crate::document::{Block, Document, Prose, Section, Span, State, Target, Tone};
use crate::page::{self, Surroundings};
use crate::svg;
use crate::words::Language;
use brinell_diagnosis::Diagnosis;
use brinell_signal::phrase;
use maud::{Markup, PreEscaped, html as markup};

/// What a page shows besides the diagnosis.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HtmlOptions {
    /// Time of writing as it is to be printed, ISO 8601; `None` prints none. Never read from a clock.
    pub created: Option<String>,
    /// Path of the JSON file, relative to the page; `None` links none.
    pub json: Option<String>,
    /// Language of the page.
    pub language: Language,
}

/// The report page of `diagnosis`: one self-contained HTML file. Same input, same bytes.
pub fn html(diagnosis: &Diagnosis, options: &HtmlOptions) -> String {
    let around = Surroundings { created: options.created.as_deref(), json: options.json.as_deref() };
    render(&page::document(diagnosis, &around).into_language(options.language))
}

/// A document as one self-contained file.
pub(crate) fn render(document: &Document) -> String {
    let body = markup! {
        header.masthead {
            p.eyebrow { (document.kind) }
            h1 { (document.heading) }
            dl.meta {
                @for (name, value) in &document.facts { div { dt { (name) } dd { (spans(value)) } } }
            }
        }
        nav aria-label=(document.language.say(&phrase!("Contents"))) {
            ol {
                @for section in &document.sections { li { a href={ "#" (section.id) } { (section.title) } } }
            }
        }
        main id="main" {
            @for (i, own) in document.sections.iter().enumerate() { (section(i + 1, own)) }
        }
        footer { p { (spans(&document.foot)) } }
    };
    let script = movable::data(document).map(Script::of_plots);
    let title = document.title.to_string();
    framed(&Frame { title: &title, body, wide: false, script, language: document.language })
}

fn section(number: usize, section: &Section) -> Markup {
    let id = section.id;
    markup! {
        section class=[(id == "summary").then_some("summary")] id=(id) aria-labelledby={ (id) "-title" } {
            h2 id={ (id) "-title" } { span.number { (number) } " " (section.title) }
            @for own in &section.blocks { (block(own)) }
        }
    }
}

fn block(block: &Block) -> Markup {
    match block {
        Block::Heading(text) => markup! { h3 { (spans(text)) } },
        Block::Paragraph(tone, text) => paragraph(*tone, text),
        Block::List { ordered, items } => list(*ordered, "plain", items),
        Block::Table(own) => table::table(own),
        Block::Figure(figure, caption) => markup! {
            figure { div.plot { (PreEscaped(svg::draw(figure))) } figcaption { (spans(caption)) } }
        },
        Block::Command(line) => markup! { pre tabindex="0" { code { (line) } } },
        Block::Terms(terms) => markup! {
            dl.glossary { @for (term, meaning) in terms { div { dt { (term) } dd { (meaning) } } } }
        },
        Block::Status { state, headline, why } => markup! {
            div class={ "status " (state.name()) } {
                (shape(*state))
                div {
                    p.word { (headline) }
                    p { (why) }
                }
            }
        },
        Block::Answers(answers) => markup! {
            dl.facts { @for (question, answer) in answers { dt { (question) } dd { (self::answer(answer)) } } }
        },
        Block::Tiles(tiles) => markup! {
            div.tiles {
                @for (number, meaning) in tiles { div { p.figure-number { (number) } p { (spans(meaning)) } } }
            }
        },
        Block::Columns([left, right]) => markup! {
            div.columns {
                @for own in left { (self::block(own)) }
                div { @for own in right { (self::block(own)) } }
            }
        },
    }
}

fn paragraph(tone: Tone, text: &Prose) -> Markup {
    let text = spans(text);
    match tone {
        Tone::Plain => markup! { p { (text) } },
        Tone::Long => markup! { p.prose { (text) } },
        Tone::Faint => markup! { p.faint { (text) } },
        Tone::Limit => markup! { p.gap { (text) } },
        Tone::NotEvidence => markup! { p.not-evidence { (text) } },
        Tone::Disagreement => markup! { div.disagreement role="note" { p { (text) } } },
    }
}

fn list(ordered: bool, class: &str, items: &[Prose]) -> Markup {
    markup! {
        @if ordered { ol class=(class) { @for item in items { li { (spans(item)) } } } }
        @else { ul class=(class) { @for item in items { li { (spans(item)) } } } }
    }
}

/// A sentence stands alone; lists are those of actions.
fn answer(blocks: &[Block]) -> Markup {
    match blocks {
        [Block::Paragraph(Tone::Plain, text)] => spans(text),
        _ => markup! {
            @for own in blocks {
                @match own {
                    Block::List { ordered, items } => (list(*ordered, "actions", items)),
                    _ => (block(own)),
                }
            }
        },
    }
}

fn spans(prose: &Prose) -> Markup {
    markup! { @for own in &prose.0 { (span(own)) } }
}

fn span(span: &Span) -> Markup {
    match span {
        Span::Text(text) => markup! { (text) },
        Span::Strong(text) => markup! { strong { (text) } },
        Span::Code(text) => markup! { code { (text) } },
        Span::Faint(text) => markup! { span.faint { (text) } },
        Span::FaintCode(text) => markup! { code.faint { (text) } },
        Span::Reading(text) => markup! { span.reading { (text) } },
        Span::Link(text, Target::Section(id)) => markup! { a href={ "#" (id) } { (text) } },
        Span::Link(text, Target::File(href)) => markup! { a href=(href) { (text) } },
        Span::Key(ink) => PreEscaped(svg::key(*ink)),
        Span::Bar(share) => PreEscaped(svg::bar(*share)),
        Span::Tag(state, word) => markup! {
            span class={ "tag " (state.name()) } { span aria-hidden="true" { (state.shape()) } " " (word) }
        },
        Span::Said { .. } => spans(&Prose::of(span.clone()).into_language(Language::English)),
    }
}

/// The status' shape: triangle, diamond or circle.
fn shape(state: State) -> Markup {
    let path = match state {
        State::Found => r#"<path d="M24 5L45 42H3Z"/><path class="sign" d="M24 17V29M24 34V37"/>"#,
        State::Undecided => {
            r#"<path d="M24 3L45 24L24 45L3 24Z"/><path class="sign" d="M19 20a5 5 0 1 1 7 5q-2 1-2 4M24 33V35.5"/>"#
        }
        State::NoFault => r#"<circle cx="24" cy="24" r="19"/><path class="sign" d="M16 24H32"/>"#,
    };
    PreEscaped(format!(r#"<svg class="shape" viewBox="0 0 48 48" aria-hidden="true">{path}</svg>"#))
}
