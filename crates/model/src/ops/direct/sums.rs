//! Sums over positions of products of two sets of channels, each channel of the one with each of the other: the kernel of
//! the weight's gradient.
//!
//! The channels of one set stand side by side for each position, so that one number of the other set meets a vector of
//! them. A tile keeps the sums of a few of the others in registers and runs along the positions.

use pulp::{Simd, WithSimd};

/// Positions at once within a strip.
pub(super) const STEP: usize = 16;
/// Neighbours that share the place where they are looked for.
pub(super) const RUN: usize = 3;

/// One number after the other that is taken on its own: one of them, or three neighbours.
#[derive(Debug, Clone, Copy)]
pub(super) struct Run {
    /// Where the first one looks.
    pub(super) offset: usize,
    /// Its place among the sums.
    pub(super) row: usize,
}

/// Neighbouring positions.
pub(super) struct Strip<'a> {
    /// What is taken number by number, from the first position on.
    pub(super) single: &'a [f32],
    /// Runs of three and of one of them.
    pub(super) runs: [&'a [Run]; 2],
    /// `pitch` numbers side by side for each position.
    pub(super) beside: &'a [f32],
    pub(super) pitch: usize,
    /// `pitch` sums for each of those that are taken number by number.
    pub(super) sums: &'a mut [f32],
}

impl WithSimd for Strip<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let vectors = self.pitch / S::F32_LANES;
        let mut first = 0;
        while first < vectors {
            first += match (vectors - first, S::REGISTER_COUNT >= 32) {
                (3, true) => self.panel::<S, 2, 8, 3>(simd, first),
                (3, false) => self.panel::<S, 1, 4, 3>(simd, first),
                (4.., true) => self.panel::<S, 2, 6, 4>(simd, first),
                (4.., false) => self.panel::<S, 1, 3, 4>(simd, first),
                (2, true) => self.panel::<S, 4, 12, 2>(simd, first),
                (2, false) => self.panel::<S, 2, 6, 2>(simd, first),
                (_, true) => self.panel::<S, 8, 16, 1>(simd, first),
                (_, false) => self.panel::<S, 4, 12, 1>(simd, first),
            };
        }
    }
}

impl Strip<'_> {
    /// All taps of `VECTORS` vectors of outputs, `RUNS` runs of three and `SINGLE` single taps at once.
    #[inline(always)]
    fn panel<S: Simd, const RUNS: usize, const SINGLE: usize, const VECTORS: usize>(
        &mut self,
        simd: S,
        first: usize,
    ) -> usize {
        let [three, one] = self.runs;
        let (many, rest) = three.as_chunks::<RUNS>();
        for runs in many {
            self.tile::<S, RUNS, RUN, VECTORS>(simd, runs, first);
        }
        for run in rest {
            self.tile::<S, 1, RUN, VECTORS>(simd, &[*run], first);
        }
        let (many, rest) = one.as_chunks::<SINGLE>();
        for runs in many {
            self.tile::<S, SINGLE, 1, VECTORS>(simd, runs, first);
        }
        for run in rest {
            self.tile::<S, 1, 1, VECTORS>(simd, &[*run], first);
        }
        VECTORS
    }

    #[inline(always)]
    fn tile<S: Simd, const RUNS: usize, const TAPS: usize, const VECTORS: usize>(
        &mut self,
        simd: S,
        runs: &[Run; RUNS],
        first: usize,
    ) {
        let lanes = S::F32_LANES;
        let from = first * lanes;
        let mut sums = [[[simd.splat_f32s(0.0); VECTORS]; TAPS]; RUNS];
        for (step, beside) in self.beside.chunks_exact(STEP * self.pitch).enumerate() {
            let mut seen: [&[f32; STEP + RUN - 1]; RUNS] = [&[0.0; STEP + RUN - 1]; RUNS];
            for run in 0..RUNS {
                let Some(values) = self.single[runs[run].offset + step * STEP..].first_chunk() else {
                    return;
                };
                seen[run] = values;
            }
            for place in 0..STEP {
                let (values, _) = S::as_simd_f32s(&beside[place * self.pitch + from..][..VECTORS * lanes]);
                let Some(values) = values.first_chunk::<VECTORS>() else { return };
                for run in 0..RUNS {
                    for tap in 0..TAPS {
                        let x = simd.splat_f32s(seen[run][place + tap]);
                        for vector in 0..VECTORS {
                            sums[run][tap][vector] =
                                simd.mul_add_f32s(x, values[vector], sums[run][tap][vector]);
                        }
                    }
                }
            }
        }
        for run in 0..RUNS {
            for tap in 0..TAPS {
                let start = (runs[run].row + tap) * self.pitch + from;
                let (target, _) = S::as_mut_simd_f32s(&mut self.sums[start..start + VECTORS * lanes]);
                for vector in 0..VECTORS {
                    target[vector] = simd.add_f32s(target[vector], sums[run][tap][vector]);
                }
            }
        }
    }
}
