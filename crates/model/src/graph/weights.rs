//! Which tensors of a net multiply its values.

use std::collections::BTreeSet;

use super::{Graph, Op};

impl Graph {
    /// The names of the weights of convolutions, linear layers and recurrent layers: what weight decay is for. Biases,
    /// the tensors of norms and trained tensors that stand alone are not among them.
    pub fn weights(&self) -> BTreeSet<&str> {
        let mut slots = Vec::new();
        for node in &self.nodes {
            match &node.op {
                Op::Conv { weight, .. } | Op::Linear { weight, .. } => slots.push(*weight),
                Op::Recurrent(recurrence) => {
                    slots.extend(recurrence.directions.iter().flat_map(|slots| [slots[0], slots[1]]));
                }
                _ => {}
            }
        }
        slots.into_iter().map(|slot| self.slots[slot.0].name.as_str()).collect()
    }
}
