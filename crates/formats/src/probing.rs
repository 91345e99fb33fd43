//! What a file would become as a recording, from its headers alone: channels, rate, speed, and what is missing.
//!
//! Channels, rate and speed are settled by the code that reads recordings ([`Knowledge::settle`]), on arrays without samples, so
//! that a probe promises what reading gives. What only the samples can tell (a number that is not finite) it cannot know.

use crate::array::{ArrayClass, NamedArray, Values, flatten};
use crate::catalogue::Entry;
use crate::columns;
use crate::dataset::{identify, may_be_catalogued};
use crate::error::Result;
use crate::format::{Format, Outline, Selection, format_of};
use crate::layout::{FrequencyLayout, Layout};
use crate::measured::MeasuredChannels;
use crate::path_facts::PathFacts;
use crate::reading::{Knowledge, ReadRequest, candidates};
use crate::source::Source;
use brinell_signal::{self as signal, Hertz, Seconds, Unit};
use std::path::Path;

/// Bytes of an array that is read for the one number at its begin.
const MOST_FOR_ONE: usize = 64 << 20;

/// What a file holds and what it would become.
#[derive(Debug)]
pub struct FileProbe {
    /// Name of the format, e.g. `matlab5`.
    pub format: String,
    /// Text of the file's own header.
    pub text: Option<String>,
    /// Unpacked bytes.
    pub bytes: u64,
    /// Bytes on the disk where the file is packed; it was unpacked as a whole then.
    pub packed: Option<u64>,
    /// SHA-256; computed only where a catalogued recording has this size.
    pub sha256: Option<String>,
    /// The arrays under their dotted names, columns of matrices as arrays of their own.
    pub arrays: Vec<ProbedArray>,
    /// The recording; the error says why there is none.
    pub recording: Result<ProbedRecording>,
}

/// An array in a file.
#[derive(Debug, Clone, PartialEq)]
pub struct ProbedArray {
    /// Name.
    pub name: String,
    /// Length of each dimension.
    pub shape: Vec<usize>,
    /// Class.
    pub class: ArrayClass,
    /// Byte at which it starts.
    pub byte_offset: u64,
    /// Its value where it is a single number.
    pub value: Option<f64>,
}

/// A recording whose samples were not read.
#[derive(Debug)]
pub struct ProbedRecording {
    /// The channels, in order.
    pub channels: Vec<ProbedChannel>,
    /// Samples of each.
    pub samples: usize,
    /// Sampling rate; the error asks for it.
    pub rate: Result<signal::Known<Hertz>>,
    /// Shaft speed, where something states it; the error says what is wrong with it.
    pub speed: Result<Option<signal::Known<Hertz>>>,
    /// Time of the first sample.
    pub start: Option<String>,
    /// The shipped data set whose catalogue or layout was used.
    pub dataset: Option<&'static str>,
    /// The layout that was used.
    pub layout: Option<String>,
    /// Its catalogue entry.
    pub entry: Option<Entry>,
    /// What its path says; `None` where it fits no pattern of the layout.
    pub path: Option<PathFacts>,
}

/// A channel whose samples were not read.
#[derive(Debug, Clone)]
pub struct ProbedChannel {
    /// Name.
    pub name: String,
    /// Name in the file.
    pub variable: String,
    /// Unit of the samples.
    pub unit: signal::Known<Unit>,
    /// Where the sensor sits.
    pub position: Option<String>,
    /// Designation of the bearing under it.
    pub bearing: Option<String>,
    /// Why it is no vibration, by unit and name; `None` where it is, or may be.
    pub no_vibration: Option<String>,
}

impl ProbedRecording {
    /// Names of the channels that are vibration, or may be as far as unit and name tell; `path` is the file's, for messages.
    ///
    /// # Errors
    /// [`Error::NoChannel`](crate::Error::NoChannel) where there is none.
    pub fn vibration(&self, path: &Path) -> Result<Vec<String>> {
        let mut measured = MeasuredChannels::default();
        self.channels.iter().for_each(|own| measured.add(own.name.clone(), own.no_vibration.clone()));
        measured.some_vibration(&path.display().to_string())?;
        Ok(measured.vibration)
    }

    /// How long it is, where the rate is known.
    #[must_use]
    pub fn duration(&self) -> Option<Seconds> {
        Some(Seconds(self.samples as f64 / self.rate.as_ref().ok()?.value.0))
    }
}

/// Looks at the headers of a file.
///
/// # Errors
/// When the file is missing, of an unknown format, cut or damaged. What it leaves open is no error.
pub fn probe_recording(source: &Source, request: &ReadRequest<'_>) -> Result<FileProbe> {
    let identified = may_be_catalogued(source.length()).then(|| source.sha256()).transpose()?;
    let known = Knowledge::of(request, identified.as_deref().and_then(identify), None);
    let (format, Outline { mut arrays, text }) = outlined(source, request, &known)?;
    arrays = arrays.into_iter().map(columns::split).collect();
    let listed = flatten(&arrays, known.elements());
    let listed = listed.iter().map(|(name, array)| ProbedArray {
        name: name.clone(),
        shape: array.shape.clone(),
        class: array.class,
        byte_offset: array.byte_offset,
        value: array.as_scalar(),
    });
    let flat = candidates(&arrays, &known, request);
    let recording = known.settle(&flat, source, request).map(|settled| ProbedRecording {
        samples: settled.picked.length(),
        rate: settled.rate,
        speed: settled.speed,
        start: settled.start,
        dataset: settled.dataset,
        layout: settled.layout.map(|layout| layout.name.clone()),
        entry: known.entry.cloned(),
        path: settled.path,
        channels: settled
            .picked
            .channels
            .into_iter()
            .map(|c| ProbedChannel {
                no_vibration: c.no_vibration(),
                name: c.name,
                variable: c.variable.to_owned(),
                unit: c.unit,
                position: c.position,
                bearing: c.bearing,
            })
            .collect(),
    });
    Ok(FileProbe {
        format: format.name().to_owned(),
        text,
        bytes: source.length(),
        packed: source.packed(),
        sha256: identified,
        arrays: listed.collect(),
        recording,
    })
}

/// The format of a file and its arrays without their samples.
pub(crate) fn outlined<'a>(
    source: &Source,
    request: &ReadRequest<'a>,
    known: &Knowledge<'_>,
) -> Result<(&'a dyn Format, Outline)> {
    let format: &dyn Format = match request.layout.and_then(|layout| layout.raw.as_ref()) {
        Some(raw) => raw,
        None => format_of(source)?,
    };
    let mut outline = format.outline(source)?;
    if let Some(layout) = known.layout() {
        read_first_numbers(format, source, layout, &mut outline.arrays)?;
    }
    Ok((format, outline))
}

/// Reads the arrays at whose begin the layout's rate or speed stands, where they are not large.
fn read_first_numbers(
    format: &dyn Format,
    source: &Source,
    layout: &Layout,
    arrays: &mut [NamedArray],
) -> Result<()> {
    let firsts = [&layout.rate, &layout.speed].into_iter().flatten().filter_map(|own| match own {
        FrequencyLayout::Variable(quantity) if quantity.first => Some(&quantity.variable),
        _ => None,
    });
    let patterns: Vec<_> = firsts.collect();
    if patterns.is_empty() {
        return Ok(());
    }
    for array in arrays.iter_mut().filter(|array| array.values == Values::Unread) {
        let bytes = array.shape.iter().try_fold(8, |all: usize, &n| all.checked_mul(n));
        let split = [columns::split(array.clone())];
        let named = flatten(&split, None);
        let wanted = named.iter().any(|(name, _)| patterns.iter().any(|p| p.matches(name, None).is_some()));
        if wanted && bytes.is_some_and(|bytes| bytes <= MOST_FOR_ONE) {
            let name = [array.name.clone()];
            if let Some(read) = format.read(source, Selection::Names(&name))?.into_iter().next() {
                *array = read;
            }
        }
    }
    Ok(())
}
