//! Working memory of the transforms.

use num_complex::Complex;

use crate::filter::fir::FirMemory;
use crate::fourier::floor::MedianWindow;
use crate::rotation::order_tracking::RotationMemory;
use crate::sample::Sample;

/// Working memory that any plan of this crate can use, one per thread.
///
/// A plan grows it on its first call and allocates nothing afterwards; one `Scratch` can serve plans of
/// different kinds and lengths in turn. What it holds between calls has no meaning.
#[derive(Debug, Clone, Default)]
pub struct Scratch<T> {
    /// Input of a real FFT, which the FFT overwrites.
    pub(crate) record: Vec<T>,
    /// Values in the domain of the samples.
    pub(crate) values: Vec<T>,
    /// Spectrum of the record.
    pub(crate) spectrum: Vec<Complex<T>>,
    /// A second spectrum, or complex samples.
    pub(crate) complex: Vec<Complex<T>>,
    /// Inside of the FFTs.
    pub(crate) fft: Vec<Complex<T>>,
    /// Sums.
    pub(crate) wide: Vec<f64>,
    /// Window of the running median.
    pub(crate) median: MedianWindow,
    /// Of long FIR filters.
    pub(crate) fir: FirMemory,
    /// Of what follows the shaft.
    pub(crate) rotation: RotationMemory,
}

impl<T: Sample> Scratch<T> {
    /// An empty one; the first plan that uses it makes it as long as it needs.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

/// The first `len` values of `buffer`, which is lengthened when it is shorter.
pub(crate) fn first<U: Clone + Default>(buffer: &mut Vec<U>, len: usize) -> &mut [U] {
    if buffer.len() < len {
        buffer.resize(len, U::default());
    }
    &mut buffer[..len]
}
