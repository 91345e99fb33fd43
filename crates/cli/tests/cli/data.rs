//! `brinell data`.

use crate::place::{Place, cwru};

#[test]
fn simulated_recordings_come_with_their_truth_and_the_same_seed_gives_the_same_bytes() {
    let place = Place::new();
    let line = "data simulate --bearing 6205 --speed 1797rpm --fault none,outer --snr -5dB,5dB --duration 1s --seed 7";
    place.run(&format!("{line} -o a")).exits(0).prints("sim_0003.mat");
    place.run(&format!("{line} -o b --threads 1")).exits(0);
    for name in ["sim_0001.mat", "sim_0002.mat", "sim_0003.mat", "truth.csv", "layout.toml"] {
        let read = |folder: &str| std::fs::read(place.path(format!("{folder}/{name}"))).unwrap();
        assert_eq!(read("a"), read("b"), "{name}");
    }
    let truth = std::fs::read_to_string(place.path("a/truth.csv")).unwrap();
    let faults: Vec<&str> = truth.lines().skip(1).map(|line| line.split(',').nth(5).unwrap()).collect();
    assert_eq!(faults, ["normal", "outer", "outer"]);
    let other =
        place.run("data simulate --bearing 6205 --speed 1797rpm --duration 1s --seed 8 -o c").exits(0);
    assert!(other.out.contains("truth.csv"));
    let first = |folder: &str| std::fs::read(place.path(format!("{folder}/sim_0001.mat"))).unwrap();
    assert_ne!(first("a"), first("c"), "another seed, another recording");
}

#[test]
fn a_dry_run_changes_nothing() {
    let place = Place::new();
    place.recording("a.mat", None, 1);
    let before = place.tree();
    for line in [
        "data simulate --bearing 6205 --speed 30Hz -o sim -n",
        "data fetch cwru --data-dir d --dry-run",
        "diagnose a.mat --rate 12kHz -o report --dry-run",
    ] {
        place.run(line).exits(0).prints("would write");
        assert_eq!(place.tree(), before, "{line}");
        let json = place.run(&format!("{line} --json")).exits(0).json();
        assert_eq!(json["data"]["dry_run"], true, "{line}");
    }
}

#[test]
fn impossible_simulations_are_refused_before_anything_is_written() {
    let place = Place::new();
    let line = "data simulate --bearing 6205 --speed 30Hz -o sim";
    place.run(&format!("{line} --snr 5")).exits(2).mentions("--snr 5 is no level in decibels");
    place.run(&format!("{line} --duration 10")).exits(2).mentions("--duration 10 has no unit");
    place.run(&format!("{line} --fault inner,wheel")).exits(2).mentions("'wheel'");
    assert!(!place.path("sim").exists());
    place.run(&format!("{line} --resonance 90kHz")).exits(2).mentions("resonance");
}

#[test]
fn the_catalogue_is_listed_without_any_data() {
    let place = Place::new();
    place.run("data list").exits(0).prints("cwru").prints("--layout paderborn");
    let ran = place.run("data list paderborn").exits(0).prints("CC BY-NC 4.0").prints("*.Y.vibration_1.Data");
    ran.prints("N{speed}_M{torque}_F{load}_{bearing_id}_{repetition}.mat");
    place.run("data list seu").exits(0).prints("rate      not stated");
    let ran = place.run("data fetch paderborn").exits(2).mentions("this build knows its layout alone");
    ran.mentions("data import FOLDER --layout paderborn");
    let ran = place.run("data list cwru").exits(0).prints("105.mat").prints("missing");
    assert!(ran.out.lines().count() > 100);
    let json = place.run("data list cwru --json").exits(0).json();
    let first = &json["data"][0];
    assert!(first["file"].as_str().unwrap().ends_with(".mat") && first["path"].is_null());
}

#[test]
fn the_data_folder_is_the_flag_then_brinell_data_then_xdg_then_home() {
    let place = Place::new();
    let folder = |flag: &str, environment: &[(&str, &str)]| {
        let mut command = place.command();
        command.args(["data", "list", "--json"]).args(flag.split_whitespace());
        let out = command.envs(environment.iter().copied()).output().unwrap().stdout;
        let json: serde_json::Value = serde_json::from_slice(&out).unwrap();
        json["data"][0]["folder"].as_str().unwrap().to_owned()
    };
    let all = [("BRINELL_DATA", "/b"), ("XDG_DATA_HOME", "/x")];
    assert_eq!(folder("--data-dir /f", &all), "/f/cwru");
    assert_eq!(folder("", &all), "/b/cwru");
    assert_eq!(folder("", &all[1..]), "/x/brinell/cwru");
    assert!(folder("", &[]).ends_with("home/.local/share/brinell/cwru"));
}

#[test]
fn without_any_home_the_data_folder_is_asked_for() {
    let place = Place::new();
    let output = place.command().env_remove("HOME").args(["data", "list", "cwru"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("--data-dir"));
}

#[test]
fn offline_refuses_to_download_and_touches_nothing() {
    let place = Place::new();
    let before = place.tree();
    place
        .run("data fetch cwru --only 105 --data-dir d --offline")
        .exits(2)
        .mentions("--offline forbids the network");
    assert_eq!(place.tree(), before);
}

#[test]
fn a_wrong_file_is_found_by_its_hash_and_exits_1() {
    let place = Place::new();
    place.run("data verify cwru --data-dir d").exits(3);
    place.write("d/cwru/105.mat", "not the recording");
    place.run("data verify cwru --data-dir d").exits(1).prints("wrong").prints("105.mat");
    let json = place.run("data verify cwru --data-dir d --json").exits(1).json();
    assert_eq!(json["ok"], false);
    assert_eq!(json["data"]["wrong"][0]["file"], "105.mat");
}

#[test]
fn an_unreachable_server_exits_5_and_leaves_no_half_file() {
    let place = Place::new();
    // Nothing listens on the discard port of this machine.
    let line = "data fetch cwru --only 105 --data-dir d --from http://127.0.0.1:9/cwru";
    place.run(line).exits(5).mentions("127.0.0.1:9");
    assert!(place.tree().iter().all(|(path, bytes)| path.is_dir() || bytes.is_empty()), "{:?}", place.tree());
}

#[test]
fn a_mirror_without_all_files_is_done_unless_a_file_was_asked_for() {
    let Some(data) = cwru() else { return };
    let place = Place::new();
    let from = ["mat/105.mat", "105.mat", "xz/105.mat.xz", "105.mat.xz"];
    let Some(from) = from.iter().map(|name| data.join(name)).find(|path| path.is_file()) else {
        println!("skipped: no 105.mat");
        return;
    };
    std::fs::create_dir(place.path("stick")).unwrap();
    std::fs::copy(&from, place.path("stick").join(from.file_name().unwrap())).unwrap();
    let ran = place.run("data fetch cwru --from stick --data-dir d").exits(0).prints("1 written");
    ran.mentions("catalogued files are not in the mirror stick");
    let json = place.run("data fetch cwru --from stick --data-dir d --json").exits(0).json();
    assert_eq!(json["ok"], true);
    assert_eq!(json["data"]["kept"][0], "105.mat");
    let line = "data fetch cwru --from stick --only 105,97 --data-dir d";
    place.run(line).exits(6).mentions("not in the mirror stick: 97.mat");
    place.run("data fetch cwru --from stick --only 97 --data-dir e").exits(6);
    // What is there and wrong is a failure all the same.
    place.write("stick/97.mat", "not the recording");
    place.run("data fetch cwru --from stick --data-dir d").exits(6).mentions("97.mat");
}

#[test]
fn a_mirror_that_is_missing_or_empty_is_named() {
    let place = Place::new();
    let ran = place.run("data fetch cwru --from stick --data-dir d").exits(3);
    ran.mentions("error: --from stick does not exist").mentions("--> stick");
    std::fs::create_dir(place.path("stick")).unwrap();
    for line in ["", " --dry-run", " --only 97"] {
        let ran = place.run(&format!("data fetch cwru --from stick --data-dir d{line}")).exits(3);
        ran.mentions("error: --from stick holds no recording of cwru").mentions("--> stick");
    }
    assert!(!place.path("d").exists());
}
