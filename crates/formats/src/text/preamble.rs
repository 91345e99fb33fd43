//! What the lines above the numbers say: sampling rate, shaft speed and unit, as `Sampling rate: 25600 Hz`, `Fs = 12000`,
//! `# dt 0.0001`, `Sample Interval,4e-05,s`, `RPM;1796`, `unit: g`, and the header of LabVIEW's `.lvm` files.
//!
//! A line counts only where its name is known (`key_value.rs`), its number stands alone or beside a unit of frequency or time, and,
//! without a unit, the rate is one of vibration or the name implies the unit. What is said twice and differently counts for nothing.

use super::cell::resolution;
use super::key_value::Line;
use super::labview::LabView;
use super::spacing::Rate;
use crate::facts::Fact;
use crate::named_facts::Named;

/// Least rate in hertz that is believed of a number without a unit: below it the number may be in kHz, or in ms.
const LEAST_BARE: f64 = 100.0;
/// How far two statements of a frequency may lie apart, as a part of it, to be the same.
const SAME: f64 = 1e-6;

/// What was found.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Preamble {
    /// The rate, and the line that states it.
    pub(super) rate: Stated<Rate>,
    /// Shaft speed in hertz.
    pub(super) speed: Stated<f64>,
    /// Unit of all columns that name none.
    pub(super) unit: Stated<String>,
    pub(super) labview: Option<LabView>,
}

/// A fact of the lines above the numbers.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Stated<T> {
    fact: Option<Fact<T>>,
    /// Lines that state different ones.
    pub(super) contradiction: Option<String>,
}

impl<T> Default for Stated<T> {
    fn default() -> Self {
        Self { fact: None, contradiction: None }
    }
}

impl<T> Stated<T> {
    /// What is stated, unless lines contradict each other.
    pub(super) fn fact(&self) -> Option<&Fact<T>> {
        self.fact.as_ref().filter(|_| self.contradiction.is_none())
    }

    fn add(&mut self, fact: Fact<T>, same: impl Fn(&T, &T) -> bool, shown: impl Fn(&T) -> String) {
        match &self.fact {
            Some(first) if !same(&first.value, &fact.value) => {
                self.contradiction.get_or_insert_with(|| {
                    let (one, other) = (shown(&first.value), shown(&fact.value));
                    format!("{} says {one}, {} {other}", first.place, fact.place)
                });
            }
            Some(_) => {}
            None => self.fact = Some(fact),
        }
    }
}

impl Preamble {
    /// From lines with their numbers, without the marks of comments. `decimal_comma`: of the numbers below.
    pub(super) fn of<'a>(lines: impl Iterator<Item = (u64, &'a str)> + Clone, decimal_comma: bool) -> Self {
        let labview = LabView::of(lines.clone().map(|(_, line)| line));
        let mut found = Self { labview, ..Self::default() };
        for (number, text) in lines {
            let Some(line) = Line::of(text, found.labview.as_ref()) else { continue };
            let place = format!("line {number}, `{}`", line.name);
            let near = |a: f64, b: f64| (a / b - 1.0).abs() <= SAME;
            let hertz = |value: f64| format!("{value} Hz");
            match line.kind {
                Named::Rate | Named::Step => {
                    if let Some(rate) = rate(&line, decimal_comma) {
                        let same = |a: &Rate, b: &Rate| near(a.value, b.value);
                        found.rate.add(Fact::new(rate, place), same, |rate| hertz(rate.value));
                    }
                }
                Named::Speed => {
                    let stated = line.quantity(decimal_comma);
                    if let Some(speed) = stated.and_then(|own| line.hertz(own.value, own.unit)) {
                        found.speed.add(Fact::new(speed, place), |a, b| near(*a, *b), |speed| hertz(*speed));
                    }
                }
                Named::Unit => {
                    if let Some(unit) = line.unit() {
                        found.unit.add(Fact::new(unit.to_owned(), place), |a, b| a == b, String::clone);
                    }
                }
                Named::Other => {}
            }
        }
        found
    }

    /// What contradicts itself, in words.
    pub(super) fn contradictions(&self) -> impl Iterator<Item = String> {
        let all = [("speed", &self.speed.contradiction), ("unit", &self.unit.contradiction)];
        all.into_iter().filter_map(|(what, own)| Some(format!("no {what} is taken: {}", own.as_ref()?)))
    }
}

/// Whether a line states a fact and thus names no columns.
pub(super) fn is_statement(text: &str) -> bool {
    Line::of(text, None).is_some_and(|line| line.kind != Named::Other && line.says())
}

/// The rate that a line states.
fn rate(line: &Line<'_>, decimal_comma: bool) -> Option<Rate> {
    let stated = line.quantity(decimal_comma)?;
    let of = |value: f64| line.hertz(value, stated.unit);
    let value = of(stated.value)?;
    if stated.unit.is_none() && value < LEAST_BARE {
        return None;
    }
    let exact = Rate { value, low: value, high: value };
    if line.kind == Named::Rate {
        return Some(exact);
    }
    // A step is written with few digits: it is exact where its rate is a short number, else as good as its last digit.
    let half = 0.5 * resolution(stated.digits);
    let (high, low) = (of(stated.value - half).unwrap_or(f64::INFINITY), of(stated.value + half)?);
    let rate = Rate::between(low, high);
    if (rate.value / value - 1.0).abs() <= 1e-9 {
        return Some(exact);
    }
    rate.is_sharp().then_some(rate)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Preamble {
        Preamble::of(text.lines().enumerate().map(|(i, line)| (i as u64 + 1, line)), false)
    }

    fn stated(text: &str) -> Option<f64> {
        found(text).rate.fact().map(|rate| rate.value.value)
    }

    #[test]
    fn a_rate_is_found_as_programs_write_it() {
        for (line, hertz) in [
            ("Sampling rate: 25600 Hz", 25_600.0),
            ("Sampling Frequency (Hz);51200", 51_200.0),
            ("Sample Rate [kHz]\t25,6", 25_600.0),
            ("Fs = 12000", 12_000.0),
            ("SampleRate=10000", 10_000.0),
            ("\"Sample rate\",\"48000\",\"Hz\"", 48_000.0),
            ("dt 0.0001", 10_000.0),
            ("dt = 0.1 ms", 10_000.0),
            ("Sample Interval,4e-05,s,,", 25_000.0),
            ("Sample Interval,3.90625e-05", 25_600.0),
            ("Abtastrate: 20 kHz", 20_000.0),
            ("采样频率：12800", 12_800.0),
            ("Abtastrate: 25,6 kHz", 25_600.0),
            ("采样频率: 12800 Hz", 12_800.0),
        ] {
            assert_eq!(stated(line), Some(hertz), "{line}");
        }
        assert_eq!(
            found("pump 3\nFs = 12000\n").rate.fact().map(|rate| rate.place.as_str()),
            Some("line 2, `Fs`")
        );
    }

    #[test]
    fn what_may_mean_something_else_is_not_taken() {
        for line in [
            "Sampling rate: 25.6",
            "dt 0.1",
            "Sampling rate: fast",
            "Sampling rate: 25600 parsec",
            "Sampling rate: -5 Hz",
            "Sampling rate: 25600 12000",
            "Sampling rate,25600,12000",
            "Rate of change: 25600",
            "fs",
            "dt 0.0003",
            "Delta_X\t0.001000",
            "Sampling rate: 1 2",
            "Sampling rate: 25,600 Hz",
            "Sampling rate: 1,024,000 Hz",
        ] {
            assert_eq!(stated(line), None, "{line}");
        }
    }

    #[test]
    fn a_step_of_few_digits_states_a_rate_only_where_it_is_sharp() {
        let found = found("dt = 0.00003906 s");
        let rate = found.rate.fact().unwrap_or_else(|| panic!()).value;
        assert!(rate.value == 25_600.0 && rate.low < 25_600.0 && rate.high > 25_600.0, "{rate:?}");
        assert_eq!(stated("dt = 0.000333 s"), None);
    }

    #[test]
    fn lines_that_contradict_each_other_count_for_nothing_and_repeated_ones_once() {
        let both = found("Fs = 12000\nSampling rate: 25600 Hz\n");
        assert_eq!(both.rate.fact(), None);
        let told = "line 1, `Fs` says 12000 Hz, line 2, `Sampling rate` 25600 Hz";
        assert_eq!(both.rate.contradiction.as_deref(), Some(told));
        assert_eq!(stated("Fs = 10000\ndt = 0.0001\n"), Some(10_000.0));
    }

    #[test]
    fn the_header_of_a_labview_file_states_step_and_units() {
        let text = "LabVIEW Measurement\t\nSeparator\tTab\nX_Dimension\tTime\tTime\nY_Unit_Label\tVolts\tg\n\
                    X0\t0.0\t0.0\nDelta_X\t3.906250E-5\t3.906250E-5\n";
        let preamble = found(text);
        assert_eq!(preamble.rate.fact().map(|rate| rate.value.value), Some(25_600.0));
        let units = ["Volts".to_owned(), "g".to_owned()].to_vec();
        assert_eq!(preamble.labview, Some(LabView { over_time: true, units }));
        assert_eq!(stated(&text.replace("Time", "Frequency")), None);
    }

    #[test]
    fn a_speed_is_taken_with_its_unit_or_under_a_name_that_implies_it_and_is_never_guessed() {
        let speed = |text: &str| found(text).speed.fact().map(|speed| speed.value * 60.0);
        for line in [
            "RPM;1800",
            "rpm: 1800",
            "Speed: 1800 rpm",
            "Speed (rpm);1800",
            "Drehzahl;1800 1/min",
            "Drehzahl: 1800 U/min",
            "Shaft speed = 30 Hz",
            "转速：1800 rpm",
            "\"RPM\",\"1800\"",
        ] {
            assert_eq!(speed(line), Some(1800.0), "{line}");
        }
        let unclear = [
            "Speed: 1800",
            "Drehzahl;1800",
            "Speed: 1,800 rpm",
            "Speed: high",
            "rpm;0",
            "rpm;-5",
            "Speed: 5 m/s",
        ];
        for line in unclear {
            assert_eq!(speed(line), None, "{line}");
        }
        let both = found("rpm: 1800\nSpeed: 25 Hz\n");
        let told = "no speed is taken: line 1, `rpm` says 30 Hz, line 2, `Speed` 25 Hz";
        assert_eq!(
            (both.speed.fact(), both.contradictions().collect::<Vec<_>>()),
            (None, vec![told.to_owned()])
        );
    }

    #[test]
    fn a_point_before_three_digits_may_part_thousands_where_the_numbers_have_decimal_commas() {
        let rate = |text, comma| {
            Preamble::of([(1, text)].into_iter(), comma).rate.fact().map(|rate| rate.value.value)
        };
        assert_eq!(rate("Sampling rate: 12.000 Hz", true), None);
        assert_eq!(rate("Sampling rate: 12.000 kHz", false), Some(12_000.0));
        assert_eq!(rate("Sampling rate: 25,600 kHz", true), Some(25_600.0));
    }

    #[test]
    fn one_unit_of_all_columns_is_taken_where_it_is_known() {
        let unit = |text: &str| found(text).unit.fact().map(|unit| unit.value.clone());
        for line in ["Unit;g", "unit: g", "Units,g,g", "Einheit: g", "unit = g"] {
            assert_eq!(unit(line).as_deref(), Some("g"), "{line}");
        }
        for line in ["Unit;g;m/s2", "unit: 3", "Unit of power: g", "Unit"] {
            assert_eq!(unit(line), None, "{line}");
        }
        assert_eq!(unit("Unit;g\nunit: m/s2\n"), None);
    }

    #[test]
    fn a_line_that_states_a_fact_is_told_from_one_that_names_columns() {
        for line in ["RPM;1796", "Unit;g", "unit: g", "Speed: 1796", "Sampling rate: 12.000 Hz", "fs 12000"] {
            assert!(is_statement(line), "{line}");
        }
        for line in ["rpm;acc", "time,speed", "unit;value", "DE;FE", "Position;Speed", "fs"] {
            assert!(!is_statement(line), "{line}");
        }
    }
}
