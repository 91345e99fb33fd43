//! One way of preparing segments: their features in a store, and where each segment comes from.

use super::chunks::Chunks;
use super::guarded;
use crate::error::{Error, Result};
use crate::feature_cache::Origin;
use brinell_signal::{Hertz, Pipeline};
use hdf5_reader::{Dataset, SliceInfo, SliceInfoElem};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// What names a way: everything that the features of a segment depend on besides the segment.
pub(crate) fn way_key(pipeline: &Pipeline, rate: Hertz, length: usize) -> Result<String> {
    Ok(format!("{} at {} Hz, {length} samples", steps_text(pipeline)?, rate.0))
}

/// A pipeline in one line, to the last digit.
pub(super) fn steps_text(pipeline: &Pipeline) -> Result<String> {
    serde_json::to_string(pipeline)
        .map_err(|error| Error::data("a pipeline cannot be written", error.to_string(), "use finite numbers"))
}

/// Features that were prepared one way, left in their file.
pub(crate) struct StoredWay {
    pub(super) path: PathBuf,
    pub(super) key: String,
    /// The pipeline in one line.
    pub(super) steps: String,
    /// Samples in a segment.
    pub(super) length: usize,
    /// Recording and first sample of each segment, ascending.
    pub(super) segments: Vec<Origin>,
    pub(super) features: Dataset,
    pub(super) rows_in_chunk: usize,
    pub(super) width: usize,
    /// Its number in the store.
    pub(super) number: usize,
    pub(super) chunks: Arc<Chunks>,
}

impl std::fmt::Debug for StoredWay {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{} segments of {} in {}", self.segments.len(), self.key, self.path.display())
    }
}

impl StoredWay {
    /// The row of a segment.
    pub(super) fn row(&self, origin: Origin) -> Option<usize> {
        self.segments.binary_search(&origin).ok()
    }

    /// Reads rows into their slots of `values`, each as wide as a row. Chunks that are not at hand are unpacked side by
    /// side.
    pub(crate) fn read(&self, wanted: &[(usize, usize)], values: &mut [f32]) -> Result<()> {
        let mut of_chunk = BTreeMap::<usize, Vec<(usize, usize)>>::new();
        for (slot, row) in wanted {
            of_chunk.entry(row / self.rows_in_chunk).or_default().push((*slot, row % self.rows_in_chunk));
        }
        let looked: Vec<(usize, Option<Arc<[f32]>>)> =
            of_chunk.keys().map(|number| (*number, self.chunks.get((self.number, *number)))).collect();
        let found: Vec<Result<Arc<[f32]>>> = looked
            .into_par_iter()
            .map(|(number, kept)| kept.map_or_else(|| self.unpack(number), Ok))
            .collect();
        for (wanted, chunk) in of_chunk.values().zip(found) {
            let chunk = chunk?;
            for (slot, row) in wanted {
                values[slot * self.width..(slot + 1) * self.width]
                    .copy_from_slice(&chunk[row * self.width..(row + 1) * self.width]);
            }
        }
        Ok(())
    }

    fn unpack(&self, number: usize) -> Result<Arc<[f32]>> {
        let first = number * self.rows_in_chunk;
        let last = (first + self.rows_in_chunk).min(self.segments.len());
        let mut selection = SliceInfo::all(self.features.shape().len());
        selection.selections[0] = SliceInfoElem::Slice { start: first as u64, end: last as u64, step: 1 };
        let chunk: Arc<[f32]> = guarded(&self.path, || {
            let values = self.features.read_slice::<f32>(&selection)?;
            Ok(values.iter().copied().collect())
        })?;
        if chunk.len() != (last - first) * self.width || chunk.iter().any(|value| value.is_nan()) {
            let why = format!("segments {first} to {} of way {} are lost", last - 1, self.number);
            return Err(super::damaged(&self.path, why));
        }
        self.chunks.keep((self.number, number), &chunk);
        Ok(chunk)
    }
}
