//! The figures of a run folder, as files and in pairs. The scores are written by hand: no net is trained.
#![allow(clippy::unwrap_used)]

use brinell_learn::{
    ClassName, Experiment, Figure, Level, Protocol, ScoreRow, ScoreTable, compare, stored_summary,
    write_figure_tables,
};
use brinell_signal::FaultKind;
use polars::prelude::{ParquetReader, SerReader};
use serde_json::json;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const FOLDS: [&str; 3] = ["size-14", "size-21", "size-7"];

/// Writes the folder of a finished run under leave-one-size-out: 3 folds, 2 seeds, 2 healthy and 3 faulty recordings of
/// 4 segments each; `sure` gives the probability of the true class by fold, seed and segment.
fn run(root: &Path, name: &str, sure: impl Fn(usize, u64, usize) -> f64) {
    let text = crate::simulated::EXPERIMENT.replace("seeds = [5]", "seeds = [1, 2]");
    let mut experiment = Experiment::parse(&text, "small.toml").unwrap();
    experiment.name = name.to_owned();
    experiment.training.seeds = vec![1, 2];
    experiment.protocols = vec![brinell_learn::ProtocolOptions::new(Protocol::LeaveOneSizeOut, "A")];
    std::fs::create_dir_all(root).unwrap();
    std::fs::write(root.join("config.toml"), experiment.to_toml().unwrap()).unwrap();
    for (at, fold) in FOLDS.iter().enumerate() {
        for seed in [1, 2] {
            let folder = root.join("folds/leave-one-size-out").join(fold).join(format!("seed-{seed}"));
            std::fs::create_dir_all(&folder).unwrap();
            let facts = facts(fold, seed, at * 2 + seed as usize);
            std::fs::write(folder.join("fold.json"), facts.to_string()).unwrap();
            table(fold, |segment| sure(at, seed, segment)).write(&folder.join("scores.parquet")).unwrap();
        }
    }
}

fn classes() -> Vec<ClassName> {
    let faults = [FaultKind::Inner, FaultKind::Ball, FaultKind::Outer];
    std::iter::once(ClassName::normal()).chain(faults.map(ClassName::of)).collect()
}

fn facts(fold: &str, seed: u64, run: usize) -> serde_json::Value {
    json!({
        "protocol": "leave-one-size-out", "sensor": "A", "fold": fold, "seed": seed, "run": run, "runs_planned": 6,
        "classes": classes(), "train_segments": 1, "validation_segments": 1, "validation_rule": "",
        "known_bearings": ["healthy", "a", "b", "c", "d", "e", "f"], "known_healthy": ["healthy"], "epochs": 1,
        "best_epoch": 1, "validation_loss": 0.5, "validation_accuracy": 0.5, "data_sha256": "",
    })
}

fn table(fold: &str, sure: impl Fn(usize) -> f64) -> ScoreTable {
    let row = |at: usize| {
        let (recording, label) = (at / 4, [0, 0, 1, 2, 3][at / 4]);
        let mut probabilities = vec![(1.0 - sure(at)) / 3.0; 4];
        probabilities[label] = sure(at);
        let bearing = if label == 0 { "healthy".to_owned() } else { format!("{fold}-{label}") };
        ScoreRow {
            file: format!("{fold}-r{recording}"),
            sensor: "A".to_owned(),
            bearing,
            start: (at % 4) as u64 * 512,
            label: label as u32,
            probabilities,
            ..ScoreRow::default()
        }
    };
    let names = classes().into_iter().map(|class| class.name).collect();
    ScoreTable { classes: names, rows: (0..20).map(row).collect(), ..ScoreTable::default() }
}

/// Right where the segment's number is below a limit.
fn below(limit: usize) -> impl Fn(usize) -> f64 {
    move |segment| if segment < limit { 0.7 } else { 0.1 }
}

fn files(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let (mut found, mut folders) = (BTreeMap::new(), vec![root.to_owned()]);
    while let Some(folder) = folders.pop() {
        for item in std::fs::read_dir(folder).unwrap() {
            let path = item.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.insert(path.clone(), std::fs::read(path).unwrap());
            }
        }
    }
    found
}

#[test]
fn means_are_over_folds_of_the_mean_over_seeds_and_intervals_count_faulty_bearings() {
    let folder = tempfile::tempdir().unwrap();
    // accuracies by fold: (0.5 + 0.7) / 2, 0.8, 1.0
    let limits = [[10, 14], [16, 16], [20, 20]];
    run(folder.path(), "one", |fold, seed, segment| below(limits[fold][seed as usize - 1])(segment));
    let summary = stored_summary(folder.path()).unwrap();
    let own = &summary.protocols[0];
    let spread = own.windows.figures[&Figure::Accuracy];
    assert!((spread.mean - 0.8).abs() < 1e-12, "{spread:?}");
    assert!((spread.over_folds - (0.08_f64 / 3.0).sqrt()).abs() < 1e-12, "population deviation: {spread:?}");
    assert_eq!((own.bearings.test, own.bearings.train), (3, 6), "the healthy one is not counted");
    // t(0.975, 2) = 4.302653, s = 0.2, sqrt(1/3 + 1/2)
    let [low, high] = spread.interval.unwrap();
    assert!(((high - low) / 2.0 - 4.302_653 * 0.2 * (5.0_f64 / 6.0).sqrt()).abs() < 1e-6, "{spread:?}");
    assert_eq!(own.windows.pooled.metrics.count, 3 * 2 * 20);
    assert_eq!(own.results.len(), 6);
    assert!(own.results.iter().all(|one| one.recordings.metrics.count == 5));
}

#[test]
fn a_run_is_measured_into_files_that_hold_every_fold_and_every_score() {
    let folder = tempfile::tempdir().unwrap();
    run(folder.path(), "one", |fold, _, segment| below(12 + fold)(segment));
    let tables = write_figure_tables(folder.path()).unwrap();
    assert_eq!(tables.of_protocol, [folder.path().join("figures/leave-one-size-out")]);
    let first = files(folder.path());
    assert!(tables.files.iter().all(|file| first.contains_key(file)), "{:?}", tables.files);
    assert_eq!(write_figure_tables(folder.path()).unwrap().summary, tables.summary);
    assert!(files(folder.path()) == first, "the same scores give the same bytes");
    let read = |path: &str| {
        ParquetReader::new(std::fs::File::open(folder.path().join(path)).unwrap()).finish().unwrap()
    };
    let runs = read("figures/runs.parquet");
    assert_eq!(runs.height(), 6);
    let accuracy: Vec<f64> =
        runs.column("windows_accuracy").unwrap().f64().unwrap().iter().flatten().collect();
    let own = &tables.summary.protocols[0];
    let expected: Vec<f64> = own.results.iter().map(|one| one.windows.metrics.accuracy).collect();
    assert_eq!(accuracy, expected);
    for column in ["recordings_macro_f1", "windows_ece", "windows_recall outer", "faulty_train_bearings"] {
        assert!(runs.column(column).is_ok(), "{column}");
    }
    let scores = read("figures/leave-one-size-out/windows.parquet");
    assert_eq!(scores.height(), 6 * 20);
    for column in ["fold", "seed", "recording", "class", "p ball"] {
        assert!(scores.column(column).is_ok(), "{column}");
    }
    let written = std::fs::read_to_string(folder.path().join("scores.json")).unwrap();
    assert!(written.contains("\"schema\": \"brinell.scores/2\""));
}

#[test]
fn a_difference_is_shown_when_its_interval_leaves_out_zero() {
    let folder = tempfile::tempdir().unwrap();
    let (good, bad, wild) =
        (folder.path().join("good"), folder.path().join("bad"), folder.path().join("wild"));
    run(&good, "good", |fold, _, segment| below(18 + fold)(segment));
    run(&bad, "bad", |fold, _, segment| below(10 + 2 * fold)(segment));
    run(&wild, "wild", |fold, seed, segment| below([20, 19, 4][fold] - seed as usize / 2)(segment));
    let figure = |first: &Path, second: &Path, wanted: Figure| {
        let found = compare(first, second, None).unwrap();
        assert_eq!((found.protocols.len(), found.protocols[0].folds), (1, 3));
        let mut figures = found.protocols[0].figures.iter();
        *figures.find(|one| one.figure == wanted && one.level == Level::Windows).unwrap()
    };
    let clear = figure(&good, &bad, Figure::Accuracy);
    assert!((clear.difference - 0.35).abs() < 1e-12 && clear.shown, "{clear:?}");
    assert_eq!((clear.first_better, clear.second_better, clear.folds), (3, 0, 3));
    // right with 0.7 and wrong with 0.3 in both: the same calibration error, but for the rounding of its sum
    let ece = figure(&good, &bad, Figure::Ece);
    assert_eq!((ece.shown, ece.first_better, ece.second_better), (false, 0, 0), "{ece:?}");
    let sure = folder.path().join("sure");
    run(&sure, "sure", |fold, _, segment| if segment < 18 + fold { 0.97 } else { 0.1 });
    let ece = figure(&sure, &good, Figure::Ece);
    assert_eq!((ece.difference < 0.0, ece.first_better), (true, 3), "a lower error is better: {ece:?}");
    let back = figure(&bad, &good, Figure::Accuracy);
    assert!((back.difference + 0.35).abs() < 1e-12 && back.shown && back.first_better == 0, "{back:?}");
    // a difference that is the same in all folds has no spread to measure it by
    let constant = folder.path().join("constant");
    run(&constant, "constant", |fold, _, segment| below(10 + fold)(segment));
    let found = figure(&good, &constant, Figure::Accuracy);
    assert_eq!((found.interval, found.shown, found.first_better), (None, false, 3), "{found:?}");
    let open = figure(&good, &wild, Figure::Accuracy);
    let [low, high] = open.interval.unwrap();
    assert!(low < 0.0 && high > 0.0 && !open.shown, "{open:?}");
    let same = figure(&good, &good, Figure::MacroF1);
    assert_eq!((same.difference, same.shown, same.first_better, same.second_better), (0.0, false, 0, 0));
}

#[test]
fn a_comparison_states_the_calibration_error_that_the_table_states_and_apart_from_it_that_of_the_folds() {
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (folder.path().join("first"), folder.path().join("second"));
    // right and wrong with nearly the same confidence: the errors of the folds cancel over all
    run(&first, "first", |fold, _, _| if fold == 0 { 0.31 } else { 0.1 });
    run(&second, "second", |_, _, segment| below(16)(segment));
    let found = compare(&first, &second, None).unwrap();
    let own = &found.protocols[0];
    let pooled = |root: &Path| stored_summary(root).unwrap().protocols[0].windows.pooled.ece;
    let windows = own.pooled_ece.iter().find(|one| one.level == Level::Windows).unwrap();
    assert_eq!((windows.first, windows.second), (pooled(&first), pooled(&second)));
    assert_eq!(windows.difference, windows.first - windows.second);
    let of_folds = own.figures.iter().find(|one| one.figure == Figure::Ece && one.level == Level::Windows);
    let of_folds = of_folds.unwrap().first;
    assert!(
        (of_folds - (0.69 + 0.3 + 0.3) / 3.0).abs() < 1e-9 && windows.first < 0.04,
        "{of_folds} {windows:?}"
    );
    assert_eq!(own.calibration, (None, None));
    // the same difference in every fold has no spread, so it has no interval
    let same = compare(&second, &second, None).unwrap();
    assert!(same.protocols[0].figures.iter().all(|one| one.interval.is_none() && !one.shown));
}

#[test]
fn runs_that_were_judged_by_other_recordings_are_not_compared() {
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (folder.path().join("first"), folder.path().join("second"));
    run(&first, "first", |_, _, segment| below(15)(segment));
    run(&second, "second", |_, _, segment| below(15)(segment));
    let scores = |fold: &str, seed: u64| {
        second.join(format!("folds/leave-one-size-out/{fold}/seed-{seed}/scores.parquet"))
    };
    let refusal = |first: &Path, second: &Path| compare(first, second, None).unwrap_err().to_string();
    for seed in [1, 2] {
        let mut fewer = ScoreTable::read(&scores("size-21", seed)).unwrap();
        fewer.rows.retain(|row| row.file != "size-21-r3");
        fewer.write(&scores("size-21", seed)).unwrap();
    }
    let text = refusal(&first, &second);
    assert!(text.contains("leave-one-size-out at A, fold size-21"), "{text}");
    assert!(text.contains("only the first is judged by size-21-r3 at A"), "{text}");
    assert!(refusal(&second, &first).contains("only the second is judged by size-21-r3 at A"));
    // the same recordings cut elsewhere
    for seed in [1, 2] {
        let mut moved = table("size-21", below(15));
        moved.rows[5].start += 1;
        moved.write(&scores("size-21", seed)).unwrap();
    }
    let text = refusal(&first, &second);
    assert!(text.contains("other segments, or other classes, of size-21-r1 at A"), "{text}");
    // a fold that only one has
    for seed in [1, 2] {
        std::fs::remove_file(scores("size-21", seed)).unwrap();
    }
    assert!(refusal(&first, &second).contains("the first run has finished it, the second has not"));
    let error = compare(&first, &second, Some(Protocol::RandomWindow)).unwrap_err().to_string();
    assert!(error.contains("not both under random-window"), "{error}");
}

#[test]
fn a_recording_has_the_set_that_all_its_segments_have_and_no_table_has_sets_in_part() {
    let mut scores = table("size-7", |_| 0.7);
    scores.rows.iter_mut().for_each(|row| row.set = Some(vec![0, row.label]));
    let sets: Vec<_> = scores.by_recording().rows.into_iter().map(|row| row.set.unwrap()).collect();
    assert_eq!(sets, [vec![0, 0], vec![0, 0], vec![0, 1], vec![0, 2], vec![0, 3]]);
    scores.rows[3].set = Some(vec![2]);
    assert!(scores.by_recording().rows.iter().all(|row| row.set.is_none()), "one recording has none");
}
