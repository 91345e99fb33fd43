//! The passes of an inverse Fourier transform of vectors: Stockham's order (nothing is ever reversed), decimation in
//! frequency, radices 8, 5, 4, 3 and 2.

use std::f64::consts::TAU;

use num_complex::Complex;
use pulp::Simd;

use crate::sample::Sample;
use crate::wavelet::butterfly::{ComplexVector, eight, five, four, three, two};

/// One pass: for group `p` and place `q`, inputs `q + stride·(p + i·groups)`, outputs `q + stride·(R·p + j)`.
#[derive(Debug)]
pub(crate) struct Pass<T> {
    radix: usize,
    groups: usize,
    stride: usize,
    /// For each group the turns of its outputs 1 to `radix - 1`.
    twiddles: Vec<Complex<T>>,
}

/// `e^{2πi numerator/denominator}`.
pub(crate) fn root(numerator: usize, denominator: usize) -> (f64, f64) {
    let (sin, cos) = (TAU * (numerator % denominator) as f64 / denominator as f64).sin_cos();
    (cos, sin)
}

/// Radices whose product is `points`, if they are among 2, 3, 4, 5, 8.
pub(crate) fn radices(points: usize) -> Option<Vec<usize>> {
    let mut rest = points;
    let mut found = Vec::new();
    for radix in [5, 3] {
        while rest.is_multiple_of(radix) {
            rest /= radix;
            found.push(radix);
        }
    }
    let mut twos = rest.trailing_zeros();
    if rest != 1 << twos {
        return None;
    }
    // Eights, and fours where a two would be left.
    while twos > 0 {
        let take = if twos == 4 || twos == 2 { 2 } else { twos.min(3) };
        found.push(1 << take);
        twos -= take;
    }
    found.reverse();
    Some(found)
}

/// The passes of a transform of `points`, none for one point.
pub(crate) fn passes<T: Sample>(points: usize) -> Vec<Pass<T>> {
    let mut rest = points;
    let mut passes = Vec::new();
    for radix in radices(points).unwrap_or_default() {
        let groups = rest / radix;
        let twiddles = (0..groups).flat_map(|group| {
            (1..radix).map(move |output| {
                let (cos, sin) = root(group * output, rest);
                Complex::new(T::narrow(cos), T::narrow(sin))
            })
        });
        passes.push(Pass { radix, groups, stride: points / rest, twiddles: twiddles.collect() });
        rest = groups;
    }
    passes
}

/// Where a pass leaves its values. A trait, since closures are not always inlined, and a vector operation that is not
/// inlined into code for its instruction set is a call.
pub(crate) trait Store<T: Sample, S: Simd> {
    fn store(&mut self, simd: S, index: usize, value: ComplexVector<T, S>);
}

/// For the next pass.
pub(crate) struct Between<'a, V> {
    pub(crate) to: &'a mut [V],
}

impl<T: Sample, S: Simd> Store<T, S> for Between<'_, T::Vector<S>> {
    #[inline(always)]
    fn store(&mut self, _simd: S, index: usize, value: ComplexVector<T, S>) {
        let pair = &mut self.to[2 * index..2 * index + 2];
        pair[0] = value.re;
        pair[1] = value.im;
    }
}

/// On the stage, `stride` apart: in order, real and imaginary parts apart, at places that vectors do not straddle.
pub(crate) struct Leave<'a, T> {
    pub(crate) re: &'a mut [T],
    pub(crate) im: &'a mut [T],
    pub(crate) start: usize,
    pub(crate) stride: usize,
}

impl<T: Sample, S: Simd> Store<T, S> for Leave<'_, T> {
    #[inline(always)]
    fn store(&mut self, _simd: S, index: usize, value: ComplexVector<T, S>) {
        let start = self.start + index * self.stride;
        let end = start + T::lanes::<S>();
        T::vectors_mut::<S>(&mut self.re[start..end])[0] = value.re;
        T::vectors_mut::<S>(&mut self.im[start..end])[0] = value.im;
    }
}

#[inline(always)]
fn load<T: Sample, S: Simd>(from: &[T::Vector<S>], index: usize) -> ComplexVector<T, S> {
    let pair = &from[2 * index..2 * index + 2];
    ComplexVector { re: pair[0], im: pair[1] }
}

#[inline(always)]
fn turned<T: Sample, S: Simd>(simd: S, x: ComplexVector<T, S>, turn: Complex<T>) -> ComplexVector<T, S> {
    x.times(simd, T::splat_lanes(simd, turn.re), T::splat_lanes(simd, turn.im))
}

// Written out for each radix: arrays that a loop runs over would not stay in registers.
macro_rules! radix {
    ($name:ident $butterfly:ident $radix:literal: $x0:ident $($i:literal $x:ident)*) => {
        #[inline(always)]
        fn $name<S: Simd, P: Store<T, S>>(&self, simd: S, from: &[T::Vector<S>], store: &mut P) {
            let (stride, groups) = (self.stride, self.groups);
            let step = stride * groups;
            if groups == 1 {
                for q in 0..stride {
                    let $x0 = load::<T, S>(from, q);
                    $(let $x = load::<T, S>(from, q + $i * step);)*
                    let [$x0, $($x),*] = $butterfly(simd, [$x0, $($x),*]);
                    store.store(simd, q, $x0);
                    $(store.store(simd, q + $i * stride, $x);)*
                }
                return;
            }
            for (group, turns) in self.twiddles.chunks_exact($radix - 1).enumerate() {
                for q in 0..stride {
                    let at = q + stride * group;
                    let $x0 = load::<T, S>(from, at);
                    $(let $x = load::<T, S>(from, at + $i * step);)*
                    let [$x0, $($x),*] = $butterfly(simd, [$x0, $($x),*]);
                    let at = q + stride * $radix * group;
                    store.store(simd, at, $x0);
                    $(store.store(simd, at + $i * stride, turned(simd, $x, turns[$i - 1]));)*
                }
            }
        }
    };
}

impl<T: Sample> Pass<T> {
    /// Takes `from` (real and imaginary vectors in turn) one pass further.
    #[inline(always)]
    pub(crate) fn run<S: Simd, P: Store<T, S>>(&self, simd: S, from: &[T::Vector<S>], store: &mut P) {
        match self.radix {
            2 => self.run_two::<S, P>(simd, from, store),
            3 => self.run_three::<S, P>(simd, from, store),
            4 => self.run_four::<S, P>(simd, from, store),
            5 => self.run_five::<S, P>(simd, from, store),
            _ => self.run_eight::<S, P>(simd, from, store),
        }
    }

    radix!(run_two two 2: x0 1 x1);
    radix!(run_three three 3: x0 1 x1 2 x2);
    radix!(run_four four 4: x0 1 x1 2 x2 3 x3);
    radix!(run_five five 5: x0 1 x1 2 x2 3 x3 4 x4);
    radix!(run_eight eight 8: x0 1 x1 2 x2 3 x3 4 x4 5 x5 6 x6 7 x7);
}
