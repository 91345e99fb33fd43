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
//! `Σ (block + 1) v²`: the first moment of a mode's power costs one addition. Up to four divisions are done
//! as one, by products, where no product can leave the range of the type.

use pulp::{Simd, WithSimd};

use crate::vmd::lanes::Lanes;

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
    /// Divisions done as one: 4, or 1 where products could overflow.
    pub(crate) together: bool,
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

/// `1/x` of each: one division for all of them when `together`.
#[inline(always)]
pub(crate) fn invert<T: Lanes, S: Simd, const G: usize>(
    simd: S,
    together: bool,
    one: V<T, S>,
    x: [V<T, S>; G],
) -> [V<T, S>; G] {
    let mut y = x;
    if !together || G == 1 || G > 4 {
        for y in &mut y {
            *y = T::div(simd, one, *y);
        }
        return y;
    }
    let mul = |a, b| T::mul(simd, a, b);
    let ab = mul(x[0], x[1]);
    if G == 2 {
        let i = T::div(simd, one, ab);
        y[0] = mul(i, x[1]);
        y[1] = mul(i, x[0]);
    } else if G == 3 {
        let i = T::div(simd, one, mul(ab, x[2]));
        let c = mul(i, x[2]);
        y[0] = mul(c, x[1]);
        y[1] = mul(c, x[0]);
        y[2] = mul(i, ab);
    } else {
        let cd = mul(x[2], x[3]);
        let i = T::div(simd, one, mul(ab, cd));
        let (iab, icd) = (mul(i, cd), mul(i, ab));
        y[0] = mul(iab, x[1]);
        y[1] = mul(iab, x[0]);
        y[2] = mul(icd, x[3]);
        y[3] = mul(icd, x[2]);
    }
    y
}

/// Running sums of a few modes.
struct Running<'a, X> {
    power: &'a mut [X],
    moment: &'a mut [X],
    change: &'a mut [X; 2],
}

/// `G` modes of one block.
#[inline(always)]
fn update<T: Lanes, S: Simd, const G: usize>(
    simd: S,
    together: bool,
    (one, grid): (V<T, S>, V<T, S>),
    centres: &[V<T, S>],
    modes: &mut [V<T, S>],
    rest: &mut V<T, S>,
    running: Running<'_, V<T, S>>,
) {
    let mut gains = [one; G];
    for k in 0..G {
        let distance = T::sub(simd, grid, centres[k]);
        gains[k] = T::mul_add(simd, distance, distance, one);
    }
    let gains = invert::<T, S, G>(simd, together, one, gains);
    for k in 0..G {
        let old = modes[k];
        let q = T::add(simd, *rest, old);
        let new = T::mul(simd, q, gains[k]);
        *rest = T::sub(simd, q, new);
        running.power[k] = T::mul_add(simd, new, new, running.power[k]);
        running.moment[k] = T::add(simd, running.moment[k], running.power[k]);
        let change = T::sub(simd, new, old);
        running.change[k % 2] = T::mul_add(simd, change, change, running.change[k % 2]);
        modes[k] = new;
    }
}

/// All modes of one block, in groups of four.
#[inline(always)]
fn update_block<T: Lanes, S: Simd>(
    simd: S,
    together: bool,
    at: (V<T, S>, V<T, S>),
    centres: &[V<T, S>],
    modes: &mut [V<T, S>],
    rest: &mut V<T, S>,
    running: Running<'_, V<T, S>>,
) {
    let count = centres.len();
    let Running { power, moment, change } = running;
    macro_rules! group {
        ($from:expr, $size:literal) => {
            update::<T, S, $size>(
                simd,
                together,
                at,
                &centres[$from..$from + $size],
                &mut modes[$from..$from + $size],
                rest,
                Running {
                    power: &mut power[$from..$from + $size],
                    moment: &mut moment[$from..$from + $size],
                    change: &mut *change,
                },
            )
        };
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
}

/// Adds the running sums of the blocks from `first` on to the totals.
#[inline(always)]
pub(crate) fn flush<T: Lanes, S: Simd>(
    simd: S,
    first: usize,
    lane: V<T, S>,
    power: &[V<T, S>],
    moment: &[V<T, S>],
    sums: &mut Sums<'_>,
) {
    let lanes = T::lanes::<S>() as f64;
    for (k, (p, s)) in power.iter().zip(moment).enumerate() {
        let p_sum = T::sum(simd, *p);
        let inside = lanes * (T::sum(simd, *s) - p_sum) + T::sum(simd, T::mul(simd, lane, *p));
        sums.power[k] += p_sum;
        sums.moment[k] += lanes * first as f64 * p_sum + inside;
    }
}

/// A sweep with the number of modes known to the compiler.
struct Fixed<'a, T, const K: usize>(Sweep<'a, T>);

impl<T: Lanes, const K: usize> WithSimd for Fixed<'_, T, K> {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f64 {
        let Sweep { common, modes, rest, mut sums, .. } = self.0;
        let one = T::splat(simd, T::ONE);
        let zero = T::splat(simd, T::ZERO);
        let lane = T::vectors::<S>(common.lane)[0];
        let grid = T::vectors::<S>(common.grid);
        let rest = T::vectors_mut::<S>(rest);
        let (modes, _) = T::vectors_mut::<S>(modes).as_chunks_mut::<K>();
        let mut centres = [zero; K];
        for (centre, value) in centres.iter_mut().zip(common.centres) {
            *centre = T::splat(simd, *value);
        }
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
                let running = Running { power: &mut power, moment: &mut moment, change: &mut change };
                update_block::<T, S>(simd, common.together, (one, *grid), &centres, modes, &mut r, running);
                *rest = r;
            }
            flush::<T, S>(simd, first, lane, &power, &moment, &mut sums);
            total += T::sum(simd, change[0]) + T::sum(simd, change[1]);
            end = first;
        }
        total
    }
}

/// A sweep over any number of modes, whose sums lie in memory.
struct AnyCount<'a, T>(Sweep<'a, T>);

impl<T: Lanes> WithSimd for AnyCount<'_, T> {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f64 {
        let Sweep { common, modes, rest, mut sums, room } = self.0;
        let count = common.centres.len();
        let one = T::splat(simd, T::ONE);
        let zero = T::splat(simd, T::ZERO);
        let lane = T::vectors::<S>(common.lane)[0];
        let grid = T::vectors::<S>(common.grid);
        let rest = T::vectors_mut::<S>(rest);
        let modes = T::vectors_mut::<S>(modes);
        let (centres, sums_room) = T::vectors_mut::<S>(room).split_at_mut(count);
        let (power, moment) = sums_room.split_at_mut(count);
        let moment = &mut moment[..count];
        for (centre, value) in centres.iter_mut().zip(common.centres) {
            *centre = T::splat(simd, *value);
        }
        let blocks = grid.len().min(rest.len());
        let mut total = 0.0;
        let mut end = blocks;
        while end > 0 {
            let first = (end - 1) / T::BLOCKS_PER_SUM * T::BLOCKS_PER_SUM;
            power.fill(zero);
            moment.fill(zero);
            let mut change = [zero; 2];
            for b in (first..end).rev() {
                let mut r = rest[b];
                let running = Running { power: &mut *power, moment: &mut *moment, change: &mut change };
                let modes = &mut modes[b * count..(b + 1) * count];
                update_block::<T, S>(simd, common.together, (one, grid[b]), centres, modes, &mut r, running);
                rest[b] = r;
            }
            flush::<T, S>(simd, first, lane, power, moment, &mut sums);
            total += T::sum(simd, change[0]) + T::sum(simd, change[1]);
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

impl<T: Lanes> Sweep<'_, T> {
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

impl<T: Lanes> WithSimd for Refresh<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let record = T::vectors::<S>(self.record);
        let multiplier = T::vectors::<S>(self.multiplier);
        let modes = T::vectors::<S>(self.modes).chunks_exact(self.count);
        let rest = T::vectors_mut::<S>(self.rest);
        for (((rest, record), multiplier), modes) in rest.iter_mut().zip(record).zip(multiplier).zip(modes) {
            let mut r = T::sub(simd, *record, *multiplier);
            for mode in modes {
                r = T::sub(simd, r, *mode);
            }
            *rest = r;
        }
    }
}
