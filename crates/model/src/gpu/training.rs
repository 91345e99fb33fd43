//! The steps of an optimiser on a GPU.

use std::collections::BTreeSet;

use brinell_gpu::{
    At, Buffer, CHUNK, Device, Launch, Pinned, SCALARS, adam, average, double, rms_prop, sgd, squares,
    squares_scratch,
};
use candle_core::Tensor;
use candle_core::backprop::GradStore;

use super::network::{GpuNetwork, GpuTrace};
use super::{GRADIENTS, STATE};
use crate::error::{Error, Result};
use crate::graph::network::Network;
use crate::graph::{Id, SlotId};
use crate::optimiser::{Descent, Optimiser, WeightAverage, clip_factor};
use crate::pass::Pass;

/// The buffers of a step, behind the net's tensors and gradients: what is remembered, one buffer a vector, then these.
const MEMORIES: u8 = 2;
const TOLD: u8 = 5;
const AVERAGE: u8 = 6;

/// A net that learns on a GPU. Weights, gradients and all that the optimiser remembers stay there;
/// [`store`](Self::store) brings them to the CPU.
#[derive(Debug)]
pub struct GpuTraining {
    net: GpuNetwork,
    /// As many as the rule keeps, each as long as all that is trained.
    memories: Vec<Buffer>,
    /// The group of every chunk of weights, then what each group is told, the share of the average, and room for sums.
    told: Buffer,
    /// Factors of step size and decay of each group.
    groups: Vec<[f64; 2]>,
    /// Whether nothing is remembered yet.
    first: bool,
    average: Option<(f64, Buffer)>,
}

impl GpuTraining {
    /// A net as it is now, with what `descent` remembers of it; its groups are taken over.
    ///
    /// # Errors
    /// Tensors that are not `f32`; a group with a name that is no parameter; memory of the GPU.
    pub fn new(network: &Network, descent: &Descent, device: &Device) -> Result<Self> {
        let mut net = GpuNetwork::new(network, device)?;
        net.make_room_for_gradients()?;
        let slots = net.trained();
        descent.check_groups(&slots.iter().map(|(_, name)| name.as_str()).collect::<BTreeSet<_>>())?;
        let trained = net.weights.trained();
        let memories = (0..descent.optimiser().memories().len()).map(|_| device.zeros(trained));
        let memories = memories.collect::<Result<Vec<_>, _>>()?;
        let (mut groups, mut of_chunks) = (Vec::new(), vec![0.0; trained / CHUNK]);
        for (slot, name) in &slots {
            let factors = descent.factors_of(name);
            let group = groups.iter().position(|own| *own == factors).unwrap_or_else(|| {
                groups.push(factors);
                groups.len() - 1
            });
            let (from, len) = (net.weights.offset(*slot), net.weights.len(*slot));
            of_chunks[from / CHUNK..(from + len).div_ceil(CHUNK)].fill(f32::from_bits(group as u32));
        }
        let words = Told::of(trained, groups.len()).end;
        let mut own = Self { net, memories, told: device.zeros(words)?, groups, first: true, average: None };
        device.upload(&own.told, 0, &of_chunks)?;
        own.restore(descent)?;
        Ok(own)
    }

    /// Takes over the weights of the CPU and what `descent` remembers, as they are now.
    ///
    /// # Errors
    /// The driver's.
    pub fn restore(&mut self, descent: &Descent) -> Result<()> {
        self.net.load()?;
        self.first = true;
        for (slot, name) in self.net.trained() {
            let Some(vectors) = descent.remembered(&name) else { continue };
            self.first = false;
            for (memory, values) in self.memories.iter().zip(vectors) {
                self.net.device.upload(memory, self.net.weights.offset(slot), &values)?;
            }
        }
        Ok(())
    }

    /// Keeps an average of the weights besides, from what `average` is now on; `decay` is its share of the past.
    ///
    /// # Errors
    /// Memory of the GPU.
    pub fn keep_average(&mut self, average: &WeightAverage) -> Result<()> {
        let buffer = self.net.device.zeros(self.net.weights.trained())?;
        for (slot, name) in self.net.trained() {
            let Some(tensor) = average.to_tensors().get(&name) else { continue };
            let values: Vec<f32> = tensor.flatten_all()?.to_vec1()?;
            self.net.device.upload(&buffer, self.net.weights.offset(slot), &values)?;
        }
        self.average = Some((average.decay(), buffer));
        Ok(())
    }

    /// The net.
    pub fn network(&mut self) -> &mut GpuNetwork {
        &mut self.net
    }

    /// See [`GpuNetwork::trace`].
    ///
    /// # Errors
    /// As there.
    pub fn trace(&mut self, x: &Tensor, wanted: &[Id], pass: &Pass) -> Result<GpuTrace> {
        self.net.trace(x, wanted, pass)
    }

    /// See [`GpuNetwork::trace_pinned`].
    ///
    /// # Errors
    /// As there.
    pub fn trace_pinned(&mut self, parts: &[&Pinned], wanted: &[Id], pass: &Pass) -> Result<GpuTrace> {
        self.net.trace_pinned(parts, wanted, pass)
    }

    /// See [`GpuNetwork::backward`].
    ///
    /// # Errors
    /// As there.
    pub fn backward(&mut self, trace: &GpuTrace, loss: &Tensor) -> Result<GradStore> {
        self.net.backward(trace, loss)
    }

    /// Takes one step along the gradients of the last way back; gives the length of the whole gradient before clipping.
    ///
    /// # Errors
    /// A gradient that is not finite: nothing has changed then. The driver's.
    pub fn step(&mut self, descent: &mut Descent) -> Result<f64> {
        let norm = self.norm()?;
        let scale = descent.optimiser().clip_norm().map_or(1.0, |most| clip_factor(norm, most));
        let trained = self.net.weights.trained();
        let told = Told::of(trained, self.groups.len());
        let mut words = vec![0.0; told.sums - told.scalars];
        for (group, words) in self.groups.iter().zip(words.chunks_exact_mut(SCALARS)) {
            words.copy_from_slice(&descent.optimiser().scalars(&descent.next(*group, scale, self.first)));
        }
        if let Some((decay, _)) = self.average {
            words[told.share - told.scalars] = decay as f32;
        }
        self.net.device.upload(&self.told, told.scalars, &words)?;
        let mut launches = vec![self.rule(descent.optimiser(), trained, &told)];
        if self.average.is_some() {
            let at = |buffer, offset| At { buffer, offset };
            launches.push(average(trained, at(STATE, 0), at(AVERAGE, 0), at(TOLD, told.share)));
        }
        self.run(&launches)?;
        self.first = false;
        descent.count_step();
        Ok(norm)
    }

    fn rule(&self, optimiser: &Optimiser, count: usize, told: &Told) -> Launch {
        let at = |buffer| At { buffer, offset: 0 };
        let kept = |number: usize| at(MEMORIES + number as u8);
        let (groups, step) = (at(TOLD), At { buffer: TOLD, offset: told.scalars });
        let of = |name: &str| optimiser.memories().iter().position(|own| *own == name).map(kept);
        match optimiser {
            Optimiser::Adam(_) | Optimiser::AdamW(_) => {
                adam(count, at(STATE), at(GRADIENTS), kept(0), kept(1), of("largest"), groups, step)
            }
            Optimiser::Sgd(_) => sgd(count, at(STATE), at(GRADIENTS), of("momentum"), groups, step),
            Optimiser::RmsProp(_) => {
                rms_prop(count, at(STATE), at(GRADIENTS), kept(0), of("mean"), of("momentum"), groups, step)
            }
        }
    }

    fn run(&self, launches: &[Launch]) -> Result<()> {
        // A memory that the rule does not keep stands for none.
        let none = &self.told;
        let memory = |number: usize| self.memories.get(number).unwrap_or(none);
        let average = self.average.as_ref().map_or(none, |(_, buffer)| buffer);
        let buffers =
            [&self.net.state, &self.net.gradients, memory(0), memory(1), memory(2), &self.told, average];
        Ok(self.net.device.run(launches, &buffers)?)
    }

    /// The length of the whole gradient.
    fn norm(&self) -> Result<f64> {
        let trained = self.net.weights.trained();
        let sums = At { buffer: TOLD, offset: Told::of(trained, self.groups.len()).sums };
        self.run(&squares(trained, At { buffer: GRADIENTS, offset: 0 }, sums, sums.plus(2)))?;
        let mut words = [0.0_f32; 2];
        self.net.device.download(&self.told, sums.offset, &mut words)?;
        let squares = double(words);
        if squares.is_finite() {
            return Ok(squares.sqrt());
        }
        let mut gradients = vec![0.0; trained];
        self.net.device.download(&self.net.gradients, 0, &mut gradients)?;
        let broken = self.net.trained().into_iter().find(|(slot, _)| {
            let own = self.net.of_slot(&gradients, *slot);
            own.iter().any(|value| !value.is_finite())
        });
        Err(Error::NotFinite { name: broken.map_or_else(|| "all together".to_owned(), |(_, name)| name) })
    }

    /// Brings weights and running statistics to the net's tensors on the CPU, and what is remembered to `descent`.
    ///
    /// # Errors
    /// The driver's.
    pub fn store(&self, descent: &mut Descent) -> Result<()> {
        self.net.store()?;
        if self.first {
            return Ok(());
        }
        let trained = self.net.weights.trained();
        let mut all = Vec::new();
        for memory in &self.memories {
            let mut values = vec![0.0; trained];
            self.net.device.download(memory, 0, &mut values)?;
            all.push(values);
        }
        for (slot, name) in self.net.trained() {
            descent
                .remember(&name, all.iter().map(|values| self.net.of_slot(values, slot).to_vec()).collect());
        }
        Ok(())
    }

    /// Brings the average of the weights to `average`, with the running statistics as the CPU has them.
    ///
    /// # Errors
    /// The driver's; an average of another net.
    pub fn store_average(&self, average: &mut WeightAverage) -> Result<()> {
        let Some((_, buffer)) = &self.average else { return Ok(()) };
        let mut values = vec![0.0; self.net.weights.trained()];
        self.net.device.download(buffer, 0, &mut values)?;
        let mut tensors = std::collections::BTreeMap::new();
        for (at, slot) in self.net.graph().slots().iter().enumerate() {
            let slot_id = SlotId(at);
            let tensor = match slot.trained {
                true => {
                    let own = self.net.of_slot(&values, slot_id);
                    Tensor::from_slice(own, &slot.shape[..], &candle_core::Device::Cpu)?
                }
                false => self.net.network.tensor(slot_id).detach().copy()?,
            };
            tensors.insert(slot.name.clone(), tensor);
        }
        average.restore(&tensors)
    }
}

/// Where the parts of what is told lie.
struct Told {
    scalars: usize,
    share: usize,
    sums: usize,
    end: usize,
}

impl Told {
    fn of(trained: usize, groups: usize) -> Self {
        let scalars = (trained / CHUNK).next_multiple_of(2);
        let share = scalars + groups * SCALARS;
        // The sum is a number of double precision, and so are its parts.
        let sums = share + 2;
        Self { scalars, share, sums, end: sums + 2 + squares_scratch(trained) }
    }
}
