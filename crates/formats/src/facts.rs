//! What a file says of an array beside its values: rate, unit, speed, time, position, each with the place where it stands.

use crate::unit_text::{Scaled, scaled_unit};
use brinell_signal::{Hertz, Known, Origin, Phrase, Unit, phrase};

/// A statement of a file with its place, e.g. ``property `wf_increment` ``.
#[derive(Debug, Clone, PartialEq)]
pub struct Fact<T> {
    /// What it says.
    pub value: T,
    /// Where it says so.
    pub place: String,
}

impl<T> Fact<T> {
    /// A statement found at `place`.
    pub fn new(value: T, place: impl Into<String>) -> Self {
        Self { value, place: place.into() }
    }
}

/// Why what a file says of its rate gives none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoRate {
    /// In words.
    pub why: String,
    /// Whether a rate from elsewhere is to be doubted: times are not even, or statements differ.
    pub doubtful: bool,
}

/// What a file says of one array. What it does not say stays empty and is never guessed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Facts {
    /// Sampling rate in hertz.
    pub rate: Option<Fact<f64>>,
    /// Why what it says of the rate gives none.
    pub no_rate: Option<NoRate>,
    /// Unit of the values, as it is written.
    pub unit: Option<Fact<String>>,
    /// Shaft speed in hertz.
    pub speed: Option<Fact<f64>>,
    /// Time of the first sample, ISO 8601 where the format's own time is binary, else as written.
    pub start: Option<Fact<String>>,
    /// Where the sensor sits.
    pub position: Option<Fact<String>>,
    /// Whether the numbers are the places (times, frequencies...) of another array's values: such an array is no channel.
    pub axis: bool,
}

impl Facts {
    /// None where the file says nothing.
    #[must_use]
    pub fn boxed(self) -> Option<Box<Self>> {
        (self != Self::default()).then(|| Box::new(self))
    }

    /// The unit of the samples and what they are to be multiplied by to be in it.
    pub(crate) fn unit(&self) -> Option<(Known<Unit>, f64)> {
        let Fact { value, place } = self.unit.as_ref()?;
        Some(match scaled_unit(value) {
            Some(Scaled { unit, factor: 1.0 }) => {
                (Known::new(unit, Origin::File, Phrase::verbatim(&**place)), 1.0)
            }
            Some(Scaled { unit, factor }) => {
                let note = phrase!("{place}: {written}, converted", place, written = value);
                (Known::new(unit, Origin::File, note), factor)
            }
            None => {
                let note =
                    phrase!("{place} says {written}, which is no unit that is known", place, written = value);
                (Known::new(Unit::Unknown, Origin::File, note), 1.0)
            }
        })
    }

    /// The sampling rate, where it is a possible one.
    pub(crate) fn rate(&self) -> Option<Known<Hertz>> {
        frequency(self.rate.as_ref()?)
    }

    /// The shaft speed, where it is a possible one.
    pub(crate) fn speed(&self) -> Option<Known<Hertz>> {
        frequency(self.speed.as_ref()?)
    }
}

fn frequency(fact: &Fact<f64>) -> Option<Known<Hertz>> {
    let hertz = Hertz(fact.value);
    hertz.is_positive().then(|| Known::new(hertz, Origin::File, Phrase::verbatim(&*fact.place)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn unit(text: &str) -> (Unit, f64, Origin) {
        let facts = Facts { unit: Some(Fact::new(text.to_owned(), "attribute `unit`")), ..Facts::default() };
        let (known, factor) = facts.unit().unwrap();
        (known.value, factor, known.origin)
    }

    #[test]
    fn a_unit_in_the_file_is_read_with_its_scale_and_an_unknown_one_is_told() {
        assert_eq!(unit("g"), (Unit::G, 1.0, Origin::File));
        assert_eq!(unit("m/s"), (Unit::MillimetresPerSecond, 1000.0, Origin::File));
        assert_eq!(unit("furlong"), (Unit::Unknown, 1.0, Origin::File));
    }

    #[test]
    fn an_impossible_rate_is_none() {
        for value in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            let facts = Facts { rate: Some(Fact::new(value, "header")), ..Facts::default() };
            assert_eq!(facts.rate(), None, "{value}");
        }
    }
}
