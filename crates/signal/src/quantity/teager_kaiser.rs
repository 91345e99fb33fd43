//! The Teager-Kaiser energy `y[n] = x[n]² - x[n-1]·x[n+1]`.
//!
//! For `A cos(ωn + φ)` it is exactly `A² sin² ω` at every sample: amplitude and frequency in one number, from three
//! samples, which makes impacts of high frequency stand out (Kaiser 1990, doi 10.1109/ICASSP.1990.115702).
//!
//! Traps. It is of second order: two tones give cross terms, and noise of high frequency is lifted, so filter to a
//! band first. It can be negative. The unit is that of the samples, squared, and depends on the sampling rate
//! through `sin² ω`.

use crate::error::{Error, Result, check_finite, check_len};
use crate::instruction_set::widest;
use crate::sample::Sample;

/// The Teager-Kaiser energy of `samples` in `output`, which is 2 samples shorter: `output[n]` belongs to sample
/// `n + 1`. Products are taken in f64. Nothing is written for fewer than 3 samples.
///
/// # Errors
/// [`Error::Length`] when `output` has another length; [`Error::Parameter`] when a sample is not finite or above
/// 1e150, so that its square would overflow.
pub fn teager_kaiser_into<T: Sample>(samples: &[T], output: &mut [T]) -> Result<()> {
    check_len("output of the Teager-Kaiser energy", samples.len().saturating_sub(2), output.len())?;
    check_finite("Teager-Kaiser energy", samples)?;
    if let Some(index) = samples.iter().position(|x| x.widen().abs() > 1e150) {
        let reason = format!("sample {index} (counted from 0) is too large: its square overflows");
        return Err(Error::parameter("Teager-Kaiser energy", "sample", samples[index].widen(), &reason));
    }
    widest().dispatch(|| {
        let middles = samples.get(1..).unwrap_or_default();
        let afters = samples.get(2..).unwrap_or_default();
        for (((y, before), middle), after) in output.iter_mut().zip(samples).zip(middles).zip(afters) {
            *y = T::narrow(middle.widen() * middle.widen() - before.widen() * after.widen());
        }
    });
    Ok(())
}

/// [`teager_kaiser_into`] a vector of its own.
///
/// # Errors
/// [`Error::Parameter`] when a sample is not finite or above 1e150.
///
/// ```
/// let tone: Vec<f64> = (0..50).map(|n| 3.0 * (0.4 * n as f64 + 1.0).cos()).collect();
/// let energy = brinell_signal::quantity::teager_kaiser(&tone)?;
/// assert!(energy.iter().all(|y| (y - 9.0 * 0.4_f64.sin().powi(2)).abs() < 1e-13));
/// # Ok::<(), brinell_signal::Error>(())
/// ```
pub fn teager_kaiser<T: Sample>(samples: &[T]) -> Result<Vec<T>> {
    let mut output = vec![T::default(); samples.len().saturating_sub(2)];
    teager_kaiser_into(samples, &mut output)?;
    Ok(output)
}
