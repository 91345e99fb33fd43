//! What the numbers and axes of a pipeline's output are called, and that they are what they are called.
#![allow(clippy::unwrap_used)]

use brinell_signal::{Context, Hertz, Pipeline, pipeline::Quantity};

const RATE: Hertz = Hertz(12_000.0);

#[test]
fn powers_and_coherences_say_their_unit_and_lags_are_no_times() {
    let of = |steps: &str, unit: &str| serde_json::from_str::<Pipeline>(steps).unwrap().output_unit(unit);
    for (step, want) in [
        (r#"{"step":"welch"}"#, "(g)²/Hz"),
        (r#"{"step":"welch","scale":"density"}"#, "(g)²/Hz"),
        (r#"{"step":"welch","scale":"spectrum"}"#, "(g)²"),
        (r#"{"step":"autocorrelation"}"#, "(g)²"),
        (r#"{"step":"order-tracking","speed":29.5},{"step":"welch"}"#, "(g)²/order"),
        (r#"{"step":"cyclic-coherence"}"#, "squared coherence"),
        (r#"{"step":"direct-coherence","cyclic_frequencies":[50.0]}"#, "squared coherence"),
        (r#"{"step":"enhanced-envelope-spectrum"}"#, "squared coherence"),
        (r#"{"step":"enhanced-envelope-spectrum","measure":"magnitude"}"#, "coherence"),
    ] {
        assert_eq!(of(&format!("[{step}]"), "g"), want, "{step}");
    }
    assert_eq!(of(r#"[{"step":"welch"}]"#, ""), "power/Hz");
    let lags = |steps: &str| {
        let plan = serde_json::from_str::<Pipeline>(steps).unwrap().plan(RATE, 4096).unwrap();
        plan.output_axes()[0].quantity
    };
    assert_eq!(lags(r#"[{"step":"autocorrelation"}]"#), Quantity::Lag);
    let turned = r#"[{"step":"order-tracking","speed":30.0},{"step":"autocorrelation"}]"#;
    assert_eq!(lags(turned), Quantity::AngularLag);
    assert_eq!((Quantity::Lag.label(), Quantity::Lag.column()), ("Lag, s", "lag_s"));
    let angular = Quantity::AngularLag;
    assert_eq!((angular.label(), angular.column()), ("Lag, revolutions", "lag_revolutions"));
}

#[test]
fn a_zoomed_line_has_the_amplitude_that_the_amplitude_spectrum_gives_it() {
    let rate = RATE.0;
    let samples: Vec<f32> = (0..4000)
        .map(|n| {
            let tone = 0.0153 * (std::f64::consts::TAU * 1200.0 * n as f64 / rate).cos();
            (0.25 + tone + 0.5 * if n % 2 == 0 { 1.0 } else { -1.0 }) as f32
        })
        .collect();
    let run = |text: &str| {
        let plan = serde_json::from_str::<Pipeline>(text).unwrap().plan(RATE, 4000).unwrap();
        let mut output = vec![0.0; plan.output_len()];
        plan.process(&samples, &Context::default(), &mut output, &mut plan.scratch()).unwrap();
        (output, plan.output_axes()[0].values.clone())
    };
    // The same frequencies as the lines, from 0 to half the rate.
    let (zoomed, frequencies) =
        run(&format!(r#"[{{"step":"zoom","low":0.0,"high":{},"bins":2001,"endpoint":true}}]"#, rate / 2.0));
    let (lines, same) = run(r#"[{"step":"amplitude-spectrum","window":"rectangular"}]"#);
    assert_eq!(zoomed.len(), lines.len());
    for (index, (zoom, line)) in zoomed.iter().zip(&lines).enumerate() {
        assert!((frequencies[index] - same[index]).abs() < 1e-6);
        assert!((zoom - line).abs() < 2e-5, "{index}: {zoom} {line}");
    }
    let peak = (1200.0 * 4000.0 / rate).round() as usize;
    assert!((zoomed[0] - 0.25).abs() < 1e-4 && (zoomed[2000] - 0.5).abs() < 1e-4);
    assert!((zoomed[peak] - 0.0153).abs() < 1e-4, "{}", zoomed[peak]);
}
