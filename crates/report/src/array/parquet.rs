//! A tidy table: one row a number.

use super::Array;
use crate::error::{Error, Result};
use crate::tables::encoded;
use polars::prelude::{Column, NamedFrom, Series};

/// Name and version of the table's form, written into the file's metadata.
pub const ARRAY_SCHEMA: &str = "brinell.array/1";

/// The file: a column for each axis, named for its quantity and unit (`channel`, `frequency_hz`, `time_s`...),
/// and the column `value`; rows in row-major order.
///
/// # Errors
/// [`Error::Encoding`] when polars cannot encode it.
pub fn parquet(array: &Array) -> Result<Vec<u8>> {
    let mut columns: Vec<Column> = Vec::new();
    let mut repeat = array.values.len();
    for axis in &array.axes {
        let len = axis.values.len();
        repeat /= len;
        let places = (0..array.values.len()).map(|i| i / repeat % len);
        let name = axis.quantity.column().into();
        let series = if axis.quantity.counts_channels() {
            Series::new(name, places.map(|i| axis.values[i] as u32).collect::<Vec<_>>())
        } else {
            Series::new(name, places.map(|i| axis.values[i]).collect::<Vec<_>>())
        };
        columns.push(series.into());
    }
    columns.push(Series::new("value".into(), array.values.as_slice()).into());
    encoded(array.values.len(), columns, ARRAY_SCHEMA, "array")
        .map_err(|error| Error::Encoding { form: "Parquet", reason: error.to_string() })
}
