//! Spectra over the frequency of a modulation, many of one recording, each flattened by its own floor.
//!
//! Squared-envelope spectra of bands of the recording as it is and whitened, of the cepstrally pre-whitened
//! recording, and means over narrow strips of carriers of the squared cyclic coherence (the enhanced
//! envelope spectrum). All come from one transform of each stretch of the recording.

use brinell_signal::{
    Hertz, Scratch,
    fourier::{ComplexFft, RealFft, fast_length, fast_length_below},
};
use num_complex::Complex;

use crate::Error;
use crate::rank::ranked;

/// Bands as fractions of the Nyquist frequency: everything, then overlapping parts, octave by octave, since
/// a resonance can lie anywhere.
pub(crate) const BANDS: [(f64, f64); 8] = [
    (0.02, 0.99),
    (0.50, 0.99),
    (0.65, 0.97),
    (0.45, 0.75),
    (0.30, 0.55),
    (0.18, 0.38),
    (0.10, 0.25),
    (0.03, 0.14),
];

/// Longest stretch that is transformed at once, in revolutions; longer recordings are cut into equal
/// stretches whose spectra are averaged, because slip smears lines over many fine bins.
const LONGEST_REVOLUTIONS: f64 = 400.0;

/// Strips of carriers of the enhanced envelope spectrum between 0 and the Nyquist frequency.
const STRIPS: usize = 20;

/// Share of a stretch over which each end is faded, so that the step between its ends is no impact.
const FADE: f64 = 0.01;

/// Lines on either side of one over which its floor is the median.
const HALF_FLOOR: usize = 40;

/// Which kind of spectrum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// Squared envelope of a band of the recording as it is.
    Raw,
    /// The same of the whitened recording.
    Whitened,
    /// The same of the cepstrally pre-whitened recording.
    Prewhitened,
    /// Mean over narrow strips.
    Strips,
}

/// One spectrum.
#[derive(Clone)]
pub(crate) struct CyclicSpectrum {
    pub(crate) source: Source,
    /// Carriers, in hertz.
    pub(crate) band: [f64; 2],
    /// Powers from 0 Hz, over the squared mean where there is one (squared modulation index, peak).
    pub(crate) power: Vec<f64>,
    /// Local median of `power`.
    pub(crate) floor: Vec<f64>,
    /// Lines that carry something: a band's envelope swings no faster than it is wide.
    pub(crate) valid: usize,
}

/// All spectra of a recording.
pub(crate) struct CyclicSpectra {
    /// Distance of the lines in hertz.
    pub(crate) spacing: f64,
    pub(crate) spectra: Vec<CyclicSpectrum>,
}

impl CyclicSpectra {
    /// Spectra of `samples` up to `top` (a frequency of modulation).
    pub(crate) fn new(samples: &[f32], rate: Hertz, shaft: Hertz, top: Hertz) -> Result<Self, Error> {
        let revolutions = samples.len() as f64 / rate.0 * shaft.0;
        let stretches = (revolutions / LONGEST_REVOLUTIONS).ceil().max(1.0) as usize;
        let length = fast_length_below(samples.len() / stretches).unwrap_or(1);
        let spacing = rate.0 / length as f64;
        let lines = ((top.0 / spacing).ceil() as usize + 2).min(length / 4 + 1);
        let mut bank = Bank::new(length, lines, rate, shaft)?;
        for i in 0..stretches {
            bank.add(&samples[i * length..(i + 1) * length])?;
        }
        Ok(Self { spacing, spectra: bank.finish(stretches) })
    }
}

impl CyclicSpectra {
    /// Bands of all spectra, each once.
    pub(crate) fn bands(&self, rate: Hertz) -> Vec<[f64; 2]> {
        BANDS.iter().map(|(low, high)| [low * rate.0 / 2.0, high * rate.0 / 2.0]).collect()
    }

    /// The whitened squared-envelope spectra, the widest band first.
    pub(crate) fn all_whitened(&self) -> impl Iterator<Item = &CyclicSpectrum> {
        self.spectra.iter().filter(|s| s.source == Source::Whitened)
    }

    /// The whitened squared-envelope spectrum of a band, that of the widest one otherwise.
    pub(crate) fn whitened(&self, band: Option<[f64; 2]>) -> &CyclicSpectrum {
        let mut whitened = self.all_whitened();
        let found = whitened.find(|s| Some(s.band) == band);
        found.or_else(|| self.all_whitened().next()).unwrap_or(&self.spectra[0])
    }
}

struct Bank {
    length: usize,
    lines: usize,
    nyquist: f64,
    half_smoothing: usize,
    fft: RealFft<f32>,
    scratch: Scratch<f32>,
    working: Working,
    spectra: Vec<CyclicSpectrum>,
}

/// Memory that is used again for each band and strip.
#[derive(Default)]
struct Working {
    base: Vec<Complex<f32>>,
    envelope: Vec<f32>,
    lines: Vec<Complex<f32>>,
}

impl Bank {
    fn new(length: usize, lines: usize, rate: Hertz, shaft: Hertz) -> Result<Self, Error> {
        let nyquist = rate.0 / 2.0;
        let spacing = rate.0 / length as f64;
        let mut spectra = Vec::new();
        for source in [Source::Raw, Source::Whitened, Source::Prewhitened] {
            for (low, high) in BANDS {
                if source == Source::Prewhitened && (low, high) != BANDS[0] {
                    continue;
                }
                let band = [low * nyquist, high * nyquist];
                let valid = (0.9 * (band[1] - band[0]) / spacing) as usize;
                spectra.push(CyclicSpectrum {
                    source,
                    band,
                    power: vec![0.0; lines],
                    floor: Vec::new(),
                    valid: valid.min(lines),
                });
            }
        }
        for (low, high) in [(0.05, 0.95), (0.05, 0.35), (0.35, 0.65), (0.65, 0.95)] {
            let band = [low * nyquist, high * nyquist];
            spectra.push(CyclicSpectrum {
                source: Source::Strips,
                band,
                power: vec![0.0; lines],
                floor: Vec::new(),
                valid: lines,
            });
        }
        Ok(Self {
            length,
            lines,
            nyquist,
            half_smoothing: ((2.0 * shaft.0 / spacing / 2.0) as usize).max(4),
            fft: RealFft::new(length)?,
            scratch: Scratch::new(),
            working: Working::default(),
            spectra,
        })
    }

    fn add(&mut self, samples: &[f32]) -> Result<(), Error> {
        let largest = samples.iter().fold(0f32, |a, x| a.max(x.abs()));
        if largest <= 0.0 {
            return Ok(());
        }
        let scale = 1.0 / f64::from(largest);
        let mean = samples.iter().map(|x| f64::from(*x) * scale).sum::<f64>() / samples.len() as f64;
        let mut record: Vec<f32> = samples.iter().map(|x| (f64::from(*x) * scale - mean) as f32).collect();
        fade(&mut record);
        let mut raw = vec![Complex::default(); self.fft.bins()];
        self.fft.forward(&record, &mut raw, &mut self.scratch)?;
        let white = whitened(&raw, self.half_smoothing);
        // Cepstral pre-whitening: phases alone, back in time to fade the ends, and forward again.
        let silent = 1e-24 * raw.iter().map(|c| f64::from(c.norm_sqr())).sum::<f64>();
        let mut phases: Vec<Complex<f32>> = raw
            .iter()
            .map(|c| {
                let power = f64::from(c.norm_sqr());
                if power > silent { c / power.sqrt() as f32 } else { Complex::default() }
            })
            .collect();
        if let Some(first) = phases.first_mut() {
            *first = Complex::default();
        }
        self.fft.inverse(&phases, &mut record, &mut self.scratch)?;
        fade(&mut record);
        self.fft.forward(&record, &mut phases, &mut self.scratch)?;
        let mut spectra = std::mem::take(&mut self.spectra);
        for spectrum in spectra.iter_mut().filter(|s| s.source != Source::Strips) {
            let bins = match spectrum.source {
                Source::Raw => &raw,
                Source::Whitened => &white,
                _ => &phases,
            };
            self.add_envelope(spectrum, bins)?;
        }
        self.add_strips(&mut spectra, &white)?;
        self.spectra = spectra;
        Ok(())
    }

    /// Half-open run of bins of a band.
    fn bins_of(&self, band: [f64; 2]) -> (usize, usize) {
        let nyquist = self.nyquist;
        let bin =
            |f: f64| ((f / nyquist * self.length as f64 / 2.0).ceil() as usize).clamp(1, self.length / 2);
        (bin(band[0]), bin(band[1]))
    }

    fn add_envelope(&mut self, spectrum: &mut CyclicSpectrum, bins: &[Complex<f32>]) -> Result<(), Error> {
        let (start, end) = self.bins_of(spectrum.band);
        if end < start + 2 {
            return Ok(());
        }
        let length = fast_length(2 * (end - start));
        let Working { base, envelope, lines } = &mut self.working;
        base.clear();
        base.extend_from_slice(&bins[start..end]);
        base.resize(length, Complex::default());
        ComplexFft::new(length)?.inverse(base, &mut self.scratch)?;
        envelope.clear();
        envelope.extend(base.iter().map(Complex::norm_sqr));
        let mean = envelope.iter().map(|e| f64::from(*e)).sum::<f64>() / length as f64;
        if mean <= 0.0 {
            return Ok(());
        }
        envelope.iter_mut().for_each(|e| *e = (f64::from(*e) / mean - 1.0) as f32);
        let fft = RealFft::<f32>::new(length)?;
        lines.resize(fft.bins(), Complex::default());
        fft.forward(envelope, lines, &mut self.scratch)?;
        let scale = (2.0 / length as f64).powi(2);
        for (power, line) in spectrum.power.iter_mut().zip(lines) {
            *power += scale * f64::from(line.norm_sqr());
        }
        Ok(())
    }

    /// With `W` the whitened spectrum and a strip of `n` carriers: `|sum of W[f] conj(W[f - a])|^2 / n`,
    /// for all `a` at once by a convolution over the strip's neighbourhood.
    fn add_strips(&mut self, spectra: &mut [CyclicSpectrum], white: &[Complex<f32>]) -> Result<(), Error> {
        let half = self.length / 2;
        let width = (half as f64 * 0.9 / STRIPS as f64) as usize;
        let lines = self.lines;
        if width < 8 {
            return Ok(());
        }
        let span = fast_length(width + 2 * lines);
        let fft = ComplexFft::<f32>::new(span)?;
        let nyquist = self.nyquist;
        for strip in 0..STRIPS {
            let start = (half as f64 * 0.05) as usize + strip * width;
            let end = (start + width).min(half);
            let Working { base: own, lines: around, .. } = &mut self.working;
            own.clear();
            own.extend_from_slice(&white[start..end]);
            own.resize(span, Complex::default());
            // Place p of `around` is bin start - (lines - 1) + p.
            around.clear();
            around.resize(span, Complex::default());
            let from = (start + 1).saturating_sub(lines).max(1);
            let to = (end + lines).min(half);
            let at = from + lines - 1 - start;
            around[at..at + (to - from)].copy_from_slice(&white[from..to]);
            fft.forward(around, &mut self.scratch)?;
            fft.forward(own, &mut self.scratch)?;
            // Back by the forward transform of the conjugate: what counts is the magnitude, and one plan is enough.
            let unscaled = 1.0 / span as f32;
            for (a, o) in around.iter_mut().zip(own.iter()) {
                *a = a.conj() * o * unscaled;
            }
            fft.forward(around, &mut self.scratch)?;
            let middle = (start + end) as f64 / 2.0 / half as f64 * nyquist;
            let scale = 0.5 / (end - start) as f64;
            for spectrum in spectra
                .iter_mut()
                .filter(|s| s.source == Source::Strips && (s.band[0]..s.band[1]).contains(&middle))
            {
                for (alpha, power) in spectrum.power.iter_mut().enumerate() {
                    let below = around[lines - 1 - alpha].norm_sqr();
                    let above = around[lines - 1 + alpha].norm_sqr();
                    *power += scale * f64::from(below + above);
                }
            }
        }
        Ok(())
    }

    fn finish(self, stretches: usize) -> Vec<CyclicSpectrum> {
        let mut spectra = self.spectra;
        for spectrum in &mut spectra {
            spectrum.power.iter_mut().for_each(|p| *p /= stretches as f64);
            spectrum.floor = floor(&spectrum.power[..spectrum.valid.max(1)], self.lines);
        }
        spectra
    }
}

fn fade(record: &mut [f32]) {
    let length = record.len();
    let faded = (length as f64 * FADE) as usize;
    for i in 0..faded {
        let weight = 0.5 - 0.5 * (std::f64::consts::PI * i as f64 / faded as f64).cos();
        record[i] *= weight as f32;
        record[length - 1 - i] *= weight as f32;
    }
}

/// Each bin over the root of the mean power of its neighbourhood.
fn whitened(bins: &[Complex<f32>], half: usize) -> Vec<Complex<f32>> {
    let mut sums = Vec::with_capacity(bins.len() + 1);
    let mut sum = 0f64;
    sums.push(0.0);
    for bin in bins {
        sum += f64::from(bin.norm_sqr());
        sums.push(sum);
    }
    let quiet = 1e-12 * sum / bins.len() as f64;
    bins.iter()
        .enumerate()
        .map(|(k, bin)| {
            let (from, to) = (k.saturating_sub(half), (k + half + 1).min(bins.len()));
            let mean = ((sums[to] - sums[from]) / (to - from) as f64).max(quiet);
            if mean > 0.0 { bin * (1.0 / mean.sqrt()) as f32 } else { Complex::default() }
        })
        .collect()
}

/// Medians of overlapping blocks, joined by straight lines: a running median at a tenth of its cost.
pub(crate) fn floor(power: &[f64], lines: usize) -> Vec<f64> {
    let count = power.len();
    let hop = HALF_FLOOR / 2;
    let knots: Vec<f64> = (0..=count / hop)
        .map(|i| {
            let centre = i * hop;
            let (from, to) = (centre.saturating_sub(HALF_FLOOR), (centre + HALF_FLOOR + 1).min(count));
            let block = &power[from.min(to)..to];
            if block.is_empty() { 0.0 } else { ranked(block, [block.len() / 2])[0] }
        })
        .collect();
    (0..lines)
        .map(|k| {
            let at = (k as f64 / hop as f64).min((knots.len() - 1) as f64);
            let low = at as usize;
            let high = (low + 1).min(knots.len() - 1);
            knots[low] + (at - low as f64) * (knots[high] - knots[low])
        })
        .collect()
}
