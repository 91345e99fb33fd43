//! Each check of a recording finds the damage it is for, and leaves sound records alone.
#![allow(clippy::unwrap_used)]

use crate::golden;

use brinell_signal::{
    BearingGeometry, FaultKind, Hertz, Millimetres,
    filter::Resampler,
    quality::{QualityFinding, QualityLevel, examine},
    simulate::{SimulatedFault, Simulation},
};

const RATE: Hertz = Hertz(12_000.0);
const SHAFT: Option<Hertz> = Some(Hertz(30.0));

fn simulation() -> Simulation {
    let geometry = BearingGeometry::new(9, Millimetres(7.94), Millimetres(39.04), 0.0).unwrap();
    Simulation { shaft_harmonics: vec![0.5, 0.2], ..Simulation::new(RATE, 4.0, Hertz(30.0), geometry) }
}

fn sound() -> Vec<f32> {
    simulation().simulate().unwrap().samples
}

fn finding(samples: &[f32], code: &str) -> QualityFinding {
    let findings = examine(samples, RATE, SHAFT);
    findings.into_iter().find(|finding| finding.code == code).unwrap_or_else(|| panic!("no check `{code}`"))
}

fn complaints(samples: &[f32]) -> Vec<&'static str> {
    let findings = examine(samples, RATE, SHAFT);
    findings
        .iter()
        .filter(|finding| finding.severity != QualityLevel::Ok)
        .map(|finding| finding.code)
        .collect()
}

#[test]
fn a_sound_record_passes_every_check_and_all_are_reported() {
    let findings = examine(&sound(), RATE, SHAFT);
    let codes: Vec<_> = findings.iter().map(|finding| finding.code).collect();
    let all = [
        "length",
        "revolutions",
        "ramp",
        "clipping",
        "dropouts",
        "offset",
        "quantisation",
        "top_band",
        "spikes",
    ];
    assert_eq!(codes, all);
    for finding in findings {
        assert_eq!(finding.severity, QualityLevel::Ok, "{finding:?}");
        assert!(
            finding.effect.to_string().ends_with('.')
                && !finding.value.is_empty()
                && !finding.limit.is_empty()
        );
    }
}

#[test]
fn sharp_impacts_of_a_fault_are_no_damage() {
    for kind in FaultKind::ALL {
        for damping in [0.03, 0.1] {
            let fault = Some(SimulatedFault { kind, amplitude: 1.0, angle_deg: 0.0 });
            let faulty = Simulation { fault, snr_db: 20.0, damping, ..simulation() };
            assert_eq!(complaints(&faulty.simulate().unwrap().samples), [""; 0], "{kind}, damping {damping}");
        }
    }
}

#[test]
fn excerpts_of_real_recordings_are_only_too_short() {
    for name in ["normal", "ir007", "ball007", "or007at6"] {
        let samples: Vec<f32> =
            golden::input(&format!("cwru_{name}_4096")).into_iter().map(|sample| sample as f32).collect();
        let complaints = complaints(&samples);
        // 0.34 s: ten turns of the shaft.
        assert_eq!(complaints, ["length", "revolutions"], "{name}");
    }
}

#[test]
fn a_few_samples_at_a_rail_are_clipping() {
    let mut samples = sound();
    let rail = 2.8_f32;
    for sample in &mut samples {
        *sample = sample.clamp(-rail, rail);
    }
    let clipping = finding(&samples, "clipping");
    assert_eq!(clipping.severity, QualityLevel::Warn);
    let cut = samples.iter().filter(|sample| sample.abs() == rail).count();
    assert!(clipping.value.to_string().starts_with(&format!("{cut} samples at ±2.8")), "{}", clipping.value);
    assert_eq!(complaints(&samples), ["clipping"]);

    let mut one_sided = sound();
    one_sided.iter_mut().for_each(|sample| *sample = sample.min(1.0));
    assert_eq!(finding(&one_sided, "clipping").severity, QualityLevel::Bad);
}

#[test]
fn a_coarse_converter_that_is_not_at_its_rail_does_not_clip() {
    let coarse: Vec<f32> = sound().iter().map(|sample| (sample / 0.1).round() * 0.1).collect();
    assert_eq!(complaints(&coarse), [""; 0]);
    // A tone that repeats exactly reaches its extreme once a period, like every other value.
    let tone: Vec<f32> = (0..48_000)
        .map(|index| (std::f64::consts::TAU * f64::from(index % 120) / 120.0).cos() as f32)
        .collect();
    assert_eq!(finding(&tone, "clipping").severity, QualityLevel::Ok);
}

#[test]
fn a_held_value_is_a_dropout() {
    let mut samples = sound();
    samples[10_000..10_040].fill(0.0);
    let dropouts = finding(&samples, "dropouts");
    assert_eq!(dropouts.severity, QualityLevel::Warn);
    assert!(
        ["40 samples", "0.8333 s"].iter().all(|part| dropouts.value.to_string().contains(part)),
        "{}",
        dropouts.value
    );
    samples[10_000..20_000].fill(0.0);
    assert_eq!(finding(&samples, "dropouts").severity, QualityLevel::Bad);
}

#[test]
fn what_only_rises_or_only_falls_is_no_vibration() {
    let times: Vec<f32> = (0..48_000).map(|index| (f64::from(index) / 12_000.0) as f32).collect();
    let ramp = finding(&times, "ramp");
    assert_eq!(ramp.severity, QualityLevel::Bad);
    assert_eq!(ramp.value.to_string(), "it only rises, from 0 to 4");
    assert!(ramp.effect.to_string().contains("--channel"), "{}", ramp.effect);
    // Nanoseconds of an epoch lie closer than single precision tells apart: over an hour they rise by steps, over seconds not
    // at all, which is a held value.
    let epoch = |index: u64, step: u64| (1_793_693_700_000_000_000 + index * step) as f32;
    let hour: Vec<f32> = (0..48_000).map(|index| epoch(index, 83_333_333)).collect();
    assert_eq!(finding(&hour, "ramp").severity, QualityLevel::Bad);
    let seconds: Vec<f32> = (0..48_000).map(|index| epoch(index, 83_333)).collect();
    assert_eq!(finding(&seconds, "dropouts").severity, QualityLevel::Bad);
    let falling: Vec<f32> = times.iter().rev().copied().collect();
    assert_eq!(finding(&falling, "ramp").value.to_string(), "it only falls, from 4 to 0");
    let mut once_back = times;
    once_back[20_000] = 0.0;
    assert_eq!(finding(&once_back, "ramp").severity, QualityLevel::Ok);
    assert_eq!(finding(&[1.0; 24_000], "ramp").severity, QualityLevel::Ok);
    assert_eq!(finding(&[1.0, 2.0, 3.0], "ramp").severity, QualityLevel::Ok);
    assert_eq!(finding(&sound(), "ramp").severity, QualityLevel::Ok);
}

#[test]
fn runs_that_coarse_steps_make_by_themselves_are_no_dropouts() {
    // A slow signal on coarse steps stands still for long.
    let slow: Vec<f32> =
        (0..48_000).map(|index| (8.0 * (f64::from(index) / 2000.0).sin()).round() as f32).collect();
    let rough: Vec<f32> = sound().iter().map(|sample| (sample / 3.0).round()).collect();
    assert_eq!(finding(&rough, "dropouts").severity, QualityLevel::Ok);
    assert!(!finding(&slow, "dropouts").value.is_empty());
}

#[test]
fn offsets_and_coarse_steps_are_found() {
    let offset: Vec<f32> = sound().iter().map(|sample| sample + 20.0).collect();
    assert_eq!(complaints(&offset), ["offset"]);
    let rough: Vec<f32> = sound().iter().map(|sample| (sample / 0.5).round() * 0.5).collect();
    let finding = finding(&rough, "quantisation");
    assert_eq!(finding.severity, QualityLevel::Warn);
    assert!(finding.value.to_string().starts_with("step 0.5,"), "{}", finding.value);
}

#[test]
fn an_upsampled_record_has_an_empty_top_band() {
    let up = Resampler::new(RATE, Hertz(48_000.0)).unwrap().process(&sound());
    let findings = examine(&up, Hertz(48_000.0), SHAFT);
    let top = findings.iter().find(|finding| finding.code == "top_band").unwrap();
    assert_eq!(top.severity, QualityLevel::Warn);
    let edge: f64 = top.value.to_string().split(' ').find_map(|word| word.parse().ok()).unwrap();
    assert!((5000.0..6600.0).contains(&edge), "{}", top.value);
}

#[test]
fn a_single_sample_far_out_is_an_electrical_spike() {
    let mut samples = sound();
    samples[6000] = 40.0;
    let spikes = finding(&samples, "spikes");
    assert_eq!(spikes.severity, QualityLevel::Warn);
    assert_eq!(spikes.value.to_string(), "1 spike, the largest 40 at 0.5 s");
    assert_eq!(complaints(&samples), ["spikes"]);
}

#[test]
fn short_records_and_few_revolutions_are_found() {
    let samples = sound();
    assert_eq!(complaints(&samples[..9000]), ["length"]);
    assert_eq!(complaints(&samples[..7000]), ["length", "revolutions"]);
    assert_eq!(finding(&samples[..1000], "length").severity, QualityLevel::Bad);
    let unknown_speed = examine(&samples, RATE, None);
    assert!(unknown_speed.iter().all(|finding| finding.code != "revolutions"));
}

#[test]
fn records_without_any_signal_are_judged_and_never_panic() {
    assert_eq!(complaints(&[]), ["damaged"]);
    assert_eq!(complaints(&[1.0, f32::NAN, 2.0]), ["damaged"]);
    assert_eq!(examine(&[1.0], Hertz(0.0), None)[0].code, "damaged");
    assert!(complaints(&[0.0; 24_000]).contains(&"dropouts"));
    assert!(complaints(&[1.5; 24_000]).contains(&"offset"));
    for length in 1..20 {
        assert!(!examine(&vec![1.0; length], RATE, SHAFT).is_empty());
        let alternating: Vec<f32> = (0..length).map(|index| (index % 2) as f32).collect();
        assert!(!examine(&alternating, RATE, SHAFT).is_empty());
    }
}
