//! Whitening by a smooth spectrum, and what every whitening leaves of white noise.

use super::{RATE, kurtosis, narrow, noise, power, prewhiten};
use crate::golden;

use brinell_signal::{
    Hertz, Scratch,
    separation::{AutoregressiveParams, CepstrumPrewhitenParams, whiten},
};

#[test]
fn white_noise_stays_white_under_every_whitening() {
    let samples = noise(16_384, 1);
    let neighbours =
        |x: &[f64]| x.windows(2).map(|w| w[0] * w[1]).sum::<f64>() / x.iter().map(|v| v * v).sum::<f64>();
    let white = whiten(&samples, RATE, Hertz(50.0)).unwrap();
    assert!(neighbours(&white).abs() < 0.02 && (kurtosis(&white) - 3.0).abs() < 0.2);
    let white = prewhiten(&samples, CepstrumPrewhitenParams::default().ends);
    assert!(neighbours(&white).abs() < 0.02 && (kurtosis(&white) - 3.0).abs() < 0.3);
    let plan = AutoregressiveParams::default().plan::<f64>(RATE, samples.len()).unwrap();
    let mut residual = vec![0.0; samples.len()];
    let fit = plan.process(&samples, &mut residual, &mut Scratch::new()).unwrap();
    assert!(fit.order <= 12 && (power(&residual) / power(&samples) - 1.0).abs() < 0.01, "{fit:?}");
}

#[test]
fn the_plan_of_whitening_gives_the_numbers_of_the_function() {
    let samples = golden::input("cwru_ir007_4096");
    let wide = whiten(&samples, RATE, Hertz(60.0)).unwrap();
    for (a, b) in whiten(&narrow(&samples), RATE, Hertz(60.0)).unwrap().iter().zip(&wide) {
        assert!((f64::from(*a) - b).abs() < 1e-4);
    }
    // A power of two more changes no bit.
    let larger: Vec<f64> = samples.iter().map(|x| x * 2f64.powi(300)).collect();
    assert_eq!(whiten(&larger, RATE, Hertz(60.0)).unwrap(), wide);
}
