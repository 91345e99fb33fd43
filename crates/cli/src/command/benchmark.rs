//! `brinell benchmark`: every experiment of a data set's table, one after the other, each resumable, in one folder.

use super::train::{recordings_folder, require_some};
use crate::arguments::{DataFolder, HELP};
use crate::benchmark_rows::{BENCHMARKS, Benchmark, BenchmarkRow};
use crate::data_folder::data_folder;
use crate::device::AskedDevice;
use crate::exit::Exit;
use crate::failure::{Code, Failure, Outcome};
use crate::interrupt::Interrupt;
use crate::output::prepare_folder;
use crate::session::{Session, Target};
use crate::terminal::{shell_path, shell_word, shown};
use crate::training_talk::TrainingTalk;
use crate::translate::{self, Doing};
use brinell_learn::{
    Error, Experiment, Summary, Table, TrainOptions, stored_baselines, stored_summary, train, with_device,
};
use brinell_model::DeviceChoice;
use clap::Args;
use serde::Serialize;
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  brinell benchmark cwru
  brinell benchmark cwru --only p2 --only p4 -o runs/table
  brinell benchmark cwru --seed 0 --data-dir /data";

/// Reproduce the whole table of a data set; goes on where it was stopped
#[derive(Debug, Args)]
#[command(help_template = HELP, before_help = EXAMPLES)]
pub(crate) struct BenchmarkArguments {
    /// Data set
    #[arg(value_name = "DATASET")]
    dataset: String,
    /// Folder for the runs, one in it for each row [default: runs/benchmark- and the data set]
    #[arg(short, long, value_name = "FOLDER")]
    output: Option<PathBuf>,
    /// Only this row; may be given several times
    #[arg(long, value_name = "ROW")]
    only: Vec<String>,
    /// Seeds in place of those of the experiments
    #[arg(long, value_name = "N", value_delimiter = ',')]
    seed: Vec<u64>,
    /// Where nets learn and modes are made, in place of what the experiments say: auto, cpu or cuda:N (brinell doctor)
    #[arg(long, value_name = "DEVICE")]
    device: Option<DeviceChoice>,
    #[command(flatten)]
    folder: DataFolder,
}

#[derive(Debug, Serialize)]
struct Done {
    folder: String,
    rows: Vec<DoneRow>,
}

#[derive(Debug, Serialize)]
struct DoneRow {
    row: &'static str,
    title: &'static str,
    known: &'static str,
    run: String,
    summaries: Vec<Summary>,
}

/// Trains and judges every row.
pub(crate) fn run(arguments: &BenchmarkArguments, session: &mut Session) -> Outcome<Exit> {
    let benchmark = arguments.benchmark()?;
    let rows = arguments.rows(benchmark)?;
    // Before anything is looked for; each row then takes it where it has use for it.
    let asked = Doing { command: "benchmark", path: Path::new(&arguments.dataset) };
    let _held = arguments.device.map(|choice| AskedDevice::open(choice, asked)).transpose()?;
    let root = arguments
        .output
        .clone()
        .unwrap_or_else(|| Path::new("runs").join(format!("benchmark-{}", benchmark.dataset)));
    let data_root = data_folder(&arguments.folder, &session.environment)?;
    let dataset = brinell_formats::dataset(benchmark.dataset);
    let data = recordings_folder(dataset, &data_root);
    if let Some(dataset) = dataset {
        require_some(dataset, &data, &data_root)?;
    }
    if !root.is_dir() {
        prepare_folder(&root)?;
    }
    let interrupt =
        Interrupt::listen().map_err(|error| translate::resource("signals cannot be caught", &error))?;
    let (mut done, mut human) = (Vec::new(), String::new());
    for row in rows {
        let run_folder = root.join(row.name);
        let doing = Doing { command: "benchmark", path: &run_folder };
        let mut experiment =
            Experiment::parse(row.experiment, row.file).map_err(|error| translate::learn(&error, doing))?;
        if !arguments.seed.is_empty() {
            experiment.training.seeds.clone_from(&arguments.seed);
        }
        let options = TrainOptions {
            data_folder: data.clone(),
            resume: run_folder.is_dir(),
            run_folder: run_folder.clone(),
            stop: Some(interrupt.flag()),
            ..TrainOptions::default()
        };
        session.detail(&format!("{}: {}", row.name, row.title));
        let mut talk = TrainingTalk::new(session, Some(&interrupt));
        let result = with_device(&arguments.on_device(&experiment), &options, &mut talk)
            .and_then(|options| train(&experiment, &options, &mut talk));
        talk.end();
        match result {
            Ok(_) => {}
            Err(Error::Interrupted { place, .. }) => {
                let what = format!("saved {}, {place}", shown(&root));
                let resume = arguments.resume_line(benchmark.dataset, &root);
                let mut failure = Failure::new(Code::Interrupted, what.clone()).help(resume.clone());
                failure.exit = Exit::Signal(interrupt.exit());
                session.stopped(&failure, &[&what, &format!("goes on with: {resume}")]);
                return Ok(failure.exit);
            }
            Err(error) => return Err(translate::learn(&error, doing)),
        }
        let mut summaries =
            vec![stored_summary(&run_folder).map_err(|error| translate::learn(&error, doing))?];
        let baselines = stored_baselines(&run_folder).map_err(|error| translate::learn(&error, doing))?;
        summaries.extend(baselines.finished);
        human.push_str(&format!(
            "{}: {}\nknown: {}\n\n{}\n",
            row.name.to_uppercase(),
            row.title,
            row.known,
            Table::new(&summaries)
        ));
        let run = run_folder.to_string_lossy().into_owned();
        done.push(DoneRow { row: row.name, title: row.title, known: row.known, run, summaries });
    }
    human.push_str(&format!("runs: {}\n", shown(&root)));
    let done = Done { folder: root.to_string_lossy().into_owned(), rows: done };
    session.result(&Target::default(), "brinell.benchmark/1", true, &done, &human)?;
    Ok(Exit::Done)
}

impl BenchmarkArguments {
    /// The command that goes on with the same rows and seeds, over the same recordings.
    fn resume_line(&self, dataset: &str, root: &Path) -> String {
        let mut line = format!("brinell benchmark {dataset} -o {}", shell_path(root));
        for row in &self.only {
            line.push_str(&format!(" --only {}", shell_word(row)));
        }
        if !self.seed.is_empty() {
            let seeds: Vec<String> = self.seed.iter().map(ToString::to_string).collect();
            line.push_str(&format!(" --seed {}", seeds.join(",")));
        }
        if let Some(device) = self.device {
            line.push_str(&format!(" --device {device}"));
        }
        if let Some(folder) = &self.folder.data_dir {
            line.push_str(&format!(" --data-dir {}", shell_path(folder)));
        }
        line
    }

    /// The experiment with the device of all rows. Its run keeps its own: only where it happens changes.
    fn on_device(&self, experiment: &Experiment) -> Experiment {
        let mut other = experiment.clone();
        other.training.device = self.device.unwrap_or(experiment.training.device);
        other
    }

    fn benchmark(&self) -> Outcome<&'static Benchmark> {
        BENCHMARKS.iter().find(|own| own.dataset == self.dataset).ok_or_else(|| {
            let names: Vec<&str> = BENCHMARKS.iter().map(|own| own.dataset).collect();
            Failure::new(Code::NameUnknown, format!("there is no benchmark of `{}`", self.dataset))
                .why(format!("there is one of {}", names.join(", ")))
                .help(format!("brinell benchmark {}", names.first().unwrap_or(&"")))
        })
    }

    fn rows(&self, benchmark: &'static Benchmark) -> Outcome<Vec<&'static BenchmarkRow>> {
        let known = |name: &String| benchmark.rows.iter().any(|row| row.name == name.to_lowercase());
        if let Some(unknown) = self.only.iter().find(|name| !known(name)) {
            let names: Vec<&str> = benchmark.rows.iter().map(|row| row.name).collect();
            return Err(Failure::new(Code::NameUnknown, format!("the table has no row `{unknown}`"))
                .why(format!("its rows are {}", names.join(", ")))
                .help(format!("brinell benchmark {} --only {}", benchmark.dataset, names[0])));
        }
        let wanted = |row: &&BenchmarkRow| {
            self.only.is_empty() || self.only.iter().any(|name| name.to_lowercase() == row.name)
        };
        Ok(benchmark.rows.iter().filter(wanted).collect())
    }
}
