//! Types of elements: which numbers an element holds, at which byte, and how they are decoded.

use crate::array::ArrayClass;
use crate::scalar::{Kind, Scalar};
use hdf5_reader::messages::datatype::{ReferenceType, VarLenKind};
use hdf5_reader::{ByteOrder, Datatype};

/// Fields of one compound that are looked at, nested ones included.
const MAX_FIELDS: usize = 1024;

/// One number, or a fixed array of numbers, inside each element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Column {
    /// Name of the field with those around it, joined by `/`; empty where the element is the number itself.
    pub(crate) field: String,
    pub(crate) class: ArrayClass,
    /// Extra dimensions of an array inside the element.
    pub(crate) dimensions: Vec<u64>,
    offset: usize,
    scalar: Scalar,
}

/// What an element is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Element {
    /// Numbers under each other: one column for a plain number, several for a compound.
    Columns(Vec<Column>),
    /// Real and imaginary part.
    Complex([Column; 2]),
    Text,
    /// Addresses of other objects.
    References,
    /// Nothing that is read, in words.
    Other(String),
}

pub(crate) fn element(datatype: &Datatype) -> Element {
    match datatype {
        Datatype::String { .. } => Element::Text,
        Datatype::VarLen { base, kind: VarLenKind::String, .. } if base.is_vlen_string_base() => {
            Element::Text
        }
        Datatype::VarLen { .. } => Element::Other("sequences of varying length".to_owned()),
        Datatype::Reference { ref_type: ReferenceType::Object, .. } => Element::References,
        Datatype::Reference { .. } => Element::Other("references to regions".to_owned()),
        Datatype::Opaque { .. } => Element::Other("opaque data".to_owned()),
        _ => {
            let mut columns = Vec::new();
            collect(datatype, String::new(), 0, &mut columns);
            match <[Column; 2]>::try_from(columns) {
                Ok([real, imaginary])
                    if matches!((&*real.field, &*imaginary.field), ("r", "i") | ("real", "imag"))
                        && real.class == imaginary.class
                        && real.dimensions.is_empty()
                        && imaginary.dimensions.is_empty() =>
                {
                    Element::Complex([real, imaginary])
                }
                Ok(two) => Element::Columns(two.into()),
                Err(columns) if columns.is_empty() => Element::Other("numbers of an unusual size".to_owned()),
                Err(columns) => Element::Columns(columns),
            }
        }
    }
}

/// Depth is bounded by the library's own limit on nested types.
fn collect(datatype: &Datatype, field: String, offset: usize, columns: &mut Vec<Column>) {
    if columns.len() >= MAX_FIELDS {
        return;
    }
    if let Datatype::Compound { fields, .. } = datatype {
        for inner in fields {
            let name = if field.is_empty() { inner.name.clone() } else { format!("{field}/{}", inner.name) };
            collect(&inner.datatype, name, offset.saturating_add(inner.byte_offset as usize), columns);
        }
        return;
    }
    let (base, dimensions) = match datatype {
        Datatype::Array { base, dims } => (&**base, dims.clone()),
        other => (other, Vec::new()),
    };
    if let Some((scalar, class)) = number(base) {
        columns.push(Column { field, class, dimensions, offset, scalar });
    }
}

fn number(datatype: &Datatype) -> Option<(Scalar, ArrayClass)> {
    let scalar = |kind: Kind, order: ByteOrder| Scalar { kind, big: order == ByteOrder::BigEndian };
    Some(match datatype {
        Datatype::FixedPoint { size, signed, byte_order } => {
            let kind = match (size, signed) {
                (1, true) => Kind::I8,
                (1, false) => Kind::U8,
                (2, true) => Kind::I16,
                (2, false) => Kind::U16,
                (4, true) => Kind::I32,
                (4, false) => Kind::U32,
                (8, true) => Kind::I64,
                (8, false) => Kind::U64,
                _ => return None,
            };
            (scalar(kind, *byte_order), kind.class())
        }
        Datatype::Bitfield { size, byte_order } => {
            return number(&Datatype::FixedPoint { size: *size, signed: false, byte_order: *byte_order });
        }
        // The next wider class: MATLAB has none of its own for it.
        Datatype::FloatingPoint { size: 2, byte_order } => {
            (scalar(Kind::F16, *byte_order), ArrayClass::Single)
        }
        Datatype::FloatingPoint { size: 4, byte_order } => {
            (scalar(Kind::F32, *byte_order), ArrayClass::Single)
        }
        Datatype::FloatingPoint { size: 8, byte_order } => {
            (scalar(Kind::F64, *byte_order), ArrayClass::Double)
        }
        Datatype::Enum { base, members } => {
            let (scalar, class) = number(base)?;
            let truth = members.len() == 2
                && members.iter().all(|m| matches!(&*m.name.to_ascii_uppercase(), "TRUE" | "FALSE"));
            (scalar, if truth { ArrayClass::Logical } else { class })
        }
        _ => return None,
    })
}

impl Column {
    /// Numbers in each element; none where the file declares more than can be.
    pub(crate) fn per_element(&self) -> Option<usize> {
        self.dimensions.iter().try_fold(1_usize, |product, &n| product.checked_mul(usize::try_from(n).ok()?))
    }

    /// Number `i` of the column in one element. Bytes that are not there yield nothing.
    pub(crate) fn decode(&self, element: &[u8], i: usize) -> Option<f64> {
        let start = self.offset.checked_add(i.checked_mul(self.scalar.kind.size())?)?;
        self.scalar.first(element.get(start..)?)
    }
}
