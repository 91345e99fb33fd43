//! Tachometers, speed profiles, order tracking, synchronous averages.

use std::f64::consts::TAU;

use crate::{allocation::allocations_when_warm, golden};

use brinell_signal::{
    BearingGeometry, Hertz, Millimetres, Order, Sample, Scratch, Seconds,
    fourier::Window,
    rotation::{
        CubicSpline, Flank, Interpolation, OrderTrackParams, OrderTrackPlan, PhaseDemodulationParams,
        ShaftSpeed, ShaftSpeedParams, SpeedProfile, SpeedRidgeParams, SpeedSource, SynchronousAverage,
        TachometerParams,
    },
    simulate::Simulation,
};
use proptest::prelude::*;
use rand::RngExt;

fn literature(samples_per_revolution: usize) -> OrderTrackParams {
    OrderTrackParams { samples_per_revolution, interpolation: Interpolation::Spline, guard: false }
}

fn profile_of(case: &golden::Case) -> SpeedProfile {
    let pulses: Vec<Seconds> = case.input(1).into_iter().map(Seconds).collect();
    SpeedProfile::from_pulses(&pulses, 1).unwrap()
}

fn track<T: Sample>(plan: &OrderTrackPlan<T>, input: &[T]) -> Vec<T> {
    let mut output = vec![T::default(); plan.output_len()];
    plan.process(input, &mut output, &mut Scratch::new()).unwrap();
    output
}

#[test]
fn tracked_run_ups_equal_the_reference() {
    let cases = golden::cases("order_track");
    assert_eq!(cases.len(), 2);
    for case in cases {
        let (input, rate) = (case.input(0), Hertz(case.number("fs")));
        let params = literature(case.integer("samples_per_rev"));
        let profile = profile_of(&case);
        case.check("y", &track(&params.plan::<f64>(rate, input.len(), &profile).unwrap(), &input));
        let narrow: Vec<f32> = input.iter().map(|x| *x as f32).collect();
        let output = track(&params.plan::<f32>(rate, input.len(), &profile).unwrap(), &narrow);
        case.check_looser("y", &output.into_iter().map(f64::from).collect::<Vec<_>>(), 1e3);
    }
}

#[test]
fn averages_over_revolutions_equal_the_reference() {
    let case = &golden::cases("tsa")[0];
    let (input, rate) = (case.input(0), Hertz(case.number("fs")));
    let plan = literature(64).plan::<f64>(rate, input.len(), &profile_of(case)).unwrap();
    let tracked = track(&plan, &input);
    let (mut average, mut residual) = (vec![0.0; 64], vec![0.0; tracked.len()]);
    let average_plan = SynchronousAverage::new(64, tracked.len()).unwrap();
    average_plan.process(&tracked, &mut average, &mut residual, &mut Scratch::new()).unwrap();
    case.check("avg", &average);
    case.check("residual", &residual);
}

#[test]
fn order_spectra_equal_the_reference() {
    let case = &golden::cases("amplitude_spectrum")[0];
    let (input, rate) = (case.input(0), Hertz(case.number("fs")));
    let plan = literature(case.integer("samples_per_rev"))
        .plan::<f64>(rate, input.len(), &profile_of(case))
        .unwrap()
        .spectrum(Window::Rectangular)
        .unwrap();
    let mut lines = vec![0.0; plan.spectrum_len()];
    plan.process(&input, &mut lines, &mut Scratch::new()).unwrap();
    case.check("s", &lines);
    assert_eq!(plan.order(33).0, 3.0);
}

#[test]
fn a_run_up_becomes_a_straight_line_in_orders() {
    let run_up = SpeedProfile::from_speeds(&[
        (Seconds(0.0), Hertz(10.0)),
        (Seconds(2.0), Hertz(25.0)),
        (Seconds(5.0), Hertz(60.0)),
        (Seconds(6.0), Hertz(50.0)),
    ])
    .unwrap();
    let rate = 8192.0;
    // Order 20.25 up to 1.2 kHz, and a tone of 3.9 kHz that would fold into the orders below 32.
    let sample = |n: usize| {
        let t = n as f64 / rate;
        (TAU * 20.25 * run_up.revolutions(Seconds(t))).cos() + (TAU * 3900.0 * t).cos()
    };
    let record: Vec<f64> = (0..6 * 8192).map(sample).collect();
    let plan = OrderTrackParams::default().plan::<f64>(Hertz(rate), record.len(), &run_up).unwrap();
    assert!(plan.oversampling() > 8);
    let tracked = track(&plan, &record);
    // At 60 Hz the 3.9 kHz tone is order 65, at 10 Hz 390: all of it is beyond the band.
    for (i, y) in tracked.iter().enumerate().skip(6 * 64).take(tracked.len() - 12 * 64) {
        let want = (TAU * 20.25 * i as f64 / 64.0).cos();
        assert!((y - want).abs() < 1e-3, "{i}: {y} {want}");
    }
    let spectrum = plan.spectrum(Window::Hann).unwrap();
    let mut lines = vec![0.0; spectrum.spectrum_len()];
    spectrum.process(&record, &mut lines, &mut Scratch::new()).unwrap();
    let top = (0..lines.len()).max_by(|&a, &b| lines[a].total_cmp(&lines[b])).unwrap();
    assert!((spectrum.order(top).0 - 20.25).abs() < 0.01 && lines[top] > 0.85);
}

#[test]
fn what_does_not_repeat_falls_by_ten_log_of_the_revolutions() {
    let mut random = brinell_signal::generator(3, "noise");
    let noise: Vec<f64> = (0..64 * 400).map(|_| random.random::<f64>() - 0.5).collect();
    let plan = SynchronousAverage::new(64, noise.len()).unwrap();
    let (mut average, mut residual) = (vec![0.0; 64], vec![0.0; noise.len()]);
    plan.process(&noise, &mut average, &mut residual, &mut Scratch::new()).unwrap();
    let power = |x: &[f64]| x.iter().map(|x| x * x).sum::<f64>() / x.len() as f64;
    let fall = 10.0 * (power(&noise) / power(&average)).log10();
    assert!((fall - plan.noise_reduction_db()).abs() < 1.5, "{fall}");
    assert!((power(&residual) / power(&noise) - 1.0).abs() < 0.02);
}

#[test]
fn pulses_are_found_between_samples_and_noise_makes_no_second_one() {
    let (rate, speed) = (5000.0, 7.3);
    let mut random = brinell_signal::generator(5, "tachometer");
    let signal: Vec<f32> = (0..10_000)
        .map(|n| (TAU * speed * f64::from(n) / rate).sin() as f32 + 0.02 * (random.random::<f32>() - 0.5))
        .collect();
    let pulses = TachometerParams::default().pulses(&signal, Hertz(rate)).unwrap();
    assert_eq!(pulses.len(), 14);
    for (i, pulse) in pulses.iter().enumerate() {
        let want = (i + 1) as f64 / speed;
        assert!((pulse.0 - want).abs() < 1.5 / rate, "{i}: {pulse} {want}");
    }
    let falling = TachometerParams { flank: Flank::Falling, ..TachometerParams::default() };
    let half = falling.pulses(&signal, Hertz(rate)).unwrap();
    assert!((half[0].0 - 0.5 / speed).abs() < 1.5 / rate);
    let profile = SpeedProfile::from_pulses(&pulses, 1).unwrap();
    assert!((profile.speed(Seconds(1.0)).0 - speed).abs() < 0.05);
    for signal in [vec![], vec![1.0_f32], vec![0.0; 50], vec![2.5; 50]] {
        assert!(TachometerParams::default().pulses(&signal, Hertz(rate)).unwrap().is_empty());
    }
    assert!(TachometerParams::default().pulses(&[f32::NAN], Hertz(rate)).is_err());
    assert!(TachometerParams { hysteresis: 0.7, ..falling }.pulses(&signal, Hertz(rate)).is_err());
}

#[test]
fn impossible_profiles_are_refused_and_say_why() {
    let pulses = |times: &[f64]| {
        let times: Vec<_> = times.iter().map(|t| Seconds(*t)).collect();
        SpeedProfile::from_pulses(&times, 1).map(|_| ()).map_err(|error| error.to_string())
    };
    assert!(pulses(&[0.0]).unwrap_err().contains("at least 2"));
    assert!(pulses(&[0.0, 0.1, 0.1]).is_err());
    assert!(pulses(&[0.0, f64::NAN]).is_err());
    assert!(pulses(&[0.0, 0.1, 0.2, 0.201, 0.3, 0.4, 0.5]).unwrap_err().contains("false pulse"));
    assert!(pulses(&[0.0, 0.1]).is_ok());
    assert!(SpeedProfile::from_pulses(&[Seconds(0.0), Seconds(1.0)], 0).is_err());
    let speeds = |points: &[(f64, f64)]| {
        let points: Vec<_> = points.iter().map(|(t, f)| (Seconds(*t), Hertz(*f))).collect();
        SpeedProfile::from_speeds(&points).map(|_| ())
    };
    assert!(
        speeds(&[]).is_err() && speeds(&[(0.0, 0.0)]).is_err() && speeds(&[(0.0, f64::INFINITY)]).is_err()
    );
    assert!(speeds(&[(0.0, 10.0), (1.0, 0.1), (2.0, 0.1), (3.0, 10.0)]).is_err());
    assert!(speeds(&[(0.0, 10.0), (1.0, 5.0)]).is_ok());
    let profile = SpeedProfile::constant(Hertz(10.0)).unwrap();
    let plan =
        |params: OrderTrackParams, rate, len| params.plan::<f32>(Hertz(rate), len, &profile).map(|_| ());
    assert!(plan(OrderTrackParams::default(), 1000.0, 0).is_err());
    assert!(
        plan(OrderTrackParams::default(), 1000.0, 99).unwrap_err().to_string().contains("whole revolution")
    );
    assert!(plan(OrderTrackParams::default(), 1000.0, 101).is_ok());
    assert!(plan(literature(1), 1000.0, 1000).is_err());
    assert!(plan(OrderTrackParams::default(), f64::NAN, 1000).is_err());
    assert!(SynchronousAverage::new(3, 7).is_err() && SynchronousAverage::new(0, 0).is_err());
}

#[test]
fn warm_trackers_allocate_nothing() {
    let profile = SpeedProfile::constant(Hertz(10.0)).unwrap();
    let (input, mut scratch) = (vec![1.0_f32; 1000], Scratch::new());
    for params in [OrderTrackParams::default(), literature(64)] {
        let plan = params.plan::<f32>(Hertz(5000.0), 1000, &profile).unwrap();
        let spectrum = plan.spectrum(Window::Hann).unwrap();
        let average = SynchronousAverage::new(64, plan.output_len()).unwrap();
        let mut output = vec![0.0; plan.output_len()];
        let (mut mean, mut rest) = (vec![0.0; 64], output.clone());
        let mut lines = vec![0.0; spectrum.spectrum_len()];
        let count = allocations_when_warm(|| {
            plan.process(&input, &mut output, &mut scratch).unwrap();
            spectrum.process(&input, &mut lines, &mut scratch).unwrap();
            average.process(&output, &mut mean, &mut rest, &mut scratch).unwrap();
        });
        assert_eq!(count, 0);
        assert!(output.iter().all(|y| (y - 1.0).abs() < 1e-5), "a constant stays one");
    }
}

/// A healthy machine with white noise of RMS 1 and the harmonics stated.
fn machine(seconds: f64, shaft: f64, harmonics: &[f64], seed: u64) -> Simulation {
    let bearing = BearingGeometry::new(9, Millimetres(7.94), Millimetres(39.04), 0.0).unwrap();
    Simulation {
        shaft_harmonics: harmonics.to_vec(),
        resonance: Hertz(900.0),
        seed,
        ..Simulation::new(Hertz(2560.0), seconds, Hertz(shaft), bearing)
    }
}

#[test]
fn the_shaft_speed_is_read_from_the_vibration_and_its_uncertainty_is_true() {
    let plan = ShaftSpeedParams::default().plan::<f32>(Hertz(2560.0), 25_600).unwrap();
    let mut scratch = Scratch::new();
    let (mut within_one, mut within_two, mut clear, runs) = (0, 0, 0, 60);
    for seed in 0..runs {
        let shaft = 20.0 + 0.37 * seed as f64;
        let record = machine(10.0, shaft, &[0.25, 0.12, 0.0, 0.1, 0.05], seed).simulate().unwrap();
        let found = plan.process(&record.samples, &mut scratch).unwrap();
        // With so wide a window, half the speed comes close now and then; the answer says so.
        clear += u32::from(found.clear().is_some());
        let estimate = found.estimate().unwrap_or_else(|| panic!("{seed}: {found:?}"));
        let errors = (estimate.speed.0 - shaft).abs() / estimate.uncertainty.0;
        assert!(errors < 5.0, "{seed}: {estimate:?} {shaft}");
        assert!(estimate.uncertainty.0 < 0.005 && estimate.harmonics >= 2);
        within_one += u32::from(errors < 1.0);
        within_two += u32::from(errors < 2.0);
    }
    println!("within one {within_one}, within two {within_two}, clear {clear} of {runs}");
    assert!(clear >= 48, "{clear}");
    // 68 % and 95 % of 60 are 41 and 57; the bounds are three standard deviations off.
    assert!((30..=52).contains(&within_one), "{within_one}");
    assert!(within_two >= 52, "{within_two}");
}

#[test]
fn noise_alone_gives_no_speed() {
    let plan = ShaftSpeedParams::default().plan::<f32>(Hertz(2560.0), 12_800).unwrap();
    let envelope = ShaftSpeedParams { source: SpeedSource::SquaredEnvelope, ..ShaftSpeedParams::default() };
    let envelope = envelope.plan::<f32>(Hertz(2560.0), 12_800).unwrap();
    let mut scratch = Scratch::new();
    for seed in 0..60 {
        let noise_colour = if seed % 2 == 0 { 0.0 } else { 0.9 };
        let record = Simulation { noise_colour, ..machine(5.0, 25.0, &[], seed) }.simulate().unwrap();
        for plan in [&plan, &envelope] {
            let found = plan.process(&record.samples, &mut scratch).unwrap();
            assert!(matches!(found, ShaftSpeed::Nothing { .. }), "{seed}: {found:?}");
        }
    }
    for constant in [0.0, 2.5, 1e30] {
        let found = plan.process(&vec![constant; 12_800], &mut scratch).unwrap();
        assert!(matches!(found, ShaftSpeed::Nothing { .. }), "{found:?}");
    }
    assert!(plan.process(&vec![f32::NAN; 12_800], &mut scratch).is_err());
}

#[test]
fn half_and_double_speed_are_told_as_rivals() {
    let plan = ShaftSpeedParams::default().plan::<f32>(Hertz(2560.0), 25_600).unwrap();
    let run = |harmonics: &[f64]| {
        let record = machine(10.0, 14.2, harmonics, 9).simulate().unwrap();
        plan.process(&record.samples, &mut Scratch::new()).unwrap()
    };
    // Only even harmonics: nothing in the record tells 14.2 Hz from 28.4 Hz.
    let found = run(&[0.0, 0.3, 0.0, 0.3, 0.0, 0.3]);
    let estimate = found.estimate().unwrap();
    assert!((estimate.speed.0 - 28.4).abs() < 0.02, "{estimate:?}");
    let half = estimate.rivals.iter().find(|rival| rival.ratio == 0.5).unwrap();
    assert!(half.allowed && half.score > 0.3 * estimate.score, "{estimate:?}");
    // A single line may be anything.
    let found = run(&[0.0, 0.5]);
    assert!(matches!(found, ShaftSpeed::Ambiguous(_)), "{found:?}");
}

#[test]
fn a_shaft_that_only_modulates_is_found_in_the_envelope() {
    let noise = machine(10.0, 25.0, &[], 4).simulate().unwrap().samples;
    let modulated: Vec<f32> = noise
        .iter()
        .enumerate()
        .map(|(n, x)| {
            let angle = TAU * 23.456 * n as f64 / 2560.0;
            x * (1.0 + 0.6 * angle.cos() + 0.4 * (2.0 * angle + 1.0).cos()) as f32
        })
        .collect();
    let params = ShaftSpeedParams { source: SpeedSource::SquaredEnvelope, ..ShaftSpeedParams::default() };
    let plan = params.plan::<f32>(Hertz(2560.0), modulated.len()).unwrap();
    let found = plan.process(&modulated, &mut Scratch::new()).unwrap();
    let estimate = found.clear().unwrap_or_else(|| panic!("{found:?}"));
    assert!((estimate.speed.0 - 23.456).abs() < 4.0 * estimate.uncertainty.0, "{estimate:?}");
}

#[test]
fn the_phase_of_a_harmonic_gives_the_speed_as_it_swings() {
    let (rate, seconds) = (2560.0, 20.0);
    let speed = |t: f64| 25.0 + 0.8 * (TAU * 0.4 * t).sin();
    let turns = |t: f64| 25.0 * t - 0.8 / (TAU * 0.4) * ((TAU * 0.4 * t).cos() - 1.0);
    let noise = machine(seconds, 25.0, &[], 11).simulate().unwrap().samples;
    let record: Vec<f64> = noise
        .iter()
        .enumerate()
        .map(|(n, x)| 0.2 * f64::from(*x) + (TAU * 2.0 * turns(n as f64 / rate)).cos())
        .collect();
    let params = PhaseDemodulationParams { speed: Hertz(25.0), order: Order(2.0), half_width: None };
    let plan = params.plan::<f64>(Hertz(rate), record.len()).unwrap();
    let got = plan.process(&record, &mut Scratch::new()).unwrap();
    let (first, last) = got.profile.span().unwrap();
    assert!(first.0 < 1.5 && last.0 > 18.5);
    let mut squares = 0.0;
    for i in 0..500 {
        let t = first.0 + (last.0 - first.0) * f64::from(i) / 499.0;
        squares += (got.profile.speed(Seconds(t)).0 - speed(t)).powi(2);
    }
    let rms = (squares / 500.0).sqrt();
    println!("speed by phase: RMS error {rms:.4} Hz, stated {}", got.uncertainty);
    assert!(rms < 2.0 * got.uncertainty.0 && rms > 0.4 * got.uncertainty.0, "{rms} {}", got.uncertainty);
    // The angle is right but for its start: track the record with it and the line is sharp.
    let turned = got.profile.revolutions(Seconds(15.0)) - got.profile.revolutions(Seconds(5.0));
    assert!((turned - (turns(15.0) - turns(5.0))).abs() < 0.02);
    let noise: Vec<f64> = noise.iter().map(|x| f64::from(*x)).collect();
    assert!(plan.process(&noise, &mut Scratch::new()).is_err());
    assert!(plan.process(&vec![0.0; noise.len()], &mut Scratch::new()).is_err());
}

#[test]
fn the_ridge_follows_a_run_up_and_noise_has_none() {
    let params = SpeedRidgeParams { slew: 4.0, frame: Seconds(0.6), ..SpeedRidgeParams::default() };
    let plan = params.plan::<f32>(Hertz(2560.0), 20_480).unwrap();
    let mut scratch = Scratch::new();
    let (mut worst, mut inside, mut all) = (0.0_f64, 0, 0);
    for seed in 0..8 {
        let run_up = Simulation { drift: 1.0, ..machine(8.0, 20.0, &[0.8, 0.5, 0.3], seed) };
        let ridge = plan.process(&run_up.simulate().unwrap().samples, &mut scratch).unwrap();
        for point in &ridge.points {
            let error = (point.speed.0 - (20.0 + 20.0 * point.time.0 / 8.0)).abs();
            worst = worst.max(error);
            inside += u32::from(error < 2.0 * point.uncertainty.0);
            all += 1;
        }
        let noise = machine(8.0, 20.0, &[], seed).simulate().unwrap().samples;
        assert!(plan.process(&noise, &mut scratch).is_err());
    }
    println!("ridge: worst error {worst:.3} Hz, within two uncertainties {inside} of {all}");
    assert!(worst < 0.3, "{worst}");
    assert!(f64::from(inside) > 0.85 * f64::from(all), "{inside} of {all}");
    assert!(plan.process(&vec![0.0; 20_480], &mut scratch).is_err());
}

#[test]
fn impossible_searches_for_a_speed_are_refused() {
    let comb = |params: ShaftSpeedParams, len| params.plan::<f32>(Hertz(2560.0), len).map(|_| ());
    let plain = ShaftSpeedParams::default();
    assert!(comb(plain, 4095).unwrap_err().to_string().contains("8 turns"));
    assert!(comb(plain, 4096).is_ok());
    assert!(comb(ShaftSpeedParams { low: Hertz(70.0), ..plain }, 25_600).is_err());
    assert!(comb(ShaftSpeedParams { high: Hertz(1280.0), ..plain }, 25_600).is_err());
    assert!(comb(ShaftSpeedParams { harmonics: 0, ..plain }, 25_600).is_err());
    assert!(comb(ShaftSpeedParams { false_alarm: 0.0, ..plain }, 25_600).is_err());
    let ridge = |params: SpeedRidgeParams, len| params.plan::<f32>(Hertz(2560.0), len).map(|_| ());
    let plain = SpeedRidgeParams::default();
    assert!(ridge(plain, 2560).is_ok() && ridge(plain, 2000).is_err());
    assert!(ridge(SpeedRidgeParams { frame: Seconds(0.1), ..plain }, 25_600).is_err());
    assert!(ridge(SpeedRidgeParams { frame: Seconds(f64::INFINITY), ..plain }, 25_600).is_err());
    assert!(ridge(SpeedRidgeParams { slew: 0.0, ..plain }, 25_600).is_err());
    let phase = |speed, order, half, len| {
        PhaseDemodulationParams { speed: Hertz(speed), order: Order(order), half_width: Some(Hertz(half)) }
            .plan::<f32>(Hertz(2560.0), len)
            .map(|_| ())
    };
    assert!(phase(25.0, 1.0, 5.0, 25_600).is_ok());
    assert!(phase(25.0, 1.0, 5.0, 100).is_err());
    assert!(phase(25.0, 100.0, 5.0, 25_600).is_err());
    assert!(phase(-25.0, 1.0, 5.0, 25_600).is_err());
    assert!(phase(25.0, f64::NAN, 5.0, 25_600).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_spline_follows_a_cubic_exactly(
        gaps in prop::collection::vec(0.1..2.0_f64, 1..20), c in prop::array::uniform4(-1.0..1.0_f64),
    ) {
        let x: Vec<f64> = gaps.iter().scan(0.0, |x, gap| { *x += gap; Some(*x) }).collect();
        let degree = x.len().min(4) - 1;
        let cubic = |x: f64| (0..=degree).map(|k| c[k] * x.powi(k as i32)).sum::<f64>();
        let y: Vec<f64> = x.iter().map(|x| cubic(*x)).collect();
        let spline = CubicSpline::new(&x, &y).unwrap();
        let last = x[x.len() - 1];
        for i in 0..50 {
            let at = x[0] + (last - x[0]) * f64::from(i) / 49.0;
            prop_assert!((spline.value(at) - cubic(at)).abs() < 1e-8 * (1.0 + last.powi(3)));
        }
    }

    #[test]
    fn angle_rises_with_time_and_time_and_angle_are_each_others_inverse(
        speeds in prop::collection::vec(8.0..12.0_f64, 1..10), jitter in prop::collection::vec(-0.1..0.1_f64, 2..20),
    ) {
        let points: Vec<_> = speeds.iter().enumerate().map(|(i, f)| (Seconds(i as f64), Hertz(*f))).collect();
        let pulses: Vec<_> = jitter.iter().enumerate().map(|(i, j)| Seconds(0.1 * (i as f64 + j))).collect();
        for profile in [SpeedProfile::from_speeds(&points), SpeedProfile::from_pulses(&pulses, 1)].into_iter().flatten() {
            let mut before = f64::NEG_INFINITY;
            for i in 0..200 {
                let time = Seconds(-1.0 + f64::from(i) * 0.06);
                let turns = profile.revolutions(time);
                prop_assert!(turns > before);
                prop_assert!((profile.time(turns).0 - time.0).abs() < 1e-9);
                let (a, b) = (profile.revolutions(Seconds(time.0 - 1e-5)), profile.revolutions(Seconds(time.0 + 1e-5)));
                prop_assert!(((b - a) / 2e-5 - profile.speed(time).0).abs() < 1e-2 * profile.speed(time).0);
                before = turns;
            }
        }
    }

    #[test]
    fn any_run_up_becomes_a_straight_line_in_orders(
        speeds in prop::collection::vec(15.0..45.0_f64, 2..5), order in 0.5..20.0_f64, phase in 0.0..TAU,
    ) {
        let points: Vec<_> = speeds.iter().enumerate().map(|(i, f)| (Seconds(i as f64), Hertz(*f))).collect();
        let run_up = SpeedProfile::from_speeds(&points).unwrap();
        let rate = 4096.0;
        let record: Vec<f64> = (0..(speeds.len() - 1) * 4096)
            .map(|n| (TAU * order * run_up.revolutions(Seconds(n as f64 / rate)) + phase).cos())
            .collect();
        let plan = OrderTrackParams::default().plan::<f64>(Hertz(rate), record.len(), &run_up).unwrap();
        let tracked = track(&plan, &record);
        // At the ends the interpolation and its guard reach beyond the record.
        for (i, y) in tracked.iter().enumerate().skip(6 * 64).take(tracked.len().saturating_sub(12 * 64)) {
            let want = (TAU * order * i as f64 / 64.0 + phase).cos();
            prop_assert!((y - want).abs() < 2e-3, "{i}: {y} {want}");
        }
    }
}
