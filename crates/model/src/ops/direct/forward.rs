//! The forward pass over one block.
#![allow(
    clippy::needless_range_loop,
    clippy::manual_memcpy,
    reason = "loops over indices are vectorised and keep the sums in registers; iterators are not inlined into code for a wider processor"
)]

use pulp::{Simd, WithSimd};

use super::layout::{Layout, MOST_LANES};
use super::weights::{Packed, Panel};

/// Positions that are computed before they are written out.
const STRIP: usize = 768;

/// One group of a block.
pub(super) struct Forward<'a> {
    pub(super) layout: &'a Layout,
    pub(super) packed: &'a Packed,
    pub(super) group: usize,
    pub(super) bias: Option<&'a [f32]>,
    pub(super) relu: bool,
}

impl Forward<'_> {
    /// Computes the group's outputs from `planes`, channels `pitch` apart, and writes them into `out`, images of
    /// `channels` channels.
    pub(super) fn run(
        &self,
        planes: &[f32],
        pitch: usize,
        strip: &mut Vec<f32>,
        channels: usize,
        out: &mut [f32],
    ) {
        let layout = self.layout;
        let rows = self.packed.rows;
        let taps = layout.shifts().count();
        let offsets = layout.offsets(self.packed.depth / taps, pitch);
        let (row_pitch, all) = (layout.pitch(), layout.rows());
        let step = (STRIP / row_pitch).clamp(1, all.max(1));
        let strip_len = (step * row_pitch).next_multiple_of(MOST_LANES);
        strip.resize(8 * strip_len, 0.0);
        let mut row = 0;
        while row < all {
            let count = step.min(all - row);
            for panel in self.packed.panels(self.group) {
                let first = self.group * rows + panel.first;
                let mut start = [0.0; 8];
                if let Some(bias) = self.bias {
                    start[..panel.count].copy_from_slice(&bias[first..first + panel.count]);
                }
                let work = Strip {
                    x: &planes[row * row_pitch..],
                    offsets: &offsets,
                    panel: &panel,
                    start: &start,
                    out: strip,
                    pitch: strip_len,
                    count: count * row_pitch,
                };
                pulp::Arch::new().dispatch(work);
                for (values, channel) in strip.chunks_exact(strip_len).take(panel.count).zip(first..) {
                    self.write(values, [row, count], channel, channels, out);
                }
            }
            row += count;
        }
    }

    /// Copies the rows of one output channel to their places and leaves out what lies between them.
    fn write(
        &self,
        values: &[f32],
        [first, count]: [usize; 2],
        channel: usize,
        channels: usize,
        out: &mut [f32],
    ) {
        let [h, w] = self.layout.output;
        let (pitch, image_rows) = (self.layout.pitch(), self.layout.image_rows());
        for (row, values) in (first..first + count).zip(values.chunks(pitch)) {
            let (image, y) = (row / image_rows, row % image_rows);
            if y >= h {
                continue;
            }
            let target = &mut out[((image * channels + channel) * h + y) * w..][..w];
            if self.relu {
                for (to, from) in target.iter_mut().zip(values) {
                    // NaN stays.
                    *to = if *from <= 0.0 { 0.0 } else { *from };
                }
            } else {
                target.copy_from_slice(&values[..w]);
            }
        }
    }
}

/// Outputs of one panel at neighbouring positions.
struct Strip<'a> {
    /// From the first position on.
    x: &'a [f32],
    offsets: &'a [usize],
    panel: &'a Panel<'a>,
    /// What the sums begin with.
    start: &'a [f32; 8],
    out: &'a mut [f32],
    /// From one output to the next.
    pitch: usize,
    /// Positions.
    count: usize,
}

impl WithSimd for Strip<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let many = S::REGISTER_COUNT >= 32;
        match self.panel.count {
            8 if many => self.tiles::<S, 8, 3>(simd),
            8 => {
                // Too many sums for the registers: two halves, whose weights lie apart.
                self.halves(simd);
            }
            4 if many => self.tiles::<S, 4, 6>(simd),
            4 => self.tiles::<S, 4, 3>(simd),
            2 if many => self.tiles::<S, 2, 8>(simd),
            2 => self.tiles::<S, 2, 4>(simd),
            _ => self.tiles::<S, 1, 6>(simd),
        }
    }
}

impl Strip<'_> {
    #[inline(always)]
    fn halves<S: Simd>(&mut self, simd: S) {
        for half in 0..2 {
            let mut at = 0;
            while at < self.count {
                match self.count.saturating_sub(at).div_ceil(S::F32_LANES) {
                    1 | 2 => {
                        self.tile::<S, 4, 1, 8>(simd, at, 4 * half);
                        at += S::F32_LANES;
                    }
                    _ => {
                        self.tile::<S, 4, 3, 8>(simd, at, 4 * half);
                        at += 3 * S::F32_LANES;
                    }
                }
            }
        }
    }

    #[inline(always)]
    fn tiles<S: Simd, const OUTPUTS: usize, const VECTORS: usize>(&mut self, simd: S) {
        let mut at = 0;
        while at < self.count {
            if (self.count - at).div_ceil(S::F32_LANES) >= VECTORS {
                self.tile::<S, OUTPUTS, VECTORS, OUTPUTS>(simd, at, 0);
                at += VECTORS * S::F32_LANES;
            } else {
                self.tile::<S, OUTPUTS, 1, OUTPUTS>(simd, at, 0);
                at += S::F32_LANES;
            }
        }
    }

    /// `OUTPUTS` outputs, the first of which is number `first` of the panel's `PANEL`, at `VECTORS` vectors of positions.
    #[inline(always)]
    fn tile<S: Simd, const OUTPUTS: usize, const VECTORS: usize, const PANEL: usize>(
        &mut self,
        simd: S,
        at: usize,
        first: usize,
    ) {
        let lanes = S::F32_LANES;
        let mut sums = [[simd.splat_f32s(0.0); VECTORS]; OUTPUTS];
        for output in 0..OUTPUTS {
            let start = simd.splat_f32s(self.start[first + output]);
            for vector in 0..VECTORS {
                sums[output][vector] = start;
            }
        }
        let x = &self.x[at..];
        let (panels, _) = self.panel.weights.as_chunks::<PANEL>();
        for (offset, weights) in self.offsets.iter().zip(panels) {
            let (values, _) = S::as_simd_f32s(&x[*offset..*offset + VECTORS * lanes]);
            let Some(values) = values.first_chunk::<VECTORS>() else { return };
            for output in 0..OUTPUTS {
                let weight = simd.splat_f32s(weights[first + output]);
                for vector in 0..VECTORS {
                    sums[output][vector] = simd.mul_add_f32s(weight, values[vector], sums[output][vector]);
                }
            }
        }
        for output in 0..OUTPUTS {
            let from = (first + output) * self.pitch + at;
            let (target, _) = S::as_mut_simd_f32s(&mut self.out[from..from + VECTORS * lanes]);
            let Some(target) = target.first_chunk_mut::<VECTORS>() else { return };
            // One by one: a copy of the whole array would take the sums out of the registers.
            for vector in 0..VECTORS {
                target[vector] = sums[output][vector];
            }
        }
    }
}
