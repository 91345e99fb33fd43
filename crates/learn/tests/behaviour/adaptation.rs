//! Nets that are adapted to recordings without labels.
#![allow(clippy::unwrap_used)]

use crate::simulated::{EXPERIMENT, RATE, experiment, rig};
use crate::whole_run::{only, options, stopped_and_resumed};
use brinell_learn::{
    Adaptation, CalibrationMethod, CalibrationOptions, Error, Event, Experiment, Keep, Protocol, Recordings,
    RunFolder, Trained, Unobserved, evaluate_on, train_on,
};
use brinell_model::Hardware;
use std::path::Path;

const KINDS: [&str; 7] = [
    "kind = \"adabn\"",
    "kind = \"mk-mmd\"\nkernels = { count = 3 }",
    "kind = \"jmmd\"\nweight = 0.5",
    "kind = \"coral\"\nfrom_epoch = 1\nform = \"tllib\"",
    "kind = \"dann\"\nhidden = [8]",
    "kind = \"cdan\"\nhidden = [8, 4]\ndropout = 0.2",
    "kind = \"cdan\"\nentropy = true\nhidden = [8]",
];

fn adaptation(text: &str) -> Adaptation {
    toml::from_str(text).unwrap()
}

/// Three epochs of one fold, adapted.
fn adapted(text: &str, protocol: Protocol, fold: &str) -> Experiment {
    let mut experiment = experiment();
    only(&mut experiment, protocol);
    experiment.protocols[0].folds = Some(vec![fold.to_owned()]);
    experiment.protocols[0].adaptation = Some(adaptation(text));
    experiment.training.epochs = 3;
    experiment
}

/// The rig with the annotations of the faulty recordings at load 1 handed round.
fn relabelled() -> Recordings {
    let mut signals = rig(true).signals().to_vec();
    let at: Vec<usize> = (0..signals.len())
        .filter(|at| {
            let entry = &signals[*at].entry;
            entry.load == Some(1.0) && entry.site.as_deref() == Some("A")
        })
        .collect();
    let before = signals.clone();
    for (place, signal) in at.iter().enumerate() {
        let other = &before[at[(place + 4) % at.len()]].entry;
        let entry = &mut signals[*signal].entry;
        (entry.fault, entry.size_mm, entry.size_name) = (other.fault, other.size_mm, other.size_name.clone());
        (entry.bearing_id, entry.mount_id) = (other.bearing_id.clone(), other.mount_id.clone());
    }
    let all = signals.into_iter().map(|one| (one.entry, one.sensor, one.samples.to_vec())).collect();
    Recordings::in_memory(RATE, all).unwrap()
}

#[test]
fn the_labels_of_the_target_change_no_byte_of_what_is_learned() {
    for kind in ["kind = \"jmmd\"", "kind = \"cdan\"\nentropy = true\nhidden = [8]", "kind = \"adabn\""] {
        let experiment = adapted(kind, Protocol::LoadToLoad, "load-0-to-1");
        let folder = tempfile::tempdir().unwrap();
        let learned = |name: &str, recordings: &Recordings| {
            let root = folder.path().join(name);
            let run = train_on(&experiment, recordings, &options(&root), &mut Unobserved).unwrap();
            let model = &run.models[0];
            let split = std::fs::read_to_string(model.with_file_name("split.csv")).unwrap();
            (std::fs::read(model).unwrap(), std::fs::read(model.with_file_name("fold.json")).unwrap(), split)
        };
        let (right, wrong) = (learned("right", &rig(true)), learned("wrong", &relabelled()));
        assert_ne!(right.2, wrong.2, "the labels of the test are others");
        assert!(right.0 == wrong.0, "{kind}: another model");
        assert!(right.1 == wrong.1, "{kind}: other facts");
    }
}

#[test]
fn every_kind_is_trained_kept_at_its_last_epoch_and_declared_wherever_its_figure_stands() {
    let recordings = rig(true);
    for kind in KINDS {
        let experiment = adapted(kind, Protocol::LeaveOneSizeOut, "size-14");
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("run");
        let mut added = Vec::new();
        let mut observer = |event: &Event<'_>| {
            if let Event::EpochDone { row, .. } = event {
                added.push(row.adaptation_loss);
            }
        };
        let run = train_on(&experiment, &recordings, &options(&root), &mut observer).unwrap();
        let own = experiment.protocols[0].adaptation.as_ref().unwrap();
        let declared = format!("adapted by {} to the unlabelled test recordings", own.name());
        let result = &run.summary.protocols[0].results[0];
        assert_eq!(result.facts.adapted.as_deref(), Some(declared.as_str()));
        assert_eq!((result.facts.epochs, result.facts.best_epoch), (3, Some(3)), "{kind}");
        assert!(run.table.to_string().contains(&declared), "{}", run.table);
        let card = std::fs::read_to_string(root.join("card.md")).unwrap();
        assert!(card.contains(&declared) && card.contains("the weights of the last one are kept"), "{card}");
        let trained = Trained::load(&run.models[0]).unwrap();
        assert!(trained.card().contains(&declared), "{}", trained.card());
        assert!(recordings.signals().iter().any(|one| {
            one.entry.size_name.as_deref() == Some("14") && trained.learned_from(&one.entry.sha256)
        }));
        let looks = own.weight_and_begin().map(|(_, begin)| begin);
        for (epoch, value) in added.iter().enumerate() {
            assert_eq!(*value > 0.0, looks.is_some_and(|begin| epoch >= begin), "{kind}: {added:?}");
        }
        let (stored, read) = RunFolder::open(&root).unwrap();
        assert_eq!(read, experiment);
        assert_eq!(
            evaluate_on(&stored, &read, &recordings, &Hardware::Cpu, &mut Unobserved).unwrap(),
            run.summary
        );
    }
}

#[test]
fn an_adversary_goes_on_after_a_stop_as_if_there_had_been_none() {
    for kind in [KINDS[4], KINDS[6]] {
        let mut experiment = adapted(kind, Protocol::LoadToLoad, "load-1-to-0");
        experiment.training.epochs = 12;
        stopped_and_resumed(&experiment);
    }
}

#[test]
fn statistics_of_the_target_are_taken_after_a_stop_too() {
    let mut experiment = adapted(KINDS[0], Protocol::LoadToLoad, "load-1-to-0");
    experiment.training.epochs = 12;
    experiment.training.weight_average = Some(0.9);
    stopped_and_resumed(&experiment);
}

#[test]
fn one_file_may_hold_a_protocol_once_for_each_kind_and_once_without() {
    let recordings = rig(true);
    let mut experiment = adapted(KINDS[1], Protocol::LoadToLoad, "load-0-to-1");
    experiment.training.epochs = 1;
    experiment.training.keep = Some(Keep::Last);
    let mut plain = experiment.protocols[0].clone();
    plain.adaptation = None;
    let mut statistics = plain.clone();
    statistics.adaptation = Some(adaptation(KINDS[0]));
    experiment.protocols.extend([plain, statistics]);
    let folder = tempfile::tempdir().unwrap();
    let run = train_on(&experiment, &recordings, &options(folder.path()), &mut Unobserved).unwrap();
    let counts: Vec<usize> =
        run.summary.protocols.iter().map(|own| own.results[0].windows.metrics.count).collect();
    // nine recordings of 11 windows at the target load: a fifth of each where a loss looks at the others
    assert_eq!(counts, [9 * 2, 9 * 11, 9 * 11]);
    let rows: Vec<String> = run.table.rows().iter().map(|row| format!("{:?}", row.own.adapted)).collect();
    assert!(rows[0].contains("other unlabelled segments of the test recordings"), "{rows:?}");
    assert_eq!(rows[1], "None");
    assert_eq!(run.table.rows().iter().map(|row| row.own.scored.0).collect::<Vec<_>>(), counts);
    let text = run.table.to_string();
    assert!(text.contains("scored 18 segments of 9 recordings"), "{text}");
    assert!(text.contains("Segments scored differ where nets adapt"), "{text}");
    assert!(rows[2].contains("adabn to the unlabelled test recordings"), "{rows:?}");
    for word in ["load-to-load-a-mk-mmd", "load-to-load-a", "load-to-load-a-adabn"] {
        assert!(folder.path().join("folds").join(word).is_dir(), "{word}");
    }
}

#[test]
fn a_heavier_weight_brings_the_domains_closer() {
    let apart = |weight: f64| {
        // not a discrepancy: that of two small batches is far from 0 even between equal domains
        let text = format!("kind = \"coral\"\nform = \"tllib\"\nweight = {weight}");
        let mut experiment = adapted(&text, Protocol::LeaveOneSizeOut, "size-14");
        experiment.training.epochs = 6;
        let mut last = 0.0;
        let mut observer = |event: &Event<'_>| {
            if let Event::EpochDone { row, .. } = event {
                last = row.adaptation_loss;
            }
        };
        let folder = tempfile::tempdir().unwrap();
        train_on(&experiment, &rig(true), &options(&folder.path().join("run")), &mut observer).unwrap();
        last
    };
    let (light, heavy) = (apart(1e-6), apart(20.0));
    assert!(heavy < 0.95 * light, "{heavy} against {light}");
}

#[test]
fn an_adapted_net_is_calibrated_by_bearings_of_its_source_and_says_that_nothing_is_promised() {
    let mut experiment = adapted(KINDS[3], Protocol::LeaveOneSizeOut, "size-14");
    experiment.calibration = Some(CalibrationOptions::default());
    let folder = tempfile::tempdir().unwrap();
    let mut inner = Vec::new();
    let mut observer = |event: &Event<'_>| {
        if let Event::EpochDone { place, row, .. } = event
            && place.fold.contains("held out")
        {
            inner.push(row.adaptation_loss);
        }
    };
    let run = train_on(&experiment, &rig(true), &options(&folder.path().join("run")), &mut observer).unwrap();
    assert_eq!(inner.len(), 6, "two inner folds of three epochs");
    assert!(inner.iter().any(|loss| *loss > 0.0), "nets of inner folds are adapted as the net itself is");
    let trained = Trained::load(&run.models[0]).unwrap();
    let fitted = trained.facts().calibration.as_ref().unwrap();
    assert!(
        fitted.source_only && fitted.sets.is_none() && fitted.alarm.is_none() && fitted.unknown.is_some()
    );
    assert!(!trained.calibrated(), "nobody may read its probabilities as frequencies on the target");
    assert!(trained.card().contains("bearings of the source held out in turn"), "{}", trained.card());
    let card = std::fs::read_to_string(folder.path().join("run/card.md")).unwrap();
    assert!(card.contains("calibrated by bearings of the source alone"), "{card}");
    // the temperature is at work
    let mut plain = experiment.clone();
    plain.calibration = None;
    let other =
        train_on(&plain, &rig(true), &options(&folder.path().join("plain")), &mut Unobserved).unwrap();
    let [with, without] = [&run, &other].map(|run| &run.summary.protocols[0].results[0].windows);
    assert_eq!(with.metrics, without.metrics, "a temperature changes no answer");
    assert_ne!(with.log_loss, without.log_loss);
}

#[test]
fn an_adapted_and_calibrated_run_goes_on_after_a_stop_with_the_same_bytes() {
    let mut experiment = adapted(KINDS[4], Protocol::LeaveOneSizeOut, "size-14");
    experiment.calibration = Some(CalibrationOptions::default());
    stopped_and_resumed(&experiment);
}

#[test]
fn adapting_where_it_makes_no_sense_is_refused_with_the_reason() {
    let said = |change: &dyn Fn(&mut Experiment)| {
        let mut experiment = adapted(KINDS[1], Protocol::LeaveOneSizeOut, "size-14");
        change(&mut experiment);
        let root = Path::new("never-written");
        match train_on(&experiment, &rig(true), &options(root), &mut Unobserved) {
            Err(error @ Error::Config(_)) => error.to_string(),
            other => panic!("{other:?}"),
        }
    };
    let with = |method, kind: &'static str| {
        move |one: &mut Experiment| {
            one.protocols[0].adaptation = Some(adaptation(kind));
            one.calibration = Some(CalibrationOptions { method, ..CalibrationOptions::default() });
        }
    };
    let isotonic = said(&with(CalibrationMethod::Isotonic, KINDS[1]));
    assert!(
        isotonic.contains("calibration.method") && isotonic.contains("a temperature at most"),
        "{isotonic}"
    );
    assert!(said(&with(CalibrationMethod::Temperature, KINDS[0])).contains("statistics of the target"));
    let folds = |experiment: &mut Experiment, name| only_with(experiment, name);
    assert!(said(&|one| folds(one, Protocol::RandomWindow)).contains("nothing to adapt to"));
    assert!(said(&|one| folds(one, Protocol::UnknownFault)).contains("draw the fault"));
    assert!(said(&|one| one.training.keep = Some(Keep::Best)).contains("keep must be \"last\""));
    let of =
        |text: &'static str| move |one: &mut Experiment| one.protocols[0].adaptation = Some(adaptation(text));
    let late = said(&of("kind = \"coral\"\nfrom_epoch = 3"));
    assert!(
        late.contains("protocol.0.adaptation.from_epoch") && late.contains("below the 3 epochs"),
        "{late}"
    );
    assert!(said(&of("kind = \"jmmd\"\nweight = 0.0")).contains("weight must be > 0"));
    assert!(said(&of("kind = \"mk-mmd\"\nkernels = { count = 0 }")).contains("`count`"));
    assert!(said(&of("kind = \"dann\"\nhidden = [0]")).contains("`hidden`"));
    assert!(
        said(&of("kind = \"cdan\"\nhidden = [4]\ndropout = 1.0")).contains("out of range")
            || said(&of("kind = \"cdan\"\nhidden = [4]\ndropout = 1.0")).contains("dropout")
    );
}

fn only_with(experiment: &mut Experiment, protocol: Protocol) {
    let adaptation = experiment.protocols[0].adaptation.clone();
    only(experiment, protocol);
    experiment.protocols[0].adaptation = adaptation;
}

#[test]
fn a_net_without_batch_norms_is_refused_by_adabn_before_it_is_trained() {
    let (before, rest) = EXPERIMENT.split_once("[[pipeline]]").unwrap();
    let (_, training) = rest.split_once("[training]").unwrap();
    let net = "name = \"patch-transformer\"\npatch = 4\nwidth = 8\nheads = 2\nlayers = 1";
    let text = format!(
        "{before}[[pipeline]]\nstep = \"standardise\"\n[model]\n{net}\n[training]{training}adaptation = {{ kind = \"adabn\" }}\n"
    );
    let experiment = Experiment::parse(&text, "small.toml").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut batches = 0;
    let mut observer = |event: &Event<'_>| batches += usize::from(matches!(event, Event::BatchDone { .. }));
    let error = train_on(&experiment, &rig(true), &options(folder.path()), &mut observer).unwrap_err();
    assert!(error.to_string().contains("the net has none"), "{error}");
    assert_eq!(batches, 0);
}
