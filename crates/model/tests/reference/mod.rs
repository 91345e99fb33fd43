//! PyTorch's numbers, and how a net of this crate is held against them.
//!
//! `make.py` beside this file makes the numbers; `manifest.json` says of every case what it is made of, what it takes
//! and gives, and how far ours may be off.
#![allow(dead_code, clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeMap;

use brinell_model::{Init, Pass, Variables};
use candle_core::{DType, Device, Tensor, Var};
use serde_json::Value;

pub(crate) type Outcome = Result<(), Box<dyn std::error::Error>>;

/// One file of numbers.
pub(crate) struct Reference {
    file: String,
    manifest: Value,
    tensors: BTreeMap<String, (Vec<usize>, Vec<f64>)>,
}

impl Reference {
    /// Reads `FILE.safetensors` beside this file.
    pub(crate) fn read(file: &str) -> Self {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference");
        let manifest = std::fs::read_to_string(format!("{folder}/manifest.json")).unwrap();
        let bytes = std::fs::read(format!("{folder}/{file}.safetensors")).unwrap();
        let stored = safetensors::SafeTensors::deserialize(&bytes).unwrap();
        let mut tensors = BTreeMap::new();
        for (name, view) in stored.tensors() {
            let data = view.data();
            let values = match view.dtype() {
                safetensors::Dtype::F32 => {
                    let chunks = data.as_chunks().0.iter();
                    chunks.map(|b| f64::from(f32::from_le_bytes(*b))).collect()
                }
                safetensors::Dtype::F64 => {
                    data.as_chunks().0.iter().map(|b| f64::from_le_bytes(*b)).collect()
                }
                safetensors::Dtype::I64 => {
                    data.as_chunks().0.iter().map(|b| i64::from_le_bytes(*b) as f64).collect()
                }
                other => panic!("{name} is {other:?}"),
            };
            tensors.insert(name, (view.shape().to_vec(), values));
        }
        let file = format!("{file}.safetensors");
        Self { file, manifest: serde_json::from_str(&manifest).unwrap(), tensors }
    }

    /// Calls `check` for every case of the file, in both number types. What `check` does not know it has to refuse, so
    /// that no case is left out unseen.
    pub(crate) fn every(&self, check: impl FnMut(&Case) -> Outcome) {
        self.each("", check);
    }

    /// The same for the cases whose name begins with `prefix`.
    pub(crate) fn each(&self, prefix: &str, mut check: impl FnMut(&Case) -> Outcome) {
        let mut count = 0;
        for case in self.manifest["cases"].as_array().unwrap() {
            let name = case["case"].as_str().unwrap();
            if case["file"] != self.file.as_str() || !name.starts_with(prefix) {
                continue;
            }
            for dtype in [DType::F64, DType::F32] {
                let tolerance = if dtype == DType::F64 { "tol_f64" } else { "tol_f32" };
                let case = Case {
                    name: name.to_owned(),
                    dtype,
                    tolerance: case[tolerance].as_f64().unwrap(),
                    about: case,
                    reference: self,
                };
                check(&case).unwrap_or_else(|error| panic!("{name} {dtype:?}: {error}"));
                count += 1;
            }
        }
        assert!(count > 0, "no case begins with {prefix}");
    }
}

/// One case in one number type.
pub(crate) struct Case<'a> {
    pub(crate) name: String,
    pub(crate) dtype: DType,
    pub(crate) tolerance: f64,
    pub(crate) about: &'a Value,
    pub(crate) reference: &'a Reference,
}

impl Case<'_> {
    /// The same case with another tolerance, where PyTorch's own numbers are less exact than it says.
    pub(crate) fn within(&self, tolerance: f64) -> Case<'_> {
        Case {
            name: self.name.clone(),
            dtype: self.dtype,
            tolerance,
            about: self.about,
            reference: self.reference,
        }
    }

    pub(crate) fn stored(&self, key: &str) -> Option<&(Vec<usize>, Vec<f64>)> {
        self.reference.tensors.get(&format!("{}/{key}", self.name))
    }

    pub(crate) fn tensor(&self, key: &str) -> Tensor {
        let (shape, values) = self.stored(key).unwrap_or_else(|| panic!("{key} is not stored"));
        Tensor::from_vec(values.clone(), shape.as_slice(), &Device::Cpu)
            .and_then(|tensor| tensor.to_dtype(self.dtype))
            .unwrap()
    }

    pub(crate) fn keys(&self, role: &str) -> Vec<&str> {
        let keys = self.about[role].as_array().unwrap();
        keys.iter().map(|key| key.as_str().unwrap()).collect()
    }

    pub(crate) fn number(&self, key: &str) -> f64 {
        self.about["params"][key].as_f64().unwrap()
    }

    /// The shape of the input without the batch axis.
    pub(crate) fn input(&self) -> &[usize] {
        &self.stored("x").unwrap().0[1..]
    }

    pub(crate) fn flag(&self, key: &str) -> bool {
        self.about["params"][key].as_bool().unwrap_or(false)
    }

    /// A parameter that is one number or one a spatial axis, as one a spatial axis.
    pub(crate) fn axes(&self, key: &str, axes: usize) -> Vec<usize> {
        match &self.about["params"][key] {
            Value::Array(list) => list.iter().map(|v| v.as_u64().unwrap() as usize).collect(),
            value => vec![value.as_u64().unwrap() as usize; axes],
        }
    }

    pub(crate) fn compare(&self, key: &str, got: &Tensor) {
        let got = got.to_dtype(DType::F64).unwrap().flatten_all().unwrap();
        let got: Vec<f64> = got.to_vec1().unwrap();
        let (_, expected) = self.stored(key).unwrap_or_else(|| panic!("{key} is not stored"));
        assert_eq!(got.len(), expected.len(), "{} {key}", self.name);
        let largest = expected.iter().fold(1.0_f64, |a, b| a.max(b.abs()));
        let worst = got
            .iter()
            .zip(expected)
            .map(|(a, b)| (a - b).abs())
            .fold(0.0, |a: f64, b| if b.is_nan() { f64::INFINITY } else { a.max(b) });
        assert!(
            worst <= self.tolerance * largest,
            "{} {:?} {key}: off by {worst:e}, allowed {:e}",
            self.name,
            self.dtype,
            self.tolerance * largest
        );
    }

    /// Runs a module whose tensors are in `variables` in the modes that are stored, and compares
    /// results, gradients and running statistics. `rename` gives our name for a stored one.
    pub(crate) fn module(
        &self,
        variables: &Variables,
        rename: impl Fn(&str) -> String,
        forward: impl Fn(&Tensor, &mut Pass) -> brinell_model::Result<Tensor>,
    ) -> Outcome {
        let own: BTreeMap<&str, &Var> = variables.named().collect();
        let mut tensors = BTreeMap::new();
        for key in self.keys("in") {
            if let Some(name) = key.strip_prefix("p.").or_else(|| key.strip_prefix("buf.")) {
                let (name, mut tensor) = (rename(name), self.tensor(key));
                // Axes of 1 may stand elsewhere in ours.
                let long = |dims: &[usize]| dims.iter().copied().filter(|n| *n > 1).collect::<Vec<_>>();
                if let Some(var) = own.get(name.as_str())
                    && long(var.dims()) == long(tensor.dims())
                {
                    tensor = tensor.reshape(var.dims())?;
                }
                tensors.insert(name, tensor);
            }
        }
        for mode in ["eval", "train"] {
            if self.stored(&format!("{mode}.y")).is_none() {
                continue;
            }
            variables.load(&tensors)?;
            let mut pass = match mode {
                "eval" => Pass::evaluate(),
                _ => Pass::train(0, 0),
            };
            let x = Var::from_tensor(&self.tensor("x"))?;
            let y = forward(&x, &mut pass)?;
            self.compare(&format!("{mode}.y"), &y);
            let gradients = (y * self.tensor("up"))?.sum_all()?.backward()?;
            for key in self.keys("out") {
                let Some(rest) = key.strip_prefix(mode).and_then(|k| k.strip_prefix('.')) else {
                    continue;
                };
                if rest == "g.x" {
                    self.compare(key, gradients.get(&x).unwrap());
                } else if let Some(name) = rest.strip_prefix("g.") {
                    let gradient = gradients.get(own[rename(name).as_str()]).unwrap();
                    self.compare(key, gradient);
                } else if let Some(name) = rest.strip_prefix("gsum.") {
                    let gradient = gradients.get(own[rename(name).as_str()]).unwrap();
                    let g = gradient.to_dtype(DType::F64)?;
                    let sums = [g.sum_all()?, g.abs()?.sum_all()?, g.sqr()?.sum_all()?.sqrt()?];
                    self.compare(key, &Tensor::stack(&sums, 0)?);
                } else if let Some(name) = rest.strip_prefix("buf.") {
                    self.compare(key, own[rename(name).as_str()]);
                } else {
                    assert_eq!(rest, "y");
                }
            }
        }
        Ok(())
    }

    /// Runs a function of `x` alone.
    pub(crate) fn function(&self, forward: impl Fn(&Tensor) -> brinell_model::Result<Tensor>) -> Outcome {
        let x = Var::from_tensor(&self.tensor("x"))?;
        let y = forward(&x)?;
        self.compare("y", &y);
        let up = self.tensor("up").reshape(y.dims())?;
        let gradients = (y * up)?.sum_all()?.backward()?;
        self.compare("g.x", gradients.get(&x).unwrap());
        Ok(())
    }

    /// Variables with one parameter for each stored one, under the stored names.
    pub(crate) fn variables(&self) -> Variables {
        let mut variables = Variables::new(0, self.dtype, &Device::Cpu);
        for key in self.keys("in") {
            if let Some(name) = key.strip_prefix("p.") {
                let shape = &self.stored(key).unwrap().0;
                variables.parameter(name, shape, Init::Constant(0.0)).unwrap();
            }
        }
        variables
    }
}
