//! Images for nets and people: scales, resizing, standardising, the images of single transforms.

pub(crate) mod area_mean;
pub(crate) mod comb_image;
pub(crate) mod standardise;
pub(crate) mod stft_image;

pub use stft_image::Scale;

pub(crate) mod hilbert_spectrum;

pub use hilbert_spectrum::{HilbertSpectrumParams, HilbertSpectrumPlan};
