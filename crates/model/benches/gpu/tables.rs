//! The tables: parameters of both sides, then times.

use std::time::{Duration, Instant};

use brinell_gpu::Device;
use brinell_model::{Error, Precision};

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
        "Ratios are ours over PyTorch eager; below 1 ours is faster. In f32 PyTorch has TF32 off; `compiled` is\n\
         torch.compile in f32. In TF32 ours multiplies matrices and convolutions so, eager does by PyTorch's own\n\
         defaults: convolutions. `arithmetic` and `memory` are bounds in f32: operations of the net over the peak, and\n\
         values between layers (in a step also their gradients) written and read once over the bandwidth."
    );
    for kind in [Kind::Training, Kind::Inference] {
        let title = if kind == Kind::Training { "training step" } else { "inference" };
        println!(
            "\n| {title} | batch | ours, ms | eager, ms | ours / eager | compiled, ms | ours in TF32, ms \
             | eager in TF32, ms | ours / eager | arithmetic, ms | memory, ms |"
        );
        println!("|---|---|---|---|---|---|---|---|---|---|---|");
        for net in nets {
            for batch in batches {
                row(net, kind, *batch, device, peaks, peers);
            }
        }
    }
}

/// Ours, ready and warm.
struct Ours {
    side: Side,
    work: Option<Work>,
}

impl Ours {
    fn new(net: &Net, kind: Kind, batch: usize, device: &Device) -> Self {
        let made = match kind {
            Kind::Training => net.training(batch, device),
            Kind::Inference => net.inference(batch, device),
        };
        let warm = made.and_then(|mut work| {
            (0..WARM_UP).try_for_each(|_| work())?;
            Ok(work)
        });
        match warm {
            Ok(work) => Self { side: Side::new(), work: Some(work) },
            Err(error) => Self { side: Side(Err(reason(&error))), work: None },
        }
    }

    fn round(&mut self) {
        if let Some(work) = &mut self.work {
            self.side.round(|| seconds(work).map_err(|error| reason(&error)));
        }
    }
}

fn row(net: &Net, kind: Kind, batch: usize, device: &Device, peaks: &Peaks, peers: &mut Option<Peers>) {
    let name = if kind == Kind::Training { "train" } else { "infer" };
    let mut ours = [Precision::F32, Precision::Tf32]
        .map(|precision| Ours::new(net, kind, batch, &device.in_precision(precision)));
    let mut theirs = VARIANTS.map(|_| Side::new());
    for _ in 0..ROUNDS {
        ours.iter_mut().for_each(Ours::round);
        let Some(peers) = peers else { continue };
        for (side, variant) in theirs.iter_mut().zip(VARIANTS) {
            let job = format!("{name}:{}:{batch}:{variant}", net.name);
            side.round(|| peers.seconds(&job, BUDGET.as_secs_f64()));
        }
    }
    let [own, own_tf32] = ours.map(|ours| ours.side);
    let [eager, compiled, eager_tf32] = theirs;
    let ratio = |own: &Side, theirs: &Side| match (own.seconds(), theirs.seconds()) {
        (Some(own), Some(theirs)) => format!("{:.2}", own / theirs),
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
        "| {} | {batch} | {} | {} | {} | {} | {} | {} | {} | {} | {} |",
        net.title,
        own.cell(),
        eager.cell(),
        ratio(&own, &eager),
        compiled.cell(),
        own_tf32.cell(),
        eager_tf32.cell(),
        ratio(&own_tf32, &eager_tf32),
        bound(arithmetic),
        bound(memory)
    );
}
