//! Loops over whole slices, compiled for each vector width and chosen at run time.
//!
//! Element-wise loops give the same bits at every width. Sums keep [`LANES`] partial sums in a
//! fixed order, so theirs do too.

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

/// Sums of `terms(x, y)`, a pair, in double precision.
#[inline(always)]
pub(crate) fn sums_of<T: Element>(x: &[T], y: &[T], terms: impl Fn(T, T) -> (f64, f64)) -> (f64, f64) {
    let mut first = [0.0; LANES];
    let mut second = [0.0; LANES];
    let mut xs = x.chunks_exact(LANES);
    let mut ys = y.chunks_exact(LANES);
    for (a, b) in (&mut xs).zip(&mut ys) {
        for i in 0..LANES {
            let (p, q) = terms(a[i], b[i]);
            first[i] += p;
            second[i] += q;
        }
    }
    for (i, (&a, &b)) in xs.remainder().iter().zip(ys.remainder()).enumerate() {
        let (p, q) = terms(a, b);
        first[i] += p;
        second[i] += q;
    }
    (fold(first), fold(second))
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
