//! A training that is killed, at any moment and again and again, and gone on with: every file is as if nothing had happened.
//! And disks that are full, and folders that may not be written.
//!
//! The recordings are simulated. The program has them from a store, which is also how it reads what no catalogue lists.

use crate::place::Place;
use crate::simulated;
use brinell_learn::{Experiment, PrepareOptions, prepare_store_of};
use brinell_signal::generator;
use rand::RngExt;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Two folds of a small net, calibrated on bearings held out in turn, a baseline, and a final model.
fn experiment() -> String {
    simulated::EXPERIMENT
        .replace("rate = \"12kHz\"", "rate = \"12kHz\"\nstore = \"s.h5\"")
        .replace("epochs = 4", "epochs = 2")
        .replace("[[protocol]]", "[calibration]\nmethod = \"temperature\"\n[[protocol]]")
        + "[[baseline]]\nname = \"plain\"\nmodel = { name = \"logistic\" }\n[[baseline.pipeline]]\nstep = \"envelope-peaks\"\n\
           [data.sensors.A.orders]\nbpfi = 5.4\nbpfo = 3.6\nbsf = 2.4\nftf = 0.4\n\
           [final]\nsensor = \"A\"\nnot_for = \"anything\"\n"
}

/// The experiment and its store in a folder.
fn prepared() -> Place {
    let place = Place::new();
    let file = place.write("small.toml", experiment());
    let store = place.path("s.h5");
    let options = PrepareOptions { store, ..PrepareOptions::default() };
    prepare_store_of(&Experiment::load(&file).unwrap(), &simulated::rig(true), &options).unwrap();
    place
}

/// Every file below a folder; of the epochs all but the seconds that they took.
fn files(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let (mut found, mut folders) = (BTreeMap::new(), vec![root.to_owned()]);
    while let Some(folder) = folders.pop() {
        for item in std::fs::read_dir(folder).unwrap() {
            let path = item.unwrap().path();
            let name = path.strip_prefix(root).unwrap().to_owned();
            if path.is_dir() {
                found.insert(name, Vec::new());
                folders.push(path);
                continue;
            }
            let mut bytes = std::fs::read(&path).unwrap();
            if path.ends_with("epochs.csv") {
                let text = String::from_utf8(bytes).unwrap();
                let rows = text.lines().map(|line| line.rsplit_once(',').unwrap().0);
                bytes = rows.collect::<Vec<_>>().join("\n").into_bytes();
            }
            found.insert(name, bytes);
        }
    }
    found
}

#[track_caller]
fn assert_same(whole: &BTreeMap<PathBuf, Vec<u8>>, other: &BTreeMap<PathBuf, Vec<u8>>, told: &str) {
    assert_eq!(whole.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>(), "{told}");
    for (path, bytes) in whole {
        assert!(bytes == &other[path], "{told}: {} differs", path.display());
    }
}

/// Starts or goes on with the run; whether it was over before the moment came at which it is killed.
fn train_until(place: &Place, moment: Duration) -> bool {
    let mut command = place.command();
    if place.path("run/config.toml").is_file() {
        command.args(["train", "--resume", "run", "-q"]);
    } else {
        command.args(["train", "small.toml", "-o", "run", "-q"]);
    }
    let begun = Instant::now();
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    while begun.elapsed() < moment {
        if child.try_wait().unwrap().is_some() {
            let output = child.wait_with_output().unwrap();
            let err = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{:?}: {err}", output.status);
            return true;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    // on Unix: SIGKILL, which nobody can catch
    child.kill().unwrap();
    child.wait().unwrap();
    false
}

/// `BRINELL_KILLS` runs, else 5, each killed at moments drawn anew until it is over.
#[test]
fn a_training_killed_at_any_moment_ends_with_the_files_of_an_unbroken_one() {
    let kills: usize = std::env::var("BRINELL_KILLS").ok().map_or(5, |text| text.parse().unwrap());
    let place = prepared();
    let begun = Instant::now();
    place.run("train small.toml -o run -q").exits(0);
    let mut length = begun.elapsed();
    let whole = files(&place.path("run"));
    assert!(whole.contains_key(Path::new("final/model.safetensors")), "{:?}", whole.keys());
    let mut random = generator(11, "moments");
    let (mut killed, mut runs) = (0, 0);
    while killed < kills {
        std::fs::remove_dir_all(place.path("run")).unwrap();
        let mut moments = Vec::new();
        loop {
            let drawn = length.mul_f64(random.random());
            let enough = killed + moments.len() >= kills;
            let moment = if enough { Duration::from_secs(600) } else { drawn };
            let begun = Instant::now();
            if train_until(&place, moment) {
                // the machine may have been slower at first
                let whole = if moments.is_empty() { begun.elapsed() } else { length };
                length = length.min(whole);
                break;
            }
            moments.push(moment);
        }
        killed += moments.len();
        runs += 1;
        assert_same(&whole, &files(&place.path("run")), &format!("killed after {moments:?} of {length:?}"));
    }
    println!("{killed} kills in {runs} runs of {length:?}");
}

#[test]
fn a_run_folder_that_holds_only_what_a_killed_run_was_writing_is_free() {
    let place = prepared();
    place.write("run/.brinell-abc123", "name = ");
    place.run("train small.toml -o run -q --only leave-one-size-out").exits(0);
    assert!(!place.path("run/.brinell-abc123").exists());
    place.write("run/folds/.brinell-abc123", "half");
    place.run("train --resume run -q --only leave-one-size-out").exits(0);
    assert!(!place.path("run/folds/.brinell-abc123").exists());
}

/// Runs a line of a shell in which no file may grow beyond so many blocks of 512 bytes; a write beyond is an error.
fn with_short_files(place: &Place, blocks: usize, line: &str) -> crate::place::Ran {
    place.shell(&format!("trap '' XFSZ; ulimit -f {blocks}; {line}"))
}

#[test]
fn a_disk_that_is_full_is_said_and_leaves_nothing_half_written() {
    let place = prepared();
    place.run("train small.toml -o whole -q").exits(0);
    let whole = files(&place.path("whole"));
    let largest = whole.values().map(Vec::len).max().unwrap();
    // no room for the first file, for the state, for the largest of all
    for blocks in [0, 8, largest / 512 - 1] {
        let ran = with_short_files(&place, blocks, "$BRINELL train small.toml -o run -q --jobs 1").exits(4);
        ran.mentions("cannot be written").mentions("why: file too large");
        if !place.path("run").is_dir() {
            continue;
        }
        for (path, bytes) in files(&place.path("run")) {
            let name = path.file_name().unwrap().to_string_lossy();
            assert!(!name.starts_with('.'), "{} was left", path.display());
            // those that are written again as the run goes on
            let grows = path.ends_with("epochs.csv") || path.file_stem().is_some_and(|stem| stem == "table");
            if let Some(sound) = whole.get(&path).filter(|_| !grows) {
                assert!(*sound == bytes, "{}", path.display());
            }
        }
        // there is room again
        let again = if place.path("run/config.toml").is_file() {
            "train --resume run -q"
        } else {
            "train small.toml -o run -q"
        };
        place.run(again).exits(0);
        assert_same(&whole, &files(&place.path("run")), "after there was room");
        std::fs::remove_dir_all(place.path("run")).unwrap();
    }
}

#[test]
fn a_folder_that_may_not_be_written_is_said() {
    let place = prepared();
    place.write("file", "");
    place.run("train small.toml -o file/run -q").exits(4).mentions("file/run cannot be written");
    place.run("train small.toml -o /proc/run -q").exits(4).mentions("/proc/run cannot be written");
    place.run("train small.toml --store gone.h5 -o run").exits(3).mentions("gone.h5 does not exist");
    assert!(!place.path("run").exists(), "no empty run folder is left");
    place.write("broken.h5", std::fs::read(place.path("s.h5")).unwrap().split_at(20_000).0);
    let ran = place.run("train small.toml --store broken.h5 -o run2").exits(3);
    ran.mentions("the store broken.h5 cannot be used")
        .mentions("help: prepare it anew: brinell data prepare");
}

/// A config that reads CWRU recordings.
fn cwru_config(place: &Place) -> Option<String> {
    let data = crate::place::cwru()?;
    let text = simulated::EXPERIMENT
        .replace("\"simulated\"", "\"cwru\"")
        .replace("[segments]", "[[data.records]]\nfile = [\"105\", \"118\", \"130\"]\n[segments]")
        .replace(
            "name = \"leave-one-size-out\"\nsensor = \"A\"",
            "name = \"random-window\"\nsensor = \"DE\"",
        );
    place.write("real.toml", text.replace("training_stride = 256\n", ""));
    Some(data.to_str().unwrap().to_owned())
}

#[test]
fn a_store_is_prepared_trained_on_and_not_overwritten() {
    let place = Place::new();
    let Some(data) = cwru_config(&place) else { return };
    let ran = place.run_words(&["data", "prepare", "real.toml", "-o", "s.h5", "--data-dir", &data]).exits(0);
    ran.prints("segments of 512 samples, 1 x 8 x 8 each")
        .prints("train: brinell train real.toml --store s.h5");
    place
        .run_words(&["data", "prepare", "real.toml", "-o", "s.h5", "--data-dir", &data])
        .exits(2)
        .mentions("--force");
    place.run_words(&["train", "real.toml", "-o", "plain", "-q", "--data-dir", &data]).exits(0);
    // no recording is at hand
    place.run("train real.toml -o stored -q --store s.h5 --data-dir nowhere").exits(0);
    let (plain, mut stored) = (files(&place.path("plain")), files(&place.path("stored")));
    stored.insert("config.toml".into(), plain[Path::new("config.toml")].clone());
    assert_same(&plain, &stored, "with and without a store");
    place.run("train real.toml -n --store s.h5").prints("would read  s.h5");
    let json =
        place.run_words(&["data", "prepare", "real.toml", "-o", "t.h5", "--json", "--data-dir", &data]);
    assert_eq!(json.exits(0).json()["schema"], "brinell.data.prepare/1");

    let before = place.tree();
    let shell = format!("$BRINELL data prepare real.toml -o full.h5 --data-dir {data}");
    with_short_files(&place, 100, &shell)
        .exits(4)
        .mentions("full.h5 cannot be written")
        .mentions("file too large");
    place.run_words(&["data", "prepare", "real.toml", "-o", "no/s.h5", "--data-dir", &data]).exits(4);
    assert_eq!(place.tree(), before, "nothing is left");
    for signal in ["KILL", "INT"] {
        let mut command: Command = place.command();
        command.args(["data", "prepare", "real.toml", "-o", "cut.h5", "--data-dir", &data]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(20));
        let _ = Command::new("/bin/sh").args(["-c", &format!("kill -{signal} {}", child.id())]).status();
        let done = child.wait().unwrap().success();
        assert_eq!(place.path("cut.h5").exists(), done, "{signal}");
        let _ = std::fs::remove_file(place.path("cut.h5"));
    }
}
