//! What went wrong, for people and for programs: what, where, why, and a command that helps.

use crate::exit::Exit;
use crate::terminal::{Paint, shell_path, shown, visible};
use brinell_signal::UnitError;
use serde::Serialize;
use std::fmt::Write as _;
use std::io;
use std::path::Path;

/// Every kind of failure. The list is closed: `errors.md` beside this crate explains each word, and
/// a test keeps the two equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Code {
    Usage,
    Quantity,
    Geometry,
    BearingUnknown,
    NameUnknown,
    ConfigInvalid,
    ManifestInvalid,
    OutputExists,
    Offline,
    FileMissing,
    FileUnreadable,
    FileTruncated,
    FileDamaged,
    FormatUnknown,
    FormatUnsupported,
    FolderEmpty,
    RateUnknown,
    SpeedUnknown,
    ChannelUnknown,
    DataInvalid,
    DataMissing,
    ModelInvalid,
    ModelUnfit,
    RunInvalid,
    StoreInvalid,
    TrainingFailed,
    OutputUnwritable,
    TimeLimit,
    Resource,
    Network,
    Interrupted,
    ClosedPipe,
    Internal,
}

impl Code {
    /// All codes, in the order of the page that explains them.
    #[cfg(test)]
    pub(crate) const ALL: [Code; 33] = [
        Code::Usage,
        Code::Quantity,
        Code::Geometry,
        Code::BearingUnknown,
        Code::NameUnknown,
        Code::ConfigInvalid,
        Code::ManifestInvalid,
        Code::OutputExists,
        Code::Offline,
        Code::FileMissing,
        Code::FileUnreadable,
        Code::FileTruncated,
        Code::FileDamaged,
        Code::FormatUnknown,
        Code::FormatUnsupported,
        Code::FolderEmpty,
        Code::RateUnknown,
        Code::SpeedUnknown,
        Code::ChannelUnknown,
        Code::DataInvalid,
        Code::DataMissing,
        Code::ModelInvalid,
        Code::ModelUnfit,
        Code::RunInvalid,
        Code::StoreInvalid,
        Code::TrainingFailed,
        Code::OutputUnwritable,
        Code::TimeLimit,
        Code::Resource,
        Code::Network,
        Code::Interrupted,
        Code::ClosedPipe,
        Code::Internal,
    ];

    /// The word that stands for it in JSON.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Code::Usage => "usage",
            Code::Quantity => "quantity",
            Code::Geometry => "geometry",
            Code::BearingUnknown => "bearing_unknown",
            Code::NameUnknown => "name_unknown",
            Code::ConfigInvalid => "config_invalid",
            Code::ManifestInvalid => "manifest_invalid",
            Code::OutputExists => "output_exists",
            Code::Offline => "offline",
            Code::FileMissing => "file_missing",
            Code::FileUnreadable => "file_unreadable",
            Code::FileTruncated => "file_truncated",
            Code::FileDamaged => "file_damaged",
            Code::FormatUnknown => "format_unknown",
            Code::FormatUnsupported => "format_unsupported",
            Code::FolderEmpty => "folder_empty",
            Code::RateUnknown => "rate_unknown",
            Code::SpeedUnknown => "speed_unknown",
            Code::ChannelUnknown => "channel_unknown",
            Code::DataInvalid => "data_invalid",
            Code::DataMissing => "data_missing",
            Code::ModelInvalid => "model_invalid",
            Code::ModelUnfit => "model_unfit",
            Code::RunInvalid => "run_invalid",
            Code::StoreInvalid => "store_invalid",
            Code::TrainingFailed => "training_failed",
            Code::OutputUnwritable => "output_unwritable",
            Code::TimeLimit => "time_limit",
            Code::Resource => "resource",
            Code::Network => "network",
            Code::Interrupted => "interrupted",
            Code::ClosedPipe => "closed_pipe",
            Code::Internal => "internal",
        }
    }

    /// The exit code it leads to.
    pub(crate) fn exit(self) -> Exit {
        match self {
            Code::ClosedPipe => Exit::Done,
            Code::Usage
            | Code::Quantity
            | Code::Geometry
            | Code::BearingUnknown
            | Code::NameUnknown
            | Code::ConfigInvalid
            | Code::ManifestInvalid
            | Code::OutputExists
            | Code::Offline => Exit::Usage,
            Code::FileMissing
            | Code::FileUnreadable
            | Code::FileTruncated
            | Code::FileDamaged
            | Code::FormatUnknown
            | Code::FormatUnsupported
            | Code::FolderEmpty
            | Code::RateUnknown
            | Code::SpeedUnknown
            | Code::ChannelUnknown
            | Code::DataInvalid
            | Code::DataMissing
            | Code::ModelInvalid
            | Code::ModelUnfit
            | Code::RunInvalid
            | Code::StoreInvalid
            | Code::TrainingFailed
            | Code::TimeLimit => Exit::Input,
            Code::OutputUnwritable | Code::Resource => Exit::Resource,
            Code::Network => Exit::Network,
            Code::Interrupted => Exit::Signal(130),
            Code::Internal => Exit::Internal,
        }
    }
}

/// One failure, with everything its report shows.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    pub(crate) code: Code,
    /// Exit code; that of `code` unless a signal decides.
    pub(crate) exit: Exit,
    /// What: one line.
    pub(crate) what: String,
    /// Lines that belong to the first (the problems of a configuration).
    pub(crate) details: Vec<String>,
    /// Where: path, variable, byte offset, line and column.
    pub(crate) place: Option<String>,
    /// Why: expected against found.
    pub(crate) why: Option<String>,
    /// A command or flag to copy.
    pub(crate) help: Option<String>,
    /// The file it is about.
    pub(crate) file: Option<String>,
    /// The variable in that file.
    pub(crate) variable: Option<String>,
    /// The byte offset in that file.
    pub(crate) offset: Option<u64>,
    /// Line, from 1.
    pub(crate) line: Option<u64>,
    /// Column, from 1.
    pub(crate) column: Option<u64>,
}

/// `Failure` is large and rare: it travels in a box.
pub(crate) type Outcome<T> = Result<T, Box<Failure>>;

impl Failure {
    /// A failure that says only what; the rest is added by the methods below.
    pub(crate) fn new(code: Code, what: impl Into<String>) -> Box<Self> {
        Box::new(Self {
            code,
            exit: code.exit(),
            what: what.into(),
            details: Vec::new(),
            place: None,
            why: None,
            help: None,
            file: None,
            variable: None,
            offset: None,
            line: None,
            column: None,
        })
    }

    pub(crate) fn place(mut self: Box<Self>, place: impl Into<String>) -> Box<Self> {
        self.place = Some(place.into());
        self
    }

    pub(crate) fn why(mut self: Box<Self>, why: impl Into<String>) -> Box<Self> {
        self.why = Some(why.into());
        self
    }

    pub(crate) fn help(mut self: Box<Self>, help: impl Into<String>) -> Box<Self> {
        self.help = Some(help.into());
        self
    }

    /// Names the file it is about; it also becomes the place unless there is one.
    pub(crate) fn file(mut self: Box<Self>, path: &Path) -> Box<Self> {
        self.file = Some(path.to_string_lossy().into_owned());
        if self.place.is_none() {
            self.place = Some(shown(path));
        }
        self
    }

    /// Splits a text of several lines: the first says what, the others are details.
    pub(crate) fn from_lines(code: Code, text: &str) -> Box<Self> {
        let mut lines = text.lines();
        let mut failure = Self::new(code, visible(lines.next().unwrap_or("unknown failure")));
        failure.details = lines.map(visible).collect();
        failure
    }

    /// The text for the terminal, ending in a line break.
    pub(crate) fn render(&self, paint: Paint) -> String {
        let mut text = String::new();
        let _ = writeln!(text, "{}: {}", paint.bad("error"), paint.bold(&visible(&self.what)));
        for line in &self.details {
            let _ = writeln!(text, "{line}");
        }
        if let Some(place) = &self.place {
            let _ = writeln!(text, "  {} {}", paint.accent("-->"), visible(place));
        }
        for (word, line) in [("why", &self.why), ("help", &self.help)] {
            if let Some(line) = line {
                let _ = writeln!(text, "  {}: {}", paint.accent(word), visible(line));
            }
        }
        text
    }

    /// One line for lists of failures.
    pub(crate) fn one_line(&self) -> String {
        match &self.why {
            Some(why) => visible(&format!("{}: {why}", self.what)),
            None => visible(&self.what),
        }
    }

    /// What, why and what would be right, in one line.
    pub(crate) fn with_help(&self) -> String {
        let help = self.help.as_ref().map(|help| format!("; help: {}", visible(help)));
        self.one_line() + &help.unwrap_or_default()
    }

    /// The object that stands for it in JSON.
    pub(crate) fn to_json(&self) -> FailureJson<'_> {
        let mut message = self.what.clone();
        for line in &self.details {
            message.push('\n');
            message.push_str(line);
        }
        FailureJson {
            code: self.code.word(),
            exit: self.exit.number(),
            message,
            why: self.why.as_deref(),
            file: self.file.as_deref(),
            variable: self.variable.as_deref(),
            offset: self.offset,
            line: self.line,
            column: self.column,
            help: self.help.as_deref(),
        }
    }
}

/// A failure as an object.
#[derive(Debug, Serialize)]
pub(crate) struct FailureJson<'a> {
    code: &'static str,
    exit: u8,
    message: String,
    why: Option<&'a str>,
    file: Option<&'a str>,
    variable: Option<&'a str>,
    offset: Option<u64>,
    line: Option<u64>,
    column: Option<u64>,
    help: Option<&'a str>,
}

/// What a system error means, in words and without `os error`.
pub(crate) fn system_reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file or folder".into(),
        io::ErrorKind::PermissionDenied => "permission denied".into(),
        io::ErrorKind::StorageFull => "the disk is full".into(),
        io::ErrorKind::ReadOnlyFilesystem => "the file system is read-only".into(),
        io::ErrorKind::IsADirectory => "it is a folder".into(),
        io::ErrorKind::NotADirectory => "a part of the path is not a folder".into(),
        _ => without_number(&error.to_string()),
    }
}

/// A message of the system without its number: `Not a directory (os error 20)` becomes
/// `not a directory`.
pub(crate) fn without_number(text: &str) -> String {
    match text.split_once(" (os error ") {
        Some((words, _)) => words.to_lowercase(),
        None => text.to_owned(),
    }
}

/// A file or folder that could not be read.
pub(crate) fn unreadable(path: &Path, error: &io::Error) -> Box<Failure> {
    if error.kind() == io::ErrorKind::NotFound {
        let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        let failure = Failure::new(Code::FileMissing, format!("{} does not exist", shown(path)))
            .why(system_reason(error))
            .help(format!("ls {}", folder.map_or_else(|| ".".to_owned(), shell_path)));
        return failure.file(path);
    }
    Failure::new(Code::FileUnreadable, format!("{} cannot be read", shown(path)))
        .why(system_reason(error))
        .help(format!("ls -ld {}", shell_path(path)))
        .file(path)
}

/// A file or folder that could not be written.
pub(crate) fn unwritable(path: &Path, error: &io::Error) -> Box<Failure> {
    let no_room = [io::ErrorKind::StorageFull, io::ErrorKind::QuotaExceeded, io::ErrorKind::FileTooLarge];
    let (code, help) = match error.kind() {
        kind if no_room.contains(&kind) => (Code::Resource, "make room, or name another place with -o"),
        io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory => (
            Code::OutputUnwritable,
            "a file lies where a folder is needed: move it away, or name another place with -o",
        ),
        _ => (Code::OutputUnwritable, "name another place with -o"),
    };
    Failure::new(code, format!("{} cannot be written", shown(path)))
        .why(system_reason(error))
        .help(help)
        .file(path)
}

/// A quantity given with a flag that was refused.
pub(crate) fn refused_quantity(flag: &str, error: &UnitError) -> Box<Failure> {
    let failure = Failure::new(Code::Quantity, format!("{flag} {} {}", error.text, error.reason));
    // A number that no unit makes right is answered with one that is.
    let example = match flag.trim_start_matches('-') {
        "speed" => Some("1480rpm"),
        "rate" => Some("12kHz"),
        _ => None,
    };
    if let Some(example) = example.filter(|_| is_not_positive(&error.text)) {
        return failure.help(format!("for example {flag} {example}"));
    }
    if error.readings.is_empty() {
        return failure;
    }
    let readings: Vec<String> = error.readings.iter().map(|reading| format!("{flag} {reading}")).collect();
    failure.help(readings.join(" or "))
}

/// Whether the number that a quantity begins with is zero or less.
fn is_not_positive(text: &str) -> bool {
    let text = text.trim();
    let end = text
        .find(|c: char| !c.is_ascii_digit() && !matches!(c, '+' | '-' | '.' | 'e' | 'E'))
        .unwrap_or(text.len());
    // A comma stands for the decimal sign: what it begins is not read here.
    !text[end..].starts_with(',') && text[..end].parse::<f64>().is_ok_and(|number| number <= 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_explained_on_the_page_of_errors() {
        let page = include_str!("../errors.md");
        let listed: Vec<&str> = page
            .lines()
            .filter_map(|line| line.strip_prefix("| `"))
            .filter_map(|line| line.split('`').next())
            .collect();
        let known: Vec<&str> = Code::ALL.iter().map(|code| code.word()).collect();
        assert_eq!(listed, known);
        for (line, code) in page.lines().filter(|line| line.starts_with("| `")).zip(Code::ALL) {
            let number = line.split('|').nth(2).map(str::trim);
            assert_eq!(number, Some(code.exit().number().to_string().as_str()), "{line}");
        }
    }

    #[test]
    fn what_where_why_and_help_come_in_this_order() {
        let failure = Failure::new(Code::RateUnknown, "the sampling rate of a\u{1b}.mat is unknown")
            .place("a.mat, variable `X`")
            .why("the file holds none")
            .help("brinell diagnose a.mat --rate 12kHz");
        let text = failure.render(Paint::new(false));
        assert_eq!(
            text,
            "error: the sampling rate of a\\x1b.mat is unknown\n  --> a.mat, variable `X`\n  why: the file \
             holds none\n  help: brinell diagnose a.mat --rate 12kHz\n"
        );
    }

    #[test]
    fn system_errors_are_said_in_words() {
        let error = io::Error::from_raw_os_error(2);
        assert_eq!(system_reason(&error), "there is no such file or folder");
        assert!(!system_reason(&io::Error::from_raw_os_error(5)).contains("os error"));
    }
}
