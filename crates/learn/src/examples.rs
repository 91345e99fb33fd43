//! Segments seen through the pipeline: what a net is shown, computed once and kept as `f32`, in memory or in a store.

use crate::error::Result;
use crate::feature_plan::FeaturePlan;
use crate::metrics::Rows;
use crate::size_task::NO_SIZE;
use crate::store::StoredWay;
use brinell_signal::Context;
use candle_core::{Device, Tensor};
use std::sync::Arc;

/// Examples of one part: features in rows, the class of each, and the size of its fault where that is learned too.
#[derive(Debug, Clone)]
pub struct Examples {
    inputs: Unlabelled,
    labels: Vec<u32>,
    /// Places among the sizes of the fold, [`NO_SIZE`] where there is none.
    sizes: Vec<u32>,
}

/// Features in rows and nothing else: what a net may adapt to. No label of the target can be read in training, because
/// there is none here. To choose among them copies no values.
#[derive(Debug, Clone)]
pub(crate) struct Unlabelled {
    shape: Vec<usize>,
    blocks: Vec<Block>,
    /// Block of each, and its row there.
    rows: Vec<(usize, usize)>,
}

/// Where the values of some rows lie.
#[derive(Debug, Clone)]
enum Block {
    /// In memory, row after row.
    Held(Arc<[f32]>),
    /// In a file, read when asked for.
    Stored(Arc<StoredWay>),
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
        let rows = (0..count).map(|row| (0, row)).collect();
        Unlabelled { shape, blocks: vec![Block::Held(features.into())], rows }
    }

    /// Features that were prepared: these rows of a store, in this order.
    pub(crate) fn stored(shape: Vec<usize>, way: Arc<StoredWay>, rows: Vec<usize>) -> Unlabelled {
        let rows = rows.into_iter().map(|row| (0, row)).collect();
        Unlabelled { shape, blocks: vec![Block::Stored(way)], rows }
    }

    /// Computes the features of segments.
    fn of_segments(plan: &FeaturePlan, segments: &[Source<'_>]) -> Result<Unlabelled> {
        Ok(Self::new(network_shape(plan.whole().output_shape()), plan.process_many(segments)?))
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Values of one example.
    fn width(&self) -> usize {
        self.shape.iter().product::<usize>().max(1)
    }

    /// The values of some of them, one after the other.
    fn values(&self, rows: &[usize]) -> Result<Vec<f32>> {
        let width = self.width();
        let mut values = vec![0.0; rows.len() * width];
        let mut stored = vec![Vec::new(); self.blocks.len()];
        for (slot, row) in rows.iter().enumerate() {
            let (block, row) = self.rows[*row];
            match &self.blocks[block] {
                Block::Held(held) => values[slot * width..(slot + 1) * width]
                    .copy_from_slice(&held[row * width..(row + 1) * width]),
                Block::Stored(_) => stored[block].push((slot, row)),
            }
        }
        for (block, wanted) in self.blocks.iter().zip(stored) {
            if let Block::Stored(way) = block {
                way.read(&wanted, &mut values)?;
            }
        }
        Ok(values)
    }

    /// Those at these places, in this order.
    fn pick(&self, places: &[usize]) -> Unlabelled {
        let rows = places.iter().map(|at| self.rows[*at]).collect();
        Unlabelled { shape: self.shape.clone(), blocks: self.blocks.clone(), rows }
    }

    /// These and then others of the same shape.
    fn with(&self, others: &Unlabelled) -> Unlabelled {
        let mut all = self.clone();
        let before = all.blocks.len();
        all.blocks.extend(others.blocks.iter().cloned());
        all.rows.extend(others.rows.iter().map(|(block, row)| (before + block, *row)));
        all
    }

    /// Some of them as one tensor `[rows, ..shape]`.
    pub(crate) fn batch(&self, rows: &[usize]) -> Result<Tensor> {
        let mut shape = vec![rows.len()];
        shape.extend_from_slice(&self.shape);
        Ok(Tensor::from_vec(self.values(rows)?, shape, &Device::Cpu)?)
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
        plan: &FeaturePlan,
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

    /// The values of some examples, one after the other.
    pub(crate) fn values(&self, places: impl IntoIterator<Item = usize>) -> Result<Vec<f32>> {
        self.inputs.values(&places.into_iter().collect::<Vec<_>>())
    }

    #[cfg(test)]
    pub(crate) fn unlabelled(&self) -> &Unlabelled {
        &self.inputs
    }

    /// The values of each example, as learners take them.
    pub(crate) fn rows(&self) -> impl Iterator<Item = Result<Vec<f64>>> {
        (0..self.len()).map(|at| Ok(self.values([at])?.into_iter().map(f64::from).collect()))
    }

    /// The same as one table.
    pub(crate) fn table(&self) -> Result<Rows> {
        Rows::new(self.width(), self.values(0..self.len())?.into_iter().map(f64::from).collect())
    }

    /// These and then others of the same shape.
    pub(crate) fn with(&self, others: &Examples) -> Examples {
        let both = |own: &[u32], other: &[u32]| [own, other].concat();
        Examples {
            inputs: self.inputs.with(&others.inputs),
            labels: both(&self.labels, &others.labels),
            sizes: both(&self.sizes, &others.sizes),
        }
    }

    /// Those at these places, in this order.
    pub(crate) fn pick(&self, places: &[usize]) -> Examples {
        let of = |values: &[u32]| places.iter().map(|at| values[*at]).collect();
        Examples { inputs: self.inputs.pick(places), labels: of(&self.labels), sizes: of(&self.sizes) }
    }

    #[cfg(test)]
    pub(crate) fn in_memory(shape: &[usize], features: Vec<f32>, labels: Vec<u32>) -> Examples {
        Examples::new(Unlabelled::new(shape.to_vec(), features), labels)
    }

    /// Some of them as one tensor `[rows, ..shape]`, and their classes.
    pub(crate) fn batch(&self, rows: &[usize]) -> Result<(Tensor, Vec<u32>)> {
        Ok((self.inputs.batch(rows)?, self.labels_of(rows)))
    }

    /// Their classes.
    pub(crate) fn labels_of(&self, rows: &[usize]) -> Vec<u32> {
        rows.iter().map(|row| self.labels[*row]).collect()
    }
}
