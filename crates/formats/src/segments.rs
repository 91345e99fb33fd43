//! One channel of a recording in segments of equal length, one after the other: memory follows a segment and not the file.

use crate::array::NamedArray;
use crate::columns;
use crate::dataset::identify;
use crate::error::{Error, Result};
use crate::format::{Format, Outline};
use crate::picking::PickedChannel;
use crate::probing::outlined;
use crate::reading::{Knowledge, ReadRecording, ReadRequest, candidates, recording_of};
use crate::source::Source;
use brinell_signal::{Channel, Hertz, Known, Provenance, Recording, Seconds};
use std::path::Path;

/// Values that are read at once.
const RUN: usize = 1 << 18;

/// A part of a recording.
#[derive(Debug, Clone)]
pub struct RecordingSegment {
    /// The part, as a recording of one channel.
    pub read: ReadRecording,
    /// Its number, from 0.
    pub number: usize,
    /// How many there are.
    pub of: usize,
    /// Where it begins in the recording.
    pub from: Seconds,
}

/// Reads a channel, the first one unless named, in segments of about `length`: as many as fit best, all alike to a sample.
///
/// Arrays of numbers are read in runs where their format allows it; one inside a struct, and a file that is packed, is read as
/// a whole first.
///
/// # Errors
/// As [`crate::read_recording`], and what `each` returns.
pub fn read_segments(
    path: &Path,
    request: &ReadRequest<'_>,
    channel: Option<&str>,
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
    let channels = &settled.picked.channels;
    let named = channels.iter().find(|own| Some(own.name.as_str()) == channel);
    let lane = named.or(channels.first()).and_then(|own| Some((own, Lane::of(own, &arrays)?)));
    let Some((picked, lane)) = lane.filter(|_| channel.is_none() || named.is_some()) else {
        // What cannot be streamed, and what is wrong, is the whole file's matter.
        return cut(recording_of(&source.load()?, request)?, length, each);
    };
    let cutter = Cutter { bounds: bounds(picked.length, rate.value, length), rate, each };
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
        bearings: settled.picked.bearings(),
    };
    cutter.stream(format, &source, picked, &lane, &template)
}

/// Where segments begin and the last one ends.
fn bounds(samples: usize, rate: Hertz, length: Seconds) -> Vec<usize> {
    let segments = (samples as f64 / (rate.0 * length.0)).round().max(1.0) as usize;
    let segments = segments.min(samples.max(1));
    (0..=segments).map(|i| (i as u128 * samples as u128 / segments as u128) as usize).collect()
}

/// Where the samples of a channel lie in an array as it is streamed.
struct Lane {
    array: String,
    first: usize,
    step: usize,
}

impl Lane {
    /// The place of a channel; `None` where it is not an array of its own or a column of one.
    fn of(channel: &PickedChannel<'_>, arrays: &[NamedArray]) -> Option<Self> {
        let own = |array: &&NamedArray| array.name == channel.variable && array.vector_length().is_some();
        if let Some(array) = arrays.iter().find(own) {
            return Some(Self { array: array.name.clone(), first: 0, step: 1 });
        }
        let (name, column) = channel.variable.rsplit_once('.')?;
        let column = column.parse::<usize>().ok()?.checked_sub(1)?;
        let array = arrays.iter().find(|array| array.name == name)?;
        let (samples, count, together) = columns::channels(&array.shape)?;
        let (first, step) = if together { (column * samples, 1) } else { (column, count) };
        (column < count).then(|| Self { array: array.name.clone(), first, step })
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
}

struct Cutter<'e> {
    bounds: Vec<usize>,
    rate: Known<Hertz>,
    each: &'e mut dyn FnMut(RecordingSegment) -> Result<()>,
}

impl Cutter<'_> {
    fn stream(
        mut self,
        format: &dyn Format,
        source: &Source,
        channel: &PickedChannel<'_>,
        lane: &Lane,
        template: &Template,
    ) -> Result<()> {
        let (mut at, mut taken, mut number) = (0_usize, 0_usize, 0_usize);
        let mut samples: Vec<f32> = Vec::new();
        let path = source.name();
        format.stream(source, &lane.array, RUN, &mut |values| {
            // The first value of this run that is the channel's.
            let skipped = lane.first.saturating_sub(at);
            let behind = at.saturating_sub(lane.first) % lane.step;
            let offset = if skipped > 0 { skipped } else { (lane.step - behind) % lane.step };
            at += values.len();
            for value in values.iter().skip(offset).step_by(lane.step) {
                if taken == channel.length {
                    break;
                }
                samples.push((value * channel.factor) as f32);
                taken += 1;
                if taken == self.bounds[number + 1] {
                    self.give(std::mem::take(&mut samples), number, channel, template)?;
                    number += 1;
                }
            }
            Ok(())
        })?;
        if taken < channel.length {
            let cause = format!("channel {} ends after {taken} of {} samples", channel.name, channel.length);
            return Err(Error::Recording { path, cause });
        }
        Ok(())
    }

    fn give(
        &mut self,
        samples: Vec<f32>,
        number: usize,
        channel: &PickedChannel<'_>,
        template: &Template,
    ) -> Result<()> {
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
            entry: template.entry.clone(),
            dataset: template.dataset,
            bearings: template.bearings.clone(),
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
        let read = ReadRecording { recording: part, ..read.clone() };
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
