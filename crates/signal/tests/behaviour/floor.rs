//! The running median against its definition.
#![allow(clippy::unwrap_used)]

use brinell_signal::fourier::{MedianWindow, running_median};
use proptest::prelude::*;

fn fast(values: &[f64], half: usize) -> Vec<f64> {
    let mut output = vec![0.0; values.len()];
    running_median(values, half, &mut output, &mut MedianWindow::default()).unwrap();
    output
}

/// Sorts every window.
fn plain(values: &[f64], half: usize) -> Vec<f64> {
    (0..values.len())
        .map(|i| {
            let end = i.saturating_add(half).saturating_add(1).min(values.len());
            let mut window = values[i.saturating_sub(half)..end].to_vec();
            window.sort_by(f64::total_cmp);
            let n = window.len();
            0.5 * (window[(n - 1) / 2] + window[n / 2])
        })
        .collect()
}

proptest! {
    #[test]
    fn it_is_the_median_of_every_window(
        values in prop::collection::vec(-5.0..5.0_f64, 1..200), half in 0usize..250,
    ) {
        prop_assert_eq!(fast(&values, half), plain(&values, half));
    }

    #[test]
    fn equal_values_are_told_apart_nowhere(
        values in prop::collection::vec((0..4).prop_map(f64::from), 1..300), half in 0usize..40,
    ) {
        prop_assert_eq!(fast(&values, half), plain(&values, half));
    }
}

#[test]
fn lines_do_not_lift_the_floor() {
    let values: Vec<f64> =
        (0..1000).map(|i| if i % 25 == 0 { 100.0 } else { 1.0 + 0.001 * f64::from(i) }).collect();
    let floor = fast(&values, 40);
    assert!(floor.iter().enumerate().all(|(i, f)| (f - 1.0 - 0.001 * i as f64).abs() < 0.03));
}

#[test]
fn strange_input_never_panics() {
    let mut window = MedianWindow::default();
    for values in
        [vec![], vec![f64::NAN], vec![f64::INFINITY, f64::NAN, 0.0, f64::NEG_INFINITY, -0.0, f64::NAN]]
    {
        for half in [0, 1, 2, 3, usize::MAX] {
            running_median(&values, half, &mut vec![0.0; values.len()], &mut window).unwrap();
        }
    }
    assert!(running_median(&[1.0], 1, &mut [], &mut window).is_err());
}

#[test]
fn nan_counts_as_infinite() {
    let (nan, inf) = (f64::NAN, f64::INFINITY);
    assert_eq!(fast(&[1.0, nan, 2.0, 3.0, nan, nan, nan], 1), [inf, 2.0, 3.0, 3.0, inf, inf, inf]);
}
