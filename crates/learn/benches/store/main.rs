//! A training that reads a store of prepared segments, beside one that reads recordings and runs the pipeline.
//!
//! ```text
//! cargo bench --workspace --bench store -- CWRU_FOLDER
//! ```
//! Each side is a process of its own, and the two take turns. Told are medians of the rounds: seconds from the call of
//! `train` until the first batch was at hand (the end of the first step of the optimiser less the median of the next steps);
//! to the end of that step, and to the end of the first epoch; seconds of the second epoch, when all features are at hand on
//! one side and chunks of the store on the other; and the most memory that the process held (`VmHWM`). Ratios are plain over
//! store: above 1 the store is faster, or smaller.
#![allow(missing_docs, clippy::print_stdout, clippy::unwrap_used)]

#[allow(dead_code, reason = "shared with the bench of the transforms, which uses more of it")]
#[path = "../../../signal/benches/transforms/clock.rs"]
mod clock;

use brinell_learn::{Event, Experiment, PrepareOptions, TrainOptions, prepare_store, train};
use clock::median;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

/// The program's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ROUNDS: usize = 5;

/// Pipelines, from cheap to dear, with the net of `configs/cwru-cnn-se.toml` on images and that of `cwru-wdcnn.toml` on
/// windows.
const WORKS: [(&str, &str, Option<&str>); 4] = [
    ("raw windows of 2048, wdcnn", "cwru-wdcnn.toml", None),
    ("STFT images 32 x 32, se-cnn", "cwru-cnn-se.toml", None),
    ("CWT images 64 x 32, se-cnn", "cwru-cnn-se.toml", Some("step = \"cwt-image\"\ncolumns = 32\n")),
    (
        "VMD, STFT images 32 x 32 of 4 modes, se-cnn",
        "cwru-cnn-se.toml",
        Some(
            "step = \"vmd\"\nmodes = 4\n[[pipeline]]\nstep = \"stft\"\nlength = 128\nhop = 32\nrows = 32\ncolumns = 32\n",
        ),
    ),
];

/// The first protocol of an experiment with one seed and two epochs, so that a run is one training.
fn experiment(file: &str, steps: Option<&str>) -> Experiment {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs").join(file);
    let mut text = std::fs::read_to_string(path).unwrap();
    if let Some(steps) = steps {
        let begin = text.find("[[pipeline]]").unwrap();
        let end = text.find("[model]").unwrap();
        let own = format!("[[pipeline]]\n{steps}[[pipeline]]\nstep = \"standardise-image\"\n");
        text.replace_range(begin..end, &own);
    }
    let mut experiment = Experiment::parse(&text, file).unwrap();
    experiment.protocols.truncate(1);
    experiment.training.seeds.truncate(1);
    experiment.training.epochs = 2;
    experiment
}

/// What is told of each run.
const FIGURES: [&str; 5] = ["first batch", "first step", "first epoch", "second epoch", "memory"];

/// One training; prints its figures.
fn measure(number: usize, data: &Path, store: Option<PathBuf>) {
    let (_, file, steps) = WORKS[number];
    let mut experiment = experiment(file, steps);
    experiment.data.store = store;
    let folder = tempfile::tempdir().unwrap();
    let options = TrainOptions {
        data_folder: data.to_owned(),
        run_folder: folder.path().join("run"),
        at_once: Some(1),
        ..TrainOptions::default()
    };
    let begun = Instant::now();
    let (mut steps, mut epochs) = (Vec::new(), Vec::new());
    let mut observer = |event: &Event<'_>| match event {
        Event::BatchDone { epoch: 1, .. } => steps.push(begun.elapsed().as_secs_f64()),
        Event::EpochDone { .. } => epochs.push(begun.elapsed().as_secs_f64()),
        _ => {}
    };
    train(&experiment, &options, &mut observer).unwrap();
    let step = median(steps.windows(2).map(|pair| pair[1] - pair[0]).collect());
    let second = epochs[1] - epochs[0];
    println!("{} {} {} {second} {}", steps[0] - step, steps[0], epochs[0], most_memory());
}

/// `VmHWM` in MiB; 0 where the system tells none.
fn most_memory() -> f64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    number.unwrap_or(0.0) / 1024.0
}

/// The figures of a process of its own.
fn apart(number: usize, data: &Path, store: Option<&Path>) -> [f64; FIGURES.len()] {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.arg("--one").arg(number.to_string()).arg(data).args(store);
    let ran = command.output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let text = String::from_utf8(ran.stdout).unwrap();
    let figures: Vec<f64> = text.split_whitespace().map(|word| word.parse().unwrap()).collect();
    figures.try_into().unwrap()
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    if let [first, number, data, store @ ..] = &words[..]
        && first == "--one"
    {
        return measure(number.parse().unwrap(), Path::new(data), store.first().map(PathBuf::from));
    }
    let Some(data) = words.first().map(PathBuf::from) else {
        return println!(
            "name the folder of the CWRU recordings: cargo bench --workspace --bench store -- FOLDER"
        );
    };
    println!(
        "{} threads, {ROUNDS} rounds, seconds and MiB: plain, store, ratio",
        rayon::current_num_threads()
    );
    let folder = tempfile::tempdir().unwrap();
    for (number, (work, file, steps)) in WORKS.into_iter().enumerate() {
        let store = folder.path().join("s.h5");
        let options =
            PrepareOptions { data_folder: data.clone(), store: store.clone(), ..PrepareOptions::default() };
        let begun = Instant::now();
        let made = prepare_store(&experiment(file, steps), &options, &mut |_, _| {}).unwrap();
        let prepared = begun.elapsed().as_secs_f64();
        let values: usize =
            made.ways.iter().map(|way| way.segments * way.shape.iter().product::<usize>()).sum();
        println!(
            "{work}: prepared in {prepared:.2} s, {:.1} MB for {:.1} MB of values",
            made.bytes as f64 / 1e6,
            4.0 * values as f64 / 1e6
        );
        let (mut plain, mut stored) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            plain.push(apart(number, &data, None));
            stored.push(apart(number, &data, Some(&store)));
        }
        for (at, what) in FIGURES.into_iter().enumerate() {
            let of = |all: &[[f64; FIGURES.len()]]| median(all.iter().map(|own| own[at]).collect());
            let (plain, stored) = (of(&plain), of(&stored));
            println!("  {what:13} {plain:9.3} {stored:9.3} {:7.2}", plain / stored);
        }
    }
}
