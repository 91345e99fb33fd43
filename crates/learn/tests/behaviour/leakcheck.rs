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
pub(crate) fn signal(seed: u64) -> Vec<f64> {
    noise(seed, LENGTH)
}

fn noise(seed: u64, length: usize) -> Vec<f64> {
    use rand::{RngExt, SeedableRng};
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
    (0..length).map(|_| random.random_range(-1.0..1.0)).collect()
}

/// A folder with recordings, each one variable `x`.
pub(crate) fn folder(recordings: &[(&str, Vec<f64>)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, samples) in recordings {
        let path = folder.path().join(format!("{name}.mat"));
        write_mat5(&path, &[("x".to_owned(), samples.clone())]).unwrap();
    }
    folder
}

pub(crate) fn check(table: &str, folder: &Path) -> LeakReport {
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
    assert_eq!(report.missing, ["a", "b"]);
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
    assert_eq!(check(&table.replace("1023", "1024"), Path::new(".")).findings, []);
}

#[test]
fn equal_segments_of_two_recordings_on_two_sides_are_found_where_they_lie() {
    let mut copied = signal(2);
    copied[1_000..1_256].copy_from_slice(&signal(1)[512..768]);
    let folder = folder(&[("a", signal(1)), ("b", copied)]);
    let table = format!("{HEAD}a,x,0,256,256,8,i,train,B1,f\nb,x,1000,256,0,1,i,test,B2,f\n");
    let report = check(&table, folder.path());
    let Finding::EqualSignal { one, other, pairs, .. } = only(&report) else { panic!("{report:?}") };
    assert_eq!((one.file.as_str(), one.start, other.file.as_str(), other.start), ("a", 512, "b", 1_000));
    assert_eq!(*pairs, 1);
}

/// Files, starts and length of the only finding, a stretch in two recordings.
fn stretch(report: &LeakReport) -> (&str, u64, &str, u64, u64) {
    let Finding::EqualStretch { one, other, .. } = only(report) else { panic!("{report:#?}") };
    assert_eq!(one.length, other.length);
    (&one.file, one.start, &other.file, other.start, one.length)
}

#[test]
fn a_copy_whose_begin_is_cut_off_is_found_with_its_places_and_length() {
    for cut in [1, 137, 1_000] {
        let all = noise(1, 6_000);
        let folder = folder(&[("a", all.clone()), ("b", all[cut..].to_vec()), ("c", noise(2, 6_000))]);
        let found = (cut as u64, 6_000 - cut as u64);
        let report = folder_report(folder.path());
        assert_eq!(stretch(&report), ("a.mat", found.0, "b.mat", 0, found.1));
        let report = check("file,part\na,train\nb,test\nc,test\n", folder.path());
        assert_eq!(stretch(&report), ("a", found.0, "b", 0, found.1));
        let said = report.findings[0].to_string();
        let places =
            format!("a:x from sample {cut} in train and b:x from sample 0 in test: {} samples", found.1);
        assert!(said.contains(&places), "{said}");
        let report = check("file,part\na,train\nb,train\nc,test\n", folder.path());
        assert_eq!(report.findings, [], "on one side");
    }
}

#[test]
fn a_part_of_one_recording_inside_another_is_found_to_the_sample() {
    for (from, to, length) in [(700, 1_300, 512), (3_001, 17, 900), (0, 2_000, 2_500), (1_500, 3_500, 2_500)]
    {
        let (one, mut other) = (noise(1, 6_000), noise(2, 6_000));
        other[to..to + length].copy_from_slice(&one[from..from + length]);
        let folder = folder(&[("a", one), ("b", other)]);
        let report = folder_report(folder.path());
        assert_eq!(stretch(&report), ("a.mat", from as u64, "b.mat", to as u64, length as u64));
    }
}

#[test]
fn two_recordings_that_share_several_stretches_are_one_finding_with_the_longest() {
    let (one, mut other) = (noise(1, 9_000), noise(2, 9_000));
    other[100..1_100].copy_from_slice(&one[2_000..3_000]);
    other[4_000..6_000].copy_from_slice(&one[5_000..7_000]);
    let folder = folder(&[("a", one), ("b", other)]);
    let report = folder_report(folder.path());
    assert_eq!(stretch(&report), ("a.mat", 5_000, "b.mat", 4_000, 2_000));
    assert!(report.findings[0].to_string().ends_with("2 stretches in all"), "{}", report.findings[0]);
}

#[test]
fn a_stretch_is_told_once_though_segments_of_it_are_equal_too() {
    let all = noise(1, 6_000);
    let folder = folder(&[("a", all.clone()), ("b", all[512..].to_vec())]);
    let table = format!("{HEAD}a,x,0,512,512,10,i,train,B1,f\nb,x,0,512,512,10,i,test,B2,f\n");
    assert_eq!(stretch(&check(&table, folder.path())), ("a", 512, "b", 0, 5_488));
}

#[test]
fn stretches_that_may_be_equal_by_chance_are_not_told() {
    let standstill = |seed| noise(seed, 20_000).iter().map(|x| f64::from(u8::from(*x > 0.995))).collect();
    let square = |period: usize, shift: usize| -> Vec<f64> {
        (0..20_000).map(|n| f64::from(u8::from((n + shift) % period < period / 2))).collect()
    };
    let hum = |shift: usize| -> Vec<f64> {
        (0..20_000)
            .map(|n| {
                (((n + shift) % 240) as f64 / 240.0 * std::f64::consts::TAU).sin().mul_add(3.0, 0.0).round()
            })
            .collect()
    };
    let paused = |seed| [noise(seed, 3_000), vec![0.5; 10_000], noise(seed + 1, 3_000)].concat();
    let short = |seed: u64| [noise(seed, 3_000), noise(99, 400), noise(seed + 1, 3_000)].concat();
    let times = |shift: f64| -> Vec<f64> { (0..20_000).map(|n| (f64::from(n) + shift) / 12_000.0).collect() };
    for (what, one, other) in [
        ("a standstill", standstill(1), standstill(2)),
        ("a slow square wave", square(2_000, 0), square(2_000, 137)),
        ("a fast square wave", square(12, 0), square(12, 5)),
        ("a hum", hum(0), hum(100)),
        ("a pause", paused(1), paused(3)),
        ("a stray repeat", short(1), short(3)),
        ("times", times(0.0), times(137.0)),
        ("the same times", times(0.0), times(0.0)),
    ] {
        let folder = folder(&[("a", one)]);
        // a second variable, so that the files differ
        let other = [("x".to_owned(), other), ("y".to_owned(), noise(7, 20_000))];
        write_mat5(&folder.path().join("b.mat"), &other).unwrap();
        assert_eq!(folder_report(folder.path()).findings, [], "{what}");
    }
}

#[test]
fn a_copy_of_coarse_samples_and_those_with_a_pause_or_a_repeat_in_it_are_found_whole() {
    let coarse: Vec<f64> = noise(1, 8_000).iter().map(|x| (x * 4.0).round()).collect();
    let paused = [noise(2, 3_000), vec![0.5; 4_000], noise(3, 3_000)].concat();
    let flicker: Vec<f64> = (0..3_000).map(|n| f64::from(n % 2)).collect();
    let flickers = [noise(4, 300), flicker, noise(5, 5_000)].concat();
    for all in [coarse, paused, flickers] {
        let folder = folder(&[("a", all.clone()), ("b", all[137..].to_vec())]);
        let report = folder_report(folder.path());
        assert_eq!(stretch(&report), ("a.mat", 137, "b.mat", 0, all.len() as u64 - 137));
    }
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

/// So many recordings of each of two classes; those of `o` are changed.
fn told_of(each: usize, change: impl Fn(Vec<f64>) -> Vec<f64>) -> LeakReport {
    let mut recordings = Vec::new();
    let mut table = "file,part,class,bearing\n".to_owned();
    for at in 0..each {
        let part = if at < each / 2 { "train" } else { "test" };
        for class in ["i", "o"] {
            let name = format!("{class}{at}");
            // lengths, levels and offsets of the classes overlap
            let seed = 2 * at + usize::from(class == "o");
            let own: Vec<f64> = signal(seed as u64).iter().map(|x| x * (1.0 + at as f64 * 0.04)).collect();
            let own = own[at * 8..].to_vec();
            table.push_str(&format!("{name},{part},{class},{name}\n"));
            recordings.push((name, if class == "o" { change(own) } else { own }));
        }
    }
    let recordings: Vec<(&str, Vec<f64>)> =
        recordings.iter().map(|(name, samples)| (name.as_str(), samples.clone())).collect();
    check(&table, folder(&recordings).path())
}

/// As [`told_of`], of ten each.
fn told(change: impl Fn(Vec<f64>) -> Vec<f64>) -> LeakReport {
    told_of(10, change)
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
    assert_eq!(report.findings, []);
}

#[test]
fn three_recordings_against_three_tell_nothing_but_their_rate() {
    let loud = |samples: Vec<f64>| samples.into_iter().map(|x| 3.0 * x + 1.0).collect();
    assert_eq!(told_of(3, loud).findings, [], "one of ten shuffles does as well");
    assert!(!told_of(10, loud).findings.is_empty());
}

#[test]
fn a_class_told_by_its_level_is_a_hint() {
    let report = told(|samples| samples.into_iter().map(|x| 3.0 * x).collect());
    let found = told_by(&report, Cue::Level);
    assert_eq!(found.iter().map(|(class, _)| class.as_str()).collect::<Vec<_>>(), ["i", "o"]);
    assert!(found[0].1.is_some_and(|threshold| (0.6..1.8).contains(&threshold)), "{found:?}");
    let said = report.findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    assert!(said.contains("told by its level (RMS): AUROC 1.0000, 10 against 10"), "{said}");
    assert!(said.contains("by chance once in "), "{said}");
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
    let report = told(|samples| samples[..1_900].to_vec());
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

#[test]
fn a_copy_is_found_though_its_channel_has_another_name_than_the_table_says() {
    let whole = noise(77, 6_000);
    let folder = folder(&[("a", whole.clone()), ("b", whole[137..].to_vec())]);
    for table in [
        "file,part,sensor\na,train,x\nb,test,DE\n",
        "file,part,sensor,start,length\na,train,x,0,5000\nb,test,DE,0,5000\n",
    ] {
        let report = check(table, folder.path());
        let stretch = |one: &Finding| matches!(one, Finding::EqualStretch { one, .. } if one.length == 5_863);
        assert!(report.findings.iter().any(stretch), "{:#?}", report.findings);
        assert!(report.findings.iter().all(|one| !matches!(one, Finding::ClassTold { .. })));
    }
    let report =
        check("file,part,sensor,start,length\na,train,x,0,2000\nb,test,DE,5900,2000\n", folder.path());
    assert!(report.uncompared > 0, "its segment lies behind its end");
}
