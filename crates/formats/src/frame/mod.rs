//! Tables of columns: Parquet files, read by polars.
//!
//! A numeric column is an array of its name. In a column of lists each row is an array, named by the row's text in the
//! first column of text (`signal_id`), else by its number. Missing numbers are NaN, which a recording refuses with its place.
//! Metadata of the file state rate, unit and speed under the names of `named_facts`.
//!
//! polars is fenced: whatever it says of damaged bytes becomes an error with the file's name. It takes the memory that pages
//! state, so those are checked before (`pages.rs`). Values are read one column and, in runs, some rows at a time.

mod bearing_datasets;
mod compact;
mod pages;
mod parquet;
mod texts;

pub use parquet::Parquet;
pub use texts::{TextTable, parquet_texts, parquet_titles};

use crate::array::{ArrayClass, ArrayHeader, NamedArray, Values};
use crate::error::{Error, Result};
use crate::facts::Facts;
use crate::format::{Probe, Selection};
use crate::source::Source;
use bearing_datasets::Sibling;
use polars::prelude::{Column, DataFrame, DataType, PolarsResult, Schema, SchemaExt as _};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Most rows of lists that are taken for recordings of one file.
const MOST_LISTS: usize = 1_000_000;

/// A file of columns: what it holds, and some rows of some columns.
trait Table {
    fn format(&self) -> &'static str;
    /// Names and types of all columns, the number of rows, and what the metadata say of every column.
    fn schema(&self, source: &Source) -> Result<(Schema, usize, Option<Box<Facts>>)>;
    /// `count` rows from `from` of the named columns.
    fn rows(&self, source: &Source, columns: &[&str], from: usize, count: usize) -> Result<DataFrame>;
}

/// How a file's columns are arrays.
struct Plan {
    schema: Schema,
    rows: usize,
    /// Column of text by which rows of lists are named.
    id: Option<String>,
    sibling: Option<Sibling>,
    facts: Option<Box<Facts>>,
}

impl Plan {
    fn new(table: &impl Table, source: &Source) -> Result<Self> {
        let (schema, rows, facts) = table.schema(source)?;
        let id = schema.iter_fields().find(|field| field.dtype() == &DataType::String);
        let id = id.map(|field| field.name().to_string());
        let sibling = Sibling::of(source, id.as_deref());
        Ok(Self { schema, rows, id, sibling, facts })
    }

    fn header(&self, name: String, samples: usize, class: ArrayClass) -> ArrayHeader {
        let facts = self.facts.clone();
        ArrayHeader { name, shape: vec![samples, 1], class, complex: false, byte_offset: 0, facts }
    }

    /// What is said of a row of a column of lists: by a table beside the file, else by the metadata.
    fn facts_of(&self, row: &str) -> Option<Box<Facts>> {
        let beside = self.sibling.as_ref().and_then(|sibling| sibling.facts(row));
        beside.or_else(|| self.facts.clone())
    }

    fn numeric(&self) -> impl Iterator<Item = (&str, ArrayClass)> {
        self.schema.iter().filter_map(|(name, kind)| Some((name.as_str(), class(kind)?)))
    }

    fn lists(&self) -> impl Iterator<Item = (&str, ArrayClass)> {
        self.schema.iter().filter_map(|(name, kind)| match kind {
            DataType::List(inner) => Some((name.as_str(), class(inner)?)),
            _ => None,
        })
    }

    /// Names of the rows of a column of lists.
    fn names(&self, table: &impl Table, source: &Source, column: &str) -> Result<Vec<String>> {
        if self.rows > MOST_LISTS {
            return Err(damaged(source, column, &format!("{} rows of lists", self.rows)));
        }
        let Some(id) = &self.id else {
            return Ok((1..=self.rows).map(|row| format!("{column}.{row}")).collect());
        };
        let frame = table.rows(source, &[id], 0, self.rows)?;
        let texts = fenced(source, id, || frame.column(id)?.str().cloned())?;
        let several = self.lists().count() > 1;
        Ok(texts
            .iter()
            .enumerate()
            .map(|(row, text)| {
                let name = text.map_or_else(|| (row + 1).to_string(), str::to_owned);
                if several { format!("{name}.{column}") } else { name }
            })
            .collect())
    }
}

fn class(kind: &DataType) -> Option<ArrayClass> {
    Some(match kind {
        DataType::Float64 => ArrayClass::Double,
        DataType::Float32 => ArrayClass::Single,
        DataType::Int8 => ArrayClass::Int8,
        DataType::Int16 => ArrayClass::Int16,
        DataType::Int32 => ArrayClass::Int32,
        DataType::Int64 => ArrayClass::Int64,
        DataType::UInt8 => ArrayClass::UInt8,
        DataType::UInt16 => ArrayClass::UInt16,
        DataType::UInt32 => ArrayClass::UInt32,
        DataType::UInt64 => ArrayClass::UInt64,
        DataType::Boolean => ArrayClass::Logical,
        _ => return None,
    })
}

/// Numbers of a column, missing ones as NaN.
fn numbers(source: &Source, column: &Column) -> Result<Vec<f64>> {
    let name = column.name().to_string();
    fenced(source, &name, || {
        let cast = column.cast(&DataType::Float64)?;
        let values = cast.f64()?;
        Ok(values.iter().map(|value| value.unwrap_or(f64::NAN)).collect())
    })
}

/// Numbers of one row of a column of lists.
fn list(source: &Source, column: &Column, row: usize) -> Result<Vec<f64>> {
    let name = column.name().to_string();
    let inner = fenced(source, &name, || Ok(column.list()?.get_as_series(row)))?;
    inner.map_or_else(|| Ok(Vec::new()), |series| numbers(source, &series.into()))
}

fn probe(table: &impl Table, source: &Source) -> Result<Probe> {
    let plan = Plan::new(table, source)?;
    let mut arrays = Vec::new();
    for (name, class) in plan.numeric() {
        arrays.push(plan.header(name.to_owned(), plan.rows, class));
    }
    for (column, class) in plan.lists() {
        for (row, name) in plan.names(table, source, column)?.into_iter().enumerate() {
            let told = plan.sibling.as_ref().and_then(|sibling| sibling.samples(&name));
            let samples = match told {
                Some(samples) => samples,
                None => {
                    let frame = table.rows(source, &[column], row, 1)?;
                    fenced(source, column, || Ok(frame.column(column)?.list()?.get_as_series(0)))?
                        .map_or(0, |series| series.len())
                }
            };
            arrays.push(ArrayHeader { facts: plan.facts_of(&name), ..plan.header(name, samples, class) });
        }
    }
    let other = plan.schema.iter().filter(|(_, kind)| {
        class(kind).is_none() && !matches!(kind, DataType::List(inner) if class(inner).is_some())
    });
    let other: Vec<String> = other.map(|(name, kind)| format!("{name} ({kind})")).collect();
    let text = (!other.is_empty()).then(|| format!("columns that are no numbers: {}", other.join(", ")));
    Ok(Probe { format: table.format().to_owned(), arrays, text })
}

fn read(table: &impl Table, source: &Source, selection: Selection<'_>) -> Result<Vec<NamedArray>> {
    let plan = Plan::new(table, source)?;
    let mut arrays = Vec::new();
    for (name, class) in plan.numeric().filter(|(name, _)| selection.wants(name)) {
        let frame = table.rows(source, &[name], 0, plan.rows)?;
        let values = numbers(source, fenced(source, name, || frame.column(name))?)?;
        arrays.push(vector(plan.header(name.to_owned(), values.len(), class), values));
    }
    for (column, class) in plan.lists() {
        for (row, name) in plan.names(table, source, column)?.into_iter().enumerate() {
            if selection.wants(&name) {
                let frame = table.rows(source, &[column], row, 1)?;
                let values = list(source, fenced(source, column, || frame.column(column))?, 0)?;
                let facts = plan.facts_of(&name);
                arrays.push(vector(ArrayHeader { facts, ..plan.header(name, values.len(), class) }, values));
            }
        }
    }
    Ok(arrays)
}

fn vector(header: ArrayHeader, values: Vec<f64>) -> NamedArray {
    NamedArray {
        name: header.name,
        shape: header.shape,
        class: header.class,
        values: Values::Real(values),
        byte_offset: 0,
        facts: header.facts,
    }
}

fn stream(
    table: &impl Table,
    source: &Source,
    name: &str,
    run: usize,
    each: &mut dyn FnMut(&[f64]) -> Result<()>,
) -> Result<()> {
    let plan = Plan::new(table, source)?;
    if plan.numeric().any(|(column, _)| column == name) {
        for from in (0..plan.rows).step_by(run.max(1)) {
            let frame = table.rows(source, &[name], from, run.max(1))?;
            each(&numbers(source, fenced(source, name, || frame.column(name))?)?)?;
        }
        return Ok(());
    }
    // A row of a list is held whole.
    for array in read(table, source, Selection::Names(&[name.to_owned()]))? {
        if let Values::Real(values) = &array.values {
            values.chunks(run.max(1)).try_for_each(&mut *each)?;
        }
    }
    Ok(())
}

/// What polars makes of the bytes; its errors and panics are the file's.
fn fenced<T>(source: &Source, what: &str, work: impl FnOnce() -> PolarsResult<T>) -> Result<T> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(damaged(source, what, &error.to_string())),
        Err(_) => Err(damaged(source, what, "its pages contradict each other")),
    }
}

fn damaged(source: &Source, what: &str, why: &str) -> Error {
    Error::Malformed {
        path: source.name(),
        variable: Some(what.to_owned()),
        offset: 0,
        element: "table".to_owned(),
        why: why.replace('\n', " "),
    }
}
