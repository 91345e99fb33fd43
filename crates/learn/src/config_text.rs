//! A TOML text and where its keys stand, so that every complaint names file, line and column.
//!
//! The text is parsed once into a tree of values with positions. Unknown keys are reported and cut
//! out of the tree, then the rest is read again: one run reports all of them, not only the first.

use crate::nearest::nearest;
use serde::de::DeserializeOwned;
use std::fmt;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue, Deserializer};

/// Longer lists of possible words are not printed.
const LISTED: usize = 12;

/// One complaint about a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Line, from 1; 0 when the value does not stand in the text (a default, an override).
    pub line: usize,
    /// Column, from 1, in characters.
    pub column: usize,
    /// What is wrong and what was expected.
    pub message: String,
    source: String,
    width: usize,
}

/// All complaints about one configuration; its `Display` is the text for the terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// The name the text was read under, normally its path.
    pub name: String,
    /// The complaints in the order of the text.
    pub problems: Vec<Problem>,
}

impl std::error::Error for ConfigError {}

impl ConfigError {
    /// Complaints about values that stand in no text: paths of keys and messages.
    pub(crate) fn unplaced(name: &str, complaints: Vec<(String, String)>) -> ConfigError {
        let problem = |(path, message)| {
            let message = format!("{path}: {message}");
            Problem { line: 0, column: 0, message, source: String::new(), width: 0 }
        };
        ConfigError { name: name.to_owned(), problems: complaints.into_iter().map(problem).collect() }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.problems.len();
        write!(out, "{count} problem{} in {}", if count == 1 { "" } else { "s" }, self.name)?;
        for problem in &self.problems {
            if problem.line == 0 {
                write!(out, "\n  {}: {}", self.name, problem.message)?;
                continue;
            }
            write!(out, "\n  {}:{}:{}: {}", self.name, problem.line, problem.column, problem.message)?;
            let number = problem.line.to_string();
            write!(out, "\n  {number} | {}", problem.source)?;
            let (gutter, indent) = (" ".repeat(number.len()), " ".repeat(problem.column - 1));
            write!(out, "\n  {gutter} | {indent}{}", "^".repeat(problem.width))?;
        }
        Ok(())
    }
}

/// A parsed text; knows where every key and value stands.
pub(crate) struct ConfigText<'a> {
    name: &'a str,
    text: &'a str,
    pub(crate) tree: Spanned<DeTable<'a>>,
    problems: Vec<Problem>,
}

impl<'a> ConfigText<'a> {
    /// Parses `text`; every syntax error is reported.
    pub(crate) fn parse(text: &'a str, name: &'a str) -> Result<Self, ConfigError> {
        let (tree, errors) = DeTable::parse_recoverable(text);
        let mut parsed = ConfigText { name, text, tree, problems: Vec::new() };
        for error in &errors {
            let problem = parsed.problem(error.span(), error.message().to_owned());
            parsed.problems.push(problem);
        }
        if parsed.problems.is_empty() { Ok(parsed) } else { Err(parsed.into_error()) }
    }

    /// Reads a value; unknown keys are noted and skipped. `None` when it could not be read even so:
    /// the reason is then among the problems.
    pub(crate) fn read<T: DeserializeOwned>(&mut self) -> Option<T> {
        let mut tree = self.tree.clone();
        loop {
            let error = match T::deserialize(Deserializer::from(tree.clone())) {
                Ok(value) => return Some(value),
                Err(error) => error,
            };
            let message = error.message().to_owned();
            let unknown = quoted_after(&message, "unknown field `");
            let key = unknown.as_deref().and_then(|name| find_key(&tree, name, error.span()));
            let (Some(name), Some(key)) = (unknown, key) else {
                let problem = self.problem(error.span(), with_hint(&message));
                self.problems.push(problem);
                return None;
            };
            let text = unknown_word("key", &name, &expected_words(&message));
            let problem = self.problem(Some(key.clone()), text);
            self.problems.push(problem);
            remove_key(tree.get_mut(), &key);
        }
    }

    /// Whether there is a key of this name at the top.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.tree.get_ref().contains_key(key)
    }

    /// Notes a complaint about the value at `path` (keys and list positions, joined by dots), or about
    /// the nearest enclosing value that stands in the text.
    pub(crate) fn complain(&mut self, path: &str, message: String) {
        let problem = self.problem(locate(&self.tree, path), message);
        self.problems.push(problem);
    }

    /// The same about the last key of `path` itself.
    pub(crate) fn complain_of_key(&mut self, path: &str, message: String) {
        let problem = self.problem(locate_key(&self.tree, path), message);
        self.problems.push(problem);
    }

    /// `Ok` when there is no complaint.
    pub(crate) fn finish(self) -> Result<(), ConfigError> {
        if self.problems.is_empty() { Ok(()) } else { Err(self.into_error()) }
    }

    fn into_error(mut self) -> ConfigError {
        self.problems.sort_by_key(|problem| (problem.line, problem.column));
        self.problems.dedup();
        ConfigError { name: self.name.to_owned(), problems: self.problems }
    }

    fn problem(&self, span: Option<Range<usize>>, message: String) -> Problem {
        let Some(span) = span.filter(|span| span.start <= self.text.len()) else {
            return Problem { line: 0, column: 0, message, source: String::new(), width: 0 };
        };
        let before = self.text.get(..span.start).unwrap_or(self.text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let line_text = self.text[line_start..].lines().next().unwrap_or("");
        let line_end = line_start + line_text.len();
        let marked = self.text.get(span.start..span.end.min(line_end)).unwrap_or("");
        Problem {
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            message,
            source: line_text.replace('\t', " "),
            width: marked.chars().count().max(1),
        }
    }
}

/// `unknown WHAT `word`; did you mean ...` or the list of what is known.
pub(crate) fn unknown_word(what: &str, word: &str, known: &[String]) -> String {
    match nearest(word, known.iter().map(String::as_str)) {
        Some(other) => format!("unknown {what} `{word}`; did you mean `{other}`?"),
        None if known.is_empty() => format!("unknown {what} `{word}`; nothing is expected here"),
        None if known.len() <= LISTED => format!("unknown {what} `{word}`; known are {}", listed(known)),
        None => format!("unknown {what} `{word}`"),
    }
}

fn listed(words: &[String]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

/// Turns serde's `unknown variant` into our wording; other messages stay.
fn with_hint(message: &str) -> String {
    match quoted_after(message, "unknown variant `") {
        Some(word) => unknown_word("name", &word, &expected_words(message)),
        None => message.to_owned(),
    }
}

fn quoted_after(message: &str, start: &str) -> Option<String> {
    let rest = message.strip_prefix(start)?;
    Some(rest[..rest.find('`')?].to_owned())
}

/// The words in backquotes after `expected` in a message of serde.
fn expected_words(message: &str) -> Vec<String> {
    let Some((_, rest)) = message.split_once(", expected ") else { return Vec::new() };
    rest.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The position of the key `name`: the key that stands at `near`, or the first one inside the value
/// that stands there (an error inside a tagged table carries only the position of the table).
fn find_key(tree: &Spanned<DeTable<'_>>, name: &str, near: Option<Range<usize>>) -> Option<Range<usize>> {
    let mut found = Vec::new();
    collect_keys(tree.get_ref(), name, &mut vec![tree.span()], &mut found);
    let exact = found.iter().find(|(key, _)| Some(key) == near.as_ref());
    let inside = || found.iter().find(|(_, within)| near.as_ref().is_some_and(|near| within.contains(near)));
    exact.or_else(inside).or_else(|| found.first()).map(|(key, _)| key.clone())
}

/// A key's position, and those of all values around it.
type Found = (Range<usize>, Vec<Range<usize>>);

fn collect_keys(table: &DeTable<'_>, name: &str, within: &mut Vec<Range<usize>>, found: &mut Vec<Found>) {
    for (key, value) in table {
        if key.get_ref() == name {
            found.push((key.span(), within.clone()));
        }
        collect_in_value(value, name, within, found);
    }
}

fn collect_in_value(
    value: &Spanned<DeValue<'_>>,
    name: &str,
    within: &mut Vec<Range<usize>>,
    found: &mut Vec<Found>,
) {
    within.push(value.span());
    match value.get_ref() {
        DeValue::Table(table) => collect_keys(table, name, within, found),
        DeValue::Array(array) => {
            array.iter().for_each(|value| collect_in_value(value, name, within, found));
        }
        _ => {}
    }
    within.pop();
}

fn remove_key(table: &mut DeTable<'_>, at: &Range<usize>) {
    let name = table.keys().find(|key| key.span() == *at).map(|key| key.get_ref().to_string());
    if let Some(name) = name {
        table.remove(name.as_str());
    }
    for (_, value) in table.iter_mut() {
        remove_in_value(value, at);
    }
}

fn remove_in_value(value: &mut Spanned<DeValue<'_>>, at: &Range<usize>) {
    match value.get_mut() {
        DeValue::Table(table) => remove_key(table, at),
        DeValue::Array(array) => array.iter_mut().for_each(|value| remove_in_value(value, at)),
        _ => {}
    }
}

/// Where the value at `path` stands, or the nearest enclosing one.
fn locate(tree: &Spanned<DeTable<'_>>, path: &str) -> Option<Range<usize>> {
    places(tree, path).map(|(_, value)| value)
}

/// Where the last key of `path` stands, or the nearest enclosing one.
fn locate_key(tree: &Spanned<DeTable<'_>>, path: &str) -> Option<Range<usize>> {
    places(tree, path).map(|(key, _)| key)
}

/// The positions of the key and of the value at `path`, as far as it stands in the text.
fn places(tree: &Spanned<DeTable<'_>>, path: &str) -> Option<(Range<usize>, Range<usize>)> {
    let mut words = path.split('.');
    let first = words.next()?;
    let (key, mut value) = tree.get_ref().get_key_value(first)?;
    let mut place = (key.span(), at_value(key.span(), value));
    for word in words {
        let next = match value.get_ref() {
            DeValue::Table(table) => table
                .get_key_value(word)
                .map(|(key, value)| ((key.span(), at_value(key.span(), value)), value)),
            DeValue::Array(array) => word
                .parse::<usize>()
                .ok()
                .and_then(|at| array.get(at))
                .map(|value| ((value.span(), value.span()), value)),
            _ => None,
        };
        let Some((spans, inner)) = next else { break };
        (place, value) = (spans, inner);
    }
    Some(place)
}

/// A table has no text of its own that is worth marking: its key is marked.
fn at_value(key: Range<usize>, value: &Spanned<DeValue<'_>>) -> Range<usize> {
    if matches!(value.get_ref(), DeValue::Table(_)) { key } else { value.span() }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Inner {
        window: usize,
        overlap: f64,
    }
    #[derive(Debug, Deserialize)]
    #[serde(tag = "step", rename_all = "kebab-case", deny_unknown_fields)]
    #[allow(dead_code)]
    enum Tagged {
        Stft { length: usize },
    }
    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Outer {
        inner: Inner,
        #[serde(default)]
        pipeline: Vec<Tagged>,
    }

    #[test]
    fn a_wrong_key_and_a_wrong_range_are_both_shown_with_carets() {
        let text = "[inner]\nwindw = 3\nwindow = 4\noverlap = 1.0\n";
        let mut parsed = ConfigText::parse(text, "a.toml").unwrap();
        assert!(parsed.read::<Outer>().is_some());
        parsed.complain("inner.overlap", "overlap must be < 1, found 1".into());
        let shown = parsed.finish().unwrap_err().to_string();
        let expected = "2 problems in a.toml\n  a.toml:2:1: unknown key `windw`; did you mean `window`?\n  \
                        2 | windw = 3\n    | ^^^^^\n  a.toml:4:11: overlap must be < 1, found 1\n  \
                        4 | overlap = 1.0\n    |           ^^^";
        assert_eq!(shown, expected);
    }

    #[test]
    fn a_wrong_key_inside_a_tagged_table_is_found() {
        let text =
            "[inner]\nwindow = 4\noverlap = 1.0\n[[pipeline]]\nstep = \"stft\"\nlength = 3\nlenght = 3\n";
        let mut parsed = ConfigText::parse(text, "a.toml").unwrap();
        assert!(parsed.read::<Outer>().is_some());
        let error = parsed.finish().unwrap_err();
        assert_eq!((error.problems[0].line, error.problems[0].column), (7, 1), "{error}");
        assert!(error.to_string().contains("did you mean `length`?"), "{error}");
    }

    #[test]
    fn every_syntax_error_is_shown() {
        let error = ConfigText::parse("a = \nb = [1,\nc = 2\n", "b.toml").err().unwrap();
        assert!(!error.problems.is_empty());
        assert!(error.to_string().contains("b.toml:1:"), "{error}");
    }
}
