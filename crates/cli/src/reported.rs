//! A recording by the report that was made of it: `a1f4c09d3b52-DE`, or the report's JSON file.

use crate::failure::{Code, Failure, Outcome, unreadable};
use crate::terminal::{shell_path, shown};
use crate::translate;
use brinell_diagnosis::{BearingUse, CatalogueBearing, Diagnosis};
use brinell_report::read_json;
use brinell_signal::{BearingGeometry, Hertz, Millimetres, Origin};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Identifiers that are told where the one that was asked for is none.
const TOLD: usize = 4;

/// The report that `what` names: its JSON file, or its identifier, looked for in `folder` and the folders in it.
/// `None` where it is neither: then it is a recording.
pub(crate) fn report(what: &Path, folder: &Path) -> Outcome<Option<Diagnosis>> {
    if what.exists() {
        let is_report = what.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json"));
        return if is_report { read(what).map(Some) } else { Ok(None) };
    }
    let Some(id) = what.to_str().and_then(identifier) else {
        return if is_bare_word(what) { Err(neither(what, folder)) } else { Ok(None) };
    };
    let mut found = Vec::new();
    for path in candidates(folder)?.into_iter().filter(|path| may_be_of(path, id)) {
        let report = read(&path)?;
        if report.id == id {
            found.push((path, report));
        }
    }
    // The whole name of a report's file says more than the identifier in it.
    if found.iter().any(|(path, _)| path.file_stem() == Some(what.as_os_str())) {
        found.retain(|(path, _)| path.file_stem() == Some(what.as_os_str()));
    }
    match (found.pop(), found.is_empty()) {
        (Some((_, report)), true) => Ok(Some(report)),
        (Some(last), false) => {
            found.push(last);
            let paths: Vec<&Path> = found.iter().map(|(path, _)| path.as_path()).collect();
            Err(several(id, &paths))
        }
        (None, _) => Err(Failure::new(
            Code::FileMissing,
            format!("no report {id} lies in {} or a folder in it", shown(folder)),
        )
        .why("a report is looked for by its .json file")
        .help("--reports FOLDER, or name the recording itself")),
    }
}

/// One identifier, several reports.
fn several(id: &str, paths: &[&Path]) -> Box<Failure> {
    let mut failure = Failure::new(Code::Usage, format!("{} reports have the identifier {id}", paths.len()))
        .why("the same recording was diagnosed more than once, and the reports may differ")
        .help(format!("name the one that is meant: brinell explain {}", shell_path(paths[0])));
    failure.details = paths.iter().map(|path| format!("  {}", shown(path))).collect();
    failure
}

/// A word that is no path: without a folder and without an ending.
fn is_bare_word(what: &Path) -> bool {
    what.extension().is_none() && what.components().count() == 1
}

/// A word that is no file and no identifier; the reports that lie there are told.
fn neither(what: &Path, folder: &Path) -> Box<Failure> {
    let files = candidates(folder).unwrap_or_default();
    let known: BTreeSet<&str> =
        files.iter().filter_map(|path| path.file_stem()?.to_str()).filter_map(identifier).collect();
    let told: Vec<&str> = known.iter().copied().take(TOLD).collect();
    let there = match (told.len(), known.len()) {
        (0, _) => format!("; {} holds no report, --reports FOLDER looks elsewhere", shown(folder)),
        (told_count, all) if told_count < all => {
            format!("; {} holds {} and {} more", shown(folder), told.join(", "), all - told_count)
        }
        _ => format!("; {} holds {}", shown(folder), told.join(", ")),
    };
    Failure::new(
        Code::FileMissing,
        format!("{} is neither a file nor the identifier of a report", shown(what)),
    )
    .why("an identifier has twelve hexadecimal digits, a dash and the channel: a1f4c09d3b52-DE")
    .help(format!("name the recording, or a report{there}"))
    .file(what)
}

/// The recording of a report, as it was when the report was made.
pub(crate) fn recording(report: &Diagnosis) -> Outcome<PathBuf> {
    let path = PathBuf::from(&report.input.path);
    if path.is_file() {
        return Ok(path);
    }
    Err(Failure::new(
        Code::FileMissing,
        format!("{}, the recording of report {}, does not exist", shown(&path), report.id),
    )
    .why("the report names it as it was given then, seen from the folder of that time")
    .help("run this in that folder, or name the recording itself"))
}

/// Refuses a recording that is not the one of the report.
pub(crate) fn check_unchanged(report: &Diagnosis, path: &Path, sha256: &str) -> Outcome<()> {
    if report.input.sha256 == sha256 {
        return Ok(());
    }
    Err(Failure::new(
        Code::DataInvalid,
        format!("{} is not the recording of report {}: its bytes differ", shown(path), report.id),
    )
    .why(format!("SHA-256 {} now, {} in the report", short(sha256), short(&report.input.sha256)))
    .help(format!("brinell diagnose {}", shell_path(path)))
    .file(path))
}

/// What was declared of the recording, not read from it.
pub(crate) fn declared_rate(report: &Diagnosis) -> Option<Hertz> {
    (report.input.rate_origin == Origin::Declared).then_some(Hertz(report.input.rate_hz))
}

/// The speed, where it was declared.
pub(crate) fn declared_speed(report: &Diagnosis) -> Option<Hertz> {
    report.speed.as_ref().filter(|speed| speed.origin == Origin::Declared).map(|speed| Hertz(speed.hz))
}

/// The bearing of the report.
pub(crate) fn bearing(report: &Diagnosis) -> Option<BearingUse> {
    let own = report.bearing.as_ref()?;
    let geometry = BearingGeometry::new(
        own.rolling_elements,
        Millimetres(own.ball_diameter_mm),
        Millimetres(own.pitch_diameter_mm),
        own.contact_angle_deg,
    )
    .ok()?;
    let bearing = CatalogueBearing::declared(own.designation.clone(), geometry, own.source.to_string());
    Some(BearingUse { bearing, origin: own.origin })
}

fn read(path: &Path) -> Outcome<Diagnosis> {
    let text = std::fs::read_to_string(path).map_err(|error| unreadable(path, &error))?;
    read_json(&text, path).map_err(|error| translate::report(&error))
}

/// The identifier in a text: twelve hexadecimal digits, a dash, a channel; the name of a report's files has that of the
/// recording before it.
fn identifier(text: &str) -> Option<&str> {
    let is_hash = |part: &str| part.len() == 12 && part.bytes().all(|b| b.is_ascii_hexdigit());
    let starts = std::iter::once(0).chain(text.match_indices('-').map(|(at, _)| at + 1));
    starts
        .map(|at| &text[at..])
        .find(|rest| rest.split_once('-').is_some_and(|(hash, channel)| is_hash(hash) && !channel.is_empty()))
}

/// JSON files of a folder and of the folders in it, by name.
fn candidates(folder: &Path) -> Outcome<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|error| unreadable(folder, &error))?.flatten() {
        let path = entry.path();
        if path.is_dir() { folders.push(path) } else { files.push(path) }
    }
    // A folder below that cannot be read holds no report of ours.
    for below in folders.iter().filter_map(|folder| std::fs::read_dir(folder).ok()) {
        files.extend(below.flatten().map(|entry| entry.path()));
    }
    files.retain(|path| path.extension().is_some_and(|ending| ending == "json"));
    files.sort();
    Ok(files)
}

/// Whether the name of a report's file can be that of the identifier: characters that no file name takes are replaced
/// in it, so that its hash alone decides.
fn may_be_of(path: &Path, id: &str) -> bool {
    let hash = id.split('-').next().unwrap_or(id);
    path.file_stem().is_some_and(|stem| stem.to_string_lossy().contains(hash))
}

fn short(hash: &str) -> &str {
    hash.get(..12).unwrap_or(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_is_twelve_digits_and_a_channel() {
        for good in ["a1f4c09d3b52-DE", "a1f4c09d3b52-channel 1"] {
            assert_eq!(identifier(good), Some(good));
        }
        assert_eq!(identifier("pump-3-a1f4c09d3b52-DE"), Some("a1f4c09d3b52-DE"));
        for other in ["a1f4c09d3b52", "a1f4c09d3b52-", "xyz-DE", "105.mat"] {
            assert_eq!(identifier(other), None, "{other}");
        }
    }
}
