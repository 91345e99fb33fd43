//! The forward pass over one block.
#![allow(
    clippy::needless_range_loop,
    clippy::manual_memcpy,
    reason = "loops over indices are vectorised and keep the sums in registers; iterators are not inlined into code for a wider processor"
)]

use pulp::{Simd, WithSimd};

use super::layout::MOST_LANES;
use super::weights::{Outputs, Panel, TILES};

/// Positions that are computed before they are written out.
const STRIP: usize = 768;

/// Where the outputs of one channel are computed and where they go.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rows {
    pub(crate) images: usize,
    /// Rows from one image to the next.
    pub(crate) image_rows: usize,
    /// Positions from one row to the next.
    pub(crate) pitch: usize,
    /// Rows and positions of them that are kept.
    pub(crate) output: [usize; 2],
    /// Numbers of one output channel of one image.
    pub(crate) plane: usize,
}

impl Rows {
    /// Rows up to the last one that is kept.
    fn all(&self) -> usize {
        self.images.saturating_sub(1) * self.image_rows + self.output[0]
    }

    /// Rows that are computed before they are written out.
    fn step(&self) -> usize {
        (STRIP / self.pitch.max(1)).clamp(1, self.all().max(1))
    }

    /// Numbers that [`Forward`] needs to work.
    pub(crate) fn strip_len(&self) -> usize {
        TILES[0] * self.strip()
    }

    fn strip(&self) -> usize {
        (self.step() * self.pitch).next_multiple_of(MOST_LANES)
    }
}

/// Neighbouring outputs of one group of channels for one block of images.
pub(crate) struct Forward<'a> {
    pub(crate) rows: Rows,
    /// What the taps look at.
    pub(crate) planes: &'a [f32],
    /// Where each input channel and tap looks.
    pub(crate) offsets: &'a [usize],
    pub(crate) outputs: Outputs<'a>,
    /// From the first of these outputs on.
    pub(crate) bias: Option<&'a [f32]>,
    pub(crate) relu: bool,
    /// Working memory, [`Rows::strip_len`] numbers.
    pub(crate) strip: &'a mut [f32],
    /// Output channels of an image.
    pub(crate) channels: usize,
    /// From the first of these outputs of the first image on.
    pub(crate) out: &'a mut [f32],
}

impl Forward<'_> {
    pub(crate) fn run(self) {
        pulp::Arch::new().dispatch(self);
    }
}

impl WithSimd for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Rows { pitch, output, .. } = self.rows;
        let (all, step, strip_len) = (self.rows.all(), self.rows.step(), self.rows.strip());
        let mut row = 0;
        while row < all {
            let count = step.min(all - row);
            for panel in self.outputs.panels() {
                let first = panel.first;
                let mut start = [0.0; 8];
                if let Some(bias) = self.bias {
                    start[..panel.count].copy_from_slice(&bias[first..first + panel.count]);
                }
                Strip {
                    x: &self.planes[row * pitch..],
                    offsets: self.offsets,
                    panel: &panel,
                    start: &start,
                    out: self.strip,
                    pitch: strip_len,
                    count: (count - 1) * pitch + output[1],
                }
                .compute(simd);
                for i in 0..panel.count {
                    let values = &self.strip[i * strip_len..(i + 1) * strip_len];
                    write(&self.rows, values, [row, count], self.relu, [first + i, self.channels], self.out);
                }
            }
            row += count;
        }
    }
}

/// Copies rows of an output channel to their places and leaves out what lies between them.
#[inline(always)]
fn write(
    rows: &Rows,
    values: &[f32],
    [first, count]: [usize; 2],
    relu: bool,
    [channel, channels]: [usize; 2],
    out: &mut [f32],
) {
    let Rows { images, image_rows, pitch, output: [h, w], plane } = *rows;
    if images == 1 && pitch == w {
        // Nothing lies between them.
        let from = first * pitch;
        let len = (count * pitch).min(plane - from);
        return copy(&values[..len], relu, &mut out[channel * plane + from..][..len]);
    }
    for row in first..first + count {
        let (image, y) = (row / image_rows, row % image_rows);
        if y < h {
            let target = &mut out[(image * channels + channel) * plane + y * w..][..w];
            copy(&values[(row - first) * pitch..][..w], relu, target);
        }
    }
}

#[inline(always)]
fn copy(from: &[f32], relu: bool, to: &mut [f32]) {
    if !relu {
        return to.copy_from_slice(from);
    }
    let to = &mut to[..from.len()];
    for i in 0..from.len() {
        // NaN stays.
        to[i] = if from[i] <= 0.0 { 0.0 } else { from[i] };
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

impl Strip<'_> {
    #[inline(always)]
    fn compute<S: Simd>(mut self, simd: S) {
        let many = S::REGISTER_COUNT >= 32;
        match self.panel.count {
            8 if many => self.tiles::<S, 8, 3>(simd),
            // Too many sums for the registers: two halves, whose weights lie apart.
            8 => self.halves(simd),
            4 if many => self.tiles::<S, 4, 6>(simd),
            4 => self.tiles::<S, 4, 3>(simd),
            2 if many => self.tiles::<S, 2, 8>(simd),
            2 => self.tiles::<S, 2, 4>(simd),
            _ => self.tiles::<S, 1, 6>(simd),
        }
    }

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
            let left = (self.count - at).div_ceil(S::F32_LANES);
            if left >= VECTORS {
                self.tile::<S, OUTPUTS, VECTORS, OUTPUTS>(simd, at, 0);
                at += VECTORS * S::F32_LANES;
            } else if left >= 2 {
                self.tile::<S, OUTPUTS, 2, OUTPUTS>(simd, at, 0);
                at += 2 * S::F32_LANES;
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

#[cfg(test)]
mod tests {
    use super::super::weights::Packed;
    use super::*;

    #[test]
    fn sums_have_the_same_bits_at_every_vector_width() {
        // Two images of 5 rows with one row between them, 7 of 8 positions kept; 15 outputs make panels of every size.
        let rows = Rows { images: 2, image_rows: 6, pitch: 8, output: [5, 7], plane: 35 };
        let number = |i: usize| (i as f32 * 0.37).sin();
        let (channels, outputs) = (3, 15);
        let planes: Vec<f32> = (0..channels * 160).map(number).collect();
        let offsets: Vec<usize> =
            (0..channels).flat_map(|channel| [0, 1, 8, 9].map(|shift| channel * 160 + shift)).collect();
        let weight: Vec<f32> = (0..outputs * offsets.len()).map(|i| number(i + 5)).collect();
        let packed = Packed::new(&weight, 1, outputs, offsets.len());
        let bias: Vec<f32> = (0..outputs).map(number).collect();
        let compute = |with: &dyn Fn(Forward<'_>)| {
            let (mut strip, mut out) = (vec![0.0; rows.strip_len()], vec![f32::NAN; 2 * outputs * 35]);
            with(Forward {
                rows,
                planes: &planes,
                offsets: &offsets,
                outputs: packed.group(0),
                bias: Some(&bias),
                relu: true,
                strip: &mut strip,
                channels: outputs,
                out: &mut out,
            });
            out.iter().map(|value| value.to_bits()).collect::<Vec<_>>()
        };
        let widest = compute(&|forward| forward.run());
        assert!(widest.iter().all(|bits| f32::from_bits(*bits) >= 0.0));
        assert_eq!(compute(&|forward| forward.with_simd(pulp::Scalar::new())), widest);
        assert_eq!(compute(&|forward| forward.with_simd(pulp::Scalar256b)), widest);
    }
}
