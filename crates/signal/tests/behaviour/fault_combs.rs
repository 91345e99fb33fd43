//! Combs of the parts of a bearing in many cyclic spectra, against combs of no part.

use brinell_signal::quantity::{FaultCombsParams, NUMBERS_OF_COMB, NUMBERS_OF_SPECTRUM};
use brinell_signal::simulate::{SimulatedFault, Simulation};
use brinell_signal::{
    BearingGeometry, BearingOrders, Context, FaultKind, Hertz, Millimetres, Pipeline, Scratch,
};
use serde_json::Value;

const RATE: Hertz = Hertz(12_000.0);
const SHAFT: Hertz = Hertz(29.5);
/// The parts in the order of the numbers.
const PARTS: [FaultKind; 3] = [FaultKind::Outer, FaultKind::Inner, FaultKind::Ball];

fn bearing() -> BearingGeometry {
    BearingGeometry::new(9, Millimetres(7.94), Millimetres(39.04), 0.0).unwrap()
}

fn combs(rate: Hertz, context: &Context, samples: &[f64]) -> Vec<f64> {
    let plan = FaultCombsParams::default().plan(rate, samples.len()).unwrap();
    let mut output = vec![f64::NAN; plan.output_len()];
    plan.process(samples, context, &mut output, &mut Scratch::new()).unwrap();
    output
}

/// How far the four harmonics of each part stand out, on average over the spectra.
fn of_parts(numbers: &[f64]) -> [f64; 3] {
    let spectra = numbers.chunks_exact(NUMBERS_OF_SPECTRUM);
    let count = spectra.len() as f64;
    [0, 1, 2].map(|part| spectra.clone().map(|of| of[part * NUMBERS_OF_COMB + 1]).sum::<f64>() / count)
}

#[test]
fn numbers_equal_those_that_numpy_gives_from_the_formulae() {
    let cases: Vec<Value> = serde_json::from_str(include_str!("../golden/fault_combs.json")).unwrap();
    assert_eq!(cases.len(), 2);
    for case in cases {
        let number = |value: &Value| value.as_f64().unwrap();
        let all = |key: &str| case[key].as_array().unwrap().iter().map(number).collect::<Vec<f64>>();
        let orders: BearingOrders = serde_json::from_value(case["orders"].clone()).unwrap();
        let context = Context { shaft: Some(Hertz(number(&case["shaft"]))), orders: Some(orders) };
        let (rate, samples) = (Hertz(number(&case["rate"])), all("thousandths"));
        let (found, expected) = (combs(rate, &context, &samples), all("numbers"));
        assert_eq!(found.len(), expected.len());
        for (at, (found, expected)) in found.iter().zip(&expected).enumerate() {
            assert!(
                (found - expected).abs() < 1e-6 * (1.0 + expected.abs()),
                "{rate} {at}: {found} {expected}"
            );
        }
    }
}

#[test]
fn the_damaged_part_stands_out_whatever_rate_length_and_gain() {
    let orders = bearing().orders();
    let context = Context { shaft: Some(SHAFT), orders: Some(orders) };
    for (at, kind) in PARTS.into_iter().enumerate() {
        for (rate, seconds) in [(12_000.0, 1.0), (12_000.0, 0.6), (25_600.0, 0.75)] {
            let fault = SimulatedFault { kind, amplitude: 2.0, angle_deg: 0.0 };
            let machine =
                Simulation { fault: Some(fault), ..Simulation::new(Hertz(rate), seconds, SHAFT, bearing()) };
            let samples: Vec<f64> =
                machine.simulate().unwrap().samples.iter().map(|x| f64::from(*x)).collect();
            let heights = of_parts(&combs(Hertz(rate), &context, &samples));
            for other in 0..3 {
                assert!(
                    other == at || heights[at] > 1.5 + heights[other],
                    "{kind} {rate} {seconds}: {heights:?}"
                );
            }
            let loud: Vec<f64> = samples.iter().map(|x| 1e4 * x - 3.0).collect();
            let again = of_parts(&combs(Hertz(rate), &context, &loud));
            assert!(heights.iter().zip(again).all(|(one, other)| (one - other).abs() < 1e-6), "{again:?}");
        }
    }
}

#[test]
fn every_number_has_a_name_of_its_own_and_single_precision_says_the_same() {
    let pipeline: Pipeline = serde_json::from_str(r#"[{"step":"fault-combs"}]"#).unwrap();
    let plan = pipeline.plan(RATE, 12_000).unwrap();
    let mut names = plan.number_names().unwrap().to_vec();
    assert_eq!((names.len(), names.len()), (22 * NUMBERS_OF_SPECTRUM, plan.output_len()));
    assert_eq!(names[1], "4 harmonics of BPFO in the envelope of 500-6000 Hz");
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), plan.output_len());
    let fault = SimulatedFault { kind: FaultKind::Ball, amplitude: 1.0, angle_deg: 0.0 };
    let machine = Simulation { fault: Some(fault), ..Simulation::new(RATE, 1.0, SHAFT, bearing()) };
    let samples = machine.simulate().unwrap().samples;
    let context = Context { shaft: Some(SHAFT), orders: Some(bearing().orders()) };
    let mut output = vec![0.0; plan.output_len()];
    plan.process(&samples, &context, &mut output, &mut plan.scratch()).unwrap();
    let wide: Vec<f64> = samples.iter().map(|x| f64::from(*x)).collect();
    for (narrow, wide) in output.iter().zip(combs(RATE, &context, &wide)) {
        assert_eq!(*narrow, wide as f32);
    }
}

#[test]
fn what_cannot_be_measured_is_said() {
    let plan = |text: &str, rate: f64, len| {
        let pipeline: Pipeline = serde_json::from_str(&format!("[{text}]")).unwrap();
        pipeline.plan(Hertz(rate), len).map(drop).map_err(|error| error.to_string())
    };
    let default = r#"{"step":"fault-combs"}"#;
    for (text, rate, len, named) in [
        (r#"{"step":"fault-combs","slip":0.5}"#, 12_000.0, 12_000, "slip"),
        (r#"{"step":"fault-combs","controls":3}"#, 12_000.0, 12_000, "controls"),
        (r#"{"step":"fault-combs","modulation":"0Hz"}"#, 12_000.0, 12_000, "modulation"),
        (r#"{"step":"fault-combs","bands":[]}"#, 12_000.0, 12_000, "bands"),
        (r#"{"step":"fault-combs","whitened":[["2kHz","1kHz"]]}"#, 12_000.0, 12_000, "rise"),
        (default, 8000.0, 8000, "half the rate"),
        (default, 12_000.0, 300, "longer segments"),
    ] {
        let said = plan(text, rate, len).unwrap_err();
        assert!(said.contains(named), "{text}: {said}");
    }
    let context = Context { shaft: Some(SHAFT), orders: Some(bearing().orders()) };
    let noise: Vec<f64> = (0..2400).map(|n| (f64::from(n) * f64::from(n) * 0.7).sin()).collect();
    let short = FaultCombsParams::default().plan(RATE, noise.len()).unwrap();
    let process = |context: &Context| {
        let mut output = vec![0.0; short.output_len()];
        short.process(&noise, context, &mut output, &mut Scratch::new()).unwrap_err().to_string()
    };
    assert!(process(&context).contains("at least 0.26 s"), "{}", process(&context));
    assert!(process(&Context { orders: None, ..context }).contains("orders"));
    let still = Some(BearingOrders { bpfo: f64::NAN, ..bearing().orders() });
    assert!(process(&Context { orders: still, ..context }).contains("order"));
}
