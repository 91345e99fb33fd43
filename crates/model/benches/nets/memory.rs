//! By how much the largest resident size of five training steps exceeds that of before the net was made: in a process of
//! its own for each side and net, behind one step of a tiny net, so that what is loaded on first use is not counted.

use std::process::Command;

use crate::SCRIPT;
use crate::nets::{NETS, Net};
use crate::peer::Peers;

/// `VmRSS:`, the resident size of this process, or `VmHWM:`, the largest since it was last forgotten, in bytes; 0 where
/// the system does not tell.
fn resident(field: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    let kilobytes = line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse::<u64>().ok());
    1024 * kilobytes.unwrap_or(0)
}

/// What is trained before anything is counted.
const TINY: Net = Net {
    name: "tiny",
    title: "tiny",
    architecture: r#"{"name": "wdcnn"}"#,
    input: &[1, 2048],
    batch: 2,
    training_bar: 0.0,
};

/// Trains the net called `name` and prints by how many bytes the process grew.
pub(crate) fn of_this_process(name: &str) {
    TINY.training()();
    let before = resident("VmRSS:");
    if let Err(error) = std::fs::write("/proc/self/clear_refs", "5") {
        return println!("the largest size cannot be forgotten: {error}");
    }
    if let Some(net) = NETS.iter().find(|net| net.name == name) {
        let mut step = net.training();
        (0..5).for_each(|_| step());
    }
    println!("{}", resident("VmHWM:").saturating_sub(before));
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
