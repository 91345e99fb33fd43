//! The whole chain on labels that mean nothing: whatever scores above chance here would be a leak in the chain.

use crate::simulated;

use brinell_formats::Entry;
use brinell_learn::{
    Protocol, ProtocolOptions, Recordings, RunFolder, TrainOptions, Unobserved, evaluate_on, train_on,
};
use brinell_model::Hardware;
use brinell_signal::generator;
use rand::RngExt;
use simulated::{RATE, experiment, rig};

/// The rig with faults that show, and their names dealt anew: of each size and load at random, recording by
/// recording.
fn random_labels(seed: u64) -> Recordings {
    let mut random = generator(seed, "random labels");
    let mut signals: Vec<_> = rig(true)
        .signals()
        .iter()
        .map(|one| (one.entry.clone(), one.sensor.clone(), one.samples.to_vec()))
        .collect();
    let mut faulty: Vec<&mut Entry> = signals
        .iter_mut()
        .map(|(entry, ..)| entry)
        .filter(|entry| entry.site.as_deref() == Some("A"))
        .collect();
    // recordings of one size and load follow each other
    for block in faulty.chunks_mut(3) {
        for last in (1..block.len()).rev() {
            let other = random.random_range(0..=last);
            let (one, two) = (block[last].fault, block[other].fault);
            (block[last].fault, block[other].fault) = (two, one);
        }
    }
    Recordings::in_memory(RATE, signals).unwrap()
}

#[test]
fn random_labels_score_chance_through_training_and_evaluation() {
    let mut experiment = experiment();
    experiment.protocols = vec![ProtocolOptions::new(Protocol::LeaveOneSizeOut, "A")];
    experiment.training.epochs = 6;
    let (mut right, mut count) = (0, 0);
    for seed in [1, 2, 3] {
        let folder = tempfile::tempdir().unwrap();
        let recordings = random_labels(seed);
        let options = TrainOptions { run_folder: folder.path().to_owned(), ..TrainOptions::default() };
        let run = train_on(&experiment, &recordings, &options, &mut Unobserved).unwrap();
        let (stored, read) = RunFolder::open(folder.path()).unwrap();
        let again = evaluate_on(&stored, &read, &recordings, &Hardware::Cpu, &mut Unobserved).unwrap();
        assert_eq!(again, run.summary, "evaluation judges as training did");
        // healthy recordings look healthy: the labels without meaning are those of the faulty ones
        for result in &run.summary.protocols[0].results {
            for class in 0..result.facts.classes.len() {
                if result.facts.classes[class].element.is_some() {
                    right += result.recordings.metrics.confusion[class][class];
                    count += result.recordings.metrics.confusion[class].iter().sum::<u64>();
                }
            }
        }
    }
    assert_eq!(count, 3 * 3 * 6, "six faulty recordings in each of three folds, three draws of labels");
    // Chance is a third: 18. Of three names dealt to three recordings the number of right ones has at most the
    // variance 1 about 1, so over 18 deals the standard deviation is at most 4.3: three of them about 18.
    assert!((5..=31).contains(&right), "{right} of {count} recordings with random labels named rightly");
}
