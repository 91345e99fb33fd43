//! Recordings in tables whose rows are signals, as the Python package bearing-datasets writes them.
#![allow(clippy::unwrap_used)]

use brinell_formats::{ReadRequest, probe_file, read_recording};
use brinell_signal::{Hertz, Origin, Unit};
use std::path::{Path, PathBuf};

fn signals() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/bearing_datasets/signals/part-float32.parquet")
}

#[test]
fn rate_unit_speed_and_position_come_from_the_table_above_the_signals() {
    let request = ReadRequest { variable: Some("a/FE".to_owned()), ..ReadRequest::default() };
    let recording = read_recording(&signals(), &request).unwrap().recording;
    assert_eq!((recording.rate().value, recording.rate().origin), (Hertz(12_000.0), Origin::File));
    assert_eq!(recording.rate().note.to_string(), "metadata.parquet, column `fs`");
    assert_eq!(recording.speed().unwrap().value, Hertz(29.95));
    let channel = &recording.channels()[0];
    assert_eq!(channel.unit().value, Unit::MetresPerSecondSquared);
    assert_eq!((channel.samples().len(), channel.samples()[0], channel.position()), (48, 1.0, None));
    let request = ReadRequest { variable: Some("a/DE".to_owned()), ..ReadRequest::default() };
    let recording = read_recording(&signals(), &request).unwrap().recording;
    assert_eq!(recording.channels()[0].position(), Some("motor_bearing_de"));
}

#[test]
fn a_probe_takes_the_lengths_from_the_table() {
    let arrays = probe_file(&signals()).unwrap().arrays;
    let shapes: Vec<(&str, usize)> = arrays.iter().map(|a| (a.name.as_str(), a.shape[0])).collect();
    assert_eq!(shapes, [("a/DE", 48), ("a/FE", 48)]);
}
