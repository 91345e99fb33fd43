//! Text with one sample of each channel in a line: CSV, TSV, columns between blanks.
//!
//! Nothing but the lines themselves says how they are to be read, so it is found from the first 64 KiB and told: the delimiter
//! (tab, semicolon, comma, blanks) and the decimal sign with which most lines are numbers, the lines above as header, lines that
//! begin with `#`, `%`, `!` or `//` as comments. Without a header channels are `column 1`, `column 2`... A unit in a header
//! (`acc [m/s^2]`, or a line of units below the names) becomes a fact.
//!
//! A column without any number (it is empty, or holds words) is no channel, and that is told.
//!
//! A column of times (stamps, date and time in two columns, or a header such as `time [s]`) is no channel either. Where it stands evenly over the whole file, as far as its digits say, it states the sampling rate and how exact that is; dates with
//! times state the time of the first sample. Where it does not, nothing. Lines above the numbers may state rate, speed and unit
//! (`preamble.rs`); where times and such a line contradict each other, no rate is taken.
//!
//! UTF-16 is read where a mark begins the file, as spreadsheets write "Unicode text"; LabVIEW's `.lvm` files as `labview.rs` says.
//!
//! Empty cells and `NaN` are NaN. Any other line, and one with more or fewer cells, is an error with its line and column.
//! How many lines there are only a walk over the file can tell, so listing takes one; it holds no more than one line.
//!
//! Bounds: 64 KiB for a line, 1024 columns.

mod cell;
mod dialect;
mod header;
mod key_value;
mod labview;
mod lines;
mod moment;
mod preamble;
mod rows;
mod spacing;
mod survey;
mod time_column;
mod times;

use crate::array::{ArrayClass, ArrayHeader, NamedArray, Values};
use crate::error::Result;
use crate::facts::{Fact, Facts};
use crate::format::{Confidence, Format, HEAD, Probe, Selection};
use crate::recognise::{is_page, printable};
use crate::runs::Runs;
use crate::source::Source;
use cell::Delimiter;
use header::{Column, Role};
use lines::{Encoding, Lines};
use moment::Moment;
use rows::{Check, each_row};
use survey::Survey;
use times::{Stated, Times, rate};

/// Columns of text.
#[derive(Debug)]
pub(crate) struct Text;

impl Format for Text {
    fn name(&self) -> &'static str {
        "csv"
    }

    fn endings(&self) -> &'static [&'static str] {
        &[".csv", ".tsv", ".txt", ".asc", ".dat", ".lvm"]
    }

    fn has_signature(&self) -> bool {
        false
    }

    /// Text in which a line holds nothing but numbers, or whose beginning is all header.
    fn sniff(&self, head: &[u8]) -> Confidence {
        let (latin, wide): (String, String);
        let text = match (printable(head), Encoding::of(head)) {
            (_, (Encoding::Wide { big }, mark)) => {
                let whole = (head.len() - mark) / 2 * 2;
                let mut text = String::new();
                Encoding::widen(&head[mark..mark + whole], big, &mut text);
                wide = text;
                match printable(wide.as_bytes()) {
                    Some(text) => text,
                    None => return Confidence::No,
                }
            }
            (Some(text), _) => text,
            // A unit such as m/s² in Latin-1.
            (None, _) if head.iter().all(|byte| *byte >= 0x20 || byte.is_ascii_whitespace()) => {
                latin = head.iter().map(|&byte| char::from(byte)).collect();
                &latin
            }
            (None, _) => return Confidence::No,
        };
        let number = |cell: &str| cell::number(cell, true).is_some() || Moment::of(cell).is_some();
        let has_digit = |line: &str| line.bytes().any(|byte| byte.is_ascii_digit());
        let numbers = |line: &str| {
            has_digit(line) && Delimiter::ALL.iter().any(|delimiter| delimiter.cells(line).all(number))
        };
        match !is_page(text) && (head.len() == HEAD || text.lines().any(numbers)) {
            true => Confidence::Possible,
            false => Confidence::No,
        }
    }

    fn probe(&self, source: &Source) -> Result<Probe> {
        let found = Found::of(source)?;
        let arrays = found.channels().map(|(_, column)| ArrayHeader {
            name: column.name.clone(),
            shape: vec![found.rows as usize, 1],
            class: ArrayClass::Double,
            complex: false,
            byte_offset: found.survey.offset,
            facts: found.facts(column),
        });
        let text = Some(found.describe());
        Ok(Probe { format: self.name().to_owned(), arrays: arrays.collect(), text })
    }

    fn read(&self, source: &Source, selection: Selection<'_>) -> Result<Vec<NamedArray>> {
        let found = Found::of(source)?;
        let survey = &found.survey;
        let wanted: Vec<(usize, &Column)> =
            found.channels().filter(|(_, column)| selection.wants(&column.name)).collect();
        // Lines may be too short for their columns, so their count alone is no measure of memory.
        let most = (source.length() / survey.columns.len().max(1) as u64 + 1).min(found.rows) as usize;
        let mut channels: Vec<Vec<f64>> = wanted.iter().map(|_| Vec::with_capacity(most)).collect();
        let mut places = vec![None; survey.columns.len()];
        for (channel, (column, _)) in wanted.iter().enumerate() {
            places[*column] = Some(channel);
        }
        each_row(source, survey, &mut |column, value| {
            if let Some(channel) = places[column] {
                channels[channel].push(value);
            }
            Ok(())
        })?;
        let arrays = wanted.iter().zip(channels).map(|((_, column), values)| NamedArray {
            name: column.name.clone(),
            shape: vec![values.len(), 1],
            class: ArrayClass::Double,
            values: Values::Real(values),
            byte_offset: survey.offset,
            facts: found.facts(column),
        });
        Ok(arrays.collect())
    }

    fn stream(
        &self,
        source: &Source,
        name: &str,
        run: usize,
        each: &mut dyn FnMut(&[f64]) -> Result<()>,
    ) -> Result<()> {
        let mut survey = Survey::of(source)?;
        let mut wanted =
            survey.candidates().find(|(_, column)| column.name == name).map(|(i, own)| (i, own.role));
        // Only all lines tell whether such a column holds numbers.
        if wanted.is_some_and(|(_, role)| role == Role::Idle) {
            let found = Found::of(source)?;
            wanted = wanted.filter(|(wanted, _)| found.channels().any(|(column, _)| column == *wanted));
            survey = found.survey;
        }
        let Some((wanted, _)) = wanted else { return Ok(()) };
        let mut runs = Runs::new(run, each);
        each_row(source, &survey, &mut |column, value| {
            if column == wanted { runs.push(value) } else { Ok(()) }
        })?;
        runs.finish()
    }
}

/// A file's look, its lines of numbers, and what its times say.
struct Found {
    survey: Survey,
    rows: u64,
    /// Columns that hold no number in any line, each with the reason.
    left_out: Vec<(usize, &'static str)>,
    stated: Stated,
    start: Option<Fact<String>>,
}

impl Found {
    fn of(source: &Source) -> Result<Self> {
        let survey = Survey::of(source)?;
        let mut times = survey.time.map(Times::new);
        let mut check = Check::new(&survey);
        let mut rows = 0;
        let mut lines = Lines::new(source)?;
        while let Some(line) = lines.next()? {
            if line.number < survey.line || !line.counts() {
                continue;
            }
            rows += 1;
            let readable = times.as_mut().is_none_or(|times| times.add(&line.text(), &survey));
            check.add(source, &survey, line, !readable)?;
        }
        let left_out = check.finish(source)?;
        let place = survey.time.map(|time| {
            let column = &survey.columns[time.column];
            let written = if column.written.is_empty() { &column.name } else { &column.written };
            let taken = if time.stated { "" } else { ", taken as seconds: it states no unit" };
            format!("column `{written}`{taken}")
        });
        let start = times.as_mut().and_then(|times| times.start.take());
        let start = start.zip(place.clone()).map(|(start, place)| Fact::new(start, place));
        let stated = rate(&survey, times.as_ref(), place);
        Ok(Self { survey, rows, left_out, stated, start })
    }

    /// Columns that hold samples, by their place in a line.
    fn channels(&self) -> impl Iterator<Item = (usize, &Column)> {
        let is_out = |i| self.left_out.iter().any(|(column, _)| *column == i);
        self.survey.candidates().filter(move |(i, _)| !is_out(*i))
    }

    fn facts(&self, column: &Column) -> Option<Box<Facts>> {
        let preamble = &self.survey.preamble;
        let own = column.unit.as_ref().map(|unit| {
            let place = format!("header of column `{}`", column.name);
            Fact::new(unit.clone(), place)
        });
        Facts {
            rate: self.stated.rate.clone(),
            no_rate: self.stated.no_rate(),
            unit: own.or_else(|| preamble.unit.fact().cloned()),
            speed: preamble.speed.fact().cloned(),
            start: self.start.clone(),
            ..Facts::default()
        }
        .boxed()
    }

    fn describe(&self) -> String {
        let mut text = self.survey.describe();
        let columns = &self.survey.columns;
        let idle =
            self.left_out.iter().map(|(i, why)| format!("`{}` {why} and is no channel", columns[*i].name));
        let remarks = columns.iter().filter(|column| column.role == Role::Remark);
        let idle =
            idle.chain(remarks.map(|column| format!("`{}` is for remarks and no channel", column.name)));
        for told in idle.chain(self.stated.told.clone()).chain(self.survey.preamble.contradictions()) {
            text.push_str("; ");
            text.push_str(&told);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::path::Path;

    fn source(text: &str) -> Source {
        Source::from_bytes(Path::new("x.csv"), text.as_bytes().to_vec())
    }

    fn refusal(text: &str) -> String {
        Text.read(&source(text), Selection::All).unwrap_err().to_string()
    }

    fn values(text: &str) -> Vec<(String, Vec<f64>)> {
        let read = Text.read(&source(text), Selection::All).unwrap();
        read.iter()
            .map(|array| (array.name.clone(), array.as_vector().unwrap_or_default().to_vec()))
            .collect()
    }

    #[test]
    fn a_line_that_does_not_fit_is_told_with_line_and_column() {
        let told = refusal("a,b\n1,2\n3,4\n5,6x\n7,8\n");
        assert!(told.contains("byte 12 (line 4, column 2)") && told.contains("`6x` is no number"), "{told}");
        let told = refusal("a,b\n1,2\n3,4\n5\n7,8\n");
        assert!(
            told.contains("(line 4)") && told.contains("2 columns expected as in line 2, 1 found"),
            "{told}"
        );
        let told = refusal("1;2\n3;4\n5;6;7\n8;9\n");
        assert!(told.contains("2 columns expected as in line 1, 3 found"), "{told}");
        let told = refusal("a,b,c\n1,2\n3,4\n");
        assert!(told.contains("2 columns, the header above names 3"), "{told}");
        assert!(refusal("no numbers\nat all\n").contains("text, first line `no numbers`"));
        let told = refusal("2024-01-01T00:00:00,1\n2024-01-01T00:00:01,2\nnow,3\n");
        assert!(told.contains("(line 3, column 1)") && told.contains("`now` is no time stamp"), "{told}");
    }

    #[test]
    fn text_beside_the_first_numbers_is_told_and_no_sample_is_lost() {
        // As oscilloscopes of Tektronix's TDS family write it.
        let told = refusal("Record Length,2,,-1,5,\nSample Interval,4e-5,,0,6,\n,,,1,7,\n,,,2,8,\n");
        assert!(told.contains("(line 2)") && told.contains("text beside them"), "{told}");
        assert_eq!(values("when,1,2\n2024-01-01T00:00:00,3,4\n2024-01-01T00:00:01,5,6\n").len(), 2);
    }

    #[test]
    fn one_comma_is_a_decimal_sign_only_where_the_lines_say_so() {
        let one = |x: &[f64]| vec![("column 1".to_owned(), x.to_vec())];
        assert_eq!(values("1,05\n2,50\n"), one(&[1.05, 2.5]));
        assert_eq!(values("-0,5\n2,5\n"), one(&[-0.5, 2.5]));
        assert_eq!(values("1,5\n2,7\n").len(), 2);
        assert_eq!(values("acc\n1,5\n2,7\n"), vec![("acc".to_owned(), vec![1.5, 2.7])]);
        assert_eq!(values("a,b\n1,05\n2,50\n").len(), 2);
    }

    fn told(text: &str) -> String {
        Text.probe(&source(text)).unwrap().text.unwrap()
    }

    #[test]
    fn a_line_of_no_sample_below_the_numbers_is_told_by_a_look_as_well() {
        let text = "time;acc\n0,0;1,5\n0,1;2,5\n0,2;1,5\nEnde der Messung\n";
        for error in [Text.probe(&source(text)).unwrap_err().to_string(), refusal(text)] {
            assert!(error.contains("(line 5, column 1)"), "{error}");
            let why = "`Ende der Messung` is no number; where the line holds no sample, delete it";
            assert!(error.contains(why), "{error}");
        }
        let short = Text.probe(&source("1,2\n3,4\n5\n7,8\n")).unwrap_err().to_string();
        assert!(short.contains("(line 3)") && short.contains("1 found"), "{short}");
    }

    #[test]
    fn a_column_without_numbers_is_no_channel_and_a_mixed_one_is_an_error() {
        let rows = |word: fn(usize) -> &'static str| -> String {
            (0..40).map(|i| format!("{i},{},{}\n", word(i), i % 7)).collect()
        };
        let words = format!(",machine,acc\n{}", rows(|_| "P3"));
        assert_eq!(
            values(&words).iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(),
            ["column 1", "acc"]
        );
        assert!(told(&words).ends_with("; `machine` holds words and is no channel"), "{}", told(&words));
        let empty = format!("n,remark,acc\n{}", rows(|_| ""));
        assert_eq!(values(&empty).len(), 2);
        assert!(told(&empty).ends_with("; `remark` is empty and is no channel"), "{}", told(&empty));
        let mixed = format!(
            "n,machine,acc\n{}",
            rows(|i| if i == 20 {
                "P3"
            } else if i == 30 {
                ""
            } else {
                "4"
            })
        );
        assert!(refusal(&mixed).contains("(line 22, column 2)"), "{}", refusal(&mixed));
        // A remark on the first line alone is no header, and its sample is not lost.
        assert_eq!(values("a;b;remark\n1;2;start\n3;4;\n5;6;\n")[0], ("a".to_owned(), vec![1.0, 3.0, 5.0]));
        let few = refusal("n,machine\n1,P3\n2,P3\n");
        assert!(few.contains("(line 2)") && few.contains("column 2 holds `P3`"), "{few}");
    }

    #[test]
    fn what_is_said_of_all_columns_names_none_of_them() {
        let read = Text.read(&source("# rpm = 1800\n# unit: g\n1 2\n3 4\n"), Selection::All).unwrap();
        let facts = read[1].facts.clone().unwrap();
        assert_eq!((read[0].name.as_str(), read[1].name.as_str()), ("column 1", "column 2"));
        assert_eq!(facts.unit, Some(Fact::new("g".to_owned(), "line 2, `unit`")));
        assert_eq!(facts.speed, Some(Fact::new(30.0, "line 1, `rpm`")));
        // A column's own unit is nearer.
        let read = Text.read(&source("Unit;g\na [mm/s];b\n1;2\n3;4\n"), Selection::All).unwrap();
        let unit = |i: usize| read[i].facts.clone().unwrap().unit.unwrap().value;
        assert_eq!((unit(0), unit(1)), ("mm/s".to_owned(), "g".to_owned()));
        assert_eq!(values("Logger: VibBox;SN 123\n1;2\n3;4\n")[0].0, "column 1");
    }

    #[test]
    fn fewer_headings_than_cells_are_told() {
        let split = refusal("t,a,b\n0,00,1,25,-3,50\n0,01,1,75,-2,50\n");
        assert!(split.contains("(line 1)") && split.contains("3 headings stand over 6 cells"), "{split}");
        let some = told("a,b\n1.5,2,3\n4,5,6\n");
        assert!(some.ends_with("; line 1 has 2 cells above 3 columns and names none"), "{some}");
    }

    #[test]
    fn days_count_only_where_their_dates_change_with_the_clock() {
        let rate = |moments: [&str; 4]| {
            let lines: String = moments.iter().map(|moment| format!("{moment},1\n")).collect();
            Text.probe(&source(&lines)).unwrap().arrays[0].facts.clone().unwrap().rate.map(|rate| rate.value)
        };
        let (a, b) = ("12/31/2026 11:59:58 PM", "12/31/2026 11:59:59 PM");
        assert_eq!(rate([a, b, "01/01/2027 12:00:00 AM", "01/01/2027 12:00:01 AM"]), Some(1.0));
        assert_eq!(
            rate(["1/2/2026 8:00:00", "1/2/2026 8:00:01", "1/3/2026 8:00:02", "1/3/2026 8:00:03"]),
            None
        );
    }

    #[test]
    fn names_that_repeat_or_are_missing_become_different_ones() {
        let names: Vec<String> = values("a,a,\n1,2,3\n4,5,6\n").into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["a", "a (column 2)", "column 3"]);
    }

    #[test]
    fn time_without_a_unit_counts_as_seconds_only_below_one_and_says_so() {
        let probe = |text: &str| Text.probe(&source(text)).unwrap();
        let told = probe("time,acc\n0.000,1\n0.001,2\n0.002,1\n0.003,1\n0.004,1\n0.005,2\n0.006,3\n");
        let facts = told.arrays[0].facts.clone().unwrap();
        assert_eq!(facts.rate.clone().unwrap().value, 1000.0);
        assert_eq!(facts.rate.unwrap().place, "column `time`, taken as seconds: it states no unit");
        let text =
            "2 columns between commas, decimal point, numbers from line 2; `time` is time, even at 1000 Hz";
        assert_eq!(told.text.as_deref(), Some(text));
        let counter = probe("time,acc\n0,1\n1,2\n2,1\n3,1\n");
        let facts = counter.arrays[0].facts.clone().unwrap();
        assert_eq!(
            (facts.rate, facts.no_rate.unwrap().why.as_str()),
            (None, "`time` is time in steps of a unit that it does not state")
        );
    }

    #[test]
    fn text_is_possible_and_prose_pages_and_bytes_are_not() {
        let sniff = |bytes: &[u8]| Text.sniff(bytes);
        assert_eq!(sniff(b"a,b\n1,2\n"), Confidence::Possible);
        assert_eq!(sniff(b"-0,5;1\n"), Confidence::Possible);
        assert_eq!(sniff(b"vib (m/s\xB2)\n0.5\n"), Confidence::Possible);
        assert_eq!(sniff(b"bearing changed on Tuesday\n"), Confidence::No);
        assert_eq!(sniff(b"<html>\n1\n"), Confidence::No);
        assert_eq!(sniff(b"version https://git-lfs.github.com/spec/v1\n12\n"), Confidence::No);
        assert_eq!(sniff(b"\x00\x01\n1\n"), Confidence::No);
        assert_eq!(sniff(b""), Confidence::No);
    }

    #[test]
    fn short_lines_under_many_columns_and_endless_lines_take_no_memory() {
        let many = "1,".repeat(2000);
        assert!(refusal(&format!("{many}1\n{many}1\n")).contains("too large"));
        let short = format!("{0}1\n{0}1\n{1}", "1,".repeat(1000), "1\n".repeat(100_000));
        assert!(refusal(&short).contains("1001 columns expected as in line 1, 1 found"));
        let endless = format!("1,2\n3,4\n{}", "7".repeat(200_000));
        assert!(refusal(&endless).contains("(line 3)"));
    }
}
