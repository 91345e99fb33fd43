//! Linear prediction: its coefficients, its order, and what its residual is.

use super::{RATE, impacts, kurtosis, narrow, noise, power, widen};
use crate::golden;

use brinell_signal::{
    Scratch,
    separation::{AutoregressiveMethod, AutoregressiveOrder, AutoregressiveParams, autoregressive_model},
};
use proptest::prelude::*;

#[test]
fn linear_predictions_equal_the_reference() {
    for (function, method) in
        [("ar_yule_walker", AutoregressiveMethod::YuleWalker), ("ar_burg", AutoregressiveMethod::Burg)]
    {
        let cases = golden::cases(function);
        assert_eq!(cases.len(), 2);
        for case in cases {
            let (samples, order) = (case.input(0), case.integer("order"));
            let params = AutoregressiveParams { method, order: AutoregressiveOrder::Fixed(order) };
            let model = autoregressive_model(&samples, &params).unwrap();
            case.check("a", &model.coefficients);
            let plan = params.plan::<f64>(RATE, samples.len()).unwrap();
            let mut residual = vec![0.0; samples.len()];
            let fit = plan.process(&samples, &mut residual, &mut Scratch::new()).unwrap();
            assert_eq!(fit.order, order);
            case.check("resid", &residual);
            let plan = params.plan::<f32>(RATE, samples.len()).unwrap();
            let mut residual = vec![0.0; samples.len()];
            plan.process(&narrow(&samples), &mut residual, &mut Scratch::new()).unwrap();
            case.check_looser("resid", &widen(&residual), 1e4);
        }
    }
}

#[test]
fn the_residual_of_an_autoregressive_process_is_what_drove_it() {
    let drive = noise(8192, 2);
    let mut samples = vec![0.0; drive.len()];
    for n in 2..drive.len() {
        samples[n] = 1.6 * samples[n - 1] - 0.9 * samples[n - 2] + drive[n];
    }
    for method in [AutoregressiveMethod::Burg, AutoregressiveMethod::YuleWalker] {
        let params = AutoregressiveParams { method, ..AutoregressiveParams::default() };
        let plan = params.plan::<f64>(RATE, samples.len()).unwrap();
        let mut residual = vec![0.0; samples.len()];
        let fit = plan.process(&samples, &mut residual, &mut Scratch::new()).unwrap();
        assert!((2..20).contains(&fit.order), "{fit:?}");
        assert!((power(&residual) / power(&drive) - 1.0).abs() < 0.02 && power(&samples) > 8.0);
        assert!((fit.variance - 1.0).abs() < 0.05, "{fit:?}");
        let mut coefficients = vec![0.0; plan.highest_order() + 1];
        assert_eq!(plan.fit(&samples, &mut coefficients, &mut Scratch::new()).unwrap(), fit);
        assert!((coefficients[1] + 1.6).abs() < 0.05 && (coefficients[2] - 0.9).abs() < 0.05);
        assert!(coefficients[fit.order + 1..].iter().all(|a| *a == 0.0));
    }
}

#[test]
fn impacts_stand_out_of_the_residual() {
    let samples: Vec<f64> = impacts(8192, 150.0, 0.01, 0.02, 3)
        .iter()
        .enumerate()
        .map(|(n, x)| x + 2.0 * (n as f64 * 0.05).sin())
        .collect();
    let plan = AutoregressiveParams::default().plan::<f64>(RATE, samples.len()).unwrap();
    let mut residual = vec![0.0; samples.len()];
    plan.process(&samples, &mut residual, &mut Scratch::new()).unwrap();
    assert!(kurtosis(&samples) < 3.0 && kurtosis(&residual[200..]) > 10.0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_residual_is_linear_once_the_model_stands(seed in 0u64..1000) {
        // Twice the record has twice the residual.
        let samples = noise(200, seed);
        let twice: Vec<f64> = samples.iter().map(|x| -2.0 * x).collect();
        let plan = AutoregressiveParams::default().plan::<f64>(RATE, 200).unwrap();
        let (mut a, mut b) = (vec![0.0; 200], vec![0.0; 200]);
        plan.process(&samples, &mut a, &mut Scratch::new()).unwrap();
        plan.process(&twice, &mut b, &mut Scratch::new()).unwrap();
        for (a, b) in a.iter().zip(&b) {
            prop_assert!((b + 2.0 * a).abs() < 1e-12);
        }
    }
}
