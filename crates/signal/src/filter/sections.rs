//! Recursive filters as a cascade of second-order sections, and their runs over samples.
//!
//! `y[n] = b0 x[n] + b1 x[n-1] + b2 x[n-2] - a1 y[n-1] - a2 y[n-2]` for each section, in transposed direct
//! form II: `y = b0 x + s0`, `s0 = b1 x - a1 y + s1`, `s1 = b2 x - a2 y`. All in f64, with the same bits on
//! every machine: the sections of a cascade run side by side, four at a time, each one sample behind the one
//! before.

use num_complex::Complex64;

use crate::error::{Error, Result, check_len};
use crate::instruction_set::widest;
use crate::sample::Sample;
use crate::units::Hertz;

/// One second-order section; its leading feedback coefficient is 1 and not held.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Section {
    /// Of the input, now and one and two samples ago.
    pub b: [f64; 3],
    /// Of the output one and two samples ago, as on the left side of the difference equation.
    pub a: [f64; 2],
}

impl Section {
    /// Gain at zero frequency.
    fn level(&self) -> f64 {
        self.b.iter().sum::<f64>() / (1.0 + self.a[0] + self.a[1])
    }
}

/// Most sections of a cascade.
pub(crate) const MAX_SECTIONS: usize = 32;

/// A cascade of second-order sections.
#[derive(Debug, Clone, PartialEq)]
pub struct Sections {
    list: Vec<Section>,
}

/// What a cascade remembers from one stretch of samples to the next: two numbers a section.
#[derive(Debug, Clone, PartialEq)]
pub struct SectionsState {
    count: usize,
    values: [[f64; 2]; MAX_SECTIONS],
}

impl SectionsState {
    /// The two numbers of each section; of a state at rest that no filter has used yet, of 32 of them.
    #[must_use]
    pub fn values(&self) -> &[[f64; 2]] {
        &self.values[..self.count]
    }
}

impl Default for SectionsState {
    /// At rest: everything before the first sample was 0.
    fn default() -> Self {
        Self { count: MAX_SECTIONS, values: [[0.0; 2]; MAX_SECTIONS] }
    }
}

impl Sections {
    /// A cascade of sections of one's own.
    ///
    /// # Errors
    /// [`Error::Parameter`] when there is none, more than 32, a coefficient is not finite, or a pole does not
    /// lie inside the unit circle (the filter would not be stable).
    pub fn new(list: Vec<Section>) -> Result<Self> {
        let refuse = |index: usize, reason| Err(Error::parameter("filter", "section", index, reason));
        if !(1..=MAX_SECTIONS).contains(&list.len()) {
            return refuse(list.len(), "a cascade has 1 to 32 sections");
        }
        for (index, section) in list.iter().enumerate() {
            let [a1, a2] = section.a;
            if !section.b.iter().chain(&section.a).all(|c| c.is_finite()) {
                return refuse(index, "its coefficients have to be finite numbers");
            }
            if !(a2.abs() < 1.0 && a1.abs() < 1.0 + a2) {
                return refuse(
                    index,
                    "a pole does not lie inside the unit circle: the filter would not be stable",
                );
            }
        }
        Ok(Self { list })
    }

    /// At least 1 and at most [`MAX_SECTIONS`] sections that are known to be sound.
    pub(crate) fn from_checked(list: Vec<Section>) -> Self {
        Self { list }
    }

    /// The sections in the order they run.
    #[must_use]
    pub fn list(&self) -> &[Section] {
        &self.list
    }

    /// Complex gain at `frequency` for samples at `rate`.
    #[must_use]
    pub fn response(&self, frequency: Hertz, rate: Hertz) -> Complex64 {
        self.response_at(std::f64::consts::TAU * frequency.0 / rate.0)
    }

    /// Complex gain at an angle in radians a sample.
    pub(crate) fn response_at(&self, angle: f64) -> Complex64 {
        let back = Complex64::from_polar(1.0, -angle);
        let value = |c: [f64; 3]| c[0] + back * (c[1] + back * c[2]);
        self.list.iter().map(|s| value(s.b) / value([1.0, s.a[0], s.a[1]])).product()
    }

    /// Numerator and denominator of the whole filter in falling powers, the denominator beginning with 1: the
    /// form that narrow filters of order 4 and more do not survive. For comparison and display.
    #[must_use]
    pub fn polynomials(&self) -> (Vec<f64>, Vec<f64>) {
        let multiply = |p: &[f64], q: &[f64]| {
            let mut product = vec![0.0; p.len() + q.len() - 1];
            for (i, p) in p.iter().enumerate() {
                for (j, q) in q.iter().enumerate() {
                    product[i + j] += p * q;
                }
            }
            product
        };
        let (mut b, mut a) = (vec![1.0], vec![1.0]);
        for section in &self.list {
            let first_order = section.b[2] == 0.0 && section.a[1] == 0.0;
            let terms = if first_order { 2 } else { 3 };
            b = multiply(&b, &section.b[..terms]);
            a = multiply(&a, &[1.0, section.a[0], section.a[1]][..terms]);
        }
        (b, a)
    }

    /// The state of a filter whose input has always been 1: times the first sample it is where a filter starts
    /// without a transient, as `scipy.signal.sosfilt_zi`.
    #[must_use]
    pub fn steady_state(&self) -> SectionsState {
        let mut state = SectionsState::default();
        let mut level = 1.0;
        for (s, section) in state.values.iter_mut().zip(&self.list) {
            let output = section.level();
            s[1] = level * (section.b[2] - section.a[1] * output);
            s[0] = level * (section.b[1] - section.a[0] * output) + s[1];
            level *= output;
        }
        state.count = self.list.len();
        state
    }

    /// Samples that a zero-phase run adds at either end, as `scipy.signal.sosfiltfilt`: three times the number
    /// of coefficients of the whole filter.
    #[must_use]
    pub fn padding(&self) -> usize {
        let short = |zero: &dyn Fn(&Section) -> bool| self.list.iter().filter(|s| zero(s)).count();
        let shorter = short(&|s| s.b[2] == 0.0).min(short(&|s| s.a[1] == 0.0));
        3 * (2 * self.list.len() + 1 - shorter)
    }

    /// The filter's output for `input` in `output` (of the same length), going on from `state` and leaving
    /// there where the next stretch goes on. Starts at rest with [`SectionsState::default`], as
    /// `scipy.signal.sosfilt`.
    ///
    /// # Errors
    /// [`Error::Length`] when the lengths differ.
    pub fn filter<T: Sample>(&self, input: &[T], output: &mut [T], state: &mut SectionsState) -> Result<()> {
        check_len("output of the filter", input.len(), output.len())?;
        let mut block = [0.0; 256];
        for (x, y) in input.chunks(block.len()).zip(output.chunks_mut(block.len())) {
            let block = &mut block[..x.len()];
            for (wide, x) in block.iter_mut().zip(x) {
                *wide = x.widen();
            }
            self.run(block, state, false);
            for (y, wide) in y.iter_mut().zip(block) {
                *y = T::narrow(*wide);
            }
        }
        Ok(())
    }

    /// Forwards and backwards in place, each time from the steady state of the first value met.
    pub(crate) fn both_ways(&self, values: &mut [f64], steady: &SectionsState) {
        let Some(&start) = values.first() else { return };
        let mut state = self.scaled(steady, start);
        self.run(values, &mut state, false);
        state = self.scaled(steady, values[values.len() - 1]);
        self.run(values, &mut state, true);
    }

    fn scaled(&self, steady: &SectionsState, level: f64) -> SectionsState {
        let mut state = SectionsState::default();
        for (s, steady) in state.values.iter_mut().zip(&steady.values).take(self.list.len()) {
            *s = [steady[0] * level, steady[1] * level];
        }
        state
    }

    /// The whole cascade over some values in place, four sections at a time.
    fn run(&self, values: &mut [f64], state: &mut SectionsState, backwards: bool) {
        for (sections, state) in self.list.chunks(LANES).zip(state.values.chunks_mut(LANES)) {
            widest().dispatch(
                #[inline(always)]
                || match (sections.len(), backwards) {
                    (1, false) => one_section(&sections[0], &mut state[0], values.iter_mut()),
                    (1, true) => one_section(&sections[0], &mut state[0], values.iter_mut().rev()),
                    (_, false) => side_by_side::<false>(sections, state, values),
                    (_, true) => side_by_side::<true>(sections, state, values),
                },
            );
        }
    }
}

#[inline(always)]
fn one_section<'a>(section: &Section, state: &mut [f64; 2], values: impl Iterator<Item = &'a mut f64>) {
    let (Section { b, a }, [mut s0, mut s1]) = (*section, *state);
    for value in values {
        let x = *value;
        let y = b[0] * x + s0;
        s0 = (b[1] * x + s1) - a[0] * y;
        s1 = b[2] * x - a[1] * y;
        *value = y;
    }
    *state = [s0, s1];
}

/// Sections that run side by side.
const LANES: usize = 4;

/// Two to four sections over some values in place. Section `l` is `l` samples behind the first one, so that all
/// of them take one step at once: the same operations in the same order as one after the other.
#[inline(always)]
fn side_by_side<const BACKWARDS: bool>(sections: &[Section], state: &mut [[f64; 2]], values: &mut [f64]) {
    // Missing sections pass their input on.
    let of = |coefficient: fn(&Section) -> f64, none: f64| -> [f64; LANES] {
        std::array::from_fn(|l| sections.get(l).map_or(none, coefficient))
    };
    let (b0, b1, b2) = (of(|s| s.b[0], 1.0), of(|s| s.b[1], 0.0), of(|s| s.b[2], 0.0));
    let (a1, a2) = (of(|s| s.a[0], 0.0), of(|s| s.a[1], 0.0));
    let mut s0: [f64; LANES] = std::array::from_fn(|l| state.get(l).map_or(0.0, |s| s[0]));
    let mut s1: [f64; LANES] = std::array::from_fn(|l| state.get(l).map_or(0.0, |s| s[1]));
    let len = values.len();
    let place = |n: usize| if BACKWARDS { len - 1 - n } else { n };
    let mut y = [0.0; LANES];
    let behind = LANES - 1;
    // At both ends only some of the sections have a sample.
    let partial = |from: usize,
                   to: usize,
                   values: &mut [f64],
                   y: &mut [f64; LANES],
                   s0: &mut [f64; LANES],
                   s1: &mut [f64; LANES]| {
        for n in from..to {
            let x = [if n < len { values[place(n)] } else { 0.0 }, y[0], y[1], y[2]];
            for l in 0..LANES {
                if n >= l && n - l < len {
                    y[l] = b0[l] * x[l] + s0[l];
                    s0[l] = (b1[l] * x[l] + s1[l]) - a1[l] * y[l];
                    s1[l] = b2[l] * x[l] - a2[l] * y[l];
                }
            }
            if n >= behind && n - behind < len {
                values[place(n - behind)] = y[LANES - 1];
            }
        }
    };
    let head = behind.min(len);
    partial(0, head, values, &mut y, &mut s0, &mut s1);
    for n in head..len {
        let x = [values[place(n)], y[0], y[1], y[2]];
        for l in 0..LANES {
            y[l] = b0[l] * x[l] + s0[l];
        }
        for l in 0..LANES {
            s0[l] = (b1[l] * x[l] + s1[l]) - a1[l] * y[l];
        }
        for l in 0..LANES {
            s1[l] = b2[l] * x[l] - a2[l] * y[l];
        }
        values[place(n - behind)] = y[LANES - 1];
    }
    partial(len.max(head), len + behind, values, &mut y, &mut s0, &mut s1);
    for (state, (s0, s1)) in state.iter_mut().zip(s0.into_iter().zip(s1)).take(sections.len()) {
        *state = [s0, s1];
    }
}
