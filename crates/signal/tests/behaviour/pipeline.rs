//! Pipelines: as text, planned, and run.
#![allow(clippy::unwrap_used)]

use crate::golden;

use brinell_signal::{
    BearingGeometry, Context, Error, FaultKind, Hertz, Millimetres, Pipeline, PipelinePlan, Step, Unit,
    envelope::squared_envelope_spectrum,
    fourier::Window,
    image::{FittedNormalisationParams, Scale},
    pipeline::{BandEdge, ImageNormalisation},
    rotation::GivenSpeed,
    simulate::{SimulatedFault, Simulation},
};
use proptest::prelude::*;

const RATE: Hertz = Hertz(12_000.0);

fn stft(scale: Scale, rows: Option<usize>, columns: Option<usize>) -> Step {
    Step::Stft { window: Window::Hann, length: 256, hop: 128, scale, rows, columns }
}

fn run(plan: &PipelinePlan, segment: &[f32]) -> Vec<f32> {
    let mut output = vec![0.0; plan.output_len()];
    plan.process(segment, &Context::default(), &mut output, &mut plan.scratch()).unwrap();
    output
}

fn noise(len: usize) -> Vec<f32> {
    golden::input("noise4096")[..len].iter().map(|x| *x as f32).collect()
}

#[test]
fn every_step_is_written_as_text_and_read_back() {
    let steps = vec![
        Step::RemoveMean,
        Step::Standardise,
        Step::Envelope,
        Step::AmplitudeSpectrum { window: Window::FlatTop },
        Step::SquaredEnvelopeSpectrum { band: Some([0.25, 0.5].map(BandEdge::Fraction)) },
        Step::SquaredEnvelopeSpectrum { band: None },
        stft(Scale::Decibel { floor_db: -80.0 }, Some(64), None),
        stft(Scale::Log, None, Some(32)),
        Step::StandardiseImage,
        Step::CombImage {
            harmonics: 5,
            columns: 33,
            half_width: 0.04,
            bands: vec![[0.0, 1.0], [0.25, 0.75]],
        },
    ];
    let pipeline = Pipeline::new(steps);
    let text = serde_json::to_string(&pipeline).unwrap();
    assert!(text.contains(r#"{"step":"remove-mean"}"#), "{text}");
    assert!(text.contains(r#""scale":{"decibel":{"floor_db":-80.0}}"#), "{text}");
    assert_eq!(serde_json::from_str::<Pipeline>(&text).unwrap(), pipeline);
    for step in pipeline.steps() {
        assert!(serde_json::to_string(step).unwrap().contains(&format!(r#""step":"{}""#, step.name())));
    }
}

#[test]
fn parameters_left_out_take_their_defaults() {
    let pipeline: Pipeline = serde_json::from_str(r#"[{"step":"stft"},{"step":"comb-image"}]"#).unwrap();
    assert_eq!(pipeline.steps()[0], stft(Scale::Linear, None, None));
    let comb = Step::CombImage { harmonics: 8, columns: 33, half_width: 0.04, bands: vec![[0.0, 1.0]] };
    assert_eq!(pipeline.steps()[1], comb);
}

#[test]
fn unknown_steps_and_parameters_are_refused() {
    for text in [
        r#"[{"step":"sftf"}]"#,
        r#"[{"step":"stft","lenght":256}]"#,
        r#"[{"step":"remove-mean","length":1}]"#,
        r#"[{"step":"standardise-image","x":1}]"#,
        r#"[{"length":256}]"#,
        r#"[{"step":"stft","scale":"db"}]"#,
    ] {
        assert!(serde_json::from_str::<Pipeline>(text).is_err(), "{text}");
    }
}

#[test]
fn planning_errors_name_the_step_and_say_why() {
    let refused =
        |steps: Vec<Step>, len| Pipeline::new(steps).plan(RATE, len).map(|_| ()).unwrap_err().to_string();
    let message = refused(vec![Step::RemoveMean, stft(Scale::Linear, None, None)], 200);
    assert!(message.starts_with("step 2 (stft)") && message.contains("at least 256"), "{message}");
    let message = refused(vec![stft(Scale::Linear, None, None), Step::RemoveMean], 2048);
    assert!(message.starts_with("step 2 (remove-mean)") && message.contains("1×129×15"), "{message}");
    let message = refused(vec![Step::StandardiseImage], 2048);
    assert!(message.starts_with("step 1 (standardise-image)") && message.contains("image"), "{message}");
    let message =
        refused(vec![Step::Standardise, Step::SquaredEnvelopeSpectrum { band: None }, Step::Envelope], 64);
    assert!(message.starts_with("step 3 (envelope)") && message.contains("33 lines"), "{message}");
    let message =
        refused(vec![Step::SquaredEnvelopeSpectrum { band: Some([0.5, 0.4].map(BandEdge::Fraction)) }], 64);
    assert!(message.contains("band"), "{message}");
    for scale in [0.0, 10.0, f64::NAN] {
        let message = refused(vec![stft(Scale::Decibel { floor_db: scale }, None, None)], 2048);
        assert!(message.contains("floor_db"), "{message}");
    }
    for pixels in [0, usize::MAX] {
        assert!(refused(vec![stft(Scale::Log, Some(pixels), None)], 2048).contains("rows"));
        assert!(refused(vec![stft(Scale::Log, None, Some(pixels))], 2048).contains("columns"));
    }
    assert!(Pipeline::default().plan(Hertz(0.0), 10).is_err() && Pipeline::default().plan(RATE, 0).is_err());
}

#[test]
fn shapes_are_known_before_anything_runs() {
    let shape = |steps: Vec<Step>| Pipeline::new(steps).plan(RATE, 2048).unwrap().output_shape().to_vec();
    assert_eq!(shape(vec![]), [2048]);
    assert_eq!(shape(vec![Step::SquaredEnvelopeSpectrum { band: None }]), [1025]);
    assert_eq!(
        shape(vec![Step::SquaredEnvelopeSpectrum { band: Some([0.25, 0.5].map(BandEdge::Fraction)) }]),
        [256]
    );
    assert_eq!(shape(vec![stft(Scale::Linear, None, None)]), [1, 129, 15]);
    assert_eq!(shape(vec![stft(Scale::Linear, Some(64), Some(32)), Step::StandardiseImage]), [1, 64, 32]);
}

#[test]
fn an_empty_pipeline_passes_the_segment_on() {
    let segment = noise(100);
    let plan = Pipeline::default().plan(RATE, 100).unwrap();
    assert_eq!(run(&plan, &segment), segment);
    assert!(!plan.needs_kinematics());
}

#[test]
fn steps_follow_one_another() {
    let segment: Vec<f32> = noise(500).iter().map(|x| 3.0 * x + 7.0).collect();
    let plan =
        Pipeline::new(vec![Step::RemoveMean, Step::SquaredEnvelopeSpectrum { band: None }]).plan(RATE, 500);
    let mean = segment.iter().map(|x| f64::from(*x)).sum::<f64>() / 500.0;
    let removed: Vec<f64> = segment.iter().map(|x| f64::from(*x) - mean).collect();
    let want = squared_envelope_spectrum(&removed).unwrap();
    for (got, want) in run(&plan.unwrap(), &segment).iter().zip(&want) {
        assert!((f64::from(*got) - want).abs() < 1e-4);
    }
}

#[test]
fn a_tone_is_one_bright_row_of_its_power() {
    let segment: Vec<f32> =
        (0..2048).map(|n| 2.0 * (std::f64::consts::TAU * f64::from(n) / 16.0).cos() as f32).collect();
    let image =
        |scale| run(&Pipeline::new(vec![stft(scale, None, None)]).plan(RATE, 2048).unwrap(), &segment);
    let (linear, log) = (image(Scale::Linear), image(Scale::Log));
    let decibel = image(Scale::Decibel { floor_db: -60.0 });
    for column in 0..15 {
        let at = 16 * 15 + column;
        assert!((linear[at] - 1.0).abs() < 1e-5 && log[at].abs() < 1e-5 && decibel[at].abs() < 1e-4);
        let far = 100 * 15 + column;
        assert!(linear[far] < 1e-5 && (log[far] + 23.03).abs() < 0.2 && decibel[far] == -60.0);
    }
}

#[test]
fn images_are_resized_by_the_mean_of_power() {
    let segment = noise(2048);
    let mean_power = |rows, columns| {
        let image =
            run(&Pipeline::new(vec![stft(Scale::Linear, rows, columns)]).plan(RATE, 2048).unwrap(), &segment);
        image.iter().map(|m| f64::from(*m).powi(2)).sum::<f64>() / image.len() as f64
    };
    let whole = mean_power(None, None);
    for (rows, columns) in [(Some(64), Some(64)), (Some(1), Some(1)), (Some(40), None), (None, Some(7))] {
        assert!((mean_power(rows, columns) / whole - 1.0).abs() < 1e-5);
    }
}

#[test]
fn constants_and_zeros_give_finite_outputs() {
    let kinds = vec![
        vec![Step::Standardise],
        vec![Step::RemoveMean, Step::Envelope],
        vec![Step::AmplitudeSpectrum { window: Window::Hann }, Step::Standardise],
        vec![stft(Scale::Log, Some(16), Some(16)), Step::StandardiseImage],
        vec![stft(Scale::Decibel { floor_db: -80.0 }, None, None), Step::StandardiseImage],
        vec![stft(Scale::Linear, None, None), Step::StandardiseImage],
    ];
    for steps in kinds {
        let plan = Pipeline::new(steps).plan(RATE, 1024).unwrap();
        for value in [0.0, 2.5, -1e-20, 1e-30, 1e6] {
            assert!(run(&plan, &vec![value; 1024]).iter().all(|v| v.is_finite()));
        }
    }
}

#[test]
fn what_is_not_finite_is_an_error_and_not_an_image() {
    let plan = Pipeline::new(vec![stft(Scale::Linear, None, None)]).plan(RATE, 1024).unwrap();
    let mut output = vec![0.0; plan.output_len()];
    let mut segment = vec![0.0; 1024];
    for bad in [f32::NAN, f32::INFINITY] {
        segment[100] = bad;
        let result = plan.process(&segment, &Context::default(), &mut output, &mut plan.scratch());
        assert!(result.unwrap_err().to_string().contains("index 100"));
    }
    segment[100] = 3e38;
    let result = plan.process(&segment, &Context::default(), &mut output, &mut plan.scratch());
    assert!(matches!(result, Err(Error::Overflow { .. })), "{result:?}");
    let result = plan.process(&segment[1..], &Context::default(), &mut output, &mut plan.scratch());
    assert!(matches!(result, Err(Error::Length { expected: 1024, got: 1023, .. })), "{result:?}");
}

#[test]
fn any_number_of_threads_gives_the_same_bits_in_order() {
    let all = noise(4096);
    let segments: Vec<(&[f32], Context)> =
        (0..60).map(|i| (&all[i * 30..i * 30 + 1024], Context::default())).collect();
    let plan =
        Pipeline::new(vec![Step::Standardise, stft(Scale::Log, Some(20), Some(20)), Step::StandardiseImage])
            .plan(RATE, 1024)
            .unwrap();
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| plan.process_many(&segments)).unwrap()
    };
    let (one, two) = (with(1), with(2));
    let bits = |values: &[f32]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(&one), bits(&two));
    let alone: Vec<f32> = segments.iter().flat_map(|(segment, _)| run(&plan, segment)).collect();
    assert_eq!(bits(&one), bits(&alone));
    assert!(plan.process_many(&[]).unwrap().is_empty());
}

#[test]
fn the_first_bad_segment_of_many_is_named() {
    let all = noise(2048);
    let plan = Pipeline::new(vec![Step::RemoveMean]).plan(RATE, 100).unwrap();
    let segments: Vec<_> =
        (0..20).map(|i| (&all[..if i == 7 || i == 13 { 99 } else { 100 }], Context::default())).collect();
    let error = plan.process_many(&segments).unwrap_err();
    assert!(matches!(error, Error::Segment { index: 7, .. }), "{error}");
}

proptest! {
    #[test]
    fn standardised_images_have_mean_zero_and_deviation_one(gain in 1e-3..1e3_f32, offset in 0usize..2000) {
        let segment: Vec<f32> = noise(4096)[offset..offset + 1024].iter().map(|x| gain * x).collect();
        let steps = vec![stft(Scale::Log, Some(16), Some(16)), Step::StandardiseImage];
        let image = run(&Pipeline::new(steps).plan(RATE, 1024).unwrap(), &segment);
        let mean = image.iter().map(|v| f64::from(*v)).sum::<f64>() / 256.0;
        let variance = image.iter().map(|v| (f64::from(*v) - mean).powi(2)).sum::<f64>() / 256.0;
        prop_assert!(mean.abs() < 1e-5 && (variance - 1.0).abs() < 1e-4);
    }
}

/// A machine with a damaged inner race, long enough for every step.
fn machine() -> Vec<f32> {
    let bearing = BearingGeometry::new(9, Millimetres(7.94), Millimetres(39.04), 0.0).unwrap();
    let machine = Simulation {
        fault: Some(SimulatedFault { kind: FaultKind::Inner, amplitude: 1.0, angle_deg: 0.0 }),
        ..Simulation::new(RATE, 16_384.0 / RATE.0, Hertz(29.95), bearing)
    };
    machine.simulate().unwrap().samples
}

/// A pipeline in which `step` can stand, and the machine that it may ask for.
fn around(step: Step) -> (Pipeline, Context) {
    let stft = stft(Scale::Power, None, None);
    let steps = match step.name() {
        "image" | "normalise-image" | "standardise-image" | "hog" => vec![stft, step],
        "hilbert-spectrum" => vec![Step::Vmd(Default::default()), step],
        "synchronous-average" => {
            vec![Step::all().into_iter().find(|step| step.name() == "order-tracking").unwrap(), step]
        }
        _ => vec![step],
    };
    let orders = BearingGeometry::new(9, Millimetres(7.94), Millimetres(39.04), 0.0).unwrap().orders();
    let pipeline = Pipeline::new(steps).at_speed(&GivenSpeed::Constant(Hertz(29.95)));
    (pipeline, Context { shaft: Some(Hertz(29.95)), orders: Some(orders) })
}

#[test]
fn every_step_runs_tells_its_axes_and_allocates_nothing_when_warm() {
    let record = machine();
    for step in Step::all() {
        let (pipeline, context) = around(step);
        let name = pipeline.steps().last().unwrap().name();
        let plan = pipeline.plan(RATE, record.len()).unwrap_or_else(|error| panic!("{name}: {error}"));
        let axes: Vec<usize> = plan.output_axes().iter().map(|axis| axis.values.len()).collect();
        assert_eq!(axes, plan.output_shape(), "{name}");
        assert_eq!(plan.output_len(), plan.output_shape().iter().product::<usize>(), "{name}");
        let (mut output, mut scratch) = (vec![0.0; plan.output_len()], plan.scratch());
        let allocations = crate::allocation::allocations_when_warm(|| {
            plan.process(&record, &context, &mut output, &mut scratch)
                .unwrap_or_else(|error| panic!("{name}: {error}"));
        });
        assert_eq!(allocations, 0, "{name}");
        assert!(output.iter().any(|value| *value != 0.0), "{name}: nothing but zeros");
    }
}

/// Whether a square of samples is among its steps.
fn squares(pipeline: &Pipeline) -> bool {
    const SQUARES: [&str; 10] = [
        "teager-kaiser",
        "autocorrelation",
        "squared-envelope-spectrum",
        "welch",
        "zoom",
        "stft",
        "cwt",
        "cwt-image",
        "synchrosqueezing",
        "hilbert-spectrum",
    ];
    pipeline.steps().iter().any(|step| SQUARES.contains(&step.name()))
}

/// What is wrong with a refusal: it has to say at which step, what, and what would do instead.
fn fault_of_refusal(error: &Error, pipeline: &Pipeline) -> Option<String> {
    let text = error.to_string();
    let Error::Step { number, name, cause } = error else { return Some(format!("names no step: {text}")) };
    if pipeline.steps().get(number - 1).is_none_or(|step| step.name() != *name) {
        return Some(format!("names another step: {text}"));
    }
    let reason = cause.to_string();
    let remedies = [
        "take ", "needed", "at least", "at most", "has to", "make ", "longer", "shorter", "widen", "lower ",
        "give ", "cut ", "look at", "holds",
    ];
    let says =
        remedies.iter().any(|remedy| reason.contains(remedy)) && reason.split_whitespace().count() >= 6;
    (!says).then(|| format!("says not what to do: {text}"))
}

#[test]
fn every_step_gives_numbers_or_a_refusal_that_says_what_to_do_for_any_length_and_size() {
    let noise: Vec<f32> = golden::input("noise4096").iter().map(|x| *x as f32).collect();
    let noise = |len: usize, size: f32| -> Vec<f32> {
        noise
            .iter()
            .cycle()
            .enumerate()
            .map(|(n, x)| size * (x + (n as f32 * 0.01).sin()))
            .take(len)
            .collect()
    };
    let mut wrong = Vec::new();
    for step in Step::all() {
        let (pipeline, context) = around(step);
        let name = pipeline.steps().last().unwrap().name();
        let mut ran = 0;
        for len in [1, 2, 3, 7, 64, 1000, 16_384] {
            let plan = match pipeline.plan(RATE, len) {
                Ok(plan) => plan,
                Err(error) => {
                    wrong.extend(
                        fault_of_refusal(&error, &pipeline).map(|fault| format!("{len} samples: {fault}")),
                    );
                    continue;
                }
            };
            let mut scratch = plan.scratch();
            let segments = [
                ("zeros", vec![0.0; len]),
                ("a constant", vec![2.5; len]),
                ("a small constant", vec![-1e-20; len]),
                ("noise", noise(len, 1.0)),
                ("huge noise", noise(len, 1e30)),
                ("tiny noise", noise(len, 1e-30)),
            ];
            for (kind, segment) in segments {
                let mut output = vec![f32::NAN; plan.output_len()];
                let case = format!("{name} of {kind}, {len} samples");
                match plan.process(&segment, &context, &mut output, &mut scratch) {
                    Ok(()) => {
                        ran += usize::from(kind == "noise");
                        if !output.iter().all(|value| value.is_finite()) {
                            wrong.push(format!("{case}: not finite"));
                        }
                    }
                    // A square of 1e30 is no f32.
                    Err(Error::Overflow { .. }) if kind == "huge noise" && squares(&pipeline) => {}
                    Err(error) => {
                        wrong.extend(
                            fault_of_refusal(&error, &pipeline).map(|fault| format!("{case}: {fault}")),
                        );
                    }
                }
            }
        }
        if ran == 0 {
            wrong.push(format!("{name} never ran on noise"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn samples_that_are_not_finite_never_become_an_output() {
    let record = machine();
    for step in Step::all() {
        let (pipeline, context) = around(step);
        let Ok(plan) = pipeline.plan(RATE, record.len()) else { panic!("{:?}", pipeline.steps()) };
        let (mut output, mut scratch) = (vec![0.0; plan.output_len()], plan.scratch());
        for bad in [f32::NAN, f32::INFINITY] {
            let mut segment = record.clone();
            segment[2000] = bad;
            let result = plan.process(&segment, &context, &mut output, &mut scratch);
            assert!(result.is_err(), "{:?} passes {bad} on in silence", pipeline.steps());
        }
    }
}

#[test]
fn a_band_pass_a_decomposition_and_its_wavelet_images_are_chained_in_a_configuration() {
    #[derive(serde::Serialize, serde::Deserialize)]
    struct Experiment {
        pipeline: Pipeline,
    }
    let text = r#"
        [[pipeline]]
        step = "filter"
        kind = "band-pass"
        low = 500.0
        high = 5000.0

        [[pipeline]]
        step = "vmd"
        modes = 3
        alpha = 2000.0

        [[pipeline]]
        step = "cwt-image"
        columns = 64

        [[pipeline]]
        step = "image"
        rows = 32
        scale = { decibel = { floor_db = -60.0 } }

        [[pipeline]]
        step = "normalise-image"
        by = "min-max"
    "#;
    let pipeline = toml::from_str::<Experiment>(text).unwrap().pipeline;
    let plan = pipeline.plan(RATE, 2048).unwrap();
    assert_eq!(plan.output_shape(), [3, 32, 64]);
    let record: Vec<f32> = golden::input("simfault4096")[..2048].iter().map(|x| *x as f32).collect();
    let images = run(&plan, &record);
    for image in images.chunks_exact(32 * 64) {
        let largest = image.iter().copied().fold(0.0, f32::max);
        assert!(image.iter().all(|v| (0.0..=1.0).contains(v)) && largest > 0.99);
    }
    let written = toml::to_string(&Experiment { pipeline: pipeline.clone() }).unwrap();
    assert_eq!(toml::from_str::<Experiment>(&written).unwrap().pipeline, pipeline);
}

#[test]
fn every_step_is_written_as_toml_and_read_back() {
    #[derive(serde::Serialize, serde::Deserialize)]
    struct Experiment {
        pipeline: Pipeline,
    }
    let pipeline = Pipeline::new(Step::all());
    let text = toml::to_string(&Experiment { pipeline: pipeline.clone() }).unwrap();
    assert_eq!(toml::from_str::<Experiment>(&text).unwrap().pipeline, pipeline, "{text}");
}

#[test]
fn a_normalisation_fitted_to_training_images_is_a_step_that_refuses_other_shapes() {
    let images: Vec<Vec<f32>> = (0..4)
        .map(|i| {
            let plan = Pipeline::new(vec![stft(Scale::Linear, Some(16), Some(8))]).plan(RATE, 2048).unwrap();
            run(&plan, &noise(4096)[500 * i..500 * i + 2048])
        })
        .collect();
    let views: Vec<&[f32]> = images.iter().map(Vec::as_slice).collect();
    let fitted = FittedNormalisationParams::default().fit((16, 8), &views).unwrap();
    let step = Step::NormaliseImage { by: ImageNormalisation::Fitted(fitted.clone()) };
    let text = serde_json::to_string(&step).unwrap();
    assert_eq!(serde_json::from_str::<Step>(&text).unwrap(), step);
    let chain =
        |rows| Pipeline::new(vec![stft(Scale::Linear, Some(rows), Some(8)), step.clone()]).plan(RATE, 2048);
    let mut want = images[0].clone();
    fitted.apply((16, 8), &mut want).unwrap();
    assert_eq!(run(&chain(16).unwrap(), &noise(4096)[..2048]), want);
    assert!(chain(15).unwrap_err().to_string().starts_with("step 2 (normalise-image)"));
}

#[test]
fn the_unit_of_an_output_follows_from_its_steps() {
    let unit = |steps: Vec<Step>| Pipeline::new(steps).output_unit("g");
    let ses = Step::SquaredEnvelopeSpectrum { band: None };
    assert_eq!(unit(vec![Step::RemoveMean, Step::Vmd(Default::default())]), "g");
    assert_eq!(unit(vec![Step::RemoveMean, ses]), "(g)²");
    assert_eq!(unit(vec![Step::Integrate(Default::default())]), "mm/s");
    let integration = || Pipeline::new(vec![Step::Integrate(Default::default())]);
    assert!(integration().plan(RATE, 4096).unwrap_err().to_string().contains("has to be said"));
    let ones =
        vec![1.0; 4096].iter().enumerate().map(|(n, x)| x * (n as f32 * 0.05).sin()).collect::<Vec<f32>>();
    let of = |unit| run(&integration().in_unit(unit).unwrap().plan(RATE, 4096).unwrap(), &ones);
    let (g, metres) = (of(Unit::G), of(Unit::MetresPerSecondSquared));
    let largest = g.iter().copied().fold(0.0, f32::max);
    assert!(largest > 0.0 && g.iter().zip(&metres).all(|(g, m)| (g - 9.80665 * m).abs() <= 1e-5 * largest));
    let said = Pipeline::new(vec![Step::all().into_iter().find(|step| step.name() == "integrate").unwrap()]);
    assert!(said.clone().in_unit(Unit::Unknown).is_ok());
    assert!(
        said.in_unit(Unit::MillimetresPerSecond).unwrap_err().to_string().contains("the samples are in mm/s")
    );
    assert_eq!(unit(vec![stft(Scale::Decibel { floor_db: -60.0 }, None, None)]), "dB re largest");
    assert_eq!(unit(vec![Step::Standardise, Step::Envelope]), "no unit");
}
