//! The head of an NPY array: what its elements are, how many, in which order.

use super::literal::Literal;
use crate::array::ArrayClass;
use crate::error::{Error, Result};
use crate::records::{Field, Records};
use crate::scalar::{Kind, Scalar};
use crate::source::Source;
use std::io::{self, Read};

pub(super) const MAGIC: &[u8] = b"\x93NUMPY";
const LONGEST_HEADER: u32 = 64 << 10;
const MOST_FIELDS: usize = 1024;
const LONGEST_NAME: usize = 256;
const RESAVE: &str = "save numbers alone: `numpy.save(\"NEW.npy\", numpy.asarray(x, dtype=float))`";

/// Where an array stands, for messages.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) source: &'a Source,
    /// Byte at which the array, or the packed member that holds it, starts.
    pub(super) offset: u64,
    /// What stands there, in words.
    pub(super) element: &'a str,
}

impl Place<'_> {
    pub(super) fn malformed(&self, why: impl Into<String>) -> Error {
        self.source.malformed(self.offset, self.element, why)
    }

    /// An error of a reader that unpacks or reads this array.
    pub(super) fn broken(&self, error: &io::Error) -> Error {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => self.malformed("its bytes end too early"),
            _ => self.malformed(format!("its bytes cannot be read ({error})")),
        }
    }
}

/// What one leaf of the element type is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Leaf {
    Real(Scalar),
    /// Real and imaginary part.
    Complex(Scalar),
    /// Not read, in words.
    Unread(String),
}

/// One number of each element.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Member {
    /// Name of the field; empty for an array of bare numbers.
    pub(super) name: String,
    pub(super) offset: usize,
    pub(super) leaf: Leaf,
}

impl Member {
    pub(super) fn class(&self) -> ArrayClass {
        match &self.leaf {
            Leaf::Real(scalar) | Leaf::Complex(scalar) => scalar.kind.class(),
            Leaf::Unread(_) => ArrayClass::Opaque,
        }
    }

    /// The numbers that stand in each record: one, or two of a complex number.
    pub(super) fn fields(&self) -> Vec<Field> {
        let field = |scalar, offset| Field { name: String::new(), offset, scalar, zero: 0.0, scale: 1.0 };
        match self.leaf {
            Leaf::Real(scalar) => vec![field(scalar, self.offset)],
            Leaf::Complex(scalar) => {
                vec![field(scalar, self.offset), field(scalar, self.offset + scalar.kind.size())]
            }
            Leaf::Unread(_) => Vec::new(),
        }
    }
}

/// The head of one array.
#[derive(Debug)]
pub(super) struct Header {
    pub(super) shape: Vec<usize>,
    /// The first dimension is fastest in the file.
    pub(super) fortran: bool,
    pub(super) records: Records,
    pub(super) members: Vec<Member>,
}

impl Header {
    /// Reads the head from the first bytes of an array that has `total` bytes with its head.
    pub(super) fn read(reader: &mut dyn Read, total: u64, place: Place<'_>) -> Result<Self> {
        let truncated = |declared| Error::Truncated {
            path: place.source.name(),
            variable: None,
            offset: place.offset + total,
            element: format!("{} at byte {}", place.element, place.offset),
            declared,
            left: total,
        };
        let mut take = |bytes: &mut [u8]| reader.read_exact(bytes).map_err(|error| place.broken(&error));
        if total < 12 {
            return Err(truncated(12));
        }
        let mut start = [0; 8];
        take(&mut start)?;
        if !start.starts_with(MAGIC) {
            return Err(place.malformed("it does not begin with `\\x93NUMPY`"));
        }
        let (stated, length) = match start[6] {
            1 => {
                let mut bytes = [0; 2];
                take(&mut bytes)?;
                (u32::from(u16::from_le_bytes(bytes)), 10)
            }
            2 | 3 => {
                let mut bytes = [0; 4];
                take(&mut bytes)?;
                (u32::from_le_bytes(bytes), 12)
            }
            other => return Err(place.malformed(format!("version 1, 2 or 3 expected, {other} found"))),
        };
        let length = length + u64::from(stated);
        if length > total {
            return Err(truncated(length));
        }
        if stated > LONGEST_HEADER {
            return Err(place.source.beyond("the head of an array", stated.into(), LONGEST_HEADER.into()));
        }
        let mut text = vec![0; stated as usize];
        take(&mut text)?;
        // Version 3 is UTF-8, the others are Latin-1; ASCII in nearly all files.
        let text = match String::from_utf8(text) {
            Ok(text) => text,
            Err(error) => error.into_bytes().iter().map(|&byte| char::from(byte)).collect(),
        };
        let said = Literal::parse(&text).map_err(|why| place.malformed(format!("its head, {why}")))?;
        let missing = |key: &str| place.malformed(format!("its head says nothing usable of `{key}`"));
        let Some(Literal::Truth(fortran)) = said.entry("fortran_order") else {
            return Err(missing("fortran_order"));
        };
        let shape: Option<Vec<usize>> = said.entry("shape").and_then(Literal::list).and_then(|shape| {
            let number = |n: &Literal| match n {
                Literal::Number(n) => usize::try_from(*n).ok(),
                _ => None,
            };
            shape.iter().map(number).collect()
        });
        let shape = shape.ok_or_else(|| missing("shape"))?;
        let descr = said.entry("descr").ok_or_else(|| missing("descr"))?;
        let mut members = Members::default();
        members.collect(String::new(), descr).map_err(|why| place.malformed(format!("its head: {why}")))?;
        let Members { found, size, pickled, .. } = members;
        if pickled {
            let what = "an array of Python objects: those are programs, and numbers only by running them";
            return Err(place.source.unsupported(place.element, what, RESAVE));
        }
        let count = shape.iter().try_fold(1_u64, |product, &n| product.checked_mul(n as u64));
        let bytes = count.and_then(|count| count.checked_mul(size as u64));
        let (Some(count), Some(bytes)) = (count, bytes) else {
            return Err(place.malformed(format!("its shape {shape:?} is beyond all measure")));
        };
        if size == 0 {
            return Err(place.malformed("its elements have no bytes"));
        }
        let declared = length.saturating_add(bytes);
        if declared > total {
            return Err(truncated(declared));
        }
        if declared < total {
            let more = total - declared;
            return Err(place.malformed(format!("{more} bytes follow the {declared} of the array")));
        }
        let shape = match shape[..] {
            [] => vec![1, 1],
            [n] => vec![n, 1],
            _ => shape,
        };
        let records = Records { count, size };
        Ok(Self { shape, fortran: *fortran, records, members: found })
    }

    /// Whether the file has the elements in the order in which an array holds them.
    pub(super) fn in_order(&self) -> bool {
        self.fortran || self.shape.iter().filter(|&&n| n != 1).count() <= 1
    }
}

/// The leaves of an element type, in the order of their bytes.
#[derive(Default)]
struct Members {
    found: Vec<Member>,
    size: usize,
    /// Types that were looked at, those without a number as well.
    steps: usize,
    /// Python objects stand in it.
    pickled: bool,
}

impl Members {
    /// Depth is bounded by the literal's.
    fn collect(&mut self, name: String, descr: &Literal) -> std::result::Result<(), String> {
        self.steps += 1;
        if self.steps > MOST_FIELDS {
            return Err(format!("more than {MOST_FIELDS} fields"));
        }
        if name.len() > LONGEST_NAME {
            return Err(format!("a name of more than {LONGEST_NAME} bytes"));
        }
        let fields = match descr {
            Literal::Text(code) => {
                let (leaf, size) = leaf(code)?;
                self.pickled |= code.ends_with('O');
                // Unnamed void fields fill up records.
                if !(name.is_empty() && code.contains('V')) {
                    self.found.push(Member { name, offset: self.size, leaf });
                }
                self.size = self.size.checked_add(size).ok_or("its elements are beyond all measure")?;
                return Ok(());
            }
            Literal::List(fields) => fields,
            other => return Err(format!("an element type expected, {other:?} found")),
        };
        for field in fields {
            let (own, kind, shape) = match field.list() {
                Some([own, kind]) => (own, kind, None),
                Some([own, kind, shape]) => (own, kind, Some(shape)),
                _ => return Err(format!("a field is its name and type, {field:?} found")),
            };
            // A field with a title is (title, name).
            let own = own.text().or_else(|| own.list()?.get(1)?.text());
            let own = own.ok_or("a field without a name")?;
            let path = if name.is_empty() { own.to_owned() } else { format!("{name}.{own}") };
            let repeats = match shape {
                None => None,
                Some(Literal::Number(n)) => Some(*n),
                Some(Literal::List(shape)) => Some(
                    shape
                        .iter()
                        .try_fold(1_u64, |product, n| match n {
                            Literal::Number(n) => product.checked_mul(*n),
                            _ => None,
                        })
                        .ok_or("a field's shape")?,
                ),
                Some(other) => return Err(format!("a field's shape expected, {other:?} found")),
            };
            match repeats {
                None => self.collect(path, kind)?,
                // A field of several numbers: `acc.1`, `acc.2`.
                Some(repeats) => {
                    for i in 1..=repeats {
                        self.collect(format!("{path}.{i}"), kind)?;
                    }
                }
            }
        }
        Ok(())
    }
}

/// What a type code such as `<f8` stands for, and its bytes.
fn leaf(code: &str) -> std::result::Result<(Leaf, usize), String> {
    let wrong = || format!("`{}` is no element type", code.escape_debug());
    let mut signs = code.chars();
    let big = match signs.next().ok_or_else(wrong)? {
        '<' | '|' | '=' => false,
        '>' => true,
        _ => return Err(wrong()),
    };
    let kind = signs.next().ok_or_else(wrong)?;
    let digits: String = signs.take_while(char::is_ascii_digit).collect();
    let size: usize = if kind == 'O' { 8 } else { digits.parse().map_err(|_| wrong())? };
    let number = match (kind, size) {
        ('b', 1) => Kind::Bool,
        ('i', 1) => Kind::I8,
        ('u', 1) => Kind::U8,
        ('i', 2) => Kind::I16,
        ('u', 2) => Kind::U16,
        ('i', 4) => Kind::I32,
        ('u', 4) => Kind::U32,
        ('i', 8) => Kind::I64,
        ('u', 8) => Kind::U64,
        ('f', 2) => Kind::F16,
        ('f', 4) | ('c', 8) => Kind::F32,
        ('f', 8) | ('c', 16) => Kind::F64,
        _ => {
            let what = match kind {
                'f' | 'c' => "a long float, whose bytes differ between machines",
                'U' | 'S' | 'a' => "text",
                'M' | 'm' => "dates or times",
                'V' => "raw bytes",
                'O' => "Python objects",
                _ => return Err(wrong()),
            };
            // Text of UCS-4: so many characters of four bytes.
            let size = if kind == 'U' { size.checked_mul(4).ok_or_else(wrong)? } else { size };
            return Ok((Leaf::Unread(format!("{what} (`{code}`)")), size));
        }
    };
    let scalar = Scalar { kind: number, big };
    Ok((if kind == 'c' { Leaf::Complex(scalar) } else { Leaf::Real(scalar) }, size))
}
