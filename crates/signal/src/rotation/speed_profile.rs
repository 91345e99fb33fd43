//! How a shaft turns during a record: angle against time, and back.
//!
//! Through pulses (or other times at which the angle is known) runs a cubic spline of time against revolutions;
//! through measured speeds a cubic spline of speed against time, whose integral is the angle. Either way the
//! angle rises everywhere: a profile that would turn back is refused, with what to look for. Beyond its ends a
//! profile goes on at the speed it has there.
//!
//! Angle from the times of pulses: Fyfe and Munck 1997 (doi 10.1006/mssp.1996.0056), there by pieces of constant
//! acceleration; the spline of time against revolutions is this crate's own choice.

use crate::counted::counted;
use crate::error::{Error, Result};
use crate::rotation::spline::CubicSpline;
use crate::units::{Hertz, Seconds};

const TRANSFORM: &str = "speed profile";

/// The angle of a shaft over time. Time is counted from the first sample of the record, angle in revolutions.
///
/// ```
/// use brinell_signal::{Hertz, Seconds, rotation::SpeedProfile};
/// let run_up = SpeedProfile::from_speeds(&[(Seconds(0.0), Hertz(10.0)), (Seconds(4.0), Hertz(30.0))])?;
/// assert!((run_up.revolutions(Seconds(4.0)) - 80.0).abs() < 1e-12);
/// assert!((run_up.time(80.0).0 - 4.0).abs() < 1e-12);
/// assert!((run_up.speed(Seconds(1.0)).0 - 15.0).abs() < 1e-12);
/// # Ok::<(), brinell_signal::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct SpeedProfile {
    form: Form,
}

#[derive(Debug, Clone, PartialEq)]
enum Form {
    /// Time against revolutions.
    Angle(CubicSpline),
    /// Speed against time, and the revolutions at its knots.
    Speed(CubicSpline, Vec<f64>),
}

impl SpeedProfile {
    /// From the times of pulses, `pulses_per_revolution` of them a turn, evenly spread. The first one is at
    /// revolution 0.
    ///
    /// # Errors
    /// [`Error::Parameter`] when there are fewer than two pulses or none a revolution, times do not rise, or are
    /// so uneven that the shaft would have to turn back between them: a missed or a false pulse.
    pub fn from_pulses(pulses: &[Seconds], pulses_per_revolution: u32) -> Result<Self> {
        if pulses_per_revolution == 0 {
            let reason = "at least 1 pulse a revolution is needed";
            return Err(Error::parameter(TRANSFORM, "pulses_per_revolution", 0, reason));
        }
        let points = pulses.iter().enumerate();
        let points: Vec<_> =
            points.map(|(i, time)| (*time, i as f64 / f64::from(pulses_per_revolution))).collect();
        Self::from_revolutions(&points)
    }

    /// From times at which the angle is known, in revolutions.
    ///
    /// # Errors
    /// [`Error::Parameter`] when there are fewer than two points, times or angles do not rise, or are so uneven
    /// that the shaft would have to turn back between them.
    pub fn from_revolutions(points: &[(Seconds, f64)]) -> Result<Self> {
        if points.len() < 2 {
            return Err(Error::parameter(TRANSFORM, "points", points.len(), "at least 2 are needed"));
        }
        let (times, turns): (Vec<f64>, Vec<f64>) =
            points.iter().map(|(time, turns)| (time.0, *turns)).unzip();
        let spline = CubicSpline::new(&turns, &times)?;
        if let Some(bad) = times.windows(2).position(|t| t[1] <= t[0]) {
            let reason = "times have to rise: look for a damaged pulse";
            return Err(Error::parameter(
                TRANSFORM,
                "time",
                format!("{} s at point {}", times[bad + 1], bad + 1),
                reason,
            ));
        }
        if !spline.rises() {
            let reason = "they are so uneven that the shaft would turn back between them: look for a missed or a \
                          false pulse";
            return Err(Error::parameter(TRANSFORM, "times", counted(times.len(), "point"), reason));
        }
        Ok(Self { form: Form::Angle(spline) })
    }

    /// From measured speeds. Revolution 0 is at the first of them. One point is a constant speed.
    ///
    /// # Errors
    /// [`Error::Parameter`] when there is no point, times do not rise, a speed is not a finite number above 0, or
    /// the curve through them falls to 0 between two of them: closer points are needed there.
    pub fn from_speeds(points: &[(Seconds, Hertz)]) -> Result<Self> {
        let (times, speeds): (Vec<f64>, Vec<f64>) =
            points.iter().map(|(time, speed)| (time.0, speed.0)).unzip();
        let spline = CubicSpline::new(&times, &speeds)?;
        if let Some(bad) = speeds.iter().position(|speed| *speed <= 0.0) {
            let reason = "a shaft that stands or turns back cannot be followed: cut that stretch out";
            return Err(Error::parameter(
                TRANSFORM,
                "speed",
                format!("{} Hz at point {bad}", speeds[bad]),
                reason,
            ));
        }
        if !spline.is_positive() {
            let reason = "the curve through them falls to 0 between two of them: give more points there";
            return Err(Error::parameter(TRANSFORM, "speeds", counted(speeds.len(), "point"), reason));
        }
        let mut turns = vec![0.0; times.len()];
        for index in 1..turns.len() {
            let (_, width, c) = spline.piece(index - 1);
            turns[index] = turns[index - 1] + integral(c, width);
        }
        Ok(Self { form: Form::Speed(spline, turns) })
    }

    /// A constant speed from time 0 on.
    ///
    /// # Errors
    /// [`Error::Parameter`] when the speed is not a finite number above 0.
    pub fn constant(speed: Hertz) -> Result<Self> {
        Self::from_speeds(&[(Seconds(0.0), speed)])
    }

    /// The first and the last time that the profile knows of; `None` for a constant speed, which knows all.
    #[must_use]
    pub fn span(&self) -> Option<(Seconds, Seconds)> {
        let times = match &self.form {
            Form::Angle(spline) => spline.values(),
            Form::Speed(spline, _) => spline.knots(),
        };
        (times.len() > 1).then(|| (Seconds(times[0]), Seconds(times[times.len() - 1])))
    }

    /// Revolutions that the shaft has made at a time.
    #[must_use]
    pub fn revolutions(&self, time: Seconds) -> f64 {
        let (clamped, beyond) = self.within(time.0);
        let turns = match &self.form {
            Form::Angle(spline) => {
                let index = spline.values().partition_point(|t| *t <= clamped).saturating_sub(1);
                let (start, width, c) = spline.piece(index.min(spline.pieces() - 1));
                let cubic = |t: f64| c[0] + t * (c[1] + t * (c[2] + t * c[3]));
                let slope = |t: f64| c[1] + t * (2.0 * c[2] + t * 3.0 * c[3]);
                start + invert(cubic, slope, width, clamped)
            }
            Form::Speed(spline, turns) => {
                let index = spline.piece_of(clamped);
                let (start, _, c) = spline.piece(index);
                turns[index] + integral(c, clamped - start)
            }
        };
        turns + if beyond == 0.0 { 0.0 } else { beyond * self.speed(Seconds(clamped)).0 }
    }

    /// The time at which the shaft has made that many revolutions.
    #[must_use]
    pub fn time(&self, revolutions: f64) -> Seconds {
        Seconds(match &self.form {
            Form::Angle(spline) => {
                let knots = spline.knots();
                let clamped = revolutions.clamp(knots[0], knots[knots.len() - 1]);
                spline.value(clamped) + (revolutions - clamped) * spline.derivative(clamped)
            }
            Form::Speed(spline, turns) => {
                let clamped = revolutions.clamp(turns[0], turns[turns.len() - 1]);
                let index =
                    turns.partition_point(|t| *t <= clamped).saturating_sub(1).min(spline.pieces() - 1);
                let (start, width, c) = spline.piece(index);
                let speed = |t: f64| c[0] + t * (c[1] + t * (c[2] + t * c[3]));
                let time = start + invert(|t| integral(c, t), speed, width, clamped - turns[index]);
                time + (revolutions - clamped) / self.speed(Seconds(time)).0
            }
        })
    }

    /// The speed at a time.
    #[must_use]
    pub fn speed(&self, time: Seconds) -> Hertz {
        let (clamped, _) = self.within(time.0);
        Hertz(match &self.form {
            Form::Angle(spline) => 1.0 / spline.derivative(self.revolutions(Seconds(clamped))),
            Form::Speed(spline, _) => spline.value(clamped),
        })
    }

    /// A time moved into the span, and what it lies beyond it.
    fn within(&self, time: f64) -> (f64, f64) {
        let (first, last) = match self.span() {
            Some((first, last)) => (first.0, last.0),
            None => match &self.form {
                Form::Angle(spline) => (spline.values()[0], spline.values()[0]),
                Form::Speed(spline, _) => (spline.knots()[0], spline.knots()[0]),
            },
        };
        let clamped = time.clamp(first, last);
        (clamped, time - clamped)
    }
}

/// Integral of a cubic from 0 to `t`.
fn integral(c: [f64; 4], t: f64) -> f64 {
    t * (c[0] + t * (c[1] / 2.0 + t * (c[2] / 3.0 + t * c[3] / 4.0)))
}

/// Where a function that rises over `0..=width` has a value: Newton's steps, kept inside by halving.
fn invert(function: impl Fn(f64) -> f64, slope: impl Fn(f64) -> f64, width: f64, value: f64) -> f64 {
    let (mut low, mut high) = (0.0, width);
    let (at_low, at_high) = (function(0.0), function(width));
    let mut t = if at_high > at_low { (value - at_low) / (at_high - at_low) * width } else { 0.0 };
    t = t.clamp(low, high);
    for _ in 0..60 {
        let error = function(t) - value;
        if error > 0.0 {
            high = t;
        } else {
            low = t;
        }
        let step = error / slope(t);
        let next = t - step;
        let next = if next >= low && next <= high { next } else { 0.5 * (low + high) };
        if (next - t).abs() <= 1e-16 * width || error == 0.0 {
            return next;
        }
        t = next;
    }
    t
}
