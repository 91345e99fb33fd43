//! Variational mode decomposition against its equations written plainly, in f64.
#![allow(clippy::unwrap_used)]

mod devices;

use std::f64::consts::PI;

use brinell_gpu::{At, Error, View, Vmd, VmdEnd, VmdReport, VmdSolver, VmdStart};

const SWEEPS: Vmd = Vmd {
    segments: 1,
    len: 512,
    modes: 3,
    alpha: 2000.0,
    tau: 0.0,
    dc: false,
    start: VmdStart::Uniform,
    tolerance: 1e-7,
    centre_tolerance: None,
    most_iterations: 499,
    solver: VmdSolver::Sweep,
    raw: false,
};

/// So many, whatever changes.
fn exactly(iterations: usize) -> Vmd {
    Vmd { tolerance: 0.0, most_iterations: iterations, ..SWEEPS }
}

/// Two tones and a weak third in noise that is the same every time.
fn tones(len: usize, seed: u64) -> Vec<f32> {
    let mut state = seed;
    (0..len)
        .map(|n| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let noise = (state >> 33) as f64 / 2f64.powi(31) - 0.5;
            let t = n as f64;
            ((0.21 * t).sin() + 0.7 * (1.3 * t).cos() + 0.4 * (2.6 * t).sin() + noise) as f32
        })
        .collect()
}

/// Impulses that ring, louder and softer, over a slow wave.
fn impulses(len: usize) -> Vec<f32> {
    let noise = tones(len, 9);
    let one = |(n, noise): (usize, &f32)| {
        let (t, since) = (n as f64, (n % 107) as f64);
        let ring = (1.0 + 0.5 * (0.01 * t).sin()) * (-since / 12.0).exp() * (1.7 * since).sin();
        (ring + 0.2 * (0.05 * t).sin()) as f32 + 0.02 * noise
    };
    noise.iter().enumerate().map(one).collect()
}

/// The DCT-II, unscaled, and its inverse.
fn cosines(from: &[f64], back: bool) -> Vec<f64> {
    let n = from.len();
    let table: Vec<f64> = (0..4 * n).map(|i| (PI * i as f64 / (2 * n) as f64).cos()).collect();
    let one = |to: usize| {
        let term = |(i, x): (usize, &f64)| {
            let (bin, sample) = if back { (i, to) } else { (to, i) };
            let half = if back && i == 0 { 0.5 } else { 1.0 };
            half * x * table[bin * (2 * sample + 1) % (4 * n)]
        };
        from.iter().enumerate().map(term).sum::<f64>() * if back { 1.0 / n as f64 } else { 2.0 }
    };
    (0..n).map(one).collect()
}

#[derive(Debug)]
struct Plain {
    rows: Vec<Vec<f64>>,
    centres: Vec<f64>,
    shares: Vec<f64>,
    places: Vec<usize>,
    iterations: usize,
    converged: bool,
}

/// `vmd` of a segment.
fn plain(vmd: &Vmd, given: &[f64], x: &[f32]) -> Plain {
    let x: Vec<f64> = x.iter().copied().map(f64::from).collect();
    let (n, modes) = (x.len(), vmd.modes);
    let record = cosines(&x, false);
    let nu = |bin: usize| bin as f64 / (2 * n) as f64;
    let mut omega: Vec<f64> = match vmd.start {
        VmdStart::Zero => vec![0.0; modes],
        VmdStart::Uniform => (0..modes).map(|k| 0.5 * k as f64 / modes as f64).collect(),
        VmdStart::Centres(_) => given.to_vec(),
    };
    if vmd.dc {
        omega[0] = 0.0;
    }
    let mean = x.iter().map(|x| x * x).sum::<f64>() / n as f64;
    let unit = if vmd.raw { 1.0 } else { 1.0 / mean };
    let (mut u, mut multiplier) = (vec![vec![0.0; n]; modes], vec![0.0; n]);
    let (mut iterations, mut converged) = (0, false);
    let mut powers = vec![0.0; modes];
    let fixed = |omega: &[f64], k: usize, bin: usize| {
        let weight = |k: usize| 1.0 / (vmd.alpha * (nu(bin) - omega[k]).powi(2)).max(1e-12);
        record[bin] * weight(k) / (1.0 + (0..modes).map(weight).sum::<f64>())
    };
    while iterations < vmd.most_iterations && !converged {
        let (from, mut change) = (omega.clone(), 0.0);
        for k in 0..modes {
            let (mut power, mut moment) = (0.0, 0.0);
            for bin in 0..n {
                let others: f64 = (0..modes).filter(|i| *i != k).map(|i| u[i][bin]).sum();
                let new = match vmd.solver {
                    VmdSolver::Sweep => {
                        let gain = 1.0 / (1.0 + vmd.alpha * (nu(bin) - from[k]).powi(2));
                        (record[bin] - others - multiplier[bin] / 2.0) * gain
                    }
                    VmdSolver::FixedPoint => fixed(&from, k, bin),
                };
                change += (new - u[k][bin]).powi(2);
                u[k][bin] = new;
                power += new * new;
                moment += nu(bin) * new * new;
            }
            powers[k] = power;
            if power > 0.0 && !(vmd.dc && k == 0) {
                omega[k] = moment / power;
            }
        }
        for (bin, multiplier) in multiplier.iter_mut().enumerate() {
            *multiplier += vmd.tau * (u.iter().map(|u| u[bin]).sum::<f64>() - record[bin]);
        }
        iterations += 1;
        let moved = omega.iter().zip(&from).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        converged = match (vmd.centre_tolerance, vmd.solver) {
            (Some(tolerance), _) => moved <= tolerance,
            (None, VmdSolver::Sweep) => f64::EPSILON + change / (2 * n) as f64 * unit <= vmd.tolerance,
            (None, VmdSolver::FixedPoint) => moved <= 1e-6,
        };
    }
    if vmd.solver == VmdSolver::FixedPoint {
        for (k, u) in u.iter_mut().enumerate() {
            *u = (0..n).map(|bin| fixed(&omega, k, bin)).collect();
            powers[k] = u.iter().map(|u| u * u).sum();
        }
    }
    let mut places: Vec<usize> = (0..modes).collect();
    places.sort_by(|a, b| omega[*a].total_cmp(&omega[*b]));
    let whole = record.iter().map(|c| c * c).sum::<f64>() - 0.5 * record[0] * record[0];
    Plain {
        rows: places.iter().map(|k| cosines(&u[*k], true)).collect(),
        centres: places.iter().map(|k| omega[*k]).collect(),
        shares: places.iter().map(|k| (powers[*k] - 0.5 * u[*k][0] * u[*k][0]) / whole).collect(),
        places,
        iterations,
        converged,
    }
}

/// Modes and reports of segments that begin `pitch` apart in `x`; the same bits in either order of the threads.
fn decompose(vmd: &Vmd, given: &[f32], x: &[f32], pitch: usize) -> (Vec<f32>, Vec<VmdReport>) {
    let mut found: Vec<(Vec<f32>, Vec<f32>)> = Vec::new();
    for device in devices::two() {
        let samples = device.zeros(x.len()).unwrap();
        device.upload(&samples, 0, x).unwrap();
        let start = device.zeros(given.len()).unwrap();
        device.upload(&start, 0, given).unwrap();
        let modes = device.zeros(3 + vmd.segments * vmd.modes * vmd.len).unwrap();
        let reports = device.zeros(vmd.segments * vmd.report()).unwrap();
        let scratch = device.zeros(vmd.scratch().unwrap()).unwrap();
        device.upload(&scratch, 0, &vec![f32::NAN; scratch.len()]).unwrap();
        let at = |buffer| At { buffer, offset: 0 };
        let launches = vmd.run(View { at: at(0), pitch }, at(1).plus(3), at(2), at(3)).unwrap();
        device.run(&launches, &[&samples, &modes, &reports, &scratch, &start]).unwrap();
        let (mut rows, mut of_segments) = (vec![0.0; modes.len() - 3], vec![0.0; reports.len()]);
        device.download(&modes, 3, &mut rows).unwrap();
        device.download(&reports, 0, &mut of_segments).unwrap();
        found.push((rows, of_segments));
    }
    let bits = |values: &[f32]| values.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(&found[0].0), bits(&found[1].0), "modes");
    assert_eq!(bits(&found[0].1), bits(&found[1].1), "reports");
    let (rows, reports) = found.swap_remove(0);
    (rows, reports.chunks_exact(vmd.report()).map(VmdReport::read).collect())
}

/// Every segment against the equations: samples to `tolerance` of the peak, centres to a tenth of that.
fn assert_plain(vmd: &Vmd, given: &[f32], x: &[f32], pitch: usize, tolerance: f64) {
    let (rows, reports) = decompose(vmd, given, x, pitch);
    let given: Vec<f64> = given.iter().copied().map(f64::from).collect();
    for (segment, report) in reports.iter().enumerate() {
        let x = &x[segment * pitch..][..vmd.len];
        let rows = &rows[segment * vmd.modes * vmd.len..][..vmd.modes * vmd.len];
        let want = plain(vmd, &given, x);
        let what = format!("segment {segment} of {vmd:?}");
        assert_eq!(report.iterations, want.iterations, "{what}");
        let end = if want.converged { VmdEnd::Converged } else { VmdEnd::MostIterations };
        assert_eq!(report.end, end, "{what}");
        let peak = x.iter().fold(0.0, |peak: f64, x| peak.max(f64::from(x.abs())));
        for (k, mode) in report.modes.iter().enumerate() {
            assert_eq!(mode.place, want.places[k], "{what}");
            let apart = (f64::from(mode.centre) - want.centres[k]).abs();
            assert!(apart <= 0.1 * tolerance, "{what}: centre {k} is {apart:e} off");
            assert!((f64::from(mode.share) - want.shares[k]).abs() <= tolerance, "{what}");
            for (got, want) in rows[k * vmd.len..][..vmd.len].iter().zip(&want.rows[k]) {
                let apart = (f64::from(*got) - want).abs() / peak;
                assert!(apart <= tolerance, "{what}: mode {k} is {apart:e} off");
            }
        }
    }
}

#[test]
fn sweeps_are_those_of_the_equations_at_every_length() {
    for len in [1, 2, 3, 5, 27, 80, 256, 500, 625, 648] {
        for tau in [0.0, 0.2] {
            let modes = if len < 27 { 1 } else { 3 };
            let vmd = Vmd { len, modes, tau, segments: 2, ..exactly(34) };
            assert_plain(&vmd, &[], &tones(2 * len + 5, 1), len + 5, 1e-5);
        }
    }
}

#[test]
fn modes_that_do_not_fit_into_shared_memory_are_the_same() {
    for (len, modes, tau) in [(1280, 7, 0.0), (2500, 4, 0.1), (4096, 1, 0.1)] {
        assert_plain(&Vmd { len, modes, tau, ..exactly(35) }, &[], &tones(len, 2), len, 1e-5);
    }
}

#[test]
fn the_iterations_end_where_those_of_the_equations_end() {
    for x in [tones(1024, 4), impulses(1024)] {
        for (modes, tolerance) in [(2, 1e-6), (4, 1e-6), (3, 1e-7), (2, 1e-8)] {
            let vmd = Vmd { len: 1024, modes, tolerance, most_iterations: 200, ..SWEEPS };
            assert_plain(&vmd, &[], &x, 1024, 1e-5);
        }
    }
}

#[test]
fn the_fixed_point_is_that_of_the_equations() {
    for (len, modes) in [(360, 3), (1024, 5), (2160, 2)] {
        let vmd = Vmd { len, modes, solver: VmdSolver::FixedPoint, most_iterations: 60, ..SWEEPS };
        assert_plain(&vmd, &[], &tones(len, 5), len, 1e-5);
        assert_plain(&Vmd { centre_tolerance: Some(1e-4), ..vmd }, &[], &tones(len, 6), len, 1e-5);
    }
}

#[test]
fn centres_begin_where_they_are_told_to_and_the_first_may_stay_at_zero() {
    let (x, vmd) = (tones(480, 7), Vmd { len: 480, ..exactly(20) });
    let start = VmdStart::Centres(At { buffer: 4, offset: 1 });
    let given = [0.43, 0.01, 0.19];
    let (_, reports) = decompose(&Vmd { start, ..vmd }, &[0.5, 0.43, 0.01, 0.19], &x, 480);
    let want = plain(&Vmd { start, ..vmd }, &given, &x);
    assert!(reports[0].modes.iter().map(|mode| mode.place).eq(want.places.iter().copied()));
    assert_ne!(want.places, [0, 1, 2]);
    for (mode, centre) in reports[0].modes.iter().zip(&want.centres) {
        assert!((f64::from(mode.centre) - centre).abs() < 1e-6);
    }
    assert_plain(&Vmd { dc: true, ..vmd }, &[], &x, 480, 1e-5);
    assert_plain(&Vmd { start: VmdStart::Zero, modes: 1, ..vmd }, &[], &x, 480, 1e-5);
}

#[test]
fn sweeps_may_end_when_the_centres_rest() {
    let vmd = Vmd { centre_tolerance: Some(1e-5), tolerance: 0.0, ..SWEEPS };
    assert_plain(&vmd, &[], &tones(512, 8), 512, 1e-5);
}

#[test]
fn the_tolerance_is_in_the_unit_that_is_asked_for() {
    let x: Vec<f32> = tones(512, 10).iter().map(|x| x * 0.01).collect();
    assert_plain(&Vmd { raw: true, tolerance: 1e-9, ..SWEEPS }, &[], &x, 512, 1e-5);
    // A change of the unit changes nothing but the unit.
    let small: Vec<f32> = x.iter().map(|x| x * 2f32.powi(-90)).collect();
    let (rows, reports) = decompose(&SWEEPS, &[], &x, 512);
    let (small_rows, small_reports) = decompose(&SWEEPS, &[], &small, 512);
    assert_eq!(reports, small_reports);
    assert!(rows.iter().zip(&small_rows).all(|(x, small)| x * 2f32.powi(-90) == *small));
}

#[test]
fn segments_may_overlap_and_know_nothing_of_each_other() {
    let vmd = Vmd { segments: 3, len: 128, ..exactly(15) };
    let mut x = tones(256, 11);
    assert_plain(&vmd, &[], &x, 64, 1e-5);
    let (rows, reports) = decompose(&vmd, &[], &x, 64);
    // Of the third segment alone.
    x[200] = f32::NAN;
    x[210] = f32::INFINITY;
    for solver in [VmdSolver::Sweep, VmdSolver::FixedPoint] {
        let (broken_rows, broken) = decompose(&Vmd { solver, ..vmd }, &[], &x, 64);
        let of_third = 2 * 3 * 128;
        assert_eq!((broken[2].end, broken[2].iterations), (VmdEnd::NotFinite, 0));
        assert!(broken[2].modes.iter().all(|mode| mode.centre.is_nan()));
        assert!(broken_rows[of_third..].iter().all(|x| x.is_nan()));
        if solver == VmdSolver::Sweep {
            assert_eq!(broken[..2], reports[..2]);
            assert_eq!(broken_rows[..of_third], rows[..of_third]);
        }
    }
}

#[test]
fn nothing_is_decomposed_into_nothing() {
    for solver in [VmdSolver::Sweep, VmdSolver::FixedPoint] {
        let (rows, reports) = decompose(&Vmd { solver, ..SWEEPS }, &[], &[0.0; 512], 512);
        assert!(rows.iter().all(|x| *x == 0.0));
        assert_eq!((reports[0].end, reports[0].iterations), (VmdEnd::Converged, 1));
        assert!(reports[0].modes.iter().all(|mode| mode.share == 0.0));
        let centres: Vec<f32> = reports[0].modes.iter().map(|mode| mode.centre).collect();
        assert!(centres.iter().zip([0.0, 1.0 / 6.0, 1.0 / 3.0]).all(|(a, b)| (a - b).abs() < 1e-7));
    }
}

#[test]
fn a_step_of_the_dual_ascent_that_is_too_large_is_told() {
    let (rows, reports) = decompose(&Vmd { tau: 1e3, ..exactly(400) }, &[], &tones(512, 12), 512);
    assert_eq!(reports[0].end, VmdEnd::OutOfBounds);
    assert!(rows.iter().all(|x| x.is_nan()));
}

#[test]
fn what_the_kernels_do_not_do_is_refused() {
    let refused = [
        Vmd { len: 2011, ..SWEEPS },
        Vmd { len: 4374, ..SWEEPS },
        Vmd { len: 0, ..SWEEPS },
        Vmd { segments: 0, ..SWEEPS },
        Vmd { modes: 0, ..SWEEPS },
        Vmd { modes: 33, ..SWEEPS },
        Vmd { alpha: 0.0, ..SWEEPS },
        Vmd { alpha: 1e31, ..SWEEPS },
        Vmd { alpha: f64::NAN, ..SWEEPS },
        Vmd { tau: -0.1, ..SWEEPS },
        Vmd { tolerance: f64::INFINITY, ..SWEEPS },
        Vmd { centre_tolerance: Some(-1.0), ..SWEEPS },
        Vmd { most_iterations: 0, ..SWEEPS },
        Vmd { solver: VmdSolver::FixedPoint, tau: 0.1, ..SWEEPS },
    ];
    for vmd in refused {
        let at = At { buffer: 0, offset: 0 };
        let error = vmd.run(View { at, pitch: 1 }, at, at, at).unwrap_err();
        assert!(matches!(error, Error::Refused { .. }), "{error}");
        assert!(vmd.scratch().is_err());
    }
    let error = Vmd { len: 2011, ..SWEEPS }.check().unwrap_err().to_string();
    assert!(error.contains("2011") && error.contains("cpu"), "{error}");
    for len in [1000, 1024, 1200, 2000, 2048, 2400, 3000, 3125, 4096] {
        Vmd { len, ..SWEEPS }.check().unwrap();
    }
}
