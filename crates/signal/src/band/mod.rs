//! Where in the spectrum the impacts ring: kurtograms and what chooses by periodicity.
//!
//! | file | what it says of a band |
//! |---|---|
//! | `spectral_kurtosis.rs` | how impulsive each frequency of a short-time Fourier transform is |
//! | `fast_kurtogram.rs`, `filter_bank.rs` | the same over a tree of bands, by the field's filter bank |
//! | `fft_kurtogram.rs` | another estimator over the same tree, with ideal bands |
//! | `infogram.rs` | how far power is bunched in time, and in the envelope's spectrum |
//! | `protrugram.rs` | whether lines stand out of the envelope's spectrum, band by sliding band |
//! | `comb_gram.rs` | whether the lines of given fault orders stand out there |
//! | `comb_score.rs` | the textbook score of one comb of lines, with its doubtful p-value |
//! | `band_tree.rs` | the tree of bands and a value for each |
//! | `ideal_band.rs` | a band by FFT |
//! | `end_taper.rs` | a taper over the record's ends, so that their jump is no impact |
//! | `filter_kernels.rs`, `lane_moments.rs`, `pair.rs` | the inner loops, on vectors of either number type |
//!
//! Whatever chooses a band by looking for a fault in it is a selection: a test of significance that follows
//! has to repeat the choice under its null, or it will find faults in noise.

pub(crate) mod band_tree;
pub(crate) mod comb_gram;
pub(crate) mod comb_score;
pub(crate) mod end_taper;
pub(crate) mod fast_kurtogram;
pub(crate) mod fft_kurtogram;
pub(crate) mod filter_bank;
pub(crate) mod filter_kernels;
pub(crate) mod ideal_band;
pub(crate) mod infogram;
pub(crate) mod lane_moments;
pub(crate) mod pair;
pub(crate) mod protrugram;
pub(crate) mod spectral_kurtosis;

pub use band_tree::{Band, BandCell, BandMap, BandTree};
pub use comb_gram::{CombBands, CombGram, CombGramParams, CombGramPlan};
pub use comb_score::{CombHarmonic, CombScore, CombScoreParams};
pub use fast_kurtogram::{FastKurtogramParams, FastKurtogramPlan};
pub use fft_kurtogram::{FftKurtogramParams, FftKurtogramPlan};
pub use infogram::{Infogram, InfogramParams, InfogramPlan};
pub use protrugram::{ProtrugramParams, ProtrugramPlan};
pub use spectral_kurtosis::{SpectralKurtosisParams, SpectralKurtosisPlan};

use crate::error::{Error, Result};
use crate::sample::Sample;

/// Largest magnitude in `input`.
///
/// # Errors
/// [`Error::Parameter`] when a sample is NaN or infinite.
pub(crate) fn peak<T: Sample>(transform: &'static str, input: &[T]) -> Result<T> {
    const LANES: usize = 16;
    // What is no number leaves none when multiplied by 0. Plain loops, which become vectors.
    let (mut largest, mut spoilt) = ([T::zero(); LANES], [T::zero(); LANES]);
    let (blocks, rest) = input.as_chunks::<LANES>();
    for block in blocks {
        for lane in 0..LANES {
            let size = block[lane].abs();
            largest[lane] = if size > largest[lane] { size } else { largest[lane] };
            spoilt[lane] = spoilt[lane] + block[lane] * T::zero();
        }
    }
    let mut peak = rest.iter().fold(T::zero(), |peak, x| peak.max(x.abs()));
    for size in largest {
        peak = peak.max(size);
    }
    if spoilt.iter().chain(rest).any(|x| !x.is_finite()) {
        let index = input.iter().position(|x| !x.is_finite()).unwrap_or_default();
        let value = format!("{} (number {index}, counted from 0)", input[index].widen());
        let reason = "every sample has to be a finite number: cut the damaged stretch out";
        return Err(Error::parameter(transform, "sample", value, reason));
    }
    Ok(peak)
}

/// What brings a record whose largest magnitude is `peak` to about 1, so that fourth powers neither overflow
/// nor vanish; none for a record of zeros, or of numbers so small that they are no signal.
pub(crate) fn gain<T: Sample>(peak: T) -> Option<T> {
    (peak >= T::min_positive_value()).then(|| peak.recip())
}
