//! Whole runs on a small simulated rig.
#![allow(clippy::unwrap_used)]

use crate::simulated;

use crate::whole_run::{assert_same, only, options, stopped_and_resumed, trained_by};
use brinell_learn::leak::{Finding, SplitTable, check_split};
use brinell_learn::{
    Error, Event, Experiment, Figure, NOT_FINISHED, NOT_MEASURED, NoiseKind, Protocol, ProtocolOptions,
    Recordings, RunFolder, Summary, Table, TestNoise, TrainOptions, Trained, Unobserved, evaluate_on,
    train_on,
};
use brinell_model::Hardware;
use brinell_signal::{Context, Hertz};
use simulated::{experiment, rig};
use std::path::Path;

#[test]
fn a_run_that_was_stopped_and_resumed_has_the_same_bytes_as_an_unbroken_one() {
    stopped_and_resumed(&experiment());
}

#[test]
fn momentum_cycle_and_average_go_on_after_a_stop_as_if_there_had_been_none() {
    let mut experiment = trained_by(
        "loss = { kind = \"focal\", gamma = 1.5 }\nschedule = { kind = \"one-cycle\" }\nweight_average = 0.9\n\
         optimiser = { kind = \"sgd\", learning_rate = 0.1, momentum = 0.9, weight_decay = 1e-4, clip_norm = 2.0 }\n\
         decay_norms_and_biases = false",
    );
    only(&mut experiment, Protocol::LeaveOneSizeOut);
    stopped_and_resumed(&experiment);
}

#[test]
fn one_and_two_threads_give_the_same_bytes() {
    let (mut experiment, recordings) = (experiment(), rig(true));
    only(&mut experiment, Protocol::RandomWindow);
    let folder = tempfile::tempdir().unwrap();
    for threads in [1, 2] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let options = options(&folder.path().join(threads.to_string()));
        pool.install(|| train_on(&experiment, &recordings, &options, &mut Unobserved)).unwrap();
    }
    assert_same(&folder.path().join("1"), &folder.path().join("2"));
}

#[test]
fn a_net_learns_faults_and_its_figures_and_files_agree() {
    let (mut experiment, recordings) = (experiment(), rig(true));
    experiment.training.epochs = 8;
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("run");
    let run = train_on(&experiment, &recordings, &options(&root), &mut Unobserved).unwrap();
    let honest = &run.summary.protocols[0];
    assert!(honest.windows.mean(Figure::MacroF1).unwrap() > 0.9, "{}", run.table);
    assert_eq!((honest.runs, honest.runs_planned, honest.folds), (3, 3, 3));
    assert_eq!((honest.test_bearings, honest.unseen_bearings), (10, 9), "nine faulty ones, one healthy one");
    let read = Summary::read(&root).unwrap();
    assert_eq!(Table::new([&read]).to_string(), run.table.to_string());
    assert_eq!(
        read.protocols[0].results[0].windows.metrics.confusion,
        honest.results[0].windows.metrics.confusion
    );
    assert_eq!(std::fs::read_to_string(root.join("table.txt")).unwrap(), run.table.to_string());
    assert!(run.table.rows().iter().all(|row| row.figures.iter().all(|line| line.windows.honest.is_some())));
    // the stored models give the same scores again
    let (run_folder, stored) = RunFolder::open(&root).unwrap();
    assert_eq!(stored.to_toml().unwrap(), experiment.to_toml().unwrap());
    assert_eq!(
        evaluate_on(&run_folder, &stored, &recordings, &Hardware::Cpu, &mut Unobserved).unwrap(),
        run.summary
    );
    // and judge a whole recording
    let trained = Trained::load(&run.models[0]).unwrap();
    let outer = recordings.signals().iter().find(|one| one.entry.bearing_id == "A-outer-7").unwrap();
    let scores = trained.score(&outer.samples, Hertz(12_000.0), &Context::default()).unwrap();
    assert_eq!(scores.segments, 11);
    assert!((scores.mean.iter().sum::<f64>() - 1.0).abs() < 1e-9);
    let best = brinell_learn::arg_max(&scores.mean);
    assert_eq!(scores.classes[best].name, "outer", "{:?}", scores.mean);
    assert!(!trained.calibrated());
    assert!(trained.card().contains("leave-one-size-out"), "{}", trained.card());
    let split =
        std::fs::read_to_string(root.join("folds/leave-one-size-out/size-7/seed-5/split.csv")).unwrap();
    assert!(split.contains("known bearings"), "the validation rule stands in it");
}

#[test]
fn labels_without_meaning_are_learned_no_better_than_chance() {
    let (mut experiment, recordings) = (experiment(), rig(false));
    let folder = tempfile::tempdir().unwrap();
    only(&mut experiment, Protocol::LeaveOneLoadOut);
    let run = train_on(&experiment, &recordings, &options(folder.path()), &mut Unobserved).unwrap();
    // nine classes, 2 x 9 x 11 test segments: chance 11 %, standard error 2.2 %
    let found = run.summary.protocols[0].windows.mean(Figure::Accuracy).unwrap();
    assert!((0.0..0.22).contains(&found), "{found}");
    assert!(run.table.to_string().contains(NOT_MEASURED), "a leaky figure alone says what is missing");
}

#[test]
fn a_folder_in_use_is_refused_resumed_or_replaced() {
    let (mut experiment, recordings) = (experiment(), rig(true));
    only(&mut experiment, Protocol::RandomWindow);
    experiment.training.epochs = 1;
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    std::fs::write(root.join("letter.txt"), "mine").unwrap();
    let refused = train_on(&experiment, &recordings, &options(root), &mut Unobserved).unwrap_err();
    assert!(refused.to_string().contains("--resume"), "{refused}");
    // --force does not empty a folder that no run wrote
    let force = TrainOptions { force: true, ..options(root) };
    let refused = train_on(&experiment, &recordings, &force, &mut Unobserved).unwrap_err();
    assert!(matches!(refused, Error::RunFolder { .. }), "{refused}");
    assert!(root.join("letter.txt").exists());

    let run = root.join("run");
    train_on(&experiment, &recordings, &options(&run), &mut Unobserved).unwrap();
    let mut skipped = 0;
    let mut count = |event: &Event<'_>| skipped += usize::from(matches!(event, Event::FoldSkipped { .. }));
    let resume = TrainOptions { resume: true, ..options(&run) };
    train_on(&experiment, &recordings, &resume, &mut count).unwrap();
    assert_eq!(skipped, 1);
    experiment.training.epochs = 2;
    let other = train_on(&experiment, &recordings, &resume, &mut Unobserved).unwrap_err();
    assert!(other.to_string().contains("another experiment"), "{other}");
    let force = TrainOptions { force: true, ..options(&run) };
    train_on(&experiment, &recordings, &force, &mut Unobserved).unwrap();
    let log = std::fs::read_to_string(run.join("folds/random-window/all/seed-5/epochs.csv")).unwrap();
    assert_eq!(log.lines().count(), 3, "{log}");
}

#[test]
fn a_run_does_not_go_on_with_other_recordings() {
    let mut experiment = experiment();
    only(&mut experiment, Protocol::RandomWindow);
    experiment.training.epochs = 1;
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("run");
    train_on(&experiment, &rig(true), &options(&root), &mut Unobserved).unwrap();
    let resume = TrainOptions { resume: true, ..options(&root) };
    let mut signals: Vec<_> = rig(true).signals().to_vec();
    signals.remove(3);
    let fewer = signals.into_iter().map(|one| (one.entry, one.sensor, one.samples.to_vec())).collect();
    let fewer = Recordings::in_memory(Hertz(12_000.0), fewer).unwrap();
    let error = train_on(&experiment, &fewer, &resume, &mut Unobserved).unwrap_err().to_string();
    assert!(error.contains("not those it was trained on"), "{error}");
}

#[test]
fn a_run_without_data_leaves_no_folder_behind() {
    let mut experiment = experiment();
    experiment.data.dataset = "cwru".to_owned();
    experiment.protocols[0].sensor = "DE".to_owned();
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("run");
    let options = TrainOptions { data_folder: folder.path().to_owned(), ..options(&root) };
    let error = brinell_learn::train(&experiment, &options, &mut Unobserved).unwrap_err().to_string();
    assert!(error.contains("brinell data fetch cwru"), "{error}");
    assert!(!root.exists());
}

#[test]
fn one_protocol_can_be_run_alone_and_the_table_grows_with_the_next() {
    let (mut experiment, recordings) = (experiment(), rig(true));
    experiment.protocols.push(ProtocolOptions::new(Protocol::RandomWindow, "A"));
    experiment.training.epochs = 1;
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("run");
    let leaky = TrainOptions { only: vec![Protocol::RandomWindow], ..options(&root) };
    let first = train_on(&experiment, &recordings, &leaky, &mut Unobserved).unwrap();
    assert_eq!(first.table.rows().len(), 2, "what is not begun stands in the table too");
    let (text, card) = (first.table.to_string(), std::fs::read_to_string(root.join("card.md")).unwrap());
    assert!(text.contains("leave-one-size-out at A\n  not finished: no run yet"), "{text}");
    assert!(card.contains("| small: leave-one-size-out at A | 0 | | | | not finished |"), "{card}");
    let read = Summary::read(&root).unwrap();
    assert_eq!((read.unfinished.len(), read.unfinished[0].runs_planned), (1, None));
    let honest = TrainOptions { only: vec![Protocol::LeaveOneSizeOut], resume: true, ..options(&root) };
    let both = train_on(&experiment, &recordings, &honest, &mut Unobserved).unwrap();
    assert_eq!(both.table.rows().len(), 2);
    assert!(!both.table.to_string().contains(NOT_FINISHED) && both.summary.unfinished.is_empty());
    // the same as in one go, also what was planned
    let whole = root.with_file_name("whole");
    train_on(&experiment, &recordings, &options(&whole), &mut Unobserved).unwrap();
    assert_same(&root, &whole);
    let of_one = |root: &Path, protocol: &str| root.join("folds").join(protocol);
    for scores in ["size-7", "size-14", "size-21"] {
        std::fs::remove_file(of_one(&root, "leave-one-size-out").join(scores).join("seed-5/scores.parquet"))
            .unwrap();
    }
    let again = brinell_learn::stored_summary(&root).unwrap();
    assert_eq!(again.unfinished[0].runs_planned, Some(3), "a stopped run knows how many there are to be");
    let text = Table::new([&again]).to_string();
    assert!(text.contains("leave-one-size-out at A\n  not finished: 0 of 3 runs"), "{text}");
    let none = TrainOptions { only: vec![Protocol::LeaveOneLoadOut], resume: true, ..options(&root) };
    let error = train_on(&experiment, &recordings, &none, &mut Unobserved).unwrap_err();
    assert!(error.to_string().contains("has no protocol leave-one-load-out"), "{error}");
}

#[test]
fn an_impossible_change_in_code_is_refused_before_anything_is_written() {
    let mut experiment = experiment();
    experiment.training.epochs = 0;
    experiment.training.seeds.clear();
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("run");
    let recordings = Recordings::in_memory(Hertz(12_000.0), Vec::new()).unwrap();
    let error = train_on(&experiment, &recordings, &options(&root), &mut Unobserved).unwrap_err().to_string();
    assert!(error.contains("training.epochs: epochs must be >= 1, found 0"), "{error}");
    assert!(error.contains("2 problems"), "{error}");
    assert!(!root.exists());
}

#[test]
fn a_model_names_the_recordings_that_it_learned_from_and_no_test_recording() {
    let (mut experiment, recordings) = (experiment(), rig(true));
    only(&mut experiment, Protocol::LeaveOneSizeOut);
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    let summary = train_on(&experiment, &recordings, &options(&run), &mut Unobserved).unwrap();
    for model in &summary.models {
        let trained = Trained::load(model).unwrap();
        let split = std::fs::read_to_string(model.with_file_name("split.csv")).unwrap();
        for signal in recordings.signals() {
            let file = format!("{},", signal.entry.file);
            let in_part = |part: &str| {
                split.lines().any(|line| line.contains(&file) && line.split(',').any(|cell| cell == part))
            };
            let learned = trained.learned_from(&signal.entry.sha256);
            assert_eq!(learned, in_part("train") || in_part("validation"), "{}", signal.entry.file);
            assert!(!(learned && in_part("test")), "{}", signal.entry.file);
        }
    }
}

#[test]
fn every_optimiser_schedule_and_loss_trains_a_net_and_is_written_into_the_card() {
    let recordings = rig(true);
    let optimisers = ["sgd\", learning_rate = 0.1", "adam\"", "adam-w\"", "rms-prop\""];
    let schedules = [
        "constant\"",
        "plateau\"",
        "cosine\", warm_up = 2",
        "step\"",
        "multi-step\"",
        "exponential\"",
        "one-cycle\"",
    ];
    let losses = ["cross-entropy\", label_smoothing = 0.1", "focal\"", "focal\", alpha = [1, 2, 1, 2]"];
    for at in 0..schedules.len() {
        let (optimiser, loss) = (optimisers[at % optimisers.len()], losses[at % losses.len()]);
        let mut experiment = trained_by(&format!(
            "optimiser = {{ kind = \"{optimiser} }}\nschedule = {{ kind = \"{} }}\nloss = {{ kind = \"{loss} }}",
            schedules[at]
        ));
        only(&mut experiment, Protocol::LeaveOneSizeOut);
        experiment.protocols[0].folds = Some(vec!["size-14".into()]);
        experiment.training.epochs = 2;
        let folder = tempfile::tempdir().unwrap();
        let run = folder.path().join("run");
        train_on(&experiment, &recordings, &options(&run), &mut Unobserved).unwrap();
        let (_, read) = RunFolder::open(&run).unwrap();
        assert_eq!(read, experiment);
        let card = std::fs::read_to_string(run.join("card.md")).unwrap();
        for word in [optimiser, schedules[at], loss] {
            let kind = format!("kind = \"{}\"", word.split('"').next().unwrap());
            assert!(card.contains(&kind), "{kind}: {card}");
        }
    }
}

/// The learning rate of every epoch of one run.
fn rates(experiment: &Experiment) -> Vec<f64> {
    let mut rates = Vec::new();
    let mut observer = |event: &Event<'_>| {
        if let Event::EpochDone { row, .. } = event {
            rates.push(row.learning_rate);
        }
    };
    let folder = tempfile::tempdir().unwrap();
    train_on(experiment, &rig(true), &options(&folder.path().join("run")), &mut observer).unwrap();
    rates
}

#[test]
fn a_cycle_is_counted_in_steps_and_falls_in_an_epoch_to_the_end_of_the_run() {
    let mut experiment = trained_by(
        "optimiser = { kind = \"sgd\", learning_rate = 0.1 }\nschedule = { kind = \"one-cycle\" }",
    );
    only(&mut experiment, Protocol::LeaveOneSizeOut);
    experiment.protocols[0].folds = Some(vec!["size-14".into()]);
    let rates = rates(&experiment);
    assert_eq!(rates.len(), 4);
    assert!(rates[1] > rates[2] && rates[2] > rates[3], "{rates:?}");
    assert!((rates[3] - 0.1 / 25.0 / 1e4).abs() < 1e-12, "the last step has the last rate: {rates:?}");
}

#[test]
fn an_averaged_net_is_another_than_the_one_it_averages_and_judges_by_itself() {
    let plain = trained_by("optimiser = { kind = \"adam\", learning_rate = 0.01 }");
    let averaged = trained_by("optimiser = { kind = \"adam\", learning_rate = 0.01 }\nweight_average = 0.9");
    let losses = |mut experiment: Experiment| {
        only(&mut experiment, Protocol::LeaveOneSizeOut);
        experiment.protocols[0].folds = Some(vec!["size-14".into()]);
        let mut losses = Vec::new();
        let mut observer = |event: &Event<'_>| {
            if let Event::EpochDone { row, .. } = event {
                losses.push((row.train_loss, row.validation_loss));
            }
        };
        let folder = tempfile::tempdir().unwrap();
        train_on(&experiment, &rig(true), &options(&folder.path().join("run")), &mut observer).unwrap();
        losses
    };
    for (plain, averaged) in losses(plain).into_iter().zip(losses(averaged)) {
        assert_eq!(plain.0, averaged.0, "the average changes nothing in how the net learns");
        assert_ne!(plain.1, averaged.1);
    }
}

#[test]
fn weights_and_schedules_that_do_not_fit_a_fold_are_refused_before_any_net_learns() {
    for (lines, said) in [
        ("loss = { kind = \"focal\", alpha = [1, 2] }", "in this order: normal, inner, "),
        ("schedule = { kind = \"cosine\", warm_up = 1000 }", "the warm-up, which is 1000"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let mut epochs = 0;
        let mut observer =
            |event: &Event<'_>| epochs += usize::from(matches!(event, Event::BatchDone { .. }));
        let run = options(&folder.path().join("run"));
        let error = train_on(&trained_by(lines), &rig(true), &run, &mut observer).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
        assert_eq!(epochs, 0);
    }
}

#[test]
fn noise_is_in_the_test_alone() {
    let (mut experiment, recordings) = (experiment(), rig(true));
    only(&mut experiment, Protocol::LeaveOneSizeOut);
    experiment.training.epochs = 4;
    experiment.protocols[0].folds = Some(vec!["size-7".to_owned()]);
    let mut noisy = experiment.protocols[0].clone();
    noisy.noise = Some(TestNoise { kind: NoiseKind::White, snr_db: -20.0, band_hz: None, seed: 0 });
    experiment.protocols.push(noisy);
    let folder = tempfile::tempdir().unwrap();
    let run = train_on(&experiment, &recordings, &options(folder.path()), &mut Unobserved).unwrap();
    let [clean, noisy] = &run.models[..] else { panic!("{:?}", run.models) };
    assert_eq!(std::fs::read(clean).unwrap(), std::fs::read(noisy).unwrap(), "training knows of no noise");
    let [clean, noisy] = &run.summary.protocols[..] else { panic!("{}", run.table) };
    let (before, after) = [clean, noisy].map(|own| own.windows.mean(Figure::MacroF1).unwrap()).into();
    assert!(after < before - 0.2, "macro-F1 {before} without noise, {after} with it");
    assert!(
        run.table.to_string().contains("leave-one-size-out at A, white noise at -20 dB"),
        "{}",
        run.table
    );
    let (stored, read) = RunFolder::open(folder.path()).unwrap();
    assert_eq!(
        evaluate_on(&stored, &read, &recordings, &Hardware::Cpu, &mut Unobserved).unwrap(),
        run.summary
    );
}

#[test]
fn a_run_without_one_fault_says_how_well_it_is_known_as_unknown() {
    let (mut experiment, recordings) = (experiment(), rig(true));
    only(&mut experiment, Protocol::UnknownFault);
    experiment.training.epochs = 1;
    let folder = tempfile::tempdir().unwrap();
    let run = train_on(&experiment, &recordings, &options(folder.path()), &mut Unobserved).unwrap();
    let summary = &run.summary.protocols[0];
    assert_eq!((summary.folds, summary.leak.as_ref()), (9, None));
    let area = summary.windows.mean(Figure::UnknownAuroc).unwrap();
    assert!(area > 0.0 && area < 1.0, "{area}");
    for result in &summary.results {
        assert_eq!(result.facts.classes.len(), 3);
        let unknown = result.windows.unknown.unwrap();
        // of one size there are two recordings of each fault here, and six with one elsewhere; 11 segments each
        assert_eq!((unknown.unknown, unknown.known), (2 * 11, 10 * 11));
        assert_eq!(result.windows.metrics.count, unknown.known);
    }
    assert!(run.table.to_string().contains("unknown AUROC"), "{}", run.table);
    let split = folder.path().join("folds/unknown-fault/size-7-without-ball/seed-5/split.csv");
    let split = std::fs::read_to_string(split).unwrap();
    assert!(split.lines().any(|line| line.contains(",unknown,test,A-ball-7,")), "{split}");
}

#[test]
fn the_split_of_a_run_is_read_by_the_leak_check_and_only_a_leaky_one_is_found() {
    let (mut experiment, recordings) = (experiment(), rig(true));
    only(&mut experiment, Protocol::LeaveOneSizeOut);
    experiment.protocols[0].folds = Some(vec!["size-7".to_owned()]);
    experiment.protocols.push(ProtocolOptions::new(Protocol::LeaveOneLoadOut, "A"));
    experiment.protocols[1].folds = Some(vec!["load-0".to_owned()]);
    experiment.training.epochs = 1;
    let folder = tempfile::tempdir().unwrap();
    let run = train_on(&experiment, &recordings, &options(folder.path()), &mut Unobserved).unwrap();
    let findings = |model: &Path| {
        let table = SplitTable::read(&model.with_file_name("split.csv")).unwrap();
        check_split(&table, &[]).findings
    };
    assert_eq!(findings(&run.models[0]), []);
    let leaky = findings(&run.models[1]);
    assert_eq!(leaky.len(), 9, "nine bearings, and no recording");
    assert!(leaky.iter().all(|one| matches!(one, Finding::BearingOnBothSides { .. })), "{leaky:?}");
}
