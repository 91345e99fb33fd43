//! Recurrent layers.

use super::writer::{Writer, count, counts, text};
use crate::error::Result;
use crate::graph::{Recurrence, RecurrentKind, SlotId};

impl Writer<'_> {
    /// A recurrent layer over `[F, T]`: `[H · directions, T]`. ONNX runs over `[T, batch, F]`.
    pub(super) fn recurrent(&mut self, x: &str, layer: &Recurrence) -> Result<String> {
        let steps = self.emit("Transpose", &[x], vec![counts("perm", &[2, 0, 1])]);
        let mut states = Vec::with_capacity(layer.directions.len());
        for (direction, slots) in layer.directions.iter().enumerate() {
            let way = if direction == 1 { "reverse" } else { "forward" };
            let y = self.direction(&steps, layer, *slots, way)?;
            // [T, 1, batch, H] to [batch, H, 1, T]
            let y = self.emit("Transpose", &[&y], vec![counts("perm", &[2, 3, 1, 0])]);
            let axis = self.ints(&[2]);
            states.push(self.emit("Squeeze", &[&y, &axis], Vec::new()));
        }
        let states: Vec<&str> = states.iter().map(String::as_str).collect();
        Ok(self.emit("Concat", &states, vec![count("axis", 1)]))
    }

    fn direction(
        &mut self,
        steps: &str,
        layer: &Recurrence,
        slots: [SlotId; 4],
        way: &str,
    ) -> Result<String> {
        let mut tensors = Vec::with_capacity(slots.len());
        for slot in slots {
            let tensor = self.slot(slot)?;
            tensors.push(self.gates_in_order(&tensor, layer.kind));
        }
        let biases = self.emit("Concat", &[&tensors[2], &tensors[3]], vec![count("axis", 0)]);
        let first = self.ints(&[0]);
        let [from_input, from_state, biases] = [&tensors[0], &tensors[1], &biases]
            .map(|tensor| self.emit("Unsqueeze", &[tensor, &first], Vec::new()));
        let inputs = [steps, &from_input, &from_state, &biases];
        let mut attributes = vec![count("hidden_size", layer.hidden), text("direction", way)];
        Ok(match layer.kind {
            RecurrentKind::Gru => {
                // The reset gate works on the product with the state and its bias.
                attributes.push(count("linear_before_reset", 1));
                self.emit("GRU", &inputs, attributes)
            }
            RecurrentKind::Lstm => self.emit("LSTM", &inputs, attributes),
        })
    }

    /// The gates in ONNX's order: update, reset, new; input, output, forget, new.
    fn gates_in_order(&mut self, tensor: &str, kind: RecurrentKind) -> String {
        let axis = vec![count("axis", 0)];
        match kind {
            RecurrentKind::Gru => {
                let [reset, update, new] = self.split(tensor);
                self.emit("Concat", &[&update, &reset, &new], axis)
            }
            RecurrentKind::Lstm => {
                let [input, forget, new, output] = self.split(tensor);
                self.emit("Concat", &[&input, &output, &forget, &new], axis)
            }
        }
    }
}
