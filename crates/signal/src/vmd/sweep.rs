//! One sweep over the modes, and one pass of the fixed point: the hot loops.
//!
//! Coefficients lie in blocks of as many bins as a vector has lanes, and within a block mode after mode:
//! `[bin/L][mode][L]`. The filters of a sweep use the centres from before it, so a block needs nothing of the
//! others and its modes are read and written once:
//! ```text
//! q = r + u;  v = q/(1 + α(ν - ω)²);  r = q - v;  P += v²;  S += P;  D += (v - u)²;  u = v
//! ```
//! with `r` the record's coefficients less half the multiplier and less all modes, which is kept from sweep to
//! sweep. Blocks are taken from the last to the first, so the running sum of the running sum, `S`, is
//! `Σ (block + 1) v²`: the first moment of a mode's power costs one addition.
//!
//! That is ten additions and multiplications, a division, a load and a store for a vector of a mode. Doing two
//! or four divisions as one by products, or two blocks side by side, was measured on AVX-512 (AMD Zen 5) and
//! is slower: the divider works beside the other units and is not what holds the loop up.

use pulp::{Simd, WithSimd};

use crate::lanes::Lanes;
use crate::vmd::precision::Precision;

/// Sums over the bins for each mode, in units of bins, bin squared amplitudes.
#[derive(Debug)]
pub(crate) struct Sums<'a> {
    /// `Σ v²`, added to what is there.
    pub(crate) power: &'a mut [f64],
    /// `Σ bin v²`, added to what is there.
    pub(crate) moment: &'a mut [f64],
}

/// What both loops need.
#[derive(Debug)]
pub(crate) struct Loop<'a, T> {
    /// `sqrt(α) bin/(2 len)`, padded.
    pub(crate) grid: &'a [T],
    /// `sqrt(α) ω` for each mode.
    pub(crate) centres: &'a [T],
    /// The lane numbers `0, 1, …`.
    pub(crate) lane: &'a [T],
}

/// A sweep: updates `modes` and `rest`, and gives `Σ (v - u)²`.
#[derive(Debug)]
pub(crate) struct Sweep<'a, T> {
    pub(crate) common: Loop<'a, T>,
    pub(crate) modes: &'a mut [T],
    pub(crate) rest: &'a mut [T],
    pub(crate) sums: Sums<'a>,
    /// Room for four vectors a mode, where modes are too many for registers.
    pub(crate) room: &'a mut [T],
}

type V<T, S> = <T as Lanes>::Vector<S>;

/// Running sums of one mode.
struct Running<'a, X> {
    power: &'a mut X,
    moment: &'a mut X,
    change: &'a mut X,
}

/// One mode in one block.
#[inline(always)]
fn update<T: Precision, S: Simd>(
    simd: S,
    (grid, centre): (V<T, S>, V<T, S>),
    mode: &mut V<T, S>,
    rest: &mut V<T, S>,
    running: Running<'_, V<T, S>>,
) {
    let distance = T::sub_lanes(simd, grid, centre);
    let inverse_gain = T::mul_add_lanes(simd, distance, distance, T::splat_lanes(simd, T::ONE));
    let gain = T::div_lanes(simd, T::splat_lanes(simd, T::ONE), inverse_gain);
    let old = *mode;
    let q = T::add_lanes(simd, *rest, old);
    let new = T::mul_lanes(simd, q, gain);
    *rest = T::sub_lanes(simd, q, new);
    *running.power = T::mul_add_lanes(simd, new, new, *running.power);
    *running.moment = T::add_lanes(simd, *running.moment, *running.power);
    let change = T::sub_lanes(simd, new, old);
    *running.change = T::mul_add_lanes(simd, change, change, *running.change);
    *mode = new;
}

/// Writes a block out for each of up to ten modes, with its number as a constant: sums stay in registers only
/// when no loop over modes is left anywhere in the function.
macro_rules! for_each_mode {
    ($count:ident, $k:ident, $body:block) => {
        for_each_mode!(@each $count, $k, $body, 0 1 2 3 4 5 6 7 8 9)
    };
    (@each $count:ident, $k:ident, $body:block, $($number:literal)*) => {$(
        {
            const $k: usize = $number;
            if $count > $k $body
        }
    )*};
}
pub(crate) use for_each_mode;

/// Adds a mode's running sums over the blocks from `first` on to its totals.
#[inline(always)]
pub(crate) fn flush<T: Precision, S: Simd>(
    simd: S,
    (first, lane): (usize, V<T, S>),
    (power, moment): (V<T, S>, V<T, S>),
    (total_power, total_moment): (&mut f64, &mut f64),
) {
    let lanes = T::lanes::<S>() as f64;
    let sum = T::sum_lanes(simd, power);
    let inside =
        lanes * (T::sum_lanes(simd, moment) - sum) + T::sum_lanes(simd, T::mul_lanes(simd, lane, power));
    *total_power += sum;
    *total_moment += lanes * first as f64 * sum + inside;
}

/// A sweep with the number of modes known to the compiler.
struct Fixed<'a, T, const K: usize>(Sweep<'a, T>);

impl<T: Precision, const K: usize> WithSimd for Fixed<'_, T, K> {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f64 {
        let Sweep { common, modes, rest, sums, .. } = self.0;
        let zero = T::splat_lanes(simd, T::ZERO);
        let lane = T::vectors::<S>(common.lane)[0];
        let grid = T::vectors::<S>(common.grid);
        let rest = T::vectors_mut::<S>(rest);
        let (modes, _) = T::vectors_mut::<S>(modes).as_chunks_mut::<K>();
        let mut centres = [zero; K];
        for_each_mode!(K, N, { centres[N] = T::splat_lanes(simd, common.centres[N]) });
        let blocks = grid.len().min(rest.len()).min(modes.len());
        let (grid, rest, modes) = (&grid[..blocks], &mut rest[..blocks], &mut modes[..blocks]);
        let mut total = 0.0;
        let mut end = blocks;
        while end > 0 {
            let first = (end - 1) / T::BLOCKS_PER_SUM * T::BLOCKS_PER_SUM;
            let (mut power, mut moment, mut change) = ([zero; K], [zero; K], [zero; 2]);
            for ((grid, rest), modes) in
                grid[first..end].iter().zip(&mut rest[first..end]).zip(&mut modes[first..end]).rev()
            {
                let mut r = *rest;
                for_each_mode!(K, N, {
                    let running =
                        Running { power: &mut power[N], moment: &mut moment[N], change: &mut change[N % 2] };
                    update::<T, S>(simd, (*grid, centres[N]), &mut modes[N], &mut r, running);
                });
                *rest = r;
            }
            for_each_mode!(K, N, {
                let totals = (&mut sums.power[N], &mut sums.moment[N]);
                flush::<T, S>(simd, (first, lane), (power[N], moment[N]), totals);
            });
            total += T::sum_lanes(simd, T::add_lanes(simd, change[0], change[1]));
            end = first;
        }
        total
    }
}

/// A sweep over any number of modes, whose sums lie in memory.
struct AnyCount<'a, T>(Sweep<'a, T>);

impl<T: Precision> WithSimd for AnyCount<'_, T> {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f64 {
        let Sweep { common, modes, rest, sums, room } = self.0;
        let count = common.centres.len();
        let zero = T::splat_lanes(simd, T::ZERO);
        let lane = T::vectors::<S>(common.lane)[0];
        let grid = T::vectors::<S>(common.grid);
        let rest = T::vectors_mut::<S>(rest);
        let modes = T::vectors_mut::<S>(modes);
        let (centres, room) = T::vectors_mut::<S>(room).split_at_mut(count);
        let (power, room) = room.split_at_mut(count);
        let moment = &mut room[..count];
        for (centre, value) in centres.iter_mut().zip(common.centres) {
            *centre = T::splat_lanes(simd, *value);
        }
        let mut total = 0.0;
        let mut end = grid.len().min(rest.len());
        while end > 0 {
            let first = (end - 1) / T::BLOCKS_PER_SUM * T::BLOCKS_PER_SUM;
            power.fill(zero);
            moment.fill(zero);
            let mut change = zero;
            for b in (first..end).rev() {
                let mut r = rest[b];
                let modes = &mut modes[b * count..(b + 1) * count];
                for (((mode, centre), power), moment) in
                    modes.iter_mut().zip(&*centres).zip(&mut *power).zip(&mut *moment)
                {
                    let running = Running { power, moment, change: &mut change };
                    update::<T, S>(simd, (grid[b], *centre), mode, &mut r, running);
                }
                rest[b] = r;
            }
            for k in 0..count {
                let totals = (&mut sums.power[k], &mut sums.moment[k]);
                flush::<T, S>(simd, (first, lane), (power[k], moment[k]), totals);
            }
            total += T::sum_lanes(simd, change);
            end = first;
        }
        total
    }
}

/// Calls an operation with its number of modes as a constant where that is 1 to 10.
macro_rules! with_count {
    ($arch:expr, $count:expr, $fixed:ident, $any:ident, $op:expr) => {
        match $count {
            1 => $arch.dispatch($fixed::<_, 1>($op)),
            2 => $arch.dispatch($fixed::<_, 2>($op)),
            3 => $arch.dispatch($fixed::<_, 3>($op)),
            4 => $arch.dispatch($fixed::<_, 4>($op)),
            5 => $arch.dispatch($fixed::<_, 5>($op)),
            6 => $arch.dispatch($fixed::<_, 6>($op)),
            7 => $arch.dispatch($fixed::<_, 7>($op)),
            8 => $arch.dispatch($fixed::<_, 8>($op)),
            9 => $arch.dispatch($fixed::<_, 9>($op)),
            10 => $arch.dispatch($fixed::<_, 10>($op)),
            _ => $arch.dispatch($any($op)),
        }
    };
}
pub(crate) use with_count;

impl<T: Precision> Sweep<'_, T> {
    /// Runs it.
    pub(crate) fn run(self, arch: pulp::Arch) -> f64 {
        with_count!(arch, self.common.centres.len(), Fixed, AnyCount, self)
    }
}

/// `rest = record - multiplier - Σ modes`, from scratch: keeps rounding from piling up over many sweeps.
#[derive(Debug)]
pub(crate) struct Refresh<'a, T> {
    pub(crate) record: &'a [T],
    pub(crate) multiplier: &'a [T],
    pub(crate) modes: &'a [T],
    pub(crate) rest: &'a mut [T],
    pub(crate) count: usize,
}

impl<T: Precision> WithSimd for Refresh<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let record = T::vectors::<S>(self.record);
        let multiplier = T::vectors::<S>(self.multiplier);
        let modes = T::vectors::<S>(self.modes).chunks_exact(self.count);
        let rest = T::vectors_mut::<S>(self.rest);
        for (((rest, record), multiplier), modes) in rest.iter_mut().zip(record).zip(multiplier).zip(modes) {
            let mut r = T::sub_lanes(simd, *record, *multiplier);
            for mode in modes {
                r = T::sub_lanes(simd, r, *mode);
            }
            *rest = r;
        }
    }
}
