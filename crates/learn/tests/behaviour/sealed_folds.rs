//! What was changed by hand in a run folder is told before it stands beside what was not, and what cannot be trained
//! is refused before a folder is begun.
#![allow(clippy::unwrap_used)]

use crate::simulated::{EXPERIMENT, experiment, rig};
use crate::whole_run::{only, options, trained_by};
use brinell_learn::{
    Error, Event, Experiment, Protocol, ProtocolOptions, RunFolder, TrainOptions, Unobserved, stored_summary,
    train_on,
};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

fn one_fold() -> Experiment {
    let mut experiment = experiment();
    only(&mut experiment, Protocol::LeaveOneSizeOut);
    experiment.protocols[0].folds = Some(vec!["size-7".to_owned()]);
    experiment.training.epochs = 2;
    experiment
}

/// Goes on with the experiment that stands in the folder.
fn resume(root: &Path) -> Result<(), Error> {
    let (_, experiment) = RunFolder::open(root)?;
    let options = TrainOptions { resume: true, ..options(root) };
    train_on(&experiment, &rig(true), &options, &mut Unobserved).map(drop)
}

fn extend(root: &Path, epochs: usize) -> Result<(), Error> {
    let (_, mut experiment) = RunFolder::open(root)?;
    experiment.training.epochs = epochs;
    let options = TrainOptions { resume: true, more_epochs: true, ..options(root) };
    train_on(&experiment, &rig(true), &options, &mut Unobserved).map(drop)
}

fn edit(path: &Path, from: &str, to: &str) {
    let text = std::fs::read_to_string(path).unwrap();
    assert!(text.contains(from), "{from} is not in {text}");
    std::fs::write(path, text.replace(from, to)).unwrap();
}

/// A finished run, its config.toml and the folder of its fold.
fn finished() -> (tempfile::TempDir, PathBuf, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    train_on(&one_fold(), &rig(true), &options(folder.path()), &mut Unobserved).unwrap();
    let (config, folds) = (folder.path().join("config.toml"), folder.path().join("folds"));
    let of_protocol = std::fs::read_dir(folds).unwrap().next().unwrap().unwrap().path();
    let fold = of_protocol.join("size-7").join("seed-5");
    assert!(fold.join("seal.json").is_file());
    (folder, config, fold)
}

#[test]
fn settings_that_were_changed_since_a_fold_was_finished_are_named_and_refused() {
    let (folder, config, _) = finished();
    let root = folder.path();
    for (from, to, told) in [
        ("batch = 32", "batch = 16", "training.batch was 32, it is 16"),
        ("stride = 512", "stride = 511", "segments.stride was 512, it is 511"),
        ("rows = 8", "rows = 4", "pipeline"),
        ("folds = [\"size-7\"]", "folds = [\"size-7\", \"size-14\"]", "protocol.folds was [\"size-7\"]"),
    ] {
        let sound = std::fs::read_to_string(&config).unwrap();
        edit(&config, from, to);
        for error in [resume(root).unwrap_err(), stored_summary(root).unwrap_err()] {
            let error = error.to_string();
            assert!(error.contains("made with other settings than config.toml of its run states"), "{error}");
            assert!(error.contains(told), "{error}");
        }
        std::fs::write(&config, sound).unwrap();
        resume(root).unwrap();
        stored_summary(root).unwrap();
    }
}

#[test]
fn what_does_not_change_what_is_learned_may_be_changed() {
    let (folder, config, _) = finished();
    edit(&config, "device = \"cpu\"", "device = \"auto\"");
    edit(&config, "keep_state = false", "keep_state = true");
    edit(&config, "title = \"\"", "title = \"Another\"");
    stored_summary(folder.path()).unwrap();
}

#[test]
fn more_epochs_are_asked_for_by_the_command_and_not_in_the_file() {
    let (folder, config, _) = finished();
    let root = folder.path();
    edit(&config, "epochs = 2", "epochs = 3");
    let error = stored_summary(root).unwrap_err().to_string();
    assert!(error.contains("was begun for 2 epochs") && error.contains("now asks for 3"), "{error}");
    assert!(error.contains("--epochs 3"), "{error}");
    assert!(resume(root).is_err());
    edit(&config, "epochs = 3", "epochs = 2");
    extend(root, 3).unwrap();
    stored_summary(root).unwrap();
    // not even by both, where the file would have made another run of it
    let folder = tempfile::tempdir().unwrap();
    let mut cycle = trained_by("schedule = { kind = \"one-cycle\" }");
    (cycle.protocols, cycle.training.epochs) = (one_fold().protocols, 2);
    train_on(&cycle, &rig(true), &options(folder.path()), &mut Unobserved).unwrap();
    edit(&folder.path().join("config.toml"), "epochs = 2", "epochs = 3");
    let error = extend(folder.path(), 3).unwrap_err().to_string();
    assert!(error.contains("was laid out over the 2 epochs"), "{error}");
}

#[test]
fn an_extension_that_was_stopped_goes_on_without_naming_the_epochs_again() {
    let (folder, _, _) = finished();
    let root = folder.path();
    let (_, mut experiment) = RunFolder::open(root).unwrap();
    experiment.training.epochs = 4;
    let stop = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stop);
    let mut observer = |event: &Event<'_>| {
        if matches!(event, Event::BatchDone { .. }) {
            flag.store(true, Ordering::Relaxed);
        }
    };
    let options =
        TrainOptions { resume: true, more_epochs: true, stop: Some(Arc::clone(&stop)), ..options(root) };
    let stopped = train_on(&experiment, &rig(true), &options, &mut observer).unwrap_err();
    assert!(matches!(stopped, Error::Interrupted { .. }), "{stopped}");
    resume(root).unwrap();
    assert_eq!(stored_summary(root).unwrap().protocols[0].results[0].facts.epochs, 4);
}

#[test]
fn a_begun_fold_does_not_go_on_with_other_settings() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let stop = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stop);
    let mut observer = |event: &Event<'_>| {
        if matches!(event, Event::BatchDone { .. }) {
            flag.store(true, Ordering::Relaxed);
        }
    };
    let stopping = TrainOptions { stop: Some(Arc::clone(&stop)), ..options(root) };
    train_on(&one_fold(), &rig(true), &stopping, &mut observer).unwrap_err();
    let config = root.join("config.toml");
    edit(&config, "learning_rate = 0.01", "learning_rate = 0.1");
    let error = resume(root).unwrap_err().to_string();
    assert!(error.contains("training.optimiser.learning_rate was 0.01, it is 0.1"), "{error}");
    edit(&config, "learning_rate = 0.1", "learning_rate = 0.01");
    resume(root).unwrap();
}

#[test]
fn files_of_a_finished_fold_that_are_not_those_that_were_written_are_named() {
    let (folder, _, fold) = finished();
    let root = folder.path();
    for name in ["split.csv", "fold.json", "scores.parquet", "model.safetensors"] {
        let path = fold.join(name);
        let sound = std::fs::read(&path).unwrap();
        let mut changed = sound.clone();
        changed.push(b'\n');
        std::fs::write(&path, changed).unwrap();
        let error = resume(root).unwrap_err().to_string();
        assert!(error.contains(&format!("its {name} is not the one that was written")), "{error}");
        // stored figures need no model, which may be large
        assert_eq!(stored_summary(root).is_err(), name != "model.safetensors", "{name}");
        std::fs::write(&path, sound).unwrap();
    }
    resume(root).unwrap();
    std::fs::remove_file(fold.join("seal.json")).unwrap();
    resume(root).unwrap();
}

#[test]
fn a_fold_that_was_copied_to_another_place_is_refused_as_a_copy() {
    let (folder, _, fold) = finished();
    let copy = fold.parent().unwrap().with_file_name("size-8").join("seed-5");
    std::fs::create_dir_all(&copy).unwrap();
    for item in std::fs::read_dir(&fold).unwrap() {
        let item = item.unwrap();
        if item.path().is_file() {
            std::fs::copy(item.path(), copy.join(item.file_name())).unwrap();
        }
    }
    let error = stored_summary(folder.path()).unwrap_err().to_string();
    assert!(error.contains("it is a copy of leave-one-size-out/size-7/seed-5"), "{error}");
    std::fs::remove_dir_all(&copy).unwrap();
    stored_summary(folder.path()).unwrap();
}

#[test]
fn baselines_follow_their_run_to_more_epochs_and_to_further_protocols() {
    let from = EXPERIMENT.find("[[protocol]]").unwrap();
    let baseline = "[[baseline]]\nname = \"majority\"\nmodel = { name = \"majority\" }\n";
    let text = format!("{}{baseline}{}", &EXPERIMENT[..from], &EXPERIMENT[from..]);
    let mut experiment = Experiment::parse(&text, "small.toml").unwrap();
    (experiment.protocols, experiment.training.epochs) = (one_fold().protocols, 2);
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    train_on(&experiment, &rig(true), &options(root), &mut Unobserved).unwrap();
    extend(root, 3).unwrap();
    resume(root).unwrap();
    let config = root.join("config.toml");
    let text = std::fs::read_to_string(&config).unwrap();
    let more = "\n[[protocol]]\nname = \"random-window\"\nsensor = \"A\"\n";
    std::fs::write(&config, text + more).unwrap();
    resume(root).unwrap();
    let stored = brinell_learn::stored_baselines(root).unwrap();
    assert_eq!(stored.finished[0].protocols.len(), 2);
    assert_eq!(stored_summary(root).unwrap().protocols.len(), 2);
}

#[test]
fn the_model_to_try_is_that_of_an_honest_fold_of_the_run_itself() {
    let mut experiment = one_fold();
    experiment.protocols.push(ProtocolOptions::new(Protocol::RandomWindow, "A"));
    let folder = tempfile::tempdir().unwrap();
    let run = train_on(&experiment, &rig(true), &options(folder.path()), &mut Unobserved).unwrap();
    assert!(run.models[1].to_string_lossy().contains("random-window"));
    assert_eq!(run.model.as_ref(), run.models.first());
}

#[test]
fn what_cannot_be_trained_is_refused_before_a_folder_is_begun() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("run");
    let mut wrong = one_fold();
    wrong.protocols[0].folds = Some(vec!["size-8".to_owned()]);
    let error = train_on(&wrong, &rig(true), &options(&root), &mut Unobserved).unwrap_err().to_string();
    assert!(error.contains("size-8"), "{error}");
    assert!(!root.exists(), "the corrected file can be trained there");
    let mut nowhere = one_fold();
    nowhere.protocols[0].sensor = "B".to_owned();
    let known = rig(true);
    let of_a = known.signals().iter().map(|signal| {
        let mut entry = signal.entry.clone();
        entry.site = entry.site.map(|_| "A".to_owned());
        (entry, "B".to_owned(), signal.samples.to_vec())
    });
    let of_a = brinell_learn::Recordings::in_memory(crate::simulated::RATE, of_a.collect()).unwrap();
    nowhere.protocols[0].folds = None;
    let error = train_on(&nowhere, &of_a, &options(&root), &mut Unobserved).unwrap_err().to_string();
    assert!(error.contains("of its training part are of one class, normal"), "{error}");
    assert!(!root.exists());
    // what the experiment's own net can do is not asked of a baseline's
    let from = EXPERIMENT.find("[[protocol]]").unwrap();
    let baseline = "[[baseline]]\nname = \"forest\"\nmodel = { name = \"forest\" }\n\
                    pipeline = [{ step = \"stft\", length = 1024 }]\n";
    let text = format!("{}{baseline}{}", &EXPERIMENT[..from], &EXPERIMENT[from..]);
    let error = match Experiment::parse(&text, "small.toml") {
        Err(error) => error.to_string(),
        Ok(experiment) => {
            train_on(&experiment, &rig(true), &options(&root), &mut Unobserved).unwrap_err().to_string()
        }
    };
    assert!(error.contains("1024"), "{error}");
    assert!(!root.exists());
}
