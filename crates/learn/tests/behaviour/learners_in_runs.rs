//! Whole runs with learners other than nets, with calibration on held-out bearings, and with options that every fold
//! chooses for itself.
#![allow(clippy::unwrap_used)]

use crate::simulated::{EXPERIMENT, rig};
use crate::whole_run::only;
use brinell_learn::{
    Event, Experiment, Figure, Model, Protocol, Recordings, ScoreTable, TrainOptions, Trained, Trial,
    Unobserved, train_on,
};
use std::path::{Path, PathBuf};

const FOLD: &str = "folds/leave-one-size-out/size-14/seed-5";

/// The small experiment with another `[model]`, and more sections.
fn with_model(model: &str, more: &str) -> Experiment {
    let from = EXPERIMENT.find("[model]").unwrap();
    let to = EXPERIMENT.find("[training]").unwrap();
    let text = format!("{}[model]\n{model}\n{more}\n{}", &EXPERIMENT[..from], &EXPERIMENT[to..]);
    Experiment::parse(&text, "small.toml").unwrap()
}

fn options(folder: &Path) -> TrainOptions {
    TrainOptions { run_folder: folder.to_owned(), ..TrainOptions::default() }
}

fn run(experiment: &Experiment, recordings: &Recordings, folder: &Path) -> PathBuf {
    train_on(experiment, recordings, &options(folder), &mut Unobserved).unwrap();
    folder.join(FOLD)
}

/// The rig with the recordings of one size turned into something else.
fn rig_with_other_tests() -> Recordings {
    let rig = rig(true);
    let signals = rig.signals().iter().map(|signal| {
        let changed = signal.entry.size_name.as_deref() == Some("14");
        let samples = signal.samples.iter().rev().map(|x| if changed { x * 3.0 + 0.1 } else { *x });
        let samples = if changed { samples.collect() } else { signal.samples.to_vec() };
        (signal.entry.clone(), signal.sensor.clone(), samples)
    });
    Recordings::in_memory(rig.rate(), signals.collect()).unwrap()
}

#[test]
fn a_learner_is_trained_saved_and_judges_a_recording_as_it_judged_its_segments() {
    let folder = tempfile::tempdir().unwrap();
    let recordings = rig(true);
    let mut experiment = with_model("name = \"logistic\"", "");
    experiment.segments.training_stride = None;
    let fold = run(&experiment, &recordings, folder.path());
    let trained = Trained::load(&fold.join("model.safetensors")).unwrap();
    assert!(matches!(trained.facts().model, Model::Learner(_)));
    let scores = ScoreTable::read(&fold.join("scores.parquet")).unwrap();
    let macro_f1 = scores.predictions().unwrap().metrics().macro_f1;
    assert!(macro_f1 > 0.8, "{macro_f1}");
    let file = &scores.rows[0].file;
    let signal = recordings.signals().iter().find(|signal| signal.entry.file == *file).unwrap();
    let again = trained.score(&signal.samples, recordings.rate(), &Default::default()).unwrap();
    for (row, segment) in scores.rows.iter().filter(|row| row.file == *file).zip(&again.per_segment) {
        assert_eq!(&row.probabilities, segment);
    }
}

#[test]
fn scores_are_calibrated_on_bearings_that_are_held_out_in_turn() {
    let folder = tempfile::tempdir().unwrap();
    let more = "[calibration]\nmethod = \"temperature-and-threshold\"\nunknown = { kind = \"neighbours\", k = 3 }\n\
                unit = \"recording\"";
    for model in ["name = \"logistic\"", "name = \"se-cnn\"\nwidths = [8]\nhidden = 8"] {
        let own = folder.path().join(if model.contains("cnn") { "net" } else { "learner" });
        let fold = run(&with_model(model, more), &rig(true), &own);
        let trained = Trained::load(&fold.join("model.safetensors")).unwrap();
        assert!(trained.calibrated());
        let calibration = trained.facts().calibration.as_ref().unwrap();
        // two sizes of three parts at two places; each recording is read at one sensor
        assert_eq!((calibration.held_out.bearings, calibration.held_out.recordings), (12, 24));
        let recordings = rig(true);
        let signal = &recordings.signals()[3];
        let scores = trained.score(&signal.samples, recordings.rate(), &Default::default()).unwrap();
        assert!(scores.unknown.unwrap() > 0.0 && scores.set.is_some());
        assert!(!fold.join("state").exists(), "what inner folds leave behind is removed");
    }
}

#[test]
fn an_alarm_for_unknown_faults_is_fitted_on_held_out_segments_and_counted_on_the_test() {
    let folder = tempfile::tempdir().unwrap();
    let recordings = rig(true);
    for (name, kind) in
        [("features", "{ kind = \"neighbours\", k = 3 }"), ("answers", "{ kind = \"confidence\" }")]
    {
        let mut before: Option<(f64, ScoreTable)> = None;
        for rate in ["0.02", "0.4"] {
            let more = format!("[calibration]\nunknown = {kind}\nfalse_alarm_rate = {rate}");
            let mut experiment = with_model("name = \"logistic\"", &more);
            only(&mut experiment, Protocol::UnknownFault);
            experiment.protocols[0].folds = Some(vec!["size-14-without-ball".to_owned()]);
            let root = folder.path().join(format!("{name}-{rate}"));
            let run = train_on(&experiment, &recordings, &options(&root), &mut Unobserved).unwrap();
            let own = &run.summary.protocols[0];
            let facts = &own.results[0].facts;
            let alarm = facts.alarm.unwrap();
            assert_eq!(alarm.false_alarm_rate.to_string(), rate);
            // two sizes of the two parts that are known, at one sensor, and as many healthy recordings beside them
            assert!(alarm.known > 100, "{alarm:?}");
            let trained = Trained::load(&run.models[0]).unwrap();
            assert_eq!(trained.facts().calibration.as_ref().unwrap().alarm, Some(alarm));
            assert!(trained.card().contains("An unknown fault is alarmed"), "{}", trained.card());
            let card = std::fs::read_to_string(root.join("card.md")).unwrap();
            assert!(card.contains(&format!("{:.6}", alarm.threshold)), "{card}");

            let table = ScoreTable::read(&run.models[0].with_file_name("scores.parquet")).unwrap();
            for row in &table.rows {
                let surest = row.probabilities.iter().copied().fold(0.0, f64::max);
                let score = row.unknown.unwrap_or(1.0 - surest);
                assert_eq!(row.alarm, Some(score > alarm.threshold));
            }
            let file = &table.rows[0].file;
            let signal = recordings.signals().iter().find(|signal| signal.entry.file == *file).unwrap();
            let whole = trained.score(&signal.samples, recordings.rate(), &Default::default()).unwrap();
            let rung = table.rows.iter().filter(|row| row.file == *file && row.alarm == Some(true)).count();
            assert_eq!(whole.alarm, Some(2 * rung > whole.segments));
            for figure in [Figure::FalseAlarms, Figure::UnknownFound] {
                assert!(own.windows.mean(figure).is_some() && own.recordings.mean(figure).is_some());
                assert!(run.table.to_string().contains(figure.title()), "{}", run.table);
            }
            if let Some((threshold, strict)) = &before {
                assert!(alarm.threshold < *threshold, "more false alarms are borne by a lower threshold");
                let pairs = strict.rows.iter().zip(&table.rows);
                assert!(pairs.clone().all(|(strict, loose)| strict.alarm <= loose.alarm));
                assert!(pairs.clone().any(|(strict, loose)| strict.alarm < loose.alarm));
            }
            before = Some((alarm.threshold, table));
        }
    }
}

#[test]
fn a_rate_of_false_alarms_that_is_no_share_is_refused_by_its_key() {
    let from = EXPERIMENT.find("[[protocol]]").unwrap();
    let text =
        format!("{}[calibration]\nfalse_alarm_rate = 1.0\n{}", &EXPERIMENT[..from], &EXPERIMENT[from..]);
    let error = Experiment::parse(&text, "small.toml").unwrap_err().to_string();
    assert!(error.contains("false_alarm_rate must be above 0 and below 1, found 1"), "{error}");
}

#[test]
fn nothing_that_is_chosen_depends_on_a_test_part() {
    let folder = tempfile::tempdir().unwrap();
    let more =
        "[calibration]\nmethod = \"isotonic\"\n[tune]\nspace = { \"model.strength\" = [1e-4, 1e-2, 1.0] }";
    let experiment = with_model("name = \"logistic\"", more);
    let as_recorded = run(&experiment, &rig(true), &folder.path().join("as-recorded"));
    let changed = run(&experiment, &rig_with_other_tests(), &folder.path().join("changed"));
    for file in ["model.safetensors", "trials.json", "fold.json", "split.csv"] {
        let bytes = |fold: &Path| std::fs::read(fold.join(file)).unwrap();
        assert!(bytes(&as_recorded) == bytes(&changed), "{file} depends on the test recordings");
    }
    let scores = |fold: &Path| ScoreTable::read(&fold.join("scores.parquet")).unwrap();
    assert_ne!(scores(&as_recorded), scores(&changed), "the test recordings were not changed at all");
}

#[test]
fn every_fold_takes_the_choice_that_its_held_out_bearings_like_best() {
    let folder = tempfile::tempdir().unwrap();
    let experiment = with_model(
        "name = \"logistic\"",
        "[tune]\nmethod = { kind = \"random\", trials = 4 }\nspace = { \"model.strength\" = { from = 1e-6, to = 10.0, scale = \"log\" } }",
    );
    let mut told = Vec::new();
    let mut observer = |event: &Event<'_>| {
        if let Event::TrialDone { figure, .. } = event {
            told.push(*figure);
        }
    };
    train_on(&experiment, &rig(true), &options(folder.path()), &mut observer).unwrap();
    let text = std::fs::read(folder.path().join(FOLD).join("trials.json")).unwrap();
    let trials: Vec<Trial> = serde_json::from_slice(&text).unwrap();
    assert_eq!((trials.len(), told.len()), (4, 12), "three folds with four trials each");
    let best = trials.iter().map(|trial| trial.figure).fold(f64::NEG_INFINITY, f64::max);
    let chosen: Vec<&Trial> = trials.iter().filter(|trial| trial.chosen).collect();
    assert_eq!((chosen.len(), chosen[0].figure), (1, best));
    let trained = Trained::load(&folder.path().join(FOLD).join("model.safetensors")).unwrap();
    let written = serde_json::to_value(&trained.facts().model).unwrap();
    assert_eq!(written["strength"], chosen[0].choice["model.strength"]);
}

#[test]
fn halving_gives_the_best_choices_more_epochs() {
    let folder = tempfile::tempdir().unwrap();
    let mut experiment = with_model(
        "name = \"se-cnn\"\nwidths = [8]\nhidden = 8",
        "[tune]\nmethod = { kind = \"halving\", trials = 4, keep = 0.5 }\n\
         space = { \"training.optimiser.learning_rate\" = { from = 1e-5, to = 0.03, scale = \"log\" } }",
    );
    experiment.training.epochs = 8;
    experiment.protocols[0].folds = Some(vec!["size-14".to_owned()]);
    let fold = run(&experiment, &rig(true), folder.path());
    let trials: Vec<Trial> =
        serde_json::from_slice(&std::fs::read(fold.join("trials.json")).unwrap()).unwrap();
    let epochs: Vec<usize> = trials.iter().map(|trial| trial.epochs).collect();
    assert_eq!(epochs, [2, 2, 2, 2, 4, 4]);
    assert!(trials.iter().position(|trial| trial.chosen).unwrap() >= 4, "the last round decides");
}

#[test]
fn a_space_with_unknown_keys_and_impossible_values_is_told_by_its_place() {
    let from = EXPERIMENT.find("[[protocol]]").unwrap();
    let text = format!(
        "{}[tune]\n[tune.space]\n\"model.widht\" = [1]\n\"training.batch\" = {{ from = 8, to = 2 }}\n\"data.rate\" = [1]\n{}",
        &EXPERIMENT[..from],
        &EXPERIMENT[from..]
    );
    let error = Experiment::parse(&text, "small.toml").unwrap_err().to_string();
    for told in ["model.widht", "from must be below to", "only keys of model, training and pipeline"] {
        assert!(error.contains(told), "{told}: {error}");
    }
}

#[test]
fn copies_and_simulated_bearings_are_learned_from_and_never_judge() {
    let folder = tempfile::tempdir().unwrap();
    let recordings = rig(true);
    let more = "[augmentation]\ncopies = 1\ngain_db = 6\nshift = true\nnoise = { kind = \"band\", snr_db = [0, 20] }\n\
                simulated = { bearings = 3, segments = 2 }";
    let plain = run(&with_model("name = \"logistic\"", ""), &recordings, &folder.path().join("plain"));
    let grown = run(&with_model("name = \"logistic\"", more), &recordings, &folder.path().join("grown"));
    let again = run(&with_model("name = \"logistic\"", more), &recordings, &folder.path().join("again"));
    let facts = |fold: &Path| -> serde_json::Value {
        serde_json::from_slice(&std::fs::read(fold.join("fold.json")).unwrap()).unwrap()
    };
    let (few, many) = (facts(&plain), facts(&grown));
    assert_eq!(few["train_segments"], many["train_segments"]);
    assert_eq!(few["made_segments"], 0);
    let copies = many["train_segments"].as_u64().unwrap();
    assert_eq!(many["made_segments"].as_u64().unwrap(), copies + 4 * 3 * 2, "four classes");
    let rows = |fold: &Path| ScoreTable::read(&fold.join("scores.parquet")).unwrap().rows.len();
    assert_eq!(rows(&plain), rows(&grown));
    let model = |fold: &Path| std::fs::read(fold.join("model.safetensors")).unwrap();
    assert!(model(&grown) == model(&again) && model(&grown) != model(&plain));
}

#[test]
fn baselines_are_run_under_the_same_protocols_and_stand_in_the_same_table() {
    let folder = tempfile::tempdir().unwrap();
    let from = EXPERIMENT.find("[[protocol]]").unwrap();
    let baselines = "[[baseline]]\nname = \"majority\"\nmodel = { name = \"majority\" }\n\
                     [[baseline]]\nname = \"logistic\"\nmodel = { name = \"logistic\" }\n\
                     pipeline = [{ step = \"envelope\" }]\n";
    let text = format!("{}{baselines}{}", &EXPERIMENT[..from], &EXPERIMENT[from..]);
    let mut experiment = Experiment::parse(&text, "small.toml").unwrap();
    experiment.protocols[0].folds = Some(vec!["size-14".to_owned()]);
    let run = train_on(&experiment, &rig(true), &options(folder.path()), &mut Unobserved).unwrap();
    let names: Vec<&str> = run.table.rows().iter().map(|row| row.experiment.as_str()).collect();
    assert_eq!(names, ["small", "majority", "logistic"]);
    assert_eq!(run.models.len(), 3);
    let (majority, logistic) =
        (folder.path().join("baselines").join("majority"), folder.path().join("baselines").join("logistic"));
    let compared = brinell_learn::compare(folder.path(), &majority, None).unwrap();
    assert_eq!(compared.protocols.len(), 1, "a baseline is a run like any other");
    // one that was stopped, and one whose turn never came
    std::fs::remove_dir_all(majority.join("folds")).unwrap();
    std::fs::remove_dir_all(&logistic).unwrap();
    let stored = brinell_learn::stored_baselines(folder.path()).unwrap();
    assert!(stored.finished.is_empty());
    assert_eq!(stored.unfinished, ["majority", "logistic"]);
    let again = TrainOptions { resume: true, ..options(folder.path()) };
    let resumed = train_on(&experiment, &rig(true), &again, &mut Unobserved).unwrap();
    assert_eq!(resumed.table, run.table);
    let twice = text.replace("\"majority\"\nmodel", "\"small\"\nmodel");
    let error = Experiment::parse(&twice, "small.toml").unwrap_err().to_string();
    assert!(error.contains("two models are named `small`"), "{error}");
}

#[test]
fn a_final_model_learns_from_all_recordings_and_its_card_holds_the_figures_of_the_protocols() {
    let folder = tempfile::tempdir().unwrap();
    let more = "[calibration]\nunknown = { kind = \"neighbours\", k = 2, most = 20 }\n\
                [final]\nsensor = \"A\"\nnot_for = \"It must not be used for anything.\"";
    let experiment = with_model("name = \"logistic\"", more);
    let recordings = rig(true);
    let models = ["one", "two"].map(|name| {
        let own = folder.path().join(name);
        let done = train_on(&experiment, &recordings, &options(&own), &mut Unobserved).unwrap();
        assert_eq!(done.models.last().unwrap(), &own.join("final/model.safetensors"));
        std::fs::read(own.join("final/model.safetensors")).unwrap()
    });
    assert_eq!(models[0], models[1]);
    let trained = Trained::from_bytes(&models[0], "final").unwrap();
    // every recording with a fault, at either place: 3 sizes, 3 parts, 2 places, 2 loads
    assert_eq!(trained.facts().learned_from.len(), 36);
    assert!(trained.calibrated());
    let range = trained.facts().range.as_ref().unwrap();
    assert_eq!(range.recorded_speed_hz, Some([29.5, 29.9]));
    assert_eq!((range.simulated_speed_hz, &range.recorded_rates_hz[..]), (None, &[12_000.0][..]));
    let card = trained.card();
    for part in
        ["macro-F1 by recording of ", "under leave-one-size-out at A", "must not be used for anything"]
    {
        assert!(card.contains(part), "{part} is not in: {card}");
    }
}
