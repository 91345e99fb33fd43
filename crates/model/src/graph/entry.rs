//! An op put in front of a net that is already written.

use super::{Field, Graph, Id, Node, Op};
use crate::error::{Error, Result};

impl Graph {
    /// The same net with `op` between its input and all that works on it.
    ///
    /// # Errors
    /// An op that gives another shape than the input's.
    pub(crate) fn with_entry(mut self, name: &str, op: Op) -> Result<Self> {
        let input = self.input().to_vec();
        let shape = op.shape(&[&input], &self.slots).map_err(|reason| Error::layer(name, &input, reason))?;
        if shape != input {
            return Err(Error::layer(name, &input, format!("it gives {shape:?}, the net takes the input's")));
        }
        let inputs = self.nodes.iter_mut().flat_map(|node| &mut node.inputs);
        let named = self.outputs.iter_mut().chain(&mut self.gates).map(|(_, id)| id);
        for id in inputs.chain(named).chain(&mut self.map).chain(&mut self.features) {
            id.0 += 1;
        }
        let layer = name.to_owned();
        self.nodes.insert(1, Node { op, inputs: vec![Id(0)], shape, layer, field: Field::ONE });
        Ok(self)
    }
}
