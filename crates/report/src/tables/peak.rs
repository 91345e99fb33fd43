//! A row of the table of peaks: one line that was looked at.

use super::{column, finite, word};
use brinell_diagnosis::{Diagnosis, modulation_index};
use polars::prelude::Column;
use serde::{Deserialize, Serialize};

/// One line of one recording.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PeakRow {
    record_id: String,
    element: String,
    harmonic: u32,
    sideband: i32,
    expected_hz: Option<f64>,
    tolerance_hz: Option<f64>,
    found_hz: Option<f64>,
    deviation_percent: Option<f64>,
    amplitude: Option<f64>,
    floor: Option<f64>,
    unit: String,
    snr_db: Option<f64>,
    threshold_db: Option<f64>,
    counted: bool,
    note: String,
}

impl PeakRow {
    /// All lines of a diagnosis, part by part.
    pub(super) fn all(diagnosis: &Diagnosis) -> Vec<Self> {
        let lines = |evidence| {
            let evidence: &brinell_diagnosis::Evidence = evidence;
            evidence.peaks.iter().map(|peak| Self {
                record_id: diagnosis.id.clone(),
                element: word(&evidence.element).unwrap_or_default(),
                harmonic: peak.harmonic,
                sideband: peak.sideband,
                expected_hz: finite(peak.expected_hz),
                tolerance_hz: finite(peak.tolerance_hz),
                found_hz: finite(peak.found_hz),
                deviation_percent: finite(peak.deviation_percent),
                amplitude: finite(peak.amplitude),
                floor: finite(peak.floor),
                unit: modulation_index().to_string(),
                snr_db: finite(peak.snr_db),
                threshold_db: finite(peak.threshold_db),
                counted: peak.counted,
                note: peak.note.to_string(),
            })
        };
        diagnosis.evidence.iter().flat_map(lines).collect()
    }
}

/// The columns of these rows.
pub(super) fn columns(rows: &[&PeakRow]) -> Vec<Column> {
    vec![
        column("record_id", rows, |row| row.record_id.as_str()),
        column("element", rows, |row| row.element.as_str()),
        column("harmonic", rows, |row| row.harmonic),
        column("sideband", rows, |row| row.sideband),
        column("expected_hz", rows, |row| row.expected_hz),
        column("tolerance_hz", rows, |row| row.tolerance_hz),
        column("found_hz", rows, |row| row.found_hz),
        column("dev_pct", rows, |row| row.deviation_percent),
        column("amp", rows, |row| row.amplitude),
        column("floor", rows, |row| row.floor),
        column("unit", rows, |row| row.unit.as_str()),
        column("snr_db", rows, |row| row.snr_db),
        column("threshold_db", rows, |row| row.threshold_db),
        column("counted", rows, |row| row.counted),
        column("note", rows, |row| row.note.as_str()),
    ]
}
