//! Arrow IPC, files (Feather version 2) and streams, read here: polars 0.55 panics on damaged ones and takes memory for lengths
//! that do not fit.
//!
//! Layout: the Arrow columnar format, "IPC File Format": `ARROW1`, record batches, a footer with the schema and the place of
//! each batch, the footer's length, `ARROW1`; a stream (`stream.rs`) is the same messages without a footer. A batch is a
//! FlatBuffers message that states rows and buffers, and a body with the buffers, packed with LZ4 or zstd or as they are. A
//! numeric column is an array of its name, missing numbers are NaN; in a column of lists each row is an array, named by the
//! row's text in the first column of text, else by its number. Metadata of the schema state rate, unit and speed under the names
//! of `named_facts`.
//!
//! Bounds: every length is held against the bytes before memory is taken; a packed buffer unpacks to what its rows need and no
//! more; nesting of 16.

mod batch;
mod flatbuffers;
mod schema;
mod stream;

use crate::array::{ArrayClass, ArrayHeader, NamedArray, Values};
use crate::error::{Error, Result};
use crate::facts::Facts;
use crate::format::{Confidence, Format, Probe, Selection};
use crate::runs::Runs;
use crate::source::Source;
use batch::{Batch, Place};
use flatbuffers::Table;
use schema::{Field, Kind};

const MAGIC: &[u8; 6] = b"ARROW1";

/// Bytes at the end of a file: the footer's length and the magic bytes.
const TAIL: u64 = 10;

/// Arrow IPC files and streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArrowIpc;

impl Format for ArrowIpc {
    fn name(&self) -> &'static str {
        "arrow"
    }

    fn endings(&self) -> &'static [&'static str] {
        &[".arrow", ".feather", ".ipc", ".arrows"]
    }

    fn sniff(&self, head: &[u8]) -> Confidence {
        if head.starts_with(MAGIC) || stream::begins(head) { Confidence::Certain } else { Confidence::No }
    }

    fn probe(&self, source: &Source) -> Result<Probe> {
        let file = File::open(source)?;
        let mut arrays = Vec::new();
        for (column, field) in file.fields.iter().enumerate() {
            match file.shape_of(column) {
                Shape::Vector(class) => arrays.push(file.header(field.name.clone(), file.rows(), class)),
                Shape::Rows(class) => {
                    let names = file.names(source, column)?;
                    let mut names = names.into_iter();
                    for batch in &file.batches {
                        for length in batch.list_lengths(source, &file.fields, column)? {
                            let name = names.next().unwrap_or_default();
                            arrays.push(file.header(name, length, class));
                        }
                    }
                }
                Shape::None => {}
            }
        }
        let other = file.fields.iter().enumerate().filter(|(i, _)| matches!(file.shape_of(*i), Shape::None));
        let other: Vec<&str> = other.map(|(_, field)| field.name.as_str()).collect();
        let text = (!other.is_empty()).then(|| format!("columns that are no numbers: {}", other.join(", ")));
        Ok(Probe { format: self.name().to_owned(), arrays, text })
    }

    fn read(&self, source: &Source, selection: Selection<'_>) -> Result<Vec<NamedArray>> {
        let file = File::open(source)?;
        let mut arrays = Vec::new();
        for (column, field) in file.fields.iter().enumerate() {
            match file.shape_of(column) {
                Shape::Vector(class) if selection.wants(&field.name) => {
                    let mut values = Vec::new();
                    for batch in &file.batches {
                        values.append(&mut batch.numbers(source, &file.fields, column)?);
                    }
                    arrays.push(vector(file.header(field.name.clone(), values.len(), class), values));
                }
                Shape::Rows(class) => {
                    let mut names = file.names(source, column)?.into_iter();
                    for batch in &file.batches {
                        for values in batch.lists(source, &file.fields, column)? {
                            let name = names.next().unwrap_or_default();
                            if selection.wants(&name) {
                                arrays.push(vector(file.header(name, values.len(), class), values));
                            }
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(arrays)
    }

    fn stream(
        &self,
        source: &Source,
        name: &str,
        run: usize,
        each: &mut dyn FnMut(&[f64]) -> Result<()>,
    ) -> Result<()> {
        let file = File::open(source)?;
        let mut runs = Runs::new(run, each);
        for (column, field) in file.fields.iter().enumerate() {
            match file.shape_of(column) {
                Shape::Vector(_) if field.name == name => {
                    for batch in &file.batches {
                        runs.extend(batch.numbers(source, &file.fields, column)?)?;
                    }
                }
                Shape::Rows(_) => {
                    let mut names = file.names(source, column)?.into_iter();
                    for batch in &file.batches {
                        for values in batch.lists(source, &file.fields, column)? {
                            if names.next().is_some_and(|own| own == name) {
                                runs.extend(values)?;
                            }
                        }
                    }
                }
                _ => {}
            }
        }
        runs.finish()
    }
}

/// How a column is arrays.
enum Shape {
    Vector(ArrayClass),
    Rows(ArrayClass),
    None,
}

/// Columns and batches of a file or stream.
struct File {
    fields: Vec<Field>,
    batches: Vec<Batch>,
    /// What its metadata say of every column.
    facts: Option<Box<Facts>>,
}

impl File {
    fn open(source: &Source) -> Result<Self> {
        let begin = source.at(0, MAGIC.len().min(source.length() as usize))?;
        let Listed { fields, facts, places } =
            if begin.starts_with(MAGIC) { footer(source)? } else { stream::read(source)? };
        let batches: Result<Vec<Batch>> =
            places.into_iter().map(|place| Batch::read(source, place, &fields)).collect();
        Ok(Self { fields, batches: batches?, facts })
    }

    fn rows(&self) -> usize {
        self.batches.iter().map(|batch| batch.rows).sum()
    }

    fn shape_of(&self, column: usize) -> Shape {
        let field = &self.fields[column];
        match (&field.kind, field.inside.as_slice()) {
            (Kind::Numbers(class), _) => Shape::Vector(*class),
            (Kind::Lists(_), [Field { kind: Kind::Numbers(class), .. }]) => Shape::Rows(*class),
            _ => Shape::None,
        }
    }

    /// Names of the rows of a column of lists.
    fn names(&self, source: &Source, column: usize) -> Result<Vec<String>> {
        let lists = (0..self.fields.len()).filter(|i| matches!(self.shape_of(*i), Shape::Rows(_))).count();
        let own = &self.fields[column].name;
        let id = self.fields.iter().position(|field| matches!(field.kind, Kind::Text(_)));
        let Some(id) = id else { return Ok((1..=self.rows()).map(|row| format!("{own}.{row}")).collect()) };
        let mut names = Vec::new();
        for batch in &self.batches {
            for text in batch.texts(source, &self.fields, id)? {
                names.push(if lists > 1 { format!("{text}.{own}") } else { text });
            }
        }
        Ok(names)
    }

    fn header(&self, name: String, samples: usize, class: ArrayClass) -> ArrayHeader {
        let byte_offset = self.batches.first().map_or(0, Batch::offset);
        let facts = self.facts.clone();
        ArrayHeader { name, shape: vec![samples, 1], class, complex: false, byte_offset, facts }
    }
}

/// What a footer, or the messages of a stream, list.
struct Listed {
    fields: Vec<Field>,
    facts: Option<Box<Facts>>,
    places: Vec<Place>,
}

/// Reads the footer of a file.
fn footer(source: &Source) -> Result<Listed> {
    let length = source.length();
    let tail = source.at(length.saturating_sub(TAIL), TAIL as usize)?;
    let (size, magic) = tail.split_at(tail.len().min(4));
    if length >= 2 * TAIL && magic != MAGIC {
        let why =
            "the last bytes are not those of an Arrow file: the copy was cut, or it is still being written";
        return Err(source.malformed(length - TAIL, "footer at the end", why));
    }
    if length < 2 * TAIL {
        return Err(Error::Truncated {
            path: source.name(),
            variable: None,
            offset: length,
            element: "footer at the end".to_owned(),
            declared: TAIL,
            left: length,
        });
    }
    let size = u64::from(u32::from_le_bytes([size[0], size[1], size[2], size[3]]));
    let Some(from) = (length - TAIL).checked_sub(size).filter(|from| *from >= 8) else {
        return Err(damaged(
            source,
            length - TAIL,
            &format!("the footer is {size} bytes long by its own account"),
        ));
    };
    let bytes = source.at(from, size as usize)?;
    let read = || {
        let footer = Table::root(&bytes)?;
        let schema = footer.table(1)?;
        let places = batch::places(footer, 3, length)?;
        Some(Listed { fields: schema::fields(schema)?, facts: schema::facts(schema), places })
    };
    read().ok_or_else(|| damaged(source, from, "the footer's schema or its list of batches"))
}

fn vector(header: ArrayHeader, values: Vec<f64>) -> NamedArray {
    NamedArray {
        name: header.name,
        shape: header.shape,
        class: header.class,
        values: Values::Real(values),
        byte_offset: header.byte_offset,
        facts: header.facts,
    }
}

fn damaged(source: &Source, offset: u64, why: &str) -> Error {
    Error::Malformed {
        path: source.name(),
        variable: None,
        offset,
        element: "Arrow metadata".to_owned(),
        why: why.to_owned(),
    }
}
