//! The report page: one file, no script, nothing fetched. Every block is always there; where its data
//! is missing a sentence says what is missing, which conclusion falls, and what to supply.

mod document;
mod evidence;
mod glossary;
mod hypotheses;
mod opinion;
mod peaks;
mod provenance;
mod quality;
mod severity;
mod summary;

pub(crate) use document::{Document, document};

use crate::figure::Figure;
use crate::svg;
use crate::text::{basename, relative_href, shorten};
use brinell_diagnosis::{Diagnosis, Level, Verdict};
use brinell_signal::{FaultKind, Origin};
use maud::{Markup, PreEscaped, html as markup};

/// What a page shows besides the diagnosis.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HtmlOptions {
    /// Time of writing as it is to be printed, ISO 8601; `None` prints none. Never read from a clock.
    pub created: Option<String>,
    /// Path of the JSON file, relative to the page; `None` links none.
    pub json: Option<String>,
}

/// The report page of `diagnosis`: one self-contained HTML file. Same input, same bytes.
pub fn html(diagnosis: &Diagnosis, options: &HtmlOptions) -> String {
    let body = markup! {
        (masthead(diagnosis, options))
        (contents())
        main id="main" {
            (summary::block(diagnosis))
            (evidence::block(diagnosis))
            (peaks::block(diagnosis))
            (hypotheses::block(diagnosis))
            (opinion::block(diagnosis))
            (quality::block(diagnosis))
            (severity::block(diagnosis))
            (provenance::block(diagnosis))
            (caveats(diagnosis))
            (glossary::block())
        }
        footer {
            p { "Brinell report " code { (diagnosis.id) } ". Input SHA-256 " code { (diagnosis.input.sha256) } "." }
        }
    };
    document(&Document { title: &format!("{} - bearing report", subject(diagnosis)), body, wide: false })
}

const BLOCKS: [(&str, &str); 10] = [
    ("summary", "Summary"),
    ("evidence", "Evidence"),
    ("peaks", "Peaks"),
    ("hypotheses", "Competing hypotheses"),
    ("opinion", "Learned opinion"),
    ("quality", "Data quality and indicators"),
    ("severity", "Severity and history"),
    ("method", "Method and provenance"),
    ("caveats", "Caveats"),
    ("glossary", "Glossary"),
];

/// Heading of a block with its number.
fn heading(id: &str) -> Markup {
    let found = BLOCKS.iter().enumerate().find(|(_, block)| block.0 == id);
    let (number, title) = found.map_or((0, id), |(i, block)| (i + 1, block.1));
    markup! { h2 id={ (id) "-title" } { span.number { (number) } " " (title) } }
}

fn contents() -> Markup {
    markup! {
        nav aria-label="Contents" {
            ol {
                @for (id, title) in BLOCKS { li { a href={ "#" (id) } { (title) } } }
            }
        }
    }
}

/// What the report is about: asset and point, or file and channel.
fn subject(diagnosis: &Diagnosis) -> String {
    let machine = &diagnosis.machine;
    let parts: Vec<&str> =
        [&machine.asset, &machine.point].into_iter().flatten().map(String::as_str).collect();
    let text = if parts.is_empty() {
        format!("{}, channel {}", basename(&diagnosis.input.path), diagnosis.input.channel)
    } else {
        parts.join(", ")
    };
    shorten(&text, 120)
}

fn masthead(diagnosis: &Diagnosis, options: &HtmlOptions) -> Markup {
    let input = &diagnosis.input;
    markup! {
        header.masthead {
            p.eyebrow { "Bearing vibration report" }
            h1 { (subject(diagnosis)) }
            dl.meta {
                div { dt { "Recording" } dd { (basename(&input.path)) ", channel " (input.channel)
                    @if let Some(position) = &input.position { " (" (position) ")" } } }
                div { dt { "Shaft speed" } dd {
                    @match &diagnosis.speed {
                        Some(speed) => {
                            (crate::number::fixed(speed.hz, 2)) " Hz = " (crate::number::fixed(speed.hz * 60.0, 0)) " r/min ("
                            (origin(speed.origin)) ")"
                        }
                        None => "not known",
                    }
                } }
                div { dt { "Bearing" } dd {
                    @match &diagnosis.bearing {
                        Some(bearing) => { (bearing.designation) " (" (origin(bearing.origin)) ")" }
                        None => "not known",
                    }
                } }
                div { dt { "Length" } dd {
                    (crate::number::seconds(input.duration_s)) " at " (crate::number::trimmed(input.rate_hz)) " Hz"
                    @if let Some(turns) = diagnosis.method.revolutions { ", " (crate::number::fixed(turns, 0)) " turns" }
                } }
                div { dt { "Report" } dd {
                    code { (shorten(&diagnosis.id, 60)) }
                    @if let Some(created) = &options.created { ", written " (created) }
                    @if let Some(href) = options.json.as_deref().and_then(relative_href) {
                        ", " a href=(href) { "data as JSON" }
                    }
                } }
            }
        }
    }
}

fn caveats(diagnosis: &Diagnosis) -> Markup {
    markup! {
        section id="caveats" aria-labelledby="caveats-title" {
            (heading("caveats"))
            @if diagnosis.caveats.is_empty() {
                p { "None was recorded beyond the limits stated in the blocks above." }
            } @else {
                ol.plain {
                    @for caveat in &diagnosis.caveats {
                        li { (caveat.text) " " code.faint { (caveat.code) } }
                    }
                }
            }
        }
    }
}

/// The sentence in place of a missing block.
fn gap(missing: &str, falls: &str, supply: &str) -> Markup {
    markup! {
        p.gap {
            strong { "Missing: " } (missing) " "
            strong { "What falls: " } (falls) " "
            strong { "To supply: " } (supply)
        }
    }
}

/// A figure with its caption, or the sentence in its place.
fn figure_or(figure: Option<Figure>, caption: Markup, otherwise: Markup) -> Markup {
    match figure {
        Some(figure) => markup! {
            figure { (PreEscaped(svg::draw(&figure))) figcaption { (caption) } }
        },
        None => otherwise,
    }
}

/// A table that scrolls on narrow screens and can be reached with the keyboard.
fn scrolled(label: &str, table: Markup) -> Markup {
    markup! { div.scroll tabindex="0" role="region" aria-label=(label) { (table) } }
}

/// Where a fact comes from, in words.
fn origin(origin: Origin) -> &'static str {
    match origin {
        Origin::File => "from the file",
        Origin::Declared => "declared",
        Origin::Measured => "measured",
        Origin::Estimated => "estimated from the signal",
        Origin::Nominal => "nominal, not measured",
        Origin::Assumed => "assumed",
    }
}

/// `inner race (BPFI)`.
fn kind_title(kind: FaultKind) -> String {
    format!("{} ({})", kind.title(), crate::palette::kind_line(kind))
}

fn kind_list(kinds: &[FaultKind]) -> String {
    kinds.iter().map(|kind| kind_title(*kind)).collect::<Vec<_>>().join(", ")
}

/// Class, word and shape of a verdict; a status is never told by colour alone.
pub(crate) fn status(verdict: &Verdict) -> (&'static str, &'static str, &'static str) {
    match verdict {
        Verdict::Found { .. } => ("found", "Fault found", "\u{25B2}"),
        Verdict::Undecided { .. } => ("undecided", "Undecided", "\u{25C6}"),
        Verdict::NoFaultFound { .. } => ("nofault", "No fault found", "\u{25CB}"),
    }
}

/// Class, word and shape of a quality level.
fn level(level: Level) -> (&'static str, &'static str, &'static str) {
    match level {
        Level::Ok => ("nofault", "within limit", "\u{25CB}"),
        Level::Warn => ("undecided", "outside limit", "\u{25C6}"),
        Level::Bad => ("found", "not usable", "\u{25B2}"),
    }
}

fn yes_no(value: bool) -> &'static str {
    if value { "yes" } else { "no" }
}
