//! `brinell data leakcheck`: what of a split's test is known from its training.

use crate::arguments::{DataFolder, HELP, ResultFile};
use crate::data_folder::data_folder;
use crate::exit::Exit;
use crate::failure::{Code, Failure, Outcome};
use crate::inputs;
use crate::session::Session;
use crate::terminal::visible;
use crate::translate::{self, Doing};
use brinell_learn::leak::{
    Finding, LeakReport, RecordingFacts, SplitRow, SplitTable, check_recordings, check_split, locate,
};
use brinell_signal::counted;
use clap::Args;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  brinell data leakcheck runs/cwru/folds/leave-one-size-out/size-0.007-in/seed-0/split.csv
  brinell data leakcheck theirs.csv --data-dir recordings/
  brinell data leakcheck recordings/ --json | jq .data.findings";

const AFTER: &str = "\
A split is a CSV file with the columns file and part (train, validation, test...); sensor, start, length,
stride, count, rate_hz, bearing, class and fold are used where they are there. Its recordings are looked for
beside it, in --data-dir and in the folder of the data sets. Exit code 1: something was found.";

/// Lines of one kind that are printed; all are in the JSON.
const SHOWN: usize = 8;

/// Find what a split's test shares with its training, and classes told by rate, level or length
#[derive(Debug, Args)]
#[command(help_template = HELP, before_help = EXAMPLES, after_help = AFTER)]
pub(crate) struct Leakcheck {
    /// A table of segments and parts, or a folder of recordings
    #[arg(value_name = "SPLIT.csv|FOLDER")]
    path: PathBuf,
    #[command(flatten)]
    folder: DataFolder,
    #[command(flatten)]
    result: ResultFile,
}

/// Prints what was found.
pub(crate) fn run(arguments: &Leakcheck, session: &mut Session) -> Outcome<Exit> {
    let report = match arguments.path.is_dir() {
        true => of_folder(&arguments.path, session)?,
        false => of_split(arguments, session)?,
    };
    let clean = report.is_clean();
    let human = text(&report, session);
    session.result(&arguments.result.target(), "brinell.data.leakcheck/1", clean, &report, &human)?;
    Ok(if clean { Exit::Done } else { Exit::Bad })
}

fn of_folder(folder: &Path, session: &mut Session) -> Outcome<LeakReport> {
    let inputs = inputs::expand(&[folder.to_owned()])?;
    for (_, failure) in &inputs.failures {
        session.warn(failure.one_line());
    }
    let found = inputs.files.into_iter().map(|path| {
        let name = path.strip_prefix(folder).unwrap_or(&path).to_string_lossy().into_owned();
        (name, path)
    });
    let recordings = read(found.collect(), &BTreeMap::new(), session)?;
    if recordings.is_empty() {
        return Err(inputs::none(&[folder.to_owned()]));
    }
    Ok(check_recordings(&recordings))
}

fn of_split(arguments: &Leakcheck, session: &mut Session) -> Outcome<LeakReport> {
    let path = &arguments.path;
    let doing = Doing { command: "data leakcheck", path };
    let table = SplitTable::read(path).map_err(|error| refused(&error, Code::ManifestInvalid, doing))?;
    // the folder of the data sets is one place among others: without it the rest is checked
    let sets = data_folder(&arguments.folder, &session.environment).ok();
    let beside = path.parent().unwrap_or(Path::new("."));
    let folders: Vec<&Path> = [beside, Path::new(".")].into_iter().chain(sets.as_deref()).collect();
    let found: Vec<(String, PathBuf)> = table
        .files()
        .into_iter()
        .filter_map(|file| Some((file.to_owned(), locate(file, &folders)?)))
        .collect();
    let mut rows = BTreeMap::<&str, Vec<&SplitRow>>::new();
    for row in &table.rows {
        rows.entry(&row.file).or_default().push(row);
    }
    let recordings = read(found, &rows, session)?;
    Ok(check_split(&table, &recordings))
}

/// Reads recordings, several at a time; one that cannot be read is a warning.
fn read(
    files: Vec<(String, PathBuf)>,
    rows: &BTreeMap<&str, Vec<&SplitRow>>,
    session: &mut Session,
) -> Outcome<Vec<RecordingFacts>> {
    let facts = |(name, path): &(String, PathBuf)| {
        let rows = rows.get(name.as_str()).map_or(&[][..], Vec::as_slice);
        RecordingFacts::read(name, path, rows)
            .map_err(|error| refused(&error, Code::DataInvalid, Doing { command: "data leakcheck", path }))
    };
    let read: Vec<Result<RecordingFacts, Box<Failure>>> = files.par_iter().map(facts).collect();
    let mut recordings = Vec::new();
    for one in read {
        match one {
            Ok(facts) => recordings.push(facts),
            Err(failure) => session.warn(failure.one_line()),
        }
    }
    Ok(recordings)
}

/// A table or a recording that is none.
fn refused(error: &brinell_learn::Error, code: Code, doing: Doing<'_>) -> Box<Failure> {
    match error {
        brinell_learn::Error::Data { .. } => {
            translate::from_message(code, &error.to_string()).file(doing.path)
        }
        other => translate::learn(other, doing),
    }
}

fn text(report: &LeakReport, session: &Session) -> String {
    let paint = session.paint;
    let mut text = String::new();
    let mut kinds: Vec<(&'static str, Vec<&Finding>)> = Vec::new();
    for finding in &report.findings {
        let heading = finding.heading();
        match kinds.iter_mut().find(|(known, _)| *known == heading) {
            Some((_, of)) => of.push(finding),
            None => kinds.push((heading, vec![finding])),
        }
    }
    for (heading, findings) in &kinds {
        let _ = writeln!(text, "{} ({})", paint.bad(heading), findings.len());
        for finding in findings.iter().take(SHOWN) {
            let _ = writeln!(text, "  {}", visible(&finding.to_string()));
        }
        if findings.len() > SHOWN {
            let _ = writeln!(text, "  and {} more; all of them with --json", findings.len() - SHOWN);
        }
    }
    for unchecked in &report.unchecked {
        let line = format!("{}: {}", unchecked.check, unchecked.why);
        let _ = writeln!(text, "{} {}", paint.caution("not checked"), visible(&line));
    }
    let looked_at = match report.segments {
        0 => counted(report.recordings, "recording"),
        segments => format!(
            "{} in {}, content of {}",
            counted(segments as usize, "segment"),
            counted(report.folds, "fold"),
            counted(report.recordings, "recording")
        ),
    };
    let verdict = match report.findings.len() {
        0 => paint.good("nothing found"),
        count => paint.bad(&counted(count, "finding")),
    };
    let _ = writeln!(text, "{verdict}: {looked_at}");
    text
}
