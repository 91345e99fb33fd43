//! Means and largest values: of sliding windows, of a given number of windows, of whole maps, along one axis.
#![allow(
    clippy::needless_range_loop,
    reason = "loops over places compile to wide instructions inside a dispatch, iterators often do not"
)]

use pulp::{Simd, WithSimd};

use crate::graph::Gather;
use crate::ops::{Window, span};

/// The larger of two numbers; NaN wins.
#[inline(always)]
fn larger(a: f32, b: f32) -> f32 {
    if a > b || a.is_nan() { a } else { b }
}

/// Sliding windows over one image.
pub(super) struct Pool {
    pub(super) gather: Gather,
    pub(super) window: Window,
    pub(super) count_padding: bool,
    pub(super) input: [usize; 2],
    pub(super) output: [usize; 2],
}

impl Pool {
    /// Working memory, in numbers.
    pub(super) fn scratch(&self) -> usize {
        self.input[1]
    }

    /// Windows of `x`, each channel times its `gate` where there are gates.
    pub(super) fn run(&self, x: &[f32], gate: Option<&[f32]>, out: &mut [f32], scratch: &mut [f32]) {
        pulp::Arch::new().dispatch(Pooling { pool: self, x, gate, out, scratch });
    }

    /// Whether windows of two by two, or of one by two, lie side by side.
    fn halves(&self) -> bool {
        let Window { kernel, stride, padding, dilation } = self.window;
        kernel == stride
            && (kernel == [2, 2] || kernel == [1, 2])
            && padding == [0, 0]
            && dilation == [1, 1]
            && (0..2).all(|axis| kernel[axis] * self.output[axis] <= self.input[axis])
    }
}

struct Pooling<'a> {
    pool: &'a Pool,
    x: &'a [f32],
    gate: Option<&'a [f32]>,
    out: &'a mut [f32],
    scratch: &'a mut [f32],
}

impl WithSimd for Pooling<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, _: S) {
        let (size, plane) =
            (self.pool.output[0] * self.pool.output[1], self.pool.input[0] * self.pool.input[1]);
        let halves = self.pool.halves();
        for channel in 0..self.out.len() / size.max(1) {
            let x = &self.x[channel * plane..(channel + 1) * plane];
            let gate = self.gate.map_or(1.0, |gate| gate[channel]);
            match (halves, self.pool.gather) {
                (true, Gather::Max) => self.largest_of_two(x, gate, channel * size),
                (true, Gather::Mean) => self.mean_of_two(x, channel * size),
                (false, Gather::Max) => self.largest(x, gate, channel * size),
                (false, Gather::Mean) => self.mean(x, channel * size),
            }
        }
    }
}

impl Pooling<'_> {
    #[inline(always)]
    fn largest_of_two(&mut self, x: &[f32], gate: f32, at: usize) {
        let [h, w] = self.pool.output;
        let (width, high) = (self.pool.input[1], self.pool.window.kernel[0]);
        for y in 0..h {
            let upper = &x[high * y * width..][..2 * w];
            let lower = &x[(high * y + high - 1) * width..][..2 * w];
            let columns = &mut self.scratch[..2 * w];
            for i in 0..2 * w {
                columns[i] = larger(upper[i] * gate, lower[i] * gate);
            }
            let out = &mut self.out[at + y * w..][..w];
            for i in 0..w {
                out[i] = larger(columns[2 * i], columns[2 * i + 1]);
            }
        }
    }

    #[inline(always)]
    fn mean_of_two(&mut self, x: &[f32], at: usize) {
        let [h, w] = self.pool.output;
        let (width, high) = (self.pool.input[1], self.pool.window.kernel[0]);
        for y in 0..h {
            let upper = &x[high * y * width..][..2 * w];
            let lower = &x[(high * y + high - 1) * width..][..2 * w];
            let columns = &mut self.scratch[..2 * w];
            for i in 0..2 * w {
                columns[i] = 0.25 * (upper[i] + lower[i]);
            }
            let out = &mut self.out[at + y * w..][..w];
            for i in 0..w {
                out[i] = columns[2 * i] + columns[2 * i + 1];
            }
        }
    }

    #[inline(always)]
    fn largest(&mut self, x: &[f32], gate: f32, at: usize) {
        let Window { kernel, stride, padding, dilation } = self.pool.window;
        let ([h, w], [rows, columns]) = (self.pool.input, self.pool.output);
        for oy in 0..rows {
            for ox in 0..columns {
                let mut best = f32::NEG_INFINITY;
                for ky in 0..kernel[0] {
                    // A place before the image wraps round to one far behind it.
                    let y = (oy * stride[0] + ky * dilation[0]).wrapping_sub(padding[0]);
                    if y >= h {
                        continue;
                    }
                    for kx in 0..kernel[1] {
                        let column = (ox * stride[1] + kx * dilation[1]).wrapping_sub(padding[1]);
                        if column < w {
                            best = larger(x[y * w + column] * gate, best);
                        }
                    }
                }
                self.out[at + oy * columns + ox] = best;
            }
        }
    }

    #[inline(always)]
    fn mean(&mut self, x: &[f32], at: usize) {
        let (window, [h, w], [rows, columns]) = (&self.pool.window, self.pool.input, self.pool.output);
        for oy in 0..rows {
            let (top, bottom, high) = span(window, 0, h, oy, self.pool.count_padding);
            for ox in 0..columns {
                let (left, right, wide) = span(window, 1, w, ox, self.pool.count_padding);
                let mut sum = 0.0;
                for y in top..bottom {
                    for value in &x[y * w + left..y * w + right] {
                        sum += f64::from(*value);
                    }
                }
                self.out[at + oy * columns + ox] = (sum / (high * wide).max(1) as f64) as f32;
            }
        }
    }
}

/// Windows `floor(i·n/o)` to `ceil((i+1)·n/o)` along each axis.
pub(super) fn adaptive(gather: Gather, x: &[f32], [input, output]: [[usize; 2]; 2], out: &mut [f32]) {
    let ([h, w], [rows, columns]) = (input, output);
    let range = |i: usize, n: usize, o: usize| i * n / o..((i + 1) * n).div_ceil(o);
    for (x, out) in x.chunks_exact((h * w).max(1)).zip(out.chunks_exact_mut(rows * columns)) {
        for oy in 0..rows {
            for ox in 0..columns {
                let (high, wide) = (range(oy, h, rows), range(ox, w, columns));
                let lines = high.clone().map(|y| &x[y * w + wide.start..y * w + wide.end]);
                out[oy * columns + ox] = match gather {
                    Gather::Max => lines.flatten().fold(f32::NEG_INFINITY, |best, x| larger(*x, best)),
                    Gather::Mean => {
                        let sum: f64 = lines.flatten().map(|x| f64::from(*x)).sum();
                        (sum / (high.len() * wide.len()) as f64) as f32
                    }
                };
            }
        }
    }
}

/// Mean or largest value of each plane of `size` numbers.
pub(super) fn global(gather: Gather, x: &[f32], size: usize, out: &mut [f32]) {
    pulp::Arch::new().dispatch(Global { gather, x, size: size.max(1), out });
}

struct Global<'a> {
    gather: Gather,
    x: &'a [f32],
    size: usize,
    out: &'a mut [f32],
}

impl WithSimd for Global<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        for plane in 0..self.out.len() {
            let x = &self.x[plane * self.size..(plane + 1) * self.size];
            self.out[plane] = match self.gather {
                Gather::Mean => (sum(x) / self.size as f64) as f32,
                Gather::Max => largest(x),
            };
        }
    }
}

const LANES: usize = 16;
/// Numbers that are added up in single precision before they join the sum in double precision.
const STRETCH: usize = 16 * LANES;

/// The sum, in an order that no vector width changes.
#[inline(always)]
fn sum(x: &[f32]) -> f64 {
    let mut total = 0.0;
    let mut at = 0;
    while at < x.len() {
        let part = &x[at..(at + STRETCH).min(x.len())];
        let mut lanes = [0.0_f32; LANES];
        let (blocks, rest) = part.as_chunks::<LANES>();
        for block in 0..blocks.len() {
            for lane in 0..LANES {
                lanes[lane] += blocks[block][lane];
            }
        }
        for lane in 0..rest.len() {
            lanes[lane] += rest[lane];
        }
        let mut width = LANES / 2;
        while width > 0 {
            for lane in 0..width {
                lanes[lane] += lanes[lane + width];
            }
            width /= 2;
        }
        total += f64::from(lanes[0]);
        at += STRETCH;
    }
    total
}

#[inline(always)]
fn largest(x: &[f32]) -> f32 {
    let mut best = [f32::NEG_INFINITY; LANES];
    let (blocks, rest) = x.as_chunks::<LANES>();
    for block in 0..blocks.len() {
        for lane in 0..LANES {
            best[lane] = larger(blocks[block][lane], best[lane]);
        }
    }
    for lane in 0..rest.len() {
        best[lane] = larger(rest[lane], best[lane]);
    }
    let mut all = f32::NEG_INFINITY;
    for lane in 0..LANES {
        all = larger(best[lane], all);
    }
    all
}

/// Mean or largest value along an axis of `len` with `behind` numbers behind each of its places.
pub(super) fn along(gather: Gather, x: &[f32], [len, behind]: [usize; 2], out: &mut [f32]) {
    if behind == 1 {
        return global(gather, x, len, out);
    }
    for (x, out) in x.chunks_exact((len * behind).max(1)).zip(out.chunks_exact_mut(behind)) {
        pulp::Arch::new().dispatch(Lines { gather, x, out });
    }
}

struct Lines<'a> {
    gather: Gather,
    x: &'a [f32],
    out: &'a mut [f32],
}

impl WithSimd for Lines<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { gather, x, out } = self;
        let (width, count) = (out.len(), x.len() / out.len());
        out.copy_from_slice(&x[..width]);
        for line in 1..count {
            let x = &x[line * width..(line + 1) * width];
            match gather {
                Gather::Max => {
                    for i in 0..width {
                        out[i] = larger(x[i], out[i]);
                    }
                }
                Gather::Mean => {
                    for i in 0..width {
                        out[i] += x[i];
                    }
                }
            }
        }
        if gather == Gather::Mean {
            let count = count as f32;
            for i in 0..width {
                out[i] /= count;
            }
        }
    }
}
