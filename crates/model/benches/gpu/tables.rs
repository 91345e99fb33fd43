//! The tables: parameters of both sides, then times.

use std::time::{Duration, Instant};

use brinell_gpu::Device;
use brinell_model::Error;

use crate::bounds::{Kind, Peaks};
use crate::clock::median;
use crate::nets::{Net, Work};
use crate::peer::Peers;

const ROUNDS: usize = 3;
/// How long each side of a row is timed in a round.
const BUDGET: Duration = Duration::from_millis(200);
/// Calls of ours before any is timed; the script does the same for its side.
const WARM_UP: usize = 3;
/// PyTorch's jobs of a row.
const VARIANTS: [&str; 3] = ["eager", "compiled", "tf32"];

/// Whether both sides have the same nets, by their parameters.
pub(crate) fn counts(nets: &[&Net], peers: &mut Peers) {
    println!("\n| net | parameters | PyTorch's | |\n|---|---|---|---|");
    for net in nets {
        let own = match net.graph() {
            Ok(graph) => graph.cost().parameters,
            Err(error) => {
                println!("| {} | {error} | | |", net.title);
                continue;
            }
        };
        let theirs = peers.answer("count", net.name);
        let theirs = theirs.map(|answer| match answer["parameters"].as_u64() {
            Some(count) => Ok(count),
            None => Err(answer["error"].as_str().unwrap_or("no answer").to_owned()),
        });
        match theirs.and_then(|count| count) {
            Ok(count) if count == own => println!("| {} | {own} | {count} | the same |", net.title),
            Ok(count) => println!("| {} | {own} | {count} | DIFFERENT: not the same net |", net.title),
            Err(reason) => println!("| {} | {own} | {reason} | not compared |", net.title),
        }
    }
}

/// One side of a row: the medians of its rounds, or why there are none.
struct Side(Result<Vec<f64>, String>);

impl Side {
    fn new() -> Self {
        Self(Ok(Vec::new()))
    }

    fn round(&mut self, work: impl FnOnce() -> Result<f64, String>) {
        let Ok(times) = &mut self.0 else { return };
        match work() {
            Ok(time) => times.push(time),
            Err(reason) => self.0 = Err(reason),
        }
    }

    fn seconds(&self) -> Option<f64> {
        self.0.as_ref().ok().filter(|times| !times.is_empty()).map(|times| median(times.clone()))
    }

    fn cell(&self) -> String {
        match &self.0 {
            Ok(_) => self.seconds().map_or_else(|| "not measured".to_owned(), milliseconds),
            Err(reason) => reason.replace(['|', '\n'], " "),
        }
    }
}

fn milliseconds(seconds: f64) -> String {
    format!("{:.3}", seconds * 1e3)
}

fn reason(error: &Error) -> String {
    match error {
        Error::Gpu(brinell_gpu::Error::Memory { .. }) => "out of memory".to_owned(),
        error => error.to_string(),
    }
}

/// Median seconds of a call.
fn seconds(work: &mut Work) -> Result<f64, Error> {
    let (mut times, end) = (Vec::new(), Instant::now() + BUDGET);
    while Instant::now() < end || times.len() < 3 {
        let start = Instant::now();
        work()?;
        times.push(start.elapsed().as_secs_f64());
    }
    Ok(median(times))
}

/// Training steps, then inference.
pub(crate) fn times(
    nets: &[&Net],
    batches: &[usize],
    device: &Device,
    peaks: &Peaks,
    peers: &mut Option<Peers>,
) {
    let told = |peak: Option<f64>, unit: &str| {
        peak.map_or_else(|| "unknown".to_owned(), |peak| format!("{} {unit}", peak / 1e12))
    };
    println!("peaks: {}, {}", told(peaks.flops, "TFLOP/s in f32"), told(peaks.bandwidth, "TB/s"));
    println!(
        "Ratios are ours over PyTorch eager in f32 (TF32 off); below 1 ours is faster. `compiled` is torch.compile\n\
         in f32, `with TF32` eager with PyTorch's own defaults. `arithmetic` and `memory` are bounds: operations of\n\
         the net over the peak, and values between layers (in a step also their gradients) written and read once\n\
         over the bandwidth."
    );
    for kind in [Kind::Training, Kind::Inference] {
        let title = if kind == Kind::Training { "training step" } else { "inference" };
        println!(
            "\n| {title} | batch | ours, ms | eager, ms | ours / eager | compiled, ms | with TF32, ms \
             | arithmetic, ms | memory, ms |"
        );
        println!("|---|---|---|---|---|---|---|---|---|");
        for net in nets {
            for batch in batches {
                row(net, kind, *batch, device, peaks, peers);
            }
        }
    }
}

fn row(net: &Net, kind: Kind, batch: usize, device: &Device, peaks: &Peaks, peers: &mut Option<Peers>) {
    let (name, made) = match kind {
        Kind::Training => ("train", net.training(batch, device)),
        Kind::Inference => ("infer", net.inference(batch, device)),
    };
    let warm = made.and_then(|mut work| {
        (0..WARM_UP).try_for_each(|_| work())?;
        Ok(work)
    });
    let (mut ours, mut work) = match warm {
        Ok(work) => (Side::new(), Some(work)),
        Err(error) => (Side(Err(reason(&error))), None),
    };
    let mut theirs = VARIANTS.map(|_| Side::new());
    for _ in 0..ROUNDS {
        if let Some(work) = &mut work {
            ours.round(|| seconds(work).map_err(|error| reason(&error)));
        }
        let Some(peers) = peers else { continue };
        for (side, variant) in theirs.iter_mut().zip(VARIANTS) {
            let job = format!("{name}:{}:{batch}:{variant}", net.name);
            side.round(|| peers.seconds(&job, BUDGET.as_secs_f64()));
        }
    }
    let [eager, compiled, tf32] = theirs;
    let ratio = match (ours.seconds(), eager.seconds()) {
        (Some(ours), Some(theirs)) => format!("{:.2}", ours / theirs),
        _ => "not measured".to_owned(),
    };
    let (arithmetic, memory) = match net.graph() {
        Ok(graph) => {
            let cost = graph.cost();
            (kind.arithmetic(&cost, batch, peaks), kind.memory(&cost, batch, peaks))
        }
        Err(_) => (None, None),
    };
    let bound = |seconds: Option<f64>| seconds.map_or_else(|| "unknown".to_owned(), milliseconds);
    println!(
        "| {} | {batch} | {} | {} | {ratio} | {} | {} | {} | {} |",
        net.title,
        ours.cell(),
        eager.cell(),
        compiled.cell(),
        tf32.cell(),
        bound(arithmetic),
        bound(memory)
    );
}
