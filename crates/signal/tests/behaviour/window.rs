//! Tapers against SciPy's.
#![allow(clippy::unwrap_used)]

use crate::golden;

use brinell_signal::fourier::{Symmetry, Window};
use proptest::prelude::*;

fn named(name: &str) -> Window {
    match name {
        "hann" => Window::Hann,
        "hamming" => Window::Hamming,
        "blackman" => Window::Blackman,
        "blackmanharris" => Window::BlackmanHarris,
        "flattop" => Window::FlatTop,
        "kaiser8.6" => Window::Kaiser { beta: 8.6 },
        "tukey0.25" => Window::Tukey { alpha: 0.25 },
        "gauss3" => Window::Gaussian { std: 3.0 },
        "dpss2.5" => Window::Dpss { nw: 2.5 },
        "bartlett" => Window::Bartlett,
        "cosine" => Window::Cosine,
        other => panic!("unknown window {other}"),
    }
}

#[test]
fn windows_equal_scipy() {
    let cases = golden::cases("window");
    assert_eq!(cases.len(), 36);
    for case in cases {
        let symmetry = if case.params["sym"] == true { Symmetry::Symmetric } else { Symmetry::Periodic };
        case.check("w", &named(case.text("window")).samples(case.integer("n"), symmetry));
    }
}

fn any_window() -> impl Strategy<Value = Window> {
    prop_oneof![
        Just(Window::Rectangular),
        Just(Window::Hann),
        Just(Window::Hamming),
        Just(Window::Blackman),
        Just(Window::BlackmanHarris),
        Just(Window::FlatTop),
        Just(Window::Bartlett),
        Just(Window::Cosine),
        (0.0..=1.0).prop_map(|alpha| Window::Tukey { alpha }),
        (0.1..100.0).prop_map(|std| Window::Gaussian { std }),
        (0.0..=700.0).prop_map(|beta| Window::Kaiser { beta }),
        (0.1..4.0).prop_map(|nw| Window::Dpss { nw }),
    ]
}

proptest! {
    #[test]
    fn closed_windows_are_the_same_both_ways_and_at_most_one(window in any_window(), n in 9usize..400) {
        let weights = window.samples(n, Symmetry::Symmetric);
        // A flat top has to dip below zero at its feet.
        let lowest = if window == Window::FlatTop { -0.08 } else { -1e-6 };
        for i in 0..n {
            prop_assert!((weights[i] - weights[n - 1 - i]).abs() < 1e-12);
            prop_assert!(weights[i] <= 1.0 + 1e-8 && weights[i] >= lowest);
        }
        let periodic = window.samples(n - 1, Symmetry::Periodic);
        prop_assert_eq!(&weights[..n - 1], &periodic[..]);
    }
}

#[test]
fn the_slepian_taper_is_the_most_concentrated_one() {
    // Share of the energy within ±nw/n, by the definition: w' A w / w' w with A the sinc kernel.
    let (n, nw) = (64, 2.0);
    let concentration = |weights: &[f64]| {
        let half_band = nw / n as f64;
        let mut inside = 0.0;
        for (i, a) in weights.iter().enumerate() {
            for (j, b) in weights.iter().enumerate() {
                let lag = std::f64::consts::PI * (i as f64 - j as f64);
                let kernel = if i == j { 2.0 * half_band } else { (2.0 * half_band * lag).sin() / lag };
                inside += a * b * kernel;
            }
        }
        inside / weights.iter().map(|w| w * w).sum::<f64>()
    };
    let best = concentration(&Window::Dpss { nw }.samples(n, Symmetry::Symmetric));
    // Slepian 1978: the first eigenvalue for nw = 2 is 0.99994.
    assert!((best - 0.99994).abs() < 1e-5, "{best}");
    for window in [Window::Hann, Window::Kaiser { beta: 6.0 }, Window::Gaussian { std: 11.0 }] {
        assert!(concentration(&window.samples(n, Symmetry::Symmetric)) < best);
    }
}
