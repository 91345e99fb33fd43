//! The transforms of other programs, which are there to compare with.

use crate::golden;

use std::f64::consts::TAU;

use brinell_signal::{
    Hertz, Scratch,
    wavelet::{
        AnalyticWavelet, CwtBoundary, CwtFrequencies, CwtParams, FcwtParams, FcwtScaling,
        PyWaveletsCwtParams, PyWaveletsWavelet, SsqueezepyCwtParams, SsqueezepyWavelet,
    },
};
use num_complex::Complex;

fn scales(case: &golden::Case) -> Vec<f64> {
    case.params["scales"].as_array().unwrap().iter().map(|s| s.as_f64().unwrap()).collect()
}

#[test]
fn the_transform_of_pywavelets_is_there_to_compare_with() {
    let cases = golden::cases("pywt_cwt");
    assert_eq!(cases.len(), 6);
    for case in cases {
        let n = case.integer("n");
        let wavelet = match case.text("wavelet") {
            "cmor1.5-1.0" => PyWaveletsWavelet::Cmor { bandwidth: 1.5, centre: 1.0 },
            "morl" => PyWaveletsWavelet::Morl,
            "mexh" => PyWaveletsWavelet::Mexh,
            "gaus2" => PyWaveletsWavelet::Gaus { order: 2 },
            "cgau4" => PyWaveletsWavelet::Cgau { order: 4 },
            other => panic!("{other}"),
        };
        let params = PyWaveletsCwtParams { wavelet, scales: scales(&case), ..PyWaveletsCwtParams::default() };
        let plan = params.plan::<f64>(Hertz(case.number("fs")), n).unwrap();
        let mut output = vec![Complex::default(); plan.output_len()];
        plan.process(&case.input(0)[..n], &mut output, &mut Scratch::new()).unwrap();
        case.check("f", &(0..plan.rows()).map(|row| plan.frequency(row).0).collect::<Vec<_>>());
        if matches!(case.text("wavelet"), "cmor1.5-1.0" | "cgau4") {
            case.check_complex("W", &output);
        } else {
            assert!(output.iter().all(|v| v.im == 0.0));
            case.check("W", &output.iter().map(|v| v.re).collect::<Vec<_>>());
        }
    }
}

#[test]
fn the_transform_of_ssqueezepy_is_there_to_compare_with() {
    let cases = golden::cases("ssqueezepy_cwt");
    assert_eq!(cases.len(), 4);
    for case in cases {
        let n = case.integer("n");
        let number = |name: &str| case.params["params"][name].as_f64().unwrap();
        let wavelet = match case.text("wavelet") {
            "gmw" => SsqueezepyWavelet::Gmw { gamma: number("gamma"), beta: number("beta") },
            _ => SsqueezepyWavelet::Morlet { mu: number("mu") },
        };
        let padding =
            if case.text("padtype") == "None" { CwtBoundary::Periodic } else { CwtBoundary::Reflect };
        let params = SsqueezepyCwtParams { wavelet, scales: scales(&case), padding, l1_norm: true };
        let plan = params.plan::<f64>(n).unwrap();
        let mut output = vec![Complex::default(); plan.output_len()];
        plan.process(&case.input(0)[..n], &mut output, &mut Scratch::new()).unwrap();
        case.check_complex("W", &output);
    }
}

#[test]
fn the_transform_of_fcwt_is_there_to_compare_with() {
    for case in golden::cases("fcwt") {
        let n = case.integer("n");
        let params = FcwtParams {
            bandwidth: case.number("bandwidth"),
            lowest: Hertz(case.number("f0")),
            highest: Hertz(case.number("f1")),
            count: case.integer("fn"),
            scaling: FcwtScaling::Log,
        };
        let plan = params.plan::<f64>(Hertz(case.number("fs")), n).unwrap();
        let mut output = vec![Complex::default(); plan.output_len()];
        plan.process(&case.input(0)[..n], &mut output, &mut Scratch::new()).unwrap();
        case.check("f", &(0..plan.rows()).map(|row| plan.frequency(row).0).collect::<Vec<_>>());
        case.check_complex("W", &output);
    }
}

#[test]
fn the_wavelet_of_fcwt_is_ours_with_four_pi_but_for_the_gain_and_the_table() {
    let samples: Vec<f64> = golden::input("chirp1024");
    let theirs =
        FcwtParams { lowest: Hertz(100.0), highest: Hertz(5000.0), count: 12, ..FcwtParams::default() };
    let theirs = theirs.plan::<f64>(Hertz(12_000.0), 1024).unwrap();
    let ours = CwtParams {
        wavelet: AnalyticWavelet::Morlet { w0: 2.0 * TAU },
        frequencies: CwtFrequencies::geometric(Hertz(100.0), Hertz(5000.0), 12),
        ..CwtParams::default()
    };
    let ours = ours.plan::<f64>(Hertz(12_000.0), 1024).unwrap();
    let (mut a, mut b) = (vec![Complex::default(); 12 * 1024], vec![Complex::default(); 12 * 1024]);
    theirs.process(&samples, &mut a, &mut Scratch::new()).unwrap();
    ours.process(&samples, &mut b, &mut Scratch::new()).unwrap();
    let largest = b.iter().map(|v| v.norm()).fold(0.0, f64::max);
    assert!(a.iter().zip(&b).all(|(a, b)| (a / 0.9414 - b).norm() < 0.03 * largest));
}
