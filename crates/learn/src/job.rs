//! One fold with one seed: learned, then judged, its files written.
//!
//! The test part is computed only after [`Job::learn`] has returned, and that gives what chooses a [`LearningSide`], which
//! has no way to it.

use crate::adaptation::Adaptation;
use crate::alignment::refuse_without_norms;
use crate::calibration::Calibration;
use crate::error::{Error, Result};
use crate::examples::{Examples, Source, network_shape};
use crate::experiment::{Experiment, ProtocolOptions, SegmentOptions};
use crate::feature_cache::{FeatureCache, Origin};
use crate::held_out::unknown_score;
use crate::judge::{Judge, draft, parts_of};
use crate::learned_range::LearnedRange;
use crate::learning::Learning;
use crate::learning_side::LearningSide;
use crate::observer::{Event, Observer, Place};
use crate::protocol::{Fold, Signal};
use crate::recordings::Recordings;
use crate::run::TrainOptions;
use crate::run_folder::{FoldFolder, write_whole};
use crate::scores::{ScoreRow, ScoreTable};
use crate::segment_view::SegmentView;
use crate::size_task::{SizeClass, refuse_too_few, size_of};
use crate::split_file;
use crate::summary::{FoldFacts, FoldSummary, read_json, write_json};
use crate::trained::{ModelFacts, SegmentScore, Trained, hexadecimal};
use crate::training::begin_rate;
use crate::training_options::Keep;
use crate::tune::{Trial, search};
use brinell_model::{Gpu, Hardware};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// One fold with one seed.
pub(crate) struct Job {
    pub(crate) place: Place,
    pub(crate) protocol: ProtocolOptions,
    pub(crate) cut: SegmentOptions,
    pub(crate) fold: Fold,
    /// The sizes of faults in its training part.
    pub(crate) sizes: Vec<SizeClass>,
    /// Its number among the runs of its protocol, from 1, and how many those are.
    pub(crate) run: (usize, usize),
    /// The signals the fold's windows count by, and where each is in the recordings.
    pub(crate) signals: Arc<(Vec<Signal>, Vec<usize>)>,
    pub(crate) folder: FoldFolder,
    /// What pipelines made of segments, shared by all folds of the run.
    pub(crate) cache: Arc<FeatureCache>,
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
        self.folder.begin()?;
        let gpu = options.device.as_ref().and_then(Hardware::gpu);
        let trained = self.learn(experiment, recordings, options, stop, observer)?.on(gpu)?;
        let scores = self.judge(experiment, recordings, &trained, gpu)?;
        let path = self.folder.scores();
        let bytes = scores.bytes(&path)?;
        self.folder.seal(&bytes)?;
        write_whole(&path, &bytes)?;
        self.end(experiment)?;
        let result = FoldSummary::of(read_facts(&self.folder)?, &scores)?;
        self.tell_done(&result, observer);
        Ok(())
    }

    /// What a finished fold does not need any more.
    pub(crate) fn end(&self, experiment: &Experiment) -> Result<()> {
        if experiment.training.keep_state { Ok(()) } else { self.folder.drop_state() }
    }

    /// Whether a finished fold is to get more epochs: it had fewer than are asked for, and did not end by itself.
    pub(crate) fn goes_on(&self, experiment: &Experiment) -> Result<bool> {
        let facts = read_facts(&self.folder)?;
        let training = &experiment.training;
        let Some(best) = facts.best_epoch else { return Ok(false) };
        let stale = facts.epochs.saturating_sub(best);
        let kept = training.kept(experiment.adaptation_of(&self.protocol).is_some());
        let ended = kept == Keep::Best && stale >= training.early_stop.patience;
        Ok(facts.epochs < self.epochs(experiment) && !ended)
    }

    /// At most so many.
    fn epochs(&self, experiment: &Experiment) -> usize {
        self.protocol.epochs.unwrap_or(experiment.training.epochs)
    }

    /// How large its net is; 0 for what is none.
    pub(crate) fn parameters(&self, experiment: &Experiment) -> Result<u64> {
        let plan = experiment.pipeline.plan(experiment.data.rate, self.cut.length)?;
        let Some(net) = experiment.model.net() else { return Ok(0) };
        let sizes = experiment.training.also.size.as_ref().map_or(0, |_| self.sizes.len());
        let shape = network_shape(plan.output_shape());
        Ok(draft(net, &shape, [self.fold.classes.len(), sizes])?.cost().parameters)
    }

    /// Refuses what `[training]` says about classes and steps where this fold has others.
    pub(crate) fn check_training(&self, experiment: &Experiment) -> Result<()> {
        let Some(net) = experiment.model.net() else { return Ok(()) };
        experiment.training.loss.fits(&self.fold.classes)?;
        if experiment.training.also.size.is_some() {
            refuse_too_few(&self.sizes, &self.fold.name)?;
        }
        if let Some(Adaptation::AdaBn(_)) = experiment.adaptation_of(&self.protocol) {
            let plan = experiment.pipeline.plan(experiment.data.rate, self.cut.length)?;
            let shape = network_shape(plan.output_shape());
            refuse_without_norms(&net.draft(&shape, self.fold.classes.len())?)?;
        }
        begin_rate(&experiment.training, self.fold.train.windows.len(), self.epochs(experiment)).map(drop)
    }

    /// Tries the choices of `[tune]` on the bearings held out inside the training side.
    pub(crate) fn tune(
        &self,
        experiment: &Experiment,
        recordings: &Recordings,
        options: &TrainOptions,
        stop: &AtomicBool,
        observer: &mut dyn Observer,
    ) -> Result<Vec<Trial>> {
        let side = self.side(experiment, recordings, options);
        let learning = self.learning(experiment, options, stop);
        Ok(search(experiment, &side, &learning, &self.folder, observer)?.1)
    }

    fn side<'a>(
        &'a self,
        experiment: &Experiment,
        recordings: &'a Recordings,
        options: &'a TrainOptions,
    ) -> LearningSide<'a> {
        let gpu = options.device.as_ref().and_then(Hardware::gpu);
        LearningSide::new(&self.fold, &self.sizes, self.view(experiment, recordings, gpu))
    }

    fn view<'a>(
        &'a self,
        experiment: &Experiment,
        recordings: &'a Recordings,
        gpu: Option<&'a Gpu>,
    ) -> SegmentView<'a> {
        SegmentView {
            signals: &self.signals.0,
            places: &self.signals.1,
            sources: self.sources(experiment, recordings),
            length: self.cut.length,
            cache: &self.cache,
            stored: recordings.stored(),
            gpu,
        }
    }

    /// Every segment that is looked at as it was recorded: place of the recording, and first sample.
    pub(crate) fn origins(&self) -> Vec<Origin> {
        let fold = &self.fold;
        let target = fold.target.as_ref().map(|target| &target.windows);
        let test = self.protocol.noise.is_none().then_some(&fold.test.windows);
        let parts = [Some(&fold.train.windows), Some(&fold.validation.windows), test, target];
        let windows = parts.into_iter().flatten().flatten();
        windows.map(|window| (self.signals.1[window.signal], window.start)).collect()
    }

    /// Refuses a store that lacks a segment of this fold.
    pub(crate) fn check_store(&self, experiment: &Experiment, recordings: &Recordings) -> Result<()> {
        let Some(stored) = recordings.stored() else { return Ok(()) };
        let length = self.cut.length;
        stored.look(&experiment.pipeline, experiment.data.rate, length, &self.origins()).map(drop)
    }

    fn learning<'a>(
        &'a self,
        experiment: &Experiment,
        options: &'a TrainOptions,
        stop: &'a AtomicBool,
    ) -> Learning<'a> {
        Learning {
            place: &self.place,
            epochs: self.epochs(experiment),
            classes: &self.fold.classes,
            sizes: &self.sizes,
            each_part: self.place.protocol.labels_each_part(),
            resume: options.resume,
            gpu: options.device.as_ref().and_then(Hardware::gpu),
            run_folder: &options.run_folder,
            stop,
        }
    }

    /// Everything that chooses. Sees the training and the validation part of the fold, and what the net adapts to without
    /// its labels.
    pub(crate) fn learn(
        &self,
        experiment: &Experiment,
        recordings: &Recordings,
        options: &TrainOptions,
        stop: &AtomicBool,
        observer: &mut dyn Observer,
    ) -> Result<Trained> {
        if experiment.model.net().is_none() {
            observer.event(&Event::FoldStarted {
                place: &self.place,
                train: self.fold.train.windows.len(),
                validation: self.fold.validation.windows.len(),
                epoch: 0,
                epochs: 0,
            });
        }
        let side = self.side(experiment, recordings, options);
        let learning = self.learning(experiment, options, stop);
        let (experiment, trials) = &search(experiment, &side, &learning, &self.folder, observer)?;
        if !trials.is_empty() {
            write_json(trials, &self.folder.trials())?;
        }
        let examples = side.examples(experiment)?;
        let (train, validation) = side.parts();
        let adaptation = experiment.adaptation_of(&self.protocol);
        let target = match (adaptation, &self.fold.target) {
            (Some(adaptation), Some(target)) => {
                Some((adaptation, side.unlabelled(experiment, &target.windows)?))
            }
            _ => None,
        };
        let target = target.as_ref().map(|(adaptation, inputs)| (*adaptation, inputs));
        let mut calibration = None;
        if let Some(fitted) = &experiment.calibration {
            let held_out = side.hold_out(experiment, &examples, &learning, target, &self.folder, observer)?;
            calibration = Some((fitted, held_out));
        }
        let (recorded, places) = (train.len(), train);
        let train = side.training(experiment, &examples, &places, self.place.seed)?;
        let validation = examples.pick(&validation);
        let learned = learning.learn(experiment, &train, &validation, target, &self.folder, observer)?;
        let calibration = calibration.map(|(fitted, held_out)| {
            // what was made besides would bring the unknown nearer
            let known = examples.pick(&places);
            let unknown = unknown_score(&fitted.unknown, &learned.judge, &known, self.fold.classes.len())?;
            held_out.calibrate(
                fitted,
                &self.fold.classes,
                &side.windows(),
                examples.labels(),
                side.view.signals,
                unknown,
            )
        });
        let calibration = calibration.transpose()?;
        let data_sha256 = self.data_hash(recordings);
        let tells_sizes = matches!(learned.judge, Judge::Net { tells_sizes: true, .. });
        let sizes = if tells_sizes { self.sizes.clone() } else { Vec::new() };
        let best = learned.epochs.as_ref().map(|(best, _)| best);
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
            sizes: sizes.clone(),
            alarm: calibration.as_ref().and_then(|fitted| fitted.alarm),
            train_segments: recorded,
            made_segments: train.len() - recorded,
            validation_segments: validation.len(),
            validation_rule: self.fold.validation.rule.clone(),
            known_bearings: self.known_bearings(|_| true),
            known_healthy: self.known_bearings(|signal| signal.faults.is_empty()),
            epochs: learned.epochs.as_ref().map_or(0, |(_, epochs)| *epochs),
            best_epoch: best.map(|best| best.epoch),
            validation_loss: best.map(|best| best.loss),
            validation_accuracy: best.map(|best| best.accuracy),
            data_sha256: data_sha256.clone(),
            gpu: options.device.as_ref().and_then(Hardware::gpu).map(|gpu| gpu.name().to_owned()),
        };
        write_json(&facts, &self.folder.facts())?;
        let model = ModelFacts {
            schema: ModelFacts::schema(),
            name: experiment.name.clone(),
            card: self.model_card(experiment, calibration.as_ref()),
            rate_hz: experiment.data.rate.0,
            segment_length: self.cut.length,
            segment_stride: self.cut.stride,
            pipeline: experiment.pipeline.clone(),
            model: experiment.model.clone(),
            each_part: learning.each_part && !matches!(learned.judge, Judge::Net { .. }),
            classes: self.fold.classes.clone(),
            sizes,
            data_sha256,
            calibrated: calibration.as_ref().is_some_and(|fitted| !fitted.source_only),
            calibration,
            learned_from: self.learned_from(recordings),
            range: Some(self.range(experiment, recordings)),
        };
        let trained = Trained::new(model, &learned.tensors)?;
        trained.save(&self.folder.model())?;
        Ok(trained)
    }

    /// The scores of the test part, its segments prepared with a GPU where one is given.
    pub(crate) fn judge(
        &self,
        experiment: &Experiment,
        recordings: &Recordings,
        trained: &Trained,
        gpu: Option<&Gpu>,
    ) -> Result<ScoreTable> {
        let view = self.view(experiment, recordings, gpu);
        let (test, facts, rate) = (&self.fold.test, trained.facts(), experiment.data.rate);
        let inputs = match &self.protocol.noise {
            None => view.features(&facts.pipeline, rate, test.windows.iter().copied())?,
            Some(noise) => {
                let noisy = noise.on(test, &view, rate)?;
                view.features_of_changed(&facts.pipeline, rate, &noise.way(), &noisy)?
            }
        };
        let scores = trained.scores_of(&Examples::new(inputs, test.labels.clone()))?;
        let sets = self.sets(trained, &scores)?;
        let sizes: Vec<String> = facts.sizes.iter().map(|size| size.name.clone()).collect();
        let rows = test.windows.iter().zip(&test.labels).zip(scores);
        let rows = rows.map(|((window, label), score)| {
            let signal = &self.signals.0[window.signal];
            ScoreRow {
                file: signal.file.clone(),
                sensor: signal.sensor.clone(),
                bearing: signal.bearing.clone(),
                start: window.start as u64,
                label: *label,
                set: sets.get(&(signal.file.as_str(), signal.sensor.as_str())).cloned(),
                probabilities: score.probabilities,
                parts: score.parts,
                size: (!sizes.is_empty()).then(|| Some(size_of(signal)?.name)).flatten(),
                sizes: score.sizes,
                unknown: score.unknown,
                alarm: score.alarm,
            }
        });
        let classes = self.fold.classes.iter().map(|class| class.name.clone()).collect();
        let parts = if trained.facts().each_part { parts_of(&self.fold.classes) } else { Vec::new() };
        let rows = rows.collect();
        Ok(ScoreTable { classes, parts, sizes, rows })
    }

    /// The set of classes of each recording, by the mean of its segments: what one reading of one bearing tells.
    fn sets(&self, trained: &Trained, scores: &[SegmentScore]) -> Result<BTreeMap<(&str, &str), Vec<u32>>> {
        let mut means = BTreeMap::<(&str, &str), (Vec<f64>, f64)>::new();
        for (window, score) in self.fold.test.windows.iter().zip(scores) {
            let signal = &self.signals.0[window.signal];
            let begin = || (vec![0.0; score.probabilities.len()], 0.0);
            let (sum, count) =
                means.entry((signal.file.as_str(), signal.sensor.as_str())).or_insert_with(begin);
            sum.iter_mut().zip(&score.probabilities).for_each(|(sum, p)| *sum += p);
            *count += 1.0;
        }
        let mut sets = BTreeMap::new();
        for (name, (sum, count)) in means {
            let mean: Vec<f64> = sum.iter().map(|sum| sum / count).collect();
            if let Some(set) = trained.set_of(&mean)? {
                sets.insert(name, set);
            }
        }
        Ok(sets)
    }

    fn sources<'a>(&self, experiment: &Experiment, recordings: &'a Recordings) -> Vec<Source<'a>> {
        let source = |place: &usize| {
            let context = recordings.context(experiment, *place);
            (&*recordings.signals()[*place].samples, context)
        };
        self.signals.1.iter().map(source).collect()
    }

    /// Bearings under the sensor in training and validation, of such signals.
    fn known_bearings(&self, wanted: impl Fn(&Signal) -> bool) -> BTreeSet<String> {
        let signals = self.seen().into_iter().map(|at| &self.signals.0[at]);
        signals.filter(|signal| wanted(signal)).map(|signal| signal.bearing.clone()).collect()
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

    /// Speeds and rates of what training and validation see.
    fn range(&self, experiment: &Experiment, recordings: &Recordings) -> LearnedRange {
        let entry = |at: usize| &recordings.signals()[self.signals.1[at]].entry;
        LearnedRange::of(self.seen().into_iter().map(entry), experiment)
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

    fn model_card(&self, experiment: &Experiment, calibration: Option<&Calibration>) -> String {
        let Place { protocol, sensor, fold, seed, .. } = &self.place;
        let leak = protocol.is_leaky().map_or_else(
            || "Its test bearings were not seen in training.".to_owned(),
            |leak| format!("Its figure is {leak}."),
        );
        let adapted = match experiment.adaptation_of(&self.protocol) {
            Some(adaptation) => format!("It was {}. ", adaptation.declared(*protocol)),
            None => String::new(),
        };
        let calibrated = calibration.map_or_else(|| "Not calibrated.".to_owned(), Calibration::in_words);
        format!(
            "{} of experiment {}, data set {}, channel {sensor}, trained without the test part of {protocol} {fold}, \
             seed {seed}. {leak} {adapted}{calibrated}",
            experiment.model.name(),
            experiment.name,
            experiment.data.dataset,
        )
    }

    pub(crate) fn tell_done(&self, result: &FoldSummary, observer: &mut dyn Observer) {
        observer.event(&Event::FoldDone {
            place: &self.place,
            test: result.windows.metrics.count,
            accuracy: result.windows.metrics.accuracy,
            macro_f1: result.windows.metrics.macro_f1,
            leak: self.place.protocol.is_leaky(),
        });
    }
}
