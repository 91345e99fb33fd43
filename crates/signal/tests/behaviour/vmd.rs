//! Variational mode decomposition: the reference's numbers, and what modes have to keep.

use brinell_signal::{
    Error, Hertz, Sample, Scratch,
    vmd::{Alpha, Decomposition, VmdParams, VmdScale, VmdSolver, VmdStart},
};
use proptest::prelude::*;

use crate::allocation::allocations_when_warm;
use crate::golden::{self, Case};

const RATE: Hertz = Hertz(12_000.0);

fn narrow(values: &[f64]) -> Vec<f32> {
    values.iter().map(|x| *x as f32).collect()
}

fn widen(values: &[f32]) -> Vec<f64> {
    values.iter().copied().map(f64::from).collect()
}

fn decompose<T: Sample>(params: &VmdParams, samples: &[T]) -> (Vec<T>, Decomposition) {
    let (modes, report) = params.plan(RATE, samples.len()).unwrap().decompose(samples).unwrap();
    (modes.iter().copied().collect(), report)
}

/// Rows in the order of the start, and centres in cycles a sample.
fn by_place(modes: &[f64], report: &Decomposition) -> (Vec<f64>, Vec<f64>) {
    let len = modes.len() / report.modes.len();
    let mut rows = vec![0.0; modes.len()];
    let mut centres = vec![0.0; report.modes.len()];
    for (row, mode) in modes.chunks_exact(len).zip(&report.modes) {
        rows[mode.place * len..][..len].copy_from_slice(row);
        centres[mode.place] = mode.centre.0 / RATE.0;
    }
    (rows, centres)
}

fn input_of(case: &Case) -> Vec<f64> {
    let scale = case.params["scale"].as_f64().unwrap_or(1.0);
    case.input(0)[..case.integer("n")].iter().map(|x| x * scale).collect()
}

fn params_of(case: &Case) -> VmdParams {
    let centres = case.want("omega0").iter().map(|omega| Hertz(omega * RATE.0)).collect();
    VmdParams {
        modes: case.integer("K"),
        alpha: Alpha::Vmdpy(case.number("alpha")),
        tau: case.number("tau"),
        dc: case.integer("dc") == 1,
        start: VmdStart::Centres(centres),
        tolerance: case.number("tol"),
        scale: VmdScale::Raw,
        ..VmdParams::default()
    }
}

#[test]
fn compat_modes_equal_vmdpy_with_its_number_of_sweeps() {
    let cases = golden::cases("vmd");
    assert_eq!(cases.len(), 32);
    for case in cases {
        let params = VmdParams { compat: true, ..params_of(&case) };
        let (modes, report) = decompose(&params, &input_of(&case));
        case.check("u", &modes);
        assert_eq!(report.sweeps, case.integer("sweeps"), "{}", case.id);
        assert!(report.places().eq(0..params.modes));
        let centres: Vec<f64> = report.centres().map(|c| c.0 / RATE.0).collect();
        if case.want("omega").iter().all(|omega| omega.is_finite()) {
            case.check("omega", &centres);
        } else {
            assert_eq!(case.id, "vmd_const_nan");
            assert_eq!(centres, case.want("omega0"));
        }
    }
}

#[test]
fn clean_modes_equal_the_reference_at_every_length() {
    let mut checked = 0;
    for case in golden::cases("vmd") {
        let (modes, report) = decompose(&params_of(&case), &input_of(&case));
        let (rows, centres) = by_place(&modes, &report);
        if !["vmd_zeros", "vmd_const_nan"].contains(&case.id.as_str()) {
            case.check("u_clean", &rows);
            case.check("omega_clean", &centres);
            checked += 1;
        }
        if case.integer("n").is_multiple_of(2) {
            assert_eq!(report.sweeps, case.integer("sweeps"), "{}", case.id);
        }
    }
    assert_eq!(checked, 30);
}

#[test]
fn the_fixed_point_equals_the_reference() {
    for case in golden::cases("vmd_fixed_point") {
        let params = VmdParams {
            modes: case.integer("K"),
            alpha: Alpha::Vmdpy(case.number("alpha")),
            solver: VmdSolver::FixedPoint,
            centre_tolerance: Some(1e-13),
            ..VmdParams::default()
        };
        let (modes, report) = decompose(&params, &input_of(&case));
        assert!(report.converged);
        let (rows, centres) = by_place(&modes, &report);
        case.check("u", &rows);
        case.check("omega", &centres);
    }
}

#[test]
fn multivariate_modes_equal_the_reference() {
    for case in golden::cases("mvmd") {
        let params = VmdParams {
            modes: case.integer("K"),
            alpha: Alpha::Vmdpy(case.number("alpha")),
            tau: case.number("tau"),
            tolerance: case.number("tol"),
            scale: VmdScale::Raw,
            ..VmdParams::default()
        };
        let input = case.input(0);
        let plan = params.plan_multivariate(RATE, 2, input.len() / 2).unwrap();
        let mut modes = vec![0.0; plan.output_len()];
        let mut report = Decomposition::new();
        plan.process(&input, &mut modes, &mut report, &mut Scratch::new()).unwrap();
        assert_eq!(report.sweeps, case.integer("sweeps"));
        let (rows, centres) = by_place(&modes, &report);
        case.check("u", &rows);
        case.check("omega", &centres);
    }
}

/// Sweeps written plainly, all modes in one array, in f64.
fn plain_sweeps(x: &[f64], alpha: f64, tau: f64, modes: usize, sweeps: usize) -> (Vec<f64>, Vec<f64>) {
    let n = x.len();
    let dct = brinell_signal::fourier::Dct::new(n).unwrap();
    let (mut scratch, mut spectrum) = (Scratch::new(), vec![0.0; n]);
    dct.forward(x, &mut spectrum, &mut scratch).unwrap();
    let nu = |j: usize| j as f64 / (2 * n) as f64;
    let mut omega: Vec<f64> = (0..modes).map(|k| 0.5 * k as f64 / modes as f64).collect();
    let (mut u, mut lambda) = (vec![vec![0.0; n]; modes], vec![0.0; n]);
    for _ in 0..sweeps {
        for k in 0..modes {
            let (mut power, mut moment) = (0.0, 0.0);
            for j in 0..n {
                let others: f64 = (0..modes).filter(|i| *i != k).map(|i| u[i][j]).sum();
                let distance = nu(j) - omega[k];
                let v = (spectrum[j] - others - lambda[j] / 2.0) / (1.0 + alpha * distance * distance);
                u[k][j] = v;
                power += v * v;
                moment += nu(j) * v * v;
            }
            if power > 0.0 {
                omega[k] = moment / power;
            }
        }
        for j in 0..n {
            lambda[j] += tau * (u.iter().map(|u| u[j]).sum::<f64>() - spectrum[j]);
        }
    }
    let mut samples = vec![0.0; modes * n];
    for (row, u) in samples.chunks_exact_mut(n).zip(&u) {
        dct.inverse(u, row, &mut scratch).unwrap();
    }
    (samples, omega)
}

/// A record with a few bands in noise that is the same every time.
fn bands(len: usize) -> Vec<f64> {
    let mut state = 1_u64;
    (0..len)
        .map(|n| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let noise = (state >> 33) as f64 / 2f64.powi(31) - 0.5;
            (0.21 * n as f64).sin() + 0.7 * (1.3 * n as f64).cos() + 0.4 * (2.6 * n as f64).sin() + noise
        })
        .collect()
}

fn sweeps_of(modes: usize, sweeps: usize) -> VmdParams {
    VmdParams { modes, max_sweeps: sweeps, tolerance: 0.0, ..VmdParams::default() }
}

fn assert_close(got: &[f64], want: &[f64], tolerance: f64, what: &str) {
    assert_eq!(got.len(), want.len(), "{what}");
    let peak = want.iter().fold(0.0_f64, |peak, x| peak.max(x.abs()));
    for (index, (a, b)) in got.iter().zip(want).enumerate() {
        assert!((a - b).abs() <= tolerance * peak, "{what}: [{index}] is {a}, not {b}");
    }
}

#[test]
fn any_number_of_modes_and_any_length_equals_plain_sweeps() {
    for modes in 1..=13 {
        for len in [1, 2, 3, 17, 64, 231] {
            // More modes than coefficients leave modes of nothing but rounding.
            if modes > 1 && 2 * modes > len {
                continue;
            }
            let x = bands(len);
            for tau in [0.0, 0.2] {
                let (want, omega) = plain_sweeps(&x, 2000.0, tau, modes, 12);
                let (got, report) = decompose(&VmdParams { tau, ..sweeps_of(modes, 12) }, &x);
                let (rows, centres) = by_place(&got, &report);
                assert_close(&rows, &want, 1e-9, &format!("{modes} modes of {len}, tau {tau}"));
                if report.modes.iter().all(|mode| !mode.empty) {
                    assert_close(&centres, &omega, 1e-9, "centres");
                }
            }
        }
    }
}

#[test]
fn long_records_equal_plain_sweeps_in_both_precisions() {
    let x = bands(40_001);
    let (want, omega) = plain_sweeps(&x, 2000.0, 0.0, 3, 6);
    let (got, report) = decompose(&sweeps_of(3, 6), &x);
    let (rows, centres) = by_place(&got, &report);
    assert_close(&rows, &want, 1e-11, "modes");
    assert_close(&centres, &omega, 1e-12, "centres");
    let (got, report) = decompose(&sweeps_of(3, 6), &narrow(&x));
    let (rows, centres) = by_place(&widen(&got), &report);
    assert_close(&rows, &want, 1e-4, "modes in f32");
    assert_close(&centres, &omega, 1e-6, "centres in f32");
}

#[test]
fn single_precision_agrees_with_double_precision() {
    for (name, modes) in [("cwru_ir007_4096", 4), ("cwru_ir007_4096", 8), ("cwru_normal_4096", 4)] {
        let x = &golden::input(name)[..2048];
        for solver in [VmdSolver::Sweep, VmdSolver::FixedPoint] {
            let params = VmdParams { solver, centre_tolerance: Some(0.0), ..sweeps_of(modes, 100) };
            let (want, double) = decompose(&params, x);
            let (got, single) = decompose(&params, &narrow(x));
            for (a, b) in single.centres().zip(double.centres()) {
                assert!((a.0 - b.0).abs() < 0.05, "{name} {solver:?}: {a} and {b}");
            }
            assert_close(&widen(&got), &want, 1e-4, name);
        }
    }
}

/// How far the modes of a record's channels by SIMD are from those by the portable path, as a share of the largest
/// sample. Modes are taken in the order of the start: equal centres may be sorted either way.
fn from_portable<T: Sample>(params: &VmdParams, x: &[f64], channels: usize) -> f64 {
    let len = x.len() / channels;
    let x: Vec<T> = x[..channels * len].iter().map(|x| T::narrow(*x)).collect();
    let in_order = |modes: &[T], report: &Decomposition| {
        let mut rows: Vec<_> = report.places().zip(modes.chunks_exact(channels * len)).collect();
        rows.sort_unstable_by_key(|row| row.0);
        rows.iter().flat_map(|row| row.1).map(|x| x.widen()).collect::<Vec<f64>>()
    };
    let [fast, plain] = if channels == 1 {
        let plan = params.plan(RATE, len).unwrap();
        [plan.clone(), plan.portable()].map(|plan| {
            let (modes, report) = plan.decompose(&x).unwrap();
            in_order(modes.as_slice().unwrap(), &report)
        })
    } else {
        let plan = params.plan_multivariate(RATE, channels, len).unwrap();
        [plan.clone(), plan.portable()].map(|plan| {
            let (mut modes, mut report) = (vec![T::default(); plan.output_len()], Decomposition::new());
            plan.process(&x, &mut modes, &mut report, &mut Scratch::new()).unwrap();
            in_order(&modes, &report)
        })
    };
    let peak = x.iter().fold(0.0_f64, |peak, x| peak.max(x.widen().abs()));
    let apart = fast.iter().zip(&plain).map(|(a, b)| (a - b).abs() / peak);
    apart.fold(0.0, |largest, x| if x <= largest { largest } else { x })
}

#[test]
fn the_fixed_point_is_the_limit_of_many_sweeps() {
    let chirp: Vec<f64> = (0..400).map(|n| (0.1 * n as f64 + 0.002 * (n * n) as f64).sin()).collect();
    let noise: Vec<f64> = bands(3000).iter().zip(bands(2000).iter().rev()).map(|(a, b)| a * b).collect();
    let records = [
        ("inner race", golden::input("cwru_ir007_4096")[..1024].to_vec(), 4),
        ("ball", golden::input("cwru_ball007_4096")[..1024].to_vec(), 4),
        ("outer race", golden::input("cwru_or007at6_4096")[..1024].to_vec(), 3),
        ("normal", golden::input("cwru_normal_4096")[..1024].to_vec(), 8),
        ("tones", golden::input("tones1024")[..512].to_vec(), 3),
        ("chirp", chirp, 3),
        ("bands", bands(500), 4),
        ("noise", noise[..500].to_vec(), 3),
    ];
    for (name, x, modes) in records {
        let rest = |solver, tolerance, max_sweeps| VmdParams {
            modes,
            solver,
            centre_tolerance: Some(tolerance),
            max_sweeps,
            ..VmdParams::default()
        };
        let (swept, slow) = decompose(&rest(VmdSolver::Sweep, 1e-13, 60_000), &x);
        let (fixed, fast) = decompose(&rest(VmdSolver::FixedPoint, 1e-13, 60_000), &x);
        println!("{name}: {} sweeps, {} passes", slow.sweeps, fast.sweeps);
        assert!(slow.converged && fast.converged && fast.sweeps <= slow.sweeps, "{name}");
        assert!(slow.centres().zip(fast.centres()).all(|(a, b)| (a.0 - b.0).abs() < 1e-4), "{name}");
        assert_close(&fixed, &swept, 1e-6, name);
    }
}

#[test]
fn several_channels_share_centres_and_one_channel_is_plain_vmd() {
    let x = bands(333);
    for scale in [VmdScale::UnitRms, VmdScale::Raw] {
        for solver in [VmdSolver::Sweep, VmdSolver::FixedPoint] {
            let params = VmdParams { scale, solver, ..VmdParams::default() };
            let (want, report) = decompose(&params, &x);
            let plan = params.plan_multivariate(RATE, 1, x.len()).unwrap();
            let (mut got, mut own) = (vec![0.0; plan.output_len()], Decomposition::new());
            plan.process(&x, &mut got, &mut own, &mut Scratch::new()).unwrap();
            assert_eq!((got, own), (want, report));
        }
    }
    // A channel in another unit, and one that is dead, change nothing.
    let params = VmdParams::default();
    let plan = params.plan_multivariate(RATE, 3, x.len()).unwrap();
    let mut input = x.clone();
    input.extend(x.iter().map(|v| v * 1024.0));
    input.extend(vec![0.0; x.len()]);
    let (mut got, mut own) = (vec![1.0; plan.output_len()], Decomposition::new());
    plan.process(&input, &mut got, &mut own, &mut Scratch::new()).unwrap();
    let one = VmdParams { tolerance: params.tolerance / 2.0, ..params };
    let (want, report) = decompose(&one, &x);
    assert!(own.centres().zip(report.centres()).all(|(a, b)| (a.0 - b.0).abs() < 1e-6));
    for (k, row) in want.chunks_exact(x.len()).enumerate() {
        let of_channel = |c: usize| &got[(k * 3 + c) * x.len()..][..x.len()];
        assert_close(of_channel(0), row, 1e-9, "first channel");
        assert!(of_channel(1).iter().zip(of_channel(0)).all(|(a, b)| *a == b * 1024.0));
        assert!(of_channel(2).iter().all(|v| *v == 0.0));
    }
}

#[test]
fn many_segments_give_the_same_bits_for_any_number_of_threads() {
    let x = narrow(&golden::input("cwru_ir007_4096"));
    let segments: Vec<&[f32]> = (0..30).map(|i| &x[i * 100..i * 100 + 512]).collect();
    let plan = VmdParams::default().plan::<f32>(RATE, 512).unwrap();
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let mut output = vec![0.0; segments.len() * plan.output_len()];
        let reports = pool.install(|| plan.process_many(&segments, &mut output)).unwrap();
        (output, reports)
    };
    let one = run(1);
    assert_eq!(one, run(2));
    assert_eq!(one, run(3));
    let (first, report) = plan.decompose(segments[7]).unwrap();
    assert_eq!(&one.0[7 * plan.output_len()..8 * plan.output_len()], first.as_slice().unwrap());
    assert_eq!(one.1[7], report);

    let mut broken = segments.clone();
    broken[3] = &x[..100];
    let mut output = vec![0.0; segments.len() * plan.output_len()];
    assert!(matches!(plan.process_many(&broken, &mut output), Err(Error::Segment { index: 3, .. })));
    assert!(matches!(plan.process_many(&segments, &mut [0.0; 3]), Err(Error::Length { .. })));
}

#[test]
fn decompositions_allocate_nothing_when_warm() {
    fn check<T: Sample>(params: &VmdParams, x: &[f64]) {
        let x: Vec<T> = x.iter().map(|x| T::narrow(*x)).collect();
        let plan = params.plan(RATE, x.len()).unwrap();
        let many = params.plan_multivariate(RATE, 2, x.len() / 2).unwrap();
        let (mut modes, mut report) = (vec![T::default(); plan.output_len()], Decomposition::new());
        let mut all = vec![T::default(); many.output_len()];
        let mut scratch = Scratch::new();
        let count = allocations_when_warm(|| {
            plan.process(&x, &mut modes, &mut report, &mut scratch).unwrap();
            many.process(&x[..x.len() / 2 * 2], &mut all, &mut report, &mut scratch).unwrap();
        });
        assert_eq!(count, 0);
    }
    for len in [64, 203] {
        for modes in [1, 4, 12] {
            let sweep = VmdParams { modes, ..VmdParams::default() };
            let fixed = VmdParams { solver: VmdSolver::FixedPoint, ..sweep.clone() };
            for params in [VmdParams { compat: true, ..sweep.clone() }, sweep, fixed] {
                check::<f32>(&params, &bands(len));
                check::<f64>(&params, &bands(len));
            }
        }
    }
}

#[test]
fn zeros_constants_and_single_samples_give_no_nan() {
    fn check<T: Sample>(params: &VmdParams, value: f64, len: usize) {
        let x = vec![T::narrow(value); len];
        let (modes, report) = decompose(params, &x);
        let peak = value.abs() * (1.0 + 1e-6);
        assert!(modes.iter().all(|v| v.widen().is_finite() && v.widen().abs() <= peak * 1.01), "{value}");
        assert!(report.centres().all(|c| c.0 >= 0.0 && c.0 <= RATE.0 / 2.0));
        assert!(report.modes.iter().all(|m| m.share.is_finite()) && report.change.is_finite());
        if value == 0.0 {
            assert!(report.modes.iter().all(|m| m.empty && m.share == 0.0));
            assert!(modes.iter().all(|v| v.widen() == 0.0));
        }
    }
    for value in [0.0, 2.5, -1e30, 1e-30, 1e-40] {
        for len in [1, 2, 3, 64] {
            for modes in [1, 2, 5] {
                for (scale, solver) in [
                    (VmdScale::UnitRms, VmdSolver::Sweep),
                    (VmdScale::UnitRms, VmdSolver::FixedPoint),
                    (VmdScale::Raw, VmdSolver::Sweep),
                ] {
                    let params = VmdParams { modes, scale, solver, ..VmdParams::default() };
                    check::<f32>(&params, value, len);
                    check::<f64>(&params, value, len);
                    check::<f64>(&params, value * 1e270, len);
                    check::<f64>(&params, value * 1e-270, len);
                    if solver == VmdSolver::Sweep && len > 1 {
                        check::<f64>(&VmdParams { compat: true, ..params }, value, len);
                    }
                }
            }
        }
    }
}

#[test]
fn what_cannot_be_decomposed_is_refused_with_a_reason() {
    let base = VmdParams::default();
    let refused = |params: VmdParams| {
        assert!(matches!(params.plan::<f64>(RATE, 64), Err(Error::Parameter { .. })), "{params:?}");
    };
    for alpha in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e300] {
        refused(VmdParams { alpha: Alpha::Vmdpy(alpha), ..base.clone() });
    }
    refused(VmdParams { alpha: Alpha::HalfWidth(Hertz(0.0)), ..base.clone() });
    refused(VmdParams { alpha: Alpha::Mathworks(-3.0), ..base.clone() });
    for modes in [0, 1025, usize::MAX] {
        refused(VmdParams { modes, ..base.clone() });
    }
    for bad in [-1.0, f64::NAN, f64::INFINITY] {
        refused(VmdParams { tau: bad, ..base.clone() });
        refused(VmdParams { tolerance: bad, ..base.clone() });
        refused(VmdParams { centre_tolerance: Some(bad), ..base.clone() });
    }
    refused(VmdParams { max_sweeps: 0, ..base.clone() });
    refused(VmdParams { start: VmdStart::Centres(vec![Hertz(1.0)]), ..base.clone() });
    refused(VmdParams { start: VmdStart::Centres(vec![Hertz(7000.0); 4]), ..base.clone() });
    refused(VmdParams { start: VmdStart::Centres(vec![Hertz(f64::NAN); 4]), ..base.clone() });
    refused(VmdParams { solver: VmdSolver::FixedPoint, tau: 0.1, ..base.clone() });
    refused(VmdParams { solver: VmdSolver::FixedPoint, compat: true, ..base.clone() });
    assert!(base.plan::<f64>(RATE, 0).is_err() && base.plan::<f64>(RATE, usize::MAX).is_err());
    assert!(base.plan_multivariate::<f64>(RATE, 0, 64).is_err());
    assert!(base.plan_multivariate::<f64>(RATE, usize::MAX, 64).is_err());
    assert!(VmdParams { compat: true, ..base.clone() }.plan::<f64>(RATE, 1).is_err());
    assert!(matches!(base.plan::<f64>(Hertz(0.0), 64), Err(Error::Frequency { .. })));

    let plan = base.plan::<f64>(RATE, 20).unwrap();
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        for index in [0, 15, 16, 19] {
            let mut x = bands(20);
            x[index] = bad;
            let message = plan.decompose(&x).unwrap_err().to_string();
            assert!(message.contains(&format!("sample {index} ")), "{message}");
        }
    }
    assert!(matches!(plan.decompose(&[0.0; 19]), Err(Error::Length { .. })));
    let wild = VmdParams { tau: 1e200, ..base }.plan::<f64>(RATE, 20).unwrap().decompose(&bands(20));
    assert!(wild.is_err_and(|e| e.to_string().contains("tau")));
}

#[test]
fn alpha_means_the_same_width_in_each_convention() {
    let penalty = Alpha::Vmdpy(2000.0);
    let width = penalty.half_width(RATE).unwrap();
    assert!((width.0 - 268.328).abs() < 1e-3);
    assert!((Alpha::HalfWidth(width).penalty(RATE).unwrap() - 2000.0).abs() < 1e-9);
    let mathworks = Alpha::Mathworks(2000.0 / (8.0 * std::f64::consts::PI.powi(2)));
    assert!((mathworks.penalty(RATE).unwrap() - 2000.0).abs() < 1e-9);
    let (_, report) = decompose(&VmdParams::default(), &bands(100));
    assert!(report.modes.iter().all(|mode| mode.half_width == width));
}

#[test]
fn centres_of_the_start_are_as_asked_for() {
    let x = bands(200);
    let start = |start| {
        let params = VmdParams { start, max_sweeps: 1, compat: true, ..VmdParams::default() };
        // With `compat` the centres from before the only sweep come out.
        decompose(&params, &x).1.centres().map(|c| c.0).collect::<Vec<_>>()
    };
    assert_eq!(start(VmdStart::Zero), [0.0; 4]);
    assert_eq!(start(VmdStart::Uniform), [0.0, 1500.0, 3000.0, 4500.0]);
    let drawn = start(VmdStart::Random { seed: 3 });
    assert_eq!(drawn, start(VmdStart::Random { seed: 3 }));
    assert_ne!(drawn, start(VmdStart::Random { seed: 4 }));
    assert!(drawn.is_sorted() && drawn[0] >= 60.0 && drawn[3] <= 6000.0);
}

#[test]
fn parameters_are_read_from_a_configuration_with_defaults() {
    let read = |text: &str| serde_json::from_str::<VmdParams>(text);
    assert_eq!(read("{}").unwrap(), VmdParams::default());
    let params = read(
        r#"{"modes": 6, "alpha": {"half-width": 300.0}, "solver": "fixed-point", "start": {"random": {"seed": 1}}}"#,
    )
    .unwrap();
    assert_eq!(params.alpha, Alpha::HalfWidth(Hertz(300.0)));
    assert_eq!(params.solver, VmdSolver::FixedPoint);
    assert_eq!(read(&serde_json::to_string(&params).unwrap()).unwrap(), params);
    assert!(read(r#"{"mode": 6}"#).is_err());
}

#[test]
fn a_very_small_record_is_decomposed_like_a_large_one() {
    let x = bands(256);
    let tiny: Vec<f64> = x.iter().map(|v| v * 2f64.powi(-100)).collect();
    let (modes, report) = decompose(&VmdParams::default(), &x);
    let (small, small_report) = decompose(&VmdParams::default(), &tiny);
    assert_eq!(report, small_report);
    assert!(modes.iter().zip(&small).all(|(a, b)| a * 2f64.powi(-100) == *b));
    let total: f64 = report.modes.iter().map(|mode| mode.share).sum();
    let power = |x: &[f64]| x.iter().map(|v| v * v).sum::<f64>();
    assert!((total - power(&modes) / power(&x)).abs() < 1e-9);
}

#[test]
fn the_residual_is_a_last_row_of_each_channel_and_changes_no_mode() {
    let (n, channels) = (301, 2);
    let record: Vec<f32> = bands(n * channels).iter().map(|x| *x as f32).collect();
    for compat in [false, true] {
        let plain = VmdParams { modes: 3, compat, ..VmdParams::default() };
        let with = VmdParams { residual: true, ..plain.clone() };
        let run = |params: &VmdParams| {
            let plan = params.plan_multivariate::<f32>(RATE, channels, n).unwrap();
            let mut output = vec![f32::NAN; plan.output_len()];
            plan.process(&record, &mut output, &mut Decomposition::new(), &mut Scratch::new()).unwrap();
            (plan.shape(), output)
        };
        let ([rows, _, len], output) = run(&with);
        let (_, modes) = run(&plain);
        assert_eq!((rows, len), (4, if compat { 300 } else { 301 }));
        assert_eq!(output[..modes.len()], modes);
        for (c, channel) in record.chunks_exact(n).enumerate() {
            let rest = &output[(3 * channels + c) * len..][..len];
            assert!(rest.iter().any(|x| x.abs() > 1e-4), "something is left");
            for (i, value) in channel[..len].iter().enumerate() {
                let sum: f32 = (0..rows).map(|row| output[(row * channels + c) * len + i]).sum();
                assert!((sum - value).abs() < 1e-5, "channel {c}, sample {i}: {sum} for {value}");
            }
        }
    }
    let plan = VmdParams { residual: true, ..VmdParams::default() }.plan::<f32>(RATE, n).unwrap();
    let (rows, report) = plan.decompose(&record[..n]).unwrap();
    assert_eq!((rows.nrows(), report.modes.len()), (5, 4));
    let rows = rows.as_slice().unwrap();
    let mut rest = vec![0.0; n];
    plan.residual(&record[..n], &rows[..4 * n], &mut rest).unwrap();
    assert_eq!(rest, rows[4 * n..]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20))]

    #[test]
    fn the_portable_path_agrees_with_simd(
        noise in proptest::collection::vec(-0.5..0.5_f64, 3..600),
        modes in 1usize..13,
        channels in 1usize..4,
        alpha in 100.0..5000.0_f64,
        fixed in any::<bool>(),
    ) {
        let x: Vec<f64> = bands(noise.len()).iter().zip(&noise).map(|(a, b)| a + b).collect();
        // Modes with hardly a coefficient each have more than one fixed point, and rounding chooses between them.
        let fixed = fixed && x.len() / channels >= 16 * modes;
        let solver = if fixed { VmdSolver::FixedPoint } else { VmdSolver::Sweep };
        let alpha = Alpha::Vmdpy(alpha);
        let params = VmdParams { solver, alpha, centre_tolerance: Some(0.0), ..sweeps_of(modes, 20) };
        let (double, single) = (from_portable::<f64>(&params, &x, channels), from_portable::<f32>(&params, &x, channels));
        prop_assert!(double <= 1e-10 && single <= 2e-4, "{double} {single}");
    }

    #[test]
    fn modes_and_residual_sum_to_the_record_and_modes_are_sorted(
        x in proptest::collection::vec(-10.0..10.0_f64, 1..200),
        modes in 1usize..12,
        tau in prop_oneof![Just(0.0), 0.0..0.5_f64],
        fixed in any::<bool>(),
    ) {
        let solver = if fixed && tau == 0.0 { VmdSolver::FixedPoint } else { VmdSolver::Sweep };
        let params = VmdParams { modes, tau, solver, ..VmdParams::default() };
        let plan = params.plan::<f64>(RATE, x.len()).unwrap();
        let (rows, report) = plan.decompose(&x).unwrap();
        let mut residual = vec![0.0; x.len()];
        plan.residual(&x, rows.as_slice().unwrap(), &mut residual).unwrap();
        for (n, value) in x.iter().enumerate() {
            prop_assert!((rows.column(n).sum() + residual[n] - value).abs() < 1e-12);
        }
        prop_assert!(report.centres().map(|c| c.0).is_sorted());
        let mut places: Vec<usize> = report.places().collect();
        places.sort_unstable();
        prop_assert!(places.iter().copied().eq(0..modes));
        prop_assert!(report.converged || report.sweeps == 499);
    }

    #[test]
    fn a_scaled_record_has_scaled_modes_in_the_default_scale(
        x in proptest::collection::vec(-10.0..10.0_f64, 8..150),
        factor in prop_oneof![-1e6..-1e-6_f64, 1e-6..1e6_f64],
    ) {
        // As many sweeps for both, so that rounding cannot part them at the tolerance.
        let params = sweeps_of(3, 25);
        let scaled: Vec<f64> = x.iter().map(|v| v * factor).collect();
        let (modes, report) = decompose(&params, &x);
        let (other, other_report) = decompose(&params, &scaled);
        for (a, b) in modes.iter().zip(&other) {
            prop_assert!((a * factor - b).abs() < 1e-8 * factor.abs());
        }
        prop_assert!((report.change - other_report.change).abs() <= 1e-12 + 1e-6 * report.change);
        let turned: Vec<f64> = x.iter().map(|v| -v).collect();
        let (negated, _) = decompose(&VmdParams::default(), &turned);
        let (plain, _) = decompose(&VmdParams::default(), &x);
        prop_assert!(plain.iter().zip(&negated).all(|(a, b)| *a == -b));
    }
}
