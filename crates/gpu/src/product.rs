//! Products of matrices, in tiles.

use crate::kernel::Kernel;
use crate::launch::{At, Launch};
use crate::spread::divisor;
use crate::view::View;

/// A matrix of a batch of matrices: the steps in numbers between neighbours along rows, columns, and the batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Matrix {
    /// The first number of the first matrix.
    pub at: At,
    /// From a row to the next.
    pub row: usize,
    /// From a column to the next.
    pub column: usize,
    /// From a matrix to the next; 0 where all are the same one.
    pub batch: usize,
}

impl Matrix {
    fn turned(self) -> Self {
        Self { row: self.column, column: self.row, ..self }
    }
}

/// `c[z] = a[z] b[z]` (+ bias over the columns) for `z < batch`; `a` is `[m, k]`, `b` `[k, n]`, `c` `[m, n]`, where `sizes` are
/// `[m, n, k]`. With `add`, to what is there. No two numbers of `c` may share a place.
pub fn product(
    batch: usize,
    sizes: [usize; 3],
    a: Matrix,
    b: Matrix,
    c: Matrix,
    bias: Option<At>,
    add: bool,
) -> Vec<Launch> {
    let bias = bias.map(|at| Bias { at, of_rows: false, step: 0 });
    let mut product = Product { batch, sizes, a, b, c, bias, relu: false, add, along_k: None, along_n: None };
    if c.row == 1 && c.column != 1 {
        product = product.turned();
    }
    product.launches()
}

/// Numbers added to those of a result.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bias {
    pub(crate) at: At,
    /// One for every row, else for every column.
    pub(crate) of_rows: bool,
    /// From a matrix to the next.
    pub(crate) step: usize,
}

/// An axis in stretches, each of them a pitch behind the one before in either matrix that has the axis.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stretches {
    pub(crate) len: usize,
    pub(crate) pitches: [usize; 2],
}

/// A product with all that the kernels can do.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Product {
    pub(crate) batch: usize,
    pub(crate) sizes: [usize; 3],
    pub(crate) a: Matrix,
    pub(crate) b: Matrix,
    pub(crate) c: Matrix,
    pub(crate) bias: Option<Bias>,
    pub(crate) relu: bool,
    pub(crate) add: bool,
    /// Positions of a batch along k, in a and b; neighbours lie along k then, not across it.
    pub(crate) along_k: Option<Stretches>,
    /// Along n, in b and c; neighbours lie along n then.
    pub(crate) along_n: Option<Stretches>,
}

/// Blocks along an axis of the grid other than the first.
const MOST_BLOCKS: usize = 65_535;
/// Flags as `kernels/multiply.h` has them.
const ADD: usize = 1;
const RELU: usize = 2;
const A_ACROSS: usize = 4;
const B_ACROSS: usize = 8;
const BIAS: usize = 16;
const BIAS_OF_ROWS: usize = 32;

impl Product {
    /// The other way round, where the result's neighbours lie along its columns.
    fn turned(self) -> Self {
        let [m, n, k] = self.sizes;
        Self {
            sizes: [n, m, k],
            a: self.b.turned(),
            b: self.a.turned(),
            c: self.c.turned(),
            bias: self.bias.map(|bias| Bias { of_rows: !bias.of_rows, ..bias }),
            ..self
        }
    }

    pub(crate) fn launches(self) -> Vec<Launch> {
        let [m, n, k] = self.sizes;
        let tile = Tile::of(m, n, self.batch);
        self.in_parts(tile, Parts { len: k.max(1), count: 1 })
    }

    /// The results of the parts lie behind each other, those of a matrix of the batch together.
    pub(crate) fn in_parts(self, tile: &Tile, parts: Parts) -> Vec<Launch> {
        let [m, n, k] = self.sizes;
        if m * n == 0 {
            return Vec::new();
        }
        let along = |stretches: Option<Stretches>, size: usize| {
            let whole = Stretches { len: size, pitches: [0; 2] };
            let Stretches { len, pitches } = stretches.unwrap_or(whole);
            (Divisor::of(len), pitches)
        };
        let (by_k, pitches_k) = along(self.along_k, k);
        let (by_n, pitches_n) = along(self.along_n, n);
        let a_across = self.along_k.is_none() && self.a.column != 1;
        let b_across =
            self.along_n.is_some() || self.along_k.is_none() && (self.b.column == 1 || self.b.row != 1);
        let flag = |set: bool, flag: usize| if set { flag } else { 0 };
        let flags = flag(self.add, ADD)
            + flag(self.relu, RELU)
            + flag(a_across, A_ACROSS)
            + flag(b_across, B_ACROSS)
            + flag(self.bias.is_some(), BIAS)
            + flag(self.bias.is_some_and(|bias| bias.of_rows), BIAS_OF_ROWS)
            + (by_k.shift << 10)
            + (by_n.shift << 15);
        let bias = self.bias.unwrap_or(Bias { at: At::NOWHERE, of_rows: false, step: 0 });
        (0..self.batch)
            .step_by(MOST_BLOCKS)
            .map(|z| {
                let blocks = [tile.blocks(m, n), parts.count, (self.batch - z).min(MOST_BLOCKS)];
                let further = |matrix: Matrix| matrix.at.plus(z * matrix.batch);
                let bias_at = At { offset: bias.at.offset + z * bias.step, ..bias.at };
                Launch::blocks(tile.product, blocks)
                    .at(&[further(self.a), further(self.b), further(self.c), bias_at])
                    .n(&[m, n, k, parts.len, flags])
                    .n(&[self.a.row, self.a.column, self.a.batch])
                    .n(&[self.b.row, self.b.column, self.b.batch])
                    .n(&[self.c.row, self.c.column, self.c.batch, bias.step])
                    .n(&[by_k.divisor, by_k.multiplier, by_n.divisor, by_n.multiplier])
                    .n(&pitches_k)
                    .n(&pitches_n)
            })
            .collect()
    }
}

/// A size of tiles, with its kernels.
#[derive(Debug)]
pub(crate) struct Tile {
    size: [usize; 2],
    /// Of the multiplications that a multiprocessor could do.
    speed: f64,
    pub(crate) product: Kernel,
    pub(crate) forward: Kernel,
    pub(crate) input: Kernel,
    pub(crate) weight: Kernel,
}

const TILES: [Tile; 4] = [
    Tile {
        size: [128, 128],
        speed: 0.7,
        product: Kernel::Product128x128,
        forward: Kernel::Convolution128x128,
        input: Kernel::ConvolutionInput128x128,
        weight: Kernel::ConvolutionWeight128x128,
    },
    Tile {
        size: [64, 64],
        speed: 0.5,
        product: Kernel::Product64x64,
        forward: Kernel::Convolution64x64,
        input: Kernel::ConvolutionInput64x64,
        weight: Kernel::ConvolutionWeight64x64,
    },
    Tile {
        size: [32, 128],
        speed: 0.45,
        product: Kernel::Product32x128,
        forward: Kernel::Convolution32x128,
        input: Kernel::ConvolutionInput32x128,
        weight: Kernel::ConvolutionWeight32x128,
    },
    Tile {
        size: [32, 32],
        speed: 0.25,
        product: Kernel::Product32x32,
        forward: Kernel::Convolution32x32,
        input: Kernel::ConvolutionInput32x32,
        weight: Kernel::ConvolutionWeight32x32,
    },
];

/// Multiprocessors of a large GPU, which the choice of tiles has in mind wherever it runs: results do not depend on the GPU.
const MULTIPROCESSORS: usize = 132;
/// Blocks that a sum is split for, and how many numbers are worth a block.
const WANTED: usize = 4 * MULTIPROCESSORS;
const WORTH: usize = 256;
/// Parts begin at whole steps of every tile.
const STEP: usize = 32;
/// What a number of a part costs, in multiplications of one multiprocessor.
const PART_COST: f64 = 0.5;

/// A sum in parts: numbers of each, and how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Parts {
    pub(crate) len: usize,
    pub(crate) count: usize,
}

impl Tile {
    /// How many cover a matrix.
    pub(crate) fn blocks(&self, m: usize, n: usize) -> usize {
        m.div_ceil(self.size[0]) * n.div_ceil(self.size[1])
    }

    /// What a product costs with it for every number along k, blocks being done in rounds.
    fn cost(&self, blocks: usize) -> f64 {
        (blocks.div_ceil(MULTIPROCESSORS) * self.size[0] * self.size[1]) as f64 / self.speed
    }

    /// The fastest for so many matrices.
    pub(crate) fn of(m: usize, n: usize, batch: usize) -> &'static Self {
        Self::least(|tile| tile.cost(tile.blocks(m, n) * batch))
    }

    /// The fastest for matrices of few numbers that are long sums, and its parts.
    pub(crate) fn and_parts(m: usize, n: usize, k: usize, batch: usize) -> (&'static Self, Parts) {
        let parts = |tile: &Self| {
            let blocks = (tile.blocks(m, n) * batch).max(1);
            let count = (WANTED / blocks).clamp(1, (k / WORTH).max(1));
            let len = k.div_ceil(count).next_multiple_of(STEP).max(STEP);
            Parts { len, count: k.div_ceil(len).max(1) }
        };
        let tile = Self::least(|tile| {
            let Parts { len, count } = parts(tile);
            let kept = if count > 1 { PART_COST * (count * m * n * batch) as f64 } else { 0.0 };
            tile.cost(tile.blocks(m, n) * batch * count) * len as f64 + kept
        });
        (tile, parts(tile))
    }

    /// The first with the least cost.
    fn least(cost: impl Fn(&Self) -> f64) -> &'static Self {
        let [first, others @ ..] = &TILES;
        others
            .iter()
            .fold((first, cost(first)), |least, tile| {
                let own = cost(tile);
                if own < least.1 { (tile, own) } else { least }
            })
            .0
    }
}

/// The sum of parts behind each other for every one of `count` numbers of every group.
pub(crate) fn sum_parts(groups: usize, count: usize, parts: usize, from: At, to: At, add: bool) -> Launch {
    Launch::blocks(Kernel::SumParts, [count.div_ceil(32), groups, 1]).at(&[from, to, At::NOWHERE]).n(&[
        count,
        parts,
        usize::from(add),
        0,
    ])
}

/// The same for `[rows, columns]`, with a bias for every column, to rows that lie a pitch apart.
pub(crate) fn sum_row_parts(
    [rows, columns]: [usize; 2],
    parts: usize,
    from: At,
    bias: Option<At>,
    to: View,
) -> Launch {
    let count = rows * columns;
    Launch::blocks(Kernel::SumParts, [count.div_ceil(32), 1, 1])
        .at(&[from, to.at, bias.unwrap_or(At::NOWHERE)])
        .n(&[count, parts, 0])
        .n(&divisor(columns))
        .n(&[to.pitch])
}

/// How a kernel divides by a number: see [`divisor`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Divisor {
    pub(crate) divisor: usize,
    pub(crate) multiplier: usize,
    pub(crate) shift: usize,
}

impl Divisor {
    /// Right for whatever is below 2^31.
    pub(crate) fn of(by: usize) -> Self {
        let [divisor, multiplier, shift] = divisor(by);
        Self { divisor, multiplier, shift }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_sum_is_split_and_a_short_one_is_not() {
        let (tile, parts) = Tile::and_parts(16, 64, 64 * 2048, 1);
        let blocks = tile.blocks(16, 64) * parts.count;
        assert!((264..=1024).contains(&blocks) && parts.len >= WORTH, "{parts:?}");
        assert_eq!(Tile::and_parts(16, 64, 100, 1).1, Parts { len: 128, count: 1 });
        let (tile, parts) = Tile::and_parts(512, 1536, 64 * 64, 1);
        assert_eq!(tile.size, [128, 128]);
        assert!(parts.count > 1, "{parts:?}");
        assert_eq!(Tile::of(16, 100_000, 1).size, [32, 128]);
        assert_eq!(Tile::of(64, 10, 1).size, [32, 32]);
    }
}
