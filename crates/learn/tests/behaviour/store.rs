//! A store of prepared segments: a run on it has the bytes of one without, and one of something else is refused.
#![allow(clippy::unwrap_used)]

use crate::simulated::{EXPERIMENT, experiment, rig};
use crate::whole_run::{contents, options};
use brinell_learn::{
    Error, Experiment, PrepareOptions, Recordings, TrainOptions, Unobserved, prepare_store_of, train,
    train_on,
};
use brinell_signal::{Context, Hertz, generator};
use rand::RngExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// More of everything: another cut for one protocol, a baseline with its own pipeline, a final model.
fn rich() -> Experiment {
    let text = EXPERIMENT.replace("epochs = 4", "epochs = 1")
        + r#"
[[protocol]]
name = "random-window"
sensor = "A"
segments = { length = 1024, stride = 1024 }
[[baseline]]
name = "plain"
model = { name = "logistic" }
[[baseline.pipeline]]
step = "envelope-peaks"
[final]
sensor = "A"
not_for = "anything"
[data.sensors.A.orders]
bpfi = 5.4
bpfo = 3.6
bsf = 2.4
ftf = 0.4
"#;
    Experiment::parse(&text, "rich.toml").unwrap()
}

fn prepare(experiment: &Experiment, recordings: &Recordings, store: &Path) -> Experiment {
    let options = PrepareOptions { store: store.to_owned(), ..PrepareOptions::default() };
    prepare_store_of(experiment, recordings, &options).unwrap();
    let mut reading = experiment.clone();
    reading.data.store = Some(store.to_owned());
    reading
}

/// All files of two runs are equal but for the line that names the store.
fn assert_same_but_for_the_store(plain: &Path, stored: &Path) {
    let (plain, mut stored) = (contents(plain), contents(stored));
    for (path, bytes) in &mut stored {
        if path.ends_with("config.toml") {
            let text = String::from_utf8(bytes.clone()).unwrap();
            let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with("store = ")).collect();
            *bytes = (lines.join("\n") + "\n").into_bytes();
        }
    }
    assert_eq!(plain.keys().collect::<Vec<_>>(), stored.keys().collect::<Vec<_>>());
    for (path, bytes) in &plain {
        assert!(bytes == &stored[path], "{} differs", path.display());
    }
}

#[test]
fn a_run_on_a_store_reads_no_recording_and_has_the_bytes_of_one_without() {
    let (recordings, experiment) = (rig(true), rich());
    let folder = tempfile::tempdir().unwrap();
    let reading = prepare(&experiment, &recordings, &folder.path().join("s.h5"));
    let (plain, stored) = (folder.path().join("plain"), folder.path().join("stored"));
    train_on(&experiment, &recordings, &options(&plain), &mut Unobserved).unwrap();
    // there is no folder of recordings: all comes from the store
    train(&reading, &options(&stored), &mut Unobserved).unwrap();
    assert_same_but_for_the_store(&plain, &stored);
}

#[test]
fn what_is_drawn_from_a_seed_is_computed_beside_a_store_to_the_same_bytes() {
    let text = EXPERIMENT.replace("epochs = 4", "epochs = 2")
        + "noise = { kind = \"white\", snr_db = 0 }\n[augmentation]\ncopies = 1\nshift = true\nmix = 0.5\n\
           [augmentation.simulated]\nbearings = 1\nsegments = 1\n";
    let experiment = Experiment::parse(&text, "drawn.toml").unwrap();
    let recordings = rig(true);
    let folder = tempfile::tempdir().unwrap();
    let reading = prepare(&experiment, &recordings, &folder.path().join("s.h5"));
    let (plain, stored) = (folder.path().join("plain"), folder.path().join("stored"));
    train_on(&experiment, &recordings, &options(&plain), &mut Unobserved).unwrap();
    train_on(&reading, &recordings, &options(&stored), &mut Unobserved).unwrap();
    assert_same_but_for_the_store(&plain, &stored);
}

#[test]
fn a_store_has_the_same_bytes_for_any_number_of_threads() {
    let (recordings, experiment) = (rig(true), rich());
    let folder = tempfile::tempdir().unwrap();
    let made = [1, 2, 5].map(|threads| {
        let path = folder.path().join(format!("{threads}.h5"));
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| prepare(&experiment, &recordings, &path));
        std::fs::read(path).unwrap()
    });
    assert!(made[0] == made[1] && made[0] == made[2]);
}

/// The refusal of a run of `experiment` on a store, in words.
fn refusal(experiment: &Experiment, store: &Path) -> String {
    let folder = tempfile::tempdir().unwrap();
    let mut experiment = experiment.clone();
    experiment.data.store = Some(store.to_owned());
    let run = folder.path().join("run");
    let error = train(&experiment, &options(&run), &mut Unobserved).unwrap_err();
    assert!(matches!(error, Error::Store { .. }), "{error}");
    assert!(!run.join("folds").exists(), "nothing is trained");
    error.to_string()
}

#[test]
fn a_store_of_something_else_is_refused_with_what_differs() {
    let (recordings, experiment) = (rig(true), experiment());
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("s.h5");
    prepare(&experiment, &recordings, &store);
    let with = |from: &str, to: &str| {
        assert!(EXPERIMENT.contains(from));
        refusal(&Experiment::parse(&EXPERIMENT.replacen(from, to, 1), "other.toml").unwrap(), &store)
    };
    for (from, to, said) in [
        ("hop = 32", "hop = 16", "it was made by another pipeline: "),
        ("length = 512", "length = 256", "it holds segments of 512 samples, the experiment asks for 256"),
        (
            "training_stride = 256",
            "training_stride = 100",
            "it was cut otherwise: the experiment asks for 512 samples",
        ),
        ("rate = \"12kHz\"", "rate = \"6kHz\"", "it was made at 12000 Hz, the experiment asks for 6000 Hz"),
        (
            "[segments]",
            "[data.sensors.A.orders]\nbpfi = 5.4\nbpfo = 3.6\nbsf = 2.4\nftf = 0.4\n[segments]",
            "its fault orders were unknown, and are [5.4, 3.6, 2.4, 0.4]",
        ),
    ] {
        let text = with(from, to);
        assert!(text.contains(said), "{text}");
        assert!(
            text.contains("help: prepare one for this experiment: brinell data prepare CONFIG -o "),
            "{text}"
        );
    }
    let mut other = experiment.clone();
    other.data.dataset = "cwru".to_owned();
    other.protocols[0].sensor = "DE".to_owned();
    let text = refusal(&other, &store);
    assert!(text.contains("it holds data set simulated, the experiment asks for cwru"), "{text}");

    // one recording is another, and one was not there
    let changed = |change: &dyn Fn(usize, &mut brinell_formats::Entry, &mut Vec<f32>) -> bool| {
        let signals = recordings.signals().iter().enumerate().filter_map(|(at, one)| {
            let (mut entry, mut samples) = (one.entry.clone(), one.samples.to_vec());
            change(at, &mut entry, &mut samples).then(|| (entry, one.sensor.clone(), samples))
        });
        Recordings::in_memory(recordings.rate(), signals.collect()).unwrap()
    };
    let mut reading = experiment.clone();
    reading.data.store = Some(store);
    let on = |recordings: &Recordings| {
        let run = folder.path().join("never");
        train_on(&reading, recordings, &options(&run), &mut Unobserved).unwrap_err().to_string()
    };
    let text = on(&changed(&|at, entry, _| {
        if at == 3 {
            entry.sha256 = "0".repeat(64);
        }
        true
    }));
    assert!(text.contains("it was made of another recording r03: its SHA-256 was "), "{text}");
    let text = on(&changed(&|at, _, samples| {
        if at == 3 {
            samples.truncate(5_000);
        }
        true
    }));
    assert!(text.contains("recording r03: it had 6000 samples, and has 5000"), "{text}");
    let fewer = changed(&|at, _, _| at != 4);
    let small = folder.path().join("small.h5");
    prepare(&experiment, &fewer, &small);
    reading.data.store = Some(small);
    let text = train_on(&reading, &recordings, &options(&folder.path().join("never")), &mut Unobserved);
    let text = text.unwrap_err().to_string();
    assert!(text.contains("it lacks recording r04 at A"), "{text}");
}

#[test]
fn a_damaged_store_is_an_error_or_does_no_harm() {
    let text = EXPERIMENT.replace("epochs = 4", "epochs = 1").replace("\"se-cnn\"", "\"logistic\"");
    let from = text.find("widths").unwrap();
    let to = text.find("[training]").unwrap();
    let experiment = Experiment::parse(&format!("{}{}", &text[..from], &text[to..]), "x.toml").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("s.h5");
    let mut reading = prepare(&experiment, &rig(true), &store);
    let whole = std::fs::read(&store).unwrap();
    let run = |at: usize| folder.path().join(format!("run-{at}"));
    train(&reading, &options(&run(0)), &mut Unobserved).unwrap();
    let sound = std::fs::read(run(0).join("scores.json")).unwrap();

    let broken = folder.path().join("broken.h5");
    reading.data.store = Some(broken.clone());
    let mut random = generator(7, "damage");
    let (mut refused, mut harmless) = (0, 0);
    let mut attempt = |at: usize, bytes: &[u8]| {
        std::fs::write(&broken, bytes).unwrap();
        match train(&reading, &options(&run(at)), &mut Unobserved) {
            Err(error) => {
                assert!(matches!(error, Error::Store { .. }), "{at}: {error}");
                refused += 1;
            }
            // a byte of what nobody reads, such as a name of the maker
            Ok(_) => {
                assert!(std::fs::read(run(at).join("scores.json")).unwrap() == sound, "{at}");
                harmless += 1;
            }
        }
        std::fs::remove_dir_all(run(at)).ok();
    };
    for (at, part) in [0, 1, 100, whole.len() / 2, whole.len() - 1].into_iter().enumerate() {
        attempt(1 + at, &whole[..part]);
    }
    for at in 0..60 {
        let mut bytes = whole.clone();
        let place = random.random_range(0..bytes.len());
        bytes[place] ^= random.random_range(1..=255_u8);
        attempt(100 + at, &bytes);
    }
    assert!(refused > 40, "{refused} refused, {harmless} harmless");
    reading.data.store = Some(folder.path().join("gone.h5"));
    let error = train(&reading, &options(&run(999)), &mut Unobserved).unwrap_err();
    assert!(matches!(error, Error::Io { action: "read", .. }), "{error}");
}

#[test]
fn a_store_that_was_stopped_or_has_no_room_is_not_there() {
    let (recordings, experiment) = (rig(true), experiment());
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("s.h5");
    let stop = Some(Arc::new(AtomicBool::new(true)));
    let options = PrepareOptions { store: store.clone(), stop, ..PrepareOptions::default() };
    let error = prepare_store_of(&experiment, &recordings, &options).unwrap_err();
    assert!(matches!(error, Error::Stopped { .. }), "{error}");
    let nowhere = PrepareOptions { store: folder.path().join("no/such/s.h5"), ..PrepareOptions::default() };
    let error = prepare_store_of(&experiment, &recordings, &nowhere).unwrap_err();
    assert!(matches!(error, Error::Io { action: "create a file in", .. }), "{error}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

/// A Python with h5py: the one named by `BRINELL_PYTHON`, else `python3` where it has it.
#[allow(clippy::print_stderr)]
fn python() -> Option<PathBuf> {
    let named = std::env::var_os("BRINELL_PYTHON").map(PathBuf::from);
    let python = named.unwrap_or_else(|| "python3".into());
    let has = Command::new(&python).args(["-c", "import h5py"]).output();
    if has.is_ok_and(|ran| ran.status.success()) {
        return Some(python);
    }
    eprintln!("skipped: no Python with h5py");
    None
}

#[test]
fn hdf5s_own_library_reads_what_the_pipeline_makes() {
    let Some(python) = python() else { return };
    let (recordings, experiment) = (rig(true), rich());
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("s.h5");
    prepare(&experiment, &recordings, &store);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/read_store.py");
    let ran = Command::new(python).arg(script).arg(&store).arg(folder.path()).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let found: serde_json::Value = serde_json::from_slice(&ran.stdout).unwrap();
    assert_eq!(found["attributes"]["schema"], "brinell.store/1");
    assert_eq!(found["attributes"]["dataset"], "simulated");
    assert_eq!(found["experiment"], experiment.to_toml().unwrap());
    let table = &found["recordings"];
    for (at, one) in recordings.signals().iter().enumerate() {
        assert_eq!(table["file"][at], one.entry.file.as_str());
        assert_eq!(table["sha256"][at], one.entry.sha256.as_str());
        assert_eq!(table["label"][at], one.entry.fault.name());
        assert_eq!(table["rate_hz"][at], one.entry.rate.0);
        assert_eq!(table["speed_hz"][at], one.entry.speed.as_ref().unwrap().value.0);
    }
    let ways = found["ways"].as_array().unwrap();
    assert_eq!(ways.len(), 4, "two pipelines, two lengths");
    let orders = experiment.data.sensors["A"].orders;
    for (number, way) in ways.iter().enumerate() {
        let pipeline = serde_json::from_str(way["attributes"]["steps"].as_str().unwrap()).unwrap();
        let length: usize = way["attributes"]["segment_length"].as_u64().unwrap() as usize;
        let pipeline: brinell_signal::Pipeline = pipeline;
        let plan = pipeline.plan(Hertz(12_000.0), length).unwrap();
        let toml = way["attributes"]["pipeline"].as_str().unwrap();
        assert_eq!(brinell_learn::parse_pipeline(toml, "attribute").unwrap(), pipeline);
        assert_eq!(way["filters"], serde_json::json!([true, "gzip"]));
        let mut expected = Vec::new();
        for segment in way["segments"].as_array().unwrap() {
            let [place, start] = [0, 1].map(|at| segment[at].as_u64().unwrap() as usize);
            let one = &recordings.signals()[place];
            let shaft = one.entry.speed.as_ref().map(|speed| speed.value);
            let context = Context { shaft, orders: Some(orders) };
            expected.push((&one.samples[start..start + length], context));
        }
        let expected = plan.process_many(&expected).unwrap();
        let bytes: Vec<u8> = expected.iter().flat_map(|value| value.to_le_bytes()).collect();
        let read = std::fs::read(folder.path().join(format!("{number}.f32"))).unwrap();
        assert!(!read.is_empty() && read == bytes, "way {number}");
        let shape: Vec<usize> =
            way["shape"].as_array().unwrap()[1..].iter().map(|n| n.as_u64().unwrap() as usize).collect();
        assert_eq!(shape, plan.output_shape());
    }
}

#[test]
fn a_run_on_a_store_goes_on_where_it_was_stopped() {
    let (recordings, experiment) = (rig(true), experiment());
    let folder = tempfile::tempdir().unwrap();
    let reading = prepare(&experiment, &recordings, &folder.path().join("s.h5"));
    let (whole, broken) = (folder.path().join("whole"), folder.path().join("broken"));
    train(&reading, &options(&whole), &mut Unobserved).unwrap();
    let stop = Some(Arc::new(AtomicBool::new(true)));
    let stopped = TrainOptions { stop, ..options(&broken) };
    assert!(matches!(train(&reading, &stopped, &mut Unobserved), Err(Error::Interrupted { .. })));
    train(&reading, &TrainOptions { resume: true, ..options(&broken) }, &mut Unobserved).unwrap();
    crate::whole_run::assert_same(&whole, &broken);
}
