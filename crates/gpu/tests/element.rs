//! Functions of every number.
#![allow(clippy::unwrap_used)]

mod numbers;

use brinell_gpu::{Function, function, function_gradient};
use numbers::{GAP, apart, close, numbers, run, target, together, view, wide};

const ALL: [Function; 18] = [
    Function::Relu,
    Function::Sigmoid,
    Function::Tanh,
    Function::Gelu,
    Function::HardSigmoid,
    Function::HardSwish,
    Function::GeluTanh,
    Function::Silu,
    Function::Relu6,
    Function::Softplus,
    Function::LogSigmoid,
    Function::Elu,
    Function::LeakyRelu(0.2),
    Function::Abs,
    Function::Square,
    Function::Sqrt,
    Function::Reciprocal,
    Function::Affine(1.5, -0.25),
];

/// The error function, by its series and, far out, its continued fraction.
fn erf(x: f64) -> f64 {
    if x < 0.0 {
        return -erf(-x);
    }
    if x < 3.0 {
        let mut term = x;
        let mut sum = x;
        for n in 1..100 {
            term *= -x * x / f64::from(n);
            sum += term / f64::from(2 * n + 1);
        }
        return sum * std::f64::consts::FRAC_2_SQRT_PI;
    }
    let rest = (1..60).rev().fold(x, |rest, k| x + f64::from(k) / 2.0 / rest);
    1.0 - (-x * x).exp() / rest / std::f64::consts::PI.sqrt()
}

fn value(function: Function, x: f64) -> f64 {
    let logistic = |x: f64| 1.0 / (1.0 + (-x).exp());
    let clamped = |x: f64| x.clamp(0.0, 6.0);
    match function {
        Function::Relu => x.max(0.0),
        Function::Sigmoid => logistic(x),
        Function::Tanh => x.tanh(),
        Function::Gelu => 0.5 * x * (1.0 + erf(x / 2.0_f64.sqrt())),
        Function::HardSigmoid => clamped(x + 3.0) / 6.0,
        Function::HardSwish => x * clamped(x + 3.0) / 6.0,
        Function::GeluTanh => {
            let bent = (2.0 / std::f64::consts::PI).sqrt() * (x + 0.044_715 * x.powi(3));
            0.5 * x * (1.0 + bent.tanh())
        }
        Function::Silu => x * logistic(x),
        Function::Relu6 => clamped(x),
        Function::Softplus => x.max(0.0) + (-x.abs()).exp().ln_1p(),
        Function::LogSigmoid => x.min(0.0) - (-x.abs()).exp().ln_1p(),
        Function::Elu => {
            if x > 0.0 {
                x
            } else {
                x.exp_m1()
            }
        }
        Function::LeakyRelu(slope) => {
            if x > 0.0 {
                x
            } else {
                x * f64::from(slope)
            }
        }
        Function::Abs => x.abs(),
        Function::Square => x * x,
        Function::Sqrt => x.sqrt(),
        Function::Reciprocal => 1.0 / x,
        Function::Affine(scale, shift) => x * f64::from(scale) + f64::from(shift),
    }
}

/// Numbers where the function and its slope exist, away from kinks.
fn inputs(function: Function, count: usize) -> Vec<f32> {
    let mut x: Vec<f32> = numbers(1, count).iter().map(|x| 2.5 * x).collect();
    if matches!(function, Function::Sqrt | Function::Reciprocal) {
        x.iter_mut().for_each(|x| *x = x.abs() + 0.5);
    }
    x
}

#[test]
fn functions_and_slopes_agree_with_their_formulas() {
    let (batch, count) = (3, 500);
    for of in ALL {
        for (pitches, add) in [([count; 3], false), ([count + 1, count + 7, count + 2], true)] {
            let x = inputs(of, batch * count);
            let [dy, old] = [2, 3].map(|seed| numbers(seed, batch * count));
            let buffers = [
                apart(&x, count, pitches[0]),
                apart(&vec![0.0; x.len()], count, pitches[1]),
                apart(&dy, count, pitches[1]),
                apart(&old, count, pitches[2]),
            ];
            let (x_view, y_view) = (view(0, pitches[0]), view(1, pitches[1]));
            let dx = target(3, pitches[2], add);
            let launches = [
                function(batch, count, of, x_view, y_view),
                function_gradient(batch, count, of, x_view, y_view, view(2, pitches[1]), dx),
            ];
            let found = run(&buffers, &launches);
            let x = wide(&x);
            let y: Vec<f64> = x.iter().map(|x| value(of, *x)).collect();
            close(&format!("{of:?}"), &together(&found[1], count, pitches[1]), &y);
            let step = 1e-6;
            let slopes = x.iter().zip(&dy).zip(&old).map(|((x, dy), old)| {
                let slope = (value(of, x + step) - value(of, x - step)) / (2.0 * step);
                f64::from(*dy) * slope + if add { f64::from(*old) } else { 0.0 }
            });
            let slopes: Vec<f64> = slopes.collect();
            close(&format!("slope of {of:?}"), &together(&found[3], count, pitches[2]), &slopes);
        }
    }
}

fn of_each(of: Function, x: &[f32]) -> [Vec<f32>; 2] {
    let n = x.len();
    let buffers = [x.to_vec(), vec![GAP; n], vec![1.0; n], vec![GAP; n]];
    let launches = [
        function(1, n, of, view(0, n), view(1, n)),
        function_gradient(1, n, of, view(0, n), view(1, n), view(2, n), target(3, n, false)),
    ];
    let [_, y, _, dx] = run(&buffers, &launches).try_into().unwrap();
    [y, dx]
}

#[test]
fn slopes_at_kinks_are_those_of_the_processor() {
    let slopes = |of: Function, x: &[f32]| of_each(of, x)[1].clone();
    assert_eq!(slopes(Function::Relu, &[0.0, -0.0, 1e-30]), [0.0, 0.0, 1.0]);
    assert_eq!(slopes(Function::Relu6, &[0.0, 6.0, 5.5]), [0.0, 0.0, 1.0]);
    assert_eq!(slopes(Function::HardSigmoid, &[-3.0, 3.0, 0.0]), [0.0, 0.0, 1.0 / 6.0]);
    assert_eq!(slopes(Function::HardSwish, &[-3.0, 3.0, 0.0]), [0.0, 1.0, 0.5]);
    assert_eq!(slopes(Function::Elu, &[0.0, 1.0]), [1.0, 1.0]);
    assert_eq!(slopes(Function::LeakyRelu(0.25), &[0.0, 1.0, -1.0]), [0.25, 1.0, 0.25]);
    assert_eq!(slopes(Function::Abs, &[0.0, -1.0, 1.0]), [0.0, -1.0, 1.0]);
}

#[test]
fn functions_far_out_neither_overflow_nor_lose_their_tails() {
    for of in [Function::Sigmoid, Function::Silu, Function::Gelu, Function::GeluTanh, Function::LogSigmoid] {
        let [y, dx] = of_each(of, &[-200.0, 200.0, -90.0]);
        assert!(y.iter().chain(&dx).all(|value| value.is_finite()), "{of:?}: {y:?} {dx:?}");
    }
    let [y, _] = of_each(Function::Gelu, &[-5.0]);
    let expected = -5.0 * 2.866_515_719e-7;
    assert!((f64::from(y[0]) / expected - 1.0).abs() < 1e-4, "{y:?}");
    assert_eq!(of_each(Function::Softplus, &[-50.0])[0][0], (-50.0_f32).exp());
}

#[test]
fn a_number_that_is_none_passes_the_relu() {
    assert!(of_each(Function::Relu, &[f32::NAN])[0][0].is_nan());
    assert!(of_each(Function::Relu6, &[f32::NAN])[0][0].is_nan());
}
