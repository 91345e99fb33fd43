//! The softmax of a row, and the way back through it.

/// `z_k - log Σ e^z`, without overflow for any finite row.
pub(super) fn log_softmax(row: &[f64]) -> Vec<f64> {
    let largest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = row.iter().map(|z| (z - largest).exp()).sum();
    let normaliser = largest + sum.ln();
    row.iter().map(|z| z - normaliser).collect()
}

/// The softmax of every row.
pub(super) fn softmax_rows(logits: &[f64], classes: usize) -> Vec<f64> {
    logits.chunks(classes.max(1)).flat_map(|row| log_softmax(row).into_iter().map(f64::exp)).collect()
}

/// Turns slopes of the shares of every row into slopes of its logits: `p_k (g_k - Σ p g)`.
pub(super) fn through_softmax(shares: &[f64], slopes: &mut [f64], classes: usize) {
    for (p, g) in shares.chunks(classes.max(1)).zip(slopes.chunks_mut(classes.max(1))) {
        let mean: f64 = p.iter().zip(&*g).map(|(p, g)| p * g).sum();
        p.iter().zip(g).for_each(|(p, g)| *g = p * (*g - mean));
    }
}
