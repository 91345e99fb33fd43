//! Experiment files: the shipped ones are right, wrong ones are explained.
#![allow(clippy::unwrap_used)]

use crate::simulated;

use brinell_learn::{Beside, Error, Experiment, Setting};
use simulated::EXPERIMENT;
use std::path::Path;

fn mistakes(text: &str) -> String {
    match Experiment::parse(text, "e.toml") {
        Err(Error::Config(error)) => error.to_string(),
        Err(error) => panic!("another error: {error}"),
        Ok(_) => panic!("nothing was found wrong"),
    }
}

fn shipped(name: &str) -> Experiment {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs").join(name);
    Experiment::load(&path).unwrap()
}

#[test]
fn the_shipped_experiments_are_right_and_survive_being_written() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs");
    let mut seen = 0;
    for item in std::fs::read_dir(folder).unwrap() {
        let name = item.unwrap().file_name().into_string().unwrap();
        if name.starts_with("cwru-") {
            let experiment = shipped(&name);
            assert_eq!(format!("{}.toml", experiment.name), name);
            let text = experiment.to_toml().unwrap();
            assert_eq!(Experiment::parse(&text, "written").unwrap(), experiment);
            seen += 1;
        }
    }
    assert!(seen >= 3);
    let default = shipped("default.toml");
    assert_eq!(default.final_model.as_ref().unwrap().sensor, "DE+FE");
    assert_eq!(Experiment::parse(&default.to_toml().unwrap(), "written").unwrap(), default);
}

#[test]
fn in_the_shipped_experiments_a_leaky_figure_stands_beside_each_honest_one_or_there_is_none() {
    let configs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs");
    let mut names: Vec<String> = Vec::new();
    for folder in ["", "cwru/"] {
        for item in std::fs::read_dir(configs.join(folder)).unwrap() {
            let name = item.unwrap().file_name().into_string().unwrap();
            if name.starts_with("cwru-") || (name.starts_with('p') && name.ends_with(".toml")) {
                names.push(format!("{folder}{name}"));
            }
        }
    }
    let mut beside = 0;
    for name in &names {
        let experiment = shipped(name);
        for own in &experiment.protocols {
            match Setting::of(&experiment, own).beside {
                Beside::Protocols { folders } => beside += folders.len(),
                Beside::Missing { add, .. } => panic!("{name}: {} lacks\n{add}", own.name),
                Beside::Nothing { why } => assert!(!why.contains("cannot be added"), "{name}: {why}"),
            }
        }
    }
    assert!(names.len() >= 14 && beside >= 40, "{beside} in {names:?}");
}

#[test]
fn a_final_model_of_a_sensor_that_nothing_measures_or_without_its_limits_is_refused() {
    let text = format!("{EXPERIMENT}\n[final]\nsensor = \"A+B\"\nnot_for = \" \"\n");
    let shown = mistakes(&text);
    assert!(shown.contains("no protocol reads B"), "{shown}");
    assert!(shown.contains("say what the model must not be used for"), "{shown}");
}

#[test]
fn every_mistake_is_shown_at_once_with_its_place_and_a_hint() {
    let text = EXPERIMENT
        .replace("epochs = 4", "epohcs = 4")
        .replace("batch = 32", "batch = 1")
        .replace("validation = 0.2", "validation = 0.9")
        .replace("hop = 32", "hopp = 32")
        .replace("sensor = \"A\"", "sensor = \"A\"\nsegments = { length = 8, stride = 0 }");
    let shown = mistakes(&text);
    assert!(shown.starts_with("6 problems in e.toml\n"), "{shown}");
    for part in [
        "e.toml:13:1: step 1 (stft): unknown key `hopp`; did you mean `hop`?; stft takes window, length, hop, scale, rows, columns\n  13 | hopp = 32\n     | ^^^^",
        "e.toml:26:1: unknown key `epohcs`; did you mean `epochs`?; training takes epochs, batch, device, precision, seeds, validation, class_weights, decay_norms_and_biases, weight_average, loss, optimiser, schedule, early_stop, keep, keep_state, adaptation, also\n  26 | epohcs = 4\n     | ^^^^^^",
        "e.toml:27:9: batch must be >= 2, found 1\n  27 | batch = 1\n     |         ^",
        "e.toml:29:14: validation must be >= 0.02 and <= 0.5, found 0.9",
        "length must be >= 16, found 8",
        "stride must be >= 1, found 0",
    ] {
        assert!(shown.contains(part), "missing: {part}\nin: {shown}");
    }
}

#[test]
fn names_are_checked_against_the_catalogue() {
    let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs/cwru-cnn-se.toml");
    let good = std::fs::read_to_string(config).unwrap();
    let wrong = |from: &str, to: &str| {
        assert!(good.contains(from), "{from}");
        mistakes(&good.replacen(from, to, 1))
    };
    let shown = wrong("fault = [\"normal\"]", "fault = [\"normall\"]");
    assert!(shown.contains("unknown fault `normall`; did you mean `normal`?"), "{shown}");
    let shown = wrong("sensor = \"DE\"", "sensor = \"XX\"");
    assert!(shown.contains("unknown sensor `XX`; known are `BA`, `DE`, `FE`"), "{shown}");
    let shown = wrong("dataset = \"cwru\"", "dataset = \"cwrru\"");
    assert!(shown.contains("unknown data set `cwrru`; did you mean `cwru`?"), "{shown}");
    let shown = wrong("rate = \"12kHz\"", "rate = \"12000\"");
    assert!(shown.contains("has no unit") && shown.contains("12000Hz"), "{shown}");
    let shown = wrong("0.007 in", "0.009 in");
    assert!(shown.contains("unknown size `0.009 in`"), "{shown}");
    let shown = wrong("name = \"random-window\"", "name = \"random-windows\"");
    assert!(shown.contains("unknown name `random-windows`; did you mean `random-window`?"), "{shown}");
}

#[test]
fn pipelines_and_nets_that_cannot_be_are_refused_before_anything_runs() {
    let shown = mistakes(&EXPERIMENT.replace("step = \"standardise-image\"", "step = \"standardise\""));
    assert!(shown.contains("step 2"), "{shown}");
    let shown = mistakes(&EXPERIMENT.replace("widths = [8, 16]", "widths = [8, 16, 16, 16, 16]"));
    assert!(shown.contains("for leave-one-size-out"), "{shown}");
    let comb = "step = \"comb-image\"\n[[pipeline]]\nstep = \"standardise-image\"";
    let at = EXPERIMENT.find("step = \"stft\"").unwrap();
    let end = EXPERIMENT.find("[model]").unwrap();
    let shown = mistakes(&format!("{}{comb}\n{}", &EXPERIMENT[..at], &EXPERIMENT[end..]));
    assert!(shown.contains("[data.sensors.A.orders]"), "{shown}");
    let overlapping =
        EXPERIMENT.replace("stride = 512\n", "stride = 500\n").replace("leave-one-size-out", "random-window");
    let shown = mistakes(&overlapping);
    assert!(shown.contains("stride must be >= length (512) for random-window, found 500"), "{shown}");
}

#[test]
fn no_text_makes_the_reader_panic() {
    let lines: Vec<&str> = EXPERIMENT.lines().collect();
    for skip in 0..lines.len() {
        let text: Vec<&str> =
            lines.iter().enumerate().filter(|(at, _)| *at != skip).map(|(_, line)| *line).collect();
        let _ = Experiment::parse(&text.join("\n"), "cut.toml");
        let _ = Experiment::parse(&lines[..skip].join("\n"), "cut.toml");
    }
    for at in (0..EXPERIMENT.len()).step_by(2) {
        let mut bytes = EXPERIMENT.as_bytes().to_vec();
        bytes[at] = b'\xc3';
        let _ = Experiment::parse(&String::from_utf8_lossy(&bytes), "odd.toml")
            .map_err(|error| error.to_string());
    }
}

#[test]
fn a_protocol_is_told_which_sensors_and_which_noise_it_can_take() {
    let with = |protocol: &str| {
        let a = EXPERIMENT.find("[[protocol]]").unwrap();
        format!("{}[[protocol]]\n{protocol}\n", &EXPERIMENT[..a])
    };
    for (protocol, mistake) in [
        ("name = \"cross-end\"\nsensor = \"A\"", "cross-end reads both ends: name both sensors"),
        (
            "name = \"load-to-load\"\nsensor = \"A\"\nvalidation = \"size\"",
            "validation belongs to leave-one-size-out, unseen-bearing-and-load, bearing-wise",
        ),
        ("name = \"leave-one-bearing-out\"\nsensor = \"A\"", "leave-one-bearing-out"),
        (
            "name = \"leave-one-size-out\"\nsensor = \"A\"\nnoise = { kind = \"white\", snr_db = 90 }",
            "snr_db must be >= -60 and <= 60, found 90",
        ),
        (
            "name = \"leave-one-size-out\"\nsensor = \"A\"\nnoise = { kind = \"band\", snr_db = 0 }",
            "needs its edges: band_hz",
        ),
        (
            "name = \"leave-one-size-out\"\nsensor = \"A\"\nnoise = { kind = \"band\", snr_db = 0, band_hz = [2000, 7000] }",
            "lie within 0 and 6000 Hz, found 2000 and 7000",
        ),
        (
            "name = \"leave-one-size-out\"\nsensor = \"A\"\nnoise = { kind = \"pink\", snr_db = 0, band_hz = [1, 2] }",
            "band_hz belongs to noise of kind `band`",
        ),
    ] {
        let shown = mistakes(&with(protocol));
        assert!(shown.contains(mistake), "{mistake}\nis not in: {shown}");
    }
    let noise = "noise = { kind = \"pink\", snr_db = -4 }";
    let both = format!(
        "name = \"cross-end\"\nsensor = \"A+B\"\n{noise}\n[[protocol]]\nname = \"cross-end\"\nsensor = \"A+B\""
    );
    let experiment = Experiment::parse(&with(&both), "e.toml").unwrap();
    let folders: Vec<String> = experiment.protocols.iter().map(|own| experiment.folder_of(own)).collect();
    assert_eq!(folders, ["cross-end-a+b-pink_-4dB", "cross-end-a+b"]);
}
