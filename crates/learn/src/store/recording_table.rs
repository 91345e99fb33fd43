//! The recordings of a store: one row for each channel that was cut into segments, a column for each thing known of it.

use super::growing::{packed, unwritable};
use super::{damaged, guarded};
use crate::error::Result;
use crate::recordings::AnnotatedSignal;
use brinell_formats::{Entry, FaultLabel};
use brinell_signal::{BearingOrders, Context, Hertz, Known, Origin, Phrase};
use hdf5_reader::Hdf5File;
use hdf5_writer::{DatasetBuilder, H5WriteElement, Hdf5Builder};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// One channel of one recording.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct StoredRecording {
    /// Where it lay; empty for one that was in memory.
    pub(super) path: String,
    pub(super) channel: String,
    /// What is known of it, as when the store was made.
    pub(super) entry: Entry,
    /// Samples at the store's rate.
    pub(super) samples: usize,
    /// What the pipeline was told.
    pub(super) context: Context,
}

/// All of an [`Entry`], as text.
#[derive(Serialize, Deserialize)]
struct Annotation {
    file: String,
    label: String,
    rate: Hertz,
    rate_origin: Origin,
    rate_note: Phrase,
    fault: String,
    site: Option<String>,
    size_mm: Option<f64>,
    size_name: Option<String>,
    position: Option<String>,
    load: Option<f64>,
    speed: Option<Known<Hertz>>,
    bearing: Option<String>,
    bearing_id: String,
    mount_id: String,
    channels: Vec<String>,
    samples: Option<u64>,
    prefix: Option<String>,
    bytes: Option<u64>,
    sha256: String,
    url: Option<String>,
    grade: Option<String>,
    quality: Vec<String>,
}

/// Every fault that a label can name.
const LABELS: [FaultLabel; 5] = {
    use FaultLabel::{Fault, Normal};
    use brinell_signal::FaultKind as K;
    [Normal, Fault(K::Inner), Fault(K::Outer), Fault(K::Ball), Fault(K::Cage)]
};

impl Annotation {
    fn of(entry: &Entry) -> Annotation {
        let Entry {
            file,
            label,
            rate,
            rate_origin,
            rate_note,
            fault,
            site,
            size_mm,
            size_name,
            position,
            ..
        } = entry.clone();
        let Entry { load, speed, bearing, bearing_id, mount_id, channels, samples, prefix, .. } =
            entry.clone();
        let Entry { bytes, sha256, url, grade, quality, .. } = entry.clone();
        let fault = fault.name().to_owned();
        Annotation {
            file,
            label,
            rate,
            rate_origin,
            rate_note,
            fault,
            site,
            size_mm,
            size_name,
            position,
            load,
            speed,
            bearing,
            bearing_id,
            mount_id,
            channels,
            samples,
            prefix,
            bytes,
            sha256,
            url,
            grade,
            quality,
        }
    }

    fn entry(self) -> Option<Entry> {
        Some(Entry {
            fault: LABELS.into_iter().find(|label| label.name() == self.fault)?,
            file: self.file,
            label: self.label,
            rate: self.rate,
            rate_origin: self.rate_origin,
            rate_note: self.rate_note,
            site: self.site,
            size_mm: self.size_mm,
            size_name: self.size_name,
            position: self.position,
            load: self.load,
            speed: self.speed,
            bearing: self.bearing,
            bearing_id: self.bearing_id,
            mount_id: self.mount_id,
            channels: self.channels,
            samples: self.samples,
            prefix: self.prefix,
            bytes: self.bytes,
            sha256: self.sha256,
            url: self.url,
            grade: self.grade,
            quality: self.quality,
        })
    }
}

impl StoredRecording {
    /// Of a signal that lies at `path`, and of which the pipeline was told `context`.
    pub(super) fn new(signal: &AnnotatedSignal, path: Option<&Path>, context: Context) -> StoredRecording {
        StoredRecording {
            path: path.map_or(String::new(), |path| path.to_string_lossy().into_owned()),
            channel: signal.sensor.clone(),
            entry: signal.entry.clone(),
            samples: signal.length,
            context,
        }
    }
}

/// The columns of the table, added to a file.
pub(super) fn write(into: Hdf5Builder, rows: &[StoredRecording], path: &Path) -> Result<Hdf5Builder> {
    let texts = |name: &str, of: &dyn Fn(&StoredRecording) -> String| {
        text_column(&format!("recordings/{name}"), &rows.iter().map(of).collect::<Vec<_>>(), path)
    };
    let numbers = |name: &str, of: &dyn Fn(&StoredRecording) -> f64| {
        column(&format!("recordings/{name}"), &rows.iter().map(of).collect::<Vec<_>>(), 1, path)
    };
    let order = |own: &StoredRecording, at: usize| own.context.orders.map_or(f64::NAN, |own| orders(own)[at]);
    let annotation =
        |own: &StoredRecording| serde_json::to_string(&Annotation::of(&own.entry)).unwrap_or_default();
    let samples: Vec<u64> = rows.iter().map(|own| own.samples as u64).collect();
    let columns = [
        texts("file", &|own| own.entry.file.clone())?,
        texts("path", &|own| own.path.clone())?,
        texts("sha256", &|own| own.entry.sha256.clone())?,
        texts("channel", &|own| own.channel.clone())?,
        texts("bearing", &|own| own.entry.bearing_id.clone())?,
        texts("label", &|own| own.entry.fault.name().to_owned())?,
        numbers("rate_hz", &|own| own.entry.rate.0)?,
        numbers("speed_hz", &|own| own.context.shaft.map_or(f64::NAN, |shaft| shaft.0))?,
        numbers("bpfi", &|own| order(own, 0))?,
        numbers("bpfo", &|own| order(own, 1))?,
        numbers("bsf", &|own| order(own, 2))?,
        numbers("ftf", &|own| order(own, 3))?,
        column("recordings/samples", &samples, 1, path)?,
        texts("annotation", &annotation)?,
    ];
    Ok(columns.into_iter().fold(into, Hdf5Builder::dataset))
}

fn orders(own: BearingOrders) -> [f64; 4] {
    [own.bpfi, own.bpfo, own.bsf, own.ftf]
}

/// Texts, each as wide as the longest.
pub(super) fn text_column(name: &str, texts: &[String], path: &Path) -> Result<DatasetBuilder> {
    let count = texts.len() as u64;
    let set = DatasetBuilder::fixed_string_data(name, vec![count], texts)
        .map_err(|error| unwritable(path, error.to_string()))?;
    Ok(packed(set.chunked(vec![count])))
}

/// Numbers, `width` in a row.
pub(super) fn column<T: H5WriteElement>(
    name: &str,
    values: &[T],
    width: usize,
    path: &Path,
) -> Result<DatasetBuilder> {
    const ROWS: usize = 4_096;
    let rows = values.len() / width;
    let (mut shape, mut chunk) = (vec![rows as u64], vec![ROWS.min(rows) as u64]);
    if width > 1 {
        (shape, chunk) = (vec![rows as u64, width as u64], vec![chunk[0], width as u64]);
    }
    let set = DatasetBuilder::typed_data(name, shape, values)
        .map_err(|error| unwritable(path, error.to_string()))?;
    Ok(packed(set.chunked(chunk)))
}

/// Reads the table.
pub(super) fn read(file: &Hdf5File, path: &Path) -> Result<Vec<StoredRecording>> {
    let texts = |name: &str| read_texts(file, &format!("recordings/{name}"), path);
    let numbers = |name: &str| read_numbers::<f64>(file, &format!("recordings/{name}"), path);
    let (paths, channels, annotations) = (texts("path")?, texts("channel")?, texts("annotation")?);
    let samples = read_numbers::<u64>(file, "recordings/samples", path)?;
    let shafts = numbers("speed_hz")?;
    let parts = [numbers("bpfi")?, numbers("bpfo")?, numbers("bsf")?, numbers("ftf")?];
    let count = paths.len();
    let lengths = [channels.len(), annotations.len(), samples.len(), shafts.len()];
    if lengths.into_iter().chain(parts.iter().map(Vec::len)).any(|own| own != count) || count == 0 {
        return Err(damaged(path, "the columns of its recordings differ in length".to_owned()));
    }
    let mut rows = Vec::with_capacity(count);
    for at in 0..count {
        let entry = serde_json::from_str(&annotations[at]).ok().and_then(Annotation::entry);
        let entry =
            entry.ok_or_else(|| damaged(path, format!("what it knows of recording {at} cannot be read")))?;
        let given = |value: f64| (!value.is_nan()).then_some(value);
        let [bpfi, bpfo, bsf, ftf] = [0, 1, 2, 3].map(|own: usize| given(parts[own][at]));
        let orders = match (bpfi, bpfo, bsf, ftf) {
            (Some(bpfi), Some(bpfo), Some(bsf), Some(ftf)) => Some(BearingOrders { bpfi, bpfo, bsf, ftf }),
            _ => None,
        };
        rows.push(StoredRecording {
            path: paths[at].clone(),
            channel: channels[at].clone(),
            samples: samples[at] as usize,
            context: Context { shaft: given(shafts[at]).map(Hertz), orders },
            entry,
        });
    }
    Ok(rows)
}

pub(super) fn read_texts(file: &Hdf5File, name: &str, path: &Path) -> Result<Vec<String>> {
    guarded(path, || file.dataset(name)?.read_strings())
}

pub(super) fn read_numbers<T: hdf5_reader::H5Type + Copy>(
    file: &Hdf5File,
    name: &str,
    path: &Path,
) -> Result<Vec<T>> {
    guarded(path, || Ok(file.dataset(name)?.read_array::<T>()?.iter().copied().collect()))
}

/// What the pipeline is told of a recording, where it is not what it was told when the store was made.
pub(super) fn told_otherwise(before: &Context, now: &Context) -> Option<String> {
    let speed = |own: &Context| own.shaft.map_or("unknown".to_owned(), |shaft| format!("{} Hz", shaft.0));
    if before.shaft.map(|own| own.0) != now.shaft.map(|own| own.0) {
        return Some(format!("its shaft speed was {}, and is {}", speed(before), speed(now)));
    }
    let shown = |own: &Context| own.orders.map_or("unknown".to_owned(), |own| format!("{:?}", orders(own)));
    (before.orders != now.orders)
        .then(|| format!("its fault orders were {}, and are {}", shown(before), shown(now)))
}
