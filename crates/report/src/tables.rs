//! Parquet tables over many recordings: one row a recording, one row a peak.
//!
//! Zstandard compression, statistics on, rows in the order they were pushed; the file's metadata
//! carries the schema's name under `schema`. A file that failed is a row with `error` and with what flags and manifest
//! said of it, never absent.
//!
//! Severity in `recordings`, null where unknown: `velocity_mm_s` (RMS), `zone` (A to D) or `zone_refusal` (the reasons,
//! in sentences), `stage_lo` and `stage_hi` (1 to 4), `action` (the most pressing one), `due` (its last date, ISO 8601,
//! when the measurement has one) and `due_days` (the same as days from the measurement).

use crate::condition::Condition;
use crate::declared::Declared;
use crate::error::{Error, Result};
use crate::files::{make_folder, refuse_existing, write_whole};
use brinell_diagnosis::{Diagnosis, Level, Verdict};
use brinell_signal::Origin;
use polars::prelude::{
    Column, DataFrame, KeyValueMetadata, NamedFrom, ParquetCompression, ParquetWriter, PolarsError, Series,
};
use std::path::{Path, PathBuf};

/// Name and version of the tables' form, written into each file's metadata.
pub const TABLES_SCHEMA: &str = "brinell.tables/1";

/// Where the tables were written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TablePaths {
    /// One row for each recording.
    pub recordings: PathBuf,
    /// One row for each line that was looked at.
    pub peaks: PathBuf,
}

/// Rows of the two tables, gathered one diagnosis at a time.
#[derive(Debug, Clone, Default)]
pub struct Tables {
    recordings: Recordings,
    peaks: Peaks,
    /// Class names in order of first appearance, with a score for each recording so far.
    classes: Vec<(String, Vec<Option<f64>>)>,
}

#[derive(Debug, Clone, Default)]
struct Recordings {
    record_id: Vec<Option<String>>,
    path: Vec<String>,
    sha256: Vec<Option<String>>,
    asset: Vec<Option<String>>,
    point: Vec<Option<String>>,
    channel: Vec<Option<String>>,
    measured: Vec<Option<String>>,
    criticality: Vec<Option<String>>,
    unit: Vec<Option<String>>,
    unit_origin: Vec<Option<String>>,
    rate_hz: Vec<Option<f64>>,
    samples: Vec<Option<u64>>,
    duration_s: Vec<Option<f64>>,
    speed_hz: Vec<Option<f64>>,
    speed_origin: Vec<Option<String>>,
    bearing: Vec<Option<String>>,
    status: Vec<Option<String>>,
    element: Vec<Option<String>>,
    far: Vec<Option<f64>>,
    quality: Vec<Option<String>>,
    disagreement: Vec<Option<String>>,
    velocity_mm_s: Vec<Option<f64>>,
    zone: Vec<Option<String>>,
    zone_refusal: Vec<Option<String>>,
    stage_lo: Vec<Option<u32>>,
    stage_hi: Vec<Option<u32>>,
    action: Vec<Option<String>>,
    due: Vec<Option<String>>,
    due_days: Vec<Option<u32>>,
    error: Vec<Option<String>>,
}

#[derive(Debug, Clone, Default)]
struct Peaks {
    record_id: Vec<String>,
    element: Vec<String>,
    harmonic: Vec<u32>,
    sideband: Vec<i32>,
    expected_hz: Vec<f64>,
    tolerance_hz: Vec<f64>,
    found_hz: Vec<Option<f64>>,
    deviation_percent: Vec<Option<f64>>,
    amplitude: Vec<Option<f64>>,
    floor: Vec<Option<f64>>,
    unit: Vec<String>,
    snr_db: Vec<Option<f64>>,
    threshold_db: Vec<Option<f64>>,
    counted: Vec<bool>,
    note: Vec<String>,
}

/// The lower-case word that serde writes for a unit variant.
fn word<T: serde::Serialize>(value: &T) -> Option<String> {
    serde_json::to_value(value).ok().and_then(|v| v.as_str().map(str::to_owned))
}

fn finite(value: f64) -> Option<f64> {
    Some(value).filter(|v| v.is_finite())
}

impl Recordings {
    fn push_condition(&mut self, condition: Condition) {
        self.criticality.push(condition.criticality.map(|level| level.to_string()));
        self.velocity_mm_s.push(condition.velocity_mm_s);
        self.zone.push(condition.zone.map(|zone| zone.to_string()));
        self.zone_refusal.push(condition.reasons.map(|reasons| reasons.to_string()));
        self.stage_lo.push(condition.stage.map(|[low, _]| u32::from(low)));
        self.stage_hi.push(condition.stage.map(|[_, high]| u32::from(high)));
        let action = condition.action.as_ref();
        self.action.push(action.map(|action| action.what.to_string()));
        self.due.push(action.and_then(|action| action.dates.as_ref()).map(|[_, to]| to.clone()));
        self.due_days.push(action.and_then(|action| action.by_days).map(|[_, to]| to));
    }
}

impl Tables {
    /// Tables without rows.
    pub fn new() -> Self {
        Self::default()
    }

    /// Number of recordings so far, failed ones included.
    pub fn len(&self) -> usize {
        self.recordings.path.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds a diagnosis: one row of recordings, and one row of peaks for each line.
    pub fn push(&mut self, diagnosis: &Diagnosis) {
        let input = &diagnosis.input;
        let (status, element, far) = match &diagnosis.verdict {
            Verdict::Found { element, p_adjusted, .. } => ("found", Some(*element), finite(*p_adjusted)),
            Verdict::Undecided { .. } => ("undecided", None, None),
            Verdict::NoFaultFound { .. } => ("no_fault_found", None, None),
        };
        let far = far.or_else(|| crate::decisive::evidence(diagnosis).and_then(|e| finite(e.p_adjusted)));
        let quality: Vec<&str> =
            diagnosis.quality.iter().filter(|q| q.level != Level::Ok).map(|q| q.code.as_str()).collect();
        let rows = &mut self.recordings;
        rows.record_id.push(Some(diagnosis.id.clone()));
        rows.path.push(input.path.clone());
        rows.sha256.push(Some(input.sha256.clone()));
        rows.asset.push(diagnosis.machine.asset.clone());
        rows.point.push(diagnosis.machine.point.clone());
        rows.channel.push(Some(input.channel.clone()));
        rows.measured.push(diagnosis.assessed.as_ref().and_then(|assessed| assessed.measured.clone()));
        rows.unit.push(Some(input.unit.clone()));
        rows.unit_origin.push(word(&input.unit_origin));
        rows.rate_hz.push(finite(input.rate_hz));
        rows.samples.push(Some(input.samples as u64));
        rows.duration_s.push(finite(input.duration_s));
        rows.speed_hz.push(diagnosis.speed.as_ref().and_then(|s| finite(s.hz)));
        rows.speed_origin.push(diagnosis.speed.as_ref().and_then(|s| word(&s.origin)));
        rows.bearing.push(diagnosis.bearing.as_ref().map(|b| b.designation.clone()));
        rows.status.push(Some(status.to_owned()));
        rows.element.push(element.as_ref().and_then(word));
        rows.far.push(far);
        rows.quality.push(Some(quality.join(";")));
        rows.disagreement.push(diagnosis.disagreement.as_ref().map(|text| text.to_string()));
        rows.error.push(None);
        rows.push_condition(Condition::of(diagnosis));
        self.push_scores(diagnosis);
        for evidence in &diagnosis.evidence {
            for peak in &evidence.peaks {
                let peaks = &mut self.peaks;
                peaks.record_id.push(diagnosis.id.clone());
                peaks.element.push(word(&evidence.element).unwrap_or_default());
                peaks.harmonic.push(peak.harmonic);
                peaks.sideband.push(peak.sideband);
                peaks.expected_hz.push(peak.expected_hz);
                peaks.tolerance_hz.push(peak.tolerance_hz);
                peaks.found_hz.push(finite(peak.found_hz));
                peaks.deviation_percent.push(finite(peak.deviation_percent));
                peaks.amplitude.push(finite(peak.amplitude));
                peaks.floor.push(finite(peak.floor));
                peaks.unit.push(diagnosis.figures.envelope_spectrum.unit.to_string());
                peaks.snr_db.push(finite(peak.snr_db));
                peaks.threshold_db.push(finite(peak.threshold_db));
                peaks.counted.push(peak.counted);
                peaks.note.push(peak.note.to_string());
            }
        }
    }

    /// Adds a file that could not be diagnosed, with what was said of it and the reason as reported.
    pub fn push_failed(&mut self, path: impl Into<String>, declared: &Declared, error: impl Into<String>) {
        let rows = &mut self.recordings;
        let machine = &declared.machine;
        let said = |stated: bool| stated.then(|| word(&Origin::Declared)).flatten();
        rows.path.push(path.into());
        rows.error.push(Some(error.into()));
        rows.push_condition(Condition::declared(machine));
        rows.asset.push(machine.asset.clone());
        rows.point.push(machine.point.clone());
        rows.channel.push(declared.channel.clone());
        rows.measured.push(declared.measured.clone());
        rows.bearing.push(declared.bearing.clone());
        rows.unit.push(declared.unit.clone());
        rows.unit_origin.push(said(declared.unit.is_some()));
        rows.rate_hz.push(declared.rate_hz.and_then(finite));
        rows.speed_hz.push(declared.speed_hz.and_then(finite));
        rows.speed_origin.push(said(declared.speed_hz.is_some()));
        for column in [
            &mut rows.record_id,
            &mut rows.sha256,
            &mut rows.element,
            &mut rows.quality,
            &mut rows.disagreement,
        ] {
            column.push(None);
        }
        rows.status.push(Some("failed".to_owned()));
        for column in [&mut rows.duration_s, &mut rows.far] {
            column.push(None);
        }
        rows.samples.push(None);
        for (_, scores) in &mut self.classes {
            scores.push(None);
        }
    }

    /// Scores of the recording that was pushed last.
    fn push_scores(&mut self, diagnosis: &Diagnosis) {
        let before = self.recordings.path.len() - 1;
        for score in diagnosis.learned.iter().flat_map(|l| &l.scores) {
            let place = self.classes.iter().position(|(name, _)| *name == score.class).unwrap_or_else(|| {
                self.classes.push((score.class.clone(), vec![None; before]));
                self.classes.len() - 1
            });
            let scores = &mut self.classes[place].1;
            // A model that names a class twice keeps its first score.
            if scores.len() == before {
                scores.push(finite(score.score));
            }
        }
        for (_, scores) in &mut self.classes {
            scores.resize(before + 1, None);
        }
    }

    /// Writes `recordings.parquet` and `peaks.parquet` into `folder`, which is made if needed.
    ///
    /// # Errors
    /// [`Error::Folder`], [`Error::Exists`], [`Error::Write`], [`Error::Table`].
    pub fn write(&self, folder: &Path, force: bool) -> Result<TablePaths> {
        make_folder(folder)?;
        let paths =
            TablePaths { recordings: folder.join("recordings.parquet"), peaks: folder.join("peaks.parquet") };
        refuse_existing(&[paths.recordings.as_path(), paths.peaks.as_path()], force)?;
        write_table(&paths.recordings, force, "recordings", self.len(), self.recording_columns())?;
        write_table(&paths.peaks, force, "peaks", self.peaks.harmonic.len(), self.peak_columns())?;
        Ok(paths)
    }

    fn recording_columns(&self) -> Vec<Column> {
        let r = &self.recordings;
        let mut columns = vec![
            column("record_id", &r.record_id),
            column("path", &r.path),
            column("sha256", &r.sha256),
            column("asset", &r.asset),
            column("point", &r.point),
            column("channel", &r.channel),
            column("measured", &r.measured),
            column("criticality", &r.criticality),
            column("unit", &r.unit),
            column("unit_origin", &r.unit_origin),
            column("rate_hz", &r.rate_hz),
            column("samples", &r.samples),
            column("duration_s", &r.duration_s),
            column("speed_hz", &r.speed_hz),
            column("speed_origin", &r.speed_origin),
            column("bearing", &r.bearing),
            column("status", &r.status),
            column("element", &r.element),
            column("far", &r.far),
            column("quality", &r.quality),
            column("disagreement", &r.disagreement),
            column("velocity_mm_s", &r.velocity_mm_s),
            column("zone", &r.zone),
            column("zone_refusal", &r.zone_refusal),
            column("stage_lo", &r.stage_lo),
            column("stage_hi", &r.stage_hi),
            column("action", &r.action),
            column("due", &r.due),
            column("due_days", &r.due_days),
        ];
        // Class names come from a model file; the prefix keeps them apart from all other columns.
        columns.extend(self.classes.iter().map(|(name, scores)| column(&format!("p_{name}"), scores)));
        columns.push(column("error", &r.error));
        columns
    }

    fn peak_columns(&self) -> Vec<Column> {
        let p = &self.peaks;
        vec![
            column("record_id", &p.record_id),
            column("element", &p.element),
            column("harmonic", &p.harmonic),
            column("sideband", &p.sideband),
            column("expected_hz", &p.expected_hz),
            column("tolerance_hz", &p.tolerance_hz),
            column("found_hz", &p.found_hz),
            column("dev_pct", &p.deviation_percent),
            column("amp", &p.amplitude),
            column("floor", &p.floor),
            column("unit", &p.unit),
            column("snr_db", &p.snr_db),
            column("threshold_db", &p.threshold_db),
            column("counted", &p.counted),
            column("note", &p.note),
        ]
    }
}

fn column<'a, T>(name: &str, values: &'a [T]) -> Column
where
    Series: NamedFrom<&'a [T], [T]>,
    T: 'a,
{
    Series::new(name.into(), values).into()
}

fn write_table(path: &Path, force: bool, table: &str, rows: usize, columns: Vec<Column>) -> Result<()> {
    // Encoded in memory first: an encoding error and a full disk are told apart.
    let bytes = encoded(rows, columns, TABLES_SCHEMA, table)
        .map_err(|error| Error::Table { path: path.to_owned(), reason: error.to_string() })?;
    write_whole(path, force, |file| std::io::Write::write_all(file, &bytes))
}

/// Columns of `rows` rows as a Parquet file, with the names of schema and table in its metadata.
pub(crate) fn encoded(
    rows: usize,
    columns: Vec<Column>,
    schema: &str,
    table: &str,
) -> std::result::Result<Vec<u8>, PolarsError> {
    let mut frame = DataFrame::new(rows, columns)?;
    let metadata = vec![
        ("schema".to_owned(), schema.to_owned()),
        ("table".to_owned(), table.to_owned()),
        ("creator".to_owned(), format!("brinell {}", env!("CARGO_PKG_VERSION"))),
    ];
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes)
        .with_compression(ParquetCompression::Zstd(None))
        .with_key_value_metadata(Some(KeyValueMetadata::from_static(metadata)))
        .finish(&mut frame)?;
    Ok(bytes)
}
