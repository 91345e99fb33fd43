//! Whether times stand evenly, and at which rate, as far as their digits say.
//!
//! Nothing says how a program rounded its times, so three ways are tried: not at all, to so many decimals (`%.6f`), to so many
//! digits (`%.9g`). Of each the sampling intervals are kept that agree with every time; one way has to leave some.

/// How far the ends of the possible rates may lie apart, as a part of the rate, for one of them to be stated.
pub(super) const SHARP: f64 = 1e-3;

/// A sampling rate with the bounds that its source leaves it, in hertz.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rate {
    pub(super) value: f64,
    pub(super) low: f64,
    pub(super) high: f64,
}

impl Rate {
    /// The rate with the fewest digits between two bounds.
    pub(super) fn between(low: f64, high: f64) -> Self {
        let middle = 0.5 * (low + high);
        let rounded = (0..16).find_map(|digits| {
            let rate: f64 = format!("{middle:.digits$e}").parse().ok()?;
            (low..=high).contains(&rate).then_some(rate)
        });
        Self { value: rounded.unwrap_or(middle), low, high }
    }

    /// Whether the bounds are as good as one rate.
    pub(super) fn is_sharp(&self) -> bool {
        self.high - self.low <= SHARP * self.low
    }

    /// How exact it is, in words; nothing where a millionth is all that is left.
    pub(super) fn exactness(&self) -> String {
        let wrong = (self.high - self.value).max(self.value - self.low) / self.value;
        if wrong <= 1e-6 { String::new() } else { format!(", known to ±{:.1} ppm", wrong * 1e6) }
    }
}

/// What all times say together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Verdict {
    /// Even, and the rate is known.
    Even(Rate),
    /// Even as far as their digits go, which is not far enough to tell the rate.
    Coarse(Rate),
    /// Not even, whatever rounding allows: a gap, a step back, a time that is missing.
    Uneven,
    /// Fewer than three.
    Few,
}

/// Digits with which times are written.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Digits {
    /// Size of the finest digit in seconds.
    pub(super) finest: f64,
    /// Most digits of one time, leading zeros left out; none where that is not what they are rounded to.
    pub(super) most: Option<i32>,
}

/// Collects times.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spacing {
    digits: Digits,
    ways: [Steps; 3],
}

impl Spacing {
    pub(super) fn new(digits: Digits) -> Self {
        Self { digits, ways: [Steps::default(); 3] }
    }

    /// The next time in seconds.
    pub(super) fn add(&mut self, time: f64) {
        let last_digit = match self.digits.most {
            Some(_) if time == 0.0 => 0.0,
            Some(most) => 10_f64.powf(time.abs().log10().floor() + f64::from(1 - most)),
            // Only as good as the second way.
            None => self.digits.finest,
        };
        for (steps, resolution) in self.ways.iter_mut().zip([0.0, self.digits.finest, last_digit]) {
            steps.add(time, resolution);
        }
    }

    pub(super) fn verdict(&self) -> Verdict {
        if self.ways[0].count < 3 {
            return Verdict::Few;
        }
        let possible = || self.ways.iter().filter_map(Steps::rate);
        match possible().find(Rate::is_sharp).or_else(|| possible().next()) {
            Some(rate) if rate.is_sharp() => Verdict::Even(rate),
            Some(rate) => Verdict::Coarse(rate),
            None => Verdict::Uneven,
        }
    }
}

/// All sampling intervals that agree with the times so far.
#[derive(Debug, Clone, Copy)]
struct Steps {
    count: u64,
    first: f64,
    /// How wrong the first time may be.
    resolution: f64,
    least: f64,
    most: f64,
}

impl Default for Steps {
    fn default() -> Self {
        Self { count: 0, first: 0.0, resolution: 0.0, least: 0.0, most: f64::INFINITY }
    }
}

impl Steps {
    fn add(&mut self, time: f64, resolution: f64) {
        if self.count == 0 {
            (self.first, self.resolution) = (time, resolution);
        } else {
            // Both times are rounded by half a digit, or one is cut by up to a whole one; and both are rounded as numbers.
            let wrong =
                resolution.max(self.resolution) + 4.0 * f64::EPSILON * time.abs().max(self.first.abs());
            let steps = self.count as f64;
            let passed = time - self.first;
            // After a time that is none no interval agrees.
            let least = if passed.is_nan() { f64::INFINITY } else { (passed - wrong) / steps };
            self.least = self.least.max(least);
            self.most = self.most.min((passed + wrong) / steps);
        }
        self.count += 1;
    }

    /// The rates that agree; none where no interval does, or where it may be any.
    fn rate(&self) -> Option<Rate> {
        let possible = self.least <= self.most && self.most > 0.0 && self.most.is_finite();
        // Times that do not move within their digits bound the rate on one side alone.
        possible.then(|| Rate::between(1.0 / self.most, 1.0 / self.least.max(0.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(times: &[f64], finest: f64, most: Option<i32>) -> Verdict {
        let mut spacing = Spacing::new(Digits { finest, most });
        for &time in times {
            spacing.add(time);
        }
        spacing.verdict()
    }

    fn rate(times: &[f64], finest: f64) -> Option<f64> {
        match verdict(times, finest, None) {
            Verdict::Even(rate) => Some(rate.value),
            _ => None,
        }
    }

    /// Times as they are written with so many decimals.
    fn written(rate: f64, count: usize, decimals: usize) -> Vec<f64> {
        (0..count)
            .map(|i| format!("{:.decimals$}", 5.0 + i as f64 / rate).parse().unwrap_or_default())
            .collect()
    }

    /// Times from 0 as they are written with so many digits.
    fn digits(rate: f64, count: usize, digits: usize) -> Vec<f64> {
        let last = digits - 1;
        (0..count).map(|i| format!("{:.last$e}", i as f64 / rate).parse().unwrap_or_default()).collect()
    }

    #[test]
    fn the_rate_is_found_through_rounded_times() {
        assert_eq!(rate(&written(25_600.0, 2000, 6), 1e-6), Some(25_600.0));
        assert_eq!(rate(&written(12_000.0, 5000, 4), 1e-4), Some(12_000.0));
        assert_eq!(rate(&written(12_000.0, 20, 4), 1e-4), None);
        assert_eq!(rate(&written(1000.0, 3, 3), 1e-3), Some(1000.0));
        assert_eq!(rate(&written(97_656.25, 20_000, 9), 1e-9), Some(97_656.25));
    }

    #[test]
    fn times_of_so_many_digits_are_even_though_their_last_digit_moves() {
        // Their finest digit, that of the first times, is far finer than that of the last ones.
        for (hertz, many) in [(25_600.0, 9), (12_000.0, 6), (51_200.0, 7)] {
            let times = digits(hertz, 40_000, many);
            let found = verdict(&times, 1e-12, Some(many as i32));
            assert!(matches!(found, Verdict::Even(rate) if rate.value == hertz), "{hertz}: {found:?}");
            assert_eq!(verdict(&times, 1e-12, None), Verdict::Uneven);
        }
    }

    #[test]
    fn times_that_are_too_coarse_are_told_from_those_that_are_uneven() {
        let Verdict::Coarse(rate) = verdict(&written(12_000.0, 20, 4), 1e-4, None) else { panic!() };
        assert!(rate.low < 12_000.0 && 12_000.0 < rate.high && !rate.is_sharp(), "{rate:?}");
        assert!(matches!(verdict(&[5.0; 9], 1e-3, None), Verdict::Coarse(rate) if rate.high.is_infinite()));
        assert_eq!(verdict(&[0.0, 1.0, 7.0, 8.0], 1e-3, Some(4)), Verdict::Uneven);
        assert_eq!(verdict(&[0.0, 1.0], 1e-3, Some(4)), Verdict::Few);
    }

    #[test]
    fn how_exact_a_rate_is_is_told_unless_it_is_as_exact_as_numbers_are() {
        let Verdict::Even(rate) = verdict(&written(12_000.0, 5000, 4), 1e-4, None) else { panic!() };
        assert!(rate.low < 12_000.0 && 12_000.0 < rate.high);
        assert!(rate.exactness().starts_with(", known to ±"), "{}", rate.exactness());
        let Verdict::Even(rate) = verdict(&[0.0, 0.25, 0.5, 0.75], 1e-2, None) else { panic!() };
        assert_eq!((rate.value, rate.exactness().as_str()), (4.0, ""));
    }

    #[test]
    fn a_gap_a_step_back_and_a_missing_time_leave_no_rate() {
        let even = written(1000.0, 500, 6);
        let without = |gap: usize| -> Vec<f64> {
            even.iter().enumerate().filter(|(i, _)| *i != gap).map(|(_, t)| *t).collect()
        };
        assert_eq!(rate(&even, 1e-6), Some(1000.0));
        assert_eq!(rate(&without(250), 1e-6), None);
        let mut missing = even.clone();
        missing[9] = f64::NAN;
        assert_eq!(rate(&missing, 1e-6), None);
        let back: Vec<f64> = even.iter().rev().copied().collect();
        assert_eq!(rate(&back, 1e-6), None);
        assert_eq!(rate(&even[..2], 1e-6), None);
    }
}
