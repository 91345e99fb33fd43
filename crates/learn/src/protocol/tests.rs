#![allow(clippy::unwrap_used)]
//! Rules over annotations, on the shipped catalogue: no sample is read.

use super::*;
use crate::class::ClassName;
use crate::experiment::{SegmentOptions, ValidationUnit};
use crate::select::{DataOptions, RecordRule};
use brinell_formats::dataset;
use brinell_signal::{FaultKind, Hertz};
use proptest::prelude::*;
use std::collections::BTreeSet;

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
    SplitRule { segments, validation: 0.125, unit: ValidationUnit::Load, seed: 0, target: None }
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
        let names: Vec<&str> = split[0].classes.iter().map(|class| class.name.as_str()).collect();
        assert_eq!(names, ["normal", "inner", "ball", "outer"]);
        assert_eq!(split.len(), 3);
        for fold in &split {
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
            .filter(|signal| signal.faults.to_string() == fault)
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
    assert_eq!(split[0].classes.len(), 9);
    assert_eq!(split[0].classes[0].name, "inner 0.007 in");
    let names: Vec<&str> = split.iter().map(|fold| fold.name.as_str()).collect();
    assert_eq!(names, ["load-0", "load-1", "load-2", "load-3"]);
    for fold in &split {
        assert_apart(fold, 2048);
        assert!(per_class(&fold.test, 9).iter().all(|count| (58..=60).contains(count)), "{}", fold.name);
        assert_eq!(fold.test.bearings(&signals).len(), 9);
    }
}

#[test]
fn random_windows_are_dealt_class_by_class_and_never_overlap_across_parts() {
    let signals = signals(Protocol::RandomWindow, "DE");
    let split = Protocol::RandomWindow.split(&signals, &rule(2048, 2048, Some(512), None), None).unwrap();
    assert_eq!(split[0].classes.len(), 10);
    assert_eq!(split[0].classes[0], ClassName::normal());
    let fold = &split[0];
    assert_apart(fold, 2048);
    let (test, validation) = (per_class(&fold.test, 10), per_class(&fold.validation, 10));
    for class in 1..10 {
        assert!((46..=48).contains(&test[class]), "a fifth of 4 x 59 windows, found {}", test[class]);
        assert!((23..=24).contains(&validation[class]), "a tenth, found {}", validation[class]);
    }
    let other = SplitRule { seed: 1, ..rule(2048, 2048, Some(512), None) };
    assert_ne!(Protocol::RandomWindow.split(&signals, &other, None).unwrap()[0].test, fold.test);
    // overlapping windows enlarge the training part, but only it
    let plain = Protocol::RandomWindow.split(&signals, &rule(2048, 2048, None, None), None).unwrap();
    assert_eq!(plain[0].test, fold.test);
    assert!(fold.train.windows.len() > 2 * plain[0].train.windows.len());
}

#[test]
fn a_fold_that_leaks_is_refused_by_name() {
    let protocol = Protocol::LeaveOneSizeOut;
    let signals = signals(protocol, "DE");
    let fold = &protocol.split(&signals, &rule(12_000, 12_000, None, Some(10)), None).unwrap()[0];
    let refused = |fold: &Fold, signals: &[Signal]| match fold.refuse_leaks(protocol, signals, 12_000) {
        Err(Error::Leak { leaked, .. }) => leaked,
        other => panic!("{other:?}"),
    };
    let tested = fold.test.windows[0];
    let own = signals[tested.signal].clone();
    let mut shared = fold.clone();
    shared.validation.push(tested, 0);
    assert_eq!(refused(&shared, &signals), Leaked::Bearing(own.mounted.clone()));
    // the same recording under another bearing's name
    let mut renamed = signals.clone();
    renamed[tested.signal].mounted = "another".to_owned();
    renamed.push(own.clone());
    let mut shared = fold.clone();
    shared.test.windows.retain(|window| window.signal == tested.signal);
    shared.train.push(Window { signal: renamed.len() - 1, start: 0 }, 0);
    assert_eq!(refused(&shared, &renamed), Leaked::Recording(own.file.clone()));
    let mut shared = fold.clone();
    let learned = fold.train.windows[0];
    shared.validation.push(Window { start: learned.start + 11_999, ..learned }, 0);
    let samples = Leaked::Samples {
        file: signals[learned.signal].file.clone(),
        sensor: "DE".to_owned(),
        first: learned.start + 11_999,
    };
    assert_eq!(refused(&shared, &signals), samples);
    assert!(samples.to_string().contains("on both sides"), "{samples}");
    // a leaky protocol may share bearings, never samples
    assert!(shared.refuse_leaks(Protocol::RandomWindow, &signals, 12_000).is_err());
    shared.validation.windows.pop();
    shared.validation.windows.push(tested);
    shared.test.windows.clear();
    shared.refuse_leaks(Protocol::RandomWindow, &signals, 12_000).unwrap();
}

/// The sensors that a protocol is meant for.
fn sensor_of(protocol: Protocol) -> &'static str {
    if protocol.reads_both_ends() { "DE+FE" } else { "DE" }
}

#[test]
fn the_leaky_protocols_say_so_and_are_leaky() {
    for protocol in Protocol::ALL {
        let signals = signals(protocol, sensor_of(protocol));
        let folds = protocol.split(&signals, &rule(2048, 2048, None, None), None).unwrap();
        // what an honest protocol would be refused for
        let honest = Protocol::LeaveOneSizeOut;
        let shared = folds.iter().any(|fold| fold.refuse_leaks(honest, &signals, 2048).is_err());
        assert_eq!(protocol.is_leaky().is_some(), shared, "{protocol}");
        let said = protocol.is_leaky().is_none_or(|leak| leak.starts_with("leaky"));
        assert!(said, "{protocol}");
        assert_eq!(serde_json::to_value(protocol).unwrap(), protocol.name());
        for fold in &folds {
            assert_eq!(fold.test_bearings, fold.test.mounted(&signals).len());
            assert!(fold.test_bearings > 0);
        }
    }
}

#[test]
fn what_stands_beside_a_protocol_has_its_signals_and_classes_and_leaks_where_that_does_not() {
    let mut pairs = 0;
    for own in Protocol::ALL {
        let beside = match own.counterparts() {
            Counterparts::These(beside) => beside,
            Counterparts::None(why) => {
                assert!(!why.is_empty() && !why.ends_with('.'), "{own}");
                continue;
            }
        };
        for other in beside {
            pairs += 1;
            assert_ne!(own.is_leaky().is_some(), other.is_leaky().is_some(), "{own} and {other}");
            assert_eq!(own.labels_each_part(), other.labels_each_part(), "{own} and {other}");
            assert!(
                matches!(other.counterparts(), Counterparts::These(back) if back.contains(&own)),
                "{own}"
            );
            let of = |protocol: Protocol| {
                let signals = signals(protocol, sensor_of(own));
                let split = protocol.split(&signals, &rule(12_000, 12_000, None, Some(10)), None).unwrap();
                (signals, split[0].classes.clone())
            };
            assert_eq!(of(own), of(*other), "{own} and {other}");
        }
    }
    assert_eq!(pairs, 8, "each of four pairs from both sides");
}

#[test]
fn known_bearings_at_both_ends_are_tested_at_each_load_and_known_from_the_others() {
    let signals = signals(Protocol::KnownBearingsBothEnds, "DE+FE");
    assert_eq!(signals.len(), 144, "72 at each end");
    let split =
        Protocol::KnownBearingsBothEnds.split(&signals, &rule(12_000, 12_000, None, Some(10)), None).unwrap();
    assert_eq!(split.len(), 4);
    for fold in &split {
        assert_apart(fold, 12_000);
        assert_eq!(per_class(&fold.test, 4), [180, 60, 60, 60], "a quarter of all: {}", fold.name);
        assert_eq!(fold.test.mounted(&signals), fold.train.mounted(&signals), "{}", fold.name);
    }
}

#[test]
fn load_to_load_has_twelve_tasks_of_nine_classes() {
    let signals = signals(Protocol::LoadToLoad, "DE");
    let folds = Protocol::LoadToLoad.split(&signals, &rule(1024, 1024, None, None), None).unwrap();
    assert_eq!(folds.len(), 12);
    assert_eq!(folds[0].name, "load-0-to-1");
    assert!(folds.iter().all(|fold| fold.classes.len() == 9 && fold.test_bearings == 9));
    let loads = |part: &Part| -> Vec<f64> {
        distinct(part.windows.iter().filter_map(|window| signals[window.signal].load))
    };
    assert_eq!(
        (loads(&folds[1].train), loads(&folds[1].validation), loads(&folds[1].test)),
        (vec![0.0], vec![0.0], vec![2.0])
    );
}

#[test]
fn load_to_load_deals_windows_as_published_and_sets_a_target_apart_only_where_one_is_adapted_to() {
    let signals = signals(Protocol::LoadToLoad, "DE");
    let rule = SplitRule { validation: 0.2, ..rule(1024, 1024, None, None) };
    let of = |target, seed| {
        let rule = SplitRule { target, seed, ..rule };
        Protocol::LoadToLoad.split(&signals, &rule, None).unwrap().swap_remove(2)
    };
    let (plain, statistics, apart) =
        (of(None, 0), of(Some(TargetRule::Tested), 0), of(Some(TargetRule::SetApart), 0));
    assert_eq!((&plain.train, &plain.validation), (&apart.train, &apart.validation));
    assert_eq!(plain.target, None);
    let whole = statistics.target.unwrap();
    assert!(whole.is_test && whole.windows == plain.test.windows && statistics.test == plain.test);
    let target = apart.target.clone().unwrap();
    assert!(!target.is_test);
    let mut dealt = [&target.windows[..], &apart.test.windows[..]].concat();
    dealt.sort_unstable();
    assert_eq!(
        dealt, plain.test.windows,
        "every window of the target is learned from or tested, and none twice"
    );
    for (part, rest) in [(&apart.test, target.windows.len()), (&apart.validation, apart.train.windows.len())]
    {
        let (own, all) = (part.windows.len() as f64, (part.windows.len() + rest) as f64);
        assert!((own / all - 0.2).abs() < 0.005, "{own} of {all}");
        let counts = per_class(part, 9);
        assert!(counts.iter().all(|count| (23..=24).contains(count)), "{counts:?}");
    }
    let again = of(Some(TargetRule::SetApart), 7);
    assert_eq!((again.train, again.test), (apart.train, apart.test), "the deal is the same in every run");
}

#[test]
fn a_target_that_shares_samples_with_the_test_is_refused() {
    let signals = signals(Protocol::LoadToLoad, "DE");
    let rule = SplitRule { target: Some(TargetRule::SetApart), ..rule(1024, 1024, None, None) };
    let mut fold = Protocol::LoadToLoad.split(&signals, &rule, None).unwrap().swap_remove(0);
    fold.refuse_leaks(Protocol::LoadToLoad, &signals, 1024).unwrap();
    let Window { signal, start } = fold.test.windows[3];
    fold.target.as_mut().unwrap().windows.push(Window { signal, start: start + 1000 });
    let error = fold.refuse_leaks(Protocol::LoadToLoad, &signals, 1024).unwrap_err();
    assert!(matches!(error, Error::Leak { leaked: Leaked::Samples { .. }, .. }), "{error}");
}

#[test]
fn the_target_of_a_protocol_with_unseen_bearings_is_its_test() {
    let protocol = Protocol::LeaveOneSizeOut;
    let signals = signals(protocol, "DE");
    for target in [TargetRule::Tested, TargetRule::SetApart] {
        let rule = SplitRule { target: Some(target), ..rule(12_000, 12_000, None, Some(10)) };
        for fold in protocol.split(&signals, &rule, None).unwrap() {
            let target = fold.target.unwrap();
            assert!(target.is_test && target.windows == fold.test.windows);
        }
    }
}

#[test]
fn unseen_bearing_and_load_has_twelve_folds_that_share_neither() {
    let protocol = Protocol::UnseenBearingAndLoad;
    for sensor in ["DE", "FE"] {
        let signals = signals(protocol, sensor);
        let folds = protocol.split(&signals, &rule(12_000, 12_000, None, Some(10)), None).unwrap();
        assert_eq!(folds.len(), 12);
        for fold in &folds {
            // two sizes at three loads: 6 recordings of each part at this end and 18 with it elsewhere
            assert_eq!(
                fold.train.windows.len() + fold.validation.windows.len(),
                10 * (18 + 18),
                "{}",
                fold.name
            );
            assert_eq!(per_class(&fold.test, 4), [30, 10, 10, 10], "{sensor} {}", fold.name);
            let loads = |part: &Part| -> BTreeSet<String> {
                part.windows.iter().map(|window| signals[window.signal].load.unwrap().to_string()).collect()
            };
            assert!(loads(&fold.test).is_disjoint(&loads(&fold.train)));
            assert!(loads(&fold.test).is_disjoint(&loads(&fold.validation)));
        }
    }
}

#[test]
fn bearing_wise_gives_the_hundred_published_splits() {
    let protocol = Protocol::BearingWise;
    let signals = signals(protocol, "DE+FE");
    assert_eq!(signals.len(), 144);
    for unit in [ValidationUnit::Load, ValidationUnit::Size] {
        let rule = SplitRule { unit, ..rule(12_000, 12_000, None, Some(10)) };
        let folds = protocol.split(&signals, &rule, None).unwrap();
        assert_eq!(folds.len(), 100);
        for fold in &folds {
            let of = |part: &Part| -> BTreeSet<usize> {
                part.windows.iter().map(|window| window.signal).collect()
            };
            let learned: BTreeSet<usize> = of(&fold.train).union(&of(&fold.validation)).copied().collect();
            let tested = of(&fold.test);
            assert_eq!((learned.len(), tested.len()), (72, 36), "{}", fold.name);
            assert_eq!(fold.train.windows.len() + fold.validation.windows.len(), 720);
            assert_eq!(fold.test.windows.len(), 360);
            assert_eq!(fold.test_bearings, 6);
            let mounted = |signals_of: &BTreeSet<usize>| -> BTreeSet<&str> {
                signals_of.iter().map(|at| signals[*at].mounted.as_str()).collect()
            };
            assert_eq!(mounted(&learned).len(), 12);
            assert!(mounted(&learned).is_disjoint(&mounted(&tested)));
            let healthy_at = |signals_of: &BTreeSet<usize>| -> Vec<&str> {
                let healthy = signals_of.iter().filter(|at| signals[**at].faults.is_empty());
                healthy.map(|at| signals[*at].sensor.as_str()).collect()
            };
            let (train_end, test_end) = (healthy_at(&learned), healthy_at(&tested));
            assert_eq!((train_end.len(), test_end.len()), (24, 12));
            assert!(train_end.iter().all(|end| test_end.iter().all(|other| end != other)), "{}", fold.name);
            for part in [FaultKind::Inner, FaultKind::Outer, FaultKind::Ball] {
                let holds = |at: &&usize| signals[**at].faults.contains(part);
                assert_eq!(
                    (learned.iter().filter(holds).count(), tested.iter().filter(holds).count()),
                    (16, 8)
                );
            }
            if unit == ValidationUnit::Size {
                assert!(mounted(&of(&fold.train)).is_disjoint(&mounted(&of(&fold.validation))));
            }
        }
        let chosen: BTreeSet<Vec<&str>> =
            folds.iter().map(|fold| fold.test.mounted(&signals).into_iter().collect()).collect();
        assert_eq!(chosen.len(), 47, "three of the fifty choices occur twice");
    }
}

#[test]
fn cross_end_tests_every_signal_of_an_end_once_and_shares_no_recording() {
    let signals = signals(Protocol::CrossEnd, "DE+FE");
    let cut = rule(12_000, 12_000, None, Some(10));
    let folds = Protocol::CrossEnd.split(&signals, &cut, None).unwrap();
    assert_eq!(folds.len(), 6);
    assert_eq!(folds[0].name, "de-to-fe-size-0.007-in");
    let mut tested: Vec<Window> = folds.iter().flat_map(|fold| fold.test.windows.clone()).collect();
    let judged = tested.len();
    tested.sort();
    tested.dedup();
    assert_eq!((judged, tested.len()), (1440, 1440));
    let usual = Protocol::CrossEndSharedRecordings.split(&signals, &cut, None).unwrap();
    assert_eq!(usual.len(), 2);
    for fold in &usual {
        assert_eq!(per_class(&fold.test, 4), [360, 120, 120, 120]);
        assert_eq!(fold.train.windows.len() + fold.validation.windows.len(), 720);
    }
}

#[test]
fn an_unknown_fault_is_in_no_part_but_the_test_and_has_no_class() {
    let signals = signals(Protocol::UnknownFault, "FE");
    let cut = rule(12_000, 12_000, None, Some(10));
    let folds = Protocol::UnknownFault.split(&signals, &cut, None).unwrap();
    assert_eq!(folds.len(), 9, "three sizes, three faults");
    assert_eq!(folds[1].name, "size-0.007-in-without-ball");
    for (fold, unknown) in folds.iter().zip(["inner", "ball", "outer"].into_iter().cycle()) {
        assert!(fold.classes.iter().all(|class| class.name != unknown));
        assert_eq!(fold.classes.len(), 3);
        for (part, is_test) in [(&fold.train, false), (&fold.validation, false), (&fold.test, true)] {
            for (window, label) in part.windows.iter().zip(&part.labels) {
                let truth = signals[window.signal].faults.to_string();
                match fold.classes.get(*label as usize) {
                    Some(class) => assert_eq!(class.name, truth),
                    None => assert!(is_test && truth == unknown && *label == UNKNOWN_CLASS),
                }
            }
        }
        assert_eq!(fold.test.labels.iter().filter(|label| **label == UNKNOWN_CLASS).count(), 40);
    }
}

#[test]
fn bearings_without_a_published_split_are_refused() {
    let mut signals = signals(Protocol::BearingWise, "DE+FE");
    signals.iter_mut().for_each(|signal| signal.mounted = format!("my {}", signal.mounted));
    let error = Protocol::BearingWise.split(&signals, &rule(2048, 2048, None, None), None).unwrap_err();
    assert!(error.to_string().contains("no split of these bearings"), "{error}");
}

#[test]
fn a_bearing_with_two_faults_has_a_class_of_both() {
    let mut signals = signals(Protocol::LeaveOneSizeOut, "DE");
    for signal in signals.iter_mut().filter(|signal| signal.faults.contains(FaultKind::Ball)) {
        signal.faults = signal.faults.with(FaultKind::Inner);
    }
    let folds = Protocol::LeaveOneSizeOut.split(&signals, &rule(12_000, 12_000, None, None), None).unwrap();
    let names: Vec<&str> = folds[0].classes.iter().map(|class| class.name.as_str()).collect();
    assert_eq!(names, ["normal", "inner", "outer", "inner+ball"]);
    assert_eq!(folds[0].classes[3].faults(), FaultSet::NONE.with(FaultKind::Inner).with(FaultKind::Ball));
}

#[test]
fn segments_without_length_are_refused() {
    let signals = signals(Protocol::LeaveOneSizeOut, "DE");
    for (length, stride) in [(0, 10), (10, 0)] {
        let refused = Protocol::LeaveOneSizeOut.split(&signals, &rule(length, stride, None, Some(0)), None);
        assert!(refused.unwrap_err().to_string().contains("above 0"));
    }
}

#[test]
fn an_unknown_fold_is_refused_with_the_known_ones() {
    let signals = signals(Protocol::LeaveOneLoadOut, "DE");
    let asked = ["load-1".to_owned()];
    let rule = rule(2048, 2048, None, None);
    let split = Protocol::LeaveOneLoadOut.split(&signals, &rule, Some(&asked)).unwrap();
    assert_eq!(split.len(), 1);
    let asked = ["load-9".to_owned()];
    let error = Protocol::LeaveOneLoadOut.split(&signals, &rule, Some(&asked)).unwrap_err().to_string();
    assert!(error.contains("unknown fold `load-9`; did you mean `load-0`?"), "{error}");
}

#[test]
fn a_missing_class_is_an_error_that_names_it() {
    let mut signals = signals(Protocol::LeaveOneSizeOut, "DE");
    let ball = FaultSet::NONE.with(FaultKind::Ball);
    signals.retain(|signal| signal.faults != ball || signal.size.as_deref() == Some("0.007 in"));
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
            Ok(folds) => for fold in &folds {
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
            for fold in &protocol.split(&signals, &rule, None).unwrap() {
                assert_apart(fold, length);
            }
        }
    }
}

#[test]
fn inside_the_training_side_every_inner_fold_holds_out_one_bearing_of_each_group() {
    for (protocol, sensor, folds) in [
        (Protocol::LeaveOneSizeOut, "FE", 2),
        (Protocol::BearingWise, "DE+FE", 2),
        (Protocol::CrossEnd, "DE+FE", 2),
    ] {
        let signals = signals(protocol, sensor);
        let split = protocol.split(&signals, &rule(12_000, 12_000, None, Some(10)), None).unwrap();
        for fold in split.iter().take(6) {
            let inner = fold.inner(&signals).unwrap();
            assert_eq!(inner.len(), folds, "{protocol} {}", fold.name);
            let windows: Vec<Window> =
                fold.train.windows.iter().chain(&fold.validation.windows).copied().collect();
            let mounted = |places: &[usize]| -> BTreeSet<&str> {
                places.iter().map(|at| signals[windows[*at].signal].mounted.as_str()).collect()
            };
            let mut all: Vec<usize> = Vec::new();
            for one in &inner {
                let held = mounted(&one.held_out);
                assert_eq!(held, one.bearings.iter().map(String::as_str).collect());
                assert!(
                    held.is_disjoint(&mounted(&one.train)) && held.is_disjoint(&mounted(&one.validation))
                );
                assert!(held.is_disjoint(&fold.test.mounted(&signals)), "{protocol}: a test bearing");
                assert_eq!(one.train.len() + one.validation.len() + one.held_out.len(), windows.len());
                all.extend(&one.held_out);
            }
            all.sort_unstable();
            assert_eq!(all, (0..windows.len()).collect::<Vec<_>>(), "each segment is held out once");
        }
    }
}

#[test]
fn where_each_class_has_one_bearing_nothing_can_be_held_out() {
    let signals = signals(Protocol::LeaveOneLoadOut, "DE");
    let one: Vec<Signal> =
        signals.into_iter().filter(|signal| signal.size_mm.is_none_or(|size| size < 0.2)).collect();
    let split = Protocol::LeaveOneLoadOut.split(&one, &rule(12_000, 12_000, None, Some(10)), None).unwrap();
    let error = split[0].inner(&one).unwrap_err().to_string();
    assert!(error.contains("two bearings in training") && error.contains("leave-one-size-out"), "{error}");
}
