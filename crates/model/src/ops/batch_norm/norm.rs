//! The passes over the numbers. Each runs image by image, or over a few channels at once; every sum has one order.
#![allow(
    clippy::needless_range_loop,
    reason = "loops over places compile to wide instructions inside a dispatch, iterators often do not"
)]

use std::ops::Range;

use rayon::prelude::*;

use super::statistics::blocks;
use super::{ChannelStatistics, Joined, Statistics};
use crate::ops::element::Element;
use crate::ops::wide::{Sums, put, wide};

/// Numbers in one piece of parallel work.
const PIECE: usize = 1 << 14;

/// One call: what is taken off and divided by, channel by channel.
pub(crate) struct Norm {
    mean: Vec<f64>,
    /// `1 / sqrt(variance + eps)`
    deviation: Vec<f64>,
    statistics: Statistics,
    relu: bool,
}

/// `(x - mean) * scale + shift`: the mean is taken off in the tensor's precision, its rounding added to the shift.
#[derive(Clone, Copy)]
pub(crate) struct Line<T> {
    mean: T,
    scale: T,
    shift: T,
}

impl<T: Element> Line<T> {
    #[inline(always)]
    fn at(&self, x: T) -> T {
        (x - self.mean) * self.scale + self.shift
    }

    /// What of the gradient passes the ReLU.
    #[inline(always)]
    fn passed(&self, x: T, grad: T, relu: bool) -> T {
        if relu && self.at(x) <= T::ZERO { T::ZERO } else { grad }
    }
}

/// `a * dy + b * (x - mean) + c`.
#[derive(Clone, Copy)]
pub(crate) struct Slope<T> {
    a: T,
    b: T,
    c: T,
}

impl<T: Element> Slope<T> {
    #[inline(always)]
    fn at(&self, line: &Line<T>, grad: T, x: T) -> T {
        self.a * grad + self.b * (x - line.mean) + self.c
    }
}

impl Norm {
    pub(crate) fn new(of: &ChannelStatistics, statistics: Statistics, eps: f64, relu: bool) -> Self {
        let deviation = of.variance.iter().map(|v| 1.0 / (v + eps).sqrt()).collect();
        Self { mean: of.mean.clone(), deviation, statistics, relu }
    }

    pub(crate) fn lines<T: Element>(&self, gamma: &[T], beta: &[T]) -> Vec<Line<T>> {
        (0..self.mean.len())
            .map(|c| {
                let mean = T::of(self.mean[c]);
                let scale = gamma[c].wide() * self.deviation[c];
                let shift = beta[c].wide() - (self.mean[c] - mean.wide()) * scale;
                Line { mean, scale: T::of(scale), shift: T::of(shift) }
            })
            .collect()
    }

    pub(crate) fn forward<T: Element>(&self, x: &Joined<'_, T>, lines: &[Line<T>]) -> Vec<T> {
        let image_len = x.channels() * x.plane;
        let mut out = vec![T::ZERO; x.batch * image_len];
        if out.is_empty() {
            return out;
        }
        let relu = self.relu;
        out.par_chunks_mut(image_len).enumerate().with_min_len(PIECE / image_len + 1).for_each(
            |(image, out)| {
                wide(
                    #[inline(always)]
                    || {
                        for (channel, out) in out.chunks_exact_mut(x.plane).enumerate() {
                            let line = lines[channel];
                            put(
                                out,
                                [x.plane_of(image, channel)],
                                #[inline(always)]
                                |_, [x]| {
                                    let value = line.at(x);
                                    // NaN passes, as in PyTorch
                                    if relu && value <= T::ZERO { T::ZERO } else { value }
                                },
                            );
                        }
                    },
                );
            },
        );
        out
    }

    /// Sums of `dy` and `dy * (x - mean)` of every channel.
    pub(crate) fn sums<T: Element>(
        &self,
        x: &Joined<'_, T>,
        lines: &[Line<T>],
        grad: &[T],
    ) -> Vec<(f64, f64)> {
        let (channels, plane, relu) = (x.channels(), x.plane, self.relu);
        let of_block = |block: Range<usize>| {
            let mut sums: Vec<Sums> = block.clone().map(|_| Sums::default()).collect();
            wide(
                #[inline(always)]
                || {
                    for image in 0..x.batch {
                        for within in 0..sums.len() {
                            let channel = block.start + within;
                            let line = lines[channel];
                            let grad = &grad[(image * channels + channel) * plane..][..plane];
                            sums[within].take(
                                x.plane_of(image, channel),
                                grad,
                                #[inline(always)]
                                |x, g| {
                                    let g = line.passed(x, g, relu);
                                    (g.wide(), ((x - line.mean) * g).wide())
                                },
                            );
                        }
                    }
                },
            );
            block.zip(sums).map(|(channel, sums)| {
                let (first, second) = sums.total();
                (first, second - (self.mean[channel] - lines[channel].mean.wide()) * first)
            })
        };
        blocks(channels, plane).flat_map_iter(of_block).collect()
    }

    /// The slopes of the input with `count` values a channel.
    pub(crate) fn slopes<T: Element>(&self, gamma: &[T], sums: &[(f64, f64)], count: usize) -> Vec<Slope<T>> {
        let slope = |c: usize| {
            let s = self.deviation[c];
            let a = gamma[c].wide() * s;
            let (b, c) = match self.statistics {
                Statistics::OfThisBatch => {
                    let b = -a * s * s * sums[c].1 / count as f64;
                    let rest = self.mean[c] - T::of(self.mean[c]).wide();
                    (b, -a * sums[c].0 / count as f64 - b * rest)
                }
                Statistics::Constant => (0.0, 0.0),
            };
            Slope { a: T::of(a), b: T::of(b), c: T::of(c) }
        };
        (0..self.mean.len()).map(slope).collect()
    }

    /// The gradient of the only part, put where that of the result lies.
    pub(crate) fn turn_gradient<T: Element>(
        &self,
        x: &Joined<'_, T>,
        (lines, slopes): (&[Line<T>], &[Slope<T>]),
        gradient: &mut [T],
    ) {
        let (plane, relu) = (x.plane, self.relu);
        let image_len = x.channels() * plane;
        if gradient.is_empty() {
            return;
        }
        gradient.par_chunks_mut(image_len).enumerate().with_min_len(PIECE / image_len + 1).for_each(
            |(image, gradient)| {
                wide(
                    #[inline(always)]
                    || {
                        for (channel, gradient) in gradient.chunks_exact_mut(plane).enumerate() {
                            let (line, slope) = (lines[channel], slopes[channel]);
                            put(
                                gradient,
                                [x.plane_of(image, channel)],
                                #[inline(always)]
                                |g, [x]| slope.at(&line, line.passed(x, g, relu), x),
                            );
                        }
                    },
                );
            },
        );
    }

    /// The gradient of one part, put into `dx` or added to it.
    pub(crate) fn input_gradient<T: Element>(
        &self,
        x: &Joined<'_, T>,
        part: usize,
        (lines, slopes): (&[Line<T>], &[Slope<T>]),
        grad: &[T],
        dx: &mut [T],
        add: bool,
    ) {
        let (first, channels, plane, relu) = (x.first(part), x.channels(), x.plane, self.relu);
        let image_len = x.parts[part].1 * plane;
        if dx.is_empty() {
            return;
        }
        dx.par_chunks_mut(image_len).enumerate().with_min_len(PIECE / image_len + 1).for_each(
            |(image, dx)| {
                wide(
                    #[inline(always)]
                    || {
                        for (within, dx) in dx.chunks_exact_mut(plane).enumerate() {
                            let channel = first + within;
                            let (line, slope) = (lines[channel], slopes[channel]);
                            let grad = &grad[(image * channels + channel) * plane..][..plane];
                            let given = [x.plane_of(image, channel), grad];
                            if add {
                                put(
                                    dx,
                                    given,
                                    #[inline(always)]
                                    |dx, [x, g]| dx + slope.at(&line, line.passed(x, g, relu), x),
                                );
                            } else {
                                put(
                                    dx,
                                    given,
                                    #[inline(always)]
                                    |_, [x, g]| slope.at(&line, line.passed(x, g, relu), x),
                                );
                            }
                        }
                    },
                );
            },
        );
    }

    pub(crate) fn parameter_gradients<T: Element>(&self, sums: &[(f64, f64)]) -> (Vec<T>, Vec<T>) {
        let gamma =
            sums.iter().zip(&self.deviation).map(|(sum, deviation)| T::of(sum.1 * deviation)).collect();
        (gamma, sums.iter().map(|sum| T::of(sum.0)).collect())
    }
}
