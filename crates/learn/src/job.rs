//! One fold with one seed: learned, then judged, its files written.
//!
//! The test part is computed only after training has returned: [`crate::training::fit`] takes a training and a
//! validation part, and has no way to a third.

use crate::adaptation::Adaptation;
use crate::alignment::refuse_without_norms;
use crate::error::{Error, Result};
use crate::examples::{Examples, Source, Unlabelled, network_shape};
use crate::experiment::{Experiment, ProtocolOptions, SegmentOptions};
use crate::observer::{Event, Observer, Place};
use crate::protocol::{Fold, Part, Signal, Window};
use crate::recordings::Recordings;
use crate::run::TrainOptions;
use crate::run_folder::{FoldFolder, write_whole};
use crate::scores::{ScoreRow, ScoreTable};
use crate::split_file;
use crate::summary::{FoldFacts, FoldSummary, read_json, write_json};
use crate::trained::{ModelFacts, Trained, hexadecimal};
use crate::training::{Lesson, Outcome, begin_rate, fit};
use crate::training_options::Keep;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// One fold with one seed.
pub(crate) struct Job {
    pub(crate) place: Place,
    pub(crate) protocol: ProtocolOptions,
    pub(crate) cut: SegmentOptions,
    pub(crate) fold: Fold,
    /// Its number among the runs of its protocol, from 1, and how many those are.
    pub(crate) run: (usize, usize),
    /// The signals the fold's windows count by, and where each is in the recordings.
    pub(crate) signals: Arc<(Vec<Signal>, Vec<usize>)>,
    pub(crate) folder: FoldFolder,
}

/// What was written about a finished fold.
pub(crate) fn read_facts(folder: &FoldFolder) -> Result<FoldFacts> {
    let path = folder.facts();
    let text = std::fs::read(&path).map_err(Error::io("read", &path))?;
    read_json(&text, &path)
}

impl Job {
    /// Trains, then tests, then writes the scores: their presence says that the fold is finished.
    pub(crate) fn run(
        &self,
        experiment: &Experiment,
        recordings: &Recordings,
        options: &TrainOptions,
        stop: &AtomicBool,
        observer: &mut dyn Observer,
    ) -> Result<()> {
        self.folder.create()?;
        let rate = experiment.data.rate;
        split_file::write(&self.folder.split(), &self.fold, &self.signals.0, self.cut.length, rate)?;
        self.refuse_other_data(recordings)?;
        let trained = self.learn(experiment, recordings, options, stop, observer)?;
        let scores = self.judge(experiment, recordings, &trained)?;
        scores.write(&self.folder.scores())?;
        if !experiment.training.keep_state {
            self.folder.drop_state()?;
        }
        let result = FoldSummary::of(read_facts(&self.folder)?, &scores)?;
        self.tell_done(&result, observer);
        Ok(())
    }

    /// Whether a finished fold is to get more epochs: it had fewer than are asked for, and did not end by itself.
    pub(crate) fn goes_on(&self, experiment: &Experiment) -> Result<bool> {
        let facts = read_facts(&self.folder)?;
        let training = &experiment.training;
        let stale = facts.epochs.saturating_sub(facts.best_epoch);
        let kept = training.kept(experiment.adaptation_of(&self.protocol).is_some());
        let ended = kept == Keep::Best && stale >= training.early_stop.patience;
        Ok(facts.epochs < self.epochs(experiment) && !ended)
    }

    /// At most so many.
    fn epochs(&self, experiment: &Experiment) -> usize {
        self.protocol.epochs.unwrap_or(experiment.training.epochs)
    }

    /// How large its net is.
    pub(crate) fn parameters(&self, experiment: &Experiment) -> Result<u64> {
        let plan = experiment.pipeline.plan(experiment.data.rate, self.cut.length)?;
        let cost = experiment.model.cost(&network_shape(plan.output_shape()), self.fold.classes.len())?;
        Ok(cost.parameters)
    }

    /// Refuses what `[training]` says about classes and steps where this fold has others.
    pub(crate) fn check_training(&self, experiment: &Experiment) -> Result<()> {
        experiment.training.loss.fits(&self.fold.classes)?;
        if let Some(Adaptation::AdaBn(_)) = experiment.adaptation_of(&self.protocol) {
            let plan = experiment.pipeline.plan(experiment.data.rate, self.cut.length)?;
            let shape = network_shape(plan.output_shape());
            refuse_without_norms(&experiment.model.draft(&shape, self.fold.classes.len())?)?;
        }
        begin_rate(&experiment.training, self.fold.train.windows.len(), self.epochs(experiment)).map(drop)
    }

    /// Everything that chooses. Sees the training and the validation part of the fold, and what the net adapts to without
    /// its labels.
    fn learn(
        &self,
        experiment: &Experiment,
        recordings: &Recordings,
        options: &TrainOptions,
        stop: &AtomicBool,
        observer: &mut dyn Observer,
    ) -> Result<Trained> {
        let sources = self.sources(experiment, recordings);
        let plan = experiment.pipeline.plan(experiment.data.rate, self.cut.length)?;
        let compute = |part: &Part| Examples::compute(&plan, self.cut.length, &sources, part);
        let (train, validation) = (compute(&self.fold.train)?, compute(&self.fold.validation)?);
        let adaptation = experiment.adaptation_of(&self.protocol);
        let target = match (adaptation, &self.fold.target) {
            (Some(adaptation), Some(target)) => {
                let inputs = Unlabelled::compute(&plan, self.cut.length, &sources, &target.windows)?;
                Some((adaptation, inputs))
            }
            _ => None,
        };
        let epochs = self.epochs(experiment);
        let lesson = Lesson {
            place: &self.place,
            architecture: &experiment.model,
            options: &experiment.training,
            epochs,
            classes: &self.fold.classes,
            train: &train,
            validation: &validation,
            adaptation: target.as_ref().map(|(adaptation, inputs)| (*adaptation, inputs)),
            folder: &self.folder,
            resume: options.resume,
        };
        match fit(&lesson, stop, observer)? {
            Outcome::Stopped { epoch } => Err(Error::Interrupted {
                run_folder: options.run_folder.clone(),
                place: self.place.to_string(),
                epoch,
                epochs,
            }),
            Outcome::Finished { weights, best, epochs } => {
                let data_sha256 = self.data_hash(recordings);
                let facts = FoldFacts {
                    protocol: self.place.protocol,
                    sensor: self.place.sensor.clone(),
                    noise: self.protocol.noise,
                    adapted: adaptation.map(|own| own.declared(self.place.protocol)),
                    fold: self.place.fold.clone(),
                    seed: self.place.seed,
                    run: self.run.0,
                    runs_planned: self.run.1,
                    classes: self.fold.classes.clone(),
                    train_segments: train.len(),
                    validation_segments: validation.len(),
                    validation_rule: self.fold.validation.rule.clone(),
                    known_bearings: self.known_bearings(),
                    epochs,
                    best_epoch: best.epoch,
                    validation_loss: best.loss,
                    validation_accuracy: best.accuracy,
                    data_sha256: data_sha256.clone(),
                };
                write_json(&facts, &self.folder.facts())?;
                let model = ModelFacts {
                    schema: ModelFacts::schema(),
                    name: experiment.name.clone(),
                    card: self.model_card(experiment),
                    rate_hz: experiment.data.rate.0,
                    segment_length: self.cut.length,
                    segment_stride: self.cut.stride,
                    pipeline: experiment.pipeline.clone(),
                    architecture: experiment.model.clone(),
                    classes: self.fold.classes.clone(),
                    data_sha256,
                    calibrated: false,
                    learned_from: self.learned_from(recordings),
                };
                let trained = Trained::new(model, &weights)?;
                trained.save(&self.folder.model())?;
                Ok(trained)
            }
        }
    }

    /// The scores of the test part.
    pub(crate) fn judge(
        &self,
        experiment: &Experiment,
        recordings: &Recordings,
        trained: &Trained,
    ) -> Result<ScoreTable> {
        let sources = self.sources(experiment, recordings);
        let test = &self.fold.test;
        let probabilities = match &self.protocol.noise {
            None => trained.judge(&sources, test)?,
            Some(noise) => {
                let (length, rate) = (self.cut.length, experiment.data.rate);
                let (noisy, part) = noise.on(test, &self.signals.0, &sources, length, rate)?;
                let context = |window: &Window| sources[window.signal].1;
                let noisy: Vec<Source<'_>> = noisy
                    .iter()
                    .zip(&test.windows)
                    .map(|(segment, window)| (segment.as_slice(), context(window)))
                    .collect();
                trained.judge(&noisy, &part)?
            }
        };
        let rows = test.windows.iter().zip(&test.labels).zip(probabilities);
        let rows = rows.map(|((window, label), probabilities)| {
            let signal = &self.signals.0[window.signal];
            ScoreRow {
                file: signal.file.clone(),
                sensor: signal.sensor.clone(),
                bearing: signal.bearing.clone(),
                start: window.start as u64,
                label: *label,
                probabilities,
            }
        });
        let classes = self.fold.classes.iter().map(|class| class.name.clone()).collect();
        Ok(ScoreTable { classes, rows: rows.collect() })
    }

    fn sources<'a>(&self, experiment: &Experiment, recordings: &'a Recordings) -> Vec<Source<'a>> {
        let source = |place: &usize| {
            let context = recordings.context(experiment, *place);
            (&*recordings.signals()[*place].samples, context)
        };
        self.signals.1.iter().map(source).collect()
    }

    fn known_bearings(&self) -> BTreeSet<String> {
        let signals = &self.signals.0;
        let mut known = self.fold.train.bearings(signals);
        known.extend(self.fold.validation.bearings(signals));
        known.into_iter().map(str::to_owned).collect()
    }

    /// Places of the signals that training or validation sees, or that the net adapts to.
    fn seen(&self) -> BTreeSet<usize> {
        let windows = self.fold.train.windows.iter().chain(&self.fold.validation.windows);
        let target = self.fold.target.iter().flat_map(|target| &target.windows);
        windows.chain(target).map(|window| window.signal).collect()
    }

    fn learned_from(&self, recordings: &Recordings) -> Vec<String> {
        let hash = |at: usize| recordings.signals()[self.signals.1[at]].entry.sha256.clone();
        let hashes: BTreeSet<String> = self.seen().into_iter().map(hash).collect();
        hashes.into_iter().collect()
    }

    /// SHA-256 over the names, channels and hashes of the recordings that training sees.
    fn data_hash(&self, recordings: &Recordings) -> String {
        let mut hash = Sha256::new();
        for at in self.seen() {
            let signal = &recordings.signals()[self.signals.1[at]];
            let line = format!("{} {} {}\n", signal.entry.file, signal.sensor, signal.entry.sha256);
            hash.update(line.as_bytes());
        }
        hexadecimal(&hash.finalize())
    }

    /// Refuses to go on with a fold that was begun or finished on other recordings; notes them when it
    /// begins.
    pub(crate) fn refuse_other_data(&self, recordings: &Recordings) -> Result<()> {
        let own = self.data_hash(recordings);
        let begun = self.folder.data();
        let before = if self.folder.is_finished() {
            read_facts(&self.folder)?.data_sha256
        } else if begun.is_file() {
            std::fs::read_to_string(&begun).map_err(Error::io("read", &begun))?
        } else {
            return write_whole(&begun, own.as_bytes());
        };
        if before == own {
            return Ok(());
        }
        Err(Error::data(
            format!("cannot go on with {}", self.place),
            "the recordings at hand are not those it was trained on: some were added or removed since",
            "start anew with --force, or in another folder",
        ))
    }

    fn model_card(&self, experiment: &Experiment) -> String {
        let Place { protocol, sensor, fold, seed, .. } = &self.place;
        let leak = protocol.is_leaky().map_or_else(
            || "Its test bearings were not seen in training.".to_owned(),
            |leak| format!("Its figure is {leak}."),
        );
        let adapted = match experiment.adaptation_of(&self.protocol) {
            Some(adaptation) => format!("It was {}. ", adaptation.declared(*protocol)),
            None => String::new(),
        };
        format!(
            "{} of experiment {}, data set {}, channel {sensor}, trained without the test part of {protocol} {fold}, \
             seed {seed}. {leak} {adapted}Not calibrated.",
            experiment.model.name(),
            experiment.name,
            experiment.data.dataset,
        )
    }

    pub(crate) fn tell_done(&self, result: &FoldSummary, observer: &mut dyn Observer) {
        observer.event(&Event::FoldDone {
            place: &self.place,
            test: result.windows.count,
            accuracy: result.windows.accuracy,
            macro_f1: result.windows.macro_f1,
            leak: self.place.protocol.is_leaky(),
        });
    }
}
