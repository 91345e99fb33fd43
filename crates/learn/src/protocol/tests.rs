#![allow(clippy::unwrap_used)]
//! Rules over annotations, on the shipped catalogue: no sample is read.

use super::*;
use crate::experiment::{SegmentOptions, ValidationUnit};
use crate::select::{DataOptions, RecordRule};
use brinell_formats::dataset;
use brinell_signal::Hertz;
use proptest::prelude::*;

const RATE: Hertz = Hertz(12_000.0);
const SIZES: [&str; 3] = ["0.007 in", "0.014 in", "0.021 in"];

fn words(list: &[&str]) -> Option<Vec<String>> {
    Some(list.iter().map(|word| (*word).to_owned()).collect())
}

/// The choice of the shipped experiments.
fn data() -> DataOptions {
    let faulty = RecordRule { recorded_at: words(&["12kHz"]), size: words(&SIZES), ..RecordRule::default() };
    let normal = RecordRule { fault: words(&["normal"]), ..RecordRule::default() };
    let mut data = DataOptions::all("cwru", RATE);
    data.records = vec![normal, faulty];
    let clock = |hour: &str| {
        let entries = dataset("cwru").unwrap().catalogue.entries.iter();
        entries
            .filter_map(|entry| entry.position.clone())
            .find(|position| position.starts_with(hour))
            .unwrap()
    };
    data.prefer_position = vec![clock("6"), clock("3")];
    data
}

fn signals(protocol: Protocol, sensor: &str) -> Vec<Signal> {
    let data = data();
    let entries = data.select(dataset("cwru").unwrap().catalogue.entries.iter());
    protocol.signals(&entries, sensor, RATE)
}

fn rule(length: usize, stride: usize, training_stride: Option<usize>, most: Option<usize>) -> SplitRule {
    let segments = SegmentOptions { length, stride, training_stride, most };
    SplitRule { segments, validation: 0.125, unit: ValidationUnit::Load, seed: 0 }
}

fn per_class(part: &Part, classes: usize) -> Vec<usize> {
    (0..classes).map(|class| part.labels.iter().filter(|label| **label as usize == class).count()).collect()
}

/// No two windows of different parts share a sample.
fn assert_apart(fold: &Fold, length: usize) {
    let parts = [&fold.train, &fold.validation, &fold.test];
    let mut all: Vec<(Window, usize)> = Vec::new();
    for (at, part) in parts.iter().enumerate() {
        all.extend(part.windows.iter().map(|window| (*window, at)));
    }
    all.sort();
    for (at, (window, part)) in all.iter().enumerate() {
        for (other, other_part) in &all[at + 1..] {
            if other.signal != window.signal || other.start >= window.start + length {
                break;
            }
            assert_eq!(part, other_part, "{window:?} and {other:?} overlap across parts");
        }
    }
}

#[test]
fn leave_one_size_out_has_the_published_counts() {
    for sensor in ["DE", "FE"] {
        let signals = signals(Protocol::LeaveOneSizeOut, sensor);
        assert_eq!(signals.len(), 72, "36 faulty and 36 healthy signals at {sensor}");
        let split =
            Protocol::LeaveOneSizeOut.split(&signals, &rule(12_000, 12_000, None, Some(10)), None).unwrap();
        let names: Vec<&str> = split.classes.iter().map(|class| class.name.as_str()).collect();
        assert_eq!(names, ["normal", "inner", "ball", "outer"]);
        assert_eq!(split.folds.len(), 3);
        for fold in &split.folds {
            let learning: Vec<usize> = per_class(&fold.train, 4)
                .iter()
                .zip(per_class(&fold.validation, 4))
                .map(|(a, b)| a + b)
                .collect();
            assert_eq!(learning, [240, 80, 80, 80], "{sensor} {}", fold.name);
            assert_eq!(per_class(&fold.test, 4), [120, 40, 40, 40], "{sensor} {}", fold.name);
            assert_eq!(per_class(&fold.validation, 4), [60, 20, 20, 20]);
            assert_apart(fold, 12_000);
        }
    }
}

#[test]
fn the_preferred_positions_give_the_signals_of_the_published_list() {
    let files = |fault: &str| -> Vec<String> {
        let all = signals(Protocol::LeaveOneSizeOut, "FE");
        all.iter()
            .filter(|signal| signal.fault.is_some_and(|kind| crate::class::element_name(kind) == fault))
            .map(|signal| signal.file.clone())
            .collect()
    };
    let mut outer = files("outer");
    outer.sort();
    assert_eq!(outer, ["294", "295", "296", "297", "309", "311", "312", "313", "315", "316", "317", "318"]);
    assert_eq!(files("inner").len(), 12);
    assert_eq!(files("ball").len(), 12);
}

#[test]
fn leave_one_load_out_has_nine_classes_and_four_folds() {
    let signals = signals(Protocol::LeaveOneLoadOut, "DE");
    assert_eq!(signals.len(), 36);
    let split = Protocol::LeaveOneLoadOut.split(&signals, &rule(2048, 2048, Some(512), None), None).unwrap();
    assert_eq!(split.classes.len(), 9);
    assert_eq!(split.classes[0].name, "inner 0.007 in");
    let names: Vec<&str> = split.folds.iter().map(|fold| fold.name.as_str()).collect();
    assert_eq!(names, ["load-0", "load-1", "load-2", "load-3"]);
    for fold in &split.folds {
        assert_apart(fold, 2048);
        assert!(per_class(&fold.test, 9).iter().all(|count| (58..=60).contains(count)), "{}", fold.name);
        assert_eq!(fold.test.bearings(&signals).len(), 9);
    }
}

#[test]
fn random_windows_are_dealt_class_by_class_and_never_overlap_across_parts() {
    let signals = signals(Protocol::RandomWindow, "DE");
    let split = Protocol::RandomWindow.split(&signals, &rule(2048, 2048, Some(512), None), None).unwrap();
    assert_eq!(split.classes.len(), 10);
    assert_eq!(split.classes[0], ClassName::normal());
    let fold = &split.folds[0];
    assert_apart(fold, 2048);
    let (test, validation) = (per_class(&fold.test, 10), per_class(&fold.validation, 10));
    for class in 1..10 {
        assert!((46..=48).contains(&test[class]), "a fifth of 4 x 59 windows, found {}", test[class]);
        assert!((23..=24).contains(&validation[class]), "a tenth, found {}", validation[class]);
    }
    let other = SplitRule { seed: 1, ..rule(2048, 2048, Some(512), None) };
    assert_ne!(Protocol::RandomWindow.split(&signals, &other, None).unwrap().folds[0].test, fold.test);
    // overlapping windows enlarge the training part, but only it
    let plain = Protocol::RandomWindow.split(&signals, &rule(2048, 2048, None, None), None).unwrap();
    assert_eq!(plain.folds[0].test, fold.test);
    assert!(fold.train.windows.len() > 2 * plain.folds[0].train.windows.len());
}

#[test]
fn a_split_that_shares_a_bearing_is_refused_by_name() {
    let signals = signals(Protocol::LeaveOneSizeOut, "DE");
    let split =
        Protocol::LeaveOneSizeOut.split(&signals, &rule(12_000, 12_000, None, Some(10)), None).unwrap();
    let mut fold = split.folds[0].clone();
    let leaked = fold.test.windows[0];
    fold.validation.push(leaked, 0);
    let error = fold.refuse_shared_bearings(Protocol::LeaveOneSizeOut, &signals).unwrap_err();
    let bearing = &signals[leaked.signal].mounted;
    assert!(matches!(&error, Error::Leak { bearing: named, .. } if named == bearing), "{error}");
    assert!(error.to_string().contains("on both sides"), "{error}");
}

#[test]
fn the_leaky_protocols_say_so_and_are_leaky() {
    for protocol in Protocol::ALL {
        let signals = signals(protocol, "DE");
        let split = protocol.split(&signals, &rule(2048, 2048, None, None), None).unwrap();
        let shared = split.folds.iter().any(|fold| fold.refuse_shared_bearings(protocol, &signals).is_err());
        assert_eq!(protocol.is_leaky().is_some(), shared, "{protocol}");
    }
}

#[test]
fn an_unknown_fold_is_refused_with_the_known_ones() {
    let signals = signals(Protocol::LeaveOneLoadOut, "DE");
    let asked = ["load-1".to_owned()];
    let rule = rule(2048, 2048, None, None);
    let split = Protocol::LeaveOneLoadOut.split(&signals, &rule, Some(&asked)).unwrap();
    assert_eq!(split.folds.len(), 1);
    let asked = ["load-9".to_owned()];
    let error = Protocol::LeaveOneLoadOut.split(&signals, &rule, Some(&asked)).unwrap_err().to_string();
    assert!(error.contains("unknown fold `load-9`; did you mean `load-0`?"), "{error}");
}

#[test]
fn a_missing_class_is_an_error_that_names_it() {
    let mut signals = signals(Protocol::LeaveOneSizeOut, "DE");
    let ball = Some(FaultKind::Ball);
    signals.retain(|signal| signal.fault != ball || signal.size.as_deref() == Some("0.007 in"));
    let error =
        Protocol::LeaveOneSizeOut.split(&signals, &rule(12_000, 12_000, None, None), None).unwrap_err();
    assert!(error.to_string().contains("no training segment of class ball"), "{error}");
    let none = Protocol::LeaveOneSizeOut.split(&[], &rule(12_000, 12_000, None, None), None).unwrap_err();
    assert!(none.to_string().contains("nothing to split"), "{none}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn an_honest_protocol_never_puts_one_bearing_on_both_sides(
        kept in proptest::collection::vec(any::<bool>(), 72),
        sensor in prop_oneof![Just("DE"), Just("FE")],
        length in 1_000_usize..30_000,
        overlap in 1_usize..5,
        by_size in any::<bool>(),
    ) {
        let all = signals(Protocol::LeaveOneSizeOut, sensor);
        let signals: Vec<Signal> =
            all.into_iter().zip(&kept).filter(|(_, kept)| **kept).map(|(signal, _)| signal).collect();
        let unit = if by_size { ValidationUnit::Size } else { ValidationUnit::Load };
        let rule = SplitRule { unit, ..rule(length, length, Some(length.div_ceil(overlap)), None) };
        // with recordings missing a fold may be impossible, but never leaky
        match Protocol::LeaveOneSizeOut.split(&signals, &rule, None) {
            Ok(split) => for fold in &split.folds {
                let learned: BTreeSet<&str> = fold.train.mounted(&signals).union(&fold.validation.mounted(&signals)).copied().collect();
                prop_assert!(fold.test.mounted(&signals).is_disjoint(&learned));
                if by_size {
                    prop_assert!(fold.train.mounted(&signals).is_disjoint(&fold.validation.mounted(&signals)));
                }
                prop_assert!(fold.test.windows.iter().all(|window| window.start + length <= signals[window.signal].length));
            },
            Err(error) => prop_assert!(!matches!(error, Error::Leak { .. }), "{}", error),
        }
    }

    #[test]
    fn parts_never_share_a_sample(length in 64_usize..4_000, overlap in 1_usize..6, seed in 0_u64..50) {
        for protocol in [Protocol::RandomWindow, Protocol::LeaveOneLoadOut] {
            let mut signals = signals(protocol, "DE");
            signals.iter_mut().for_each(|signal| signal.length = signal.length.min(length * 23 + 17));
            let rule = SplitRule { seed, ..rule(length, length, Some(length.div_ceil(overlap)), None) };
            for fold in &protocol.split(&signals, &rule, None).unwrap().folds {
                assert_apart(fold, length);
            }
        }
    }
}
