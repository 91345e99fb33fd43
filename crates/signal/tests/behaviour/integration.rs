//! Acceleration to velocity to displacement, overall values, band levels.

use crate::{allocation::allocations_when_warm, golden};

use brinell_signal::{
    Hertz, Scratch, Unit,
    quantity::{
        BandLevelsParams, IntegrateParams, Overall, OverallParams, STANDARD_GRAVITY, VelocityRmsParams,
        scalars,
    },
};
use proptest::prelude::*;

fn integrate(params: IntegrateParams, rate: f64, input: &[f64]) -> Vec<f64> {
    let mut output = vec![0.0; input.len()];
    let plan = params.plan(Hertz(rate), input.len()).unwrap();
    plan.process(input, &mut output, &mut Scratch::new()).unwrap();
    output
}

#[test]
fn integrated_bands_equal_the_reference() {
    let cases = golden::cases("integrate_band");
    assert_eq!(cases.len(), 5);
    for case in cases {
        let input = case.input(0);
        let (from, to, unit) = match case.integer("order") {
            1 => (Unit::G, Unit::MillimetresPerSecond, 1e-3),
            _ => (Unit::MetresPerSecondSquared, Unit::Micrometres, 1e-6),
        };
        let params = IntegrateParams {
            from: Some(from),
            to,
            low: Hertz(case.number("f1")),
            high: Hertz(case.number("f2")),
        };
        let velocity = integrate(params, case.number("fs"), &input);
        let in_si: Vec<f64> = velocity.iter().map(|v| v * unit).collect();
        case.check("v", &in_si);
        if to == Unit::MillimetresPerSecond {
            case.check("rms_mm_s", &[Overall::of(&velocity).rms]);
        }
        let narrow: Vec<f32> = input.iter().map(|x| *x as f32).collect();
        let mut output = vec![0.0_f32; input.len()];
        params
            .plan::<f32>(Hertz(case.number("fs")), input.len())
            .unwrap()
            .process(&narrow, &mut output, &mut Scratch::new())
            .unwrap();
        case.check_looser("v", &output.iter().map(|v| f64::from(*v) * unit).collect::<Vec<_>>(), 1e6);
    }
}

#[test]
fn what_is_integrated_and_differentiated_again_is_the_band_itself() {
    let record: Vec<f64> =
        (0..3000).map(|n| (n as f64 * 0.3).sin() + 0.1 * (n as f64 * 1.1).cos() + 4.0).collect();
    let band = |from, to, input: &[f64]| {
        integrate(
            IntegrateParams { from: Some(from), to, low: Hertz(20.0), high: Hertz(3000.0) },
            12_000.0,
            input,
        )
    };
    let displacement = band(Unit::G, Unit::Micrometres, &record);
    let back = band(Unit::Micrometres, Unit::G, &displacement);
    let same = band(Unit::G, Unit::G, &record);
    assert!(back.iter().zip(&same).all(|(a, b)| (a - b).abs() < 1e-9));
    let metric = band(Unit::G, Unit::MetresPerSecondSquared, &record);
    assert!(metric.iter().zip(&same).all(|(a, b)| (a - STANDARD_GRAVITY * b).abs() < 1e-9));
}

#[test]
fn a_tone_has_the_velocity_that_the_textbook_gives() {
    let tone: Vec<f32> =
        (0..12_000).map(|n| (std::f64::consts::TAU * 100.0 * f64::from(n) / 12_000.0).sin() as f32).collect();
    let plan = VelocityRmsParams::default().plan::<f32>(Hertz(12_000.0), tone.len()).unwrap();
    let got = plan.process(&tone, &mut Scratch::new()).unwrap();
    let peak = STANDARD_GRAVITY / (std::f64::consts::TAU * 100.0) * 1e3;
    assert!((got.velocity.rms / (peak / 2.0_f64.sqrt()) - 1.0).abs() < 1e-5);
    assert!(
        (got.velocity.peak / peak - 1.0).abs() < 1e-3
            && (got.velocity.peak_to_peak / peak - 2.0).abs() < 1e-3
    );
    assert_eq!((got.low, got.high), (Hertz(10.0), Hertz(1000.0)));
}

#[test]
fn a_velocity_that_a_record_cannot_carry_is_refused_with_the_reason() {
    let plan = |params: VelocityRmsParams, rate, len| params.plan::<f32>(Hertz(rate), len).map(|_| ());
    let reason = |params, rate, len| plan(params, rate, len).unwrap_err().to_string();
    let plain = VelocityRmsParams::default();
    assert!(reason(plain, 2000.0, 10_000).contains("2560"));
    assert!(reason(plain, 12_000.0, 11_999).contains("at least 1 s"));
    assert!(
        reason(VelocityRmsParams { unit: Unit::Volts, ..plain }, 12_000.0, 12_000)
            .contains("units of motion")
    );
    let slow = VelocityRmsParams { shaft: Some(Hertz(1.0)), ..plain };
    assert!(reason(slow, 12_000.0, 12_000).contains("at least 2 s"));
    let plan = slow.plan::<f32>(Hertz(12_000.0), 36_000).unwrap();
    assert_eq!(plan.process(&vec![0.0; 36_000], &mut Scratch::new()).unwrap().low, Hertz(2.0));
    assert!(
        VelocityRmsParams { shaft: Some(Hertz(0.0)), ..plain }.plan::<f32>(Hertz(12_000.0), 36_000).is_err()
    );
}

#[test]
fn overall_values_are_those_of_the_band() {
    let tone = |f: f64, a: f64, n: usize| a * (std::f64::consts::TAU * f * n as f64 / 1000.0).cos();
    let record: Vec<f64> = (0..1000).map(|n| 7.0 + tone(5.0, 3.0, n) + tone(100.0, 2.0, n)).collect();
    let params = OverallParams { low: Hertz(50.0), high: Hertz(200.0) };
    let got = params.plan(Hertz(1000.0), 1000).unwrap().process(&record, &mut Scratch::new()).unwrap();
    assert!((got.rms - 2.0_f64.sqrt()).abs() < 1e-12 && (got.peak - 2.0).abs() < 1e-12);
    assert!((got.peak_to_peak - 4.0).abs() < 1e-12);
    assert_eq!(Overall::of::<f32>(&[]), Overall { rms: 0.0, peak: 0.0, peak_to_peak: 0.0 });
}

#[test]
fn bands_without_a_bin_and_damaged_samples_are_refused() {
    let plan = |low, high, len| {
        OverallParams { low: Hertz(low), high: Hertz(high) }.plan::<f64>(Hertz(1000.0), len).map(|_| ())
    };
    assert!(plan(1.0, 499.0, 1).unwrap_err().to_string().contains("no bin"));
    assert!(plan(100.0, 501.0, 100).is_err());
    assert!(plan(f64::NAN, 100.0, 100).is_err());
    assert!(plan(1.0, 100.0, 0).is_err());
    assert!(plan(0.0, 500.0, 2).is_ok());
    let plan = OverallParams::default().plan::<f64>(Hertz(4000.0), 400).unwrap();
    assert!(plan.process(&[f64::NAN; 400], &mut Scratch::new()).is_err());
    assert_eq!(plan.process(&[0.0; 400], &mut Scratch::new()).unwrap().rms, 0.0);
    assert!(plan.process(&[2.5; 400], &mut Scratch::new()).unwrap().peak < 1e-12);
}

#[test]
fn warm_quantities_allocate_nothing() {
    let (input, mut output, mut scratch) = (vec![1.0_f32; 4000], vec![0.0; 4000], Scratch::new());
    let rate = Hertz(4000.0);
    let integrate = IntegrateParams { from: Some(Unit::G), ..IntegrateParams::default() }
        .plan::<f32>(rate, 4000)
        .unwrap();
    let overall = OverallParams::default().plan::<f32>(rate, 4000).unwrap();
    let bands = BandLevelsParams::equal(rate, 8).plan::<f32>(rate, 4000).unwrap();
    let velocity = VelocityRmsParams::default().plan::<f32>(rate, 4000).unwrap();
    let count = allocations_when_warm(|| {
        integrate.process(&input, &mut output, &mut scratch).unwrap();
        overall.process(&input, &mut scratch).unwrap();
        bands.process(&input, &mut output[..8], &mut scratch).unwrap();
        velocity.process(&input, &mut scratch).unwrap();
    });
    assert_eq!(count, 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn the_levels_of_all_bands_together_are_the_level_of_the_record(
        samples in prop::collection::vec(-1.0..1.0_f64, 24..300), count in 1usize..6,
    ) {
        let rate = Hertz(1000.0);
        let plan = BandLevelsParams::equal(rate, count).plan::<f64>(rate, samples.len()).unwrap();
        let mut levels = vec![0.0; count];
        plan.process(&samples, &mut levels, &mut Scratch::new()).unwrap();
        let total: f64 = levels.iter().map(|level| level * level).sum();
        let want = scalars(&samples).rms.powi(2);
        prop_assert!((total - want).abs() < 1e-12 * want.max(1e-3), "{total} {want}");
    }
}
