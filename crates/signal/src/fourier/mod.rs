//! Fourier transforms as plans, tapers, spectra, the short-time Fourier transform.

pub(crate) mod dpss;
pub(crate) mod fft;
pub(crate) mod floor;
pub(crate) mod spectrum;
pub(crate) mod stft;
pub(crate) mod welch;
pub(crate) mod window;
pub(crate) mod zoom;

pub use fft::{ComplexFft, RealFft};
pub use floor::{FLOOR_HALF_WIDTH, MedianWindow, running_median};
pub use spectrum::{AmplitudeSpectrumParams, AmplitudeSpectrumPlan};
pub use stft::{StftFrames, StftParams, StftPhase, StftPlan, StftScale};
pub use welch::{Average, Detrend, PowerScale, WelchParams, WelchPlan};
pub use window::{Symmetry, Window};
pub use zoom::{SingleLine, ZoomParams, ZoomPlan};
