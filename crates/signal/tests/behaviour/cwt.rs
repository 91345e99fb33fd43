//! The continuous wavelet transform: the reference's numbers, and what tones and chirps have to show.

use crate::golden;

use brinell_signal::{
    Hertz, Scratch,
    wavelet::{AnalyticWavelet, CwtFrequencies, CwtImageParams, CwtParams},
};
use num_complex::{Complex, Complex64};

fn list(case: &golden::Case) -> CwtFrequencies {
    let values = case.params["freqs"].as_array().unwrap().iter().map(|f| Hertz(f.as_f64().unwrap()));
    CwtFrequencies::List { values: values.collect() }
}

fn wide(values: &[Complex<f32>]) -> Vec<Complex64> {
    values.iter().map(|v| Complex64::new(f64::from(v.re), f64::from(v.im))).collect()
}

#[test]
fn transforms_equal_the_reference() {
    for function in ["cwt_morlet", "cwt_morse"] {
        for case in golden::cases(function) {
            let wavelet = if function == "cwt_morlet" {
                AnalyticWavelet::Morlet { w0: case.number("w0") }
            } else {
                AnalyticWavelet::Morse { gamma: case.number("gamma"), beta: case.number("beta") }
            };
            let params = CwtParams { wavelet, frequencies: list(&case), ..CwtParams::default() };
            let input = case.input(0);
            let plan = params.plan::<f64>(Hertz(case.number("fs")), input.len()).unwrap();
            let mut output = vec![Complex::default(); plan.output_len()];
            plan.process(&input, &mut output, &mut Scratch::new()).unwrap();
            case.check_complex("W", &output);
        }
    }
}

#[test]
fn images_equal_the_reference() {
    for case in golden::cases("cwt_morlet_image") {
        let n = case.integer("n");
        let params = CwtImageParams {
            frequencies: CwtFrequencies::geometric(
                Hertz(case.number("fmin")),
                Hertz(case.number("fmax")),
                case.integer("H"),
            ),
            columns: case.integer("W"),
            ..CwtImageParams::default()
        };
        let input = &case.input(0)[..n];
        let plan = params.plan::<f64>(Hertz(case.number("fs")), n).unwrap();
        let mut image = vec![Complex::default(); plan.output_len()];
        plan.process(input, &mut image, &mut Scratch::new()).unwrap();
        case.check_complex("I", &image);
        let narrow: Vec<f32> = input.iter().map(|x| *x as f32).collect();
        let plan = params.plan::<f32>(Hertz(case.number("fs")), n).unwrap();
        let mut image = vec![Complex::default(); plan.output_len()];
        plan.process(&narrow, &mut image, &mut Scratch::new()).unwrap();
        let want = case.want_complex("I");
        let peak = want.iter().map(|v| v.norm()).fold(0.0, f64::max);
        assert!(wide(&image).iter().zip(&want).all(|(a, b)| (a - b).norm() < 1e-6 * peak));
    }
}
