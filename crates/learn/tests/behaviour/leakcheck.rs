//! Splits that leak on purpose, one way each, and one that does not.

use brinell_formats::write_mat5;
use brinell_learn::leak::{
    Cue, Finding, Flaw, LeakReport, RecordingFacts, SplitTable, check_recordings, check_split, locate,
};
use std::collections::BTreeMap;
use std::path::Path;
use tempfile::TempDir;

const LENGTH: usize = 2_048;

/// Noise without a grid of values, a signal of its own for each seed.
fn signal(seed: u64) -> Vec<f64> {
    use rand::{RngExt, SeedableRng};
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
    (0..LENGTH).map(|_| random.random_range(-1.0..1.0)).collect()
}

/// A folder with recordings, each one variable `x`.
fn folder(recordings: &[(&str, Vec<f64>)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, samples) in recordings {
        let path = folder.path().join(format!("{name}.mat"));
        write_mat5(&path, &[("x".to_owned(), samples.clone())]).unwrap();
    }
    folder
}

fn check(table: &str, folder: &Path) -> LeakReport {
    let table = SplitTable::parse(table, "split.csv").unwrap();
    let mut rows = BTreeMap::<&str, Vec<_>>::new();
    for row in &table.rows {
        rows.entry(&row.file).or_default().push(row);
    }
    let read = |(file, rows): (&&str, &Vec<_>)| {
        locate(file, &[folder]).map(|path| RecordingFacts::read(file, &path, rows).unwrap())
    };
    check_split(&table, &rows.iter().filter_map(read).collect::<Vec<_>>())
}

fn folder_report(folder: &Path) -> LeakReport {
    let mut names: Vec<_> = std::fs::read_dir(folder).unwrap().map(|item| item.unwrap().path()).collect();
    names.sort();
    let read = |path: &std::path::PathBuf| {
        RecordingFacts::read(path.file_name().unwrap().to_str().unwrap(), path, &[]).unwrap()
    };
    check_recordings(&names.iter().map(read).collect::<Vec<_>>())
}

/// The only finding.
fn only(report: &LeakReport) -> &Finding {
    assert_eq!(report.findings.len(), 1, "{:#?}", report.findings);
    &report.findings[0]
}

const HEAD: &str = "file,sensor,start,length,stride,count,class,part,bearing,fold\n";

#[test]
fn a_sound_split_is_clean_and_all_of_it_is_checked_but_unknown_rates() {
    let folder = folder(&[("a", signal(1)), ("b", signal(2)), ("c", signal(3))]);
    let table = format!(
        "{HEAD}a,x,0,512,512,4,i,train,B1,f\nb,x,0,512,512,4,i,validation,B1,f\nc,x,0,512,512,4,o,test,B2,f\n"
    );
    let report = check(&table, folder.path());
    assert!(report.is_clean(), "{:#?}", report.findings);
    assert_eq!((report.recordings, report.segments, report.folds), (3, 12, 1));
    let unchecked: Vec<&str> = report.unchecked.iter().map(|one| one.check.as_str()).collect();
    assert_eq!(unchecked, ["classes told by their rate"]);
}

#[test]
fn a_bearing_on_both_sides_is_named() {
    let table =
        format!("{HEAD}a,x,0,512,512,4,i,train,B1,f\nb,x,0,512,512,4,i,test,B1,f\nb,x,0,9,9,1,i,test,B1,g\n");
    let report = check(&table, Path::new("."));
    let Finding::BearingOnBothSides { fold, bearing, parts } = only(&report) else { panic!("{report:?}") };
    assert_eq!((fold.as_deref(), bearing.as_str()), (Some("f"), "B1"));
    assert_eq!(parts, &["test", "train"]);
    assert!(report.unchecked[0].why.contains("2 of 2 recordings are not at hand"), "{:?}", report.unchecked);
}

#[test]
fn a_recording_on_both_sides_is_named() {
    let report = check("file,part\na,train\na,test\nb,test\n", Path::new("."));
    let Finding::RecordingOnBothSides { file, .. } = only(&report) else { panic!("{report:?}") };
    assert_eq!(file, "a");
    let missing: Vec<&str> = report.unchecked.iter().map(|one| one.why.as_str()).collect();
    assert!(missing.iter().any(|why| why.contains("the column `bearing` is missing")), "{missing:?}");
    assert!(missing.iter().any(|why| why.contains("`start` and `length` are missing")), "{missing:?}");
}

#[test]
fn samples_on_both_sides_are_counted() {
    let table = format!("{HEAD}a,x,0,512,512,2,i,train,B1,f\na,x,1023,512,512,2,i,validation,B1,f\n");
    let report = check(&table, Path::new("."));
    let Finding::SamplesOnBothSides { file, first, segments, .. } = only(&report) else {
        panic!("{report:?}")
    };
    assert_eq!((file.as_str(), *first, *segments), ("a", 1_023, 1));
    // one sample later they touch and do not overlap
    assert!(check(&table.replace("1023", "1024"), Path::new(".")).is_clean());
}

#[test]
fn equal_signal_in_two_recordings_on_two_sides_is_found_where_it_lies() {
    let mut copied = signal(2);
    copied[1_000..1_512].copy_from_slice(&signal(1)[512..1_024]);
    let folder = folder(&[("a", signal(1)), ("b", copied)]);
    let table = format!("{HEAD}a,x,0,512,512,4,i,train,B1,f\nb,x,1000,512,0,1,i,test,B2,f\n");
    let report = check(&table, folder.path());
    let Finding::EqualSignal { one, other, pairs, .. } = only(&report) else { panic!("{report:?}") };
    assert_eq!((one.file.as_str(), one.start, other.file.as_str(), other.start), ("a", 512, "b", 1_000));
    assert_eq!(*pairs, 1);
}

#[test]
fn equal_signal_inside_a_recording_is_found() {
    let mut twice = signal(1);
    let first = twice[..1_024].to_vec();
    twice[1_024..].copy_from_slice(&first);
    let folder = folder(&[("a", twice)]);
    let table = format!("{HEAD}a,x,0,512,512,2,i,train,B1,f\na,x,1024,512,512,2,i,validation,B1,f\n");
    let report = check(&table, folder.path());
    let Finding::EqualSignal { one, other, pairs, .. } = only(&report) else { panic!("{report:?}") };
    assert_eq!((one.start, other.start, *pairs), (0, 1_024, 2));
}

#[test]
fn a_recording_that_states_no_rate_is_counted_at_that_of_the_table() {
    // a recording that a shipped catalogue does not know has no rate: the table's is taken for it
    let folder = folder(&[("a", signal(1)), ("b", signal(1))]);
    let table = "file,start,length,part,rate_hz\na,512,512,train,12000\nb,512,512,test,12000\n";
    let report = check(table, folder.path());
    let pairs = report.findings.iter().filter(|one| matches!(one, Finding::EqualSignal { pairs: 1, .. }));
    assert_eq!(pairs.count(), 1, "{:#?}", report.findings);
}

#[test]
fn one_file_under_two_names_is_found_in_a_split_and_in_a_folder() {
    let folder = folder(&[("a", signal(1)), ("b", signal(1)), ("c", signal(3))]);
    // the segments themselves are different ones
    let table = format!("{HEAD}a,x,0,512,512,1,i,train,B1,f\nb,x,1024,512,512,1,i,test,B2,f\n");
    let report = check(&table, folder.path());
    let Finding::SameFile { files } = only(&report) else { panic!("{report:?}") };
    assert_eq!(files, &["a", "b"]);
    let report = folder_report(folder.path());
    let Finding::SameFile { files } = only(&report) else { panic!("{report:?}") };
    assert_eq!(files, &["a.mat", "b.mat"]);
}

#[test]
fn one_signal_in_two_different_files_is_found() {
    let folder = folder(&[("a", signal(1))]);
    let both = [("y".to_owned(), signal(1)), ("z".to_owned(), signal(2))];
    write_mat5(&folder.path().join("b.mat"), &both).unwrap();
    let report = folder_report(folder.path());
    let Finding::SameChannel { channels } = only(&report) else { panic!("{report:?}") };
    assert_eq!(channels, &["a.mat:x", "b.mat:y"]);
}

#[test]
fn channels_of_nothing_are_found() {
    let folder = folder(&[("a", vec![f64::NAN; 64]), ("b", vec![0.25; 64]), ("c", signal(1))]);
    let flaws: Vec<Flaw> = folder_report(folder.path())
        .findings
        .iter()
        .map(|finding| match finding {
            Finding::BrokenChannel { flaw, .. } => *flaw,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(flaws, [Flaw::AllNan, Flaw::Constant(0.25)]);
}

/// Four recordings of each of two classes; those of `o` are changed.
fn told(change: impl Fn(Vec<f64>) -> Vec<f64>) -> LeakReport {
    let mut recordings = Vec::new();
    let mut table = "file,part,class,bearing\n".to_owned();
    for at in 0..4 {
        let part = if at < 2 { "train" } else { "test" };
        for (class, place) in [("i", at), ("o", at + 4)] {
            let name = ["a", "b", "c", "d", "e", "f", "g", "h"][place];
            // lengths, levels and offsets of the classes overlap
            let own: Vec<f64> = signal(place as u64).iter().map(|x| x * (1.0 + at as f64 * 0.1)).collect();
            let own = own[at * 8..].to_vec();
            recordings.push((name, if class == "o" { change(own) } else { own }));
            table.push_str(&format!("{name},{part},{class},{name}\n"));
        }
    }
    check(&table, folder(&recordings).path())
}

/// The classes that the report says are told by a figure.
fn told_by(report: &LeakReport, cue: Cue) -> Vec<(String, Option<f64>)> {
    let told = report.findings.iter().filter_map(|finding| match finding {
        Finding::ClassTold { class, by, threshold, auroc, .. } if *by == cue => {
            assert!(*auroc >= 0.99);
            Some((class.clone(), *threshold))
        }
        _ => None,
    });
    told.collect()
}

#[test]
fn classes_that_overlap_in_every_figure_are_not_told() {
    let report = told(|samples| samples);
    let cues: Vec<&Finding> = report
        .findings
        .iter()
        .filter(|one| !matches!(one, Finding::ClassTold { by: Cue::Offset, .. }))
        .collect();
    assert!(cues.is_empty(), "{cues:#?}");
}

#[test]
fn a_class_told_by_its_level_is_a_hint() {
    let report = told(|samples| samples.into_iter().map(|x| 3.0 * x).collect());
    let found = told_by(&report, Cue::Level);
    assert_eq!(found.iter().map(|(class, _)| class.as_str()).collect::<Vec<_>>(), ["i", "o"]);
    assert!(found[0].1.is_some_and(|threshold| (0.6..1.8).contains(&threshold)), "{found:?}");
    let said = report.findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    assert!(said.contains("told by its level (RMS): AUROC 1.0000, 4 against 4"), "{said}");
    assert!(report.findings.iter().any(|one| one.heading().contains("a hint, not a proof")));
}

#[test]
fn a_class_told_by_its_offset_is_found() {
    let report = told(|samples| samples.into_iter().map(|x| x + 1.0).collect());
    assert_eq!(told_by(&report, Cue::Offset).len(), 2);
    assert!(told_by(&report, Cue::Level).is_empty());
}

#[test]
fn a_class_told_by_the_length_of_its_recordings_is_found() {
    let report = told(|samples| samples[..1_500].to_vec());
    assert_eq!(told_by(&report, Cue::Length).len(), 2);
}

#[test]
fn a_class_told_by_the_step_of_its_converter_is_found() {
    let report = told(|samples| samples.into_iter().map(|x| (x / 0.01).round() * 0.01).collect());
    assert_eq!(told_by(&report, Cue::Step).len(), 2);
    assert!(told_by(&report, Cue::Level).is_empty());
}

#[test]
fn a_class_told_by_its_rate_is_found() {
    let folder = folder(&[("a", signal(1)), ("b", signal(2)), ("c", signal(3))]);
    let table = SplitTable::parse("file,part,class\na,train,n\nb,train,i\nc,test,i\n", "s.csv").unwrap();
    let mut recordings: Vec<RecordingFacts> = ["a", "b", "c"]
        .map(|name| RecordingFacts::read(name, &folder.path().join(format!("{name}.mat")), &[]).unwrap())
        .into();
    for (recording, rate) in recordings.iter_mut().zip([48e3, 12e3, 12e3]) {
        recording.channels[0].rate_hz = Some(rate);
    }
    let report = check_split(&table, &recordings);
    assert_eq!(told_by(&report, Cue::Rate), [("i".to_owned(), Some(30e3)), ("n".to_owned(), Some(30e3))]);
    recordings[0].channels[0].rate_hz = Some(12e3);
    assert!(told_by(&check_split(&table, &recordings), Cue::Rate).is_empty());
}
