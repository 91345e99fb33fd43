//! A table (CSV) of recordings: what each file does not say about itself.

use crate::bearing_choice::unknown;
use crate::failure::{Code, Failure, Outcome, unreadable};
use crate::reading::{rate, speed, unit};
use crate::severity_choice::{criticality, date, group, power, support};
use crate::terminal::shown;
use brinell_diagnosis::{BearingShelf, CatalogueBearing, Machine};
use brinell_learn::nearest;
use brinell_signal::{Hertz, Unit, counted};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Columns that are read. Those whose name begins with [`TRUTH`] never are.
const COLUMNS: [&str; 14] = [
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
];

/// Columns that hold the answer (`data simulate` writes them) begin with this.
const TRUTH: &str = "true_";

/// One recording of a manifest.
#[derive(Debug, Clone, Default)]
pub(crate) struct Row {
    /// The file, relative to the manifest's folder unless absolute; the manifest itself when the row
    /// names none.
    pub(crate) file: PathBuf,
    /// What is under the sensor: names, power, group, support, criticality.
    pub(crate) machine: Machine,
    /// When it was measured.
    pub(crate) date: Option<String>,
    pub(crate) bearing: Option<CatalogueBearing>,
    /// The bearing's name as it was written, also where the catalogue lacks it.
    pub(crate) designation: Option<String>,
    pub(crate) channel: Option<String>,
    pub(crate) speed: Option<Hertz>,
    pub(crate) rate: Option<Hertz>,
    pub(crate) unit: Option<Unit>,
    pub(crate) variable: Option<String>,
    /// Why the row cannot be used: it is a failed recording, and the others go on. Its other cells are kept.
    pub(crate) refused: Option<Box<Failure>>,
}

/// One recording to diagnose: a file, and what a row of the manifest says about it.
#[derive(Debug, Clone)]
pub(crate) struct Job {
    pub(crate) path: PathBuf,
    pub(crate) row: Option<Row>,
}

/// Reads a manifest. The first line names the columns; `file` must be among them. A row with a wrong
/// value is read as one that is [refused](Row::refused).
pub(crate) fn read(path: &Path, shelf: &BearingShelf) -> Outcome<Vec<Row>> {
    let text = std::fs::read_to_string(path).map_err(|error| unreadable(path, &error))?;
    parse(&text, path, shelf)
}

fn parse(text: &str, path: &Path, shelf: &BearingShelf) -> Outcome<Vec<Row>> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut reader =
        csv::ReaderBuilder::new().trim(csv::Trim::All).flexible(true).from_reader(text.as_bytes());
    let wrong = |line: u64, what: String| {
        let mut failure = Failure::new(Code::ManifestInvalid, what)
            .place(format!("{}:{line}", shown(path)))
            .help(format!("columns that are read: {}", COLUMNS.join(", ")));
        failure.file = Some(path.to_string_lossy().into_owned());
        failure.line = Some(line);
        failure
    };
    let titles = reader.headers().map_err(|error| wrong(1, error.to_string()))?.clone();
    for title in &titles {
        if !COLUMNS.contains(&title) && !title.starts_with(TRUTH) {
            let hint = nearest(title, COLUMNS).map(|name| format!("; did you mean `{name}`?"));
            return Err(wrong(1, format!("unknown column `{title}`{}", hint.unwrap_or_default())));
        }
    }
    if !titles.iter().any(|title| title == "file") {
        return Err(wrong(1, "the manifest has no column `file`".to_owned()));
    }
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| {
            let line = error.position().map_or(0, csv::Position::line);
            wrong(line, error.to_string())
        })?;
        let line = record.position().map_or(0, csv::Position::line);
        let cell = |name: &str| {
            let at = titles.iter().position(|title| title == name)?;
            record.get(at).filter(|text| !text.is_empty())
        };
        let text = |name: &str| cell(name).map(str::to_owned);
        let file = cell("file").map_or_else(|| path.to_owned(), |file| folder.join(file));
        let mut first = None;
        let mut row = Row {
            file: file.clone(),
            machine: Machine {
                asset: text("asset"),
                point: text("point"),
                power_kw: kept(cell("power").map(|text| power("power", text)), &mut first),
                group: kept(cell("group").map(|text| group("group", text)), &mut first),
                support: kept(cell("support").map(|text| support("support", text)), &mut first),
                criticality: kept(
                    cell("criticality").map(|text| criticality("criticality", text)),
                    &mut first,
                ),
            },
            date: kept(cell("date").map(|text| date("date", text)), &mut first),
            designation: text("bearing"),
            bearing: kept(
                cell("bearing").map(|name| shelf.bearing(name).map_err(|error| unknown(&error))),
                &mut first,
            ),
            channel: text("channel"),
            speed: kept(cell("speed").map(|text| speed("speed", text)), &mut first),
            rate: kept(cell("rate").map(|text| rate("rate", text)), &mut first),
            unit: kept(cell("unit").map(|text| unit("unit", text)), &mut first),
            variable: text("variable"),
            refused: None,
        };
        if record.len() != titles.len() {
            // Which cell belongs to which column is not known.
            let what = format!("the row has {} cells, the header {}", record.len(), titles.len());
            row = Row { file, ..Row::default() };
            first = Some(wrong(line, what));
        } else if cell("file").is_none() {
            first = Some(wrong(line, "the column `file` is empty".to_owned()));
        }
        row.refused = first.map(|mut failure| {
            failure.code = Code::ManifestInvalid;
            failure.exit = Code::ManifestInvalid.exit();
            failure.line = Some(line);
            failure.file = Some(path.to_string_lossy().into_owned());
            failure.place = Some(format!("{}:{line}", shown(path)));
            failure
        });
        rows.push(row);
    }
    if rows.is_empty() {
        return Err(Failure::new(Code::ManifestInvalid, format!("the manifest {} has no rows", shown(path)))
            .why("there is nothing below its header")
            .help("one row a recording: its file, and what the file does not say")
            .file(path));
    }
    Ok(rows)
}

/// What a cell says; of cells that are refused the first failure is kept.
fn kept<T>(value: Option<Outcome<T>>, first: &mut Option<Box<Failure>>) -> Option<T> {
    match value? {
        Ok(value) => Some(value),
        Err(failure) => {
            first.get_or_insert(failure);
            None
        }
    }
}

impl Row {
    /// The machine of the row; what its cells leave open is as `declared` for all.
    pub(crate) fn machine(&self, declared: &Machine) -> Machine {
        let own = &self.machine;
        Machine {
            asset: own.asset.clone().or_else(|| declared.asset.clone()),
            point: own.point.clone().or_else(|| declared.point.clone()),
            power_kw: own.power_kw.or(declared.power_kw),
            group: own.group.or(declared.group),
            support: own.support.or(declared.support),
            criticality: own.criticality.or(declared.criticality),
        }
    }
}

/// One job for each row.
pub(crate) fn jobs_of_rows(rows: Vec<Row>) -> Vec<Job> {
    rows.into_iter().map(|row| Job { path: row.file.clone(), row: Some(row) }).collect()
}

/// The jobs of files that were named: one for each row that is about the file (by its place on the
/// disk), or one without a row.
pub(crate) fn jobs_of_files(files: Vec<PathBuf>, rows: &[Row]) -> Vec<Job> {
    let place = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let mut by_place: BTreeMap<PathBuf, Vec<&Row>> = BTreeMap::new();
    for row in rows {
        by_place.entry(place(&row.file)).or_default().push(row);
    }
    let mut jobs = Vec::new();
    for path in files {
        let own = if by_place.is_empty() { None } else { by_place.get(&place(&path)) };
        match own {
            Some(rows) => {
                jobs.extend(rows.iter().map(|row| Job { path: path.clone(), row: Some((*row).clone()) }));
            }
            None => jobs.push(Job { path, row: None }),
        }
    }
    jobs
}

/// What does not fit between named files and the rows of a manifest, in a sentence; `None` where all does.
pub(crate) fn unmatched(jobs: &[Job], rows: &[Row]) -> Option<String> {
    let used: BTreeSet<&PathBuf> =
        jobs.iter().filter_map(|job| job.row.as_ref()).map(|row| &row.file).collect();
    let left: Vec<&Row> = rows.iter().filter(|row| !used.contains(&row.file)).collect();
    let without = jobs.iter().filter(|job| job.row.is_none()).count();
    let first = |row: &&Row| format!(" (the first: {})", row.file.to_string_lossy());
    let of_rows = (!left.is_empty()).then(|| {
        format!(
            "{} of the manifest fit none of the files that were named{}",
            counted(left.len(), "row"),
            left.first().map(first).unwrap_or_default()
        )
    });
    let of_files = (without > 0 && !rows.is_empty())
        .then(|| format!("{} had no row and were read by the flags alone", counted(without, "file")));
    let all: Vec<String> = of_rows.into_iter().chain(of_files).collect();
    (!all.is_empty()).then(|| all.join("; "))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn rows_and_files_that_do_not_meet_are_told() {
        let rows = parse("file\na.mat\nb.mat\n", Path::new("l.csv"), BearingShelf::shipped()).unwrap();
        let jobs = jobs_of_files(vec![PathBuf::from("a.mat"), PathBuf::from("c.mat")], &rows);
        let told = unmatched(&jobs, &rows).unwrap();
        assert!(told.contains("1 row of the manifest") && told.contains("b.mat"), "{told}");
        assert!(told.contains("1 file had no row"), "{told}");
        let whole = jobs_of_files(vec![PathBuf::from("a.mat"), PathBuf::from("b.mat")], &rows);
        assert_eq!(unmatched(&whole, &rows), None);
    }

    #[test]
    fn a_row_states_quantities_with_units_and_its_file_lies_beside_the_manifest() {
        let text = "file,bearing,speed,rate,true_fault\na.mat,6205,1797rpm,12kHz,outer\nb.mat,,,,\n";
        let rows = parse(text, Path::new("plant/list.csv"), BearingShelf::shipped()).unwrap();
        assert_eq!(rows[0].file, Path::new("plant/a.mat"));
        assert_eq!(rows[0].rate, Some(Hertz(12_000.0)));
        assert_eq!(rows[0].bearing.as_ref().unwrap().designation, "6205");
        assert_eq!(rows[1].speed, None);
    }

    #[test]
    fn a_wrong_column_and_a_wrong_value_name_their_line() {
        let failure = parse("file,beering\n", Path::new("l.csv"), BearingShelf::shipped()).unwrap_err();
        assert!(failure.what.contains("did you mean `bearing`?"), "{}", failure.what);
        let text = "file,speed\na.mat,1797rpm\nb.mat,1797\n";
        let rows = parse(text, Path::new("l.csv"), BearingShelf::shipped()).unwrap();
        assert!(rows[0].refused.is_none());
        let failure = rows[1].refused.as_ref().unwrap();
        assert_eq!(failure.line, Some(3));
        assert_eq!(failure.code, Code::ManifestInvalid);
    }

    #[test]
    fn a_refused_row_keeps_what_its_other_cells_say_unless_they_cannot_be_told_apart() {
        let text = "file,asset,criticality,bearing,speed,date\n\
            a.mat,Pump,high,99999,1797,2026-11-01\nb.mat,Pump,high,6205,1797rpm,2026-11-01,more\n";
        let rows = parse(text, Path::new("l.csv"), BearingShelf::shipped()).unwrap();
        let row = &rows[0];
        assert!(row.refused.as_ref().unwrap().what.contains("99999"), "the first wrong cell is told");
        assert_eq!((row.machine.asset.as_deref(), row.speed), (Some("Pump"), None));
        assert_eq!(row.machine.criticality, Some(brinell_diagnosis::Criticality::High));
        assert_eq!((row.designation.as_deref(), row.date.as_deref()), (Some("99999"), Some("2026-11-01")));
        assert!(rows[1].refused.is_some() && rows[1].machine.asset.is_none());
    }
}
