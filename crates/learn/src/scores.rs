//! Scores of test segments: probabilities with their origin, kept as `scores.parquet`.

use crate::class::ClassName;
use crate::error::{Error, Result};
use crate::fault_set::FaultSet;
use crate::metrics::{LabelScores, Metrics, Rows, UnknownFigures, arg_max};
use crate::protocol::UNKNOWN_CLASS;
use crate::split_file::UNKNOWN;
use brinell_signal::FaultKind;
use polars::prelude::{
    Column, DataFrame, IntoColumn, NamedFrom, ParquetReader, ParquetWriter, PolarsError, SerReader, Series,
};
use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

/// The score of one segment.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoreRow {
    /// Recording.
    pub file: String,
    /// Channel.
    pub sensor: String,
    /// The bearing under the sensor.
    pub bearing: String,
    /// First sample, at the experiment's rate.
    pub start: u64,
    /// The true class; [`UNKNOWN_CLASS`] when the net was not shown it.
    pub label: u32,
    /// One probability for each class.
    pub probabilities: Vec<f64>,
}

/// Scores of the test part of one run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ScoreTable {
    /// Names of the classes.
    pub classes: Vec<String>,
    /// The segments, in the order of the test part.
    pub rows: Vec<ScoreRow>,
}

/// Columns before the probabilities.
const FIXED: [&str; 6] = ["recording", "sensor", "bearing", "start", "class", "predicted"];

impl ScoreTable {
    /// Figures over segments of known classes.
    pub fn window_metrics(&self) -> Metrics {
        let truth: Vec<u32> = self.known().map(|row| row.label).collect();
        let guess: Vec<u32> = self.known().map(|row| arg_max(&row.probabilities) as u32).collect();
        Metrics::measure(self.classes.len(), &truth, &guess)
    }

    fn known(&self) -> impl Iterator<Item = &ScoreRow> {
        self.rows.iter().filter(|row| row.label != UNKNOWN_CLASS)
    }

    /// How well 1 - max p tells segments of an unknown class from the others; `None` when all are known.
    ///
    /// # Errors
    /// [`Error::Data`] when nothing is known, or a probability is not finite.
    pub fn unknown_figures(&self) -> Result<Option<UnknownFigures>> {
        let doubt =
            |row: &ScoreRow| 1.0 - row.probabilities.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let unknown: Vec<f64> =
            self.rows.iter().filter(|row| row.label == UNKNOWN_CLASS).map(doubt).collect();
        if unknown.is_empty() {
            return Ok(None);
        }
        UnknownFigures::measure(&self.known().map(doubt).collect::<Vec<_>>(), &unknown).map(Some)
    }

    /// Segments as scores of faulty parts: each part that `classes` name has the sum of the probabilities of all
    /// classes that hold it. `classes` are those of the table, with their parts.
    ///
    /// # Errors
    /// [`Error::Data`] when `classes` are others, or a probability is not one.
    pub fn part_scores(&self, classes: &[ClassName]) -> Result<(Vec<FaultKind>, LabelScores)> {
        if classes.iter().map(|class| &class.name).ne(&self.classes) {
            return Err(Error::data(
                "these scores are of other classes",
                format!("the table holds {}", self.classes.join(", ")),
                "give the classes of the fold that the scores belong to",
            ));
        }
        let present: FaultSet = classes.iter().flat_map(|class| class.faults().parts()).collect();
        let parts: Vec<FaultKind> = present.parts().collect();
        let (mut scores, mut truth) = (Vec::new(), Vec::new());
        for row in self.known() {
            for part in &parts {
                let holds = |class: &ClassName| class.faults().contains(*part);
                let of_part = classes.iter().zip(&row.probabilities).filter(|(class, _)| holds(class));
                scores.push(of_part.map(|(_, probability)| probability).sum::<f64>().min(1.0));
                truth.push(classes.get(row.label as usize).is_some_and(holds));
            }
        }
        Ok((parts, LabelScores::new(Rows::new(present.count(), scores)?, truth)?))
    }

    /// Figures over recordings of known classes: the probabilities of all segments of one file and channel are averaged,
    /// then the largest wins.
    pub fn recording_metrics(&self) -> Metrics {
        let mut recordings = BTreeMap::<(&str, &str, u32), (Vec<f64>, usize)>::new();
        for row in self.known() {
            let key = (row.file.as_str(), row.sensor.as_str(), row.label);
            let sum = recordings.entry(key).or_insert_with(|| (vec![0.0; self.classes.len()], 0));
            for (total, probability) in sum.0.iter_mut().zip(&row.probabilities) {
                *total += probability;
            }
            sum.1 += 1;
        }
        let truth: Vec<u32> = recordings.keys().map(|(.., label)| *label).collect();
        let mean = |(sum, count): &(Vec<f64>, usize)| {
            sum.iter().map(|total| total / *count as f64).collect::<Vec<f64>>()
        };
        let guess: Vec<u32> = recordings.values().map(|sum| arg_max(&mean(sum)) as u32).collect();
        Metrics::measure(self.classes.len(), &truth, &guess)
    }

    /// Writes the table; an existing file is replaced in one step.
    ///
    /// # Errors
    /// [`Error::Scores`] or [`Error::Io`].
    pub fn write(&self, path: &Path) -> Result<()> {
        let failed = |source| Error::Scores { action: "write", path: path.to_owned(), source };
        let mut frame = self.frame().map_err(failed)?;
        let mut bytes = Vec::new();
        ParquetWriter::new(&mut bytes).finish(&mut frame).map_err(failed)?;
        crate::run_folder::write_whole(path, &bytes)
    }

    /// Reads a table back.
    ///
    /// # Errors
    /// [`Error::Scores`] or [`Error::Io`].
    pub fn read(path: &Path) -> Result<ScoreTable> {
        let file = File::open(path).map_err(Error::io("read", path))?;
        let failed = |source| Error::Scores { action: "read", path: path.to_owned(), source };
        let frame = ParquetReader::new(file).finish().map_err(failed)?;
        Self::from_frame(&frame).map_err(failed)
    }

    fn frame(&self) -> Result<DataFrame, PolarsError> {
        let text = |name: &str, of: fn(&ScoreRow) -> &str| -> Column {
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
            let values: Vec<f64> =
                self.rows.iter().map(|row| row.probabilities.get(at).copied().unwrap_or(0.0)).collect();
            columns.push(Series::new(format!("p {name}").into(), values).into_column());
        }
        DataFrame::new(self.rows.len(), columns)
    }

    fn from_frame(frame: &DataFrame) -> Result<ScoreTable, PolarsError> {
        let texts = |name: &str| -> Result<Vec<String>, PolarsError> {
            Ok(frame.column(name)?.str()?.iter().map(|text| text.unwrap_or("").to_owned()).collect())
        };
        let (files, sensors, bearings) = (texts(FIXED[0])?, texts(FIXED[1])?, texts(FIXED[2])?);
        let truth = texts(FIXED[4])?;
        let starts: Vec<u64> = frame.column(FIXED[3])?.u64()?.iter().map(|one| one.unwrap_or(0)).collect();
        let names = frame.get_column_names();
        let classes: Vec<String> =
            names.iter().filter_map(|name| name.strip_prefix("p ").map(str::to_owned)).collect();
        let mut columns = Vec::new();
        for name in &classes {
            let column = frame.column(&format!("p {name}"))?.f64()?;
            columns.push(column.iter().map(|one| one.unwrap_or(0.0)).collect::<Vec<f64>>());
        }
        let mut rows = Vec::with_capacity(files.len());
        for at in 0..files.len() {
            let label = match classes.iter().position(|name| *name == truth[at]) {
                Some(place) => place as u32,
                None if truth[at] == UNKNOWN => UNKNOWN_CLASS,
                None => {
                    let message = format!("row {at}: `{}` is no class of this table", truth[at]);
                    return Err(PolarsError::ComputeError(message.into()));
                }
            };
            rows.push(ScoreRow {
                file: files[at].clone(),
                sensor: sensors[at].clone(),
                bearing: bearings[at].clone(),
                start: starts[at],
                label,
                probabilities: columns.iter().map(|column| column[at]).collect(),
            });
        }
        Ok(ScoreTable { classes, rows })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn row(file: &str, label: u32, probabilities: &[f64]) -> ScoreRow {
        let (sensor, bearing) = ("DE".to_owned(), format!("b{label}"));
        let probabilities = probabilities.to_vec();
        ScoreRow { file: file.to_owned(), sensor, bearing, start: 7, label, probabilities }
    }

    fn table() -> ScoreTable {
        // recording 1: mean 0.55 / 0.45 although two of three windows say class 1; recording 2: a tie
        let rows = vec![
            row("1", 0, &[0.85, 0.15]),
            row("1", 0, &[0.4, 0.6]),
            row("1", 0, &[0.4, 0.6]),
            row("2", 1, &[0.25, 0.75]),
            row("2", 1, &[0.75, 0.25]),
        ];
        ScoreTable { classes: vec!["normal".into(), "inner".into()], rows }
    }

    #[test]
    fn windows_and_recordings_are_measured_apart() {
        let windows = table().window_metrics();
        assert!((windows.accuracy - 0.4).abs() < 1e-15);
        let recordings = table().recording_metrics();
        assert_eq!(recordings.count, 2);
        assert_eq!(recordings.confusion, [[1, 0], [1, 0]], "the tie goes to the lowest class");
    }

    #[test]
    fn the_score_of_a_part_is_the_sum_over_all_classes_that_hold_it() {
        let both = FaultSet::NONE.with(FaultKind::Inner).with(FaultKind::Ball);
        let classes = [FaultSet::NONE, FaultSet::NONE.with(FaultKind::Inner), both]
            .map(|faults| ClassName::of_faults(faults, None));
        let names = classes.iter().map(|class| class.name.clone()).collect();
        let rows = vec![row("1", 2, &[0.25, 0.25, 0.5]), row("2", 1, &[0.5, 0.375, 0.125])];
        let (parts, scores) = ScoreTable { classes: names, rows }.part_scores(&classes).unwrap();
        assert_eq!(parts, [FaultKind::Inner, FaultKind::Ball]);
        let rows = Rows::new(2, vec![0.75, 0.5, 0.5, 0.125]).unwrap();
        assert_eq!(scores, LabelScores::new(rows, vec![true, true, true, false]).unwrap());
        assert_eq!(scores.auroc().of_label, [None, Some(1.0)], "every bearing has a damaged inner race");
    }

    #[test]
    fn an_unknown_class_is_kept_out_of_the_figures_of_classes_and_has_its_own() {
        let mut table = table();
        assert_eq!(table.unknown_figures().unwrap(), None);
        let known = table.window_metrics();
        table.rows.push(row("3", UNKNOWN_CLASS, &[0.5, 0.5]));
        assert_eq!(table.window_metrics(), known);
        assert_eq!(table.recording_metrics().count, 2);
        let figures = table.unknown_figures().unwrap().unwrap();
        assert_eq!((figures.known, figures.unknown, figures.auroc), (5, 1, 1.0));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("scores.parquet");
        table.write(&path).unwrap();
        assert_eq!(ScoreTable::read(&path).unwrap(), table);
    }

    #[test]
    fn a_table_comes_back_from_its_file_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("scores.parquet");
        table().write(&path).unwrap();
        assert_eq!(ScoreTable::read(&path).unwrap(), table());
        let first = std::fs::read(&path).unwrap();
        table().write(&path).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), first);
    }
}
