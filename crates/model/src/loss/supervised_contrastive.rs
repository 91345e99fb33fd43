//! Features of one class together, those of others apart.

use candle_core::Tensor;

use super::input;
use crate::error::{Error, Result};
use crate::ops::{Matrix, Threads, product, told_for_one};

/// Supervised contrastive loss of features `[B, F]` with one label a row (Khosla 2020, `L_out`): with rows scaled to
/// length 1 and `s_ij = x_i · x_j / T`, the mean over rows `i` of
/// `-1/|P_i| Σ_{j in P_i} (s_ij - log Σ_{k != i} e^{s_ik})`, where `P_i` are the other rows with the label of `i`. Rows
/// that stand alone leave the mean. Labels are only compared, so any numbers do. A row of zeros has no direction and
/// takes no gradient.
///
/// # Errors
/// Shapes that do not fit, a temperature that is not above 0, a batch in which no two rows share a label.
pub fn supervised_contrastive(features: &Tensor, labels: &[u32], temperature: f64) -> Result<Tensor> {
    const OP: &str = "supervised_contrastive";
    let [batch, width] = input::table(OP, "features", features)?;
    input::positive("temperature", temperature)?;
    if labels.len() != batch {
        return Err(Error::op(
            OP,
            format!("{} labels for {batch} rows: every row needs one label", labels.len()),
        ));
    }
    let partners =
        |row: usize| (0..batch).filter(move |other| *other != row && labels[*other] == labels[row]).count();
    let partners: Vec<usize> = (0..batch).map(partners).collect();
    let rows = partners.iter().filter(|count| **count > 0).count();
    if rows == 0 {
        return Err(Error::op(
            OP,
            format!(
                "no two of the {batch} rows share a label: take larger batches, or several examples a class"
            ),
        ));
    }
    told_for_one(OP, features, |x| {
        let (unit, lengths) = unit_rows(x, width);
        let of_unit = Matrix::new(&unit, batch, width);
        let mut likeness = vec![0.0; batch * batch];
        product(&mut likeness, of_unit, of_unit.transposed(), false, Threads::One);
        let mut loss = 0.0;
        for (row, s) in likeness.chunks_mut(batch).enumerate() {
            if partners[row] == 0 {
                s.fill(0.0);
                continue;
            }
            let others = || (0..batch).filter(move |other| *other != row);
            let largest = others().map(|other| s[other] / temperature).fold(f64::NEG_INFINITY, f64::max);
            let sum: f64 = others().map(|other| (s[other] / temperature - largest).exp()).sum();
            let normaliser = largest + sum.ln();
            for other in others() {
                let log = s[other] / temperature - normaliser;
                let share = match labels[other] == labels[row] {
                    true => 1.0 / partners[row] as f64,
                    false => 0.0,
                };
                loss -= share * log;
                s[other] = (log.exp() - share) / (rows as f64 * temperature);
            }
            s[row] = 0.0;
        }
        // Each likeness is one of two rows, so the slopes and their transpose both pull.
        let slopes = Matrix::new(&likeness, batch, batch);
        let mut pull = vec![0.0; batch * width];
        product(&mut pull, slopes, of_unit, false, Threads::One);
        product(&mut pull, slopes.transposed(), of_unit, true, Threads::One);
        for ((pull, unit), length) in pull.chunks_mut(width).zip(unit.chunks(width)).zip(lengths) {
            let along: f64 = pull.iter().zip(unit).map(|(p, u)| p * u).sum();
            let scale = if length > 0.0 { 1.0 / length } else { 0.0 };
            pull.iter_mut().zip(unit).for_each(|(p, u)| *p = scale * (*p - along * u));
        }
        (loss / rows as f64, pull)
    })
}

/// Rows scaled to length 1, and their lengths before.
fn unit_rows(x: &[f64], width: usize) -> (Vec<f64>, Vec<f64>) {
    let lengths: Vec<f64> =
        x.chunks(width).map(|row| row.iter().map(|v| v * v).sum::<f64>().sqrt()).collect();
    let scale = |length: f64| if length > 0.0 { 1.0 / length } else { 0.0 };
    let unit = x.chunks(width).zip(&lengths).flat_map(|(row, length)| row.iter().map(|v| v * scale(*length)));
    (unit.collect(), lengths)
}
