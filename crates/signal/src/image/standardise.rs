//! Mean 0 and standard deviation 1.

/// `(x - mean)/std` in place, with the population's standard deviation, in f64. Values that are all equal, or
/// differ by rounding only (std at most 1e-6 of the mean's magnitude), become zeros.
pub(crate) fn standardise(values: &mut [f32]) {
    let n = values.len().max(1) as f64;
    let mean = values.iter().map(|v| f64::from(*v)).sum::<f64>() / n;
    let variance = values.iter().map(|v| (f64::from(*v) - mean).powi(2)).sum::<f64>() / n;
    let std = variance.sqrt();
    if std <= 1e-6 * mean.abs() {
        values.fill(0.0);
        return;
    }
    for value in values {
        *value = ((f64::from(*value) - mean) / std) as f32;
    }
}

#[cfg(test)]
mod tests {
    use super::standardise;

    #[test]
    fn the_smallest_values_count_as_much_as_any() {
        let mut values = [1e-38, -1e-38, 3e-38, -3e-38];
        standardise(&mut values);
        assert!(
            (values[0] - 1.0 / 5.0_f32.sqrt()).abs() < 1e-6 && (values[3] + 3.0 * values[0]).abs() < 1e-6
        );
    }

    #[test]
    fn values_get_mean_zero_and_deviation_one_and_constants_become_zeros() {
        let mut values = [1.0, 3.0];
        standardise(&mut values);
        assert_eq!(values, [-1.0, 1.0]);
        for constant in [0.0, 2.5, -0.1, 1e20] {
            let mut values = [constant; 7];
            standardise(&mut values);
            assert_eq!(values, [0.0; 7]);
        }
    }
}
