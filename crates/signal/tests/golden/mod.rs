//! Reads the golden vectors of this folder.
#![allow(dead_code, reason = "each test file reads its own part")]
#![allow(clippy::unwrap_used)]

use std::path::PathBuf;

use num_complex::Complex64;
use serde_json::Value;

/// One case: a function, its inputs and parameters, and what the reference gives.
pub(crate) struct Case {
    /// Unique name.
    pub(crate) id: String,
    /// Parameters as the manifest gives them.
    pub(crate) params: Value,
    case: Value,
    manifest: std::rc::Rc<Value>,
}

/// All cases of one function, in the manifest's order. Panics when there is none.
pub(crate) fn cases(function: &str) -> Vec<Case> {
    let text = std::fs::read_to_string(folder().join("manifest.json")).unwrap();
    let manifest = std::rc::Rc::new(serde_json::from_str::<Value>(&text).unwrap());
    let cases: Vec<Case> = manifest["cases"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|case| case["fn"] == function)
        .map(|case| Case {
            id: case["id"].as_str().unwrap().to_owned(),
            params: case["params"].clone(),
            case: case.clone(),
            manifest: manifest.clone(),
        })
        .collect();
    assert!(!cases.is_empty(), "no golden case of `{function}`");
    cases
}

/// A named input that is not tied to a case.
pub(crate) fn input(name: &str) -> Vec<f64> {
    read(&format!("in/{name}.npy")).1
}

impl Case {
    /// Input number `index` as real numbers.
    pub(crate) fn input(&self, index: usize) -> Vec<f64> {
        let name = self.case["inputs"][index].as_str().unwrap();
        read(self.manifest["inputs"][name]["file"].as_str().unwrap()).1
    }

    /// Input number `index` as complex numbers.
    pub(crate) fn complex_input(&self, index: usize) -> Vec<Complex64> {
        complex(&self.input(index))
    }

    /// A number among the parameters.
    pub(crate) fn number(&self, name: &str) -> f64 {
        self.params[name].as_f64().unwrap_or_else(|| panic!("{}: no number `{name}`", self.id))
    }

    /// A whole number among the parameters.
    pub(crate) fn integer(&self, name: &str) -> usize {
        let value = self.params[name].as_u64().unwrap_or_else(|| panic!("{}: no integer `{name}`", self.id));
        usize::try_from(value).unwrap()
    }

    /// A text among the parameters.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.params[name].as_str().unwrap_or_else(|| panic!("{}: no text `{name}`", self.id))
    }

    /// An output's shape, without the last axis of complex arrays.
    pub(crate) fn shape(&self, output: &str) -> Vec<usize> {
        let entry = &self.case["outputs"][output];
        let mut shape = read(entry["file"].as_str().unwrap()).0;
        if entry["complex"] == true {
            shape.pop();
        }
        shape
    }

    /// An output of real numbers, row-major.
    pub(crate) fn want(&self, output: &str) -> Vec<f64> {
        let entry = &self.case["outputs"][output];
        assert_eq!(entry["complex"], false, "{}: `{output}` is complex", self.id);
        read(entry["file"].as_str().unwrap()).1
    }

    /// An output of complex numbers, row-major.
    pub(crate) fn want_complex(&self, output: &str) -> Vec<Complex64> {
        let entry = &self.case["outputs"][output];
        assert_eq!(entry["complex"], true, "{}: `{output}` is real", self.id);
        complex(&read(entry["file"].as_str().unwrap()).1)
    }

    /// Fails unless `got` equals the output within the case's tolerances.
    pub(crate) fn check(&self, output: &str, got: &[f64]) {
        self.check_looser(output, got, 1.0);
    }

    /// Like [`Case::check`] with the relative tolerance times `factor`.
    pub(crate) fn check_looser(&self, output: &str, got: &[f64], factor: f64) {
        self.compare(
            output,
            got.iter().copied().map(Complex64::from),
            &complexify(&self.want(output)),
            factor,
        );
    }

    /// Fails unless `got` equals the complex output within the case's tolerances.
    pub(crate) fn check_complex(&self, output: &str, got: &[Complex64]) {
        self.compare(output, got.iter().copied(), &self.want_complex(output), 1.0);
    }

    fn compare(
        &self,
        output: &str,
        got: impl ExactSizeIterator<Item = Complex64>,
        want: &[Complex64],
        factor: f64,
    ) {
        assert_eq!(got.len(), want.len(), "{}: length of `{output}`", self.id);
        let peak = want.iter().map(|value| value.norm()).fold(0.0, f64::max);
        let tolerance =
            self.case["atol"].as_f64().unwrap() + factor * self.case["rtol"].as_f64().unwrap() * peak;
        for (index, (got, want)) in got.zip(want).enumerate() {
            let error = (got - want).norm();
            assert!(
                error <= tolerance,
                "{}: `{output}`[{index}] is {got}, the reference {want}: off by {error:e}, allowed {tolerance:e}",
                self.id
            );
        }
    }
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

/// Shape and row-major values of a `.npy` file of little-endian float64.
fn read(file: &str) -> (Vec<usize>, Vec<f64>) {
    let bytes = std::fs::read(folder().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
    let array = npyz::NpyFile::new(bytes.as_slice()).unwrap();
    let shape = array.shape().iter().map(|&length| usize::try_from(length).unwrap()).collect();
    (shape, array.into_vec::<f64>().unwrap())
}

fn complex(pairs: &[f64]) -> Vec<Complex64> {
    pairs.chunks_exact(2).map(|pair| Complex64::new(pair[0], pair[1])).collect()
}

fn complexify(values: &[f64]) -> Vec<Complex64> {
    values.iter().copied().map(Complex64::from).collect()
}
