//! Design of Butterworth filters as second-order sections.
//!
//! The analogue prototype has its poles `e^{iπ(2k+n+1)/2n}` on the left half of the unit circle and the gain
//! `|H(iΩ)|² = 1/(1 + Ω^{2n})` (Butterworth 1930). It is moved to the wanted edges, which are pre-warped by
//! `4 tan(πf/rate)`, and mapped to the digital plane by `z = (4 + s)/(4 - s)`, so that the gain at an edge is
//! exactly `1/√2`. Band-pass and band-stop filters of order `n` have `2n` poles, as everywhere.
//!
//! Traps. The coefficients of one long polynomial lose a narrow filter from order 4 on: only sections are
//! kept here. Poles are paired with the zeros nearest to them, those next to the unit circle first, and the
//! sections run in the opposite order, so that no section rings before the others have damped its input. An
//! edge far below the rate (under about a millionth of it) cannot be had in 64-bit numbers: it is refused,
//! and a lower rate is the remedy.

use std::f64::consts::PI;

use num_complex::Complex64;

use crate::error::{Error, Result};
use crate::filter::kind::{Edges, FilterKind};
use crate::filter::sections::{Section, Sections};
use crate::units::Hertz;

/// Highest order of a design.
pub const MAX_BUTTERWORTH_ORDER: usize = 24;

const TRANSFORM: &str = "Butterworth filter";

/// One pole with its conjugate, or a real one.
#[derive(Debug, Clone, Copy)]
enum Pole {
    Pair(Complex64),
    Real(f64),
}

/// Poles of one section.
#[derive(Debug, Clone, Copy)]
enum Poles {
    Pair(Complex64),
    TwoReal(f64, f64),
    OneReal(f64),
}

impl Poles {
    /// The one nearest to the unit circle.
    fn foremost(self) -> Complex64 {
        match self {
            Self::Pair(pole) => pole,
            Self::TwoReal(first, second) => {
                Complex64::from(if first.abs() >= second.abs() { first } else { second })
            }
            Self::OneReal(pole) => Complex64::from(pole),
        }
    }

    fn circle_distance(self) -> f64 {
        (1.0 - self.foremost().norm()).abs()
    }

    /// `1, a1, a2` without the first.
    fn polynomial(self) -> [f64; 2] {
        match self {
            Self::Pair(pole) => [-2.0 * pole.re, pole.norm_sqr()],
            Self::TwoReal(first, second) => [-(first + second), first * second],
            Self::OneReal(pole) => [-pole, 0.0],
        }
    }

    /// `Π (z - pole)`, from the roots: nothing cancels next to them but what has to.
    fn distance(self, z: Complex64) -> Complex64 {
        match self {
            Self::Pair(pole) => (z - pole) * (z - pole.conj()),
            Self::TwoReal(first, second) => (z - first) * (z - second),
            Self::OneReal(pole) => z - pole,
        }
    }
}

impl Sections {
    /// A Butterworth filter of `order` (1 to [`MAX_BUTTERWORTH_ORDER`]) for samples at `rate`, whose gain is
    /// `1/√2` (-3 dB) at its edges: `high` for a low-pass, `low` for a high-pass, both for a band. A band-pass
    /// or band-stop filter has `order` sections, the others half as many, rounded up.
    ///
    /// Equals `scipy.signal.butter(.., output="sos")` in its gain; sections may come in another order.
    ///
    /// # Errors
    /// [`Error::Frequency`] when the rate is not a finite number above 0; [`Error::Parameter`] when an edge is
    /// missing, does not belong to the kind, does not lie between 0 and half the rate, or the band does not
    /// rise; when the order is out of range; when 64-bit numbers cannot hold the filter.
    pub fn butterworth(
        kind: FilterKind,
        low: Option<Hertz>,
        high: Option<Hertz>,
        order: usize,
        rate: Hertz,
    ) -> Result<Self> {
        let edges = kind.edges(TRANSFORM, low, high, rate)?;
        if !(1..=MAX_BUTTERWORTH_ORDER).contains(&order) {
            let reason = format!("it has to be in 1 to {MAX_BUTTERWORTH_ORDER}");
            return Err(Error::parameter(TRANSFORM, "order", order, &reason));
        }
        let poles = sections_of(digital_poles(edges, order));
        let sections = with_zeros(edges, order, &poles);
        check_design(&sections, edges)?;
        Ok(sections)
    }
}

/// Analogue frequency that the bilinear map takes to a fraction of half the rate.
fn warped(edge: f64) -> f64 {
    4.0 * (PI * edge / 2.0).tan()
}

/// The inverse of [`warped`], in radians a sample.
fn angle(analogue: f64) -> f64 {
    2.0 * (analogue / 4.0).atan()
}

/// Width and centre of a band, analogue.
fn band(low: f64, high: f64) -> (f64, f64) {
    let (low, high) = (warped(low), warped(high));
    (high - low, (low * high).sqrt())
}

fn digital_poles(edges: Edges, order: usize) -> Vec<Pole> {
    let mut poles = Vec::with_capacity(2 * order);
    let upper = (0..order / 2)
        .map(|k| Complex64::from_polar(1.0, PI * (2 * k + order + 1) as f64 / (2 * order) as f64));
    let real = (!order.is_multiple_of(2)).then_some(Complex64::new(-1.0, 0.0));
    for prototype in upper.chain(real) {
        let is_real = prototype.im == 0.0;
        match edges {
            Edges::Low(edge) => poles.push(bilinear(prototype * warped(edge), is_real)),
            Edges::High(edge) => poles.push(bilinear(prototype.inv() * warped(edge), is_real)),
            Edges::Pass(low, high) | Edges::Stop(low, high) => {
                let (width, centre) = band(low, high);
                let moved = if matches!(edges, Edges::Pass(..)) { prototype } else { prototype.inv() };
                let half = moved * (width / 2.0);
                if is_real {
                    let inside = half.re * half.re - centre * centre;
                    if inside >= 0.0 {
                        // The smaller one by the product of both, which is the squared centre.
                        let larger = half.re - inside.sqrt();
                        poles.push(bilinear(larger.into(), true));
                        poles.push(bilinear((centre * centre / larger).into(), true));
                    } else {
                        poles.push(bilinear(Complex64::new(half.re, (-inside).sqrt()), false));
                    }
                } else {
                    let root = (half * half - centre * centre).sqrt();
                    let larger = if (half + root).norm_sqr() >= (half - root).norm_sqr() {
                        half + root
                    } else {
                        half - root
                    };
                    poles.push(bilinear(larger, false));
                    poles.push(bilinear(centre * centre / larger, false));
                }
            }
        }
    }
    poles
}

fn bilinear(analogue: Complex64, is_real: bool) -> Pole {
    let digital = (4.0 + analogue) / (4.0 - analogue);
    if is_real {
        Pole::Real(digital.re)
    } else if digital.im < 0.0 {
        Pole::Pair(digital.conj())
    } else {
        Pole::Pair(digital)
    }
}

/// Poles in sections, those nearest to the unit circle first.
fn sections_of(poles: Vec<Pole>) -> Vec<Poles> {
    let mut sections = Vec::with_capacity(poles.len());
    let mut reals = Vec::new();
    for pole in poles {
        match pole {
            Pole::Pair(pole) => sections.push(Poles::Pair(pole)),
            Pole::Real(pole) => reals.push(pole),
        }
    }
    reals.sort_by(|a: &f64, b| b.abs().total_cmp(&a.abs()));
    for pair in reals.chunks(2) {
        sections.push(match *pair {
            [first, second] => Poles::TwoReal(first, second),
            _ => Poles::OneReal(pair[0]),
        });
    }
    sections.sort_by(|a, b| a.circle_distance().total_cmp(&b.circle_distance()));
    sections
}

/// Gives every section its zeros and the first one the gain.
fn with_zeros(edges: Edges, order: usize, poles: &[Poles]) -> Sections {
    // Zeros still to be given away, at -1 and at 1.
    let (mut minus, mut plus) = match edges {
        Edges::Low(_) => (order, 0),
        Edges::High(_) => (0, order),
        Edges::Pass(..) => (order, order),
        Edges::Stop(..) => (0, 0),
    };
    let reference = Complex64::from_polar(1.0, reference_angle(edges));
    let mut gain = Complex64::new(1.0, 0.0);
    let mut sections = Vec::with_capacity(poles.len());
    for &poles in poles {
        let b = if let Edges::Stop(low, high) = edges {
            let notch = Complex64::from_polar(1.0, angle(band(low, high).1));
            gain *= (reference - notch) * (reference - notch.conj());
            [1.0, -2.0 * notch.re, 1.0]
        } else {
            let mut take = |plus: &mut usize, minus: &mut usize| {
                let nearer_plus = poles.foremost().re >= 0.0;
                let zero = if (nearer_plus && *plus > 0) || *minus == 0 {
                    *plus = plus.saturating_sub(1);
                    1.0
                } else {
                    *minus = minus.saturating_sub(1);
                    -1.0
                };
                gain *= reference - zero;
                zero
            };
            let first: f64 = take(&mut plus, &mut minus);
            if matches!(poles, Poles::OneReal(_)) {
                [1.0, -first, 0.0]
            } else {
                let second = take(&mut plus, &mut minus);
                [1.0, -(first + second), first * second]
            }
        };
        gain /= poles.distance(reference);
        sections.push(Section { b, a: poles.polynomial() });
    }
    sections.reverse();
    let scale = 1.0 / gain.re;
    sections[0].b.iter_mut().for_each(|b| *b *= scale);
    Sections::from_checked(sections)
}

/// Where the gain is 1 and the phase 0, in radians a sample.
fn reference_angle(edges: Edges) -> f64 {
    match edges {
        Edges::Low(_) | Edges::Stop(..) => 0.0,
        Edges::High(_) => PI,
        Edges::Pass(low, high) => angle(band(low, high).1),
    }
}

/// Refuses a filter that rounding has spoilt.
fn check_design(sections: &Sections, edges: Edges) -> Result<()> {
    let stable = sections.list().iter().all(|section| {
        let [a1, a2] = section.a;
        section.b.iter().chain(&section.a).all(|c| c.is_finite()) && a2.abs() < 1.0 && a1.abs() < 1.0 + a2
    });
    let gain = |edge: f64| sections.response_at(PI * edge).norm();
    let (first, last) = match edges {
        Edges::Low(edge) | Edges::High(edge) => (edge, edge),
        Edges::Pass(low, high) | Edges::Stop(low, high) => (low, high),
    };
    let half_power = |edge: f64| (gain(edge) * std::f64::consts::SQRT_2 - 1.0).abs() < 1e-3;
    let flat = (sections.response_at(reference_angle(edges)).norm() - 1.0).abs() < 1e-3;
    if stable && flat && half_power(first) && half_power(last) {
        return Ok(());
    }
    let reason = "64-bit numbers cannot hold so low an edge or so narrow a band at this rate and order: resample \
                  to a lower rate first, or lower the order";
    Err(Error::parameter(TRANSFORM, "edges", format!("{first} to {last} of half the rate"), reason))
}
