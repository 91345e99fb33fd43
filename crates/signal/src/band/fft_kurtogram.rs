//! The FFT kurtogram: the tree of bands of the fast kurtogram with ideal bands in place of its filters.
//!
//! For each band the one-sided bins `low <= f < high` of the whole record's spectrum are moved to base band, and
//! the value is `K = max(0, <|a|⁴> / <|a|²>² - 2)` of the analytic signal `a` they make, for level 0 as for all
//! others. This is **another estimator** than the fast kurtogram, with other numbers: its bands do not overlap and
//! have no flanks, the mean of `a` is not removed (the record's is), averages are those of the continuous envelope,
//! and level 0 looks at the envelope, not at the real samples.
//!
//! The transform takes the record as one period, in which the jump from its end to its start is an impact in every
//! band. So a share of the record at each end is tapered, and averages are over the part where the taper is 1: of
//! Gaussian noise the expected value is still 0. With `taper = 0` nothing is tapered and all of the record counts.
//!
//! Traps. An ideal band rings: an impact's envelope is a sinc, `1/bandwidth` wide, with slow flanks. An impact within
//! the tapered ends does not count. A strong tone within some `1/taper` lines of a band's edge leaves part of itself in
//! the neighbour, strongest near the ends. All traps of the fast kurtogram hold.
//!
//! The tree is that of Antoni 2007 (doi 10.1016/j.ymssp.2005.12.002); the estimator on ideal bands is this crate's own.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::band::band_tree::{BandMap, BandTree};
use crate::band::end_taper::{EndTaper, USUAL_TAPER};
use crate::band::ideal_band::{BaseBand, InnerBins, spectrum_of};
use crate::band::{gain, peak};
use crate::error::{Result, check_len};
use crate::fourier::fft::RealFft;
use crate::sample::Sample;
use crate::scratch::{Scratch, first};
use crate::units::Hertz;

const TRANSFORM: &str = "FFT kurtogram";

/// Parameters of an FFT kurtogram.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FftKurtogramParams {
    /// Levels: the narrowest bands are `rate / 2^(levels+1)` wide. At most the base-2 logarithm of the
    /// length (rounded down) less 7. As many as that allows, up to 7, unless said.
    pub levels: Option<u32>,
    /// Share of the record at each end that is tapered by half a cosine and left out of the averages, 0 to 0.4; 0 takes
    /// the record as one period as it is. 0.05 unless said.
    pub taper: f64,
}

impl Default for FftKurtogramParams {
    fn default() -> Self {
        Self { levels: None, taper: USUAL_TAPER }
    }
}

impl FftKurtogramParams {
    /// A plan for `len` samples at `rate`.
    ///
    /// # Errors
    /// [`Error::Frequency`](crate::Error::Frequency) when the rate is not a finite number above 0;
    /// [`Error::Parameter`](crate::Error::Parameter) when the record is shorter than 256 samples, or too short
    /// for so many levels (it names the most there can be), or the taper lies outside its range.
    pub fn plan<T: Sample>(&self, rate: Hertz, len: usize) -> Result<FftKurtogramPlan<T>> {
        let tree = BandTree::of_record(TRANSFORM, rate, len, self.levels)?;
        Ok(FftKurtogramPlan { bands: TreeBands::new(tree, EndTaper::new(TRANSFORM, self.taper, len)?, len)? })
    }
}

/// The FFT kurtogram of records of one length.
#[derive(Debug, Clone)]
pub struct FftKurtogramPlan<T: Sample> {
    bands: TreeBands<T>,
}

impl<T: Sample> FftKurtogramPlan<T> {
    /// Samples of the record.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "a plan is never empty")]
    pub fn len(&self) -> usize {
        self.bands.record.len()
    }

    /// The tree of bands.
    #[must_use]
    pub fn tree(&self) -> BandTree {
        self.bands.tree
    }

    /// An empty map for [`process`](Self::process).
    #[must_use]
    pub fn map(&self) -> BandMap {
        BandMap::new(self.tree())
    }

    /// The kurtosis of every band of `input` (`len` samples), without unit, in `output`, which becomes a map of
    /// this plan's tree. Allocates nothing when `output` was one before and the scratch is warm.
    ///
    /// # Errors
    /// [`Error::Length`](crate::Error::Length) when the input has another length,
    /// [`Error::Parameter`](crate::Error::Parameter) when a sample is NaN or infinite.
    pub fn process(&self, input: &[T], output: &mut BandMap, scratch: &mut Scratch<T>) -> Result<()> {
        check_len("input of the FFT kurtogram", self.len(), input.len())?;
        let values = output.of(self.tree());
        self.bands.for_each(TRANSFORM, input, scratch, |band, envelope, _| {
            values[band.place] = envelope.map_or(0.0, |squared| kurtosis(&squared[band.inner], band.least));
            Ok(())
        })
    }
}

/// `<e²>/<e>² - 2` of a squared envelope, at least 0.
fn kurtosis<T: Sample>(squared: &[T], least: f64) -> f64 {
    let (mut power, mut fourth) = (0.0, 0.0);
    for e in squared {
        let e = e.widen();
        power += e;
        fourth += e * e;
    }
    let count = squared.len() as f64;
    if power / count <= least {
        return 0.0;
    }
    (fourth * count / (power * power) - 2.0).max(0.0)
}

/// A band of a tree on its way.
pub(crate) struct TreeBand<'a, T: Sample> {
    /// Place in the list of all bands.
    pub(crate) place: usize,
    pub(crate) base: &'a BaseBand<T>,
    pub(crate) bins: InnerBins,
    /// Of the squared envelope what the taper leaves as it was.
    pub(crate) inner: Range<usize>,
    /// Mean of the squared envelope below which it is nothing but rounding.
    pub(crate) least: f64,
}

/// Ideal bands of a tree, their squared envelopes one after the other.
#[derive(Debug, Clone)]
pub(crate) struct TreeBands<T: Sample> {
    pub(crate) tree: BandTree,
    pub(crate) record: RealFft<T>,
    pub(crate) taper: EndTaper,
    /// For each row the way back, and for each of its bands the bins.
    rows: Vec<(BaseBand<T>, Vec<InnerBins>)>,
}

impl<T: Sample> TreeBands<T> {
    pub(crate) fn new(tree: BandTree, taper: EndTaper, len: usize) -> Result<Self> {
        let rows = (0..tree.rows())
            .map(|row| {
                let bins: Vec<_> = (0..tree.bands(row))
                    .filter_map(|index| tree.band(row, index))
                    .map(|band| InnerBins::new(tree.rate(), len, band.edges()))
                    .collect();
                let most = bins.iter().map(|bins| bins.count()).max().unwrap_or(1);
                Ok((BaseBand::new(most)?, bins))
            })
            .collect::<Result<_>>()?;
        Ok(Self { tree, record: RealFft::new(len)?, taper, rows })
    }

    /// Samples of the longest squared envelope.
    fn longest(&self) -> usize {
        self.rows.iter().map(|(base, _)| base.len()).max().unwrap_or(0)
    }

    /// Calls `of` with each band and its squared envelope (none when the record is constant).
    pub(crate) fn for_each(
        &self,
        transform: &'static str,
        input: &[T],
        scratch: &mut Scratch<T>,
        mut of: impl FnMut(TreeBand<'_, T>, Option<&mut [T]>, &mut Scratch<T>) -> Result<()>,
    ) -> Result<()> {
        let mut kept = (std::mem::take(&mut scratch.spectrum), std::mem::take(&mut scratch.values));
        let spectrum = first(&mut kept.0, self.record.bins());
        let squared = first(&mut kept.1, self.longest());
        let mut work = || {
            let least = match gain(peak(transform, input)?) {
                Some(gain) => spectrum_of(&self.record, input, gain, &self.taper, spectrum, scratch)?,
                None => None,
            };
            let bands =
                self.rows.iter().flat_map(|(base, bands)| bands.iter().map(move |band| (base, *band)));
            for (place, (base, bins)) in bands.enumerate() {
                let inner = self.taper.inner(base.len());
                let band = TreeBand { place, base, bins, inner, least: least.unwrap_or_default() };
                if least.is_none() {
                    of(band, None, scratch)?;
                    continue;
                }
                let squared = &mut squared[..base.len()];
                base.squared_envelope(spectrum, self.record.len(), bins, squared, scratch)?;
                of(band, Some(squared), scratch)?;
            }
            Ok(())
        };
        let result = work();
        (scratch.spectrum, scratch.values) = kept;
        result
    }
}
