//! What was found, in words.

use super::Flaw;
use brinell_signal::counted;
use serde::Serialize;
use std::collections::BTreeSet;
use std::fmt;

/// A stretch of one channel of one recording.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Place {
    /// The recording.
    pub file: String,
    /// The channel.
    pub channel: String,
    /// First sample, as the table counts.
    pub start: u64,
    /// Samples.
    pub length: u64,
}

/// By what a class can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cue {
    /// The sampling rate, in hertz.
    Rate,
    /// The number of samples of the recording.
    Length,
    /// The step between two values of the converter; 0 where there is none.
    Step,
    /// The mean of all samples.
    Offset,
    /// The RMS value about the mean.
    Level,
}

impl Cue {
    /// Whether the cue may as well be the effect of the damage: then it is a hint and no proof.
    pub fn is_hint(self) -> bool {
        self == Cue::Level
    }

    /// Its name in sentences.
    pub fn name(self) -> &'static str {
        match self {
            Cue::Rate => "sampling rate",
            Cue::Length => "length of the recording",
            Cue::Step => "step of the converter",
            Cue::Offset => "offset",
            Cue::Level => "level (RMS)",
        }
    }
}

/// Something that makes a figure worth less than it looks.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Finding {
    /// A physical bearing is in training or validation and in another part.
    BearingOnBothSides {
        /// The fold; `None` where the table has no column for it.
        fold: Option<String>,
        /// The bearing.
        bearing: String,
        /// The parts.
        parts: Vec<String>,
    },
    /// A recording likewise.
    RecordingOnBothSides {
        /// The fold.
        fold: Option<String>,
        /// The recording.
        file: String,
        /// The parts.
        parts: Vec<String>,
    },
    /// Segments of two parts share samples.
    SamplesOnBothSides {
        /// The fold.
        fold: Option<String>,
        /// The recording.
        file: String,
        /// The channel; `None` where the table has no column for it.
        sensor: Option<String>,
        /// The parts.
        parts: Vec<String>,
        /// First sample of the first segment that shares some with an earlier one.
        first: u64,
        /// Number of such segments.
        segments: u64,
    },
    /// Segments of two parts hold the same numbers, bit by bit, at different places.
    EqualSignal {
        /// The fold.
        fold: Option<String>,
        /// The parts.
        parts: Vec<String>,
        /// The first such segment of one part.
        one: Place,
        /// And of the other.
        other: Place,
        /// Number of such pairs between these two channels.
        pairs: u64,
    },
    /// Two recordings hold the same stretch of samples, bit by bit, at any places.
    EqualStretch {
        /// The fold.
        fold: Option<String>,
        /// The part of each; none in a folder.
        parts: Vec<String>,
        /// The longest such stretch in one recording, counted in samples of the file.
        one: Place,
        /// And in the other.
        other: Place,
        /// How many these two channels share.
        stretches: usize,
    },
    /// Files under different names have the same bytes, packing aside.
    SameFile {
        /// Their names.
        files: Vec<String>,
    },
    /// Channels hold the same numbers, bit by bit.
    SameChannel {
        /// Each as `file:channel`.
        channels: Vec<String>,
    },
    /// A channel cannot be used.
    BrokenChannel {
        /// The recording.
        file: String,
        /// The channel.
        channel: String,
        /// What is wrong with it.
        flaw: Flaw,
    },
    /// One figure of a recording tells a class from all others.
    ClassTold {
        /// The class.
        class: String,
        /// The figure.
        by: Cue,
        /// The channel that was looked at; `None`: all.
        sensor: Option<String>,
        /// Area under the ROC curve, of the better direction.
        auroc: f64,
        /// How often chance alone would tell any class of this check so well; `None` for a rate, which is a setting.
        chance: Option<f64>,
        /// A value that separates the class from the rest; `None` where none does without a mistake.
        threshold: Option<f64>,
        /// Whether the class lies above the rest.
        above: bool,
        /// Channels of recordings of this class.
        signals: usize,
        /// Those of the rest.
        others: usize,
    },
}

/// A fold, and two channels by file and name.
pub(super) type SharedBy = (Option<String>, BTreeSet<(String, String)>);

impl Finding {
    /// The fold and the two channels of a stretch that two recordings share.
    pub(super) fn shared_stretch(&self) -> Option<SharedBy> {
        let Finding::EqualStretch { fold, one, other, .. } = self else { return None };
        let channels = [one, other].map(|place| (place.file.clone(), place.channel.clone()));
        Some((fold.clone(), BTreeSet::from(channels)))
    }

    /// What kind it is, as a heading.
    pub fn heading(&self) -> &'static str {
        match self {
            Finding::BearingOnBothSides { .. } => "a bearing on both sides",
            Finding::RecordingOnBothSides { .. } => "a recording on both sides",
            Finding::SamplesOnBothSides { .. } => "samples on both sides",
            Finding::EqualSignal { .. } => "equal signal on both sides",
            Finding::EqualStretch { .. } => "the same stretch of signal in two recordings",
            Finding::SameFile { .. } => "the same file under several names",
            Finding::SameChannel { .. } => "the same signal in several channels",
            Finding::BrokenChannel { .. } => "a broken channel",
            Finding::ClassTold { by, .. } if by.is_hint() => {
                "a class told by one figure (a hint, not a proof)"
            }
            Finding::ClassTold { .. } => "a class told by one figure",
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = |fold: &Option<String>| fold.as_ref().map_or(String::new(), |fold| format!("fold {fold}: "));
        match self {
            Finding::BearingOnBothSides { fold, bearing, parts } => {
                write!(out, "{}bearing {bearing} is in {}", of(fold), parts.join(" and in "))
            }
            Finding::RecordingOnBothSides { fold, file, parts } => {
                write!(out, "{}recording {file} is in {}", of(fold), parts.join(" and in "))
            }
            Finding::SamplesOnBothSides { fold, file, sensor, parts, first, segments } => {
                let channel = sensor.as_ref().map_or(String::new(), |sensor| format!(", channel {sensor}"));
                write!(
                    out,
                    "{}recording {file}{channel}: {} with samples of another part ({}), the first at sample {first}",
                    of(fold),
                    counted(*segments as usize, "segment"),
                    parts.join(" and "),
                )
            }
            Finding::EqualSignal { fold, parts, one, other, pairs } => write!(
                out,
                "{}{} of {} samples, equal bit by bit: {}:{} at {} in {} and {}:{} at {} in {}",
                of(fold),
                counted(*pairs as usize, "pair"),
                one.length,
                one.file,
                one.channel,
                one.start,
                parts.first().map_or("", String::as_str),
                other.file,
                other.channel,
                other.start,
                parts.last().map_or("", String::as_str),
            ),
            Finding::EqualStretch { fold, parts, one, other, stretches } => {
                let part = |at: usize| parts.get(at).map_or(String::new(), |part| format!(" in {part}"));
                write!(
                    out,
                    "{}{}:{} from sample {}{} and {}:{} from sample {}{}: {} samples, equal bit by bit",
                    of(fold),
                    one.file,
                    one.channel,
                    one.start,
                    part(0),
                    other.file,
                    other.channel,
                    other.start,
                    part(1),
                    one.length
                )?;
                if *stretches > 1 { write!(out, "; {stretches} stretches in all") } else { Ok(()) }
            }
            Finding::SameFile { files } => write!(out, "{} have the same content", files.join(" and ")),
            Finding::SameChannel { channels } => {
                write!(out, "{} are equal bit by bit", channels.join(" and "))
            }
            Finding::BrokenChannel { file, channel, flaw } => write!(out, "{file}:{channel} {flaw}"),
            Finding::ClassTold { class, by, sensor, auroc, chance, threshold, above, signals, others } => {
                let sensor = sensor.as_ref().map_or(String::new(), |sensor| format!(" at {sensor}"));
                write!(
                    out,
                    "class {class}{sensor} is told by its {}: AUROC {auroc:.4}, {signals} against {others}",
                    by.name()
                )?;
                if let Some(threshold) = threshold {
                    let side = if *above { "above" } else { "below" };
                    write!(out, ", all {side} {}", short(*threshold))?;
                }
                if let Some(chance) = chance {
                    write!(out, "; by chance {}", chance_text(*chance))?;
                }
                if by.is_hint() {
                    write!(out, "; damage itself raises the level")?;
                }
                Ok(())
            }
        }
    }
}

/// A chance in words: one case in so many.
fn chance_text(chance: f64) -> String {
    let cases = 1.0 / chance;
    if cases < 1e6 {
        format!("once in {cases:.0} such tables")
    } else {
        "less than once in a million such tables".to_owned()
    }
}

/// A number with four digits that count.
fn short(value: f64) -> String {
    let size = value.abs();
    if size == 0.0 || (0.001..1e7).contains(&size) {
        let text = format!("{value:.4}");
        if size >= 1_000.0 { format!("{value:.0}") } else { text }
    } else {
        format!("{value:.3e}")
    }
}
