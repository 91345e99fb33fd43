//! Runs that get more epochs, and runs side by side.
#![allow(clippy::unwrap_used)]

use crate::simulated::{experiment, rig};
use crate::whole_run::{assert_same, only, options, trained_by};
use brinell_learn::{Event, Experiment, Protocol, ProtocolOptions, TrainOptions, Unobserved, train_on};
use std::path::Path;

fn more(folder: &Path) -> TrainOptions {
    TrainOptions { resume: true, more_epochs: true, ..options(folder) }
}

fn with_epochs(experiment: &Experiment, epochs: usize) -> Experiment {
    let mut other = experiment.clone();
    other.training.epochs = epochs;
    other
}

#[test]
fn a_run_with_more_epochs_has_the_same_bytes_as_one_that_was_asked_for_so_many() {
    let recordings = rig(true);
    for keep_state in [true, false] {
        let mut experiment = experiment();
        experiment.training.keep_state = keep_state;
        let folder = tempfile::tempdir().unwrap();
        let (whole, grown) = (folder.path().join("whole"), folder.path().join("grown"));
        train_on(&with_epochs(&experiment, 5), &recordings, &options(&whole), &mut Unobserved).unwrap();
        train_on(&with_epochs(&experiment, 2), &recordings, &options(&grown), &mut Unobserved).unwrap();
        let mut first = usize::MAX;
        let mut observer = |event: &Event<'_>| {
            if let Event::FoldStarted { epoch, .. } = event {
                first = first.min(*epoch);
            }
        };
        train_on(&with_epochs(&experiment, 5), &recordings, &more(&grown), &mut observer).unwrap();
        assert_eq!(
            first,
            if keep_state { 3 } else { 1 },
            "with its state a fold goes on, without it begins anew"
        );
        assert_same(&whole, &grown);
        // the same number again changes nothing
        let mut skipped = 0;
        let mut observer =
            |event: &Event<'_>| skipped += usize::from(matches!(event, Event::FoldSkipped { .. }));
        train_on(&with_epochs(&experiment, 5), &recordings, &more(&grown), &mut observer).unwrap();
        assert_eq!(skipped, 3);
    }
}

#[test]
fn a_fold_that_ended_by_itself_gets_no_more_epochs() {
    let mut experiment = experiment();
    only(&mut experiment, Protocol::LeaveOneSizeOut);
    experiment.protocols[0].folds = Some(vec!["size-7".to_owned()]);
    experiment.training.early_stop.patience = 1;
    experiment.training.epochs = 60;
    let folder = tempfile::tempdir().unwrap();
    let run = train_on(&experiment, &rig(true), &options(folder.path()), &mut Unobserved).unwrap();
    assert!(run.summary.protocols[0].results[0].facts.epochs < 60);
    let mut skipped = 0;
    let mut observer = |event: &Event<'_>| skipped += usize::from(matches!(event, Event::FoldSkipped { .. }));
    train_on(&with_epochs(&experiment, 70), &rig(true), &more(folder.path()), &mut observer).unwrap();
    assert_eq!(skipped, 1);
}

#[test]
fn epochs_are_not_added_where_the_run_would_have_been_another_from_its_begin() {
    let cycle = trained_by("schedule = { kind = \"one-cycle\" }");
    let mut adapted = experiment();
    adapted.training.adaptation = Some(toml::from_str("kind = \"coral\"").unwrap());
    for (experiment, said) in [
        (&cycle, "the learning rate of [training.schedule] was laid out over the 2 epochs"),
        (&adapted, "the strength of coral was laid out over the 2 epochs"),
        (&experiment(), "they can only become more"),
    ] {
        let mut experiment = with_epochs(experiment, 2);
        experiment.protocols[0].folds = Some(vec!["size-7".to_owned()]);
        let folder = tempfile::tempdir().unwrap();
        train_on(&experiment, &rig(true), &options(folder.path()), &mut Unobserved).unwrap();
        let before = std::fs::read(folder.path().join("config.toml")).unwrap();
        let other = with_epochs(&experiment, if said.contains("more") { 1 } else { 3 });
        let error = train_on(&other, &rig(true), &more(folder.path()), &mut Unobserved).unwrap_err();
        assert!(error.to_string().contains(said), "{error}");
        assert_eq!(std::fs::read(folder.path().join("config.toml")).unwrap(), before);
    }
}

#[test]
fn more_epochs_are_no_way_to_another_experiment() {
    let mut experiment = experiment();
    experiment.training.epochs = 1;
    experiment.protocols[0].folds = Some(vec!["size-7".to_owned()]);
    let folder = tempfile::tempdir().unwrap();
    train_on(&experiment, &rig(true), &options(folder.path()), &mut Unobserved).unwrap();
    experiment.training.epochs = 2;
    experiment.training.batch = 16;
    let error = train_on(&experiment, &rig(true), &more(folder.path()), &mut Unobserved).unwrap_err();
    assert!(error.to_string().contains("another experiment"), "{error}");
}

#[test]
fn folds_and_seeds_side_by_side_give_the_bytes_of_one_after_the_other() {
    let (mut experiment, recordings) = (experiment(), rig(true));
    experiment.training.epochs = 2;
    experiment.training.seeds = vec![5, 6];
    experiment.protocols.push(ProtocolOptions::new(Protocol::RandomWindow, "A"));
    let folder = tempfile::tempdir().unwrap();
    for at_once in [1, 2, 5] {
        let root = folder.path().join(at_once.to_string());
        let options = TrainOptions { at_once: Some(at_once), ..options(&root) };
        let mut done = 0;
        let mut observer = |event: &Event<'_>| done += usize::from(matches!(event, Event::FoldDone { .. }));
        train_on(&experiment, &recordings, &options, &mut observer).unwrap();
        assert_eq!(done, 8);
    }
    assert_same(&folder.path().join("1"), &folder.path().join("2"));
    assert_same(&folder.path().join("1"), &folder.path().join("5"));
}
