//! Sample entropy: how seldom stretches of a record that are alike go on alike.
//!
//! ```text
//! B = pairs i < j <  N-m  with  |x[i+k] - x[j+k]| <= r  for every k = 0..m-1
//! A = those of B for which it holds for k = m too
//! SampEn(m, r) = -ln(A/B),          r = tolerance · population standard deviation
//! ```
//! (Richman & Moorman 2000, doi 10.1152/ajpheart.2000.278.6.H2039). Low for a record that repeats itself, high
//! for noise: 2.2 for white Gaussian noise at m = 2, r = 0.2.
//!
//! Traps. Both counts run over the same `N-m` stretches; programs that give `B` one stretch more differ in the
//! third digit for short records. The comparison includes equality, and `r` is relative to the deviation of
//! this record, so gain and offset do not matter, but one outlier that swells the deviation lowers the
//! entropy. The value depends on the length of the record and on its sampling rate: compare like with like.
//!
//! # How it is computed
//! All coordinates come from one record, so one sort serves them all: the samples within `r` of a sample are a
//! run of ranks, and `|x[a] - x[b]| <= r` becomes the integer comparison `low[a] <= rank[b] <= high[a]`, which
//! is exact and takes 16 bits a sample. The stretches are put in the order of their first coordinate, so only
//! pairs whose first coordinates agree are ever looked at, 11 % of them for Gaussian samples at r = 0.2. Time
//! still grows with the square of the length.

use std::array::from_fn;

use pulp::{Simd, WithSimd};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result, check_finite, check_len};
use crate::instruction_set::widest;
use crate::radix_sort::{ordered, sort_by_upper_half};
use crate::sample::Sample;
use crate::scratch::{Scratch, first};

/// Longest record: 2^24 samples would compare 10^13 pairs.
const LONGEST: usize = 1 << 24;
/// Ranks behind the last one, so that the widest vectors can be filled.
const BLOCK: usize = 64;

/// Parameters of the sample entropy.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SampleEntropyParams {
    /// Samples `m` in which two stretches have to agree, 1 to 8. 2 unless said.
    pub dimension: usize,
    /// The tolerance `r` in units of the record's population standard deviation, above 0. 0.2 unless said.
    pub tolerance: f64,
}

impl Default for SampleEntropyParams {
    fn default() -> Self {
        Self { dimension: 2, tolerance: 0.2 }
    }
}

impl SampleEntropyParams {
    /// A plan for records of `len` samples.
    ///
    /// # Errors
    /// [`Error::Parameter`] when `len` is 0 or above 2²⁴, the dimension not 1 to 8, or the tolerance not a finite
    /// number above 0.
    pub fn plan(&self, len: usize) -> Result<SampleEntropyPlan> {
        let refuse = |parameter, value: String, reason: &str| {
            Err(Error::parameter("sample entropy", parameter, value, reason))
        };
        if !(1..=LONGEST).contains(&len) {
            return refuse("length", len.to_string(), "a record has 1 to 2^24 samples");
        }
        if !(1..=8).contains(&self.dimension) {
            return refuse("dimension", self.dimension.to_string(), "it has to be 1 to 8, such as 2");
        }
        if !(self.tolerance.is_finite() && self.tolerance > 0.0) {
            let reason = "it has to be a finite number above 0, such as 0.2";
            return refuse("tolerance", self.tolerance.to_string(), reason);
        }
        Ok(SampleEntropyPlan { len, params: *self })
    }
}

/// The sample entropy of records of one length.
#[derive(Debug, Clone)]
pub struct SampleEntropyPlan {
    len: usize,
    params: SampleEntropyParams,
}

/// Working memory of the sample entropy.
#[derive(Debug, Clone, Default)]
pub(crate) struct SampleEntropyMemory {
    /// A coarse key of each sample above its index.
    keys: Vec<u64>,
    spare: Vec<u64>,
    values: Vec<f64>,
    /// First and last rank within the tolerance of each rank.
    low: Vec<u32>,
    high: Vec<u32>,
    ranks: Vec<u32>,
    /// Index of each stretch, in the order of its first coordinate, and where its neighbours end.
    starts: Vec<u32>,
    ends: Vec<u32>,
    narrow: Vec<u16>,
    wide: Vec<u32>,
}

impl SampleEntropyPlan {
    /// Samples of the record.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "a plan is never empty")]
    pub fn len(&self) -> usize {
        self.len
    }

    /// The sample entropy of `input` (`len` samples), in nats.
    ///
    /// `None` where it does not exist: a constant record, one of fewer than `m + 2` samples, or one without a
    /// single pair of stretches that agree in `m + 1` samples.
    ///
    /// # Errors
    /// [`Error::Length`] when `input` has another length; [`Error::Parameter`] when a sample is not finite.
    pub fn process<T: Sample>(&self, input: &[T], scratch: &mut Scratch<T>) -> Result<Option<f64>> {
        Ok(self.pairs(input, scratch)?.filter(|pairs| pairs.1 > 0).map(|(b, a)| -(a as f64 / b as f64).ln()))
    }

    /// The numbers of pairs `B` and `A`; `None` for a constant record.
    fn pairs<T: Sample>(&self, input: &[T], scratch: &mut Scratch<T>) -> Result<Option<(u64, u64)>> {
        check_len("input of the sample entropy", self.len, input.len())?;
        check_finite("sample entropy", input)?;
        let memory = &mut scratch.sample_entropy;
        let m = self.params.dimension;
        if self.len < m + 2 {
            return Ok(None);
        }
        let Some(reach) = memory.sort(input, self.params.tolerance) else { return Ok(None) };
        memory.neighbours(self.len, reach);
        let count = memory.templates(self.len, m);
        // A rank more than any sample's has to exist, for padding.
        Ok(Some(if self.len < usize::from(u16::MAX) {
            let mut ranks = std::mem::take(&mut memory.narrow);
            let pairs = memory.count(m, count, &mut ranks, |rank| rank as u16);
            memory.narrow = ranks;
            pairs
        } else {
            let mut ranks = std::mem::take(&mut memory.wide);
            let pairs = memory.count(m, count, &mut ranks, |rank| rank);
            memory.wide = ranks;
            pairs
        }))
    }
}

impl SampleEntropyMemory {
    /// Sorts the samples into `values` and gives each its rank. The tolerance in the scale of `values`, or none
    /// for a constant record.
    fn sort<T: Sample>(&mut self, input: &[T], tolerance: f64) -> Option<f64> {
        let n = input.len();
        let peak = input.iter().fold(0.0, |peak: f64, x| peak.max(x.widen().abs()));
        // A power of two changes no comparison, and squares neither overflow nor vanish.
        let scale = if (1e-100..1e100).contains(&peak) { 1.0 } else { power_of_two_below_inverse(peak) };
        let mean = input.iter().map(|x| x.widen() * scale).sum::<f64>() / n as f64;
        let squares = input.iter().map(|x| (x.widen() * scale - mean).powi(2)).sum::<f64>();
        let reach = tolerance * (squares / n as f64).sqrt();

        let keys = first(&mut self.keys, n);
        for (index, (key, x)) in keys.iter_mut().zip(input).enumerate() {
            // Rounding to f32 keeps the order but for ties, which are put right below.
            *key = u64::from(ordered((x.widen() * scale - mean) as f32)) << 32 | index as u64;
        }
        sort_by_upper_half(keys, first(&mut self.spare, n));
        let value = |key: u64| input[index(key)].widen() * scale;
        let mut from = 0;
        for tied in keys.chunk_by_mut(|a, b| a >> 32 == b >> 32) {
            if tied.len() > 1 {
                tied.sort_unstable_by(|&a, &b| value(a).total_cmp(&value(b)).then(a.cmp(&b)));
            }
            from += tied.len();
        }
        debug_assert_eq!(from, n);
        let (values, ranks) = (first(&mut self.values, n), first(&mut self.ranks, n));
        for (rank, (sorted, key)) in values.iter_mut().zip(&*keys).enumerate() {
            *sorted = value(*key);
            ranks[index(*key)] = rank as u32;
        }
        (values[n - 1] > values[0]).then_some(reach)
    }

    /// First and last rank within `reach` of each rank.
    fn neighbours(&mut self, n: usize, reach: f64) {
        let (low, high) = (first(&mut self.low, n), first(&mut self.high, n));
        let values = &self.values[..n];
        let (mut start, mut end) = (0, 0);
        for (rank, value) in values.iter().enumerate() {
            while value - values[start] > reach {
                start += 1;
            }
            while end + 1 < n && values[end + 1] - value <= reach {
                end += 1;
            }
            low[rank] = start as u32;
            high[rank] = end as u32;
        }
    }

    /// Puts the stretches in the order of their first coordinate; their number.
    fn templates(&mut self, n: usize, m: usize) -> usize {
        let count = n - m;
        let (starts, ends) = (first(&mut self.starts, count), first(&mut self.ends, count));
        let kept = self.keys[..n].iter().map(|key| index(*key)).filter(|start| *start < count);
        for (start, index) in starts.iter_mut().zip(kept) {
            *start = index as u32;
        }
        let mut end = 0;
        for (t, start) in starts.iter().enumerate() {
            let last = self.high[self.ranks[*start as usize] as usize];
            end = end.max(t + 1);
            while end < count && self.ranks[starts[end] as usize] <= last {
                end += 1;
            }
            ends[t] = end as u32;
        }
        count
    }

    /// Counts the pairs of `count` stretches that agree in `m` samples, and in one more.
    fn count<R: Rank>(
        &self,
        m: usize,
        count: usize,
        ranks: &mut Vec<R>,
        rank: impl Fn(u32) -> R,
    ) -> (u64, u64) {
        let stride = count + BLOCK;
        let columns = first(ranks, stride * (m + 1));
        for (k, column) in columns.chunks_exact_mut(stride).enumerate() {
            for (to, start) in column.iter_mut().zip(&self.starts[..count]) {
                *to = rank(self.ranks[*start as usize + k]);
            }
            column[count..].fill(R::MOST);
        }
        let templates = Templates {
            columns,
            stride,
            dimension: m,
            ends: &self.ends[..count],
            range: |r: R| {
                let at = r.index();
                (rank(self.low[at]), rank(self.high[at]))
            },
        };
        widest().dispatch(templates)
    }
}

/// The index in the lower half of a key.
fn index(key: u64) -> usize {
    (key & u64::from(u32::MAX)) as usize
}

/// The largest power of two at most `1/peak`, roughly; 1 for 0.
fn power_of_two_below_inverse(peak: f64) -> f64 {
    if peak > 0.0 { 2.0_f64.powi(-(peak.log2().floor() as i32).clamp(-1000, 1000)) } else { 1.0 }
}

/// An unsigned number that holds ranks, and the vectors of it.
///
/// How far a rank lies beyond its range is taken without a comparison: `d - min(d, width)`, `d = rank - low`
/// wrapping around, is 0 exactly when `low <= rank <= low + width`.
trait Rank: Copy + Clone + Default + Ord {
    const ONE: Self;
    const MOST: Self;
    type Lanes<S: Simd>: Copy;
    fn index(self) -> usize;
    fn less(self, other: Self) -> Self;
    fn splat<S: Simd>(simd: S, value: Self) -> Self::Lanes<S>;
    fn split<S: Simd>(ranks: &[Self]) -> &[Self::Lanes<S>];
    fn lanes<S: Simd>() -> usize;
    fn or<S: Simd>(simd: S, a: Self::Lanes<S>, b: Self::Lanes<S>) -> Self::Lanes<S>;
    fn beyond<S: Simd>(
        simd: S,
        ranks: Self::Lanes<S>,
        low: Self::Lanes<S>,
        width: Self::Lanes<S>,
    ) -> Self::Lanes<S>;
    /// One more in each lane where `beyond` is not 0.
    fn miss<S: Simd>(
        simd: S,
        misses: Self::Lanes<S>,
        beyond: Self::Lanes<S>,
        one: Self::Lanes<S>,
    ) -> Self::Lanes<S>;
    fn sum<S: Simd>(lanes: Self::Lanes<S>) -> u64;
}

macro_rules! rank {
    ($type:ty, $lanes:ident, $splat:ident, $split:ident, $or:ident, $sub:ident, $min:ident, $add:ident) => {
        impl Rank for $type {
            const ONE: Self = 1;
            const MOST: Self = <$type>::MAX;
            type Lanes<S: Simd> = S::$lanes;
            #[inline(always)]
            fn index(self) -> usize {
                self as usize
            }
            #[inline(always)]
            fn less(self, other: Self) -> Self {
                self - other
            }
            #[inline(always)]
            fn splat<S: Simd>(simd: S, value: Self) -> S::$lanes {
                simd.$splat(value)
            }
            #[inline(always)]
            fn split<S: Simd>(ranks: &[Self]) -> &[S::$lanes] {
                S::$split(ranks).0
            }
            #[inline(always)]
            fn lanes<S: Simd>() -> usize {
                size_of::<S::$lanes>() / size_of::<Self>()
            }
            #[inline(always)]
            fn or<S: Simd>(simd: S, a: S::$lanes, b: S::$lanes) -> S::$lanes {
                simd.$or(a, b)
            }
            #[inline(always)]
            fn beyond<S: Simd>(simd: S, ranks: S::$lanes, low: S::$lanes, width: S::$lanes) -> S::$lanes {
                let above = simd.$sub(ranks, low);
                simd.$sub(above, simd.$min(above, width))
            }
            #[inline(always)]
            fn miss<S: Simd>(simd: S, misses: S::$lanes, beyond: S::$lanes, one: S::$lanes) -> S::$lanes {
                simd.$add(misses, simd.$min(beyond, one))
            }
            #[inline(always)]
            fn sum<S: Simd>(lanes: S::$lanes) -> u64 {
                let lanes: &[Self] = pulp::bytemuck::cast_slice(std::slice::from_ref(&lanes));
                lanes.iter().map(|lane| u64::from(*lane)).sum()
            }
        }
    };
}
rank!(u16, u16s, splat_u16s, as_simd_u16s, or_u16s, sub_u16s, min_u16s, add_u16s);
rank!(u32, u32s, splat_u32s, as_simd_u32s, or_u32s, sub_u32s, min_u32s, add_u32s);

/// Stretches in the order of their first coordinate: `columns[k·stride + t]` is the rank of coordinate `k`.
struct Templates<'a, R, F> {
    columns: &'a [R],
    stride: usize,
    ends: &'a [u32],
    range: F,
    dimension: usize,
}

impl<R: Rank, F: Fn(R) -> (R, R)> WithSimd for Templates<'_, R, F> {
    type Output = (u64, u64);

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> (u64, u64) {
        match self.dimension {
            1 => self.count::<S, 2>(simd),
            2 => self.count::<S, 3>(simd),
            3 => self.count::<S, 4>(simd),
            4 => self.count::<S, 5>(simd),
            5 => self.count::<S, 6>(simd),
            6 => self.count::<S, 7>(simd),
            7 => self.count::<S, 8>(simd),
            _ => self.count::<S, 9>(simd),
        }
    }
}

impl<R: Rank, F: Fn(R) -> (R, R)> Templates<'_, R, F> {
    /// Pairs that agree in `C - 1` coordinates, and in `C`.
    #[inline(always)]
    fn count<S: Simd, const C: usize>(&self, simd: S) -> (u64, u64) {
        let columns: [&[R]; C] = from_fn(|k| &self.columns[k * self.stride..][..self.stride]);
        let (lanes, zero, one) = (R::lanes::<S>(), R::splat(simd, R::default()), R::splat(simd, R::ONE));
        let (mut looked_at, mut missed, mut missed_longer) = (0, 0, 0);
        let (mut misses, mut longer, mut blocks) = (zero, zero, 0);
        for (t, end) in self.ends.iter().enumerate() {
            let (start, end) = (t + 1, *end as usize);
            let length = (end - start).next_multiple_of(lanes);
            let count = length / lanes;
            if count == 0 {
                continue;
            }
            // A lane may not count further than its type.
            if blocks + count > R::MOST.index() {
                missed += R::sum::<S>(misses);
                missed_longer += R::sum::<S>(longer);
                (misses, longer, blocks) = (zero, zero, 0);
            }
            blocks += count;
            looked_at += length as u64;
            let mut low = [zero; C];
            let mut width = [zero; C];
            let mut near = [R::split::<S>(&[]); C];
            for k in 0..C {
                let (first, last) = (self.range)(columns[k][t]);
                low[k] = R::splat(simd, first);
                width[k] = R::splat(simd, last.less(first));
                near[k] = &R::split::<S>(&columns[k][start..start + length])[..count];
            }
            #[allow(clippy::needless_range_loop, reason = "several columns run side by side")]
            for block in 0..count {
                // The first coordinate says where the last block has to end.
                let mut beyond = R::beyond(simd, near[0][block], low[0], width[0]);
                for k in 1..C - 1 {
                    beyond = R::or(simd, beyond, R::beyond(simd, near[k][block], low[k], width[k]));
                }
                misses = R::miss(simd, misses, beyond, one);
                let last = R::beyond(simd, near[C - 1][block], low[C - 1], width[C - 1]);
                longer = R::miss(simd, longer, R::or(simd, beyond, last), one);
            }
        }
        missed += R::sum::<S>(misses);
        missed_longer += R::sum::<S>(longer);
        (looked_at - missed, looked_at - missed_longer)
    }
}

/// The sample entropy of a record with dimension 2 and tolerance 0.2; see [`SampleEntropyPlan::process`].
///
/// # Errors
/// [`Error::Parameter`] when `samples` is empty, longer than 2²⁴, or not finite.
///
/// ```
/// let repeating: Vec<f64> = (0..400).map(|n| (n as f64 * 0.3).sin()).collect();
/// let entropy = brinell_signal::quantity::sample_entropy(&repeating)?;
/// assert!(entropy.is_some_and(|e| e > 0.0 && e < 0.3));
/// # Ok::<(), brinell_signal::Error>(())
/// ```
pub fn sample_entropy<T: Sample>(samples: &[T]) -> Result<Option<f64>> {
    SampleEntropyParams::default().plan(samples.len())?.process(samples, &mut Scratch::new())
}
