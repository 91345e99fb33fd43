//! The spectra over the frequency of a modulation in which combs are looked for.

use num_complex::Complex;

use super::coherence::{self, Coherence, CoherenceMemory};
use super::combs::HALF_MEDIAN;
use super::{FaultCombsParams, NAME};
use crate::counted::counted;
use crate::error::{Error, Result};
use crate::fourier::fft::{ComplexFft, RealFft, fast_length};
use crate::sample::Sample;
use crate::scratch::first;
use crate::units::Hertz;

/// Half the width of the mean of powers that whitens, in hertz.
const SMOOTHING: f64 = 50.0;
/// Share of the segment over which each end of the pre-whitened samples is faded.
const FADE: f64 = 0.02;
/// A power below this share of the mean counts as that when it divides.
const QUIET: f64 = 1e-13;
/// Squared magnitude, over the mean power, below which a bin has no phase.
const SILENT: f64 = 1e-24;

/// All spectra of a segment, planned.
#[derive(Debug, Clone)]
pub(super) struct Bank {
    rate: Hertz,
    record: RealFft<f64>,
    lines: usize,
    raw: Vec<BandEnvelope>,
    whitened: Vec<BandEnvelope>,
    coherence: Coherence,
    /// Bins on either side that the whitening takes the mean over.
    smoothing: usize,
    /// Weights of the first samples of the pre-whitened segment, and of its last in reverse.
    fade: Vec<f64>,
    taper: Vec<f64>,
}

/// Working memory of [`Bank`].
#[derive(Debug, Clone, Default)]
pub(super) struct BankMemory {
    samples: Vec<f64>,
    spectrum: Vec<Complex<f64>>,
    changed: Vec<Complex<f64>>,
    record: Vec<f64>,
    base: Vec<Complex<f64>>,
    envelope: Vec<f64>,
    sums: Vec<f64>,
    fft: Vec<Complex<f64>>,
    coherence: CoherenceMemory,
    spectra: Vec<f64>,
}

/// A band whose envelope is taken: bins `start..end`.
#[derive(Debug, Clone)]
struct BandEnvelope {
    start: usize,
    end: usize,
    base: ComplexFft<f64>,
    squared: RealFft<f64>,
}

impl BandEnvelope {
    fn new(rate: Hertz, len: usize, parameter: &'static str, &[low, high]: &[Hertz; 2]) -> Result<Self> {
        let half = rate.0 / 2.0;
        let cut = high.0.min(half);
        let refuse =
            |reason: &str| Err(Error::parameter(NAME, parameter, format!("{low} to {high}"), reason));
        if !(low.0 >= 0.0 && low.0 < high.0 && high.0.is_finite()) {
            return refuse("it has to rise from 0 Hz or more");
        }
        if cut - low.0 < 0.5 * (high.0 - low.0) {
            let reason = format!(
                "at least half of it has to lie below half the rate, {half} Hz: take lower bands, or recordings of a higher \
                 rate"
            );
            return refuse(&reason);
        }
        let bin = |frequency: f64| ((frequency * len as f64 / rate.0).ceil() as usize).min(len.div_ceil(2));
        let (start, end) = (bin(low.0), bin(cut));
        if end < start + 2 {
            return refuse(&format!(
                "it holds fewer than two bins of {}: take longer segments",
                counted(len, "sample")
            ));
        }
        let base_len = fast_length(2 * (end - start));
        Ok(Self { start, end, base: ComplexFft::new(base_len)?, squared: RealFft::new(base_len)? })
    }

    fn count(&self) -> usize {
        self.end - self.start
    }

    /// Powers of the squared envelope at the first lines, as many as `lines` holds, of a one-sided spectrum.
    fn powers(&self, spectrum: &[Complex<f64>], lines: &mut [f64], memory: EnvelopeMemory<'_>) -> Result<()> {
        let EnvelopeMemory { base, envelope, fft } = memory;
        let base = first(base, self.base.len());
        base.fill(Complex::default());
        base[..self.count()].copy_from_slice(&spectrum[self.start..self.end]);
        self.base.inverse_unscaled(base, fft)?;
        let envelope = first(envelope, self.base.len());
        for (e, value) in envelope.iter_mut().zip(&*base) {
            *e = value.norm_sqr();
        }
        let mean = envelope.iter().sum::<f64>() / envelope.len() as f64;
        envelope.iter_mut().for_each(|e| *e -= mean);
        let bins = &mut base[..self.squared.bins()];
        self.squared.forward_consuming(envelope, bins, fft)?;
        for (line, bin) in lines.iter_mut().zip(&*bins) {
            *line = bin.norm_sqr();
        }
        Ok(())
    }
}

/// What the envelope of a band needs.
struct EnvelopeMemory<'a> {
    base: &'a mut Vec<Complex<f64>>,
    envelope: &'a mut Vec<f64>,
    fft: &'a mut Vec<Complex<f64>>,
}

impl Bank {
    pub(super) fn new(params: &FaultCombsParams, rate: Hertz, len: usize) -> Result<Self> {
        let record = RealFft::new(len)?;
        let all = |parameter, bands: &[[Hertz; 2]]| -> Result<Vec<_>> {
            bands.iter().map(|band| BandEnvelope::new(rate, len, parameter, band)).collect()
        };
        let raw = all("bands", &params.bands)?;
        let whitened = all("whitened", &params.whitened)?;
        let narrowest = raw.iter().chain(&whitened).map(BandEnvelope::count).min().unwrap_or(0);
        let wanted = (params.modulation.0 * len as f64 / rate.0).ceil() as usize;
        let lines = wanted.min(narrowest);
        if lines <= 2 * HALF_MEDIAN {
            let reason = format!(
                "its spectra have {} up to {}, or up to the width of the narrowest band, and more than {} are needed: take \
                 longer segments, of a second or more",
                counted(lines, "line"),
                params.modulation,
                2 * HALF_MEDIAN,
            );
            return Err(Error::parameter(NAME, "segment", counted(len, "sample"), &reason));
        }
        let fade = (len as f64 * FADE) as usize;
        let cosine =
            |n: usize, over: usize| 0.5 - 0.5 * (std::f64::consts::PI * n as f64 / over as f64).cos();
        Ok(Self {
            coherence: Coherence::new(rate, len, lines)?,
            smoothing: (SMOOTHING * len as f64 / rate.0).round() as usize,
            fade: (0..fade).map(|n| cosine(n, fade)).collect(),
            taper: (0..len).map(|n| cosine(2 * n, len - 1)).collect(),
            rate,
            record,
            lines,
            raw,
            whitened,
        })
    }

    pub(super) fn len(&self) -> usize {
        self.record.len()
    }

    /// Lines of each spectrum, from 0 Hz.
    pub(super) fn lines(&self) -> usize {
        self.lines
    }

    /// How far apart they are.
    pub(super) fn resolution(&self) -> Hertz {
        Hertz(self.rate.0 / self.len() as f64)
    }

    pub(super) fn spectra(&self) -> usize {
        self.raw.len() + self.whitened.len() + 2 + coherence::SPECTRA
    }

    /// What each spectrum is of.
    pub(super) fn names(&self, params: &FaultCombsParams) -> Vec<String> {
        let band = |[low, high]: &[Hertz; 2]| format!("{}-{} Hz", low.0, high.0);
        let raw = params.bands.iter().map(|one| format!("the envelope of {}", band(one)));
        let whitened = params.whitened.iter().map(|one| format!("the whitened envelope of {}", band(one)));
        let others = ["the cepstrally pre-whitened envelope", "the power spectrum"].map(str::to_owned);
        raw.chain(whitened).chain(others).chain(Coherence::names()).collect()
    }

    /// Powers at the lines of every spectrum, one after the other; none of a segment that never changes.
    pub(super) fn spectra_of<'m, T: Sample>(
        &self,
        input: &[T],
        memory: &'m mut BankMemory,
    ) -> Result<Option<&'m mut [f64]>> {
        let BankMemory {
            samples,
            spectrum,
            changed,
            record,
            base,
            envelope,
            sums,
            fft,
            coherence: coherence_memory,
            spectra,
        } = memory;
        let len = self.len();
        let samples = first(samples, len);
        if !standardise(input, samples) {
            return Ok(None);
        }
        let (bins, lines) = (self.record.bins(), self.lines);
        let (spectrum, changed) = (first(spectrum, bins), first(changed, bins));
        let spectra = first(spectra, self.spectra() * lines);
        let (envelopes, coherent) = spectra.split_at_mut((self.spectra() - coherence::SPECTRA) * lines);
        let mut each = envelopes.chunks_exact_mut(lines);
        let record = first(record, len);
        record.copy_from_slice(samples);
        self.record.forward_consuming(record, spectrum, fft)?;
        for (band, lines) in self.raw.iter().zip(&mut each) {
            band.powers(spectrum, lines, EnvelopeMemory { base, envelope, fft })?;
        }
        self.whiten(spectrum, changed, sums);
        for (band, lines) in self.whitened.iter().zip(&mut each) {
            band.powers(changed, lines, EnvelopeMemory { base, envelope, fft })?;
        }
        let (Some(prewhitened), Some(power)) = (each.next(), each.next()) else { return Ok(None) };
        self.coherence.of(changed, coherent, coherence_memory, fft)?;
        phases(spectrum, changed);
        self.record.inverse_consuming(changed, record, fft)?;
        for (at, weight) in self.fade.iter().enumerate() {
            record[at] *= weight;
            record[len - 1 - at] *= weight;
        }
        self.record.forward_consuming(record, changed, fft)?;
        if let Some(band) = self.raw.first() {
            band.powers(changed, prewhitened, EnvelopeMemory { base, envelope, fft })?;
        }
        for (sample, weight) in samples.iter_mut().zip(&self.taper) {
            *sample *= weight;
        }
        self.record.forward_consuming(samples, changed, fft)?;
        for (line, bin) in power.iter_mut().zip(&*changed) {
            *line = bin.norm_sqr();
        }
        Ok(Some(spectra))
    }

    /// Each bin over the root of the mean power of its neighbourhood.
    fn whiten(&self, spectrum: &[Complex<f64>], whitened: &mut [Complex<f64>], sums: &mut Vec<f64>) {
        let sums = first(sums, spectrum.len() + 1);
        sums[0] = 0.0;
        for (at, bin) in spectrum.iter().enumerate() {
            sums[at + 1] = sums[at] + bin.norm_sqr();
        }
        let bins = spectrum.len();
        let quiet = QUIET * sums[bins] / bins as f64;
        for (at, (to, bin)) in whitened.iter_mut().zip(spectrum).enumerate() {
            let (from, end) = (at.saturating_sub(self.smoothing), (at + self.smoothing + 1).min(bins));
            let mean = (sums[end] - sums[from]) / (end - from) as f64;
            *to = bin / mean.max(quiet).sqrt();
        }
    }
}

/// Mean 0 and deviation 1; whether there is any deviation.
fn standardise<T: Sample>(input: &[T], samples: &mut [f64]) -> bool {
    let largest = input.iter().map(|x| x.widen().abs()).fold(0.0, f64::max);
    if largest <= 0.0 {
        return false;
    }
    for (sample, x) in samples.iter_mut().zip(input) {
        *sample = x.widen() / largest;
    }
    let count = samples.len() as f64;
    let mean = samples.iter().sum::<f64>() / count;
    samples.iter_mut().for_each(|sample| *sample -= mean);
    let deviation = (samples.iter().map(|sample| sample * sample).sum::<f64>() / count).sqrt();
    // What rounding leaves of a constant is no deviation.
    if deviation <= 1e-12 {
        return false;
    }
    samples.iter_mut().for_each(|sample| *sample /= deviation);
    true
}

/// Every bin with magnitude 1, and 0 at 0 Hz and where nothing is.
fn phases(spectrum: &[Complex<f64>], phases: &mut [Complex<f64>]) {
    let silent = SILENT * spectrum.iter().map(Complex::norm_sqr).sum::<f64>() / spectrum.len() as f64;
    for (phase, bin) in phases.iter_mut().zip(spectrum) {
        let power = bin.norm_sqr();
        *phase = if power > silent { bin / power.sqrt() } else { Complex::default() };
    }
    phases[0] = Complex::default();
}
