//! Matrix products by the `gemm` crate.
//!
//! `unsafe` is needed because `gemm` takes pointers. It is sound here: [`product`] is the only
//! caller; it proves, from the lengths of the borrowed slices, that every element that `gemm`
//! reads or writes for the given sizes and strides lies inside them, and the destination is a
//! unique borrow, so it overlaps neither factor.
#![allow(unsafe_code)]

use super::element::Element;

/// A matrix inside a slice: element `(i, j)` is `data[i * row_stride + j * column_stride]`.
#[derive(Clone, Copy)]
pub(crate) struct Matrix<'a, T> {
    data: &'a [T],
    rows: usize,
    columns: usize,
    row_stride: usize,
    column_stride: usize,
}

impl<'a, T> Matrix<'a, T> {
    /// A matrix stored row after row.
    pub(crate) fn new(data: &'a [T], rows: usize, columns: usize) -> Self {
        Self { data, rows, columns, row_stride: columns, column_stride: 1 }
    }

    /// The same numbers with rows and columns exchanged.
    pub(crate) fn transposed(self) -> Self {
        Self {
            data: self.data,
            rows: self.columns,
            columns: self.rows,
            row_stride: self.column_stride,
            column_stride: self.row_stride,
        }
    }

    fn fits(&self) -> bool {
        self.rows == 0
            || self.columns == 0
            || (self.rows - 1) * self.row_stride + (self.columns - 1) * self.column_stride < self.data.len()
    }
}

/// Whether a product may use the thread pool. The result has the same bits either way: threads
/// share out tiles of the destination, never the sum over the inner axis.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Threads {
    One,
    All,
}

/// `out = left * right`, or `out += left * right` when `accumulate`; `out` is stored row after row.
///
/// # Panics
/// When the sizes do not agree with each other or with the slices: a fault of this crate, never of
/// its input.
pub(crate) fn product<T: Element>(
    out: &mut [T],
    left: Matrix<'_, T>,
    right: Matrix<'_, T>,
    accumulate: bool,
    threads: Threads,
) {
    let (rows, columns, inner) = (left.rows, right.columns, left.columns);
    assert_eq!(inner, right.rows, "inner sizes of a product");
    assert_eq!(out.len(), rows * columns, "size of a product");
    assert!(left.fits() && right.fits(), "a factor exceeds its slice");
    if inner == 0 {
        if !accumulate {
            out.fill(T::ZERO);
        }
        return;
    }
    if out.is_empty() {
        return;
    }
    let parallelism = match threads {
        Threads::One => gemm::Parallelism::None,
        Threads::All => gemm::Parallelism::Rayon(0),
    };
    // SAFETY: the asserts above bound every access; `out` is uniquely borrowed. Sizes of slices
    // fit in isize.
    unsafe {
        gemm::gemm(
            rows,
            columns,
            inner,
            out.as_mut_ptr(),
            1,
            columns as isize,
            accumulate,
            left.data.as_ptr(),
            left.column_stride as isize,
            left.row_stride as isize,
            right.data.as_ptr(),
            right.column_stride as isize,
            right.row_stride as isize,
            T::ONE,
            T::ONE,
            false,
            false,
            false,
            parallelism,
        );
    }
}

/// Writes the transpose of `source` (`rows` x `columns`, row after row) to `target`.
pub(crate) fn transpose<T: Copy>(source: &[T], rows: usize, columns: usize, target: &mut [T]) {
    const TILE: usize = 16;
    for row in (0..rows).step_by(TILE) {
        let row_end = (row + TILE).min(rows);
        for column in (0..columns).step_by(TILE) {
            let column_end = (column + TILE).min(columns);
            // Each row's stretch at once: rows that lie a power of two apart share few lines of the cache.
            for i in row..row_end {
                for j in column..column_end {
                    target[j * rows + i] = source[i * columns + j];
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_agree_with_the_definition_for_every_orientation() {
        let (m, n, k) = (5, 7, 3);
        let a: Vec<f64> = (0..m * k).map(|i| (i as f64).sin()).collect();
        let b: Vec<f64> = (0..k * n).map(|i| (i as f64).cos()).collect();
        let mut at = vec![0.0; m * k];
        let mut bt = vec![0.0; k * n];
        transpose(&a, m, k, &mut at);
        transpose(&b, k, n, &mut bt);
        for (ta, tb) in [(false, false), (true, false), (false, true), (true, true)] {
            let left = if ta { Matrix::new(&at, k, m).transposed() } else { Matrix::new(&a, m, k) };
            let right = if tb { Matrix::new(&bt, n, k).transposed() } else { Matrix::new(&b, k, n) };
            let mut out = vec![1.0; m * n];
            product(&mut out, left, right, true, Threads::One);
            for i in 0..m {
                for j in 0..n {
                    let expected: f64 = 1.0 + (0..k).map(|l| a[i * k + l] * b[l * n + j]).sum::<f64>();
                    assert!((out[i * n + j] - expected).abs() < 1e-14);
                }
            }
        }
    }

    #[test]
    #[should_panic(expected = "a factor exceeds its slice")]
    fn a_factor_that_exceeds_its_slice_never_reaches_the_pointers() {
        let short = vec![0.0f32; 5];
        let right = vec![0.0f32; 6];
        let mut out = vec![0.0f32; 4];
        product(&mut out, Matrix::new(&short, 2, 3), Matrix::new(&right, 3, 2), false, Threads::One);
    }
}
