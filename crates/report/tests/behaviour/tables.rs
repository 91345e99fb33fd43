//! Parquet tables read back.
#![allow(clippy::unwrap_used)]

use crate::sample;

use brinell_diagnosis::{Criticality, Machine};
use brinell_report::{Declared, Error, TABLES_SCHEMA, TablePaths, TableRows, drop_rows, write_tables};
use polars::prelude::{AnyValue, DataFrame, ParquetReader, SerReader};
use std::path::Path;

fn read(path: &Path) -> DataFrame {
    ParquetReader::new(std::fs::File::open(path).unwrap()).finish().unwrap()
}

fn cell<'a>(frame: &'a DataFrame, column: &str, row: usize) -> AnyValue<'a> {
    frame.column(column).unwrap().get(row).unwrap()
}

#[derive(Default)]
struct Tables(Vec<TableRows>);

impl Tables {
    fn push(&mut self, diagnosis: &brinell_diagnosis::Diagnosis) {
        self.0.push(TableRows::diagnosed(diagnosis));
    }

    fn push_failed(&mut self, path: &str, declared: &Declared, reason: &str) {
        self.0.push(TableRows::failed(path, declared, "file_damaged", reason));
    }

    fn write(&self, folder: &Path, force: bool) -> Result<TablePaths, Error> {
        write_tables(&self.0, &[], folder, 0, force)
    }
}

fn filled() -> Tables {
    let mut tables = Tables::default();
    tables.push(&sample::no_fault());
    tables.push_failed("broken.mat", &Declared::default(), "byte 128: the array ends early");
    tables.push(&sample::found());
    tables.push(&sample::undecided());
    tables
}

#[test]
fn recordings_keep_their_order_and_a_failed_file_is_a_row_with_its_error() {
    let folder = tempfile::tempdir().unwrap();
    let tables = filled();
    let paths = tables.write(folder.path(), false).unwrap();
    let frame = read(&paths.recordings);
    assert_eq!(frame.height(), 4);
    assert_eq!(cell(&frame, "path", 0), AnyValue::String("records/97.mat"));
    assert_eq!(cell(&frame, "status", 0), AnyValue::String("no_fault_found"));
    assert_eq!(cell(&frame, "error", 0), AnyValue::Null);
    assert_eq!(cell(&frame, "status", 1), AnyValue::String("failed"));
    assert_eq!(cell(&frame, "error", 1), AnyValue::String("byte 128: the array ends early"));
    assert_eq!(cell(&frame, "error_code", 1), AnyValue::String("file_damaged"));
    assert_eq!(cell(&frame, "rate_hz", 1), AnyValue::Null);
    assert_eq!(cell(&frame, "element", 2), AnyValue::String("inner"));
    assert_eq!(cell(&frame, "far", 2), AnyValue::Float64(0.0016));
    assert_eq!(cell(&frame, "samples", 2), AnyValue::UInt64(121_265));
    assert_eq!(cell(&frame, "speed_origin", 3), AnyValue::String("nominal"));
    assert_eq!(cell(&frame, "quality", 3), AnyValue::String("clipping"));
    // Classes of models that differ: a column each, empty where a model lacks it.
    assert_eq!(cell(&frame, "p_inner", 0), AnyValue::Null);
    assert_eq!(cell(&frame, "p_inner", 2), AnyValue::Float64(0.903));
    assert_eq!(cell(&frame, "p_inner", 3), AnyValue::Null);
    assert_eq!(cell(&frame, "p_outer", 3), AnyValue::Float64(0.81));
}

#[test]
fn a_failed_file_keeps_what_was_said_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut tables = filled();
    let declared = Declared {
        machine: Machine {
            asset: Some("P-101".into()),
            point: Some("drive end".into()),
            criticality: Some(Criticality::High),
            ..Machine::default()
        },
        bearing: Some("6205".into()),
        speed_hz: Some(24.5),
        measured: Some("2026-11-03".into()),
        ..Declared::default()
    };
    tables.push_failed("lost.mat", &declared, "the file does not exist");
    let frame = read(&tables.write(folder.path(), false).unwrap().recordings);
    for (column, value) in [
        ("asset", "P-101"),
        ("point", "drive end"),
        ("criticality", "high"),
        ("bearing", "6205"),
        ("measured", "2026-11-03"),
        ("speed_origin", "declared"),
    ] {
        assert_eq!(cell(&frame, column, 4), AnyValue::String(value), "{column}");
        assert_eq!(cell(&frame, column, 1), AnyValue::Null, "nothing was said of the other: {column}");
    }
    assert_eq!(cell(&frame, "speed_hz", 4), AnyValue::Float64(24.5));
    assert_eq!(cell(&frame, "unit_origin", 4), AnyValue::Null);
    assert_eq!(cell(&frame, "measured", 3), AnyValue::String("2026-11-03T08:15"));
}

#[test]
fn severity_and_the_first_action_are_columns_and_what_is_not_known_is_null_with_its_reason() {
    let folder = tempfile::tempdir().unwrap();
    let mut refused = sample::undecided();
    let severity = &mut refused.assessed.as_mut().unwrap().severity;
    (severity.zone, severity.velocity_rms_mm_s) = (None, None);
    severity.refusals = vec!["No velocity: it is not finite.".into(), "No zone: no power.".into()];
    let mut tables = filled();
    tables.push(&refused);
    let frame = read(&tables.write(folder.path(), false).unwrap().recordings);
    // A report of before severity was assessed, and a file that failed.
    for row in [0, 1] {
        for column in ["velocity_mm_s", "zone", "stage_lo", "stage_hi", "due"] {
            assert_eq!(cell(&frame, column, row), AnyValue::Null, "{column} {row}");
        }
    }
    assert_eq!(cell(&frame, "action", 1), AnyValue::Null);
    assert_eq!(cell(&frame, "due_days", 2), AnyValue::UInt32(28));
    assert_eq!(cell(&frame, "due", 2), AnyValue::Null, "the measurement has no date");
    assert_eq!(cell(&frame, "velocity_mm_s", 3), AnyValue::Float64(1.873));
    assert_eq!(cell(&frame, "zone", 3), AnyValue::String("B"));
    assert_eq!(cell(&frame, "zone_refusal", 3), AnyValue::Null);
    assert_eq!(cell(&frame, "stage_lo", 3), AnyValue::UInt32(1));
    assert_eq!(cell(&frame, "stage_hi", 3), AnyValue::UInt32(4));
    assert_eq!(
        cell(&frame, "action", 3),
        AnyValue::String("Re-measure with 30 s or more and the speed recorded")
    );
    assert_eq!(cell(&frame, "due", 3), AnyValue::String("2026-11-17"));
    assert_eq!(cell(&frame, "velocity_mm_s", 4), AnyValue::Null);
    assert_eq!(
        cell(&frame, "zone_refusal", 4),
        AnyValue::String("No velocity: it is not finite. No zone: no power.")
    );
}

#[test]
fn every_line_that_was_looked_at_is_a_row_of_peaks() {
    let folder = tempfile::tempdir().unwrap();
    let paths = filled().write(folder.path(), false).unwrap();
    let frame = read(&paths.peaks);
    let expected: usize = [sample::no_fault(), sample::found(), sample::undecided()]
        .iter()
        .flat_map(|d| d.evidence.iter().map(|e| e.peaks.len()).collect::<Vec<_>>())
        .sum();
    assert_eq!(frame.height(), expected);
    assert_eq!(cell(&frame, "record_id", 0), AnyValue::String("0c77d1e0f9b3-DE"));
    assert_eq!(cell(&frame, "element", 0), AnyValue::String("inner"));
    assert_eq!(cell(&frame, "harmonic", 0), AnyValue::UInt32(1));
    let first = &sample::no_fault().evidence[0].peaks[0];
    assert_eq!(cell(&frame, "expected_hz", 0), AnyValue::Float64(first.expected_hz));
    assert_eq!(cell(&frame, "counted", 0), AnyValue::Boolean(first.counted));
}

#[test]
fn the_file_carries_its_schema_and_the_same_rows_give_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let a = filled().write(&folder.path().join("a"), false).unwrap();
    let b = filled().write(&folder.path().join("b"), false).unwrap();
    for (a, b) in [(&a.recordings, &b.recordings), (&a.peaks, &b.peaks)] {
        assert_eq!(std::fs::read(a).unwrap(), std::fs::read(b).unwrap());
        let mut reader = ParquetReader::new(std::fs::File::open(a).unwrap());
        let metadata = reader.get_metadata().unwrap();
        let pairs = metadata.key_value_metadata().clone().unwrap();
        assert!(pairs.iter().any(|p| p.key == "schema" && p.value.as_deref() == Some(TABLES_SCHEMA)));
    }
}

#[test]
fn tables_without_rows_are_written_with_their_columns() {
    let folder = tempfile::tempdir().unwrap();
    let paths = Tables::default().write(folder.path(), false).unwrap();
    let frame = read(&paths.recordings);
    assert_eq!(frame.height(), 0);
    assert!(frame.column("status").is_ok() && frame.column("error").is_ok());
    assert!(matches!(Tables::default().write(folder.path(), false), Err(Error::Exists { .. })));
}

#[test]
fn hostile_class_names_and_double_ones_do_not_break_the_table() {
    let folder = tempfile::tempdir().unwrap();
    let mut diagnosis = sample::found();
    let scores = &mut diagnosis.learned.as_mut().unwrap().scores;
    scores[0].class = "a\u{0}\u{202E}\"'".into();
    scores[1].class = "same".into();
    scores[2].class = "same".into();
    let mut tables = Tables::default();
    tables.push_failed("first.mat", &Declared::default(), "unreadable");
    tables.push(&diagnosis);
    let frame = read(&tables.write(folder.path(), false).unwrap().recordings);
    assert_eq!(cell(&frame, "p_same", 1), AnyValue::Float64(0.903));
    assert_eq!(cell(&frame, "p_same", 0), AnyValue::Null);
}

#[test]
fn parts_have_the_same_columns_and_numbered_names_and_rows_survive_json() {
    let folder = tempfile::tempdir().unwrap();
    let rows = filled().0;
    let text = serde_json::to_string(&rows).unwrap();
    assert_eq!(serde_json::from_str::<Vec<TableRows>>(&text).unwrap(), rows);
    let classes: Vec<String> = ["normal", "inner", "outer", "ball"].map(str::to_owned).to_vec();
    let first = write_tables(&rows, &classes, folder.path(), 0, false).unwrap();
    // A part of failed files alone.
    let second = write_tables(&rows[1..2], &classes, folder.path(), 1, false).unwrap();
    assert!(
        second.recordings.ends_with("recordings/00001.parquet")
            && second.peaks.ends_with("peaks/00001.parquet")
    );
    for (a, b) in [(&first.recordings, &second.recordings), (&first.peaks, &second.peaks)] {
        assert_eq!(read(a).schema(), read(b).schema());
    }
}

#[test]
fn rows_are_taken_out_of_a_part_by_their_configuration_with_their_peaks() {
    let folder = tempfile::tempdir().unwrap();
    let mut rows = filled().0;
    for (at, row) in rows.iter_mut().enumerate() {
        row.recording.configuration = at.to_string();
    }
    let paths = write_tables(&rows, &[], folder.path(), 0, false).unwrap();
    drop_rows(folder.path(), 0, &["1", "2", "none"].into()).unwrap();
    let kept = [rows[0].clone(), rows[3].clone()];
    let expected = write_tables(&kept, &[], &folder.path().join("b"), 0, false).unwrap();
    for (path, other) in [(&paths.peaks, &expected.peaks), (&paths.recordings, &expected.recordings)] {
        assert_eq!(read(path).height(), read(other).height());
    }
    assert_eq!(cell(&read(&paths.recordings), "path", 1), cell(&read(&expected.recordings), "path", 1));
}
