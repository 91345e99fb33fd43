//! The way back through a traced batch: the gradients of all that a loss depends on.

use std::collections::BTreeMap;

use candle_core::backprop::GradStore;
use candle_core::{Result as TensorResult, Tensor};

use super::trace::{Step, Target, Trace, with_joined};
use super::{Id, SlotId};
use crate::error::{Error, Result};
use crate::ops::{Element, Host, Norm, add_values, by_dtype, change, tensor};

impl Trace<'_> {
    /// The value of the first node that was asked for, to be put into a loss.
    pub fn output(&self) -> &Tensor {
        self.outputs[0].1.as_tensor()
    }

    /// The values of all nodes that were asked for, in that order.
    pub fn outputs(&self) -> impl Iterator<Item = &Tensor> {
        self.outputs.iter().map(|(_, value)| value.as_tensor())
    }

    /// The gradients of `loss`, a number made of the outputs, with respect to the net's parameters and to all else that
    /// it depends on.
    ///
    /// # Errors
    /// A loss of several numbers; those of the tensor library.
    pub fn backward(self, loss: &Tensor) -> Result<GradStore> {
        // Where the forward half ran.
        rayon::scope(|_| self.go_back(loss))
    }

    fn go_back(self, loss: &Tensor) -> Result<GradStore> {
        if loss.elem_count() != 1 {
            let reason =
                format!("a loss is one number, this one has the shape {:?}: take its mean", loss.dims());
            return Err(Error::op("backward", reason));
        }
        let mut found = loss.backward()?;
        let nodes = self.network.graph().nodes.len();
        let mut back =
            Back { nodes: (0..nodes).map(|_| None).collect(), slots: BTreeMap::new(), trace: self };
        for at in 0..back.trace.outputs.len() {
            let (id, value) = &back.trace.outputs[at];
            let id = *id;
            if let Some(gradient) = found.remove(value) {
                back.add(id, gradient, false)?;
            }
        }
        while let Some((id, step)) = back.trace.steps.pop() {
            if let Some(gradient) = back.nodes[id.0].take() {
                back.step(step, gradient)?;
            }
        }
        for (slot, gradient) in back.slots {
            let variable = &back.trace.network.tensors()[slot.0];
            found.insert(variable, gradient.reshape(variable.dims())?);
        }
        if let Some((id, given)) = &back.trace.given
            && let Some(Gradient { tensor, .. }) = back.nodes[id.0].take()
        {
            found.insert(given, tensor.reshape(given.dims())?);
        }
        Ok(found)
    }
}

/// A gradient so far.
struct Gradient {
    tensor: Tensor,
    /// Whether nobody else holds its numbers, so that more can be added where they lie.
    own: bool,
}

struct Back<'a> {
    trace: Trace<'a>,
    nodes: Vec<Option<Gradient>>,
    slots: BTreeMap<SlotId, Tensor>,
}

impl Back<'_> {
    fn add(&mut self, id: Id, tensor: Tensor, own: bool) -> TensorResult<()> {
        let entry = &mut self.nodes[id.0];
        *entry = Some(match entry.take() {
            None => Gradient { tensor, own },
            Some(Gradient { tensor: sum, own: true }) => {
                add_to(&sum, &tensor)?;
                Gradient { tensor: sum, own: true }
            }
            Some(Gradient { tensor: sum, own: false }) if own => {
                add_to(&tensor, &sum)?;
                Gradient { tensor, own: true }
            }
            Some(Gradient { tensor: sum, own: false }) => {
                let tensor = (sum + tensor)?;
                Gradient { own: true, tensor }
            }
        });
        Ok(())
    }

    fn add_slot(&mut self, slot: SlotId, gradient: Tensor) -> TensorResult<()> {
        let sum = match self.slots.remove(&slot) {
            Some(sum) => (sum + gradient)?,
            None => gradient,
        };
        self.slots.insert(slot, sum);
        Ok(())
    }

    /// Passes on a gradient that only this step holds; views of it are still its own.
    fn pass_on(&mut self, id: Id, tensor: Tensor, own: bool) -> TensorResult<()> {
        let own = own && tensor.is_contiguous();
        self.add(id, tensor, own)
    }

    fn step(&mut self, step: Step, Gradient { tensor: gradient, own }: Gradient) -> Result<()> {
        match step {
            Step::Op { prepared, result, shape, targets } => {
                let gradient = shaped(gradient, &shape)?;
                let gradients = prepared.gradients(result.as_ref().unwrap_or(&gradient), &gradient)?;
                for (target, gradient) in targets.into_iter().zip(gradients) {
                    match (target, gradient) {
                        (Target::Node(id), Some(gradient)) => {
                            let shape = self.shape_of(id, &gradient);
                            self.pass_on(id, shaped(gradient, &shape)?, true)?;
                        }
                        (Target::Slot(slot), Some(gradient)) => self.add_slot(slot, gradient)?,
                        (_, None) => {}
                    }
                }
            }
            Step::Norm { norm, maps, gamma, beta } => {
                let own = own && gradient.is_contiguous();
                let gradient = Gradient { tensor: gradient.contiguous()?, own };
                by_dtype!(gradient.tensor.dtype(), "batch_norm backward", T => {
                    self.norm::<T>(&norm, &maps, [gamma, beta], gradient)
                })?;
            }
            Step::Parameter(slot) => self.add_slot(slot, gradient.sum(0)?)?,
            Step::Sum([x, y]) => {
                self.add(x, gradient.clone(), false)?;
                self.add(y, gradient, false)?;
            }
            Step::Reshape(id) => {
                let shape = self.shape_of(id, &gradient);
                self.pass_on(id, shaped(gradient, &shape)?, own)?;
            }
            Step::Permute(id, order) => {
                let mut back = vec![0; order.len()];
                order.iter().enumerate().for_each(|(to, from)| back[*from] = to);
                self.add(id, gradient.permute(back)?, false)?;
            }
            Step::Concat { axis, parts } => {
                let mut start = 0;
                for (id, len) in parts {
                    self.add(id, gradient.narrow(axis, start, len)?, false)?;
                    start += len;
                }
            }
            Step::Slice { from, axis, start, behind } => {
                self.pass_on(from, gradient.pad_with_zeros(axis, start, behind)?, false)?;
            }
            Step::Pad { from, axis, before, len } => {
                self.add(from, gradient.narrow(axis, before, len)?, false)?;
            }
            Step::Library { inputs, result, slots } => {
                let found = (result * gradient)?.sum_all()?.backward()?;
                for (id, input) in inputs {
                    if let Some(gradient) = found.get(&input) {
                        self.add(id, gradient.clone(), false)?;
                    }
                }
                for slot in slots {
                    if let Some(gradient) = found.get(&self.trace.network.tensors()[slot.0]) {
                        self.add_slot(slot, gradient.clone())?;
                    }
                }
            }
        }
        Ok(())
    }

    /// The shape of a node's value in a batch.
    fn shape_of(&self, id: Id, gradient: &Tensor) -> Vec<usize> {
        [&gradient.dims()[..1], &self.trace.network.graph().node(id).shape[..]].concat()
    }

    /// The gradients of a norm, each map's added where the others of that map lie.
    fn norm<T: Element>(
        &mut self,
        norm: &Norm,
        maps: &[(Id, Tensor)],
        [gamma, beta]: [SlotId; 2],
        Gradient { tensor: gradient, own }: Gradient,
    ) -> TensorResult<()> {
        let network = self.trace.network;
        let (hw, hb) = (Host::of(network.tensor(gamma)), Host::of(network.tensor(beta)));
        let vw = hw.values::<T>()?;
        let lines = norm.lines(vw, hb.values()?);
        let sums = with_joined(maps, |joined| {
            let sums = norm.sums(joined, &lines, Host::of(&gradient).values()?);
            let slopes = norm.slopes(vw, &sums, gradient.elem_count() / lines.len().max(1));
            if let ([(id, _)], true) = (maps, own)
                && self.nodes[id.0].is_none()
            {
                change::<T>(&gradient, |dx| norm.turn_gradient(joined, (&lines, &slopes), dx))?;
                self.add(*id, gradient.clone(), true)?;
                return Ok(sums);
            }
            let host = Host::of(&gradient);
            let vg = host.values()?;
            for (part, (id, map)) in maps.iter().enumerate() {
                let into = |dx: &mut [T], add: bool| {
                    norm.input_gradient(joined, part, (&lines, &slopes), vg, dx, add);
                };
                match &self.nodes[id.0] {
                    Some(Gradient { tensor: sum, own: true }) => change::<T>(sum, |dx| into(dx, true))?,
                    _ => {
                        let mut dx = vec![T::ZERO; map.elem_count()];
                        into(&mut dx, false);
                        self.add(*id, tensor(dx, map, map.dims())?, true)?;
                    }
                }
            }
            Ok(sums)
        })?;
        let (dgamma, dbeta) = norm.parameter_gradients::<T>(&sums);
        let shape = [lines.len()];
        self.add_slot(gamma, tensor(dgamma, &gradient, &shape)?)?;
        self.add_slot(beta, tensor(dbeta, &gradient, &shape)?)
    }
}

/// In another shape. A view that repeats numbers is not written out where it has the shape already.
fn shaped(gradient: Tensor, shape: &[usize]) -> TensorResult<Tensor> {
    if gradient.dims() == shape { Ok(gradient) } else { gradient.reshape(shape) }
}

/// Adds `more` to `sum` where it lies. A view that repeats one number over the last axes is not written out.
fn add_to(sum: &Tensor, more: &Tensor) -> TensorResult<()> {
    let repeated = more.stride().iter().rev().take_while(|stride| **stride == 0).count();
    let axes = more.rank() - repeated..more.rank();
    let span = more.dims()[axes.clone()].iter().product();
    let mut more = more.clone();
    for axis in axes {
        more = more.narrow(axis, 0, 1)?;
    }
    let more = more.contiguous()?;
    by_dtype!(sum.dtype(), "sum of gradients", T => {
        let host = Host::of(&more);
        let values = host.values::<T>()?;
        change::<T>(sum, |sum| add_values(sum, values, span))
    })
}
