//! Taking rows out of a part that was written.

use super::{TABLES_SCHEMA, encoded, table_paths};
use crate::error::{Error, Result};
use crate::files::write_whole;
use polars::prelude::{BooleanChunked, DataFrame, NewChunkedArray, ParquetReader, PolarsError, SerReader};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::Write as _;
use std::path::Path;

/// Takes the recordings of these configurations out of part `number` of the tables in `folder`, with their peaks. Rows that
/// are not there are no error.
///
/// # Errors
/// [`Error::Table`] when the part cannot be read, [`Error::Write`].
pub fn drop_rows(folder: &Path, number: usize, configurations: &BTreeSet<&str>) -> Result<()> {
    let paths = table_paths(folder, number);
    let broken = |path: &Path, error: &dyn std::fmt::Display| Error::Table {
        path: path.to_owned(),
        reason: error.to_string(),
    };
    let read = |path: &Path| -> Result<DataFrame> {
        let file = File::open(path).map_err(|error| broken(path, &error))?;
        ParquetReader::new(file).finish().map_err(|error| broken(path, &error))
    };
    let recordings = read(&paths.recordings)?;
    let of = |table: &DataFrame, column: &str| -> std::result::Result<Vec<Option<String>>, PolarsError> {
        Ok(table.column(column)?.str()?.iter().map(|text| text.map(str::to_owned)).collect())
    };
    let (gone, ids) = (|| Ok((of(&recordings, "configuration")?, of(&recordings, "record_id")?)))()
        .map_err(|error: PolarsError| broken(&paths.recordings, &error))?;
    let stays: Vec<bool> =
        gone.iter().map(|own| !own.as_deref().is_some_and(|own| configurations.contains(own))).collect();
    let dropped: BTreeSet<&str> =
        ids.iter().zip(&stays).filter(|(_, stays)| !**stays).filter_map(|(id, _)| id.as_deref()).collect();
    let peaks = read(&paths.peaks)?;
    let ids = of(&peaks, "record_id").map_err(|error| broken(&paths.peaks, &error))?;
    let peaks_stay: Vec<bool> =
        ids.iter().map(|id| !id.as_deref().is_some_and(|id| dropped.contains(id))).collect();
    for (path, table, frame, stays) in
        [(&paths.peaks, "peaks", peaks, peaks_stay), (&paths.recordings, "recordings", recordings, stays)]
    {
        let bytes = frame
            .filter(&BooleanChunked::from_slice("stays".into(), &stays))
            .and_then(|kept| encoded(kept.height(), kept.columns().to_vec(), TABLES_SCHEMA, table))
            .map_err(|error| broken(path, &error))?;
        write_whole(path, true, |file| file.write_all(&bytes))?;
    }
    Ok(())
}
