//! `brinell data import`: the recordings of a folder as a catalogue, which `brinell diagnose` takes as it is.

use crate::arguments::HELP;
use crate::exit::Exit;
use crate::failure::{Code, Failure, FailureJson, Outcome, unreadable};
use crate::natural;
use crate::output::{check_place, write_file};
use crate::reading::{Reading, Stated};
use crate::session::{Session, Target};
use crate::terminal::{shell_path, shell_word, shown, visible};
use crate::translate::{self, Doing};
use brinell_formats::{CatalogueDraft, Source, catalogue_table, is_recording, probe_recording};
use brinell_signal::counted;
use clap::Args;
use rayon::prelude::*;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  brinell data import xjtu/ --layout xjtu-sy
  brinell data import rig3/ --layout rig3.toml -o rig3.csv
  brinell data import rig3/ --rate 25.6kHz --unit g -o rig3.csv";

/// Files that are looked at between two lines of progress.
const BATCH: usize = 64;

/// A catalogue of the recordings in a folder: what each file, its path and its layout say
#[derive(Debug, Args)]
#[command(help_template = HELP, before_help = EXAMPLES)]
pub(super) struct Import {
    /// Folder that is walked, with the folders in it
    folder: PathBuf,
    /// Catalogue that is written
    #[arg(short, long, value_name = "FILE", default_value = "catalogue.csv")]
    output: PathBuf,
    /// Replace the file if it exists
    #[arg(short, long)]
    force: bool,
    #[command(flatten)]
    reading: Reading,
}

#[derive(Debug, Serialize)]
struct Imported<'a> {
    catalogue: String,
    recordings: usize,
    /// Empty cells, by column.
    open: BTreeMap<&'static str, usize>,
    /// Recordings that show several damaged parts, which a catalogue cannot hold: their fault is left open.
    several_parts: usize,
    /// Recordings whose path fits no pattern of the layout.
    paths_unfit: usize,
    failed: Vec<FailureJson<'a>>,
}

/// A recording that was taken up.
struct Found {
    draft: CatalogueDraft,
    /// Whether a pattern of the layout fits its path.
    fits: bool,
}

/// Walks the folder and writes the table.
pub(super) fn run(arguments: &Import, session: &mut Session) -> Outcome<Exit> {
    let stated = arguments.reading.stated()?;
    check_place(&arguments.output, arguments.force)?;
    let mut walk = Walk { stated: &stated, files: Vec::new(), failures: Vec::new(), seen: BTreeSet::new() };
    walk.folder(&arguments.folder)?;
    let Walk { files, mut failures, .. } = walk;
    if files.is_empty() && failures.is_empty() {
        return Err(Failure::new(
            Code::FolderEmpty,
            format!("{} holds no recording", shown(&arguments.folder)),
        )
        .why("files of the formats that are read were looked for, and such as fit a pattern of the layout")
        .help("name another folder; brinell list formats shows what is read")
        .file(&arguments.folder));
    }
    let mut progress = session.progress();
    progress.stage("importing", files.len() as u64);
    let mut found = Vec::new();
    let seen = seen_from(&arguments.output, &arguments.folder);
    for batch in files.chunks(BATCH) {
        let look = |path: &PathBuf| look(path, (&arguments.folder, &seen), &stated);
        let looked: Vec<Outcome<Found>> = batch.par_iter().map(look).collect();
        for own in looked {
            match own {
                Ok(own) => found.push(own),
                Err(failure) => failures.push(*failure),
            }
        }
        progress.at(
            (found.len() + failures.len()) as u64,
            &batch.last().map(|path| shown(path)).unwrap_or_default(),
        );
    }
    progress.end();
    if found.is_empty() && failures.len() == 1 {
        return Err(Box::new(failures.remove(0)));
    }
    for failure in &failures {
        session.report(failure);
    }
    if !found.is_empty() {
        write(arguments, &found)?;
    }
    let exits: Vec<Exit> = failures.iter().map(|failure| failure.exit).collect();
    let data = summary(arguments, &stated, &found, &failures);
    let human = human(arguments, &data, session);
    session.result(
        &Target { file: None, force: false },
        "brinell.data.import/1",
        exits.is_empty(),
        &data,
        &human,
    )?;
    Ok(Exit::of_batch(found.len(), &exits, false))
}

/// Finds the files, in natural order.
struct Walk<'a> {
    stated: &'a Stated,
    files: Vec<PathBuf>,
    failures: Vec<Failure>,
    seen: BTreeSet<PathBuf>,
}

impl Walk<'_> {
    fn folder(&mut self, folder: &Path) -> Outcome<()> {
        // A link that leads back up would never end.
        if let Ok(real) = folder.canonicalize()
            && !self.seen.insert(real)
        {
            return Ok(());
        }
        let entries = std::fs::read_dir(folder).map_err(|error| unreadable(folder, &error))?;
        let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        paths.sort_by(|a, b| natural::compare_paths(a, b));
        for path in paths {
            if path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b".")) {
                continue;
            }
            if path.is_dir() {
                if let Err(failure) = self.folder(&path) {
                    self.failures.push(*failure);
                }
            } else if self.wanted(&path) {
                self.files.push(path);
            }
        }
        Ok(())
    }

    /// A file that a pattern of the layout fits, or that is taken for a recording; no table of an earlier import.
    fn wanted(&self, path: &Path) -> bool {
        let layout = self.stated.layout.as_deref().and_then(|layout| layout.path.as_ref());
        layout.is_some_and(|own| own.fits(path)) || is_recording(path) && !is_table(path)
    }
}

/// Whether a file begins as a catalogue does.
fn is_table(path: &Path) -> bool {
    use std::io::Read;
    let mut begin = [0; 5];
    let read = std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut begin));
    read.is_ok() && &begin == b"file,"
}

/// What one file says.
fn look(path: &Path, (folder, seen): (&Path, &str), stated: &Stated) -> Outcome<Found> {
    let failed = |error: brinell_formats::Error| translate::formats(&error, Doing { command: "probe", path });
    let source = Source::open(path).map_err(failed)?;
    let probe = probe_recording(&source, &stated.request()).map_err(failed)?;
    let sha256 = match probe.sha256 {
        Some(sha256) => sha256,
        None => source.sha256().map_err(failed)?,
    };
    let recording = probe.recording.map_err(failed)?;
    let below = path.strip_prefix(folder).unwrap_or(path);
    let draft = CatalogueDraft::new(seen, below, sha256, source.length(), &recording);
    Ok(Found { draft, fits: recording.path.is_some() })
}

fn write(arguments: &Import, found: &[Found]) -> Outcome<()> {
    let rows: Vec<CatalogueDraft> = found.iter().map(|own| own.draft.clone()).collect();
    let doing = Doing { command: "data import", path: &arguments.output };
    let table = catalogue_table(&rows).map_err(|error| translate::formats(&error, doing))?;
    write_file(&arguments.output, &table, arguments.force)
}

/// The folder as the catalogue names it: relative to its own where it lies below that.
fn seen_from(catalogue: &Path, folder: &Path) -> String {
    let own = match catalogue.parent() {
        Some(own) if !own.as_os_str().is_empty() => own,
        _ => Path::new("."),
    };
    let (Ok(own), Ok(folder)) = (own.canonicalize(), folder.canonicalize()) else {
        return folder.to_string_lossy().into_owned();
    };
    folder.strip_prefix(&own).unwrap_or(&folder).to_string_lossy().into_owned()
}

fn summary<'a>(
    arguments: &Import,
    stated: &Stated,
    found: &[Found],
    failures: &'a [Failure],
) -> Imported<'a> {
    let mut open = BTreeMap::new();
    for column in found.iter().flat_map(|own| own.draft.open()) {
        *open.entry(column).or_default() += 1;
    }
    let has_patterns = stated.layout.as_deref().is_some_and(|layout| layout.path.is_some());
    Imported {
        catalogue: arguments.output.to_string_lossy().into_owned(),
        recordings: found.len(),
        open,
        several_parts: found
            .iter()
            .filter(|own| own.draft.shows().is_some_and(|shown| shown.contains('+')))
            .count(),
        paths_unfit: found.iter().filter(|own| has_patterns && !own.fits).count(),
        failed: failures.iter().map(|failure| failure.to_json()).collect(),
    }
}

fn human(arguments: &Import, data: &Imported<'_>, session: &Session) -> String {
    let mut text = String::new();
    if data.recordings == 0 {
        let _ =
            writeln!(text, "no recording could be taken up, so {} was not written", visible(&data.catalogue));
        return text;
    }
    let _ = writeln!(
        text,
        "{}  {}",
        session.paint.bold(&visible(&data.catalogue)),
        counted(data.recordings, "recording")
    );
    for (column, rows) in &data.open {
        let _ = writeln!(
            text,
            "  {}      {column}: empty in {}",
            session.paint.caution("open"),
            counted(*rows, "row")
        );
    }
    if data.several_parts > 0 {
        let several = counted(data.several_parts, "recording");
        let _ = writeln!(
            text,
            "  note      {several} with several damaged parts: the fault is left open, the label names them"
        );
    }
    if data.paths_unfit > 0 {
        let unfit = counted(data.paths_unfit, "path");
        let _ = writeln!(text, "  note      no pattern of the layout fits {unfit}");
    }
    if !data.failed.is_empty() {
        let _ = writeln!(
            text,
            "  {}    {}, listed above",
            session.paint.bad("failed"),
            counted(data.failed.len(), "file")
        );
    }
    let layout = arguments.reading.layout.as_deref().map(|own| format!(" --layout {}", shell_path(own)));
    let variable =
        arguments.reading.variable.as_deref().map(|own| format!(" --variable {}", shell_word(own)));
    let _ = writeln!(
        text,
        "  next      brinell diagnose {}{}{} -o report/",
        shell_path(&arguments.output),
        layout.unwrap_or_default(),
        variable.unwrap_or_default()
    );
    text
}
