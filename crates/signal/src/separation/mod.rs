//! Parting what repeats exactly from what does not, and flattening spectra.
//!
//! | transform | what it needs | what it gives |
//! |---|---|---|
//! | [`whiten`], [`WhitenParams`] | a bandwidth | a flat spectrum; lines narrower than the bandwidth stay |
//! | [`CepstrumPrewhitenParams`] | nothing | every bin alike: lines and resonances go |
//! | [`AutoregressiveParams`] | nothing | the residual of a linear model: resonances go, impacts stay |
//! | [`DiscreteRandomParams`] | a steady shaft speed | tones and noise apart |
//! | [`MinimumEntropyParams`] | nothing | the most impulsive filtered record, be it one knock |
//! | [`MomedaParams`] | the frequency of the impacts | the record most like a train of impulses at it |
//!
//! The last two maximise, so they always find something: each has a function that tells how large its
//! criterion gets by chance ([`MinimumEntropyPlan::null`], [`MomedaPlan::null`]).

mod convolution;
mod covariance;
pub(crate) mod level;

pub(crate) mod autoregressive;
pub(crate) mod cepstrum_prewhiten;
pub(crate) mod discrete_random;
pub(crate) mod minimum_entropy;
pub(crate) mod momeda;
pub(crate) mod null;
pub(crate) mod whiten;

pub use autoregressive::{
    AutoregressiveFit, AutoregressiveMethod, AutoregressiveModel, AutoregressiveOrder, AutoregressiveParams,
    AutoregressivePlan, AutoregressiveStart, autoregressive_model,
};
pub use cepstrum_prewhiten::{CepstrumPrewhitenParams, CepstrumPrewhitenPlan, RecordEnds};
pub use discrete_random::{DiscreteRandomParams, DiscreteRandomPlan};
pub use minimum_entropy::{
    MinimumEntropyParams, MinimumEntropyPlan, MinimumEntropyResult, MinimumEntropyRun,
};
pub use momeda::{MomedaNull, MomedaParams, MomedaPlan, MomedaResult};
pub use null::{ChanceLevel, SurrogateNull};
pub use whiten::{WhitenParams, WhitenPlan, whiten};

use num_complex::{Complex, Complex64};

/// Working memory of the separations.
#[derive(Debug, Clone, Default)]
pub(crate) struct SeparationMemory<T> {
    /// Spectra of frames, frame by frame.
    pub(crate) frames: Vec<Complex<T>>,
    /// Sums of products of spectra.
    pub(crate) cross: Vec<Complex64>,
    /// Sums of powers of spectra.
    pub(crate) power: Vec<f64>,
    /// Memory of the solvers, which work in `f64`.
    pub(crate) solver: SolverMemory,
}

/// Working memory of the deconvolutions and linear models.
#[derive(Debug, Clone, Default)]
pub(crate) struct SolverMemory {
    /// The record, scaled.
    pub(crate) samples: Vec<f64>,
    /// The filtered record.
    pub(crate) filtered: Vec<f64>,
    /// What the filtered record is correlated with.
    pub(crate) target: Vec<f64>,
    /// Coefficients of the filter.
    pub(crate) taps: Vec<f64>,
    /// One value a lag.
    pub(crate) lags: Vec<f64>,
    /// Covariance matrix, then its triangular factor.
    pub(crate) matrix: Vec<f64>,
    /// Inside of the convolutions.
    pub(crate) convolution: convolution::ConvolutionMemory,
}
