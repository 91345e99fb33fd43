//! `brinell data leakcheck`: what of a split's test is known from its training.

mod run_splits;
mod text;

use crate::arguments::{DataFolder, HELP, ResultFile};
use crate::data_folder::data_folder;
use crate::exit::Exit;
use crate::failure::{Code, Failure, Outcome};
use crate::inputs;
use crate::session::Session;
use crate::translate::{self, Doing};
use brinell_learn::leak::{
    Checked, LeakSummary, RecordingFacts, SplitRow, SplitTable, Unreadable, Verdict, check_recordings,
    check_splits, locate,
};
use clap::Args;
use rayon::prelude::*;
use run_splits::{RunSplit, run_splits};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  brinell data leakcheck theirs.csv --data-dir recordings/
  brinell data leakcheck runs/cwru
  brinell data leakcheck recordings/ --json | jq .data.findings";

const AFTER: &str = "\
A split is a CSV file with the columns file and part (train, validation, test, or numbers of folds);
sensor, start, length, stride, count, rate_hz, bearing, class and fold are used where they are there.
Its recordings are looked for beside it, in the working folder and in --data-dir. Of a run that
`brinell train` wrote, every split.csv is checked, equal ones once. Of a folder of recordings, all are
compared with one another.

Found is what is equal bit by bit, from 512 samples on and at any shift; a copy that was scaled,
filtered, resampled or rounded is not. A bearing that validation shares with training is a note and no
leak of the test.

Exit code 0: nothing was found. 1: something was. 3: nothing could be checked: no recording was at
hand, or there are no two sides. 6: nothing was found, but recordings are missing or cannot be read,
segments lie outside them, or a fold lacks a part. What the table does not say (bearings, segments,
classes) is listed as not checked and changes no exit code. In the JSON, verdict says the same, and
clean is true with exit code 0 only.";

/// Find what a split's test shares with its training, and classes told by rate, level or length
#[derive(Debug, Args)]
#[command(help_template = HELP, before_help = EXAMPLES, after_help = AFTER)]
pub(crate) struct Leakcheck {
    /// A table of segments and parts, the folder of a run, or a folder of recordings
    #[arg(value_name = "SPLIT.csv|RUN|FOLDER")]
    path: PathBuf,
    #[command(flatten)]
    folder: DataFolder,
    #[command(flatten)]
    result: ResultFile,
}

/// Prints what was found.
pub(crate) fn run(arguments: &Leakcheck, session: &mut Session) -> Outcome<Exit> {
    let path = &arguments.path;
    let summary = if !path.is_dir() {
        let table = RunSplit { path: path.clone(), name: None, same_as: Vec::new() };
        of_splits(vec![table], arguments, session)?
    } else if let Some(splits) = run_splits(path)? {
        of_splits(splits, arguments, session)?
    } else {
        of_folder(path, session)?
    };
    let exit = match summary.verdict {
        Verdict::Found => Exit::Bad,
        Verdict::Clean => Exit::Done,
        Verdict::Partial => Exit::Partial,
        Verdict::Unchecked => Exit::Input,
    };
    let human = text::text(&summary, path, session.paint);
    let target = arguments.result.target();
    session.result(&target, "brinell.data.leakcheck/2", summary.clean, &summary, &human)?;
    Ok(exit)
}

fn of_folder(folder: &Path, session: &mut Session) -> Outcome<LeakSummary> {
    let inputs = inputs::expand(&[folder.to_owned()])?;
    for (_, failure) in &inputs.failures {
        session.warn(failure.one_line());
    }
    let found = inputs.files.into_iter().map(|path| {
        let name = path.strip_prefix(folder).unwrap_or(&path).to_string_lossy().into_owned();
        (name, path)
    });
    let (recordings, unreadable) = read(found.collect(), &BTreeMap::new(), session);
    if recordings.is_empty() {
        return Err(inputs::none(&[folder.to_owned()]));
    }
    let report = check_recordings(&recordings).with_unreadable(&unreadable);
    let checked = vec![Checked { path: None, same_as: Vec::new(), report }];
    Ok(LeakSummary::of(checked, recordings.len(), Vec::new()))
}

fn of_splits(splits: Vec<RunSplit>, arguments: &Leakcheck, session: &mut Session) -> Outcome<LeakSummary> {
    let read_table = |split: &RunSplit| {
        let doing = Doing { command: "data leakcheck", path: &split.path };
        SplitTable::read(&split.path).map_err(|error| refused(&error, Code::ManifestInvalid, doing))
    };
    let tables: Vec<SplitTable> = splits.iter().map(read_table).collect::<Outcome<_>>()?;
    // the folder of the data sets is one place among others: without it the rest is checked
    let sets = data_folder(&arguments.folder, &session.environment).ok();
    let beside = match arguments.path.is_dir() {
        true => arguments.path.as_path(),
        false => {
            arguments.path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
        }
    };
    let mut folders = vec![beside];
    for folder in [Path::new(".")].into_iter().chain(sets.as_deref()) {
        if !folders.contains(&folder) {
            folders.push(folder);
        }
    }
    let files: BTreeSet<&str> = tables.iter().flat_map(SplitTable::files).collect();
    let found: Vec<(String, PathBuf)> =
        files.into_iter().filter_map(|file| Some((file.to_owned(), locate(file, &folders)?))).collect();
    let mut rows = BTreeMap::<&str, Vec<&SplitRow>>::new();
    for row in tables.iter().flat_map(|table| &table.rows) {
        rows.entry(&row.file).or_default().push(row);
    }
    let (recordings, unreadable) = read(found, &rows, session);
    let reports = check_splits(&tables, &recordings);
    let checked = splits.into_iter().zip(reports).map(|(split, report)| Checked {
        path: split.name,
        same_as: split.same_as,
        report: report.with_unreadable(&unreadable),
    });
    let looked_in = folders.iter().map(|folder| folder.display().to_string()).collect();
    Ok(LeakSummary::of(checked.collect(), recordings.len(), looked_in))
}

/// Reads recordings, several at a time; one that cannot be read is a warning.
fn read(
    files: Vec<(String, PathBuf)>,
    rows: &BTreeMap<&str, Vec<&SplitRow>>,
    session: &mut Session,
) -> (Vec<RecordingFacts>, Vec<Unreadable>) {
    let facts = |(name, path): &(String, PathBuf)| {
        let rows = rows.get(name.as_str()).map_or(&[][..], Vec::as_slice);
        RecordingFacts::read(name, path, rows)
            .map_err(|error| refused(&error, Code::DataInvalid, Doing { command: "data leakcheck", path }))
    };
    let read: Vec<Result<RecordingFacts, Box<Failure>>> = files.par_iter().map(facts).collect();
    let (mut recordings, mut unreadable) = (Vec::new(), Vec::new());
    for ((name, _), one) in files.iter().zip(read) {
        match one {
            Ok(facts) => recordings.push(facts),
            Err(failure) => {
                session.warn(failure.one_line());
                unreadable.push(Unreadable { file: name.clone(), why: failure.one_line() });
            }
        }
    }
    (recordings, unreadable)
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
