//! Arrays without their samples: headers, names of fields, and what is small, found by going from tag to tag.
//!
//! A variable that is not packed is read in windows of some KiB at most; a packed one has to be unpacked as far as its last
//! header, in pieces that are let go of.

use super::element::{ByteOrder, Cursor, DataType, Element, Place};
use super::header::MatrixHeader;
use super::matrix::{self, Budget, MAX_DEPTH};
use super::{Variable, WINDOW, inflate};
use crate::array::{ArrayClass, NamedArray, Values};
use crate::error::Result;
use crate::format::SMALL;
use crate::source::Source;
use flate2::bufread::ZlibDecoder;
use std::borrow::Cow;
use std::io::{BufReader, Read};

/// Bytes of an array that is read whole: header and up to [`SMALL`] numbers, or a short text.
const WHOLE: usize = 2048;
/// Bytes that a step over samples unpacks at once.
const STEP: usize = 64 << 10;

/// The outline of a variable.
pub(super) fn array(
    source: &Source,
    variable: &Variable,
    name: &str,
    budget: &mut Budget,
) -> Result<NamedArray> {
    let path = source.name();
    let place = variable.place(&path, Some(name));
    let mut body = Body::of(source, variable, &place)?;
    let end = body.length;
    let mut array = Walk { order: variable.order, place: &place, budget }.array(&mut body, 0, end, 0)?;
    array.name = name.to_owned();
    array.byte_offset = variable.offset;
    Ok(array)
}

/// The body of a variable, behind its tag, read forwards.
struct Body<'a> {
    length: usize,
    bytes: Bytes<'a>,
}

enum Bytes<'a> {
    /// In the file as it is, from this byte.
    Plain(&'a Source, u64),
    Packed(Box<Packed<'a>>),
}

/// What a packed variable unpacks to, from `at` on as far as it was asked for.
struct Packed<'a> {
    decoder: ZlibDecoder<BufReader<Box<dyn Read + 'a>>>,
    at: usize,
    window: Vec<u8>,
}

impl<'a> Body<'a> {
    fn of(source: &'a Source, variable: &Variable, place: &Place<'_>) -> Result<Self> {
        if !variable.packed {
            return Ok(Self { length: variable.length, bytes: Bytes::Plain(source, variable.offset + 8) });
        }
        let packed = source.reader_from(variable.offset + 8).take(variable.length as u64);
        let packed: Box<dyn Read + 'a> = Box::new(packed);
        let mut decoder = ZlibDecoder::new(BufReader::with_capacity(STEP, packed));
        let length = inflate::declared_length(&mut decoder, variable.length, variable.order, place)?;
        let window = Vec::new();
        Ok(Self { length, bytes: Bytes::Packed(Box::new(Packed { decoder, at: 0, window })) })
    }

    /// Up to `length` bytes from `at`, which never lies before that of an earlier call.
    fn at(&mut self, at: usize, length: usize, place: &Place<'_>) -> Result<Cow<'_, [u8]>> {
        let length = length.min(self.length.saturating_sub(at));
        match &mut self.bytes {
            Bytes::Plain(source, begin) => source.at(*begin + at as u64, length),
            Bytes::Packed(packed) => packed.at(at, length, place).map(Cow::Borrowed),
        }
    }
}

impl Packed<'_> {
    fn at(&mut self, at: usize, length: usize, place: &Place<'_>) -> Result<&[u8]> {
        while self.at < at {
            if self.window.is_empty() {
                self.more(STEP.min(at - self.at), place)?;
            }
            let over = self.window.len().min(at - self.at);
            self.window.drain(..over);
            self.at += over;
        }
        if self.window.len() < length {
            self.more(length - self.window.len(), place)?;
        }
        Ok(&self.window[..length])
    }

    fn more(&mut self, bytes: usize, place: &Place<'_>) -> Result<()> {
        let had = self.window.len();
        let read = (&mut self.decoder).take(bytes as u64).read_to_end(&mut self.window);
        let at = 8 + self.at + self.window.len();
        read.map_err(|error| inflate::broken(at, &error, place))?;
        if self.window.len() - had < bytes {
            return Err(place.malformed(at, "its packed data end before what they declare"));
        }
        Ok(())
    }
}

/// Goes through nested arrays.
struct Walk<'a> {
    order: ByteOrder,
    place: &'a Place<'a>,
    budget: &'a mut Budget,
}

impl Walk<'_> {
    /// The array whose body lies from `at` to `end`.
    fn array(&mut self, body: &mut Body<'_>, at: usize, end: usize, depth: usize) -> Result<NamedArray> {
        let (order, place) = (self.order, self.place);
        let whole = end - at <= WHOLE;
        let window = body.at(at, (end - at).min(if whole { WHOLE } else { WINDOW }), place)?.into_owned();
        let mut cursor = Cursor::new(&window, 8 + at, order, place);
        if whole {
            return matrix::read(&mut cursor, depth, self.budget);
        }
        if depth > MAX_DEPTH {
            return Err(place.malformed(8 + at, &format!("arrays are nested more than {MAX_DEPTH} deep")));
        }
        self.budget.arrays = self
            .budget
            .arrays
            .checked_sub(1)
            .ok_or_else(|| place.malformed(8 + at, "the file holds more than a million arrays"))?;
        let header = MatrixHeader::read(&mut cursor)?;
        let values = match header.class {
            ArrayClass::Struct => {
                let names = matrix::field_names(&mut cursor)?;
                let first = cursor.position() - 8;
                let total = header.count.saturating_mul(names.len());
                let parts = self.parts(body, first, end, total, depth)?;
                matrix::fields(names, parts, &header, place.offset)
            }
            ArrayClass::Cell => {
                let first = cursor.position() - 8;
                Values::Cell(self.parts(body, first, end, header.count, depth)?)
            }
            ArrayClass::Char => Values::Text(String::new()),
            class if !class.is_numeric() => Values::Unsupported(match class {
                ArrayClass::Sparse => "a sparse matrix".to_owned(),
                other => format!("of class {other}"),
            }),
            _ if header.complex => Values::Complex(Vec::new()),
            _ if header.count <= SMALL => numbers(&mut cursor, &header)?,
            _ => Values::Unread,
        };
        let byte_offset = match place.packed {
            true => place.offset,
            false => place.offset + at as u64,
        };
        Ok(NamedArray {
            name: header.name,
            shape: header.shape,
            class: header.class,
            values,
            byte_offset,
            facts: None,
        })
    }

    /// `count` nested arrays that stand one after the other from `at` on.
    fn parts(
        &mut self,
        body: &mut Body<'_>,
        mut at: usize,
        end: usize,
        count: usize,
        depth: usize,
    ) -> Result<Vec<NamedArray>> {
        let place = self.place;
        if count.checked_mul(8).is_none_or(|bytes| bytes > end.saturating_sub(at)) {
            let why = format!(
                "{count} nested arrays are declared, {} bytes are left for them",
                end.saturating_sub(at)
            );
            return Err(place.malformed(8 + at, &why));
        }
        let mut parts = Vec::new();
        for _ in 0..count {
            let tag = body.at(at, 8.min(end.saturating_sub(at)), place)?;
            let (kind, length) = (self.order.u32_at(&tag, 0), self.order.u32_at(&tag, 4));
            let (Some(kind), Some(length)) = (kind, length) else {
                return Err(place.malformed(8 + at, "a nested array expected: its tag is cut"));
            };
            let (first, length) = (at + 8, length as usize);
            let wrong = |why: String| place.malformed(8 + at, &why);
            if DataType::from_code(kind) != Some(DataType::Matrix) {
                return Err(wrong(format!("a nested array (miMATRIX) expected, type {kind} found")));
            }
            if length > end.saturating_sub(first) {
                let left = end.saturating_sub(first);
                return Err(wrong(format!(
                    "nested array, miMATRIX, declares {length} bytes, {left} are left"
                )));
            }
            parts.push(if length == 0 {
                let element = Element { kind: DataType::Matrix, at: 8 + at, data: &[], data_at: 8 + first };
                matrix::empty(place, &element)
            } else {
                self.array(body, first, first + length, depth + 1)?
            });
            at = (first + length.next_multiple_of(8)).min(end);
        }
        Ok(parts)
    }
}

/// The few numbers of a small array whose name or dimensions are long.
fn numbers(cursor: &mut Cursor<'_, '_>, header: &MatrixHeader) -> Result<Values> {
    super::numeric::read(cursor, header.count, "real part").map(Values::Real)
}
