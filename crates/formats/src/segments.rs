//! Channels of a recording in segments of equal length, one after the other: memory follows a segment of each and not the file.

use crate::array::NamedArray;
use crate::columns;
use crate::dataset::identify;
use crate::error::{Error, Result};
use crate::format::{Format, Outline};
use crate::measured::MeasuredChannels;
use crate::picking::PickedChannel;
use crate::probing::outlined;
use crate::reading::{Knowledge, ReadRecording, ReadRequest, candidates, recording_as};
use crate::source::Source;
use brinell_signal::{Channel, Hertz, Known, Provenance, Recording, Seconds};
use std::path::Path;

/// Values that are read at once.
const RUN: usize = 1 << 18;

/// A part of a recording.
#[derive(Debug, Clone)]
pub struct RecordingSegment {
    /// The part, as a recording of the channel, or of all that are wanted where the file was read as a whole.
    pub read: ReadRecording,
    /// Its number, from 0.
    pub number: usize,
    /// How many there are.
    pub of: usize,
    /// Where it begins in the recording.
    pub from: Seconds,
}

/// Which channels of a recording are wanted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum WantedChannels<'a> {
    /// The first one.
    #[default]
    First,
    /// The one of this name.
    Named(&'a str),
    /// Every one that is vibration, or may be as far as unit and name tell.
    Vibration,
}

/// Reads channels in segments of about `length`: as many as fit best, all alike to a sample. Those of a channel come in their
/// order; those of different channels come as they lie in the file.
///
/// Arrays of numbers are read in runs where their format allows it; one inside a struct, and a file that is packed, is read as
/// a whole first.
///
/// # Errors
/// As [`crate::read_recording`], and what `each` returns; [`Error::NoChannel`] where vibration is wanted and there is none.
pub fn read_segments(
    path: &Path,
    request: &ReadRequest<'_>,
    wanted: WantedChannels<'_>,
    length: Seconds,
    each: &mut dyn FnMut(RecordingSegment) -> Result<()>,
) -> Result<()> {
    let source = Source::open(path)?;
    let sha256 = source.sha256()?;
    let known = Knowledge::of(request, identify(&sha256), None);
    let (format, Outline { arrays, .. }) = outlined(&source, request, &known)?;
    let split: Vec<NamedArray> = arrays.iter().cloned().map(columns::split).collect();
    let flat = candidates(&split, &known, request);
    let settled = known.settle(&flat, &source, request)?;
    let (rate, speed) = (settled.rate?, settled.speed?);
    let (measured, bearings) = (settled.picked.measured(), settled.picked.bearings());
    let picked = settled.picked.only(wanted, &source.name())?;
    // Of a name that is not there all were picked.
    let named = !matches!(wanted, WantedChannels::Named(name) if picked.channels[0].name != name);
    let lanes: Option<Vec<Lane<'_>>> = picked.channels.iter().map(|own| Lane::of(own, &arrays)).collect();
    let Some(lanes) = lanes.filter(|lanes| named && !lanes.is_empty()) else {
        // What cannot be streamed, and what is wrong, is the whole file's matter.
        return cut(recording_as(&source.load()?, request, None, Some(wanted))?, length, each);
    };
    let template = Template {
        speed,
        start: settled.start,
        provenance: Provenance {
            path: source.name(),
            sha256,
            bytes: source.length(),
            format: format.name().to_owned(),
        },
        entry: known.entry.cloned(),
        dataset: settled.dataset,
        bearings,
        measured,
    };
    let mut cutter = Cutter { bounds: bounds(picked.length(), rate.value, length), rate, template, each };
    let mut arrays = lanes.chunk_by(|a, b| a.array == b.array);
    arrays.try_for_each(|lanes| cutter.stream(format, &source, lanes))
}

/// Where segments begin and the last one ends.
fn bounds(samples: usize, rate: Hertz, length: Seconds) -> Vec<usize> {
    let segments = (samples as f64 / (rate.0 * length.0)).round().max(1.0) as usize;
    let segments = segments.min(samples.max(1));
    (0..=segments).map(|i| (i as u128 * samples as u128 / segments as u128) as usize).collect()
}

/// Where the samples of a channel lie in an array as it is streamed.
struct Lane<'a> {
    channel: &'a PickedChannel<'a>,
    array: String,
    first: usize,
    step: usize,
}

impl<'a> Lane<'a> {
    /// The place of a channel; `None` where it is not an array of its own or a column of one.
    fn of(channel: &'a PickedChannel<'a>, arrays: &[NamedArray]) -> Option<Self> {
        let own = |array: &&NamedArray| array.name == channel.variable && array.vector_length().is_some();
        if let Some(array) = arrays.iter().find(own) {
            return Some(Self { channel, array: array.name.clone(), first: 0, step: 1 });
        }
        let (name, column) = channel.variable.rsplit_once('.')?;
        let column = column.parse::<usize>().ok()?.checked_sub(1)?;
        let array = arrays.iter().find(|array| array.name == name)?;
        let (samples, count, together) = columns::channels(&array.shape)?;
        let (first, step) = if together { (column * samples, 1) } else { (column, count) };
        (column < count).then(|| Self { channel, array: array.name.clone(), first, step })
    }

    /// The first value of a run that is the channel's, where the run begins at a place of the array.
    fn offset(&self, at: usize) -> usize {
        match self.first.checked_sub(at) {
            Some(skipped) if skipped > 0 => skipped,
            _ => (self.step - (at - self.first) % self.step) % self.step,
        }
    }
}

/// What all segments share.
struct Template {
    speed: Option<Known<Hertz>>,
    start: Option<String>,
    provenance: Provenance,
    entry: Option<crate::catalogue::Entry>,
    dataset: Option<&'static str>,
    bearings: Vec<(String, String)>,
    measured: MeasuredChannels,
}

struct Cutter<'e> {
    bounds: Vec<usize>,
    rate: Known<Hertz>,
    template: Template,
    each: &'e mut dyn FnMut(RecordingSegment) -> Result<()>,
}

/// How far a channel has come.
#[derive(Default)]
struct Taken {
    /// Samples of all segments, and those of the open one.
    all: usize,
    open: Vec<f32>,
    /// Number of the open segment.
    number: usize,
}

impl Cutter<'_> {
    /// Cuts the channels of one array, which is read once.
    fn stream(&mut self, format: &dyn Format, source: &Source, lanes: &[Lane<'_>]) -> Result<()> {
        let Some(array) = lanes.first().map(|lane| lane.array.as_str()) else { return Ok(()) };
        let mut taken: Vec<Taken> = lanes.iter().map(|_| Taken::default()).collect();
        let mut at = 0_usize;
        format.stream(source, array, RUN, &mut |values| {
            for (lane, taken) in lanes.iter().zip(&mut taken) {
                self.take(lane, taken, values.get(lane.offset(at)..).unwrap_or_default())?;
            }
            at += values.len();
            Ok(())
        })?;
        for (Lane { channel, .. }, Taken { all, .. }) in lanes.iter().zip(&taken) {
            if *all < channel.length {
                let cause =
                    format!("channel {} ends after {all} of {} samples", channel.name, channel.length);
                return Err(Error::Recording { path: source.name(), cause });
            }
        }
        Ok(())
    }

    /// Takes from a run, at whose begin a value of the channel stands.
    fn take(&mut self, lane: &Lane<'_>, taken: &mut Taken, values: &[f64]) -> Result<()> {
        let PickedChannel { length, factor, .. } = *lane.channel;
        for value in values.iter().step_by(lane.step).take(length - taken.all) {
            taken.open.push((value * factor) as f32);
            taken.all += 1;
            if taken.all == self.bounds[taken.number + 1] {
                self.give(std::mem::take(&mut taken.open), taken.number, lane.channel)?;
                taken.number += 1;
            }
        }
        Ok(())
    }

    fn give(&mut self, samples: Vec<f32>, number: usize, channel: &PickedChannel<'_>) -> Result<()> {
        let template = &self.template;
        let refused =
            |error: brinell_signal::Error| crate::reading::refused(&template.provenance.path, &error);
        let own = Channel::new(
            channel.name.clone(),
            channel.variable,
            channel.unit.clone(),
            channel.position.clone(),
            samples,
        );
        let recording = own.and_then(|own| {
            let Template { speed, start, provenance, .. } = template;
            Recording::new(vec![own], self.rate.clone(), speed.clone(), start.clone(), provenance.clone())
        });
        let read = ReadRecording {
            recording: recording.map_err(refused)?,
            unusable: Vec::new(),
            entry: template.entry.clone(),
            dataset: template.dataset,
            bearings: template.bearings.clone(),
            measured: template.measured.clone(),
        };
        let from = Seconds(self.bounds[number] as f64 / self.rate.value.0);
        (self.each)(RecordingSegment { read, number, of: self.bounds.len() - 1, from })
    }
}

/// Cuts a recording that is in memory.
fn cut(
    read: ReadRecording,
    length: Seconds,
    each: &mut dyn FnMut(RecordingSegment) -> Result<()>,
) -> Result<()> {
    let whole = &read.recording;
    let bounds = bounds(whole.len(), whole.rate().value, length);
    for (number, ends) in bounds.windows(2).enumerate() {
        let channels = whole.channels().iter().map(|own| {
            let samples = own.samples()[ends[0]..ends[1]].to_vec();
            let position = own.position().map(str::to_owned);
            Channel::new(own.name(), own.variable(), own.unit().clone(), position, samples)
        });
        let provenance = whole.provenance().clone();
        let part = channels.collect::<std::result::Result<Vec<_>, _>>().and_then(|channels| {
            let start = whole.start().map(str::to_owned);
            Recording::new(channels, whole.rate().clone(), whole.speed().cloned(), start, provenance)
        });
        let part = part.map_err(|error| crate::reading::refused(&whole.provenance().path, &error))?;
        let from = Seconds(ends[0] as f64 / whole.rate().value.0);
        // They are unusable as a whole, and told once.
        let unusable = if number == 0 { read.unusable.clone() } else { Vec::new() };
        let ReadRecording { entry, dataset, bearings, measured, .. } = read.clone();
        let read = ReadRecording { recording: part, unusable, entry, dataset, bearings, measured };
        each(RecordingSegment { read, number, of: bounds.len() - 1, from })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_as_many_as_fit_best_and_alike_to_a_sample() {
        assert_eq!(bounds(100, Hertz(10.0), Seconds(5.0)), [0, 50, 100]);
        assert_eq!(bounds(120, Hertz(10.0), Seconds(5.0)), [0, 60, 120]);
        assert_eq!(bounds(101, Hertz(10.0), Seconds(3.0)), [0, 33, 67, 101]);
        assert_eq!(bounds(7, Hertz(10.0), Seconds(60.0)), [0, 7]);
    }
}
