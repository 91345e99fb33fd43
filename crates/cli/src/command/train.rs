//! `brinell train`: an experiment file becomes a run folder with models and honest figures.

use crate::arguments::{DataFolder, HELP};
use crate::data_folder::data_folder;
use crate::exit::Exit;
use crate::failure::{Code, Failure, Outcome, unreadable};
use crate::interrupt::Interrupt;
use crate::output::prepare_folder;
use crate::session::{Session, Target};
use crate::terminal::{shell_path, shown, visible};
use crate::training_talk::TrainingTalk;
use crate::translate::{self, Doing};
use brinell_formats::Dataset;
use brinell_learn::{
    Error, Experiment, Plan, Protocol, RunFolder, Summary, TrainOptions, check_training, plan, train,
    with_device,
};
use brinell_model::DeviceChoice;
use brinell_signal::counted;
use clap::Args;
use clap::builder::PossibleValuesParser;
use serde::Serialize;
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  brinell train configs/cwru-cnn-se.toml
  brinell train configs/cwru-cnn-se.toml --only leave-one-size-out --seed 1,2,3 -o runs/size
  brinell train --resume runs/size
  brinell train --resume runs/size --epochs 100";

/// Folds of a protocol, and missing recordings, that a dry run names; all are in its JSON.
const NAMED: usize = 6;

/// Train nets as an experiment file says, and judge them; Ctrl-C saves, --resume goes on
#[derive(Debug, Args)]
#[command(help_template = HELP, before_help = EXAMPLES)]
pub(crate) struct Train {
    /// Experiment (TOML)
    #[arg(value_name = "FILE", required_unless_present_any = ["config", "resume"], conflicts_with = "config")]
    file: Option<PathBuf>,
    /// Experiment (TOML), the same as FILE
    #[arg(short, long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Go on with the run in this folder
    #[arg(long, value_name = "RUN", conflicts_with_all = ["file", "config", "output", "seed", "force"])]
    resume: Option<PathBuf>,
    /// With --resume: so many epochs in place of those that the run was asked for
    #[arg(long, value_name = "N")]
    epochs: Option<usize>,
    /// Read segments from this store (brinell data prepare), whatever [data] says; --resume knows it
    #[arg(long, value_name = "FILE", conflicts_with = "resume")]
    store: Option<PathBuf>,
    /// Folds and seeds to train at once [default: as many as threads where the net is small, else 1]
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,
    /// Where nets learn and modes are made, in place of what the experiment says: auto, cpu or cuda:N (brinell doctor)
    #[arg(long, value_name = "DEVICE")]
    device: Option<DeviceChoice>,
    /// Folder for the results [default: runs/ and the experiment's name]
    #[arg(short, long, value_name = "RUN")]
    output: Option<PathBuf>,
    /// Only this protocol (brinell list protocols); may be given several times
    #[arg(long, value_name = "PROTOCOL", value_parser = PossibleValuesParser::new(Protocol::ALL.map(Protocol::name)))]
    only: Vec<String>,
    /// Seeds in place of those of the experiment
    #[arg(long, value_name = "N", value_delimiter = ',')]
    seed: Vec<u64>,
    /// Remove the run in the folder first
    #[arg(short, long)]
    force: bool,
    /// Say what would be trained and written, and do nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
    #[command(flatten)]
    folder: DataFolder,
}

#[derive(Debug, Serialize)]
struct Trained<'a> {
    run_folder: String,
    models: Vec<String>,
    missing: &'a [String],
    summary: &'a Summary,
}

#[derive(Debug, Serialize)]
struct Planned {
    dry_run: bool,
    experiment: String,
    run_folder: String,
    protocols: Vec<String>,
    baselines: Vec<String>,
    /// The folds that the recordings allow; `None` where none is at hand.
    plan: Option<Plan>,
    seeds: Vec<u64>,
    epochs: usize,
    dataset: String,
    /// `None` where no recording of the data set is at hand.
    data_folder: Option<String>,
    /// Where its prepared segments lie; `None`: the recordings are read.
    store: Option<String>,
    /// Where nets are to learn.
    device: String,
}

/// Trains, or says what it would train.
pub(crate) fn run(arguments: &Train, session: &mut Session) -> Outcome<Exit> {
    let (experiment, run_folder) = arguments.experiment()?;
    let data_root = data_folder(&arguments.folder, &session.environment)?;
    let dataset = brinell_formats::dataset(&experiment.data.dataset);
    let data = recordings_folder(dataset, &data_root);
    let store = experiment.data.store.as_deref();
    let only: Vec<Protocol> =
        Protocol::ALL.into_iter().filter(|p| arguments.only.iter().any(|name| name == p.name())).collect();
    let doing = Doing { command: "train", path: arguments.named() };
    let mut options = TrainOptions {
        data_folder: data.clone(),
        run_folder: run_folder.clone(),
        resume: arguments.resume.is_some(),
        force: arguments.force,
        more_epochs: arguments.epochs.is_some(),
        at_once: arguments.jobs.map(usize::from),
        only: only.clone(),
        stop: None,
        device: None,
    };
    let here = dataset.is_none_or(|dataset| !dataset.present(&data).present.is_empty());
    let planned = match arguments.dry_run && (here || store.is_some()) {
        true => Some(plan(&experiment, &only, &data).map_err(|error| translate::learn(&error, doing))?),
        false => None,
    };
    check_training(&experiment, &options).map_err(|error| translate::learn(&error, doing))?;
    // A run goes on as its own experiment says, which stays as it is; only where that happens may change.
    let mut on_device = experiment.clone();
    on_device.training.device = arguments.device.unwrap_or(experiment.training.device);
    if arguments.dry_run {
        let wanted = |name: Protocol| only.is_empty() || only.contains(&name);
        let protocols = experiment.protocols.iter().filter(|own| wanted(own.name));
        return describe(
            &Planned {
                dry_run: true,
                experiment: experiment.name.clone(),
                run_folder: run_folder.to_string_lossy().into_owned(),
                protocols: protocols
                    .map(|own| {
                        let condition = experiment.condition_of(own);
                        let gap = if condition.is_empty() { "" } else { ", " };
                        format!("{} at {}{gap}{condition}", own.name, own.sensor)
                    })
                    .collect(),
                baselines: experiment.baselines.iter().map(|own| own.name.clone()).collect(),
                plan: planned,
                seeds: experiment.training.seeds.clone(),
                epochs: experiment.training.epochs,
                dataset: experiment.data.dataset.clone(),
                data_folder: here.then(|| data.to_string_lossy().into_owned()),
                store: store.map(|store| store.to_string_lossy().into_owned()),
                device: on_device.training.device.to_string(),
            },
            session,
        );
    }
    let mut talk = TrainingTalk::new(session, None);
    let opened = with_device(&on_device, &options, &mut talk);
    talk.end();
    options = opened.map_err(|error| translate::learn(&error, doing))?;
    if let Some(dataset) = dataset.filter(|_| store.is_none()) {
        require_some(dataset, &data, &data_root)?;
    }
    if let Some(store) = store {
        std::fs::File::open(store).map_err(|error| unreadable(store, &error))?;
    }
    let made = arguments.resume.is_none() && !run_folder.is_dir();
    if made {
        prepare_folder(&run_folder)?;
    }
    let interrupt =
        Interrupt::listen().map_err(|error| translate::resource("signals cannot be caught", &error))?;
    options.stop = Some(interrupt.flag());
    let mut talk = TrainingTalk::new(session, Some(&interrupt));
    let result = train(&experiment, &options, &mut talk);
    talk.end();
    if made && result.is_err() {
        // only an empty one: what was refused before anything was trained leaves nothing behind
        let _ = std::fs::remove_dir(&run_folder);
    }
    match result {
        Ok(done) => {
            let models: Vec<String> =
                done.models.iter().map(|path| path.to_string_lossy().into_owned()).collect();
            let mut human = done.table.to_string();
            human.push_str(&format!("\nrun: {}\n", shown(&done.run_folder)));
            if let Some(model) = &done.model {
                human.push_str(&format!("model: {}\n", shown(model)));
            }
            let data = Trained {
                run_folder: done.run_folder.to_string_lossy().into_owned(),
                models,
                missing: &done.missing,
                summary: &done.summary,
            };
            session.result(&Target::default(), "brinell.train/1", true, &data, &human)?;
            Ok(Exit::Done)
        }
        Err(Error::Interrupted { run_folder, place, epoch, epochs }) => {
            let what = format!("saved {}, {place}, epoch {epoch} of {epochs}", shown(&run_folder));
            let resume = arguments.resume_line(&run_folder);
            let mut failure = Failure::new(Code::Interrupted, what.clone()).help(resume.clone());
            failure.exit = Exit::Signal(interrupt.exit());
            session.stopped(&failure, &[&what, &format!("resume: {resume}")]);
            Ok(failure.exit)
        }
        Err(error @ Error::Model(brinell_model::Error::Gpu(_))) => Err(translate::learn(&error, doing)
            .help(format!("brinell train --resume {} --device cpu", shell_path(&run_folder)))),
        Err(error) => Err(translate::learn(&error, doing)),
    }
}

impl Train {
    /// The command that goes on with the run, over the same recordings and protocols.
    fn resume_line(&self, run_folder: &Path) -> String {
        let mut line = format!("brinell train --resume {}", shell_path(run_folder));
        for protocol in &self.only {
            line.push_str(&format!(" --only {protocol}"));
        }
        if let (Some(device), Some(_)) = (self.device, &self.resume) {
            line.push_str(&format!(" --device {device}"));
        }
        if let Some(folder) = &self.folder.data_dir {
            line.push_str(&format!(" --data-dir {}", shell_path(folder)));
        }
        line
    }

    /// What was named: the experiment's file, or the run that is gone on with.
    fn named(&self) -> &Path {
        self.resume.as_deref().or(self.file.as_deref()).or(self.config.as_deref()).unwrap_or(Path::new(""))
    }

    /// The experiment and the folder of its run.
    fn experiment(&self) -> Outcome<(Experiment, PathBuf)> {
        if let Some(run) = &self.resume {
            let doing = Doing { command: "train --resume", path: run };
            let (_, mut experiment) =
                RunFolder::open(run).map_err(|error| translate::learn(&error, doing))?;
            experiment.training.epochs = self.epochs.unwrap_or(experiment.training.epochs);
            return Ok((experiment, run.clone()));
        }
        // clap does not ask for --resume beside a FILE, with which it cannot stand
        if self.epochs.is_some() {
            return Err(Failure::new(
                Code::Usage,
                "--epochs adds epochs to a run that is there: it needs --resume",
            )
            .help("brinell train --resume RUN --epochs N, or epochs in [training] of the experiment"));
        }
        let Some(file) = self.file.as_ref().or(self.config.as_ref()) else {
            return Err(Failure::new(Code::Usage, "no experiment was given")
                .help("brinell train configs/cwru-cnn-se.toml"));
        };
        let doing = Doing { command: "train", path: file };
        let mut experiment = Experiment::load(file).map_err(|error| translate::learn(&error, doing))?;
        if !self.seed.is_empty() {
            experiment.training.seeds.clone_from(&self.seed);
        }
        if let Some(device) = self.device {
            experiment.training.device = device;
        }
        if self.store.is_some() {
            experiment.data.store.clone_from(&self.store);
        }
        let run = self.output.clone().unwrap_or_else(|| Path::new("runs").join(&experiment.name));
        Ok((experiment, run))
    }
}

/// The folder with the recordings: that of the data set when there is one, else the data folder itself.
pub(super) fn recordings_folder(dataset: Option<&Dataset>, root: &Path) -> PathBuf {
    match dataset.map(|dataset| dataset.folder(root)) {
        Some(folder) if folder.is_dir() => folder,
        _ => root.to_owned(),
    }
}

/// Refuses to begin without a single recording.
pub(super) fn require_some(dataset: &Dataset, folder: &Path, root: &Path) -> Outcome<()> {
    if !dataset.present(folder).present.is_empty() {
        return Ok(());
    }
    let what = format!("no recording of {} is in {}", dataset.name, shown(folder));
    Err(Failure::new(Code::DataMissing, what)
        .why(format!(
            "of {} in the catalogue none was found",
            counted(dataset.catalogue.entries.len(), "recording")
        ))
        .help(format!("brinell data fetch {} --data-dir {}", dataset.name, shell_path(root)))
        .file(folder))
}

fn describe(planned: &Planned, session: &Session) -> Outcome<Exit> {
    let seeds: Vec<String> = planned.seeds.iter().map(ToString::to_string).collect();
    let read = match (&planned.store, &planned.data_folder) {
        (Some(store), _) => shown(Path::new(store)),
        (None, Some(folder)) => shown(Path::new(folder)),
        (None, None) => format!(
            "recordings of {0}, of which none is at hand: brinell data fetch {0}, or --data-dir FOLDER",
            visible(&planned.dataset)
        ),
    };
    let mut human = format!(
        "would train {}: seeds {}; up to {} epochs; on {}\n",
        planned.experiment,
        seeds.join(", "),
        planned.epochs,
        planned.device,
    );
    for (at, protocol) in planned.protocols.iter().enumerate() {
        let folds = planned.plan.as_ref().map_or(String::new(), |plan| {
            let folds = &plan.protocols[at].folds;
            let shown = folds.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
            let more = if folds.len() > NAMED { ", ..." } else { "" };
            format!(": {} ({shown}{more})", counted(folds.len(), "fold"))
        });
        human.push_str(&format!("  {protocol}{folds}\n"));
    }
    if !planned.baselines.is_empty() {
        human.push_str(&format!("  and under the same protocols {}\n", planned.baselines.join(", ")));
    }
    let counts = planned.plan.as_ref().map_or(String::new(), |plan| match plan.missing.len() {
        0 => format!(": {}", counted(plan.recordings, "recording")),
        missing => {
            let names = plan.missing.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
            let more = if missing > NAMED { ", ..." } else { "" };
            format!(": {}, {missing} more are missing ({names}{more})", counted(plan.recordings, "recording"))
        }
    });
    human.push_str(&format!(
        "would read  {read}{counts}\nwould write {}\n",
        shown(Path::new(&planned.run_folder))
    ));
    session.result(&Target::default(), "brinell.train.plan/1", true, planned, &human)?;
    Ok(Exit::Done)
}
