//! Linear prediction: its coefficients, its order, and what its residual is.

use super::{RATE, impacts, kurtosis, narrow, noise, power, widen};
use crate::golden;

use brinell_signal::{
    Scratch,
    band::FastKurtogramParams,
    separation::{
        AutoregressiveMethod, AutoregressiveOrder, AutoregressiveParams, AutoregressiveStart,
        autoregressive_model,
    },
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
            let params = AutoregressiveParams {
                method,
                order: AutoregressiveOrder::Fixed(order),
                start: AutoregressiveStart::Zeros,
            };
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

/// Two lines and coloured noise, 12,000 samples: well predicted from any 200 neighbours.
fn predictable() -> Vec<f64> {
    let drive = noise(12_000, 11);
    let mut coloured = vec![0.0; drive.len()];
    for n in 2..drive.len() {
        coloured[n] = 1.6 * coloured[n - 1] - 0.9 * coloured[n - 2] + 0.1 * drive[n];
    }
    let line = |n: usize| 3.0 * (0.31 * n as f64 + 1.0).sin() + 2.0 * (1.17 * n as f64).cos();
    coloured.iter().enumerate().map(|(n, x)| x + line(n)).collect()
}

#[test]
fn neither_end_of_the_record_holds_a_transient_unless_it_starts_from_zeros() {
    let samples = predictable();
    let largest = |x: &[f64]| x.iter().fold(0.0_f64, |most, e| most.max(e.abs()));
    for method in [AutoregressiveMethod::Burg, AutoregressiveMethod::YuleWalker] {
        let order = AutoregressiveOrder::Fixed(200);
        let of = |start| {
            let plan =
                AutoregressiveParams { method, order, start }.plan::<f64>(RATE, samples.len()).unwrap();
            let mut residual = vec![0.0; samples.len()];
            plan.process(&samples, &mut residual, &mut Scratch::new()).unwrap();
            residual
        };
        let (backwards, zeros) = (of(AutoregressiveStart::Backwards), of(AutoregressiveStart::Zeros));
        let inner = largest(&backwards[400..11_600]);
        assert!(largest(&backwards[..400]) < 1.5 * inner && largest(&backwards[11_600..]) < 1.5 * inner);
        assert!(largest(&zeros[..400]) > 3.0 * inner);
        assert_eq!(backwards[200..], zeros[200..]);
        assert!((power(&backwards[..200]) / power(&backwards[400..]) - 1.0).abs() < 0.5);
    }
}

#[test]
fn a_kurtogram_of_the_residual_sees_no_impact_where_the_record_starts() {
    let residual = |start| {
        let samples = predictable();
        let params =
            AutoregressiveParams { order: AutoregressiveOrder::Fixed(200), start, ..Default::default() };
        let mut residual = vec![0.0; samples.len()];
        let plan = params.plan::<f64>(RATE, samples.len()).unwrap();
        plan.process(&samples, &mut residual, &mut Scratch::new()).unwrap();
        let plan = FastKurtogramParams { levels: Some(4) }.plan::<f64>(RATE, samples.len()).unwrap();
        let mut map = plan.map();
        plan.process(&residual, &mut map, &mut Scratch::new()).unwrap();
        map.best().value
    };
    let (backwards, zeros) = (residual(AutoregressiveStart::Backwards), residual(AutoregressiveStart::Zeros));
    assert!(backwards < 0.5 && zeros > 3.0, "{backwards} {zeros}");
}

#[test]
fn the_first_residuals_are_those_of_the_record_run_backwards() {
    let samples = noise(60, 4);
    let turned: Vec<f64> = samples.iter().rev().copied().collect();
    let residual = |samples: &[f64], order| {
        let params = AutoregressiveParams { order: AutoregressiveOrder::Fixed(order), ..Default::default() };
        let mut residual = vec![0.0; samples.len()];
        let plan = params.plan::<f64>(RATE, samples.len()).unwrap();
        plan.process(samples, &mut residual, &mut Scratch::new()).unwrap();
        residual
    };
    for order in [1, 7, 30] {
        let (forward, mut backward) = (residual(&samples, order), residual(&turned, order));
        backward.reverse();
        for (a, b) in forward[..order].iter().zip(&backward) {
            assert!((a - b).abs() < 1e-9, "{order}: {a} {b}");
        }
    }
}

#[test]
fn orders_above_half_of_the_record_need_a_start_from_zeros() {
    let params = |order, start| AutoregressiveParams {
        order: AutoregressiveOrder::Fixed(order),
        start,
        ..Default::default()
    };
    for (len, most) in [(2, 1), (9, 4), (10, 5)] {
        assert!(params(most, AutoregressiveStart::Backwards).plan::<f64>(RATE, len).is_ok());
        assert!(params(len - 1, AutoregressiveStart::Zeros).plan::<f64>(RATE, len).is_ok());
    }
    for (len, order) in [(9, 5), (10, 6), (100, 99)] {
        let error =
            params(order, AutoregressiveStart::Backwards).plan::<f64>(RATE, len).unwrap_err().to_string();
        assert!(error.contains("half of the record") && error.contains("zeros"), "{error}");
        // The coefficients alone need no start.
        let model = autoregressive_model(&noise(len, 3), &params(order, AutoregressiveStart::Backwards));
        assert_eq!(model.unwrap().coefficients.len(), order + 1);
    }
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
