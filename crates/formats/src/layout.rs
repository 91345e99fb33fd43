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
//! Fields of structs are written with dots: `bearing.gs`.
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
use crate::pattern::Pattern;
use crate::raw::RawLayout;
use crate::toml_text;
use brinell_signal::{Hertz, Known, Origin, Phrase, Rpm, Unit, parse_frequency, phrase};
use serde::Deserialize;
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
    /// Where the shaft speed is.
    pub speed: Option<QuantityLayout>,
    /// Where the sampling rate is.
    pub rate: Option<RateLayout>,
    /// How the numbers of a file without any header lie.
    pub raw: Option<RawLayout>,
}

/// One channel of a layout.
#[derive(Debug, Clone, PartialEq)]
pub struct ChannelLayout {
    /// Name of the channel, e.g. `DE`.
    pub name: String,
    /// Variable that holds it.
    pub variable: Pattern,
    /// Unit of its samples.
    pub unit: Known<Unit>,
    /// Where the sensor sits.
    pub position: Option<String>,
    /// Designation of the bearing under the sensor.
    pub bearing: Option<String>,
}

/// A variable that holds a frequency.
#[derive(Debug, Clone, PartialEq)]
pub struct QuantityLayout {
    /// The variable: one number.
    pub variable: Pattern,
    /// Its unit.
    pub unit: FrequencyUnit,
}

/// The sampling rate: fixed, or in a variable.
#[derive(Debug, Clone, PartialEq)]
pub enum RateLayout {
    /// The same for all files of this layout.
    Fixed(Hertz),
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
    speed: Option<QuantityText>,
    rate: Option<Spanned<RateText>>,
    raw: Option<Spanned<RawLayout>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChannelText {
    name: Spanned<String>,
    variable: Pattern,
    unit: Option<Spanned<String>>,
    unit_origin: Option<Origin>,
    #[serde(default)]
    unit_note: String,
    position: Option<String>,
    bearing: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct QuantityText {
    variable: Pattern,
    unit: FrequencyUnit,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RateText {
    value: Option<Spanned<String>>,
    variable: Option<Pattern>,
    unit: Option<FrequencyUnit>,
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
            channels.push(ChannelLayout {
                name: channel.name.into_inner(),
                variable: channel.variable,
                unit: Known::new(unit, channel.unit_origin.unwrap_or(Origin::Assumed), note),
                position: channel.position,
                bearing: channel.bearing,
            });
        }
        let rate = match parsed.rate {
            None => None,
            Some(rate) => {
                let span = rate.span();
                let rate = rate.into_inner();
                Some(match (rate.value, rate.variable, rate.unit) {
                    (Some(value), None, None) => RateLayout::Fixed(
                        parse_frequency(value.get_ref()).map_err(|e| wrong(value.span(), e.to_string()))?,
                    ),
                    (None, Some(variable), Some(unit)) => {
                        RateLayout::Variable(QuantityLayout { variable, unit })
                    }
                    _ => {
                        let message = "[rate] needs either `value`, or `variable` and `unit`".to_owned();
                        return Err(wrong(span, message));
                    }
                })
            }
        };
        if let Some(fault) = parsed.raw.as_ref().and_then(|raw| raw.get_ref().fault()) {
            return Err(wrong(parsed.raw.map_or(0..0, |raw| raw.span()), fault));
        }
        Ok(Self {
            raw: parsed.raw.map(Spanned::into_inner),
            name: parsed.name.unwrap_or_else(|| name.to_owned()),
            prefix: parsed.prefix,
            channels,
            speed: parsed.speed.map(|s| QuantityLayout { variable: s.variable, unit: s.unit }),
            rate,
        })
    }

    /// Prefixes under which variables match a channel, in file order; one `None` when channels
    /// match and use no prefix; empty when no channel matches.
    pub(crate) fn prefixes(&self, arrays: &[(String, &NamedArray)]) -> Vec<Option<String>> {
        let mut prefixes: Vec<Option<String>> = Vec::new();
        for (name, _) in arrays {
            for channel in &self.channels {
                let Some(found) = channel.variable.matches(name, None) else { continue };
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
