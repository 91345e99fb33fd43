//! Two operands joined number by number, each broadcast along axes that it does not have.

use crate::kernel::Kernel;
use crate::launch::{Launch, THREADS};
use crate::spread::{divisor, spread};
use crate::view::{Target, View};

/// How two numbers become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Join {
    /// `x + y`.
    Add,
    /// `x - y`.
    Subtract,
    /// `x y`.
    Multiply,
}

/// What the kernels compute of two numbers, in the order of `kernels/broadcast.cu`.
#[derive(Clone, Copy)]
enum Term {
    Sum,
    Difference,
    Product,
    First,
    MinusFirst,
}

/// Samples of up to four axes; along each an operand has all of it, or 1 and is the same all along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Broadcast {
    /// Samples.
    pub batch: usize,
    /// Lengths of the axes of the result.
    pub shape: [usize; 4],
    /// Those of `x`.
    pub x: [usize; 4],
    /// Those of `y`.
    pub y: [usize; 4],
}

/// An axis, and which operands have it.
#[derive(Clone, Copy)]
struct Axis {
    len: usize,
    has: [bool; 2],
}

impl Broadcast {
    /// `z = x join y`.
    pub fn forward(&self, join: Join, x: View, y: View, z: View) -> Launch {
        let term = match join {
            Join::Add => Term::Sum,
            Join::Subtract => Term::Difference,
            Join::Multiply => Term::Product,
        };
        let axes = self.axes(self.x, self.y);
        joined(self.batch, &axes, term, x, y, Target { view: z, add: false })
    }

    /// The gradient of `x`: `dz`, times `y` in a product, summed over the axes that `x` does not have.
    pub fn gradient_x(&self, join: Join, y: View, dz: View, dx: Target) -> Vec<Launch> {
        let term = if join == Join::Multiply { Term::Product } else { Term::First };
        self.gradient(term, [self.x, self.y], y, dz, dx)
    }

    /// The gradient of `y`, likewise.
    pub fn gradient_y(&self, join: Join, x: View, dz: View, dy: Target) -> Vec<Launch> {
        let term = match join {
            Join::Add => Term::First,
            Join::Subtract => Term::MinusFirst,
            Join::Multiply => Term::Product,
        };
        self.gradient(term, [self.y, self.x], x, dz, dy)
    }

    /// The axes first to last, without those of length 1 and with those as one that the same operands have.
    fn axes(&self, x: [usize; 4], y: [usize; 4]) -> Vec<Axis> {
        let mut axes: Vec<Axis> = Vec::new();
        for ((len, x), y) in self.shape.into_iter().zip(x).zip(y).filter(|((len, _), _)| *len != 1) {
            let has = [x, y].map(|own| own != 1);
            match axes.last_mut() {
                Some(last) if last.has == has => last.len *= len,
                _ => axes.push(Axis { len, has }),
            }
        }
        axes
    }

    fn gradient(
        &self,
        term: Term,
        [own, other]: [[usize; 4]; 2],
        y: View,
        dz: View,
        to: Target,
    ) -> Vec<Launch> {
        let axes = self.axes(own, other);
        if axes.iter().all(|axis| axis.has[0]) {
            // dz has all axes, as this operand does.
            return vec![joined(self.batch, &axes, term, dz, y, to)];
        }
        vec![self.sums(&axes, term, y, dz, to)]
    }

    fn sums(&self, axes: &[Axis], term: Term, y: View, dz: View, to: Target) -> Launch {
        // From the last on, the batch at the end; each with whether the operand and the other have it.
        let mut lengths = [1; 5];
        let [mut kept, mut of_other] = [1 << 4, 1 << 4];
        for (at, axis) in axes.iter().rev().enumerate() {
            lengths[at] = axis.len;
            kept |= usize::from(axis.has[0]) << at;
            of_other |= usize::from(axis.has[1]) << at;
        }
        lengths[4] = self.batch;
        let of = |bit: usize| {
            (0..5).filter(move |at| kept >> at & 1 == bit).map(|at| lengths[at]).product::<usize>()
        };
        let (sums, terms) = (of(1), of(0));
        let near = axes.last().is_none_or(|axis| !axis.has[0]);
        let lanes = lanes(sums, terms, near);
        let first = (0..5).rev().find(|at| kept >> at & 1 == 0 && lengths[*at] > 1).unwrap_or(0);
        let of_sample = sums / self.batch.max(1);
        Launch::blocks(Kernel::BroadcastSums, [sums.div_ceil(THREADS / lanes).max(1), 1, 1])
            .at(&[dz.at, y.at, to.view.at])
            .n(&[sums, terms, lanes, usize::from(near)])
            .n(&lengths)
            .n(&[kept, of_other, dz.pitch, y.pitch, to.view.pitch])
            .n(&[of_sample.max(1), term as usize, usize::from(to.add), first])
    }
}

/// Threads that share a sum: many where its terms are neighbours; where those of neighbouring sums are, as many as leave 32
/// side by side.
fn lanes(sums: usize, terms: usize, near: bool) -> usize {
    if near {
        let few = terms.next_power_of_two();
        return terms.div_ceil(8).next_power_of_two().clamp(few.min(32), THREADS);
    }
    let side = sums.next_power_of_two().min(32);
    terms.div_ceil(4).next_power_of_two().min(THREADS / side)
}

fn joined(batch: usize, axes: &[Axis], term: Term, x: View, y: View, z: Target) -> Launch {
    let count = axes.iter().map(|axis| axis.len).product::<usize>();
    let mut lengths: Vec<usize> = axes.iter().skip(1).rev().flat_map(|axis| divisor(axis.len)).collect();
    lengths.resize(9, 0);
    let has = |operand: usize| {
        axes.iter().rev().enumerate().map(|(at, axis)| usize::from(axis.has[operand]) << at).sum::<usize>()
    };
    spread(Kernel::Broadcast, batch * count)
        .at(&[x.at, y.at, z.view.at])
        .n(&divisor(count))
        .n(&[axes.len()])
        .n(&lengths)
        .n(&[has(0), has(1), x.pitch, y.pitch, z.view.pitch, term as usize, usize::from(z.add)])
}
