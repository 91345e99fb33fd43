//! Sampling rates and shaft speeds that stand in a file as variables of one number: `fs` beside the channels, `rec.info.rpm` in
//! a struct beside them.
//!
//! A variable speaks for the channels of its own struct and of those inside. One in a struct without any vector, such as
//! `rec.info`, speaks for the struct above as well. The nearest counts, and where two that are as near contradict each other none
//! does.

use crate::array::NamedArray;
use crate::error::{Error, Result};
use crate::named_facts::{self, Quantity};
use brinell_signal::{Hertz, Known, Origin, phrase};
use std::collections::{HashMap, HashSet};

/// Relative difference up to which two statements are one: a step in few digits is no contradiction.
const SAME: f64 = 1e-3;

/// Whether two frequencies are one as far as their digits say.
pub(crate) fn same(one: Hertz, other: Hertz) -> bool {
    (one.0 / other.0 - 1.0).abs() <= SAME
}

/// The variables of a file that state one quantity, by the struct for which they speak.
pub(crate) struct StatedVariables<'a> {
    wanted: Quantity,
    file: &'a str,
    by_struct: HashMap<&'a str, Vec<Statement<'a>>>,
}

#[derive(Clone, Copy)]
struct Statement<'a> {
    /// Place of its name among those of its kind.
    rank: (usize, usize),
    variable: &'a str,
    hertz: Hertz,
}

impl<'a> StatedVariables<'a> {
    /// All of a file.
    pub(crate) fn of(wanted: Quantity, file: &'a str, arrays: &'a [(String, &'a NamedArray)]) -> Self {
        let mut by_struct: HashMap<&str, Vec<Statement<'_>>> = HashMap::new();
        let said: Vec<_> = arrays
            .iter()
            .filter_map(|(name, array)| {
                let own = name.get(above(name).len()..)?.trim_start_matches(SEPARATORS);
                let (rank, hertz) = named_facts::of_variable(own, array.as_scalar()?, wanted)?;
                Some(Statement { rank, variable: name, hertz })
            })
            .collect();
        if !said.is_empty() {
            let hold = hold_vectors(arrays);
            for statement in said {
                let own = above(statement.variable);
                by_struct.entry(own).or_default().push(statement);
                if !own.is_empty() && !hold.contains(own) {
                    by_struct.entry(above(own)).or_default().push(statement);
                }
            }
        }
        Self { wanted, file, by_struct }
    }

    /// What they say of a channel.
    pub(crate) fn about(&self, channel: &str) -> Result<Option<Known<Hertz>>> {
        let mut own = above(channel);
        let said = loop {
            match self.by_struct.get(own) {
                Some(said) => break said,
                None if own.is_empty() => return Ok(None),
                None => own = above(own),
            }
        };
        let Some(first) = said.iter().min_by_key(|statement| statement.rank) else { return Ok(None) };
        let Statement { variable, hertz, .. } = *first;
        match said.iter().find(|own| !same(own.hertz, hertz)) {
            Some(other) => {
                let (quantity, flag) = self.wanted.in_words();
                let other = format!("variable {} says {} Hz", other.variable, other.hertz.0);
                Err(Error::BadQuantity {
                    path: self.file.to_owned(),
                    variable: variable.to_owned(),
                    quantity,
                    why: format!("it says {} Hz, but {other}", hertz.0),
                    flag,
                })
            }
            None => Ok(Some(Known::new(hertz, Origin::File, phrase!("variable {variable}", variable)))),
        }
    }
}

/// What parts a name from the structs and groups that hold it.
const SEPARATORS: [char; 2] = ['.', '/'];

/// The struct or group that holds what goes by a name; empty for the file itself.
fn above(name: &str) -> &str {
    name.rfind(SEPARATORS).map_or("", |at| &name[..at])
}

/// The structs in which vectors lie, at whatever depth.
fn hold_vectors<'a>(arrays: &'a [(String, &'a NamedArray)]) -> HashSet<&'a str> {
    let mut hold = HashSet::new();
    for (name, array) in arrays {
        if array.vector_length().is_some_and(|length| length > 1) {
            let mut own = above(name);
            while !own.is_empty() && hold.insert(own) {
                own = above(own);
            }
        }
    }
    hold
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::array::{ArrayClass, Values};

    fn array(values: &[f64]) -> NamedArray {
        NamedArray {
            name: String::new(),
            shape: vec![values.len(), 1],
            class: ArrayClass::Double,
            values: Values::Real(values.to_vec()),
            byte_offset: 0,
            facts: None,
        }
    }

    /// What is said of a channel among scalars and vectors of such names.
    fn about(channel: &str, scalars: &[(&str, f64)], vectors: &[&str]) -> Result<Option<f64>> {
        let own: Vec<(String, NamedArray)> = scalars
            .iter()
            .map(|(name, value)| ((*name).to_owned(), array(&[*value])))
            .chain(vectors.iter().map(|name| ((*name).to_owned(), array(&[1.0, 2.0]))))
            .collect();
        let arrays: Vec<(String, &NamedArray)> = own.iter().map(|(name, own)| (name.clone(), own)).collect();
        let variables = StatedVariables::of(Quantity::Rate, "a.mat", &arrays);
        variables.about(channel).map(|known| known.map(|known| known.value.0))
    }

    #[test]
    fn a_variable_speaks_for_its_own_struct_and_one_in_a_struct_of_no_vectors_for_that_above() {
        assert_eq!(about("x", &[("fs", 5.0)], &["x"]).unwrap(), Some(5.0));
        assert_eq!(about("rec.ch.DE", &[("rec.info.fs", 5.0)], &["rec.ch.DE"]).unwrap(), Some(5.0));
        assert_eq!(about("rec/ch/DE", &[("fs", 5.0)], &["rec/ch/DE"]).unwrap(), Some(5.0));
        let two = [("one.fs", 5.0), ("two.fs", 7.0)];
        for (channel, rate) in [("one.x", Some(5.0)), ("two.x", Some(7.0)), ("x", None)] {
            assert_eq!(about(channel, &two, &["one.x", "two.x", "x"]).unwrap(), rate, "{channel}");
        }
        // The nearest counts.
        assert_eq!(about("one.x", &[("fs", 9.0), ("one.fs", 5.0)], &["one.x"]).unwrap(), Some(5.0));
        assert_eq!(about(".", &[(".", 9.0), ("", 5.0)], &["/", "..", ""]).unwrap(), None);
    }

    #[test]
    fn two_that_contradict_each_other_are_told_with_both_numbers() {
        let error = about("x", &[("fs", 5.0), ("dt", 0.1)], &["x"]).unwrap_err().to_string();
        for part in ["`fs`", "5 Hz", "variable dt says 10 Hz", "--rate 12kHz"] {
            assert!(error.contains(part), "{part}: {error}");
        }
        // A step in few digits is none.
        assert_eq!(about("x", &[("dt", 8.333e-5), ("fs", 12e3)], &["x"]).unwrap(), Some(12e3));
    }
}
