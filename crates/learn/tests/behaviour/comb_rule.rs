//! Learners other than nets on the published bearing-wise splits, with the features of the pipeline's steps: the comb rule,
//! logistic regression, forests, support vector machines. Test parts are only scored.

use crate::cwru::data;
use brinell_learn::learner::{Learner, Target};
use brinell_learn::metrics::{Rows, auroc};
use brinell_learn::{ClassWeights, Experiment, Fold, Part, Protocol, Recordings, Signal, SplitRule};
use brinell_signal::{Context, FaultKind, Hertz, Pipeline};
use rayon::prelude::*;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::path::Path;

const PARTS: [FaultKind; 3] = [FaultKind::Outer, FaultKind::Inner, FaultKind::Ball];

/// The hundred splits, and ten windows of each signal, their mean over the whole record removed.
struct Published {
    signals: Vec<Signal>,
    folds: Vec<Fold>,
    rate: Hertz,
    length: usize,
    windows: Vec<((usize, usize), Vec<f32>, Context)>,
}

/// Numbers of every window, by signal and first sample.
type Features = HashMap<(usize, usize), Vec<f64>>;

impl Published {
    fn read() -> Option<Published> {
        let folder = data()?;
        let configs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs");
        let experiment = Experiment::load(&configs.join("cwru/p4-bearing-wise.toml")).unwrap();
        let own = experiment.protocols.iter().find(|own| own.name == Protocol::BearingWise).unwrap();
        let recordings = Recordings::read(&experiment, &[own], &folder).unwrap();
        let read = recordings.signals();
        let mut entries: Vec<_> = read.iter().map(|signal| &signal.entry).collect();
        entries.dedup_by_key(|entry| &entry.file);
        let signals = own.name.signals(&entries, &own.sensor, recordings.rate());
        assert_eq!(signals.len(), 144);
        let segments = experiment.segments_of(own);
        let unit = own.validation.unwrap_or_default();
        let rule =
            SplitRule { segments, validation: experiment.training.validation, unit, seed: 0, target: None };
        let folds = own.name.split(&signals, &rule, None).unwrap();
        assert_eq!(folds.len(), 100);
        let length = segments.length;
        let mut windows = Vec::new();
        for (at, signal) in signals.iter().enumerate() {
            let of = |read: &&brinell_learn::AnnotatedSignal| {
                read.entry.file == signal.file && read.sensor == signal.sensor
            };
            let found = read.iter().find(of).unwrap();
            let mean = found.samples.iter().map(|x| f64::from(*x)).sum::<f64>() / found.samples.len() as f64;
            let samples: Vec<f32> = found.samples.iter().map(|x| (f64::from(*x) - mean) as f32).collect();
            let orders = experiment.data.sensors[&signal.sensor].orders;
            let context =
                Context { shaft: Some(found.entry.speed.as_ref().unwrap().value), orders: Some(orders) };
            let of = samples.chunks_exact(length).take(10).enumerate();
            windows.extend(of.map(|(i, window)| ((at, i * length), window.to_vec(), context)));
        }
        Some(Published { signals, folds, rate: recordings.rate(), length, windows })
    }

    /// What the steps make of every window.
    fn features(&self, steps: Value) -> Features {
        let pipeline: Pipeline = serde_json::from_value(steps).unwrap();
        let plan = pipeline.plan(self.rate, self.length).unwrap();
        let segments: Vec<(&[f32], Context)> =
            self.windows.iter().map(|(_, window, context)| (window.as_slice(), *context)).collect();
        let numbers = plan.process_many(&segments).unwrap();
        let rows = numbers.chunks_exact(plan.output_len());
        let rows = rows.map(|row| row.iter().map(|x| f64::from(*x)).collect());
        self.windows.iter().map(|(key, ..)| *key).zip(rows).collect()
    }

    /// The mean over splits of the macro AUROC of the parts, each judged by its own fit of the learner, in percent.
    fn score(&self, features: &Features, learner: &Value) -> f64 {
        let learner: Learner = serde_json::from_value(learner.clone()).unwrap();
        let of_part = |fold: &Fold, part: FaultKind| {
            let keys = |parts: &[&Part]| -> Vec<(usize, usize)> {
                let windows = parts.iter().flat_map(|part| &part.windows);
                windows.map(|window| (window.signal, window.start)).collect()
            };
            let damaged = |key: &(usize, usize)| self.signals[key.0].faults.contains(part);
            let training = keys(&[&fold.train, &fold.validation]);
            let width = features[&training[0]].len();
            let values = training.iter().flat_map(|key| features[key].clone()).collect();
            let labels: Vec<u32> = training.iter().map(|key| damaged(key).into()).collect();
            let rows = Rows::new(width, values).unwrap();
            let fitted = learner.fit(&rows, &labels, Target::Part(part), ClassWeights::Equal, 0).unwrap();
            let test = keys(&[&fold.test]);
            let scores: Vec<f64> = test.iter().map(|key| fitted.probabilities(&features[key])[1]).collect();
            let positive: Vec<bool> = test.iter().map(damaged).collect();
            auroc(&scores, &positive).unwrap().unwrap()
        };
        let of_fold = |fold: &Fold| PARTS.iter().map(|part| of_part(fold, *part)).sum::<f64>() / 3.0;
        let all: Vec<f64> = self.folds.par_iter().map(of_fold).collect();
        all.iter().sum::<f64>() / all.len() as f64 * 100.0
    }
}

#[test]
fn lines_of_faults_rank_the_published_splits_as_they_do_elsewhere() {
    let Some(published) = Published::read() else { return };
    let lines = published.features(json!([{ "step": "fault-lines" }]));
    // 87.66 in Python, on the same splits.
    let rule = published.score(&lines, &json!({ "name": "comb-rule" }));
    assert!((rule - 87.7).abs() <= 0.5, "{rule}");
    // 94.50 there, with the strength that the tuning splits choose.
    let trained = published.score(&lines, &json!({ "name": "logistic", "strength": 1e-4 }));
    assert!((trained - 94.5).abs() <= 0.3, "{trained}");
    let majority = published.score(&lines, &json!({ "name": "majority" }));
    assert_eq!(majority, 50.0);
    println!("lines of faults on the 100 splits: rule {rule:.2}, logistic regression {trained:.2}");
}

#[test]
fn a_forest_on_the_published_features_ranks_the_published_splits_as_published() {
    let Some(published) = Published::read() else { return };
    let peaks = published.features(json!([{ "step": "envelope-peaks" }]));
    let forest = json!({
        "name": "forest", "trees": 200, "split": "log-loss", "max_depth": 46, "min_split": 19, "ccp_alpha": 1.2e-5,
    });
    // 85.52 with the authors' own table, 85.03 with scikit-learn on features of this definition.
    let found = published.score(&peaks, &forest);
    println!("envelope peaks on the 100 splits: forest {found:.2}");
    assert!((found - 85.5).abs() <= 0.5, "{found}");
}

#[test]
#[ignore = "figures for comparison alone: run with --ignored --nocapture"]
fn support_vector_machines_on_the_published_splits() {
    let Some(published) = Published::read() else { return };
    for (name, steps) in [
        ("fault lines", json!([{ "step": "fault-lines" }])),
        ("envelope peaks", json!([{ "step": "envelope-peaks" }])),
    ] {
        let features = published.features(steps);
        for learner in [
            json!({ "name": "svm" }),
            json!({ "name": "svm", "kernel": "linear", "strength": 1e-4 }),
            json!({ "name": "forest", "trees": 200, "min_leaf": 3 }),
        ] {
            println!("{name}: {learner} {:.2}", published.score(&features, &learner));
        }
    }
}
