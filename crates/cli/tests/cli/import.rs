//! `brinell data import`.

use crate::place::{Place, simulated};
use brinell_signal::FaultKind;
use serde_json::Value;
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
fn a_folder_becomes_a_catalogue_that_diagnose_takes() {
    let place = Place::new();
    copy(&place, "paderborn");
    let ran = place.run("data import paderborn --layout paderborn --unit m/s2 -o own.csv").exits(0);
    ran.prints("own.csv  1 recording")
        .prints("next      brinell diagnose own.csv --layout paderborn -o report/");
    let table = rows(&place, "own.csv");
    assert_eq!(column(&table, "file"), ["K001/N15_M07_F10_K001_1.mat"]);
    assert_eq!((column(&table, "fault"), column(&table, "bearing_id")), (vec!["normal"], vec!["K001"]));
    assert_eq!((column(&table, "rate_hz"), column(&table, "speed_rpm")), (vec!["64000"], vec!["1500"]));
    assert_eq!((column(&table, "load"), column(&table, "bearing")), (vec!["1000 N"], vec!["6203"]));
    assert_eq!((column(&table, "units"), column(&table, "unit_origin")), (vec!["m/s2"], vec!["declared"]));
    assert_eq!(column(&table, "folder"), ["paderborn"]);
    assert_eq!(column(&table, "sha256")[0].len(), 64);
    let plan = place.run("diagnose own.csv --layout paderborn -n --json").exits(0).json();
    assert_eq!(plan["data"]["read"], serde_json::json!(["paderborn/K001/N15_M07_F10_K001_1.mat"]));
    let json = place.run("diagnose own.csv --layout paderborn --model none -o report --json").exits(0).json();
    let report = report(&place, &json, 0);
    assert_eq!((&report["input"]["unit"], &report["input"]["rate_hz"]), (&"m/s2".into(), &64_000.0.into()));
    assert_eq!((&report["bearing"]["designation"], &report["speed"]["hz"]), (&"6203".into(), &25.0.into()));
    let again = place.run("data import paderborn --layout paderborn -o own.csv").exits(2);
    again.mentions("own.csv exists already");
}

/// The report (JSON) of a result.
fn report(place: &Place, json: &Value, at: usize) -> Value {
    let path = json["data"]["recordings"][at]["json"].as_str().unwrap();
    serde_json::from_slice(&std::fs::read(place.path(path)).unwrap()).unwrap()
}

#[test]
fn what_a_catalogue_states_is_taken_and_what_a_file_states_is_read_from_it() {
    let place = Place::new();
    place.recording("rig/a.mat", Some(FaultKind::Outer), 1);
    place.recording("rig/b 2.mat", Some(FaultKind::Inner), 2);
    // In thousandths of g, with a rate of its own; taken for the unit of the catalogue it would be a thousand times too strong.
    let milli = |value: &f64| (value * 1000.0).to_string();
    let lines: Vec<String> = simulated(None, 3).iter().map(milli).collect();
    let times = lines.iter().enumerate().map(|(n, value)| format!("{:.9},{value}\n", n as f64 / 12_000.0));
    place.write("rig/c.csv", format!("time [s],acc [mg]\n{}", times.collect::<String>()));
    let flags = "--rate 12kHz --speed 30Hz";
    place.run(&format!("data import rig {flags} -o rig/own.csv")).exits(0).prints("own.csv  3 recordings");
    let table = rows(&place, "rig/own.csv");
    assert_eq!(column(&table, "file"), ["a", "./b 2.mat", "./c.csv"]);
    assert_eq!((column(&table, "folder"), column(&table, "units")), (vec![""; 3], vec!["?", "?", "g"]));
    assert_eq!(column(&table, "unit_origin"), ["assumed", "assumed", "file"]);
    let line = "diagnose rig/own.csv --bearing 6205 --model none -o report --json";
    let json = place.run(line).exits(0).json();
    let items = json["data"]["recordings"].as_array().unwrap();
    let elements: Vec<&Value> = items.iter().map(|item| &item["element"]).collect();
    assert_eq!(elements, [&Value::from("outer race"), &Value::from("inner race"), &Value::Null]);
    let (a, c) = (report(&place, &json, 0), report(&place, &json, 2));
    assert_eq!((&a["input"]["unit"], &a["speed"]["origin"]), (&"?".into(), &"declared".into()));
    assert_eq!((&c["input"]["unit"], &c["input"]["unit_origin"]), (&"g".into(), &"file".into()));
    let plain = place.run(&format!("diagnose rig/c.csv {flags} --bearing 6205 --model none -o plain --json"));
    assert_eq!(report(&place, &plain.exits(0).json(), 0)["indicators"], c["indicators"]);
    // Seen from elsewhere, and walked with its folder, it is a table all the same and no recording.
    place.run("data import rig -f -o rig/own.csv").exits(0).prints("own.csv  3 recordings");
    std::fs::create_dir(place.path("tables")).unwrap();
    place.run(&format!("data import rig {flags} -o tables/own.csv")).exits(0);
    let plan = place.run("diagnose tables/own.csv -n --json").exits(0).json();
    assert_eq!(plan["data"]["read"].as_array().unwrap().len(), 3);
}

#[test]
fn slips_in_a_catalogue_are_told_and_its_columns_for_people_are_not() {
    let place = Place::new();
    place.recording("a.mat", Some(FaultKind::Outer), 1);
    let table = |titles: &str, cells: &str| {
        place.write("own.csv", format!("file,sha256,rate_hz,speed_rpm,{titles}\na,0,12000,1800,{cells}\n"));
    };
    table("beering,fault,my_own_remark", "6205,outer,loud");
    let ran = place.run("diagnose own.csv --model none").exits(2);
    ran.mentions("own.csv:1").mentions("unknown column `beering`; did you mean `bearing`?\n");
    table("bearing,fault,my_own_remark", "6205,outer,loud");
    place.run("diagnose own.csv --model none").exits(0).prints("outer race");
    // A bearing that is not known is no mistake of a catalogue, and is said.
    table("bearing", "ZZ-1");
    let ran = place.run("diagnose own.csv --model none").exits(0).prints("undecided");
    ran.mentions("1 row names a bearing whose geometry is not known (the first: ZZ-1)");
    // Of any other table it is one, and so are columns of a catalogue.
    place.write("plant.csv", "file,rate_hz,fault,folder\na.mat,12000,outer,\n");
    let ran = place.run("diagnose plant.csv").exits(2);
    ran.mentions("unknown column `fault`; unknown column `folder`");
    table("bearing,speed_origin,rate_origin", "6205,assumed,nominal");
    let json = place.run("diagnose own.csv --model none -o report --json").exits(0).json();
    let report = report(&place, &json, 0);
    assert_eq!(
        (&report["input"]["rate_origin"], report["speed"]["origin"] == "declared"),
        (&"declared".into(), false)
    );
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
