//! What the path of a file says of its recording, as a layout's `[path]` table reads it: speed, load, bearing, fault.

use crate::layout::FrequencyUnit;
use crate::path_pattern::{Captures, PathPattern};
use crate::toml_text;
use brinell_signal::{Hertz, Known, Origin, phrase};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;
use toml::Spanned;

/// Parts of a date and time that a pattern may capture, in their order.
const MOMENT: [&str; 6] = ["year", "month", "day", "hour", "minute", "second"];

/// Words in which a fault is stated; several parts are joined by `+`.
const FAULTS: [&str; 5] = ["normal", "inner", "outer", "ball", "cage"];

/// The `[path]` table of a layout.
#[derive(Debug, Clone, PartialEq)]
pub struct PathLayout {
    /// Patterns of paths; the first that fits counts.
    pub patterns: Vec<PathPattern>,
    /// How each fact is told from what was captured, by its name.
    facts: BTreeMap<&'static str, FactLayout>,
}

/// How one fact is told.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct FactLayout {
    /// The capture that states it; that of its own name where it is left out.
    from: Option<String>,
    /// Unit of a number.
    unit: Option<String>,
    /// What a number is multiplied by.
    times: Option<f64>,
    /// What is written, and what it means; nothing else fits the pattern then.
    words: BTreeMap<String, String>,
    /// How good a speed or rate is: `nominal` where it is left out.
    origin: Option<Origin>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PathText {
    patterns: Vec<Spanned<String>>,
    speed: Option<Spanned<FactLayout>>,
    rate: Option<Spanned<FactLayout>>,
    load: Option<Spanned<FactLayout>>,
    size_mm: Option<Spanned<FactLayout>>,
    fault: Option<Spanned<FactLayout>>,
    position: Option<Spanned<FactLayout>>,
    bearing: Option<Spanned<FactLayout>>,
    bearing_id: Option<Spanned<FactLayout>>,
}

/// What a path says of its recording; what it does not say is empty.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PathFacts {
    /// Shaft speed.
    pub speed: Option<Known<Hertz>>,
    /// Sampling rate.
    pub rate: Option<Known<Hertz>>,
    /// Load, with its unit.
    pub load: Option<String>,
    /// What the recording shows: `normal`, or damaged parts joined by `+`.
    pub fault: Option<String>,
    /// Size of the fault in millimetres.
    pub size_mm: Option<f64>,
    /// Position of the fault.
    pub position: Option<String>,
    /// Designation of the bearing.
    pub bearing: Option<String>,
    /// The physical bearing.
    pub bearing_id: Option<String>,
    /// Time of the first sample, ISO 8601.
    pub start: Option<String>,
}

/// Names of the facts in the order of [`PathText`], and whether each is a number.
const FACTS: [(&str, bool); 8] = [
    ("speed", true),
    ("rate", true),
    ("load", true),
    ("size_mm", true),
    ("fault", false),
    ("position", false),
    ("bearing", false),
    ("bearing_id", false),
];

impl PathText {
    /// Checks the table; a wrong one gives a place in the text, and what is wrong.
    pub(crate) fn check(self) -> Result<PathLayout, (std::ops::Range<usize>, String)> {
        let mut patterns = Vec::new();
        for text in &self.patterns {
            patterns.push(PathPattern::parse(text.get_ref()).map_err(|why| (text.span(), why))?);
        }
        let stated = [
            self.speed,
            self.rate,
            self.load,
            self.size_mm,
            self.fault,
            self.position,
            self.bearing,
            self.bearing_id,
        ];
        let mut facts = BTreeMap::new();
        for ((name, is_number), own) in FACTS.into_iter().zip(stated) {
            let Some(own) = own else { continue };
            let span = own.span();
            let own = own.into_inner();
            let capture = own.from.as_deref().unwrap_or(name);
            if !patterns.iter().any(|pattern| pattern.names().any(|name| name == capture)) {
                return Err((
                    span,
                    format!("no pattern captures {{{capture}}}, from which `{name}` is to be told"),
                ));
            }
            if let Some(why) = own.wrong(name, is_number) {
                return Err((span, why));
            }
            facts.insert(name, own);
        }
        // A number needs its unit, and a fault its words.
        for pattern in &patterns {
            for name in ["speed", "rate", "load", "fault"] {
                if pattern.names().any(|own| own == name) && !facts.contains_key(name) {
                    let why = format!(
                        "`{}` captures {{{name}}}: a table [path.{name}] has to say how it is read",
                        pattern.as_str()
                    );
                    return Err((self.patterns.first().map_or(0..0, Spanned::span), why));
                }
            }
        }
        if patterns.is_empty() {
            return Err((0..0, "[path] needs at least one of `patterns`".to_owned()));
        }
        Ok(PathLayout { patterns, facts })
    }
}

impl FactLayout {
    /// What is wrong with it, in words.
    fn wrong(&self, name: &str, is_number: bool) -> Option<String> {
        if !is_number && (self.unit.is_some() || self.times.is_some()) {
            return Some(format!("`{name}` is no number: it has neither `unit` nor `times`"));
        }
        if self.times.is_some_and(|times| !times.is_finite() || times == 0.0) {
            return Some("`times` is a number other than 0".to_owned());
        }
        match name {
            "speed" | "rate" if self.frequency().is_none() => {
                Some(format!("`{name}` needs unit = \"Hz\" or \"rpm\""))
            }
            "load" if self.unit.is_none() => Some("`load` needs a `unit`".to_owned()),
            "size_mm" if self.unit.is_some() => Some("`size_mm` is in millimetres: use `times`".to_owned()),
            "fault" if self.words.is_empty() => Some("`fault` needs `words`".to_owned()),
            "fault" => self
                .words
                .values()
                .find(|word| !word.split('+').all(|part| FAULTS.contains(&part)))
                .map(|word| {
                    format!("unknown fault `{word}`: {} expected, or several joined by +", FAULTS.join(", "))
                }),
            _ => None,
        }
    }

    fn frequency(&self) -> Option<FrequencyUnit> {
        match self.unit.as_deref()? {
            "Hz" => Some(FrequencyUnit::Hertz),
            "rpm" => Some(FrequencyUnit::Rpm),
            _ => None,
        }
    }

    /// What is written, in the meaning of its word.
    fn text<'a>(&'a self, written: &'a str) -> Option<&'a str> {
        match self.words.get(written) {
            Some(word) => Some(word),
            None => self.words.is_empty().then_some(written),
        }
    }

    fn number(&self, written: &str) -> Option<f64> {
        let value: f64 = self.text(written)?.parse().ok()?;
        Some(value * self.times.unwrap_or(1.0)).filter(|value| value.is_finite())
    }
}

impl PathLayout {
    /// Whether a path fits one of the patterns.
    #[must_use]
    pub fn fits(&self, path: &Path) -> bool {
        self.captures(path).is_some()
    }

    /// What a path says; `None` where it fits no pattern.
    #[must_use]
    pub fn facts(&self, path: &Path, layout: &str) -> Option<PathFacts> {
        let captures = self.captures(path)?;
        let captured =
            |name: &str| captures.iter().find(|(own, _)| *own == name).map(|(_, text)| text.as_str());
        let plain = FactLayout::default();
        let fact = |name: &str| {
            let own = self.facts.get(name).unwrap_or(&plain);
            Some((own, captured(own.from.as_deref().unwrap_or(name))?))
        };
        let text = |name| fact(name).and_then(|(own, written)| own.text(written)).map(str::to_owned);
        let number = |name| fact(name).and_then(|(own, written)| own.number(written));
        let frequency = |name| {
            let (own, written) = fact(name)?;
            let value = own.frequency()?.hertz(own.number(written)?);
            let note = phrase!("{written} in its path, layout {layout}", written, layout);
            value.is_positive().then(|| Known::new(value, own.origin.unwrap_or(Origin::Nominal), note))
        };
        let moment: Vec<&str> = MOMENT.iter().filter_map(|name| captured(name)).collect();
        let start = match moment[..] {
            [year, month, day, hour, minute, second] => {
                Some(format!("{year}-{month}-{day}T{hour}:{minute}:{second}"))
            }
            [year, month, day] => Some(format!("{year}-{month}-{day}")),
            _ => None,
        };
        let load = fact("load")
            .and_then(|(own, written)| Some(format!("{} {}", own.number(written)?, own.unit.as_deref()?)));
        Some(PathFacts {
            speed: frequency("speed"),
            rate: frequency("rate"),
            load,
            fault: text("fault"),
            size_mm: number("size_mm"),
            position: text("position"),
            bearing: text("bearing"),
            bearing_id: text("bearing_id"),
            start,
        })
    }

    fn captures(&self, path: &Path) -> Option<Captures<'_>> {
        let fits = |name: &str, text: &str| {
            if MOMENT.contains(&name) {
                return text.bytes().all(|byte| byte.is_ascii_digit());
            }
            let number = |text: &str| {
                text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') && text.parse::<f64>().is_ok()
            };
            FACTS.iter().all(|(fact, is_number)| {
                let own = self.facts.get(fact);
                if own.and_then(|own| own.from.as_deref()).unwrap_or(fact) != name {
                    return true;
                }
                match own {
                    Some(own) if !own.words.is_empty() => own.words.contains_key(text),
                    _ => !is_number || number(text),
                }
            })
        };
        self.patterns.iter().find_map(|pattern| pattern.matches(path, &fits))
    }
}

/// A `[path]` table from its text.
pub(crate) fn checked(parsed: PathText, text: &str, name: &str) -> crate::error::Result<PathLayout> {
    parsed.check().map_err(|(span, why)| toml_text::at(text, name, span, why))
}
