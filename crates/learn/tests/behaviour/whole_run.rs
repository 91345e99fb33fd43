//! What the tests of whole runs share: runs into folders, their bytes, runs that are stopped again and again.
#![allow(clippy::unwrap_used)]

use crate::simulated::{EXPERIMENT, rig};
use brinell_learn::{
    Error, Event, Experiment, Protocol, ProtocolOptions, TrainOptions, Unobserved, train_on,
};
use brinell_model::Hardware;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

pub(crate) fn options(folder: &Path) -> TrainOptions {
    TrainOptions { run_folder: folder.to_owned(), ..TrainOptions::default() }
}

/// All files of a run but `state/`, which holds the seconds of every epoch; those of `epochs.csv` are cut off.
pub(crate) fn contents(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let (mut files, mut folders) = (BTreeMap::new(), vec![root.to_owned()]);
    while let Some(folder) = folders.pop() {
        for item in std::fs::read_dir(folder).unwrap() {
            let path = item.unwrap().path();
            if path.is_dir() {
                if !path.ends_with("state") {
                    folders.push(path);
                }
                continue;
            }
            let mut bytes = std::fs::read(&path).unwrap();
            if path.ends_with("epochs.csv") {
                let text = String::from_utf8(bytes).unwrap();
                let rows = text.lines().map(|line| line.rsplit_once(',').unwrap().0);
                bytes = rows.collect::<Vec<_>>().join("\n").into_bytes();
            }
            files.insert(path.strip_prefix(root).unwrap().to_owned(), bytes);
        }
    }
    files
}

pub(crate) fn assert_same(one: &Path, other: &Path) {
    let (one, other) = (contents(one), contents(other));
    assert_eq!(one.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>());
    for (path, bytes) in &one {
        assert!(bytes == &other[path], "{} differs", path.display());
    }
}

pub(crate) fn only(experiment: &mut Experiment, protocol: Protocol) {
    experiment.protocols = vec![ProtocolOptions::new(protocol, "A")];
}

/// The small experiment with other lines in place of its optimiser.
pub(crate) fn trained_by(lines: &str) -> Experiment {
    let own = "optimiser = { kind = \"adam\", learning_rate = 0.01 }";
    assert!(EXPERIMENT.contains(own));
    Experiment::parse(&EXPERIMENT.replace(own, lines), "other.toml").unwrap()
}

pub(crate) fn stopped_and_resumed(experiment: &Experiment) {
    stopped_and_resumed_on(experiment, &Hardware::Cpu);
}

pub(crate) fn stopped_and_resumed_on(experiment: &Experiment, device: &Hardware) {
    let options = |folder: &Path| TrainOptions { device: Some(device.clone()), ..options(folder) };
    let recordings = rig(true);
    let folder = tempfile::tempdir().unwrap();
    let (whole, broken) = (folder.path().join("whole"), folder.path().join("broken"));
    train_on(experiment, &recordings, &options(&whole), &mut Unobserved).unwrap();
    let mut stops = 0;
    loop {
        let stop = Arc::new(AtomicBool::new(false));
        let mut batches = 0;
        let flag = Arc::clone(&stop);
        let mut observer = |event: &Event<'_>| {
            if matches!(event, Event::BatchDone { .. }) {
                batches += 1;
                // in the middle of an epoch, at its end, and many epochs later
                flag.store(batches >= [3, 9, 40][stops % 3], Ordering::Relaxed);
            }
        };
        let options = TrainOptions { resume: stops > 0, stop: Some(stop), ..options(&broken) };
        match train_on(experiment, &recordings, &options, &mut observer) {
            Ok(_) => break,
            Err(Error::Interrupted { run_folder, epoch, epochs, .. }) => {
                assert_eq!(run_folder, broken);
                assert!(epoch >= 1 && epoch <= epochs);
                stops += 1;
            }
            Err(error) => panic!("{error}"),
        }
    }
    assert!(stops >= 3, "stopped only {stops} times");
    assert_same(&whole, &broken);
}
