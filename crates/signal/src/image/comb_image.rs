//! The comb image: what stands at the harmonics of each fault frequency, and beside them.
//!
//! One channel for each kind of fault ([`FaultKind::ALL`]), one row for each harmonic, columns across the
//! neighbourhood of that harmonic. A pixel says how far the squared envelope spectrum stands above its own
//! floor there. Speed, geometry, sampling rate, gain and the machine's resonances are divided out, so a net
//! trained on one machine can be asked about another: a damaged inner race is a bright middle column in the
//! first channel on all of them.
//!
//! This crate's own; what stands at those harmonics is told by Randall and Antoni 2011 (doi
//! 10.1016/j.ymssp.2010.07.017).

use crate::envelope::squared_envelope::SquaredEnvelopePlan;
use crate::error::{Error, Result};
use crate::fourier::fft::RealFft;
use crate::fourier::floor::{FLOOR_HALF_WIDTH, running_median};
use crate::image::standardise::standardise;
use crate::image::stft_image::LARGEST_SIDE;
use crate::kinematics::FaultKind;
use crate::pipeline::Context;
use crate::scratch::{Scratch, first};
use crate::units::Hertz;

/// Pixels are clipped to these decades: a line ten times below its floor, a thousand times above it.
pub(crate) const DARKEST: f32 = -1.0;
pub(crate) const BRIGHTEST: f32 = 3.0;

/// A planned comb image.
#[derive(Debug, Clone)]
pub(crate) struct CombImage {
    harmonics: usize,
    columns: usize,
    half_width: f64,
    resolution: Hertz,
    record: RealFft<f32>,
    bands: Vec<SquaredEnvelopePlan<f32>>,
}

impl CombImage {
    pub(crate) fn plan(
        rate: Hertz,
        len: usize,
        harmonics: usize,
        columns: usize,
        half_width: f64,
        bands: &[[f64; 2]],
    ) -> Result<Self> {
        let refuse =
            |parameter, value: String, reason: &str| Error::parameter("comb image", parameter, value, reason);
        Error::check_rate(rate)?;
        if !(1..=1024).contains(&harmonics) {
            return Err(refuse("harmonics", harmonics.to_string(), "there have to be 1 to 1024"));
        }
        if !(3..=LARGEST_SIDE).contains(&columns) || columns.is_multiple_of(2) {
            let reason = "there has to be an odd number from 3 on, so that one column is the harmonic itself";
            return Err(refuse("columns", columns.to_string(), reason));
        }
        if !(half_width > 0.0 && half_width < 1.0) {
            let reason =
                "it is relative to the harmonic's frequency and has to lie above 0 and below 1, such as 0.04";
            return Err(refuse("half_width", half_width.to_string(), reason));
        }
        if bands.is_empty() {
            return Err(refuse(
                "bands",
                "[]".into(),
                "at least one is needed; [[0.0, 1.0]] is the full band",
            ));
        }
        let record = RealFft::new(len)?;
        let nyquist = rate.0 / 2.0;
        let plan = |&[low, high]: &[f64; 2]| {
            if !(low >= 0.0 && low < high && high <= 1.0) {
                let reason = "a band is two rising fractions of half the sampling rate, such as [0.25, 0.5]";
                return Err(refuse("bands", format!("[{low}, {high}]"), reason));
            }
            // The mean of a segment is no vibration: bin 0 belongs to no band.
            let low = (low * nyquist).max(0.5 * rate.0 / len.max(1) as f64);
            SquaredEnvelopePlan::of_band(rate, record.clone(), (Hertz(low), Hertz(high * nyquist)))
        };
        let bands: Vec<_> = bands.iter().map(plan).collect::<Result<_>>()?;
        Ok(Self { harmonics, columns, half_width, resolution: Hertz(rate.0 / len as f64), record, bands })
    }

    /// Channels, rows and columns.
    pub(crate) fn shape(&self) -> [usize; 3] {
        [FaultKind::ALL.len(), self.harmonics, self.columns]
    }

    pub(crate) fn process(
        &self,
        input: &[f32],
        context: &Context,
        output: &mut [f32],
        scratch: &mut Scratch<f32>,
    ) -> Result<()> {
        let mut memory = std::mem::take(&mut scratch.comb);
        let result = self.fill(input, context, output, scratch, &mut memory);
        scratch.comb = memory;
        result
    }

    fn fill(
        &self,
        input: &[f32],
        context: &Context,
        output: &mut [f32],
        scratch: &mut Scratch<f32>,
        memory: &mut CombMemory,
    ) -> Result<()> {
        let (shaft, orders) = context.kinematics()?;
        let excess = self.excess(input, shaft, scratch, memory)?;
        let image = output.chunks_exact_mut(self.harmonics * self.columns);
        for (kind, channel) in FaultKind::ALL.into_iter().zip(image) {
            let fault = kind.order(&orders).at(shaft);
            if !fault.is_positive() {
                return Err(Error::Frequency {
                    what: kind.line(),
                    value: fault.0,
                    reason: "a fault frequency has to be a finite number above 0; check the bearing's orders"
                        .into(),
                });
            }
            for (harmonic, row) in channel.chunks_exact_mut(self.columns).enumerate() {
                self.row(excess, fault.0 * (harmonic + 1) as f64 / self.resolution.0, row);
            }
        }
        Ok(())
    }

    /// Line over floor at every line of the squared envelope spectrum: the largest over the bands.
    fn excess<'m>(
        &self,
        input: &[f32],
        shaft: Hertz,
        scratch: &mut Scratch<f32>,
        memory: &'m mut CombMemory,
    ) -> Result<&'m [f32]> {
        let longest = self.bands.iter().map(SquaredEnvelopePlan::spectrum_len).max().unwrap_or(0);
        let excess = first(&mut memory.excess, longest);
        excess.fill(0.0);
        let mut spectrum = std::mem::take(&mut scratch.spectrum);
        let bins = first(&mut spectrum, self.record.bins());
        let segment = first(&mut memory.segment, input.len());
        segment.copy_from_slice(input);
        standardise(segment);
        let mut result = self.record.forward(segment, bins, scratch);
        // Wide enough for the floor to reach past the sidebands that lie a shaft frequency from a line.
        let half = ((shaft.0 / self.resolution.0).round() as usize).max(FLOOR_HALF_WIDTH);
        for band in &self.bands {
            let lines = first(&mut memory.lines, band.spectrum_len());
            let floor = first(&mut memory.floor, band.spectrum_len());
            result = result.and_then(|()| {
                band.process_spectrum(bins, lines, scratch)?;
                // Line 0 is the mean, which was removed: it is no part of the floor.
                running_median(&lines[1..], half, &mut floor[1..], &mut scratch.median)
            });
            let largest = lines.iter().copied().fold(0.0_f32, f32::max);
            let least = (1e-6 * largest).max(f32::MIN_POSITIVE);
            for ((best, line), floor) in excess.iter_mut().zip(&*lines).zip(&*floor).skip(1) {
                // Where there is no power at all, a line is as high as its floor.
                let ratio = if largest > 0.0 { line / floor.max(least) } else { 1.0 };
                *best = best.max(ratio);
            }
        }
        scratch.spectrum = spectrum;
        result.map(|()| &*excess)
    }

    /// One harmonic, which lies `centre` lines from zero.
    fn row(&self, excess: &[f32], centre: f64, row: &mut [f32]) {
        let step = 2.0 * self.half_width * centre / (self.columns - 1) as f64;
        let middle = (self.columns / 2) as f64;
        let last = excess.len() as f64 - 1.0;
        for (column, pixel) in row.iter_mut().enumerate() {
            let at = centre + (column as f64 - middle) * step;
            // The spectrum says nothing below its first line and above its last one.
            if !(at >= 1.0 && at <= last) {
                *pixel = 0.0;
                continue;
            }
            let start = (at - step / 2.0).ceil().max(1.0) as usize;
            let end = ((at + step / 2.0).ceil() as usize).min(excess.len());
            let ratio = if start < end {
                excess[start..end].iter().copied().fold(0.0, f32::max)
            } else {
                let (before, part) = (at.floor() as usize, at.fract() as f32);
                let next = excess.get(before + 1).copied().unwrap_or(excess[before]);
                excess[before] * (1.0 - part) + next * part
            };
            *pixel = ratio.log10().clamp(DARKEST, BRIGHTEST);
        }
    }
}

/// Working memory of comb images.
#[derive(Debug, Clone, Default)]
pub(crate) struct CombMemory {
    segment: Vec<f32>,
    excess: Vec<f32>,
    lines: Vec<f32>,
    floor: Vec<f32>,
}
