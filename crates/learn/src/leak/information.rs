//! How much a run of samples says: whether two of its kind could be equal by chance.
//!
//! The bits of a run are a cautious count of the yes-or-no questions that its samples answer. In blocks of 512, the
//! chance that two samples agree is the sum of the squared shares of the values; the same is asked of the differences
//! of neighbours and of their differences, since what rises smoothly repeats those; the largest of the three counts.
//! A block says minus the logarithm of it, times its length. White noise of a fine converter says nine bits a sample, a
//! standstill that flickers between two values one at most, a constant none.

/// Bits below which signals may be equal by chance.
pub(super) const ENOUGH: f64 = 256.0;
const BLOCK: usize = 512;

/// Bits of a run of samples, counted no further than up to `enough`.
pub(super) fn bits(samples: &[f64], enough: f64) -> f64 {
    let mut sum = 0.0;
    for block in samples.chunks(BLOCK) {
        sum += bits_of_block(block);
        if sum >= enough {
            break;
        }
    }
    sum
}

fn bits_of_block(block: &[f64]) -> f64 {
    let mut values: Vec<f64> = block.iter().copied().filter(|sample| sample.is_finite()).collect();
    let (count, rounding) = (values.len() as f64, largest(&values) * 1e-9);
    let mut chance = 0.0_f64;
    for order in 0..3 {
        if order > 0 {
            let differences: Vec<f64> = values.windows(2).map(|pair| pair[1] - pair[0]).collect();
            values = differences;
        }
        chance = chance.max(agreement(&values, rounding));
    }
    // no value: nothing is said
    if chance > 0.0 { -chance.log2() * count } else { 0.0 }
}

/// Chance that two of these values agree, but for `rounding`.
fn agreement(values: &[f64], rounding: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let squares: f64 = sorted
        .chunk_by(|a, b| (b - a).abs() <= rounding)
        .map(|alike| (alike.len() as f64 / sorted.len() as f64).powi(2))
        .sum();
    squares
}

fn largest(block: &[f64]) -> f64 {
    block.iter().fold(0.0, |largest, sample| sample.abs().max(largest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(length: usize) -> Vec<f64> {
        use rand::{RngExt, SeedableRng};
        let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(1);
        (0..length).map(|_| random.random_range(-1.0..1.0)).collect()
    }

    #[test]
    fn noise_says_much_and_a_standstill_little() {
        let (fine, all) = (noise(512), f64::INFINITY);
        assert!(bits(&fine, all) > 4_000.0);
        assert!((bits(&noise(5_120), all) / bits(&fine, all) - 10.0).abs() < 0.1, "they add up");
        let coarse: Vec<f64> = fine.iter().map(|x| (x * 4.0).round()).collect();
        assert!((1_000.0..2_000.0).contains(&bits(&coarse, all)), "nine values: {}", bits(&coarse, all));
        let flicker: Vec<f64> = fine.iter().map(|x| f64::from(u8::from(*x > 0.97))).collect();
        assert!((1.0..60.0).contains(&bits(&flicker, all)), "{}", bits(&flicker, all));
        assert_eq!(bits(&[3.0; 512], all), 0.0);
        assert_eq!(bits(&[], all), 0.0);
        assert_eq!(bits(&[1.0], all), 0.0);
    }

    #[test]
    fn what_rises_evenly_says_nothing() {
        let ramp: Vec<f64> = (0..512).map(|n| f64::from(n) * 0.1).collect();
        assert!(bits(&ramp, f64::INFINITY) < 5.0, "{}", bits(&ramp, f64::INFINITY));
        let parabola: Vec<f64> = (0..512).map(|n| f64::from(n).powi(2)).collect();
        assert!(bits(&parabola, f64::INFINITY) < 5.0, "{}", bits(&parabola, f64::INFINITY));
    }
}
