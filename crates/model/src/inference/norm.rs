//! What looks at many numbers of one sample and changes them all: layer norm, softmax, soft thresholds, the mask of
//! missing sensors.

/// Normalises the channels of every position; `scratch` holds two numbers a position.
pub(super) fn layer_norm(x: &mut [f32], gamma: &[f32], beta: &[f32], eps: f64, scratch: &mut [f32]) {
    let channels = gamma.len().max(1);
    let positions = x.len() / channels;
    if positions == 0 {
        return;
    }
    let (mean, deviation) = scratch[..2 * positions].split_at_mut(positions);
    mean.fill(0.0);
    for line in x.chunks_exact(positions) {
        mean.iter_mut().zip(line).for_each(|(mean, x)| *mean += x);
    }
    let share = 1.0 / channels as f32;
    mean.iter_mut().for_each(|mean| *mean *= share);
    deviation.fill(0.0);
    for line in x.chunks_exact_mut(positions) {
        for ((x, mean), sum) in line.iter_mut().zip(&*mean).zip(&mut *deviation) {
            *x -= mean;
            *sum += *x * *x;
        }
    }
    let eps = eps as f32;
    deviation.iter_mut().for_each(|sum| *sum = 1.0 / (*sum * share + eps).sqrt());
    for ((line, gamma), beta) in x.chunks_exact_mut(positions).zip(gamma).zip(beta) {
        for (x, factor) in line.iter_mut().zip(&*deviation) {
            *x = *x * factor * gamma + beta;
        }
    }
}

/// `e^x / Σ e^x` along an axis of `len` with `behind` numbers behind each of its places.
pub(super) fn softmax(x: &mut [f32], [len, behind]: [usize; 2]) {
    for block in x.chunks_exact_mut((len * behind).max(1)) {
        for first in 0..behind {
            let line = || (first..len * behind).step_by(behind);
            let largest = line().fold(f32::NEG_INFINITY, |best, at| best.max(block[at]));
            let mut sum = 0.0;
            for at in line() {
                block[at] = (block[at] - largest).exp();
                sum += block[at];
            }
            line().for_each(|at| block[at] /= sum);
        }
    }
}

/// `sign(x) max(|x| - τ, 0)`, one threshold for as many neighbouring numbers as fit. A threshold below 0 moves values away
/// from 0, never across it, and leaves 0 where it is.
pub(super) fn soft_threshold(x: &mut [f32], thresholds: &[f32]) {
    let span = x.len() / thresholds.len().max(1);
    for (x, &t) in x.chunks_exact_mut(span.max(1)).zip(thresholds) {
        for x in x {
            *x = if *x > 0.0 && *x > t {
                *x - t
            } else if *x < 0.0 && *x < -t {
                *x + t
            } else if x.is_nan() || t.is_nan() {
                f32::NAN
            } else {
                0.0
            };
        }
    }
}

/// Enlarges the sensors that are there for those that give zeros only; each has `size` numbers.
pub(super) fn sensors(x: &mut [f32], size: usize) {
    let count = x.len() / size.max(1);
    let is_there = |sensor: &&[f32]| sensor.iter().any(|value| *value != 0.0);
    let present = x.chunks_exact(size.max(1)).filter(is_there).count().max(1);
    let factor = (count as f64 / present as f64) as f32;
    x.iter_mut().for_each(|value| *value *= factor);
}
