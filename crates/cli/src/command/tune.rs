//! `brinell tune`: what each fold of an experiment would choose, by bearings held out inside its training side.

use super::train::{recordings_folder, require_some};
use crate::arguments::{DataFolder, HELP, ResultFile};
use crate::data_folder::data_folder;
use crate::exit::Exit;
use crate::failure::{Code, Failure, Outcome};
use crate::interrupt::Interrupt;
use crate::session::Session;
use crate::training_talk::{TrainingTalk, choice_text};
use crate::translate::{self, Doing};
use brinell_learn::{Error, Experiment, Protocol, TrainOptions, Trial, TunedFold, tune, with_device};
use brinell_model::DeviceChoice;
use clap::Args;
use clap::builder::PossibleValuesParser;
use std::fmt::Write;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  brinell tune configs/my.toml
  brinell tune configs/my.toml -v --data-dir /data
  brinell tune configs/my.toml --only leave-one-size-out --json -o trials.json";

/// Try the choices of an experiment's [tune] on held-out training bearings; no test recording is judged
#[derive(Debug, Args)]
#[command(help_template = HELP, before_help = EXAMPLES)]
pub(crate) struct Tune {
    /// Experiment (TOML) with a [tune] section
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Only this protocol (brinell list protocols); may be given several times
    #[arg(long, value_name = "PROTOCOL", value_parser = PossibleValuesParser::new(Protocol::ALL.map(Protocol::name)))]
    only: Vec<String>,
    /// Where nets learn and modes are made, in place of what the experiment says: auto, cpu or cuda:N (brinell doctor)
    #[arg(long, value_name = "DEVICE")]
    device: Option<DeviceChoice>,
    #[command(flatten)]
    folder: DataFolder,
    #[command(flatten)]
    result: ResultFile,
}

/// Prints what was tried.
pub(crate) fn run(arguments: &Tune, session: &mut Session) -> Outcome<Exit> {
    let doing = Doing { command: "tune", path: &arguments.file };
    let mut experiment =
        Experiment::load(&arguments.file).map_err(|error| translate::learn(&error, doing))?;
    experiment.training.device = arguments.device.unwrap_or(experiment.training.device);
    let mut talk = TrainingTalk::new(session, None);
    let opened = with_device(&experiment, &TrainOptions::default(), &mut talk);
    talk.end();
    let opened = opened.map_err(|error| translate::learn(&error, doing))?;
    let root = data_folder(&arguments.folder, &session.environment)?;
    let dataset = brinell_formats::dataset(&experiment.data.dataset);
    let data = recordings_folder(dataset, &root);
    if let Some(dataset) = dataset.filter(|_| experiment.data.store.is_none()) {
        require_some(dataset, &data, &root)?;
    }
    let interrupt =
        Interrupt::listen().map_err(|error| translate::resource("signals cannot be caught", &error))?;
    let only = Protocol::ALL.into_iter().filter(|own| arguments.only.iter().any(|name| name == own.name()));
    let options =
        TrainOptions { data_folder: data, only: only.collect(), stop: Some(interrupt.flag()), ..opened };
    let mut talk = TrainingTalk::new(session, Some(&interrupt));
    let result = tune(&experiment, &options, &mut talk);
    talk.end();
    match result {
        Ok(folds) => {
            session.result(&arguments.result.target(), "brinell.tune/1", true, &folds, &text(&folds))?;
            Ok(Exit::Done)
        }
        Err(Error::Interrupted { .. }) => {
            let mut failure = Failure::new(Code::Interrupted, "stopped; what was tried is lost");
            failure.exit = Exit::Signal(interrupt.exit());
            session.stopped(&failure, &["stopped; what was tried is lost"]);
            Ok(failure.exit)
        }
        Err(error) => Err(translate::learn(&error, doing)),
    }
}

/// One block a fold, the best first.
fn text(folds: &[TunedFold]) -> String {
    let mut out = String::new();
    for fold in folds {
        // writing to a String cannot fail
        let _ = writeln!(out, "{} at {}, fold {}, seed {}", fold.protocol, fold.sensor, fold.fold, fold.seed);
        let mut trials: Vec<&Trial> = fold.trials.iter().collect();
        trials.sort_by(|a, b| b.chosen.cmp(&a.chosen).then(b.figure.total_cmp(&a.figure)));
        for trial in trials {
            let epochs =
                if trial.epochs > 0 { format!("  ({} epochs)", trial.epochs) } else { String::new() };
            let mark = if trial.chosen { ">" } else { " " };
            let _ = writeln!(out, "{mark} {:8.4}  {}{epochs}", trial.figure, choice_text(&trial.choice));
        }
    }
    out.push_str("Figures are of bearings held out inside the training side; > is what a run takes.\n");
    out
}
