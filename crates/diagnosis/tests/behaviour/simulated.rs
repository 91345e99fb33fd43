//! Verdicts on simulated machines: named faults, and silence on sound ones.
#![allow(clippy::unwrap_used)]

use brinell_diagnosis::{
    BearingUse, CatalogueBearing, Diagnosis, GeometryUncertainty, Request, Verdict, bearings, diagnose,
};
use brinell_signal::{
    Channel, FaultKind, Hertz, Known, Origin, Provenance, Recording, Unit,
    simulate::{SimulatedFault, Simulation},
};

fn recording(samples: Vec<f32>, rate: Hertz, shaft: Option<Hertz>) -> Recording {
    let unit = Known::new(Unit::G, Origin::Declared, "simulated");
    let channel = Channel::new("1", "x", unit, None, samples).unwrap();
    let provenance = Provenance {
        path: "simulated".into(),
        sha256: "0".repeat(64),
        bytes: 0,
        format: "simulation".into(),
    };
    let speed = shaft.map(|s| Known::new(s, Origin::Measured, "simulated"));
    Recording::new(vec![channel], Known::new(rate, Origin::Declared, "simulated"), speed, None, provenance)
        .unwrap()
}

fn simulated(number: u64, fault: Option<FaultKind>, snr_db: f64) -> Simulation {
    let shelf = bearings();
    let bearing = &shelf[number as usize % shelf.len()];
    let rate = Hertz([12_000.0, 20_000.0, 25_600.0, 48_000.0][number as usize % 4]);
    let shaft = Hertz(12.0 + 2.9 * (number % 13) as f64);
    let mut simulation = Simulation::new(rate, 6.0, shaft, bearing.geometry);
    simulation.shaft_harmonics = vec![0.8, 0.4, 0.3, 0.2, 0.1];
    simulation.mains = Some((Hertz(50.0), 0.1));
    simulation.seed = number;
    simulation.snr_db = snr_db;
    simulation.resonance = Hertz(rate.0 * (0.12 + 0.02 * (number % 12) as f64));
    simulation.fault = fault.map(|kind| SimulatedFault { kind, amplitude: 1.0, angle_deg: 0.0 });
    simulation
}

fn judge(simulation: &Simulation, number: u64) -> Diagnosis {
    let samples = simulation.simulate().unwrap().samples;
    let shelf = bearings();
    let used = BearingUse { bearing: shelf[number as usize % shelf.len()].clone(), origin: Origin::Declared };
    let request = Request { bearing: Some(used), ..Request::default() };
    diagnose(&recording(samples, simulation.rate, Some(simulation.shaft)), &request).unwrap()
}

#[test]
fn race_faults_at_moderate_noise_are_named_on_every_bearing_speed_and_rate() {
    let mut named = 0;
    for number in 0..24 {
        let kind = if number % 2 == 0 { FaultKind::Inner } else { FaultKind::Outer };
        match judge(&simulated(number, Some(kind), -8.0), number).verdict {
            Verdict::Found { element, .. } => {
                assert_eq!(element, kind, "machine {number}");
                named += 1;
            }
            Verdict::Undecided { candidates, .. } => {
                assert!(candidates.contains(&kind), "machine {number}: {candidates:?}");
            }
            Verdict::NoFaultFound { .. } => {}
        }
    }
    // The others are undecided with the right part among the candidates, or seen by nobody.
    assert!(named >= 16, "{named} of 24 named");
}

#[test]
fn nothing_is_named_on_sound_machines() {
    for number in 100..140 {
        let verdict = judge(&simulated(number, None, 0.0), number).verdict;
        assert!(!matches!(verdict, Verdict::Found { .. }), "machine {number}: {verdict:?}");
    }
}

#[test]
fn without_speed_or_bearing_the_verdict_is_undecided_and_says_what_to_supply() {
    let simulation = simulated(1, Some(FaultKind::Outer), 0.0);
    let samples = simulation.simulate().unwrap().samples;
    let diagnosis = diagnose(&recording(samples, simulation.rate, None), &Request::default()).unwrap();
    match diagnosis.verdict {
        Verdict::Undecided { why, settle, .. } => {
            assert!(why.to_string().contains("bearing") && why.to_string().contains("speed"), "{why}");
            assert!(
                settle.iter().any(|s| s.to_string().contains("--speed"))
                    && settle.iter().any(|s| s.to_string().contains("--bearing"))
            );
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn where_only_the_bearing_is_missing_the_search_is_told_and_no_new_measurement_is_asked_for() {
    let simulation = simulated(1, Some(FaultKind::Outer), 0.0);
    let samples = simulation.simulate().unwrap().samples;
    let verdict_and_action = |samples: Vec<f32>| {
        let recording = recording(samples, simulation.rate, Some(simulation.shaft));
        let diagnosis = diagnose(&recording, &Request::default()).unwrap();
        let Verdict::Undecided { why, .. } = &diagnosis.verdict else { panic!("{:?}", diagnosis.verdict) };
        (why.to_string(), diagnosis.actions[0].what.to_string())
    };
    let few = samples[..samples.len() / 60].to_vec();
    let (why, action) = verdict_and_action(samples);
    assert!(
        why.contains("so combs were searched at all orders from 1.5 to 12 x shaft. A comb stands"),
        "{why}"
    );
    assert!(!why.contains("no fault frequency can be computed"), "{why}");
    assert!(action.contains("--bearing") && action.contains("the same file again"), "{action}");
    // A recording that is too short as well has to be made again.
    let (why, action) = verdict_and_action(few);
    assert!(why.contains("revolutions of the shaft"), "{why}");
    assert!(action.contains("measure again") && action.contains("a recording of at least"), "{action}");
}

#[test]
fn any_finite_samples_give_a_verdict_and_no_nan() {
    let shapes: [Vec<f32>; 5] = [
        vec![0.0],
        vec![1.0; 3],
        vec![2.5; 40_000],
        (0..40_000).map(|i| if i % 997 == 0 { 1e30 } else { 0.0 }).collect(),
        (0..40_000).map(|i| (i as f32).sin() * 1e-30).collect(),
    ];
    for samples in shapes {
        let n = samples.len();
        let used = BearingUse { bearing: bearings()[0].clone(), origin: Origin::Declared };
        let request = Request { bearing: Some(used), ..Request::default() };
        let diagnosis = diagnose(&recording(samples, Hertz(10_000.0), Some(Hertz(25.0))), &request).unwrap();
        let text = serde_json::to_string(&diagnosis).unwrap();
        assert!(!text.to_string().contains("NaN"), "{n}");
        let evidence = diagnosis.evidence.iter();
        assert!(evidence.clone().all(|e| e.p.is_finite() && e.score.is_finite() && e.modulation.is_finite()));
        assert!(!matches!(diagnosis.verdict, Verdict::Found { .. }), "{n}: {:?}", diagnosis.verdict);
    }
}

#[test]
fn the_same_recording_gives_the_same_diagnosis_on_one_thread_and_on_two() {
    let simulation = simulated(3, Some(FaultKind::Inner), -6.0);
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| serde_json::to_string(&judge(&simulation, 3)).unwrap())
    };
    assert_eq!(on(1), on(2));
}

#[test]
fn a_recording_in_which_no_fault_could_show_is_undecided_and_says_what_would_show_it() {
    let mut simulation = simulated(1, Some(FaultKind::Outer), 0.0);
    simulation.shaft = Hertz(50.0);
    let samples = simulation.simulate().unwrap().samples;
    let used = BearingUse { bearing: bearings()[1].clone(), origin: Origin::Declared };
    let request = Request { bearing: Some(used), ..Request::default() };
    // The same samples, said to be taken a hundred times slower: no harmonic lies below half that rate.
    let recording = recording(samples, Hertz(simulation.rate.0 / 100.0), Some(simulation.shaft));
    match diagnose(&recording, &request).unwrap().verdict {
        Verdict::Undecided { why, settle, .. } => {
            assert!(why.to_string().contains("no fault could show"), "{why}");
            assert!(settle.iter().any(|s| s.to_string().contains("Hz or more")), "{settle:?}");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_fault_off_its_nominal_order_is_seen_where_the_geometry_is_said_to_be_uncertain_and_not_otherwise() {
    let simulation = simulated(1, Some(FaultKind::Outer), 0.0);
    let samples = simulation.simulate().unwrap().samples;
    let truth = simulation.geometry.orders().bpfo;
    let recording = recording(samples, simulation.rate, Some(simulation.shaft));
    let mut nominal = simulation.geometry;
    nominal.ball_diameter.0 *= 1.09;
    let with = |ratio: f64| {
        let mut bearing = CatalogueBearing::declared("nominal".into(), nominal, "drawn".into());
        bearing.uncertainty = GeometryUncertainty { ratio, ..GeometryUncertainty::default() };
        let used = BearingUse { bearing, origin: Origin::Declared };
        let diagnosis = diagnose(&recording, &Request { bearing: Some(used), ..Request::default() }).unwrap();
        diagnosis.evidence.into_iter().find(|e| e.element == FaultKind::Outer).unwrap()
    };
    assert!((nominal.orders().bpfo / truth - 1.0).abs() > 0.02);
    let unseen = with(0.0);
    assert!(unseen.found_order.is_none_or(|order| (order / truth - 1.0).abs() > 0.005), "{unseen:?}");
    let seen = with(0.09);
    assert!(seen.p_adjusted < 0.05, "{}", seen.p_adjusted);
    assert!((seen.found_order.unwrap() / truth - 1.0).abs() < 0.005);
}

#[test]
fn the_smallest_fault_is_told_where_nothing_was_found_and_a_fault_half_as_strong_again_is_found() {
    let number = 3;
    let machine = simulated(number, None, 0.0);
    let asked = |machine: &Simulation, extra: &[f32]| {
        let mut samples = machine.simulate().unwrap().samples;
        samples.iter_mut().zip(extra).for_each(|(x, more)| *x += more);
        let bearing = bearings()[number as usize].clone();
        let used = BearingUse { bearing, origin: Origin::Declared };
        let request = Request { bearing: Some(used), smallest_fault: true, ..Request::default() };
        diagnose(&recording(samples, machine.rate, Some(machine.shaft)), &request).unwrap()
    };
    let sound = asked(&machine, &[]);
    let Verdict::NoFaultFound { blind_to, .. } = &sound.verdict else { panic!("{:?}", sound.verdict) };
    assert_eq!(sound.smallest_fault.len(), 3);
    let outer = &sound.smallest_fault[1];
    assert!(blind_to.to_string().contains(&outer.in_words("g").to_string()), "{blind_to}");

    // Another pattern of slip than that of the search, 3.5 dB above what it found.
    let mut fault = Simulation::new(machine.rate, machine.seconds, machine.shaft, machine.geometry);
    fault.fault = Some(SimulatedFault { kind: FaultKind::Outer, amplitude: 1.0, angle_deg: 0.0 });
    (fault.noise_rms, fault.seed, fault.resonance) = (0.0, 99, Hertz(outer.resonance_hz));
    let impacts = fault.simulate().unwrap().samples;
    let peak = impacts.iter().fold(0f32, |a, x| a.max(x.abs()));
    let gain = 1.5 * outer.impact_peak.unwrap() as f32 / peak;
    let stronger: Vec<f32> = impacts.iter().map(|x| gain * x).collect();
    let faulty = asked(&machine, &stronger);
    assert!(
        matches!(faulty.verdict, Verdict::Found { element: FaultKind::Outer, .. }),
        "{:?} after {outer:?}",
        faulty.verdict
    );
    assert!(faulty.smallest_fault.is_empty());
}
