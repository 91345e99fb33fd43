//! A recurrent layer over one sample.

use super::dense::Dense;
use crate::graph::RecurrentKind;
use crate::ops::{logistic, transpose};

/// The layer with its weights packed.
pub(super) struct Recurrent {
    kind: RecurrentKind,
    hidden: usize,
    /// For each direction the products with the inputs and those with the state.
    directions: Vec<[Dense; 2]>,
    features: usize,
    time: usize,
}

fn sigmoid(x: f32) -> f32 {
    logistic(f64::from(x)) as f32
}

impl Recurrent {
    pub(super) fn new(
        kind: RecurrentKind,
        hidden: usize,
        directions: &[[Vec<f64>; 4]],
        [features, time]: [usize; 2],
    ) -> Self {
        let packed =
            |[wx, wh, bx, bh]: &[Vec<f64>; 4]| [Dense::new(wx, bx, false), Dense::new(wh, bh, false)];
        Self { kind, hidden, directions: directions.iter().map(packed).collect(), features, time }
    }

    /// Working memory, in numbers.
    pub(super) fn scratch(&self) -> usize {
        let gates = self.directions.iter().map(|[given, _]| given.padded()).max().unwrap_or(0);
        self.time * self.features + (self.time + 1) * gates + 2 * self.hidden
    }

    /// `[H · directions, T]` from `[F, T]`.
    pub(super) fn run(&self, x: &[f32], out: &mut [f32], scratch: &mut [f32]) {
        let (turned, rest) = scratch.split_at_mut(self.time * self.features);
        transpose(x, self.features, self.time, turned);
        let parts = self.directions.iter().zip(out.chunks_exact_mut((self.hidden * self.time).max(1)));
        for (direction, ([inputs, state], out)) in parts.enumerate() {
            let (given, rest) = rest.split_at_mut(self.time * inputs.padded());
            let (kept, rest) = rest.split_at_mut(state.padded());
            let (h, rest) = rest.split_at_mut(self.hidden);
            let cell = &mut rest[..self.hidden];
            inputs.run(turned, self.features, self.time, given);
            h.fill(0.0);
            cell.fill(0.0);
            for step in 0..self.time {
                let at = if direction == 1 { self.time - 1 - step } else { step };
                state.run(h, self.hidden, 1, kept);
                self.step(&given[at * inputs.padded()..], kept, h, cell);
                for (line, h) in out.chunks_exact_mut(self.time).zip(&*h) {
                    line[at] = *h;
                }
            }
        }
    }

    fn step(&self, given: &[f32], kept: &[f32], h: &mut [f32], cell: &mut [f32]) {
        let n = self.hidden;
        for unit in 0..n {
            let sum = |gate: usize| given[gate * n + unit] + kept[gate * n + unit];
            match self.kind {
                RecurrentKind::Gru => {
                    let (reset, update) = (sigmoid(sum(0)), sigmoid(sum(1)));
                    let new = (given[2 * n + unit] + reset * kept[2 * n + unit]).tanh();
                    h[unit] = new + update * (h[unit] - new);
                }
                RecurrentKind::Lstm => {
                    let (input, forget, output) = (sigmoid(sum(0)), sigmoid(sum(1)), sigmoid(sum(3)));
                    cell[unit] = forget * cell[unit] + input * sum(2).tanh();
                    h[unit] = output * cell[unit].tanh();
                }
            }
        }
    }
}
