//! Proper scores: no report but the true belief makes their mean smallest.

use super::predictions::Predictions;

/// Mean of -ln p of the true class, in nats. A probability is taken as at least 2^-52, as scikit-learn does, so that
/// one certain mistake costs 36 nats and not all figures.
pub fn log_loss(predictions: &Predictions) -> f64 {
    let total: f64 = predictions.iter().map(|(row, label)| -row[label].max(f64::EPSILON).ln()).sum();
    total / predictions.count() as f64
}

/// Mean over examples of the squared distance between the probabilities and the truth, summed over classes: between
/// 0 and 2.
pub fn brier(predictions: &Predictions) -> f64 {
    let total: f64 = predictions
        .iter()
        .flat_map(|(row, label)| {
            row.iter().enumerate().map(move |(class, p)| (p - f64::from(u8::from(class == label))).powi(2))
        })
        .sum();
    total / predictions.count() as f64
}
