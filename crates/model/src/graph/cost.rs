//! What a net costs and how far it sees, told from its graph.

use super::op::Op;
use super::{Graph, Id, Node};

/// What a net costs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cost {
    /// Trained numbers.
    pub parameters: u64,
    /// Multiply-adds of convolutions, fully connected and recurrent layers, products and gates for one input.
    pub multiply_adds: u64,
    /// Bytes of all values between the layers for one input in `f32`.
    pub activation_bytes: u64,
}

/// How much of the input one value of a node sees along height and width (a series has height 1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// So many values of the input, and so many further with the next position.
    Window {
        /// Values seen along each axis.
        size: [usize; 2],
        /// Step of the input for a step here.
        jump: [usize; 2],
    },
    /// All of it.
    Whole,
}

impl Field {
    pub(super) const ONE: Self = Self::Window { size: [1, 1], jump: [1, 1] };

    fn wider(self, other: Self) -> Self {
        match (self, other) {
            (Self::Window { size: a, jump: p }, Self::Window { size: b, jump: q }) => Self::Window {
                size: [a[0].max(b[0]), a[1].max(b[1])],
                jump: [p[0].max(q[0]), p[1].max(q[1])],
            },
            _ => Self::Whole,
        }
    }

    /// The field of a node with this op over inputs with these fields. What a gate has seen does not count.
    pub(super) fn behind(op: &Op, inputs: &[Self]) -> Self {
        let inputs = if matches!(op, Op::Mul | Op::SoftThreshold) { &inputs[..1] } else { inputs };
        let together = inputs.iter().copied().reduce(Self::wider).unwrap_or(Self::ONE);
        match (op, together) {
            (Op::Conv { window, .. } | Op::Pool { window, .. }, Self::Window { mut size, mut jump }) => {
                for axis in 0..2 {
                    size[axis] = size[axis].saturating_add(
                        (window.kernel[axis] - 1)
                            .saturating_mul(window.dilation[axis].saturating_mul(jump[axis])),
                    );
                    jump[axis] = jump[axis].saturating_mul(window.stride[axis]);
                }
                Self::Window { size, jump }
            }
            (Op::Along(_, 0) | Op::Softmax(0) | Op::Concat(0) | Op::Slice { axis: 0, .. }, field) => field,
            (
                Op::Global(_)
                | Op::AdaptivePool { .. }
                | Op::Along(..)
                | Op::Softmax(_)
                | Op::MatMul
                | Op::Recurrent(_)
                | Op::Permute(_)
                | Op::Reshape(_),
                _,
            ) => Self::Whole,
            (_, field) => field,
        }
    }
}

impl Graph {
    /// Parameters, multiply-adds and bytes for one input.
    pub fn cost(&self) -> Cost {
        let trained = self.slots.iter().filter(|slot| slot.trained);
        let parameters = trained.map(|slot| product(&slot.shape)).sum();
        let work = self.nodes.iter().map(|node| self.multiply_adds(node));
        let values: u64 = self.nodes.iter().map(|node| product(&node.shape)).sum();
        Cost { parameters, multiply_adds: work.fold(0, u64::saturating_add), activation_bytes: 4 * values }
    }

    /// What one value of the last map sees of the input.
    pub fn receptive_field(&self) -> Field {
        self.map.or(self.features).map_or(Field::Whole, |id| self.node(id).field)
    }

    fn multiply_adds(&self, node: &Node) -> u64 {
        let shape_of = |id: &Id| self.node(*id).shape.as_slice();
        let out = product(&node.shape);
        match &node.op {
            Op::Conv { weight, .. } => out * product(&self.slots[weight.0].shape[1..]),
            Op::Linear { weight, .. } => out * self.slots[weight.0].shape[1] as u64,
            Op::MatMul => out * node.inputs.first().and_then(|x| shape_of(x).last()).map_or(0, |k| *k as u64),
            Op::Mul => out,
            Op::Recurrent(layer) => {
                let steps = node.shape[1] as u64;
                let weights = layer.directions.iter().flat_map(|slots| &slots[..2]);
                steps * weights.map(|slot| product(&self.slots[slot.0].shape)).sum::<u64>()
            }
            _ => 0,
        }
    }
}

fn product(shape: &[usize]) -> u64 {
    shape.iter().map(|n| *n as u64).product()
}
