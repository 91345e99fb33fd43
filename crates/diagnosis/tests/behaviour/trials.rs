//! Verdicts on machines drawn at random: how often a fault is named, and a sound one blamed. The long tables
//! are run by `cargo test --release --workspace --test behaviour trials -- --ignored --nocapture`.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::f64::consts::TAU;

use brinell_diagnosis::{BearingUse, CatalogueBearing, Diagnosis, Request, Verdict, diagnose, ranked};
use brinell_signal::{
    BearingGeometry, Channel, FaultKind, Hertz, Known, Millimetres, Origin, Provenance, Recording, Unit,
    generator,
    simulate::{Knocks, LoadZone, SimulatedFault, Simulation},
};
use rand::RngExt;
use rayon::prelude::*;

/// A machine drawn at random: its recording with a speed that is up to 0.8 % off, and its bearing.
struct Trial {
    samples: Vec<f32>,
    rate: Hertz,
    stated: Hertz,
    geometry: BearingGeometry,
}

/// Draws until the bearing is possible and its orders are at least 4 % apart, so that parts can be told.
fn trial(seed: u64, kind: Option<FaultKind>, snr_db: f64) -> Trial {
    (0..).find_map(|attempt| drawn(seed, attempt, kind, snr_db)).unwrap()
}

fn drawn(seed: u64, attempt: u64, kind: Option<FaultKind>, snr_db: f64) -> Option<Trial> {
    let mut random = generator(seed * 1000 + attempt, "trial");
    let mut between = |low: f64, high: f64| random.random_range(low..high);
    let n = between(6.0, 21.0) as u32;
    let widest = 0.97 * (std::f64::consts::PI / f64::from(n)).sin();
    let ball = Millimetres(40.0 * widest * between(0.65, 0.98));
    let angle = [0.0, 0.0, 15.0, 25.0][between(0.0, 4.0) as usize];
    let geometry = BearingGeometry::new(n, ball, Millimetres(40.0), angle).ok()?;
    let orders = geometry.orders();
    let own = [orders.bpfi, orders.bpfo, 2.0 * orders.bsf];
    if (0..3).any(|i| (own[i] / own[(i + 1) % 3] - 1.0).abs() < 0.04) {
        return None;
    }
    let shaft = Hertz(between(5.0, 60.0));
    let rate = Hertz([8000.0, 12_000.0, 16_384.0, 25_600.0, 48_000.0][between(0.0, 5.0) as usize]);
    let seconds = (between(120.0, 300.0) / shaft.0).clamp(3.0, 12.0);
    let mut simulation = Simulation::new(rate, seconds, shaft, geometry);
    simulation.slip = between(0.0, 0.02);
    simulation.resonance = Hertz(rate.0 * between(0.08, 0.42));
    simulation.damping = between(0.02, 0.1);
    simulation.load_zone = LoadZone { extent: between(0.4, 1.0) };
    simulation.noise_colour = between(-0.5, 0.9);
    let level = between(0.0, 1.0);
    simulation.shaft_harmonics =
        (0..between(0.0, 10.0) as usize).map(|_| level * between(0.0, 1.0)).collect();
    let mains = [50.0, 60.0, 100.0, 120.0][between(0.0, 4.0) as usize];
    simulation.mains = Some((Hertz(mains), between(0.0, 0.3)));
    if between(0.0, 1.0) < 0.3 {
        simulation.knocks = Some(Knocks {
            per_second: between(0.5, 10.0),
            amplitude: between(0.5, 3.0),
            resonance: Hertz(rate.0 * between(0.08, 0.42)),
            damping: 0.05,
        });
    }
    simulation.snr_db = snr_db;
    simulation.seed = seed;
    let angle_deg = between(-40.0, 40.0);
    simulation.fault = kind.map(|kind| SimulatedFault { kind, amplitude: 1.0, angle_deg });
    let mut samples = simulation.simulate().ok()?.samples;
    let power = samples.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>() / samples.len() as f64;
    let (geared, swelling) = (between(0.0, 1.0) < 0.5, between(0.0, 1.0) < 0.5);
    let teeth = between(11.0, 60.0).floor();
    let (mesh, depth, phase) = (power.sqrt() * between(0.1, 1.0), between(0.0, 0.6), between(0.0, 1.0));
    let (swell, swell_order) = (between(0.0, 0.3), between(1.0, 4.0).floor());
    for (i, x) in samples.iter_mut().enumerate() {
        let turns = i as f64 / rate.0 * shaft.0;
        if geared {
            let carrier: f64 = (1..=3)
                .map(f64::from)
                .filter(|g| g * teeth * shaft.0 < 0.45 * rate.0)
                .map(|g| (TAU * g * teeth * turns).cos() / g)
                .sum();
            *x += (mesh * (1.0 + depth * (TAU * (turns + phase)).cos()) * carrier) as f32;
        }
        if swelling {
            *x *= (1.0 + swell * (TAU * (swell_order * turns + phase)).cos()) as f32;
        }
    }
    let stated = Hertz(shaft.0 * (1.0 + between(-0.008, 0.008)));
    Some(Trial { samples, rate, stated, geometry })
}

fn recorded(trial: Trial) -> Recording {
    let unit = Known::new(Unit::G, Origin::Declared, "simulated");
    let channel = Channel::new("1", "x", unit, None, trial.samples).unwrap();
    let provenance = Provenance {
        path: "simulated".into(),
        sha256: "0".repeat(64),
        bytes: 0,
        format: "simulation".into(),
    };
    let rate = Known::new(trial.rate, Origin::Declared, "simulated");
    let speed = Known::new(trial.stated, Origin::Measured, "simulated");
    Recording::new(vec![channel], rate, Some(speed), None, provenance).unwrap()
}

fn judged(trial: Trial) -> Diagnosis {
    let bearing = CatalogueBearing::declared("drawn".into(), trial.geometry, "drawn at random".into());
    let used = BearingUse { bearing, origin: Origin::Declared };
    diagnose(&recorded(trial), &Request { bearing: Some(used), ..Request::default() }).unwrap()
}

const KINDS: [FaultKind; 3] = [FaultKind::Inner, FaultKind::Outer, FaultKind::Ball];

/// Of so many faults: right part first, found right, found wrong.
fn faults(count: u64, snr_db: f64) -> [usize; 3] {
    let each: Vec<[bool; 3]> = (1..=count)
        .into_par_iter()
        .map(|seed| {
            let kind = KINDS[seed as usize % 3];
            let diagnosis = judged(trial(seed, Some(kind), snr_db));
            let first = ranked(&diagnosis.evidence)[0].element;
            let found = match diagnosis.verdict {
                Verdict::Found { element, .. } => Some(element),
                _ => None,
            };
            [first == kind, found == Some(kind), found.is_some_and(|found| found != kind)]
        })
        .collect();
    [0, 1, 2].map(|i| each.iter().filter(|row| row[i]).count())
}

/// Of so many sound machines: those blamed, and of their four chances each how many lie below these.
fn sound(count: u64, below: &[f64]) -> (usize, Vec<usize>) {
    let each: Vec<(bool, Vec<f64>)> = (1..=count)
        .into_par_iter()
        .map(|seed| {
            let diagnosis = judged(trial(seed + 100_000, None, 0.0));
            let blamed = matches!(diagnosis.verdict, Verdict::Found { .. });
            (blamed, diagnosis.evidence.iter().map(|e| e.p).collect())
        })
        .collect();
    let chances: Vec<f64> = each.iter().flat_map(|row| row.1.clone()).collect();
    let under = below.iter().map(|limit| chances.iter().filter(|p| *p < limit).count()).collect();
    (each.iter().filter(|row| row.0).count(), under)
}

#[test]
fn on_machines_drawn_at_random_a_clear_fault_is_ranked_first_and_a_sound_bearing_is_not_blamed() {
    let [first, found, wrong] = faults(60, -4.0);
    assert!(first >= 54 && found >= 30 && wrong <= 1, "first {first}, found {found}, wrong {wrong} of 60");
    let (blamed, under) = sound(60, &[0.01]);
    // 240 chances: 2.4 are expected below 0.01, and 8 or more come once in three hundred runs.
    assert!(blamed == 0 && under[0] < 8, "{blamed} of 60 blamed, {under:?} of 240 chances below 0.01");
}

#[test]
#[ignore = "a table over 1000 machines"]
fn the_table_of_detection_against_noise_and_of_false_alarms() {
    let count = 200;
    for snr_db in [-20.0, -16.0, -12.0, -10.0, -5.0, 0.0, 5.0, 10.0] {
        let [first, found, wrong] = faults(count, snr_db);
        println!(
            "{snr_db:5} dB: of {count} faults right part first {first}, found right {found}, found wrong {wrong}"
        );
    }
    let limits = [0.1, 0.01, 0.001, 1e-4];
    let (blamed, under) = sound(1000, &limits);
    println!("of 1000 sound machines {blamed} blamed; of 4000 chances below {limits:?}: {under:?}");
    assert!(blamed <= 10);
}

/// Of so many race faults at 0 dB on bearings that are not told: those whose first comb lies within 1 % of the true
/// order, those that have a reading with the true part and number of elements, and those without any comb.
fn unknown_races(count: u64) -> [usize; 3] {
    let each: Vec<[bool; 3]> = (1..=count)
        .into_par_iter()
        .map(|seed| {
            let kind = KINDS[seed as usize % 2];
            let trial = trial(seed, Some(kind), 0.0);
            let (geometry, true_order) = (trial.geometry, kind.order(&trial.geometry.orders()).0);
            let diagnosis = diagnose(&recorded(trial), &Request::default()).unwrap();
            assert!(matches!(diagnosis.verdict, Verdict::Undecided { .. }), "machine {seed}");
            let found = diagnosis.unknown_bearing.unwrap();
            let near = found.combs.first().is_some_and(|comb| (comb.order / true_order - 1.0).abs() < 0.01);
            let read = found.readings.iter().any(|reading| {
                reading.element == kind && reading.rolling_elements == Some(geometry.rolling_elements)
            });
            [near, read, found.combs.is_empty()]
        })
        .collect();
    [0, 1, 2].map(|i| each.iter().filter(|row| row[i]).count())
}

/// Sound machines out of so many on which a comb is told although no bearing is known.
fn unknown_sound(count: u64) -> usize {
    (1..=count)
        .into_par_iter()
        .filter(|seed| {
            let trial = trial(seed + 100_000, None, 0.0);
            let diagnosis = diagnose(&recorded(trial), &Request::default()).unwrap();
            diagnosis.unknown_bearing.unwrap().combs.iter().any(|comb| comb.rival.is_none())
        })
        .count()
}

#[test]
fn of_a_bearing_that_is_not_known_the_order_of_a_race_fault_is_found_and_a_sound_one_shows_none() {
    let [near, read, none] = unknown_races(40);
    assert!(near >= 31 && read >= 30, "near {near}, read {read}, none {none} of 40");
    let combs = unknown_sound(40);
    assert!(combs <= 1, "{combs} of 40 sound machines show a comb");
}

#[test]
#[ignore = "a table over 600 machines"]
fn the_table_of_unknown_bearings() {
    let [near, read, none] = unknown_races(200);
    println!("of 200 race faults at 0 dB: order within 1 % {near}, read {read}, no comb {none}");
    let combs = unknown_sound(400);
    println!("of 400 sound machines a comb on {combs}");
    assert!(near >= 180 && combs <= 4);
}
