//! What can go wrong while finding, opening and reading recordings.
//!
//! A message has up to four parts, each on its own line: what happened, `-->` where, `why`, and
//! `help`. A caller prints it after `error: `.

use std::fmt;
use std::io;
use std::path::Path;

/// A result whose error is [`enum@Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What a caller should treat an error as, for instance to choose an exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The recording or catalogue is missing, damaged, unknown or says too little.
    Input,
    /// A layout, a name or a flag is wrong.
    Configuration,
    /// Disk, memory or permission.
    Resource,
    /// A download failed.
    Network,
}

/// An error of the formats room.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The operating system refused something.
    #[error("cannot {action} {path}\n  why: {cause}")]
    Io {
        /// File or folder.
        path: String,
        /// What was tried: `open`, `read`, `write`...
        action: &'static str,
        /// Kind of refusal.
        kind: io::ErrorKind,
        /// In words.
        cause: String,
    },
    /// A file of zero bytes.
    #[error("{path} is empty\n  why: the file has 0 bytes\n  help: copy or download it again")]
    Empty {
        /// The file.
        path: String,
    },
    /// No format recognised the file.
    #[error("{path} is not a recording that can be read\n  why: it looks like {looks_like}\n  help: {help}")]
    UnknownFormat {
        /// The file.
        path: String,
        /// What the first bytes look like.
        looks_like: String,
        /// What to do.
        help: String,
    },
    /// A format that is recognised and not read.
    #[error("{path} is a {format} file, which is not read\n  why: {why}\n  help: {help}")]
    RefusedFormat {
        /// The file.
        path: String,
        /// Name of the format.
        format: &'static str,
        /// Reason.
        why: &'static str,
        /// What to do.
        help: String,
    },
    /// The file ends before a length that it states.
    #[error(
        "{path} ends inside {}\n  --> {path}, byte {offset} ({element})\n  why: the element declares {declared} bytes, {left} are left: the copy was cut\n  help: copy or download the file again",
        named(.variable)
    )]
    Truncated {
        /// The file.
        path: String,
        /// Variable that was cut, when its name could still be read.
        variable: Option<String>,
        /// Length of the file: the byte at which it ends.
        offset: u64,
        /// The element that does not fit, with the byte at which it starts.
        element: String,
        /// Bytes that the element declares.
        declared: u64,
        /// Bytes that are left for it.
        left: u64,
    },
    /// The bytes contradict the format.
    #[error(
        "{path} is damaged in {}\n  --> {path}, byte {offset} ({element})\n  why: {why}\n  help: copy or download the file again; if it stays so, save it anew with the program that wrote it",
        named(.variable)
    )]
    Malformed {
        /// The file.
        path: String,
        /// Variable, when its name is known.
        variable: Option<String>,
        /// Byte in the file; for packed elements the byte where the packed element starts.
        offset: u64,
        /// The element, in words.
        element: String,
        /// What was expected and what was found.
        why: String,
    },
    /// A variable of a kind that is not read.
    #[error("variable `{variable}` of {path} is {what}, which is not supported\n  help: {help}")]
    Unsupported {
        /// The file.
        path: String,
        /// The variable.
        variable: String,
        /// Its kind.
        what: String,
        /// What to do.
        help: String,
    },
    /// A size beyond what is taken into memory.
    #[error(
        "{path} is too large to be read\n  why: {what} is {stated} bytes, the limit is {limit}\n  help: cut the recording into shorter files"
    )]
    Limit {
        /// The file.
        path: String,
        /// What is too large.
        what: String,
        /// Its size in bytes.
        stated: u64,
        /// The limit in bytes.
        limit: u64,
    },
    /// A packed file could not be unpacked.
    #[error("{path} cannot be unpacked\n  why: {why}\n  help: copy or download the file again")]
    Unpack {
        /// The packed file.
        path: String,
        /// Reason.
        why: String,
    },
    /// Nothing says how fast the recording was sampled.
    #[error(
        "the sampling rate of {path} is unknown\n  --> {path}, variable `{variable}` ({shape}, byte {offset})\n  why: {why}, and neither its layout nor a catalogue gives one\n  help: add the rate, for instance --rate 12kHz"
    )]
    RateUnknown {
        /// The file.
        path: String,
        /// First channel's variable.
        variable: String,
        /// Shape and class of that variable.
        shape: String,
        /// Byte at which it starts.
        offset: u64,
        /// What the file says of its rate.
        why: String,
    },
    /// A speed or rate variable holds no usable number.
    #[error(
        "variable `{variable}` of {path} is no usable {quantity}\n  why: {why}\n  help: give it, for instance {flag}"
    )]
    BadQuantity {
        /// The file.
        path: String,
        /// The variable.
        variable: String,
        /// `shaft speed` or `sampling rate`.
        quantity: &'static str,
        /// What was found.
        why: String,
        /// A flag that gives it.
        flag: &'static str,
    },
    /// The variable or channel that was asked for is not in the file.
    #[error("{path} holds no variable `{asked}`{}\n  why: it holds {available}", did_you_mean(.suggestion))]
    VariableUnknown {
        /// The file.
        path: String,
        /// What was asked for.
        asked: String,
        /// The nearest name.
        suggestion: Option<String>,
        /// Names that are there.
        available: String,
    },
    /// No variable can be a channel.
    #[error("{path} holds no variable that can be a channel\n  why: {why}\n  help: {help}")]
    NoChannel {
        /// The file.
        path: String,
        /// What it holds instead.
        why: String,
        /// What to do.
        help: String,
    },
    /// The file holds more than one recording and nothing says which is meant.
    #[error(
        "{path} holds several recordings: {names}\n  why: {why}\n  help: choose one, for instance --variable {example}"
    )]
    SeveralRecordings {
        /// The file.
        path: String,
        /// Their names.
        names: String,
        /// Why they are not one.
        why: String,
        /// One that can be chosen.
        example: String,
    },
    /// Samples, rate or speed that cannot form a recording.
    #[error("{path} cannot be used as a recording\n  why: {cause}")]
    Recording {
        /// The file.
        path: String,
        /// In words.
        cause: String,
    },
    /// A wrong TOML file.
    #[error("{name}:{line}:{column}: {message}\n  {line} | {line_text}\n  {blank} | {marker}", blank = blank(*.line), marker = marker(*.column, *.width))]
    Toml {
        /// Name of the file.
        name: String,
        /// Line, from 1.
        line: usize,
        /// Column in characters, from 1.
        column: usize,
        /// What is wrong, with the nearest right name.
        message: String,
        /// Text of that line.
        line_text: String,
        /// Width of the wrong part in characters.
        width: usize,
    },
    /// A wrong catalogue.
    #[error("{name}:{line}: column `{column}`: {message}")]
    Catalogue {
        /// Name of the catalogue.
        name: String,
        /// Line, from 1.
        line: u64,
        /// Name of the column.
        column: String,
        /// What is wrong.
        message: String,
    },
    /// No data set of that name.
    #[error("there is no data set `{asked}`{}\n  why: this build knows {known}", did_you_mean(.suggestion))]
    DatasetUnknown {
        /// What was asked for.
        asked: String,
        /// The nearest name.
        suggestion: Option<String>,
        /// Names that are known.
        known: String,
    },
    /// A data set of which only the layout is known.
    #[error(
        "{name} has no catalogue of recordings\n  why: this build knows its layout alone\n  help: get it from {homepage}, then brinell data import FOLDER --layout {name}"
    )]
    LayoutAlone {
        /// Name of the data set.
        name: String,
        /// Where it is published.
        homepage: String,
    },
    /// No layout of that name.
    #[error("there is no layout `{asked}`{}\n  why: it is no file, and the shipped layouts are {known}\n  help: brinell data list", did_you_mean(.suggestion))]
    LayoutUnknown {
        /// What was asked for.
        asked: String,
        /// The nearest name.
        suggestion: Option<String>,
        /// Names that are known.
        known: String,
    },
    /// No such file in the catalogue.
    #[error("the catalogue {dataset} has no file `{asked}`{}", did_you_mean(.suggestion))]
    EntryUnknown {
        /// Name of the data set.
        dataset: String,
        /// What was asked for.
        asked: String,
        /// The nearest name.
        suggestion: Option<String>,
    },
    /// A catalogued file that is not in the folder.
    #[error("{file} is not in {folder}\n  help: brinell data fetch {dataset} --only {only}")]
    EntryMissing {
        /// Name of the data set.
        dataset: String,
        /// File name.
        file: String,
        /// Folder that was searched.
        folder: String,
        /// Name for `--only`.
        only: String,
    },
    /// A file that is not what its name says.
    #[error(
        "{file} is not the catalogued recording\n  --> {path}\n  why: {expected} expected, {found} found\n  help: fetch it again with --force"
    )]
    Checksum {
        /// File name in the catalogue.
        file: String,
        /// Path or address.
        path: String,
        /// Expected size and SHA-256.
        expected: String,
        /// Size and SHA-256 that were found.
        found: String,
    },
    /// A download failed.
    #[error("cannot download {url}\n  why: {why}\n  help: {help}")]
    Network {
        /// Address.
        url: String,
        /// Reason.
        why: String,
        /// What to do.
        help: String,
        /// Whether no server was reached at all, so that the next file would fail as well.
        unreachable: bool,
    },
    /// This build cannot download.
    #[error(
        "this build cannot download\n  why: it was made without the feature `download`\n  help: give a folder with --from"
    )]
    NoDownload,
    /// A name or value that cannot be written.
    #[error("cannot write {path}\n  why: {why}")]
    Unwritable {
        /// The file.
        path: String,
        /// Reason.
        why: String,
    },
}

impl Error {
    /// Wraps an error of the operating system.
    pub(crate) fn io(path: &Path, action: &'static str, error: &io::Error) -> Self {
        let cause = match error.kind() {
            io::ErrorKind::NotFound => "there is no such file or folder".to_owned(),
            io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
            io::ErrorKind::StorageFull => "the disk is full".to_owned(),
            io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
            _ => error.to_string(),
        };
        Self::Io { path: path.display().to_string(), action, kind: error.kind(), cause }
    }

    /// What to treat this error as.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Io { kind: io::ErrorKind::StorageFull | io::ErrorKind::OutOfMemory, .. } => {
                ErrorKind::Resource
            }
            Self::Toml { .. }
            | Self::DatasetUnknown { .. }
            | Self::LayoutAlone { .. }
            | Self::LayoutUnknown { .. }
            | Self::EntryUnknown { .. }
            | Self::Unwritable { .. }
            | Self::NoDownload => ErrorKind::Configuration,
            Self::Network { .. } => ErrorKind::Network,
            _ => ErrorKind::Input,
        }
    }

    /// A short, stable name for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Io { .. } => "io",
            Self::Empty { .. } => "empty",
            Self::UnknownFormat { .. } => "format_unknown",
            Self::RefusedFormat { .. } => "format_refused",
            Self::Truncated { .. } => "truncated",
            Self::Malformed { .. } => "malformed",
            Self::Unsupported { .. } => "unsupported",
            Self::Limit { .. } => "too_large",
            Self::Unpack { .. } => "unpack",
            Self::RateUnknown { .. } => "rate_unknown",
            Self::BadQuantity { .. } => "bad_quantity",
            Self::VariableUnknown { .. } => "variable_unknown",
            Self::NoChannel { .. } => "no_channel",
            Self::SeveralRecordings { .. } => "several_recordings",
            Self::Recording { .. } => "recording",
            Self::Toml { .. } => "toml",
            Self::Catalogue { .. } => "catalogue",
            Self::DatasetUnknown { .. } => "dataset_unknown",
            Self::LayoutAlone { .. } => "layout_alone",
            Self::LayoutUnknown { .. } => "layout_unknown",
            Self::EntryUnknown { .. } => "entry_unknown",
            Self::EntryMissing { .. } => "entry_missing",
            Self::Checksum { .. } => "checksum",
            Self::Network { .. } => "network",
            Self::NoDownload => "no_download",
            Self::Unwritable { .. } => "unwritable",
        }
    }

    /// The first line: what happened, without where, why and help.
    #[must_use]
    pub fn headline(&self) -> String {
        let text = self.to_string();
        text.lines().next().unwrap_or_default().to_owned()
    }
}

/// The name among `known` that is most like `asked`, if any is like it at all.
pub(crate) fn nearest<'a>(asked: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let lower = asked.to_lowercase();
    let mut best: Option<(f64, &str)> = None;
    for name in known {
        let score = strsim::jaro_winkler(&lower, &name.to_lowercase());
        if score >= 0.8 && best.is_none_or(|(top, _)| score > top) {
            best = Some((score, name));
        }
    }
    best.map(|(_, name)| name.to_owned())
}

fn named(variable: &Option<String>) -> String {
    match variable {
        Some(name) => format!("variable `{name}`"),
        None => "its structure".to_owned(),
    }
}

fn did_you_mean(suggestion: &Option<String>) -> String {
    match suggestion {
        Some(name) => format!("; did you mean `{name}`?"),
        None => String::new(),
    }
}

fn blank(line: usize) -> impl fmt::Display {
    " ".repeat(line.to_string().len())
}

fn marker(column: usize, width: usize) -> impl fmt::Display {
    format!("{}{}", " ".repeat(column.saturating_sub(1)), "^".repeat(width.max(1)))
}
