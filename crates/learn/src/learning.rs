//! One model from given examples: a net trained, or a learner fitted. Sees a training and a validation part only.

use crate::adaptation::Adaptation;
use crate::checkpoint::Best;
use crate::class::ClassName;
use crate::error::{Error, Result};
use crate::examples::{Examples, Unlabelled};
use crate::experiment::Experiment;
use crate::judge::{Judge, fit_learner};
use crate::model::Model;
use crate::observer::{Observer, Place};
use crate::run_folder::FoldFolder;
use crate::size_task::{SizeClass, refuse_too_few};
use crate::training::{Lesson, Outcome, fit};
use brinell_model::Gpu;
use candle_core::Tensor;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

/// What all models of one fold share.
pub(crate) struct Learning<'a> {
    pub(crate) place: &'a Place,
    pub(crate) epochs: usize,
    pub(crate) classes: &'a [ClassName],
    /// The sizes of faults in the fold's training part.
    pub(crate) sizes: &'a [SizeClass],
    pub(crate) each_part: bool,
    pub(crate) resume: bool,
    /// Where a net learns, if not on the CPU.
    pub(crate) gpu: Option<&'a Gpu>,
    pub(crate) run_folder: &'a Path,
    pub(crate) stop: &'a AtomicBool,
}

/// A model and how it came about.
pub(crate) struct Learned {
    pub(crate) judge: Judge,
    /// What a model file keeps of it.
    pub(crate) tensors: BTreeMap<String, Tensor>,
    /// The best epoch and how many were run, of a net.
    pub(crate) epochs: Option<(Best, usize)>,
}

impl Learning<'_> {
    /// Learns from `train`; a net chooses its epochs by `validation`, a learner has nothing to choose and learns from
    /// both.
    pub(crate) fn learn(
        &self,
        experiment: &Experiment,
        train: &Examples,
        validation: &Examples,
        adaptation: Option<(&Adaptation, &Unlabelled)>,
        folder: &FoldFolder,
        observer: &mut dyn Observer,
    ) -> Result<Learned> {
        let interrupted = |epoch| Error::Interrupted {
            run_folder: self.run_folder.to_owned(),
            place: self.place.to_string(),
            epoch,
            epochs: self.epochs,
        };
        let net = match &experiment.model {
            Model::Net(net) => net,
            Model::Learner(_) if self.stop.load(Ordering::Relaxed) => return Err(interrupted(0)),
            Model::Learner(learner) => {
                let all = train.with(validation);
                let (weights, seed) = (experiment.training.class_weights, self.place.seed);
                let judge = fit_learner(learner, &all, self.classes, self.each_part, weights, seed)?;
                return Ok(Learned { tensors: judge.learner_tensors()?, judge, epochs: None });
            }
        };
        folder.create()?;
        let sizes = match &experiment.training.also.size {
            Some(_) => {
                refuse_too_few(self.sizes, &self.place.fold)?;
                self.sizes.len()
            }
            None => 0,
        };
        let lesson = Lesson {
            place: self.place,
            architecture: net,
            options: &experiment.training,
            epochs: self.epochs,
            classes: self.classes,
            sizes,
            train,
            validation,
            adaptation,
            folder,
            resume: self.resume,
            gpu: self.gpu,
        };
        match fit(&lesson, self.stop, observer)? {
            Outcome::Stopped { epoch } => Err(interrupted(epoch)),
            Outcome::Finished { weights, best, epochs } => {
                let counts = [self.classes.len(), sizes];
                let judge = Judge::net(net, train.shape(), counts, &weights)?.on(self.gpu)?;
                Ok(Learned { judge, tensors: weights, epochs: Some((best, epochs)) })
            }
        }
    }
}
