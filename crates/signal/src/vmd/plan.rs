//! Variational mode decomposition of records of one length.

use ndarray::Array2;
use rayon::prelude::*;

use crate::error::{Error, Result, check_len};
use crate::sample::Sample;
use crate::scratch::Scratch;
use crate::units::Hertz;
use crate::vmd::decomposer::{Decomposer, subtract};
use crate::vmd::decomposition::Decomposition;
use crate::vmd::params::VmdParams;

/// Variational mode decomposition of records of one length.
///
/// ```
/// use brinell_signal::{Hertz, vmd::VmdParams};
/// let tone = |n: usize, f: f64| (std::f64::consts::TAU * f * n as f64 / 1000.0).cos();
/// let record: Vec<f64> = (0..1000).map(|n| tone(n, 300.0) + 0.5 * tone(n, 50.0)).collect();
/// let plan = VmdParams { modes: 2, ..VmdParams::default() }.plan::<f64>(Hertz(1000.0), 1000)?;
/// let (modes, report) = plan.decompose(&record)?;
/// assert_eq!(modes.dim(), (2, 1000));
/// assert!((report.modes[0].centre.0 - 50.0).abs() < 1.0 && (report.modes[1].centre.0 - 300.0).abs() < 1.0);
/// # Ok::<(), brinell_signal::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct VmdPlan<T: Sample> {
    decomposer: Decomposer<T>,
}

impl<T: Sample> VmdPlan<T> {
    pub(crate) fn new(params: &VmdParams, rate: Hertz, len: usize) -> Result<Self> {
        Ok(Self { decomposer: Decomposer::new(params, rate, 1, len)? })
    }

    /// The same plan on the portable path, without SIMD instructions: slower, equal but for rounding.
    #[must_use]
    pub fn portable(mut self) -> Self {
        self.decomposer.set_portable();
        self
    }

    /// Samples of the record.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "a plan is never empty")]
    pub fn len(&self) -> usize {
        self.decomposer.input_len()
    }

    /// Sampling rate.
    #[must_use]
    pub fn rate(&self) -> Hertz {
        self.decomposer.rate()
    }

    /// Number of modes.
    #[must_use]
    pub fn modes(&self) -> usize {
        self.decomposer.modes()
    }

    /// Where the centres begin, one for each mode, in cycles a sample.
    #[must_use]
    pub fn start(&self) -> &[f64] {
        self.decomposer.start()
    }

    /// Samples of a mode: those of the record, or one less where `compat` drops the last of an odd record.
    #[must_use]
    pub fn mode_len(&self) -> usize {
        self.decomposer.mode_len()
    }

    /// Rows of the output: the modes, and the residual where [`VmdParams::residual`] asks for it.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.decomposer.rows()
    }

    /// Samples of all rows.
    #[must_use]
    pub fn output_len(&self) -> usize {
        self.decomposer.output_len()
    }

    /// Decomposes `input` (`len` samples) into `output` (`rows x mode_len`, row-major, in the unit of the
    /// input) and fills `report`, whose modes are in the order of the rows.
    ///
    /// # Errors
    /// [`Error::Length`] when a slice has another length; [`Error::Parameter`] when a sample is NaN or infinite,
    /// or a step of the dual ascent is so large that it runs out of bounds.
    pub fn process(
        &self,
        input: &[T],
        output: &mut [T],
        report: &mut Decomposition,
        scratch: &mut Scratch<T>,
    ) -> Result<()> {
        self.decomposer.process(input, output, report, scratch)
    }

    /// What the modes (`modes x mode_len`) leave of the record, `input - Σ modes`, in `residual` (`mode_len` samples).
    ///
    /// # Errors
    /// [`Error::Length`] when a slice has another length.
    pub fn residual(&self, input: &[T], modes: &[T], residual: &mut [T]) -> Result<()> {
        check_len("input of the residual", self.len(), input.len())?;
        check_len("modes of the residual", self.modes() * self.mode_len(), modes.len())?;
        check_len("residual of the mode decomposition", self.mode_len(), residual.len())?;
        subtract(input, modes.chunks_exact(self.mode_len()), residual);
        Ok(())
    }

    /// [`VmdPlan::process`] into arrays of its own: modes (`rows x mode_len`) and report.
    ///
    /// # Errors
    /// As [`VmdPlan::process`].
    pub fn decompose(&self, input: &[T]) -> Result<(Array2<T>, Decomposition)> {
        let mut modes = Array2::from_elem((self.rows(), self.mode_len()), T::default());
        let mut report = Decomposition::new();
        let output = modes.as_slice_mut().unwrap_or_default();
        self.process(input, output, &mut report, &mut Scratch::new())?;
        Ok((modes, report))
    }

    /// Decomposes many records of `len` samples on all threads of the pool into `output`
    /// (`segments x rows x mode_len`, row-major). The same bits for any number of threads.
    ///
    /// # Errors
    /// [`Error::Length`] when `output` has another length; [`Error::Segment`] with the first segment that
    /// cannot be decomposed, and why, as in [`VmdPlan::process`].
    pub fn process_many(&self, segments: &[&[T]], output: &mut [T]) -> Result<Vec<Decomposition>> {
        let expected = segments.len() * self.output_len();
        check_len("output of the mode decomposition of many segments", expected, output.len())?;
        let results: Vec<Result<Decomposition>> = segments
            .par_iter()
            .zip(output.par_chunks_exact_mut(self.output_len()))
            .map_init(Scratch::new, |scratch, (segment, output)| {
                let mut report = Decomposition::new();
                self.process(segment, output, &mut report, scratch)?;
                Ok(report)
            })
            .collect();
        let in_segment = |(index, result): (usize, Result<Decomposition>)| {
            result.map_err(|cause| Error::Segment { index, cause: Box::new(cause) })
        };
        results.into_iter().enumerate().map(in_segment).collect()
    }
}
