//! Parting what repeats exactly from what does not, and flattening spectra.

pub(crate) mod whiten;

pub use whiten::whiten;
