//! Catalogues that are begun: rows in which the cells of what is not known are empty.

use crate::catalogue::FaultLabel;
use crate::error::{Error, Result};
use crate::path_facts::PathFacts;
use crate::probing::ProbedRecording;
use brinell_signal::{Hertz, Known, Unit};
use std::path::Path;

/// Columns that [`Catalogue`](crate::Catalogue) does not read: for people, and for a diagnosis by the catalogue.
pub(crate) const FOR_PEOPLE: [&str; 5] = ["folder", "load", "units", "unit_origin", "start"];

/// Columns in their order.
const COLUMNS: [&str; 22] = [
    "file",
    "folder",
    "label",
    "fault",
    "bearing_id",
    "size_mm",
    "position",
    "load",
    "rate_hz",
    "rate_origin",
    "rate_note",
    "speed_rpm",
    "speed_origin",
    "speed_note",
    "bearing",
    "channels",
    "units",
    "unit_origin",
    "samples",
    "start",
    "bytes",
    "sha256",
];

/// One recording of a catalogue that is begun.
#[derive(Debug, Clone)]
pub struct CatalogueDraft {
    file: String,
    folder: String,
    sha256: String,
    bytes: u64,
    rate: Option<Known<Hertz>>,
    speed: Option<Known<Hertz>>,
    channels: Vec<(String, Known<Unit>)>,
    samples: usize,
    start: Option<String>,
    bearing: Option<String>,
    path: PathFacts,
}

impl CatalogueDraft {
    /// A row of what a probe found of the file that lies at `below`, a path below `folder`; that is where the recordings lie,
    /// seen from the folder of the catalogue.
    #[must_use]
    pub fn new(folder: &str, below: &Path, sha256: String, bytes: u64, probed: &ProbedRecording) -> Self {
        let path = probed.path.clone().unwrap_or_default();
        let mut under: Vec<&str> =
            probed.channels.iter().filter_map(|channel| channel.bearing.as_deref()).collect();
        under.dedup();
        let under = match under[..] {
            [one] => Some(one.to_owned()),
            _ => None,
        };
        Self {
            file: name(below),
            folder: folder.to_owned(),
            sha256,
            bytes,
            rate: probed.rate.as_ref().ok().cloned(),
            speed: probed.speed.as_ref().ok().cloned().flatten(),
            channels: probed
                .channels
                .iter()
                .map(|channel| (channel.name.clone(), channel.unit.clone()))
                .collect(),
            samples: probed.samples,
            start: probed.start.clone(),
            bearing: path.bearing.clone().or(under),
            path,
        }
    }

    /// The damaged part, `normal`, or several parts joined by `+`, which a catalogue cannot hold.
    #[must_use]
    pub fn shows(&self) -> Option<&str> {
        self.path.fault.as_deref()
    }

    /// Columns whose cells are empty although training or diagnosis asks for them.
    #[must_use]
    pub fn open(&self) -> Vec<&'static str> {
        let one_unit = |channel: &(String, Known<Unit>)| channel.1.value != Unit::Unknown;
        let known = [
            ("rate_hz", self.rate.is_some()),
            ("fault", self.fault().is_some()),
            ("bearing_id", self.path.bearing_id.is_some()),
            ("speed_rpm", self.speed.is_some()),
            ("bearing", self.bearing.is_some()),
            ("units", self.channels.iter().all(one_unit)),
        ];
        known.into_iter().filter(|(_, known)| !known).map(|(column, _)| column).collect()
    }

    /// The fault in the words of a catalogue.
    fn fault(&self) -> Option<&str> {
        self.shows().filter(|shown| FaultLabel::named(shown).is_some())
    }

    fn cells(&self) -> Vec<String> {
        let text = |own: Option<&str>| own.unwrap_or_default().to_owned();
        let number = |own: Option<f64>| own.map(tidy).unwrap_or_default();
        let known = |own: &Option<Known<Hertz>>, value: fn(Hertz) -> f64| match own {
            Some(own) => [tidy(value(own.value)), own.origin.to_string(), own.note.to_string()],
            None => Default::default(),
        };
        let label = self.shows().filter(|shown| FaultLabel::named(shown).is_none());
        let units: Vec<String> = self.channels.iter().map(|(_, unit)| unit.value.to_string()).collect();
        let mut unit_origins: Vec<String> =
            self.channels.iter().map(|(_, unit)| unit.origin.to_string()).collect();
        unit_origins.dedup();
        let channels: Vec<&str> = self.channels.iter().map(|(name, _)| name.as_str()).collect();
        let mut cells = vec![
            self.file.clone(),
            self.folder.clone(),
            text(label),
            text(self.fault()),
            text(self.path.bearing_id.as_deref()),
            number(self.path.size_mm),
            text(self.path.position.as_deref()),
            text(self.path.load.as_deref()),
        ];
        cells.extend(known(&self.rate, |hertz| hertz.0));
        cells.extend(known(&self.speed, |hertz| hertz.to_rpm().0));
        cells.extend([
            text(self.bearing.as_deref()),
            channels.join("+"),
            units.join("+"),
            unit_origins.join("+"),
            self.samples.to_string(),
            text(self.start.as_deref()),
            self.bytes.to_string(),
            self.sha256.clone(),
        ]);
        cells
    }
}

/// The rows as a table.
///
/// # Errors
/// When there is not enough memory for it.
pub fn catalogue_table(rows: &[CatalogueDraft]) -> Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let failed = |why: String| Error::Unwritable { path: "the catalogue".to_owned(), why };
    writer.write_record(COLUMNS).map_err(|error| failed(error.to_string()))?;
    for row in rows {
        writer.write_record(row.cells()).map_err(|error| failed(error.to_string()))?;
    }
    writer.into_inner().map_err(|error| failed(error.to_string()))
}

/// How a catalogue names a file: `105` for `105.mat`, else its path with a `/` in it.
fn name(below: &Path) -> String {
    let parts: Vec<String> =
        below.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
    let path = parts.join("/");
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '@');
    match path.strip_suffix(".mat") {
        Some(stem) if !stem.is_empty() && stem.chars().all(plain) => stem.to_owned(),
        _ if path.contains('/') => path,
        _ => format!("./{path}"),
    }
}

/// A number without the last digits of its arithmetic.
fn tidy(value: f64) -> String {
    ((value * 1e6).round() / 1e6).to_string()
}
