//! `brinell evaluate`: the figures of a run, as a table, as files and as pictures.

use super::train::{recordings_folder, require_some};
use crate::arguments::{DataFolder, HELP, ResultFile};
use crate::data_folder::data_folder;
use crate::device::{AskedDevice, NO_NET};
use crate::exit::Exit;
use crate::failure::Outcome;
use crate::run_pictures::pictures;
use crate::session::Session;
use crate::terminal::{shell_path, shown};
use crate::training_talk::TrainingTalk;
use crate::translate::{self, Doing};
use crate::verdict_table::verdict_table;
use brinell_diagnosis::{RecordingVerdict, VerdictFigures, judge_run, verdict_figures};
use brinell_learn::{
    Experiment, RunFolder, Summary, Table, evaluate, stored_baselines, uses_gpu, write_figure_tables,
};
use brinell_model::DeviceChoice;
use brinell_signal::counted;
use clap::Args;
use serde::Serialize;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  brinell evaluate runs/cwru
  brinell evaluate runs/cwru --anew --data-dir /data --device cuda:0
  brinell evaluate runs/cwru --physics --data-dir /data
  brinell evaluate runs/cwru --json -o figures.json";

/// Print the figures of a run and write them as files and pictures into RUN/figures
#[derive(Debug, Args)]
#[command(
    help_template = HELP,
    before_help = EXAMPLES,
    after_help = "Writes RUN/scores.json, RUN/figures/runs.parquet (a row a fold and seed, all figures) and for each \
                  protocol\nwindows.parquet (all scores), confusion.svg, reliability.svg, risk-coverage.svg, folds.svg."
)]
pub(crate) struct Evaluate {
    /// Folder of the run
    run: PathBuf,
    /// Judge the recordings anew with the stored models, and write nothing; so does --data-dir
    #[arg(long)]
    anew: bool,
    /// Diagnose the test recordings as well: models of the folds, signal alone, and their one verdict
    #[arg(long, conflicts_with = "anew")]
    physics: bool,
    /// Where nets judge and --anew makes modes: auto, cpu or cuda:N (brinell doctor)
    #[arg(long, value_name = "DEVICE", default_value = "cpu")]
    device: DeviceChoice,
    #[command(flatten)]
    folder: DataFolder,
    #[command(flatten)]
    result: ResultFile,
}

#[derive(Debug, Serialize)]
struct Evaluated<'a> {
    #[serde(flatten)]
    summary: &'a Summary,
    baselines: &'a [Summary],
    files: Vec<String>,
}

/// Prints the table of the run.
pub(crate) fn run(arguments: &Evaluate, session: &mut Session) -> Outcome<Exit> {
    let doing = Doing { command: "evaluate", path: &arguments.run };
    let device = AskedDevice::open(arguments.device, doing)?;
    if let Err(error) = std::fs::read_dir(&arguments.run) {
        return Err(crate::failure::unreadable(&arguments.run, &error));
    }
    if arguments.physics {
        return verdicts(arguments, &device, session);
    }
    if arguments.anew || arguments.folder.data_dir.is_some() {
        let summary = judge_anew(arguments, &device, session)?;
        return print(arguments, session, &summary, &[], &[], "");
    }
    device.tell_useless(session, "without --anew or --physics nothing is judged");
    let tables = write_figure_tables(&arguments.run).map_err(|error| translate::learn(&error, doing))?;
    let mut files = tables.files.clone();
    files.extend(pictures(&tables)?);
    let count = counted(files.len(), "file");
    let note = format!("\nfigures: {} ({count} with scores.json)\n", shown(&tables.folder));
    let baselines = stored_baselines(&arguments.run).map_err(|error| translate::learn(&error, doing))?;
    for name in &baselines.unfinished {
        let resume = format!("brinell train --resume {}", shell_path(&arguments.run));
        session.warn(format!("the baseline {name} has no finished fold and is left out: {resume}"));
    }
    print(arguments, session, &tables.summary, &baselines.finished, &files, &note)
}

/// Where the recordings of the run lie, and its experiment.
fn recordings(arguments: &Evaluate, session: &Session) -> Outcome<(PathBuf, Experiment)> {
    let doing = Doing { command: "evaluate", path: &arguments.run };
    let (_, experiment) = RunFolder::open(&arguments.run).map_err(|error| translate::learn(&error, doing))?;
    let root = data_folder(&arguments.folder, &session.environment)?;
    let dataset = brinell_formats::dataset(&experiment.data.dataset);
    let data = recordings_folder(dataset, &root);
    if let Some(dataset) = dataset {
        require_some(dataset, &data, &root)?;
    }
    Ok((data, experiment))
}

/// The models of the folds, the signal alone, and their one verdict.
fn verdicts(arguments: &Evaluate, device: &AskedDevice, session: &mut Session) -> Outcome<Exit> {
    #[derive(Debug, Serialize)]
    struct Verdicts<'a> {
        figures: &'a [VerdictFigures],
        recordings: &'a [RecordingVerdict],
    }
    let doing = Doing { command: "evaluate", path: &arguments.run };
    let (data, experiment) = recordings(arguments, session)?;
    tell(device, experiment.model.net().is_some(), session);
    let recordings = judge_run(&arguments.run, &data, device.gpu())
        .map_err(|error| translate::diagnosis(&error, doing))?;
    let figures = verdict_figures(&recordings);
    let human = verdict_table(&figures);
    let told = Verdicts { figures: &figures, recordings: &recordings };
    session.result(&arguments.result.target(), "brinell.evaluate.verdicts/1", true, &told, &human)?;
    Ok(Exit::Done)
}

/// Says where nets judge, or that there are none.
fn tell(device: &AskedDevice, used: bool, session: &Session) {
    if used { device.tell_judging(session) } else { device.tell_useless(session, NO_NET) }
}

fn judge_anew(arguments: &Evaluate, device: &AskedDevice, session: &mut Session) -> Outcome<Summary> {
    let doing = Doing { command: "evaluate", path: &arguments.run };
    let (data, experiment) = recordings(arguments, session)?;
    tell(device, uses_gpu(&experiment), session);
    let mut talk = TrainingTalk::new(session, None);
    let result = evaluate(&arguments.run, &data, device.hardware(), &mut talk);
    talk.end();
    result.map_err(|error| translate::learn(&error, doing))
}

fn print(
    arguments: &Evaluate,
    session: &Session,
    summary: &Summary,
    baselines: &[Summary],
    files: &[PathBuf],
    note: &str,
) -> Outcome<Exit> {
    let human = format!("{}{note}", Table::new(std::iter::once(summary).chain(baselines)));
    let files = files.iter().map(|path| path.to_string_lossy().into_owned()).collect();
    let data = Evaluated { summary, baselines, files };
    session.result(&arguments.result.target(), "brinell.evaluate/2", true, &data, &human)?;
    Ok(Exit::Done)
}
