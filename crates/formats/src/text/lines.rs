//! The lines of a text file, one at a time, with their number and place; of UTF-16 as UTF-8.

use crate::error::Result;
use crate::source::Source;
use std::borrow::Cow;

/// Longest line, and bytes that are read at once.
pub(super) const LONGEST: usize = 64 << 10;

/// How the characters of a file are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    /// UTF-8, or Latin-1 where it is not.
    Bytes,
    /// UTF-16; most significant byte first or not.
    Wide { big: bool },
}

/// First bytes that say which; without them it is bytes.
const MARKS: [(&[u8], Encoding); 3] = [
    (b"\xEF\xBB\xBF", Encoding::Bytes),
    (b"\xFF\xFE", Encoding::Wide { big: false }),
    (b"\xFE\xFF", Encoding::Wide { big: true }),
];

impl Encoding {
    /// The encoding that first bytes tell, and the bytes of the mark that tells it.
    pub(super) fn of(head: &[u8]) -> (Self, usize) {
        let found = MARKS.iter().find(|(mark, _)| head.starts_with(mark));
        found.map_or((Self::Bytes, 0), |(mark, encoding)| (*encoding, mark.len()))
    }

    /// Bytes of the smallest character.
    fn width(self) -> usize {
        match self {
            Self::Bytes => 1,
            Self::Wide { .. } => 2,
        }
    }

    /// Place of the first line feed in whole characters from the start.
    fn line_feed(self, bytes: &[u8]) -> Option<usize> {
        match self {
            Self::Bytes => bytes.iter().position(|&byte| byte == b'\n'),
            Self::Wide { big } => {
                let feed = if big { [0, b'\n'] } else { [b'\n', 0] };
                bytes.as_chunks::<2>().0.iter().position(|pair| *pair == feed).map(|at| 2 * at)
            }
        }
    }

    /// Appends wide characters as UTF-8; one that is cut or none at all becomes the sign for that.
    pub(super) fn widen(bytes: &[u8], big: bool, into: &mut String) {
        let (pairs, rest) = bytes.as_chunks::<2>();
        let units =
            pairs.iter().map(|&pair| if big { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) });
        into.extend(char::decode_utf16(units).map(|one| one.unwrap_or(char::REPLACEMENT_CHARACTER)));
        if !rest.is_empty() {
            into.push(char::REPLACEMENT_CHARACTER);
        }
    }
}

/// Signs that begin a comment.
const COMMENTS: [&str; 4] = ["#", "%", "//", "!"];

/// One line without its end.
#[derive(Clone, Copy)]
pub(super) struct Line<'a> {
    /// From 1.
    pub(super) number: u64,
    /// Byte at which it starts, and the one behind its end.
    pub(super) offset: u64,
    pub(super) end: u64,
    /// The file ends before the line does.
    pub(super) is_open: bool,
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
    encoding: Encoding,
    /// A line of wide characters as UTF-8.
    narrow: String,
    /// Bytes that were read and not handed out yet stand behind `from`.
    buffer: Vec<u8>,
    from: usize,
    /// Byte of the file behind the buffer.
    end: u64,
    number: u64,
}

impl<'a> Lines<'a> {
    pub(super) fn new(source: &'a Source) -> Result<Self> {
        let (encoding, mark) = Encoding::of(&source.at(0, 3)?);
        let end = mark as u64;
        Ok(Self { source, encoding, narrow: String::new(), buffer: Vec::new(), from: 0, end, number: 0 })
    }

    /// The next line; `None` at the end of the file.
    pub(super) fn next(&mut self) -> Result<Option<Line<'_>>> {
        let mut searched = 0;
        let length = loop {
            let left = &self.buffer[self.from..];
            if let Some(at) = self.encoding.line_feed(&left[searched..]) {
                break searched + at + self.encoding.width();
            }
            searched = left.len() / self.encoding.width() * self.encoding.width();
            if searched > LONGEST {
                let element = format!("line {}", self.number + 1);
                let why = format!("it has no end within {LONGEST} bytes: is it text?");
                return Err(self.source.malformed(self.end - searched as u64, &element, why));
            }
            let more = self.source.at(self.end, LONGEST)?;
            if more.is_empty() {
                break left.len();
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
        let is_open = self.encoding.line_feed(line).is_none();
        self.from += length;
        self.number += 1;
        let line = match self.encoding {
            Encoding::Bytes => line,
            Encoding::Wide { big } => {
                self.narrow.clear();
                Encoding::widen(line, big, &mut self.narrow);
                self.narrow.as_bytes()
            }
        };
        let bytes = line.strip_suffix(b"\n").unwrap_or(line);
        let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
        Ok(Some(Line { number: self.number, offset, end: offset + length as u64, is_open, bytes }))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::path::Path;

    /// Number, first byte and text of every line.
    fn lines(bytes: Vec<u8>) -> Vec<(u64, u64, String)> {
        let source = Source::from_bytes(Path::new("x.txt"), bytes);
        let mut lines = Lines::new(&source).unwrap();
        let mut found = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            found.push((line.number, line.offset, line.text().into_owned()));
        }
        found
    }

    #[test]
    fn wide_characters_of_both_orders_are_lines_with_their_bytes() {
        let text = "größe\r\n1\n\u{1F600}";
        for (mark, big) in [(b"\xFF\xFE", false), (b"\xFE\xFF", true)] {
            let units = text
                .encode_utf16()
                .flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() });
            let bytes: Vec<u8> = mark.iter().copied().chain(units).collect();
            let found = lines(bytes.clone());
            let told = [(1, 2, "größe"), (2, 16, "1"), (3, 20, "\u{1F600}")];
            assert_eq!(found, told.map(|(number, offset, line)| (number, offset, line.to_owned())));
            // Cut inside a character.
            assert_eq!(
                lines(bytes[..bytes.len() - 1].to_vec())[2].2.chars().last(),
                Some(char::REPLACEMENT_CHARACTER)
            );
        }
        assert!(lines(b"\xFF\xFE".to_vec()).is_empty());
    }

    #[test]
    fn a_line_longer_than_what_is_read_at_once_is_found_at_its_place() {
        let long = "7".repeat(LONGEST - 10);
        let found = lines(format!("{long}\n{long}\nx").into_bytes());
        assert_eq!((found[1].1, found[2].1), ((LONGEST - 9) as u64, 2 * (LONGEST - 9) as u64));
    }
}
