//! The model that ships: it is what its card says, knows its limits, and can be explained.

use brinell_diagnosis::{BearingUse, Diagnosis, Request, Verdict, bearing, default_model, diagnose, explain};
use brinell_signal::{
    Channel, FaultKind, Hertz, Known, Origin, Provenance, Recording, Unit,
    simulate::{SimulatedFault, Simulation},
};
use sha2::{Digest, Sha256};

const CARD: &str = include_str!("../../../../data/models/default/README.md");
const FILE: &[u8] = include_bytes!("../../../../data/models/default/model.safetensors");

fn used() -> BearingUse {
    BearingUse { bearing: bearing("6310").unwrap(), origin: Origin::Declared }
}

fn machine(fault: Option<FaultKind>) -> Simulation {
    let mut machine = Simulation::new(Hertz(20_000.0), 6.0, Hertz(25.0), used().bearing.geometry);
    machine.fault = fault.map(|kind| SimulatedFault { kind, amplitude: 1.0, angle_deg: 0.0 });
    machine.snr_db = 0.0;
    machine.resonance = Hertz(3_000.0);
    machine.slip = 0.01;
    machine.shaft_harmonics = vec![0.5, 0.3];
    machine.seed = 7;
    machine
}

fn recording(machine: &Simulation, sha256: &str) -> Recording {
    let unit = Known::new(Unit::G, Origin::Declared, "simulated");
    let samples = machine.simulate().unwrap().samples;
    let channel = Channel::new("1", "x", unit, None, samples).unwrap();
    let provenance =
        Provenance { path: "simulated".into(), sha256: sha256.into(), bytes: 0, format: "simulation".into() };
    let rate = Known::new(machine.rate, Origin::Declared, "simulated");
    let speed = Known::new(machine.shaft, Origin::Measured, "simulated");
    Recording::new(vec![channel], rate, Some(speed), None, provenance).unwrap()
}

fn judged(recording: &Recording) -> Diagnosis {
    let request =
        Request { bearing: Some(used()), model: Some(default_model().unwrap()), ..Request::default() };
    diagnose(recording, &request).unwrap()
}

fn of_card(key: &str) -> &'static str {
    let lines = CARD.lines().map(str::trim);
    let value = lines.filter_map(|line| line.strip_prefix(key)?.trim().strip_prefix('=')).next();
    value.unwrap().trim()
}

#[test]
fn the_file_is_the_one_of_its_card_and_small() {
    let hash: String = Sha256::digest(FILE).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hash, of_card("sha256"));
    assert_eq!(FILE.len().to_string(), of_card("bytes"));
    assert!(FILE.len() < 3_000_000);
    let model = default_model().unwrap();
    assert_eq!(model.sha256(), hash);
    assert!(model.calibrated() && model.needs_kinematics());
    assert!(model.card().contains("must not be used"), "{}", model.card());
}

#[test]
fn its_scores_on_simulated_recordings_are_those_of_its_card() {
    let rows = CARD.lines().skip_while(|line| !line.trim().starts_with("damaged")).skip(1);
    let mut checked = 0;
    for row in rows.map(str::trim).filter(|row| !row.is_empty()) {
        let mut words = row.split_whitespace();
        let name = words.next().unwrap();
        let fault = match name {
            "none" => None,
            "inner" => Some(FaultKind::Inner),
            "ball" => Some(FaultKind::Ball),
            "outer" => Some(FaultKind::Outer),
            _ => panic!("{row}"),
        };
        let scores = judged(&recording(&machine(fault), "")).learned.unwrap().scores;
        let own: Vec<String> = scores.iter().map(|class| format!("{:.3}", class.score)).collect();
        println!("    {name:<8} {}", own.join("    "));
        for (word, score) in words.zip(&scores) {
            assert!((word.parse::<f64>().unwrap() - score.score).abs() < 0.002, "{row}: {scores:?}");
        }
        checked += 1;
    }
    assert_eq!(checked, 4);
}

#[test]
fn on_a_recording_that_it_learned_from_it_is_not_asked_and_the_diagnosis_says_so() {
    let known = &default_model().unwrap().facts().learned_from[0];
    let d = judged(&recording(&machine(Some(FaultKind::Inner)), known));
    assert!(d.learned.is_none() && d.learned_note.to_string().contains("learned from this very recording"));
    assert!(d.caveats.iter().any(|caveat| caveat.code == "net_learned_from_this"));
    assert!(matches!(d.verdict, Verdict::Found { element: FaultKind::Inner, .. }), "{:?}", d.verdict);
}

#[test]
fn out_of_its_range_it_declines_with_the_reason() {
    let fast = Simulation { shaft: Hertz(90.0), ..machine(None) };
    let d = judged(&recording(&fast, ""));
    assert!(d.learned.is_none() && d.learned_note.to_string().contains("5400 rpm"), "{}", d.learned_note);
    let slow = Simulation { rate: Hertz(8_000.0), resonance: Hertz(2_000.0), ..machine(None) };
    let d = judged(&recording(&slow, ""));
    assert!(d.learned.is_none() && d.learned_note.to_string().contains("8000"), "{}", d.learned_note);
}

#[test]
fn a_speed_known_from_simulation_alone_and_another_rate_are_caveats() {
    let d = judged(&recording(&machine(Some(FaultKind::Outer)), ""));
    let codes: Vec<&str> = d.caveats.iter().map(|caveat| caveat.code.as_str()).collect();
    assert!(
        codes.contains(&"net_speed_simulated_only") && codes.contains(&"net_rate_not_learned"),
        "{codes:?}"
    );
}

#[test]
fn sound_machines_of_other_bearings_are_never_blamed_with_its_help() {
    for (name, hz) in [("6008", 50.0), ("NU210", 49.0), ("22220", 12.0)] {
        let own = BearingUse { bearing: bearing(name).unwrap(), origin: Origin::Declared };
        let sound = Simulation::new(Hertz(16_000.0), 6.0, Hertz(hz), own.bearing.geometry);
        let request =
            Request { bearing: Some(own), model: Some(default_model().unwrap()), ..Request::default() };
        let d = diagnose(&recording(&sound, ""), &request).unwrap();
        assert!(d.learned.is_some(), "{name}: {}", d.learned_note);
        assert!(!matches!(d.verdict, Verdict::Found { .. }), "{name}: {:?}", d.verdict);
    }
}

#[test]
fn what_it_says_is_explained_by_the_lines_of_the_damaged_part() {
    for kind in [FaultKind::Inner, FaultKind::Outer, FaultKind::Ball] {
        let recording = recording(&machine(Some(kind)), "");
        let told = explain(&recording, None, Some(&used()), default_model().unwrap()).unwrap();
        assert_eq!(told.element, Some(kind));
        assert_eq!(told.lines[0].element, Some(kind), "{:?}", told.lines);
        let order = kind.order(&used().bearing.geometry.orders()).0;
        assert!((told.lines[0].hz.unwrap() - 25.0 * order).abs() < 1e-9);
        assert!(told.share_at_fault_lines.unwrap() > 0.5, "{told:?}");
        let shares: f64 = told.bands.iter().map(|band| band.share).sum();
        assert!((shares - 1.0).abs() < 1e-9 && told.bands.len() > 4);
        assert!(told.places.windows(2).all(|pair| pair[0].loss >= pair[1].loss));
    }
}
