//! The comb-gram: in which band the lines of a given fault stand out.
//!
//! For each band of a set, the squared-envelope spectrum of the ideal band; its floor, the running median of its
//! amplitudes over `2·half_width + 1` lines; and for each candidate order the score
//! ```text
//! score = 1/H Σ_{h=1..H} clamp( max over lines within ±tolerance·h·f of log10(line/floor), -1, 3 )
//! ```
//! Harmonics beyond the band's width, where its envelope has no lines, add 0. 0 is "as the floor"; noise scores
//! a few tenths, the more the wider the tolerance; a clear fault 1 and more. Unlike a kurtogram it
//! asks for the period that is expected, so one spike, whose envelope spectrum is smooth, does not mislead it,
//! nor another machine's rhythm. It is this project's own, in the spirit of selectors that use periodicity
//! (IESFOgram: Mauricio et al. 2020, doi 10.1016/j.ymssp.2020.106891; recalled).
//!
//! **Choosing the best band by this score is a selection.** The largest score over B bands, and over every
//! candidate tried, is large by chance: a test of significance has to repeat the whole choice under its null
//! (score control orders over the same bands and take each one's best as well). [`CombGramPlan::process`] takes any
//! list of orders so that controls can be scored in the same run.
//!
//! Traps. A fault order near a shaft harmonic scores whatever modulates by the shaft. With few lines between
//! harmonics (records shorter than some 20 shaft turns) the tolerance reaches neighbours. The record is taken as
//! one period, at one speed: the jump from its end to its start is an impact, which raises the floor, not the comb, of
//! a band where little else is, and so hides a weak fault. High-pass filter a record with a strong slow tone first.

use crate::counted::counted;
use serde::{Deserialize, Serialize};

use crate::band::band_tree::{BandMap, BandTree};
use crate::band::comb_score::CombScoreParams;
use crate::band::end_taper::EndTaper;
use crate::band::ideal_band::{BaseBand, InnerBins, check_band, spectrum_of};
use crate::band::{gain, peak};
use crate::bare_word::bare_words;
use crate::error::{Error, Result, check_len};
use crate::fourier::fft::RealFft;
use crate::fourier::floor::{FLOOR_HALF_WIDTH, running_median};
use crate::kinematics::FaultKind;
use crate::pipeline::Context;
use crate::sample::Sample;
use crate::scratch::{Scratch, first};
use crate::units::{Hertz, Order};

/// Decades that one harmonic can add at least and at most.
const LEAST: f64 = -1.0;
const MOST: f64 = 3.0;
/// Fewest bins of a band.
const FEWEST: usize = 4;

/// The bands that a comb-gram compares.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self", rename_all = "kebab-case", deny_unknown_fields)]
pub enum CombBands {
    /// The kurtogram's tree, of so many levels; as many as the length allows, up to 7, when none is said.
    Tree {
        /// The last level.
        levels: Option<u32>,
    },
    /// So many bands of equal width, side by side, 1 to 4096.
    Uniform {
        /// Their number.
        count: usize,
    },
    /// Bands of one's own, each `low <= f < high`.
    List(Vec<(Hertz, Hertz)>),
}

bare_words!(CombBands);

impl Default for CombBands {
    /// The tree, as deep as it goes.
    fn default() -> Self {
        Self::Tree { levels: None }
    }
}

/// Parameters of a comb-gram.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CombGramParams {
    /// The bands. The kurtogram's tree unless said.
    pub bands: CombBands,
    /// Harmonics. 5 unless said.
    pub harmonics: usize,
    /// Half-width of the search, relative to the harmonic's frequency. 0.02 unless said.
    pub tolerance: f64,
    /// Half-width of the floor's window in lines. 40 unless said.
    pub half_width: usize,
}

impl Default for CombGramParams {
    fn default() -> Self {
        Self { bands: CombBands::default(), harmonics: 5, tolerance: 0.02, half_width: FLOOR_HALF_WIDTH }
    }
}

impl CombGramParams {
    /// A plan for `len` samples at `rate`.
    ///
    /// # Errors
    /// [`Error::Frequency`] when the rate is not a finite number above 0; [`Error::Parameter`] when a parameter
    /// lies outside its range, a band does not rise, leaves `0..rate/2` or holds fewer than 4 bins of the
    /// record, or the record is too short for the tree.
    pub fn plan<T: Sample>(&self, rate: Hertz, len: usize) -> Result<CombGramPlan<T>> {
        const NAME: &str = "comb-gram";
        Error::check_rate(rate)?;
        let comb = CombScoreParams {
            harmonics: self.harmonics,
            tolerance: self.tolerance,
            half_width: self.half_width,
        };
        comb.check(NAME)?;
        let record = RealFft::new(len)?;
        let nyquist = rate.0 / 2.0;
        let (tree, edges): (_, Vec<_>) = match &self.bands {
            CombBands::Tree { levels } => {
                let tree = BandTree::of_record(NAME, rate, len, *levels)?;
                (Some(tree), tree.iter().map(|band| band.edges()).collect())
            }
            CombBands::Uniform { count } => {
                if !(1..=4096).contains(count) {
                    return Err(Error::parameter(NAME, "bands", count, "there have to be 1 to 4096"));
                }
                let edge = |i: usize| Hertz(nyquist * i as f64 / *count as f64);
                (None, (0..*count).map(|i| (edge(i), edge(i + 1))).collect())
            }
            CombBands::List(list) => (None, list.clone()),
        };
        if edges.is_empty() {
            return Err(Error::parameter(NAME, "bands", "none", "at least one is needed"));
        }
        let mut bases: Vec<BaseBand<T>> = Vec::new();
        let mut bands = Vec::with_capacity(edges.len());
        for band in &edges {
            check_band(NAME, "bands", rate, *band)?;
            let bins = InnerBins::new(rate, len, *band);
            if bins.count() < FEWEST {
                let value = format!("{} to {}", band.0, band.1);
                let reason = format!(
                    "it holds fewer than {FEWEST} bins of a record of {held}, which lie {} Hz apart: widen it or \
                     take a longer record",
                    rate.0 / len as f64,
                    held = counted(len, "sample")
                );
                return Err(Error::parameter(NAME, "bands", value, &reason));
            }
            // Bands of a row differ by a bin at most: they share the longer one's way back.
            let fits = |base: &BaseBand<T>| base.len() >= 2 * bins.count() && base.len() <= 3 * bins.count();
            let base = match bases.iter().position(fits) {
                Some(base) => base,
                None => {
                    bases.push(BaseBand::new(bins.count() + 1)?);
                    bases.len() - 1
                }
            };
            bands.push((base, bins));
        }
        Ok(CombGramPlan { rate, comb, tree, edges, record, bases, bands })
    }
}

/// Scores of candidate orders in every band.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CombGram {
    /// The candidates.
    pub candidates: Vec<Order>,
    /// Edges of the bands.
    pub bands: Vec<(Hertz, Hertz)>,
    /// Scores in decades, row-major: bands × candidates.
    pub scores: Vec<f64>,
    /// The tree that the bands are of, if they are of one.
    pub tree: Option<BandTree>,
}

impl CombGram {
    /// Score of a candidate (its place in the list) in a band.
    #[must_use]
    pub fn score(&self, band: usize, candidate: usize) -> f64 {
        self.scores[band * self.candidates.len() + candidate]
    }

    /// The band where a candidate scores highest, and the score; of equal ones the first. None without bands or for
    /// a candidate that is not there. A selection: see the file's head.
    #[must_use]
    pub fn best(&self, candidate: usize) -> Option<(usize, f64)> {
        if candidate >= self.candidates.len() {
            return None;
        }
        let scores = (0..self.bands.len()).map(|band| (band, self.score(band, candidate)));
        scores.reduce(|best, next| if next.1 > best.1 { next } else { best })
    }

    /// Edges of the band where a candidate scores highest.
    #[must_use]
    pub fn best_band(&self, candidate: usize) -> Option<(Hertz, Hertz)> {
        self.best(candidate).map(|(band, _)| self.bands[band])
    }

    /// A candidate's scores as a map of the tree; none when the bands are not of one.
    #[must_use]
    pub fn map(&self, candidate: usize) -> Option<BandMap> {
        let mut map = BandMap::new(self.tree?);
        if candidate >= self.candidates.len() {
            return None;
        }
        for (band, value) in map.values_mut().iter_mut().enumerate() {
            *value = self.score(band, candidate);
        }
        Some(map)
    }
}

/// The comb-gram of records of one length.
///
/// ```
/// use brinell_signal::band::{CombBands, CombGram, CombGramParams};
/// use brinell_signal::{Hertz, Order, Scratch};
/// // A burst of 3.5 kHz every 1/100 s in noise, at 12 kHz; the shaft turns at 25 Hz.
/// let turn = |n: usize, hertz: f64| std::f64::consts::TAU * hertz * n as f64 / 12_000.0;
/// let mut noise = 1_u64;
/// let record: Vec<f64> = (0..24_000)
///     .map(|n| {
///         noise = noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
///         let burst = (-((n % 120) as f64) / 20.0).exp() * turn(n, 3500.0).sin();
///         (noise >> 40) as f64 / 8_388_608.0 - 1.0 + 2.0 * burst
///     })
///     .collect();
/// let params = CombGramParams { bands: CombBands::Uniform { count: 6 }, ..CombGramParams::default() };
/// let mut scores = CombGram::default();
/// let orders = [Order(4.0), Order(2.7)];
/// let plan = params.plan(Hertz(12_000.0), record.len())?;
/// plan.process(&record, Hertz(25.0), &orders, &mut scores, &mut Scratch::new())?;
/// assert_eq!(scores.best_band(0), Some((Hertz(3000.0), Hertz(4000.0))));
/// assert!(scores.best(0).unwrap().1 > 2.0 * scores.best(1).unwrap().1);
/// # Ok::<(), brinell_signal::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct CombGramPlan<T: Sample> {
    rate: Hertz,
    comb: CombScoreParams,
    tree: Option<BandTree>,
    edges: Vec<(Hertz, Hertz)>,
    record: RealFft<T>,
    bases: Vec<BaseBand<T>>,
    /// For each band its place among the bases, and its bins.
    bands: Vec<(usize, InnerBins)>,
}

impl<T: Sample> CombGramPlan<T> {
    /// Samples of the record.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "a plan is never empty")]
    pub fn len(&self) -> usize {
        self.record.len()
    }

    /// Edges of the bands.
    #[must_use]
    pub fn bands(&self) -> &[(Hertz, Hertz)] {
        &self.edges
    }

    /// The tree that the bands are of, if they are of one.
    #[must_use]
    pub fn tree(&self) -> Option<BandTree> {
        self.tree
    }

    /// Spacing of the lines: `rate/len`.
    #[must_use]
    pub fn resolution(&self) -> Hertz {
        Hertz(self.rate.0 / self.len() as f64)
    }

    /// Scores of the four faults of a bearing, in the order of [`FaultKind::ALL`], as
    /// [`process`](Self::process).
    ///
    /// # Errors
    /// [`Error::MissingKinematics`] when the shaft's speed or the orders are not known; else as
    /// [`process`](Self::process).
    pub fn process_faults(
        &self,
        input: &[T],
        context: &Context,
        output: &mut CombGram,
        scratch: &mut Scratch<T>,
    ) -> Result<()> {
        let (shaft, orders) = context.kinematics()?;
        self.process(input, shaft, &FaultKind::ALL.map(|kind| kind.order(&orders)), output, scratch)
    }

    /// Scores of every candidate order in every band of `input` (`len` samples) while the shaft turns at `shaft`, in
    /// `output`. Bands without power score 0. Allocates nothing when `output` held as many before and the scratch
    /// is warm.
    ///
    /// # Errors
    /// [`Error::Length`] when the input has another length; [`Error::Frequency`] when the shaft's speed or a
    /// candidate's frequency is not a finite number above 0; [`Error::Parameter`] when a sample is NaN or
    /// infinite.
    pub fn process(
        &self,
        input: &[T],
        shaft: Hertz,
        candidates: &[Order],
        output: &mut CombGram,
        scratch: &mut Scratch<T>,
    ) -> Result<()> {
        check_len("input of the comb-gram", self.len(), input.len())?;
        let positive = |what, value: Hertz| {
            if value.is_positive() {
                return Ok(());
            }
            let reason = "it has to be a finite number above 0".to_owned();
            Err(Error::Frequency { what, value: value.0, reason })
        };
        positive("shaft speed", shaft)?;
        for order in candidates {
            positive("candidate's frequency", order.at(shaft))?;
        }
        let gain = gain(peak("comb-gram", input)?);
        output.tree = self.tree;
        output.candidates.clear();
        output.candidates.extend_from_slice(candidates);
        output.bands.clone_from(&self.edges);
        output.scores.clear();
        output.scores.resize(self.bands.len() * candidates.len(), 0.0);
        let (Some(gain), false) = (gain, candidates.is_empty()) else { return Ok(()) };

        // No line beyond the highest harmonic counts, nor beyond its floor's window.
        let fastest = candidates.iter().map(|order| order.at(shaft).0).fold(0.0, f64::max);
        let needed = self
            .comb
            .range(self.comb.harmonics, Hertz(fastest), self.resolution())
            .1
            .saturating_add(self.comb.half_width)
            .saturating_add(1);
        let longest = self.bases.iter().map(BaseBand::len).max().unwrap_or(0);
        let mut kept = (std::mem::take(&mut scratch.spectrum), std::mem::take(&mut scratch.values));
        let spectrum = first(&mut kept.0, self.record.bins());
        let (squared, rest) = first(&mut kept.1, 3 * longest).split_at_mut(longest);
        let (lines, floor) = rest.split_at_mut(longest);
        let mut work = || {
            let Some(least) =
                spectrum_of(&self.record, input, gain, &EndTaper::none(self.len()), spectrum, scratch)?
            else {
                return Ok(());
            };
            for ((base, bins), scores) in
                self.bands.iter().zip(output.scores.chunks_exact_mut(candidates.len()))
            {
                let base = &self.bases[*base];
                let squared = &mut squared[..base.len()];
                base.squared_envelope(spectrum, self.len(), *bins, squared, scratch)?;
                let mean = squared.iter().map(|e| e.widen()).sum::<f64>() / squared.len() as f64;
                if mean <= least {
                    continue;
                }
                let count = bins.count().min(needed);
                let (lines, floor) = (&mut lines[..count], &mut floor[..count]);
                base.lines(squared, lines, scratch)?;
                // Line 0 is the mean, which was removed: it is no part of the floor.
                running_median(&lines[1..], self.comb.half_width, &mut floor[1..], &mut scratch.median)?;
                // Rounding of the mean leaves lines of this size.
                let rounding = T::narrow(16.0 * mean) * T::epsilon();
                for floor in floor.iter_mut() {
                    *floor = floor.max(rounding);
                }
                for (score, order) in scores.iter_mut().zip(candidates) {
                    *score = self.score(lines, floor, order.at(shaft));
                }
            }
            Ok(())
        };
        let result = work();
        (scratch.spectrum, scratch.values) = kept;
        result
    }

    fn score(&self, lines: &[T], floor: &[T], fault: Hertz) -> f64 {
        let mut sum = 0.0;
        for h in 1..=self.comb.harmonics {
            let (low, high) = self.comb.range(h, fault, self.resolution());
            let low = low.max(1);
            if low >= lines.len() {
                break;
            }
            let within = low..high.saturating_add(1).clamp(low + 1, lines.len());
            let ratios = lines[within.clone()].iter().zip(&floor[within]).map(|(line, floor)| *line / *floor);
            let largest = ratios.fold(T::zero(), T::max).widen();
            sum += largest.log10().clamp(LEAST, MOST);
        }
        sum / self.comb.harmonics as f64
    }
}
