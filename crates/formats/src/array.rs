//! Named arrays: what a file format yields before a layout says what they mean.

use crate::facts::Facts;
use std::fmt;

/// Class of an array as its writer declared it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ArrayClass {
    /// Array of arrays.
    Cell,
    /// Named fields.
    Struct,
    /// Instance of an old-style class.
    Object,
    /// Text.
    Char,
    /// Sparse matrix.
    Sparse,
    /// 64-bit float.
    Double,
    /// 32-bit float.
    Single,
    /// 16-bit float.
    Half,
    /// True or false.
    Logical,
    /// Signed 8-bit integer.
    Int8,
    /// Unsigned 8-bit integer.
    UInt8,
    /// Signed 16-bit integer.
    Int16,
    /// Unsigned 16-bit integer.
    UInt16,
    /// Signed 32-bit integer.
    Int32,
    /// Unsigned 32-bit integer.
    UInt32,
    /// Signed 64-bit integer.
    Int64,
    /// Unsigned 64-bit integer.
    UInt64,
    /// Function handle.
    Function,
    /// Instance of a new-style class (table, datetime, string...).
    Opaque,
}

impl ArrayClass {
    /// Whether the array holds numbers (logical included).
    #[must_use]
    pub fn is_numeric(self) -> bool {
        !matches!(
            self,
            Self::Cell
                | Self::Struct
                | Self::Object
                | Self::Char
                | Self::Sparse
                | Self::Function
                | Self::Opaque
        )
    }
}

impl fmt::Display for ArrayClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cell => "cell",
            Self::Struct => "struct",
            Self::Object => "object",
            Self::Char => "char",
            Self::Sparse => "sparse",
            Self::Double => "float64",
            Self::Single => "float32",
            Self::Half => "float16",
            Self::Logical => "logical",
            Self::Int8 => "int8",
            Self::UInt8 => "uint8",
            Self::Int16 => "int16",
            Self::UInt16 => "uint16",
            Self::Int32 => "int32",
            Self::UInt32 => "uint32",
            Self::Int64 => "int64",
            Self::UInt64 => "uint64",
            Self::Function => "function handle",
            Self::Opaque => "opaque object",
        })
    }
}

/// An array with its name, as read from a file.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedArray {
    /// Name of the variable or field; empty inside a cell.
    pub name: String,
    /// Length of each dimension; values are stored first dimension fastest.
    pub shape: Vec<usize>,
    /// Declared class.
    pub class: ArrayClass,
    /// The values.
    pub values: Values,
    /// Byte of the file at which the array (or the packed element that holds it) starts.
    pub byte_offset: u64,
    /// What the file says of it beside its values.
    pub facts: Option<Box<Facts>>,
}

/// Values of an array.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Values {
    /// Numbers, whatever type they were stored in. 64-bit integers beyond 2^53 are rounded.
    Real(Vec<f64>),
    /// Complex numbers as (real, imaginary).
    Complex(Vec<[f64; 2]>),
    /// Text; the rows of a character matrix are joined by line feeds.
    Text(String),
    /// Fields of a struct in file order. In a struct array of other than one element each field is
    /// a cell that holds that field of all elements, in the shape of the struct array.
    Struct(Vec<(String, NamedArray)>),
    /// Arrays of a cell.
    Cell(Vec<NamedArray>),
    /// Real numbers that are in the file and were not read: what a look at the headers gives. Never from [`crate::Format::read`].
    Unread,
    /// A kind that is not read, in words. The array is listed so that nothing vanishes silently.
    Unsupported(String),
}

impl NamedArray {
    /// The values as one real vector: numeric, not complex, at most one dimension longer than 1.
    #[must_use]
    pub fn as_vector(&self) -> Option<&[f64]> {
        match &self.values {
            Values::Real(values) if self.shape.iter().filter(|&&n| n != 1).count() <= 1 => Some(values),
            _ => None,
        }
    }

    /// How many numbers a channel of this array has, also where they were not read; `None` where it is no real vector.
    #[must_use]
    pub fn vector_length(&self) -> Option<usize> {
        let vector = self.shape.iter().filter(|&&n| n != 1).count() <= 1;
        match &self.values {
            Values::Real(values) if vector => Some(values.len()),
            Values::Unread if vector => Some(self.shape.iter().product()),
            _ => None,
        }
    }

    /// The value of a real 1 x 1 array.
    #[must_use]
    pub fn as_scalar(&self) -> Option<f64> {
        match self.as_vector() {
            Some([value]) => Some(*value),
            _ => None,
        }
    }

    /// Whether the values are the places of another array's values, so that they are no samples.
    #[must_use]
    pub fn is_axis(&self) -> bool {
        self.facts.as_ref().is_some_and(|facts| facts.axis)
    }

    /// Shape and class as text, e.g. `120000 x 1 float64`.
    #[must_use]
    pub fn describe(&self) -> String {
        describe(&self.shape, self.class)
    }
}

/// What is known of an array without reading its values.
#[derive(Debug, Clone, PartialEq)]
pub struct ArrayHeader {
    /// Name of the variable.
    pub name: String,
    /// Length of each dimension.
    pub shape: Vec<usize>,
    /// Declared class.
    pub class: ArrayClass,
    /// Whether it has an imaginary part.
    pub complex: bool,
    /// Byte of the file at which the array (or the packed element that holds it) starts.
    pub byte_offset: u64,
    /// What the file says of it beside its values.
    pub facts: Option<Box<Facts>>,
}

impl ArrayHeader {
    /// Shape and class as text, e.g. `120000 x 1 float64`.
    #[must_use]
    pub fn describe(&self) -> String {
        describe(&self.shape, self.class)
    }
}

impl From<ArrayHeader> for NamedArray {
    /// The array as far as its header tells: real numbers are [`Values::Unread`], all else is empty.
    fn from(header: ArrayHeader) -> Self {
        let values = match header.class {
            ArrayClass::Cell => Values::Cell(Vec::new()),
            ArrayClass::Struct => Values::Struct(Vec::new()),
            ArrayClass::Char => Values::Text(String::new()),
            ArrayClass::Sparse => Values::Unsupported("a sparse matrix".to_owned()),
            class if !class.is_numeric() => Values::Unsupported(format!("of class {class}")),
            _ if header.complex => Values::Complex(Vec::new()),
            _ if header.shape.contains(&0) => Values::Real(Vec::new()),
            _ => Values::Unread,
        };
        Self {
            name: header.name,
            shape: header.shape,
            class: header.class,
            values,
            byte_offset: header.byte_offset,
            facts: header.facts,
        }
    }
}

fn describe(shape: &[usize], class: ArrayClass) -> String {
    let mut text = String::new();
    for (i, n) in shape.iter().enumerate() {
        if i > 0 {
            text.push_str(" x ");
        }
        text.push_str(&n.to_string());
    }
    if !text.is_empty() {
        text.push(' ');
    }
    text + &class.to_string()
}

/// Elements of a cell or a struct array that go by their number at most; more are a table of something else.
const MOST_ELEMENTS: usize = 1000;

/// All arrays, with those inside structs under their dotted path (`bearing.gs`), and those inside cells and struct arrays by
/// their number, from 1, as MATLAB writes it: `runs{2}`, `bearing(2).gs`. Where `elements` names a field of text, an element of a
/// struct array goes by it: `Y.vibration_1.Data`.
pub(crate) fn flatten<'a>(arrays: &'a [NamedArray], elements: Option<&str>) -> Vec<(String, &'a NamedArray)> {
    let mut flat = Vec::new();
    for array in arrays {
        walk(array.name.clone(), array, elements, &mut flat);
    }
    flat
}

/// Depth is bounded by the reader's depth limit.
fn walk<'a>(
    path: String,
    array: &'a NamedArray,
    elements: Option<&str>,
    flat: &mut Vec<(String, &'a NamedArray)>,
) {
    let fields = match &array.values {
        Values::Struct(fields) => fields,
        Values::Cell(parts) if parts.len() <= MOST_ELEMENTS && parts.iter().any(may_hold_samples) => {
            for (number, part) in (1..).zip(parts) {
                walk(format!("{path}{{{number}}}"), part, elements, flat);
            }
            return;
        }
        _ => return flat.push((path, array)),
    };
    match elements.and_then(|by| element_names(array, fields, by)) {
        Some(names) => {
            for (name, field) in fields {
                let Values::Cell(parts) = &field.values else { continue };
                for (own, part) in names.iter().zip(parts) {
                    walk(format!("{path}.{own}.{name}"), part, elements, flat);
                }
            }
        }
        None => {
            let count = array.shape.iter().try_fold(1, |all: usize, &n| all.checked_mul(n)).unwrap_or(0);
            for (name, field) in fields {
                match &field.values {
                    Values::Cell(parts) if count != 1 && parts.len() == count && count <= MOST_ELEMENTS => {
                        for (number, part) in (1..).zip(parts) {
                            walk(format!("{path}({number}).{name}"), part, elements, flat);
                        }
                    }
                    _ => walk(format!("{path}.{name}"), field, elements, flat),
                }
            }
        }
    }
}

/// Whether an element is worth a name of its own: a vector, or what may hold one.
fn may_hold_samples(part: &NamedArray) -> bool {
    part.vector_length().is_some_and(|length| length > 1)
        || matches!(part.values, Values::Struct(_) | Values::Cell(_))
}

/// What the elements of a struct array are called by one of their fields; `None` where it does not name each of them.
fn element_names<'a>(
    array: &NamedArray,
    fields: &'a [(String, NamedArray)],
    by: &str,
) -> Option<Vec<&'a str>> {
    let count: usize = array.shape.iter().product();
    let Values::Cell(names) = &fields.iter().find(|(name, _)| name == by)?.1.values else { return None };
    let text = |part: &'a NamedArray| match &part.values {
        Values::Text(text) if !text.trim().is_empty() => Some(text.trim()),
        _ => None,
    };
    let names: Option<Vec<&str>> = names.iter().map(text).collect();
    names.filter(|names| names.len() == count && count != 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn array(name: &str, count: usize, class: ArrayClass, values: Values) -> NamedArray {
        NamedArray {
            name: name.to_owned(),
            shape: vec![1, count],
            class,
            values,
            byte_offset: 0,
            facts: None,
        }
    }

    fn vector(name: &str) -> NamedArray {
        array(name, 3, ArrayClass::Double, Values::Real(vec![1.0, 2.0, 3.0]))
    }

    fn cell(name: &str, parts: Vec<NamedArray>) -> NamedArray {
        array(name, parts.len(), ArrayClass::Cell, Values::Cell(parts))
    }

    fn names(array: NamedArray) -> Vec<String> {
        flatten(&[array], None).into_iter().map(|(name, _)| name).collect()
    }

    #[test]
    fn elements_of_cells_and_struct_arrays_go_by_their_number() {
        assert_eq!(names(cell("runs", vec![vector(""), vector("")])), ["runs{1}", "runs{2}"]);
        let fields = |count: usize| {
            let of_each = |name: &str| cell(name, vec![vector(""); count]);
            Values::Struct(vec![("gs".to_owned(), of_each("gs")), ("sr".to_owned(), of_each("sr"))])
        };
        let bearing = |count| array("bearing", count, ArrayClass::Struct, fields(count));
        assert_eq!(names(bearing(2)), ["bearing(1).gs", "bearing(2).gs", "bearing(1).sr", "bearing(2).sr"]);
        assert_eq!(names(bearing(1)), ["bearing.gs{1}", "bearing.sr{1}"]);
        // A list of words is one array.
        let word = array("", 1, ArrayClass::Char, Values::Text("DE".to_owned()));
        assert_eq!(names(cell("labels", vec![word.clone(), word])), ["labels"]);
    }
}
