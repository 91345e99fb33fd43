//! Wavelet transforms, continuous and discrete.

mod analytic_wavelet;
pub(crate) mod banded_inverse;
mod butterfly;
mod compat_fcwt;
mod compat_pywavelets;
mod compat_ssqueezepy;
mod cwt;
mod cwt_image;
mod extension;
mod frequencies;
pub(crate) mod lanes;
mod output;
mod passes;
pub(crate) mod rows;
mod synchrosqueezing;

pub use analytic_wavelet::AnalyticWavelet;
pub use compat_fcwt::{FcwtParams, FcwtPlan, FcwtScaling};
pub use compat_pywavelets::{PyWaveletsCwtParams, PyWaveletsCwtPlan, PyWaveletsWavelet};
pub use compat_ssqueezepy::{SsqueezepyCwtParams, SsqueezepyCwtPlan, SsqueezepyWavelet};
pub use cwt::{CwtParams, CwtPlan};
pub use cwt_image::{CwtImageParams, CwtImagePlan, CwtPixel};
pub use extension::CwtBoundary;
pub use frequencies::CwtFrequencies;
pub use rows::CwtNormalisation;
pub use synchrosqueezing::{SynchrosqueezingParams, SynchrosqueezingPlan};
