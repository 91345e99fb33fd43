//! The mode decomposition of a pipeline on a GPU, in runs and in stores; the processor stands in for the GPU.
#![allow(clippy::unwrap_used)]

use crate::simulated::{EXPERIMENT, rig};
use crate::whole_run::options;
use brinell_gpu::{Device, Order};
use brinell_learn::{
    Event, Experiment, ModesOn, PrepareOptions, PreparedStore, TrainOptions, Unobserved, finished_folds,
    prepare_store_of, train, train_on,
};
use brinell_model::Hardware;
use hdf5_reader::Hdf5File;
use std::path::Path;

/// A learner on the spectra of two modes of segments of that length.
fn experiment(length: usize) -> Experiment {
    let (head, rest) = EXPERIMENT.split_once("[segments]").unwrap();
    let (_, tail) = rest.split_once("[training]").unwrap();
    let text = format!(
        "{head}[segments]\nlength = {length}\nstride = 1024\n\
         [[pipeline]]\nstep = \"standardise\"\n\
         [[pipeline]]\nstep = \"vmd\"\nmodes = 2\nmax_sweeps = 20\n\
         [[pipeline]]\nstep = \"amplitude-spectrum\"\n\
         [model]\nname = \"logistic\"\n[training]{tail}"
    );
    Experiment::parse(&text, "modes.toml").unwrap()
}

fn gpu() -> Option<Hardware> {
    Some(Hardware::Gpu(Device::on_host(Order::Forwards)))
}

fn prepare(experiment: &Experiment, store: &Path, device: Option<Hardware>) -> PreparedStore {
    let options = PrepareOptions { store: store.to_owned(), device, ..PrepareOptions::default() };
    prepare_store_of(experiment, &rig(true), &options).unwrap()
}

#[test]
fn a_run_on_a_gpu_makes_its_modes_there_and_comes_to_the_figures_of_one_without() {
    let (recordings, folder) = (rig(true), tempfile::tempdir().unwrap());
    let mut told = Vec::new();
    let mut run = |name: &str, length: usize, device: Option<Hardware>| {
        let options = TrainOptions { device, ..options(&folder.path().join(name)) };
        let mut watch = |event: &Event<'_>| {
            if let Event::ModesPlanned { length, on } = event {
                told.push((*length, (*on).clone()));
            }
        };
        train_on(&experiment(length), &recordings, &options, &mut watch).unwrap();
        let (_, folds) = finished_folds(&folder.path().join(name)).unwrap();
        let rows = folds.into_iter().flat_map(|fold| fold.scores.rows);
        rows.flat_map(|row| row.probabilities).collect::<Vec<_>>()
    };
    let plain = run("plain", 256, None);
    let on_gpu = run("gpu", 256, gpu());
    run("long", 254, gpu());
    assert_eq!(plain.len(), on_gpu.len());
    assert!(plain.iter().zip(&on_gpu).all(|(a, b)| (a - b).abs() < 1e-3));
    assert!(plain != on_gpu, "the GPU's kernels have a rounding of their own");
    assert_eq!(told[0], (256, ModesOn::Gpu("the processor in place of a GPU".to_owned())));
    assert!(matches!(&told[1], (254, ModesOn::Cpu { why }) if why.contains("is 254")), "{told:?}");
    assert_eq!(told.len(), 2);
}

#[test]
fn a_store_that_a_gpu_made_fits_a_run_anywhere_and_names_the_gpu() {
    let (experiment, folder) = (experiment(256), tempfile::tempdir().unwrap());
    let [plain, stored] = ["cpu.h5", "gpu.h5"].map(|name| folder.path().join(name));
    let made = prepare(&experiment, &stored, gpu());
    let without = prepare(&experiment, &plain, Some(Hardware::Cpu));
    assert_eq!(made.ways[0].segments, without.ways[0].segments);
    let name = "the processor in place of a GPU".to_owned();
    assert_eq!(
        (&made.ways[0].modes_on, &without.ways[0].modes_on),
        (&Some(ModesOn::Gpu(name.clone())), &None)
    );
    let names = |path: &Path| {
        let group = Hdf5File::open(path).unwrap().group("ways/0").unwrap();
        group.attribute("modes_on").ok().map(|own| own.read_string().unwrap())
    };
    assert_eq!((names(&stored), names(&plain)), (Some(name), None));
    let mut reading = experiment.clone();
    reading.data.store = Some(stored);
    train(&reading, &options(&folder.path().join("run")), &mut Unobserved).unwrap();
}

#[test]
fn a_store_whose_modes_stay_on_the_processor_has_its_bytes_and_says_why() {
    let (experiment, folder) = (experiment(254), tempfile::tempdir().unwrap());
    let [plain, asked] = ["cpu.h5", "gpu.h5"].map(|name| folder.path().join(name));
    prepare(&experiment, &plain, None);
    let made = prepare(&experiment, &asked, gpu());
    assert!(matches!(&made.ways[0].modes_on, Some(ModesOn::Cpu { why }) if why.contains("prime factor")));
    assert!(std::fs::read(plain).unwrap() == std::fs::read(asked).unwrap());
}
