//! A Parquet file as a table of texts: how a manifest is read.

use super::{Parquet, Table, fenced};
use crate::error::Result;
use crate::source::Source;
use polars::prelude::{AnyValue, TimeUnit};
use std::path::Path;

/// Titles and rows, every cell as text; an empty cell is `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TextTable {
    /// Names of the columns.
    pub titles: Vec<String>,
    /// Rows, a cell for each title.
    pub rows: Vec<Vec<Option<String>>>,
}

/// Names of the columns of a Parquet file.
///
/// # Errors
/// When it cannot be read or is damaged.
pub fn parquet_titles(path: &Path) -> Result<Vec<String>> {
    let (schema, ..) = Parquet.schema(&Source::open(path)?)?;
    Ok(schema.iter_names().map(ToString::to_string).collect())
}

/// A Parquet file of texts, numbers and dates as texts; dates and times by ISO 8601.
///
/// # Errors
/// When it cannot be read or is damaged.
pub fn parquet_texts(path: &Path) -> Result<TextTable> {
    let source = Source::open(path)?;
    let (schema, count, _) = Parquet.schema(&source)?;
    let titles: Vec<String> = schema.iter_names().map(ToString::to_string).collect();
    let mut table = TextTable { rows: vec![Vec::with_capacity(titles.len()); count], titles };
    for title in &table.titles {
        let frame = Parquet.rows(&source, &[title], 0, count)?;
        let cells: Vec<Option<String>> = fenced(&source, title, || {
            let column = frame.column(title)?;
            (0..count).map(|row| column.get(row).map(|value| text(&value))).collect()
        })?;
        table.rows.iter_mut().zip(cells).for_each(|(row, cell)| row.push(cell));
    }
    Ok(table)
}

fn text(value: &AnyValue<'_>) -> Option<String> {
    Some(match value {
        AnyValue::Null => return None,
        AnyValue::String(text) => (*text).to_owned(),
        AnyValue::StringOwned(text) => text.to_string(),
        AnyValue::Date(days) => date(i64::from(*days)),
        AnyValue::Datetime(at, unit, _) => moment(*at, *unit),
        other => other.to_string(),
    })
    .filter(|text| !text.is_empty())
}

/// A day counted from 1970-01-01, by the civil calendar (Hinnant 2013, "chrono-compatible low-level date algorithms").
fn date(days: i64) -> String {
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year + 400 * era + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

fn moment(at: i64, unit: TimeUnit) -> String {
    let each = match unit {
        TimeUnit::Nanoseconds => 1_000_000_000,
        TimeUnit::Microseconds => 1_000_000,
        TimeUnit::Milliseconds => 1_000,
    };
    let seconds = at.div_euclid(each);
    let (days, of_day) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    format!("{}T{:02}:{:02}:{:02}", date(days), of_day / 3600, of_day / 60 % 60, of_day % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_moments_are_written_by_the_calendar() {
        assert_eq!(date(0), "1970-01-01");
        assert_eq!(date(-1), "1969-12-31");
        // `date -u -d @1583020799`: the last second of a leap day.
        assert_eq!(moment(1_583_020_799_999, TimeUnit::Milliseconds), "2020-02-29T23:59:59");
        assert_eq!(moment(-1, TimeUnit::Nanoseconds), "1969-12-31T23:59:59");
    }
}
