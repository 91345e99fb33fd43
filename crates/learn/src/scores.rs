//! Scores of test segments: probabilities with their origin, and what a learner says besides.

use crate::class::ClassName;
use crate::error::{Error, Result};
use crate::fault_set::FaultSet;
use crate::metrics::{AlarmFigures, LabelScores, Predictions, Probabilities, Rows, UnknownFigures};
use crate::protocol::UNKNOWN_CLASS;
use crate::trained::most;
use brinell_signal::FaultKind;
use std::collections::BTreeMap;

/// The score of one segment.
#[derive(Debug, Clone, Default, PartialEq)]
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
    /// One score between 0 and 1 for each of the table's parts, none of which excludes another.
    pub parts: Vec<f64>,
    /// The size of the damage, where there is damage and its size is known.
    pub size: Option<String>,
    /// One probability for each of the table's sizes.
    pub sizes: Vec<f64>,
    /// How foreign the segment is, high for a fault that was not shown in training; any scale. `None`: 1 - max p.
    pub unknown: Option<f64>,
    /// Whether that score raised the alarm: above a threshold that held-out segments of known classes told. `None` where
    /// none was fitted.
    pub alarm: Option<bool>,
    /// The classes of its conformal set, in rising order; `None` when there are no sets.
    pub set: Option<Vec<u32>>,
}

/// Scores of the test part of one run. What a learner does not give stays empty; what it gives, it gives for every
/// row.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ScoreTable {
    /// Names of the classes.
    pub classes: Vec<String>,
    /// Parts that have a score of their own; empty: a part's score is the sum over the classes that hold it.
    pub parts: Vec<FaultKind>,
    /// The sizes of faults that are told besides, ascending; empty where none are.
    pub sizes: Vec<String>,
    /// The segments, in the order of the test part.
    pub rows: Vec<ScoreRow>,
}

impl ScoreTable {
    /// The probabilities of segments of known classes, with their truth.
    ///
    /// # Errors
    /// [`Error::Data`] when no segment is of a known class, or a row does not hold one probability for each class.
    pub fn predictions(&self) -> Result<Predictions> {
        let width = self.classes.len();
        if let Some(row) = self.known().find(|row| row.probabilities.len() != width) {
            return Err(Error::data(
                format!("{} at sample {} has {} probabilities", row.file, row.start, row.probabilities.len()),
                format!("the table has {width} classes"),
                "give every segment one probability for each class of the table",
            ));
        }
        let values = self.known().flat_map(|row| row.probabilities.iter().copied()).collect();
        let probabilities = Probabilities::new(Rows::new(width, values)?)?;
        Predictions::new(probabilities, self.known().map(|row| row.label).collect())
    }

    /// The segments of known classes.
    pub(crate) fn known(&self) -> impl Iterator<Item = &ScoreRow> {
        self.rows.iter().filter(|row| row.label != UNKNOWN_CLASS)
    }

    /// One row for each recording (file and channel), in order of their names: the mean of its segments' probabilities,
    /// scores of parts, probabilities of sizes, and unknown scores where all have one. It raises the alarm where more than half of its
    /// segments do. It has the conformal set that all its segments have, where that is so in every recording.
    pub fn by_recording(&self) -> ScoreTable {
        let mut recordings = BTreeMap::<(&str, &str, u32), Vec<&ScoreRow>>::new();
        for row in &self.rows {
            recordings.entry((&row.file, &row.sensor, row.label)).or_default().push(row);
        }
        let rows = recordings.into_values().filter_map(|segments| {
            let first = *segments.first()?;
            let count = segments.len() as f64;
            let mean = |width: usize, of: fn(&ScoreRow) -> &[f64]| -> Vec<f64> {
                let sum = |at: usize| segments.iter().filter_map(|row| of(row).get(at)).sum::<f64>();
                (0..width).map(|at| sum(at) / count).collect()
            };
            let foreign: Option<Vec<f64>> = segments.iter().map(|row| row.unknown).collect();
            let alarms: Option<Vec<bool>> = segments.iter().map(|row| row.alarm).collect();
            Some(ScoreRow {
                probabilities: mean(first.probabilities.len(), |row| &row.probabilities),
                parts: mean(first.parts.len(), |row| &row.parts),
                sizes: mean(first.sizes.len(), |row| &row.sizes),
                unknown: foreign.map(|all| all.iter().sum::<f64>() / count),
                alarm: alarms.map(|rung| most(&rung)),
                set: first.set.clone().filter(|own| segments.iter().all(|row| row.set.as_ref() == Some(own))),
                ..first.clone()
            })
        });
        let mut rows: Vec<ScoreRow> = rows.collect();
        if rows.iter().any(|row| row.set.is_none()) {
            rows.iter_mut().for_each(|row| row.set = None);
        }
        ScoreTable { rows, ..self.without_rows() }
    }

    fn without_rows(&self) -> ScoreTable {
        let (classes, parts, sizes) = (self.classes.clone(), self.parts.clone(), self.sizes.clone());
        ScoreTable { classes, parts, sizes, rows: Vec::new() }
    }

    /// The same rows over other classes, matched by name: what this table lacks has the probability 0. Rows of a class
    /// that `classes` lacks become unknown.
    pub(crate) fn over(&self, classes: &[String]) -> ScoreTable {
        let place: Vec<Option<usize>> =
            self.classes.iter().map(|own| classes.iter().position(|name| name == own)).collect();
        let label =
            |own: u32| place.get(own as usize).copied().flatten().map_or(UNKNOWN_CLASS, |at| at as u32);
        let rows = self.rows.iter().map(|row| {
            let mut probabilities = vec![0.0; classes.len()];
            for (at, probability) in place.iter().zip(&row.probabilities) {
                if let Some(at) = at {
                    probabilities[*at] = *probability;
                }
            }
            let set = row.set.as_ref().map(|set| {
                let mut set: Vec<u32> = set.iter().map(|class| label(*class)).collect();
                set.sort_unstable();
                set
            });
            ScoreRow { probabilities, set, label: label(row.label), ..row.clone() }
        });
        ScoreTable { classes: classes.to_vec(), rows: rows.collect(), ..self.without_rows() }
    }

    /// The same rows over other sizes, matched by name: what this table lacks has the probability 0.
    pub(crate) fn over_sizes(mut self, sizes: &[String]) -> ScoreTable {
        let place = |name: &String| self.sizes.iter().position(|own| own == name);
        let places: Vec<Option<usize>> = sizes.iter().map(place).collect();
        for row in &mut self.rows {
            let own = |at: &Option<usize>| at.and_then(|at| row.sizes.get(at).copied()).unwrap_or(0.0);
            row.sizes = places.iter().map(own).collect();
        }
        self.sizes = sizes.to_vec();
        self
    }

    /// How well the unknown score of the rows, or 1 - max p where they have none, tells segments of an unknown class from
    /// the others; `None` when all are known.
    ///
    /// # Errors
    /// [`Error::Data`] when nothing is known, when a score is not finite, or when only some rows have one.
    pub fn unknown_figures(&self) -> Result<Option<UnknownFigures>> {
        if self.rows.iter().all(|row| row.label != UNKNOWN_CLASS) {
            return Ok(None);
        }
        let scored = self.rows.iter().filter(|row| row.unknown.is_some()).count();
        if scored != 0 && scored != self.rows.len() {
            return Err(Error::data(
                "the unknown scores cannot be compared",
                format!("{scored} of {} segments have one, the others have 1 - max p alone", self.rows.len()),
                "give every segment a score of the same kind, or none",
            ));
        }
        let of = |unknown: bool| -> Vec<f64> {
            let rows = self.rows.iter().filter(|row| (row.label == UNKNOWN_CLASS) == unknown);
            rows.map(ScoreRow::foreign).collect()
        };
        UnknownFigures::measure(&of(false), &of(true)).map(Some)
    }

    /// How often the alarm rings for known and for unknown classes; `None` where there is no alarm.
    ///
    /// # Errors
    /// [`Error::Data`] when only some rows have one.
    pub fn alarm_figures(&self) -> Result<Option<AlarmFigures>> {
        let count = self.rows.iter().filter(|row| row.alarm.is_some()).count();
        if count != 0 && count != self.rows.len() {
            return Err(Error::data(
                "the alarms cannot be counted",
                format!("{count} of {} segments say whether theirs rang", self.rows.len()),
                "give every segment an alarm, or none",
            ));
        }
        let of = |unknown: bool| -> Vec<bool> {
            let rows = self.rows.iter().filter(|row| (row.label == UNKNOWN_CLASS) == unknown);
            rows.filter_map(|row| row.alarm).collect()
        };
        Ok((count > 0).then(|| AlarmFigures::measure(&of(false), &of(true))))
    }

    /// Segments of known classes as scores of faulty parts: those of the rows where the table has parts, else each part
    /// that `classes` name has the sum of the probabilities of all classes that hold it. `classes` are those of the
    /// table, with their parts.
    ///
    /// # Errors
    /// [`Error::Data`] when `classes` are others, or a score is missing or not between 0 and 1.
    pub fn part_scores(&self, classes: &[ClassName]) -> Result<(Vec<FaultKind>, LabelScores)> {
        if classes.iter().map(|class| &class.name).ne(&self.classes) {
            return Err(Error::data(
                "these scores are of other classes",
                format!("the table holds {}", self.classes.join(", ")),
                "give the classes of the fold that the scores belong to",
            ));
        }
        let present: FaultSet = classes.iter().flat_map(|class| class.faults().parts()).collect();
        let own = !self.parts.is_empty();
        let parts: Vec<FaultKind> = if own { self.parts.clone() } else { present.parts().collect() };
        let (mut scores, mut truth) = (Vec::new(), Vec::new());
        for row in self.known() {
            if own {
                scores.extend(self.own_part_scores(row)?);
            }
            for part in &parts {
                let holds = |class: &ClassName| class.faults().contains(*part);
                if !own {
                    let of_part = classes.iter().zip(&row.probabilities).filter(|(class, _)| holds(class));
                    scores.push(of_part.map(|(_, probability)| probability).sum::<f64>().min(1.0));
                }
                truth.push(classes.get(row.label as usize).is_some_and(holds));
            }
        }
        let scores = LabelScores::new(Rows::new(parts.len(), scores)?, truth)?;
        Ok((parts, scores))
    }

    fn own_part_scores<'a>(&self, row: &'a ScoreRow) -> Result<&'a [f64]> {
        if row.parts.len() == self.parts.len() {
            return Ok(&row.parts);
        }
        Err(Error::data(
            format!("{} at sample {} has {} scores of parts", row.file, row.start, row.parts.len()),
            format!("the table has {} parts", self.parts.len()),
            "give every segment one score for each part of the table",
        ))
    }
}

impl ScoreRow {
    /// The unknown score, or 1 - max p where there is none.
    pub(crate) fn foreign(&self) -> f64 {
        foreign(self.unknown, &self.probabilities)
    }
}

/// An unknown score, or 1 - max p where there is none.
pub(crate) fn foreign(unknown: Option<f64>, probabilities: &[f64]) -> f64 {
    unknown.unwrap_or_else(|| 1.0 - probabilities.iter().copied().fold(f64::NEG_INFINITY, f64::max))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn row(file: &str, label: u32, probabilities: &[f64]) -> ScoreRow {
        let (sensor, bearing) = ("DE".to_owned(), format!("b{label}"));
        let (file, probabilities) = (file.to_owned(), probabilities.to_vec());
        ScoreRow { file, sensor, bearing, start: 7, label, probabilities, ..ScoreRow::default() }
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
        ScoreTable { classes: vec!["normal".into(), "inner".into()], rows, ..ScoreTable::default() }
    }

    #[test]
    fn windows_and_recordings_are_measured_apart() {
        let windows = table().predictions().unwrap().metrics();
        assert!((windows.accuracy - 0.4).abs() < 1e-15);
        let recordings = table().by_recording().predictions().unwrap().metrics();
        assert_eq!(recordings.count, 2);
        assert_eq!(recordings.confusion, [[1, 0], [1, 0]], "the tie goes to the lowest class");
    }

    #[test]
    fn a_recording_has_the_mean_of_all_scores_of_its_segments() {
        let mut table = table();
        table.parts = vec![FaultKind::Inner];
        for (row, score) in table.rows.iter_mut().zip([0.25, 0.5, 0.75, 0.0, 1.0]) {
            (row.parts, row.unknown) = (vec![score], Some(-score));
        }
        let recordings = table.by_recording();
        assert_eq!((recordings.rows[0].parts[0], recordings.rows[0].unknown), (0.5, Some(-0.5)));
        table.rows[4].unknown = None;
        assert_eq!(table.by_recording().rows[1].unknown, None, "half of its segments have none");
    }

    #[test]
    fn rows_keep_their_meaning_over_other_classes() {
        let wider = ["ball", "inner", "normal"].map(str::to_owned);
        let mut own = table();
        own.rows[0].set = Some(vec![0, 1]);
        let found = own.over(&wider);
        assert_eq!((found.rows[0].label, found.rows[3].label), (2, 1));
        assert_eq!(found.rows[0].probabilities, [0.0, 0.15, 0.85]);
        assert_eq!(found.rows[0].set, Some(vec![1, 2]));
        assert_eq!(own.over(&wider[..2]).rows[0].label, UNKNOWN_CLASS);
    }

    #[test]
    fn probabilities_of_sizes_keep_their_names_over_other_sizes_and_are_averaged_over_a_recording() {
        let mut own = table();
        own.sizes = vec!["7".into(), "21".into()];
        own.rows
            .iter_mut()
            .zip([0.25, 0.5, 0.75, 1.0, 0.0])
            .for_each(|(row, p)| row.sizes = vec![p, 1.0 - p]);
        assert_eq!(own.by_recording().rows[0].sizes, [0.5, 0.5]);
        let wider = own.over_sizes(&["7", "14", "21"].map(str::to_owned));
        assert_eq!((wider.sizes.len(), &wider.rows[0].sizes[..]), (3, &[0.25, 0.0, 0.75][..]));
    }

    #[test]
    fn the_score_of_a_part_is_the_sum_over_all_classes_that_hold_it() {
        let both = FaultSet::NONE.with(FaultKind::Inner).with(FaultKind::Ball);
        let classes = [FaultSet::NONE, FaultSet::NONE.with(FaultKind::Inner), both]
            .map(|faults| ClassName::of_faults(faults, None));
        let names = classes.iter().map(|class| class.name.clone()).collect();
        let rows = vec![row("1", 2, &[0.25, 0.25, 0.5]), row("2", 1, &[0.5, 0.375, 0.125])];
        let mut table = ScoreTable { classes: names, rows, ..ScoreTable::default() };
        let (parts, scores) = table.part_scores(&classes).unwrap();
        assert_eq!(parts, [FaultKind::Inner, FaultKind::Ball]);
        let rows = Rows::new(2, vec![0.75, 0.5, 0.5, 0.125]).unwrap();
        assert_eq!(scores, LabelScores::new(rows, vec![true, true, true, false]).unwrap());
        assert_eq!(scores.auroc().of_label, [None, Some(1.0)], "every bearing has a damaged inner race");

        // scores of its own take the place of the sums
        table.parts = vec![FaultKind::Ball];
        assert!(table.part_scores(&classes).unwrap_err().to_string().contains("0 scores of parts"));
        (table.rows[0].parts, table.rows[1].parts) = (vec![0.125], vec![0.75]);
        let (parts, scores) = table.part_scores(&classes).unwrap();
        assert_eq!((parts, scores.auroc().of_label), (vec![FaultKind::Ball], vec![Some(0.0)]));
    }

    #[test]
    fn an_unknown_class_is_kept_out_of_the_figures_of_classes_and_has_its_own() {
        let mut table = table();
        assert_eq!(table.unknown_figures().unwrap(), None);
        let known = table.predictions().unwrap();
        table.rows.push(row("3", UNKNOWN_CLASS, &[0.5, 0.5]));
        assert_eq!(table.predictions().unwrap(), known);
        assert_eq!(table.by_recording().predictions().unwrap().count(), 2);
        let figures = table.unknown_figures().unwrap().unwrap();
        assert_eq!((figures.known, figures.unknown, figures.auroc), (5, 1, 1.0));
        // the alarm rang for one of two windows of recording 2, for two of three of recording 1, and for the unknown one
        assert_eq!(table.alarm_figures().unwrap(), None);
        table.rows[0].alarm = Some(true);
        assert!(table.alarm_figures().unwrap_err().to_string().contains("1 of 6 segments"));
        let rung = [true, true, false, true, false, true];
        table.rows.iter_mut().zip(rung).for_each(|(row, rung)| row.alarm = Some(rung));
        let alarms = table.alarm_figures().unwrap().unwrap();
        assert_eq!((alarms.false_alarm_rate, alarms.found), (Some(0.6), Some(1.0)));
        let recordings = table.by_recording().alarm_figures().unwrap().unwrap();
        assert_eq!((recordings.false_alarm_rate, recordings.found), (Some(0.5), Some(1.0)));
        // a score of its own takes the place of 1 - max p, but not of some rows alone
        table.rows[5].unknown = Some(-2.0);
        assert!(table.unknown_figures().unwrap_err().to_string().contains("1 of 6 segments"));
        table.rows.iter_mut().take(5).for_each(|row| row.unknown = Some(9.0));
        assert_eq!(table.unknown_figures().unwrap().unwrap().auroc, 0.0);
    }
}
