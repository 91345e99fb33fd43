//! What a leak check comes to: notes, what was not checked, and several splits together.

use crate::leakcheck::{check, folder, signal};
use brinell_learn::leak::{Checked, LeakReport, LeakSummary, Note, Unreadable, Verdict};
use std::path::Path;

#[test]
fn validation_that_knows_bearings_of_training_is_a_note_and_no_leak() {
    let folder = folder(&[("a", signal(1)), ("b", signal(2)), ("c", signal(3)), ("d", signal(4))]);
    let table = "file,part,bearing\na,train,B1\nb,validation,B1\nc,train,B2\nd,test,B3\n";
    let report = check(table, folder.path());
    let [Note::ValidationKnowsBearings { bearings, .. }] = &report.notes[..] else { panic!("{report:?}") };
    assert_eq!((bearings.as_slice(), report.verdict()), (&["B1".to_owned()][..], Verdict::Clean));
    let said = report.notes[0].to_string();
    assert!(
        said.contains("validation shares 1 bearing with training (B1): early stop and calibration"),
        "{said}"
    );
    let apart = check(&table.replace("validation,B1", "validation,B4"), folder.path());
    assert_eq!(apart.notes, []);
}

#[test]
fn what_was_not_checked_is_never_clean() {
    let folder = folder(&[("a", signal(1)), ("b", signal(2))]);
    let verdict = |table: &str| check(table, folder.path()).verdict();
    assert_eq!(verdict("file,part\na,train\nb,test\n"), Verdict::Clean);
    assert_eq!(verdict("file,part\na,1\nb,2\n"), Verdict::Clean);
    assert_eq!(verdict("file,part\na,train\nb,test\ngone,test\n"), Verdict::Partial);
    assert_eq!(verdict("file,part\ngone,train\nlost,test\n"), Verdict::Unchecked);
    for one_side in ["train", "validation", "test", "1"] {
        let table = format!("file,part\na,{one_side}\nb,{one_side}\n");
        assert_eq!(verdict(&table), Verdict::Unchecked, "{one_side}");
    }
    assert_eq!(verdict("file,part\na,train\nb,validation\n"), Verdict::Unchecked);
    assert_eq!(verdict("file,part\na,validation\nb,test\n"), Verdict::Partial);
    assert_eq!(verdict("file,part,fold\na,train,1\nb,test,1\na,train,2\n"), Verdict::Partial);
    assert_eq!(verdict("file,part\na,train\na,test\ngone,test\n"), Verdict::Found);
}

#[test]
fn a_fold_with_one_side_says_what_it_lacks() {
    for (parts, lacks) in [
        (["train", "validation"], "only `train` and `validation`: no part is tested on"),
        (["test", "test"], "only `test`: no part is learned from"),
        (["validation", "test"], "only `test` and `validation`: no part is named for training"),
        (["1", "1"], "only `1`: there is no second part"),
    ] {
        let report = check(&format!("file,part\na,{}\nb,{}\n", parts[0], parts[1]), Path::new("."));
        let said = report.unchecked.iter().map(|one| one.why.as_str()).collect::<Vec<_>>().join("\n");
        assert!(said.contains(lacks), "{said}");
    }
}

#[test]
fn a_part_of_its_own_name_is_told_how_it_was_taken() {
    let note =
        |table: &str| check(table, Path::new(".")).notes.iter().map(ToString::to_string).collect::<String>();
    let said = note("file,part\na,train\nb,field\n");
    assert_eq!(said, "field is not a known name of a part: it counts as tested on");
    let said = note("file,part\na,rig\nb,plant\n");
    assert_eq!(said, "no part is named for training: any two of plant, rig are compared as two sides");
    assert_eq!(note("file,part\na,1\nb,fold 2\n"), "");
}

#[test]
fn several_splits_are_put_together_with_each_thing_once() {
    let folder = folder(&[("a", signal(1)), ("b", signal(2))]);
    let report = check("file,part,bearing\na,train,B\nb,test,B\n", folder.path());
    let sound = check("file,part,bearing\na,train,A\nb,test,B\n", folder.path());
    let of = |path: &str, report: &LeakReport| Checked {
        path: Some(path.to_owned()),
        same_as: Vec::new(),
        report: report.clone(),
    };
    let summary = LeakSummary::of(vec![of("p", &report), of("q", &report), of("r", &sound)], 2, Vec::new());
    assert_eq!((summary.verdict, summary.clean, summary.findings.len()), (Verdict::Found, false, 1));
    assert_eq!(summary.findings[0].splits, ["p", "q"]);
    assert_eq!(summary.splits.iter().map(|split| split.verdict).collect::<Vec<_>>()[2], Verdict::Clean);
    let partial = LeakSummary::of(vec![of("r", &sound), of("s", &LeakReport::default())], 2, Vec::new());
    assert_eq!((partial.verdict, partial.clean), (Verdict::Partial, false));
}

#[test]
fn a_recording_that_cannot_be_read_is_not_called_missing() {
    let folder = folder(&[("a", signal(1))]);
    let unreadable = |file: &str| Unreadable { file: file.to_owned(), why: "it ends early".to_owned() };
    let report = check("file,part\na,train\nb,test\nc,test\n", folder.path());
    let report = report.with_unreadable(&[unreadable("b"), unreadable("of another table")]);
    assert_eq!((report.missing.as_slice(), report.unreadable.len()), (&["c".to_owned()][..], 1));
    assert_eq!(report.verdict(), Verdict::Partial);
}
