//! Cyclostationarity: what repeats in the power of each frequency.
//!
//! ```text
//! S(α, f) = < X(f) X*(f-α) >              spectral correlation: how the power at f swings with α
//! γ(α, f) = S(α, f) / sqrt(S(0, f) S(0, f-α))      coherence: the same in shares, free of the spectrum's colour
//! ```
//! `α` is the cyclic frequency (a fault's), `f` the carrier (the resonance that it excites). A bearing fault
//! shows as lines at multiples of its frequency over a band of carriers.
//!
//! | estimator | for |
//! |---|---|
//! | [`CyclicCoherenceParams`] | a few cyclic frequencies, each exactly |
//! | [`FastSpectralCorrelationParams`] | the whole map up to a highest cyclic frequency |
//! | [`EnhancedEnvelopeParams`] | the map summed over a band of carriers: a spectrum of modulation |
//! | [`IesfogramParams`] | which band of carriers shows given orders best |

mod rows;

pub(crate) mod coherence;
pub(crate) mod enhanced_envelope;
pub(crate) mod fast_spectral_correlation;
pub(crate) mod iesfogram;

pub use coherence::{CyclicCoherenceParams, CyclicCoherencePlan};
pub use enhanced_envelope::{
    EnhancedEnvelopeParams, EnhancedEnvelopePlan, EnhancedMeasure, enhanced_envelope_spectrum,
};
pub use fast_spectral_correlation::{FastSpectralCorrelationParams, FastSpectralCorrelationPlan};
pub use iesfogram::{CarrierBand, ChosenBand, IesfogramParams, IesfogramPlan};

use num_complex::{Complex, Complex64};

/// Working memory of the cyclic estimators.
#[derive(Debug, Clone, Default)]
pub(crate) struct CyclicMemory<T> {
    /// Short-time spectra, bin by bin.
    pub(crate) frames: Vec<Complex<T>>,
    /// One row of products, which is transformed.
    pub(crate) row: Vec<Complex<T>>,
    /// Running sums over neighbouring bins; sums of products.
    pub(crate) sums: Vec<Complex64>,
    /// Mean powers.
    pub(crate) power: Vec<f64>,
    /// Sums of squared coherence over carriers.
    pub(crate) cumulated: Vec<f64>,
    /// Lines of one band and their floor.
    pub(crate) lines: Vec<f64>,
}
