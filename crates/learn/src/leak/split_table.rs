//! Tables of splits: ours (`split.csv` of a run), and anybody's with the columns `file` and `part`.
//!
//! | column | also | meaning |
//! |---|---|---|
//! | `file` | `recording`, `path`, `filename` | the recording |
//! | `part` | `split`, `set`, `subset` | `train`, `validation`, `test`; `part_name` says what else is understood |
//! | `sensor` | `channel` | the channel; left out: all |
//! | `start`, `length` | `first` | a segment, in samples |
//! | `stride`, `count` | | a row may stand for `count` segments, `stride` apart |
//! | `rate_hz` | | the rate at which samples are counted; left out: that of the file |
//! | `bearing` | `bearing_id` | the physical bearing |
//! | `class` | `label` | what the net is to say |
//! | `fold` | | rows of different folds are not compared |
//!
//! Columns are separated by commas, semicolons or tabs. Other columns are not read.

use super::part_name::{Side, meant};
use crate::error::{Error, Result};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// More segments than this are refused.
const MOST_SEGMENTS: u64 = 20_000_000;

/// Names of the columns that are read, the first being ours.
const COLUMNS: [&[&str]; 11] = [
    &["file", "recording", "path", "filename"],
    &["part", "split", "set", "subset"],
    &["sensor", "channel"],
    &["start", "first"],
    &["length"],
    &["stride"],
    &["count"],
    &["rate_hz"],
    &["bearing", "bearing_id"],
    &["class", "label"],
    &["fold"],
];
// Their places in the list.
const FILE: usize = 0;
const PART: usize = 1;
const SENSOR: usize = 2;
const START: usize = 3;
const LENGTH: usize = 4;
const STRIDE: usize = 5;
const COUNT: usize = 6;
const RATE: usize = 7;
const BEARING: usize = 8;
const CLASS: usize = 9;
const FOLD: usize = 10;

/// A table of segments and the parts that they are in.
#[derive(Debug, Clone, PartialEq)]
pub struct SplitTable {
    /// Name, for messages.
    pub name: String,
    /// The rows, in file order.
    pub rows: Vec<SplitRow>,
    /// Whether any part is one that a net learns from.
    names_training: bool,
}

/// One row.
#[derive(Debug, Clone, PartialEq)]
pub struct SplitRow {
    /// The recording.
    pub file: String,
    /// The part.
    pub part: String,
    /// The channel.
    pub sensor: Option<String>,
    /// First sample and number of samples of the first segment.
    pub segment: Option<(u64, u64)>,
    /// Distance of the segments of this row.
    pub stride: u64,
    /// How many it stands for.
    pub count: u64,
    /// Rate at which samples are counted, in hertz.
    pub rate_hz: Option<f64>,
    /// The physical bearing.
    pub bearing: Option<String>,
    /// The class.
    pub class: Option<String>,
    /// The fold.
    pub fold: Option<String>,
}

impl SplitTable {
    /// Reads a table.
    ///
    /// # Errors
    /// [`Error::Io`], or [`Error::Data`] with the line when it is no such table.
    pub fn read(path: &Path) -> Result<SplitTable> {
        let bytes = std::fs::read(path).map_err(Error::io("read", path))?;
        let name = path.display().to_string();
        let text = String::from_utf8(bytes).map_err(|error| {
            let line =
                error.as_bytes()[..error.utf8_error().valid_up_to()].iter().filter(|b| **b == b'\n').count();
            refused(&name, line as u64 + 1, "it is no UTF-8 text".to_owned())
        })?;
        Self::parse(&text, &name)
    }

    /// Reads a text; `name` stands for it in messages.
    ///
    /// # Errors
    /// [`Error::Data`] with the line.
    pub fn parse(text: &str, name: &str) -> Result<SplitTable> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let head = text.lines().next().unwrap_or("");
        let delimiter = [b',', b';', b'\t']
            .into_iter()
            .max_by_key(|mark| (head.bytes().filter(|byte| byte == mark).count(), *mark == b','))
            .unwrap_or(b',');
        let mut reader =
            csv::ReaderBuilder::new().trim(csv::Trim::All).delimiter(delimiter).from_reader(text.as_bytes());
        let broken = |error: csv::Error| {
            let line = error.position().map_or(1, csv::Position::line);
            refused(name, line, error.to_string())
        };
        let header = reader.headers().map_err(broken)?.clone();
        let columns = COLUMNS.map(|names| {
            names.iter().find_map(|one| header.iter().position(|column| column.eq_ignore_ascii_case(one)))
        });
        for (needed, what) in [(FILE, "file"), (PART, "part")] {
            if columns[needed].is_none() {
                let found = header.iter().collect::<Vec<_>>().join(", ");
                return Err(refused(
                    name,
                    1,
                    format!(
                        "the column `{what}` is missing (or {}); it has: {found}",
                        COLUMNS[needed][1..].join(", ")
                    ),
                ));
            }
        }
        let mut table = SplitTable { name: name.to_owned(), rows: Vec::new(), names_training: false };
        let mut segments = 0_u64;
        for record in reader.records() {
            let record = record.map_err(broken)?;
            let line = record.position().map_or(0, csv::Position::line);
            let row = Row { name, line, columns: &columns, record: &record }.read()?;
            segments = segments.saturating_add(row.count);
            if segments > MOST_SEGMENTS {
                return Err(refused(name, line, format!("more than {MOST_SEGMENTS} segments")));
            }
            table.names_training |= Side::of(&row.part).is_learned();
            table.rows.push(row);
        }
        if table.rows.is_empty() {
            return Err(refused(name, 1, "it has no rows".to_owned()));
        }
        Ok(table)
    }

    /// The recordings, each once, in the order of their names.
    pub fn files(&self) -> BTreeSet<&str> {
        self.rows.iter().map(|row| row.file.as_str()).collect()
    }

    /// The folds, each once.
    pub fn folds(&self) -> BTreeSet<Option<&str>> {
        self.rows.iter().map(|row| row.fold.as_deref()).collect()
    }

    /// Number of segments that the rows state.
    pub fn segments(&self) -> u64 {
        self.rows.iter().filter(|row| row.segment.is_some()).map(|row| row.count).sum()
    }

    /// Whether one of two parts is learned from and the other is not. Where no part has a name of training, any two
    /// parts are two sides that are not both named for a test.
    pub(super) fn opposed(&self, one: &str, other: &str) -> bool {
        let sides = [Side::of(one), Side::of(other)];
        let learned = sides.map(Side::is_learned);
        one != other && if self.names_training { learned[0] != learned[1] } else { sides != [Side::Test; 2] }
    }

    /// Whether two parts must not share samples: as [`Self::opposed`], and training and validation as well.
    pub(super) fn apart(&self, one: &str, other: &str) -> bool {
        let learned = [one, other].map(|part| Side::of(part).is_learned());
        one != other && if self.names_training { learned[0] || learned[1] } else { self.opposed(one, other) }
    }

    /// Whether two of these parts are two sides.
    pub(super) fn has_sides(&self, parts: &BTreeSet<&str>) -> bool {
        parts.iter().any(|one| parts.iter().any(|other| self.opposed(one, other)))
    }

    /// The parts of each fold.
    pub(super) fn parts(&self) -> BTreeMap<Option<&str>, BTreeSet<&str>> {
        let mut parts = BTreeMap::<_, BTreeSet<&str>>::new();
        for row in &self.rows {
            parts.entry(row.fold.as_deref()).or_default().insert(&row.part);
        }
        parts
    }

    /// Whether any part is one that a net learns from.
    pub(super) fn names_training(&self) -> bool {
        self.names_training
    }
}

fn refused(name: &str, line: u64, why: String) -> Error {
    Error::data(
        format!("{name} cannot be read as a split"),
        format!("line {line}: {why}"),
        "give a CSV file with a head line and at least the columns file and part, such as the split.csv of a run",
    )
}

struct Row<'a> {
    name: &'a str,
    line: u64,
    columns: &'a [Option<usize>; 11],
    record: &'a csv::StringRecord,
}

impl Row<'_> {
    fn text(&self, column: usize) -> Option<String> {
        let text = self.columns[column].and_then(|at| self.record.get(at))?;
        (!text.is_empty()).then(|| text.to_owned())
    }

    fn needed(&self, column: usize) -> Result<String> {
        let missing =
            || refused(self.name, self.line, format!("a value of `{}` is missing", COLUMNS[column][0]));
        self.text(column).ok_or_else(missing)
    }

    fn whole(&self, column: usize) -> Result<Option<u64>> {
        let Some(text) = self.text(column) else { return Ok(None) };
        text.parse().map(Some).map_err(|_| {
            let column = COLUMNS[column][0];
            refused(self.name, self.line, format!("`{column}` is a whole number of samples, found `{text}`"))
        })
    }

    fn read(&self) -> Result<SplitRow> {
        let segment = match (self.whole(START)?, self.whole(LENGTH)?) {
            (_, Some(0)) => return Err(refused(self.name, self.line, "`length` is 0".to_owned())),
            (Some(start), Some(length)) => Some((start, length)),
            _ => None,
        };
        let rate_hz = match self.text(RATE) {
            None => None,
            Some(text) => match text.parse::<f64>() {
                Ok(rate) if rate.is_finite() && rate > 0.0 => Some(rate),
                _ => {
                    let why = format!("`rate_hz` is a number above 0, found `{text}`");
                    return Err(refused(self.name, self.line, why));
                }
            },
        };
        let part = self.needed(PART)?;
        if let Some(word) = meant(&part) {
            return Err(Error::data(
                format!("{} cannot be read as a split", self.name),
                format!("line {}: `{part}` is no known part; did you mean `{word}`?", self.line),
                "name the parts train, validation and test; folds are numbers, such as 1 and 2",
            ));
        }
        Ok(SplitRow {
            file: self.needed(FILE)?,
            part,
            sensor: self.text(SENSOR),
            segment,
            stride: self.whole(STRIDE)?.unwrap_or(0),
            count: self.whole(COUNT)?.unwrap_or(1),
            rate_hz,
            bearing: self.text(BEARING),
            class: self.text(CLASS),
            fold: self.text(FOLD),
        })
    }
}

impl SplitRow {
    /// First samples of all segments of the row, and their length.
    pub(super) fn starts(&self) -> Option<(impl Iterator<Item = u64>, u64)> {
        let ((start, length), stride) = (self.segment?, self.stride);
        Some(((0..self.count).map(move |step| start.saturating_add(stride.saturating_mul(step))), length))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn mistake(text: &str) -> String {
        SplitTable::parse(text, "s.csv").unwrap_err().to_string()
    }

    #[test]
    fn other_names_of_columns_and_other_separators_are_understood() {
        let table = SplitTable::parse("\u{feff}Recording;Split;label\na.mat;train;inner\n", "s.csv").unwrap();
        let row = &table.rows[0];
        assert_eq!(
            (row.file.as_str(), row.part.as_str(), row.class.as_deref()),
            ("a.mat", "train", Some("inner"))
        );
        assert_eq!((row.segment, row.count), (None, 1));
    }

    #[test]
    fn a_mistake_names_its_line() {
        assert!(mistake("file,class\na,b\n").contains("line 1: the column `part` is missing"));
        assert!(mistake("file,part\na,train\n,test\n").contains("line 3: a value of `file` is missing"));
        assert!(mistake("file,part,start,length\na,train,x,5\n").contains("found `x`"));
        assert!(mistake("file,part,start,length\na,train,0,0\n").contains("`length` is 0"));
        assert!(mistake("file,part,rate_hz\na,train,-1\n").contains("above 0"));
        assert!(mistake("file,part\na,train,b\n").contains("line 2"));
        assert!(mistake("file,part\n").contains("no rows"));
        assert!(mistake("").contains("the column `file` is missing"));
        let endless = "file,part,start,length,stride,count\na,train,0,9,1,18446744073709551615\n";
        assert!(mistake(endless).contains("more than 20000000 segments"));
    }

    #[test]
    fn training_and_validation_are_one_side_and_apart() {
        let table = SplitTable::parse("file,part\na,Train\nb,val\nc,test\nd,field\n", "s.csv").unwrap();
        assert!(table.opposed("Train", "test") && table.opposed("val", "field"));
        assert!(!table.opposed("Train", "val") && table.apart("Train", "val"));
        assert!(!table.apart("test", "field"), "two tests may be the same");
        let folds = SplitTable::parse("file,part\na,1\nb,2\n", "s.csv").unwrap();
        assert!(folds.opposed("1", "2") && folds.apart("1", "2"));
        let tests = SplitTable::parse("file,part\na,test 1\nb,test 2\n", "s.csv").unwrap();
        assert!(!tests.opposed("test 1", "test 2"));
    }

    #[test]
    fn a_part_with_a_slip_is_refused_with_the_word_that_was_meant() {
        let told = mistake("file,part\na,train\nb,tset\n");
        assert!(told.contains("line 3: `tset` is no known part; did you mean `test`?"), "{told}");
        assert!(SplitTable::parse("file,part\na,train\nb,field\n", "s.csv").is_ok());
    }
}
