//! The squared cyclic coherence, carrier by carrier, and its means over groups of carriers.
//!
//! With `W` the whitened one-sided spectrum (bins above zero and below half the rate, 0 elsewhere) and a strip of `n`
//! carriers from `lo` on,
//! ```text
//! r[α] = Σ W[f]·conj(W[f - α]) over the f of the strip,    C[α] = (|r[α]|² + |r[-α]|²) / 2n
//! ```
//! about 1 where nothing is cyclic. All `α` of a strip come from one convolution by FFT over the strip's neighbourhood.

use num_complex::Complex;

use crate::counted::counted;
use crate::error::{Error, Result};
use crate::fourier::fft::{ComplexFft, fast_length};
use crate::scratch::first;
use crate::units::Hertz;

/// Width of a strip of carriers, and where the first one begins and the last one ends at most.
const STRIP: f64 = 250.0;
const CARRIERS: [f64; 2] = [250.0, 6000.0];
/// Groups of strips by where these begin, `low <= f < high`.
const GROUPS: [[f64; 2]; 8] = [
    [250.0, 6000.0],
    [2000.0, 6000.0],
    [250.0, 2500.0],
    [250.0, 1000.0],
    [1000.0, 2000.0],
    [2000.0, 3000.0],
    [3000.0, 4500.0],
    [4500.0, 6000.0],
];
/// How many strips the mean over the most coherent ones takes.
const TOP: usize = 6;
/// Coherence below which the geometric mean takes none seriously.
const LEAST: f64 = 1e-6;
/// Spectra that the coherence gives: a group each, the most coherent strips, and the geometric mean.
pub(super) const SPECTRA: usize = GROUPS.len() + 2;

/// Strips of carriers, planned.
#[derive(Debug, Clone)]
pub(super) struct Coherence {
    /// First bin, first bin behind, and beginning in hertz.
    strips: Vec<(usize, usize, f64)>,
    lines: usize,
    fft: ComplexFft<f64>,
}

/// Working memory of [`Coherence`].
#[derive(Debug, Clone, Default)]
pub(super) struct CoherenceMemory {
    strip: Vec<Complex<f64>>,
    around: Vec<Complex<f64>>,
    /// One row a strip.
    rows: Vec<f64>,
    column: Vec<f64>,
}

impl Coherence {
    /// Strips of a record of `len` samples at `rate`, over the first `lines` modulation frequencies.
    pub(super) fn new(rate: Hertz, len: usize, lines: usize) -> Result<Self> {
        let bin = |frequency: f64| (frequency * len as f64 / rate.0).ceil() as usize;
        let begins = (0..).map(|n| CARRIERS[0] + STRIP * f64::from(n));
        let most = CARRIERS[1].min(rate.0 / 2.0) * (1.0 + 1e-12);
        let whole = begins.take_while(|begin| begin + STRIP <= most);
        let strips: Vec<_> = whole.map(|at| (bin(at), bin(at + STRIP).min(len.div_ceil(2)), at)).collect();
        let empty = |group: &&[f64; 2]| !strips.iter().any(|strip| (group[0]..group[1]).contains(&strip.2));
        if let Some([low, high]) = GROUPS.iter().find(empty) {
            let reason = format!(
                "carriers from {low} to {high} Hz are needed, of which at least {STRIP} Hz have to lie below half the rate: \
                 take recordings of a higher rate, 12 kHz or more"
            );
            return Err(Error::parameter("fault combs", "sampling rate", rate, &reason));
        }
        if strips.iter().any(|(start, end, _)| *end < start + 2) {
            let reason =
                format!("a strip of {STRIP} Hz of carriers holds fewer than two bins: take longer segments");
            return Err(Error::parameter("fault combs", "segment", counted(len, "sample"), &reason));
        }
        let widest = strips.iter().map(|(start, end, _)| end.saturating_sub(*start)).max().unwrap_or(0);
        let fft = ComplexFft::new(fast_length(widest + 2 * lines))?;
        Ok(Self { strips, lines, fft })
    }

    /// What the spectra of [`of`](Self::of) are of.
    pub(super) fn names() -> Vec<String> {
        let name = |[low, high]: [f64; 2]| format!("the coherence of {low}-{high} Hz");
        let groups = GROUPS.map(name).into_iter();
        let more = ["the coherence of the most coherent carriers", "the geometric mean of the coherence"];
        groups.chain(more.map(str::to_owned)).collect()
    }

    /// The spectra of a whitened one-sided spectrum: `lines` numbers each, one after the other.
    pub(super) fn of(
        &self,
        whitened: &[Complex<f64>],
        spectra: &mut [f64],
        memory: &mut CoherenceMemory,
        fft: &mut Vec<Complex<f64>>,
    ) -> Result<()> {
        let CoherenceMemory { strip, around, rows, column } = memory;
        let (lines, span) = (self.lines, self.fft.len());
        let rows = first(rows, self.strips.len() * lines);
        let (strip, around) = (first(strip, span), first(around, span));
        // Bins above zero; that at half the rate, where there is one, has no neighbour above.
        let inside = 1..whitened.len() - 1;
        for ((start, end, _), row) in self.strips.iter().zip(rows.chunks_exact_mut(lines)) {
            // Place p of `around` is bin start - (lines - 1) + p, so that r[α] is a product shifted by lines - 1 - α.
            around.fill(Complex::default());
            let from = (start + 1).saturating_sub(lines).max(inside.start);
            let to = (end + lines).min(inside.end);
            let at = from + lines - 1 - start;
            around[at..at + (to - from)].copy_from_slice(&whitened[from..to]);
            strip.fill(Complex::default());
            let end = (*end).min(inside.end);
            strip[..end - start].copy_from_slice(&whitened[*start..end]);
            self.fft.forward_in_place(around, fft)?;
            self.fft.forward_in_place(strip, fft)?;
            for (around, strip) in around.iter_mut().zip(&*strip) {
                *around *= strip.conj();
            }
            self.fft.inverse_unscaled(around, fft)?;
            let scale = 0.5 / ((end - start) as f64 * (span as f64).powi(2));
            for (alpha, line) in row.iter_mut().enumerate() {
                let [below, above] = [lines - 1 - alpha, lines - 1 + alpha].map(|at| around[at].norm_sqr());
                *line = scale * (below + above);
            }
        }
        let mut each = spectra.chunks_exact_mut(lines);
        for (group, spectrum) in GROUPS.iter().zip(&mut each) {
            let own = || {
                self.strips.iter().enumerate().filter(|(_, strip)| (group[0]..group[1]).contains(&strip.2))
            };
            let count = own().count() as f64;
            spectrum.fill(0.0);
            for (strip, _) in own() {
                let row = &rows[strip * lines..(strip + 1) * lines];
                spectrum.iter_mut().zip(row).for_each(|(mean, value)| *mean += value / count);
            }
        }
        let (Some(top), Some(geometric)) = (each.next(), each.next()) else { return Ok(()) };
        let column = first(column, self.strips.len());
        for alpha in 0..lines {
            column.iter_mut().enumerate().for_each(|(strip, value)| *value = rows[strip * lines + alpha]);
            geometric[alpha] = column.iter().map(|value| value.max(LEAST).ln()).sum::<f64>();
            geometric[alpha] = (geometric[alpha] / column.len() as f64).exp();
            column.sort_unstable_by(|a, b| b.total_cmp(a));
            let most = &column[..TOP.min(column.len())];
            top[alpha] = most.iter().sum::<f64>() / most.len() as f64;
        }
        Ok(())
    }
}
