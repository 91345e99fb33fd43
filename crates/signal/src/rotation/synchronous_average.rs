//! The time-synchronous average: what repeats with every revolution, and what is left.
//!
//! `a[i] = 1/R Σ_r y[r·P + i]` over `R` revolutions of `P` values each (Braun 1975; McFadden 1987, doi
//! 10.1016/0888-3270(87)90085-9). What does not repeat falls by `10 log10 R` dB; a bearing's impacts, whose
//! orders are not whole numbers, stay in the residual `y - a`. The record has to be order-tracked first, also at
//! a speed called constant: a phase that drifts by half a period over the record cancels the line.

use crate::error::{Error, Result, check_finite, check_len};
use crate::sample::Sample;
use crate::scratch::{Scratch, first};

/// The average over the revolutions of order-tracked records of one length.
///
/// ```
/// use brinell_signal::{Scratch, rotation::SynchronousAverage};
/// let plan = SynchronousAverage::new(3, 6)?;
/// let (mut average, mut residual) = (vec![0.0; 3], vec![0.0; 6]);
/// plan.process(&[1.0, 2.0, 3.0, 3.0, 2.0, 1.0], &mut average, &mut residual, &mut Scratch::new())?;
/// assert_eq!(average, [2.0, 2.0, 2.0]);
/// assert_eq!(residual, [-1.0, 0.0, 1.0, 1.0, 0.0, -1.0]);
/// # Ok::<(), brinell_signal::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SynchronousAverage {
    per_revolution: usize,
    len: usize,
}

impl SynchronousAverage {
    /// A plan for `len` values, `per_revolution` a revolution. For a gear inside the machine, whose revolution
    /// is not the shaft's, track with a profile of that gear.
    ///
    /// # Errors
    /// [`Error::Parameter`] when either is 0 or `len` is no whole number of revolutions.
    pub fn new(per_revolution: usize, len: usize) -> Result<Self> {
        if per_revolution == 0 || len == 0 || !len.is_multiple_of(per_revolution) {
            let reason = format!(
                "a whole number of revolutions of {per_revolution} values each is needed, at least 1"
            );
            return Err(Error::parameter("time-synchronous average", "length", len, &reason));
        }
        Ok(Self { per_revolution, len })
    }

    /// Revolutions that are averaged.
    #[must_use]
    pub fn revolutions(&self) -> usize {
        self.len / self.per_revolution
    }

    /// How far what does not repeat falls in the average, in dB: `10 log10` of the revolutions.
    #[must_use]
    pub fn noise_reduction_db(&self) -> f64 {
        10.0 * (self.revolutions() as f64).log10()
    }

    /// The average of `input` in `average` (one revolution) and what is left of each value in `residual` (as long
    /// as the input), both in the input's unit. Sums in f64.
    ///
    /// # Errors
    /// [`Error::Length`] when a slice has another length; [`Error::Parameter`] when a value is not finite.
    pub fn process<T: Sample>(
        &self,
        input: &[T],
        average: &mut [T],
        residual: &mut [T],
        scratch: &mut Scratch<T>,
    ) -> Result<()> {
        check_len("input of the time-synchronous average", self.len, input.len())?;
        check_len("average of the time-synchronous average", self.per_revolution, average.len())?;
        check_len("residual of the time-synchronous average", self.len, residual.len())?;
        check_finite("time-synchronous average", input)?;
        let sums = first(&mut scratch.wide, self.per_revolution);
        sums.fill(0.0);
        for revolution in input.chunks_exact(self.per_revolution) {
            for (sum, x) in sums.iter_mut().zip(revolution) {
                *sum += x.widen();
            }
        }
        sums.iter_mut().for_each(|sum| *sum /= self.revolutions() as f64);
        for (a, sum) in average.iter_mut().zip(&*sums) {
            *a = T::narrow(*sum);
        }
        for (rest, revolution) in
            residual.chunks_exact_mut(self.per_revolution).zip(input.chunks_exact(self.per_revolution))
        {
            for ((rest, x), mean) in rest.iter_mut().zip(revolution).zip(&*sums) {
                *rest = T::narrow(x.widen() - mean);
            }
        }
        Ok(())
    }
}
