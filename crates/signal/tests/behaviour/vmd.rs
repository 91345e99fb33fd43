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
