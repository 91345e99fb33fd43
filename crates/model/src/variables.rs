//! The named tensors of a net: what is trained and what is only kept.

use std::collections::BTreeMap;

use candle_core::{DType, Device, Tensor, Var};
use rand::RngExt;
use rand_distr::StandardNormal;

use crate::error::{Error, Result};
use crate::generator::Key;

/// How a parameter begins.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Init {
    /// Every element the same.
    Constant(f64),
    /// Uniform between minus and plus the bound.
    Uniform {
        /// The bound.
        bound: f64,
    },
    /// Normal with mean 0.
    Normal {
        /// The standard deviation.
        deviation: f64,
    },
    /// Normal with mean 0, drawn again while beyond twice the deviation (transformers).
    Truncated {
        /// The standard deviation before the cut.
        deviation: f64,
    },
}

impl Init {
    /// Kaiming normal, fan out, gain of ReLU: deviation `sqrt(2 / (outputs * taps))` for a
    /// convolution weight `[O, C / groups, taps...]` (He 2015; torchvision's choice).
    pub fn kaiming_fan_out(shape: &[usize]) -> Self {
        let fan = product(shape.iter().take(1).chain(shape.iter().skip(2)));
        Self::Normal { deviation: (2.0 / fan.max(1) as f64).sqrt() }
    }

    /// Kaiming normal, fan in, gain of ReLU: deviation `sqrt(2 / (inputs * taps))` for a weight `[O, I, taps...]`
    /// (DenseNet's choice).
    pub fn kaiming_fan_in(shape: &[usize]) -> Self {
        let fan = product(shape.iter().skip(1));
        Self::Normal { deviation: (2.0 / fan.max(1) as f64).sqrt() }
    }

    /// Uniform within `1 / sqrt(fan in)`: PyTorch's default for linear layers and biases.
    pub fn fan_in(fan: usize) -> Self {
        Self::Uniform { bound: 1.0 / (fan.max(1) as f64).sqrt() }
    }
}

fn product<'a>(sizes: impl Iterator<Item = &'a usize>) -> usize {
    sizes.copied().fold(1, usize::saturating_mul)
}

/// All tensors of a net by name.
///
/// Parameters are trained; buffers (running statistics) are kept and stored. Both are listed in
/// the order of their names. The first values depend on the seed and the parameter's own name, so a
/// further layer leaves the others as they were. Clones share their tensors; see
/// [`Variables::to_tensors`] for a copy.
#[derive(Debug, Clone)]
pub struct Variables {
    seed: u64,
    dtype: DType,
    device: Device,
    parameters: BTreeMap<String, Var>,
    buffers: BTreeMap<String, Var>,
}

impl Variables {
    /// No tensors yet. `dtype` is `F32` or `F64`.
    pub fn new(seed: u64, dtype: DType, device: &Device) -> Self {
        Self { seed, dtype, device: device.clone(), parameters: BTreeMap::new(), buffers: BTreeMap::new() }
    }

    /// The number type of all tensors.
    pub fn dtype(&self) -> DType {
        self.dtype
    }

    /// Where the tensors lie.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// Adds a parameter and draws its first values.
    ///
    /// # Errors
    /// A name that is taken; a number type that cannot be trained.
    pub fn parameter(&mut self, name: &str, shape: &[usize], init: Init) -> Result<Var> {
        let var = self.create(name, shape, init)?;
        self.parameters.insert(name.to_owned(), var.clone());
        Ok(var)
    }

    /// Adds a tensor that is kept and stored but not trained.
    ///
    /// # Errors
    /// A name that is taken; a number type that cannot be trained.
    pub fn buffer(&mut self, name: &str, shape: &[usize], init: Init) -> Result<Var> {
        let var = self.create(name, shape, init)?;
        self.buffers.insert(name.to_owned(), var.clone());
        Ok(var)
    }

    fn create(&self, name: &str, shape: &[usize], init: Init) -> Result<Var> {
        if self.parameters.contains_key(name) || self.buffers.contains_key(name) {
            return Err(Error::Duplicate { name: name.to_owned() });
        }
        if !matches!(self.dtype, DType::F32 | DType::F64) {
            return Err(Error::config("dtype", format!("{:?}", self.dtype), "F32 or F64"));
        }
        let count: usize = shape.iter().product();
        let mut generator = Key::new(self.seed, 0, name).generator();
        let values: Vec<f64> = match init {
            Init::Constant(value) => vec![value; count],
            Init::Uniform { bound } => {
                (0..count).map(|_| (2.0 * generator.random::<f64>() - 1.0) * bound).collect()
            }
            Init::Normal { deviation } => {
                (0..count).map(|_| generator.sample::<f64, _>(StandardNormal) * deviation).collect()
            }
            Init::Truncated { deviation } => {
                let mut draw = || loop {
                    let value = generator.sample::<f64, _>(StandardNormal);
                    if value.abs() <= 2.0 {
                        return value * deviation;
                    }
                };
                (0..count).map(|_| draw()).collect()
            }
        };
        let tensor = match self.dtype {
            DType::F64 => Tensor::from_vec(values, shape, &self.device)?,
            _ => {
                let values: Vec<f32> = values.into_iter().map(|v| v as f32).collect();
                Tensor::from_vec(values, shape, &self.device)?
            }
        };
        Ok(Var::from_tensor(&tensor)?)
    }

    /// The parameters, by name.
    pub fn trainable(&self) -> impl Iterator<Item = (&str, &Var)> {
        self.parameters.iter().map(|(name, var)| (name.as_str(), var))
    }

    /// The buffers, by name.
    pub fn buffers(&self) -> impl Iterator<Item = (&str, &Var)> {
        self.buffers.iter().map(|(name, var)| (name.as_str(), var))
    }

    /// Parameters and buffers together, by name.
    pub fn named(&self) -> impl Iterator<Item = (&str, &Var)> {
        let mut all: Vec<(&str, &Var)> = self.trainable().chain(self.buffers()).collect();
        all.sort_by_key(|(name, _)| *name);
        all.into_iter()
    }

    /// The number of trained numbers.
    pub fn count(&self) -> u64 {
        self.parameters.values().map(|var| var.elem_count() as u64).sum()
    }

    /// A copy of all tensors by name, free of the graph, that later training does not change.
    ///
    /// # Errors
    /// Memory of the device.
    pub fn to_tensors(&self) -> Result<BTreeMap<String, Tensor>> {
        self.named().map(|(name, var)| Ok((name.to_owned(), var.as_detached_tensor().copy()?))).collect()
    }

    /// Sets all tensors, converting between `f32` and `f64` when need be. Either all are set or,
    /// on an error, none.
    ///
    /// # Errors
    /// A name that is missing or unknown, another shape.
    pub fn load(&self, tensors: &BTreeMap<String, Tensor>) -> Result<()> {
        self.load_but(tensors, &[])
    }

    /// The same without those whose names begin with one of `except`, here and there: the weights of a net for other
    /// classes, `load_but(&tensors, &["fc."])`.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn load_but(&self, tensors: &BTreeMap<String, Tensor>, except: &[&str]) -> Result<()> {
        let counts = |name: &str| !except.iter().any(|start| name.starts_with(start));
        let own: BTreeMap<&str, &Var> = self.named().filter(|(name, _)| counts(name)).collect();
        let missing: Vec<String> =
            own.keys().filter(|name| !tensors.contains_key(**name)).map(|name| (*name).to_owned()).collect();
        let unknown: Vec<String> =
            tensors.keys().filter(|name| counts(name) && !own.contains_key(name.as_str())).cloned().collect();
        if !missing.is_empty() || !unknown.is_empty() {
            return Err(Error::Names { missing, unknown });
        }
        let mut values = Vec::with_capacity(own.len());
        for (&name, &var) in &own {
            let tensor = &tensors[name];
            if tensor.dims() != var.dims() {
                return Err(Error::Shape {
                    name: name.to_owned(),
                    expected: var.dims().to_vec(),
                    found: tensor.dims().to_vec(),
                });
            }
            let tensor = tensor.to_device(&self.device)?.to_dtype(self.dtype)?;
            values.push((var, tensor.detach().copy()?));
        }
        for (var, value) in values {
            var.set(&value)?;
        }
        Ok(())
    }
}
