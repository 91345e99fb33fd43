//! `brinell train` and `brinell evaluate`, on CWRU recordings when they are on this machine.

use crate::place::{Place, cwru};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A small experiment: a few recordings, a tiny net.
fn experiment(epochs: usize) -> String {
    format!(
        r#"
name = "tiny"

[data]
dataset = "cwru"
rate = "12kHz"

[[data.records]]
file = ["105", "118", "130"]

[segments]
length = 1024
stride = 1024

[[pipeline]]
step = "remove-mean"

[[pipeline]]
step = "stft"
length = 64
hop = 32
rows = 16
columns = 16

[[pipeline]]
step = "standardise-image"

[model]
name = "se-cnn"
widths = [4, 8]
hidden = 16

[training]
epochs = {epochs}
batch = 32
seeds = [0]
early_stop = {{ patience = 100000 }}

[[protocol]]
name = "random-window"
sensor = "DE"
"#
    )
}

/// Starts a training that would last far longer than the test, and waits until it saved an epoch.
fn long_training(place: &Place, data: &Path) -> Child {
    place.write("tiny.toml", experiment(100_000));
    let mut command = place.command();
    command.args(["train", "tiny.toml", "-o", "run", "-v", "--progress", "never"]);
    command.args(["--only", "random-window", "--data-dir"]).arg(data);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let begun = Instant::now();
    let saved = || {
        fn has_epochs(folder: &Path) -> bool {
            std::fs::read_dir(folder).is_ok_and(|entries| {
                entries.flatten().any(|entry| {
                    entry.file_name() == "epochs.csv" || (entry.path().is_dir() && has_epochs(&entry.path()))
                })
            })
        }
        has_epochs(&place.path("run"))
    };
    while !saved() {
        assert!(begun.elapsed() < Duration::from_secs(120), "no epoch was saved");
        std::thread::sleep(Duration::from_millis(50));
    }
    child
}

fn signal(child: &Child, name: &str) {
    let status = Command::new("/bin/sh").args(["-c", &format!("kill -{name} {}", child.id())]).status();
    assert!(status.unwrap().success());
}

#[test]
fn a_signal_saves_a_training_and_says_how_to_go_on() {
    let Some(data) = cwru() else { return };
    for (name, code) in [("INT", 130), ("TERM", 143)] {
        let place = Place::new();
        let child = long_training(&place, &data);
        signal(&child, name);
        let output = child.wait_with_output().unwrap();
        let err = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{err}");
        assert!(
            err.contains("stopping after this batch; a second signal (Ctrl-C, SIGTERM) stops at once ..."),
            "{err}"
        );
        assert!(err.contains("saved run, tiny: random-window at DE"), "{err}");
        let resume = err.trim_end().lines().last().unwrap().strip_prefix("resume: brinell ").unwrap();
        assert_eq!(resume, format!("train --resume run --only random-window --data-dir {}", data.display()));
        assert!(output.stdout.is_empty());
        // The resume line works: it is stopped again, further on.
        let mut again = place.command();
        again.args(resume.split(' '));
        let again = again.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        std::thread::sleep(Duration::from_secs(2));
        signal(&again, "INT");
        let output = again.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(130), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn a_run_is_trained_printed_evaluated_and_not_overwritten() {
    let Some(data) = cwru() else { return };
    let place = Place::new();
    place.write("tiny.toml", experiment(2));
    let data = data.to_str().unwrap().to_owned();
    let words = ["train", "-c", "tiny.toml", "--data-dir", &data];
    let ran = place.run_words(&words).exits(0);
    let ran = ran.prints("random-window").prints("leaky").prints("not measured");
    ran.prints("run: runs/tiny");
    place.run_words(&words).exits(2).mentions("runs/tiny").mentions("--resume");
    let json = place.run_words(&["evaluate", "runs/tiny", "--data-dir", &data, "--json"]).exits(0).json();
    assert_eq!(json["schema"], "brinell.evaluate/2");
    assert_eq!(json["data"]["files"].as_array().unwrap().len(), 0, "judging anew writes nothing");
    assert!(!place.path("runs/tiny/figures").exists());
    // Without the recordings the stored scores are measured, drawn and written.
    let stored = place.run("evaluate runs/tiny --json").exits(0).json();
    assert_eq!(stored["data"]["protocols"], json["data"]["protocols"], "the models give what they gave");
    let written = place.tree();
    for name in ["confusion.svg", "reliability.svg", "risk-coverage.svg", "folds.svg", "windows.parquet"] {
        let drawn = std::fs::read(place.path(format!("runs/tiny/figures/random-window/{name}"))).unwrap();
        assert!(drawn.starts_with(b"<svg") || drawn.starts_with(b"PAR1"), "{name}");
    }
    place.run("evaluate runs/tiny").exits(0).prints("figures: runs/tiny/figures");
    assert_eq!(place.tree(), written, "the same scores give the same bytes");
    // A run compared to itself shows nothing.
    let ran = place.run("compare runs/tiny runs/tiny").exits(0).prints("random-window at DE");
    ran.prints("one fold").prints("not shown");
    let json = place.run("compare runs/tiny runs/tiny --protocol random-window --json").exits(0).json();
    assert_eq!(json["schema"], "brinell.compare/1");
    assert_eq!(json["data"]["protocols"][0]["figures"][0]["difference"], 0.0);
    place
        .run("compare runs/tiny runs/tiny --protocol cross-end")
        .exits(3)
        .mentions("not both under cross-end");
    place.run("compare runs/tiny gone").exits(3).mentions("gone does not exist");
    place.run("evaluate runs/tiny --data-dir nowhere").exits(3).mentions("brinell data fetch cwru");
    // The model that was trained can be asked.
    let model = std::fs::read_dir(place.path("runs/tiny/folds")).is_ok();
    assert!(model);
}

#[test]
fn lines_of_a_training_name_run_sensor_and_noise_and_a_learner_says_when_a_fold_begins_and_ends() {
    let Some(data) = cwru() else { return };
    let place = Place::new();
    let data = data.to_str().unwrap().to_owned();
    let net = "name = \"se-cnn\"\nwidths = [4, 8]\nhidden = 16";
    let learner = experiment(1).replace(net, "name = \"logistic\"");
    let text = format!(
        "{learner}noise = {{ kind = \"white\", snr_db = 0 }}\n[[baseline]]\nname = \"most\"\nmodel = {{ name = \"majority\" }}\n"
    );
    place.write("tiny.toml", text);
    let ran = place.run_words(&["train", "tiny.toml", "--data-dir", &data]).exits(0);
    for run in ["tiny", "most"] {
        let fold = format!("{run}: random-window at DE, white noise at 0 dB, all, seed 0 (1 of 1): ");
        let begins = ran.err.find(&format!("{fold}begins, ")).unwrap_or_else(|| panic!("{}", ran.err));
        let ends = ran.err.rfind(&fold).unwrap();
        assert!(ends > begins && ran.err[ends..].contains("% of "), "{}", ran.err);
    }
    // Beside itself it shows nothing, and says which calibration error is which.
    let ran = place.run("compare runs/tiny runs/tiny").exits(0).prints("both not calibrated");
    ran.prints("all folds at once").prints("fold ECE, windows").prints("one fold");
}

#[test]
fn the_smoke_experiment_puts_a_leaky_figure_of_the_same_classes_beside_the_honest_one() {
    let Some(data) = cwru() else { return };
    let place = Place::new();
    let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs/cwru-smoke.toml");
    let short = std::fs::read_to_string(config).unwrap().replace("epochs = 4", "epochs = 1");
    place.write("smoke.toml", short.replace("training_stride = 3000, ", ""));
    let words = ["train", "smoke.toml", "-o", "run", "--only", "known-bearings", "--data-dir"];
    let ran = place.run_words(&[&words[..], &[data.to_str().unwrap()]].concat()).exits(0);
    ran.prints("cwru-smoke - leave-one-size-out at DE\n  not finished: no run yet").prints("not finished");
    let ran = place.run("evaluate run --json").exits(0).json();
    let names: Vec<&str> = ["unfinished", "protocols"]
        .into_iter()
        .flat_map(|key| ran["data"][key].as_array().unwrap())
        .map(|own| own["protocol"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["random-window", "leave-one-size-out", "known-bearings"]);
    assert_eq!(ran["data"]["protocols"][0]["setting"]["beside"]["folders"][0], "leave-one-size-out");
}

#[test]
fn sizes_are_learned_printed_and_evaluated_and_refused_where_there_is_but_one() {
    let Some(data) = cwru() else { return };
    let place = Place::new();
    let data = data.to_str().unwrap().to_owned();
    let sizes = experiment(1).replace("seeds = [0]", "seeds = [0]\nalso = { size = { weight = 0.5 } }");
    place.write("one.toml", sizes.replace("\"tiny\"", "\"one\""));
    place
        .run_words(&["train", "one.toml", "--data-dir", &data])
        .mentions("the size of a fault cannot be learned")
        .mentions("two sizes or more");
    place.write("tiny.toml", sizes.replace("[\"105\", \"118\", \"130\"]", "[\"105\", \"169\", \"209\"]"));
    place.run_words(&["train", "tiny.toml", "--data-dir", &data]).exits(0).prints("size accuracy");
    let json = place.run("evaluate runs/tiny --json").exits(0).json();
    let protocol = &json["data"]["protocols"][0];
    assert!(protocol["recordings"]["figures"]["size_accuracy"]["mean"].is_number(), "{protocol}");
    assert_eq!(protocol["results"][0]["facts"]["sizes"].as_array().unwrap().len(), 3);
    let learner = sizes.replace("name = \"se-cnn\"\nwidths = [4, 8]\nhidden = 16", "name = \"logistic\"");
    place.write("learner.toml", learner);
    place.run("train learner.toml --data-dir d").mentions("only a net learns the size of a fault");
}

#[test]
fn a_training_without_recordings_names_the_command_that_fetches_them() {
    let place = Place::new();
    place.write("tiny.toml", experiment(2));
    let before = place.tree();
    let ran =
        place.run("train tiny.toml --data-dir d").exits(3).mentions("error: no recording of cwru is in d");
    ran.mentions("help: brinell data fetch cwru --data-dir d");
    assert_eq!(place.tree(), before, "no empty run folder is left");
}

#[test]
fn a_dry_run_of_a_training_changes_nothing() {
    let place = Place::new();
    place.write("tiny.toml", experiment(2));
    let before = place.tree();
    let ran =
        place.run("train tiny.toml -n --seed 3,4 --data-dir d").exits(0).prints("would write runs/tiny");
    let ran = ran.prints("seeds 3, 4").prints("random-window at DE");
    // No recording is there: a folder of which nobody spoke is not named.
    ran.prints("would read  recordings of cwru, of which none is at hand");
    assert_eq!(place.tree(), before);
}

#[test]
fn a_flag_that_a_training_refuses_is_refused_by_its_dry_run_and_leaves_no_folder() {
    let place = Place::new();
    place.write("tiny.toml", experiment(2));
    let before = place.tree();
    for line in ["train tiny.toml --only bearing-wise -n", "train tiny.toml --only bearing-wise"] {
        let ran = place.run(line).exits(3).mentions("the experiment tiny has no protocol bearing-wise");
        assert!(ran.out.is_empty() && !ran.err.contains("runs"), "{}{}", ran.out, ran.err);
        assert_eq!(place.tree(), before);
    }
    place.write("run/mine.txt", "keep");
    place.run("train tiny.toml -o run -n").exits(2).mentions("run exists already");
}

#[test]
fn a_device_that_cannot_be_used_is_refused_before_anything_is_looked_for_and_leaves_no_folder() {
    let place = Place::new();
    place.write("tiny.toml", experiment(1));
    // No machine has as many.
    place
        .run("train tiny.toml -o run --device cuda:4096")
        .exits(4)
        .mentions("device `cuda:4096` cannot be used");
    let in_file = experiment(1).replace("batch = 32", "batch = 32\ndevice = \"cuda:4096\"");
    place.write("there.toml", in_file);
    place.run("train there.toml -o run").exits(4).mentions("device `cuda:4096` cannot be used");
    assert!(!place.path("run").exists());
    place.run("train there.toml -n").exits(0).prints("on cuda:4096");
    place.run("train there.toml -n --device cpu").exits(0).prints("on cpu");
    place.write("wrong.toml", experiment(1).replace("batch = 32", "batch = 32\ndevice = \"gpu\""));
    place.run("train wrong.toml -n").exits(2).mentions("`auto`, `cpu` or `cuda:N`");
    place.run("train tiny.toml -n --device gpu").exits(2).mentions("`auto`, `cpu` or `cuda:N`");
}

#[test]
fn a_folder_that_is_no_run_is_said() {
    let place = Place::new();
    std::fs::create_dir(place.path("plain")).unwrap();
    for line in ["evaluate plain", "train --resume plain"] {
        place.run(line).exits(3).mentions("plain cannot be used").mentions("config.toml");
    }
    place.run("evaluate gone").exits(3).mentions("gone does not exist");
}

#[test]
fn known_protocols_are_offered_for_a_mistyped_one() {
    let place = Place::new();
    place.write("tiny.toml", experiment(2));
    place.run("train tiny.toml --only leave-one-siz-out").exits(2).mentions("'leave-one-size-out'");
}

#[test]
fn mistyped_options_of_net_and_training_are_shown_where_they_stand() {
    let place = Place::new();
    let text = experiment(2)
        .replace("hidden = 16", "hiden = 16\nattention = \"cbm\"")
        .replace("batch = 32", "batch = 32\noptimiser = { kind = \"adamw\" }");
    place.write("tiny.toml", text);
    let ran = place.run("train tiny.toml -n").exits(2).mentions("error: 3 problems in tiny.toml\n");
    let ran = ran.mentions(
        "tiny.toml:31:1: unknown key `hiden`; did you mean `hidden`?; se-cnn takes widths, kernel, conv_bias, \
         attention, position, hidden, dropout\n",
    );
    let ran = ran.mentions("31 | hiden = 16\n").mentions("   | ^^^^^\n");
    let ran = ran.mentions(
        "tiny.toml:32:13: unknown kind of attention `cbm`; did you mean `cbam`?; known are none, se, cbam,",
    );
    ran.mentions(
        "tiny.toml:37:22: unknown kind of optimiser `adamw`; did you mean `adam-w`?; known are sgd, adam, adam-w, \
         rms-prop\n",
    );
}

#[test]
fn a_net_that_cannot_be_is_refused_before_recordings_are_looked_for() {
    let place = Place::new();
    let before = "widths = [4, 8]";
    place.write("tiny.toml", experiment(2).replace(before, "widths = [4, 8, 8, 8, 8]"));
    let ran = place.run("train tiny.toml --data-dir nowhere").exits(2).mentions("tiny.toml:28:2: ");
    ran.mentions("for random-window, input [1, 16, 16]: layer `features.pool4` cannot take an input of shape [8, 1, 1]");
    place.write("tiny.toml", experiment(2).replace("hidden = 16", "hidden = 0"));
    let ran = place.run("train tiny.toml --data-dir nowhere").exits(2);
    ran.mentions("tiny.toml:31:10: hidden = 0 is out of range: 1 to 65536\n");
}

#[test]
fn a_run_folder_whose_experiment_was_mistyped_is_not_evaluated() {
    let place = Place::new();
    std::fs::create_dir(place.path("run")).unwrap();
    place.write("run/config.toml", experiment(2).replace("se-cnn", "resnet-19"));
    let ran = place.run("evaluate run").exits(2).mentions("run/config.toml:29:8: unknown net `resnet-19`");
    ran.mentions("did you mean `resnet-18`?").mentions("densenet-121");
}

#[test]
fn a_published_setting_is_trained_by_its_name() {
    let place = Place::new();
    let net = "name = \"se-cnn\"\nwidths = [4, 8]\nhidden = 16";
    let text = experiment(2);
    assert!(text.contains(net));
    place.write("tiny.toml", text.replace(net, "name = \"resnet-18\"\nattention = \"cbam\""));
    place.run("train tiny.toml -n").exits(0).prints("would train tiny");
}

#[test]
fn epochs_are_added_to_a_run_only() {
    let place = Place::new();
    place.write("tiny.toml", experiment(2));
    place.run_words(&["train", "tiny.toml", "--epochs", "3"]).exits(2).mentions("--resume RUN --epochs N");
}
