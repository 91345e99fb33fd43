//! Classes that one figure of a recording tells, without a look at the vibration: the rate, the length, the step of
//! the converter, the offset, the level. A net may learn the figure in place of the fault.
//!
//! A class is told when both hold:
//!
//! * the area under the ROC curve of the figure, class against rest, is at least 0.99 in one of the two directions;
//! * a shuffle of the classes would do so well in less than one of a hundred tables, in any of the comparisons that
//!   are made: the exact two-sided [permutation tail](super::chance) times the number of comparisons (figures other
//!   than the rate, times classes, times sensors; Bonferroni) is below 0.01.
//!
//! Counted are channels of recordings, not segments. Three against three are parted perfectly in one of ten shuffles,
//! so that few recordings tell nothing. The rate is a setting, not a measured value: for it the area alone counts.

use super::chance::chance;
use super::{ChannelFacts, Cue, Finding, LeakReport, RecordingFacts, SplitTable};
use crate::metrics::auroc;
use brinell_signal::counted;
use std::collections::{BTreeMap, BTreeSet};

/// The area from which a class counts as told.
const TOLD: f64 = 0.99;
/// Chance of one false word in a whole table.
const FALSE_ALARM: f64 = 0.01;

const CUES: [Cue; 5] = [Cue::Rate, Cue::Length, Cue::Step, Cue::Offset, Cue::Level];

/// Classes and the channels of recordings that have them, sensor by sensor.
type Classed<'a> = BTreeMap<Option<&'a str>, Vec<(&'a str, &'a ChannelFacts)>>;

pub(super) fn check_split(
    table: &SplitTable,
    recordings: &BTreeMap<&str, &RecordingFacts>,
    report: &mut LeakReport,
) {
    let mut seen = BTreeSet::new();
    let mut classed = Classed::new();
    let mut without_class = BTreeSet::new();
    for row in &table.rows {
        let Some(recording) = recordings.get(row.file.as_str()) else { continue };
        let Some(class) = recording.class(row.class.as_deref()) else {
            without_class.insert(row.file.as_str());
            continue;
        };
        for channel in row.channels(recording) {
            if seen.insert((class, row.file.as_str(), channel.name.as_str())) {
                classed.entry(row.sensor.as_deref()).or_default().push((class, channel));
            }
        }
    }
    without(&without_class, "the column `class` is missing or empty, and", report);
    check(&classed, report);
}

pub(super) fn check_recordings(recordings: &[RecordingFacts], report: &mut LeakReport) {
    let mut classed = Classed::new();
    let mut without_class = BTreeSet::new();
    for recording in recordings {
        let Some(class) = recording.class(None) else {
            without_class.insert(recording.name.as_str());
            continue;
        };
        for channel in recording.channels.iter().filter(|channel| channel.is_channel) {
            classed.entry(Some(&channel.name)).or_default().push((class, channel));
        }
    }
    without(&without_class, "in a folder classes come from a shipped catalogue, and", report);
    check(&classed, report);
}

fn without(files: &BTreeSet<&str>, start: &str, report: &mut LeakReport) {
    if let Some(first) = files.first() {
        let of = counted(files.len(), "recording");
        let why = format!("{start} of {of} no catalogue knows any (the first is {first})");
        report.skip("classes told by one figure", why);
    }
}

fn check(classed: &Classed<'_>, report: &mut LeakReport) {
    let mut unknown_rates = 0;
    let mut comparisons = Vec::new();
    for (sensor, signals) in classed {
        let sound: Vec<(&str, &ChannelFacts)> =
            signals.iter().filter(|(_, channel)| channel.flaw.is_none()).copied().collect();
        unknown_rates += sound.iter().filter(|(_, channel)| channel.rate_hz.is_none()).count();
        let classes: BTreeSet<&str> = sound.iter().map(|(class, _)| *class).collect();
        for class in classes {
            for cue in CUES {
                comparisons.extend(Comparison::of(cue, class, *sensor, &sound));
            }
        }
    }
    let made = comparisons.iter().filter(|one| one.cue != Cue::Rate).count();
    report.findings.extend(comparisons.iter().filter_map(|one| one.told(made)));
    if unknown_rates > 0 {
        let why = format!("{unknown_rates} channels are of files that do not state their sampling rate");
        report.skip("classes told by their rate", why);
    }
}

fn figure(channel: &ChannelFacts, cue: Cue) -> Option<f64> {
    match cue {
        Cue::Rate => channel.rate_hz,
        Cue::Length => Some(channel.samples as f64),
        Cue::Step => Some(channel.step),
        Cue::Offset => Some(channel.offset),
        Cue::Level => Some(channel.level),
    }
}

/// One figure of the channels of a class and of the rest.
struct Comparison<'a> {
    cue: Cue,
    class: &'a str,
    sensor: Option<&'a str>,
    values: Vec<f64>,
    positive: Vec<bool>,
}

impl<'a> Comparison<'a> {
    /// `None` where there is no class or no rest, or the figure is the same for all.
    fn of(
        cue: Cue,
        class: &'a str,
        sensor: Option<&'a str>,
        channels: &[(&str, &ChannelFacts)],
    ) -> Option<Comparison<'a>> {
        let figures =
            channels.iter().filter_map(|(own, channel)| Some((figure(channel, cue)?, *own == class)));
        let (values, positive): (Vec<f64>, Vec<bool>) = figures.unzip();
        let differs = |of: &[bool]| of.iter().any(|is| *is != of[0]);
        let varies = values.iter().any(|value| *value != values[0]);
        (varies && differs(&positive)).then_some(Comparison { cue, class, sensor, values, positive })
    }

    /// What it tells, after so many comparisons.
    fn told(&self, comparisons: usize) -> Option<Finding> {
        let Comparison { cue, values, positive, .. } = self;
        let area = auroc(values, positive).ok()??;
        let above = area >= 0.5;
        let auroc = area.max(1.0 - area);
        if auroc < TOLD {
            return None;
        }
        let chance = match cue {
            Cue::Rate => None,
            _ => Some((chance(values, positive, above) * comparisons as f64).min(1.0)),
        };
        if chance.is_some_and(|chance| chance >= FALSE_ALARM) {
            return None;
        }
        let of =
            |wanted: bool| values.iter().zip(positive).filter(move |(_, is)| **is == wanted).map(|(v, _)| *v);
        let (low, high) =
            (of(above).fold(f64::INFINITY, f64::min), of(!above).fold(f64::NEG_INFINITY, f64::max));
        Some(Finding::ClassTold {
            class: self.class.to_owned(),
            by: *cue,
            sensor: self.sensor.map(str::to_owned),
            auroc,
            chance,
            threshold: (low > high).then(|| low.midpoint(high)),
            above,
            signals: of(true).count(),
            others: of(false).count(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compared(cue: Cue, values: &[f64], of_class: usize) -> Comparison<'static> {
        let positive = (0..values.len()).map(|at| at < of_class).collect();
        Comparison { cue, class: "i", sensor: None, values: values.to_vec(), positive }
    }

    fn threshold(finding: Option<Finding>) -> Option<(Option<f64>, bool)> {
        match finding {
            Some(Finding::ClassTold { threshold, above, .. }) => Some((threshold, above)),
            _ => None,
        }
    }

    #[test]
    fn a_perfect_threshold_is_given() {
        let values: Vec<f64> = (0..20).map(f64::from).collect();
        assert_eq!(threshold(compared(Cue::Level, &values, 10).told(10)), Some((Some(9.5), false)));
        let mixed = [&values[1..], &values[..1]].concat();
        assert_eq!(threshold(compared(Cue::Level, &mixed, 10).told(10)), None, "AUROC 0.9");
    }

    #[test]
    fn few_recordings_tell_nothing_and_more_comparisons_ask_for_more() {
        let values: Vec<f64> = (0..20).map(f64::from).collect();
        assert_eq!(compared(Cue::Level, &values[..6], 3).told(1), None);
        // two in 184,756
        assert!(compared(Cue::Level, &values, 10).told(900).is_some());
        assert!(compared(Cue::Level, &values, 10).told(950).is_none());
        let rates = [48e3, 12e3, 12e3];
        assert_eq!(threshold(compared(Cue::Rate, &rates, 1).told(50)), Some((Some(30e3), true)));
    }
}
