//! Resizing an image so that the mean over any part of it stays what it was.
//!
//! A pixel of the new image is the mean of the old image over the area that the new pixel covers, parts of
//! old pixels counting by their share. Smaller or larger, in either direction.

use crate::sample::Sample;

/// Mean over areas from one size to another.
#[derive(Debug, Clone)]
pub(crate) struct AreaMean {
    rows: Axis,
    columns: Axis,
}

/// For each new pixel along one axis: the first old pixel it touches and the weights from there on.
#[derive(Debug, Clone)]
struct Axis {
    old: usize,
    new: Vec<(usize, Vec<f64>)>,
}

impl Axis {
    fn new(old: usize, new: usize) -> Self {
        let width = old as f64 / new as f64;
        let pixel = |i: usize| {
            // Integers first, so that an edge that falls on an old pixel's edge falls there exactly.
            let (low, high) = ((i * old) as f64 / new as f64, ((i + 1) * old) as f64 / new as f64);
            let start = (i * old) / new;
            let end = ((i + 1) * old).div_ceil(new).min(old);
            let share = |j: usize| (high.min((j + 1) as f64) - low.max(j as f64)).max(0.0) / width;
            (start, (start..end).map(share).collect())
        };
        Self { old, new: (0..new).map(pixel).collect() }
    }
}

impl AreaMean {
    /// From `old` (rows, columns) to `new`, none of them 0.
    pub(crate) fn new(old: (usize, usize), new: (usize, usize)) -> Self {
        Self { rows: Axis::new(old.0, new.0), columns: Axis::new(old.1, new.1) }
    }

    /// Numbers of the intermediate image that `process` needs.
    pub(crate) fn working_len(&self) -> usize {
        self.rows.new.len() * self.columns.old
    }

    /// Resizes row-major `input` into `output`, rows first. Sums run in f64, in a fixed order.
    pub(crate) fn process<T: Sample>(&self, input: &[T], output: &mut [T], working: &mut [f64]) {
        let (wide, narrow) = (self.columns.old, self.columns.new.len());
        for ((start, weights), sums) in self.rows.new.iter().zip(working.chunks_exact_mut(wide)) {
            sums.fill(0.0);
            for (weight, row) in weights.iter().zip(input.chunks_exact(wide).skip(*start)) {
                for (sum, value) in sums.iter_mut().zip(row) {
                    *sum += weight * value.widen();
                }
            }
        }
        for (sums, row) in working.chunks_exact(wide).zip(output.chunks_exact_mut(narrow)) {
            for ((start, weights), value) in self.columns.new.iter().zip(row) {
                *value = T::narrow(weights.iter().zip(&sums[*start..]).map(|(w, s)| w * s).sum::<f64>());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::AreaMean;
    use proptest::prelude::*;

    fn resized(input: &[f32], old: (usize, usize), new: (usize, usize)) -> Vec<f32> {
        let plan = AreaMean::new(old, new);
        let mut output = vec![0.0; new.0 * new.1];
        plan.process(input, &mut output, &mut vec![0.0; plan.working_len()]);
        output
    }

    #[test]
    fn halving_averages_four_pixels_and_thirds_count_by_their_share() {
        assert_eq!(resized(&[1.0, 3.0, 5.0, 7.0], (2, 2), (1, 1)), [4.0]);
        assert_eq!(resized(&[0.0, 3.0, 6.0], (1, 3), (1, 2)), [1.0, 5.0]);
        assert_eq!(resized(&[1.0, 2.0], (2, 1), (4, 1)), [1.0, 1.0, 2.0, 2.0]);
    }

    proptest! {
        #[test]
        fn the_mean_of_the_image_stays(
            old in (1usize..20, 1usize..20), new in (1usize..20, 1usize..20), seed in 0u64..1000,
        ) {
            let value = |i: usize| ((i as u64 + 1) * (seed * 7919 + 13) % 1009) as f32 / 100.0;
            let input: Vec<f32> = (0..old.0 * old.1).map(value).collect();
            let mean = |v: &[f32]| v.iter().map(|x| f64::from(*x)).sum::<f64>() / v.len() as f64;
            prop_assert!((mean(&input) - mean(&resized(&input, old, new))).abs() < 1e-5);
        }

        #[test]
        fn the_same_size_changes_nothing(old in (1usize..20, 1usize..20)) {
            let input: Vec<f32> = (0..old.0 * old.1).map(|i| i as f32).collect();
            prop_assert_eq!(&resized(&input, old, old), &input);
        }
    }
}
