//! Weights averaged over steps.

use std::collections::BTreeMap;

use candle_core::Tensor;

use super::memory::like;
use super::memory_share;
use crate::error::{Error, Result};
use crate::variables::Variables;

/// An exponential moving average of a net's weights (Polyak 1992): after every step `e = d e + (1 - d) w`. It judges
/// better than the weights of the last step and costs nothing when the net runs. Buffers, such as running statistics,
/// are taken over as they are.
///
/// ```
/// use brinell_model::{Init, Variables, WeightAverage};
/// use candle_core::{DType, Device, Tensor};
///
/// let mut variables = Variables::new(1, DType::F64, &Device::Cpu);
/// let weight = variables.parameter("weight", &[1], Init::Constant(0.0))?;
/// let mut average = WeightAverage::new(0.9, &variables)?;
/// weight.set(&Tensor::ones(1, DType::F64, &Device::Cpu)?)?;
/// average.update(&variables)?;
/// assert!((average.to_tensors()["weight"].to_vec1::<f64>()?[0] - 0.1).abs() < 1e-12);
/// // a copy of the net that judges with the average
/// variables.load(average.to_tensors())?;
/// # Ok::<(), brinell_model::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct WeightAverage {
    decay: f64,
    tensors: BTreeMap<String, Tensor>,
}

impl WeightAverage {
    /// An average that begins at the weights as they are.
    ///
    /// # Errors
    /// A decay outside 0 <= decay < 1; memory of the device.
    pub fn new(decay: f64, variables: &Variables) -> Result<Self> {
        memory_share("decay", decay)?;
        Ok(Self { decay, tensors: variables.to_tensors()? })
    }

    /// The share of the past.
    pub fn decay(&self) -> f64 {
        self.decay
    }

    /// Takes the weights after a step into the average.
    ///
    /// # Errors
    /// A parameter that was not there when the average began. Nothing has changed then.
    pub fn update(&mut self, variables: &Variables) -> Result<()> {
        let mut tensors = BTreeMap::new();
        for (name, var) in variables.trainable() {
            let Some(old) = self.tensors.get(name) else {
                return Err(Error::Names { missing: vec![name.to_owned()], unknown: Vec::new() });
            };
            let new = var.as_detached_tensor();
            tensors.insert(name.to_owned(), ((old * self.decay)? + (new * (1.0 - self.decay))?)?);
        }
        for (name, var) in variables.buffers() {
            tensors.insert(name.to_owned(), var.as_detached_tensor().copy()?);
        }
        self.tensors = tensors;
        Ok(())
    }

    /// The averaged weights and the newest buffers by name, for [`Variables::load`]. They are also the whole state.
    pub fn to_tensors(&self) -> &BTreeMap<String, Tensor> {
        &self.tensors
    }

    /// Takes up what [`to_tensors`](Self::to_tensors) gave.
    ///
    /// # Errors
    /// Names, shapes or number types that are not those of the net. Nothing has changed then.
    pub fn restore(&mut self, tensors: &BTreeMap<String, Tensor>) -> Result<()> {
        let missing: Vec<String> =
            self.tensors.keys().filter(|name| !tensors.contains_key(*name)).cloned().collect();
        let unknown: Vec<String> =
            tensors.keys().filter(|name| !self.tensors.contains_key(*name)).cloned().collect();
        if !missing.is_empty() || !unknown.is_empty() {
            return Err(Error::Names { missing, unknown });
        }
        for (name, own) in &self.tensors {
            like(name, own, &tensors[name])?;
        }
        let copies = tensors.iter().map(|(name, tensor)| Ok((name.clone(), tensor.detach().copy()?)));
        self.tensors = copies.collect::<Result<_>>()?;
        Ok(())
    }
}
