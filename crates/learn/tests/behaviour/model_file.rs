//! What is read as a model, and what is refused.
#![allow(clippy::unwrap_used)]

use crate::simulated;

use brinell_learn::{Error, Protocol, ProtocolOptions, TrainOptions, Trained, Unobserved, train_on};
use brinell_signal::{Context, Hertz};
use simulated::{RATE, experiment, rig};

fn model() -> Trained {
    let mut experiment = experiment();
    experiment.training.epochs = 1;
    experiment.protocols = vec![ProtocolOptions::new(Protocol::RandomWindow, "A")];
    let folder = tempfile::tempdir().unwrap();
    let options = TrainOptions { run_folder: folder.path().join("run"), ..TrainOptions::default() };
    let run = train_on(&experiment, &rig(true), &options, &mut Unobserved).unwrap();
    Trained::load(&run.models[0]).unwrap()
}

fn why(bytes: &[u8]) -> String {
    match Trained::from_bytes(bytes, "some.safetensors") {
        Err(error @ Error::NotAModel { .. }) => error.to_string(),
        Err(error) => panic!("another error: {error}"),
        Ok(_) => panic!("it was taken for a model"),
    }
}

/// Replaces text in the header by other text of the same length.
fn with(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let at = bytes.windows(from.len()).position(|part| part == from.as_bytes()).unwrap();
    let mut changed = bytes.to_vec();
    changed[at..at + to.len()].copy_from_slice(to.as_bytes());
    changed
}

#[test]
fn a_model_survives_its_file_and_anything_else_is_refused_with_a_reason() {
    let model = model();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    model.save(&path).unwrap();
    let again = Trained::load(&path).unwrap();
    assert_eq!((again.facts(), again.sha256()), (model.facts(), model.sha256()));
    let samples: Vec<f32> = (0..3_000).map(|n| (n as f32 * 0.7).sin()).collect();
    let score = |model: &Trained| model.score(&samples, RATE, &Context::default()).unwrap();
    assert_eq!(score(&again), score(&model));

    let bytes = model.bytes();
    assert!(why(b"").contains("no whole safetensors file"));
    assert!(why(b"MATLAB 5.0 MAT-file, Platform: PCWIN").contains("no whole safetensors file"));
    for cut in [7, 100, bytes.len() / 2, bytes.len() - 1] {
        assert!(why(&bytes[..cut]).contains("no whole safetensors file"), "cut at {cut}");
    }
    assert!(why(&with(bytes, "\"brinell\":", "\"brinel_\":")).contains("no `brinell` metadata"));
    assert!(why(&with(bytes, "brinell.model/1", "brinell.model/9")).contains("brinell.model/9"));
    assert!(why(&with(bytes, "segment_length\\\":512", "segment_length\\\":  0")).contains("no length"));
    assert!(why(&with(bytes, "hidden\\\":16", "hidden\\\":17")).contains("its weights do not fit"));
    assert!(
        why(&with(bytes, "\\\"name\\\":\\\"normal\\\"", "\\\"nane\\\":\\\"normal\\\"")).contains("metadata")
    );
}

#[test]
fn no_damaged_header_makes_the_reader_panic_or_take_much_memory() {
    let bytes = model().bytes().to_vec();
    let header = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize + 8;
    for at in (0..header).step_by(3) {
        for value in [b'9', b'"', 0xff] {
            let mut changed = bytes.clone();
            changed[at] = value;
            let _ = Trained::from_bytes(&changed, "damaged");
        }
    }
}

#[test]
fn a_recording_that_the_model_cannot_judge_is_refused_with_the_way_out() {
    let model = model();
    let samples = vec![0.5_f32; 30_000];
    let judge = |count: usize, rate: f64| model.score(&samples[..count], Hertz(rate), &Context::default());
    let slow = judge(30_000, 8_000.0).unwrap_err().to_string();
    assert!(slow.contains("trained at 12000 Hz") && slow.contains("8000 Hz"), "{slow}");
    let short = judge(511, 12_000.0).unwrap_err().to_string();
    assert!(short.contains("512 samples") && short.contains("at least 0.043 s"), "{short}");
    // a faster recording is brought to the model's rate: 30000 samples at 48 kHz are 7500 at 12 kHz
    assert_eq!(judge(30_000, 48_000.0).unwrap().segments, 14);
    assert!(judge(30_000, f64::NAN).is_err());
}
