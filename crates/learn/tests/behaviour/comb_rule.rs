//! The untrained rule on the published bearing-wise splits.

use crate::cwru::data;
use brinell_formats::find_dataset;
use brinell_learn::feature::{CombFeatures, CombOptions, comb_rule};
use brinell_learn::metrics::auroc;
use brinell_signal::{BearingOrders, FaultKind, Hertz};
use rayon::prelude::*;
use std::collections::BTreeMap;

#[test]
fn the_rule_without_training_ranks_the_published_splits_as_it_does_elsewhere() {
    let Some(folder) = data() else { return };
    let splits = folder.join("../cwru_splits");
    let rows = |name: &str| -> Vec<BTreeMap<String, String>> {
        let text = std::fs::read_to_string(splits.join(name)).unwrap();
        let mut lines = text.lines();
        let head: Vec<&str> = lines.next().unwrap().split(',').collect();
        lines
            .map(|line| {
                head.iter().map(|h| (*h).to_owned()).zip(line.split(',').map(str::to_owned)).collect()
            })
            .collect()
    };
    let signals = rows("p4_signals.csv");
    let dataset = find_dataset("cwru").unwrap();
    let orders = |channel: &str| match channel {
        "DE" => BearingOrders { bpfi: 5.4152, bpfo: 3.5848, bsf: 4.7135 / 2.0, ftf: 0.39828 },
        _ => BearingOrders { bpfi: 4.9469, bpfo: 3.0530, bsf: 3.9874 / 2.0, ftf: 0.3817 },
    };
    let features = CombFeatures::new(Hertz(12_000.0), 12_000, CombOptions::default()).unwrap();
    let scores: Vec<Vec<Vec<f64>>> = signals
        .par_iter()
        .map(|signal| {
            let read = dataset.read(&folder, &signal["file"]).unwrap();
            let entry = dataset.catalogue.entries.iter().find(|entry| entry.file == signal["file"]).unwrap();
            let speed = entry.speed.as_ref().unwrap().value;
            let samples: Vec<f64> = read
                .recording
                .channel(&signal["channel"])
                .unwrap()
                .samples()
                .iter()
                .map(|x| f64::from(*x))
                .collect();
            let mean = samples.iter().sum::<f64>() / samples.len() as f64;
            let samples: Vec<f64> = samples.into_iter().map(|x| x - mean).collect();
            samples
                .chunks_exact(12_000)
                .take(10)
                .map(|window| features.of(window, speed, &orders(&signal["channel"])).unwrap())
                .collect()
        })
        .collect();
    let numbers: Vec<Vec<Vec<f64>>> = scores;
    let scores: Vec<Vec<[f64; 3]>> = numbers
        .iter()
        .map(|windows| windows.iter().map(|window| comb_rule(window).map(|(_, score)| score)).collect())
        .collect();
    let order = [FaultKind::Outer, FaultKind::Inner, FaultKind::Ball];
    let mut figures = Vec::new();
    let mut by_fault = [0.0; 3];
    for split in rows("p4_splits.csv") {
        let other = if split["healthy_train_end"] == "DE" { "FE" } else { "DE" };
        let test: Vec<usize> = (0..signals.len())
            .filter(|at| {
                let signal = &signals[*at];
                let group = format!("{}_{}", signal["fault_end"], signal["fault"]);
                split[&group] == signal["size_mil"]
                    && (signal["healthy"] == "0" || signal["channel"] == other)
            })
            .collect();
        assert_eq!(test.len(), 36);
        let mut sum = 0.0;
        for (fault, name) in ["outer", "inner", "ball"].iter().enumerate() {
            let (mut values, mut positive) = (Vec::new(), Vec::new());
            for &at in &test {
                for window in &scores[at] {
                    values.push(window[fault]);
                    positive.push(signals[at][*name] == "1");
                }
            }
            let figure = auroc(&values, &positive).unwrap().unwrap();
            by_fault[fault] += figure;
            sum += figure;
        }
        figures.push(100.0 * sum / 3.0);
    }
    let mean = figures.iter().sum::<f64>() / figures.len() as f64;
    for strength in [1e-4, 1e-3] {
        let figures: Vec<f64> = rows("p4_splits.csv")
            .par_iter()
            .map(|split| {
                let other = if split["healthy_train_end"] == "DE" { "FE" } else { "DE" };
                let own = &split["healthy_train_end"];
                let part = |test: bool| -> Vec<usize> {
                    (0..signals.len())
                        .filter(|at| {
                            let signal = &signals[*at];
                            let group = format!("{}_{}", signal["fault_end"], signal["fault"]);
                            let end = if test { other } else { own.as_str() };
                            (split[&group] == signal["size_mil"]) == test
                                && (signal["healthy"] == "0" || signal["channel"] == end)
                        })
                        .collect()
                };
                let (train, test) = (part(false), part(true));
                let flat = |part: &[usize]| {
                    brinell_learn::metrics::Rows::new(
                        133,
                        part.iter().flat_map(|at| numbers[*at].concat()).collect(),
                    )
                    .unwrap()
                };
                let labels = |part: &[usize], name: &str| -> Vec<bool> {
                    part.iter().flat_map(|at| vec![signals[*at][name] == "1"; 10]).collect()
                };
                let (x, y) = (flat(&train), flat(&test));
                ["outer", "inner", "ball"]
                    .iter()
                    .map(|name| {
                        let fitted =
                            brinell_learn::learner::Logistic::fit(&x, &labels(&train, name), strength, false)
                                .unwrap();
                        let scores: Vec<f64> = y.iter().map(|row| fitted.score(row)).collect();
                        auroc(&scores, &labels(&test, name)).unwrap().unwrap()
                    })
                    .sum::<f64>()
                    * 100.0
                    / 3.0
            })
            .collect();
        let mean = figures.iter().sum::<f64>() / 100.0;
        let deviation = (figures.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 100.0).sqrt();
        println!("logistic {strength}: {mean:.2} {deviation:.2}");
    }
    println!("mean {mean:.2} {:?} {order:?}", by_fault);
    assert!((mean - 87.7).abs() <= 0.5, "{mean}");
}
