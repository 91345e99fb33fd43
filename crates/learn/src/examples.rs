//! Segments seen through the pipeline: what a net is shown, computed once and kept as `f32`.

use crate::error::{Error, Result};
use crate::protocol::Part;
use brinell_signal::{Context, PipelinePlan};
use candle_core::{Device, Tensor};

/// Examples of one part: features in rows, and the class of each.
#[derive(Debug, Clone)]
pub struct Examples {
    shape: Vec<usize>,
    features: Vec<f32>,
    labels: Vec<u32>,
}

/// A signal and what the pipeline may know about it.
pub(crate) type Source<'a> = (&'a [f32], Context);

/// The shape a net takes for one example: a series `[length]` becomes one channel `[1, length]`.
pub(crate) fn network_shape(output: &[usize]) -> Vec<usize> {
    match output {
        [length] => vec![1, *length],
        shape => shape.to_vec(),
    }
}

impl Examples {
    /// Computes the features of a part. `sources` are the signals that the part's windows count by.
    pub(crate) fn compute(
        plan: &PipelinePlan,
        length: usize,
        sources: &[Source<'_>],
        part: &Part,
    ) -> Result<Examples> {
        let mut segments = Vec::with_capacity(part.windows.len());
        for window in &part.windows {
            let segment = sources.get(window.signal).and_then(|(samples, context)| {
                Some((samples.get(window.start..window.start.checked_add(length)?)?, *context))
            });
            segments.push(segment.ok_or_else(|| {
                Error::data(
                    "a segment lies outside its signal",
                    format!("signal {}, samples {}..+{length}", window.signal, window.start),
                    "this is a mistake of the protocol; please report it",
                )
            })?);
        }
        Self::of_segments(plan, &segments, part.labels.clone())
    }

    /// Computes the features of segments.
    pub(crate) fn of_segments(
        plan: &PipelinePlan,
        segments: &[Source<'_>],
        labels: Vec<u32>,
    ) -> Result<Examples> {
        let features = plan.process_many(segments)?;
        Ok(Examples { shape: network_shape(plan.output_shape()), features, labels })
    }

    /// The shape of one example, as a net takes it.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Their classes.
    pub fn labels(&self) -> &[u32] {
        &self.labels
    }

    /// Values of one example.
    pub(crate) fn width(&self) -> usize {
        self.shape.iter().product::<usize>().max(1)
    }

    /// All values, example after example.
    pub(crate) fn features(&self) -> &[f32] {
        &self.features
    }

    /// The values of each example, as learners take them.
    pub(crate) fn rows(&self) -> impl Iterator<Item = Vec<f64>> {
        self.features.chunks_exact(self.width()).map(|row| row.iter().copied().map(f64::from).collect())
    }

    /// These and then others of the same shape.
    pub(crate) fn with(&self, others: &Examples) -> Examples {
        let mut all = self.clone();
        all.features.extend_from_slice(&others.features);
        all.labels.extend_from_slice(&others.labels);
        all
    }

    /// Those at these places, in this order.
    pub(crate) fn pick(&self, places: &[usize]) -> Examples {
        let width = self.width();
        let features = places.iter().flat_map(|at| &self.features[at * width..(at + 1) * width]);
        Examples {
            shape: self.shape.clone(),
            features: features.copied().collect(),
            labels: places.iter().map(|at| self.labels[*at]).collect(),
        }
    }

    #[cfg(test)]
    pub(crate) fn in_memory(shape: &[usize], features: Vec<f32>, labels: Vec<u32>) -> Examples {
        Examples { shape: shape.to_vec(), features, labels }
    }

    /// Some of them as one tensor `[rows, ..shape]`, and their classes.
    pub(crate) fn batch(&self, rows: &[usize]) -> Result<(Tensor, Vec<u32>)> {
        let width = self.width();
        let mut values = Vec::with_capacity(rows.len() * width);
        for row in rows {
            values.extend_from_slice(&self.features[row * width..(row + 1) * width]);
        }
        let mut shape = vec![rows.len()];
        shape.extend_from_slice(&self.shape);
        let labels = rows.iter().map(|row| self.labels[*row]).collect();
        Ok((Tensor::from_vec(values, shape, &Device::Cpu)?, labels))
    }
}
