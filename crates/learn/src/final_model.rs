//! `[final]`: after the protocols have measured what a recipe is worth, one model from all recordings, for machines that
//! are none of them. Its card holds those figures: nothing is left to measure it by itself.

use crate::error::Result;
use crate::experiment::{Complaints, Experiment, ProtocolOptions};
use crate::figure::Figure;
use crate::job::Job;
use crate::observer::{Observer, Place};
use crate::protocol::{Protocol, SplitRule, everything, sensors};
use crate::recordings::Recordings;
use crate::run::TrainOptions;
use crate::run_folder::{FoldFolder, RunFolder, write_whole};
use crate::size_task::sizes_in;
use crate::summary::Summary;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// A model from all recordings of the experiment; the classes are `normal` and the damaged parts, healthy signals come from
/// recordings whose fault sits at another place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FinalOptions {
    /// The sensors that it learns from, joined by `+`; each has to be read by a protocol.
    pub sensor: String,
    /// What it must not be used for, in a sentence or two: the end of its card.
    pub not_for: String,
}

impl FinalOptions {
    pub(crate) fn check(&self, experiment: &Experiment, found: &mut Complaints) {
        let read: Vec<&str> = experiment.protocols.iter().flat_map(|own| sensors(&own.sensor)).collect();
        for sensor in sensors(&self.sensor).filter(|sensor| !read.contains(sensor)) {
            found.add(
                "final.sensor",
                format!("no protocol reads {sensor}: what it tells would not be measured"),
            );
        }
        if self.not_for.trim().is_empty() {
            found.add("final.not_for", "say what the model must not be used for".to_owned());
        }
        if experiment.tune.is_some() {
            let message = "a final model has the options of the file; choose them first (brinell tune), or leave tune out";
            found.add("tune", message.to_owned());
        }
    }
}

/// Trains the final model of an experiment whose protocols came to `summary`; where it lies.
pub(crate) fn train_final(
    own: &FinalOptions,
    experiment: &Experiment,
    recordings: &Recordings,
    (folder, summary): (&RunFolder, &Summary),
    options: &TrainOptions,
    observer: &mut dyn Observer,
) -> Result<PathBuf> {
    let job = final_job(own, experiment, recordings, folder);
    job.check_store(experiment, recordings)?;
    job.folder.create()?;
    let never = AtomicBool::new(false);
    let stop = options.stop.as_deref().unwrap_or(&never);
    let learned = job.learn(experiment, recordings, options, stop, observer)?;
    let card = card(own, experiment, recordings, summary, learned.facts().calibration.as_ref());
    let model = learned.with_card(card)?;
    write_whole(&job.folder.model(), model.bytes())?;
    job.folder.drop_state()?;
    Ok(job.folder.model())
}

/// The one fold of a final model.
pub(crate) fn final_job(
    own: &FinalOptions,
    experiment: &Experiment,
    recordings: &Recordings,
    folder: &RunFolder,
) -> Job {
    let protocol = ProtocolOptions::new(Protocol::LeaveOneSizeOut, &own.sensor);
    let signals = Arc::new(recordings.for_protocol(experiment, &protocol));
    let seed = experiment.training.seeds.first().copied().unwrap_or(0);
    let cut = experiment.segments;
    let rule = SplitRule {
        segments: cut,
        validation: experiment.training.validation,
        unit: protocol.validation.unwrap_or_default(),
        seed,
        target: None,
    };
    let fold = everything(&signals.0, &rule);
    Job {
        place: Place {
            experiment: experiment.name.clone(),
            protocol: protocol.name,
            sensor: own.sensor.clone(),
            condition: String::new(),
            fold: fold.name.clone(),
            seed,
            number: 1,
            of: 1,
        },
        sizes: sizes_in(&fold.train, &signals.0),
        folder: FoldFolder::at(&folder.file("final")),
        cache: Arc::default(),
        run: (1, 1),
        protocol,
        cut,
        fold,
        signals,
    }
}

fn card(
    own: &FinalOptions,
    experiment: &Experiment,
    recordings: &Recordings,
    summary: &Summary,
    calibration: Option<&crate::calibration::Calibration>,
) -> String {
    let simulated = experiment.augmentation.as_ref().and_then(|made| made.simulated);
    let simulated = simulated
        .map_or(String::new(), |made| format!(" and on {} simulated bearings of each class", made.bearings));
    let mut figures = Vec::new();
    for one in &summary.protocols {
        let Some(spread) = one.recordings.figures.get(&Figure::MacroF1) else { continue };
        let leak = one.leak.as_ref().map_or(String::new(), |leak| format!(", {leak}"));
        figures.push(format!(
            "{:.1} % ± {:.1} under {} at {}{leak}",
            100.0 * spread.mean,
            100.0 * spread.over_folds,
            one.protocol,
            one.sensor
        ));
    }
    format!(
        "{} of experiment {}, trained on all {} recordings of data set {} (channels {}){simulated}. Models of the same \
         recipe that had not seen the test bearings have a macro-F1 by recording of {}; this one is not measured itself. \
         {} {}",
        experiment.model.name(),
        experiment.name,
        recordings.count(),
        experiment.data.dataset,
        own.sensor.replace('+', ", "),
        figures.join("; "),
        calibration.map_or_else(|| "Not calibrated.".to_owned(), |fitted| fitted.in_words()),
        own.not_for.trim()
    )
}
