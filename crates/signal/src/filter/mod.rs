//! Filters, and changes of the sampling rate.

pub(crate) mod butterworth;
pub(crate) mod convolve;
pub(crate) mod ends;
pub(crate) mod fir;
pub(crate) mod kind;
pub(crate) mod polyphase;
pub(crate) mod recursive;
pub(crate) mod resample;
pub(crate) mod resample_plan;
pub(crate) mod sections;
pub(crate) mod sinc;

pub use butterworth::MAX_BUTTERWORTH_ORDER;
pub use fir::{FirParams, FirPlan};
pub use kind::FilterKind;
pub use recursive::{FilterParams, FilterPlan};
pub use resample::{Resampler, decimate_fir, resample_poly};
pub use resample_plan::{ResampleMethod, ResampleParams, ResamplePlan};
pub use sections::{Section, Sections, SectionsState};
