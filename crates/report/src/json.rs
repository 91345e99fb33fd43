//! The JSON form of a diagnosis: indented, with each list of numbers on one line.

use crate::error::{Error, Result};
use brinell_diagnosis::{Diagnosis, SCHEMA};
use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};
use std::io::{self, Write};
use std::path::Path;

/// The JSON Schema (2020-12) of [`json`]'s form.
pub const SCHEMA_TEXT: &str = include_str!("../schema/brinell.report-1.json");

/// `diagnosis` as JSON, UTF-8, ending in a line feed. Fields stand in the order of the data type,
/// numbers are the shortest that read back the same, numbers that are not finite become `null`.
pub fn json(diagnosis: &Diagnosis) -> String {
    let mut bytes = Vec::new();
    let mut serializer = Serializer::with_formatter(&mut bytes, Indented::default());
    // Neither memory nor plain data can fail to serialise; should it ever, the text says so.
    if let Err(error) = diagnosis.serialize(&mut serializer) {
        return format!("{}\n", serde_json::json!({ "error": error.to_string() }));
    }
    bytes.push(b'\n');
    String::from_utf8(bytes).unwrap_or_default()
}

/// The diagnosis in the text of a report's JSON file; `path` names it in errors.
///
/// # Errors
/// [`Error::NoReport`] where the text is none of this version's reports, or one with undefined numbers.
pub fn read_json(text: &str, path: &Path) -> Result<Diagnosis> {
    let refused = |reason: String| Error::NoReport { path: path.to_owned(), reason };
    let value: serde_json::Value =
        serde_json::from_str(text).map_err(|error| refused(no_json(text, &error)))?;
    match value.get("schema").and_then(serde_json::Value::as_str) {
        Some(SCHEMA) => {}
        Some(other) => {
            return Err(refused(format!("its form is {other:?}, and this program reads {SCHEMA}")));
        }
        None => return Err(refused("it has no field \"schema\"".to_owned())),
    }
    serde_json::from_value(value).map_err(|error| refused(error.to_string()))
}

/// Why a text is no JSON: what it begins with, where it is something else from its first character on.
fn no_json(text: &str, error: &serde_json::Error) -> String {
    let begin = text.trim_start();
    match begin.lines().next() {
        None => "the file is empty, and a report is JSON".to_owned(),
        Some(_) if begin.starts_with('{') => format!("its JSON is damaged: {error}"),
        Some(line) => {
            let shown: String = line.chars().take(40).collect();
            format!("a report is JSON, which begins with `{{`, and this file begins with `{shown}`")
        }
    }
}

/// Objects get a line for each field, lists of plain values stay on one line.
#[derive(Default)]
struct Indented {
    depth: usize,
    /// For each open list: whether it holds an object or a list.
    nested: Vec<bool>,
    /// The value that comes next stands in a list.
    in_list: bool,
}

impl Indented {
    fn line<W: ?Sized + Write>(&self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b"\n")?;
        for _ in 0..self.depth {
            writer.write_all(b"  ")?;
        }
        Ok(())
    }

    fn open_container<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        if std::mem::take(&mut self.in_list) {
            if let Some(nested) = self.nested.last_mut() {
                *nested = true;
            }
            self.line(writer)?;
        }
        Ok(())
    }
}

impl Formatter for Indented {
    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.open_container(writer)?;
        self.depth += 1;
        self.nested.push(false);
        writer.write_all(b"[")
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.depth -= 1;
        if self.nested.pop() == Some(true) {
            self.line(writer)?;
        }
        writer.write_all(b"]")
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.in_list = true;
        if first { Ok(()) } else { writer.write_all(b",") }
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.in_list = false;
        Ok(())
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.open_container(writer)?;
        self.depth += 1;
        writer.write_all(b"{")
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.depth -= 1;
        self.line(writer)?;
        writer.write_all(b"}")
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        if !first {
            writer.write_all(b",")?;
        }
        self.line(writer)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.in_list = false;
        writer.write_all(b": ")
    }
}
