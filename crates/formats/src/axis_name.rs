//! Which arrays are axes by what they are called: times and counts beside the samples, of whatever format.
//!
//! A name counts as a whole, without a unit behind it: `time`, `t_ms`, `log/Time (s)`, `No.`, `__index_level_0__`, but not
//! `X105_DE_time`, `T (°C)` or `i (A)`. An array whose unit is one of time is an axis too; one of a unit of neither time nor vibration is none.

use crate::array::NamedArray;
use crate::facts::Facts;
use brinell_signal::Unit;

/// Names of times, in lower case, letters and digits alone.
const TIMES: [&str; 45] = [
    "time",
    "t",
    "timestamp",
    "datetime",
    "dateandtime",
    "date",
    "epoch",
    "epochtime",
    "unixtime",
    "unixtimestamp",
    "utc",
    "elapsed",
    "elapsedtime",
    "relativetime",
    "reltime",
    "absolutetime",
    "abstime",
    "testtime",
    "sampletime",
    "samplingtime",
    "recordtime",
    "timeaxis",
    "timevector",
    "timevec",
    "timecode",
    "timedata",
    "tvec",
    "taxis",
    "tsec",
    "timesec",
    "seconds",
    "milliseconds",
    "microseconds",
    "nanoseconds",
    "zeit",
    "zeitstempel",
    "datum",
    "uhrzeit",
    "temps",
    "horodatage",
    "tiempo",
    "fecha",
    "tempo",
    "时间",
    "時間",
];

/// Names of counts, likewise.
const COUNTS: [&str; 35] = [
    "index",
    "idx",
    "timeindex",
    "timeidx",
    "no",
    "nr",
    "num",
    "number",
    "lfdnr",
    "row",
    "rowno",
    "rownumber",
    "rowindex",
    "sample",
    "sampleno",
    "samplenr",
    "samplenumber",
    "sampleindex",
    "sampleidx",
    "sampleid",
    "rec",
    "recno",
    "record",
    "recordno",
    "recordnumber",
    "recordindex",
    "point",
    "pointno",
    "scan",
    "scanno",
    "counter",
    "n",
    "i",
    "unnamed0",
    "序号",
];

/// What may stand behind a time: units, and which time it is.
const BEHIND: [&str; 24] = [
    "s",
    "sec",
    "secs",
    "second",
    "seconds",
    "ms",
    "msec",
    "millisecond",
    "milliseconds",
    "us",
    "usec",
    "µs",
    "μs",
    "microsecond",
    "microseconds",
    "ns",
    "nsec",
    "nanosecond",
    "nanoseconds",
    "utc",
    "gmt",
    "local",
    "unix",
    "iso",
];

/// Begin of times of day as a format, `hh:mm:ss`.
const CLOCK: &str = "hh";

/// What stands in brackets behind a name that a header states twice, `Time (column 3)`.
const REPEATED: &str = "column";

/// What pandas calls an index that has no name, before its number.
const PANDAS_INDEX: &str = "indexlevel";

/// Whether an array is an axis: by the format's own word, by its unit, or by its name.
pub(crate) fn is_axis(name: &str, array: &NamedArray) -> bool {
    let facts = array.facts.as_deref();
    let unit = facts.and_then(|facts| facts.unit.as_ref()).map(|unit| unit.value.as_str());
    let unit = unit.map(words).filter(|words| !words.is_empty());
    array.is_axis()
        || match unit {
            Some(unit) if unit.len() == 1 && is_behind(&unit[0]) => true,
            // A unit of vibration may be that of the whole file.
            Some(_) => {
                facts.and_then(Facts::unit).is_some_and(|(unit, _)| unit.value != Unit::Unknown)
                    && names_axis(name)
            }
            None => names_axis(name),
        }
}

/// Whether a name is that of an axis, as a whole or behind the last dot or slash.
fn names_axis(name: &str) -> bool {
    let name = name.trim().trim_end_matches('.');
    [Some(name), name.rsplit(['.', '/']).next()].into_iter().flatten().any(|own| {
        let (bare, bracket) = match own.find(['(', '[']) {
            Some(at) => own.split_at(at),
            None => (own, ""),
        };
        let (bare, behind) = (words(bare), words(bracket));
        let repeated = behind.iter().all(|word| word == REPEATED || is_number(word));
        let clock = behind.first().is_some_and(|word| word == CLOCK);
        let behind_time = repeated || clock || behind.iter().all(|word| is_behind(word));
        let unit = bare.len() > 1 && bare.last().is_some_and(|last| is_behind(last));
        let time = |words: &[String]| TIMES.contains(&words.concat().as_str());
        let count =
            |whole: &str| COUNTS.contains(&whole) || whole.strip_prefix(PANDAS_INDEX).is_some_and(is_number);
        behind_time && (time(&bare) || unit && time(&bare[..bare.len() - 1]))
            || repeated && count(&bare.concat())
    })
}

fn is_behind(word: &str) -> bool {
    BEHIND.contains(&word)
}

fn is_number(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit())
}

/// Runs of letters and digits in lower case, also those that only a capital parts: `timeMs`. Any other sign that may be part
/// of a unit is a word of its own.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut before = ' ';
    for sign in text.chars() {
        let kept = sign.is_alphanumeric() || "°%/^²".contains(sign);
        if kept {
            let begins = !before.is_alphanumeric()
                || !sign.is_alphanumeric()
                || before.is_lowercase() && sign.is_uppercase();
            if begins {
                words.push(String::new());
            }
            if let Some(word) = words.last_mut() {
                word.extend(sign.to_lowercase());
            }
        }
        before = sign;
    }
    // A slash before a unit of time, `Zeit / s`, is no part of it.
    if words.len() > 2 && words[words.len() - 2] == "/" && words.last().is_some_and(|last| is_behind(last)) {
        words.remove(words.len() - 2);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::array::{ArrayClass, Values};
    use crate::facts::Fact;

    #[test]
    fn times_and_counts_are_known_by_whole_names_with_or_without_a_unit() {
        for name in [
            "time",
            "Time",
            "t",
            "time_s",
            "time_ns",
            "timeMs",
            "Time (s)",
            "Time [ms]",
            "time (hh:mm:ss)",
            "Zeit / s",
            "log/t",
            "log.time",
            "Time/s",
            "timestamp_utc",
            "TimeStamp",
            "Elapsed Time (s)",
            "Temps",
            "时间",
            "index",
            "No.",
            "Nr.",
            "Sample No.",
            "rec",
            "i",
            "__index_level_0__",
            "Unnamed: 0",
            "index (column 3)",
            "Time (column 2)",
        ] {
            assert!(names_axis(name), "{name}");
        }
    }

    #[test]
    fn what_only_holds_such_a_word_or_has_another_unit_is_none() {
        for name in [
            "X105_DE_time",
            "DE_time",
            "runtime_vibration",
            "T (°C)",
            "T [K]",
            "i (A)",
            "I [A]",
            "i_s",
            "n (rpm)",
            "s",
            "ms",
            "x",
            "acc",
            "signal",
            "data.1",
            "column 1",
            "channel 2",
            "samples",
            "time_signal",
            "counts",
            "",
            ".",
            "/",
            "(s)",
            "_",
        ] {
            assert!(!names_axis(name), "{name}");
        }
    }

    #[test]
    fn a_unit_decides_where_there_is_one() {
        let axis = |name: &str, unit: &str| {
            let facts = Facts { unit: Some(Fact::new(unit.to_owned(), "header")), ..Facts::default() };
            let array = NamedArray {
                name: name.to_owned(),
                shape: vec![2, 1],
                class: ArrayClass::Double,
                values: Values::Unread,
                byte_offset: 0,
                facts: facts.boxed(),
            };
            is_axis(name, &array)
        };
        assert!(axis("x", "s") && axis("t", "ms") && axis("t", "[s]") && axis("t", "-") && axis("No.", ""));
        assert!(axis("t", "g") && !axis("x", "-") && !axis("T", "°C") && !axis("i", "A"));
        assert!(!axis("v", "m/s") && !axis("a", "mm/s²") && !axis("de", "m/s^2"));
    }
}
