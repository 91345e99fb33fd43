//! Images for nets and people: scales, resizing, normalising, colours, the images of single transforms.

pub(crate) mod area_mean;
pub(crate) mod colour;
pub(crate) mod comb_image;
pub(crate) mod finish;
pub(crate) mod hilbert_spectrum;
pub(crate) mod hog;
pub(crate) mod normalise;
pub(crate) mod scale;
pub(crate) mod standardise;
pub(crate) mod stft_image;

pub use colour::colours;
pub use finish::{ImageParams, ImagePlan};
pub use hilbert_spectrum::{HilbertSpectrumParams, HilbertSpectrumPlan};
pub use hog::{HogNorm, HogParams, HogPlan};
pub use normalise::{FittedNormalisation, FittedNormalisationParams, Normalisation, Scope, Statistic};
pub use scale::Scale;
