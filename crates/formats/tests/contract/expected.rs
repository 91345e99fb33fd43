//! What reference readers found, from `FILE.json` beside each file.

use brinell_formats::{Error, Facts, Format, Layout, NamedArray, Source, Values, format_of};
use serde_json::Value;
use std::borrow::Cow;
use std::path::{Path, PathBuf};

/// Memory beyond four times the file that a reader may take where nothing else is said: tables, buffers, messages.
const SMALL: usize = 1 << 20;

/// A file of the contract.
pub(crate) struct Expected {
    pub(crate) path: PathBuf,
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
    pub(crate) format: String,
    pub(crate) arrays: Vec<Array>,
    pub(crate) tolerance: f64,
    /// Bytes beyond four times the file that its reader may take.
    pub(crate) memory: usize,
    pub(crate) cut: Cut,
    /// Of a file that says nothing of itself: `FILE.toml` beside it.
    layout: Option<Layout>,
}

/// What becomes of a file that is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// An error, wherever it is cut.
    Seen,
    /// An error, or the beginning of each array.
    Prefix,
    /// An error, or other numbers: nothing in the file tells that it was cut.
    Unseen,
}

impl Expected {
    /// The format of some bytes that began as this file.
    pub(crate) fn reader(&self, source: &Source) -> Result<&dyn Format, Error> {
        match self.layout.as_ref().and_then(|layout| layout.raw.as_ref()) {
            Some(raw) => Ok(raw),
            None => Ok(format_of(source)?),
        }
    }
}

pub(crate) struct Array {
    pub(crate) name: String,
    shape: Vec<usize>,
    class: String,
    values: Vec<f64>,
    /// Of complex numbers, whose real parts are the values.
    imaginary: Option<Vec<f64>>,
    /// In place of numbers.
    text: Option<String>,
    facts: Value,
}

/// All files, by name.
pub(crate) fn all() -> Vec<Expected> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/contract");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .flat_map(|format| std::fs::read_dir(format.unwrap().path()).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "json"))
        .collect();
    paths.sort();
    assert!(!paths.is_empty());
    paths.iter().map(|json| one(json)).collect()
}

fn one(json: &Path) -> Expected {
    let path = json.with_extension("");
    let said: Value = serde_json::from_slice(&std::fs::read(json).unwrap()).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let number = |value: &Value| value.as_f64().unwrap_or_else(|| value.as_str().unwrap().parse().unwrap());
    let arrays = said["arrays"].as_array().unwrap().iter().map(|array| Array {
        name: text(&array["name"]),
        shape: array["shape"].as_array().unwrap().iter().map(|n| n.as_u64().unwrap() as usize).collect(),
        class: text(&array["class"]),
        values: array["values"].as_array().unwrap().iter().map(number).collect(),
        imaginary: array["imaginary"].as_array().map(|all| all.iter().map(number).collect()),
        text: array["text"].as_str().map(str::to_owned),
        facts: array["facts"].clone(),
    });
    Expected {
        name: path.file_name().unwrap().to_string_lossy().into_owned(),
        bytes: std::fs::read(&path).unwrap(),
        format: text(&said["format"]),
        arrays: arrays.collect(),
        tolerance: said["tolerance"].as_f64().unwrap(),
        memory: said["memory"].as_u64().map_or(SMALL, |bytes| bytes as usize),
        cut: match said["cut"].as_str().unwrap() {
            "error" => Cut::Seen,
            "prefix" => Cut::Prefix,
            "unseen" => Cut::Unseen,
            other => panic!("{other}"),
        },
        layout: layout_of(&path),
        path,
    }
}

fn layout_of(path: &Path) -> Option<Layout> {
    let beside = PathBuf::from(format!("{}.toml", path.display()));
    let text = std::fs::read_to_string(&beside).ok()?;
    Some(Layout::parse(&text, &beside.display().to_string()).unwrap())
}

fn real(array: &NamedArray) -> Cow<'_, [f64]> {
    match &array.values {
        Values::Real(values) => Cow::Borrowed(values),
        Values::Complex(values) => values.iter().map(|[real, _]| *real).collect(),
        other => panic!("{}: {other:?}", array.name),
    }
}

impl Array {
    /// The array has to be this one.
    pub(crate) fn compare(&self, array: &NamedArray, tolerance: f64, file: &str) {
        let name = format!("{file}: {}", self.name);
        assert_eq!(array.shape, self.shape, "{name}");
        assert_eq!(array.class.to_string(), self.class, "{name}");
        if let Some(text) = &self.text {
            assert_eq!(array.values, Values::Text(text.clone()), "{name}");
            return;
        }
        let values = real(array);
        assert_eq!(values.len(), self.values.len(), "{name}");
        let imaginary = match &array.values {
            Values::Complex(values) => Some(values.iter().map(|[_, imaginary]| *imaginary).collect()),
            _ => None,
        };
        assert_eq!(imaginary, self.imaginary, "{name}");
        for (i, (found, wanted)) in values.iter().zip(&self.values).enumerate() {
            let same = found.to_bits() == wanted.to_bits() || (found.is_nan() && wanted.is_nan());
            let near = tolerance > 0.0 && (found - wanted).abs() <= tolerance * wanted.abs();
            assert!(same || near, "{name}[{i}]: {found} for {wanted}");
        }
        let facts = array.facts.as_deref().cloned().unwrap_or_default();
        let Facts { rate, unit, speed, start, position, axis, .. } = facts;
        assert_eq!(axis, self.facts["axis"].as_bool().unwrap_or(false), "{name}: axis");
        let numbers = [("rate", rate), ("speed", speed)];
        for (key, found) in numbers {
            assert_eq!(found.map(|fact| fact.value), self.facts[key].as_f64(), "{name}: {key}");
        }
        for (key, found) in [("unit", unit), ("start", start), ("position", position)] {
            assert_eq!(found.map(|fact| fact.value).as_deref(), self.facts[key].as_str(), "{name}: {key}");
        }
    }

    /// The array has to be the beginning of this one.
    pub(crate) fn begins_with(&self, array: &NamedArray) {
        if let (Some(text), Values::Text(found)) = (&self.text, &array.values) {
            assert!(text.starts_with(found), "{}", self.name);
            return;
        }
        let values = real(array);
        assert!(values.len() <= self.values.len(), "{}", self.name);
        let same = |(a, b): (&f64, &f64)| a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan());
        // The last number of a text may be cut itself.
        let whole = values.len().saturating_sub(1);
        assert!(values[..whole].iter().zip(&self.values).all(same), "{}", self.name);
    }
}
