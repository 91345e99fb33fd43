//! The columns of a manifest: those that are read, those that stand in for them, and those of a catalogue of recordings.

use brinell_diagnosis::is_date;
use brinell_formats::{catalogue_columns, catalogued_file};
use brinell_learn::nearest;
use std::borrow::Cow;
use std::path::PathBuf;

/// Columns that are read. Those whose name begins with [`TRUTH`] never are.
pub(crate) const COLUMNS: [&str; 15] = [
    "file",
    "asset",
    "point",
    "bearing",
    "channel",
    "speed",
    "rate",
    "unit",
    "variable",
    "power",
    "group",
    "support",
    "criticality",
    "date",
    "baseline",
];

/// Columns that hold the answer (`data simulate` writes them) begin with this.
const TRUTH: &str = "true_";

/// The column that makes a table a catalogue.
const OF_A_CATALOGUE: &str = "sha256";

/// A column that stands for another one where that is empty.
struct StandIn {
    title: &'static str,
    column: &'static str,
    reads: Reads,
    /// The column that says where its values are from.
    origin: Option<&'static str>,
}

/// How a cell that stands for another is understood.
#[derive(Clone, Copy)]
enum Reads {
    /// A bare number, whose unit the title names.
    NumberIn(&'static str),
    /// The units of all channels, joined by `+`: theirs where all are alike.
    Units,
    /// A time as files write it: taken where it is one that histories are ordered by.
    Time,
}

const STAND_INS: [StandIn; 6] = [
    StandIn { title: "rate_hz", column: "rate", reads: Reads::NumberIn("Hz"), origin: Some("rate_origin") },
    StandIn {
        title: "speed_rpm",
        column: "speed",
        reads: Reads::NumberIn("rpm"),
        origin: Some("speed_origin"),
    },
    StandIn {
        title: "speed_hz",
        column: "speed",
        reads: Reads::NumberIn("Hz"),
        origin: Some("speed_origin"),
    },
    StandIn { title: "power_kw", column: "power", reads: Reads::NumberIn("kW"), origin: None },
    StandIn { title: "units", column: "unit", reads: Reads::Units, origin: Some("unit_origin") },
    StandIn { title: "start", column: "date", reads: Reads::Time, origin: None },
];

/// Titles of columns of bare numbers, which name the unit.
pub(crate) fn numbered() -> impl Iterator<Item = &'static str> {
    STAND_INS.iter().filter(|own| matches!(own.reads, Reads::NumberIn(_))).map(|own| own.title)
}

/// Origins of values that were stated. All else is found again when the file is read, and keeps its doubts so.
const STATED: [&str; 3] = ["declared", "nominal", "measured"];

/// The titles of a table.
pub(crate) struct Columns<'a> {
    titles: &'a csv::StringRecord,
    /// Whether the table is a catalogue, as `brinell data import` writes it.
    pub(crate) catalogue: bool,
}

impl<'a> Columns<'a> {
    /// Checks the titles; the error says all that is wrong with them.
    pub(crate) fn of(titles: &'a csv::StringRecord) -> Result<Self, String> {
        let is_there = |name: &str| titles.iter().any(|title| title == name);
        let catalogue = is_there(OF_A_CATALOGUE);
        let own = || COLUMNS.into_iter().chain(STAND_INS[..4].iter().map(|own| own.title));
        let of_catalogue =
            || catalogue_columns().chain(STAND_INS[4..].iter().map(|own| own.title)).filter(|_| catalogue);
        let known = |title: &str| own().chain(of_catalogue()).any(|name| name == title);
        let unknown = titles.iter().filter(|title| !known(title) && !title.starts_with(TRUTH));
        let wrong = unknown.filter_map(|title| {
            // A catalogue may have columns for people: one that is almost another that is not there is a slip.
            let meant =
                nearest(title, own().chain(of_catalogue()).filter(|name| !catalogue || !is_there(name)));
            match meant {
                Some(name) => Some(format!("unknown column `{title}`; did you mean `{name}`?")),
                None if catalogue => None,
                None => Some(format!("unknown column `{title}`")),
            }
        });
        let without_file = (!is_there("file"))
            .then(|| "the manifest has no column `file`, which names the recordings".to_owned());
        let twice = |title: &str| titles.iter().filter(|own| *own == title).count() > 1;
        let mut repeated: Vec<&str> = COLUMNS.into_iter().filter(|title| twice(title)).collect();
        repeated.extend(STAND_INS.iter().map(|own| own.title).filter(|title| twice(title)));
        let repeated = repeated.into_iter().map(|title| format!("the column `{title}` stands there twice"));
        // A catalogue keeps what was found beside what was said.
        let same = STAND_INS.iter().filter(|own| !catalogue && is_there(own.title) && is_there(own.column));
        let same = same.map(|own| format!("`{}` and `{}` say the same: keep one", own.column, own.title));
        let wrong: Vec<String> = without_file.into_iter().chain(wrong).chain(repeated).chain(same).collect();
        if wrong.is_empty() { Ok(Self { titles, catalogue }) } else { Err(wrong.join("; ")) }
    }

    /// Number of columns.
    pub(crate) fn len(&self) -> usize {
        self.titles.len()
    }

    /// What stands in a record under a title; `None` where nothing does.
    pub(crate) fn plain<'r>(&self, record: &'r csv::StringRecord, name: &str) -> Option<&'r str> {
        let at = self.titles.iter().position(|title| title == name)?;
        record.get(at).filter(|text| !text.is_empty())
    }

    /// What a record says of a column: under its title, or under one that stands for it.
    pub(crate) fn cell<'r>(&self, record: &'r csv::StringRecord, name: &str) -> Option<Cow<'r, str>> {
        let stand_ins = || STAND_INS.iter().filter(|own| own.column == name);
        let own = self.plain(record, name).map(Cow::Borrowed);
        own.or_else(|| stand_ins().find_map(|stand_in| self.stand_in(record, stand_in)))
    }

    fn stand_in<'r>(&self, record: &'r csv::StringRecord, stand_in: &StandIn) -> Option<Cow<'r, str>> {
        let text = self.plain(record, stand_in.title)?;
        let origin = stand_in.origin.and_then(|title| self.plain(record, title));
        if origin.is_some_and(|origin| !STATED.contains(&origin)) {
            return None;
        }
        match stand_in.reads {
            Reads::NumberIn(unit) => Some(Cow::Owned(format!("{text}{unit}"))),
            Reads::Units => {
                let mut units = text.split('+');
                let first = units.next().filter(|first| *first != "?")?;
                units.all(|unit| unit == first).then_some(Cow::Borrowed(first))
            }
            Reads::Time => is_date(text).then_some(Cow::Borrowed(text)),
        }
    }

    /// The file of a record, seen from the table's folder.
    pub(crate) fn file(&self, record: &csv::StringRecord) -> Option<PathBuf> {
        let named = self.plain(record, "file")?;
        if !self.catalogue {
            return Some(PathBuf::from(named));
        }
        let folder = PathBuf::from(self.plain(record, "folder").unwrap_or_default());
        let file = catalogued_file(named);
        Some(folder.join(file.strip_prefix("./").unwrap_or(&file)))
    }
}
