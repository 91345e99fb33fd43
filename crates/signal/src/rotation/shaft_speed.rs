//! The shaft's speed from the vibration itself: the comb of its harmonics.
//!
//! For every speed in the allowed window the lines at `h · speed`, `h = 1..=H`, are scored over the spectrum's
//! floor (`line_score.rs`); the comb may end at any harmonic. The best one is refined by the tops of its lines,
//! weighted by their information `h² · power/floor`, and the standard uncertainty follows from the same, widened
//! where the lines disagree more than noise explains (a speed that wanders). What noise alone would reach as
//! often as [`ShaftSpeedParams::false_alarm`] is refused.
//!
//! Traps. A comb cannot tell a shaft from anything else that repeats: a bearing's fault, a gear, a second shaft
//! or mains hum with harmonics all make one, so the window has to be as narrow as is known. A machine with only
//! even harmonics looks like one of twice the speed. Speeds in simple ratios to the answer are listed as rivals
//! with their scores, and where one of them comes close, or only one line stands out, the answer says that it is
//! ambiguous. The speed has to be steady: harmonic `h` smears where the speed changes by more than `1/h` of the
//! resolution; follow a run-up by the ridge.
//!
//! The comb's score and its bound are this crate's own, kin to the multi-order method of Leclère, André and Antoni 2016
//! (Mech. Syst. Signal Process. 81, 375).

use crate::counted::counted;
use serde::{Deserialize, Serialize};

use crate::envelope::hilbert::AnalyticPlan;
use crate::error::{Error, Result, check_finite, check_len};
use crate::rotation::floor_spectrum::FloorSpectrum;
use crate::rotation::line_score::{NoiseBound, line_score};
use crate::sample::{Sample, mean};
use crate::scratch::{Scratch, first};
use crate::units::Hertz;

const TRANSFORM: &str = "shaft speed";
/// Half-width of the floor in bins.
const FLOOR_HALF: usize = 100;
/// Power over the floor from which a line counts as present (1 in 150 of noise).
const PRESENT: f64 = 5.0;
/// A rival of this share of the best score makes the answer ambiguous.
const CLOSE: f64 = 0.8;

/// Where the harmonics are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SpeedSource {
    /// In the spectrum of the samples.
    #[default]
    Signal,
    /// In the spectrum of their squared envelope: where the shaft is heard only in how it modulates.
    SquaredEnvelope,
}

/// Parameters of the shaft speed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ShaftSpeedParams {
    /// Lowest speed allowed. 5 Hz (300 rpm) unless said.
    pub low: Hertz,
    /// Highest speed allowed. 60 Hz (3600 rpm) unless said.
    pub high: Hertz,
    /// Harmonics of the comb, 1 to 64. 8 unless said.
    pub harmonics: usize,
    /// Where they are looked for. In the samples' spectrum unless said.
    pub source: SpeedSource,
    /// How often noise alone may give an answer, 0 to 1: a bound that counts all speeds tried. 0.001 unless
    /// said.
    pub false_alarm: f64,
}

impl Default for ShaftSpeedParams {
    fn default() -> Self {
        Self {
            low: Hertz(5.0),
            high: Hertz(60.0),
            harmonics: 8,
            source: SpeedSource::Signal,
            false_alarm: 1e-3,
        }
    }
}

impl ShaftSpeedParams {
    /// A plan for `len` samples at `rate`.
    ///
    /// # Errors
    /// [`Error::Frequency`] when the rate is not a finite number above 0; [`Error::Parameter`] when the window
    /// does not rise from above 0 to below half the rate, the number of harmonics or the false alarm is out of
    /// range, or the record holds fewer than 8 turns at the lowest speed.
    pub fn plan<T: Sample>(&self, rate: Hertz, len: usize) -> Result<ShaftSpeedPlan<T>> {
        Error::check_rate(rate)?;
        let (low, high) = (self.low.0, self.high.0);
        if !(low > 0.0 && low < high && high < rate.0 / 2.0) {
            let reason = format!("it has to rise from above 0 to below {} Hz, half the rate", rate.0 / 2.0);
            return Err(Error::parameter(
                TRANSFORM,
                "window",
                format!("{} to {}", self.low, self.high),
                &reason,
            ));
        }
        if !(1..=64).contains(&self.harmonics) {
            return Err(Error::parameter(TRANSFORM, "harmonics", self.harmonics, "it has to be in 1 to 64"));
        }
        if !(self.false_alarm > 0.0 && self.false_alarm <= 1.0) {
            let reason = "it has to be above 0 and at most 1";
            return Err(Error::parameter(TRANSFORM, "false_alarm", self.false_alarm, reason));
        }
        if (len as f64) < 8.0 * rate.0 / low {
            let reason =
                "at least 8 turns at the lowest speed are needed: take a longer record or a narrower window";
            return Err(Error::parameter(TRANSFORM, "length", counted(len, "sample"), reason));
        }
        let spectrum = FloorSpectrum::new(rate.0, len, FLOOR_HALF)?;
        let step = spectrum.resolution() / (4.0 * self.harmonics as f64);
        let speeds = ((high - low) / step) as usize + 1;
        if speeds > 1 << 26 {
            let reason = "so many speeds would be tried: narrow the window or take a shorter record";
            return Err(Error::parameter(TRANSFORM, "window", speeds, reason));
        }
        let envelope = match self.source {
            SpeedSource::Signal => None,
            SpeedSource::SquaredEnvelope => Some(AnalyticPlan::new(len)?),
        };
        Ok(ShaftSpeedPlan { params: *self, rate, spectrum, envelope, step, speeds, bound: NoiseBound::new() })
    }
}

/// A speed in a simple ratio to the answer.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RivalSpeed {
    /// Its ratio to the answer; no unit.
    pub ratio: f64,
    /// The speed, in revolutions a second.
    pub speed: Hertz,
    /// Its comb's score, no unit; that of the answer is [`SpeedEstimate::score`].
    pub score: f64,
    /// Whether it lies in the window that was allowed.
    pub allowed: bool,
}

/// A speed read from a record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SpeedEstimate {
    /// The speed, in revolutions a second.
    pub speed: Hertz,
    /// Its standard uncertainty in hertz, given that the comb is the shaft's.
    pub uncertainty: Hertz,
    /// The comb's score; no unit.
    pub score: f64,
    /// Harmonics that stand out from the floor.
    pub harmonics: usize,
    /// Bound on how often noise would do as well: a probability.
    pub false_alarm: f64,
    /// Speeds of 1/3, 1/2, 2/3, 3/2, 2 and 3 times the answer, best first.
    pub rivals: Vec<RivalSpeed>,
}

/// What a record says about the shaft's speed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ShaftSpeed {
    /// One comb stands out and no simple ratio of it comes close.
    Clear(SpeedEstimate),
    /// A comb stands out, but only by one line, or an allowed rival comes close: ask for another source.
    Ambiguous(SpeedEstimate),
    /// Nothing stands out from the floor.
    Nothing {
        /// Bound on how often noise would do as well as the best comb.
        false_alarm: f64,
    },
}

impl ShaftSpeed {
    /// The estimate where there is one, ambiguous or not.
    #[must_use]
    pub fn estimate(&self) -> Option<&SpeedEstimate> {
        match self {
            Self::Clear(estimate) | Self::Ambiguous(estimate) => Some(estimate),
            Self::Nothing { .. } => None,
        }
    }

    /// The estimate where it is clear.
    #[must_use]
    pub fn clear(&self) -> Option<&SpeedEstimate> {
        if let Self::Clear(estimate) = self { Some(estimate) } else { None }
    }
}

/// Shaft speed of records of one length.
#[derive(Debug, Clone)]
pub struct ShaftSpeedPlan<T: Sample> {
    params: ShaftSpeedParams,
    rate: Hertz,
    spectrum: FloorSpectrum,
    envelope: Option<AnalyticPlan<T>>,
    step: f64,
    speeds: usize,
    bound: NoiseBound,
}

impl<T: Sample> ShaftSpeedPlan<T> {
    /// Samples of the record.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "a plan is never empty")]
    pub fn len(&self) -> usize {
        self.spectrum.len()
    }

    /// Rate of the samples.
    #[must_use]
    pub fn rate(&self) -> Hertz {
        self.rate
    }

    /// What `input` (`len` samples) says about the speed. The result allocates its list of rivals and nothing
    /// else.
    ///
    /// # Errors
    /// [`Error::Length`] when the slice has another length; [`Error::Parameter`] when a sample is not finite.
    pub fn process(&self, input: &[T], scratch: &mut Scratch<T>) -> Result<ShaftSpeed> {
        check_len("input of the shaft speed", self.len(), input.len())?;
        check_finite(TRANSFORM, input)?;
        let mut values = std::mem::take(&mut scratch.values);
        let result = self.prepared(input, &mut values, scratch).and_then(|()| self.search(&values, scratch));
        scratch.values = values;
        result
    }

    /// The samples, or their squared envelope.
    fn prepared(&self, input: &[T], values: &mut Vec<T>, scratch: &mut Scratch<T>) -> Result<()> {
        let values = first(values, self.len());
        let Some(envelope) = &self.envelope else {
            values.copy_from_slice(input);
            return Ok(());
        };
        // Scaled, so that no square overflows.
        let largest = input.iter().map(|x| x.widen().abs()).fold(0.0, f64::max).max(f64::MIN_POSITIVE);
        envelope.quadrature(input, values, scratch)?;
        for (h, x) in values.iter_mut().zip(input) {
            let (h0, x0) = (h.widen() / largest, x.widen() / largest);
            *h = T::narrow(h0 * h0 + x0 * x0);
        }
        Ok(())
    }

    fn search(&self, values: &[T], scratch: &mut Scratch<T>) -> Result<ShaftSpeed> {
        let values = &values[..self.len()];
        let level = mean(values);
        let Scratch { rotation, median, .. } = scratch;
        let samples = values.iter().map(|x| x.widen() - level);
        let Some(powers) = self.spectrum.powers(samples, rotation, median)? else {
            return Ok(ShaftSpeed::Nothing { false_alarm: 1.0 });
        };
        let (mut best, mut at) = ((f64::NEG_INFINITY, 0), 0);
        for index in 0..self.speeds {
            let score = self.score(powers, self.params.low.0 + index as f64 * self.step);
            if score.0 > best.0 {
                (best, at) = (score, index);
            }
        }
        let tried = (self.speeds * self.params.harmonics) as f64;
        let false_alarm = (tried.ln() + self.bound.log_chance(best.1, best.0)).exp().min(1.0);
        let coarse = self.params.low.0 + at as f64 * self.step;
        let refined = self.refine(powers, coarse, best.1);
        let (Some((speed, uncertainty, harmonics)), true) = (refined, false_alarm <= self.params.false_alarm)
        else {
            return Ok(ShaftSpeed::Nothing { false_alarm });
        };
        let rivals = self.rivals(powers, speed);
        let close = rivals.iter().any(|rival| rival.allowed && rival.score >= CLOSE * best.0);
        let estimate = SpeedEstimate {
            speed: Hertz(speed),
            uncertainty: Hertz(uncertainty),
            score: best.0,
            harmonics,
            false_alarm,
            rivals,
        };
        Ok(if close || harmonics < 2 { ShaftSpeed::Ambiguous(estimate) } else { ShaftSpeed::Clear(estimate) })
    }

    /// The best total of the comb's first lines, and how many those are.
    fn score(&self, powers: &[f64], speed: f64) -> (f64, usize) {
        let (mut total, mut best) = (0.0, (f64::NEG_INFINITY, 0));
        for h in 1..=self.params.harmonics {
            total += line_score(self.spectrum.at(powers, h as f64 * speed));
            if total > best.0 {
                best = (total, h);
            }
        }
        best
    }

    /// Speed, standard uncertainty and number of lines that stand out, from the tops of the comb's lines.
    fn refine(&self, powers: &[f64], coarse: f64, lines: usize) -> Option<(f64, f64, usize)> {
        let mut speed = coarse;
        let mut result = None;
        for _ in 0..3 {
            let (mut weights, mut sum, mut squares, mut count) = (0.0, 0.0, 0.0, 0);
            for h in 1..=lines {
                let harmonic = h as f64;
                let Some((frequency, power)) = self.spectrum.top(powers, harmonic * speed) else { continue };
                // A top that is not this comb's is left out.
                if power < PRESENT || (frequency - harmonic * speed).abs() > 1.5 * self.spectrum.resolution()
                {
                    continue;
                }
                let weight = harmonic * harmonic / self.spectrum.variance(power);
                let own = frequency / harmonic;
                weights += weight;
                sum += weight * (own - speed);
                squares += weight * (own - speed) * (own - speed);
                count += 1;
            }
            if count == 0 {
                return result;
            }
            let shift = sum / weights;
            let scatter = (squares - shift * sum).max(0.0) / (count as f64 - 1.0).max(1.0);
            speed += shift;
            result = Some((speed, (scatter.max(1.0) / weights).sqrt(), count));
        }
        result
    }

    fn rivals(&self, powers: &[f64], speed: f64) -> Vec<RivalSpeed> {
        let near = |centre: f64| {
            (-4..=4)
                .map(|k| self.score(powers, centre + f64::from(k) * self.step).0)
                .fold(f64::NEG_INFINITY, f64::max)
        };
        let mut rivals: Vec<_> = [1.0 / 3.0, 0.5, 2.0 / 3.0, 1.5, 2.0, 3.0]
            .into_iter()
            .map(|ratio| {
                let rival = Hertz(ratio * speed);
                let allowed = rival >= self.params.low && rival <= self.params.high;
                RivalSpeed { ratio, speed: rival, score: near(rival.0), allowed }
            })
            .collect();
        rivals.sort_by(|a, b| b.score.total_cmp(&a.score));
        rivals
    }
}
