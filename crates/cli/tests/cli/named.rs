//! What stands behind the names that `brinell diagnose` gets: however they are written, whatever lies there.

use crate::place::{KNOWN, Place};
use brinell_signal::FaultKind;

/// The hint of a failed recording, which the table and the page of all show.
fn hint(line: &str) -> Option<String> {
    let entry: serde_json::Value = serde_json::from_str(line).unwrap();
    let told = &entry["results"][0];
    assert_eq!(told["row"]["hint"], told["tables"]["recording"]["hint"]);
    told["row"]["hint"].as_str().map(str::to_owned)
}

#[cfg(unix)]
#[test]
fn a_pipe_is_refused_and_keeps_nobody_waiting() {
    let place = Place::new();
    place.recording("in/a.mat", Some(FaultKind::Outer), 1);
    place.shell("mkfifo in/p.wav in/q.csv").exits(0);
    let ran = place.run(&format!("diagnose in {KNOWN} --model none -o report")).exits(6).prints("1 failed");
    ran.prints("p.wav").mentions("1 file in folders left out");
    place.run("probe in/p.wav").exits(3).mentions("pipe");
}

#[test]
fn a_table_that_holds_no_text_is_a_failed_row_and_what_is_none_is_counted() {
    let place = Place::new();
    place.recording("in/a.mat", Some(FaultKind::Outer), 1);
    for (name, bytes) in [("empty.csv", &b""[..]), ("flipped.csv", b"0.1\n0.\xff\n"), ("read.me", b"hello")] {
        std::fs::write(place.path("in").join(name), bytes).unwrap();
    }
    let ran = place.run(&format!("diagnose in {KNOWN} --model none -o report")).exits(6).prints("2 failed");
    ran.prints("empty.csv").prints("flipped.csv").mentions("1 file in folders left out");
    // Beside the reason stands what can be done.
    let lines = std::fs::read_to_string(place.path("report/state/open.jsonl")).unwrap();
    let hints: Vec<String> = lines.lines().skip(1).filter_map(hint).collect();
    assert_eq!(hints.len(), 2, "{lines}");
    let index = std::fs::read_to_string(place.path("report/index.html")).unwrap();
    assert!(hints.iter().all(|hint| index.contains(&hint[..20])), "{hints:?}");
}

#[test]
fn the_spelling_of_a_path_changes_neither_what_is_done_nor_the_shard() {
    let place = Place::new();
    for n in 1..=4 {
        place.recording(format!("rig/{n}.mat"), Some(FaultKind::Outer), n);
    }
    let line = |named: &str| format!("diagnose {named} {KNOWN} --model none");
    place.run(&format!("{} -o report", line("rig"))).exits(0);
    let whole = place.path("rig");
    for named in ["rig", "./rig", "rig/../rig", &whole.display().to_string(), "rig/*.mat"] {
        let again = place.run(&format!("{} -o report --resume", line(named))).exits(0);
        again.prints("4 recordings").prints("(4 done before)");
    }
    let names = |named: &str| -> Vec<String> {
        let out = place.run(&format!("{} --shard 1/2 --dry-run", line(named))).exits(0).out;
        let of_line = |line: &str| Some(line[..line.find(".mat")?].rsplit('/').next()?.to_owned());
        out.lines().filter_map(of_line).collect()
    };
    assert_eq!(names("rig"), names(&whole.display().to_string()));
    assert_eq!(names("rig"), names("rig/*.mat"));
}

#[test]
fn an_identifier_stands_once_in_a_report_folder() {
    let place = Place::new();
    place.recording("a.mat", Some(FaultKind::Outer), 1);
    std::fs::copy(place.path("a.mat"), place.path("b.mat")).unwrap();
    place.run(&format!("diagnose a.mat b.mat {KNOWN} --model none --pages none -o report")).exits(0);
    let lines = std::fs::read_to_string(place.path("report/state/open.jsonl")).unwrap();
    let id = |line: &str| {
        let entry: serde_json::Value = serde_json::from_str(line).unwrap();
        let told = &entry["results"][0];
        assert_eq!(told["id"], told["tables"]["recording"]["record_id"]);
        assert_eq!(told["id"], told["tables"]["peaks"][0]["record_id"]);
        told["id"].as_str().unwrap().to_owned()
    };
    let ids: Vec<String> = lines.lines().skip(1).map(id).collect();
    assert!(ids.len() == 2 && ids[0] != ids[1], "{ids:?}");
    // What is diagnosed otherwise takes the name over, and the pages of before are gone.
    let line = "diagnose a.mat --rate 12kHz --speed 30Hz --model none -o other";
    place.run(&format!("{line} --bearing 6205")).exits(0);
    let pages = || std::fs::read_dir(place.path("other")).unwrap().count();
    let before = pages();
    place.run(&format!("{line} --bearing 6206 --resume")).exits(0);
    assert_eq!(pages(), before);
}

#[test]
fn a_manifest_may_be_written_as_spreadsheets_do() {
    let place = Place::new();
    place.recording("a.mat", Some(FaultKind::Outer), 1);
    for text in [
        "\u{feff}File;Bearing;speed_rpm;rate_hz\r\na.mat;6205;1800;12000\r\n",
        "file\tbearing\tspeed\trate\na.mat\t6205\t30Hz\t12kHz\n",
    ] {
        std::fs::write(place.path("plant.csv"), text).unwrap();
        place.run("diagnose plant.csv --model none").exits(0).prints("outer race");
    }
    let wrong = "file,speed,speed_rpm\na.mat,30Hz,1500\n";
    std::fs::write(place.path("plant.csv"), wrong).unwrap();
    place.run("diagnose plant.csv --model none").exits(2).mentions("`speed` and `speed_rpm` say the same");
    std::fs::write(place.path("plant.csv"), "path,bearing\na.mat,6205\n").unwrap();
    place.run("diagnose --manifest plant.csv --model none").exits(2).mentions("no column `file`");
}
