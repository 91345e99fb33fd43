//! A table (CSV or Parquet) of recordings: what each file does not say about itself. A catalogue is one too.

use crate::bearing_choice::unknown as unknown_bearing;
use crate::failure::{Code, Failure, Outcome, unreadable};
use crate::manifest_columns::{COLUMNS, Columns, numbered};
use crate::reading::{rate, speed, unit};
use crate::severity_choice::{criticality, date, group, power, support};
use crate::terminal::shown;
use crate::translate::{self, Doing};
use brinell_diagnosis::{BearingShelf, CatalogueBearing, EarlierReading, Machine, read_history};
use brinell_formats::{parquet_texts, parquet_titles};
use brinell_signal::{Hertz, Unit, counted};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

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
    /// Earlier readings of the point, which its trend is measured against.
    pub(crate) baseline: Option<Arc<Vec<EarlierReading>>>,
    /// Why the row cannot be used: it is a failed recording, and the others go on. Its other cells are kept.
    pub(crate) refused: Option<Box<Failure>>,
}

/// One recording to diagnose: a file, and what a row of the manifest says about it.
#[derive(Debug, Clone)]
pub(crate) struct Job {
    pub(crate) path: PathBuf,
    pub(crate) row: Option<Row>,
    /// Why there is nothing to read: a folder that is missing or empty.
    pub(crate) refused: Option<Box<Failure>>,
}

impl Job {
    /// What tells it from the others of a batch: its path, and the channel where rows name several.
    pub(crate) fn name(&self) -> String {
        let row = self.row.as_ref();
        format!("{:?}{:?}", self.path, row.map(|row| (&row.channel, &row.variable)))
    }

    /// A file or folder of which only this is known: that it fails.
    pub(crate) fn failing((path, failure): (PathBuf, Box<Failure>)) -> Self {
        Self { path, row: None, refused: Some(failure) }
    }
}

/// Whether a file is a manifest: a table with a column `file`.
pub(crate) fn is_manifest(path: &Path) -> bool {
    let is_file = |title: &str| title.eq_ignore_ascii_case("file");
    match Kind::of(path) {
        _ if !path.is_file() => false,
        Some(Kind::Csv) => first_line(path).is_some_and(|line| {
            let titles = table(&line).headers().cloned();
            titles.is_ok_and(|titles| titles.iter().any(is_file))
        }),
        Some(Kind::Parquet) => {
            parquet_titles(path).is_ok_and(|titles| titles.iter().any(|title| is_file(title)))
        }
        None => false,
    }
}

/// The first line of a text, of which no more than its beginning is looked at.
fn first_line(path: &Path) -> Option<String> {
    let mut line = Vec::new();
    BufReader::new(File::open(path).ok()?.take(1 << 16)).read_until(b'\n', &mut line).ok()?;
    String::from_utf8(line).ok()
}

/// A table of cells parted by commas, semicolons or tabs: by what stands most often in its first line. A mark of its encoding in
/// front is passed over.
fn table(text: &str) -> csv::Reader<&[u8]> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let titles = text.lines().next().unwrap_or_default();
    let often = |delimiter: &u8| titles.bytes().filter(|byte| byte == delimiter).count();
    // Of marks that stand as often the last one here counts: the comma before all others.
    let delimiter = [b'\t', b';', b','].into_iter().max_by_key(often).unwrap_or(b',');
    let mut builder = csv::ReaderBuilder::new();
    builder.delimiter(delimiter).trim(csv::Trim::All).flexible(true).from_reader(text.as_bytes())
}

/// How a manifest is written.
enum Kind {
    Csv,
    Parquet,
}

impl Kind {
    fn of(path: &Path) -> Option<Self> {
        let ending = path.extension()?.to_string_lossy().to_lowercase();
        match ending.as_str() {
            "csv" => Some(Self::Csv),
            "parquet" => Some(Self::Parquet),
            _ => None,
        }
    }
}

/// Reads a manifest: CSV, whose first line names the columns, or Parquet. `file` must be among them. A row with a wrong
/// value is read as one that is [refused](Row::refused).
pub(crate) fn read(path: &Path, shelf: &BearingShelf) -> Outcome<Vec<Row>> {
    if let Some(Kind::Parquet) = Kind::of(path) {
        let doing = Doing { command: "diagnose --manifest", path };
        let table = parquet_texts(path).map_err(|error| translate::formats(&error, doing))?;
        let record = |cells: Vec<Option<String>>| -> csv::StringRecord {
            cells.into_iter().map(Option::unwrap_or_default).collect()
        };
        let rows = table.rows.into_iter().zip(1..).map(|(cells, number)| Ok((number, record(cells))));
        return parse(&table.titles.iter().map(|title| title.to_lowercase()).collect(), rows, path, shelf);
    }
    let text = std::fs::read_to_string(path).map_err(|error| unreadable(path, &error))?;
    parse_csv(&text, path, shelf)
}

fn parse_csv(text: &str, path: &Path, shelf: &BearingShelf) -> Outcome<Vec<Row>> {
    let mut reader = table(text);
    let wrong = |error: csv::Error| (error.position().map_or(1, csv::Position::line), error.to_string());
    let titles = match reader.headers() {
        Ok(titles) => titles.iter().map(str::to_lowercase).collect(),
        Err(error) => {
            let (line, what) = wrong(error);
            return Err(wrong_at(path, line, what));
        }
    };
    let rows = reader.records().map(|record| {
        let record = record.map_err(wrong)?;
        Ok((record.position().map_or(0, csv::Position::line), record))
    });
    parse(&titles, rows, path, shelf)
}

/// What is wrong in a line of a manifest.
fn wrong_at(path: &Path, line: u64, what: String) -> Box<Failure> {
    let mut failure =
        Failure::new(Code::ManifestInvalid, what).place(format!("{}:{line}", shown(path))).help(format!(
            "columns that are read: {}; of bare numbers {}",
            COLUMNS.join(", "),
            numbered().collect::<Vec<_>>().join(", ")
        ));
    failure.file = Some(path.to_string_lossy().into_owned());
    failure.line = Some(line);
    failure
}

fn parse(
    titles: &csv::StringRecord,
    records: impl Iterator<Item = Result<(u64, csv::StringRecord), (u64, String)>>,
    path: &Path,
    shelf: &BearingShelf,
) -> Outcome<Vec<Row>> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut baselines = Baselines::default();
    let wrong = |line: u64, what: String| wrong_at(path, line, what);
    let columns = Columns::of(titles).map_err(|what| wrong(1, what))?;
    let mut rows = Vec::new();
    for record in records {
        let (line, record) = record.map_err(|(line, what)| wrong(line, what))?;
        let cell = |name: &str| columns.cell(&record, name);
        let text = |name: &str| columns.plain(&record, name).map(str::to_owned);
        let file = columns.file(&record).map_or_else(|| path.to_owned(), |file| folder.join(file));
        let mut refused = WrongCells::default();
        if record.len() != columns.len() {
            // What stands under which title is not known: no cell is judged.
            let what = format!("the row has {} cells, the header {}", record.len(), columns.len());
            refused.0.push(*wrong(line, what));
            rows.push(Row { refused: refused.into_failure(path, line), file, ..Row::default() });
            continue;
        }
        if columns.plain(&record, "file").is_none() {
            refused.0.push(*wrong(line, "the column `file` is empty".to_owned()));
        }
        let row = Row {
            file,
            machine: Machine {
                asset: text("asset"),
                point: text("point"),
                power_kw: refused.read("power", &cell, power),
                group: refused.read("group", &cell, group),
                support: refused.read("support", &cell, support),
                criticality: refused.read("criticality", &cell, criticality),
            },
            date: refused.read("date", &cell, date),
            designation: text("bearing"),
            bearing: refused
                .read("bearing", &cell, |_, name| match shelf.bearing(name) {
                    // A catalogue tells what the bearing is, also where its geometry is not known.
                    Err(_) if columns.catalogue => Ok(None),
                    found => found.map(Some).map_err(|error| unknown_bearing(&error)),
                })
                .flatten(),
            channel: text("channel"),
            speed: refused.read("speed", &cell, speed),
            rate: refused.read("rate", &cell, rate),
            unit: refused.read("unit", &cell, unit),
            variable: text("variable"),
            baseline: refused.read("baseline", &cell, |_, place| baselines.read(&folder.join(place))),
            refused: None,
        };
        rows.push(Row { refused: refused.into_failure(path, line), ..row });
    }
    if rows.is_empty() {
        return Err(Failure::new(Code::ManifestInvalid, format!("the manifest {} has no rows", shown(path)))
            .why("there is nothing below its header")
            .help("one row a recording: its file, and what the file does not say")
            .file(path));
    }
    Ok(rows)
}

/// What is wrong in the cells of one row, in the order of their reading.
#[derive(Default)]
struct WrongCells(Vec<Failure>);

impl WrongCells {
    /// The value of a cell; `None` where it is empty or wrong, which is noted.
    fn read<'a, T>(
        &mut self,
        name: &str,
        cell: &impl Fn(&str) -> Option<Cow<'a, str>>,
        parse: impl FnOnce(&str, &str) -> Outcome<T>,
    ) -> Option<T> {
        parse(name, &cell(name)?).map_err(|failure| self.0.push(*failure)).ok()
    }

    /// The failure of the row: that of its only wrong cell, or one with a line for each.
    fn into_failure(mut self, path: &Path, line: u64) -> Option<Box<Failure>> {
        let mut failure = if self.0.len() > 1 {
            let mut all =
                Failure::new(Code::ManifestInvalid, format!("{} cells of this row are wrong", self.0.len()));
            all.details = self.0.iter().map(|cell| format!("  {}", cell.with_help())).collect();
            all
        } else {
            Box::new(self.0.pop()?)
        };
        failure.code = Code::ManifestInvalid;
        failure.exit = Code::ManifestInvalid.exit();
        failure.line = Some(line);
        failure.file = Some(path.to_string_lossy().into_owned());
        failure.place = Some(format!("{}:{line}", shown(path)));
        Some(failure)
    }
}

/// Earlier readings that rows name, each place read once.
#[derive(Default)]
struct Baselines(BTreeMap<PathBuf, Arc<Vec<EarlierReading>>>);

impl Baselines {
    fn read(&mut self, place: &Path) -> Outcome<Arc<Vec<EarlierReading>>> {
        if let Some(known) = self.0.get(place) {
            return Ok(Arc::clone(known));
        }
        let readings = read_history(place).map_err(|error| {
            Failure::new(Code::DataInvalid, format!("baseline: {error}"))
                .help("a folder with reports of brinell (JSON) and tables (CSV), or one such file")
        })?;
        let readings = Arc::new(readings);
        self.0.insert(place.to_owned(), Arc::clone(&readings));
        Ok(readings)
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

/// The rows of catalogues whose bearing has no known geometry, in a sentence; `None` where there is none.
pub(crate) fn unknown_bearings(rows: &[Row]) -> Option<String> {
    let unknown = rows.iter().filter(|row| row.bearing.is_none() && row.refused.is_none());
    let names: Vec<&str> = unknown.filter_map(|row| row.designation.as_deref()).collect();
    let first = names.first()?;
    let rows = if names.len() == 1 { "1 row names".to_owned() } else { format!("{} rows name", names.len()) };
    Some(format!(
        "{rows} a bearing whose geometry is not known (the first: {first}): correct the name, or describe it with --bearings FILE"
    ))
}

/// One job for each row.
pub(crate) fn jobs_of_rows(rows: Vec<Row>) -> Vec<Job> {
    rows.into_iter().map(|row| Job { path: row.file.clone(), row: Some(row), refused: None }).collect()
}

/// The jobs of files that were named: one for each row that is about the file (by its place on the
/// disk), or one without a row. Where `folders` were named, the manifest says what should lie in them: a row that
/// is refused or whose file is missing is a job of its own, which fails.
pub(crate) fn jobs_of_files(files: Vec<PathBuf>, rows: &[Row], folders: bool) -> Vec<Job> {
    let place = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let mut by_place: BTreeMap<PathBuf, Vec<&Row>> = BTreeMap::new();
    for row in rows {
        by_place.entry(place(&row.file)).or_default().push(row);
    }
    let mut jobs = Vec::new();
    let mut met = BTreeSet::new();
    for path in files {
        match by_place.get(&place(&path)) {
            Some(own) => {
                met.extend(own.iter().map(|row| &row.file));
                jobs.extend(own.iter().map(|row| Job {
                    path: path.clone(),
                    row: Some((*row).clone()),
                    refused: None,
                }));
            }
            None => jobs.push(Job { path, row: None, refused: None }),
        }
    }
    let fails = |row: &&Row| row.refused.is_some() || !row.file.is_file();
    let left = rows.iter().filter(|row| folders && !met.contains(&row.file)).filter(fails);
    jobs.extend(left.map(|row| Job { path: row.file.clone(), row: Some(row.clone()), refused: None }));
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
        let rows = parse_csv("file\na.mat\nb.mat\n", Path::new("l.csv"), BearingShelf::shipped()).unwrap();
        let jobs = jobs_of_files(vec![PathBuf::from("a.mat"), PathBuf::from("c.mat")], &rows, false);
        let told = unmatched(&jobs, &rows).unwrap();
        assert!(told.contains("1 row of the manifest") && told.contains("b.mat"), "{told}");
        assert!(told.contains("1 file had no row"), "{told}");
        let whole = jobs_of_files(vec![PathBuf::from("a.mat"), PathBuf::from("b.mat")], &rows, false);
        assert_eq!(unmatched(&whole, &rows), None);
    }

    #[test]
    fn a_row_states_quantities_with_units_and_its_file_lies_beside_the_manifest() {
        let text = "file,bearing,speed,rate,true_fault\na.mat,6205,1797rpm,12kHz,outer\nb.mat,,,,\n";
        let rows = parse_csv(text, Path::new("plant/list.csv"), BearingShelf::shipped()).unwrap();
        assert_eq!(rows[0].file, Path::new("plant/a.mat"));
        assert_eq!(rows[0].rate, Some(Hertz(12_000.0)));
        assert_eq!(rows[0].bearing.as_ref().unwrap().designation, "6205");
        assert_eq!(rows[1].speed, None);
    }

    #[test]
    fn a_wrong_column_and_a_wrong_value_name_their_line() {
        let failure = parse_csv("file,beering\n", Path::new("l.csv"), BearingShelf::shipped()).unwrap_err();
        assert!(failure.what.contains("did you mean `bearing`?"), "{}", failure.what);
        let text = "file,speed\na.mat,1797rpm\nb.mat,1797\n";
        let rows = parse_csv(text, Path::new("l.csv"), BearingShelf::shipped()).unwrap();
        assert!(rows[0].refused.is_none());
        let failure = rows[1].refused.as_ref().unwrap();
        assert_eq!(failure.line, Some(3));
        assert_eq!(failure.code, Code::ManifestInvalid);
    }

    #[test]
    fn a_refused_row_keeps_what_its_other_cells_say_unless_they_cannot_be_told_apart() {
        let text = "file,asset,criticality,bearing,speed,date\n\
            a.mat,Pump,high,99999,1797,2026-11-01\nb.mat,Pump,high,6205,1797rpm,2026-11-01,more\n";
        let rows = parse_csv(text, Path::new("l.csv"), BearingShelf::shipped()).unwrap();
        let row = &rows[0];
        let told = &row.refused.as_ref().unwrap().details;
        assert!(told[0].contains("99999") && told[1].contains("1797"), "{told:?}");
        assert_eq!((row.machine.asset.as_deref(), row.speed), (Some("Pump"), None));
        assert_eq!(row.machine.criticality, Some(brinell_diagnosis::Criticality::High));
        assert_eq!((row.designation.as_deref(), row.date.as_deref()), (Some("99999"), Some("2026-11-01")));
        assert!(rows[1].refused.is_some() && rows[1].machine.asset.is_none());
    }
}
