//! The fast kurtogram: how impulsive a record is in each band of a tree, by the field's filter bank.
//!
//! For each band the filter bank of Antoni (2007, doi 10.1016/j.ymssp.2005.12.002) gives a decimated complex
//! signal `z`, and its value is `K = max(0, <|z - z̄|⁴> / <|z - z̄|²>² - 2)`: 0 for stationary Gaussian noise,
//! large where power comes in bursts. Level 0 is the record itself, real, with 3 in place of 2. The filters
//! and what is left out at their start are in `filter_bank.rs`; they follow the published code, as the
//! golden vectors restate it.
//!
//! Three things differ from that code, none of which an ordinary record shows. A band counts as empty (`K = 0`)
//! when its power is below 2.2e-16 of the record's (1e-12 in `f32`), not below 2.2e-16 absolute: the values do
//! not depend on the unit. Bands of the ternary rows are thirds exactly, where the code rounds 1.585. A
//! record that is constant but for rounding has `K = 0` everywhere.
//!
//! Traps. One electrical spike is more impulsive than any bearing and wins, often in a wide band: look at the
//! record's own kurtosis, and choose by periodicity instead ([`CombGramPlan`](crate::band::CombGramPlan)). A
//! band of level `L` has `len/2^L` samples, and the estimate's spread for noise is about `sqrt(4·2^L/len)`: deep
//! levels win by chance, and more bands are tried there. Slow impacts that follow each other within the band's
//! own ringing (`1/bandwidth`) look steady.

use serde::{Deserialize, Serialize};

use crate::band::band_tree::{BandMap, BandTree};
use crate::band::filter_bank::FilterBank;
use crate::band::{gain, peak};
use crate::error::{Result, check_len};
use crate::sample::Sample;
use crate::scratch::Scratch;
use crate::units::Hertz;

/// Parameters of a fast kurtogram.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FastKurtogramParams {
    /// Levels: the narrowest bands are `rate / 2^(levels+1)` wide. At most the base-2 logarithm of the
    /// length (rounded down) less 7. As many as that allows, up to 7, unless said.
    pub levels: Option<u32>,
}

impl FastKurtogramParams {
    /// A plan for `len` samples at `rate`.
    ///
    /// # Errors
    /// [`Error::Frequency`](crate::Error::Frequency) when the rate is not a finite number above 0;
    /// [`Error::Parameter`](crate::Error::Parameter) when the record is shorter than 256 samples, or too short
    /// for so many levels; it names the most there can be.
    pub fn plan<T: Sample>(&self, rate: Hertz, len: usize) -> Result<FastKurtogramPlan<T>> {
        let tree = BandTree::of_record("fast kurtogram", rate, len, self.levels)?;
        Ok(FastKurtogramPlan { bank: FilterBank::new(tree, len) })
    }
}

/// The fast kurtogram of records of one length.
///
/// ```
/// use brinell_signal::{Hertz, Scratch, band::FastKurtogramParams};
/// // Bursts of 2.6 kHz in noise, at 12 kHz.
/// let turn = |n: usize, hertz: f64| std::f64::consts::TAU * hertz * n as f64 / 12_000.0;
/// let burst = |n: usize| (-((n % 240) as f64) / 12.0).exp() * turn(n, 2600.0).sin();
/// let mut noise = 1_u64;
/// let record: Vec<f64> = (0..8192)
///     .map(|n| {
///         noise = noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
///         (noise >> 40) as f64 / 8_388_608.0 - 1.0 + 4.0 * burst(n)
///     })
///     .collect();
/// let plan = FastKurtogramParams { levels: Some(3) }.plan(Hertz(12_000.0), record.len())?;
/// let mut kurtogram = plan.map();
/// plan.process(&record, &mut kurtogram, &mut Scratch::new())?;
/// let best = kurtogram.best().band;
/// assert!(best.low.0 < 2600.0 && best.high.0 > 2600.0, "{best:?}");
/// # Ok::<(), brinell_signal::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct FastKurtogramPlan<T: Sample> {
    bank: FilterBank<T>,
}

impl<T: Sample> FastKurtogramPlan<T> {
    /// Samples of the record.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "a plan is never empty")]
    pub fn len(&self) -> usize {
        self.bank.len()
    }

    /// The tree of bands.
    #[must_use]
    pub fn tree(&self) -> BandTree {
        self.bank.tree()
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
        check_len("input of the fast kurtogram", self.len(), input.len())?;
        let values = output.of(self.tree());
        values.fill(0.0);
        if let Some(gain) = gain(peak("fast kurtogram", input)?) {
            self.bank.kurtosis(input, gain, values, &mut scratch.kurtogram);
        }
        Ok(())
    }
}
