//! A judgement from the lines of faults alone, without any training: what every learner has to beat.

use super::comb::{FAULTS, HARMONICS, NUMBERS};
use brinell_signal::FaultKind;

/// How much each part is suspected, by the numbers of [`CombFeatures`](super::CombFeatures): the mean over its harmonics in
/// the band where that is largest, less the mean of the three parts.
pub fn comb_rule(numbers: &[f64]) -> [(FaultKind, f64); 3] {
    let of_fault = |fault: usize| {
        let bands = numbers.chunks_exact(NUMBERS).map(|band| {
            let lines = &band[fault * HARMONICS..(fault + 1) * HARMONICS];
            lines.iter().sum::<f64>() / HARMONICS as f64
        });
        bands.fold(f64::NEG_INFINITY, f64::max)
    };
    let scores = [0, 1, 2].map(of_fault);
    let mean = scores.iter().sum::<f64>() / 3.0;
    [0, 1, 2].map(|fault| (FAULTS[fault], scores[fault] - mean))
}
