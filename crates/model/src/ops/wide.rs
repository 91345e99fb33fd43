//! Loops over whole slices, compiled for each vector width and chosen at run time.
//!
//! Loops run over places: inside a dispatch iterators are often compiled for the smallest width.
//! Element-wise loops give the same bits at every width. Sums keep [`LANES`] partial sums in a
//! fixed order, so theirs do too.

#![allow(clippy::needless_range_loop, reason = "see above")]

use rayon::prelude::*;

use super::element::Element;

/// How many partial sums a reduction keeps.
const LANES: usize = 16;

/// Runs a loop with the widest vectors of this processor.
///
/// The closure has to be marked `#[inline(always)]`, or it is compiled for the smallest width.
#[inline(always)]
pub(crate) fn wide<R>(body: impl FnOnce() -> R) -> R {
    pulp::Arch::new().dispatch(body)
}

/// Adds the lanes in one fixed order.
#[inline(always)]
fn fold(lanes: [f64; LANES]) -> f64 {
    let mut sums = lanes;
    let mut width = LANES / 2;
    while width > 0 {
        for i in 0..width {
            sums[i] += sums[i + width];
        }
        width /= 2;
    }
    sums[0]
}

/// Sum of `term(x)` in double precision.
#[inline(always)]
pub(crate) fn sum_of<T: Element>(x: &[T], term: impl Fn(T) -> f64) -> f64 {
    let mut lanes = [0.0; LANES];
    let mut blocks = x.chunks_exact(LANES);
    for block in &mut blocks {
        for i in 0..LANES {
            lanes[i] += term(block[i]);
        }
    }
    for (lane, &value) in lanes.iter_mut().zip(blocks.remainder()) {
        *lane += term(value);
    }
    fold(lanes)
}

/// Two sums in double precision over several pairs of slices.
pub(crate) struct Sums {
    first: [f64; LANES],
    second: [f64; LANES],
}

impl Default for Sums {
    fn default() -> Self {
        Self { first: [0.0; LANES], second: [0.0; LANES] }
    }
}

impl Sums {
    /// Adds `terms(x, y)`, a pair, for every place of two slices.
    #[inline(always)]
    pub(crate) fn take<T: Element>(&mut self, x: &[T], y: &[T], terms: impl Fn(T, T) -> (f64, f64)) {
        // Of its own, so that the sums stay in registers.
        let (mut first, mut second) = (self.first, self.second);
        let y = &y[..x.len()];
        let whole = x.len() / LANES * LANES;
        let mut start = 0;
        while start < whole {
            let (a, b) = (&x[start..start + LANES], &y[start..start + LANES]);
            for i in 0..LANES {
                let (p, q) = terms(a[i], b[i]);
                first[i] += p;
                second[i] += q;
            }
            start += LANES;
        }
        for i in 0..x.len() - whole {
            let (p, q) = terms(x[whole + i], y[whole + i]);
            first[i] += p;
            second[i] += q;
        }
        (self.first, self.second) = (first, second);
    }

    #[inline(always)]
    pub(crate) fn total(self) -> (f64, f64) {
        (fold(self.first), fold(self.second))
    }
}

/// Sums of `terms(x, y)`, a pair, in double precision.
#[inline(always)]
pub(crate) fn sums_of<T: Element>(x: &[T], y: &[T], terms: impl Fn(T, T) -> (f64, f64)) -> (f64, f64) {
    let mut sums = Sums::default();
    sums.take(x, y, terms);
    sums.total()
}

/// Puts `value` of every place's number and of those given for it into its place.
#[inline(always)]
pub(crate) fn put<T: Copy, const N: usize>(into: &mut [T], given: [&[T]; N], value: impl Fn(T, [T; N]) -> T) {
    let len = into.len();
    let mut given = given;
    for from in &mut given {
        *from = &from[..len];
    }
    for i in 0..len {
        let mut numbers = [into[i]; N];
        for of in 0..N {
            numbers[of] = given[of][i];
        }
        into[i] = value(into[i], numbers);
    }
}

/// Adds values, each to `span` numbers one behind the other.
pub(crate) fn add_values<T: Element>(sums: &mut [T], values: &[T], span: usize) {
    const PIECE: usize = 1 << 14;
    if span == 1 {
        sums.par_chunks_mut(PIECE).zip(values.par_chunks(PIECE)).for_each(|(sums, values)| {
            wide(
                #[inline(always)]
                || {
                    put(
                        sums,
                        [values],
                        #[inline(always)]
                        |sum, [value]| sum + value,
                    );
                },
            );
        });
        return;
    }
    let spans = sums.par_chunks_mut(span.max(1)).zip(values);
    spans.with_min_len(PIECE / span.max(1) + 1).for_each(|(sums, &value)| {
        wide(
            #[inline(always)]
            || {
                for sum in sums {
                    *sum += value;
                }
            },
        );
    });
}

/// Sum of the values.
pub(crate) fn sum<T: Element>(x: &[T]) -> f64 {
    wide(
        #[inline(always)]
        || {
            sum_of(
                x,
                #[inline(always)]
                |v| v.wide(),
            )
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_takes_every_element_once() {
        for n in [0usize, 1, 15, 16, 17, 100] {
            let x: Vec<f64> = (0..n).map(|i| i as f64).collect();
            let expected: f64 = (0..n).map(|i| i as f64).sum();
            assert_eq!(sum(&x), expected);
            let (a, b) = sums_of(&x, &x, |p, q| (p, p * q));
            assert_eq!(a, expected);
            assert_eq!(b, (0..n).map(|i| (i * i) as f64).sum::<f64>());
        }
    }
}
