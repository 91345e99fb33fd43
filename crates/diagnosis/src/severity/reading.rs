//! Readings of a point: this one, and earlier ones from reports and tables.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{Severity, day::Day};
use crate::{Diagnosis, Error, Evidence, SCHEMA};

/// Indicators that are compared from one reading to the next, in the order of a report.
pub(super) const INDICATORS: [&str; 6] =
    ["velocity RMS", "RMS", "peak", "kurtosis", "crest factor", "modulation"];

/// Columns of a table that say whose reading a row is; all others but `date` are indicators.
const WHOSE: [&str; 4] = ["asset", "point", "channel", "unit"];

/// Those of them that tell one machine from another.
const NAMES: [&str; 2] = ["asset", "point"];

/// Status of a verdict that found a fault, as reports have it.
const FOUND: &str = "found";

/// One reading of some point at some time.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct EarlierReading {
    pub(super) day: Option<Day>,
    /// Asset, point, channel and unit, as far as they are stated.
    pub(super) whose: BTreeMap<String, String>,
    /// Whether what is not stated is unknown (a table's column is missing) instead of being nothing (a report).
    pub(super) open: bool,
    pub(super) sha256: Option<String>,
    /// Whether its report found a fault.
    pub(super) fault: bool,
    pub(super) values: BTreeMap<String, f64>,
}

impl EarlierReading {
    /// Days since 1970-01-01; `None` where it has no date.
    #[must_use]
    pub fn day(&self) -> Option<f64> {
        self.day.map(|day| day.0)
    }

    /// Whether machine or measuring point has a name.
    pub(super) fn is_named(&self) -> bool {
        NAMES.iter().any(|key| self.whose.contains_key(*key))
    }

    /// Whether the two are one reading, known twice.
    #[must_use]
    pub fn is_again(&self, other: &Self) -> bool {
        self.sha256.is_some()
            && (&self.sha256, self.day, &self.whose) == (&other.sha256, other.day, &other.whose)
    }

    /// Whether the two are of one point. A report of no named machine or point is nobody's history.
    #[must_use]
    pub fn same_point(&self, now: &Self) -> bool {
        (self.open || now.is_named())
            && WHOSE.iter().all(|key| match (self.whose.get(*key), now.whose.get(*key)) {
                (None, _) if self.open => true,
                (then, now) => then == now,
            })
    }
}

/// The part of a report that a history is made from.
#[derive(Deserialize)]
struct Report {
    schema: String,
    input: ReportInput,
    machine: ReportMachine,
    indicators: Vec<ReportIndicator>,
    evidence: Vec<ReportEvidence>,
    verdict: ReportVerdict,
    #[serde(default)]
    assessed: Option<ReportAssessed>,
}

#[derive(Deserialize)]
struct ReportInput {
    sha256: String,
    channel: String,
    unit: String,
}

#[derive(Deserialize)]
struct ReportMachine {
    asset: Option<String>,
    point: Option<String>,
}

#[derive(Deserialize)]
struct ReportIndicator {
    name: String,
    value: Option<f64>,
}

#[derive(Deserialize)]
struct ReportEvidence {
    modulation: Option<f64>,
}

#[derive(Deserialize)]
struct ReportVerdict {
    status: String,
}

#[derive(Deserialize)]
struct ReportAssessed {
    measured: Option<String>,
    severity: ReportSeverity,
}

#[derive(Deserialize)]
struct ReportSeverity {
    velocity_rms_mm_s: Option<f64>,
}

/// The reading that a diagnosis is.
pub(super) fn of_this(diagnosis: &Diagnosis, severity: &Severity, day: Option<Day>) -> EarlierReading {
    let deepest = |evidence: &[Evidence]| evidence.iter().map(|e| e.modulation).reduce(f64::max);
    let indicators = diagnosis.indicators.iter().filter_map(|one| Some((one.name.clone(), one.value?)));
    reading(
        day,
        [
            diagnosis.machine.asset.clone(),
            diagnosis.machine.point.clone(),
            Some(diagnosis.input.channel.clone()),
            Some(diagnosis.input.unit.clone()),
        ],
        diagnosis.input.sha256.clone(),
        indicators,
        severity.velocity_rms_mm_s,
        deepest(&diagnosis.evidence),
    )
}

fn reading(
    day: Option<Day>,
    whose: [Option<String>; 4],
    sha256: String,
    indicators: impl Iterator<Item = (String, f64)>,
    velocity: Option<f64>,
    modulation: Option<f64>,
) -> EarlierReading {
    let mut values: BTreeMap<String, f64> =
        indicators.filter(|(name, _)| INDICATORS.contains(&name.as_str())).collect();
    values.extend(velocity.map(|value| ("velocity RMS".to_owned(), value)));
    values.extend(modulation.map(|value| ("modulation".to_owned(), value)));
    values.retain(|_, value| value.is_finite());
    let whose =
        WHOSE.iter().zip(whose).filter_map(|(key, value)| Some(((*key).to_owned(), value?))).collect();
    let sha256 = Some(sha256).filter(|text| !text.is_empty());
    EarlierReading { day, whose, sha256, values, ..EarlierReading::default() }
}

/// Reads the earlier readings in a folder, or in one file: reports (`*.json`, schema `brinell.report/1`) and tables (`*.csv`),
/// in the order of their names. Other files and folders in it are passed over.
///
/// A table has a column `date` (ISO 8601), any of `asset`, `point`, `channel` and `unit` to say whose reading a row is (a
/// column that is missing fits all), and a column for each indicator: `velocity RMS`, `RMS`, `peak`, `kurtosis`,
/// `crest factor`, `modulation`. An empty cell is a value that was not measured.
///
/// # Errors
/// [`Error::History`]: the folder or a file cannot be read, a JSON file is no report, a table has an unknown column or a
/// cell that is no number or date.
pub fn read_history(place: &Path) -> Result<Vec<EarlierReading>, Error> {
    let refuse = |path: &Path, why: String| Error::History { path: path.to_string_lossy().into_owned(), why };
    let mut paths = Vec::new();
    if place.is_file() {
        paths.push(place.to_owned());
    } else {
        for entry in std::fs::read_dir(place).map_err(|error| refuse(place, error.to_string()))? {
            paths.push(entry.map_err(|error| refuse(place, error.to_string()))?.path());
        }
    }
    paths.sort();
    let mut readings = Vec::new();
    for path in paths.iter().filter(|path| path.is_file()) {
        let extension =
            path.extension().map(|word| word.to_string_lossy().to_lowercase()).unwrap_or_default();
        let text = || std::fs::read_to_string(path).map_err(|error| refuse(path, error.to_string()));
        match extension.as_str() {
            "json" => readings.push(of_report(&text()?).map_err(|why| refuse(path, why))?),
            "csv" => readings.extend(of_table(&text()?).map_err(|why| refuse(path, why))?),
            _ => {}
        }
    }
    Ok(readings)
}

fn of_report(text: &str) -> Result<EarlierReading, String> {
    let report: Report = serde_json::from_str(text).map_err(|error| format!("no report: {error}"))?;
    if report.schema != SCHEMA {
        return Err(format!("its schema is `{}`, not `{SCHEMA}`", report.schema));
    }
    let modulation = report.evidence.iter().filter_map(|e| e.modulation).reduce(f64::max);
    let measured = report.assessed.as_ref().and_then(|a| a.measured.as_deref());
    let fault = report.verdict.status == FOUND;
    let reading = reading(
        measured.and_then(Day::parse),
        [report.machine.asset, report.machine.point, Some(report.input.channel), Some(report.input.unit)],
        report.input.sha256,
        report.indicators.into_iter().filter_map(|one| Some((one.name, one.value?))),
        report.assessed.and_then(|a| a.severity.velocity_rms_mm_s),
        modulation,
    );
    Ok(EarlierReading { fault, ..reading })
}

fn of_table(text: &str) -> Result<Vec<EarlierReading>, String> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let titles = reader.headers().map_err(|error| error.to_string())?.clone();
    let mut columns = Vec::new();
    for title in &titles {
        let known = std::iter::once("date")
            .chain(WHOSE)
            .chain(INDICATORS)
            .find(|known| known.eq_ignore_ascii_case(title));
        columns.push(known.ok_or_else(|| {
            format!(
                "unknown column `{title}`; known are date, {}, {}",
                WHOSE.join(", "),
                INDICATORS.join(", ")
            )
        })?);
    }
    let mut readings = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| error.to_string())?;
        let line = record.position().map_or(0, csv::Position::line);
        let mut reading = EarlierReading { open: true, ..EarlierReading::default() };
        for (column, cell) in columns.iter().zip(&record).filter(|(_, cell)| !cell.is_empty()) {
            if *column == "date" {
                let day = Day::parse(cell);
                reading.day =
                    Some(day.ok_or_else(|| {
                        format!("line {line}: `{cell}` is no date; write it as 2026-11-03")
                    })?);
            } else if WHOSE.contains(column) {
                reading.whose.insert((*column).to_owned(), cell.to_owned());
            } else {
                let value = cell.parse::<f64>().ok().filter(|value| value.is_finite());
                let value =
                    value.ok_or_else(|| format!("line {line}: `{cell}` in column {column} is no number"))?;
                reading.values.insert((*column).to_owned(), value);
            }
        }
        readings.push(reading);
    }
    Ok(readings)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_table_is_read_with_its_dates_values_and_gaps() {
        let rows = of_table("date,point,rms,Velocity RMS\n2026-01-05,DE,0.2,\n,FE,,1.5\n").unwrap();
        assert_eq!(rows[0].day, Day::parse("2026-01-05"));
        assert_eq!(rows[0].values, BTreeMap::from([("RMS".to_owned(), 0.2)]));
        assert_eq!((rows[1].day, rows[1].values["velocity RMS"]), (None, 1.5));
    }

    #[test]
    fn what_a_table_cannot_hold_is_refused_with_its_line() {
        for (text, part) in [
            ("date,rmss\n", "unknown column `rmss`"),
            ("date,RMS\n2026-01-05,a\n", "line 2: `a`"),
            ("date,RMS\n5.1.2026,1\n", "line 2: `5.1.2026` is no date"),
            ("date,RMS\n2026-01-05,inf\n", "is no number"),
        ] {
            let error = of_table(text).unwrap_err();
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn readings_of_another_point_channel_or_unit_are_told_apart() {
        let now = reading(
            None,
            [Some("pump".into()), None, Some("DE".into()), Some("g".into())],
            String::new(),
            std::iter::empty(),
            None,
            None,
        );
        let of = |text: &str| of_table(text).unwrap().remove(0);
        assert!(of("date,RMS\n2026-01-05,1\n").same_point(&now));
        assert!(of("asset,channel,RMS\npump,DE,1\n").same_point(&now));
        assert!(!of("asset,RMS\nfan,1\n").same_point(&now));
        assert!(!of("unit,RMS\nm/s2,1\n").same_point(&now));
        let unnamed = EarlierReading { whose: BTreeMap::new(), ..now.clone() };
        assert!(!unnamed.same_point(&now), "a report without a machine is not of the pump");
    }
}
