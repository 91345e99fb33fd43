//! TOML with errors that name line and column and suggest the right key.

use crate::error::{Error, Result, nearest};
use serde::de::DeserializeOwned;
use std::ops::Range;

/// Parses `text`; `name` stands for the file in messages.
///
/// # Errors
/// [`Error::Toml`] with line, column and the offending line.
pub fn parse<T: DeserializeOwned>(text: &str, name: &str) -> Result<T> {
    toml::from_str(text).map_err(|error| {
        let span = error.span().unwrap_or(0..0);
        at(text, name, span, explain(error.message()))
    })
}

/// An error at `span` (in bytes) of `text`.
pub(crate) fn at(text: &str, name: &str, span: Range<usize>, message: String) -> Error {
    let mut start = span.start.min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let before = &text[..start];
    let line_start = before.rfind('\n').map_or(0, |i| i + 1);
    let line_text = text[line_start..].lines().next().unwrap_or_default();
    let column = before[line_start..].chars().count() + 1;
    let shown = line_text.chars().count();
    let end = span.end.clamp(start, line_start + line_text.len().max(start - line_start));
    let width = text.get(start..end).map_or(1, |wrong| wrong.chars().count());
    Error::Toml {
        name: name.to_owned(),
        line: before.matches('\n').count() + 1,
        column,
        message,
        line_text: line_text.to_owned(),
        width: width.clamp(1, (shown + 1).saturating_sub(column).max(1)),
    }
}

/// serde lists what it expected in backticks: the first is the wrong name, the others are right.
fn explain(message: &str) -> String {
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    let Some((wrong, known)) = quoted.split_first() else { return message.to_owned() };
    let what = if message.starts_with("unknown field") {
        "key"
    } else if message.starts_with("unknown variant") {
        "value"
    } else {
        return message.lines().next().unwrap_or_default().to_owned();
    };
    match nearest(wrong, known.iter().copied()) {
        Some(name) => format!("unknown {what} `{wrong}`; did you mean `{name}`?"),
        None if known.is_empty() => format!("unknown {what} `{wrong}`"),
        None => format!("unknown {what} `{wrong}`; known: {}", known.join(", ")),
    }
}
