//! Speed of a run-up or coast-down: the ridge of the shaft's comb through short spectra.
//!
//! In every frame each speed of a grid gets the score of its comb (`line_score.rs`); the path with the largest
//! total whose speed changes by no more than the allowed slew from frame to frame is found by dynamic programming
//! (Viterbi). In each frame the tops of the lines then give the speed between grid points and its standard
//! uncertainty. What noise alone would reach as often as [`SpeedRidgeParams::false_alarm`] is refused.
//!
//! Traps. Within a frame of `T` seconds harmonic `h` sweeps over `h · slew · T` Hz: keep that below about `2/T`, so
//! `T < sqrt(2/(h · slew))`. The traps of the comb are those of the steady speed: half and double speeds.
//!
//! The best path is found as by Viterbi 1967 (doi 10.1109/TIT.1967.1054010); the scores it sums are this crate's own.

use crate::counted::counted;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result, check_finite, check_len};
use crate::rotation::floor_spectrum::FloorSpectrum;
use crate::rotation::line_score::{NoiseBound, TOP_SCORE, line_score};
use crate::rotation::speed_profile::SpeedProfile;
use crate::sample::{Sample, mean};
use crate::scratch::Scratch;
use crate::units::{Hertz, Seconds};

const TRANSFORM: &str = "speed ridge";
/// Half-width of the floor in bins of a frame.
const FLOOR_HALF: usize = 50;
/// Most scores that are kept: frames times speeds.
const MOST_SCORES: usize = 1 << 26;

/// Parameters of the ridge.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SpeedRidgeParams {
    /// Lowest speed allowed. 5 Hz unless said.
    pub low: Hertz,
    /// Highest speed allowed. 60 Hz unless said.
    pub high: Hertz,
    /// Harmonics of the comb, 1 to 32. 4 unless said.
    pub harmonics: usize,
    /// Length of a frame; frames overlap by half. 0.5 s unless said.
    pub frame: Seconds,
    /// Largest change of speed in Hz a second, above 0. 10 unless said.
    pub slew: f64,
    /// How often noise alone may give an answer, 0 to 1: a bound that counts all paths. 0.001 unless said.
    pub false_alarm: f64,
}

impl Default for SpeedRidgeParams {
    fn default() -> Self {
        Self {
            low: Hertz(5.0),
            high: Hertz(60.0),
            harmonics: 4,
            frame: Seconds(0.5),
            slew: 10.0,
            false_alarm: 1e-3,
        }
    }
}

impl SpeedRidgeParams {
    /// A plan for `len` samples at `rate`.
    ///
    /// # Errors
    /// [`Error::Frequency`] when the rate is not a finite number above 0; [`Error::Parameter`] when the window does
    /// not rise from above 0 to below half the rate, another parameter is out of range, a frame holds fewer than
    /// 2 turns at the lowest speed, or the record fewer than 3 frames.
    pub fn plan<T: Sample>(&self, rate: Hertz, len: usize) -> Result<SpeedRidgePlan<T>> {
        Error::check_rate(rate)?;
        let refuse = |parameter, value: String, reason: &str| {
            Err(Error::parameter(TRANSFORM, parameter, value, reason))
        };
        let (low, high) = (self.low.0, self.high.0);
        if low > high {
            let value = format!("{} to {}", self.low, self.high);
            return refuse("window", value, "the lower speed has to come first");
        }
        if !(low > 0.0 && low < high && high < rate.0 / 2.0) {
            let reason = format!("it has to rise from above 0 to below {} Hz, half the rate", rate.0 / 2.0);
            return refuse("window", format!("{} to {}", self.low, self.high), &reason);
        }
        if !(1..=32).contains(&self.harmonics) {
            return refuse("harmonics", self.harmonics.to_string(), "it has to be in 1 to 32");
        }
        if !(self.slew.is_finite() && self.slew > 0.0) {
            return refuse("slew", self.slew.to_string(), "it has to be a finite number above 0");
        }
        if !(self.false_alarm > 0.0 && self.false_alarm <= 1.0) {
            return refuse("false_alarm", self.false_alarm.to_string(), "it has to be above 0 and at most 1");
        }
        let length = self.frame.0 * rate.0;
        if !(length >= 2.0 * rate.0 / low && length >= 32.0) {
            let reason = "a frame has to hold at least 2 turns at the lowest speed, and 32 samples";
            return refuse("frame", self.frame.to_string(), reason);
        }
        // A third frame has to begin within the record: half a frame apart.
        if length * 2.0 > len as f64 {
            let value = format!("{} ({} s)", counted(len, "sample"), len as f64 / rate.0);
            let reason = format!(
                "at least 3 frames of {}, which overlap by half, are needed: take a record of {} s or more, {}",
                self.frame,
                2.0 * self.frame.0,
                counted((length * 2.0).ceil() as usize, "sample")
            );
            return refuse("length", value, &reason);
        }
        let (length, hop) = (length as usize, length as usize / 2);
        let spectrum = FloorSpectrum::new(rate.0, length, FLOOR_HALF)?;
        let step = spectrum.resolution() / (4.0 * self.harmonics as f64);
        let speeds = ((high - low) / step) as usize + 1;
        let frames = 1 + (len - length) / hop;
        if speeds.saturating_mul(frames) > MOST_SCORES {
            let reason = "so many frames and speeds would be kept: narrow the window or cut the record";
            return refuse("window", format!("{speeds} speeds in {frames} frames"), reason);
        }
        let reach = (self.slew * hop as f64 / rate.0 / step).ceil().min(speeds as f64) as usize;
        Ok(SpeedRidgePlan {
            params: *self,
            rate,
            len,
            hop,
            frames,
            spectrum,
            step,
            speeds,
            reach,
            bound: NoiseBound::new(),
            of: std::marker::PhantomData,
        })
    }
}

/// The speed in the middle of one frame.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RidgePoint {
    /// Middle of the frame, in seconds from the record's start.
    pub time: Seconds,
    /// The speed, in revolutions a second.
    pub speed: Hertz,
    /// Its standard uncertainty, in hertz.
    pub uncertainty: Hertz,
}

/// The speed over a record.
#[derive(Debug, Clone, PartialEq)]
pub struct SpeedRidge {
    /// The speed in each frame.
    pub points: Vec<RidgePoint>,
    /// A curve through them.
    pub profile: SpeedProfile,
    /// Bound on how often noise would do as well: a probability.
    pub false_alarm: f64,
}

/// The ridge for records of one length.
#[derive(Debug, Clone)]
pub struct SpeedRidgePlan<T> {
    params: SpeedRidgeParams,
    rate: Hertz,
    len: usize,
    hop: usize,
    frames: usize,
    spectrum: FloorSpectrum,
    step: f64,
    speeds: usize,
    reach: usize,
    bound: NoiseBound,
    of: std::marker::PhantomData<T>,
}

impl<T: Sample> SpeedRidgePlan<T> {
    /// Samples of the record.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "a plan is never empty")]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Frames, and points of the result.
    #[must_use]
    pub fn frames(&self) -> usize {
        self.frames
    }

    /// The speed over `input` (`len` samples). The result, and the table of paths, are allocated.
    ///
    /// # Errors
    /// [`Error::Length`] when the slice has another length; [`Error::Parameter`] when a sample is not finite, or no
    /// ridge stands out from what noise would give.
    pub fn process(&self, input: &[T], scratch: &mut Scratch<T>) -> Result<SpeedRidge> {
        check_len("input of the speed ridge", self.len, input.len())?;
        check_finite(TRANSFORM, input)?;
        let mut steps = vec![0_u32; self.frames * self.speeds];
        let (mut totals, mut next) = (vec![0.0; self.speeds], vec![0.0; self.speeds]);
        let mut kept: Vec<Vec<f64>> = Vec::with_capacity(self.frames);
        for frame in 0..self.frames {
            let powers = self.frame_powers(&input[frame * self.hop..][..self.spectrum.len()], scratch)?;
            let Some(powers) = powers else { return Err(nothing(1.0)) };
            best_within(&totals, self.reach, &mut next, &mut steps[frame * self.speeds..][..self.speeds]);
            for (index, total) in next.iter_mut().enumerate() {
                *total += self.score(powers, self.speed(index));
            }
            std::mem::swap(&mut totals, &mut next);
            // Only what the comb can reach is needed again.
            let reach =
                (self.params.harmonics as f64 * self.params.high.0 / self.spectrum.spacing()) as usize + 8;
            kept.push(powers[..reach.min(powers.len())].to_vec());
        }
        let end = (0..self.speeds).max_by(|a, b| totals[*a].total_cmp(&totals[*b])).unwrap_or(0);
        let paths =
            (self.speeds as f64).ln() + (self.frames - 1) as f64 * (2.0 * self.reach as f64 + 1.0).ln();
        let lines = self.frames * self.params.harmonics;
        let false_alarm = (paths + self.bound.log_chance(lines, totals[end])).exp().min(1.0);
        if false_alarm > self.params.false_alarm {
            return Err(nothing(false_alarm));
        }
        let mut points = Vec::with_capacity(self.frames);
        let mut index = end;
        for frame in (0..self.frames).rev() {
            let (speed, uncertainty) = self.refine(&kept[frame], self.speed(index));
            let middle = frame * self.hop;
            let time = (middle as f64 + (self.spectrum.len() - 1) as f64 / 2.0) / self.rate.0;
            points.push(RidgePoint {
                time: Seconds(time),
                speed: Hertz(speed),
                uncertainty: Hertz(uncertainty),
            });
            index = steps[frame * self.speeds + index] as usize;
        }
        points.reverse();
        let curve: Vec<_> = points.iter().map(|point| (point.time, point.speed)).collect();
        Ok(SpeedRidge { profile: SpeedProfile::from_speeds(&curve)?, points, false_alarm })
    }

    fn frame_powers<'a>(&self, frame: &[T], scratch: &'a mut Scratch<T>) -> Result<Option<&'a [f64]>> {
        let level = mean(frame);
        self.spectrum.powers(
            frame.iter().map(|x| x.widen() - level),
            &mut scratch.rotation,
            &mut scratch.median,
        )
    }

    fn speed(&self, index: usize) -> f64 {
        self.params.low.0 + index as f64 * self.step
    }

    fn score(&self, powers: &[f64], speed: f64) -> f64 {
        (1..=self.params.harmonics).map(|h| line_score(self.spectrum.at(powers, h as f64 * speed))).sum()
    }

    /// The speed between grid points and its standard uncertainty; the grid's own where no line stands out.
    fn refine(&self, powers: &[f64], speed: f64) -> (f64, f64) {
        let (mut weights, mut sum, mut squares, mut count) = (0.0, 0.0, 0.0, 0.0);
        for h in 1..=self.params.harmonics {
            let harmonic = h as f64;
            let Some((frequency, power)) = self.spectrum.top(powers, harmonic * speed) else { continue };
            if power < 5.0 || (frequency / harmonic - speed).abs() > self.spectrum.resolution() / harmonic {
                continue;
            }
            let weight = harmonic * harmonic / self.spectrum.variance(power);
            let shift = frequency / harmonic - speed;
            weights += weight;
            sum += weight * shift;
            squares += weight * shift * shift;
            count += 1.0;
        }
        if weights <= 0.0 {
            return (speed, self.spectrum.resolution() / self.params.harmonics as f64);
        }
        let shift = sum / weights;
        let scatter = (squares - shift * sum).max(0.0) / f64::max(count - 1.0, 1.0);
        (speed + shift, (f64::max(scatter, 1.0) / weights).sqrt())
    }
}

/// `next[i] = max totals[j]` over `|i - j| <= reach`, and the `j` it is at: a window that slides over a queue of
/// candidates.
fn best_within(totals: &[f64], reach: usize, next: &mut [f64], from: &mut [u32]) {
    let mut queue = std::collections::VecDeque::with_capacity(2 * reach + 2);
    let mut entering = 0;
    for i in 0..totals.len() {
        while entering < totals.len() && entering <= i + reach {
            while queue.back().is_some_and(|&last: &usize| totals[last] < totals[entering]) {
                queue.pop_back();
            }
            queue.push_back(entering);
            entering += 1;
        }
        while queue.front().is_some_and(|&oldest| oldest + reach < i) {
            queue.pop_front();
        }
        let best = queue.front().copied().unwrap_or(i);
        next[i] = totals[best];
        from[i] = best as u32;
    }
}

#[cold]
fn nothing(false_alarm: f64) -> Error {
    let reason = format!(
        "no ridge stands out: noise would do as well with a chance of up to this (a line counts at most {TOP_SCORE}); \
         narrow the window of speeds, or use longer frames"
    );
    Error::parameter(TRANSFORM, "false_alarm", format!("{false_alarm:.2e}"), &reason)
}
