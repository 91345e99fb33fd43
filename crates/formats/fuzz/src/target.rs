//! What is fuzzed: every format by its name, raw numbers by a layout, and the two parsers of texts of ours.

use crate::agreement::agreeing;
use brinell_formats::{Catalogue, Format, Layout, ReadRequest, Source, formats, recording_of};
use brinell_signal::Hertz;
use std::path::Path;

/// Bytes that any input may take, and more for each of its bytes.
const MEMORY: (usize, usize) = (64 << 20, 64);
/// Bytes that a Parquet file may take: what it packs unpacks in one piece, as `tests/contract/memory.rs` says.
const PARQUET_MEMORY: usize = 1 << 30;

/// One thing to fuzz.
pub(crate) enum Target {
    /// A reader of files.
    Format(&'static dyn Format),
    /// Raw numbers: a layout as text, a zero byte, and the numbers.
    Raw,
    /// The whole way of a file of any format to a recording.
    Recording,
    /// A layout as text.
    Layout,
    /// A catalogue as text.
    Catalogue,
}

/// The targets that are no format.
const OTHERS: [(&str, fn() -> Target); 4] = [
    ("raw", || Target::Raw),
    ("recording", || Target::Recording),
    ("layout", || Target::Layout),
    ("catalogue", || Target::Catalogue),
];

/// Names of all targets.
pub(crate) fn names() -> Vec<&'static str> {
    formats().iter().map(|format| format.name()).chain(OTHERS.map(|(name, _)| name)).collect()
}

/// The target of that name.
pub(crate) fn find(name: &str) -> Option<Target> {
    let format = formats().iter().find(|format| format.name() == name);
    let other = || OTHERS.iter().find(|(own, _)| *own == name).map(|(_, target)| target());
    format.map(|format| Target::Format(*format)).or_else(other)
}

impl Target {
    /// Bytes that an input of that length may take.
    pub(crate) fn memory(&self, length: usize) -> usize {
        match self {
            Self::Format(format) if format.name() == "parquet" => PARQUET_MEMORY,
            Self::Recording => PARQUET_MEMORY,
            _ => MEMORY.0 + MEMORY.1 * length,
        }
    }

    pub(crate) fn run(&self, bytes: &[u8]) {
        let source = || Source::from_bytes(Path::new("fuzzed"), bytes.to_vec());
        let rate = Some(Hertz(12_000.0));
        match self {
            Self::Format(format) => {
                if let Some(head) = bytes.get(..bytes.len().min(brinell_formats::HEAD)) {
                    format.sniff(head);
                }
                agreeing(*format, &source());
            }
            Self::Raw => {
                let Some(end) = bytes.iter().position(|&byte| byte == 0) else { return };
                let Ok(text) = std::str::from_utf8(&bytes[..end]) else { return };
                let Ok(layout) = Layout::parse(text, "fuzzed.toml") else { return };
                let source = Source::from_bytes(Path::new("fuzzed"), bytes[end + 1..].to_vec());
                if let Some(raw) = &layout.raw {
                    agreeing(raw, &source);
                }
                let _ = recording_of(
                    &source,
                    &ReadRequest { layout: Some(&layout), rate, ..ReadRequest::default() },
                );
            }
            Self::Recording => {
                let _ = recording_of(&source(), &ReadRequest { rate, ..ReadRequest::default() });
            }
            Self::Layout => {
                let _ = Layout::parse(&String::from_utf8_lossy(bytes), "fuzzed.toml");
            }
            Self::Catalogue => {
                let _ = Catalogue::parse(&String::from_utf8_lossy(bytes), "fuzzed.csv");
            }
        }
    }
}
