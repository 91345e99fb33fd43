//! What stands below the table, and what a row says of its scores.

use super::{Row, Table};
use crate::calibration::percent;
use crate::setting::Beside;

const READ: &str = "Percent, but for the size of a set. Mean over folds of the mean over seeds; ± over folds, or over seeds \
                    (s) where there is one fold. Interval: 95 %, corrected for bearings that folds share; none of one fold, \
                    of folds without spread, or where bearings were not counted. Scored are all folds \
                    together: a recording that several of them test counts in each.";
const FIGURES: &str = "Macro-F1 is the plain mean over all classes, macro AUROC that over the faulty ones. ECE: 15 bins, all \
                       folds at once (mean over seeds), so that it has no interval over folds.";
const CALIBRATED: &str = "Some scores are calibrated and some, as those of baselines, are not: their ECE does not compare \
                          the models alone.";
const SETS: &str = "A set of classes is told for each recording, from the mean of its segments; over segments it counts once for each of \
     them. Set coverage is what came out; what was promised stands above it.";
const SCORED: &str = "Segments scored differ where nets adapt to segments that are set apart of the test recordings: those \
                      do not judge them.";
const HONEST: &str = "Only a figure on unseen bearings says how a model will do on a new one.";

impl Table {
    /// One sentence or more each; lines of TOML follow the first line of a note.
    pub(super) fn notes(&self) -> Vec<String> {
        let measured: Vec<&Row> = self.rows.iter().filter(|row| row.is_measured()).collect();
        let calibrated = |row: &&Row| row.calibration.is_some();
        let mut notes = vec![READ.to_owned(), FIGURES.to_owned()];
        if measured.iter().any(calibrated) && !measured.iter().all(calibrated) {
            notes.push(CALIBRATED.to_owned());
        }
        if measured.iter().any(|row| row.sets.is_some()) {
            notes.push(SETS.to_owned());
        }
        if measured.iter().any(|row| measured.iter().any(|other| is_scored_on_fewer(row, other))) {
            notes.push(SCORED.to_owned());
        }
        notes.push(HONEST.to_owned());
        let mut hints: Vec<String> = Vec::new();
        for hint in self.rows.iter().filter_map(|row| self.hint(row)) {
            if !hints.contains(&hint) {
                hints.push(hint);
            }
        }
        notes.extend(hints);
        notes
    }

    /// How the figure on the other side comes about, or why it cannot.
    fn hint(&self, row: &Row) -> Option<String> {
        let side = if row.own.leak.is_some() { "figure on unseen bearings" } else { "leaky figure" };
        let name = row.own.name();
        match &row.beside {
            Beside::Protocols { .. } => None,
            Beside::Missing { add, needs } => {
                let lines: Vec<String> = add.lines().map(|line| format!("    {line}")).collect();
                Some(format!(
                    "No {side} beside {name}: add to the experiment and train into another folder (needs {needs}):\n{}",
                    lines.join("\n")
                ))
            }
            Beside::Nothing { why } if why.is_empty() => None,
            Beside::Nothing { why } => {
                let honest = self.rows.iter().any(|row| row.own.leak.is_none());
                let instead = match row.own.leak.is_some() && !honest {
                    true => " Another problem, faults by part on unseen bearings, is leave-one-size-out.",
                    false => "",
                };
                let name = format!("{} at {}", row.own.protocol, row.own.sensor);
                Some(format!("There is no {side} beside {name}: {why}.{instead}"))
            }
        }
    }
}

/// Whether two rows differ in nothing but adaptation, and one judges less.
fn is_scored_on_fewer(row: &Row, other: &Row) -> bool {
    let problem =
        |row: &Row| (row.own.protocol, row.own.sensor.clone(), row.own.noise.map(|noise| noise.to_string()));
    problem(row) == problem(other)
        && row.own.adapted.is_some()
        && row.own.folds == other.own.folds
        && row.own.scored.0 < other.own.scored.0
}

impl Row {
    pub(super) fn calibration_text(&self) -> String {
        match (self.calibration, &self.own.adapted) {
            (None, _) => "not calibrated".to_owned(),
            (Some(method), None) => format!("calibrated by {} on held-out training bearings", method.name()),
            (Some(method), Some(_)) => {
                format!("calibrated by {} on bearings of the source alone", method.name())
            }
        }
    }

    pub(super) fn sets_text(&self) -> Option<String> {
        let promise = self.sets?;
        let (share, unit) = (percent(promise.coverage), promise.unit);
        Some(match promise.guaranteed {
            true => {
                format!("sets of classes: {share} % shall hold the true one, promised for further {unit}s")
            }
            false => format!("sets of classes: fitted for {share} % of {unit}s, which promises nothing"),
        })
    }
}
