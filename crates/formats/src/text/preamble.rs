//! What the lines above the numbers say: a sampling rate as `Sampling rate: 25600 Hz`, `Fs = 12000`, `# dt 0.0001`,
//! `Sample Interval,4e-05,s`, and the header of LabVIEW's `.lvm` files.
//!
//! A line counts only where its name is one of [`named_facts`] or of the table here, its number stands alone or beside a unit of
//! frequency or time, and, without a unit, the rate is one of vibration. What is said twice and differently counts for nothing.

use super::cell::{Delimiter, number, resolution};
use super::spacing::Rate;
use crate::named_facts::{self, Said, Statement};

/// Least rate in hertz that is believed of a number without a unit: below it the number may be in kHz, or in ms.
const LEAST_BARE: f64 = 100.0;
/// How far two statements of a rate may lie apart, as a part of it, to be the same.
const SAME: f64 = 1e-6;

/// Names that only headers of text files have, in lower case, letters and digits alone, and the name they stand for.
const NAMES: [(&str, &str); 13] = [
    ("abtastrate", "samplerate"),
    ("abtastfrequenz", "samplerate"),
    ("fréquencedéchantillonnage", "samplerate"),
    ("frecuenciademuestreo", "samplerate"),
    ("采样频率", "samplerate"),
    ("采样率", "samplerate"),
    ("scanrate", "samplerate"),
    ("samplespersecond", "samplerate"),
    ("sampleperiod", "sampleinterval"),
    ("samplespacing", "sampleinterval"),
    ("abtastintervall", "sampleinterval"),
    ("deltax", LABVIEW_STEP),
    ("xincrement", "sampleinterval"),
];
/// The step of a LabVIEW file, whose first dimension has to be time.
const LABVIEW_STEP: &str = "dt";
/// Signs other than a comma that end a name.
const OTHER_SIGNS: [char; 5] = ['=', ':', '：', '\t', ';'];
/// First words of LabVIEW's text files.
const LABVIEW: &str = "LabVIEW Measurement";

/// What the header of a LabVIEW file says.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct LabView {
    /// Along the first dimension is time.
    pub(super) over_time: bool,
    /// Units of the channels, in order.
    pub(super) units: Vec<String>,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Preamble {
    /// The rate, and the line that states it.
    pub(super) rate: Option<(Rate, String)>,
    /// Lines that state different rates.
    pub(super) contradiction: Option<String>,
    pub(super) labview: Option<LabView>,
}

impl Preamble {
    /// From lines with their numbers, without the marks of comments.
    pub(super) fn of<'a>(lines: impl Iterator<Item = (u64, &'a str)> + Clone) -> Self {
        let labview = labview(lines.clone().map(|(_, line)| line));
        let mut found = Self { labview, ..Self::default() };
        for (line, text) in lines {
            let Some((name, rate)) = rate(text, found.labview.as_ref()) else { continue };
            let place = format!("line {line}, `{name}`");
            match &found.rate {
                Some((first, before)) if (first.value / rate.value - 1.0).abs() > SAME => {
                    found.contradiction.get_or_insert_with(|| {
                        format!("{before} says {} Hz, {place} {} Hz", first.value, rate.value)
                    });
                }
                Some(_) => {}
                None => found.rate = Some((rate, place)),
            }
        }
        if found.contradiction.is_some() {
            found.rate = None;
        }
        found
    }
}

fn labview<'a>(mut lines: impl Iterator<Item = &'a str> + Clone) -> Option<LabView> {
    lines.clone().next()?.starts_with(LABVIEW).then_some(())?;
    let tagged = |line: &'a str, tag: &str| -> Option<Vec<&'a str>> {
        let mut cells = Delimiter::Tab.cells(line);
        if cells.next()? == tag {
            return Some(cells.collect());
        }
        let mut cells = Delimiter::Comma.cells(line);
        (cells.next()? == tag).then(|| cells.collect())
    };
    let dimensions = lines.clone().find_map(|line| tagged(line, "X_Dimension"));
    let over_time =
        dimensions.is_some_and(|all| all.iter().filter(|own| !own.is_empty()).all(|own| *own == "Time"));
    let units = lines.find_map(|line| tagged(line, "Y_Unit_Label")).unwrap_or_default();
    Some(LabView { over_time, units: units.into_iter().map(str::to_owned).collect() })
}

/// Whether a line states a rate and thus names no columns.
pub(super) fn states_rate(line: &str, labview: Option<&LabView>) -> bool {
    rate(line, labview).is_some()
}

/// The rate that one line states, with its name.
fn rate<'a>(line: &'a str, labview: Option<&LabView>) -> Option<(&'a str, Rate)> {
    let (name, rest) = name_and_rest(line)?;
    let (bare, unit_of_name) =
        match name.trim_end().strip_suffix([')', ']']).and_then(|n| n.rsplit_once(['(', '['])) {
            Some((bare, unit)) => (bare.trim(), Some(unit.trim())),
            None => (name, None),
        };
    let known = known(bare, labview)?;
    // Commas stand between cells where no other sign does, and are decimal signs else.
    let signs: &[char] = if line.contains(OTHER_SIGNS) { &['\t', ';'] } else { &[','] };
    let bare_cell = |cell: &'a str| cell.trim().trim_matches('"').trim();
    let cells: Vec<&str> = rest.split(signs).map(bare_cell).filter(|cell| !cell.is_empty()).collect();
    let (&first, more) = cells.split_first()?;
    let end = first.find(|c: char| !(c.is_ascii_digit() || "+-.,eE".contains(c))).unwrap_or(first.len());
    let (digits, behind) = (first[..end].trim(), first[end..].trim());
    // `25,600` is either.
    if digits.split_once(',').is_some_and(|(_, behind)| behind.len() == 3) {
        return None;
    }
    let value = number(digits, true).filter(|value| value.is_finite() && *value > 0.0)?;
    // Further cells: the same number for each channel, or the unit.
    let mut unit = Some(behind).filter(|behind| !behind.is_empty()).or(unit_of_name);
    for cell in more {
        match number(cell, true) {
            Some(again) if again == value => {}
            None if unit.is_none() => unit = Some(cell),
            _ => return None,
        }
    }
    let statement = |value: f64| {
        let unit = unit.map(str::to_owned);
        let place = String::new();
        let own = [Statement { name: known.to_owned(), said: Said::Number(value), unit, place }];
        let found = named_facts::facts([&own[..]]).rate?.value;
        (found.is_finite() && found > 0.0).then_some(found)
    };
    let stated = statement(value)?;
    if unit.is_none() && stated < LEAST_BARE {
        return None;
    }
    if known == "samplerate" || !named_facts::is_step(known) {
        return Some((bare, Rate { value: stated, low: stated, high: stated }));
    }
    // A step is written with few digits: it is exact where its rate is a short number, else as good as its last digit.
    let half = 0.5 * resolution(digits);
    let (high, low) = (statement(value - half).unwrap_or(f64::INFINITY), statement(value + half)?);
    let rate = Rate::between(low, high);
    if (rate.value / stated - 1.0).abs() <= 1e-9 {
        return Some((bare, Rate { value: stated, low: stated, high: stated }));
    }
    rate.is_sharp().then_some((bare, rate))
}

/// What a line names, and what follows. Without any sign between them a name is one word and a number the next.
fn name_and_rest(line: &str) -> Option<(&str, &str)> {
    let line = line.trim();
    let apart = line.split_once(OTHER_SIGNS).or_else(|| line.split_once(','));
    let (name, rest) = apart.or_else(|| line.split_once(' '))?;
    let name = name.trim().trim_matches('"').trim();
    (!name.is_empty()).then_some((name, rest))
}

/// The name under which a rate or a step is known.
fn known<'a>(name: &'a str, labview: Option<&LabView>) -> Option<&'a str> {
    let bare: String = name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    if let Some((_, stands_for)) = NAMES.iter().find(|(own, _)| *own == bare) {
        let over_time = *stands_for != LABVIEW_STEP || labview.is_some_and(|labview| labview.over_time);
        return over_time.then_some(*stands_for);
    }
    named_facts::is_rate_or_step(name).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Preamble {
        Preamble::of(text.lines().enumerate().map(|(i, line)| (i as u64 + 1, line)))
    }

    fn stated(text: &str) -> Option<f64> {
        found(text).rate.map(|(rate, _)| rate.value)
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
            found("pump 3\nFs = 12000\n").rate.map(|(_, place)| place).as_deref(),
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
        let (rate, _) = found("dt = 0.00003906 s").rate.unwrap_or_else(|| panic!());
        assert!(rate.value == 25_600.0 && rate.low < 25_600.0 && rate.high > 25_600.0, "{rate:?}");
        assert_eq!(stated("dt = 0.000333 s"), None);
    }

    #[test]
    fn lines_that_contradict_each_other_count_for_nothing_and_repeated_ones_once() {
        let both = found("Fs = 12000\nSampling rate: 25600 Hz\n");
        assert_eq!(both.rate, None);
        let told = "line 1, `Fs` says 12000 Hz, line 2, `Sampling rate` 25600 Hz";
        assert_eq!(both.contradiction.as_deref(), Some(told));
        assert_eq!(stated("Fs = 10000\ndt = 0.0001\n"), Some(10_000.0));
    }

    #[test]
    fn the_header_of_a_labview_file_states_step_and_units() {
        let text = "LabVIEW Measurement\t\nSeparator\tTab\nX_Dimension\tTime\tTime\nY_Unit_Label\tVolts\tg\n\
                    X0\t0.0\t0.0\nDelta_X\t3.906250E-5\t3.906250E-5\n";
        let preamble = found(text);
        assert_eq!(preamble.rate.map(|(rate, _)| rate.value), Some(25_600.0));
        let units = ["Volts".to_owned(), "g".to_owned()].to_vec();
        assert_eq!(preamble.labview, Some(LabView { over_time: true, units }));
        assert_eq!(stated(&text.replace("Time", "Frequency")), None);
    }
}
