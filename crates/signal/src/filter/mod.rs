//! Filters, and changes of the sampling rate.

pub(crate) mod resample;

pub use resample::{Resampler, decimate_fir, resample_poly};
