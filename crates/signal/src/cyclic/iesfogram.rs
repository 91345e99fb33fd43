//! IESFOgram: the band of carriers whose enhanced envelope spectrum shows given orders best.
//!
//! ```text
//! score(band, order) = mean over harmonics h = 1..H of
//!     max of EES_band within ±width of h·order·shaft  /  local median of EES_band around it
//! ```
//! Bands are halves and thirds, as in a kurtogram: 1, 2, 3, 4, 6, 8, 12 .. equal parts of the range from 0 to half the
//! rate. Where a kurtogram asks which band is impulsive, this asks which band repeats at the frequencies of the
//! bearing, so knocks do not mislead it (Mauricio, Smith, Randall, Antoni and Gryllias 2020,
//! doi 10.1016/j.ymssp.2020.106891).
//!
//! Trap: the best of many bands is high by chance. A score is evidence only beside the scores of control orders from
//! the same record, found by the same search.

use serde::{Deserialize, Serialize};

use crate::cyclic::CyclicMemory;
use crate::cyclic::fast_spectral_correlation::FastSpectralCorrelationParams;
use crate::cyclic::rows::CarrierRows;
use crate::error::{Error, Result, check_len};
use crate::fourier::floor::running_median;
use crate::sample::Sample;
use crate::scratch::{Scratch, first};
use crate::units::{Hertz, Order};

const NAME: &str = "IESFOgram";

/// Parameters of the search for a band.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IesfogramParams {
    /// How coherence is estimated. Its highest cyclic frequency limits the harmonics.
    pub coherence: FastSpectralCorrelationParams,
    /// How often the range is halved: parts of 1, 2, 3, 4, 6 .. `2^levels`. 4 unless said; at most 10. Parts
    /// narrower than 4 carriers are left out.
    pub levels: usize,
    /// Harmonics of each order, as far as the highest cyclic frequency reaches. 3 unless said.
    pub harmonics: usize,
    /// Half the width searched around a harmonic, relative to it, at least one line. 0.01 unless said.
    pub half_width: f64,
    /// Lines on either side that the local median is taken of. 40 unless said.
    pub floor: usize,
}

impl Default for IesfogramParams {
    fn default() -> Self {
        Self {
            coherence: FastSpectralCorrelationParams::default(),
            levels: 4,
            harmonics: 3,
            half_width: 0.01,
            floor: 40,
        }
    }
}

/// One band of carriers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CarrierBand {
    /// Lowest carrier.
    pub low: Hertz,
    /// Highest carrier.
    pub high: Hertz,
    /// Into how many equal parts the range was cut.
    pub parts: usize,
    first: usize,
    end: usize,
}

/// The best band.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChosenBand {
    /// Its index among [`IesfogramPlan::bands`].
    pub band: usize,
    /// Index of the order that it shows best.
    pub order: usize,
    /// Its score for that order: harmonics over their local median; 0 where nothing repeats.
    pub score: f64,
}

impl IesfogramParams {
    /// A plan for `len` samples at `rate`.
    ///
    /// # Errors
    /// As [`FastSpectralCorrelationParams::plan`]; [`Error::Parameter`] when there are no harmonics, more than 10
    /// levels, the half-width does not lie in 0 to 0.2 or the local median is taken of nothing.
    pub fn plan<T: Sample>(&self, rate: Hertz, len: usize) -> Result<IesfogramPlan<T>> {
        let rows = self.coherence.rows::<T>(rate, len)?;
        let refuse = |parameter, value: f64, reason| Err(Error::parameter(NAME, parameter, value, reason));
        if self.harmonics == 0 {
            return refuse("harmonics", 0.0, "at least 1 is needed");
        }
        if self.levels > 10 {
            return refuse("levels", self.levels as f64, "at most 10 are searched");
        }
        if !(0.0..=0.2).contains(&self.half_width) {
            return refuse("half_width", self.half_width, "it has to lie in 0 to 0.2");
        }
        if self.floor == 0 {
            return refuse("floor", 0.0, "at least 1 line on either side is needed");
        }
        let mut parts = vec![1];
        for level in 1..=self.levels {
            parts.push(1 << level);
            if level < self.levels {
                parts.push(3 << (level - 1));
            }
        }
        parts.sort_unstable();
        let mut bands = Vec::new();
        // All parts of one width or none, so that the bands are the rows of a tree.
        for parts in parts.into_iter().filter(|parts| rows.bins() / parts >= 4 || *parts == 1) {
            for part in 0..parts {
                let (first, end) = (part * rows.bins() / parts, (part + 1) * rows.bins() / parts);
                let (low, high) = (rows.frequency(first), rows.frequency(end - 1));
                bands.push(CarrierBand { low, high, parts, first, end });
            }
        }
        Ok(IesfogramPlan { rows, params: *self, bands })
    }
}

/// Searches of a band in records of one length.
#[derive(Debug, Clone)]
pub struct IesfogramPlan<T: Sample> {
    rows: CarrierRows<T>,
    params: IesfogramParams,
    bands: Vec<CarrierBand>,
}

impl<T: Sample> IesfogramPlan<T> {
    /// Samples of the record.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "a plan is never empty")]
    pub fn len(&self) -> usize {
        self.rows.len
    }

    /// The bands that are compared, widest first.
    #[must_use]
    pub fn bands(&self) -> &[CarrierBand] {
        &self.bands
    }

    /// The highest carrier: half the sampling rate where a frame is even.
    #[must_use]
    pub fn highest_carrier(&self) -> Hertz {
        self.rows.frequency(self.rows.bins() - 1)
    }

    /// Lines of the enhanced envelope spectrum.
    #[must_use]
    pub fn spectrum_len(&self) -> usize {
        self.rows.lines
    }

    /// Cyclic frequency of line `line`.
    #[must_use]
    pub fn cyclic_frequency(&self, line: usize) -> Hertz {
        self.rows.cyclic_frequency(line)
    }

    /// The score of every band for every order in `scores`, row-major `bands × orders`, and the enhanced envelope
    /// spectrum of the best band in `spectrum` ([`spectrum_len`](Self::spectrum_len)). Of equal scores the wider band,
    /// then the earlier order is taken.
    ///
    /// # Errors
    /// [`Error::Length`] when a slice has another length; [`Error::Frequency`] when the shaft's speed is not a
    /// finite number above 0; [`Error::Parameter`] when there is no order, one is not a number above 0 or beyond the
    /// highest cyclic frequency, or a sample is not finite.
    pub fn process(
        &self,
        input: &[T],
        (orders, shaft): (&[Order], Hertz),
        scores: &mut [f64],
        spectrum: &mut [T],
        scratch: &mut Scratch<T>,
    ) -> Result<ChosenBand> {
        if orders.is_empty() {
            return Err(Error::parameter(NAME, "orders", "none", "at least one is needed"));
        }
        if !shaft.is_positive() {
            let reason = "it has to be a finite number above 0".to_owned();
            return Err(Error::Frequency { what: "shaft speed", value: shaft.0, reason });
        }
        let last = self.rows.cyclic_frequency(self.rows.lines - 1);
        for order in orders {
            let frequency = order.at(shaft);
            if !frequency.is_positive() || frequency.0 > last.0 {
                let reason = format!("at {shaft} it lies outside the cyclic frequencies, 0 to {last}");
                return Err(Error::parameter(NAME, "orders", order.0, &reason));
            }
        }
        check_len("scores of the IESFOgram", self.bands.len() * orders.len(), scores.len())?;
        check_len("spectrum of the IESFOgram", self.spectrum_len(), spectrum.len())?;
        let mut cumulated = std::mem::take(&mut scratch.cyclic.cumulated);
        let result = self.search(input, (orders, shaft), (scores, spectrum), &mut cumulated, scratch);
        scratch.cyclic.cumulated = cumulated;
        result
    }

    fn search(
        &self,
        input: &[T],
        (orders, shaft): (&[Order], Hertz),
        (scores, spectrum): (&mut [f64], &mut [T]),
        cumulated: &mut Vec<f64>,
        scratch: &mut Scratch<T>,
    ) -> Result<ChosenBand> {
        let lines = self.rows.lines;
        // Row k: sums of |γ|² over the carriers below k.
        let sums = first(cumulated, (self.rows.bins() + 1) * lines);
        sums[..lines].fill(0.0);
        self.rows.process(input, true, scratch, |k, row| {
            let (below, this) = sums[k * lines..].split_at_mut(lines);
            for ((this, below), value) in this.iter_mut().zip(below).zip(row) {
                *this = *below + value.norm_sqr();
            }
        })?;
        let sums = &*sums;
        let mean = |band: &CarrierBand, line: usize| {
            (sums[band.end * lines + line] - sums[band.first * lines + line]) / (band.end - band.first) as f64
        };
        let Scratch { cyclic: CyclicMemory { lines: memory, .. }, median, .. } = scratch;
        let (shown, floor) = first(memory, 2 * lines).split_at_mut(lines);
        let mut chosen = ChosenBand { band: 0, order: 0, score: -1.0 };
        for (index, band) in self.bands.iter().enumerate() {
            shown.iter_mut().enumerate().for_each(|(line, value)| *value = mean(band, line));
            running_median(shown, self.params.floor, floor, median)?;
            for (order, score) in scores[index * orders.len()..][..orders.len()].iter_mut().enumerate() {
                *score = self.score(shown, floor, orders[order].at(shaft));
                if *score > chosen.score {
                    chosen = ChosenBand { band: index, order, score: *score };
                }
            }
        }
        let best = &self.bands[chosen.band];
        spectrum.iter_mut().enumerate().for_each(|(line, value)| *value = T::narrow(mean(best, line)));
        Ok(chosen)
    }

    fn score(&self, shown: &[f64], floor: &[f64], frequency: Hertz) -> f64 {
        let step = self.rows.cyclic_step().0;
        let (mut sum, mut count) = (0.0, 0);
        for harmonic in 1..=self.params.harmonics {
            let place = harmonic as f64 * frequency.0 / step;
            let centre = place.round() as usize;
            if centre >= shown.len() {
                break;
            }
            let reach = ((place * self.params.half_width).ceil() as usize).max(1);
            let range = centre.saturating_sub(reach).max(1)..(centre + reach + 1).min(shown.len());
            let ratio = |line: usize| if floor[line] > 0.0 { shown[line] / floor[line] } else { 0.0 };
            sum += range.map(ratio).fold(0.0, f64::max);
            count += 1;
        }
        if count > 0 { sum / f64::from(count) } else { 0.0 }
    }
}
