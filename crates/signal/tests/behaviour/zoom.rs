//! Spectra on fine grids and at single frequencies.

use crate::{allocation::allocations_when_warm, golden};

use brinell_signal::{
    Hertz, Scratch,
    fourier::{SingleLine, ZoomParams},
};
use num_complex::{Complex, Complex64};
use proptest::prelude::*;

#[test]
fn zooms_equal_scipy() {
    let case = &golden::cases("zoom_fft")[0];
    let input = case.input(0);
    let params = ZoomParams {
        low: Hertz(case.number("f1")),
        high: Hertz(case.number("f2")),
        bins: case.integer("m"),
        endpoint: false,
    };
    let rate = Hertz(case.number("fs"));
    let plan = params.plan::<f64>(rate, input.len()).unwrap();
    let mut output = vec![Complex::default(); plan.output_len()];
    plan.process(&input, &mut output, &mut Scratch::new()).unwrap();
    case.check_complex("y", &output);
    let narrow: Vec<f32> = input.iter().map(|x| *x as f32).collect();
    let mut single = vec![Complex::default(); plan.output_len()];
    params
        .plan::<f32>(rate, input.len())
        .unwrap()
        .process(&narrow, &mut single, &mut Scratch::new())
        .unwrap();
    for (single, double) in single.iter().zip(&output) {
        assert!((Complex64::new(single.re.into(), single.im.into()) - double).norm() < 1e-3);
    }
}

#[test]
fn single_lines_equal_the_sum() {
    let case = &golden::cases("dtft_at")[0];
    let line = SingleLine::new(Hertz(case.number("f")), Hertz(case.number("fs"))).unwrap();
    case.check_complex("y", &[line.process(&case.input(0))]);
    assert_eq!(line.process::<f32>(&[]), Complex64::default());
    assert!(SingleLine::new(Hertz(f64::INFINITY), Hertz(1.0)).is_err());
}

#[test]
fn impossible_zooms_are_refused() {
    let plan = |low, high, bins, len| {
        ZoomParams { low: Hertz(low), high: Hertz(high), bins, endpoint: true }.plan::<f64>(Hertz(100.0), len)
    };
    assert!(plan(0.0, 50.0, 1, 1).is_ok());
    for (low, high, bins, len) in [
        (10.0, 10.0, 5, 5),
        (f64::NAN, 10.0, 5, 5),
        (0.0, 101.0, 5, 5),
        (0.0, 1.0, 0, 5),
        (0.0, 1.0, 5, 0),
        (0.0, 1.0, usize::MAX, 5),
        (0.0, 1.0, 5, usize::MAX),
    ] {
        assert!(plan(low, high, bins, len).is_err());
    }
}

#[test]
fn a_warm_zoom_allocates_nothing() {
    let plan = ZoomParams::band(Hertz(10.0), Hertz(20.0)).plan::<f32>(Hertz(100.0), 333).unwrap();
    let (input, mut output, mut scratch) = (vec![0.0; 333], vec![Complex::default(); 1024], Scratch::new());
    assert_eq!(allocations_when_warm(|| plan.process(&input, &mut output, &mut scratch).unwrap()), 0);
    assert!(output.iter().all(|y| *y == Complex::default()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn a_zoom_is_the_sum_at_each_of_its_frequencies(
        samples in prop::collection::vec(-1.0..1.0_f64, 1..200),
        low in -40.0..90.0_f64, width in 0.1..10.0_f64, bins in 1usize..40, endpoint in any::<bool>(),
    ) {
        let params = ZoomParams { low: Hertz(low), high: Hertz(low + width), bins, endpoint };
        let plan = params.plan::<f64>(Hertz(100.0), samples.len()).unwrap();
        let mut output = vec![Complex::default(); bins];
        plan.process(&samples, &mut output, &mut Scratch::new()).unwrap();
        for (k, y) in output.iter().enumerate() {
            let want = SingleLine::new(plan.frequency(k), Hertz(100.0)).unwrap().process(&samples);
            prop_assert!((y - want).norm() < 1e-10);
        }
    }
}
