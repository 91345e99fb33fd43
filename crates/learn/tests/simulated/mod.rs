//! A small simulated rig: two sensors, three faults in three sizes, two loads. No file is read.
#![allow(clippy::unwrap_used, dead_code)]

use brinell_formats::{Entry, FaultLabel};
use brinell_learn::{Experiment, Recordings};
use brinell_signal::{
    BearingGeometry, FaultKind, Hertz, Known, Millimetres, Origin,
    simulate::{SimulatedFault, Simulation},
};

pub(crate) const RATE: Hertz = Hertz(12_000.0);
pub(crate) const SIZES: [(&str, f64); 3] = [("7", 0.18), ("14", 0.36), ("21", 0.53)];
const FAULTS: [FaultKind; 3] = [FaultKind::Inner, FaultKind::Ball, FaultKind::Outer];

fn geometry() -> BearingGeometry {
    BearingGeometry::new(9, Millimetres(7.94), Millimetres(39.04), 0.0).unwrap()
}

fn samples(kind: Option<FaultKind>, shaft: Hertz, seed: u64) -> Vec<f32> {
    let mut machine = Simulation::new(RATE, 0.5, shaft, geometry());
    machine.fault = kind.map(|kind| SimulatedFault { kind, amplitude: 1.0, angle_deg: 0.0 });
    // every part rings the structure at a place of its own, so that a small net learns it in seconds
    machine.resonance = match kind {
        Some(FaultKind::Inner) => Hertz(4_500.0),
        Some(FaultKind::Ball) => Hertz(3_000.0),
        _ => Hertz(1_500.0),
    };
    machine.snr_db = 10.0;
    machine.seed = seed;
    machine.simulate().unwrap().samples
}

fn entry(at: usize, label: FaultLabel, site: Option<&str>, size: Option<(&str, f64)>, load: f64) -> Entry {
    let shaft = Hertz(29.9 - load * 0.4);
    let part = label.name();
    let id = match (site, size) {
        (Some(site), Some((size, _))) => format!("{site}-{part}-{size}"),
        _ => "healthy".to_owned(),
    };
    Entry {
        file: format!("r{at:02}"),
        label: format!("{id} load {load}"),
        rate: RATE,
        rate_origin: Origin::Declared,
        rate_note: "".into(),
        fault: label,
        site: site.map(str::to_owned),
        size_mm: size.map(|size| size.1),
        size_name: size.map(|size| size.0.to_owned()),
        position: None,
        load: Some(load),
        speed: Some(Known::new(shaft, Origin::Declared, "")),
        bearing: None,
        bearing_id: id.clone(),
        mount_id: id,
        channels: vec!["A".to_owned(), "B".to_owned()],
        samples: Some(6_000),
        prefix: None,
        bytes: None,
        sha256: format!("{at:064x}"),
        url: None,
        grade: None,
        quality: Vec::new(),
    }
}

/// The rig as seen by sensor A. `tell` makes the signals of a recording show its fault; without it all are
/// healthy, whatever the annotations say.
pub(crate) fn rig(tell: bool) -> Recordings {
    let mut signals = Vec::new();
    let mut add = |label: FaultLabel, site, size, load: f64| {
        let entry = entry(signals.len(), label, site, size, load);
        let shown = if tell && site == Some("A") { label.fault() } else { None };
        let seed = signals.len() as u64;
        let samples = samples(shown, entry.speed.as_ref().unwrap().value, seed);
        signals.push((entry, "A".to_owned(), samples));
    };
    for load in [0.0, 1.0] {
        add(FaultLabel::Normal, None, None, load);
        for site in ["A", "B"] {
            for size in SIZES {
                for kind in FAULTS {
                    add(FaultLabel::Fault(kind), Some(site), Some(size), load);
                }
            }
        }
    }
    Recordings::in_memory(RATE, signals).unwrap()
}

/// A net of a few thousand weights on 8 x 8 images.
pub(crate) const EXPERIMENT: &str = r#"
name = "small"
[data]
dataset = "simulated"
rate = "12kHz"
[segments]
length = 512
stride = 512
training_stride = 256
[[pipeline]]
step = "stft"
length = 64
hop = 32
scale = { decibel = { floor_db = -60 } }
rows = 8
columns = 8
[[pipeline]]
step = "standardise-image"
[model]
name = "se-cnn"
widths = [8, 16]
attention = { kind = "se", reduction = 4 }
hidden = 16
dropout = 0.2
[training]
epochs = 4
batch = 32
seeds = [5]
validation = 0.2
optimiser = { kind = "adam", learning_rate = 0.01 }
[[protocol]]
name = "leave-one-size-out"
sensor = "A"
"#;

pub(crate) fn experiment() -> Experiment {
    Experiment::parse(EXPERIMENT, "small.toml").unwrap()
}
