//! The covariance matrix of a record over all places where a filter lies wholly on it, and its solution.
//!
//! ```text
//! R[i,j] = Σ_{n = L-1}^{N-1} x[n-i] x[n-j]
//! ```
//! It is symmetric and nearly, but not quite, Toeplitz: `R[i+1,j+1] = R[i,j] + x[L-2-i] x[L-2-j] -
//! x[N-1-i] x[N-1-j]`, so it takes one row of sums and two products for each further entry. It is factored
//! once for a record, `R = C Cᵀ`, and every right-hand side then costs `L²`.

use pulp::{Simd, WithSimd};

use crate::instruction_set::widest;
use crate::separation::convolution::dot;

/// Below this share of the largest diagonal entry a pivot counts as 0.
const PIVOT: f64 = 1e-13;

/// Factors the covariance of `x` into the lower half of `matrix` (`taps × taps`); `column` is its first column
/// `R[j,0]`, the correlation of `x` with its own last `N - L + 1` samples. Where the record does not determine a
/// filter of this length (tones alone, or a constant), the smallest of `1e-12, 1e-10 ..` of the largest
/// diagonal entry that helps is added to the diagonal. False for a record without power.
pub(crate) fn factor(x: &[f64], column: &[f64], matrix: &mut [f64]) -> bool {
    widest().dispatch(Factor { x, column, matrix })
}

/// `C⁻¹ b` in place of `b`.
pub(crate) fn solve_lower(factor: &[f64], b: &mut [f64]) {
    widest().dispatch(SolveLower { factor, b });
}

/// `C⁻ᵀ b` in place of `b`.
pub(crate) fn solve_upper(factor: &[f64], b: &mut [f64]) {
    widest().dispatch(
        #[inline(always)]
        || {
            let taps = b.len();
            for i in (0..taps).rev() {
                let row = &factor[i * taps..][..=i];
                let value = b[i] / row[i];
                b[i] = value;
                for (b, c) in b[..i].iter_mut().zip(row) {
                    *b -= c * value;
                }
            }
        },
    );
}

struct Factor<'a> {
    x: &'a [f64],
    column: &'a [f64],
    matrix: &'a mut [f64],
}

impl WithSimd for Factor<'_> {
    type Output = bool;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> bool {
        let Self { x, column, matrix } = self;
        let taps = column.len();
        for ridge in [0.0, 1e-12, 1e-10, 1e-8, 1e-6, 1e-4] {
            fill(x, column, matrix);
            let largest = (0..taps).map(|i| matrix[i * taps + i]).fold(0.0, f64::max);
            if largest <= 0.0 {
                return false;
            }
            (0..taps).for_each(|i| matrix[i * taps + i] += ridge * largest);
            if cholesky(simd, matrix, taps, largest) {
                return true;
            }
        }
        false
    }
}

/// Fills `matrix` with the lower half of the covariance of `x`.
#[inline(always)]
fn fill(x: &[f64], column: &[f64], matrix: &mut [f64]) {
    let (n, taps) = (x.len(), column.len());
    matrix[0] = column[0];
    for i in 1..taps {
        let (above, row) = matrix.split_at_mut(i * taps);
        let above = &above[(i - 1) * taps..][..i];
        row[0] = column[i];
        let (enters, leaves) = (x[taps - 1 - i], x[n - i]);
        let entering = x[taps - 1 - i..taps - 1].iter().rev();
        let leaving = x[n - i..].iter().rev();
        for (((r, above), e), l) in row[1..=i].iter_mut().zip(above).zip(entering).zip(leaving) {
            *r = above + enters * e - leaves * l;
        }
    }
}

/// Replaces the lower half of `matrix` by its Cholesky factor. False when a pivot is too small.
#[inline(always)]
fn cholesky<S: Simd>(simd: S, matrix: &mut [f64], taps: usize, largest: f64) -> bool {
    for i in 0..taps {
        let (above, row) = matrix.split_at_mut(i * taps);
        let row = &mut row[..taps];
        for j in 0..i {
            let upper = &above[j * taps..][..=j];
            row[j] = (row[j] - dot(simd, &row[..j], &upper[..j])) / upper[j];
        }
        let pivot = row[i] - dot(simd, &row[..i], &row[..i]);
        if pivot.is_nan() || pivot <= PIVOT * largest {
            return false;
        }
        row[i] = pivot.sqrt();
    }
    true
}

struct SolveLower<'a> {
    factor: &'a [f64],
    b: &'a mut [f64],
}

impl WithSimd for SolveLower<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { factor, b } = self;
        let taps = b.len();
        for i in 0..taps {
            let row = &factor[i * taps..][..=i];
            b[i] = (b[i] - dot(simd, &row[..i], &b[..i])) / row[i];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn factored(x: &[f64], taps: usize, matrix: &mut [f64]) -> bool {
        let mut column = vec![0.0; taps];
        crate::separation::convolution::correlate_direct(x, &x[taps - 1..], &mut column);
        factor(x, &column, matrix)
    }

    #[test]
    fn the_covariance_solves_what_it_multiplies() {
        let x: Vec<f64> = (0..90).map(|i| ((i * i) as f64 * 0.37).sin()).collect();
        for taps in [1, 2, 7, 40] {
            let mut matrix = vec![0.0; taps * taps];
            assert!(factored(&x, taps, &mut matrix));
            let want: Vec<f64> = (0..taps).map(|i| (i as f64).cos()).collect();
            let mut b: Vec<f64> = (0..taps)
                .map(|i| {
                    (0..taps)
                        .map(|j| want[j] * (taps - 1..x.len()).map(|n| x[n - i] * x[n - j]).sum::<f64>())
                        .sum()
                })
                .collect();
            solve_lower(&matrix, &mut b);
            solve_upper(&matrix, &mut b);
            for (got, want) in b.iter().zip(&want) {
                assert!((got - want).abs() < 1e-9, "{taps}: {got} {want}");
            }
        }
    }

    #[test]
    fn records_that_leave_a_filter_open_are_factored_all_the_same() {
        let mut matrix = vec![0.0; 400];
        assert!(factored(&[0.7; 60], 20, &mut matrix));
        assert!(matrix.iter().all(|value| value.is_finite()));
        assert!(!factored(&[0.0; 60], 20, &mut matrix));
    }
}
