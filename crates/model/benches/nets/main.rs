//! Training steps, inference and convolutions, beside PyTorch and onnxruntime where they can be had.
//!
//! ```text
//! cargo bench -p brinell-model --bench nets                     our own times, one thread and two
//! cargo bench -p brinell-model --bench nets -- --peers python3  beside the peers, see peers.py
//! RAYON_NUM_THREADS=1 cargo bench -p brinell-model --bench nets -- --kernels   the convolutions alone
//! RAYON_NUM_THREADS=1 cargo bench -p brinell-model --bench nets -- --candle    beside candle's own ops alone
//! RAYON_NUM_THREADS=1 cargo bench -p brinell-model --bench nets -- --steps udtl-cnn   one net's training step alone
//! ```
//! Ratios are ours over the peer's, medians of five rounds in which the two take turns; below 1 ours is faster.
#![allow(missing_docs, clippy::print_stdout)]

mod candle_own;
#[path = "../../../signal/benches/transforms/clock.rs"]
mod clock;
mod kernels;
mod memory;
mod nets;
#[path = "../../../signal/benches/transforms/peer.rs"]
mod peer;

use std::process::Command;
use std::time::Duration;

use clock::{median, seconds};
use nets::{NETS, Net};
use peer::Peers;

/// The program's allocator. The C library gives blocks of 32 MB and more back at once, and fetching them anew costs a
/// training step as much again as its arithmetic.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/nets/peers.py");
const ROUNDS: usize = 5;
/// How long each side of a row is timed in a round.
const BUDGET: Duration = Duration::from_millis(1500);

/// What is compared with what.
struct Row {
    work: String,
    ours: Box<dyn FnMut()>,
    /// Jobs of the peer, the fastest of which counts.
    jobs: Vec<String>,
    peer: &'static str,
    /// Most time that ours may take, as a share of the peer's.
    bar: f64,
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let behind = |flag: &str| words.iter().position(|word| word == flag).and_then(|at| words.get(at + 1));
    if let Some(name) = behind("--memory") {
        return memory::of_this_process(name);
    }
    if let Some(net) = behind("--steps").and_then(|name| NETS.iter().find(|net| net.name == *name)) {
        let time = seconds(2 * BUDGET, net.training());
        return println!("{}: {:.2} ms a training step", net.title, time * 1e3);
    }
    if words.iter().any(|word| word == "--kernels") {
        return kernels::table();
    }
    if words.iter().any(|word| word == "--candle") {
        return candle_own::table();
    }
    let python = behind("--peers").map(String::as_str);
    match behind("--threads") {
        Some(threads) => table(python, threads),
        None => {
            for threads in ["1", "2"] {
                child(&words, threads);
            }
        }
    }
}

/// The same program with so many threads, which have to be known before anything runs.
fn child(words: &[String], threads: &str) {
    let Ok(program) = std::env::current_exe() else { return println!("the bench cannot find itself") };
    let status = Command::new(program)
        .args(words)
        .args(["--threads", threads])
        .env("RAYON_NUM_THREADS", threads)
        // The tensor library adds gradients in a pool of its own, whose idle threads spin.
        .env("CANDLE_NUM_THREADS", "1")
        .status();
    if let Err(error) = status {
        println!("the bench cannot start itself: {error}");
    }
}

fn table(python: Option<&str>, threads: &str) {
    println!("\n# {threads} thread(s)");
    let mut peers = match python.map(|python| Peers::start(python, SCRIPT, &[threads])).transpose() {
        Ok(peers) => peers,
        Err(reason) => return println!("{reason}"),
    };
    match &peers {
        Some(peers) => println!("peers: {}", peers.versions),
        None => println!("our own times only; `-- --peers python3` times the peers beside them"),
    }
    println!("\n| work | ours, ms | peer | peer, ms | ratio | at most | |\n|---|---|---|---|---|---|---|");
    for row in NETS.iter().flat_map(rows) {
        print_row(row, &mut peers);
    }
    if threads == "1" {
        memory::table(python);
        kernels::table();
        candle_own::table();
    }
}

fn rows(net: &'static Net) -> Vec<Row> {
    let layouts = if net.input.len() == 3 { vec!["contiguous", "channels_last"] } else { vec!["contiguous"] };
    let mut rows = vec![Row {
        work: format!("training step, {}, batch {}", net.title, net.batch),
        ours: Box::new(net.training()),
        jobs: layouts.iter().map(|layout| format!("train:{}:{layout}", net.name)).collect(),
        peer: "PyTorch",
        bar: net.training_bar,
    }];
    for batch in [1, 64] {
        rows.push(Row {
            work: format!("inference, {}, batch {batch}", net.title),
            ours: Box::new(net.inference(batch)),
            jobs: vec![format!("infer:{}:{batch}", net.name)],
            peer: "onnxruntime",
            bar: 1.3,
        });
    }
    rows
}

fn print_row(mut row: Row, peers: &mut Option<Peers>) {
    let (mut ours, mut theirs, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    let mut missing = "not timed".to_owned();
    for _ in 0..ROUNDS {
        let own = seconds(BUDGET, &mut row.ours);
        ours.push(own);
        let Some(peers) = peers else { continue };
        let times: Result<Vec<f64>, String> =
            row.jobs.iter().map(|job| peers.seconds(job, BUDGET.as_secs_f64())).collect();
        match times {
            Ok(times) => {
                let fastest = times.into_iter().fold(f64::INFINITY, f64::min);
                theirs.push(fastest);
                ratios.push(own / fastest);
            }
            Err(reason) => missing = reason,
        }
    }
    let (own, bar) = (median(ours) * 1e3, row.bar);
    if ratios.is_empty() {
        println!("| {} | {own:.2} | {} | {missing} | | {bar} | not compared |", row.work, row.peer);
    } else {
        let (theirs, ratio) = (median(theirs) * 1e3, median(ratios));
        let outcome = if ratio <= bar { "met" } else { "missed" };
        println!("| {} | {own:.2} | {} | {theirs:.2} | {ratio:.2} | {bar} | {outcome} |", row.work, row.peer);
    }
}
