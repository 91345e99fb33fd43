//! MATLAB 5 to 7 files (`.mat`), read and written.
//!
//! Layout of the format: "MAT-File Format", The MathWorks: a 128-byte header, then one element for
//! each variable; an element is a tag (type, byte count) and data, and a `miMATRIX` element holds
//! further elements. Since version 7 a variable's element may be packed with zlib.
//!
//! Every stated length is compared with the bytes that are left before memory is taken for it.
//! Bounds: nesting of 32, one million arrays, 1100 unpacked bytes for each packed one, 4 GiB for
//! one variable.

mod characters;
mod element;
mod header;
mod inflate;
mod matrix;
mod numeric;
mod outline;
mod write;

pub use write::write_mat5;

use crate::array::{ArrayHeader, NamedArray};
use crate::error::{Error, Result};
use crate::format::{Confidence, Format, Outline, Probe, Selection};
use crate::source::Source;
use element::{ByteOrder, Cursor, DataType, Place};
use header::{FileHeader, HEADER_LENGTH, MatrixHeader};
use std::borrow::Cow;

/// Bytes of a variable that are looked at to find its class, shape and name.
const WINDOW: usize = 16 << 10;
/// Packed bytes that always unpack to more than the part of [`WINDOW`] a header needs.
const PACKED_WINDOW: usize = 16 << 10;

/// MATLAB 5 to 7.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mat5;

impl Format for Mat5 {
    fn name(&self) -> &'static str {
        "matlab5"
    }

    fn endings(&self) -> &'static [&'static str] {
        &[".mat"]
    }

    fn sniff(&self, head: &[u8]) -> Confidence {
        header::sniff(head)
    }

    fn probe(&self, source: &Source) -> Result<Probe> {
        let header = FileHeader::read(source)?;
        let mut arrays = Vec::new();
        for variable in Variables::new(source, header.order) {
            let variable = variable?;
            let header = variable.header(source)?;
            // The workspace of function handles is stored as a variable without a name.
            if !header.name.is_empty() {
                arrays.push(ArrayHeader {
                    name: header.name,
                    shape: header.shape,
                    class: header.class,
                    complex: header.complex,
                    byte_offset: variable.offset,
                    facts: None,
                });
            }
        }
        Ok(Probe { format: self.name().to_owned(), arrays, text: Some(header.text) })
    }

    fn outline(&self, source: &Source) -> Result<Outline> {
        let header = FileHeader::read(source)?;
        let mut arrays = Vec::new();
        let mut budget = matrix::Budget::default();
        for variable in Variables::new(source, header.order) {
            let variable = variable?;
            let name = variable.header(source)?.name;
            if !name.is_empty() {
                arrays.push(outline::array(source, &variable, &name, &mut budget)?);
            }
        }
        Ok(Outline { arrays, text: Some(header.text) })
    }

    fn read(&self, source: &Source, selection: Selection<'_>) -> Result<Vec<NamedArray>> {
        let header = FileHeader::read(source)?;
        let mut arrays = Vec::new();
        let mut budget = matrix::Budget::default();
        for variable in Variables::new(source, header.order) {
            let variable = variable?;
            let name = variable.header(source)?.name;
            if name.is_empty() || !selection.wants(&name) {
                continue;
            }
            arrays.push(variable.array(source, &name, &mut budget)?);
        }
        Ok(arrays)
    }
}

/// One top-level element of a file: its place, not yet its content.
struct Variable {
    /// Position in the file, from 1.
    number: usize,
    order: ByteOrder,
    /// Byte at which the tag starts.
    offset: u64,
    packed: bool,
    /// Declared bytes after the tag; all of them are in the file.
    length: usize,
}

impl Variable {
    fn data<'a>(&self, source: &'a Source, length: usize) -> Result<Cow<'a, [u8]>> {
        source.at(self.offset + 8, length.min(self.length))
    }

    fn place<'a>(&self, path: &'a str, name: Option<&'a str>) -> Place<'a> {
        Place { path, variable: name, offset: self.offset, number: self.number, packed: self.packed }
    }

    /// Class, shape and name, from the first bytes only.
    fn header(&self, source: &Source) -> Result<MatrixHeader> {
        let path = source.name();
        let place = self.place(&path, None);
        if self.length == 0 && !self.packed {
            return Err(place.malformed(0, "the variable is empty: it has neither class nor name"));
        }
        let window = if self.packed {
            let packed = self.data(source, PACKED_WINDOW)?;
            Cow::Owned(inflate::inflate_start(&packed, WINDOW, self.length, self.order, &place)?)
        } else {
            self.data(source, WINDOW)?
        };
        MatrixHeader::read(&mut Cursor::new(&window, 8, self.order, &place))
    }

    /// The whole variable.
    fn array(&self, source: &Source, name: &str, budget: &mut matrix::Budget) -> Result<NamedArray> {
        let path = source.name();
        let place = self.place(&path, Some(name));
        let data = self.data(source, self.length)?;
        let body = if self.packed { Cow::Owned(inflate::inflate(&data, self.order, &place)?) } else { data };
        let mut array = matrix::read(&mut Cursor::new(&body, 8, self.order, &place), 0, budget)?;
        array.name = name.to_owned();
        Ok(array)
    }
}

/// Walks the top-level elements; ends after the first error.
struct Variables<'a> {
    source: &'a Source,
    order: ByteOrder,
    offset: u64,
    number: usize,
    failed: bool,
}

impl<'a> Variables<'a> {
    fn new(source: &'a Source, order: ByteOrder) -> Self {
        Self { source, order, offset: HEADER_LENGTH as u64, number: 0, failed: false }
    }

    fn advance(&mut self) -> Result<Option<Variable>> {
        let left = self.source.length().saturating_sub(self.offset);
        if left == 0 {
            return Ok(None);
        }
        self.number += 1;
        let path = self.source.name();
        let truncated = |variable, element: &str, declared, left| Error::Truncated {
            path: path.clone(),
            variable,
            offset: self.source.length(),
            element: format!("variable {}, {element} at byte {}", self.number, self.offset),
            declared,
            left,
        };
        let tag = self.source.at(self.offset, 8)?;
        let (Some(kind), Some(length)) = (self.order.u32_at(&tag, 0), self.order.u32_at(&tag, 4)) else {
            return Err(truncated(None, "tag", 8, left));
        };
        let mut variable = Variable {
            number: self.number,
            order: self.order,
            offset: self.offset,
            packed: false,
            length: length as usize,
        };
        variable.packed = match DataType::from_code(kind) {
            Some(DataType::Matrix) => false,
            Some(DataType::Compressed) => true,
            _ => {
                let why =
                    format!("an element of type 14 (miMATRIX) or 15 (miCOMPRESSED) expected, {kind} found");
                return Err(variable.place(&path, None).malformed(0, &why));
            }
        };
        let left = left - 8;
        if u64::from(length) > left {
            // The name stands at the start, so it is usually still there.
            let cut = Variable { length: usize::try_from(left).unwrap_or(usize::MAX), ..variable };
            let name = cut.header(self.source).ok().map(|h| h.name).filter(|n| !n.is_empty());
            let element = if variable.packed { "miCOMPRESSED" } else { "miMATRIX" };
            return Err(truncated(name, element, u64::from(length), left));
        }
        self.offset += 8 + u64::from(length);
        Ok(Some(variable))
    }
}

impl Iterator for Variables<'_> {
    type Item = Result<Variable>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let next = self.advance().transpose();
        self.failed = matches!(next, Some(Err(_)));
        next
    }
}
