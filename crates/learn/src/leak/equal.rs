//! Equal content under different names and at different places.

use super::facts::Run;
use super::finding::SharedBy;
use super::sides::owned;
use super::stretches::signals;
use super::{Finding, LeakReport, Place, RecordingFacts, SplitTable};
use brinell_signal::counted;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Files with the same bytes, and channels with the same samples where the files differ.
pub(super) fn check_files<'a>(recordings: &[&'a RecordingFacts], report: &mut LeakReport) {
    let mut files = BTreeMap::<&str, Vec<&str>>::new();
    let mut channels = BTreeMap::<(usize, u64), Vec<(&'a RecordingFacts, &'a str)>>::new();
    for recording in recordings {
        files.entry(&recording.sha256).or_default().push(&recording.name);
        for (_, channel) in signals(recording).filter(|(_, channel)| channel.flaw.is_none()) {
            channels.entry((channel.samples, channel.content)).or_default().push((recording, &channel.name));
        }
    }
    let mut same: Vec<Vec<&str>> = files.into_values().filter(|names| names.len() > 1).collect();
    same.sort();
    for names in same {
        let files = names.into_iter().map(str::to_owned).collect();
        report.findings.push(Finding::SameFile { files });
    }
    let mut equal: Vec<Vec<String>> = Vec::new();
    for of in channels.into_values() {
        // one of each set of equal files: those are told as such
        let mut seen = BTreeSet::new();
        let own: Vec<String> = of
            .into_iter()
            .filter(|(recording, channel)| seen.insert((recording.sha256.as_str(), *channel)))
            .map(|(recording, channel)| format!("{}:{channel}", recording.name))
            .collect();
        if own.len() > 1 {
            equal.push(own);
        }
    }
    equal.sort();
    report.findings.extend(equal.into_iter().map(|channels| Finding::SameChannel { channels }));
}

/// A segment that was met: its part, and where it is.
#[derive(Clone, Copy)]
struct Met<'a> {
    part: &'a str,
    file: &'a str,
    channel: &'a str,
    start: u64,
}

/// Where pairs are counted together: fold, parts, channels.
type Between<'a> = (Option<&'a str>, &'a str, &'a str, &'a str, &'a str, &'a str, &'a str);

/// Segments of different parts with the same samples. Pairs of channels that are told as sharing a stretch are left
/// out.
pub(super) fn check_segments(
    table: &SplitTable,
    recordings: &BTreeMap<&str, &RecordingFacts>,
    report: &mut LeakReport,
) {
    let mut met = HashMap::<(Option<&str>, u64, u64), Vec<Met<'_>>>::new();
    let mut pairs = BTreeMap::<Between<'_>, (u64, u64, u64, u64)>::new();
    let mut outside = BTreeMap::<&str, usize>::new();
    let mut without_channel = BTreeSet::new();
    for row in &table.rows {
        let Some(recording) = recordings.get(row.file.as_str()) else { continue };
        let Some(run) = Run::of(row) else { continue };
        let fold = row.fold.as_deref();
        let is_there = recording.channels.iter().any(|channel| row.names(channel));
        if let Some(sensor) = row.sensor.as_deref().filter(|_| !is_there) {
            without_channel.insert((row.file.as_str(), sensor));
        }
        for channel in row.channels(recording) {
            let hashes = channel.segments.get(&run).map_or(&[][..], Vec::as_slice);
            for (at, hash) in hashes.iter().enumerate() {
                let Some(hash) = hash else {
                    if channel.flaw.is_none() {
                        *outside.entry(row.file.as_str()).or_default() += 1;
                    }
                    continue;
                };
                let (part, file, start) = (row.part.as_str(), row.file.as_str(), run.start_of(at));
                let own = Met { part, file, channel: &channel.name, start };
                let earlier = met.entry((fold, run.length, *hash)).or_default();
                for other in earlier.iter().filter(|other| table.apart(other.part, part)) {
                    let same_channel = other.file == file && other.channel == own.channel;
                    if same_channel && other.start.abs_diff(start) < run.length {
                        continue; // these share samples, which is told as such
                    }
                    let key = (fold, other.part, part, other.file, other.channel, file, own.channel);
                    pairs.entry(key).or_insert((other.start, start, run.length, 0)).3 += 1;
                }
                // one of each part and channel is enough to compare with
                if earlier.iter().all(|o| (o.part, o.file, o.channel) != (part, file, own.channel)) {
                    earlier.push(own);
                }
            }
        }
    }
    let told: BTreeSet<SharedBy> = report.findings.iter().filter_map(Finding::shared_stretch).collect();
    for ((fold, part, other_part, file, channel, other_file, other_channel), of) in pairs {
        let both = [(file, channel), (other_file, other_channel)].map(|(f, c)| (f.to_owned(), c.to_owned()));
        if told.contains(&(owned(fold), BTreeSet::from(both))) {
            continue;
        }
        let (start, other_start, length, count) = of;
        let place = |file: &str, channel: &str, start| Place {
            file: file.to_owned(),
            channel: channel.to_owned(),
            start,
            length,
        };
        report.findings.push(Finding::EqualSignal {
            fold: owned(fold),
            parts: vec![part.to_owned(), other_part.to_owned()],
            one: place(file, channel, start),
            other: place(other_file, other_channel, other_start),
            pairs: count,
        });
    }
    if let Some((file, count)) = outside.iter().next() {
        let why = format!(
            "segments of {} recordings lie outside them, or stand still or are too short to tell ({count} of {file}): \
             is `rate_hz` the rate at which the table counts?",
            outside.len()
        );
        report.skip("equal signal of some segments", why);
        report.uncompared = outside.len();
    }
    if let Some((file, sensor)) = without_channel.first() {
        let why = format!(
            "in {} no channel has the table's name ({file} has no `{sensor}`): all of their channels were compared",
            counted(without_channel.len(), "recording")
        );
        report.skip("the named channel of some recordings", why);
    }
}
