//! Other programs' numbers, and how ours are held against them. `make.py` beside this file makes them.
#![allow(clippy::unwrap_used)]

use brinell_learn::metrics::{Predictions, Probabilities, Rows};
use serde_json::Value;

/// The cases of `sklearn.json` of one kind.
pub(crate) fn sklearn(kind: &str) -> Vec<Value> {
    let cases = read("sklearn.json")[kind].as_array().unwrap().clone();
    assert!(!cases.is_empty(), "{kind}");
    cases
}

/// The cases of `learners.json` of one kind.
pub(crate) fn learners(kind: &str) -> Vec<Value> {
    let cases = read("learners.json")[kind].as_array().unwrap().clone();
    assert!(!cases.is_empty(), "{kind}");
    cases
}

/// One case of `torch.json`.
pub(crate) fn torch(case: &str) -> Value {
    let found = read("torch.json")[case].clone();
    assert!(found.is_object(), "{case}");
    found
}

fn read(file: &str) -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference/").to_owned() + file;
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

pub(crate) fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect()
}

pub(crate) fn optional(value: &Value) -> Vec<Option<f64>> {
    value.as_array().unwrap().iter().map(Value::as_f64).collect()
}

/// Class numbers, which PyTorch's cases hold as floats.
pub(crate) fn labels(value: &Value) -> Vec<u32> {
    numbers(value).iter().map(|label| *label as u32).collect()
}

pub(crate) fn flags(value: &Value) -> Vec<bool> {
    value.as_array().unwrap().iter().map(|flag| flag.as_bool().unwrap()).collect()
}

pub(crate) fn count(value: &Value) -> usize {
    value.as_u64().unwrap() as usize
}

pub(crate) fn rows(width: usize, value: &Value) -> Rows {
    Rows::new(width, numbers(value)).unwrap()
}

pub(crate) fn predictions(classes: usize, probabilities: &Value, truth: &Value) -> Predictions {
    Predictions::new(Probabilities::new(rows(classes, probabilities)).unwrap(), labels(truth)).unwrap()
}

/// Softmax of each row of logits, written out anew: what is tested has its own.
pub(crate) fn softmax(logits: &Rows) -> Probabilities {
    let plain = |row: &[f64]| -> Vec<f64> {
        let sum: f64 = row.iter().map(|z| z.exp()).sum();
        row.iter().map(|z| z.exp() / sum).collect()
    };
    Probabilities::new(Rows::new(logits.width(), logits.iter().flat_map(plain).collect()).unwrap()).unwrap()
}

/// Within `tolerance`, relative where the numbers are above 1.
#[track_caller]
pub(crate) fn near(what: &str, found: f64, expected: f64, tolerance: f64) {
    let off = (found - expected).abs();
    assert!(
        off <= tolerance * expected.abs().max(1.0),
        "{what}: {found} instead of {expected}, off by {off:e}"
    );
}

#[track_caller]
pub(crate) fn all_near(what: &str, found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (at, (found, expected)) in found.iter().zip(expected).enumerate() {
        near(&format!("{what}, {at}"), *found, *expected, tolerance);
    }
}

/// As [`all_near`], and undefined in the same places.
#[track_caller]
pub(crate) fn all_near_or_none(what: &str, found: &[Option<f64>], expected: &[Option<f64>], tolerance: f64) {
    let defined = |values: &[Option<f64>]| values.iter().map(Option::is_some).collect::<Vec<bool>>();
    assert_eq!(defined(found), defined(expected), "{what}");
    let (found, expected): (Vec<f64>, Vec<f64>) =
        (found.iter().flatten().copied().collect(), expected.iter().flatten().copied().collect());
    all_near(what, &found, &expected, tolerance);
}
