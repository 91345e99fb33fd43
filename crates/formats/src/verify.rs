//! Checks the files of a data set against the hashes of its catalogue.

use crate::dataset::Dataset;
use crate::error::{Error, Result};
use crate::reading::check_hash;
use crate::source::Source;
use std::path::{Path, PathBuf};

/// What was found for each recording of a catalogue, in catalogue order.
#[derive(Debug, Default)]
pub struct VerifyReport {
    /// File names whose size and hash are right.
    pub ok: Vec<String>,
    /// File names that are not in the folder.
    pub missing: Vec<String>,
    /// Files that are there and wrong or unreadable.
    pub wrong: Vec<WrongFile>,
}

/// A file that is not the catalogued one.
#[derive(Debug)]
pub struct WrongFile {
    /// File name in the catalogue.
    pub file: String,
    /// Where it lies.
    pub path: PathBuf,
    /// [`Error::Checksum`], or why it could not be read.
    pub error: Error,
}

impl VerifyReport {
    /// Whether nothing that is there is wrong (files may be missing).
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.wrong.is_empty()
    }
}

/// Hashes every file of `dataset` that lies in `folder`; one bad file does not stop the others.
///
/// # Errors
/// When `folder` is no folder.
pub fn verify(dataset: &Dataset, folder: &Path) -> Result<VerifyReport> {
    std::fs::read_dir(folder).map_err(|e| Error::io(folder, "open", &e))?;
    let presence = dataset.present(folder);
    let mut report = VerifyReport::default();
    for (entry, path) in presence.present {
        match verify_file(entry, &path) {
            Ok(()) => report.ok.push(entry.file_name()),
            Err(error) => report.wrong.push(WrongFile { file: entry.file_name(), path, error }),
        }
    }
    report.missing.extend(presence.missing.iter().map(|entry| entry.file_name()));
    Ok(report)
}

/// Checks one file, plain or packed, against its catalogue entry.
///
/// # Errors
/// [`Error::Checksum`] that names the file, or why it could not be read.
pub fn verify_file(entry: &crate::catalogue::Entry, path: &Path) -> Result<()> {
    let source = Source::open(path)?;
    let sha256 = source.sha256()?;
    check_hash(entry, path, &sha256, source.length())
}
