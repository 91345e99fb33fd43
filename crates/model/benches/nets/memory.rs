//! How much the largest resident size grows over five training steps: in a process of its own for each side and net.

use std::process::Command;

use crate::SCRIPT;
use crate::nets::NETS;
use crate::peer::Peers;

/// The largest resident size of this process so far, in bytes; 0 where the system does not tell.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse::<u64>().ok());
    1024 * kilobytes.unwrap_or(0)
}

/// Trains the net called `name` and prints by how many bytes the process grew.
pub(crate) fn of_this_process(name: &str) {
    let before = peak();
    if let Some(net) = NETS.iter().find(|net| net.name == name) {
        let mut step = net.training();
        (0..5).for_each(|_| step());
    }
    println!("{}", peak() - before);
}

fn ours(name: &str) -> Option<f64> {
    let output = Command::new(std::env::current_exe().ok()?).args(["--memory", name]).output().ok()?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}

fn theirs(python: &str, name: &str) -> Option<f64> {
    let mut peers = Peers::start(python, SCRIPT, &["1"]).ok()?;
    peers.answer("memory", &format!("train:{name}:contiguous")).ok()?["bytes"].as_f64()
}

pub(crate) fn table(python: Option<&str>) {
    println!("\n| memory at the peak of five training steps | ours, MB | PyTorch, MB | ratio | at most | |");
    println!("|---|---|---|---|---|---|");
    for net in &NETS {
        let own = ours(net.name).unwrap_or(f64::NAN) / 1e6;
        match python.and_then(|python| theirs(python, net.name)) {
            Some(bytes) => {
                let ratio = own / (bytes / 1e6);
                let outcome = if ratio <= 1.0 { "met" } else { "missed" };
                println!("| {} | {own:.0} | {:.0} | {ratio:.2} | 1 | {outcome} |", net.title, bytes / 1e6);
            }
            None => println!("| {} | {own:.0} | not measured | | 1 | not compared |", net.title),
        }
    }
}
