//! Scalars against the reference definitions.
#![allow(clippy::unwrap_used)]

use crate::golden;

use brinell_signal::quantity::{hjorth, scalars};

#[test]
fn scalars_equal_the_reference() {
    let cases = golden::cases("time_features");
    assert_eq!(cases.len(), 9);
    let mut compared = 0;
    for case in cases {
        let want = case.want("v");
        let s = scalars(&case.input(0));
        let h = hjorth(&case.input(0));
        for (name, want) in case.params["names"].as_array().unwrap().iter().zip(want) {
            let got = match name.as_str().unwrap() {
                "mean" => Some(s.mean),
                "rms" => Some(s.rms),
                "std_biased" => Some(s.standard_deviation),
                "peak_abs" => Some(s.peak),
                "peak_to_peak" => Some(s.peak_to_peak),
                "skewness_biased" => s.skewness,
                "kurtosis_pearson_biased" => s.kurtosis,
                "crest" => s.crest,
                "shape" => s.shape,
                "impulse" => s.impulse,
                "clearance" => s.clearance,
                "hjorth_mobility" => h.mobility,
                "hjorth_complexity" => h.complexity,
                other => panic!("unknown scalar {other}"),
            };
            // The complexity of a straight line does not exist: NaN there, none here.
            let Some(got) = got else {
                assert!(want.is_nan(), "{} {name}", case.id);
                continue;
            };
            // Each scalar has its own size, so it is compared by itself and not against the largest.
            assert!((got - want).abs() <= 1e-13 + 1e-11 * want.abs(), "{} {name}: {got} {want}", case.id);
            compared += 1;
        }
    }
    assert_eq!(compared, 9 * 13 - 1);
}
