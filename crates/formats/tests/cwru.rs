//! The shipped catalogue of the CWRU recordings, and the recordings themselves where they are.
//!
//! The recordings are looked for in the folder that `BRINELL_CWRU` names, else in
//! `../shared/data/cwru` beside the workspace.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

use brinell_formats::{
    Dataset, FaultLabel, FetchPlan, Mirror, ReadRequest, dataset, fetch, probe_file, read_recording, verify,
};
use brinell_signal::{FaultKind, Hertz, Origin, Rpm};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

fn cwru() -> &'static Dataset {
    dataset("cwru").unwrap()
}

fn recordings() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/cwru");
    let folder = std::env::var_os("BRINELL_CWRU").map_or(beside, PathBuf::from);
    if folder.is_dir() && !cwru().present(&folder).present.is_empty() {
        return Some(folder);
    }
    eprintln!("skipped: no CWRU data");
    None
}

#[test]
fn the_catalogue_holds_all_161_recordings_in_known_numbers() {
    let entries = &cwru().catalogue.entries;
    assert_eq!(entries.len(), 161);
    assert_eq!(entries.iter().filter_map(|e| e.bytes).sum::<u64>(), 688_307_872);
    let mut classes = BTreeMap::new();
    for entry in entries {
        *classes.entry((entry.fault.name(), entry.site.as_deref().unwrap_or("-"))).or_insert(0) += 1;
        assert_eq!(entry.fault == FaultLabel::Normal, entry.size_mm.is_none(), "{}", entry.file);
        assert_eq!(
            entry.position.is_some(),
            entry.fault == FaultLabel::Fault(FaultKind::Outer),
            "{}",
            entry.file
        );
        assert!(entry.speed.is_some() && entry.prefix.is_some() && entry.samples.is_some(), "{}", entry.file);
        assert!(entry.url.as_ref().unwrap().ends_with(&entry.file_name()));
        assert!(entry.mount_id.starts_with(&entry.bearing_id));
        // No recording turns further from its published speed than the motor's slip allows.
        let rpm = entry.speed.as_ref().unwrap().value.to_rpm().0;
        assert!((1710.0..1800.0).contains(&rpm), "{}: {rpm}", entry.file);
    }
    let expected = [
        (("ball", "DE"), 28),
        (("ball", "FE"), 12),
        (("inner", "DE"), 28),
        (("inner", "FE"), 12),
        (("normal", "-"), 4),
        (("outer", "DE"), 56),
        (("outer", "FE"), 21),
    ];
    assert_eq!(classes.into_iter().collect::<Vec<_>>(), expected);
}

#[test]
fn the_catalogue_decides_the_traps() {
    let entry = |file: &str| cwru().catalogue.by_file(file).unwrap();
    let speed = |file: &str| {
        let speed = entry(file).speed.clone().unwrap();
        ((speed.value.to_rpm().0 * 10.0).round() / 10.0, speed.origin)
    };
    assert_eq!(speed("105"), (1797.0, Origin::File));
    assert_eq!(entry("105").speed.as_ref().unwrap().note.to_string(), "variable X105RPM");
    assert_eq!(speed("279"), (1774.2, Origin::Measured));
    assert_eq!(speed("158"), (1796.7, Origin::Measured));
    for file in ["279", "158"] {
        let note = &entry(file).speed.as_ref().unwrap().note;
        assert!(note.to_string().contains(&format!("the variable X{file}RPM says")), "{note}");
    }
    assert_eq!(speed("98"), (1772.0, Origin::Nominal));
    assert_eq!(speed("3001"), (1795.8, Origin::Measured));
    assert_eq!(speed("3008"), (1730.0, Origin::Nominal));
    for (file, prefix) in
        [("174", "X173"), ("3001", "X056"), ("99", "X099"), ("175", "X175"), ("217", "X217")]
    {
        assert_eq!(entry(file).prefix.as_deref(), Some(prefix), "{file}");
    }
    assert_eq!((entry("97").rate, entry("97").rate_origin), (Hertz(48_000.0), Origin::Estimated));
    assert_eq!(
        (entry("130").grade.as_deref(), entry("130").position.as_deref()),
        (Some("Y1"), Some("6 o'clock"))
    );
    assert_eq!(entry("3001").quality, ["named_X056", "no_rpm", "de_only"]);
}

#[test]
fn every_header_agrees_with_the_catalogue() {
    let Some(folder) = recordings() else { return };
    for (entry, path) in &cwru().present(&folder).present {
        let probe = probe_file(path).unwrap();
        let prefix = entry.prefix.as_deref().unwrap();
        assert!(probe.text.unwrap().starts_with("MATLAB 5.0 MAT-file, Platform: PCWIN"));
        for channel in &entry.channels {
            let name = format!("{prefix}_{channel}_time");
            let array = probe.arrays.iter().find(|a| a.name == name).unwrap_or_else(|| panic!("{name}"));
            assert_eq!(array.shape, [entry.samples.unwrap() as usize, 1], "{name}");
        }
    }
}

#[test]
fn originals_read_as_their_catalogue_says() {
    let Some(folder) = recordings() else { return };
    let presence = cwru().present(&folder);
    let mut read_files = 0;
    for (entry, path) in &presence.present {
        let read = read_recording(path, &ReadRequest::default()).unwrap();
        assert_eq!(read.entry.as_ref(), Some(*entry));
        assert_eq!(read.dataset, Some("cwru"));
        let recording = &read.recording;
        let names: Vec<_> = recording.channels().iter().map(|c| c.name().to_owned()).collect();
        assert_eq!(names, entry.channels, "{}", entry.file);
        assert_eq!(recording.len() as u64, entry.samples.unwrap(), "{}", entry.file);
        assert_eq!(recording.rate().value, entry.rate);
        assert_eq!(recording.provenance().sha256, entry.sha256);
        assert_eq!(Some(recording.provenance().bytes), entry.bytes);
        assert_eq!(recording.speed(), entry.speed.as_ref());
        let under: Vec<_> = read.bearings.iter().map(|(c, b)| (c.as_str(), b.as_str())).collect();
        let expected: &[_] =
            if entry.channels.len() == 1 { &[("DE", "6205")] } else { &[("DE", "6205"), ("FE", "6203")] };
        assert_eq!(under, expected, "{}", entry.file);
        read_files += 1;
    }
    assert!(read_files > 0);
}

#[test]
fn the_first_samples_and_the_sum_of_97_are_those_that_scipy_reads() {
    let Some(folder) = recordings() else { return };
    if cwru().present(&folder).present.iter().all(|(entry, _)| entry.file != "97") {
        return;
    }
    let recording = cwru().read(&folder, "97").unwrap().recording;
    let samples = recording.channel("DE").unwrap().samples();
    // scipy.io.loadmat("97.mat")["X097_DE_time"].astype("f4")
    assert_eq!(samples[..4], WANT_FIRST);
    let sum: f64 = samples.iter().map(|&x| f64::from(x)).sum();
    assert!((sum - WANT_SUM).abs() < 1e-6, "{sum}");
    assert_eq!(recording.speed().unwrap().value, Rpm(1796.0).to_hertz());
}

#[test]
fn a_folder_with_part_of_the_set_works_and_says_what_is_missing() {
    let Some(folder) = recordings() else { return };
    let target = tempfile::tempdir().unwrap();
    let plan = FetchPlan {
        folder: target.path().join("cwru"),
        from: Some(Mirror::Dir(folder.clone())),
        only: Some(vec!["97".to_owned(), "105.mat".to_owned(), "98".to_owned()]),
        force: false,
    };
    let presence = cwru().present(&folder);
    let has = |file: &str| presence.present.iter().any(|(entry, _)| entry.file == file);
    let report = fetch(cwru(), &plan, &mut |_| ()).unwrap();
    let (there, absent): (Vec<_>, Vec<_>) = ["97", "98", "105"].into_iter().partition(|file| has(file));
    let written: Vec<_> = report.written.iter().map(|f| f.file.trim_end_matches(".mat")).collect();
    assert_eq!(written, there);
    assert_eq!(report.missing.iter().map(|f| f.trim_end_matches(".mat")).collect::<Vec<_>>(), absent);
    assert!(report.failed.is_empty());
    let verified = verify(cwru(), &plan.folder).unwrap();
    assert_eq!(
        (verified.ok.len(), verified.missing.len(), verified.wrong.len()),
        (there.len(), 161 - there.len(), 0)
    );
    // Found from the data folder as well as from the folder itself.
    assert_eq!(cwru().present(target.path()).present.len(), there.len());
}

const WANT_FIRST: [f32; 4] = [0.053196922, 0.08866154, 0.09971815, 0.058620922];
const WANT_SUM: f64 = 3063.4249232716975;
