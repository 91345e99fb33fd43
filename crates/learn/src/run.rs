//! Running an experiment: every protocol, fold and seed, one after the other.
//!
//! A fold's test part is computed only after its training has returned: [`crate::training::fit`] takes a
//! training and a validation part, and has no way to a third.

use crate::card::card;
use crate::class::ClassName;
use crate::config_text::ConfigError;
use crate::error::{Error, Result};
use crate::examples::{Examples, Source};
use crate::experiment::{Experiment, ProtocolOptions, SegmentOptions};
use crate::observer::{Event, Observer, Place};
use crate::protocol::{Fold, Part, Protocol, Signal, SplitRule};
use crate::recordings::Recordings;
use crate::run_folder::{Existing, FoldFolder, RunFolder, write_whole};
use crate::scores::{ScoreRow, ScoreTable};
use crate::split_file;
use crate::summary::{
    FoldFacts, FoldSummary, ProtocolSummary, SCORES_SCHEMA, Summary, read_json, write_json,
};
use crate::table::Table;
use crate::trained::{ModelFacts, Trained, hexadecimal};
use crate::training::{Lesson, Outcome, begin_rate, fit};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// How to run an experiment.
#[derive(Debug, Clone, Default)]
pub struct TrainOptions {
    /// Where the recordings lie.
    pub data_folder: PathBuf,
    /// Where results go.
    pub run_folder: PathBuf,
    /// Go on with the run in that folder; finished folds are kept.
    pub resume: bool,
    /// Remove the run in that folder first.
    pub force: bool,
    /// Only these protocols; empty: all of the experiment.
    pub only: Vec<Protocol>,
    /// Set it to end after the current batch, with everything saved.
    pub stop: Option<Arc<AtomicBool>>,
}

/// What came out of a run.
#[derive(Debug, Clone)]
pub struct RunSummary {
    /// The folder with everything.
    pub run_folder: PathBuf,
    /// The figures.
    pub summary: Summary,
    /// The figures for people.
    pub table: Table,
    /// The models, in the order they were trained.
    pub models: Vec<PathBuf>,
    /// Recordings that were wanted and not at hand.
    pub missing: Vec<String>,
}

/// Trains and tests an experiment on the recordings of a data folder.
///
/// # Errors
/// [`Error::Config`] when the experiment was changed to something impossible; [`Error::RunFolderInUse`];
/// [`Error::Interrupted`] when it was stopped, all being saved; and whatever reading and training can run into.
pub fn train(
    experiment: &Experiment,
    options: &TrainOptions,
    observer: &mut dyn Observer,
) -> Result<RunSummary> {
    check(experiment)?;
    let protocols = wanted(experiment, &options.only)?;
    RunFolder::allow(&options.run_folder, existing(options))?;
    let recordings = Recordings::read(experiment, &protocols, &options.data_folder)?;
    let folder = RunFolder::prepare(&options.run_folder, experiment, existing(options))?;
    run(experiment, &recordings, &protocols, &folder, options, observer)
}

/// The same on recordings that are in memory.
///
/// # Errors
/// As [`train`].
pub fn train_on(
    experiment: &Experiment,
    recordings: &Recordings,
    options: &TrainOptions,
    observer: &mut dyn Observer,
) -> Result<RunSummary> {
    check(experiment)?;
    if recordings.rate() != experiment.data.rate {
        return Err(Error::data(
            "the recordings do not fit the experiment",
            format!("they are at {}, [data] rate is {}", recordings.rate(), experiment.data.rate),
            "make them with the experiment's rate",
        ));
    }
    let protocols = wanted(experiment, &options.only)?;
    let folder = RunFolder::prepare(&options.run_folder, experiment, existing(options))?;
    run(experiment, recordings, &protocols, &folder, options, observer)
}

/// Judges the test parts of a finished run anew with its stored models; writes nothing.
///
/// # Errors
/// As [`train`]; [`Error::RunFolder`] when nothing in the folder is finished.
pub fn evaluate(run_folder: &Path, data_folder: &Path, observer: &mut dyn Observer) -> Result<Summary> {
    let (folder, experiment) = RunFolder::open(run_folder)?;
    let protocols: Vec<&ProtocolOptions> = experiment.protocols.iter().collect();
    let recordings = Recordings::read(&experiment, &protocols, data_folder)?;
    evaluate_on(&folder, &experiment, &recordings, observer)
}

/// The same on recordings that are in memory.
///
/// # Errors
/// As [`evaluate`].
pub fn evaluate_on(
    folder: &RunFolder,
    experiment: &Experiment,
    recordings: &Recordings,
    observer: &mut dyn Observer,
) -> Result<Summary> {
    let protocols: Vec<&ProtocolOptions> = experiment.protocols.iter().collect();
    let mut results = Vec::new();
    for job in jobs(experiment, recordings, &protocols, folder)? {
        if job.folder.is_finished() {
            let trained = Trained::load(&job.folder.model())?;
            let facts = read_facts(&job.folder)?;
            let result = FoldSummary::of(facts, &job.judge(experiment, recordings, &trained)?);
            job.tell_done(&result, observer);
            results.push(result);
        }
    }
    if results.is_empty() {
        return Err(Error::RunFolder {
            folder: folder.root().to_owned(),
            why: "none of its folds is finished, so there is no model to judge".to_owned(),
            help: format!("brinell train --resume {}", folder.root().display()),
        });
    }
    Ok(summarise(experiment, results))
}

fn check(experiment: &Experiment) -> Result<()> {
    let complaints = experiment.check();
    if complaints.is_empty() {
        Ok(())
    } else {
        Err(ConfigError::unplaced(&experiment.name, complaints).into())
    }
}

fn wanted<'a>(experiment: &'a Experiment, only: &[Protocol]) -> Result<Vec<&'a ProtocolOptions>> {
    if let Some(unknown) = only.iter().find(|one| experiment.protocols.iter().all(|own| own.name != **one)) {
        let names: Vec<String> = experiment.protocols.iter().map(|own| own.name.to_string()).collect();
        return Err(Error::data(
            format!("the experiment {} has no protocol {unknown}", experiment.name),
            format!("it has {}", names.join(", ")),
            "choose one of them, or add a [[protocol]]",
        ));
    }
    Ok(experiment.protocols.iter().filter(|own| only.is_empty() || only.contains(&own.name)).collect())
}

fn existing(options: &TrainOptions) -> Existing {
    match (options.resume, options.force) {
        (true, _) => Existing::Resume,
        (false, true) => Existing::Replace,
        (false, false) => Existing::Refuse,
    }
}

/// One fold with one seed.
struct Job {
    place: Place,
    protocol: ProtocolOptions,
    cut: SegmentOptions,
    classes: Vec<ClassName>,
    fold: Fold,
    /// Its number among the runs of its protocol, from 1, and how many those are.
    run: (usize, usize),
    /// The signals the fold's windows count by, and where each is in the recordings.
    signals: Arc<(Vec<Signal>, Vec<usize>)>,
    folder: FoldFolder,
}

/// All jobs of some protocols, in the order of the experiment.
fn jobs(
    experiment: &Experiment,
    recordings: &Recordings,
    protocols: &[&ProtocolOptions],
    folder: &RunFolder,
) -> Result<Vec<Job>> {
    let mut jobs = Vec::new();
    for protocol in protocols {
        let signals = Arc::new(recordings.for_protocol(experiment, protocol));
        let cut = experiment.segments_of(protocol);
        let mut splits = Vec::new();
        for seed in &experiment.training.seeds {
            let rule = SplitRule {
                segments: cut,
                validation: experiment.training.validation,
                unit: protocol.validation.unwrap_or_default(),
                seed: *seed,
            };
            splits.push((*seed, protocol.name.split(&signals.0, &rule, protocol.folds.as_deref())?));
        }
        let folds = splits.first().map_or(0, |(_, split)| split.folds.len());
        let planned = folds * splits.len();
        for at in 0..folds {
            for (order, (seed, split)) in splits.iter().enumerate() {
                let fold = split.folds[at].clone();
                jobs.push(Job {
                    place: Place {
                        protocol: protocol.name,
                        sensor: protocol.sensor.clone(),
                        fold: fold.name.clone(),
                        seed: *seed,
                        number: 0,
                        of: 0,
                    },
                    protocol: (*protocol).clone(),
                    cut,
                    classes: split.classes.clone(),
                    folder: folder.fold(&experiment.folder_of(protocol), &fold.name, *seed),
                    fold,
                    run: (at * splits.len() + order + 1, planned),
                    signals: Arc::clone(&signals),
                });
            }
        }
    }
    let of = jobs.len();
    for (at, job) in jobs.iter_mut().enumerate() {
        (job.place.number, job.place.of) = (at + 1, of);
    }
    Ok(jobs)
}

fn run(
    experiment: &Experiment,
    recordings: &Recordings,
    protocols: &[&ProtocolOptions],
    folder: &RunFolder,
    options: &TrainOptions,
    observer: &mut dyn Observer,
) -> Result<RunSummary> {
    observer.event(&Event::DataRead { found: recordings.count(), missing: recordings.missing() });
    let never = AtomicBool::new(false);
    let stop = options.stop.as_deref().unwrap_or(&never);
    let jobs = jobs(experiment, recordings, protocols, folder)?;
    for job in &jobs {
        job.check_training(experiment)?;
    }
    for job in jobs {
        if job.folder.is_finished() {
            job.refuse_other_data(recordings)?;
            observer.event(&Event::FoldSkipped { place: &job.place });
            continue;
        }
        job.run(experiment, recordings, options, stop, observer)?;
    }
    // the summary covers everything in the folder, also what an earlier call did
    let finished = folder.finished(experiment)?;
    let results = finished
        .iter()
        .map(|fold| Ok(FoldSummary::of(read_facts(fold)?, &ScoreTable::read(&fold.scores())?)));
    let summary = summarise(experiment, results.collect::<Result<_>>()?);
    let table = Table::new([&summary]);
    write_json(&summary, &folder.file("scores.json"))?;
    write_whole(&folder.file("table.txt"), table.to_string().as_bytes())?;
    write_whole(&folder.file("table.md"), table.markdown().as_bytes())?;
    write_whole(&folder.file("card.md"), card(experiment, recordings, &summary).as_bytes())?;
    Ok(RunSummary {
        run_folder: folder.root().to_owned(),
        summary,
        table,
        models: finished.iter().map(FoldFolder::model).collect(),
        missing: recordings.missing().to_vec(),
    })
}

/// The figures of some folds, protocol by protocol.
fn summarise(experiment: &Experiment, mut results: Vec<FoldSummary>) -> Summary {
    results.sort_by_key(|result| result.facts.run);
    let protocols = experiment.protocols.iter().filter_map(|own| {
        let mine =
            |result: &&FoldSummary| result.facts.protocol == own.name && result.facts.sensor == own.sensor;
        ProtocolSummary::of(results.iter().filter(mine).cloned().collect())
    });
    Summary {
        schema: SCORES_SCHEMA.to_owned(),
        experiment: experiment.name.clone(),
        model: experiment.model.name().to_owned(),
        protocols: protocols.collect(),
    }
}

fn read_facts(folder: &FoldFolder) -> Result<FoldFacts> {
    let path = folder.facts();
    let text = std::fs::read(&path).map_err(Error::io("read", &path))?;
    read_json(&text, &path)
}

impl Job {
    /// Trains, then tests, then writes the scores: their presence says that the fold is finished.
    fn run(
        &self,
        experiment: &Experiment,
        recordings: &Recordings,
        options: &TrainOptions,
        stop: &AtomicBool,
        observer: &mut dyn Observer,
    ) -> Result<()> {
        self.folder.create()?;
        split_file::write(&self.folder.split(), &self.fold, &self.signals.0, &self.classes, self.cut.length)?;
        self.refuse_other_data(recordings)?;
        let trained = self.learn(experiment, recordings, options, stop, observer)?;
        let scores = self.judge(experiment, recordings, &trained)?;
        scores.write(&self.folder.scores())?;
        self.folder.drop_state()?;
        let result = FoldSummary::of(read_facts(&self.folder)?, &scores);
        self.tell_done(&result, observer);
        Ok(())
    }

    /// At most so many.
    fn epochs(&self, experiment: &Experiment) -> usize {
        self.protocol.epochs.unwrap_or(experiment.training.epochs)
    }

    /// Refuses what `[training]` says about classes and steps where this fold has others.
    fn check_training(&self, experiment: &Experiment) -> Result<()> {
        experiment.training.loss.fits(&self.classes)?;
        begin_rate(&experiment.training, self.fold.train.windows.len(), self.epochs(experiment)).map(drop)
    }

    /// Everything that chooses. Sees the training and the validation part of the fold.
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
        let epochs = self.epochs(experiment);
        let lesson = Lesson {
            place: &self.place,
            architecture: &experiment.model,
            options: &experiment.training,
            epochs,
            classes: &self.classes,
            train: &train,
            validation: &validation,
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
                    fold: self.place.fold.clone(),
                    seed: self.place.seed,
                    run: self.run.0,
                    runs_planned: self.run.1,
                    classes: self.classes.clone(),
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
                    classes: self.classes.clone(),
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
    fn judge(
        &self,
        experiment: &Experiment,
        recordings: &Recordings,
        trained: &Trained,
    ) -> Result<ScoreTable> {
        let sources = self.sources(experiment, recordings);
        let test = &self.fold.test;
        let probabilities = trained.judge(&sources, test)?;
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
        let classes = self.classes.iter().map(|class| class.name.clone()).collect();
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

    /// SHA-256 over the names, channels and hashes of the recordings that training sees.
    /// Places of the signals that training or validation sees.
    fn seen(&self) -> BTreeSet<usize> {
        let windows = self.fold.train.windows.iter().chain(&self.fold.validation.windows);
        windows.map(|window| window.signal).collect()
    }

    fn learned_from(&self, recordings: &Recordings) -> Vec<String> {
        let hash = |at: usize| recordings.signals()[self.signals.1[at]].entry.sha256.clone();
        let hashes: BTreeSet<String> = self.seen().into_iter().map(hash).collect();
        hashes.into_iter().collect()
    }

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
    fn refuse_other_data(&self, recordings: &Recordings) -> Result<()> {
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
        format!(
            "{} of experiment {}, data set {}, channel {sensor}, trained without the test part of {protocol} {fold}, \
             seed {seed}. {leak} Not calibrated.",
            experiment.model.name(),
            experiment.name,
            experiment.data.dataset,
        )
    }

    fn tell_done(&self, result: &FoldSummary, observer: &mut dyn Observer) {
        observer.event(&Event::FoldDone {
            place: &self.place,
            test: result.windows.count,
            accuracy: result.windows.accuracy,
            macro_f1: result.windows.macro_f1,
            leak: self.place.protocol.is_leaky(),
        });
    }
}
