//! What one pass over a recording tells. The samples are not kept.

use super::anchors::{Anchor, anchors};
use super::fingerprint::{Fingerprint, power};
use super::information::{ENOUGH, bits};
use super::stretches::Core;
use super::{Finding, LeakReport, SplitRow};
use crate::error::{Error, Result};
use brinell_formats::{Entry, NamedArray, ReadRequest, Selection, Source, format_of, recording_of};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};

/// Fewest numbers in an array that is taken for a signal.
const SHORTEST: usize = 16;
/// Bits of a segment below which it may be equal to another by chance.
const SEGMENT_SAYS: f64 = 64.0;
/// Samples on either side of a run of shared anchors in which its ends must lie: beyond, there would be one more.
const EDGE: usize = 1_024;
/// The step of the converter is looked for in so many first samples.
const STEP_SAMPLES: usize = 16_384;

/// A recording as a leak check sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordingFacts {
    /// Its name in the table, or its path.
    pub name: String,
    /// SHA-256 of the file, unpacked.
    pub sha256: String,
    /// Its entry in a shipped catalogue, found by its hash.
    pub entry: Option<Entry>,
    /// Its channels.
    pub channels: Vec<ChannelFacts>,
    path: PathBuf,
}

/// What lies around a run of shared anchors.
#[derive(Debug, Clone, Default)]
pub(super) struct Around {
    /// Samples before it, the last being its neighbour.
    pub(super) before: Vec<f64>,
    /// Samples behind it.
    pub(super) after: Vec<f64>,
    /// What the run itself says, but for repeats.
    pub(super) bits: f64,
}

/// One channel.
#[derive(Debug, Clone, PartialEq)]
pub struct ChannelFacts {
    /// Its name, or that of the variable where no layout names a channel.
    pub name: String,
    /// The variable in the file.
    pub variable: String,
    /// Whether it is a channel of the recording, and not a further vector in its file.
    pub is_channel: bool,
    /// Samples.
    pub samples: usize,
    /// Sampling rate in hertz, where it is known.
    pub rate_hz: Option<f64>,
    /// Mean of all samples.
    pub offset: f64,
    /// RMS value about the mean.
    pub level: f64,
    /// Step between the values of the converter; 0 where there is none.
    pub step: f64,
    /// What makes it unusable.
    pub flaw: Option<Flaw>,
    /// Whether equal samples in another channel are no chance: no constant, no standstill, no times or counts.
    pub(super) is_telling: bool,
    /// Hash of all samples.
    pub(super) content: u64,
    /// Places by which stretches of it are known again.
    pub(super) anchors: Vec<Anchor>,
    /// Hashes of the segments that rows of a table ask for; `None` for one that does not lie inside, or says
    /// too little.
    pub(super) segments: BTreeMap<Run, Vec<Option<u64>>>,
}

/// What makes a channel unusable.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Flaw {
    /// All samples are NaN.
    AllNan,
    /// Some are NaN or infinite: how many.
    NotFinite(usize),
    /// All have one value.
    Constant(f64),
}

impl fmt::Display for Flaw {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Flaw::AllNan => write!(out, "is all NaN"),
            Flaw::NotFinite(count) => write!(out, "holds {count} values that are NaN or infinite"),
            Flaw::Constant(value) => write!(out, "is constant ({value})"),
        }
    }
}

/// The segments of a row, as they are counted: the same in every fold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Run {
    pub(super) start: u64,
    pub(super) length: u64,
    stride: u64,
    count: u64,
    /// Bits of the rate at which they are counted, 0 for that of the file.
    rate: u64,
}

impl Run {
    /// The segments of a row, where it names any.
    pub(super) fn of(row: &SplitRow) -> Option<Run> {
        let (start, length) = row.segment?;
        let rate = row.rate_hz.map_or(0, f64::to_bits);
        Some(Run { start, length, stride: row.stride, count: row.count, rate })
    }

    /// First sample of a segment, as the table counts.
    pub(super) fn start_of(&self, at: usize) -> u64 {
        self.start.saturating_add(self.stride.saturating_mul(at as u64))
    }

    fn hashes(&self, samples: &[f64], rate_hz: Option<f64>, fingerprint: &Fingerprint) -> Vec<Option<u64>> {
        let stated = f64::from_bits(self.rate);
        let scale = rate_hz.filter(|_| stated > 0.0).map_or(1.0, |rate| rate / stated);
        let scaled = |count: u64| if scale == 1.0 { count } else { (count as f64 * scale).round() as u64 };
        let length = scaled(self.length);
        let power = power(length);
        let hash = |at: u64| {
            let (start, length) =
                (usize::try_from(scaled(self.start_of(at as usize))).ok()?, length as usize);
            let hash = fingerprint.stretch(start, length, power)?;
            let stretch = &samples[start..start + length];
            // most say enough in their first samples
            let says_enough = [length.min(64), length]
                .iter()
                .any(|first| bits(&stretch[..*first], SEGMENT_SAYS) >= SEGMENT_SAYS);
            says_enough.then_some(hash)
        };
        (0..self.count).map(hash).collect()
    }
}

impl SplitRow {
    /// The channels that the row means: those of its sensor's name, and all of a recording that has none of that name,
    /// since a copy may have been given another.
    pub(super) fn channels<'a>(
        &self,
        recording: &'a RecordingFacts,
    ) -> impl Iterator<Item = &'a ChannelFacts> {
        let named = recording.channels.iter().any(|channel| self.names(channel));
        let meant = recording.channels.iter().map(move |channel| (channel, named));
        meant
            .filter(|(channel, named)| if *named { self.names(channel) } else { channel.is_channel })
            .map(|one| one.0)
    }

    /// Whether the row names this channel.
    pub(super) fn names(&self, channel: &ChannelFacts) -> bool {
        self.sensor.as_ref().is_some_and(|sensor| *sensor == channel.name || *sensor == channel.variable)
    }
}

impl RecordingFacts {
    /// Reads a file. `name` is how a table or a person calls it; `rows` are those of the table that name it.
    ///
    /// # Errors
    /// [`Error::Formats`] when it cannot be read; a file whose sampling rate is not known, or whose channels hold
    /// NaN, can be.
    pub fn read(name: &str, path: &Path, rows: &[&SplitRow]) -> Result<RecordingFacts> {
        let source = Source::open(path)?.load()?;
        let sha256 = source.sha256()?;
        let arrays = format_of(&source)?.read(&source, Selection::All)?;
        let known = recording_of(&source, &ReadRequest::default()).ok();
        let entry = known.as_ref().and_then(|known| known.entry.clone());
        let rate = known.as_ref().map(|known| known.recording.rate().value.0);
        let named: Vec<(&str, &str)> = known
            .iter()
            .flat_map(|known| known.recording.channels())
            .map(|channel| (channel.variable(), channel.name()))
            .collect();
        let mut recording = RecordingFacts {
            name: name.to_owned(),
            sha256,
            entry,
            channels: Vec::new(),
            path: path.to_owned(),
        };
        for array in arrays.iter().filter(is_signal) {
            let name = named.iter().find(|(variable, _)| *variable == array.name).map(|(_, name)| *name);
            let is_channel = named.is_empty() || name.is_some();
            let name = name.unwrap_or(&array.name);
            let samples = array.as_vector().unwrap_or_default();
            recording.channels.push(ChannelFacts::of((name, &array.name, is_channel), samples, rate));
        }
        recording.hash_segments(&arrays, rows);
        if recording.channels.is_empty() {
            return Err(Error::data(
                format!("{} holds no signal", path.display()),
                format!("no variable of it is a real vector of {SHORTEST} numbers or more"),
                "leave it out, or store its channels as vectors",
            ));
        }
        Ok(recording)
    }

    /// Hashes the segments that rows of a table ask for.
    fn hash_segments(&mut self, arrays: &[NamedArray], rows: &[&SplitRow]) {
        let mut runs = BTreeMap::<String, BTreeSet<Run>>::new();
        for (row, run) in rows.iter().filter_map(|row| Some((row, Run::of(row)?))) {
            for channel in row.channels(self) {
                runs.entry(channel.variable.clone()).or_default().insert(run);
            }
        }
        for channel in &mut self.channels {
            let Some(runs) = runs.remove(&channel.variable) else { continue };
            let array = arrays.iter().find(|array| array.name == channel.variable);
            let samples = array.and_then(NamedArray::as_vector).unwrap_or_default();
            let fingerprint = Fingerprint::of(samples);
            let hashes =
                runs.into_iter().map(|run| (run, run.hashes(samples, channel.rate_hz, &fingerprint)));
            channel.segments = hashes.collect();
        }
    }

    /// Reads the file again: what lies around each of these, and how much they say themselves.
    pub(super) fn around(&self, cores: &[Core]) -> Result<Vec<Around>> {
        let source = Source::open(&self.path)?.load()?;
        let arrays = format_of(&source)?.read(&source, Selection::All)?;
        let signals: Vec<&NamedArray> = arrays.iter().filter(is_signal).collect();
        let around = |core: &Core| {
            let samples = signals.get(core.channel).and_then(|array| array.as_vector()).unwrap_or_default();
            let inside = |place: usize| place.min(samples.len());
            let (from, to) = (inside(core.from), inside(core.to));
            let mut said = 0.0;
            for (from, to) in core.fresh.iter().map(|(from, to)| (inside(*from), inside(*to))) {
                said += if said < ENOUGH { bits(&samples[from..to], ENOUGH) } else { 0.0 };
            }
            Around {
                before: samples[from.saturating_sub(EDGE)..from].to_vec(),
                after: samples[to..inside(to + EDGE)].to_vec(),
                bits: said,
            }
        };
        Ok(cores.iter().map(around).collect())
    }

    /// What is known about it as a class: the row's word, else the catalogue's.
    pub(super) fn class<'a>(&'a self, stated: Option<&'a str>) -> Option<&'a str> {
        stated.or(self.entry.as_ref().map(|entry| entry.fault.name()))
    }
}

fn is_signal(array: &&NamedArray) -> bool {
    array.as_vector().is_some_and(|values| values.len() >= SHORTEST)
}

impl ChannelFacts {
    /// The facts of a channel from its samples: its name, variable and whether it is one of the recording's.
    fn of(
        (name, variable, is_channel): (&str, &str, bool),
        samples: &[f64],
        rate_hz: Option<f64>,
    ) -> ChannelFacts {
        let count = samples.len() as f64;
        let offset = samples.iter().sum::<f64>() / count;
        let level = (samples.iter().map(|sample| (sample - offset).powi(2)).sum::<f64>() / count).sqrt();
        let fingerprint = Fingerprint::of(samples);
        ChannelFacts {
            name: name.to_owned(),
            variable: variable.to_owned(),
            is_channel,
            is_telling: !only_rises_or_falls(samples) && bits(samples, ENOUGH) >= ENOUGH,
            samples: samples.len(),
            rate_hz,
            offset,
            level,
            step: step(&samples[..samples.len().min(STEP_SAMPLES)]),
            flaw: flaw(samples),
            content: fingerprint.whole(),
            anchors: anchors(samples, &fingerprint),
            segments: BTreeMap::new(),
        }
    }
}

/// As times and counts do.
fn only_rises_or_falls(samples: &[f64]) -> bool {
    samples.is_sorted() || samples.is_sorted_by(|a, b| a >= b)
}

fn flaw(samples: &[f64]) -> Option<Flaw> {
    let first = samples.first()?;
    let broken = samples.iter().filter(|sample| !sample.is_finite()).count();
    match broken {
        0 if samples.iter().all(|sample| sample == first) => Some(Flaw::Constant(*first)),
        0 => None,
        _ if samples.iter().all(|sample| sample.is_nan()) => Some(Flaw::AllNan),
        _ => Some(Flaw::NotFinite(broken)),
    }
}

/// The step between values of a converter: the smallest distance of two values, when there are clearly fewer values
/// than samples and all lie on the grid that it makes; else 0.
fn step(samples: &[f64]) -> f64 {
    let mut values: Vec<f64> = samples.iter().copied().filter(|sample| sample.is_finite()).collect();
    values.sort_unstable_by(f64::total_cmp);
    let (Some(low), Some(high)) = (values.first().copied(), values.last().copied()) else { return 0.0 };
    let size = low.abs().max(high.abs());
    // the same value written twice may differ in the last bits
    values.dedup_by(|a, b| (*a - *b).abs() <= size * 1e-9);
    if values.len() < 2 || 2 * values.len() > samples.len() {
        return 0.0;
    }
    let gap = values.windows(2).map(|pair| pair[1] - pair[0]).fold(f64::INFINITY, f64::min);
    let off_grid = |value: &&f64| {
        let steps = (**value - low) / gap;
        (steps - steps.round()).abs() > 0.1
    };
    if values.iter().filter(off_grid).count() * 50 > values.len() { 0.0 } else { gap }
}

pub(super) fn check_flaws(recordings: &[&RecordingFacts], report: &mut LeakReport) {
    for recording in recordings {
        for channel in recording.channels.iter().filter(|channel| channel.is_channel) {
            if let Some(flaw) = channel.flaw {
                let (file, channel) = (recording.name.clone(), channel.name.clone());
                report.findings.push(Finding::BrokenChannel { file, channel, flaw });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_step_of_a_converter_is_found_and_only_where_there_is_one() {
        let wave = |n: i32| (f64::from(n) * 0.37).sin() * 0.3 + (f64::from(n) * 0.011).cos();
        let smooth: Vec<f64> = (0..8_000).map(wave).collect();
        assert_eq!(step(&smooth), 0.0);
        let rounded: Vec<f64> = smooth.iter().map(|x| (x / 0.002).round() * 0.002 + 0.1).collect();
        assert!((step(&rounded) / 0.002 - 1.0).abs() < 1e-6, "{}", step(&rounded));
        assert_eq!(step(&[1.0; 50]), 0.0);
        assert_eq!(step(&[f64::NAN; 50]), 0.0);
    }

    #[test]
    fn flaws_are_told_apart() {
        assert_eq!(flaw(&[f64::NAN; 3]), Some(Flaw::AllNan));
        assert_eq!(flaw(&[1.0, f64::INFINITY, f64::NAN]), Some(Flaw::NotFinite(2)));
        assert_eq!(flaw(&[2.0; 3]), Some(Flaw::Constant(2.0)));
        assert_eq!(flaw(&[2.0, 2.5]), None);
    }
}
