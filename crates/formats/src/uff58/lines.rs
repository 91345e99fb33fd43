//! The lines of a file, read in pieces.

use crate::error::{Error, Result};
use crate::source::Source;

/// Bytes that are read at once.
const PIECE: usize = 1 << 16;
/// Longest line; records have 80 characters.
const MAX_LINE: usize = 4096;

/// Reads lines from any byte on.
pub(super) struct Lines<'a> {
    source: &'a Source,
    /// Byte of the file at which the next line starts.
    pub(super) at: u64,
    held: Vec<u8>,
    /// Byte of the file at which `held` starts.
    held_at: u64,
}

impl<'a> Lines<'a> {
    pub(super) fn new(source: &'a Source, at: u64) -> Self {
        Self { source, at, held: Vec::new(), held_at: at }
    }

    /// Goes on at another byte.
    pub(super) fn jump(&mut self, at: u64) {
        self.at = at;
    }

    /// The next line without its end; none at the end of the file.
    pub(super) fn next(&mut self) -> Result<Option<String>> {
        let left = self.source.length().saturating_sub(self.at);
        if left == 0 {
            return Ok(None);
        }
        let wanted = (MAX_LINE as u64).min(left) as usize;
        let from = usize::try_from(self.at.wrapping_sub(self.held_at)).unwrap_or(usize::MAX);
        if from.checked_add(wanted).is_none_or(|end| end > self.held.len()) {
            self.held = self.source.at(self.at, PIECE)?.into_owned();
            self.held_at = self.at;
        }
        let from = (self.at - self.held_at) as usize;
        let rest = self.held.get(from..).unwrap_or_default();
        let rest = &rest[..rest.len().min(MAX_LINE)];
        let (line, whole) = match rest.iter().position(|&b| b == b'\n') {
            Some(end) => (&rest[..end], end + 1),
            None if rest.len() as u64 == left => (rest, rest.len()),
            None => {
                return Err(Error::Malformed {
                    path: self.source.name(),
                    variable: None,
                    offset: self.at,
                    element: "line".to_owned(),
                    why: format!("a line is longer than {MAX_LINE} bytes"),
                });
            }
        };
        self.at += whole as u64;
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        Ok(Some(String::from_utf8_lossy(line).into_owned()))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::path::Path;

    #[test]
    fn lines_of_either_end_come_in_turn_also_across_pieces() {
        let mut bytes = b"one\r\ntwo\n".to_vec();
        bytes.extend(b"0123456789\n".repeat(20_000));
        bytes.extend(b"last");
        let source = Source::from_bytes(Path::new("x"), bytes);
        let mut lines = Lines::new(&source, 0);
        assert_eq!(lines.next().unwrap().unwrap(), "one");
        assert_eq!(lines.next().unwrap().unwrap(), "two");
        for _ in 0..20_000 {
            assert_eq!(lines.next().unwrap().unwrap(), "0123456789");
        }
        assert_eq!(lines.next().unwrap().unwrap(), "last");
        assert_eq!(lines.next().unwrap(), None);
        lines.jump(5);
        assert_eq!(lines.next().unwrap().unwrap(), "two");
    }
}
