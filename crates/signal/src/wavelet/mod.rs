//! Wavelet transforms, continuous and discrete.

pub(crate) mod daubechies;
pub(crate) mod discrete;
pub(crate) mod filter_bank;
pub(crate) mod packet;

pub use daubechies::OrthogonalWavelet;
pub use discrete::{DiscreteWaveletParams, DiscreteWaveletPlan};
pub use filter_bank::Boundary;
pub use packet::{WaveletPacketParams, WaveletPacketPlan};
