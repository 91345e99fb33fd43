//! The infogram: how far the power of each band is bunched in time, and in its envelope's spectrum.
//!
//! With `e` the squared envelope of a band and `r = e/<e>`, the negentropy in time is `I_t = <r ln r>`: 0 for a
//! steady envelope, `1 - γ = 0.423` for Gaussian noise, large for impacts however seldom. With `E` the amplitudes
//! of the lines of the squared envelope's spectrum and `R = E²/<E²>`, that in frequency is `I_f = <R ln R>`: large
//! where few lines hold the power, that is, where impacts repeat. Their mean weighs both (Antoni 2016, "The
//! infogram: entropic evidence of the signature of repetitive transients", MSSP 74, 73-94,
//! doi 10.1016/j.ymssp.2015.04.034; recalled, not compared number by number).
//!
//! Ours: ideal bands of the kurtogram's tree, as in `fft_kurtogram.rs`; natural logarithms; in `I_f` the lines
//! from `rate/len` up to the band's width, without the mean.
//!
//! The transform takes the record as one period, in which the jump from its end to its start is an impact. So a share
//! of the record at each end is tapered by `w`, half a cosine, and `I_t` is taken over the part where `w = 1`. For
//! `I_f` the squared envelope of the tapered record is kept whole, less `w²` times its mean over that part: what swings
//! around the mean runs out smoothly, so no edge adds lines, and their spacing and number stay (a line is `1/(1-taper)`
//! as wide). With `taper = 0` nothing is tapered and all of the record counts.
//!
//! Traps. A single spike has the largest `I_t`, and hardly any `I_f`; a steady pair of tones has a large `I_f` and no
//! impact, as does any machine with modulation by its shaft: neither knows what repeats. An impact within the tapered
//! ends counts little or not at all.

use serde::{Deserialize, Serialize};

use crate::band::band_tree::{BandMap, BandTree};
use crate::band::end_taper::{EndTaper, USUAL_TAPER};
use crate::band::fft_kurtogram::TreeBands;
use crate::error::{Result, check_len};
use crate::sample::Sample;
use crate::scratch::{Scratch, first};
use crate::units::Hertz;

const TRANSFORM: &str = "infogram";

/// Parameters of an infogram.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct InfogramParams {
    /// Levels: the narrowest bands are `rate / 2^(levels+1)` wide. At most the base-2 logarithm of the
    /// length (rounded down) less 7. As many as that allows, up to 7, unless said.
    pub levels: Option<u32>,
    /// Share of the record at each end that is tapered by half a cosine, 0 to 0.4; 0 takes the record as one period as
    /// it is. 0.05 unless said.
    pub taper: f64,
}

impl Default for InfogramParams {
    fn default() -> Self {
        Self { levels: None, taper: USUAL_TAPER }
    }
}

/// The three maps of an infogram, in nats.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Infogram {
    /// Negentropy of the squared envelope, in nats.
    pub time: BandMap,
    /// Negentropy of the squared envelope's spectrum, in nats.
    pub frequency: BandMap,
    /// Mean of both.
    pub average: BandMap,
}

impl InfogramParams {
    /// A plan for `len` samples at `rate`.
    ///
    /// # Errors
    /// [`Error::Frequency`](crate::Error::Frequency) when the rate is not a finite number above 0;
    /// [`Error::Parameter`](crate::Error::Parameter) when the record is shorter than 256 samples, or too short
    /// for so many levels (it names the most there can be), or the taper lies outside its range.
    pub fn plan<T: Sample>(&self, rate: Hertz, len: usize) -> Result<InfogramPlan<T>> {
        let tree = BandTree::of_record(TRANSFORM, rate, len, self.levels)?;
        Ok(InfogramPlan { bands: TreeBands::new(tree, EndTaper::new(TRANSFORM, self.taper, len)?, len)? })
    }
}

/// The infogram of records of one length.
#[derive(Debug, Clone)]
pub struct InfogramPlan<T: Sample> {
    bands: TreeBands<T>,
}

impl<T: Sample> InfogramPlan<T> {
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

    /// Empty maps for [`process`](Self::process).
    #[must_use]
    pub fn maps(&self) -> Infogram {
        let map = BandMap::new(self.tree());
        Infogram { time: map.clone(), frequency: map.clone(), average: map }
    }

    /// The infogram of `input` (`len` samples) in `output`, whose maps become ones of this plan's tree. Bands
    /// without power have 0. Allocates nothing when `output` was such before and the scratch is warm.
    ///
    /// # Errors
    /// [`Error::Length`](crate::Error::Length) when the input has another length,
    /// [`Error::Parameter`](crate::Error::Parameter) when a sample is NaN or infinite.
    pub fn process(&self, input: &[T], output: &mut Infogram, scratch: &mut Scratch<T>) -> Result<()> {
        check_len("input of the infogram", self.len(), input.len())?;
        let time = output.time.of(self.tree());
        let frequency = output.frequency.of(self.tree());
        let average = output.average.of(self.tree());
        self.bands.for_each(TRANSFORM, input, scratch, |band, envelope, scratch| {
            let at = band.place;
            (time[at], frequency[at]) = (0.0, 0.0);
            if let Some(squared) = envelope {
                let inner = &squared[band.inner];
                let mean = inner.iter().map(|e| e.widen()).sum::<f64>() / inner.len() as f64;
                if mean > band.least {
                    time[at] = negentropy(inner.iter().map(|e| e.widen() / mean));
                    self.bands.taper.subtract_squared(squared, mean);
                    let mut lines = std::mem::take(&mut scratch.record);
                    let amplitudes = first(&mut lines, band.bins.count());
                    let result = band.base.lines(squared, amplitudes, scratch);
                    // In terms of the mean, so that squares neither overflow nor vanish.
                    frequency[at] = negentropy(amplitudes[1..].iter().map(|a| (a.widen() / mean).powi(2)));
                    scratch.record = lines;
                    result?;
                }
            }
            average[at] = 0.5 * (time[at] + frequency[at]);
            Ok(())
        })
    }
}

/// `<r ln r>` of `r = value / <value>`; 0 when all are 0.
fn negentropy(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0);
    for value in values.clone() {
        sum += value;
        count += 1.0;
    }
    // Rounding leaves less than this of a steady envelope's lines.
    if sum <= 1e-24 * count {
        return 0.0;
    }
    let mean = sum / count;
    let terms = values.filter(|value| *value > 0.0).map(|value| value / mean * (value / mean).ln());
    (terms.sum::<f64>() / count).max(0.0)
}
