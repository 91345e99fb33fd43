//! Fourier transforms as plans, tapers, spectra, the short-time Fourier transform; autocorrelation, trends,
//! running medians, cepstra.

pub(crate) mod autocorrelation;
pub(crate) mod cepstrum;
pub(crate) mod dct;
pub(crate) mod detrend;
pub(crate) mod directions;
pub(crate) mod dpss;
pub(crate) mod fft;
pub(crate) mod floor;
pub(crate) mod frame_fft;
pub(crate) mod half_length;
pub(crate) mod kept;
pub(crate) mod many;
pub(crate) mod spectrum;
pub(crate) mod stft;
pub(crate) mod stft_rows;
pub(crate) mod welch;
pub(crate) mod window;
pub(crate) mod zoom;

pub use autocorrelation::{AutocorrelationParams, AutocorrelationPlan, AutocorrelationScale};
pub use cepstrum::{
    CepstralComb, CepstrumLifterParams, CepstrumLifterPlan, RealCepstrumParams, RealCepstrumPlan,
};
pub use dct::Dct;
pub use detrend::{Detrend, detrend};
pub use fft::{ComplexFft, RealFft, fast_length, fast_length_below};
pub use floor::{FLOOR_HALF_WIDTH, MedianWindow, median_filter, running_median};
pub use spectrum::{AmplitudeSpectrumParams, AmplitudeSpectrumPlan};
pub use stft::{StftFrames, StftParams, StftPhase, StftPlan, StftScale};
pub use welch::{Average, PowerScale, WelchParams, WelchPlan};
pub use window::{Symmetry, Window};
pub use zoom::{SingleLine, ZoomParams, ZoomPlan};
