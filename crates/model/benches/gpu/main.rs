//! Training steps and inference on a GPU, beside PyTorch on the same one and what it can do at most.
//!
//! ```text
//! cargo bench --workspace --bench gpu                      our own times
//! cargo bench --workspace --bench gpu -- --peers python3   beside PyTorch, see peers.py
//! cargo bench --workspace --bench gpu -- --same            the same steps twice there and once on the CPU
//! ```
//! | option | what |
//! |---|---|
//! | `--device N` | which GPU, 0 unless said; `host` is the processor in its place, to try the bench itself |
//! | `--nets NAME,…` | some of the nets |
//! | `--batches N,…` | other batches than 64, 128, 256, 512, 1024 |
//! | `--script FILE` | where `peers.py` lies when the bench runs away from its sources |
//! | `--peers-device cuda` | where PyTorch works; `cpu` to try the script |
//! | `--compile-seconds S` | how long `torch.compile` may take in all; later rows go without |
//! | `--flops TFLOP/s`, `--bandwidth TB/s` | peaks of a GPU that `bounds.rs` does not know |
//!
//! A training step is the batch to the GPU, forward, cross-entropy, backward, AdamW; inference is the batch to
//! the GPU, forward, the logits back. After each, both sides wait for the GPU. Medians of rounds in which all sides
//! take turns, after a warm-up.
#![allow(missing_docs, clippy::print_stdout)]

mod bounds;
#[allow(dead_code, reason = "shared with the bench of the transforms, which uses more of it")]
#[path = "../../../signal/benches/transforms/clock.rs"]
mod clock;
mod nets;
#[path = "../../../signal/benches/transforms/peer.rs"]
mod peer;
mod same;
mod tables;

use std::process::ExitCode;

use bounds::Peaks;
use brinell_gpu::{Device, Order};
use nets::{NETS, Net};
use peer::Peers;

/// The program's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/gpu/peers.py");
const BATCHES: [usize; 5] = [64, 128, 256, 512, 1024];

/// The words behind the program's name.
struct Words(Vec<String>);

impl Words {
    fn behind(&self, flag: &str) -> Option<&str> {
        let at = self.0.iter().position(|word| word == flag)?;
        self.0.get(at + 1).map(String::as_str)
    }

    fn number(&self, flag: &str) -> Option<f64> {
        self.behind(flag).and_then(|word| word.parse().ok())
    }

    fn nets(&self) -> Vec<&'static Net> {
        let wanted = self.behind("--nets").map(|names| names.split(',').collect::<Vec<_>>());
        NETS.iter().filter(|net| wanted.as_ref().is_none_or(|names| names.contains(&net.name))).collect()
    }

    fn batches(&self) -> Vec<usize> {
        match self.behind("--batches") {
            Some(words) => words.split(',').filter_map(|word| word.parse().ok()).collect(),
            None => BATCHES.to_vec(),
        }
    }

    fn device(&self) -> brinell_gpu::Result<Device> {
        match self.behind("--device") {
            Some("host") => Ok(Device::on_host(Order::Forwards)),
            Some(word) => Device::open(word.parse().unwrap_or(0)),
            None => Device::open(0),
        }
    }

    fn peers(&self) -> Option<Peers> {
        let python = self.behind("--peers")?;
        let device = self.behind("--peers-device").unwrap_or("cuda");
        let seconds = self.behind("--compile-seconds").unwrap_or("600");
        let script = self.behind("--script").unwrap_or(SCRIPT);
        let started = Peers::start(python, script, &[device, seconds]);
        started.map_err(|reason| println!("PyTorch: not measured: {reason}")).ok()
    }
}

fn main() -> ExitCode {
    let words = Words(std::env::args().skip(1).collect());
    let nets = words.nets();
    let mut peers = words.peers();
    if let Some(peers) = &mut peers {
        println!("peers: {}", peers.versions);
        tables::counts(&nets, peers);
    }
    let same = words.0.iter().any(|word| word == "--same");
    let device = match words.device() {
        Ok(device) => device,
        Err(error) => {
            println!("\nnot measured: {error}");
            return if same { ExitCode::FAILURE } else { ExitCode::SUCCESS };
        }
    };
    println!("\ndevice: {}", device.name());
    if same {
        return if same::table(&nets, &device) { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    let mut peaks = Peaks::of(device.name());
    peaks.flops = words.number("--flops").map(|peak| peak * 1e12).or(peaks.flops);
    peaks.bandwidth = words.number("--bandwidth").map(|peak| peak * 1e12).or(peaks.bandwidth);
    tables::times(&nets, &words.batches(), &device, &peaks, &mut peers);
    ExitCode::SUCCESS
}
