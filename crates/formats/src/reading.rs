//! From a file to a [`Recording`]: what the file says, what a layout or catalogue adds, and what
//! the caller declares. What none of them says is asked for by name, never guessed.

use crate::array::{NamedArray, flatten};
use crate::catalogue::Entry;
use crate::dataset::{Dataset, datasets, identify};
use crate::error::{Error, Result, nearest};
use crate::format::{Selection, format_of};
use crate::layout::{FrequencyUnit, Layout, QuantityLayout, RateLayout, only};
use crate::source::Source;
use brinell_signal::{Channel, Hertz, Known, Origin, Phrase, Provenance, Recording, Unit, phrase};
use std::path::Path;

/// Fewest samples for an array to be taken for a channel without a layout.
const MIN_SAMPLES: usize = 2;

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
}

/// A recording with what is known beside it.
#[derive(Debug, Clone)]
pub struct ReadRecording {
    /// The recording: all channels, or the one that was asked for.
    pub recording: Recording,
    /// Its catalogue entry, when its SHA-256 is in a shipped catalogue.
    pub entry: Option<Entry>,
    /// The shipped data set whose catalogue or layout was used.
    pub dataset: Option<&'static str>,
    /// Channel name and designation of the bearing under it, for channels whose layout names one.
    pub bearings: Vec<(String, String)>,
}

/// Reads a recording from any file of a known format, `.xz` unpacked.
///
/// The file is identified by its SHA-256 in the shipped catalogues; else a layout is used, the
/// request's or the shipped one whose patterns match; else every real vector of the file is a
/// channel.
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
    recording_as(source, request, None)
}

/// As [`read_recording`]; when `expected` is given, the file has to be that one.
pub(crate) fn read_recording_as(
    path: &Path,
    request: &ReadRequest<'_>,
    expected: Option<(&Dataset, &Entry)>,
) -> Result<ReadRecording> {
    recording_as(&Source::open(path)?.load()?, request, expected)
}

fn recording_as(
    source: &Source,
    request: &ReadRequest<'_>,
    expected: Option<(&Dataset, &Entry)>,
) -> Result<ReadRecording> {
    let sha256 = source.sha256()?;
    if let Some((_, entry)) = expected {
        check_hash(entry, source.path(), &sha256, source.length())?;
    }
    let format = format_of(source)?;
    let arrays = format.read(source, Selection::All)?;
    let flat = flatten(&arrays);
    let identified = identify(&sha256);
    let entry = identified.map(|(_, entry)| entry);
    // An entry of a catalogue that is not shipped is as good, it only has no static name.
    let known_entry = entry.or(expected.map(|(_, entry)| entry));
    let known_layout = identified.map(|(d, _)| &d.layout).or(expected.map(|(d, _)| &d.layout));
    let (layout, dataset) = match (request.layout, identified) {
        (Some(layout), _) => (Some(layout), identified.map(|(d, _)| d.name)),
        (None, Some((dataset, _))) => (Some(&dataset.layout), Some(dataset.name)),
        (None, None) if known_layout.is_some() => (known_layout, None),
        (None, None) => match matching_layout(&flat) {
            Some(dataset) => (Some(&dataset.layout), Some(dataset.name)),
            None => (None, None),
        },
    };
    let file = OpenFile { name: source.name(), arrays: &flat };
    let picked = match layout {
        Some(layout) => file.by_layout(layout, known_entry, request)?,
        None => file.by_shape(request)?,
    };
    let rate = file.rate(layout, known_entry, request, &picked)?;
    let speed = file.speed(layout, known_entry, request, picked.prefix.as_deref())?;
    let provenance =
        Provenance { path: source.name(), sha256, bytes: source.length(), format: format.name().to_owned() };
    let bearings = picked.bearings();
    let refused =
        |error: brinell_signal::Error| Error::Recording { path: file.name.clone(), cause: error.to_string() };
    let channels: Vec<Channel> = picked
        .channels
        .into_iter()
        .map(|c| {
            let samples = c.values.iter().map(|&value| value as f32).collect();
            Channel::new(c.name, c.variable, c.unit, c.position, samples)
        })
        .collect::<Result<_, _>>()
        .map_err(refused)?;
    let recording = Recording::new(channels, rate, speed, None, provenance).map_err(refused)?;
    Ok(ReadRecording { recording, entry: known_entry.cloned(), dataset, bearings })
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

/// The arrays of one file, with dotted names.
struct OpenFile<'a> {
    name: String,
    arrays: &'a [(String, &'a NamedArray)],
}

/// Channels that were chosen, before their samples are converted.
struct Picked<'a> {
    channels: Vec<PickedChannel<'a>>,
    prefix: Option<String>,
}

struct PickedChannel<'a> {
    name: String,
    variable: &'a str,
    array: &'a NamedArray,
    values: &'a [f64],
    unit: Known<Unit>,
    position: Option<String>,
    bearing: Option<String>,
}

impl Picked<'_> {
    fn bearings(&self) -> Vec<(String, String)> {
        self.channels.iter().filter_map(|c| Some((c.name.clone(), c.bearing.clone()?))).collect()
    }
}

impl<'a> OpenFile<'a> {
    fn by_layout(
        &self,
        layout: &Layout,
        entry: Option<&Entry>,
        request: &ReadRequest<'_>,
    ) -> Result<Picked<'a>> {
        let asked = request.variable.as_deref();
        let names: Vec<&str> = layout.channels.iter().map(|c| c.name.as_str()).collect();
        if let Some(asked) = asked.filter(|asked| !names.contains(asked)) {
            self.find(asked, &names)?;
        }
        // A variable that is named in full decides the prefix as well.
        let of_variable = asked.and_then(|asked| {
            let channel = layout.channels.iter().find_map(|c| c.variable.matches(asked, None))?;
            self.arrays.iter().any(|(name, _)| name == asked).then_some(channel.prefix).flatten()
        });
        let prefix = match (of_variable, entry.and_then(|e| e.prefix.clone())) {
            (Some(prefix), _) => Some(prefix),
            (None, Some(prefix)) => Some(prefix),
            (None, None) => match layout.prefixes(self.arrays).as_slice() {
                [] if asked.is_some() => None,
                [] => return Err(self.no_channel(&format!("nothing matches the layout {}", layout.name))),
                [one] => one.clone(),
                several => {
                    let names: Vec<&str> = several.iter().flatten().map(String::as_str).collect();
                    let first = layout.channels.iter().find_map(|c| {
                        self.arrays
                            .iter()
                            .map(|(name, _)| name)
                            .find(|n| c.variable.matches(n, None).is_some())
                    });
                    return Err(Error::SeveralRecordings {
                        path: self.name.clone(),
                        names: names.join(", "),
                        why: "its variables have different prefixes".to_owned(),
                        example: first.cloned().unwrap_or_default(),
                    });
                }
            },
        };
        let mut channels = Vec::new();
        for channel in &layout.channels {
            let found = only(&channel.variable, prefix.as_deref(), self.arrays);
            let found = found.map_err(|names| Error::SeveralRecordings {
                path: self.name.clone(),
                names: names.join(", "),
                why: format!(
                    "several variables match `{}`, channel {}",
                    channel.variable.as_str(),
                    channel.name
                ),
                example: names.first().cloned().unwrap_or_default(),
            })?;
            let Some((variable, array)) = found else { continue };
            if asked.is_some_and(|asked| asked != variable && asked != channel.name) {
                continue;
            }
            channels.push(PickedChannel {
                name: channel.name.clone(),
                variable,
                array,
                values: self.vector(variable, array)?,
                unit: declared_unit(request).unwrap_or_else(|| channel.unit.clone()),
                position: channel.position.clone(),
                bearing: channel.bearing.clone(),
            });
        }
        match asked {
            Some(asked) if channels.is_empty() => {
                // A variable that the layout does not know is read as it is.
                let (variable, array) = self.find(asked, &names)?;
                let channel = self.plain_channel(variable, array, request)?;
                Ok(Picked { channels: vec![channel], prefix })
            }
            None if channels.is_empty() => {
                Err(self.no_channel(&format!("nothing matches the layout {}", layout.name)))
            }
            _ => Ok(Picked { channels, prefix }),
        }
    }

    fn by_shape(&self, request: &ReadRequest<'_>) -> Result<Picked<'a>> {
        if let Some(asked) = &request.variable {
            let (variable, array) = self.find(asked, &[])?;
            return Ok(Picked {
                channels: vec![self.plain_channel(variable, array, request)?],
                prefix: None,
            });
        }
        let candidates: Vec<_> = self
            .arrays
            .iter()
            .filter(|(_, array)| array.as_vector().is_some_and(|values| values.len() >= MIN_SAMPLES))
            .collect();
        let Some((first, rest)) = candidates.split_first() else {
            return Err(self.no_channel("no variable is a real vector of 2 or more numbers"));
        };
        let length = |array: &NamedArray| array.as_vector().map_or(0, <[f64]>::len);
        if rest.iter().any(|(_, array)| length(array) != length(first.1)) {
            let names: Vec<String> =
                candidates.iter().map(|(name, array)| format!("{name} ({})", array.describe())).collect();
            return Err(Error::SeveralRecordings {
                path: self.name.clone(),
                names: names.join(", "),
                why: "they differ in length, and no layout says which belong together".to_owned(),
                example: first.0.clone(),
            });
        }
        let channels: Result<_> =
            candidates.iter().map(|(name, array)| self.plain_channel(name, array, request)).collect();
        Ok(Picked { channels: channels?, prefix: None })
    }

    /// A channel of which nothing is known but its numbers.
    fn plain_channel(
        &self,
        variable: &'a str,
        array: &'a NamedArray,
        request: &ReadRequest<'_>,
    ) -> Result<PickedChannel<'a>> {
        let unknown = || Known::new(Unit::Unknown, Origin::Assumed, Phrase::word("the file states no unit"));
        Ok(PickedChannel {
            name: variable.to_owned(),
            variable,
            array,
            values: self.vector(variable, array)?,
            unit: declared_unit(request).unwrap_or_else(unknown),
            position: None,
            bearing: None,
        })
    }

    /// The numbers of a variable that has to be a real vector.
    fn vector(&self, variable: &str, array: &'a NamedArray) -> Result<&'a [f64]> {
        use crate::array::Values;
        if let Some(values) = array.as_vector().filter(|values| !values.is_empty()) {
            return Ok(values);
        }
        let what = match &array.values {
            Values::Unsupported(what) => what.clone(),
            Values::Real(values) if values.is_empty() => "empty".to_owned(),
            Values::Real(_) => format!("a matrix ({}): a channel is a vector", array.describe()),
            Values::Complex(_) => format!("complex ({}): a channel is real", array.describe()),
            _ => format!("no vector of numbers ({})", array.describe()),
        };
        Err(Error::Unsupported {
            path: self.name.clone(),
            variable: variable.to_owned(),
            what,
            help: "store each channel as a real, full vector; or choose another one with --variable"
                .to_owned(),
        })
    }

    fn find(&self, asked: &str, also: &[&str]) -> Result<(&'a str, &'a NamedArray)> {
        let names = || self.arrays.iter().map(|(name, _)| name.as_str());
        match self.arrays.iter().find(|(name, _)| name == asked) {
            Some((name, array)) => Ok((name, array)),
            None => Err(Error::VariableUnknown {
                path: self.name.clone(),
                asked: asked.to_owned(),
                suggestion: nearest(asked, names().chain(also.iter().copied())),
                available: self.listing(),
            }),
        }
    }

    /// Up to 12 variables with shape and class.
    fn listing(&self) -> String {
        let mut text: Vec<String> = self
            .arrays
            .iter()
            .take(12)
            .map(|(name, array)| format!("{name} ({})", array.describe()))
            .collect();
        if self.arrays.len() > text.len() {
            text.push(format!("and {} more", self.arrays.len() - text.len()));
        }
        if text.is_empty() { "no variables".to_owned() } else { text.join(", ") }
    }

    fn no_channel(&self, why: &str) -> Error {
        Error::NoChannel {
            path: self.name.clone(),
            why: format!("{why}; it holds {}", self.listing()),
            help: "name the variable with --variable, or describe the file in a layout".to_owned(),
        }
    }

    fn rate(
        &self,
        layout: Option<&Layout>,
        entry: Option<&Entry>,
        request: &ReadRequest<'_>,
        picked: &Picked<'_>,
    ) -> Result<Known<Hertz>> {
        if let Some(rate) = request.rate {
            let other = entry
                .filter(|entry| entry.rate != rate)
                .map(|entry| phrase!("the catalogue says {hz} Hz", hz = entry.rate.0));
            return Ok(Known::new(rate, Origin::Declared, given()).overriding(other));
        }
        if let Some(entry) = entry {
            return Ok(Known::new(entry.rate, entry.rate_origin, entry.rate_note.clone()));
        }
        match layout.and_then(|layout| Some((layout, layout.rate.as_ref()?))) {
            Some((layout, RateLayout::Fixed(rate))) => {
                return Ok(Known::new(
                    *rate,
                    Origin::Declared,
                    phrase!("layout {name}", name = &layout.name),
                ));
            }
            Some((_, RateLayout::Variable(quantity))) => {
                let found =
                    self.quantity(quantity, picked.prefix.as_deref(), "sampling rate", "--rate 12kHz")?;
                if let Some(found) = found {
                    return Ok(found);
                }
            }
            None => {}
        }
        // There is at least one channel, else picking them would have failed.
        let first = picked.channels.first();
        Err(Error::RateUnknown {
            path: self.name.clone(),
            variable: first.map(|c| c.variable.to_owned()).unwrap_or_default(),
            shape: first.map(|c| c.array.describe()).unwrap_or_default(),
            offset: first.map_or(0, |c| c.array.byte_offset),
        })
    }

    fn speed(
        &self,
        layout: Option<&Layout>,
        entry: Option<&Entry>,
        request: &ReadRequest<'_>,
        prefix: Option<&str>,
    ) -> Result<Option<Known<Hertz>>> {
        if let Some(speed) = request.speed {
            // The caller has the last word, but a contradiction is not swallowed.
            let own = self.speed(layout, entry, &ReadRequest { speed: None, ..request.clone() }, prefix);
            let other =
                own.ok().flatten().filter(|own| (own.value.0 / speed.0 - 1.0).abs() > 0.005).map(|own| {
                    phrase!(
                        "the recording says {rpm:.1} rpm ({note})",
                        rpm = own.value.to_rpm().0,
                        note = own.note
                    )
                });
            return Ok(Some(Known::new(speed, Origin::Declared, given()).overriding(other)));
        }
        let catalogued = entry.and_then(|entry| entry.speed.clone());
        // A nameplate speed gives way to what the file itself says.
        if let Some(speed) = catalogued.as_ref().filter(|speed| speed.origin != Origin::Nominal) {
            return Ok(Some(speed.clone()));
        }
        let in_file = match layout.and_then(|layout| layout.speed.as_ref()) {
            Some(quantity) => self.quantity(quantity, prefix, "shaft speed", "--speed 1797rpm")?,
            None => None,
        };
        Ok(in_file.or(catalogued))
    }

    /// A frequency from a variable; `None` when there is no such variable.
    fn quantity(
        &self,
        layout: &QuantityLayout,
        prefix: Option<&str>,
        quantity: &'static str,
        flag: &'static str,
    ) -> Result<Option<Known<Hertz>>> {
        let bad = |variable: String, why: String| Error::BadQuantity {
            path: self.name.clone(),
            variable,
            quantity,
            why,
            flag,
        };
        let found = only(&layout.variable, prefix, self.arrays).map_err(|names| {
            bad(layout.variable.as_str().to_owned(), format!("several variables match: {}", names.join(", ")))
        })?;
        let Some((variable, array)) = found else { return Ok(None) };
        let Some(value) = array.as_scalar() else {
            return Err(bad(
                variable.to_owned(),
                format!("one real number expected, {} found", array.describe()),
            ));
        };
        let hertz = layout.unit.hertz(value);
        if !hertz.0.is_finite() || hertz.0 <= 0.0 {
            let unit = match layout.unit {
                FrequencyUnit::Hertz => "Hz",
                FrequencyUnit::Rpm => "rpm",
            };
            return Err(bad(variable.to_owned(), format!("it holds {value} {unit}")));
        }
        Ok(Some(Known::new(hertz, Origin::File, phrase!("variable {variable}", variable))))
    }
}

fn declared_unit(request: &ReadRequest<'_>) -> Option<Known<Unit>> {
    request.unit.map(|unit| Known::new(unit, Origin::Declared, given()))
}

fn given() -> Phrase {
    Phrase::word("given by the caller")
}
