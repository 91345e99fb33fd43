//! Successive variational mode decomposition, and the choice of parameters over a grid.
#![allow(clippy::unwrap_used)]

use std::f64::consts::TAU;

use crate::allocation::allocations_when_warm;
use crate::golden;

use brinell_signal::vmd::{
    Alpha, SelectedDecomposition, SelectionObjective, SelectionReason, SuccessiveDecomposition,
    SuccessiveStart, SuccessiveStop, SuccessiveVmdParams, VmdSelection,
};
use brinell_signal::{Hertz, Scratch};
use proptest::prelude::*;

const RATE: Hertz = Hertz(1000.0);

fn tones(n: usize, parts: &[(f64, f64)]) -> Vec<f64> {
    (0..n).map(|i| parts.iter().map(|(a, f)| a * (TAU * f * i as f64 / RATE.0 + a).cos()).sum()).collect()
}

fn decompose(params: SuccessiveVmdParams, record: &[f64]) -> (Vec<f64>, SuccessiveDecomposition) {
    let plan = params.plan::<f64>(RATE, record.len()).unwrap();
    let (mut modes, mut report) = (vec![0.0; plan.output_len()], SuccessiveDecomposition::default());
    plan.process(record, &mut modes, &mut report, &mut Scratch::new()).unwrap();
    (modes, report)
}

#[test]
fn the_tones_of_a_mixture_are_found_without_saying_how_many() {
    let all = [(1.0, 50.0), (0.6, 130.0), (0.8, 310.0), (0.5, 420.0)];
    for count in 1..=4 {
        let record = tones(1024, &all[..count]);
        for start in [SuccessiveStart::default(), SuccessiveStart::Peak] {
            let params = SuccessiveVmdParams { start, ..Default::default() };
            let (modes, report) = decompose(params, &record);
            let found = &report.decomposition.modes;
            assert_eq!(found.len(), count, "{start:?} {report:?}");
            assert_eq!(report.stop, SuccessiveStop::Residual);
            assert!(report.decomposition.converged && report.residual_share <= 0.01);
            for (row, (mode, (a, f))) in found.iter().zip(&all[..count]).enumerate() {
                assert!((mode.centre.0 - f).abs() < 0.5, "{start:?} {report:?}");
                let tone = tones(1024, &[(*a, *f)]);
                let mut off = 0.0_f64;
                for n in 100..924 {
                    off = off.max((modes[row * 1024 + n] - tone[n]).abs());
                }
                assert!(off < 0.1 * a, "{start:?} {f} Hz: {off}");
            }
            // The order in which they were found is that of their power, or of their pull; each once.
            let mut places: Vec<usize> = report.decomposition.places().collect();
            places.sort_unstable();
            assert_eq!(places, (0..count).collect::<Vec<_>>());
        }
    }
}

#[test]
fn in_noise_the_peak_start_finds_the_tones_first_and_small_modes_end_it() {
    let noise = golden::input("noise4096");
    let clean = tones(2048, &[(1.0, 50.0), (0.6, 130.0), (0.8, 310.0)]);
    let record: Vec<f64> = clean.iter().zip(&noise).map(|(x, e)| x + 0.2 * e).collect();
    let params = SuccessiveVmdParams {
        start: SuccessiveStart::Peak,
        residual_share: 0.0,
        smallest_share: 0.02,
        ..Default::default()
    };
    let (_, report) = decompose(params, &record);
    assert_eq!(report.stop, SuccessiveStop::SmallMode);
    let centres: Vec<f64> = report.decomposition.centres().map(|c| c.0).collect();
    assert_eq!(centres.len(), 3, "{centres:?}");
    assert!(centres.iter().zip([50.0, 130.0, 310.0]).all(|(c, f)| (c - f).abs() < 0.5), "{centres:?}");
}

#[test]
fn the_residual_shrinks_with_every_mode_and_the_number_of_modes_is_kept() {
    let record = &golden::input("cwru_ir007_4096")[..1000];
    let mut last = 1.0;
    for max_modes in 1..6 {
        let params = SuccessiveVmdParams { max_modes, residual_share: 0.0, ..Default::default() };
        let (_, report) = decompose(params, record);
        assert_eq!((report.stop, report.decomposition.modes.len()), (SuccessiveStop::MostModes, max_modes));
        assert!(report.residual_share < last);
        last = report.residual_share;
    }
}

#[test]
fn single_precision_finds_the_same_centres() {
    let record = tones(999, &[(1.0, 50.0), (0.6, 130.0)]);
    let narrow: Vec<f32> = record.iter().map(|x| *x as f32 * 1e30).collect();
    let (_, wide) = decompose(SuccessiveVmdParams::default(), &record);
    let plan = SuccessiveVmdParams::default().plan::<f32>(RATE, 999).unwrap();
    let (mut modes, mut report) = (vec![0.0; plan.output_len()], SuccessiveDecomposition::default());
    plan.process(&narrow, &mut modes, &mut report, &mut Scratch::new()).unwrap();
    assert!(modes.iter().all(|x| x.is_finite()));
    assert_eq!(report.decomposition.modes.len(), 2);
    for (a, b) in wide.decomposition.centres().zip(report.decomposition.centres()) {
        assert!((a.0 - b.0).abs() < 1e-3);
    }
}

#[test]
fn impossible_successive_parameters_are_refused() {
    let refused = |change: &dyn Fn(&mut SuccessiveVmdParams), name: &str| {
        let mut params = SuccessiveVmdParams::default();
        change(&mut params);
        let error = params.plan::<f64>(RATE, 100).unwrap_err().to_string();
        assert!(error.contains(name), "{error}");
    };
    refused(&|p| p.max_modes = 0, "max_modes");
    refused(&|p| p.max_modes = 2000, "max_modes");
    refused(&|p| p.alpha = Alpha::Vmdpy(f64::NAN), "alpha");
    refused(&|p| p.start = SuccessiveStart::Growing(0.0), "start");
    refused(&|p| p.residual_share = -0.1, "residual_share");
    refused(&|p| p.smallest_share = f64::NAN, "smallest_share");
    refused(&|p| p.centre_tolerance = f64::NAN, "centre_tolerance");
    refused(&|p| p.max_sweeps = 0, "max_sweeps");
    assert!(SuccessiveVmdParams::default().plan::<f64>(RATE, 0).is_err());
    let plan = SuccessiveVmdParams::default().plan::<f64>(RATE, 2).unwrap();
    let mut report = SuccessiveDecomposition::default();
    assert!(plan.process(&[1.0, f64::NAN], &mut [0.0; 20], &mut report, &mut Scratch::new()).is_err());
}

#[test]
fn warm_successive_decompositions_allocate_nothing() {
    let record: Vec<f32> = tones(512, &[(1.0, 50.0), (0.6, 130.0)]).iter().map(|x| *x as f32).collect();
    let plan = SuccessiveVmdParams::default().plan::<f32>(RATE, 512).unwrap();
    let (mut modes, mut scratch) = (vec![0.0; plan.output_len()], Scratch::new());
    let mut report = SuccessiveDecomposition::default();
    let allocations =
        allocations_when_warm(|| plan.process(&record, &mut modes, &mut report, &mut scratch).unwrap());
    assert_eq!(allocations, 0);
}

#[test]
fn every_objective_chooses_from_a_table_of_all_that_was_tried() {
    let record = tones(600, &[(1.0, 60.0), (0.7, 210.0), (0.5, 400.0)]);
    let noise = golden::input("noise4096");
    let segments: Vec<Vec<f64>> =
        (0..2).map(|s| record.iter().zip(&noise[s * 600..]).map(|(x, e)| x + 0.05 * e).collect()).collect();
    let segments: Vec<&[f64]> = segments.iter().map(Vec::as_slice).collect();
    for objective in [
        SelectionObjective::EnvelopeEntropy,
        SelectionObjective::Kurtosis,
        SelectionObjective::SampleEntropy,
        SelectionObjective::CentreSeparation,
        SelectionObjective::EnergyLoss { most: 0.05 },
    ] {
        let grid = VmdSelection {
            modes: vec![2, 3, 4, 5],
            alphas: vec![Alpha::Vmdpy(500.0), Alpha::Vmdpy(2000.0)],
            by: objective,
            max_sweeps: 200,
            ..VmdSelection::default()
        };
        let chosen = grid.select(RATE, &segments).unwrap();
        let order: Vec<_> = chosen.tried.iter().map(|t| (t.alpha, t.modes)).collect();
        let want: Vec<_> = grid.alphas.iter().flat_map(|a| grid.modes.iter().map(|k| (*a, *k))).collect();
        assert_eq!(order, want);
        let row = &chosen.tried[chosen.row];
        assert_eq!((row.modes, row.alpha), (chosen.params.modes, chosen.params.alpha));
        assert_eq!(chosen.params.max_sweeps, 200);
        let value = row.objective.unwrap();
        let values = || chosen.tried.iter().filter_map(|t| t.objective);
        match objective {
            SelectionObjective::Kurtosis => assert!(values().all(|v| v <= value)),
            SelectionObjective::EnvelopeEntropy | SelectionObjective::SampleEntropy => {
                assert!(values().all(|v| v >= value));
            }
            SelectionObjective::EnergyLoss { .. } => assert_eq!(row.modes, 3, "{chosen:?}"),
            SelectionObjective::CentreSeparation => assert!(value >= 1.0, "{chosen:?}"),
        }
        // One thread gives the same bits as many.
        let pool = rayon_pool(1);
        assert_eq!(pool.install(|| grid.select(RATE, &segments)).unwrap(), chosen);
    }
}

#[test]
fn a_record_is_decomposed_by_the_pair_that_is_chosen_for_it_without_allocating() {
    let noise = golden::input("noise4096");
    let record: Vec<f64> =
        tones(300, &[(1.0, 60.0), (0.7, 210.0)]).iter().zip(&noise).map(|(x, e)| x + 0.05 * e).collect();
    for by in [
        SelectionObjective::EnvelopeEntropy,
        SelectionObjective::Kurtosis,
        SelectionObjective::SampleEntropy,
        SelectionObjective::CentreSeparation,
        SelectionObjective::EnergyLoss { most: 0.05 },
    ] {
        let grid = VmdSelection {
            modes: vec![2, 3, 5],
            alphas: vec![Alpha::Vmdpy(500.0), Alpha::Vmdpy(2000.0)],
            by,
            max_sweeps: 100,
            ..VmdSelection::default()
        };
        let plan = grid.plan::<f64>(RATE, record.len()).unwrap();
        let (mut modes, mut scratch) = (vec![f64::NAN; plan.output_len()], Scratch::new());
        let mut report = SelectedDecomposition::default();
        let allocations =
            allocations_when_warm(|| plan.process(&record, &mut modes, &mut report, &mut scratch).unwrap());
        assert_eq!(allocations, 0, "{by:?}");
        let of_one = grid.select(RATE, &[&record]).unwrap();
        assert_eq!((report.row, report.why, &report.tried), (of_one.row, of_one.why, &of_one.tried));
        let (alone, decomposition) =
            of_one.params.plan::<f64>(RATE, record.len()).unwrap().decompose(&record).unwrap();
        let used = alone.as_slice().unwrap();
        assert_eq!(report.decomposition, decomposition);
        assert_eq!(&modes[..used.len()], used, "{by:?}");
        assert!(modes[used.len()..].iter().all(|x| *x == 0.0), "{by:?}");
    }
}

#[test]
fn the_reason_of_a_choice_is_told() {
    let chosen = |modes: &[usize], by| {
        let record = tones(600, &[(1.0, 60.0), (0.7, 210.0), (0.5, 400.0)]);
        let alphas = vec![Alpha::Vmdpy(2000.0)];
        let grid = VmdSelection { modes: modes.to_vec(), alphas, by, ..VmdSelection::default() };
        let plan = grid.plan::<f64>(RATE, record.len()).unwrap();
        let (mut output, mut report) = (vec![0.0; plan.output_len()], SelectedDecomposition::default());
        plan.process(&record, &mut output, &mut report, &mut Scratch::new()).unwrap();
        (report.chosen().unwrap().modes, report.why)
    };
    use SelectionReason as Why;
    assert_eq!(chosen(&[2, 3], SelectionObjective::Kurtosis).1, Why::Most);
    assert_eq!(chosen(&[2, 3], SelectionObjective::EnvelopeEntropy).1, Why::Least);
    assert_eq!(chosen(&[2, 3, 4], SelectionObjective::EnergyLoss { most: 0.05 }), (3, Why::FirstWithin));
    assert_eq!(chosen(&[1, 2], SelectionObjective::EnergyLoss { most: 0.01 }), (2, Why::NoneWithin));
    assert_eq!(chosen(&[2, 3], SelectionObjective::CentreSeparation), (3, Why::NeverSplit));
    assert_eq!(chosen(&[2, 60], SelectionObjective::CentreSeparation), (2, Why::LastBeforeSplit));
    assert_eq!(chosen(&[60], SelectionObjective::CentreSeparation), (60, Why::SplitAtOnce));
}

#[test]
fn a_record_of_zeros_is_decomposed_by_the_first_pair_and_says_so() {
    let plan = VmdSelection::default().plan::<f32>(RATE, 64).unwrap();
    let (mut modes, mut report) = (vec![f32::NAN; plan.output_len()], SelectedDecomposition::default());
    plan.process(&[0.0; 64], &mut modes, &mut report, &mut Scratch::new()).unwrap();
    assert_eq!((report.row, report.why), (0, SelectionReason::NoValue));
    assert!(modes.iter().all(|x| *x == 0.0));
}

fn rayon_pool(threads: usize) -> rayon::ThreadPool {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap()
}

#[test]
fn an_impossible_choice_is_refused() {
    let refused = |grid: VmdSelection, segments: &[&[f64]], text: &str| {
        let error = grid.select(RATE, segments).unwrap_err().to_string();
        assert!(error.contains(text), "{error}");
    };
    let one = [1.0, 2.0, -1.0, 0.5];
    refused(VmdSelection::default(), &[], "training data");
    refused(VmdSelection { modes: vec![], ..Default::default() }, &[&one], "grid");
    refused(VmdSelection { modes: vec![3, 2], ..Default::default() }, &[&one], "ascend");
    refused(VmdSelection::default(), &[&one, &one[..3]], "another length");
    refused(VmdSelection::default(), &[&[0.0; 64]], "no pair");
    refused(VmdSelection::default(), &[&[f64::NAN; 64]], "segment 0");
    let by = SelectionObjective::EnergyLoss { most: 2.0 };
    refused(VmdSelection { by, ..Default::default() }, &[&one], "most");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn successive_modes_and_residual_sum_to_the_record(
        samples in prop::collection::vec(-1.0..1.0_f64, 1..200), max_modes in 1_usize..6, peak in any::<bool>(),
        gain in prop::sample::select(vec![1.0, 1e-30, 1e30, 1e200]),
    ) {
        let record: Vec<f64> = samples.iter().map(|x| x * gain).collect();
        let start = if peak { SuccessiveStart::Peak } else { SuccessiveStart::default() };
        let params = SuccessiveVmdParams { max_modes, start, max_sweeps: 50, ..Default::default() };
        let plan = params.plan::<f64>(RATE, record.len()).unwrap();
        let (mut modes, mut report) = (vec![0.0; plan.output_len()], SuccessiveDecomposition::default());
        plan.process(&record, &mut modes, &mut report, &mut Scratch::new()).unwrap();
        let mut residual = vec![0.0; record.len()];
        plan.residual(&record, &modes, &mut residual).unwrap();
        let energy = |x: &[f64]| x.iter().map(|v| (v / gain).powi(2)).sum::<f64>();
        for n in 0..record.len() {
            let sum: f64 = modes.chunks_exact(record.len()).map(|mode| mode[n]).sum();
            prop_assert!((sum + residual[n] - record[n]).abs() <= 1e-12 * gain);
        }
        // Parseval holds for the DCT but for its first coefficient, which counts twice here.
        prop_assert!(report.residual_share.is_finite() && report.residual_share <= 1.0 + 1e-12);
        prop_assert!(energy(&residual) <= 2.0 * report.residual_share * energy(&record) * (1.0 + 1e-9) + 1e-20);
        let centres: Vec<f64> = report.decomposition.centres().map(|c| c.0).collect();
        prop_assert!(centres.windows(2).all(|pair| pair[0] <= pair[1]));
        prop_assert!(centres.iter().all(|c| (0.0..=500.0).contains(c)));
        let found = centres.len() * record.len();
        prop_assert!(modes[found..].iter().all(|x| *x == 0.0));
    }

    #[test]
    fn constants_and_short_records_have_finite_successive_modes(
        len in 1_usize..5, value in prop::sample::select(vec![0.0, 2.5, -1e30]), peak in any::<bool>(),
    ) {
        let start = if peak { SuccessiveStart::Peak } else { SuccessiveStart::default() };
        let (modes, report) = decompose(SuccessiveVmdParams { start, ..Default::default() }, &vec![value; len]);
        prop_assert_eq!(report.decomposition.modes.len(), usize::from(value != 0.0));
        prop_assert!(report.decomposition.modes.iter().all(|mode| mode.centre.0.abs() < 1e-6));
        prop_assert!(modes[..len].iter().all(|x| (x - value).abs() <= 1e-12 * value.abs()));
    }
}
