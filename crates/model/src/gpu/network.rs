//! A net's tensors on a GPU, and batches through it.

use std::collections::BTreeMap;

use brinell_gpu::{Buffer, Device, Pinned};
use candle_core::backprop::GradStore;
use candle_core::{DType, Device as TensorDevice, Tensor, Var};

use super::plan::{Lying, Plan, Wanted};
use super::weights::Weights;
use crate::error::{Error, Result};
use crate::graph::network::Network;
use crate::graph::{Graph, Id, SlotId};
use crate::ops::Host;
use crate::pass::Pass;

/// Plans that are kept: sizes of batches in turn.
const MOST_PLANS: usize = 8;

/// A net with its own copy of all tensors on a GPU, in `f32`.
///
/// ```
/// use brinell_gpu::Device;
/// use brinell_model::{Architecture, GpuNetwork, SeCnn, Variables};
/// use candle_core::DType;
///
/// # fn main() -> Result<(), brinell_model::Error> {
/// let architecture = Architecture::SeCnn(SeCnn { widths: vec![4, 8], hidden: 16, ..SeCnn::default() });
/// let mut variables = Variables::new(1, DType::F32, &candle_core::Device::Cpu);
/// let net = architecture.build(&[1, 8, 8], 2, &mut variables)?;
/// // without a GPU this says why, and what to do
/// let Ok(device) = Device::open(0) else { return Ok(()) };
///
/// let mut net = GpuNetwork::new(&net, &device)?;
/// let logits = net.judge(&vec![0.5; 3 * 64], 3)?; // [3, 2]
/// assert_eq!(logits.len(), 6);
/// # Ok(())
/// # }
/// ```
pub struct GpuNetwork {
    pub(super) device: Device,
    pub(super) network: Network,
    pub(super) weights: Weights,
    pub(super) state: Buffer,
    /// None while the net only judges.
    pub(super) gradients: Buffer,
    arena: Buffer,
    step: Buffer,
    plans: BTreeMap<Wanted, Plan>,
    /// Batches so far: a trace goes back through the last one alone.
    batches: u64,
}

impl std::fmt::Debug for GpuNetwork {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GpuNetwork").field("device", &self.device.name()).finish_non_exhaustive()
    }
}

/// Where a batch comes from.
#[derive(Clone, Copy)]
enum Input<'a> {
    Values(&'a [f32]),
    Pinned(&'a [&'a Pinned]),
}

/// A batch that went through a net on a GPU: the wanted values, to be put into a loss. What it needs to go back lies on the
/// GPU until the next batch.
#[derive(Debug)]
pub struct GpuTrace {
    wanted: Wanted,
    batch: u64,
    outputs: Vec<Var>,
}

impl GpuTrace {
    /// The value of the first node that was asked for.
    pub fn output(&self) -> &Tensor {
        self.outputs[0].as_tensor()
    }

    /// The values of all nodes that were asked for, in that order.
    pub fn outputs(&self) -> impl Iterator<Item = &Tensor> {
        self.outputs.iter().map(Var::as_tensor)
    }
}

impl GpuNetwork {
    /// Copies the tensors of `network` to `device`, as they are now. Those of the CPU stay as they are until
    /// [`store`](Self::store).
    ///
    /// # Errors
    /// Tensors that are not `f32`; memory of the GPU.
    pub fn new(network: &Network, device: &Device) -> Result<Self> {
        let weights = Weights::of(network.graph());
        let own = Self {
            state: device.zeros(weights.all())?,
            gradients: device.zeros(0)?,
            arena: device.zeros(1)?,
            step: device.zeros(1)?,
            plans: BTreeMap::new(),
            batches: 0,
            device: device.clone(),
            network: network.clone(),
            weights,
        };
        own.load()?;
        Ok(own)
    }

    /// The net as data.
    pub fn graph(&self) -> &Graph {
        self.network.graph()
    }

    /// The GPU.
    pub fn device(&self) -> &Device {
        &self.device
    }

    fn slots(&self) -> impl Iterator<Item = SlotId> + use<> {
        (0..self.network.graph().slots().len()).map(SlotId)
    }

    /// Takes over the tensors of the CPU, as they are now.
    ///
    /// # Errors
    /// Tensors that are not `f32`; the driver's.
    pub fn load(&self) -> Result<()> {
        for slot in self.slots() {
            let tensor = self.network.tensor(slot);
            if tensor.dtype() != DType::F32 {
                let reason = format!("the net's numbers are {:?}; kernels of a GPU take F32", tensor.dtype());
                return Err(Error::op("gpu", reason));
            }
            let values: Vec<f32> = tensor.detach().flatten_all()?.to_vec1()?;
            self.device.upload(&self.state, self.weights.offset(slot), &values)?;
        }
        Ok(())
    }

    /// Copies the tensors of the GPU into those of the CPU.
    ///
    /// # Errors
    /// The driver's.
    pub fn store(&self) -> Result<()> {
        let mut all = vec![0.0; self.weights.all()];
        self.device.download(&self.state, 0, &mut all)?;
        for slot in self.slots() {
            let values = self.of_slot(&all, slot);
            let var = self.network.var(slot);
            var.set(&Tensor::from_slice(values, var.dims(), &TensorDevice::Cpu)?)?;
        }
        Ok(())
    }

    /// What is trained, by slot and name.
    pub(super) fn trained(&self) -> Vec<(SlotId, String)> {
        let slots = self.network.graph().slots().iter().enumerate().filter(|(_, slot)| slot.trained);
        slots.map(|(at, slot)| (SlotId(at), slot.name.clone())).collect()
    }

    /// A tensor's numbers among all.
    pub(super) fn of_slot<'a>(&self, all: &'a [f32], slot: SlotId) -> &'a [f32] {
        let from = self.weights.offset(slot);
        &all[from..from + self.weights.len(slot)]
    }

    /// Logits `[batch, K]` of a batch, in evaluation.
    ///
    /// # Errors
    /// Another number of values than the samples have; memory of the GPU.
    pub fn judge(&mut self, values: &[f32], batch: usize) -> Result<Vec<f32>> {
        Ok(self.judge_all(values, batch)?.swap_remove(0))
    }

    /// Every output of the net for a batch, in evaluation, `[batch, K]` each, in the order of the graph.
    ///
    /// # Errors
    /// As [`judge`](Self::judge).
    pub fn judge_all(&mut self, values: &[f32], batch: usize) -> Result<Vec<Vec<f32>>> {
        self.judged(values, batch, self.graph().outputs().iter().map(|(_, id)| *id).collect())
    }

    /// The features `[batch, F]` that the head judges, in evaluation.
    ///
    /// # Errors
    /// A net without features; else as [`judge`](Self::judge).
    pub fn features(&mut self, values: &[f32], batch: usize) -> Result<Vec<f32>> {
        let features = self.network.features_node()?;
        Ok(self.judged(values, batch, vec![features])?.swap_remove(0))
    }

    /// The values of nodes for a batch, in evaluation.
    fn judged(&mut self, values: &[f32], batch: usize, nodes: Vec<Id>) -> Result<Vec<Vec<f32>>> {
        if batch == 0 {
            return Ok(vec![Vec::new(); nodes.len()]);
        }
        self.run(&Wanted { batch, training: false, nodes }, Input::Values(values), &Pass::evaluate())
    }

    /// Sends a batch through and brings back what is wanted.
    fn run(&mut self, wanted: &Wanted, input: Input<'_>, pass: &Pass) -> Result<Vec<Vec<f32>>> {
        let sample: usize = self.graph().input().iter().product();
        let count = match input {
            Input::Values(values) => values.len(),
            Input::Pinned(parts) => parts.iter().map(|part| part.len()).sum(),
        };
        if wanted.nodes.is_empty() || count != wanted.batch * sample {
            let reason = format!(
                "{count} values for a batch of {}, but samples have {sample} values each: check shape and batch",
                wanted.batch
            );
            return Err(Error::op("gpu", reason));
        }
        self.batches += 1;
        self.plan(wanted)?;
        let plan = &self.plans[wanted];
        self.device.upload(&self.step, 0, &plan.draws.words(pass))?;
        let offset = plan.input.0.at.offset;
        match input {
            Input::Values(values) => self.device.upload(&self.arena, offset, values)?,
            Input::Pinned(parts) => {
                let mut to = offset;
                for part in parts {
                    self.device.upload_pinned(&self.arena, to, part)?;
                    to += part.len();
                }
            }
        }
        self.device.run(&plan.forward, &[&self.state, &self.gradients, &self.arena, &self.step])?;
        let fetch = |(view, sample): &Lying| {
            let mut values = vec![0.0; wanted.batch * sample];
            self.device.download(&self.arena, view.at.offset, &mut values)?;
            Ok(values)
        };
        plan.outputs.iter().map(fetch).collect()
    }

    /// Makes the plan of what is wanted, and room for it.
    fn plan(&mut self, wanted: &Wanted) -> Result<()> {
        if !self.plans.contains_key(wanted) {
            let plan = Plan::new(&self.network, &self.weights, wanted)?;
            if self.plans.len() >= MOST_PLANS {
                self.plans.clear();
            }
            self.plans.insert(wanted.clone(), plan);
        }
        let (arena, words) = (self.plans[wanted].arena, self.plans[wanted].draws.len());
        if self.arena.len() < arena {
            // The old one goes first: there may not be room for both.
            self.arena = self.device.zeros(1)?;
            self.arena = self.device.zeros(arena)?;
        }
        if self.step.len() < words {
            self.step = self.device.zeros(words)?;
        }
        Ok(())
    }

    /// The values of `wanted` nodes for a batch of the CPU in training, each a variable of the CPU to be put into a loss.
    /// Running statistics move.
    ///
    /// # Errors
    /// A batch of another shape, or too small for statistics; a pass that does not train; memory of the GPU.
    pub fn trace(&mut self, x: &Tensor, wanted: &[Id], pass: &Pass) -> Result<GpuTrace> {
        self.network.check_batch(x)?;
        let x = x.contiguous()?;
        let host = Host::of(&x);
        self.traced(Input::Values(host.values()?), x.dims()[0], wanted, pass)
    }

    /// The same for a batch that was made ready on the CPU: samples behind each other, and one part behind the other.
    ///
    /// # Errors
    /// As [`trace`](Self::trace).
    pub fn trace_pinned(&mut self, parts: &[&Pinned], wanted: &[Id], pass: &Pass) -> Result<GpuTrace> {
        let sample: usize = self.graph().input().iter().product();
        let numbers: usize = parts.iter().map(|part| part.len()).sum();
        self.traced(Input::Pinned(parts), numbers / sample.max(1), wanted, pass)
    }

    /// A batch of the CPU, made ready for [`trace_pinned`](Self::trace_pinned).
    ///
    /// # Errors
    /// A batch of another shape; memory of the CPU.
    pub fn pinned(&self, x: &Tensor) -> Result<Pinned> {
        self.network.check_batch(x)?;
        let x = x.contiguous()?;
        Ok(self.device.pinned(Host::of(&x).values()?)?)
    }

    pub(super) fn make_room_for_gradients(&mut self) -> Result<()> {
        if self.gradients.len() < self.weights.trained() {
            self.gradients = self.device.zeros(self.weights.trained())?;
        }
        Ok(())
    }

    fn traced(&mut self, x: Input<'_>, batch: usize, wanted: &[Id], pass: &Pass) -> Result<GpuTrace> {
        self.network.check_known(wanted)?;
        if !pass.is_training() {
            return Err(Error::op("gpu", "a trace is for training; to judge take `judge`"));
        }
        let mut nodes: Vec<Id> = Vec::new();
        wanted.iter().for_each(|id| {
            if !nodes.contains(id) {
                nodes.push(*id);
            }
        });
        self.make_room_for_gradients()?;
        let wanted = Wanted { batch, training: true, nodes };
        let found = self.run(&wanted, x, pass)?;
        let mut outputs = Vec::new();
        for (id, values) in wanted.nodes.iter().zip(found) {
            let shape = [&[wanted.batch], &self.network.graph().node(*id).shape[..]].concat();
            outputs.push(Var::from_tensor(&Tensor::from_vec(values, shape, &TensorDevice::Cpu)?)?);
        }
        Ok(GpuTrace { wanted, batch: self.batches, outputs })
    }

    /// Goes back from `loss`, a number made of the outputs of the last [`trace`](Self::trace). The gradients of the net's
    /// parameters stay on the GPU; those of all else that the loss depends on are given.
    ///
    /// # Errors
    /// A loss of several numbers; a trained tensor that the outputs do not depend on; the driver's.
    pub fn backward(&mut self, trace: &GpuTrace, loss: &Tensor) -> Result<GradStore> {
        if loss.elem_count() != 1 {
            let reason =
                format!("a loss is one number, this one has the shape {:?}: take its mean", loss.dims());
            return Err(Error::op("backward", reason));
        }
        let plan = self.plans.get(&trace.wanted).filter(|_| trace.batch == self.batches);
        let Some(plan) = plan else {
            return Err(Error::op("backward", "another batch went through the net since: go back first"));
        };
        if let Some(slot) = plan.left_out.first() {
            let name = self.network.graph().slots()[slot.0].name.clone();
            return Err(Error::NoGradient { name });
        }
        let mut found = loss.backward()?;
        for (output, (seed, sample)) in trace.outputs.iter().zip(&plan.seeds) {
            let gradient: Vec<f32> = match found.remove(output) {
                Some(gradient) => gradient.flatten_all()?.to_vec1()?,
                None => vec![0.0; trace.wanted.batch * sample],
            };
            self.device.upload(&self.arena, seed.at.offset, &gradient)?;
        }
        self.device.run(&plan.backward, &[&self.state, &self.gradients, &self.arena, &self.step])?;
        Ok(found)
    }

    /// The gradients of the last way back by the names of the parameters.
    ///
    /// # Errors
    /// The driver's.
    pub fn gradients(&self) -> Result<BTreeMap<String, Tensor>> {
        if self.gradients.is_empty() {
            return Err(Error::op("gpu", "there are no gradients yet: trace a batch and go back first"));
        }
        let mut all = vec![0.0; self.weights.trained()];
        self.device.download(&self.gradients, 0, &mut all)?;
        let each = self.trained().into_iter().map(|(slot, name)| {
            let shape = &self.network.graph().slots()[slot.0].shape[..];
            Ok((name, Tensor::from_slice(self.of_slot(&all, slot), shape, &TensorDevice::Cpu)?))
        });
        each.collect()
    }

    /// Waits for all that was asked of the GPU.
    ///
    /// # Errors
    /// The driver's, for kernels that ran before.
    pub fn wait(&self) -> Result<()> {
        Ok(self.device.wait()?)
    }
}
