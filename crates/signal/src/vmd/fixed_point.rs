//! One pass of the fixed point: all modes in closed form for given centres.
//!
//! For `tau = 0` and fixed centres the sweeps have one limit, the minimum of
//! `Σ_k α(ν - ω_k)² u_k² + (C - Σ u_k)²` in every bin:
//! ```text
//! u_k = C w_k/(1 + Σ w_i),   w_k = 1/(α(ν - ω_k)²),   minimum C²/(1 + Σ w_i)
//! ```
//! The best centres for given modes are the means of their power. Both steps lower the same objective, so the
//! plain iteration over centres descends, needs no modes in memory, and ends where the sweeps end. Distances
//! are kept above a bound so small that it changes nothing but a division by 0.

use pulp::{Simd, WithSimd};

use crate::vmd::lanes::Lanes;
use crate::vmd::sweep::{Loop, Sums, flush, invert, with_count};

/// A pass over all bins: adds to the sums, gives the objective `Σ C²/(1 + Σ w)`, and keeps the modes where
/// there is room for them.
#[derive(Debug)]
pub(crate) struct Pass<'a, T> {
    pub(crate) common: Loop<'a, T>,
    pub(crate) record: &'a [T],
    pub(crate) sums: Sums<'a>,
    /// Room for four vectors a mode, where modes are too many for registers.
    pub(crate) room: &'a mut [T],
    /// Where the modes go, in blocks; empty when they are not wanted.
    pub(crate) modes: &'a mut [T],
}

type V<T, S> = <T as Lanes>::Vector<S>;

/// Weights of all modes in one block, and one more than their sum.
#[inline(always)]
fn weigh<T: Lanes, S: Simd>(
    simd: S,
    together: bool,
    (one, smallest, grid): (V<T, S>, V<T, S>, V<T, S>),
    centres: &[V<T, S>],
    weights: &mut [V<T, S>],
) -> V<T, S> {
    let count = centres.len();
    let mut sum = one;
    macro_rules! group {
        ($from:expr, $size:literal) => {{
            let mut distances = [one; $size];
            for k in 0..$size {
                let distance = T::sub(simd, grid, centres[$from + k]);
                distances[k] = T::max(simd, T::mul(simd, distance, distance), smallest);
            }
            let inverted = invert::<T, S, $size>(simd, together, one, distances);
            for k in 0..$size {
                weights[$from + k] = inverted[k];
                sum = T::add(simd, sum, inverted[k]);
            }
        }};
    }
    let mut k = 0;
    while k + 4 <= count {
        group!(k, 4);
        k += 4;
    }
    match count - k {
        1 => group!(k, 1),
        2 => group!(k, 2),
        3 => group!(k, 3),
        _ => {}
    }
    sum
}

/// The loop, over registers or memory.
#[inline(always)]
fn pass<T: Lanes, S: Simd>(
    simd: S,
    this: Pass<'_, T>,
    [centres, power, moment, weights]: [&mut [V<T, S>]; 4],
) -> f64 {
    let Pass { common, record, mut sums, modes, .. } = this;
    let count = centres.len();
    let one = T::splat(simd, T::ONE);
    let zero = T::splat(simd, T::ZERO);
    let smallest = T::splat(simd, T::SMALLEST);
    let lane = T::vectors::<S>(common.lane)[0];
    let grid = T::vectors::<S>(common.grid);
    let record = T::vectors::<S>(record);
    let modes = T::vectors_mut::<S>(modes);
    let keep = !modes.is_empty();
    for (centre, value) in centres.iter_mut().zip(common.centres) {
        *centre = T::splat(simd, *value);
    }
    let mut total = 0.0;
    let mut end = grid.len().min(record.len());
    while end > 0 {
        let first = (end - 1) / T::BLOCKS_PER_SUM * T::BLOCKS_PER_SUM;
        power.fill(zero);
        moment.fill(zero);
        let mut objective = zero;
        for b in (first..end).rev() {
            let at = (one, smallest, grid[b]);
            let sum = weigh::<T, S>(simd, common.together, at, centres, weights);
            let scale = T::div(simd, record[b], sum);
            objective = T::mul_add(simd, record[b], scale, objective);
            for k in 0..count {
                let mode = T::mul(simd, scale, weights[k]);
                power[k] = T::mul_add(simd, mode, mode, power[k]);
                moment[k] = T::add(simd, moment[k], power[k]);
                if keep {
                    modes[b * count + k] = mode;
                }
            }
        }
        flush::<T, S>(simd, first, lane, power, moment, &mut sums);
        total += T::sum(simd, objective);
        end = first;
    }
    total
}

struct Fixed<'a, T, const K: usize>(Pass<'a, T>);

impl<T: Lanes, const K: usize> WithSimd for Fixed<'_, T, K> {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f64 {
        let zero = T::splat(simd, T::ZERO);
        let (mut centres, mut power, mut moment, mut weights) = ([zero; K], [zero; K], [zero; K], [zero; K]);
        pass::<T, S>(simd, self.0, [&mut centres, &mut power, &mut moment, &mut weights])
    }
}

struct AnyCount<'a, T>(Pass<'a, T>);

impl<T: Lanes> WithSimd for AnyCount<'_, T> {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f64 {
        let mut this = self.0;
        let count = this.common.centres.len();
        let room = T::vectors_mut::<S>(std::mem::take(&mut this.room));
        let (centres, room) = room.split_at_mut(count);
        let (power, room) = room.split_at_mut(count);
        let (moment, weights) = room.split_at_mut(count);
        pass::<T, S>(simd, this, [centres, power, moment, &mut weights[..count]])
    }
}

impl<T: Lanes> Pass<'_, T> {
    /// Runs it.
    pub(crate) fn run(self, arch: pulp::Arch) -> f64 {
        with_count!(arch, self.common.centres.len(), Fixed, AnyCount, self)
    }
}
