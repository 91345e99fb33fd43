//! `brinell diagnose` of many recordings: killed and gone on with, in parts, watched, with a time limit.

use crate::place::{KNOWN, Place};
use brinell_signal::FaultKind;
use std::collections::BTreeMap;
use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

/// A plant of small recordings: sound ones, damaged ones, broken files, rows without a file, dated readings of one point.
fn plant(place: &Place, files: u64) {
    let mut rows = "file,asset,point,bearing,speed,rate,date\n".to_owned();
    for n in 1..=files {
        let name = format!("rig/{n}.mat");
        match n % 8 {
            3 => drop(place.write(&name, format!("broken {n}"))),
            5 => {}
            n8 => drop(place.recording(&name, (n8 % 2 == 0).then_some(FaultKind::Outer), n)),
        }
        let point = if n % 4 == 0 {
            format!("Pump,DE,6205,30Hz,12kHz,2026-10-{:02}", 28 - n % 28)
        } else {
            ",,6205,30Hz,12kHz,".to_owned()
        };
        rows += &format!("{name},{point}\n");
    }
    place.write("plant.csv", rows);
}

/// Every file of a folder with its content, but for what says who is at work.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    fn walk(root: &Path, folder: &Path, found: &mut BTreeMap<PathBuf, Vec<u8>>) {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            if entry.path().is_dir() {
                walk(root, &entry.path(), found);
            } else {
                let name = entry.path().strip_prefix(root).unwrap().to_owned();
                found.insert(name, std::fs::read(entry.path()).unwrap());
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(folder, folder, &mut found);
    found
}

#[track_caller]
fn same(a: &Path, b: &Path) {
    let (a, b) = (files(a), files(b));
    let names = |files: &BTreeMap<PathBuf, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&a), names(&b));
    for (name, bytes) in &a {
        assert!(bytes == &b[name], "{} differs", name.display());
    }
}

fn start(place: &Place, line: &str) -> Child {
    let words: Vec<&str> = line.split_whitespace().collect();
    place.command().args(words).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
}

fn signal(child: &Child, signal: &str) {
    let id = child.id().to_string();
    assert!(std::process::Command::new("kill").args([signal, &id]).status().unwrap().success());
}

/// Lines of the open part: its head, and the recordings that are done.
fn done(folder: &Path) -> usize {
    std::fs::read_to_string(folder.join("state/open.jsonl")).map_or(0, |text| text.lines().count())
}

#[track_caller]
fn wait_for(what: &str, mut is_so: impl FnMut() -> bool) {
    let until = Instant::now() + Duration::from_secs(120);
    while !is_so() {
        assert!(Instant::now() < until, "never came: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Five moments; as many as `BRINELL_KILLS` says where it is set.
#[test]
fn a_batch_that_was_killed_at_any_moment_and_resumed_leaves_the_same_bytes_as_an_unbroken_one() {
    let kills: u32 = std::env::var("BRINELL_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(5);
    let place = Place::new();
    plant(&place, 12);
    let line = "diagnose --manifest plant.csv --model none";
    let begun = Instant::now();
    place.run(&format!("{line} -o whole")).exits(6);
    let whole = begun.elapsed();
    let mut state = 20_261_122_u64;
    let (mut killed, mut runs) = (0, 0);
    while killed < kills {
        let folder = format!("broken-{runs}");
        runs += 1;
        // Killed again and again, each time at a moment of the length of a whole run, until it comes to its end.
        loop {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let moment = whole.mul_f64((state >> 11) as f64 / (1_u64 << 53) as f64);
            let mut child = start(&place, &format!("{line} -o {folder} --resume"));
            std::thread::sleep(moment);
            child.kill().unwrap();
            if child.wait().unwrap().signal().is_none() {
                break;
            }
            killed += 1;
        }
        place.run(&format!("{line} -o {folder} --resume")).exits(6);
        let (whole, broken) = (place.path("whole"), place.path(&folder));
        same(&whole, &broken);
    }
    println!("{killed} kills in {runs} runs");
}

#[test]
fn a_batch_that_was_stopped_says_how_to_go_on_and_comes_to_the_same() {
    let place = Place::new();
    plant(&place, 16);
    let line = "diagnose --manifest plant.csv --model none";
    let child = start(&place, &format!("{line} -o stopped"));
    wait_for("two recordings", || done(&place.path("stopped")) > 2);
    signal(&child, "-TERM");
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(143), "{said}");
    assert!(said.contains("stopped after") && said.contains("--resume goes on in stopped"), "{said}");
    assert!(place.path("stopped/recordings/00000.parquet").is_file(), "what is done is in the tables");
    place.run(&format!("{line} -o stopped --resume")).exits(6).prints("done before");
    place.run(&format!("{line} -o whole")).exits(6);
    same(&place.path("whole"), &place.path("stopped"));
}

#[test]
fn only_what_is_new_or_has_changed_is_diagnosed_again() {
    let place = Place::new();
    for (name, seed) in [("rig/a.mat", 1), ("rig/b.mat", 2), ("rig/c.mat", 3)] {
        place.recording(name, Some(FaultKind::Outer), seed);
    }
    let line = format!("diagnose rig {KNOWN} --model none -o report --resume");
    let again = |line: &str, before: u64, all: usize| {
        let json = place.run(&format!("{line} --json")).exits(0).json();
        assert_eq!(json["data"]["done_before"], before, "{json}");
        assert_eq!(json["data"]["recordings"].as_array().unwrap().len(), all - before as usize);
        assert_eq!(json["data"]["counts"]["found"], all);
        let index = std::fs::read_to_string(place.path("report/index.html")).unwrap();
        assert_eq!(index.matches("data-status=").count(), all, "a row for each, and no old one");
    };
    again(&line, 0, 3);
    let tree = files(&place.path("report"));
    again(&line, 3, 3);
    assert!(tree == files(&place.path("report")), "nothing has changed");
    place.recording("rig/d.mat", Some(FaultKind::Outer), 4);
    again(&line, 3, 4);
    place.recording("rig/b.mat", Some(FaultKind::Inner), 5);
    again(&line, 3, 4);
    again(&line.replace("30Hz", "30.1Hz"), 0, 4);
    again(&line.replace("30Hz", "30.1Hz"), 4, 4);
    // Without it an earlier report is refused, and --force starts anew.
    place.run(&line.replace(" --resume", "")).exits(2).mentions("--resume goes on with it");
    place.run(&line.replace("--resume", "--force")).exits(0);
    place.run(&line.replace("-o report --resume", "-o fresh")).exits(0);
    let rows =
        |folder: &str| files(&place.path(folder)).remove(Path::new("recordings/00000.parquet")).unwrap();
    assert!(rows("report") == rows("fresh"));
}

#[test]
fn a_file_whose_name_is_no_unicode_is_known_again_and_taken_out_when_it_has_changed() {
    use std::os::unix::ffi::OsStrExt;
    let place = Place::new();
    let name = |bytes: &[u8]| Path::new("rig").join(std::ffi::OsStr::from_bytes(bytes));
    place.recording(name(b"a\xff.mat"), Some(FaultKind::Outer), 1);
    place.recording(name(b"a\xfe.mat"), Some(FaultKind::Inner), 2);
    let line = format!("diagnose rig {KNOWN} --model none -o report --resume");
    place.run(&line).exits(0).prints("2 recordings: 2 with a fault");
    place.run(&line).exits(0).prints("2 recordings: 2 with a fault").prints("(2 done before)");
    place.recording(name(b"a\xff.mat"), None, 3);
    place.run(&line).exits(0).prints("2 recordings: 1 with a fault").prints("(1 done before)");
}

#[test]
fn the_shards_of_a_batch_are_its_recordings_once_and_a_point_is_in_one_of_them() {
    let place = Place::new();
    plant(&place, 16);
    let line = "diagnose --manifest plant.csv --model none --json";
    let paths = |line: &str| -> Vec<(String, bool)> {
        let ran = place.run(line);
        let json = ran.json();
        let items = json["data"]["recordings"].as_array().unwrap();
        items
            .iter()
            .map(|item| (item["path"].as_str().unwrap().to_owned(), item["status"] == "failed"))
            .collect()
    };
    let mut whole = paths(line);
    let shards: Vec<_> = (1..=3).map(|i| paths(&format!("{line} --shard {i}/3"))).collect();
    assert!(shards.iter().all(|shard| shard.len() < 16));
    let dated = |shard: &&Vec<(String, bool)>| shard.iter().any(|(path, _)| path.ends_with("/4.mat"));
    let pump = shards.iter().find(dated).unwrap();
    for n in [8, 12, 16] {
        assert!(pump.iter().any(|(path, _)| path.ends_with(&format!("/{n}.mat"))), "{n}");
    }
    let mut together = shards.concat();
    together.sort();
    whole.sort();
    assert_eq!(whole, together);
    place.run(&format!("{line} --shard 4/3")).exits(2).mentions("--shard 4/3 is no part of a batch");
}

#[test]
fn a_recording_that_takes_too_long_is_given_up_and_the_others_go_on() {
    let place = Place::new();
    place.recording("a.mat", Some(FaultKind::Outer), 1);
    place.recording("b.mat", Some(FaultKind::Outer), 2);
    endless(&place.path("stuck.mat"));
    let line = format!("diagnose stuck.mat a.mat b.mat {KNOWN} --model none -o report");
    let ran = place.run(&format!("{line} --time-limit 6s")).exits(6);
    let lines: Vec<&str> = ran.out.lines().collect();
    assert!(lines[0].starts_with("failed") && lines[0].contains("stuck.mat takes too long"), "{}", ran.out);
    assert!(lines[1].contains("a.mat") && lines[2].contains("b.mat"), "{}", ran.out);
    // It is worth another try.
    std::fs::remove_file(place.path("stuck.mat")).unwrap();
    place.recording("stuck.mat", Some(FaultKind::Outer), 3);
    place.run(&format!("{line} --resume")).exits(0).prints("3 with a fault").prints("(2 done before)");
    place.run(&format!("{line} --resume --time-limit 8")).exits(2).mentions("--time-limit");
}

/// Noise of most of an hour at 12 kHz (80 MB), which takes far longer than the recordings beside it.
fn endless(path: &Path) {
    let header = "{'descr': '<i2', 'fortran_order': False, 'shape': (40000000,), }";
    let mut state = 1_u32;
    let mut noise = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 16).to_le_bytes()
    };
    let block: Vec<u8> = (0..1_000_000).flat_map(|_| [noise()[0], noise()[0]]).collect();
    let mut file = std::fs::File::create(path).unwrap();
    file.write_all(b"\x93NUMPY\x01\x00\x76\x00").unwrap();
    file.write_all(format!("{header:<117}\n").as_bytes()).unwrap();
    (0..40).for_each(|_| file.write_all(&block).unwrap());
}

#[test]
fn a_folder_is_watched_until_ctrl_c() {
    let place = Place::new();
    place.recording("in/a.mat", Some(FaultKind::Outer), 1);
    let child = start(&place, &format!("diagnose in {KNOWN} --model none -o report --watch"));
    let report = place.path("report");
    wait_for("the first recording", || report.join("index.html").is_file());
    place.recording("in/b.mat", None, 2);
    wait_for("the second recording", || done(&report) == 3);
    place.write("in/c.mat", "broken");
    wait_for("the page of three", || {
        std::fs::read_to_string(report.join("index.html")).is_ok_and(|page| page.contains("c.mat"))
    });
    // Nobody else fills the folder meanwhile.
    place.run(&format!("diagnose in {KNOWN} -o report --resume")).exits(4).mentions("report is in use");
    signal(&child, "-INT");
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(6), "{}", String::from_utf8_lossy(&output.stderr));
    place
        .run(&format!("diagnose in {KNOWN} --model none -o report --resume"))
        .exits(6)
        .prints("(3 done before)");
}

#[test]
fn pages_are_written_for_those_that_are_asked_for() {
    let place = Place::new();
    place.recording("a.mat", Some(FaultKind::Outer), 1);
    place.recording("b.mat", None, 2);
    for (which, pages) in [("all", 2), ("doubtful", 1), ("none", 0)] {
        let line = format!("diagnose a.mat b.mat {KNOWN} --model none -o {which} --pages {which}");
        place.run(&line).exits(0);
        let of = |ending: &str| {
            let own = |path: &&PathBuf| path.extension().is_some_and(|end| end == ending);
            files(&place.path(which)).keys().filter(own).count()
        };
        assert_eq!((of("html"), of("parquet")), (pages + 1, 2), "{which}");
    }
}

#[test]
fn patterns_and_manifests_are_named_like_files() {
    let place = Place::new();
    for (name, seed) in [("day1/a.mat", 1), ("day2/b.mat", 2), ("day2/c.wav.mat", 3)] {
        place.recording(name, Some(FaultKind::Outer), seed);
    }
    let paths = |words: &[&str]| -> Vec<String> {
        let json = place.run_words(words).exits(0).json();
        let items = json["data"]["recordings"].as_array().unwrap();
        items.iter().map(|item| item["path"].as_str().unwrap().to_owned()).collect()
    };
    let named = |what: &str| {
        let line = format!("diagnose {what} {KNOWN} --model none --json");
        paths(&line.split(' ').collect::<Vec<_>>())
    };
    assert_eq!(named("day*/*.mat"), ["day1/a.mat", "day2/b.mat", "day2/c.wav.mat"]);
    assert_eq!(named("**/[ab].mat"), ["day1/a.mat", "day2/b.mat"]);
    place.run("diagnose day9/*.mat").exits(3).mentions("nothing fits the pattern day9/*.mat");
    // A table with a column `file` is a manifest, also as Parquet; its titles may name the unit.
    place.recording("a.mat", Some(FaultKind::Outer), 1);
    place.recording("b.mat", Some(FaultKind::Inner), 2);
    place.write("plant.csv", "file,bearing,rate_hz,speed_rpm\na.mat,6205,12000,1800\n");
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../formats/tests/golden/manifest/plant.parquet");
    std::fs::copy(golden, place.path("plant.parquet")).unwrap();
    let words = ["diagnose", "plant.csv", "plant.parquet", "--model", "none", "--json"];
    assert_eq!(paths(&words), ["a.mat", "a.mat", "b.mat"]);
    let json = place.run("diagnose plant.parquet --model none -o report --json").exits(0).json();
    let report = std::fs::read(place.path(json["data"]["recordings"][0]["json"].as_str().unwrap())).unwrap();
    let report: serde_json::Value = serde_json::from_slice(&report).unwrap();
    assert_eq!(report["machine"]["asset"], "Fan");
    assert_eq!(report["assessed"]["measured"], "2026-11-01");
    assert_eq!(report["speed"]["hz"], 30.0);
}

#[test]
fn a_row_names_the_baseline_of_its_point() {
    let place = Place::new();
    for seed in 1..=4 {
        place.recording(format!("old/{seed}.mat"), None, seed);
    }
    let rows: String = (1..=4).map(|n| format!("old/{n}.mat,Fan,6205,30Hz,12kHz,2026-10-0{n}\n")).collect();
    place.write("old.csv", format!("file,asset,bearing,speed,rate,date\n{rows}"));
    place.run("diagnose old.csv --model none -o before").exits(0);
    place.recording("now.mat", Some(FaultKind::Outer), 9);
    let row = "now.mat,Fan,6205,30Hz,12kHz,2026-11-03";
    place.write(
        "now.csv",
        format!("file,asset,bearing,speed,rate,date,baseline\n{row},before\n{row},\n{row},gone\n"),
    );
    let json = place.run("diagnose now.csv --model none -o report --json").exits(6).json();
    let items = json["data"]["recordings"].as_array().unwrap();
    let known = |item: &serde_json::Value| {
        let bytes = std::fs::read(place.path(item["json"].as_str().unwrap())).unwrap();
        serde_json::from_slice::<serde_json::Value>(&bytes).unwrap()["assessed"]["history"]["readings"]
            .clone()
    };
    assert_eq!(known(&items[0]), 4);
    assert_eq!(items[2]["error"]["code"], "manifest_invalid");
    assert!(items[2]["error"]["message"].as_str().unwrap().contains("baseline"), "{}", items[2]);
}

#[test]
fn a_disk_that_is_full_ends_the_batch_with_a_clear_error_and_nothing_half_written() {
    let place = Place::new();
    for seed in 1..=3 {
        place.recording(format!("{seed}.mat"), Some(FaultKind::Outer), seed);
    }
    // Files may not grow beyond 100 blocks of 512 bytes: a page is larger.
    let line = format!(
        "trap '' XFSZ; ulimit -f 100; $BRINELL diagnose 1.mat 2.mat 3.mat {KNOWN} --model none -o report"
    );
    let ran = place.shell(&line).exits(4);
    assert!(ran.err.contains("cannot be written"), "{}", ran.err);
    for (name, bytes) in files(&place.path("report")) {
        let whole = match name.extension().and_then(|end| end.to_str()) {
            Some("html") => bytes.ends_with(b"</html>") || bytes.ends_with(b"</html>\n"),
            Some("json") => serde_json::from_slice::<serde_json::Value>(&bytes).is_ok(),
            _ => true,
        };
        assert!(whole && !name.to_string_lossy().contains(".brinell-"), "{} is half written", name.display());
    }
    let ran =
        place.run(&format!("diagnose 1.mat 2.mat 3.mat {KNOWN} --model none -o report --resume")).exits(0);
    ran.prints("3 with a fault");
}

#[test]
fn a_long_recording_is_diagnosed_in_segments_each_with_its_page_and_row() {
    let place = Place::new();
    place.recording("long.mat", Some(FaultKind::Outer), 1);
    place.recording("other.mat", Some(FaultKind::Inner), 2);
    let line = format!("diagnose long.mat other.mat {KNOWN} --model none --segment 2.5s -o report");
    let ran = place.run(&line).exits(0).prints("4 recordings: ");
    let lines: Vec<&str> = ran.out.lines().collect();
    assert!(
        lines[0].ends_with("long.mat from 0.0 s") && lines[1].ends_with("long.mat from 2.5 s"),
        "{}",
        ran.out
    );
    let names: Vec<String> =
        files(&place.path("report")).keys().map(|path| path.to_string_lossy().into_owned()).collect();
    assert_eq!(names.iter().filter(|name| name.ends_with("-2of2.html")).count(), 2, "{names:?}");
    let page = names.iter().find(|name| name.starts_with("long") && name.ends_with("-2of2.html")).unwrap();
    let page = std::fs::read_to_string(place.path("report").join(page)).unwrap();
    assert!(page.contains("segment 2 of 2 of the recording: 2.5 s to 5.0 s"));
    place.run(&format!("{line} --resume")).exits(0).prints("(4 done before)");
    // One segment is the whole.
    let whole = place.run(&line.replace("2.5s", "60s").replace("-o report", "--json")).exits(0).json();
    let plain = place.run(&line.replace("--segment 2.5s", "").replace("-o report", "--json")).exits(0).json();
    assert_eq!(whole["data"]["recordings"], plain["data"]["recordings"]);
    place.run(&line.replace("2.5s", "2.5")).exits(2).mentions("--segment");
}
