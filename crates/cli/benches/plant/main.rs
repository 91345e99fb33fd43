//! A plant of many recordings, one in twenty of them bad in one of twelve ways: is every one told, does memory stay flat, and
//! what does a second core bring?
//!
//!     cargo bench -p brinell-cli --bench plant -- [FILES] [SECONDS]
//!
//! 10,000 recordings of 2 seconds unless said otherwise. They are simulated, 200 different ones under many names.
//! Resident memory swings with the recordings that are being worked on: told at each mark is the median over the [`OVER`]
//! recordings before it, of all of it (`VmRSS`, with the pages of the program file that were touched so far) and of what the
//! program asked for (`RssAnon`).
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::expect_used)]

use brinell_signal::simulate::{SimulatedFault, Simulation};
use brinell_signal::{BearingGeometry, FaultKind, Hertz, Millimetres};
use std::collections::VecDeque;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Different recordings.
const DIFFERENT: usize = 200;

/// Ways in which a recording is bad, and what its line says.
const WAYS: [(&str, &str); 12] = [
    ("empty", "empty"),
    ("cut in its header", "ends"),
    ("cut in its samples", "ends"),
    ("random bytes", "unknown kind"),
    ("a web page", "web page"),
    ("a zip archive", "zip archive"),
    ("a sample that is no number", "NaN"),
    ("missing", "does not exist"),
    ("a folder", "folder"),
    ("a speed without a unit", "speed 1800"),
    ("an unknown bearing", "no-such-bearing"),
    ("an unknown channel", "no-such-channel"),
];

/// Which way the recording `n` is bad, if it is.
fn way(n: usize) -> Option<usize> {
    n.is_multiple_of(20).then_some(n / 20 % WAYS.len())
}

fn main() {
    let numbers: Vec<usize> = std::env::args().filter_map(|word| word.parse().ok()).collect();
    let files = numbers.first().copied().unwrap_or(10_000);
    let seconds = numbers.get(1).copied().unwrap_or(2) as f64;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let begun = Instant::now();
    make(folder.path(), files, seconds);
    println!("{files} recordings of {seconds} s made in {:.0} s", begun.elapsed().as_secs_f64());

    let mut two = run(folder.path(), files, 2, "two");
    // Behind the recordings stands the sum.
    two.lines.truncate(files);
    let one = run(folder.path(), files.min(2000), 1, "one");
    let two_of_as_many = run(folder.path(), files.min(2000), 2, "two-again");
    println!("\nrecordings | seconds, 2 threads | resident, MB | of it asked for, MB");
    for Mark { at, after, resident: [all, own] } in &two.marks {
        println!("{at:>10} | {:>18.1} | {all:>12.1} | {own:>8.1}", after.as_secs_f64());
    }
    for (of, what) in ["resident", "asked for"].into_iter().enumerate() {
        let held: Vec<f64> = two.marks.iter().map(|mark| mark.resident[of]).collect();
        let first = held.first().copied().unwrap_or(f64::NAN);
        let (least, most) = held.iter().fold((f64::MAX, 0.0), |(a, b), &x| (f64::min(a, x), f64::max(b, x)));
        println!(
            "{what}: {:+.1} % to {:+.1} % of that at file 100",
            100.0 * (least / first - 1.0),
            100.0 * (most / first - 1.0)
        );
    }
    println!("peak {:.1} MB resident", two.peak);
    println!(
        "one thread {:.2} s, two threads {:.2} s for {} recordings: {:.2}x",
        one.seconds,
        two_of_as_many.seconds,
        files.min(2000),
        one.seconds / two_of_as_many.seconds
    );
    println!("\nway of being bad | recordings | told so");
    for (number, (name, said)) in WAYS.iter().enumerate() {
        let own = |n: &usize| way(*n) == Some(number);
        let all = (1..=files).filter(own).count();
        let told = two
            .lines
            .iter()
            .zip(1..)
            .filter(|(line, n)| own(n) && line.starts_with("failed") && line.contains(said));
        println!("{name} | {all} | {}", told.count());
    }
    let good = |n: &usize| way(*n).is_none();
    let diagnosed =
        two.lines.iter().zip(1..).filter(|(line, n)| good(n) && !line.starts_with("failed")).count();
    println!("good | {} | {diagnosed} diagnosed", (1..=files).filter(good).count());
    println!("exit code {}", two.exit);
}

/// Recordings under `folder`, and `plant-N.csv` of the first N.
fn make(folder: &Path, files: usize, seconds: f64) {
    let geometry =
        BearingGeometry::new(9, Millimetres(7.94004), Millimetres(39.0398), 0.0).expect("a bearing");
    let rig = folder.join("rig");
    fs::create_dir_all(&rig).unwrap();
    for seed in 0..DIFFERENT {
        let kinds = [None, Some(FaultKind::Inner), Some(FaultKind::Outer), Some(FaultKind::Ball)];
        let simulation = Simulation {
            fault: kinds[seed % 4].map(|kind| SimulatedFault { kind, amplitude: 1.0, angle_deg: 0.0 }),
            snr_db: 0.0,
            seed: seed as u64,
            ..Simulation::new(Hertz(12_000.0), seconds, Hertz(30.0), geometry)
        };
        let samples: Vec<f64> =
            simulation.simulate().unwrap().samples.iter().map(|&x| f64::from(x)).collect();
        let file = |name: String, samples: &[f64]| {
            brinell_formats::write_mat5(&rig.join(name), &[("vibration".to_owned(), samples.to_vec())])
                .unwrap();
        };
        file(format!("own-{seed}"), &samples);
        let mut holed = samples.clone();
        holed[seed] = f64::NAN;
        file(format!("holed-{seed}"), &holed);
    }
    let mut rows = "file,bearing,speed,rate,channel\n".to_owned();
    for n in 1..=files {
        let (path, own) = (rig.join(format!("{n}.mat")), rig.join(format!("own-{}", n % DIFFERENT)));
        let whole = || fs::read(&own).unwrap();
        let (mut bearing, mut speed, mut channel) = ("6205", "30Hz", "");
        match way(n).map(|way| WAYS[way].0) {
            Some("empty") => fs::write(&path, []).unwrap(),
            Some("cut in its header") => fs::write(&path, &whole()[..130]).unwrap(),
            Some("cut in its samples") => fs::write(&path, &whole()[..5_000]).unwrap(),
            Some("random bytes") => {
                let bytes: Vec<u8> = (0..5_000u64)
                    .map(|i| (((i + 77) * (i + n as u64 + 3) * 2_654_435_761) >> 13) as u8)
                    .collect();
                fs::write(&path, bytes).unwrap();
            }
            Some("a web page") => fs::write(&path, "<!DOCTYPE html><html><body>404</body></html>").unwrap(),
            Some("a zip archive") => fs::write(&path, b"PK\x03\x04not really").unwrap(),
            Some("a sample that is no number") => {
                fs::hard_link(rig.join(format!("holed-{}", n % DIFFERENT)), &path).unwrap()
            }
            Some("missing") => {}
            Some("a folder") => fs::create_dir(&path).unwrap(),
            bad => {
                fs::hard_link(&own, &path).unwrap();
                match bad {
                    Some("a speed without a unit") => speed = "1800",
                    Some("an unknown bearing") => bearing = "no-such-bearing",
                    Some("an unknown channel") => channel = "no-such-channel",
                    _ => {}
                }
            }
        }
        rows += &format!("rig/{n}.mat,{bearing},{speed},12kHz,{channel}\n");
    }
    for count in [files, files.min(2000)] {
        let rows: String = rows.lines().take(count + 1).map(|line| line.to_owned() + "\n").collect();
        fs::write(folder.join(format!("plant-{count}.csv")), rows).unwrap();
    }
}

/// Recordings before a mark over which memory is told.
const OVER: usize = 50;

/// Where a run stood.
struct Mark {
    /// Recordings that were told.
    at: usize,
    after: Duration,
    /// Megabytes: all that is resident, and what of it was asked for.
    resident: [f64; 2],
}

/// How a run went.
struct Ran {
    lines: Vec<String>,
    marks: Vec<Mark>,
    peak: f64,
    seconds: f64,
    exit: i32,
}

fn run(folder: &Path, files: usize, threads: usize, report: &str) -> Ran {
    let begun = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_brinell"))
        .args(["diagnose", &format!("plant-{files}.csv"), "--pages", "none", "-o", report, "-q"])
        .env("RAYON_NUM_THREADS", threads.to_string())
        .current_dir(folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let status = |key: &str, id: u32| -> f64 {
        let text = fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix(key)?.trim().strip_suffix("kB"));
        line.and_then(|kb| kb.trim().parse::<f64>().ok()).unwrap_or(0.0) / 1e3
    };
    let (mut lines, mut marks, mut peak) = (Vec::new(), Vec::new(), 0.0);
    let mut held: VecDeque<[f64; 2]> = VecDeque::new();
    let middle = |held: &VecDeque<[f64; 2]>, of: usize| {
        let mut values: Vec<f64> = held.iter().map(|pair| pair[of]).collect();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        lines.push(line.unwrap());
        let at = lines.len();
        if held.len() == OVER {
            held.pop_front();
        }
        held.push_back([status("VmRSS:", child.id()), status("RssAnon:", child.id())]);
        if [100, 200, 500, 1000].contains(&at) || at.is_multiple_of(1000) {
            let resident = [middle(&held, 0), middle(&held, 1)];
            marks.push(Mark { at, after: begun.elapsed(), resident });
            peak = f64::max(peak, status("VmHWM:", child.id()));
        }
    }
    let exit = child.wait().unwrap().code().unwrap_or(-1);
    Ran { lines, marks, peak, seconds: begun.elapsed().as_secs_f64(), exit }
}
