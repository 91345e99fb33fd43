//! The lines of a text file, one at a time, with their number and place.

use crate::error::Result;
use crate::source::Source;
use std::borrow::Cow;

/// Longest line, and bytes that are read at once.
pub(super) const LONGEST: usize = 64 << 10;
const MARK: &[u8] = b"\xEF\xBB\xBF";

/// Signs that begin a comment.
const COMMENTS: [&str; 4] = ["#", "%", "//", "!"];

/// One line without its end.
#[derive(Clone, Copy)]
pub(super) struct Line<'a> {
    /// From 1.
    pub(super) number: u64,
    /// Byte at which it starts.
    pub(super) offset: u64,
    pub(super) bytes: &'a [u8],
}

impl<'a> Line<'a> {
    /// As text; bytes that are no UTF-8 are taken for Latin-1.
    pub(super) fn text(self) -> Cow<'a, str> {
        match std::str::from_utf8(self.bytes) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => Cow::Owned(self.bytes.iter().map(|&byte| char::from(byte)).collect()),
        }
    }

    /// Whether numbers may stand in it: neither blank nor a comment.
    pub(super) fn counts(self) -> bool {
        let bare = self.bytes.trim_ascii_start();
        !bare.is_empty() && !COMMENTS.iter().any(|mark| bare.starts_with(mark.as_bytes()))
    }
}

/// A comment without its mark; `None` where the line is none.
pub(super) fn comment(text: &str) -> Option<&str> {
    let bare = text.trim_start();
    let mark = COMMENTS.iter().find(|mark| bare.starts_with(**mark))?;
    Some(bare.trim_start_matches(mark).trim())
}

/// Reads line by line.
pub(super) struct Lines<'a> {
    source: &'a Source,
    /// Bytes that were read and not handed out yet stand behind `from`.
    buffer: Vec<u8>,
    from: usize,
    /// Byte of the file behind the buffer.
    end: u64,
    number: u64,
}

impl<'a> Lines<'a> {
    pub(super) fn new(source: &'a Source) -> Result<Self> {
        let marked = source.at(0, MARK.len())?.starts_with(MARK);
        let end = if marked { MARK.len() as u64 } else { 0 };
        Ok(Self { source, buffer: Vec::new(), from: 0, end, number: 0 })
    }

    /// The next line; `None` at the end of the file.
    pub(super) fn next(&mut self) -> Result<Option<Line<'_>>> {
        let mut searched = 0;
        let length = loop {
            let left = &self.buffer[self.from..];
            if let Some(at) = left[searched..].iter().position(|&byte| byte == b'\n') {
                break searched + at + 1;
            }
            searched = left.len();
            if searched > LONGEST {
                let element = format!("line {}", self.number + 1);
                let why = format!("it has no end within {LONGEST} bytes: is it text?");
                return Err(self.source.malformed(self.end - searched as u64, &element, why));
            }
            let more = self.source.at(self.end, LONGEST)?;
            if more.is_empty() {
                break searched;
            }
            self.buffer.drain(..self.from);
            self.from = 0;
            self.buffer.extend_from_slice(&more);
            self.end += more.len() as u64;
        };
        if length == 0 {
            return Ok(None);
        }
        let offset = self.end - (self.buffer.len() - self.from) as u64;
        let line = &self.buffer[self.from..self.from + length];
        self.from += length;
        self.number += 1;
        let bytes = line.strip_suffix(b"\n").unwrap_or(line);
        let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
        Ok(Some(Line { number: self.number, offset, bytes }))
    }
}
