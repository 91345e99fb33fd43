//! One record batch: how many rows, where its buffers lie, and the values of a column in it.

use super::damaged;
use super::flatbuffers::Table;
use super::schema::{Field, Kind};
use crate::array::ArrayClass;
use crate::error::Result;
use crate::source::Source;
use std::io::Read;

/// The message's kind that carries rows.
const RECORDS: u8 = 3;

/// Where a batch lies: its message and its body.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) offset: u64,
    pub(super) head: usize,
    pub(super) body: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Codec {
    Lz4,
    Zstd,
}

/// A node of a column (rows, missing ones) or a buffer (offset in the body, bytes).
type Pair = (u64, u64);

pub(super) struct Batch {
    place: Place,
    pub(super) rows: usize,
    nodes: Vec<Pair>,
    buffers: Vec<Pair>,
    codec: Option<Codec>,
}

/// The places of all batches that the footer lists in a field; each within a file of `length` bytes.
pub(super) fn places(footer: Table<'_>, field: usize, length: u64) -> Option<Vec<Place>> {
    let Some((first, count)) = footer.vector(field, 24)? else { return Some(Vec::new()) };
    (0..count)
        .map(|i| {
            let at = first + 24 * i;
            let offset = u64::try_from(footer.i64(at)?).ok()?;
            let head = usize::try_from(footer.i32(at + 8)?).ok()?;
            let body = u64::try_from(footer.i64(at + 16)?).ok()?;
            let end = offset.checked_add(head as u64)?.checked_add(body)?;
            (end <= length).then_some(Place { offset, head, body })
        })
        .collect()
}

/// First node and first buffer of a column, and how many of both it takes.
fn span(fields: &[Field], column: usize) -> (usize, usize) {
    fields[..column].iter().map(taken).fold((0, 0), |a, b| (a.0 + b.0, a.1 + b.1))
}

fn taken(field: &Field) -> (usize, usize) {
    let own = match field.kind {
        Kind::Numbers(_) => 2,
        Kind::Text(_) => 3,
        Kind::Lists(_) => 2,
        Kind::Other(_, buffers) => buffers,
    };
    field.inside.iter().map(taken).fold((1, own), |a, b| (a.0 + b.0, a.1 + b.1))
}

impl Batch {
    /// Byte at which it starts.
    pub(super) fn offset(&self) -> u64 {
        self.place.offset
    }

    pub(super) fn read(source: &Source, place: Place, fields: &[Field]) -> Result<Self> {
        let bytes = source.at(place.offset, place.head)?;
        let batch = Self::parse(&bytes, place);
        let batch =
            batch.ok_or_else(|| damaged(source, place.offset, "a length in a record batch does not fit"))?;
        // Every column needs its nodes and buffers; a batch may state no more rows than its columns have.
        let (nodes, buffers) = span(fields, fields.len());
        let mut of_columns = 0;
        let agree = fields.iter().all(|field| {
            let rows = batch.nodes.get(of_columns).map(|node| node.0);
            of_columns += taken(field).0;
            rows == Some(batch.rows as u64)
        });
        if batch.nodes.len() < nodes || batch.buffers.len() < buffers || !agree {
            return Err(damaged(
                source,
                place.offset,
                "a record batch does not hold the columns of the schema",
            ));
        }
        Ok(batch)
    }

    fn parse(bytes: &[u8], place: Place) -> Option<Self> {
        let word = |at: usize| Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
        let (skip, size): (usize, u32) = if word(0)? == u32::MAX { (8, word(4)?) } else { (4, word(0)?) };
        let message = Table::root(bytes.get(skip..skip.checked_add(size as usize)?)?)?;
        if message.long(3)? > place.body || message.u8(message.field(1)?)? != RECORDS {
            return None;
        }
        let records = message.table(2)?;
        let pairs = |field: usize| -> Option<Vec<Pair>> {
            let Some((first, count)) = records.vector(field, 16)? else { return Some(Vec::new()) };
            let long = |at: usize| u64::try_from(records.i64(at)?).ok();
            (0..count).map(|i| Some((long(first + 16 * i)?, long(first + 16 * i + 8)?))).collect()
        };
        let buffers = pairs(2)?;
        if buffers.iter().any(|(at, size)| at.checked_add(*size).is_none_or(|end| end > place.body)) {
            return None;
        }
        let codec = match records.field(3) {
            None => None,
            Some(_) => {
                let codec = records.table(3)?;
                Some(match codec.field(0).map_or(Some(0), |at| codec.u8(at))? {
                    0 => Codec::Lz4,
                    1 => Codec::Zstd,
                    _ => return None,
                })
            }
        };
        Some(Self { place, rows: usize::try_from(records.long(0)?).ok()?, nodes: pairs(1)?, buffers, codec })
    }

    /// The bytes of a buffer, exactly `needed` of them (buffers are padded).
    fn buffer(&self, source: &Source, index: usize, needed: Option<u64>) -> Result<Vec<u8>> {
        let (at, size) = self.buffers[index];
        let offset = self.place.offset + self.place.head as u64 + at;
        let short = |why: &str| damaged(source, offset, why);
        let needed = needed.ok_or_else(|| short("it states more values than can be counted"))?;
        if needed == 0 {
            return Ok(Vec::new());
        }
        let plain = |offset: u64, size: u64| {
            if size < needed {
                return Err(short(&format!("a buffer of {size} bytes is to hold {needed}")));
            }
            Ok(source.at(offset, needed as usize)?.into_owned())
        };
        let Some(codec) = self.codec else { return plain(offset, size) };
        let head = source.at(offset, 8.min(size) as usize)?;
        let Ok(unpacked) = <[u8; 8]>::try_from(head.as_ref()).map(i64::from_le_bytes) else {
            return Err(short("a packed buffer has no length"));
        };
        if unpacked == -1 {
            return plain(offset + 8, size - 8);
        }
        // What packs by more than this is no recording.
        if u64::try_from(unpacked).map_or(true, |size| size < needed) || needed / 1100 > size + 64 {
            return Err(short(&format!("a buffer that unpacks to {unpacked} bytes is to hold {needed}")));
        }
        let packed = source.at(offset + 8, (size - 8) as usize)?;
        let mut bytes = Vec::new();
        let read = match codec {
            Codec::Lz4 => lz4::Decoder::new(packed.as_ref())
                .and_then(|decoder| decoder.take(needed).read_to_end(&mut bytes)),
            Codec::Zstd => zstd::stream::read::Decoder::with_buffer(packed.as_ref())
                .and_then(|decoder| decoder.take(needed).read_to_end(&mut bytes)),
        };
        match read {
            Ok(_) if bytes.len() as u64 == needed => Ok(bytes),
            Ok(_) => Err(short("a packed buffer ends too early")),
            Err(error) => Err(short(&format!("a packed buffer is damaged ({error})"))),
        }
    }

    /// Which of `rows` values are there; `None`: all.
    fn valid(&self, source: &Source, node: usize, buffer: usize) -> Result<Option<Vec<u8>>> {
        let (rows, missing) = self.nodes[node];
        // A writer may leave the buffer out where nothing is missing.
        if missing == 0 || self.buffers[buffer].1 == 0 {
            return Ok(None);
        }
        self.buffer(source, buffer, Some(rows.div_ceil(8))).map(Some)
    }

    /// Numbers of the column whose first node and buffer these are.
    fn values(&self, source: &Source, class: ArrayClass, node: usize, buffer: usize) -> Result<Vec<f64>> {
        let rows = self.nodes[node].0;
        let width = match class {
            ArrayClass::Logical => 0,
            ArrayClass::Int8 | ArrayClass::UInt8 => 1,
            ArrayClass::Int16 | ArrayClass::UInt16 => 2,
            ArrayClass::Int32 | ArrayClass::UInt32 | ArrayClass::Single => 4,
            _ => 8,
        };
        let needed = if width == 0 { Some(rows.div_ceil(8)) } else { rows.checked_mul(width) };
        let valid = self.valid(source, node, buffer)?;
        let bytes = self.buffer(source, buffer + 1, needed)?;
        let mut values = numbers(class, &bytes, rows as usize);
        if let Some(valid) = valid {
            values
                .iter_mut()
                .enumerate()
                .filter(|(i, _)| !bit(&valid, *i))
                .for_each(|(_, value)| *value = f64::NAN);
        }
        Ok(values)
    }

    /// Numbers of a column.
    pub(super) fn numbers(&self, source: &Source, fields: &[Field], column: usize) -> Result<Vec<f64>> {
        let (node, buffer) = span(fields, column);
        match fields[column].kind {
            Kind::Numbers(class) => self.values(source, class, node, buffer),
            _ => Ok(Vec::new()),
        }
    }

    /// Offsets of `rows` texts or lists, never falling and ending within `most`.
    fn offsets(&self, source: &Source, buffer: usize, width: usize, most: u64) -> Result<Vec<usize>> {
        let needed = (self.rows as u64).checked_add(1).and_then(|n| n.checked_mul(width as u64));
        let bytes = self.buffer(source, buffer, needed)?;
        let offsets: Vec<u64> = match width {
            4 => bytes.chunks_exact(4).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]).into()).collect(),
            _ => {
                bytes.chunks_exact(8).map(|b| u64::from_le_bytes(b.try_into().unwrap_or_default())).collect()
            }
        };
        if offsets.windows(2).any(|pair| pair[0] > pair[1]) || offsets.last().is_some_and(|last| *last > most)
        {
            return Err(damaged(source, self.place.offset, "offsets of a column fall or lead beyond it"));
        }
        Ok(offsets.into_iter().map(|offset| offset as usize).collect())
    }

    /// Texts of a column; an empty one where it is missing.
    pub(super) fn texts(&self, source: &Source, fields: &[Field], column: usize) -> Result<Vec<String>> {
        let (_, buffer) = span(fields, column);
        let Kind::Text(width) = fields[column].kind else { return Ok(Vec::new()) };
        // Of packed text the length is known once it is unpacked: so much and no more.
        let most = self.buffers[buffer + 2].1.saturating_mul(1100);
        let offsets = self.offsets(source, buffer + 1, width, most)?;
        let bytes = self.buffer(source, buffer + 2, Some(offsets.last().map_or(0, |last| *last as u64)))?;
        let text = |pair: &[usize]| String::from_utf8_lossy(&bytes[pair[0]..pair[1]]).into_owned();
        Ok(offsets.windows(2).map(text).collect())
    }

    fn list_offsets(&self, source: &Source, fields: &[Field], column: usize) -> Result<Vec<usize>> {
        let (node, buffer) = span(fields, column);
        let Kind::Lists(width) = fields[column].kind else { return Ok(Vec::new()) };
        self.offsets(source, buffer + 1, width, self.nodes[node + 1].0)
    }

    /// How long each list of a column is.
    pub(super) fn list_lengths(
        &self,
        source: &Source,
        fields: &[Field],
        column: usize,
    ) -> Result<Vec<usize>> {
        let offsets = self.list_offsets(source, fields, column)?;
        Ok(offsets.windows(2).map(|pair| pair[1] - pair[0]).collect())
    }

    /// The lists of a column.
    pub(super) fn lists(&self, source: &Source, fields: &[Field], column: usize) -> Result<Vec<Vec<f64>>> {
        let (node, buffer) = span(fields, column);
        let [Field { kind: Kind::Numbers(class), .. }] = fields[column].inside.as_slice() else {
            return Ok(Vec::new());
        };
        let offsets = self.list_offsets(source, fields, column)?;
        let values = self.values(source, *class, node + 1, buffer + 2)?;
        Ok(offsets.windows(2).map(|pair| values[pair[0]..pair[1]].to_vec()).collect())
    }
}

fn bit(bytes: &[u8], i: usize) -> bool {
    bytes.get(i / 8).is_some_and(|byte| byte >> (i % 8) & 1 == 1)
}

fn numbers(class: ArrayClass, bytes: &[u8], rows: usize) -> Vec<f64> {
    macro_rules! of {
        ($kind:ty) => {
            bytes
                .chunks_exact(size_of::<$kind>())
                .map(|b| <$kind>::from_le_bytes(b.try_into().unwrap_or_default()) as f64)
                .collect()
        };
    }
    match class {
        ArrayClass::Logical => (0..rows).map(|i| f64::from(u8::from(bit(bytes, i)))).collect(),
        ArrayClass::Int8 => of!(i8),
        ArrayClass::UInt8 => of!(u8),
        ArrayClass::Int16 => of!(i16),
        ArrayClass::UInt16 => of!(u16),
        ArrayClass::Int32 => of!(i32),
        ArrayClass::UInt32 => of!(u32),
        ArrayClass::Int64 => of!(i64),
        ArrayClass::UInt64 => of!(u64),
        ArrayClass::Single => of!(f32),
        _ => of!(f64),
    }
}
