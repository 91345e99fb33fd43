//! Accuracy, macro-F1, recall, precision and the confusion table.
//!
//! Ties in arg max go to the lowest class. `F1 = 2TP / (2TP + FP + FN)` of a class, 0 when the class
//! has no true positive; macro-F1 is its plain mean over **all** classes of the protocol, also those
//! that are never predicted. It is not the F1 of mean precision and mean recall.

use serde::{Deserialize, Serialize};

/// Figures of one set of predictions. Shares are between 0 and 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Metrics {
    /// Number of predictions.
    pub count: usize,
    /// Share of right predictions; 0 when there is none.
    pub accuracy: f64,
    /// Mean of the classes' F1.
    pub macro_f1: f64,
    /// F1 of each class.
    pub f1: Vec<f64>,
    /// Share of a class's examples that were found; `None` when the class has no example.
    pub recall: Vec<Option<f64>>,
    /// Share of right ones among the predictions of a class; `None` when it was never predicted.
    pub precision: Vec<Option<f64>>,
    /// `confusion[true class][predicted class]`, counts.
    pub confusion: Vec<Vec<u64>>,
}

impl Metrics {
    /// Compares predictions to the truth, pair by pair; both hold class numbers below `classes`, others
    /// are not counted.
    pub fn measure(classes: usize, truth: &[u32], predicted: &[u32]) -> Metrics {
        let mut confusion = vec![vec![0_u64; classes]; classes];
        for (&true_class, &guess) in truth.iter().zip(predicted) {
            if let Some(cell) =
                confusion.get_mut(true_class as usize).and_then(|row| row.get_mut(guess as usize))
            {
                *cell += 1;
            }
        }
        let count: u64 = confusion.iter().flatten().sum();
        let right: u64 = (0..classes).map(|class| confusion[class][class]).sum();
        let share = |part: u64, whole: u64| (whole > 0).then(|| part as f64 / whole as f64);
        let (mut f1, mut recall, mut precision) = (Vec::new(), Vec::new(), Vec::new());
        for class in 0..classes {
            let hits = confusion[class][class];
            let examples: u64 = confusion[class].iter().sum();
            let guesses: u64 = confusion.iter().map(|row| row[class]).sum();
            recall.push(share(hits, examples));
            precision.push(share(hits, guesses));
            f1.push(share(2 * hits, examples + guesses).unwrap_or(0.0));
        }
        Metrics {
            count: count as usize,
            accuracy: share(right, count).unwrap_or(0.0),
            macro_f1: if classes == 0 { 0.0 } else { f1.iter().sum::<f64>() / classes as f64 },
            f1,
            recall,
            precision,
            confusion,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // By hand: class 0 has TP 2, FN 1 (sent to 1), FP 1 (from 2); class 1 TP 1, FN 0, FP 1; class 2
    // TP 1, FN 1, FP 0; class 3 neither occurs nor is predicted.
    const TRUTH: [u32; 6] = [0, 0, 0, 1, 2, 2];
    const GUESS: [u32; 6] = [0, 0, 1, 1, 2, 0];

    #[test]
    fn figures_equal_those_computed_by_hand() {
        let found = Metrics::measure(4, &TRUTH, &GUESS);
        assert_eq!(found.count, 6);
        assert!((found.accuracy - 4.0 / 6.0).abs() < 1e-15);
        assert_eq!(found.recall, [Some(2.0 / 3.0), Some(1.0), Some(0.5), None]);
        assert_eq!(found.precision, [Some(2.0 / 3.0), Some(0.5), Some(1.0), None]);
        assert_eq!(found.f1, [4.0 / 6.0, 2.0 / 3.0, 2.0 / 3.0, 0.0]);
        assert!((found.macro_f1 - 0.5).abs() < 1e-15, "{}", found.macro_f1);
        assert_eq!(found.confusion[0], [2, 1, 0, 0]);
        assert_eq!(found.confusion[2], [1, 0, 1, 0]);
    }

    #[test]
    fn a_class_that_is_never_predicted_counts_as_zero_in_macro_f1() {
        // everything called class 0 with equal classes: F1 = 2*1/(1+4) for class 0, else 0
        let found = Metrics::measure(4, &[0, 1, 2, 3], &[0, 0, 0, 0]);
        assert!((found.macro_f1 - 0.1).abs() < 1e-15);
        assert!((found.accuracy - 0.25).abs() < 1e-15);
    }
}
