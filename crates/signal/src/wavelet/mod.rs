//! Wavelet transforms, continuous and discrete.
//!
//! | file | idea |
//! |---|---|
//! | `analytic_wavelet.rs`, `frequencies.rs`, `extension.rs` | the wavelet, the rows, what lies beyond the record's ends |
//! | `cwt.rs`, `cwt_image.rs`, `synchrosqueezing.rs` | the transform at every sample, at few columns, and reassigned |
//! | `columns.rs` | numbers of columns that divide a record, for messages |
//! | `rows.rs`, `banded_inverse.rs`, `passes.rs`, `butterfly.rs`, `output.rs`, `table.rs` | its inner loops |
//! | `compat_fcwt.rs`, `compat_pywavelets.rs`, `compat_ssqueezepy.rs` | what other programs give, for comparison |
//! | `daubechies.rs`, `filter_bank.rs`, `discrete.rs`, `packet.rs` | discrete transforms with orthogonal wavelets |

mod analytic_wavelet;
pub(crate) mod banded_inverse;
mod butterfly;
mod columns;
mod compat_fcwt;
mod compat_pywavelets;
mod compat_ssqueezepy;
mod cwt;
mod cwt_image;
pub(crate) mod daubechies;
pub(crate) mod discrete;
mod extension;
pub(crate) mod filter_bank;
mod frequencies;
mod output;
pub(crate) mod packet;
mod passes;
pub(crate) mod rows;
mod synchrosqueezing;
mod table;

pub use analytic_wavelet::AnalyticWavelet;
pub use compat_fcwt::{FcwtParams, FcwtPlan, FcwtScaling};
pub use compat_pywavelets::{PyWaveletsCwtParams, PyWaveletsCwtPlan, PyWaveletsWavelet};
pub use compat_ssqueezepy::{SsqueezepyCwtParams, SsqueezepyCwtPlan, SsqueezepyWavelet};
pub use cwt::{CwtParams, CwtPlan};
pub use cwt_image::{CwtImageParams, CwtImagePlan, CwtPixel};
pub use daubechies::OrthogonalWavelet;
pub use discrete::{DiscreteWaveletParams, DiscreteWaveletPlan};
pub use extension::CwtBoundary;
pub use filter_bank::Boundary;
pub use frequencies::CwtFrequencies;
pub use packet::{WaveletPacketParams, WaveletPacketPlan};
pub use rows::CwtNormalisation;
pub use synchrosqueezing::{SynchrosqueezingParams, SynchrosqueezingPlan};
