//! A net made ready to judge: logits of batches on the CPU, fast, and without memory being asked for.
//!
//! [`Inference`] is planned once from a trained [`Network`] and then only reads its own packed copy of the weights.
//! Every image goes through the net on its own, by the same sums in the same order whatever batch it stands in, so
//! that its logits have the same bits alone, in a batch, and on any number of threads.
//!
//! | file | idea |
//! |---|---|
//! | `fold.rs` | what is left of a graph when nothing is trained |
//! | `memory.rs` | where every value lies |
//! | `values.rs` | how a step gets at them |
//! | `step.rs` | one step: what is done with which values |
//! | `split.rs` | one layer of one image on several threads |
//! | `convolution.rs`, `dense.rs`, `recurrent.rs` | layers with weights |
//! | `broadcast.rs`, `pool.rs`, `axes.rs`, `norm.rs` | those without |

mod axes;
mod broadcast;
mod convolution;
mod dense;
mod fold;
mod memory;
mod norm;
mod pool;
mod recurrent;
mod split;
mod step;
mod values;

use rayon::prelude::*;

use crate::error::{Error, Result};
use crate::graph::network::Network;
use dense::Dense;
use fold::{Task, Work};
use memory::{Home, Place, Segment};
use step::Step;
use values::{Arena, Image};

/// Multiply-adds of a batch from which on several threads are worth while.
const WORTH_THREADS: u64 = 1 << 20;

/// A trained net that judges batches of up to so many samples, in `f32` on the CPU.
///
/// ```
/// use brinell_model::{Architecture, Inference, SeCnn, Variables};
/// use candle_core::{DType, Device};
///
/// # fn main() -> Result<(), brinell_model::Error> {
/// let architecture = Architecture::SeCnn(SeCnn { widths: vec![4, 8], hidden: 16, ..SeCnn::default() });
/// let mut variables = Variables::new(1, DType::F32, &Device::Cpu);
/// let net = architecture.build(&[1, 8, 8], 2, &mut variables)?;
///
/// let mut judge = Inference::new(&net, 16)?;
/// let images = vec![0.5; 3 * 64];
/// let logits = judge.run(&images, 3)?; // [3, 2]
/// assert_eq!(logits.len(), 6);
/// # Ok(())
/// # }
/// ```
pub struct Inference {
    input: usize,
    most: usize,
    multiply_adds: u64,
    threads: usize,
    /// Whether some layer of a single image is worth several threads.
    splits: bool,
    stages: Vec<Stage>,
    constants: Vec<Vec<f32>>,
    /// One for each thread.
    arenas: Vec<Arena>,
    /// Numbers of a row.
    row: usize,
    /// One row a sample.
    rows: Vec<f32>,
    /// Results of a layer that takes the whole batch at once.
    results: Vec<f32>,
    outputs: Vec<Output>,
    /// Samples of the last batch.
    judged: usize,
}

/// Most samples of a batch: memory is set aside for all of them.
const MOST: usize = 1 << 20;

enum Stage {
    /// Done image by image.
    Images(Vec<Step>),
    /// Done for the whole batch.
    Batch { dense: Dense, input: Place, out: Place },
}

impl Stage {
    /// Working memory on so many threads, in numbers.
    fn scratch(&self, threads: usize) -> usize {
        match self {
            Self::Images(steps) => steps.iter().map(|step| step.scratch(threads)).max().unwrap_or(0),
            Self::Batch { .. } => 0,
        }
    }

    /// Whether several threads share a single image somewhere.
    fn splits(&self, threads: usize) -> bool {
        match self {
            Self::Images(steps) => steps.iter().any(|step| step.parts(threads) > 1),
            Self::Batch { dense, .. } => dense.parts(threads) > 1,
        }
    }
}

struct Output {
    name: String,
    place: Place,
    values: Vec<f32>,
}

impl std::fmt::Debug for Inference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inference")
            .field("input", &self.input)
            .field("most", &self.most)
            .finish_non_exhaustive()
    }
}

impl Inference {
    /// Plans `network` in evaluation, with its tensors as they are now, for batches of up to `most` samples. As many
    /// threads as the current pool of rayon has will be used.
    ///
    /// # Errors
    /// A `most` of 0 or above a million (2^20); a net that gives nothing.
    pub fn new(network: &Network, most: usize) -> Result<Self> {
        if !(1..=MOST).contains(&most) {
            return Err(Error::config("most", most, format!("1 to {MOST} samples a batch")));
        }
        let graph = network.graph();
        if graph.outputs().is_empty() {
            return Err(Error::layer("logits", graph.input(), "the net gives nothing"));
        }
        let tasks = fold::tasks(network)?;
        let ends: Vec<usize> = graph.outputs().iter().map(|(_, id)| id.0).collect();
        let memory = memory::plan(&tasks, &ends);
        let mut stages = Vec::with_capacity(memory.segments.len());
        for segment in &memory.segments {
            stages.push(match segment {
                Segment::Images(inside) => {
                    Stage::Images(inside.iter().filter_map(|at| Step::new(*at, &tasks, &memory)).collect())
                }
                Segment::Batch(at) => batch_stage(*at, &tasks, &memory)
                    .ok_or_else(|| Error::op("inference", "a layer has no place: a fault of this crate"))?,
            });
        }
        let threads = rayon::current_num_threads().max(1);
        let arenas = (1..=threads.min(most)).map(|batch| {
            // The last one of a batch of so many images, or of more.
            let scratch = stages.iter().map(|stage| stage.scratch(threads / batch));
            Arena::new(&memory.buffers, scratch.max().unwrap_or(0))
        });
        let arenas = arenas.collect();
        let results = stages.iter().map(|stage| match stage {
            Stage::Images(_) => 0,
            Stage::Batch { dense, .. } => dense.padded() * most,
        });
        let results = vec![0.0; results.max().unwrap_or(0)];
        let outputs = graph.outputs().iter().filter_map(|(name, id)| {
            let place = memory.places[id.0]?;
            Some(Output { name: name.clone(), place, values: vec![0.0; place.len * most] })
        });
        Ok(Self {
            input: graph.input().iter().product(),
            most,
            multiply_adds: graph.cost().multiply_adds,
            threads,
            splits: stages.iter().any(|stage| stage.splits(threads)),
            stages,
            outputs: outputs.collect(),
            arenas,
            row: memory.row.max(1),
            rows: vec![0.0; memory.row.max(1) * most],
            results,
            constants: memory.constants,
            judged: 0,
        })
    }

    /// The logits `[batch, K]` of `batch` samples `[batch, C, L]` or `[batch, C, H, W]`, sample after sample. No memory
    /// is asked for on one thread; on several rayon asks for some.
    ///
    /// # Errors
    /// More samples than were planned for; another number of values than the samples have.
    pub fn run(&mut self, input: &[f32], batch: usize) -> Result<&[f32]> {
        if batch > self.most {
            let reason = format!(
                "a batch of {batch} samples, but at most {} were planned for: give fewer at a time or plan for more",
                self.most
            );
            return Err(Error::op("inference", reason));
        }
        if input.len() != batch * self.input {
            let reason = format!(
                "{} values for a batch of {batch}, but samples have {} values each, {} together: check shape and batch",
                input.len(),
                self.input,
                batch * self.input
            );
            return Err(Error::op("inference", reason));
        }
        self.judged = batch;
        // Threads that share one image.
        let together = if self.splits { self.threads / batch.max(1) } else { 1 };
        match (batch, together) {
            (0, _) => {}
            (_, 0 | 1) => self.judge(input, batch, 1),
            // Inside the pool, which is then entered once and not by every layer.
            _ => rayon::scope(|_| self.judge(input, batch, together)),
        }
        Ok(self.outputs.first().map_or(&[], |output| &output.values[..batch * output.place.len]))
    }

    /// Every output of the last batch by name, `[batch, K]` each; the first one is the logits.
    pub fn outputs(&self) -> impl Iterator<Item = (&str, &[f32])> {
        let batch = self.judged;
        self.outputs.iter().map(move |output| {
            let values = &output.values[..batch * output.place.len];
            (output.name.as_str(), values)
        })
    }

    fn judge(&mut self, input: &[f32], batch: usize, together: usize) {
        let worth = self.multiply_adds.saturating_mul(batch as u64) >= WORTH_THREADS;
        let threads = if worth { self.arenas.len().min(batch) } else { 1 };
        let each = batch.div_ceil(threads);
        let (width, row, constants) = (self.input, self.row, &self.constants[..]);
        let rows = &mut self.rows[..batch * row];
        for stage in &self.stages {
            match stage {
                Stage::Images(steps) => {
                    let images = |arena: &mut Arena, rows: &mut [f32], input: &[f32]| {
                        for (row, values) in rows.chunks_exact_mut(row).zip(input.chunks_exact(width)) {
                            let mut image = Image { values, row, constants };
                            steps.iter().for_each(|step| step.run(&mut image, arena, together));
                        }
                    };
                    if threads == 1 {
                        images(&mut self.arenas[0], rows, input);
                    } else {
                        let parts = rows.par_chunks_mut(each * row).zip(input.par_chunks(each * width));
                        parts
                            .zip(&mut self.arenas)
                            .for_each(|((rows, input), arena)| images(arena, rows, input));
                    }
                }
                Stage::Batch { dense, input: place, out } => {
                    let padded = dense.padded();
                    let results = &mut self.results[..batch * padded];
                    let (from, pitch) = match place.home {
                        Home::Input => (input, width),
                        Home::Constant(index) => (&constants[index][..], 0),
                        _ => (&*rows, row),
                    };
                    let part = |first: usize, results: &mut [f32]| {
                        let samples = results.len() / padded;
                        dense.run(&from[first * pitch + place.offset..], pitch, samples, results);
                    };
                    if together > 1 {
                        let samples = results.par_chunks_mut(padded).enumerate();
                        samples.for_each(|(sample, results)| {
                            let each = dense.each(dense.parts(together));
                            let x = &from[sample * pitch + place.offset..];
                            let parts = results.par_chunks_mut(each).enumerate();
                            parts.for_each(|(number, out)| dense.run_part([number, each], x, 0, 1, out));
                        });
                    } else if threads == 1 {
                        part(0, results);
                    } else {
                        let parts = results.par_chunks_mut(each * padded).enumerate();
                        parts.for_each(|(index, results)| part(index * each, results));
                    }
                    for (row, result) in rows.chunks_exact_mut(row).zip(results.chunks_exact(padded)) {
                        row[out.offset..out.offset + out.len].copy_from_slice(&result[..out.len]);
                    }
                }
            }
        }
        for Output { place, values, .. } in &mut self.outputs {
            let parts = values.chunks_exact_mut(place.len.max(1)).zip(0..batch);
            for (part, sample) in parts {
                let from = match place.home {
                    Home::Input => &input[sample * width..],
                    Home::Constant(index) => &constants[index],
                    _ => &rows[sample * row..],
                };
                part.copy_from_slice(&from[place.offset..place.offset + place.len]);
            }
        }
    }
}

/// The layer at `at` for the whole batch; its input and result lie in rows.
fn batch_stage(at: usize, tasks: &[Option<Task>], memory: &memory::Memory) -> Option<Stage> {
    let task = tasks[at].as_ref()?;
    let Work::Linear { weight, bias } = &task.work else { return None };
    let (input, out) = (memory.places[*task.inputs.first()?]?, memory.places[at]?);
    Some(Stage::Batch { dense: Dense::new(weight, bias, task.relu), input, out })
}
