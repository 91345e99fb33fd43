//! The cubic spline with not-a-knot ends, as `scipy.interpolate.CubicSpline`.
//!
//! Between knots a cubic, at knots two continuous derivatives, and at the second knot from either end a third
//! one: the curve has no end condition of its own and follows a cubic exactly. Found through its slopes at the
//! knots, a tridiagonal system. Three points give the parabola, two the line, one the constant.

use crate::error::{Error, Result};

/// A cubic spline through points, with not-a-knot ends.
///
/// ```
/// use brinell_signal::rotation::CubicSpline;
/// let x = [0.0, 1.0, 2.5, 3.0, 5.0];
/// let spline = CubicSpline::new(&x, &x.map(|x| x * x * x))?;
/// assert!((spline.value(4.0) - 64.0).abs() < 1e-12);
/// # Ok::<(), brinell_signal::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct CubicSpline {
    x: Vec<f64>,
    y: Vec<f64>,
    slopes: Vec<f64>,
}

impl CubicSpline {
    /// The spline through the points `(x, y)`.
    ///
    /// # Errors
    /// [`Error::Length`] when the two differ in length; [`Error::Parameter`] when there is no point, one is not
    /// finite, or `x` does not rise from each point to the next.
    pub fn new(x: &[f64], y: &[f64]) -> Result<Self> {
        let refuse = |index: usize, reason| Err(Error::parameter("cubic spline", "point", index, reason));
        crate::error::check_len("values of the cubic spline", x.len(), y.len())?;
        if x.is_empty() {
            return refuse(0, "at least 1 point is needed");
        }
        if let Some(bad) = x.iter().zip(y).position(|(x, y)| !(x.is_finite() && y.is_finite())) {
            return refuse(bad, "it has to be finite");
        }
        if let Some(bad) = x.windows(2).position(|x| x[1] <= x[0]) {
            return refuse(bad + 1, "points have to rise in x, each beyond the one before");
        }
        let (mut slopes, mut work) = (vec![0.0; x.len()], vec![0.0; x.len()]);
        solve_slopes(|i| x[i + 1] - x[i], y, &mut slopes, &mut work);
        if let Some(bad) = slopes.iter().position(|slope| !slope.is_finite()) {
            return refuse(bad, "points lie too close together in x for 64-bit numbers");
        }
        Ok(Self { x: x.to_vec(), y: y.to_vec(), slopes })
    }

    /// The curve at `x`; beyond the ends the end pieces go on.
    #[must_use]
    pub fn value(&self, x: f64) -> f64 {
        let (start, _, c) = self.piece(self.piece_of(x));
        let t = x - start;
        c[0] + t * (c[1] + t * (c[2] + t * c[3]))
    }

    /// Its first derivative at `x`.
    #[must_use]
    pub fn derivative(&self, x: f64) -> f64 {
        let (start, _, c) = self.piece(self.piece_of(x));
        let t = x - start;
        c[1] + t * (2.0 * c[2] + t * 3.0 * c[3])
    }

    /// The knots.
    pub(crate) fn knots(&self) -> &[f64] {
        &self.x
    }

    /// The values at the knots.
    pub(crate) fn values(&self) -> &[f64] {
        &self.y
    }

    /// Number of pieces.
    pub(crate) fn pieces(&self) -> usize {
        (self.x.len() - 1).max(1)
    }

    /// The piece that holds `x`.
    pub(crate) fn piece_of(&self, x: f64) -> usize {
        self.x.partition_point(|knot| *knot <= x).saturating_sub(1).min(self.pieces() - 1)
    }

    /// Start, width and the four coefficients of a piece, in powers of the distance from its start.
    pub(crate) fn piece(&self, index: usize) -> (f64, f64, [f64; 4]) {
        if self.x.len() == 1 {
            return (self.x[0], 0.0, [self.y[0], 0.0, 0.0, 0.0]);
        }
        let width = self.x[index + 1] - self.x[index];
        let (s0, s1) = (self.slopes[index], self.slopes[index + 1]);
        let secant = (self.y[index + 1] - self.y[index]) / width;
        let c = [
            self.y[index],
            s0,
            (3.0 * secant - 2.0 * s0 - s1) / width,
            (s0 + s1 - 2.0 * secant) / (width * width),
        ];
        (self.x[index], width, c)
    }

    /// Whether the curve rises everywhere between its ends.
    pub(crate) fn rises(&self) -> bool {
        (0..self.pieces()).all(|index| {
            let (_, width, c) = self.piece(index);
            let slope = |t: f64| c[1] + t * (2.0 * c[2] + t * 3.0 * c[3]);
            let turning = -c[2] / (3.0 * c[3]);
            let inside = turning > 0.0 && turning < width;
            slope(0.0) > 0.0 && slope(width) > 0.0 && (!inside || slope(turning) > 0.0)
        })
    }

    /// Whether the curve is above 0 everywhere between its ends.
    pub(crate) fn is_positive(&self) -> bool {
        (0..self.pieces()).all(|index| {
            let (_, width, c) = self.piece(index);
            let value = |t: f64| c[0] + t * (c[1] + t * (c[2] + t * c[3]));
            // Turning points: c1 + 2 c2 t + 3 c3 t² = 0, by the form that does not cancel.
            let root = (c[2] * c[2] - 3.0 * c[1] * c[3]).max(0.0).sqrt();
            let q = -(c[2] + if c[2] < 0.0 { -root } else { root });
            [0.0, width, q / (3.0 * c[3]), c[1] / q]
                .into_iter()
                .filter(|t| (0.0..=width).contains(t))
                .all(|t| value(t) > 0.0)
        })
    }
}

/// The slopes of the spline through values whose knots lie `gap(i)` apart; `work` is as long as `y`.
pub(crate) fn solve_slopes(gap: impl Fn(usize) -> f64, y: &[f64], slopes: &mut [f64], work: &mut [f64]) {
    let n = y.len();
    let secant = |i: usize| (y[i + 1] - y[i]) / gap(i);
    match n {
        0 => return,
        1 => return slopes[0] = 0.0,
        2 => return slopes.fill(secant(0)),
        3 => {
            let (d0, d1) = (gap(0), gap(1));
            slopes[1] = (d1 * secant(0) + d0 * secant(1)) / (d0 + d1);
            slopes[0] = 2.0 * secant(0) - slopes[1];
            slopes[2] = 2.0 * secant(1) - slopes[1];
            return;
        }
        _ => {}
    }
    // Forward elimination: `work` holds the scaled upper diagonal, `slopes` the scaled right side.
    let (d0, d1) = (gap(0), gap(1));
    let both = d0 + d1;
    work[0] = both / d1;
    slopes[0] = ((d0 + 2.0 * both) * d1 * secant(0) + d0 * d0 * secant(1)) / both / d1;
    for i in 1..n - 1 {
        let (before, behind) = (gap(i - 1), gap(i));
        let right = 3.0 * (behind * secant(i - 1) + before * secant(i));
        let pivot = 2.0 * (before + behind) - behind * work[i - 1];
        work[i] = before / pivot;
        slopes[i] = (right - behind * slopes[i - 1]) / pivot;
    }
    let (d0, d1) = (gap(n - 2), gap(n - 3));
    let both = d0 + d1;
    let right = (d0 * d0 * secant(n - 3) + (2.0 * both + d0) * d1 * secant(n - 2)) / both;
    slopes[n - 1] = (right - both * slopes[n - 2]) / (d1 - both * work[n - 2]);
    for i in (0..n - 1).rev() {
        slopes[i] -= work[i] * slopes[i + 1];
    }
}

/// The spline through `y` at the whole numbers, at `x`.
#[inline]
pub(crate) fn at_whole_knots(y: &[f64], slopes: &[f64], x: f64) -> f64 {
    if y.len() < 2 {
        return y.first().copied().unwrap_or(0.0);
    }
    let index = (x.max(0.0) as usize).min(y.len() - 2);
    let t = x - index as f64;
    let (s0, s1, secant) = (slopes[index], slopes[index + 1], y[index + 1] - y[index]);
    y[index] + t * (s0 + t * ((3.0 * secant - 2.0 * s0 - s1) + t * (s0 + s1 - 2.0 * secant)))
}
