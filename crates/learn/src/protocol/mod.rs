//! Protocols: rules over annotations that say which segments a net may learn from and which judge it.
//!
//! A rule sees annotations and lengths, never samples. It yields folds of three parts. The part `test` is
//! given to nothing that chooses anything; see [`crate::run`].

mod leave_one_load_out;
mod leave_one_size_out;
mod random_window;

use crate::class::ClassName;
use crate::config_text::unknown_word;
use crate::error::{Error, Result};
use crate::experiment::{SegmentOptions, ValidationUnit};
use brinell_formats::Entry;
use brinell_signal::FaultKind;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;

/// A way to split recordings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Protocol {
    /// Windows of all recordings at random. Leaky: a control that shows the net learns at all.
    RandomWindow,
    /// The recordings at one load are the test. Leaky by bearing.
    LeaveOneLoadOut,
    /// The bearings with a fault of one size are the test: faulty bearings never seen before.
    LeaveOneSizeOut,
}

impl Protocol {
    /// All of them.
    pub const ALL: [Protocol; 3] =
        [Protocol::RandomWindow, Protocol::LeaveOneLoadOut, Protocol::LeaveOneSizeOut];

    /// The name in experiments and tables.
    pub fn name(self) -> &'static str {
        match self {
            Protocol::RandomWindow => "random-window",
            Protocol::LeaveOneLoadOut => "leave-one-load-out",
            Protocol::LeaveOneSizeOut => "leave-one-size-out",
        }
    }

    /// Why its figure says nothing about a new bearing; `None` for an honest protocol.
    pub fn is_leaky(self) -> Option<&'static str> {
        match self {
            Protocol::RandomWindow => Some("leaky: windows of one recording on both sides"),
            Protocol::LeaveOneLoadOut => {
                Some("leaky by bearing: the same bearings at other loads in training")
            }
            Protocol::LeaveOneSizeOut => None,
        }
    }

    /// What it does, in one sentence.
    pub fn description(self) -> &'static str {
        match self {
            Protocol::RandomWindow => random_window::DESCRIPTION,
            Protocol::LeaveOneLoadOut => leave_one_load_out::DESCRIPTION,
            Protocol::LeaveOneSizeOut => leave_one_size_out::DESCRIPTION,
        }
    }

    /// The signals it uses: recordings of `entries` read at `sensor`, each with the label of the bearing
    /// under that sensor. Lengths are those of the catalogue, brought to `rate`; 0 when unknown.
    pub fn signals(self, entries: &[&Entry], sensor: &str, rate: brinell_signal::Hertz) -> Vec<Signal> {
        let at_sensor = entries.iter().filter(|entry| entry.channels.iter().any(|name| name == sensor));
        at_sensor.filter_map(|entry| self.signal(entry, sensor, rate)).collect()
    }

    fn signal(self, entry: &Entry, sensor: &str, rate: brinell_signal::Hertz) -> Option<Signal> {
        let fault = entry.fault.fault();
        let here = entry.site.as_deref() == Some(sensor);
        let (fault, bearing) = match self {
            Protocol::RandomWindow if fault.is_none() || here => (fault, entry.bearing_id.clone()),
            Protocol::LeaveOneLoadOut if here => (Some(fault?), entry.bearing_id.clone()),
            Protocol::LeaveOneSizeOut if here => (Some(fault?), entry.bearing_id.clone()),
            Protocol::LeaveOneSizeOut if fault.is_some() => (None, format!("healthy at {sensor}")),
            _ => return None,
        };
        let length = entry.samples.unwrap_or(0) as f64 * rate.0 / entry.rate.0;
        Some(Signal {
            file: entry.file.clone(),
            sensor: sensor.to_owned(),
            mounted: entry.bearing_id.clone(),
            bearing,
            fault,
            size: entry.size_name.clone(),
            size_mm: entry.size_mm,
            load: entry.load,
            length: length.ceil() as usize,
        })
    }

    /// Splits signals into folds; all of them, or only those with the names `folds`.
    ///
    /// # Errors
    /// [`Error::Data`] when a class or a fold would be empty, [`Error::Leak`] when a protocol that promises
    /// unseen bearings would break that promise.
    pub fn split(self, signals: &[Signal], rule: &SplitRule, folds: Option<&[String]>) -> Result<Split> {
        if signals.is_empty() {
            return Err(Error::data(
                format!("{self} has nothing to split"),
                "none of the recordings that it needs is at hand",
                "check [data] records and the data folder: brinell data list",
            ));
        }
        let mut split = match self {
            Protocol::RandomWindow => random_window::split(signals, rule)?,
            Protocol::LeaveOneLoadOut => leave_one_load_out::split(signals, rule)?,
            Protocol::LeaveOneSizeOut => leave_one_size_out::split(signals, rule)?,
        };
        split.folds = self.keep(split.folds, folds)?;
        for fold in &split.folds {
            self.check(fold, &split.classes, signals)?;
        }
        Ok(split)
    }

    fn keep(self, folds: Vec<Fold>, asked: Option<&[String]>) -> Result<Vec<Fold>> {
        let Some(asked) = asked else { return Ok(folds) };
        let names: Vec<String> = folds.iter().map(|fold| fold.name.clone()).collect();
        if let Some(unknown) = asked.iter().find(|name| !names.contains(name)) {
            return Err(Error::data(
                unknown_word("fold", unknown, &names),
                format!("{self} makes its folds from the recordings at hand: {}", names.join(", ")),
                "correct folds = [...] in this [[protocol]]",
            ));
        }
        Ok(folds.into_iter().filter(|fold| asked.contains(&fold.name)).collect())
    }

    /// Every class can be learned and validated, something is tested, no sample and - for the honest
    /// protocols - no bearing is on two sides.
    fn check(self, fold: &Fold, classes: &[ClassName], signals: &[Signal]) -> Result<()> {
        for (part, what) in [(&fold.train, "training"), (&fold.validation, "validation")] {
            for (class, name) in classes.iter().enumerate() {
                if !part.labels.contains(&(class as u32)) {
                    return Err(Error::data(
                        format!("{self}, fold {}: no {what} segment of class {name}", fold.name),
                        "the recordings at hand do not hold it, or are too short for the segment length",
                        "fetch the missing recordings (brinell data fetch), or leave the class out in [data]",
                    ));
                }
            }
        }
        if fold.test.windows.is_empty() {
            return Err(Error::data(
                format!("{self}, fold {}: no test segment", fold.name),
                "the recordings of this fold are not at hand, or too short for the segment length",
                "leave the fold out with folds = [...] in this [[protocol]]",
            ));
        }
        if self.is_leaky().is_none() {
            fold.refuse_shared_bearings(self, signals)?;
        }
        Ok(())
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.name())
    }
}

/// One channel of one recording with what is known about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Signal {
    /// Recording, as the catalogue names it.
    pub file: String,
    /// The channel.
    pub sensor: String,
    /// The faulty bearing that was mounted in this recording, wherever it sat: never split.
    pub mounted: String,
    /// The bearing under the sensor.
    pub bearing: String,
    /// The fault of the bearing under the sensor.
    pub fault: Option<FaultKind>,
    /// Size of the mounted fault, as the catalogue names it.
    pub size: Option<String>,
    /// The same in millimetres.
    pub size_mm: Option<f64>,
    /// Load, in the catalogue's unit.
    pub load: Option<f64>,
    /// Samples at the experiment's rate.
    pub length: usize,
}

/// What a split depends on besides the signals.
#[derive(Debug, Clone, Copy)]
pub struct SplitRule {
    /// How signals are cut.
    pub segments: SegmentOptions,
    /// Share of the training side for validation, for the protocols that take a share.
    pub validation: f64,
    /// What `leave-one-size-out` validates on.
    pub unit: ValidationUnit,
    /// Draws the parts of `random-window`; the others do not use it.
    pub seed: u64,
}

/// One segment: which signal, and its first sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Window {
    /// Position in the list of signals.
    pub signal: usize,
    /// First sample.
    pub start: usize,
}

/// Segments with their classes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Part {
    /// How the part was chosen, for the record.
    pub rule: String,
    /// The segments.
    pub windows: Vec<Window>,
    /// The class of each.
    pub labels: Vec<u32>,
}

impl Part {
    fn new(rule: impl Into<String>) -> Part {
        Part { rule: rule.into(), ..Part::default() }
    }

    /// Adds the segments of `length` that lie whole in `from..to`, `stride` apart.
    fn cut(&mut self, signal: usize, label: u32, from: usize, to: usize, length: usize, stride: usize) {
        let mut start = from;
        while start + length <= to {
            self.push(Window { signal, start }, label);
            start += stride;
        }
    }

    fn push(&mut self, window: Window, label: u32) {
        self.windows.push(window);
        self.labels.push(label);
    }

    /// Runs of windows of one signal and class with one distance: position of the first, distance, number.
    pub(crate) fn stretches(&self) -> Vec<(usize, usize, usize)> {
        let mut found: Vec<(usize, usize, usize)> = Vec::new();
        for (at, window) in self.windows.iter().enumerate() {
            if let Some((first, stride, count)) = found.last_mut() {
                let before = self.windows[at - 1];
                let same = before.signal == window.signal && self.labels[*first] == self.labels[at];
                let step = window.start.wrapping_sub(before.start);
                if same && window.start > before.start && (*count == 1 || step == *stride) {
                    (*stride, *count) = (step, *count + 1);
                    continue;
                }
            }
            found.push((at, 0, 1));
        }
        found
    }

    /// The bearings under the sensor in this part.
    pub fn bearings<'a>(&self, signals: &'a [Signal]) -> BTreeSet<&'a str> {
        self.windows.iter().filter_map(|window| Some(signals.get(window.signal)?.bearing.as_str())).collect()
    }

    /// The faulty bearings mounted in the recordings of this part.
    pub fn mounted<'a>(&self, signals: &'a [Signal]) -> BTreeSet<&'a str> {
        self.windows.iter().filter_map(|window| Some(signals.get(window.signal)?.mounted.as_str())).collect()
    }
}

/// One split into three parts.
#[derive(Debug, Clone, PartialEq)]
pub struct Fold {
    /// Its name, fit for a folder.
    pub name: String,
    /// What the net learns from.
    pub train: Part,
    /// What epochs and learning rate are chosen by.
    pub validation: Part,
    /// What it is judged by, after everything is chosen.
    pub test: Part,
}

impl Fold {
    /// Refuses a fold in which a mounted bearing is both in test and in training or validation.
    ///
    /// # Errors
    /// [`Error::Leak`] that names the bearing.
    pub fn refuse_shared_bearings(&self, protocol: Protocol, signals: &[Signal]) -> Result<()> {
        let mut known = self.train.mounted(signals);
        known.extend(self.validation.mounted(signals));
        match self.test.mounted(signals).intersection(&known).next() {
            None => Ok(()),
            Some(bearing) => {
                let (fold, bearing) = (self.name.clone(), (*bearing).to_owned());
                Err(Error::Leak { protocol, fold, bearing })
            }
        }
    }
}

/// All folds of a protocol.
#[derive(Debug, Clone, PartialEq)]
pub struct Split {
    /// The classes; a label is a position in this list.
    pub classes: Vec<ClassName>,
    /// The folds.
    pub folds: Vec<Fold>,
}

/// The classes `part and size of the fault` of some signals: normal first, then by size, part by part.
fn sized_classes(signals: &[Signal]) -> (Vec<ClassName>, Vec<u32>) {
    let mut found: Vec<(bool, f64, usize, ClassName)> = Vec::new();
    let class_of = |signal: &Signal| match (signal.fault, &signal.size) {
        (None, _) => ClassName::normal(),
        (Some(kind), Some(size)) => ClassName::sized(kind, size),
        (Some(kind), None) => ClassName::of(kind),
    };
    for signal in signals {
        let class = class_of(signal);
        if found.iter().all(|(.., known)| *known != class) {
            let rank =
                signal.fault.map_or(0, |kind| ELEMENTS.iter().position(|one| *one == kind).unwrap_or(9));
            found.push((signal.fault.is_some(), signal.size_mm.unwrap_or(0.0), rank, class));
        }
    }
    found.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.cmp(&b.2)));
    let classes: Vec<ClassName> = found.into_iter().map(|(.., class)| class).collect();
    let labels = signals.iter().map(|signal| position_of(&classes, &class_of(signal))).collect();
    (classes, labels)
}

/// The classes `part of the fault`: normal first.
fn element_classes(signals: &[Signal]) -> (Vec<ClassName>, Vec<u32>) {
    let class_of = |signal: &Signal| signal.fault.map_or_else(ClassName::normal, ClassName::of);
    let present: Vec<ClassName> = signals.iter().map(class_of).collect();
    let all = std::iter::once(ClassName::normal()).chain(ELEMENTS.iter().map(|kind| ClassName::of(*kind)));
    let classes: Vec<ClassName> = all.filter(|class| present.contains(class)).collect();
    let labels = present.iter().map(|class| position_of(&classes, class)).collect();
    (classes, labels)
}

/// The order of parts in lists of classes.
const ELEMENTS: [FaultKind; 4] = [FaultKind::Inner, FaultKind::Ball, FaultKind::Outer, FaultKind::Cage];

fn position_of(classes: &[ClassName], class: &ClassName) -> u32 {
    classes.iter().position(|known| known == class).unwrap_or(0) as u32
}

/// The values of an annotation, in ascending order, each once.
fn distinct(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut all: Vec<f64> = values.collect();
    all.sort_by(f64::total_cmp);
    all.dedup();
    all
}

/// The end of the stretch that is used: all, or what the first `most` segments cover.
fn usable(signal: &Signal, segments: &SegmentOptions) -> usize {
    match segments.most {
        None => signal.length,
        Some(most) => signal.length.min((most - 1).saturating_mul(segments.stride) + segments.length),
    }
}

/// A text fit for a folder name: letters, digits and dots, the rest dashes.
fn folder_word(text: &str) -> String {
    let word = |c: char| if c.is_ascii_alphanumeric() || c == '.' { c.to_ascii_lowercase() } else { '-' };
    text.chars().map(word).collect()
}

#[cfg(test)]
pub(crate) mod tests;
