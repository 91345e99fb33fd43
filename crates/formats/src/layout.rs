//! Layouts: which variable of a file is which channel, speed or rate.
//!
//! ```toml
//! name = "press"
//!
//! [[channel]]
//! name = "motor"
//! variable = "*_motor"          # * is any run of characters, {prefix} a run shared by all variables
//! unit = "g"
//! unit_origin = "declared"      # file, declared, measured, estimated, nominal or assumed (the default)
//! unit_note = "100 mV/g, data sheet"
//! position = "motor, drive side, 12 o'clock"
//! bearing = "6205"              # the bearing under this sensor
//!
//! [speed]
//! variable = "*_speed"
//! unit = "rpm"                  # or "Hz"
//!
//! [rate]
//! value = "25.6kHz"             # or: variable = "fs", unit = "Hz"
//! ```
//!
//! Fields of structs are written with dots: `bearing.gs`. Columns of a matrix are `data.1`, `data.2`... Where `elements = "Name"`
//! stands at the top, an element of a struct array goes by its field `Name`: `Y.vibration_1.Data`. A channel may have the `number`
//! of its array in the file in place of `variable`; one with `arrays = 8` is a channel only in files that hold so many arrays.
//! `[rate]` and `[speed]` may have an `origin` and a `note` beside their `value`; of a variable with several numbers
//! `first = true` takes the first.
//!
//! What the path of a file states is read by one more table ([`PathLayout`](crate::PathLayout)):
//!
//! ```toml
//! [path]
//! # The last parts of the path; the first pattern that fits counts. * is any run of characters, {name} one that is captured.
//! patterns = ["{speed}Hz{load}kN/{bearing_id}/*.csv"]
//!
//! [path.speed]                  # speed, rate, load, size_mm: numbers; fault, position, bearing, bearing_id: words
//! unit = "Hz"                   # or "rpm"; of a load any text
//! times = 1                     # what the number is multiplied by
//! origin = "nominal"            # of a speed or rate; nominal where it is left out
//!
//! [path.fault]
//! from = "kind"                 # the capture that states it, where its name is another
//! words = { IR = "inner", N = "normal" }  # what is written and what it means; nothing else fits then
//! ```
//!
//! The captures `year`, `month`, `day`, `hour`, `minute` and `second` are the time of the first sample.
//!
//! A file of bare numbers is described by one more table; its channels are then `channel 1`, `channel 2`...
//!
//! ```toml
//! [raw]
//! type = "i16"                  # i8 to i64, u8 to u64, f32, f64
//! byte_order = "little"         # the default, or big
//! channels = 2                  # 1 where it is left out
//! interleaved = true            # the default; false: one channel after the other
//! header_bytes = 0              # bytes before the first number, 0 where it is left out
//! scale = 0.0001                # what each number is multiplied by, 1 where it is left out
//! ```

use crate::array::NamedArray;
use crate::error::Result;
use crate::path_facts::{self, PathLayout, PathText};
use crate::pattern::{Match, Pattern};
use crate::raw::RawLayout;
use crate::toml_text;
use brinell_signal::{
    Hertz, Known, Origin, Phrase, Rpm, Unit, UnitError, parse_frequency, parse_shaft_speed, phrase,
};
use serde::Deserialize;
use std::fmt;
use toml::Spanned;

/// How the variables of a file become a recording.
#[derive(Debug, Clone, PartialEq)]
pub struct Layout {
    /// Name, for messages.
    pub name: String,
    /// What a prefix looks like: `*` stands for any run of characters.
    pub prefix: Option<Pattern>,
    /// The channels, in order.
    pub channels: Vec<ChannelLayout>,
    /// The field by which elements of struct arrays go.
    pub elements: Option<String>,
    /// Where the shaft speed is.
    pub speed: Option<FrequencyLayout>,
    /// Where the sampling rate is.
    pub rate: Option<FrequencyLayout>,
    /// What the path of a file says.
    pub path: Option<PathLayout>,
    /// How the numbers of a file without any header lie.
    pub raw: Option<RawLayout>,
}

/// One channel of a layout.
#[derive(Debug, Clone, PartialEq)]
pub struct ChannelLayout {
    /// Name of the channel, e.g. `DE`.
    pub name: String,
    /// Variable that holds it.
    pub variable: ChannelVariable,
    /// Unit of its samples.
    pub unit: Known<Unit>,
    /// Where the sensor sits.
    pub position: Option<String>,
    /// Designation of the bearing under the sensor.
    pub bearing: Option<String>,
    /// How many arrays a file holds in which this is a channel; any number where it is `None`.
    pub arrays: Option<usize>,
}

/// Which array of a file is a channel.
#[derive(Debug, Clone, PartialEq)]
pub enum ChannelVariable {
    /// The one whose name fits.
    Named(Pattern),
    /// The one that stands there in the file, from 1.
    Numbered(usize),
}

impl ChannelVariable {
    /// How it matches an array, of this place and name.
    fn matches(&self, at: usize, name: &str) -> Option<Match> {
        match self {
            Self::Named(pattern) => pattern.matches(name, None),
            Self::Numbered(number) => (at + 1 == *number).then_some(Match { prefix: None }),
        }
    }

    /// How it matches a name alone.
    pub(crate) fn named(&self, name: &str) -> Option<Match> {
        match self {
            Self::Named(pattern) => pattern.matches(name, None),
            Self::Numbered(_) => None,
        }
    }

    /// The only array that it means, with the names of all when there are several.
    pub(crate) fn only<'a, 'n>(
        &self,
        prefix: Option<&str>,
        arrays: &'n [(String, &'a NamedArray)],
    ) -> std::result::Result<Option<(&'n str, &'a NamedArray)>, Vec<String>> {
        match self {
            Self::Named(pattern) => only(pattern, prefix, arrays),
            Self::Numbered(number) => Ok(number
                .checked_sub(1)
                .and_then(|at| arrays.get(at))
                .map(|(name, array)| (name.as_str(), *array))),
        }
    }
}

impl fmt::Display for ChannelVariable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(pattern) => f.write_str(pattern.as_str()),
            Self::Numbered(number) => write!(f, "array {number}"),
        }
    }
}

/// A variable that holds a frequency.
#[derive(Debug, Clone, PartialEq)]
pub struct QuantityLayout {
    /// The variable: one number.
    pub variable: Pattern,
    /// Its unit.
    pub unit: FrequencyUnit,
    /// Whether it is the first of several numbers.
    pub first: bool,
}

/// A sampling rate or shaft speed: fixed, or in a variable.
#[derive(Debug, Clone, PartialEq)]
pub enum FrequencyLayout {
    /// The same for all files of this layout.
    Fixed(Known<Hertz>),
    /// In a variable.
    Variable(QuantityLayout),
}

/// Unit of a speed or rate variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum FrequencyUnit {
    /// Per second.
    #[serde(rename = "Hz")]
    Hertz,
    /// Revolutions per minute.
    #[serde(rename = "rpm")]
    Rpm,
}

impl FrequencyUnit {
    /// A number of this unit as a frequency.
    #[must_use]
    pub fn hertz(self, value: f64) -> Hertz {
        match self {
            Self::Hertz => Hertz(value),
            Self::Rpm => Rpm(value).to_hertz(),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LayoutText {
    name: Option<String>,
    prefix: Option<Pattern>,
    #[serde(default, rename = "channel")]
    channels: Vec<Spanned<ChannelText>>,
    elements: Option<String>,
    speed: Option<Spanned<FrequencyText>>,
    rate: Option<Spanned<FrequencyText>>,
    path: Option<PathText>,
    raw: Option<Spanned<RawLayout>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChannelText {
    name: Spanned<String>,
    variable: Option<Pattern>,
    number: Option<usize>,
    unit: Option<Spanned<String>>,
    unit_origin: Option<Origin>,
    #[serde(default)]
    unit_note: String,
    position: Option<String>,
    bearing: Option<String>,
    arrays: Option<usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FrequencyText {
    value: Option<Spanned<String>>,
    origin: Option<Origin>,
    note: Option<String>,
    variable: Option<Pattern>,
    unit: Option<FrequencyUnit>,
    #[serde(default)]
    first: bool,
}

impl FrequencyText {
    /// What it says; a wrong one gives its place in the text, and what is wrong.
    fn read(
        own: Spanned<Self>,
        table: &str,
        layout: &str,
        parse: fn(&str) -> std::result::Result<Hertz, UnitError>,
    ) -> std::result::Result<FrequencyLayout, (std::ops::Range<usize>, String)> {
        let span = own.span();
        match own.into_inner() {
            Self { value: Some(value), origin, note, variable: None, unit: None, first: false } => {
                let frequency = parse(value.get_ref()).map_err(|error| (value.span(), error.to_string()))?;
                let note = note.map_or_else(|| phrase!("layout {name}", name = layout), Phrase::from);
                Ok(FrequencyLayout::Fixed(Known::new(frequency, origin.unwrap_or(Origin::Declared), note)))
            }
            Self {
                value: None,
                origin: None,
                note: None,
                variable: Some(variable),
                unit: Some(unit),
                first,
            } => Ok(FrequencyLayout::Variable(QuantityLayout { variable, unit, first })),
            _ => {
                let why = format!(
                    "[{table}] needs either `value` (with `origin` and `note`, where you like), or `variable` and `unit`"
                );
                Err((span, why))
            }
        }
    }
}

impl Layout {
    /// Parses a layout; `name` stands for the file in messages.
    ///
    /// # Errors
    /// [`crate::Error::Toml`] with line and column, for a wrong key with the nearest right one.
    pub fn parse(text: &str, name: &str) -> Result<Self> {
        let parsed: LayoutText = toml_text::parse(text, name)?;
        let wrong = |span, message: String| toml_text::at(text, name, span, message);
        if parsed.channels.is_empty() {
            return Err(wrong(0..0, "a layout needs at least one [[channel]]".to_owned()));
        }
        let mut channels: Vec<ChannelLayout> = Vec::with_capacity(parsed.channels.len());
        for channel in parsed.channels {
            let channel = channel.into_inner();
            let label = channel.name.get_ref();
            if label.is_empty() || channels.iter().any(|c| c.name == *label) {
                let message = format!("channel name `{label}`: every channel needs a name of its own");
                return Err(wrong(channel.name.span(), message));
            }
            let unit = match &channel.unit {
                None => Unit::Unknown,
                Some(unit) => unit.get_ref().parse::<Unit>().map_err(|_| {
                    let message =
                        format!("unknown unit `{}`; known: g, m/s2, mm/s, um, V, ?", unit.get_ref());
                    wrong(unit.span(), message)
                })?,
            };
            let note = match (&channel.unit, channel.unit_note.is_empty()) {
                (None, true) => Phrase::word("the layout gives no unit"),
                (Some(_), true) => phrase!("layout {name}", name = parsed.name.as_deref().unwrap_or(name)),
                _ => channel.unit_note.into(),
            };
            let variable = match (channel.variable, channel.number) {
                (Some(variable), None) => ChannelVariable::Named(variable),
                (None, Some(number)) if number > 0 => ChannelVariable::Numbered(number),
                _ => {
                    let message = format!("channel `{label}` needs either `variable`, or a `number` from 1");
                    return Err(wrong(channel.name.span(), message));
                }
            };
            channels.push(ChannelLayout {
                name: channel.name.into_inner(),
                variable,
                unit: Known::new(unit, channel.unit_origin.unwrap_or(Origin::Assumed), note),
                position: channel.position,
                bearing: channel.bearing,
                arrays: channel.arrays,
            });
        }
        let own_name = parsed.name.unwrap_or_else(|| name.to_owned());
        let frequency = |own: Option<_>, table, parse| {
            let read = own.map(|own| FrequencyText::read(own, table, &own_name, parse)).transpose();
            read.map_err(|(span, why)| wrong(span, why))
        };
        let speed = frequency(parsed.speed, "speed", parse_shaft_speed)?;
        let rate = frequency(parsed.rate, "rate", parse_frequency)?;
        let path = parsed.path.map(|path| path_facts::checked(path, text, name)).transpose()?;
        if let Some(fault) = parsed.raw.as_ref().and_then(|raw| raw.get_ref().fault()) {
            return Err(wrong(parsed.raw.map_or(0..0, |raw| raw.span()), fault));
        }
        Ok(Self {
            raw: parsed.raw.map(Spanned::into_inner),
            name: own_name,
            prefix: parsed.prefix,
            channels,
            elements: parsed.elements,
            speed,
            rate,
            path,
        })
    }

    /// The channels of a file that holds so many arrays.
    pub(crate) fn channels_of(&self, arrays: usize) -> impl Iterator<Item = &ChannelLayout> {
        self.channels.iter().filter(move |channel| channel.arrays.is_none_or(|own| own == arrays))
    }

    /// Prefixes under which variables match a channel, in file order; one `None` when channels
    /// match and use no prefix; empty when no channel matches.
    pub(crate) fn prefixes(&self, arrays: &[(String, &NamedArray)]) -> Vec<Option<String>> {
        let mut prefixes: Vec<Option<String>> = Vec::new();
        for (at, (name, _)) in arrays.iter().enumerate() {
            for channel in self.channels_of(arrays.len()) {
                let Some(found) = channel.variable.matches(at, name) else { continue };
                let fits = match (&found.prefix, &self.prefix) {
                    (Some(prefix), Some(pattern)) => pattern.matches(prefix, None).is_some(),
                    _ => true,
                };
                if fits && !prefixes.contains(&found.prefix) {
                    prefixes.push(found.prefix);
                }
            }
        }
        prefixes
    }
}

/// The only array that a pattern names, with the error's list when there are several.
pub(crate) fn only<'a, 'n>(
    pattern: &Pattern,
    prefix: Option<&str>,
    arrays: &'n [(String, &'a NamedArray)],
) -> std::result::Result<Option<(&'n str, &'a NamedArray)>, Vec<String>> {
    let matching: Vec<_> =
        arrays.iter().filter(|(name, _)| pattern.matches(name, prefix).is_some()).collect();
    match matching.as_slice() {
        [] => Ok(None),
        [(name, array)] => Ok(Some((name, array))),
        several => Err(several.iter().map(|(name, _)| name.clone()).collect()),
    }
}
