//! Help, versions, completions.

use crate::place::Place;

const COMMANDS: [&str; 24] = [
    "demo",
    "diagnose",
    "analyze",
    "explain",
    "report",
    "report compare",
    "probe",
    "freqs",
    "data",
    "data list",
    "data fetch",
    "data import",
    "data verify",
    "data leakcheck",
    "data prepare",
    "data simulate",
    "train",
    "tune",
    "evaluate",
    "compare",
    "benchmark",
    "list",
    "doctor",
    "completions",
];

#[test]
fn the_program_alone_shows_its_help_on_standard_error_and_fails() {
    let ran = Place::new().run("").exits(2).mentions("Usage: brinell").mentions("brinell demo");
    assert_eq!(ran.out, "");
}

#[test]
fn every_help_page_shows_usage_and_three_examples_and_short_help_fits_a_screen() {
    let place = Place::new();
    for command in COMMANDS {
        for flag in ["-h", "--help"] {
            let ran =
                place.run(&format!("{command} {flag}")).exits(0).prints("Usage: brinell").prints("Examples:");
            let examples = ran.out.lines().filter(|line| line.starts_with("  brinell ")).count();
            assert!(examples >= 3, "{command} {flag}: {examples} examples");
            assert_eq!(ran.err, "");
            if flag == "-h" {
                assert!(ran.out.lines().count() <= 60, "{command}: {} lines", ran.out.lines().count());
            }
        }
    }
}

#[test]
fn the_short_help_of_transform_says_how_a_step_is_written() {
    let ran = Place::new().run("transform -h").exits(0);
    ran.prints("joined by commas without blanks").prints("band=[0.2,0.5]");
}

#[test]
fn every_command_that_is_listed_has_its_page() {
    let place = Place::new();
    let help = place.run("--help").exits(0).out;
    for command in COMMANDS.iter().filter(|name| !name.contains(' ')) {
        assert!(help.lines().any(|line| line.trim_start().starts_with(command)), "{command} is not listed");
    }
}

#[test]
fn the_version_is_that_of_the_crate() {
    let expected = format!("brinell {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(Place::new().run("--version").exits(0).out, expected);
}

#[test]
fn completions_exist_for_every_shell_and_bash_accepts_its_own() {
    let place = Place::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let ran = place.run(&format!("completions {shell}")).exits(0).prints("diagnose");
        if shell == "bash" {
            place.write("completion.bash", &ran.out);
            place.shell("bash -n completion.bash").exits(0);
        }
    }
}

#[test]
fn every_model_that_can_be_chosen_is_listed_by_kind_and_one_alone_shows_its_keys() {
    let place = Place::new();
    let json = place.run("list models --json").exits(0).json();
    let names: Vec<&str> =
        json["data"]["items"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap()).collect();
    assert_eq!(names, brinell_learn::Model::names());
    let all = place.run("list models").exits(0).out;
    let heading = |word: &str| all.lines().position(|line| line == word).unwrap();
    let at = |name: &str| all.lines().position(|line| line.split_whitespace().next() == Some(name)).unwrap();
    assert!(heading("nets:") < at("wdcnn") && at("wdcnn") < heading("learners:"), "{all}");
    assert!(heading("learners:") < at("logistic"), "{all}");
    let learner = place.run("list models logistic").exits(0).out;
    assert!(learner.contains("strength") && !learner.contains("learners:"), "{learner}");
    let alone = place.run("list models resnet-50").exits(0).out;
    for line in [
        "block = \"bottleneck\"   # basic, bottleneck",
        "blocks = [3, 4, 6, 3]",
        "# position is not set: after-block",
    ] {
        assert!(!all.contains(line), "{line}");
        assert!(alone.contains(line), "{line} is missing: {alone}");
    }
    assert_eq!(alone.lines().filter(|line| line.starts_with("resnet")).count(), 1);
    place.run("list models sensors").exits(0).prints("net = \"resnet-18\"   # needed; such as this");
    let ran = place
        .run("list attention cbam")
        .exits(0)
        .prints("reduction = 16")
        .prints("for 64 x 16 x 16: 680 parameters");
    ran.prints("variant = \"authors\"   # authors, plain");
    place
        .run("list attention lstm-attention")
        .exits(0)
        .prints("pool: the states of an LSTM")
        .prints("hidden = 64");
    let json = place.run("list attention sk --json").exits(0).json();
    let item = &json["data"]["items"][0]["details"];
    assert_eq!(item["receptive_field"], serde_json::json!([5, 5]));
    assert_eq!(item["keys"]["branches"], 2);
    place
        .run("list models resnt-50")
        .exits(2)
        .mentions("did you mean `resnet-50`?")
        .mentions("brinell list models");
}

#[test]
fn everything_that_can_be_listed_is_listed() {
    let place = Place::new();
    for (what, word) in [
        ("bearings", "6205"),
        ("datasets", "cwru"),
        ("formats", "matlab5"),
        ("protocols", "leaky"),
        ("models", "se-cnn"),
        ("attention", "cbam"),
        ("transforms", "stft"),
    ] {
        place.run(&format!("list {what}")).exits(0).prints(word);
        let json = place.run(&format!("list {what} --json")).exits(0).json();
        assert_eq!(json["schema"], "brinell.list/1");
        assert!(!json["data"]["items"].as_array().unwrap().is_empty(), "{what}");
    }
}
