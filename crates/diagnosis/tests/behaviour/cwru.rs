//! Verdicts on original CWRU recordings, physics only.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::path::PathBuf;

use brinell_diagnosis::{BearingUse, Diagnosis, Request, Verdict, bearing, diagnose, ranked};
use brinell_formats::{FaultLabel, ReadRequest, read_recording};
use brinell_signal::{FaultKind, Hertz, Origin};
use rayon::prelude::*;

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
    verdict_with(file, channel, designation, &ReadRequest::default())
}

fn verdict_with(file: &str, channel: &str, designation: &str, stated: &ReadRequest) -> Option<Diagnosis> {
    let folder = folder()?;
    let path = [format!("mat/{file}.mat"), format!("xz/{file}.mat.xz"), format!("{file}.mat")]
        .iter()
        .map(|p| folder.join(p))
        .find(|p| p.is_file());
    let Some(path) = path else {
        println!("skipped: no CWRU data ({file}.mat)");
        return None;
    };
    let read = read_recording(&path, stated).unwrap();
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

#[test]
fn only_what_the_user_stated_is_called_contradicted() {
    let codes = |d: &Diagnosis| d.caveats.iter().map(|c| c.code.clone()).collect::<Vec<_>>();
    // Its catalogue overrides the file's speed: nobody gave one.
    let Some(d) = verdict_of("158", "DE", "6205") else { return };
    assert!(!codes(&d).iter().any(|c| c.ends_with("_contradicted")), "{:?}", d.caveats);
    let stated = ReadRequest {
        speed: Some(Hertz(1000.0 / 60.0)),
        rate: Some(Hertz(48_000.0)),
        ..ReadRequest::default()
    };
    let Some(d) = verdict_with("105", "DE", "6205", &stated) else { return };
    assert_eq!(codes(&d)[..2], ["rate_contradicted", "speed_contradicted"]);
    assert!(
        d.caveats[0].text.to_string().contains("12000 Hz")
            && d.caveats[1].text.to_string().contains("1797.0 rpm"),
        "{:?}",
        d.caveats
    );
    let same = ReadRequest { speed: Some(Hertz(1797.0 / 60.0)), ..ReadRequest::default() };
    let Some(d) = verdict_with("105", "DE", "6205", &same) else { return };
    assert!(!codes(&d).iter().any(|c| c.ends_with("_contradicted")), "{:?}", d.caveats);
}

/// What a recording at hand came to.
struct Row {
    file: String,
    label: String,
    end: String,
    truth: Option<FaultKind>,
    normal: bool,
    clear: bool,
    diagnosis: Diagnosis,
}

impl Row {
    /// The likeliest race or element.
    fn first(&self) -> Option<FaultKind> {
        ranked(&self.diagnosis.evidence).first().map(|e| e.element)
    }

    fn found(&self) -> Option<FaultKind> {
        if let Verdict::Found { element, .. } = &self.diagnosis.verdict { Some(*element) } else { None }
    }

    fn outcome(&self) -> &'static str {
        match (&self.diagnosis.verdict, self.truth) {
            (Verdict::Found { element, .. }, Some(kind)) if *element == kind => "right",
            (Verdict::Found { .. }, _) => "WRONG",
            (Verdict::Undecided { .. }, _) => "undecided",
            (Verdict::NoFaultFound { .. }, None) => "right",
            (Verdict::NoFaultFound { .. }, Some(_)) => "not seen",
        }
    }
}

/// Verdicts on every 12 kHz recording at hand with a fault, at the sensor beside the faulty bearing and at the
/// other end, and on the normal ones; printed as a table with `-- --nocapture`. Nothing was trained.
#[test]
fn the_verdicts_on_all_recordings_at_hand_are_mostly_right_and_never_wrong() {
    let Some(folder) = folder() else { return };
    let Some(dataset) = brinell_formats::dataset("cwru") else { panic!("the catalogue does not ship") };
    let jobs: Vec<_> = dataset
        .present(&folder)
        .present
        .into_iter()
        .filter(|(entry, _)| entry.rate.0 == 12_000.0 || entry.fault == FaultLabel::Normal)
        .flat_map(|(entry, _)| ["DE", "FE"].map(|end| (entry, end)))
        .filter(|(entry, end)| entry.channels.iter().any(|channel| channel == end))
        .collect();
    let rows: Vec<Row> = jobs
        .par_iter()
        .filter_map(|(entry, end)| {
            let designation = if *end == "DE" { "6205" } else { "6203" };
            let near = entry.site.as_deref() == Some(*end);
            Some(Row {
                file: entry.file.clone(),
                label: entry.label.clone(),
                end: (*end).to_owned(),
                truth: entry.fault.fault().filter(|_| near),
                normal: entry.fault == FaultLabel::Normal,
                clear: entry.grade.as_deref().is_some_and(|grade| grade.starts_with('Y')),
                diagnosis: verdict_of(&entry.file, end, designation)?,
            })
        })
        .collect();
    for row in rows.iter().filter(|row| row.normal || row.truth.is_some()) {
        let first = row.first().map_or("-", FaultKind::line);
        println!("{:>5} {} {:14} first {first:6} {}", row.file, row.end, row.label, row.outcome());
    }
    for end in ["DE", "FE"] {
        let own: Vec<&Row> = rows.iter().filter(|row| row.end == end && row.truth.is_some()).collect();
        let count = |test: &dyn Fn(&Row) -> bool| own.iter().filter(|row| test(row)).count();
        let (all, first) = (own.len(), count(&|row| row.first() == row.truth));
        let (right, wrong) = (count(&|row| row.outcome() == "right"), count(&|row| row.outcome() == "WRONG"));
        let (clear, clear_first) =
            (count(&|row| row.clear), count(&|row| row.clear && row.first() == row.truth));
        println!(
            "{end}: {all} recordings with a fault, right part first {first} (of {clear} graded Y {clear_first}), found \
             right {right}, found wrong {wrong}"
        );
        assert_eq!(wrong, 0, "{end}");
        assert!(2 * right >= all && 5 * first >= 4 * all, "{end}: found {right}, first {first} of {all}");
        assert!(22 * clear_first >= 21 * clear, "{end}: first {clear_first} of {clear} clear ones");
    }
    let far: Vec<&Row> = rows.iter().filter(|row| !row.normal && row.truth.is_none()).collect();
    let blamed: Vec<&str> =
        far.iter().filter(|row| row.found().is_some()).map(|row| row.file.as_str()).collect();
    println!("at the end without a fault: {} recordings, found on {blamed:?}", far.len());
    assert!(100 * blamed.len() <= far.len(), "{blamed:?} of {}", far.len());
    assert!(rows.iter().filter(|row| row.normal).all(|row| row.found().is_none()));
}
