//! Working memory of the transforms.

use num_complex::Complex;

use crate::band::filter_bank::FilterBankMemory as KurtogramMemory;
use crate::band::{BandMap, CombGram, Infogram};
use crate::cyclic::CyclicMemory;
use crate::filter::fir::FirMemory;
use crate::fourier::floor::MedianWindow;
use crate::image::comb_image::CombMemory;
use crate::pipeline::finding::Notes;
use crate::quantity::fault_combs::FaultCombsMemory;
use crate::quantity::fault_lines::FaultLinesMemory;
use crate::quantity::sample_entropy::SampleEntropyMemory;
use crate::rotation::order_tracking::RotationMemory;
use crate::sample::Sample;
use crate::separation::SeparationMemory;
use crate::vmd::successive::SuccessiveMemory;
use crate::vmd::{Decomposition, SelectedDecomposition, SuccessiveDecomposition, VmdMemory};
use crate::wavelet::filter_bank::FilterBankMemory;
use crate::wavelet::rows::WaveletMemory;

/// Working memory that any plan of this crate can use, one per thread.
///
/// A plan grows it on its first call and allocates nothing afterwards; one `Scratch` can serve plans of
/// different kinds and lengths in turn. What it holds between calls has no meaning.
#[derive(Debug, Clone, Default)]
pub struct Scratch<T> {
    /// Input of a real FFT, which the FFT overwrites.
    pub(crate) record: Vec<T>,
    /// Samples of extreme size, scaled.
    pub(crate) scaled: Vec<T>,
    /// Values in the domain of the samples.
    pub(crate) values: Vec<T>,
    /// Spectrum of the record.
    pub(crate) spectrum: Vec<Complex<T>>,
    /// A second spectrum, or complex samples.
    pub(crate) complex: Vec<Complex<T>>,
    /// Inside of the FFTs.
    pub(crate) fft: Vec<Complex<T>>,
    /// Registers of kernels that work on many frames at once.
    pub(crate) lanes: Vec<T>,
    /// Sums.
    pub(crate) wide: Vec<f64>,
    /// State of a variational mode decomposition.
    pub(crate) vmd: VmdMemory<T>,
    /// State of a successive variational mode decomposition.
    pub(crate) successive: SuccessiveMemory,
    /// Window of the running median.
    pub(crate) median: MedianWindow,
    /// Spectra of comb images.
    pub(crate) comb: CombMemory,
    /// Sorted templates of the sample entropy.
    pub(crate) sample_entropy: SampleEntropyMemory,
    /// Phases and levels of discrete wavelet transforms.
    pub(crate) filter_bank: FilterBankMemory<T>,
    /// Counts of patterns.
    pub(crate) counts: Vec<u32>,
    /// Continuous wavelet transforms.
    pub(crate) wavelet: WaveletMemory<T>,
    /// Signals of the kurtogram's bands.
    pub(crate) kurtogram: KurtogramMemory<T>,
    /// Inside of the separations.
    pub(crate) separation: SeparationMemory<T>,
    /// Inside of the cyclic estimators.
    pub(crate) cyclic: CyclicMemory<T>,
    /// Of long FIR filters.
    pub(crate) fir: FirMemory,
    /// What a step of a pipeline makes and does not pass on.
    pub(crate) left_out: Vec<T>,
    /// The same, complex.
    pub(crate) complex_left_out: Vec<Complex<T>>,
    /// What the step of a pipeline that runs has found.
    pub(crate) notes: Notes,
    /// How a step of a pipeline decomposed.
    pub(crate) decomposition: Decomposition,
    /// How a step found modes one after the other.
    pub(crate) successive_decomposition: SuccessiveDecomposition,
    /// How a step chose a decomposition.
    pub(crate) selected_decomposition: SelectedDecomposition,
    /// A step's infogram.
    pub(crate) infogram: Option<Infogram>,
    /// A step's comb-gram.
    pub(crate) comb_gram: CombGram,
    /// A step's scores of bands.
    pub(crate) band_scores: Vec<f64>,
    /// A step's kurtogram.
    pub(crate) band_map: Option<BandMap>,
    /// Spectra of fault lines.
    pub(crate) fault_lines: FaultLinesMemory<T>,
    /// Spectra and combs of fault combs.
    pub(crate) fault_combs: FaultCombsMemory,
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
