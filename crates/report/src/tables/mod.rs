//! Parquet tables over many recordings: one row a recording, one row a peak.
//!
//! They are written in numbered parts, `recordings/00000.parquet` and `peaks/00000.parquet`, each whole or not at all;
//! readers of Parquet take a folder of parts for one table. Zstandard compression, statistics on, rows in the order given;
//! each file's metadata carries the schema's name under `schema`. A file that failed is a row with `error`, `error_code`,
//! `hint` (what can be done) and with what flags and manifest said of it, never absent.
//!
//! Severity in `recordings`, null where unknown: `velocity_mm_s` (RMS), `zone` (A to D) or `zone_refusal` (the reasons,
//! in sentences), `stage_lo` and `stage_hi` (1 to 4), `action` (the most pressing one), `due` (its last date, ISO 8601,
//! when the measurement has one) and `due_days` (the same as days from the measurement).

mod peak;
mod recording;
mod rewrite;

pub use peak::PeakRow;
pub use recording::RecordingRow;
pub use rewrite::drop_rows;

use crate::declared::Declared;
use crate::error::{Error, Result};
use crate::files::{make_folder, refuse_existing, write_whole};
use brinell_diagnosis::Diagnosis;
use polars::prelude::{
    Column, DataFrame, KeyValueMetadata, NamedFrom, ParquetCompression, ParquetWriter, PolarsError, Series,
};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Name and version of the tables' form, written into each file's metadata.
pub const TABLES_SCHEMA: &str = "brinell.tables/2";

/// Folders of the tables: of recordings, of peaks.
pub const TABLE_FOLDERS: [&str; 2] = ["recordings", "peaks"];

/// Where a part of the tables was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TablePaths {
    /// One row for each recording.
    pub recordings: PathBuf,
    /// One row for each line that was looked at.
    pub peaks: PathBuf,
}

/// What one recording puts into the tables.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TableRows {
    /// Its row of `recordings`.
    pub recording: RecordingRow,
    /// Its rows of `peaks`.
    pub peaks: Vec<PeakRow>,
}

impl TableRows {
    /// Rows of a diagnosis: one of recordings, and one of peaks for each line.
    pub fn diagnosed(diagnosis: &Diagnosis) -> Self {
        Self { recording: RecordingRow::diagnosed(diagnosis), peaks: PeakRow::all(diagnosis) }
    }

    /// Row of a file that could not be diagnosed, with what was said of it, the word for the kind of failure and the
    /// reason as reported.
    pub fn failed(
        path: impl Into<String>,
        declared: &Declared,
        code: &str,
        reason: impl Into<String>,
    ) -> Self {
        Self {
            recording: RecordingRow::failed(path.into(), declared, code, reason.into()),
            peaks: Vec::new(),
        }
    }
}

/// The lower-case word that serde writes for a unit variant.
fn word<T: Serialize>(value: &T) -> Option<String> {
    serde_json::to_value(value).ok().and_then(|v| v.as_str().map(str::to_owned))
}

fn finite(value: f64) -> Option<f64> {
    Some(value).filter(|v| v.is_finite())
}

/// Where part `number` of the tables lies in `folder`.
#[must_use]
pub fn table_paths(folder: &Path, number: usize) -> TablePaths {
    let [recordings, peaks] =
        TABLE_FOLDERS.map(|table| folder.join(table).join(format!("{number:05}.parquet")));
    TablePaths { recordings, peaks }
}

/// Writes part `number` of both tables into `folder`, which is made if needed. Each of `classes` gets a column of scores,
/// also where no row has one, so that all parts have the same columns; classes that only a row has follow.
///
/// # Errors
/// [`Error::Folder`], [`Error::Exists`], [`Error::Write`], [`Error::Table`].
pub fn write_tables(
    rows: &[TableRows],
    classes: &[String],
    folder: &Path,
    number: usize,
    force: bool,
) -> Result<TablePaths> {
    let paths = table_paths(folder, number);
    TABLE_FOLDERS.iter().try_for_each(|table| make_folder(&folder.join(table)))?;
    refuse_existing(&[paths.recordings.as_path(), paths.peaks.as_path()], force)?;
    let recordings: Vec<&RecordingRow> = rows.iter().map(|rows| &rows.recording).collect();
    write_table(
        &paths.recordings,
        force,
        "recordings",
        recordings.len(),
        recording::columns(&recordings, classes),
    )?;
    let peaks: Vec<&PeakRow> = rows.iter().flat_map(|rows| &rows.peaks).collect();
    write_table(&paths.peaks, force, "peaks", peaks.len(), peak::columns(&peaks))?;
    Ok(paths)
}

/// A column of what `value` gives for each row.
fn column<'a, R, T>(name: &str, rows: &[&'a R], value: impl Fn(&'a R) -> T) -> Column
where
    Series: NamedFrom<Vec<T>, [T]>,
    Vec<T>: AsRef<[T]>,
{
    Series::new(name.into(), rows.iter().map(|row| value(row)).collect::<Vec<T>>()).into()
}

fn write_table(path: &Path, force: bool, table: &str, rows: usize, columns: Vec<Column>) -> Result<()> {
    // Encoded in memory first: an encoding error and a full disk are told apart.
    let bytes = encoded(rows, columns, TABLES_SCHEMA, table)
        .map_err(|error| Error::Table { path: path.to_owned(), reason: error.to_string() })?;
    write_whole(path, force, |file| std::io::Write::write_all(file, &bytes))
}

/// Columns of `rows` rows as a Parquet file, with the names of schema and table in its metadata.
pub(crate) fn encoded(
    rows: usize,
    columns: Vec<Column>,
    schema: &str,
    table: &str,
) -> std::result::Result<Vec<u8>, PolarsError> {
    let mut frame = DataFrame::new(rows, columns)?;
    let metadata = vec![
        ("schema".to_owned(), schema.to_owned()),
        ("table".to_owned(), table.to_owned()),
        ("creator".to_owned(), format!("brinell {}", env!("CARGO_PKG_VERSION"))),
    ];
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes)
        .with_compression(ParquetCompression::Zstd(None))
        .with_key_value_metadata(Some(KeyValueMetadata::from_static(metadata)))
        .finish(&mut frame)?;
    Ok(bytes)
}
