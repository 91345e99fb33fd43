//! `brinell data`: the recordings of a data set on this machine, and simulated ones.

use super::fetch::{self, Fetch};
use super::import::{self, Import};
use super::leakcheck::{self, Leakcheck};
use super::prepare::{self, Prepare};
use super::simulate::{self, Simulate};
use crate::arguments::{DataFolder, HELP, ResultFile};
use crate::data_folder::data_folder;
use crate::exit::Exit;
use crate::failure::{Code, Failure, Outcome};
use crate::session::Session;
use crate::terminal::{shell_path, shown, visible};
use crate::translate::{self, Doing};
use brinell_formats::{Dataset, FrequencyLayout, find_dataset, layouts, verify};
use brinell_signal::counted;
use clap::{Args, Subcommand};
use serde::Serialize;
use std::fmt::Write as _;
use std::path::Path;

const EXAMPLES: &str = "\
Examples:
  brinell data list cwru
  brinell data fetch cwru --only 97,105
  brinell data import rig3/ --layout paderborn -o catalogue.csv
  brinell data leakcheck split.csv --data-dir recordings/
  brinell data simulate --bearing 6205 --speed 1797rpm --fault outer -o sim/";

/// Catalogued recordings: list, fetch, verify; folders of others; simulated ones; and splits that leak
#[derive(Debug, Args)]
#[command(help_template = HELP, before_help = EXAMPLES, arg_required_else_help = true, disable_help_subcommand = true)]
pub(crate) struct Data {
    #[command(subcommand)]
    command: DataCommand,
}

#[derive(Debug, Subcommand)]
enum DataCommand {
    List(DataList),
    Fetch(Fetch),
    Verify(DataVerify),
    Import(Box<Import>),
    Leakcheck(Leakcheck),
    Prepare(Prepare),
    Simulate(Box<Simulate>),
}

const LIST_EXAMPLES: &str = "\
Examples:
  brinell data list
  brinell data list cwru
  brinell data list paderborn
  brinell data list cwru --json -o cwru.json";

/// Data sets whose layout is known, their recordings, and which of them are on this machine
#[derive(Debug, Args)]
#[command(help_template = HELP, before_help = LIST_EXAMPLES)]
struct DataList {
    /// Name of the data set [default: list the data sets]
    dataset: Option<String>,
    #[command(flatten)]
    folder: DataFolder,
    #[command(flatten)]
    result: ResultFile,
}

const VERIFY_EXAMPLES: &str = "\
Examples:
  brinell data verify cwru
  brinell data verify cwru --data-dir /data
  brinell data verify cwru --json | jq .data.wrong";

/// Hash every recording that is there; exit 1 when one is wrong
#[derive(Debug, Args)]
#[command(help_template = HELP, before_help = VERIFY_EXAMPLES)]
struct DataVerify {
    /// Name of the data set
    dataset: String,
    #[command(flatten)]
    folder: DataFolder,
    #[command(flatten)]
    result: ResultFile,
}

/// Runs a data command.
pub(crate) fn run(arguments: &Data, session: &mut Session) -> Outcome<Exit> {
    match &arguments.command {
        DataCommand::List(arguments) => list(arguments, session),
        DataCommand::Fetch(arguments) => fetch::run(arguments, session),
        DataCommand::Verify(arguments) => verify_files(arguments, session),
        DataCommand::Import(arguments) => import::run(arguments, session),
        DataCommand::Leakcheck(arguments) => leakcheck::run(arguments, session),
        DataCommand::Prepare(arguments) => prepare::run(arguments, session),
        DataCommand::Simulate(arguments) => simulate::run(arguments, session),
    }
}

/// The data set of a name.
pub(super) fn named(name: &str) -> Outcome<&'static Dataset> {
    find_dataset(name)
        .map_err(|error| translate::formats(&error, Doing { command: "data", path: Path::new(name) }))
}

#[derive(Debug, Serialize)]
struct SetItem {
    name: &'static str,
    title: &'static str,
    homepage: &'static str,
    licence: &'static str,
    /// Catalogued ones; 0 where only the layout is known.
    recordings: usize,
    present: usize,
    folder: Option<String>,
}

#[derive(Debug, Serialize)]
struct RecordingItem {
    file: String,
    label: String,
    fault: &'static str,
    bearing_id: String,
    rate_hz: f64,
    speed_rpm: Option<f64>,
    bytes: Option<u64>,
    grade: Option<String>,
    quality: Vec<String>,
    path: Option<String>,
}

fn list(arguments: &DataList, session: &Session) -> Outcome<Exit> {
    let Some(name) = &arguments.dataset else { return list_sets(arguments, session) };
    if let Some(known) =
        layouts().iter().find(|known| known.name == name && known.catalogue.entries.is_empty())
    {
        return show_layout(known, arguments, session);
    }
    let root = data_folder(&arguments.folder, &session.environment)?;
    let dataset = named(name)?;
    let items: Vec<RecordingItem> = dataset
        .catalogue
        .entries
        .iter()
        .map(|entry| RecordingItem {
            file: entry.file_name(),
            label: entry.label.clone(),
            fault: entry.fault.name(),
            bearing_id: entry.bearing_id.clone(),
            rate_hz: entry.rate.0,
            speed_rpm: entry.speed.as_ref().map(|speed| speed.value.to_rpm().0),
            bytes: entry.bytes,
            grade: entry.grade.clone(),
            quality: entry.quality.clone(),
            path: dataset.path_of(entry, &root).map(|path| path.to_string_lossy().into_owned()),
        })
        .collect();
    let mut human = String::new();
    let present = items.iter().filter(|item| item.path.is_some()).count();
    let _ = writeln!(human, "{}: {present} of {} here", session.paint.bold(dataset.title), items.len());
    for item in &items {
        let speed = item.speed_rpm.map_or("-".to_owned(), |rpm| format!("{rpm:.0} rpm"));
        let _ = writeln!(
            human,
            "{:<10} {:<7} {:<7} {:>6} Hz {speed:>9}  {:<12} {}{}",
            visible(&item.file),
            if item.path.is_some() { "here" } else { "missing" },
            item.fault,
            item.rate_hz,
            visible(&item.bearing_id),
            visible(&item.label),
            if item.quality.is_empty() {
                String::new()
            } else {
                format!("  [{}]", visible(&item.quality.join("; ")))
            },
        );
    }
    session.result(&arguments.result.target(), "brinell.data.list/1", true, &items, &human)?;
    Ok(Exit::Done)
}

fn list_sets(arguments: &DataList, session: &Session) -> Outcome<Exit> {
    let root = data_folder(&arguments.folder, &session.environment)?;
    let item = |dataset: &'static Dataset| {
        let catalogued = !dataset.catalogue.entries.is_empty();
        SetItem {
            name: dataset.name,
            title: dataset.title,
            homepage: dataset.homepage,
            licence: dataset.licence,
            recordings: dataset.catalogue.entries.len(),
            present: dataset.present(&root).present.len(),
            folder: catalogued.then(|| dataset.folder(&root).to_string_lossy().into_owned()),
        }
    };
    let items: Vec<SetItem> = layouts().iter().map(item).collect();
    let mut human = String::new();
    for item in &items {
        let here = match &item.folder {
            Some(folder) => {
                format!(
                    "{} of {} in {}",
                    item.present,
                    counted(item.recordings, "recording"),
                    visible(folder)
                )
            }
            None => format!("--layout {}", item.name),
        };
        let _ = writeln!(human, "{}  {}: {here}", session.paint.bold(item.name), item.title);
    }
    session.result(&arguments.result.target(), "brinell.data.sets/2", true, &items, &human)?;
    Ok(Exit::Done)
}

#[derive(Debug, Serialize)]
struct LayoutItem {
    name: &'static str,
    title: &'static str,
    citation: &'static str,
    homepage: &'static str,
    licence: &'static str,
    channels: Vec<LayoutChannel>,
    rate: Option<String>,
    speed: Option<String>,
    paths: Vec<&'static str>,
}

#[derive(Debug, Serialize)]
struct LayoutChannel {
    name: String,
    variable: String,
    unit: String,
    position: Option<String>,
    bearing: Option<String>,
}

/// What a layout without a catalogue says.
fn show_layout(known: &'static Dataset, arguments: &DataList, session: &Session) -> Outcome<Exit> {
    let layout = &known.layout;
    let frequency = |own: &Option<FrequencyLayout>| match own {
        Some(FrequencyLayout::Fixed(value)) => {
            Some(format!("{} Hz ({}: {})", value.value.0, value.origin, value.note))
        }
        Some(FrequencyLayout::Variable(own)) => Some(format!("in variable {}", own.variable.as_str())),
        None => None,
    };
    let item = LayoutItem {
        name: known.name,
        title: known.title,
        citation: known.citation,
        homepage: known.homepage,
        licence: known.licence,
        channels: layout
            .channels
            .iter()
            .map(|channel| LayoutChannel {
                name: channel.name.clone(),
                variable: channel.variable.to_string(),
                unit: channel.unit.value.to_string(),
                position: channel.position.clone(),
                bearing: channel.bearing.clone(),
            })
            .collect(),
        rate: frequency(&layout.rate),
        speed: frequency(&layout.speed),
        paths: layout.path.iter().flat_map(|path| &path.patterns).map(|pattern| pattern.as_str()).collect(),
    };
    let mut human = String::new();
    let mut line = |title: &str, words: &str| {
        let _ = writeln!(human, "  {title:<10}{words}");
    };
    line("from", &format!("{}, licence: {}", item.homepage, item.licence));
    line("cite", item.citation);
    for channel in &item.channels {
        let at = channel.position.as_deref().map(|at| format!(", {at}")).unwrap_or_default();
        line("channel", &format!("{} ({}), unit {}{at}", channel.name, channel.variable, channel.unit));
    }
    line("rate", item.rate.as_deref().unwrap_or("not stated: give --rate"));
    line("speed", item.speed.as_deref().unwrap_or("by path, where it says so"));
    for path in &item.paths {
        line("path", path);
    }
    line("next", &format!("brinell data import FOLDER --layout {}", item.name));
    let human = format!("{}  {}\n{human}", session.paint.bold(item.name), item.title);
    session.result(&arguments.result.target(), "brinell.data.layout/1", true, &item, &human)?;
    Ok(Exit::Done)
}

#[derive(Debug, Serialize)]
struct Verified {
    dataset: &'static str,
    folder: String,
    ok: Vec<String>,
    missing: Vec<String>,
    wrong: Vec<Wrong>,
}

#[derive(Debug, Serialize)]
struct Wrong {
    file: String,
    path: String,
    reason: String,
}

fn verify_files(arguments: &DataVerify, session: &Session) -> Outcome<Exit> {
    let dataset = named(&arguments.dataset)?;
    let root = data_folder(&arguments.folder, &session.environment)?;
    let doing = Doing { command: "data verify", path: &root };
    let report = verify(dataset, &root).map_err(|error| translate::formats(&error, doing))?;
    let data = Verified {
        dataset: dataset.name,
        folder: root.to_string_lossy().into_owned(),
        ok: report.ok,
        missing: report.missing,
        wrong: report
            .wrong
            .into_iter()
            .map(|wrong| Wrong {
                reason: translate::formats(&wrong.error, Doing { command: "data verify", path: &wrong.path })
                    .one_line(),
                file: wrong.file,
                path: wrong.path.to_string_lossy().into_owned(),
            })
            .collect(),
    };
    let mut human = String::new();
    for wrong in &data.wrong {
        let _ = writeln!(human, "{}  {}: {}", session.paint.bad("wrong"), visible(&wrong.path), wrong.reason);
    }
    let _ = writeln!(
        human,
        "{} of {}: {} right, {} wrong, {} not here",
        dataset.name,
        visible(&data.folder),
        data.ok.len(),
        data.wrong.len(),
        data.missing.len()
    );
    if data.ok.is_empty() && data.wrong.is_empty() {
        return Err(Failure::new(
            Code::DataMissing,
            format!("no recording of {} is in {}", dataset.name, shown(&root)),
        )
        .help(format!("brinell data fetch {} --data-dir {}", dataset.name, shell_path(&root)))
        .file(&root));
    }
    let clean = data.wrong.is_empty();
    session.result(&arguments.result.target(), "brinell.data.verify/1", clean, &data, &human)?;
    Ok(if clean { Exit::Done } else { Exit::Bad })
}
