//! Runs on a GPU, or on the processor in its place: the figures of the CPU up to rounding, and the same bytes whatever stops
//! them.
#![allow(clippy::unwrap_used)]

use crate::simulated::{EXPERIMENT, rig};
use crate::whole_run::{options, stopped_and_resumed_on, trained_by};
use brinell_gpu::{Device, Order};
use brinell_learn::{
    EpochRow, Experiment, PrepareOptions, RunFolder, Scores, TrainOptions, Trained, Unobserved, evaluate_on,
    prepare_store_of, train, train_on, with_device,
};
use brinell_model::Hardware;
use brinell_signal::{Context, Hertz};
use rayon::prelude::*;
use serde_json::Value;
use std::path::Path;

fn gpu() -> Hardware {
    Hardware::Gpu(Device::open(0).unwrap_or_else(|_| Device::on_host(Order::Forwards)))
}

/// The rows of the only `epochs.csv` of a run.
fn epochs(root: &Path) -> Vec<EpochRow> {
    let files = crate::whole_run::contents(root);
    let mut logs = files.keys().filter(|path| path.ends_with("epochs.csv"));
    let log = root.join(logs.next().unwrap());
    csv::Reader::from_path(log).unwrap().deserialize().map(Result::unwrap).collect()
}

/// The largest difference of losses after a few epochs on the CPU and on the GPU.
fn held(experiment: &Experiment, near: f64) {
    let (recordings, folder) = (rig(true), tempfile::tempdir().unwrap());
    let run = |name: &str, device: Hardware| {
        let root = folder.path().join(name);
        let options = TrainOptions { device: Some(device), ..options(&root) };
        train_on(experiment, &recordings, &options, &mut Unobserved).unwrap();
        epochs(&root)
    };
    let (cpu, gpu) = (run("cpu", Hardware::Cpu), run("gpu", gpu()));
    assert_eq!(cpu.len(), gpu.len());
    for (cpu, gpu) in cpu.iter().zip(&gpu) {
        for (what, right, found) in [
            ("training", cpu.train_loss, gpu.train_loss),
            ("validation", cpu.validation_loss, gpu.validation_loss),
            ("adaptation", cpu.adaptation_loss, gpu.adaptation_loss),
            ("sizes", cpu.size_loss, gpu.size_loss),
        ] {
            let apart = (found - right).abs() / right.abs().max(0.1);
            assert!(apart <= near, "epoch {}, {what}: {found} and not {right}", cpu.epoch);
        }
    }
}

#[test]
fn a_run_on_a_gpu_has_the_losses_of_one_on_the_cpu_up_to_rounding() {
    held(&Experiment::parse(EXPERIMENT, "small.toml").unwrap(), 0.02);
}

#[test]
fn a_run_in_tf32_has_the_losses_of_the_cpu_but_for_its_rounding() {
    let lines = "precision = \"tf32\"\noptimiser = { kind = \"adam\", learning_rate = 0.003 }";
    held(&trained_by(lines), 0.05);
}

#[test]
fn averages_of_weights_and_adversaries_learn_on_a_gpu_too() {
    let lines = "weight_average = 0.9\n\
        adaptation = { kind = \"dann\", hidden = [8], dropout = 0.1 }\n\
        optimiser = { kind = \"adam-w\", learning_rate = 0.003 }";
    held(&trained_by(lines), 0.05);
}

#[test]
fn a_run_on_a_gpu_that_was_stopped_and_resumed_has_the_same_bytes_as_an_unbroken_one() {
    let lines = "weight_average = 0.9\noptimiser = { kind = \"adam\", learning_rate = 0.003 }";
    stopped_and_resumed_on(&trained_by(lines), &gpu());
}

/// Two epochs of a net that tells sizes, calibrated, with a score of unknown faults by its features.
fn calibrated() -> Experiment {
    let text = EXPERIMENT
        .replace("epochs = 4", "epochs = 2\nalso = { size = { weight = 0.5 } }")
        .replace("[[protocol]]", "[calibration]\nmethod = \"temperature\"\n[[protocol]]");
    Experiment::parse(&text, "calibrated.toml").unwrap()
}

/// All numbers that were made of a recording.
fn numbers(scores: &Scores) -> Vec<f64> {
    let sizes = scores.sizes.iter().map(|(_, p)| *p);
    scores
        .mean
        .iter()
        .copied()
        .chain(sizes)
        .chain(scores.unknown)
        .chain(scores.per_segment.concat())
        .collect()
}

/// Panics where anything but the rounding of a number differs.
fn same_but_for_rounding(found: &Value, right: &Value, place: &str) {
    match (found, right) {
        (Value::Number(a), Value::Number(b)) => {
            let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
            assert!((a - b).abs() <= 1e-4 * b.abs().max(1.0), "{place}: {a} and not {b}");
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            a.iter().zip(b).for_each(|(a, b)| same_but_for_rounding(a, b, place));
        }
        (Value::Object(a), Value::Object(b)) if a.len() == b.len() => {
            a.iter().for_each(|(key, a)| same_but_for_rounding(a, &b[key], &format!("{place}.{key}")));
        }
        _ => assert_eq!(found, right, "{place}"),
    }
}

#[test]
fn a_model_on_a_gpu_judges_as_on_the_cpu_however_many_ask_at_once() {
    let (recordings, folder) = (rig(true), tempfile::tempdir().unwrap());
    let run = train_on(&calibrated(), &recordings, &options(folder.path()), &mut Unobserved).unwrap();
    let cpu = Trained::load(&run.models[0]).unwrap();
    let on_gpu = Trained::load(&run.models[0]).unwrap().on(gpu().gpu()).unwrap();
    assert!(on_gpu.is_on_gpu() && !cpu.is_on_gpu());
    let judged = |model: &Trained| -> Vec<Scores> {
        let each = recordings.signals().par_iter();
        each.map(|one| model.score(&one.samples, Hertz(12_000.0), &Context::default()).unwrap()).collect()
    };
    let (right, found) = (judged(&cpu), judged(&on_gpu));
    for (right, found) in right.iter().zip(&found) {
        assert_eq!((right.alarm, &right.set), (found.alarm, &found.set));
        let (right, found) = (numbers(right), numbers(found));
        assert_eq!(right.len(), found.len());
        for (right, found) in right.iter().zip(&found) {
            assert!((found - right).abs() <= 1e-4 * right.abs().max(1.0), "{found} and not {right}");
        }
    }
    assert!(right[0].unknown.is_some() && !right[0].sizes.is_empty());
    assert!(right != found, "the GPU's kernels have a rounding of their own");

    let (stored, experiment) = RunFolder::open(folder.path()).unwrap();
    let anew = evaluate_on(&stored, &experiment, &recordings, &gpu(), &mut Unobserved).unwrap();
    let [anew, right] = [&anew, &run.summary].map(|own| serde_json::to_value(own).unwrap());
    same_but_for_rounding(&anew, &right, "summary");
}

#[test]
fn a_run_on_a_gpu_that_is_judged_anew_there_has_the_same_figures() {
    let (recordings, folder) = (rig(true), tempfile::tempdir().unwrap());
    let experiment = Experiment::parse(&EXPERIMENT.replace("epochs = 4", "epochs = 1"), "one.toml").unwrap();
    let options = TrainOptions { device: Some(gpu()), ..options(folder.path()) };
    let run = train_on(&experiment, &recordings, &options, &mut Unobserved).unwrap();
    let (stored, experiment) = RunFolder::open(folder.path()).unwrap();
    let anew = evaluate_on(&stored, &experiment, &recordings, &gpu(), &mut Unobserved).unwrap();
    assert_eq!(anew, run.summary);
}

#[test]
fn a_gpu_that_is_open_is_not_taken_by_a_run_that_has_no_use_for_it() {
    let taken = |model: &str| {
        let (head, rest) = EXPERIMENT.split_once("[model]").unwrap();
        let (_, tail) = rest.split_once("[training]").unwrap();
        let experiment =
            Experiment::parse(&format!("{head}[model]\n{model}\n[training]{tail}"), "x").unwrap();
        let open = TrainOptions { device: Some(gpu()), ..TrainOptions::default() };
        with_device(&experiment, &open, &mut Unobserved).unwrap().device.unwrap()
    };
    assert!(taken("name = \"logistic\"").is_cpu());
    assert!(!taken("name = \"se-cnn\"").is_cpu());
}

#[test]
fn trainings_on_a_gpu_in_all_threads_of_a_pool_do_not_wait_for_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().to_owned();
    let mut experiment = Experiment::parse(EXPERIMENT, "small.toml").unwrap();
    experiment.training.epochs = 1;
    experiment.protocols[0].folds = Some(vec!["size-7".to_owned()]);
    let store = root.join("s.h5");
    let options_of_store = PrepareOptions { store: store.clone(), ..PrepareOptions::default() };
    prepare_store_of(&experiment, &rig(true), &options_of_store).unwrap();
    experiment.data.store = Some(store);
    let (done, wait) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let one = |at: usize| {
            let options = TrainOptions { device: Some(gpu()), ..options(&root.join(at.to_string())) };
            train(&experiment, &options, &mut Unobserved).map(drop)
        };
        done.send(rayon::broadcast(|at| one(at.index()))).unwrap();
    });
    let runs = wait.recv_timeout(std::time::Duration::from_secs(300)).expect("they wait for each other");
    for run in runs {
        run.unwrap();
    }
}
