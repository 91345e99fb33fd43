//! Sentences as data: an English wording with named blanks, and what fills them. A wording is the key under which a
//! catalogue of another language holds its own; what was read from a file or given by a user is no wording and stays as
//! it is in every language.

use serde::de::Deserializer;
use serde::ser::{SerializeMap, Serializer};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

/// A sentence, part of one, or a list of them.
///
/// Its [`Display`](fmt::Display) is the English text; [`Phrase::in_words`] is that of another catalogue.
/// In JSON it is an object: `text` in English and, unless it is verbatim, its `wording` and `values`. A bare string is
/// read as a verbatim text.
///
/// A blank `{name}` may carry how its value is written: `{x:.2}` two decimals, `{x:+.2}` with its sign, `{x:.1e}`
/// scientific, `{n:line|lines}` a number with what it counts, `{p:^}` with a capital first letter.
///
/// ```
/// use brinell_signal::phrase;
/// let comb = phrase!("a comb at {hz:.1} Hz", hz = 162.19);
/// let all = phrase!("{comb:^}: {n:line stands|lines stand} out", comb, n = 1);
/// assert_eq!(all.to_string(), "A comb at 162.2 Hz: 1 line stands out");
/// let chinese = |wording: &str| match wording {
///     "a comb at {hz:.1} Hz" => Some("{hz:.1} Hz 处的谐波族"),
///     "{comb:^}: {n:line stands|lines stand} out" => Some("{comb}：{n} 条谱线突出"),
///     _ => None,
/// };
/// assert_eq!(all.in_words(&chinese), "162.2 Hz 处的谐波族：1 条谱线突出");
/// ```
#[derive(Debug, Clone, PartialEq)]
pub enum Phrase {
    /// The same in every language: a name, a number with its unit, what a file says.
    Verbatim(String),
    /// A wording and what fills its blanks.
    Said {
        /// English, with blanks.
        wording: Cow<'static, str>,
        /// Name and value of each blank, by name.
        values: Vec<(Cow<'static, str>, Value)>,
    },
    /// Several phrases in a row.
    List {
        /// What stands between them.
        joint: Joint,
        /// In order.
        items: Vec<Phrase>,
    },
}

/// What fills a blank.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A finite number.
    Number(f64),
    /// A phrase.
    Phrase(Phrase),
}

/// What stands between the phrases of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Joint {
    /// Whole sentences, one after the other.
    Sentences,
    /// `a, b, c`.
    Comma,
    /// `a; b; c`.
    Semicolon,
    /// `a and b and c`.
    And,
    /// `a or b or c`.
    Or,
}

impl Joint {
    /// In English; the key in a catalogue.
    pub fn wording(self) -> &'static str {
        match self {
            Joint::Sentences => " ",
            Joint::Comma => ", ",
            Joint::Semicolon => "; ",
            Joint::And => " and ",
            Joint::Or => " or ",
        }
    }
}

/// A [`Phrase`] from a wording and the values of its blanks: `phrase!("{n:line|lines} at {hz:.1} Hz", n = 3, hz)`.
#[macro_export]
macro_rules! phrase {
    ($wording:literal $(, $name:ident $(= $value:expr)?)* $(,)?) => {
        $crate::Phrase::said($wording, vec![$((stringify!($name).into(), $crate::phrase!(@ $name $(= $value)?))),*])
    };
    (@ $name:ident) => { $crate::PhraseValue::from($name) };
    (@ $name:ident = $value:expr) => { $crate::PhraseValue::from($value) };
}

impl Phrase {
    /// What is the same in every language.
    pub fn verbatim(text: impl Into<String>) -> Self {
        Phrase::Verbatim(text.into())
    }

    /// A word or sentence of the program without blanks.
    pub fn word(wording: &'static str) -> Self {
        Phrase::Said { wording: Cow::Borrowed(wording), values: Vec::new() }
    }

    /// A name of the program that is known only when it runs, such as that of an indicator: where a catalogue has it,
    /// it is translated, else it stays as it is.
    pub fn named(name: &str) -> Self {
        Phrase::Said { wording: Cow::Owned(name.to_owned()), values: Vec::new() }
    }

    /// A wording with its values; [`phrase!`](crate::phrase) writes this.
    pub fn said(wording: &'static str, mut values: Vec<(Cow<'static, str>, Value)>) -> Self {
        values.sort_by(|a, b| a.0.cmp(&b.0));
        debug_assert!(
            {
                let mut blanks: Vec<&str> = blanks(wording).collect();
                blanks.sort_unstable();
                blanks.dedup();
                values.iter().map(|(name, _)| name.as_ref()).eq(blanks)
            },
            "the blanks of {wording:?} are not those of its values"
        );
        Phrase::Said { wording: Cow::Borrowed(wording), values }
    }

    /// A wording that is data itself, such as a rule in a file, with those of the values that it has blanks for.
    pub fn of_data(wording: impl Into<String>, values: Vec<(&'static str, Value)>) -> Self {
        let wording = wording.into();
        let mut values: Vec<(Cow<'static, str>, Value)> = values
            .into_iter()
            .filter(|(name, _)| blanks(&wording).any(|blank| blank == *name))
            .map(|(name, value)| (name.into(), value))
            .collect();
        values.sort_by(|a, b| a.0.cmp(&b.0));
        Phrase::Said { wording: Cow::Owned(wording), values }
    }

    /// Phrases in a row.
    pub fn list(joint: Joint, items: impl IntoIterator<Item = Phrase>) -> Self {
        Phrase::List { joint, items: items.into_iter().collect() }
    }

    /// Sentences in a row, empty ones left out.
    pub fn sentences(items: impl IntoIterator<Item = Phrase>) -> Self {
        Phrase::list(Joint::Sentences, items.into_iter().filter(|item| !item.is_empty()))
    }

    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        match self {
            Phrase::Verbatim(text) => text.is_empty(),
            Phrase::Said { wording, .. } => wording.is_empty(),
            Phrase::List { items, .. } => items.iter().all(Phrase::is_empty),
        }
    }

    /// The text with the wordings of a catalogue; what it lacks (`None`) stays English.
    pub fn in_words<'a>(&self, catalogue: &impl Fn(&str) -> Option<&'a str>) -> String {
        let mut out = String::new();
        self.write(&mut out, catalogue);
        out
    }

    fn write<'a>(&self, out: &mut String, catalogue: &impl Fn(&str) -> Option<&'a str>) {
        match self {
            Phrase::Verbatim(text) => out.push_str(text),
            Phrase::Said { wording, values } => {
                for piece in pieces(catalogue(wording).unwrap_or(wording)) {
                    match piece {
                        Piece::Text(text) => out.push_str(text),
                        Piece::Blank { name, form, whole } => {
                            match values.iter().find(|(own, _)| own == name) {
                                Some((_, value)) => value.write(out, form, catalogue),
                                None => out.push_str(whole),
                            }
                        }
                    }
                }
            }
            Phrase::List { joint, items } => {
                let between = joint.wording();
                let between = catalogue(between).unwrap_or(between);
                for (i, item) in items.iter().enumerate() {
                    if i > 0 {
                        out.push_str(between);
                    }
                    item.write(out, catalogue);
                }
            }
        }
    }
}

impl Value {
    fn write<'a>(&self, out: &mut String, form: &str, catalogue: &impl Fn(&str) -> Option<&'a str>) {
        match self {
            Value::Number(number) => write_number(out, *number, form),
            Value::Phrase(phrase) if form == "^" => out.push_str(&capitalised(&phrase.in_words(catalogue))),
            Value::Phrase(phrase) => phrase.write(out, catalogue),
        }
    }
}

/// A number as a form tells: `.2`, `+.2`, `.1e`, `line|lines`, or as short as it reads back.
fn write_number(out: &mut String, number: f64, form: &str) {
    if let Some((one, more)) = form.split_once('|') {
        let word = if number == 1.0 { one } else { more };
        let _ = write!(out, "{number} {word}");
        return;
    }
    let (sign, rest) = form.strip_prefix('+').map_or((false, form), |rest| (true, rest));
    let (scientific, rest) = rest.strip_suffix('e').map_or((false, rest), |rest| (true, rest));
    let decimals = rest.strip_prefix('.').and_then(|digits| digits.parse::<usize>().ok());
    let _ = match (sign, scientific, decimals) {
        (true, false, Some(d)) => write!(out, "{number:+.d$}"),
        (false, true, Some(d)) => write!(out, "{number:.d$e}"),
        (false, false, Some(d)) => write!(out, "{number:.d$}"),
        _ => write!(out, "{number}"),
    };
}

/// `text` with its first letter as a capital; a unit or symbol at its start keeps its case.
fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    match (letters.next(), letters.clone().next()) {
        (Some(first), Some(second))
            if first.is_lowercase() && (second.is_lowercase() || text.starts_with("a ")) =>
        {
            first.to_uppercase().chain(letters).collect()
        }
        _ => text.to_owned(),
    }
}

/// A part of a wording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'w> {
    /// What stands between the blanks.
    Text(&'w str),
    /// A blank.
    Blank {
        /// Name of what fills it.
        name: &'w str,
        /// How that is written; empty where the wording does not say.
        form: &'w str,
        /// The blank with its braces.
        whole: &'w str,
    },
}

/// The parts of a wording in order; a brace that opens no blank is text.
pub fn pieces(wording: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = wording;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let piece = match (rest.find('{'), rest.find('}')) {
            (Some(0), Some(end)) => {
                let (name, form) =
                    rest[1..end].split_once(':').map_or((&rest[1..end], ""), |(name, form)| (name, form));
                let whole = &rest[..=end];
                rest = &rest[end + 1..];
                Piece::Blank { name, form, whole }
            }
            (Some(0), None) | (None, _) => {
                let text = rest;
                rest = "";
                Piece::Text(text)
            }
            (Some(start), _) => {
                let text = &rest[..start];
                rest = &rest[start..];
                Piece::Text(text)
            }
        };
        Some(piece)
    })
}

/// Names of the blanks of a wording, in order.
pub fn blanks(wording: &str) -> impl Iterator<Item = &str> {
    pieces(wording).filter_map(|piece| match piece {
        Piece::Blank { name, .. } => Some(name),
        Piece::Text(_) => None,
    })
}

impl fmt::Display for Phrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.in_words(&|_| None))
    }
}

impl Default for Phrase {
    fn default() -> Self {
        Phrase::Verbatim(String::new())
    }
}

impl From<String> for Phrase {
    fn from(text: String) -> Self {
        Phrase::Verbatim(text)
    }
}

impl From<&str> for Phrase {
    fn from(text: &str) -> Self {
        Phrase::Verbatim(text.to_owned())
    }
}

impl<T: Into<Phrase>> From<T> for Value {
    fn from(phrase: T) -> Self {
        Value::Phrase(phrase.into())
    }
}

impl From<&String> for Phrase {
    fn from(text: &String) -> Self {
        Phrase::Verbatim(text.clone())
    }
}

impl From<&Phrase> for Phrase {
    fn from(phrase: &Phrase) -> Self {
        phrase.clone()
    }
}

/// Nothing for `None`.
impl<T: Into<Phrase>> From<Option<T>> for Phrase {
    fn from(phrase: Option<T>) -> Self {
        phrase.map_or_else(Phrase::default, Into::into)
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        if number.is_finite() { Value::Number(number) } else { Value::Phrase(Phrase::verbatim("-")) }
    }
}

macro_rules! whole_numbers {
    ($($kind:ty),*) => {$(
        impl From<$kind> for Value {
            fn from(number: $kind) -> Self {
                Value::Number(number as f64)
            }
        }
    )*};
}
whole_numbers!(u8, i32, u32, i64, u64, usize);

impl Serialize for Phrase {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("text", &self.to_string())?;
        match self {
            Phrase::Verbatim(_) => {}
            Phrase::Said { wording, values } => {
                map.serialize_entry("wording", wording)?;
                if !values.is_empty() {
                    let values: BTreeMap<&str, &Value> =
                        values.iter().map(|(name, value)| (name.as_ref(), value)).collect();
                    map.serialize_entry("values", &values)?;
                }
            }
            Phrase::List { joint, items } => {
                map.serialize_entry("joint", joint)?;
                map.serialize_entry("items", items)?;
            }
        }
        map.end()
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        match self {
            Value::Number(number) => number.serialize(serializer),
            Value::Phrase(phrase) => phrase.serialize(serializer),
        }
    }
}

/// The forms that a phrase has in JSON.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Text(String),
    Said {
        wording: String,
        #[serde(default)]
        values: BTreeMap<String, WrittenValue>,
    },
    List {
        joint: Joint,
        items: Vec<Phrase>,
    },
    Verbatim {
        text: String,
    },
}

#[derive(Deserialize)]
#[serde(untagged)]
enum WrittenValue {
    Number(f64),
    Phrase(Phrase),
}

impl<'de> Deserialize<'de> for Phrase {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        Ok(match Written::deserialize(deserializer)? {
            Written::Text(text) | Written::Verbatim { text } => Phrase::Verbatim(text),
            Written::Said { wording, values } => Phrase::Said {
                wording: Cow::Owned(wording),
                values: values
                    .into_iter()
                    .map(|(name, value)| {
                        let value = match value {
                            WrittenValue::Number(number) => Value::Number(number),
                            WrittenValue::Phrase(phrase) => Value::Phrase(phrase),
                        };
                        (Cow::Owned(name), value)
                    })
                    .collect(),
            },
            Written::List { joint, items } => Phrase::List { joint, items },
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn numbers_are_written_as_their_blank_tells() {
        let all = phrase!(
            "{a:.2} {a:+.1} {b:.1e} {c} {n:line|lines} {one:line|lines}",
            a = 3.456,
            b = 0.000_12,
            c = 12_000.0,
            n = 2usize,
            one = 1u32
        );
        assert_eq!(all.to_string(), "3.46 +3.5 1.2e-4 12000 2 lines 1 line");
        assert_eq!(phrase!("{x:.1} dB", x = f64::NAN).to_string(), "- dB");
    }

    #[test]
    fn what_a_user_gave_is_never_taken_for_a_wording_or_a_blank() {
        let hostile = Phrase::verbatim("{a} of {b:.2}");
        let all = phrase!("pump {name} {a}", name = hostile, a = 1.0);
        assert_eq!(all.to_string(), "pump {a} of {b:.2} 1");
        assert_eq!(all.in_words(&|_| Some("{name}泵 {a}")), "{a} of {b:.2}泵 1");
        assert_eq!(Phrase::named("{a} of {").to_string(), "{a} of {");
        assert_eq!(Phrase::named("cage").in_words(&|name| (name == "cage").then_some("保持架")), "保持架");
    }

    #[test]
    fn a_wording_of_a_file_takes_the_values_that_it_has_blanks_for() {
        let values = vec![("part", Phrase::word("cage").into()), ("day", Value::from(3u32))];
        let rule = Phrase::of_data("Replace {part} {of it}", values);
        assert_eq!(rule.to_string(), "Replace cage {of it}");
        let back: Phrase = serde_json::from_str(&serde_json::to_string(&rule).unwrap()).unwrap();
        assert_eq!(back, rule);
    }

    #[test]
    fn lists_are_joined_as_the_catalogue_joins() {
        let list = Phrase::list(Joint::Comma, [Phrase::word("inner race"), Phrase::word("cage")]);
        assert_eq!(list.to_string(), "inner race, cage");
        let chinese = |word: &str| match word {
            ", " => Some("、"),
            "inner race" => Some("内圈"),
            "cage" => Some("保持架"),
            _ => None,
        };
        assert_eq!(list.in_words(&chinese), "内圈、保持架");
        let some = Phrase::sentences([Phrase::default(), Phrase::word("A."), Phrase::word("B.")]);
        assert_eq!(some.to_string(), "A. B.");
    }

    #[test]
    fn a_phrase_comes_back_from_json_as_it_was() {
        let inner = phrase!("a comb at {hz:.1} Hz", hz = 162.2);
        let all = phrase!("{comb:^}, {which}; {n}", comb = inner, which = Phrase::verbatim("X105"), n = 3u32);
        let list = Phrase::list(Joint::Or, [all, Phrase::word("nothing"), "12 Hz".into()]);
        let text = serde_json::to_string(&list).unwrap();
        assert!(text.starts_with(r#"{"text":"A comb at 162.2 Hz, X105; 3 or nothing or 12 Hz""#), "{text}");
        let back: Phrase = serde_json::from_str(&text).unwrap();
        assert_eq!(back.to_string(), list.to_string());
        assert_eq!(serde_json::to_string(&back).unwrap(), text);
        assert_eq!(serde_json::from_str::<Phrase>("\"old\"").unwrap(), Phrase::verbatim("old"));
    }

    #[test]
    fn blanks_are_told_in_order_and_a_brace_alone_is_none() {
        assert_eq!(blanks("{a:.2} of {b}} {").collect::<Vec<_>>(), ["a", "b"]);
    }
}
