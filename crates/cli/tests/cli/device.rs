//! `--device` of the commands that judge: `evaluate`, `diagnose`; and of `tune` and `benchmark`.

use crate::place::{Place, simulated};
use crate::simulated::{EXPERIMENT, rig};
use brinell_diagnosis::{BearingUse, Diagnosis, Request, bearing, diagnose};
use brinell_gpu::{Device, Order};
use brinell_learn::{Experiment, Protocol, TrainOptions, Trained, Unobserved, train_on};
use brinell_model::DeviceChoice;
use brinell_signal::{Channel, FaultKind, Hertz, Known, Origin, Provenance, Recording, Unit};
use std::path::PathBuf;

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
    let plain = place.run(&line).exits(0);
    assert!(!plain.err.contains("nets judge"), "{}", plain.err);
    assert!(plain.out.contains("\"net_") || plain.out.contains("\"sha256\""), "{}", plain.out);
    assert_eq!(place.run(&format!("{line} --device cpu")).exits(0).out, plain.out);
    let auto = place.run(&format!("{line} --device auto")).exits(0).mentions("nets judge on ");
    assert_eq!(auto.err.matches("nets judge on").count(), 1, "{}", auto.err);
    if let Err(why) = DeviceChoice::Cuda(0).open() {
        assert_eq!(auto.out, plain.out);
        auto.mentions(&format!("nets judge on the CPU: {why}"));
        place.run("evaluate run --device auto").exits(0).prints("leave-one-load-out");
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

/// A second of damage as one recording.
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
