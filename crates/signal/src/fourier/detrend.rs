//! Taking off the mean or the straight line of least squares, as `scipy.signal.detrend`.

use serde::{Deserialize, Serialize};

use crate::sample::{Sample, mean};

/// What is taken off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Detrend {
    /// Nothing.
    None,
    /// The mean.
    #[default]
    Constant,
    /// The straight line of least squares.
    Linear,
}

impl Detrend {
    /// Level at the first sample and slope per sample of what is to be taken off.
    pub(crate) fn line<T: Sample>(self, samples: &[T]) -> (f64, f64) {
        match self {
            Self::None => (0.0, 0.0),
            Self::Constant => (mean(samples), 0.0),
            Self::Linear => {
                let mean = mean(samples);
                let centre = samples.len().saturating_sub(1) as f64 / 2.0;
                let (mut along, mut spread) = (0.0, 0.0);
                for (n, x) in samples.iter().enumerate() {
                    let t = n as f64 - centre;
                    along += t * (x.widen() - mean);
                    spread += t * t;
                }
                let slope = if spread > 0.0 { along / spread } else { 0.0 };
                (mean - slope * centre, slope)
            }
        }
    }
}

/// Takes the mean or the straight line of least squares off `samples`, in place and in their unit. Any length;
/// sums run in `f64`. One sample becomes 0.
///
/// ```
/// use brinell_signal::fourier::{Detrend, detrend};
/// let mut ramp = [1.0, 3.0, 5.0];
/// detrend(&mut ramp, Detrend::Linear);
/// assert_eq!(ramp, [0.0; 3]);
/// ```
pub fn detrend<T: Sample>(samples: &mut [T], what: Detrend) {
    if what == Detrend::None {
        return;
    }
    let (level, slope) = what.line(samples);
    for (n, x) in samples.iter_mut().enumerate() {
        *x = T::narrow(x.widen() - (level + slope * n as f64));
    }
}
