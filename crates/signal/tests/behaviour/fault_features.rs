//! Numbers that describe how the parts of a bearing show in a segment: fault lines, envelope peaks.

use brinell_signal::quantity::{EnvelopePeaksParams, FaultLinesParams};
use brinell_signal::{BearingOrders, Context, Hertz, Pipeline, Scratch};

const RATE: Hertz = Hertz(12_000.0);
const SHAFT: f64 = 29.9;
const ORDERS: BearingOrders = BearingOrders { bpfi: 5.4152, bpfo: 3.5848, bsf: 2.3567, ftf: 0.3983 };

fn context() -> Context {
    Context { shaft: Some(Hertz(SHAFT)), orders: Some(ORDERS) }
}

/// A carrier whose amplitude swings by `depth` at `frequency`, and a little noise.
fn swinging(carrier: f64, frequency: f64, depth: f64, len: usize) -> Vec<f64> {
    let tau = std::f64::consts::TAU;
    let mut state = 1_u64;
    (0..len)
        .map(|n| {
            let t = n as f64 / RATE.0;
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let noise = (state >> 40) as f64 / (1_u64 << 24) as f64 - 0.5;
            (1.0 + depth * (tau * frequency * t).cos()) * (tau * carrier * t).cos() + 0.01 * noise
        })
        .collect()
}

fn lines(params: &FaultLinesParams, samples: &[f64]) -> Vec<f64> {
    let plan = params.plan::<f64>(RATE, samples.len()).unwrap();
    let mut output = vec![f64::NAN; plan.output_len()];
    plan.process(samples, &context(), &mut output, &mut Scratch::new()).unwrap();
    output
}

#[test]
fn a_part_that_modulates_a_band_stands_out_there_and_nowhere_else() {
    let params = FaultLinesParams { harmonics: 2, ..FaultLinesParams::default() };
    let names = params.plan::<f64>(RATE, 12_000).unwrap().names();
    assert_eq!((names.len(), params.numbers_of_band()), (7 * 13, 13));
    // A line of the envelope has another one at twice its frequency in the square of the envelope.
    let parts = [
        (ORDERS.bpfo, "1xBPFO", "2xBPFO"),
        (2.0 * ORDERS.bsf, "1x2xBSF", "2x2xBSF"),
        (2.0 * ORDERS.bpfi, "2xBPFI", "4xBPFI"),
    ];
    for (order, own, double) in parts {
        // A whole number of hertz is a bin of a second.
        let numbers = lines(&params, &swinging(1500.0, (1.005 * order * SHAFT).round(), 0.4, 12_000));
        for (name, number) in names.iter().zip(&numbers).filter(|(name, _)| !name.starts_with(double)) {
            let carried = ["500-6000", "500-2000", "1000-2500"].iter().any(|band| name.contains(band));
            let is = name.starts_with(&format!("{own} in")) && carried;
            assert!(if is { *number > 2.0 } else { *number < 1.5 }, "{own}: {name} {number}");
        }
    }
}

#[test]
fn neither_gain_nor_offset_changes_a_line() {
    let samples = swinging(3000.0, ORDERS.bpfi * SHAFT, 0.2, 6000);
    let changed: Vec<f64> = samples.iter().map(|x| 1e3 * x + 7.0).collect();
    let params = FaultLinesParams::default();
    for (quiet, loud) in lines(&params, &samples).iter().zip(lines(&params, &changed)) {
        assert!((quiet - loud).abs() < 1e-6, "{quiet} {loud}");
    }
}

#[test]
fn the_depth_of_a_modulation_is_the_peak_of_its_harmonic() {
    // A whole number of hertz is a bin of a second.
    let samples = swinging(3000.0, (2.0 * ORDERS.bpfo * SHAFT).round(), 0.25, 12_000);
    let plan = EnvelopePeaksParams::default().plan::<f64>(RATE, samples.len()).unwrap();
    let mut output = vec![f64::NAN; plan.output_len()];
    plan.process(&samples, &context(), &mut output, &mut Scratch::new()).unwrap();
    let names = plan.names();
    let of = |name: &str| output[names.iter().position(|other| other == name).unwrap()];
    assert!((of("2xBPFO") - 0.25).abs() < 1e-3, "{}", of("2xBPFO"));
    assert!(of("1xBPFO") < 0.05 && of("5xBPFI") < 0.01);
    // (1 + d cos)² / 2: the mean square of a modulated carrier.
    assert!((of("RMS") - (0.5_f64 * (1.0 + 0.25 * 0.25 / 2.0)).sqrt()).abs() < 1e-3, "{}", of("RMS"));
    assert!((of("peak to peak") - 2.5).abs() < 0.03 && (of("crest") - 1.25 / of("RMS")).abs() < 0.03);
    assert!(of("skewness").abs() < 0.01);
}

#[test]
fn both_name_their_numbers_for_every_channel_and_need_the_kinematics() {
    for step in ["fault-lines", "envelope-peaks"] {
        let read = |text: String| serde_json::from_str::<Pipeline>(&text).unwrap();
        let pipeline = read(format!(r#"[{{"step":"{step}"}},{{"step":"standardise"}}]"#));
        let plan = pipeline.plan_channels(RATE, 2, 6000).unwrap();
        assert!(plan.needs_kinematics());
        let names = plan.number_names().unwrap().to_vec();
        assert_eq!(plan.output_shape(), [2, names.len()]);
        assert!(names.iter().any(|name| name.starts_with("3x2xBSF")), "{names:?}");
        let segment: Vec<f32> = (0..12_000).map(|n| (n as f32 * 0.7).sin()).collect();
        let mut output = vec![0.0; plan.output_len()];
        let refused = plan.process(&segment, &Context::default(), &mut output, &mut plan.scratch());
        assert!(refused.unwrap_err().to_string().contains("shaft speed"));
        let after = read(format!(r#"[{{"step":"{step}"}},{{"step":"amplitude-spectrum"}}]"#));
        assert!(after.plan(RATE, 6000).is_err());
        assert!(read(r#"[{"step":"stft"}]"#.to_owned()).plan(RATE, 6000).unwrap().number_names().is_none());
    }
}

#[test]
fn parameters_out_of_range_are_named() {
    let of = |text: &str| {
        let pipeline: Pipeline = serde_json::from_str(&format!("[{text}]")).unwrap();
        pipeline.plan(RATE, 6000).unwrap_err().to_string()
    };
    for (text, named) in [
        (r#"{"step":"fault-lines","harmonics":0}"#, "harmonics"),
        (r#"{"step":"fault-lines","slip":0.9}"#, "slip"),
        (r#"{"step":"fault-lines","bins":-1.0}"#, "bins"),
        (r#"{"step":"fault-lines","background":0.0}"#, "background"),
        (r#"{"step":"fault-lines","bands":[]}"#, "bands"),
        (r#"{"step":"fault-lines","bands":[["2kHz","7kHz"]]}"#, "band"),
        (r#"{"step":"envelope-peaks","harmonics":100}"#, "harmonics"),
        (r#"{"step":"envelope-peaks","tolerance":-0.1}"#, "tolerance"),
        (r#"{"step":"envelope-peaks","least":-3.0}"#, "least"),
        (r#"{"step":"envelope-peaks","band":["2kHz","1kHz"]}"#, "band"),
    ] {
        assert!(of(text).contains(named), "{text}: {}", of(text));
    }
}
