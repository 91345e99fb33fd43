//! Training one net on one fold: Adam, plateau, early stop with the weights of the best epoch, a state
//! after every epoch from which a run goes on as if it had never stopped.
//!
//! [`fit`] is given a training and a validation part and nothing else: no choice can depend on a test part.

use crate::checkpoint::{self, Best, Progress};
use crate::error::{Error, Result};
use crate::examples::Examples;
use crate::experiment::{ClassWeights, Optimiser, TrainingOptions};
use crate::observer::{Event, Observer, Place};
use crate::run_folder::{FoldFolder, write_whole};
use crate::shuffle::shuffled;
use crate::trained::{build, probabilities};
use brinell_model::{
    Adam, AdamParams, Architecture, CrossEntropy, Network, Pass, Plateau, Variables, cross_entropy,
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
    /// The learning rate of this epoch.
    pub learning_rate: f64,
    /// Wall time.
    pub seconds: f64,
}

/// All that one training needs.
pub(crate) struct Lesson<'a> {
    pub place: &'a Place,
    pub architecture: &'a Architecture,
    pub options: &'a TrainingOptions,
    pub epochs: usize,
    pub classes: usize,
    pub train: &'a Examples,
    pub validation: &'a Examples,
    pub folder: &'a FoldFolder,
    pub resume: bool,
}

/// How a training ended.
pub(crate) enum Outcome {
    /// Whole; the weights of the best epoch.
    Finished { weights: BTreeMap<String, Tensor>, best: Best, epochs: usize },
    /// Stopped from outside; the state is saved.
    Stopped { epoch: usize },
}

/// Trains one net.
pub(crate) fn fit(lesson: &Lesson<'_>, stop: &AtomicBool, observer: &mut dyn Observer) -> Result<Outcome> {
    Training::begin(lesson)?.run(stop, observer)
}

struct Training<'a> {
    lesson: &'a Lesson<'a>,
    network: Network,
    variables: Variables,
    adam: Adam,
    plateau: Plateau,
    weights: Option<Vec<f64>>,
    progress: Progress,
    best: BTreeMap<String, Tensor>,
    /// Examples and seconds since the run began or was resumed.
    pace: (usize, Instant),
}

impl<'a> Training<'a> {
    fn begin(lesson: &'a Lesson<'a>) -> Result<Self> {
        let options = lesson.options;
        let (network, variables) =
            build(lesson.architecture, lesson.train.shape(), lesson.classes, lesson.place.seed)?;
        let Optimiser::Adam { learning_rate, weight_decay } = options.optimiser;
        let params = AdamParams { learning_rate, weight_decay, ..AdamParams::default() };
        let adam = Adam::new(params)?;
        let plateau = Plateau::new(learning_rate, options.plateau.patience, options.plateau.factor)?;
        let weights = class_weights(options.class_weights, lesson.train.labels(), lesson.classes);
        let progress = Progress::new(learning_rate);
        let best = variables.to_tensors()?;
        let mut training = Training {
            lesson,
            network,
            variables,
            adam,
            plateau,
            weights,
            progress,
            best,
            pace: (0, Instant::now()),
        };
        let path = lesson.folder.checkpoint();
        if lesson.resume && path.is_file() {
            let state = checkpoint::load(&path)?;
            training.variables.load(&state.variables)?;
            training.adam.restore(&training.variables, &state.optimiser)?;
            training.adam.set_learning_rate(state.progress.learning_rate)?;
            training.plateau = state.plateau;
            training.best = state.best;
            training.progress = state.progress;
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
        while self.progress.epoch < epochs && self.progress.stale < lesson.options.early_stop.patience {
            let started = Instant::now();
            let before = self.progress.seconds;
            let batches = self.batches();
            while self.progress.batch < batches.len() {
                if stop.load(Ordering::Relaxed) {
                    self.save()?;
                    return Ok(Outcome::Stopped { epoch: self.progress.epoch + 1 });
                }
                self.step(&batches[self.progress.batch])?;
                self.progress.seconds = before + started.elapsed().as_secs_f64();
                self.tell_batch(batches.len(), observer);
            }
            self.end_epoch(before, started)?;
            if let Some(row) = self.progress.rows.last() {
                let best = self.progress.best.as_ref().is_some_and(|best| best.epoch == row.epoch);
                observer.event(&Event::EpochDone { place: lesson.place, epochs, row, best });
            }
        }
        let done = self.progress.rows.len();
        match self.progress.best {
            Some(best) => Ok(Outcome::Finished { weights: self.best, best, epochs: done }),
            None => Err(Error::data("nothing was trained", "no epoch was run", "set epochs to at least 1")),
        }
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

    fn step(&mut self, rows: &[usize]) -> Result<()> {
        let (inputs, labels) = self.lesson.train.batch(rows)?;
        let mut pass = Pass::train(self.lesson.place.seed, self.progress.step);
        let logits = self.network.forward(&inputs, &mut pass)?;
        let options = CrossEntropy {
            label_smoothing: self.lesson.options.label_smoothing,
            class_weights: self.weights.clone(),
        };
        let loss = cross_entropy(&logits, &labels, &options)?;
        let value = f64::from(loss.to_scalar::<f32>()?);
        if !value.is_finite() {
            let (place, epoch) = (self.lesson.place.to_string(), self.progress.epoch + 1);
            return Err(Error::Diverged { place, epoch, loss: value });
        }
        self.adam.step(&self.variables, &loss.backward()?)?;
        let right = logits
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
        progress.right += right;
        progress.seen += rows.len();
        progress.step += 1;
        progress.batch += 1;
        self.pace.0 += rows.len();
        Ok(())
    }

    fn end_epoch(&mut self, before: f64, started: Instant) -> Result<()> {
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
            seconds: before + started.elapsed().as_secs_f64(),
        });
        if self.progress.best.as_ref().is_none_or(|best| loss < best.loss) {
            self.progress.best = Some(Best { epoch, loss, accuracy });
            self.progress.stale = 0;
            self.best = self.variables.to_tensors()?;
        } else {
            self.progress.stale += 1;
        }
        if let Some(rate) = self.plateau.observe(loss) {
            self.progress.learning_rate = rate;
            self.adam.set_learning_rate(rate)?;
        }
        self.progress.next_epoch();
        self.write_log()?;
        self.save()
    }

    /// Loss and accuracy on the validation part.
    fn validate(&self) -> Result<(f64, f64)> {
        let rows = probabilities(&self.network, self.lesson.validation)?;
        let (mut loss, mut weight, mut right) = (0.0, 0.0, 0_usize);
        for (row, label) in rows.iter().zip(self.lesson.validation.labels()) {
            let class = *label as usize;
            let own = self.weights.as_ref().map_or(1.0, |weights| weights[class]);
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
            optimiser: self.adam.state(&self.variables)?,
            best: self.best.clone(),
            plateau: self.plateau.clone(),
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
