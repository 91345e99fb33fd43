//! `brinell evaluate`: the figures of a run, computed anew from its stored models.

use super::train::{recordings_folder, require_some};
use crate::arguments::{DataFolder, HELP, ResultFile};
use crate::data_folder::data_folder;
use crate::exit::Exit;
use crate::failure::Outcome;
use crate::session::Session;
use crate::training_talk::TrainingTalk;
use crate::translate::{self, Doing};
use brinell_learn::{RunFolder, Summary, Table, evaluate};
use clap::Args;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  brinell evaluate runs/cwru
  brinell evaluate runs/cwru --data-dir /data
  brinell evaluate runs/cwru --json -o figures.json";

/// Judge the models of a run anew, under its own protocols
#[derive(Debug, Args)]
#[command(help_template = HELP, before_help = EXAMPLES)]
pub(crate) struct Evaluate {
    /// Folder of the run
    run: PathBuf,
    #[command(flatten)]
    folder: DataFolder,
    #[command(flatten)]
    result: ResultFile,
}

/// Prints the table of the run.
pub(crate) fn run(arguments: &Evaluate, session: &mut Session) -> Outcome<Exit> {
    let doing = Doing { command: "evaluate", path: &arguments.run };
    if let Err(error) = std::fs::read_dir(&arguments.run) {
        return Err(crate::failure::unreadable(&arguments.run, &error));
    }
    let (_, experiment) = RunFolder::open(&arguments.run).map_err(|error| translate::learn(&error, doing))?;
    let root = data_folder(&arguments.folder, &session.environment)?;
    let dataset = brinell_formats::dataset(&experiment.data.dataset);
    let data = recordings_folder(dataset, &root);
    if let Some(dataset) = dataset
        && let Err(missing) = require_some(dataset, &data, &root)
    {
        if arguments.folder.data_dir.is_some() {
            return Err(missing);
        }
        session.warn(format!(
            "{}: these are the figures that the run stored; to judge its models anew, give --data-dir",
            missing.one_line()
        ));
        let summary = Summary::read(&arguments.run).map_err(|error| translate::learn(&error, doing))?;
        return print(arguments, session, &summary);
    }
    let mut talk = TrainingTalk::new(session, None);
    let result = evaluate(&arguments.run, &data, &mut talk);
    talk.end();
    let summary = result.map_err(|error| translate::learn(&error, doing))?;
    print(arguments, session, &summary)
}

fn print(arguments: &Evaluate, session: &Session, summary: &Summary) -> Outcome<Exit> {
    let human = Table::new([summary]).to_string();
    session.result(&arguments.result.target(), "brinell.evaluate/1", true, summary, &human)?;
    Ok(Exit::Done)
}
