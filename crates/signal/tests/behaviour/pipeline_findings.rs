//! What the steps of a pipeline find besides the numbers that they pass on.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::f64::consts::TAU;

use brinell_signal::pipeline::{Finding, StepFinding};
use brinell_signal::{BearingGeometry, Context, FaultKind, Hertz, Millimetres, Pipeline};

use crate::golden;

const RATE: Hertz = Hertz(12_000.0);

#[test]
fn decompositions_and_band_searches_tell_what_they_found() {
    // A resonance at 2500 Hz, struck 100 times a second, beside a tone.
    let strike = |n: usize| {
        let since = (n % 120) as f64 / RATE.0;
        (-600.0 * since).exp() * (TAU * 2500.0 * since).sin()
    };
    let tone = |n: usize| 0.2 * (TAU * 400.0 * n as f64 / RATE.0).cos();
    let quiet = golden::input("noise4096");
    let record: Vec<f32> = (0..4096).map(|n| (strike(n) + tone(n) + 0.15 * quiet[n]) as f32).collect();
    let orders = BearingGeometry::new(9, Millimetres(7.94), Millimetres(39.04), 0.0).unwrap().orders();
    // The outer race's order times this speed is 100 Hz.
    let context = Context { shaft: Some(Hertz(100.0 / orders.bpfo)), orders: Some(orders) };
    let found = |steps: &str| {
        let pipeline: Pipeline = serde_json::from_str(steps).unwrap();
        let plan = pipeline.plan(RATE, record.len()).unwrap();
        let (mut output, mut scratch) = (vec![0.0; plan.output_len()], plan.scratch());
        let findings = plan.process_with_findings(&record, &context, &mut output, &mut scratch).unwrap();
        let with = output.clone();
        plan.process(&record, &context, &mut output, &mut scratch).unwrap();
        assert_eq!(with, output, "what is found changes no number");
        findings
    };

    let modes = found(r#"[{"step": "remove-mean"}, {"step": "vmd", "modes": 2}]"#);
    let [StepFinding { step: 2, name: "vmd", channel: 0, orders: false, finding: Finding::Modes(modes) }] =
        &modes[..]
    else {
        panic!("{modes:?}")
    };
    let centres: Vec<f64> = modes.centres().map(|centre| centre.0).collect();
    assert!(modes.converged && (centres[0] - 400.0).abs() < 5.0 && (centres[1] - 2500.0).abs() < 200.0);
    let cut_short = found(r#"[{"step": "vmd", "modes": 3, "max_sweeps": 2}]"#);
    assert!(matches!(&cut_short[0].finding, Finding::Modes(modes) if !modes.converged && modes.sweeps == 2));
    let in_turn = found(r#"[{"step": "successive-vmd"}]"#);
    assert!(matches!(&in_turn[0].finding, Finding::SuccessiveModes(_)));

    for step in ["kurtogram", "fft-kurtogram", "infogram", "protrugram", "comb-gram", "iesfogram"] {
        let findings = found(&format!(r#"[{{"step": "{step}"}}]"#));
        assert!(!findings.is_empty(), "{step}");
        for found in &findings {
            let Finding::Band(band) = found.finding else { panic!("{step}: {found:?}") };
            assert!(0.0 <= band.low.0 && band.low < band.high && band.high.0 <= RATE.0 / 2.0, "{step}");
            if step.ends_with("kurtogram") || band.fault == Some(FaultKind::Outer) {
                assert!(band.low.0 < 3500.0 && 1500.0 < band.high.0, "{step}: {band:?}");
            }
        }
        let faults = findings
            .iter()
            .filter(|found| matches!(found.finding, Finding::Band(band) if band.fault.is_some()));
        assert_eq!(faults.count(), if ["comb-gram", "iesfogram"].contains(&step) { 4 } else { 0 }, "{step}");
    }

    let trains = found(r#"[{"step": "momeda"}]"#);
    assert!(matches!(trains[0].finding, Finding::ImpulseTrain(train) if train.criterion > train.chance));
    let behind = found(r#"[{"step": "order-tracking", "speed": 30.0}, {"step": "fft-kurtogram"}]"#);
    assert!(behind[0].orders && behind[0].step == 2);
}
