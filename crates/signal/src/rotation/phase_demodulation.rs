//! Speed from the phase of one harmonic of the shaft.
//!
//! The band round the harmonic is moved to base band; the angle of what is left, counted on from sample to
//! sample, over `2π` times its order is the shaft's angle (Combet & Gelman 2007, doi
//! 10.1016/j.ymssp.2006.12.002; Coats & Randall 2014). It follows changes within a revolution, as a tachometer of
//! one pulse cannot, as far as the band reaches: a swing at `f_m` needs a band of more than `± f_m`.
//!
//! Traps. Nothing else may lie in the band: not the neighbouring harmonic while the speed changes, nor a gear's
//! sidebands of another shaft. Where the harmonic fades, the angle slips by whole turns: such a record is refused.
//! The record is taken as one period, so 5 % at either end are left out of the profile.

use serde::{Deserialize, Serialize};

use num_complex::Complex64;

use crate::error::{Error, Result, check_finite, check_len};
use crate::fourier::fft::{ComplexFft, RealFft, fast_length};
use crate::quantity::band_bins::BandBins;
use crate::rotation::speed_profile::SpeedProfile;
use crate::sample::Sample;
use crate::scratch::{Scratch, first};
use crate::units::{Hertz, Order, Seconds};

const TRANSFORM: &str = "phase demodulation";
/// Least power of the band over that of its quieter neighbours.
const LEAST_SNR: f64 = 8.0;
/// Least envelope, as a share of its RMS.
const LEAST_ENVELOPE: f64 = 0.25;

/// Parameters of the demodulation of one harmonic.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PhaseDemodulationParams {
    /// The shaft's mean speed, known roughly.
    pub speed: Hertz,
    /// Order of the harmonic to follow.
    pub order: Order,
    /// Half the width of the band round `order · speed`. A third of the speed unless said.
    #[serde(default)]
    pub half_width: Option<Hertz>,
}

impl PhaseDemodulationParams {
    /// A plan for `len` samples at `rate`.
    ///
    /// # Errors
    /// [`Error::Frequency`] when the rate is not a finite number above 0; [`Error::Parameter`] when speed, order or
    /// width is not a finite number above 0, the band does not lie between 0 and half the rate, or holds fewer
    /// than 8 bins of the record.
    pub fn plan<T: Sample>(&self, rate: Hertz, len: usize) -> Result<PhaseDemodulationPlan<T>> {
        let positive = |name, value: f64| {
            if value.is_finite() && value > 0.0 {
                return Ok(value);
            }
            Err(Error::parameter(TRANSFORM, name, value, "it has to be a finite number above 0"))
        };
        let centre = positive("speed", self.speed.0)? * positive("order", self.order.0)?;
        let half = positive("half_width", self.half_width.map_or(self.speed.0 / 3.0, |half| half.0))?;
        let band = BandBins::half_open(TRANSFORM, rate, len, Hertz(centre - half), Hertz(centre + half))?;
        let count = band.end - band.start;
        if count < 8 {
            let reason =
                "the band has to hold at least 8 bins of the record: widen it or take a longer record";
            return Err(Error::parameter(TRANSFORM, "half_width", Hertz(half), reason));
        }
        let base = ComplexFft::new(fast_length(4 * count))?;
        Ok(PhaseDemodulationPlan {
            rate,
            order: self.order.0,
            half: Hertz(half),
            band,
            fft: RealFft::new(len)?,
            base,
            of: std::marker::PhantomData,
        })
    }
}

/// The shaft's angle over a record, read from one harmonic.
#[derive(Debug, Clone, PartialEq)]
pub struct DemodulatedSpeed {
    /// The angle in revolutions over seconds; revolution 0 is arbitrary.
    pub profile: SpeedProfile,
    /// Standard uncertainty of the speed in hertz at any one time, from the noise round the band.
    pub uncertainty: Hertz,
    /// Power of the harmonic over the noise in its band; a ratio.
    pub signal_to_noise: f64,
}

/// Demodulation of one harmonic for records of one length.
#[derive(Debug, Clone)]
pub struct PhaseDemodulationPlan<T> {
    rate: Hertz,
    order: f64,
    half: Hertz,
    band: BandBins,
    fft: RealFft<f64>,
    base: ComplexFft<f64>,
    of: std::marker::PhantomData<T>,
}

impl<T: Sample> PhaseDemodulationPlan<T> {
    /// Samples of the record.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "a plan is never empty")]
    pub fn len(&self) -> usize {
        self.fft.len()
    }

    /// The shaft's angle over `input` (`len` samples). The result is a profile, which allocates.
    ///
    /// # Errors
    /// [`Error::Length`] when the slice has another length; [`Error::Parameter`] when a sample is not finite, when
    /// the band holds little more power than its neighbours, when the harmonic fades somewhere, or the angle
    /// turns back: then the band does not hold one harmonic and nothing else.
    pub fn process(&self, input: &[T], scratch: &mut Scratch<T>) -> Result<DemodulatedSpeed> {
        check_len("input of the phase demodulation", self.len(), input.len())?;
        check_finite(TRANSFORM, input)?;
        let memory = &mut scratch.rotation;
        let (len, count, size) = (self.len(), self.band.end - self.band.start, self.base.len());
        let record = first(&mut memory.values, len);
        let largest = input.iter().map(|x| x.widen().abs()).fold(0.0, f64::max).max(f64::MIN_POSITIVE);
        for (y, x) in record.iter_mut().zip(input) {
            *y = x.widen() / largest;
        }
        let spectrum = first(&mut memory.spectrum, self.fft.bins());
        self.fft.forward_consuming(record, spectrum, &mut memory.fft)?;
        let power = |from: usize, to: usize| {
            let bins = &spectrum[from.min(self.fft.bins())..to.min(self.fft.bins())];
            bins.iter().map(Complex64::norm_sqr).sum::<f64>() / bins.len().max(1) as f64
        };
        let inside = power(self.band.start, self.band.end);
        let below = power(self.band.start.saturating_sub(count).max(1), self.band.start.max(1));
        let above = power(self.band.end, self.band.end + count);
        // A side that has no bin says nothing.
        let noise = match (self.band.start > count / 2, self.band.end + count / 2 < self.fft.bins()) {
            (true, true) => below.min(above),
            (true, false) => below,
            _ => above,
        };
        let signal_to_noise = if noise > 0.0 { inside / noise - 1.0 } else { f64::INFINITY };
        let refuse =
            |parameter, value: String, reason| Err(Error::parameter(TRANSFORM, parameter, value, reason));
        if !(inside > 0.0 && signal_to_noise >= LEAST_SNR) {
            let reason = "no harmonic stands out from its neighbourhood: take another order or another band";
            return refuse("signal to noise", format!("{signal_to_noise:.1}"), reason);
        }
        let mut base = vec![Complex64::default(); size];
        let middle = self.band.start + count / 2;
        for (k, bin) in spectrum[self.band.start..self.band.end].iter().enumerate() {
            base[(k + self.band.start + size - middle) % size] = *bin;
        }
        self.base.inverse_unscaled(&mut base, &mut memory.fft)?;
        let edge = size / 20 + 1;
        let kept = &base[edge..size - edge];
        let rms = (kept.iter().map(Complex64::norm_sqr).sum::<f64>() / kept.len() as f64).sqrt();
        let least = kept.iter().map(|a| a.norm()).fold(f64::INFINITY, f64::min) / rms;
        if least.is_nan() || least < LEAST_ENVELOPE {
            let reason = "the harmonic fades somewhere, and its angle would slip: take another order or a narrower band";
            return refuse("least envelope", format!("{least:.2} of its RMS"), reason);
        }
        let step = len as f64 / size as f64 / self.rate.0;
        let carrier = middle as f64 * self.rate.0 / len as f64;
        let mut phase = 0.0;
        let mut points = Vec::with_capacity(kept.len());
        for (n, a) in kept.iter().enumerate() {
            if n > 0 {
                phase += (a * kept[n - 1].conj()).arg() / std::f64::consts::TAU;
            }
            let time = (n + edge) as f64 * step;
            points.push((Seconds(time), (carrier * time + phase) / self.order));
        }
        let uncertainty = self.half.0 / 3.0_f64.sqrt() / (2.0 * signal_to_noise).sqrt() / self.order;
        let profile = SpeedProfile::from_revolutions(&points)?;
        Ok(DemodulatedSpeed { profile, uncertainty: Hertz(uncertainty), signal_to_noise })
    }
}
