//! Axes: scales from values to positions, and ticks at round numbers.

use crate::text::columns;
use brinell_signal::Phrase;

/// How values are laid out along an axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// Equal steps for equal differences.
    Linear,
    /// Equal steps for equal ratios; values at or below 0 lie on the lower end.
    Log,
}

/// What an axis measures, where a cursor can tell more of it than its value; `step` is the spacing of what was
/// measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Quantity {
    /// Hertz.
    Frequency { step: f64 },
    /// Seconds.
    Time { step: f64 },
}

/// One axis of a figure.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// What is shown, with its unit: `Frequency, Hz`.
    pub label: Phrase,
    /// Layout of the values.
    pub scale: Scale,
    /// Value at the lower and at the upper end, both finite, lower < upper; both > 0 when logarithmic.
    pub range: [f64; 2],
    /// Places on the axis with their names, the lowest first; empty where round numbers are marked instead.
    names: Vec<(f64, Phrase)>,
    /// Unit of the values.
    unit: Phrase,
    quantity: Option<Quantity>,
}

/// One tick: value, label (empty for a minor tick).
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tick {
    pub(crate) value: f64,
    pub(crate) label: String,
}

/// The unit that a label names: what follows its first comma, else all of it.
fn unit_in(label: &Phrase) -> Phrase {
    label.to_string().split_once(", ").map_or_else(|| label.clone(), |(_, unit)| Phrase::verbatim(unit))
}

impl Axis {
    /// An axis over `range`; an empty or undefined range is widened to something drawable.
    pub fn new(label: impl Into<Phrase>, scale: Scale, range: [f64; 2]) -> Self {
        let [mut low, mut high] = range;
        if !low.is_finite() || (scale == Scale::Log && low <= 0.0) {
            low = if scale == Scale::Log { 1e-6 } else { 0.0 };
        }
        if !high.is_finite() || high <= low {
            high = match scale {
                Scale::Log => low * 10.0,
                Scale::Linear => low + low.abs().max(1.0),
            };
        }
        let label = label.into();
        let unit = unit_in(&label);
        Self { label, scale, range: [low, high], names: Vec::new(), unit, quantity: None }
    }

    /// An axis of cells of one width, each with its name; the range runs from 0 to their number.
    pub fn of_cells(label: impl Into<Phrase>, names: Vec<impl Into<Phrase>>) -> Self {
        let range = [0.0, names.len() as f64];
        let places = names.into_iter().enumerate().map(|(i, name)| (i as f64 + 0.5, name)).collect();
        Self::of_places(label, range, places)
    }

    /// A linear axis over `range` that marks these places by their names, the lowest first.
    pub fn of_places(
        label: impl Into<Phrase>,
        range: [f64; 2],
        names: Vec<(f64, impl Into<Phrase>)>,
    ) -> Self {
        let names = names.into_iter().map(|(place, name)| (place, name.into())).collect();
        Self { names, ..Self::new(label, Scale::Linear, range) }
    }

    /// The same axis, of frequencies in hertz whose lines lie `step` apart.
    #[must_use]
    pub(crate) fn of_frequency(self, step: f64) -> Self {
        Self { quantity: Some(Quantity::Frequency { step }), ..self }
    }

    /// The same axis, of times in seconds that lie `step` apart.
    #[must_use]
    pub(crate) fn of_time(self, step: f64) -> Self {
        Self { quantity: Some(Quantity::Time { step }), ..self }
    }

    /// The same axis, its values in a unit that its label does not name after a comma.
    #[must_use]
    pub(crate) fn in_unit(self, unit: Phrase) -> Self {
        Self { unit, ..self }
    }

    /// The same axis with its words as `say` says them.
    #[must_use]
    pub(crate) fn said(self, say: impl Fn(&Phrase) -> Phrase) -> Self {
        Self {
            label: say(&self.label),
            unit: say(&self.unit),
            names: self.names.iter().map(|(place, name)| (*place, say(name))).collect(),
            ..self
        }
    }

    /// What is measured, where it is known.
    pub(crate) fn quantity(&self) -> Option<Quantity> {
        self.quantity
    }

    /// The unit of the values.
    pub(crate) fn unit(&self) -> &Phrase {
        &self.unit
    }

    /// Places with their names, the lowest first.
    pub(crate) fn names(&self) -> &[(f64, Phrase)] {
        &self.names
    }

    /// Width of the longest name of a place in characters; `None` where there are none.
    pub(crate) fn longest_name(&self) -> Option<usize> {
        self.names.iter().map(|(_, name)| columns(&name.to_string())).max()
    }

    /// Position of `value` between 0 (lower end) and 1 (upper end); outside the range it lies
    /// outside, at most one length of the axis. An undefined value lies on the lower end.
    pub fn position(&self, value: f64) -> f64 {
        let [low, high] = self.range;
        let share = match self.scale {
            Scale::Linear => (value - low) / (high - low),
            Scale::Log if value > 0.0 => (value / low).ln() / (high / low).ln(),
            Scale::Log => 0.0,
        };
        if share.is_finite() { share.clamp(-1.0, 2.0) } else { 0.0 }
    }

    /// Ticks at round numbers, about `wanted` labelled ones; of named cells at most `wanted`, in the middle of
    /// each.
    pub(crate) fn ticks(&self, wanted: usize) -> Vec<Tick> {
        if !self.names.is_empty() {
            let every = self.names.len().div_ceil(wanted.max(1));
            let places = self.names.iter().step_by(every);
            return places.map(|(value, name)| Tick { value: *value, label: name.to_string() }).collect();
        }
        match self.scale {
            Scale::Linear => linear_ticks(self.range, wanted.max(2)),
            Scale::Log => log_ticks(self.range, wanted.max(2)),
        }
    }
}

/// Of 1, 2, 5 times a power of ten the smallest that is about `step` or larger.
pub(crate) fn nice_step(step: f64) -> f64 {
    if !(step.is_finite() && step > 0.0) {
        return 1.0;
    }
    let power = 10f64.powf(step.log10().floor());
    [1.0, 2.0, 5.0, 10.0].iter().map(|m| m * power).find(|s| *s >= step * 0.72).unwrap_or(power)
}

fn linear_ticks([low, high]: [f64; 2], wanted: usize) -> Vec<Tick> {
    let step = nice_step((high - low) / wanted as f64);
    let decimals = (-step.log10() - 1e-9).ceil().clamp(0.0, 9.0) as usize;
    let first = (low / step - 1e-9).ceil();
    let last = (high / step + 1e-9).floor();
    let count = (last - first).clamp(0.0, 200.0) as usize;
    (0..=count)
        .map(|i| (first + i as f64) * step)
        .map(|value| Tick { value, label: crate::number::fixed(value, decimals).to_string() })
        .collect()
}

fn log_ticks([low, high]: [f64; 2], wanted: usize) -> Vec<Tick> {
    let decades = (high / low).log10();
    let first = low.log10().floor() as i32;
    let last = high.log10().ceil() as i32;
    let every = ((decades / wanted as f64).ceil() as i32).max(1);
    let mut ticks = Vec::new();
    for exponent in first..=last {
        for digit in 1..=9 {
            let value = f64::from(digit) * 10f64.powi(exponent);
            if value < low * (1.0 - 1e-9) || value > high * (1.0 + 1e-9) {
                continue;
            }
            let labelled =
                if decades < 2.6 { matches!(digit, 1 | 2 | 5) } else { digit == 1 && exponent % every == 0 };
            if labelled {
                ticks.push(Tick { value, label: decade_label(digit, exponent) });
            } else if decades <= 7.0 {
                ticks.push(Tick { value, label: String::new() });
            }
        }
    }
    ticks
}

fn decade_label(digit: i32, exponent: i32) -> String {
    if (-3..=4).contains(&exponent) {
        crate::number::fixed(f64::from(digit) * 10f64.powi(exponent), (-exponent).max(0) as usize).to_string()
    } else {
        format!("{digit}e{exponent}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &Axis, wanted: usize) -> Vec<String> {
        axis.ticks(wanted).into_iter().map(|t| t.label).filter(|l| !l.is_empty()).collect()
    }

    #[test]
    fn linear_ticks_are_round_and_inside() {
        let axis = Axis::new("", Scale::Linear, [0.0, 973.0]);
        assert_eq!(labels(&axis, 10), ["0", "100", "200", "300", "400", "500", "600", "700", "800", "900"]);
        let axis = Axis::new("", Scale::Linear, [0.0, 3.0]);
        assert_eq!(labels(&axis, 3), ["0", "1", "2", "3"]);
        let axis = Axis::new("", Scale::Linear, [-1.37, 1.42]);
        assert_eq!(labels(&axis, 6), ["-1.0", "-0.5", "0.0", "0.5", "1.0"]);
    }

    #[test]
    fn logarithmic_ticks_are_decades() {
        let axis = Axis::new("", Scale::Log, [1e-4, 1.0]);
        assert_eq!(labels(&axis, 5), ["1e-4", "0.001", "0.01", "0.1", "1"]);
        let axis = Axis::new("", Scale::Log, [0.02, 0.3]);
        assert_eq!(labels(&axis, 5), ["0.02", "0.05", "0.1", "0.2"]);
        let axis = Axis::new("", Scale::Log, [60.0, 6000.0]);
        assert_eq!(labels(&axis, 5), ["100", "200", "500", "1000", "2000", "5000"]);
    }

    #[test]
    fn cells_are_named_in_their_middle_and_thinned_where_they_are_many() {
        let axis = Axis::of_cells("Level", (0..12).map(|i| format!("no. {i}")).collect());
        assert_eq!(axis.range, [0.0, 12.0]);
        assert_eq!(axis.ticks(20).len(), 12);
        assert_eq!(labels(&axis, 4), ["no. 0", "no. 3", "no. 6", "no. 9"]);
        assert!((axis.position(axis.ticks(4)[1].value) - 3.5 / 12.0).abs() < 1e-12);
        assert_eq!(axis.longest_name(), Some(6));
    }

    #[test]
    fn undefined_ranges_become_drawable() {
        for scale in [Scale::Linear, Scale::Log] {
            for range in [[f64::NAN, f64::NAN], [0.0, 0.0], [5.0, -1.0], [f64::NEG_INFINITY, f64::INFINITY]] {
                let axis = Axis::new("", scale, range);
                assert!(axis.range[0].is_finite() && axis.range[1] > axis.range[0], "{axis:?}");
                assert!(axis.ticks(5).len() < 300);
                assert!(axis.position(f64::NAN).is_finite());
            }
        }
    }

    #[test]
    fn positions_run_from_zero_to_one() {
        let axis = Axis::new("", Scale::Log, [0.01, 100.0]);
        assert!((axis.position(1.0) - 0.5).abs() < 1e-12);
        assert_eq!(axis.position(0.0), 0.0);
        let axis = Axis::new("", Scale::Linear, [2.0, 4.0]);
        assert_eq!(axis.position(3.0), 0.5);
    }
}
