//! The complex FFT of one length in both directions, each planned when it is first wanted.
//!
//! A plan of a long transform costs as much as the transform, and many a record is transformed in one direction alone.

use std::sync::{Arc, OnceLock};

use num_complex::Complex;
use rustfft::{Fft, FftDirection, FftPlanner};

use crate::sample::Sample;
use crate::scratch::first;

/// Shared by its clones.
#[derive(Clone)]
pub(crate) struct Directions<T: Sample> {
    len: usize,
    plans: Arc<[OnceLock<Arc<dyn Fft<T>>>; 2]>,
}

impl<T: Sample> Directions<T> {
    pub(crate) fn new(len: usize) -> Self {
        Self { len, plans: Arc::default() }
    }

    /// Complex samples.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// The transform in place, unscaled.
    pub(crate) fn process(
        &self,
        direction: FftDirection,
        values: &mut [Complex<T>],
        fft: &mut Vec<Complex<T>>,
    ) {
        let plan = match direction {
            FftDirection::Forward => &self.plans[0],
            FftDirection::Inverse => &self.plans[1],
        };
        let plan = plan.get_or_init(|| FftPlanner::new().plan_fft(self.len, direction));
        plan.process_with_scratch(values, first(fft, plan.get_inplace_scratch_len()));
    }
}
