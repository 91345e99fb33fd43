//! Numbers of a fitted learner as tensors of a model file, and back. What a file holds is checked: names, types,
//! shapes, and that every number is finite.

use crate::error::{Error, Result};
use candle_core::{DType, Device, Tensor};
use std::collections::BTreeMap;

/// The tensors of one fitted learner, by name.
pub(super) type Tensors = BTreeMap<String, Tensor>;

/// Numbers of this shape, row after row.
pub(super) fn numbers(values: &[f64], shape: &[usize]) -> Result<Tensor> {
    Ok(Tensor::from_slice(values, shape, &Device::Cpu)?)
}

/// Whole numbers of this shape, as numbers: a model file holds no other type.
pub(super) fn counts(values: &[u32], shape: &[usize]) -> Result<Tensor> {
    numbers(&values.iter().copied().map(f64::from).collect::<Vec<f64>>(), shape)
}

/// Tensors that are read for a learner.
pub(super) struct Stored<'a> {
    /// The learner's name, for messages.
    pub(super) learner: &'static str,
    pub(super) tensors: &'a Tensors,
}

impl Stored<'_> {
    /// The numbers of the tensor `name`, which has to have this shape.
    pub(super) fn numbers(&self, name: &str, shape: &[usize]) -> Result<Vec<f64>> {
        let values: Vec<f64> = self.tensor(name, DType::F64, shape)?.flatten_all()?.to_vec1()?;
        match values.iter().find(|value| !value.is_finite()) {
            None => Ok(values),
            Some(value) => Err(self.damaged(&format!("`{name}` holds {value}"))),
        }
    }

    /// The whole numbers of the tensor `name`, which has to have this shape.
    pub(super) fn counts(&self, name: &str, shape: &[usize]) -> Result<Vec<u32>> {
        let whole = |value: &f64| value.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(value);
        let values = self.numbers(name, shape)?;
        match values.iter().find(|value| !whole(value)) {
            None => Ok(values.into_iter().map(|value| value as u32).collect()),
            Some(value) => Err(self.damaged(&format!("`{name}` holds {value}, which counts nothing"))),
        }
    }

    /// How many entries the tensor `name` has along its first axis; 0 when it is not there.
    pub(super) fn len(&self, name: &str) -> usize {
        self.tensors.get(name).and_then(|tensor| tensor.dims().first().copied()).unwrap_or(0)
    }

    /// The numbers of the classes that had examples: at least two, ascending, below `classes`.
    pub(super) fn present(&self, classes: usize) -> Result<Vec<u32>> {
        let present = self.counts("present", &[self.len("present")])?;
        let ascending = present.windows(2).all(|pair| pair[0] < pair[1]);
        if present.len() < 2 || !ascending || present.last().is_none_or(|last| *last as usize >= classes) {
            let why =
                format!("`present` should hold two or more of {classes} classes, ascending: {present:?}");
            return Err(self.damaged(&why));
        }
        Ok(present)
    }

    fn tensor(&self, name: &str, kind: DType, shape: &[usize]) -> Result<&Tensor> {
        let Some(tensor) = self.tensors.get(name) else {
            return Err(self.damaged(&format!("`{name}` is missing")));
        };
        if tensor.dtype() != kind || tensor.dims() != shape {
            let (found, dims) = (tensor.dtype(), tensor.dims());
            let why = format!("`{name}` should be {kind:?} of shape {shape:?}, it is {found:?} of {dims:?}");
            return Err(self.damaged(&why));
        }
        Ok(tensor)
    }

    /// The error for what does not hold together.
    pub(super) fn damaged(&self, why: &str) -> Error {
        Error::data(
            format!("the numbers of the learner `{}` cannot be used", self.learner),
            why,
            "take the model file anew from its run folder, or train it again",
        )
    }
}
