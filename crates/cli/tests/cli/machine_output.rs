//! `--json`: one object on standard output, on success and on failure.

use crate::place::{KNOWN, Place};

#[test]
fn every_command_that_prints_json_prints_one_object_with_its_schema() {
    let place = Place::new();
    place.recording("a.mat", None, 1);
    for (line, schema) in [
        ("freqs 6205 --speed 1797rpm", "brinell.freqs/1"),
        ("probe a.mat", "brinell.probe/2"),
        ("list protocols", "brinell.list/1"),
        ("doctor", "brinell.doctor/1"),
        ("data list", "brinell.data.sets/2"),
        ("data list paderborn", "brinell.data.layout/1"),
        ("data list cwru", "brinell.data.list/1"),
        ("data fetch cwru --only 105 --dry-run", "brinell.data.fetch.plan/1"),
        ("data simulate --bearing 6205 --speed 30Hz -o sim -n", "brinell.data.simulate/1"),
        ("diagnose a.mat -n", "brinell.diagnose.plan/1"),
        (&format!("diagnose a.mat {KNOWN}"), "brinell.diagnose/1"),
    ] {
        for flags in ["--json", "--json -vv", "--format json --progress always"] {
            let json = place.run(&format!("{line} {flags}")).exits(0).json();
            assert_eq!(json["schema"], schema, "{line}");
            assert_eq!(json["ok"], true, "{line}");
            assert_eq!(json["brinell"], env!("CARGO_PKG_VERSION"));
            assert!(json["warnings"].is_array() && json["run"]["wall_s"].is_number(), "{line}");
        }
    }
}

#[test]
fn only_the_run_part_differs_between_two_runs() {
    let place = Place::new();
    let text = || {
        let mut json = place.run("freqs 6205 --speed 1797rpm --json").exits(0).json();
        json["run"] = serde_json::Value::Null;
        json.to_string()
    };
    assert_eq!(text(), text());
}

#[test]
fn a_failure_is_an_object_too_with_a_code_of_the_documented_list() {
    let place = Place::new();
    place.recording("a.mat", None, 1);
    place.write("text.mat", "hello");
    place.write("plant/readme", "x");
    let page = include_str!("../../errors.md");
    for (line, exit, code) in [
        ("diagnose a.mat", 3, "rate_unknown"),
        ("diagnose text.mat", 3, "format_unknown"),
        ("diagnose gone.mat", 3, "file_missing"),
        ("diagnose plant", 3, "folder_empty"),
        ("diagnose a.mat --rate 12000", 2, "quantity"),
        ("freqs 6266", 2, "bearing_unknown"),
        ("freqs --rolling-elements 9 --ball-diameter 50mm --pitch-diameter 39mm", 2, "geometry"),
        ("freqs 6205 --json --spede 3", 2, "usage"),
        ("nonsense", 2, "usage"),
        ("", 2, "usage"),
        ("data list nowhere", 2, "name_unknown"),
        ("data fetch cwru --only 105 --offline --data-dir d", 2, "offline"),
        ("data verify cwru --data-dir plant", 3, "data_missing"),
        ("freqs 6205 -o a.mat", 2, "output_exists"),
        ("freqs 6205 -o a.mat/b", 4, "output_unwritable"),
        ("diagnose a.mat --rate 12kHz --channel y", 3, "channel_unknown"),
    ] {
        let json = place.run(&format!("{line} --json")).exits(exit).json();
        assert_eq!(json["schema"], "brinell.error/1", "{line}");
        assert_eq!(json["ok"], false, "{line}");
        assert_eq!(json["error"]["code"], code, "{line}");
        assert_eq!(json["error"]["exit"], exit, "{line}");
        assert!(!json["error"]["message"].as_str().unwrap().is_empty(), "{line}");
        assert!(
            page.contains(&format!("| `{code}` | {exit} |")),
            "{code} is not documented with exit {exit}"
        );
    }
}

#[test]
fn the_failure_of_an_unknown_rate_names_variable_and_byte() {
    let place = Place::new();
    place.recording("rig/a.mat", None, 1);
    let error = &place.run("diagnose rig/a.mat --json").exits(3).json()["error"];
    assert_eq!(error["variable"], "vibration");
    assert_eq!(error["offset"], 128);
    assert_eq!(error["file"], "rig/a.mat");
    assert_eq!(error["help"], "brinell diagnose rig/a.mat --rate 12kHz");
}
