//! Five numbers of a segment's samples, and the largest lines of its envelope spectrum near each fault's harmonics.
//!
//! With `x` the samples, `a` the envelope of a band of them less its mean and `A(f) = 2|FFT a|/len` its amplitudes,
//! ```text
//! rms, largest - smallest, kurtosis (3 for Gaussian noise), skewness, largest |x| / rms,
//! then for BPFO, BPFI, 2×BSF and k = 1..K:  max of A within ±max(tolerance·k·f, least) of k·f
//! ```
//! These are the features of Vieira, Bauler, Rosa and Silva 2026 (MSSP 258:114640, arXiv:2509.22267), whose search window
//! of about a tenth of the frequency is wide: maxima of ranges rather than lines. They carry the unit of the samples, so a
//! learner sees gains and loads in them. Ratios that do not exist, of zeros or a constant, are 0.

use num_complex::Complex;
use serde::{Deserialize, Serialize};

use crate::envelope::squared_envelope::BinsWithEnds;
use crate::error::{Error, Result, check_len};
use crate::fourier::fft::{ComplexFft, RealFft};
use crate::fourier::spectrum::amplitudes_consuming;
use crate::kinematics::FaultKind;
use crate::pipeline::Context;
use crate::quantity::scalars::scalars;
use crate::sample::{Sample, remove_mean};
use crate::scratch::{Scratch, first};
use crate::separation::level::{back, in_range};
use crate::units::Hertz;

/// What messages call it.
const NAME: &str = "envelope peaks";
/// The faults whose harmonics are looked for, in the order of the numbers.
const FAULTS: [FaultKind; 3] = [FaultKind::Outer, FaultKind::Inner, FaultKind::Ball];
/// Numbers of the samples themselves.
const OF_SAMPLES: [&str; 5] = ["RMS", "peak to peak", "kurtosis", "skewness", "crest"];

/// How peaks are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EnvelopePeaksParams {
    /// The band whose envelope is taken, `low <= f < high`. 500 to 6000 Hz unless said.
    pub band: [Hertz; 2],
    /// Harmonics of each fault's frequency. 5 unless said.
    pub harmonics: usize,
    /// Half-width of the search, relative to the harmonic's frequency; 0.1 unless said,
    pub tolerance: f64,
    /// and in any case this far. 3 Hz unless said.
    pub least: Hertz,
}

impl Default for EnvelopePeaksParams {
    fn default() -> Self {
        Self { band: [Hertz(500.0), Hertz(6000.0)], harmonics: 5, tolerance: 0.1, least: Hertz(3.0) }
    }
}

impl EnvelopePeaksParams {
    /// A plan for `len` samples at `rate`.
    ///
    /// # Errors
    /// [`Error::Frequency`] when the rate is not a finite number above 0; [`Error::Parameter`] when a parameter lies
    /// outside its range, or the band does not rise, leaves `0..rate/2` or holds fewer than two bins of the record.
    pub fn plan<T: Sample>(&self, rate: Hertz, len: usize) -> Result<EnvelopePeaksPlan<T>> {
        let within = |parameter, value: f64, least: f64, most: f64, usual| {
            if value >= least && value <= most {
                return Ok(());
            }
            let reason = format!("it has to lie within {least} to {most}; {usual} is usual");
            Err(Error::parameter(NAME, parameter, value, &reason))
        };
        Error::check_rate(rate)?;
        within("harmonics", self.harmonics as f64, 1.0, 64.0, 5.0)?;
        within("tolerance", self.tolerance, 0.0, 0.5, 0.1)?;
        within("least", self.least.0, 0.0, 1e6, 3.0)?;
        let record = RealFft::new(len)?;
        let band = BinsWithEnds::new(rate, len, (self.band[0], self.band[1]))?;
        let base = ComplexFft::new(len)?;
        Ok(EnvelopePeaksPlan { params: *self, resolution: rate.0 / len as f64, band, record, base })
    }
}

/// Envelope peaks of segments of one length.
#[derive(Debug, Clone)]
pub struct EnvelopePeaksPlan<T: Sample> {
    params: EnvelopePeaksParams,
    resolution: f64,
    band: BinsWithEnds,
    record: RealFft<T>,
    base: ComplexFft<T>,
}

impl<T: Sample> EnvelopePeaksPlan<T> {
    /// Samples of a segment.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "a plan is never empty")]
    pub fn len(&self) -> usize {
        self.record.len()
    }

    /// Numbers: five of the samples, then those of each fault.
    #[must_use]
    pub fn output_len(&self) -> usize {
        OF_SAMPLES.len() + FAULTS.len() * self.params.harmonics
    }

    /// Names of the numbers, in their order: `RMS`, `1xBPFO`.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let harmonics = 1..=self.params.harmonics;
        let faults =
            FAULTS.iter().flat_map(|fault| harmonics.clone().map(|k| format!("{k}x{}", fault.line())));
        OF_SAMPLES.iter().map(ToString::to_string).chain(faults).collect()
    }

    /// The numbers of `input` (`len` samples) in `output` ([`output_len`](Self::output_len)), of the machine that the
    /// context tells of.
    ///
    /// # Errors
    /// [`Error::Length`] when a slice has another length; [`Error::MissingKinematics`] when the context lacks the shaft's
    /// speed or the bearing's orders; [`Error::Frequency`] when the speed is not a finite number above 0.
    pub fn process(
        &self,
        input: &[T],
        context: &Context,
        output: &mut [T],
        scratch: &mut Scratch<T>,
    ) -> Result<()> {
        check_len("input of the envelope peaks", self.len(), input.len())?;
        check_len("output of the envelope peaks", self.output_len(), output.len())?;
        let (shaft, orders) = context.kinematics()?;
        let mut scaled = std::mem::take(&mut scratch.scaled);
        let mut lines = std::mem::take(&mut scratch.left_out);
        let (samples, gain) = in_range(input, &mut scaled);
        let amplitudes = first(&mut lines, self.record.bins());
        let result = self.amplitudes(samples, amplitudes, scratch);
        let (of_samples, peaks) = output.split_at_mut(OF_SAMPLES.len());
        let wide = first(&mut scratch.wide, samples.len());
        wide.iter_mut().zip(samples).for_each(|(wide, x)| *wide = x.widen());
        let known = scalars(wide);
        let ratios = [known.kurtosis, known.skewness, known.crest].map(|ratio| ratio.unwrap_or(0.0));
        for (number, value) in
            of_samples.iter_mut().zip([known.rms, known.peak_to_peak].into_iter().chain(ratios))
        {
            *number = T::narrow(value);
        }
        for (fault, peaks) in FAULTS.into_iter().zip(peaks.chunks_exact_mut(self.params.harmonics)) {
            for (k, peak) in peaks.iter_mut().enumerate() {
                let frequency = (k + 1) as f64 * fault.order(&orders).0 * shaft.0;
                let reach = self.params.least.0.max(self.params.tolerance * frequency);
                *peak = largest(amplitudes, frequency / self.resolution, reach / self.resolution);
            }
        }
        back(&mut of_samples[..2], gain);
        back(peaks, gain);
        scratch.scaled = scaled;
        scratch.left_out = lines;
        result
    }

    /// Amplitudes of the spectrum of the band's envelope, less its mean.
    fn amplitudes(&self, samples: &[T], output: &mut [T], scratch: &mut Scratch<T>) -> Result<()> {
        let len = self.len();
        let mut spectrum = std::mem::take(&mut scratch.spectrum);
        let bins = first(&mut spectrum, self.record.bins());
        let result = self.record.forward(samples, bins, scratch).and_then(|()| {
            let Scratch { values, complex, fft, .. } = scratch;
            let base: &mut [Complex<T>] = first(complex, len);
            self.band.to_base_band(bins, len, base);
            self.base.inverse_unscaled(base, fft)?;
            let envelope = first(values, len);
            for (e, a) in envelope.iter_mut().zip(base) {
                *e = a.norm_sqr().sqrt();
            }
            remove_mean(envelope);
            amplitudes_consuming(&self.record, envelope, output, complex, fft)
        });
        scratch.spectrum = spectrum;
        result
    }
}

/// The largest of the lines within `reach` of `centre`, both in lines; 0 where there is none.
fn largest<T: Sample>(lines: &[T], centre: f64, reach: f64) -> T {
    let start = (centre - reach).ceil().max(0.0) as usize;
    let last = (centre + reach).floor().min(lines.len() as f64 - 1.0);
    let near = if last < start as f64 { &[][..] } else { &lines[start..=last as usize] };
    near.iter().copied().fold(T::zero(), |most, line| if line > most { line } else { most })
}
