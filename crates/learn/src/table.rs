//! The printed table. A leaky figure never stands in it without the honest one beside it, nor the other way round.

use crate::figure::{Figure, Level};
use crate::metrics::Spread;
use crate::protocol::Protocol;
use crate::summary::{ProtocolSummary, Summary};
use crate::test_noise::TestNoise;
use std::fmt;

/// What stands in place of a figure that was not measured.
pub const NOT_MEASURED: &str = "not measured";

/// Figures of one or more experiments; `Display` is the table for a terminal of 100 columns.
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
    /// Test bearings, and those the net had not seen.
    pub bearings: (usize, usize),
    /// Why this row's own figure says nothing about a new bearing.
    pub leak: Option<String>,
    /// What the figures on the other side are of, honest or leaky, such as `random-window at DE`; `None` when the
    /// experiment has no such protocol.
    pub beside: Option<String>,
    /// The figures.
    pub figures: Vec<Line>,
    /// Why a figure that was asked for is not among them.
    pub unmeasured: Option<(Figure, &'static str)>,
}

/// One figure of one protocol.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Line {
    /// Which one.
    pub figure: Figure,
    /// Over segments.
    pub windows: Pair,
    /// Over recordings.
    pub recordings: Pair,
}

/// A figure on bearings that were not seen, and where the split leaks.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Pair {
    /// On unseen bearings; `None` when not measured.
    pub honest: Option<Spread>,
    /// With bearings, recordings or windows on both sides; `None` when not measured.
    pub leaky: Option<Spread>,
}

/// The figures of the table where a protocol has them.
const SHOWN: [Figure; 11] = [
    Figure::MacroF1,
    Figure::Accuracy,
    Figure::MacroAuroc,
    Figure::PartAuroc,
    Figure::Ece,
    Figure::UnknownAuroc,
    Figure::FalseAlarms,
    Figure::UnknownFound,
    Figure::SizeAccuracy,
    Figure::SetCoverage,
    Figure::SetSize,
];

const NOTES: [&str; 4] = [
    "Percent, but for the size of a set. Mean over folds of the mean over seeds; ± over folds, or over\n\
     seeds (s) where there is one fold. Interval: 95 %, corrected for bearings that folds share.",
    "Macro-F1 is the plain mean over all classes, macro AUROC that over the faulty ones.\n\
     ECE: 15 bins, all folds at once.",
    "Only a figure on unseen bearings says how a model will do on a new one.",
    "Not measured: add leave-one-size-out for the honest figure, random-window or leave-one-load-out\n\
     for the leaky one.",
];

impl Table {
    /// The table of some runs.
    pub fn new<'a>(summaries: impl IntoIterator<Item = &'a Summary>) -> Table {
        let rows = summaries
            .into_iter()
            .flat_map(|summary| summary.protocols.iter().map(|own| Row::of(summary, own)));
        Table { rows: rows.collect() }
    }

    /// The rows.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The table in Markdown, one line a figure.
    pub fn markdown(&self) -> String {
        let levels = "unseen bearings, segments | 95 % interval | leaky, segments | unseen bearings, recordings | \
                      95 % interval | leaky, recordings";
        let mut text =
            format!("| protocol | runs | test bearings | figure | {levels} |\n|{}\n", "---|".repeat(10));
        for row in &self.rows {
            for line in &row.figures {
                let cells: Vec<String> =
                    [line.windows, line.recordings].iter().flat_map(|pair| pair.cells(line.figure)).collect();
                text.push_str(&format!(
                    "| {}: {} | {} | {} | {} | {} |\n",
                    row.experiment,
                    row.name(),
                    row.runs_text(),
                    row.bearings_text(),
                    line.figure,
                    cells.join(" | ")
                ));
            }
        }
        for row in &self.rows {
            if let Some((figure, text_of)) = row.unmeasured_text() {
                text.push_str(&format!("\n{}: {}: {figure} {text_of}.\n", row.experiment, row.name()));
            }
        }
        for note in self.notes() {
            text.push_str(&format!("\n{}\n", note.replace('\n', " ")));
        }
        text
    }

    fn notes(&self) -> impl Iterator<Item = &'static str> {
        let missing = self.rows.iter().any(|row| row.beside.is_none());
        NOTES.into_iter().take(if missing { NOTES.len() } else { NOTES.len() - 1 })
    }
}

impl Row {
    fn of(summary: &Summary, own: &ProtocolSummary) -> Row {
        let other = beside(summary, own);
        let leaky = own.leak.is_some();
        let pair = |figure: Figure, level: Level| {
            let (mine, theirs) =
                (shown(own, level, figure), other.and_then(|other| shown(other, level, figure)));
            let (honest, leaky) = if leaky { (theirs, mine) } else { (mine, theirs) };
            Pair { honest, leaky }
        };
        let there = |figure: &Figure| own.windows.figures.contains_key(figure);
        Row {
            experiment: summary.experiment.clone(),
            protocol: own.protocol,
            sensor: own.sensor.clone(),
            noise: own.noise,
            adapted: own.adapted.clone(),
            runs: (own.runs, own.runs_planned),
            bearings: (own.test_bearings, own.unseen_bearings),
            leak: own.leak.clone(),
            beside: other.map(name_of),
            unmeasured: size_unmeasured(own),
            figures: SHOWN
                .into_iter()
                .filter(there)
                .map(|figure| Line {
                    figure,
                    windows: pair(figure, Level::Windows),
                    recordings: pair(figure, Level::Recordings),
                })
                .collect(),
        }
    }

    /// What stands in place of a figure that was asked for and could not be measured.
    fn unmeasured_text(&self) -> Option<(Figure, String)> {
        let (figure, why) = self.unmeasured?;
        Some((figure, format!("{NOT_MEASURED}: {why}")))
    }

    fn name(&self) -> String {
        let leak = self.leak.as_ref().map_or(String::new(), |leak| format!(" ({leak})"));
        format!("{}{leak}", name(self.protocol, &self.sensor, self.noise, self.adapted.as_deref()))
    }

    fn runs_text(&self) -> String {
        match self.runs {
            (done, planned) if done == planned => done.to_string(),
            (done, planned) => format!("{done} of {planned}"),
        }
    }

    fn bearings_text(&self) -> String {
        format!("{} ({} unseen)", self.bearings.0, self.bearings.1)
    }
}

/// Why the telling of sizes has no figure, where sizes are told.
fn size_unmeasured(own: &ProtocolSummary) -> Option<(Figure, &'static str)> {
    let told = own.results.iter().any(|result| result.windows.size.is_some());
    let measured = own.windows.figures.contains_key(&Figure::SizeAccuracy);
    let why = "no test recording has a size that was in training";
    (told && !measured).then_some((Figure::SizeAccuracy, why))
}

/// A figure as the table states it: the calibration error over all folds at once, others over folds.
fn shown(own: &ProtocolSummary, level: Level, figure: Figure) -> Option<Spread> {
    let level = own.level(level);
    let spread = level.figures.get(&figure).copied()?;
    if figure != Figure::Ece {
        return Some(spread);
    }
    let (mean, over_seeds) = (level.pooled.ece, level.pooled.ece_over_seeds);
    Some(Spread { mean, over_folds: 0.0, over_seeds, lowest_fold: mean, highest_fold: mean, interval: None })
}

fn name(protocol: Protocol, sensor: &str, noise: Option<TestNoise>, adapted: Option<&str>) -> String {
    let noise = noise.map_or(String::new(), |noise| format!(", {noise}"));
    let adapted = adapted.map_or(String::new(), |adapted| format!(", {adapted}"));
    format!("{protocol} at {sensor}{noise}{adapted}")
}

fn name_of(own: &ProtocolSummary) -> String {
    name(own.protocol, &own.sensor, own.noise, own.adapted.as_deref())
}

/// The protocol of the same experiment that stands beside this one: a leaky one beside an honest one, and the other way
/// round. At the same channel and with the same noise if there is one; without noise else.
fn beside<'a>(summary: &'a Summary, own: &ProtocolSummary) -> Option<&'a ProtocolSummary> {
    let order: &[Protocol] = match (own.leak.is_some(), own.protocol) {
        (true, Protocol::CrossEndSharedRecordings) => &[Protocol::CrossEnd],
        (true, _) => &[
            Protocol::LeaveOneSizeOut,
            Protocol::UnseenBearingAndLoad,
            Protocol::BearingWise,
            Protocol::CrossEnd,
        ],
        (false, Protocol::CrossEnd) => {
            &[Protocol::CrossEndSharedRecordings, Protocol::RandomWindow, Protocol::LeaveOneLoadOut]
        }
        (false, _) => &[
            Protocol::KnownBearings,
            Protocol::RandomWindow,
            Protocol::LeaveOneLoadOut,
            Protocol::LoadToLoad,
        ],
    };
    let fits = |other: &&ProtocolSummary| {
        order.contains(&other.protocol)
            && (other.noise == own.noise || other.noise.is_none())
            && (other.adapted == own.adapted || other.adapted.is_none())
    };
    summary.protocols.iter().filter(fits).min_by_key(|other| {
        let place = order.iter().position(|protocol| *protocol == other.protocol);
        (other.sensor != own.sensor, place, other.noise != own.noise, other.adapted != own.adapted)
    })
}

impl Pair {
    /// Honest figure, its interval, leaky figure.
    fn cells(&self, figure: Figure) -> [String; 3] {
        let scale = if figure == Figure::SetSize { 1.0 } else { 100.0 };
        let missing = || NOT_MEASURED.to_owned();
        let interval = self.honest.and_then(|spread| spread.interval);
        [
            self.honest.map_or_else(missing, |spread| with_spread(&spread, scale)),
            interval.map_or_else(String::new, |[low, high]| {
                // no share lies beyond 0 and 1, however few the folds are
                let most = if figure == Figure::SetSize { f64::INFINITY } else { 1.0 };
                format!("{:.1}..{:.1}", low.clamp(0.0, most) * scale, high.clamp(0.0, most) * scale)
            }),
            self.leaky.map_or_else(missing, |spread| match self.honest {
                // The own figure of a leaky row has its spread; one that stands beside an honest one is a mark.
                Some(_) => format!("{:.2}", spread.mean * scale),
                None => with_spread(&spread, scale),
            }),
        ]
    }
}

fn with_spread(spread: &Spread, scale: f64) -> String {
    let mean = spread.mean * scale;
    if spread.over_folds > 0.0 {
        format!("{mean:.2} ± {:.2}", spread.over_folds * scale)
    } else if spread.over_seeds > 0.0 {
        format!("{mean:.2} ± {:.2} s", spread.over_seeds * scale)
    } else {
        format!("{mean:.2}")
    }
}

impl fmt::Display for Table {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "{:<17}{:<42}recordings", "", "segments")?;
        let level = format!("{:<14}{:<14}{:<12}", "unseen", "95 % interval", "leaky");
        writeln!(out, "{:<17}{level}  {}", "", level.trim_end())?;
        for row in &self.rows {
            writeln!(out, "{} - {}", row.experiment, row.name())?;
            let beside = row.beside.as_ref().map_or(String::new(), |other| format!("; beside it {other}"));
            writeln!(out, "  runs {}; test bearings {}{beside}", row.runs_text(), row.bearings_text())?;
            for line in &row.figures {
                let level = |pair: &Pair| {
                    let [honest, interval, leaky] = pair.cells(line.figure);
                    format!("{honest:<14}{interval:<14}{leaky:<12}")
                };
                let cells = format!("{}  {}", level(&line.windows), level(&line.recordings));
                writeln!(out, "  {:<15}{}", line.figure, cells.trim_end())?;
            }
            if let Some((figure, text)) = row.unmeasured_text() {
                writeln!(out, "  {figure:<15}{text}")?;
            }
        }
        for note in self.notes() {
            writeln!(out, "{note}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::class::ClassName;
    use crate::judged::JudgedFold;
    use crate::scores::{ScoreRow, ScoreTable};
    use crate::summary::FoldFacts;
    use brinell_signal::FaultKind;

    /// One fold for each share of right answers; half of the segments are healthy.
    fn protocol(protocol: Protocol, sensor: &str, shares: &[f64]) -> ProtocolSummary {
        let fold = |(at, share): (usize, &f64)| {
            let row = |at: usize| {
                let (label, right) = ((at % 2) as u32, (at / 2) as f64 + 0.5 < share * 50.0);
                let own = if right { 0.75 } else { 0.25 };
                ScoreRow {
                    file: format!("{at}"),
                    bearing: format!("b{label}"),
                    label,
                    probabilities: if label == 0 { vec![own, 1.0 - own] } else { vec![1.0 - own, own] },
                    ..ScoreRow::default()
                }
            };
            let classes = vec![ClassName::normal(), ClassName::of(FaultKind::Inner)];
            JudgedFold {
                scores: ScoreTable {
                    classes: classes.iter().map(|class| class.name.clone()).collect(),
                    rows: (0..100).map(row).collect(),
                    ..ScoreTable::default()
                },
                facts: FoldFacts {
                    protocol,
                    sensor: sensor.to_owned(),
                    fold: format!("fold-{at}"),
                    run: at + 1,
                    runs_planned: 3,
                    classes,
                    known_bearings: ["a", "c", "b0"].map(str::to_owned).into(),
                    ..FoldFacts::default()
                },
            }
        };
        let folds: Vec<JudgedFold> = shares.iter().enumerate().map(fold).collect();
        ProtocolSummary::of(&folds.iter().collect::<Vec<_>>()).unwrap().unwrap()
    }

    fn summary(protocols: &[(Protocol, &str, &[f64])]) -> Summary {
        let of = |(name, sensor, shares): &(Protocol, &str, &[f64])| protocol(*name, sensor, shares);
        Summary {
            schema: crate::summary::SCORES_SCHEMA.into(),
            experiment: "x".into(),
            model: "se-cnn".into(),
            protocols: protocols.iter().map(of).collect(),
        }
    }

    fn accuracy(row: &Row) -> Pair {
        row.figures.iter().find(|line| line.figure == Figure::Accuracy).unwrap().windows
    }

    #[test]
    fn a_leaky_figure_stands_beside_the_honest_one_or_beside_its_absence() {
        let alone = summary(&[(Protocol::RandomWindow, "DE", &[0.98])]);
        for text in [Table::new([&alone]).to_string(), Table::new([&alone]).markdown()] {
            assert!(text.contains("98.00"), "{text}");
            assert!(text.contains(NOT_MEASURED), "{text}");
            assert!(text.contains("leaky: windows of one recording on both sides"), "{text}");
            assert!(text.contains("1 of 3"), "{text}");
        }
        let size = (Protocol::LeaveOneSizeOut, "DE", &[0.5, 0.75, 0.25][..]);
        let both = summary(&[(Protocol::RandomWindow, "DE", &[0.98]), size]);
        let table = Table::new([&both]);
        assert!(!table.to_string().contains(NOT_MEASURED), "{table}");
        for row in table.rows() {
            let pair = accuracy(row);
            assert!((pair.leaky.unwrap().mean - 0.98).abs() < 1e-12, "{table}");
            assert!((pair.honest.unwrap().mean - 0.5).abs() < 0.02, "{table}");
        }
        assert_eq!(table.rows()[1].beside.as_deref(), Some("random-window at DE"));
        let honest_alone = Table::new([&summary(&[size])]);
        assert!(honest_alone.to_string().contains(NOT_MEASURED), "{honest_alone}");
        assert_eq!(accuracy(&honest_alone.rows()[0]).leaky, None);
    }

    #[test]
    fn the_figure_beside_is_of_the_same_channel_and_of_the_nearest_protocol() {
        let one = &[0.5][..];
        let found = summary(&[
            (Protocol::LeaveOneSizeOut, "FE", one),
            (Protocol::CrossEnd, "DE+FE", one),
            (Protocol::LeaveOneLoadOut, "FE", one),
            (Protocol::RandomWindow, "DE", one),
            (Protocol::CrossEndSharedRecordings, "DE+FE", one),
        ]);
        let beside: Vec<Option<String>> =
            Table::new([&found]).rows().iter().map(|row| row.beside.clone()).collect();
        let names = ["leave-one-load-out at FE", "cross-end-shared-recordings at DE+FE"];
        assert_eq!(beside[..2], names.map(|name| Some(name.to_owned())));
        assert_eq!(beside[3].as_deref(), Some("leave-one-size-out at FE"), "none is at DE");
        assert_eq!(beside[4].as_deref(), Some("cross-end at DE+FE"));
    }

    #[test]
    fn the_table_fits_a_hundred_columns_and_states_bearings_and_interval() {
        let shares = &[0.5, 1.0, 0.25][..];
        let found = summary(&[
            (Protocol::UnseenBearingAndLoad, "DE", shares),
            (Protocol::RandomWindow, "DE", shares),
        ]);
        let text = Table::new([&found]).to_string();
        for line in text.lines() {
            assert!(line.chars().count() <= 100 || line.contains(" - "), "{}: {line}", line.chars().count());
        }
        assert!(text.contains("test bearings 2 (1 unseen)"), "{text}");
        // one faulty bearing in test, two in training
        let [low, high] = accuracy(&Table::new([&found]).rows()[0]).honest.unwrap().interval.unwrap();
        let [low, high] = [low, high].map(|edge| edge.clamp(0.0, 1.0) * 100.0);
        assert!(text.contains(&format!("{low:.1}..{high:.1}")), "{text}");
    }
}
