//! Numbers: any stored type to f64.

use super::element::{ByteOrder, Cursor, DataType};
use crate::error::Result;

/// Reads one element of exactly `count` numbers.
///
/// The stored type may be narrower than the array's class: MATLAB stores a double array as
/// integers when they hold its values.
pub(super) fn read(cursor: &mut Cursor<'_, '_>, count: usize, what: &str) -> Result<Vec<f64>> {
    if count == 0 && cursor.left() == 0 {
        return Ok(Vec::new());
    }
    let element = cursor.element(what)?;
    let width = match element.kind {
        DataType::Int8 | DataType::UInt8 => 1,
        DataType::Int16 | DataType::UInt16 => 2,
        DataType::Int32 | DataType::UInt32 | DataType::Single => 4,
        DataType::Double | DataType::Int64 | DataType::UInt64 => 8,
        other => {
            return Err(cursor
                .place
                .malformed(element.at, &format!("{what} expected, {} found", other.name())));
        }
    };
    if count.checked_mul(width) != Some(element.data.len()) {
        let why = format!(
            "the shape asks for {count} values of {} ({width} bytes each), the element holds {} bytes",
            element.kind.name(),
            element.data.len()
        );
        return Err(cursor.place.malformed(element.at, &why));
    }
    Ok(decode(element.data, element.kind, cursor.order))
}

/// Decodes whole numbers of `kind`; other kinds yield nothing.
fn decode(data: &[u8], kind: DataType, order: ByteOrder) -> Vec<f64> {
    fn each<const N: usize>(data: &[u8], convert: impl Fn([u8; N]) -> f64) -> Vec<f64> {
        data.as_chunks::<N>().0.iter().map(|raw| convert(*raw)).collect()
    }
    macro_rules! numbers {
        ($($kind:ident => $number:ty),*) => {
            match (kind, order) {
                $(
                    (DataType::$kind, ByteOrder::Little) => each(data, |raw| <$number>::from_le_bytes(raw) as f64),
                    (DataType::$kind, ByteOrder::Big) => each(data, |raw| <$number>::from_be_bytes(raw) as f64),
                )*
                _ => Vec::new(),
            }
        };
    }
    numbers!(
        Int8 => i8, UInt8 => u8, Int16 => i16, UInt16 => u16, Int32 => i32, UInt32 => u32,
        Single => f32, Double => f64, Int64 => i64, UInt64 => u64
    )
}
