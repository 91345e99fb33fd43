//! Which arrays of a file are the channels of its recording: those that a layout names, else every real vector that is no axis.
//!
//! Only names, shapes and facts are looked at, so that a file whose samples were not read gives the same channels.

use crate::array::NamedArray;
use crate::axis_name::is_axis;
use crate::catalogue::Entry;
use crate::error::{Error, Result, nearest};
use crate::facts::{Facts, NoRate};
use crate::layout::Layout;
use crate::measured::{MeasuredChannels, no_vibration};
use crate::path_facts::PathFacts;
use crate::reading::{ReadRequest, given};
use crate::segments::WantedChannels;
use brinell_signal::{Known, Origin, Phrase, Unit, phrase};

/// Fewest samples for an array to be taken for a channel without a layout.
const MIN_SAMPLES: usize = 2;

/// The arrays of one file, with dotted names.
pub(crate) struct OpenFile<'a> {
    pub(crate) name: String,
    pub(crate) arrays: &'a [(String, &'a NamedArray)],
    /// What its path says, by the layout.
    pub(crate) path: Option<PathFacts>,
}

/// Channels that were chosen, of one length, before their samples are looked at.
pub(crate) struct Picked<'a> {
    pub(crate) channels: Vec<PickedChannel<'a>>,
    pub(crate) prefix: Option<String>,
}

pub(crate) struct PickedChannel<'a> {
    pub(crate) name: String,
    pub(crate) variable: &'a str,
    pub(crate) array: &'a NamedArray,
    /// Number of samples.
    pub(crate) length: usize,
    pub(crate) unit: Known<Unit>,
    /// What the values are multiplied by to be in that unit.
    pub(crate) factor: f64,
    pub(crate) position: Option<String>,
    pub(crate) bearing: Option<String>,
}

impl Picked<'_> {
    /// Why there is no rate, by the first channel that says so.
    pub(crate) fn no_rate(&self) -> Option<&NoRate> {
        self.channels.iter().find_map(|channel| channel.facts()?.no_rate.as_ref())
    }
}

impl PickedChannel<'_> {
    pub(crate) fn facts(&self) -> Option<&Facts> {
        self.array.facts.as_deref()
    }

    /// Why it is no vibration; `None` where it is, or may be.
    pub(crate) fn no_vibration(&self) -> Option<String> {
        let written = self.facts().and_then(|facts| facts.unit.as_ref()).map(|unit| unit.value.as_str());
        no_vibration(&self.name, written)
    }
}

impl<'a> Picked<'a> {
    /// The first statement of that kind among the channels.
    pub(crate) fn first<T>(&self, fact: impl Fn(&Facts) -> Option<T>) -> Option<T> {
        self.channels.iter().find_map(|c| fact(c.facts()?))
    }

    /// Samples of each channel.
    pub(crate) fn length(&self) -> usize {
        self.channels.first().map_or(0, |channel| channel.length)
    }

    /// Refuses channels of different lengths, in the words of a recording.
    pub(crate) fn of_one_length(self, path: &str) -> Result<Self> {
        let first = &self.channels[..self.channels.len().min(1)];
        for (first, channel) in
            first.iter().flat_map(|first| self.channels.iter().map(move |own| (first, own)))
        {
            if first.length != channel.length {
                let cause = brinell_signal::Error::UnequalLengths {
                    first: first.name.clone(),
                    first_samples: first.length,
                    channel: channel.name.clone(),
                    samples: channel.length,
                };
                return Err(Error::Recording { path: path.to_owned(), cause: cause.to_string() });
            }
        }
        Ok(self)
    }

    /// The channels that are wanted; all where none has the name that is.
    pub(crate) fn only(mut self, wanted: WantedChannels<'_>, path: &str) -> Result<Self> {
        let vibration = |own: &PickedChannel<'_>| own.no_vibration().is_none();
        match wanted {
            WantedChannels::First => {
                // Of channels that are none the first.
                let meant = self.channels.iter().position(vibration).unwrap_or(0);
                self.channels = self.channels.into_iter().skip(meant).take(1).collect();
            }
            WantedChannels::Named(name) => {
                if let Some(place) = self.channels.iter().position(|own| own.name == name) {
                    self.channels = vec![self.channels.swap_remove(place)];
                }
            }
            WantedChannels::Vibration => {
                self.measured().some_vibration(path)?;
                self.channels.retain(vibration);
            }
        }
        Ok(self)
    }

    /// The channels by what they measure.
    pub(crate) fn measured(&self) -> MeasuredChannels {
        let mut measured = MeasuredChannels::default();
        for channel in &self.channels {
            measured.add(channel.name.clone(), channel.no_vibration());
        }
        measured
    }

    pub(crate) fn bearings(&self) -> Vec<(String, String)> {
        self.channels.iter().filter_map(|c| Some((c.name.clone(), c.bearing.clone()?))).collect()
    }
}

impl<'a> OpenFile<'a> {
    pub(crate) fn by_layout(
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
            let channel = layout.channels.iter().find_map(|c| c.variable.named(asked))?;
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
                        self.arrays.iter().map(|(name, _)| name).find(|n| c.variable.named(n).is_some())
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
        for channel in layout.channels_of(self.arrays.len()) {
            let found = channel.variable.only(prefix.as_deref(), self.arrays);
            let found = found.map_err(|names| Error::SeveralRecordings {
                path: self.name.clone(),
                names: names.join(", "),
                why: format!("several variables match `{}`, channel {}", channel.variable, channel.name),
                example: names.first().cloned().unwrap_or_default(),
            })?;
            let Some((variable, array)) = found else { continue };
            if asked.is_some_and(|asked| asked != variable && asked != channel.name) {
                continue;
            }
            // What the layout leaves open is what the file says.
            let plain = self.plain_channel(variable, array, request)?;
            let by_layout = Some(&channel.unit).filter(|unit| unit.value != Unit::Unknown);
            let (unit, factor) = match (by_layout, request.unit) {
                (Some(own), None) => (own.clone(), 1.0),
                (Some(own), Some(unit)) if own.value != unit => {
                    let other = phrase!(
                        "the recording says {unit} ({note})",
                        unit = own.value.to_string(),
                        note = &own.note
                    );
                    (declared(unit, Some(other)), 1.0)
                }
                _ => (plain.unit, plain.factor),
            };
            channels.push(PickedChannel {
                name: channel.name.clone(),
                unit,
                factor,
                position: channel.position.clone().or(plain.position),
                bearing: channel.bearing.clone(),
                ..plain
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

    pub(crate) fn by_shape(&self, request: &ReadRequest<'_>) -> Result<Picked<'a>> {
        if let Some(asked) = &request.variable {
            let (variable, array) = self.find(asked, &[])?;
            return Ok(Picked {
                channels: vec![self.plain_channel(variable, array, request)?],
                prefix: None,
            });
        }
        let vectors: Vec<_> = self
            .arrays
            .iter()
            .filter(|(_, array)| array.vector_length().is_some_and(|length| length >= MIN_SAMPLES))
            .collect();
        let is_channel =
            |name: &String, array: &NamedArray| request.channels.contains(name) || !is_axis(name, array);
        let samples: Vec<_> = vectors.iter().copied().filter(|(name, own)| is_channel(name, own)).collect();
        // Where all there is has the name of an axis, the name says nothing.
        let candidates = if samples.is_empty() { vectors } else { samples };
        let Some((first, rest)) = candidates.split_first() else {
            return Err(self.no_channel("no variable is a real vector of 2 or more numbers"));
        };
        if rest.iter().any(|(_, array)| array.vector_length() != first.1.vector_length()) {
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
        let facts = array.facts.as_deref();
        let unknown = || Known::new(Unit::Unknown, Origin::Assumed, Phrase::word("the file states no unit"));
        let in_file = || facts.and_then(Facts::unit).unwrap_or_else(|| (unknown(), 1.0));
        let (unit, factor) = match request.unit {
            Some(unit) => (declared(unit, facts.and_then(|facts| contradiction(unit, facts))), 1.0),
            None => in_file(),
        };
        Ok(PickedChannel {
            name: variable.to_owned(),
            variable,
            array,
            length: self.length(variable, array)?,
            unit,
            factor,
            position: facts.and_then(|facts| Some(facts.position.as_ref()?.value.clone())),
            bearing: None,
        })
    }

    /// How many numbers a variable holds that has to be a real vector.
    fn length(&self, variable: &str, array: &NamedArray) -> Result<usize> {
        use crate::array::Values;
        if let Some(length) = array.vector_length().filter(|&length| length > 0) {
            return Ok(length);
        }
        let what = match &array.values {
            Values::Unsupported(what) => what.clone(),
            Values::Real(values) if values.is_empty() => "empty".to_owned(),
            Values::Real(_) | Values::Unread => {
                format!("a matrix ({}): a channel is a vector", array.describe())
            }
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
}

/// The unit that the caller gives, with what is said instead.
fn declared(unit: Unit, other: Option<Phrase>) -> Known<Unit> {
    Known::new(unit, Origin::Declared, given()).overriding(other)
}

/// What a file says of a unit where it is another one, or another scale of it.
fn contradiction(unit: Unit, facts: &Facts) -> Option<Phrase> {
    let (own, factor) = facts.unit()?;
    let stated = facts.unit.as_ref()?;
    let other = own.value != Unit::Unknown && (own.value, factor) != (unit, 1.0);
    other.then(|| {
        phrase!(
            "the recording says {unit} ({note})",
            unit = &stated.value,
            note = Phrase::verbatim(&*stated.place)
        )
    })
}
