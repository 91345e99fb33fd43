//! Lines that name a fact and say it: `Sampling rate: 25600 Hz`, `Fs = 12000`, `Drehzahl;1796 1/min`, `# unit: g`.

use super::cell::number;
use super::labview::LabView;
use crate::named_facts::{self, Named, Said, Statement};
use crate::unit_text::scaled_unit;

/// Names that only headers of text files have, in lower case, letters and digits alone, and the name they stand for.
const NAMES: [(&str, &str); 25] = [
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
    ("drehzahl", "speed"),
    ("wellendrehzahl", "speed"),
    ("drehfrequenz", "speed"),
    ("vitessederotation", "speed"),
    ("velocidaddegiro", "speed"),
    ("转速", "speed"),
    ("revolutionsperminute", "rpm"),
    ("einheit", "unit"),
    ("unité", "unit"),
    ("unidad", "unit"),
    ("单位", "unit"),
    ("messeinheit", "unit"),
];
/// The step of a LabVIEW file, whose first dimension has to be time.
const LABVIEW_STEP: &str = "dt";
/// Signs other than a comma that end a name.
const OTHER_SIGNS: [char; 5] = ['=', ':', '：', '\t', ';'];

/// A fact that a line names, with what it says.
pub(super) struct Line<'a> {
    /// The name as written, without a unit in brackets.
    pub(super) name: &'a str,
    /// The name under which it is known.
    pub(super) known: &'a str,
    pub(super) kind: Named,
    unit_of_name: Option<&'a str>,
    cells: Vec<&'a str>,
}

/// A number that a line states.
pub(super) struct Quantity<'a> {
    pub(super) value: f64,
    /// As it is written.
    pub(super) digits: &'a str,
    pub(super) unit: Option<&'a str>,
}

impl<'a> Line<'a> {
    /// What a line names and says; `None` where its name is none of a fact.
    pub(super) fn of(line: &'a str, labview: Option<&LabView>) -> Option<Self> {
        let (name, rest) = name_and_rest(line)?;
        let (name, unit_of_name) =
            match name.trim_end().strip_suffix([')', ']']).and_then(|n| n.rsplit_once(['(', '['])) {
                Some((bare, unit)) => (bare.trim(), Some(unit.trim())),
                None => (name, None),
            };
        let known = known(name, labview)?;
        let kind = named_facts::named(known)?;
        // Commas stand between cells where no other sign does, and are decimal signs else.
        let signs: &[char] = if line.contains(OTHER_SIGNS) { &['\t', ';'] } else { &[','] };
        let bare_cell = |cell: &'a str| cell.trim().trim_matches('"').trim();
        let cells = rest.split(signs).map(bare_cell).filter(|cell| !cell.is_empty()).collect();
        Some(Self { name, known, kind, unit_of_name, cells })
    }

    /// The number with its unit. `decimal_comma`: of the numbers below.
    pub(super) fn quantity(&self, decimal_comma: bool) -> Option<Quantity<'a>> {
        let (&first, more) = self.cells.split_first()?;
        let end = first.find(|c: char| !(c.is_ascii_digit() || "+-.,eE".contains(c))).unwrap_or(first.len());
        let (digits, behind) = (first[..end].trim(), first[end..].trim());
        if is_either(digits, decimal_comma) {
            return None;
        }
        let value = number(digits, true).filter(|value| value.is_finite() && *value > 0.0)?;
        // Further cells: the same number for each channel, or the unit.
        let mut unit = Some(behind).filter(|behind| !behind.is_empty()).or(self.unit_of_name);
        for cell in more {
            match number(cell, true) {
                Some(again) if again == value => {}
                None if unit.is_none() => unit = Some(cell),
                _ => return None,
            }
        }
        Some(Quantity { value, digits, unit })
    }

    /// The frequency in hertz of a number under this name.
    pub(super) fn hertz(&self, value: f64, unit: Option<&str>) -> Option<f64> {
        let (unit, place) = (unit.map(str::to_owned), String::new());
        let own = [Statement { name: self.known.to_owned(), said: Said::Number(value), unit, place }];
        let facts = named_facts::facts([&own[..]]);
        let found = if self.kind == Named::Speed { facts.speed } else { facts.rate }?.value;
        (found.is_finite() && found > 0.0).then_some(found)
    }

    /// The unit of motion or voltage that all cells state.
    pub(super) fn unit(&self) -> Option<&'a str> {
        let (&first, more) = self.cells.split_first()?;
        let one = self.kind == Named::Unit && more.iter().all(|cell| *cell == first);
        (one && scaled_unit(first).is_some()).then_some(first)
    }

    /// Whether something is said, be it taken or not.
    pub(super) fn says(&self) -> bool {
        let begins = |cell: &&str| cell.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c));
        match self.kind {
            Named::Unit => self.unit().is_some(),
            _ => self.cells.first().is_some_and(begins),
        }
    }
}

/// Whether the sign in a number may part thousands: `25,600`, or `25.600` where the numbers below have decimal commas.
fn is_either(digits: &str, decimal_comma: bool) -> bool {
    let sign = if decimal_comma { '.' } else { ',' };
    digits.split_once(sign).is_some_and(|(_, behind)| behind.len() == 3)
}

/// What a line names, and what follows. Without any sign between them a name is one word and a number the next.
fn name_and_rest(line: &str) -> Option<(&str, &str)> {
    let line = line.trim();
    let apart = line.split_once(OTHER_SIGNS).or_else(|| line.split_once(','));
    let (name, rest) = apart.or_else(|| line.split_once(' '))?;
    let name = name.trim().trim_matches('"').trim();
    (!name.is_empty()).then_some((name, rest))
}

/// The name under which a fact is known.
fn known<'a>(name: &'a str, labview: Option<&LabView>) -> Option<&'a str> {
    let bare: String = name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    if let Some((_, stands_for)) = NAMES.iter().find(|(own, _)| *own == bare) {
        let over_time = *stands_for != LABVIEW_STEP || labview.is_some_and(|labview| labview.over_time);
        return over_time.then_some(*stands_for);
    }
    Some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_of_text_files_stands_for_a_fact_and_is_in_lower_case() {
        for (i, (name, stands_for)) in NAMES.iter().enumerate() {
            assert!(named_facts::named(stands_for).is_some(), "{stands_for}");
            assert_eq!(name.to_lowercase(), *name);
            assert!(NAMES[..i].iter().all(|(other, _)| other != name), "{name}");
        }
    }
}
