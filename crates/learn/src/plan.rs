//! What a run would train: every protocol, fold and seed of an experiment, made and checked before anything is written.

use crate::adaptation::Adaptation;
use crate::error::{Error, Result};
use crate::experiment::{Experiment, ProtocolOptions};
use crate::feature_cache::FeatureCache;
use crate::job::Job;
use crate::observer::Place;
use crate::protocol::{Protocol, SplitRule};
use crate::recordings::Recordings;
use crate::run_folder::RunFolder;
use crate::size_task::sizes_in;
use crate::store::recordings_with_store;
use serde::Serialize;
use std::path::Path;
use std::sync::Arc;

/// The folds of one protocol, as the recordings at hand allow them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlannedProtocol {
    /// The protocol.
    pub protocol: Protocol,
    /// The channel that is read.
    pub sensor: String,
    /// Noise on the test part.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub noise: Option<String>,
    /// What the net is adapted by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adapted_by: Option<&'static str>,
    /// Its folds; each is trained with every seed.
    pub folds: Vec<String>,
}

/// What a run is about to train.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Plan {
    /// The protocols, in the order of the experiment.
    pub protocols: Vec<PlannedProtocol>,
    /// Recordings that were found.
    pub recordings: usize,
    /// Recordings that are wanted and not at hand.
    pub missing: Vec<String>,
}

/// Reads the recordings of an experiment and makes every fold of it, and of its baselines, without training any. Nothing is
/// written.
///
/// # Errors
/// What [`train`](crate::train) would refuse before it trains.
pub fn plan(experiment: &Experiment, only: &[Protocol], data_folder: &Path) -> Result<Plan> {
    let protocols = wanted(experiment, only)?;
    let recordings = recordings_with_store(experiment, &protocols, data_folder)?;
    let jobs = check_plan(experiment, &recordings, only)?;
    let planned = protocols.iter().map(|own| {
        let mut folds: Vec<String> = Vec::new();
        for job in jobs.iter().filter(|job| job.protocol == **own) {
            if folds.last() != Some(&job.place.fold) {
                folds.push(job.place.fold.clone());
            }
        }
        PlannedProtocol {
            protocol: own.name,
            sensor: own.sensor.clone(),
            noise: own.noise.as_ref().map(ToString::to_string),
            adapted_by: experiment.adaptation_of(own).map(Adaptation::name),
            folds,
        }
    });
    Ok(Plan {
        protocols: planned.collect(),
        recordings: recordings.count(),
        missing: recordings.missing().to_vec(),
    })
}

/// Refuses what cannot be trained of an experiment and its baselines, before a run folder is begun; the jobs of the
/// experiment itself.
pub(crate) fn check_plan(
    experiment: &Experiment,
    recordings: &Recordings,
    only: &[Protocol],
) -> Result<Vec<Job>> {
    let own = check_jobs(experiment, recordings, only)?;
    for baseline in &experiment.baselines {
        check_jobs(&experiment.of_baseline(baseline), recordings, only)?;
    }
    Ok(own)
}

fn check_jobs(experiment: &Experiment, recordings: &Recordings, only: &[Protocol]) -> Result<Vec<Job>> {
    let nowhere = RunFolder::at(Path::new(""));
    let jobs = jobs(experiment, recordings, &wanted(experiment, only)?, &nowhere)?;
    let mut lengths: Vec<usize> = Vec::new();
    for job in &jobs {
        refuse_one_class(job)?;
        if !lengths.contains(&job.cut.length) {
            lengths.push(job.cut.length);
            job.parameters(experiment)?;
        }
        job.check_training(experiment)?;
        job.check_store(experiment, recordings)?;
    }
    Ok(jobs)
}

/// Refuses a fold whose training part has nothing to tell apart.
fn refuse_one_class(job: &Job) -> Result<()> {
    let labels = &job.fold.train.labels;
    if labels.windows(2).any(|pair| pair[0] != pair[1]) {
        return Ok(());
    }
    let class = labels.first().and_then(|label| job.fold.classes.get(*label as usize));
    let class = class.map_or("none", |class| class.name.as_str());
    Err(Error::data(
        format!("cannot train {}", job.place),
        format!("all {} segments of its training part are of one class, {class}", labels.len()),
        "set sensor in this [[protocol]] to a channel with a damaged bearing under it, or let [data] take more recordings",
    ))
}

/// The protocols of an experiment that are asked for.
pub(crate) fn wanted<'a>(experiment: &'a Experiment, only: &[Protocol]) -> Result<Vec<&'a ProtocolOptions>> {
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

/// All jobs of some protocols, in the order of the experiment.
pub(crate) fn jobs(
    experiment: &Experiment,
    recordings: &Recordings,
    protocols: &[&ProtocolOptions],
    folder: &RunFolder,
) -> Result<Vec<Job>> {
    let mut jobs = Vec::new();
    let cache = Arc::new(FeatureCache::default());
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
                target: experiment.adaptation_of(protocol).map(Adaptation::target_rule),
            };
            splits.push((*seed, protocol.name.split(&signals.0, &rule, protocol.folds.as_deref())?));
        }
        let folds = splits.first().map_or(0, |(_, split)| split.len());
        let planned = folds * splits.len();
        for at in 0..folds {
            for (order, (seed, split)) in splits.iter().enumerate() {
                let fold = split[at].clone();
                let sizes = sizes_in(&fold.train, &signals.0);
                jobs.push(Job {
                    place: Place {
                        experiment: experiment.name.clone(),
                        protocol: protocol.name,
                        sensor: protocol.sensor.clone(),
                        condition: experiment.condition_of(protocol),
                        fold: fold.name.clone(),
                        seed: *seed,
                        number: 0,
                        of: 0,
                    },
                    protocol: (*protocol).clone(),
                    cut,
                    folder: folder.fold(&experiment.folder_of(protocol), &fold.name, *seed),
                    fold,
                    sizes,
                    run: (at * splits.len() + order + 1, planned),
                    signals: Arc::clone(&signals),
                    cache: Arc::clone(&cache),
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
