//! The segments of a fold: their samples, and what a pipeline makes of them.

use crate::error::{Error, Result};
use crate::examples::{Source, Unlabelled, network_shape};
use crate::feature_cache::{FeatureCache, Origin};
use crate::feature_plan::FeaturePlan;
use crate::protocol::{Signal, Window};
use crate::store::{StoredSegments, way_key};
use brinell_model::Gpu;
use brinell_signal::{Context, Hertz, Pipeline};

/// Signals that segments count by, with their samples.
pub(crate) struct SegmentView<'a> {
    pub(crate) signals: &'a [Signal],
    /// The place of each signal among the recordings.
    pub(crate) places: &'a [usize],
    pub(crate) sources: Vec<Source<'a>>,
    /// Samples in a segment.
    pub(crate) length: usize,
    /// What was computed before.
    pub(crate) cache: &'a FeatureCache,
    /// What was prepared in a file, if a run reads one.
    pub(crate) stored: Option<&'a StoredSegments>,
    /// What does the mode decomposition of pipelines, where it can.
    pub(crate) gpu: Option<&'a Gpu>,
}

/// A segment whose samples were changed: where it comes from, and what it is now.
pub(crate) type Changed = (Window, Vec<f32>, Context);

impl<'a> SegmentView<'a> {
    /// The samples of a segment, and what the pipeline may know about them.
    pub(crate) fn segment(&self, window: Window) -> Result<Source<'a>> {
        let source = self.sources.get(window.signal);
        let found = source.and_then(|(samples, context)| {
            Some((samples.get(window.start..window.start.checked_add(self.length)?)?, *context))
        });
        found.ok_or_else(|| {
            Error::data(
                "a segment lies outside its signal",
                format!("signal {}, samples {}..+{}", window.signal, window.start, self.length),
                "this is a mistake of the protocol; please report it",
            )
        })
    }

    /// Segments as recorded, seen through a pipeline; those that were prepared are left where they are until they are
    /// looked at.
    pub(crate) fn features(
        &self,
        pipeline: &Pipeline,
        rate: Hertz,
        windows: impl Iterator<Item = Window>,
    ) -> Result<Unlabelled> {
        let windows: Vec<Window> = windows.collect();
        if let Some(stored) = self.stored {
            let origins: Vec<Origin> = windows.iter().map(|window| self.origin(*window)).collect();
            if let Some((way, rows)) = stored.find(pipeline, rate, self.length, &origins)? {
                let plan = pipeline.plan(rate, self.length)?;
                return Ok(Unlabelled::stored(network_shape(plan.output_shape()), way, rows));
            }
        }
        let segments: Result<Vec<(Window, Source<'_>)>> =
            windows.into_iter().map(|window| Ok((window, self.segment(window)?))).collect();
        self.through(pipeline, rate, "", &segments?)
    }

    /// Changed segments, seen through a pipeline. `change` names what was done to them; equal words and segments must
    /// stand for equal samples.
    pub(crate) fn features_of_changed(
        &self,
        pipeline: &Pipeline,
        rate: Hertz,
        change: &str,
        segments: &[Changed],
    ) -> Result<Unlabelled> {
        let segments: Vec<(Window, Source<'_>)> =
            segments.iter().map(|(window, samples, context)| (*window, (&samples[..], *context))).collect();
        self.through(pipeline, rate, change, &segments)
    }

    /// The pipeline planned for these segments.
    pub(crate) fn plan(&self, pipeline: &Pipeline, rate: Hertz) -> Result<FeaturePlan> {
        FeaturePlan::new(pipeline, rate, self.length, self.gpu)
    }

    fn origin(&self, window: Window) -> Origin {
        (self.places[window.signal], window.start)
    }

    fn through(
        &self,
        pipeline: &Pipeline,
        rate: Hertz,
        change: &str,
        segments: &[(Window, Source<'_>)],
    ) -> Result<Unlabelled> {
        let plan = self.plan(pipeline, rate)?;
        let way = format!("{}; {change}", way_key(pipeline, rate, self.length)?);
        let segments: Vec<(Origin, Source<'_>)> =
            segments.iter().map(|(window, source)| (self.origin(*window), *source)).collect();
        let values = self.cache.features(&way, &plan, &segments)?;
        Ok(Unlabelled::new(network_shape(plan.whole().output_shape()), values))
    }
}
