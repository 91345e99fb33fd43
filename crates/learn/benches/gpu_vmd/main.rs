//! Variational mode decomposition of many segments on a GPU, beside this library's own on the processor.
//!
//! ```text
//! cargo bench --workspace --bench gpu_vmd
//! cargo bench --workspace --bench gpu_vmd -- --segments 10000
//! ```
//! | option | what |
//! |---|---|
//! | `--device N` | which GPU, 0 unless said; `host` is the processor in its place, to try the bench itself |
//! | `--segments N` | other than 100,000 |
//! | `--subset N` | segments that the processor decomposes, 1024 unless said; its time is scaled up |
//!
//! Segments are cut from simulated recordings of healthy and damaged bearings at 12 kHz, and repeat after some
//! thousands. Both sides solve the same problem; it lives here because this room knows both.
#![allow(missing_docs, clippy::print_stdout)]

#[allow(dead_code, reason = "shared with the bench of the transforms, which uses more of it")]
#[path = "../../../signal/benches/transforms/clock.rs"]
mod clock;

use std::error::Error;
use std::time::Instant;

use brinell_gpu::{At, Buffer, Device, Launch, Order, View, Vmd, VmdReport, VmdSolver, VmdStart};
use brinell_signal::simulate::{SimulatedFault, Simulation};
use brinell_signal::vmd::VmdParams;
use brinell_signal::{BearingGeometry, FaultKind, Hertz, Millimetres};
use clock::median;

const RATE: Hertz = Hertz(12_000.0);
const LENGTHS: [usize; 2] = [2048, 1024];
const SEGMENTS: usize = 100_000;
const SUBSET: usize = 1024;
const MODES: usize = 4;
const MOST_SWEEPS: usize = 500;
const ROUNDS: usize = 3;
/// Simulated recordings of ten seconds.
const RECORDINGS: usize = 48;
/// Most segments of a launch: a few gigabytes.
const MOST: usize = 32_768;
/// The share of the free memory that is taken.
const SHARE: f64 = 0.8;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let behind = |flag: &str| words.iter().position(|word| word == flag).and_then(|at| words.get(at + 1));
    let number = |flag, unless| behind(flag).and_then(|word| word.parse().ok()).unwrap_or(unless);
    let device = match behind("--device").map(String::as_str) {
        Some("host") => Ok(Device::on_host(Order::Forwards)),
        Some(word) => Device::open(word.parse().unwrap_or(0)),
        None => Device::open(0),
    };
    let device = match device {
        Ok(device) => device,
        Err(error) => return println!("not measured: {error}"),
    };
    let (segments, subset): (usize, usize) = (number("--segments", SEGMENTS), number("--subset", SUBSET));
    let threads = rayon::current_num_threads();
    println!("device: {}; the processor with {threads} thread(s)", device.name());
    println!(
        "{segments} segments, {MODES} modes, alpha 2000, tolerance 1e-7, at most {MOST_SWEEPS} sweeps. `whole` is with\n\
         the copies there and back, `kernels` without. The processor decomposes {subset} segments, and its time is\n\
         scaled up to all of them. `apart` is the farthest sample of a mode, in peaks of the segment, over those."
    );
    println!(
        "\n| samples | in a launch | whole, s | kernels, s | mean sweeps | processor, s (scaled) \
         | processor / whole | apart |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for len in LENGTHS {
        match row(&device, len, segments, subset) {
            Ok(row) => println!("{row}"),
            Err(error) => println!("| {len} | not measured: {error} | | | | | | |"),
        }
    }
}

/// Segments one behind the other.
fn simulated(len: usize) -> Result<Vec<f32>, Box<dyn Error>> {
    let geometry = BearingGeometry::new(9, Millimetres(7.94), Millimetres(39.04), 0.0)?;
    let faults = [None, Some(FaultKind::Inner), Some(FaultKind::Ball), Some(FaultKind::Outer)];
    let mut all = Vec::new();
    for at in 0..RECORDINGS {
        let mut machine = Simulation::new(RATE, 10.0, Hertz(25.0 + 0.2 * at as f64), geometry);
        let damage = |kind| SimulatedFault { kind, amplitude: 1.0, angle_deg: 0.0 };
        machine.fault = faults[at % faults.len()].map(damage);
        machine.snr_db = -5.0 + (at % 5) as f64 * 2.5;
        machine.shaft_harmonics = vec![0.5, 0.3];
        machine.seed = at as u64;
        let samples = machine.simulate()?.samples;
        all.extend_from_slice(&samples[..samples.len() / len * len]);
    }
    Ok(all)
}

/// Buffers of a launch of so many segments, and what runs in them.
struct Batch {
    vmd: Vmd,
    buffers: [Buffer; 4],
    launches: Vec<Launch>,
    modes: Vec<f32>,
    reports: Vec<f32>,
}

impl Batch {
    fn new(device: &Device, len: usize, segments: usize) -> brinell_gpu::Result<Self> {
        let vmd = decomposition(len, segments);
        let (modes, reports) = (segments * MODES * len, segments * vmd.report());
        let sizes = [segments * len, modes, reports, vmd.scratch()?];
        let [x, y, told, scratch] = sizes.map(|size| device.zeros(size));
        let at = |buffer| At { buffer, offset: 0 };
        let launches = vmd.run(View { at: at(0), pitch: len }, at(1), at(2), at(3))?;
        let buffers = [x?, y?, told?, scratch?];
        Ok(Self { vmd, buffers, launches, modes: vec![0.0; modes], reports: vec![0.0; reports] })
    }

    /// Seconds of all, and of the kernels.
    fn run(&mut self, device: &Device, x: &[f32]) -> brinell_gpu::Result<[f64; 2]> {
        let start = Instant::now();
        device.upload(&self.buffers[0], 0, x)?;
        device.wait()?;
        let there = Instant::now();
        device.run(&self.launches, &self.buffers.each_ref())?;
        device.wait()?;
        let kernels = there.elapsed().as_secs_f64();
        device.download(&self.buffers[1], 0, &mut self.modes)?;
        device.download(&self.buffers[2], 0, &mut self.reports)?;
        Ok([start.elapsed().as_secs_f64(), kernels])
    }

    fn sweeps(&self) -> usize {
        self.reports.chunks_exact(self.vmd.report()).map(|own| VmdReport::read(own).iterations).sum()
    }
}

fn decomposition(len: usize, segments: usize) -> Vmd {
    Vmd {
        segments,
        len,
        modes: MODES,
        alpha: 2000.0,
        tau: 0.0,
        dc: false,
        start: VmdStart::Uniform,
        tolerance: 1e-7,
        centre_tolerance: None,
        most_iterations: MOST_SWEEPS,
        solver: VmdSolver::Sweep,
        raw: false,
    }
}

/// How many segments of a launch fit.
fn fitting(device: &Device, len: usize) -> brinell_gpu::Result<usize> {
    let one = decomposition(len, 1);
    let bytes = 4 * (len + MODES * len + one.report() + one.scratch()?);
    let [free, _] = device.memory()?;
    Ok(((free as f64 * SHARE) as usize / bytes).clamp(1, MOST))
}

fn row(device: &Device, len: usize, segments: usize, subset: usize) -> Result<String, Box<dyn Error>> {
    let different = simulated(len)?;
    let in_launch = fitting(device, len)?.min(segments);
    let x: Vec<f32> = different.iter().copied().cycle().take(in_launch * len).collect();
    let (whole, rest) = (segments / in_launch, segments % in_launch);
    let mut batch = Batch::new(device, len, in_launch)?;
    let mut last = if rest == 0 { None } else { Some(Batch::new(device, len, rest)?) };
    // A warm-up.
    batch.run(device, &x)?;
    let mut times: [Vec<f64>; 2] = [Vec::new(), Vec::new()];
    let mut sweeps = 0;
    for _ in 0..ROUNDS {
        let mut sum = [0.0; 2];
        let mut add = |[all, kernels]: [f64; 2]| sum = [sum[0] + all, sum[1] + kernels];
        for _ in 0..whole {
            add(batch.run(device, &x)?);
        }
        if let Some(last) = &mut last {
            add(last.run(device, &x[..rest * len])?);
        }
        times.iter_mut().zip(sum).for_each(|(times, sum)| times.push(sum));
        sweeps = whole * batch.sweeps() + last.as_ref().map_or(0, Batch::sweeps);
    }
    let [all, kernels] = times.map(median);

    let params = VmdParams { modes: MODES, max_sweeps: MOST_SWEEPS, ..VmdParams::default() };
    let plan = params.plan::<f32>(RATE, len)?;
    let chosen: Vec<&[f32]> = x.chunks_exact(len).take(subset).collect();
    let mut modes = vec![0.0_f32; chosen.len() * plan.output_len()];
    let start = Instant::now();
    plan.process_many(&chosen, &mut modes)?;
    let processor = start.elapsed().as_secs_f64() / chosen.len() as f64 * segments as f64;
    let mut apart = 0.0_f32;
    for ((segment, own), found) in
        chosen.iter().zip(modes.chunks(MODES * len)).zip(batch.modes.chunks(MODES * len))
    {
        let peak = segment.iter().fold(0.0, |peak: f32, x| peak.max(x.abs()));
        let farthest = own.iter().zip(found).map(|(one, other)| (one - other).abs()).fold(0.0, f32::max);
        apart = apart.max(farthest / peak);
    }
    Ok(format!(
        "| {len} | {in_launch} | {all:.3} | {kernels:.3} | {:.1} | {processor:.1} | {:.1} | {apart:.1e} |",
        sweeps as f64 / segments as f64,
        processor / all
    ))
}
