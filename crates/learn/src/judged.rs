//! What a run folder stores about its finished folds, and the figures of it: nothing is judged anew.

use crate::error::{Error, Result};
use crate::experiment::{Experiment, ProtocolOptions};
use crate::job::read_facts;
use crate::run_folder::RunFolder;
use crate::scores::ScoreTable;
use crate::seal::Files;
use crate::setting::Setting;
use crate::summary::{FoldFacts, ProtocolSummary, SCORES_SCHEMA, Summary, UnfinishedProtocol};
use std::path::{Path, PathBuf};

/// One fold and seed with its scores.
#[derive(Debug, Clone)]
pub(crate) struct JudgedFold {
    pub(crate) facts: FoldFacts,
    pub(crate) scores: ScoreTable,
}

impl JudgedFold {
    /// Whether it belongs to this protocol of an experiment.
    pub(crate) fn is_of(&self, experiment: &Experiment, protocol: &ProtocolOptions) -> bool {
        let facts = &self.facts;
        facts.protocol == protocol.name
            && facts.sensor == protocol.sensor
            && facts.noise == protocol.noise
            && facts.adapted == experiment.adaptation_of(protocol).map(|own| own.declared(protocol.name))
    }
}

/// One finished fold and seed of a run: what it was, its model, and the scores of its test part.
#[derive(Debug, Clone)]
pub struct StoredFold {
    /// Protocol, sensor, fold, seed, classes.
    pub facts: FoldFacts,
    /// Where its model lies.
    pub model: PathBuf,
    /// What the model made of the test segments.
    pub scores: ScoreTable,
}

/// The finished folds of a run, in the order of its experiment.
///
/// # Errors
/// As [`stored_summary`].
pub fn finished_folds(run_folder: &Path) -> Result<(Experiment, Vec<StoredFold>)> {
    let (folder, experiment) = RunFolder::open(run_folder)?;
    let mut folds = Vec::new();
    for fold in folder.finished(&experiment)? {
        fold.refuse_changed(Files::All)?;
        let (facts, scores) = (read_facts(&fold)?, ScoreTable::read(&fold.scores())?);
        folds.push(StoredFold { facts, model: fold.model(), scores });
    }
    if folds.is_empty() {
        return Err(nothing_finished(&folder));
    }
    Ok((experiment, folds))
}

/// The finished folds of a run.
pub(crate) fn stored_folds(folder: &RunFolder, experiment: &Experiment) -> Result<Vec<JudgedFold>> {
    let folds = folder.finished(experiment)?.into_iter().map(|fold| {
        fold.refuse_changed(Files::WithoutModel)?;
        Ok(JudgedFold { facts: read_facts(&fold)?, scores: ScoreTable::read(&fold.scores())? })
    });
    folds.collect()
}

/// The figures of the scores that a run has stored; the recordings are not needed.
///
/// # Errors
/// [`Error::RunFolder`] when the folder is none of a run or no fold is finished; [`Error::Scores`], [`Error::Io`] or
/// [`Error::Data`] when what it stores cannot be read.
pub fn stored_summary(run_folder: &Path) -> Result<Summary> {
    let (folder, experiment) = RunFolder::open(run_folder)?;
    summarise(&experiment, &folder, &some_folds(&folder, &experiment)?)
}

/// What a run's baselines came to.
#[derive(Debug, Clone)]
pub struct BaselineSummaries {
    /// Those with a finished fold, in the order of the experiment.
    pub finished: Vec<Summary>,
    /// The names of those without.
    pub unfinished: Vec<String>,
}

/// The figures of the scores that the baselines of a run have stored.
///
/// # Errors
/// As [`stored_summary`], but for baselines without a finished fold.
pub fn stored_baselines(run_folder: &Path) -> Result<BaselineSummaries> {
    let (folder, experiment) = RunFolder::open(run_folder)?;
    let (mut finished, mut unfinished) = (Vec::new(), Vec::new());
    for own in &experiment.baselines {
        let root = folder.baseline(&own.name);
        // a run that was stopped before a baseline's turn came has no folder of it, or an empty one
        if !root.join("config.toml").is_file() {
            unfinished.push(own.name.clone());
            continue;
        }
        let (folder, derived) = RunFolder::open(&root)?;
        let folds = stored_folds(&folder, &derived)?;
        if folds.is_empty() {
            unfinished.push(own.name.clone());
        } else {
            finished.push(summarise(&derived, &folder, &folds)?);
        }
    }
    Ok(BaselineSummaries { finished, unfinished })
}

/// The finished folds of a run that has some.
pub(crate) fn some_folds(folder: &RunFolder, experiment: &Experiment) -> Result<Vec<JudgedFold>> {
    let folds = stored_folds(folder, experiment)?;
    if folds.is_empty() {
        return Err(nothing_finished(folder));
    }
    Ok(folds)
}

pub(crate) fn nothing_finished(folder: &RunFolder) -> Error {
    Error::RunFolder {
        folder: folder.root().to_owned(),
        why: "none of its folds is finished, so there are no scores to measure".to_owned(),
        help: format!("brinell train --resume {}", folder.root().display()),
    }
}

/// The figures of some folds of the run in a folder, protocol by protocol.
pub(crate) fn summarise(
    experiment: &Experiment,
    folder: &RunFolder,
    folds: &[JudgedFold],
) -> Result<Summary> {
    let planned = folder.planned_runs()?;
    let (mut protocols, mut unfinished) = (Vec::new(), Vec::new());
    for own in &experiment.protocols {
        let setting = Setting::of(experiment, own);
        let runs_planned = planned.get(&setting.folder).copied();
        match ProtocolSummary::of(&in_order(experiment, folds, own), setting)? {
            Some(done) => protocols.push(done),
            None => unfinished.push(UnfinishedProtocol::of(experiment, own, runs_planned)),
        }
    }
    Ok(Summary {
        schema: SCORES_SCHEMA.to_owned(),
        experiment: experiment.name.clone(),
        model: experiment.model.name().to_owned(),
        protocols,
        unfinished,
    })
}

/// The folds of one protocol, in the order in which the experiment runs them.
pub(crate) fn in_order<'a>(
    experiment: &Experiment,
    folds: &'a [JudgedFold],
    protocol: &ProtocolOptions,
) -> Vec<&'a JudgedFold> {
    let mut own: Vec<&JudgedFold> = folds.iter().filter(|fold| fold.is_of(experiment, protocol)).collect();
    own.sort_by_key(|fold| fold.facts.run);
    own
}
