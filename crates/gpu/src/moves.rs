//! Numbers moved as they are.

use crate::kernel::Kernel;
use crate::launch::Launch;
use crate::spread::{divisor, spread};
use crate::view::{Target, View};

/// Side of the tiles that axes are exchanged by: `TILE` of `kernels/moves.cu`.
const TILE: usize = 32;
/// Axes shorter than this are not worth a tile.
const SHORT: usize = 8;

/// Rows of a sample: how many, of how many numbers, and the pitches in `x` and `y`.
struct Rows {
    count: usize,
    numbers: usize,
    pitches: [usize; 2],
}

fn copy_rows(batch: usize, rows: &Rows, x: View, y: Target) -> Launch {
    let launch = spread(Kernel::CopyRows, batch * rows.count * rows.numbers).at(&[x.at, y.view.at]);
    let launch = launch.n(&divisor(rows.numbers)).n(&divisor(rows.count));
    let [of_x, of_y] = rows.pitches;
    launch.n(&[of_x, x.pitch, of_y, y.view.pitch, usize::from(y.add)])
}

/// `y` is `x`, of `count` numbers a sample.
pub fn copy(batch: usize, count: usize, x: View, y: Target) -> Launch {
    copy_rows(batch, &Rows { count: 1, numbers: count, pitches: [count; 2] }, x, y)
}

/// `y` `[outer, taken, inner]` is the part of `x` `[outer, len, inner]` that begins at `start`.
#[allow(clippy::too_many_arguments, reason = "the lengths of a part, in the order in which they lie")]
pub fn slice(
    batch: usize,
    outer: usize,
    len: usize,
    inner: usize,
    start: usize,
    taken: usize,
    x: View,
    y: Target,
) -> Launch {
    let rows = Rows { count: outer, numbers: taken * inner, pitches: [len * inner, taken * inner] };
    copy_rows(batch, &rows, View { at: x.at.plus(start * inner), ..x }, y)
}

/// `x` `[outer, taken, inner]` is put into `y` `[outer, len, inner]` from `start` on; nothing else there changes.
#[allow(clippy::too_many_arguments, reason = "the lengths of a part, in the order in which they lie")]
pub fn place(
    batch: usize,
    outer: usize,
    taken: usize,
    inner: usize,
    start: usize,
    len: usize,
    x: View,
    y: Target,
) -> Launch {
    let rows = Rows { count: outer, numbers: taken * inner, pitches: [taken * inner, len * inner] };
    let view = View { at: y.view.at.plus(start * inner), ..y.view };
    copy_rows(batch, &rows, x, Target { view, ..y })
}

/// One number everywhere in `count` numbers of each sample.
pub fn fill(batch: usize, count: usize, y: View, value: f32) -> Launch {
    Launch::over(Kernel::Fill, batch * count)
        .at(&[y.at])
        .n(&[batch * count, count.max(1), y.pitch])
        .f(&[value])
}

/// An axis of a result: its length, and the numbers from one index to the next in `x` and in `y`.
#[derive(Clone, Copy)]
struct Axis {
    len: usize,
    in_x: usize,
    in_y: usize,
}

/// The axes of the result, first to last, without those of length 1 and with those as one that stay side by side.
fn axes(shape: [usize; 4], order: [usize; 4]) -> Vec<Axis> {
    let in_x = |axis: usize| shape[axis + 1..].iter().product::<usize>();
    let mut found: Vec<Axis> = Vec::new();
    for axis in order.into_iter().filter(|axis| shape[*axis] != 1) {
        let new = Axis { len: shape[axis], in_x: in_x(axis), in_y: 1 };
        match found.last_mut() {
            Some(last) if last.in_x == new.in_x * new.len => *last = Axis { len: last.len * new.len, ..new },
            _ => found.push(new),
        }
    }
    let mut step = 1;
    for axis in found.iter_mut().rev() {
        axis.in_y = step;
        step *= axis.len;
    }
    found
}

/// The axes of `x`, of lengths `shape`, in another order: axis `i` of `y` is axis `order[i]` of `x`.
pub fn permute(batch: usize, shape: [usize; 4], order: [usize; 4], x: View, y: Target) -> Launch {
    let count = shape.iter().product();
    let axes = axes(shape, order);
    let [.., last] = axes[..] else { return copy(batch, count, x, y) };
    if axes.len() == 1 {
        return copy(batch, count, x, y);
    }
    match axes.iter().position(|axis| axis.in_x == 1) {
        Some(at) if at + 1 < axes.len() && axes[at].len.min(last.len) >= SHORT => {
            transpose(batch, &axes, at, x, y)
        }
        _ => {
            let mut lengths: Vec<usize> =
                axes.iter().skip(1).rev().flat_map(|axis| divisor(axis.len)).collect();
            lengths.resize(9, 0);
            let mut steps: Vec<usize> = axes.iter().rev().map(|axis| axis.in_x).collect();
            steps.resize(4, 0);
            let launch = spread(Kernel::Permute, batch * count).at(&[x.at, y.view.at]).n(&divisor(count));
            let launch = launch.n(&[axes.len()]).n(&lengths).n(&steps);
            launch.n(&[x.pitch, y.view.pitch, usize::from(y.add)])
        }
    }
}

/// By tiles of the last axis of `x`, which is axis `at` of `y`, and the last of `y`.
fn transpose(batch: usize, axes: &[Axis], at: usize, x: View, y: Target) -> Launch {
    let (inner, last) = (axes[at], axes[axes.len() - 1]);
    let mut others: Vec<Axis> = axes[..axes.len() - 1].to_vec();
    others.remove(at);
    others.resize(2, Axis { len: 1, in_x: 0, in_y: 0 });
    let tiles = [inner.len, last.len].map(|len| len.div_ceil(TILE));
    let [one, two] = [others[0], others[1]];
    let blocks = (tiles[0] * tiles[1] * one.len * two.len * batch).max(1);
    Launch::blocks(Kernel::Transpose, [blocks, 1, 1])
        .at(&[x.at, y.view.at])
        .n(&[inner.len, last.len, inner.in_y, last.in_x])
        .n(&tiles)
        .n(&[one.len, two.len, one.in_x, two.in_x, one.in_y, two.in_y])
        .n(&[x.pitch, y.view.pitch, usize::from(y.add)])
}
