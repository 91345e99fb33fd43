//! A look at the headers promises the recording that is read: same channels, rate, speed, units and complaints.

use crate::expected::{Expected, all};
use brinell_formats::{
    Error, FileProbe, ReadRecording, ReadRequest, Source, WantedChannels, probe_recording, read_recording,
    read_segments,
};
use brinell_signal::{Hertz, Seconds};
use std::collections::BTreeMap;

#[test]
fn a_probe_promises_what_is_read() {
    let (mut recordings, mut refusals) = (0, 0);
    for Expected { path, name, arrays, .. } in all() {
        let names =
            arrays.iter().map(|array| Some(array.name.clone())).chain([None, Some("nothing".to_owned())]);
        for variable in names {
            for rate in [None, Some(Hertz(1000.0))] {
                let request = ReadRequest { rate, variable: variable.clone(), ..ReadRequest::default() };
                let probe = probe_recording(&Source::open(&path).unwrap(), &request);
                let what = format!("{name}, {variable:?}, {rate:?}");
                match read_recording(&path, &request) {
                    Ok(read) => {
                        recordings += 1;
                        kept(&probe.unwrap(), &read, &what);
                    }
                    // Only the samples tell that one of them is no number.
                    Err(Error::Recording { cause, .. }) if cause.contains("NaN") || cause.contains("inf") => {
                    }
                    Err(error) => {
                        refusals += 1;
                        assert_eq!(complaint(probe).unwrap_or_default(), error.to_string(), "{what}");
                    }
                }
            }
        }
    }
    assert!(recordings > 50 && refusals > 50, "{recordings} {refusals}");
}

/// The first complaint of a probe.
fn complaint(probe: Result<FileProbe, Error>) -> Option<String> {
    let recording = match probe {
        Err(error) => return Some(error.to_string()),
        Ok(probe) => probe.recording,
    };
    let error = match recording {
        Err(error) => Some(error),
        Ok(recording) => recording.rate.err().or(recording.speed.err()),
    };
    error.map(|error| error.to_string())
}

fn kept(probe: &FileProbe, read: &ReadRecording, what: &str) {
    let (promised, recording) = (probe.recording.as_ref().unwrap(), &read.recording);
    assert_eq!(promised.rate.as_ref().unwrap(), recording.rate(), "{what}");
    assert_eq!(promised.speed.as_ref().unwrap().as_ref(), recording.speed(), "{what}");
    assert_eq!(promised.samples, recording.len(), "{what}");
    assert_eq!(promised.start.as_deref(), recording.start(), "{what}");
    assert_eq!(probe.format, recording.provenance().format, "{what}");
    assert_eq!(promised.channels.len(), recording.channels().len(), "{what}");
    for (own, channel) in promised.channels.iter().zip(recording.channels()) {
        assert_eq!(
            (own.name.as_str(), own.variable.as_str()),
            (channel.name(), channel.variable()),
            "{what}"
        );
        assert_eq!((&own.unit, own.position.as_deref()), (channel.unit(), channel.position()), "{what}");
    }
}

#[test]
fn the_segments_of_a_recording_together_are_the_whole_of_it() {
    let mut compared = 0;
    for Expected { path, name, arrays, .. } in all() {
        for variable in arrays.iter().map(|array| Some(array.name.clone())).chain([None]) {
            let request = ReadRequest { rate: Some(Hertz(1000.0)), variable, ..ReadRequest::default() };
            let Ok(whole) = read_recording(&path, &request) else { continue };
            for channel in whole.recording.channels() {
                let third = Seconds(channel.samples().len() as f64 / 3000.0);
                let (mut joined, mut ends) = (Vec::new(), Vec::new());
                let mut each = |segment: brinell_formats::RecordingSegment| {
                    assert_eq!((segment.number, segment.from.0), (ends.len(), joined.len() as f64 / 1000.0));
                    let own = &segment.read.recording;
                    let part = own.channel(channel.name()).unwrap();
                    assert_eq!((part.unit(), part.position()), (channel.unit(), channel.position()));
                    assert_eq!((own.rate(), own.speed()), (whole.recording.rate(), whole.recording.speed()));
                    assert_eq!(own.provenance(), whole.recording.provenance());
                    joined.extend_from_slice(part.samples());
                    ends.push(segment.of);
                    Ok(())
                };
                let wanted = WantedChannels::Named(channel.name());
                read_segments(&path, &request, wanted, third, &mut each).unwrap();
                assert_eq!(joined, channel.samples(), "{name} {}", channel.name());
                assert!(ends.iter().all(|of| *of == ends.len()), "{name}: {ends:?}");
                compared += usize::from(ends.len() == 3);
            }
        }
    }
    assert!(compared > 50, "{compared}");
}

#[test]
fn the_segments_of_all_vibration_at_once_are_those_of_each_channel_alone() {
    let mut compared = 0;
    for Expected { path, name, .. } in all() {
        let request = ReadRequest { rate: Some(Hertz(1000.0)), ..ReadRequest::default() };
        let Ok(whole) = read_recording(&path, &request) else { continue };
        let names = &whole.measured.vibration;
        if names.is_empty() {
            continue;
        }
        let half = Seconds(whole.recording.len() as f64 / 2000.0);
        let mut joined = BTreeMap::<String, Vec<f32>>::new();
        let mut each = |segment: brinell_formats::RecordingSegment| {
            assert_eq!(segment.read.measured, whole.measured);
            for channel in segment.read.recording.channels() {
                joined.entry(channel.name().to_owned()).or_default().extend_from_slice(channel.samples());
            }
            Ok(())
        };
        read_segments(&path, &request, WantedChannels::Vibration, half, &mut each).unwrap();
        let alike = |own: &String| joined[own] == whole.recording.channel(own).unwrap().samples();
        assert!(names.iter().all(alike) && joined.len() == names.len(), "{name}");
        compared += usize::from(names.len() > 1);
    }
    assert!(compared > 10, "{compared}");
}
