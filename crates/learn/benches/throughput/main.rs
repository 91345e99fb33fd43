//! From files to classes, beside numpy, scipy and PyTorch doing the same work on the same files, on one core, in one run.
//!
//! ```text
//! cargo bench --workspace --bench throughput                               our own times
//! cargo bench --workspace --bench throughput -- --peers python3            beside the peer, see peer_pipeline.py
//! cargo bench --workspace --bench throughput -- --peers python3 FOLDER     on the first MATLAB files of a folder
//! ```
//! Four recordings of ten seconds at 12 kHz, simulated unless a folder is named, lie as MATLAB files. Each is read, cut into
//! windows of 2048 samples and standardised; VMD makes four modes of each, STFT an image of 32 x 32 of every mode, and an
//! SE-CNN with fixed random weights tells ten classes apart. The whole is `Trained::score` behind the reader, as `diagnose` does
//! it; the stages are timed apart. Medians of the rounds, in which the two sides take turns; a ratio above 1 says that ours is
//! faster. The mean probabilities of both sides are compared, so that the work is the same.
//!
//! # What was measured
//! One machine (AMD Zen 5, AVX-512), numpy 2.4, scipy 1.17, vmdpy 0.2, PyTorch 2.15, milliseconds a file:
//!
//! | VMD images | ours | peer | peer over ours |
//! |---|---|---|---|
//! | read | 2.5 | 2.8 | 1.1 |
//! | vmd | 28.6 | 7836 | 274 |
//! | images | 5.8 | 17.6 | 3.0 |
//! | net | 11.1 | 38.3 | 3.4 |
//! | whole | 45.8 | 7896 | **172** (bar 20) |
//!
//! Without VMD, on STFT images, the whole takes 13.5 and 41.7 ms: 3.1 times. Probabilities differ by 1e-4 with VMD (vmdpy
//! returns the sweep before the last) and by 1e-8 without.
#![allow(missing_docs, clippy::print_stdout, clippy::expect_used)]

#[allow(dead_code, reason = "shared with the bench of the transforms, which uses more of it")]
#[path = "../../../signal/benches/transforms/clock.rs"]
mod clock;
#[allow(dead_code, reason = "shared with the bench of the transforms, which uses more of it")]
#[path = "../../../signal/benches/transforms/peer.rs"]
mod peer;

use brinell_formats::{read_arrays, write_mat5};
use brinell_learn::{ClassName, Model, ModelFacts, Trained, parse_pipeline};
use brinell_model::{Architecture, Inference, SeCnn, Variables};
use brinell_signal::simulate::{SimulatedFault, Simulation};
use brinell_signal::{BearingGeometry, Context, FaultKind, Hertz, Millimetres, Pipeline, PipelinePlan};
use candle_core::{DType, Device};
use clock::median;
use peer::Peers;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// The program's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/throughput/peer_pipeline.py");
const ROUNDS: usize = 5;
const RATE: Hertz = Hertz(12_000.0);
const WINDOW: usize = 2048;
const CLASSES: usize = 10;
const FILES: usize = 4;
/// The share of the peer's time that ours may take with VMD images: a twentieth.
const BAR: f64 = 20.0;

const STAGES: [&str; 5] = ["read", "vmd", "images", "net", "whole"];

const STANDARDISED: &str = "[[pipeline]]\nstep = \"standardise\"\n";
const MODES: &str = "[[pipeline]]\nstep = \"vmd\"\nmodes = 4\n";
const IMAGES: &str = "[[pipeline]]\nstep = \"stft\"\nwindow = \"hann\"\nlength = 128\nhop = 32\n\
    scale = { decibel = { floor_db = -80.0 } }\nrows = 32\ncolumns = 32\n[[pipeline]]\nstep = \"standardise-image\"\n";

/// One way of looking at windows.
struct Work {
    name: &'static str,
    /// Whether the windows are taken apart into modes.
    vmd: bool,
}

fn main() {
    rayon::ThreadPoolBuilder::new().num_threads(1).build_global().expect("one thread");
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let python = words.iter().position(|word| word == "--peers").and_then(|at| words.get(at + 1));
    let own = tempfile::tempdir().expect("a temporary folder");
    let named = words.iter().enumerate().filter(|(at, _)| *at == 0 || words[at - 1] != "--peers");
    let folder = named.map(|(_, word)| word).find(|word| !word.starts_with("--")).map(PathBuf::from);
    if folder.is_none() {
        simulate(own.path());
    }
    let files = mat_files(folder.as_deref().unwrap_or(own.path()));
    println!("{} files, one thread, medians of {ROUNDS} rounds; milliseconds a file", files.len());
    for work in [Work { name: "VMD images", vmd: true }, Work { name: "STFT images", vmd: false }] {
        compare(&work, &files, own.path(), python.map(String::as_str));
    }
}

/// Recordings of a bearing in four states.
fn simulate(folder: &Path) {
    let geometry =
        BearingGeometry::new(9, Millimetres(7.94004), Millimetres(39.0398), 0.0).expect("a bearing");
    let kinds = [None, Some(FaultKind::Inner), Some(FaultKind::Outer), Some(FaultKind::Ball)];
    for (seed, kind) in (0..).zip(kinds).take(FILES) {
        let simulation = Simulation {
            fault: kind.map(|kind| SimulatedFault { kind, amplitude: 1.0, angle_deg: 0.0 }),
            snr_db: 0.0,
            seed,
            ..Simulation::new(RATE, 10.0, Hertz(30.0), geometry)
        };
        let samples = simulation.simulate().expect("a recording").samples;
        let samples: Vec<f64> = samples.iter().map(|&x| f64::from(x)).collect();
        write_mat5(&folder.join(format!("{seed}.mat")), &[("vibration".to_owned(), samples)])
            .expect("a file");
    }
}

fn mat_files(folder: &Path) -> Vec<PathBuf> {
    let listed = std::fs::read_dir(folder).expect("a folder");
    let mut files: Vec<PathBuf> = listed.map(|entry| entry.expect("an entry").path()).collect();
    files.retain(|path| path.extension().is_some_and(|ending| ending == "mat"));
    files.sort();
    files.truncate(FILES);
    files
}

/// The longest array of a file, of several the first.
fn read(path: &Path) -> Vec<f32> {
    let arrays = read_arrays(path).expect("arrays");
    let vectors = arrays.iter().rev().filter_map(|array| array.as_vector());
    let longest = vectors.max_by_key(|values| values.len()).expect("a vector");
    longest.iter().map(|&value| value as f32).collect()
}

fn pipeline(text: &str) -> Pipeline {
    parse_pipeline(text, "bench").expect("a pipeline")
}

/// The model, with the weights of seed 1.
fn trained(work: &Work) -> (Trained, Inference) {
    let steps = [STANDARDISED, if work.vmd { MODES } else { "" }, IMAGES].concat();
    let pipeline = pipeline(&steps);
    let architecture = Architecture::SeCnn(SeCnn::default());
    let mut variables = Variables::new(1, DType::F32, &Device::Cpu);
    let input = [if work.vmd { 4 } else { 1 }, 32, 32];
    let network = architecture.build(&input, CLASSES, &mut variables).expect("a net");
    let facts = ModelFacts {
        schema: ModelFacts::schema(),
        name: "throughput".to_owned(),
        card: "Random weights: for timing only.".to_owned(),
        rate_hz: RATE.0,
        segment_length: WINDOW,
        segment_stride: WINDOW,
        pipeline,
        model: Model::Net(architecture),
        each_part: false,
        classes: (0..CLASSES).map(|n| ClassName::sized(FaultKind::Inner, &format!("{n} mm"))).collect(),
        sizes: Vec::new(),
        data_sha256: String::new(),
        calibrated: false,
        calibration: None,
        learned_from: Vec::new(),
        range: None,
    };
    let trained = Trained::new(facts, &variables.to_tensors().expect("tensors")).expect("a model");
    (trained, Inference::new(&network, 64).expect("inference"))
}

/// Seconds of each stage over all files, and the mean probabilities of each.
struct Ran {
    seconds: [f64; STAGES.len()],
    means: Vec<Vec<f64>>,
}

/// Our side, stage by stage.
struct Ours {
    trained: Trained,
    inference: Inference,
    modes: Option<PipelinePlan>,
    images: PipelinePlan,
}

impl Ours {
    fn new(work: &Work) -> Self {
        let (trained, inference) = trained(work);
        let plan =
            |text: &str, channels| pipeline(text).plan_channels(RATE, channels, WINDOW).expect("a plan");
        Self {
            trained,
            inference,
            modes: work.vmd.then(|| plan(&[STANDARDISED, MODES].concat(), 1)),
            images: if work.vmd { plan(IMAGES, 4) } else { plan(&[STANDARDISED, IMAGES].concat(), 1) },
        }
    }

    fn run(&mut self, files: &[PathBuf]) -> Ran {
        let (mut seconds, mut means) = ([0.0; STAGES.len()], Vec::new());
        for path in files {
            let samples = timed(&mut seconds[0], || read(path));
            let windows: Vec<(&[f32], Context)> =
                samples.chunks_exact(WINDOW).map(|window| (window, Context::default())).collect();
            let modes = timed(&mut seconds[1], || {
                self.modes.as_ref().map(|plan| plan.process_many(&windows).expect("modes"))
            });
            let images = timed(&mut seconds[2], || match &modes {
                None => self.images.process_many(&windows).expect("images"),
                Some(modes) => {
                    let apart: Vec<(&[f32], Context)> =
                        modes.chunks_exact(4 * WINDOW).map(|modes| (modes, Context::default())).collect();
                    self.images.process_many(&apart).expect("images")
                }
            });
            let count = windows.len();
            timed(&mut seconds[3], || {
                for batch in images.chunks(64 * self.images.output_len()) {
                    let of_batch = batch.len() / self.images.output_len();
                    self.inference.run(batch, of_batch).expect("logits");
                }
            });
            assert_eq!(images.len(), count * self.images.output_len());
            let scores = timed(&mut seconds[4], || {
                self.trained.score(&read(path), RATE, &Context::default()).expect("scores")
            });
            means.push(scores.mean);
        }
        Ran { seconds, means }
    }
}

fn timed<T>(sum: &mut f64, work: impl FnOnce() -> T) -> T {
    let begun = Instant::now();
    let made = work();
    *sum += begun.elapsed().as_secs_f64();
    made
}

/// The peer's side, which stands in a process of its own.
fn ask(peers: &mut Peers, count: usize) -> Result<Ran, String> {
    let answer = peers.answer("run", &count.to_string())?;
    if let Some(error) = answer["error"].as_str() {
        return Err(error.to_owned());
    }
    let mut seconds = [0.0; STAGES.len()];
    for (sum, name) in seconds.iter_mut().zip(STAGES) {
        *sum = answer["seconds"][name].as_f64().ok_or("a stage is missing")?;
    }
    let means = serde_json::from_value(answer["means"].clone()).map_err(|error| error.to_string())?;
    Ok(Ran { seconds, means })
}

fn compare(work: &Work, files: &[PathBuf], folder: &Path, python: Option<&str>) {
    let mut ours = Ours::new(work);
    let model = folder.join("model.safetensors");
    ours.trained.save(&model).expect("a file");
    let mut arguments =
        vec![model.display().to_string(), (if work.vmd { "vmd" } else { "plain" }).to_owned()];
    arguments.extend(files.iter().map(|path| path.display().to_string()));
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut peers = python.and_then(|python| match Peers::start(python, SCRIPT, &arguments) {
        Ok(peers) => Some(peers),
        Err(reason) => {
            println!("the peer cannot be timed: {reason}");
            None
        }
    });
    if let Some(peers) = &peers {
        println!("peer: {}", peers.versions);
    }
    ours.run(files);
    let (mut own, mut other) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        own.push(ours.run(files));
        match peers.as_mut().map(|peers| ask(peers, files.len())).transpose() {
            Ok(ran) => other.extend(ran),
            Err(reason) => {
                println!("the peer cannot be timed: {reason}");
                peers = None;
            }
        }
    }
    println!("\n{}\nstage | ours | peer | peer over ours\n---|---|---|---", work.name);
    for (at, stage) in STAGES.into_iter().enumerate().filter(|(_, stage)| work.vmd || *stage != "vmd") {
        let of =
            |all: &[Ran]| median(all.iter().map(|ran| ran.seconds[at]).collect()) / files.len() as f64 * 1e3;
        let (ours, peer) = (of(&own), of(&other));
        println!("{stage} | {ours:.3} | {peer:.3} | {:.1}", peer / ours);
        if stage == "whole" && work.vmd && !other.is_empty() {
            println!("bar {BAR}: {}", if peer / ours >= BAR { "met" } else { "missed" });
        }
    }
    if let (Some(own), Some(other)) = (own.first(), other.first()) {
        let apart = own.means.iter().flatten().zip(other.means.iter().flatten()).map(|(a, b)| (a - b).abs());
        println!("largest difference of a mean probability: {:.2e}", apart.fold(0.0, f64::max));
    }
}
