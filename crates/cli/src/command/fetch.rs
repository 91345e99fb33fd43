//! `brinell data fetch`: brings the recordings of a data set to this machine.

use super::data::named;
use crate::arguments::{DataFolder, HELP};
use crate::data_folder::data_folder;
use crate::exit::Exit;
use crate::failure::{Code, Failure, FailureJson, Outcome, unreadable};
use crate::output::prepare_folder;
use crate::progress::Progress as Display;
use crate::session::{Session, Target};
use crate::terminal::{shell_path, shell_word, shown, visible};
use crate::translate::{self, Doing};
use brinell_formats::{Dataset, FetchPlan, Mirror, PlannedAction, PlannedFile, Progress, fetch, plan_fetch};
use brinell_signal::counted;
use clap::Args;
use serde::Serialize;
use std::fmt::Write as _;
use std::path::Path;

const EXAMPLES: &str = "\
Examples:
  brinell data fetch cwru --dry-run
  brinell data fetch cwru --only 97,105,118,130
  brinell data fetch cwru --from /media/stick/cwru";

/// Download recordings, resume what was cut, check every hash
#[derive(Debug, Args)]
#[command(help_template = HELP, before_help = EXAMPLES)]
pub(crate) struct Fetch {
    /// Name of the data set
    dataset: String,
    /// Only these recordings, by name
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    only: Vec<String>,
    /// A folder with copies, or an address to download from instead of the publisher's
    #[arg(long, value_name = "FOLDER|URL")]
    from: Option<String>,
    /// Fetch again what is there and wrong
    #[arg(short, long)]
    force: bool,
    /// Refuse to use the network
    #[arg(long)]
    offline: bool,
    /// Say what would be fetched, with sizes, and do nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
    #[command(flatten)]
    folder: DataFolder,
}

#[derive(Debug, Serialize)]
struct Planned {
    dry_run: bool,
    folder: String,
    bytes: u64,
    files: Vec<PlannedItem>,
}

#[derive(Debug, Serialize)]
struct PlannedItem {
    file: String,
    path: String,
    action: &'static str,
    bytes: Option<u64>,
    source: String,
}

#[derive(Debug, Serialize)]
struct Got<'a> {
    folder: String,
    written: Vec<GotItem>,
    kept: Vec<String>,
    missing: Vec<String>,
    not_tried: Vec<String>,
    failed: Vec<FailedItem<'a>>,
}

#[derive(Debug, Serialize)]
struct GotItem {
    file: String,
    path: String,
    bytes: u64,
    source: String,
}

#[derive(Debug, Serialize)]
struct FailedItem<'a> {
    file: String,
    error: FailureJson<'a>,
}

/// Fetches recordings.
pub(crate) fn run(arguments: &Fetch, session: &mut Session) -> Outcome<Exit> {
    let dataset = named(&arguments.dataset)?;
    let folder = dataset.folder(&data_folder(&arguments.folder, &session.environment)?);
    let plan = FetchPlan {
        folder,
        from: arguments.from.as_deref().map(Mirror::parse),
        only: (!arguments.only.is_empty()).then(|| arguments.only.clone()),
        force: arguments.force,
    };
    if let Some(Mirror::Dir(mirror)) = &plan.from {
        require_mirror(dataset, mirror)?;
    }
    let planned = plan_fetch(dataset, &plan).map_err(|error| failed(&error, &plan.folder))?;
    if arguments.offline {
        refuse_network(dataset, &plan, &planned)?;
    }
    if arguments.dry_run {
        return describe(&planned, &plan, session);
    }
    prepare_folder(&plan.folder)?;
    let mut display = session.progress();
    let result = fetch(dataset, &plan, &mut |progress| show(&mut display, progress));
    display.end();
    let report = result.map_err(|error| failed(&error, &plan.folder))?;

    let failures: Vec<(String, Box<Failure>)> = report
        .failed
        .iter()
        .map(|(file, error)| (file.clone(), failed(error, &plan.folder.join(file))))
        .collect();
    for (_, failure) in &failures {
        session.report(failure);
    }
    let mut human = String::new();
    for got in &report.written {
        let _ = writeln!(human, "{}  {} bytes", visible(&got.path.to_string_lossy()), got.bytes);
    }
    let left = report.missing.len() + report.not_tried.len();
    let _ = writeln!(
        human,
        "{} written, {} here already, {} failed, {left} not to be had; in {}",
        report.written.len(),
        report.kept.len(),
        failures.len(),
        shown(&plan.folder)
    );
    let exits: Vec<Exit> = failures.iter().map(|(_, failure)| failure.exit).collect();
    let done = report.written.len() + report.kept.len();
    let mut exit = Exit::of_batch(done, &exits, false);
    if !report.missing.is_empty() {
        let count = report.missing.len();
        match (&arguments.from, &plan.only) {
            // What was asked for by name has to come.
            (Some(from), Some(_)) => {
                let names = report.missing.join(", ");
                session.warn(format!("not in the mirror {}: {names}", visible(from)));
                if !matches!(exit, Exit::Internal | Exit::Resource) {
                    exit = Exit::Partial;
                }
            }
            // A mirror need not hold everything that is catalogued; it must hold something.
            (Some(from), None) => {
                session.warn(format!(
                    "{count} of {} catalogued files are not in the mirror {}",
                    dataset.catalogue.entries.len(),
                    visible(from)
                ));
                if done == 0 && exit == Exit::Done {
                    exit = Exit::Network;
                }
            }
            (None, _) => {
                session.warn(format!("not to be had: {}", report.missing.join(", ")));
                if exit == Exit::Done {
                    exit = if done == 0 { Exit::Network } else { Exit::Partial };
                }
            }
        }
    }
    let data = Got {
        folder: plan.folder.to_string_lossy().into_owned(),
        written: report
            .written
            .into_iter()
            .map(|got| GotItem {
                file: got.file,
                path: got.path.to_string_lossy().into_owned(),
                bytes: got.bytes,
                source: got.source,
            })
            .collect(),
        kept: report.kept,
        missing: report.missing,
        not_tried: report.not_tried,
        failed: failures
            .iter()
            .map(|(file, failure)| FailedItem { file: file.clone(), error: failure.to_json() })
            .collect(),
    };
    session.result(&Target::default(), "brinell.data.fetch/1", exit == Exit::Done, &data, &human)?;
    Ok(exit)
}

/// Refuses a folder of copies that is not there, or in which nothing of the data set lies.
fn require_mirror(dataset: &Dataset, mirror: &Path) -> Outcome<()> {
    let help = format!("brinell data fetch {} --from {}", dataset.name, "FOLDER");
    if let Err(error) = std::fs::read_dir(mirror) {
        let mut failure = unreadable(mirror, &error);
        failure.what = format!("--from {}", failure.what);
        return Err(failure.help(help));
    }
    if dataset.present(mirror).present.is_empty() {
        let what = format!("--from {} holds no recording of {}", shown(mirror), dataset.name);
        let count = dataset.catalogue.entries.len();
        return Err(Failure::new(Code::DataMissing, what)
            .why(format!("of {} in the catalogue none was found", counted(count, "recording")))
            .help(help)
            .file(mirror));
    }
    Ok(())
}

fn failed(error: &brinell_formats::Error, path: &Path) -> Box<Failure> {
    translate::formats(error, Doing { command: "data fetch", path })
}

fn describe(planned: &[PlannedFile], plan: &FetchPlan, session: &Session) -> Outcome<Exit> {
    let action = |file: &PlannedFile| match file.action {
        PlannedAction::Keep => "keep",
        PlannedAction::Write => "write",
        PlannedAction::Replace => "replace",
        PlannedAction::LeaveWrong => "leave",
        PlannedAction::Missing => "missing",
    };
    let fetched: Vec<&PlannedFile> = planned.iter().filter(|file| is_fetched(file)).collect();
    let bytes = fetched.iter().filter_map(|file| file.bytes).sum();
    let mut human = String::new();
    for file in planned {
        let size = file.bytes.map_or("unknown size".to_owned(), |bytes| format!("{bytes} bytes"));
        let word = action(file);
        let _ = writeln!(human, "would {word:<8} {}  {size}  {}", shown(&file.path), visible(&file.source));
    }
    let _ = writeln!(
        human,
        "{} of {} files, {bytes} bytes, into {}",
        fetched.len(),
        planned.len(),
        shown(&plan.folder)
    );
    let data = Planned {
        dry_run: true,
        folder: plan.folder.to_string_lossy().into_owned(),
        bytes,
        files: planned
            .iter()
            .map(|file| PlannedItem {
                file: file.file.clone(),
                path: file.path.to_string_lossy().into_owned(),
                action: action(file),
                bytes: file.bytes,
                source: file.source.clone(),
            })
            .collect(),
    };
    session.result(&Target::default(), "brinell.data.fetch.plan/1", true, &data, &human)?;
    Ok(Exit::Done)
}

fn is_fetched(file: &PlannedFile) -> bool {
    matches!(file.action, PlannedAction::Write | PlannedAction::Replace)
}

fn refuse_network(dataset: &Dataset, plan: &FetchPlan, planned: &[PlannedFile]) -> Outcome<()> {
    let needed = planned.iter().filter(|file| is_fetched(file)).count();
    if needed == 0 || matches!(plan.from, Some(Mirror::Dir(_))) {
        return Ok(());
    }
    let copies = shell_word("/path/to/copies");
    Err(Failure::new(
        Code::Offline,
        format!("{} of {} would have to be downloaded", counted(needed, "file"), dataset.name),
    )
    .why("--offline forbids the network")
    .help(format!(
        "brinell data fetch {} --from {copies} --data-dir {}",
        dataset.name,
        shell_path(plan.folder.parent().unwrap_or(&plan.folder))
    )))
}

fn show(display: &mut Display, progress: Progress<'_>) {
    match progress {
        Progress::Started { file, index: 0, count } => {
            display.stage("fetching", count as u64);
            display.at(0, file);
        }
        Progress::Started { file, index, .. } => display.at(index as u64, file),
        Progress::Advanced { file, done, total } => {
            let of = total.map_or(String::new(), |total| format!(" of {total}"));
            display.note(&format!("{file}: {done}{of} bytes"));
        }
        Progress::Retrying { file, why } => display.note(&format!("{file}: again, {why}")),
        _ => {}
    }
}
