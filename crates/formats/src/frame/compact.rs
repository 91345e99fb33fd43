//! Thrift's compact protocol, in which Parquet writes its footer and the heads of its pages, as far as it is needed to hold
//! what is stated against the bytes that are there.

/// Nesting of structures.
const DEPTH: usize = 16;

/// Walks over bytes; nothing where they end too early or make no sense.
pub(super) struct Compact<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) at: usize,
}

/// Types of fields.
pub(super) mod kind {
    pub(in super::super) const STOP: u8 = 0;
    pub(in super::super) const TRUE: u8 = 1;
    pub(in super::super) const FALSE: u8 = 2;
    pub(in super::super) const BYTE: u8 = 3;
    pub(in super::super) const INTEGERS: std::ops::RangeInclusive<u8> = 4..=6;
    pub(in super::super) const DOUBLE: u8 = 7;
    pub(in super::super) const BINARY: u8 = 8;
    pub(in super::super) const LISTS: std::ops::RangeInclusive<u8> = 9..=10;
    pub(in super::super) const STRUCT: u8 = 12;
}

impl Compact<'_> {
    fn byte(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    pub(super) fn unsigned(&mut self) -> Option<u64> {
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
    pub(super) fn signed(&mut self) -> Option<i64> {
        let folded = self.unsigned()?;
        Some((folded >> 1) as i64 ^ -((folded & 1) as i64))
    }

    /// Number and type of the next field; the number before is needed, as it may be counted from there.
    pub(super) fn field(&mut self, before: i64) -> Option<(i64, u8)> {
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

    pub(super) fn skip(&mut self, kind: u8, depth: usize) -> Option<()> {
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
}
