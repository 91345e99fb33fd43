//! Optimisers whose state can be stored.

use std::collections::BTreeMap;
use std::sync::Mutex;

use candle_core::backend::BackendStorage;
use candle_core::backprop::GradStore;
use candle_core::{CpuStorage, DType, Device, InplaceOp1, Layout, Result as TensorResult, Tensor, Var};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::ops::{Element, Host, sum_of, wide};
use crate::variables::Variables;

/// Elements in one piece of parallel work.
const PIECE: usize = 1 << 15;

/// How the weights are kept small.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decay {
    /// The decay is added to the gradient: Adam.
    #[default]
    InGradient,
    /// The weights shrink by themselves before the step: AdamW (Loshchilov 2019).
    Decoupled,
}

/// Parameters of [`Adam`] (Kingma 2015); the defaults are PyTorch's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AdamParams {
    /// Step size, above 0.
    pub learning_rate: f64,
    /// Memory of the mean of the gradient, 0 <= beta1 < 1.
    pub beta1: f64,
    /// Memory of the mean of its square, 0 <= beta2 < 1.
    pub beta2: f64,
    /// Added to the root, outside the bias correction.
    pub eps: f64,
    /// How fast weights shrink, 0 or more. Applies to every parameter.
    pub weight_decay: f64,
    /// Where the decay enters.
    pub decay: Decay,
    /// Longest gradient, over all parameters together; longer ones are scaled down.
    pub clip_norm: Option<f64>,
}

impl Default for AdamParams {
    fn default() -> Self {
        Self {
            learning_rate: 1e-3,
            beta1: 0.9,
            beta2: 0.999,
            eps: 1e-8,
            weight_decay: 0.0,
            decay: Decay::InGradient,
            clip_norm: None,
        }
    }
}

impl AdamParams {
    fn check(&self) -> Result<()> {
        let rate = |field: &str, value: f64| {
            if value.is_finite() && value > 0.0 {
                Ok(())
            } else {
                Err(Error::config(field, value, "above 0 and finite"))
            }
        };
        rate("learning_rate", self.learning_rate)?;
        for (field, value) in [("beta1", self.beta1), ("beta2", self.beta2)] {
            if !(0.0..1.0).contains(&value) {
                return Err(Error::config(field, value, "0 or more and below 1"));
            }
        }
        for (field, value) in [("eps", self.eps), ("weight_decay", self.weight_decay)] {
            if !(value.is_finite() && value >= 0.0) {
                return Err(Error::config(field, value, "0 or more and finite"));
            }
        }
        match self.clip_norm {
            Some(norm) => rate("clip_norm", norm),
            None => Ok(()),
        }
    }
}

/// First and second moments of one parameter's gradient, in the parameter's number type.
enum Moments {
    F32(Vec<f32>, Vec<f32>),
    F64(Vec<f64>, Vec<f64>),
}

/// Adam and AdamW with PyTorch's semantics; moments and step count can be stored, so a resumed run
/// equals an unbroken one bit for bit.
pub struct Adam {
    params: AdamParams,
    step: u64,
    moments: BTreeMap<String, Mutex<Moments>>,
}

impl Adam {
    /// An optimiser that has taken no step.
    ///
    /// # Errors
    /// A parameter out of range.
    pub fn new(params: AdamParams) -> Result<Self> {
        params.check()?;
        Ok(Self { params, step: 0, moments: BTreeMap::new() })
    }

    /// The parameters in use.
    pub fn params(&self) -> &AdamParams {
        &self.params
    }

    /// Steps taken so far.
    pub fn steps(&self) -> u64 {
        self.step
    }

    /// Changes the step size from the next step on.
    ///
    /// # Errors
    /// A rate that is not above 0.
    pub fn set_learning_rate(&mut self, learning_rate: f64) -> Result<()> {
        let params = AdamParams { learning_rate, ..self.params.clone() };
        params.check()?;
        self.params = params;
        Ok(())
    }

    /// Takes one step along the gradients of every parameter; gives the length of the whole
    /// gradient before clipping.
    ///
    /// # Errors
    /// A parameter without gradient; a gradient that is not finite. Nothing has changed then.
    pub fn step(&mut self, variables: &Variables, gradients: &GradStore) -> Result<f64> {
        let mut pairs = Vec::new();
        for (name, var) in variables.trainable() {
            let gradient = gradients.get(var).ok_or_else(|| Error::NoGradient { name: name.to_owned() })?;
            pairs.push((name, var, gradient.contiguous()?));
        }
        let norm = global_norm(pairs.iter().map(|(name, _, gradient)| (*name, gradient)))?;
        let scale = self.params.clip_norm.map_or(1.0, |most| clip_factor(norm, most));
        let time = (self.step + 1) as f64;
        let rates = Rates {
            scale,
            beta1: self.params.beta1,
            beta2: self.params.beta2,
            eps: self.params.eps,
            size: self.params.learning_rate / (1.0 - self.params.beta1.powf(time)),
            root: (1.0 - self.params.beta2.powf(time)).sqrt(),
            in_gradient: match self.params.decay {
                Decay::InGradient => self.params.weight_decay,
                Decay::Decoupled => 0.0,
            },
            shrink: match self.params.decay {
                Decay::InGradient => 1.0,
                Decay::Decoupled => 1.0 - self.params.learning_rate * self.params.weight_decay,
            },
        };
        for (name, var, gradient) in &pairs {
            let moments =
                self.moments.entry((*name).to_owned()).or_insert_with(|| Mutex::new(Moments::zeros(var)));
            let op = AdamStep { gradient, rates: &rates, moments };
            var.as_tensor().inplace_op1(&op)?;
        }
        self.step += 1;
        Ok(norm)
    }

    /// Moments by `PARAMETER.first` and `PARAMETER.second`, and the step count as `step`
    /// (`f64`, exact below 2^53).
    ///
    /// # Errors
    /// Memory.
    pub fn state(&self, variables: &Variables) -> Result<BTreeMap<String, Tensor>> {
        let mut state = BTreeMap::new();
        let step = Tensor::from_vec(vec![self.step as f64], 1, &Device::Cpu)?;
        state.insert("step".to_owned(), step);
        for (name, var) in variables.trainable() {
            let Some(moments) = self.moments.get(name) else {
                continue;
            };
            let moments = moments.lock().unwrap_or_else(|broken| broken.into_inner());
            let shape = var.dims();
            let (first, second) = match &*moments {
                Moments::F32(m, v) => {
                    (Tensor::from_slice(m, shape, &Device::Cpu)?, Tensor::from_slice(v, shape, &Device::Cpu)?)
                }
                Moments::F64(m, v) => {
                    (Tensor::from_slice(m, shape, &Device::Cpu)?, Tensor::from_slice(v, shape, &Device::Cpu)?)
                }
            };
            state.insert(format!("{name}.first"), first);
            state.insert(format!("{name}.second"), second);
        }
        Ok(state)
    }

    /// Takes up the state that [`Adam::state`] gave.
    ///
    /// # Errors
    /// Names, shapes or number types that are not those of `variables`. Nothing has changed then.
    pub fn restore(&mut self, variables: &Variables, state: &BTreeMap<String, Tensor>) -> Result<()> {
        let mut missing = Vec::new();
        let mut known = vec!["step".to_owned()];
        let mut moments = BTreeMap::new();
        let step = match state.get("step") {
            Some(step) => step.flatten_all()?.to_dtype(DType::F64)?.to_vec1::<f64>()?,
            None => vec![],
        };
        let step = match step[..] {
            [step] if step >= 0.0 && step.fract() == 0.0 => step as u64,
            _ => {
                return Err(Error::Names { missing: vec!["step".to_owned()], unknown: Vec::new() });
            }
        };
        for (name, var) in variables.trainable() {
            let names = [format!("{name}.first"), format!("{name}.second")];
            let found = [state.get(&names[0]), state.get(&names[1])];
            if let [Some(first), Some(second)] = found {
                for (name, tensor) in names.iter().zip([first, second]) {
                    if tensor.dims() != var.dims() || tensor.dtype() != var.dtype() {
                        return Err(Error::Shape {
                            name: name.clone(),
                            expected: var.dims().to_vec(),
                            found: tensor.dims().to_vec(),
                        });
                    }
                }
                let (first, second) = (first.flatten_all()?, second.flatten_all()?);
                let pair = match var.dtype() {
                    DType::F64 => Moments::F64(first.to_vec1()?, second.to_vec1()?),
                    _ => Moments::F32(first.to_vec1()?, second.to_vec1()?),
                };
                moments.insert(name.to_owned(), Mutex::new(pair));
            } else if step > 0 {
                missing.extend(names.iter().filter(|name| !state.contains_key(*name)).cloned());
            }
            known.extend(names);
        }
        known.sort();
        let unknown: Vec<String> =
            state.keys().filter(|name| known.binary_search(name).is_err()).cloned().collect();
        if !missing.is_empty() || !unknown.is_empty() {
            return Err(Error::Names { missing, unknown });
        }
        self.step = step;
        self.moments = moments;
        Ok(())
    }
}

/// Length of all gradients taken as one vector.
///
/// # Errors
/// A gradient with NaN or infinity, by the name of its parameter.
pub fn global_norm<'a>(gradients: impl Iterator<Item = (&'a str, &'a Tensor)>) -> Result<f64> {
    let mut total = 0.0;
    for (name, gradient) in gradients {
        let gradient = gradient.contiguous()?;
        let host = Host::of(&gradient);
        let squares = match gradient.dtype() {
            DType::F64 => squares(host.values::<f64>()?),
            _ => squares(host.values::<f32>()?),
        };
        if !squares.is_finite() {
            return Err(Error::NotFinite { name: name.to_owned() });
        }
        total += squares;
    }
    Ok(total.sqrt())
}

/// What gradients are multiplied by so that their common length is at most `most`.
pub fn clip_factor(norm: f64, most: f64) -> f64 {
    (most / (norm + 1e-6)).min(1.0)
}

fn squares<T: Element>(x: &[T]) -> f64 {
    let parts: Vec<f64> = x
        .par_chunks(PIECE)
        .map(|x| {
            wide(
                #[inline(always)]
                || {
                    sum_of(
                        x,
                        #[inline(always)]
                        |v| v.wide() * v.wide(),
                    )
                },
            )
        })
        .collect();
    parts.iter().sum()
}

impl Moments {
    fn zeros(var: &Var) -> Self {
        let count = var.elem_count();
        match var.dtype() {
            DType::F64 => Self::F64(vec![0.0; count], vec![0.0; count]),
            _ => Self::F32(vec![0.0; count], vec![0.0; count]),
        }
    }
}

/// The numbers of one step.
struct Rates {
    scale: f64,
    beta1: f64,
    beta2: f64,
    eps: f64,
    size: f64,
    root: f64,
    in_gradient: f64,
    shrink: f64,
}

struct AdamStep<'a> {
    gradient: &'a Tensor,
    rates: &'a Rates,
    moments: &'a Mutex<Moments>,
}

fn update<T: Element>(weights: &mut [T], gradient: &[T], first: &mut [T], second: &mut [T], rates: &Rates) {
    let [scale, beta1, beta2, eps] = [rates.scale, rates.beta1, rates.beta2, rates.eps].map(T::of);
    let [new1, new2] = [1.0 - rates.beta1, 1.0 - rates.beta2].map(T::of);
    let [size, root, decay, shrink] = [rates.size, rates.root, rates.in_gradient, rates.shrink].map(T::of);
    weights
        .par_chunks_mut(PIECE)
        .zip(gradient.par_chunks(PIECE))
        .zip(first.par_chunks_mut(PIECE).zip(second.par_chunks_mut(PIECE)))
        .for_each(|((weights, gradient), (first, second))| {
            wide(
                #[inline(always)]
                || {
                    for (((w, &g), m), v) in weights.iter_mut().zip(gradient).zip(first).zip(second) {
                        let g = g * scale + decay * *w;
                        *m = beta1 * *m + new1 * g;
                        *v = beta2 * *v + new2 * g * g;
                        *w = *w * shrink - size * *m / (v.root() / root + eps);
                    }
                },
            );
        });
}

impl InplaceOp1 for AdamStep<'_> {
    fn name(&self) -> &'static str {
        "adam"
    }

    fn cpu_fwd(&self, storage: &mut CpuStorage, layout: &Layout) -> TensorResult<()> {
        let Some((start, end)) = layout.contiguous_offsets() else {
            candle_core::bail!("a parameter is not contiguous")
        };
        let host = Host::of(self.gradient);
        let mut moments = self.moments.lock().unwrap_or_else(|broken| broken.into_inner());
        match (storage, &mut *moments) {
            (CpuStorage::F32(weights), Moments::F32(m, v)) => {
                update(&mut weights[start..end], host.values()?, m, v, self.rates);
            }
            (CpuStorage::F64(weights), Moments::F64(m, v)) => {
                update(&mut weights[start..end], host.values()?, m, v, self.rates);
            }
            (storage, _) => candle_core::bail!("adam: a parameter is {:?}", storage.dtype()),
        }
        Ok(())
    }
}
