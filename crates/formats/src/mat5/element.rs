//! Elements: tag and data, in either byte order, with every length checked.

use crate::error::{Error, Result};

/// Byte order of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ByteOrder {
    Little,
    Big,
}

impl ByteOrder {
    /// The 32-bit number at `at`, if the bytes are there.
    pub(super) fn u32_at(self, bytes: &[u8], at: usize) -> Option<u32> {
        let raw: [u8; 4] = bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(match self {
            Self::Little => u32::from_le_bytes(raw),
            Self::Big => u32::from_be_bytes(raw),
        })
    }
}

/// Type of the data of an element; may differ from the class of the array it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DataType {
    Int8,
    UInt8,
    Int16,
    UInt16,
    Int32,
    UInt32,
    Single,
    Double,
    Int64,
    UInt64,
    Matrix,
    Compressed,
    Utf8,
    Utf16,
    Utf32,
}

impl DataType {
    pub(super) fn from_code(code: u32) -> Option<Self> {
        Some(match code {
            1 => Self::Int8,
            2 => Self::UInt8,
            3 => Self::Int16,
            4 => Self::UInt16,
            5 => Self::Int32,
            6 => Self::UInt32,
            7 => Self::Single,
            9 => Self::Double,
            12 => Self::Int64,
            13 => Self::UInt64,
            14 => Self::Matrix,
            15 => Self::Compressed,
            16 => Self::Utf8,
            17 => Self::Utf16,
            18 => Self::Utf32,
            _ => return None,
        })
    }

    /// Name of the type in the format's description.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Int8 => "miINT8",
            Self::UInt8 => "miUINT8",
            Self::Int16 => "miINT16",
            Self::UInt16 => "miUINT16",
            Self::Int32 => "miINT32",
            Self::UInt32 => "miUINT32",
            Self::Single => "miSINGLE",
            Self::Double => "miDOUBLE",
            Self::Int64 => "miINT64",
            Self::UInt64 => "miUINT64",
            Self::Matrix => "miMATRIX",
            Self::Compressed => "miCOMPRESSED",
            Self::Utf8 => "miUTF8",
            Self::Utf16 => "miUTF16",
            Self::Utf32 => "miUTF32",
        }
    }
}

/// Where in which file something is being read, for messages.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) path: &'a str,
    pub(super) variable: Option<&'a str>,
    /// Byte of the file at which the variable's tag starts.
    pub(super) offset: u64,
    /// Position of the variable in the file, from 1.
    pub(super) number: usize,
    /// Whether the variable is packed: offsets inside it are then those after unpacking.
    pub(super) packed: bool,
}

impl Place<'_> {
    /// An error at byte `at` of the variable, counted from its tag.
    pub(super) fn malformed(&self, at: usize, why: &str) -> Error {
        let variable = format!("variable {} at byte {}", self.number, self.offset);
        let (offset, element) = if self.packed {
            (self.offset, format!("{variable}, byte {at} after unpacking"))
        } else {
            (self.offset + at as u64, variable)
        };
        Error::Malformed {
            path: self.path.to_owned(),
            variable: self.variable.map(str::to_owned),
            offset,
            element,
            why: why.to_owned(),
        }
    }
}

/// One element inside a variable.
#[derive(Debug, Clone, Copy)]
pub(super) struct Element<'a> {
    pub(super) kind: DataType,
    /// Byte of its tag, counted from the variable's tag.
    pub(super) at: usize,
    pub(super) data: &'a [u8],
    /// Byte of its data, counted from the variable's tag.
    pub(super) data_at: usize,
}

/// Reads the elements of one `miMATRIX` body in turn.
#[derive(Debug)]
pub(super) struct Cursor<'a, 'p> {
    bytes: &'a [u8],
    at: usize,
    /// Byte of `bytes[0]`, counted from the variable's tag.
    base: usize,
    pub(super) order: ByteOrder,
    pub(super) place: &'p Place<'p>,
}

impl<'a, 'p> Cursor<'a, 'p> {
    pub(super) fn new(bytes: &'a [u8], base: usize, order: ByteOrder, place: &'p Place<'p>) -> Self {
        Self { bytes, at: 0, base, order, place }
    }

    /// A cursor over the data of an element.
    pub(super) fn inside(&self, element: &Element<'a>) -> Cursor<'a, 'p> {
        Cursor { bytes: element.data, at: 0, base: element.data_at, order: self.order, place: self.place }
    }

    /// Bytes that are left.
    pub(super) fn left(&self) -> usize {
        self.bytes.len() - self.at
    }

    /// Current byte, counted from the variable's tag.
    pub(super) fn position(&self) -> usize {
        self.base + self.at
    }

    /// The next element; `what` names it in the error if it is not there.
    pub(super) fn element(&mut self, what: &str) -> Result<Element<'a>> {
        let start = self.at;
        let at = self.position();
        let (Some(first), Some(second)) =
            (self.order.u32_at(self.bytes, start), self.order.u32_at(self.bytes, start + 4))
        else {
            let why = format!("{what} expected: 8 bytes of a tag, {} are left", self.left());
            return Err(self.place.malformed(at, &why));
        };
        // Small elements keep up to 4 bytes of data in the second half of the tag, and their byte
        // count in the upper half of the type.
        let (code, length, data_start) = match first >> 16 {
            0 => (first, second as usize, start + 8),
            count => (first & 0xFFFF, count as usize, start + 4),
        };
        let small = data_start == start + 4;
        let Some(kind) = DataType::from_code(code) else {
            return Err(self
                .place
                .malformed(at, &format!("{what} expected, an element of unknown type {code} found")));
        };
        let available = if small { 4 } else { self.bytes.len() - data_start };
        if length > available {
            let why = format!("{what}, {}, declares {length} bytes, {available} are left", kind.name());
            return Err(self.place.malformed(at, &why));
        }
        self.at = if small {
            start + 8
        } else {
            // Padded to 8 bytes; some writers leave the last padding out.
            (data_start + length.next_multiple_of(8)).min(self.bytes.len())
        };
        let data = &self.bytes[data_start..data_start + length];
        Ok(Element { kind, at, data, data_at: self.base + data_start })
    }
}
