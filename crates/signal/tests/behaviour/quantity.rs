//! Scalars against the reference definitions.
#![allow(clippy::unwrap_used)]

use crate::golden;

use brinell_signal::quantity::scalars;

#[test]
fn scalars_equal_the_reference() {
    let cases = golden::cases("time_features");
    assert_eq!(cases.len(), 9);
    let mut compared = 0;
    for case in cases {
        let want = case.want("v");
        let s = scalars(&case.input(0));
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
                "hjorth_mobility" => s.mobility,
                "hjorth_complexity" => s.complexity,
                other => panic!("unknown scalar {other}"),
            };
            if want.is_nan() {
                // The reference divides 0 by 0 (second differences of a ramp).
                assert_eq!(got, None, "{} {name}", case.id);
                compared += 1;
                continue;
            }
            let got = got.unwrap();
            // Each scalar has its own size, so it is compared by itself and not against the largest.
            assert!((got - want).abs() <= 1e-13 + 1e-11 * want.abs(), "{} {name}: {got} {want}", case.id);
            compared += 1;
        }
    }
    assert_eq!(compared, 9 * 13);
}
