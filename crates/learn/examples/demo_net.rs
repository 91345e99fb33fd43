//! Trains the small net that `brinell demo` ships: `demo_net FOLDER` writes `FOLDER/model.safetensors`.
//!
//! Every recording is a simulated machine of its own: bearing geometry, speed, resonance, background and
//! signal-to-noise ratio are drawn at random, so that the net learns combs and not one machine. The last
//! table compares its answers with the truth on machines that neither training nor the choice of the
//! best epoch has seen.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::path::Path;
use std::sync::atomic::AtomicBool;

use brinell_learn::{
    ClassName, EarlyStop, Error, Event, LabelledSignal, NetRecipe, TrainingOptions, train_net,
};
use brinell_model::Architecture;
use brinell_signal::{
    BearingGeometry, Context, FaultKind, Hertz, Millimetres, Pipeline, Segments, Step, generator,
    simulate::{Knocks, SimulatedFault, Simulation},
};
use rand::{Rng, RngExt};

const RATE: Hertz = Hertz(12_000.0);
const SECONDS: f64 = 4.0;
const TRAIN: u64 = 1500;
const VALIDATION: u64 = 300;
const TEST: u64 = 600;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let Some(folder) = std::env::args().nth(1) else {
        eprintln!("demo_net FOLDER");
        return Ok(());
    };
    let folder = Path::new(&folder);
    let length = (RATE.0 * SECONDS) as usize;
    let architecture: Architecture = serde_json::from_value(serde_json::json!({
        "name": "se-cnn", "widths": [12, 24, 48], "hidden": 32, "dropout": 0.3
    }))?;
    let recipe = NetRecipe {
        name: "demo".into(),
        card: format!(
            "Small SE-CNN on comb images, trained on {TRAIN} simulated machines (random bearing, speed, resonance, \
             noise). Made for `brinell demo`; it has seen no real machine and must not be used for one."
        ),
        rate: RATE,
        segments: Segments::new(length, length)?,
        pipeline: Pipeline::new(vec![Step::CombImage {
            harmonics: 8,
            columns: 33,
            half_width: 0.03,
            bands: vec![[0.02, 0.99], [0.1, 0.4], [0.3, 0.6], [0.5, 0.95]],
        }]),
        architecture,
        training: TrainingOptions {
            epochs: 40,
            batch: 50,
            seeds: vec![1],
            early_stop: EarlyStop { patience: 8 },
            ..TrainingOptions::default()
        },
        classes: [ClassName::normal()].into_iter().chain(FaultKind::ALL.map(ClassName::of)).collect(),
        data_sha256: String::new(),
    };
    let train = machines(0, TRAIN)?;
    let validation = machines(1_000_000, VALIDATION)?;
    let mut watch = |event: &Event<'_>| {
        if let Event::EpochDone { row, best, .. } = event {
            println!(
                "epoch {:2}  training {:.4} {:5.1} %  validation {:.4} {:5.1} %{}",
                row.epoch,
                row.train_loss,
                100.0 * row.train_accuracy,
                row.validation_loss,
                100.0 * row.validation_accuracy,
                if *best { "  best" } else { "" }
            );
        }
    };
    let net =
        train_net(&recipe, &train, &validation, &folder.join("log"), &AtomicBool::new(false), &mut watch)?;
    net.save(&folder.join("model.safetensors"))?;

    let mut table = vec![vec![0u32; recipe.classes.len()]; recipe.classes.len()];
    for machine in machines(2_000_000, TEST)? {
        let mean = net.score(&machine.samples, RATE, &machine.context)?.mean;
        let best = (0..mean.len()).max_by(|&a, &b| mean[a].total_cmp(&mean[b])).unwrap_or(0);
        table[machine.class as usize][best] += 1;
    }
    println!("\n{TEST} machines not seen before; rows truth, columns answer");
    for (class, row) in recipe.classes.iter().zip(&table) {
        println!("{:8} {row:4?}", class.name);
    }
    Ok(())
}

fn machines(from: u64, count: u64) -> Result<Vec<LabelledSignal>, Error> {
    (from..from + count).map(machine).collect()
}

/// One random machine; its number decides everything about it.
fn machine(number: u64) -> Result<LabelledSignal, Error> {
    let mut random = generator(number, "demo net: machine");
    let elements = random.random_range(7..=17);
    // Balls fill 60 to 85 % of the pitch circle.
    let ratio = between(&mut random, 0.6, 0.85) * std::f64::consts::PI / f64::from(elements);
    let geometry = BearingGeometry::new(
        elements,
        Millimetres(40.0 * ratio),
        Millimetres(40.0),
        if random.random_bool(0.3) { between(&mut random, 5.0, 25.0) } else { 0.0 },
    )?;
    let shaft = Hertz(between(&mut random, 12.0, 62.0));
    let class = random.random_range(0..5u32);
    let mut simulation = Simulation::new(RATE, SECONDS, shaft, geometry);
    simulation.fault = (class > 0).then(|| SimulatedFault {
        kind: FaultKind::ALL[class as usize - 1],
        amplitude: 1.0,
        angle_deg: between(&mut random, -40.0, 40.0),
    });
    simulation.snr_db = between(&mut random, -14.0, 3.0);
    simulation.slip = between(&mut random, 0.002, 0.02);
    simulation.resonance = Hertz(between(&mut random, 1200.0, 5200.0));
    simulation.damping = between(&mut random, 0.02, 0.1);
    simulation.shaft_harmonics = (0..6).map(|_| between(&mut random, 0.0, 0.6)).collect();
    simulation.mains = random.random_bool(0.5).then(|| (Hertz(50.0), between(&mut random, 0.0, 0.2)));
    simulation.noise_colour = between(&mut random, -0.3, 0.7);
    simulation.knocks = random.random_bool(0.2).then(|| Knocks {
        per_second: between(&mut random, 0.5, 5.0),
        amplitude: 2.0,
        resonance: Hertz(between(&mut random, 800.0, 4000.0)),
        damping: 0.05,
    });
    simulation.seed = number;
    let samples = simulation.simulate()?.samples;
    // The stated order is the kinematic one; a real bearing's lies up to half a percent off.
    let stated = Hertz(shaft.0 * between(&mut random, 0.996, 1.004));
    Ok(LabelledSignal {
        samples,
        context: Context { shaft: Some(stated), orders: Some(geometry.orders()) },
        class,
    })
}

fn between(random: &mut impl Rng, low: f64, high: f64) -> f64 {
    low + (high - low) * random.random::<f64>()
}
