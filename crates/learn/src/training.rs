//! Training one net on one fold, with early stop and the weights of the best epoch, or with those of the last, and a state
//! after every epoch from which a run goes on as if it had never stopped.
//!
//! [`fit`] is given a training and a validation part, and what a net may adapt to, which has no labels: no choice can depend
//! on the labels of a test part.

use crate::adaptation::Adaptation;
use crate::alignment::{Alignment, Run, take_statistics};
use crate::batches_ahead::{Batch, Inputs, in_turn};
use crate::checkpoint::{self, Best, Progress};
use crate::class::ClassName;
use crate::error::{Error, Result};
use crate::examples::{Examples, Unlabelled};
use crate::judge::{build, planned, probabilities};
use crate::loss::Loss;
use crate::observer::{Event, Observer, Place};
use crate::rate_schedule::RateInRun;
use crate::run_folder::{FoldFolder, write_whole};
use crate::shuffle::shuffled;
use crate::size_task::size_loss;
use crate::training_options::{ClassWeights, Keep, TrainingOptions};
use brinell_model::graph::Id;
use brinell_model::{
    Architecture, Descent, Gpu, GpuNetwork, GpuTrace, GpuTraining, Group, Network, Pass, Pinned, Trace,
    Variables, WeightAverage,
};
use candle_core::Tensor;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// Probabilities below this count as this in the validation loss, so that it stays finite.
const LEAST: f64 = 1e-30;

/// One row of `epochs.csv`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EpochRow {
    /// From 1.
    pub epoch: usize,
    /// Mean loss over the batches, as the net was while it learned.
    pub train_loss: f64,
    /// Share of right answers over the same.
    pub train_accuracy: f64,
    /// Cross-entropy on the validation part after the epoch, classes weighted as in training.
    pub validation_loss: f64,
    /// Share of right answers on the validation part.
    pub validation_accuracy: f64,
    /// The learning rate of the epoch's last step.
    pub learning_rate: f64,
    /// Mean over the batches of the loss that makes source and target alike, without its weight; 0 where there is none.
    #[serde(default)]
    pub adaptation_loss: f64,
    /// Mean over the batches of the cross-entropy of sizes, without its weight; 0 where they are not learned.
    #[serde(default)]
    pub size_loss: f64,
    /// Wall time.
    pub seconds: f64,
}

/// All that one training needs.
pub(crate) struct Lesson<'a> {
    pub place: &'a Place,
    pub architecture: &'a Architecture,
    pub options: &'a TrainingOptions,
    pub epochs: usize,
    pub classes: &'a [ClassName],
    /// How many sizes are learned besides; 0: none.
    pub sizes: usize,
    pub train: &'a Examples,
    pub validation: &'a Examples,
    pub adaptation: Option<(&'a Adaptation, &'a Unlabelled)>,
    pub folder: &'a FoldFolder,
    pub resume: bool,
    /// Where it is trained, if not on the CPU.
    pub gpu: Option<&'a Gpu>,
}

/// How a training ended.
pub(crate) enum Outcome {
    /// Whole; the weights of the epoch that is kept, and its figures.
    Finished { weights: BTreeMap<String, Tensor>, best: Best, epochs: usize },
    /// Stopped from outside; the state is saved.
    Stopped { epoch: usize },
}

/// Trains one net.
pub(crate) fn fit(lesson: &Lesson<'_>, stop: &AtomicBool, observer: &mut dyn Observer) -> Result<Outcome> {
    Training::begin(lesson)?.run(stop, observer)
}

/// An average of the weights, and a net of its own that judges with it.
struct Averaged {
    average: WeightAverage,
    network: Network,
    variables: Variables,
    gpu: Option<GpuNetwork>,
}

/// A batch that went through the net.
enum Traced<'a> {
    Cpu(Trace<'a>),
    Gpu(GpuTrace),
}

impl Traced<'_> {
    fn outputs(&self) -> Vec<&Tensor> {
        match self {
            Self::Cpu(trace) => trace.outputs().collect(),
            Self::Gpu(trace) => trace.outputs().collect(),
        }
    }
}

struct Training<'a> {
    lesson: &'a Lesson<'a>,
    network: Network,
    variables: Variables,
    averaged: Option<Averaged>,
    descent: Descent,
    /// The net on a GPU. That of the CPU follows at the end of an epoch, and before anything is saved.
    gpu: Option<GpuTraining>,
    rate: RateInRun,
    loss: Loss,
    alignment: Option<Alignment<'a>>,
    keep: Keep,
    progress: Progress,
    best: BTreeMap<String, Tensor>,
    /// Examples and seconds since the run began or was resumed.
    pace: (usize, Instant),
}

impl<'a> Training<'a> {
    fn begin(lesson: &'a Lesson<'a>) -> Result<Self> {
        let options = lesson.options;
        let gpu = lesson.gpu.map(|gpu| gpu.in_precision(options.precision));
        let counts = [lesson.classes.len(), lesson.sizes];
        let net = || build(lesson.architecture, lesson.train.shape(), counts, lesson.place.seed);
        let (network, variables) = net()?;
        let averaged = match options.weight_average {
            Some(share) => {
                let average = WeightAverage::new(share, &variables)?;
                let (network, variables) = net()?;
                let gpu = gpu.as_ref().map(|gpu| GpuNetwork::new(&network, gpu)).transpose()?;
                Some(Averaged { average, network, variables, gpu })
            }
            None => None,
        };
        let groups = match options.decay_norms_and_biases {
            true => Vec::new(),
            false => vec![Group::undecayed(network.graph())],
        };
        let mut descent = Descent::new(options.optimiser.clone())?.with_groups(&groups)?;
        let rate = begin_rate(options, lesson.train.len(), lesson.epochs)?;
        descent.set_learning_rate(rate.now())?;
        options.loss.fits(lesson.classes)?;
        let weights = class_weights(options.class_weights, lesson.train.labels(), lesson.classes.len());
        let loss = options.loss.clone();
        let loss = weights.map_or(loss.clone(), |weights| loss.with_weights(weights));
        let run = Run {
            seed: lesson.place.seed,
            classes: lesson.classes.len(),
            epochs: lesson.epochs,
            steps_in_epoch: steps_in_epoch(lesson.train.len(), options.batch),
        };
        let alignment = match lesson.adaptation {
            Some((adaptation, target)) => Alignment::new(adaptation, target, &network, options, &run)?,
            None => None,
        };
        let keep = options.kept(lesson.adaptation.is_some());
        let mut training = Training {
            lesson,
            network,
            variables,
            averaged,
            descent,
            gpu: None,
            rate,
            loss,
            alignment,
            keep,
            progress: Progress::default(),
            best: BTreeMap::new(),
            pace: (0, Instant::now()),
        };
        let path = lesson.folder.checkpoint();
        if lesson.resume && path.is_file() {
            let state = checkpoint::load(&path)?;
            training.variables.load(&state.variables)?;
            training.descent.restore(&training.variables, &state.optimiser)?;
            if let Some(averaged) = &mut training.averaged {
                averaged.average.restore(&state.average)?;
            }
            if let Some(alignment) = &mut training.alignment {
                alignment.restore(&state.adversary)?;
            }
            training.rate = state.rate;
            training.best = state.best;
            training.progress = state.progress;
        }
        if let Some(gpu) = &gpu {
            let mut own = GpuTraining::new(&training.network, &training.descent, gpu)?;
            if let Some(averaged) = &training.averaged {
                own.keep_average(&averaged.average)?;
            }
            training.gpu = Some(own);
        }
        Ok(training)
    }

    fn run(mut self, stop: &AtomicBool, observer: &mut dyn Observer) -> Result<Outcome> {
        let lesson = self.lesson;
        let epochs = lesson.epochs;
        observer.event(&Event::FoldStarted {
            place: lesson.place,
            train: lesson.train.len(),
            validation: lesson.validation.len(),
            epoch: (self.progress.epoch + 1).min(epochs),
            epochs,
        });
        while self.progress.epoch < epochs && !self.is_stale() {
            let started = Instant::now();
            let before = self.progress.seconds;
            let batches = self.batches();
            let left = &batches[self.progress.batch..];
            let stopped = in_turn(lesson.train, left, lesson.gpu, |next| {
                for rows in left {
                    if stop.load(Ordering::Relaxed) {
                        return Ok(true);
                    }
                    self.step(rows, next()?)?;
                    self.progress.seconds = before + started.elapsed().as_secs_f64();
                    self.tell_batch(batches.len(), observer);
                }
                Ok(false)
            })?;
            if stopped {
                self.bring_from_gpu()?;
                self.save()?;
                return Ok(Outcome::Stopped { epoch: self.progress.epoch + 1 });
            }
            self.end_epoch(before, started)?;
            if let Some(row) = self.progress.rows.last() {
                let best = self.progress.best.as_ref().is_some_and(|best| best.epoch == row.epoch);
                observer.event(&Event::EpochDone { place: lesson.place, epochs, row, best });
            }
        }
        self.finish()
    }

    /// Whether the best epoch is so long ago that none better is waited for.
    fn is_stale(&self) -> bool {
        self.keep == Keep::Best && self.progress.stale >= self.lesson.options.early_stop.patience
    }

    /// The weights that are kept, with the target's statistics where they are asked for.
    fn finish(self) -> Result<Outcome> {
        let epochs = self.progress.rows.len();
        let last = self.progress.rows.last().map(|row| Best {
            epoch: row.epoch,
            loss: row.validation_loss,
            accuracy: row.validation_accuracy,
        });
        let (mut weights, best) = match self.keep {
            Keep::Best => (self.best, self.progress.best),
            Keep::Last => match &self.averaged {
                Some(averaged) => (averaged.average.to_tensors().clone(), last),
                None => (self.variables.to_tensors()?, last),
            },
        };
        let Some(best) = best else {
            return Err(Error::data("nothing was trained", "no epoch was run", "set epochs to at least 1"));
        };
        if let Some((Adaptation::AdaBn(_), target)) = self.lesson.adaptation {
            self.variables.load(&weights)?;
            take_statistics(&self.network, target, self.lesson.options.batch, self.lesson.place.seed)?;
            weights = self.variables.to_tensors()?;
        }
        Ok(Outcome::Finished { weights, best, epochs })
    }

    /// The rows of each batch of the current epoch. A last batch of one example joins the one before:
    /// batch normalisation has no variance over one.
    fn batches(&self) -> Vec<Vec<usize>> {
        let purpose = format!("batches/epoch-{}", self.progress.epoch);
        let order = shuffled(self.lesson.train.len(), self.lesson.place.seed, &purpose);
        let mut batches: Vec<Vec<usize>> =
            order.chunks(self.lesson.options.batch).map(<[usize]>::to_vec).collect();
        if batches.len() > 1 && batches.last().is_some_and(|last| last.len() == 1) {
            let last = batches.pop().unwrap_or_default();
            if let Some(before) = batches.last_mut() {
                before.extend(last);
            }
        }
        batches
    }

    fn step(&mut self, rows: &[usize], (inputs, labels): Batch) -> Result<()> {
        let step = self.progress.step;
        let mut pass = Pass::train(self.lesson.place.seed, step);
        let alignment = self.alignment.as_ref().filter(|own| own.is_on(step));
        let outputs = self.network.graph().outputs().iter().map(|(_, id)| *id);
        let tasks = 1 + usize::from(self.lesson.sizes > 0);
        let mut wanted: Vec<Id> = outputs.take(tasks).collect();
        let target = alignment.map(|own| own.inputs(self.progress.epoch, self.progress.batch)).transpose()?;
        wanted.extend(alignment.map(Alignment::features));
        let trace = match (&mut self.gpu, inputs) {
            (Some(gpu), Inputs::Pinned(inputs)) => {
                let target = target.map(|target| gpu.network().pinned(&target)).transpose()?;
                let parts: Vec<&Pinned> = std::iter::once(&inputs).chain(&target).collect();
                Traced::Gpu(gpu.trace_pinned(&parts, &wanted, &pass)?)
            }
            (_, Inputs::Tensor(inputs)) => {
                let parts: Vec<Tensor> = std::iter::once(inputs).chain(target).collect();
                Traced::Cpu(self.network.trace(&Tensor::cat(&parts, 0)?, &wanted, &mut pass)?)
            }
            (None, Inputs::Pinned(_)) => {
                return Err(Error::data(
                    "a batch for a GPU came to the CPU",
                    "a fault of this crate",
                    "report it",
                ));
            }
        };
        let outputs = trace.outputs();
        let all = outputs[0].clone();
        let logits = all.narrow(0, 0, rows.len())?;
        let mut loss = self.loss.of(&logits, &labels)?;
        let value = f64::from(loss.to_scalar::<f32>()?);
        let mut of_sizes = 0.0;
        if let (Some(task), Some(all)) = (&self.lesson.options.also.size, outputs.get(1))
            && self.lesson.sizes > 0
        {
            let added = size_loss(all, self.lesson.train, rows)?;
            of_sizes = f64::from(added.to_scalar::<f32>()?);
            loss = (loss + (added * task.weight)?)?;
        }
        let mut apart = 0.0;
        if let (Some(own), Some(features)) = (alignment, outputs.get(tasks))
            && let Some((added, value)) = own.loss(features, &all, rows.len(), step)?
        {
            (loss, apart) = ((loss + added)?, value);
        }
        if let Some(loss) = [value, of_sizes, apart].into_iter().find(|value| !value.is_finite()) {
            let (place, epoch) = (self.lesson.place.to_string(), self.progress.epoch + 1);
            return Err(Error::Diverged { place, epoch, loss });
        }
        let rate = self.descent.learning_rate();
        self.progress.learning_rate = rate;
        let gradients = match (trace, &mut self.gpu) {
            (Traced::Cpu(trace), _) => {
                let gradients = trace.backward(&loss)?;
                self.descent.step(&self.variables, &gradients)?;
                gradients
            }
            (Traced::Gpu(trace), Some(gpu)) => {
                let gradients = gpu.backward(&trace, &loss)?;
                gpu.step(&mut self.descent)?;
                gradients
            }
            (Traced::Gpu(_), None) => unreachable!("it came from there"),
        };
        if let Some(own) = self.alignment.as_mut().filter(|own| own.is_on(step)) {
            own.step(&gradients, rate)?;
        }
        self.descent.set_learning_rate(self.rate.after_step()?)?;
        if let Some(averaged) = &mut self.averaged
            && self.gpu.is_none()
        {
            averaged.average.update(&self.variables)?;
        }
        let right = logits
            .detach()
            .to_vec2::<f32>()?
            .iter()
            .zip(&labels)
            .filter(|(row, label)| {
                let row: Vec<f64> = row.iter().copied().map(f64::from).collect();
                crate::metrics::arg_max(&row) as u32 == **label
            })
            .count();
        let progress = &mut self.progress;
        progress.loss_sum += value * rows.len() as f64;
        progress.adaptation_sum += apart * rows.len() as f64;
        progress.size_sum += of_sizes * rows.len() as f64;
        progress.right += right;
        progress.seen += rows.len();
        progress.step += 1;
        progress.batch += 1;
        self.pace.0 += rows.len();
        Ok(())
    }

    /// Weights, their average and what the optimiser remembers, as they are on the GPU.
    fn bring_from_gpu(&mut self) -> Result<()> {
        let Some(gpu) = &self.gpu else { return Ok(()) };
        gpu.store(&mut self.descent)?;
        if let Some(averaged) = &mut self.averaged {
            gpu.store_average(&mut averaged.average)?;
        }
        Ok(())
    }

    fn end_epoch(&mut self, before: f64, started: Instant) -> Result<()> {
        self.bring_from_gpu()?;
        let seen = self.progress.seen as f64;
        let (loss, accuracy) = self.validate()?;
        if !loss.is_finite() {
            let (place, epoch) = (self.lesson.place.to_string(), self.progress.epoch + 1);
            return Err(Error::Diverged { place, epoch, loss });
        }
        let epoch = self.progress.epoch + 1;
        self.progress.rows.push(EpochRow {
            epoch,
            train_loss: self.progress.loss_sum / seen,
            train_accuracy: self.progress.right as f64 / seen,
            validation_loss: loss,
            validation_accuracy: accuracy,
            learning_rate: self.progress.learning_rate,
            adaptation_loss: self.progress.adaptation_sum / seen,
            size_loss: self.progress.size_sum / seen,
            seconds: before + started.elapsed().as_secs_f64(),
        });
        if self.progress.best.as_ref().is_none_or(|best| loss < best.loss) {
            self.progress.best = Some(Best { epoch, loss, accuracy });
            self.progress.stale = 0;
            if self.keep == Keep::Best {
                self.best = match &self.averaged {
                    Some(averaged) => averaged.average.to_tensors().clone(),
                    None => self.variables.to_tensors()?,
                };
            }
        } else {
            self.progress.stale += 1;
        }
        self.descent.set_learning_rate(self.rate.after_epoch(loss)?)?;
        self.progress.next_epoch();
        self.write_log()?;
        self.save()
    }

    /// Loss and accuracy on the validation part, of the averaged weights where there are any. The net is planned anew
    /// for it: that takes less time than it saves.
    fn validate(&mut self) -> Result<(f64, f64)> {
        let (network, gpu) = match &mut self.averaged {
            Some(averaged) => {
                averaged.variables.load(averaged.average.to_tensors())?;
                if let Some(gpu) = &averaged.gpu {
                    gpu.load()?;
                }
                (&averaged.network, averaged.gpu.as_mut())
            }
            None => (&self.network, self.gpu.as_mut().map(GpuTraining::network)),
        };
        let rows = match gpu {
            Some(gpu) => probabilities(gpu, self.lesson.validation)?,
            None => probabilities(&mut planned(network)?, self.lesson.validation)?,
        };
        let (mut loss, mut weight, mut right) = (0.0, 0.0, 0_usize);
        for (row, label) in rows.iter().zip(self.lesson.validation.labels()) {
            let class = *label as usize;
            let own = self.loss.weights().map_or(1.0, |weights| weights[class]);
            loss -= own * row[class].max(LEAST).ln();
            weight += own;
            right += usize::from(crate::metrics::arg_max(row) == class);
        }
        Ok((loss / weight, right as f64 / rows.len() as f64))
    }

    fn write_log(&self) -> Result<()> {
        let path = self.lesson.folder.epochs();
        let failed = |error: csv::Error| Error::io("write", &path)(std::io::Error::other(error));
        let mut table = csv::Writer::from_writer(Vec::new());
        for row in &self.progress.rows {
            table.serialize(row).map_err(failed)?;
        }
        let bytes = table.into_inner().map_err(|error| Error::io("write", &path)(error.into_error()))?;
        write_whole(&path, &bytes)
    }

    fn save(&self) -> Result<()> {
        let state = checkpoint::State {
            variables: self.variables.to_tensors()?,
            optimiser: self.descent.state(&self.variables)?,
            average: self
                .averaged
                .as_ref()
                .map_or_else(BTreeMap::new, |own| own.average.to_tensors().clone()),
            best: self.best.clone(),
            adversary: self.alignment.as_ref().map_or_else(|| Ok(Default::default()), Alignment::state)?,
            rate: self.rate.clone(),
            progress: self.progress.clone(),
        };
        checkpoint::save(&self.lesson.folder.checkpoint(), &state)
    }

    fn tell_batch(&self, batches: usize, observer: &mut dyn Observer) {
        let progress = &self.progress;
        let (examples, since) = self.pace;
        let rate = examples as f64 / since.elapsed().as_secs_f64().max(1e-9);
        let epochs_left = self.lesson.epochs.saturating_sub(progress.epoch + 1);
        let left =
            self.lesson.train.len().saturating_sub(progress.seen) + epochs_left * self.lesson.train.len();
        observer.event(&Event::BatchDone {
            place: self.lesson.place,
            epoch: progress.epoch + 1,
            epochs: self.lesson.epochs,
            batch: progress.batch,
            batches,
            loss: progress.loss_sum / progress.seen.max(1) as f64,
            examples_per_second: rate,
            seconds_left: left as f64 / rate.max(1e-9),
        });
    }
}

/// The learning rate of a run over so many examples, before its first step.
pub(crate) fn begin_rate(options: &TrainingOptions, examples: usize, epochs: usize) -> Result<RateInRun> {
    let steps = steps_in_epoch(examples, options.batch).saturating_mul(epochs);
    options.schedule.begin(options.optimiser.learning_rate(), steps as u64)
}

/// Batches in an epoch: see [`Training::batches`].
fn steps_in_epoch(examples: usize, batch: usize) -> usize {
    let alone = examples > batch && examples % batch == 1;
    examples.div_ceil(batch) - usize::from(alone)
}

/// `examples / (classes x examples of the class)`, or none.
fn class_weights(rule: ClassWeights, labels: &[u32], classes: usize) -> Option<Vec<f64>> {
    match rule {
        ClassWeights::Equal => None,
        ClassWeights::Balanced => {
            let count = |class: usize| labels.iter().filter(|label| **label as usize == class).count().max(1);
            Some((0..classes).map(|class| labels.len() as f64 / (classes * count(class)) as f64).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_last_batch_of_one_example_is_no_step_of_its_own() {
        let counted = [(1, 2), (2, 2), (3, 2), (4, 2), (64, 32), (65, 32), (66, 32)];
        let steps = counted.map(|(examples, batch)| steps_in_epoch(examples, batch));
        assert_eq!(steps, [1, 1, 1, 2, 2, 2, 3]);
    }
}
