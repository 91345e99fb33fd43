//! Protocols: rules over annotations that say which segments a net may learn from and which judge it.
//!
//! A rule sees annotations and lengths, never samples. It yields folds of three parts. The part `test` is
//! given to nothing that chooses anything; see [`crate::run`].
//!
//! The unit of splitting is the physical bearing: one fault of one size at one place. All loads, rates, channels
//! and positions at which it was recorded are that bearing, and the bearing of a recording is the faulty one that
//! was mounted, whichever sensor is read. A protocol that splits otherwise says so ([`Protocol::is_leaky`]); a fold
//! that breaks its protocol's promise is refused.
//!
//! | protocol | in the literature of this data | test |
//! |---|---|---|
//! | `random-window` | P0 | windows at random; leaky |
//! | `load-to-load`, `leave-one-load-out` | P1 | another load; leaky by bearing |
//! | `known-bearings` | beside P2 and P3 | another load; leaky by bearing |
//! | `known-bearings-both-ends` | beside P4 | another load; leaky by bearing |
//! | `leave-one-size-out` | P2 | faults of a size that was not seen |
//! | `unseen-bearing-and-load` | P3 | and at a load that was not seen |
//! | `bearing-wise` | P4 | 100 published choices of bearings, a label for each part |
//! | `cross-end`, `cross-end-shared-recordings` | P5 | the other end; the second is leaky by recording |
//! | `unknown-fault` | P8 | as P2, with one fault that was not seen at all |
//!
//! Beside an honest protocol stands a leaky one with the same signals and classes, where there is one: only such a pair
//! says what a leak adds.
//!
//! Noise (P7) is no split: [`TestNoise`](crate::TestNoise) changes the test part of any protocol.

mod bearing_wise;
mod classes;
mod cross_end;
mod fold;
mod inner;
mod known_bearings;
mod leave_one_load_out;
mod leave_one_size_out;
mod load_to_load;
mod part;
mod random_window;
mod signal;
mod target;
mod unknown_fault;
mod unseen_bearing_and_load;
mod unseen_bearings;

pub use fold::{Fold, Leaked};
pub use inner::InnerFold;
pub use part::{Part, UNKNOWN_CLASS, Window};
pub use signal::Signal;
pub use target::{Target, TargetRule};

use crate::config_text::unknown_word;
use crate::error::{Error, Result};
use crate::experiment::{SegmentOptions, ValidationUnit};
use crate::fault_set::FaultSet;
use brinell_formats::Entry;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A way to split recordings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(Default))]
#[serde(rename_all = "kebab-case")]
pub enum Protocol {
    /// Windows of all recordings at random. Leaky: a control that shows the net learns at all.
    #[cfg_attr(test, default)]
    RandomWindow,
    /// One load is the training, one other the test. Leaky by bearing.
    LoadToLoad,
    /// The recordings at one load are the test. Leaky by bearing.
    LeaveOneLoadOut,
    /// The recordings at one load are the test, with the classes of `leave-one-size-out`. Leaky by bearing.
    KnownBearings,
    /// The same at both ends, with a score for each part as in `bearing-wise`. Leaky by bearing.
    KnownBearingsBothEnds,
    /// The bearings with a fault of one size are the test: faulty bearings never seen before.
    LeaveOneSizeOut,
    /// The same, at a load that was not seen either.
    UnseenBearingAndLoad,
    /// The published splits by bearing, a label for each part.
    BearingWise,
    /// One end is the training, the other the test, without a recording on both sides.
    CrossEnd,
    /// The same with all recordings on both sides, read at different ends. Leaky by recording.
    CrossEndSharedRecordings,
    /// As `leave-one-size-out`, with one class of fault kept from training.
    UnknownFault,
}

/// What a protocol is: its words, the signals it uses, and how it splits them.
struct Rule {
    name: &'static str,
    /// Why its figure says nothing about a new bearing.
    leak: Option<&'static str>,
    description: &'static str,
    /// The recordings without which it has no fold.
    needs: &'static str,
    healthy: Healthy,
    /// Whether it is made of faulty bearings that were not seen, so that the validation unit can be chosen.
    unseen_bearings: bool,
    /// Whether it reads more than one sensor.
    both_ends: bool,
    /// Whether every part has its own label, more than one of which may be present.
    each_part: bool,
    counterparts: Counterparts,
    split: fn(&[Signal], &SplitRule) -> Result<Vec<Fold>>,
}

/// The protocols with the same signals and classes that are honest where one leaks, and leak where it is honest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Counterparts {
    /// Some, the nearest first.
    These(&'static [Protocol]),
    /// None, and why.
    None(&'static str),
}

/// Why no honest protocol has the classes of some leaky ones.
const NO_CLASS_FOR_A_NEW_SIZE: &str =
    "its classes are part and size of the fault, and a size that was never seen has no class";

/// Which healthy signals a protocol uses.
#[derive(Clone, Copy)]
enum Healthy {
    /// Recordings without a fault.
    OwnRecordings,
    /// The healthy bearing under the sensor in recordings whose fault sits at another place.
    FromFaultsElsewhere,
    /// None.
    LeftOut,
}

impl Protocol {
    /// All of them.
    pub const ALL: [Protocol; 11] = [
        Protocol::RandomWindow,
        Protocol::LoadToLoad,
        Protocol::LeaveOneLoadOut,
        Protocol::KnownBearings,
        Protocol::KnownBearingsBothEnds,
        Protocol::LeaveOneSizeOut,
        Protocol::UnseenBearingAndLoad,
        Protocol::BearingWise,
        Protocol::CrossEnd,
        Protocol::CrossEndSharedRecordings,
        Protocol::UnknownFault,
    ];

    const fn rule(self) -> &'static Rule {
        match self {
            Protocol::RandomWindow => &random_window::RULE,
            Protocol::LoadToLoad => &load_to_load::RULE,
            Protocol::LeaveOneLoadOut => &leave_one_load_out::RULE,
            Protocol::KnownBearings => &known_bearings::RULE,
            Protocol::KnownBearingsBothEnds => &known_bearings::BOTH_ENDS,
            Protocol::LeaveOneSizeOut => &leave_one_size_out::RULE,
            Protocol::UnseenBearingAndLoad => &unseen_bearing_and_load::RULE,
            Protocol::BearingWise => &bearing_wise::RULE,
            Protocol::CrossEnd => &cross_end::RULE,
            Protocol::CrossEndSharedRecordings => &cross_end::SHARED_RECORDINGS,
            Protocol::UnknownFault => &unknown_fault::RULE,
        }
    }

    /// The name in experiments and tables.
    pub fn name(self) -> &'static str {
        self.rule().name
    }

    /// Why its figure says nothing about a new bearing; `None` for an honest protocol.
    pub fn is_leaky(self) -> Option<&'static str> {
        self.rule().leak
    }

    /// What it does, in one sentence.
    pub fn description(self) -> &'static str {
        self.rule().description
    }

    /// The recordings without which it has no fold.
    pub fn needs(self) -> &'static str {
        self.rule().needs
    }

    /// What splits the same problem the other way.
    pub(crate) fn counterparts(self) -> Counterparts {
        self.rule().counterparts
    }

    /// Whether `validation = "load"` or `"size"` can be chosen.
    pub fn takes_validation_unit(self) -> bool {
        self.rule().unseen_bearings
    }

    /// Whether it reads two sensors or more, written `DE+FE`.
    pub fn reads_both_ends(self) -> bool {
        self.rule().both_ends
    }

    /// Whether a net can adapt to other segments of the test recordings than those that judge it.
    pub fn sets_target_apart(self) -> bool {
        self == Protocol::LoadToLoad
    }

    /// Whether every faulty part has its own label and score, more than one of which may be present.
    pub fn labels_each_part(self) -> bool {
        self.rule().each_part
    }

    /// The signals it uses: recordings of `entries` read at `sensor` (or at several, joined by `+`), each with the
    /// label of the bearing under that sensor. Lengths are those of the catalogue, brought to `rate`; 0 when
    /// unknown.
    pub fn signals(self, entries: &[&Entry], sensor: &str, rate: brinell_signal::Hertz) -> Vec<Signal> {
        let sensors: Vec<&str> = sensors(sensor).collect();
        let read = entries.iter().flat_map(|entry| {
            let there = sensors.iter().filter(|sensor| entry.channels.iter().any(|name| name == *sensor));
            there.filter_map(|sensor| self.signal(entry, sensor, rate))
        });
        read.collect()
    }

    fn signal(self, entry: &Entry, sensor: &str, rate: brinell_signal::Hertz) -> Option<Signal> {
        let fault = entry.fault.fault();
        let here = entry.site.as_deref() == Some(sensor);
        let (faults, bearing) = match (fault, self.rule().healthy) {
            (Some(part), _) if here => (FaultSet::NONE.with(part), entry.bearing_id.clone()),
            (Some(_), Healthy::FromFaultsElsewhere) => (FaultSet::NONE, format!("healthy at {sensor}")),
            (None, Healthy::OwnRecordings) => (FaultSet::NONE, entry.bearing_id.clone()),
            _ => return None,
        };
        let length = entry.samples.unwrap_or(0) as f64 * rate.0 / entry.rate.0;
        Some(Signal {
            file: entry.file.clone(),
            sensor: sensor.to_owned(),
            mounted: entry.bearing_id.clone(),
            group: format!("{} {}", entry.site.as_deref().unwrap_or(""), entry.fault.name()),
            bearing,
            faults,
            size: entry.size_name.clone(),
            size_mm: entry.size_mm,
            load: entry.load,
            length: length.ceil() as usize,
        })
    }

    /// Splits signals into folds; all of them, or only those with the names `folds`.
    ///
    /// # Errors
    /// [`Error::Data`] when a class or a fold would be empty, [`Error::Leak`] when two parts would share samples
    /// or a protocol that promises unseen bearings would break that promise.
    pub fn split(self, signals: &[Signal], rule: &SplitRule, folds: Option<&[String]>) -> Result<Vec<Fold>> {
        if signals.is_empty() {
            return Err(Error::data(
                format!("{self} has nothing to split"),
                "none of the recordings that it needs is at hand",
                "check [data] records and the data folder: brinell data list",
            ));
        }
        let SegmentOptions { length, stride, .. } = rule.segments;
        if length == 0 || stride == 0 || rule.segments.training_stride() == 0 {
            return Err(Error::data(
                format!("{self} cannot cut segments of {length} samples, {stride} apart"),
                "length and strides count samples and must be above 0",
                "correct [segments]",
            ));
        }
        let mut made = self.keep((self.rule().split)(signals, rule)?, folds)?;
        for fold in &mut made {
            if rule.target.is_some() && fold.target.is_none() {
                fold.target = Some(Target::of_test(&fold.test));
            }
            fold.test_bearings = fold.test.mounted(signals).len();
            self.check(fold)?;
            fold.refuse_leaks(self, signals, length)?;
        }
        if made.is_empty() {
            return Err(Error::data(
                format!("{self} finds no fold in these recordings"),
                "it needs annotations of size or load, or a second sensor, that they do not have",
                "choose another protocol: brinell list protocols",
            ));
        }
        Ok(made)
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

    /// Every class can be learned and validated, and something is tested.
    fn check(self, fold: &Fold) -> Result<()> {
        for (part, what) in [(&fold.train, "training"), (&fold.validation, "validation")] {
            for (class, name) in fold.classes.iter().enumerate() {
                if !part.labels.contains(&(class as u32)) {
                    return Err(Error::data(
                        format!("{self}, fold {}: no {what} segment of class {name}", fold.name),
                        "the recordings at hand do not hold it, or are too short for the segment length",
                        "fetch the missing recordings (brinell data fetch), or leave the class out in [data]",
                    ));
                }
            }
        }
        if fold.test.labels.iter().all(|label| *label == UNKNOWN_CLASS) {
            return Err(Error::data(
                format!("{self}, fold {}: no test segment", fold.name),
                "the recordings of this fold are not at hand, or too short for the segment length",
                "leave the fold out with folds = [...] in this [[protocol]]",
            ));
        }
        Ok(())
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.name())
    }
}

/// All signals to learn from, and none to judge by: of a model that is for other machines.
pub(crate) fn everything(signals: &[Signal], rule: &SplitRule) -> Fold {
    let words = ("all recordings", "none");
    unseen_bearings::fold("all".to_owned(), signals, rule, words, |_| Some(unseen_bearings::Side::Learn))
}

/// What a split depends on besides the signals.
#[derive(Debug, Clone, Copy)]
pub struct SplitRule {
    /// How signals are cut.
    pub segments: SegmentOptions,
    /// Share of the training side for validation, for the protocols that take a share.
    pub validation: f64,
    /// What the protocols with unseen bearings validate on.
    pub unit: ValidationUnit,
    /// Draws the parts of `random-window`; the others do not use it.
    pub seed: u64,
    /// What a net adapts to, if it does.
    pub target: Option<TargetRule>,
}

/// The sensors of a text such as `DE` or `DE+FE`.
pub(crate) fn sensors(text: &str) -> impl Iterator<Item = &str> {
    text.split('+').map(str::trim)
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
        Some(most) => {
            signal.length.min((most.saturating_sub(1)).saturating_mul(segments.stride) + segments.length)
        }
    }
}

/// How many segments of `length` lie whole in so many samples, `stride` apart.
fn cells(samples: usize, length: usize, stride: usize) -> usize {
    if samples < length { 0 } else { (samples - length) / stride + 1 }
}

/// A text fit for a folder name: letters, digits and dots, the rest dashes.
fn folder_word(text: &str) -> String {
    let word = |c: char| if c.is_ascii_alphanumeric() || c == '.' { c.to_ascii_lowercase() } else { '-' };
    text.chars().map(word).collect()
}

#[cfg(test)]
pub(crate) mod tests;
