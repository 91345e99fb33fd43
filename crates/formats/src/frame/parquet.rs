//! Apache Parquet: `PAR1`, column chunks, a footer with all metadata, `PAR1`.

use super::pages::{self, Chunk};
use super::{Table, damaged, fenced};
use crate::array::NamedArray;
use crate::error::{Error, Result};
use crate::facts::Facts;
use crate::format::{Confidence, Format, Probe, Selection};
use crate::named_facts;
use crate::source::Source;
use polars::io::mmap::MmapBytesReader;
use polars::prelude::{DataFrame, ParallelStrategy, ParquetReader, Schema, SchemaExt as _, SerReader as _};

const MAGIC: &[u8; 4] = b"PAR1";

/// Parquet tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parquet;

impl Format for Parquet {
    fn name(&self) -> &'static str {
        "parquet"
    }

    fn endings(&self) -> &'static [&'static str] {
        &[".parquet"]
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

    fn stream(
        &self,
        source: &Source,
        name: &str,
        run: usize,
        each: &mut dyn FnMut(&[f64]) -> Result<()>,
    ) -> Result<()> {
        super::stream(self, source, name, run, each)
    }
}

impl Table for Parquet {
    fn format(&self) -> &'static str {
        self.name()
    }

    fn schema(&self, source: &Source) -> Result<(Schema, usize, Option<Box<Facts>>)> {
        whole(source)?;
        let mut reader = reader(source)?;
        let (schema, rows, metadata) = fenced(source, "the footer", || {
            let schema = reader.schema()?;
            Ok((Schema::from_arrow_schema(&schema), reader.num_rows()?, reader.get_metadata()?.clone()))
        })?;
        for column in metadata.row_groups.iter().flat_map(|group| group.parquet_columns()) {
            let name = column.descriptor().path_in_schema.first().map_or("?", |name| name.as_str());
            let place = fenced(source, name, || Ok(column.byte_range()))?;
            let (start, end) = (place.start, place.end);
            pages::check(source, &Chunk { column: name, start, end, values: column.num_values() })?;
        }
        // Either of them would else be believed, by turns.
        let grouped =
            metadata.row_groups.iter().fold(0, |sum: usize, own| sum.saturating_add(own.num_rows()));
        if grouped != rows {
            let why = format!("it states {rows} rows, and {grouped} in its groups");
            return Err(damaged(source, "the footer", &why));
        }
        let pairs = metadata.key_value_metadata().iter().flatten();
        let pairs = pairs.filter_map(|pair| Some((pair.key.clone(), pair.value.clone()?)));
        Ok((schema, rows, named_facts::of_metadata(pairs).boxed()))
    }

    fn rows(&self, source: &Source, columns: &[&str], from: usize, count: usize) -> Result<DataFrame> {
        let reader = reader(source)?
            .read_parallel(ParallelStrategy::None)
            .with_slice(Some((from, count)))
            .with_columns(Some(columns.iter().map(|&name| name.to_owned()).collect()));
        fenced(source, columns.first().unwrap_or(&"table"), || reader.finish())
    }
}

fn reader(source: &Source) -> Result<ParquetReader<Box<dyn MmapBytesReader + '_>>> {
    Ok(ParquetReader::new(source.mapped()?))
}

/// A file ends with the length of its footer and the magic bytes again: cut anywhere, it does not.
fn whole(source: &Source) -> Result<()> {
    let length = source.length();
    let tail = source.at(length.saturating_sub(8), 8)?;
    let (size, magic) = tail.split_at(tail.len().min(4));
    if length < 12 || magic != MAGIC {
        return Err(Error::Truncated {
            path: source.name(),
            variable: None,
            offset: length,
            element: "footer at the end".to_owned(),
            declared: 12,
            left: length.min(4),
        });
    }
    let footer = u32::from_le_bytes([size[0], size[1], size[2], size[3]]);
    if u64::from(footer) + 12 > length {
        return Err(damaged(source, "the footer", &format!("it is {footer} bytes long by its own account")));
    }
    let bytes = source.at(length - 8 - u64::from(footer), footer as usize)?;
    if !pages::is_footer(&bytes) {
        return Err(damaged(source, "the footer", "a list or a text in it states more than it holds"));
    }
    Ok(())
}
