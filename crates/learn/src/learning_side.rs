//! The side of a fold that is learned from: training and validation, and bearings held out inside them in turn. It has
//! no way to the test part.

use crate::adaptation::Adaptation;
use crate::class::ClassName;
use crate::error::Result;
use crate::examples::{Examples, Unlabelled};
use crate::experiment::Experiment;
use crate::held_out::{HeldOutJudgements, unknown_score};
use crate::learning::Learning;
use crate::observer::{Observer, Place};
use crate::protocol::{Fold, Part, Window};
use crate::run_folder::FoldFolder;
use crate::segment_view::SegmentView;
use crate::size_task::{SizeClass, place_of};

/// Training and validation of a fold; places count the segments of training first, then those of validation.
pub(crate) struct LearningSide<'a> {
    train: &'a Part,
    validation: &'a Part,
    fold: &'a Fold,
    known_sizes: &'a [SizeClass],
    pub(crate) view: SegmentView<'a>,
}

impl<'a> LearningSide<'a> {
    /// Of a fold whose segments are those of `view`, and whose training part holds `known_sizes`.
    pub(crate) fn new(fold: &'a Fold, known_sizes: &'a [SizeClass], view: SegmentView<'a>) -> Self {
        LearningSide { train: &fold.train, validation: &fold.validation, fold, known_sizes, view }
    }

    /// The segments.
    pub(crate) fn windows(&self) -> Vec<Window> {
        self.train.windows.iter().chain(&self.validation.windows).copied().collect()
    }

    /// Their classes.
    pub(crate) fn labels(&self) -> Vec<u32> {
        self.train.labels.iter().chain(&self.validation.labels).copied().collect()
    }

    /// The sizes of their faults: places among those that are known from training.
    pub(crate) fn sizes(&self) -> Vec<u32> {
        let of = |window: &Window| place_of(&self.view.signals[window.signal], self.known_sizes);
        self.windows().iter().map(of).collect()
    }

    /// What is told apart.
    pub(crate) fn classes(&self) -> &[ClassName] {
        &self.fold.classes
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
        let (pipeline, rate) = (&experiment.pipeline, experiment.data.rate);
        let inputs = self.view.features(pipeline, rate, self.windows().into_iter())?;
        Ok(Examples::new(inputs, self.labels()).with_sizes(self.sizes()))
    }

    /// Segments that come without their classes, seen through the pipeline.
    pub(crate) fn unlabelled(&self, experiment: &Experiment, windows: &[Window]) -> Result<Unlabelled> {
        self.view.features(&experiment.pipeline, experiment.data.rate, windows.iter().copied())
    }

    /// Judges the segments of every training bearing by a model that learned without it, adapted to the same target as the
    /// model of the fold where that is.
    pub(crate) fn hold_out(
        &self,
        experiment: &Experiment,
        examples: &Examples,
        learning: &Learning<'_>,
        adaptation: Option<(&Adaptation, &Unlabelled)>,
        folder: &FoldFolder,
        observer: &mut dyn Observer,
    ) -> Result<HeldOutJudgements> {
        let inner = self.fold.inner(self.view.signals)?;
        let mut held_out = HeldOutJudgements { adapted: adaptation.is_some(), ..Default::default() };
        for (number, fold) in inner.iter().enumerate() {
            let name = format!("{}, {} of {} held out", learning.place.fold, number + 1, inner.len());
            let place = Place { fold: name, ..learning.place.clone() };
            let learning = Learning { place: &place, ..*learning };
            let train = self.training(experiment, examples, &fold.train, place.seed)?;
            let validation = examples.pick(&fold.validation);
            let folder = folder.inner(number);
            let learned = learning.learn(experiment, &train, &validation, adaptation, &folder, observer)?;
            let judge = learned.judge;
            let foreign = examples.pick(&fold.held_out);
            held_out.add(fold, judge.judge(&foreign, learning.classes)?);
            if let Some(options) = &experiment.calibration {
                let known = examples.pick(&fold.train);
                if let Some(score) = unknown_score(&options.unknown, &judge, &known, learning.classes.len())?
                {
                    held_out.unknown.extend(score.scores(&judge.features(&foreign)?)?);
                }
            }
        }
        Ok(held_out)
    }
}
