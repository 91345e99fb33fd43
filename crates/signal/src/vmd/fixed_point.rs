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

use crate::lanes::Lanes;
use crate::vmd::precision::Precision;
use crate::vmd::sweep::{Loop, Sums, flush, for_each_mode, with_count};

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

/// A mode's weight in one block.
#[inline(always)]
fn weigh<T: Precision, S: Simd>(simd: S, grid: V<T, S>, centre: V<T, S>, sum: &mut V<T, S>) -> V<T, S> {
    let distance = T::sub_lanes(simd, grid, centre);
    let squared =
        T::max_lanes(simd, T::mul_lanes(simd, distance, distance), T::splat_lanes(simd, T::SMALLEST));
    let weight = T::div_lanes(simd, T::splat_lanes(simd, T::ONE), squared);
    *sum = T::add_lanes(simd, *sum, weight);
    weight
}

/// A mode's coefficients in one block, added to its running sums.
#[inline(always)]
fn share<T: Precision, S: Simd>(
    simd: S,
    (scale, weight): (V<T, S>, V<T, S>),
    power: &mut V<T, S>,
    moment: &mut V<T, S>,
) -> V<T, S> {
    let mode = T::mul_lanes(simd, scale, weight);
    *power = T::mul_add_lanes(simd, mode, mode, *power);
    *moment = T::add_lanes(simd, *moment, *power);
    mode
}

/// A pass with the number of modes known to the compiler.
struct Fixed<'a, T, const K: usize>(Pass<'a, T>);

impl<T: Precision, const K: usize> WithSimd for Fixed<'_, T, K> {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f64 {
        let Pass { common, record, sums, modes, .. } = self.0;
        let zero = T::splat_lanes(simd, T::ZERO);
        let lane = T::vectors::<S>(common.lane)[0];
        let grid = T::vectors::<S>(common.grid);
        let record = T::vectors::<S>(record);
        let (modes, _) = T::vectors_mut::<S>(modes).as_chunks_mut::<K>();
        let mut centres = [zero; K];
        for_each_mode!(K, N, { centres[N] = T::splat_lanes(simd, common.centres[N]) });
        let mut total = 0.0;
        let mut end = grid.len().min(record.len());
        while end > 0 {
            let first = (end - 1) / T::BLOCKS_PER_SUM * T::BLOCKS_PER_SUM;
            let [mut power, mut moment, mut weights] = [[zero; K]; 3];
            let mut objective = zero;
            for (b, (grid, record)) in grid[first..end].iter().zip(&record[first..end]).enumerate().rev() {
                let mut sum = T::splat_lanes(simd, T::ONE);
                for_each_mode!(K, N, { weights[N] = weigh::<T, S>(simd, *grid, centres[N], &mut sum) });
                let scale = T::div_lanes(simd, *record, sum);
                objective = T::mul_add_lanes(simd, *record, scale, objective);
                let mut own = [zero; K];
                for_each_mode!(K, N, {
                    own[N] = share::<T, S>(simd, (scale, weights[N]), &mut power[N], &mut moment[N]);
                });
                if let Some(modes) = modes.get_mut(first + b) {
                    *modes = own;
                }
            }
            for_each_mode!(K, N, {
                let totals = (&mut sums.power[N], &mut sums.moment[N]);
                flush::<T, S>(simd, (first, lane), (power[N], moment[N]), totals);
            });
            total += T::sum_lanes(simd, objective);
            end = first;
        }
        total
    }
}

/// A pass over any number of modes, whose sums lie in memory.
struct AnyCount<'a, T>(Pass<'a, T>);

impl<T: Precision> WithSimd for AnyCount<'_, T> {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f64 {
        let Pass { common, record, sums, room, modes } = self.0;
        let count = common.centres.len();
        let zero = T::splat_lanes(simd, T::ZERO);
        let lane = T::vectors::<S>(common.lane)[0];
        let grid = T::vectors::<S>(common.grid);
        let record = T::vectors::<S>(record);
        let modes = T::vectors_mut::<S>(modes);
        let (centres, room) = T::vectors_mut::<S>(room).split_at_mut(count);
        let (power, room) = room.split_at_mut(count);
        let (moment, weights) = room.split_at_mut(count);
        for (centre, value) in centres.iter_mut().zip(common.centres) {
            *centre = T::splat_lanes(simd, *value);
        }
        let mut total = 0.0;
        let mut end = grid.len().min(record.len());
        while end > 0 {
            let first = (end - 1) / T::BLOCKS_PER_SUM * T::BLOCKS_PER_SUM;
            power.fill(zero);
            moment.fill(zero);
            let mut objective = zero;
            for b in (first..end).rev() {
                let mut sum = T::splat_lanes(simd, T::ONE);
                for (weight, centre) in weights.iter_mut().zip(&*centres) {
                    *weight = weigh::<T, S>(simd, grid[b], *centre, &mut sum);
                }
                let scale = T::div_lanes(simd, record[b], sum);
                objective = T::mul_add_lanes(simd, record[b], scale, objective);
                for k in 0..count {
                    let mode = share::<T, S>(simd, (scale, weights[k]), &mut power[k], &mut moment[k]);
                    if let Some(place) = modes.get_mut(b * count + k) {
                        *place = mode;
                    }
                }
            }
            for k in 0..count {
                let totals = (&mut sums.power[k], &mut sums.moment[k]);
                flush::<T, S>(simd, (first, lane), (power[k], moment[k]), totals);
            }
            total += T::sum_lanes(simd, objective);
            end = first;
        }
        total
    }
}

impl<T: Precision> Pass<'_, T> {
    /// Runs it.
    pub(crate) fn run(self, arch: pulp::Arch) -> f64 {
        with_count!(arch, self.common.centres.len(), Fixed, AnyCount, self)
    }
}
