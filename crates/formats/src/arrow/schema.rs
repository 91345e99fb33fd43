//! The columns of an Arrow file: their names, types and how many buffers each has; what its metadata say of them.

use super::flatbuffers::Table;
use crate::array::ArrayClass;
use crate::facts::Facts;
use crate::named_facts;

/// Deepest nesting of columns.
const DEEPEST: usize = 16;

/// Most columns, with those inside others.
const MOST_FIELDS: usize = 1 << 16;

/// What a column holds.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    /// Numbers of one width; flags are single bits.
    Numbers(ArrayClass),
    /// Text, offsets of this width.
    Text(usize),
    /// Lists of what the only column inside holds, offsets of this width.
    Lists(usize),
    /// Something else, in words: it has a node and this many buffers of its own, and columns inside.
    Other(&'static str, usize),
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) inside: Vec<Field>,
}

/// The columns of a schema; `None` where it contradicts itself.
pub(super) fn fields(schema: Table<'_>) -> Option<Vec<Field>> {
    let mut left = MOST_FIELDS;
    schema.tables(1)?.into_iter().map(|field| one(field, 0, &mut left)).collect()
}

/// What the metadata of a schema say. Damaged ones say nothing: no number hangs on them.
pub(super) fn facts(schema: Table<'_>) -> Option<Box<Facts>> {
    let pairs = schema.tables(2).unwrap_or_default();
    named_facts::of_metadata(pairs.into_iter().filter_map(|pair| Some((pair.text(0)?, pair.text(1)?))))
        .boxed()
}

fn one(field: Table<'_>, depth: usize, left: &mut usize) -> Option<Field> {
    if depth > DEEPEST {
        return None;
    }
    *left = left.checked_sub(1)?;
    let inside: Option<Vec<Field>> =
        field.tables(5)?.into_iter().map(|inner| one(inner, depth + 1, left)).collect();
    let kind = match field.field(4) {
        // The dictionary itself lies in batches of its own.
        Some(_) => Kind::Other("dictionary", 2),
        None => kind(field)?,
    };
    Some(Field { name: field.text(0)?, kind, inside: inside? })
}

/// By the number of the type in Arrow's schema.
fn kind(field: Table<'_>) -> Option<Kind> {
    let number = field.u8(field.field(2)?)?;
    let of = field.table(3)?;
    Some(match number {
        1 => Kind::Other("null", 0),
        2 => Kind::Numbers(match (of.number(0)?, of.bool(1)) {
            (8, true) => ArrayClass::Int8,
            (16, true) => ArrayClass::Int16,
            (32, true) => ArrayClass::Int32,
            (64, true) => ArrayClass::Int64,
            (8, false) => ArrayClass::UInt8,
            (16, false) => ArrayClass::UInt16,
            (32, false) => ArrayClass::UInt32,
            (64, false) => ArrayClass::UInt64,
            _ => return None,
        }),
        3 => match of.short(0)? {
            0 => Kind::Other("float16", 2),
            1 => Kind::Numbers(ArrayClass::Single),
            2 => Kind::Numbers(ArrayClass::Double),
            _ => return None,
        },
        4 => Kind::Other("binary", 3),
        5 => Kind::Text(4),
        6 => Kind::Numbers(ArrayClass::Logical),
        7 => Kind::Other("decimal", 2),
        8 => Kind::Other("date", 2),
        9 => Kind::Other("time", 2),
        10 => Kind::Other("timestamp", 2),
        11 => Kind::Other("interval", 2),
        12 => Kind::Lists(4),
        13 => Kind::Other("struct", 1),
        15 => Kind::Other("fixed binary", 2),
        16 => Kind::Other("fixed list", 1),
        17 => Kind::Other("map", 2),
        18 => Kind::Other("duration", 2),
        19 => Kind::Other("binary", 3),
        20 => Kind::Text(8),
        21 => Kind::Lists(8),
        // Unions, run ends and views have buffers whose number the type alone does not tell.
        _ => return None,
    })
}
