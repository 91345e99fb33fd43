//! Heads of the pages of a Parquet file, held against its footer before polars reads them: it takes the memory that they
//! state, and ends the program where there is not so much.
//!
//! Layout: "Apache Parquet, File Format": a column chunk is pages one after the other, each with a head in Thrift's compact
//! protocol that states its size, packed and unpacked, and its number of values.

use super::damaged;
use crate::error::Result;
use crate::source::Source;

/// Bytes that a page, or the values of a chunk, may unpack to whatever their size in the file is.
const FLOOR: u64 = 64 << 20;
/// Bytes for each byte of the file beyond that.
const RATIO: u64 = 1100;
/// Bytes in which most heads end, and those in which every one has to: a head carries the least and the most value of its page.
const HEADS: [usize; 2] = [512, 1 << 20];
/// Nesting of structures in a head.
const DEPTH: usize = 16;

/// One column chunk as the footer states it.
pub(super) struct Chunk<'a> {
    pub(super) column: &'a str,
    pub(super) start: u64,
    pub(super) end: u64,
    pub(super) values: i64,
}

/// Checks all pages of a chunk.
pub(super) fn check(source: &Source, chunk: &Chunk<'_>) -> Result<()> {
    let wrong = |why: String| damaged(source, chunk.column, &why);
    let bound = |stored: u64| stored.saturating_mul(RATIO).saturating_add(FLOOR);
    if chunk.start > chunk.end || chunk.end > source.length() {
        let (start, end) = (chunk.start, chunk.end);
        return Err(wrong(format!("its pages are to stand from byte {start} to {end}")));
    }
    let most = bound(source.length()) / 8;
    let Some(mut left) = u64::try_from(chunk.values).ok().filter(|values| *values <= most) else {
        return Err(wrong(format!("it states {} values", chunk.values)));
    };
    let mut at = chunk.start;
    while left > 0 && at < chunk.end {
        let Some((head, length)) = head(source, at, chunk.end)? else {
            return Err(wrong(format!("the head of the page at byte {at} is damaged")));
        };
        let page = |what: &str, stated: i64| wrong(format!("the page at byte {at} states {stated} {what}"));
        let stored = u64::try_from(head.packed).ok().filter(|bytes| at + length + bytes <= chunk.end);
        let Some(stored) = stored else { return Err(page("bytes", head.packed)) };
        let unpacked = u64::try_from(head.unpacked).ok().filter(|bytes| *bytes <= bound(stored));
        let Some(unpacked) = unpacked else { return Err(page("unpacked bytes", head.unpacked)) };
        // A dictionary holds each of its values.
        let room = if head.is_data { left } else { unpacked };
        let values = u64::try_from(head.values).ok().filter(|values| *values <= room);
        let Some(values) = values else { return Err(page("values", head.values)) };
        if head.is_data {
            left -= values;
        }
        at += length + stored;
    }
    Ok(())
}

/// What is needed of a page's head.
#[derive(Debug, Default, PartialEq)]
struct Head {
    unpacked: i64,
    packed: i64,
    values: i64,
    is_data: bool,
}

/// The head at a byte, with its length; nothing where it is damaged.
fn head(source: &Source, at: u64, end: u64) -> Result<Option<(Head, u64)>> {
    for most in HEADS {
        let bytes = source.at(at, most.min((end - at) as usize))?;
        let mut compact = Compact { bytes: &bytes, at: 0 };
        if let Some(head) = compact.head() {
            return Ok(Some((head, compact.at as u64)));
        }
        if bytes.len() < most {
            break;
        }
    }
    Ok(None)
}

/// Thrift's compact protocol, as far as a head needs it.
struct Compact<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// Types of fields.
mod kind {
    pub(super) const STOP: u8 = 0;
    pub(super) const TRUE: u8 = 1;
    pub(super) const FALSE: u8 = 2;
    pub(super) const BYTE: u8 = 3;
    pub(super) const INTEGERS: std::ops::RangeInclusive<u8> = 4..=6;
    pub(super) const DOUBLE: u8 = 7;
    pub(super) const BINARY: u8 = 8;
    pub(super) const LISTS: std::ops::RangeInclusive<u8> = 9..=10;
    pub(super) const STRUCT: u8 = 12;
}

impl Compact<'_> {
    fn byte(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    fn unsigned(&mut self) -> Option<u64> {
        let mut value = 0;
        for place in 0..10 {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7F) << (7 * place);
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    /// Whole numbers of all widths: 0, -1, 1, -2...
    fn signed(&mut self) -> Option<i64> {
        let folded = self.unsigned()?;
        Some((folded >> 1) as i64 ^ -((folded & 1) as i64))
    }

    /// Number and type of the next field; the number before is needed, as it may be counted from there.
    fn field(&mut self, before: i64) -> Option<(i64, u8)> {
        let byte = self.byte()?;
        let kind = byte & 0x0F;
        if kind == kind::STOP {
            return Some((0, kind));
        }
        let number = match byte >> 4 {
            0 => self.signed()?,
            more => before.checked_add(i64::from(more))?,
        };
        Some((number, kind))
    }

    fn skip(&mut self, kind: u8, depth: usize) -> Option<()> {
        if depth > DEPTH {
            return None;
        }
        match kind {
            kind::TRUE | kind::FALSE => {}
            kind::BYTE => self.at += 1,
            kind if kind::INTEGERS.contains(&kind) => _ = self.unsigned()?,
            kind::DOUBLE => self.at += 8,
            kind::BINARY => {
                let length = usize::try_from(self.unsigned()?).ok()?;
                self.at = self.at.checked_add(length)?;
            }
            kind if kind::LISTS.contains(&kind) => {
                let byte = self.byte()?;
                let count = if byte >> 4 == 15 { self.unsigned()? } else { u64::from(byte >> 4) };
                for _ in 0..count {
                    match byte & 0x0F {
                        // Inside a list truth takes a byte of its own.
                        kind::TRUE | kind::FALSE => _ = self.byte()?,
                        kind => self.skip(kind, depth + 1)?,
                    }
                }
            }
            kind::STRUCT => {
                let mut number = 0;
                loop {
                    let (next, kind) = self.field(number)?;
                    if kind == kind::STOP {
                        break;
                    }
                    self.skip(kind, depth + 1)?;
                    number = next;
                }
            }
            _ => return None,
        }
        (self.at <= self.bytes.len()).then_some(())
    }

    /// The first field of a structure, a whole number: in all kinds of pages the number of values.
    fn values(&mut self) -> Option<i64> {
        let (mut number, mut values) = (0, None);
        loop {
            let (next, kind) = self.field(number)?;
            match (next, kind) {
                (_, kind::STOP) => return values,
                (1, kind) if kind::INTEGERS.contains(&kind) => values = Some(self.signed()?),
                (_, kind) => self.skip(kind, 1)?,
            }
            number = next;
        }
    }

    fn head(&mut self) -> Option<Head> {
        let mut head = Head::default();
        let mut number = 0;
        loop {
            let (next, kind) = self.field(number)?;
            match (next, kind) {
                (_, kind::STOP) => return Some(head),
                (2, kind) if kind::INTEGERS.contains(&kind) => head.unpacked = self.signed()?,
                (3, kind) if kind::INTEGERS.contains(&kind) => head.packed = self.signed()?,
                (5 | 7 | 8, kind::STRUCT) => {
                    head.values = self.values()?;
                    head.is_data = next != 7;
                }
                (_, kind) => self.skip(kind, 0)?,
            }
            number = next;
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::path::Path;

    /// A data page of 3 values, 24 bytes, with statistics that are passed over.
    const HEAD: [u8; 17] = [0x15, 0, 0x15, 48, 0x15, 48, 0x2C, 0x15, 6, 0x15, 0, 0x1C, 0x18, 1, 7, 0, 0];

    fn page(head: &[u8], bytes: usize, values: i64) -> Result<()> {
        let file = [head, &[0], &vec![0; bytes]].concat();
        let end = file.len() as u64;
        check(
            &Source::from_bytes(Path::new("x.parquet"), file),
            &Chunk { column: "a", start: 0, end, values },
        )
    }

    #[test]
    fn a_head_is_read_past_what_is_not_needed() {
        let bytes = [&HEAD[..], &[0, 9]].concat();
        let mut compact = Compact { bytes: &bytes, at: 0 };
        let head = Head { unpacked: 24, packed: 24, values: 3, is_data: true };
        assert_eq!((compact.head(), compact.at), (Some(head), 18));
        for length in 0..18 {
            assert_eq!(Compact { bytes: &bytes[..length], at: 0 }.head(), None, "{length}");
        }
    }

    #[test]
    fn what_a_page_states_beyond_its_chunk_is_told() {
        page(&HEAD, 24, 3).unwrap();
        let told = |place: usize, byte: u8| {
            let mut head = HEAD;
            head[place] = byte;
            page(&head, 24, 3).unwrap_err().to_string()
        };
        // -1 and 4 values, 25 and -1 bytes.
        assert!(told(8, 1).contains("states -1 values"), "{}", told(8, 1));
        assert!(told(8, 8).contains("states 4 values"));
        assert!(told(5, 50).contains("states 25 bytes"));
        assert!(told(3, 1).contains("states -1 unpacked bytes"));
        assert!(page(&HEAD, 24, -1).unwrap_err().to_string().contains("states -1 values"));
        assert!(page(&HEAD, 24, i64::MAX).is_err());
    }

    #[test]
    fn structures_inside_each_other_without_end_are_no_head() {
        let deep = vec![0x1C; 100_000];
        assert!(page(&deep, 24, 3).is_err());
    }
}
