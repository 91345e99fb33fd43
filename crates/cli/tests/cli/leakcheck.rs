//! `brinell data leakcheck`.

use crate::place::{Place, cwru, simulated};
use brinell_signal::FaultKind;

#[test]
fn a_leaky_split_exits_1_and_says_what_is_on_both_sides() {
    let place = Place::new();
    place.recording("a.mat", None, 1);
    place.recording("b.mat", Some(FaultKind::Outer), 2);
    let leaky = "file,start,length,part,bearing,class\n\
                 a,0,4096,train,B1,n\na,4000,4096,test,B1,n\nb,0,4096,test,B2,o\n";
    place.write("leaky.csv", leaky);
    let ran = place.run("data leakcheck leaky.csv").exits(1);
    let ran = ran.prints("bearing B1 is in test and in train").prints("recording a is in test and in train");
    ran.prints("1 segment with samples of another part (test and train), the first at sample 4000")
        .prints("3 findings");
    let json = place.run("data leakcheck leaky.csv --json").exits(1).json();
    assert_eq!((&json["schema"], &json["ok"]), (&"brinell.data.leakcheck/2".into(), &false.into()));
    assert_eq!(json["data"]["findings"][0]["kind"], "bearing-on-both-sides");
    assert_eq!(json["data"]["recordings"], 2);
    place.write("sound.csv", "file,part,bearing\na,train,B1\nb,test,B2\n");
    place
        .run("data leakcheck sound.csv")
        .exits(0)
        .prints("nothing found in what could be checked: 1 fold")
        .prints("not checked");
}

#[test]
fn recordings_are_looked_for_beside_the_split_and_in_the_data_folder() {
    let place = Place::new();
    place.recording("d/a.mat", None, 1);
    place.write("s/split.csv", "file,part\na,train\nb,test\n");
    let found = |line: &str| place.run(line).json()["data"]["recordings"].clone();
    assert_eq!(found("data leakcheck s/split.csv --json"), 0);
    assert_eq!(found("data leakcheck s/split.csv --data-dir d --json"), 1);
    place.recording("s/b.mat", None, 2);
    assert_eq!(found("data leakcheck s/split.csv --data-dir d --json"), 2);
}

#[test]
fn a_folder_with_one_file_twice_exits_1() {
    let place = Place::new();
    place.recording("d/a.mat", None, 1);
    place.recording("d/e/b.mat", None, 1);
    place.run("data leakcheck d").exits(1).prints("a.mat and e/b.mat have the same content");
    place.recording("d/e/b.mat", None, 2);
    place.run("data leakcheck d").exits(0).prints("nothing found in what could be checked: 2 recordings");
}

#[test]
fn what_is_no_split_and_no_folder_is_refused() {
    let place = Place::new();
    place.run("data leakcheck none.csv").exits(3).mentions("none.csv");
    place.write("slip.csv", "file,part\na,train\nb,tset\n");
    let ran = place.run("data leakcheck slip.csv").exits(2);
    ran.mentions("line 3: `tset` is no known part; did you mean `test`?").mentions("name the parts train");
    place.write("bad.csv", "name,part\na,train\n");
    place.run("data leakcheck bad.csv").exits(2).mentions("the column `file` is missing");
    std::fs::create_dir(place.path("empty")).unwrap();
    place.run("data leakcheck empty").exits(3);
    place.write("d/a.mat", "no recording");
    place.run("data leakcheck d").exits(3).mentions("a.mat");
}

#[test]
fn the_split_of_a_run_is_read_and_is_clean_of_shared_bearings() {
    let Some(data) = cwru() else { return };
    let place = Place::new();
    let rows: Vec<String> = [("105", "train"), ("169", "validation"), ("209", "test")]
        .map(|(file, part)| format!("{file},DE,0,12000,12000,10,inner,{part},,f,12000,\n"))
        .into();
    let head = "file,sensor,start,length,stride,count,class,part,bearing,fold,rate_hz,rule\n";
    place.write("split.csv", head.to_owned() + &rows.concat());
    let words = ["data", "leakcheck", "split.csv", "--json", "--data-dir", data.to_str().unwrap()];
    let json = place.run_words(&words).exits(0).json();
    assert_eq!((&json["data"]["recordings"], &json["data"]["segments"]), (&3.into(), &30.into()));
    assert_eq!(
        json["data"]["unchecked"],
        serde_json::json!([]),
        "the catalogue knows the bearings and the rates"
    );
}

#[test]
fn a_copy_that_begins_later_exits_1_with_both_places() {
    let place = Place::new();
    let whole = simulated(Some(FaultKind::Outer), 1);
    place.arrays("d/a.mat", &[("vibration", whole.clone())]);
    place.arrays("d/b.mat", &[("vibration", whole[137..].to_vec())]);
    let samples = format!(": {} samples, equal bit by bit", whole.len() - 137);
    let places = "a.mat:vibration from sample 137 and b.mat:vibration from sample 0";
    place
        .run("data leakcheck d")
        .exits(1)
        .prints(&format!("{places}{samples}"))
        .prints("1 finding: 2 recordings");
    place.write("d/split.csv", "file,part,bearing\na,train,B1\nb,test,B2\n");
    let json = place.run("data leakcheck d/split.csv --json").exits(1).json();
    let finding = &json["data"]["findings"][0];
    assert_eq!((&finding["kind"], &finding["one"]["start"]), (&"equal-stretch".into(), &137.into()));
    assert_eq!(finding["parts"], serde_json::json!(["train", "test"]));
    assert!(finding.get("splits").is_none(), "one table by itself");
}

#[test]
fn recordings_that_are_not_found_are_named_with_where_and_what_to_do() {
    let place = Place::new();
    place.recording("d/a.mat", None, 1);
    place.write("s/split.csv", "file,part,bearing\na,train,B1\nb,test,B2\n");
    let ran = place.run("data leakcheck s/split.csv").exits(3).prints("not found 2 of 2 recordings: a, b");
    ran.prints("looked for in s, .,")
        .prints("--data-dir FOLDER")
        .prints("nothing of any recording could be checked");
    let ran = place.run("data leakcheck s/split.csv --data-dir d").exits(6);
    let ran = ran.prints("not found 1 of 2 recordings: b").prints("looked for in s, ., d:");
    ran.prints("nothing found in what could be checked: 1 fold, content of 1 of 2 recordings");
    let json = place.run("data leakcheck s/split.csv --data-dir d --json").exits(6).json();
    assert_eq!((&json["ok"], &json["data"]["clean"]), (&false.into(), &false.into()));
    assert_eq!(
        (&json["data"]["verdict"], &json["data"]["missing"]),
        (&"partial".into(), &serde_json::json!(["b"]))
    );
    place.recording("s/b.mat", None, 2);
    let json = place.run("data leakcheck s/split.csv --data-dir d --json").exits(0).json();
    assert_eq!((&json["ok"], &json["data"]["clean"]), (&true.into(), &true.into()));
    place.write("s/b.mat", "no recording");
    let ran = place.run("data leakcheck s/split.csv --data-dir d").exits(6).mentions("b.mat");
    ran.prints("not readable 1 of 2 recordings: b");
}

#[test]
fn a_table_with_one_side_exits_3_and_says_which_is_missing() {
    let place = Place::new();
    place.recording("a.mat", None, 1);
    place.recording("b.mat", None, 2);
    for (part, lacks) in [("train", "no part is tested on"), ("test", "no part is learned from")] {
        place.write("one.csv", format!("file,part\na,{part}\nb,{part}\n"));
        place.run("data leakcheck one.csv").exits(3).prints(lacks).prints("nothing could be compared");
        let json = place.run("data leakcheck one.csv --json").exits(3).json();
        assert_eq!((&json["ok"], &json["data"]["verdict"]), (&false.into(), &"unchecked".into()));
    }
}

#[test]
fn validation_that_shares_bearings_with_training_is_a_note_with_exit_0() {
    let place = Place::new();
    for (at, name) in ["a.mat", "b.mat", "c.mat"].into_iter().enumerate() {
        place.recording(name, None, at as u64);
    }
    place.write("s.csv", "file,part,bearing\na,train,B1\nb,validation,B1\nc,test,B2\n");
    place.run("data leakcheck s.csv").exits(0).prints("note validation shares 1 bearing with training (B1)");
    let json = place.run("data leakcheck s.csv --json").exits(0).json();
    assert_eq!(json["data"]["notes"][0]["kind"], "validation-knows-bearings");
    assert_eq!((&json["data"]["clean"], &json["data"]["findings"]), (&true.into(), &serde_json::json!([])));
}

#[test]
fn every_split_of_a_run_is_checked_and_named_equal_ones_once() {
    let place = Place::new();
    place.recording("d/a.mat", None, 1);
    place.recording("d/b.mat", None, 2);
    place.write("run/config.toml", "name = \"r\"\n");
    let [leaky, sound] =
        ["B1", "B2"].map(|bearing| format!("file,part,bearing\na,train,B1\nb,test,{bearing}\n"));
    for (path, table) in [
        ("folds/known/all/seed-0", &leaky),
        ("folds/known/all/seed-1", &leaky),
        ("folds/unseen/one/seed-0", &sound),
        ("baselines/rule/folds/unseen/one/seed-0", &sound),
    ] {
        place.write(format!("run/{path}/split.csv"), table);
    }
    let ran = place.run("data leakcheck run --data-dir d").exits(1);
    let ran = ran.prints("run is a run: 2 splits in it are checked, and 2 with the bytes of one of them");
    ran.prints("bearing B1 is in test and in train [folds/known/all/seed-0/split.csv]").prints("1 finding");
    let json = place.run("data leakcheck run --data-dir d --json").exits(1).json();
    let splits = &json["data"]["splits"];
    assert_eq!((&splits[0]["verdict"], &splits[1]["verdict"]), (&"found".into(), &"clean".into()));
    assert_eq!(splits[0]["same_as"], serde_json::json!(["folds/known/all/seed-1/split.csv"]));
    assert_eq!(splits[1]["same_as"], serde_json::json!(["baselines/rule/folds/unseen/one/seed-0/split.csv"]));
    assert_eq!(
        json["data"]["findings"][0]["splits"],
        serde_json::json!(["folds/known/all/seed-0/split.csv"])
    );
    std::fs::remove_dir_all(place.path("run/folds/known")).unwrap();
    place.run("data leakcheck run --data-dir d").exits(0).prints("run is a run: 1 split in it is checked");
    std::fs::remove_dir_all(place.path("run/folds/unseen")).unwrap();
    std::fs::remove_dir_all(place.path("run/baselines")).unwrap();
    place.run("data leakcheck run").exits(3).mentions("run holds no split.csv").mentions("train it first");
}
