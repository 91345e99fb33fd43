//! `brinell doctor`: what this machine gives to this program, and what runs where.

use crate::arguments::{HELP, ResultFile};
use crate::exit::Exit;
use crate::failure::{Code, Failure, Outcome};
use crate::session::Session;
use crate::terminal::visible;
use brinell_model::DeviceChoice;
use brinell_model::graph::{OnCuda, OpKind};
use brinell_signal::counted;
use clap::Args;
use serde::Serialize;
use std::fmt::Write as _;

const EXAMPLES: &str = "\
Examples:
  brinell doctor
  brinell doctor --device cuda:0      fails where that cannot be used, and says why
  brinell doctor --json";

/// Say what this machine gives, and which operations of a net run on its processor and on a GPU
#[derive(Debug, Args)]
#[command(help_template = HELP, before_help = EXAMPLES)]
pub(crate) struct Doctor {
    /// A device that has to be usable: auto, cpu or cuda:N
    #[arg(long, value_name = "DEVICE", default_value = "auto")]
    device: String,
    #[command(flatten)]
    result: ResultFile,
}

/// What was found.
#[derive(Debug, Serialize)]
struct Found {
    /// Kind of processor, and the widest vectors that its kernels are chosen for.
    processor: &'static str,
    vectors: &'static str,
    threads: usize,
    /// Whether candle's CUDA backend is compiled in.
    cuda_built_in: bool,
    devices: Vec<Seen>,
    /// What `auto` opens.
    auto: String,
    /// Operations of a net.
    operations: Vec<Operation>,
}

#[derive(Debug, Serialize)]
struct Seen {
    name: String,
    usable: bool,
    /// Why not.
    why: Option<String>,
}

#[derive(Debug, Serialize)]
struct Operation {
    name: &'static str,
    /// On a GPU; on the CPU everything runs.
    cuda: &'static str,
}

/// Looks and tells.
pub(crate) fn run(arguments: &Doctor, session: &Session) -> Outcome<Exit> {
    let wanted: DeviceChoice = arguments.device.parse().map_err(|error: brinell_model::Error| {
        Failure::new(Code::NameUnknown, error.to_string()).help("--device cpu")
    })?;
    let mut choices = vec![DeviceChoice::Cpu, DeviceChoice::Cuda(0)];
    if !matches!(wanted, DeviceChoice::Auto) && !choices.contains(&wanted) {
        choices.push(wanted);
    }
    let devices: Vec<Seen> = choices.iter().map(|choice| seen(*choice)).collect();
    let usable = |choice: DeviceChoice| choices.iter().position(|own| *own == choice).map(|at| &devices[at]);
    if let Some(Seen { why: Some(why), .. }) = usable(wanted) {
        return Err(Failure::new(Code::Resource, why.clone()).help("brinell doctor"));
    }
    let auto = usable(DeviceChoice::Cuda(0)).filter(|seen| seen.usable).map_or("cpu", |_| "cuda:0");
    let found = Found {
        processor: std::env::consts::ARCH,
        vectors: vectors(),
        threads: rayon::current_num_threads(),
        cuda_built_in: cfg!(feature = "cuda"),
        auto: auto.to_owned(),
        operations: OpKind::ALL
            .iter()
            .map(|kind| Operation {
                name: kind.name(),
                cuda: match kind.on_cuda() {
                    OnCuda::Candle => "runs",
                    OnCuda::Refuses => "refuses",
                },
            })
            .collect(),
        devices,
    };
    let human = told(&found, session);
    session.result(&arguments.result.target(), "brinell.doctor/1", true, &found, &human)?;
    Ok(Exit::Done)
}

/// Opens a device.
fn seen(choice: DeviceChoice) -> Seen {
    let why = choice.open().err().map(|error| error.to_string());
    Seen { name: choice.to_string(), usable: why.is_none(), why }
}

/// The widest instruction set that kernels are chosen for when the program runs.
fn vectors() -> &'static str {
    #[cfg(target_arch = "x86_64")]
    {
        if std::arch::is_x86_feature_detected!("avx512f") {
            return "AVX-512";
        }
        if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma") {
            return "AVX2";
        }
        "SSE2"
    }
    #[cfg(target_arch = "aarch64")]
    {
        "NEON"
    }
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    {
        "portable"
    }
}

fn told(found: &Found, session: &Session) -> String {
    let mut text = String::new();
    let mut line = |name: &str, said: &str| {
        let gap = " ".repeat(12_usize.saturating_sub(name.len()));
        let _ = writeln!(text, "{}{gap}{}", session.paint.bold(name), visible(said));
    };
    line(
        "processor",
        &format!("{}, {}, {}", found.processor, found.vectors, counted(found.threads, "thread")),
    );
    for Seen { name, why, .. } in &found.devices {
        line(name, why.as_deref().unwrap_or("usable"));
    }
    line("auto", &format!("takes {}", found.auto));
    let of = |cuda: &str| {
        let names = found.operations.iter().filter(|own| own.cuda == cuda).map(|own| own.name);
        names.collect::<Vec<_>>().join("; ")
    };
    line("on the CPU", "every operation of a net, every loss, every step of a training; every transform");
    line("on a GPU", &of("runs"));
    line("CPU only", &of("refuses"));
    line(
        "",
        "An operation that has no kernel on a GPU is an error there: nothing is moved to the CPU in silence.",
    );
    line("", "Training and diagnosis open the CPU.");
    text
}
