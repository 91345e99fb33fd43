//! The words in which a wrong value of a configuration is spoken of, whatever it configures.

use crate::nearest::nearest;
use crate::step_keys::typed;
use serde_json::Value;

/// `; did you mean ...?` where a known word is near.
pub(crate) fn meant(word: &str, known: &[&str]) -> String {
    nearest(word, known.iter().copied()).map_or_else(String::new, |near| format!("; did you mean `{near}`?"))
}

pub(crate) fn quoted(path: &[String]) -> String {
    format!("`{}`", path.join("."))
}

/// A value as it was given.
pub(crate) fn given(value: &Value) -> String {
    match value {
        Value::String(text) if text.is_empty() => "nothing".to_owned(),
        Value::String(text) => format!("`{text}`"),
        Value::Object(_) => format!("a table, {}", typed(value)),
        Value::Array(_) => format!("the list {}", typed(value)),
        value if value.as_f64() == Some(f64::MAX) => "not finite".to_owned(),
        value => typed(value),
    }
}

/// What is wrong with a value that was refused for this reason; `key` is its name in quotes.
pub(crate) fn misfit(key: &str, value: &Value, reason: &str) -> String {
    let (found, expected) = halves(reason);
    match (value, found) {
        (_, None) if reason.starts_with('`') => format!("{key}: {reason}"),
        (_, None) => format!("{key} has to be {}; it is {}", plain(reason), given(value)),
        (Value::Array(_), Some(found)) if !found.starts_with("sequence") && !is_count(found) => {
            format!("{key} is {}, in which not every value is {}", given(value), expectation(expected))
        }
        (Value::String(digits), _) if whole_number(expected) && is_count(digits) => {
            format!("{key} is too large: it has to be a whole number up to {}", i64::MAX)
        }
        _ => format!("{key} has to be {}; it is {}", expectation(expected), given(value)),
    }
}

/// What was found, where a message says it, and what was expected.
pub(crate) fn halves(reason: &str) -> (Option<&str>, &str) {
    let known = ["invalid type: ", "invalid value: ", "invalid length "];
    let rest = known.iter().find_map(|start| reason.strip_prefix(start));
    match rest.and_then(|rest| rest.split_once(", expected ")) {
        Some((found, expected)) => (Some(found), expected),
        None => (None, ""),
    }
}

/// A whole number that was written with a point or an exponent.
pub(crate) fn whole(value: &Value) -> Option<u64> {
    let number = value.as_f64().filter(|number| value.is_f64() && (0.0..=9e15).contains(number))?;
    (number.fract() == 0.0).then_some(number as u64)
}

fn is_count(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_digit())
}

pub(crate) fn whole_number(expected: &str) -> bool {
    matches!(expected, "usize" | "u8" | "u16" | "u32" | "u64" | "isize" | "i8" | "i16" | "i32" | "i64")
}

/// What was expected, in plain words.
fn expectation(expected: &str) -> String {
    let count = |words: &str| words.split_whitespace().find_map(|word| word.parse::<usize>().ok());
    match expected {
        "usize" | "u64" => "a whole number, 0 or more".to_owned(),
        "u8" => "a whole number from 0 to 255".to_owned(),
        "u16" => "a whole number from 0 to 65535".to_owned(),
        "u32" => format!("a whole number from 0 to {}", u32::MAX),
        "isize" | "i8" | "i16" | "i32" | "i64" => "a whole number".to_owned(),
        "f32" | "f64" => "a number".to_owned(),
        "a boolean" => "true or false".to_owned(),
        "a string" => "a word".to_owned(),
        "a sequence" => "a list in brackets".to_owned(),
        _ if ["an array", "a tuple", "tuple"].iter().any(|start| expected.starts_with(start))
            || expected.contains("in sequence") =>
        {
            count(expected).map_or_else(|| "a list in brackets".into(), |n| format!("a list of {n} values"))
        }
        _ if expected.starts_with("a number of hertz") => {
            "a frequency: a number of hertz, or a number with its unit such as 3kHz".to_owned()
        }
        _ => plain(expected),
    }
}

/// A message without names that only a programmer knows.
pub(crate) fn plain(message: &str) -> String {
    let inner = ["struct ", "variant ", "enum ", "map", "::", "unit"];
    if inner.iter().any(|word| message.contains(word)) {
        "another kind of value".to_owned()
    } else {
        message.to_owned()
    }
}

/// The same value; a number that JSON lacks becomes the largest there is.
pub(crate) fn json(value: &toml::Value) -> Value {
    match value {
        toml::Value::String(text) => Value::from(text.as_str()),
        toml::Value::Integer(number) => Value::from(*number),
        toml::Value::Float(number) if number.is_finite() => Value::from(*number),
        toml::Value::Float(_) => Value::from(f64::MAX),
        toml::Value::Boolean(yes) => Value::from(*yes),
        toml::Value::Datetime(time) => Value::from(time.to_string()),
        toml::Value::Array(values) => values.iter().map(json).collect(),
        toml::Value::Table(table) => table.iter().map(|(key, value)| (key.clone(), json(value))).collect(),
    }
}
