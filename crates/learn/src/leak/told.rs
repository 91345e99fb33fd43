//! Classes that one figure of a recording tells, without a look at the vibration: the rate, the length, the step of
//! the converter, the offset, the level. A net may learn the figure in place of the fault.
//!
//! A class is told when the area under the ROC curve of the figure, class against rest, is at least 0.99 in one of
//! the two directions. Counted are channels of recordings, not segments. A class or a rest of one or two is told by
//! anything: these are looked at for their rate only, which is a setting.

use super::{ChannelFacts, Cue, Finding, LeakReport, RecordingFacts, SplitTable};
use crate::metrics::auroc;
use std::collections::{BTreeMap, BTreeSet};

/// The area from which a class counts as told.
const TOLD: f64 = 0.99;
/// Fewest channels of recordings on either side of a comparison.
const FEWEST: usize = 3;

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
        for channel in recording.channels.iter().filter(|channel| row.means(channel)) {
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
        let why = format!("{start} {} recordings are in no catalogue (the first is {first})", files.len());
        report.skip("classes told by one figure", why);
    }
}

fn check(classed: &Classed<'_>, report: &mut LeakReport) {
    let mut unknown_rates = 0;
    for (sensor, signals) in classed {
        let sound: Vec<_> = signals.iter().filter(|(_, channel)| channel.flaw.is_none()).collect();
        unknown_rates += sound.iter().filter(|(_, channel)| channel.rate_hz.is_none()).count();
        let classes: BTreeSet<&str> = sound.iter().map(|(class, _)| *class).collect();
        for class in classes {
            for cue in CUES {
                let figures =
                    sound.iter().filter_map(|(own, channel)| Some((figure(channel, cue)?, *own == class)));
                let (values, positive): (Vec<f64>, Vec<bool>) = figures.unzip();
                if let Some(told) = told(cue, &values, &positive) {
                    report.findings.push(told.finding(class, cue, *sensor));
                }
            }
        }
    }
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

struct Told {
    auroc: f64,
    threshold: Option<f64>,
    above: bool,
    signals: usize,
    others: usize,
}

impl Told {
    fn finding(self, class: &str, by: Cue, sensor: Option<&str>) -> Finding {
        let Told { auroc, threshold, above, signals, others } = self;
        let (class, sensor) = (class.to_owned(), sensor.map(str::to_owned));
        Finding::ClassTold { class, by, sensor, auroc, threshold, above, signals, others }
    }
}

/// How a class is told by the values of a figure, if it is.
fn told(cue: Cue, values: &[f64], positive: &[bool]) -> Option<Told> {
    let signals = positive.iter().filter(|is| **is).count();
    let others = positive.len() - signals;
    let fewest = if cue == Cue::Rate { 1 } else { FEWEST };
    if signals < fewest || others < fewest {
        return None;
    }
    let area = auroc(values, positive).ok()??;
    let above = area >= 0.5;
    let auroc = area.max(1.0 - area);
    if auroc < TOLD {
        return None;
    }
    let of =
        |wanted: bool| values.iter().zip(positive).filter(move |(_, is)| **is == wanted).map(|(v, _)| *v);
    let (low, high) = (of(above).fold(f64::INFINITY, f64::min), of(!above).fold(f64::NEG_INFINITY, f64::max));
    let threshold = (low > high).then(|| low.midpoint(high));
    Some(Told { auroc, threshold, above, signals, others })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_perfect_threshold_is_given_and_few_examples_prove_nothing() {
        let positive = [true, true, true, false, false, false];
        let found = told(Cue::Level, &[1.0, 1.5, 2.0, 3.0, 4.0, 5.0], &positive)
            .map(|t| (t.auroc, t.threshold, t.above));
        assert_eq!(found, Some((1.0, Some(2.5), false)));
        assert!(told(Cue::Level, &[1.0, 1.5, 3.5, 3.0, 4.0, 5.0], &positive).is_none(), "AUROC 8 / 9");
        assert!(told(Cue::Level, &[1.0, 2.0, 3.0], &[true, false, false]).is_none());
        assert!(told(Cue::Rate, &[48e3, 12e3, 12e3], &[true, false, false]).is_some());
        assert!(told(Cue::Rate, &[12e3; 6], &positive).is_none());
    }
}
