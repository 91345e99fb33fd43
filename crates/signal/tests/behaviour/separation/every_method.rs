//! What no method may do: panic, give NaN, allocate when warm, depend on the unit or on the number of threads.

use super::{RATE, impacts, noise, prewhiten, real_cepstrum};
use crate::allocation::allocations_when_warm;

use brinell_signal::{
    Error, Hertz, Sample, Scratch,
    fourier::{CepstrumLifterParams, RealCepstrumParams},
    separation::*,
};
use num_complex::Complex;
use proptest::prelude::*;

/// Everything here on one record: refused, or finite.
fn all_on(samples: &[f64]) {
    let n = samples.len();
    fn sane<T>(what: &str, samples: &[f64], outcome: Result<Vec<T>, Error>, finite: impl Fn(&T) -> bool) {
        if let Ok(values) = outcome {
            assert!(
                values.iter().all(finite),
                "{what} of {} samples from {:?}",
                samples.len(),
                samples.first()
            );
        }
    }
    let mut scratch = Scratch::<f64>::new();
    let mut output = vec![0.0; n];
    let one = |what, result: Result<(), Error>, output: &[f64]| {
        sane(what, samples, result.map(|()| output.to_vec()), |x: &f64| x.is_finite());
    };
    let result = WhitenParams::default()
        .plan(RATE, n)
        .and_then(|plan| plan.process(samples, &mut output, &mut scratch));
    one("whiten", result, &output);
    let result = RealCepstrumParams::default()
        .plan(RATE, n)
        .and_then(|plan| plan.process(samples, &mut output, &mut scratch));
    one("cepstrum", result, &output);
    let result = CepstrumLifterParams::new(Hertz(2000.0))
        .plan(RATE, n)
        .and_then(|plan| plan.process(samples, &mut output, &mut scratch));
    one("lifter", result, &output);
    for ends in [
        RecordEnds::AsIs,
        RecordEnds::Difference,
        RecordEnds::Taper { share: 0.5 },
        RecordEnds::Drop { share: 0.49 },
    ] {
        let result = CepstrumPrewhitenParams { ends }
            .plan(RATE, n)
            .and_then(|plan| plan.process(samples, &mut output[..plan.output_len()], &mut scratch));
        one("prewhiten", result, &output);
    }
    for method in [AutoregressiveMethod::Burg, AutoregressiveMethod::YuleWalker] {
        for order in [AutoregressiveOrder::Fixed(3), AutoregressiveOrder::default()] {
            let result = AutoregressiveParams { method, order, ..Default::default() }
                .plan(RATE, n)
                .and_then(|plan| plan.process(samples, &mut output, &mut scratch));
            one("prediction", result.map(|_| ()), &output);
        }
    }
    let mut random = vec![0.0; n];
    let result = DiscreteRandomParams { window_length: 16, ..DiscreteRandomParams::default() }
        .plan(RATE, n)
        .and_then(|plan| plan.process(samples, &mut output, &mut random, &mut scratch));
    one("separation", result, &output);
    for filter_length in [1, 2, 30] {
        let result = MinimumEntropyParams { filter_length, ..MinimumEntropyParams::default() }
            .plan::<f64>(RATE, n)
            .and_then(|plan| plan.deconvolve(samples));
        sane("minimum entropy", samples, result.map(|r| [r.output, r.filter, r.kurtosis].concat()), |x| {
            x.is_finite()
        });
        let result = MomedaParams { filter_length }
            .plan::<f64>(RATE, n)
            .and_then(|plan| plan.deconvolve(samples, Hertz(1500.0)));
        sane("momeda", samples, result.map(|r| [r.output, vec![r.criterion]].concat()), |x| x.is_finite());
    }
}

#[test]
fn zeros_constants_tones_and_records_of_any_length_and_level_give_finite_numbers_or_reasons() {
    for n in [1, 2, 3, 7, 64, 127] {
        for value in [0.0, 2.5, -1e-3, 1e30, 1e-300] {
            all_on(&vec![value; n]);
            all_on(&(0..n).map(|i| value * (i as f64 * 0.7).sin()).collect::<Vec<_>>());
            all_on(&(0..n).map(|i| if i == n / 2 { value } else { 0.0 }).collect::<Vec<_>>());
        }
        all_on(&noise(n, 1).iter().map(|x| x * 1e150).collect::<Vec<_>>());
    }
    let zeros = vec![0.0; 64];
    assert_eq!(whiten(&zeros, RATE, Hertz(50.0)).unwrap(), zeros);
    assert_eq!(real_cepstrum(&zeros), zeros);
    assert_eq!(prewhiten(&zeros, RecordEnds::AsIs), zeros);
    let result =
        MomedaParams { filter_length: 8 }.plan(RATE, 64).unwrap().deconvolve(&zeros, Hertz(900.0)).unwrap();
    assert!(result.criterion == 0.0 && result.output.iter().all(|y: &f64| *y == 0.0));
}

#[test]
fn samples_that_are_no_numbers_are_refused_by_place() {
    for bad in [f64::NAN, f64::INFINITY] {
        let mut samples = noise(256, 1);
        samples[77] = bad;
        let mut scratch = Scratch::new();
        let (mut a, mut b) = (vec![0.0; 256], vec![0.0; 256]);
        let errors = [
            whiten(&samples, RATE, Hertz(500.0)).map(|_| ()),
            RealCepstrumParams::default().plan(RATE, 256).unwrap().process(&samples, &mut a, &mut scratch),
            CepstrumLifterParams::new(Hertz(500.0)).plan(RATE, 256).unwrap().process(
                &samples,
                &mut a,
                &mut scratch,
            ),
            CepstrumPrewhitenParams::default().plan(RATE, 256).unwrap().process(
                &samples,
                &mut a,
                &mut scratch,
            ),
            AutoregressiveParams::default()
                .plan(RATE, 256)
                .unwrap()
                .process(&samples, &mut a, &mut scratch)
                .map(|_| ()),
            DiscreteRandomParams { window_length: 32, ..DiscreteRandomParams::default() }
                .plan(RATE, 256)
                .unwrap()
                .process(&samples, &mut a, &mut b, &mut scratch),
            MinimumEntropyParams::default().plan(RATE, 256).unwrap().deconvolve(&samples).map(|_| ()),
            MomedaParams::default().plan(RATE, 256).unwrap().deconvolve(&samples, Hertz(300.0)).map(|_| ()),
        ];
        for error in errors {
            let text = error.unwrap_err().to_string();
            assert!(text.contains("sample 77"), "{text}");
        }
    }
}

#[test]
fn impossible_parameters_say_what_to_do() {
    let says = |error: Option<Error>, word: &str| {
        let text = error.expect("an error").to_string();
        assert!(text.contains(word), "{text}");
    };
    says(WhitenParams { bandwidth: Hertz(0.0) }.plan::<f32>(RATE, 10).err(), "bandwidth");
    says(RealCepstrumParams { floor: 0.0 }.plan::<f32>(RATE, 10).err(), "floor");
    says(CepstrumLifterParams::new(Hertz(10.0)).plan::<f32>(RATE, 100).err(), "longer record");
    says(CepstrumLifterParams::new(Hertz(5000.0)).plan::<f32>(RATE, 100).err(), "nothing between");
    for ends in [RecordEnds::Taper { share: 0.6 }, RecordEnds::Drop { share: 0.5 }] {
        says(CepstrumPrewhitenParams { ends }.plan::<f32>(RATE, 10).err(), "share");
    }
    let fixed =
        |order| AutoregressiveParams { order: AutoregressiveOrder::Fixed(order), ..Default::default() };
    says(fixed(10).plan::<f32>(RATE, 10).err(), "up to 9");
    says(fixed(5000).plan::<f32>(RATE, 10_000).err(), "4096");
    says(DiscreteRandomParams::default().plan::<f32>(RATE, 12_000).err(), "at least 12288");
    let short = DiscreteRandomParams { delay: Some(100), ..Default::default() };
    says(short.plan::<f32>(RATE, 100_000).err(), "half a window");
    let endless = DiscreteRandomParams { window_length: usize::MAX, ..Default::default() };
    says(endless.plan::<f32>(RATE, 100_000).err(), "longer record");
    says(DiscreteRandomParams::for_shaft(RATE, Hertz(0.0)).err(), "shaft");
    let long = MinimumEntropyParams { filter_length: 2000, ..Default::default() };
    says(long.plan::<f32>(RATE, 100_000).err(), "1024");
    says(MomedaParams::default().plan::<f32>(RATE, 99).err(), "shorter");
    let plan = MomedaParams::default().plan::<f32>(RATE, 500).unwrap();
    for frequency in [0.0, f64::NAN, 20.0, 7000.0] {
        says(plan.deconvolve(&[1.0; 500], Hertz(frequency)).err(), "half the rate");
    }
    let none = SurrogateNull { surrogates: 0, seed: 0 };
    let plan = MinimumEntropyParams::default().plan::<f32>(RATE, 500).unwrap();
    says(plan.null(&[1.0; 500], &none).err(), "surrogates");
}

fn allocates_nothing<T: Sample>() {
    let n = 2048;
    let samples: Vec<T> = impacts(n, 74.0, 0.01, 0.3, 1).into_iter().map(T::narrow).collect();
    let mut scratch = Scratch::<T>::new();
    let (mut output, mut second) = (vec![T::default(); n], vec![T::default(); n]);
    let white = WhitenParams::default().plan::<T>(RATE, n).unwrap();
    let cepstrum = RealCepstrumParams::default().plan::<T>(RATE, n).unwrap();
    let lifter = CepstrumLifterParams::new(Hertz(162.0)).plan::<T>(RATE, n).unwrap();
    let prewhiten = CepstrumPrewhitenParams::default().plan::<T>(RATE, n).unwrap();
    let burg = AutoregressiveParams::default().plan::<T>(RATE, n).unwrap();
    let walker = AutoregressiveParams { method: AutoregressiveMethod::YuleWalker, ..Default::default() }
        .plan::<T>(RATE, n)
        .unwrap();
    let separations = [None, Some(300)].map(|delay| {
        DiscreteRandomParams { window_length: 256, delay, ..Default::default() }.plan::<T>(RATE, n).unwrap()
    });
    let entropies = [30, 300].map(|filter_length| {
        MinimumEntropyParams { filter_length, ..Default::default() }.plan::<T>(RATE, n).unwrap()
    });
    let momeda = MomedaParams::default().plan::<T>(RATE, n).unwrap();
    let mut transfer = vec![Complex::default(); 129];
    let mut criteria = [0.0; 2];
    let count = allocations_when_warm(|| {
        white.process(&samples, &mut output, &mut scratch).unwrap();
        cepstrum.process(&samples, &mut output, &mut scratch).unwrap();
        lifter.process(&samples, &mut output, &mut scratch).unwrap();
        prewhiten.process(&samples, &mut output, &mut scratch).unwrap();
        burg.process(&samples, &mut output, &mut scratch).unwrap();
        walker.process(&samples, &mut output, &mut scratch).unwrap();
        for plan in &separations {
            plan.transfer(&samples, &mut transfer, &mut scratch).unwrap();
            plan.process(&samples, &mut output, &mut second, &mut scratch).unwrap();
        }
        for plan in &entropies {
            plan.process(&samples, &mut output[..plan.output_len()], &mut scratch).unwrap();
        }
        momeda.process(&samples, Hertz(162.0), &mut output[..momeda.output_len()], &mut scratch).unwrap();
        momeda.scan(&samples, &[Hertz(150.0), Hertz(170.0)], &mut criteria, &mut scratch).unwrap();
    });
    assert_eq!(count, 0);
}

#[test]
fn no_separation_allocates_when_warm() {
    allocates_nothing::<f64>();
    allocates_nothing::<f32>();
}

#[test]
fn nulls_have_the_same_bits_for_any_number_of_threads() {
    let samples = impacts(1024, 74.0, 0.01, 0.4, 8);
    let momeda = MomedaParams { filter_length: 80 }.plan::<f64>(RATE, 1024).unwrap();
    let entropy = MinimumEntropyParams::default().plan::<f64>(RATE, 1024).unwrap();
    let run = |threads| {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(|| {
            let surrogates = SurrogateNull { surrogates: 9, seed: 3 };
            let controls = MomedaNull { controls: 19, ..MomedaNull::default() };
            (
                entropy.null(&samples, &surrogates).unwrap(),
                momeda.null(&samples, Hertz(162.0), &controls).unwrap(),
            )
        })
    };
    assert_eq!(run(1), run(3));
}

#[test]
fn parameters_are_written_and_read_back_and_refuse_what_they_do_not_know() {
    let params = CepstrumPrewhitenParams { ends: RecordEnds::Taper { share: 0.05 } };
    let text = serde_json::to_string(&params).unwrap();
    assert_eq!(text, r#"{"ends":{"taper":{"share":0.05}}}"#);
    assert_eq!(serde_json::from_str::<CepstrumPrewhitenParams>(&text).unwrap(), params);
    let order: AutoregressiveParams = serde_json::from_str(r#"{"order":{"fixed":20}}"#).unwrap();
    assert_eq!(order.order, AutoregressiveOrder::Fixed(20));
    assert_eq!(order.start, AutoregressiveStart::Backwards);
    let zeros: AutoregressiveParams = serde_json::from_str(r#"{"start":"zeros"}"#).unwrap();
    assert_eq!(zeros.start, AutoregressiveStart::Zeros);
    assert!(serde_json::from_str::<MomedaParams>(r#"{"period":3}"#).is_err());
    assert!(serde_json::from_str::<CepstrumLifterParams>("{}").is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn models_and_deconvolutions_do_not_depend_on_the_unit(seed in 0u64..1000, exponent in -60i32..60) {
        let samples = noise(300, seed);
        let scaled: Vec<f64> = samples.iter().map(|x| x * 2f64.powi(exponent)).collect();
        let params = AutoregressiveParams::default();
        let (a, b) = (autoregressive_model(&samples, &params).unwrap(), autoregressive_model(&scaled, &params).unwrap());
        prop_assert_eq!(a.coefficients, b.coefficients);
        let plan = MinimumEntropyParams::default().plan::<f64>(RATE, 300).unwrap();
        prop_assert_eq!(plan.deconvolve(&samples).unwrap().filter, plan.deconvolve(&scaled).unwrap().filter);
        let plan = MomedaParams::default().plan::<f64>(RATE, 300).unwrap();
        let run = |x: &[f64]| plan.deconvolve(x, Hertz(333.0)).unwrap();
        prop_assert_eq!(run(&samples).output, run(&scaled).output);
    }
}
