//! Our transforms beside what people use, on the same samples, one thread, in one run.
//!
//! ```text
//! cargo bench -p brinell-signal --bench transforms                     our own times
//! cargo bench -p brinell-signal --bench transforms -- --peers python3  beside the peers, see peers.py
//! ```
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

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let python = words.iter().position(|word| word == "--peers").and_then(|at| words.get(at + 1));
    let mut peers = match python.map(|python| Peers::start(python)).transpose() {
        Ok(peers) => peers,
        Err(reason) => return println!("the peers cannot be timed: {reason}"),
    };
    println!("2048 samples of a bearing with a damaged inner race, one thread, medians of {ROUNDS} rounds");
    match &peers {
        Some(peers) => println!("peers: {}", peers.versions),
        None => println!("our own times only; `-- --peers python3` times the peers beside them"),
    }
    println!("\n| work | ours, µs | peer | peer, µs | ratio | bar |\n|---|---|---|---|---|---|");
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
                println!("| {} | {own:.2} | {} | {theirs:.1} | {ratio:.1} | {bar} |", row.work, row.peer);
            }
            reason => {
                let reason = reason.unwrap_or_else(|| "not timed".to_owned());
                println!("| {} | {own:.2} | {} | {reason} | | {bar} |", row.work, row.peer);
            }
        }
    }
    growth::fixed_point();
    growth::sweeps();
    growth::growth();
    growth::batch();
}
