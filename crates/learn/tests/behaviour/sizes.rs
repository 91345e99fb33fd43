//! Nets that learn the size of a fault beside its class.
#![allow(clippy::unwrap_used)]

use crate::simulated::{EXPERIMENT, RATE, SIZES, rig};
use crate::whole_run::{only, options, stopped_and_resumed, trained_by};
use brinell_learn::{
    Experiment, Figure, Protocol, Recordings, RunFolder, ScoreTable, Trained, Unobserved, ValidationUnit,
    evaluate_on, train_on, write_figure_tables,
};
use brinell_model::Hardware;

const LINES: &str =
    "optimiser = { kind = \"adam\", learning_rate = 0.01 }\nalso = { size = { weight = 0.5 } }";

fn learning_sizes(protocol: Protocol) -> Experiment {
    let mut experiment = trained_by(LINES);
    only(&mut experiment, protocol);
    experiment
}

/// The rig with a tone in every recording of a fault that says how large it is.
fn rig_with_tones() -> Recordings {
    let rig = rig(true);
    let signals = rig.signals().iter().map(|signal| {
        let place = SIZES.iter().position(|(name, _)| signal.entry.size_name.as_deref() == Some(name));
        let tone = |at: usize| {
            let cycles = place.map_or(0.0, |place| [0.07, 0.2, 0.45][place]);
            (std::f64::consts::TAU * cycles * at as f64).sin() as f32
        };
        let samples = signal.samples.iter().enumerate().map(|(at, x)| x + 2.0 * tone(at)).collect();
        (signal.entry.clone(), signal.sensor.clone(), samples)
    });
    Recordings::in_memory(RATE, signals.collect()).unwrap()
}

#[test]
fn a_run_with_sizes_that_was_stopped_and_resumed_has_the_same_bytes_as_an_unbroken_one() {
    stopped_and_resumed(&learning_sizes(Protocol::LeaveOneSizeOut));
}

#[test]
fn sizes_that_were_in_training_are_told_beside_the_classes_and_kept_with_the_model() {
    let (mut experiment, recordings) = (learning_sizes(Protocol::LeaveOneLoadOut), rig_with_tones());
    experiment.training.epochs = 8;
    experiment.protocols[0].folds = Some(vec!["load-1".to_owned()]);
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("run");
    let run = train_on(&experiment, &recordings, &options(&root), &mut Unobserved).unwrap();
    let own = &run.summary.protocols[0];
    let accuracy = own.recordings.mean(Figure::SizeAccuracy).unwrap();
    assert!(accuracy > 0.85, "{accuracy}");
    let size = own.results[0].recordings.size.unwrap();
    assert_eq!((size.count, size.of_other_sizes), (9, 0), "nine damaged bearings under the sensor");
    assert!(run.table.to_string().contains("size accuracy"), "{}", run.table);

    let trained = Trained::load(&run.models[0]).unwrap();
    let names: Vec<&str> = trained.facts().sizes.iter().map(|size| size.name.as_str()).collect();
    assert_eq!(names, ["7", "14", "21"]);
    let signal = recordings.signals().iter().find(|one| one.entry.bearing_id == "A-outer-14").unwrap();
    let scores = trained.score(&signal.samples, RATE, &Default::default()).unwrap();
    let told: Vec<f64> = scores.sizes.iter().map(|(_, p)| *p).collect();
    assert!((told.iter().sum::<f64>() - 1.0).abs() < 1e-9 && told.iter().all(|p| *p <= told[1]), "{told:?}");

    let table = ScoreTable::read(&run.models[0].with_file_name("scores.parquet")).unwrap();
    assert_eq!(table.sizes, names);
    for row in &table.rows {
        assert_eq!(row.size.is_some(), row.bearing.starts_with("A-"), "{}", row.bearing);
        assert!((row.sizes.iter().sum::<f64>() - 1.0).abs() < 1e-9);
    }
    let (run_folder, stored) = RunFolder::open(&root).unwrap();
    assert_eq!(stored, experiment);
    assert_eq!(
        evaluate_on(&run_folder, &stored, &recordings, &Hardware::Cpu, &mut Unobserved).unwrap(),
        run.summary
    );
}

#[test]
fn where_no_test_recording_has_a_known_size_the_table_says_so_and_classes_are_measured() {
    let (mut experiment, recordings) = (learning_sizes(Protocol::LeaveOneSizeOut), rig_with_tones());
    experiment.training.epochs = 2;
    let folder = tempfile::tempdir().unwrap();
    let run = train_on(&experiment, &recordings, &options(folder.path()), &mut Unobserved).unwrap();
    let own = &run.summary.protocols[0];
    assert_eq!(own.recordings.mean(Figure::SizeAccuracy), None);
    assert!(own.recordings.mean(Figure::MacroF1).is_some());
    let size = own.results[0].recordings.size.unwrap();
    assert_eq!((size.count, size.accuracy), (0, None));
    assert!(size.of_other_sizes > 0);
    for text in [run.table.to_string(), run.table.markdown()] {
        assert!(text.contains("not measured: no test recording has a size that was in training"), "{text}");
    }
    // every fold tells other sizes; over all folds they stand side by side
    let written = write_figure_tables(folder.path()).unwrap();
    let table = ScoreTable::read(&written.of_protocol[0].join("windows.parquet")).unwrap();
    assert_eq!(table.sizes, ["7", "14", "21"]);
    assert!(table.rows.iter().all(|row| row.sizes.contains(&0.0)));
}

#[test]
fn the_weight_of_sizes_is_no_part_of_what_a_net_without_them_learns() {
    let (mut plain, recordings) = (learning_sizes(Protocol::RandomWindow), rig_with_tones());
    plain.training.epochs = 2;
    let mut light = plain.clone();
    plain.training.also.size = None;
    light.training.also.size.as_mut().unwrap().weight = 1e-12;
    let folder = tempfile::tempdir().unwrap();
    let loss = |experiment: &Experiment, name: &str| {
        let run =
            train_on(experiment, &recordings, &options(&folder.path().join(name)), &mut Unobserved).unwrap();
        run.summary.protocols[0].results[0].facts.validation_loss.unwrap()
    };
    let (plain, light) = (loss(&plain, "plain"), loss(&light, "light"));
    assert!(
        (plain - light).abs() < 1e-3 * plain,
        "{plain} and {light}: the net begins and learns as without"
    );
}

#[test]
fn sizes_are_refused_for_learners_and_where_training_has_but_one() {
    let (before, rest) = EXPERIMENT.split_once("[model]").unwrap();
    let (_, training) = rest.split_once("[training]").unwrap();
    let text =
        |more: &str| format!("{before}[model]\nname = \"logistic\"\n[training]\nalso = {more}\n{training}");
    let said = |more: &str| Experiment::parse(&text(more), "small.toml").unwrap_err().to_string();
    let learner = said("{ size = {} }");
    assert!(learner.contains("only a net learns the size") && learner.contains("1 problem"), "{learner}");
    assert!(said("{ size = { weight = 0 } }").contains("weight must be > 0"));
    assert!(said("{ sise = {} }").contains("did you mean `size`"));

    let mut experiment = learning_sizes(Protocol::LeaveOneSizeOut);
    experiment.protocols[0].validation = Some(ValidationUnit::Size);
    let folder = tempfile::tempdir().unwrap();
    let error = train_on(&experiment, &rig(true), &options(folder.path()), &mut Unobserved);
    let said = error.unwrap_err().to_string();
    assert!(said.contains("two sizes or more are needed") && said.contains("only "), "{said}");
}
