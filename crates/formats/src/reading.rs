//! From a file to a [`Recording`]: what the file says, what a layout or catalogue adds, and what
//! the caller declares. What none of them says is asked for by name, never guessed.

use crate::array::{NamedArray, flatten};
use crate::catalogue::Entry;
use crate::columns;
use crate::dataset::{Dataset, datasets, identify};
use crate::error::{Error, Result};
use crate::format::{Format, Selection, format_of};
use crate::layout::Layout;
use crate::measured::MeasuredChannels;
use crate::path_facts::PathFacts;
use crate::picking::{OpenFile, Picked};
use crate::segments::WantedChannels;
use crate::source::Source;
use brinell_signal::{Channel, Hertz, Known, Phrase, Provenance, Recording, Unit};
use std::path::Path;

/// What the caller declares about a file.
#[derive(Debug, Clone, Default)]
pub struct ReadRequest<'a> {
    /// Layout to use; a shipped one is found by itself.
    pub layout: Option<&'a Layout>,
    /// Sampling rate; wins over everything else.
    pub rate: Option<Hertz>,
    /// Shaft speed; wins over everything else.
    pub speed: Option<Hertz>,
    /// Unit of the samples; wins over everything else.
    pub unit: Option<Unit>,
    /// The only variable (`X105_DE_time`) or channel (`DE`) to read.
    pub variable: Option<String>,
    /// Channels that are asked for by name: times and counts, which are no channels unasked, are some where they stand here.
    pub channels: Vec<String>,
}

/// A recording with what is known beside it.
#[derive(Debug, Clone)]
pub struct ReadRecording {
    /// The recording: all channels, or those that were asked for.
    pub recording: Recording,
    /// Channels that were asked for and cannot be used: name and cause, as of [`Error::Recording`].
    pub unusable: Vec<(String, String)>,
    /// Its catalogue entry, when its SHA-256 is in a shipped catalogue.
    pub entry: Option<Entry>,
    /// The shipped data set whose catalogue or layout was used.
    pub dataset: Option<&'static str>,
    /// Channel name and designation of the bearing under it, for channels whose layout names one.
    pub bearings: Vec<(String, String)>,
    /// All channels of the file by what they measure; of a segment too.
    pub measured: MeasuredChannels,
}

/// Reads a recording from any file of a known format, `.xz` unpacked.
///
/// The file is identified by its SHA-256 in the shipped catalogues; else a layout is used, the
/// request's or the shipped one whose patterns match; else every real vector of the file is a
/// channel that is not called time or a count (`time_s`, `index`).
///
/// # Errors
/// When the file is missing, unknown, cut or damaged; when its sampling rate is unknown; when its
/// channels differ in length or hold NaN; when it holds several recordings and none is chosen.
pub fn read_recording(path: &Path, request: &ReadRequest<'_>) -> Result<ReadRecording> {
    recording_of(&Source::open(path)?.load()?, request)
}

/// As [`read_recording`], of a file whose bytes are at hand.
///
/// # Errors
/// As [`read_recording`].
pub fn recording_of(source: &Source, request: &ReadRequest<'_>) -> Result<ReadRecording> {
    recording_as(source, request, None, None)
}

/// As [`read_recording`], of some channels alone: what is wrong with the samples of others is of no account. Where all that are
/// vibration are wanted, those that cannot be used are told beside the others ([`ReadRecording::unusable`]). Where there is no
/// channel of the name that is wanted, all are read.
///
/// # Errors
/// As [`read_recording`]; [`Error::NoChannel`] where vibration is wanted and there is none.
pub fn read_channels(
    path: &Path,
    request: &ReadRequest<'_>,
    wanted: WantedChannels<'_>,
) -> Result<ReadRecording> {
    recording_as(&Source::open(path)?.load()?, request, None, Some(wanted))
}

/// As [`read_recording`]; when `expected` is given, the file has to be that one.
pub(crate) fn read_recording_as(
    path: &Path,
    request: &ReadRequest<'_>,
    expected: Option<(&Dataset, &Entry)>,
) -> Result<ReadRecording> {
    recording_as(&Source::open(path)?.load()?, request, expected, None)
}

pub(crate) fn recording_as(
    source: &Source,
    request: &ReadRequest<'_>,
    expected: Option<(&Dataset, &Entry)>,
    wanted: Option<WantedChannels<'_>>,
) -> Result<ReadRecording> {
    let sha256 = source.sha256()?;
    if let Some((_, entry)) = expected {
        check_hash(entry, source.path(), &sha256, source.length())?;
    }
    let format: &dyn Format = match request.layout.and_then(|layout| layout.raw.as_ref()) {
        Some(raw) => raw,
        None => format_of(source)?,
    };
    let (format, arrays) = (format.name(), format.read(source, Selection::All)?);
    let arrays: Vec<NamedArray> = arrays.into_iter().map(columns::split).collect();
    let known = Knowledge::of(request, identify(&sha256), expected);
    let flat = candidates(&arrays, &known, request);
    let settled = known.settle(&flat, source, request)?;
    let (rate, speed) = (settled.rate?, settled.speed?);
    let provenance =
        Provenance { path: source.name(), sha256, bytes: source.length(), format: format.to_owned() };
    let (bearings, measured) = (settled.picked.bearings(), settled.picked.measured());
    let refused = |error| refused(&source.name(), &error);
    let picked = match wanted {
        Some(wanted) => settled.picked.only(wanted, &source.name())?,
        None => settled.picked,
    };
    let (mut channels, mut unusable) = (Vec::with_capacity(picked.channels.len()), Vec::new());
    for c in picked.channels {
        let values = c.array.as_vector().unwrap_or_default();
        let samples = values.iter().map(|&value| (value * c.factor) as f32).collect();
        match Channel::new(c.name.clone(), c.variable, c.unit, c.position, samples) {
            Ok(channel) => channels.push(channel),
            Err(error) if wanted == Some(WantedChannels::Vibration) => {
                unusable.push((c.name, error.to_string()));
            }
            Err(error) => return Err(refused(error)),
        }
    }
    if let (true, Some((_, cause))) = (channels.is_empty(), unusable.first()) {
        return Err(Error::Recording { path: source.name(), cause: cause.clone() });
    }
    let recording = Recording::new(channels, rate, speed, settled.start, provenance).map_err(refused)?;
    let (entry, dataset) = (known.entry.cloned(), settled.dataset);
    Ok(ReadRecording { recording, unusable, entry, dataset, bearings, measured })
}

/// Why samples are no recording.
pub(crate) fn refused(path: &str, error: &brinell_signal::Error) -> Error {
    Error::Recording { path: path.to_owned(), cause: error.to_string() }
}

/// The arrays under their dotted names. What the format knows for an axis is a channel only where it is asked for by its name.
pub(crate) fn candidates<'f>(
    arrays: &'f [NamedArray],
    known: &Knowledge<'_>,
    request: &ReadRequest<'_>,
) -> Vec<(String, &'f NamedArray)> {
    let mut flat = flatten(arrays, known.elements());
    let asked = |name: &String| request.variable.as_ref() == Some(name) || request.channels.contains(name);
    flat.retain(|(name, array)| !array.is_axis() || asked(name));
    flat
}

/// What is known of a file beside what it says itself.
pub(crate) struct Knowledge<'a> {
    layout: Option<&'a Layout>,
    pub(crate) entry: Option<&'a Entry>,
    dataset: Option<&'static str>,
}

/// A recording before its samples are looked at. Reading and probing both go through this.
pub(crate) struct Settled<'a> {
    pub(crate) picked: Picked<'a>,
    pub(crate) rate: Result<Known<Hertz>>,
    pub(crate) speed: Result<Option<Known<Hertz>>>,
    /// Time of the first sample.
    pub(crate) start: Option<String>,
    pub(crate) dataset: Option<&'static str>,
    pub(crate) layout: Option<&'a Layout>,
    /// What its path says, by the layout.
    pub(crate) path: Option<PathFacts>,
}

impl<'a> Knowledge<'a> {
    /// What the request, a shipped catalogue or an expected entry gives.
    pub(crate) fn of(
        request: &ReadRequest<'a>,
        identified: Option<(&'static Dataset, &'static Entry)>,
        expected: Option<(&'a Dataset, &'a Entry)>,
    ) -> Self {
        // An entry of a catalogue that is not shipped is as good, it only has no static name.
        let entry = identified.map(|(_, entry)| entry).or(expected.map(|(_, entry)| entry));
        let layout =
            identified.map(|(dataset, _)| &dataset.layout).or(expected.map(|(dataset, _)| &dataset.layout));
        Self {
            layout: request.layout.or(layout),
            entry,
            dataset: identified.map(|(dataset, _)| dataset.name),
        }
    }

    /// The layout, where one is known before the arrays are looked at.
    pub(crate) fn layout(&self) -> Option<&'a Layout> {
        self.layout
    }

    /// The field by which elements of struct arrays go.
    pub(crate) fn elements(&self) -> Option<&'a str> {
        self.layout.and_then(|layout| layout.elements.as_deref())
    }

    /// Chooses the channels and finds what is stated of them.
    pub(crate) fn settle<'f>(
        &self,
        arrays: &'f [(String, &'f NamedArray)],
        source: &Source,
        request: &ReadRequest<'_>,
    ) -> Result<Settled<'f>>
    where
        'a: 'f,
    {
        let (layout, dataset) = match self.layout {
            Some(layout) => (Some(layout), self.dataset),
            None => match matching_layout(arrays) {
                Some(dataset) => (Some(&dataset.layout), Some(dataset.name)),
                None => (None, None),
            },
        };
        let path = layout.and_then(|layout| layout.path.as_ref()?.facts(source.path(), &layout.name));
        let file = OpenFile { name: source.name(), arrays, path };
        let picked = match layout {
            Some(layout) => file.by_layout(layout, self.entry, request)?,
            None => file.by_shape(request)?,
        };
        let mut picked = picked.of_one_length(&file.name)?;
        if let Some(bearing) = file.path.as_ref().and_then(|path| path.bearing.as_ref()) {
            for channel in &mut picked.channels {
                channel.bearing.get_or_insert_with(|| bearing.clone());
            }
        }
        let rate = file.rate(layout, self.entry, request, &picked);
        let speed = file.speed(layout, self.entry, request, &picked);
        let start = picked.first(|facts| Some(facts.start.as_ref()?.value.clone()));
        let start = start.or_else(|| file.path.as_ref()?.start.clone());
        Ok(Settled { picked, rate, speed, start, dataset, layout, path: file.path })
    }
}

/// An error that names the file when it is not the catalogued one.
pub(crate) fn check_hash(entry: &Entry, path: &Path, sha256: &str, bytes: u64) -> Result<()> {
    if entry.sha256 == sha256 {
        return Ok(());
    }
    let expected = match entry.bytes {
        Some(bytes) => format!("{bytes} bytes, SHA-256 {}", entry.sha256),
        None => format!("SHA-256 {}", entry.sha256),
    };
    Err(Error::Checksum {
        file: entry.file_name(),
        path: path.display().to_string(),
        expected,
        found: format!("{bytes} bytes, SHA-256 {sha256}"),
    })
}

/// The shipped data set whose layout matches; `None` when none or several do.
fn matching_layout(arrays: &[(String, &NamedArray)]) -> Option<&'static Dataset> {
    let mut matching = datasets().iter().filter(|d| !d.layout.prefixes(arrays).is_empty());
    match (matching.next(), matching.next()) {
        (Some(dataset), None) => Some(dataset),
        _ => None,
    }
}

/// Why a value is taken that the caller gave.
pub(crate) fn given() -> Phrase {
    Phrase::word("given by the caller")
}
