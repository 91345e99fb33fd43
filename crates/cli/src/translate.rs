//! The errors of the other rooms as failures: a code, an exit code, and a command that helps.

use crate::channel_choice::ALL;
use crate::failure::{Code, Failure, system_reason, unwritable, without_number};
use crate::output::exists_already;
use crate::terminal::{shell_path, shell_word, shown, visible};
use brinell_learn::nearest;
use std::io;
use std::path::{Path, PathBuf};

/// What was being done when an error came up.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Doing<'a> {
    /// The command, as typed: `diagnose`.
    pub(crate) command: &'a str,
    /// The file it was about.
    pub(crate) path: &'a Path,
}

impl Doing<'_> {
    /// The command again, with one more flag.
    pub(crate) fn again(&self, flag: &str) -> String {
        format!("brinell {} {} {flag}", self.command, shell_path(self.path))
    }

    /// A layout in the folder of the file, as `brinell data simulate` writes one.
    fn layout_beside(&self) -> Option<PathBuf> {
        Some(self.path.with_file_name("layout.toml")).filter(|layout| layout.is_file())
    }

    /// Takes a room's message apart and puts the file in.
    fn failure(&self, code: Code, message: &str) -> Box<Failure> {
        // A line break in a file name must not be taken for one of the message.
        let raw = self.path.display().to_string();
        let mut failure = from_message(code, &message.replace(&raw, &visible(&raw)));
        failure.file = Some(self.path.to_string_lossy().into_owned());
        if failure.place.is_none() {
            failure.place = Some(visible(&raw));
        }
        failure
    }
}

/// Takes a message of several lines apart: what; `-->` where; `why:`; `help:`.
pub(crate) fn from_message(code: Code, message: &str) -> Box<Failure> {
    let mut lines = message.lines();
    let mut failure = Failure::new(code, lines.next().unwrap_or("unknown failure"));
    for line in lines {
        let text = line.trim_start();
        if let Some(place) = text.strip_prefix("--> ") {
            failure.place = Some(place.to_owned());
        } else if let Some(why) = text.strip_prefix("why: ") {
            failure.why = Some(without_number(why));
        } else if let Some(help) = text.strip_prefix("help: ") {
            failure.help = Some(help.to_owned());
        } else {
            failure.details.push(visible(line));
        }
    }
    failure
}

/// The code of an error of reading or writing recordings and catalogues.
fn formats_code(error: &brinell_formats::Error) -> Code {
    use brinell_formats::Error as E;
    match error {
        E::Io { kind: io::ErrorKind::NotFound, action: "open" | "read", .. } => Code::FileMissing,
        E::Io { action: "open" | "read", .. } => Code::FileUnreadable,
        E::Io { .. } | E::Unwritable { .. } => Code::OutputUnwritable,
        E::Empty { .. } | E::Truncated { .. } => Code::FileTruncated,
        E::UnknownFormat { .. } => Code::FormatUnknown,
        E::RefusedFormat { .. } | E::Unsupported { .. } => Code::FormatUnsupported,
        E::Malformed { .. } | E::Unpack { .. } | E::Checksum { .. } => Code::FileDamaged,
        E::RateUnknown { .. } => Code::RateUnknown,
        E::BadQuantity { quantity, .. } if quantity.contains("rate") => Code::RateUnknown,
        E::BadQuantity { .. } => Code::SpeedUnknown,
        E::VariableUnknown { .. } | E::NoChannel { .. } | E::SeveralRecordings { .. } => Code::ChannelUnknown,
        E::Toml { .. } | E::Catalogue { .. } => Code::ConfigInvalid,
        E::DatasetUnknown { .. }
        | E::LayoutAlone { .. }
        | E::LayoutUnknown { .. }
        | E::EntryUnknown { .. } => Code::NameUnknown,
        E::EntryMissing { .. } => Code::DataMissing,
        E::Network { .. } => Code::Network,
        E::NoDownload => Code::Usage,
        // Recordings that cannot be, sizes beyond the limit, and what may be added later.
        _ => Code::DataInvalid,
    }
}

/// An error of reading or writing recordings and catalogues.
pub(crate) fn formats(error: &brinell_formats::Error, doing: Doing<'_>) -> Box<Failure> {
    use brinell_formats::Error as E;
    let message = error.to_string();
    let code = formats_code(error);
    let about_a_file = !matches!(code, Code::NameUnknown | Code::Network | Code::Usage | Code::DataMissing);
    let mut failure = if about_a_file { doing.failure(code, &message) } else { from_message(code, &message) };
    match error {
        E::Io { kind: io::ErrorKind::NotFound, action: "open" | "read", .. } => {
            return crate::failure::unreadable(doing.path, &io::Error::from(io::ErrorKind::NotFound));
        }
        E::RateUnknown { variable, offset, why, .. } => {
            failure.variable = Some(variable.clone());
            failure.offset = Some(*offset);
            match doing.layout_beside() {
                Some(layout) => {
                    failure.why = Some(format!(
                        "{why}, and no catalogue knows it; the layout {} lies beside it and was not asked for",
                        shown(&layout)
                    ));
                    failure.help = Some(doing.again(&format!("--layout {}", shell_path(&layout))));
                }
                None => failure.help = Some(doing.again("--rate 12kHz")),
            }
        }
        E::Truncated { variable, offset, .. } | E::Malformed { variable, offset, .. } => {
            failure.variable.clone_from(variable);
            failure.offset = Some(*offset);
        }
        E::SeveralRecordings { example, .. } => {
            failure.help = Some(doing.again(&format!("--variable {}", shell_word(example))));
        }
        E::VariableUnknown { suggestion: Some(name), .. } => {
            failure.help = Some(doing.again(&format!("--variable {}", shell_word(name))));
        }
        E::BadQuantity { flag, variable, .. } => {
            failure.variable = Some(variable.clone());
            failure.help = Some(doing.again(flag));
        }
        E::Toml { line, column, .. } => {
            failure.line = u64::try_from(*line).ok();
            failure.column = u64::try_from(*column).ok();
        }
        E::Catalogue { line, .. } => failure.line = Some(*line),
        E::DatasetUnknown { .. } => failure.help = Some("brinell list datasets".to_owned()),
        E::EntryUnknown { dataset, .. } => failure.help = Some(format!("brinell data list {dataset}")),
        _ => {}
    }
    failure
}

/// An error of the signal room.
pub(crate) fn signal(error: &brinell_signal::Error, doing: Doing<'_>) -> Box<Failure> {
    use brinell_signal::Error as E;
    let code = match error {
        E::Quantity(_) | E::UnknownUnit { .. } => Code::Quantity,
        E::Geometry { .. } => Code::Geometry,
        _ => Code::DataInvalid,
    };
    doing.failure(code, &error.to_string())
}

/// The problems of an experiment or of a list of steps.
pub(crate) fn config(error: &brinell_learn::ConfigError) -> Box<Failure> {
    let mut failure = Failure::from_lines(Code::ConfigInvalid, &error.to_string());
    if let Some(problem) = error.problems.first().filter(|problem| problem.line > 0) {
        failure.line = u64::try_from(problem.line).ok();
        failure.column = u64::try_from(problem.column).ok();
    }
    failure.file = Some(error.name.clone());
    failure
}

/// An error of training, of a run folder or of a trained model.
pub(crate) fn learn(error: &brinell_learn::Error, doing: Doing<'_>) -> Box<Failure> {
    use brinell_learn::Error as E;
    let message = error.to_string();
    match error {
        // About a recording of the run, which the message names, and not about what was named.
        E::Formats(inner) => from_message(formats_code(inner), &inner.to_string()),
        E::Signal(inner) => signal(inner, doing),
        E::Config(inner) => config(inner),
        E::Io { action: "read" | "open", path, source } => crate::failure::unreadable(path, source),
        E::Io { path, source, .. } => unwritable(path, source),
        E::Data { .. } => from_message(Code::TrainingFailed, &message),
        E::Model(brinell_model::Error::Device { .. }) => {
            from_message(Code::Resource, &message).help("brinell doctor")
        }
        // While it worked.
        E::Model(brinell_model::Error::Gpu(_)) => match doing.command {
            "diagnose" => doing.failure(Code::Resource, &message).help(doing.again("--device cpu")),
            _ => from_message(Code::Resource, &message).help("the same command with --device cpu"),
        },
        E::RunFolderInUse { folder } => {
            exists_already(folder).why("the folder holds something already").help(format!(
                "brinell train --resume {0} to go on with it, --force to begin anew, or another -o",
                shell_path(folder)
            ))
        }
        E::RunFolder { folder, .. } => from_message(Code::RunInvalid, &message).file(folder),
        E::Scores { action: "read", path, .. } => from_message(Code::RunInvalid, &message)
            .file(path)
            .help("put the file back as it was, or remove its folder: brinell train --resume then trains the fold anew"),
        E::Store { path, .. } => from_message(Code::StoreInvalid, &message).file(path),
        E::Stopped { .. } => from_message(Code::Interrupted, &message),
        E::NotAModel { .. } => doing.failure(Code::ModelInvalid, &message),
        E::CannotScore { .. } => doing.failure(Code::ModelUnfit, &message),
        E::Interrupted { .. } => from_message(Code::Interrupted, &message),
        _ => from_message(Code::TrainingFailed, &message),
    }
}

/// An error of diagnosing.
pub(crate) fn diagnosis(error: &brinell_diagnosis::Error, doing: Doing<'_>) -> Box<Failure> {
    use brinell_diagnosis::Error as E;
    match error {
        E::UnknownBearing { .. } => crate::bearing_choice::unknown(error),
        E::UnknownChannel { known, asked } => {
            let mut failure = doing.failure(Code::ChannelUnknown, &error.to_string());
            let near = nearest(asked, known.iter().map(String::as_str)).or(known.first().map(String::as_str));
            if let Some(name) = near {
                let each = if matches!(doing.command, "diagnose" | "analyze") && known.len() > 1 {
                    format!(", or --channel {ALL} for a result of each")
                } else {
                    String::new()
                };
                failure.help = Some(doing.again(&format!("--channel {}", shell_word(name))) + &each);
            }
            failure
        }
        E::Signal(inner) => signal(inner, doing),
        E::Learn(inner) => learn(inner, doing),
        E::Formats(inner) => formats(inner, doing),
        _ => doing.failure(Code::DataInvalid, &error.to_string()),
    }
}

/// A file of settings that cannot be used; a mistake in its TOML has its line and column, and the line itself.
pub(crate) fn file_of_settings(code: Code, error: &brinell_diagnosis::Error) -> Box<Failure> {
    let mut failure = from_message(code, &error.to_string());
    if let brinell_diagnosis::Error::Formats(brinell_formats::Error::Toml { line, column, .. }) = error {
        failure.line = u64::try_from(*line).ok();
        failure.column = u64::try_from(*column).ok();
    }
    failure
}

/// An error of writing reports.
pub(crate) fn report(error: &brinell_report::Error) -> Box<Failure> {
    use brinell_report::Error as E;
    match error {
        E::Exists { path } => exists_already(path),
        E::Folder { folder: path, source } | E::Write { path, source } => unwritable(path, source),
        E::Table { path, reason } => unwritable(path, &io::Error::other(reason.clone())),
        E::Array { .. } => Failure::new(Code::Internal, error.to_string()),
        E::Encoding { .. } => Failure::new(Code::OutputUnwritable, error.to_string()),
        E::NoReport { path, reason } => {
            Failure::new(Code::DataInvalid, format!("{} is no report of brinell", shown(path)))
                .why(reason.clone())
                .help("name a .json file that brinell diagnose -o wrote")
                .file(path)
        }
        E::Font { .. } => Failure::new(Code::Usage, error.to_string()),
    }
}

/// A system error of a stage that is about no file of the user.
pub(crate) fn resource(what: &str, error: &io::Error) -> Box<Failure> {
    Failure::new(Code::Resource, what).why(system_reason(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_taken_apart_by_its_markers() {
        let text = "a.mat ends\n  --> a.mat, byte 7\n  why: cut\n  help: fetch it\n  more";
        let failure = from_message(Code::FileTruncated, text);
        assert_eq!(failure.what, "a.mat ends");
        assert_eq!(failure.place.as_deref(), Some("a.mat, byte 7"));
        assert_eq!(failure.why.as_deref(), Some("cut"));
        assert_eq!(failure.help.as_deref(), Some("fetch it"));
        assert_eq!(failure.details, ["  more"]);
    }
}
