//! Which files are meant: files, folders (walked in natural order, hidden files left out), patterns, manifests and lists.

use crate::failure::{Code, Failure, Outcome, unreadable};
use crate::manifest::is_manifest;
use crate::natural;
use crate::report_folder::is_report_folder;
use crate::terminal::{shell_path, shown};
use brinell_formats::is_recording;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The files that were meant.
#[derive(Debug, Default)]
pub(crate) struct Inputs {
    /// In the order in which they are worked on.
    pub(crate) files: Vec<PathBuf>,
    /// Folders and list entries that could not be read, and folders without a recording.
    pub(crate) failures: Vec<(PathBuf, Box<Failure>)>,
    /// Files in folders that are no recordings, and folders of reports.
    pub(crate) skipped: Skipped,
    /// Whether any folder was named.
    pub(crate) folders: bool,
    /// Tables of recordings, where they are looked for.
    pub(crate) manifests: Vec<PathBuf>,
    seek_manifests: bool,
}

/// What was passed over: how many, and the first of them.
#[derive(Debug, Default)]
pub(crate) struct Skipped {
    pub(crate) number: usize,
    first: Vec<PathBuf>,
}

impl Skipped {
    /// Names that are kept.
    const NAMED: usize = 20;

    fn add(&mut self, path: &Path) {
        self.number += 1;
        if self.first.len() < Self::NAMED {
            self.first.push(path.to_owned());
        }
    }

    /// Those of which the names are known, in words.
    pub(crate) fn names(&self) -> String {
        let names: Vec<String> = self.first.iter().map(|path| shown(path)).collect();
        let more = if self.number > names.len() { ", ..." } else { "" };
        names.join(", ") + more
    }
}

/// Finds the files behind arguments: a file stands for itself, a folder for the recordings in it, a pattern (`*`, `?`,
/// `[a-c]`, `**`) for what fits it, `@LIST` for the paths in a text file, one a line.
pub(crate) fn expand(arguments: &[PathBuf]) -> Outcome<Inputs> {
    find(arguments, false)
}

/// As [`expand`]; tables with a column `file` are set apart as manifests.
pub(crate) fn expand_with_manifests(arguments: &[PathBuf]) -> Outcome<Inputs> {
    find(arguments, true)
}

fn find(arguments: &[PathBuf], seek_manifests: bool) -> Outcome<Inputs> {
    let mut inputs = Inputs { seek_manifests, ..Inputs::default() };
    for argument in arguments {
        match list_name(argument) {
            Some(list) => {
                let text = std::fs::read(&list).map_err(|error| unreadable(&list, &error))?;
                for line in text.split(|byte| *byte == b'\n') {
                    let line = line.strip_suffix(b"\r").unwrap_or(line);
                    if !line.is_empty() {
                        inputs.add(&path_of(line));
                    }
                }
            }
            None => inputs.add(argument),
        }
    }
    Ok(inputs)
}

/// The list behind `@LIST`.
fn list_name(argument: &Path) -> Option<PathBuf> {
    let rest = argument.as_os_str().as_encoded_bytes().strip_prefix(b"@")?;
    Some(path_of(rest)).filter(|path| !path.as_os_str().is_empty())
}

/// A path from the bytes of a list: kept as they are where the system allows it.
fn path_of(bytes: &[u8]) -> PathBuf {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        PathBuf::from(std::ffi::OsStr::from_bytes(bytes))
    }
    #[cfg(not(unix))]
    {
        PathBuf::from(String::from_utf8_lossy(bytes).into_owned())
    }
}

impl Inputs {
    fn add(&mut self, path: &Path) {
        if let Some(fitting) = fitting(path) {
            self.folders = true;
            if fitting.is_empty() {
                self.failures.push((path.to_owned(), without_fit(path)));
            }
            fitting.iter().for_each(|path| self.add(path));
            return;
        }
        if !path.is_dir() {
            let manifest = self.seek_manifests && is_manifest(path);
            if manifest { &mut self.manifests } else { &mut self.files }.push(path.to_owned());
            return;
        }
        self.folders = true;
        let before = (self.files.len(), self.failures.len(), self.skipped.number);
        let mut seen = BTreeSet::new();
        self.walk(path, &mut seen);
        if (self.files.len(), self.failures.len()) == (before.0, before.1) {
            self.failures.push((path.to_owned(), without_recording(path, self.skipped.number - before.2)));
        }
    }

    fn walk(&mut self, folder: &Path, seen: &mut BTreeSet<PathBuf>) {
        // A link that leads back up would never end.
        if let Ok(real) = folder.canonicalize()
            && !seen.insert(real)
        {
            return;
        }
        if is_report_folder(folder) {
            self.skipped.add(folder);
            return;
        }
        let entries = match std::fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) => {
                self.failures.push((folder.to_owned(), unreadable(folder, &error)));
                return;
            }
        };
        let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        paths.sort_by(|a, b| natural::compare_paths(a, b));
        for path in paths {
            let hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
            if hidden {
                continue;
            }
            if path.is_dir() {
                self.walk(&path, seen);
            } else if is_recording(&path) {
                self.files.push(path);
            } else {
                self.skipped.add(&path);
            }
        }
    }
}

/// What fits a pattern, in natural order; `None` for a path that is there, or holds no sign of a pattern.
fn fitting(path: &Path) -> Option<Vec<PathBuf>> {
    let text = path.to_str()?;
    if !text.contains(['*', '?', '[']) || path.symlink_metadata().is_ok() {
        return None;
    }
    let options = glob::MatchOptions { require_literal_leading_dot: true, ..glob::MatchOptions::new() };
    let mut found: Vec<PathBuf> = glob::glob_with(text, options).ok()?.flatten().collect();
    found.sort_by(|a, b| natural::compare_paths(a, b));
    Some(found)
}

fn without_fit(pattern: &Path) -> Box<Failure> {
    Failure::new(Code::FolderEmpty, format!("nothing fits the pattern {}", shown(pattern)))
        .why(
            "* stands for any part of a name, ? for one character, [a-c] for one of some, ** for any folders",
        )
        .help("look at what is there, or name a folder: all recordings in it are taken")
        .file(pattern)
}

/// A folder in which `others` files lie, and none that is taken for a recording.
fn without_recording(folder: &Path, others: usize) -> Box<Failure> {
    let held = match others {
        0 => "it and the folders in it hold no file (hidden ones are passed over)".to_owned(),
        1 => "the 1 file in it is none".to_owned(),
        many => format!("the {many} files in it are none"),
    };
    Failure::new(Code::FolderEmpty, format!("{} holds no recording", shown(folder)))
        .why(format!(
            "files of the formats that are read were looked for, by name and by their first bytes: {held}"
        ))
        .help("name another folder, or the files themselves; brinell list formats shows what is read")
        .file(folder)
}

/// Refuses to go on when nothing at all was found.
pub(crate) fn none(arguments: &[PathBuf]) -> Box<Failure> {
    let named: Vec<String> = arguments.iter().map(|path| shell_path(path)).collect();
    Failure::new(Code::FolderEmpty, format!("no recording in {}", named.join(" ")))
        .why("the list names no path")
        .help("one path a line, of a file or of a folder")
}
