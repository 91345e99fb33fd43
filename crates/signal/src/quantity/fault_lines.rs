//! How far the lines of each part of a bearing stand out of the squared envelope spectrum, band by band: few numbers,
//! each with a meaning, for learners and rules.
//!
//! Of each band, with `S` its squared envelope spectrum,
//! ```text
//! number(f) = log10( max of S within ±t of f / median of S within ±(t + background) of f ),  t = max(slip·f, bins)
//! ```
//! for the harmonics of BPFO, BPFI and 2×BSF; for the first two of the cage and three of the shaft (`t` of one bin,
//! backgrounds of 8 and 12 bins); and the larger one of both sidebands of BPFI at the shaft's distance, and of 2×BSF at
//! the cage's. 0 is no line, or no spectrum there; noise alone gives a few tenths, the more the wider the tolerance.
//! The numbers have no unit and do not depend on gain; speed, geometry and rate are divided out, the length of the
//! segment is not: a longer one shows a line higher above its neighbours.
//!
//! Lines that lie closer than the tolerance cannot be told apart: at 30 Hz of shaft speed take half a second or more. This
//! crate's own; the lines and their sidebands: Randall and Antoni 2011 (doi 10.1016/j.ymssp.2010.07.017).

use serde::{Deserialize, Serialize};

use crate::envelope::SquaredEnvelopePlan;
use crate::error::{Error, Result, check_len};
use crate::fourier::fft::RealFft;
use crate::image::Normalisation;
use crate::kinematics::{BearingOrders, FaultKind};
use crate::pipeline::Context;
use crate::sample::Sample;
use crate::scratch::{Scratch, first};
use crate::units::Hertz;

/// What messages call it.
const NAME: &str = "fault lines";
/// The faults whose harmonics are looked for, in the order of the numbers.
const FAULTS: [FaultKind; 3] = [FaultKind::Outer, FaultKind::Inner, FaultKind::Ball];
/// Harmonics of cage and shaft: how many, within how many bins, and how far the background reaches further out.
const CAGE: (usize, f64, f64) = (2, 1.0, 8.0);
const SHAFT: (usize, f64, f64) = (3, 1.0, 12.0);
/// Faults with a sideband.
const SIDEBANDS: [FaultKind; 2] = [FaultKind::Inner, FaultKind::Ball];

/// How lines are looked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FaultLinesParams {
    /// Bands whose envelope is taken, `low <= f < high`. Seven between 500 and 6000 Hz unless said: all of it, its halves,
    /// and overlapping narrower ones.
    pub bands: Vec<[Hertz; 2]>,
    /// Harmonics of BPFO, BPFI and 2×BSF. 4 unless said.
    pub harmonics: usize,
    /// A line may lie this share of its frequency away, for slip; 0.012 unless said,
    pub slip: f64,
    /// and in any case this many bins of the spectrum. 2 unless said.
    pub bins: f64,
    /// So many bins further out on either side the background reaches. 20 unless said.
    pub background: f64,
}

impl Default for FaultLinesParams {
    fn default() -> Self {
        let bands =
            [[500, 6000], [2000, 6000], [500, 2000], [1000, 2500], [2000, 3500], [3000, 4500], [4000, 6000]];
        let bands = bands.map(|band| band.map(|edge: u16| Hertz(edge.into()))).to_vec();
        Self { bands, harmonics: 4, slip: 0.012, bins: 2.0, background: 20.0 }
    }
}

impl FaultLinesParams {
    /// Numbers of a band: those of three faults, then cage, shaft and sidebands.
    #[must_use]
    pub fn numbers_of_band(&self) -> usize {
        FAULTS.len() * self.harmonics + CAGE.0 + SHAFT.0 + SIDEBANDS.len()
    }

    /// A plan for `len` samples at `rate`.
    ///
    /// # Errors
    /// [`Error::Frequency`] when the rate is not a finite number above 0; [`Error::Parameter`] when a parameter lies
    /// outside its range, or a band does not rise, leaves `0..rate/2` or holds fewer than two bins of the record.
    pub fn plan<T: Sample>(&self, rate: Hertz, len: usize) -> Result<FaultLinesPlan<T>> {
        let within = |parameter, value: f64, least: f64, most: f64, usual| {
            if value >= least && value <= most {
                return Ok(());
            }
            let reason = format!("it has to lie within {least} to {most}; {usual} is usual");
            Err(Error::parameter(NAME, parameter, value, &reason))
        };
        Error::check_rate(rate)?;
        within("harmonics", self.harmonics as f64, 1.0, 64.0, 4.0)?;
        within("slip", self.slip, 0.0, 0.5, 0.012)?;
        within("bins", self.bins, 0.0, 1000.0, 2.0)?;
        within("background", self.background, 1.0, 1e6, 20.0)?;
        if self.bands.is_empty() {
            let reason = "at least one is needed, such as [[\"500Hz\", \"6kHz\"]]";
            return Err(Error::parameter(NAME, "bands", "none", reason));
        }
        let record = RealFft::new(len)?;
        let band =
            |&[low, high]: &[Hertz; 2]| SquaredEnvelopePlan::of_band(rate, record.clone(), (low, high));
        let bands = self.bands.iter().map(band).collect::<Result<_>>()?;
        Ok(FaultLinesPlan { params: self.clone(), resolution: rate.0 / len as f64, record, bands })
    }
}

/// Lines of faults of segments of one length.
#[derive(Debug, Clone)]
pub struct FaultLinesPlan<T: Sample> {
    params: FaultLinesParams,
    resolution: f64,
    record: RealFft<T>,
    bands: Vec<SquaredEnvelopePlan<T>>,
}

/// Working memory of [`FaultLinesPlan`].
#[derive(Debug, Clone, Default)]
pub(crate) struct FaultLinesMemory<T> {
    segment: Vec<T>,
    lines: Vec<T>,
    near: Vec<T>,
}

impl<T: Sample> FaultLinesPlan<T> {
    /// Samples of a segment.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "a plan is never empty")]
    pub fn len(&self) -> usize {
        self.record.len()
    }

    /// Numbers: those of a band, band after band.
    #[must_use]
    pub fn output_len(&self) -> usize {
        self.params.bands.len() * self.params.numbers_of_band()
    }

    /// Names of the numbers, in their order: `1xBPFO in 500-6000 Hz`.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let harmonics = 1..=self.params.harmonics;
        let faults =
            FAULTS.iter().flat_map(|fault| harmonics.clone().map(|k| format!("{k}x{}", fault.line())));
        let cage = (1..=CAGE.0).map(|k| format!("{k}xcage"));
        let shaft = (1..=SHAFT.0).map(|k| format!("{k}xshaft"));
        let sidebands = SIDEBANDS.iter().map(|fault| format!("{} sideband", fault.line()));
        let of_band: Vec<String> = faults.chain(cage).chain(shaft).chain(sidebands).collect();
        let bands = self.params.bands.iter();
        bands
            .flat_map(|[low, high]| {
                of_band.iter().map(move |name| format!("{name} in {}-{} Hz", low.0, high.0))
            })
            .collect()
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
        check_len("input of the fault lines", self.len(), input.len())?;
        check_len("output of the fault lines", self.output_len(), output.len())?;
        let (shaft, orders) = context.kinematics()?;
        let mut memory = std::mem::take(&mut scratch.fault_lines);
        let mut spectrum = std::mem::take(&mut scratch.spectrum);
        let bins = first(&mut spectrum, self.record.bins());
        let segment = first(&mut memory.segment, input.len());
        segment.copy_from_slice(input);
        Normalisation::ZScore.apply(segment);
        let mut result = self.record.forward(segment, bins, scratch);
        let each = output.chunks_exact_mut(self.params.numbers_of_band());
        for (band, numbers) in self.bands.iter().zip(each) {
            let lines = first(&mut memory.lines, band.spectrum_len());
            result = result.and_then(|()| band.process_spectrum(bins, lines, scratch));
            self.of_spectrum(lines, shaft.0, &orders, numbers, &mut memory.near);
        }
        scratch.spectrum = spectrum;
        scratch.fault_lines = memory;
        result
    }

    fn of_spectrum(
        &self,
        spectrum: &[T],
        shaft: f64,
        orders: &BearingOrders,
        numbers: &mut [T],
        near: &mut Vec<T>,
    ) {
        let FaultLinesParams { slip, bins, background, harmonics, .. } = self.params;
        let mut line = |frequency: f64, bins: f64, slip: f64, background: f64| {
            let centre = frequency / self.resolution;
            rise(spectrum, centre, bins.max(slip * centre), background, near)
        };
        let mut numbers = numbers.iter_mut();
        let mut give = |value: f64| {
            if let Some(number) = numbers.next() {
                *number = T::narrow(value);
            }
        };
        for fault in FAULTS {
            for k in 1..=harmonics {
                give(line(k as f64 * fault.order(orders).0 * shaft, bins, slip, background));
            }
        }
        for (order, (count, bins, background)) in [(orders.ftf, CAGE), (1.0, SHAFT)] {
            (1..=count).for_each(|k| give(line(k as f64 * order * shaft, bins, 0.0, background)));
        }
        for fault in SIDEBANDS {
            let (order, apart) = (fault.order(orders).0, fault.sideband(orders).map_or(0.0, |order| order.0));
            let mut side = |order: f64| line(order * shaft, bins, slip, background);
            give(side(order - apart).max(side(order + apart)));
        }
    }
}

/// `log10` of the largest bin within `tolerance` of `centre` over the median within `background` more; 0 where the
/// spectrum ends before the line or is silent there.
fn rise<T: Sample>(spectrum: &[T], centre: f64, tolerance: f64, background: f64, near: &mut Vec<T>) -> f64 {
    let around = |reach: f64| {
        let start = (centre - reach).ceil().max(1.0) as usize;
        let last = (centre + reach).floor().min(spectrum.len() as f64 - 1.0);
        if last < start as f64 { &[][..] } else { &spectrum[start..=last as usize] }
    };
    if !centre.is_finite() {
        return 0.0;
    }
    let largest = around(tolerance).iter().map(|line| line.widen()).fold(0.0, f64::max);
    let neighbours = around(tolerance + background);
    if neighbours.is_empty() || largest <= 0.0 {
        return 0.0;
    }
    let near = first(near, neighbours.len());
    near.copy_from_slice(neighbours);
    let by_size = |a: &T, b: &T| a.widen().total_cmp(&b.widen());
    let (below, upper, _) = near.select_nth_unstable_by(neighbours.len() / 2, by_size);
    let upper = upper.widen();
    let lower = match neighbours.len() % 2 {
        1 => upper,
        _ => below.iter().map(|line| line.widen()).fold(0.0, f64::max),
    };
    let median = 0.5 * (lower + upper);
    if median > 0.0 { (largest / median).log10() } else { 0.0 }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    #[test]
    fn a_line_is_measured_against_the_median_round_it_and_nothing_is_said_beyond_the_spectrum() {
        let mut spectrum = vec![1.0; 101];
        spectrum[50] = 100.0;
        let mut near = Vec::new();
        let mut rise = |spectrum: &[f64], centre| super::rise(spectrum, centre, 2.0, 20.0, &mut near);
        assert!((rise(&spectrum, 50.9) - 2.0).abs() < 1e-12);
        assert_eq!(rise(&spectrum, 60.0), 0.0);
        assert_eq!(rise(&spectrum, 400.0), 0.0);
        assert_eq!(rise(&spectrum, f64::NAN), 0.0);
        assert_eq!(rise(&[0.0; 101], 50.0), 0.0);
        // Of an even number of neighbours the median is the mean of both in the middle.
        assert!(
            (super::rise(&[0.0, 9.0, 1.0, 2.0, 4.0], 1.0, 0.0, 9.0, &mut Vec::new()) - 3f64.log10()).abs()
                < 1e-12
        );
    }
}
