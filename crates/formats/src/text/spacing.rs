//! Whether times stand evenly, and at which rate, as far as their digits say.

/// How far the ends of the possible rates may lie apart, as a part of the rate, for one of them to be stated.
const SHARP: f64 = 1e-3;

/// Collects times, as exact ones and as ones that are rounded to their last digit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spacing {
    exact: Steps,
    rounded: Steps,
}

impl Spacing {
    /// For times whose finest digit is of this size.
    pub(super) fn new(resolution: f64) -> Self {
        Self { exact: Steps::new(0.0), rounded: Steps::new(resolution) }
    }

    /// The next time in seconds.
    pub(super) fn add(&mut self, time: f64) {
        self.exact.add(time);
        self.rounded.add(time);
    }

    /// The rate with the fewest digits that agrees with all times; `None` where none does, where times are too coarse to tell
    /// it, or where there are fewer than three.
    pub(super) fn rate(&self) -> Option<f64> {
        self.exact.rate().or_else(|| self.rounded.rate())
    }
}

/// All sampling intervals that agree with the times so far.
#[derive(Debug, Clone, Copy)]
struct Steps {
    /// How wrong the difference of two times may be.
    resolution: f64,
    count: u64,
    first: f64,
    least: f64,
    most: f64,
}

impl Steps {
    fn new(resolution: f64) -> Self {
        Self { resolution, count: 0, first: 0.0, least: 0.0, most: f64::INFINITY }
    }

    fn add(&mut self, time: f64) {
        if self.count == 0 {
            self.first = time;
        } else {
            // Both times are rounded by half a digit, or one is cut by up to a whole one; and both are rounded as numbers.
            let wrong = self.resolution + 4.0 * f64::EPSILON * time.abs().max(self.first.abs());
            let steps = self.count as f64;
            let passed = time - self.first;
            // After a time that is none no interval agrees.
            let least = if passed.is_nan() { f64::INFINITY } else { (passed - wrong) / steps };
            self.least = self.least.max(least);
            self.most = self.most.min((passed + wrong) / steps);
        }
        self.count += 1;
    }

    fn rate(&self) -> Option<f64> {
        let possible = self.count > 2 && self.least > 0.0 && self.least <= self.most && self.most.is_finite();
        let (low, high) = (1.0 / self.most, 1.0 / self.least);
        if !possible || high - low > SHARP * low {
            return None;
        }
        let middle = 0.5 * (low + high);
        let rounded = (0..16).find_map(|digits| {
            let rate: f64 = format!("{middle:.digits$e}").parse().ok()?;
            (low..=high).contains(&rate).then_some(rate)
        });
        Some(rounded.unwrap_or(middle))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(times: &[f64], resolution: f64) -> Option<f64> {
        let mut spacing = Spacing::new(resolution);
        for &time in times {
            spacing.add(time);
        }
        spacing.rate()
    }

    /// Times as they are written with so many decimals.
    fn written(rate: f64, count: usize, decimals: usize) -> Vec<f64> {
        (0..count)
            .map(|i| format!("{:.decimals$}", 5.0 + i as f64 / rate).parse().unwrap_or_default())
            .collect()
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
