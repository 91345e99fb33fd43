//! The gradient of the weight over one chunk of images.
#![allow(
    clippy::needless_range_loop,
    reason = "loops over indices are vectorised; iterators are not inlined into code for a wider processor"
)]

use pulp::{Simd, WithSimd};

use super::Direct;
use super::layout::MOST_LANES;

/// Positions after which the sums of a tile's lanes are added up: what a tile reads of them stays in the first cache.
const STRETCH: usize = 32 * MOST_LANES;

/// The sum over the images of `x` and `grad`, which are taken in blocks of `block`.
pub(super) fn of_chunk(conv: &Direct, block: usize, x: &[f32], grad: &[f32]) -> Vec<f32> {
    let (of, rows, taps) = (conv.group_in(), conv.group_out(), conv.window.taps());
    let most = conv.layout(block);
    let (channel_len, positions) = (most.channel_len(), most.positions());
    let mut planes = vec![0.0; of * channel_len];
    let mut slopes = vec![0.0; rows * positions];
    let mut sums = vec![0.0; conv.channels[1] * of * taps];
    let offsets = most.offsets(of, channel_len);
    let blocks = x.chunks(block * conv.image_in()).zip(grad.chunks(block * conv.image_out()));
    for (x, grad) in blocks {
        let layout = conv.layout(x.len() / conv.image_in());
        if layout.images < block {
            // Slopes of the block before must not count behind the last image.
            slopes.fill(0.0);
        }
        for group in 0..conv.groups {
            layout.spread(x, [conv.channels[0], group * of, of], block, &mut planes);
            layout.spread_outputs(grad, [conv.channels[1], group * rows, rows], block, &mut slopes);
            let work = Products {
                planes: &planes,
                offsets: &offsets,
                slopes: &slopes,
                pitch: positions,
                count: layout.positions(),
                sums: &mut sums[group * rows * of * taps..][..rows * of * taps],
            };
            pulp::Arch::new().dispatch(work);
        }
    }
    sums
}

/// Sums over positions of every slope times every value that a tap sees.
struct Products<'a> {
    planes: &'a [f32],
    offsets: &'a [usize],
    slopes: &'a [f32],
    /// From one output's slopes to the next.
    pitch: usize,
    /// Positions, a whole number of vectors.
    count: usize,
    /// `[rows, offsets]`.
    sums: &'a mut [f32],
}

impl WithSimd for Products<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let mut from = 0;
        while from < self.count {
            let to = (from + STRETCH).min(self.count);
            let rows = self.slopes.len() / self.pitch;
            let mut row = 0;
            while row < rows {
                row += match rows - row {
                    8.. if S::REGISTER_COUNT >= 32 => self.row::<S, 8>(simd, row, from, to),
                    4.. => self.row::<S, 4>(simd, row, from, to),
                    2.. => self.row::<S, 2>(simd, row, from, to),
                    _ => self.row::<S, 1>(simd, row, from, to),
                };
            }
            from = to;
        }
    }
}

impl Products<'_> {
    /// `ROWS` outputs against everything.
    #[inline(always)]
    fn row<S: Simd, const ROWS: usize>(&mut self, simd: S, row: usize, from: usize, to: usize) -> usize {
        let mut at = 0;
        while at < self.offsets.len() {
            at += match self.offsets.len() - at {
                3.. => self.tile::<S, ROWS, 3>(simd, row, at, from, to),
                _ => self.tile::<S, ROWS, 1>(simd, row, at, from, to),
            };
        }
        ROWS
    }

    #[inline(always)]
    fn tile<S: Simd, const ROWS: usize, const PLACES: usize>(
        &mut self,
        simd: S,
        row: usize,
        at: usize,
        from: usize,
        to: usize,
    ) -> usize {
        let mut sums = [[simd.splat_f32s(0.0); PLACES]; ROWS];
        let vectors = (to - from) / S::F32_LANES;
        let mut values: [&[S::f32s]; PLACES] = [&[]; PLACES];
        for place in 0..PLACES {
            let offset = self.offsets[at + place];
            values[place] = &S::as_simd_f32s(&self.planes[offset + from..offset + to]).0[..vectors];
        }
        let mut slopes: [&[S::f32s]; ROWS] = [&[]; ROWS];
        for output in 0..ROWS {
            let start = (row + output) * self.pitch;
            slopes[output] = &S::as_simd_f32s(&self.slopes[start + from..start + to]).0[..vectors];
        }
        for vector in 0..vectors {
            let mut seen = [simd.splat_f32s(0.0); PLACES];
            for place in 0..PLACES {
                seen[place] = values[place][vector];
            }
            for output in 0..ROWS {
                let slope = slopes[output][vector];
                for place in 0..PLACES {
                    sums[output][place] = simd.mul_add_f32s(slope, seen[place], sums[output][place]);
                }
            }
        }
        for output in 0..ROWS {
            for place in 0..PLACES {
                self.sums[(row + output) * self.offsets.len() + at + place] +=
                    simd.reduce_sum_f32s(sums[output][place]);
            }
        }
        PLACES
    }
}
