//! Header of a file, and header of a variable: class, shape and name.

use super::element::{ByteOrder, Cursor, DataType};
use crate::array::ArrayClass;
use crate::error::{Error, Result};
use crate::format::Confidence;
use crate::source::Source;

/// Bytes before the first variable.
pub(super) const HEADER_LENGTH: usize = 128;
const TEXT_LENGTH: usize = 116;
const SIGNATURE: &[u8] = b"MATLAB 5.0 MAT-file";
/// Dimensions an array may have.
const MAX_DIMENSIONS: usize = 32;
/// Bytes a name may have; MATLAB itself allows 63 (2048 in the newest version).
const MAX_NAME: usize = 4096;

/// Byte order and major version from the end of the header.
fn version(head: &[u8]) -> Option<(ByteOrder, u8)> {
    match head.get(124..128)? {
        [_, major, b'I', b'M'] => Some((ByteOrder::Little, *major)),
        [major, _, b'M', b'I'] => Some((ByteOrder::Big, *major)),
        _ => None,
    }
}

pub(super) fn sniff(head: &[u8]) -> Confidence {
    match version(head) {
        Some((_, 1)) => Confidence::Certain,
        _ if head.starts_with(SIGNATURE) => Confidence::Possible,
        _ if head.len() >= 7 && head.len() < HEADER_LENGTH && head.starts_with(b"MATLAB ") => {
            Confidence::Possible
        }
        _ => Confidence::No,
    }
}

/// Header of a file.
pub(super) struct FileHeader {
    pub(super) order: ByteOrder,
    pub(super) text: String,
}

impl FileHeader {
    pub(super) fn read(source: &Source) -> Result<Self> {
        let head = source.at(0, HEADER_LENGTH)?;
        if head.len() < HEADER_LENGTH {
            return Err(Error::Truncated {
                path: source.name(),
                variable: None,
                offset: source.length(),
                element: "file header at byte 0".to_owned(),
                declared: HEADER_LENGTH as u64,
                left: head.len() as u64,
            });
        }
        let Some((order, 1)) = version(&head) else {
            return Err(Error::Malformed {
                path: source.name(),
                variable: None,
                offset: 124,
                element: "file header".to_owned(),
                why: format!("version 1 and `IM` or `MI` expected, {:02x?} found", &head[124..128]),
            });
        };
        // Latin-1, padded with blanks or zeros.
        let text: String =
            head[..TEXT_LENGTH].iter().take_while(|&&b| b != 0).map(|&b| char::from(b)).collect();
        Ok(Self { order, text: text.trim_end().to_owned() })
    }
}

/// Header of an array.
#[derive(Debug)]
pub(super) struct MatrixHeader {
    pub(super) class: ArrayClass,
    pub(super) shape: Vec<usize>,
    pub(super) name: String,
    pub(super) complex: bool,
    /// Number of values: the product of the shape.
    pub(super) count: usize,
}

impl MatrixHeader {
    /// Reads flags, dimensions and name; the cursor stands behind them afterwards.
    pub(super) fn read(cursor: &mut Cursor<'_, '_>) -> Result<Self> {
        let place = cursor.place;
        let flags = cursor.element("array flags")?;
        let word = cursor.order.u32_at(flags.data, 0);
        let (DataType::UInt32, 8, Some(word)) = (flags.kind, flags.data.len(), word) else {
            let why = format!(
                "array flags (8 bytes of miUINT32) expected, {} bytes of {} found",
                flags.data.len(),
                flags.kind.name()
            );
            return Err(place.malformed(flags.at, &why));
        };
        let (complex, logical) = (word & 0x0800 != 0, word & 0x0200 != 0);
        let class = match word & 0xFF {
            1 => ArrayClass::Cell,
            2 => ArrayClass::Struct,
            3 => ArrayClass::Object,
            4 => ArrayClass::Char,
            5 => ArrayClass::Sparse,
            6 => ArrayClass::Double,
            7 => ArrayClass::Single,
            8 => ArrayClass::Int8,
            9 => ArrayClass::UInt8,
            10 => ArrayClass::Int16,
            11 => ArrayClass::UInt16,
            12 => ArrayClass::Int32,
            13 => ArrayClass::UInt32,
            14 => ArrayClass::Int64,
            15 => ArrayClass::UInt64,
            16 => ArrayClass::Function,
            17 => ArrayClass::Opaque,
            other => {
                return Err(
                    place.malformed(flags.data_at, &format!("array class 1 to 17 expected, {other} found"))
                );
            }
        };
        let class = if logical && class.is_numeric() { ArrayClass::Logical } else { class };
        // Opaque objects have no dimensions: their name follows at once.
        let (shape, count) = if class == ArrayClass::Opaque { (Vec::new(), 0) } else { dimensions(cursor)? };
        let name = name(cursor)?;
        Ok(Self { class, shape, name, complex, count })
    }
}

fn dimensions(cursor: &mut Cursor<'_, '_>) -> Result<(Vec<usize>, usize)> {
    let element = cursor.element("dimensions")?;
    let place = cursor.place;
    let number = element.data.len() / 4;
    if !matches!(element.kind, DataType::Int32 | DataType::UInt32)
        || element.data.len() % 4 != 0
        || number == 0
        || number > MAX_DIMENSIONS
    {
        let why = format!(
            "dimensions (1 to {MAX_DIMENSIONS} numbers of miINT32) expected, {} bytes of {} found",
            element.data.len(),
            element.kind.name()
        );
        return Err(place.malformed(element.at, &why));
    }
    let mut shape = Vec::with_capacity(number);
    let mut count = 1_usize;
    for i in 0..number {
        let length = cursor.order.u32_at(element.data, 4 * i).unwrap_or(u32::MAX);
        let Ok(signed) = i32::try_from(length) else {
            return Err(place.malformed(element.data_at + 4 * i, "a dimension is negative"));
        };
        let length = usize::try_from(signed).unwrap_or(0);
        shape.push(length);
        count = match count.checked_mul(length) {
            Some(count) => count,
            // Zero times anything is zero, also when the rest would overflow.
            None if shape.contains(&0) => 0,
            None => return Err(place.malformed(element.data_at, "the dimensions multiply to more than 2^64")),
        };
    }
    Ok((shape, count))
}

fn name(cursor: &mut Cursor<'_, '_>) -> Result<String> {
    let element = cursor.element("array name")?;
    let kind_fits = matches!(element.kind, DataType::Int8 | DataType::UInt8 | DataType::Utf8);
    if !kind_fits || element.data.len() > MAX_NAME {
        let why = format!(
            "array name (up to {MAX_NAME} bytes of miINT8) expected, {} bytes of {} found",
            element.data.len(),
            element.kind.name()
        );
        return Err(cursor.place.malformed(element.at, &why));
    }
    Ok(text_of(element.data))
}

/// A name: up to the first zero, UTF-8, else Latin-1.
pub(super) fn text_of(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|&b| b == 0).unwrap_or(bytes.len());
    match std::str::from_utf8(&bytes[..end]) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes[..end].iter().map(|&b| char::from(b)).collect(),
    }
}
