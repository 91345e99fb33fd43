//! Pipelines that follow the shaft, look for a bearing's faults, or take several sensors.
#![allow(clippy::unwrap_used)]

use crate::golden;

use brinell_signal::{
    BearingGeometry, BearingOrders, Context, FaultKind, Hertz, Millimetres, Pipeline, PipelinePlan, Scratch,
    Step,
    band::{CombBands, CombGram, CombGramParams},
    cyclic::IesfogramParams,
    pipeline::{ImpulseTrain, Quantity},
    rotation::{GivenSpeed, Interpolation},
    separation::MomedaParams,
    simulate::{SimulatedFault, Simulation},
    vmd::VmdParams,
};
use std::f64::consts::TAU;

const RATE: Hertz = Hertz(12_000.0);
const SHAFT: Hertz = Hertz(29.95);

fn bearing() -> BearingGeometry {
    BearingGeometry::new(9, Millimetres(7.94), Millimetres(39.04), 0.0).unwrap()
}

fn orders() -> BearingOrders {
    bearing().orders()
}

fn context() -> Context {
    Context { shaft: Some(SHAFT), orders: Some(orders()) }
}

fn damaged(kind: FaultKind) -> Vec<f32> {
    let machine = Simulation {
        fault: Some(SimulatedFault { kind, amplitude: 1.0, angle_deg: 0.0 }),
        ..Simulation::new(RATE, 16_384.0 / RATE.0, SHAFT, bearing())
    };
    machine.simulate().unwrap().samples
}

fn pipeline(steps: &str) -> Pipeline {
    serde_json::from_str(steps).unwrap()
}

fn run(plan: &PipelinePlan, segment: &[f32], context: &Context) -> Vec<f32> {
    let mut output = vec![0.0; plan.output_len()];
    plan.process(segment, context, &mut output, &mut plan.scratch()).unwrap();
    output
}

fn largest(values: &[f32]) -> usize {
    (0..values.len()).max_by(|a, b| values[*a].total_cmp(&values[*b])).unwrap()
}

#[test]
fn behind_order_tracking_a_run_up_is_one_line_and_axes_are_orders() {
    // Speed 10 to 30 Hz in 4 s: 10 t + 2.5 t² revolutions. A tone at order 5.
    let run_up: Vec<f32> = (0..48_000)
        .map(|n| {
            let t = f64::from(n) / RATE.0;
            (TAU * 5.0 * (10.0 * t + 2.5 * t * t)).cos() as f32
        })
        .collect();
    let steps = pipeline(
        r#"[{"step":"order-tracking","speed":[[0.0,10.0],[4.0,30.0]],"samples_per_revolution":32},
            {"step":"amplitude-spectrum"}]"#,
    );
    let plan = steps.plan(RATE, run_up.len()).unwrap();
    let axes = plan.output_axes();
    assert_eq!(axes[0].quantity, Quantity::Order);
    let lines = run(&plan, &run_up, &Context::default());
    let peak = largest(&lines);
    assert!((axes[0].values[peak] - 5.0).abs() < 1e-9 && (lines[peak] - 1.0).abs() < 0.01);
    assert!((axes[0].values.last().unwrap() - 16.0).abs() < 1e-9);
    assert_eq!(steps.output_unit("g"), "g");

    let angle = pipeline(r#"[{"step":"order-tracking","speed":20.0},{"step":"stft"}]"#);
    let kinds: Vec<Quantity> =
        angle.plan(RATE, 48_000).unwrap().output_axes().iter().map(|axis| axis.quantity).collect();
    assert_eq!(kinds, [Quantity::Channel, Quantity::Order, Quantity::Angle]);
}

#[test]
fn a_speed_that_is_not_said_is_taken_from_the_machine_or_asked_for() {
    let steps = pipeline(r#"[{"step":"order-tracking"},{"step":"synchronous-average"}]"#);
    let message = steps.plan(RATE, 12_000).unwrap_err().to_string();
    assert!(message.starts_with("step 1 (order-tracking)") && message.contains("shaft speed"), "{message}");
    let told = steps.clone().at_speed(&GivenSpeed::Constant(Hertz(25.0)));
    assert_eq!(told.plan(RATE, 12_000).unwrap().output_shape(), [64]);
    let other = told.clone().at_speed(&GivenSpeed::Constant(Hertz(1.0)));
    assert_eq!(other, told, "what is said stays");
}

#[test]
fn the_synchronous_average_keeps_what_repeats_with_the_shaft() {
    let record: Vec<f32> = (0..24_000)
        .map(|n| {
            let t = f64::from(n) / RATE.0;
            ((TAU * 3.0 * 25.0 * t).cos() + (TAU * 3.37 * 25.0 * t).cos()) as f32
        })
        .collect();
    let plan = pipeline(r#"[{"step":"order-tracking","speed":25.0},{"step":"synchronous-average"}]"#)
        .plan(RATE, record.len())
        .unwrap();
    let average = run(&plan, &record, &Context::default());
    for (i, value) in average.iter().enumerate() {
        let want = (TAU * 3.0 * i as f64 / 64.0).cos();
        assert!((f64::from(*value) - want).abs() < 0.06, "{i}: {value} {want}");
    }
    assert_eq!(plan.output_axes()[0].quantity, Quantity::Angle);
}

#[test]
fn steps_that_need_time_or_angle_refuse_the_other() {
    let refused = |steps: &str| pipeline(steps).plan(RATE, 24_000).map(drop).unwrap_err().to_string();
    let track = r#"{"step":"order-tracking","speed":25.0}"#;
    let message = refused(&format!(r#"[{track},{{"step":"integrate","from":"g"}}]"#));
    assert!(
        message.starts_with("step 2 (integrate)") && message.contains("before order-tracking"),
        "{message}"
    );
    let message = refused(&format!("[{track},{track}]"));
    assert!(message.starts_with("step 2 (order-tracking)"), "{message}");
    let message = refused(r#"[{"step":"synchronous-average"}]"#);
    assert!(message.contains("behind order-tracking"), "{message}");
}

#[test]
fn every_search_for_a_band_sees_the_fault_that_is_there_over_time_and_over_angle() {
    for kind in [FaultKind::Inner, FaultKind::Outer] {
        let record = damaged(kind);
        for before in ["", r#"{"step":"order-tracking","speed":29.95,"samples_per_revolution":400},"#] {
            for (search, order) in [("comb-gram", ""), ("iesfogram", r#","coherence":{"highest":20.0}"#)] {
                // Over angle the highest cyclic frequency is an order.
                let more = if before.is_empty() { "" } else { order };
                let steps = pipeline(&format!(r#"[{before}{{"step":"{search}"{more}}}]"#));
                let plan = steps.plan(RATE, record.len()).unwrap();
                assert!(plan.needs_kinematics());
                let scores = run(&plan, &record, &context());
                assert_eq!(plan.output_axes()[0].quantity, Quantity::Fault);
                let panel = scores.len() / FaultKind::ALL.len();
                let best = FaultKind::ALL[largest(&scores) / panel];
                assert_eq!(best, kind, "{search} {before}");
            }
        }
    }
}

#[test]
fn a_search_over_a_tree_is_a_map_a_fault_whose_pixels_are_the_scores_of_the_bands_they_lie_in() {
    let record = damaged(FaultKind::Outer);
    let plan =
        pipeline(r#"[{"step":"comb-gram","bands":{"tree":{"levels":3}}}]"#).plan(RATE, record.len()).unwrap();
    assert_eq!(plan.output_shape(), [4, 6, 24]);
    let axes = plan.output_axes();
    assert_eq!([1, 2].map(|axis: usize| axes[axis].quantity), [Quantity::Level, Quantity::Frequency]);
    assert!(axes[2].values.windows(2).all(|pair| pair[0] < pair[1]));
    let image = run(&plan, &record, &context());
    let params = CombGramParams { bands: CombBands::Tree { levels: Some(3) }, ..CombGramParams::default() };
    let gram = params.plan::<f32>(RATE, record.len()).unwrap();
    let mut scores = CombGram::default();
    gram.process_faults(&record, &context(), &mut scores, &mut Scratch::new()).unwrap();
    for (band, edges) in gram.bands().iter().enumerate() {
        let level = (RATE.0 / 2.0 / (edges.1.0 - edges.0.0)).log2();
        let row = axes[1].values.iter().position(|value| (value - level).abs() < 1e-9).unwrap();
        for (column, frequency) in axes[2].values.iter().enumerate() {
            if (edges.0.0..edges.1.0).contains(frequency) {
                for fault in 0..4 {
                    assert_eq!(image[(fault * 6 + row) * 24 + column], scores.score(band, fault) as f32);
                }
            }
        }
    }
    let uniform = pipeline(r#"[{"step":"comb-gram","bands":{"uniform":{"count":5}}}]"#);
    assert_eq!(uniform.plan(RATE, record.len()).unwrap().output_shape(), [1, 4, 5]);
}

#[test]
fn the_maps_of_an_iesfogram_show_the_score_of_the_band_that_each_frequency_lies_in() {
    let record = damaged(FaultKind::Outer);
    let plan = pipeline(r#"[{"step":"iesfogram","levels":2}]"#).plan(RATE, record.len()).unwrap();
    assert_eq!(plan.output_shape(), [4, 4, 12]);
    assert_eq!(plan.output_axes()[1].values[..2], [0.0, 1.0]);
    let image = run(&plan, &record, &context());
    let params = IesfogramParams { levels: 2, ..IesfogramParams::default() };
    let search = params.plan::<f32>(RATE, record.len()).unwrap();
    let (mut scores, mut lines) = (vec![0.0; 4 * search.bands().len()], vec![0.0; search.spectrum_len()]);
    let orders = FaultKind::ALL.map(|kind| kind.order(&orders()));
    search.process(&record, (&orders, SHAFT), &mut scores, &mut lines, &mut Scratch::new()).unwrap();
    // Bands: the whole, two halves, three thirds, four quarters. The last third is the sixth band.
    let pixel = |fault: usize, row: usize, column: usize| image[(fault * 4 + row) * 12 + column];
    for fault in 0..4 {
        let score = |band: usize| scores[band * 4 + fault] as f32;
        assert_eq!(
            (pixel(fault, 0, 7), pixel(fault, 1, 5), pixel(fault, 1, 6)),
            (score(0), score(1), score(2))
        );
        assert_eq!(
            (pixel(fault, 2, 8), pixel(fault, 3, 2), pixel(fault, 3, 11)),
            (score(5), score(6), score(9))
        );
    }
}

#[test]
fn images_that_stand_for_faults_or_measures_keep_their_names_through_the_steps_behind() {
    let quantity = |steps: &str| pipeline(steps).plan(RATE, 24_000).unwrap().output_axes()[0].quantity;
    let small = r#"{"step":"image","rows":4,"columns":4},{"step":"normalise-image"}"#;
    assert_eq!(quantity(&format!(r#"[{{"step":"comb-image"}},{small}]"#)), Quantity::Fault);
    assert_eq!(quantity(&format!(r#"[{{"step":"infogram"}},{small}]"#)), Quantity::Bunching);
    assert_eq!(quantity(&format!(r#"[{{"step":"kurtogram"}},{small}]"#)), Quantity::Channel);
    assert_eq!(Quantity::Bunching.name_of(1), Some("frequency"));
    assert_eq!(Quantity::Fault.name_of(3), Some("cage"));
}

#[test]
fn momeda_looks_for_a_frequency_or_for_a_fault() {
    let record = damaged(FaultKind::Outer);
    let outer = FaultKind::Outer.order(&orders()).at(SHAFT);
    let step = |target| Pipeline::new(vec![Step::Momeda { filter_length: 100, target }]);
    let by_fault = step(ImpulseTrain::Fault(FaultKind::Outer)).plan(RATE, record.len()).unwrap();
    let by_frequency = step(ImpulseTrain::Frequency(outer)).plan(RATE, record.len()).unwrap();
    assert!(by_fault.needs_kinematics() && !by_frequency.needs_kinematics());
    let got = run(&by_fault, &record, &context());
    assert_eq!(got, run(&by_frequency, &record, &Context::default()));
    let want = MomedaParams::default().plan::<f32>(RATE, record.len()).unwrap();
    assert_eq!(got, want.deconvolve(&record, outer).unwrap().output);
    let mut output = vec![0.0; by_fault.output_len()];
    let error = by_fault.process(&record, &Context::default(), &mut output, &mut by_fault.scratch());
    assert!(error.unwrap_err().to_string().contains("shaft speed"));
}

#[test]
fn several_sensors_are_decomposed_with_centres_in_common() {
    let record = |name| golden::input(name)[..1000].iter().map(|x| *x as f32).collect::<Vec<_>>();
    let sensors = [record("simfault4096"), record("noise4096")].concat();
    let params = VmdParams { modes: 3, ..VmdParams::default() };
    let steps = Pipeline::new(vec![Step::MultivariateVmd(params.clone())]);
    let plan = steps.plan_channels(RATE, 2, 1000).unwrap();
    assert_eq!((plan.input_len(), plan.output_shape()), (2000, &[6, 1000][..]));
    let got = run(&plan, &sensors, &Context::default());
    let alone = params.plan_multivariate::<f32>(RATE, 2, 1000).unwrap();
    let mut want = vec![0.0; 6000];
    alone.process(&sensors, &mut want, &mut Default::default(), &mut Default::default()).unwrap();
    assert_eq!(got, want);

    let each = Pipeline::new(vec![Step::Vmd(params)]).plan_channels(RATE, 2, 1000).unwrap();
    assert_eq!(each.output_shape(), [6, 1000]);
    assert_ne!(run(&each, &sensors, &Context::default()), want);
    assert!(Pipeline::default().plan_channels(RATE, 0, 1000).is_err());
    assert!(Pipeline::default().plan_channels(RATE, usize::MAX, 1000).is_err());
}

#[test]
fn the_parts_of_a_discrete_wavelet_transform_add_up_to_the_record() {
    let record: Vec<f32> = golden::input("noise4096")[..1001].iter().map(|x| *x as f32).collect();
    let plan = pipeline(r#"[{"step":"discrete-wavelet","levels":4}]"#).plan(RATE, 1001).unwrap();
    assert_eq!(plan.output_shape(), [5, 1001]);
    let parts = run(&plan, &record, &Context::default());
    for (i, x) in record.iter().enumerate() {
        let sum: f32 = parts.iter().skip(i).step_by(1001).sum();
        assert!((sum - x).abs() < 1e-4, "{i}: {sum} {x}");
    }
}

#[test]
fn direct_coherence_has_a_row_for_each_cyclic_frequency_and_band_levels_a_line_for_each_band() {
    let record: Vec<f32> = golden::input("noise4096").iter().map(|x| *x as f32).collect();
    let record: Vec<f32> = record
        .iter()
        .enumerate()
        .map(|(n, x)| x * (1.0 + 0.9 * (TAU * 93.75 * n as f64 / RATE.0).cos()) as f32)
        .collect();
    let plan = pipeline(r#"[{"step":"direct-coherence","cyclic_frequencies":[50.0,93.75]}]"#)
        .plan(RATE, record.len())
        .unwrap();
    let image = run(&plan, &record, &Context::default());
    let mean = |row: usize| image[row * 129..][..129].iter().sum::<f32>() / 129.0;
    assert_eq!(plan.output_shape(), [1, 2, 129]);
    assert!(mean(1) > 5.0 * mean(0), "{} {}", mean(1), mean(0));

    let tone: Vec<f32> = (0..4096).map(|n| (TAU * 1500.0 * f64::from(n) / RATE.0).cos() as f32).collect();
    let plan = pipeline(r#"[{"step":"band-levels","bands":[[1000.0,2000.0],[2000.0,6000.0]]}]"#)
        .plan(RATE, 4096)
        .unwrap();
    let levels = run(&plan, &tone, &Context::default());
    assert!((levels[0] - 0.5_f32.sqrt()).abs() < 1e-3 && levels[1] < 1e-3, "{levels:?}");
    assert_eq!(plan.output_axes()[0].values, [1500.0, 4000.0]);
    let message = pipeline(r#"[{"step":"band-levels"}]"#).plan(RATE, 4096).unwrap_err().to_string();
    assert!(message.contains("band-levels") && message.contains("at least one band"), "{message}");
}

#[test]
fn order_tracking_in_a_configuration_knows_the_spline_too() {
    let step: Step = serde_json::from_str(
        r#"{"step":"order-tracking","interpolation":"spline","guard":false,"speed":{"pulses":[0.0,0.04,0.08]}}"#,
    )
    .unwrap();
    let Step::OrderTracking { interpolation, guard, samples_per_revolution, speed } = &step else {
        panic!("{step:?}")
    };
    assert_eq!((*interpolation, *guard, *samples_per_revolution), (Interpolation::Spline, false, 64));
    assert!(speed.as_ref().unwrap().profile().is_ok());
}
