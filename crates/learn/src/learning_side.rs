//! The side of a fold that is learned from: training and validation, and bearings held out inside them in turn. It has
//! no way to the test part.

use crate::error::Result;
use crate::examples::{Examples, Source};
use crate::experiment::Experiment;
use crate::held_out::HeldOutJudgements;
use crate::learning::Learning;
use crate::observer::{Observer, Place};
use crate::protocol::{Fold, Part, Signal, Window};
use crate::run_folder::FoldFolder;

/// Training and validation of a fold; places count the segments of training first, then those of validation.
pub(crate) struct LearningSide<'a> {
    train: &'a Part,
    validation: &'a Part,
    fold: &'a Fold,
    pub(crate) signals: &'a [Signal],
    sources: Vec<Source<'a>>,
    length: usize,
}

impl<'a> LearningSide<'a> {
    /// Of a fold whose segments count by `signals`, the samples of which are `sources`.
    pub(crate) fn new(
        fold: &'a Fold,
        signals: &'a [Signal],
        sources: Vec<Source<'a>>,
        length: usize,
    ) -> Self {
        LearningSide { train: &fold.train, validation: &fold.validation, fold, signals, sources, length }
    }

    /// The segments.
    pub(crate) fn windows(&self) -> Vec<Window> {
        self.train.windows.iter().chain(&self.validation.windows).copied().collect()
    }

    /// The places of training and of validation.
    pub(crate) fn parts(&self) -> (Vec<usize>, Vec<usize>) {
        let train = self.train.windows.len();
        ((0..train).collect(), (train..train + self.validation.windows.len()).collect())
    }

    /// All segments, seen through the pipeline.
    pub(crate) fn examples(&self, experiment: &Experiment) -> Result<Examples> {
        let plan = experiment.pipeline.plan(experiment.data.rate, self.length)?;
        let of = |part: &Part| Examples::compute(&plan, self.length, &self.sources, part);
        Ok(of(self.train)?.with(&of(self.validation)?))
    }

    /// Judges the segments of every training bearing by a model that learned without it.
    pub(crate) fn hold_out(
        &self,
        experiment: &Experiment,
        examples: &Examples,
        learning: &Learning<'_>,
        folder: &FoldFolder,
        observer: &mut dyn Observer,
    ) -> Result<HeldOutJudgements> {
        let inner = self.fold.inner(self.signals)?;
        let mut held_out = HeldOutJudgements::default();
        for (number, fold) in inner.iter().enumerate() {
            let name = format!("{}, {} of {} held out", learning.place.fold, number + 1, inner.len());
            let place = Place { fold: name, ..learning.place.clone() };
            let learning = Learning { place: &place, ..*learning };
            let (train, validation) = (examples.pick(&fold.train), examples.pick(&fold.validation));
            let learned = learning.learn(experiment, &train, &validation, &folder.inner(number), observer)?;
            held_out.add(fold, learned.judge.judge(&examples.pick(&fold.held_out), learning.classes)?);
        }
        Ok(held_out)
    }
}
