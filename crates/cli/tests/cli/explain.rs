//! `brinell explain`: a recording by its report, and what is said where no report or several are meant.

use crate::place::{KNOWN, Place};
use brinell_signal::FaultKind;

/// The names of all reports (JSON) without their ending.
fn reports(place: &Place) -> Vec<String> {
    let paths = place.tree().into_iter().map(|(path, _)| path);
    let reports = paths.filter(|path| path.extension().is_some_and(|end| end == "json"));
    reports.map(|path| path.file_stem().unwrap().to_string_lossy().into_owned()).collect()
}

#[test]
fn an_identifier_of_several_reports_lists_them_and_takes_none() {
    let place = Place::new();
    place.recording("pump.mat", Some(FaultKind::Outer), 1);
    place.run(&format!("diagnose pump.mat {KNOWN} --model none -o monday")).exits(0);
    place.run(&format!("diagnose pump.mat {KNOWN} --model none -o friday")).exits(0);
    let name = reports(&place).remove(0);
    let id = name.strip_prefix("pump-").unwrap();
    for asked in [id, &name] {
        let ran = place.run(&format!("explain {asked}")).exits(2);
        let ran = ran.mentions(&format!("error: 2 reports have the identifier {id}"));
        let ran = ran.mentions(&format!("  ./friday/{name}.json\n  ./monday/{name}.json\n"));
        ran.mentions(&format!("help: name the one that is meant: brinell explain ./friday/{name}.json"));
    }
    // One folder, or one path, means one report.
    place.run(&format!("explain {id} --reports monday")).exits(0);
    place.run(&format!("explain friday/{name}.json")).exits(0);
}

#[test]
fn a_word_that_is_no_file_and_no_identifier_is_answered_with_the_reports_that_are_there() {
    let place = Place::new();
    let ran = place.run("explain nosuch-DE").exits(3);
    let ran = ran.mentions("error: nosuch-DE is neither a file nor the identifier of a report");
    ran.mentions("twelve hexadecimal digits").mentions(". holds no report, --reports FOLDER looks elsewhere");
    place.write("report/pump-a1f4c09d3b52-DE.json", "{}");
    place.run("explain nosuch-DE").exits(3).mentions("; . holds a1f4c09d3b52-DE\n");
    // What looks like a path is a recording that is missing.
    place.run("explain nosuch.mat").exits(3).mentions("nosuch.mat does not exist");
}
