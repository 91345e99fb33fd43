//! The side of a fold that is learned from: training and validation, and bearings held out inside them in turn. It has
//! no way to the test part.

use crate::class::ClassName;
use crate::error::{Error, Result};
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

    /// Their classes.
    pub(crate) fn labels(&self) -> Vec<u32> {
        self.train.labels.iter().chain(&self.validation.labels).copied().collect()
    }

    /// What is told apart.
    pub(crate) fn classes(&self) -> &[ClassName] {
        &self.fold.classes
    }

    /// Samples in a segment.
    pub(crate) fn length(&self) -> usize {
        self.length
    }

    /// The samples of a segment, and what the pipeline may know about them.
    pub(crate) fn segment(&self, window: Window) -> Result<Source<'a>> {
        let source = self.sources.get(window.signal);
        let found = source.and_then(|(samples, context)| {
            Some((samples.get(window.start..window.start + self.length)?, *context))
        });
        found.ok_or_else(|| {
            Error::data(
                "a segment lies outside its signal",
                format!("signal {}, samples {}..+{}", window.signal, window.start, self.length),
                "this is a mistake of the protocol; please report it",
            )
        })
    }

    /// What a model learns from: the examples at `places`, and what `[augmentation]` makes of them.
    pub(crate) fn training(
        &self,
        experiment: &Experiment,
        examples: &Examples,
        places: &[usize],
        seed: u64,
    ) -> Result<Examples> {
        let recorded = examples.pick(places);
        let made = match &experiment.augmentation {
            Some(options) => options.examples(experiment, self, places, seed)?,
            None => None,
        };
        Ok(made.map_or_else(|| recorded.clone(), |made| recorded.with(&made)))
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
            let train = self.training(experiment, examples, &fold.train, place.seed)?;
            let validation = examples.pick(&fold.validation);
            let learned = learning.learn(experiment, &train, &validation, &folder.inner(number), observer)?;
            held_out.add(fold, learned.judge.judge(&examples.pick(&fold.held_out), learning.classes)?);
        }
        Ok(held_out)
    }
}
