//! Simulated bearings: lines where the kinematics say, smeared by slip, absent when healthy.
#![allow(clippy::unwrap_used)]

use std::f64::consts::TAU;

use brinell_signal::{
    BearingGeometry, Error, FaultKind, Hertz, Millimetres,
    simulate::{Knocks, LoadZone, SimulatedFault, Simulation},
};

const RATE: f64 = 12_000.0;
const SHAFT: f64 = 29.95;

fn geometry() -> BearingGeometry {
    BearingGeometry::new(9, Millimetres(7.94), Millimetres(39.04), 0.0).unwrap()
}

fn healthy() -> Simulation {
    Simulation::new(Hertz(RATE), 4.0, Hertz(SHAFT), geometry())
}

fn faulty(kind: FaultKind) -> Simulation {
    Simulation {
        fault: Some(SimulatedFault { kind, amplitude: 1.0, angle_deg: 0.0 }),
        snr_db: 6.0,
        slip: 0.0,
        ..healthy()
    }
}

/// Amplitude of one frequency in the squared signal, whose low frequencies are those of the squared envelope.
fn line(squared: &[f64], frequency: f64) -> f64 {
    let (mut re, mut im) = (0.0, 0.0);
    for (index, value) in squared.iter().enumerate() {
        let angle = TAU * frequency * index as f64 / RATE;
        re += value * angle.cos();
        im += value * angle.sin();
    }
    f64::hypot(re, im) * 2.0 / squared.len() as f64
}

fn squared(samples: &[f32]) -> Vec<f64> {
    let squares: Vec<f64> = samples.iter().map(|&sample| f64::from(sample).powi(2)).collect();
    let mean = squares.iter().sum::<f64>() / squares.len() as f64;
    squares.into_iter().map(|square| square - mean).collect()
}

/// Height of a line over the median of lines round it that belong to no order of the bearing.
fn prominence(samples: &[f32], frequency: f64) -> f64 {
    let squared = squared(samples);
    let mut floor: Vec<f64> =
        (0..41).map(|step| line(&squared, frequency + 3.37 + 0.25 * f64::from(step))).collect();
    floor.sort_by(f64::total_cmp);
    line(&squared, frequency) / floor[20]
}

#[test]
fn every_fault_has_its_line_where_the_kinematics_say() {
    let orders = geometry().orders();
    for kind in FaultKind::ALL {
        let simulation = faulty(kind);
        let record = simulation.simulate().unwrap();
        let expected = kind.order(&orders).0 * SHAFT;
        let squared = squared(&record.samples);
        // The largest line within 3 % has to be the expected one, to a bin (0.25 Hz).
        let steps = (0.03 * expected / 0.05).ceil() as i32;
        let found = (-steps..=steps)
            .map(|step| expected + 0.05 * f64::from(step))
            .max_by(|&a, &b| line(&squared, a).total_cmp(&line(&squared, b)))
            .unwrap();
        assert!((found - expected).abs() <= 0.25, "{kind}: {found} Hz, expected {expected}");
        assert!(prominence(&record.samples, expected) > 8.0, "{kind}");
        for other in FaultKind::ALL.into_iter().filter(|&other| other != kind) {
            if kind == FaultKind::Ball && other == FaultKind::Cage {
                // The ball is carried through the load zone once a cage turn, which the envelope shows.
                continue;
            }
            let level = line(&squared, other.order(&orders).0 * SHAFT);
            assert!(level < 0.5 * line(&squared, expected), "{kind} fault shows {}", other.line());
        }
        let rate = record.impacts_s.len() as f64 / 4.0;
        assert!((rate / expected - 1.0).abs() < 0.05, "{kind}: {rate} impacts a second");
    }
}

#[test]
fn inner_race_and_ball_carry_their_sidebands_and_the_outer_race_none() {
    let orders = geometry().orders();
    for kind in [FaultKind::Inner, FaultKind::Ball, FaultKind::Outer] {
        let samples = faulty(kind).simulate().unwrap().samples;
        let squared = squared(&samples);
        let main = kind.order(&orders).0;
        let side = kind.sideband(&orders).map_or(1.0, |order| order.0);
        let share = line(&squared, (main + side) * SHAFT) / line(&squared, main * SHAFT);
        if kind == FaultKind::Outer {
            assert!(share < 0.2, "outer race: sideband {share}");
        } else {
            assert!(share > 0.3, "{kind}: sideband {share}");
        }
    }
}

#[test]
fn a_healthy_machine_has_no_fault_line() {
    let simulation =
        Simulation { shaft_harmonics: vec![0.5, 0.3], mains: Some((Hertz(50.0), 0.2)), ..healthy() };
    let record = simulation.simulate().unwrap();
    assert!(record.impacts_s.is_empty());
    for kind in [FaultKind::Inner, FaultKind::Outer, FaultKind::Ball] {
        let height = prominence(&record.samples, kind.order(&geometry().orders()).0 * SHAFT);
        assert!(height < 5.0, "{kind}: {height}");
    }
    let expected = 1.0 + 0.5 * (0.25 + 0.09 + 0.04);
    let power =
        record.samples.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>() / record.samples.len() as f64;
    assert!((power / expected - 1.0).abs() < 0.03, "power {power}, stated {expected}");
}

#[test]
fn slip_lowers_high_harmonics_more_than_low_ones() {
    let at = |slip: f64, harmonic: f64| {
        let mean = (0..6).map(|seed| {
            let simulation = Simulation { slip, seed, snr_db: f64::INFINITY, ..faulty(FaultKind::Outer) };
            line(
                &squared(&simulation.simulate().unwrap().samples),
                harmonic * geometry().orders().bpfo * SHAFT,
            )
        });
        mean.sum::<f64>()
    };
    let first = at(0.02, 1.0) / at(0.0, 1.0);
    let fifth = at(0.02, 5.0) / at(0.0, 5.0);
    assert!(fifth < 0.5 * first, "first harmonic keeps {first}, fifth {fifth}");
}

#[test]
fn the_signal_to_noise_ratio_is_the_stated_one() {
    let power = |samples: &[f32]| samples.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>();
    let knocks = Some(Knocks { per_second: 5.0, amplitude: 3.0, resonance: Hertz(1500.0), damping: 0.1 });
    for snr_db in [-10.0, 0.0, 15.0] {
        let machine = Simulation {
            snr_db,
            knocks,
            shaft_harmonics: vec![0.4],
            noise_colour: 0.7,
            ..faulty(FaultKind::Inner)
        };
        let all = machine.simulate().unwrap().samples;
        let fault = Simulation { snr_db: f64::INFINITY, ..machine.clone() }.simulate().unwrap().samples;
        let rest: Vec<f32> = all.iter().zip(&fault).map(|(all, fault)| all - fault).collect();
        let got = 10.0 * (power(&fault) / power(&rest)).log10();
        assert!((got - snr_db).abs() < 1e-3, "{got} dB, stated {snr_db}");
    }
}

#[test]
fn the_same_seed_gives_the_same_bits_and_another_seed_other_ones() {
    let machine = Simulation { seed: 7, ..faulty(FaultKind::Ball) };
    let first = machine.simulate().unwrap();
    assert_eq!(first, machine.simulate().unwrap());
    assert_ne!(first.samples, Simulation { seed: 8, ..machine.clone() }.simulate().unwrap().samples);
    // Noise is drawn by itself: a fault does not change it.
    let noise = Simulation { fault: None, ..machine.clone() }.simulate().unwrap().samples;
    let silent = Simulation { noise_rms: 0.0, ..machine.clone() }.simulate().unwrap().samples;
    let scale = (f64::from(first.samples[100]) - f64::from(silent[100])) / f64::from(noise[100]);
    for index in (0..noise.len()).step_by(97) {
        let got = f64::from(first.samples[index]) - f64::from(silent[index]);
        assert!((got - scale * f64::from(noise[index])).abs() < 1e-4);
    }
}

#[test]
fn impacts_are_ascending_inside_the_record_and_follow_a_drifting_shaft() {
    let machine = Simulation { drift: 0.5, slip: 0.01, ..faulty(FaultKind::Outer) };
    let record = machine.simulate().unwrap();
    assert!(record.impacts_s.windows(2).all(|pair| pair[0] < pair[1]));
    assert!(record.impacts_s.iter().all(|&time| (0.0..4.0).contains(&time)));
    let early = record.impacts_s.iter().filter(|&&time| time < 1.0).count() as f64;
    let late = record.impacts_s.iter().filter(|&&time| time >= 3.0).count() as f64;
    // Mean speeds of the first and last second: 1.0625 and 1.4375 of the start.
    assert!((late / early / (1.4375 / 1.0625) - 1.0).abs() < 0.04, "{early} then {late}");
}

#[test]
fn coloured_noise_keeps_its_rms_and_leans_as_stated() {
    for colour in [-0.8, 0.0, 0.9] {
        let machine = Simulation { noise_colour: colour, noise_rms: 2.0, seconds: 20.0, ..healthy() };
        let x = machine.simulate().unwrap().samples;
        let power: f64 = x.iter().map(|&x| f64::from(x).powi(2)).sum();
        let lag: f64 = x.windows(2).map(|pair| f64::from(pair[0]) * f64::from(pair[1])).sum();
        assert!((power / x.len() as f64 / 4.0 - 1.0).abs() < 0.05);
        assert!((lag / power - colour).abs() < 0.01);
    }
}

#[test]
fn parameters_out_of_range_are_refused_by_name() {
    let base = faulty(FaultKind::Inner);
    let far = SimulatedFault { kind: FaultKind::Outer, amplitude: 1.0, angle_deg: 180.0 };
    let cases = [
        ("seconds", Simulation { seconds: f64::NAN, ..base.clone() }),
        ("seconds", Simulation { seconds: 1e12, ..base.clone() }),
        ("rate", Simulation { rate: Hertz(0.0), ..base.clone() }),
        ("shaft", Simulation { shaft: Hertz(-1.0), ..base.clone() }),
        ("shaft", Simulation { shaft: Hertz(5000.0), ..base.clone() }),
        ("drift", Simulation { drift: -1.0, ..base.clone() }),
        ("slip", Simulation { slip: 0.5, ..base.clone() }),
        ("snr_db", Simulation { snr_db: f64::NAN, ..base.clone() }),
        ("resonance", Simulation { resonance: Hertz(6000.0), ..base.clone() }),
        ("damping", Simulation { damping: 0.0, ..base.clone() }),
        ("load_zone", Simulation { load_zone: LoadZone { extent: 0.0 }, ..base.clone() }),
        ("shaft_harmonics", Simulation { shaft_harmonics: vec![0.1; 300], ..base.clone() }),
        ("mains", Simulation { mains: Some((Hertz(7000.0), 1.0)), ..base.clone() }),
        ("noise_rms", Simulation { noise_rms: -1.0, ..base.clone() }),
        ("noise_colour", Simulation { noise_colour: 1.0, ..base.clone() }),
        ("gain", Simulation { gain: 0.0, ..base.clone() }),
        ("gain", Simulation { gain: 1e300, ..base.clone() }),
        ("fault", Simulation { fault: Some(far), ..base.clone() }),
    ];
    for (field, simulation) in cases {
        let error = simulation.simulate().unwrap_err();
        assert!(
            matches!(error, Error::Simulation { .. }) && error.to_string().contains(field),
            "{field}: {error}"
        );
    }
}

#[test]
fn a_simulation_reads_back_from_its_text() {
    let machine = Simulation { seed: 3, mains: Some((Hertz(50.0), 0.1)), ..faulty(FaultKind::Cage) };
    let text = serde_json::to_string(&machine).unwrap();
    assert_eq!(serde_json::from_str::<Simulation>(&text).unwrap(), machine);
    let geometry =
        r#"{"rolling_elements":9,"ball_diameter":7.94,"pitch_diameter":39.04,"contact_angle_deg":0}"#;
    let short = format!(r#"{{"rate":12000,"seconds":4,"shaft":29.95,"geometry":{geometry}}}"#);
    assert_eq!(serde_json::from_str::<Simulation>(&short).unwrap(), healthy());
}
