//! A table of scores as `scores.parquet`: one row a segment.
//!
//! | column | type | holds |
//! |---|---|---|
//! | `recording` `sensor` `bearing` | text | where the segment is from |
//! | `start` | u64 | its first sample, at the experiment's rate |
//! | `class` `predicted` | text | the truth (`unknown` when the net was not shown it) and the arg max |
//! | `p CLASS` | f64 | one probability for each class |
//! | `part PART` | f64 | one score for each part, where parts have their own; not in every file |
//! | `true size` | text | that of the damage, where it is known; only where sizes are told |
//! | `size SIZE` | f64 | one probability for each size, were the bearing damaged; only where sizes are told |
//! | `unknown score` | f64 | high for a fault that was not shown; not in every file, a row may lack it |
//! | `unknown alarm` | bool | whether that score is above the threshold of the model; not in every file, a row may lack it |
//! | `set CLASS` | bool | whether the conformal set holds the class; not in every file, a row may lack it |

use crate::class::element_name;
use crate::error::{Error, Result};
use crate::fault_set::PARTS;
use crate::metrics::arg_max;
use crate::protocol::UNKNOWN_CLASS;
use crate::scores::{ScoreRow, ScoreTable};
use crate::split_file::UNKNOWN;
use brinell_signal::FaultKind;
use polars::prelude::{
    Column, DataFrame, IntoColumn, NamedFrom, ParquetReader, ParquetWriter, PolarsError, SerReader, Series,
};
use std::fs::File;
use std::path::Path;

/// Columns before the probabilities.
const FIXED: [&str; 6] = ["recording", "sensor", "bearing", "start", "class", "predicted"];

/// The column of unknown scores.
const FOREIGN: &str = "unknown score";

/// The column of alarms.
const ALARM: &str = "unknown alarm";

/// The column of true sizes.
const TRUE_SIZE: &str = "true size";

impl ScoreTable {
    /// Writes the table; an existing file is replaced in one step.
    ///
    /// # Errors
    /// [`Error::Scores`] or [`Error::Io`].
    pub fn write(&self, path: &Path) -> Result<()> {
        crate::run_folder::write_whole(path, &self.bytes(path)?)
    }

    /// The table as it stands in a file; `path` names it in messages.
    pub(crate) fn bytes(&self, path: &Path) -> Result<Vec<u8>> {
        let failed = |source| Error::Scores { action: "write", path: path.to_owned(), source };
        let mut frame = DataFrame::new(self.rows.len(), self.columns()).map_err(failed)?;
        let mut bytes = Vec::new();
        ParquetWriter::new(&mut bytes).finish(&mut frame).map_err(failed)?;
        Ok(bytes)
    }

    /// Reads a table back; files without the later columns are read as tables without them.
    ///
    /// # Errors
    /// [`Error::Scores`] or [`Error::Io`].
    pub fn read(path: &Path) -> Result<ScoreTable> {
        let file = File::open(path).map_err(Error::io("read", path))?;
        let failed = |source| Error::Scores { action: "read", path: path.to_owned(), source };
        let frame = ParquetReader::new(file).finish().map_err(failed)?;
        Self::from_frame(&frame).map_err(failed)
    }

    /// The columns of the file.
    pub(crate) fn columns(&self) -> Vec<Column> {
        let text = |name: &str, of: fn(&ScoreRow) -> &str| -> Column {
            Series::new(name.into(), self.rows.iter().map(of).collect::<Vec<_>>()).into_column()
        };
        let number = |name: String, of: &dyn Fn(&ScoreRow) -> Option<f64>| -> Column {
            Series::new(name.into(), self.rows.iter().map(of).collect::<Vec<_>>()).into_column()
        };
        let class = |at: usize| self.classes.get(at).map_or(UNKNOWN, String::as_str);
        let truth: Vec<&str> = self.rows.iter().map(|row| class(row.label as usize)).collect();
        let guess: Vec<&str> = self.rows.iter().map(|row| class(arg_max(&row.probabilities))).collect();
        let starts: Vec<u64> = self.rows.iter().map(|row| row.start).collect();
        let mut columns = vec![
            text(FIXED[0], |row| &row.file),
            text(FIXED[1], |row| &row.sensor),
            text(FIXED[2], |row| &row.bearing),
            Series::new(FIXED[3].into(), starts).into_column(),
            Series::new(FIXED[4].into(), truth).into_column(),
            Series::new(FIXED[5].into(), guess).into_column(),
        ];
        for (at, name) in self.classes.iter().enumerate() {
            let probability = |row: &ScoreRow| Some(row.probabilities.get(at).copied().unwrap_or(0.0));
            columns.push(number(format!("p {name}"), &probability));
        }
        for (at, part) in self.parts.iter().enumerate() {
            let name = format!("part {}", element_name(*part));
            columns.push(number(name, &|row| row.parts.get(at).copied()));
        }
        if !self.sizes.is_empty() {
            let truth: Vec<Option<&str>> = self.rows.iter().map(|row| row.size.as_deref()).collect();
            columns.push(Series::new(TRUE_SIZE.into(), truth).into_column());
        }
        for (at, size) in self.sizes.iter().enumerate() {
            columns.push(number(format!("size {size}"), &|row| row.sizes.get(at).copied()));
        }
        if self.rows.iter().any(|row| row.unknown.is_some()) {
            columns.push(number(FOREIGN.to_owned(), &|row| row.unknown));
        }
        if self.rows.iter().any(|row| row.alarm.is_some()) {
            let rung: Vec<Option<bool>> = self.rows.iter().map(|row| row.alarm).collect();
            columns.push(Series::new(ALARM.into(), rung).into_column());
        }
        if self.rows.iter().any(|row| row.set.is_some()) {
            for (at, name) in self.classes.iter().enumerate() {
                let holds = |row: &ScoreRow| Some(row.set.as_ref()?.contains(&(at as u32)));
                let column: Vec<Option<bool>> = self.rows.iter().map(holds).collect();
                columns.push(Series::new(format!("set {name}").into(), column).into_column());
            }
        }
        columns
    }

    fn from_frame(frame: &DataFrame) -> Result<ScoreTable, PolarsError> {
        let refuse = |message: String| PolarsError::ComputeError(message.into());
        let texts = |name: &str| -> Result<Vec<String>, PolarsError> {
            Ok(frame.column(name)?.str()?.iter().map(|text| text.unwrap_or("").to_owned()).collect())
        };
        let numbers = |name: &str| -> Result<Vec<Option<f64>>, PolarsError> {
            Ok(frame.column(name)?.f64()?.iter().collect())
        };
        let names = frame.get_column_names();
        let after = |prefix: &str| -> Vec<String> {
            names.iter().filter_map(|name| name.strip_prefix(prefix).map(str::to_owned)).collect()
        };
        let (files, sensors, bearings) = (texts(FIXED[0])?, texts(FIXED[1])?, texts(FIXED[2])?);
        let truth = texts(FIXED[4])?;
        let starts: Vec<u64> = frame.column(FIXED[3])?.u64()?.iter().map(|one| one.unwrap_or(0)).collect();
        let classes = after("p ");
        let columns: Vec<Vec<Option<f64>>> =
            classes.iter().map(|name| numbers(&format!("p {name}"))).collect::<Result<_, _>>()?;
        let part_names = after("part ");
        let mut parts: Vec<FaultKind> = Vec::new();
        for name in &part_names {
            let known = PARTS.into_iter().find(|part| element_name(*part) == name);
            parts.push(known.ok_or_else(|| refuse(format!("column `part {name}`: no part has this name")))?);
        }
        let of_parts: Vec<Vec<Option<f64>>> =
            part_names.iter().map(|name| numbers(&format!("part {name}"))).collect::<Result<_, _>>()?;
        let sizes = after("size ");
        let of_sizes: Vec<Vec<Option<f64>>> =
            sizes.iter().map(|name| numbers(&format!("size {name}"))).collect::<Result<_, _>>()?;
        let has = |wanted: &str| names.iter().any(|name| name.as_str() == wanted);
        let foreign = if has(FOREIGN) { numbers(FOREIGN)? } else { vec![None; files.len()] };
        let alarms: Vec<Option<bool>> = match has(ALARM) {
            true => frame.column(ALARM)?.bool()?.iter().collect(),
            false => vec![None; files.len()],
        };
        let true_sizes: Vec<Option<String>> = match has(TRUE_SIZE) {
            true => frame.column(TRUE_SIZE)?.str()?.iter().map(|text| text.map(str::to_owned)).collect(),
            false => vec![None; files.len()],
        };
        let sets = match after("set ") {
            held if held.is_empty() => None,
            _ => Some(Self::sets(frame, &classes)?),
        };
        let mut rows = Vec::with_capacity(files.len());
        for at in 0..files.len() {
            let label = match classes.iter().position(|name| *name == truth[at]) {
                Some(place) => place as u32,
                None if truth[at] == UNKNOWN => UNKNOWN_CLASS,
                None => return Err(refuse(format!("row {at}: `{}` is no class of this table", truth[at]))),
            };
            let row_of = |columns: &[Vec<Option<f64>>]| -> Option<Vec<f64>> {
                columns.iter().map(|column| column[at]).collect()
            };
            rows.push(ScoreRow {
                file: files[at].clone(),
                sensor: sensors[at].clone(),
                bearing: bearings[at].clone(),
                start: starts[at],
                label,
                probabilities: row_of(&columns)
                    .ok_or_else(|| refuse(format!("row {at}: a probability is missing")))?,
                parts: row_of(&of_parts)
                    .ok_or_else(|| refuse(format!("row {at}: the score of a part is missing")))?,
                size: true_sizes[at].clone(),
                sizes: row_of(&of_sizes)
                    .ok_or_else(|| refuse(format!("row {at}: the probability of a size is missing")))?,
                unknown: foreign[at],
                alarm: alarms[at],
                set: sets.as_ref().and_then(|sets| sets[at].clone()),
            });
        }
        Ok(ScoreTable { classes, parts, sizes, rows })
    }

    /// The conformal set of every row; `None` where it has none.
    fn sets(frame: &DataFrame, classes: &[String]) -> Result<Vec<Option<Vec<u32>>>, PolarsError> {
        let mut sets = vec![Some(Vec::new()); frame.height()];
        for (class, name) in classes.iter().enumerate() {
            let column = frame.column(&format!("set {name}"))?.bool()?.iter();
            for (set, holds) in sets.iter_mut().zip(column) {
                match holds {
                    Some(true) => set.iter_mut().for_each(|set: &mut Vec<u32>| set.push(class as u32)),
                    Some(false) => {}
                    None => *set = None,
                }
            }
        }
        Ok(sets)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn row(file: &str, label: u32, probabilities: &[f64]) -> ScoreRow {
        ScoreRow {
            file: file.to_owned(),
            sensor: "DE".to_owned(),
            bearing: format!("b{label}"),
            start: 7,
            label,
            probabilities: probabilities.to_vec(),
            ..ScoreRow::default()
        }
    }

    fn plain() -> ScoreTable {
        let rows = vec![row("1", 0, &[0.85, 0.15]), row("2", UNKNOWN_CLASS, &[0.5, 0.5])];
        ScoreTable { classes: vec!["normal".into(), "inner".into()], rows, ..ScoreTable::default() }
    }

    fn back(table: &ScoreTable) -> ScoreTable {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("scores.parquet");
        table.write(&path).unwrap();
        let first = std::fs::read(&path).unwrap();
        table.write(&path).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), first, "the same table has the same bytes");
        ScoreTable::read(&path).unwrap()
    }

    #[test]
    fn a_table_comes_back_from_its_file_as_it_was_written() {
        let mut table = plain();
        assert_eq!(back(&table), table);
        let names = |table: &ScoreTable| {
            table.columns().iter().map(|column| column.name().to_string()).collect::<Vec<_>>()
        };
        assert_eq!(names(&table).len(), 8, "nothing is written that the learner does not give");
        table.parts = vec![FaultKind::Outer, FaultKind::Inner];
        table.rows[0].parts = vec![0.25, 1.0];
        table.rows[1].parts = vec![0.0, 0.125];
        table.rows[1].unknown = Some(-3.5);
        table.rows[1].alarm = Some(false);
        table.rows[0].set = Some(vec![0, 1]);
        assert_eq!(
            names(&table)[8..],
            ["part outer", "part inner", "unknown score", "unknown alarm", "set normal", "set inner"]
        );
        assert_eq!(back(&table), table);
        table.rows[1].set = Some(Vec::new());
        assert_eq!(back(&table), table, "an empty set is not a missing one");
        table.sizes = vec!["0.007 in".into(), "0.021 in".into()];
        table.rows[0].sizes = vec![0.25, 0.75];
        (table.rows[1].size, table.rows[1].sizes) = (Some("0.014 in".into()), vec![1.0, 0.0]);
        assert_eq!(names(&table)[10..13], ["true size", "size 0.007 in", "size 0.021 in"]);
        assert_eq!(back(&table), table);
    }

    #[test]
    fn a_part_that_does_not_exist_is_refused() {
        let mut frame = DataFrame::new(2, plain().columns()).unwrap();
        let column = Series::new("part gear".into(), vec![0.5, 0.5]);
        frame.with_column(column.into_column()).unwrap();
        let error = ScoreTable::from_frame(&frame).unwrap_err().to_string();
        assert!(error.contains("part gear"), "{error}");
    }
}
