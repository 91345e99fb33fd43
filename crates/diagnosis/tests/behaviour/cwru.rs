//! Verdicts on original CWRU recordings, physics only.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::path::PathBuf;

use brinell_diagnosis::{BearingUse, Diagnosis, Request, Verdict, bearing, diagnose};
use brinell_formats::{ReadRequest, read_recording};
use brinell_signal::{FaultKind, Origin};

/// The folder of recordings, or a word on why this test does nothing.
fn folder() -> Option<PathBuf> {
    let beside = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/cwru"));
    let folder = std::env::var_os("BRINELL_CWRU").map_or(beside, PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: no CWRU data");
    None
}

fn verdict_of(file: &str, channel: &str, designation: &str) -> Option<Diagnosis> {
    let folder = folder()?;
    let path = [format!("mat/{file}.mat"), format!("xz/{file}.mat.xz"), format!("{file}.mat")]
        .iter()
        .map(|p| folder.join(p))
        .find(|p| p.is_file());
    let Some(path) = path else {
        println!("skipped: no CWRU data ({file}.mat)");
        return None;
    };
    let read = read_recording(&path, &ReadRequest::default()).unwrap();
    let request = Request {
        channel: Some(channel),
        bearing: Some(BearingUse { bearing: bearing(designation).unwrap(), origin: Origin::Declared }),
        ..Request::default()
    };
    Some(diagnose(&read.recording, &request).unwrap())
}

#[test]
fn an_inner_race_fault_is_named_with_its_order_and_deviation() {
    let Some(d) = verdict_of("105", "DE", "6205") else { return };
    assert!(matches!(d.verdict, Verdict::Found { element: FaultKind::Inner, .. }), "{:?}", d.verdict);
    let inner = &d.evidence[0];
    assert!((inner.expected_order - 5.4152).abs() < 1e-3);
    assert!(inner.deviation_percent.unwrap().abs() < 0.5);
}

#[test]
fn an_outer_race_fault_is_named() {
    let Some(d) = verdict_of("130", "DE", "6205") else { return };
    assert!(matches!(d.verdict, Verdict::Found { element: FaultKind::Outer, .. }), "{:?}", d.verdict);
}

#[test]
fn nothing_is_found_on_the_normal_recording() {
    for (channel, designation) in [("DE", "6205"), ("FE", "6203")] {
        let Some(d) = verdict_of("97", channel, designation) else { return };
        assert!(matches!(d.verdict, Verdict::NoFaultFound { .. }), "{channel}: {:?}", d.verdict);
    }
}

#[test]
fn a_ball_fault_that_no_method_resolves_is_never_called_a_race() {
    let Some(d) = verdict_of("118", "DE", "6205") else { return };
    match &d.verdict {
        Verdict::Found { element, .. } => assert_eq!(*element, FaultKind::Ball),
        Verdict::Undecided { candidates, .. } => assert!(candidates.contains(&FaultKind::Ball)),
        Verdict::NoFaultFound { .. } => panic!("{:?}", d.verdict),
    }
}
