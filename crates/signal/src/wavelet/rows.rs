//! The rows of a wavelet transform: `W[s, n] = IFFT(X ψ̂(s·w))`, each row from the bins where its wavelet is not
//! negligible, at all samples or at every `N/M`-th.
//!
//! At every `D`-th sample, `D = N/M`, the inverse transform needs only the sums `Z[r] = Σ_q Y[r + qM]` of its bins
//! `Y`, and `M` points: `W[s, jD] = M/N · IFFT_M(Z)[j]`, exactly. A wavelet is left out where it is below 1e-9
//! (`f32`) or 1e-17 (`f64`) of its peak; the error is at most that times the sum of the `|X|·2/N` left out.

use std::f64::consts::TAU;
use std::ops::Range;

use num_complex::Complex;
use pulp::{Arch, Simd, WithSimd};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::fourier::fft::RealFft;
use crate::instruction_set::widest;
use crate::lanes::aligned;
use crate::sample::Sample;
use crate::scratch::first;
use crate::separation::level::peak;
use crate::units::Hertz;
use crate::wavelet::analytic_wavelet::AnalyticWavelet;
use crate::wavelet::banded_inverse::{BandedInverse, BandedMemory};
use crate::wavelet::extension::{CwtBoundary, Extension};
use crate::wavelet::output::{Output, Power, Write};

/// Bins that are taken together.
const GROUP: usize = 8;

/// How rows of different scale compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CwtNormalisation {
    /// A cosine of amplitude 1 gives `|W| = 1` in its row, whatever the row.
    #[default]
    L1,
    /// L1 times `sqrt(s)`, the scale `s` in samples: white noise gives the same power in every row.
    L2,
}

/// Working memory of the wavelet transforms.
#[derive(Debug, Clone, Default)]
pub(crate) struct WaveletMemory<T> {
    record: Vec<T>,
    bins: Vec<Complex<T>>,
    fft: Vec<Complex<T>>,
    /// Real parts, then imaginary parts of the spectrum.
    spectrum: Vec<T>,
    band: Vec<T>,
    row: Vec<T>,
    pub(crate) first_row: Vec<Complex<T>>,
    pub(crate) image: Vec<Complex<T>>,
    banded: BandedMemory<T>,
}

/// Rows of a wavelet transform of records of one length at `points` equally spaced times.
#[derive(Debug, Clone)]
pub(crate) struct Rows<T: Sample> {
    rate: Hertz,
    extension: Extension,
    fft: RealFft<T>,
    frequencies: Vec<Hertz>,
    tables: Vec<T>,
    spans: Vec<Span>,
    inverse: BandedInverse<T>,
}

/// One row: its bins, and where its table lies.
#[derive(Debug, Clone)]
struct Span {
    bins: Range<usize>,
    table: Range<usize>,
}

impl<T: Sample> Rows<T> {
    pub(crate) fn new(
        wavelet: AnalyticWavelet,
        normalisation: CwtNormalisation,
        frequencies: Vec<Hertz>,
        rate: Hertz,
        (boundary, len): (CwtBoundary, usize),
        step: usize,
    ) -> Result<Self> {
        wavelet.check()?;
        let scale_of = |f: Hertz| wavelet.peak() * rate.0 / (TAU * f.0);
        let longest = frequencies.iter().map(|f| scale_of(*f)).fold(0.0, f64::max);
        let extension = Extension::new(boundary, len, 6.0 * wavelet.duration() * longest, step)?;
        let total = extension.total();
        let negligible = if T::LINE == 16 { 1e-9 } else { 1e-17 };
        let row = |_, f: Hertz| {
            let scale = scale_of(f);
            let at = move |k: usize| wavelet.spectrum(scale * TAU * k as f64 / total as f64);
            let bins = support(at, f.0 * total as f64 / rate.0, total / 2, 2.0 * negligible);
            let factor = match normalisation {
                CwtNormalisation::L1 => 1.0,
                CwtNormalisation::L2 => scale.sqrt(),
            };
            (bins, move |k: usize| at(k) * factor)
        };
        Self::of_spectra(extension, frequencies, rate, step, row)
    }

    /// Rows by the bins and the values of any real spectrum, every `step`-th sample.
    pub(crate) fn of_spectra<F: Fn(usize) -> f64>(
        extension: Extension,
        frequencies: Vec<Hertz>,
        rate: Hertz,
        step: usize,
        row: impl Fn(usize, Hertz) -> (Range<usize>, F),
    ) -> Result<Self> {
        let total = extension.total();
        let points = total / step;
        let (mut tables, mut spans) = (Vec::new(), Vec::new());
        for (index, f) in frequencies.iter().enumerate() {
            let (bins, at) = row(index, *f);
            // Whole groups of bins, in which the inverse transform works; where none is asked for the table is 0.
            let unit = if bins.len() <= points { GROUP } else { points };
            let whole =
                bins.start / unit * unit..bins.end.next_multiple_of(unit).max(bins.start / unit * unit);
            let value = |k: usize| if bins.contains(&k) { at(k) / total as f64 } else { 0.0 };
            let start = tables.len();
            tables.extend(whole.clone().map(|k| T::narrow(value(k))));
            let unit = if whole.len() <= points { T::LINE } else { points };
            tables.resize(start + whole.len().next_multiple_of(unit), T::default());
            let bins = whole;
            spans.push(Span { bins, table: start..tables.len() });
        }
        let bands = spans.iter().map(|span| {
            let start = span.bins.start % points;
            start..start + span.bins.len().min(points)
        });
        let inverse = BandedInverse::new(points, bands.collect());
        Ok(Self { rate, extension, fft: RealFft::new(total)?, frequencies, tables, spans, inverse })
    }

    pub(crate) fn frequencies(&self) -> &[Hertz] {
        &self.frequencies
    }

    /// The tables times the frequency of each bin in hertz: rows of the derivative over `2πi`.
    pub(crate) fn derivative_tables(&self) -> Vec<T> {
        let spacing = self.rate.0 / self.extension.total() as f64;
        let mut tables = self.tables.clone();
        for span in &self.spans {
            for (k, value) in span.bins.clone().zip(&mut tables[span.table.clone()]) {
                *value = T::narrow(value.widen() * k as f64 * spacing);
            }
        }
        tables
    }

    /// Transforms the record to its spectrum in `memory`; gives what it was multiplied by, a power of two, so that
    /// no square overflows or vanishes, and the largest magnitude after that.
    ///
    /// # Errors
    /// [`Error::Parameter`] when a sample is not finite.
    pub(crate) fn prepare(&self, input: &[T], memory: &mut WaveletMemory<T>) -> Result<(T, T)> {
        let largest = largest(input)?;
        let gain = gain(largest);
        let total = self.extension.total();
        let WaveletMemory { record, bins, fft, spectrum, .. } = memory;
        let record = first(record, total);
        if self.extension.is_plain() && gain == T::one() {
            record.copy_from_slice(input);
        } else {
            self.extension.fill(input, gain, record);
        }
        let bins = first(bins, self.fft.bins());
        self.fft.forward_consuming(record, bins, fft)?;
        let (re, im) = aligned(spectrum, 2 * self.spectrum_room()).split_at_mut(self.spectrum_room());
        let (re, re_rest) = re.split_at_mut(bins.len());
        let (im, im_rest) = im.split_at_mut(bins.len());
        re_rest.fill(T::default());
        im_rest.fill(T::default());
        for ((re, im), bin) in re.iter_mut().zip(im).zip(&*bins) {
            (*re, *im) = (bin.re, bin.im);
        }
        Ok((gain, largest * gain))
    }

    /// Places for one part of the spectrum: its bins, and zeros that padded tables may reach.
    fn spectrum_room(&self) -> usize {
        (self.fft.bins() + self.inverse.len() + 2 * T::LINE).next_multiple_of(T::LINE)
    }

    /// All rows of the spectrum in `memory`, `columns` values each, into `output`.
    pub(crate) fn run<O: Output<T>>(
        &self,
        output: &mut [O::Item],
        columns: usize,
        gain: T,
        memory: &mut WaveletMemory<T>,
    ) {
        let arch = widest();
        for (row, out) in output.chunks_exact_mut(columns).enumerate() {
            let (re, im) = self.row(arch, row, None, memory);
            arch.dispatch(Write::<T, O> { re, im, out });
        }
        if gain != T::one() {
            for value in output {
                *value = O::divided(*value, gain);
            }
        }
    }

    /// The mean of `|W|²` over `pool` neighbouring values, for all rows.
    pub(crate) fn run_pooled(
        &self,
        output: &mut [T],
        columns: usize,
        pool: usize,
        gain: T,
        memory: &mut WaveletMemory<T>,
    ) {
        let arch = widest();
        let mut room = std::mem::take(&mut memory.row);
        let powers = first(&mut room, columns * pool);
        let share = 1.0 / pool as f64;
        for (row, out) in output.chunks_exact_mut(columns).enumerate() {
            let (re, im) = self.row(arch, row, None, memory);
            arch.dispatch(Write::<T, Power> { re, im, out: &mut *powers });
            for (mean, powers) in out.iter_mut().zip(powers.chunks_exact(pool)) {
                *mean = T::narrow(powers.iter().map(|p| p.widen()).sum::<f64>() * share);
            }
        }
        memory.row = room;
        for value in output {
            *value = *value / gain / gain;
        }
    }

    /// All points of row `row` of the spectrum in `memory`, by other tables of the same layout if any: real and
    /// imaginary parts.
    #[inline]
    pub(crate) fn row<'a>(
        &self,
        arch: Arch,
        row: usize,
        tables: Option<&[T]>,
        memory: &'a mut WaveletMemory<T>,
    ) -> (&'a [T], &'a [T]) {
        arch.dispatch(OneRow { rows: self, row, tables, memory: &mut *memory });
        self.inverse.staged(&mut memory.banded)
    }
}

struct OneRow<'a, T: Sample> {
    rows: &'a Rows<T>,
    row: usize,
    tables: Option<&'a [T]>,
    memory: &'a mut WaveletMemory<T>,
}

impl<T: Sample> WithSimd for OneRow<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { rows, row, tables, memory } = self;
        let Span { bins, table } = &rows.spans[row];
        let WaveletMemory { spectrum, band, banded, .. } = memory;
        let room = rows.spectrum_room();
        let (re, im) = aligned(spectrum, 2 * room).split_at(room);
        let (re, im) = (&re[bins.start..bins.start + table.len()], &im[bins.start..bins.start + table.len()]);
        let table = &tables.unwrap_or(&rows.tables)[table.clone()];
        let points = rows.inverse.len();
        let width = bins.len().min(points).next_multiple_of(T::LINE);
        let (band_re, band_im) = aligned(band, 2 * width).split_at_mut(width);
        if bins.len() <= points {
            product::<T, S>(simd, re, table, band_re);
            product::<T, S>(simd, im, table, band_im);
        } else {
            folded_product::<T, S>(simd, (re, im), table, points, (band_re, band_im));
        }
        rows.inverse.transform::<S>(simd, row, band_re, band_im, banded);
    }
}

/// `y = x·t`.
#[inline(always)]
fn product<T: Sample, S: Simd>(simd: S, x: &[T], t: &[T], y: &mut [T]) {
    let (x, t, y) = (T::vectors::<S>(x), T::vectors::<S>(t), T::vectors_mut::<S>(y));
    let count = y.len();
    let (x, t) = (&x[..count], &t[..count]);
    for i in 0..count {
        y[i] = T::mul_lanes(simd, x[i], t[i]);
    }
}

/// `y[j] = Σ_q x[j + q·points] t[j + q·points]` of real and imaginary parts; zeros behind the points.
#[inline(always)]
fn folded_product<T: Sample, S: Simd>(
    simd: S,
    (re, im): (&[T], &[T]),
    t: &[T],
    points: usize,
    (out_re, out_im): (&mut [T], &mut [T]),
) {
    let lanes = T::lanes::<S>();
    let zero = T::splat_lanes(simd, T::default());
    let mut j = 0;
    // Two vectors of each part at a time, so that sums need not wait for each other.
    while j + 2 * lanes <= points {
        let (mut a, mut b, mut c, mut d) = (zero, zero, zero, zero);
        let mut at = j;
        while at < t.len() {
            let t = T::vectors::<S>(&t[at..at + 2 * lanes]);
            let (re, im) =
                (T::vectors::<S>(&re[at..at + 2 * lanes]), T::vectors::<S>(&im[at..at + 2 * lanes]));
            a = T::mul_add_lanes(simd, re[0], t[0], a);
            b = T::mul_add_lanes(simd, re[1], t[1], b);
            c = T::mul_add_lanes(simd, im[0], t[0], c);
            d = T::mul_add_lanes(simd, im[1], t[1], d);
            at += points;
        }
        let out = T::vectors_mut::<S>(&mut out_re[j..j + 2 * lanes]);
        (out[0], out[1]) = (a, b);
        let out = T::vectors_mut::<S>(&mut out_im[j..j + 2 * lanes]);
        (out[0], out[1]) = (c, d);
        j += 2 * lanes;
    }
    for j in j..points {
        let (mut a, mut b) = (T::default(), T::default());
        let mut at = j;
        while at < t.len() {
            a = a + re[at] * t[at];
            b = b + im[at] * t[at];
            at += points;
        }
        (out_re[j], out_im[j]) = (a, b);
    }
    out_re[points..].fill(T::default());
    out_im[points..].fill(T::default());
}

/// Bins `1..=last` where `at` is not below `least`; `at` rises to its peak at bin `peak` and falls behind it.
pub(crate) fn support(at: impl Fn(usize) -> f64, peak: f64, last: usize, least: f64) -> Range<usize> {
    let mut top = (peak.round() as usize).clamp(1, last.max(1));
    // The peak lies between bins: of its neighbours the larger value counts.
    for near in [top.saturating_sub(1).max(1), top + 1] {
        if near <= last && at(near) > at(top) {
            top = near;
        }
    }
    if last == 0 || at(top) < least {
        return 1..1;
    }
    let edge = |mut inside: usize, mut outside: usize| {
        while inside.abs_diff(outside) > 1 {
            let middle = (inside + outside) / 2;
            if at(middle) >= least { inside = middle } else { outside = middle }
        }
        inside
    };
    edge(top, 0)..edge(top, last + 1) + 1
}

/// The largest magnitude of a record.
fn largest<T: Sample>(input: &[T]) -> Result<T> {
    let largest = peak(input);
    if largest.is_finite() {
        return Ok(largest);
    }
    let index = input.iter().position(|x| !x.is_finite()).unwrap_or_default();
    let value = input.get(index).map_or(f64::NAN, |x| x.widen());
    let reason = format!(
        "sample {index} (counted from 0) is not a finite number; cut the damaged stretch out before transforming"
    );
    Err(Error::parameter("continuous wavelet transform", "sample", value, &reason))
}

/// A power of two that brings records of extreme size to about 1; 1 for all others.
fn gain<T: Sample>(largest: T) -> T {
    let (size, most) = (largest.widen(), if T::LINE == 16 { 30 } else { 300 });
    if size == 0.0 {
        return T::one();
    }
    let exponent = size.log2().floor() as i32;
    if exponent.abs() <= most {
        T::one()
    } else {
        T::narrow(2.0_f64.powi(-exponent.clamp(-4 * most, 4 * most)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    struct Case {
        wavelet: AnalyticWavelet,
        boundary: CwtBoundary,
        frequencies: Vec<Hertz>,
        step: usize,
    }

    /// The largest difference between the widest registers and the portable path.
    fn difference<T: Sample>(case: &Case, samples: &[f64]) -> f64 {
        let (len, step, rate) = (samples.len(), case.step, Hertz(12_000.0));
        let (place, frequencies) = ((case.boundary, len), case.frequencies.clone());
        let rows =
            Rows::<T>::new(case.wavelet, CwtNormalisation::L1, frequencies, rate, place, step).unwrap();
        let samples: Vec<T> = samples.iter().map(|x| T::narrow(*x)).collect();
        let (mut fast, mut plain) = (WaveletMemory::default(), WaveletMemory::default());
        rows.prepare(&samples, &mut fast).unwrap();
        rows.prepare(&samples, &mut plain).unwrap();
        let mut largest = 0.0_f64;
        for row in 0..case.frequencies.len() {
            let (re, im) = rows.row(Arch::new(), row, None, &mut fast);
            OneRow { rows: &rows, row, tables: None, memory: &mut plain }.with_simd(pulp::Scalar);
            let (plain_re, plain_im) = rows.inverse.staged(&mut plain.banded);
            for i in 0..len / step {
                let apart = [re[i] - plain_re[i], im[i] - plain_im[i]];
                assert!(apart.iter().all(|x| x.is_finite()));
                largest = apart.iter().fold(largest, |largest, x| largest.max(x.abs().widen()));
            }
        }
        largest
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn vectors_give_what_the_portable_path_gives(
            samples in prop::collection::vec(-1.0..1.0_f64, 1..600), step in 1_usize..12, w0 in 4.0..30.0_f64,
            frequencies in prop::collection::vec(50.0..6000.0_f64, 1..6), kind in 0_usize..6,
        ) {
            let step = if samples.len() < step { 1 } else { step };
            let samples = &samples[..samples.len() / step * step];
            let case = Case {
                wavelet: if kind % 2 == 0 {
                    AnalyticWavelet::Morlet { w0 }
                } else {
                    AnalyticWavelet::Morse { gamma: 3.0, beta: w0 }
                },
                boundary: [CwtBoundary::Periodic, CwtBoundary::Zero, CwtBoundary::Reflect][kind / 2],
                frequencies: frequencies.into_iter().map(Hertz).collect(),
                step,
            };
            // Rows of samples below 1 stay below about 1.
            prop_assert!(difference::<f64>(&case, samples) <= 1e-14);
            prop_assert!(difference::<f32>(&case, samples) <= 1e-6);
        }
    }
}
