//! Severity, stage, history and actions of whole diagnoses.

use brinell_diagnosis::{
    BearingUse, Criticality, Diagnosis, EarlierReading, Machine, Request, SeverityRequest, Support, Verdict,
    Zone, bearing, diagnose, read_history,
};
use brinell_signal::simulate::{SimulatedFault, Simulation};
use brinell_signal::{Channel, FaultKind, Hertz, Known, Origin, Provenance, Recording, Unit};

const RATE: Hertz = Hertz(12_000.0);
const SHAFT: Hertz = Hertz(29.95);

/// A tone of that velocity (mm/s, RMS) at 100 Hz as acceleration in g, with a little noise below it.
fn tone(velocity_rms: f64, unit: Origin) -> Recording {
    let peak = velocity_rms * std::f64::consts::SQRT_2 * std::f64::consts::TAU * 100.0 / 9806.65;
    let noise =
        |k: u64| ((k.wrapping_mul(6_364_136_223_846_793_005) >> 33) as f64 / 2f64.powi(31) - 0.5) * 1e-4;
    let samples = (0..60_000u64)
        .map(|k| (peak * (std::f64::consts::TAU * 100.0 * k as f64 / RATE.0).sin() + noise(k)) as f32)
        .collect();
    recording(samples, unit)
}

fn recording(samples: Vec<f32>, unit: Origin) -> Recording {
    let channel = Channel::new("DE", "x", Known::new(Unit::G, unit, "test"), None, samples).unwrap();
    let provenance = Provenance { path: "-".into(), sha256: String::new(), bytes: 0, format: "none".into() };
    let rate = Known::new(RATE, Origin::Declared, "test");
    let speed = Some(Known::new(SHAFT, Origin::Declared, "test"));
    Recording::new(vec![channel], rate, speed, None, provenance).unwrap()
}

fn machine() -> Machine {
    Machine { power_kw: Some(55.0), group: Some(2), support: Some(Support::Rigid), ..Machine::default() }
}

fn judged(recording: &Recording, machine: Machine, severity: SeverityRequest<'_>) -> Diagnosis {
    let used = BearingUse { bearing: bearing("6205").unwrap(), origin: Origin::Declared };
    diagnose(recording, &Request { bearing: Some(used), machine, severity, ..Request::default() }).unwrap()
}

#[test]
fn the_velocity_of_a_known_tone_and_its_zone_are_found() {
    for (velocity, zone) in [(1.0, Zone::A), (2.0, Zone::B), (4.0, Zone::C), (9.0, Zone::D)] {
        let found = judged(&tone(velocity, Origin::Declared), machine(), SeverityRequest::default());
        let severity = found.assessed.unwrap().severity;
        assert!((severity.velocity_rms_mm_s.unwrap() / velocity - 1.0).abs() < 0.01, "{severity:?}");
        assert_eq!(severity.zone, Some(zone), "{severity:?}");
    }
}

#[test]
fn an_assumed_unit_a_small_machine_or_an_undeclared_one_get_a_velocity_and_no_zone() {
    let small = Machine { power_kw: Some(1.5), ..machine() };
    for (unit, machine) in
        [(Origin::Assumed, machine()), (Origin::Declared, small), (Origin::Declared, Machine::default())]
    {
        let severity =
            judged(&tone(2.0, unit), machine, SeverityRequest::default()).assessed.unwrap().severity;
        assert!(severity.velocity_rms_mm_s.is_some() && severity.zone.is_none());
        assert!(!severity.refusals.is_empty());
    }
}

#[test]
fn a_good_zone_never_calms_while_the_bearing_is_undetermined() {
    let quiet = tone(0.5, Origin::Declared);
    for criticality in [None, Some(Criticality::High), Some(Criticality::Medium), Some(Criticality::Low)] {
        let machine = Machine { criticality, ..machine() };
        let unknown = diagnose(&quiet, &Request { machine: machine.clone(), ..Request::default() }).unwrap();
        assert!(matches!(unknown.verdict, Verdict::Undecided { .. }));
        assert_eq!(unknown.assessed.as_ref().unwrap().severity.zone, Some(Zone::A));
        assert!(!unknown.actions.is_empty() && unknown.actions.iter().all(|action| !action.calm));
        assert!(unknown.actions.iter().all(|action| action.who.is_some()));
    }
}

#[test]
fn the_stage_of_a_found_fault_is_a_range_with_reasons_and_its_action_has_a_date() {
    let mut simulation = Simulation::new(RATE, 8.0, SHAFT, bearing("6205").unwrap().geometry);
    simulation.fault = Some(SimulatedFault { kind: FaultKind::Outer, amplitude: 1.0, angle_deg: 0.0 });
    simulation.snr_db = -3.0;
    let recording = recording(simulation.simulate().unwrap().samples, Origin::Declared);
    let found = judged(&recording, machine(), SeverityRequest::default());
    assert!(matches!(found.verdict, Verdict::Found { element: FaultKind::Outer, .. }), "{:?}", found.verdict);
    let stage = found.assessed.unwrap().stage;
    let [low, high] = stage.range.unwrap();
    assert!(low >= 2 && high <= 4 && low <= high && stage.reasons.len() == 3, "{stage:?}");
    assert!(stage.first_stage.to_string().contains("ends at 4.7 kHz"), "{}", stage.first_stage);
    assert!(
        found
            .actions
            .iter()
            .any(|action| action.by_days.is_some() && action.what.to_string().contains("outer race"))
    );
}

#[test]
fn dated_readings_of_a_table_give_change_and_remaining_life() {
    let folder = std::env::temp_dir().join(format!("brinell-history-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let mut table = "date,channel,velocity RMS\n".to_owned();
    for week in 0..10 {
        let scatter = if week % 2 == 0 { 0.03 } else { -0.03 };
        table.push_str(&format!(
            "2026-{:02}-{:02},DE,{}\n",
            1 + week / 4,
            1 + 7 * (week % 4),
            1.0 + 0.2 * f64::from(week) + scatter
        ));
    }
    table.push_str("2026-01-01,NDE,50\n");
    std::fs::write(folder.join("a.csv"), table).unwrap();
    let history: Vec<EarlierReading> = read_history(&folder).unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    let request = SeverityRequest {
        measured: Some("2026-03-15".into()),
        history: &history,
        ..SeverityRequest::default()
    };
    let found = judged(&tone(3.1, Origin::Declared), machine(), request).assessed.unwrap().history;
    assert_eq!((found.readings, found.dated), (10, 10));
    assert!(found.notes[0].to_string().contains("1 reading is of other points"), "{:?}", found.notes);
    assert_eq!(found.changes[0].name, "velocity RMS");
    let life = found.life.unwrap_or_else(|| panic!("{:?}", found.notes));
    assert_eq!(life.limit.value, 4.5);
    assert!(life.earliest_days > 20.0 && life.latest_days.unwrap() < 90.0, "{life:?}");
}
