//! `--device` of the commands that judge: `evaluate`, `diagnose`; and of `tune` and `benchmark`.

use crate::place::{Place, Ran, simulated};
use crate::simulated::{EXPERIMENT, rig};
use brinell_diagnosis::{BearingUse, Diagnosis, Request, bearing, diagnose};
use brinell_gpu::{Device, Order};
use brinell_learn::{Experiment, Protocol, TrainOptions, Trained, Unobserved, train_on};
use brinell_model::DeviceChoice;
use brinell_signal::{Channel, FaultKind, Hertz, Known, Origin, Provenance, Recording, Unit};
use std::path::PathBuf;

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[path = "../../../gpu/tests/driver/compiled.rs"]
mod compiled;

/// What is said of [`Place::recording`], at a speed that the nets of [`run`] know.
const KNOWN: &str = "--rate 12kHz --speed 29.8Hz --bearing 6205";
/// No machine has as many.
const NONE: &str = "device `cuda:4096` cannot be used";

/// A run of a small model, and the file of its first fold.
fn run(place: &Place, name: &str, model: &str) -> PathBuf {
    let text = EXPERIMENT.replace("epochs = 4", "epochs = 1").replace(
        "name = \"se-cnn\"\nwidths = [8, 16]\nattention = { kind = \"se\", reduction = 4 }\nhidden = 16\ndropout = 0.2",
        model,
    );
    let mut experiment = Experiment::parse(&text, "small.toml").unwrap();
    experiment.protocols[0].name = Protocol::LeaveOneLoadOut;
    let options = TrainOptions { run_folder: place.path(name), ..TrainOptions::default() };
    train_on(&experiment, &rig(true), &options, &mut Unobserved).unwrap().models.swap_remove(0)
}

fn net(place: &Place, name: &str) -> PathBuf {
    run(place, name, "name = \"se-cnn\"\nwidths = [4, 8]\nhidden = 16")
}

#[test]
fn a_device_that_cannot_be_used_is_refused_before_anything_is_read_or_written() {
    let place = Place::new();
    net(&place, "run");
    place.write("tiny.toml", EXPERIMENT);
    place.write("rig/broken.mat", "broken");
    let before = place.tree();
    for line in [
        "diagnose rig --device cuda:4096 -o report",
        "diagnose gone.mat --device cuda:4096 --model gone.safetensors",
        "diagnose rig --device cuda:4096 --model none -o report",
        "evaluate run --device cuda:4096",
        "evaluate run --device cuda:4096 --anew",
        "evaluate run --device cuda:4096 --physics",
        "tune tiny.toml --device cuda:4096",
        "benchmark cwru --device cuda:4096",
    ] {
        let ran = place.run(line).exits(4).mentions(NONE).mentions("help: brinell doctor");
        assert_eq!(ran.out, "", "{line}");
        assert_eq!(place.tree(), before, "{line}");
    }
    // What it comes to is told without it.
    place.run("diagnose rig --device cuda:4096 -o report -n").exits(0);
}

#[test]
fn a_wrong_device_is_refused_with_the_right_ones() {
    let place = Place::new();
    for line in ["diagnose a.mat", "evaluate run", "tune tiny.toml", "benchmark cwru"] {
        place.run(&format!("{line} --device gpu")).exits(2).mentions("`auto`, `cpu` or `cuda:N`");
    }
    place.run("analyze a.mat --device cpu").exits(2).mentions("--device");
}

#[test]
fn auto_gives_the_bytes_of_the_cpu_where_there_is_no_gpu_and_says_why_once() {
    let place = Place::new();
    for seed in 0..3 {
        place.recording(format!("rig/{seed}.mat"), Some(FaultKind::Outer), seed);
    }
    let model = net(&place, "run");
    let line = format!("diagnose rig {KNOWN} --model {} --json", model.display());
    let data = |ran: &Ran| ran.json()["data"].clone();
    let plain = place.run(&line).exits(0);
    assert!(!plain.err.contains("nets judge"), "{}", plain.err);
    assert!(data(&plain)["recordings"][0]["scores"].is_object(), "{}", plain.out);
    assert_eq!(data(&place.run(&format!("{line} --device cpu")).exits(0)), data(&plain));
    let auto = place.run(&format!("{line} --device auto")).exits(0).mentions("nets judge on ");
    assert_eq!(auto.err.matches("nets judge on").count(), 1, "{}", auto.err);
    if let Err(why) = DeviceChoice::Cuda(0).open() {
        assert_eq!(data(&auto), data(&plain));
        auto.mentions(&format!("nets judge on the CPU: {why}"));
    }
}

#[test]
fn a_device_that_nothing_is_judged_on_is_said_in_one_line() {
    let place = Place::new();
    place.recording("a.mat", Some(FaultKind::Outer), 1);
    let learner = run(&place, "learner", "name = \"logistic\"");
    let useless = |line: &str, why: &str| {
        let plain = place.run(line).exits(0);
        let ran = place.run(&format!("{line} --device auto")).exits(0);
        assert_eq!(ran.out, plain.out, "{line}");
        assert_eq!(ran.err.lines().count(), plain.err.lines().count() + 1, "{}", ran.err);
        ran.mentions(&format!("{why}; a GPU does nothing for it\n"));
    };
    useless(&format!("diagnose a.mat {KNOWN}"), "the model is no net");
    useless(&format!("diagnose a.mat {KNOWN} --model {}", learner.display()), "the model is no net");
    useless(&format!("diagnose a.mat {KNOWN} --model none"), "no model is asked");
    useless("evaluate learner", "without --anew or --physics nothing is judged");
}

/// Five seconds of damage as one recording.
fn recording(seed: u64) -> Recording {
    let unit = Known::new(Unit::G, Origin::Declared, "simulated");
    let samples = simulated(Some(FaultKind::Outer), seed).iter().map(|value| *value as f32).collect();
    let channel = Channel::new("1", "x", unit, None, samples).unwrap();
    let provenance =
        Provenance { path: "simulated".into(), sha256: "".into(), bytes: 0, format: "simulation".into() };
    let rate = Known::new(Hertz(12_000.0), Origin::Declared, "simulated");
    let speed = Known::new(Hertz(29.8), Origin::Measured, "simulated");
    Recording::new(vec![channel], rate, Some(speed), None, provenance).unwrap()
}

#[test]
fn a_diagnosis_whose_net_judges_on_a_gpu_comes_to_the_verdict_of_the_cpu() {
    let place = Place::new();
    let model = net(&place, "run");
    let cpu = Trained::load(&model).unwrap();
    // The processor in its place where there is none.
    let device = Device::open(0).unwrap_or_else(|_| Device::on_host(Order::Forwards));
    let gpu = Trained::load(&model).unwrap().on(Some(&device)).unwrap();
    let judged = |model: &Trained, seed: u64| -> Diagnosis {
        let bearing = BearingUse { bearing: bearing("6205").unwrap(), origin: Origin::Declared };
        let request = Request { bearing: Some(bearing), model: Some(model), ..Request::default() };
        diagnose(&recording(seed), &request).unwrap()
    };
    for seed in 0..3 {
        let (right, mut found) = (judged(&cpu, seed), judged(&gpu, seed));
        let (own, theirs) = (right.learned.as_ref().unwrap(), found.learned.as_mut().unwrap());
        for (right, found) in own.scores.iter().zip(&theirs.scores) {
            assert!((right.score - found.score).abs() < 1e-4, "{found:?} and not {right:?}");
        }
        theirs.scores.clone_from(&own.scores);
        // Nothing else differs.
        assert_eq!(serde_json::to_value(&found).unwrap(), serde_json::to_value(&right).unwrap());
    }
}

/// A folder with a driver of a GPU that is none.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
fn driver_in_place(place: &Place) -> PathBuf {
    let folder = place.path("driver");
    std::fs::create_dir_all(&folder).unwrap();
    compiled::compile_driver(&folder.join("libcuda.so.1"));
    folder
}

#[test]
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
fn a_gpu_that_fails_in_a_batch_fails_the_recordings_that_asked_it_and_they_are_done_elsewhere() {
    let place = Place::new();
    let (driver, model) = (driver_in_place(&place), net(&place, "run"));
    let mut table = "file,speed\n".to_owned();
    // The net knows nothing that turns as the last one does, and is not asked.
    for (seed, speed) in [(0, "29.8Hz"), (1, "29.8Hz"), (2, "90Hz")] {
        place.recording(format!("{seed}.mat"), Some(FaultKind::Outer), seed);
        table += &format!("{seed}.mat,{speed}\n");
    }
    place.write("plant.csv", table);
    let model = model.to_str().unwrap().to_owned();
    let run = |more: &str| {
        let mut command = place.command();
        command.env("LD_LIBRARY_PATH", &driver).env("FAKE_FAIL", "cuLaunchKernel 700 1");
        command.args("diagnose --manifest plant.csv --rate 12kHz --bearing 6205 --json --model".split(' '));
        Ran::from(command.arg(&model).args(more.split(' ')).output().unwrap())
    };
    let failed = run("--device cuda:0 -o report").exits(4).mentions("nets judge on Fake GPU");
    let failed = failed.mentions("the driver reports").mentions("0.mat --device cpu");
    let data = failed.json()["data"].clone();
    let ways: Vec<&str> = (0..3).map(|at| data["recordings"][at]["status"].as_str().unwrap()).collect();
    assert_eq!((ways[0], ways[1], &data["counts"]["failed"]), ("failed", "failed", &2.into()), "{data:#}");
    assert_eq!(data["recordings"][0]["error"]["code"], "resource");
    let resumed = run("--device cpu -o report --resume").exits(0).json()["data"].clone();
    assert_eq!(
        (&resumed["done_before"], &resumed["counts"]["failed"]),
        (&1.into(), &0.into()),
        "{resumed:#}"
    );
    let again = |name: &str| {
        let pages = std::fs::read_dir(place.path("report")).unwrap().flatten().map(|entry| entry.path());
        let mut reports = pages.filter(|path| path.extension().is_some_and(|own| own == "json"));
        let of_file =
            |path: &PathBuf| std::fs::read_to_string(path).unwrap().contains(&format!("diagnose {name}"));
        let report = reports.find(of_file).unwrap();
        let report: serde_json::Value = serde_json::from_slice(&std::fs::read(report).unwrap()).unwrap();
        report["reproduce"].as_str().unwrap().to_owned()
    };
    assert!(again("2.mat").ends_with("--device cuda:0"), "{}", again("2.mat"));
    assert!(!again("0.mat").contains("--device"), "{}", again("0.mat"));
}
