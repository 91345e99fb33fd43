//! What is refused, and in which words: one clear error that says what, where, why and what to do.

use crate::place::{KNOWN, Place};
use brinell_signal::FaultKind;

#[test]
fn a_negative_value_is_refused_as_the_value_of_its_flag() {
    let place = Place::new();
    place.recording("a.mat", None, 1);
    for line in ["diagnose a.mat --rate 12kHz --speed -5rpm", "freqs 6205 --speed -5rpm"] {
        let ran = place.run(line).exits(2).mentions("error: --speed -5rpm is refused: the shaft has to turn");
        ran.mentions("help: for example --speed 1480rpm");
    }
}

#[test]
fn a_speed_that_the_rate_cannot_hold_is_doubted_before_the_rate_is() {
    let place = Place::new();
    place.recording("a.mat", Some(FaultKind::Inner), 1);
    let ran = place.run("diagnose a.mat --rate 12kHz --speed 500000rpm --bearing 6205 --model none").exits(0);
    let ran =
        ran.prints("The shaft speed, 500000 rpm = 8333 Hz, cannot be right at a sampling rate of 12000 Hz");
    let ran = ran.prints("to settle it: the right shaft speed with its unit (--speed 1480rpm)");
    assert!(!ran.out.contains("a recording at"), "{}", ran.out);
}

#[test]
fn the_beginning_of_a_designation_is_answered_with_how_many_begin_so() {
    let ran = Place::new().run("freqs 62 --speed 30Hz").exits(2);
    let ran =
        ran.mentions("error: unknown bearing `62`; did you mean 62").mentions("designations begin with it");
    let ran = ran.mentions("help: brinell list bearings '62*'");
    assert!(!ran.err.contains("none of them"), "{}", ran.err);
    let ran = Place::new().run("freqs qqq --speed 30Hz").exits(2);
    ran.mentions("error: unknown bearing `qqq`\n").mentions("begins with none of them");
}

#[test]
fn a_mistake_in_toml_has_its_place_and_its_line() {
    let place = Place::new();
    place.recording("a.mat", None, 1);
    place.write("own.toml", "[[bearing]\nx = 1\n");
    let ran = place.run("freqs 6205 --speed 30Hz --bearings own.toml").exits(2);
    let ran = ran.mentions("error: own.toml:1:11: ").mentions("\n  1 | [[bearing]\n    |           ^\n");
    assert!(!ran.err.contains("\\n"), "{}", ran.err);
    place.write("mine.toml", "name = \n");
    let ran = place.run(&format!("diagnose a.mat {KNOWN} --policy mine.toml")).exits(2);
    let ran = ran.mentions("error: mine.toml:1:8: ").mentions("\n  1 | name = \n");
    assert!(!ran.err.contains("\\n"), "{}", ran.err);
    let json = place.run(&format!("diagnose a.mat {KNOWN} --policy mine.toml --json")).exits(2).json();
    assert_eq!((&json["error"]["line"], &json["error"]["column"]), (&1.into(), &8.into()));
}

#[test]
fn a_unit_that_nobody_states_is_said_in_words() {
    let place = Place::new();
    place.recording("a.mat", Some(FaultKind::Inner), 1);
    let line = format!("diagnose a.mat {KNOWN} --model none -o report --markdown");
    let ran = place.run(&line).exits(0).prints(", unit not stated\n");
    let ran = ran.prints("No velocity: the unit of the samples is not stated");
    assert!(!ran.out.contains("unit ?") && !ran.out.contains("= ?"), "{}", ran.out);
    place
        .run("probe a.mat --rate 12kHz")
        .exits(0)
        .prints("(vibration), unit not stated")
        .prints("the unit is unknown");
    for language in ["en", "zh"] {
        place.run(&format!("{line} --force --language {language}")).exits(0);
        let (_, text) = place
            .tree()
            .into_iter()
            .find(|(path, _)| path.extension().is_some_and(|end| end == "md"))
            .unwrap();
        let text = String::from_utf8(text).unwrap();
        assert!(
            text.contains(if language == "en" { "Amplitude (unit not stated)" } else { "单位未说明" }),
            "{text}"
        );
        for question in ["in ?", " ? ", "(?)", " ?,", "| ? |", "单位 ?"] {
            assert!(!text.contains(question), "{language} {question}: {text}");
        }
    }
}

#[test]
fn what_is_no_report_says_what_it_begins_with() {
    let place = Place::new();
    for (name, text, why) in [
        ("a.csv", "file,speed\na.mat,30Hz\n", "this file begins with `file,speed`"),
        ("b.json", "", "the file is empty, and a report is JSON"),
        ("c.json", "{\"schema\": ", "its JSON is damaged"),
    ] {
        place.write(name, text);
        let ran = place.run(&format!("report render {name} -o out.html")).exits(3);
        ran.mentions(&format!("error: {name} is no report of brinell"))
            .mentions(why)
            .mentions("help: name a .json file");
    }
}

#[test]
fn a_layout_that_lies_beside_a_recording_is_named_where_the_rate_is_missing() {
    let place = Place::new();
    place.run("data simulate --bearing 6205 --speed 30Hz --duration 2s -o sim").exits(0);
    let ran = place.run("probe sim").exits(0).prints("the layout sim/layout.toml lies beside it");
    ran.prints("help      brinell probe sim/sim_0001.mat --layout sim/layout.toml");
    place.run("probe sim/sim_0001.mat --layout sim/layout.toml").exits(0).prints("rate      12000 Hz");
    let ran = place.run("diagnose sim/sim_0001.mat").exits(3);
    ran.mentions("help: brinell diagnose sim/sim_0001.mat --layout sim/layout.toml");
}

#[test]
fn a_dry_run_is_refused_where_the_run_would_be_and_plans_nothing() {
    let place = Place::new();
    place.recording("a.mat", None, 1);
    place.write("filled/mine.txt", "keep");
    for line in [
        &format!("diagnose a.mat {KNOWN} -o filled"),
        "data simulate --bearing 6205 --speed 30Hz -o filled",
        "data simulate --bearing 6205 --speed 30Hz --resonance 90kHz -o new",
        "data fetch cwru --data-dir d --offline",
        "demo -o filled",
    ] {
        let ran = place.run(&format!("{line} --dry-run")).exits(2);
        assert!(ran.out.is_empty() && ran.err.starts_with("error: "), "{line}: {}{}", ran.out, ran.err);
        assert_eq!(place.run(line).exits(2).err, ran.err, "{line}");
        assert!(!place.path("new").exists(), "{line}");
    }
}
