//! A linear layer's way forward.

use crate::launch::{At, Launch};
use crate::product::{Bias, Matrix, Parts, Product, Tile, sum_row_parts};
use crate::view::View;

/// `y = x w^T` (+ bias) for samples of `inputs` numbers. Weight `[outputs, inputs]`, dense.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Linear {
    /// Samples.
    pub batch: usize,
    /// Numbers of a sample.
    pub inputs: usize,
    /// Numbers of a result.
    pub outputs: usize,
}

impl Linear {
    /// Numbers of working memory: results of parts, where the sums are long and the results few.
    pub fn scratch(&self) -> usize {
        let (_, parts) = self.plan();
        if parts.count > 1 { parts.count * self.batch * self.outputs } else { 0 }
    }

    /// The launches; `scratch` has [`scratch`](Self::scratch) numbers.
    pub fn forward(&self, x: View, weight: At, bias: Option<At>, y: View, scratch: At) -> Vec<Launch> {
        let Self { batch, inputs, outputs } = *self;
        let (tile, parts) = self.plan();
        let whole = Product {
            batch: 1,
            sizes: [batch, outputs, inputs],
            a: Matrix { at: x.at, row: x.pitch, column: 1, batch: 0 },
            b: Matrix { at: weight, row: 1, column: inputs, batch: 0 },
            c: Matrix { at: y.at, row: y.pitch, column: 1, batch: 0 },
            bias: bias.map(|at| Bias { at, of_rows: false, step: 0 }),
            relu: false,
            add: false,
            along_k: None,
            along_n: None,
        };
        if parts.count == 1 || batch * outputs == 0 {
            return whole.in_parts(tile, parts);
        }
        let c = Matrix { at: scratch, row: outputs, column: 1, batch: 0 };
        let mut launches = Product { c, bias: None, ..whole }.in_parts(tile, parts);
        launches.push(sum_row_parts([batch, outputs], parts.count, scratch, bias, y));
        launches
    }

    fn plan(&self) -> (&'static Tile, Parts) {
        Tile::and_parts(self.batch, self.outputs, self.inputs, 1)
    }
}
