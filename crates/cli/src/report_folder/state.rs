//! What is done, on the disk: nothing that was finished is lost when the program is killed.
//!
//! ```text
//! recordings/00000.parquet   peaks/00000.parquet   state/00000.jsonl.zst    parts that are full: 500 recordings each
//! recordings/00001.parquet   peaks/00001.parquet   state/open.jsonl         the last part
//! ```
//! A recording that is done is a line of `open.jsonl`, with its rows of the tables. When there are enough of them, they become
//! a part: the tables first, then the entries without those rows, then the open lines go. A kill between two of these steps
//! leaves the open lines, and the part is written again to the same bytes. At the end of a run the open lines become tables as
//! well, and stay: the next run goes on with the same part. In memory there are only entries of the last part, without their rows,
//! which are most of them; the lines are read again when they become tables.

use super::entry::Entry;
use crate::failure::{Code, Failure, Outcome, unreadable, unwritable};
use crate::output::write_file;
use crate::terminal::{shell_path, shown};
use crate::translate;
use brinell_report::{TABLE_FOLDERS, TableRows, table_paths, write_tables};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

/// Folder of the state within a report folder.
const FOLDER: &str = "state";

/// Says what the folder is. It is there from the begin to the end.
const MARK: &str = "batch.json";

/// Version of the form of the state.
const SCHEMA: &str = "brinell.batch/1";

/// Recordings in a part that is full. Their rows are in memory while they become tables.
const PART: usize = 500;

/// First line of the open part.
#[derive(Serialize, Deserialize)]
struct Head {
    schema: String,
    part: usize,
}

/// Whether a folder holds reports of this program.
pub(crate) fn is_report_folder(folder: &Path) -> bool {
    folder.join(FOLDER).join(MARK).is_file()
}

/// The state of a report folder that is being filled. While it lives, no other run may fill the folder.
#[derive(Debug)]
pub(crate) struct State {
    folder: PathBuf,
    /// Classes of the model, each a column of every part.
    classes: Vec<String>,
    /// Number of the open part.
    part: usize,
    /// Entries of the open part, without their rows of the tables: one for each line of `open.jsonl` behind the first.
    open: Vec<Entry>,
    /// `open.jsonl`, to which entries are added.
    lines: File,
    /// Whether entries were added since the tables of the open part were written.
    tables_are_old: bool,
    _lock: File,
}

impl State {
    /// Opens the state of a folder that is there, and makes it where there is none. With `fresh` all that an earlier run left
    /// of tables and state goes.
    pub(crate) fn open(folder: &Path, classes: Vec<String>, fresh: bool) -> Outcome<Self> {
        let place = folder.join(FOLDER);
        std::fs::create_dir_all(&place).map_err(|error| unwritable(&place, &error))?;
        let lock = lock(folder, &place.join("lock"))?;
        sweep(folder);
        if fresh {
            clear(folder)?;
        }
        let mark = place.join(MARK);
        match std::fs::read_to_string(&mark) {
            Ok(text) => check(&text, &mark)?,
            Err(_) => {
                write_file(&mark, format!("{{\"schema\":\"{SCHEMA}\",\"part\":{PART}}}\n").as_bytes(), true)?;
            }
        }
        let part = (0..).find(|number| !segment(folder, *number).is_file()).unwrap_or(0);
        let path = place.join("open.jsonl");
        let (open, whole) = read_open(&path, part)?;
        let lines = write_open(&path, part, &whole)?;
        let folder = folder.to_owned();
        let mut state = Self { folder, classes, part, open, lines, tables_are_old: true, _lock: lock };
        state.close_full_part()?;
        Ok(state)
    }

    /// Keeps an entry: once this has returned, a kill does not lose it.
    pub(crate) fn add(&mut self, entry: Entry) -> Outcome<()> {
        let mut line = json(&entry);
        line.push('\n');
        self.lines
            .write_all(line.as_bytes())
            .map_err(|error| unwritable(&self.path("open.jsonl"), &error))?;
        self.open.push(entry.without_rows());
        self.tables_are_old = true;
        self.close_full_part()
    }

    /// Writes the tables of the open part, so that they hold all that is done.
    pub(crate) fn flush(&mut self) -> Outcome<()> {
        if std::mem::take(&mut self.tables_are_old) && (!self.open.is_empty() || self.part == 0) {
            self.write_tables(self.open.len())?;
        }
        Ok(())
    }

    /// Calls `each` with every entry, in the order in which they were done.
    pub(crate) fn each(&self, each: &mut dyn FnMut(&Entry) -> Outcome<()>) -> Outcome<()> {
        for number in 0..self.part {
            read_segment(&self.folder, number)?.iter().try_for_each(&mut *each)?;
        }
        self.open.iter().try_for_each(each)
    }

    /// Takes the entries out of which `is_gone` says so, with their rows of the tables.
    pub(crate) fn take_out(&mut self, is_gone: &dyn Fn(&Entry) -> bool) -> Outcome<()> {
        for number in 0..self.part {
            let (kept, gone): (Vec<Entry>, Vec<Entry>) =
                read_segment(&self.folder, number)?.into_iter().partition(|entry| !is_gone(entry));
            if !gone.is_empty() {
                let configurations: BTreeSet<&str> =
                    gone.iter().map(|entry| entry.key.configuration.as_str()).collect();
                brinell_report::drop_rows(&self.folder, number, &configurations)
                    .map_err(|error| translate::report(&error))?;
                write_segment(&self.folder, number, &kept)?;
            }
        }
        if self.open.iter().any(is_gone) {
            let lines = self.open_lines()?.zip(&self.open).filter(|(_, entry)| !is_gone(entry));
            let kept = lines.map(|(line, _)| line).collect::<Outcome<Vec<String>>>()?;
            self.open.retain(|entry| !is_gone(entry));
            self.lines = write_open(&self.path("open.jsonl"), self.part, &kept)?;
            self.tables_are_old = true;
        }
        Ok(())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(FOLDER).join(name)
    }

    fn close_full_part(&mut self) -> Outcome<()> {
        while self.open.len() >= PART {
            self.write_tables(PART)?;
            write_segment(&self.folder, self.part, &self.open[..PART])?;
            let rest = self.open_lines()?.skip(PART).collect::<Outcome<Vec<String>>>()?;
            self.open.drain(..PART);
            self.part += 1;
            self.lines = write_open(&self.path("open.jsonl"), self.part, &rest)?;
        }
        Ok(())
    }

    /// The lines of the open part, one for each of its entries.
    fn open_lines(&self) -> Outcome<impl Iterator<Item = Outcome<String>> + use<>> {
        let path = self.path("open.jsonl");
        let file = File::open(&path).map_err(|error| unreadable(&path, &error))?;
        let lines = BufReader::new(file).lines().skip(1).take(self.open.len());
        Ok(lines.map(move |line| line.map_err(|error| unreadable(&path, &error))))
    }

    /// Writes the tables of the first `count` entries of the open part.
    fn write_tables(&self, count: usize) -> Outcome<()> {
        let path = self.path("open.jsonl");
        let mut rows: Vec<TableRows> = Vec::new();
        for line in self.open_lines()?.take(count) {
            let entry: Entry =
                serde_json::from_str(&line?).map_err(|error| damaged(&path, &error.to_string()))?;
            rows.extend(entry.results.into_iter().filter_map(|told| told.tables));
        }
        write_tables(&rows, &self.classes, &self.folder, self.part, true)
            .map(drop)
            .map_err(|error| translate::report(&error))
    }
}

fn json(entry: &Entry) -> String {
    // Plain data: serialising it cannot fail.
    serde_json::to_string(entry).unwrap_or_default()
}

/// One run at a time fills a folder.
fn lock(folder: &Path, path: &Path) -> Outcome<File> {
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(path);
    let file = file.map_err(|error| unwritable(path, &error))?;
    match file.try_lock() {
        // A file system without locks: the user looks after it.
        Ok(()) | Err(TryLockError::Error(_)) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            Err(Failure::new(Code::OutputUnwritable, format!("{} is in use", shown(folder)))
                .why("another run of brinell is filling it")
                .help("wait for it to end, or choose another folder with -o")
                .file(folder))
        }
    }
}

fn check(text: &str, mark: &Path) -> Outcome<()> {
    let schema = serde_json::from_str::<serde_json::Value>(text)
        .ok()
        .and_then(|value| value["schema"].as_str().map(str::to_owned));
    match schema.as_deref() {
        Some(SCHEMA) => Ok(()),
        other => Err(Failure::new(Code::DataInvalid, format!("{} is of another form", shown(mark)))
            .why(format!("its schema is `{}`, not `{SCHEMA}`", other.unwrap_or("missing")))
            .help("start anew: --force")
            .file(mark)),
    }
}

/// Removes what a run that was killed left of files that it was writing.
fn sweep(folder: &Path) {
    let places = TABLE_FOLDERS.iter().chain([&FOLDER]).map(|name| folder.join(name));
    for place in places.chain([folder.to_owned()]) {
        for entry in std::fs::read_dir(place).into_iter().flatten().flatten() {
            if entry.file_name().as_encoded_bytes().starts_with(b".brinell-") {
                drop(std::fs::remove_file(entry.path()));
            }
        }
    }
}

/// Removes tables and state of an earlier run; pages are written over.
fn clear(folder: &Path) -> Outcome<()> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |error: std::io::Error| unwritable(&path, &error)
    };
    for number in 0.. {
        let paths = table_paths(folder, number);
        let here = [paths.recordings, paths.peaks, segment(folder, number)];
        let mut any = false;
        for path in here.iter().filter(|path| path.is_file()) {
            std::fs::remove_file(path).map_err(failed(path))?;
            any = true;
        }
        if !any {
            break;
        }
    }
    for path in [folder.join(FOLDER).join("open.jsonl"), folder.join(FOLDER).join(MARK)] {
        if path.is_file() {
            std::fs::remove_file(&path).map_err(failed(&path))?;
        }
    }
    // Left where somebody keeps other files in them.
    TABLE_FOLDERS.iter().for_each(|table| drop(std::fs::remove_dir(folder.join(table))));
    Ok(())
}

fn segment(folder: &Path, number: usize) -> PathBuf {
    folder.join(FOLDER).join(format!("{number:05}.jsonl.zst"))
}

fn write_segment(folder: &Path, number: usize, entries: &[Entry]) -> Outcome<()> {
    let path = segment(folder, number);
    let lines: String = entries.iter().map(|entry| json(entry) + "\n").collect();
    let packed = zstd::encode_all(lines.as_bytes(), 0).map_err(|error| unwritable(&path, &error))?;
    write_file(&path, &packed, true)
}

fn read_segment(folder: &Path, number: usize) -> Outcome<Vec<Entry>> {
    let path = segment(folder, number);
    let file = File::open(&path).map_err(|error| unreadable(&path, &error))?;
    let lines = zstd::Decoder::new(file).map_err(|error| unreadable(&path, &error))?;
    let mut entries = Vec::new();
    for line in BufReader::new(lines).lines() {
        let line = line.map_err(|error| unreadable(&path, &error))?;
        entries.push(serde_json::from_str(&line).map_err(|error| damaged(&path, &error.to_string()))?);
    }
    Ok(entries)
}

fn damaged(path: &Path, why: &str) -> Box<Failure> {
    Failure::new(Code::FileDamaged, format!("{} is damaged", shown(path)))
        .why(why)
        .help("start anew with --force, or into another folder")
        .file(path)
}

/// The entries of the open part without their rows, and the lines that say all of them. A last line that was cut by a kill is
/// left out: its recording is diagnosed again.
fn read_open(path: &Path, part: usize) -> Outcome<(Vec<Entry>, Vec<String>)> {
    let Ok(bytes) = std::fs::read(path) else { return Ok((Vec::new(), Vec::new())) };
    // The last line may have been cut within a letter.
    let text = String::from_utf8_lossy(&bytes);
    let mut lines = text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n'));
    let head = lines.next().and_then(|line| serde_json::from_str::<Head>(line).ok());
    // Else it was cut in its first line, or is of a part that has become full.
    let lines: Vec<String> = match head {
        Some(head) if head.part >= part => lines.map(str::to_owned).collect(),
        _ => Vec::new(),
    };
    let entry = |line: &String| {
        let entry = serde_json::from_str::<Entry>(line).map_err(|error| damaged(path, &error.to_string()))?;
        Ok(entry.without_rows())
    };
    Ok((lines.iter().map(entry).collect::<Outcome<_>>()?, lines))
}

/// Writes the open part whole and opens it to be added to.
fn write_open(path: &Path, part: usize, lines: &[String]) -> Outcome<File> {
    let mut text =
        serde_json::to_string(&Head { schema: SCHEMA.to_owned(), part }).unwrap_or_default() + "\n";
    for line in lines {
        text += line;
        text.push('\n');
    }
    write_file(path, text.as_bytes(), true)?;
    OpenOptions::new().append(true).open(path).map_err(|error| unwritable(path, &error))
}

/// How to go on with a folder that was left.
pub(crate) fn to_go_on(folder: &Path) -> String {
    format!("the same command with --resume goes on in {}", shell_path(folder))
}
