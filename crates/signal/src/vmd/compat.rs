//! The one fault of `vmdpy` 0.2 that changes the modes' samples and is reproduced on request.

use crate::sample::Sample;

/// Adds what `vmdpy`'s modes hold too much: it fills the bin of half the rate, which is 0 for a mirrored
/// record, with the conjugate of its neighbour, whose DCT-II coefficient is `last`.
///
/// The mirrored record's spectrum is the DCT turned in phase, so the false line has the amplitude
/// `last cos(π(n-1)²/(2n))/(2n)` and alternates from sample to sample.
pub(crate) fn add_false_nyquist<T: Sample>(last: T, scale: T, mode: &mut [T]) {
    let n = mode.len();
    // (n-1)² mod 4n: the cosine has that period.
    let turns = ((n as u128 - 1).pow(2) % (4 * n as u128)) as f64;
    let phase = std::f64::consts::PI * turns / (2.0 * n as f64);
    let sign = if (n / 2).is_multiple_of(2) { 1.0 } else { -1.0 };
    let line = T::narrow(sign * phase.cos() * last.widen() / (2.0 * n as f64)) * scale;
    for (index, value) in mode.iter_mut().enumerate() {
        *value = if index.is_multiple_of(2) { *value + line } else { *value - line };
    }
}
