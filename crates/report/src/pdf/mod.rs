//! A [`Document`](crate::document::Document) as a PDF: pages of text that can be searched, figures as vectors,
//! bookmarks, tags for those who listen, the data attached. The same document gives the same bytes.
//!
//! | file | idea |
//! |---|---|
//! | `font.rs` | which font has a character |
//! | `line.rs` | sentences as lines |
//! | `flow.rs` | text from page to page |
//! | `blocks.rs` `table.rs` | the blocks of a document, and its tables |
//! | `figure.rs` `picture.rs` | figures as vectors, and pictures in them as cells |
//! | `sheet.rs` | pages before they are written, and the tree of meanings |
//! | `write.rs` | pages as a file |

mod blocks;
mod figure;
mod flow;
mod font;
mod line;
mod picture;
mod sheet;
mod table;
mod write;

use crate::document::Document;
use crate::error::Result;
use crate::files::report_name;
use crate::json::json;
use crate::page::{self, Surroundings};
use crate::words::Language;
use brinell_diagnosis::Diagnosis;
use flow::Flow;
use font::Fonts;
use std::collections::BTreeSet;
use write::write;

pub(crate) use write::Attachment;

/// Margins of a page in points: at both sides, above, below. Head and foot of the page lie in them.
const SIDE: f64 = 42.0;
const TOP: f64 = 52.0;
const BOTTOM: f64 = 50.0;

/// Size of the pages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Paper {
    /// 210 by 297 mm.
    #[default]
    A4,
    /// 8.5 by 11 inches.
    Letter,
}

impl Paper {
    /// Width in points.
    fn width(self) -> f64 {
        match self {
            Paper::A4 => 595.28,
            Paper::Letter => 612.0,
        }
    }

    /// Height in points.
    fn height(self) -> f64 {
        match self {
            Paper::A4 => 841.89,
            Paper::Letter => 792.0,
        }
    }
}

/// How a PDF is made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PdfOptions {
    /// Size of the pages.
    pub paper: Paper,
    /// Time of writing as it is to be printed, ISO 8601; `None` prints none. Never read from a clock.
    pub created: Option<String>,
    /// Further fonts (TrueType or OpenType files), asked in order for characters that the program's own lack.
    pub fonts: Vec<Vec<u8>>,
    /// Language of the report.
    pub language: Language,
}

/// A PDF file, and what could not be shown in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pdf {
    /// The file.
    pub bytes: Vec<u8>,
    /// Characters that no font has, in order; the pages show U+FFFD for each of them.
    pub missing: Vec<char>,
}

impl Pdf {
    /// One sentence on the characters that could not be shown; `None` where there are none.
    pub fn warning(&self) -> Option<String> {
        const NAMED: usize = 8;
        let named: Vec<String> =
            self.missing.iter().take(NAMED).map(|c| format!("U+{:04X}", *c as u32)).collect();
        let more = self.missing.len().saturating_sub(NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        (!named.is_empty()).then(|| {
            format!(
                "no font of the PDF has {}{more}: U+FFFD is shown in place of each; the text can still be searched and copied",
                named.join(", ")
            )
        })
    }
}

/// The report of `diagnosis` as a PDF, its JSON form attached.
///
/// # Errors
/// [`Error::Font`](crate::Error::Font) where one of the further fonts is none, and
/// [`Error::Encoding`](crate::Error::Encoding) where the file cannot be put together.
pub fn pdf(diagnosis: &Diagnosis, options: &PdfOptions) -> Result<Pdf> {
    let around = Surroundings { created: options.created.as_deref(), json: None };
    let name = format!("{}.json", report_name(diagnosis));
    let attachment = Attachment { name, content: json(diagnosis).into_bytes() };
    render(&page::document(diagnosis, &around).into_language(options.language), options, Some(attachment))
}

/// A document as a PDF.
pub(crate) fn render(
    document: &Document,
    options: &PdfOptions,
    attachment: Option<Attachment>,
) -> Result<Pdf> {
    let fonts = Fonts::new(&options.fonts)?;
    let flow = Flow::document(&fonts, options.paper, document);
    let mut missing = BTreeSet::new();
    for item in flow.sheets.iter().flat_map(|sheet| &sheet.items) {
        if let sheet::Item::Text { text, .. } = item {
            missing.extend(fonts.missing(text));
        }
    }
    let bytes = write(document, flow, attachment)?;
    Ok(Pdf { bytes, missing: missing.into_iter().collect() })
}
