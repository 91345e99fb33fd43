//! What a loss may be given.

use candle_core::Tensor;

use crate::error::{Error, Result};

/// The label of a row that no loss of labels looks at.
pub const IGNORED: u32 = u32::MAX;

/// Rows and columns of `[B, K]`, neither of them 0.
pub(super) fn table(op: &'static str, what: &str, x: &Tensor) -> Result<[usize; 2]> {
    match *x.dims() {
        [rows, columns] if rows > 0 && columns > 0 => Ok([rows, columns]),
        _ => Err(Error::op(
            op,
            format!("{what} have shape {:?}, expected [batch, values] with neither of them 0", x.dims()),
        )),
    }
}

/// The source and the target rows of two domains `[B, F]` with the same columns.
pub(super) fn domains(
    op: &'static str,
    what: &str,
    [source, target]: [&Tensor; 2],
    least: usize,
) -> Result<[usize; 3]> {
    let [sources, columns] = table(op, &format!("{what} of the source"), source)?;
    let [targets, others] = table(op, &format!("{what} of the target"), target)?;
    if columns != others {
        return Err(Error::op(
            op,
            format!(
                "{what} of the source have {columns} columns, those of the target {others}: both domains have to run through one net"
            ),
        ));
    }
    if sources < least || targets < least {
        return Err(Error::op(
            op,
            format!(
                "{sources} rows of the source and {targets} of the target: at least {least} of each are needed; take larger batches"
            ),
        ));
    }
    Ok([sources, targets, columns])
}

/// Checks one label a row, below the number of classes or [`IGNORED`]; gives how many are not ignored, at least 1.
pub(super) fn labels(op: &'static str, logits: &Tensor, labels: &[u32]) -> Result<usize> {
    let [batch, classes] = table(op, "logits", logits)?;
    if labels.len() != batch {
        return Err(Error::op(
            op,
            format!(
                "{} labels for logits of shape {:?}: every row needs one label",
                labels.len(),
                logits.dims()
            ),
        ));
    }
    let wrong =
        labels.iter().enumerate().find(|(_, label)| **label != IGNORED && **label as usize >= classes);
    if let Some((row, &label)) = wrong {
        return Err(Error::Label { row, label, classes });
    }
    match labels.iter().filter(|label| **label != IGNORED).count() {
        0 => Err(Error::op(
            op,
            format!("all {batch} labels are ignored: a batch needs at least one that counts"),
        )),
        count => Ok(count),
    }
}

/// One finite factor a class, none below 0; all 1 where none are given.
pub(super) fn factors(field: &str, given: Option<&[f64]>, classes: usize) -> Result<Vec<f64>> {
    let Some(given) = given else {
        return Ok(vec![1.0; classes]);
    };
    if given.len() != classes || given.iter().any(|factor| !factor.is_finite() || *factor < 0.0) {
        return Err(Error::config(
            field,
            format!("{given:?}"),
            format!("{classes} finite values, one for every class, none below 0"),
        ));
    }
    Ok(given.to_vec())
}

/// A share or rate of which nothing is outside 0 to 1.
pub(super) fn share(field: &str, value: f64) -> Result<()> {
    match (0.0..=1.0).contains(&value) {
        true => Ok(()),
        false => Err(Error::config(field, value, "0 to 1")),
    }
}

/// A finite number above 0.
pub(super) fn positive(field: &str, value: f64) -> Result<()> {
    match value.is_finite() && value > 0.0 {
        true => Ok(()),
        false => Err(Error::config(field, value, "above 0 and finite")),
    }
}

/// A finite number, 0 or more.
pub(super) fn not_negative(field: &str, value: f64) -> Result<()> {
    match value.is_finite() && value >= 0.0 {
        true => Ok(()),
        false => Err(Error::config(field, value, "0 or more and finite")),
    }
}

/// Two tensors of one shape with at least one number.
pub(super) fn alike(op: &'static str, values: &Tensor, targets: &Tensor) -> Result<()> {
    if values.dims() != targets.dims() || values.elem_count() == 0 {
        return Err(Error::op(
            op,
            format!(
                "values of shape {:?} and targets of shape {:?}: both need the same shape, not empty",
                values.dims(),
                targets.dims()
            ),
        ));
    }
    Ok(())
}
