//! The first discrete prolate spheroidal sequence.
//!
//! It is the eigenvector of the largest eigenvalue of a symmetric tridiagonal matrix that commutes with the
//! concentration problem (Slepian 1978; Percival & Walden 1993, chapter 8): diagonal
//! `((n-1-2i)/2)² cos 2πW`, beside it `i(n-i)/2`, with `W = nw/n`. That matrix is well conditioned where the
//! concentration problem is not. The eigenvalue is found by bisection, the vector by inverse iteration.

use std::f64::consts::TAU;

/// The taper of `n >= 2` samples with time-half-bandwidth `nw`, scaled as SciPy does: largest value 1, for
/// even `n` (where the top lies between two samples) `n²/(n² + nw)`.
pub(crate) fn first_taper(n: usize, nw: f64) -> Vec<f64> {
    let half = (n - 1) as f64 / 2.0;
    let cosine = (TAU * nw / n as f64).cos();
    let diagonal: Vec<f64> = (0..n).map(|i| (half - i as f64).powi(2) * cosine).collect();
    let beside: Vec<f64> = (1..n).map(|i| i as f64 * (n - i) as f64 / 2.0).collect();
    let eigenvalue = largest_eigenvalue(&diagonal, &beside);
    let mut taper = vec![1.0; n];
    for _ in 0..4 {
        solve_shifted(&diagonal, &beside, eigenvalue, &mut taper);
        let top = taper.iter().fold(0.0_f64, |a, b| a.max(b.abs()));
        if !(top.is_finite() && top > 0.0) {
            return vec![1.0; n];
        }
        taper.iter_mut().for_each(|v| *v /= top);
    }
    let sign = taper.iter().sum::<f64>().signum();
    let closed: Vec<f64> = (0..n).map(|i| sign * 0.5 * (taper[i] + taper[n - 1 - i])).collect();
    let top = closed.iter().copied().fold(0.0, f64::max);
    let squared = (n * n) as f64;
    let scale = if n.is_multiple_of(2) { squared / (squared + nw) } else { 1.0 } / top;
    closed.into_iter().map(|v| v * scale).collect()
}

/// Largest eigenvalue, to the last bit that bisection can tell.
fn largest_eigenvalue(diagonal: &[f64], beside: &[f64]) -> f64 {
    let n = diagonal.len();
    let radius = |i: usize| {
        let before = if i > 0 { beside[i - 1].abs() } else { 0.0 };
        before + beside.get(i).map_or(0.0, |b| b.abs())
    };
    // Gershgorin's circles hold all eigenvalues.
    let mut low = (0..n).map(|i| diagonal[i] - radius(i)).fold(f64::INFINITY, f64::min);
    let mut high = (0..n).map(|i| diagonal[i] + radius(i)).fold(f64::NEG_INFINITY, f64::max);
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            break;
        }
        if eigenvalues_below(diagonal, beside, middle) == n {
            high = middle;
        } else {
            low = middle;
        }
    }
    0.5 * (low + high)
}

/// How many eigenvalues lie below `x` (Sturm's count: negative pivots of the matrix less `x`).
fn eigenvalues_below(diagonal: &[f64], beside: &[f64], x: f64) -> usize {
    let mut pivot = 1.0;
    let mut count = 0;
    for (i, d) in diagonal.iter().enumerate() {
        let carried = if i > 0 { beside[i - 1] * beside[i - 1] / pivot } else { 0.0 };
        pivot = d - x - carried;
        if pivot.abs() < f64::MIN_POSITIVE {
            pivot = -f64::MIN_POSITIVE;
        }
        count += usize::from(pivot < 0.0);
    }
    count
}

/// Solves `(matrix - shift) y = x` in place, with pivoting: near an eigenvalue the matrix is all but singular,
/// which is what inverse iteration lives on.
fn solve_shifted(diagonal: &[f64], beside: &[f64], shift: f64, x: &mut [f64]) {
    let n = diagonal.len();
    let smallest = f64::EPSILON * diagonal.iter().chain(beside).fold(1.0_f64, |a, b| a.max(b.abs()));
    let mut main: Vec<f64> = diagonal.iter().map(|d| d - shift).collect();
    let mut above: Vec<f64> = beside.to_vec();
    // Rows exchanged fill a second diagonal above.
    let mut second = vec![0.0; n];
    for i in 0..n - 1 {
        let below = beside[i];
        if below.abs() > main[i].abs() {
            let factor = main[i] / below;
            let next_main = main[i + 1];
            main[i] = below;
            main[i + 1] = above[i] - factor * next_main;
            above[i] = next_main;
            if let Some(next) = above.get_mut(i + 1) {
                second[i] = *next;
                *next *= -factor;
            }
            x.swap(i, i + 1);
            x[i + 1] -= factor * x[i];
        } else {
            if main[i].abs() < smallest {
                main[i] = smallest;
            }
            let factor = below / main[i];
            main[i + 1] -= factor * above[i];
            x[i + 1] -= factor * x[i];
        }
    }
    if main[n - 1].abs() < smallest {
        main[n - 1] = smallest;
    }
    for i in (0..n).rev() {
        let one = if i + 1 < n { above[i] * x[i + 1] } else { 0.0 };
        let two = if i + 2 < n { second[i] * x[i + 2] } else { 0.0 };
        x[i] = (x[i] - one - two) / main[i];
    }
}
