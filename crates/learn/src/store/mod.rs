//! The store: what pipelines made of the segments of an experiment, in one HDF5 file. It is the durable sibling of the
//! [`FeatureCache`](crate::feature_cache): a run that reads it neither reads recordings nor runs a pipeline, and its memory
//! does not grow with the data.
//!
//! Only what does not depend on a seed is stored. Augmentation and noise on test parts are computed in the run, from the
//! recordings.
//!
//! | in the file | what it is |
//! |---|---|
//! | attribute `schema` | `brinell.store/1` |
//! | attribute `program` | the program that made it, with its version |
//! | attribute `dataset`, `rate_hz` | the data set, and the rate that its recordings were brought to |
//! | `/experiment` | how it was made: the experiment as TOML |
//! | `/missing` | recordings that were wanted and not at hand, as `file (label)`; left out where there was none |
//! | `/recordings/*` | one row for each channel of a recording: `file`, `path`, `sha256`, `channel`, `bearing`, `label`, `rate_hz` (as recorded), `speed_hz` and fault orders `bpfi`, `bpfo`, `bsf`, `ftf` that the pipeline was told (not-a-number: unknown), `samples` (at the store's rate), `annotation` (all of the catalogue, as JSON) |
//! | `/ways/N` | one group for each way of preparing: attributes `pipeline` (TOML), `steps` (the same as JSON, to the last digit), `segment_length`; `modes_on`, the GPU that made its modes, where one did |
//! | `/ways/N/segments` | two columns: the row in `/recordings`, and the first sample; ascending |
//! | `/ways/N/features` | `f32`, segments first, then the shape of what the pipeline makes; attribute `axes`, with `;` between; chunks of a few segments, shuffled and deflated |
//!
//! | file | idea |
//! |---|---|
//! | `prepare.rs` | an experiment into a store, recording by recording |
//! | `growing.rs` | an HDF5 file whose datasets grow chunk by chunk |
//! | `recording_table.rs` | the table of recordings |
//! | `fit.rs` | whether a store is that of an experiment, and what differs |
//! | `way.rs` `chunks.rs` | reading features; the chunks that were read last |

mod chunks;
mod fit;
mod growing;
mod prepare;
mod recording_table;
mod way;

pub(crate) use fit::{StoredSegments, held_with_store, recordings_with_store};
pub use prepare::{PrepareOptions, PreparedStore, PreparedWay, prepare_store, prepare_store_of};
pub(crate) use way::{StoredWay, way_key};

use crate::error::{Error, Result};
use crate::feature_cache::Origin;
use brinell_signal::{Hertz, Pipeline};
use chunks::Chunks;
use hdf5_reader::{Hdf5File, OpenOptions};
use recording_table::{StoredRecording, read_numbers, read_texts};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The layout of the file.
const SCHEMA: &str = "brinell.store/1";
/// Who makes it. Another version may compute otherwise.
const PROGRAM: &str = concat!("brinell ", env!("CARGO_PKG_VERSION"));
/// Bytes of unpacked chunks that are kept at most.
const MOST_BYTES: usize = 256 << 20;
/// Largest chunk, and largest header of an object, that is believed.
const MOST_CHUNK: usize = 1 << 30;
const MOST_HEADER: usize = 1 << 20;

/// An open store.
#[derive(Debug)]
pub(crate) struct Store {
    path: PathBuf,
    dataset: String,
    rate: Hertz,
    missing: Vec<String>,
    recordings: Vec<StoredRecording>,
    ways: Vec<Arc<StoredWay>>,
}

impl Store {
    /// Opens a store and reads its tables; features are left where they are.
    pub(crate) fn open(path: &Path) -> Result<Store> {
        std::fs::File::open(path).map_err(Error::io("read", path))?;
        let bytes = path.metadata().map_err(Error::io("read", path))?.len();
        let options = OpenOptions {
            chunk_cache_bytes: 0,
            max_chunk_bytes: MOST_CHUNK,
            max_read_bytes: usize::try_from(bytes.saturating_mul(1_100)).unwrap_or(usize::MAX),
            max_object_header_bytes: MOST_HEADER,
            ..OpenOptions::default()
        };
        let file = guarded(path, || Hdf5File::open_with_options(path, options))?;
        let end = file.superblock().eof_address;
        if end != bytes {
            return Err(damaged(path, format!("it should have {end} bytes and has {bytes}")));
        }
        let text =
            |group: &str, name: &str| guarded(path, || file.group(group)?.attribute(name)?.read_string());
        let number =
            |group: &str, name: &str| guarded(path, || file.group(group)?.attribute(name)?.read_as_f64());
        let schema = text("/", "schema").unwrap_or_default();
        let program = text("/", "program").unwrap_or_default();
        if schema != SCHEMA || program != PROGRAM {
            let (found, wanted) = if schema == SCHEMA { (program, PROGRAM) } else { (schema, SCHEMA) };
            let found = if found.is_empty() { "another program".to_owned() } else { found };
            return Err(unfit(path, format!("it was made by {found}, and this is {wanted}")));
        }
        let (_, sets) = guarded(path, || file.root_group()?.member_names())?;
        let missing = match sets.iter().any(|name| name == "missing") {
            true => read_texts(&file, "missing", path)?,
            false => Vec::new(),
        };
        let recordings = recording_table::read(&file, path)?;
        let rate = Hertz(number("/", "rate_hz")?);
        let (numbers, _) = guarded(path, || file.group("ways")?.member_names())?;
        let chunks = Arc::new(Chunks::new(MOST_BYTES));
        let mut ways = Vec::new();
        for at in 0..numbers.len() {
            let group = format!("ways/{at}");
            let steps = text(&group, "steps")?;
            let pipeline: Pipeline = serde_json::from_str(&steps)
                .map_err(|_| damaged(path, format!("the pipeline of way {at} cannot be read")))?;
            let length = number(&group, "segment_length")? as usize;
            let columns = read_numbers::<u64>(&file, &format!("{group}/segments"), path)?;
            let segments: Vec<Origin> =
                columns.chunks_exact(2).map(|own| (own[0] as usize, own[1] as usize)).collect();
            let features = guarded(path, || file.dataset(&format!("{group}/features")))?;
            let (shape, chunk) = (features.shape().to_vec(), features.chunks().unwrap_or_default());
            let sound = shape.len() == chunk.len()
                && shape.len() > 1
                && shape[0] == segments.len() as u64
                && chunk[0] > 0
                && chunk[1..].iter().zip(&shape[1..]).all(|(own, all)| u64::from(*own) == *all)
                && segments.is_sorted_by(|one, next| one < next)
                && segments.iter().all(|(recording, _)| *recording < recordings.len());
            if !sound {
                return Err(damaged(
                    path,
                    format!("features and segments of way {at} do not belong together"),
                ));
            }
            ways.push(Arc::new(StoredWay {
                path: path.to_owned(),
                key: way_key(&pipeline, rate, length)?,
                steps,
                length,
                segments,
                rows_in_chunk: chunk[0] as usize,
                width: shape[1..].iter().product::<u64>() as usize,
                features,
                number: at,
                chunks: Arc::clone(&chunks),
            }));
        }
        let dataset = text("/", "dataset")?;
        Ok(Store { path: path.to_owned(), dataset, rate, missing, recordings, ways })
    }
}

/// Asks the library, whose every failure means that the file is damaged.
fn guarded<T>(path: &Path, ask: impl FnOnce() -> Result<T, hdf5_reader::error::Error>) -> Result<T> {
    match catch_unwind(AssertUnwindSafe(ask)) {
        Ok(answer) => answer.map_err(|error| damaged(path, error.to_string())),
        Err(_) => Err(damaged(path, "it is no sound HDF5".to_owned())),
    }
}

/// A store that cannot be read.
fn damaged(path: &Path, why: String) -> Error {
    let help = "prepare it anew: brinell data prepare CONFIG --force".to_owned();
    Error::Store { path: path.to_owned(), why: format!("it is damaged or no store: {why}"), help }
}

/// A store of something else.
fn unfit(path: &Path, why: String) -> Error {
    let help = format!(
        "prepare one for this experiment: brinell data prepare CONFIG -o {} --force, or train without it",
        path.display()
    );
    Error::Store { path: path.to_owned(), why, help }
}
