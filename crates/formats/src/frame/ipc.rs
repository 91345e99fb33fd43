//! Arrow IPC files (Feather version 2): `ARROW1`, record batches, a footer, `ARROW1`.

use super::{Table, fenced};
use crate::array::NamedArray;
use crate::error::{Error, Result};
use crate::format::{Confidence, Format, Probe, Selection};
use crate::source::Source;
use polars::prelude::{DataFrame, DataType, IpcReader, Schema, SchemaExt as _, SerReader as _};

const MAGIC: &[u8; 6] = b"ARROW1";

/// Arrow IPC files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArrowIpc;

impl Format for ArrowIpc {
    fn name(&self) -> &'static str {
        "arrow"
    }

    fn endings(&self) -> &'static [&'static str] {
        &[".arrow", ".feather", ".ipc"]
    }

    fn sniff(&self, head: &[u8]) -> Confidence {
        if head.starts_with(MAGIC) { Confidence::Certain } else { Confidence::No }
    }

    fn probe(&self, source: &Source) -> Result<Probe> {
        super::probe(self, source)
    }

    fn read(&self, source: &Source, selection: Selection<'_>) -> Result<Vec<NamedArray>> {
        super::read(self, source, selection)
    }
}

impl Table for ArrowIpc {
    fn format(&self) -> &'static str {
        self.name()
    }

    fn schema(&self, source: &Source) -> Result<(Schema, usize)> {
        let length = source.length();
        if !source.at(length.saturating_sub(6), 6)?.ends_with(MAGIC) || length < 24 {
            return Err(Error::Truncated {
                path: source.name(),
                variable: None,
                offset: length,
                element: "footer at the end".to_owned(),
                declared: 10,
                left: length.min(6),
            });
        }
        let mut reader = IpcReader::new(source.mapped()?);
        let schema = fenced(source, "the footer", || Ok(Schema::from_arrow_schema(&*reader.schema()?)))?;
        let count = rows(source, &schema)?;
        Ok((schema, count))
    }

    fn rows(&self, source: &Source, columns: &[&str], from: usize, count: usize) -> Result<DataFrame> {
        let wanted = columns.iter().map(|&name| name.to_owned()).collect();
        let reader = IpcReader::new(source.mapped()?).with_columns(Some(wanted));
        let reader = reader.with_n_rows(Some(from.saturating_add(count)));
        let frame = fenced(source, columns.first().unwrap_or(&"table"), || reader.finish())?;
        Ok(frame.slice(i64::try_from(from).unwrap_or(i64::MAX), count))
    }
}

/// The number of rows stands in each batch: the narrowest column of numbers is read for it.
fn rows(source: &Source, schema: &Schema) -> Result<usize> {
    let width = |kind: &DataType| match kind {
        DataType::Boolean | DataType::Int8 | DataType::UInt8 => 1,
        DataType::Int16 | DataType::UInt16 => 2,
        DataType::Int32 | DataType::UInt32 | DataType::Float32 => 4,
        DataType::Int64 | DataType::UInt64 | DataType::Float64 => 8,
        _ => 64,
    };
    let Some((column, _)) = schema.iter().min_by_key(|(_, kind)| width(kind)) else { return Ok(0) };
    let reader = IpcReader::new(source.mapped()?).with_columns(Some(vec![column.to_string()]));
    Ok(fenced(source, column, || reader.finish())?.height())
}
