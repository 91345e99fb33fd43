//! Character arrays.

use super::element::{ByteOrder, Cursor, DataType, Element};
use crate::error::Result;

/// Reads the characters of an array of `shape`; its rows are joined by line feeds.
pub(super) fn read(cursor: &mut Cursor<'_, '_>, shape: &[usize], count: usize) -> Result<String> {
    if count == 0 && cursor.left() == 0 {
        return Ok(String::new());
    }
    let element = cursor.element("characters")?;
    let Some(units) = units(&element, cursor.order) else {
        let why = format!("characters expected, {} found", element.kind.name());
        return Err(cursor.place.malformed(element.at, &why));
    };
    let rows = shape.first().copied().unwrap_or(0);
    let stored = units.length();
    if stored == count {
        return Ok(units.rows(rows));
    }
    // In UTF-8 one character may take several bytes, and writers count either.
    if element.kind == DataType::Utf8 && rows <= 1 && element.data.len() == count {
        return Ok(units.rows(1));
    }
    let why = format!("the shape asks for {count} characters, the element holds {stored}");
    Err(cursor.place.malformed(element.at, &why))
}

/// Characters in the unit that a shape counts.
enum Units {
    Scalars(Vec<char>),
    Utf16(Vec<u16>),
}

fn units(element: &Element<'_>, order: ByteOrder) -> Option<Units> {
    let data = element.data;
    match element.kind {
        DataType::Utf8 => Some(Units::Scalars(String::from_utf8_lossy(data).chars().collect())),
        DataType::Int8 | DataType::UInt8 => {
            Some(Units::Scalars(data.iter().map(|&b| char::from(b)).collect()))
        }
        DataType::UInt16 | DataType::Utf16 if data.len().is_multiple_of(2) => {
            let decode = |raw: &[u8; 2]| match order {
                ByteOrder::Little => u16::from_le_bytes(*raw),
                ByteOrder::Big => u16::from_be_bytes(*raw),
            };
            Some(Units::Utf16(data.as_chunks::<2>().0.iter().map(decode).collect()))
        }
        DataType::UInt32 | DataType::Utf32 if data.len().is_multiple_of(4) => {
            let decode = |i| {
                let code = order.u32_at(data, 4 * i)?;
                Some(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER))
            };
            Some(Units::Scalars((0..data.len() / 4).filter_map(decode).collect()))
        }
        _ => None,
    }
}

impl Units {
    fn length(&self) -> usize {
        match self {
            Self::Scalars(units) => units.len(),
            Self::Utf16(units) => units.len(),
        }
    }

    /// Text of the `rows` rows; units are stored column by column.
    fn rows(&self, rows: usize) -> String {
        let mut text = String::new();
        // Rows without a character can be any number.
        let rows = rows.min(self.length());
        for row in 0..rows {
            if row > 0 {
                text.push('\n');
            }
            match self {
                Self::Scalars(units) => text.extend(units.iter().skip(row).step_by(rows)),
                Self::Utf16(units) => {
                    let row = units.iter().skip(row).step_by(rows).copied();
                    text.extend(char::decode_utf16(row).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)));
                }
            }
        }
        text
    }
}
