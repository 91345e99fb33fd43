//! Which column of a text file holds the times of the others, and how they are written.

use super::cell::{resolution, significant};
use super::dialect::Dialect;
use super::header::{Column, Role, bare_unit};
use super::labview::LabView;
use super::moment::{Moment, clock, dated, stamp};
use super::spacing::Digits;
use super::survey::Early;

/// Names of columns that hold time, and the seconds of their unit where the name says it.
const TIMES: [(&str, Option<f64>); 17] = [
    ("time", None),
    ("t", None),
    ("timestamp", None),
    ("time stamp", None),
    ("datetime", None),
    ("elapsed time", None),
    ("zeit", None),
    ("temps", None),
    ("tiempo", None),
    ("时间", None),
    ("time_s", Some(1.0)),
    ("t_s", Some(1.0)),
    ("seconds", Some(1.0)),
    ("time_sec", Some(1.0)),
    ("time_ms", Some(1e-3)),
    ("t_ms", Some(1e-3)),
    ("time_us", Some(1e-6)),
];

/// Units of time in seconds.
const SECONDS: [(&str, f64); 10] = [
    ("s", 1.0),
    ("sec", 1.0),
    ("secs", 1.0),
    ("second", 1.0),
    ("seconds", 1.0),
    ("ms", 1e-3),
    ("us", 1e-6),
    ("µs", 1e-6),
    ("μs", 1e-6),
    ("ns", 1e-9),
];

/// How times are written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Written {
    /// As numbers of a unit of so many seconds.
    Number(f64),
    /// As dates with times after ISO 8601, in one cell.
    Stamp,
    /// As dates of another order with times, in one cell.
    Dated,
    /// As times of day, with the column of their dates.
    Clock { date: Option<usize> },
}

/// The column of times.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Time {
    pub(super) column: usize,
    pub(super) written: Written,
    /// Whether the header states the unit.
    pub(super) stated: bool,
    pub(super) digits: Digits,
}

pub(super) fn seconds(unit: &str) -> Option<f64> {
    let unit = bare_unit(unit).to_lowercase();
    SECONDS.iter().find(|(spelling, _)| *spelling == unit).map(|(_, seconds)| *seconds)
}

/// The column of times: of moments, or with a name of time beside other columns.
pub(super) fn time(
    dialect: Dialect,
    columns: &[Column],
    rows: &[Early],
    labview: Option<&LabView>,
) -> Option<Time> {
    if columns.len() < 2 {
        return None;
    }
    let cells =
        |column: usize| rows.iter().filter_map(move |row| dialect.delimiter.cells(&row.text).nth(column));
    let of = |kind: Moment| columns.iter().position(|column| column.role == Role::Moment(kind));
    // Of moments the finest digit is that of the fraction of a second, written with as many digits in every line.
    let moments = |column, written, fine: fn(&str) -> Option<f64>| {
        let finest = cells(column).filter_map(fine).fold(1.0, f64::min);
        Time { column, written, stated: true, digits: Digits { finest, most: None } }
    };
    if let Some(column) = of(Moment::Stamp) {
        return Some(moments(column, Written::Stamp, |cell| stamp(cell).map(|(_, fine)| fine)));
    }
    if let Some(column) = of(Moment::Dated) {
        return Some(moments(column, Written::Dated, |cell| dated(cell).map(|dated| dated.fine)));
    }
    if let Some(column) = of(Moment::Clock) {
        let written = Written::Clock { date: of(Moment::Date) };
        return Some(moments(column, written, |cell| clock(cell).map(|(_, fine)| fine)));
    }
    columns.iter().enumerate().find_map(|(i, column)| {
        let name = column.name.to_lowercase();
        let said = match labview {
            Some(labview) => (column.role == Role::Axis && labview.over_time).then_some(Some(1.0))?,
            None if column.role == Role::Number => TIMES.iter().find(|(time, _)| *time == name)?.1,
            None => return None,
        };
        // LabVIEW may leave the times out.
        if cells(i).next().is_none_or(str::is_empty) {
            return None;
        }
        let unit = match &column.unit {
            Some(unit) => Some(seconds(unit)?),
            None => said,
        };
        let finest = cells(i).map(resolution).fold(f64::INFINITY, f64::min);
        let most = cells(i).map(significant).max().and_then(|most| i32::try_from(most).ok());
        let seconds = unit.unwrap_or(1.0);
        // Of what is written in another unit the digits are those of that unit.
        let shift = seconds.log10().round() as i32;
        let whole = (seconds / 10_f64.powi(shift) - 1.0).abs() < 1e-9;
        let digits = Digits { finest: finest * seconds, most: most.filter(|_| whole) };
        Some(Time { column: i, written: Written::Number(seconds), stated: unit.is_some(), digits })
    })
}
