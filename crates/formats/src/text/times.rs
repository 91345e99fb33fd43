//! The sampling rate of a text file: what its column of times says, held against what its header states.

use super::moment::{DAY, clock, dated, stamp};
use super::spacing::{SHARP, Spacing, Verdict};
use super::survey::Survey;
use super::time_column::{Time, Written};
use crate::facts::{Fact, NoRate};

/// What times and header state together.
#[derive(Default)]
pub(super) struct Stated {
    pub(super) rate: Option<Fact<f64>>,
    /// What there is to tell of it.
    pub(super) told: Option<String>,
    /// Whether a rate from elsewhere is to be doubted: the times are not even, or two statements differ.
    doubtful: bool,
}

impl Stated {
    fn rate(rate: Option<Fact<f64>>, told: String) -> Self {
        Self { rate, told: Some(told), doubtful: false }
    }

    fn doubtful(told: String) -> Self {
        Self { rate: None, told: Some(told), doubtful: true }
    }

    /// Why there is no rate, where there is none.
    pub(super) fn no_rate(&self) -> Option<NoRate> {
        let why = self.told.clone().filter(|_| self.rate.is_none())?;
        Some(NoRate { why, doubtful: self.doubtful })
    }
}

/// The rate that times and header state together.
pub(super) fn rate(survey: &Survey, times: Option<&Times>, place: Option<String>) -> Stated {
    let stated = survey.preamble.rate.fact();
    let of_header =
        || stated.map(|own| Fact::new(own.value.value, own.place.clone() + &own.value.exactness()));
    let (Some(times), Some(place)) = (times, place) else {
        return match (stated, &survey.preamble.rate.contradiction) {
            (Some(own), _) => {
                Stated::rate(of_header(), format!("{} states {} Hz", own.place, own.value.value))
            }
            (None, Some(contradiction)) => Stated::doubtful(format!("no rate is taken: {contradiction}")),
            (None, None) => Stated::default(),
        };
    };
    let name = &survey.columns[times.time.column].name;
    let (found, said) = match times.spacing.verdict() {
        // Whole numbers of an unknown unit count samples.
        Verdict::Even(rate) | Verdict::Coarse(rate) if !times.time.stated && rate.value <= 1.0 => {
            (None, format!("`{name}` is time in steps of a unit that it does not state"))
        }
        Verdict::Even(rate) => {
            (Some(rate), format!("`{name}` is time, even at {} Hz{}", rate.value, rate.exactness()))
        }
        Verdict::Coarse(rate) => {
            let bounds = match rate.high.is_finite() {
                true => format!("{:.6} to {:.6} Hz", rate.low, rate.high),
                false => format!("{:.6} Hz or more", rate.low),
            };
            let told = format!("`{name}` is time of too few digits to tell a rate: {bounds}");
            // A rate in the header that fits is all that is missing.
            return match stated.filter(|own| (rate.low..=rate.high).contains(&own.value.value)) {
                Some(own) => {
                    Stated::rate(of_header(), format!("{told}; {} states {} Hz", own.place, own.value.value))
                }
                None => Stated::rate(None, told),
            };
        }
        Verdict::Few => (None, format!("`{name}` is time and has too few lines to state a rate")),
        Verdict::Uneven => {
            // A header that states an even rate above uneven times is not believed.
            let told =
                format!("`{name}` is time and is not even, beyond what its digits allow: it states no rate");
            return Stated::doubtful(told);
        }
    };
    match (found, stated) {
        (Some(rate), Some(own)) if (own.value.value / rate.value - 1.0).abs() > SHARP => {
            let told = format!("{said}, but {} states {} Hz: none is taken", own.place, own.value.value);
            Stated::doubtful(told)
        }
        (Some(rate), _) => Stated::rate(Some(Fact::new(rate.value, place + &rate.exactness())), said),
        (None, _) => Stated::rate(of_header(), said),
    }
}

/// Walks over the column of times.
pub(super) struct Times {
    time: Time,
    spacing: Spacing,
    /// The first stamp in nanoseconds, and the last time of day with its date and the days that have passed before it.
    zero: Option<i64>,
    last: f64,
    date: String,
    days: f64,
    /// Date and time of the first line, as they are written.
    pub(super) start: Option<String>,
    first: bool,
}

impl Times {
    pub(super) fn new(time: Time) -> Self {
        let spacing = Spacing::new(time.digits);
        Self {
            time,
            spacing,
            zero: None,
            last: 0.0,
            date: String::new(),
            days: 0.0,
            start: None,
            first: true,
        }
    }

    /// Takes the time of a line; false where there is none that can be read.
    pub(super) fn add(&mut self, text: &str, survey: &Survey) -> bool {
        let cells = |column| survey.dialect.delimiter.cells(text).nth(column).unwrap_or_default();
        let cell = cells(self.time.column);
        let first = std::mem::take(&mut self.first);
        let at = match self.time.written {
            Written::Number(seconds) => survey.dialect.number(cell).unwrap_or(f64::NAN) * seconds,
            Written::Stamp => {
                if first {
                    self.start = Some(cell.to_owned());
                }
                stamp(cell)
                    .map_or(f64::NAN, |(at, _)| at.saturating_sub(*self.zero.get_or_insert(at)) as f64 * 1e-9)
            }
            Written::Dated => {
                if first {
                    self.start = Some(cell.to_owned());
                }
                dated(cell).map_or(f64::NAN, |now| {
                    let passed = now.date != self.date && !first;
                    // One midnight has passed, or more than that; or the date alone has changed.
                    let told = !passed || now.at + 0.5 * DAY < self.last;
                    if passed {
                        self.days += DAY;
                    }
                    if self.date != now.date {
                        now.date.clone_into(&mut self.date);
                    }
                    self.last = now.at;
                    if told { now.at + self.days } else { f64::NAN }
                })
            }
            Written::Clock { date } => {
                if first {
                    self.start = date.map(|date| format!("{} {cell}", cells(date)));
                }
                clock(cell).map_or(f64::NAN, |(at, _)| {
                    // Midnight has passed.
                    if at + 0.5 * DAY < self.last {
                        self.days += DAY;
                    }
                    self.last = at;
                    at + self.days
                })
            }
        };
        self.spacing.add(at);
        !at.is_nan()
    }
}
