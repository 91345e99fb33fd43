//! What a pipeline made of a segment, kept for the other folds and seeds of a run: folds share most of their segments, and
//! a pipeline often costs more than a fold's learning. Results do not depend on what is kept.

use crate::error::Result;
use crate::examples::Source;
use crate::feature_plan::FeaturePlan;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Bytes of values that are kept at most; what comes later is computed each time.
const MOST_BYTES: usize = 1 << 30;

/// Where a segment comes from: the place of its signal among the recordings, and its first sample.
pub(crate) type Origin = (usize, usize);

/// The rows that are kept.
#[derive(Debug, Default)]
pub(crate) struct FeatureCache(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    /// What was done to segments, each way once: pipeline, rate, length, and what changed the samples before.
    ways: HashMap<String, usize>,
    rows: HashMap<(usize, Origin), Arc<[f32]>>,
    bytes: usize,
}

impl FeatureCache {
    /// The features of segments, row after row. `way` names everything that the features depend on besides the origin of
    /// the segment.
    pub(crate) fn features(
        &self,
        way: &str,
        plan: &FeaturePlan,
        segments: &[(Origin, Source<'_>)],
    ) -> Result<Vec<f32>> {
        let kept = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut found: Vec<Option<Arc<[f32]>>> = {
            let mut kept = kept();
            let next = kept.ways.len();
            let way = *kept.ways.entry(way.to_owned()).or_insert(next);
            segments.iter().map(|(origin, _)| kept.rows.get(&(way, *origin)).cloned()).collect()
        };
        let missing: Vec<usize> = (0..found.len()).filter(|at| found[*at].is_none()).collect();
        if !missing.is_empty() {
            let sources: Vec<Source<'_>> = missing.iter().map(|at| segments[*at].1).collect();
            let values = plan.process_many(&sources)?;
            let width = values.len() / missing.len();
            let mut kept = kept();
            let way = kept.ways.get(way).copied();
            for (at, row) in missing.into_iter().zip(values.chunks_exact(width.max(1))) {
                let row: Arc<[f32]> = row.into();
                found[at] = Some(Arc::clone(&row));
                let bytes = size_of_val(&*row);
                if let Some(way) = way.filter(|_| kept.bytes + bytes <= MOST_BYTES) {
                    kept.bytes += bytes;
                    kept.rows.insert((way, segments[at].0), row);
                }
            }
        }
        Ok(found.iter().flatten().flat_map(|row| row.iter().copied()).collect())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use brinell_signal::{Context, Hertz, Pipeline};

    #[test]
    fn what_is_kept_is_what_would_be_computed_and_each_way_is_kept_apart() {
        let pipeline: Pipeline = serde_json::from_str("[{ \"step\": \"standardise\" }]").unwrap();
        let plan = FeaturePlan::new(&pipeline, Hertz(1_000.0), 8, None).unwrap();
        let samples: Vec<f32> = (0..24_u16).map(|n| f32::from(n * n)).collect();
        let segment = |start: usize| ((3, start), (&samples[start..start + 8], Context::default()));
        let cache = FeatureCache::default();
        let first = cache.features("a", &plan, &[segment(0), segment(8)]).unwrap();
        let again = cache.features("a", &plan, &[segment(8), segment(16), segment(0)]).unwrap();
        assert_eq!(first[..8], again[16..]);
        assert_eq!(first[8..], again[..8]);
        assert_eq!(cache.features("b", &plan, &[segment(8)]).unwrap(), first[8..]);
        let fresh = plan.process_many(&[segment(16).1]).unwrap();
        assert_eq!(again[8..16], fresh);
    }
}
