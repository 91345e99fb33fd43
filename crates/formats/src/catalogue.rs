//! Catalogues: tables of recordings with what is known about each.
//!
//! A catalogue is a CSV file with a header line. Columns, in any order (`*` must be there):
//!
//! | column | meaning |
//! |---|---|
//! | `file`* | name of the file without `.mat`; or, with a `/` in it, its path below the folder as it is: `./a.csv` |
//! | `sha256`* | of the unpacked file, hexadecimal |
//! | `rate_hz`*, `rate_origin`, `rate_note` | sampling rate, where it comes from, in words |
//! | `fault`* | `normal`, `inner`, `outer`, `ball` or `cage` |
//! | `bearing_id`*, `mount_id` | physical bearing (never split between training and test), and its mounting |
//! | `label`, `site`, `size_mm`, `size_name`, `position`, `load_hp`, `bearing` | annotations |
//! | `speed_rpm`, `speed_origin`, `speed_note` | the shaft speed to use |
//! | `channels` | names joined by `+` |
//! | `samples`, `prefix`, `bytes`, `url` | of the file |
//! | `grade`, `quality` | diagnosability; traps joined by `;` |
//!
//! Other columns are annotations for people and are not read.

use crate::error::{Error, Result, nearest};
use brinell_signal::{FaultKind, Hertz, Known, Origin, Phrase, Rpm, phrase};
use std::collections::{BTreeMap, BTreeSet};

/// What a recording is known to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FaultLabel {
    /// A healthy bearing.
    Normal,
    /// A fault of this kind.
    Fault(FaultKind),
}

impl FaultLabel {
    /// The fault, if there is one.
    #[must_use]
    pub fn fault(self) -> Option<FaultKind> {
        match self {
            Self::Normal => None,
            Self::Fault(kind) => Some(kind),
        }
    }

    /// `normal`, `inner`, `outer`, `ball` or `cage`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Fault(FaultKind::Inner) => "inner",
            Self::Fault(FaultKind::Outer) => "outer",
            Self::Fault(FaultKind::Ball) => "ball",
            Self::Fault(FaultKind::Cage) => "cage",
        }
    }

    /// The label of this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|label| label.name() == name)
    }

    const ALL: [Self; 5] = [
        Self::Normal,
        Self::Fault(FaultKind::Inner),
        Self::Fault(FaultKind::Outer),
        Self::Fault(FaultKind::Ball),
        Self::Fault(FaultKind::Cage),
    ];
}

/// One recording of a catalogue.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Name without extension, e.g. `105`, or a path with a `/` in it.
    pub file: String,
    /// Label of the publisher.
    pub label: String,
    /// Sampling rate.
    pub rate: Hertz,
    /// Where the rate comes from.
    pub rate_origin: Origin,
    /// The same in words.
    pub rate_note: Phrase,
    /// What the recording shows.
    pub fault: FaultLabel,
    /// Which end holds the faulty bearing; `None` for normal.
    pub site: Option<String>,
    /// Diameter of the fault in millimetres.
    pub size_mm: Option<f64>,
    /// The same as the publisher writes it, e.g. `0.007 in`.
    pub size_name: Option<String>,
    /// Position of the fault, e.g. `6 o'clock`.
    pub position: Option<String>,
    /// Load in horsepower.
    pub load: Option<f64>,
    /// The shaft speed to use.
    pub speed: Option<Known<Hertz>>,
    /// Type of the faulty bearing, as published.
    pub bearing: Option<String>,
    /// Physical bearing: recordings of one are never split between training and test.
    pub bearing_id: String,
    /// Physical bearing and its mounting.
    pub mount_id: String,
    /// Names of the channels in the file.
    pub channels: Vec<String>,
    /// Samples in each channel.
    pub samples: Option<u64>,
    /// What `{prefix}` of the layout stands for in this file.
    pub prefix: Option<String>,
    /// Size of the unpacked file.
    pub bytes: Option<u64>,
    /// SHA-256 of the unpacked file, lower-case hexadecimal.
    pub sha256: String,
    /// Where the publisher offers it.
    pub url: Option<String>,
    /// Published grade of diagnosability.
    pub grade: Option<String>,
    /// Known flaws, as short names.
    pub quality: Vec<String>,
}

impl Entry {
    /// Name of the unpacked file, e.g. `105.mat`, or its path below the folder of the data set.
    #[must_use]
    pub fn file_name(&self) -> String {
        catalogued_file(&self.file)
    }
}

/// A table of recordings.
#[derive(Debug, Clone, PartialEq)]
pub struct Catalogue {
    /// Name, for messages.
    pub name: String,
    /// The recordings, in file order.
    pub entries: Vec<Entry>,
    by_file: BTreeMap<String, usize>,
    by_sha256: BTreeMap<String, usize>,
}

const REQUIRED: [&str; 5] = ["file", "sha256", "rate_hz", "fault", "bearing_id"];
const OPTIONAL: [&str; 20] = [
    "rate_origin",
    "rate_note",
    "mount_id",
    "label",
    "site",
    "size_mm",
    "size_name",
    "position",
    "load_hp",
    "bearing",
    "speed_rpm",
    "speed_origin",
    "speed_note",
    "channels",
    "samples",
    "prefix",
    "bytes",
    "url",
    "grade",
    "quality",
];

/// Name of the file behind a cell of the column `file`.
#[must_use]
pub fn catalogued_file(cell: &str) -> String {
    if cell.contains('/') { cell.to_owned() } else { format!("{cell}.mat") }
}

/// Columns that a catalogue is known by, those for people that a draft writes included.
pub fn catalogue_columns() -> impl Iterator<Item = &'static str> {
    REQUIRED.into_iter().chain(OPTIONAL).chain(crate::catalogue_draft::FOR_PEOPLE)
}

impl Catalogue {
    /// Parses a catalogue; `name` stands for the file in messages.
    ///
    /// # Errors
    /// [`Error::Catalogue`] with line and column.
    pub fn parse(text: &str, name: &str) -> Result<Self> {
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
        let header = reader.headers().map_err(|e| csv_error(&e, name))?.clone();
        let columns = columns(&header, name)?;
        let mut catalogue = Self {
            name: name.to_owned(),
            entries: Vec::new(),
            by_file: BTreeMap::new(),
            by_sha256: BTreeMap::new(),
        };
        for record in reader.records() {
            let record = record.map_err(|e| csv_error(&e, name))?;
            let line = record.position().map_or(0, csv::Position::line);
            let row = Row { name, line, columns: &columns, record: &record };
            let entry = row.entry()?;
            let index = catalogue.entries.len();
            if catalogue.by_file.insert(entry.file.clone(), index).is_some() {
                return Err(row.wrong("file", format!("`{}` occurs twice", entry.file)));
            }
            if catalogue.by_sha256.insert(entry.sha256.clone(), index).is_some() {
                return Err(row.wrong("sha256", "another row has the same hash".to_owned()));
            }
            catalogue.entries.push(entry);
        }
        if catalogue.entries.is_empty() {
            let message = "the catalogue has no rows".to_owned();
            return Err(Error::Catalogue {
                name: name.to_owned(),
                line: 1,
                column: "file".to_owned(),
                message,
            });
        }
        Ok(catalogue)
    }

    /// A catalogue without recordings.
    pub(crate) fn empty(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            entries: Vec::new(),
            by_file: BTreeMap::new(),
            by_sha256: BTreeMap::new(),
        }
    }

    /// The recording of this name; a trailing `.mat` or `.mat.xz` is allowed.
    #[must_use]
    pub fn by_file(&self, file: &str) -> Option<&Entry> {
        let file = file.strip_suffix(".xz").unwrap_or(file);
        let stem = file.strip_suffix(".mat").unwrap_or(file);
        self.by_file.get(stem).or_else(|| self.by_file.get(file)).and_then(|&i| self.entries.get(i))
    }

    /// The recording with this SHA-256 (lower-case hexadecimal).
    #[must_use]
    pub fn by_sha256(&self, sha256: &str) -> Option<&Entry> {
        self.by_sha256.get(sha256).and_then(|&i| self.entries.get(i))
    }

    /// Like [`Self::by_file`], with an error that suggests the nearest name.
    ///
    /// # Errors
    /// [`Error::EntryUnknown`].
    pub fn find(&self, file: &str) -> Result<&Entry> {
        self.by_file(file).ok_or_else(|| Error::EntryUnknown {
            dataset: self.name.clone(),
            asked: file.to_owned(),
            suggestion: nearest(file, self.by_file.keys().map(String::as_str)),
        })
    }
}

fn csv_error(error: &csv::Error, name: &str) -> Error {
    let line = error.position().map_or(1, csv::Position::line);
    let message = match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("the line has {len} fields, the header {expected_len}")
        }
        csv::ErrorKind::Utf8 { .. } => "the line is no UTF-8 text".to_owned(),
        _ => error.to_string(),
    };
    Error::Catalogue { name: name.to_owned(), line, column: "(whole line)".to_owned(), message }
}

/// Position of each column that is read; misspelt and missing ones are errors.
fn columns(header: &csv::StringRecord, name: &str) -> Result<BTreeMap<&'static str, usize>> {
    let mut columns = BTreeMap::new();
    let mut seen = BTreeSet::new();
    let wrong = |column: &str, message: String| Error::Catalogue {
        name: name.to_owned(),
        line: 1,
        column: column.to_owned(),
        message,
    };
    for column in header {
        if !seen.insert(column) {
            return Err(wrong(column, "the column occurs twice".to_owned()));
        }
    }
    let known = || REQUIRED.iter().chain(&OPTIONAL).copied();
    for column in known() {
        if let Some(index) = header.iter().position(|c| c == column) {
            columns.insert(column, index);
        }
    }
    // A name that is almost that of a column which is not there is taken for a slip.
    for column in header.iter().filter(|c| !known().any(|k| k == *c)) {
        let absent = known().filter(|k| !columns.contains_key(k));
        if let Some(meant) = absent.into_iter().find(|k| strsim::jaro_winkler(column, k) >= 0.93) {
            return Err(wrong(column, format!("unknown column; did you mean `{meant}`?")));
        }
    }
    for column in REQUIRED {
        if !columns.contains_key(column) {
            return Err(wrong(column, "the column is missing".to_owned()));
        }
    }
    Ok(columns)
}

struct Row<'a> {
    name: &'a str,
    line: u64,
    columns: &'a BTreeMap<&'static str, usize>,
    record: &'a csv::StringRecord,
}

impl Row<'_> {
    fn wrong(&self, column: &str, message: String) -> Error {
        Error::Catalogue { name: self.name.to_owned(), line: self.line, column: column.to_owned(), message }
    }

    /// The field, `None` when empty or the column is not there.
    fn field(&self, column: &str) -> Option<&str> {
        self.columns.get(column).and_then(|&i| self.record.get(i)).filter(|text| !text.is_empty())
    }

    fn text(&self, column: &str) -> Option<String> {
        self.field(column).map(str::to_owned)
    }

    /// Where a value comes from: the column's words, else this catalogue.
    fn note(&self, column: &str) -> Phrase {
        self.text(column).map_or_else(|| phrase!("catalogue {name}", name = self.name), Phrase::from)
    }

    fn needed(&self, column: &str) -> Result<&str> {
        self.field(column).ok_or_else(|| self.wrong(column, "a value is missing".to_owned()))
    }

    fn number(&self, column: &str) -> Result<Option<f64>> {
        let Some(text) = self.field(column) else { return Ok(None) };
        match text.parse::<f64>() {
            Ok(value) if value.is_finite() && value >= 0.0 => Ok(Some(value)),
            _ => Err(self.wrong(column, format!("a number of 0 or more expected, `{text}` found"))),
        }
    }

    fn positive(&self, column: &str) -> Result<Option<f64>> {
        match self.number(column)? {
            Some(0.0) => Err(self.wrong(column, "a number above 0 expected, `0` found".to_owned())),
            other => Ok(other),
        }
    }

    fn count(&self, column: &str) -> Result<Option<u64>> {
        let parse = |text: &str| {
            text.parse().map_err(|_| self.wrong(column, format!("a whole number expected, `{text}` found")))
        };
        self.field(column).map(parse).transpose()
    }

    fn origin(&self, column: &str) -> Result<Option<Origin>> {
        let Some(text) = self.field(column) else { return Ok(None) };
        let all = [
            Origin::File,
            Origin::Declared,
            Origin::Measured,
            Origin::Estimated,
            Origin::Nominal,
            Origin::Assumed,
        ];
        match all.into_iter().find(|origin| origin.to_string() == text) {
            Some(origin) => Ok(Some(origin)),
            None => {
                let known: Vec<String> = all.iter().map(Origin::to_string).collect();
                Err(self.wrong(column, format!("one of {} expected, `{text}` found", known.join(", "))))
            }
        }
    }

    fn list(&self, column: &str, separator: char) -> Vec<String> {
        let split = |text: &str| {
            text.split(separator).map(str::trim).filter(|t| !t.is_empty()).map(str::to_owned).collect()
        };
        self.field(column).map(split).unwrap_or_default()
    }

    fn entry(&self) -> Result<Entry> {
        let file = self.needed("file")?.to_owned();
        // The name becomes part of a path: nothing that leaves the folder.
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '@');
        if file.contains('/') {
            let below = file.strip_prefix("./").unwrap_or(&file);
            let part =
                |part: &str| !part.is_empty() && !part.starts_with('.') && !part.contains(['\\', '\0']);
            if !below.split('/').all(part) {
                return Err(
                    self.wrong("file", format!("`{file}`: a path below the folder, without hidden names"))
                );
            }
        } else if !file.chars().all(plain) || file.starts_with('.') {
            return Err(self.wrong("file", format!("`{file}`: letters, digits, `_`, `-`, `.` and `@` only")));
        }
        let sha256 = self.needed("sha256")?.to_ascii_lowercase();
        if sha256.len() != 64 || !sha256.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(self.wrong("sha256", "64 hexadecimal digits expected".to_owned()));
        }
        let fault = self.needed("fault")?;
        let fault = FaultLabel::named(fault).ok_or_else(|| {
            self.wrong("fault", format!("normal, inner, outer, ball or cage expected, `{fault}` found"))
        })?;
        let rate = Hertz(
            self.positive("rate_hz")?
                .ok_or_else(|| self.wrong("rate_hz", "a value is missing".to_owned()))?,
        );
        let speed = match (self.positive("speed_rpm")?, self.origin("speed_origin")?) {
            (None, _) => None,
            (Some(_), None) => {
                return Err(self.wrong("speed_origin", "a speed needs its origin".to_owned()));
            }
            (Some(rpm), Some(origin)) => {
                let note = self.note("speed_note");
                Some(Known::new(Rpm(rpm).to_hertz(), origin, note))
            }
        };
        let bearing_id = self.needed("bearing_id")?.to_owned();
        Ok(Entry {
            label: self.text("label").unwrap_or_else(|| file.clone()),
            file,
            rate,
            rate_origin: self.origin("rate_origin")?.unwrap_or(Origin::Nominal),
            rate_note: self.note("rate_note"),
            fault,
            site: self.text("site"),
            size_mm: self.number("size_mm")?,
            size_name: self.text("size_name"),
            position: self.text("position"),
            load: self.number("load_hp")?,
            speed,
            bearing: self.text("bearing"),
            mount_id: self.text("mount_id").unwrap_or_else(|| bearing_id.clone()),
            bearing_id,
            channels: self.list("channels", '+'),
            samples: self.count("samples")?,
            prefix: self.text("prefix"),
            bytes: self.count("bytes")?,
            sha256,
            url: self.text("url"),
            grade: self.text("grade"),
            quality: self.list("quality", ';'),
        })
    }
}
