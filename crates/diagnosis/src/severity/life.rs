//! Remaining life until a stated limit, with its interval, or why there is none.
//!
//! ISO 13381-1 asks for a definition of failure, a trend, and an interval. A straight line through dated readings is
//! carried on no further than they reach back; the interval is where the 90 % prediction band of a single further reading
//! meets the limit.

use brinell_signal::{Phrase, phrase};
use serde::{Deserialize, Serialize};

use super::day::Day;

/// Fewest dated readings, this one included.
const FEWEST: usize = 8;
/// Two-sided confidence of the interval.
const CONFIDENCE: f64 = 0.90;
/// 95 % quantile of the normal distribution.
const Z: f64 = 1.644_853_6;

/// What counts as failure: an indicator at or above a value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Limit {
    /// Name of the indicator, e.g. `RMS`.
    pub indicator: String,
    /// In the unit of the indicator.
    pub value: f64,
    /// Where the limit comes from, in words.
    pub meaning: Phrase,
}

impl std::str::FromStr for Limit {
    type Err = String;

    /// `RMS=0.8`: an indicator that is trended, in any case, and a value above 0.
    fn from_str(text: &str) -> Result<Self, String> {
        let (name, value) =
            text.split_once('=').ok_or_else(|| format!("`{text}` is no limit: write RMS=0.8"))?;
        let known = super::reading::INDICATORS.iter().find(|known| known.eq_ignore_ascii_case(name.trim()));
        let indicator = known.ok_or_else(|| {
            format!("`{}` is not trended: known are {}", name.trim(), super::reading::INDICATORS.join(", "))
        })?;
        let value = value.trim().parse::<f64>().ok().filter(|value| value.is_finite() && *value > 0.0);
        let value = value.ok_or_else(|| format!("`{text}` has no value: write a number above 0"))?;
        Ok(Self { indicator: (*indicator).to_owned(), value, meaning: Phrase::word("declared") })
    }
}

/// Remaining life, in days from this measurement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Life {
    /// What counts as failure.
    pub limit: Limit,
    /// From when the limit may be met; 0 when it is met already.
    pub earliest_days: f64,
    /// When it will have been met; `None` when that lies beyond what the readings allow to tell.
    pub latest_days: Option<f64>,
    /// Two-sided confidence of the interval.
    pub confidence: f64,
    /// Dated readings behind it, this one included.
    pub readings: usize,
}

impl Life {
    /// Whether the limit is met already.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.latest_days.is_some_and(|latest| latest <= 0.0)
    }
}

/// Why there is no remaining life.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct NoLife {
    pub(super) why: Phrase,
    /// Whether it is because the readings do not rise beyond their scatter.
    pub(super) is_level: bool,
}

impl From<Phrase> for NoLife {
    fn from(why: Phrase) -> Self {
        Self { why, is_level: false }
    }
}

/// `points` are days and values, this reading included.
pub(super) fn assess(points: &[(f64, f64)], now: Option<Day>, limit: Limit) -> Result<Life, NoLife> {
    let Some(Day(now)) = now else {
        return Err(Phrase::word("the date of this measurement is not known (--measured 2026-11-03)").into());
    };
    let life = |earliest_days, latest_days| Life {
        limit: limit.clone(),
        earliest_days,
        latest_days,
        confidence: CONFIDENCE,
        readings: points.len(),
    };
    if points.iter().any(|(day, value)| *day == now && *value >= limit.value) {
        return Ok(life(0.0, Some(0.0)));
    }
    let indicator = Phrase::named(&limit.indicator);
    if points.len() < FEWEST {
        return Err(phrase!(
            "{n:dated reading|dated readings} of {indicator}, and a trend takes {least}",
            n = points.len(),
            indicator,
            least = FEWEST
        )
        .into());
    }
    let line = Line::through(points).ok_or_else(|| Phrase::word("the readings are all of one day"))?;
    let reach = now - points.iter().map(|(day, _)| *day).fold(f64::INFINITY, f64::min);
    if line.slope <= line.quantile * line.slope_error {
        let why = phrase!(
            "a straight line through all {n} dated readings of {indicator} rises no more than their scatter",
            n = points.len(),
            indicator
        );
        return Err(NoLife { why, is_level: true });
    }
    let met = |after: f64, side: f64| {
        let day = now + after;
        line.at(day) + side * line.band(day) >= limit.value
    };
    if !met(reach, 1.0) {
        return Err(phrase!(
            "at the present slope {indicator} meets {limit} later than the {reach:.0} days that the readings span reach \
             ahead",
            indicator,
            limit = limit.value,
            reach
        )
        .into());
    }
    let first = |side: f64| {
        let (mut low, mut high) = (0.0, reach);
        if met(low, side) {
            return Some(0.0);
        }
        if !met(high, side) {
            return None;
        }
        for _ in 0..60 {
            let middle = f64::midpoint(low, high);
            if met(middle, side) { high = middle } else { low = middle }
        }
        Some(high)
    };
    Ok(life(first(1.0).unwrap_or(0.0), first(-1.0)))
}

/// Least-squares line with what its prediction band needs.
struct Line {
    slope: f64,
    slope_error: f64,
    quantile: f64,
    centre: (f64, f64),
    scatter: f64,
    count: f64,
    spread: f64,
}

impl Line {
    fn through(points: &[(f64, f64)]) -> Option<Self> {
        let count = points.len() as f64;
        let centre = (
            points.iter().map(|p| p.0).sum::<f64>() / count,
            points.iter().map(|p| p.1).sum::<f64>() / count,
        );
        let spread = points.iter().map(|p| (p.0 - centre.0).powi(2)).sum::<f64>();
        if spread.is_nan() || spread <= 0.0 {
            return None;
        }
        let slope = points.iter().map(|p| (p.0 - centre.0) * (p.1 - centre.1)).sum::<f64>() / spread;
        let residual =
            points.iter().map(|p| (p.1 - centre.1 - slope * (p.0 - centre.0)).powi(2)).sum::<f64>();
        let freedom = count - 2.0;
        let scatter = (residual / freedom).sqrt();
        Some(Self {
            slope,
            slope_error: scatter / spread.sqrt(),
            quantile: student(freedom),
            centre,
            scatter,
            count,
            spread,
        })
    }

    fn at(&self, day: f64) -> f64 {
        self.centre.1 + self.slope * (day - self.centre.0)
    }

    /// Half-width of the prediction band of one further reading.
    fn band(&self, day: f64) -> f64 {
        let away = (day - self.centre.0).powi(2) / self.spread;
        self.quantile * self.scatter * (1.0 + 1.0 / self.count + away).sqrt()
    }
}

/// The 95 % quantile of Student's t for `freedom` of at least 6, by the expansion in `1/freedom` (Abramowitz and Stegun
/// 26.7.5); within 0.1 %.
fn student(freedom: f64) -> f64 {
    let z2 = Z * Z;
    let first = Z * (z2 + 1.0) / 4.0;
    let second = Z * (5.0 * z2 * z2 + 16.0 * z2 + 3.0) / 96.0;
    let third = Z * (3.0 * z2.powi(3) + 19.0 * z2 * z2 + 17.0 * z2 - 15.0) / 384.0;
    Z + first / freedom + second / freedom.powi(2) + third / freedom.powi(3)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn limit(value: f64) -> Limit {
        Limit { indicator: "RMS".into(), value, meaning: Phrase::word("declared") }
    }

    /// Rising by 0.01 a day from 1.0, with a scatter of 0.02 to either side.
    fn rising(count: usize) -> Vec<(f64, f64)> {
        let scatter = |i: usize| if i.is_multiple_of(2) { 0.02 } else { -0.02 };
        (0..count).map(|i| (10.0 * i as f64, 1.0 + 0.1 * i as f64 + scatter(i))).collect()
    }

    #[test]
    fn the_interval_holds_the_day_on_which_the_true_line_meets_the_limit() {
        let points = rising(12);
        let life = assess(&points, Some(Day(110.0)), limit(2.5)).unwrap();
        let (low, high) = (life.earliest_days, life.latest_days.unwrap());
        assert!(low < 40.0 && 40.0 < high && low > 30.0 && high < 50.0, "{low} {high}");
    }

    #[test]
    fn without_date_readings_rise_or_reach_there_is_no_life() {
        let why = |points: &[(f64, f64)], now, value| {
            assess(points, now, limit(value)).unwrap_err().why.to_string()
        };
        assert!(why(&rising(12), None, 2.5).contains("--measured"));
        assert!(why(&rising(7), Some(Day(60.0)), 2.5).contains("7 dated readings"));
        let flat: Vec<(f64, f64)> = rising(12).iter().map(|p| (p.0, p.1 - 0.01 * p.0)).collect();
        assert!(why(&flat, Some(Day(110.0)), 2.5).contains("all 12 dated readings of RMS rises no more"));
        assert!(why(&rising(12), Some(Day(110.0)), 9.0).contains("110 days"));
        let one_day: Vec<(f64, f64)> = rising(12).iter().map(|p| (5.0, p.1)).collect();
        assert!(why(&one_day, Some(Day(5.0)), 9.0).contains("one day"));
    }

    #[test]
    fn a_limit_that_is_met_leaves_no_days() {
        let life = assess(&[(0.0, 3.0)], Some(Day(0.0)), limit(2.5)).unwrap();
        assert_eq!((life.earliest_days, life.latest_days), (0.0, Some(0.0)));
    }

    #[test]
    fn quantiles_of_student_agree_with_tables() {
        for (freedom, printed) in [(6.0, 1.943), (10.0, 1.812), (20.0, 1.725), (60.0, 1.671)] {
            assert!((student(freedom) - printed).abs() < 2e-3, "{freedom}");
        }
    }

    #[test]
    fn a_limit_names_a_trended_indicator_and_a_value() {
        assert_eq!("rms = 0.8".parse::<Limit>().unwrap(), limit(0.8));
        for text in ["rms", "rms=", "rms=-1", "rms=nan", "mean=1"] {
            assert!(text.parse::<Limit>().is_err(), "{text}");
        }
    }
}
