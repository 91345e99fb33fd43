//! Segments seen through the pipeline: what a net is shown, computed once and kept as `f32`.

use crate::error::Result;
use crate::size_task::NO_SIZE;
use brinell_signal::{Context, PipelinePlan};
use candle_core::{Device, Tensor};

/// Examples of one part: features in rows, the class of each, and the size of its fault where that is learned too.
#[derive(Debug, Clone)]
pub struct Examples {
    inputs: Unlabelled,
    labels: Vec<u32>,
    /// Places among the sizes of the fold, [`NO_SIZE`] where there is none.
    sizes: Vec<u32>,
}

/// Features in rows and nothing else: what a net may adapt to. No label of the target can be read in training, because
/// there is none here.
#[derive(Debug, Clone)]
pub(crate) struct Unlabelled {
    shape: Vec<usize>,
    count: usize,
    features: Vec<f32>,
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

impl Unlabelled {
    /// Features that were computed, row after row.
    pub(crate) fn new(shape: Vec<usize>, features: Vec<f32>) -> Unlabelled {
        let count = features.len() / shape.iter().product::<usize>().max(1);
        Unlabelled { shape, count, features }
    }

    /// Computes the features of segments.
    fn of_segments(plan: &PipelinePlan, segments: &[Source<'_>]) -> Result<Unlabelled> {
        Ok(Self::new(network_shape(plan.output_shape()), plan.process_many(segments)?))
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.count
    }

    /// Values of one example.
    fn width(&self) -> usize {
        self.shape.iter().product::<usize>().max(1)
    }

    /// Some of them as one tensor `[rows, ..shape]`.
    pub(crate) fn batch(&self, rows: &[usize]) -> Result<Tensor> {
        let width = self.width();
        let mut values = Vec::with_capacity(rows.len() * width);
        for row in rows {
            values.extend_from_slice(&self.features[row * width..(row + 1) * width]);
        }
        let mut shape = vec![rows.len()];
        shape.extend_from_slice(&self.shape);
        Ok(Tensor::from_vec(values, shape, &Device::Cpu)?)
    }
}

impl Examples {
    /// Features with the classes of their rows.
    pub(crate) fn new(inputs: Unlabelled, labels: Vec<u32>) -> Examples {
        Examples { inputs, sizes: vec![NO_SIZE; labels.len()], labels }
    }

    /// The same with the size of each, or [`NO_SIZE`].
    pub(crate) fn with_sizes(mut self, sizes: Vec<u32>) -> Examples {
        self.sizes = sizes;
        self
    }

    /// Computes the features of segments.
    pub(crate) fn of_segments(
        plan: &PipelinePlan,
        segments: &[Source<'_>],
        labels: Vec<u32>,
    ) -> Result<Examples> {
        Ok(Examples::new(Unlabelled::of_segments(plan, segments)?, labels))
    }

    /// The shape of one example, as a net takes it.
    pub fn shape(&self) -> &[usize] {
        &self.inputs.shape
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

    /// Their sizes; [`NO_SIZE`] where there is none.
    pub(crate) fn sizes(&self) -> &[u32] {
        &self.sizes
    }

    /// Values of one example.
    pub(crate) fn width(&self) -> usize {
        self.inputs.width()
    }

    /// All values, example after example.
    pub(crate) fn features(&self) -> &[f32] {
        &self.inputs.features
    }

    #[cfg(test)]
    pub(crate) fn unlabelled(&self) -> &Unlabelled {
        &self.inputs
    }

    /// The values of each example, as learners take them.
    pub(crate) fn rows(&self) -> impl Iterator<Item = Vec<f64>> {
        self.features().chunks_exact(self.width()).map(|row| row.iter().copied().map(f64::from).collect())
    }

    /// These and then others of the same shape.
    pub(crate) fn with(&self, others: &Examples) -> Examples {
        let mut all = self.clone();
        all.inputs.features.extend_from_slice(&others.inputs.features);
        all.inputs.count += others.inputs.count;
        all.labels.extend_from_slice(&others.labels);
        all.sizes.extend_from_slice(&others.sizes);
        all
    }

    /// Those at these places, in this order.
    pub(crate) fn pick(&self, places: &[usize]) -> Examples {
        let width = self.width();
        let features = places.iter().flat_map(|at| &self.features()[at * width..(at + 1) * width]);
        let inputs = Unlabelled {
            shape: self.inputs.shape.clone(),
            count: places.len(),
            features: features.copied().collect(),
        };
        let of = |values: &[u32]| places.iter().map(|at| values[*at]).collect();
        Examples { inputs, labels: of(&self.labels), sizes: of(&self.sizes) }
    }

    #[cfg(test)]
    pub(crate) fn in_memory(shape: &[usize], features: Vec<f32>, labels: Vec<u32>) -> Examples {
        Examples::new(Unlabelled { shape: shape.to_vec(), count: labels.len(), features }, labels)
    }

    /// Some of them as one tensor `[rows, ..shape]`, and their classes.
    pub(crate) fn batch(&self, rows: &[usize]) -> Result<(Tensor, Vec<u32>)> {
        let labels = rows.iter().map(|row| self.labels[*row]).collect();
        Ok((self.inputs.batch(rows)?, labels))
    }
}
