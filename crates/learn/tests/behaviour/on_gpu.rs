//! Runs on a GPU, or on the processor in its place: the figures of the CPU up to rounding, and the same bytes whatever stops
//! them.
#![allow(clippy::unwrap_used)]

use crate::simulated::{EXPERIMENT, rig};
use crate::whole_run::{options, stopped_and_resumed_on, trained_by};
use brinell_gpu::{Device, Order};
use brinell_learn::{EpochRow, Experiment, TrainOptions, Unobserved, train_on};
use brinell_model::Hardware;
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
