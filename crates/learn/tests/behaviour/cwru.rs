//! The real recordings, where they are at hand.
#![allow(clippy::unwrap_used)]

use brinell_learn::{Experiment, Protocol, ProtocolOptions, Recordings, SplitRule};
use std::path::{Path, PathBuf};

pub(crate) fn data() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/cwru");
    let folder = std::env::var_os("BRINELL_CWRU").map_or(beside, PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln_skipped();
    None
}

#[allow(clippy::print_stderr)]
fn eprintln_skipped() {
    eprintln!("skipped: no CWRU data");
}

fn shipped() -> Experiment {
    Experiment::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs/cwru-cnn-se.toml")).unwrap()
}

#[test]
fn leave_one_size_out_has_the_published_counts_on_the_files_at_hand() {
    let Some(folder) = data() else { return };
    let experiment = shipped();
    let own: &ProtocolOptions =
        experiment.protocols.iter().find(|own| own.name == Protocol::LeaveOneSizeOut).unwrap();
    let recordings = Recordings::read(&experiment, &[own], &folder).unwrap();
    assert!(recordings.missing().is_empty(), "{:?}", recordings.missing());
    let (signals, rate) = (recordings.signals(), recordings.rate());
    assert_eq!(signals.len(), 72);
    let entries: Vec<_> = signals.iter().map(|signal| &signal.entry).collect();
    let chosen = own.name.signals(&entries, &own.sensor, rate);
    for (signal, read) in chosen.iter().zip(signals) {
        assert_eq!(signal.length, read.samples.len(), "{}: as the catalogue says", signal.file);
    }
    let segments = brinell_learn::SegmentOptions { training_stride: None, ..experiment.segments_of(own) };
    let rule = SplitRule {
        segments,
        validation: 0.125,
        unit: own.validation.unwrap_or_default(),
        seed: 0,
        target: None,
    };
    for fold in own.name.split(&chosen, &rule, None).unwrap() {
        assert_eq!(fold.train.windows.len() + fold.validation.windows.len(), 480);
        assert_eq!(fold.test.windows.len(), 240);
    }
}

#[test]
fn the_normal_recording_is_brought_to_the_rate_of_the_others_and_missing_ones_are_named() {
    let Some(folder) = data() else { return };
    let mut experiment = shipped();
    experiment.data.records.truncate(1);
    experiment.protocols.truncate(1);
    let own = &experiment.protocols[0];
    let recordings = Recordings::read(&experiment, &[own], &folder).unwrap();
    let normal = recordings.signals().iter().find(|signal| signal.entry.file == "97").unwrap();
    assert_eq!(normal.samples.len(), 243_938_usize.div_ceil(4));
    assert_eq!(recordings.missing(), ["98 (Normal_1)", "99 (Normal_2)", "100 (Normal_3)"]);
}
