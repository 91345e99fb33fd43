//! `brinell data import`.

use crate::place::Place;
use std::path::Path;

/// Copies the small files in the shape of a data set.
fn copy(place: &Place, set: &str) {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../formats/tests/golden/layouts").join(set);
    fn walk(from: &Path, place: &Place, to: &Path) {
        for entry in std::fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            let to = to.join(entry.file_name());
            match entry.path().is_dir() {
                true => walk(&entry.path(), place, &to),
                false => drop(place.write(&to, std::fs::read(entry.path()).unwrap())),
            }
        }
    }
    walk(&from, place, Path::new(set));
}

fn rows(place: &Place, name: &str) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_path(place.path(name)).unwrap();
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

fn column<'a>(rows: &'a [Vec<String>], name: &str) -> Vec<&'a str> {
    let at = rows[0].iter().position(|title| title == name).unwrap();
    rows[1..].iter().map(|row| row[at].as_str()).collect()
}

#[test]
fn a_folder_becomes_a_catalogue_and_a_manifest_that_diagnose_takes() {
    let place = Place::new();
    copy(&place, "paderborn");
    let line = "data import paderborn --layout paderborn --unit m/s2 -o own.csv --manifest plant.csv";
    let ran = place.run(line).exits(0).prints("own.csv  1 recording");
    ran.prints("next      brinell diagnose --manifest plant.csv --layout paderborn -o report/");
    let table = rows(&place, "own.csv");
    assert_eq!(column(&table, "file"), ["K001/N15_M07_F10_K001_1.mat"]);
    assert_eq!((column(&table, "fault"), column(&table, "bearing_id")), (vec!["normal"], vec!["K001"]));
    assert_eq!((column(&table, "rate_hz"), column(&table, "speed_rpm")), (vec!["64000"], vec!["1500"]));
    assert_eq!((column(&table, "load"), column(&table, "bearing")), (vec!["1000 N"], vec!["6203"]));
    assert_eq!(column(&table, "sha256")[0].len(), 64);
    let manifest = rows(&place, "plant.csv");
    assert_eq!(column(&manifest, "file"), ["paderborn/K001/N15_M07_F10_K001_1.mat"]);
    assert_eq!((column(&manifest, "speed"), column(&manifest, "rate")), (vec!["1500rpm"], vec!["64000Hz"]));
    assert_eq!(
        (column(&manifest, "bearing"), column(&manifest, "true_fault")),
        (vec!["6203"], vec!["normal"])
    );
    let plan = place.run("diagnose --manifest plant.csv --layout paderborn -n --json").exits(0).json();
    assert_eq!(plan["ok"], true, "{plan}");
    let again = place.run("data import paderborn --layout paderborn -o own.csv").exits(2);
    again.mentions("own.csv exists already");
}

#[test]
fn what_is_not_known_stays_empty_and_is_said() {
    let place = Place::new();
    copy(&place, "hust-wuhan");
    let ran = place
        .run("data import hust-wuhan --layout hust-wuhan")
        .exits(0)
        .prints("catalogue.csv  3 recordings");
    ran.prints("bearing_id: empty in 3 rows")
        .prints("speed_rpm: empty in 1 row")
        .prints("fault: empty in 1 row");
    let table = rows(&place, "catalogue.csv");
    let files = ["./0.5X_B_65Hz.xls", "./C_VS_0_40_0Hz.xls", "./H_25hz.xls"];
    assert_eq!(
        column(&table, "file"),
        files,
        "in natural order, and found by the layout although they end in .xls"
    );
    assert_eq!(column(&table, "fault"), ["ball", "", "normal"]);
    assert_eq!(column(&table, "label"), ["", "inner+outer", ""]);
    assert_eq!(column(&table, "speed_rpm"), ["3900", "", "1500"]);
}

#[test]
fn bad_files_are_listed_and_the_others_go_on() {
    let place = Place::new();
    copy(&place, "jnu");
    place.write("jnu/ob600_2.csv", "not a number\n");
    place.recording("jnu/other.mat", None, 1);
    place.write("jnu/.hidden.csv", "1\n2\n3\n");
    let ran = place.run("data import jnu --layout jnu --json").exits(6);
    let ran = ran.mentions("ob600_2.csv").mentions("other.mat");
    let data = &ran.json()["data"];
    assert_eq!((&data["recordings"], data["failed"].as_array().unwrap().len()), (&2.into(), 2), "{data}");
    assert_eq!(column(&rows(&place, "catalogue.csv"), "file"), ["./ib600_2.csv", "./n1000_3_2.csv"]);
}

#[test]
fn nothing_is_written_where_nothing_was_found_or_it_cannot_be() {
    let place = Place::new();
    place.write("empty/notes.md", "nothing");
    place.run("data import empty").exits(3).mentions("holds no recording");
    place.write("bad/a.mat", "broken");
    place.run("data import bad").exits(3).mentions("a.mat is not a recording");
    place.run("data import gone").exits(3).mentions("gone");
    place.recording("good/a.mat", None, 1);
    place.run("data import good -o nowhere/own.csv").exits(4).mentions("does not exist");
    assert!(!place.path("catalogue.csv").exists() && !place.path("nowhere").exists());
    let ran = place.run("data import good").exits(0).prints("rate_hz: empty in 1 row");
    ran.prints("units: empty in 1 row");
    assert_eq!(column(&rows(&place, "catalogue.csv"), "file"), ["a"]);
}
