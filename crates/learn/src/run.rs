//! Running an experiment: every protocol, fold and seed, one after the other or several at once.

use crate::card::card;
use crate::config_text::ConfigError;
use crate::error::{Error, Result};
use crate::experiment::{Experiment, ProtocolOptions};
use crate::feature_plan::{FeaturePlan, makes_modes};
use crate::final_model::train_final;
use crate::job::{Job, read_facts};
use crate::judged::{JudgedFold, nothing_finished, stored_folds, summarise};
use crate::observer::{Event, Observer, Place};
use crate::plan::{check_plan, jobs, wanted};
use crate::protocol::Protocol;
use crate::recordings::Recordings;
use crate::run_folder::{Existing, FoldFolder, RunFolder, write_whole};
use crate::seal::Files;
use crate::side_by_side::{at_once, run_all};
use crate::store::{held_with_store, recordings_with_store};
use crate::summary::{FoldSummary, Summary, write_json};
use crate::table::Table;
use crate::trained::Trained;
use crate::tune::Trial;
use brinell_model::{Gpu, Hardware, Precision};
use serde::Serialize;
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
    /// The experiment asks for more epochs than the run in that folder; with `resume`.
    pub more_epochs: bool,
    /// How many folds and seeds are trained at once, each with its share of the threads. Left out: as many as there are
    /// threads where the net is small, else one; on a GPU one. The results do not depend on it.
    pub at_once: Option<usize>,
    /// A device that is open, for runs that have use for it. Left out: that of the experiment is opened.
    pub device: Option<Hardware>,
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
    /// The one to try on other recordings: the final model, else that of the last fold of the run itself, one whose protocol
    /// does not leak where there is one.
    pub model: Option<PathBuf>,
    /// Recordings that were wanted and not at hand.
    pub missing: Vec<String>,
}

/// What [`train`] refuses before it reads any recording; changes nothing.
///
/// # Errors
/// [`Error::Config`] when the experiment was changed to something impossible; [`Error::RunFolderInUse`]; a protocol in
/// `only` that the experiment lacks.
pub fn check_training(experiment: &Experiment, options: &TrainOptions) -> Result<()> {
    check(experiment)?;
    wanted(experiment, &options.only)?;
    RunFolder::allow(&options.run_folder, existing(options)).map(drop)
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
    check_training(experiment, options)?;
    let options = &with_device(experiment, options, observer)?;
    let protocols = wanted(experiment, &options.only)?;
    let recordings = recordings_with_store(experiment, &protocols, &options.data_folder)?;
    check_plan(experiment, &recordings, &options.only)?;
    let folder = RunFolder::prepare(&options.run_folder, experiment, existing(options))?;
    run_with_baselines(experiment, &recordings, &protocols, &folder, options, observer)
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
    let options = &with_device(experiment, options, observer)?;
    let protocols = wanted(experiment, &options.only)?;
    let recordings = &held_with_store(experiment, recordings)?;
    check_plan(experiment, recordings, &options.only)?;
    let folder = RunFolder::prepare(&options.run_folder, experiment, existing(options))?;
    run_with_baselines(experiment, recordings, &protocols, &folder, options, observer)
}

/// Whether a GPU would do anything for an experiment: its model is a net, or its pipeline makes modes.
pub fn uses_gpu(experiment: &Experiment) -> bool {
    experiment.model.net().is_some() || makes_modes(&experiment.pipeline)
}

/// The options with the device that the experiment asks for, open: before anything is read, and once for all that is trained.
/// Tells which it is. Where a GPU would do nothing it is the CPU.
///
/// # Errors
/// The device cannot be used; an error says why.
pub fn with_device(
    experiment: &Experiment,
    options: &TrainOptions,
    observer: &mut dyn Observer,
) -> Result<TrainOptions> {
    let used =
        uses_gpu(experiment) || experiment.baselines.iter().any(|own| uses_gpu(&experiment.of_baseline(own)));
    let device = match &options.device {
        _ if !used => Hardware::Cpu,
        Some(open) => open.clone(),
        None => {
            let (device, reason) = experiment.training.device.open_with_reason()?;
            let why = reason.map(|error| error.to_string());
            let name = match (experiment.training.precision, &device) {
                (Precision::F32, _) => device.name(),
                (Precision::Tf32, Hardware::Gpu(gpu)) => format!("{}, in TF32", gpu.name()),
                (Precision::Tf32, Hardware::Cpu) => {
                    "the CPU, in f32: the precision tf32 is one of GPUs".to_owned()
                }
            };
            observer.event(&Event::DeviceOpened { name: &name, why: why.as_deref() });
            device
        }
    };
    Ok(TrainOptions { device: Some(device), ..options.clone() })
}

/// The experiment, then each of its baselines in a run of its own; the table holds all.
fn run_with_baselines(
    experiment: &Experiment,
    recordings: &Recordings,
    protocols: &[&ProtocolOptions],
    folder: &RunFolder,
    options: &TrainOptions,
    observer: &mut dyn Observer,
) -> Result<RunSummary> {
    let mut done = run(experiment, recordings, protocols, folder, options, observer)?;
    if let Some(own) = experiment.final_model.as_ref().filter(|_| options.only.is_empty()) {
        let measured = (folder, &done.summary);
        let model = train_final(own, experiment, recordings, measured, options, observer)?;
        done.models.push(model.clone());
        done.model = Some(model);
    }
    let mut summaries = vec![done.summary.clone()];
    for own in &experiment.baselines {
        let (root, derived) = (folder.baseline(&own.name), experiment.of_baseline(own));
        let inner = RunFolder::prepare(&root, &derived, Existing::Follow)?;
        let protocols = wanted(&derived, &options.only)?;
        let one = run(&derived, recordings, &protocols, &inner, options, observer)?;
        done.models.extend(one.models);
        summaries.push(one.summary);
    }
    if summaries.len() > 1 {
        done.table = Table::new(&summaries);
        write_whole(&folder.file("table.txt"), done.table.to_string().as_bytes())?;
        write_whole(&folder.file("table.md"), done.table.markdown().as_bytes())?;
    }
    Ok(done)
}

/// What one fold and seed tried of `[tune]`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TunedFold {
    /// The protocol.
    pub protocol: Protocol,
    /// The channel that is read.
    pub sensor: String,
    /// The fold.
    pub fold: String,
    /// The seed.
    pub seed: u64,
    /// All that was tried, in order; the one that a run would take is `chosen`.
    pub trials: Vec<Trial>,
}

/// Tries the choices of `[tune]` in every fold, as [`train`] would, on bearings held out inside its training side, and
/// judges no test part. Nothing is kept but what is returned; the `run_folder` of the options is not used.
///
/// # Errors
/// [`Error::Data`] when the experiment has no `[tune]`; else as [`train`].
pub fn tune(
    experiment: &Experiment,
    options: &TrainOptions,
    observer: &mut dyn Observer,
) -> Result<Vec<TunedFold>> {
    check(experiment)?;
    if experiment.tune.is_none() {
        return Err(Error::data(
            format!("the experiment {} has nothing to tune", experiment.name),
            "it has no [tune]",
            "say what may vary: [tune.space] with keys such as \"training.batch\" = [16, 64]",
        ));
    }
    let options = &with_device(experiment, options, observer)?;
    let protocols = wanted(experiment, &options.only)?;
    let recordings = recordings_with_store(experiment, &protocols, &options.data_folder)?;
    let folder = tempfile::tempdir().map_err(Error::io("create", Path::new("a folder for what is tried")))?;
    let options = TrainOptions { run_folder: folder.path().join("run"), ..options.clone() };
    let run_folder = RunFolder::prepare(&options.run_folder, experiment, Existing::Refuse)?;
    observer.event(&Event::DataRead { found: recordings.count(), missing: recordings.missing() });
    let never = AtomicBool::new(false);
    let stop = options.stop.as_deref().unwrap_or(&never);
    let jobs = jobs(experiment, &recordings, &protocols, &run_folder)?;
    let gpu = options.device.as_ref().and_then(Hardware::gpu);
    tell_where_modes_are_made(experiment, &recordings, gpu, &jobs, observer)?;
    let each = jobs.into_iter().map(|job| {
        let trials = job.tune(experiment, &recordings, &options, stop, observer)?;
        let Place { protocol, sensor, fold, seed, .. } = job.place;
        Ok(TunedFold { protocol, sensor, fold, seed, trials })
    });
    each.collect()
}

/// Judges the test parts of a finished run anew with its stored models, on a device that is open; writes nothing.
///
/// # Errors
/// As [`train`]; [`Error::RunFolder`] when nothing in the folder is finished.
pub fn evaluate(
    run_folder: &Path,
    data_folder: &Path,
    device: &Hardware,
    observer: &mut dyn Observer,
) -> Result<Summary> {
    let (folder, experiment) = RunFolder::open(run_folder)?;
    let protocols: Vec<&ProtocolOptions> = experiment.protocols.iter().collect();
    let recordings = Recordings::read(&experiment, &protocols, data_folder)?;
    evaluate_on(&folder, &experiment, &recordings, device, observer)
}

/// The same on recordings that are in memory.
///
/// # Errors
/// As [`evaluate`].
pub fn evaluate_on(
    folder: &RunFolder,
    experiment: &Experiment,
    recordings: &Recordings,
    device: &Hardware,
    observer: &mut dyn Observer,
) -> Result<Summary> {
    let protocols: Vec<&ProtocolOptions> = experiment.protocols.iter().collect();
    let jobs = jobs(experiment, recordings, &protocols, folder)?;
    let gpu = device.gpu();
    tell_where_modes_are_made(experiment, recordings, gpu, &jobs, observer)?;
    let mut results = Vec::new();
    for job in jobs {
        if job.folder.is_finished() {
            job.folder.refuse_changed(Files::All)?;
            let trained = Trained::load(&job.folder.model())?.on(gpu)?;
            let facts = read_facts(&job.folder)?;
            let scores = job.judge(experiment, recordings, &trained, gpu)?;
            job.tell_done(&FoldSummary::of(facts.clone(), &scores)?, observer);
            results.push(JudgedFold { facts, scores });
        }
    }
    if results.is_empty() {
        return Err(nothing_finished(folder));
    }
    summarise(experiment, folder, &results)
}

pub(crate) fn check(experiment: &Experiment) -> Result<()> {
    let complaints = experiment.check();
    if complaints.is_empty() {
        Ok(())
    } else {
        Err(ConfigError::unplaced(&experiment.name, complaints).into())
    }
}

fn existing(options: &TrainOptions) -> Existing {
    match (options.resume, options.force) {
        (true, _) if options.more_epochs => Existing::Extend,
        (true, _) => Existing::Resume,
        (false, true) => Existing::Replace,
        (false, false) => Existing::Refuse,
    }
}

/// Tells, for every length of segments, whether the GPU of the run makes the modes of its pipeline; nothing where no segment
/// is prepared in the run.
fn tell_where_modes_are_made(
    experiment: &Experiment,
    recordings: &Recordings,
    gpu: Option<&Gpu>,
    jobs: &[Job],
    observer: &mut dyn Observer,
) -> Result<()> {
    if gpu.is_none() || recordings.stored().is_some_and(|stored| !stored.has_samples()) {
        return Ok(());
    }
    let of_final = experiment.final_model.as_ref().map(|_| experiment.segments.length);
    let lengths: BTreeSet<usize> = jobs.iter().map(|job| job.cut.length).chain(of_final).collect();
    for length in lengths {
        let plan = FeaturePlan::new(&experiment.pipeline, experiment.data.rate, length, gpu)?;
        if let Some(on) = plan.modes_on() {
            observer.event(&Event::ModesPlanned { length, on });
        }
    }
    Ok(())
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
    let planned = jobs.iter().map(|job| (experiment.folder_of(&job.protocol), job.run.1));
    folder.note_planned(planned.collect())?;
    let gpu = options.device.as_ref().and_then(Hardware::gpu);
    tell_where_modes_are_made(experiment, recordings, gpu, &jobs, observer)?;
    let mut open = Vec::new();
    for job in jobs {
        if options.more_epochs {
            job.folder.give_epochs(experiment)?;
        }
        if job.folder.is_finished() {
            job.folder.refuse_changed(Files::All)?;
            job.refuse_other_data(recordings)?;
            if !job.goes_on(experiment)? {
                // a run that was killed while it was done has left some of it
                job.end(experiment)?;
                observer.event(&Event::FoldSkipped { place: &job.place });
                continue;
            }
            job.folder.reopen()?;
        }
        open.push(job);
    }
    let at_once = match (options.at_once, open.first()) {
        (Some(asked), _) => asked,
        // Each would take memory of the GPU, and wait for the others' work there.
        (None, _) if options.device.as_ref().is_some_and(|device| !device.is_cpu()) => 1,
        (None, Some(job)) => at_once(job.parameters(experiment)?),
        (None, None) => 1,
    };
    run_all(&open, at_once, stop, observer, |job, stop, observer| {
        job.run(experiment, recordings, options, stop, observer)
    })?;
    // the summary covers everything in the folder, also what an earlier call did
    let finished = folder.finished(experiment)?;
    let summary = summarise(experiment, folder, &stored_folds(folder, experiment)?)?;
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
        model: model_to_try(&finished)?,
        missing: recordings.missing().to_vec(),
    })
}

/// The model of the last fold, one whose protocol does not leak where there is one.
fn model_to_try(finished: &[FoldFolder]) -> Result<Option<PathBuf>> {
    for fold in finished.iter().rev() {
        if read_facts(fold)?.protocol.is_leaky().is_none() {
            return Ok(Some(fold.model()));
        }
    }
    Ok(finished.last().map(FoldFolder::model))
}
