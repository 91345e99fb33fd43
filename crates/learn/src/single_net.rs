//! One net from labelled recordings in memory, each with its own speed and bearing: for nets that are
//! meant for any machine, such as those that ship. No protocol and no figure: what such a net is worth
//! is measured elsewhere, on recordings that it has not seen.

use crate::class::ClassName;
use crate::error::{Error, Result};
use crate::examples::{Examples, Source};
use crate::feature_plan::FeaturePlan;
use crate::observer::{Observer, Place};
use crate::protocol::Protocol;
use crate::run_folder::FoldFolder;
use crate::trained::{ModelFacts, Trained};
use crate::training::{Lesson, Outcome, fit};
use crate::training_options::TrainingOptions;
use brinell_model::Architecture;
use brinell_signal::{Context, Hertz, Pipeline, Segments};
use std::path::Path;
use std::sync::atomic::AtomicBool;

/// What to train, and how.
#[derive(Debug, Clone)]
pub struct NetRecipe {
    /// Name of the model.
    pub name: String,
    /// One paragraph: what it was trained on and what it must not be used for.
    pub card: String,
    /// Rate of all recordings.
    pub rate: Hertz,
    /// How recordings are cut.
    pub segments: Segments,
    /// What is done to a segment.
    pub pipeline: Pipeline,
    /// The net.
    pub architecture: Architecture,
    /// How it is trained; only the first seed is used.
    pub training: TrainingOptions,
    /// What it tells apart.
    pub classes: Vec<ClassName>,
    /// Stands for the recordings in the model's facts.
    pub data_sha256: String,
}

/// A recording and its class.
#[derive(Debug, Clone)]
pub struct LabelledSignal {
    /// Samples at the recipe's rate.
    pub samples: Vec<f32>,
    /// Its speed and its bearing's orders.
    pub context: Context,
    /// Place of its class in the recipe.
    pub class: u32,
}

/// Trains one net; the weights of the epoch with the smallest validation loss count. The folder takes the
/// log of the epochs (`epochs.csv`) and the state.
///
/// # Errors
/// [`Error::Data`] when a recording is shorter than a segment or its class does not exist; whatever
/// pipeline, net and files can run into; [`Error::Interrupted`].
pub fn train_net(
    recipe: &NetRecipe,
    train: &[LabelledSignal],
    validation: &[LabelledSignal],
    folder: &Path,
    stop: &AtomicBool,
    observer: &mut dyn Observer,
) -> Result<Trained> {
    if let Some(adaptation) = &recipe.training.adaptation {
        return Err(Error::data(
            format!("{} cannot adapt by {}", recipe.name, adaptation.name()),
            "a net for any machine has no recordings to adapt to",
            "leave adaptation out of its recipe",
        ));
    }
    if recipe.training.also.size.is_some() {
        return Err(Error::data(
            format!("{} cannot learn sizes", recipe.name),
            "its recordings come with a class and no size",
            "leave also.size out of its recipe",
        ));
    }
    let hardware = recipe.training.device.open()?;
    let plan = FeaturePlan::new(&recipe.pipeline, recipe.rate, recipe.segments.length, hardware.gpu())?;
    let compute = |signals: &[LabelledSignal]| -> Result<Examples> {
        let (mut segments, mut labels): (Vec<Source<'_>>, Vec<u32>) = (Vec::new(), Vec::new());
        for (at, signal) in signals.iter().enumerate() {
            let ranges: Vec<_> = recipe.segments.ranges(signal.samples.len()).collect();
            if ranges.is_empty() || signal.class as usize >= recipe.classes.len() {
                return Err(Error::data(
                    "a labelled recording cannot be used",
                    format!("number {at}: {} samples, class {}", signal.samples.len(), signal.class),
                    "give each at least one segment and a class of the recipe",
                ));
            }
            for range in ranges {
                segments.push((&signal.samples[range], signal.context));
                labels.push(signal.class);
            }
        }
        Examples::of_segments(&plan, &segments, labels)
    };
    let (train, validation) = (compute(train)?, compute(validation)?);
    let place = Place {
        experiment: recipe.name.clone(),
        protocol: Protocol::LeaveOneSizeOut,
        sensor: String::new(),
        condition: String::new(),
        fold: recipe.name.clone(),
        seed: recipe.training.seeds.first().copied().unwrap_or(0),
        number: 1,
        of: 1,
    };
    let folder_of_net = FoldFolder::at(folder);
    folder_of_net.create()?;
    let epochs = recipe.training.epochs;
    let lesson = Lesson {
        place: &place,
        architecture: &recipe.architecture,
        options: &recipe.training,
        epochs,
        classes: &recipe.classes,
        sizes: 0,
        train: &train,
        validation: &validation,
        adaptation: None,
        folder: &folder_of_net,
        resume: false,
        gpu: hardware.gpu(),
    };
    match fit(&lesson, stop, observer)? {
        Outcome::Stopped { epoch } => Err(Error::Interrupted {
            run_folder: folder.to_owned(),
            place: recipe.name.clone(),
            epoch,
            epochs,
        }),
        Outcome::Finished { weights, .. } => Trained::new(
            ModelFacts {
                schema: ModelFacts::schema(),
                name: recipe.name.clone(),
                card: recipe.card.clone(),
                rate_hz: recipe.rate.0,
                segment_length: recipe.segments.length,
                segment_stride: recipe.segments.stride,
                pipeline: recipe.pipeline.clone(),
                model: recipe.architecture.clone().into(),
                each_part: false,
                classes: recipe.classes.clone(),
                sizes: Vec::new(),
                data_sha256: recipe.data_sha256.clone(),
                calibrated: false,
                calibration: None,
                learned_from: Vec::new(),
                range: None,
            },
            &weights,
        ),
    }
}
