//! The printed table. A leaky figure never stands in it without the honest one beside it.

use crate::metrics::Spread;
use crate::protocol::Protocol;
use crate::summary::{ProtocolSummary, Summary};
use crate::test_noise::TestNoise;
use std::fmt;

/// What stands in place of an honest figure that was not measured.
pub const NOT_MEASURED: &str = "not measured: run leave-one-size-out";

/// Figures of one or more experiments; `Display` is the table for the terminal.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    rows: Vec<Row>,
}

/// One protocol of one experiment.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The experiment.
    pub experiment: String,
    /// The protocol and the channel it reads.
    pub protocol: Protocol,
    /// The channel.
    pub sensor: String,
    /// Noise on the test part.
    pub noise: Option<TestNoise>,
    /// What the nets were adapted to, and how.
    pub adapted: Option<String>,
    /// Runs done and planned.
    pub runs: (usize, usize),
    /// Accuracy over segments, and over recordings.
    pub accuracy: (Spread, Spread),
    /// Macro-F1 over segments, and over recordings.
    pub macro_f1: (Spread, Spread),
    /// AUROC over segments: mean over the parts, or of unknown against known; `None` where neither is asked.
    pub auroc: Option<(&'static str, Spread)>,
    /// Test bearings, and those the net had not seen.
    pub bearings: (usize, usize),
    /// Macro-F1 over segments on unseen bearings, of this experiment; `None` when not measured.
    pub honest: Option<Spread>,
    /// Why this row's own figure says nothing about a new bearing.
    pub leak: Option<String>,
}

impl Table {
    /// The table of some runs.
    pub fn new<'a>(summaries: impl IntoIterator<Item = &'a Summary>) -> Table {
        let rows = summaries.into_iter().flat_map(|summary| {
            summary.protocols.iter().map(|own| Row {
                experiment: summary.experiment.clone(),
                protocol: own.protocol,
                sensor: own.sensor.clone(),
                noise: own.noise,
                adapted: own.adapted.clone(),
                runs: (own.runs, own.runs_planned),
                accuracy: (own.window_accuracy, own.recording_accuracy),
                macro_f1: (own.window_macro_f1, own.recording_macro_f1),
                auroc: (own.part_auroc.map(|spread| ("parts", spread)))
                    .or(own.unknown_auroc.map(|spread| ("unknown", spread))),
                bearings: (own.test_bearings, own.unseen_bearings),
                honest: honest(summary, own),
                leak: own.leak.clone(),
            })
        });
        Table { rows: rows.collect() }
    }

    /// The rows.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The table in Markdown.
    pub fn markdown(&self) -> String {
        let mut text = format!("| {} |\n|{}\n", HEAD.join(" | "), "---|".repeat(HEAD.len()));
        for row in &self.rows {
            text.push_str(&format!("| {} |\n", row.cells().join(" | ")));
        }
        for note in NOTES {
            text.push_str(&format!("\n{note}\n"));
        }
        text
    }
}

const HEAD: [&str; 10] = [
    "experiment",
    "protocol",
    "runs",
    "accuracy, segments",
    "macro-F1, segments",
    "accuracy, recordings",
    "macro-F1, recordings",
    "AUROC, segments",
    "test bearings",
    "macro-F1 on unseen bearings",
];

const NOTES: [&str; 3] = [
    "Percent, mean over folds of the mean over seeds; ± over folds, or over seeds (s) where there is one fold.",
    "Macro-F1 is the plain mean over all classes. Test bearings: those under the sensor, in brackets those \
     that the net had not seen.",
    "AUROC: mean over the faulty parts where each has its own label; of 1 - max p where one class is unknown.",
];

/// The honest figure of the same experiment: at the same channel if there is one. Protocols that say something
/// else than macro-F1 of all classes on recordings as they are do not count.
fn honest(summary: &Summary, own: &ProtocolSummary) -> Option<Spread> {
    let plain = |other: &&ProtocolSummary| {
        other.protocol.is_leaky().is_none()
            && other.noise.is_none()
            && other.adapted.is_none()
            && other.protocol != Protocol::UnknownFault
    };
    if plain(&own) {
        return Some(own.window_macro_f1);
    }
    let mut found: Vec<&ProtocolSummary> = summary.protocols.iter().filter(plain).collect();
    found.sort_by_key(|other| other.protocol);
    let same = found.iter().find(|other| other.sensor == own.sensor);
    same.or(found.first()).map(|other| other.window_macro_f1)
}

impl Row {
    fn cells(&self) -> Vec<String> {
        let noise = self.noise.map_or(String::new(), |noise| format!(", {noise}"));
        let leak = self.leak.as_ref().map_or(String::new(), |leak| format!(" ({leak})"));
        let adapted = self.adapted.as_ref().map_or(String::new(), |adapted| format!(", {adapted}"));
        let protocol = format!("{} at {}{noise}{adapted}{leak}", self.protocol, self.sensor);
        let runs = match self.runs {
            (done, planned) if done == planned => done.to_string(),
            (done, planned) => format!("{done} of {planned}"),
        };
        vec![
            self.experiment.clone(),
            protocol,
            runs,
            percent(&self.accuracy.0),
            percent(&self.macro_f1.0),
            percent(&self.accuracy.1),
            percent(&self.macro_f1.1),
            self.auroc
                .as_ref()
                .map_or_else(|| "-".to_owned(), |(of, spread)| format!("{} ({of})", percent(spread))),
            format!("{} ({})", self.bearings.0, self.bearings.1),
            self.honest.as_ref().map_or_else(|| NOT_MEASURED.to_owned(), percent),
        ]
    }
}

fn percent(spread: &Spread) -> String {
    let mean = spread.mean * 100.0;
    if spread.over_folds > 0.0 {
        format!("{mean:.2} ± {:.2}", spread.over_folds * 100.0)
    } else if spread.over_seeds > 0.0 {
        format!("{mean:.2} ± {:.2} s", spread.over_seeds * 100.0)
    } else {
        format!("{mean:.2}")
    }
}

impl fmt::Display for Table {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        // one block a row: ten columns do not fit a terminal
        let width = HEAD.iter().map(|head| head.chars().count()).max().unwrap_or(0);
        for row in &self.rows {
            let cells = row.cells();
            writeln!(out, "{} - {}", cells[0], cells[1])?;
            for (head, cell) in HEAD.iter().zip(&cells).skip(2) {
                writeln!(out, "  {head:<width$}  {cell}")?;
            }
        }
        for note in NOTES {
            writeln!(out, "{note}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::metrics::Metrics;
    use crate::summary::{FoldFacts, FoldSummary};
    use std::collections::BTreeSet;

    fn summary(protocols: &[(Protocol, f64)]) -> Summary {
        let one = |protocol: Protocol, share: f64| {
            let right = (share * 100.0) as usize;
            let guess: Vec<u32> = (0..100).map(|at| u32::from(at >= right)).collect();
            let metrics = Metrics::measure(2, &[0; 100], &guess);
            let facts = FoldFacts {
                protocol,
                sensor: "DE".into(),
                noise: None,
                adapted: None,
                fold: "all".into(),
                seed: 0,
                run: 1,
                runs_planned: 3,
                classes: Vec::new(),
                train_segments: 1,
                validation_segments: 1,
                validation_rule: String::new(),
                known_bearings: BTreeSet::new(),
                epochs: 1,
                best_epoch: 1,
                validation_loss: 0.0,
                validation_accuracy: 0.0,
                data_sha256: String::new(),
            };
            let (test_bearings, unseen_bearings) = (BTreeSet::from(["b".to_owned()]), BTreeSet::new());
            let result = FoldSummary {
                facts,
                test_bearings,
                unseen_bearings,
                windows: metrics.clone(),
                recordings: metrics,
                parts: None,
                unknown: None,
            };
            ProtocolSummary::of(vec![result]).unwrap()
        };
        Summary {
            schema: crate::summary::SCORES_SCHEMA.into(),
            experiment: "x".into(),
            model: "se-cnn".into(),
            protocols: protocols.iter().map(|(protocol, share)| one(*protocol, *share)).collect(),
        }
    }

    #[test]
    fn a_leaky_figure_stands_beside_the_honest_one_or_beside_its_absence() {
        let alone = summary(&[(Protocol::RandomWindow, 0.99)]);
        for text in [Table::new([&alone]).to_string(), Table::new([&alone]).markdown()] {
            assert!(text.contains("99.00"), "{text}");
            assert!(text.contains(NOT_MEASURED), "{text}");
            assert!(text.contains("leaky: windows of one recording on both sides"), "{text}");
            assert!(text.contains("1 of 3"), "{text}");
        }
        let both = summary(&[(Protocol::RandomWindow, 0.99), (Protocol::LeaveOneSizeOut, 0.5)]);
        let table = Table::new([&both]);
        assert!(!table.to_string().contains(NOT_MEASURED));
        let honest =
            [(Protocol::LeaveOneSizeOut, 0.5), (Protocol::CrossEnd, 0.25), (Protocol::UnknownFault, 0.9)];
        let own: Vec<f64> =
            Table::new([&summary(&honest)]).rows().iter().map(|row| row.honest.unwrap().mean).collect();
        assert!((own[1] - 0.2).abs() < 1e-12, "an honest figure stands beside itself: {own:?}");
        assert_eq!(own[2], own[0], "one without a class beside that of all classes");
        // everything is class 0, half called 1: F1 of class 0 is 2*50/150, of class 1 it is 0
        assert!((table.rows()[0].honest.unwrap().mean - 1.0 / 3.0).abs() < 1e-12);
    }
}
