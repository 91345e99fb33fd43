//! Acceleration to velocity to displacement, by division by `iω` in the frequency domain.
//!
//! `Y[k] = X[k]·c/(2πi f_k)^m` for `low <= f_k <= high`, 0 elsewhere; `m` integrations (negative: derivatives),
//! `c` the factor between the units (`g` = 9.80665 m/s²). No taper: the record is taken as one period.
//!
//! Traps. The band is part of the result: low frequencies are divided by small numbers, so an offset or a drift
//! of the sensor becomes a large slow swing in velocity and more so in displacement; below about 10 Hz (2 Hz
//! with a sensor made for it) the result is often nothing else. A record that does not end where it began has
//! that step in its spectrum, falling as `1/f` and made steeper by every integration. Bins lie `rate/len`
//! apart: a band narrower than that holds nothing, and is refused.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result, check_finite, check_len};
use crate::fourier::fft::RealFft;
use crate::quantity::band_bins::BandBins;
use crate::recording::Unit;
use crate::sample::Sample;
use crate::scratch::{Scratch, first};
use crate::units::Hertz;

use num_complex::{Complex, Complex64};

/// Standard gravity in m/s².
pub const STANDARD_GRAVITY: f64 = 9.806_65;

const TRANSFORM: &str = "integration";

/// Parameters of an integration.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IntegrateParams {
    /// Unit of the input. It has to be said; a pipeline can take it from the recording
    /// ([`Pipeline::in_unit`](crate::Pipeline::in_unit)).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Unit>,
    /// Unit of the output: `mm/s` for velocity, `um` for displacement, and accelerations. `mm/s` unless said.
    pub to: Unit,
    /// Lower end of the band, which belongs to it. 10 Hz unless said.
    pub low: Hertz,
    /// Upper end of the band, which belongs to it. 1000 Hz unless said.
    pub high: Hertz,
}

impl Default for IntegrateParams {
    /// Velocity from acceleration in the band of ISO 20816.
    fn default() -> Self {
        Self { from: None, to: Unit::MillimetresPerSecond, low: Hertz(10.0), high: Hertz(1000.0) }
    }
}

/// How often a unit of motion is integrated from acceleration, and how many SI units it is.
fn motion(unit: Unit) -> Option<(i32, f64)> {
    match unit {
        Unit::G => Some((0, STANDARD_GRAVITY)),
        Unit::MetresPerSecondSquared => Some((0, 1.0)),
        Unit::MillimetresPerSecond => Some((1, 1e-3)),
        Unit::Micrometres => Some((2, 1e-6)),
        Unit::Volts | Unit::Unknown => None,
    }
}

impl IntegrateParams {
    /// A plan for `len` samples at `rate`.
    ///
    /// # Errors
    /// [`Error::Frequency`] when the rate is not a finite number above 0; [`Error::Parameter`] when the unit of
    /// the input is not said or a unit is not one of motion (volts, unknown), `len` is 0, or the band does not rise from above 0 to at most half the
    /// rate, or holds no bin.
    pub fn plan<T: Sample>(&self, rate: Hertz, len: usize) -> Result<IntegratePlan<T>> {
        let known = |name, unit: Unit| {
            motion(unit).ok_or_else(|| {
                let reason = "only units of motion can be integrated: declare g, m/s2, mm/s or um";
                Error::parameter(TRANSFORM, name, unit, reason)
            })
        };
        let Some(from) = self.from else {
            let reason = "the unit of the samples has to be said: from = \"g\", \"m/s2\", \"mm/s\" or \"um\"";
            return Err(Error::parameter(TRANSFORM, "from", "not said", reason));
        };
        let ((have, per_have), (want, per_want)) = (known("from", from)?, known("to", self.to)?);
        let bins = BandBins::closed(TRANSFORM, rate, len, self.low, self.high)?;
        let times = want - have;
        let factor = per_have / per_want / len as f64;
        let weight = |k: usize| {
            let omega = Complex64::new(0.0, std::f64::consts::TAU * k as f64 * rate.0 / len as f64);
            factor * omega.powi(-times)
        };
        Ok(IntegratePlan {
            fft: RealFft::new(len)?,
            bins,
            weights: (bins.start..bins.end)
                .map(weight)
                .map(|w| Complex::new(T::narrow(w.re), T::narrow(w.im)))
                .collect(),
        })
    }
}

/// Integration of records of one length.
///
/// ```
/// use brinell_signal::{Hertz, Scratch, Unit, quantity::IntegrateParams};
/// // 1 g at 50 Hz is 9806.65/(2π·50) mm/s.
/// let record: Vec<f64> = (0..1000).map(|n| (std::f64::consts::TAU * 0.05 * n as f64).cos()).collect();
/// let params = IntegrateParams { from: Some(Unit::G), high: Hertz(400.0), ..Default::default() };
/// let plan = params.plan(Hertz(1000.0), 1000)?;
/// let mut velocity = vec![0.0; 1000];
/// plan.process(&record, &mut velocity, &mut Scratch::new())?;
/// assert!((velocity[5] - 9806.65 / (100.0 * std::f64::consts::PI)).abs() < 1e-9);
/// # Ok::<(), brinell_signal::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct IntegratePlan<T: Sample> {
    fft: RealFft<T>,
    bins: BandBins,
    /// Of the bins in the band; the inverse's division by the length is in them.
    weights: Vec<Complex<T>>,
}

impl<T: Sample> IntegratePlan<T> {
    /// Samples of the record, and of the output.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "a plan is never empty")]
    pub fn len(&self) -> usize {
        self.fft.len()
    }

    /// Samples of the output: `len()`.
    #[must_use]
    pub fn output_len(&self) -> usize {
        self.len()
    }

    /// `input` integrated in `output`, both `len` samples, in the unit asked for and without what lies outside
    /// the band.
    ///
    /// # Errors
    /// [`Error::Length`] when a slice has another length; [`Error::Parameter`] when a sample is not finite.
    pub fn process(&self, input: &[T], output: &mut [T], scratch: &mut Scratch<T>) -> Result<()> {
        check_len("input of the integration", self.len(), input.len())?;
        check_len("output of the integration", self.len(), output.len())?;
        check_finite(TRANSFORM, input)?;
        let Scratch { record, spectrum, fft, .. } = scratch;
        let record = first(record, self.len());
        record.copy_from_slice(input);
        let spectrum = first(spectrum, self.fft.bins());
        self.fft.forward_consuming(record, spectrum, fft)?;
        spectrum[..self.bins.start].fill(Complex::default());
        spectrum[self.bins.end..].fill(Complex::default());
        for (bin, weight) in spectrum[self.bins.start..self.bins.end].iter_mut().zip(&self.weights) {
            *bin = *bin * weight;
        }
        self.fft.inverse_consuming(spectrum, output, fft)
    }
}
