//! Recursive and finite filters: SciPy's numbers, gains, phases, ends.

use crate::{allocation::allocations_when_warm, golden};

use brinell_signal::{
    Hertz, Scratch,
    filter::{FilterKind, FilterParams, FilterPlan, FirParams, FirPlan, Section, Sections, SectionsState},
    fourier::Window,
};
use proptest::prelude::*;

/// Kind and edges of a golden case; `rate` is that of the edges.
fn params_of(case: &golden::Case) -> FilterParams {
    let wn = &case.params["wn"];
    let edge = |value: &serde_json::Value| Some(Hertz(value.as_f64().unwrap()));
    let order = case.integer("order");
    let base = FilterParams { order, ..FilterParams::default() };
    match case.text("btype") {
        "lowpass" => FilterParams { kind: FilterKind::LowPass, high: edge(wn), ..base },
        "highpass" => FilterParams { kind: FilterKind::HighPass, low: edge(wn), ..base },
        "bandpass" => FilterParams { low: edge(&wn[0]), high: edge(&wn[1]), ..base },
        "bandstop" => {
            FilterParams { kind: FilterKind::BandStop, low: edge(&wn[0]), high: edge(&wn[1]), ..base }
        }
        other => panic!("{other}"),
    }
}

fn run(plan: &FilterPlan<f64>, input: &[f64]) -> Vec<f64> {
    let mut output = vec![0.0; input.len()];
    plan.process(input, &mut output, &mut Scratch::new()).unwrap();
    output
}

#[test]
fn gains_of_butterworth_filters_equal_scipy() {
    let cases = golden::cases("butter_sos");
    assert_eq!(cases.len(), 5);
    for case in cases {
        let rate = Hertz(case.number("fs"));
        let plan = params_of(&case).plan::<f64>(rate, 1).unwrap();
        let gain: Vec<f64> = (0..64)
            .map(|k| plan.sections().response(Hertz(rate.0 * f64::from(k) / 128.0), rate).norm())
            .collect();
        case.check("gain", &gain);
        // The same sections too, in whatever order.
        let mut got: Vec<Vec<f64>> = plan.sections().list().iter().map(|s| vec![s.a[0], s.a[1]]).collect();
        let mut want: Vec<Vec<f64>> = case.want("sos").chunks(6).map(|s| vec![s[4], s[5]]).collect();
        let by_value = |a: &Vec<f64>, b: &Vec<f64>| a.partial_cmp(b).unwrap();
        got.sort_by(by_value);
        want.sort_by(by_value);
        for (got, want) in got.iter().zip(&want) {
            assert!(got.iter().zip(want).all(|(g, w)| (g - w).abs() < 1e-9), "{}: {got:?} {want:?}", case.id);
        }
    }
}

#[test]
fn filtered_records_equal_scipy() {
    for (function, zero_phase) in [("sosfilt", false), ("sosfiltfilt", true)] {
        let cases = golden::cases(function);
        assert_eq!(cases.len(), 5);
        for case in cases {
            let input = &case.input(0)[..case.integer("n")];
            let params = FilterParams { zero_phase, ..params_of(&case) };
            let rate = Hertz(case.number("fs"));
            case.check("y", &run(&params.plan(rate, input.len()).unwrap(), input));
            let narrow: Vec<f32> = input.iter().map(|x| *x as f32).collect();
            let mut output = vec![0.0_f32; narrow.len()];
            let plan = params.plan::<f32>(rate, narrow.len()).unwrap();
            plan.process(&narrow, &mut output, &mut Scratch::new()).unwrap();
            let output: Vec<f64> = output.iter().map(|y| f64::from(*y)).collect();
            case.check_looser("y", &output, if zero_phase { 10.0 } else { 100.0 });
        }
    }
}

#[test]
fn a_filter_of_order_three_equals_scipy_in_the_form_of_polynomials() {
    let case = &golden::cases("filtfilt")[0];
    let rate = Hertz(2.0);
    let params =
        FilterParams { order: case.integer("order"), ..FilterParams::low_pass(Hertz(case.number("wn_nyq"))) };
    let input = case.input(0);
    let plan = params.plan::<f64>(rate, input.len()).unwrap();
    let (b, a) = plan.sections().polynomials();
    case.check("b", &b);
    case.check("a", &a);
    assert_eq!(plan.padding(), case.integer("padlen"));
    case.check("y", &run(&plan, &input));
}

#[test]
fn steady_states_equal_scipy() {
    let case = &golden::cases("sosfilt_zi")[0];
    let params =
        FilterParams { order: case.integer("order"), ..FilterParams::low_pass(Hertz(case.number("wn_nyq"))) };
    let plan = params.plan::<f64>(Hertz(2.0), 1).unwrap();
    let (sections, mut state) = (plan.sections(), plan.sections().steady_state());
    // What the state says is that a constant passes without a transient.
    let mut output = [0.0_f64; 50];
    sections.filter(&[1.0; 50], &mut output, &mut state).unwrap();
    assert!(output.iter().all(|y| (y - 1.0).abs() < 1e-12));
    case.check("zi", &sections.steady_state().values().concat());
}

#[test]
fn finite_filters_equal_scipy() {
    let cases = golden::cases("firwin");
    assert_eq!(cases.len(), 4);
    for case in cases {
        let cut = &case.params["cutoff_nyq"];
        let edge = |value: &serde_json::Value| Some(Hertz(value.as_f64().unwrap()));
        let (kind, low, high) = match (cut.as_array(), case.params["pass_zero"].as_str()) {
            (Some(edges), _) => (FilterKind::BandPass, edge(&edges[0]), edge(&edges[1])),
            (None, Some(_)) => (FilterKind::HighPass, edge(cut), None),
            (None, None) => (FilterKind::LowPass, None, edge(cut)),
        };
        let window = if case.id == "firwin_kaiser" { Window::Kaiser { beta: 6.0 } } else { Window::Hamming };
        let params = FirParams { kind, low, high, taps: case.integer("numtaps"), window, zero_phase: false };
        case.check("h", &params.design(Hertz(2.0)).unwrap());
        let input = &case.input(0)[..500];
        let plan = params.plan::<f64>(Hertz(2.0), 500).unwrap();
        let mut output = vec![0.0; 500];
        plan.process(input, &mut output, &mut Scratch::new()).unwrap();
        case.check("y", &output);
        let narrow: Vec<f32> = input.iter().map(|x| *x as f32).collect();
        let mut output = vec![0.0_f32; 500];
        params
            .plan::<f32>(Hertz(2.0), 500)
            .unwrap()
            .process(&narrow, &mut output, &mut Scratch::new())
            .unwrap();
        case.check_looser("y", &output.iter().map(|y| f64::from(*y)).collect::<Vec<_>>(), 1e5);
    }
}

#[test]
fn long_finite_filters_through_ffts_equal_the_sum_of_products() {
    let record: Vec<f64> = (0..700).map(|n| ((n * n) as f64 * 0.01).sin() + 0.5).collect();
    for zero_phase in [false, true] {
        let taps = FirParams {
            taps: 401,
            ..FirParams { low: Some(Hertz(50.0)), high: Some(Hertz(90.0)), ..FirParams::default() }
        }
        .design(Hertz(1000.0))
        .unwrap();
        let plan = FirPlan::<f64>::new(taps.clone(), zero_phase, 700).unwrap();
        let mut output = vec![0.0; 700];
        plan.process(&record, &mut output, &mut Scratch::new()).unwrap();
        let delay: isize = if zero_phase { 200 } else { 0 };
        for n in 0..700_isize {
            let want: f64 = (0..401_isize)
                .map(|k| {
                    let at = n + delay - k;
                    let x = match at {
                        ..0 if zero_phase => 2.0 * record[0] - record[at.unsigned_abs()],
                        700.. => 2.0 * record[699] - record[(1398 - at) as usize],
                        ..0 => 0.0,
                        _ => record[at as usize],
                    };
                    taps[k as usize] * x
                })
                .sum();
            assert!((output[n as usize] - want).abs() < 1e-12, "{n}");
        }
    }
}

#[test]
fn zero_phase_squares_the_gain_and_gives_a_symmetric_response_to_an_impulse() {
    let rate = Hertz(1000.0);
    let params = FilterParams::band_pass(Hertz(100.0), Hertz(200.0));
    let plan = params.plan::<f64>(rate, 2001).unwrap();
    let mut impulse = vec![0.0; 2001];
    impulse[1000] = 1.0;
    let response = run(&plan, &impulse);
    for n in 0..=1000 {
        assert!((response[1000 - n] - response[1000 + n]).abs() < 1e-13);
    }
    let gain = |f: f64| -> f64 {
        response
            .iter()
            .enumerate()
            .map(|(n, y)| y * (std::f64::consts::TAU * f / 1000.0 * (n as f64 - 1000.0)).cos())
            .sum()
    };
    for f in [50.0, 100.0, 150.0, 200.0, 300.0] {
        let want = plan.sections().response(Hertz(f), rate).norm_sqr();
        assert!((gain(f) - want).abs() < 1e-9, "{f}");
    }
    assert!((gain(100.0) - 0.5).abs() < 1e-9);
}

#[test]
fn constants_pass_a_low_pass_and_stop_at_a_high_pass_at_any_length() {
    for len in [1, 2, 3, 4, 10, 27, 28, 500] {
        let record = vec![2.5; len];
        let low = run(&FilterParams::low_pass(Hertz(100.0)).plan(Hertz(1000.0), len).unwrap(), &record);
        assert!(low.iter().all(|y| (y - 2.5).abs() < 1e-10), "{len}: {low:?}");
        let high = run(&FilterParams::high_pass(Hertz(100.0)).plan(Hertz(1000.0), len).unwrap(), &record);
        assert!(high.iter().all(|y| y.abs() < 1e-10), "{len}: {high:?}");
        let zeros =
            run(&FilterParams::high_pass(Hertz(1.0)).plan(Hertz(1000.0), len).unwrap(), &vec![0.0; len]);
        assert!(zeros.iter().all(|y| *y == 0.0));
        let fir = FirParams {
            kind: FilterKind::LowPass,
            high: Some(Hertz(100.0)),
            taps: 31,
            ..FirParams::default()
        };
        let mut output = vec![0.0; len];
        fir.plan(Hertz(1000.0), len).unwrap().process(&record, &mut output, &mut Scratch::new()).unwrap();
        assert!(output.iter().all(|y| (y - 2.5).abs() < 1e-12));
    }
}

#[test]
fn huge_samples_stay_finite_and_damaged_ones_are_refused() {
    let plan = FilterParams::band_pass(Hertz(10.0), Hertz(100.0)).plan::<f32>(Hertz(1000.0), 3).unwrap();
    let mut output = [0.0; 3];
    plan.process(&[1e30, -1e30, 1e30], &mut output, &mut Scratch::new()).unwrap();
    assert!(output.iter().all(|y| y.is_finite()));
    for bad in [f32::NAN, f32::INFINITY] {
        let error = plan.process(&[0.0, bad, 0.0], &mut output, &mut Scratch::new()).unwrap_err().to_string();
        assert!(error.contains("index 1"), "{error}");
    }
}

#[test]
fn a_record_in_pieces_is_filtered_as_a_whole_one() {
    let plan = FilterParams { zero_phase: false, ..FilterParams::band_pass(Hertz(10.0), Hertz(100.0)) }
        .plan::<f64>(Hertz(1000.0), 1000)
        .unwrap();
    let record: Vec<f64> = (0..1000).map(|n| (n as f64 * 0.3).sin()).collect();
    let whole = run(&plan, &record);
    let mut state = SectionsState::default();
    let mut pieces = vec![0.0; 1000];
    for (x, y) in record.chunks(137).zip(pieces.chunks_mut(137)) {
        plan.sections().filter(x, y, &mut state).unwrap();
    }
    assert_eq!(whole, pieces);
}

#[test]
fn a_warm_filter_allocates_nothing() {
    fn check<T: brinell_signal::Sample>() {
        let mut scratch = Scratch::<T>::new();
        let (input, mut output) = (vec![T::default(); 600], vec![T::default(); 600]);
        let filter =
            FilterParams::band_pass(Hertz(10.0), Hertz(100.0)).plan::<T>(Hertz(1000.0), 600).unwrap();
        let band = FirParams { low: Some(Hertz(10.0)), high: Some(Hertz(100.0)), ..FirParams::default() };
        let short = band.plan::<T>(Hertz(1000.0), 600).unwrap();
        let long = FirParams { taps: 501, ..band }.plan::<T>(Hertz(1000.0), 600).unwrap();
        let count = allocations_when_warm(|| {
            filter.process(&input, &mut output, &mut scratch).unwrap();
            short.process(&input, &mut output, &mut scratch).unwrap();
            long.process(&input, &mut output, &mut scratch).unwrap();
        });
        assert_eq!(count, 0);
    }
    check::<f32>();
    check::<f64>();
}

#[test]
fn impossible_filters_are_refused_and_say_why() {
    let refused =
        |params: FilterParams| params.plan::<f64>(Hertz(1000.0), 100).map(|_| ()).unwrap_err().to_string();
    assert!(refused(FilterParams::default()).contains("missing"));
    assert!(
        refused(FilterParams { low: Some(Hertz(1.0)), ..FilterParams::low_pass(Hertz(5.0)) })
            .contains("no such edge")
    );
    assert!(refused(FilterParams::low_pass(Hertz(500.0))).contains("below 500"));
    assert!(refused(FilterParams::low_pass(Hertz(f64::NAN))).contains("high"));
    assert!(refused(FilterParams::band_pass(Hertz(50.0), Hertz(20.0))).contains("rise"));
    assert!(refused(FilterParams { order: 0, ..FilterParams::low_pass(Hertz(5.0)) }).contains("order"));
    assert!(refused(FilterParams { order: 25, ..FilterParams::low_pass(Hertz(5.0)) }).contains("order"));
    assert!(refused(FilterParams { order: 24, ..FilterParams::low_pass(Hertz(1e-9)) }).contains("resample"));
    assert!(FilterParams::low_pass(Hertz(5.0)).plan::<f64>(Hertz(0.0), 100).is_err());
    assert!(FilterParams::low_pass(Hertz(5.0)).plan::<f64>(Hertz(1000.0), 0).is_err());
    assert!(Sections::new(vec![]).is_err());
    assert!(Sections::new(vec![Section { b: [1.0; 3], a: [0.0, 1.0] }]).is_err());
    let fir = |params: FirParams| params.plan::<f64>(Hertz(1000.0), 100).map(|_| ()).unwrap_err().to_string();
    let high = FirParams { kind: FilterKind::HighPass, low: Some(Hertz(100.0)), ..FirParams::default() };
    assert!(fir(FirParams { taps: 30, ..high }).contains("odd"));
    assert!(fir(FirParams { taps: 0, ..high }).contains("taps"));
    assert!(fir(FirParams { taps: usize::MAX, ..high }).contains("taps"));
}

#[test]
fn parameters_are_written_and_read_back() {
    let params = FilterParams::band_pass(Hertz(10.0), Hertz(1000.0));
    let text = serde_json::to_string(&params).unwrap();
    assert_eq!(serde_json::from_str::<FilterParams>(&text).unwrap(), params);
    let short: FilterParams = serde_json::from_str(r#"{"kind":"high-pass","low":10.0}"#).unwrap();
    assert_eq!(short, FilterParams::high_pass(Hertz(10.0)));
    assert!(serde_json::from_str::<FilterParams>(r#"{"cutoff":10.0}"#).is_err());
}

fn any_filter() -> impl Strategy<Value = FilterParams> {
    (0usize..4, 0.02..0.4_f64, 1.1..3.0_f64, 1usize..9, any::<bool>()).prop_map(
        |(kind, low, ratio, order, zero_phase)| {
            let (low, high) = (Some(Hertz(low * 500.0)), Some(Hertz((low * ratio).min(0.95) * 500.0)));
            let kind =
                [FilterKind::LowPass, FilterKind::HighPass, FilterKind::BandPass, FilterKind::BandStop][kind];
            FilterParams {
                kind,
                low: low.filter(|_| kind != FilterKind::LowPass),
                high: high.filter(|_| kind != FilterKind::HighPass),
                order,
                zero_phase,
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn filters_are_linear_and_lose_three_decibels_at_their_edges(
        params in any_filter(), a in -2.0..2.0_f64, seed in 0u32..1000, len in 1usize..300,
    ) {
        let plan = params.plan::<f64>(Hertz(1000.0), len).unwrap();
        for edge in params.low.iter().chain(&params.high) {
            let gain = plan.sections().response(*edge, Hertz(1000.0)).norm();
            prop_assert!((gain - 0.5_f64.sqrt()).abs() < 1e-6);
        }
        let x: Vec<f64> = (0..len).map(|n| ((n as f64 + f64::from(seed)) * 1.7).sin()).collect();
        let y: Vec<f64> = (0..len).map(|n| ((n as f64 * f64::from(seed)) * 0.37).cos()).collect();
        let both: Vec<f64> = x.iter().zip(&y).map(|(x, y)| a * x + y).collect();
        let (fx, fy, fboth) = (run(&plan, &x), run(&plan, &y), run(&plan, &both));
        for ((fx, fy), fboth) in fx.iter().zip(&fy).zip(&fboth) {
            prop_assert!((a * fx + fy - fboth).abs() < 1e-9);
        }
    }

    #[test]
    fn a_delayed_record_gives_a_delayed_output(params in any_filter(), delay in 1usize..50) {
        let params = FilterParams { zero_phase: false, ..params };
        let plan = params.plan::<f64>(Hertz(1000.0), 300).unwrap();
        let x: Vec<f64> = (0..300).map(|n| (n as f64 * n as f64 * 0.01).sin()).collect();
        let mut later = vec![0.0; 300];
        later[delay..].copy_from_slice(&x[..300 - delay]);
        let (now, then) = (run(&plan, &x), run(&plan, &later));
        for n in delay..300 {
            prop_assert!((now[n - delay] - then[n]).abs() < 1e-10);
        }
    }

    #[test]
    fn no_parameters_panic(low in any::<f64>(), high in any::<f64>(), order in 0usize..30, kind in 0usize..4, rate in any::<f64>()) {
        let kind = [FilterKind::LowPass, FilterKind::HighPass, FilterKind::BandPass, FilterKind::BandStop][kind];
        let params = FilterParams {
            kind,
            low: Some(Hertz(low)).filter(|_| kind != FilterKind::LowPass),
            high: Some(Hertz(high)).filter(|_| kind != FilterKind::HighPass),
            order, zero_phase: true,
        };
        if let Ok(plan) = params.plan::<f64>(Hertz(rate), 50) {
            let mut output = vec![0.0; 50];
            plan.process(&[1.0; 50], &mut output, &mut Scratch::new()).unwrap();
            prop_assert!(output.iter().all(|y| y.is_finite()));
        }
    }
}
