//! Rows of finite numbers, one row an example: probabilities, logits or features; and the checks all figures share.

use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};

/// Shape (examples, width), at least one of each, every number finite.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "StoredRows")]
pub struct Rows {
    width: usize,
    values: Vec<f64>,
}

/// What a file holds, before it is checked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredRows {
    width: usize,
    values: Vec<f64>,
}

impl TryFrom<StoredRows> for Rows {
    type Error = Error;

    fn try_from(stored: StoredRows) -> Result<Rows> {
        Rows::new(stored.width, stored.values)
    }
}

impl Rows {
    /// Takes the numbers row after row.
    ///
    /// # Errors
    /// When there is no number, when they do not fill whole rows, or when one is not finite.
    pub fn new(width: usize, values: Vec<f64>) -> Result<Rows> {
        if width == 0 || values.is_empty() {
            return Err(Error::data(
                "an empty table holds nothing to measure",
                format!("it has {} numbers in rows of {width}", values.len()),
                "give at least one example with at least one number",
            ));
        }
        if !values.len().is_multiple_of(width) {
            return Err(Error::data(
                "the numbers do not fill whole rows",
                format!("{} numbers in rows of {width} leave {} over", values.len(), values.len() % width),
                "give every example the same count of numbers",
            ));
        }
        if let Some(at) = values.iter().position(|value| !value.is_finite()) {
            return Err(Error::data(
                format!("row {}, column {} holds {}", at / width, at % width, values[at]),
                "figures are defined for finite numbers alone (rows and columns are counted from 0)",
                "look for the example that broke the net, or for a division by zero before it",
            ));
        }
        Ok(Rows { width, values })
    }

    /// Rows that are known to be whole and finite.
    pub(crate) fn known(width: usize, values: Vec<f64>) -> Rows {
        debug_assert!(width > 0 && values.len().is_multiple_of(width));
        Rows { width, values }
    }

    /// Numbers in a row.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Number of rows, at least 1.
    pub fn count(&self) -> usize {
        self.values.len() / self.width
    }

    /// All numbers, row after row.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// The rows in order.
    pub fn iter(&self) -> std::slice::ChunksExact<'_, f64> {
        self.values.chunks_exact(self.width)
    }
}

/// Refuses labels that are not one a row, or that name no class.
pub(crate) fn check_labels(labels: &[u32], rows: usize, classes: usize) -> Result<()> {
    if labels.len() != rows {
        return Err(Error::data(
            "every example needs one label",
            format!("there are {rows} examples and {} labels", labels.len()),
            "give the true class of each example, in the same order",
        ));
    }
    match labels.iter().position(|label| *label as usize >= classes) {
        None => Ok(()),
        Some(at) => Err(Error::data(
            format!("example {at} is labelled {}", labels[at]),
            format!("there are {classes} classes, counted from 0"),
            "number the classes as the columns of the scores are numbered",
        )),
    }
}

/// Refuses scores that are not finite, that are none, or that are not as many as `others`.
pub(crate) fn check_scored(scores: &[f64], others: usize) -> Result<()> {
    if scores.len() != others {
        return Err(Error::data(
            "every score needs its truth",
            format!("there are {} scores and {others} truths", scores.len()),
            "give both in the same order, one of each for every example",
        ));
    }
    if scores.is_empty() {
        return Err(Error::data(
            "no scores hold nothing to measure",
            "the figure is defined for at least one example",
            "check what the examples were chosen by",
        ));
    }
    match scores.iter().position(|score| !score.is_finite()) {
        None => Ok(()),
        Some(at) => Err(Error::data(
            format!("the score of example {at} is {}", scores[at]),
            "figures are defined for finite scores alone (examples are counted from 0)",
            "look for the example that broke the net, or for a division by zero before it",
        )),
    }
}

/// Refuses rows of another width than what was fitted.
pub(crate) fn check_width(what: &str, found: usize, fitted: usize) -> Result<()> {
    if found == fitted {
        return Ok(());
    }
    Err(Error::data(
        format!("{what} cannot be applied to these scores"),
        format!("it was fitted on rows of {fitted} numbers, these have {found}"),
        "give scores of the net that it was fitted for",
    ))
}
