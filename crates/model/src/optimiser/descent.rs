//! An optimiser at work.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use candle_core::backend::BackendStorage;
use candle_core::backprop::GradStore;
use candle_core::{CpuStorage, DType, Device, InplaceOp1, Layout, Result as TensorResult, Tensor};

use super::memory::{Memory, like};
use super::{
    AdamParams, Group, Optimiser, RmsPropParams, SgdParams, Step, clip_factor, global_norm, not_negative,
};
use crate::error::{Error, Result};
use crate::ops::Host;
use crate::variables::Variables;

/// [`Descent`] by Adam or AdamW.
pub type Adam = Descent<AdamParams>;
/// [`Descent`] by plain gradients or momentum.
pub type Sgd = Descent<SgdParams>;
/// [`Descent`] by RMSprop.
pub type RmsProp = Descent<RmsPropParams>;

/// An optimiser at work, with PyTorch's semantics. All that it remembers can be stored, so a resumed run equals an
/// unbroken one bit for bit.
pub struct Descent<P = Optimiser> {
    params: P,
    optimiser: Optimiser,
    /// Factors of step size and decay, by parameter.
    factors: BTreeMap<String, [f64; 2]>,
    learning_rate: f64,
    step: u64,
    memories: BTreeMap<String, Mutex<Memory>>,
}

impl<P: Clone + Into<Optimiser>> Descent<P> {
    /// An optimiser that has taken no step. All parameters move alike.
    ///
    /// # Errors
    /// A field out of range.
    pub fn new(params: P) -> Result<Self> {
        let optimiser: Optimiser = params.clone().into();
        optimiser.check()?;
        let learning_rate = optimiser.learning_rate();
        let (factors, memories) = (BTreeMap::new(), BTreeMap::new());
        Ok(Self { params, optimiser, factors, learning_rate, step: 0, memories })
    }

    /// The same with groups of parameters that move otherwise. Groups are no part of the state: give them again before
    /// a run goes on.
    ///
    /// # Errors
    /// A parameter that is in two groups, a factor below 0.
    pub fn with_groups(mut self, groups: &[Group]) -> Result<Self> {
        for group in groups {
            group.check()?;
            for name in &group.parameters {
                if self.factors.insert(name.clone(), [group.rate, group.decay]).is_some() {
                    return Err(Error::config("groups", name, "every parameter in one group at most"));
                }
            }
        }
        Ok(self)
    }

    /// What it was made of. [`learning_rate`](Self::learning_rate) tells the step size in use.
    pub fn params(&self) -> &P {
        &self.params
    }

    /// Steps taken so far.
    pub fn steps(&self) -> u64 {
        self.step
    }

    /// The step size of the next step, before groups.
    pub fn learning_rate(&self) -> f64 {
        self.learning_rate
    }

    /// Changes the step size from the next step on.
    ///
    /// # Errors
    /// A rate below 0 or not finite. 0 stands still, as a schedule may at its end.
    pub fn set_learning_rate(&mut self, learning_rate: f64) -> Result<()> {
        not_negative("learning_rate", learning_rate)?;
        self.learning_rate = learning_rate;
        Ok(())
    }

    /// Takes one step along the gradients of every parameter; gives the length of the whole gradient before clipping.
    ///
    /// # Errors
    /// A parameter without gradient, a gradient that is not finite, a group with a name that is no parameter.
    /// Nothing has changed then.
    pub fn step(&mut self, variables: &Variables, gradients: &GradStore) -> Result<f64> {
        let mut pairs = Vec::new();
        for (name, var) in variables.trainable() {
            let gradient = gradients.get(var).ok_or_else(|| Error::NoGradient { name: name.to_owned() })?;
            pairs.push((name, var, gradient.contiguous()?));
        }
        self.check_groups(&variables.trainable().map(|(name, _)| name).collect())?;
        let norm = global_norm(pairs.iter().map(|(name, _, gradient)| (*name, gradient)))?;
        let scale = self.optimiser.clip_norm().map_or(1.0, |most| clip_factor(norm, most));
        let kept = self.optimiser.memories().len();
        for (name, var, gradient) in &pairs {
            let step = self.next(self.factors_of(name), scale, !self.memories.contains_key(*name));
            let memory = self
                .memories
                .entry((*name).to_owned())
                .or_insert_with(|| Mutex::new(Memory::zeros(kept, var)));
            let op = Move { optimiser: &self.optimiser, gradient, step: &step, memory };
            var.as_tensor().inplace_op1(&op)?;
        }
        self.step += 1;
        Ok(norm)
    }

    /// Factors of step size and decay of a parameter.
    pub(crate) fn factors_of(&self, name: &str) -> [f64; 2] {
        self.factors.get(name).copied().unwrap_or([1.0; 2])
    }

    /// The numbers of the next step of parameters with these factors.
    pub(crate) fn next(&self, [rate, decay]: [f64; 2], scale: f64, first: bool) -> Step {
        Step {
            time: (self.step + 1) as f64,
            learning_rate: rate * self.learning_rate,
            weight_decay: decay * self.optimiser.weight_decay(),
            scale,
            first,
        }
    }

    /// The rule.
    pub(crate) fn optimiser(&self) -> &Optimiser {
        &self.optimiser
    }

    /// Counts a step that was taken on a GPU.
    pub(crate) fn count_step(&mut self) {
        self.step += 1;
    }

    /// What is remembered of a parameter in single precision, vector by vector; nothing before the first step.
    pub(crate) fn remembered(&self, name: &str) -> Option<Vec<Vec<f32>>> {
        let memory = self.memories.get(name)?.lock().unwrap_or_else(|broken| broken.into_inner());
        match &*memory {
            Memory::F32(vectors) => Some(vectors.clone()),
            Memory::F64(_) => None,
        }
    }

    /// Takes over what a GPU remembers of a parameter.
    pub(crate) fn remember(&mut self, name: &str, vectors: Vec<Vec<f32>>) {
        self.memories.insert(name.to_owned(), Mutex::new(Memory::F32(vectors)));
    }

    /// Refuses groups with names that are none of these, which are in order.
    pub(crate) fn check_groups(&self, own: &BTreeSet<&str>) -> Result<()> {
        let unknown: Vec<&String> = self.factors.keys().filter(|name| !own.contains(name.as_str())).collect();
        if unknown.is_empty() {
            return Ok(());
        }
        Err(Error::config("groups", format!("{unknown:?}"), "names of trained parameters of this net only"))
    }

    /// What is remembered, by `PARAMETER.first`, `PARAMETER.second`, `PARAMETER.largest`, `PARAMETER.mean` or
    /// `PARAMETER.momentum`; the step count as `step` and the step size as `learning_rate` (`f64`; the count is exact
    /// below 2^53).
    ///
    /// # Errors
    /// Memory.
    pub fn state(&self, variables: &Variables) -> Result<BTreeMap<String, Tensor>> {
        let mut state = BTreeMap::new();
        for (name, value) in [("step", self.step as f64), ("learning_rate", self.learning_rate)] {
            state.insert(name.to_owned(), Tensor::from_vec(vec![value], 1, &Device::Cpu)?);
        }
        let kept = self.optimiser.memories();
        for (name, var) in variables.trainable() {
            if let Some(memory) = self.memories.get(name) {
                let memory = memory.lock().unwrap_or_else(|broken| broken.into_inner());
                let tensors = memory.tensors(var.dims())?;
                state.extend(kept.iter().map(|kind| format!("{name}.{kind}")).zip(tensors));
            }
        }
        Ok(state)
    }

    /// Takes up the state that [`state`](Self::state) gave: steps, step size and all that is remembered.
    ///
    /// # Errors
    /// The state of another optimiser; names, shapes or number types that are not those of `variables`. Nothing has
    /// changed then.
    pub fn restore(&mut self, variables: &Variables, state: &BTreeMap<String, Tensor>) -> Result<()> {
        let step = number(state, "step", |step| step >= 0.0 && step.fract() == 0.0)?;
        let learning_rate = number(state, "learning_rate", |rate| rate.is_finite() && rate >= 0.0)?;
        let (mut missing, mut memories) = (Vec::new(), BTreeMap::new());
        let mut known = vec!["step".to_owned(), "learning_rate".to_owned()];
        for (name, var) in variables.trainable() {
            let names: Vec<String> =
                self.optimiser.memories().iter().map(|kind| format!("{name}.{kind}")).collect();
            let found: Vec<&Tensor> = names.iter().filter_map(|name| state.get(name)).collect();
            if found.len() == names.len() && step > 0.0 {
                for (name, tensor) in names.iter().zip(&found) {
                    like(name, var, tensor)?;
                }
                memories.insert(name.to_owned(), Mutex::new(Memory::of(&found, var.dtype())?));
            } else if step > 0.0 {
                missing.extend(names.iter().filter(|name| !state.contains_key(*name)).cloned());
            }
            known.extend(names);
        }
        if step > 0.0 {
            self.is_of_this_rule(variables, state)?;
        }
        known.sort();
        let unknown: Vec<String> =
            state.keys().filter(|name| known.binary_search(name).is_err()).cloned().collect();
        if !missing.is_empty() || !unknown.is_empty() {
            return Err(Error::Names { missing, unknown });
        }
        (self.step, self.learning_rate, self.memories) = (step as u64, learning_rate, memories);
        Ok(())
    }

    /// Refuses a state in which another rule remembers other things of the parameters.
    fn is_of_this_rule(&self, variables: &Variables, state: &BTreeMap<String, Tensor>) -> Result<()> {
        let names: BTreeSet<&str> = variables.trainable().map(|(name, _)| name).collect();
        let of_parameters = state.keys().filter_map(|key| key.rsplit_once('.'));
        let stored = of_parameters.filter(|(name, _)| names.contains(name)).map(|(_, memory)| memory);
        let (stored, own): (BTreeSet<&str>, BTreeSet<&str>) =
            (stored.collect(), self.optimiser.memories().into_iter().collect());
        if stored == own || names.is_empty() {
            return Ok(());
        }
        let of = |memories: &BTreeSet<&str>| {
            let memories: Vec<&str> = memories.iter().copied().collect();
            let held = match &memories[..] {
                [] => "nothing".to_owned(),
                some => some.iter().map(|memory| format!("`{memory}`")).collect::<Vec<_>>().join(", "),
            };
            format!("{} ({held} of each parameter)", rule_of(&memories))
        };
        Err(Error::op(
            "restore",
            format!(
                "the stored state is that of {}, this optimiser is {}: go on with the optimiser that the run began with",
                of(&stored),
                of(&own)
            ),
        ))
    }
}

/// The rule that remembers these of a parameter, in the order of their names.
fn rule_of(memories: &[&str]) -> &'static str {
    match memories {
        [] => "SGD without momentum",
        ["momentum"] => "SGD with momentum",
        ["first", "second"] => "Adam or AdamW",
        ["first", "largest", "second"] => "Adam or AdamW with `amsgrad`",
        ["second"] => "RMSprop",
        ["mean", "second"] => "centred RMSprop",
        ["momentum", "second"] => "RMSprop with momentum",
        ["mean", "momentum", "second"] => "centred RMSprop with momentum",
        _ => "another rule",
    }
}

/// One number of a state.
fn number(state: &BTreeMap<String, Tensor>, name: &str, fits: impl Fn(f64) -> bool) -> Result<f64> {
    let values = match state.get(name) {
        Some(tensor) => tensor.flatten_all()?.to_dtype(DType::F64)?.to_vec1::<f64>()?,
        None => Vec::new(),
    };
    match values[..] {
        [value] if fits(value) => Ok(value),
        _ => Err(Error::Names { missing: vec![name.to_owned()], unknown: Vec::new() }),
    }
}

/// One step of one parameter.
struct Move<'a> {
    optimiser: &'a Optimiser,
    gradient: &'a Tensor,
    step: &'a Step,
    memory: &'a Mutex<Memory>,
}

impl InplaceOp1 for Move<'_> {
    fn name(&self) -> &'static str {
        "optimiser step"
    }

    fn cpu_fwd(&self, storage: &mut CpuStorage, layout: &Layout) -> TensorResult<()> {
        let Some((start, end)) = layout.contiguous_offsets() else {
            candle_core::bail!("a parameter is not contiguous")
        };
        let host = Host::of(self.gradient);
        let mut memory = self.memory.lock().unwrap_or_else(|broken| broken.into_inner());
        match (storage, &mut *memory) {
            (CpuStorage::F32(weights), Memory::F32(memory)) => {
                self.optimiser.update(&mut weights[start..end], host.values()?, memory, self.step);
            }
            (CpuStorage::F64(weights), Memory::F64(memory)) => {
                self.optimiser.update(&mut weights[start..end], host.values()?, memory, self.step);
            }
            (storage, _) => candle_core::bail!("optimiser step: a parameter is {:?}", storage.dtype()),
        }
        Ok(())
    }
}
