//! `brinell data leakcheck`.

use crate::place::{Place, cwru};
use brinell_signal::FaultKind;

#[test]
fn a_leaky_split_exits_1_and_says_what_is_on_both_sides() {
    let place = Place::new();
    place.recording("a.mat", None, 1);
    place.recording("b.mat", Some(FaultKind::Outer), 2);
    let leaky = "file,start,length,part,bearing,class\na,0,4096,train,B1,n\na,4000,4096,test,B1,n\nb,0,4096,test,B2,o\n";
    place.write("leaky.csv", leaky);
    let ran = place.run("data leakcheck leaky.csv").exits(1);
    let ran = ran.prints("bearing B1 is in test and in train").prints("recording a is in test and in train");
    ran.prints("1 segment with samples of another part (test and train), the first at sample 4000")
        .prints("3 findings");
    let json = place.run("data leakcheck leaky.csv --json").exits(1).json();
    assert_eq!((&json["schema"], &json["ok"]), (&"brinell.data.leakcheck/1".into(), &false.into()));
    assert_eq!(json["data"]["findings"][0]["kind"], "bearing-on-both-sides");
    assert_eq!(json["data"]["recordings"], 2);
    place.write("sound.csv", "file,part,bearing\na,train,B1\nb,test,B2\n");
    place.run("data leakcheck sound.csv").exits(0).prints("nothing found").prints("not checked");
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
    place.run("data leakcheck d").exits(0).prints("nothing found: 2 recordings");
}

#[test]
fn what_is_no_split_and_no_folder_is_refused() {
    let place = Place::new();
    place.run("data leakcheck none.csv").exits(3).mentions("none.csv");
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
