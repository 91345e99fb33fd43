//! Sums, differences and products of two values, one of which may be stretched over the other.
#![allow(
    clippy::needless_range_loop,
    reason = "loops over places compile to wide instructions inside a dispatch, iterators often do not"
)]

use pulp::{Simd, WithSimd};

/// What becomes of a number and that of the second value beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Combine {
    /// The second.
    Take,
    Add,
    AddRelu,
    Sub,
    Mul,
}

/// How a value is stretched over a shape: lengths and steps, outermost axis first, as few as will do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stretch(Vec<(usize, usize)>);

impl Stretch {
    /// A value of the shape `from` over `to`: axes of 1 serve all places, and `[C]` serves all positions.
    pub(super) fn new(from: &[usize], to: &[usize]) -> Self {
        let mut from = from.to_vec();
        from.resize(to.len(), 1);
        let mut axes: Vec<(usize, usize)> = Vec::new();
        let mut step = 1;
        for (from, to) in from.iter().zip(to).rev() {
            let own = if *from == 1 { 0 } else { step };
            step *= from;
            if *to == 1 {
                continue;
            }
            match axes.last_mut() {
                // This axis goes on where the one inside it ends.
                Some((len, inner)) if own == *inner * *len => *len *= to,
                _ => axes.push((*to, own)),
            }
        }
        if axes.is_empty() {
            axes.push((1, 0));
        }
        axes.reverse();
        Self(axes)
    }

    /// Combines every number of `out` with that of `y` stretched over it.
    pub(super) fn combine(&self, with: Combine, out: &mut [f32], y: &[f32]) {
        along(&self.0, with, out, y);
    }
}

fn along(axes: &[(usize, usize)], with: Combine, out: &mut [f32], y: &[f32]) {
    match axes {
        [] => {}
        [(_, step)] => pulp::Arch::new().dispatch(Run { with, out, y, is_one: *step == 0 }),
        [(len, step), inner @ ..] => {
            for (i, out) in out.chunks_exact_mut((out.len() / len).max(1)).enumerate() {
                along(inner, with, out, &y[i * step..]);
            }
        }
    }
}

struct Run<'a> {
    with: Combine,
    out: &'a mut [f32],
    y: &'a [f32],
    /// Whether the first number of `y` serves all.
    is_one: bool,
}

macro_rules! each {
    ($out:expr, $y:expr, $is_one:expr, |$a:ident, $b:ident| $value:expr) => {{
        let (out, y) = ($out, $y);
        if $is_one {
            let $b = y[0];
            for i in 0..out.len() {
                let $a = out[i];
                out[i] = $value;
            }
        } else {
            let y = &y[..out.len()];
            for i in 0..out.len() {
                let ($a, $b) = (out[i], y[i]);
                out[i] = $value;
            }
        }
    }};
}

impl WithSimd for Run<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { with, out, y, is_one } = self;
        match with {
            Combine::Take if is_one => out.fill(y[0]),
            Combine::Take => out.copy_from_slice(&y[..out.len()]),
            Combine::Add => each!(out, y, is_one, |a, b| a + b),
            Combine::AddRelu => each!(out, y, is_one, |a, b| {
                let sum = a + b;
                if sum <= 0.0 { 0.0 } else { sum }
            }),
            Combine::Sub => each!(out, y, is_one, |a, b| a - b),
            Combine::Mul => each!(out, y, is_one, |a, b| a * b),
        }
    }
}

/// `factor · x + offset` of each channel, negative results 0 where asked; without `x` what stands in `out` already.
pub(super) struct Scale<'a> {
    pub(super) factor: &'a [f32],
    pub(super) offset: &'a [f32],
    pub(super) relu: bool,
    pub(super) x: Option<&'a [f32]>,
    pub(super) out: &'a mut [f32],
}

impl WithSimd for Scale<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { factor, offset, relu, x, out } = self;
        let size = out.len() / factor.len().max(1);
        // Below this nothing is left.
        let least = if relu { 0.0 } else { f32::NEG_INFINITY };
        for channel in 0..factor.len() {
            let (factor, offset) = (factor[channel], offset[channel]);
            let out = &mut out[channel * size..(channel + 1) * size];
            match x {
                Some(x) => {
                    let x = &x[channel * size..(channel + 1) * size];
                    for i in 0..size {
                        let y = x[i] * factor + offset;
                        out[i] = if y <= least { least } else { y };
                    }
                }
                None => {
                    for i in 0..size {
                        let y = out[i] * factor + offset;
                        out[i] = if y <= least { least } else { y };
                    }
                }
            }
        }
    }
}
