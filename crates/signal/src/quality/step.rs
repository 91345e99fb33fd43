//! The step of the converter that a record was quantised with.

/// Fewest distinct values that can show a step.
const MIN_VALUES: usize = 8;
/// Share of gaps between values that have to be whole multiples of the step.
const MIN_SHARE: f64 = 0.98;
/// How far from a whole number a multiple may lie.
const TOLERANCE: f64 = 0.1;

/// The step of which all gaps between values are whole multiples, in the samples' unit; `None` when there
/// is none, or when it is too fine to be told from the rounding of single precision. `sorted` is
/// ascending and finite.
pub(super) fn quantisation_step(sorted: &[f32]) -> Option<f64> {
    // Values far out lie many steps apart and are rounded coarsely: the middle half by rank shows the
    // step best.
    let quarter = sorted.len() / 4;
    let middle = &sorted[quarter..sorted.len() - quarter];
    let mut gaps = gaps(middle);
    let mut values = middle;
    if gaps.len() + 1 < MIN_VALUES {
        gaps = self::gaps(sorted);
        values = sorted;
        if gaps.is_empty() {
            return None;
        }
    }
    gaps.sort_unstable_by(f64::total_cmp);
    let largest = f64::from(values.first()?.abs().max(values.last()?.abs()));
    let rounding = largest * f64::from(f32::EPSILON);
    if gaps[0] < 8.0 * rounding {
        return None;
    }
    // From the smallest gap up, each gap that is a whole multiple sharpens the step.
    let (mut step, mut total, mut multiples, mut whole) = (gaps[0], 0.0, 0.0, 0usize);
    for gap in &gaps {
        let multiple = (gap / step).round();
        if (gap / step - multiple).abs() <= TOLERANCE {
            whole += 1;
            total += gap;
            multiples += multiple;
            step = total / multiples;
        }
    }
    (whole as f64 >= MIN_SHARE * gaps.len() as f64).then_some(step)
}

/// Gaps between neighbouring distinct values.
fn gaps(sorted: &[f32]) -> Vec<f64> {
    sorted.windows(2).map(|pair| f64::from(pair[1]) - f64::from(pair[0])).filter(|&gap| gap > 0.0).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::generator::generator;
    use rand_distr::{Distribution, StandardNormal};

    fn noise(quantise: impl Fn(f64) -> f64) -> Vec<f32> {
        let mut random = generator(1, "step test");
        let mut samples: Vec<f32> = (0..20_000)
            .map(|_| {
                let sample: f64 = StandardNormal.sample(&mut random);
                quantise(sample) as f32
            })
            .collect();
        samples.sort_unstable_by(f32::total_cmp);
        samples
    }

    #[test]
    fn the_step_of_a_quantised_record_is_found() {
        for step in [0.5, 0.01, 4.06e-4, 1e-5] {
            let found =
                quantisation_step(&noise(|sample| (sample / step).round() * step + 0.3 * step)).unwrap();
            assert!((found / step - 1.0).abs() < 1e-3, "{found} for {step}");
        }
    }

    #[test]
    fn a_record_that_was_never_quantised_has_no_step() {
        assert_eq!(quantisation_step(&noise(|sample| sample)), None);
        assert_eq!(quantisation_step(&[1.0; 50]), None);
    }
}
