//! Orthogonal wavelets of compact support, by their scaling filter.
//!
//! Daubechies' filter with `p` vanishing moments has `2p` taps `h[n]`, the fewest that are possible:
//! ```text
//! H(z) = √2 ((1 + z⁻¹)/2)^p Π_k (1 - z_k z⁻¹)/(1 - z_k),     Σ h[n] h[n+2k] = δ[k],     Σ h = √2
//! ```
//! where the `z_k` lie inside the unit circle and come from the `p - 1` roots `y_k` of
//! `P(y) = Σ_{k<p} C(p-1+k, k) y^k` by `y = (2 - z - 1/z)/4` (Daubechies 1988, doi 10.1002/cpa.3160410705). The
//! filters are computed here, from this factorisation, when a plan is made. They are orthonormal to 3e-14 up to 10
//! moments and to 1e-10 at 20: the roots of `P` are ill conditioned, and no table is used.
//!
//! The wavelet filter is `g[n] = (-1)^n h[2p-1-n]`. Names and signs are those of PyWavelets (`rec_lo`, `rec_hi`).

use num_complex::Complex64;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// Most vanishing moments: beyond, the roots are too ill conditioned.
const MOST_MOMENTS: usize = 20;

/// An orthogonal wavelet. In a configuration `"db1"` (or `"haar"`) to `"db20"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[non_exhaustive]
pub enum OrthogonalWavelet {
    /// Daubechies' wavelet of least phase with this many vanishing moments, 1 to 20. 1 is Haar's.
    Daubechies(usize),
}

impl Default for OrthogonalWavelet {
    /// `db4`, with 8 taps.
    fn default() -> Self {
        Self::Daubechies(4)
    }
}

impl From<OrthogonalWavelet> for String {
    fn from(wavelet: OrthogonalWavelet) -> Self {
        let OrthogonalWavelet::Daubechies(moments) = wavelet;
        format!("db{moments}")
    }
}

impl TryFrom<String> for OrthogonalWavelet {
    type Error = Error;

    fn try_from(name: String) -> Result<Self> {
        let moments =
            if name == "haar" { Some(1) } else { name.strip_prefix("db").and_then(|n| n.parse().ok()) };
        let Some(moments) = moments else {
            let reason = "it has to be one of haar, db1, db2, ..., db20";
            return Err(Error::parameter("discrete wavelet transform", "wavelet", name, reason));
        };
        let wavelet = Self::Daubechies(moments);
        wavelet.check().map(|()| wavelet)
    }
}

impl OrthogonalWavelet {
    /// Refuses numbers of moments without a filter.
    pub(crate) fn check(self) -> Result<()> {
        let Self::Daubechies(moments) = self;
        if (1..=MOST_MOMENTS).contains(&moments) {
            return Ok(());
        }
        let reason = "Daubechies' wavelets have 1 to 20 vanishing moments here, such as db4";
        Err(Error::parameter("discrete wavelet transform", "wavelet", String::from(self), reason))
    }

    /// Taps of its filters.
    #[must_use]
    pub fn taps(self) -> usize {
        let Self::Daubechies(moments) = self;
        2 * moments
    }

    /// The scaling filter `h` (low-pass, `Σh = √2`, `Σh² = 1`).
    ///
    /// # Errors
    /// [`Error::Parameter`] when there is no such wavelet.
    ///
    /// ```
    /// let haar = brinell_signal::wavelet::OrthogonalWavelet::Daubechies(1).scaling_filter()?;
    /// assert!(haar.iter().all(|h| (h - 0.5_f64.sqrt()).abs() < 1e-15));
    /// # Ok::<(), brinell_signal::Error>(())
    /// ```
    pub fn scaling_filter(self) -> Result<Vec<f64>> {
        self.check()?;
        let Self::Daubechies(moments) = self;
        Ok(daubechies(moments))
    }

    /// The wavelet filter `g[n] = (-1)^n h[L-1-n]` (high-pass, `Σg = 0`).
    ///
    /// # Errors
    /// [`Error::Parameter`] when there is no such wavelet.
    pub fn wavelet_filter(self) -> Result<Vec<f64>> {
        let reversed = self.scaling_filter()?.into_iter().rev().enumerate();
        Ok(reversed.map(|(n, h)| if n % 2 == 0 { h } else { -h }).collect())
    }
}

/// The scaling filter with `p` vanishing moments.
fn daubechies(p: usize) -> Vec<f64> {
    let mut binomial = 1.0;
    let mut polynomial = Vec::with_capacity(p);
    for k in 0..p {
        polynomial.push(binomial);
        // C(p-1+k+1, k+1) from C(p-1+k, k): exact in f64 up to p = 20.
        binomial = binomial * (p + k) as f64 / (k + 1) as f64;
    }
    let mut filter = vec![Complex64::new(1.0, 0.0)];
    for y in roots(&polynomial) {
        let half = Complex64::new(1.0, 0.0) - 2.0 * y;
        let root = (half * half - 1.0).sqrt();
        let (outer, inner) = (half + root, half - root);
        // The two are inverse to each other; the smaller one from the larger one, without cancellation.
        let larger = if outer.norm() >= inner.norm() { outer } else { inner };
        times(&mut filter, -larger.inv());
    }
    for _ in 0..p {
        times(&mut filter, Complex64::new(1.0, 0.0));
    }
    // Complex roots come in pairs: what is left of the imaginary parts is rounding.
    let sum: f64 = filter.iter().map(|h| h.re).sum();
    filter.iter().map(|h| h.re * std::f64::consts::SQRT_2 / sum).collect()
}

/// Multiplies a polynomial in `z⁻¹` by `1 + c·z⁻¹`.
fn times(polynomial: &mut Vec<Complex64>, c: Complex64) {
    polynomial.push(Complex64::default());
    for n in (1..polynomial.len()).rev() {
        let before = polynomial[n - 1];
        polynomial[n] += c * before;
    }
}

/// All roots of a polynomial with simple roots and rising powers, by Aberth's simultaneous iteration.
fn roots(polynomial: &[f64]) -> Vec<Complex64> {
    let degree = polynomial.len() - 1;
    let newton = |y: Complex64| {
        let (mut value, mut slope) = (Complex64::default(), Complex64::default());
        for c in polynomial.iter().rev() {
            slope = slope * y + value;
            value = value * y + c;
        }
        value / slope
    };
    // Off the real axis and on no symmetry, so that no two of them move alike.
    let mut roots: Vec<Complex64> =
        (0..degree).map(|k| Complex64::from_polar(0.6, 0.4 + 6.3 * k as f64 / degree as f64)).collect();
    for _ in 0..200 {
        let mut largest: f64 = 0.0;
        for k in 0..degree {
            let ratio = newton(roots[k]);
            let others: Complex64 =
                (0..degree).filter(|j| *j != k).map(|j| (roots[k] - roots[j]).inv()).sum();
            let step = ratio / (1.0 - ratio * others);
            if step.is_finite() {
                roots[k] -= step;
                largest = largest.max(step.norm());
            }
        }
        if largest < 1e-16 {
            break;
        }
    }
    roots
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_are_orthonormal_and_have_their_vanishing_moments() {
        for p in 1..=MOST_MOMENTS {
            let wavelet = OrthogonalWavelet::Daubechies(p);
            let (h, g) = (wavelet.scaling_filter().unwrap(), wavelet.wavelet_filter().unwrap());
            let exactness = if p <= 10 { 3e-14 } else { 1e-10 };
            for k in 0..p {
                let product: f64 = h[2 * k..].iter().zip(&h).map(|(a, b)| a * b).sum();
                let want = if k == 0 { 1.0 } else { 0.0 };
                assert!((product - want).abs() < exactness, "db{p} shifted by {k}: {product}");
            }
            assert!(g.iter().sum::<f64>().abs() < exactness);
            let largest = g.iter().enumerate().map(|(n, g)| (n as f64 * g).abs()).sum::<f64>();
            let first: f64 = g.iter().enumerate().map(|(n, g)| n as f64 * g).sum();
            assert!(p == 1 || first.abs() < 1e-10 * largest);
        }
    }

    #[test]
    fn the_filter_with_two_moments_is_daubechies_closed_form() {
        let s = 3.0_f64.sqrt();
        let want = [1.0 + s, 3.0 + s, 3.0 - s, 1.0 - s].map(|x| x / (4.0 * 2.0_f64.sqrt()));
        let got = OrthogonalWavelet::Daubechies(2).scaling_filter().unwrap();
        assert!(got.iter().zip(want).all(|(a, b)| (a - b).abs() < 1e-15));
    }

    #[test]
    fn wavelets_are_named_and_unknown_ones_refused() {
        let parse = |name: &str| OrthogonalWavelet::try_from(name.to_owned());
        assert_eq!(parse("haar").unwrap(), OrthogonalWavelet::Daubechies(1));
        assert_eq!(String::from(parse("db12").unwrap()), "db12");
        for name in ["db0", "db21", "sym4", "db", ""] {
            assert!(parse(name).unwrap_err().to_string().contains("db"));
        }
    }
}
