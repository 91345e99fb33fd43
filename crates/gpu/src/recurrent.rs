//! GRU and LSTM over time.

use crate::kernel::Kernel;
use crate::launch::{At, Launch};
use crate::moves::permute;
use crate::parts::{shares, sum};
use crate::view::{Target, View};

/// Partial products of a block, at least four for every thread.
const PRODUCTS: usize = 1024;
/// Rows and columns of a block of the weights' gradient, and times that it takes together.
const TILE: usize = 64;
const DEEP: usize = 16;
/// Blocks that fill any GPU.
const BLOCKS: usize = 512;

/// Which equations; they are PyTorch's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cell {
    /// Gates reset, update, new.
    Gru,
    /// Gates input, forget, new, output.
    Lstm,
}

impl Cell {
    /// How many gates.
    pub fn gates(self) -> usize {
        match self {
            Self::Gru => 3,
            Self::Lstm => 4,
        }
    }
}

/// One direction of a recurrent layer that begins at 0: the products with the input and their bias, samples
/// `[gates * hidden, time]`, to states `[hidden, time]`, with the state's weights `[gates * hidden, hidden]` and bias
/// `[gates * hidden]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recurrent {
    /// Samples.
    pub batch: usize,
    /// Which equations.
    pub cell: Cell,
    /// Numbers of a state, at most [`LARGEST`](Self::LARGEST).
    pub hidden: usize,
    /// Steps.
    pub time: usize,
    /// Whether it goes from the last time to the first.
    pub reverse: bool,
}

impl Recurrent {
    /// The largest state: that which fits into a block of threads.
    pub const LARGEST: usize = 1024;

    fn rows(&self) -> usize {
        self.cell.gates() * self.hidden
    }

    /// Where in what is kept the gates end and the inner states end; behind them stand the turned weights.
    fn ends(&self) -> [usize; 2] {
        let steps = self.batch * self.time;
        [steps * self.rows(), steps * (self.rows() + self.hidden)]
    }

    /// Into how many parts a product of so many results over so many numbers is cut.
    fn parts(wide: usize, len: usize) -> usize {
        1 << (PRODUCTS / wide.max(1)).clamp(1, len.max(1)).ilog2()
    }

    /// Blocks over the weights, stretches of time in a sample, stretches of a block and blocks over the stretches.
    fn shares(&self) -> [usize; 5] {
        let tiles = [self.rows(), self.hidden].map(|size| size.div_ceil(TILE).max(1));
        let stretches = self.time.div_ceil(DEEP).max(1);
        let [each, parts] = shares(self.batch * stretches, tiles[0] * tiles[1], BLOCKS);
        [tiles[0], tiles[1], stretches, each, parts]
    }

    /// How many numbers [`forward`](Self::forward) keeps for the way back.
    pub fn kept(&self) -> usize {
        self.ends()[1] + self.rows() * self.hidden
    }

    /// The states. `kept` is for [`gradient`](Self::gradient).
    ///
    /// # Panics
    /// A state of more than [`LARGEST`](Self::LARGEST) numbers.
    pub fn forward(&self, given: View, wh: At, bh: At, y: View, kept: At) -> Vec<Launch> {
        assert!(
            self.hidden <= Self::LARGEST,
            "{} numbers of a state, at most {}",
            self.hidden,
            Self::LARGEST
        );
        let (rows, [inner, weights]) = (self.rows(), self.ends());
        let (inner, weights) = (kept.plus(inner), kept.plus(weights));
        let from = View { at: wh, pitch: rows * self.hidden };
        let to = Target { view: View { at: weights, ..from }, add: false };
        let turn = permute(1, [1, 1, rows, self.hidden], [0, 1, 3, 2], from, to);
        let states = Launch::blocks(Kernel::Recurrent, [self.batch, 1, 1])
            .at(&[given.at, weights, bh, y.at, kept, inner])
            .n(&[self.hidden, self.time, usize::from(self.reverse), self.cell.gates()])
            .n(&[Self::parts(rows, self.hidden), given.pitch, y.pitch]);
        vec![turn, states]
    }

    /// How many numbers [`gradient`](Self::gradient) needs room for.
    pub fn scratch(&self) -> usize {
        let [.., parts] = self.shares();
        self.batch * self.time * self.rows() + parts * self.rows() * (self.hidden + 1)
    }

    /// The gradients of the products with the input, of the state's weights and of its bias, from the states and what was
    /// kept; `add` is for the latter two.
    ///
    /// # Panics
    /// A state of more than [`LARGEST`](Self::LARGEST) numbers.
    #[allow(clippy::too_many_arguments, reason = "the places of a layer, each with its name")]
    pub fn gradient(
        &self,
        y: View,
        dy: View,
        wh: At,
        kept: At,
        dgiven: Target,
        dwh: At,
        dbh: At,
        add: bool,
        scratch: At,
    ) -> Vec<Launch> {
        assert!(
            self.hidden <= Self::LARGEST,
            "{} numbers of a state, at most {}",
            self.hidden,
            Self::LARGEST
        );
        let (rows, [inner, _], reverse) = (self.rows(), self.ends(), usize::from(self.reverse));
        let partial = scratch.plus(self.batch * self.time * rows);
        let [down, along, stretches, each, parts] = self.shares();
        let back = Launch::blocks(Kernel::RecurrentGradient, [self.batch, 1, 1])
            .at(&[y.at, dy.at, wh, kept, kept.plus(inner), dgiven.view.at, scratch])
            .n(&[self.hidden, self.time, reverse, self.cell.gates(), Self::parts(self.hidden, rows)])
            .n(&[y.pitch, dy.pitch, dgiven.view.pitch, usize::from(dgiven.add)]);
        let weights = Launch::blocks(Kernel::RecurrentParts, [down, along, parts])
            .at(&[scratch, y.at, partial])
            .n(&[self.hidden, self.time, reverse, rows, stretches, self.batch * stretches, each, y.pitch]);
        let sums = sum(partial, parts, [(dwh, rows * self.hidden), (dbh, rows)], add);
        vec![back, weights, sums]
    }
}
