//! Our transforms beside what people use, on the same samples, one thread, in one run.
//!
//! ```text
//! cargo bench -p brinell-signal --bench transforms                     our own times
//! cargo bench -p brinell-signal --bench transforms -- --peers python3  beside the peers, see peers.py
//! ```
//!
//! # What was measured
//! One machine (AMD Zen 5, AVX-512), one thread, ratios of medians, peer over ours. The bench prints each ratio anew,
//! with its bar and whether this run met it.
//!
//! | work, 2048 samples | peer | ratio | bar | |
//! |---|---|---|---|---|
//! | VMD K=4 / K=8, f64 | vmdpy 0.2 | 180 / 215 | 150 / 180 | met |
//! | the same | fast-vmdpy 0.1 | 80 / 91 | 50 / 70 | met |
//! | VMD K=4, f32 | vmdpy 0.2 | 309 | 240 | met |
//! | VMD K=8, f32 | vmdpy 0.2 | 413 to 423 | 450 | **missed**, see below |
//! | VMD K=8, f32, fixed point to the limit | own sweeps | 2.95 | 2 | met |
//! | STFT 256/128, f32 | scipy.fft frames / ShortTimeFFT | 6.4 / 136 | 4 / 40 | met |
//! | CWT 64 scales, complex f32 | fCWT 0.1.18 core | 1.9 to 2.8 | 1.3 | met |
//! | the same | fcwt2 1.6.0 | 33 | 1.3 | met, see below |
//! | CWT as 64×64 image, f32 | fCWT + take | 33 | 20 | met |
//! | squared envelope spectrum, f32 | scipy | 19 | 7 | met |
//! | fast kurtogram f32 / f64 | Python port | 97 / 70 | 80 / 40 | met |
//! | 1000 segments, VMD K=4, f32, two cores | one core | 1.92 | 1.8 | met on a quiet machine |
//!
//! * **VMD K=8, f32, beside vmdpy**: the bar was set where vmdpy took 180 to 215 ms; here it takes 110 ms. Ours takes
//!   266 µs: 0.085 ns a bin, mode and sweep, between the bounds that the bench itself measures, 0.06 ns (one
//!   division, all else hidden behind it) and 0.13 ns (one operation after the other).
//! * **Two cores**: 1.92 on a quiet machine, 1.62 to 1.71 on one that runs other work beside the bench.
//! * **fcwt2** is reached through its Python package, which takes and gives lists of Python numbers; making those is
//!   part of its time, most of it by our estimate. Its own page states 0.32 ms for 1024 samples and 1.6 ms for 4096,
//!   without Python, on another machine.
#![allow(missing_docs, clippy::print_stdout)]

mod clock;
mod growth;
mod peer;
mod rows;

use std::time::Duration;

use clock::{median, seconds};
use peer::Peers;

/// Each row is timed in turns, ours and the peer's, so that both see the same machine.
const ROUNDS: usize = 5;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/transforms/peers.py");

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let python = words.iter().position(|word| word == "--peers").and_then(|at| words.get(at + 1));
    let mut peers = match python.map(|python| Peers::start(python, SCRIPT, &[])).transpose() {
        Ok(peers) => peers,
        Err(reason) => return println!("the peers cannot be timed: {reason}"),
    };
    println!("2048 samples of a bearing with a damaged inner race, one thread, medians of {ROUNDS} rounds");
    match &peers {
        Some(peers) => println!("peers: {}", peers.versions),
        None => println!("our own times only; `-- --peers python3` times the peers beside them"),
    }
    println!("\n| work | ours, µs | peer | peer, µs | ratio | bar | |\n|---|---|---|---|---|---|---|");
    for mut row in rows::rows() {
        let (mut ours, mut theirs, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
        let mut missing = None;
        for _ in 0..ROUNDS {
            let own = seconds(Duration::from_millis(60), &mut row.ours);
            ours.push(own);
            match peers.as_mut().map(|peers| peers.seconds(row.job, 0.3)) {
                Some(Ok(time)) => {
                    theirs.push(time);
                    ratios.push(time / own);
                }
                Some(Err(reason)) => missing = Some(reason),
                None => {}
            }
        }
        let (own, bar) = (median(ours) * 1e6, row.bar);
        match missing {
            _ if !ratios.is_empty() => {
                let (theirs, ratio) = (median(theirs) * 1e6, median(ratios));
                let outcome = rows::outcome(ratio, bar, row.known_to_miss);
                println!(
                    "| {} | {own:.2} | {} | {theirs:.1} | {ratio:.1} | {bar} | {outcome} |",
                    row.work, row.peer
                );
            }
            reason => {
                let reason = reason.unwrap_or_else(|| "not timed".to_owned());
                println!("| {} | {own:.2} | {} | {reason} | | {bar} | not compared |", row.work, row.peer);
            }
        }
    }
    growth::fixed_point();
    growth::sweeps();
    growth::growth();
    growth::batch();
}
