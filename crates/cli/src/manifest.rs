//! A table (CSV) of recordings: what each file does not say about itself.

use crate::failure::{Code, Failure, Outcome, unreadable};
use crate::reading::{rate, speed, unit};
use crate::terminal::shown;
use crate::translate::nearest;
use brinell_signal::{Hertz, Unit};
use std::path::{Path, PathBuf};

/// Columns that are read. Those whose name begins with [`TRUTH`] never are.
const COLUMNS: [&str; 9] =
    ["file", "asset", "point", "bearing", "channel", "speed", "rate", "unit", "variable"];

/// Columns that hold the answer (`data simulate` writes them) begin with this.
const TRUTH: &str = "true_";

/// One recording of a manifest.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Row {
    /// The file, relative to the manifest's folder unless absolute.
    pub(crate) file: PathBuf,
    pub(crate) asset: Option<String>,
    pub(crate) point: Option<String>,
    pub(crate) bearing: Option<String>,
    pub(crate) channel: Option<String>,
    pub(crate) speed: Option<Hertz>,
    pub(crate) rate: Option<Hertz>,
    pub(crate) unit: Option<Unit>,
    pub(crate) variable: Option<String>,
}

/// Reads a manifest. The first line names the columns; `file` must be among them.
pub(crate) fn read(path: &Path) -> Outcome<Vec<Row>> {
    let text = std::fs::read_to_string(path).map_err(|error| unreadable(path, &error))?;
    parse(&text, path)
}

fn parse(text: &str, path: &Path) -> Outcome<Vec<Row>> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
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
        let at_line = |mut failure: Box<Failure>| {
            failure.code = Code::ManifestInvalid;
            failure.line = Some(line);
            failure.file = Some(path.to_string_lossy().into_owned());
            failure.place = Some(format!("{}:{line}", shown(path)));
            failure
        };
        let Some(file) = cell("file") else {
            return Err(wrong(line, "the column `file` is empty".to_owned()));
        };
        rows.push(Row {
            file: folder.join(file),
            asset: cell("asset").map(str::to_owned),
            point: cell("point").map(str::to_owned),
            bearing: cell("bearing").map(str::to_owned),
            channel: cell("channel").map(str::to_owned),
            speed: cell("speed").map(|text| speed("speed", text)).transpose().map_err(at_line)?,
            rate: cell("rate").map(|text| rate("rate", text)).transpose().map_err(at_line)?,
            unit: cell("unit").map(|text| unit("unit", text)).transpose().map_err(at_line)?,
            variable: cell("variable").map(str::to_owned),
        });
    }
    Ok(rows)
}

/// The row of a file: by the same path, or by the same place on the disk.
pub(crate) fn row_of<'a>(rows: &'a [Row], file: &Path) -> Option<&'a Row> {
    rows.iter().find(|row| row.file == file).or_else(|| {
        let real = file.canonicalize().ok()?;
        rows.iter().find(|row| row.file.canonicalize().is_ok_and(|other| other == real))
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_row_states_quantities_with_units_and_its_file_lies_beside_the_manifest() {
        let text = "file,bearing,speed,rate,true_fault\na.mat,6205,1797rpm,12kHz,outer\nb.mat,,,,\n";
        let rows = parse(text, Path::new("plant/list.csv")).unwrap();
        assert_eq!(rows[0].file, Path::new("plant/a.mat"));
        assert_eq!(rows[0].rate, Some(Hertz(12_000.0)));
        assert_eq!(rows[0].bearing.as_deref(), Some("6205"));
        assert_eq!(rows[1].speed, None);
    }

    #[test]
    fn a_wrong_column_and_a_wrong_value_name_their_line() {
        let failure = parse("file,beering\n", Path::new("l.csv")).unwrap_err();
        assert!(failure.what.contains("did you mean `bearing`?"), "{}", failure.what);
        let failure = parse("file,speed\na.mat,1797rpm\nb.mat,1797\n", Path::new("l.csv")).unwrap_err();
        assert_eq!(failure.line, Some(3));
        assert_eq!(failure.code, Code::ManifestInvalid);
    }
}
