//! Arrays of every class, nested ones included.

use super::element::{Cursor, DataType, Element, Place};
use super::header::{MatrixHeader, text_of};
use super::{characters, numeric};
use crate::array::{ArrayClass, NamedArray, Values};
use crate::error::Result;

/// Nesting of structs and cells that is followed.
pub(super) const MAX_DEPTH: usize = 32;
/// Bytes of the smallest element, an empty array inside a cell or struct.
const SMALLEST: usize = 8;

/// What one file may still take.
#[derive(Debug)]
pub(super) struct Budget {
    /// Arrays, nested ones included.
    pub(super) arrays: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { arrays: 1_000_000 }
    }
}

/// Reads one array from the start of a `miMATRIX` body.
pub(super) fn read(cursor: &mut Cursor<'_, '_>, depth: usize, budget: &mut Budget) -> Result<NamedArray> {
    let place = cursor.place;
    let at = cursor.position();
    if depth > MAX_DEPTH {
        return Err(place.malformed(at, &format!("arrays are nested more than {MAX_DEPTH} deep")));
    }
    if budget.arrays == 0 {
        return Err(place.malformed(at, "the file holds more than a million arrays"));
    }
    budget.arrays -= 1;
    let header = MatrixHeader::read(cursor)?;
    let values = match header.class {
        ArrayClass::Cell => Values::Cell(children(cursor, header.count, depth, budget)?),
        ArrayClass::Struct => structure(cursor, &header, depth, budget)?,
        ArrayClass::Char => Values::Text(characters::read(cursor, &header.shape, header.count)?),
        class if class.is_numeric() => {
            let real = numeric::read(cursor, header.count, "real part")?;
            if header.complex {
                let imaginary = numeric::read(cursor, header.count, "imaginary part")?;
                Values::Complex(real.into_iter().zip(imaginary).map(|(re, im)| [re, im]).collect())
            } else {
                Values::Real(real)
            }
        }
        class => Values::Unsupported(match class {
            ArrayClass::Sparse => "a sparse matrix".to_owned(),
            other => format!("of class {other}"),
        }),
    };
    Ok(NamedArray {
        name: header.name,
        shape: header.shape,
        class: header.class,
        values,
        // Nested arrays in packed variables stand at the variable's own byte.
        byte_offset: if place.packed || depth == 0 {
            place.offset
        } else {
            place.offset + (at as u64).saturating_sub(SMALLEST as u64)
        },
        facts: None,
    })
}

/// Reads `count` nested arrays.
fn children(
    cursor: &mut Cursor<'_, '_>,
    count: usize,
    depth: usize,
    budget: &mut Budget,
) -> Result<Vec<NamedArray>> {
    if count.checked_mul(SMALLEST).is_none_or(|bytes| bytes > cursor.left()) {
        let why = format!("{count} nested arrays are declared, {} bytes are left for them", cursor.left());
        return Err(cursor.place.malformed(cursor.position(), &why));
    }
    (0..count).map(|_| child(cursor, depth, budget)).collect()
}

fn child(cursor: &mut Cursor<'_, '_>, depth: usize, budget: &mut Budget) -> Result<NamedArray> {
    let element = cursor.element("nested array")?;
    if element.kind != DataType::Matrix {
        let why = format!("a nested array (miMATRIX) expected, {} found", element.kind.name());
        return Err(cursor.place.malformed(element.at, &why));
    }
    if element.data.is_empty() {
        return Ok(empty(cursor.place, &element));
    }
    read(&mut cursor.inside(&element), depth + 1, budget)
}

fn structure(
    cursor: &mut Cursor<'_, '_>,
    header: &MatrixHeader,
    depth: usize,
    budget: &mut Budget,
) -> Result<Values> {
    let names = field_names(cursor)?;
    let total = header.count.saturating_mul(names.len());
    let values = children(cursor, total, depth, budget)?;
    Ok(fields(names, values, header, cursor.place.offset))
}

/// How MATLAB stores [] in a cell that was never filled.
pub(super) fn empty(place: &Place<'_>, element: &Element<'_>) -> NamedArray {
    NamedArray {
        name: String::new(),
        shape: vec![0, 0],
        class: ArrayClass::Double,
        values: Values::Real(Vec::new()),
        byte_offset: place.offset + if place.packed { 0 } else { element.at as u64 },
        facts: None,
    }
}

/// Names of the fields of a struct; the cursor stands behind its header.
pub(super) fn field_names(cursor: &mut Cursor<'_, '_>) -> Result<Vec<String>> {
    let place = cursor.place;
    let width = cursor.element("length of field names")?;
    let name_width = match (width.kind, cursor.order.u32_at(width.data, 0)) {
        (DataType::Int32 | DataType::UInt32, Some(n)) if n > 0 => n as usize,
        _ => {
            return Err(place.malformed(width.at, "the length of field names (miINT32, at least 1) expected"));
        }
    };
    let names = cursor.element("field names")?;
    if !matches!(names.kind, DataType::Int8 | DataType::UInt8 | DataType::Utf8)
        || names.data.len() % name_width != 0
    {
        let why = format!(
            "field names of {name_width} bytes each expected, {} bytes of {} found",
            names.data.len(),
            names.kind.name()
        );
        return Err(place.malformed(names.at, &why));
    }
    Ok(names.data.chunks_exact(name_width).map(text_of).collect())
}

/// The fields of a struct from its elements, which are stored one after the other, all fields of each.
pub(super) fn fields(
    names: Vec<String>,
    values: Vec<NamedArray>,
    header: &MatrixHeader,
    byte_offset: u64,
) -> Values {
    let mut values = values.into_iter();
    if header.count == 1 {
        let fields = names.into_iter().zip(values).map(|(name, mut array)| {
            array.name.clone_from(&name);
            (name, array)
        });
        return Values::Struct(fields.collect());
    }
    let mut columns: Vec<Vec<NamedArray>> = names.iter().map(|_| Vec::with_capacity(header.count)).collect();
    if !columns.is_empty() {
        for _ in 0..header.count {
            for column in &mut columns {
                column.extend(values.next());
            }
        }
    }
    let fields = names.into_iter().zip(columns).map(|(name, column)| {
        let array = NamedArray {
            name: name.clone(),
            shape: header.shape.clone(),
            class: ArrayClass::Cell,
            values: Values::Cell(column),
            byte_offset,
            facts: None,
        };
        (name, array)
    });
    Values::Struct(fields.collect())
}
